/** Frozen graphs: making them, reading them, and how they cross: one object for each graph and interpreter. */
import { Frozen } from "../frozen.ts";
import { Known, newNumber } from "../shared_memory.ts";
import { lay } from "./freezer.ts";
import { Graph } from "./graph.ts";
import { HEADER } from "./layout.ts";
import { thaw } from "./thaw.ts";
import { views } from "./views.ts";

/** What crosses: the graph's number, its memory, and what is beside that. */
export type Description = [id: number, buffer: SharedArrayBuffer, side: readonly object[]];

const known = new Known<Frozen<unknown>>();

/** What crosses of a frozen value. */
export function describe(frozen: Frozen<unknown>): Description {
  const { buffer, side } = graphOf(frozen);
  return [idOf(buffer), buffer, side];
}

/** The one Frozen of this interpreter for a description. */
export function adopt([id, buffer, side]: Description): Frozen<unknown> {
  return known.get(id) ?? keep(id, buffer, side);
}

/** See `freeze` in frozen.ts. */
export function freeze(value: unknown): Frozen<unknown> {
  if (value instanceof Frozen) return value;
  const id = newNumber();
  const { buffer, side } = lay(value, id, function isFrozen(part) {
    return part instanceof Frozen;
  });
  return keep(id, buffer, side);
}

/** The graph in `buffer`, whatever that holds: for tests. */
export function open(buffer: SharedArrayBuffer, side: readonly object[]): Frozen<unknown> {
  return new Frozen(new Graph(buffer, side, views) as never);
}

function keep(id: number, buffer: SharedArrayBuffer, side: readonly object[]): Frozen<unknown> {
  return known.keep(id, open(buffer, side));
}

/** The value of a graph. */
export function read(frozen: Frozen<unknown>): unknown {
  return graphOf(frozen).value(HEADER.ROOT);
}

/** A copy of it. A frozen value that it holds twice is copied once. */
export function thawed(frozen: Frozen<unknown>): unknown {
  const copies = new Map<object, unknown>();
  const todo: (() => void)[] = [];
  function copyOf(part: object): unknown {
    if (!(part instanceof Frozen)) return part;
    if (!copies.has(part)) copies.set(part, thaw(graphOf(part), todo, copyOf));
    return copies.get(part);
  }
  const copy = copyOf(frozen);
  // Grows while it is gone through.
  for (let at = 0; at < todo.length; at++) {
    todo[at]!();
    todo[at] = undefined!;
  }
  return copy;
}

/** How many bytes it takes. */
export function byteLengthOf(frozen: Frozen<unknown>): number {
  return graphOf(frozen).buffer.byteLength;
}

function graphOf(frozen: Frozen<unknown>): Graph {
  return Frozen.graphOf(frozen) as Graph;
}

function idOf(buffer: SharedArrayBuffer): number {
  return new Float64Array(buffer, 8 * HEADER.ID, 1)[0]!;
}
