/** Rings and frames by themselves: what is written is read, in order, whatever it is, around the end of the buffer and when it is full. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lengthAt, markAt, readLetter, writeLetter } from "../../interpreters/frames.ts";
import type { Letter } from "../../interpreters/protocol.ts";
import { MOST_WORDS, RING_BYTES, RingReader, RingWriter } from "../../interpreters/ring.ts";
import { randomBelow } from "../_random.ts";

function openRing(): { writer: RingWriter; reader: RingReader } {
  const buffer = new SharedArrayBuffer(RING_BYTES);
  return { writer: new RingWriter(buffer), reader: new RingReader(buffer) };
}

/** The next letter or mark; undefined if there is none. */
function read(reader: RingReader): Letter | number | undefined {
  const at = reader.next();
  if (at < 0) return undefined;
  const mark = markAt(reader, at);
  const read = mark === 0 ? readLetter(reader, at) : mark;
  reader.done(lengthAt(reader, at));
  return read;
}

function reply(key: number, plain: unknown): Letter {
  return { from: 1, to: 0, key, t: "reply", outcome: { is: "value", value: { plain } } };
}

function call(args: unknown[]): Letter {
  return {
    from: 0,
    to: 3,
    key: 2 ** 40 + 1,
    t: "request",
    work: { do: "call", fn: { by: "source", key: 7, name: "f" }, args: { plain: args }, unbound: [] },
    process: 12,
  };
}

const bytes = Uint8Array.from({ length: 300 }, (_, i) => i);

const LETTERS: Record<string, Letter> = {
  "a call": call([1, "two"]),
  "a call with a stop flag": { ...call([]), stop: { table: 2, index: 4095 } } as Letter,
  "a call that names what it found unbound": {
    ...call([]),
    work: {
      do: "call",
      fn: { by: "task", url: "file:///ä/b.ts", name: "täsk" },
      args: { plain: [] },
      unbound: ["one", "zwölf"],
    },
  } as Letter,
  "a call of an export with encoded arguments": {
    ...call([]),
    work: {
      do: "call",
      fn: { by: "export", url: "file:///b.ts", name: "" },
      args: { bytes, handles: true, block: 0xfffffe00 },
      unbound: [],
    },
  } as Letter,
  "a reply with bytes": { ...reply(1, 0), outcome: { is: "value", value: { bytes } } } as Letter,
  "a reply that opens a stream": { from: 1, to: 0, key: 5, t: "reply", outcome: { is: "stream" } },
  "a reply with an error": {
    from: 1,
    to: 0,
    key: 5,
    t: "reply",
    outcome: { is: "threw", type: "RangeError", message: "€", stack: "at f".repeat(100), error: { bytes } },
  },
  "a reply with an error that cannot cross": {
    from: 1,
    to: 0,
    key: 5,
    t: "reply",
    outcome: { is: "threw", type: "Error", message: "", stack: "" },
  },
  "an abort": { from: 0, to: 1, key: 5, t: "abort", reason: { bytes: bytes.slice(0, 3) } },
  "a signal that fired": { from: 0, to: 1, key: 5, t: "fired", reason: { bytes, handles: true } },
  "a pull": { from: 0, to: 1, key: 5, t: "pull", credit: 16 },
  "an end": { from: 0, to: 1, key: 5, t: "end" },
  "an item": { from: 0, to: 1, key: 5, t: "item", value: { plain: "x" }, idle: true },
  "an item that is not the last for now": {
    from: 0,
    to: 1,
    key: 5,
    t: "item",
    value: { bytes },
    idle: false,
  },
  "a last": { from: 0, to: 1, key: 5, t: "last" },
  "a watch": { from: 0, to: 1, key: 5, t: "watch" },
  "an unwatch": { from: 0, to: 1, key: 5, t: "unwatch" },
};

const PRIMITIVES: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  0.1,
  NaN,
  Infinity,
  -Infinity,
  Number.MAX_SAFE_INTEGER,
  5e-324,
  0n,
  -(2n ** 63n),
  2n ** 200n,
  -(2n ** 200n),
  "",
  "a",
  "abc\u007f",
  "äöü\u0080\u00ff",
  "€ 漢字",
  "\ud800 alone",
  "x".repeat(33),
  "ä".repeat(100),
  "x".repeat(2048),
  "x".repeat(2049),
  "€".repeat(2049),
  "\udfff".repeat(3000),
  "\ufeffmark",
];

