/**
 * Encodes the objects that are not plain data: dates, buffers and views, errors, handles, instances, moved values.
 *
 * @module
 */

import type { Encoder } from "./encoder.ts";
import { baseErrorOf } from "./error_classes.ts";
import { kindOf } from "./kinds.ts";
import { isMovedPort, Moved, notePortMoved, streamForm } from "./move.ts";
import { idHere } from "./peers.ts";
import { Refusal, refuse } from "./refusal.ts";
import { shareableNameOf, toShared } from "./shareable.ts";
import { numberOf } from "./shared_memory.ts";
import { bridgeStream } from "./streams.ts";
import {
  BUFFER,
  DATE,
  END,
  ERROR,
  HANDLE,
  HAS_CAUSE,
  HAS_ERROR,
  HAS_ERRORS,
  HAS_MESSAGE,
  HAS_NAME,
  HAS_STACK,
  HAS_SUPPRESSED,
  INSTANCE,
  REGEXP,
  RESIZABLE,
  SHARED,
  SIDE,
  STREAM,
  VIEW,
  VIEWS,
} from "./wire.ts";

/** Thrown to start the walk again, as when a buffer turns out to be moved after it was copied: now it is known. */
export const again: unique symbol = Symbol("again");

/** True for the signal to start the walk again. */
export function isAgain(error: unknown): boolean {
  return error === again;
}

const WRITERS = new Map<object, (encoder: Encoder, value: never) => void>([
  [Date.prototype, date],
  [RegExp.prototype, regExp],
  [ArrayBuffer.prototype, arrayBuffer],
  [SharedArrayBuffer.prototype, sharedBuffer],
  [WebAssembly.Module.prototype, aside],
  [WebAssembly.Memory.prototype, memory],
  [Moved.prototype, moved],
]);
const viewNumbers = new Map<object, number>();
for (const [number, View] of VIEWS.entries()) {
  if (View === undefined) continue;
  viewNumbers.set(View.prototype, number);
  WRITERS.set(View.prototype, view);
}

/** Writes `value`, an object of this exact prototype that is no plain data. */
export function encodeSpecial(encoder: Encoder, value: object, prototype: object): void {
  const writer = WRITERS.get(prototype);
  if (writer !== undefined) return writer(encoder, value as never);
  const kind = kindOf(prototype);
  if (kind !== undefined) {
    if (encoder.enter(value)) return;
    encoder.handles = true;
    encoder.out.byte(HANDLE);
    encoder.out.string(kind.name);
    return encoder.description(kind.encode(value, encoder));
  }
  const name = shareableNameOf(prototype);
  if (name !== undefined) {
    if (encoder.enter(value)) return;
    encoder.beforeCall();
    encoder.out.byte(INSTANCE);
    encoder.out.string(name);
    return encoder.description((value as { [toShared](): unknown })[toShared]());
  }
  const base = baseErrorOf(value, prototype);
  if (base !== undefined) return error(encoder, value as Error, base);
  // a port or stream that a marker in the same value moves is known by now
  if ((value instanceof MessagePort || streamForm(value) !== undefined) && encoder.numbering.has(value)) {
    encoder.enter(value);
    return;
  }
  throw refuse(value);
}

function date(encoder: Encoder, value: Date): void {
  const time = branded(value, () => Date.prototype.getTime.call(value));
  if (encoder.enter(value)) return;
  encoder.out.byte(DATE);
  encoder.out.float64(time);
}

function regExp(encoder: Encoder, value: RegExp): void {
  const source = branded(value, () => (RegExp.prototype.exec.call(value, ""), value.source));
  if (encoder.enter(value)) return;
  encoder.out.byte(REGEXP);
  encoder.out.string(source);
  encoder.out.string(value.flags);
}

/** What `read` gives, which throws for an object that only inherits from its class. */
function branded<T>(value: object, read: () => T): T {
  try {
    return read();
  } catch {
    throw refuse(value);
  }
}

