/** The machinery behind the locks' facades: what is waited for at each of them, and how they cross. */
import { channels } from "#engines";
import { LockError } from "../channels/errors.ts";
import type { BlockOptions, WaitOptions } from "../channels/form.ts";
import { LockCore, type LockUse, OVER } from "../channels/lock_core.ts";
import { surroundings } from "../channels/surroundings.ts";
import type { WaitMonitor } from "../channels/wait_monitor.ts";
import {
  ATTENTION_CLOSED,
  ATTENTION_POISONED,
  MODE_BARRIER,
  MODE_COUNTER,
  MODE_GROUP,
  MODE_PERMITS,
  STATUS_CLOSED,
  STATUS_FULL,
  STATUS_OK,
} from "../kernel/heap_layout.ts";
import { checkOptions } from "../runtime/mod.ts";
import { registerKind } from "../sharing/kinds.ts";
import { Guard, Mutex, RWMutex, Semaphore } from "./locks_api.ts";
import { AtomicCounter, Barrier, Once, WaitGroup } from "./meetings_api.ts";

/** Permits of an RWMutex: a reader takes one, a writer all. */
const READERS = 2 ** 30;
/** Most permits, and most parties of a barrier. */
const MOST = 2 ** 31 - 1;

function guard(core: LockCore, amount: number, _index: number, holder: WaitMonitor | undefined): Guard {
  holder?.holds(core.at, amount);
  return new Guard(core as never, amount, holder as never);
}

const LOCK: LockUse = {
  action: (subject) => `Cannot lock ${subject}`,
  late: "it was not free",
  granted: guard,
};

const READ: LockUse = {
  action: (subject) => `Cannot lock ${subject} for reading`,
  late: "it was not free",
  granted: guard,
};

const ACQUIRE: LockUse = {
  action: (subject, amount) => `Cannot acquire ${amount} of ${subject}`,
  late: "there were not enough",
  granted: guard,
};

const MEET: LockUse = {
  action: (subject) => `Cannot wait at ${subject}`,
  late: "not all have come",
  granted: (_core, _amount, index) => index,
};

const DONE: LockUse = {
  action: (subject) => `Cannot wait for ${subject}`,
  late: "not all was done",
  granted: () => undefined,
};

/** Gives the guard of who has to do it, or undefined when it was done. */
const TURN: LockUse = {
  action: (subject) => `Cannot wait for ${subject}`,
  late: "it was not done",
  granted: (core, amount, index, holder) => index === OVER ? undefined : guard(core, amount, index, holder),
};

/** One class of locks: its name on the wire, what messages call it, and its handle for a core. */
interface Kind<T extends object> {
  readonly prototype: T;
  readonly name: string;
  readonly title: string;
  coreOf(lock: T): LockCore;
  make(core: LockCore): T;
}

function registerLock<T extends object>({ prototype, name, title, coreOf, make }: Kind<T>): void {
  registerKind<T>(prototype, {
    name,
    encode(lock, message) {
      return channels().lockLeaves(coreOf(lock), message);
    },
    decode(at: number) {
      const core = channels().lockAt(title, at);
      return (core.handle ?? make(core)) as T;
    },
  });
}

/** Lets locks cross; called once, before anything else is used. */
export function install(): void {
  registerLock({
    prototype: Mutex.prototype,
    name: "Mutex",
    title: "mutex",
    coreOf: Mutex.coreOf,
    make: (core) => new Mutex(core as never),
  });
  registerLock({
    prototype: RWMutex.prototype,
    name: "RWMutex",
    title: "RWMutex",
    coreOf: RWMutex.coreOf,
    make: (core) => new RWMutex(core as never),
  });
  registerLock({
    prototype: Semaphore.prototype,
    name: "Semaphore",
    title: "semaphore",
    coreOf: Semaphore.coreOf,
    make: (core) => new Semaphore(core as never),
  });
  registerLock({
    prototype: Barrier.prototype,
    name: "Barrier",
    title: "barrier",
    coreOf: Barrier.coreOf,
    make: (core) => new Barrier(core as never),
  });
  registerLock({
    prototype: WaitGroup.prototype,
    name: "WaitGroup",
    title: "wait group",
    coreOf: WaitGroup.coreOf,
    make: (core) => new WaitGroup(core as never),
  });
  registerLock({
    prototype: Once.prototype,
    name: "Once",
    title: "once",
    coreOf: Once.coreOf,
    make: (core) => new Once(core as never),
  });
  registerLock({
    prototype: AtomicCounter.prototype,
    name: "AtomicCounter",
    title: "counter",
    coreOf: AtomicCounter.coreOf,
    make: (core) => new AtomicCounter(core as never),
  });
}

