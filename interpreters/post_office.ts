/**
 * This interpreter's way to the post office, which carries beside a shared channel what only structured clone can carry.
 *
 * *Who waits and who wakes.* See `office_protocol.ts`: while something is collected, this interpreter waits for its bell,
 * with one untimed wait for all that it awaits, or with its thread.
 */
import { channels } from "#engines";
import { peerLost } from "../channels/errors.ts";
import { type PostOffice, surroundings } from "../channels/surroundings.ts";
import { DESK_INSIDE } from "../kernel/heap_layout.ts";
import { holdAlive, receiveNow, releaseAlive, sleepOn, whenNotified } from "../runtime/mod.ts";
import { decode } from "../sharing/decode.ts";
import type { Wire } from "../sharing/wire.ts";
import { InterpreterError } from "./errors.ts";
import {
  BELLS,
  CALLERS,
  closeMoved,
  OFFICE_BELL,
  OFFICE_DOWN,
  OFFICE_WANTED,
  type OfficeAnswer,
  type OfficeLink,
  type OfficeRequest,
  TICKET_COUNT,
  TICKETS,
} from "./office_protocol.ts";
import { cutOff } from "./process_context.ts";

/** Longest time that a blocked thread sleeps before it looks around, in milliseconds. */
const SLICE_MS = 50;

/** What is done with an answer. */
interface Collecting {
  resolve(side: unknown[]): void;
  reject(error: unknown): void;
}

/** See the file's description. */
export class OfficeClient implements PostOffice {
  readonly #id: number;
  readonly #slot: number;
  readonly #port: MessagePort;
  readonly #words: Int32Array<SharedArrayBuffer>;
  /** Tickets made here that are neither deposited nor discarded. */
  readonly #owed = new Set<number>();
  readonly #collecting = new Map<number, Collecting>();
  #lastTicket: number;
  #lastKey = 0;
  #listening = false;
  readonly #rung = (): void => this.#listen();

  constructor(id: number, slot: number, { port, words }: OfficeLink) {
    this.#id = id;
    this.#slot = slot;
    this.#port = port;
    this.#words = words;
    // Interpreters begin far from each other.
    this.#lastTicket = slot * (TICKET_COUNT >>> 10);
  }

