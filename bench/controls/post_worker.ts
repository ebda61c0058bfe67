/**
 * What the bare Worker of the controls runs: counts messages, or sends each one back.
 *
 * `{ port }` makes it take what follows from that port; `{ left, echo }` announces how many messages follow. Those that
 * are not sent back are answered once, after the last one.
 */

/** A port, or a thread's own end. */
interface Post {
  postMessage(message: unknown): void;
}

/** What announces messages. */
export type Announcement = { readonly port: MessagePort } | { readonly left: number; readonly echo: boolean };

const scope = globalThis as unknown as Post & { onmessage: (event: { data: unknown }) => void };

// Where there is a global Worker this is one; it must listen before anything is awaited.
if ("Deno" in globalThis || "Bun" in globalThis) {
  const handle = handler(scope);
  scope.onmessage = (event) => handle(event.data);
} else {
  const { parentPort } = process.getBuiltinModule("node:worker_threads");
  parentPort!.on("message", handler(parentPort!));
}

function handler(post: Post): (message: unknown) => void {
  let left = 0;
  let echo = false;

  return function handle(message) {
    if (left === 0) {
      const announced = message as Announcement;
      if ("port" in announced) {
        const handle = handler(announced.port);
        announced.port.onmessage = (event) => handle(event.data);
        post.postMessage("listening");
      } else {
        ({ left, echo } = announced);
      }
      return;
    }
    left--;
    if (echo) post.postMessage(message);
    else if (left === 0) post.postMessage("done");
  };
}
