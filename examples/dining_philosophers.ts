/**
 * Five philosophers think and eat, each with the two forks beside the plate: as a network in which the forks are processes too.
 *
 * Who takes the left fork first, as all others do, may starve with them: that network reports who waits for whom. It is enough
 * that one of them takes the right one first.
 *
 * Run it: `deno run --allow-read=. --allow-env examples/dining_philosophers.ts`, `bun examples/dining_philosophers.ts`,
 * `node examples/dining_philosophers.ts`
 */
import {
  DeadlockError,
  type Network,
  network,
  type Receiver,
  select,
  type Sender,
  sending,
  sleep,
  task,
} from "@pool/csp";
import assert from "node:assert/strict";

const SEATS = 5;
const MEALS = 3;

interface Hands {
  readonly first: Receiver<"fork">;
  readonly second: Receiver<"fork">;
  readonly firstBack: Sender<"fork">;
  readonly secondBack: Sender<"fork">;
}

/** Eats with one fork in each hand; thinks for a moment between the two. */
const philosopher = task(import.meta, async function philosopher(hands: Hands, meals: number): Promise<void> {
  for (let meal = 0; meal < meals; meal++) {
    const first = await hands.first.receive();
    await sleep(30);
    const second = await hands.second.receive();
    await hands.firstBack.send(first);
    await hands.secondBack.send(second);
  }
});

/** Lies there until one of its neighbours takes it, and until it comes back. */
const fork = task(
  import.meta,
  async function fork(
    { one, other, back }: { one: Sender<"fork">; other: Sender<"fork">; back: Receiver<"fork"> },
  ): Promise<void> {
    while (!back.closed) {
      await select({ one: sending(one, "fork"), other: sending(other, "fork") });
      await back.receive();
    }
  },
);

/** The table; `rightFirst` says who takes the right fork first. */
function table(rightFirst: (seat: number) => boolean): Network {
  const net = network("table");
  for (let seat = 0; seat < SEATS; seat++) {
    net.process(`philosopher ${seat}`, philosopher, {
      in: ["first", "second"],
      out: ["firstBack", "secondBack"],
      args: [MEALS],
    });
    net.process(`fork ${seat}`, fork, { in: ["back"], out: ["one", "other"] });
    const left = seat;
    const right = (seat + 1) % SEATS;
    const [first, second] = rightFirst(seat) ? [right, left] : [left, right];
    // A fork's neighbours: "one" has it on the left, "other" on the right.
    const portOf = (fork: number): string => fork === left ? "one" : "other";
    net.channel(`fork ${first}.${portOf(first)}`, `philosopher ${seat}.first`)
      .channel(`fork ${second}.${portOf(second)}`, `philosopher ${seat}.second`)
      .channel(`philosopher ${seat}.firstBack`, `fork ${first}.back`)
      .channel(`philosopher ${seat}.secondBack`, `fork ${second}.back`);
  }
  return net;
}

if (import.meta.main) {
  const right = table((seat) => seat === 0);
  await right.start().done;
  const { channels } = await right.ping();
  const meals = channels.filter(({ from }) => from.endsWith(".secondBack")).reduce(
    (sum, { sent }) => sum + sent,
    0,
  );
  assert.equal(meals, SEATS * MEALS);
  console.log(`${meals} meals were eaten`);

  const wrong = table(() => false);
  try {
    await wrong.start().done;
  } catch (error) {
    assert(error instanceof DeadlockError);
    for (const { process, operation, channel } of error.waiting) {
      if (process.startsWith("philosopher")) console.log(`${process} waits to ${operation}: ${channel}`);
    }
  }
}
