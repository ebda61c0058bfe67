/**
 * The machinery behind the facades, loaded at first use: `#engines` on Node and Bun.
 *
 * `create` and the checks of what can be sent are synchronous, so the machinery cannot come by `import()`; `require` of
 * a module is synchronous and gives the same instance. Node pays about 0.5 ms for every module, and more for
 * TypeScript, so a program that only imports the library should not load all of it. Deno loads modules for a tenth of that,
 * and its `require` would need `--allow-read`: there, and where no condition of package.json applies, the eager twin stands in.
 *
 * Like `interpreters/library.ts` it names folders above its own: only here, and as text.
 */
import { builtin, globals, runtimeName } from "./detect.ts";

/** What `interpreters/engine.ts` exports. */
export type Interpreters = typeof import("../interpreters/engine.ts");
/** What `csp/engine.ts` exports. */
export type Csp = typeof import("../csp/engine.ts");

/** What this file uses of `node:module`. */
interface NodeModule {
  createRequire(from: string): (path: string) => unknown;
  enableCompileCache?(): void;
}

const suffix = import.meta.url.endsWith(".js") ? ".js" : ".ts";
let loadedInterpreters: Interpreters | undefined;
let loadedCsp: Csp | undefined;

function load(module: string): unknown {
  const node = builtin<NodeModule>("node:module");
  // Run from source on Node, the machinery's types are stripped once and kept; see `node_thread.ts`.
  if (suffix === ".ts" && runtimeName === "node" && !globals.process?.env["NODE_V8_COVERAGE"]) node.enableCompileCache?.();
  return node.createRequire(import.meta.url)(`${module}${suffix}`);
}

/** The machinery of `interpreters/`. */
export function interpreters(): Interpreters {
  if (loadedInterpreters === undefined) {
    loadedInterpreters = load("../interpreters/engine") as Interpreters;
    loadedInterpreters.install();
  }
  return loadedInterpreters;
}

/** The machinery of `csp/`. */
export function csp(): Csp {
  interpreters();
  return loadedCsp ??= load("../csp/engine") as Csp;
}
