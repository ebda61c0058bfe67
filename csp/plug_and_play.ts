/**
 * Ready-made processes to plug together, after those of JCSP, PyCSP and python-csp; tasks, so that they run anywhere.
 *
 * What they have in common: ports are ends of channels or Channels, and belong to the process, which gives them up when it
 * ends: ends retire, Channels are closed, so pass ends of a channel that others use as well. It ends when its input has
 * ended, or when nobody receives from one of its outputs any more, as the next value to be sent shows. An input's close
 * reason travels on as that of the outputs; a process without outputs rejects with it. When it is cancelled, or a value cannot
 * be sent on, the outputs are closed with that error and it rejects with it.
 */
import type { ReceivePort, SendPort } from "../channels/mod.ts";
import { task } from "../interpreters/task.ts";
import { select, sleep } from "./api.ts";
import { between, flow, pass, passAll, type Reason } from "./relay.ts";

/**
 * Sends on what it receives.
 *
 * @typeParam T What passes.
 *
 * @example A place more
 * ```ts
 * import { chan, go, identity } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const [a, b] = [chan<string>(1), chan<string>()];
 * go(identity, a.receiver(), b.sender());
 * await a.send("through");
 * assert.equal(await b.receive(), "through");
 * a.close();
 * ```
 */
export const identity: <T>(input: ReceivePort<T>, output: SendPort<T>) => Promise<void> = task(
  import.meta,
  async function identity<T>(input: ReceivePort<T>, output: SendPort<T>): Promise<void> {
    await flow(input, [output], (value) => pass(output, value));
  },
);

/**
 * Sends `item` first, and then on what it receives: what makes a ring go round.
 *
 * @typeParam T What passes.
 *
 * @example Numbers by a ring: prefix, delta, successor
 * ```ts
 * import { chan, delta, par, prefix, proc, successor, type Receiver } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const [a, b, c, out] = [chan<number>(), chan<number>(), chan<number>(), chan<number>()];
 * const [, , , numbers] = await par(
 *   proc(prefix<number>, c.receiver(), a.sender(), 0),
 *   proc(delta<number>, a.receiver(), b.sender(), out.sender()),
 *   proc(successor<number>, b.receiver(), c.sender()),
 *   proc(async (numbers: Receiver<number>) => {
 *     const got = [];
 *     for (let i = 0; i < 5; i++) got.push(await numbers.receive());
 *     return got; // its end of the channel retires, and the others end one after the other
 *   }, out.receiver()),
 * );
 * assert.deepEqual(numbers, [0, 1, 2, 3, 4]);
 * ```
 */
export const prefix: <T>(input: ReceivePort<T>, output: SendPort<T>, item: T) => Promise<void> = task(
  import.meta,
  async function prefix<T>(input: ReceivePort<T>, output: SendPort<T>, item: T): Promise<void> {
    await flow(input, [output], (value) => pass(output, value), () => pass(output, item));
  },
);

/**
 * Sends on each number plus one.
 *
 * @typeParam T `number` or `bigint`.
 *
 * @example Counting on
 * ```ts
 * import { chan, go, successor } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const [a, b] = [chan<number>(1), chan<number>()];
 * go(successor<number>, a.receiver(), b.sender());
 * await a.send(41);
 * assert.equal(await b.receive(), 42);
 * a.close();
 * ```
 */
export const successor: <T extends number | bigint>(
  input: ReceivePort<T>,
  output: SendPort<T>,
) => Promise<void> = task(
  import.meta,
  async function successor<T extends number | bigint>(
    input: ReceivePort<T>,
    output: SendPort<T>,
  ): Promise<void> {
    await flow(input, [output], function next(value) {
      let count: number | bigint = value;
      return pass(output, ++count as T);
    });
  },
);

/**
 * Sends each value to both outputs, in parallel: neither waits for the other, and the next value is received when both have
 * been served (`ParDelta2` of PyCSP). It ends with the first output that nobody receives from.
 *
 * @typeParam T What passes.
 *
 * @example Two readers
 * ```ts
 * import { chan, delta, go } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const [a, b, c] = [chan<number>(1), chan<number>(), chan<number>()];
 * go(delta<number>, a.receiver(), b.sender(), c.sender());
 * await a.send(7);
 * assert.deepEqual([await c.receive(), await b.receive()], [7, 7]);
 * a.close();
 * ```
 */
