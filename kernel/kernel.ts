/**
 * The kernel as this interpreter sees it: the hot functions over the shared memory, compiled from `wasm/`.
 *
 * Offsets come back as signed 32-bit integers; whoever keeps one writes `>>> 0`.
 */
import { KERNEL_CODE } from "./kernel_code.ts";

/** What the module exports; contracts stand with the functions in `wasm/`. */
export interface Kernel {
  begin(slot: number): void;
  enter(): number;
  leave(status: number): number;
  allocate(bytes: number, kind: number): number;
  classAt(block: number): number;
  fill(page: number, size: number): void;
  free(block: number): void;
  isFree(from: number, to: number): number;
  announce(ticket: number, number: number, owner: number): void;
  release(ticket: number): void;
  reserve(ticket: number): number;
  ring(desk: number): void;
  settle(ticket: number, index: number, status: number): void;
  inherit(channel: number, dead: number): number;
  lock(channel: number): void;
  unlock(channel: number): void;
  link(channel: number, node: number): void;
  unlink(channel: number, node: number): void;
  close(channel: number, poison: number, reason: number): number;
  collect(ticket: number, keep: number): number;
  drain(channel: number): number;
  enlist(node: number): number;
  giveUp(ticket: number): number;
  glance(channel: number, sends: number): number;
  match(channel: number): void;
  readyTogether(cases: number, count: number): number;
  receive(channel: number): number;
  receiveIntegers(channel: number, to: number, count: number): number;
  receiveNumbers(channel: number, to: number, count: number): number;
  seal(channel: number): void;
  sendNumber(channel: number, value: number): number;
  sendIntegers(channel: number, from: number, count: number): number;
  sendNumbers(channel: number, from: number, count: number): number;
  sendTag(channel: number, tag: number, low: number): number;
  setNumber(node: number, value: number): void;
  setTag(node: number, tag: number, low: number): void;
  size(channel: number): number;
  startReceive(channel: number, ticket: number): number;
  startSendNumber(channel: number, ticket: number, value: number): number;
  startSendTag(channel: number, ticket: number, tag: number, low: number): number;
  withdraw(node: number): number;
  clearHolder(channel: number, slot: number): number;
  create(capacity: number, mode: number): number;
  dispose(channel: number): void;
  endFlight(channel: number, noted: number): number;
  holds(channel: number, slot: number): number;
  setHolder(channel: number): void;
  addEnd(channel: number, sends: number): number;
  catchUp(channel: number): void;
  markAfter(channel: number, sends: number): void;
  claimEnd(end: number, word: number): number;
  give(block: number, word: number): void;
  giveFirst(block: number, word: number): number;
  own(block: number): number;
  putBack(channel: number): number;
  putBackEnd(end: number): number;
  take(word: number): number;
  takeBack(block: number): number;
  takeUp(channel: number): number;
  takeUpEnd(end: number): number;
  written(block: number, count: number): void;
  retireEnd(end: number, keep: number): number;
  acquire(lock: number, amount: number): number;
  addToCounter(counter: number, k: number): number;
  addToGroup(group: number, k: number): number;
  countOf(lock: number): number;
  createLock(mode: number, total: number): number;
  dropHeld(lock: number, slot: number): void;
  heldBy(lock: number, slot: number): number;
  mendLock(lock: number, slot: number): void;
  moveCounter(counter: number, before: number, after: number): number;
  releaseLock(lock: number, amount: number): number;
  startAcquire(lock: number, ticket: number, amount: number): number;
}

/** What the kernel asks of JavaScript. */
export interface KernelHost {
  /** One turn of waiting for a thread that holds a lock or a reservation; `spins`: how many there were. */
  pause(spins: number): void;
  /** A stop point was reached; in the build for tests alone. The operation goes on when this returns. */
  halt?(): void;
}

/** Starts the kernel over `memory` for the interpreter in `slot`. `code`: another build of it, for tests. */
export function openKernel(
  memory: WebAssembly.Memory,
  slot: number,
  host: KernelHost,
  code: string = KERNEL_CODE,
): Kernel {
  const bytes = Uint8Array.from(atob(code), function codeUnit(char) {
    return char.charCodeAt(0);
  });
  const env = { memory, pause: host.pause, halt: host.halt ?? function never() {} };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
  const kernel = instance.exports as unknown as Kernel;
  kernel.begin(slot);
  return kernel;
}
