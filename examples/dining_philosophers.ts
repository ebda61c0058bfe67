/**
 * Five philosophers eat, each with the two forks beside the plate: a network in which the forks are processes too, as in Hoare's book.
 *
 * When all take the left fork first, sooner or later each of them holds one and waits for the next: that network reports who waits
 * for whom. It is enough that one of them takes the right one first.
 *
 * Run it: `deno run --allow-read=. --allow-env examples/dining_philosophers.ts`, `bun examples/dining_philosophers.ts`,
 * `node examples/dining_philosophers.ts`
 */
import { DeadlockError, type Network, network, type Receiver, type Sender, sleep, task } from "@pool/csp";
import assert from "node:assert/strict";

const SEATS = 5;
const MEALS = 3;

/** To take a fork and to put it back is to send to it. */
interface Hands {
  readonly first: Sender<string>;
  readonly second: Sender<string>;
  readonly firstBack: Sender<string>;
  readonly secondBack: Sender<string>;
}

/** Eats `meals` times, and thinks for a moment with one fork in the hand. */
const philosopher = task(import.meta, async function philosopher(hands: Hands, meals: number): Promise<void> {
  for (let meal = 0; meal < meals; meal++) {
    await hands.first.send("take");
    await sleep(20);
    await hands.second.send("take");
    await hands.firstBack.send("back");
    await hands.secondBack.send("back");
  }
});

/** Can be taken when it is on the table: whoever else wants it waits until it is back. */
async function fork({ take, back }: { take: Receiver<string>; back: Receiver<string> }): Promise<void> {
  for await (const _ of take) await back.receive();
}

/** The table, with a philosopher who takes the right fork first at the seat `rightFirst`, if there is one. */
function table(meals: number, rightFirst?: number): Network {
  const net = network("table");
  for (let seat = 0; seat < SEATS; seat++) {
    const [left, right] = [seat, (seat + 1) % SEATS];
    const [first, second] = seat === rightFirst ? [right, left] : [left, right];
    net.process(`fork ${seat}`, fork, { in: ["take", "back"] })
      .process(`philosopher ${seat}`, philosopher, {
        out: ["first", "second", "firstBack", "secondBack"],
        args: [meals],
      })
      .channel(`philosopher ${seat}.first`, `fork ${first}.take`)
      .channel(`philosopher ${seat}.second`, `fork ${second}.take`)
      .channel(`philosopher ${seat}.firstBack`, `fork ${first}.back`)
      .channel(`philosopher ${seat}.secondBack`, `fork ${second}.back`);
  }
  return net;
}

if (import.meta.main) {
  const right = table(MEALS, 0);
  await right.start().done;
  const eaten = (await right.ping()).channels.filter(({ from }) => from.endsWith(".secondBack"));
  console.log(`${eaten.reduce((sum, { sent }) => sum + sent, 0)} meals were eaten`);

  try {
    await table(Infinity).start().done;
  } catch (error) {
    assert(error instanceof DeadlockError);
    for (const { process, operation, channel } of error.waiting) {
      if (operation === "send") console.log(`${process} waits for ${channel.split(" -> ")[1]}`);
    }
  }
}
