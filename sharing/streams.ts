/**
 * Streams that move, over a bridge of MessagePorts: one runtime cannot transfer them, and where they can be transferred
 * a stream that is not read to its end keeps the program alive.
 *
 * Only what must be synchronous is here; the pump (stream_bridge.ts) loads when the first bridged stream moves.
 *
 * @module
 */

import { loadLater } from "../runtime/load_later.ts";
import { streamForm } from "./move.ts";

/** Ports that stand for a moved stream, and how to give it back if the send fails. */
export interface Bridge {
  /** One port, or two for a transform stream: readable side, writable side. */
  ports: MessagePort[];
  /** Unlocks the stream and closes the ports. */
  abandon: () => void;
}

/** Locks `target` and starts the sender's half of its bridge. Nothing is read before the receiver asks. */
export function bridgeStream(target: object): Bridge {
  const parts = streamForm(target) === 2
    ? [(target as TransformStream).readable, (target as TransformStream).writable]
    : [target as ReadableStream | WritableStream];
  const undo: (() => void)[] = [];
  const ports = parts.map((part) => {
    const { port1, port2 } = new MessageChannel();
    const lock = part instanceof ReadableStream ? part.getReader() : part.getWriter();
    let abandoned = false;
    undo.push(() => {
      abandoned = true;
      lock.releaseLock();
      port1.close();
    });
    loadBridge().then(({ pumpFrom, pumpInto }) => {
      if (abandoned) return;
      if (part instanceof ReadableStream) pumpFrom(lock as ReadableStreamDefaultReader, port1);
      else pumpInto(lock as WritableStreamDefaultWriter, port1);
    });
    return port2;
  });
  return { ports, abandon: () => undo.forEach((back) => back()) };
}

/** The receiver's half: the stream whose data come over `ports` from interpreter `peer`. */
export function bridgedStream(form: number, ports: readonly MessagePort[], peer: number): object {
  if (form === 0) return readableOver(ports[0]!, peer);
  if (form === 1) return writableOver(ports[0]!, peer);
  const stream = Object.create(TransformStream.prototype) as object;
  return Object.defineProperties(stream, {
    readable: { value: readableOver(ports[0]!, peer) },
    writable: { value: writableOver(ports[1]!, peer) },
  });
}

// A stream may be cancelled or aborted before the pump has loaded: every step waits for it.

function readableOver(port: MessagePort, peer: number): ReadableStream {
  const loaded = loadBridge().then(({ sourceOver }) => sourceOver(port, peer));
  return new ReadableStream({
    start: async (controller) => await (await loaded).start(controller),
    pull: async (controller) => await (await loaded).pull(controller),
    cancel: async (reason) => await (await loaded).cancel(reason),
  }, { highWaterMark: 0 });
}

function writableOver(port: MessagePort, peer: number): WritableStream {
  const loaded = loadBridge().then(({ sinkOver }) => sinkOver(port, peer));
  return new WritableStream({
    start: async (controller) => await (await loaded).start(controller),
    write: async (chunk, controller) => await (await loaded).write(chunk, controller),
    close: async () => await (await loaded).close(),
    abort: async (reason) => await (await loaded).abort(reason),
  });
}

function loadBridge(): Promise<typeof import("./stream_bridge.ts")> {
  return loadLater("./stream_bridge", import.meta.url);
}
