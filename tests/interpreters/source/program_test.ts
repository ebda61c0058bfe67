import assert from "node:assert/strict";
import { test } from "node:test";
import { analyzeFunction, analyzeProgram, captured } from "../../../interpreters/source/analyze.ts";
import { library, rebuild, run } from "./_rebuild.ts";

const globals = globalThis as Record<string, unknown>;

/** Runs programs one after another in this interpreter and takes away the globals that they leave. */
async function inTurn(sources: string[], look: () => unknown): Promise<unknown> {
  const before = new Set(Object.getOwnPropertyNames(globalThis));
  try {
    for (const source of sources) await run(analyzeProgram(source));
    return await look();
  } finally {
    for (const name of Object.getOwnPropertyNames(globalThis)) if (!before.has(name)) delete globals[name];
  }
}

/** Programs to run in turn, the last of which leaves its result in `out`. */
const RUNS: [title: string, sources: string[], expected: unknown][] = [
  ["a var lasts", ["var a = 1", "var out = a + 1"], 2],
  ["several vars last", ["var a = 1, b = a + 1, c", "var out = [a, b, c]"], [1, 2, undefined]],
  ["a var without a value keeps what was there", ["var a = 1", "var a; var out = a"], 1],
  ["a var exists before its line", ["var out = typeof a; var a = 1"], "undefined"],
  ["a destructured var lasts", [
    "var { a, b: [c = 3, ...d], ...e } = { a: 1, b: [undefined, 4], f: 5 }",
    "var out = [a, c, d, e]",
  ], [1, 3, [4], { f: 5 }]],
  ["an array pattern after a line without semicolon", ["var a = 1\nvar [b] = [a]\nvar out = b"], 1],
  ["a var without a value before a line that could continue it", [
    "var out = 0\nvar a\n(() => out = 7)()\nvar b\n[1].forEach(() => out++)",
  ], 8],
  ["a var after a line without semicolon", ["var f = () => 1\nvar a = f()\nvar out = a"], 1],
  ["a var in a block lasts", ["{ var a = 1 } if (true) var b = 2; else var c = 3", "var out = [a, b, c]"], [
    1,
    2,
    undefined,
  ]],
  ["a var without semicolon before else", ["if (false) var a = 1\nelse var b = 2\nvar out = [a, b]"], [
    undefined,
    2,
  ]],
  ["a var in do, label and case", [
    "do var a = 1; while (false)\nlabel: var b = 2\nswitch (1) { case 1: var c = 3 }",
    "var out = [a, b, c]",
  ], [1, 2, 3]],
  ["a var in catch", ["try { throw 1 } catch (e) { var a = e }", "var out = a"], 1],
  ["a var of a for loop lasts", ["for (var i = 0, n = 3, m; i < n; i++);", "var out = [i, n, m]"], [
    3,
    3,
    undefined,
  ]],
  ["a var of for without a value", ["var i = 2; for (var i; i < 5; i++);", "var out = i"], 5],
  ["a pattern in a for head", ["for (var { a, b = a } = { a: 1 }; a < 3; a++);", "var out = [a, b]"], [3, 1]],
  ["a var of for-of lasts", ["for (var x of [1, 2]);", "var out = x"], 2],
  ["a pattern of for-of lasts", ["for (var { x, y: [z] } of [{ x: 1, y: [2] }]);", "var out = [x, z]"], [
    1,
    2,
  ]],
  ["a var of for-in lasts", ["for (var k in { q: 1 });", "var out = k"], "q"],
  ["a var of for-await lasts", ["for await (var x of [Promise.resolve(4)]);", "var out = x"], 4],
  ["vars called async, of and let", [
    "for (var async of [1]); for (var of of [2]); for (var let in { k: 1 }); var out = [async, of, let]",
  ], [1, 2, "k"]],
  ["a var in a function is its own", ["function f() { var a = 1; return a }", "var out = [f(), typeof a]"], [
    1,
    "undefined",
  ]],
  [
    "a var in a static block is its own",
    ["class A { static { var a = 1 } } var out = typeof a"],
    "undefined",
  ],
  ["an assignment to an undeclared name lasts", ["a = 1", "a += 1; var out = a"], 2],
  ["a function can be called before its line", ["var out = f(); function f() { return 1 }"], 1],
  ["a function lasts", ["function f(n) { return n ? n * f(n - 1) : 1 }", "var out = f(5)"], 120],
  ["async and generator functions last", [
    "async function f() { return 1 } function* g() { yield 2 } async function* h() { yield 3 }",
    "var out = [await f(), ...g(), await Array.fromAsync(h())]",
  ], [1, 2, [3]]],
  ["a function keeps its name", ["function f() {}", "var out = f.name"], "f"],
  ["of two functions the later counts", [
    "function f() { return 1 } var out = f(); function f() { return 2 }",
  ], 2],
  ["a function's name is a global variable, inside of it too", [
    "function f() { f = () => 2; return 1 } var first = f()",
    "var out = [first, f()]",
  ], [1, 2]],
  ["a wrapped recursive function goes through the wrapper", [
    "function f(n) { calls++; return n ? f(n - 1) : 0 } var calls = 0; var inner = f; f = (n) => (calls += 10, inner(n))",
    "f(1); var out = calls",
  ], 22],
  ["a function with a var of its name", ["var f; function f() { return 1 } var out = f()"], 1],
  ["a function replaced by a var's value", ["function f() { return 1 } var f = 2; var out = f"], 2],
  ["functions see let and const", [
    "const k = 5; let m = 1; function f() { return k + m } var out = f()",
    "out += f()",
  ], 12],
  ["let, const and class end with the run", [
    "let a = 1; const b = 2; class C {}",
    "var out = [typeof a, typeof b, typeof C]",
  ], ["undefined", "undefined", "undefined"]],
  ["let in one run after var in another", ["var a = 1", "{ let a = 2; var out = a } out += a"], 3],
  ["a function in a block can be called after it", ["{ function f() { return 1 } } var out = f()"], 1],
  ["await", ["var out = await Promise.resolve(1) + (await 2)"], 3],
  ["this is undefined", ["var out = [this, (() => this)(), typeof this]"], [
    undefined,
    undefined,
    "undefined",
  ]],
  ["this of a function is its own", ["var out = ({ x: 1, f() { return this.x } }).f()"], 1],
  ["sloppy mode", ["var out = 010"], 8],
  ["use strict", [
    "'use strict'; var out; try { undeclared = 1 } catch (e) { out = e.name } var a = 1; out += a",
  ], "ReferenceError1"],
  ["use strict after another directive", [
    "'use asm'; \"use strict\"\nvar out = (function () { return this })()",
  ], undefined],
  ["csp", ["var out = csp.twice(4)"], 8],
  ["a local csp", ["const csp = 1; var out = csp"], 1],
  ["a var csp", ["var csp = 1; var out = csp", "out += csp.twice(1)"], 3],
  ["import()", ["var out = (await import('stand-in')).named"], "named"],
  ["a function with import()", [
    "async function f() { return (await import('stand-in')).named }",
    "var out = await f()",
  ], "named"],
  ["import declarations, wherever they stand", [
    "var out = [d, n, ns.named]\nimport d, { named as n } from 'stand-in'\nimport * as ns from \"stand-in\"\n" +
    "import { options as o } from 'stand-in' with { type: 'json' }\nimport 'stand-in'\nimport e, * as f from 'stand-in'\n" +
    "import { 'named' as g, default as h } from 'stand-in'\nout.push(o.with.type, e, f.named, g, h)",
  ], ["default", "named", "named", "json", "default", "named", "named", "default"]],
  [
    "a local __cspImport",
    ["const __cspImport = 1; var out = (await import('stand-in')).named + __cspImport"],
    "named1",
  ],
  ["names like those it hides", [
    "let __cspHoist = 1, __cspBind = 2; import { named } from 'stand-in'; var out = __cspHoist + __cspBind + named",
  ], "3named"],
  ["locals named like built-ins", [
    "const Object = 1, globalThis = 2, Promise = 3; function f() { return Object } var out = f() + globalThis",
  ], 3],
  ["a last line that is a comment", ["var out = 1 // the end"], 1],
  ["a first line for the shell", ["#!/usr/bin/env node\nvar out = 1"], 1],
  ["an empty program", ["", "var out = 1"], 1],
  ["functions and vars named like members of Object.prototype", [
    "var toString = 1; function valueOf() { return 2 }",
    "var out = [toString, valueOf()]",
  ], [1, 2]],
];

