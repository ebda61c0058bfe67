/** A hop through the event loop, by the fastest way the runtime has: timers take a millisecond or two. */

let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

/** Settles after messages and timers that are due have been handled. */
export function macrotask(): Promise<void> {
  return new Promise(hop);
}

/** Calls `fn` then. */
export function hop(fn: () => void): void {
  // Looked up here: on Deno the first look at a global of Node's costs milliseconds.
  const { setImmediate } = globalThis as { setImmediate?: (fn: () => void) => unknown };
  if (setImmediate !== undefined) {
    setImmediate(fn);
    return;
  }
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = function arrived() {
      waiting.shift()?.();
    };
  }
  waiting.push(fn);
  channel.port2.postMessage(undefined);
}
