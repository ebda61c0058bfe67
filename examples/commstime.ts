/**
 * Commstime, the classic measure of communicating processes: a ring of prefix, delta and successor counts up and shows each
 * number to a consumer. A round is four communications and, by delta, one of two at once.
 *
 * The same network runs twice: with all of its processes in this interpreter, and spread over the shared ones.
 *
 * Run it: `deno run --allow-read=. examples/commstime.ts`, `bun examples/commstime.ts`, `node examples/commstime.ts`
 */
import { chan, delta, par, prefix, proc, type Receiver, successor } from "@pool/csp";

const ROUNDS = 10_000;

/** Takes `rounds` numbers and results in the last one and the milliseconds that a round has taken. */
async function consume(numbers: Receiver<number>, rounds: number): Promise<{ last: number; ms: number }> {
  await numbers.receive(); // everybody is there now
  const began = performance.now();
  let last = 0;
  for (let i = 0; i < rounds; i++) last = await numbers.receive();
  return { last, ms: (performance.now() - began) / rounds };
}

for (const [where, start] of [["in one interpreter", proc.local], ["in parallel", proc]] as const) {
  const [a, b, c, d] = [chan<number>(), chan<number>(), chan<number>(), chan<number>()];
  // When the consumer has enough, its end of `d` retires; delta ends, and after it everybody else.
  const [{ last, ms }] = await par(
    start(consume, d.receiver(), ROUNDS),
    start(prefix<number>, c.receiver(), a.sender(), 0),
    start(delta<number>, a.receiver(), b.sender(), d.sender()),
    start(successor<number>, b.receiver(), c.sender()),
  );
  console.log(`${where}: counted to ${last}, ${Math.round(ms * 1e6)} ns a round`);
}
