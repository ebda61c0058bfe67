/**
 * Marks values that a send moves instead of copying.
 *
 * @module
 */

import { className } from "./refusal.ts";

/** The marker `move` returns: a send of it sends its target and detaches that here. */
export class Moved {
  /** What is moved. */
  readonly target: object;

  constructor(target: object) {
    this.target = target;
  }
}

/**
 * Marks a value to be moved by the next send instead of copied.
 *
 * The marker stands for the value in whatever is sent: an argument, a part of one, a value on a channel. Once that send
 * has succeeded the value is detached here and works over there; a send that fails leaves it as it was. A moved view
 * takes its whole buffer along, and plain references to a moved buffer in the same value arrive as references to it.
 *
 * @typeParam T What is moved
 * @param value An ArrayBuffer, a typed array or DataView over one, a MessagePort, or a stream that is not locked
 * @returns A marker, typed like the value; it is not the value
 * @throws {TypeError} When the value is of another kind, is shared memory already, or is detached
 *
 * **Gotchas**: do not use the marker for anything but a send. Other views of a moved buffer are empty afterwards.
 *
 * @example A buffer can be moved, a plain object cannot
 * ```ts
 * import { isShareable, move } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const pixels = new Uint8Array(1024);
 * assert.equal(isShareable({ pixels: move(pixels) }), true);
 * assert.equal(pixels.length, 1024);
 * assert.throws(() => move({ x: 1 }), TypeError);
 * ```
 */
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
