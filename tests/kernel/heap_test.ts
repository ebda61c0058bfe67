import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Heap } from "../../kernel/heap.ts";
import {
  CLASSES,
  DATA,
  DATA_REFS,
  DESK_CUT,
  DESK_INSIDE,
  FREE,
  HEAP_NEXT,
  KIND_MASK,
  LINK,
  META,
  MODE_BLOCK,
  OWNER_SHIFT,
  STATUS_CLOSED,
  STATUS_CUT,
  STATUS_OK,
  STATUS_WAIT,
  TAG_UNDEFINED,
} from "../../kernel/heap_layout.ts";
import { createMemory } from "../../kernel/switchboard.ts";

/** A heap of its own as the interpreter in `slot` sees it. */
function open(memory: WebAssembly.Memory = createMemory(), slot = 0): Heap {
  return new Heap(memory, slot, { pause() {} });
}

/** Blocks in the free list of a class. */
function freeOf(heap: Heap, size: number): number[] {
  const blocks: number[] = [];
  const head = CLASSES + size * 64;
  for (let at = heap.load(head) >>> 0; at !== 0; at = heap.load(at + LINK) >>> 0) blocks.push(at);
  return blocks;
}

test("Kernel.allocate() gives blocks of powers of two, aligned and without references", () => {
  const heap = open();
  const seen = new Set<number>();
  for (const bytes of [1, 32, 33, 64, 100, 512, 4096, 65_536, 65_537, 1_000_000]) {
    const size = 2 ** Math.max(5, Math.ceil(Math.log2(bytes)));
    const block = heap.kernel.allocate(bytes, DATA) >>> 0;
    assert.equal(block % Math.min(size, 65_536), 0, `${bytes}`);
    assert.equal(2 ** heap.kernel.classAt(block), size);
    assert.equal(heap.load(block + META), DATA | 1 << OWNER_SHIFT);
    assert.equal(heap.load(block + DATA_REFS), 0);
    assert.ok(!seen.has(block));
    seen.add(block);
  }
});

test("Kernel.allocate() gives freed blocks again, and takes no further page for them", () => {
  const heap = open();
  const first = Array.from({ length: 1000 }, () => heap.kernel.allocate(100, DATA) >>> 0);
  for (const block of first) heap.kernel.free(block);
  const pages = heap.load(HEAP_NEXT);
  const again = Array.from({ length: 1000 }, () => heap.kernel.allocate(100, DATA) >>> 0);
  assert.deepEqual(again.sort(), first.sort());
  assert.equal(heap.load(HEAP_NEXT), pages);
});

test("Kernel.allocate() lets the memory grow, and views follow", () => {
  const heap = open();
  const before = heap.memory.buffer.byteLength;
  const block = heap.kernel.allocate(2 ** 25, DATA) >>> 0;
  assert.ok(heap.memory.buffer.byteLength > before);
  heap.store(block + 2 ** 25 - 4, 7);
  assert.equal(heap.load(block + 2 ** 25 - 4), 7);
});

test("Heap reaches what another thread has made the memory grow by, also where the engine has not told this one", () => {
  const memory = createMemory();
  const heap = open(memory);
  const other = open(memory, 1);
  const block = other.kernel.allocate(2 ** 25, DATA) >>> 0;
  const last = block + 2 ** 25 - 4;
  other.store(last, 7);
  // As V8 does at times.
  const { buffer } = createMemory();
  let told = false;
  Object.defineProperties(memory, {
    buffer: {
      get: () => told ? Reflect.get(WebAssembly.Memory.prototype, "buffer", memory) as unknown : buffer,
    },
    grow: {
      value(pages: number) {
        told = true;
        return WebAssembly.Memory.prototype.grow.call(memory, pages);
      },
    },
  });
  assert.equal(heap.load(last), 7);
  assert.equal(heap.bytes(last + 4)[last], 7);
});

test("Kernel.isFree() tells blocks in the free list from others and leaves the list as it is", () => {
  const heap = open();
  const [one, two] = [heap.kernel.allocate(64, DATA) >>> 0, heap.kernel.allocate(64, DATA) >>> 0];
  heap.kernel.free(two);
  const before = freeOf(heap, 6);
  assert.equal(heap.kernel.isFree(one, one + 1), 0);
  assert.equal(heap.kernel.isFree(two, two + 1), 1);
  assert.equal(heap.kernel.isFree(one & ~0xffff, (one & ~0xffff) + 65_536), 1);
  assert.deepEqual(freeOf(heap, 6), before);
});

