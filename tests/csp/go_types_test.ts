/** What the compiler must accept and refuse; `tsc` and `deno check` read this file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  currentProcess,
  go,
  type Interpreter,
  Process,
  type Receiver,
  remote,
  type Sender,
  setParallelism,
  type shutdown,
  task,
} from "@pool/csp";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles if both types are the same. */
function same<A, B>(_equal: Equal<A, B>): void {}

const double = task(import.meta, function double(n: number): number {
  return 2 * n;
});

/** Never runs. */
export async function compiles(): Promise<void> {
  const process = go((a: number, b: string) => `${a}${b}`, 1, "x");
  same<typeof process, Process<string>>(true);
  same<Awaited<typeof process>, string>(true);
  const text = await process;
  same<typeof text, string>(true);
  same<typeof process.id, number>(true);
  same<typeof process.status, "running" | "done" | "failed" | "cancelled">(true);
  same<typeof process.interpreter, Interpreter>(true);
  same<ReturnType<typeof process.join>, Promise<void>>(true);
  const mapped = process.then((value) => value.length, () => null);
  same<typeof mapped, Promise<number | null>>(true);

  const awaited = await go(() => Promise.resolve(5));
  same<typeof awaited, number>(true);
  const nothing = await go(() => {});
  same<typeof nothing, void>(true);
  const values = await go(function* () {
    yield 1;
  });
  same<typeof values, AsyncIterableIterator<number> & AsyncDisposable>(true);
  const later = await go.local(async function* (from: number) {
    yield String(from);
  }, 1);
  same<typeof later, AsyncIterableIterator<string> & AsyncDisposable>(true);

  same<Awaited<ReturnType<typeof sum>>, number>(true);
  const doubled = await go(double, 4);
  same<typeof doubled, number>(true);
  const far = remote<{ add(a: number, b: number): number }>("file:///m.ts");
  const added = await go.dedicated(far.add, 1, 2);
  same<typeof added, number>(true);
  const kept = await go(<T>(value: T): T[] => [value], 7);
  same<typeof kept, number[]>(true);
  const optional = await go((a: number, b?: string) => [a, b] as const, 1);
  same<typeof optional, readonly [number, string | undefined]>(true);

  const channel = chan<number>();
  go(
    async (out: Sender<number>, input: Receiver<number>) => {
      await out.send(await input.receive());
    },
    channel.sender(),
    channel.receiver(),
  );

  const named = await go.with({ name: "n", timeout: 1, signal: currentProcess().signal })(
    (n: number) => n,
    1,
  );
  same<typeof named, number>(true);
  await using disposable = go(() => 1);
  void disposable;
  setParallelism(2);
  same<ReturnType<typeof shutdown>, Promise<void>>(true);

  // @ts-expect-error: an argument is missing
  go((a: number) => a);
  // @ts-expect-error: of the wrong type
  go((a: number) => a, "x");
  // @ts-expect-error: one too many
  go.local((a: number) => a, 1, 2);
  // @ts-expect-error: a channel of strings
  go((out: Sender<number>) => out.send(1), chan<string>().sender());
  // @ts-expect-error: a receiver sends nothing
  go((out: Sender<number>) => out.send(1), channel.receiver());
  // @ts-expect-error: no function
  go(5);
  // @ts-expect-error: no such option
  go.with({ priority: 1 });
  // @ts-expect-error: no interpreter
  go.with({ interpreter: 5 });
  // @ts-expect-error: not to be changed
  process.status = "done";
}

function sum(...numbers: number[]): Process<number> {
  return go((...numbers: number[]) => numbers.reduce((a, b) => a + b, 0), ...numbers);
}

test("go() infers arguments and results", () => {
  assert.equal(typeof compiles, "function");
  assert.equal(typeof Process, "function");
});
