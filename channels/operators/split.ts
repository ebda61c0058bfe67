/** Split: one input, two outputs. See `operators_api.ts` for what it does. */
import type { Receiver } from "../ends.ts";
import type { ReceivePort } from "../ports.ts";
import { checkFunction, checkInput } from "./arguments.ts";
import { arrival } from "./arrival.ts";
import { operate, OwnOutput } from "./output.ts";

/** See `split` in operators_api.ts. */
export function split<T>(
  predicate: (value: T) => boolean | PromiseLike<boolean>,
  from: ReceivePort<T>,
): { yes: Receiver<T>; no: Receiver<T> } {
  checkFunction("Cannot split", predicate, "predicate");
  checkInput("Cannot split", from);
  const inputs = [from];
  const yes = new OwnOutput<T>();
  const no = new OwnOutput<T>();
  const outputs = [yes, no];
  void operate(outputs, async function pump() {
    for (;;) {
      const got = await arrival(inputs, outputs);
      if (got.is !== "value") return got.reason;
      // A way that is not wanted any more drops its values, for the other one's sake.
      await ((await predicate(got.value)) ? yes : no).send(got.value);
    }
  });
  return { yes: yes.receiver(), no: no.receiver() };
}
