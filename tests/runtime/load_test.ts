import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as cores from "../../runtime/cores.ts";
import { evaluate, loadLater, loadModule } from "../../runtime/inner.ts";
import { programBase } from "../../runtime/mod.ts";
import { runFile, runtime } from "../_program.ts";

const HERE: string = new URL("../../runtime/mod.ts", import.meta.url).href;

test("evaluate() gives the value of a script that runs in the global scope", () => {
  const scope = globalThis as Record<string, unknown>;
  try {
    assert.equal(evaluate("var evaluatedHere = 6; evaluatedHere * 7", "test"), 42);
    assert.equal(scope["evaluatedHere"], 6);
    assert.equal(evaluate("typeof HERE", "test"), "undefined");
    assert.equal((evaluate("(function (n) { return n + 1; })", "test") as (n: number) => number)(1), 2);
    assert.equal(evaluate("this", "test"), globalThis);
  } finally {
    delete scope["evaluatedHere"];
  }
});

test("evaluate() throws the script's own errors", () => {
  assert.throws(() => evaluate("(", "test"), SyntaxError);
  assert.throws(() => evaluate("throw new RangeError('mine')", "test"), {
    name: "RangeError",
    message: "mine",
  });
});

test("evaluate() survives a comment at the end of the text", () => {
  assert.equal(evaluate("5 // five", "test"), 5);
  assert.equal(evaluate("5 /* five */ // =", "test"), 5);
});

test("evaluate() names the script in stacks, whatever its name", () => {
  for (
    const name of [
      "plain",
      "two words",
      "quo'te\"s",
      "line\nbreak",
      "\u2028",
      "é😀",
      "*/",
      "a)b(",
      "",
      "%",
      "\ud800",
    ]
  ) {
    const thrown = evaluate(
      "(function () { try { return (function inner() { throw new Error('x') })() } catch (e) { return e } })()",
      name,
    ) as Error;
    assert.equal(thrown.message, "x", JSON.stringify(name));
    if (name === "plain") assert.match(thrown.stack ?? "", /csp:plain/);
  }
});

test("loadModule() loads built-in modules, packages, this library and URLs", async () => {
  assert.equal((await loadModule("node:path"))["join"], path.join);
  assert.equal(typeof (await loadModule("acorn"))["parse"], "function");
  assert.equal((await loadModule("@pool/csp"))["create"], (await import("@pool/csp")).create);
  assert.equal((await loadModule(new URL("./cores.ts", HERE).href))["availableCores"], cores.availableCores);
  assert.equal((await loadModule("data:text/javascript,export const x = 5"))["x"], 5);
});

test("loadModule() passes import attributes on", async () => {
  const { default: manifest } = await loadModule(new URL("../../package.json", import.meta.url).href, {
    with: { type: "json" },
  });
  assert.equal((manifest as { name: string }).name, "@pool/csp");
});

test("loadModule() rejects what cannot be found or read", async () => {
  for (
    const specifier of ["no-such-package-here", new URL("./no_such_file.ts", HERE).href, "node:no-such", ""]
  ) {
    await assert.rejects(loadModule(specifier), Error, specifier);
  }
  await assert.rejects(loadModule("data:text/javascript,throw new RangeError('mine')"), /mine/);
});

test(
  "loadModule() resolves packages from the program, wherever the library is",
  { timeout: 30_000 },
  async () => {
    // a program in a folder of its own, with a package that only it can see
    const folder = fileURLToPath(new URL(`../../.tmp/load_${process.pid}/`, import.meta.url));
    const place = path.join(folder, "node_modules", "only-there");
    mkdirSync(place, { recursive: true });
    writeFileSync(
      path.join(place, "package.json"),
      JSON.stringify({ name: "only-there", version: "1.0.0", type: "module", exports: "./mod.js" }),
    );
    writeFileSync(path.join(place, "mod.js"), "export const where = 'there';\n");
    writeFileSync(
      path.join(folder, "package.json"),
      JSON.stringify({ type: "module", dependencies: { "only-there": "1" } }),
    );
    writeFileSync(path.join(folder, "deno.json"), "{}");
    const file = path.join(folder, "main.ts");
    const library = JSON.stringify(new URL("../../mod.ts", import.meta.url).href);
    writeFileSync(
      file,
      `
    import { create } from ${library};
    const interp = create();
    console.log(await interp.call(async () => (await import("only-there")).where));
    console.log(await interp.call(async () => typeof (await import("@pool/csp")).create));
  `,
    );
    const { code, late, stdout, stderr } = await runFile(file, {
      flags: runtime === "deno"
        ? [`--config=${fileURLToPath(new URL("../../deno.json", import.meta.url))}`]
        : [],
    });
    rmSync(folder, { recursive: true });
    if (runtime === "deno") {
      // there the import map of the program's own configuration decides, which knows this repository alone
      assert.match(stderr, /only-there/);
      assert.notEqual(code, 0);
      return;
    }
    assert.deepEqual([code, late, stdout.trim()], [0, false, "there\nfunction"], stderr);
  },
);

test("programBase() is the program's entry", () => {
  assert.equal(typeof programBase(), "string");
  assert.notEqual(programBase(), "");
});

test("loadLater() loads a module of this library, one instance with import", async () => {
  assert.equal(await loadLater("./cores", HERE), cores);
  assert.equal(
    await loadLater("../runtime/cores", new URL("../../kernel/layout.ts", import.meta.url).href),
    cores,
  );
});

test("loadLater() keeps to the suffix of the module that asks", async () => {
  const loaded = loadLater("./cores", HERE.replace(/\.ts$/, ".js"));
  // Bun finds the .ts beside a missing .js
  if (runtime === "bun") assert.equal(await loaded, cores);
  else await assert.rejects(loaded, /cores\.js/);
});
