/**
 * Power series as networks of processes, after McIlroy's paper and Go's `powser1.go`: a series is a channel of its
 * coefficients, and unbuffered channels make each process compute only what is asked for.
 */
import type { Channel } from "@pool/csp";

/** A rational number in lowest terms, the denominator above 0. */
export interface Ratio {
  readonly num: bigint;
  readonly den: bigint;
}

/** Starts the processes of a series; each call gives its coefficients from the first one. Poison ends them. */
export type Series = () => Promise<Channel<Ratio>>;

/** Makes the channels. */
export type Link = () => Promise<Channel<Ratio>>;

/** num / den. */
export function ratio(num: bigint, den: bigint): Ratio {
  let [a, b] = [num < 0n ? -num : num, den];
  while (b !== 0n) [a, b] = [b, a % b];
  return { num: num / a, den: den / a };
}

/** 1. */
export const ONE: Ratio = { num: 1n, den: 1n };

function plus(a: Ratio, b: Ratio): Ratio {
  return ratio(a.num * b.den + b.num * a.den, a.den * b.den);
}

function times(a: Ratio, b: Ratio): Ratio {
  return ratio(a.num * b.num, a.den * b.den);
}

/** The series whose coefficient of x^n is `term(n)`. */
export function series(link: Link, term: (n: number) => Ratio): Series {
  return started(link, [], async (out) => {
    for (let n = 0;; n++) await out.send(term(n));
  });
}

/** f + g. */
export function sum(link: Link, f: Series, g: Series): Series {
  return started(link, [f, g], async (out, [f, g]) => {
    while (true) await out.send(plus(await f!.receive(), await g!.receive()));
  });
}

/** f * g: each new coefficient needs all the old ones. */
export function product(link: Link, f: Series, g: Series): Series {
  return started(link, [f, g], async (out, [f, g]) => {
    const fs: Ratio[] = [];
    const gs: Ratio[] = [];
    while (true) {
      const [a, b] = await Promise.all([f!.receive(), g!.receive()]);
      fs.push(a);
      gs.push(b);
      let total = ratio(0n, 1n);
      for (let i = 0; i < fs.length; i++) total = plus(total, times(fs[i]!, gs[gs.length - 1 - i]!));
      await out.send(total);
    }
  });
}

/** The integral of f, `constant` at 0. */
export function integral(link: Link, f: Series, constant: Ratio): Series {
  return started(link, [f], async (out, [f]) => {
    await out.send(constant);
    for (let n = 1n;; n++) await out.send(times(await f!.receive(), ratio(1n, n)));
  });
}

/** A process that reads `inputs` and writes one channel; poison of any of them poisons all. */
function started(
  link: Link,
  inputs: readonly Series[],
  process: (out: Channel<Ratio>, from: readonly Channel<Ratio>[]) => Promise<void>,
): Series {
  return async () => {
    const from = await Promise.all(inputs.map((input) => input()));
    const out = await link();
    process(out, from).catch((reason: unknown) => {
      for (const ch of [out, ...from]) ch.poison(reason);
    });
    return out;
  };
}
