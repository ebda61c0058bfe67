/** The functions of this folder; a facade, so that importing the library loads no machinery. */
import { csp } from "#engines";
import type { SendPort } from "../channels/mod.ts";
import type {
  Alternation,
  SelectCases,
  SelectOptions,
  SelectResult,
  SelectSyncOptions,
  Sending,
  TrySelectOptions,
} from "./cases.ts";

// Found once: a look into the machinery takes as long as what a select that is ready does.
let selects: ReturnType<typeof csp>["select"] | undefined;
let triesSelect: ReturnType<typeof csp>["trySelect"] | undefined;
let selectsSync: ReturnType<typeof csp>["selectSync"] | undefined;

/** What {@link currentProcess} tells. */
export interface CurrentProcess {
  /** Unique in the program; 0 outside of any process. */
  readonly id: number;
  /** The name that it was given, or the function's; "anonymous" if there is none. */
  readonly name: string;
  /**
   * Aborted when the caller gave up or has ended, or this interpreter was closed by force. `aborted` and
   * `throwIfAborted()` tell the truth also in a loop that never awaits.
   */
  readonly signal: AbortSignal;
}

/**
 * The process that this code is part of, also after an `await` (on a browser page: before the first one).
 *
 * @example A loop that notices that nobody waits any more
 * ```ts
 * import * as csp from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const interp = csp.create();
 * const endless = interp.with({ timeout: 20 }).call(() => {
 *   const { signal } = csp.currentProcess();
 *   let turns = 0;
 *   while (!signal.aborted) turns++;
 *   return turns;
 * });
 * await assert.rejects(endless, csp.TimeoutError);
 * await interp.call(() => "free again");
 * await interp.close();
 * ```
 */
export function currentProcess(): CurrentProcess {
  return csp().currentProcess();
}

/**
 * Waits. Rejects with the reason when the process's signal aborts meanwhile.
 *
 * @param ms Milliseconds, at least 0; fractions count as far as the runtime's timers do.
 * @throws {RangeError} When `ms` is negative or not a number.
 *
 * @example Five milliseconds
 * ```ts
 * import { sleep } from "@pool/csp";
 *
 * await sleep(5);
 * ```
 */
export function sleep(ms: number): Promise<void> {
  return csp().sleep(ms);
}

/**
 * Lets everything else that is ready in this interpreter run first, messages and timers included.
 *
 * @example A loop that lets others in
 * ```ts
 * import { yieldNow } from "@pool/csp";
 *
 * for (let i = 0; i < 3; i++) await yieldNow();
 * ```
 */
export function yieldNow(): Promise<void> {
  return csp().yieldNow();
}

/**
 * Waits for several operations, of which exactly one takes effect: the first that can. The others leave no trace.
 *
 * A channel or a receiver is a receive; `sending(channel, value)` a send; a promise gives its value, an `AbortSignal`
 * its reason, a timer its time. `null`, `undefined` and `false` are cases that are off. Without any that is on it waits
 * for ever.
 *
 * @typeParam C The cases' types.
 * @param cases An array, or a plain object, whose keys name the cases.
 * @param options `mode` "random" (the default): of several cases that are ready each is equally likely; "priority": the
 * first. `signal` and `timeout` limit the wait.
 * @returns `{case, value, closed}`: the name or index of the case; what was received, or the signal's reason, `undefined`
 * for a send; whether it was a receive from a closed channel (with the `reason` it was closed with, if there was one).
 * @throws {TimeoutError} When no case was ready in time. With 0 each case is attempted once.
 * @throws {ChannelClosedError} When the case is a send, and the channel closed; when one of the ends is retired, also meanwhile.
 * @throws {OwnershipError} When one of the ends is passed on, also meanwhile.
 * @throws {TypeError} When a case, or an option, is something else.
 * @throws The reason of `signal`, of a channel that was poisoned, of a promise that rejects; that of the process's own
 * signal if it aborts while this waits.
 *
 * **Gotchas**: a promise in a select counts as handled, also if it rejects after the select is over. One that no select has
 * seen before makes it begin a microtask later, to learn whether it is settled already. Names that look like integers
 * come before the others, as in every object.
 *
 * @example A request with a deadline
 * ```ts
 * import { after, chan, select } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const replies = chan<string>();
 * void replies.send("pong");
 * const got = await select({ reply: replies, late: after(5_000) });
 * assert.deepEqual(got, { case: "reply", value: "pong", closed: false });
 * ```
 */
