import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
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
    name: "lets the boot module name any file in an import(), by import() alone, and no other module do so",
    files: {
      "mod.ts": "export {};\n",
      "csp/mod.ts": "export {};\n",
      "csp/go.ts": "export {};\n",
      "sharing/bridge.ts": "export {};\n",
      "interpreters/boot.ts": [
        `export const later = () => [import("../mod.ts"), import("../csp/go.ts"), import("../sharing/bridge.ts")];`,
        `import "../csp/mod.ts";`,
        `export type T = import("../csp/mod.ts").T;`,
        `export const missing = () => import("./missing.ts");`,
        `export const outside = () => import("node:os");`,
      ].join("\n"),
      "interpreters/library.ts":
        `export const load = () => [import("../mod.ts"), import("../sharing/bridge.ts")];\n`,
      "interpreters/source/boot.ts": `export const load = () => import("../../csp/mod.ts");\n`,
    },
    findings: [
      /^interpreters\/boot\.ts:2: Imports csp\/mod\.ts: imports point down/,
      /^interpreters\/boot\.ts:3: Imports csp\/mod\.ts: imports point down/,
      /^interpreters\/boot\.ts:4: Imports interpreters\/missing\.ts: no such file/,
      /^interpreters\/boot\.ts:5: Imports node:os: only runtime\/ names a runtime/,
      /^interpreters\/library\.ts:1: Imports mod\.ts: it is not in a folder of the library/,
      /^interpreters\/library\.ts:1: Imports sharing\/bridge\.ts: another folder is entered by/,
      /^interpreters\/source\/boot\.ts:1: Imports csp\/mod\.ts: imports point down/,
    ],
  },
  {
    name: "lets a thread's entry and the loader of the engines name runtimes, and no other file of theirs",
    files: {
      "engines_eager.ts": `export const here = process;\n`,
      "engines_lazy.ts": `import "node:module";\nexport const here = [process, globalThis.Bun];\n`,
      "interpreters/entry.ts": `import "node:worker_threads";\nexport const here = [Deno, self.Worker];\n`,
      "interpreters/source/entry.ts": `export const here = navigator;\n`,
    },
    findings: [
      /^engines_eager\.ts:1: Names process: only runtime\/ names a runtime/,
      /^interpreters\/source\/entry\.ts:1: Names navigator:/,
    ],
  },
  {
    name: "accepts the doors to the machinery: #engines, engine.ts and the facades' files",
    files: {
      "engines_eager.ts": [`import "./sharing/engine.ts";`, `import "./interpreters/engine.ts";`].join("\n"),
      "sharing/engine.ts": `export const a = 1;\n`,
      "sharing/api.ts": `import { sharing } from "#engines";\nexport default sharing;\n`,
      "interpreters/engine.ts": `import "../runtime/inner.ts";\nimport "../sharing/api.ts";\n`,
      "interpreters/callable.ts": `export {};\n`,
      "interpreters/calls.ts": `export {};\n`,
      "csp/engine.ts": `import "../interpreters/callable.ts";\nimport "../interpreters/calls.ts";\n`,
      "runtime/inner.ts": `export {};\n`,
    },
    findings: [
      /^csp\/engine\.ts:2: Imports interpreters\/calls\.ts: another folder is entered by interpreters\/mod\.ts/,
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

const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["kernel", "runtime", "sharing", "channels", "interpreters", "csp"];
/** The sub-paths that sent code imports. */
const PARTS = ["interpreters", "channels", "csp", "sharing"];

/** A module's text without comments. */
function codeOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8").replace(/\/\*[^]*?\*\/|(?<![:"'`])\/\/.*/g, "");
}

/** The library's files, by their path from the root. */
function libraryFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
  );
}

/** What a module names in `import()`. */
function namedBy(file: string): string[] {
  return Array.from(
    codeOf(file).matchAll(/\bimport\(\s*["'](\.[^"']+)["']\s*\)/g),
    (match) => posix.join(dirname(file), match[1]!),
  );
}

