/** What the tests of the operators share. */
import { chan, type Channel, type ReceivePort, select } from "@pool/csp";
import { within } from "../_within.ts";
import { hops } from "./conformance/timing.ts";

/** A closed channel that holds `values`. */
export function filled<T>(...values: readonly T[]): Channel<T> {
  const channel = chan<T>(Math.max(1, values.length));
  for (const value of values) channel.trySend(value);
  channel.close();
  return channel;
}

/** All that `from` gives, and the reason of its end in a box, if it has one. */
export async function drained<T>(from: ReceivePort<T>): Promise<{ values: T[]; reason?: unknown }> {
  const values: T[] = [];
  for (;;) {
    const got = await within(select([from]), "the next value");
    if (!got.closed) values.push(got.value as T);
    else return "reason" in got ? { values, reason: got.reason } : { values };
  }
}

/** Lets everything that can go on do so, until it waits for something outside. */
export async function settled(): Promise<void> {
  await hops(20);
}
