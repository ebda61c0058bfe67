/** What the compiler must accept and refuse; `tsc` and `deno check` read this file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { alternation, chan, type Channel, select, selectSync, sending, trySelect } from "@pool/csp";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles if both types are the same. */
function same<A, B>(_equal: Equal<A, B>): void {}

const numbers: Channel<number> = chan<number>(1);
const texts: Channel<string> = chan<string>(1);
const promise: Promise<boolean> = new Promise(() => {});
const { signal } = new AbortController();
const flag = Math.random() > 2;

/** Never runs. */
export async function compiles(): Promise<void> {
  const named = await select({
    numbers,
    texts: texts.receiver(),
    out: sending(texts, "x"),
    promise,
    signal,
    off: null,
    maybe: flag && texts,
  });
  same<typeof named.case, "numbers" | "texts" | "out" | "promise" | "signal" | "maybe">(true);
  if (named.case === "numbers" && !named.closed) same<typeof named.value, number>(true);
  if (named.case === "numbers") same<typeof named.value, number | undefined>(true);
  if (named.case === "texts" && !named.closed) same<typeof named.value, string>(true);
  if (named.case === "maybe" && !named.closed) same<typeof named.value, string>(true);
  if (named.case === "out") same<typeof named.value, undefined>(true);
  if (named.case === "promise") same<typeof named.value, boolean>(true);
  if (named.case === "signal") same<typeof named.value, unknown>(true);
  if (named.closed) {
    same<typeof named.value, undefined>(true);
    same<typeof named.case, "numbers" | "texts" | "maybe">(true);
    same<typeof named.reason, unknown>(true);
  }
  // @ts-expect-error: there is no such case
  if (named.case === "off") return;

  const listed = await select([numbers, texts, undefined, sending(numbers, 1)]);
  same<typeof listed.case, 0 | 1 | 3>(true);
  if (listed.case === 0 && !listed.closed) same<typeof listed.value, number>(true);
  if (listed.case === 1 && !listed.closed) same<typeof listed.value, string>(true);
  if (listed.case === 3) same<typeof listed.value, undefined>(true);

  const many: Channel<number>[] = [];
  const any = await select(many, { mode: "priority", timeout: 1.5, signal });
  same<typeof any.case, number>(true);
  if (!any.closed) same<typeof any.value, number>(true);

  const tried = trySelect({ numbers });
  // @ts-expect-error: it may be undefined
  void tried.value;
  if (tried !== undefined && !tried.closed) same<typeof tried.value, number>(true);

  const blocked = selectSync([texts], { timeout: 1 });
  if (!blocked.closed) same<typeof blocked.value, string>(true);

  const fair = await alternation({ numbers, texts }).fairSelect({ timeout: 1 });
  if (fair.case === "texts" && !fair.closed) same<typeof fair.value, string>(true);

  // @ts-expect-error: it may be closed
  const value: number = (await select([numbers])).value;
  // @ts-expect-error: a channel of strings
  sending(texts, 1);
  // @ts-expect-error: nothing can be sent to a receiver
  sending(texts.receiver(), "x");
  // @ts-expect-error: a sender is no case, it lacks a value
  void select([texts.sender()]);
  // @ts-expect-error: a number is no case
  void select([1]);
  // @ts-expect-error: true is no case
  void select({ on: true });
  // @ts-expect-error: no case is made by hand
  void select([{ sends: true }]);
  // @ts-expect-error: no such mode
  void select([numbers], { mode: "fair" });
  // @ts-expect-error: no signal, nobody could abort it
  selectSync([numbers], { signal });
  // @ts-expect-error: it does not wait
  trySelect([numbers], { timeout: 1 });
  // @ts-expect-error: the mode is in the method's name
  void alternation([numbers]).select({ mode: "random" });
  void value;
}

test("select() has a typed result for each case", () => {
  assert.equal(typeof compiles, "function");
});