/** Every call of loadLater in the library: the file, and what it loads. */
function loadedLater(): { file: string; target: string }[] {
  const found: { file: string; target: string }[] = [];
  let calls = 0;
  let read = 0;
  for (const file of libraryFiles()) {
    if (file === "runtime/load_later.ts") continue;
    const code = codeOf(file);
    calls += code.match(/\bloadLater\b(?!\s*[},]|["'])/g)?.length ?? 0;
    for (
      const match of code.matchAll(
        /\bloadLater\b[^;]*?\(\s*(["'`])(\.[^"'`]*)\1,\s*import\.meta\.url,?\s*\)/g,
      )
    ) {
      read++;
      const target = `${posix.join(dirname(file), match[2]!)}.ts`;
      if (target === "${part}/mod.ts") {
        for (const part of PARTS) found.push({ file, target: `${part}/mod.ts` });
      } else found.push({ file, target });
    }
  }
  assert.equal(read, calls, "a call of loadLater without a path that can be read here");
  return found;
}

/** Modules that run when `file` is loaded, by static imports. */
function loadedWith(file: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const imports = /^(?:import|export)\s+(?!type\b)(?:[^;"']*?\bfrom\s+)?["'](\.[^"']+)["']/gm;
  for (const match of codeOf(file).matchAll(imports)) loadedWith(posix.join(dirname(file), match[1]!), found);
  return found;
}

/** What each start loads before anything else can happen, and how many modules that is at most: each costs all runtimes. */
const STARTS: readonly { what: string; files: readonly string[]; most: number; without: RegExp }[] = [
  {
    what: "a program that imports the library, on Node and Bun: one facade per class or group of functions",
    files: ["mod.ts"],
    most: 36,
    without: /^(?:runtime|kernel)\//,
  },
  {
    what: "an interpreter, for anything but simple calls: codec, switchboard, requests",
    files: ["interpreters/inside.ts"],
    most: 57,
    without: /^interpreters\/(?:api|interpreter)\.ts$|engine/,
  },
  {
    what: "an interpreter that gets a channel: beside those, channels and what they must know",
    files: ["interpreters/inside.ts", "interpreters/channel_surroundings.ts", "channels/engine.ts"],
    most: 159,
    without: /^csp\/|^interpreters\/(?:engine|pools|source\/analyze|supervisor|registry|parallel)/,
  },
  {
    what: "the first interpreter of a program: no pools",
    files: ["interpreters/engine.ts"],
    most: 119,
    without: /^interpreters\/pools\//,
  },
];

for (const { what, files, most, without } of STARTS) {
  test(`${files.join(" and ")} load no more than they must: ${what}`, () => {
    const loaded = new Set<string>();
    for (const file of files) loadedWith(file, loaded);
    const listed = [...loaded].sort().join("\n");
    assert.ok(loaded.size <= most, `${loaded.size} modules, at most ${most}:\n${listed}`);
    assert.deepEqual([...loaded].filter((file) => without.test(file)), []);
  });
}

test("interpreters/boot.ts names every module that loadLater() loads, so that it is part of a package", () => {
  const named = namedBy("interpreters/boot.ts");
  const loaded = loadedLater();
  assert(loaded.length > 0);
  const missing = loaded.filter(({ target }) => !named.includes(target));
  assert.deepEqual(missing, [], "loaded later and not named");
});

test("interpreters/boot.ts names nothing that nobody loads, and nothing that is not there", () => {
  const loaded = new Set(loadedLater().map(({ target }) => target));
  // an entry loads the inside of an interpreter by a path that it makes of its own
  assert.match(codeOf("interpreters/entry.ts"), /inside/);
  loaded.add("interpreters/inside.ts");
  // and the thread of the post office starts with a module that is found beside the one that starts it
  assert.match(codeOf("interpreters/office_counter.ts"), /office_worker/);
  loaded.add("interpreters/office_worker.ts");
  // and so does what runs inside of a pool's interpreters
  assert.match(codeOf("interpreters/pools/worker_url.ts"), /pool_worker/);
  loaded.add("interpreters/pools/pool_worker.ts");
  for (const target of namedBy("interpreters/boot.ts")) {
    assert(loaded.has(target), target);
    assert(existsSync(join(ROOT, target)), target);
  }
});
