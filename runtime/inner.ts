/**
 * The ground floor's door for the inside of an interpreter: what it needs to start, and no more (see `mod.ts`).
 *
 * @module
 */
export { type Context, createContext } from "./context.ts";
export { flushed } from "./output.ts";
export { refuseThreads } from "./guard.ts";
export { loadLater } from "./load_later.ts";
export { evaluate, loadModule, setProgramBase } from "./load.ts";
export { type EarlyPort, openScope, type Scope } from "./scope.ts";
