/** Operators between ports and what JavaScript has: iterables, arrays, streams. See `operators_api.ts` for what each does. */
import { chan } from "../api.ts";
import type { Receiver } from "../ends.ts";
import type { ReceivePort } from "../ports.ts";
import { checkFunction, checkInput, has } from "./arguments.ts";
import { arrival } from "./arrival.ts";
import { operate, OwnOutput } from "./output.ts";

/** See `reduce` in operators_api.ts. */
export async function reduce<T, A>(
  fn: (total: A, value: T) => A | PromiseLike<A>,
  init: A,
  from: ReceivePort<T>,
): Promise<A> {
  checkFunction("Cannot reduce", fn);
  checkInput("Cannot reduce", from);
  const inputs = [from];
  let total = init;
  for (;;) {
    const got = await arrival(inputs, []);
    if (got.is === "value") total = await fn(total, got.value);
    else if (got.is === "ended") {
      if (got.reason === undefined) return total;
      throw got.reason.error;
    }
  }
}

/** See `into` in operators_api.ts. */
export async function into<T>(array: T[], from: ReceivePort<T>): Promise<T[]> {
  if (!Array.isArray(array)) {
    throw new TypeError(`Cannot append values: array is of type ${typeof array}; pass an array`);
  }
  checkInput("Cannot append values", from);
  return await reduce(append, array, from);
}

function append<T>(array: T[], value: T): T[] {
  array.push(value);
  return array;
}

/** See `fromIterable` in operators_api.ts. */
export function fromIterable<T>(
  iterable: Iterable<T | PromiseLike<T>> | AsyncIterable<T>,
  capacity?: number,
): Receiver<T> {
  if (isAsync(iterable)) {
    const output = new OwnOutput<T>(capacity);
    const iterator = iterable[Symbol.asyncIterator]();
    void sendSteps(output, async () => await iterator.next(), () => iterator.return?.());
    return output.receiver();
  }
  if (has(iterable, Symbol.iterator)) {
    const output = new OwnOutput<T>(capacity);
    void sendAll(output, iterable);
    return output.receiver();
  }
  throw new TypeError(
    `Cannot receive from a value of type ${typeof iterable}: it is not iterable; pass an array, an iterator, a generator …`,
  );
}

/** See `fromReadableStream` in operators_api.ts. */
export function fromReadableStream<T>(stream: ReadableStream<T>): Receiver<T> {
  if (!(stream instanceof ReadableStream)) {
    throw new TypeError(`Cannot receive from a value of type ${typeof stream}: pass a ReadableStream`);
  }
  const reader = stream.getReader();
  const output = new OwnOutput<T>();
  void sendSteps(output, () => reader.read(), () => reader.cancel());
  return output.receiver();
}

/** Sends what an iterable gives; ends it when nobody wants more. */
function sendAll<T>(output: OwnOutput<T>, iterable: Iterable<T | PromiseLike<T>>): Promise<void> {
  return operate([output], async function pump() {
    for (const item of iterable) {
      if (!(await output.send(await item))) break;
    }
    return undefined;
  });
}

/** Sends what `next` gives, step by step; calls `stop` when nobody wants more, even while a step is awaited. */
async function sendSteps<T>(
  output: OwnOutput<T>,
  next: () => Promise<{ done?: boolean | undefined; value?: unknown }>,
  stop: () => unknown,
): Promise<void> {
  const outputs = [output];
  const stepped = [chan<undefined>(1)];
  function tell(): void {
    stepped[0]!.trySend(undefined);
  }
  let hasEnded = false;
  await operate(outputs, async function pump() {
    for (;;) {
      const step = next();
      step.then(tell, tell);
      if ((await arrival(stepped, outputs)).is !== "value") return undefined;
      // Until the step turns out to be one.
      hasEnded = true;
      const { done, value } = await step;
      if (done) return undefined;
      hasEnded = false;
      if (!(await output.send(value as T))) return undefined;
    }
  });
  if (!hasEnded) await stop();
}

function isAsync<T>(value: Iterable<unknown> | AsyncIterable<T>): value is AsyncIterable<T> {
  return has(value, Symbol.asyncIterator);
}
