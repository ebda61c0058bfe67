/** Checks what pools and executors have in common. */
import { SLOTS } from "../../kernel/layout.ts";
import { check } from "../../sharing/encode.ts";
import type { AnyFunction } from "../callable.ts";
import { refuseCaptured } from "../sending.ts";

/** `value`, if there can be so many interpreters. */
export function checkCount(action: string, name: string, value: unknown, most: number = SLOTS - 1): number {
  if (typeof value !== "number") {
    throw new TypeError(`${action}: ${name} is of type ${typeof value}; pass an integer of at least 1`);
  }
  if (!Number.isInteger(value) || value < 1 || value > most) {
    const range = most === Infinity ? "an integer of at least 1" : `an integer from 1 to ${most}`;
    throw new RangeError(`${action}: ${name} is ${value}; pass ${range}`);
  }
  return value;
}

/** The initializer and its arguments. */
export function checkInitializer(
  action: string,
  options: { readonly initializer?: unknown; readonly initargs?: unknown } | undefined,
): { readonly initializer: AnyFunction | undefined; readonly initargs: readonly unknown[] } {
  const { initializer, initargs = [] } = options ?? {};
  if (initializer !== undefined && typeof initializer !== "function") {
    throw new TypeError(`${action}: initializer is of type ${typeof initializer}; pass a function`);
  }
  if (!Array.isArray(initargs)) {
    throw new TypeError(`${action}: initargs is no array; pass its arguments as one`);
  }
  if (initializer !== undefined) refuseCaptured(initializer as AnyFunction);
  check(initargs, "initargs");
  return { initializer: initializer as AnyFunction | undefined, initargs: [...initargs] };
}

/** Throws unless `fn` is a function. */
export function checkTask(action: string, fn: unknown): void {
  if (typeof fn !== "function") throw new TypeError(`${action}: fn is ${kindOf(fn)}; pass a function`);
}

/** Throws unless `items` can be iterated; `async`: with awaits as well. */
export function checkItems(action: string, name: string, items: unknown, async: "async" | "sync"): void {
  if (typeof (items as Iterable<unknown> | undefined)?.[Symbol.iterator] === "function") return;
  if (typeof (items as AsyncIterable<unknown> | undefined)?.[Symbol.asyncIterator] !== "function") {
    throw new TypeError(`${action}: ${name} is ${kindOf(items)}; pass an iterable`);
  }
  if (async === "async") return;
  throw new TypeError(`${action}: ${name} is an async iterable; pass a synchronous one, or use Pool.imap`);
}

/** Throws unless `args` is an array. */
export function checkArgs(action: string, name: string, args: unknown): void {
  if (!Array.isArray(args)) {
    throw new TypeError(`${action}: ${name} is ${kindOf(args)}; pass an array of arguments`);
  }
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return typeof value === "object" ? "an object" : `of type ${typeof value}`;
}
