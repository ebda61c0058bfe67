/** A hop through the event loop, by the fastest way the runtime has: timers take a millisecond or two. */

const immediate = (globalThis as { setImmediate?: (fn: () => void) => unknown }).setImmediate;
let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

/** Settles after messages and timers that are due have been handled. */
export function macrotask(): Promise<void> {
  return new Promise(function hop(resolve) {
    if (immediate !== undefined) {
      immediate(resolve);
      return;
    }
    if (channel === undefined) {
      channel = new MessageChannel();
      channel.port1.onmessage = function arrived() {
        waiting.shift()?.();
      };
    }
    waiting.push(resolve);
    channel.port2.postMessage(undefined);
  });
}
