/**
 * Ends that are given to somebody along with a value: found while the value is opened, so that they can retire with who
 * got them.
 */
import { opened, packed } from "./parcel.ts";
import { Seat } from "./seat.ts";

/** A value that somebody was given, and a way to give up the ends in it that are still usable. */
export interface Given<T> {
  readonly value: T;
  /** Whether there are ends in it. */
  readonly some: boolean;
  /** `reason`, in a box, if who had them failed. */
  retire(reason?: { readonly error: unknown }): void;
}

/** Does `open`, which gives a value that arrives, and keeps the ends that come with it in sight. If it throws, they retire. */
export function openGiven<T>(open: () => T): Given<T> {
  const seats: Seat[] = [];
  function retire(reason?: { readonly error: unknown }): void {
    for (const seat of seats) seat.retire(reason);
  }
  try {
    const value = Seat.watch(seats, open);
    return { value, some: seats.length > 0, retire };
  } catch (error) {
    retire({ error });
    throw error;
  }
}

/** Gives a value to somebody in this interpreter: what is moved in it, ends included, is spent here. `root`: for errors. */
export function give<T>(value: T, root: string): Given<T> {
  const parcel = packed(value, root);
  return openGiven(function open() {
    return opened(parcel) as T;
  });
}
