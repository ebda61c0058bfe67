/**
 * Names every shared word of the heap and of what lives in it, once, for both compilers: TypeScript and AssemblyScript.
 *
 * *Memory.* After the switchboard (`layout.ts`): a desk for each interpreter, the table of pages, the heads of the free
 * lists, then the heap. The heap is made of blocks; a block has a power of two of bytes, is aligned to its size, and
 * begins with {@link META}. Constants that begin with a structure's name are byte offsets in that structure.
 *
 * Only plain constants: AssemblyScript reads this file as it is.
 */

/** First desk. Desk `slot` belongs to the interpreter in that slot of the switchboard. */
export const DESKS = 0x81000;
export const DESK_SIZE = 256;
/** One 32-bit word for each page of the heap, see `PAGE_…`. */
export const PAGE_TABLE = 0xc1000;
/** Heads of the free lists, one cache line for each class: low half the first block, high half a count against ABA. */
export const CLASSES = 0x101000;
/** Owner of the heap lock (slot + 1), 0 when free. */
export const HEAP_LOCK = 0x101800;
/** The next page never used. Written under the heap lock; the store commits a run of pages. */
export const HEAP_NEXT = 0x101804;
export const FIRST_PAGE = 17;

/** Smallest and largest class, as powers of two of bytes. */
export const CLASS_MIN = 5;
export const CLASS_MAX = 31;
export const PAGE_SHIFT = 16;

/** Entry of the page table: class, and whether the page is being divided (`owner + 1` above bit 16) or in use. */
export const PAGE_CLASS = 0xff;
export const PAGE_READY = 0x100;
/** A further page of a run. */
export const PAGE_REST = 0x200;

// Desk: line 0 is written by its interpreter alone, but for CUT.
/** Not 0 while its thread is inside the kernel; recovery waits for 0 or for the end of the thread. */
export const DESK_INSIDE = 0;
/** 1 once the interpreter is cut off: every operation fails. Written by main. */
export const DESK_CUT = 4;
/** Of the last operation: its status, and the value received by tag, low word and number. */
export const DESK_STATUS = 8;
export const DESK_TAG = 12;
export const DESK_LOW = 16;
export const DESK_NUMBER = 24;
/** Journal: what recovery must know of a hand-over under way. 0 none, 1 nothing is decided, 2 see `J_…`. */
export const DESK_STAGE = 32;
export const DESK_ACTION = 36;
export const DESK_CHANNEL = 40;
/** Ticket that is settled second (a sender's), and first (a receiver's); 0 if there is none. */
export const DESK_SENDER = 44;
export const DESK_RECEIVER = 48;
/** Position that the ring moves on from. */
export const DESK_POSITION = 56;
// Line 1: shared.
/** 1 while its event loop sleeps; who sets it to 0 wakes it. */
export const DESK_BELL = 64;
/** Block with the ready set: which tickets are settled. Written once. */
export const DESK_READY = 68;
/** Channels of this interpreter's inbox. */
export const DESK_INBOX = 72;
/** 1 once its interpreter uses the heap. */
export const DESK_OPEN = 76;
/** Number of the lock that its thread holds as long as it lives; 0 where that is not needed. See runtime/life.ts. */
export const DESK_LIFE = 80;
/**
 * How many of the words that follow name somebody to be woken when the locks are given back: the desk of an event loop, or
 * the ticket on which a thread sleeps.
 */
export const DESK_WAKES = 92;
export const DESK_WAKE = 96;
export const DESK_MOST_WAKES = 8;
// Line 2: journal, written by its interpreter alone.
/** A block that is being taken from a free list or given back; with bit 0: that is given back and not marked as free yet. */
export const DESK_BLOCK = 128;
/** A ticket that is settled and may not have been announced; whom to wake for it may not stand in DESK_WAKE yet. */
export const DESK_ANNOUNCE = 132;
/** A value, as in a slot, that this interpreter has in hand, or into or out of DESK_CHANNEL; 0 if there is none. */
export const DESK_VALUE = 136;
/** For tests: the stop point at which to stop, the calls to let pass, and 1 once stopped. */
export const DESK_STOP_AT = 144;
export const DESK_STOP_AFTER = 148;
export const DESK_STOPPED = 152;
/** In DESK_STOP_AT: every point counts. */
export const ANY_STOP = -1;
/** Where the value in DESK_VALUE is: see `WAY_…`, and the position in the ring that it comes from or goes to. */
export const DESK_VALUE_AT = 160;
export const DESK_WAY = 168;
/** Case of the ticket in DESK_SENDER. */
export const DESK_CASE = 172;
/** The value that makes way in a sliding channel. */
export const DESK_OLDEST = 176;
/** A channel that loses a holder or a flight. */
export const DESK_LEAVING = 184;

/** In hand: nobody else knows it. */
export const WAY_HAND = 0;
/** Into the ring: there once TAIL has passed the position. */
export const WAY_INTO = 1;
/** Out of the ring: in hand once HEAD has passed the position. */
export const WAY_OUT = 2;

