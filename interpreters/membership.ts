/**
 * A process of a network, from the inside: gates in front of its ports, and word of what it waits for.
 *
 * *Who waits and who wakes.* Who is held back by the gate waits for its word in the network's block, one `waitAsync` for
 * all of them; whoever opens the gate notifies it.
 */
import { channels } from "#engines";
import { tellOnce } from "../channels/abort_listeners.ts";
import type { Core, Form } from "../channels/form.ts";
import { type Gate, GatedForm, GatedGuard } from "../channels/gated_form.ts";
import type { Guard } from "../channels/port.ts";
import { surroundings } from "../channels/surroundings.ts";
import type { WaitingOperation, WaitsFor, WatchedWaiter } from "../channels/wait_monitor.ts";
import { ChannelClosedError, ChannelError } from "../channels/errors.ts";
import type { Receiver, Sender } from "../channels/ends.ts";
import { TICKET_USES } from "../kernel/heap_layout.ts";
import { sleepOn, whenNotified } from "../runtime/mod.ts";
import { registerKind } from "../sharing/kinds.ts";
import {
  type BlockShape,
  ELSEWHERE,
  ENDED,
  FAILED,
  GATE,
  GATE_CALLED_OFF,
  GATE_PAUSED,
  HELD,
  NAMED_PORTS,
  NetworkBlock,
  OPEN,
  type RecordedWait,
} from "./network_block.ts";
import { type Membership, noteMembership, processNow } from "./process_context.ts";
import { realm } from "./realm.ts";

/** One port as a process gets it. */
export interface PortSeat {
  readonly name: string;
  /** Number of its channel in the network. */
  readonly channel: number;
  /** Number among the process's out ports; -1 for an in port. */
  readonly out: number;
}

/** What a process must know of its place in a network. */
export interface MemberSeat {
  /** The process's name, for what it throws. */
  readonly process: string;
  readonly member: number;
  readonly ports: readonly PortSeat[];
  readonly shape: BlockShape;
  readonly buffer: SharedArrayBuffer;
  /** The interpreter that started the network. */
  readonly starter: number;
}

/** The ends of a process, in the order of `seat.ports`; it arrives as the object that the process's function gets. */
export class Ports {
  readonly ends: readonly (Sender<unknown> | Receiver<unknown>)[];
  readonly seat: MemberSeat;

  constructor(ends: readonly (Sender<unknown> | Receiver<unknown>)[], seat: MemberSeat) {
    this.ends = ends;
    this.seat = seat;
  }
}

/** Lets ports cross; once. */
export function installPorts(): void {
  registerKind<Ports>(Ports.prototype, {
    name: "ports",
    encode({ ends, seat }) {
      return { ends, seat };
    },
    decode(description: Ports): Ports {
      return openPorts(description).ports as unknown as Ports;
    },
  });
}