function aside(encoder: Encoder, value: object): void {
  if (encoder.enter(value)) return;
  encoder.out.byte(SIDE);
  encoder.out.varint(encoder.side.length);
  encoder.side.push(value);
}

function sharedBuffer(encoder: Encoder, value: SharedArrayBuffer): void {
  branded(value, () => value.byteLength);
  if (encoder.enter(value)) return;
  encoder.out.byte(SHARED);
  encoder.out.varint(encoder.side.length);
  encoder.out.float64(numberOf(value));
  encoder.side.push(value);
}

function memory(encoder: Encoder, value: WebAssembly.Memory): void {
  if (!(branded(value, () => value.buffer) instanceof SharedArrayBuffer)) throw refuse(value);
  aside(encoder, value);
}

function arrayBuffer(encoder: Encoder, value: ArrayBuffer): void {
  if (branded(value, () => value.detached)) {
    throw new Refusal("this ArrayBuffer is detached, it was moved before");
  }
  if (encoder.moved.has(value)) {
    if (encoder.numbering.has(value)) {
      encoder.enter(value);
      return;
    }
    if (encoder.whole) {
      encoder.detach.push(value);
      return copied(encoder, value);
    }
    aside(encoder, value);
    encoder.transfer.push(value);
    return;
  }
  copied(encoder, value);
}

function copied(encoder: Encoder, value: ArrayBuffer): void {
  if (encoder.enter(value)) return;
  encoder.out.byte(value.resizable ? RESIZABLE : BUFFER);
  encoder.out.varint(value.byteLength);
  if (value.resizable) encoder.out.float64(value.maxByteLength);
  encoder.out.align();
  encoder.out.raw(new Uint8Array(value));
}

function view(encoder: Encoder, value: ArrayBufferView): void {
  if (!ArrayBuffer.isView(value)) throw refuse(value);
  const number = viewNumbers.get(Object.getPrototypeOf(value))!;
  const buffer: ArrayBufferLike = value.buffer;
  if (buffer instanceof ArrayBuffer && buffer.detached) {
    throw new Refusal("the buffer of this view is detached, it was moved before");
  }
  if (encoder.enter(value)) return;
  if (buffer instanceof SharedArrayBuffer && buffer.growable) {
    // Nothing but structured clone can tell whether the view's length follows its buffer's.
    encoder.out.byte(SIDE);
    encoder.out.varint(encoder.side.length);
    encoder.side.push(value);
    return;
  }
  const byteOffset = branded(value, () => value.byteOffset);
  const length = branded(value, () => number === 0 ? value.byteLength : (value as Uint8Array).length);
  encoder.out.byte(VIEW);
  encoder.out.byte(number);
  encoder.out.varint(byteOffset);
  encoder.out.varint(isTracking(value, buffer) ? 0 : length + 1);
  encoder.value(buffer);
}

