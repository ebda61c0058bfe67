/** Comlink's adapter for threads of Node, which comes without types. */

import type { Endpoint } from "comlink";

/** Makes a thread, or a thread's port, what comlink talks to. */
export async function endpointOf(thread: unknown): Promise<Endpoint> {
  const adapter: string = "comlink/dist/esm/node-adapter.mjs";
  const { default: nodeEndpoint } = await import(adapter) as { default: (thread: unknown) => Endpoint };
  return nodeEndpoint(thread);
}
