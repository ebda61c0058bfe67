/**
 * A ring of frames in shared memory, from one thread to another: the fast carrier of letters.
 *
 * *Invariants.* One thread writes, one reads. A frame is contiguous, begins with a word of its length and kind, and is
 * published by the one store of TAIL that follows it: whoever is terminated in the midst of writing has written nothing.
 * Positions count words since the beginning, modulo 2³²; HEAD is never ahead of TAIL, TAIL never more than
 * {@link CAPACITY} ahead of HEAD.
 *
 * *Memory.* One buffer for each direction, {@link RING_BYTES} long, of which on most runtimes only what is touched is resident: a
 * writer that finds the ring empty goes back to its beginning before long.
 *
 * *Who waits and who wakes.* Nobody here; see `letter_watch.ts`.
 */

/** Position of the next frame to be written; by the writer. */
const TAIL = 0;
/** Position of the next frame to be read; by the reader. */
const HEAD = 16;
/** The bell of the thread that reads it, where that has no other; see `letter_watch.ts`. */
export const RING_BELL = 32;
/** First word of the frames. */
const FRAMES = 64;

/** Words for frames, a power of two. */
const CAPACITY = 1 << 17;
const MASK = CAPACITY - 1;
/** Bytes of a ring. */
export const RING_BYTES: number = (FRAMES + CAPACITY) * 4;
/** The longest frame, in words: what is longer is better moved than copied. */
export const MOST_WORDS: number = 1 << 14;
/** Behind this word an empty ring begins anew. */
const WARM = 1 << 14;
/** A writer that has found no room writes again when this much is free. */
const RELAXED = CAPACITY >>> 1;

/** The first word of a frame: its length in words, and its kind above. */
export const KIND_SHIFT = 24;
export const LENGTH_MASK = 0xffffff;
/** The rest up to the end of the buffer is empty. */
const SKIP = 0;

/** A ring as three views of its buffer. */
class Ring {
  /** The word that is written or read next, within a frame. */
  at = 0;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly halves: Uint16Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }
}

/** The writing end. */
export class RingWriter extends Ring {
  /** What was published. */
  #tail = 0;
  /** HEAD, as last seen. */
  #head = 0;
  #skipped = 0;
  #crowded = false;

  /** Position that the next frame will have, or a later one. */
  get position(): number {
    return this.#tail;
  }

  /** The word at which frames of `most` words together may be written; -1 if there is no room. */
  reserve(most: number): number {
    const { words } = this;
    const tail = this.#tail;
    const at = tail & MASK;
    if (this.#crowded) {
      this.#head = Atomics.load(words, HEAD);
      if (((tail - this.#head) | 0) > RELAXED) return -1;
      this.#crowded = false;
    }
    let skip = at + most > CAPACITY ? CAPACITY - at : 0;
    if (at > WARM && skip === 0 && Atomics.load(words, HEAD) === tail) skip = CAPACITY - at;
    if (((tail + skip + most - this.#head) | 0) > CAPACITY) {
      this.#head = Atomics.load(words, HEAD);
      if (((tail + skip + most - this.#head) | 0) > CAPACITY) {
        this.#crowded = true;
        return -1;
      }
    }
    this.#skipped = skip;
    if (skip === 0) return FRAMES + at;
    words[FRAMES + at] = SKIP << KIND_SHIFT | skip;
    return FRAMES;
  }

  /** Publishes `length` words of frames, written where `reserve` said. */
  publish(length: number): void {
    this.#tail = (this.#tail + this.#skipped + length) | 0;
    Atomics.store(this.words, TAIL, this.#tail);
  }
}

/** The reading end. */
export class RingReader extends Ring {
  #head = 0;
  /** TAIL, as last seen. */
  #tail = 0;

  /** The word at which the next frame begins; -1 if there is none. */
  next(): number {
    const { words } = this;
    for (;;) {
      if (this.#head === this.#tail) {
        this.#tail = Atomics.load(words, TAIL);
        if (this.#head === this.#tail) return -1;
      }
      const at = FRAMES + (this.#head & MASK);
      const first = words[at]!;
      if (first >>> KIND_SHIFT !== SKIP) return at;
      this.done(first & LENGTH_MASK);
    }
  }

  /** The frame of `length` words was read: its place may be written again. */
  done(length: number): void {
    this.#head = (this.#head + length) | 0;
    Atomics.store(this.words, HEAD, this.#head);
  }

  /** Whether all frames before `position` were read. */
  hasReached(position: number): boolean {
    return ((this.#head - position) | 0) >= 0;
  }
}
