/** A thread that was cut off while it blocks on a ticket leaves, whether or not its time is up as well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sleepOnTicket } from "../../channels/blocked.ts";
import { Heap } from "../../kernel/heap.ts";
import {
  CLAIM_GONE,
  DESK_CUT,
  DESK_SIZE,
  DESKS,
  TICKET,
  TICKET_CLAIM,
  TICKET_SIZE,
} from "../../kernel/heap_layout.ts";
import { createMemory } from "../../kernel/switchboard.ts";

for (const deadline of [-Infinity, Infinity]) {
  test(`A thread that was cut off does not go on waiting, ${deadline < 0 ? "its time up" : "without a limit"}`, () => {
    const heap = new Heap(createMemory(), 3, { pause() {} });
    const ticket = heap.kernel.allocate(TICKET_SIZE, TICKET) >>> 0;
    heap.store(ticket + TICKET_CLAIM, CLAIM_GONE);
    heap.store(DESKS + 3 * DESK_SIZE + DESK_CUT, 1);
    assert.throws(() => sleepOnTicket(heap, ticket, deadline), /this interpreter was closed/);
  });
}
