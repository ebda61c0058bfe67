import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const NODE: string = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
const TOOL: string = fileURLToPath(new URL("../../tools/check_imports.ts", import.meta.url));

/** A small project, and the findings the tool must report about it, in order: all of them and no other. */
interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly findings: readonly RegExp[];
}

const CASES: readonly Case[] = [
  {
    name: "accepts imports that point down through mod.ts and protocol files",
    files: {
      "mod.ts": `export { go } from "./csp/mod.ts";\nexport { send } from "./sharing/mod.ts";\n`,
      "csp/mod.ts": `export { go } from "./go.ts";\n`,
      "csp/go.ts": `import { WORD } from "../kernel/layout.ts";\nexport const go: number = WORD;\n`,
      "kernel/layout.ts": `export const WORD = 4;\n`,
      "sharing/mod.ts": `export { send } from "./_send.ts";\n`,
      "sharing/_send.ts": `export function send(): void {}\n`,
    },
    findings: [],
  },
  {
    name: "reports an import that points up",
    files: {
      "sharing/mod.ts": `import { go } from "../csp/mod.ts";\nexport { go };\n`,
      "csp/mod.ts": `export const go = 1;\n`,
    },
    findings: [
      /^sharing\/mod\.ts:1: Imports csp\/mod\.ts: imports point down, sharing\/ may import kernel, runtime$/,
    ],
  },
  {
    name: "reports an upward import of a type, an upward import() and an upward re-export",
    files: {
      "channels/mod.ts": [
        `import type { A } from "../csp/mod.ts";`,
        `// import type { B } from "../csp/mod.ts";`,
        `export type B = import("../csp/mod.ts").A;`,
        `export const later = (): Promise<A> => import("../csp/mod.ts") as never;`,
        `export * from "../csp/mod.ts";`,
      ].join("\n"),
      "csp/mod.ts": `export type A = 1;\n`,
    },
    findings: [
      /^channels\/mod\.ts:1: /,
      /^channels\/mod\.ts:3: /,
      /^channels\/mod\.ts:4: /,
      /^channels\/mod\.ts:5: /,
    ],
  },
  {
    name: "reports the root's mod.ts imported from a folder",
    files: { "mod.ts": `export {};\n`, "csp/mod.ts": `import "../mod.ts";\n` },
    findings: [/^csp\/mod\.ts:1: Imports mod\.ts: it is not in a folder of the library$/],
  },
  {
    name: "reports a file of another folder that is no protocol file",
    files: {
      "csp/mod.ts": `import "../channels/local.ts";\nimport "../channels/port.ts";\n`,
      "channels/local.ts": "export {};\n",
      "channels/port.ts": "export {};\n",
    },
    findings: [
      /^csp\/mod\.ts:1: Imports channels\/local\.ts: another folder is entered by channels\/mod\.ts/,
    ],
  },
  {
    name: "reports a private file used outside its folder",
    files: {
      "interpreters/mod.ts": `import "./source/_scan.ts";\n`,
      "interpreters/source/_scan.ts": "export {};\n",
      "interpreters/source/forms.ts": `import "./_scan.ts";\n`,
    },
    findings: [
      /^interpreters\/mod\.ts:1: Imports interpreters\/source\/_scan\.ts: a file whose name begins with _/,
    ],
  },
  {
    name: "reports a cycle of static imports and not one through types or import()",
    files: {
      "csp/a.ts": `import "./b.ts";\n`,
      "csp/b.ts": `export * from "./c.ts";\n`,
      "csp/c.ts": `import { a } from "./a.ts";\nexport { a };\n`,
      "csp/d.ts": `import type { E } from "./e.ts";\nexport type D = E;\n`,
      "csp/e.ts":
        `import type { D } from "./d.ts";\nexport type E = D;\nexport const f = () => import("./f.ts");\n`,
      "csp/f.ts": `import "./e.ts";\n`,
    },
    findings: [/^csp\/a\.ts:1: Import cycle: csp\/a\.ts → csp\/b\.ts → csp\/c\.ts → csp\/a\.ts$/],
  },
  {
    name: "reports a missing file and a path without its suffix",
    files: { "csp/a.ts": `import "./b";\nimport "./c.ts";\n`, "csp/b.ts": "export {};\n" },
    findings: [
      /^csp\/a\.ts:1: Imports csp\/b: no such file/,
      /^csp\/a\.ts:2: Imports csp\/c\.ts: no such file/,
    ],
  },
  {
    name: "reports packages that are no dependency and accepts those that are",
    files: {
      "package.json": `{ "dependencies": { "acorn": "1", "@scope/x": "1" } }`,
      "csp/a.ts": [
        `import { parse } from "acorn";`,
        `import x from "@scope/x/sub";`,
        `import y from "tinypool";`,
        `import z from "@pool/csp";`,
        `export default [parse, x, y, z];`,
      ].join("\n"),
    },
    findings: [
      /^csp\/a\.ts:3: Imports tinypool: not a dependency/,
      /^csp\/a\.ts:4: Imports @pool\/csp: not a dependency/,
    ],
  },
  {
    name: "reports runtime modules outside runtime/ however they are imported",
    files: {
      "runtime/mod.ts": `import "node:worker_threads";\nexport const here = [Deno, process, Atomics.wait];\n`,
      "csp/a.ts": [
        `import fs from "node:fs";`,
        `export const b = () => import("node:os");`,
        "export const c = () => import(`bun:test`);",
        `export type D = import("node:net").Socket;`,
        `export default fs;`,
      ].join("\n"),
    },
    findings: [
      /^csp\/a\.ts:1: Imports node:fs: only runtime\/ names a runtime/,
      /^csp\/a\.ts:2: Imports node:os/,
      /^csp\/a\.ts:3: Imports bun:test/,
      /^csp\/a\.ts:4: Imports node:net/,
    ],
  },
  {
    name: "reports the runtimes' globals outside runtime/",
    files: {
      "channels/a.ts": [
        `export const one = typeof Deno;`,
        `export const two = globalThis.Bun;`,
        `export const three = (globalThis as unknown as { x: 1 })["x"], four = self["process"];`,
        `export const five = { process };`,
        `export const six = () => new Worker("x");`,
        `export const seven = navigator.hardwareConcurrency;`,
        `const { waitAsync, notify } = Atomics;`,
        `export const eight = [Atomics.wait, Atomics.notify, waitAsync, notify];`,
      ].join("\n"),
    },
    findings: [
      /^channels\/a\.ts:1: Names Deno: only runtime\/ names a runtime/,
      /^channels\/a\.ts:2: Names globalThis\.Bun:/,
      /^channels\/a\.ts:3: Names self\.process:/,
      /^channels\/a\.ts:4: Names process:/,
      /^channels\/a\.ts:5: Names Worker:/,
      /^channels\/a\.ts:6: Names navigator:/,
      /^channels\/a\.ts:7: Names Atomics\.waitAsync:/,
      /^channels\/a\.ts:8: Names Atomics\.wait:/,
    ],
  },
  {
    name: "accepts comments, strings, types, keys, labels and local variables named like a runtime",
    files: {
      "csp/a.ts": [
        `/* Deno, Bun and process */ // new Worker()`,
        `export const names: readonly string[] = ["Deno", 'Bun', \`process\`];`,
        `export function start(worker: Worker, n?: typeof navigator): unknown { return [worker, n]; }`,
        `export function run(process: { Deno: number }): number { return process.Deno; }`,
        `export class Process { Worker = 1; process(): this { return this; } }`,
        `export const keys = { Deno: 1, process: 2, Bun() {} };`,
        `export const mine = ((Atomics: { wait: 1 }) => Atomics.wait)({ wait: 1 });`,
        `Worker: for (;;) break Worker;`,
        `import * as Bun from "./b.ts";`,
        `export { run as process } from "./b.ts";`,
        `export const bun = [Bun, class navigator { static self = navigator; }];`,
        `for (const process of [1]) keys.process += process;`,
      ].join("\n"),
      "csp/b.ts": `export const run = 1;\n`,
    },
    findings: [],
  },
  {
    name: "reports a module that is not erasable TypeScript",
    files: { "csp/a.ts": `export enum A { B }\n` },
    findings: [/^csp\/a\.ts:1: Cannot parse: /],
  },
  {
    name: "lets the file that loads the library for sent code do so by import() of a mod.ts alone",
    files: {
      "mod.ts": "export {};\n",
      "csp/mod.ts": "export {};\n",
      "csp/go.ts": "export {};\n",
      "interpreters/library.ts": [
        `export const load = () => [import("../mod.ts"), import("../csp/mod.ts")];`,
        `import "../csp/mod.ts";`,
        `export const inner = () => import("../csp/go.ts");`,
      ].join("\n"),
    },
    findings: [
      /^interpreters\/library\.ts:2: Imports csp\/mod\.ts: imports point down/,
      /^interpreters\/library\.ts:3: Imports csp\/go\.ts: imports point down/,
      /^interpreters\/library\.ts:3: Imports csp\/go\.ts: another folder is entered by/,
    ],
  },
  {
    name: "ignores tests and tools",
    files: {
      "tests/a_test.ts": `import "node:fs";\n`,
      "tools/a.ts": `import "../csp/_b.ts";\n`,
      "csp/_b.ts": "export {};\n",
    },
    findings: [],
  },
];

for (const { name, files, findings } of CASES) {
  test(`check_imports ${name}`, { timeout: 30_000 }, () => {
    const root = mkdtempSync(join(tmpdir(), "csp-imports-"));
    try {
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, file)), { recursive: true });
        writeFileSync(join(root, file), text);
      }
      const { status, stderr } = spawnSync(NODE, [TOOL, "--root", root], { encoding: "utf8" });
      const lines = stderr.split("\n").filter((line) => line !== "");
      assert.equal(lines.length, findings.length, stderr);
      for (const [index, finding] of findings.entries()) assert.match(lines[index] ?? "", finding);
      assert.equal(status, findings.length === 0 ? 0 : 1);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
}
