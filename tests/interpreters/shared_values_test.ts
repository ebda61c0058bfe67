/** What is shared is the same memory over there, what is moved works over there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  createQueue,
  freeze,
  getMain,
  type Interpreter,
  move,
  Mutex,
  NotShareableError,
  owned,
  sharedArray,
} from "@pool/csp";
import { withInterpreter, withInterpreters } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

/** `(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))` */
const ADD = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 7, 1, 96, 2, 127, 127, 1, 127],
  ...[3, 2, 1, 0],
  ...[7, 7, 1, 3, 97, 100, 100, 0, 0],
  ...[10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11],
]);

test("A SharedArrayBuffer is one memory in every interpreter, by every way", async () => {
  await withInterpreters(3, async (a, b, c) => {
    const words = new Int32Array(new SharedArrayBuffer(32));
    const add = (words: Int32Array, i: number) => Atomics.add(words, i, 1);
    await within(a.call(add, words, 0));
    await within(
      a.call((b: Interpreter, words: Int32Array) => b.call((w) => Atomics.add(w, 1, 1), words), b, words),
    );
    await within(a.prepareMain({ words }));
    await within(a.exec("Atomics.add(words, 2, 1)"));
    const item = await within(b.call(function* (buffer: SharedArrayBuffer) {
      yield new Int32Array(buffer, 12, 1);
    }, words.buffer));
    for await (const view of item) Atomics.add(view, 0, 1);
    const error = await rejection(b.call((words: Int32Array) => {
      throw Object.assign(new Error("shared"), { words });
    }, words)) as { cause: { words: Int32Array } };
    Atomics.add(error.cause.words, 4, 1);
    const back = await within(c.call(async (a: Interpreter) => {
      return await a.call(() => (globalThis as unknown as { words: Int32Array }).words);
    }, a));
    assert(back.buffer instanceof SharedArrayBuffer);
    Atomics.add(back, 5, 1);
    assert.deepEqual([...words], [1, 1, 1, 1, 1, 1, 0, 0]);
  });
});

test("A SharedArrayBuffer made over there is shared with here", async () => {
  await withInterpreter(async (interp) => {
    const words = await within(interp.call(() => {
      const words = csp.sharedArray(Int32Array, [7, 8]);
      (globalThis as Record<string, unknown>)["kept"] = words;
      return words;
    }));
    assert.deepEqual([...words], [7, 8]);
    Atomics.store(words, 1, 80);
    assert.equal(
      await within(interp.call(() => Atomics.load((globalThis as unknown as { kept: Int32Array }).kept, 1))),
      80,
    );
  });
});

test("Views of one SharedArrayBuffer share it over there, alone a growable one grows for both", async () => {
  await withInterpreter(async (interp) => {
    const buffer = new SharedArrayBuffer(16, { maxByteLength: 1024 });
    const sizes = await within(interp.call(
      (bytes: Uint8Array, floats: Float64Array, view: DataView, buffer: SharedArrayBuffer) => {
        floats[1] = 1;
        const same = bytes.buffer === floats.buffer && floats.buffer === view.buffer &&
          buffer === bytes.buffer;
        buffer.grow(512);
        return [same, bytes[15], view.getUint8(15), bytes.length, floats.length];
      },
      new Uint8Array(buffer),
      new Float64Array(buffer, 0, 2),
      new DataView(buffer, 0, 16),
      buffer,
    ));
    assert.deepEqual(sizes, [true, 63, 63, 512, 2]);
    assert.equal(buffer.byteLength, 512);
    assert.equal(new Float64Array(buffer)[1], 1);
  });
});

test("Atomics.wait over there wakes by a notify from here", async () => {
  await withInterpreter(async (interp) => {
    const words = sharedArray(Int32Array, 2);
    const waiting = interp.call((words: Int32Array) => {
      Atomics.store(words, 1, 1);
      return Atomics.wait(words, 0, 0, 10_000);
    }, words);
    // a value stored before the wait begins ends it too, as "not-equal"
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
    assert.match(await within(waiting), /^(ok|not-equal)$/);
  });
});

test("A shared WebAssembly.Memory is one memory, also after it has grown over there", async () => {
  await withInterpreter(async (interp) => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
    new Uint8Array(memory.buffer)[3] = 33;
    const back = await within(interp.call((memory: WebAssembly.Memory) => {
      const seen = new Uint8Array(memory.buffer)[3];
      memory.grow(1);
      new Uint8Array(memory.buffer)[65_536] = 44;
      return { seen, memory };
    }, memory));
    assert.equal(back.seen, 33);
    assert(back.memory instanceof WebAssembly.Memory);
    assert.equal(memory.buffer.byteLength, 131_072);
    assert.equal(new Uint8Array(memory.buffer)[65_536], 44);
    new Uint8Array(back.memory.buffer)[0] = 1;
    assert.equal(new Uint8Array(memory.buffer)[0], 1);
    const own = new WebAssembly.Memory({ initial: 1 });
    assert(await rejection(interp.call((m: unknown) => m, own)) instanceof NotShareableError);
  });
});

