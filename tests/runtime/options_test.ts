import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOptions } from "../../runtime/mod.ts";

const check = (options: unknown): void => checkOptions("Cannot do it", options, ["signal", "timeout"]);

test("checkOptions() accepts undefined, no options, and those that are known", () => {
  for (
    const options of [undefined, {}, { signal: null }, { timeout: 1, signal: undefined }, Object.create(null)]
  ) {
    assert.equal(check(options), undefined);
  }
});

test("checkOptions() throws TypeError with the action and the type when options are no object", () => {
  const cases: [unknown, string][] = [
    [null, "null"],
    [0, "number"],
    ["timeout", "string"],
    [true, "boolean"],
    [() => 1, "function"],
    [Symbol.iterator, "symbol"],
    [1n, "bigint"],
  ];
  for (const [options, type] of cases) {
    assert.throws(() => check(options), {
      name: "TypeError",
      message: `Cannot do it: options are ${type}; pass an object`,
    });
  }
});

test("checkOptions() throws TypeError that names the first unknown option and those that are known", () => {
  assert.throws(() => check({ timeout: 1, timeOut: 2, x: 3 }), {
    name: "TypeError",
    message: 'Cannot do it: unknown option "timeOut"; known are signal, timeout',
  });
  assert.throws(() => check(["signal"]), { name: "TypeError", message: /unknown option "0"/ });
  assert.throws(() => check(JSON.parse('{"__proto__": 1}')), TypeError);
});

test("checkOptions() looks at own names alone and reads no value", () => {
  assert.equal(check(Object.create({ inherited: 1 })), undefined);
  assert.equal(check({ [Symbol("mine")]: 1 }), undefined);
  assert.equal(
    check({
      get signal(): never {
        throw new Error("it was read");
      },
    }),
    undefined,
  );
});
