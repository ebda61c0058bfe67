import assert from "node:assert/strict";
import { test } from "node:test";
import { waitsInSight } from "../../../interpreters/source/in_sight.ts";

/** The function of this text. */
function of(text: string): (...args: never[]) => unknown {
  return new Function(`return (${text})`)() as (...args: never[]) => unknown;
}

/** What `waitsInSight` says of a function of ports `{ a, b }` with this body. */
function bodyIsInSight(body: string, args: unknown[] = [], params = "{ a, b }, ...args"): boolean {
  return waitsInSight(of(`async (${params}) => {${body}}`), args);
}

test("waitsInSight() is true of functions that await what they do with their ports", () => {
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
      "const guard = await args[0].lock(); guard.release();",
      "try { await a.receive(); } catch (error) { log(error); } finally { b.retire(); }",
    ]
  ) assert.equal(bodyIsInSight(body, [{}]), true, body);
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
    ]
  ) assert.equal(bodyIsInSight(body), false, body);
  assert.equal(waitsInSight(of("async function (ports) { helper(arguments); }"), []), false);
  assert.equal(waitsInSight(of("async function* (ports) { yield ports; }"), []), false);
  assert.equal(waitsInSight(of("(ports) => helper(ports)"), []), false);
});

test("waitsInSight() knows that arguments which are no objects hold no ports", () => {
  const body = "await b.send(helper(n)); outer = n;";
  assert.equal(bodyIsInSight(body, [1], "{ a, b }, n"), true);
  assert.equal(bodyIsInSight(body, [{}], "{ a, b }, n"), false);
  assert.equal(bodyIsInSight("helper(args);", ["x", 2]), true);
  assert.equal(bodyIsInSight("helper(args);", ["x", {}]), false);
});

test("waitsInSight() is false of what cannot be read", () => {
  assert.equal(waitsInSight(Math.max as never, []), false);
  assert.equal(waitsInSight((() => {}).bind(undefined), []), false);
  assert.equal(waitsInSight(class {} as never, []), false);
});
