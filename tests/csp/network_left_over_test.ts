import assert from "node:assert/strict";
import { test } from "node:test";
import { getMain, listAll, network, type Sender, shutdown } from "@pool/csp";
import { audit } from "../channels/_heap_audit.ts";
import { runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";
import { collectIn, count, countTo, pass } from "./_networks.ts";

/** A network that ends by itself, one that is stopped, one that fails, and one that deadlocks. */
async function several(): Promise<void> {
  const got: number[] = [];
  function made() {
    return network()
      .process("pass", pass, { in: ["from"], out: ["to"], parallel: 2 })
      .process("collect", collectIn(got), { in: ["from"], local: true })
      .process("other", collectIn(got), { in: ["from"], local: true })
      .channel("pass.to", "collect.from", { capacity: 3 })
      .channel("pass.to", "other.from")
      .channel("source.to", "pass.from", { capacity: 3 });
  }
  await within(made().process("source", countTo, { out: ["to"], args: [20] }).start().done);
  const stopped = made().process("source", count, { out: ["to"] }).start();
  await within(stopped.inject("pass.from", 1));
  await within(stopped.stop());
  await rejection(
    made().process("source", async ({ to }: { to: Sender<string> }) => {
      for (let n = 0; n < 5; n++) await to.send(`text ${n}`);
      throw new Error("enough");
    }, { out: ["to"] }).start().done,
  );
  await rejection(
    network().process("a", pass, { in: ["from"], out: ["to"] }).channel("a.to", "a.from").start().done,
  );
}

test("Networks that have ended leave nothing in the shared memory but channels that wait for the collector", async () => {
  await several();
  await shutdown();
  assert.deepEqual(listAll(), [getMain()]);
  const before = audit();
  assert.deepEqual(before.problems, []);
  for (let i = 0; i < 3; i++) await several();
  await shutdown();
  const after = audit();
  assert.deepEqual(after.problems, []);
  // Handles of the channels go with the collector; what they carried, and the ends, do not wait for it.
  for (const kind of ["end", "flight", "ticket", "node"]) {
    assert(
      (after.counts[kind] ?? 0) <= (before.counts[kind] ?? 0) + 16,
      `${kind}: ${JSON.stringify([before.counts, after.counts])}`,
    );
  }
});

test("No timer is left once networks have ended", { timeout: 30_000 }, async () => {
  const result = await runProgram(`
    import { network, shutdown } from "@pool/csp";
    const net = network()
      .process("a", async ({ out }) => { for (;;) await out.send(1); }, { out: ["out"] })
      .process("b", async ({ from }) => { for await (const _ of from); }, { in: ["from"], local: true })
      .channel("a.out", "b.from")
      .start();
    await net.inject("b.from", 1);
    await net.stop({ timeout: 60_000 });
    await shutdown();
    const resources = process.getActiveResourcesInfo?.() ?? [];
    console.log(resources.filter((resource) => resource === "Timeout").length);
  `);
  assert.deepEqual([result.stdout, result.code, result.late], ["0\n", 0, false], result.stderr);
});
