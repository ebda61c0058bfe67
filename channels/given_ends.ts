/**
 * Ends that are given to somebody along with a value: found while the value is opened, so that they can retire with who
 * got them.
 */
import { opened, packed } from "./parcel.ts";
import { Contents, isPlain } from "./parcel_contents.ts";
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
    retireAll(seats, reason);
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
  const contents = new Contents(value, "args");
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
      retireAll(seats, reason);
    },
  };
}

/** Senders first: the last receiver of a channel would close it without the reason. */
function retireAll(seats: readonly Seat[], reason?: { readonly error: unknown }): void {
  for (const side of ["sender", "receiver"]) {
    for (const seat of seats) if (seat.side === side) seat.retire(reason);
  }
}
