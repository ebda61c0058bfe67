/**
 * What an interpreter leaves in the midst of each step that it can take in the shared heap is put in order: it is stopped
 * at chosen points of the kernel and closed by force there. Afterwards nothing is stuck, lost or doubled but what it held
 * itself, and every block of the heap is accounted for.
 *
 * `CSP_THOROUGH`: all stops, in place of a tenth of them. `CSP_STOP`: those with this in their title.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { channels } from "#engines";
import { chan, type Channel, create, type Interpreter, promiseChan, trySelect } from "@pool/csp";
import { recoveries } from "../../channels/burial_survey.ts";
import { DESK_OPEN, DESK_SIZE, DESK_STOPPED, DESKS } from "../../kernel/heap_layout.ts";
import { sample } from "../_sample.ts";
import { within } from "../_within.ts";
import { audit } from "./_heap_audit.ts";
import { type ActName, type Given, stopIn, useStops } from "./_victims.ts";

/** How long anybody may be held up, in milliseconds. */
const STALL_MS = 5000;

interface Scene {
  /** In the test's name. */
  readonly name: string;
  readonly act: ActName;
  /** Stop points to be reached, each with how often it is passed before. */
  readonly stops: readonly (number | [point: number, passed: number])[];
  readonly make?: () => Channel<unknown>;
  readonly capacity?: number | { capacity: number; overflow: "sliding" | "dropping" };
  /** Ids of values that the channel holds, sent by main. */
  readonly filled?: readonly number[];
  /** Ids of values that main waits to send. */
  readonly sending?: readonly number[];
  /** How many receives of main wait. */
  readonly receiving?: number;
  /** Ids of what the victim sends, or as many as it receives. */
  readonly ids?: readonly number[];
  /** How many values the victim may take with it. */
  readonly takes?: number;
  /** Whether its ids may arrive. */
  readonly adds?: boolean;
  /** Whether the channel may be closed afterwards. */
  readonly closes?: boolean;
  /** Fills `other`. */
  readonly prepare?: (ch: Channel<unknown>, other: Channel<unknown>) => void;
}

