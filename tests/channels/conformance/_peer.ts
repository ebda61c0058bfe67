/** What the suites run in other interpreters. */
import { task } from "@pool/csp";
import type { ActionName } from "./actions.ts";
import { awaiting } from "./_awaiting.ts";
import { blocking } from "./_blocking.ts";
import type { Manner } from "./harness.ts";

const held: unknown[] = [];

/** Keeps a value, so that a channel stays known here. */
export const hold: (value: unknown) => void = task(import.meta, function hold(value: unknown): void {
  held.push(value);
});

/** Gives back what it is given. */
export const echo: <T>(value: T) => T = task(import.meta, function echo<T>(value: T): T {
  return value;
});

/** Runs an action; `started` is set before its first operation. */
export const act: (
  manner: Manner,
  action: ActionName,
  started: Int32Array<SharedArrayBuffer>,
  args: readonly unknown[],
) => unknown = task(
  import.meta,
  function act(
    manner: Manner,
    action: ActionName,
    started: Int32Array<SharedArrayBuffer>,
    args: readonly unknown[],
  ): unknown {
    Atomics.store(started, 0, 1);
    const run = (manner === "blocking" ? blocking : awaiting)[action] as (...args: unknown[]) => unknown;
    return run(...args);
  },
);
