/**
 * The registry of things that cross as handles: how the layers above make their objects shareable. That of error classes is
 * in errors.ts.
 *
 * @module
 */

/** How objects of one exact prototype cross: by a description that finds or makes the same thing over there. */
export interface HandleKind<T extends object> {
  /** The kind's name on the wire, unique in the program. */
  readonly name: string;
  /** Describes `value` by something shareable; it is encoded in turn and may not contain `value` itself. */
  encode(value: T, message: Message): unknown;
  /** The handle for a description, at the receiver. */
  decode(description: never): T;
}

/** What a kind may do to the message that a handle is part of. */
export interface Message {
  /** References to the shared heap, see `Wire.references`; pushed by what `starts` runs. */
  readonly references: number[];
  /** Runs when the message has been sent; pushed by what `starts` runs. */
  readonly left: (() => void)[];
  /** Runs when all of the message can be encoded, and has its effects then; returns what undoes them. */
  readonly starts: (() => () => void)[];
  /**
   * Does `check`, which throws if the value cannot cross, and has `prepare` done once that is known of all of the message, which
   * is encoded again then. It may be done at once, and is not if the message is only checked.
   */
  later(check: () => void, prepare: () => void): void;
}

const kindsByPrototype = new Map<object, HandleKind<object>>();
const kindsByName = new Map<string, HandleKind<object>>();

/**
 * Makes every object whose prototype is exactly `prototype` cross as a handle of `kind`.
 *
 * @throws {TypeError} When another kind has this name
 */
export function registerKind<T extends object>(prototype: T, kind: HandleKind<T>): void {
  const known = kindsByName.get(kind.name);
  if (known !== undefined && kindsByPrototype.get(prototype) !== known) {
    throw new TypeError(
      `Cannot register the kind "${kind.name}": another prototype has this name, choose a new one`,
    );
  }
  kindsByPrototype.set(prototype, kind as unknown as HandleKind<object>);
  kindsByName.set(kind.name, kind as unknown as HandleKind<object>);
}

/** The kind of the objects of exactly this prototype, if one is registered, or is by now that it was asked for. */
export function kindOf(prototype: object): HandleKind<object> | undefined {
  return kindsByPrototype.get(prototype) ?? asked(lateByPrototype, prototype, kindsByPrototype);
}

/** The kind of this name, if one is registered, or is by now that it was asked for. */
export function kindNamed(name: string): HandleKind<object> | undefined {
  const kind = kindsByName.get(name) ?? asked(lateByName, name, kindsByName);
  if (kind !== undefined || registerRest === undefined) return kind;
  registerRest();
  return kindsByName.get(name);
}

const lateByName = new Map<string, () => unknown>();
const lateByPrototype = new Map<object, () => unknown>();
let registerRest: (() => unknown) | undefined;

/**
 * What registers the kinds of these names: called when a handle of one of them arrives, or when an object with one of these
 * prototypes leaves, which are there without the kind.
 */
export function registerKindsLate(
  register: () => unknown,
  names: readonly string[],
  prototypes: readonly object[],
): void {
  for (const name of names) lateByName.set(name, register);
  for (const prototype of prototypes) lateByPrototype.set(prototype, register);
}

/** What registers the kinds that nobody has announced: called when a handle of an unknown kind arrives. */
export function registerOtherKindsLate(register: () => unknown): void {
  registerRest = register;
}

/** Has what is `late` registered; its kind. */
function asked<K>(
  late: Map<K, () => unknown>,
  key: K,
  kinds: ReadonlyMap<K, HandleKind<object>>,
): HandleKind<object> | undefined {
  const register = late.get(key);
  if (register === undefined) return undefined;
  late.delete(key);
  register();
  return kinds.get(key);
}
