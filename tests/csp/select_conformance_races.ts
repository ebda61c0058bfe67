/** Group "select races": selects of several parties; between threads where the others run in interpreters. */
import assert from "node:assert/strict";
import { select, sending, trySelect } from "@pool/csp";
import { within } from "../_within.ts";
import { cases, type Harness, make, type Party } from "../channels/conformance/harness.ts";
import { hops } from "../channels/conformance/timing.ts";

/** Registers the group. */
export function conformSelectRaces(h: Harness): void {
  const add = cases(h, "select races");
  const other = async (): Promise<Party> => (await h.parties(1))[0]!;

  // This thread takes its part in these by single steps: they are for one that awaits.
  if (h.here === "awaiting") {
    add("NonblockSelectRace: trySelect() never finds nothing while one of two channels is full", async () => {
      const [a, b] = [await make<number>(h, 1), await make<number>(h, 1)];
      const [go, done] = [await make<number>(h), await make<boolean>(h)];
      const ROUNDS = 300;
      const tried = (await other()).run("tryEither", [a, b], go, done, ROUNDS);
      for (let n = 0; n < ROUNDS; n++) {
        assert.equal(a.trySend(1), true);
        await within(go.send(n));
        b.trySend(1);
        trySelect([a]);
        assert.equal(await within(done.receive()), true, `round ${n}: it found nothing`);
        a.tryReceive();
        b.tryReceive();
      }
      assert.equal(await within(tried), ROUNDS);
    });

    add(
      "NonblockSelectRace2: trySelect() never finds nothing while one channel is full or the other closed",
      async () => {
        const party = await other();
        for (let n = 0; n < 40; n++) {
          const [a, b] = [await make<number>(h, 1), await make<number>(h)];
          const [go, done] = [await make<number>(h), await make<boolean>(h)];
          assert.equal(a.trySend(1), true);
          const tried = party.run("tryEither", [a, b], go, done, 1);
          await within(go.send(n));
          b.close();
          trySelect([a]);
          assert.equal(await within(done.receive()), true, `round ${n}: it found nothing`);
          await within(tried);
        }
      },
    );

    for (const capacity of [0, 1]) {
      add(`select() here against 3 parties that select: all values once, capacity ${capacity}`, async () => {
        const channels = await Promise.all([0, 1, 2, 3].map(() => make<unknown>(h, capacity)));
        const receives = (await h.parties(3)).map((party) => party.run("selectReceives", channels));
        const COUNT = 600;
        for (let n = 0; n < COUNT; n++) await within(select(channels.map((ch) => sending(ch, n))));
        for (const ch of channels) ch.close();
        const values = (await within(Promise.all(receives))).flat().map(([, value]) => value as number);
        assert.deepEqual(values.sort((x, y) => x - y), Array.from({ length: COUNT }, (_, n) => n));
      });
    }

    add("select() that loses here leaves what the other party waits with", async () => {
      const [ch, stop] = [await make<number>(h), await make<number>(h, 1)];
      const sent = (await other()).run("sendRangeAndClose", ch, 0, 100);
      const values: number[] = [];
      for (let turn = 0; values.length < 100; turn++) {
        if (turn % 3 === 0) stop.trySend(-1);
        const chosen = await within(select([stop, ch]));
        if (chosen.case === 1) values.push(chosen.value!);
        else await hops(1);
      }
      assert.deepEqual(values, Array.from({ length: 100 }, (_, n) => n));
      await within(sent);
      assert.equal((await within(select([ch]))).closed, true);
    });
  }

  for (const capacity of [0, 1]) {
    add(
      `doubleselect: 2 parties receive what one sends by select, none twice, capacity ${capacity}`,
      async () => {
        const channels = await Promise.all([0, 1, 2, 3].map(() => make<unknown>(h, capacity)));
        const receives = (await h.parties(2)).map((party) => party.run("selectReceives", channels));
        const COUNT = 1500;
        const taken = await within(
          h.own.run("selectSends", channels, Array.from({ length: COUNT }, (_, n) => n)),
        );
        assert.equal(taken.reduce((a, b) => a + b), COUNT);
        const seen = new Uint8Array(COUNT);
        for (const [, value] of (await within(Promise.all(receives))).flat()) seen[value as number]!++;
        assert.ok(seen.every((times) => times === 1), "a value came twice or never");
      },
    );
  }

  add("selects in a ring of three, each to send or to receive, do not block", async () => {
    const [a, b, c] = [await make<number>(h), await make<number>(h), await make<number>(h)];
    const [one, two] = await h.parties(2);
    const all = await within(Promise.all([
      one!.run("selectBoth", a, c, 100),
      two!.run("selectBoth", b, a, 100),
      h.own.run("selectBoth", c, b, 100),
    ]));
    for (const values of all) assert.deepEqual(values, Array.from({ length: 100 }, (_, n) => n));
  });
}
