/** The lists of keys in a frozen graph, as this interpreter reads them. */
import { define } from "../shapes.ts";
import type { Graph } from "./graph.ts";
import { damaged, hashString, NULL_PROTOTYPE } from "./layout.ts";

/** Shapes up to this many keys get a constructor of their own: objects of one shape are alike for the runtime, too. */
const COMPILED_KEYS = 64;

/** The keys of objects, decoded. */
export interface Shape {
  readonly keys: readonly string[];
  readonly bare: boolean;
  /** The position of a key, or -1. */
  find(key: string): number;
  /** Makes an object with these keys, all undefined. */
  make(): Record<string, unknown>;
}

/** The shape at `cell` of a graph. */
export function shapeAt(graph: Graph, cell: number): Shape {
  graph.check(cell, 2);
  const [count, mask] = [graph.low(cell), graph.high(cell)];
  const first = Math.ceil(count / 2);
  graph.check(cell, 2 + first + (mask === 0 ? 0 : (mask + 1) / 2));
  const bare = (graph.low(cell + 1) & NULL_PROTOTYPE) !== 0;
  return count > COMPILED_KEYS
    ? new WideShape(graph, cell, count, mask, bare)
    : new SmallShape(keysAt(graph, cell, count), bare);
}

function keysAt(graph: Graph, cell: number, count: number): string[] {
  const keys: string[] = [];
  for (let i = 0; i < count; i++) keys.push(graph.string(graph.halves[2 * (cell + 2) + i]!));
  return keys;
}

/** Gives an object that is being made a value under a key, whatever that means elsewhere. */
export function setKey(made: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") made[key] = value;
  else define(made, key, value);
}

/** A shape whose keys are all decoded. */
class SmallShape implements Shape {
  readonly keys: readonly string[];
  readonly bare: boolean;
  make: () => Record<string, unknown>;

  constructor(keys: readonly string[], bare: boolean) {
    this.keys = keys;
    this.bare = bare;
    this.make = () => {
      // From the second time on: most shapes of small graphs are used once.
      this.make = maker(keys, bare);
      return plainly(keys, bare);
    };
  }

  find(key: string): number {
    return this.keys.indexOf(key);
  }
}

/** A shape of many keys: looked up where they lie. */
class WideShape implements Shape {
  readonly bare: boolean;
  readonly #graph: Graph;
  readonly #cell: number;
  readonly #count: number;
  readonly #mask: number;
  #keys: readonly string[] | undefined;

  constructor(graph: Graph, cell: number, count: number, mask: number, bare: boolean) {
    this.#graph = graph;
    this.#cell = cell;
    this.#count = count;
    this.#mask = mask;
    this.bare = bare;
  }

  get keys(): readonly string[] {
    return this.#keys ??= keysAt(this.#graph, this.#cell, this.#count);
  }

  find(key: string): number {
    const graph = this.#graph;
    const first = 2 * (this.#cell + 2);
    const from = first + 2 * Math.ceil(this.#count / 2);
    return graph.lookUp(from, this.#mask, hashString(key), (entry) => {
      if (entry >= this.#count) throw damaged();
      return graph.string(graph.halves[first + entry]!) === key;
    });
  }

  make(): Record<string, unknown> {
    return plainly(this.keys, this.bare);
  }
}

function plainly(keys: readonly string[], bare: boolean): Record<string, unknown> {
  const made = (bare ? Object.create(null) : {}) as Record<string, unknown>;
  for (const key of keys) setKey(made, key, undefined);
  return made;
}

/** A function whose every object has the same hidden class; where code cannot be made from text, one that adds the keys. */
function maker(keys: readonly string[], bare: boolean): () => Record<string, unknown> {
  if (bare || keys.includes("__proto__")) return () => plainly(keys, bare);
  const fields = keys.map((key) => `${JSON.stringify(key)}: undefined`).join(", ");
  try {
    return new Function(`return {${fields}};`) as () => Record<string, unknown>;
  } catch {
    return () => plainly(keys, bare);
  }
}
