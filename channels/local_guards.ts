/**
 * The guards of a local channel: one receive, or the send of one value. When the channel crosses while somebody waits, the
 * guard stays theirs and speaks to the form that took over.
 */
import type { End } from "./form.ts";
import type { LocalForm } from "./local_form.ts";
import { unsent } from "./parcel.ts";
import type { Guard, Settled, Waiter } from "./port.ts";
import { Entry } from "./wait_list.ts";

/** What both have in common. */
abstract class LocalGuard implements Guard {
  protected readonly form: LocalForm;
  protected readonly end: End | undefined;
  /** Usually one: several only when several parties use one guard at once. */
  #entries: Entry[] | undefined;
  #successor: Guard | undefined;

  constructor(form: LocalForm, end: End | undefined) {
    this.form = form;
    this.end = end;
  }

  attempt(): Settled | undefined {
    const moved = this.moved();
    return moved === undefined ? this.attemptHere() : moved.attempt();
  }

  enlist(waiter: Waiter, index: number): void {
    const moved = this.moved();
    if (moved !== undefined) return moved.enlist(waiter, index);
    const entry = this.enlistHere(waiter, index);
    if (entry.list !== undefined) (this.#entries ??= []).push(entry);
  }

  withdraw(waiter: Waiter, index: number): void {
    const entries = this.#entries;
    const at = entries === undefined
      ? -1
      : entries.findIndex((entry) => entry.waiter === waiter && entry.index === index);
    if (at < 0) return this.#successor?.withdraw(waiter, index);
    const [entry] = entries!.splice(at, 1);
    entry!.withdraw();
  }

  /** The guard of the form that has taken over, if one has. */
  protected moved(): Guard | undefined {
    const { form } = this.form.core;
    if (form === this.form) return undefined;
    return this.#successor ??= this.successor();
  }

  protected abstract attemptHere(): Settled | undefined;
  protected abstract enlistHere(waiter: Waiter, index: number): Entry;
  protected abstract successor(): Guard;
}

/** One receive. */
export class LocalReceive extends LocalGuard {
  protected override attemptHere(): Settled | undefined {
    return this.form.attemptReceive();
  }

  protected override enlistHere(waiter: Waiter, index: number): Entry {
    const entry = new Entry(waiter, index, undefined, this.end);
    this.form.enlistReceiver(entry);
    return entry;
  }

  protected override successor(): Guard {
    return this.form.core.form.receiving(this.end);
  }
}

/** The send of one value. */
export class LocalSend extends LocalGuard {
  readonly #parcel: unknown;

  constructor(form: LocalForm, parcel: unknown, end: End | undefined) {
    super(form, end);
    this.#parcel = parcel;
  }

  protected override attemptHere(): Settled | undefined {
    return this.form.attemptSend(this.#parcel);
  }

  protected override enlistHere(waiter: Waiter, index: number): Entry {
    const entry = new Entry(waiter, index, this.#parcel, this.end);
    this.form.enlistSender(entry);
    return entry;
  }

  protected override successor(): Guard {
    return this.form.core.form.sending(unsent(this.#parcel), this.end);
  }
}
