/**
 * Large arrays as proxies: elements are decoded when they are asked for.
 *
 * A trap costs far more than the element it gives, so methods that go through the whole array read it without: those of
 * {@link DIRECT} do, everything else is done by `Array.prototype` on the proxy. Once nearly all elements have been read they
 * are put into the proxy's target, and the trap for reading goes, or becomes a short one.
 */
import { readsTargets } from "../../runtime/latin1.ts";
import { type Graph, LONGEST_KEPT } from "./graph.ts";
import { damaged, SPARSE, TAG } from "./layout.ts";
import { described, refuseChange, Refusing } from "./object_views.ts";

/** Views of elements are kept in pages of so many. */
const PAGE = 1024;

const CHANGING: ReadonlySet<string> = new Set([
  "copyWithin",
  "fill",
  "pop",
  "push",
  "reverse",
  "shift",
  "sort",
  "splice",
  "unshift",
]);

const elementsOf = new WeakMap<object, Elements>();

/** The view of an array. */
export function arrayView(graph: Graph, cell: number): object {
  const elements = new Elements(graph, cell);
  const view = new Proxy([], new ArrayTraps(elements));
  elementsOf.set(view, elements);
  return view;
}

/** The elements of an array, wherever they lie. */
class Elements {
  readonly length: number;
  readonly #graph: Graph;
  /** The first value's cell. */
  readonly #first: number;
  /** Of a sparse one: the half cell of the first index, and how many there are. */
  readonly #indices: number;
  readonly #count: number;
  /** Elements that were read: reading one again gives the same. How many there are; then all of them. */
  readonly #pages: unknown[][] = [];
  #kept = 0;
  #all: readonly unknown[] | undefined;

  constructor(graph: Graph, cell: number) {
    graph.check(cell, 1);
    this.#graph = graph;
    this.length = graph.low(cell);
    if ((graph.high(cell) & SPARSE) === 0) {
      this.#first = cell + 1;
      this.#count = -1;
      this.#indices = 0;
      graph.check(cell, 1 + this.length);
      return;
    }
    graph.check(cell, 2);
    this.#count = graph.low(cell + 1);
    this.#indices = 2 * (cell + 2);
    this.#first = cell + 2 + Math.ceil(this.#count / 2);
    graph.check(this.#first, this.#count);
  }

  /** The cell of element `i`, or -1 where there is none. */
  #cellOf(i: number): number {
    if (!(i >= 0 && i < this.length)) return -1;
    if (this.#count < 0) return this.#first + i;
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#graph.halves[this.#indices + middle]! < i) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#graph.halves[this.#indices + low] === i ? this.#first + low : -1;
  }

  has(i: number): boolean {
    const cell = this.#cellOf(i);
    return cell >= 0 && this.#graph.tagAt(cell) !== TAG.HOLE;
  }

  at(i: number): unknown {
    if (this.#all !== undefined) return this.#all[i];
    const cell = this.#cellOf(i);
    if (cell < 0) return undefined;
    const page = this.#pages[Math.trunc(i / PAGE)] ??= [];
    const known = page[i % PAGE];
    if (known !== undefined) return known;
    const value = this.#graph.value(cell);
    // Long texts are not kept: they are large, and seldom asked for twice.
    if (value !== undefined && !(typeof value === "string" && value.length > LONGEST_KEPT)) {
      page[i % PAGE] = value;
      this.#kept++;
    }
    return value;
  }

  /** Whether so many have been read that the rest is decoded for less than that has cost. */
  get isRead(): boolean {
    return this.#count < 0 && this.#kept >= this.length - (this.length >>> 3);
  }

  /** Puts all of them into `target`. */
  fill(target: unknown[]): void {
    for (const i of this.indices()) target[i] = this.at(i);
    target.length = this.length;
    this.#all = target;
    this.#pages.length = 0;
  }

  /** The indices at which there is something, in order. */
  *indices(): Generator<number, undefined> {
    if (this.#count < 0) {
      for (let i = 0; i < this.length; i++) if (this.has(i)) yield i;
    } else {
      for (let i = 0; i < this.#count; i++) {
        const index = this.#graph.halves[this.#indices + i]!;
        if (index >= this.length) throw damaged();
        yield index;
      }
    }
    return undefined;
  }
}

/** The index that a key is, or -1. */
function indexOf(key: string): number {
  const { length } = key;
  let index = 0;
  for (let i = 0; i < length; i++) {
    const digit = key.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9 || i > 9) return -1;
    index = index * 10 + digit;
  }
  if (length === 0 || (length > 1 && key.charCodeAt(0) === 48)) return -1;
  return index < 2 ** 32 - 1 ? index : -1;
}

class ArrayTraps extends Refusing implements ProxyHandler<unknown[]> {
  readonly #elements: Elements;

