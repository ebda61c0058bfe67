/** What travels between a pool and its interpreters on channels, and the marks that both read and write. */
import type { FunctionRef, SourceCode } from "../protocol.ts";

/** Marks of a task, a word each in shared memory. QUEUED → BEGUN → PASSED; QUEUED → RECALLED → PASSED. */
export const QUEUED = 0;
/** Written by the interpreter. */
export const BEGUN = 1;
/** Written by the pool. */
export const RECALLED = 2;
/** Written by the interpreter: the word can be used again. */
export const PASSED = 3;

/** Tasks of one interpreter that can be under way at once. */
export const MARKS = 1024;

/** Arguments: primitives as they are, anything else as the codec's bytes. */
export type Job = unknown[] | Uint8Array;

/** Tasks that leave together: for each its mark's number, its function, its arguments. */
export type Jobs = readonly unknown[];

/** The same, or along with functions that the interpreter has not had before. */
export type Shipment = Jobs | {
  readonly refs: readonly { readonly ref: FunctionRef; readonly code?: SourceCode }[];
  readonly jobs: Jobs;
};

/** What an error was over there. */
export interface ErrorInfo {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

/** How a task ended: its mark's number, its result or (with `info`) what it threw, how long it ran in milliseconds. */
export type Report = [mark: number, value: unknown, ms: number, info?: ErrorInfo];
