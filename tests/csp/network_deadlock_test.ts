import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Channel, DeadlockError, network, type Receiver, type Sender } from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { aliveFor, deadlockOf, silent, WATCHED_MS } from "./_deadlocks.ts";
import { collectIn, pass, statesOf, type Through } from "./_networks.ts";
import { double } from "../_fixtures/network_tasks.ts";

for (const local of [true, false]) {
  const where = local ? "here" : "elsewhere";
  for (const n of [2, 3, 5, 11, 20]) {
    test(`DeadlockError is what done of a ring of ${n} processes rejects with, ${where}`, async () => {
      const net = network("ring");
      for (let i = 0; i < n; i++) {
        net.process(`p${i}`, pass, { in: ["from"], out: ["to"], local })
          .channel(`p${i}.to`, `p${(i + 1) % n}.from`);
      }
      const { waiting, message } = await deadlockOf(net);
      assert.deepEqual(
        waiting,
        Array.from({ length: n }, (_, i) => ({
          process: `p${i}`,
          operation: "receive",
          channel: `p${(i + n - 1) % n}.to -> p${i}.from`,
        })),
      );
      assert.match(message, /^Network "ring" is deadlocked/);
      for (const { process, channel } of waiting) {
        assert(message.includes(`process "${process}" waits to receive on channel "${channel}"`), message);
      }
    });
  }

  test(`DeadlockError tells of full rings: all send, ${where}`, async () => {
    const net = network("full");
    for (let i = 0; i < 3; i++) {
      net.process(`p${i}`, async ({ from, to }: Through) => {
        for (let n = 0; n < 5; n++) await to.send(n);
        for await (const _ of from);
      }, { in: ["from"], out: ["to"], local })
        .channel(`p${i}.to`, `p${(i + 1) % 3}.from`, { capacity: 2 });
    }
    const { waiting } = await deadlockOf(net);
    assert.deepEqual(waiting.map(({ operation, channel }) => [operation, channel]), [
      ["send", "p0.to -> p1.from"],
      ["send", "p1.to -> p2.from"],
      ["send", "p2.to -> p0.from"],
    ]);
    assert.deepEqual((await net.ping()).channels.map(({ sent }) => sent), [2, 2, 2]);
  });

  test(`DeadlockError tells of selects, batches and operations together, ${where}`, async () => {
    const net = network("mixed")
      .process(
        "selects",
        async ({ a, b, out }: { a: Receiver<number>; b: Receiver<number>; out: Sender<number> }) => {
          const { select, sending } = await import("@pool/csp");
          for (;;) await select({ a, b, out: sending(out, 1) });
        },
        { in: ["a", "b"], out: ["out"], local },
      )
      .process(
        "both",
        async ({ x, y, to }: { x: Receiver<number>; y: Receiver<number>; to: Sender<number> }) => {
          const [p, q] = await Promise.all([x.receive(), y.receive()]);
          await to.send(p + q);
        },
        { in: ["x", "y"], out: ["to"], local },
      )
      .process("many", async ({ from, to }: Through) => {
        const some = await from.receiveMany(3);
        await to.sendMany(some);
      }, { in: ["from"], out: ["to"], local })
      .channel("selects.out", "both.x")
      .channel("both.to", "many.from")
      .channel("many.to", "selects.a")
      .process("idle", pass, { in: ["from"], out: ["to", "more"], local })
      .channel("idle.to", "both.y")
      .channel("idle.more", "selects.b")
      .process("back", pass, { in: ["from"], out: ["to"], local })
      .channel("many.to", "back.from")
      .channel("back.to", "idle.from");
    const { waiting } = await deadlockOf(net);
    const byProcess = waiting.map(({ process, operation, channel }) => `${process} ${operation} ${channel}`);
    assert.deepEqual(
      byProcess.sort(),
      [
        "back receive many.to -> back.from",
        "both receive idle.to -> both.y",
        "copies of many.to receive many.to -> selects.a, back.from",
        "idle receive back.to -> idle.from",
        "many receive both.to -> many.from",
        "selects select many.to -> selects.a, idle.more -> selects.b, selects.out -> both.x",
      ].sort(),
    );
  });

  test(`DeadlockError is found when it comes late, and among processes that have ended, ${where}`, async () => {
    const net = network("late")
      .process("start", async ({ to }: { to: Sender<number> }) => {
        for (let n = 500; n > 0; n--) await to.send(n);
      }, { out: ["to"], local })
      .process("a", async ({ from, back, to }: Through & { back: Receiver<number> }) => {
        for await (const n of from) {
          await to.send(n);
          if (n > 1) await back.receive();
        }
        await back.receive();
        await back.receive();
      }, { in: ["from", "back"], out: ["to"], local })
      .process("b", pass, { in: ["from"], out: ["to"], local })
      .channel("start.to", "a.from")
      .channel("a.to", "b.from")
      .channel("b.to", "a.back");
    const { waiting } = await deadlockOf(net);
    assert.deepEqual(waiting.map(({ process }) => process), ["a", "b"]);
    assert.equal(statesOf(await net.ping())["start"], "done");
  });

  test(`DeadlockError: the dining philosophers who all take the left fork first, ${where}`, async () => {
    const seats = 5;
    const net = network("philosophers");
    for (let i = 0; i < seats; i++) {
      net.process(
        `philosopher ${i}`,
        async ({ left, right, leftBack, rightBack, ready, go }: {
          left: Receiver<string>;
          right: Receiver<string>;
          leftBack: Sender<string>;
          rightBack: Sender<string>;
          ready: Sender<string>;
          go: Receiver<string>;
        }) => {
          const one = await left.receive();
          // All have theirs before any of them reaches for the other.
          await ready.send("");
          await go.receive();
          const other = await right.receive();
          await leftBack.send(one);
          await rightBack.send(other);
        },
        { in: ["left", "right", "go"], out: ["leftBack", "rightBack", "ready"], local },
      );
      // A fork is a process that lies on the table, is taken, and comes back.
      net.process(
        `fork ${i}`,
        async ({ toLeft, toRight, back }: {
          toLeft: Sender<string>;
          toRight: Sender<string>;
          back: Receiver<string>;
        }) => {
          const { select, sending } = await import("@pool/csp");
          for (;;) {
            await select({ toLeft: sending(toLeft, ""), toRight: sending(toRight, "") });
            await back.receive();
          }
        },
        { in: ["back"], out: ["toLeft", "toRight"], local },
      );
    }
    net.process(
      "table",
      async (ports: { seated: Receiver<string>; start: Sender<string> }, count: number) => {
        for (let i = 0; i < count; i++) await ports.seated.receive();
        await ports.start.send("");
      },
      { in: ["seated"], out: ["start"], args: [seats], local, watch: true },
    );
    for (let i = 0; i < seats; i++) {
      const next = (i + 1) % seats;
      net.channel(`fork ${i}.toLeft`, `philosopher ${i}.left`)
        .channel(`fork ${i}.toRight`, `philosopher ${(i + seats - 1) % seats}.right`)
        .channel(`philosopher ${i}.leftBack`, `fork ${i}.back`)
        .channel(`philosopher ${i}.rightBack`, `fork ${next}.back`)
        .channel(`philosopher ${i}.ready`, "table.seated")
        .channel("table.start", `philosopher ${i}.go`);
    }
    const { waiting } = await deadlockOf(net);
    for (let i = 0; i < seats; i++) {
      const of = waiting.find(({ process }) => process === `philosopher ${i}`);
      assert.deepEqual(of, {
        process: `philosopher ${i}`,
        operation: "receive",
        channel: `fork ${(i + 1) % seats}.toRight -> philosopher ${i}.right`,
      });
      assert.equal(waiting.find(({ process }) => process === `fork ${i}`)?.operation, "receive");
    }
    assert.equal(waiting.length, 2 * seats);
  });
}

