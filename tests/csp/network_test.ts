import assert from "node:assert/strict";
import { test } from "node:test";
import {
  listAll,
  network,
  NetworkError,
  NotShareableError,
  Receiver,
  Sender,
  setParallelism,
} from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { collectIn, countTo, pass, statesOf, type Through } from "./_networks.ts";
import { double } from "../_fixtures/network_tasks.ts";

/** A source and a collector. */
function pair(got: number[], end: number, capacity = 0) {
  return network("pair")
    .process("count", countTo, { out: ["to"], args: [end] })
    .process("collect", collectIn(got), { in: ["from"], local: true })
    .channel("count.to", "collect.from", { capacity });
}

test("Network.start() runs processes until all have ended", async () => {
  const got: number[] = [];
  await within(pair(got, 100).start().done);
  assert.deepEqual(got, Array.from({ length: 100 }, (_, n) => n));
});

test("Network.process() gives the ends of the ports by name, then the arguments", async () => {
  const seen: unknown[] = [];
  await within(
    network()
      .process("a", async ({ x, y }: { x: Sender<string>; y: Receiver<string> }, ...args: unknown[]) => {
        await x.send(
          `${x.constructor.name} ${y.constructor.name} ${JSON.stringify(args)} ${x.name} ${y.name}`,
        );
        await x.send(await y.receive());
      }, { in: ["y"], out: ["x"], args: [1, { deep: [2] }] })
      .process("b", async (ports: { in: Receiver<string>; out: Sender<string> }, ...args) => {
        seen.push(Object.keys(ports), ports.in instanceof Receiver, ports.out instanceof Sender, args);
        seen.push(await ports.in.receive());
        await ports.out.send("echo");
        seen.push(await ports.in.receive());
      }, { in: ["in"], out: ["out"], args: [seen], local: true })
      .channel("a.x", "b.in")
      .channel("b.out", "a.y")
      .start().done,
  );
  assert.deepEqual(seen.slice(0, 3), [["in", "out"], true, true]);
  assert.equal((seen[3] as unknown[])[0], seen, "local arguments go by reference");
  assert.equal(seen[4], 'Sender Receiver [1,{"deep":[2]}] a.x -> b.in b.out -> a.y');
  assert.equal(seen[5], "echo");
});

test("Network.process() takes tasks", async () => {
  const got: number[] = [];
  await within(
    network()
      .process("count", countTo, { out: ["to"], args: [5] })
      .process("double", double, { in: ["from"], out: ["to"] })
      .process("collect", collectIn(got), { in: ["from"], local: true })
      .channel("count.to", "double.from")
      .channel("double.to", "collect.from")
      .start().done,
  );
  assert.deepEqual(got, [0, 2, 4, 6, 8]);
});

test("Network.process() runs `parallel` processes that share the ports: each value goes to one of them", async () => {
  setParallelism(2);
  const got: string[] = [];
  const net = network()
    .process("count", countTo, { out: ["to"], args: [300] })
    .process("work", async ({ from, to }: { from: Receiver<number>; to: Sender<string> }) => {
      for await (const n of from) await to.send(`${n}`);
    }, { in: ["from"], out: ["to"], parallel: 3 })
    .process("collect", async ({ from }: { from: Receiver<string> }) => {
      for await (const n of from) got.push(n);
    }, { in: ["from"], local: true, parallel: 2 })
    .channel("count.to", "work.from")
    .channel("work.to", "collect.from");
  await within(net.start().done);
  assert.deepEqual(got.map(Number).sort((a, b) => a - b), Array.from({ length: 300 }, (_, n) => n));
  const report = await net.ping();
  assert.deepEqual(statesOf(report), {
    count: "done",
    "work 0": "done",
    "work 1": "done",
    "work 2": "done",
    "collect 0": "done",
    "collect 1": "done",
  });
  assert.deepEqual(report.channels.map(({ sent }) => sent), [300, 300]);
});

