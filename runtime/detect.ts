/** Tells which runtime this is; no side effect. */

/** The runtimes with an adapter of their own. */
export type RuntimeName = "deno" | "bun" | "node" | "browser";

/** What the adapters use of a stream of Node's. */
export interface OutputStream {
  readonly writableLength: number;
  write(text: string, done: () => void): boolean;
}

/** What the adapters read of the global object. */
export interface RuntimeGlobals {
  readonly Deno?: { readonly mainModule?: string; readonly exitCode?: number };
  readonly Bun?: {
    readonly isMainThread: boolean;
    readonly main: string;
    resolveSync(specifier: string, from: string): string;
  };
  readonly process?: {
    readonly argv: string[];
    readonly env: Record<string, string | undefined>;
    readonly versions?: { readonly node?: string };
    readonly stdout: OutputStream;
    readonly stderr: OutputStream;
    cwd(): string;
    exit(code?: number): never;
    getBuiltinModule?(name: string): unknown;
  };
  readonly WorkerGlobalScope?: unknown;
}

/** The global object, as the adapters see it. */
export const globals: RuntimeGlobals = globalThis as RuntimeGlobals;

/** The runtime this module was loaded in. */
export const runtimeName: RuntimeName = detect(globals);

/** Deno and Bun also have a `process`, so they are asked for first. */
export function detect(scope: RuntimeGlobals): RuntimeName {
  if (scope.Deno !== undefined) return "deno";
  if (scope.Bun !== undefined) return "bun";
  if (scope.process?.versions?.node !== undefined) return "node";
  return "browser";
}

/** A built-in module of the runtime, got synchronously, so that no other runtime ever sees its `node:` specifier. */
export function builtin<T>(name: string): T {
  const module = globals.process?.getBuiltinModule?.(name);
  if (module === undefined) {
    throw new Error(
      `Cannot load ${name}: this runtime has no process.getBuiltinModule; use Node 22.18 or later`,
    );
  }
  return module as T;
}
