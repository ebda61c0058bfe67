/** What interpreters do that are to be closed by force in the midst of it. */
import { channels } from "#engines";
import { chan, type Channel, selectSync, sending, task, TimeoutError } from "@pool/csp";
import { PlainWaiter } from "../../channels/plain_waiter.ts";
import { GUARD, type Guarded, type Sendable, SENDING } from "../../channels/port.ts";
import { letGo } from "../../channels/references.ts";
import { DESK_BELL, DESK_STOP_AFTER, DESK_STOP_AT, DESKS } from "../../kernel/heap_layout.ts";
import { STOPPING_KERNEL_CODE } from "../kernel/_stopping_kernel_code.ts";

/** A value that stands in a block of the heap. */
export interface Item {
  readonly id: number;
}

/** What a victim is given. */
export interface Given {
  readonly ch: Channel<unknown>;
  readonly other: Channel<unknown>;
  /** Ids of what it sends. */
  readonly ids: readonly number[];
  /** Whether it sends numbers, or objects with them. */
  readonly plain: boolean;
  /** Main waits: the victim begins when its event loop sleeps, so that whoever serves it has to wake it. */
  readonly sleeper?: boolean;
}

function value(id: number, plain: boolean): unknown {
  return plain ? id : { id };
}

/** Takes the kernel with the stop points; first of all. Its slot. */
export const useStops: () => number = task(import.meta, function useStops(): number {
  return channels().heapHere(STOPPING_KERNEL_CODE).slot;
});

function arm(point: number, after: number): void {
  const { deskWords } = channels().heapHere();
  Atomics.store(deskWords, DESK_STOP_AFTER / 4, after);
  Atomics.store(deskWords, DESK_STOP_AT / 4, point);
}

/** How long main may stay awake, in milliseconds. */
const AWAKE_MS = 3000;

function awaitSleep(): void {
  const heap = channels().heapHere();
  const start = performance.now();
  while (heap.load(DESKS + DESK_BELL) === 0) {
    if (performance.now() - start > AWAKE_MS) throw new Error("main does not fall asleep");
  }
}

/** It has not stopped where it should have. */
function disarm(): void {
  arm(0, 0);
}

/** What must not be collected. */
const kept: unknown[] = [];

/** What a victim can do. */
export type ActName =
  | "send"
  | "receive"
  | "waitToReceive"
  | "waitToSend"
  | "receiveInVain"
  | "selectEither"
  | "enlistToReceive"
  | "enlistToSend"
  | "close"
  | "poison"
  | "sendBatch"
  | "receiveBatch"
  | "makeEnds"
  | "retireEnd"
  | "sendEnd"
  | "sendChannel"
  | "receiveReferences"
  | "disposeOwn"
  | "allocate"
  | "enlistAndSend";

/** All of it. */
const ACTS: Record<ActName, (given: Given) => void> = {
  send({ ch, ids, plain }: Given): void {
    for (const id of ids) ch.trySend(value(id, plain));
  },
  receive({ ch, ids }: Given): void {
    for (let i = 0; i < ids.length; i++) ch.tryReceive();
  },
  waitToReceive({ ch }: Given): void {
    ch.receiveSync();
  },
  waitToSend({ ch, ids, plain }: Given): void {
    for (const id of ids) ch.sendSync(value(id, plain));
  },
  receiveInVain({ ch }: Given): void {
    try {
      ch.receiveSync({ timeout: 1 });
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  },
  selectEither({ ch, other, ids, plain }: Given): void {
    selectSync([sending(ch, value(ids[0]!, plain)), other]);
  },
  /** Enlists without having tried: finds what others would have had to leave in between. */
  enlistToReceive({ ch }: Given): void {
    const guard = (ch as unknown as Guarded)[GUARD]();
    guard.enlist(new PlainWaiter("receiver", ""), 0);
  },
  enlistToSend({ ch, ids, plain }: Given): void {
    const guard = (ch as unknown as Sendable)[SENDING](value(ids[0]!, plain));
    guard.enlist(new PlainWaiter("sender", ""), 0);
  },
  close({ ch }: Given): void {
    ch.close(new Error("closed by the victim"));
  },
  poison({ ch }: Given): void {
    ch.poison(new Error("poisoned by the victim"));
  },
  sendBatch({ ch, ids }: Given): void {
    ch.sendManySync(Float64Array.from(ids), { timeout: 50 });
  },
  receiveBatch({ ch, ids }: Given): void {
    ch.receiveManySync(new Float64Array(ids.length));
  },
  makeEnds({ ch }: Given): void {
    kept.push(ch.sender(), ch.receiver());
  },
  retireEnd({ ch }: Given): void {
    const end = ch.sender();
    kept.push(ch.sender());
    end.retire();
  },
  sendEnd({ ch, other }: Given): void {
    other.trySend(ch.sender());
    other.trySend({ deep: ch.receiver() });
  },
  sendChannel({ ch, other }: Given): void {
    other.trySend(ch);
    other.trySend([ch, ch]);
  },
  receiveReferences({ other }: Given): void {
    for (let i = 0; i < 4; i++) kept.push(other.tryReceive());
  },
  disposeOwn({ ids, plain }: Given): void {
    const heap = channels().heapHere();
    const own = chan<unknown>(40);
    for (const id of ids) own.trySend(value(id, plain));
    kept.push(own);
    const core = (own.constructor as unknown as { coreOf(ch: unknown): never }).coreOf(own);
    letGo(heap, channels().share(core), heap.slot);
  },
  /** Waits to receive from one channel, and sends to another. */
  enlistAndSend({ ch, other }: Given): void {
    const guard = (ch as unknown as Guarded)[GUARD]();
    guard.enlist(new PlainWaiter("receiver", ""), 0);
    other.sendSync(1);
  },
  /** Blocks of sizes that nobody has used before. */
  allocate({ ids }: Given): void {
    const { kernel } = channels().heapHere();
    for (const size of ids) kernel.allocate(2 ** size - 100, 1);
  },
};

/** Does it, to stop at a point of the kernel, passed `after` times before. False: it was not reached. */
export const stopIn: (act: ActName, point: number, after: number, given: Given) => boolean = task(
  import.meta,
  function stopIn(act: ActName, point: number, after: number, given: Given): boolean {
    if (given.sleeper) awaitSleep();
    arm(point, after);
    try {
      ACTS[act](given);
    } finally {
      disarm();
    }
    return false;
  },
);
