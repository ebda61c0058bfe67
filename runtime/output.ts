/** Lets what was printed arrive before what comes after it. */
import { globals, runtimeName } from "./detect.ts";

/**
 * Waits until what this thread has printed is with the main thread. Node buffers a thread's output until main asks for
 * more, and drops it when the thread or the program ends; Deno and Bun print from the thread itself.
 * Undefined when there is nothing to wait for, which is nearly always.
 */
export function flushed(): Promise<unknown> | undefined {
  if (runtimeName !== "node") return undefined;
  const { stdout, stderr } = globals.process!;
  if (stdout.writableLength === 0 && stderr.writableLength === 0) return undefined;
  const full = [stdout, stderr].filter(function hasPending(stream) {
    return stream.writableLength > 0;
  });
  return Promise.all(full.map(function drain(stream) {
    return new Promise<void>(function wait(resolve) {
      stream.write("", function drained() {
        resolve();
      });
    });
  }));
}
