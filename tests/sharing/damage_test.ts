import { test } from "node:test";
import assert from "node:assert/strict";
import { decode } from "../../sharing/decode.ts";
import { encode } from "../../sharing/encode.ts";

const cycle: unknown[] = [1.5, "text", { a: 1, b: "é".repeat(40) }, { a: 2, b: "" }];
cycle.push(cycle, new Map([[{ x: 1 }, cycle]]), new Set([2n ** 70n, -5n]), Object.assign([1, , 3], { k: 1 }));
cycle.push(new Error("e", { cause: [1] }), new Date(), /a+/g, new Float64Array([1, 2]), [1.5, 2.5], [
  1,
  2,
  3,
]);
cycle.push(
  new ArrayBuffer(8, { maxByteLength: 16 }),
  Symbol.for("s"),
  "\ud800".repeat(30),
  Object.create(null),
);
cycle.push(Array.from({ length: 5 }, (_, i) => ({ id: i - 300, name: `${i}`.repeat(9), half: i / 2 })));
let deep: unknown = 0;
for (let i = 0; i < 300; i++) deep = [deep];
cycle.push(deep);

/** Decodes damaged bytes: a value or an Error, in bounded time. */
function survives(bytes: Uint8Array<ArrayBuffer>): void {
  try {
    decode({ bytes });
  } catch (error) {
    assert.ok(error instanceof Error, String(error));
  }
}

test("decode() throws an Error for every truncation", () => {
  const { bytes } = encode(cycle, "value").wire;
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decode({ bytes: bytes.slice(0, length) }), Error, `length ${length}`);
  }
});

test(
  "decode() gives an Error or some value for altered bytes of objects in rows",
  { timeout: 60_000 },
  () => {
    const list = Array.from(
      { length: 66 },
      (_, i) => ({ id: i * 900, name: "x".repeat(i % 8 ? i % 9 : i), half: i / 2 }),
    );
    const { bytes } = encode(list, "value").wire;
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decode({ bytes: bytes.slice(0, length) }), Error, `length ${length}`);
    }
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 4, 5, 12, 33, 34, 35, 63, 0x7f, 0x80, 0xff, bytes[at]! ^ 1]) {
        const altered = bytes.slice();
        altered[at] = value;
        survives(altered);
      }
    }
  },
);

test("decode() gives an Error or some value for altered bytes", { timeout: 60_000 }, () => {
  const { bytes } = encode(cycle, "value").wire;
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 11, 16, 24, 31, 63, 0x7f, 0x80, 0xff, bytes[at]! ^ 1]) {
      const altered = bytes.slice();
      altered[at] = value;
      survives(altered);
    }
  }
});

test("decode() gives an Error or some value for random bytes", { timeout: 60_000 }, (context) => {
  const seed = Date.now() >>> 0;
  context.diagnostic?.(`seed ${seed}`);
  let state = seed;
  const random = (): number =>
    (state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 >>> 0) >>> 8;
  for (let i = 0; i < 20_000; i++) {
    const bytes = new Uint8Array(1 + random() % 60);
    for (let j = 0; j < bytes.length; j++) bytes[j] = random() % 4 ? random() % 64 : random();
    survives(bytes);
  }
});

test("decode() allocates nothing for lengths the bytes cannot hold", () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
  for (const tag of [8, 9, 16, 18, 19, 24, 25]) {
    assert.throws(
      () => decode({ bytes: new Uint8Array([0, tag, ...huge, 0, 0, 0, 0]) }),
      Error,
      `tag ${tag}`,
    );
  }
});

test("decode() throws an Error for a million nested tags", () => {
  survives(new Uint8Array(1_000_000).fill(16));
  survives(new Uint8Array(1_000_000).fill(20));
});
