/** What several interpreters have, known by numbers: one object for each in this interpreter, as long as somebody has it. */

/** See the file's description. */
export class Known<T extends object> {
  readonly #found = new Map<number, WeakRef<T>>();
  readonly #dropped = new FinalizationRegistry<number>((number) => {
    if (this.get(number) === undefined) this.#found.delete(number);
  });

  /** The one of this number. */
  get(number: number): T | undefined {
    return this.#found.get(number)?.deref();
  }

  /** From now on `thing` is the one of this number. */
  keep(number: number, thing: T): T {
    this.#found.set(number, new WeakRef(thing));
    this.#dropped.register(thing, number);
    return thing;
  }
}

/** A number for something new. Random: interpreters do not ask each other. 52 bits are enough for a billion things. */
export function newNumber(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return (high & 0xfffff) * 2 ** 32 + low + 1;
}
