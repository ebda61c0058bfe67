/** `proc` and what composes processes; a facade, so that importing the library loads no machinery. */
import { csp } from "#engines";
import type { AnyFunction, Callable, CallResult } from "../interpreters/callable.ts";
import type { GoOptions } from "./go_api.ts";
import { Proc } from "./proc.ts";

/** Describes a process that runs a function. */
export type Describe = <A extends unknown[], R>(fn: Callable<A, R>, ...args: A) => Proc<CallResult<R>>;

/** What {@link proc} is. */
export interface DescribeProc extends Describe {
  /** A process in this interpreter, as by `go.local`: closures are welcome. */
  readonly local: Describe;
  /** A process on an interpreter of its own, where it may block, as by `go.dedicated`. */
  readonly dedicated: Describe;
  /**
   * The same with the options of `go.with`.
   *
   * @param options `name`, `signal`, `timeout`, and where it runs.
   * @returns What describes processes by these options.
   * @throws {TypeError} When an option is unknown or of the wrong type, or two of them name different places.
   * @throws {RangeError} When `timeout` is negative or not a number.
   */
  readonly with: (options: GoOptions) => Describe;
}

/** What a composed process results in: the results of its parts, in their order. */
export type ProcResults<P extends readonly Proc<unknown>[]> = {
  -readonly [K in keyof P]: P[K] extends Proc<infer R> ? R : never;
};

/**
 * Describes a process, which `go` starts when it is awaited or run, alone or as a part of another one.
 *
 * @typeParam A The arguments' types.
 * @typeParam R What the function returns.
 * @param fn A self-contained function, a task or a remote reference.
 * @param args Shareable values, copied as they are when the process starts; ends of channels are moved then.
 * @returns The description.
 * @throws {NotShareableError} When the function captures variables.
 * @throws {TypeError} When `fn` is no function.
 *
 * **Gotchas**: nothing runs until it is awaited, see {@link Proc}.
 *
 * @example A process
 * ```ts
 * import { proc } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const sum = proc((a: number, b: number) => a + b, 1, 2);
 * assert.equal(await sum, 3);
 * ```
 */
export const proc: DescribeProc = Object.assign(
  function proc<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Proc<CallResult<R>> {
    return made(csp().describe(fn as AnyFunction, args));
  },
  {
    local<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Proc<CallResult<R>> {
      return made(csp().describeBy({ local: true })(fn as AnyFunction, args));
    },
    dedicated<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Proc<CallResult<R>> {
      return made(csp().describeBy({ dedicated: true })(fn as AnyFunction, args));
    },
    with(options: GoOptions): Describe {
      const describe = csp().describeBy(options);
      return function proc<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Proc<CallResult<R>> {
        return made(describe(fn as AnyFunction, args));
      };
    },
  },
);

/**
 * Describes processes that run at once.
 *
 * @typeParam P The parts.
 * @param procs What runs at once.
 * @returns Results in the order of the parts, an array for every part that is composed itself.
 * @throws {TypeError} When a part is no Proc.
 *
 * **Gotchas**: the first failure cancels all others; a part that should not do so catches its errors itself.
 *
 * @example Results nested as the processes are
 * ```ts
 * import { par, proc, seq } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const square = (n: number) => n * n;
 * const results = await par(proc(square, 2), seq(proc(square, 3), proc(square, 4)));
 * assert.deepEqual(results, [4, [9, 16]]);
 * ```
 *
 * @example A producer and a consumer
 * ```ts
 * import { chan, par, proc, type Receiver, type Sender } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * async function produce(out: Sender<number>) {
 *   for (let n = 1; n <= 10; n++) await out.send(n);
 * }
 * async function consume(input: Receiver<number>) {
 *   let sum = 0;
 *   for await (const n of input) sum += n;
 *   return sum;
 * }
 *
 * const numbers = chan<number>();
 * const [, sum] = await par(proc(produce, numbers.sender()), proc(consume, numbers.receiver()));
 * assert.equal(sum, 55);
 * ```
 */
export function par<const P extends readonly Proc<unknown>[]>(...procs: P): Proc<ProcResults<P>> {
  return made(csp().compose("par", procs));
}

/**
 * Describes processes of which each starts when the one before has ended. After a failure the rest never starts.
 *
 * @typeParam P The parts.
 * @param procs What runs one after the other.
 * @returns Results in the order of the parts, an array for every part that is composed itself.
 * @throws {TypeError} When a part is no Proc.
 *
 * **Gotchas**: arguments are copied when their process starts, not when the first one does.
 *
 * @example One after the other
 * ```ts
 * import { proc, seq, sharedArray } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const turn = sharedArray(Int32Array, 1);
 * const next = (turn: Int32Array) => Atomics.add(turn, 0, 1);
 * assert.deepEqual(await seq(proc(next, turn), proc(next, turn)), [0, 1]);
 * ```
 */
export function seq<const P extends readonly Proc<unknown>[]>(...procs: P): Proc<ProcResults<P>> {
  return made(csp().compose("seq", procs));
}

/**
 * Describes `n` processes at once, all by one description.
 *
 * @typeParam R What each results in.
 * @param n How many, an integer of at least 0.
 * @param proc What runs `n` times.
 * @returns The `n` results.
 * @throws {RangeError} When `n` is something else.
 * @throws {TypeError} When `proc` is no Proc.
 *
 * **Gotchas**: ends of channels among the arguments can go to one process only; for more, `clone()` them into a Proc each.
 *
 * @example Three workers and one channel
 * ```ts
 * import { chan, proc, replicate, type Channel } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const jobs = chan<number>(6);
 * await jobs.sendMany([1, 2, 3, 4, 5, 6]);
 * jobs.close();
 * const sums = await replicate(
 *   3,
 *   proc(async (jobs: Channel<number>) => {
 *     let sum = 0;
 *     for await (const n of jobs) sum += n;
 *     return sum;
 *   }, jobs),
 * );
 * assert.equal(sums.reduce((a, b) => a + b), 21);
 * ```
 */
export function replicate<R>(n: number, proc: Proc<R>): Proc<R[]> {
  return made(csp().repeat(n, proc));
}

function made(plan: unknown): Proc<never> {
  return new Proc(plan as never);
}
