/**
 * The walk through a value that encodes it for another interpreter and finds what cannot cross.
 *
 * Invariants:
 * - The walk has no effect outside but reading properties and calling `[toShared]()`; nothing is detached or locked
 *   before it has succeeded.
 * - Objects are numbered when their tag is written (`numbering.ts`).
 * - Containers nested deeper than `MAX_DEPTH` are put off: their tag stands in place, their body after the rest, so that
 *   depth is limited by memory and not by the stack.
 *
 * @module
 */

import { writeArray } from "./encode_array.ts";
import { writeDictionary, writeMap, writeObject, writeSet } from "./encode_containers.ts";
import { again, encodeSpecial, isAgain } from "./encode_special.ts";
import type { ValueWriter } from "./generated.ts";
import { Numbering } from "./numbering.ts";
import { keySegment, Refusal, refuse } from "./refusal.ts";
import type { Shape } from "./shapes.ts";
import { Writer } from "./writer.ts";
import {
  ARRAY,
  type Beside,
  FALSE,
  HAS_REFS,
  LATER,
  MAP,
  NULL,
  NULL_DICTIONARY,
  OBJECT,
  type Outgoing,
  REF,
  SET,
  SYMBOL,
  TRUE,
  UNDEFINED,
} from "./wire.ts";

const MAX_DEPTH = 200;
/** Levels of registered instances, handles and error causes inside one another. */
const MAX_CLOSED = 500;

let messages = 0;

/** Starts what a message takes along; all of it or nothing. */
function startAll(starts: readonly (() => () => void)[]): (() => void)[] {
  const undo: (() => void)[] = [];
  try {
    for (const start of starts) undo.push(start());
  } catch (error) {
    for (const back of undo) back();
    throw error;
  }
  return undo;
}

/** One walk. Public members are for the files beside this one, and generated code. */
export class Encoder implements ValueWriter {
  /** Where the bytes go. */
  readonly out: Writer = new Writer();
  readonly numbering: Numbering = new Numbering();
  /** See `ValueWriter`. */
  element: unknown = undefined;
  row: number = 0;
  /** What structured clone carries. */
  side: unknown[] = [];
  transfer: Transferable[] = [];
  /** Moved buffers go into the bytes. */
  whole: boolean = false;
  /** Those that did. */
  detach: ArrayBuffer[] = [];
  /** True once a handle was written. */
  handles: boolean = false;
  /** See `Message` in kinds.ts. */
  references: number[] = [];
  left: (() => void)[] = [];
  /** Buffers that this message moves; filled by a walk that met the move after a copy and had to start again. */
  readonly moved: Set<object> = new Set();
  /** Nothing is sent: it is only to be seen whether it could be. */
  checks: boolean = false;
  /** See {@link later}; whether that is done at once: it was done before, or code of a user has run, which is not to run again. */
  #preparations: (() => void)[] = [];
  #atOnce = false;
  /** Runs when the walk has succeeded: starts stream bridges; each returns what undoes it. */
  readonly starts: (() => () => void)[] = [];
  /** Containers around the current value on the stack, and how many there may be. */
  depth: number = 0;
  limit: number = MAX_DEPTH;
  /** Key lists of this message in the order of their numbers; the last one used. */
  shapes: Shape[] = [];
  newShapes: number = 0;
  last: Shape | undefined = undefined;
  /** The number of this message, unique in this interpreter. */
  number: number = 0;
  #refs = false;
  /** Numbers of instances and handles whose description is being written. */
  readonly #open: number[] = [];
  /** Closed values around the current one. */
  #nesting = 0;
  #later: object[] = [];

