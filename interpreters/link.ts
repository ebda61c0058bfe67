/**
 * The link between main and an interpreter once it has rings: letters go by a ring, everything else by the port, and the
 * other side hears all of it in the order in which it was sent.
 *
 * *Order.* Messages of the port are numbered by counting. Each says up to which position the ring is to be read before it;
 * and the first frame behind it in the ring is a mark with its number, at which reading stands still until it was heard.
 *
 * *Who waits.* Nobody: what cannot be heard yet stays where it is until the other carrier has brought what comes before it.
 */
import { Fifo } from "../channels/fifo.ts";
import { lengthAt, markAt, readLetter, writeLetter } from "./frames.ts";
import {
  type Bell,
  expectLetters,
  readAgain,
  ring,
  type Source,
  turnDeadline,
  unwatchLetters,
  watchLetters,
} from "./letter_watch.ts";
import type { Letter, Order, Report } from "./protocol.ts";
import { RING_BELL, RING_BYTES, RingReader, RingWriter } from "./ring.ts";
import { hop } from "../runtime/service.ts";

/** What the port carries. */
export type Message = Letter | Order | Report;

/** A message of the port, with the position in the ring before which it does not count. */
export type Posted<M extends Message = Message> = M & { readonly after?: number };

/** How many letters are read between two looks at the clock; a request, which may run anything, is followed by one. */
const STRETCH = 32;

/** What connects a link with the rest. */
export interface LinkEnds {
  /** Posts by the port; throws when the message cannot be cloned. */
  post(message: Message, transfer: readonly Transferable[]): void;
  /** Takes what has come, in order. */
  hear(message: Message): void;
}

/** See the file's description. */
export class Link implements Source {
  readonly #ends: LinkEnds;
  readonly #out: RingWriter;
  readonly #in: RingReader;
  /** Of the other side. */
  readonly #bell: Bell;
  /** Messages posted since there are rings, and how many of them the ring says to wait for. */
  #posted = 0;
  #marked = 0;
  /** Messages of the port that were heard. */
  #heard = 0;
  /** Those that have come and were not. */
  readonly #early = new Fifo();
  #closed = false;

  /** `bell`: that of the other side; `own`: that of this thread. */
  constructor(ends: LinkEnds, outbox: SharedArrayBuffer, inbox: SharedArrayBuffer, bell: Bell, own: Bell) {
    this.#ends = ends;
    this.#out = new RingWriter(outbox);
    this.#in = new RingReader(inbox);
    this.#bell = bell;
    watchLetters(this, own);
  }

  /** Sends a letter by the ring if that can carry it now; false if it has to be posted. */
  send(letter: Letter): boolean {
    if (!writeLetter(this.#out, letter, this.#posted === this.#marked ? 0 : this.#posted)) return false;
    this.#marked = this.#posted;
    ring(this.#bell);
    expectLetters();
    return true;
  }

  /** Posts by the port. */
  post(message: Message, transfer: readonly Transferable[] = []): void {
    const posted: Posted = { ...message, after: this.#out.position };
    this.#ends.post(posted, transfer);
    this.#posted = (this.#posted + 1) | 0;
  }

  /** Takes a message that has come by the port. */
  arrived(message: Posted): void {
    if (message.after === undefined) return this.#ends.hear(message);
    this.#early.push(message);
    const deadline = turnDeadline();
    if (deadline === undefined || this.readUntil(deadline)) readAgain();
  }

  readUntil(deadline: number): boolean {
    for (let stretch = STRETCH; !this.#closed;) {
      const message = this.#next();
      if (message === undefined) return false;
      this.#hear(message);
      if (--stretch > 0 && message.t !== "request") continue;
      if (performance.now() > deadline) return !this.#closed;
      stretch = STRETCH;
    }
    return false;
  }

  /** What comes next, if it is there; from now on it counts as heard. */
  #next(): Message | undefined {
    const reader = this.#in;
    for (;;) {
      const early = this.#early.length > 0 ? this.#early.peek() as Posted : undefined;
      if (early !== undefined && reader.hasReached(early.after!)) {
        this.#early.shift();
        this.#heard = (this.#heard + 1) | 0;
        return early;
      }
      const at = reader.next();
      if (at < 0) return undefined;
      const awaited = markAt(reader, at);
      if (awaited === 0) {
        const letter = readLetter(reader, at);
        reader.done(lengthAt(reader, at));
        return letter;
      }
      if (((awaited - this.#heard) | 0) > 0) return undefined;
      reader.done(lengthAt(reader, at));
    }
  }

  /** Whatever goes wrong with one letter must not keep the next from being heard. */
  #hear(message: Message): void {
    try {
      this.#ends.hear(message);
    } catch (error) {
      hop(function uncaught() {
        throw error;
      });
    }
  }

  /** The other side has ended: hears what it had sent. */
  finish(): void {
    this.readUntil(Infinity);
  }

  /** Hears no more. */
  close(): void {
    this.#closed = true;
    unwatchLetters(this);
  }
}

/** Main's own bell. */
const mainBell: Bell = { words: new Int32Array(new SharedArrayBuffer(64)), index: 0 };

/** Makes main's side, and posts the other. */
export function openLink(ends: LinkEnds): Link {
  const inbox = new SharedArrayBuffer(RING_BYTES);
  const outbox = new SharedArrayBuffer(RING_BYTES);
  ends.post({ t: "rings", inbox: outbox, outbox: inbox, bell: mainBell.words }, []);
  return new Link(ends, outbox, inbox, bellOf(outbox), mainBell);
}

/** The interpreter's side of what `openLink` has posted. */
export function joinLink(ends: LinkEnds, order: Order & { t: "rings" }): Link {
  const link = new Link(
    ends,
    order.outbox,
    order.inbox,
    { words: order.bell, index: 0 },
    bellOf(order.inbox),
  );
  // The first in its direction: the ring counts from here.
  link.post({ t: "rings" });
  return link;
}

function bellOf(ring: SharedArrayBuffer): Bell {
  return { words: new Int32Array(ring), index: RING_BELL };
}
