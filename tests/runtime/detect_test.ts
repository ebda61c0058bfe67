import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { builtin, detect, globals, type RuntimeGlobals, runtimeName } from "../../runtime/detect.ts";
import { availableCores } from "../../runtime/mod.ts";
import { runtime } from "../_program.ts";

const scope = (fields: object): RuntimeGlobals => fields as RuntimeGlobals;
const node = { versions: { node: "24.0.0" } };

test("detect() tells the runtimes apart by their globals", () => {
  const cases: [object, string][] = [
    [{ process: node }, "node"],
    [{ Deno: {} }, "deno"],
    [{ Deno: {}, process: node }, "deno"],
    [{ Deno: {}, process: node, WorkerGlobalScope: class {} }, "deno"],
    [{ Bun: {}, process: node }, "bun"],
    [{ Bun: {}, process: node, WorkerGlobalScope: class {} }, "bun"],
    [{}, "browser"],
    [{ WorkerGlobalScope: class {} }, "browser"],
  ];
  for (const [fields, expected] of cases) {
    assert.equal(detect(scope(fields)), expected, Object.keys(fields).join());
  }
});

test("detect() takes a page for a page whatever a bundler calls process", () => {
  for (const process of [undefined, {}, { env: {} }, { versions: {} }, { versions: { node: undefined } }]) {
    assert.equal(detect(scope({ process })), "browser");
  }
});

test("runtimeName is the runtime of these tests", () => {
  assert.equal(runtimeName, runtime);
  assert.equal(detect(globals), runtime);
});

test("builtin() gives the module that import gives", () => {
  assert.equal(builtin<typeof path>("node:path").join, path.join);
});

test("builtin() throws when there is no such module", () => {
  assert.throws(() => builtin("node:no-such-module"), /Cannot load node:no-such-module: /);
});

test("builtin() throws when the runtime cannot load built-in modules this way", () => {
  const { process } = globalThis as unknown as { process: { getBuiltinModule: unknown } };
  const { getBuiltinModule } = process;
  process.getBuiltinModule = undefined;
  try {
    assert.throws(() => builtin("node:path"), /Cannot load node:path: .*22\.18/);
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});

test("availableCores() is a whole number from 1 on", () => {
  assert(Number.isInteger(availableCores()) && availableCores() >= 1);
});

test("availableCores() is 1 when the runtime does not say", () => {
  const known = Object.getOwnPropertyDescriptor(globalThis, "navigator")!;
  for (const value of [undefined, {}, { hardwareConcurrency: 0 }]) {
    Object.defineProperty(globalThis, "navigator", { value, configurable: true });
    try {
      assert.equal(availableCores(), 1);
    } finally {
      Object.defineProperty(globalThis, "navigator", known);
    }
  }
});
