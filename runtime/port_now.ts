/** Takes messages from a port that nobody listens on, without going back to the event loop. */
import { builtin } from "./detect.ts";

/** What this file uses of `node:worker_threads`, which Deno and Bun have too. */
interface PortReader {
  receiveMessageOnPort(port: MessagePort): { readonly message: unknown } | undefined;
}

let reader: PortReader | undefined;

/** The next message that has arrived, or undefined. Throws when it cannot be read; it is gone then. */
export function receiveNow(port: MessagePort): unknown {
  reader ??= builtin<PortReader>("node:worker_threads");
  return reader.receiveMessageOnPort(port)?.message;
}
