/**
 * The machinery behind the facades, loaded at first use: `#engines` on Node and Bun.
 *
 * `create`, `go` and the checks of what can be sent are synchronous, so the machinery cannot come by `import()`; `require` of
 * a module is synchronous and gives the same instance. Node pays about 0.5 ms for every module, and more for
 * TypeScript, so a program that only imports the library should not load all of it. Deno loads modules for a tenth of that,
 * and its `require` would need `--allow-read`: there, and where no condition of package.json applies, the eager twin stands in.
 *
 * It imports nothing and so names runtimes outside of `runtime/`: whoever imports the library on Node or Bun loads it.
 */
/** What `sharing/engine.ts` exports. */
export type Sharing = typeof import("./sharing/engine.ts");
/** What `channels/engine.ts` exports. */
export type Channels = typeof import("./channels/engine.ts");
/** What `channels/operators.ts` exports. */
export type Operators = typeof import("./channels/operators.ts");
/** What `interpreters/engine.ts` exports. */
export type Interpreters = typeof import("./interpreters/engine.ts");
/** What `interpreters/channel_surroundings.ts` exports. */
export type Surroundings = typeof import("./interpreters/channel_surroundings.ts");
/** What `interpreters/pools/engine.ts` exports. */
export type Pools = typeof import("./interpreters/pools/engine.ts");
/** What `interpreters/source/analyze.ts` exports: what reads functions, with the parser. */
export type Analyzer = typeof import("./interpreters/source/analyze.ts");
/** What `csp/engine.ts` exports. */
export type Csp = typeof import("./csp/engine.ts");
/** What `csp/locks.ts` exports. */
export type Locks = typeof import("./csp/locks.ts");

let loadedSharing: Sharing | undefined;
let loadedChannels: Channels | undefined;
let loadedOperators: Operators | undefined;
let loadedInterpreters: Interpreters | undefined;
let loadedSurroundings: Surroundings | undefined;
let loadedPools: Pools | undefined;
let loadedAnalyzer: Analyzer | undefined;
let loadedCsp: Csp | undefined;
let loadedLocks: Locks | undefined;

/** The machinery of `sharing/`. */
export function sharing(): Sharing {
  return loadedSharing ??= loadNow("./sharing/engine") as Sharing;
}

/** The machinery of `channels/`. */
export function channels(): Channels {
  if (loadedChannels === undefined) {
    surroundings();
    loadedChannels = loadNow("./channels/engine") as Channels;
    loadedChannels.install(locks);
  }
  return loadedChannels;
}

/** What channels must know of the code around them: all of `interpreters/` that an interpreter which has channels needs. */
export function surroundings(): Surroundings {
  if (loadedSurroundings === undefined) {
    loadedSurroundings = loadNow("./interpreters/channel_surroundings") as Surroundings;
    loadedSurroundings.install();
  }
  return loadedSurroundings;
}

/** The operators of `channels/`, which wait by the select of `csp/`. */
export function operators(): Operators {
  if (loadedOperators === undefined) {
    loadedOperators = loadNow("./channels/operators") as Operators;
    loadedOperators.install(csp().select);
  }
  return loadedOperators;
}

/** The machinery of `interpreters/`. */
export function interpreters(): Interpreters {
  if (loadedInterpreters === undefined) {
    surroundings();
    loadedInterpreters = loadNow("./interpreters/engine") as Interpreters;
    loadedInterpreters.install();
  }
  return loadedInterpreters;
}

/** The machinery of pools. */
export function pools(): Pools {
  if (loadedPools === undefined) {
    interpreters();
    loadedPools = loadNow("./interpreters/pools/engine") as Pools;
  }
  return loadedPools;
}

/** What reads functions that are sent; loaded with the first one. */
export function analyzer(): Analyzer {
  return loadedAnalyzer ??= loadNow("./interpreters/source/analyze") as Analyzer;
}

/** The machinery of `csp/`. */
export function csp(): Csp {
  if (loadedCsp === undefined) {
    interpreters();
    loadedCsp = loadNow("./csp/engine") as Csp;
    loadedCsp.install();
  }
  return loadedCsp;
}

/** The locks of `csp/`. */
export function locks(): Locks {
  if (loadedLocks === undefined) {
    channels();
    loadedLocks = loadNow("./csp/locks") as Locks;
    loadedLocks.install();
  }
  return loadedLocks;
}

/** What this file uses of `process`. */
interface NodeProcess {
  readonly env: Record<string, string | undefined>;
  getBuiltinModule(name: "node:module"): NodeModule;
}

/** What this file uses of `node:module`. */
interface NodeModule {
  createRequire(from: string): (path: string) => unknown;
  enableCompileCache?(): void;
}

/** Loads the module at `path`, which has no suffix: the same instance that `import` gives. */
function loadNow(path: string): unknown {
  const from = import.meta.url;
  const suffix = from.endsWith(".js") ? ".js" : ".ts";
  const { process } = globalThis as unknown as { process: NodeProcess };
  const node = process.getBuiltinModule("node:module");
  // Run from source on Node, types are stripped once and the result is kept; see `runtime/node_thread.ts`.
  if (suffix === ".ts" && !("Bun" in globalThis) && !process.env["NODE_V8_COVERAGE"]) {
    node.enableCompileCache?.();
  }
  return node.createRequire(from)(path + suffix);
}
