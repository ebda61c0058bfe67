/**
 * Names every word of the memory that all interpreters of a program share, once.
 *
 * *Memory.* A header of 4,096 bytes, then the switchboard: {@link SLOTS} slots of {@link SLOT_BYTES} bytes, one for
 * each living interpreter. Offsets are in 32-bit words unless a name ends in `_BYTES`. Changing anything here
 * changes {@link LAYOUT_VERSION}: an interpreter refuses to boot on a memory of another version.
 */

/** Version of this table; written by the main interpreter, compared at boot. */
export const LAYOUT_VERSION = 5;

/** Header words. */
export const HEADER = {
  /** {@link LAYOUT_VERSION}. Written once by main. */
  VERSION: 0,
  /** The id that the next interpreter gets; only ever added to, so ids are never reused. */
  NEXT_INTERPRETER: 1,
  /** The id that the next process gets; only ever added to. */
  NEXT_PROCESS: 2,
  /** One more than the highest slot ever claimed; scans stop there. Only grows. */
  SLOTS_USED: 3,
  /** How many interpreters of mode SHARED there should be at most; 0 until somebody asks. Written by anybody. */
  PARALLELISM: 4,
  /** Changes whenever the interpreters of mode SHARED may have changed: what was read of them before is old. */
  SET_VERSION: 5,
  /** 1 + the slot of the interpreter that is adding one of mode SHARED; 0: nobody is. Main frees it for a dead one. */
  SET_LOCK: 6,
} as const;

/** First byte of the switchboard. */
export const SWITCHBOARD_BYTES = 4096;
/** Interpreters that can be alive at once, main included. */
export const SLOTS = 1024;
/** Bytes of a slot. */
export const SLOT_BYTES = 512;

/** Words of a slot, from its beginning. */
export const SLOT = {
  /** One of {@link STATE}; while claimed: `-1 - id of the claiming interpreter`, so that main can free what a dead one claimed. */
  STATE: 0,
  /** Id of the interpreter. Written by its creator before STATE leaves "claimed". */
  ID: 1,
  /** One of {@link MODE}. Written by the creator. */
  MODE: 2,
  /** Requests sent to it and not answered yet. Written by main alone. */
  RUNNING: 3,
  /** Id of the creator, for slots whose creator died before main heard of them. */
  CREATOR: 4,
  /** Requests it was ever sent; 0 means that nothing can be bound in its main namespace. Written by main alone. */
  SERVED: 5,
  /** Length of the name in UTF-16 code units. */
  NAME_LENGTH: 6,
  /** 1 while its thread computes, see `runtime/computing.ts`. A hint. Written by the interpreter itself. */
  COMPUTES: 7,
  /** First word of the name, two code units to a word. */
  NAME: 8,
} as const;

/**
 * Modes of an interpreter. SHARED: concurrent, and one of those among which processes are spread; LEFT: was SHARED, gets no
 * more processes (SHARED → LEFT by anybody). DEDICATED: serial, for one process of its creator. OWNED: serial, for its
 * creator alone, as those of a pool. Both end with their creator.
 */
export const MODE = { SERIAL: 0, CONCURRENT: 1, SHARED: 2, LEFT: 3, DEDICATED: 4, OWNED: 5 } as const;

/** Longest name of an interpreter, in UTF-16 code units. */
export const NAME_UNITS: number = (SLOT_BYTES - SLOT.NAME * 4) / 2;

/**
 * States of a slot. FREE → claimed (negative) → STARTING → ALIVE → CLOSING; any living state → DEAD by main when the
 * interpreter has died; DEAD → FREE when what it left in the heap is in order. Only main writes what follows STARTING.
 */
export const STATE = { FREE: 0, STARTING: 1, ALIVE: 2, CLOSING: 3, DEAD: -0x40000000 } as const;

/** Pages of 64 KiB that the memory begins with, 16 MiB: room for all tables and a first heap; resident only when touched. */
export const INITIAL_PAGES = 256;
/** Most pages that the memory can grow to (4 GiB): reserved addresses, not resident memory. */
export const MAXIMUM_PAGES = 65536;
