/** Where processes run: the shared set, its size, who gets what, what becomes of a member that dies. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import * as csp from "@pool/csp";
import {
  create,
  getCurrent,
  getMain,
  go,
  InterpreterError,
  InterpreterNotFoundError,
  listAll,
  type Process,
  setParallelism,
  shutdown,
} from "@pool/csp";
import { flags, reached } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

type Words = Int32Array<SharedArrayBuffer>;

/** Runs until `words[0]` is set; counts itself in `words[1]`. */
const hold = async (words: Words): Promise<number> => {
  Atomics.add(words, 1, 1);
  while (Atomics.load(words, 0) === 0) await csp.sleep(1);
  return csp.getCurrent().id;
};

/** Lets all that {@link hold} go. */
async function release<T>(words: Words, processes: Process<T>[]): Promise<T[]> {
  Atomics.store(words, 0, 1);
  return await within(Promise.all(processes));
}

/** Settles once `condition` holds. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    assert(performance.now() < end, `Cannot wait any longer: ${what}`);
    await csp.sleep(2);
  }
}

afterEach(async () => {
  await shutdown();
  setParallelism(2);
});

test("go() starts interpreters on demand, no more than setParallelism() says, and uses them again", async () => {
  setParallelism(3);
  assert.equal(listAll().length, 1);
  const words = flags();
  const processes = [go(hold, words)];
  assert.equal(listAll().length, 2);
  processes.push(go(hold, words));
  assert.equal(listAll().length, 3);
  for (let i = 0; i < 7; i++) processes.push(go(hold, words));
  assert.equal(listAll().length, 4);
  const ids = await release(words, processes);
  assert.deepEqual(ids, processes.map((process) => process.interpreter.id));
  for (const id of new Set(ids)) assert.equal(ids.filter((other) => other === id).length, 3);
  await within(Promise.all(Array.from({ length: 20 }, () => go(() => 1))));
  assert.equal(listAll().length, 4);
});

test("go() one after another needs one interpreter", async () => {
  setParallelism(4);
  for (let i = 0; i < 5; i++) await within(go(() => 1));
  assert.equal(listAll().length, 2);
});

test("go() gives fewer processes to an interpreter that computes for long", async () => {
  setParallelism(2);
  const words = flags();
  const busy = go((words: Words) => {
    Atomics.store(words, 1, 1);
    while (Atomics.load(words, 0) === 0);
  }, words);
  await reached(words, 1);
  const counts = new Map<number, number>();
  for (let i = 0; i < 20; i++) {
    const process = go(() => 1);
    counts.set(process.interpreter.id, (counts.get(process.interpreter.id) ?? 0) + 1);
    await within(process);
  }
  assert.equal(counts.get(busy.interpreter.id) ?? 0, 0);
  await release(words, [busy]);
});

test("go() counts what was started by others too", async () => {
  setParallelism(2);
  const words = flags();
  // One process that starts four more: two on each side of a set of two, itself included.
  const outer = go(async (words: Words) => {
    const inner = Array.from({ length: 3 }, () =>
      csp.go(async (words: Words) => {
        Atomics.add(words, 1, 1);
        while (Atomics.load(words, 0) === 0) await csp.sleep(1);
        return csp.getCurrent().id;
      }, words));
    return [csp.getCurrent().id, ...await Promise.all(inner)];
  }, words);
  await reached(words, 1, 3);
  const mine = [go(hold, words), go(hold, words)];
  const [inner, ...rest] = await within((Atomics.store(words, 0, 1), Promise.all([outer, ...mine])));
  const all = [...inner, ...rest];
  for (const id of new Set(all)) assert.equal(all.filter((other) => other === id).length, 3, all.join());
});

test("go() nests: three levels deep, from go.dedicated, from a call", async () => {
  setParallelism(2);
  const nested = async (depth: number): Promise<number[]> => {
    const id = csp.currentProcess().id;
    if (depth === 0) return [id];
    const inner = async (depth: number): Promise<number[]> => {
      const id = csp.currentProcess().id;
      if (depth === 0) return [id];
      return [id, ...await csp.go(() => [csp.currentProcess().id])];
    };
    return [id, ...await csp.go(inner, depth - 1)];
  };
  const ids = await within(go(nested, 2));
  assert.equal(new Set(ids).size, 3);
  assert.equal(await within(go.dedicated(async () => await csp.go((n: number) => n + 1, 1))), 2);
  const interp = create();
  assert.equal(await within(interp.call(async () => await csp.go((n: number) => n + 1, 2))), 3);
  assert.equal(await within(go(async () => await csp.go.dedicated(() => csp.chan(1).trySend(1)))), true);
  assert.equal(await within(go(async () => await csp.go.local(() => 5))), 5);
  await interp.close();
  assert(listAll().length <= 3);
});

test("go() from many interpreters at once never makes more than there may be", async () => {
  setParallelism(3);
  const interps = Array.from({ length: 6 }, () => create());
  await within(Promise.all(interps.map((interp) => interp.call(() => typeof csp.go))));
  const words = flags();
  const starting = interps.map((interp) =>
    interp.call(async (words: Words) => {
      Atomics.add(words, 1, 1);
      while (Atomics.load(words, 0) === 0);
      const processes = Array.from({ length: 5 }, () => csp.go(() => csp.getCurrent().id));
      return await Promise.all(processes);
    }, words)
  );
  await reached(words, 1, 6);
  Atomics.store(words, 0, 1);
  const ids = (await within(Promise.all(starting))).flat();
  assert.equal(ids.length, 30);
  assert(new Set(ids).size <= 3, String(new Set(ids).size));
  assert(listAll().length <= 10, String(listAll().length));
  await Promise.all(interps.map((interp) => interp.close()));
});

test("setParallelism() lower: busy ones finish and are closed, no more is placed there; higher: more start", async () => {
  setParallelism(3);
  const words = flags();
  const processes = [go(hold, words), go(hold, words), go(hold, words)];
  assert.equal(listAll().length, 4);
  setParallelism(1);
  const first = processes[0]!.interpreter;
  for (let i = 0; i < 3; i++) assert.equal(await within(go(() => csp.getCurrent().id)), first.id);
  assert.deepEqual(await release(words, processes), processes.map((process) => process.interpreter.id));
  await until(() => listAll().length === 2, "surplus interpreters close");
  assert.deepEqual(listAll(), [getMain(), first]);
  await within(go(() => csp.setParallelism(2)));
  const more = flags();
  const again = [go(hold, more), go(hold, more), go(hold, more)];
  assert.equal(listAll().length, 3);
  await release(more, again);
});

test("setParallelism() up and down closes no interpreter that has just got a process (W05)", async () => {
  setParallelism(3);
  const processes: PromiseLike<number>[] = [];
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 6; i++) processes.push(go((n: number) => n + 1, processes.length));
    setParallelism(1 + round % 3);
    if (round % 4 === 3) await within(processes.at(-1)!);
  }
  assert.deepEqual(await within(Promise.all(processes)), Array.from({ length: 72 }, (_, i) => i + 1));
});

test("setParallelism() refuses what is no number of interpreters", () => {
  for (const n of [0, -1, 1.5, NaN, Infinity, 1024, "2", undefined]) {
    assert.throws(() => setParallelism(n as number), RangeError);
  }
});

test("A member that dies is replaced at once, and its processes fail", async () => {
  setParallelism(1);
  const words = flags();
  const victim = go(hold, words);
  const { interpreter } = victim;
  await reached(words, 1);
  go(() => {
    setTimeout(() => {
      throw new Error("uncaught");
    });
  });
  const error = await rejection(victim) as InterpreterError;
  assert(error instanceof InterpreterError);
  assert.match(String((error.cause as Error).message), /uncaught/);
  assert.equal(victim.status, "failed");
  await until(() => listAll().length === 2, "the replacement is there");
  assert.notEqual(listAll()[1], interpreter);
  const next = go(() => csp.getCurrent().id);
  assert.equal(next.interpreter, listAll()[1]);
  assert.equal(await within(next), next.interpreter.id);
  assert.equal(listAll().length, 2);
});

test("go.with({ interpreter }) on a closed one throws InterpreterNotFoundError at once", async () => {
  const interp = create();
  await interp.close();
  const sender = csp.chan<number>().sender();
  assert.throws(() => go.with({ interpreter: interp })((_: unknown) => 1, sender), InterpreterNotFoundError);
  await assert.rejects(sender.send(1, { timeout: 0 }), csp.TimeoutError);
});

test("go.with({ interpreter }) on a serial one takes turns with calls and processes", async () => {
  const interp = create();
  const words = flags();
  const turn = async (words: Words, n: number) => {
    if (Atomics.add(words, 0, 1) !== 0) throw new Error("two at once");
    await csp.sleep(2);
    Atomics.sub(words, 0, 1);
    return Atomics.add(words, 1, 1) === n;
  };
  const start = go.with({ interpreter: interp });
  const all = await within(Promise.all([
    start(turn, words, 0),
    interp.call(turn, words, 1),
    start(turn, words, 2),
    start(turn, words, 3),
    interp.call(turn, words, 4),
  ]));
  assert.deepEqual(all, [true, true, true, true, true]);
  await interp.close();
});

test("go.with({ interpreter }) takes names that are bound there, and refuses others when they are known", async () => {
  const interp = create();
  await interp.prepareMain({ limit: 10 });
  const bound = new Function("return function bound() { return limit + 1; }")() as () => number;
  assert.equal(await within(go.with({ interpreter: interp })(bound)), 11);
  const unbound = new Function("return function unbound() { return missing + 1; }")() as () => number;
  const channel = csp.chan<number>(1);
  const process = go.with({ interpreter: interp })(unbound as never, channel.sender());
  const error = await rejection(process) as csp.NotShareableError;
  assert(error instanceof csp.NotShareableError);
  assert.deepEqual(error.captured, ["missing"]);
  // The sender has arrived there, so it retires with why it was not used.
  assert.match(String((await rejection(channel.receive()) as Error).message), /missing/);
  await interp.close();
});

test("go.with({ interpreter }) runs in main, and in the interpreter itself", async () => {
  assert.equal(await within(go.with({ interpreter: getCurrent() })(() => csp.getCurrent().id)), 0);
  const ids = await within(go(async () => {
    const here = csp.getCurrent();
    const main = await csp.go.with({ interpreter: csp.getMain() })(() => csp.getCurrent().id);
    return [here.id, await csp.go.with({ interpreter: here })(() => csp.getCurrent().id), main];
  }));
  assert.equal(ids[0], ids[1]);
  assert.equal(ids[2], 0);
});

test("go.dedicated() has an interpreter of its own, which is gone when it has ended", async () => {
  const words = flags();
  const process = go.with({ dedicated: true, name: "digger" })((words: Words) => {
    Atomics.store(words, 1, 1);
    while (Atomics.load(words, 0) === 0) Atomics.wait(words, 0, 0, 10);
    return csp.getCurrent().id;
  }, words);
  await reached(words, 1);
  assert.equal(process.interpreter.name, "dedicated digger");
  assert(listAll().includes(process.interpreter));
  const [id] = await release(words, [process]);
  assert.equal(id, process.interpreter.id);
  assert.deepEqual(listAll(), [getMain()]);
  const failing = go.dedicated(() => {
    throw new RangeError("x");
  });
  await rejection(failing);
  assert.deepEqual(listAll(), [getMain()]);
  assert.throws(() => go.dedicated((f: unknown) => f, () => 1), csp.NotShareableError);
  assert.deepEqual(listAll(), [getMain()]);
});

test("go.dedicated() ends with the interpreter that started it", async () => {
  const interp = create();
  const words = flags();
  const starting = interp.call((words: Words) => {
    csp.go.dedicated(async (words: Words) => {
      Atomics.store(words, 1, 1);
      await csp.sleep(60_000).catch(() => Atomics.store(words, 2, 1));
      await new Promise(() => {});
    }, words);
  }, words);
  await within(starting);
  await reached(words, 1);
  assert.equal(listAll().length, 3);
  await interp.close({ force: true });
  await reached(words, 2);
  await until(() => listAll().length === 1, "it is closed");
});

test("…Sync throws InterpreterError in go, works in go.dedicated", async () => {
  const channel = csp.chan<number>(1);
  const error = await rejection(go((channel: csp.Channel<number>) => channel.receiveSync(), channel));
  assert(error instanceof InterpreterError);
  const process = go.dedicated((channel: csp.Channel<number>) => channel.receiveSync(), channel);
  await channel.send(6);
  assert.equal(await within(process), 6);
});

test("select and channels behave the same in go, go.local and go.dedicated", async () => {
  const party = async (input: csp.Receiver<number>, output: csp.Sender<string>) => {
    for (;;) {
      const result = await csp.select({ input, late: csp.after(60_000) });
      if (result.closed) return "closed";
      await output.send(`${result.case} ${result.value}`);
    }
  };
  for (const start of [go, go.local, go.dedicated]) {
    const [input, output] = [csp.chan<number>(), csp.chan<string>()];
    const sender = input.sender();
    const process = start(party, input.receiver(), output.sender());
    for (const n of [1, 2, 3]) {
      await within(sender.send(n));
      assert.equal(await within(output.receive()), `input ${n}`);
    }
    sender.retire();
    assert.equal(await within(process), "closed");
    await rejection(output.receive());
  }
});
