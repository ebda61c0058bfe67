import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  getMain,
  InterpreterError,
  listAll,
  network,
  type Receiver,
  type Sender,
  setParallelism,
} from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { collectIn, count, countTo, pass, pingUntil, statesOf, type Through } from "./_networks.ts";

/** An error with the name of its process. */
type Named = Error & { readonly process?: string };

for (const local of [true, false]) {
  const where = local ? "here" : "elsewhere";
  test(`Network.done rejects with what the process threw, which it names, ${where}`, async () => {
    const net = network("net")
      .process("count", count, { out: ["to"], local })
      .process("odd", async ({ from, to }: Through) => {
        for await (const n of from) {
          if (n === 7) throw new RangeError("seven", { cause: "n" });
          await to.send(n);
        }
      }, { in: ["from"], out: ["to"], local })
      .process("pass", pass, { in: ["from"], out: ["to"], local })
      .process("collect", collectIn([]), { in: ["from"], local: true })
      .channel("count.to", "odd.from")
      .channel("odd.to", "pass.from", { capacity: 3 })
      .channel("pass.to", "collect.from")
      .start();
    const error = await rejection(net.done) as Named;
    assert(error instanceof RangeError);
    assert.equal(error.message, "seven");
    assert.equal(error.cause, "n");
    assert.equal(error.process, "odd");
    assert.match(error.stack!, /at process "odd" \(\d+\)/);
    const report = await net.ping();
    assert.equal(report.state, "failed");
    const { odd, ...others } = statesOf(report);
    assert.equal(odd, "failed");
    assert(
      Object.values(others).every((state) => state === "cancelled" || state === "done"),
      JSON.stringify(others),
    );
    await within(net.stop());
  });

  test(`Network.done tells of the first failure, not of what it led to, ${where}`, async () => {
    for (let round = 0; round < 10; round++) {
      const net = network()
        .process("first", async ({ to }: { to: Sender<number> }) => {
          await to.send(1);
          throw new SyntaxError("first");
        }, { out: ["to"], local })
        .process("second", async ({ from, to }: Through) => {
          try {
            for await (const n of from) await to.send(n);
          } catch {
            throw new Error("second");
          }
        }, { in: ["from"], out: ["to"] })
        .process("third", async ({ from }: { from: Receiver<number> }) => {
          try {
            for await (const _ of from);
          } catch {
            throw new Error("third");
          }
        }, { in: ["from"], local: true })
        .channel("first.to", "second.from")
        .channel("second.to", "third.from")
        .start();
      const error = await rejection(net.done) as Named;
      assert.deepEqual([error.message, error.process], ["first", "first"]);
    }
  });

  test(`Network.done rejects with thrown values that are no errors, and with frozen ones, ${where}`, async () => {
    const thrown: [(ports: object) => unknown, (error: unknown) => boolean][] = [
      [() => {
        throw "text";
      }, (error) => error === "text" || (error as Error).message === "text"],
      [() => {
        throw Object.freeze(new Error("ice"));
      }, (error) => (error as Error).message === "ice"],
      [() => {
        throw undefined;
      }, (error) => error === undefined || error instanceof Error],
    ];
    for (const [fn, isSo] of thrown) {
      const error = await rejection(network().process("a", fn, { local }).start().done);
      assert(isSo(error), String(error));
    }
  });
}

test("Network.done rejects after all others have ended", async () => {
  let ended = false;
  const net = network()
    .process("slow", async ({ to }: { to: Sender<number> }) => {
      try {
        await to.send(1);
        for (;;) await to.send(2);
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 30));
        ended = true;
      }
    }, { out: ["to"], local: true })
    .process("fails", async ({ from }: { from: Receiver<number> }) => {
      await from.receive();
      throw new Error("now");
    }, { in: ["from"] })
    .channel("slow.to", "fails.from")
    .start();
  assert.equal((await rejection(net.done) as Error).message, "now");
  assert.equal(ended, true);
});

test("Network.done rejects with InterpreterError that names the process when its interpreter is closed by force", async () => {
  setParallelism(2);
  const net = network("net")
    .process("lost", async ({ to }: { to: Sender<number> }) => {
      await to.send((await import("@pool/csp")).getCurrent().id);
      await new Promise(() => {});
    }, { out: ["to"] })
    .process("other", async ({ from, to }: Through) => {
      for await (const n of from) await to.send(n);
    }, { in: ["from"], out: ["to"], local: true })
    .process("keeps", async ({ from }: { from: Receiver<number> }) => {
      const id = await from.receive();
      ids.push(id);
      for await (const _ of from);
    }, { in: ["from"], local: true })
    .channel("lost.to", "other.from")
    .channel("other.to", "keeps.from");
  const ids: number[] = [];
  const failure = rejection(net.start().done);
  await pingUntil(net, () => ids.length > 0);
  const victim = listAll().find(({ id }) => id === ids[0])!;
  assert.notEqual(victim, getMain());
  await within(victim.close({ force: true }));
  const error = await failure as Named;
  assert(error instanceof InterpreterError, String(error));
  assert.match(error.message, /^Process "lost" of network "net" was lost: /);
  assert.equal(error.process, "lost");
  assert(error.cause instanceof InterpreterError);
  // The set makes up for the one that is gone.
  const got: number[] = [];
  await within(
    network().process("a", countTo, { out: ["to"], args: [3] })
      .process("b", collectIn(got), { in: ["from"], local: true }).channel("a.to", "b.from").start().done,
  );
  assert.equal(got.length, 3);
});

test("Network.done rejects with the death of an interpreter, not with what another process has seen of it", async () => {
  // Which of them is heard first differs from run to run.
  for (let round = 0; round < 8; round++) {
    const net = network("net")
      .process("lost", async ({ to }: { to: Sender<number> }) => {
        await to.send(1);
        setTimeout(() => {
          throw new RangeError("by accident");
        });
        await new Promise(() => {});
      }, { out: ["to"] })
      .process("other", async ({ from }: { from: Receiver<number> }) => {
        for await (const _ of from);
      }, { in: ["from"], local: true })
      .channel("lost.to", "other.from");
    const error = await rejection(net.start().done) as Named;
    assert(error instanceof InterpreterError, `round ${round}: ${error}`);
    assert.match(error.message, /^Process "lost" of network "net" was lost: .*by accident/);
  }
});

test("Network.start() works inside of another interpreter", async () => {
  const interp = create({ mode: "concurrent" });
  try {
    const sum = await within(interp.call(async () => {
      const { network } = await import("@pool/csp");
      let sum = 0;
      await network()
        .process("count", async ({ to }: { to: Sender<number> }) => {
          for (let n = 1; n <= 10; n++) await to.send(n);
        }, { out: ["to"] })
        .process("sum", async ({ from }: { from: Receiver<number> }) => {
          for await (const n of from) sum += n;
        }, { in: ["from"], local: true })
        .channel("count.to", "sum.from")
        .start().done;
      return sum;
    }));
    assert.equal(sum, 55);
  } finally {
    await interp.close({ force: true });
  }
});
