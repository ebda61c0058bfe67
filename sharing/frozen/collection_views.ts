/**
 * Maps and Sets of a frozen graph: real ones whose methods read the graph. A key is looked up by its hash.
 *
 * The methods are the view's own properties, not enumerable, so that its prototype is the original's.
 */
import { noteHollow } from "../hollow.ts";
import type { Graph } from "./graph.ts";
import { BOX, damaged, hashKey, TAG } from "./layout.ts";
import { refuseChange } from "./object_views.ts";

/** Where the entries of a Map (two cells each) or Set (one) lie. */
class Entries {
  readonly size: number;
  readonly #graph: Graph;
  readonly #first: number;
  readonly #width: number;
  readonly #mask: number;
  readonly #kept: unknown[] = [];

  constructor(graph: Graph, cell: number, width: number) {
    graph.check(cell, 2);
    this.#graph = graph;
    this.size = graph.low(cell);
    this.#mask = graph.low(cell + 1);
    this.#width = width;
    this.#first = cell + 2;
    graph.check(this.#first, width * this.size + (this.#mask === 0 ? 0 : (this.#mask + 1) / 2));
  }

  key(i: number): unknown {
    return this.#value(this.#width * i);
  }

  item(i: number): unknown {
    return this.#value(this.#width * i + this.#width - 1);
  }

  #value(offset: number): unknown {
    const kept = this.#kept[offset];
    if (kept !== undefined) return kept;
    const value = this.#graph.value(this.#first + offset);
    if (typeof value === "object" && value !== null) this.#kept[offset] = value;
    return value;
  }

  /** The position of the entry with this key, or -1. */
  find(key: unknown): number {
    if (typeof key === "function") return -1;
    // A view is found by asking each: it carries nothing that could be hashed.
    if (this.#mask === 0 || (typeof key === "object" && key !== null)) {
      for (let i = 0; i < this.size; i++) if (sameKey(this.key(i), key)) return i;
      return -1;
    }
    if (typeof key === "symbol" && Symbol.keyFor(key) === undefined) return -1;
    const [low, high] = halvesOf(key);
    return this.#graph.lookUp(
      2 * (this.#first + this.#width * this.size),
      this.#mask,
      hashKey(key, low, high),
      (entry) => {
        if (entry >= this.size) throw damaged();
        return sameKey(this.key(entry), key);
      },
    );
  }
}

function sameKey(one: unknown, other: unknown): boolean {
  return one === other || (one !== one && other !== other);
}

const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);

/** The halves of the cell in which a primitive stands; only of numbers and the like do they matter. */
function halvesOf(key: unknown): [number, number] {
  switch (typeof key) {
    case "number":
      number[0] = key === 0 ? 0 : key;
      return key === key ? [halves[0]!, halves[1]!] : [0, 0x7ff80000];
    case "boolean":
      return [0, BOX | (key ? TAG.TRUE : TAG.FALSE)];
    default:
      return [0, BOX | (key === null ? TAG.NULL : TAG.UNDEFINED)];
  }
}

function define(view: object, members: Record<string | symbol, unknown>): void {
  for (const key of Reflect.ownKeys(members)) {
    Object.defineProperty(view, key, { ...Object.getOwnPropertyDescriptor(members, key), enumerable: false });
  }
  Object.freeze(view);
}

/** Up to so many entries are in the view itself as well: there are comparisons that look past its methods. */
const MOST_INSIDE = 64;

/** The view of a Map; `fill`: its entries may become views along with it. */
export function mapView(graph: Graph, cell: number, fill: boolean): Map<unknown, unknown> {
  const entries = new Entries(graph, cell, 2);
  const view = graph.keep(cell, new Map<unknown, unknown>());
  function* pairs(): MapIterator<[unknown, unknown]> {
    for (let i = 0; i < entries.size; i++) yield [entries.key(i), entries.item(i)];
    return undefined;
  }
  if (fill && entries.size <= MOST_INSIDE) { for (const [key, item] of pairs()) view.set(key, item); }
  else noteHollow(view, pairs);
  define(view, {
    get size() {
      return entries.size;
    },
    get(key: unknown): unknown {
      const at = entries.find(key);
      return at < 0 ? undefined : entries.item(at);
    },
    has(key: unknown): boolean {
      return entries.find(key) >= 0;
    },
    entries: pairs,
    [Symbol.iterator]: pairs,
    *keys() {
      for (let i = 0; i < entries.size; i++) yield entries.key(i);
    },
    *values() {
      for (let i = 0; i < entries.size; i++) yield entries.item(i);
    },
    forEach(fn: (value: unknown, key: unknown, map: unknown) => void, self?: unknown): void {
      for (let i = 0; i < entries.size; i++) fn.call(self, entries.item(i), entries.key(i), view);
    },
    set: refuseChange,
    delete: refuseChange,
    clear: refuseChange,
  });
  return view;
}

/** The view of a Set; `fill`: its members may become views along with it. */
export function setView(graph: Graph, cell: number, fill: boolean): Set<unknown> {
  const entries = new Entries(graph, cell, 1);
  const view = graph.keep(cell, new Set<unknown>());
  function* members(): SetIterator<unknown> {
    for (let i = 0; i < entries.size; i++) yield entries.key(i);
    return undefined;
  }
  function general(name: string) {
    return function (...args: unknown[]): unknown {
      const copy = new Set(members()) as unknown as Record<string, (...args: unknown[]) => unknown>;
      return copy[name]!(...args);
    };
  }
  if (fill && entries.size <= MOST_INSIDE) { for (const member of members()) view.add(member); }
  else noteHollow(view, members);
  define(view, {
    get size() {
      return entries.size;
    },
    has(key: unknown): boolean {
      return entries.find(key) >= 0;
    },
    values: members,
    keys: members,
    [Symbol.iterator]: members,
    *entries() {
      for (let i = 0; i < entries.size; i++) yield [entries.key(i), entries.key(i)];
    },
    forEach(fn: (value: unknown, key: unknown, set: unknown) => void, self?: unknown): void {
      for (let i = 0; i < entries.size; i++) fn.call(self, entries.key(i), entries.key(i), view);
    },
    union: general("union"),
    intersection: general("intersection"),
    difference: general("difference"),
    symmetricDifference: general("symmetricDifference"),
    isSubsetOf: general("isSubsetOf"),
    isSupersetOf: general("isSupersetOf"),
    isDisjointFrom: general("isDisjointFrom"),
    add: refuseChange,
    delete: refuseChange,
    clear: refuseChange,
  });
  return view;
}
