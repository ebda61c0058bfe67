/** Group "go programs": whole programs of Go's `test/chan` as networks of processes. */
import assert from "node:assert/strict";
import { type Channel, ChannelClosedError, type ReceivePort } from "@pool/csp";
import { within } from "../../_within.ts";
import { cases, type Harness, make } from "./harness.ts";
import { integral, ONE, product, type Ratio, ratio, type Series, series, sum } from "./power_series.ts";

/** The primes below 100. */
const PRIMES = [
  ...[2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47],
  ...[53, 59, 61, 67, 71, 73, 79, 83, 89, 97],
];

/** Registers the group. */
export function conformPrograms(h: Harness): void {
  const add = cases(h, "go programs");

  for (const capacity of [0, 1]) {
    add(`sieve1: a chain of filters finds the primes, capacity ${capacity}`, async () => {
      const all: Channel<number>[] = [];
      const started: Promise<void>[] = [];
      const link = async (): Promise<Channel<number>> => {
        const ch = await make<number>(h, capacity);
        all.push(ch);
        return ch;
      };
      let numbers = await link();
      started.push(generate(numbers));
      const primes: number[] = [];
      for (let i = 0; i < PRIMES.length; i++) {
        const prime = await within(numbers.receive());
        primes.push(prime);
        const next = await link();
        started.push(filter(numbers, next, prime));
        numbers = next;
      }
      assert.deepEqual(primes, PRIMES);
      for (const ch of all) ch.close();
      await within(Promise.all(started));
    });
  }

  add("sieve2: primes from merged streams of their multiples", async () => {
    const composites = await make<number>(h, 4);
    const primes = await make<number>(h, 1);
    const merging = merge(h, [2, 3, 5, 7], composites);
    const sieving = (async () => {
      let composite = await composites.receive();
      for (let n = 2; n < 100; n++) {
        while (composite < n) composite = await composites.receive();
        if (composite !== n) await primes.send(n);
      }
      primes.close();
      composites.close();
    })();
    const { values } = await within(h.own.run("receiveAll", primes));
    assert.deepEqual(values, PRIMES);
    await within(Promise.all([merging, sieving]));
  });

  add("powser1: sums, products and integrals of power series", async () => {
    const make_ = (): Promise<Channel<Ratio>> => make<Ratio>(h);
    const take = async (of: Series, n: number): Promise<string[]> => {
      const ch = await of();
      const terms: string[] = [];
      for (let i = 0; i < n; i++) {
        const { num, den } = await within(ch.receive());
        terms.push(den === 1n ? `${num}` : `${num}/${den}`);
      }
      ch.poison("enough");
      return terms;
    };
    const ones = series(make_, () => ONE);
    const naturals = series(make_, (n) => ratio(BigInt(n + 1), 1n));
    assert.deepEqual(await take(sum(make_, ones, naturals), 5), ["2", "3", "4", "5", "6"]);
    assert.deepEqual(await take(product(make_, ones, ones), 5), ["1", "2", "3", "4", "5"]);
    assert.deepEqual(await take(integral(make_, ones, ratio(0n, 1n)), 5), ["0", "1", "1/2", "1/3", "1/4"]);
    const exp: Series = series(make_, (n) => ratio(1n, factorial(n)));
    assert.deepEqual(await take(exp, 5), ["1", "1", "1/2", "1/6", "1/24"]);
    const squared = product(make_, exp, exp);
    assert.deepEqual(await take(squared, 6), ["1", "2", "2", "4/3", "2/3", "4/15"]);
  });

  add("MultiConsumer: 23 workers, every item is worked on once", async () => {
    const [items, results] = [await make<number>(h, 10), await make<number>(h, 2)];
    const TOTAL = h.isLocal ? 27_182 : 5000;
    const workers = Array.from({ length: 23 }, async () => {
      for await (const n of items) await results.send(n * 3);
    });
    const fed = (async () => {
      let expected = 0;
      for (let i = 0; i < TOTAL; i++) {
        const n = i % 97;
        expected += n * 3;
        await items.send(n);
      }
      items.close();
      await Promise.all(workers);
      results.close();
      return expected;
    })();
    const { values } = await within(h.own.run("receiveAll", results));
    assert.equal(values.length, TOTAL);
    assert.equal((values as number[]).reduce((a, b) => a + b, 0), await within(fed));
  });

  add("token ring: a token goes round 10 times through 50 processes", async () => {
    const ring = await Promise.all(Array.from({ length: 50 }, () => make<number>(h)));
    const processes = ring.map((from, i) => {
      const to = ring[(i + 1) % ring.length]!;
      return i === 0 ? undefined : h.own.run("copy", from, to);
    });
    let token = 0;
    for (let round = 0; round < 10; round++) {
      await within(ring[1]!.send(token));
      token = await within(ring[0]!.receive()) + 1;
    }
    assert.equal(token, 10);
    ring[1]!.close();
    await within(Promise.all(processes));
  });

  add("commstime: prefix, delta and successor count", async () => {
    const [a, b, c, out] = await Promise.all([0, 0, 0, 0].map(() => make<number>(h)));
    const processes = [
      stopped((async () => {
        await a!.send(0);
        for await (const n of c!) await a!.send(n);
      })()),
      stopped((async () => {
        for await (const n of a!) await Promise.all([b!.send(n), out!.send(n)]);
      })()),
      stopped((async () => {
        for await (const n of b!) await c!.send(n + 1);
      })()),
    ];
    for (let n = 0; n < 200; n++) assert.equal(await within(out!.receive()), n);
    for (const ch of [a, b, c, out]) ch!.close();
    await within(Promise.all(processes));
  });
}

/** 2, 3, 4 … until the channel closes. */
async function generate(to: Channel<number>): Promise<void> {
  await stopped((async () => {
    for (let n = 2;; n++) await to.send(n);
  })());
}

/** Passes on what `prime` does not divide. */
async function filter(from: ReceivePort<number>, to: Channel<number>, prime: number): Promise<void> {
  await stopped((async () => {
    for await (const n of from) {
      if (n % prime !== 0) await to.send(n);
    }
  })());
}

/** Sends the multiples of all `primes` in order, some of them more than once, until the channel closes. */
async function merge(h: Harness, primes: readonly number[], to: Channel<number>): Promise<void> {
  const sources = await Promise.all(primes.map(() => make<number>(h)));
  const multiples = sources.map((source, i) =>
    stopped((async () => {
      for (let n = 2;; n++) await source.send(primes[i]! * n);
    })())
  );
  const merged = (async () => {
    const heads = await Promise.all(sources.map((source) => source.receive()));
    while (true) {
      const least = heads.indexOf(Math.min(...heads));
      await to.send(heads[least]!);
      heads[least] = await sources[least]!.receive();
    }
  })();
  await stopped(merged);
  for (const source of sources) source.close();
  await Promise.all(multiples);
}

/** A process that ends when its channels close. */
async function stopped(process: Promise<void>): Promise<void> {
  try {
    await process;
  } catch (error) {
    if (!(error instanceof ChannelClosedError)) throw error;
  }
}

function factorial(n: number): bigint {
  let product = 1n;
  for (let i = 2n; i <= BigInt(n); i++) product *= i;
  return product;
}
