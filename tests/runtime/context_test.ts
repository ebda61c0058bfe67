import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext } from "../../runtime/inner.ts";

test("Context.get() is undefined outside of run()", () => {
  assert.equal(createContext<number>().get(), undefined);
});

test("Context.run() gives what its function gives and throws what it throws", () => {
  const context = createContext<number>();
  assert.equal(context.run(1, () => context.get()), 1);
  assert.throws(() =>
    context.run(1, () => {
      throw new RangeError("mine");
    }), { name: "RangeError", message: "mine" });
  assert.equal(context.get(), undefined);
});

test("Context.run() nests", () => {
  const context = createContext<string>();
  const seen = context.run("outer", () => [
    context.get(),
    context.run("inner", () => context.get()),
    context.get(),
  ]);
  assert.deepEqual(seen, ["outer", "inner", "outer"]);
});

test("Context.get() gives each piece of asynchronous work its own value after an await", async () => {
  const context = createContext<number>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const works = [1, 2, 3].map((n) =>
    context.run(n, async () => {
      const seen = [context.get()];
      await gate;
      seen.push(context.get());
      await new Promise((resolve) => setTimeout(resolve, 0));
      seen.push(context.get());
      await Promise.all([null].map(async () => {
        await null;
        seen.push(context.get());
      }));
      return seen;
    })
  );
  assert.equal(context.get(), undefined);
  open();
  assert.deepEqual(await Promise.all(works), [1, 2, 3].map((n) => [n, n, n, n]));
  assert.equal(context.get(), undefined);
});

test("Two contexts know nothing of each other", () => {
  const a = createContext<number>();
  const b = createContext<number>();
  assert.deepEqual(a.run(1, () => b.run(2, () => [a.get(), b.get()])), [1, 2]);
  assert.equal(a.run(1, () => b.get()), undefined);
});
