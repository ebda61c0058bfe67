/**
 * Counts the words of a text by map and reduce: a network that splits, counts in parallel, and sums.
 *
 * The text is no real one: 1.5 MB of words drawn from a made-up vocabulary by Zipf's law (the n-th word is 1/n as frequent as
 * the first), from a seed, so the counts are always the same.
 *
 * Run it: `deno run --allow-read=. --allow-env examples/word_count_network.ts`, `bun examples/word_count_network.ts`,
 * `node examples/word_count_network.ts`
 */
import { network, type Receiver, type Sender } from "@pool/csp";
import assert from "node:assert/strict";

const BYTES = 1_500_000;
const CHUNK = 32_768;
const VOCABULARY = 2_000;

/** Numbers from 0 to below 1, always the same. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return function next() {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Word number `n`: syllables for its digits in base 16. */
function word(n: number): string {
  return [...n.toString(16)].map((digit) =>
    "bacedifoguhajekilomunapesitoruva".slice(2 * parseInt(digit, 16)).slice(0, 2)
  ).join("");
}

/** At least `bytes` of text. */
function zipf(bytes: number, seed: number): string {
  const random = randomFrom(seed);
  const scale = Math.log(VOCABULARY);
  const words: string[] = [];
  for (let length = 0; length < bytes;) {
    // The inverse of the logarithm is near enough to the sum of 1/n.
    const next = word(Math.floor(Math.exp(random() * scale)));
    length += next.length + 1;
    words.push(next);
  }
  return words.join(" ");
}

/** Pieces of the text, cut between words. */
async function split({ chunks }: { chunks: Sender<string> }, text: string, size: number): Promise<void> {
  for (let from = 0; from < text.length;) {
    const space = text.indexOf(" ", from + size);
    const to = space < 0 ? text.length : space;
    await chunks.send(text.slice(from, to));
    from = to + 1;
  }
}

/** The words of each piece, counted. */
async function countWords(
  { chunks, counts }: { chunks: Receiver<string>; counts: Sender<Map<string, number>> },
): Promise<void> {
  for await (const chunk of chunks) {
    const found = new Map<string, number>();
    for (const word of chunk.split(" ")) found.set(word, (found.get(word) ?? 0) + 1);
    await counts.send(found);
  }
}

if (import.meta.main) {
  const text = zipf(BYTES, 7);
  const total = new Map<string, number>();
  await network("words")
    .process("split", split, { out: ["chunks"], args: [text, CHUNK] })
    .process("count", countWords, {
      in: ["chunks"],
      out: ["counts"],
      parallel: navigator.hardwareConcurrency,
    })
    .process("sum", async ({ counts }: { counts: Receiver<Map<string, number>> }) => {
      for await (const some of counts) {
        for (const [word, n] of some) total.set(word, (total.get(word) ?? 0) + n);
      }
    }, { in: ["counts"], local: true })
    .channel("split.chunks", "count.chunks", { capacity: 8 })
    .channel("count.counts", "sum.counts", { capacity: 8 })
    .start().done;

  assert.equal([...total.values()].reduce((sum, n) => sum + n), text.split(" ").length);
  console.log(`${text.length} bytes, ${total.size} words`);
  for (const [word, n] of [...total].sort(([, a], [, b]) => b - a).slice(0, 5)) {
    console.log(`${String(n).padStart(8)} ${word}`);
  }
}
