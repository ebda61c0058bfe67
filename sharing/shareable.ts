/**
 * Classes that say themselves how their instances cross.
 *
 * @module
 */

/** The method name under which an instance gives the shareable value that stands for it. */
export const toShared: unique symbol = Symbol.for("@pool/csp.toShared") as never;

/** An instance that crosses by its own protocol. */
export interface Shareable {
  /** The shareable value that stands for this instance; given to the class's `fromShared` at the receiver. */
  [toShared](): unknown;
}

/** A class whose instances cross by their own protocol. */
export interface ShareableClass {
  /** What instances inherit. */
  readonly prototype: Shareable;
  /** The instance for what `[toShared]()` gave at the sender. */
  fromShared(value: never): object;
}

const classes = new Map<string, ShareableClass>();
const names = new Map<object, string>();

/**
 * Makes the instances of a class cross to other interpreters by the class's own protocol.
 *
 * `[toShared]()` gives a shareable value for an instance, the static `fromShared(value)` an instance for that value.
 * Register at the top level of a module that both interpreters load. Instances whose prototype is exactly
 * `cls.prototype` cross, at any depth; subclasses need a name of their own.
 *
 * @param name The name on the wire, the same in every interpreter
 * @param cls The class
 * @throws {TypeError} When the name belongs to another class, the class to another name, or a method is missing
 *
 * **Gotchas**: an instance that contains itself through `[toShared]()` cannot cross. Registering the same class again
 * under the same name does nothing.
 *
 * @example A point that stays a point
 * ```ts
 * import { isShareable, registerShareable, toShared } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * class Point {
 *   x: number;
 *   y: number;
 *   constructor(x: number, y: number) {
 *     this.x = x;
 *     this.y = y;
 *   }
 *   [toShared](): [number, number] {
 *     return [this.x, this.y];
 *   }
 *   static fromShared([x, y]: [number, number]): Point {
 *     return new Point(x, y);
 *   }
 * }
 * assert.equal(isShareable(new Point(1, 2)), false);
 * registerShareable("example.Point", Point);
 * assert.equal(isShareable(new Point(1, 2)), true);
 * ```
 */
export function registerShareable(name: string, cls: ShareableClass): void {
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      `Cannot register a shareable class: its name is ${String(name)}, give a non-empty string`,
    );
  }
  const given = cls as Partial<ShareableClass> | undefined;
  if (typeof (cls as unknown) !== "function" || typeof given?.prototype?.[toShared] !== "function") {
    throw new TypeError(
      `Cannot register the shareable class "${name}": it has no [toShared]() method, add one`,
    );
  }
  if (typeof given?.fromShared !== "function") {
    throw new TypeError(
      `Cannot register the shareable class "${name}": it has no static fromShared(), add one`,
    );
  }
  const known = classes.get(name);
  if (known === cls) return;
  if (known !== undefined) {
    throw new TypeError(
      `Cannot register the shareable class "${name}": another class has this name, choose a new one`,
    );
  }
  const other = names.get(cls.prototype);
  if (other !== undefined) {
    throw new TypeError(
      `Cannot register the shareable class "${name}": it is registered as "${other}" already`,
    );
  }
  classes.set(name, cls);
  names.set(cls.prototype, name);
}

/** The registered name of the class with exactly this prototype. */
export function shareableNameOf(prototype: object): string | undefined {
  return names.get(prototype);
}

/** The class registered under this name. */
export function shareableNamed(name: string): ShareableClass | undefined {
  return classes.get(name);
}