test("Network.channel() to one in port from several: all send to it, it ends when all have", async () => {
  const got: number[] = [];
  const net = network()
    .process("a", countTo, { out: ["to"], args: [10] })
    .process("b", countTo, { out: ["to"], args: [20], local: true })
    .process("collect", collectIn(got), { in: ["from"], local: true })
    .channel("a.to", "collect.from", { capacity: 3 })
    .channel("b.to", "collect.from");
  await within(net.start().done);
  assert.equal(got.length, 30);
  assert.deepEqual((await net.ping()).channels, [
    { from: "a.to", to: "collect.from", size: 0, capacity: 3, sent: 10 },
    { from: "b.to", to: "collect.from", size: 0, capacity: 3, sent: 20 },
  ]);
});

for (const local of [false, true]) {
  test(`Network.channel() from one out port to several gives every value to each, ${local ? "here" : "elsewhere"}`, async () => {
    const [all, some]: [number[], number[]] = [[], []];
    const net = network()
      .process("count", countTo, { out: ["to"], args: [50], local })
      .process("pass", pass, { in: ["from"], out: ["to"], local })
      .process("all", collectIn(all), { in: ["from"], local: true })
      .process("some", async ({ from }: { from: Receiver<number> }) => {
        while (some.length < 10) some.push(await from.receive());
      }, { in: ["from"], local: true })
      .channel("count.to", "pass.from", { capacity: 2 })
      .channel("count.to", "some.from")
      .channel("pass.to", "all.from");
    await within(net.start().done);
    assert.equal(all.length, 50, "who has ended is left out");
    assert.deepEqual(some, all.slice(0, 10));
    const { processes, channels } = await net.ping();
    assert.deepEqual(processes.map(({ name }) => name), ["count", "pass", "all", "some"]);
    assert.deepEqual(channels.map(({ from, to, sent }) => [from, to, sent]), [
      ["count.to", "pass.from", 50],
      ["count.to", "some.from", 10],
      ["pass.to", "all.from", 50],
    ]);
  });
}

test("Network.channel() connects a process to itself", async () => {
  const got: number[] = [];
  await within(
    network()
      .process("loop", async ({ from, to }: Through) => {
        await to.send(1);
        for await (const n of from) {
          got.push(n);
          if (n === 5) return;
          await to.send(n + 1);
        }
      }, { in: ["from"], out: ["to"], local: true })
      .channel("loop.to", "loop.from", { capacity: 1 })
      .start().done,
  );
  assert.deepEqual(got, [1, 2, 3, 4, 5]);
});

test("Network.process() that has enough ends those before it", async () => {
  const net = network()
    .process("count", async ({ to }: { to: Sender<number> }) => {
      for (let n = 0;; n++) await to.send(n);
    }, { out: ["to"] })
    .process("pass", pass, { in: ["from"], out: ["to"] })
    .process("three", async ({ from }: { from: Receiver<number> }) => {
      for (let i = 0; i < 3; i++) await from.receive();
    }, { in: ["from"] })
    .channel("count.to", "pass.from")
    .channel("pass.to", "three.from");
  await within(net.start().done);
  assert.deepEqual(statesOf(await net.ping()), { count: "done", pass: "done", three: "done" });
});

test("Network.start() again, after the end, runs it anew", async () => {
  const got: number[] = [];
  const net = pair(got, 3);
  await within(net.start().done);
  const first = net.done;
  net.process("more", countTo, { out: ["to"], args: [2] }).channel("more.to", "collect.from");
  await within(net.start().done);
  assert.notEqual(net.done, first);
  assert.equal(got.length, 3 + 5);
  assert.deepEqual((await net.ping()).channels.map(({ sent }) => sent), [3, 2]);
});

test("Network.done before the start stands for the first run", async () => {
  const net = pair([], 3);
  const { done } = net;
  assert.equal(net.done, done);
  net.start();
  assert.equal(net.done, done);
  await within(done);
});

