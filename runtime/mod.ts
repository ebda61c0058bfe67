/**
 * The ground floor: every difference between Deno, Bun, Node and browsers, behind small interfaces.
 * The inside of an interpreter enters by `inner.ts`, to start fast.
 *
 * @module
 */
export { blockFor, mayBlockThread, sleepOn, spinOnce, whenNotified } from "./blocking.ts";
export { awaitFrom, knowComputers, noteComputing } from "./computing.ts";
export { availableCores } from "./cores.ts";
export { type RuntimeName, runtimeName } from "./detect.ts";
export { environment } from "./environment.ts";
export { holdAlive, releaseAlive } from "./keep_alive.ts";
export { hasEnded, holdLife } from "./life.ts";
export { loadModule, programBase } from "./load.ts";
export { Looking, Watch } from "./looking.ts";
export { checkOptions } from "./options.ts";
export { hop, macrotask } from "./macrotask.ts";
export { movePorts } from "./move_ports.ts";
export { receiveNow } from "./port_now.ts";
export { startTimer } from "./timer.ts";
export { endIsCertain, startThread, type Thread, type ThreadEvents } from "./thread.ts";
