/** Compares what arrives in another interpreter with what the same modules make there, and a class registered in both. */
import { registerShareable, task, toShared } from "@pool/csp";
import fc from "fast-check";
import { anyValue } from "../sharing/_arbitrary.ts";
import { CASES } from "../sharing/_cases.ts";
import { assertSame } from "../sharing/same.ts";

/** The random values of a seed, the same in every interpreter. */
export function samples(seed: number, count: number): unknown[] {
  return fc.sample(anyValue(), { seed, numRuns: count });
}

/** The values of {@link CASES} arrived as they are there; gives them back. */
export const checkCases: (values: Record<string, unknown>) => Record<string, unknown> = task(
  import.meta,
  function checkCases(values: Record<string, unknown>): Record<string, unknown> {
    for (const [name, value] of Object.entries(CASES)) assertSame(values[name], value);
    return values;
  },
);

/** The values of {@link samples} arrived as they are there; gives them back, one by one. */
export const checkSamples: (seed: number, ...values: unknown[]) => Generator<unknown> = task(
  import.meta,
  function* checkSamples(seed: number, ...values: unknown[]): Generator<unknown> {
    for (const [i, value] of samples(seed, values.length).entries()) {
      assertSame(values[i], value);
      yield values[i];
    }
  },
);

/** Crosses by its own protocol; what it holds may be anything that crosses. */
export interface Parcel {
  readonly label: string;
  open(): unknown;
}

class Packed implements Parcel {
  readonly label: string;
  readonly #content: unknown;

  constructor(label: string, content: unknown) {
    this.label = label;
    this.#content = content;
  }

  open(): unknown {
    return this.#content;
  }

  [toShared](): { label: string; content: unknown } {
    return { label: this.label, content: this.#content };
  }

  static fromShared({ label, content }: { label: string; content: unknown }): Packed {
    return new Packed(label, content);
  }
}
registerShareable("tests.Parcel", Packed);

export const Parcel: new (label: string, content: unknown) => Parcel = Packed;

/** Opens a parcel and packs what was in it again, inside another one. */
export const repack: (parcel: Parcel) => Parcel = task(import.meta, function repack(parcel: Parcel): Parcel {
  return new Parcel(`re-${parcel.label}`, [parcel, parcel.open()]);
});

export const throwParcel: (parcel: Parcel) => never = task(
  import.meta,
  function throwParcel(parcel: Parcel): never {
    throw Object.assign(new RangeError("A parcel was thrown", { cause: parcel }), { parcel });
  },
);

export const parcels: (n: number) => AsyncGenerator<Parcel> = task(
  import.meta,
  async function* parcels(n: number): AsyncGenerator<Parcel> {
    for (let i = 0; i < n; i++) yield await Promise.resolve(new Parcel(`${i}`, i));
  },
);