// Making them. `given`: what a constructor was given, or the core of a lock that has come from elsewhere.

/** See `new Mutex`. */
export function openMutex(given: unknown): LockCore {
  return given instanceof LockCore ? given : open("mutex", MODE_PERMITS, 1, given);
}

/** See `new RWMutex`. */
export function openRWMutex(given: unknown): LockCore {
  return given instanceof LockCore ? given : open("RWMutex", MODE_PERMITS, READERS, given);
}

/** See `new Semaphore`. */
export function openSemaphore(given: unknown, options: unknown): LockCore {
  if (given instanceof LockCore) return given;
  checkInteger("Cannot create semaphore: n", given, 1, MOST);
  return open("semaphore", MODE_PERMITS, given, options);
}

/** See `new Barrier`. */
export function openBarrier(given: unknown, options: unknown): LockCore {
  if (given instanceof LockCore) return given;
  checkInteger("Cannot create barrier: n", given, 1, MOST);
  return open("barrier", MODE_BARRIER, given, options);
}

/** See `new WaitGroup`. */
export function openWaitGroup(given: unknown): LockCore {
  return given instanceof LockCore ? given : open("wait group", MODE_GROUP, 0, given);
}

/** See `new Once`. */
export function openOnce(given: unknown): LockCore {
  return given instanceof LockCore ? given : open("once", MODE_PERMITS, 1, given);
}

/** See `new AtomicCounter`. */
export function openCounter(given: unknown): LockCore {
  if (given instanceof LockCore) return given;
  checkInteger("Cannot create counter: start", given, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const core = open("counter", MODE_COUNTER, 0, undefined);
  addToCounter(core, given);
  return core;
}

function open(kind: string, mode: number, total: number, options: unknown): LockCore {
  const action = `Cannot create ${kind}`;
  checkOptions(action, options, ["name"]);
  const { name = "" } = (options ?? {}) as { name?: unknown };
  if (typeof name !== "string") {
    throw new TypeError(`${action}: name is of type ${typeof name}; pass a string`);
  }
  return channels().openLock(kind, mode, total, name);
}

function checkInteger(what: string, value: unknown, least: number, most: number): asserts value is number {
  if (typeof value !== "number") {
    throw new TypeError(`${what} is of type ${typeof value}; pass an integer`);
  }
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = least === Number.MIN_SAFE_INTEGER ? "a safe integer" : `an integer of at least ${least}`;
    throw new RangeError(`${what} is ${value}; pass ${range}${value > most ? `, at most ${most}` : ""}`);
  }
}

// Mutex, RWMutex, Semaphore

/** See `Mutex.lock`. */
export function lock(core: LockCore, options: WaitOptions | undefined): Promise<Guard> {
  return core.take(LOCK, core.total, options) as Promise<Guard>;
}

/** See `Mutex.lockSync`. */
export function lockSync(core: LockCore, options: BlockOptions | undefined): Guard {
  return core.takeSync(LOCK, core.total, options) as Guard;
}

/** See `Mutex.tryLock`. */
export function tryLock(core: LockCore): Guard | undefined {
  return core.tryTake(LOCK, core.total) as Guard | undefined;
}

/** See `RWMutex.rLock`. */
export function readLock(core: LockCore, options: WaitOptions | undefined): Promise<Guard> {
  return core.take(READ, 1, options) as Promise<Guard>;
}

/** See `RWMutex.rLockSync`. */
export function readLockSync(core: LockCore, options: BlockOptions | undefined): Guard {
  return core.takeSync(READ, 1, options) as Guard;
}

/** See `RWMutex.tryRLock`. */
export function tryReadLock(core: LockCore): Guard | undefined {
  return core.tryTake(READ, 1) as Guard | undefined;
}

/** See `Semaphore.acquire`. */
export function acquire(core: LockCore, k: number, options: WaitOptions | undefined): Promise<Guard> {
  try {
    checkAmount(core, k);
  } catch (error) {
    return Promise.reject(error);
  }
  return core.take(ACQUIRE, k, options) as Promise<Guard>;
}

