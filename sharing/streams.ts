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

/** The receiver's half: the stream whose data come over `ports`. */
export function bridgedStream(form: number, ports: readonly MessagePort[]): object {
  if (form === 0) return readableOver(ports[0]!);
  if (form === 1) return writableOver(ports[0]!);
  const stream = Object.create(TransformStream.prototype) as object;
  return Object.defineProperties(stream, {
    readable: { value: readableOver(ports[0]!) },
    writable: { value: writableOver(ports[1]!) },
  });
}

function readableOver(port: MessagePort): ReadableStream {
  let source: Required<Omit<UnderlyingDefaultSource, "type">> | undefined;
  return new ReadableStream({
    async start(controller): Promise<void> {
      source = (await loadBridge()).sourceOver(port);
      await source.start(controller);
    },
    pull: (controller) => source!.pull(controller),
    cancel: (reason) => source!.cancel(reason),
  }, { highWaterMark: 0 });
}

function writableOver(port: MessagePort): WritableStream {
  let sink: Required<Omit<UnderlyingSink, "type">> | undefined;
  return new WritableStream({
    async start(controller): Promise<void> {
      sink = (await loadBridge()).sinkOver(port);
      await sink.start(controller);
    },
    write: (chunk, controller) => sink!.write(chunk, controller),
    close: () => sink!.close(),
    abort: (reason) => sink!.abort(reason),
  });
}

function loadBridge(): Promise<typeof import("./stream_bridge.ts")> {
  return loadLater("./stream_bridge", import.meta.url);
}