for (const [title, sources, expected] of RUNS) {
  test(`analyzeProgram() gives what runs as a program when it holds: ${title}`, async () => {
    assert.deepEqual(await inTurn(sources, () => globals.out), expected);
  });
}

const REFUSED: [source: string, error: new () => Error, message: RegExp][] = [
  ["var = 1", SyntaxError, /Unexpected token \(1:4\)/],
  ["\n\nfoo(", SyntaxError, /\(3:4\)/],
  ["return 1", SyntaxError, /return.*\(1:0\)/],
  ["let a; let a", SyntaxError, /already been declared \(1:11\)/],
  ["\nexport const a = 1", SyntaxError, /export \(2:0\).*globalThis/],
  ["export default 1", SyntaxError, /export \(1:0\)/],
  ["export * from 'x'", SyntaxError, /export \(1:0\)/],
  ["a = import.meta.url", SyntaxError, /import\.meta \(1:4\).*prepareMain/],
  ["{ import 'x' }", SyntaxError, /import declaration \(1:2\).*await import/],
  ["import './x.ts'", TypeError, /"\.\/x\.ts" \(1:7\).*absolute URL/],
  ["import a from '../x.ts'", TypeError, /"\.\.\/x\.ts"/],
  ["\nawait import('/x.ts')", TypeError, /"\/x\.ts" \(2:13\)/],
  ["arguments[0]", SyntaxError, /arguments \(1:0\)/],
  ["() => arguments", SyntaxError, /arguments \(1:6\)/],
  ["super.x", SyntaxError, /super \(1:0\)/],
  ["new.target", SyntaxError, /new\.target/],
  ["a.#b", SyntaxError, /#b \(1:2\)/],
  ["for (var i = 0 in {});", SyntaxError, /for-in.*\(1:9\)/],
  ["'use strict'; with ({}) {}", SyntaxError, /with/],
];

for (const [source, errorClass, message] of REFUSED) {
  test(`analyzeProgram() throws with a position when given: ${JSON.stringify(source)}`, () => {
    assert.throws(() => analyzeProgram(source), (error: Error) => {
      assert.equal(error.constructor, errorClass);
      assert.match(error.message, /^Cannot exec the source: /);
      assert.match(error.message, message);
      return true;
    });
  });
}

test("analyzeProgram() throws TypeError when the source is not a string", () => {
  assert.throws(() => analyzeProgram(12 as unknown as string), {
    name: "TypeError",
    message: /of type number/,
  });
});

test("analyzeProgram() gives code that rejects when an imported name does not exist", async () => {
  await assert.rejects(run(analyzeProgram("import { nothing } from 'stand-in'")), {
    name: "SyntaxError",
    message: /nothing.*"stand-in"/,
  });
});

test("analyzeProgram() defines nothing when an import fails", async () => {
  await assert.rejects(
    run(analyzeProgram("import { nothing } from 'stand-in'; var leftBehind = 1; function leftToo() {}")),
  );
  assert.equal("leftBehind" in globalThis || "leftToo" in globalThis, false);
});

test("analyzeProgram() says so when the library is needed", () => {
  assert.equal(analyzeProgram("csp.x").library, true);
  assert.equal(analyzeProgram("import('x')").library, true);
  assert.equal(analyzeProgram("import 'x'").library, true);
  assert.equal(analyzeProgram("let csp = 1; csp").library, false);
  assert.equal(analyzeProgram("var a").library, false);
});

test("analyzeProgram() keeps every line in its place", () => {
  const source =
    "import {\n a,\n b } from 'x'; import\r\n'y'\nvar c = 1,\n  d,\n  e = `\n`\nfunction f() {\n}\nlast()";
  const place = (text: string) => text.slice(0, text.indexOf("last()")).split("\n").length;
  assert.equal(place(analyzeProgram(source).code), place(source));
});

test("analyzeProgram() gives functions that can be sent on, under their own name", async () => {
  const sent = await inTurn(["function fact(n) { return n < 2 ? 1 : n * fact(n - 1) }"], () => {
    return analyzeFunction(globals.fact as () => void);
  });
  const { free, name } = sent as ReturnType<typeof analyzeFunction>;
  assert.deepEqual([free, name], [[], "fact"]);
  assert.equal(rebuild(sent as ReturnType<typeof analyzeFunction>)(5), 120);
});

test("analyzeProgram() gives functions with import() and csp that can be sent on", async () => {
  const out = await inTurn(["var f = async () => (await import('stand-in')).named + csp.twice(2)"], () => {
    const sent = analyzeFunction(globals.f as () => void);
    assert.deepEqual(captured(sent), []);
    assert.equal(sent.library, true);
    return rebuild(sent)();
  });
  assert.equal(out, `named${library.twice(2)}`);
});
