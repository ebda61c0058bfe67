/** Tasks and exports for tests: loaded here and, by reference, in other interpreters. */
import { basename } from "node:path";
import { getCurrent, task } from "@pool/csp";

let calls = 0;

/** Uses an import and a module-level helper. */
export const nameOf: (path: string) => string = task(import.meta, function nameOf(path: string): string {
  return shout(basename(path));
});

/** Counts its calls in the module of the interpreter it runs in. */
export const countCalls: () => number = task(import.meta, function countCalls(): number {
  return ++calls;
});

/** Not exported: reached through {@link hidden}. */
const secret: (n: number) => number = task(import.meta, function secret(n: number): number {
  return n * 3;
});

/** The unexported task, as a value of this module. */
export function hidden(): typeof secret {
  return secret;
}

export const whereAmI: () => Promise<number> = task(import.meta, async function whereAmI(): Promise<number> {
  await null;
  return getCurrent().id;
});

export const countUp: (to: number) => Generator<number> = task(
  import.meta,
  function* countUp(to: number): Generator<number> {
    for (let i = 0; i < to; i++) yield i;
  },
);

export const fails: () => never = task(import.meta, function fails(): never {
  throw new RangeError("A task failed");
});

function shout(text: string): string {
  return `${text}!`;
}

/** A plain export, for `remote` and `parallel`. */
export function double(n: number): number {
  return n * 2;
}

export async function later(n: number): Promise<number> {
  await null;
  return n + calls;
}

/** Generators as plain exports. */
export function* countDown(from: number): Generator<number> {
  for (let i = from; i > 0; i--) yield i;
}

export async function* countLater(to: number): AsyncGenerator<number> {
  for (let i = 0; i < to; i++) {
    await null;
    yield i;
  }
}

export const answer = 42;

export function isMain(): boolean {
  return import.meta.main === true;
}
