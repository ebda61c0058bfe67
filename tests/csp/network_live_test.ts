/**
 * Random networks that live, under load: none of them may be taken for deadlocked, or lose a value. `CSP_NETWORKS` is how many (200
 * in full), `CSP_SEED` the first seed.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { network, type Receiver, RWMutex, Semaphore, type Sender, setParallelism } from "@pool/csp";
import { randomFrom } from "../_random.ts";
import { within } from "../_within.ts";

const COUNT = Number(process.env["CSP_NETWORKS"] ?? 12);
const SEED = Number(process.env["CSP_SEED"] ?? 1);
/** Networks that run at once, and processes beside them that keep the interpreters busy. */
const AT_ONCE = 4;

/** A value goes through with now and then a pause; `busy` turns of a loop for each. */
async function work(
  { from, to }: { from: Receiver<number>; to: Sender<number> },
  busy: number,
  every: number,
): Promise<void> {
  const { sleep } = await import("@pool/csp");
  let seen = 0;
  for await (const n of from) {
    for (let i = 0; i < busy; i++);
    if (every > 0 && ++seen % every === 0) await sleep(1);
    await to.send(n);
  }
}

/** The same by selects of either side, one value in hand at most. */
async function alternate({ from, to }: { from: Receiver<number>; to: Sender<number> }): Promise<void> {
  const { select, sending } = await import("@pool/csp");
  for (;;) {
    const got = await select({ from });
    if (got.closed) return;
    await select({ to: sending(to, got.value) });
  }
}

/** A value goes through while a lock is held, that others want too: now and then one alone, and with a pause. */
async function guard(
  { from, to }: { from: Receiver<number>; to: Sender<number> },
  lock: RWMutex,
  permits: Semaphore,
): Promise<void> {
  const { sleep } = await import("@pool/csp");
  for await (const n of from) {
    const one = n % 5 === 0 ? await lock.lock() : await lock.rLock();
    const other = await permits.acquire(1 + n % 2);
    if (n % 7 === 0) await sleep(1);
    other.release();
    one.release();
    await to.send(n);
  }
}

/** One value in hand at most, by one select whose cases are off in turns. */
async function take({ from, to }: { from: Receiver<number>; to: Sender<number> }): Promise<void> {
  const { never, select, sending } = await import("@pool/csp");
  let held: number | undefined;
  for (;;) {
    const got = await select({
      from: held === undefined && from,
      to: held !== undefined && sending(to, held),
      never,
    });
    if (got.case === "from" && got.closed) return;
    held = got.case === "from" ? got.value as number : undefined;
  }
}

/** Sends its share, slowly or not; from outside of the library's sight. */
async function source({ to }: { to: Sender<number> }, count: number, pause: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    if (pause > 0 && n % 16 === 0) await new Promise((resolve) => setTimeout(resolve, pause));
    await to.send(n);
  }
}

/** Sends a value round a ring of processes and takes it back, before the next: almost all wait almost always. */
async function root(
  { from, out, back, to }: {
    from: Receiver<number>;
    out: Sender<number>;
    back: Receiver<number>;
    to: Sender<number>;
  },
): Promise<void> {
  for await (const n of from) {
    await out.send(n);
    await to.send(await back.receive());
  }
}

/** Runs a random network of layers, with a ring among them; all of what its sources send must arrive. */
async function live(seed: number): Promise<void> {
  const random = randomFrom(seed);
  const upTo = (n: number) => Math.floor(random() * n);
  const net = network(`seed ${seed}`);
  const sources = 1 + upTo(3);
  let sent = 0;
  let last: string[] = [];
  for (let i = 0; i < sources; i++) {
    const count = 20 + upTo(200);
    sent += count;
    net.process(`source ${i}`, source, { out: ["to"], args: [count, upTo(4)], local: random() < 0.3 });
    last.push(`source ${i}.to`);
  }
  const [lock, permits] = [new RWMutex(), new Semaphore(3)];
  const layers = 1 + upTo(4);
  for (let layer = 0; layer < layers; layer++) {
    const width = 1 + upTo(3);
    const next: string[] = [];
    for (let i = 0; i < width; i++) {
      const name = `layer ${layer} ${i}`;
      const common = {
        in: ["from"] as const,
        out: ["to"] as const,
        parallel: 1 + upTo(3),
        local: random() < 0.2,
      };
      const kind = upTo(8);
      if (kind < 4) {
        net.process(name, work, { ...common, args: [upTo(20_000), upTo(2) * (10 + upTo(20))] });
      } else if (kind < 6) net.process(name, guard, { ...common, args: [lock, permits] });
      else net.process(name, kind === 6 ? alternate : take, common);
      next.push(`${name}.to`);
    }
    // Each of the last layer's goes to one of this one's, and each of these gets something.
    const capacities = next.map(() => upTo(4));
    const size = Math.max(last.length, width);
    for (let i = 0; i < size; i++) {
      if (i >= last.length) {
        net.process(`feeds ${layer} ${i}`, source, { out: ["to"], args: [5, 1] });
        sent += 5;
      }
      const from = i < last.length ? last[i]! : `feeds ${layer} ${i}.to`;
      net.channel(from, `layer ${layer} ${i % width}.from`, { capacity: capacities[i % width] });
    }
    last = next;
  }
  const ring = 1 + upTo(4);
  net.process("root", root, { in: ["from", "back"], out: ["out", "to"] });
  for (let i = 0; i < ring; i++) {
    net.process(`ring ${i}`, random() < 0.5 ? alternate : work, {
      in: ["from"],
      out: ["to"],
      args: [upTo(1000), 0],
      local: random() < 0.2,
    } as never);
    net.channel(i === 0 ? "root.out" : `ring ${i - 1}.to`, `ring ${i}.from`, { capacity: upTo(2) });
  }
  net.channel(`ring ${ring - 1}.to`, "root.back");
  for (const from of last) net.channel(from, "root.from", { capacity: 3 });
  let got = 0;
  net.process("collect", async ({ from }: { from: Receiver<number> }) => {
    for await (const _ of from) got++;
  }, { in: ["from"], local: true });
  net.channel("root.to", "collect.from");
  try {
    await within(net.start().done, `network of seed ${seed}`, 60_000);
  } catch (error) {
    throw new Error(`Network of seed ${seed} failed: ${JSON.stringify(await net.ping())}`, { cause: error });
  }
  assert.equal(got, sent, `seed ${seed}`);
}

test(
  `DeadlockError comes in none of ${COUNT} live networks, from seed ${SEED}`,
  { timeout: 900_000 },
  async () => {
    setParallelism(2);
    let next = SEED;
    async function some(): Promise<void> {
      while (next < SEED + COUNT) await live(next++);
    }
    await Promise.all(Array.from({ length: AT_ONCE }, some));
  },
);