test("Kernel functions do nothing for an interpreter that was cut off", () => {
  const memory = createMemory();
  const main = open(memory);
  const other = open(memory, 1);
  const channel = main.kernel.create(2, MODE_BLOCK) >>> 0;
  assert.equal(main.kernel.sendNumber(channel, 1), STATUS_OK);
  const block = other.kernel.allocate(32, DATA) >>> 0;
  main.store(other.desk + DESK_CUT, 1);
  assert.equal(other.kernel.sendNumber(channel, 2), STATUS_CUT);
  assert.ok(Number.isNaN(other.kernel.receive(channel)));
  assert.equal(other.status, STATUS_CUT);
  assert.equal(other.kernel.allocate(32, DATA), 0);
  other.kernel.free(block);
  assert.equal(main.load(block + META) & KIND_MASK, DATA);
  other.kernel.setHolder(channel);
  assert.equal(main.kernel.holds(channel, 1), 0);
  assert.equal(main.load(other.desk + DESK_INSIDE), 0);
  assert.equal(main.kernel.receive(channel), 1);
});

test("Kernel.clearHolder() ends a channel's life once nobody holds it and nothing flies", () => {
  const memory = createMemory();
  const main = open(memory);
  const other = open(memory, 1);
  const channel = main.kernel.create(0, MODE_BLOCK) >>> 0;
  main.kernel.takeUp(channel);
  assert.equal(main.kernel.clearHolder(channel, 0), 0);
  other.kernel.setHolder(channel);
  assert.equal(other.kernel.endFlight(channel, 0), 0);
  assert.equal(other.kernel.clearHolder(channel, 1), 1);
  other.kernel.dispose(channel);
  assert.equal(main.load(channel + META) & KIND_MASK, FREE);
});

test("Kernel.send() and receive() keep order and tell full, empty and closed", () => {
  const heap = open();
  const { kernel } = heap;
  const channel = kernel.create(3, MODE_BLOCK) >>> 0;
  for (let round = 0; round < 10; round++) {
    for (const n of [1, 2]) assert.equal(kernel.sendNumber(channel, n), STATUS_OK);
    assert.equal(kernel.sendTag(channel, TAG_UNDEFINED, 0), STATUS_OK);
    assert.equal(kernel.sendNumber(channel, 4), STATUS_WAIT);
    assert.equal(kernel.size(channel), 3);
    for (const n of [1, 2]) assert.equal(kernel.receive(channel), n);
    assert.ok(Number.isNaN(kernel.receive(channel)));
    assert.deepEqual([heap.status, heap.tag], [STATUS_OK, TAG_UNDEFINED]);
    assert.ok(Number.isNaN(kernel.receive(channel)));
    assert.equal(heap.status, STATUS_WAIT);
  }
  assert.equal(kernel.close(channel, 0, 0), 1);
  assert.equal(kernel.close(channel, 0, 0), 0);
  assert.equal(kernel.sendNumber(channel, 1), STATUS_CLOSED);
  kernel.receive(channel);
  assert.equal(heap.status, STATUS_CLOSED);
});

test("Kernel.allocate() gives every block once when threads allocate and free at the same time", async () => {
  const memory = createMemory();
  const heap = open(memory);
  const start = new Int32Array(new SharedArrayBuffer(4));
  const url = new URL("../../kernel/heap.ts", import.meta.url).href;
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(${JSON.stringify(url)}).then(({ Heap }) => {
      const { memory, start, slot } = workerData;
      const heap = new Heap(memory, slot, { pause() {} });
      Atomics.add(start, 0, 1);
      while (Atomics.load(start, 0) < 3);
      let state = slot * 7919;
      const mine = [];
      const wrong = [];
      for (let i = 0; i < 30_000; i++) {
        state = (state * 1103515245 + 12345) & 0x7fffffff;
        if (mine.length > 50 && state % 2) {
          const block = mine.splice(state % mine.length, 1)[0];
          if (heap.load(block + 16) !== slot) wrong.push(block);
          heap.kernel.free(block);
        } else {
          const block = heap.kernel.allocate(24 + 40 * (state % 5), 1) >>> 0;
          heap.store(block + 16, slot);
          mine.push(block);
        }
      }
      parentPort.postMessage({ mine, wrong });
    });
  `;
  const workers = [1, 2, 3].map((slot) =>
    new Worker(code, { eval: true, workerData: { memory, start, slot } })
  );
  try {
    const all = await Promise.all(
      workers.map((worker) =>
        new Promise<{ mine: number[]; wrong: number[] }>((resolve, reject) => {
          worker.on("message", resolve);
          worker.on("error", reject);
        })
      ),
    );
    assert.deepEqual(all.flatMap(({ wrong }) => wrong), [], "a block was given to two");
    const mine = all.flatMap(({ mine }) => mine);
    assert.equal(new Set(mine).size, mine.length, "a block was given twice");
    const free = [5, 6, 7, 8].flatMap((size) => freeOf(heap, size));
    assert.equal(new Set(free).size, free.length, "a block is free twice");
    assert.ok(!mine.some((block) => new Set(free).has(block)), "a block in use is free");
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
});
