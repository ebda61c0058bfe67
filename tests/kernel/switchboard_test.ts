import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import {
  HEADER,
  LAYOUT_VERSION,
  MAXIMUM_PAGES,
  MODE,
  NAME_UNITS,
  SLOT,
  SLOT_BYTES,
  SLOTS,
  STATE,
  SWITCHBOARD_BYTES,
} from "../../kernel/layout.ts";
import { createMemory, Switchboard } from "../../kernel/switchboard.ts";

/** A switchboard on a memory of its own, and a claim that must succeed. */
function fresh(): { board: Switchboard; claim(name?: string, mode?: number, creator?: number): Claim } {
  const board = new Switchboard(createMemory());
  return {
    board,
    claim(name, mode = 0, creator = 0) {
      const claimed = board.claim(name, mode, creator);
      assert(claimed !== undefined, "no slot is free");
      return claimed;
    },
  };
}

interface Claim {
  readonly id: number;
  readonly slot: number;
}

test("createMemory() makes a shared memory with main in slot 0", () => {
  const memory = createMemory();
  assert((memory.buffer as unknown) instanceof SharedArrayBuffer);
  assert(memory.buffer.byteLength >= SWITCHBOARD_BYTES + SLOTS * SLOT_BYTES);
  const board = new Switchboard(memory);
  assert.equal(board.memory, memory);
  assert.deepEqual(board.living(), [0]);
  assert.equal(board.find(0), 0);
  assert.equal(board.name(0), "main");
  assert.equal(board.state(0), STATE.ALIVE);
  assert.equal(board.mode(0), "concurrent");
  assert.equal(board.running(0), 0);
  assert.equal(board.served(0), false);
});

test("createMemory() leaves room to grow to 4 GiB", () => {
  assert.equal(MAXIMUM_PAGES * 65_536, 2 ** 32);
  const memory = createMemory();
  const before = memory.buffer.byteLength;
  memory.grow(1);
  assert.equal(memory.buffer.byteLength, before + 65_536);
  assert.deepEqual(new Switchboard(memory).living(), [0]);
});

test("Switchboard words of a slot do not overlap and fit into it", () => {
  const words = Object.entries(SLOT).filter(([name]) => name !== "NAME").map(([, word]) => word);
  assert.equal(new Set(words).size, words.length);
  assert(Math.max(...words) < SLOT.NAME);
  assert.equal(SLOT.NAME * 4 + NAME_UNITS * 2, SLOT_BYTES);
  assert.equal(new Set(Object.values(HEADER)).size, Object.values(HEADER).length);
  assert(Math.max(...Object.values(HEADER)) * 4 < SWITCHBOARD_BYTES);
});

test("new Switchboard() throws when the memory has another layout", () => {
  for (const version of [0, LAYOUT_VERSION + 1]) {
    const memory = createMemory();
    new Int32Array(memory.buffer)[HEADER.VERSION] = version;
    assert.throws(() => new Switchboard(memory), (error: Error) => {
      assert.match(error.message, new RegExp(`layout ${version}\\b`));
      assert.match(error.message, new RegExp(`${LAYOUT_VERSION}`));
      return true;
    });
  }
});

test("Switchboard.claim() publishes a starting interpreter, seen by every view", () => {
  const { board, claim } = fresh();
  const { id, slot } = claim("first", 1, 0);
  const other = new Switchboard(board.memory);
  assert.deepEqual(other.living(), [0, id]);
  assert.equal(other.find(id), slot);
  assert.equal(other.find(id, slot), slot);
  assert.equal(other.name(slot), "first");
  assert.equal(other.mode(slot), "concurrent");
  assert.equal(other.state(slot), STATE.STARTING);
  assert.equal(other.mode(claim("serial", 0).slot), "serial");
});

test("Switchboard.claim() names an interpreter after its id when no name is given", () => {
  const { board, claim } = fresh();
  const { id, slot } = claim();
  assert.equal(board.name(slot), `interpreter-${id}`);
  assert.equal(board.name(claim("").slot), "");
});

test("Switchboard.name() gives any UTF-16, up to the longest", () => {
  const { board, claim } = fresh();
  for (
    const name of ["é€😀", "\ud800 lone \udfff", "\0", "x".repeat(NAME_UNITS), "\uffff".repeat(NAME_UNITS)]
  ) {
    assert.equal(board.name(claim(name).slot), name);
  }
});

