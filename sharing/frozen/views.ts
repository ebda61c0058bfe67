/**
 * Views of what a frozen graph holds: what reads like the original, and cannot be written.
 *
 * Small objects and arrays become frozen objects and arrays when they are touched, since nothing else reads as fast: on V8 a
 * proxy or an accessor costs twenty times as much as a property, and more. A bounded number of them at once: what lies
 * deeper, large arrays, and objects of many keys are proxies that decode what is asked for.
 */
import { Frozen } from "../frozen.ts";
import { arrayView } from "./array_view.ts";
import { mapView, setView } from "./collection_views.ts";
import { damaged, type Graph, type ViewMaker } from "./graph.ts";
import { SPARSE, TAG } from "./layout.ts";
import { deepView, wideView } from "./object_views.ts";

/** Objects of more keys, and arrays of more elements, are proxies. */
const MOST_KEYS = 64;
const MOST_ELEMENTS = 32;
/** Objects, arrays, Maps and Sets that become real ones at one touch. */
const MOST_AT_ONCE = 128;
/** Longer strings are not decoded along with what is beside them. */
const LONGEST_STRING = 4096;

let left = 0;

/** Makes views; see the file's description. */
export const views: ViewMaker = {
  beside(part) {
    return part instanceof Frozen ? part.value as object : part;
  },
  view(graph, tag, cell) {
    const outermost = left === 0;
    if (outermost) left = MOST_AT_ONCE;
    try {
      return make(graph, tag, cell);
    } finally {
      if (outermost) left = 0;
    }
  },
};

function make(graph: Graph, tag: number, cell: number): object {
  switch (tag) {
    case TAG.OBJECT:
      return objectView(graph, cell);
    case TAG.ARRAY:
      return listView(graph, cell);
    case TAG.MAP:
    case TAG.SET: {
      // A chain of them could be as deep as it likes: the last one looks up what it is asked for.
      const fill = left > 1;
      if (fill) left--;
      return tag === TAG.MAP ? mapView(graph, cell, fill) : setView(graph, cell, fill);
    }
    default:
      throw damaged();
  }
}

function objectView(graph: Graph, cell: number): object {
  const shape = graph.shape(graph.low(cell));
  const { keys } = shape;
  graph.check(cell, 1 + keys.length);
  if (keys.length > MOST_KEYS) return graph.keep(cell, wideView(graph, cell, shape));
  if (left === 1 || hasLongString(graph, cell + 1, keys.length)) {
    return graph.keep(cell, wideView(graph, cell, shape));
  }
  left--;
  const made = graph.keep(cell, shape.make());
  for (let i = 0; i < keys.length; i++) {
    const value = part(graph, cell + 1 + i);
    if (value !== undefined) set(made, keys[i]!, value);
  }
  return Object.freeze(made);
}

function set(made: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") made[key] = value;
  else Object.defineProperty(made, key, { value, writable: true, enumerable: true, configurable: true });
}

function listView(graph: Graph, cell: number): object {
  const length = graph.low(cell);
  const sparse = (graph.high(cell) & SPARSE) !== 0;
  if (!sparse) graph.check(cell, 1 + length);
  if (sparse || length > MOST_ELEMENTS || left === 1 || hasLongString(graph, cell + 1, length)) {
    return graph.keep(cell, arrayView(graph, cell));
  }
  left--;
  const made: unknown[] = graph.keep(cell, []);
  made.length = length;
  for (let i = 0; i < length; i++) {
    if (graph.tagAt(cell + 1 + i) !== TAG.HOLE) made[i] = part(graph, cell + 1 + i);
  }
  return Object.freeze(made);
}

/** A value in an object or array that becomes a real one. */
function part(graph: Graph, cell: number): unknown {
  const tag = graph.tagAt(cell);
  // Not as part of its parent: a chain of objects could be as deep as it likes.
  if (left <= 1 && (tag === TAG.OBJECT || tag === TAG.ARRAY)) return deepView(graph, tag, graph.low(cell));
  return graph.value(cell);
}

function hasLongString(graph: Graph, cell: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    if (graph.tagAt(cell + i) !== TAG.STRING) continue;
    const block = graph.low(cell + i);
    graph.check(block, 1);
    if (graph.low(block) > LONGEST_STRING) return true;
  }
  return false;
}
