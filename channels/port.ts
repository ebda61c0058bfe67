/**
 * What anything must do that can be waited on, alone or as a case of a select: try, enlist, withdraw, settle.
 *
 * A {@link Guard} is one operation that may take effect: a receive, a send of one value, a timer, a promise, a signal.
 * A {@link Waiter} is one party that waits on one guard or several, of which exactly one takes effect.
 *
 * *Protocol.* A party first asks its guards, one by one, to `attempt`. If none took effect it makes a waiter and enlists
 * it with each guard. Whoever can serve a guard reserves the waiter, does what must be done on its own side, and then
 * settles it or releases it. A settled waiter is withdrawn from its other guards by its own party.
 *
 * *Invariants.* `settle` is called at most once, and only by who holds the reservation. Between `reserve` and `settle`
 * or `release` nothing is awaited and no code of a user runs. Two waiters are reserved by {@link reserveBoth}, which
 * never takes one of them twice and never leaves one of them reserved when it fails.
 *
 * *Who waits and who wakes.* In one interpreter all of this happens between two turns of the event loop. A waiter that
 * waits on shared memory as well has a ticket there, and `reserve` decides between threads; see `shared_form.ts`.
 *
 * *Source.* Go's `select.go` and `chan.go`; the split in try, enlist, withdraw is crossbeam-channel's `SelectHandle`.
 */

import type { Form } from "./form.ts";
import { FORM, GUARD, SEE_GUARD, SENDING, UNREADY } from "./guard_symbols.ts";

/** What became of an operation. */
export type Settled =
  /** It took effect: the value received, `undefined` for a send. */
  | { readonly is: "done"; readonly value: unknown }
  /** A receive that can never get a value any more; `reason`, in a box, if there was one for closing. */
  | { readonly is: "closed"; readonly reason?: { readonly error: unknown } }
  /** It cannot take effect: a send on a closed channel, anything on a poisoned one, a promise that rejected. */
  | { readonly is: "failed"; readonly error: unknown };

/** One operation that may take effect, bound to what it needs. */
export interface Guard {
  /** Takes effect at once if it can and says how it ended; undefined, and nothing has happened, if it would have to wait. */
  attempt(): Settled | undefined;
  /**
   * Lets `waiter` wait for this guard, as case `index`. May settle the waiter before it returns; then nothing is left behind.
   * One waiter may enlist with several guards of one port, and with one guard once.
   */
  enlist(waiter: Waiter, index: number): void;
  /** Takes back an `enlist`, without trace; no effect if the waiter is not (any more) enlisted. */
  withdraw(waiter: Waiter, index: number): void;
  /** Told when it took effect for a waiter of a select: after an `enlist`, or an attempt `together`. */
  served?(settled: Settled): void;
  /** When it will become ready by itself, on the clock of `performance.now()`: what a blocked thread may count on. */
  readonly due?: number;
  /** Another thread can make it ready, and wakes nobody by it: a blocked thread looks again and again. */
  readonly distant?: boolean;
  /** Of a guard that the clock makes ready: whether neither that nor anybody else ever will again. */
  readonly isIdle?: boolean;
  /** The same operation in shared memory, if that is where the port lives: what other threads can serve. */
  readonly shared?: SharedGuard | undefined;
}

export { FORM, GUARD, SEE_GUARD, SENDING, UNREADY };

/** A case of a select by itself. */
export interface Guarded {
  [GUARD](): Guard;
}

/** What a select can receive from without a guard, as long as that need not wait. */
export interface Receivable {
  [FORM](): Form;
}

/** Something to send to. */
export interface Sendable {
  [SENDING](value: unknown): Guard;
}

/** Where a shared port lives, and what only shared memory can do; made by `shared_form.ts`. */
export interface SharedGuard {
  /** Byte offset of the channel in the shared memory. */
  readonly channel: number;
  /** True for a send. */
  readonly sends: boolean;
  /**
   * Attempts all `guards`, each of which has a `shared`, at one instant: the first in this order that can takes effect;
   * undefined if there was an instant at which none could. Without it they are attempted one after the other.
   */
  together?(guards: readonly Guard[]): { readonly index: number; readonly settled: Settled } | undefined;
  /**
   * Looks for some microseconds, for a thread that is about to block, whether one of `guards`, each of which has a `shared`,
   * can take effect; the first that does. In vain at once where looking is of no use.
   */
  look?(guards: readonly Guard[]): { readonly index: number; readonly settled: Settled } | undefined;
  /**
   * Blocks this thread until `waiter`, which is enlisted here, is settled, or until `deadline` on the clock of
   * `performance.now()` (Infinity: none), or earlier for no reason. A waiter settled by another thread has got its
   * `finish` before this returns.
   */
  block?(waiter: SharableWaiter, deadline: number): void;
}

/** A party that waits; exactly one of the cases it waits for takes effect. */
export interface Waiter {
  /** Byte offset of its ticket in the shared memory, 0 while it waits in this thread alone. */
  readonly ticket: number;
  /** Claims it for the caller: true for one caller at a time, and never again once it was settled or has given up. */
  reserve(): boolean;
  /** Gives a reservation back: the waiter waits on. */
  release(): void;
  /** Under reservation: case `index` took effect, as `settled` says. Final. */
  settle(index: number, settled: Settled): void;
}

/** Decides between threads who may serve a waiter that waits in shared memory as well. */
export interface Arbiter {
  /** As {@link Waiter.reserve}; waits out the reservation of another thread. */
  reserve(): boolean;
  /** As {@link Waiter.release}. */
  release(): void;
  /** Case `index` took effect by a guard of this thread; other threads will not serve it any more. */
  settle(index: number): void;
  /**
   * The waiter waits no more; false if another thread has settled it already, in which case its `finish` follows.
   * Waits out the reservation of another thread.
   */
  giveUp(): boolean;
  /** The waiter is over and withdrawn from all its guards: nothing refers to its ticket any more. */
  close(): void;
}

/** A waiter that can get a ticket while it waits: a shared guard's `enlist` gives it ticket and arbiter when it has none. */
export interface SharableWaiter extends Waiter {
  ticket: number;
  arbiter: Arbiter | undefined;
  /** Another thread has settled it: its outcome, in its own thread and outside of any lock. Instead of `settle`, once. */
  finish(index: number, settled: Settled): void;
}

/**
 * Reserves both or none. False when one of them was served elsewhere meanwhile, or when both are the same party: a
 * select never serves itself.
 *
 * Tickets are taken in order of address, so that two threads that want the same two never wait for each other.
 */
export function reserveBoth(one: Waiter, other: Waiter): boolean {
  if (one === other) return false;
  const [first, second] = one.ticket <= other.ticket ? [one, other] : [other, one];
  if (!first.reserve()) return false;
  if (second.reserve()) return true;
  first.release();
  return false;
}
