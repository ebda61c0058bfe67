/** Group "payloads": every kind of value that can be sent. */
import assert from "node:assert/strict";
import {
  type Channel,
  getMain,
  isShareable,
  NotShareableError,
  select,
  sending,
  sharedArray,
} from "@pool/csp";
import { within } from "../../_within.ts";
import { Parcel } from "../../_fixtures/values.ts";
import { CASES } from "../../sharing/_cases.ts";
import { assertSame } from "../../sharing/same.ts";
import { cases, type Harness, make } from "./harness.ts";
import { thrown } from "./timing.ts";

/** Registers the group. */
export function conformPayloads(h: Harness): void {
  const add = cases(h, "payloads");
  things(h);
  refused(h);

  /** The value as it comes out of `ch`. */
  async function through(ch: Channel<unknown>, value: unknown): Promise<unknown> {
    const sent = ch.send(value);
    const received = await within(ch.receive());
    await within(sent);
    return received;
  }
  /** The value has arrived as this form hands it over. */
  function assertArrived(actual: unknown, expected: unknown): void {
    if (!h.isLocal) assertSame(actual, expected);
    else assert.ok(Object.is(actual, expected), "not the same value");
  }

  for (const [name, value] of Object.entries(CASES)) {
    add(`Channel.receive() gives ${name} as sent`, async () => {
      const [direct, buffered] = [await make(h), await make(h, 2)];
      assertArrived(await through(direct, value), value);
      assertArrived(await through(buffered, value), value);
    });
  }

  add("Channel.receive() gives every primitive as sent", async () => {
    const ch = await make(h, 1);
    const all = ["primitives", "integers", "doubles", "bigints", "strings", "long strings", "symbols"];
    for (const value of all.flatMap((name) => CASES[name] as unknown[])) {
      assertArrived(await through(ch, value), value);
    }
  });

  add("Channel.receive() gives strings of every length as sent", async () => {
    const ch = await make(h, 3);
    for (let length = 0; length < 400; length++) {
      const text = "x".repeat(length);
      assert.equal(await through(ch, text), text);
      assert.equal(await through(ch, `${text}é`), `${text}é`);
    }
  });

  const large: Record<string, () => unknown> = {
    "a string of 3 MB": () => "0123456789".repeat(300_000),
    "a string of 1 MB beyond Latin": () => "€".repeat(350_000),
    "bytes of 2 MB": () => Uint8Array.from({ length: 2_000_000 }, (_, i) => i),
    "10,000 objects": () =>
      Array.from({ length: 10_000 }, (_, id) => ({ id, name: `item ${id}`, tags: ["a"] })),
    "100,000 numbers": () => Array.from({ length: 100_000 }, (_, i) => i / 2),
  };
  for (const [name, value] of Object.entries(large)) {
    add(`Channel.receive() gives ${name} as sent, whatever the capacity`, async () => {
      const sent = value();
      for (const capacity of [0, 1]) assertArrived(await through(await make(h, capacity), sent), sent);
    });
  }

  for (const Kind of [Error, RangeError, SyntaxError, EvalError, URIError, ReferenceError]) {
    add(`Channel.receive() gives a ${Kind.name} as sent`, async () => {
      const error = new Kind("failed", { cause: new TypeError("why") });
      assertArrived(await through(await make(h, 1), error), error);
    });
  }

  add("Channel.send() means the value of this moment, unless it passes by reference", async () => {
    const ch = await make<{ n: number }>(h, 1);
    const value = { n: 1 };
    await within(ch.send(value));
    value.n = 2;
    assert.equal((await within(ch.receive())).n, h.isLocal ? 2 : 1);
  });
}

