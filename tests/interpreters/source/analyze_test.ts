import assert from "node:assert/strict";
import { test } from "node:test";
import { analyzeFunction, captured } from "../../../interpreters/source/analyze.ts";
import { capturedError } from "../../../interpreters/source/refusal.ts";
import { NotShareableError } from "../../../sharing/errors.ts";
import { evaluate, rebuild, type Rebuilt } from "./_rebuild.ts";

// Made at run time, so that no runtime puts a constant's value in place of its name.
const [limit, table, helper, label, seen] = made() as [
  number,
  Map<string, number>,
  Rebuilt,
  string,
  number[],
];
let count = made().length;

function made(): unknown[] {
  return [Date.now(), new Map(), (n: number) => n + 1, String(Date.now()), []];
}

/** What `fn` captures, by whichever way it is found out. */
function refusalOf(fn: Rebuilt): NotShareableError {
  try {
    const sent = analyzeFunction(fn);
    const names = captured(sent);
    assert.notDeepEqual(names, [], `accepted: ${sent.code}`);
    return capturedError(sent.name, names);
  } catch (error) {
    assert.ok(error instanceof NotShareableError, String(error));
    return error;
  }
}

class Base {}

class Account extends Base {
  #secret = 1;
  total = 2;
  arrow = (): number => this.total;
  inner(): Rebuilt {
    return () => this.#secret;
  }
  foreign(): Rebuilt {
    return function (other: Account) {
      return other.#secret;
    };
  }
  has(): Rebuilt {
    return (other: object) => #secret in other;
  }
  show(): string {
    return super.toString();
  }
  later(): Rebuilt {
    return () => super.toString();
  }
  static make(): Rebuilt {
    return () => new this();
  }
  #own(): number {
    return this.total;
  }
  own(): Rebuilt {
    return this.#own;
  }
  get sum(): number {
    return this.total + limit;
  }
}
const account = new Account();

/** Functions of this very module, as the runtime at hand gives their source. */
const REFUSED_HERE: [title: string, fn: Rebuilt, names: string[]][] = [
  ["arrow", () => limit, ["limit"]],
  ["arrow with a parameter", (n: number) => n + limit, ["limit"]],
  ["async arrow", async () => await helper(limit), ["helper", "limit"]],
  ["function", function () {
    return table.get(label);
  }, ["label", "table"]],
  ["async function", async function named() {
    return await helper(1);
  }, ["helper"]],
  ["generator", function* () {
    yield* seen;
  }, ["seen"]],
  ["async generator", async function* () {
    for await (const one of seen) yield one;
  }, ["seen"]],
  [
    "method",
    {
      method() {
        return limit;
      },
    }.method,
    ["limit"],
  ],
  [
    "async method",
    {
      async method() {
        return await helper(1);
      },
    }.method,
    ["helper"],
  ],
  [
    "generator method",
    {
      *method() {
        yield limit;
      },
    }.method,
    ["limit"],
  ],
  ["getter", Object.getOwnPropertyDescriptor(Account.prototype, "sum")!.get!, ["limit"]],
  ["assignment to a free name", () => (count = 1), ["count"]],
  ["increment of a free name", () => count++, ["count"]],
  ["typeof of a free name", () => typeof limit, ["limit"]],
  ["default parameter", (n = limit) => n, ["limit"]],
  [
    "default in a destructured parameter",
    ({ a = limit, b: [c = label] = [] }: { a?: number; b?: string[] }) => [a, c],
    [
      "label",
      "limit",
    ],
  ],
  ["computed key in a destructured parameter", ({ [label]: x }: Record<string, number>) => x, ["label"]],
  ["object shorthand", () => ({ limit }), ["limit"]],
  ["computed key of an object", () => ({ [label]: 1 }), ["label"]],
  ["template literal", () => `${label}!`, ["label"]],
  ["tagged template", () => helper`x`, ["helper"]],
  ["spread", () => [...seen], ["seen"]],
  ["new", () => new Account(), ["Account"]],
  ["nested function", () => () => () => limit, ["limit"]],
  ["class heritage", () => class extends Account {}, ["Account"]],
  ["class field", () =>
    class {
      x = limit;
    }, ["limit"]],
  ["optional call", () => helper?.(1), ["helper"]],
  ["arrow field's this", account.arrow, ["this"]],
  ["private name and this", account.inner(), ["#secret", "this"]],
  ["private name of a parameter", account.foreign(), ["#secret"]],
  ["private name in", account.has(), ["#secret"]],
  ["super in a method", account.show, ["super"]],
  ["super in an arrow", account.later(), ["super"]],
  ["this of a static method", Account.make(), ["this"]],
  ["import.meta", () => import.meta.url, ["import.meta"]],
  ["everything at once", () => [limit, label, import.meta.url], ["import.meta", "label", "limit"]],
];