/** True if the length of `value` follows its buffer's. */
function isTracking(value: ArrayBufferView, buffer: ArrayBufferLike): boolean {
  const size = (value as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
  if (buffer instanceof SharedArrayBuffer || !buffer.resizable) return false;
  const bytes = buffer.byteLength;
  const before = value.byteLength;
  if (value.byteOffset + before <= bytes - size || before === 0 && value.byteOffset === 0 && bytes > 0) {
    return false;
  }
  if (bytes + size <= buffer.maxByteLength) {
    buffer.resize(bytes + size);
    const follows = value.byteLength !== before;
    buffer.resize(bytes);
    return follows;
  }
  // full: a shorter buffer puts a fixed view out of bounds; what is cut off is put back
  if (before === 0) return false;
  const tail = new Uint8Array(buffer).slice(bytes - size);
  buffer.resize(bytes - size);
  let follows = true;
  try {
    follows = value.byteLength === before - size &&
      (before > size || new Uint8Array(buffer).length > value.byteOffset);
  } catch {
    follows = false;
  }
  buffer.resize(bytes);
  new Uint8Array(buffer).set(tail, bytes - size);
  return follows;
}

function moved(encoder: Encoder, marker: Moved): void {
  const target = marker.target;
  const buffer: unknown = ArrayBuffer.isView(target) ? target.buffer : target;
  if (buffer instanceof ArrayBuffer) {
    const prototype = Object.getPrototypeOf(target);
    if (!viewNumbers.has(prototype) && prototype !== ArrayBuffer.prototype) throw refuse(target);
    if (!encoder.moved.has(buffer)) {
      encoder.moved.add(buffer);
      if (encoder.numbering.has(buffer)) throw again;
    }
    if (ArrayBuffer.isView(target)) view(encoder, target);
    else arrayBuffer(encoder, buffer);
    return;
  }
  if (encoder.enter(target)) return;
  const form = streamForm(target);
  if (form === undefined) {
    if (isMovedPort(target)) throw new Refusal("this MessagePort was moved before");
    encoder.starts.push(() => notePortMoved(target));
    encoder.out.byte(SIDE);
    encoder.out.varint(encoder.side.length);
    encoder.side.push(target);
    encoder.transfer.push(target as Transferable);
    return;
  }
  refuseLocked(target);
  const at = encoder.side.length;
  encoder.out.byte(STREAM);
  encoder.out.byte(form);
  encoder.out.varint(idHere());
  encoder.out.varint(at);
  encoder.side.push(undefined);
  if (form === 2) encoder.side.push(undefined);
  const { side, transfer } = encoder;
  encoder.starts.push(() => {
    const { ports, abandon } = bridgeStream(target);
    for (const [i, port] of ports.entries()) side[at + i] = port;
    transfer.push(...ports);
    return abandon;
  });
}

function refuseLocked(stream: object): void {
  const parts = stream instanceof TransformStream
    ? [stream.readable, stream.writable]
    : [stream as ReadableStream];
  if (parts.some((part) => part.locked)) {
    throw new Refusal("this stream is locked and cannot be moved, release its reader or writer first");
  }
}

/** Own fields of errors that are not enumerable, in the order in which they are written. */
const HIDDEN_FIELDS: readonly (readonly [key: string, flag: number])[] = [
  ["cause", HAS_CAUSE],
  ["errors", HAS_ERRORS],
  ["error", HAS_ERROR],
  ["suppressed", HAS_SUPPRESSED],
];

function error(encoder: Encoder, value: Error, base: { name: string; prototype: Error }): void {
  if (encoder.enter(value)) return;
  const out = encoder.out;
  const keys = Object.keys(value).filter((key) => key !== "stack");
  const isDom = base.name === "DOMException";
  const message: unknown = value.message;
  const name: unknown = value.name;
  const stack: unknown = value.stack;
  let flags = 0;
  if (!keys.includes("message") && (isDom || Object.hasOwn(value, "message") || message !== "")) {
    flags |= HAS_MESSAGE;
  }
  if (!keys.includes("name") && (isDom || name !== base.prototype.name)) flags |= HAS_NAME;
  if (typeof stack === "string") flags |= HAS_STACK;
  out.byte(ERROR);
  out.string(base.name);
  const at = out.end;
  out.byte(flags);
  if (flags & HAS_MESSAGE) out.string(String(message));
  if (flags & HAS_NAME) out.string(String(name));
  if (flags & HAS_STACK) out.string(stack as string);
  const fields = value as unknown as Record<string, unknown>;
  for (const [key, flag] of HIDDEN_FIELDS) {
    if (!Object.hasOwn(value, key) || keys.includes(key)) continue;
    if (encoder.attempt(nothing, () => fields[key])) flags |= flag;
    else if (flag === HAS_ERRORS && encoder.attempt(nothing, () => errorsAmong(fields[key]))) flags |= flag;
  }
  out.patch(at, flags);
  for (const key of keys) {
    encoder.attempt(() => out.string(key), () => fields[key]);
  }
  out.byte(END);
}

/** Of what an `AggregateError` has, that which can surely cross. */
function errorsAmong(errors: unknown): Error[] {
  return Array.isArray(errors) ? errors.filter((each) => each instanceof Error) : [];
}

function nothing(): void {}
