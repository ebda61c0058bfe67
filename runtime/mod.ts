/**
 * The ground floor: every difference between Deno, Bun, Node and browsers, behind small interfaces.
 * The boot module imports `scope.ts` alone, to start fast.
 *
 * @module
 */
export { type Context, createContext } from "./context.ts";
export { availableCores } from "./cores.ts";
export { type RuntimeName, runtimeName } from "./detect.ts";
export { refuseThreads } from "./guard.ts";
export { holdAlive, releaseAlive } from "./keep_alive.ts";
export { evaluate, loadModule, programBase, setProgramBase } from "./load.ts";
export { checkOptions } from "./options.ts";
export type { Scope } from "./scope.ts";
export { macrotask } from "./macrotask.ts";
export { startThread, type Thread, type ThreadEvents } from "./thread.ts";
