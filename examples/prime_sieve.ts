/**
 * The prime sieve of the early Go papers: a chain of processes, of which each passes on what its own prime does not divide.
 * Every prime that comes out of the chain adds a process to it.
 *
 * Run it: `deno run --allow-read=. examples/prime_sieve.ts`, `bun examples/prime_sieve.ts`, `node examples/prime_sieve.ts`
 */
import { chan, generate, go, type Receiver, type Sender } from "@pool/csp";

const PRIMES = 40;

/** Passes on what `prime` does not divide, until nobody wants any more. */
async function sieve(input: Receiver<number>, output: Sender<number>, prime: number): Promise<void> {
  for await (const n of input) {
    // When nobody wants it this process returns, and so gives up its input.
    if (n % prime !== 0 && !(await output.send(n).then(() => true, () => false))) return;
  }
}

const numbers = chan<number>();
const processes = [go(generate, numbers.sender(), 2)];
const primes: number[] = [];

let candidates = numbers.receiver();
while (primes.length < PRIMES) {
  const prime = await candidates.receive();
  primes.push(prime);
  const rest = chan<number>();
  processes.push(go(sieve, candidates, rest.sender(), prime));
  candidates = rest.receiver();
}
// Who sends to the last one finds nobody there and ends, then who sends to it, and so on to the first.
candidates.retire();
await Promise.all(processes);

console.log(primes.join(" "));
console.log(`${processes.length} processes`);