export const delta: <T>(input: ReceivePort<T>, output1: SendPort<T>, output2: SendPort<T>) => Promise<void> =
  task(
    import.meta,
    async function delta<T>(
      input: ReceivePort<T>,
      output1: SendPort<T>,
      output2: SendPort<T>,
    ): Promise<void> {
      const outputs = [output1, output2];
      await flow(input, outputs, (value) => passAll(outputs, value));
    },
  );

/**
 * Receives one value from each input, whichever comes first, and sends their sum.
 *
 * @typeParam T `number`, `bigint` or `string`.
 *
 * @example Sums
 * ```ts
 * import { chan, go, plus } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const [a, b, sums] = [chan<number>(1), chan<number>(1), chan<number>()];
 * go(plus<number>, a.receiver(), b.receiver(), sums.sender());
 * await b.send(2);
 * await a.send(40);
 * assert.equal(await sums.receive(), 42);
 * a.close();
 * ```
 */
export const plus: <T extends number | bigint | string>(
  input1: ReceivePort<T>,
  input2: ReceivePort<T>,
  output: SendPort<T>,
) => Promise<void> = task(
  import.meta,
  async function plus<T extends number | bigint | string>(
    input1: ReceivePort<T>,
    input2: ReceivePort<T>,
    output: SendPort<T>,
  ): Promise<void> {
    const inputs = [input1, input2] as const;
    await between({ inputs, outputs: [output] }, async function add(): Promise<Reason> {
      for (;;) {
        const first = await select(inputs);
        if (first.closed) return reasonOf(first);
        const second = await select([inputs[1 - first.case]!]);
        if (second.closed) return reasonOf(second);
        const [a, b] = first.case === 0 ? [first.value, second.value] : [second.value, first.value];
        if (!(await pass(output, a as never + (b as never) as T))) return undefined;
      }
    });
  },
);

/**
 * Drops the first value and sends on the others.
 *
 * @typeParam T What passes.
 *
 * @example All but the first
 * ```ts
 * import { fromIterable, chan, go, into, tail } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const rest = chan<number>();
 * go(tail<number>, fromIterable([1, 2, 3]), rest.sender());
 * assert.deepEqual(await into([], rest), [2, 3]);
 * ```
 */
export const tail: <T>(input: ReceivePort<T>, output: SendPort<T>) => Promise<void> = task(
  import.meta,
  async function tail<T>(input: ReceivePort<T>, output: SendPort<T>): Promise<void> {
    let dropped = false;
    await flow(input, [output], function rest(value): boolean | Promise<boolean> {
      return dropped ? pass(output, value) : dropped = true;
    });
  },
);

/**
 * Sends the sum of every two neighbours: of the first and the second value, the second and the third, and so on; what delta,
 * tail and plus give together.
 *
 * @typeParam T `number`, `bigint` or `string`.
 *
 * @example Fibonacci's numbers
 * ```ts
 * import { chan, delta, go, pairs, prefix } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const [a, b, c, d, out] = Array.from({ length: 5 }, () => chan<number>());
 * go(prefix<number>, b!.receiver(), a!.sender(), 0);
 * go(prefix<number>, c!.receiver(), b!.sender(), 1);
 * go(pairs<number>, d!.receiver(), c!.sender());
 * go(delta<number>, a!.receiver(), d!.sender(), out!.sender());
 * const fibonacci = out!.receiver();
 * const got = [];
 * while (got.length < 8) got.push(await fibonacci.receive());
 * fibonacci.retire();
 * assert.deepEqual(got, [0, 1, 1, 2, 3, 5, 8, 13]);
 * ```
 */
export const pairs: <T extends number | bigint | string>(
  input: ReceivePort<T>,
  output: SendPort<T>,
) => Promise<void> = task(
  import.meta,
  async function pairs<T extends number | bigint | string>(
    input: ReceivePort<T>,
    output: SendPort<T>,
  ): Promise<void> {
    let before: { readonly value: T } | undefined;
    await flow(input, [output], function add(value): boolean | Promise<boolean> {
      const last = before;
      before = { value };
      return last === undefined || pass(output, last.value as never + (value as never) as T);
    });
  },
);