const SCENES: readonly Scene[] = [
  { name: "sends", act: "send", capacity: 4, ids: [10, 11], adds: true, stops: [40, 41, [40, 1]] },
  {
    name: "sends beside others",
    act: "send",
    capacity: 4,
    filled: [1],
    ids: [10, 11],
    adds: true,
    stops: [40, 41],
  },
  { name: "receives", act: "receive", capacity: 4, filled: [1, 2, 3], ids: [1], takes: 1, stops: [42, 43] },
  {
    name: "sends to who waits",
    act: "send",
    capacity: 4,
    receiving: 2,
    ids: [10, 11, 12],
    adds: true,
    stops: [20, 21, 22, 44, 32, 11, 12, [11, 1], [44, 1]],
  },
  {
    name: "sends at a meeting",
    act: "send",
    capacity: 0,
    receiving: 2,
    ids: [10, 11, 12],
    adds: true,
    stops: [20, 21, 22, 44, 32, 11, 12, [11, 1], [44, 1]],
  },
  {
    name: "receives at a meeting",
    act: "receive",
    capacity: 0,
    sending: [1, 2, 3],
    ids: [1],
    takes: 1,
    stops: [20, 22, 32, 48, 11],
  },
  {
    name: "receives where others wait to send",
    act: "receive",
    capacity: 2,
    filled: [1, 2],
    sending: [3, 4],
    ids: [1],
    takes: 1,
    stops: [20, 21, 22, 32, 47, 52, 53, 54, 11],
  },
  { name: "waits to receive", act: "waitToReceive", capacity: 2, takes: 0, stops: [20, 21, 22, 30, 31] },
  {
    name: "waits to receive behind others",
    act: "waitToReceive",
    capacity: 2,
    receiving: 2,
    takes: 0,
    stops: [20, 21, 22, 30, 31],
  },
  {
    name: "waits to send",
    act: "waitToSend",
    capacity: 2,
    filled: [1, 2],
    sending: [3],
    ids: [10],
    adds: true,
    stops: [20, 21, 22, 30, 31],
  },
  {
    name: "waits to send at a meeting",
    act: "waitToSend",
    capacity: 0,
    ids: [10],
    adds: true,
    stops: [30, 31, 22],
  },
  { name: "gives up waiting", act: "receiveInVain", capacity: 2, stops: [32, [20, 1], [21, 1], [22, 1]] },
  {
    name: "gives up waiting among others",
    act: "receiveInVain",
    capacity: 2,
    receiving: 2,
    stops: [32, [20, 1], [21, 1], [22, 1]],
  },
  {
    name: "waits for several",
    act: "selectEither",
    capacity: 0,
    ids: [10],
    adds: true,
    stops: [30, 31, [30, 1], [31, 1], [22, 1]],
  },
  {
    name: "meets who waits as it begins to wait to receive",
    act: "enlistToReceive",
    capacity: 0,
    sending: [1, 2],
    takes: 1,
    stops: [10, 55, 56, 57, 11, [11, 1], 32, [32, 1], 22],
  },
  {
    name: "meets who waits as it begins to wait to send",
    act: "enlistToSend",
    capacity: 0,
    receiving: 2,
    ids: [10],
    adds: true,
    stops: [10, 55, 56, 57, 11, [11, 1], 32, [32, 1], 22],
  },
  {
    name: "is served from the ring as it begins to wait",
    act: "enlistToReceive",
    capacity: 2,
    filled: [1, 2],
    sending: [3],
    takes: 1,
    stops: [49, 50, 51, 52, 53, 54, 11, [11, 1]],
  },
  {
    name: "is let into the ring as it begins to wait",
    act: "enlistToSend",
    capacity: 2,
    filled: [1],
    ids: [10],
    adds: true,
    stops: [52, 53, 54, 11],
  },
  {
    name: "closes",
    act: "close",
    capacity: 2,
    filled: [1, 2],
    sending: [3],
    closes: true,
    stops: [60, 61, 32, 11, 22],
  },
  {
    name: "closes on who receives",
    act: "close",
    capacity: 2,
    receiving: 2,
    closes: true,
    stops: [60, 61, 32, 11, [11, 1], 22],
  },
  {
    name: "poisons",
    act: "poison",
    capacity: 2,
    filled: [1, 2],
    sending: [3],
    takes: 3,
    closes: true,
    stops: [60, 61, 32, 11, 22],
  },
  {
    name: "sends into a sliding channel",
    act: "send",
    capacity: { capacity: 2, overflow: "sliding" },
    filled: [1, 2],
    ids: [10, 11],
    adds: true,
    takes: 2,
    stops: [45, 46, [45, 1], [46, 1], 22],
  },
  {
    name: "sends into a dropping channel",
    act: "send",
    capacity: { capacity: 2, overflow: "dropping" },
    filled: [1],
    ids: [10, 11],
    adds: true,
    stops: [46, 22, [22, 1]],
  },
  {
    name: "keeps a promise",
    act: "send",
    make: () => promiseChan<unknown>(),
    ids: [10],
    adds: true,
    receiving: 3,
    stops: [46, 49, 50, 51, 11, [11, 1], [50, 2]],
  },
  {
    name: "lets a ring grow",
    act: "send",
    make: () => channels().openUnboundedChannel("growing") as Channel<unknown>,
    filled: [1, 2, 3],
    ids: Array.from({ length: 40 }, (_, i) => 10 + i),
    adds: true,
    stops: [58, 59, [58, 1], [59, 1]],
  },
  {
    name: "makes and retires ends",
    act: "makeEnds",
    capacity: 2,
    stops: [80, [80, 1], 20, 21, 22],
    closes: true,
  },
  { name: "retires an end", act: "retireEnd", capacity: 2, stops: [81, 82, [22, 2]], closes: true },
  { name: "sends its ends", act: "sendEnd", capacity: 2, stops: [40, 41, [40, 1], [41, 1]], closes: true },
  { name: "sends channels", act: "sendChannel", capacity: 2, stops: [40, 41, [40, 1], [41, 1]] },
  {
    name: "receives channels and ends",
    act: "receiveReferences",
    capacity: 2,
    closes: true,
    prepare(ch, other) {
      other.trySend(ch);
      other.trySend(ch.sender());
      other.trySend([ch, chan(), ch.receiver()]);
    },
    stops: [42, 43, [42, 1], [43, 1], [42, 2], [43, 2], 3, 4],
  },
  {
    name: "disposes of its own",
    act: "disposeOwn",
    capacity: 0,
    ids: [10, 11, 12],
    stops: [70, 3, 4, [3, 1], [4, 1]],
  },
];

