/** The machinery behind the facades, loaded along with them: `#engines` on Deno and in browsers. See `engines_lazy.ts`. */
import * as ofChannels from "./channels/engine.ts";
import * as ofCsp from "./csp/engine.ts";
import * as ofLocks from "./csp/locks.ts";
import * as ofOperators from "./channels/operators.ts";
import * as ofSource from "./interpreters/source/analyze.ts";
import type {
  Analyzer,
  Channels,
  Csp,
  Interpreters,
  Locks,
  Operators,
  Pools,
  Sharing,
  Surroundings,
} from "./engines_lazy.ts";
import * as ofInterpreters from "./interpreters/engine.ts";
import * as ofPools from "./interpreters/pools/engine.ts";
import * as ofSurroundings from "./interpreters/channel_surroundings.ts";
import * as ofSharing from "./sharing/engine.ts";

let installed = false;
let installedChannels = false;
let installedCsp = false;
let installedLocks = false;
let installedOperators = false;
let installedSurroundings = false;

/** The machinery of `sharing/`. */
export function sharing(): Sharing {
  return ofSharing;
}

/** The machinery of `channels/`. */
export function channels(): Channels {
  if (!installedChannels) {
    installedChannels = true;
    surroundings();
    ofChannels.install(locks);
  }
  return ofChannels;
}

/** What channels must know of the code around them. */
export function surroundings(): Surroundings {
  if (!installedSurroundings) {
    installedSurroundings = true;
    ofSurroundings.install();
  }
  return ofSurroundings;
}

/** The operators of `channels/`, which wait by the select of `csp/`. */
export function operators(): Operators {
  if (!installedOperators) {
    installedOperators = true;
    ofOperators.install(csp().select);
  }
  return ofOperators;
}

/** The machinery of `interpreters/`. */
export function interpreters(): Interpreters {
  if (!installed) {
    installed = true;
    surroundings();
    ofInterpreters.install();
  }
  return ofInterpreters;
}

/** The machinery of pools. */
export function pools(): Pools {
  interpreters();
  return ofPools;
}

/** What reads functions that are sent. */
export function analyzer(): Analyzer {
  return ofSource;
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

/** The locks of `csp/`. */
export function locks(): Locks {
  if (!installedLocks) {
    installedLocks = true;
    channels();
    ofLocks.install();
  }
  return ofLocks;
}
