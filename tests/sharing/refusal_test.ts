import { test } from "node:test";
import assert from "node:assert/strict";
import {
  alternation,
  chan,
  create,
  go,
  InterpreterPoolExecutor,
  mix,
  mult,
  Mutex,
  network,
  Pool,
  proc,
  pub,
  sending,
} from "@pool/csp";
import { encode } from "../../sharing/encode.ts";
import { NotShareableError } from "../../sharing/errors.ts";
import { isShareable } from "../../sharing/is_shareable.ts";

const f = (): void => {};
const key = {};

const PATHS: [value: unknown, root: string, path: string][] = [
  [f, "value", "value"],
  [Symbol("s"), "bindings.x", "bindings.x"],
  [{ a: f }, "args[0]", "args[0].a"],
  [{ a: [1, { b: [0, 0, 0, f] }] }, "args[0]", "args[0].a[1].b[3]"],
  [[, , f], "result", "result[2]"],
  [Object.assign(new Array(500), { 400: f }), "result", "result[400]"],
  [{ "odd key": f }, "value", 'value["odd key"]'],
  [{ 'a"b': f }, "value", 'value["a\\"b"]'],
  [{ 1: f }, "value", 'value["1"]'],
  [{ "": f }, "value", 'value[""]'],
  [{ $é_1: f }, "value", "value.$é_1"],
  [Object.assign([1], { x: f }), "value", "value.x"],
  [Object.assign(Object.create(null), { x: { y: f } }), "value", "value.x.y"],
  [{ [Symbol.for("s")]: f }, "value", 'value[Symbol.for("s")]'],
  [new Map([["k", [f]]]), "value", 'value.get("k")[0]'],
  [new Map<unknown, unknown>([["a", 1], [5, f]]), "value", "value.get(5)"],
  [new Map<unknown, unknown>([[-0, f]]), "value", "value.get(0)"],
  [new Map<unknown, unknown>([[5n, f]]), "value", "value.get(5n)"],
  [new Map<unknown, unknown>([[null, f]]), "value", "value.get(null)"],
  [new Map<unknown, unknown>([[undefined, f]]), "value", "value.get(undefined)"],
  [new Map<unknown, unknown>([[true, f]]), "value", "value.get(true)"],
  [new Map<unknown, unknown>([[1, 1], [key, f]]), "value", "value.values()[1]"],
  [new Map<unknown, unknown>([[1, 1], [[f], 2]]), "value", "value.keys()[1][0]"],
  [new Set([1, [f]]), "value", "value.values()[1][0]"],
];

for (const [value, root, path] of PATHS) {
  test(`encode() throws NotShareableError with the path ${path}`, () => {
    assert.throws(() => encode(value, root), (error: unknown) => {
      assert.ok(error instanceof NotShareableError && error instanceof TypeError);
      assert.equal(error.name, "NotShareableError");
      assert.equal(error.path, path);
      assert.ok(error.message.startsWith(`Cannot share ${path}: `), error.message);
      return true;
    });
    assert.equal(isShareable(value), false);
  });
}

class Thing {}
class List extends Array {}
class Dictionary extends Map {}
const REFUSED: [name: string, value: unknown, message: RegExp][] = [
  ["a named function", function named() {}, /function "named"/],
  ["a class", Thing, /class "Thing"/],
  ["an instance", new Thing(), /an instance of Thing.*registerShareable/],
  ["a subclass of Array", new List(), /List/],
  ["a subclass of Map", new Dictionary(), /Dictionary/],
  ["a Promise", Promise.resolve(), /Promise.*await/],
  ["a WeakMap", new WeakMap(), /WeakMap.*Map/],
  ["a WeakSet", new WeakSet(), /WeakSet/],
  ["a WeakRef", new WeakRef({}), /WeakRef.*deref/],
  ["a boxed number", new Number(5), /Number.*valueOf/],
  ["a boxed string", new String("x"), /String.*valueOf/],
  ["a URL", new URL("http://localhost/"), /URL.*href/],
  ["a Blob", new Blob([]), /Blob.*arrayBuffer/],
  ["a Buffer", Buffer.from("x"), /Buffer.*new Uint8Array\(buffer\)/],
  ["a generator", (function* () {})(), /send \[\.\.\.it\]/],
  ["an iterator", [1].values(), /send \[\.\.\.it\]/],
  ["a proxy of a function", new Proxy(f, {}), /function/],
  ["a MessagePort", new MessageChannel().port1, /MessagePort.*move/],
  ["a ReadableStream", new ReadableStream(), /ReadableStream.*move/],
  ["unshared Memory", new WebAssembly.Memory({ initial: 1 }), /Memory.*shared: true/],
  [
    "a WebAssembly Instance",
    new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
    /Instance/,
  ],
  ["a well-known symbol", Symbol.iterator, /Symbol\(Symbol\.iterator\).*Symbol\.for/],
  ["an object that only inherits from Map", Object.create(Map.prototype), /Map/],
  ["an object that only inherits from Date", Object.create(Date.prototype), /Date/],
  ["an object that only inherits from Uint8Array", Object.create(Uint8Array.prototype), /Uint8Array/],
  ["an object that only inherits from Array", Object.create(Array.prototype), /Array/],
  [
    "a detached buffer",
    (() => {
      const buffer = new ArrayBuffer(8);
      structuredClone(buffer, { transfer: [buffer] });
      return buffer;
    })(),
    /detached/,
  ],
  ["an AbortSignal without a kind", Object.create(EventTarget.prototype), /EventTarget/],
];

