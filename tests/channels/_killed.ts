/** What interpreters do in the kill test: send, receive, batch and select until they are closed, and say in shared memory how far they are. */
import { chan, type Channel, ChannelClosedError, select, selectSync, sending, task } from "@pool/csp";
import { randomBelow } from "../_random.ts";

/** Words at the beginning of a record. */
export const BEATS = 0;
/** Values it may have sent; values whose send has ended. */
export const BEGUN = 1;
export const ACKED = 2;
/** Values it has received and written down; the most that it may hold besides. */
export const NOTED = 3;
export const ASKED = 4;
/** 1 once it has ended by itself. */
export const ENDED = 5;
export const HEADER_WORDS = 8;

/** Numbers of one producer's values. */
export const SPAN: number = 2 ** 24;

/** What a worker is given. */
export interface Job {
  readonly values: Channel<unknown>;
  /** Number of this producer or consumer, unlike that of any other. */
  readonly id: number;
  readonly seed: number;
  readonly blocks: boolean;
  /** Header, then what a consumer has received. */
  readonly record: Int32Array<SharedArrayBuffer>;
  readonly log: Float64Array<SharedArrayBuffer>;
}

/** A value: a number, or an object that stands in a block. */
function valueOf(id: number, n: number): unknown {
  const number = id * SPAN + n;
  if (n % 7 === 0) return { number, reply: chan(1), ends: n % 2 ? [chan(1).sender()] : chan(1).receiver() };
  return n % 3 === 0 ? { number } : number;
}

/** The number of a value. */
export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : (value as { number: number }).number;
}

/** Sends until the channel is closed. */
export const produce: (job: Job) => Promise<void> = task(
  import.meta,
  async function produce({ values, id, seed, blocks, record }: Job): Promise<void> {
    const next = randomBelow(seed);
    let n = 0;
    function begun(count: number): unknown[] {
      const some = Array.from({ length: count }, (_, i) => valueOf(id, n + i));
      Atomics.store(record, BEGUN, n += count);
      return some;
    }
    try {
      while (n < SPAN - 10) {
        Atomics.add(record, BEATS, 1);
        const kind = next(4);
        const some = begun(kind === 1 ? 1 + next(6) : 1);
        if (kind === 1) blocks ? values.sendManySync(some) : await values.sendMany(some);
        else if (kind === 2) {
          const cases = [sending(values, some[0]), undefined, sending(values, valueOf(id, n - 1))];
          blocks ? selectSync(cases) : await select(cases);
        } else blocks ? values.sendSync(some[0]) : await values.send(some[0]);
        Atomics.store(record, ACKED, n);
      }
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error;
    } finally {
      Atomics.store(record, ENDED, 1);
    }
  },
);

/** Receives until the channel is closed. */
export const consume: (job: Job) => Promise<void> = task(
  import.meta,
  async function consume({ values, seed, blocks, record, log }: Job): Promise<void> {
    const next = randomBelow(seed);
    let noted = 0;
    function note(value: unknown): void {
      log[noted++] = numberOf(value);
      Atomics.store(record, NOTED, noted);
    }
    try {
      while (noted < log.length - 10) {
        Atomics.add(record, BEATS, 1);
        const kind = next(5);
        Atomics.store(record, ASKED, kind === 1 ? 8 : 1);
        if (kind === 1) {
          for (const value of blocks ? values.receiveManySync(8) : await values.receiveMany(8)) note(value);
        } else if (kind === 2) {
          const chosen = blocks ? selectSync([values, values]) : await select([values, values]);
          if (chosen.closed) return;
          note(chosen.value);
        } else if (kind === 3) {
          const got = values.tryReceive();
          if (got.state === "closed") return;
          if (got.state === "ok") note(got.value);
        } else note(blocks ? values.receiveSync() : await values.receive());
      }
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error;
    } finally {
      Atomics.store(record, ENDED, 1);
    }
  },
);
