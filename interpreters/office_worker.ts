/**
 * The post office: a thread that keeps what only structured clone can carry until the receiver asks for it.
 *
 * It never runs code of a program and never blocks, so it always answers. Each ticket is deposited at most once, and
 * then collected, or discarded. Loaded in another thread this module does nothing.
 *
 * *Invariants.* A ticket stands in at most one of `parcels`, `awaited`, `unwanted`. What a dead interpreter has posted is
 * seen before its tickets are given up.
 */
import { hearOwner, macrotask, receiveNow, whenNotified } from "../runtime/service.ts";
import type { Wire } from "../sharing/wire.ts";
import {
  BELLS,
  CALLER_WORDS,
  CALLERS,
  closeMoved,
  movedIn,
  OFFICE_BELL,
  type OfficeAnswer,
  type OfficeOrder,
  type OfficeRequest,
  TICKET_COUNT,
  TICKETS,
} from "./office_protocol.ts";

/** An interpreter that is served. */
interface Client {
  readonly id: number;
  readonly slot: number;
  readonly port: MessagePort;
}

/** What has been deposited. `why`: it cannot be given. */
type Parcel = { readonly side: readonly unknown[]; readonly weight?: ArrayBuffer | undefined } | {
  readonly why: string;
};

/** A client that waits for a deposit. */
interface Collector {
  readonly client: Client;
  readonly key: number;
  readonly keep: boolean;
}

/** Whatever is heavier makes the collector look soon. */
const HEAVY_BYTES = 2 ** 24;

let words: Int32Array<SharedArrayBuffer>;
const clients = new Map<number, Client>();
const parcels = new Map<number, Parcel>();
const awaited = new Map<number, Collector[]>();
/** Tickets that nobody will collect, before their deposit. */
const unwanted = new Set<number>();
/** Why makers of tickets that were given up have ended, while there are such tickets. */
const causes = new Map<number, { readonly cause: Wire; tickets: number }>();

function obey(order: OfficeOrder): void {
  switch (order.t) {
    case "open":
      words = order.words;
      work();
      break;
    case "serve": {
      const { id, slot, port } = order;
      clients.set(id, { id, slot, port });
      hear(clients.get(id)!);
      break;
    }
    case "died":
      bury(order.id, order.cause);
  }
}

/** Answers all who have rung, then waits for the next ring. */
function work(): void {
  const heard = Atomics.load(words, OFFICE_BELL);
  for (let i = 0; i < CALLER_WORDS; i++) {
    if (words[CALLERS + i] === 0) continue;
    const callers = Atomics.exchange(words, CALLERS + i, 0);
    for (const client of clients.values()) {
      if (client.slot >>> 5 === i && (callers & 1 << (client.slot & 31)) !== 0) hear(client);
    }
  }
  // Main must be heard too, however often the others ring.
  if (Atomics.load(words, OFFICE_BELL) === heard) whenNotified(words, OFFICE_BELL, heard, work);
  else void macrotask().then(work);
}

/** Takes what a client has posted. */
function hear(client: Client): void {
  for (;;) {
    try {
      const request = receiveNow(client.port) as OfficeRequest | undefined;
      if (request === undefined) return;
      serve(client, request);
    } catch {
      // What cannot be read is lost, the rest is not.
    }
  }
}

function serve(client: Client, request: OfficeRequest): void {
  const { ticket } = request;
  switch (request.t) {
    case "deposit":
      return store(ticket, request);
    case "spoilt":
      return store(ticket, request);
    case "collect":
      return collect(ticket, { client, key: request.key, keep: request.keep });
    case "discard":
      discard(ticket);
  }
}

function store(ticket: number, parcel: Parcel): void {
  parcels.set(ticket, "side" in parcel ? { side: parcel.side, weight: weigh(parcel.side) } : parcel);
  if (unwanted.delete(ticket)) return discard(ticket);
  const collectors = awaited.get(ticket) ?? [];
  awaited.delete(ticket);
  for (const collector of collectors) collect(ticket, collector);
}

/**
 * What lives as long as a parcel and tells the collector of garbage what weighs on it: V8 counts no shared buffers, so without
 * these, which it counts, it would look once in thousands of parcels, and they all would stay.
 */
