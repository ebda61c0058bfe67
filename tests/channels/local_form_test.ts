import assert from "node:assert/strict";
import { test } from "node:test";
import { ChannelCore } from "../../channels/core.ts";
import { ChannelError, TimeoutError } from "../../channels/errors.ts";
import type { Form } from "../../channels/form.ts";
import { ChannelIterator } from "../../channels/iteration.ts";
import type { LocalForm } from "../../channels/local_form.ts";
import type { Shape } from "../../channels/local_state.ts";
import { unsent } from "../../channels/parcel.ts";
import type { Guard, Settled, Waiter } from "../../channels/port.ts";
import type { Progress } from "../../channels/batches.ts";
import { surroundings } from "../../channels/surroundings.ts";
import { move } from "../../sharing/move.ts";
import { rejection, within } from "../_within.ts";

/** A local form as `shape` says, and its core. */
function open(shape: Partial<Shape> = {}): { form: LocalForm; core: ChannelCore } {
  const core = new ChannelCore({ name: "", capacity: 0, overflow: "block", promise: false, ...shape });
  return { form: core.form as LocalForm, core };
}

/** A waiter that notes what happens to it. */
class Probe implements Waiter {
  ticket = 0;
  readonly seen: (readonly [number, Settled])[] = [];
  isOpen = true;

  reserve(): boolean {
    return this.isOpen && this.seen.length === 0;
  }
  release(): void {}
  settle(index: number, settled: Settled): void {
    this.seen.push([index, settled]);
  }
}

function waiting(form: LocalForm): [senders: number, receivers: number] {
  const { senders, receivers } = form.state();
  return [senders.length, receivers.length];
}

test("LocalForm.receive() and send() serve who waits in order of arrival", async () => {
  const { form } = open();
  const got: unknown[] = [];
  const receives = [0, 1, 2].map(async (i) => got.push([i, await form.receive()]));
  for (const value of ["a", "b", "c"]) await form.send(value);
  await Promise.all(receives);
  assert.deepEqual(got, [[0, "a"], [1, "b"], [2, "c"]]);

  const sent: number[] = [];
  const sends = [0, 1, 2].map(async (i) => (await form.send(i), sent.push(i)));
  for (let i = 0; i < 3; i++) assert.equal(await form.receive(), i);
  await Promise.all(sends);
  assert.deepEqual(sent, [0, 1, 2]);
});

test("LocalForm.receive() lets the first sender that waits have the room", async () => {
  const { form } = open({ capacity: 2 });
  await form.send(1);
  await form.send(2);
  const third = form.send(3);
  const fourth = form.send(4);
  assert.equal(await form.receive(), 1);
  await within(third);
  assert.deepEqual([form.size, waiting(form)], [2, [1, 0]]);
  assert.equal(form.trySend(5), false);
  for (const value of [2, 3, 4]) assert.equal(await form.receive(), value);
  await fourth;
});

test("LocalForm passes over waiters that were served elsewhere, and forgets them", () => {
  const { form } = open();
  const [gone, there] = [new Probe(), new Probe()];
  form.receiving().enlist(gone, 3);
  form.receiving().enlist(there, 4);
  gone.isOpen = false;
  assert.equal(form.trySend("x"), true);
  assert.deepEqual([gone.seen, there.seen], [[], [[4, { is: "done", value: "x" }]]]);
  assert.deepEqual(waiting(form), [0, 0]);

  const [late, sender] = [new Probe(), new Probe()];
  form.sending("late").enlist(late, 0);
  form.sending("now").enlist(sender, 1);
  late.isOpen = false;
  assert.deepEqual(form.tryReceive(), { state: "ok", value: "now" });
  assert.equal(sender.seen.length, 1);
  assert.deepEqual(waiting(form), [0, 0]);
});

test("Guard.enlist() settles at once when the guard became ready after its attempt", () => {
  const { form } = open({ capacity: 1 });
  const receive = form.receiving();
  assert.equal(receive.attempt(), undefined);
  form.trySend(1);
  const probe = new Probe();
  receive.enlist(probe, 2);
  assert.deepEqual(probe.seen, [[2, { is: "done", value: 1 }]]);
  const sender = new Probe();
  form.sending(2).enlist(sender, 0);
  assert.equal(sender.seen.length, 1);
  form.close({ error: "over" });
  const [last, refused, ended] = [new Probe(), new Probe(), new Probe()];
  form.receiving().enlist(last, 0);
  form.receiving().enlist(ended, 1);
  form.sending(3).enlist(refused, 0);
  assert.deepEqual(last.seen, [[0, { is: "done", value: 2 }]]);
  assert.deepEqual(ended.seen, [[1, { is: "closed", reason: { error: "over" } }]]);
  assert.equal(refused.seen[0]![1].is, "failed");
  assert.deepEqual(waiting(form), [0, 0]);
});

