/** Moves MessagePorts without leaving their thread. */
import { builtin, runtimeName } from "./detect.ts";

/** New ports in place of `ports`, all or none: throws when one of them was moved before. */
export function movePorts(ports: readonly MessagePort[]): MessagePort[] {
  if (runtimeName !== "bun") return structuredClone(ports, { transfer: [...ports] }) as MessagePort[];
  // There structuredClone gives the same ports again, which can still be used.
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(ports, [...ports]);
  const { receiveMessageOnPort } = builtin<ThreadsModule>("node:worker_threads");
  const { message } = receiveMessageOnPort(port2)!;
  port1.close();
  return message;
}

/** What this file uses of `node:worker_threads`. */
interface ThreadsModule {
  receiveMessageOnPort(port: MessagePort): { readonly message: MessagePort[] } | undefined;
}
