/** Where the module lives that a pool's interpreters run. */

/** Absolute; with the suffix that this copy of the library has. */
export function workerUrl(): string {
  const { url } = import.meta;
  return new URL(url.endsWith(".js") ? "./pool_worker.js" : "./pool_worker.ts", url).href;
}
