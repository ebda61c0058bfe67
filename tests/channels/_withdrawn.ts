/** A receiver that stands still where it has been served and its node was withdrawn, until it is cut off. */
import { channels } from "#engines";
import { type Channel, task } from "@pool/csp";

/** Receives, blocked; word 0 of `words` says that it waits, word 1 that it stands still. */
export const receiveAndStand: (values: Channel<unknown>, words: Int32Array) => void = task(
  import.meta,
  function receiveAndStand(values: Channel<unknown>, words: Int32Array): void {
    const heap = channels().heapHere();
    const { kernel } = heap;
    function say(word: number): void {
      Atomics.store(words, word, 1);
      Atomics.notify(words, word);
    }
    function startReceive(channel: number, ticket: number): number {
      const status = kernel.startReceive(channel, ticket);
      say(0);
      return status;
    }
    function withdraw(node: number): never {
      kernel.withdraw(node);
      say(1);
      // Where a thread cannot be terminated it finds out.
      while (!heap.cut) Atomics.wait(words, 2, 0, 5);
      throw new Error("cut off");
    }
    Object.defineProperty(heap, "kernel", { value: { ...kernel, startReceive, withdraw } });
    values.receiveSync();
  },
);
