import assert from "node:assert/strict";
import { test } from "node:test";
import { type InSight, waitsInSight } from "../../../interpreters/source/in_sight.ts";

/** The function of this text. */
function of(text: string): (...args: never[]) => unknown {
  return new Function(`return (${text})`)() as (...args: never[]) => unknown;
}

/** What `waitsInSight` says of a function of ports `{ a, b }` with this body. */
function inSight(body: string, args: unknown[] = [], params = "{ a, b }, ...args"): InSight {
  return waitsInSight(of(`async (${params}) => {${body}}`), args);
}

test("waitsInSight() knows the waits for ports of functions that await what they do with their ports", () => {
  for (
    const body of [
      "",
      "for await (const x of a) await b.send(x);",
      "const { select } = csp; await select({ a, b: sending(b, 1) });",
      "const m = await import('@pool/csp'); await m.select({ a, b: m.sending(b, 1) });",
      "const { select: one } = await import('jsr:@pool/csp/csp'); await one([a]);",
      "for (;;) { const got = await csp.select([a, csp.sending(b, 2)]); if (got.closed) return; }",
      "const both = csp.alternation({ a, b }); for (;;) await both.fairSelect();",
      "const [x, y] = await Promise.all([a.receive(), a.receive()]); await b.send(x + y);",
      "if (!b.trySend(1)) await b.send(1); a.retire(); b.close(new Error('x'));",
      "const ports = { a, b }; for (const port of Object.values(ports)) port.retire();",
      "const seen = []; seen.push(await a.receive()); helper(seen, await a.receive());",
      "await csp.sleep(1); await fetch('x'); setTimeout(() => other.call(), 5);",
      "const inner = (n) => n + 1; await b.send(inner(await a.receive()));",
      "return b.send(1);",
      "let x; x = a; await x.receive();",
      "while (b.size > 0) await a.receive(); console.log(a.size, `${b.name}`);",
      "const guard = await args[0].lock(); helper(); guard.release();",
      "try { await a.receive(); } catch (error) { log(error); } finally { b.retire(); }",
    ]
  ) assert.notEqual(inSight(body, [{}]), false, body);
});

test("waitsInSight() is false where something else may have a port, or wait", () => {
  for (
    const body of [
      "a.receive();",
      "const got = a.receive(); await got;",
      "b.send(1); await a.receive();",
      "await Promise.race([a.receive(), other]);",
      "await Promise.any([a.receive()]);",
      "await Promise.all([a.receive(), fetch('x')]);",
      "await Promise.all([a, b].map((port) => port.receive()));",
      "Promise.all([a.receive(), a.receive()]);",
      "await a.receive().catch(() => {});",
      "a.receive().then(console.log);",
      "setTimeout(() => b.send(1), 5); await a.receive();",
      "emitter.on('x', (x) => b.trySend(x)); await a.receive();",
      "function later() { return b; } await a.receive();",
      "class Later { x = b } await a.receive();",
      "helper(a);",
      "const m = await import('./m.ts'); await m.select({ a });",
      "const { helper: select } = await import('./m.ts'); helper(a);",
      "let m = await import('@pool/csp'); m = other; await m.select({ a });",
      "const m = await import('@pool/csp'); { const m = other; await m.select({ a }); }",
      "const m = await import('@pool/csp'); await m.go(other, a);",
      "await helper(a);",
      "await helper({ a });",
      "new Helper(a);",
      "helper`${a}${[a]}`; tag`${a}`;",
      "outer = a;",
      "[outer] = [a];",
      "outer.x = a;",
      "outer.push(a);",
      "b.send(a); await b.send(1);",
      "await b.send(a);",
      "const c = a; helper(c);",
      "let c; c = [a]; helper(...c);",
      "const { d = a } = {}; helper(d);",
      "for (const x of [a, b]) helper(x);",
      "return a;",
      "throw a;",
      "a[method]();",
      "a.unknown();",
      "csp.map((x) => x, a);",
      "csp.select({ a });",
      "await Promise.race([csp.select({ a })]);",
      "csp.go.local(async () => { await b.send(1); }); await a.receive();",
      "eval('a');",
      "await (async () => { await a.receive(); })();",
      "const later = async () => { await a.receive(); }; await later();",
      "const guard = await args[0].lock(); setTimeout(() => guard.release(), 5); await a.receive();",
      "const guard = await args[0].rLock(); helper(guard);",
      "outer.guard = await args[0].acquire(2); await a.receive();",
      "outer.push(await args[0].lock()); await a.receive();",
      "const [one] = await Promise.all([args[0].lock(), a.receive()]); helper(one);",
      "const guard = args[0].tryRLock(); helper(guard);",
    ]
  ) assert.equal(inSight(body, [{}]), false, body);
  assert.equal(waitsInSight(of("async function (ports) { helper(arguments); }"), []), false);
  assert.equal(waitsInSight(of("async function* (ports) { yield ports; }"), []), false);
  assert.equal(waitsInSight(of("(ports) => helper(ports)"), []), false);
});