/**
 * Sends on what comes from either input, neither of which can keep the other from its turn. It ends when both have ended, or
 * one of them with a reason.
 *
 * @typeParam T What passes.
 *
 * @example Two into one
 * ```ts
 * import { chan, fromIterable, go, into, mux } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const all = chan<number>();
 * go(mux<number>, fromIterable([1, 2]), fromIterable([3, 4]), all.sender());
 * assert.deepEqual((await into<number>([], all)).sort(), [1, 2, 3, 4]);
 * ```
 */
export const mux: <T>(input1: ReceivePort<T>, input2: ReceivePort<T>, output: SendPort<T>) => Promise<void> =
  task(
    import.meta,
    async function mux<T>(
      input1: ReceivePort<T>,
      input2: ReceivePort<T>,
      output: SendPort<T>,
    ): Promise<void> {
      await between({ inputs: [input1, input2], outputs: [output] }, async function merge(): Promise<Reason> {
        const inputs = [input1, input2];
        while (inputs.length > 0) {
          const got = await select(inputs, { mode: "priority" });
          if (got.closed) {
            const reason = reasonOf(got);
            if (reason !== undefined) return reason;
            inputs.splice(got.case, 1);
          } else {
            if (!(await pass(output, got.value as T))) return undefined;
            // Whoever was served comes last.
            if (got.case === 0) inputs.push(inputs.shift()!);
          }
        }
        return undefined;
      });
    },
  );

/**
 * Sends `from`, `from + 1` and so on, until nobody receives any more.
 *
 * @example Numbers without end
 * ```ts
 * import { chan, generate, go } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const numbers = chan<number>();
 * go(generate, numbers.sender(), 5);
 * const receiver = numbers.receiver();
 * assert.deepEqual([await receiver.receive(), await receiver.receive()], [5, 6]);
 * receiver.retire();
 * ```
 */
export const generate: (output: SendPort<number>, from?: number) => Promise<void> = task(
  import.meta,
  async function generate(output: SendPort<number>, from = 0): Promise<void> {
    await between({ inputs: [], outputs: [output] }, async function count(): Promise<Reason> {
      for (let n = from; await pass(output, n);) n++;
      return undefined;
    });
  },
);

/**
 * Prints what it receives, by `console.log`.
 *
 * @example The end of a network
 * ```ts
 * import { fromIterable, go, printer } from "@pool/csp";
 *
 * await go(printer, fromIterable(["one", "two"]));
 * ```
 */
export const printer: (input: ReceivePort<unknown>) => Promise<void> = task(
  import.meta,
  async function printer(input: ReceivePort<unknown>): Promise<void> {
    await flow(input, [], function print(value) {
      console.log(value);
      return true;
    });
  },
);

/**
 * Sends on each value `ms` milliseconds after it was received, one at a time.
 *
 * @typeParam T What passes.
 *
 * @example Five milliseconds later
 * ```ts
 * import { chan, fixedDelay, fromIterable, go, into } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const late = chan<number>();
 * go(fixedDelay<number>, fromIterable([1, 2]), late.sender(), 5);
 * assert.deepEqual(await into([], late), [1, 2]);
 * ```
 */
export const fixedDelay: <T>(input: ReceivePort<T>, output: SendPort<T>, ms: number) => Promise<void> = task(
  import.meta,
  async function fixedDelay<T>(input: ReceivePort<T>, output: SendPort<T>, ms: number): Promise<void> {
    await flow(input, [output], async function late(value) {
      await sleep(ms);
      return await pass(output, value);
    });
  },
);

/**
 * Receives and forgets.
 *
 * @example A channel that never holds anybody up
 * ```ts
 * import { blackhole, chan, go } from "@pool/csp";
 *
 * const unwanted = chan<string>();
 * const hole = go(blackhole, unwanted.receiver());
 * await unwanted.send("anything");
 * unwanted.close();
 * await hole;
 * ```
 */
export const blackhole: (input: ReceivePort<unknown>) => Promise<void> = task(
  import.meta,
  async function blackhole(input: ReceivePort<unknown>): Promise<void> {
    await flow(input, [], () => true);
  },
);

/** Why a case of a select was closed. */
function reasonOf(closed: { readonly closed: true; readonly reason?: unknown }): Reason {
  return "reason" in closed ? { error: closed.reason } : undefined;
}
