/** What select owes to guards in shared memory, seen with guards that only pretend to be there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { select, selectSync, TimeoutError, trySelect } from "@pool/csp";
import {
  type Arbiter,
  GUARD,
  type Guard,
  type Guarded,
  type Settled,
  type SharableWaiter,
  type Waiter,
} from "../../channels/port.ts";
import { surroundings } from "../../channels/surroundings.ts";
import { rejection, within } from "../_within.ts";

/** Plays the other threads: how a ticket stands, and what was done with it. */
class Ticket implements Arbiter {
  state: "waiting" | "reserved" | "done" | "gone" = "waiting";
  readonly log: string[] = [];

  reserve(): boolean {
    this.log.push("reserve");
    if (this.state !== "waiting") return false;
    this.state = "reserved";
    return true;
  }
  release(): void {
    this.log.push("release");
    this.state = "waiting";
  }
  settle(index: number): void {
    this.log.push(`settle ${index}`);
    this.state = "done";
  }
  giveUp(): boolean {
    this.log.push("giveUp");
    if (this.state !== "waiting") return false;
    this.state = "gone";
    return true;
  }
  close(): void {
    this.log.push("close");
  }
}

/** A port that pretends to be shared. */
class Port implements Guard, Guarded {
  ready: Settled | undefined;
  waiter: SharableWaiter | undefined;
  index = -1;
  ticket: Ticket | undefined;
  attempts = 0;
  blocked: (waiter: SharableWaiter, deadline: number) => void = function nothing() {};
  atOnce: (guards: readonly Guard[]) => { index: number; settled: Settled } | undefined = () => undefined;

  // deno-lint-ignore no-explicit-any
  declare [GUARD]: any;

  constructor() {
    this[GUARD] = () => this;
  }

  attempt(): Settled | undefined {
    this.attempts++;
    return this.ready;
  }
  enlist(waiter: Waiter, index: number): void {
    const sharable = waiter as SharableWaiter;
    if (sharable.ticket === 0) {
      sharable.ticket = 64;
      sharable.arbiter = this.ticket = new Ticket();
    }
    this.waiter = sharable;
    this.index = index;
  }
  withdraw(waiter: Waiter): void {
    if (this.waiter !== waiter) return;
    this.waiter = undefined;
    (waiter as unknown as { arbiter: Ticket }).arbiter.log.push("withdraw");
  }
  readonly shared = {
    channel: 128,
    sends: false,
    together: (guards: readonly Guard[]) => this.atOnce(guards),
    block: (waiter: SharableWaiter, deadline: number) => this.blocked(waiter, deadline),
  };

  /** As another thread does: settles, and then tells. */
  serve(value: unknown): void {
    const { waiter, index } = this;
    this.ticket!.state = "done";
    waiter!.finish(index, { is: "done", value });
  }
}

/** Cases of that kind, for the compiler. */
function cases(ports: Record<string, unknown>) {
  return ports as Record<string, Promise<unknown>>;
}

test("trySelect() gives up only if shared guards were unready at one instant", () => {
  const [a, b, c] = [new Port(), new Port(), new Port()];
  const seen: Port[][] = [];
  for (const port of [a, b, c]) {
    port.atOnce = (guards) => {
      seen.push(guards as Port[]);
      return { index: guards.indexOf(b), settled: { is: "done", value: "late" } };
    };
  }
  for (let i = 0; i < 20; i++) {
    const got = trySelect(cases({ a, off: null, b, c }));
    assert.deepEqual(got, { case: "b", value: "late", closed: false });
  }
  for (const guards of seen) assert.deepEqual(new Set(guards), new Set([a, b, c]));
  assert.equal(a.attempts, 20);
});

test("trySelect() needs no second look at one shared guard", () => {
  const a = new Port();
  a.atOnce = () => assert.fail();
  assert.equal(trySelect(cases({ a, b: new Promise(() => {}) })), undefined);
});

test("select() with a timeout of 0 is as strict as trySelect()", async () => {
  const [a, b] = [new Port(), new Port()];
  for (const port of [a, b]) {
    port.atOnce = (guards) => ({ index: guards.indexOf(a), settled: { is: "closed" } });
  }
  const got = await select(cases({ a, b }), { timeout: 0 });
  assert.deepEqual(got, { case: "a", value: undefined, closed: true });
});

test("select() that another thread has served ends, and withdraws before its ticket closes", async () => {
  const [a, b] = [new Port(), new Port()];
  const got = select(cases({ a, b }), { mode: "priority" });
  assert.equal(b.waiter!.ticket, 64);
  assert.equal(b.ticket, undefined, "one ticket for all");
  a.serve("x");
  assert.deepEqual(await within(got), { case: "a", value: "x", closed: false });
  assert.deepEqual(a.ticket!.log, ["withdraw", "withdraw", "close"]);
});

test("select() served by a guard of this thread tells the arbiter first", async () => {
  const a = new Port();
  const controller = new AbortController();
  const got = select(cases({ a, signal: controller.signal as never }), { mode: "priority" });
  controller.abort("here");
  assert.deepEqual(await within(got), { case: "signal", value: "here", closed: false });
  assert.deepEqual(a.ticket!.log, ["reserve", "settle 1", "withdraw", "close"]);
});

