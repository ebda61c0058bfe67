/** What a value has in it that a send moves: found by looking into plain objects, arrays, Maps and Sets. */
import { bufferOf, checkMovable, entrySegment, keySegment, Moved, Refusal } from "../sharing/move_here.ts";
import { Owned } from "../sharing/owned.ts";
import { Receiver, Sender } from "./ends.ts";
import type { Seat } from "./seat.ts";

/** What is looked into. */
export type Container = unknown[] | Map<unknown, unknown> | Set<unknown> | object;

/** See the file's description. */
export class Contents {
  /** Markers of `move`. */
  readonly marks: Set<Moved> = new Set();
  /** Handles of ends, and what they are. */
  readonly ends: Map<object, Seat> = new Map();
  readonly owned: Set<Owned<unknown>> = new Set();
  /** Buffers and views that stand there unmarked. */
  readonly views: Set<object> = new Set();
  readonly containers: Set<Container> = new Set();

  /** What is being looked at, for the error. */
  #item: unknown;

  /** What is owned, and whether there is something to move in it. */
  readonly #boxed: Map<object, boolean>;

  /**
   * Looks into `value`, to any depth. Throws `NotShareableError` when a marker in it stands for what is gone; `root` begins
   * its path.
   */
  constructor(value: object, root: string, boxed: Map<object, boolean> = new Map()) {
    this.#boxed = boxed;
    let at: Container | undefined;
    try {
      this.#look(value);
      // Those that are found on the way are visited too.
      for (at of this.containers) this.#lookInto(at);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (at !== undefined) {
        error.within = at;
        error.segments.push(segmentOf(at, this.#item));
      }
      throw error.toError(root, value);
    }
  }

  get isEmpty(): boolean {
    return this.marks.size === 0 && this.ends.size === 0 && this.owned.size === 0;
  }

  #lookInto(container: Container): void {
    if (Array.isArray(container)) {
      for (const i of indicesOf(container)) this.#look(container[i]);
    } else if (container instanceof Map) {
      for (const [key, item] of container) {
        this.#look(key);
        this.#look(item);
      }
    } else if (container instanceof Set) {
      for (const item of container) this.#look(item);
    } else {
      for (const key of Object.keys(container)) this.#look((container as Record<string, unknown>)[key]);
    }
  }

  /** What is owned goes by reference, unless there is something to move in it. Throws when it was sent. */
  #lookIntoBox(box: Owned<unknown>): void {
    const { value } = box;
    if (typeof value !== "object" || value === null || isPlain(value)) return;
    let moves = this.#boxed.get(value);
    if (moves === undefined) {
      // Found again in itself, it adds nothing.
      this.#boxed.set(value, false);
      moves = !new Contents(value, "value", this.#boxed).isEmpty;
      this.#boxed.set(value, moves);
    }
    if (moves) this.#look(value);
    this.#item = box;
  }

  #look(item: unknown): void {
    if (typeof item !== "object" || item === null) return;
    this.#item = item;
    const prototype: unknown = Object.getPrototypeOf(item);
    if (prototype === null || CONTAINERS.has(prototype)) this.containers.add(item);
    else if (item instanceof Moved) {
      checkMovable(item);
      this.marks.add(item);
    } else if (item instanceof Owned) {
      this.owned.add(item);
      this.#lookIntoBox(item);
    } else if (item instanceof Sender) this.ends.set(item, Sender.seatOf(item));
    else if (item instanceof Receiver) this.ends.set(item, Receiver.seatOf(item));
    else if (bufferOf(item) !== undefined) this.views.add(item);
  }
}

/** Arrays that are longer may be mostly holes. */
const LONG = 2 ** 20;

/** Whether `array` is so long that nothing should be done with every index up to its length. */
export function isLong(array: readonly unknown[]): boolean {
  return array.length > LONG;
}

/** The indices of `array`; without the holes where they may be many. */
export function indicesOf(array: readonly unknown[]): Iterable<number> {
  return isLong(array) ? Object.keys(array).map(Number) : array.keys();
}

/** How far {@link isPlain} looks: objects in all, and depth. */
const QUICK_OBJECTS = 50_000;
const QUICK_DEPTH = 200;

let left = 0;

/** True if `value` has certainly nothing to move in it: the answer for most values, at a fraction of the cost. */
export function isPlain(value: object): boolean {
  left = QUICK_OBJECTS;
  return isPlainTo(value, QUICK_DEPTH);
}

function isPlainTo(value: object, depth: number): boolean {
  if (--left < 0 || depth === 0) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) {
    for (const key in value) {
      const item = (value as Record<string, unknown>)[key];
      if (typeof item === "object" && item !== null && !isPlainTo(item, depth - 1)) return false;
    }
    return true;
  }
  if (prototype === Array.prototype) {
    const { length } = value as unknown[];
    if (length > LONG) return false;
    for (let i = 0; i < length; i++) {
      const item = (value as unknown[])[i];
      if (typeof item === "object" && item !== null && !isPlainTo(item, depth - 1)) return false;
    }
    return true;
  }
  return prototype !== Moved.prototype && prototype !== Sender.prototype &&
    prototype !== Receiver.prototype && prototype !== Owned.prototype &&
    !CONTAINERS.has(prototype) && prototype !== null;
}

const CONTAINERS: ReadonlySet<unknown> = new Set([
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
]);

/** The path segment of `item` in `container`, which holds it. */
function segmentOf(container: Container, item: unknown): string {
  if (Array.isArray(container)) return `[${container.indexOf(item)}]`;
  if (container instanceof Set) return `.values()[${[...container].indexOf(item)}]`;
  if (container instanceof Map) {
    const entries = [...container];
    const at = entries.findIndex(([, value]) => value === item);
    return at < 0
      ? `.keys()[${entries.findIndex(([key]) => key === item)}]`
      : entrySegment(entries[at]![0], at);
  }
  return keySegment(Object.entries(container).find(([, value]) => value === item)?.[0] ?? "…");
}
