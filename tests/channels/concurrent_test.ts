/**
 * Three interpreters at one channel, all at once: each value is received exactly once, in the order of its sender, and
 * none is lost.
 *
 * CSP_VALUES: how many values each sender sends.
 */
import assert from "node:assert/strict";
import { env } from "node:process";
import { after, test } from "node:test";
import { chan, type Channel, create, createQueue, type Interpreter } from "@pool/csp";
import { flags } from "../_interpreters.ts";
import { within } from "../_within.ts";
import {
  type Done,
  PARTY,
  playAwaiting,
  playBlocking,
  queueAwaiting,
  queueBlocking,
  type Role,
  sends,
} from "./_concurrent.ts";

const COUNT = Number(env["CSP_VALUES"] ?? 1000);
const LIMIT_MS = 30_000 + COUNT * 5;
const long = { timeout: LIMIT_MS + 5000 };

/** What this thread, the interpreter that awaits and the one that blocks do. */
const CASTS: readonly (readonly [Role, Role, Role])[] = [
  ["select", "select", "select"],
  ["apart", "apart", "send"],
  ["apart", "apart", "receive"],
  ["send", "receive", "select"],
  ["select", "send batches", "receive batches"],
  ["receive batches", "select", "send batches"],
];

let others: [Interpreter, Interpreter] | undefined;

function interpreters(): [Interpreter, Interpreter] {
  return others ??= [create({ mode: "concurrent" }), create({ mode: "serial" })];
}

after(async function close() {
  for (const interp of others ?? []) await interp.close({ force: true });
});

/** All three at once. */
async function perform(ch: Channel<unknown>, cast: readonly [Role, Role, Role]): Promise<Done[]> {
  const [awaits, blocks] = interpreters();
  const senders = flags(1);
  senders[0] = cast.filter(sends).length;
  const parts = cast.map((role, party) => ({ role, ch, party, count: COUNT, senders }));
  const done = [
    awaits.call(playAwaiting, parts[1]!),
    blocks.call(playBlocking, parts[2]!),
    playAwaiting(parts[0]!),
  ];
  return await within(Promise.all(done), `${cast.join(", ")}`, LIMIT_MS)
    .then(([one, two, own]) => [own!, one!, two!]);
}

/** Asserts that what each party received is in the order of its senders, and twice nowhere; all of it, by sender. */
function inOrder(done: readonly Done[]): number[][] {
  const all: number[][] = [[], [], []];
  for (const [i, { received }] of done.entries()) {
    const last = [-1, -1, -1];
    for (const id of received) {
      const [from, n] = [Math.floor(id / PARTY), id % PARTY];
      assert(n > last[from]!, `party ${i} received value ${n} of party ${from} after ${last[from]}`);
      last[from] = n;
      all[from]!.push(n);
    }
  }
  for (const [from, numbers] of all.entries()) {
    assert.equal(new Set(numbers).size, numbers.length, `a value of party ${from} was received twice`);
  }
  return all;
}

function assertAll(done: readonly Done[]): void {
  for (const [from, numbers] of inOrder(done).entries()) {
    assert.equal(numbers.length, done[from]!.sent, `of party ${from} not every value was received`);
  }
}

for (const capacity of [0, 1, 2, 16]) {
  for (const cast of CASTS) {
    test(`Channel of capacity ${capacity} loses nothing between: ${cast.join(", ")}`, long, async () => {
      const done = await perform(chan(capacity), cast);
      assertAll(done);
      assert.deepEqual(done.map(({ sent }) => sent), cast.map((role) => sends(role) ? COUNT : 0));
    });
  }
}

test("Queue without a bound loses nothing between three interpreters that put and get", long, async () => {
  const [awaits, blocks] = interpreters();
  const senders = flags(1);
  senders[0] = 3;
  const queue = createQueue<unknown>();
  const parts = [0, 1, 2].map((party) => ({ queue, party, count: COUNT, senders, parties: 3 }));
  const [one, two, own] = await within(
    Promise.all([
      awaits.call(queueAwaiting, parts[1]!),
      blocks.call(queueBlocking, parts[2]!),
      queueAwaiting(parts[0]!),
    ]),
    "the queue",
    LIMIT_MS,
  );
  assertAll([own!, one!, two!]);
  assert.equal(queue.qsize(), 0);
});

for (const capacity of [1, 16]) {
  test(`Channel of capacity ${capacity} that slides keeps the newest of three senders`, long, async () => {
    const ch = chan<unknown>({ capacity, overflow: "sliding" });
    const done = await perform(ch, ["send", "send batches", "send"]);
    const received: number[] = [];
    for (let got = ch.tryReceive(); got.state === "ok"; got = ch.tryReceive()) {
      received.push(typeof got.value === "number" ? got.value : (got.value as { id: number }).id);
    }
    assert.equal(received.length, capacity);
    const kept = inOrder([...done, { received: Float64Array.from(received), sent: 0 }]);
    for (const [from, numbers] of kept.entries()) {
      const newest = Array.from(numbers, (_, i) => COUNT - numbers.length + i);
      assert.deepEqual(numbers, newest, `party ${from}`);
    }
  });

  test(
    `Channel of capacity ${capacity} that slides keeps the order while it is received from`,
    long,
    async () => {
      const ch = chan<unknown>({ capacity, overflow: "sliding" });
      const all = inOrder(await perform(ch, ["apart", "select", "try to send"]));
      assert(all.some((numbers) => numbers.includes(COUNT - 1)), "the newest value of all was received");
    },
  );

  test(`Channel of capacity ${capacity} that drops receives what trySend() has sent`, long, async () => {
    const ch = chan<unknown>({ capacity, overflow: "dropping" });
    const done = await perform(ch, ["try to send", "receive", "try to send"]);
    assertAll(done);
  });
}
