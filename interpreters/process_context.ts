/** What runs here now: the process that a call, an exec or `go` started, found again after every `await` in it. */
import { type Context, createContext } from "../runtime/inner.ts";
import { ExecutionFailed, InterpreterError } from "./errors.ts";
import { realm } from "./realm.ts";
import type { WaitMonitor } from "../channels/wait_monitor.ts";
import { type Flag, type FlaggedSignal, flaggedSignal } from "./stop_flag.ts";

/** What a network wants to know of a process that belongs to it. */
export interface Membership extends WaitMonitor {
  /** The process's function threw `error`; `aborted`: what it was aborted for. Once, before anybody else learns of it. */
  failed(error: unknown, aborted: boolean): void;
  /** Whether what it threw counts as an ordinary end: its ends of channels retire without a reason then. */
  readonly endedPlainly: boolean;
}

/** A running piece of work of this interpreter. */
export class ProcessRecord {
  readonly id: number;
  readonly name: string;
  /** Where the process belongs to a network. */
  membership: Membership | undefined = undefined;
  /** It is cancelled, and its generator was told so where it stood at a `yield`: what it does now is to clean up. */
  wasTold = false;
  readonly #flag: Flag | undefined;
  #signal: FlaggedSignal | undefined;
  #aborted: { reason: unknown } | undefined;
  /** Its signal was aborted by {@link ProcessRecord.endStep}. */
  #stepEnded = false;

  constructor(id: number, name: string, flag: Flag | undefined) {
    this.id = id;
    this.name = name;
    this.#flag = flag;
  }

  /** Whether it is to stop, told by its flag alone. */
  get isFlagRaised(): boolean {
    return this.#flag?.isRaised() === true;
  }

  /** Made when first asked for: most processes never look. */
  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#signal = flaggedSignal(this.#flag, cutOff);
      if (this.#aborted !== undefined) this.#signal.abort(this.#aborted.reason);
    }
    return this.#signal.signal;
  }

  /** Whether {@link ProcessRecord.abort} was called. */
  get isAborted(): boolean {
    return this.#aborted !== undefined;
  }

  /** Throws the reason if it was aborted. */
  throwIfAborted(): void {
    if (this.#aborted !== undefined) throw this.#aborted.reason;
  }

  /** Whether `error` is what it was aborted for. */
  isAbortedFor(error: unknown): boolean {
    const signal = this.#signal?.signal;
    return signal === undefined
      ? this.#aborted !== undefined && this.#aborted.reason === error
      : signal.aborted && signal.reason === error;
  }

  /** Aborts the signal. */
  abort(reason: unknown): void {
    if (this.#aborted === undefined || isEndOfIteration(this.#aborted.reason)) this.#aborted = { reason };
    this.#signal?.abort(reason);
  }

  /** The consumer of its generator is done while that is in the midst of a step: aborts the signal, to get it out of that. */
  endStep(): void {
    if (this.#aborted !== undefined) return;
    this.#stepEnded = true;
    this.abort(new DOMException(END_OF_ITERATION, "AbortError"));
  }

  /** Its generator is told to return. From here on it is aborted only if it was cancelled. */
  cleanUp(): void {
    if (this.#stepEnded) {
      this.#stepEnded = false;
      this.#signal = undefined;
      if (isEndOfIteration(this.#aborted!.reason)) this.#aborted = undefined;
    }
    this.wasTold = this.isAborted;
  }
}

const END_OF_ITERATION = "The consumer has ended the iteration";

/** Whether `error` is what {@link ProcessRecord.endStep} aborts for, or the failure of a call by it: no error of a generator's own. */
export function isEndOfIteration(error: unknown): boolean {
  const reason = error instanceof ExecutionFailed ? error.cause : error;
  return reason instanceof DOMException && reason.name === "AbortError" &&
    reason.message === END_OF_ITERATION;
}

/** The error of an interpreter that was closed by force and lives on, or undefined. */
export function cutOff(): Error | undefined {
  const { board, id, slot } = realm;
  if (id === 0 || board === undefined || board.find(id, slot) >= 0) return undefined;
  return new InterpreterError(`Cannot go on: interpreter ${id} was closed by force`);
}

/** Throws in an interpreter that was closed by force and lives on only because its runtime could not stop it. */
export function checkNotCutOff(): void {
  const error = cutOff();
  if (error !== undefined) throw error;
}

const memberships = new WeakMap<object, Membership>();
let anyMembership = false;

/** The process whose first argument is `ports` belongs to a network. */
export function noteMembership(ports: object, membership: Membership): void {
  anyMembership = true;
  memberships.set(ports, membership);
}

/** What {@link noteMembership} has noted for a process with these arguments. */
export function membershipOf(args: readonly unknown[]): Membership | undefined {
  return anyMembership && typeof args[0] === "object" && args[0] !== null
    ? memberships.get(args[0])
    : undefined;
}

let context: Context<ProcessRecord | undefined> | undefined;
const running = new Set<ProcessRecord>();
let root: ProcessRecord | undefined;

/** From now on processes are tracked through awaits; called when the code that asks for them loads. */
export function trackProcesses(): void {
  context ??= createContext();
}

/** Runs `fn` as part of `process`. */
export function runAs<R>(process: ProcessRecord, fn: () => R): R {
  return context === undefined ? fn() : context.run(process, fn);
}

/** Runs `fn` as part of no process. */
export function runOutside<R>(fn: () => R): R {
  return context === undefined ? fn() : context.run(undefined, fn);
}

/** Notes that a process begins or has ended, for those that began before tracking did. */
export function noteRunning(process: ProcessRecord, begins: boolean): void {
  if (!begins) running.delete(process);
  else if (context === undefined) running.add(process);
}

/** The process that runs now; outside of any, the interpreter itself as process 0. */
export function processNow(): ProcessRecord {
  const process = context?.get();
  if (process !== undefined) return process;
  if (running.size === 1) return running.values().next().value!;
  return root ??= new ProcessRecord(0, realm.id === 0 ? "main" : `interpreter-${realm.id}`, undefined);
}

/** Whether code of some call is running now, as opposed to the top level of a module. */
export function insideProcess(): boolean {
  return context?.get() !== undefined;
}

/** What is to be done before this interpreter, which was told to stop, does so; undefined: nothing. */
export const lastDuties: (() => Promise<unknown> | undefined)[] = [];

/** What is to be done here when this interpreter dies by itself, of an error or by an exit, while its thread still runs. */
export const lastWords: ((error: unknown) => void)[] = [];