/** What arrives as a handle to the same thing. */
function things(h: Harness): void {
  const add = cases(h, "payloads");

  add("Channel sent over a channel is one object for each interpreter", async () => {
    const ch = await make<unknown>(h, 2);
    const reply = await make<number>(h, 1);
    await within(ch.send(reply));
    await within(ch.send({ deep: [reply], itself: ch }));
    assert.equal(await within(ch.receive()), reply);
    const { deep, itself } = await within(ch.receive()) as { deep: unknown[]; itself: unknown };
    assert.equal(deep[0], reply);
    assert.equal(itself, ch);
    await within(reply.send(1));
    assert.equal(await within(reply.receive()), 1);
  });

  add("Channel made and sent as the place for a reply works at once", async () => {
    const questions = await make<{ n: number; reply: Channel<number> }>(h);
    const served = h.own.run("serve", questions);
    assert.deepEqual(
      await within(h.own.run("inquire", questions, 50)),
      Array.from({ length: 50 }, (_, n) => n * 2),
    );
    questions.close();
    assert.equal(await within(served), 50);
  });

  add("Interpreter sent over a channel is the same object", async () => {
    const ch = await make<unknown>(h, 1);
    await within(ch.send(getMain()));
    assert.equal(await within(ch.receive()), getMain());
  });

  add("SharedArrayBuffer and views of one are shared, not copied", async () => {
    const ch = await make<Int32Array>(h, 2);
    const values = sharedArray(Int32Array, 4);
    const buffer = new SharedArrayBuffer(8);
    await within(ch.send(values));
    (await within(ch.receive()))[1] = 5;
    assert.equal(values[1], 5);
    await within(ch.send(new Int32Array(buffer)));
    (await within(ch.receive()))[0] = 6;
    assert.equal(new Int32Array(buffer)[0], 6);
  });

  add("AbortSignal sent over a channel aborts with its source", async () => {
    const ch = await make<AbortSignal>(h, 2);
    const controller = new AbortController();
    await within(ch.sendMany([controller.signal, AbortSignal.abort("before")]));
    const arrived = await within(ch.receive());
    const aborted = new Promise((resolve) => arrived.addEventListener("abort", resolve));
    controller.abort("now");
    await within(aborted);
    assert.equal(arrived.reason, "now");
    assert.equal((await within(ch.receive())).reason, "before");
  });

  add("WebAssembly.Module sent over a channel can be run", async () => {
    const ch = await make<WebAssembly.Module>(h, 1);
    await within(ch.send(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))));
    assert.ok(new WebAssembly.Instance(await within(ch.receive())));
  });

  add("instance of a registered class arrives by its protocol", async () => {
    const ch = await make<Parcel>(h, 1);
    await within(ch.send(new Parcel("books", { pages: [1, 2] })));
    const parcel = await within(ch.receive());
    assert.ok(parcel instanceof Parcel);
    assert.equal(parcel.label, "books");
    assert.deepEqual(parcel.open(), { pages: [1, 2] });
  });
}

/** What only passes inside one interpreter. */
function refused(h: Harness): void {
  const add = cases(h, "payloads");
  class Unknown {}
  const values: Record<string, { value: unknown; path: string }> = {
    "a function": { value: () => 1, path: "value" },
    "a promise in an object": { value: { a: [1, { b: Promise.resolve() }] }, path: "value.a[1].b" },
    "an instance of an unregistered class": { value: [new Unknown()], path: "value[0]" },
    "a WeakMap": { value: { "odd key": new WeakMap() }, path: 'value["odd key"]' },
  };
  for (const [name, { value, path }] of Object.entries(values)) {
    if (h.isLocal) {
      add(`Channel.send() passes ${name} by reference`, async () => {
        const ch = await make<unknown>(h, 2);
        assert.equal(isShareable(value), false);
        await within(ch.send(value));
        await within(ch.sendMany([value]));
        assert.equal(await within(ch.receive()), value);
        assert.equal(await within(ch.receive()), value);
      });
      continue;
    }
    add(`Channel.send() refuses ${name} and has no effect`, async () => {
      const ch = await make<unknown>(h, 4);
      for (
        const operation of [
          () => ch.send(value),
          () => ch.trySend(value),
          () => ch.sendSync(value),
          () => select([sending(ch, value)]),
        ]
      ) {
        const error = await thrown(operation);
        assert.ok(error instanceof NotShareableError, String(error));
        assert.equal(error.path, path);
      }
      assert.ok(await thrown(() => ch.sendMany([value])) instanceof NotShareableError);
      assert.equal(ch.size, 0);
      await within(ch.send(1));
      assert.equal(await within(ch.receive()), 1);
    });
  }
}