/** How many references are in hand. The store that changes it commits. */
export const DESK_HELD = 188;

// Line 3: written by its interpreter alone.
/** References (see channels/references.ts) that are leaving and stand nowhere else yet. */
export const DESK_HAND = 192;
export const DESK_HANDS = 15;
/** The block that they stand in once there were more than the desk has room for; else 0. */
export const DESK_HAND_BLOCK = 252;

/** What the journal's hand-over does. */
export const J_FROM_RING = 1;
export const J_INTO_RING = 2;
export const J_PAIR = 3;
export const J_SLIDE = 4;
/** The value in DESK_VALUE to a receiver; from a sender. */
export const J_GIVE = 5;
export const J_TAKE = 6;
/** Permits of a lock to who waits: DESK_POSITION is what its interpreter will hold. */
export const J_GRANT = 7;
/** A barrier opens for those who wait at it. */
export const J_OPEN = 8;

/** Kind and owner of a block: kind in the low byte, slot of the owner + 1 above bit 8. */
export const META = 0;
export const KIND_MASK = 0xff;
export const OWNER_SHIFT = 8;
/** Next in a free list. */
export const LINK = 4;
export const FREE = 0;
export const DATA = 1;
export const TICKET = 2;
export const NODE = 3;
export const CHANNEL = 4;
export const RING = 5;
export const END = 6;
export const HAND = 7;
export const READY = 8;
/** Owner of a data block that is in a channel. */
export const IN_CHANNEL = 0xffff;

// Data block: header of 16 bytes, then references (a word each), then the encoded value.
export const DATA_LENGTH = 4;
export const DATA_REFS = 8;
export const DATA_SIDE = 12;
export const DATA_BODY = 16;

// Channel: 512 bytes. Line 0: read by all, written rarely.
/** Additions of holders and flights, times 2; once dead, who disposes of it (slot + 1), times 2, and 1. */
export const CHANNEL_LIFE = 8;
/** References in values under way. */
export const CHANNEL_FLIGHTS = 12;
/** Values it holds before senders wait; -1 without limit. */
export const CHANNEL_CAPACITY = 16;
/** Slots of the ring less one. Written under both locks. */
export const CHANNEL_MASK = 20;
/** First slot. Written under both locks. */
export const CHANNEL_RING = 24;
/** MODE_BLOCK … */
export const CHANNEL_MODE = 28;
export const CHANNEL_NAME = 32;
/** Block with the reason it was closed with, 0 without. Written under the locks, once, before the bit. */
export const CHANNEL_REASON = 36;
/** ATTENTION_… bits. Written under both locks. */
export const CHANNEL_ATTENTION = 40;
/** Ends alive, and 1 once there was one. */
export const CHANNEL_SENDERS = 44;
export const CHANNEL_RECEIVERS = 48;
/** Reason of the first end that failed. */
export const CHANNEL_FAILURE = 52;
/** Block with the reason it was poisoned with; like CHANNEL_REASON. */
export const CHANNEL_POISON = 60;
/** Values the ring takes before the long way must look; the capacity, but for unlimited channels. */
export const CHANNEL_LIMIT = 56;
// Line 1: senders.
/** Position of the next value << 16, GATE_… bits, owner of the lock (slot + 1). One store publishes and unlocks. */
export const CHANNEL_TAIL = 64;
/** HEAD's position as a sender last saw it; never ahead of it. */
export const CHANNEL_SEEN_HEAD = 72;
// Line 2: receivers.
export const CHANNEL_HEAD = 128;
/** TAIL's position as a receiver last saw it, << 16, and that receiver (slot + 1). */
export const CHANNEL_SEEN_TAIL = 136;
// Line 3: waiting nodes, under both locks.
export const CHANNEL_FIRST_SENDER = 192;
export const CHANNEL_LAST_SENDER = 196;
export const CHANNEL_FIRST_RECEIVER = 200;
export const CHANNEL_LAST_RECEIVER = 204;
/** Numbers that nodes have drawn when they enlisted: their order. */
export const CHANNEL_ARRIVALS = 208;
/** A bit for each interpreter that holds a handle: 1,024 bits. */
export const CHANNEL_HOLDERS = 256;
export const CHANNEL_HOLDERS_SIZE = 128;
/** Slots of small rings. */
export const CHANNEL_INLINE = 384;
export const CHANNEL_INLINE_SLOTS = 16;
export const CHANNEL_SIZE = 512;

export const MODE_BLOCK = 0;
export const MODE_SLIDING = 1;
export const MODE_DROPPING = 2;
export const MODE_PROMISE = 3;
// Locks, see `wasm/locks.ts`: channels without values, whose senders wait for permits, for a count of 0, for each other.
export const MODE_PERMITS = 4;
export const MODE_GROUP = 5;
export const MODE_BARRIER = 6;
/** Nobody waits at a counter. */
export const MODE_COUNTER = 7;

