/** Operators with one input and one output: pipe, map, filter, take. See `operators_api.ts` for what each does. */
import type { Receiver } from "../ends.ts";
import type { PipeOptions } from "../hubs.ts";
import type { ReceivePort, SendPort } from "../ports.ts";
import { checkFunction, checkInput, checkOutput, readCloses } from "./arguments.ts";
import { arrival } from "./arrival.ts";
import { GivenOutput, operate, type Output, OwnOutput } from "./output.ts";

/** See `pipe` in operators_api.ts. */
export function pipe<T, P extends SendPort<T>>(from: ReceivePort<T>, to: P, options?: PipeOptions): P {
  checkInput("Cannot pipe", from);
  checkOutput("Cannot pipe", to);
  const output = new GivenOutput<T>(to, readCloses("Cannot pipe", options));
  void flow(from, output, function pass(value) {
    return output.send(value);
  });
  return to;
}

/** See `map` in operators_api.ts. */
export function map<T, R>(fn: (value: T) => R | PromiseLike<R>, from: ReceivePort<T>): Receiver<R> {
  checkFunction("Cannot map", fn);
  checkInput("Cannot map", from);
  const output = new OwnOutput<R>();
  void flow(from, output, async function change(value) {
    return await output.send(await fn(value));
  });
  return output.receiver();
}

/** See `filter` in operators_api.ts. */
export function filter<T>(
  predicate: (value: T) => boolean | PromiseLike<boolean>,
  from: ReceivePort<T>,
): Receiver<T> {
  checkFunction("Cannot filter", predicate, "predicate");
  checkInput("Cannot filter", from);
  const output = new OwnOutput<T>();
  void flow(from, output, async function choose(value) {
    return !(await predicate(value)) || await output.send(value);
  });
  return output.receiver();
}

/** See `take` in operators_api.ts. */
export function take<T>(n: number, from: ReceivePort<T>): Receiver<T> {
  if (!(n >= 0) || (n !== Infinity && !Number.isInteger(n))) {
    throw new RangeError(`Cannot take: ${n} is no number of values; pass an integer of at least 0`);
  }
  checkInput("Cannot take", from);
  const output = new OwnOutput<T>();
  let left = n;
  if (left === 0) output.end();
  else {
    void flow(from, output, async function pass(value) {
      return await output.send(value) && --left > 0;
    });
  }
  return output.receiver();
}

/** Hands every value of `from` to `each` until that says false, the input ends, or the output is not wanted any more. */
function flow<T>(
  from: ReceivePort<T>,
  output: Output<never>,
  each: (value: T) => Promise<boolean>,
): Promise<void> {
  const inputs = [from];
  const outputs = [output];
  return operate(outputs, async function pump() {
    for (;;) {
      const got = await arrival(inputs, outputs);
      if (got.is !== "value") return got.reason;
      if (!(await each(got.value))) return undefined;
    }
  });
}