test("A WebAssembly.Module runs over there, and one compiled there runs here", async () => {
  await withInterpreters(2, async (a, b) => {
    const module = new WebAssembly.Module(ADD);
    const run = (module: WebAssembly.Module, x: number, y: number) => {
      const { add } = new WebAssembly.Instance(module).exports as { add(x: number, y: number): number };
      return add(x, y);
    };
    assert.equal(await within(a.call(run, module, 40, 2)), 42);
    assert.equal(
      await within(a.call(
        (b: Interpreter, module: WebAssembly.Module) =>
          b.call((m) => WebAssembly.Module.exports(m)[0]!.name, module),
        b,
        module,
      )),
      "add",
    );
    await within(b.prepareMain({ module }));
    assert.equal(
      await within(
        b.call(() => (globalThis as unknown as { module: unknown }).module instanceof WebAssembly.Module),
      ),
      true,
    );
    const compiled = await within(
      b.call((bytes: Uint8Array<ArrayBuffer>) => WebAssembly.compile(bytes), ADD),
    );
    assert.equal(run(compiled, 1, 2), 3);
  });
});

test("move() of one of two views carries both over there, on one buffer", async () => {
  await withInterpreter(async (interp) => {
    const buffer = new ArrayBuffer(4096, { maxByteLength: 8192 });
    const bytes = new Uint8Array(buffer);
    const floats = new Float64Array(buffer, 8, 4).fill(1.5);
    const seen = await within(interp.call(
      (bytes: Uint8Array<ArrayBuffer>, floats: Float64Array, list: ArrayBuffer[]) => {
        floats[0] = 0;
        bytes.buffer.resize(8192);
        return [bytes.buffer === floats.buffer, list[0] === bytes.buffer, bytes.length, floats[3], bytes[15]];
      },
      move(bytes),
      floats,
      [buffer],
    ));
    assert.deepEqual(seen, [true, true, 8192, 1.5, 0]);
    assert.deepEqual([buffer.detached, bytes.length, floats.length], [true, 0, 0]);
  });
});

test("move() carries a buffer on from interpreter to interpreter and home again", async () => {
  await withInterpreters(2, async (a, b) => {
    const bytes = new Uint8Array(100_000).fill(1);
    const back = await within(a.call(
      async (b: Interpreter, bytes: Uint8Array<ArrayBuffer>) => {
        bytes[0] = 2;
        const home = await b.call((bytes: Uint8Array<ArrayBuffer>) => {
          bytes[1] = 3;
          return csp.move(bytes);
        }, csp.move(bytes));
        return [csp.move(home), bytes.length] as const;
      },
      b,
      move(bytes),
    ));
    assert.deepEqual([...back[0].subarray(0, 3)], [2, 3, 1]);
    assert.deepEqual([back[0].length, back[1], bytes.length], [100_000, 0, 0]);
  });
});

test("move() carries what a generator yields", async () => {
  await withInterpreter(async (interp) => {
    const stream = await within(interp.call(function* () {
      const kept: Uint8Array[] = [];
      for (let i = 0; i < 4; i++) {
        kept.push(new Uint8Array(10_000).fill(i));
        yield csp.move(kept[i]!);
      }
      yield kept.map((bytes) => bytes.length);
    }));
    const seen: unknown[] = [];
    for await (const item of stream) seen.push(item instanceof Uint8Array ? [item.length, item[9]] : item);
    assert.deepEqual(seen, [[10_000, 0], [10_000, 1], [10_000, 2], [10_000, 3], [0, 0, 0, 0]]);
  });
});

test("move() of a port connects two interpreters directly", async () => {
  await withInterpreters(2, async (a, b) => {
    const { port1, port2 } = new MessageChannel();
    const listening = b.call((port: MessagePort) =>
      new Promise<unknown[]>((resolve) => {
        const seen: unknown[] = [];
        port.onmessage = ({ data }) => {
          seen.push(data);
          port.postMessage(data);
          if (data !== "last") return;
          port.close();
          resolve(seen);
        };
      }), move(port2));
    const echoes = a.call((port: MessagePort) =>
      new Promise<unknown[]>((resolve) => {
        const seen: unknown[] = [];
        port.onmessage = ({ data }) => {
          seen.push(data);
          if (data !== "last") return;
          port.close();
          resolve(seen);
        };
        for (const text of ["first", "second", "last"]) port.postMessage(text);
      }), move(port1));
    const words = ["first", "second", "last"];
    assert.deepEqual(await within(Promise.all([listening, echoes])), [words, words]);
  });
});

test("move() of a port as a result leads back into the interpreter", async () => {
  await withInterpreter(async (interp) => {
    const port = await within(interp.call(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => port1.postMessage(data + 1);
      return csp.move(port2);
    }));
    const answer = new Promise<number>((resolve) => port.onmessage = ({ data }) => resolve(data));
    port.postMessage(41);
    assert.equal(await within(answer, "the answer"), 42);
    port.close();
  }, { mode: "concurrent" });
});