  /** Writes the whole message. */
  message(value: unknown): void {
    this.#atOnce = false;
    for (;;) {
      this.number = ++messages;
      this.out.byte(0);
      try {
        this.value(value);
        if (this.#later.length > 0) this.#drain(0);
      } catch (error) {
        if (!isAgain(error)) throw error;
        this.#clear();
        continue;
      }
      if (this.#preparations.length === 0) break;
      this.#prepare();
    }
    if (this.#refs) this.out.patch(0, HAS_REFS);
  }

  /** See `Message` in kinds.ts. */
  later(check: () => void, prepare: () => void): void {
    // Here, where an error that has it in a field can leave it out.
    check();
    if (this.checks) return;
    if (this.#atOnce) prepare();
    else this.#preparations.push(prepare);
  }

  /** Code of a user is about to describe a value: what it makes must not be made twice. */
  beforeCall(): void {
    if (this.#preparations.length > 0) {
      this.#prepare();
      throw again;
    }
    this.#atOnce = true;
  }

  #prepare(): void {
    const preparations = this.#preparations;
    this.#clear();
    // Of what a getter makes anew each time there is no end.
    this.#atOnce = true;
    for (const prepare of preparations) prepare();
  }

  /** Does what was to be done once the walk has succeeded. Undefined if nothing goes beside the bytes of `wire`. */
  outgoing<W extends Beside>(wire: W): Outgoing<W> | undefined {
    if (this.side.length === 0 && this.starts.length === 0 && this.detach.length === 0) return undefined;
    const undo = this.starts.length > 0 ? startAll(this.starts) : undefined;
    if (this.side.length > 0) wire.side = this.side;
    if (this.references.length > 0) wire.references = this.references;
    const outgoing: Outgoing<W> = { wire, transfer: this.transfer };
    if (this.detach.length > 0) outgoing.detach = this.detach;
    const { left } = this;
    if (left.length > 0) outgoing.left = () => left.forEach((leave) => leave());
    if (undo !== undefined) outgoing.abandon = () => undo.forEach((back) => back());
    return outgoing;
  }

  /** Forgets the message. */
  reset(): void {
    this.#clear();
    this.element = undefined;
    if (this.moved.size > 0) this.moved.clear();
  }

  #clear(): void {
    this.out.drop();
    this.numbering.clear();
    if (this.side.length > 0) this.side = [];
    if (this.transfer.length > 0) this.transfer = [];
    this.handles = false;
    if (this.references.length > 0) this.references = [];
    if (this.left.length > 0) this.left = [];
    if (this.#preparations.length > 0) this.#preparations = [];
    if (this.detach.length > 0) this.detach = [];
    if (this.starts.length > 0) this.starts.length = 0;
    this.#refs = false;
    if (this.#open.length > 0) this.#open.length = 0;
    this.#nesting = 0;
    this.depth = 0;
    this.limit = MAX_DEPTH;
    if (this.#later.length > 0) this.#later = [];
    if (this.shapes.length > 0) this.shapes = [];
    this.newShapes = 0;
  }

  /** Writes any value. */
  value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.out.string(value);
      case "number":
        return this.out.number(value);
      case "boolean":
        return this.out.byte(value ? TRUE : FALSE);
      case "undefined":
        return this.out.byte(UNDEFINED);
      case "object":
        if (value === null) return this.out.byte(NULL);
        return this.#object(value);
      case "bigint":
        return this.out.bigint(value);
      case "symbol": {
        const key = Symbol.keyFor(value);
        if (key === undefined) throw refuse(value);
        this.out.byte(SYMBOL);
        return this.out.string(key);
      }
      default:
        throw refuse(value);
    }
  }

  #object(value: object): void {
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      if (this.enter(value)) return;
      if (this.depth >= this.limit) return this.#putOff(value, OBJECT);
      writeObject(this, value as Record<string, unknown>);
    } else if (prototype === Array.prototype && Array.isArray(value)) {
      if (this.enter(value)) return;
      if (this.depth >= this.limit) return this.#putOff(value, ARRAY);
      writeArray(this, value);
    } else if (prototype === null) {
      if (this.enter(value)) return;
      if (this.depth >= this.limit) return this.#putOff(value, NULL_DICTIONARY);
      writeDictionary(this, value as Record<string, unknown>, NULL_DICTIONARY);
    } else if (prototype === Map.prototype) {
      if (sizeOf(mapSize, value) === undefined) throw refuse(value);
      if (this.enter(value)) return;
      if (this.depth >= this.limit) return this.#putOff(value, MAP);
      writeMap(this, value as Map<unknown, unknown>);
    } else if (prototype === Set.prototype) {
      if (sizeOf(setSize, value) === undefined) throw refuse(value);
      if (this.enter(value)) return;
      if (this.depth >= this.limit) return this.#putOff(value, SET);
      writeSet(this, value as Set<unknown>);
    } else encodeSpecial(this, value, prototype);
  }

  /** Numbers `value`, or writes a reference and returns true if it has a number. */
  enter(value: object): boolean {
    const known = this.numbering.numberOf(value);
    if (known < 0) return false;
    if (this.#open.length > 0 && this.#open.includes(known)) {
      throw new Refusal(
        "it contains itself through its own description, which cannot be rebuilt; leave it out there",
      );
    }
    this.#refs = true;
    this.out.byte(REF);
    this.out.varint(known);
    return true;
  }

  #putOff(value: object, tag: number): void {
    this.out.byte(LATER);
    this.out.byte(tag);
    this.#later.push(value);
  }

