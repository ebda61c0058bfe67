/**
 * How a frozen graph lies in its buffer: the one table of it, for who writes and who reads.
 *
 * *Memory.* Cells of 8 bytes. A value is one cell: a double, or a NaN that no arithmetic gives, whose upper half holds
 * {@link BOX} and a tag and whose lower half a payload; for what does not fit that is the number of the cell where its block
 * begins. Blocks refer to each other by those numbers, so cycles are nothing special. Numbers are little-endian.
 *
 * | block  | first cell: lower half, upper half | then                                                                |
 * | ------ | ---------------------------------- | ------------------------------------------------------------------- |
 * | STRING | length, 0 bytes or 1 UTF-16 units  | the characters                                                      |
 * | SHAPE  | keys, mask of the index or 0       | NULL_PROTOTYPE or 0; a half cell for each key's STRING; the index   |
 * | OBJECT | SHAPE, flags                       | a value for each key                                                |
 * | ARRAY  | length, flags                      | a value for each element; SPARSE: their number, indices, values     |
 * | MAP    | size, flags                        | mask; key and value for each entry; the index                       |
 * | SET    | size, flags                        | mask; a value for each member; the index                            |
 * | DATE   | the time as a double               |                                                                     |
 * | BUFFER | bytes as a double                  | the bytes                                                           |
 * | VIEW   | number in VIEWS, BUFFER or side    | byte offset and length as doubles; whether the buffer is a side one |
 *
 * An index is a hash table of half cells, open addressing by steps of one: 0, or one more than the position of an entry.
 * What lies outside of the buffer, shared buffers and other frozen graphs, stands in a list beside it, its *side*.
 */

/** Cells of the header. */
export const HEADER = {
  /** Lower half {@link MAGIC}, upper half {@link VERSION}. */
  MAGIC: 0,
  /** Bytes of it all, as a double. */
  BYTES: 1,
  /** A number that no other graph of the program has, as a double. */
  ID: 2,
  /** The value. */
  ROOT: 3,
  /** How many there are beside it: lower half. */
  SIDE: 4,
} as const;

/** The first block begins here. */
export const FIRST_CELL = 8;

/** "csp" and a letter. */
export const MAGIC = 0x63737066;
/** Of this layout. */
export const VERSION = 1;

/** The upper half of a cell that is no double, without its tag: a quiet NaN with the sign set and one bit more. */
export const BOX = 0xfff90000;

/** Tags. The payload is a block unless it says otherwise. */
export const TAG = {
  /** No payload. */
  UNDEFINED: 0,
  /** No payload. */
  NULL: 1,
  /** No payload. */
  FALSE: 2,
  /** No payload. */
  TRUE: 3,
  /** An element that is not there; no payload. */
  HOLE: 4,
  STRING: 5,
  /** Its hexadecimal digits as a STRING, after a sign if it is negative. */
  BIGINT: 6,
  /** From `Symbol.for`: its key as a STRING. */
  SYMBOL: 7,
  OBJECT: 8,
  ARRAY: 9,
  MAP: 10,
  SET: 11,
  DATE: 12,
  BUFFER: 13,
  VIEW: 14,
  /** A number in the side. */
  SIDE: 15,
} as const;

/** Flags. More than one value refers to the block: one view for all of them. */
export const SHARED = 1;
/** Only some of the elements are there. */
export const SPARSE = 2;
/** Of a SHAPE. */
export const NULL_PROTOTYPE = 1;

/** Objects of more keys have an index in their shape; so have Maps and Sets of more entries. */
export const INDEXED_FROM = 8;

/** The hash of a string. */
export function hashString(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return spread(hash);
}

/** The hash of a key of a Map or Set, which stands in a cell with these halves. */
export function hashKey(key: unknown, low: number, high: number): number {
  switch (typeof key) {
    case "string":
      return hashString(key);
    case "bigint":
      return hashString(key.toString(16));
    case "symbol":
      return hashString(Symbol.keyFor(key)!);
    default:
      return spread(Math.imul(low, 0x9e3779b1) ^ high);
  }
}

function spread(hash: number): number {
  let mixed = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2ae35);
  return (mixed ^ mixed >>> 16) >>> 0;
}

/** The mask of an index for `entries` entries: at most two thirds of it are in use. */
export function maskFor(entries: number): number {
  let slots = 16;
  while (slots * 2 < entries * 3) slots *= 2;
  return slots - 1;
}

/** The error of a buffer that holds something else. */
export function damaged(): TypeError {
  return new TypeError(
    "Cannot read the frozen value: its memory holds something else; freeze the value again",
  );
}