/** Cases that no runtime may touch, or that a type checker would not have. Each is an expression of a function. */
const REFUSED_TEXT: [source: string, names: string[], sloppy?: "sloppy"][] = [
  ["() => alpha", ["alpha"]],
  ["() => { alpha: for (;;) { break alpha } return beta }", ["beta"]],
  ["() => { alpha; alpha: for (;;) continue alpha }", ["alpha"]],
  ["(a = b) => { var b = 1; return a + b }", ["b"]],
  ["(a = () => c) => { let c = 1; return a() + c }", ["c"]],
  ["() => { { let x = 1 } return x }", ["x"]],
  ["() => { for (let i = 0; i < 1; i++); return i }", ["i"]],
  ["() => { for (const i of []); return i }", ["i"]],
  ["() => { try {} catch (e) {} return e }", ["e"]],
  ["() => { try {} catch { return e } }", ["e"]],
  ["() => { switch (x) { case y: let z } return z }", ["x", "y", "z"]],
  ["() => { switch (x) { case 1: let x = 2 } }", ["x"]],
  ["() => { { function inBlock() {} } return inBlock() }", ["inBlock"]],
  ["() => { (function own() {}); return own }", ["own"]],
  ["() => { (class Own {}); return Own }", ["Own"]],
  ["() => { class A { static { var x = 1 } } return x }", ["x"]],
  ["() => class { static { return_; } }", ["return_"]],
  ["() => class { [key] = 1 }", ["key"]],
  ["() => class { static [key]() {} }", ["key"]],
  ["() => class { get x() { return y } set x(v) { z = v } }", ["y", "z"]],
  ["() => class { #p = q; m() { return this.#p } }", ["q"]],
  ["() => class extends (this.Base) {}", ["this"]],
  ["() => ({ [this.key]: 1 })", ["this"]],
  ["() => class { [this.key]() {} }", ["this"]],
  ["() => ({ a: b, c() { return d } })", ["b", "d"]],
  ["() => a.b.c[d].e", ["a", "d"]],
  ["() => { const { a, b: { c }, ...d } = e; return [a, b, c, d] }", ["b", "e"]],
  ["() => { [x, y.z, ...w] = [] }", ["w", "x", "y"]],
  ["() => { ({ x, y: z, ...w } = {}) }", ["w", "x", "z"]],
  ["() => { for (x of []); for (y.z in {}); }", ["x", "y"]],
  ["() => { x ||= 1; y ??= 2; z **= 3 }", ["x", "y", "z"]],
  ["() => { delete x.y; void z }", ["x", "z"]],
  ["() => typeof nowhere === 'undefined'", ["nowhere"]],
  ["() => eval('1') + nowhere", ["nowhere"]],
  ["() => `a${`b${c}`}`", ["c"]],
  ["() => tag`${x}`", ["tag", "x"]],
  ["async () => { for await (const x of xs) use(x) }", ["use", "xs"]],
  ["() => import(specifier)", ["specifier"]],
  ["() => import('node:fs', { with: attributes })", ["attributes"]],
  ["(x) => x?.[y]?.(z)", ["y", "z"]],
  ["x => ({ __proto__: parent, x })", ["parent"]],
  ["() => arguments.length", ["arguments"]],
  ["() => () => arguments[0]", ["arguments"]],
  ["(a = arguments) => a", ["arguments"]],
  ["() => { return () => { return this } }", ["this"]],
  ["new (class { make() { return () => new.target } })().make()", ["new.target"]],
  ["({ make() { return (x = super.y) => x } }).make()", ["super"]],
  ["({ method() { return super.x + free } }).method", ["free", "super"]],
  ["({ async *[`a${1}`](x = free) { yield x } }).a1", ["free"]],
  ["({ 12() { return free } })[12]", ["free"]],
  ["Object.getOwnPropertyDescriptor({ set x(v) { free = v } }, 'x').set", ["free"]],
  ["(class { static s() { return free } }).s", ["free"]],
  ["new (class { #p() { return free } grab() { return this.#p } })().grab()", ["free"]],
  ["new (class { #p = 1; grab() { return { m() { return this.#p } }.m } })().grab()", ["#p"]],
  ["function recursive(n) { return n ? other(n - 1) : recursive }", ["other"]],
  ["({ recursive(n) { return n ? recursive(n - 1) : 0 } }).recursive", ["recursive"]],
  ["() => { using x = resource(); return y }", ["resource", "y"]],
  ["() => { { using x = null } return x }", ["x"]],
  ["async () => { await using x = null; return y }", ["y"]],
  ["() => { for (using x of xs) x; return x }", ["x", "xs"]],
  ["function () { with (o) { return x } }", ["o", "x"], "sloppy"],
  ["function () { undeclared = 010; { function f() {} } return f }", ["undeclared"], "sloppy"],
  ["() => require('fs')", ["require"]],
  ["() => [name_, event_, Node_]", ["Node_", "event_", "name_"]],
  ["() => __cspOther + __notAHelper()", ["__cspOther", "__notAHelper"]],
];

