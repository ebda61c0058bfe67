/**
 * Carries a stream over a MessagePort.
 *
 * The interpreter that has the real stream serves requests (read, cancel; write, close, abort), the other one asks, one
 * request per chunk: nothing is read before it is asked for, and a write ends when the real stream has taken the chunk.
 *
 * Who waits: the asking side, whose port holds its event loop exactly while a request is pending; the serving side's
 * port never does. A port that closes, or whose other interpreter has ended, rejects what is pending and cancels or aborts
 * the real stream.
 *
 * @module
 */

import { decode } from "./decode.ts";
import { encodeSent } from "./encode.ts";
import { idHere, whenPeerEnds } from "./peers.ts";
import type { Wire } from "./wire.ts";

type Operation = "read" | "cancel" | "write" | "close" | "abort";
type Message =
  | { asker: number }
  | { ask: Operation; wire: Wire }
  | { answer: "ok" | "done" | "error"; wire: Wire }
  | { failed: Wire };

/** What ports have beyond the web's on runtimes whose event loop ends. */
interface CountedPort {
  ref?(): void;
  unref?(): void;
}

/**
 * Lets go of the event loop after a message unless `held` says otherwise by then. On Deno a port counts again as held
 * once it has received; only a ref and unref from a later turn end that.
 */
function release(port: CountedPort, held: () => boolean): void {
  setTimeout(() => {
    port.ref?.();
    if (!held()) port.unref?.();
  }, 0);
}

function post(port: MessagePort, make: (wire: Wire) => Message, value: unknown): void {
  const { wire, transfer } = encodeSent(value, "chunk");
  port.postMessage(make(wire), [wire.bytes.buffer, ...transfer]);
}

function postError(port: MessagePort, make: (wire: Wire) => Message, error: unknown): void {
  try {
    post(port, make, error);
  } catch (refusal) {
    post(port, make, refusal);
  }
}

/** Calls `lost` when interpreter `peer` has ended, and what it has posted before was heard; what is returned ends that. */
function watch(peer: number, lost: () => void): () => void {
  return whenPeerEnds(peer, function ended() {
    setTimeout(lost, 0);
  });
}

/** Answers the requests that come over `port`, one after another; `lost`: nobody asks any more. */
function serve(
  port: MessagePort,
  lost: () => void,
  handle: (ask: Operation, value: unknown) => Promise<{ done: boolean; value?: unknown }>,
): void {
  let last = Promise.resolve();
  let stop: (() => void) | undefined;
  port.onmessage = ({ data }: MessageEvent<Message>): void => {
    if ("asker" in data) {
      stop = watch(data.asker, lost);
      release(port as CountedPort, () => false);
    }
    if (!("ask" in data)) return;
    if (data.ask === "read" || data.ask === "write") release(port as CountedPort, () => false);
    const turn = async (): Promise<void> => {
      try {
        const { done, value } = await handle(data.ask, decode(data.wire));
        post(port, (wire) => ({ answer: done ? "done" : "ok", wire }), value);
        if (!done) return;
        stop?.();
        port.close();
      } catch (error) {
        postError(port, (wire) => ({ answer: "error", wire }), error);
      }
    };
    // a cancel or abort does not queue behind the read or write it interrupts
    if (data.ask === "cancel" || data.ask === "abort") void turn();
    else last = last.then(turn);
  };
  port.addEventListener("close", lost);
  (port as CountedPort).unref?.();
}

/** Serves the reads of the stream locked by `reader`. */
export function pumpFrom(reader: ReadableStreamDefaultReader, port: MessagePort): void {
  function lost(): void {
    reader.cancel(gone()).catch(ignore);
  }
  serve(port, lost, async (ask, value) => {
    if (ask === "cancel") {
      await reader.cancel(value);
      return { done: true };
    }
    return await reader.read();
  });
}

/** Serves the writes to the stream locked by `writer`. */
export function pumpInto(writer: WritableStreamDefaultWriter, port: MessagePort): void {
  let ended = false;
  function lost(): void {
    if (!ended) writer.abort(gone()).catch(ignore);
  }
  serve(port, lost, async (ask, value) => {
    if (ask === "write") {
      await writer.write(value);
      return { done: false };
    }
    ended = true;
    if (ask === "close") await writer.close();
    else await writer.abort(value);
    return { done: true };
  });
  writer.closed.catch((error) => {
    if (!ended) postError(port, (failed) => ({ failed }), error);
  });
}

/** Asks interpreter `peer` over `port`; `onFailed` hears of an error that no request caused. */
class Asker {
  readonly #port: MessagePort;
  #pending: { resolve(answer: { done: boolean; value: unknown }): void; reject(error: unknown): void }[] = [];

  constructor(port: MessagePort, peer: number, onFailed: (error: unknown) => void) {
    this.#port = port;
    const lost = (): void => {
      for (const request of this.#pending.splice(0)) request.reject(gone());
      onFailed(gone());
    };
    const stop = watch(peer, lost);
    port.postMessage({ asker: idHere() } satisfies Message);
    port.onmessage = ({ data }: MessageEvent<Message>): void => {
      if ("failed" in data) return onFailed(decode(data.failed));
      if (!("answer" in data)) return;
      const request = this.#pending.shift();
      if (data.answer === "ok") release(port as CountedPort, () => this.#pending.length > 0);
      try {
        const value = decode(data.wire);
        if (data.answer === "error") request?.reject(value);
        else request?.resolve({ done: data.answer === "done", value });
        if (data.answer === "ok") return;
        stop();
        port.close();
      } catch (error) {
        request?.reject(error);
      }
    };
    port.addEventListener("close", lost);
    (port as CountedPort).unref?.();
  }

  ask(operation: Operation, value: unknown): Promise<{ done: boolean; value: unknown }> {
    return new Promise((resolve, reject) => {
      post(this.#port, (wire) => ({ ask: operation, wire }), value);
      this.#pending.push({ resolve, reject });
      (this.#port as CountedPort).ref?.();
    });
  }
}

/** The source of the stream that reads over `port`. */
export function sourceOver(port: MessagePort, peer: number): Required<Omit<UnderlyingDefaultSource, "type">> {
  let asker: Asker;
  let ended = false;
  return {
    start(controller): void {
      asker = new Asker(port, peer, (error) => {
        if (!ended) controller.error(error);
        ended = true;
      });
    },
    async pull(controller): Promise<void> {
      const { done, value } = await asker.ask("read", undefined);
      if (!done) return controller.enqueue(value);
      ended = true;
      controller.close();
    },
    async cancel(reason): Promise<void> {
      ended = true;
      await asker.ask("cancel", reason);
    },
  };
}

/** The sink of the stream that writes over `port`. */
export function sinkOver(port: MessagePort, peer: number): Required<Omit<UnderlyingSink, "type">> {
  let asker: Asker;
  let ended = false;
  return {
    start(controller): void {
      asker = new Asker(port, peer, (error) => {
        if (!ended) controller.error(error);
        ended = true;
      });
    },
    async write(chunk): Promise<void> {
      await asker.ask("write", chunk);
    },
    async close(): Promise<void> {
      ended = true;
      await asker.ask("close", undefined);
    },
    async abort(reason): Promise<void> {
      ended = true;
      await asker.ask("abort", reason);
    },
  };
}

function gone(): Error {
  return new Error("Cannot go on with a moved stream: the other interpreter is gone, make the stream again");
}

function ignore(): void {}
