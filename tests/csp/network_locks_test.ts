/** Deadlocks of networks in locks, and in waits for nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as csp from "@pool/csp";
import { Mutex, network, type Receiver, RWMutex, Semaphore, type Sender } from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { aliveFor, deadlockOf, silent, WATCHED_MS } from "./_deadlocks.ts";
import { pass, type Through, until } from "./_networks.ts";

for (const local of [true, false]) {
  const where = local ? "here" : "elsewhere";

  test(
    `DeadlockError tells who waits for a lock because of readers, ${where}`,
    { timeout: 30_000 },
    async () => {
      const [left, right] = [new RWMutex({ name: "left" }), new RWMutex({ name: "right" })];
      // Each reads one and wants to write the other, which somebody outside reads too; who comes to read stands behind.
      const outside = [await left.rLock(), await right.rLock()];
      const net = network("readers");
      for (const [name, ...locks] of [["a", left, right], ["b", right, left]] as const) {
        net.process(name, async ({ from, to }: Through, own: RWMutex, other: RWMutex) => {
          const reads = await own.rLock();
          await Promise.all([to.send(1), from.receive()]);
          (await other.lock()).release();
          reads.release();
        }, { in: ["from"], out: ["to"], args: [...locks], local });
      }
      net.channel("a.to", "b.from").channel("b.to", "a.from");
      net.process("c", async (_ports: object, lock: RWMutex) => {
        // Until a writer is in line: then no reader gets it any more.
        for (let guard = lock.tryRLock(); guard !== undefined; guard = lock.tryRLock()) {
          guard.release();
          await csp.yieldNow();
        }
        (await lock.rLock()).release();
      }, { args: [left], local });
      const { waiting, message } = await deadlockOf(net);
      assert.deepEqual(waiting, [
        { process: "a", operation: "lock", channel: "right" },
        { process: "b", operation: "lock", channel: "left" },
        { process: "c", operation: "lock", channel: "left" },
      ]);
      assert.match(message, /process "c" waits for the lock left/);
      for (const guard of outside) guard.release();
    },
  );

  test(`DeadlockError tells who waits for permits that processes hold, ${where}`, async () => {
    const permits = new Semaphore(3, { name: "permits" });
    const net = network("permits");
    for (const name of ["a", "b"]) {
      net.process(name, async ({ from, to }: Through, permits: Semaphore) => {
        const one = await permits.acquire();
        // Both have one before either wants two more.
        await Promise.all([to.send(1), from.receive()]);
        const two = await permits.acquire(2);
        two.release();
        one.release();
      }, { in: ["from"], out: ["to"], args: [permits], local });
    }
    net.channel("a.to", "b.from").channel("b.to", "a.from");
    const { waiting } = await deadlockOf(net);
    assert.deepEqual(
      waiting,
      ["a", "b"].map((process) => ({ process, operation: "lock", channel: "permits" })),
    );
  });

  test(`DeadlockError tells who waits for what never comes, ${where}`, async () => {
    const net = network("nothing")
      .process("off", async ({ to }: { to: Sender<number> }, isOn: boolean) => {
        await csp.select([isOn && csp.sending(to, 1), null]);
      }, { out: ["to"], args: [false], local })
      .process("never", async () => {
        await csp.never.receive();
      }, { local })
      .process("timer", async () => {
        const { after, never, select } = await import("@pool/csp");
        const timer = after(1);
        for (;;) await select({ timer, never });
      }, { local })
      .process("pass", pass, { in: ["from"], out: ["to"], local })
      .process("takes", async ({ from }: { from: Receiver<number> }) => {
        for (;;) await csp.select({ from, never: csp.never });
      }, { in: ["from"], local })
      .channel("off.to", "pass.from")
      .channel("pass.to", "takes.from");
    const { waiting, message } = await deadlockOf(net);
    assert.deepEqual(waiting, [
      { process: "off", operation: "select", channel: "never" },
      { process: "never", operation: "receive", channel: "never" },
      { process: "timer", operation: "select", channel: "never" },
      { process: "pass", operation: "receive", channel: "off.to -> pass.from" },
      { process: "takes", operation: "select", channel: "pass.to -> takes.from" },
    ]);
    assert.match(message, /process "off" waits in a select for what never comes/);
    assert.match(message, /process "never" waits to receive what never comes/);
  });
}

test("DeadlockError tells which lock each philosopher waits for who runs other code, and all of them end", {
  timeout: 30_000,
}, async () => {
  const forks = Array.from({ length: 5 }, (_, i) => new Mutex({ name: `fork ${i}` }));
  const net = network("table");
  for (let i = 0; i < 5; i++) {
    net.process(`philosopher ${i}`, async (_ports: object, forks: Mutex[], i: number) => {
      function think(ms: number): Promise<void> {
        return new Promise((resolve) => setTimeout(resolve, ms));
      }
      for (;;) {
        const one = await forks[i]!.lock();
        await think(2);
        const other = await forks[(i + 1) % 5]!.lock();
        other.release();
        one.release();
      }
    }, { args: [forks, i] });
  }
  const { waiting } = await deadlockOf(net);
  assert.deepEqual(
    waiting,
    forks.map((_, i) => ({ process: `philosopher ${i}`, operation: "lock", channel: `fork ${(i + 1) % 5}` })),
  );
});

for (const local of [false, true]) {
  test(`DeadlockError tells which lock each philosopher waits for, ${local ? "here" : "in parallel"}`, {
    timeout: 30_000,
  }, async () => {
    const seats = 5;
    const forks = Array.from({ length: seats }, (_, i) => new Mutex({ name: `fork ${i}` }));
    const net = network("table");
    for (let i = 0; i < seats; i++) {
      net.process(
        `philosopher ${i}`,
        async (_ports: object, left: Mutex, right: Mutex) => {
          for (;;) {
            const one = await left.lock();
            await csp.sleep(2);
            const other = await right.lock();
            other.release();
            one.release();
          }
        },
        { args: [forks[i]!, forks[(i + 1) % seats]!], local },
      );
    }
    const { message, waiting } = await deadlockOf(net);
    for (let i = 0; i < seats; i++) {
      const fork = `fork ${(i + 1) % seats}`;
      assert.deepEqual(waiting[i], { process: `philosopher ${i}`, operation: "lock", channel: fork });
      assert.match(message, new RegExp(`"philosopher ${i}" waits for the lock ${fork}`));
    }
    assert.equal(waiting.length, seats);
  });

  test(
    `Network.done does not report who waits for a lock of somebody else, ${local ? "here" : "in parallel"}`,
    {
      timeout: 30_000,
    },
    async () => {
      const lock = new Mutex();
      const held = await lock.lock();
      const net = network("patient");
      for (const name of ["a", "b"]) {
        net.process(name, async (_ports: object, lock: Mutex) => {
          (await lock.lock()).release();
        }, { args: [lock], local });
      }
      net.start();
      await until(async () => {
        const { processes } = await net.ping();
        return processes.every(({ state, operation }) => state === "waiting" && operation === "lock");
      });
      // Ten times as long as two looks take.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      assert.equal((await net.ping()).state, "running");
      held.release();
      await within(net.done);
    },
  );
}

test("DeadlockError does not come where a lock may be given back, or come to who waits, all the same", async () => {
  const lock = new RWMutex();
  const held = await lock.rLock();
  const nets = [false, true].flatMap((local) => [
    // A reader outside of the network.
    silent(async ({ from, to }: Through, lock: RWMutex) => {
      const guard = await lock.lock();
      guard.release();
      await to.send(await from.receive());
    }, { args: [lock], local }),
    // One that gives it back on the side.
    silent(async ({ from, to }: Through, lock: RWMutex) => {
      const guard = await lock.rLock();
      setTimeout(() => guard.release(), 3_000);
      const other = await lock.lock();
      other.release();
      await to.send(await from.receive());
    }, { args: [new RWMutex()], local }),
    // A wait that ends by itself, beside one that does not.
    silent(async ({ from, to }: Through) => {
      await Promise.race([csp.select([]), csp.sleep(3_000)]);
      await to.send(await from.receive());
    }, { local }),
    silent(async ({ from, to }: Through) => {
      await csp.select({ never: csp.never, signal: AbortSignal.timeout(3_000) });
      await to.send(await from.receive());
    }, { local }),
    silent(async ({ from, to }: Through) => {
      await csp.never.receive({ timeout: 3_000 }).catch(() => {});
      await to.send(await from.receive());
    }, { local, watch: true }),
    silent(async ({ from, to }: Through) => {
      const ticks = csp.every(3_000);
      for await (const _ of ticks) break;
      await to.send(await from.receive());
    }, { local, watch: true }),
  ]);
  const inner = new Mutex();
  // One that takes it where nobody sees it.
  nets.push(silent(async ({ from, to }: Through) => {
    await Promise.race([inner.lock(), csp.sleep(3_000)]);
    await Promise.race([inner.lock(), csp.sleep(3_000)]);
    await to.send(await from.receive());
  }, { local: true }));
  await Promise.all(nets.map((net) => aliveFor(net, WATCHED_MS)));
  held.release();
});

test("DeadlockError does not come where who waits outside stands between readers, and may give up", async () => {
  for (const local of [true, false]) {
    const lock = new RWMutex();
    const { promise: stands, resolve: go } = Promise.withResolvers<void>();
    const net = network("between")
      .process("holder", async ({ from, to }: Through, lock: RWMutex) => {
        const guard = await lock.rLock();
        await to.send(await from.receive());
        guard.release();
      }, { in: ["from"], out: ["to"], args: [lock], local })
      .process("starter", async ({ to }: { to: Sender<number> }) => {
        await stands;
        await to.send(1);
      }, { out: ["to"], local: true })
      .process(
        "reader",
        async ({ start, from, to }: Through & { start: Receiver<number> }, lock: RWMutex) => {
          await start.receive();
          const guard = await lock.rLock();
          guard.release();
          await to.send(1);
          await from.receive();
        },
        { in: ["start", "from"], out: ["to"], args: [lock], local },
      )
      .channel("starter.to", "reader.start")
      .channel("holder.to", "reader.from")
      .channel("reader.to", "holder.from")
      .start();
    await until(() => {
      const guard = lock.tryLock();
      guard?.release();
      return guard === undefined;
    });
    const leaves = new AbortController();
    const writes = rejection(lock.lock({ signal: leaves.signal }));
    go();
    await until(async () => (await net.ping()).processes.some((each) => each.operation === "lock"));
    await Promise.race([net.done, new Promise((resolve) => setTimeout(resolve, WATCHED_MS))]);
    assert.equal((await net.ping()).state, "running");
    leaves.abort();
    await writes;
    await within(net.done);
  }
});
