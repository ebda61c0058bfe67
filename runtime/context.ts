/** A value that belongs to the running piece of asynchronous work, also after an `await`. */
import { builtin, runtimeName } from "./detect.ts";

/** See {@link createContext}. */
export interface Context<T> {
  /** Runs `fn` with `value` as the current one, in it and in all that it awaits. */
  run<R>(value: T, fn: () => R): R;
  /** The current value. */
  get(): T | undefined;
}

interface Storage<T> {
  run<R>(value: T, fn: () => R): R;
  getStore(): T | undefined;
}

/** Makes a context over the runtime's AsyncLocalStorage; a browser page has none, there the value holds until the first `await`. */
export function createContext<T>(): Context<T> {
  if (runtimeName === "browser") return createPageContext();
  const { AsyncLocalStorage } = builtin<{ AsyncLocalStorage: new () => Storage<T> }>("node:async_hooks");
  const storage = new AsyncLocalStorage();
  return {
    run(value, fn) {
      return storage.run(value, fn);
    },
    get() {
      return storage.getStore();
    },
  };
}

function createPageContext<T>(): Context<T> {
  let current: T | undefined;
  return {
    run(value, fn) {
      const outer = current;
      current = value;
      try {
        return fn();
      } finally {
        current = outer;
      }
    },
    get() {
      return current;
    },
  };
}
