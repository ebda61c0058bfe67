/**
 * The entry of every interpreter's thread. Loaded in a main thread it does nothing.
 *
 * It takes the thread's port before anything else, since Deno and Bun lose messages that come before there is a listener,
 * says that it is ready, and loads the rest while main goes on. One file without imports, and so the one file outside of
 * `runtime/` that names runtimes: every module before "ready" costs Bun a fifth of what a bare Worker takes to start.
 *
 * @module
 */
import type { EarlyPort } from "../runtime/inner.ts";
import type { Report } from "./protocol.ts";
import { begin } from "./quick.ts";

interface Globals {
  readonly Bun?: { readonly isMainThread: boolean };
  readonly Deno?: unknown;
  readonly WorkerGlobalScope?: unknown;
  readonly process?: { getBuiltinModule(name: string): { parentPort: EventPort | null } };
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
}

interface EventPort {
  on(event: "message", listener: (data: unknown) => void): void;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
}

/** Takes the port of this thread and says that it is ready; undefined in the program's main thread. */
function openEarly(): EarlyPort | undefined {
  const self = globalThis as unknown as Globals;
  let handler: ((data: unknown) => void) | undefined;
  const early: unknown[] = [];
  function take(data: unknown): void {
    if (handler === undefined) early.push(data);
    else handler(data);
  }
  const web = self.Bun === undefined ? self.WorkerGlobalScope !== undefined : !self.Bun.isMainThread;
  const port = web || self.Bun || self.Deno
    ? undefined
    : self.process?.getBuiltinModule("node:worker_threads").parentPort;
  if (web) {
    self.addEventListener("message", function received(event) {
      take(event.data);
    });
  } else if (port) port.on("message", take);
  else return undefined;

  const post: EarlyPort["postMessage"] = web ? self.postMessage.bind(self) : port!.postMessage.bind(port);
  post({ t: "ready" } satisfies Report);
  return {
    postMessage: post,
    listen(next) {
      handler = next;
      for (const data of early.splice(0)) next(data);
    },
  };
}

const port = openEarly();
if (port !== undefined) {
  // Not a literal, for the reason given in `runtime/load_later.ts`.
  begin(port, function loadRest() {
    return import(import.meta.url.replace(/entry(\.[jt]s)/, "inside$1")) as Promise<
      typeof import("./inside.ts")
    >;
  });
}
