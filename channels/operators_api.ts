/**
 * Operators: what stands between two channels; a facade, so that importing the library loads no machinery.
 *
 * What all of them have in common: an operator runs in the interpreter that calls it and does not keep the program alive
 * by itself. It holds at most one value (`zip` a pair) and takes the next when that one was accepted, so a slow consumer
 * holds the producer back. When its input ends it closes its output, with the input's reason if there is one; an error
 * thrown by a function of yours closes the output with that error. When the consumer of a receiver made here retires it,
 * the operator stops, and takes nothing more from its input. An argument that is no port, or no function where one belongs,
 * is a `TypeError` at the call (`reduce` and `into` reject), and nothing has begun.
 */
import { operators } from "#engines";
import type { Receiver } from "./ends.ts";
import type { Awaitable, Mix, Mult, PipeOptions, Pub, ReceivedFrom } from "./hubs.ts";
import type { ReceivePort, SendPort } from "./ports.ts";

/**
 * Receives from several channels as if they were one, in turn from those that have something. Ends when all have ended,
 * or, with its reason, when one was closed with a reason.
 *
 * @param inputs Any number of them; none gives a receiver that is closed.
 * @returns The receiving end of a new channel of capacity 0.
 *
 * @example Two producers
 * ```ts
 * import { fromIterable, into, merge } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const merged = merge([fromIterable([1, 3]), fromIterable([2, 4])]);
 * assert.deepEqual((await into([], merged)).sort(), [1, 2, 3, 4]);
 * ```
 */
export function merge<P extends ReceivePort<unknown>>(inputs: Iterable<P>): Receiver<ReceivedFrom<P>> {
  return operators().merge(inputs) as Receiver<ReceivedFrom<P>>;
}

/**
 * Sends on what it receives, until `from` ends or `to` is closed.
 *
 * @param options `close`: whether the end of `from` closes `to`, with the same reason.
 * @returns `to`.
 *
 * **Gotchas**: when `to` is closed by others, the value that the pipe was about to send, or takes next, is lost. Without
 * `close`, a value that cannot be sent is reported as an unhandled rejection.
 *
 * @example Into a channel that stays open
 * ```ts
 * import { chan, fromIterable, pipe } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const all = chan<number>();
 * pipe(fromIterable([1, 2]), all, { close: false });
 * assert.equal(await all.receive() + await all.receive(), 3);
 * assert.equal(all.closed, false);
 * ```
 */
export function pipe<T, P extends SendPort<T>>(from: ReceivePort<T>, to: P, options?: PipeOptions): P {
  return operators().pipe(from, to, options);
}

/**
 * Sends each value one of two ways. A value that is not taken holds back both; when one way was given up its values are
 * dropped, when both were it stops.
 *
 * @param predicate Says whether a value goes to `yes`.
 * @returns The receiving ends of two new channels of capacity 0.
 *
 * @example Even and odd
 * ```ts
 * import { fromIterable, into, split } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const { yes, no } = split((n) => n % 2 === 0, fromIterable([1, 2, 3, 4]));
 * assert.deepEqual(await Promise.all([into([], yes), into([], no)]), [[2, 4], [1, 3]]);
 * ```
 */
export function split<T, S extends T>(
  predicate: (value: T) => value is S,
  from: ReceivePort<T>,
): { yes: Receiver<S>; no: Receiver<Exclude<T, S>> };
/** The same for a predicate that tells nothing of types, or promises its answer. */
export function split<T>(
  predicate: (value: T) => Awaitable<boolean>,
  from: ReceivePort<T>,
): { yes: Receiver<T>; no: Receiver<T> };
export function split<T>(
  predicate: (value: T) => Awaitable<boolean>,
  from: ReceivePort<T>,
): { yes: Receiver<T>; no: Receiver<T> } {
  return operators().split(predicate, from);
}

/**
 * Lets several channels have each value. The next value is taken when all of them have accepted this one: the slowest
 * holds the others back. A channel that is closed is taken off.
 *
 * **Gotchas**: without a tap, values are taken and dropped, from the end of the turn in which `mult` is called.
 *
 * @example Two listeners
 * ```ts
 * import { fromIterable, into, mult } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const news = mult(fromIterable(["a", "b"]));
 * const both = [news.tap(), news.tap()];
 * assert.deepEqual(await Promise.all(both.map((tap) => into([], tap))), [["a", "b"], ["a", "b"]]);
 * ```
 */
export function mult<T>(from: ReceivePort<T>): Mult<T> {
  return operators().mult(from);
}

/**
 * Lets those have each value who subscribed to its topic; a value of a topic that nobody subscribed to is dropped. The
 * slowest subscriber of a topic holds all others back.
 *
 * @param topicOf Gives the topic of a value; topics are the same as keys of a Map are.
 *
 * @example By length
 * ```ts
 * import { fromIterable, into, pub } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const words = pub(fromIterable(["a", "bb", "c"]), (word) => word.length);
 * assert.deepEqual(await into([], words.sub(1)), ["a", "c"]);
 * ```
 */
export function pub<T, K>(from: ReceivePort<T>, topicOf: (value: T) => Awaitable<K>): Pub<T, K> {
  return operators().pub(from, topicOf);
}

/**
 * Sends what several inputs give to `out`; inputs can be added, removed, muted, paused or made solo at any time. It never
 * ends by itself: it stops when `out` is closed, and closes `out` when an input is closed with a reason.
 *
 * @example One input is muted
 * ```ts
 * import { chan, mix } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const [song, noise, out] = [chan<string>(), chan<string>(), chan<string>()];
 * const desk = mix(out);
 * desk.add(song);
 * desk.set(noise, { mute: true });
 * await noise.send("crack");
 * await song.send("la");
 * assert.equal(await out.receive(), "la");
 * ```
 */
