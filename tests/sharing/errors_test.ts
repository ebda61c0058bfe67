import { test } from "node:test";
import assert from "node:assert/strict";
import { encode } from "../../sharing/encode.ts";
import { NotShareableError, registerErrorClass } from "../../sharing/errors.ts";
import { assertSame, there } from "./same.ts";

for (const cls of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
  test(`decode() revives a ${cls.name} as its class with name, message, stack and fields`, () => {
    const error = Object.assign(new cls("no luck", { cause: { code: [1] } }), {
      code: "E_X",
      data: new Map([[1, 2]]),
    });
    const copy = there(error) as typeof error;
    assertSame(copy, error);
    assert.ok(copy instanceof cls);
    assert.deepEqual(Object.keys(copy), ["code", "data"]);
    assert.equal(copy.stack, error.stack);
    for (const key of ["message", "stack", "cause"]) {
      assert.equal(Object.getOwnPropertyDescriptor(copy, key)?.enumerable, false, key);
    }
  });
}

test("decode() keeps the difference between no cause and an undefined one", () => {
  assert.equal(Object.hasOwn(there(new Error("a")) as Error, "cause"), false);
  assert.equal(Object.hasOwn(there(new Error("a", { cause: undefined })) as Error, "cause"), true);
});

test("decode() gives an error without a message none of its own", () => {
  assert.equal(Object.hasOwn(there(new Error()) as Error, "message"), false);
});

test("decode() revives AggregateError with its errors", () => {
  const inner = new RangeError("inner");
  const error = new AggregateError([inner, 5, inner], "all", { cause: inner });
  const copy = there(error) as AggregateError;
  assert.ok(copy instanceof AggregateError);
  assertSame(copy, error);
  assert.equal(copy.errors[0], copy.cause);
  assert.equal(Object.keys(copy).length, 0);
});

test("encode() leaves out of an AggregateError what cannot cross, and keeps its errors", () => {
  const [inner, fn] = [new RangeError("inner"), (): number => 1];
  const copy = there(new AggregateError([inner, fn, 5], "some")) as AggregateError;
  assertSame(copy.errors, [inner]);
  assertSame((there(new AggregateError([fn])) as AggregateError).errors, []);
});

test("decode() revives DOMException with name, message and code", () => {
  const error = new DOMException("stop it", "AbortError");
  const copy = there([error, error]) as DOMException[];
  assert.ok(copy[0] instanceof DOMException);
  assert.equal(copy[0], copy[1]);
  assert.deepEqual([copy[0].name, copy[0].message, copy[0].code], ["AbortError", "stop it", 20]);
});

test("decode() revives an unregistered subclass as its nearest built-in class, with its name", () => {
  class Mine extends RangeError {
    override name = "Mine";
    extra = 1;
  }
  class Quiet extends TypeError {
    static {
      this.prototype.name = "Quiet";
    }
  }
  const mine = there(new Mine("x")) as Mine;
  assert.equal(Object.getPrototypeOf(mine), RangeError.prototype);
  assert.deepEqual([mine.name, mine.message, mine.extra], ["Mine", "x", 1]);
  const quiet = there(new Quiet("y")) as Quiet;
  assert.equal(Object.getPrototypeOf(quiet), TypeError.prototype);
  assert.equal(quiet.name, "Quiet");
});

test("encode() leaves out fields of an error that cannot cross, whatever they hold", () => {
  const shared = { ok: true };
  const error = Object.assign(new Error("x", { cause: () => 1 }), {
    first: shared,
    bad: { shared, list: [{ a: 1, zz: 2 }, new Map([[shared, () => 1]])], socket: new WeakMap() },
    later: [{ a: 1, zz: 3 }, shared],
  });
  Object.defineProperty(error, "thrown", {
    get: () => {
      throw new Error("no");
    },
    enumerable: true,
  });
  const copy = there([error, shared, { a: 5, zz: 6 }, error]) as [
    Record<string, unknown>,
    unknown,
    unknown,
    unknown,
  ];
  assert.deepEqual(Object.keys(copy[0]), ["first", "later"]);
  assert.equal("cause" in copy[0], false);
  assert.equal(copy[0]["first"], copy[1]);
  assert.equal((copy[0]["later"] as unknown[])[1], copy[1]);
  assert.deepEqual(copy[2], { a: 5, zz: 6 });
  assert.equal(copy[3], copy[0]);
});

test("encode() takes back many objects of a field that cannot cross", () => {
  const many = Array.from({ length: 50 }, (_, i) => ({ i }));
  const error = Object.assign(new Error("x"), { bad: [...many, many[3], () => 1], good: many });
  const copy = there([many[0], error, many[49], error]) as [unknown, { good: unknown[] }, unknown, unknown];
  assert.deepEqual(Object.keys(copy[1]), ["good"]);
  assert.deepEqual(copy[1].good, many);
  assert.equal(copy[1].good[0], copy[0]);
  assert.equal(copy[1].good[49], copy[2]);
});

test("encode() keeps cyclic causes and survives long chains", () => {
  const error = new Error("loop");
  error.cause = { error };
  const copy = there(error) as Error;
  assert.equal((copy.cause as { error: Error }).error, copy);
  let chain = new Error("0");
  for (let i = 1; i < 20_000; i++) chain = new Error(String(i), { cause: chain });
  const end = there(chain) as Error;
  assert.equal(end.message, "19999");
  assert.equal((end.cause as Error).message, "19998");
});

test("decode() revives registered classes without running their constructor", () => {
  class LibraryError extends Error {
    readonly value: number;
    constructor(value: { count: number }) {
      super(`count ${value.count}`);
      this.name = "LibraryError";
      this.value = value.count;
    }
  }
  registerErrorClass("LibraryError", LibraryError);
  registerErrorClass("LibraryError", LibraryError);
  assert.throws(() => registerErrorClass("LibraryError", class extends Error {}), TypeError);
  const copy = there(new LibraryError({ count: 3 })) as LibraryError;
  assert.ok(copy instanceof LibraryError);
  assert.deepEqual([copy.name, copy.message, copy.value], ["LibraryError", "count 3", 3]);
});

test("NotShareableError revives as itself", () => {
  const error = new NotShareableError("Cannot share fn: x", { path: "fn", captured: ["a", "b"], cause: 1 });
  const copy = there(error) as NotShareableError;
  assert.ok(copy instanceof NotShareableError);
  assert.deepEqual([copy.path, copy.captured, copy.cause, copy.name], [
    "fn",
    ["a", "b"],
    1,
    "NotShareableError",
  ]);
  assert.equal("captured" in new NotShareableError("x", { path: "fn" }), false);
});

test("encode() carries errors of odd make", () => {
  const error = new Error("x");
  Object.defineProperty(error, "message", { value: { not: "text" }, enumerable: true });
  assert.deepEqual((there(error) as Error).message, { not: "text" });
  const stackless = new Error("y");
  Object.defineProperty(stackless, "stack", { value: undefined });
  assert.equal((there(stackless) as Error).stack, undefined);
  assert.ok(encode(Object.create(Error.prototype), "value").wire.bytes.length > 0);
});