test("move() of a WritableStream lets an interpreter write to a sink here", async () => {
  await withInterpreter(async (interp) => {
    const seen: unknown[] = [];
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const sink = new WritableStream<unknown>({
      write: (chunk) => void seen.push(chunk),
      close: () => resolve(),
    });
    await within(interp.call(async (sink: WritableStream<unknown>) => {
      const writer = sink.getWriter();
      for (const chunk of [1, "two", { three: [3n] }, new Map([["four", new Date(4)]])]) {
        await writer.write(chunk);
      }
      await writer.close();
    }, move(sink)));
    await within(closed, "the close");
    assert.deepEqual(seen, [1, "two", { three: [3n] }, new Map([["four", new Date(4)]])]);
    assert.equal(sink.locked, true);
  });
});

test("move() of a TransformStream made over there transforms there", async () => {
  await withInterpreter(async (interp) => {
    const { readable, writable } = await within(interp.call(() =>
      csp.move(
        new TransformStream<number, string>({
          transform: (n, controller) => controller.enqueue(`${n}${csp.getCurrent().whence}`),
          flush: (controller) => controller.enqueue("end"),
        }),
      )
    ));
    const writing = (async () => {
      const writer = writable.getWriter();
      for (const n of [1, 2]) await writer.write(n);
      await writer.close();
    })();
    const seen: string[] = [];
    const reader = readable.getReader();
    for (;;) {
      const { done, value } = await within(reader.read(), "a chunk");
      if (done) break;
      seen.push(value);
    }
    await within(writing);
    assert.deepEqual(seen, ["1interpreters", "2interpreters", "end"]);
  }, { mode: "concurrent" });
});

test("move() of a ReadableStream brings its error over there", async () => {
  await withInterpreter(async (interp) => {
    let pulls = 0;
    const failing = new ReadableStream<number>({
      pull(controller) {
        if (++pulls === 3) controller.error(new RangeError("the source broke"));
        else controller.enqueue(pulls);
      },
    });
    const seen = await within(interp.call(async (stream: ReadableStream<number>) => {
      const reader = stream.getReader();
      const seen: unknown[] = [];
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return [...seen, "done"];
          seen.push(value);
        }
      } catch (error) {
        return [...seen, error];
      }
    }, move(failing)));
    const last = seen.pop() as RangeError;
    assert(last instanceof RangeError, String(last));
    assert.equal(last.message, "the source broke");
  });
});

test("move() of a stream lets an interpreter cancel or abort it at once", async () => {
  await withInterpreter(async (interp) => {
    const cancelled = Promise.withResolvers<unknown>();
    const endless = new ReadableStream<number>({ pull: (c) => c.enqueue(1), cancel: cancelled.resolve });
    await within(interp.call((stream: ReadableStream<number>) => stream.cancel("enough"), move(endless)));
    assert.equal(await within(cancelled.promise, "the cancel"), "enough");
  });
  await withInterpreter(async (interp) => {
    const aborted = Promise.withResolvers<unknown>();
    const sink = new WritableStream<number>({ abort: aborted.resolve });
    await within(interp.call((stream: WritableStream<number>) => stream.abort("no more"), move(sink)));
    assert.equal(await within(aborted.promise, "the abort"), "no more");
  });
});

test("move() of a stream lets an interpreter pass it on unread", async () => {
  await withInterpreters(2, async (a, b) => {
    const stream = new ReadableStream<string>({
      start(controller) {
        for (const chunk of ["x", "y"]) controller.enqueue(chunk);
        controller.close();
      },
    });
    const chunks = await within(a.call(
      (b: Interpreter, stream: ReadableStream<string>) => {
        return b.call(async (stream: ReadableStream<string>) => {
          const reader = stream.getReader();
          const seen: unknown[] = [];
          for (;;) {
            const { done, value } = await reader.read();
            if (done) return seen;
            seen.push(value);
          }
        }, csp.move(stream));
      },
      b,
      move(stream),
    ));
    assert.deepEqual(chunks, ["x", "y"]);
  });
});

/** Handles, and what the sender makes of each: an interpreter that gets a channel knows most of their kinds by name alone. */
const HANDLES: Readonly<Record<string, () => object>> = {
  Interpreter: getMain,
  Queue: () => createQueue(),
  AbortSignal: () => AbortSignal.abort(),
  Frozen: () => freeze({ list: [1] }),
  Owned: () => owned([1]),
  Mutex: () => new Mutex(),
};

for (const [name, make] of Object.entries(HANDLES)) {
  test(`${name} crosses on a channel to an interpreter that has had nothing but the channel`, async () => {
    await withInterpreter(async (interp) => {
      const [there, back] = [chan<object>(1), chan<object>(1)];
      await there.send(make());
      const seen = await within(
        interp.call(
          async (there, back) => {
            const handle = await there.receive();
            await back.send(handle);
            return handle.constructor.name;
          },
          there,
          back,
        ),
      );
      assert.equal(seen, name);
      assert.equal((await within(back.receive())).constructor.name, name);
    });
  });
}

test("AbortSignal made in an interpreter that has had nothing but a channel crosses on it", async () => {
  await withInterpreter(async (interp) => {
    const back = chan<AbortSignal>(1);
    await within(interp.call(async (back) => await back.send(AbortSignal.abort("made there")), back));
    assert.equal((await within(back.receive())).reason, "made there");
  });
});
