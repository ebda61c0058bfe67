/**
 * Searches for a number whose hash begins with many zero bits, in several interpreters at once; the first that finds
 * one cancels the others.
 *
 * The search loop never awaits. `signal.throwIfAborted()` reads a word of shared memory, so the loop sees the abort all
 * the same, and the interpreters are free for the next search: no thread is killed, none is started again.
 *
 * Run it: `deno run --allow-read=. examples/cancelled_search.ts`, `bun examples/cancelled_search.ts`,
 * `node examples/cancelled_search.ts`
 */
import { create, type Interpreter } from "@pool/csp";
import assert from "node:assert/strict";

/** Tries `start`, `start + step` and so on, until a hash begins with `zeros` zero bits or nobody waits any more. */
function search(text: string, zeros: number, start: number, step: number, signal?: AbortSignal): number {
  for (let n = start;; n += step) {
    if (n % 1024 < step) signal?.throwIfAborted();
    let hash = 0x811c9dc5;
    for (const character of text + n) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    if (Math.clz32(hash ^ (hash >>> 16)) >= zeros) return n;
  }
}

/** The first hit of any of the interpreters. Settles when all of them are free again. */
async function searchEverywhere(interpreters: Interpreter[], text: string, zeros: number): Promise<number> {
  const found = new AbortController();
  const searches = interpreters.map((interp, i) => {
    return interp.call(search, text, zeros, i, interpreters.length, found.signal);
  });
  const hit = await Promise.any(searches);
  found.abort();
  await Promise.allSettled(searches);
  return hit;
}

const interpreters = Array.from({ length: Math.max(2, navigator.hardwareConcurrency) }, () => create());

for (const text of ["alpha", "beta", "gamma"]) {
  const hit = await searchEverywhere(interpreters, text, 20);
  assert(interpreters.every((interp) => !interp.isRunning()));
  // Which hit comes first depends on timing; that it is one does not.
  assert.equal(await interpreters[0]!.call(search, text, 20, hit, 1), hit);
  console.log(`${text}${hit} begins with 20 zero bits`);
}
