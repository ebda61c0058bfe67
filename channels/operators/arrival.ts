/**
 * Waiting for the next value of some inputs, for as long as somebody wants what is made of it.
 *
 * *Who waits and who wakes.* An operator waits for all of its inputs at once, and for the channels it makes, which become
 * ready when their consumer gives them up. So it holds no value while it waits, and takes none in vain afterwards.
 */
import { macrotask } from "../../runtime/mod.ts";
import type { ReceivePort } from "../ports.ts";
import { GUARD, type Guarded } from "../port.ts";
import type { Output, Reason } from "./output.ts";

/** What {@link arrival} found. */
export type Arrival<T> =
  /** Input `at` gave a value. */
  | { readonly is: "value"; readonly at: number; readonly value: T }
  /** Input `at` has ended. */
  | { readonly is: "ended"; readonly at: number; readonly reason: Reason }
  /** Nobody wants anything any more. */
  | { readonly is: "unwanted"; readonly reason: undefined };

const UNWANTED: Arrival<never> = Object.freeze({ is: "unwanted", reason: undefined });

/** The select of the floor above: waits for one of `cases`, all of them receives. */
export type Select = (
  cases: readonly Guarded[],
  options?: { signal?: AbortSignal | undefined },
) => Promise<{
  readonly case: string | number;
  readonly value: unknown;
  readonly closed: boolean;
  readonly reason?: unknown;
}>;

/** Arrivals without waiting after which others get their turn. */
const PATIENCE = 256;

let select: Select;
let unwaited = 0;

/** Called once, by the root of the library, which knows all floors. */
export function install(given: Select): void {
  select = given;
}

/**
 * Waits until one of `inputs` gives a value or ends, or none of `outputs`, if there are any, is wanted any more. Inputs
 * that are ready are served in turn, from `first` on. When `signal` aborts it rejects, and nothing was taken.
 */
export async function arrival<T>(
  inputs: readonly ReceivePort<T>[],
  outputs: readonly Output<never>[],
  first = 0,
  signal?: AbortSignal,
): Promise<Arrival<T>> {
  if (++unwaited % PATIENCE === 0) {
    await macrotask();
    signal?.throwIfAborted();
  }
  for (;;) {
    const wanted = outputs.filter(isWanted);
    if (wanted.length === 0 && outputs.length > 0) return UNWANTED;
    const ready = attempt(inputs, first);
    if (ready !== undefined) return ready;
    const cases: Guarded[] = [...inputs as readonly unknown[] as readonly Guarded[]];
    for (const { watch } of wanted) if (watch !== undefined) cases.push(watch);
    try {
      const got = await select(cases, { signal });
      const at = got.case as number;
      if (at < inputs.length) {
        if (!got.closed) return { is: "value", at, value: got.value as T };
        return { is: "ended", at, reason: "reason" in got ? { error: got.reason } : undefined };
      }
    } catch (error) {
      // The select does not say which of them failed; it fails again.
      const failed = signal?.aborted ? undefined : attempt(inputs, first);
      if (failed === undefined) throw error;
      return failed;
    }
    // An output was closed: is another one wanted?
  }
}

/** Takes what is there, in turn from `first` on. */
function attempt<T>(inputs: readonly ReceivePort<T>[], first: number): Arrival<T> | undefined {
  for (let i = 0; i < inputs.length; i++) {
    const at = (first + i) % inputs.length;
    const settled = (inputs[at] as unknown as Guarded)[GUARD]().attempt();
    if (settled === undefined) continue;
    if (settled.is === "done") return { is: "value", at, value: settled.value as T };
    return { is: "ended", at, reason: settled.is === "failed" ? settled : settled.reason };
  }
  return undefined;
}

function isWanted(output: Output<never>): boolean {
  return output.wanted;
}
