import * as library from "@pool/csp";
import { ChannelClosedError, ChannelError, OwnershipError, PeerLostError, TimeoutError } from "@pool/csp";
import assert from "node:assert/strict";
import { test } from "node:test";
import { peerLost } from "../../channels/errors.ts";
import { decode } from "../../sharing/decode.ts";
import { encode } from "../../sharing/encode.ts";
import "../../interpreters/error_registry.ts";
import { withInterpreter } from "../_interpreters.ts";
import { rejection } from "../_within.ts";

declare const csp: typeof library;

/** Every class of errors that the library exports. */
const CLASSES = Object.values<unknown>(library).filter(isErrorClass);

function isErrorClass(value: unknown): value is new (...args: unknown[]) => Error {
  return typeof value === "function" && value.prototype instanceof Error;
}

/** An error of the class, made of as little as its constructor takes. */
function sampleOf(Class: new (...args: unknown[]) => Error): Error {
  if (Class as unknown !== library.ExecutionFailed) return new Class("no luck");
  return new library.ExecutionFailed({ type: "Error", message: "no luck", stack: "" }, "interpreter 1");
}

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
    peerLost("lost", 7, cause),
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
  assert.equal(second.interpreterId, 7);
});

test("every exported error class is made of a message alone, ExecutionFailed but for what was thrown, and keeps a cause", () => {
  assert(CLASSES.length >= 18, String(CLASSES.length));
  for (const Class of CLASSES) {
    const error = sampleOf(Class);
    assert.equal(error.name, Class.name);
    assert.match(error.message, /no luck$/, Class.name);
    assert.equal("cause" in error, false, Class.name);
  }
  const error = new library.NotShareableError("no", { cause: 1 });
  assert.deepEqual([error.path, error.cause, "captured" in error], ["", 1, false]);
});

test("every exported error class crosses as itself, as an argument, as a result and as what is thrown", async () => {
  await withInterpreter(async (interp) => {
    const errors = CLASSES.map(sampleOf);
    const back = await interp.call((errors: Error[]) => {
      const known = csp as unknown as Record<string, new () => Error>;
      return errors.map((error): unknown => error instanceof known[error.name]! ? error : `no ${error}`);
    }, errors);
    for (const [i, Class] of CLASSES.entries()) {
      assert(back[i] instanceof Class, `${Class.name}: ${String(back[i])}`);
      const failed = await rejection(interp.call((error: Error) => {
        throw error;
      }, errors[i]!)) as Error;
      assert(failed.cause instanceof Class, Class.name);
    }
  });
});

test("an error class is known before anything of its folder was used, here and in an interpreter", async () => {
  await withInterpreter(async (interp) => {
    const names = ["NetworkError", "PipelineError", "DeadlockError", "LockError", "QueueFull"] as const;
    for (const name of names) {
      const failed = await rejection(interp.call((name) => {
        throw new csp[name]("over there");
      }, name)) as Error;
      assert(failed.cause instanceof library[name], name);
    }
  });
});
