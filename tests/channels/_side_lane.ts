/** Parties of the tests of what travels beside a channel: these run here and in interpreters. */
import assert from "node:assert/strict";
import { type Channel, move, task } from "@pool/csp";

/** How a value is received. */
export type Manner = "awaiting" | "blocking";

/** What is shared by being sent. */
export interface Shares {
  words: Int32Array<SharedArrayBuffer>;
  growable: Uint8Array<SharedArrayBuffer>;
  memory: WebAssembly.Memory;
  module: WebAssembly.Module;
}

/** What is moved by being sent. */
export interface Moves {
  port: MessagePort;
  readable: ReadableStream<string>;
  writable: WritableStream<string>;
}

/** The smallest module: it exports nothing. */
const EMPTY_MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** New words in a buffer of their own. */
export function sharedWords(n = 2): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * n));
}

/** One of each. */
export function makeShares(): Shares {
  return {
    words: sharedWords(),
    growable: new Uint8Array(new SharedArrayBuffer(1, { maxByteLength: 8 })),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }),
    module: new WebAssembly.Module(EMPTY_MODULE),
  };
}

/** Leaves a mark in each. */
export function mark({ words, growable, memory, module }: Shares): void {
  words[1] = 1;
  growable.buffer.grow(8);
  growable[7] = 2;
  memory.grow(1);
  new Uint8Array(memory.buffer)[70_000] = 3;
  assert.ok(new WebAssembly.Instance(module));
}

/** Asserts that another party has left its marks. */
export function assertMarked({ words, growable, memory }: Shares): void {
  assert.equal(words[1], 1);
  assert.equal(growable.length, 8);
  assert.equal(growable[7], 2);
  // A memory that has grown elsewhere tells so when it is asked to grow.
  memory.grow(0);
  assert.equal(new Uint8Array(memory.buffer)[70_000], 3);
}

/** The next value of `ch`. */
export async function take<T>(ch: Channel<T>, manner: Manner): Promise<T> {
  return manner === "blocking" ? ch.receiveSync({ timeout: 10_000 }) : await ch.receive();
}

/** The next message of a port. */
export function nextMessage(port: MessagePort): Promise<unknown> {
  return new Promise((resolve) => port.onmessage = ({ data }) => resolve(data));
}

/** Everything that comes out of a stream. */
export async function textOf(stream: ReadableStream<string>): Promise<string> {
  let text = "";
  for (const reader = stream.getReader();;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
  }
}

/** A stream that gives `text`. */
export function streamOf(text: string): ReadableStream<string> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(text);
      controller.close();
    },
  });
}

/** Receives shares and marks them. */
export const markReceived: (ch: Channel<Shares>, manner: Manner) => Promise<void> = task(
  import.meta,
  async function markReceived(ch: Channel<Shares>, manner: Manner): Promise<void> {
    mark(await take(ch, manner));
  },
);