  /** Where engines read targets faster, only until the target is filled. */
  get?: (target: unknown[], key: string | symbol, receiver: unknown) => unknown;

  constructor(elements: Elements) {
    super();
    this.#elements = elements;
    this.get = this.#get;
  }

  #get(target: unknown[], key: string | symbol, receiver: unknown): unknown {
    const index = typeof key === "string" ? indexOf(key) : -1;
    if (index < 0) return this.#getNamed(target, key, receiver);
    if (this.#elements.isRead) this.#fill(target);
    return this.#elements.at(index);
  }

  #getFilled(target: unknown[], key: string | symbol, receiver: unknown): unknown {
    const index = typeof key === "string" ? indexOf(key) : -1;
    return index < 0 ? Reflect.get(target, key, receiver) : target[index];
  }

  #getNamed(target: unknown[], key: string | symbol, receiver: unknown): unknown {
    if (key === Symbol.iterator) return DIRECT["values"];
    if (typeof key === "symbol") return Reflect.get(target, key, receiver);
    if (key === "length") return this.#elements.length;
    if (CHANGING.has(key)) return refuseChange;
    return Object.hasOwn(DIRECT, key) ? DIRECT[key] : Reflect.get(target, key, receiver);
  }

  /** From now on the target answers, with the same methods; the other traps hide those. */
  #fill(target: unknown[]): void {
    this.#elements.fill(target);
    for (const key of CHANGING) Object.defineProperty(target, key, hidden(refuseChange));
    for (const [key, method] of Object.entries(DIRECT)) Object.defineProperty(target, key, hidden(method));
    Object.defineProperty(target, Symbol.iterator, hidden(DIRECT["values"]));
    if (readsTargets) delete this.get;
    else this.get = this.#getFilled;
  }

  has(target: unknown[], key: string | symbol): boolean {
    if (typeof key === "symbol") return Reflect.has(target, key);
    const index = indexOf(key);
    return index >= 0 ? this.#elements.has(index) : Reflect.has(target, key);
  }

  ownKeys(): string[] {
    return [...Iterator.from(this.#elements.indices()).map(String), "length"];
  }

  getOwnPropertyDescriptor(_target: unknown[], key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === "symbol") return undefined;
    if (key === "length") {
      // As of the proxy's target, which it must not contradict.
      return { value: this.#elements.length, writable: true, enumerable: false, configurable: false };
    }
    const index = indexOf(key);
    return this.#elements.has(index) ? described(this.#elements.at(index)) : undefined;
  }
}

/** A property of a target that nobody sees. */
function hidden(value: unknown): PropertyDescriptor {
  return { value, enumerable: false, configurable: true, writable: true };
}

type Callback = (value: unknown, index: number, array: unknown) => unknown;

/** The elements of `view`, on which one of the methods below was called. */
function own(view: unknown): Elements {
  const elements = elementsOf.get(view as object);
  if (elements === undefined) {
    throw new TypeError("Cannot call an array's method: it belongs to a frozen array");
  }
  return elements;
}

/** The methods that read without traps. On anything but a view they are those of `Array.prototype`. */
const DIRECT: Readonly<Record<string, (this: unknown, ...args: never[]) => unknown>> = direct({
  *values(this: unknown): Generator<unknown> {
    const elements = own(this);
    for (let i = 0; i < elements.length; i++) yield elements.at(i);
  },
  *entries(this: unknown): Generator<[number, unknown]> {
    const elements = own(this);
    for (let i = 0; i < elements.length; i++) yield [i, elements.at(i)];
  },
  forEach(this: unknown, fn: Callback, self?: unknown): void {
    const elements = own(this);
    for (const i of elements.indices()) fn.call(self, elements.at(i), i, this);
  },
  map(this: unknown, fn: Callback, self?: unknown): unknown[] {
    const elements = own(this);
    const made: unknown[] = [];
    made.length = elements.length;
    for (const i of elements.indices()) made[i] = fn.call(self, elements.at(i), i, this);
    return made;
  },
  filter(this: unknown, fn: Callback, self?: unknown): unknown[] {
    const elements = own(this);
    const made: unknown[] = [];
    for (const i of elements.indices()) {
      const value = elements.at(i);
      if (fn.call(self, value, i, this)) made.push(value);
    }
    return made;
  },
  some(this: unknown, fn: Callback, self?: unknown): boolean {
    const elements = own(this);
    for (const i of elements.indices()) if (fn.call(self, elements.at(i), i, this)) return true;
    return false;
  },
  every(this: unknown, fn: Callback, self?: unknown): boolean {
    const elements = own(this);
    for (const i of elements.indices()) if (!fn.call(self, elements.at(i), i, this)) return false;
    return true;
  },
  find(this: unknown, fn: Callback, self?: unknown): unknown {
    const elements = own(this);
    for (let i = 0; i < elements.length; i++) {
      const value = elements.at(i);
      if (fn.call(self, value, i, this)) return value;
    }
    return undefined;
  },
  findIndex(this: unknown, fn: Callback, self?: unknown): number {
    const elements = own(this);
    for (let i = 0; i < elements.length; i++) if (fn.call(self, elements.at(i), i, this)) return i;
    return -1;
  },
  reduce(
    this: unknown,
    fn: (sum: unknown, ...rest: Parameters<Callback>) => unknown,
    ...start: unknown[]
  ): unknown {
    const elements = own(this);
    let [begun, sum] = [start.length > 0, start[0]];
    for (const i of elements.indices()) {
      sum = begun ? fn(sum, elements.at(i), i, this) : elements.at(i);
      begun = true;
    }
    if (!begun) throw new TypeError("Reduce of empty array with no initial value");
    return sum;
  },
  includes(this: unknown, wanted: unknown, from?: number): boolean {
    const elements = own(this);
    for (let i = startOf(from, elements.length); i < elements.length; i++) {
      const value = elements.at(i);
      if (value === wanted || (value !== value && wanted !== wanted)) return true;
    }
    return false;
  },
  indexOf(this: unknown, wanted: unknown, from?: number): number {
    const elements = own(this);
    for (let i = startOf(from, elements.length); i < elements.length; i++) {
      if (elements.at(i) === wanted && elements.has(i)) return i;
    }
    return -1;
  },
  at(this: unknown, index: number): unknown {
    const elements = own(this);
    const whole = Math.trunc(index) || 0;
    return elements.at(whole < 0 ? whole + elements.length : whole);
  },
  slice(this: unknown, from?: number, to?: number): unknown[] {
    const elements = own(this);
    const first = startOf(from, elements.length);
    const end = to === undefined ? elements.length : startOf(to, elements.length);
    const made: unknown[] = [];
    made.length = Math.max(0, end - first);
    for (let i = first; i < end; i++) if (elements.has(i)) made[i - first] = elements.at(i);
    return made;
  },
});

function startOf(from: number | undefined, length: number): number {
  const whole = Math.trunc(from ?? 0) || 0;
  return whole < 0 ? Math.max(0, whole + length) : Math.min(whole, length);
}

/** Each method as one that also works on other arrays, for those who take it from a view. */
function direct(
  methods: Record<string, (this: unknown, ...args: never[]) => unknown>,
): Record<string, (this: unknown, ...args: never[]) => unknown> {
  const made: Record<string, (this: unknown, ...args: never[]) => unknown> = Object.create(null);
  for (const [name, method] of Object.entries(methods)) {
    const general = (Array.prototype as unknown as Record<string, (...args: never[]) => unknown>)[name]!;
    made[name] = function (...args) {
      return (elementsOf.has(this as object) ? method : general).apply(this, args);
    };
  }
  return made;
}