test("a party that waits on both sides of a channel does not meet itself, but others", () => {
  const { form } = open();
  const both = new Probe();
  const send = form.sending("mine");
  const receive = form.receiving();
  send.enlist(both, 0);
  receive.enlist(both, 1);
  assert.deepEqual([both.seen, waiting(form)], [[], [1, 1]]);
  const other = new Probe();
  form.receiving().enlist(other, 5);
  assert.deepEqual(other.seen, [[5, { is: "done", value: "mine" }]]);
  assert.deepEqual(both.seen, [[0, { is: "done", value: undefined }]]);
  receive.withdraw(both, 1);
  send.withdraw(both, 0);
  assert.deepEqual(waiting(form), [0, 0]);
});

test("Guard.withdraw() takes out the one entry, also of several of one guard", () => {
  const { form } = open();
  const guard = form.receiving();
  const probes = [new Probe(), new Probe(), new Probe()];
  for (const probe of probes) guard.enlist(probe, 0);
  guard.withdraw(probes[1]!, 0);
  guard.withdraw(probes[1]!, 0);
  guard.withdraw(new Probe(), 0);
  assert.deepEqual(form.state().receivers.map(({ waiter }) => waiter), [probes[0], probes[2]]);
});

test("operations that gave up leave nothing behind", async () => {
  const { form } = open();
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function add(...args: never[]) {
    listeners++;
    Reflect.apply(addEventListener, signal, args);
  };
  signal.removeEventListener = function remove(...args: never[]) {
    listeners--;
    Reflect.apply(removeEventListener, signal, args);
  };
  const received = form.receive({ signal });
  const sending = rejection(form.send("kept", { timeout: 0 }));
  assert.equal(await received, "kept");
  await assert.rejects(sending, /it resolved/);
  assert.equal(listeners, 0);
  const pending = [
    rejection(form.receive({ signal, timeout: 60_000 })),
    rejection(form.receive({ signal })),
    rejection(form.receive({ timeout: 1 })),
  ];
  assert.equal(listeners, 1);
  assert.deepEqual(waiting(form), [0, 3]);
  assert((await pending[2]) instanceof TimeoutError);
  controller.abort("enough");
  assert.deepEqual(await Promise.all(pending.slice(0, 2)), ["enough", "enough"]);
  assert.deepEqual(waiting(form), [0, 0]);
});

test("20,000 waits that give up are each taken out in constant time", { timeout: 30_000 }, async () => {
  const { form } = open();
  const controllers = Array.from({ length: 20_000 }, () => new AbortController());
  const results = controllers.map(({ signal }) =>
    form.receive({ signal }).catch((reason: unknown) => reason)
  );
  // From the back, the middle, the front: no order is the good one.
  for (let i = 0; i < controllers.length; i++) {
    controllers[(i * 7919) % controllers.length]!.abort(i);
  }
  await Promise.all(results);
  assert.deepEqual(waiting(form), [0, 0]);
});

test("what waits rejects when the process is cancelled, what can be done at once is done", async () => {
  const { form } = open({ capacity: 1 });
  const controller = new AbortController();
  const processSignal = surroundings.processSignal;
  surroundings.processSignal = () => controller.signal;
  try {
    const received = form.receive();
    await form.send(1);
    assert.equal(await received, 1);
    const cancelled = rejection(form.receive());
    const user = rejection(form.receive({ signal: controller.signal }));
    controller.abort("cancelled");
    assert.deepEqual([await cancelled, await user], ["cancelled", "cancelled"]);
    assert.equal(await rejection(form.receive()), "cancelled");
    await form.send(2);
    assert.equal(await form.receive(), 2);
  } finally {
    surroundings.processSignal = processSignal;
  }
  assert.deepEqual(waiting(form), [0, 0]);
});

test("a loop of operations that never wait lets timers run", async () => {
  async function receiveAll(form: LocalForm): Promise<void> {
    while (!form.closed || form.size > 0) await form.receive().catch(() => {});
  }
  for (const capacity of [0, 1]) {
    const { form } = open({ capacity });
    let isLate = false;
    setTimeout(() => isLate = true, 5);
    const end = performance.now() + 10_000;
    const receiving = receiveAll(form);
    while (!isLate && performance.now() < end) await form.send(1);
    assert.equal(isLate, true, `capacity ${capacity}`);
    form.close();
    await receiving;
  }
});