test("Network refuses to change or to start while it runs", async () => {
  const got: number[] = [];
  const net = pair(got, 3, 1).start();
  const running = /Cannot .*: (network "pair"|it) is running; stop it first/;
  assert.throws(() => net.start(), running);
  assert.throws(() => net.process("c", () => {}), running);
  assert.throws(() => net.channel("a.b", "c.d"), running);
  await within(net.done);
  assert.equal(got.length, 3);
});

test("Network refuses what only runs while it does not run", async () => {
  for (const net of [pair([], 3), pair([], 3).start()]) {
    const state = net.ping();
    if ((await state).state !== "idle") await within(net.done);
    const refused = /Cannot .* network "pair": it (was not started|has ended); start it first/;
    assert.throws(() => net.pause(), refused);
    assert.throws(() => net.resume(), refused);
    assert.match(String(await rejection(net.inject("collect.from", 1))), refused);
    await within(net.stop());
  }
});

test("Network.start() refuses a topology that cannot run, and names what is wrong", () => {
  const a = { out: ["x", "y"] } as const;
  const b = { in: ["in"] } as const;
  const cases: [() => unknown, RegExp][] = [
    [() => network("n").start(), /Cannot start network "n": it has no processes/],
    [
      () => network().process("a", () => {}, { out: ["x"] }).start(),
      /out port "x" of process "a" is not connected/,
    ],
    [
      () => network().process("a", () => {}, { in: ["x"] }).start(),
      /in port "x" of process "a" is not connected/,
    ],
    [
      () => network().process("a", () => {}, a).process("b", () => {}, b).channel("a.x", "b.in").start(),
      /out port "y" of process "a" is not connected; add a channel from "a.y"/,
    ],
    [
      () => network().process("a", () => {}, a).channel("a.x", "c.in").start(),
      /the channel a\.x -> c\.in names process "c", which there is not; there are "a"/,
    ],
    [
      () => network().process("a", () => {}, a).process("b", () => {}, b).channel("a.z", "b.in").start(),
      /names port "z", which process "a" does not have among its out ports; there are "x", "y"/,
    ],
    [
      () => network().process("a", () => {}, a).process("b", () => {}, b).channel("b.in", "a.x").start(),
      /begins at "b\.in", which is an in port; connect an out port to an in port/,
    ],
    [
      () => network().process("a", () => {}, a).process("b", () => {}, b).channel("a.x", "a.y").start(),
      /ends at "a\.y", which is an out port/,
    ],
    [
      () =>
        network().process("a", () => {}, a).process("b", () => {}, b)
          .channel("a.x", "b.in", { capacity: 1 }).channel("a.y", "b.in", { capacity: 2 }).start(),
      /"b\.in" has one channel, with capacity 1 by a\.x -> b\.in and 2 by a\.y -> b\.in/,
    ],
  ];
  for (const [run, message] of cases) {
    assert.throws(
      run,
      (error) => error instanceof NetworkError && message.test(error.message),
      String(message),
    );
  }
});