export function mix<T>(out: SendPort<T>): Mix<T> {
  return operators().mix(out);
}

/**
 * Receives what `fn` makes of each value, in order, one at a time.
 *
 * @example Squares
 * ```ts
 * import { fromIterable, into, map } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(await into([], map((n) => n * n, fromIterable([1, 2, 3]))), [1, 4, 9]);
 * ```
 */
export function map<T, R>(fn: (value: T) => Awaitable<R>, from: ReceivePort<T>): Receiver<R> {
  return operators().map(fn, from);
}

/**
 * Receives the values for which `predicate` is true.
 *
 * @example Even numbers
 * ```ts
 * import { filter, fromIterable, into } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(await into([], filter((n) => n % 2 === 0, fromIterable([1, 2, 3, 4]))), [2, 4]);
 * ```
 */
export function filter<T, S extends T>(
  predicate: (value: T) => value is S,
  from: ReceivePort<T>,
): Receiver<S>;
/** The same for a predicate that tells nothing of types, or promises its answer. */
export function filter<T>(
  predicate: (value: T) => Awaitable<boolean>,
  from: ReceivePort<T>,
): Receiver<T>;
export function filter<T>(
  predicate: (value: T) => Awaitable<boolean>,
  from: ReceivePort<T>,
): Receiver<T> {
  return operators().filter(predicate, from);
}

/**
 * Receives the first `n` values; the one after them stays where it is.
 *
 * @param n At least 0; Infinity for all.
 * @throws {RangeError} When `n` is no such integer.
 *
 * @example The rest is still there
 * ```ts
 * import { fromIterable, into, take } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const numbers = fromIterable([1, 2, 3]);
 * assert.deepEqual(await into([], take(2, numbers)), [1, 2]);
 * assert.equal(await numbers.receive(), 3);
 * ```
 */
export function take<T>(n: number, from: ReceivePort<T>): Receiver<T> {
  return operators().take(n, from);
}

/**
 * Receives pairs of a value of `a` and one of `b`. Ends when one of them ends.
 *
 * **Gotchas**: a value that was taken from the other one by then is lost.
 *
 * @example Numbered
 * ```ts
 * import { fromIterable, into, zip } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const pairs = zip(fromIterable([1, 2, 3]), fromIterable("ab"));
 * assert.deepEqual(await into([], pairs), [[1, "a"], [2, "b"]]);
 * ```
 */
export function zip<A, B>(a: ReceivePort<A>, b: ReceivePort<B>): Receiver<[A, B]> {
  return operators().zip(a, b);
}

/**
 * Makes one value of all that `from` gives.
 *
 * @param fn Gives the next total for a total and a value.
 * @param init The first total, and the result if there are no values.
 * @returns The last total; rejects with the reason with which `from` was closed, or with what `fn` throws.
 *
 * @example A sum
 * ```ts
 * import { fromIterable, reduce } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await reduce((sum, n) => sum + n, 0, fromIterable([1, 2, 3])), 6);
 * ```
 */
export function reduce<T, A>(
  fn: (total: A, value: T) => Awaitable<A>,
  init: A,
  from: ReceivePort<T>,
): Promise<A> {
  return operators().reduce(fn, init, from);
}

/**
 * Appends all that `from` gives to `array`.
 *
 * @returns `array`, once `from` has ended; rejects with the reason with which it was closed.
 *
 * @example All values
 * ```ts
 * import { fromIterable, into } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(await into([0], fromIterable([1, 2])), [0, 1, 2]);
 * ```
 */
export function into<T>(array: T[], from: ReceivePort<T>): Promise<T[]> {
  return operators().into(array, from);
}

/**
 * Receives what an iterable gives, promises in it awaited. It is asked for the next value when the one before was
 * accepted, and ended when the receiver is retired.
 *
 * @param iterable Sync or async.
 * @param capacity How many values to ask for ahead; default 0.
 * @throws {TypeError} When it is not iterable.
 *
 * **Gotchas**: with a capacity, a wait for the next value of an async iterable is not cut short by `retire`.
 *
 * @example A generator that never ends by itself
 * ```ts
 * import { fromIterable } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * function* naturals() {
 *   for (let n = 0;; n++) yield n;
 * }
 *
 * const numbers = fromIterable(naturals());
 * assert.equal(await numbers.receive(), 0);
 * assert.equal(await numbers.receive(), 1);
 * numbers.retire();
 * ```
 */
export function fromIterable<T>(
  iterable: Iterable<Awaitable<T>> | AsyncIterable<T>,
  capacity?: number,
): Receiver<T> {
  return operators().fromIterable(iterable, capacity);
}

/**
 * Receives the chunks of a stream. An error of the stream is the reason with which the receiver is closed; the stream is
 * cancelled when the receiver is retired.
 *
 * @throws {TypeError} When it is no stream, or locked.
 *
 * @example A response's body would do as well
 * ```ts
 * import { fromReadableStream, into } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const stream = new ReadableStream<string>({
 *   start(controller) {
 *     controller.enqueue("chunk");
 *     controller.close();
 *   },
 * });
 * assert.deepEqual(await into([], fromReadableStream(stream)), ["chunk"]);
 * ```
 */
export function fromReadableStream<T>(stream: ReadableStream<T>): Receiver<T> {
  return operators().fromReadableStream(stream);
}
