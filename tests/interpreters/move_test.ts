import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, create, move, NotShareableError } from "@pool/csp";
import { withInterpreter } from "../_interpreters.ts";
import { runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

const SIZES = [0, 8, 4096, 4097, 1_000_000];

test("move() of an argument detaches it here once the call was sent, whatever its size", async () => {
  await withInterpreter(async (interp) => {
    await interp.call(() => 1);
    for (const size of SIZES) {
      const bytes = new Uint8Array(size).fill(7);
      const { buffer } = bytes;
      const sum = await within(interp.call((b) => b.reduce((x, y) => x + y, 0), move(bytes)));
      assert.equal(sum, size * 7);
      assert.equal(bytes.length, 0, `${size} bytes are still here`);
      assert.equal(buffer.detached, true, `${size} bytes are not detached`);
    }
  });
});

test("move() of a result moves it from there", async () => {
  await withInterpreter(async (interp) => {
    for (const size of SIZES) {
      const back = await within(interp.call((size) => {
        const bytes = new Uint8Array(size).fill(3);
        (globalThis as Record<string, unknown>)["kept"] = bytes;
        return { bytes: csp.move(bytes) };
      }, size));
      assert.equal(back.bytes.length, size);
      assert(back.bytes.every((b) => b === 3));
      assert.equal(
        await interp.call(() =>
          (globalThis as unknown as { kept: Uint8Array<ArrayBuffer> }).kept.buffer.detached
        ),
        true,
      );
    }
  });
});

test("move() leaves the value attached when the function captures something", async () => {
  await withInterpreter(async (interp) => {
    let captured = 1;
    captured += 0;
    for (const size of [8, 100_000]) {
      const bytes = new Uint8Array(size);
      await assert.rejects(interp.call((b) => b.length + captured, move(bytes)), NotShareableError);
      assert.equal(bytes.length, size);
      await interp.call(() => 1);
      await assert.rejects(interp.call((b) => b.length + captured, move(bytes)), NotShareableError);
      assert.equal(bytes.length, size);
    }
  });
});

test("move() leaves the value attached when another argument cannot cross", async () => {
  await withInterpreter(async (interp) => {
    const bytes = new Uint8Array(100_000);
    for (
      const args of [[move(bytes), () => 1], [() => 1, move(bytes)], [{
        bytes: move(bytes),
        bad: new WeakMap(),
      }]]
    ) {
      await assert.rejects(interp.call((...all: unknown[]) => all.length, ...args), NotShareableError);
      assert.equal(bytes.length, 100_000);
    }
  });
});

test("move() leaves the value attached when the interpreter is closed, the call aborted or the options wrong", async () => {
  const bytes = new Uint8Array(100_000);
  const length = (b: Uint8Array) => b.length;
  await withInterpreter(async (interp) => {
    const reason = await rejection(
      interp.with({ signal: AbortSignal.abort("no") }).call(length, move(bytes)),
    );
    assert.equal(reason, "no");
    assert.equal(bytes.length, 100_000);
    await assert.rejects(interp.call("no function" as never, move(bytes)), TypeError);
    assert.equal(bytes.length, 100_000);
    await interp.close();
    await assert.rejects(interp.call(length, move(bytes)));
    assert.equal(bytes.length, 100_000);
  });
});

test("move() leaves streams and ports usable when a send fails", async () => {
  await withInterpreter(async (interp) => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue("still here");
        controller.close();
      },
    });
    const { port1, port2 } = new MessageChannel();
    await assert.rejects(
      interp.call((...all: unknown[]) => all.length, move(stream), move(port2), () => 1),
      NotShareableError,
    );
    assert.equal(stream.locked, false);
    assert.deepEqual(await stream.getReader().read(), { done: false, value: "still here" });
    const heard = new Promise((resolve) => port1.onmessage = (event) => resolve(event.data));
    port2.postMessage("port works");
    assert.equal(await within(heard), "port works");
    port1.close();
  });
});

test("a MessagePort that was moved before is refused where it is sent, and nothing is sent", async () => {
  await withInterpreter(async (interp) => {
    const [local, shared] = [chan<unknown>(1), chan<unknown>(1)];
    await within(interp.call((_ch: unknown) => {}, shared));
    const { port1, port2 } = new MessageChannel();
    const heard = new Promise((resolve) => port1.onmessage = (event) => resolve(event.data));
    // On and on: what arrives can be moved again, what was moved cannot.
    let port = port2;
    for (const ch of [local, shared, local, shared]) {
      await within(ch.send("before"));
      assert.equal(ch.trySend(move(port)), false);
      assert.equal((await rejection(ch.send(move(port), { timeout: 1 })) as Error).name, "TimeoutError");
      await within(ch.receive());
      await within(ch.send([move(port)]));
      const [arrived] = await within(ch.receive()) as [MessagePort];
      for (const send of [local, shared].map((ch) => (value: unknown) => ch.send(value))) {
        const refused = await rejection(send([move(port)]));
        assert(refused instanceof NotShareableError);
        assert.match(refused.message, /moved before/);
      }
      const refused = await rejection(interp.call((_value: unknown) => {}, { port: move(port) }));
      assert(refused instanceof NotShareableError);
      assert.equal(refused.path, "args[0].port");
      port = arrived;
    }
    assert.equal(local.size + shared.size, 0);
    port.postMessage("still here");
    assert.equal(await within(heard), "still here");
    port1.close();
    local.close();
    shared.close();
  });
});

