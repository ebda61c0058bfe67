/** Programs that use masses of something and say what it cost: run in a process of their own, which then shows its memory. */
import { channels } from "#engines";
import {
  chan,
  type Channel,
  ChannelClosedError,
  create,
  type Interpreter,
  select,
  sending,
  task,
} from "@pool/csp";
import process from "node:process";
import { blocks } from "../../channels/heap_blocks.ts";
import { CHANNEL, HEAP_NEXT } from "../../kernel/heap_layout.ts";
import { macrotask } from "../../runtime/mod.ts";

/** What a mass cost. */
export interface Cost {
  /** Microseconds for each. */
  readonly micros: number;
  /** Bytes by which what is reachable has grown over the second half. */
  readonly bytes: number;
  /** Pages of the shared heap, of 64 KiB each: halfway, at the end. */
  readonly pages: readonly [number, number];
  /** Resident memory in MiB: halfway, the most, at the end. */
  readonly rss: readonly [number, number, number];
}

/** Keeps channels, so that they stay known to this interpreter. */
const kept: unknown[] = [];
export const keep: (value: unknown) => void = task(import.meta, function keep(value: unknown): void {
  kept.push(value);
});

/** Pages of the shared heap ever used. */
export function pages(): number {
  return channels().heapHere().load(HEAP_NEXT);
}

function rss(): number {
  return Math.round(process.memoryUsage().rss / 2 ** 20);
}

/** Channels in shared memory that somebody can still reach, as far as this interpreter and `interp` know. */
async function channelsLeft(interp: Interpreter): Promise<number> {
  await interp.call(collect);
  await reachable();
  let count = 0;
  for (const { kind } of blocks(channels().heapHere())) if (kind === CHANNEL) count++;
  return count;
}

/** Collects garbage where it is called. */
export const collect: () => Promise<void> = task(import.meta, async function collect(): Promise<void> {
  await reachable();
});

/** Bytes of what is reachable: the least of some looks, since what is finalized goes in turns of the event loop. */
async function reachable(): Promise<number> {
  const { Bun, gc } = globalThis as unknown as { Bun?: { gc(force: boolean): void }; gc?(): void };
  const jsc = Bun && await import("bun:jsc" as string) as { heapSize(): number };
  let least = Infinity;
  for (let i = 0; i < 6; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (Bun !== undefined) Bun.gc(true);
    else gc?.();
    // Bun counts the shared memory, which grows in large steps and is looked at by its pages in use.
    const now = jsc === undefined
      ? process.memoryUsage().heapUsed
      : jsc.heapSize() - channels().heapHere().memory.buffer.byteLength;
    least = Math.min(least, now);
  }
  return least;
}

/** Takes `step` `n` times, in two halves. */
async function cost(n: number, step: (i: number) => Promise<void>): Promise<Cost> {
  let most = 0;
  let ms = 0;
  let i = 0;
  async function half(until: number): Promise<{ bytes: number; pages: number; rss: number }> {
    const from = performance.now();
    while (i < until) {
      await step(i++);
      if (i % 1000 === 0) most = Math.max(most, rss());
    }
    ms += performance.now() - from;
    return { bytes: await reachable(), pages: pages(), rss: rss() };
  }
  await half(Math.min(2000, n / 4));
  i = ms = 0;
  const first = await half(n / 2);
  const second = await half(n);
  return {
    micros: Math.round(ms * 1e5 / n) / 100,
    bytes: second.bytes - first.bytes,
    pages: [first.pages, second.pages],
    rss: [first.rss, most, second.rss],
  };
}

/** `n` selects, each with cases that never become ready: on channels known here, in shared memory, or some of each. */
export async function selects(where: "local" | "shared" | "mixed", n: number): Promise<Cost> {
  const [quiet, full, ready, otherQuiet] = [chan<number>(), chan<number>(), chan<number>(), chan<number>()];
  const interp = create();
  const crossing = { local: [], shared: [quiet, full, ready, otherQuiet], mixed: [quiet, ready] }[where];
  await interp.call(keep, crossing);
  const result = await cost(n, async (i) => {
    const got = select({ quiet, full: sending(full, i), otherQuiet, ready });
    if (!ready.trySend(i)) throw new Error("The select does not wait");
    if ((await got).value !== i) throw new Error("The select has another value");
  });
  if (quiet.trySend(1) || full.tryReceive().state !== "empty") throw new Error("A select has left something");
  await interp.close();
  return result;
}