test("select() heeds the arbiter: what another thread has settled is not settled again", async () => {
  const a = new Port();
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  const got = select(cases({ a, promise }), { mode: "priority", signal: controller.signal, timeout: 1 });
  await undefined;
  await undefined;
  const { waiter } = a;
  a.ticket!.state = "done";
  resolve("too late");
  await undefined;
  controller.abort("too late");
  await new Promise((done) => setTimeout(done, 5));
  assert(a.ticket!.log.includes("giveUp"));
  waiter!.finish(0, { is: "done", value: "over there" });
  waiter!.finish(0, { is: "done", value: "twice" });
  assert.deepEqual(await within(got), { case: "a", value: "over there", closed: false });
});

test("select() gives its ticket up when it is aborted", async () => {
  const a = new Port();
  const controller = new AbortController();
  const failed = rejection(select(cases({ a }), { signal: controller.signal }));
  controller.abort("enough");
  assert.equal(await failed, "enough");
  assert.equal(a.ticket!.state, "gone");
  assert.deepEqual(a.ticket!.log, ["giveUp", "withdraw", "close"]);
});

test("select() withdraws everywhere when a guard fails to enlist", async () => {
  const [a, b] = [new Port(), new Port()];
  b.enlist = () => {
    throw new Error("cut off");
  };
  const error = await rejection(select(cases({ a, b }), { mode: "priority" }));
  assert.match(String(error), /cut off/);
  assert.deepEqual(a.ticket!.log, ["giveUp", "withdraw", "close"]);
});

test("select() enlists no further once a guard has settled it", async () => {
  const [a, b] = [new Port(), new Port()];
  a.enlist = function enlist(waiter, index) {
    Port.prototype.enlist.call(a, waiter, index);
    a.serve("at once");
  };
  assert.equal((await select(cases({ a, b }), { mode: "priority" })).value, "at once");
  assert.equal(b.waiter, undefined);
  assert.equal(a.waiter, undefined);
});

test("selectSync() blocks until another thread serves it", () => {
  const [a, b] = [new Port(), new Port()];
  let times = 0;
  for (const port of [a, b]) {
    port.blocked = (_waiter, deadline) => {
      assert(deadline - performance.now() < 100, "in slices");
      // The first times for no reason.
      if (++times === 5) b.serve("woken");
    };
  }
  a.enlist = function enlist(waiter, index) {
    Port.prototype.enlist.call(a, waiter, index);
    b.ticket = a.ticket;
  };
  const got = selectSync(cases({ a, b }), { mode: "priority" });
  assert.deepEqual(got, { case: "b", value: "woken", closed: false });
  assert.equal(times, 5);
  assert.equal(a.waiter ?? b.waiter, undefined);
});

test("selectSync() ends at its timeout, and gives its ticket up", () => {
  const a = new Port();
  a.blocked = (_waiter, deadline) => {
    while (performance.now() < deadline);
  };
  const began = performance.now();
  assert.throws(() => selectSync(cases({ a }), { timeout: 30 }), TimeoutError);
  assert(performance.now() - began >= 30);
  assert.equal(a.ticket!.state, "gone");
  assert.equal(a.waiter, undefined);
});

test("selectSync() waits for what another thread has settled but not told yet", () => {
  const a = new Port();
  a.blocked = (_waiter, deadline) => {
    if (deadline === Infinity) a.serve("told");
    else a.ticket!.state = "done";
  };
  assert.equal(selectSync(cases({ a }), { timeout: 5 }).value, "told");
});

test("selectSync() attempts what becomes due here, reserved", () => {
  const a = new Port();
  const timer: Guard = {
    due: performance.now() + 25,
    attempt() {
      return performance.now() >= this.due! ? { is: "done", value: "time" } : undefined;
    },
    enlist: () => assert.fail("a timer of a blocked thread never fires"),
    withdraw: () => assert.fail(),
  };
  a.blocked = (_waiter, deadline) => {
    while (performance.now() < deadline);
  };
  const got = selectSync(cases({ a, timer: { [GUARD]: () => timer } }));
  assert.deepEqual(got, { case: "timer", value: "time", closed: false });
  assert.deepEqual(a.ticket!.log.slice(-4), ["reserve", "settle 1", "withdraw", "close"]);
});

test("selectSync() gives its ticket up when blocking fails", () => {
  const a = new Port();
  a.blocked = () => {
    throw new Error("cut off");
  };
  assert.throws(() => selectSync(cases({ a })), /cut off/);
  assert.equal(a.ticket!.state, "gone");
  assert.equal(a.waiter, undefined);
});

test("selectSync() ends when its process is aborted by another thread", () => {
  trySelect([]); // what is installed at the first use is in place
  const { processSignal } = surroundings;
  const controller = new AbortController();
  const a = new Port();
  let times = 0;
  a.blocked = () => {
    if (++times === 3) controller.abort("cancelled");
  };
  try {
    surroundings.processSignal = () => controller.signal;
    assert.throws(() => selectSync(cases({ a })), (error) => error === "cancelled");
    assert.throws(() => selectSync(cases({ a })), (error) => error === "cancelled");
  } finally {
    surroundings.processSignal = processSignal;
  }
  assert.equal(times, 3);
  assert.equal(a.ticket!.state, "gone");
});

test("selectSync() sees a signal among its cases that another thread raises", () => {
  const controller = new AbortController();
  const a = new Port();
  a.blocked = () => controller.abort("raised");
  assert.equal(selectSync(cases({ a, signal: controller.signal as never })).value, "raised");
});
