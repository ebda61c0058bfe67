/**
 * Interpreters that call one another, with channels and ends in arguments and results, are closed by force at random
 * instants and replaced, again and again: every call settles, and no block of the heap is lost.
 *
 * `CSP_KILL_SECONDS`: how long; `CSP_SEED`: the seed of what is random.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { chan, create, type Interpreter, InterpreterError } from "@pool/csp";
import { randomBelow } from "../_random.ts";
import { within } from "../_within.ts";
import { buried } from "./_buried.ts";
import { audit } from "./_heap_audit.ts";

const SECONDS = Number(process.env["CSP_KILL_SECONDS"] ?? 3);
const SEED = Number(process.env["CSP_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const MANY = 3;

const random = randomBelow(SEED);

/** Something that crosses in one of the ways there are. */
function payload(n: number): unknown {
  switch (n % 6) {
    case 0:
      return chan(1);
    case 1:
      return { reply: chan(1).sender(), rest: [chan(2).receiver(), chan(0)] };
    case 2:
      return "x".repeat(n % 3000);
    case 3:
      return { n, text: "some text" };
    case 4:
      return new SharedArrayBuffer(8);
    default:
      return n;
  }
}

/** Calls a sibling and gives back what it was given, and a channel of its own. */
async function relay(other: Interpreter | undefined, given: unknown, n: number): Promise<unknown> {
  const { chan } = await import("@pool/csp");
  const values = chan(1);
  if (other === undefined) return n % 2 === 0 ? values : given;
  const limited = n % 3 === 0 ? other.with({ timeout: n % 5 }) : other;
  try {
    return [
      await limited.call((given: unknown, receiver: unknown) => [given, receiver], values, values.receiver()),
      n % 2 === 0 ? given : n,
    ];
  } catch {
    return values.sender();
  }
}

interface Party {
  readonly interp: Interpreter;
  /** It calls others; those that do not are serial, so that nobody waits for who waits for it. */
  readonly relays: boolean;
}

function start(): Party {
  const relays = random(3) > 0;
  return { interp: create({ mode: relays ? "concurrent" : "serial" }), relays };
}

const limit = { timeout: SECONDS * 1000 + 60_000 };

test("Interpreters are killed while they call one another", limit, async () => {
  console.log(`seed ${SEED}`);
  const parties = Array.from({ length: MANY }, start);
  const counts = { kills: 0, calls: 0, failed: 0, done: 0 };
  const pending = new Set<Promise<unknown>>();
  let progress = Promise.withResolvers<void>();

  function call(): void {
    const { interp, relays } = parties[random(MANY)]!;
    const { interp: other } = parties[random(MANY)]!;
    const n = counts.calls++;
    const ended = interp.call(relay, relays && other !== interp ? other : undefined, payload(n), n).then(
      function done() {
        counts.done++;
      },
      function failed(error: unknown) {
        assert.ok(error instanceof InterpreterError, String(error));
        counts.failed++;
      },
    ).finally(function settled() {
      pending.delete(ended);
      progress.resolve();
      progress = Promise.withResolvers();
    });
    pending.add(ended);
  }

  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end || counts.kills < 3) {
    // So many calls have ended since the last kill; what is under way when it comes is left to chance.
    const goal = counts.done + 5 + random(60);
    while (counts.done < goal) {
      while (pending.size < 40) call();
      await within(progress.promise, "any call");
    }
    const i = random(MANY);
    const { interp } = parties[i]!;
    counts.kills++;
    parties[i] = start();
    await within(interp.close({ force: true }), "the end of an interpreter");
  }
  await Promise.all(parties.map(({ interp }) => interp.close({ force: true })));
  await within(Promise.all(pending), "the calls");
  await buried();
  const { problems, counts: blocks, pages } = audit();
  assert.deepEqual(problems, []);
  console.log(`${JSON.stringify(counts)}, blocks ${JSON.stringify(blocks)}, ${pages} pages`);
});