test("DeadlockError counts tasks, and functions that call others without handing their ports on", async () => {
  const log: number[] = [];
  function note(n: number): void {
    log.push(n);
  }
  const net = network("task")
    .process("a", double, { in: ["from"], out: ["to"] })
    .process("b", async ({ from, to }: Through) => {
      await to.send(1);
      for await (const n of from) note(n);
      await to.send(1);
    }, { in: ["from"], out: ["to"], local: true })
    .channel("a.to", "b.from")
    .channel("b.to", "a.from");
  const { waiting } = await deadlockOf(net);
  assert.deepEqual(waiting.map(({ process, operation }) => [process, operation]), [["a", "receive"], [
    "b",
    "receive",
  ]]);
  assert.deepEqual(log, [2]);
});

test("DeadlockError counts channels of the arguments where `watch` promises that only the network has them", async () => {
  for (const local of [true, false]) {
    const forks = Array.from({ length: 3 }, (_, i) => chan<string>({ capacity: 1, name: `fork ${i}` }));
    const net = network("forks");
    for (const fork of forks) await fork.send("fork");
    for (let i = 0; i < 3; i++) {
      net.process(`p${i}`, async (_ports, left: Channel<string>, right: Channel<string>) => {
        const { sleep } = await import("@pool/csp");
        for (;;) {
          const one = await left.receive();
          await sleep(1);
          const other = await right.receive();
          await left.send(one);
          await right.send(other);
        }
      }, { args: [forks[i]!, forks[(i + 1) % 3]!], local, watch: true });
    }
    const { waiting } = await deadlockOf(net);
    assert.deepEqual(waiting.map(({ process, operation }) => [process, operation]), [
      ["p0", "receive"],
      ["p1", "receive"],
      ["p2", "receive"],
    ]);
    // Local channels have no name that another thread could read.
    if (!local) assert.deepEqual(waiting.map(({ channel }) => channel), ["fork 1", "fork 2", "fork 0"]);
  }
});

