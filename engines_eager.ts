/** The machinery behind the facades, loaded along with them: `#engines` on Deno and in browsers. See `engines_lazy.ts`. */
import * as ofCsp from "./csp/engine.ts";
import type { Csp, Interpreters, Sharing } from "./engines_lazy.ts";
import * as ofInterpreters from "./interpreters/engine.ts";
import * as ofSharing from "./sharing/engine.ts";

let installed = false;
let installedCsp = false;

/** The machinery of `sharing/`. */
export function sharing(): Sharing {
  return ofSharing;
}

/** The machinery of `interpreters/`. */
export function interpreters(): Interpreters {
  if (!installed) {
    installed = true;
    ofInterpreters.install();
  }
  return ofInterpreters;
}

/** The machinery of `csp/`. */
export function csp(): Csp {
  if (!installedCsp) {
    installedCsp = true;
    interpreters();
    ofCsp.install();
  }
  return ofCsp;
}