test(
  "a moved stream fails on both sides when the other interpreter has ended",
  { timeout: 30_000 },
  async () => {
    const GONE = /the other interpreter is gone/;
    async function failure(pending: Promise<unknown>): Promise<string> {
      return String((await rejection(pending) as Error).message);
    }
    for (const how of ["force", "close"] as const) {
      const interp = create();
      const [reads, writes] = await within(interp.call(() => {
        const never = () => new Promise<void>(() => {});
        return [
          csp.move(new ReadableStream({ pull: never })),
          csp.move(new WritableStream({ write: never })),
        ];
      })) as [ReadableStream, WritableStream];
      const late = await within(interp.call(() => csp.move(new ReadableStream())));
      const writer = writes.getWriter();
      writer.closed.catch(() => {});
      const failures = Promise.all([failure(reads.getReader().read()), failure(writer.write(1))]);
      await within(interp.close({ force: how === "force" }));
      for (const message of await within(failures)) assert.match(message, GONE);
      assert.match(await failure(late.getReader().read()), GONE);
    }
    const interp = create();
    const read = Promise.withResolvers<unknown>();
    const written = Promise.withResolvers<unknown>();
    const source = new ReadableStream({
      pull: (controller) => controller.enqueue(1),
      cancel: (reason) => read.resolve(reason),
    });
    const sink = new WritableStream({ abort: (reason) => written.resolve(reason) });
    const ready = chan<string>(1);
    const call = rejection(interp.call(
      async (source, sink, ready) => {
        await source.getReader().read();
        await sink.getWriter().write(1);
        await ready.send("both are in use");
        await csp.chan().receive();
      },
      move(source),
      move(sink),
      ready,
    ));
    await within(ready.receive());
    await within(interp.close({ force: true }));
    await call;
    for (const { promise } of [read, written]) assert.match((await within(promise) as Error).message, GONE);
  },
);

test("move() carries ports and streams there", async () => {
  await withInterpreter(async (interp) => {
    const { port1, port2 } = new MessageChannel();
    const heard = new Promise((resolve) => port1.onmessage = (event) => resolve(event.data));
    await within(interp.call((port) => port.postMessage("from there"), move(port2)));
    assert.equal(await within(heard, "the message"), "from there");
    port1.close();
    const stream = new ReadableStream<string>({
      start(controller) {
        controller.enqueue("a");
        controller.enqueue("b");
        controller.close();
      },
    });
    const chunks = await within(interp.call(async (s) => {
      const chunks: string[] = [];
      for await (const chunk of s as unknown as AsyncIterable<string>) chunks.push(chunk);
      return chunks;
    }, move(stream)));
    assert.deepEqual(chunks, ["a", "b"]);
    assert.equal(stream.locked, true);
  });
});

// In a program of its own the parser is not loaded yet, so the first call needs a moment before it leaves.
test("move() leaves the value usable when close() came before the very first call of a program", {
  timeout: 40_000,
}, async () => {
  for (const before of ["", "await interp.ready;"]) {
    const result = await runProgram(
      `
      import { create, InterpreterError, move } from "@pool/csp";
      const interp = create();
      ${before}
      const stream = new ReadableStream({ start(c) { c.enqueue("still here"); c.close(); } });
      const bytes = new Uint8Array(100_000);
      const closed = interp.close();
      const call = interp.call((s, b) => b.length, move(stream), move(bytes));
      console.log(await call.then(() => "resolved", (error) => error instanceof InterpreterError));
      await closed;
      console.log(stream.locked, bytes.length, (await stream.getReader().read()).value);
    `,
      { limit: 15_000 },
    );
    assert.deepEqual(
      [result.stdout, result.code, result.late],
      ["true\nfalse 100000 still here\n", 0, false],
      result.stderr,
    );
  }
});

test("move() works in prepareMain, between siblings and on main itself", async () => {
  await withInterpreter(async (a) => {
    await withInterpreter(async (b) => {
      const bytes = new Uint8Array(50_000).fill(1);
      await within(a.prepareMain({ bytes: move(bytes) }));
      assert.equal(bytes.length, 0);
      const seen = await within(a.call(async (b) => {
        const { bytes } = globalThis as unknown as { bytes: Uint8Array };
        const there = await b.call((x) => x.length, csp.move(bytes));
        return [there, bytes.length];
      }, b));
      assert.deepEqual(seen, [50_000, 0]);
    });
  });
  const own = new Uint8Array(50_000);
  const { getMain } = await import("@pool/csp");
  assert.equal(await within(getMain().call((x) => x.length, move(own))), 50_000);
  assert.equal(own.length, 0);
});

test("move() without the marker copies", async () => {
  await withInterpreter(async (interp) => {
    const bytes = new Uint8Array(100_000);
    assert.equal(await within(interp.call((b) => b.length, bytes)), 100_000);
    assert.equal(bytes.length, 100_000);
  });
});
