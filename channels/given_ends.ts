/**
 * Ends that are given to somebody along with a value: found while the value is opened, so that they can retire with who
 * got them.
 */
import { opened, packed } from "./parcel.ts";
import { Seat } from "./seat.ts";

/** A value that somebody was given, and a way to give up the ends in it that are still usable. */
export interface Given<T> {
  readonly value: T;
  /** `reason`, in a box, if who had them failed. */
  retire(reason?: { readonly error: unknown }): void;
}

/** Does `open`, which gives a value that arrives, and keeps the ends that come with it in sight. */
export function openGiven<T>(open: () => T): Given<T> {
  const { value, seats } = Seat.watch(open);
  return {
    value,
    retire(reason) {
      for (const seat of seats) seat.retire(reason);
    },
  };
}

/** Gives a value to somebody in this interpreter: what is moved in it, ends included, is spent here. */
export function give<T>(value: T): Given<T> {
  const parcel = packed(value);
  return openGiven(function open() {
    return opened(parcel) as T;
  });
}