/** How a party works. */
export type Manner = "awaiting" | "blocking";

/** Operations after which who blocks lets its event loop turn: nothing is finalized without. */
const TURN = 1000;

/** Answers on each channel it gets. */
export const answer: (manner: Manner, questions: Channel<Channel<number>>) => Promise<void> = task(
  import.meta,
  async function answer(manner: Manner, questions: Channel<Channel<number>>): Promise<void> {
    if (manner === "awaiting") {
      for await (const reply of questions) await reply.send(7);
      return;
    }
    try {
      for (let i = 1;; i++) {
        questions.receiveSync().sendSync(7);
        if (i % TURN === 0) await macrotask();
      }
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error;
    }
  },
);

/** `n` channels, each made for one answer of another interpreter and dropped without a close. */
export async function replies(manner: Manner, n: number): Promise<Cost & { readonly left: number }> {
  const interp = create({ mode: manner === "awaiting" ? "concurrent" : "serial" });
  await interp.ready;
  const questions = chan<Channel<number>>(1);
  const answering = interp.call(answer, manner, questions);
  const result = await cost(n, async (i) => {
    const reply = chan<number>();
    if (manner === "blocking") {
      questions.sendSync(reply);
      if (reply.receiveSync() !== 7) throw new Error("The answer is another");
      if (i % TURN === 0) await macrotask();
    } else {
      await questions.send(reply);
      if (await reply.receive() !== 7) throw new Error("The answer is another");
    }
  });
  questions.close();
  await answering;
  const left = await channelsLeft(interp);
  await interp.close();
  return { ...result, left };
}

/** Sends each channel its number. */
export const sendToEach: (all: readonly Channel<number>[]) => Promise<void> = task(
  import.meta,
  async function sendToEach(all: readonly Channel<number>[]): Promise<void> {
    for (const [i, ch] of all.entries()) await ch.send(i);
  },
);

/** `n` channels at once, all of them received from by one waiting operation and one select each. */
export async function atOnce(n: number): Promise<Cost> {
  const interp = create({ mode: "concurrent" });
  async function round(): Promise<void> {
    const all = Array.from({ length: n }, () => chan<number>());
    const quiet = chan<number>();
    const receiving = all.map((ch, i) => i % 2 === 0 ? ch.receive() : select([ch, quiet]));
    const [received] = await Promise.all([Promise.all(receiving), interp.call(sendToEach, all)]);
    for (const [i, got] of received.entries()) {
      if ((typeof got === "number" ? got : got.value) !== i) {
        throw new Error(`Channel ${i} gave ${String(got)}`);
      }
    }
  }
  const { micros, ...rest } = await cost(8, round);
  await interp.close();
  return { micros: Math.round(micros * 100 / n) / 100, ...rest };
}

/** What came of more waiting operations than there can be. */
export interface TooMany {
  /** How many waited when the first was refused. */
  readonly waited: number;
  /** How it was refused. */
  readonly refusals: readonly string[];
  /** What those that waited have received, added up. */
  readonly sum: number;
  /** What was received afterwards. */
  readonly later: number;
}

/** Waits with `n` operations at once, then lets another interpreter serve those that could wait. */
export async function tooMany(n: number): Promise<TooMany> {
  const interp = create({ mode: "concurrent" });
  const ch = chan<number>();
  const quiet = chan<number>();
  await interp.call(keep, [ch, quiet]);
  const waiting: Promise<number>[] = [];
  const refusals = new Set<string>();
  for (let i = 0; i < n; i++) {
    waiting.push(
      i % 2 === 0 ? ch.receive() : select([quiet, ch]).then(({ value }) => value as number),
    );
  }
  const settled = Promise.allSettled(waiting.map((each) =>
    each.catch((error: unknown) => {
      refusals.add(String(error));
      throw error;
    })
  ));
  await macrotask();
  await macrotask();
  const waited = await interp.call(
    (ch: Channel<number>, most: number) => {
      let sent = 0;
      while (sent < most && ch.trySend(1)) sent++;
      return sent;
    },
    ch,
    n,
  );
  let sum = 0;
  for (const each of await settled) if (each.status === "fulfilled") sum += each.value;
  const later = ch.receive();
  await interp.call((ch: Channel<number>) => ch.send(5), ch);
  const result = { waited, refusals: [...refusals], sum, later: await later };
  await interp.close();
  return result;
}
