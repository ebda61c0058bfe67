/** Control: two threads that hand a word to and fro with nothing but Atomics, asleep or polling. */

import { task } from "@pool/csp";
import { type Crew, longest, type Meeting, type Task } from "../channels/_crew.ts";
import { type Outcome, passGate } from "../channels/_gate.ts";
import type { Way } from "../channels/_sampling.ts";

/** What the two have to do. */
interface Job {
  readonly words: Int32Array;
  readonly n: number;
  /** Whether they sleep until they are woken; else they look again and again. */
  readonly asleep: boolean;
  /** Microseconds to work before handing over. */
  readonly pause: number;
}

const THERE = 0;
const BACK = 1;

/** Hands over first; tells the milliseconds of all round trips without the pauses. */
export const futexPing: Task<Job> = task(
  import.meta,
  function futexPing({ words, n, asleep, pause, gate, parties }: Job & Meeting): Outcome {
    const from = passGate(gate, parties);
    for (let i = 1; i <= n; i++) {
      handOver(words, THERE, i, asleep);
      takeOver(words, BACK, i, asleep);
      work(pause);
    }
    return { ms: performance.now() - from - n * 2 * pause / 1000, sum: 0 };
  },
);

/** Hands back. */
export const futexPong: Task<Job> = task(
  import.meta,
  function futexPong({ words, n, asleep, pause, gate, parties }: Job & Meeting): Outcome {
    passGate(gate, parties);
    for (let i = 1; i <= n; i++) {
      takeOver(words, THERE, i, asleep);
      work(pause);
      handOver(words, BACK, i, asleep);
    }
    return { ms: 0, sum: 0 };
  },
);

/** Round trips of two threads that sleep, with a pause in microseconds before each hand-over; or that poll. */
export function futexWay(crew: Crew, asleep: boolean, pause: number): Way {
  return {
    mode: asleep ? "futex pair" : "futex pair, polling",
    async run(n) {
      const job = { words: new Int32Array(new SharedArrayBuffer(8)), n, asleep, pause };
      return longest(await crew.run([futexPing, futexPong].map((task) => ({ task, job }))));
    },
  };
}

function handOver(words: Int32Array, word: number, value: number, asleep: boolean): void {
  Atomics.store(words, word, value);
  if (asleep) Atomics.notify(words, word);
}

function takeOver(words: Int32Array, word: number, value: number, asleep: boolean): void {
  if (asleep) {
    while (Atomics.load(words, word) !== value) Atomics.wait(words, word, value - 1);
  } else {
    while (Atomics.load(words, word) !== value);
  }
}

function work(microseconds: number): void {
  if (microseconds === 0) return;
  const until = performance.now() + microseconds / 1000;
  while (performance.now() < until);
}
