/** Split: one input, two outputs. See `operators_api.ts` for what it does. */
import type { Receiver } from "../ends.ts";
import type { ReceivePort } from "../ports.ts";
import { arrival } from "./arrival.ts";
import { OwnOutput } from "./output.ts";

/** See `split` in operators_api.ts. */
export function split<T>(
  predicate: (value: T) => boolean | PromiseLike<boolean>,
  from: ReceivePort<T>,
): { yes: Receiver<T>; no: Receiver<T> } {
  const yes = new OwnOutput<T>();
  const no = new OwnOutput<T>();
  void splitInto(predicate, from, yes, no);
  return { yes: yes.receiver(), no: no.receiver() };
}

async function splitInto<T>(
  predicate: (value: T) => boolean | PromiseLike<boolean>,
  from: ReceivePort<T>,
  yes: OwnOutput<T>,
  no: OwnOutput<T>,
): Promise<void> {
  const inputs = [from];
  const outputs = [yes, no];
  try {
    for (;;) {
      const got = await arrival(inputs, outputs);
      if (got.is === "unwanted") return;
      if (got.is === "ended") {
        for (const output of outputs) output.end(got.reason);
        return;
      }
      // A side that is not wanted any more drops its values, for the other one's sake.
      await ((await predicate(got.value)) ? yes : no).send(got.value);
    }
  } catch (error) {
    for (const output of outputs) output.fail(error);
  }
}