test("DeadlockError does not come while a network is paused, and comes once it is resumed", async () => {
  const net = network().process("a", pass, { in: ["from"], out: ["to"] })
    .process("b", pass, { in: ["from"], out: ["to"] })
    .channel("a.to", "b.from")
    .channel("b.to", "a.from")
    .start();
  net.pause();
  const failure = rejection(net.done);
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  assert.equal((await net.ping()).state, "paused");
  net.resume();
  assert(await failure instanceof DeadlockError);
});

test("DeadlockError does not come where a timer, a signal or a timeout can end a wait", async () => {
  const waits: ((ports: Through) => unknown)[] = [
    async ({ from, to }) => {
      const { after, select } = await import("@pool/csp");
      await select({ from, late: after(3_000) });
      await to.send(1);
    },
    async ({ from, to }) => {
      const { select } = await import("@pool/csp");
      await select({ from }, { timeout: 3_000 });
      await to.send(1);
    },
    async ({ from, to }) => {
      const { select } = await import("@pool/csp");
      await select({ from, promise: new Promise((resolve) => setTimeout(resolve, 3_000)) });
      await to.send(1);
    },
    async ({ from, to }) => {
      const { select } = await import("@pool/csp");
      await select({ from, signal: AbortSignal.timeout(3_000) });
      await to.send(1);
    },
    async ({ from, to }) => {
      await from.receive({ timeout: 3_000 });
      await to.send(1);
    },
    async ({ from, to }) => {
      await from.receive({ signal: new AbortController().signal });
      await to.send(1);
    },
    async ({ to }) => {
      const { sleep } = await import("@pool/csp");
      await sleep(3_000);
      await to.send(1);
    },
    async ({ to }) => {
      const { currentProcess } = await import("@pool/csp");
      await new Promise((resolve) => currentProcess().signal.addEventListener("abort", resolve));
      await to.send(1);
    },
    async ({ from, to }) => {
      await Promise.race([from.receive(), new Promise((resolve) => setTimeout(resolve, 3_000))]);
      await to.send(1);
    },
    async ({ from, to }) => {
      await Promise.any([from.receive()]);
      await to.send(1);
    },
    async ({ from, to }) => {
      await Promise.all([from.receive(), new Promise((_, reject) => setTimeout(reject, 3_000))]).catch(
        () => {},
      );
      await to.send(1);
    },
    async ({ from, to }) => {
      const got = from.receive();
      got.catch(() => {});
      const { sleep } = await import("@pool/csp");
      await sleep(3_000);
      await to.send(1);
    },
    async ({ from, to }) => {
      const timer = setInterval(() => to.send(1).catch(() => {}), 3_000);
      try {
        await from.receive();
      } finally {
        clearInterval(timer);
      }
    },
    async (ports) => {
      function later(): void {
        setTimeout(() => ports.to.send(1).catch(() => {}), 3_000);
      }
      later();
      await ports.from.receive();
    },
    async ({ from, to }) => {
      const { chan } = await import("@pool/csp");
      await chan<number>().receive();
      await to.send(await from.receive());
    },
  ];
  const nets = waits.flatMap((wait) => [silent(wait), silent(wait, { local: true })]);
  await Promise.all(nets.map((net) => aliveFor(net, WATCHED_MS)));
});

