/** Peer: js-csp, core.async's channels in one thread; between its own processes, and awaited. */

import type { Peer } from "./_peer.ts";

/** What this file uses of it; it has no types. */
interface JsCsp {
  chan(capacity: number): object;
  go(process: () => Generator<unknown, void, number>): void;
  put(channel: object, value: number): unknown;
  take(channel: object): unknown;
  putAsync(channel: object, value: number, done: (sent: boolean) => void): void;
  takeAsync(channel: object, done: (value: number) => void): void;
}

const NAME: string = "js-csp";
const csp = (await import(NAME) as { default: JsCsp }).default;

function runProcesses(capacity: number, n: number): Promise<number> {
  const channel = csp.chan(capacity);
  return new Promise((resolve) => {
    csp.go(function* () {
      for (let i = 0; i < n; i++) yield csp.put(channel, i);
    });
    csp.go(function* () {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += yield csp.take(channel);
      resolve(sum);
    });
  });
}

async function runAwaited(capacity: number, n: number): Promise<number> {
  const channel = csp.chan(capacity);
  let sum = 0;
  async function send(): Promise<void> {
    for (let i = 0; i < n; i++) await new Promise((resolve) => csp.putAsync(channel, i, resolve));
  }
  async function receive(): Promise<void> {
    for (let i = 0; i < n; i++) {
      sum += await new Promise<number>((resolve) => csp.takeAsync(channel, resolve));
    }
  }
  await Promise.all([send(), receive()]);
  return sum;
}

/** See the file's description. */
export const peers: readonly Peer[] = [
  { mode: "js-csp, awaited", run: runAwaited },
  { mode: "js-csp, its processes", run: runProcesses },
];
