import assert from "node:assert/strict";
import { test } from "node:test";
import { OFFICE_BYTES, TICKET_COUNT } from "../../interpreters/office_protocol.ts";
import { OfficeClient } from "../../interpreters/post_office.ts";

test("OfficeClient.ticket() gives each ticket once, refuses when all are in use, and gives a discarded one again", () => {
  const words = new Int32Array(new SharedArrayBuffer(OFFICE_BYTES));
  const { port1, port2 } = new MessageChannel();
  const clients = [3, 4].map((id) => new OfficeClient(id, id, { port: port1, words }));
  const given = new Set<number>();
  for (let i = 1; i < TICKET_COUNT; i++) given.add(clients[i % 2]!.ticket());
  assert.equal(given.size, TICKET_COUNT - 1);
  assert.equal(given.has(0), false);
  for (const client of clients) assert.throws(() => client.ticket(), RangeError);
  const [first] = given;
  clients[1]!.discard(first!);
  assert.equal(clients[0]!.ticket(), first);
  port1.close();
  port2.close();
});