describe("writeLetter()", () => {
  for (const [what, letter] of Object.entries(LETTERS)) {
    test(`writeLetter() writes ${what} so that readLetter() gives it back`, () => {
      const { writer, reader } = openRing();
      assert.equal(writeLetter(writer, letter, 0), true);
      assert.deepEqual(read(reader), letter);
      assert.equal(read(reader), undefined);
    });
  }

  test("writeLetter() keeps every primitive, alone and among others", () => {
    const { writer, reader } = openRing();
    assert.equal(writeLetter(writer, call([...PRIMITIVES]), 0), true);
    const letter = read(reader) as Letter & { t: "request" };
    assert.deepEqual((letter.work as { args: unknown }).args, { plain: PRIMITIVES });
    for (const value of PRIMITIVES) {
      assert.equal(writeLetter(writer, reply(1, [value]), 0), true);
      assert.deepEqual(read(reader), reply(1, [value]));
    }
  });

  test("writeLetter() puts a mark before the letter that has to wait", () => {
    const { writer, reader } = openRing();
    writeLetter(writer, reply(1, 1), 3);
    assert.equal(read(reader), 3);
    assert.deepEqual(read(reader), reply(1, 1));
  });

  test("writeLetter() leaves to the port what has no frame, and has written nothing", () => {
    const { writer, reader } = openRing();
    const { work } = call([]) as { work: object };
    const others: Letter[] = [
      { ...call([]), work: { do: "exec", code: "1", library: false } } as Letter,
      {
        ...call([]),
        stop: { table: 0, index: 0, words: new Int32Array(new SharedArrayBuffer(8)) },
      } as Letter,
      { ...call([]), work: { ...work, args: { bytes, side: [1] } } } as Letter,
      { ...call([]), work: { ...work, args: { bytes: new Uint8Array(MOST_WORDS * 4) } } } as Letter,
      reply(1, "x".repeat(MOST_WORDS * 4)),
      { ...reply(1, 0), outcome: { is: "captured", names: ["a"] } } as Letter,
    ];
    for (const letter of others) assert.equal(writeLetter(writer, letter, 9), false);
    assert.equal(read(reader), undefined);
    assert.equal(writer.position, 0);
  });
});

describe("RingWriter.reserve()", () => {
  test("RingWriter.reserve() refuses when the ring is full, until half of it was read", () => {
    const { writer, reader } = openRing();
    const text = "x".repeat(1000);
    let written = 0;
    while (writeLetter(writer, reply(written, text), 0)) written++;
    const most = RING_BYTES / 1000;
    assert.ok(written > most * 0.8 && written < most, `${written} letters fit`);
    let seen = 0;
    for (; seen < written / 4; seen++) assert.deepEqual(read(reader), reply(seen, text));
    assert.equal(writeLetter(writer, reply(written, text), 0), false);
    for (; seen < written; seen++) assert.deepEqual(read(reader), reply(seen, text));
    assert.equal(writeLetter(writer, reply(written, text), 0), true);
    assert.deepEqual(read(reader), reply(written, text));
  });

  test("RingWriter.reserve() finds its way around the end, however letters fall", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`seed ${seed}`);
    const random = randomBelow(seed);
    const { writer, reader } = openRing();
    let written = 0;
    let seen = 0;
    // Sixty times around.
    for (let round = 0; round < 3000; round++) {
      for (let i = random(20); i > 0; i--) {
        if (writeLetter(writer, reply(written, "x".repeat(written * 7 % 2000)), 0)) written++;
      }
      for (let i = random(24); i > 0 && seen < written; i--, seen++) {
        assert.deepEqual(read(reader), reply(seen, "x".repeat(seen * 7 % 2000)));
      }
    }
    for (; seen < written; seen++) assert.deepEqual(read(reader), reply(seen, "x".repeat(seen * 7 % 2000)));
    assert.equal(read(reader), undefined);
    assert.ok(reader.hasReached(writer.position));
  });
});
