/** Interpreters for the length of a test, and flags in shared memory to meet what runs in them. */
import { create, type CreateOptions, type Interpreter } from "@pool/csp";

/** Runs `body` with a new interpreter and closes it by force afterwards. */
export async function withInterpreter<T>(
  body: (interp: Interpreter) => Promise<T>,
  options?: CreateOptions,
): Promise<T> {
  const interp = create(options);
  try {
    return await body(interp);
  } finally {
    await interp[Symbol.asyncDispose]();
  }
}

/** Runs `body` with `n` new interpreters and closes them by force afterwards. */
export async function withInterpreters<T>(
  n: number,
  body: (...interps: Interpreter[]) => Promise<T>,
  options?: CreateOptions,
): Promise<T> {
  const interps = Array.from({ length: n }, () => create(options));
  try {
    return await body(...interps);
  } finally {
    await Promise.all(interps.map((interp) => interp[Symbol.asyncDispose]()));
  }
}

/** Zeroed shared words. */
export function flags(n = 4): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(n * 4));
}

/** Settles once word `i` is at least `value`. */
export async function reached(words: Int32Array<SharedArrayBuffer>, i: number, value = 1): Promise<void> {
  const until = performance.now() + 15_000;
  while (Atomics.load(words, i) < value) {
    if (performance.now() > until) {
      throw new Error(`Cannot wait any longer: word ${i} is ${Atomics.load(words, i)}, expected ${value}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
