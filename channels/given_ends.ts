/**
 * Ends that are given to somebody along with a value: found while the value is opened, so that they can retire with who
 * got them.
 */
import { haveMovables } from "../sharing/movable.ts";
import { opened, packed } from "./parcel.ts";
import { Contents, isPlain } from "./parcel_contents.ts";
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
export function give<T extends object>(value: T): Given<T> {
  // Among usable ends a spent one is refused; where there are none left, nothing would look for it.
  if (!haveMovables()) movablesIn(value)?.check();
  const parcel = packed(value);
  return openGiven(function open() {
    return opened(parcel) as T;
  });
}

/** What would be moved along with a value. */
export interface Movables {
  /** Handles of ends and markers of `move`, and what each stands for. */
  readonly things: readonly (readonly [handle: object, thing: object])[];
  /** Throws, as moving them would, when one of the ends cannot be used any more. */
  check(): void;
  /** Gives up the ends that are still usable. */
  retire(reason: { readonly error: unknown }): void;
}

/** Finds what would be moved with `value`; undefined if nothing would. Throws when a marker in it stands for what is gone. */
export function movablesIn(value: object): Movables | undefined {
  if (isPlain(value)) return undefined;
  const contents = new Contents(value);
  if (contents.isEmpty) return undefined;
  const seats = [...contents.ends.values()];
  return {
    things: [
      ...[...contents.ends.keys()].map((end) => [end, end] as const),
      ...[...contents.marks].map((mark) => [mark, mark.target] as const),
    ],
    check() {
      for (const seat of seats) seat.check();
    },
    retire(reason) {
      for (const seat of seats) seat.retire(reason);
    },
  };
}
