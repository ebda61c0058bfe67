/** The networks that are measured, each built of `proc` by one of its forms. Every run checks what has come out. */

import {
  chan,
  delta,
  type DescribeProc,
  par,
  prefix,
  proc,
  type Receiver,
  type Sender,
  successor,
} from "@pool/csp";
import { PRIMES, RING_SIZE } from "./_process_names.ts";

/** How the processes of a network are described: here, or on the shared set. */
export type Form = DescribeProc | DescribeProc["local"];

/** What a process that keeps the time has seen. */
interface Timed {
  readonly sum: number;
  readonly ms: number;
}

/** Milliseconds of `n` rounds of commstime. */
export async function commstime(form: Form, n: number): Promise<number> {
  const [a, b, c, d] = [chan<number>(), chan<number>(), chan<number>(), chan<number>()];
  const [{ sum, ms }] = await par(
    form(consume, d.receiver(), n),
    form(prefix<number>, c.receiver(), a.sender(), 0),
    form(delta<number>, a.receiver(), b.sender(), d.sender()),
    form(successor<number>, b.receiver(), c.sender()),
  );
  check(sum, n * (n + 1) / 2);
  return ms;
}

/** Milliseconds of `n` hops of a token around a ring. */
export async function ring(form: Form, n: number): Promise<number> {
  const channels = Array.from({ length: RING_SIZE }, () => chan<number>());
  const laps = Math.max(1, Math.round(n / RING_SIZE));
  const stations = channels.slice(1).map((from, i) =>
    form(pass, from.receiver(), channels[(i + 2) % RING_SIZE]!.sender())
  );
  const [{ sum, ms }] = await par(
    form(start, channels[0]!.receiver(), channels[1]!.sender(), laps),
    ...stations,
  );
  check(sum, laps * (RING_SIZE - 1));
  return ms * n / (laps * RING_SIZE);
}

/** Milliseconds of `n` numbers through a chain of filters. */
export async function sieve(form: Form, n: number): Promise<number> {
  const channels = Array.from({ length: PRIMES.length + 1 }, () => chan<number>());
  const filters = PRIMES.map((prime, i) =>
    form(filter, channels[i]!.receiver(), channels[i + 1]!.sender(), prime)
  );
  const [{ sum, ms }] = await par(
    form(collect, channels.at(-1)!.receiver()),
    form(count, channels[0]!.sender(), n),
    ...filters,
  );
  let expected = 0;
  for (let i = 1; i <= n; i++) if (PRIMES.every((prime) => i % prime !== 0)) expected += i;
  check(sum, expected);
  return ms;
}

async function consume(numbers: Receiver<number>, n: number): Promise<Timed> {
  let sum = await numbers.receive();
  const from = performance.now();
  for (let i = 0; i < n; i++) sum += await numbers.receive();
  return { sum, ms: performance.now() - from };
}

async function start(input: Receiver<number>, output: Sender<number>, laps: number): Promise<Timed> {
  let token = 0;
  let from = 0;
  // The first lap finds out that everybody is there.
  for (let lap = -1; lap < laps; lap++) {
    if (lap === 0) {
      from = performance.now();
      token = 0;
    }
    await output.send(token);
    token = await input.receive();
  }
  return { sum: token, ms: performance.now() - from };
}

async function pass(input: Receiver<number>, output: Sender<number>): Promise<void> {
  for await (const token of input) await output.send(token + 1);
}

async function count(output: Sender<number>, n: number): Promise<void> {
  for (let i = 1; i <= n; i++) await output.send(i);
}

async function filter(input: Receiver<number>, output: Sender<number>, prime: number): Promise<void> {
  for await (const n of input) if (n % prime !== 0) await output.send(n);
}

async function collect(input: Receiver<number>): Promise<Timed> {
  let sum = await input.receive();
  const from = performance.now();
  for await (const n of input) sum += n;
  return { sum, ms: performance.now() - from };
}

function check(sum: number, expected: number): void {
  if (sum !== expected) throw new Error(`Cannot trust the run: it adds up to ${sum}, not ${expected}`);
}

/** The two forms, by the names of the ways. */
export const FORMS: readonly (readonly [mode: "local" | "parallel", form: Form])[] = [
  ["local", proc.local],
  ["parallel", proc],
];
