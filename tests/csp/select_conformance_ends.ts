/** Group "select ends": one-way ends among the cases, and what is no case at all. */
import assert from "node:assert/strict";
import {
  ChannelClosedError,
  OwnershipError,
  select,
  type SelectCases,
  selectSync,
  sending,
  trySelect,
} from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { cases, type Harness, make } from "../channels/conformance/harness.ts";
import { assertPending } from "../channels/conformance/timing.ts";

/** Registers the group. */
export function conformSelectEnds(h: Harness): void {
  const add = cases(h, "select ends");
  refusals(h);

  add("select() over ends: a Receiver to receive, a Sender to send", async () => {
    const [ch, full] = [await make<number>(h, 1), await make<number>(h, 1)];
    const [receiver, sender] = [ch.receiver(), full.sender()];
    await within(full.send(0));
    const chosen = select({ receiver, sender: sending(sender, 8) });
    await assertPending(chosen);
    await within(ch.send(1));
    assert.deepEqual(await within(chosen), { case: "receiver", value: 1, closed: false });
    await within(full.receive());
    assert.equal((await within(select({ receiver, sender: sending(sender, 8) }))).case, "sender");
    sender.retire();
    receiver.retire();
  });

  add("select() sees the channel end when its last sender retires", async () => {
    const ch = await make<number>(h);
    const sender = ch.sender();
    const chosen = select({ ch });
    await assertPending(chosen);
    sender.retire();
    assert.deepEqual(await within(chosen), { case: "ch", value: undefined, closed: true });
  });

  add("select() rejects on an end that is retired or spent", async () => {
    const [ch, carrier] = [await make<number>(h, 1), await make<unknown>(h, 2)];
    const [retired, spent] = [ch.receiver(), ch.receiver()];
    const [retiredSender, spentSender] = [ch.sender(), ch.sender()];
    retired.retire();
    retiredSender.retire();
    await within(carrier.sendMany([spent, spentSender]));
    assert.ok(await rejection(failing(() => select([retired]))) instanceof ChannelClosedError);
    assert.ok(await rejection(failing(() => select([spent]))) instanceof OwnershipError);
    assert.ok(
      await rejection(failing(() => select([sending(retiredSender, 1)]))) instanceof ChannelClosedError,
    );
    assert.ok(await rejection(failing(() => select([sending(spentSender, 1)]))) instanceof OwnershipError);
  });

  add("select() that sends an end spends it only when that case takes effect", async () => {
    const [ch, other] = [await make<number>(h, 1), await make<number>(h)];
    const carrier = await make<unknown>(h);
    const sender = ch.sender();
    const lost = select({ carry: sending(carrier, sender), other });
    await assertPending(lost);
    await within(other.send(1));
    assert.equal((await within(lost)).case, "other");
    await within(sender.send(1));
    const won = select({ carry: sending(carrier, sender), other });
    const arrived = await within(carrier.receive()) as typeof sender;
    assert.equal((await within(won)).case, "carry");
    assert.ok(await rejection(sender.send(2)) instanceof OwnershipError);
    assert.equal(await within(ch.receive()), 1);
    await within(arrived.send(3));
    arrived.retire();
  });
}

/** An operation that may also throw before it returns a promise. */
async function failing(operation: () => Promise<unknown>): Promise<unknown> {
  return await operation();
}

function refusals(h: Harness): void {
  const add = cases(h, "select ends");
  const wrong: Record<string, (ch: Awaited<ReturnType<typeof make<number>>>) => unknown> = {
    "a number": () => [1],
    "a string": () => ["channel"],
    "a function": () => [() => 1],
    "a plain object": () => ({ a: { b: 1 } }),
    "a mere sender": (ch) => [ch.sender()],
    "no list at all": (ch) => ch,
    "nothing": () => undefined,
  };
  for (const [name, each] of Object.entries(wrong)) {
    add(`select() refuses ${name} with TypeError, before anything happens`, async () => {
      const ch = await make<number>(h, 1);
      await within(ch.send(1));
      const given = each(ch);
      const cases = (Array.isArray(given) ? [ch, ...given] : given) as SelectCases;
      assert.ok(await rejection(failing(() => select(cases))) instanceof TypeError);
      assert.throws(() => trySelect(cases), TypeError);
      assert.throws(() => selectSync(cases), TypeError);
      assert.equal(ch.size, 1);
    });
  }

  for (
    const options of [{ mode: "fair" }, { timeout: -1 }, { timeout: "1" }, { signal: 1 }, { tiemout: 1 }]
  ) {
    add(`select() refuses ${JSON.stringify(options)}`, async () => {
      const ch = await make<number>(h, 1);
      await within(ch.send(1));
      const error = await rejection(failing(() => select([ch], options as never)));
      assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
      assert.equal(ch.size, 1);
    });
  }
}
