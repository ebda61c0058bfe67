/** Operators with several inputs and one output: merge, zip. See `operators_api.ts` for what each does. */
import type { Receiver } from "../ends.ts";
import type { ReceivePort } from "../ports.ts";
import { checkInput, has } from "./arguments.ts";
import { arrival } from "./arrival.ts";
import { operate, OwnOutput } from "./output.ts";

/** See `merge` in operators_api.ts. */
export function merge<T>(from: Iterable<ReceivePort<T>>): Receiver<T> {
  if (!has(from, Symbol.iterator)) {
    throw new TypeError("Cannot merge: the inputs are not iterable; pass an array of channels");
  }
  const inputs = [...from];
  for (const [i, input] of inputs.entries()) checkInput("Cannot merge", input, `input ${i}`);
  const output = new OwnOutput<T>();
  const outputs = [output];
  let first = 0;
  void operate(outputs, async function pump() {
    while (inputs.length > 0) {
      const got = await arrival(inputs, outputs, first);
      if (got.is === "value") {
        if (!(await output.send(got.value))) return undefined;
        first = got.at + 1;
      } else if (got.is === "ended" && got.reason === undefined) {
        inputs.splice(got.at, 1);
        first = got.at;
      } else return got.reason;
    }
    return undefined;
  });
  return output.receiver();
}

/** See `zip` in operators_api.ts. */
export function zip<A, B>(a: ReceivePort<A>, b: ReceivePort<B>): Receiver<[A, B]> {
  checkInput("Cannot zip", a, "a");
  checkInput("Cannot zip", b, "b");
  const inputs = [a, b] as const;
  const output = new OwnOutput<[A, B]>();
  const outputs = [output];
  void operate(outputs, async function pump() {
    for (;;) {
      // Whichever comes first is taken first: a producer of both may send them in any order.
      const one = await arrival<A | B>(inputs, outputs);
      if (one.is !== "value") return one.reason;
      const other = await arrival<A | B>([inputs[1 - one.at]!], outputs);
      if (other.is !== "value") return other.reason;
      const pair = one.at === 0 ? [one.value, other.value] : [other.value, one.value];
      if (!(await output.send(pair as [A, B]))) return undefined;
    }
  });
  return output.receiver();
}