export function select<const C extends SelectCases>(
  cases: C,
  options?: SelectOptions,
): Promise<SelectResult<C>> {
  return (selects ??= csp().select)(cases, options) as Promise<SelectResult<C>>;
}

/**
 * Lets one case take effect if one can now; `undefined`, and nothing has happened, if there was an instant at which none
 * could. Go's select with a `default`.
 *
 * @typeParam C The cases' types.
 * @param cases As for {@link select}.
 * @param options `mode`, as for {@link select}.
 * @returns As {@link select} resolves to, or `undefined`.
 * @throws {ChannelClosedError} When the case is a send, and the channel closed.
 * @throws {TypeError} When a case, or the option, is something else.
 * @throws The reason of a channel that was poisoned, of a promise that has rejected.
 *
 * **Gotchas**: whether a promise is settled is known one microtask after a select has first seen it.
 *
 * @example Nothing to do yet
 * ```ts
 * import { chan, trySelect } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const jobs = chan<number>(1);
 * assert.equal(trySelect([jobs]), undefined);
 * await jobs.send(7);
 * assert.deepEqual(trySelect([jobs]), { case: 0, value: 7, closed: false });
 * ```
 */
export function trySelect<const C extends SelectCases>(
  cases: C,
  options?: TrySelectOptions,
): SelectResult<C> | undefined {
  return (triesSelect ??= csp().trySelect)(cases, options) as SelectResult<C> | undefined;
}

/**
 * As {@link select}, but blocks the thread: what other interpreters send and receive can end it, and timers; promises,
 * and channels that only this interpreter knows, cannot meanwhile.
 *
 * @typeParam C The cases' types.
 * @param cases As for {@link select}.
 * @param options `mode` and `timeout`, as for {@link select}.
 * @returns What {@link select} resolves to.
 * @throws {InterpreterError} When this thread may not block: on a browser page, in a concurrent interpreter.
 * @throws {ChannelError} When there is no timeout and nothing that could ever end the wait.
 * @throws As {@link select} rejects, otherwise.
 *
 * @example A timer among the cases
 * ```ts
 * import { after, chan, selectSync } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const quiet = chan<string>();
 * assert.equal(selectSync({ quiet, late: after(5) }).case, "late");
 * ```
 */
export function selectSync<const C extends SelectCases>(
  cases: C,
  options?: SelectSyncOptions,
): SelectResult<C> {
  return (selectsSync ??= csp().selectSync)(cases, options) as SelectResult<C>;
}

/**
 * The case of a select that sends `value`. A value in `move` stays as it is unless this very case takes effect.
 *
 * @typeParam T The channel's values.
 * @param to A Channel or Sender.
 * @param value What is sent.
 * @returns The case; it can be used in any number of selects, and sends anew in each.
 * @throws {TypeError} When nothing can be sent to `to`.
 *
 * @example Whoever takes it
 * ```ts
 * import { chan, select, sending } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const left = chan<string>();
 * const right = chan<string>();
 * const taken = right.receive();
 * const { case: which } = await select({ left: sending(left, "job"), right: sending(right, "job") });
 * assert.equal(which, "right");
 * assert.equal(await taken, "job");
 * ```
 */
export function sending<T>(to: SendPort<T>, value: NoInfer<T>): Sending {
  return csp().sending(to, value) as unknown as Sending;
}

/**
 * Cases to select from again and again: they are checked once, and can be served in turns.
 *
 * @typeParam C The cases' types.
 * @param cases As for {@link select}.
 * @returns An object with `select`, `prioritySelect` and `fairSelect`.
 * @throws {TypeError} When a case is something else.
 *
 * @example Two busy channels, served in turns
 * ```ts
 * import { alternation, chan } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const a = chan<number>(3);
 * const b = chan<number>(3);
 * for (const n of [1, 2, 3]) await Promise.all([a.send(n), b.send(n)]);
 * const both = alternation({ a, b });
 * const turns = [];
 * for (let i = 0; i < 4; i++) turns.push((await both.fairSelect()).case);
 * assert.deepEqual(turns, ["a", "b", "a", "b"]);
 * ```
 */
export function alternation<const C extends SelectCases>(cases: C): Alternation<C> {
  return csp().alternation(cases) as unknown as Alternation<C>;
}