test("waitsInSight() knows all waits of functions that run no other code which may wait", () => {
  for (
    const body of [
      "",
      "for await (const x of a) await b.send(x);",
      "await csp.select([]);",
      "const { select, sending } = await import('@pool/csp'); await select({ a: off || a, b: sending(b, 1) });",
      "await never.receive();",
      "const csp = await import('@pool/csp'); await csp.never.receive();",
      "const m = await import('@pool/csp'); await m.sleep(1); console.log(await m.select({ x: m.after(1) }));",
      "const guard = await args[0].rLock(); await csp.sleep(2); guard.release(); (await args[0].lock()).release();",
      "const seen = new Map(); seen.set(1, [await a.receive()].concat([2])); throw new RangeError('x');",
      "const [x, y] = await Promise.all([a.receive(), args[0].lock()]); y.release();",
      "await args[0].lock(); const two = args[0].tryLock(); if (two) two.release();",
      "for (const x of [1, 2]) await b.send(x); return await outer;",
    ]
  ) assert.equal(inSight(body, [{}]), "all", body);
  for (
    const body of [
      "helper(); await a.receive();",
      "await helper();",
      "csp.select([]);",
      "const got = csp.select([]); await got;",
      "await Promise.race([csp.select([]), csp.sleep(5)]);",
      "await Promise.all([never.receive(), csp.sleep(5)]);",
      "await Promise.race([never.receive(), csp.sleep(5)]);",
      "await outer.lock();",
      "await Promise.any([outer.lock(), csp.sleep(5)]);",
      "const never = other; await never.receive();",
      "await outer.method();",
      "await csp.sleep(3).then(other);",
      "csp.currentProcess();",
      "new Helper();",
      "const Map = Helper; new Map();",
      "await new Promise((resolve) => setTimeout(resolve, 5));",
      "tag`x`;",
      "await import('./m.ts');",
      "for await (const x of outer) await b.send(x);",
      "const inner = () => 1; await a.receive();",
      "Array.from([1], helper);",
      "[1].map(helper);",
      "outer['x']();",
    ]
  ) assert.equal(inSight(body, [{}]), "ports", body);
});

test("waitsInSight() knows that arguments which are no objects hold no ports", () => {
  const body = "await b.send(helper(n)); outer = n;";
  assert.equal(inSight(body, [1], "{ a, b }, n"), "ports");
  assert.equal(inSight(body, [{}], "{ a, b }, n"), false);
  assert.equal(inSight("helper(args);", ["x", 2]), "ports");
  assert.equal(inSight("helper(args);", ["x", {}]), false);
});

test("waitsInSight() is false of what cannot be read", () => {
  assert.equal(waitsInSight(Math.max as never, []), false);
  assert.equal(waitsInSight((() => {}).bind(undefined), []), false);
  assert.equal(waitsInSight(class {} as never, []), false);
});