test("a loop that makes a channel for every value lets timers run", async () => {
  const ways: Record<string, (form: LocalForm) => Promise<unknown>> = {
    async both(form) {
      await form.send(1);
      await form.receive();
    },
    async "send alone"(form) {
      await form.send(1);
    },
    receive(form) {
      form.trySend(1);
      return form.receive();
    },
    next(form) {
      form.trySend(1);
      return new ChannelIterator(form.core).next();
    },
  };
  for (const [name, use] of Object.entries(ways)) {
    let isLate = false;
    setTimeout(() => isLate = true, 5);
    const end = performance.now() + 10_000;
    while (!isLate && performance.now() < end) await use(open({ capacity: 1 }).form);
    assert.equal(isLate, true, name);
  }
});

test("a large ring gives its memory back to who receives one by one", async () => {
  const { form } = open({ capacity: Infinity });
  for (let i = 0; i < 10_000; i++) void form.send(i);
  for (let i = 0; i < 10_000; i++) assert.equal(await form.receive(), i);
  const { slots } = form as unknown as { slots: unknown[] };
  assert.ok(slots.length <= 1024, `${slots.length} slots`);
});

test("PlainWaiter.serve() gives what its kind of waiter resolves to, with limits and without", async () => {
  for (const options of [undefined, { timeout: 60_000 }]) {
    const { form } = open({ capacity: 0 });
    const received = form.receive(options);
    await form.send(1);
    assert.equal(await received, 1);
    const sent = form.send(2, options);
    assert.equal(await form.receive(), 2);
    assert.equal(await sent, undefined);
  }
  const { processSignal } = surroundings;
  const signal = new AbortController().signal;
  for (const process of [undefined, signal]) {
    surroundings.processSignal = () => process;
    try {
      const { form } = open({ capacity: 0 });
      const next = new ChannelIterator(form.core).next();
      await form.send(3);
      assert.deepEqual(await next, { value: 3, done: false });
      const last = new ChannelIterator(form.core).next();
      form.close();
      assert.deepEqual(await last, { value: undefined, done: true });
    } finally {
      surroundings.processSignal = processSignal;
    }
  }
});

test(
  "what succeeds at once settles in order, also while others get their turn",
  { timeout: 30_000 },
  async () => {
    const { form } = open({ capacity: Infinity });
    const settled: number[] = [];
    const all: Promise<unknown>[] = [];
    const end = performance.now() + 20;
    let count = 0;
    while (count < 10_000 || performance.now() < end) {
      const at = count++;
      all.push(form.send(at).then(() => settled.push(at)));
      if (count % 1000 === 0) await form.receive();
    }
    const taken = count - form.size;
    for (let i = taken; i < taken + 100; i++) {
      all.push(
        form.receive().then((value) => assert.equal(value, i)),
      );
    }
    await Promise.all(all);
    assert.deepEqual(settled, Array.from({ length: count }, (_, i) => i));
  },
);

test(
  "an operation that waits settles after those that succeeded before it",
  { timeout: 30_000 },
  async () => {
    const end = performance.now() + 20;
    for (let round = 0; round < 100 || performance.now() < end; round++) {
      const { form } = open({ capacity: 2 });
      const order: number[] = [];
      const sends = [0, 1, 2, 3].map((i) => form.send(i).then(() => order.push(i)));
      for (let i = 0; i < 4; i++) assert.equal(await form.receive(), i);
      await Promise.all(sends);
      assert.deepEqual(order, [0, 1, 2, 3]);
    }
  },
);

test("blocking forms do at once what they can, and say why they will not wait", () => {
  const { form } = open({ capacity: 1, name: "jobs" });
  form.sendSync("a");
  assert.throws(() => form.sendSync("b"), {
    name: "ChannelError",
    message:
      /^Cannot send to channel "jobs": it has no room and known in this interpreter alone, .*; await send\(\)/,
  });
  assert.equal(form.receiveSync(), "a");
  assert.throws(() => form.receiveSync(), ChannelError);
  const began = performance.now();
  assert.throws(() => form.receiveSync({ timeout: 120 }), TimeoutError);
  assert(performance.now() - began >= 119);
  assert.throws(() => form.receiveSync({ timeout: 0 }), TimeoutError);
  assert.throws(() => form.receiveSync({ timeout: -1 }), RangeError);
  assert.throws(() => form.receiveSync({ signal: undefined } as never), TypeError);
  form.sendManySync([1]);
  assert.throws(() => form.sendManySync([2]), { sent: 0 });
  assert.deepEqual(form.receiveManySync(5), [1]);
  form.close();
  assert.throws(() => form.receiveSync(), { name: "ChannelClosedError" });
  assert.throws(() => form.sendSync(1), { name: "ChannelClosedError", value: 1 });
});

