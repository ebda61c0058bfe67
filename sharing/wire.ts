/**
 * The wire form of a value: what encode.ts writes and decode.ts reads, byte by byte.
 *
 * One flag byte, then one encoded value, then the bodies that were put off (see `LATER`). A value is a tag byte and its
 * payload; numbers above one byte are little-endian, counts are LEB128 varints (`#`), `str` is a value of a string tag.
 *
 * Invariants:
 * - Objects are numbered 0, 1, 2 … in the order in which their tags stand in the bytes; `REF #n` names one again.
 * - Key lists are numbered in order of first use; `OBJECT_AS #n` uses one again.
 * - Bytes hold no state of an earlier message: any message can be decoded alone.
 * - `side` holds what only structured clone carries; tags name its entries by index.
 *
 * @module
 */

/** An encoded value. `bytes` owns its buffer. */
export interface Wire extends Beside {
  /** The encoded value. */
  bytes: Uint8Array<ArrayBuffer>;
  /** A handle is inside: the receiver loads the library before it decodes. */
  handles?: true;
  /** The same, parked in a block of the heap; see `channels/letters.ts`. */
  block?: number;
}

/** What goes beside the bytes. */
export interface Beside {
  /** What only structured clone carries, named by index from the bytes. */
  side?: unknown[];
  /** References to what lives in the shared heap, each counted there as under way; see `channels/references.ts`. */
  references?: number[];
}

/** Memory of the caller's that a message goes to. */
export interface Place {
  /** Finds room for a message of `length` bytes; `beside`: what goes beside it, if there is something. */
  make(length: number, beside: Beside | undefined): void;
  /** Where the room is. */
  readonly target: Uint8Array;
  readonly at: number;
}

/** What `encode` gives to the carrier. */
export interface Outgoing<W extends Beside = Wire> {
  /** What is sent. */
  wire: W;
  /** What goes on the transfer list with `side`; `wire.bytes.buffer` is not in it. */
  transfer: Transferable[];
  /** Moved buffers whose contents are in the bytes, if that was asked for: to detach when the send has succeeded. */
  detach?: ArrayBuffer[];
  /** To call when the send has succeeded: handles that were moved are gone here. */
  left?: () => void;
  /** To call when the send failed after all: gives back streams that a bridge had locked. */
  abandon?: () => void;
}

/** Flag bit: some object is named twice, so the decoder must number them. */
export const HAS_REFS = 1;

/** Tags below 0x40; `0x40 + n` is a Latin-1 string of n < 64 characters, `0x80 + n` the integer n < 128. */
export const UNDEFINED = 0;
export const NULL = 1;
export const TRUE = 2;
export const FALSE = 3;
/** 4 bytes, signed */
export const INT32 = 4;
/** 8 bytes */
export const DOUBLE = 5;
/** 8 bytes, signed */
export const BIGINT64 = 6;
/** 0 or 1 (negative), str of hexadecimal digits */
export const BIGINT = 7;
/** u32 byte length, UTF-8 */
export const UTF8 = 8;
/** u32 unit count, UTF-16 units; for strings with lone surrogates */
export const UTF16 = 9;
/** str of the key of Symbol.for */
export const SYMBOL = 10;
/** #n */
export const REF = 11;
/** # key count, u32 hash of the key bytes, u32 byte length, key strings; then one value per key */
export const OBJECT = 12;
/** #n of a key list; then one value per key */
export const OBJECT_AS = 13;
/** pairs of key (str or SYMBOL) and value, up to END */
export const DICTIONARY = 14;
/** the same, with a null prototype */
export const NULL_DICTIONARY = 15;
/** # length, then elements and HOLES, END, then pairs of key and value up to END */
export const ARRAY = 16;
/** # run length; inside an ARRAY only */
export const HOLES = 17;
/** # length, that many 32-bit integers: an array without holes and further keys */
export const INTS = 18;
/** # length, that many doubles: the same */
export const DOUBLES = 19;
/** pairs of key and value up to END */
export const MAP = 20;
/** values up to END */
export const SET = 21;
/** 8 bytes: milliseconds or NaN */
export const DATE = 22;
/** str source, str flags */
export const REGEXP = 23;
/**
 * # length, padding, bytes. Padding: a byte that tells how many more follow, so that the bytes begin at a multiple of 8:
 * V8 copies into and out of shared memory by words only if both sides are aligned alike, else byte by byte.
 */
export const BUFFER = 24;
/** # length, double maxByteLength, padding, bytes */
export const RESIZABLE = 25;
/** view class (index into VIEWS), # byte offset, # length + 1 or 0 for a tracking one, value of its buffer */
export const VIEW = 26;
/** #i: an entry of `side` */
export const SIDE = 27;
/** str class, u8 flags, then what the flags say, then pairs of key and value up to END */
export const ERROR = 28;
/** str name of the kind, closed value (a value, then the bodies put off in it) */
export const HANDLE = 29;
/** str name of the class, closed value */
export const INSTANCE = 30;
/** the tag whose body comes later: OBJECT's, ARRAY's, MAP's or SET's; keeps nesting on the stack bounded */
export const LATER = 31;
/** stream form (0 readable, 1 writable, 2 transform), #i of its port in `side` (transform: and the one after) */
export const STREAM = 32;
/** 2 bytes, signed */
export const INT16 = 33;
/** u32 length, that many bytes, each a character below U+0080 */
export const LATIN1 = 34;
/** inside an ARRAY only: OBJECT's or OBJECT_AS's tag and key list, u32 count of objects, then their values in turns */
export const ROWS = 35;
/** #i, double: shared memory, an entry of `side`, and its number; see `shared_memory.ts` */
export const SHARED = 36;
/** Flags of ERROR: which of these follow, in this order; strings, then closed values. */
export const HAS_MESSAGE = 1;
export const HAS_NAME = 2;
export const HAS_STACK = 4;
export const HAS_CAUSE = 8;
export const HAS_ERRORS = 16;
export const HAS_ERROR = 32;
export const HAS_SUPPRESSED = 64;
/** ends a list */
export const END = 63;
export const SHORT_STRING = 0x40;
export const SMALL_INT = 0x80;

/** The view classes by their number on the wire; `undefined` where the runtime lacks one. */
export const VIEWS: readonly (ViewClass | undefined)[] = [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  (globalThis as { Float16Array?: ViewClass }).Float16Array,
];

/** A constructor of views over a buffer. */
export type ViewClass = new (
  buffer: ArrayBufferLike,
  byteOffset?: number,
  length?: number,
) => ArrayBufferView;
