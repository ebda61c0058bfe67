/**
 * One end of a channel, behind its handle: whether it can be used, and through which form.
 *
 * *States.* USABLE → RETIRED or SPENT for good; SPENT → USABLE only by {@link Seat.restore}, when passing it on failed, and
 * at once → RETIRED if it was given up meanwhile. An end that cannot be used has a form that refuses everything, so that
 * one that can costs nothing to check.
 *
 * *What waits* was begun with the seat and carries it along. When the end goes it is looked for where it waits (`Form.endWaits`);
 * so there is nothing to note for what need not wait, and nothing to take back when a wait is over.
 */
import { OwnershipError } from "../sharing/errors.ts";
import { noteMovable } from "../sharing/movable.ts";
import { EndedForm } from "./ended_form.ts";
import { ChannelClosedError } from "./errors.ts";
import type { Core, End, Form, Refuse, Side } from "./form.ts";
import { type Gate, GatedForm } from "./gated_form.ts";
import { actionOf, nameOf, unmarked } from "./refusals.ts";

/** See the file's description. */
export class Seat implements End {
  readonly core: Core;
  readonly side: Side;
  /** The end's number in shared memory; 0 while the channel is local. */
  id: number;
  waits = 0;
  #ended: EndedForm | undefined = undefined;
  #gated: GatedForm | undefined = undefined;
  #retired = false;
  /** Given up on its way to somebody else: with what reason it retires if it comes back. */
  #leaving: { readonly reason: { readonly error: unknown } | undefined } | undefined = undefined;

  static #watched: Seat[] | undefined;

  /** Does `fn`, and puts the seats of the ends that arrive here meanwhile into `seats`. */
  static watch<T>(seats: Seat[], fn: () => T): T {
    const before = Seat.#watched;
    Seat.#watched = seats;
    try {
      return fn();
    } finally {
      Seat.#watched = before;
    }
  }

  /** Takes over an end that has come from somebody else. */
  static arrived(core: Core, side: Side, id: number): Seat {
    const seat = new Seat(core, side, id);
    Seat.#watched?.push(seat);
    return seat;
  }

  /** Takes over an end that the channel has counted already. */
  constructor(core: Core, side: Side, id: number) {
    this.core = core;
    this.side = side;
    this.id = id;
    noteMovable(this);
  }

  /** Itself, as what is received from. */
  get end(): this {
    return this;
  }

  get ended(): EndedForm | undefined {
    return this.#ended;
  }

  /** What the handle's operations go to. */
  get form(): Form {
    return this.#ended ?? this.#gated ?? this.core.form;
  }

  /** From now on operations pass `gate`; once. */
  gate(gate: Gate): void {
    this.#gated = new GatedForm(this.core, this, gate);
  }

  /** There is to be one more end like this one. */
  cloned(): void {
    this.#gated?.gate.shared();
  }

  /** Throws `OwnershipError` or `ChannelClosedError`, as any operation does, when the end cannot be used any more. */
  check(): void {
    this.#ended?.receiving();
  }

  /**
   * Gives the end up, and ends what waits by it; `reason`, in a box, if its holder failed. No effect if it was retired; one that
   * is on its way to somebody else is given up if it does not arrive.
   */
  retire(reason?: { readonly error: unknown }): void {
    if (this.#retired) return;
    if (this.#ended !== undefined) {
      this.#leaving ??= { reason };
      return this.#endWaits();
    }
    const { side, core: { form } } = this;
    this.#retired = true;
    this.#end(function refuse(...value) {
      const unsent = value.map(unmarked) as typeof value;
      return new ChannelClosedError(`${actionOf(side, form.name)}: this ${side} was retired`, ...unsent);
    });
    this.#endWaits();
    form.retireEnd(side, reason);
  }

  /** The end is on its way elsewhere: this handle cannot be used any more. What waits by it goes on until it has {@link left}. */
  spend(): void {
    const { side, core: { form } } = this;
    this.#gated?.gate.shared();
    this.#end(function refuse() {
      return new OwnershipError(
        `Cannot use this ${side} of ${nameOf(form.name)}: it was passed on; clone() it before to keep one`,
      );
    });
  }

  /** It was spent, and has gone for good: ends what waits by it. */
  left(): void {
    this.#endWaits();
  }

  /** Takes {@link Seat.spend} back: it has not gone. */
  restore(): void {
    if (this.#ended === undefined || this.#retired) return;
    this.#ended = undefined;
    if (this.#leaving !== undefined) this.retire(this.#leaving.reason);
  }

  #endWaits(): void {
    (this.#gated ?? this.core.form).endWaits(this, this.#ended!.refuse);
  }

  #end(refuse: Refuse): void {
    this.#ended = new EndedForm(this.core, refuse);
  }
}