test("Network.process() and .channel() refuse what is no process and no channel", () => {
  const net = network("n").process("a", () => {}).process("b", () => {});
  const bad = net as unknown as Record<string, (...args: unknown[]) => unknown>;
  function f(): void {}
  const cases: [string, unknown[], new (...args: never[]) => Error, RegExp][] = [
    ["process", [1, f], TypeError, /the name is of type number; pass a string/],
    ["process", ["", f], NetworkError, /the name is ""/],
    ["process", ["x.y", f], NetworkError, /the name is "x\.y"; pass a name that is not empty and has no dot/],
    ["process", ["a", f], NetworkError, /"a": the network has one of this name/],
    ["process", ["c"], TypeError, /of type undefined is not a function/],
    ["process", ["c", f, 1], TypeError, /options are number/],
    ["process", ["c", f, { ins: [] }], TypeError, /unknown option "ins"/],
    ["process", ["c", f, { in: "x" }], TypeError, /in is of type string; pass an array/],
    ["process", ["c", f, { in: [1] }], TypeError, /in\[0\] is of type number/],
    ["process", ["c", f, { out: ["a.b"] }], NetworkError, /out\[0\] is "a\.b"/],
    ["process", ["c", f, { out: ["a", "a"] }], NetworkError, /port "a" is there twice/],
    ["process", ["c", f, { in: ["a"], out: ["a"] }], NetworkError, /port "a" is an in port and an out port/],
    ["process", ["c", f, { parallel: "2" }], TypeError, /parallel is of type string/],
    ["process", ["c", f, { parallel: 0 }], RangeError, /parallel is 0/],
    ["process", ["c", f, { parallel: 1.5 }], RangeError, /parallel is 1\.5/],
    ["process", ["c", f, { args: 1 }], TypeError, /args is of type number/],
    ["process", ["c", f, { local: 1 }], TypeError, /local is of type number/],
    ["process", ["c", f, { watch: 1 }], TypeError, /watch is of type number/],
    ["channel", [1, "b.x"], TypeError, /of type number is no port/],
    ["channel", ["a", "b.x"], NetworkError, /"a" is no port; pass "process\.port"/],
    ["channel", ["a.b.c", "b.x"], NetworkError, /"a\.b\.c" is no port/],
    ["channel", ["a.", "b.x"], NetworkError, /"a\." is no port/],
    ["channel", ["a.x", "b.x", { size: 1 }], TypeError, /unknown option "size"/],
    ["channel", ["a.x", "b.x", { capacity: "1" }], TypeError, /capacity is of type string/],
    ["channel", ["a.x", "b.x", { capacity: -1 }], RangeError, /capacity is -1/],
  ];
  for (const [method, args, type, message] of cases) {
    assert.throws(
      () => bad[method]!(...args),
      (error) => error instanceof type && message.test(error.message),
      String(message),
    );
  }
  net.channel("a.x", "b.x");
  assert.throws(() => net.channel("a.x", "b.x"), /a\.x -> b\.x: the network has it already/);
  assert.throws(() => network(1 as never), /Cannot make a network: the name is of type number/);
});

test("Network.start() refuses functions and arguments that cannot cross, and starts nothing", async () => {
  const captured = { value: 1 };
  let began = false;
  const capturing = network()
    .process("a", () => {
      began = true;
    }, { local: true })
    .process("b", () => captured);
  assert.throws(() => capturing.start(), NotShareableError);
  const odd = network()
    .process("a", () => {
      began = true;
    }, { local: true })
    .process("b", (_ports, ..._args: unknown[]) => {}, { args: [0, { f: () => {} }] });
  assert.throws(
    () => odd.start(),
    (error) => error instanceof NotShareableError && error.path === "args[1].f",
  );
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(began, false);
  assert.equal((await odd.ping()).state, "idle");
});

test("Network spreads its processes over interpreters", async () => {
  setParallelism(2);
  const ids: number[] = [];
  await within(
    network()
      .process("who", async ({ to }: { to: Sender<number> }) => {
        await to.send((await import("@pool/csp")).getCurrent().id);
      }, { out: ["to"], parallel: 4 })
      .process("collect", collectIn(ids), { in: ["from"], local: true })
      .channel("who.to", "collect.from", { capacity: 4 })
      .start().done,
  );
  assert.equal(ids.length, 4);
  assert(new Set(ids).size > 1, String(ids));
  assert(ids.every((id) => listAll().some((interp) => interp.id === id)));
});

test("Network.process() infers ports and arguments", () => {
  network()
    .process("a", (ports, n, s) => {
      const into: Sender<string> = ports.x;
      const from: Receiver<string> = ports.y;
      const [number, text]: [number, string] = [n, s];
      // @ts-expect-error there is no such port
      void ports.z;
      void [into, from, number, text];
    }, { in: ["y"], out: ["x"], args: [1, "one"] })
    // @ts-expect-error the argument is of another type
    .process("b", (_ports, n: number) => n, { args: ["one"] })
    .process("c", (ports) => {
      const none: Record<never, never> = ports;
      void none;
    });
});
