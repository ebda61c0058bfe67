/** The cases of a select, checked once and told apart; they give their guards anew for each select. */
import { GUARD, type Guard, type Guarded, type Sendable, SENDING } from "../channels/port.ts";
import { type PromiseCase, promiseCase } from "./promise_case.ts";
import { signalCase } from "./signal_case.ts";
import { staysHere } from "../sharing/errors.ts";

/** The send of `value` as a case. Throws `TypeError` when nothing can be sent to `to`. */
export function sendCase(to: unknown, value: unknown): Guarded {
  if (isSendable(to)) return new SendCase(to, value);
  throw new TypeError(
    `Cannot make a case that sends: ${name(to)} is nothing to send to; pass a Channel or a Sender`,
  );
}

class SendCase implements Guarded {
  static {
    staysHere(
      this.prototype,
      "a case that sends belongs to the select of one interpreter; send the channel and the value",
    );
  }

  readonly #to: Sendable;
  readonly #value: unknown;

  constructor(to: Sendable, value: unknown) {
    this.#to = to;
    this.#value = value;
  }

  [GUARD](): Guard {
    return this.#to[SENDING](this.#value);
  }
}

/** The enabled cases of a select, in order. */
export class CaseSet {
  /** The key of each. */
  readonly keys: (string | number)[] = [];
  readonly #cases: Guarded[] = [];
  #promises: PromiseCase[] | undefined;

  /** Throws `TypeError` when one of `items` is no case. `keys`: their names; without, their indices. */
  constructor(items: readonly unknown[], keys?: readonly string[]) {
    for (let i = 0; i < items.length; i++) this.#add(keys === undefined ? i : keys[i]!, items[i]);
  }

  /** Those of a plain object or an array, each read once. Throws `TypeError` when that is none, or has something else in it. */
  static of(cases: unknown): CaseSet {
    if (Array.isArray(cases)) return new CaseSet(cases);
    checkPlain(cases);
    const keys = Object.keys(cases);
    return new CaseSet(keys.map((key) => cases[key]), keys);
  }

  /** The guards of one select, in the order of `keys`; it is their only user. */
  guards(): Guard[] {
    const guards: Guard[] = [];
    for (const each of this.#cases) guards.push(each[GUARD]());
    return guards;
  }

  /** Whether some promise is so new here that it may be settled unnoticed; that is known one microtask later. */
  get hasNewPromise(): boolean {
    return this.#promises !== undefined && this.#promises.some((promise) => promise.isNew);
  }

  #add(key: string | number, item: unknown): void {
    // Off, like a nil channel of Go: it keeps its key.
    if (item === undefined || item === null || item === false) return;
    this.keys.push(key);
    if (isGuarded(item)) this.#cases.push(item);
    else if (item instanceof AbortSignal) this.#cases.push(signalCase(item));
    else if (isThenable(item)) {
      const promise = promiseCase(item);
      this.#cases.push(promise);
      (this.#promises ??= []).push(promise);
    } else {
      throw new TypeError(
        `Cannot select: case ${typeof key === "string" ? `"${key}"` : key} is ${name(item)}; ` +
          (isSendable(item)
            ? "pass sending(sender, value) to send"
            : "pass a Channel, a Receiver, sending(channel, value), a Promise or an AbortSignal, " +
              "or null, undefined or false for a case that is off"),
      );
    }
  }
}

/** Refuses what has no cases of its own, above all a lone channel: it would be waited for without end. */
export function checkPlain(cases: unknown): asserts cases is Record<string, unknown> {
  if (typeof cases === "object" && cases !== null) {
    const prototype: unknown = Object.getPrototypeOf(cases);
    if (prototype === Object.prototype || prototype === null) return;
  }
  throw new TypeError(
    `Cannot select: the cases are ${name(cases)}; pass an array or a plain object of cases`,
  );
}

function isGuarded(value: unknown): value is Guarded {
  return typeof value === "object" && value !== null && GUARD in value;
}

function isSendable(value: unknown): value is Sendable {
  return typeof value === "object" && value !== null && SENDING in value;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
}

/** How an error text names a value. */
function name(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `the function ${value.name || "(anonymous)"}`;
  if (typeof value !== "object") return `the ${typeof value} ${String(value)}`;
  const { constructor } = value as { constructor?: unknown };
  return `an object of class ${typeof constructor === "function" ? constructor.name : "(none)"}`;
}
