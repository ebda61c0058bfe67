/** Dates that stay as they are, and objects as proxies: of many keys, looked up where they lie; or too deep to be decoded along with what holds them. */
import type { Graph } from "./graph.ts";
import { TAG } from "./layout.ts";
import type { Shape } from "./shape.ts";

/** Refuses every change. Proxies throw this in sloppy code, too. */
export function refuseChange(): never {
  throw new TypeError("Cannot change a frozen value: it is shared and read-only; thaw() gives a copy");
}

/** Traps that every view has: nothing about it can be changed. */
export abstract class Refusing {
  set(): never {
    return refuseChange();
  }
  defineProperty(): never {
    return refuseChange();
  }
  deleteProperty(): never {
    return refuseChange();
  }
  setPrototypeOf(): never {
    return refuseChange();
  }
  preventExtensions(): never {
    return refuseChange();
  }
}

/** The view of an object by its keys: each value is decoded when it is asked for, once. */
export function wideView(graph: Graph, cell: number, shape: Shape): object {
  const target = shape.bare ? Object.create(null) as object : {};
  return new Proxy(target, new WideObject(graph, cell, shape));
}

/** A property of a view. Configurable, as a proxy must say of what its target has not. */
export function described(value: unknown): PropertyDescriptor {
  return { value, writable: false, enumerable: true, configurable: true };
}

class WideObject extends Refusing implements ProxyHandler<object> {
  readonly #graph: Graph;
  readonly #cell: number;
  readonly #shape: Shape;
  readonly #values = new Map<string, unknown>();

  constructor(graph: Graph, cell: number, shape: Shape) {
    super();
    this.#graph = graph;
    this.#cell = cell;
    this.#shape = shape;
  }

  get(target: object, key: string | symbol, receiver: unknown): unknown {
    if (typeof key === "symbol") return Reflect.get(target, key, receiver);
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const at = this.#shape.find(key);
    if (at < 0) return Reflect.get(target, key, receiver);
    const value = this.#graph.value(this.#cell + 1 + at);
    this.#values.set(key, value);
    return value;
  }

  has(target: object, key: string | symbol): boolean {
    return typeof key === "string" && this.#shape.find(key) >= 0 || Reflect.has(target, key);
  }

  ownKeys(): string[] {
    return [...this.#shape.keys];
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === "symbol" || this.#shape.find(key) < 0) return undefined;
    return described(this.get(target, key, target));
  }
}

/** The view of an object or array that becomes a real one when it is touched itself. */
export function deepView(graph: Graph, tag: number, cell: number): object {
  graph.check(cell, 1);
  const known = graph.isShared(cell) ? graph.known(cell) : undefined;
  if (known !== undefined) return known;
  const bare = tag === TAG.OBJECT && graph.shape(graph.low(cell)).bare;
  const target = tag === TAG.ARRAY ? [] : bare ? Object.create(null) as object : {};
  return graph.keep(cell, new Proxy(target, new DeepObject(graph, tag, cell)));
}

class DeepObject extends Refusing implements ProxyHandler<object> {
  readonly #graph: Graph;
  readonly #tag: number;
  readonly #cell: number;
  #real: object | undefined;

  constructor(graph: Graph, tag: number, cell: number) {
    super();
    this.#graph = graph;
    this.#tag = tag;
    this.#cell = cell;
  }

  #open(): object {
    return this.#real ??= this.#graph.open(this.#tag, this.#cell);
  }

  get(_target: object, key: string | symbol): unknown {
    return Reflect.get(this.#open(), key);
  }

  has(_target: object, key: string | symbol): boolean {
    return Reflect.has(this.#open(), key);
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.#open());
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    const found = Reflect.getOwnPropertyDescriptor(this.#open(), key);
    if (found === undefined) return undefined;
    // The target's own `length`, which is fixed.
    if (Array.isArray(target) && key === "length") return { ...found, writable: true };
    return { ...found, configurable: true };
  }
}

const SETTERS: PropertyDescriptorMap = Object.fromEntries(
  Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith("set")).map((name) => [name, {
    value: refuseChange,
  }]),
);

/** `date`, whose methods change it no more. Those of `Date.prototype` still do, and no other interpreter sees it. */
export function dateView(date: Date): Date {
  return Object.freeze(Object.defineProperties(date, SETTERS));
}
