/**
 * Counts words of a generated text in one interpreter per core, with a task: the function uses helpers of its module.
 *
 * Every interpreter imports this module, so what only the program should do stands behind `if (import.meta.main)`.
 * The counts come back as a Map. Nothing depends on how many interpreters share the work.
 *
 * Run it: `deno run --allow-read=. examples/word_count.ts`, `bun examples/word_count.ts`, `node examples/word_count.ts`
 */
import { create, task } from "@pool/csp";
import assert from "node:assert/strict";

const SENTENCES = 200_000;
const WORDS = "the a core thread runs waits sends takes value and then sleeps again".split(" ");

/** Sentence number `n` of the text: always the same. */
function sentence(n: number): string {
  const words: string[] = [];
  let state = n + 1;
  for (let i = 0; i < 8; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    words.push(WORDS[state % WORDS.length]!);
  }
  return words.join(" ");
}

/** Counts the words of the sentences from `from` up to `to`. */
const countWords = task(
  import.meta,
  function countWords(from: number, to: number): Map<string, number> {
    const counts = new Map<string, number>();
    for (let n = from; n < to; n++) {
      for (const word of sentence(n).split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return counts;
  },
);

/** Adds the counts of `part` to `total`. */
function add(total: Map<string, number>, part: Map<string, number>): Map<string, number> {
  for (const [word, count] of part) total.set(word, (total.get(word) ?? 0) + count);
  return total;
}

if (import.meta.main) {
  const interpreters = Array.from({ length: navigator.hardwareConcurrency }, () => create());
  const share = Math.ceil(SENTENCES / interpreters.length);
  const parts = await Promise.all(interpreters.map((interp, i) => {
    return interp.call(countWords, i * share, Math.min((i + 1) * share, SENTENCES));
  }));
  const total = parts.reduce(add, new Map());

  assert.equal([...total.values()].reduce((sum, count) => sum + count), SENTENCES * 8);
  for (const [word, count] of [...total].sort(([, a], [, b]) => b - a).slice(0, 5)) {
    console.log(`${String(count).padStart(8)} ${word}`);
  }
}
