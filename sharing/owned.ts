/** Values with one owner; a facade without machinery. Source: the ownership of the 2016 proposal. */
import { OwnershipError } from "./errors.ts";
import { noteMovable } from "./movable.ts";

/**
 * A value that one interpreter owns. It can be used until it is sent; whoever receives it owns it then.
 *
 * @typeParam T The value's type.
 *
 * @example Once
 * ```ts
 * import { chan, owned, type Owned, OwnershipError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const boxes = chan<Owned<number[]>>(1);
 * const box = owned([1, 2, 3]);
 * await boxes.send(box);
 * assert.throws(() => box.value, OwnershipError);
 * assert.deepEqual((await boxes.receive()).value, [1, 2, 3]);
 * ```
 */
export class Owned<T> {
  #held: { readonly value: T } | undefined;
  /** A send that has it is under way: it is here until that has taken effect, and in no other send. */
  #leaving = false;

  /** Not for programs: use `owned`. */
  constructor(value: T) {
    this.#held = { value };
    noteMovable(this);
  }

  /**
   * The value.
   *
   * @throws {OwnershipError} When it was sent.
   */
  get value(): T {
    if (this.#held === undefined) {
      throw new OwnershipError("Cannot use the owned value: it was sent; whoever received it owns it");
    }
    return this.#held.value;
  }

  /** @internal A send begins that gives the value up, once it {@link left}; returns what takes that back. */
  static leave(box: Owned<unknown>): () => void {
    Owned.check(box);
    box.#leaving = true;
    return function stay() {
      box.#leaving = false;
    };
  }

  /** @internal It was sent. */
  static left(box: Owned<unknown>): void {
    box.#held = undefined;
  }

  /** @internal Throws when it was sent, or is being sent. */
  static check(box: Owned<unknown>): void {
    void box.value;
    if (!box.#leaving) return;
    throw new OwnershipError("Cannot send the owned value: it is being sent already; await that send first");
  }
}

/**
 * Gives a value one owner at a time: sending it gives it up here. Copies of it cannot be had by accident; where the value has
 * to be copied to cross, the original is let go of.
 *
 * @typeParam T The value's type.
 * @param value What is owned. Other references to it are not found: keep none.
 * @returns The box to be sent; `.value` here until then.
 *
 * @example A buffer that has one user
 * ```ts
 * import { create, owned, type Owned, OwnershipError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const interp = create();
 * const box = owned({ steps: [1, 2] });
 * const steps = await interp.call((box: Owned<{ steps: number[] }>) => box.value.steps.length, box);
 * assert.equal(steps, 2);
 * assert.throws(() => box.value, OwnershipError);
 * await interp.close();
 * ```
 */
export function owned<T>(value: T): Owned<T> {
  return new Owned(value);
}