test("Switchboard.claim() draws ascending ids and never gives one again", () => {
  const { board, claim } = fresh();
  let last = 0;
  for (let i = 0; i < 3000; i++) {
    const { id, slot } = claim();
    assert(id > last, `${id} after ${last}`);
    assert.equal(slot, 1);
    last = id;
    board.setState(slot, STATE.FREE);
    assert.equal(board.find(id), -1);
    assert.equal(board.find(id, slot), -1);
  }
});

test("Switchboard.claim() forgets what the last interpreter of a slot left in it", () => {
  const { board, claim } = fresh();
  const first = claim("a long name of the first one", 1, 7);
  board.addRunning(first.slot, 1);
  board.setState(first.slot, STATE.FREE);
  const second = claim("b");
  assert.equal(second.slot, first.slot);
  assert.notEqual(second.id, first.id);
  assert.equal(board.name(second.slot), "b");
  assert.equal(board.mode(second.slot), "serial");
  assert.equal(board.running(second.slot), 0);
  assert.equal(board.served(second.slot), false);
  assert.equal(board.find(first.id, first.slot), -1, "a stale hint finds the new one");
});

test("Switchboard.claim() returns undefined when 1,023 interpreters are there, and goes on once one is gone", () => {
  const { board, claim } = fresh();
  const claims = Array.from({ length: SLOTS - 1 }, () => claim());
  assert.equal(claims.length, 1023);
  assert.equal(new Set(claims.map(({ slot }) => slot)).size, 1023);
  assert.equal(board.living().length, 1024);
  assert.equal(board.claim("too many", 0, 0), undefined);
  const middle = claims[500]!;
  board.setState(middle.slot, STATE.FREE);
  const next = claim("fits");
  assert.equal(next.slot, middle.slot);
  assert.equal(next.id, claims.at(-1)!.id + 1, "the failed claim has drawn an id");
  assert.equal(board.claim("too many", 0, 0), undefined);
  assert.deepEqual(board.living().slice(-2), [claims.at(-1)!.id, next.id]);
});

test("Switchboard.living() lists who can be called, in order of creation", () => {
  const { board, claim } = fresh();
  const [a, b, c] = [claim(), claim(), claim()];
  board.setState(a.slot, STATE.FREE);
  const d = claim();
  assert(d.slot < b.slot);
  assert.deepEqual(board.living(), [0, b.id, c.id, d.id]);
  board.setState(b.slot, STATE.ALIVE);
  board.setState(c.slot, STATE.CLOSING);
  assert.deepEqual(board.living(), [0, b.id, d.id]);
  assert.equal(board.find(c.id), c.slot, "one that is closing is still there");
  assert.equal(board.state(c.slot), STATE.CLOSING);
});

test("Switchboard.belongsTo() is true for a creator of what is for it alone, which is serial", () => {
  const { board, claim } = fresh();
  for (const [name, mode] of Object.entries(MODE)) {
    const { slot } = claim(name, mode, 7);
    const isOwned = mode === MODE.DEDICATED || mode === MODE.OWNED;
    assert.equal(board.belongsTo(7, slot), isOwned, name);
    assert.equal(board.belongsTo(0, slot), false, name);
    assert.equal(board.mode(slot), isOwned || mode === MODE.SERIAL ? "serial" : "concurrent", name);
  }
});

test("Switchboard.areComputing() counts the living that have noted so", () => {
  const { board, claim } = fresh();
  const [a, b, c] = [claim(), claim(), claim()];
  assert.equal(board.areComputing(1), false);
  for (const { slot } of [a, b]) board.noteComputing(slot, true);
  assert.deepEqual([1, 2, 3].map((n) => board.areComputing(n)), [true, true, false]);
  board.noteComputing(c.slot, true);
  board.setState(a.slot, STATE.DEAD);
  assert.deepEqual([1, 2, 3].map((n) => board.areComputing(n)), [true, true, false]);
  board.noteComputing(b.slot, false);
  board.setState(c.slot, STATE.FREE);
  assert.equal(claim().slot, c.slot);
  assert.equal(board.areComputing(1), false, "the next one in its slot has noted nothing");
});

test("Switchboard.living() and find() pass over a slot that is claimed and not published", () => {
  const { board, claim } = fresh();
  const { id, slot } = claim();
  board.setState(slot, -1 - 5);
  assert.deepEqual(board.living(), [0]);
  assert.equal(board.find(id), -1);
  assert.equal(board.find(id, slot), -1);
  assert.notEqual(claim().slot, slot);
});

