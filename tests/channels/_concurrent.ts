/** What parties do that all work on one channel at once. */
import {
  type Channel,
  ChannelClosedError,
  type Queue,
  QueueEmpty,
  select,
  selectSync,
  sending,
  task,
} from "@pool/csp";

/** Values of party `p` are numbered from `p * PARTY`. */
export const PARTY = 1_000_000;

/** What a party does. Who blocks does one thing at a time: with "apart" it sends first and receives then. */
export type Role =
  | "select"
  | "apart"
  | "send"
  | "receive"
  | "send batches"
  | "receive batches"
  | "try to send";

/** What a party is given. */
export interface Part {
  readonly role: Role;
  readonly ch: Channel<unknown>;
  /** Its number among the parties. */
  readonly party: number;
  /** How many values it sends, if it sends. */
  readonly count: number;
  /** Senders that have not finished; the last one closes the channel. */
  readonly senders: Int32Array<SharedArrayBuffer>;
}

/** What a party has done: the numbers of what it received, in order, and how many values it has sent. */
export interface Done {
  readonly received: Float64Array;
  readonly sent: number;
}

/** Whether the role is one that sends. */
export function sends(role: Role): boolean {
  return role !== "receive" && role !== "receive batches";
}

/** Every third value is an object. */
function value(party: number, n: number): unknown {
  const id = party * PARTY + n;
  return n % 3 === 2 ? { id } : id;
}

function idOf(value: unknown): number {
  return typeof value === "number" ? value : (value as { id: number }).id;
}

function finished({ ch, senders }: Part): void {
  if (Atomics.sub(senders, 0, 1) === 1) ch.close();
}

function batchAt(party: number, n: number, count: number): unknown[] | Float64Array {
  const size = Math.min(1 + n % 7, count - n);
  const values = Array.from({ length: size }, (_, i) => value(party, n + i));
  return values.every((each) => typeof each === "number") ? Float64Array.from(values) : values;
}

function done(received: readonly unknown[], sent: number): Done {
  return { received: Float64Array.from(received, idOf), sent };
}

/** Plays a part awaiting. */
export const playAwaiting: (part: Part) => Promise<Done> = task(
  import.meta,
  async function playAwaiting(part: Part) {
    const { role, ch, party, count } = part;
    const received: unknown[] = [];
    if (role === "select") {
      for (let n = 0;;) {
        const chosen = await select({ out: n < count && sending(ch, value(party, n)), in: ch });
        if (chosen.case === "out") { if (++n === count) finished(part); }
        else if (chosen.closed) return done(received, count);
        else received.push(chosen.value);
      }
    }
    let sent = 0;
    async function send(): Promise<void> {
      if (!sends(role)) return;
      if (role === "send batches") {
        while (sent < count) {
          const batch = batchAt(party, sent, count);
          await ch.sendMany(batch);
          sent += batch.length;
        }
      } else if (role === "try to send") {
        for (let n = 0; n < count; n++) {
          if (ch.trySend(value(party, n))) sent++;
          if (n % 16 === 0) await Promise.resolve();
        }
      } else for (; sent < count; sent++) await ch.send(value(party, sent));
      finished(part);
    }
    async function receive(): Promise<void> {
      if (role === "apart" || role === "receive") { for await (const each of ch) received.push(each); }
      else if (role === "receive batches") {
        await untilClosed(async () => received.push(...await ch.receiveMany(5)));
      }
    }
    await Promise.all([send(), receive()]);
    return done(received, sent);
  },
);

async function untilClosed(step: () => Promise<unknown>): Promise<void> {
  try {
    while (true) await step();
  } catch (error) {
    if (!(error instanceof ChannelClosedError)) throw error;
  }
}

/** Plays a part blocking. */
export const playBlocking: (part: Part) => Done = task(import.meta, function playBlocking(part: Part): Done {
  const { role, ch, party, count } = part;
  const received: unknown[] = [];
  if (role === "select") {
    for (let n = 0;;) {
      const chosen = selectSync({ out: n < count && sending(ch, value(party, n)), in: ch });
      if (chosen.case === "out") { if (++n === count) finished(part); }
      else if (chosen.closed) return done(received, count);
      else received.push(chosen.value);
    }
  }
  let sent = 0;
  if (role === "send batches") {
    while (sent < count) {
      const batch = batchAt(party, sent, count);
      ch.sendManySync(batch);
      sent += batch.length;
    }
  } else if (role === "try to send") {
    for (let n = 0; n < count; n++) if (ch.trySend(value(party, n))) sent++;
  } else if (sends(role)) { for (; sent < count; sent++) ch.sendSync(value(party, sent)); }
  if (sends(role)) finished(part);
  try {
    if (role === "apart" || role === "receive") { while (true) received.push(ch.receiveSync()); }
    if (role === "receive batches") { while (true) received.push(...ch.receiveManySync(5)); }
  } catch (error) {
    if (!(error instanceof ChannelClosedError)) throw error;
  }
  return done(received, sent);
});

/** What a party is given that works on a queue. */
export interface QueuePart {
  readonly queue: Queue<unknown>;
  readonly party: number;
  readonly count: number;
  readonly senders: Int32Array<SharedArrayBuffer>;
  /** How many get from it: each ends with a null. */
  readonly parties: number;
}

function ended({ queue, senders, parties }: QueuePart): void {
  if (Atomics.sub(senders, 0, 1) === 1) { for (let i = 0; i < parties; i++) queue.putNowait(null); }
}

/** Puts and gets at the same time. */
export const queueAwaiting: (part: QueuePart) => Promise<Done> = task(
  import.meta,
  async function queueAwaiting(part: QueuePart): Promise<Done> {
    const { queue, party, count } = part;
    const received: unknown[] = [];
    async function put(): Promise<void> {
      for (let n = 0; n < count; n++) {
        if (n % 2 === 0) await queue.put(value(party, n));
        else queue.putNowait(value(party, n));
      }
      ended(part);
    }
    async function get(): Promise<void> {
      for (let got = await queue.get(); got !== null; got = await queue.get()) received.push(got);
    }
    await Promise.all([put(), get()]);
    return done(received, count);
  },
);

/** Puts, and gets one now and then, then gets the rest. */
export const queueBlocking: (part: QueuePart) => Done = task(
  import.meta,
  function queueBlocking(part: QueuePart): Done {
    const { queue, party, count } = part;
    const received: unknown[] = [];
    for (let n = 0; n < count; n++) {
      queue.putSync(value(party, n));
      // Others may have got all there was, and not put anything any more.
      if (n % 2 === 1 && !queue.empty()) {
        try {
          received.push(queue.getNowait());
        } catch (error) {
          if (!(error instanceof QueueEmpty)) throw error;
        }
      }
    }
    ended(part);
    for (let got = queue.getSync(); got !== null; got = queue.getSync()) received.push(got);
    return done(received, count);
  },
);
