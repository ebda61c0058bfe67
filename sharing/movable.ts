/**
 * Counts what a send would have to move wherever it sits in the value: markers of `move`, owned values, and ends of channels.
 * While there are none, values that stay in their interpreter need not be looked into. One that is used up counts until it is
 * collected: as long as somebody has it, sending it once more is to be refused. A protocol file.
 */

let count = 0;
const collected = new FinalizationRegistry<undefined>(function dropped() {
  count--;
});

/** Whether a value may have something in it that is to be moved. */
export function haveMovables(): boolean {
  return count > 0;
}

/** `thing`, which is new, is to be moved when it is sent. */
export function noteMovable(thing: object): void {
  count++;
  collected.register(thing, undefined);
}
