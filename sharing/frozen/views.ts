/**
 * Views of what a frozen graph holds: what reads like the original, and cannot be written.
 *
 * What is touched becomes frozen objects and arrays together with what it holds, since nothing else reads as fast: a proxy
 * costs V8 thirty times as much as a property. A bounded part of the graph at one touch: what lies deeper, arrays that are
 * too long for that, and objects of many keys are proxies that decode what is asked for.
 */
import { Frozen } from "../frozen.ts";
import { arrayView } from "./array_view.ts";
import { mapView, setView } from "./collection_views.ts";
import type { Graph, ViewMaker } from "./graph.ts";
import { SPARSE, TAG } from "./layout.ts";
import { dateView, deepView, wideView } from "./object_views.ts";
import { setKey } from "./shape.ts";

/** Objects of more keys are proxies. */
const MOST_KEYS = 64;
/** Longer strings, and buffers of more bytes, are not copied along with what is beside them. */
const LONGEST = 4096;
/** Objects deeper in what is touched are proxies: they could be as deep as they like. */
const DEEPEST = 128;

/** What one touch may decode of a large graph: less than a hundredth of the work of cloning it. */
const SHARE = 1 / 128;
const MOST = 2 ** 17;

/** Of any graph, in the work of about 20 ns; tests need less, to get at what lies beyond. */
export const touch = { least: 32_768 };

/** Work for values of each kind. */
const WORK = { NUMBER: 1 / 16, STRING: 4, OBJECT: 6, DATE: 80 } as const;

let left = 0;
let depth = 0;

/** Makes views; see the file's description. */
export const views: ViewMaker = {
  beside(part) {
    return part instanceof Frozen ? part.value as object : part;
  },
  view(graph, tag, cell) {
    const outermost = depth === 0;
    if (outermost) left = Math.min(MOST, Math.max(touch.least, graph.doubles.length * SHARE));
    depth++;
    try {
      return make(graph, tag, cell);
    } finally {
      depth--;
    }
  },
};

/** Whether nothing more is to become a real object at this touch. */
function isSpent(): boolean {
  return left <= 0 || depth >= DEEPEST;
}

function make(graph: Graph, tag: number, cell: number): object {
  left -= tag === TAG.DATE ? WORK.DATE : WORK.OBJECT;
  switch (tag) {
    case TAG.OBJECT:
      return objectView(graph, cell);
    case TAG.ARRAY:
      return listView(graph, cell);
    case TAG.MAP:
      // The last one of a chain looks up what it is asked for.
      return mapView(graph, cell, !isSpent());
    case TAG.SET:
      return setView(graph, cell, !isSpent());
    case TAG.DATE:
      return dateView(graph.copy(tag, cell) as Date);
    default:
      return graph.copy(tag, cell);
  }
}

function objectView(graph: Graph, cell: number): object {
  const shape = graph.shape(graph.low(cell));
  const { keys } = shape;
  graph.check(cell, 1 + keys.length);
  if (keys.length > MOST_KEYS || isSpent() || holdsLarge(graph, cell + 1, keys.length)) {
    return graph.keep(cell, wideView(graph, cell, shape));
  }
  const made = graph.keep(cell, shape.make());
  for (let i = 0; i < keys.length; i++) {
    const value = part(graph, cell + 1 + i);
    if (value !== undefined) setKey(made, keys[i]!, value);
  }
  return Object.freeze(made);
}

function listView(graph: Graph, cell: number): object {
  const length = graph.low(cell);
  const sparse = (graph.high(cell) & SPARSE) !== 0;
  if (!sparse) graph.check(cell, 1 + length);
  if (sparse || isSpent() || isTooMuch(graph, cell + 1, length)) {
    return graph.keep(cell, arrayView(graph, cell));
  }
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
  if (isSpent() && (tag === TAG.OBJECT || tag === TAG.ARRAY)) return deepView(graph, tag, graph.low(cell));
  left -= tag < TAG.STRING ? WORK.NUMBER : tag < TAG.OBJECT ? WORK.STRING : 0;
  return graph.value(cell);
}

/** Whether decoding `count` elements from `cell` on would be too much, judged by what some of them hold. */
function isTooMuch(graph: Graph, cell: number, count: number): boolean {
  if (count * WORK.NUMBER > left || holdsLarge(graph, cell, count)) return true;
  const numbers = !hasBlocks(graph, cell, count);
  if (numbers || count === 0) return false;
  const samples = [cell, cell + (count >>> 1), cell + count - 1].map((at) => workFor(graph, at, 3));
  return count * Math.max(...samples) > left;
}

function hasBlocks(graph: Graph, cell: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (graph.tagAt(cell + i) >= TAG.STRING) return true;
  return false;
}

/** About the work for the value in a cell, as far as it can be seen `levels` deep. */
function workFor(graph: Graph, cell: number, levels: number): number {
  const tag = graph.tagAt(cell);
  if (tag < TAG.STRING) return WORK.NUMBER;
  if (tag < TAG.OBJECT) return WORK.STRING;
  if (tag === TAG.DATE) return WORK.DATE;
  if (levels === 0 || (tag !== TAG.OBJECT && tag !== TAG.ARRAY)) return WORK.OBJECT;
  const block = graph.low(cell);
  graph.check(block, 1);
  const held = tag === TAG.ARRAY ? graph.low(block) : graph.shape(graph.low(block)).keys.length;
  if (held > MOST_KEYS) return WORK.OBJECT * MOST_KEYS;
  graph.check(block, 1 + held);
  let work: number = WORK.OBJECT;
  for (let i = 1; i <= held; i++) work += workFor(graph, block + i, levels - 1);
  return work;
}

/** Whether any of the values is so large that it is to be decoded when it is asked for itself. */
function holdsLarge(graph: Graph, cell: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const tag = graph.tagAt(cell + i);
    if (tag !== TAG.STRING && tag !== TAG.BUFFER && tag !== TAG.VIEW) continue;
    const block = graph.low(cell + i);
    graph.check(block, 1);
    const bytes = tag === TAG.STRING
      ? graph.low(block)
      : tag === TAG.BUFFER
      ? graph.doubles[block]!
      : graph.viewed(block);
    if (bytes > LONGEST) return true;
  }
  return false;
}
