/**
 * Timers: ports to receive from that the clock sends to; a facade, so that importing the library loads no machinery.
 *
 * A value is the moment it was due, in milliseconds since the epoch. No timer of the runtime runs, and none keeps the
 * program alive, unless somebody waits. A timer that is sent is the same one over there: all who have it share its values,
 * each of which one of them gets, and `close()` of a ticker closes it for all. It goes on when the interpreter that made it
 * has ended. Clocks of two interpreters may differ by up to 2 ms on Deno and Bun.
 */
import { channels } from "#engines";
import type { ReceivePort } from "./ports.ts";
import type { BlockOptions, Fillable, TryReceived, WaitOptions } from "./form.ts";
import { GUARD } from "./guard_symbols.ts";
import type { Guard } from "./port.ts";

/** A timer that gives values until it is closed; see {@link every}. */
export interface Ticker extends ReceivePort<number>, Disposable, AsyncDisposable {
  /** No more values; one that was not received is dropped. `reason`, also undefined: receives reject with it. */
  close(...reason: [reason: unknown] | []): void;
}

/**
 * Gives one value once `ms` milliseconds have passed, and never another.
 *
 * @param ms Milliseconds, at least 0; fractions count as far as the runtime's timers do. Infinity: never.
 * @throws {RangeError} When `ms` is negative or not a number.
 *
 * **Gotchas**: who receives from it a second time, iterates it for example, waits for ever.
 *
 * @example A select that does not wait for ever
 * ```ts
 * import { after, chan, select } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const answer = chan<string>();
 * const first = await select({ answer, late: after(5) });
 * assert.equal(first.case, "late");
 * ```
 */
export function after(ms: number): ReceivePort<number> {
  return channels().after(ms);
}

/**
 * Gives one value at the time `date`, and never another; at once if that has passed.
 *
 * @param date A Date, or milliseconds since the epoch.
 * @throws {RangeError} When it is no time.
 * @throws {TypeError} When it is something else.
 *
 * **Gotchas**: the time that is left is computed now; a change of the system's clock does not change it.
 *
 * @example In a hundredth of a second
 * ```ts
 * import { at } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const then = Date.now() + 10;
 * assert.equal(await at(then).receive(), then);
 * assert(Date.now() >= then);
 * ```
 */
export function at(date: Date | number): ReceivePort<number> {
  return channels().at(date);
}

/**
 * Gives a value every `ms` milliseconds, the first after `ms`, until it is closed. It does not drift, and who comes late
 * finds one value, the latest: those before it are skipped.
 *
 * @param ms Milliseconds, at least 0; fractions count as far as the runtime's timers do. 0: as often as it is asked.
 * @throws {RangeError} When `ms` is negative or not a number.
 *
 * @example Three ticks
 * ```ts
 * import { every } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const ticker = every(2);
 * let ticks = 0;
 * for await (const moment of ticker) {
 *   assert(moment <= Date.now() + 1);
 *   if (++ticks === 3) ticker.close();
 * }
 * assert.equal(ticks, 3);
 * ```
 */
export function every(ms: number): Ticker {
  return channels().every(ms);
}

/** A timer whose moment never comes; made here, where no machinery is. */
class Never implements ReceivePort<never> {
  get name(): string {
    return "never";
  }
  get capacity(): number {
    return 0;
  }
  get size(): number {
    return 0;
  }
  get closed(): boolean {
    return false;
  }
  receive(options?: WaitOptions): Promise<never> {
    return endless().receive(options);
  }
  tryReceive(): TryReceived<never> {
    return { state: "empty" };
  }
  receiveSync(options?: BlockOptions): never {
    return endless().receiveSync(options);
  }
  receiveMany(max: number | Fillable, options?: WaitOptions): Promise<never> {
    return endless().receiveMany(max as number, options) as Promise<never>;
  }
  receiveManySync(max: number | Fillable, options?: BlockOptions): never {
    return endless().receiveManySync(max as number, options) as never;
  }
  [Symbol.asyncIterator](): AsyncIterator<never, undefined> {
    return endless()[Symbol.asyncIterator]();
  }
  toReadableStream(): ReadableStream<never> {
    return endless().toReadableStream();
  }
  [GUARD](): Guard {
    return endless()[GUARD]();
  }
}

/** It has no state: every use can have one of its own. */
function endless(): ReceivePort<never> & { [GUARD](): Guard } {
  return channels().after(Infinity) as unknown as ReceivePort<never> & { [GUARD](): Guard };
}

/**
 * Never becomes ready: a case of a select that is never chosen, a receive that waits until it is aborted.
 *
 * @example A receive with a limit
 * ```ts
 * import { never, TimeoutError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(never.receive({ timeout: 1 }), TimeoutError);
 * ```
 */
export const never: ReceivePort<never> = new Never();