  ticket(): number {
    for (let tries = 1; tries < TICKET_COUNT; tries++) {
      const ticket = this.#lastTicket = this.#lastTicket % (TICKET_COUNT - 1) + 1;
      if (Atomics.compareExchange(this.#words, TICKETS + ticket, 0, this.#id + 1) !== 0) continue;
      this.#owed.add(ticket);
      return ticket;
    }
    throw new RangeError(
      `Cannot send the value: ${
        TICKET_COUNT - 1
      } values that shared memory cannot hold are under way; receive some first`,
    );
  }

  deposit(ticket: number, side: readonly unknown[], transfer: readonly Transferable[]): void {
    // It was sent, and dropped before its sender knew.
    if (!this.#owed.delete(ticket)) return closeMoved(side);
    try {
      this.#post({ t: "deposit", ticket, side }, transfer);
    } catch (error) {
      this.#post({ t: "spoilt", ticket, why: String(error) });
    }
  }

  collect(ticket: number): Promise<unknown[]> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
    this.#ask(ticket, false, { resolve, reject });
    if (!this.#listening) this.#listen();
    return promise;
  }

  collectNow(ticket: number, keep: boolean): unknown[] {
    const answers: ({ side: unknown[] } | { error: unknown })[] = [];
    const key = this.#ask(ticket, keep, {
      resolve(side) {
        answers.push({ side });
      },
      reject(error) {
        answers.push({ error });
      },
    });
    const bell = BELLS + this.#slot;
    try {
      for (;;) {
        const heard = Atomics.load(this.#words, bell);
        this.settleOwed();
        this.#take();
        const [answer] = answers;
        if (answer === undefined) {
          surroundings.meanwhile();
          sleepOn(this.#words, bell, heard, SLICE_MS);
        } else if ("error" in answer) throw answer.error;
        else return answer.side;
      }
    } finally {
      this.#settled(key);
    }
  }

  discard(ticket: number): void {
    // Nobody else has seen a ticket that is owed, or whoever has, has dropped it.
    if (this.#owed.delete(ticket)) Atomics.store(this.#words, TICKETS + ticket, 0);
    else this.#post({ t: "discard", ticket });
  }

  /**
   * Deposits what others may wait for: sends of this interpreter that have taken effect, while its thread is blocked and
   * would not notice. Perhaps it waits for one of them itself.
   */
  settleOwed(): void {
    if (this.#owed.size === 0) return;
    const { finishAll, heapHere } = channels();
    const heap = heapHere();
    // Within the kernel, where a thread waits for locks, nothing can be finished.
    if (heap.load(heap.desk + DESK_INSIDE) === 0) finishAll();
  }

  /** Posts to the office and rings. Throws when `transfer` cannot be moved; nothing has happened then. */
  #post(request: OfficeRequest, transfer: readonly Transferable[] = []): void {
    const words = this.#words;
    this.#port.postMessage(request, transfer as Transferable[]);
    Atomics.or(words, CALLERS + (this.#slot >>> 5), 1 << (this.#slot & 31));
    Atomics.add(words, OFFICE_BELL, 1);
    Atomics.notify(words, OFFICE_BELL);
    if (Atomics.exchange(words, OFFICE_WANTED, 1) === 0) Atomics.notify(words, OFFICE_WANTED);
  }

  #ask(ticket: number, keep: boolean, collecting: Collecting): number {
    const key = ++this.#lastKey;
    this.#post({ t: "collect", ticket, key, keep });
    // Threads live as long as main wants them to.
    if (this.#collecting.size === 0 && this.#id === 0) holdAlive();
    this.#collecting.set(key, collecting);
    return key;
  }

  #settled(key: number): void {
    if (this.#collecting.delete(key) && this.#collecting.size === 0 && this.#id === 0) releaseAlive();
  }

  /** Takes what has come now and waits for the rest. */
  #listen(): void {
    const bell = BELLS + this.#slot;
    const heard = Atomics.load(this.#words, bell);
    this.#take();
    this.#listening = this.#collecting.size > 0;
    if (!this.#listening) return;
    whenNotified(this.#words, bell, heard, this.#rung);
  }

  /** Takes the answers that have come. */
  #take(): void {
    for (;;) {
      let answer: OfficeAnswer | undefined;
      try {
        answer = receiveNow(this.#port) as OfficeAnswer | undefined;
      } catch (error) {
        // Which one it was nobody knows.
        this.#failAll(error);
        continue;
      }
      if (answer === undefined) break;
      const collecting = this.#collecting.get(answer.key);
      this.#settled(answer.key);
      if (answer.is === "side") {
        if (collecting === undefined) closeMoved(answer.side);
        else collecting.resolve(answer.side);
      } else collecting?.reject(errorOf(answer));
    }
    if (this.#collecting.size === 0) return;
    const end = Atomics.load(this.#words, OFFICE_DOWN) === 0 ? cutOff() : new InterpreterError(
      "Cannot receive the value: the thread that keeps what shared memory cannot hold did not start or has ended",
    );
    if (end !== undefined) this.#failAll(end);
  }

  #failAll(error: unknown): void {
    for (const [key, collecting] of [...this.#collecting]) {
      this.#settled(key);
      collecting.reject(error);
    }
  }
}

function errorOf(answer: OfficeAnswer & { is: "spoilt" | "lost" }): Error {
  if (answer.is === "spoilt") {
    return new DOMException(
      `Cannot receive the value: a part of it did not arrive (${answer.why})`,
      "DataCloneError",
    );
  }
  const text = `Cannot receive the value: interpreter ${answer.id} ended before all of it had left there`;
  return peerLost(text, answer.id, revive(answer.cause));
}

/** Why an interpreter ended; it may have sent what nobody can revive here. */
function revive(cause: Wire): unknown {
  try {
    return decode(cause);
  } catch (error) {
    return error;
  }
}