/** See `Semaphore.acquireSync`. */
export function acquireSync(core: LockCore, k: number, options: BlockOptions | undefined): Guard {
  checkAmount(core, k);
  return core.takeSync(ACQUIRE, k, options) as Guard;
}

/** See `Semaphore.tryAcquire`. */
export function tryAcquire(core: LockCore, k: number): Guard | undefined {
  checkAmount(core, k);
  return core.tryTake(ACQUIRE, k) as Guard | undefined;
}

function checkAmount(core: LockCore, k: unknown): void {
  const { total } = core;
  if (Number.isInteger(k) && (k as number) >= 1 && (k as number) <= total) return;
  checkInteger(`Cannot acquire of ${core.subject}: k`, k, 1, total);
}

// Barrier, WaitGroup

/** See `Barrier.wait`. */
export function meet(core: LockCore, options: WaitOptions | undefined): Promise<number> {
  return core.take(MEET, 1, options) as Promise<number>;
}

/** See `Barrier.waitSync`. */
export function meetSync(core: LockCore, options: BlockOptions | undefined): number {
  return core.takeSync(MEET, 1, options) as number;
}

/** Whether a party was lost. */
export function isBroken(core: LockCore): boolean {
  return (core.heap.attention(core.at) & ATTENTION_POISONED) !== 0;
}

/** See `WaitGroup.add`. */
export function addToGroup(core: LockCore, k: unknown): void {
  checkInteger(`Cannot add to ${core.subject}: k`, k, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const status = core.addToGroup(k);
  if (status === STATUS_OK) return;
  if (status === STATUS_CLOSED) {
    throw new LockError(
      `Cannot count ${core.subject} down by ${-k}: it waits for ${core.count}; call add() before the work begins`,
    );
  }
  if (status === STATUS_FULL) {
    throw new RangeError(`Cannot add ${k} to ${core.subject}: it waits for ${core.count} already`);
  }
  throw surroundings.whyCutOff();
}

/** See `WaitGroup.wait`. */
export function waitForAll(core: LockCore, options: WaitOptions | undefined): Promise<void> {
  return core.take(DONE, 1, options) as Promise<void>;
}

/** See `WaitGroup.waitSync`. */
export function waitForAllSync(core: LockCore, options: BlockOptions | undefined): void {
  core.takeSync(DONE, 1, options);
}

// Once, AtomicCounter

/** See `Once.do`. */
export async function runOnce(core: LockCore, fn: unknown, options?: WaitOptions): Promise<boolean> {
  checkFunction(core, fn);
  const turn = await core.take(TURN, 1, options) as Guard | undefined;
  if (turn === undefined) return false;
  try {
    await fn();
    core.finish();
  } finally {
    turn.release();
  }
  return true;
}

/** See `Once.doSync`. */
export function runOnceSync(core: LockCore, fn: unknown, options?: BlockOptions): boolean {
  checkFunction(core, fn);
  const turn = core.takeSync(TURN, 1, options) as Guard | undefined;
  if (turn === undefined) return false;
  try {
    const result: unknown = fn();
    if (typeof (result as PromiseLike<unknown> | undefined)?.then === "function") {
      throw new TypeError(`Cannot finish ${core.subject}: fn has returned a promise; use do()`);
    }
    core.finish();
  } finally {
    turn.release();
  }
  return true;
}

function checkFunction(core: LockCore, fn: unknown): asserts fn is () => unknown {
  if (typeof fn === "function") return;
  throw new TypeError(`Cannot use ${core.subject}: fn is of type ${typeof fn}; pass a function`);
}

/** Whether it was done. */
export function isDone(core: LockCore): boolean {
  return (core.heap.attention(core.at) & ATTENTION_CLOSED) !== 0;
}

/** See `AtomicCounter.add`. */
export function addToCounter(core: LockCore, k: unknown): number {
  if (!Number.isSafeInteger(k)) {
    checkInteger("Cannot add to the counter: k", k, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  }
  const value = core.heap.kernel.addToCounter(core.at, k as number);
  if (value !== value) throw surroundings.whyCutOff();
  if (value !== Infinity) return value;
  throw new RangeError(
    `Cannot add ${k} to the counter: it is ${core.count}, the sum would be no safe integer`,
  );
}
