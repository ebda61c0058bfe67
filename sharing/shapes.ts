/**
 * Key lists of plain objects, remembered across messages on both sides so that a repeated one costs neither encoding
 * nor parsing; on the wire a list stands in full once per message.
 *
 * @module
 */

/** Above this many keys an object is written as a dictionary. */
export const MAX_KEYS = 32;
/** Remembered key lists per side; then all are forgotten. */
const MAX_SHAPES = 1024;

/** The encoder's side of a key list. */
export interface Shape {
  /** The keys in order. */
  readonly keys: readonly string[];
  /** The encoded keys. */
  bytes: Uint8Array<ArrayBuffer>;
  /** FNV-1a of `bytes`. */
  hash: number;
  /** The message (by number) in which the list stands already, and its number there. */
  message: number;
  number: number;
  /** The list that came after this one last time: the first guess for the next object. */
  next: Shape | undefined;
  /** Uses so far, and from USES on a function that writes the values of an object with these keys. */
  uses: number;
  write: ((encoder: ValueWriter, object: object) => void) | undefined;
}

/** What a generated writer needs of an encoder. */
export interface ValueWriter {
  value(value: unknown): void;
  /** The error to go on with when the value under the key numbered `index` was refused. */
  located(error: unknown, keys: readonly string[], index: number): unknown;
}

/** What a generated reader needs of a decoder. */
export interface ValueReader {
  next(): unknown;
}

/**
 * From this many uses a key list gets a function of its own. Engines give it loads and stores of known fields instead
 * of searches by key: half the time per object.
 */
const USES = 64;
let generates = true;

/** A function from generated source, undefined where a policy forbids that. */
function generate<T>(parameters: string[], body: string, keys: readonly string[]): T | undefined {
  if (!generates) return undefined;
  try {
    return new Function("keys", `return (${parameters.join()}) => {${body}}`)(keys);
  } catch {
    generates = false;
    return undefined;
  }
}

/** The function that writes the values of `shape`'s objects, once it is used enough. */
export function writerOf(shape: Shape): Shape["write"] {
  if (shape.write !== undefined || shape.uses++ !== USES) return shape.write;
  const values = shape.keys.map((key, i) => `i = ${i}; e.value(o[${JSON.stringify(key)}]);`).join("");
  const body = `let i = 0; try {${values}} catch (x) {throw e.located(x, keys, i);}`;
  return shape.write = generate(["e", "o"], body, shape.keys);
}

/** The function that reads an object with the keys of `list`, once it is used enough. */
export function readerOf(list: KeyList): KeyList["read"] {
  if (list.read !== undefined || list.uses++ !== USES) return list.read;
  const keys = list.keys.map((key) => `[${JSON.stringify(key)}]`.replace(/^\[(?!"__proto__")(.*)\]$/s, "$1"));
  return list.read = generate(["d"], `return {${keys.map((key) => `${key}: d.next()`).join()}};`, list.keys);
}

const byFirstKey = new Map<string, Shape[]>();
let shapeCount = 0;

/** True if the shape has exactly these keys. */
export function hasKeys(shape: Shape, keys: readonly string[]): boolean {
  const own = shape.keys;
  const length = own.length;
  if (keys.length !== length) return false;
  for (let i = 0; i < length; i++) {
    if (own[i] !== keys[i]) return false;
  }
  return true;
}

/** The remembered shape of these keys (at least one). */
export function findShape(keys: readonly string[]): Shape | undefined {
  const list = byFirstKey.get(keys[0]!);
  if (list === undefined) return undefined;
  for (const shape of list) if (hasKeys(shape, keys)) return shape;
  return undefined;
}

/** Remembers a new list of keys and its encoded form. */
export function addShape(keys: readonly string[], bytes: Uint8Array<ArrayBuffer>): Shape {
  if (shapeCount++ >= MAX_SHAPES) {
    byFirstKey.clear();
    shapeCount = 1;
  }
  const shape: Shape = {
    keys,
    bytes,
    hash: hashOf(bytes),
    message: 0,
    number: 0,
    next: undefined,
    uses: 0,
    write: undefined,
  };
  const list = byFirstKey.get(keys[0]!);
  if (list === undefined) byFirstKey.set(keys[0]!, [shape]);
  else list.push(shape);
  return shape;
}

function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

/** The decoder's side of a key list. */
export interface KeyList {
  readonly keys: readonly string[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Uses so far, and from USES on a function that makes an object of the values that follow. */
  uses: number;
  read: ((decoder: ValueReader) => object) | undefined;
}

const byHash = new Map<number, KeyList>();

/** The remembered key list of this hash; its bytes are still to be compared. */
export function keyListOf(hash: number): KeyList | undefined {
  return byHash.get(hash);
}

/** Remembers a decoded key list. */
export function addKeyList(hash: number, list: KeyList): void {
  if (byHash.size >= MAX_SHAPES) byHash.clear();
  byHash.set(hash, list);
}
