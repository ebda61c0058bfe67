/**
 * Refuses raw threads and forks in a serial interpreter: a guard rail, not a sandbox.
 *
 * The global Worker is refused on every runtime. On Node the named exports of `node:worker_threads` and
 * `node:child_process` are refused too; Deno and Bun do not let a library replace exports of a built-in module.
 */
import { builtin, runtimeName } from "./detect.ts";

const FORKS = ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"] as const;

/** Installs the guard in this thread; `refuse(what)` makes the error that an attempt throws. */
export function refuseThreads(refuse: (what: string) => Error): void {
  function refused(what: string): () => never {
    return function refusedHere(): never {
      throw refuse(what);
    };
  }
  if ("Worker" in globalThis) {
    Object.defineProperty(globalThis, "Worker", {
      value: refused("Worker"),
      writable: true,
      configurable: true,
    });
  }
  if (runtimeName !== "node") return;
  const module = builtin<{ syncBuiltinESMExports(): void; registerHooks?: (hooks: object) => unknown }>(
    "node:module",
  );
  builtin<Record<string, unknown>>("node:worker_threads")["Worker"] = refused("node:worker_threads Worker");
  const children = builtin<Record<string, unknown>>("node:child_process");
  for (const name of FORKS) children[name] = refused(`node:child_process ${name}`);
  module.syncBuiltinESMExports();
}