  /** Writes the bodies put off since there were `from` of them. */
  #drain(from: number): void {
    // breadth first with a moving start, so that a long list does not keep what is written already
    const depth = this.depth;
    const queue = this.#later;
    let at = from;
    while (at < queue.length) {
      const value = queue[at++]!;
      this.depth = depth;
      try {
        if (Array.isArray(value)) writeArray(this, value);
        else if (value instanceof Map) writeMap(this, value);
        else if (value instanceof Set) writeSet(this, value);
        else if (Object.getPrototypeOf(value) === null) {
          writeDictionary(this, value as Record<string, unknown>, NULL_DICTIONARY);
        } else writeObject(this, value as Record<string, unknown>);
      } catch (error) {
        if (error instanceof Refusal && error.within === undefined) error.within = value;
        throw error;
      }
    }
    queue.length = from;
    this.depth = depth;
  }

  /** Writes a value with all bodies put off inside it, so that it can be decoded completely on the spot. */
  closed(value: unknown): void {
    const limit = this.limit;
    const later = this.#later;
    const depth = this.depth;
    if (this.#nesting >= MAX_CLOSED) {
      throw new Refusal("it is nested too deeply in instances, handles or causes, flatten it");
    }
    this.limit = depth + MAX_DEPTH;
    this.#later = [];
    this.#nesting++;
    this.value(value);
    this.#drain(0);
    this.#nesting--;
    this.limit = limit;
    this.#later = later;
  }

  /** `closed`, for a description that must not refer to the thing it describes, the one numbered last. */
  description(value: unknown): void {
    this.#open.push(this.numbering.count - 1);
    this.closed(value);
    this.#open.pop();
  }

  /** `closed`, but undone when it meets what cannot cross: then returns false. `before` writes what stands ahead. */
  attempt(before: () => void, value: () => unknown): boolean {
    const { end, held } = this.out;
    const count = this.numbering.count;
    const side = this.side.length;
    const transfer = this.transfer.length;
    const starts = this.starts.length;
    const preparations = this.#preparations.length;
    const detach = this.detach.length;
    const moved = this.moved.size;
    const shapes = this.shapes.length;
    const open = this.#open.length;
    const later = this.#later;
    const limit = this.limit;
    const depth = this.depth;
    const nesting = this.#nesting;
    const handles = this.handles;
    try {
      before();
      this.closed(value());
      return true;
    } catch (error) {
      if (isAgain(error)) throw error;
      this.out.end = end;
      this.out.held = held;
      this.numbering.forget(count);
      this.side.length = side;
      this.transfer.length = transfer;
      this.starts.length = starts;
      this.#preparations.length = preparations;
      this.detach.length = detach;
      for (const buffer of [...this.moved].slice(moved)) this.moved.delete(buffer);
      for (const shape of this.shapes.splice(shapes)) shape.message = 0;
      this.#open.length = open;
      this.#later = later;
      this.limit = limit;
      this.depth = depth;
      this.#nesting = nesting;
      this.handles = handles;
      return false;
    }
  }

  /** What goes on upwards when the value under `keys[index]` was refused. */
  located(error: unknown, keys: readonly string[], index: number): unknown {
    if (error instanceof Refusal) error.segments.push(keySegment(keys[index]!));
    return error;
  }
}

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get!;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, "size")!.get!;

/** The size of a real Map or Set, undefined for an object that only looks like one. */
function sizeOf(size: () => number, value: object): number | undefined {
  try {
    return size.call(value);
  } catch {
    return undefined;
  }
}