for (const [name, value, message] of REFUSED) {
  test(`encode() refuses ${name} with what to do`, () => {
    assert.throws(() => encode({ x: [value] }, "value"), {
      name: "NotShareableError",
      message,
      path: "value.x[0]",
    });
    assert.throws(() => encode(new Map([["k", value]]), "value"), { path: 'value.get("k")' });
  });
}

test("encode() names the whole path below 1,000 levels", () => {
  let value: unknown = { "bad one": f };
  for (let i = 0; i < 1000; i++) value = i % 2 ? [value] : { a: value };
  assert.throws(() => encode(value, "value"), (error: unknown) => {
    assert.equal((error as NotShareableError).path, `value${"[0].a".repeat(500)}["bad one"]`);
    assert.ok((error as Error).message.length < 700);
    return true;
  });
});

test("encode() works after a refusal", () => {
  assert.throws(() => encode([{ a: 1, b: 2 }, {}, {}, {}, {}, {}, {}, {}, {}, {}, f], "value"));
  assert.equal(isShareable([{ a: 1, b: 2 }]), true);
});

test("isShareable() is true for what crosses and never throws", () => {
  assert.equal(isShareable(1), true);
  assert.equal(isShareable([{ a: new Map([[1, new Date()]]) }]), true);
  assert.equal(
    isShareable({
      get x(): number {
        throw new Error("no");
      },
    }),
    false,
  );
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.equal(isShareable(proxy), false);
});

test("encode() refuses what the library keeps in one interpreter, and says what to send instead", async () => {
  const [ch, interp, pool, executor] = [chan<number>(), create(), new Pool(1), new InterpreterPoolExecutor()];
  const [guard, process, thread] = [new Mutex().tryLock(), go.local(f), interp.callInThread(f)];
  const [result, future] = [pool.applyAsync(f), executor.submit(f)];
  const KEPT: readonly (readonly [value: unknown, message: RegExp])[] = [
    [guard, /a Guard belongs to .*; send the lock$/],
    [process, /a Process belongs to .*; send its result, or a channel$/],
    [proc(f), /a Proc belongs to .*; send its result/],
    [thread, /a Thread belongs to .*; send its result, or a channel$/],
    [pool, /a Pool belongs to .*; send a channel/],
    [result, /an AsyncResult belongs to .*; await it/],
    [executor, /an InterpreterPoolExecutor belongs to .*; send a channel/],
    [future, /a Future belongs to .*; await it/],
    [mult(ch), /a Mult belongs to .*; send a channel that it taps$/],
    [pub(ch, f), /a Pub belongs to .*; send a channel that subscribes$/],
    [mix(ch), /a Mix belongs to .*; send a channel that it hears$/],
    [alternation([ch]), /an alternation belongs to .*; send its channels$/],
    [sending(ch, 1), /a case that sends belongs to .*; send the channel and the value$/],
    [network(), /a Network belongs to .*; send a channel/],
    [ch[Symbol.asyncIterator](), /the iterator of a channel belongs to .*; send the channel$/],
  ];
  for (const [value, message] of KEPT) {
    assert.throws(() => encode([value], "args"), (error: Error) => {
      assert(error instanceof NotShareableError);
      assert(error.message.startsWith("Cannot share args[0]: "), error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /registerShareable|an instance of/);
      return true;
    });
  }
  await Promise.all([process, thread.join(), result, future]);
  await Promise.all([interp.close(), pool[Symbol.asyncDispose](), executor.shutdown()]);
});
