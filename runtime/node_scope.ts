/** The inside of a thread on Node. Uncaught errors are left to Node: they end the thread and reach its owner as 'error', whole. */
import { builtin, globals } from "./detect.ts";
import type { Scope } from "./scope.ts";

interface ParentPort {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  on(event: "message", listener: (data: unknown) => void): void;
}

/** See `openScope`. */
export function openNodeScope(): Scope | undefined {
  const port = builtin<{ parentPort: ParentPort | null }>("node:worker_threads").parentPort;
  if (port === null) return undefined;
  let receive: (data: unknown) => void = function nobodyYet() {};
  port.on("message", function received(data: unknown) {
    receive(data);
  });
  return {
    post(message, transfer) {
      port.postMessage(message, transfer);
    },
    onMessage(handler) {
      receive = handler;
    },
    onFailure() {},
    exit() {
      globals.process!.exit(0);
    },
  };
}
