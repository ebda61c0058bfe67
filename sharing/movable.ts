/**
 * Counts what a send would have to move wherever it sits in the value: markers of `move`, and ends of channels. While there
 * are none, values that stay in their interpreter need not be looked into. A protocol file.
 */

let count = 0;
const forgotten = new FinalizationRegistry<undefined>(function dropped() {
  count--;
});

/** Whether a value may have something in it that is to be moved. */
export function haveMovables(): boolean {
  return count > 0;
}

/** `thing`, which is new, is to be moved when it is sent. */
export function noteMovable(thing: object): void {
  count++;
  forgotten.register(thing, undefined, thing);
}

/** `thing` is used up. */
export function forgetMovable(thing: object): void {
  if (forgotten.unregister(thing)) count--;
}