/** The same with numbers, which stand in the slots themselves, and with objects, which stand in blocks. */
const PLAIN = new Set<ActName>(["sendBatch", "receiveBatch", "allocate"]);

const BATCHES: readonly Scene[] = [
  {
    name: "sends a batch",
    act: "sendBatch",
    capacity: 8,
    filled: [1],
    ids: [10, 11, 12],
    adds: true,
    stops: [62],
  },
  {
    name: "receives a batch",
    act: "receiveBatch",
    capacity: 8,
    filled: [1, 2, 3],
    ids: [1, 2],
    takes: 2,
    stops: [63],
  },
  { name: "divides pages", act: "allocate", ids: [13], capacity: 0, stops: [5] },
  { name: "divides pages", act: "allocate", ids: [13], capacity: 0, stops: [6] },
  { name: "divides pages", act: "allocate", ids: [13], capacity: 0, stops: [7] },
  { name: "divides pages", act: "allocate", ids: [15], capacity: 0, stops: [8] },
  { name: "divides pages", act: "allocate", ids: [17], capacity: 0, stops: [9] },
  { name: "takes runs of pages", act: "allocate", ids: [18], capacity: 0, stops: [5] },
  { name: "takes runs of pages", act: "allocate", ids: [18], capacity: 0, stops: [6] },
  { name: "takes runs of pages", act: "allocate", ids: [18], capacity: 0, stops: [7] },
  { name: "takes runs of pages", act: "allocate", ids: [19], capacity: 0, stops: [8] },
  { name: "takes runs of pages", act: "allocate", ids: [20], capacity: 0, stops: [9] },
];

const ALLOCATION: readonly Scene[] = [
  { name: "allocates", act: "send", capacity: 4, ids: [10, 11], adds: true, stops: [1, 2, [1, 1], [2, 1]] },
  {
    name: "frees",
    act: "receive",
    capacity: 4,
    filled: [1, 2, 3],
    ids: [1, 2],
    takes: 2,
    stops: [3, 4, [3, 1], [4, 1]],
  },
];

/** What was wrong after an earlier scene. */
const known = new Set<string>();

/** What main has got. */
function idOf(value: unknown): number {
  return typeof value === "number" ? value : (value as { id: number }).id;
}

