/** `using` and `await using` as esbuild and TypeScript write them for older targets. */

/** A value to be disposed of. `dispose` is missing for null and undefined, which only make an async scope wait. */
export interface Resource {
  readonly value: unknown;
  readonly dispose: ((this: unknown) => unknown) | undefined;
  readonly async: boolean;
}

/** TypeScript's record of one scope. */
export interface Disposal {
  stack: Resource[];
  error: unknown;
  hasError: boolean;
}

/** Puts `value` on the stack and gives it back. Throws TypeError when it cannot be disposed of. */
export function addResource(stack: Resource[], value: unknown, async: boolean): unknown {
  if (value === null || value === undefined) {
    if (async) stack.push({ value, dispose: undefined, async });
    return value;
  }
  if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected");
  const disposable = value as { [Symbol.dispose]?: () => unknown; [Symbol.asyncDispose]?: () => unknown };
  const own = async ? disposable[Symbol.asyncDispose] : undefined;
  const dispose = own ?? disposable[Symbol.dispose];
  if (typeof dispose !== "function") throw new TypeError("Object not disposable");
  stack.push({ value, dispose, async });
  return value;
}

/**
 * Disposes in reverse order. Gives a promise once it meets an async resource, and throws or rejects at the end with
 * what failed: `error` of the scope, if `failed`, or of the disposing, the later wrapping the earlier.
 */
export function disposeResources(stack: Resource[], error: unknown, failed: boolean | undefined): unknown {
  function fail(reason: unknown): void {
    error = failed ? suppressed(reason, error) : reason;
    failed = true;
  }
  function next(): unknown {
    for (let resource = stack.pop(); resource !== undefined; resource = stack.pop()) {
      try {
        const result = resource.dispose?.call(resource.value);
        if (!resource.async) continue;
        return Promise.resolve(result).then(next, (reason) => {
          fail(reason);
          return next();
        });
      } catch (reason) {
        fail(reason);
      }
    }
    if (failed) throw error;
    return undefined;
  }
  return next();
}

/** Not every runtime has SuppressedError. */
function suppressed(error: unknown, earlier: unknown): Error {
  const message = "An error was suppressed during disposal";
  if (typeof SuppressedError === "function") return new SuppressedError(error, earlier, message);
  return Object.assign(new Error(message), { name: "SuppressedError", error, suppressed: earlier });
}
