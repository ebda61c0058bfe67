import { env, memoryUsage } from "node:process";
import { test } from "node:test";
import assert from "node:assert/strict";
import { create } from "@pool/csp";
import { sharedArray } from "../../sharing/shared_array.ts";

test("sharedArray() makes zero-filled and filled arrays of every class", () => {
  for (
    const cls of [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
    ]
  ) {
    const zeros = sharedArray(cls as Uint8ArrayConstructor, 3);
    assert.ok(zeros instanceof cls && zeros.buffer instanceof SharedArrayBuffer);
    assert.deepEqual([...zeros], [0, 0, 0]);
    assert.equal(zeros.buffer.byteLength, 3 * cls.BYTES_PER_ELEMENT);
  }
  assert.deepEqual([...sharedArray(BigInt64Array, [1n, -2n])], [1n, -2n]);
  assert.deepEqual([...sharedArray(BigUint64Array, 1)], [0n]);
  assert.equal(sharedArray(Float64Array, 0).length, 0);
});

test("sharedArray() takes iterables, array-likes and typed arrays", () => {
  assert.deepEqual([...sharedArray(Int32Array, new Set([3, 4]))], [3, 4]);
  assert.deepEqual([...sharedArray(Int32Array, { length: 2, 0: 7, 1: 8 })], [7, 8]);
  assert.deepEqual([...sharedArray(Float64Array, new Float32Array([1.5, 2.5]))], [1.5, 2.5]);
});

test("sharedArray() throws RangeError and TypeError for what it cannot make", () => {
  for (const length of [-1, 1.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => sharedArray(Float64Array, length), { name: "RangeError" }, String(length));
  }
  for (const cls of [Array, DataView, Object, undefined, SharedArrayBuffer]) {
    assert.throws(() => sharedArray(cls as never, 1), { name: "TypeError" });
  }
  assert.throws(() => sharedArray(Float64Array, "12" as never), { name: "TypeError" });
  assert.throws(() => sharedArray(BigInt64Array, [1] as never), TypeError);
});

test("sharedArray() crosses as the same memory each time: one object in each interpreter, and its own when it comes back", async () => {
  const interp = create();
  const array = sharedArray(Float64Array, 2);
  const kept = (array: Float64Array): unknown => {
    const global = globalThis as { kept?: unknown };
    const same = global.kept === array.buffer;
    global.kept = array.buffer;
    return [same, array];
  };
  assert.deepEqual(await interp.call(kept, array), [false, array]);
  const [same, back] = await interp.call(kept, array) as [boolean, Float64Array];
  assert.ok(same && back.buffer === array.buffer);
  assert.deepEqual(await interp.call(kept, sharedArray(Float64Array, 2)), [false, array]);
  await interp.close();
});

/** Arrays that are made and dropped; `CSP_SHARED_ARRAYS=1000` for the long form. */
const ARRAYS = Number(env["CSP_SHARED_ARRAYS"] ?? 28);

test(
  "sharedArray() is free when every interpreter has dropped it",
  { timeout: 30_000 + 1_000 * ARRAYS },
  async () => {
    const interpreters = Array.from({ length: 4 }, () => create());
    const before = memoryUsage().rss;
    let most = 0;
    for (let i = 0; i < ARRAYS; i++) {
      const array = sharedArray(Float64Array, 2 ** 23).fill(i);
      const ends = await Promise.all(
        interpreters.map((interp) => interp.call((array: Float64Array) => array[0]! + array.at(-1)!, array)),
      );
      assert.deepEqual(ends, [2 * i, 2 * i, 2 * i, 2 * i]);
      most = Math.max(most, memoryUsage().rss - before);
    }
    await Promise.all(interpreters.map((interp) => interp.close()));
    console.log(`${ARRAYS} arrays of 64 MiB: at most ${Math.round(most / 2 ** 20)} MiB at once`);
    assert.ok(most < 2 ** 30, `${most} bytes`);
  },
);
