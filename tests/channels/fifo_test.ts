import assert from "node:assert/strict";
import { test } from "node:test";
import { Fifo } from "../../channels/fifo.ts";

test("Fifo gives values in the order they came in, whatever its length goes through", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let state = seed;
  function random(below: number): number {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % below;
  }
  const fifo = new Fifo();
  const model: number[] = [];
  let next = 0;
  for (let round = 0; round < 300; round++) {
    const growing = random(2) === 0;
    for (let i = random(500); i > 0; i--) {
      if (growing || model.length === 0) {
        fifo.push(next);
        model.push(next++);
      } else {
        assert.equal(fifo.peek(), model[0], `seed ${seed}`);
        assert.equal(fifo.shift(), model.shift(), `seed ${seed}`);
      }
    }
    assert.equal(fifo.length, model.length, `seed ${seed}`);
    assert.deepEqual(fifo.toArray(), model, `seed ${seed}`);
  }
});

test("Fifo.clear() leaves it empty and usable", () => {
  const fifo = new Fifo();
  for (let i = 0; i < 20; i++) fifo.push(i);
  fifo.clear();
  assert.equal(fifo.length, 0);
  fifo.push("again");
  assert.deepEqual(fifo.toArray(), ["again"]);
});