for (const [title, fn, names] of REFUSED_HERE) {
  test(`analyzeFunction() refuses with the exact names when given: ${title}`, () => refuses(fn, names));
}
for (const [source, names, sloppy] of REFUSED_TEXT) {
  test(`analyzeFunction() refuses with the exact names when given: ${source}`, () => {
    refuses(evaluate(source, sloppy === undefined), names);
  });
}

function refuses(fn: Rebuilt, names: string[]): void {
  const error = refusalOf(fn);
  assert.deepEqual(error.captured, names);
  assert.equal(error.path, "fn");
  assert.equal(error.name, "NotShareableError");
  for (const name of names) assert.ok(error.message.includes(name), error.message);
  assert.match(error.message, /argument/);
  assert.match(error.message, /task\(import\.meta, function/);
}

const REFUSED_OTHERWISE: [title: string, make: () => Rebuilt, message: RegExp][] = [
  ["a native function", () => Math.max, /native, bound.*wrap/],
  ["a native getter", () => Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get!, /native/],
  ["a built-in class", () => Map as unknown as Rebuilt, /native/],
  ["a bound function", () => ((n: number) => n).bind(null), /bound/],
  ["a proxy", () => new Proxy(() => 1, {}), /proxy/],
  ["a class", () => Account as unknown as Rebuilt, /class; wrap/],
  ["a derived class", () => evaluate("class extends Object {}"), /class; wrap/],
  [
    "import('./x')",
    () => evaluate("() => import('./x.ts')"),
    /"\.\/x\.ts".*import\.meta\.resolve\("\.\/x\.ts"\).*task/,
  ],
  ["import(`../x`)", () => evaluate("() => import(`../x.ts`)"), /import\.meta\.resolve/],
  ["import('/x') far inside", () => evaluate("() => () => [import('/x.ts')]"), /import\.meta\.resolve/],
  [
    "istanbul's counter",
    () => evaluate("() => { cov_2f3k9x().f[0]++; return 1 }"),
    /cov_2f3k9x.*Istanbul.*istanbul ignore next.*task/,
  ],
  ["old istanbul's counter", () => evaluate("() => { __cov_a1.s['1']++ }"), /__cov_a1.*coverage/],
  [
    "a Vite import",
    () => evaluate("() => (0, __vite_ssr_import_0__.add)(1, 2)"),
    /__vite_ssr_import_0__.*Vite.*task/,
  ],
  [
    "a Vite dynamic import",
    () => evaluate("() => __vite_ssr_dynamic_import__('x')"),
    /__vite_ssr_dynamic_import__.*Vite/,
  ],
  [
    "Stryker's switch",
    () => evaluate("() => stryMutAct_9fa48('0') ? 1 : (stryCov_9fa48('0'), 2)"),
    /Stryker disable/,
  ],
  ["a source that says something else", () => pretending("[object Object]"), /does not parse/],
  [
    "a source with decorators",
    () => pretending("function () { @d class A {} }"),
    /does not parse.*near.*task/,
  ],
  ["import.source()", () => pretending("() => import.source('x')"), /import\.source\(\).*use import\(\)/],
  [
    "import.defer()",
    () => pretending("async () => await import.defer('x')"),
    /import\.defer\(\).*use import\(\)/,
  ],
  ["a source that is two things", () => pretending("() => 1, () => 2"), /does not parse/],
  ["a source that is a value", () => pretending("12"), /does not parse/],
];

/** A function for which the engine is made to give another source, as a tool or a future syntax would. */
function pretending(source: string): Rebuilt {
  const fn = () => source;
  sources.set(fn, source);
  return fn;
}
const sources = new Map<unknown, string>();

for (const [title, make, message] of REFUSED_OTHERWISE) {
  test(`analyzeFunction() says what to do when given: ${title}`, () => {
    const fn = make();
    const original = Function.prototype.toString;
    if (sources.has(fn)) Function.prototype.toString = () => sources.get(fn)!;
    let error: unknown;
    try {
      analyzeFunction(fn);
    } catch (thrown) {
      error = thrown;
    } finally {
      Function.prototype.toString = original;
    }
    assert.ok(error instanceof NotShareableError, `accepted: ${fn}`);
    assert.match(error.message, message);
    assert.equal(error.path, "fn");
    assert.doesNotMatch(error.message, /\.$/);
  });
}

/** Functions of this module that capture nothing: run after they were rebuilt. */
const ACCEPTED_HERE: [title: string, fn: Rebuilt, args: unknown[], expected: unknown][] = [
  ["arrow", (a: number, b: number) => a + b, [1, 2], 3],
  [
    "arrow with a body",
    (a: number) => {
      const b = a * 2;
      return b;
    },
    [2],
    4,
  ],
  ["async arrow", async (a: number) => await Promise.resolve(a), [3], 3],
  [
    "function",
    function (a: number) {
      return -a;
    },
    [3],
    -3,
  ],
  [
    "recursive function",
    function fact(n: number): number {
      return n < 2 ? 1 : n * fact(n - 1);
    },
    [5],
    120,
  ],
  ["function declaration", declared, [4], 10],
  [
    "async function",
    async function f(a: number) {
      return await a;
    },
    [1],
    1,
  ],
  [
    "generator",
    function* f(n: number) {
      for (let i = 0; i < n; i++) yield i;
    },
    [3],
    [0, 1, 2],
  ],
  [
    "async generator",
    async function* f(n: number) {
      for (let i = 0; i < n; i++) yield await i;
    },
    [2],
    [0, 1],
  ],
  [
    "method",
    {
      method(a: number) {
        return a;
      },
    }.method,
    [1],
    1,
  ],
  [
    "async method",
    {
      async method(a: number) {
        return await a;
      },
    }.method,
    [1],
    1,
  ],
  [
    "generator method",
    {
      *method(a: number) {
        yield a;
      },
    }.method,
    [1],
    [1],
  ],
  [
    "async generator method",
    {
      async *method(a: number) {
        yield await a;
      },
    }.method,
    [1],
    [1],
  ],
  [
    "method with a computed key",
    {
      [label](a: number) {
        return a;
      },
    }[label]!,
    [1],
    1,
  ],
  [
    "method with a string key",
    {
      "odd key"(a: number) {
        return a;
      },
    }["odd key"],
    [1],
    1,
  ],
  ["private method", account.own(), [], undefined],
  [
    "defaults and rest",
    (
      a = 1,
      { b = a + 1, c: [d] = [b] } = {} as { b?: number; c?: number[] },
      ...rest: number[]
    ) => [a, b, d, rest],
    [
      undefined,
      undefined,
      7,
    ],
    [1, 2, 2, [7]],
  ],
  ["globals", () => [typeof Map, typeof fetch, Number.isNaN(NaN), Infinity > 1, undefined], [], [
    "function",
    "function",
    true,
    true,
    undefined,
  ]],
  [
    "class",
    () => {
      class Counter {
        static made = 0;
        #n = 0;
        static {
          this.made++;
        }
        get n() {
          return this.#n;
        }
        add(by: number) {
          this.#n += by;
          return this;
        }
        static is(x: object) {
          return #n in x;
        }
      }
      const c = new Counter().add(2).add(3);
      return [c.n, Counter.made, Counter.is(c), Counter.is({})];
    },
    [],
    [5, 1, true, false],
  ],
  [
    "derived class",
    () => {
      class A {
        v() {
          return 1;
        }
      }
      class B extends A {
        override v() {
          return super.v() + 1;
        }
      }
      return new B().v();
    },
    [],
    2,
  ],
  ["closures", (n: number) => [1, 2].map((x) => () => x + n).map((f) => f()), [1], [2, 3]],
  ["tagged template", (x: number) => String.raw`a${x}\n`, [1], "a1\\n"],
  ["import()", async () => typeof (await import("node:path")).join, [], "function"],
  ["regular expression", (s: string) => /(?<y>\d{4})-\u{1F600}/u.test(s), ["2026-\u{1F600}"], true],
];

function declared(n: number): number {
  let sum = 0;
  while (n > 0) sum += n--;
  return sum;
}

/** Expressions of functions that capture nothing. */
const ACCEPTED_TEXT: [source: string, args: unknown[], expected: unknown, sloppy?: "sloppy"][] = [
  ["x => x", [1], 1],
  ["async x => x", [1], 1],
  ["() => ({ a: 1 }).a", [], 1],
  ["function arguments_() { return arguments.length }", [1, 2], 2],
  ["function () { return (() => arguments[0])() }", [5], 5],
  ["function () { return new.target === undefined }", [], true],
  ["function () { return this }", [], undefined],
  ["function () { return (() => this)() === this }", [], true],
  ["function f(a, b = () => a) { var a = 2; return [a, b()] }", [1], [2, 1]],
  ["(a, b = a) => { { var c = a + b } return c }", [1], 2],
  ["() => { x = 1; var x; return x }", [], 1],
  ["() => { if (false) { var x } return typeof x }", [], "undefined"],
  ["() => { for (var i = 0; i < 3; i++); return i }", [], 3],
  ["() => { for (var k in { a: 1 }); for (var v of [2]); return [k, v] }", [], ["a", 2]],
  ["() => { try { throw 1 } catch (e) { var f = e } return f }", [], 1],
  ["() => { try { throw [1, { b: 2 }] } catch ([a, { b }]) { return a + b } }", [], 3],
  ["() => { try { throw 1 } catch { return 2 } }", [], 2],
  ["(x) => { switch (x) { case 1: let y = 2; return y; default: function f() { return 3 } return f() } }", [
    0,
  ], 3],
  ["() => { return f(); function f() { return g() } function g() { return 1 } }", [], 1],
  ["() => { { function f() { return 1 } return f() } }", [], 1],
  ["() => { const f = function own(n) { return n ? own(n - 1) : 'end' }; return f(2) }", [], "end"],
  ["() => { const C = class Own { static self() { return Own } }; return C.self() === C }", [], true],
  ["() => new (class A { static s = 1; m() { return A.s } })().m()", [], 1],
  ["() => { const k = 'z'; return Object.keys(new (class { [k] = 1; y = this[k] })()) }", [], ["z", "y"]],
  ["() => class { static #p = 1; static { this.q = this.#p } }.q", [], 1],
  [
    "() => { class A { #a = 1; m() { return new (class { n(o) { return o.#a } })().n(this) } } return new A().m() }",
    [],
    1,
  ],
  ["() => { class A { static { var v = 1; this.v = v } } return A.v }", [], 1],
  ["() => ({ __proto__: { a: 1 }, m() { return super.a } }).m()", [], 1],
  ["() => ({ get x() { return this.y }, y: 2 }).x", [], 2],
  ["() => { out: for (;;) { for (;;) break out } return 1 }", [], 1],
  ["() => { const a = { b: { c: 1 } }; return a?.b?.['c'] ?? 0 }", [], 1],
  ["() => { const { a: { b: x = 1 } = {}, ...r } = { c: 2 }; return [x, r] }", [], [1, { c: 2 }]],
  ["() => { let a, b; [a, b = 2, ...[]] = [1]; return a + b }", [], 3],
  ["() => { let o = {}; ({ x: o.y } = { x: 1 }); return o.y }", [], 1],
  [
    "() => { let i = 0; const fs = []; for (let i = 0; i < 2; i++) fs.push(() => i); return fs.map((f) => f()) }",
    [],
    [0, 1],
  ],
  ["function* () { const got = yield 1; yield* [got, 2] }", [], [1, undefined, 2]],
  ["async function* () { for await (const x of [1, Promise.resolve(2)]) yield x }", [], [1, 2]],
  ["() => typeof window + typeof Deno.x", [], undefined],
  ["() => [typeof Bun, typeof process, typeof self, typeof navigator].length", [], 4],
  ["() => csp.twice(21)", [], 42],
  ["(csp) => csp", [1], 1],
  ["() => { const csp = { twice: 1 }; return csp.twice }", [], 1],
  ["async () => (await import('stand-in')).named", [], "named"],
  ["async () => (await import('stand-in', { with: { type: 'json' } })).options.with.type", [], "json"],
  ["async () => (await import((await import('stand-in')).named && 'stand-in')).default", [], "default"],
  [
    "async () => { const __cspImport = 0; return (await import('stand-in')).named + __cspImport }",
    [],
    "named0",
  ],
  ["async () => { const f = async () => (await import('stand-in')).named; return await f() }", [], "named"],
  ["() => 'import(\"./x\")' + /import('.\\/x')/.source.length", [], 'import("./x")14'],
  [
    "() => { const log = []; { using x = { [Symbol.dispose]() { log.push(2) } }; log.push(1) } return log }",
    [],
    [1, 2],
  ],
  [
    "async () => { let log = 0; { await using x = { async [Symbol.asyncDispose]() { log = 1 } } } return log }",
    [],
    1,
  ],
  ["() => { let log = 0; for (using x of [{ [Symbol.dispose]() { log++ } }]); return log }", [], 1],
  ["({ 12() { return 1 } })[12]", [], 1],
  ["({ 'a b'() { return 1 } })['a b']", [], 1],
  ["({ async() { return 1 } }).async", [], 1],
  ["({ get() { return 1 } }).get", [], 1],
  ["({ static() { return 1 } }).static", [], 1],
  ["({ function(x) { return x } }).function", [1], 1],
  ["({ class() { return 1 } }).class", [], 1],
  ["({ constructor() { return 1 } }).constructor", [], 1],
  ["({ async async() { return 1 } }).async", [], 1],
  ["({ async *'x y'() { yield 1 } })['x y']", [], [1]],
  ["({ *[Symbol.iterator]() { yield 1 } })[Symbol.iterator]", [], [1]],
  ["({ [(() => 'key')()]() { return 1 } }).key", [], 1],
  ["({ __proto__() { return 1 } }).__proto__", [], 1],
  ["Object.getOwnPropertyDescriptor({ get x() { return 1 } }, 'x').get", [], 1],
  ["Object.getOwnPropertyDescriptor({ set x(v) { globalThis.__setByTest = v } }, 'x').set", [1], undefined],
  ["(class { static s() { return 1 } }).s", [], 1],
  ["(class { static async *s() { yield 1 } }).s", [], [1]],
  ["new (class { get #p() { return 1 } g() { return { f: () => 1 }.f } })().g()", [], 1],
  ["new (class { f = () => 1 })().f", [], 1],
  ["new Function('a', 'b', 'return a + b')", [1, 2], 3],
  ["new Function('a // note', 'b', 'return a // note')", [1], 1],
  ["/* before */ (a /* in */, // line\n b) => /* mid */ a + b", [1, 2], 3],
  ["function () { return 010 && typeof this }", [], "object", "sloppy"],
  ["function () { var o = { x: 1 }; return 010 + o.x }", [], 9, "sloppy"],
  ["function () { { function f() { return 1 } } return 010 && f() }", [], 1, "sloppy"],
  ["function (a, a) { return a }", [1, 2], 2, "sloppy"],
  ["function (yield_, let_) { var let = 1, yield = 2; return let + yield }", [], 3, "sloppy"],
];

for (const [title, fn, args, expected] of ACCEPTED_HERE) {
  test(`analyzeFunction() gives what runs elsewhere when given: ${title}`, () => accepts(fn, args, expected));
}
for (const [source, args, expected, sloppy] of ACCEPTED_TEXT) {
  test(`analyzeFunction() gives what runs elsewhere when given: ${source}`, () => {
    return accepts(evaluate(source, sloppy === undefined), args, expected);
  });
}

async function accepts(fn: Rebuilt, args: unknown[], expected: unknown): Promise<void> {
  const sent = analyzeFunction(fn);
  assert.deepEqual(sent.free, []);
  const rebuilt = rebuild(sent);
  assert.equal(rebuilt.name, fn.name);
  assert.equal(rebuilt.length, fn.length);
  if (fn.toString().includes("Deno.x")) return;
  let result = fn === account.own() ? rebuilt.call({ total: undefined }, ...args) : rebuilt(...args);
  if (result?.[Symbol.asyncIterator] || result?.next) result = await Array.fromAsync(result);
  assert.deepEqual(await result, expected);
}

test("analyzeFunction() says so when the library is needed", () => {
  assert.equal(analyzeFunction(evaluate("() => csp.select")).library, true);
  assert.equal(analyzeFunction(evaluate("() => import('x')")).library, true);
  assert.equal(analyzeFunction(evaluate("(csp) => csp")).library, false);
  assert.equal(analyzeFunction(evaluate("() => 1")).library, false);
});

test("analyzeFunction() accepts or refuses, and never overflows, when a source is nested deeply", () => {
  for (const source of [Array(9_000).fill(1).join("+"), "[".repeat(3_000) + "]".repeat(3_000)]) {
    try {
      analyzeFunction(evaluate(`() => ${source}`));
    } catch (error) {
      assert.ok(error instanceof NotShareableError, String(error));
    }
  }
});

test("analyzeFunction() keeps strict mode when the source is strict, and sloppy mode when it must", () => {
  assert.equal(analyzeFunction(evaluate("() => 1")).strict, true);
  assert.equal(analyzeFunction(evaluate("function () { return 010 }", false)).strict, false);
});

test("analyzeFunction() gives one result when asked again, for the function or for its source", () => {
  const make = () => (n: number) => n + 1;
  const sent = analyzeFunction(make());
  assert.equal(analyzeFunction(make()), sent);
});

test("analyzeFunction() forgets the oldest source when a thousand others came", () => {
  const first = analyzeFunction(evaluate("() => 'first'"));
  assert.equal(analyzeFunction(evaluate("() => 'first'")), first);
  for (let i = 0; i < 1_000; i++) analyzeFunction(evaluate(`() => 'other ${i}'`));
  assert.notEqual(analyzeFunction(evaluate("() => 'first'")), first);
});

test("analyzeFunction() accepts what it gave when a rebuilt function is sent on", async () => {
  const nested = evaluate("() => async () => (await import('stand-in')).named + csp.twice(1)");
  const inner = rebuild(analyzeFunction(nested))();
  const sent = analyzeFunction(inner);
  assert.deepEqual([sent.free, sent.library], [[], true]);
  assert.equal(await rebuild(sent)(), "named2");
});

test("captured() counts what is global here at the time of asking", () => {
  const sent = analyzeFunction(evaluate("() => boundLater + 1"));
  assert.deepEqual(sent.free, ["boundLater"]);
  assert.deepEqual(captured(sent), ["boundLater"]);
  (globalThis as Record<string, unknown>).boundLater = 1;
  try {
    assert.deepEqual(captured(sent), []);
  } finally {
    delete (globalThis as Record<string, unknown>).boundLater;
  }
});

test("capturedError() shows how to pass the names when they can be parameters", () => {
  const error = capturedError("work", ["b", "a"]);
  assert.match(
    error.message,
    /"work": it captures a and b,.*call\(work, a, b\).*task\(import\.meta, function work\(…\) \{…\}\)/,
  );
  assert.deepEqual(error.captured, ["a", "b"]);
});

test("capturedError() says that the function needs a name of its own when it calls itself", () => {
  assert.match(capturedError("fib", ["fib"]).message, /function fib\(…\) \{…\}$/);
});
