/**
 * The ground floor's door for a thread of the library's own, which runs no code of a program (see `mod.ts`).
 *
 * @module
 */
import { builtin, globals, runtimeName } from "./detect.ts";

export { whenNotified } from "./blocking.ts";
export { hop, macrotask } from "./macrotask.ts";
export { Watch } from "./looking.ts";
export { receiveNow } from "./port_now.ts";

/** Takes what the owner of this thread posts, from the first message on if it is called as the thread starts. No effect in a program's main thread. */
export function hearOwner(handler: (message: unknown) => void): void {
  if (runtimeName === "node") {
    const { parentPort } = builtin<
      { parentPort: { on(event: "message", listener: (message: unknown) => void): void } | null }
    >("node:worker_threads");
    parentPort?.on("message", handler);
  } else if (
    globals.Bun === undefined ? globals.WorkerGlobalScope !== undefined : !globals.Bun.isMainThread
  ) {
    globalThis.addEventListener("message", function received(event) {
      handler((event as MessageEvent).data);
    });
  }
}
