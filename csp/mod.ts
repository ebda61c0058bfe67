/**
 * Processes from the inside: who am I, has anybody given up on me, and waiting. `go`, `select` and networks follow.
 *
 * @module
 */
export { type CurrentProcess, currentProcess, sleep, yieldNow } from "./api.ts";
