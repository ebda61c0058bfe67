/**
 * Classes that say themselves how their instances cross.
 *
 * @module
 */

import type { toShared as Protocol } from "./api.ts";

/** The symbol of api.ts, which this module does not load. */
export const toShared: typeof Protocol = Symbol.for("@pool/csp.toShared") as never;

/** An instance that crosses by its own protocol. */
export interface Shareable {
  /** The shareable value that stands for this instance; given to the class's `fromShared` at the receiver. */
  [Protocol](): unknown;
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

/** See `registerShareable` in api.ts. */
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
