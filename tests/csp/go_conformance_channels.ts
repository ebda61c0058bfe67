/** Channels and select mean the same inside processes of every form. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as csp from "@pool/csp";
import { chan, type Channel, ChannelClosedError } from "@pool/csp";
import { within } from "../_within.ts";
import type { Form } from "./_go_forms.ts";

/** Awaits and selects on channels whose other side is in the test; gives a log of what it saw. */
async function uses(
  requests: Channel<number>,
  replies: Channel<unknown>,
  signal: AbortSignal,
): Promise<unknown[]> {
  const log: unknown[] = [];
  const full = csp.chan<string>(1);
  // Made here, and local until it is sent back.
  log.push(full.trySend("a"), full.trySend("b"), full.tryReceive(), full.tryReceive(), full.size);
  log.push(await requests.receive());
  await replies.send({ first: undefined, list: [1, , 3], big: 1n });
  log.push(csp.trySelect({ none: csp.chan(), off: null }));
  log.push(await csp.select({ requests, never: csp.never }));
  log.push(await csp.select([csp.sending(replies, -0), null], { mode: "priority" }));
  log.push((await csp.select({ late: csp.after(1), requests: csp.chan() })).case);
  log.push(await csp.select({ promised: Promise.resolve("p") }));
  try {
    await csp.select([csp.chan()], { timeout: 1 });
  } catch (error) {
    log.push((error as Error).name);
  }
  try {
    await requests.receive({ signal });
  } catch (error) {
    await replies.send(error);
  }
  for await (const value of requests) log.push(value);
  log.push(await csp.select({ requests }), requests.tryReceive(), requests.closed);
  await replies.send(full);
  try {
    await requests.send(1);
  } catch (error) {
    log.push((error as Error).name, (error as ChannelClosedError).value);
  }
  replies.close();
  return log;
}

/** Tests channels and select in processes of one form. */
export function conformChannels({ name, start }: Form): void {
  for (const capacity of [0, 1, 16]) {
    test(`${name}: channels and select mean the same inside, capacity ${capacity}`, async () => {
      const [requests, replies] = [chan<number>(capacity), chan<unknown>(capacity)];
      const controller = new AbortController();
      const process = start()(uses, requests, replies, controller.signal);
      await within(requests.send(7));
      const first = await within(replies.receive()) as { first: undefined; list: number[]; big: bigint };
      assert.deepEqual(Object.keys(first), ["first", "list", "big"]);
      assert.deepEqual([1 in first.list, first.list[2], first.big], [false, 3, 1n]);
      await within(requests.send(8));
      assert.ok(Object.is(await within(replies.receive()), -0));
      controller.abort("enough");
      assert.equal(await within(replies.receive()), "enough");
      await within(requests.sendMany([9, 10]));
      requests.close();
      const full = await within(replies.receive()) as Channel<string>;
      assert.deepEqual([full.capacity, full.size, full.closed], [1, 0, false]);
      await assert.rejects(within(replies.receive()), ChannelClosedError);
      assert.deepEqual(await within(process), [
        ...[true, false, { state: "ok", value: "a" }, { state: "empty" }, 0],
        7,
        undefined,
        { case: "requests", value: 8, closed: false },
        { case: 0, value: undefined, closed: false },
        "late",
        { case: "promised", value: "p", closed: false },
        "TimeoutError",
        ...[9, 10],
        ...[{ case: "requests", value: undefined, closed: true }, { state: "closed" }, true],
        ...["ChannelClosedError", 1],
      ]);
    });
  }
}
