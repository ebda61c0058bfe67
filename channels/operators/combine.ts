/** Operators with several inputs and one output: merge, zip. See `operators_api.ts` for what each does. */
import type { Receiver } from "../ends.ts";
import type { ReceivePort } from "../ports.ts";
import { arrival } from "./arrival.ts";
import { OwnOutput } from "./output.ts";

/** See `merge` in operators_api.ts. */
export function merge<T>(inputs: Iterable<ReceivePort<T>>): Receiver<T> {
  const output = new OwnOutput<T>();
  void mergeInto(output, [...inputs]);
  return output.receiver();
}

async function mergeInto<T>(output: OwnOutput<T>, inputs: ReceivePort<T>[]): Promise<void> {
  const outputs = [output];
  let first = 0;
  try {
    while (inputs.length > 0) {
      const got = await arrival(inputs, outputs, first);
      if (got.is === "unwanted") return output.end();
      if (got.is === "value") {
        if (!(await output.send(got.value))) return output.end();
        first = got.at + 1;
      } else if (got.reason === undefined) {
        inputs.splice(got.at, 1);
        first = got.at;
      } else return output.end(got.reason);
    }
    output.end();
  } catch (error) {
    output.fail(error);
  }
}

/** See `zip` in operators_api.ts. */
export function zip<A, B>(a: ReceivePort<A>, b: ReceivePort<B>): Receiver<[A, B]> {
  const output = new OwnOutput<[A, B]>();
  void zipInto(output, [a, b]);
  return output.receiver();
}

async function zipInto<A, B>(
  output: OwnOutput<[A, B]>,
  inputs: readonly [ReceivePort<A>, ReceivePort<B>],
): Promise<void> {
  const outputs = [output];
  try {
    for (;;) {
      const got = await arrival<A | B>(inputs, outputs);
      if (got.is === "unwanted") return output.end();
      if (got.is === "ended") return output.end(got.reason);
      // Whichever comes first is taken first: a producer of both may send them in any order.
      const rest = await arrival<A | B>([inputs[1 - got.at]!], outputs);
      if (rest.is === "unwanted") return output.end();
      if (rest.is === "ended") return output.end(rest.reason);
      const pair = got.at === 0 ? [got.value, rest.value] : [rest.value, got.value];
      if (!(await output.send(pair as [A, B]))) return output.end();
    }
  } catch (error) {
    output.fail(error);
  }
}
