/**
 * What networks must know of locks that processes wait for: which of these waits can end while the others do not.
 *
 * *Why it is never wrong.* All of this holds of processes that have been at rest since they were read, and those that the
 * watchdog confirms. What they hold, they hold until they go on; so who wants more than all the rest of a lock is not
 * served before, whatever others do with that rest. And permits are given in order of arrival: nobody passes him, so those
 * behind him are not served either. What a process has told of is never more than it holds (`channels/wait_monitor.ts`),
 * and what it waits for stands in its ticket, which is its own as long as it waits.
 */
import { channels } from "#engines";
import type { RecordedHold, RecordedWait } from "../../interpreters/network_block.ts";
import {
  CHANNEL_MODE,
  LOCK_TOTAL,
  MODE_PERMITS,
  NODE_ARRIVAL,
  NODE_VALUE,
  TICKET_NODE,
} from "../../kernel/heap_layout.ts";
import { Mutex, RWMutex, Semaphore } from "../locks_api.ts";

/** See the file's description. */
export class LockWatch {
  /** Permits that the processes hold, by lock. */
  readonly #held = new Map<number, number>();
  readonly #waits = new Set<RecordedWait>();

  /** A process at rest holds these, and only it can give them back. */
  holds(holds: readonly RecordedHold[]): void {
    for (const { lock, amount } of holds) this.#held.set(lock, (this.#held.get(lock) ?? 0) + amount);
  }

  /** A process at rest waits so, until that is served. */
  waits(wait: RecordedWait): void {
    this.#waits.add(wait);
  }

  /** Whether none of the waits can end before another one has; to be asked once all have been told of. */
  areEndless(): boolean {
    const stuck = new Map<number, bigint>();
    for (const wait of this.#waits) {
      if (!this.#wantsTooMuch(wait)) continue;
      const arrival = arrivalOf(wait);
      const first = stuck.get(wait.elsewhere);
      if (first === undefined || arrival < first) stuck.set(wait.elsewhere, arrival);
    }
    return [...this.#waits].every(function isEndless(wait) {
      const first = stuck.get(wait.elsewhere);
      return first !== undefined && first <= arrivalOf(wait);
    });
  }

  #wantsTooMuch({ elsewhere: lock, ticket }: RecordedWait): boolean {
    const heap = channels().heapHere();
    if (ticket === 0 || heap.load(lock + CHANNEL_MODE) !== MODE_PERMITS) return false;
    const at = ticket + TICKET_NODE + NODE_VALUE;
    const wanted = heap.view(at + 8).getFloat64(at, true);
    return heap.load(lock + LOCK_TOTAL) - (this.#held.get(lock) ?? 0) < wanted;
  }
}

/** The place of a wait in the order of arrival; locks are waited for by a ticket's own node. */
function arrivalOf({ ticket }: RecordedWait): bigint {
  const at = ticket + TICKET_NODE + NODE_ARRIVAL;
  return Atomics.load(channels().heapHere().longs(at), at / 8);
}

/** The locks among what a function that is sent is given, by their offsets: nobody else in its process has got them. */
export function locksIn(args: readonly unknown[]): Set<number> {
  const found = new Set<number>();
  for (const arg of args) {
    for (const value of Array.isArray(arg) ? arg : isPlainObject(arg) ? Object.values(arg) : [arg]) {
      if (value instanceof Mutex) found.add(Mutex.coreOf(value).at);
      else if (value instanceof RWMutex) found.add(RWMutex.coreOf(value).at);
      else if (value instanceof Semaphore) found.add(Semaphore.coreOf(value).at);
    }
  }
  return found;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** What messages call a lock. */
export function nameOf(offset: number): string {
  return channels().nameAt(offset) || `#${offset.toString(16)}`;
}
