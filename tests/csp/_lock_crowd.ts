/** Who works on a lock in a test: parties in this thread, or in interpreters of their own, awaiting or blocking. */
import { channels, locks } from "#engines";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Barrier,
  create,
  type Interpreter,
  type Mutex,
  type Once,
  type RWMutex,
  type Semaphore,
  type WaitGroup,
} from "@pool/csp";
import type { LockCore } from "../../channels/lock_core.ts";
import { CHANNEL_FIRST_SENDER, NODE_NEXT } from "../../kernel/heap_layout.ts";
import { flags, reached } from "../_interpreters.ts";
import type { Me } from "./_lock_party.ts";

/** A party's function: its last parameter says who it is. */
export type Act<A extends unknown[], R> = (...args: [...A, Me]) => Promise<R>;

/** See the file's description. */
export class Crowd {
  readonly name: string;
  readonly #peers: "same" | "awaiting" | "blocking";
  readonly #here: "awaiting" | "blocking";
  #interps: Interpreter[] = [];

  constructor(peers: "same" | "awaiting" | "blocking", here: "awaiting" | "blocking") {
    this.name = peers === "same" ? "here" : `peers ${peers}, here ${here}`;
    this.#peers = peers;
    this.#here = here;
  }

  /** Whether this thread can be asked to do something while the others wait. */
  get blocksHere(): boolean {
    return this.#here === "blocking";
  }

  /** Starts `act` as party `id`; resolves, once it has begun, to what it comes to. */
  async start<A extends unknown[], R>(
    id: number,
    act: Act<A, R>,
    ...args: A
  ): Promise<{ result: Promise<R> }> {
    const started = flags(1);
    const me: Me = { id, blocks: this.#peers === "blocking", started };
    const result = this.#peers === "same"
      ? act(...args, me)
      : (await this.interpreter(id)).call(act as (...args: unknown[]) => Promise<R>, ...args, me) as Promise<
        R
      >;
    result.catch(() => {});
    await reached(started, 0);
    return { result };
  }

  /** `act` as a party of `n - 1` others and this thread, all at once; results by party, this thread last. */
  async all<A extends unknown[], R>(n: number, act: Act<A, R>, ...args: A): Promise<R[]> {
    const others: Promise<R>[] = [];
    if (this.#peers === "same") {
      for (let id = 0; id < n; id++) {
        others.push(act(...args, { id, blocks: false, started: flags(1) }));
      }
      return await Promise.all(others);
    }
    // They exist before one of them can make another wait.
    for (let id = 0; id < n - 1; id++) await this.interpreter(id);
    const started: Int32Array<SharedArrayBuffer>[] = [];
    for (let id = 0; id < n - 1; id++) {
      const me: Me = { id, blocks: this.#peers === "blocking", started: flags(1) };
      started.push(me.started);
      const interp = await this.interpreter(id);
      others.push(interp.call(act as (...args: unknown[]) => Promise<R>, ...args, me) as Promise<R>);
    }
    for (const word of started) await reached(word, 0);
    const own = await act(...args, { id: n - 1, blocks: this.blocksHere, started: flags(1) });
    return [...await Promise.all(others), own];
  }

  /** The interpreter of a party, ready. */
  async interpreter(id: number): Promise<Interpreter> {
    const interp = this.#interps[id] ??= create({
      name: `party ${id}`,
      mode: this.#peers === "blocking" ? "serial" : "concurrent",
    });
    await interp.ready;
    return interp;
  }

  /** Ends the interpreter of a party by force, in the midst of whatever it does. */
  async kill(id: number): Promise<void> {
    await this.#interps[id]!.close({ force: true });
    delete this.#interps[id];
  }

  /** Whether parties have interpreters of their own. */
  get isApart(): boolean {
    return this.#peers !== "same";
  }

  /** Whether they block. */
  get blocks(): boolean {
    return this.#peers === "blocking";
  }

  /** Closes all interpreters. */
  async end(): Promise<void> {
    const interps = this.#interps.filter((interp) => interp !== undefined);
    this.#interps = [];
    await Promise.all(interps.map((interp) => interp.close({ force: true })));
  }
}

/** Registers a case. */
export function caseOf(crowd: Crowd, title: string, body: () => Promise<void>): void {
  test(`${crowd.name}: ${title}`, { timeout: 30_000 }, async () => {
    let passed = false;
    try {
      await body();
      passed = true;
    } finally {
      if (!passed) await crowd.end();
    }
  });
}

/** Something that can be waited for. */
export type Lock = Mutex | RWMutex | Semaphore | Barrier | WaitGroup | Once;

/** The core of a lock. */
export function coreOf(lock: Lock): LockCore {
  locks();
  return (lock.constructor as unknown as { coreOf(lock: Lock): LockCore }).coreOf(lock);
}

/** How many wait for a lock. */
export function waiting(lock: Lock): number {
  const heap = channels().heapHere();
  let count = 0;
  for (
    let node = heap.load(coreOf(lock).at + CHANNEL_FIRST_SENDER) >>> 0;
    node !== 0;
    node = heap.load(node + NODE_NEXT) >>> 0
  ) count++;
  return count;
}

/** Settles once `n` wait for a lock. */
export async function lined(lock: Lock, n: number): Promise<void> {
  const until = performance.now() + 10_000;
  while (waiting(lock) !== n) {
    assert.ok(performance.now() < until, `${waiting(lock)} wait, expected ${n}`);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** All of a lock's permits are free, and nobody waits for it. */
export function assertIdle(lock: Lock): void {
  const core = coreOf(lock);
  assert.equal(core.free, core.total, "some are held");
  assert.equal(waiting(lock), 0, "somebody waits");
}