test("DeadlockError does not come where somebody else has an end, or may have", async () => {
  const control = chan<number>();
  const nets = [
    // A channel that the program has.
    silent(async ({ from, to }: Through, control: Channel<number>) => {
      await control.receive();
      await to.send(await from.receive());
    }, { args: [control] }),
    // Ends that have gone on.
    silent(async ({ from, to }: Through) => {
      const { go } = await import("@pool/csp");
      go.local(async (out: Sender<number>) => {
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        // The network may have ended, and nobody awaits this process.
        await out.send(1).catch(() => {});
      }, to);
      await from.receive();
    }, { watch: true }),
    silent(async ({ from, to }: Through) => {
      const one = to.clone();
      setTimeout(() => one.send(1).catch(() => {}), 3_000);
      await from.receive();
    }, { watch: true }),
    // What was said of it.
    silent(pass, { watch: false }),
  ];
  await Promise.all(nets.map((net) => aliveFor(net, WATCHED_MS)));
});

test("DeadlockError does not come where values are injected", async () => {
  const got: number[] = [];
  const net = network()
    .process("a", pass, { in: ["from"], out: ["to", "tap"] } as never)
    .process("b", pass, { in: ["from"], out: ["to"] })
    .process("sink", collectIn(got), { in: ["from"], local: true })
    .channel("a.to", "b.from")
    .channel("b.to", "sink.from")
    .channel("a.tap", "sink.from")
    .process("source", pass, { in: ["from"], out: ["to"] })
    .channel("source.to", "a.from")
    .process("end", pass, { in: ["from"], out: ["to"] })
    .channel("end.to", "source.from")
    .process("start", pass, { in: ["from"], out: ["to"] })
    .channel("start.to", "end.from")
    .channel("b.to", "start.from")
    .start();
  const failure = net.done;
  for (let n = 0; n < 4; n++) {
    await net.inject("sink.from", n);
    await Promise.race([failure, new Promise((resolve) => setTimeout(resolve, 150))]);
  }
  assert.deepEqual(got, [0, 1, 2, 3]);
  assert.equal((await net.ping()).state, "running");
  await within(net.stop());
});

test("DeadlockError does not come in a network with a slow source", async () => {
  const got: number[] = [];
  const net = network("slow")
    .process("source", async ({ to }: { to: Sender<number> }) => {
      for (let n = 0; n < 5; n++) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        await to.send(n);
      }
    }, { out: ["to"] })
    .process("pass", pass, { in: ["from"], out: ["to"], parallel: 2 })
    .process("collect", collectIn(got), { in: ["from"], local: true })
    .channel("source.to", "pass.from")
    .channel("pass.to", "collect.from", { capacity: 2 });
  await within(net.start().done);
  assert.equal(got.length, 5);
});

test("DeadlockError does not come while an interpreter is kept busy", async () => {
  const net = network("busy")
    .process("a", async ({ from, to }: Through) => {
      await to.send(1);
      const end = performance.now() + 700;
      while (performance.now() < end);
      for await (const _ of from);
    }, { in: ["from"], out: ["to"] })
    .process("b", pass, { in: ["from"], out: ["to"] })
    .channel("a.to", "b.from")
    .channel("b.to", "a.from", { capacity: 1 });
  const failure = rejection(net.start().done);
  const begun = performance.now();
  const error = await failure;
  assert(error instanceof DeadlockError, `it ends in one, but not before all wait: ${error}`);
  assert(performance.now() - begun > 650, `${performance.now() - begun}`);
});