// Lock: a channel of capacity 0. Its ring is the table of what each interpreter holds, a word for each slot of the
// switchboard: the truth, written under the lock. How many slots the table has is in CHANNEL_MASK, less one.
/** Permits that nobody holds: the total less the table's sum. Written under the lock. */
export const LOCK_FREE = 80;
/** All permits; parties of a barrier. Written once. */
export const LOCK_TOTAL = 84;
/** 64 bits. What a group waits for, written under the lock; a counter's value. */
export const LOCK_COUNT = 88;
/** Slots of the table inside of the lock. */
export const LOCK_INLINE_SLOTS = 32;
export const LOCK_SLOTS = 1024;

/** Low bits of TAIL and HEAD: 11 bits for the owner, then reasons not to take the short way. */
export const GATE_OWNER = 0x7ff;
export const GATE_CLOSED = 0x1000;
/** Somebody waits, on either side. */
export const GATE_QUEUE = 0x2000;
/** The channel has no short way. */
export const GATE_SPECIAL = 0x4000;
export const GATE_BITS = 0xffff;

export const ATTENTION_CLOSED = 1;
export const ATTENTION_POISONED = 2;
/** Its lists were made anew once: what a node says of itself is read under the locks only. */
export const ATTENTION_REBUILT = 4;
/** Recovery has given its locks back before it let go on who can: whoever sends or receives under them does that first. */
export const ATTENTION_UNMATCHED = 8;

// Ticket: 128 bytes: one waiting operation; its first node is embedded at TICKET_NODE.
/** CLAIM_… in the low byte; above it the owner of a reservation (slot + 1) or the case that took effect. */
export const TICKET_CLAIM = 8;
/** 1 while its thread sleeps on CLAIM. */
export const TICKET_SLEEPS = 12;
/** The value received. */
export const TICKET_RESULT = 16;
/** STATUS_OK, STATUS_CLOSED or STATUS_POISONED. */
export const TICKET_STATUS = 24;
/** Number in the ready set of its owner; -1 for a blocked thread. */
export const TICKET_NUMBER = 28;
/** Counts uses of this block. */
export const TICKET_USES = 32;
export const TICKET_NODE = 64;
export const TICKET_SIZE = 128;

export const CLAIM_WAITING = 0;
export const CLAIM_RESERVED = 1;
export const CLAIM_DONE = 2;
export const CLAIM_GONE = 3;

// Node: 64 bytes: a ticket in one channel's list.
export const NODE_CHANNEL = 4;
/** 1 for a send. */
export const NODE_SENDS = 8;
/** 1 from enlisting to withdrawing; written by its owner. */
export const NODE_ENLISTED = 12;
export const NODE_VALUE = 16;
export const NODE_PREVIOUS = 24;
export const NODE_NEXT = 28;
export const NODE_TICKET = 32;
export const NODE_CASE = 36;
/** 1 while in the list; written under the locks. */
export const NODE_LINKED = 40;
export const NODE_ARRIVAL = 48;
export const NODE_SIZE = 64;

// Ready set: a bit for each ticket number, and a bit for each word of them.
export const READY_SUMMARY = 64;
export const READY_WORDS = 320;
export const READY_NUMBERS = 65536;
export const READY_SIZE = 8512;

// End: 32 bytes: a Sender or Receiver. Its owner's interpreter is in META.
export const END_CHANNEL = 8;
/** 1 for a Sender. */
export const END_SENDS = 12;
/** END_NEW until it is counted in its channel, END_RETIRED once it is not any more; written under both locks. */
export const END_STATE = 16;
export const END_NEW = 0;
export const END_LIVE = 1;
export const END_RETIRED = 2;

// Hand: a header of 8 bytes, then references, as many as its class has room for.
export const HAND_BODY = 8;

/** What an operation came to. */
export const STATUS_OK = 0;
/** It would have to wait. */
export const STATUS_WAIT = 1;
export const STATUS_CLOSED = 2;
export const STATUS_POISONED = 3;
/** This interpreter was cut off. */
export const STATUS_CUT = 4;
/** The value was dropped (a full channel that drops), or DESK_TAG holds the one that made way (sliding). */
export const STATUS_DROPPED = 5;
export const STATUS_SLID = 6;
/** The ticket was settled elsewhere. */
export const STATUS_SETTLED = 7;
/** No memory is left. */
export const STATUS_FULL = 8;

/** A slot is a double, or this prefix and a tag in its high half and a payload in its low half. */
export const BOXED = 0xfffa0000;
export const TAG_NUMBER = 0;
export const TAG_UNDEFINED = 1;
export const TAG_NULL = 2;
export const TAG_TRUE = 3;
export const TAG_FALSE = 4;
export const TAG_BLOCK = 5;
export const TAG_CHANNEL = 6;
export const TAG_SENDER = 7;
export const TAG_RECEIVER = 8;
export const TAG_NOTHING = 9;
