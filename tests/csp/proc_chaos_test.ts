/**
 * A program of many processes, at several levels and with channels between them, of which a random one throws, is
 * cancelled, or has its interpreter killed. However it ends, `par` settles, with the error of what went wrong, and nothing is
 * left.
 *
 * Scaled down here; `CSP_CHAOS=full` runs 200 programs of 1,000 processes, another number in its place as many.
 * `CSP_SEED` repeats one.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import {
  chan,
  type Channel,
  create,
  type Interpreter,
  InterpreterError,
  listAll,
  par,
  type Proc,
  proc,
  type Receiver,
  type Sender,
  seq,
  setParallelism,
  sharedArray,
  shutdown,
  sleep,
} from "@pool/csp";
import { audit } from "../channels/_heap_audit.ts";
import { collect } from "../channels/conformance/timing.ts";
import { randomBelow } from "../_random.ts";
import { within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

const chaos = process.env["CSP_CHAOS"];
const FULL = chaos !== undefined;
const PROCESSES = FULL ? 1_000 : 60;
const PROGRAMS = !FULL ? 12 : chaos === "full" ? 200 : Number(chaos);

/** Words that all processes share. */
const BEGUN = 0;
const ENDED = 1;

/** What every process does until something goes wrong: it sleeps, sends, or receives. Counts its begin and its end. */
const live = async (
  words: Int32Array,
  doing: "sleep" | "spin" | Sender<number> | Receiver<number>,
): Promise<void> => {
  Atomics.add(words, 0, 1);
  try {
    if (doing === "sleep") await csp.sleep(1e9);
    else if (doing === "spin") { for (;;) await csp.yieldNow(); }
    else if ("send" in doing) {
      for (let n = 0;; n++) {
        await doing.send(n);
        await csp.sleep(2);
      }
    } else for (;;) await doing.receive();
  } finally {
    Atomics.add(words, 1, 1);
  }
};

/** The one that goes wrong by itself, once `n` have begun. */
const fail = async (words: Int32Array, n: number, how: "throws" | "waits"): Promise<void> => {
  while (Atomics.load(words, 0) < n) await csp.sleep(1);
  if (how === "throws") throw Object.assign(new RangeError("the first"), { code: 7 });
  Atomics.store(words, 2, 1);
  await csp.sleep(1e9);
};

const liveHere = async (words: Int32Array): Promise<void> => {
  Atomics.add(words, BEGUN, 1);
  try {
    await sleep(1e9);
  } finally {
    Atomics.add(words, ENDED, 1);
  }
};

async function program(seed: number): Promise<void> {
  const next = randomBelow(seed);
  const words = sharedArray(Int32Array, 4);
  const channels: Channel<number>[] = [];
  const way = (["throws", "cancelled", "killed"] as const)[next(3)]!;
  const victim: Interpreter | undefined = way === "killed" ? create({ mode: "concurrent" }) : undefined;
  let before = 0;

  /** `n` processes, in parts of parts. */
  function some(n: number): Proc<unknown> {
    if (n === 1) return one();
    const parts: Proc<unknown>[] = [];
    for (let left = n; left > 0;) {
      const share = 1 + next(Math.min(left, Math.max(1, n >> 1)));
      parts.push(share === n ? one() : some(share));
      left -= share === n ? 1 : share;
    }
    // A sequence of what waits for ever never comes to its second part: what it holds is retired all the same.
    const composed = par(...parts);
    return next(4) === 0 ? seq(proc.local(() => {}), composed, never()) : composed;
  }
  function never(): Proc<unknown> {
    const held = chan<number>();
    channels.push(held);
    return proc((_: Sender<number>): never => {
      throw new Error("This was started after the failure");
    }, held.sender());
  }
  function one(): Proc<unknown> {
    before++;
    switch (next(6)) {
      case 0:
        return proc.local(liveHere, words);
      case 1:
        return proc(live, words, "sleep");
      case 2:
        return proc(live, words, next(8) === 0 ? "spin" : "sleep");
      case 3:
        return victim === undefined
          ? proc(live, words, "sleep")
          : proc.with({ interpreter: victim })(live, words, "sleep");
      default: {
        const channel = chan<number>(next(3));
        channels.push(channel);
        if (next(2) === 0) return proc(live, words, channel.receiver());
        // One alone waits for ever; two of them exchange values for ever.
        if (next(6) > 0) return proc(live, words, channel.sender());
        before++;
        return par(proc(live, words, channel.sender()), proc(live, words, channel.receiver()));
      }
    }
  }

  const all = some(PROCESSES);
  const first = victim === undefined
    ? proc(fail, words, before, way === "throws" ? "throws" : "waits")
    : proc.with({ interpreter: victim })(fail, words, before, "waits");
  const controller = new AbortController();
  const outcome = par(all, seq(proc.local(() => {}), first)).run({ signal: controller.signal }).then(
    () => assert.fail("it cannot end well"),
    (error) => error as unknown,
  );
  if (way !== "throws") {
    await within(
      (async () => {
        while (Atomics.load(words, 2) === 0) await sleep(1);
      })(),
      `the start of program ${seed}`,
      60_000,
    );
  }
  const reason = new TypeError("cancelled");
  if (way === "cancelled") controller.abort(reason);
  await victim?.close({ force: true });
  const error = await within(outcome, `the end of program ${seed}, ${way}`, 60_000) as Error & {
    code?: number;
  };

  if (way === "throws") {
    assert.deepEqual([error.name, error.message, error.code], ["RangeError", "the first", 7]);
  } else if (way === "cancelled") assert.equal(error, reason);
  else assert(error instanceof InterpreterError || error.name === "PeerLostError", String(error));
  for (const channel of channels) assert.equal(channel.closed, true, "an end is left");
  // Those that have died with their interpreter do not say so.
  if (victim === undefined) assert.equal(words[ENDED], words[BEGUN], "somebody still runs");
  else assert(words[ENDED]! >= 0);
}

const first = Number(process.env["CSP_SEED"] ?? Date.now() % 1_000_000);

test(`par() of ${PROCESSES} processes settles however one of them ends`, {
  timeout: FULL ? 3_600_000 : 60_000,
}, async () => {
  setParallelism(2);
  console.log(`seeds from ${first}`);
  const programs = process.env["CSP_SEED"] === undefined ? PROGRAMS : 1;
  for (let seed = first; seed < first + programs; seed++) {
    try {
      await program(seed);
    } catch (error) {
      console.log(`CSP_SEED=${seed} repeats it`);
      throw error;
    }
    assert(listAll().length <= 3, `interpreters: ${listAll().map(({ name }) => name)}`);
  }
  await shutdown();
  assert.equal(listAll().length, 1);
  // What other interpreters had in hand is buried when their threads have ended, which `shutdown` does not wait for; and what
  // main has dropped is given back in turns of its event loop.
  const until = performance.now() + 10_000;
  for (let now = audit(); performance.now() < until; now = audit()) {
    if (now.problems.length === 0 && (now.counts["channel"] ?? 0) === 0) break;
    collect();
    await sleep(5);
  }
  const { problems, counts } = audit();
  assert.deepEqual(problems, []);
  const { ready: _, ticket: spare = 0, node: spareNodes = 0, ...left } = counts;
  assert.deepEqual(left, {}, "blocks are left");
  console.log(`kept for main's next waits: ${spare} tickets, ${spareNodes} nodes`);
});
