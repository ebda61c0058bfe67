/** What `asCompleted` gives: futures, not their results. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { asCompleted, chan, type Channel, type Future, InterpreterPoolExecutor } from "@pool/csp";

test("asCompleted() gives the futures themselves, also those that failed, as they end", async () => {
  await using executor = new InterpreterPoolExecutor({ maxWorkers: 1 });
  const futures: Future<number>[] = [
    executor.submit((n: number) => n, 1),
    executor.submit((): number => {
      throw new RangeError("this one");
    }),
    executor.submit((n: number) => n, 3),
  ];
  const seen: Future<number>[] = [];
  for await (const future of asCompleted([...futures, futures[0]!])) {
    // TypeScript 6 takes it for awaited, or not, by what it has read before.
    const itself = future as unknown as Future<number>;
    assert.ok(itself.done());
    seen.push(itself);
  }
  assert.deepEqual(seen.map((future) => futures.indexOf(future)), [0, 1, 2]);
  assert.equal(await seen[0]!.result(), 1);
  assert.ok(await seen[1]!.exception() instanceof RangeError);
});

test("asCompleted() serves several next() at once, and ends them with return()", async () => {
  await using executor = new InterpreterPoolExecutor({ maxWorkers: 1 });
  const first = executor.submit(() => 1);
  const go = chan<number>();
  const second = executor.submit((go: Channel<number>) => go.receive(), go);
  const iterator = asCompleted([first, second]);
  const both = [iterator.next(), iterator.next(), iterator.next()];
  assert.equal((await both[0]!).value, first);
  assert.deepEqual(await both[2]!, { done: true, value: undefined });
  await iterator.return();
  assert.deepEqual(await both[1]!, { done: true, value: undefined });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  await go.send(2);
  assert.equal(await second, 2);
});
