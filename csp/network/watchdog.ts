/**
 * Sees whether processes of a network are at rest, and whether they will be for ever.
 *
 * A process publishes in the network's block what it waits in (`membership.ts`), after it has enlisted there; so at any instant at
 * which all processes wait in operations that nobody has served, nothing is under way. Two looks that find the same record, by its
 * counter, have found a wait that lasted from one to the other; if that is so for all of them, there was such an instant: between the
 * end of the first look and the beginning of the second. A ticket that another thread has settled, which its owner may not have noticed
 * yet, is progress.
 *
 * *Why it is never wrong.* What could end a wait is known: the waits count only if they are for ports, whose other ends are with
 * processes of the network alone (not shared, nothing injected), without signal or timeout; and if nothing but these waits can make
 * the process go on, which was read from its function or promised (`watch`). Waits for locks that were not sent to it, and for nothing,
 * count only where it was read that no other code of the process could have made them. Everything else counts as running.
 */
import { channels } from "#engines";
import type { MemberRecord, RecordedWait } from "../../interpreters/network_block.ts";
import { ELSEWHERE, HELD, OPEN } from "../../interpreters/network_block.ts";
import { CLAIM_WAITING, TICKET_CLAIM, TICKET_USES } from "../../kernel/heap_layout.ts";
import type { WaitingProcess } from "../network_errors.ts";
import { LockWatch, nameOf } from "./lock_watch.ts";
import type { Run } from "./run.ts";

/** The channel that a process is said to wait for which waits for nothing. */
export const NOTHING = "never";

/** See the file's description. */
export class Watchdog {
  readonly #run: Run;
  /** What the last look found: the counters of those that it saw waiting for each other. */
  #seen: readonly number[] | undefined;
  /** Of the last looks whether some of them are at rest, by the first of them. */
  readonly #resting = new Map<number, readonly number[]>();

  constructor(run: Run) {
    this.#run = run;
  }

  /** The last look does not count. */
  forget(): void {
    this.#seen = undefined;
  }

  /** Who waits for what, if all processes that live do so for ever; at the earliest with the second look. */
  look(): WaitingProcess[] | undefined {
    const before = this.#seen;
    this.#seen = undefined;
    const counters: number[] = [];
    const waiting: WaitingProcess[] = [];
    const locks = new LockWatch();
    for (const [n, { end }] of this.#run.members.entries()) {
      if (end !== undefined) continue;
      const read = this.#recordOf(n);
      if (read === undefined || !read.waits.every((wait) => this.#isEndless(n, wait))) return undefined;
      counters.push(n, read.counter);
      for (const wait of read.waits) {
        waiting.push(this.describe(n, wait));
        if (wait.operation === "lock") locks.waits(wait);
      }
      locks.holds(read.holds.filter(({ lock }) => this.#countsLock(n, lock)));
    }
    if (!locks.areEndless()) return undefined;
    this.#seen = counters;
    return same(before, counters) && waiting.length > 0 ? waiting : undefined;
  }

  /** Whether `members` have done nothing since this was asked last, all of them waiting in operations. */
  atRest(members: readonly number[]): boolean {
    const key = members[0]!;
    const before = this.#resting.get(key);
    this.#resting.delete(key);
    const counters: number[] = [];
    for (const n of members) {
      const read = this.#recordOf(n);
      if (read === undefined) return false;
      counters.push(n, read.counter);
    }
    this.#resting.set(key, counters);
    return same(before, counters);
  }

  /** A wait of process `n`, in words. */
  describe(n: number, { operation, ports, elsewhere }: RecordedWait): WaitingProcess {
    const { members, graph } = this.#run;
    const { node, name } = members[n]!;
    const { links } = graph.nodes[node]!;
    const names: string[] = [];
    for (const [i, link] of links.entries()) if ((ports & 1 << i) !== 0) names.push(graph.links[link]!.name);
    if (names.length === 0 && elsewhere !== 0) {
      names.push(operation === "lock" ? nameOf(elsewhere) : channels().nameAt(elsewhere));
    }
    if (ports === 0) names.push(NOTHING);
    return { process: name, operation, channel: [...new Set(names)].join(", ") };
  }

  /** The record of process `n`, if it waits in operations that nobody has served and does nothing else that is known. */
  #recordOf(n: number): MemberRecord | undefined {
    const { block, members } = this.#run;
    members[n]!.here?.refresh();
    if (block.load(n, HELD) !== 0) return undefined;
    const read = block.readRecord(n);
    if (read === undefined || read.count === 0 || read.count > block.recorded) return undefined;
    return read.waits.every(isUnserved) ? read : undefined;
  }

  /** Whether nothing but a process of the network can end the wait; of a lock, {@link LockWatch} says that. */
  #isEndless(n: number, { operation, ports, elsewhere }: RecordedWait): boolean {
    const { members, graph, block, injected } = this.#run;
    const { watch, node } = members[n]!;
    if (watch === false || (ports & OPEN) !== 0) return false;
    if (operation === "lock") return this.#countsLock(n, elsewhere);
    if (ports === 0) return watch !== "ports";
    if ((ports & ELSEWHERE) !== 0) return watch === "elsewhere";
    return graph.nodes[node]!.links.every(function isClosed(link, i) {
      return (ports & 1 << i) === 0 || !block.isShared(link) && !injected.has(link);
    });
  }

  /** Whether what process `n` has and wants of a lock is its function's own, so that it stays so while that waits. */
  #countsLock(n: number, lock: number): boolean {
    const { watch, locks } = this.#run.members[n]!;
    return watch !== false && (watch !== "ports" || locks.has(lock));
  }
}

function same(one: readonly number[] | undefined, other: readonly number[]): boolean {
  return one !== undefined && one.length === other.length && one.every((value, i) => value === other[i]);
}

/** Whether no thread has served the operation, or is about to. */
function isUnserved({ ticket, use }: RecordedWait): boolean {
  if (ticket === 0) return true;
  const heap = channels().heapHere();
  return heap.load(ticket + TICKET_CLAIM) === CLAIM_WAITING && heap.load(ticket + TICKET_USES) === use;
}
