/**
 * Values that stay in their interpreter and have something in them that is moved: marked by `move`, or an end of a channel.
 * Everything else goes by reference.
 *
 * A parcel is packed when its send begins and opened when the send takes effect; what it moves belongs to the sender until
 * then. Plain objects, arrays, Maps and Sets are looked into, and copied when there is something to move in them.
 *
 * *Invariant.* No code of a user runs when a parcel is opened; when opening throws, nothing has been moved.
 */
import { haveMovables } from "../sharing/movable.ts";
import { bufferOf, checkMovable, type Moved, moveHere, Refusal } from "../sharing/move_here.ts";
import { Owned } from "../sharing/owned.ts";
import { Receiver, Sender } from "./ends.ts";
import { type Container, Contents, indicesOf, isLong, isPlain } from "./parcel_contents.ts";
import { Seat } from "./seat.ts";

/** What is sent in place of `value`. Throws when something in it is to be moved that is gone; `root` begins its path. */
export function packed(value: unknown, root = "value"): unknown {
  if (typeof value !== "object" || value === null || !haveMovables() || isPlain(value)) return value;
  const contents = new Contents(value, root);
  return contents.isEmpty ? value : new Parcel(value, contents, root);
}

/** What is received. Throws, and nothing has happened, when something that is to be moved is gone meanwhile. */
export function opened(parcel: unknown): unknown {
  return parcel instanceof Parcel ? parcel.open() : parcel;
}

/** Whether {@link opened} has something to do. */
export function isParcel(value: unknown): boolean {
  return value instanceof Parcel;
}

/** What the sender gave. */
export function unsent(parcel: unknown): unknown {
  return parcel instanceof Parcel ? parcel.original : parcel;
}

/** `value`, which was sent, will be received by nobody: the ends in it are given up. */
export function discard(value: unknown): void {
  if (typeof value !== "object" || value === null || !haveMovables() || isPlain(value)) return;
  for (const seat of new Contents(value, "value").ends.values()) seat.retire();
}

/** See the file's description. */
class Parcel {
  readonly original: object;
  readonly #ends: ReadonlyMap<object, Seat>;
  readonly #marks: readonly Moved[];
  readonly #owned: ReadonlySet<Owned<unknown>>;
  /** Other views of the buffers that are moved, and these themselves. */
  readonly #references: readonly object[];
  /** Copies of the containers, by the originals; filled when it is opened. */
  readonly #copies = new Map<object, Container>();

  readonly #root: string;

  constructor(original: object, contents: Contents, root: string) {
    this.original = original;
    this.#root = root;
    this.#ends = contents.ends;
    this.#marks = [...contents.marks];
    this.#owned = contents.owned;
    this.#check();
    const targets = new Set(this.#marks.map(({ target }) => target));
    const buffers = new Set([...targets].map(bufferOf));
    this.#references = [...contents.views].filter((view) =>
      !targets.has(view) && buffers.has(bufferOf(view))
    );
    for (const container of contents.containers) this.#copies.set(container, copyOf(container));
  }

  open(): unknown {
    this.#check();
    const news = named(this.#root, () => moveHere(this.#marks, this.#references));
    for (const mark of this.#marks) news.set(mark, news.get(mark.target)!);
    for (const [end, seat] of this.#ends) {
      seat.spend();
      seat.left();
      const heir = Seat.arrived(seat.core, seat.side, seat.id);
      news.set(end, seat.side === "sender" ? new Sender(heir as never) : new Receiver(heir as never));
    }
    for (const [original, copy] of this.#copies) news.set(original, copy);
    const held = [...this.#owned].map((box) => ({ box, value: box.value as unknown }));
    // Owned values may hold each other: the outer ones are found first, so the inner ones are made first.
    for (const { box, value } of held.reverse()) {
      Owned.left(box);
      news.set(box, new Owned(news.get(value as object) ?? value));
    }
    for (const copy of this.#copies.values()) replaceIn(copy, news);
    return news.get(this.original);
  }

  /** Throws when something that is to be moved is gone. */
  #check(): void {
    named(this.#root, () => this.#marks.forEach(checkMovable));
    for (const seat of this.#ends.values()) seat.check();
    for (const box of this.#owned) Owned.check(box);
  }
}

/** Does `fn`; a refusal becomes the error for the user. */
function named<R>(root: string, fn: () => R): R {
  try {
    return fn();
  } catch (error) {
    throw error instanceof Refusal ? error.toError(root, undefined) : error;
  }
}

/** A copy that holds the same. */
function copyOf(container: Container): Container {
  if (Array.isArray(container)) {
    return isLong(container) ? Object.assign([], container, { length: container.length }) : container.slice();
  }
  if (container instanceof Map) return new Map(container);
  if (container instanceof Set) return new Set(container);
  return Object.assign(Object.create(Object.getPrototypeOf(container) as object | null), container) as object;
}

/** Puts the new object in place of every old one in `container`. */
function replaceIn(container: Container, news: ReadonlyMap<unknown, object>): void {
  function renewed<T>(item: T): T {
    return (news.get(item) ?? item) as T;
  }
  if (Array.isArray(container)) {
    for (const i of indicesOf(container)) if (news.has(container[i])) container[i] = renewed(container[i]);
  } else if (container instanceof Map) {
    const entries = [...container];
    container.clear();
    for (const [key, item] of entries) container.set(renewed(key), renewed(item));
  } else if (container instanceof Set) {
    const items = [...container];
    container.clear();
    for (const item of items) container.add(renewed(item));
  } else {
    const fields = container as Record<string, unknown>;
    for (const key of Object.keys(fields)) if (news.has(fields[key])) fields[key] = renewed(fields[key]);
  }
}
