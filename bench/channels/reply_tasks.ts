/** What interpreters do in the benchmark of many channels. */

import { chan, type Channel, ChannelClosedError, task, yieldNow } from "@pool/csp";
import type { Outcome } from "./_gate.ts";
import type { Form } from "./_plan.ts";

/** What the two sides of reply channels share. */
export interface Requests {
  readonly form: Form;
  /** Carries the channels for the answers. */
  readonly requests: Channel<Channel<number>>;
}

/** Reply channels after which a blocking loop lets the event loop turn, without which nothing is ever finalized. */
const TURN = 1000;

/** Sends each channel its index. */
export const sendToEach: (channels: readonly Channel<number>[]) => Promise<void> = task(
  import.meta,
  async function sendToEach(channels: readonly Channel<number>[]): Promise<void> {
    for (const [i, channel] of channels.entries()) await channel.send(i);
  },
);

/** Asks `n` times, each time with a new channel for the answer, and drops it. */
export const ask: (job: Requests & { readonly n: number }) => Promise<Outcome> = task(
  import.meta,
  async function ask({ form, requests, n }: Requests & { readonly n: number }): Promise<Outcome> {
    const from = performance.now();
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const reply = chan<number>(1);
      if (form === "awaiting") {
        await requests.send(reply);
        sum += await reply.receive() + i;
      } else {
        requests.sendSync(reply);
        sum += reply.receiveSync() + i;
        if (i % TURN === 0) await yieldNow();
      }
    }
    return { ms: performance.now() - from, sum };
  },
);

/** Answers 0 on each channel it gets, until there are no more. */
export const answer: (job: Requests) => Promise<void> = task(
  import.meta,
  async function answer({ form, requests }: Requests): Promise<void> {
    if (form === "awaiting") {
      for await (const reply of requests) await reply.send(0);
      return;
    }
    try {
      for (let i = 1;; i++) {
        requests.receiveSync().sendSync(0);
        if (i % TURN === 0) await yieldNow();
      }
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error;
    }
  },
);