function weigh(side: readonly unknown[]): ArrayBuffer | undefined {
  let bytes = 0;
  for (const entry of side) {
    if (entry instanceof SharedArrayBuffer) bytes += entry.byteLength;
    else if (ArrayBuffer.isView(entry) || entry instanceof WebAssembly.Memory) {
      bytes += entry.buffer.byteLength;
    }
  }
  return bytes === 0 ? undefined : new ArrayBuffer(Math.min(bytes, HEAVY_BYTES));
}

function collect(ticket: number, collector: Collector): void {
  const { key, keep } = collector;
  const parcel = parcels.get(ticket);
  const maker = words[TICKETS + ticket]!;
  if (parcel !== undefined) {
    hand(ticket, parcel, collector);
    if (!keep) free(ticket);
  } else if (maker < 0) {
    const id = -maker - 1;
    answer(collector.client, { key, is: "lost", id, cause: causes.get(id)!.cause });
    if (!keep) giveUp(ticket);
  } else if (maker === 0) {
    answer(collector.client, { key, is: "spoilt", why: "another receiver has it" });
  } else {
    const others = awaited.get(ticket);
    if (others === undefined) awaited.set(ticket, [collector]);
    else others.push(collector);
  }
}

/** Hands a parcel to a collector. What moves in it, moves: others who collect it later are told so. */
function hand(ticket: number, parcel: Parcel, { client, key, keep }: Collector): void {
  if ("why" in parcel) return answer(client, { key, is: "spoilt", why: parcel.why });
  const { side } = parcel;
  const moved = movedIn(side);
  try {
    answer(client, { key, is: "side", side: side as unknown[] }, moved);
  } catch (error) {
    answer(client, { key, is: "spoilt", why: String(error) });
  }
  if (keep && moved.length > 0) parcels.set(ticket, { why: "what moves in it went to an earlier receiver" });
}

function answer(client: Client, message: OfficeAnswer, moved: Transferable[] = []): void {
  client.port.postMessage(message, moved);
  Atomics.add(words, BELLS + client.slot, 1);
  Atomics.notify(words, BELLS + client.slot);
}

function discard(ticket: number): void {
  const parcel = parcels.get(ticket);
  if (parcel !== undefined) {
    if ("side" in parcel) closeMoved(parcel.side);
    free(ticket);
  } else if (words[TICKETS + ticket]! < 0) giveUp(ticket);
  else if (words[TICKETS + ticket]! > 0) {
    unwanted.add(ticket);
    for (const { client, key } of awaited.get(ticket) ?? []) {
      answer(client, { key, is: "spoilt", why: "it was dropped" });
    }
    awaited.delete(ticket);
  }
}

function free(ticket: number): void {
  parcels.delete(ticket);
  Atomics.store(words, TICKETS + ticket, 0);
}

/** Frees a ticket that a dead interpreter has made. */
function giveUp(ticket: number): void {
  const id = -words[TICKETS + ticket]! - 1;
  const entry = causes.get(id)!;
  if (--entry.tickets === 0) causes.delete(id);
  free(ticket);
}

/** An interpreter has ended: nothing will be deposited for its tickets any more, and it collects nothing. */
function bury(id: number, cause: Wire): void {
  const client = clients.get(id);
  if (client === undefined) return;
  hear(client);
  clients.delete(id);
  client.port.close();
  for (const [ticket, collectors] of awaited) {
    const others = collectors.filter(function lives(collector) {
      return collector.client !== client;
    });
    if (others.length === collectors.length) continue;
    if (others.length > 0) awaited.set(ticket, others);
    else awaited.delete(ticket);
    // The value was received, so nobody else will collect.
    if (!collectors[0]!.keep) unwanted.add(ticket);
  }
  const entry = { cause, tickets: 1 };
  causes.set(id, entry);
  for (let ticket = 1; ticket < TICKET_COUNT; ticket++) {
    if (words[TICKETS + ticket] !== id + 1 || parcels.has(ticket)) continue;
    Atomics.store(words, TICKETS + ticket, -(id + 1));
    entry.tickets++;
    const collectors = awaited.get(ticket) ?? [];
    awaited.delete(ticket);
    if (unwanted.delete(ticket)) giveUp(ticket);
    else for (const collector of collectors) collect(ticket, collector);
  }
  if (--entry.tickets === 0) causes.delete(id);
}

hearOwner(obey as (order: unknown) => void);
