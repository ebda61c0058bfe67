/** The machinery behind the facades, loaded along with them: `#engines` on Deno and in browsers. See `engines_lazy.ts`. */
import * as engine from "../interpreters/engine.ts";
import * as processes from "../csp/engine.ts";
import type { Csp, Interpreters } from "./engines_lazy.ts";

let installed = false;

/** The machinery of `interpreters/`. */
export function interpreters(): Interpreters {
  if (!installed) {
    installed = true;
    engine.install();
  }
  return engine;
}

/** The machinery of `csp/`. */
export function csp(): Csp {
  interpreters();
  return processes;
}
