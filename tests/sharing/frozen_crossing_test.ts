import { chan, type Channel, freeze, Frozen, go, isShareable, sharedArray } from "@pool/csp";
import assert from "node:assert/strict";
import { test } from "node:test";
import { describe } from "../../sharing/frozen/engine.ts";
import { encode } from "../../sharing/encode.ts";
import { withInterpreter } from "../_interpreters.ts";
import { within } from "../_within.ts";
import { there } from "./same.ts";

declare const csp: typeof import("@pool/csp");

const rows = Array.from({ length: 300 }, (_, i) => ({ i, name: `row ${i}` }));

test("Frozen crosses by a call and by its result, as one object", async () => {
  await withInterpreter(async (interp) => {
    const frozen = freeze({ rows, map: new Map([["a", [1]]]) });
    const got = await within(
      interp.call((frozen: Frozen<{ rows: { i: number }[]; map: Map<string, number[]> }>) => {
        const kept = (globalThis as Record<string, unknown>)["kept"] ??= frozen;
        return {
          same: kept === frozen,
          last: frozen.value.rows.at(-1)!.i,
          inMap: frozen.value.map.get("a")![0],
          byteLength: frozen.byteLength,
          frozen,
        };
      }, frozen),
    );
    assert.equal(got.frozen, frozen);
    assert.deepEqual({ ...got, frozen: 0 }, {
      same: true,
      last: 299,
      inMap: 1,
      byteLength: frozen.byteLength,
      frozen: 0,
    });
    const again = await within(interp.call(
      (
        list: Frozen<unknown>[],
      ) => [list[0] === list[1], list[0] === (globalThis as Record<string, unknown>)["kept"]],
      [frozen, frozen],
    ));
    assert.deepEqual(again, [true, true]);
    const theirs = await within(interp.call(() => csp.freeze({ made: ["over there"] })));
    assert.ok(theirs instanceof Frozen);
    assert.deepEqual(theirs.value, { made: ["over there"] });
  });
});

test("Frozen crosses with what is in it: frozen values and shared arrays", async () => {
  await withInterpreter(async (interp) => {
    const words = sharedArray(Int32Array, 2);
    const inner = freeze({ words });
    const outer = freeze({ inner, list: [inner], words });
    const got = await within(interp.call(
      (
        outer: Frozen<{ inner: Frozen<{ words: Int32Array }>; list: unknown[]; words: Int32Array }>,
        inner: Frozen<unknown>,
      ) => {
        outer.value.inner.words[0] = 5;
        outer.thaw().words[1] = 6;
        return [outer.value.inner === inner.value, outer.value.inner === outer.value.list[0], inner];
      },
      outer,
      inner,
    ));
    assert.deepEqual([...words], [5, 6]);
    assert.deepEqual(got, [true, true, inner]);
    assert.equal(got[2], inner);
  });
});

test("Frozen crosses through channels, local and shared", async () => {
  const frozen = freeze(rows);
  const local = chan<unknown>(1);
  await local.send([frozen]);
  assert.equal((await local.receive() as unknown[])[0], frozen);
  await withInterpreter(async (interp) => {
    const [to, from] = [chan<unknown>(1), chan<unknown>(1)];
    const run = interp.call(
      async (to: Channel<unknown>, from: Channel<unknown>) => {
        const { frozen } = await to.receive() as { frozen: Frozen<{ i: number }[]> };
        await from.send(
          new Map([["back", frozen], [
            "sum",
            frozen.value.reduce((sum, { i }) => sum + i, 0),
          ]] as [string, unknown][]),
        );
      },
      to,
      from,
    );
    await within(to.send({ frozen }));
    const got = await within(from.receive()) as Map<string, unknown>;
    await within(run);
    assert.equal(got.get("back"), frozen);
    assert.equal(got.get("sum"), 299 * 150);
    // Through a shared channel within this interpreter, too.
    await within(to.send(frozen));
    assert.equal(await within(to.receive()), frozen);
    to.close();
    from.close();
  });
});

test("go() and go.local() take frozen values", async () => {
  const frozen = freeze(rows);
  for (const start of [go, go.local]) {
    const back = await within(
      start((frozen: Frozen<unknown[]>) => ({ frozen, length: frozen.value.length }), frozen),
    );
    assert.equal(back.frozen, frozen);
    assert.equal(back.length, 300);
  }
});

test("sending a Frozen copies nothing of it", async () => {
  const small = freeze("x".repeat(1000));
  const large = freeze(new Uint8Array(50_000_000));
  assert.ok(large.byteLength > 50_000_000);
  const [a, b] = [encode(small, "value").wire, encode(large, "value").wire];
  assert.ok(Math.abs(a.bytes.length - b.bytes.length) < 16);
  assert.ok(b.bytes.length < 200);
  assert.equal(there(large), large);
  // Its memory goes beside the bytes, as it is.
  const [, buffer] = describe(large as Frozen<unknown>);
  assert.deepEqual(b.side?.length, 1);
  assert.equal(b.side?.[0], buffer);
  await withInterpreter(async (interp) => {
    const length = await within(interp.call((frozen: Frozen<Uint8Array>) => frozen.byteLength, large));
    assert.equal(length, buffer.byteLength);
  });
});

test("isShareable() is true for frozen values and their views", () => {
  const frozen = freeze({ rows, map: new Map(rows.map((row) => [row.i, row])) });
  assert.equal(isShareable([frozen]), true);
  assert.equal(isShareable(frozen.value), true);
});

test("a view that is sent arrives as a copy that can be changed", async () => {
  const value = {
    rows,
    map: new Map(rows.map((row) => [row.i, row])),
    set: new Set(rows.map(({ i }) => i)),
    nested: new Map([[1, new Map([[2, new Set([3])]])]]),
  };
  const { value: view } = freeze(value);
  await withInterpreter(async (interp) => {
    const got = await within(interp.call((copy: typeof value) => {
      copy.rows.push({ i: 300, name: "more" });
      copy.map.set(-1, copy.rows[0]!);
      return { copy, same: copy.rows[5] === copy.map.get(5) };
    }, view as typeof value));
    assert.equal(got.same, true);
    assert.equal(got.copy.rows.length, 301);
    assert.equal(got.copy.map.size, 301);
    assert.equal(got.copy.set.size, 300);
    assert.deepEqual(got.copy.nested, value.nested);
  });
  assert.equal(view.rows.length, 300);
});
