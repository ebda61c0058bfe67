/** A thread that is cut off while it blocks on a ticket leaves, whether or not its time is up as well, and leaves nothing behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, create } from "@pool/csp";
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
import { flags, reached } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";
import { buried } from "./_buried.ts";
import { audit } from "./_heap_audit.ts";
import { receiveAndStand } from "./_withdrawn.ts";

for (const deadline of [-Infinity, Infinity]) {
  test(`A thread that was cut off does not go on waiting, ${deadline < 0 ? "its time up" : "without a limit"}`, () => {
    const heap = new Heap(createMemory(), 3, { pause() {} });
    const ticket = heap.kernel.allocate(TICKET_SIZE, TICKET) >>> 0;
    heap.store(ticket + TICKET_CLAIM, CLAIM_GONE);
    heap.store(DESKS + 3 * DESK_SIZE + DESK_CUT, 1);
    assert.throws(() => sleepOnTicket(heap, ticket, deadline), /this interpreter was closed/);
  });
}

for (const capacity of [0, 1]) {
  test(
    `What a blocked receiver was served with ends with it, capacity ${capacity}`,
    { timeout: 20_000 },
    async () => {
      const [interp, values, words] = [create(), chan<unknown>(capacity), flags()];
      const standing = rejection(interp.call(receiveAndStand, values, words));
      await reached(words, 0);
      const sent = values.send({ reply: chan(1), ends: [chan(1).sender(), chan(1).receiver()] });
      await reached(words, 1);
      await within(sent);
      await within(interp.close({ force: true }));
      await standing;
      await buried();
      assert.deepEqual(audit().problems, []);
    },
  );
}
