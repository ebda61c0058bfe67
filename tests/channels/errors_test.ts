import { ChannelClosedError, ChannelError, OwnershipError, PeerLostError, TimeoutError } from "@pool/csp";
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../../sharing/decode.ts";
import { encode } from "../../sharing/encode.ts";
import "../../interpreters/error_registry.ts";

test("channel errors have their class's name and ChannelError as base", () => {
  for (const Class of [ChannelError, ChannelClosedError, PeerLostError]) {
    const error = new Class("Cannot send: it is closed");
    assert(error instanceof ChannelError);
    assert.equal(error.name, Class.name);
    assert.equal(error.message, "Cannot send: it is closed");
  }
  assert(!(new TimeoutError("late") instanceof ChannelError));
  assert.equal(new OwnershipError("gone").name, "OwnershipError");
});

test("ChannelClosedError.value is there only when a value was given, undefined included", () => {
  assert.equal("value" in new ChannelClosedError("closed"), false);
  assert.equal("value" in new ChannelClosedError("closed", undefined), true);
  assert.equal(new ChannelClosedError("closed", 42).value, 42);
  assert.equal("sent" in new ChannelClosedError("closed"), false);
});

test("PeerLostError keeps its cause", () => {
  const cause = new Error("out of memory");
  assert.equal(new PeerLostError("lost", { cause }).cause, cause);
});

test("channel errors cross as themselves, with what they tell", () => {
  const closed = Object.assign(new ChannelClosedError("closed", { job: 1 }), { sent: 3 });
  const cause = new Error("out of memory");
  const errors = [
    closed,
    new PeerLostError("lost", { cause }),
    new ChannelError("no"),
    new OwnershipError("gone"),
  ];
  const arrived = decode(encode(errors, "value").wire) as typeof errors;
  assert.deepEqual(
    arrived.map(({ constructor }) => constructor),
    errors.map(({ constructor }) => constructor),
  );
  const [first, second] = arrived as [ChannelClosedError, PeerLostError];
  assert.deepEqual(first.value, { job: 1 });
  assert.equal(first.sent, 3);
  assert.equal((second.cause as Error).message, "out of memory");
});
