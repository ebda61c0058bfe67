/**
 * Loads a module of this library when it is needed.
 *
 * The specifier is not a literal on purpose: Deno loads, and checks, whatever a literal `import()` names before the
 * importing module runs, which would pay at every start for what is needed now and then. What is loaded this way is
 * named literally in `interpreters/boot.ts`, so that it is part of a package.
 */

/** Loads the module at `path`, which is relative to the module at `from` and has no suffix. */
export function loadLater<T>(path: string, from: string): Promise<T> {
  return import(new URL(path + (from.endsWith(".js") ? ".js" : ".ts"), from).href) as Promise<T>;
}
