/**
 * What is said of a value that cannot cross: where it sits, what it is, what to do instead.
 *
 * @module
 */

import { NotShareableError, whyStays } from "./errors.ts";

/** Thrown inside the walk; every level it passes through adds its segment, and the root makes the error of it. */
export class Refusal {
  /** What was found and what to do. */
  readonly reason: string;
  /** Path segments, innermost first. */
  readonly segments: string[] = [];
  /** The container whose body was put off when the refusal came, if one was: its own path is looked up. */
  within: object | undefined = undefined;

  constructor(reason: string) {
    this.reason = reason;
  }

  /** The error for the user. */
  toError(rootName: string, root: unknown): NotShareableError {
    const outer = this.within === undefined ? "" : pathTo(root, this.within);
    const path = rootName + outer + this.segments.reverse().join("");
    return new NotShareableError(`Cannot share ${shortened(path)}: ${this.reason}`, { path });
  }
}

/** `error`, on its way up through the part that is named by `segment`. */
export function within(error: unknown, segment: string): unknown {
  if (error instanceof Refusal) error.segments.push(segment);
  return error;
}

function shortened(path: string): string {
  return path.length <= 400 ? path : `${path.slice(0, 190)} … ${path.slice(-190)}`;
}

/** The path segment of a property. */
export function keySegment(key: string | symbol): string {
  if (typeof key === "symbol") return `[Symbol.for(${JSON.stringify(Symbol.keyFor(key))})]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(key)
    ? `.${key}`
    : `[${JSON.stringify(key)}]`;
}

/** The path segment of the value under `key` in a Map, at position `index`. */
export function entrySegment(key: unknown, index: number): string {
  switch (typeof key) {
    case "string":
      return `.get(${JSON.stringify(key)})`;
    case "bigint":
      return `.get(${key}n)`;
    case "symbol":
      return Symbol.keyFor(key) === undefined
        ? `.values()[${index}]`
        : `.get(Symbol.for("${Symbol.keyFor(key)}"))`;
    case "object":
      return key === null ? ".get(null)" : `.values()[${index}]`;
    case "function":
      return `.values()[${index}]`;
    default:
      return `.get(${Object.is(key, -0) ? "-0" : String(key)})`;
  }
}

/** The path from `root` to the container `target`, found by identity; "…" when getters hide it. */
function pathTo(root: unknown, target: object): string {
  const parents = new Map<object, { parent: object | undefined; segment: string }>();
  const queue: object[] = [];
  function visit(value: unknown, parent: object | undefined, segment: string): void {
    if (typeof value !== "object" || value === null || parents.has(value)) return;
    parents.set(value, { parent, segment });
    queue.push(value);
  }
  visit(root, undefined, "");
  for (let i = 0; i < queue.length && !parents.has(target); i++) {
    const at = queue[i]!;
    let position = 0;
    if (at instanceof Map) {
      for (const [key, value] of at) {
        visit(key, at, `.keys()[${position}]`);
        visit(value, at, entrySegment(key, position++));
      }
    } else if (at instanceof Set) { for (const value of at) visit(value, at, `.values()[${position++}]`); }
    else if (ArrayBuffer.isView(at)) continue;
    else {
      for (const key of Object.keys(at)) {
        const isElement = Array.isArray(at) && String(Number(key)) === key;
        visit((at as Record<string, unknown>)[key], at, isElement ? `[${key}]` : keySegment(key));
      }
    }
  }
  const segments: string[] = [];
  let at = parents.has(target) ? target : undefined;
  if (at === undefined) return "…";
  while (at !== undefined) {
    const link: { parent: object | undefined; segment: string } = parents.get(at)!;
    segments.push(link.segment);
    at = link.parent;
  }
  return segments.reverse().join("");
}

/** What to do instead, by class name. */
const HINTS: Readonly<Record<string, string>> = {
  Buffer: "send new Uint8Array(buffer)",
  URL: "send its href",
  URLSearchParams: "send its toString()",
  Headers: "send [...headers]",
  FormData: "send [...formData]",
  Blob: "send await blob.arrayBuffer()",
  File: "send await file.arrayBuffer()",
  Request: "send its url and what else is needed",
  Response: "send its status and await response.arrayBuffer()",
  Promise: "await it and send the result",
  WeakMap: "send a Map",
  WeakSet: "send a Set",
  WeakRef: "send what deref() gives",
  Number: "send its valueOf()",
  String: "send its valueOf()",
  Boolean: "send its valueOf()",
  BigInt: "send its valueOf()",
  Symbol: "send its valueOf() if it is from Symbol.for",
  Generator: "send [...it] or make it over there",
  AsyncGenerator: "collect its values or make it over there",
  Memory: "make it with { shared: true }",
  Instance: "send its Module and instantiate that over there",
  MessagePort: "use move(port)",
  ReadableStream: "use move(stream)",
  WritableStream: "use move(stream)",
  TransformStream: "use move(stream)",
};

/** The refusal of `value`, which is of no kind that crosses. */
export function refuse(value: unknown): Refusal {
  if (typeof value === "function") {
    const isClass = /^class\b/.test(Function.prototype.toString.call(value));
    const name = Object.getOwnPropertyDescriptor(value, "name")?.value;
    const what = isClass ? "class" : "function";
    const named = typeof name === "string" && name !== "" ? `${what} "${name}"` : `an anonymous ${what}`;
    return new Refusal(
      `${named} cannot cross inside a value, send data and keep code in the function that is called`,
    );
  }
  if (typeof value === "symbol") {
    return new Refusal(`${String(value)} exists in this interpreter only, use Symbol.for`);
  }
  const why = whyStays(value as object);
  if (why !== undefined) return new Refusal(why);
  const name = className(value as object);
  const hint = HINTS[name] ??
    (/ Iterator$/.test(name)
      ? "send [...it]"
      : "send a plain object, or register its class with registerShareable");
  return new Refusal(`an instance of ${name} cannot cross, ${hint}`);
}

/** The name of the class of `value`, as far as it can be told without running code of its own. */
export function className(value: object): string {
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const tag = Object.getOwnPropertyDescriptor(at, Symbol.toStringTag)?.value;
    const maker = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    const name = typeof maker === "function" && Object.getOwnPropertyDescriptor(maker, "name")?.value;
    if (typeof name === "string" && name !== "" && name !== "GeneratorFunction") return name;
    if (typeof tag === "string" && tag !== "") return tag;
  }
  return "an unnamed class";
}