test("Switchboard.find() needs no hint and survives a wrong one", () => {
  const { board, claim } = fresh();
  const [a, b] = [claim(), claim()];
  for (const hint of [-1, a.slot, b.slot, 0, SLOTS - 1]) assert.equal(board.find(b.id, hint), b.slot);
  assert.equal(board.find(12_345), -1);
  assert.equal(board.find(-1), -1);
});

test("Switchboard.addRunning() counts what runs, and served() remembers", () => {
  const { board, claim } = fresh();
  const { slot } = claim();
  const neighbour = claim();
  board.addRunning(slot, 1);
  board.addRunning(slot, 1);
  assert.equal(board.running(slot), 2);
  assert.equal(board.served(slot), true);
  board.addRunning(slot, -1);
  board.addRunning(slot, -1);
  assert.equal(board.running(slot), 0);
  assert.equal(board.served(slot), true);
  assert.deepEqual([board.running(neighbour.slot), board.served(neighbour.slot)], [0, false]);
});

test("Switchboard.sweep() frees what a dead interpreter claimed or created unheard, and nothing else", () => {
  const { board, claim } = fresh();
  const dead = claim("dead");
  const heard = claim("heard", 0, dead.id);
  const unheard = claim("unheard", 0, dead.id);
  const alive = claim("alive", 0, dead.id);
  board.setState(alive.slot, STATE.ALIVE);
  const byOther = claim("by another", 0, heard.id);
  const half = claim("half", 0, dead.id);
  board.setState(half.slot, -1 - dead.id);
  const halfOther = claim("half of another", 0, heard.id);
  board.setState(halfOther.slot, -1 - heard.id);
  board.sweep(dead.id, (id) => id === heard.id);
  assert.deepEqual(board.living(), [0, dead.id, heard.id, alive.id, byOther.id]);
  assert.equal(board.state(unheard.slot), STATE.FREE);
  assert.equal(board.state(half.slot), STATE.FREE);
  assert.equal(board.state(halfOther.slot), -1 - heard.id);
});

test("Switchboard.sweep() reaches a slot that was claimed beyond those ever published", () => {
  const { board } = fresh();
  // as a creator leaves it that dies between its compare-and-swap and SLOTS_USED
  board.setState(900, -1 - 4);
  board.sweep(4, () => true);
  assert.equal(board.state(900), STATE.FREE);
});

test("Switchboard.sweep() of main's id frees nothing of main itself", () => {
  const { board } = fresh();
  board.sweep(0, () => true);
  assert.deepEqual(board.living(), [0]);
});

test("Switchboard.nextProcess() never gives a number twice", () => {
  const { board } = fresh();
  const other = new Switchboard(board.memory);
  const numbers = Array.from({ length: 100 }, (_, i) => (i % 2 ? board : other).nextProcess());
  assert.equal(new Set(numbers).size, 100);
  assert(numbers.every((n) => n > 0));
});

test("Switchboard.claim() gives every slot and id once when threads claim at the same time", async () => {
  const memory = createMemory();
  const board = new Switchboard(memory);
  const start = new Int32Array(new SharedArrayBuffer(4));
  const url = new URL("../../kernel/switchboard.ts", import.meta.url).href;
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(${JSON.stringify(url)}).then(({ Switchboard }) => {
      const { memory, start, creator } = workerData;
      const board = new Switchboard(memory);
      Atomics.add(start, 0, 1);
      while (Atomics.load(start, 0) < 3);
      const claims = [];
      for (let i = 0; i < 400; i++) {
        const claim = board.claim(undefined, 0, creator);
        if (claim !== undefined) claims.push(claim);
        if (claim !== undefined && i % 4 === 0) { board.setState(claim.slot, 0); claims.at(-1).freed = true; }
      }
      parentPort.postMessage(claims);
    });
  `;
  const workers = [1, 2, 3].map((creator) =>
    new Worker(code, { eval: true, workerData: { memory, start, creator } })
  );
  try {
    const all = (await Promise.all(workers.map((worker) =>
      new Promise<(Claim & { freed?: true })[]>((resolve, reject) => {
        worker.on("message", resolve);
        worker.on("error", reject);
      })
    ))).flat();
    assert.equal(
      new Set(all.map(({ id }) =>
        id
      )).size,
      all.length,
      "an id was given twice",
    );
    const kept = all.filter(({ freed }) =>
      !freed
    );
    assert.equal(new Set(kept.map(({ slot }) => slot)).size, kept.length, "a slot was given twice");
    assert.equal(board.living().length, kept.length + 1);
    for (const { id, slot } of kept) {
      assert.equal(board.find(id), slot);
      assert.equal(board.name(slot), `interpreter-${id}`);
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
});
