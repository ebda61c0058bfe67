/** When all that is left of dead interpreters has been put in order. */
import { channels } from "#engines";
import assert from "node:assert/strict";
import { SLOTS, STATE } from "../../kernel/layout.ts";
import { Switchboard } from "../../kernel/switchboard.ts";

/** Longest that it may take, in milliseconds. */
const LIMIT_MS = 5000;

/** Settles once all dead interpreters are buried. */
export async function buried(): Promise<void> {
  const board = new Switchboard(channels().heapHere().memory);
  const until = performance.now() + LIMIT_MS;
  for (let slot = 1; slot < SLOTS; slot++) {
    while (board.state(slot) !== STATE.FREE) {
      assert.ok(performance.now() < until, `slot ${slot} is ${board.state(slot)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