test("blocking forms throw where the thread may not block", () => {
  const { form } = open({ capacity: 1 });
  const { whyNotBlock } = surroundings;
  surroundings.whyNotBlock = (what) => new Error(`${what}: not here`);
  try {
    assert.throws(() => form.sendSync(1), { message: "Cannot send to the channel: not here" });
    assert.throws(() => form.receiveManySync(1), { message: "Cannot receive from the channel: not here" });
    assert.equal(form.size, 0);
  } finally {
    surroundings.whyNotBlock = whyNotBlock;
  }
});

test("LocalForm.state() tells all and changes nothing", async () => {
  const { form } = open({ capacity: 1 });
  const bytes = new Uint8Array(3);
  const marker = move(bytes);
  await form.send("buffered");
  const waits = form.send({ marker });
  form.addEnd("sender");
  form.addEnd("sender");
  form.addEnd("receiver");
  form.retireEnd("sender", { error: "first" });
  const state = form.state();
  assert.deepEqual(state.values, ["buffered"]);
  assert.deepEqual(unsent(state.senders[0]!.value), { marker });
  assert.deepEqual([state.closed, state.poisoned, state.reason], [false, false, undefined]);
  assert.deepEqual(state.ends, { sender: 1, receiver: 1 });
  assert.deepEqual(state.failures, { sender: { error: "first" }, receiver: undefined });
  assert.equal(bytes.length, 3);
  assert.equal(await form.receive(), "buffered");
  await waits;
  assert.equal(bytes.length, 0);
});

test("LocalForm.drain() hands over what it holds and who waits, who then speak to the new form", async () => {
  const { form, core } = open({ capacity: 0 });
  const sent = form.send("plain");
  const guard = form.sending("selected");
  const probe = new Probe();
  guard.enlist(probe, 7);
  const withdrawn: unknown[] = [];
  const successor = { attempt: () => "attempted", enlist: () => {}, withdraw: () => {} } as unknown as Guard;
  const state = form.drain((side, waiter, index) => withdrawn.push([side, waiter, index]));
  core.form = { shared: true, sending: () => successor, receiving: () => successor } as unknown as Form;
  assert.deepEqual(state.senders.map(({ index, value }) => [index, value]), [[0, "plain"], [7, "selected"]]);
  assert.deepEqual(waiting(form), [0, 0]);
  assert.equal(guard.attempt(), "attempted");
  guard.withdraw(probe, 7);
  guard.withdraw(probe, 7);
  assert.deepEqual(withdrawn, [["sender", probe, 7]]);
  const { waiter } = state.senders[0]!;
  assert.equal(waiter.reserve(), true);
  waiter.settle(0, { is: "done", value: undefined });
  await within(sent);
  assert.deepEqual(withdrawn[1], ["sender", waiter, 0]);
});

test("sendMany() and receiveMany() go on with the form that has taken over", async () => {
  const { form, core } = open({ capacity: 1 });
  const progress = { sent: 0 };
  const sent = rejection(form.sendMany([1, 2, 3, 4], undefined, progress));
  const state = form.drain(() => {});
  const rest: unknown[] = [];
  core.form = {
    sendMany(values: unknown[], _options: unknown, progress: Progress) {
      rest.push(...values);
      progress.sent = 1;
      return Promise.reject(new Error("cut short"));
    },
  } as unknown as Form;
  assert.deepEqual(state.values, [1]);
  const { waiter } = state.senders[0]!;
  waiter.reserve();
  waiter.settle(0, { is: "done", value: undefined });
  assert.equal((await within(sent) as Error).message, "cut short");
  assert.equal(progress.sent, 3);
  assert.deepEqual(rest, [3, 4]);

  const second = open({ capacity: 1 });
  const batch = second.form.receiveMany(3);
  const [receiver] = second.form.drain(() => {}).receivers;
  const values = ["b", "c", "d"];
  second.core.form = {
    tryReceive: () => ({ state: "ok", value: values.shift() }),
  } as unknown as Form;
  receiver!.waiter.reserve();
  receiver!.waiter.settle(0, { is: "done", value: "a" });
  assert.deepEqual(await batch, ["a", "b", "c"]);
});

test("LocalForm.retireEnd() closes with the first failure when the last end of a side goes", async () => {
  const { form } = open();
  for (let i = 0; i < 3; i++) form.addEnd("sender");
  form.retireEnd("sender");
  form.retireEnd("sender", { error: "first" });
  assert.equal(form.closed, false);
  form.retireEnd("sender", { error: "second" });
  assert.equal(form.closed, true);
  assert.equal(await rejection(form.receive()), "first");
});
