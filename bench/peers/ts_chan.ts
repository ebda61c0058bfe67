/** Peer: ts-chan, Go's channels in one thread. It lets the event loop turn in every operation. */

import { Chan } from "ts-chan";
import type { Peer } from "./_peer.ts";

async function run(capacity: number, n: number): Promise<number> {
  const channel = new Chan<number>(capacity);
  let sum = 0;
  async function send(): Promise<void> {
    for (let i = 0; i < n; i++) await channel.send(i);
  }
  async function receive(): Promise<void> {
    for (let i = 0; i < n; i++) sum += (await channel.recv()).value!;
  }
  await Promise.all([send(), receive()]);
  return sum;
}

/** See the file's description. */
export const peers: readonly Peer[] = [{ mode: "ts-chan", run }];