/** Sends shares, says so in word 0 of `flags`, and checks that they are marked once word 1 is set. */
export const sendShares: (
  ch: Channel<Shares>,
  manner: Manner,
  flags: Int32Array<SharedArrayBuffer>,
) => Promise<void> = task(
  import.meta,
  async function sendShares(
    ch: Channel<Shares>,
    manner: Manner,
    flags: Int32Array<SharedArrayBuffer>,
  ): Promise<void> {
    const shares = makeShares();
    Atomics.store(flags, 0, 1);
    if (manner === "blocking") ch.sendSync(shares, { timeout: 10_000 });
    else await ch.send(shares);
    while (Atomics.load(flags, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assertMarked(shares);
  },
);

/** Answers over the port, and copies the stream. */
export const useMoved: (ch: Channel<Moves>, manner: Manner) => Promise<void> = task(
  import.meta,
  async function useMoved(ch: Channel<Moves>, manner: Manner): Promise<void> {
    const { port, readable, writable } = await take(ch, manner);
    port.postMessage(`you said ${String(await nextMessage(port))}`);
    const writer = writable.getWriter();
    await writer.write(`it was ${await textOf(readable)}`);
    await writer.close();
    port.close();
  },
);

/** Sends what moves; gives what has come back. */
export const sendMoves: (
  ch: Channel<Moves>,
  flags: Int32Array<SharedArrayBuffer>,
) => Promise<[answer: unknown, text: string]> = task(
  import.meta,
  async function sendMoves(
    ch: Channel<Moves>,
    flags: Int32Array<SharedArrayBuffer>,
  ): Promise<[answer: unknown, text: string]> {
    const { port1, port2 } = new MessageChannel();
    // Said before the port leaves: it comes along.
    port1.postMessage("hello");
    const back = new TransformStream<string, string>();
    const text = textOf(back.readable);
    Atomics.store(flags, 0, 1);
    await ch.send({
      port: move(port2),
      readable: move(streamOf("text")),
      writable: move(back.writable),
    });
    const answer = await nextMessage(port1);
    port1.close();
    return [answer, await text];
  },
);

/** Sends a buffer, and keeps its thread busy from when that may be taken until word 1 is set: it cannot notice. */
export const sendUnnoticed: (ch: Channel<Int32Array>, flags: Int32Array<SharedArrayBuffer>) => void = task(
  import.meta,
  function sendUnnoticed(ch: Channel<Int32Array>, flags: Int32Array<SharedArrayBuffer>): void {
    ch.send(sharedWords()).catch(function lost() {});
    Atomics.store(flags, 0, 1);
    while (Atomics.load(flags, 1) === 0);
  },
);

/** Begins to send a buffer, then blocks until something comes over `go`; gives that. */
export const sendAndBlock: (
  ch: Channel<Int32Array>,
  go: Channel<number>,
  flags: Int32Array<SharedArrayBuffer>,
) => number = task(
  import.meta,
  function sendAndBlock(
    ch: Channel<Int32Array>,
    go: Channel<number>,
    flags: Int32Array<SharedArrayBuffer>,
  ): number {
    ch.send(sharedWords()).catch(function lost() {});
    Atomics.store(flags, 0, 1);
    return go.receiveSync({ timeout: 10_000 });
  },
);

/** Receives a buffer; word 2 is set when the receive is under way. */
export const receiveNoted: (
  ch: Channel<Int32Array>,
  flags: Int32Array<SharedArrayBuffer>,
) => Promise<Int32Array> = task(
  import.meta,
  function receiveNoted(
    ch: Channel<Int32Array>,
    flags: Int32Array<SharedArrayBuffer>,
  ): Promise<Int32Array> {
    const received = ch.receive();
    Atomics.store(flags, 2, 1);
    return received;
  },
);

/** Poisons a channel. */
export const poison: (ch: Channel<Int32Array>) => void = task(
  import.meta,
  function poison(ch: Channel<Int32Array>): void {
    ch.poison(new Error("enough"));
  },
);

/** Words of a megabyte. V8's collector does not count them; what it counts, and soon frees, makes it look for them too. */
export function heavyWords(): Int32Array<SharedArrayBuffer> {
  const words = sharedWords(250_000);
  return new ArrayBuffer(words.byteLength).byteLength > 0 ? words : sharedWords();
}

/** Receives `rounds` buffers and adds up what stands in them. */
export const sum: (ch: Channel<Int32Array>, rounds: number, manner: Manner) => Promise<number> = task(
  import.meta,
  async function sum(ch: Channel<Int32Array>, rounds: number, manner: Manner): Promise<number> {
    let sum = 0;
    for (let i = 0; i < rounds; i++) {
      const words = await take(ch, manner);
      sum += words[0]!;
      // See `heavyWords`.
      void new ArrayBuffer(words.byteLength);
    }
    return sum;
  },
);

/** Keeps what it is given. */
export const hold: (...values: unknown[]) => void = task(
  import.meta,
  function hold(...values: unknown[]): void {
    held.push(...values);
  },
);

const held: unknown[] = [];
