/** The functions that make channels; a facade, so that importing the library loads no machinery. */
import { channels } from "#engines";
import { Channel, type ChannelOptions } from "./channel.ts";

/**
 * Makes a channel, as `new Channel` does.
 *
 * @typeParam T What it carries.
 * @param options The capacity, an integer of at least 0; or capacity, overflow mode and name.
 * @throws {RangeError} When the capacity is no integer of at least 0, or 0 for "sliding" or "dropping".
 *
 * @example Buffered, and only the newest
 * ```ts
 * import { chan } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const newest = chan<number>({ capacity: 1, overflow: "sliding" });
 * await newest.sendMany([1, 2, 3]);
 * assert.equal(await newest.receive(), 3);
 * assert.equal(chan(8).capacity, 8);
 * ```
 */
export function chan<T>(options: number | ChannelOptions = 0): Channel<T> {
  return new Channel<T>(options as ChannelOptions);
}

/**
 * Makes a channel of which every receiver gets the first value that is sent, now or later. Later sends are dropped: `send`
 * resolves, `trySend` is false. After a close, too, the value is there; without one, receivers are rejected.
 *
 * @typeParam T What it carries.
 *
 * **Gotchas**: iterating over it never ends once it has its value.
 *
 * @example One answer for all who ask
 * ```ts
 * import { promiseChan } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const answer = promiseChan<number>();
 * const asked = answer.receive();
 * await answer.send(42);
 * await answer.send(43);
 * assert.deepEqual([await asked, await answer.receive()], [42, 42]);
 * ```
 */
export function promiseChan<T>(options?: { name?: string | undefined }): Channel<T> {
  return channels().openPromiseChannel(options) as Channel<T>;
}
