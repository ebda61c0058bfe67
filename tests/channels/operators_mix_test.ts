import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Channel, type Mix, mix } from "@pool/csp";
import { within } from "../_within.ts";
import { drained, filled, settled } from "./_operators.ts";
import { assertPending } from "./conformance/timing.ts";

/** A mix of `n` buffered inputs into a buffered output, and which values are in each after things have settled. */
function table(n: number): {
  readonly desk: Mix<number>;
  readonly inputs: readonly Channel<number>[];
  readonly out: Channel<number>;
  play(): Promise<{ heard: number[]; left: number[] }>;
} {
  const out = chan<number>(1000);
  const inputs = Array.from({ length: n }, () => chan<number>(1000));
  const desk = mix(out);
  return {
    desk,
    inputs,
    out,
    /** Lets every input give its number; which of them were heard, and which not even read. */
    async play() {
      for (const [i, input] of inputs.entries()) input.trySend(i);
      await settled();
      const heard = out.size === 0 ? [] : [...await out.receiveMany(1000)].sort();
      const left = inputs.flatMap((input, i) => input.size > 0 ? [i] : []);
      for (const input of inputs) if (input.size > 0) await input.receiveMany(1000);
      return { heard, left };
    },
  };
}

test("mix() sends what its inputs give, as they come and go", async () => {
  const { desk, inputs, play } = table(3);
  assert.deepEqual(await play(), { heard: [], left: [0, 1, 2] });
  desk.add(inputs[0]!);
  desk.add(inputs[2]!);
  assert.deepEqual(await play(), { heard: [0, 2], left: [1] });
  desk.remove(inputs[0]!);
  desk.add(inputs[1]!);
  assert.deepEqual(await play(), { heard: [1, 2], left: [0] });
});

test("Mix.set() mutes: reads and drops", async () => {
  const { desk, inputs, play } = table(2);
  for (const input of inputs) desk.add(input);
  desk.set(inputs[0]!, { mute: true });
  assert.deepEqual(await play(), { heard: [1], left: [] });
  desk.set(inputs[0]!, { mute: false });
  assert.deepEqual(await play(), { heard: [0, 1], left: [] });
});

test("Mix.set() pauses: does not read", async () => {
  const { desk, inputs, play } = table(2);
  for (const input of inputs) desk.add(input);
  desk.set(inputs[0]!, { pause: true });
  assert.deepEqual(await play(), { heard: [1], left: [0] });
  desk.set(inputs[0]!, { mute: true });
  assert.deepEqual(await play(), { heard: [1], left: [0] }, "muted too, and still paused");
  desk.set(inputs[0]!, { pause: false });
  assert.deepEqual(await play(), { heard: [1], left: [] }, "muted");
});

test("Mix.set() makes solo: the others are muted", async () => {
  const { desk, inputs, play } = table(4);
  for (const input of inputs) desk.add(input);
  desk.set(inputs[1]!, { solo: true });
  assert.deepEqual(await play(), { heard: [1], left: [] });
  desk.set(inputs[2]!, { solo: true });
  assert.deepEqual(await play(), { heard: [1, 2], left: [] });
  desk.set(inputs[3]!, { pause: true });
  assert.deepEqual(await play(), { heard: [1, 2], left: [3] });
  desk.set(inputs[1]!, { solo: false });
  desk.set(inputs[2]!, { solo: false });
  assert.deepEqual(await play(), { heard: [0, 1, 2], left: [3] });
});

test("mute and pause of an input that is solo do not count", async () => {
  const { desk, inputs, play } = table(3);
  for (const input of inputs) desk.add(input);
  desk.set(inputs[0]!, { solo: true, mute: true });
  desk.set(inputs[1]!, { solo: true, pause: true });
  assert.deepEqual(await play(), { heard: [0, 1], left: [] });
});

test('Mix.soloMode("pause") pauses those that are not solo', async () => {
  const { desk, inputs, play } = table(3);
  for (const input of inputs) desk.add(input);
  desk.soloMode("pause");
  assert.deepEqual(await play(), { heard: [0, 1, 2], left: [] }, "nothing is solo");
  desk.set(inputs[1]!, { solo: true });
  assert.deepEqual(await play(), { heard: [1], left: [0, 2] });
  desk.soloMode("mute");
  assert.deepEqual(await play(), { heard: [1], left: [] });
  assert.throws(() => desk.soloMode("loud" as never), TypeError);
});

test("Mix.set() adds an input in that state", async () => {
  const { desk, inputs, play } = table(2);
  desk.set(inputs[0]!, { pause: true });
  desk.set(inputs[1]!, {});
  assert.deepEqual(await play(), { heard: [1], left: [0] });
  assert.throws(() => desk.set(inputs[0]!, { loud: true } as never), TypeError);
});

test("Mix.add() leaves the state of an input as it is", async () => {
  const { desk, inputs, play } = table(1);
  desk.set(inputs[0]!, { pause: true });
  desk.add(inputs[0]!);
  assert.deepEqual(await play(), { heard: [], left: [0] });
});

test("Mix.remove() and pause take effect at once: nothing more is taken", async () => {
  for (const stop of ["remove", "pause"]) {
    const { desk, inputs: [input], out } = table(1);
    desk.add(input!);
    await settled();
    if (stop === "remove") desk.remove(input!);
    else desk.set(input!, { pause: true });
    input!.trySend(1);
    await settled();
    assert.deepEqual([input!.size, out.size], [1, 0]);
  }
});

test("mix() goes on when an input ends, and when all have ended", async () => {
  const { desk, inputs, out, play } = table(1);
  desk.add(filled(7));
  await settled();
  assert.equal(await within(out.receive()), 7);
  desk.add(inputs[0]!);
  assert.deepEqual(await play(), { heard: [0], left: [] });
  assert.equal(out.closed, false);
});

test("mix() closes its output with the reason of an input", async () => {
  const { desk, inputs, out } = table(2);
  for (const input of inputs) desk.add(input);
  await settled();
  inputs[1]!.close("broken");
  assert.deepEqual(await drained(out), { values: [], reason: "broken" });
  inputs[0]!.trySend(1);
  await settled();
  assert.equal(inputs[0]!.size, 1);
});

test("mix() holds its inputs back and is fair to them", async () => {
  const out = chan<number>();
  const desk = mix(out);
  const inputs = [0, 1, 2].map((i) => filled(...Array.from({ length: 30 }, () => i)));
  for (const input of inputs) desk.add(input);
  await settled();
  assert.equal(inputs.reduce((sum, { size }) => sum + size, 0), 89);
  const counts = [0, 0, 0];
  for (let i = 0; i < 60; i++) counts[await within(out.receive())]!++;
  assert(Math.min(...counts) >= 18, counts.join());
});

test("mix() stops when its output is closed", async () => {
  const out = chan<number>();
  const desk = mix(out);
  const input = filled(1, 2, 3);
  desk.add(input);
  await settled();
  out.close();
  await settled();
  assert.equal(input.size, 2);
  const waiting = chan<number>();
  desk.add(waiting);
  await assertPending(waiting.send(1));
});
