/**
 * Marks values that a send moves instead of copying.
 *
 * @module
 */

import { noteMovable } from "./movable.ts";
import { className } from "./refusal.ts";

/** The marker `move` returns: a send of it sends its target and detaches that here. */
export class Moved {
  /** What is moved. */
  readonly target: object;

  constructor(target: object) {
    this.target = target;
    noteMovable(this);
  }
}

/** See `move` in api.ts. */
export function move<T>(value: T): T {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      `Cannot move a ${value === null ? "null" : typeof value}: only ${MOVABLE} can be moved`,
    );
  }
  const buffer: unknown = ArrayBuffer.isView(value) ? value.buffer : value;
  if (buffer instanceof SharedArrayBuffer) {
    throw new TypeError(
      `Cannot move ${className(value)}: it is shared memory already, send it without move()`,
    );
  }
  if (buffer instanceof ArrayBuffer) {
    if (buffer.detached) {
      throw new TypeError(`Cannot move ${className(value)}: it is detached, it was moved before`);
    }
  } else if (
    streamForm(value) === undefined && !(value instanceof MessagePort) && !(value instanceof Moved)
  ) {
    throw new TypeError(`Cannot move an instance of ${className(value)}: only ${MOVABLE} can be moved`);
  }
  return (value instanceof Moved ? value : new Moved(value)) as T;
}

const MOVABLE = "an ArrayBuffer, a typed array, a DataView, a MessagePort or a stream";

/** 0 for a readable stream, 1 for a writable, 2 for a transform stream, undefined for anything else. */
export function streamForm(value: unknown): 0 | 1 | 2 | undefined {
  if (value instanceof ReadableStream) return 0;
  if (value instanceof WritableStream) return 1;
  if (value instanceof TransformStream) return 2;
  return undefined;
}

/** Ports that were moved: they do not tell. */
const movedPorts = new WeakSet<object>();

/** Whether `value` is a port that a send of ours has moved. */
export function isMovedPort(value: object): boolean {
  return movedPorts.has(value);
}

/** Notes that `port` is moved; returns what takes that back. */
export function notePortMoved(port: object): () => void {
  movedPorts.add(port);
  return function restore() {
    movedPorts.delete(port);
  };
}
