/**
 * Loads a module of this library synchronously, where the runtime can: Node and Bun. Imports nothing: whoever imports the
 * library loads this.
 */
/** What this file uses of `process`. */
interface NodeProcess {
  readonly env: Record<string, string | undefined>;
  getBuiltinModule(name: "node:module"): NodeModule;
}

/** What this file uses of `node:module`. */
interface NodeModule {
  createRequire(from: string): (path: string) => unknown;
  enableCompileCache?(): void;
}

/**
 * Loads the module at `path`, which is relative to the module at `from` and has no suffix. It is the same instance that
 * `import` gives.
 */
export function loadNow(path: string, from: string): unknown {
  const suffix = from.endsWith(".js") ? ".js" : ".ts";
  const { process } = globalThis as unknown as { process: NodeProcess };
  const node = process.getBuiltinModule("node:module");
  // Run from source on Node, types are stripped once and the result is kept; see `node_thread.ts`.
  if (suffix === ".ts" && !("Bun" in globalThis) && !process.env["NODE_V8_COVERAGE"]) {
    node.enableCompileCache?.();
  }
  return node.createRequire(from)(path + suffix);
}