async function play(scene: Scene, point: number, passed: number, plain: boolean): Promise<void> {
  const ch: Channel<unknown> = scene.make?.() ?? chan<unknown>(scene.capacity ?? 0);
  const other = chan<unknown>(8);
  const value = (id: number) => plain ? id : { id };
  for (const id of scene.filled ?? []) assert.ok(ch.trySend(value(id)));
  scene.prepare?.(ch, other);
  const victim: Interpreter = create({ name: "victim" });
  try {
    const slot = await within(victim.call(useStops));
    const heap = channels().heapHere();
    const stopped = DESKS + slot * DESK_SIZE + DESK_STOPPED;
    const got: number[] = [];
    let settled = 0;
    const failed: unknown[] = [];
    const waiting: Promise<void>[] = [];
    const expected = [...scene.filled ?? [], ...scene.sending ?? []];
    for (const id of scene.sending ?? []) {
      waiting.push(ch.send(value(id)).then(() => void settled++, (error) => void failed.push(error)));
    }
    for (let i = 0; i < (scene.receiving ?? 0); i++) {
      waiting.push(
        ch.receive().then((value) => {
          settled++;
          got.push(idOf(value));
        }, (error) => void failed.push(error)),
      );
    }
    const given: Given = { ch, other, ids: scene.ids ?? [], plain, sleeper: waiting.length > 0 };
    let ended: unknown;
    const call = victim.call(stopIn, scene.act, point, passed, given).then(
      (value) => ended = { value },
      (error) => ended = { error },
    );
    const until = performance.now() + 4000;
    while (heap.load(stopped) === 0 && ended === undefined && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(
      heap.load(stopped),
      1,
      `stop ${point} was not reached: ${JSON.stringify(ended)} ${(ended as { error?: unknown })?.error}`,
    );
    await within(victim.close({ force: true }), "the close", STALL_MS);
    await call;
    const start = performance.now();
    while (heap.load(DESKS + slot * DESK_SIZE + DESK_OPEN) !== 0) {
      assert.ok(performance.now() - start < STALL_MS, "it was not buried");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    // Everybody who waited goes on; what is there is received.
    if (!scene.closes) {
      const limit = { timeout: STALL_MS };
      const promise = scene.make !== undefined && scene.receiving !== undefined;
      if (promise) {
        ch.trySend(value(99));
        await within(Promise.all(waiting), "who waits for the promise", STALL_MS);
        assert.equal(new Set(got).size, 1, `all receive the same: ${got}`);
        got.length = got[0] === 99 ? 0 : 1;
      } else {
        // The receives that wait are served first, then the channel is emptied, which lets the sends go.
        const receives = scene.receiving ?? 0;
        const sentinels = [100, 101, 102, 103];
        const sends = sentinels.map((id) => ch.send(value(id), limit));
        const overflows = typeof scene.capacity === "object";
        if (overflows) await Promise.all(sends);
        const start = performance.now();
        while (true) {
          const next = ch.tryReceive();
          if (next.state === "ok") got.push(idOf(next.value));
          else if (overflows || got.filter((id) => id >= 100).length === sentinels.length) break;
          else {
            assert.ok(performance.now() - start < STALL_MS, `stalled: ${got}, ${failed}`);
            await new Promise((resolve) => setTimeout(resolve, 0));
          }
        }
        await within(Promise.all([...sends, ...waiting]), "who waits", STALL_MS);
        assert.equal(settled, receives + (scene.sending?.length ?? 0), `failed: ${failed}`);
        if (typeof scene.capacity !== "object") {
          // What was received at once stands before what waiting receives were told of later.
          const late = got.filter((id) => id >= 100);
          assert.deepEqual(receives > 0 ? late.sort((a, b) => a - b) : late, sentinels);
        }
      }
      const early = got.filter((id) => id < 100);
      assert.equal(new Set(early).size, early.length, `doubled: ${got}`);
      const adds = scene.adds ? scene.ids! : [];
      const ofMain = early.filter((id) => expected.includes(id));
      const ofVictim = early.filter((id) => adds.includes(id));
      assert.equal(ofMain.length + ofVictim.length, early.length, `not sent: ${got}`);
      assert.deepEqual(ofMain, [...ofMain].sort((a, b) => a - b), `order: ${got}`);
      if (scene.takes === undefined || typeof scene.capacity !== "object") {
        assert.deepEqual(ofVictim, adds.slice(0, ofVictim.length), `order: ${got}`);
      }
      if (!promise) {
        const lost = expected.length - ofMain.length;
        const allowed = typeof scene.capacity === "object" ? expected.length : scene.takes ?? 0;
        assert.ok(lost <= allowed, `lost: ${expected.filter((id) => !ofMain.includes(id))}`);
      }
    } else {
      ch.close();
      for (let next: unknown = undefined; next !== "closed";) {
        try {
          next = ch.tryReceive().state;
        } catch {
          break;
        }
      }
      await within(Promise.all(waiting), "who waits on a closed channel", STALL_MS);
    }
    other.close();
    for (let next = other.tryReceive(); next.state === "ok"; next = other.tryReceive());
    const problems = audit().problems.filter((problem) => !known.has(problem));
    for (const problem of problems) known.add(problem);
    assert.deepEqual(problems, []);
  } finally {
    await victim.close({ force: true }).catch(() => {});
  }
}

const only = process.env["CSP_STOP"];
const cases: { readonly title: string; readonly run: () => Promise<void> }[] = [];

for (const scene of [...SCENES, ...BATCHES, ...ALLOCATION]) {
  const kinds = PLAIN.has(scene.act)
    ? [true]
    : scene.name.endsWith("cates") || scene.name === "frees"
    ? [false]
    : [true, false];
  for (const plain of kinds) {
    for (const stop of scene.stops) {
      const [point, passed] = typeof stop === "number" ? [stop, 0] : stop;
      const title = `An interpreter that ${scene.name} ends at stop ${point}${
        passed ? ` after ${passed}` : ""
      }, ${plain ? "numbers" : "objects"}`;
      cases.push({ title, run: () => play(scene, point, passed, plain) });
    }
  }
}

for (const { title, run } of only === undefined ? sample(cases, 10) : cases) {
  if (title.includes(only ?? "")) test(title, { timeout: 30_000 }, run);
}

/** Starts an interpreter that stops at a point of the kernel, and waits until it has. */
async function stopped(act: ActName, point: number, passed: number, given: Given): Promise<Interpreter> {
  const victim = create({ name: `victim of ${act}` });
  const slot = await within(victim.call(useStops));
  victim.call(stopIn, act, point, passed, given).catch(() => {});
  const heap = channels().heapHere();
  const until = performance.now() + STALL_MS;
  while (heap.load(DESKS + slot * DESK_SIZE + DESK_STOPPED) === 0) {
    assert.ok(performance.now() < until, `stop ${point} was not reached`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return victim;
}

/** Lets channels cross, so that they have their places in the heap in this order. */
async function share(all: readonly Channel<unknown>[]): Promise<void> {
  const interp = create();
  await within(interp.call((all: readonly Channel<unknown>[]) => void all.length, all));
  await interp.close();
}

/** Settles once all of them are buried. */
async function buriedAll(): Promise<void> {
  const heap = channels().heapHere();
  const until = performance.now() + STALL_MS;
  for (let slot = 1; slot < 64; slot++) {
    while (heap.load(DESKS + slot * DESK_SIZE + DESK_OPEN) !== 0) {
      assert.ok(performance.now() < until, `${slot} was not buried`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

for (const swapped of [false, true]) {
  const order = swapped ? "above" : "below";
  test(
    `Main that waits in the kernel, with a lock ${order} the dead one's that this waits in, goes on`,
    { timeout: 30_000 },
    async () => {
      const pair = [chan<unknown>(), chan<unknown>()] as const;
      await share(pair);
      const given: Given = { ch: pair[swapped ? 1 : 0], other: pair[swapped ? 0 : 1], ids: [], plain: true };
      // The first time it locks what it enlists at.
      const victim = await stopped("enlistAndSend", 21, 1, given);
      const closed = victim.close({ force: true });
      // Main has cut it off by then, and cannot hear of its end before it has what the dead one holds.
      for (let i = 0; i < 20; i++) await Promise.resolve();
      const got = trySelect([given.ch, given.other]);
      assert.equal(got, undefined);
      await within(closed, "the close", STALL_MS);
      await buriedAll();
      const received = Promise.all([given.ch.receive(), given.other.receive()]);
      assert.ok(given.ch.trySend(1) && given.other.trySend(2));
      assert.deepEqual(await within(received, "the receives", STALL_MS), [1, 2]);
      const problems = audit().problems.filter((problem) => !known.has(problem));
      assert.deepEqual(problems, []);
    },
  );
}

test(
  "Two deaths at once, each with a lock of one channel, do not hold main up",
  { timeout: 30_000 },
  async () => {
    const [ch, other] = [chan<unknown>(4), chan<unknown>(1)];
    for (const n of [1, 2, 3]) assert.ok(ch.trySend(n));
    const given: Given = { ch, other, ids: [1], plain: true };
    // One has the senders' lock, and the other the receivers', for which the first one waits.
    const receiver = await stopped("receive", 42, 0, given);
    const closer = await stopped("close", 20, 0, given);
    let last = performance.now();
    let gap = 0;
    const timer = setInterval(function tick() {
      gap = Math.max(gap, performance.now() - last);
      last = performance.now();
    }, 5);
    await within(
      Promise.all([closer.close({ force: true }), receiver.close({ force: true })]),
      "the closes",
      STALL_MS,
    );
    await buriedAll();
    clearInterval(timer);
    assert.ok(gap < 900, `main was held up for ${gap} ms`);
    const left = await within(ch.receiveMany(9), "what is left", STALL_MS);
    assert.ok(left.length === 3 || left.length === 2, `${left}`);
    assert.ok(ch.trySend(4));
    assert.equal(await within(ch.receive()), 4);
    const problems = audit().problems.filter((problem) => !known.has(problem));
    assert.deepEqual(problems, []);
  },
);

after(() => {
  console.log(`recoveries: ${JSON.stringify(recoveries)}`);
});
