import {
  chan,
  type Channel,
  go,
  type Interpreter,
  isShareable,
  move,
  NotShareableError,
  Owned,
  owned,
  OwnershipError,
  select,
  sending,
} from "@pool/csp";
import assert from "node:assert/strict";
import { test } from "node:test";
import { withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

/** Channels known here alone, and channels that another interpreter knows. */
async function onBoth(
  body: (make: (capacity?: number) => Promise<Channel<never>>, kind: string) => Promise<void>,
): Promise<void> {
  await body((capacity = 0) => Promise.resolve(chan(capacity)), "local");
  await withInterpreter((interp) =>
    body(async (capacity = 0) => {
      const ch = chan<never>(capacity);
      await within(interp.call((_ch: Channel<never>) => {}, ch));
      return ch;
    }, "shared")
  );
}

function assertGone(box: Owned<unknown>, what?: string): void {
  assert.throws(() => box.value, OwnershipError, what);
}

test("Owned.value gives the value until it is sent", () => {
  const value = { a: 1 };
  const box = owned(value);
  assert.ok(box instanceof Owned);
  assert.equal(box.value, value);
  assert.equal(box.value, value);
  assert.equal(owned(undefined).value, undefined);
});

test("owned() crosses by a call and by its result; whoever has it owns it", async () => {
  await withInterpreter(async (interp) => {
    const box = owned({ list: [1, 2] });
    const back = await within(interp.call((box: Owned<{ list: number[] }>) => {
      box.value.list.push(3);
      (globalThis as Record<string, unknown>)["kept"] = box;
      return box;
    }, box));
    assertGone(box);
    assert.ok(back instanceof Owned);
    assert.deepEqual(back.value.list, [1, 2, 3]);
    const gone = await within(interp.call(() => {
      try {
        return (globalThis as unknown as { kept: { value: unknown } }).kept.value;
      } catch (error) {
        return (error as Error).name;
      }
    }));
    assert.equal(gone, "OwnershipError");
    assert((await rejection(interp.call((_box: unknown) => {}, box))) instanceof OwnershipError);
    assert((await rejection(interp.call((_box: unknown) => {}, [{ box }]))) instanceof OwnershipError);
  });
});

test("owned() crosses inside of structures, twice in one as one", async () => {
  await withInterpreter(async (interp) => {
    const [a, b, inner] = [owned(1), owned("b"), owned([5])];
    const outer = owned({ inner });
    const got = await within(interp.call(
      (
        value: { a: Owned<number>; again: Owned<number>; map: Map<string, Owned<string>> },
        outer: Owned<{ inner: Owned<number[]> }>,
      ) => [
        value.a === value.again,
        value.a.value,
        value.map.get("b")!.value,
        outer.value.inner.value[0],
      ],
      { a, again: a, map: new Map([["b", b]]) },
      outer,
    ));
    assert.deepEqual(got, [true, 1, "b", 5]);
    for (const box of [a, b, inner, outer]) assertGone(box);
  });
});

test("Channel.send() gives an owned value away, wherever it sits", async () => {
  await onBoth(async (make, kind) => {
    const ch = await make(1) as unknown as Channel<
      { list: [Owned<number>, Set<Owned<string>>]; again: Owned<number> }
    >;
    const [a, b] = [owned(1), owned("b")];
    const value = { list: [a, new Set([b])] as [Owned<number>, Set<Owned<string>>], again: a };
    await within(ch.send(value));
    assertGone(a, kind);
    assertGone(b, kind);
    assert((await rejection(ch.send(value))) instanceof OwnershipError, kind);
    assert.throws(() => ch.trySend(value), OwnershipError, kind);
    const got = await within(ch.receive());
    assert.equal(got.list[0].value, 1);
    assert.equal(got.again, got.list[0]);
    assert.equal([...got.list[1]][0]!.value, "b");
    // The receiver can send it on.
    await within(ch.send(got));
    assertGone(got.again, kind);
    assert.equal((await within(ch.receive())).again.value, 1);
    ch.close();
  });
});

test("Channel.send() through a local channel passes what is owned by reference", async () => {
  const ch = chan<Owned<() => number>>(1);
  const secret = () => 7;
  await ch.send(owned(secret));
  assert.equal((await ch.receive()).value, secret);
});

test("an owned value stays here when its send has no effect", async () => {
  await onBoth(async (make, kind) => {
    const ch = await make() as unknown as Channel<unknown>;
    const value = { a: 1 };
    const box = owned(value);
    assert.equal(ch.trySend(box), false);
    assert.equal(box.value, value, `${kind}: trySend`);

    const controller = new AbortController();
    const aborted = rejection(ch.send([box], { signal: controller.signal }));
    assert.equal(box.value, value, `${kind}: under way`);
    controller.abort("enough");
    assert.equal(await aborted, "enough");
    assert.equal(box.value, value, `${kind}: aborted`);

    assert.equal(await rejection(ch.send(box, { signal: AbortSignal.abort("before") })), "before");
    assert.equal(box.value, value, `${kind}: aborted before`);

    assert.equal((await rejection(ch.send(box, { timeout: 1 })) as Error).name, "TimeoutError");
    assert.equal(box.value, value, `${kind}: timeout`);

    const ready = await make(1) as unknown as Channel<unknown>;
    await within(ready.send("first"));
    const lost = await within(select({ send: sending(ch, { box }), receive: ready }));
    assert.equal(lost.case, "receive");
    assert.equal(box.value, value, `${kind}: lost a select at once`);

    const pending = select({ send: sending(ch, box), receive: ready });
    await new Promise((resolve) => setTimeout(resolve, 0));
    await within(ready.send("second"));
    assert.equal((await within(pending)).case, "receive");
    assert.equal(box.value, value, `${kind}: lost a select`);

    const waiting = rejection(ch.send(box));
    ch.close();
    await waiting;
    assert.equal(box.value, value, `${kind}: closed`);
    await rejection(ch.send(box));
    assert.equal(box.value, value, `${kind}: closed before`);
    ready.close();
  });
});

test("what a process that never begins was given stays here, but for ends, which retire", async () => {
  for (const place of [{}, { local: true }, { dedicated: true }]) {
    const [box, bytes, ch] = [owned([1]), new Uint8Array(3), chan<number>(1)];
    const start = go.with({ ...place, signal: AbortSignal.abort("no more") });
    const process = start((..._args: unknown[]) => {}, box, move(bytes), ch.sender());
    assert.equal(await rejection(process), "no more");
    assert.equal(process.status, "cancelled");
    assert.deepEqual(box.value, [1]);
    assert.equal(bytes.length, 3);
    assert.equal(await rejection(ch.receive()), "no more");
  }
});

test("an owned value is given away by a select that sends it", async () => {
  await onBoth(async (make, kind) => {
    const ch = await make(1) as unknown as Channel<Owned<number>>;
    const box = owned(5);
    const { case: which } = await within(select({ send: sending(ch, box) }));
    assert.equal(which, "send");
    assertGone(box, kind);
    assert.equal((await within(ch.receive())).value, 5);
    ch.close();
  });
});

test("two sends of one owned value wait: one has effect, the other is an OwnershipError", async () => {
  await onBoth(async (make, kind) => {
    const ch = await make() as unknown as Channel<Owned<number>>;
    const box = owned(5);
    const first = ch.send(box);
    const second = rejection(ch.send(box));
    assert.equal((await within(ch.receive())).value, 5);
    await within(first);
    // It waits until somebody would take it.
    assert.equal(ch.tryReceive().state, "empty", kind);
    assert((await second) instanceof OwnershipError, kind);
    ch.close();
  });
});

test("an owned value stays here when what is sent is refused", async () => {
  await withInterpreter(async (interp) => {
    const [box, bad] = [owned([1]), owned({ bad: () => 1 })];
    const error = await rejection(interp.call((_value: unknown) => {}, { box, bad }));
    assert(error instanceof NotShareableError);
    assert.match(error.path, /^args\[0\]\.bad/);
    assert.deepEqual(box.value, [1]);
    assert.equal(typeof bad.value.bad, "function");
    const later = await rejection(interp.call((_box: unknown, _fn: unknown) => {}, box, Symbol("local")));
    assert(later instanceof NotShareableError);
    assert.deepEqual(box.value, [1]);
    const self = owned<unknown>(undefined as unknown);
    const cycle: { box: unknown } = { box: self };
    const loop = owned(cycle);
    cycle.box = loop;
    assert((await rejection(interp.call((_box: unknown) => {}, loop))) instanceof NotShareableError);
    assert.equal(loop.value, cycle);
    const ch = chan<unknown>(1);
    await within(interp.call((_ch: Channel<unknown>) => {}, ch));
    assert((await rejection(ch.send([box, bad]))) instanceof NotShareableError);
    assert.throws(() => ch.trySend([box, bad]), NotShareableError);
    assert.deepEqual(box.value, [1]);
    ch.close();
  });
});

test("an owned value stays here when the interpreter is closed", async () => {
  let closed: Interpreter | undefined;
  await withInterpreter((interp) => {
    closed = interp;
    return Promise.resolve();
  });
  const box = owned(1);
  await rejection(closed!.call((_box: unknown) => {}, box));
  assert.equal(box.value, 1);
});

test("an owned value goes with what is thrown, and with a chunk of a stream that moves", async () => {
  await withInterpreter(async (interp) => {
    const { cause } = await rejection(interp.call((box: Owned<string>) => {
      (globalThis as Record<string, unknown>)["lost"] = box;
      throw Object.assign(new Error("with a box"), { box });
    }, owned("found"))) as Error;
    assert.equal((cause as unknown as { box: Owned<string> }).box.value, "found");
    const gone = await within(interp.call(() => {
      const { lost } = globalThis as unknown as { lost: Owned<string> };
      try {
        return lost.value;
      } catch (error) {
        return (error as Error).name;
      }
    }));
    assert.equal(gone, "OwnershipError");

    const box = owned(7);
    const stream = new ReadableStream<Owned<number>>({
      start(controller) {
        controller.enqueue(box);
        controller.close();
      },
    });
    const got = await within(interp.call(async (stream: ReadableStream<Owned<number>>) => {
      let sum = 0;
      for await (const { value } of stream) sum += value;
      return sum;
    }, move(stream)));
    assert.equal(got, 7);
    assertGone(box);
  });
});

test("go() and go.local() give owned values away, and back", async () => {
  for (const start of [go, go.local]) {
    const box = owned({ n: 1 });
    const back = await within(start((box: Owned<{ n: number }>) => {
      box.value.n++;
      return box;
    }, box));
    assertGone(box);
    assert.equal(back.value.n, 2);
    assert.throws(() => start((_box: unknown) => {}, box), OwnershipError);
  }
});

test("owned values in a channel's buffer cross along with it, all or none", async () => {
  await withInterpreter(async (interp) => {
    const ch = chan<Owned<unknown>>(2);
    const bad = { fn: () => 1 };
    await within(ch.send(owned([1])));
    await within(ch.send(owned(bad)));
    assert((await rejection(interp.call((_ch: unknown) => {}, ch))) instanceof NotShareableError);
    const kept = await within(ch.receive());
    assert.deepEqual(kept.value, [1]);
    assert.equal((await within(ch.receive())).value, bad);
    await within(ch.send(kept));
    const got = await within(
      interp.call(async (ch: Channel<Owned<unknown>>) => (await ch.receive()).value, ch),
    );
    assert.deepEqual(got, [1]);
    assertGone(kept);
    ch.close();
  });
});

test("Channel.send() moves what is marked, and ends, inside of what is owned", async () => {
  await onBoth(async (make, kind) => {
    const ch = await make(2) as unknown as Channel<{ box: Owned<unknown> }>;
    const bytes = Uint8Array.of(1, 2);
    await within(ch.send({ box: owned(move(bytes)) }));
    assert.equal(bytes.length, 0, kind);
    assert.deepEqual((await within(ch.receive())).box.value, Uint8Array.of(1, 2));
    const [more, sender] = [Uint8Array.of(3), chan<number>(1).sender()];
    const inner = owned({ list: [move(more)], sender });
    await within(ch.send({ box: owned([inner]) }));
    assertGone(inner, kind);
    assert.equal(more.length, 0, kind);
    assert.throws(() => sender.trySend(1), OwnershipError, kind);
    const [got] = (await within(ch.receive())).box.value as [typeof inner];
    assert.deepEqual(got.value.list, [Uint8Array.of(3)]);
    assert.equal(got.value.sender.trySend(1), true);
    const failing = owned({ list: [move(Uint8Array.of(4))] });
    ch.close();
    await rejection(ch.send({ box: failing }));
    assert.equal(failing.value.list[0] === undefined, false);
  });
});

test("isShareable() of an owned value gives nothing away", () => {
  const box = owned([1]);
  assert.equal(isShareable([box]), true);
  assert.equal(isShareable(owned(() => 1)), false);
  assert.deepEqual(box.value, [1]);
});
