/**
 * The machinery behind the facades, loaded at first use: `#engines` on Node and Bun.
 *
 * `create` and the checks of what can be sent are synchronous, so the machinery cannot come by `import()`; `require` of
 * a module is synchronous and gives the same instance. Node pays about 0.5 ms for every module, and more for
 * TypeScript, so a program that only imports the library should not load all of it. Deno loads modules for a tenth of that,
 * and its `require` would need `--allow-read`: there, and where no condition of package.json applies, the eager twin stands in.
 */
import { loadNow } from "./runtime/load_now.ts";

/** What `sharing/engine.ts` exports. */
export type Sharing = typeof import("./sharing/engine.ts");
/** What `interpreters/engine.ts` exports. */
export type Interpreters = typeof import("./interpreters/engine.ts");
/** What `csp/engine.ts` exports. */
export type Csp = typeof import("./csp/engine.ts");

let loadedSharing: Sharing | undefined;
let loadedInterpreters: Interpreters | undefined;
let loadedCsp: Csp | undefined;

/** The machinery of `sharing/`. */
export function sharing(): Sharing {
  return loadedSharing ??= loadNow("./sharing/engine", import.meta.url) as Sharing;
}

/** The machinery of `interpreters/`. */
export function interpreters(): Interpreters {
  if (loadedInterpreters === undefined) {
    loadedInterpreters = loadNow("./interpreters/engine", import.meta.url) as Interpreters;
    loadedInterpreters.install();
  }
  return loadedInterpreters;
}

/** The machinery of `csp/`. */
export function csp(): Csp {
  if (loadedCsp === undefined) {
    interpreters();
    loadedCsp = loadNow("./csp/engine", import.meta.url) as Csp;
    loadedCsp.install();
  }
  return loadedCsp;
}