/** Puts gates in front of the ends of a process of this interpreter. */
export function openPorts(
  { ends, seat }: Ports,
): { readonly ports: Record<string, Sender<unknown> | Receiver<unknown>>; readonly member: Member } {
  const member = new Member(seat, ends);
  const ports: Record<string, Sender<unknown> | Receiver<unknown>> = {};
  for (const [i, port] of seat.ports.entries()) {
    const end = ends[i]!;
    member.add(channels().gateEnd(end, new PortGate(member, port)));
    Object.defineProperty(ports, port.name, {
      value: end,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  noteMembership(ports, member);
  surroundings.monitor ??= function monitor() {
    return processNow().membership;
  };
  return { ports, member };
}

/** One operation that waits. */
interface Wait {
  readonly waiter: WatchedWaiter;
  readonly operation: WaitingOperation;
  readonly waitsFor: WaitsFor;
}

/** See the file's description. */
export class Member implements Membership {
  readonly seat: MemberSeat;
  readonly block: NetworkBlock;
  readonly ends: readonly (Sender<unknown> | Receiver<unknown>)[];
  /** Of its ports, in their order. */
  readonly #cores: Core[] = [];
  readonly #waits: Wait[] = [];
  /** Permits that it holds, by lock. */
  readonly #holds = new Map<number, number>();
  /** What to do when the gate opens. */
  readonly #held = new Set<() => void>();
  #armed = false;

  constructor(seat: MemberSeat, ends: Member["ends"]) {
    this.seat = seat;
    this.ends = ends;
    this.block = new NetworkBlock(seat.shape, seat.buffer);
  }

  /** One more port's channel. */
  add(core: Core): void {
    this.#cores.push(core);
  }

  get endedPlainly(): boolean {
    return this.block.load(this.seat.member, ENDED) !== 0;
  }

  failed(error: unknown, aborted: boolean): void {
    const { block, seat: { member, process } } = this;
    if (block.load(member, FAILED) !== 0) return;
    const isCalledOff = (block.load(member, GATE) & GATE_CALLED_OFF) !== 0;
    const isOver = error instanceof ChannelClosedError && this.#cores.some(({ form }) => form.closed);
    if (isCalledOff || isOver) return block.store(member, ENDED, 1);
    if (aborted) return;
    block.store(member, FAILED, block.nextFailure());
    nameProcess(error, process);
  }

  begins(operation: WaitingOperation, waitsFor: WaitsFor, waiter: WatchedWaiter): void {
    this.#waits.push({ waiter, operation, waitsFor });
    this.publish();
  }

  ended(waiter: WatchedWaiter): void {
    const at = this.#waits.findIndex((wait) => wait.waiter === waiter);
    if (at < 0) return;
    this.#waits.splice(at, 1);
    this.publish();
  }

  checkGoesOn(): void {
    if ((this.block.load(this.seat.member, GATE) & GATE_CALLED_OFF) === 0) return;
    const signal = surroundings.processSignal();
    if (signal !== undefined) tellOnce(signal);
  }

  holds(lock: number, amount: number): void {
    this.#holds.set(lock, (this.#holds.get(lock) ?? 0) + amount);
    this.block.writeHolds(this.seat.member, this.#holds);
  }

  gives(lock: number, amount: number): void {
    const left = (this.#holds.get(lock) ?? 0) - amount;
    if (left > 0) this.#holds.set(lock, left);
    else this.#holds.delete(lock);
    this.block.writeHolds(this.seat.member, this.#holds);
  }

  /** Writes what it waits for into the block, as it is now. */
  publish(): void {
    this.block.writeWaits(this.seat.member, this.#waits.map((wait) => this.#record(wait)));
  }

  /** Writes it anew if a wait has got a ticket meanwhile. For waits of this thread. */
  refresh(): void {
    const read = this.block.readRecord(this.seat.member);
    if (read?.waits.some(({ ticket }, i) => this.#waits[i]?.waiter.ticket !== ticket)) this.publish();
  }

  get mustLook(): boolean {
    return this.block.load(this.seat.member, GATE) !== 0;
  }

  isShut(): boolean {
    const bits = this.block.load(this.seat.member, GATE);
    // The letter that aborts the process may be on its way still.
    if ((bits & GATE_CALLED_OFF) !== 0) surroundings.processSignal()?.throwIfAborted();
    return (bits & GATE_PAUSED) !== 0;
  }

  hold(open: () => void): () => void {
    this.#held.add(open);
    this.#noteHeld();
    this.#arm();
    return () => {
      if (this.#held.delete(open)) this.#noteHeld();
    };
  }

  holdNow(): void {
    const { block, seat: { member, starter } } = this;
    if (starter === realm.id) {
      throw new ChannelError(
        "Cannot wait: the network is paused, and nobody could resume it while this thread is blocked; use the other form",
      );
    }
    block.store(member, HELD, this.#held.size + 1);
    try {
      while (this.isShut()) {
        surroundings.meanwhile();
        sleepOn(block.words, block.at(member, GATE), block.load(member, GATE), 50);
      }
    } finally {
      this.#noteHeld();
    }
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    const { block, seat: { member } } = this;
    const bits = block.load(member, GATE);
    const look = (): void => {
      this.#armed = false;
      if ((block.load(member, GATE) & GATE_PAUSED) === 0) {
        for (const open of [...this.#held]) if (this.#held.has(open)) open();
        this.#held.clear();
        this.#noteHeld();
      } else if (this.#held.size > 0) this.#arm();
    };
    // It may have been opened since the look that found it shut.
    if ((bits & GATE_PAUSED) === 0) queueMicrotask(look);
    else whenNotified(block.words, block.at(member, GATE), bits, look);
  }

  #noteHeld(): void {
    this.block.store(this.seat.member, HELD, this.#held.size);
  }

  #record({ waiter, operation, waitsFor }: Wait): RecordedWait {
    const { ticket } = waiter;
    const { form, guards, lock, limited } = waitsFor;
    let ports = limited ? OPEN : 0;
    let elsewhere = lock ?? 0;
    if (lock !== undefined) ports |= ELSEWHERE;
    if (form !== undefined) {
      const port = this.#portOf(form);
      ports |= port;
      if (port === ELSEWHERE) elsewhere = offsetOf(form);
    }
    for (const guard of guards ?? []) if (guard.isIdle !== true) ports |= this.#portOfGuard(guard);
    const use = ticket === 0 ? 0 : channels().heapHere().load(ticket + TICKET_USES);
    return { operation, ports, ticket, use, elsewhere };
  }

  #portOfGuard(guard: Guard): number {
    const port = guard instanceof GatedGuard ? this.#portOf(guard.form) : ELSEWHERE;
    return port === ELSEWHERE ? OPEN : port;
  }

  /** The bit of the port that `form` is of. */
  #portOf(form: Form): number {
    const own = form instanceof GatedForm ? form.core.form : form;
    const index = this.#cores.findIndex((core) => core.form === own);
    return index < 0 ? ELSEWHERE : index >= NAMED_PORTS ? OPEN : 1 << index;
  }
}

/** The gate of one port. */
class PortGate implements Gate {
  readonly #member: Member;
  readonly #port: PortSeat;

  constructor(member: Member, port: PortSeat) {
    this.#member = member;
    this.#port = port;
  }

  get mustLook(): boolean {
    return this.#member.mustLook;
  }
  isShut(): boolean {
    return this.#member.isShut();
  }
  hold(open: () => void): () => void {
    return this.#member.hold(open);
  }
  holdNow(): void {
    this.#member.holdNow();
  }
  enlisted(): void {
    this.#member.publish();
  }
  sent(count: number): void {
    const { block, seat } = this.#member;
    block.addSent(seat.member, this.#port.out, count);
  }
  shared(): void {
    this.#member.block.noteShared(this.#port.channel);
  }
}

/** The channel of a form in shared memory; 0 of a local one. */
function offsetOf(form: Form): number {
  const own = form instanceof GatedForm ? form.core.form : form;
  return own.shared ? (own as Form & { readonly at: number }).at : 0;
}

/** Notes in an error which process has thrown it, unless that stands there already: it may have come from another one. */
export function nameProcess(error: unknown, process: string): void {
  if (!(error instanceof Error) || "process" in error || !Object.isExtensible(error)) return;
  Object.defineProperty(error, "process", {
    value: process,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
