/** A frozen graph copied out: ordinary objects that can be changed, cycles and shared references as in the original. */
import type { Graph } from "./graph.ts";
import { damaged, HEADER, SPARSE, TAG } from "./layout.ts";
import { setKey } from "./shape.ts";

/**
 * A copy of all of `graph`, which is complete when what is put on `todo`, and what that puts there in turn, has been called.
 * `thawSide` copies what lies beside it, where that is a graph of its own.
 */
export function thaw(graph: Graph, todo: (() => void)[], thawSide: (part: object) => unknown): unknown {
  const made = new Map<number, object>();

  function value(cell: number): unknown {
    const tag = graph.tagAt(cell);
    if (tag < TAG.OBJECT) return graph.value(cell);
    const block = graph.low(cell);
    if (tag === TAG.SIDE) return thawSide(graph.beside(block));
    const known = made.get(block);
    if (known !== undefined) return known;
    const copy = begin(tag, block);
    made.set(block, copy);
    return copy;
  }

  /** The copy of a block; what it holds follows later, so that depth costs no stack. */
  function begin(tag: number, cell: number): object {
    graph.check(cell, 1);
    switch (tag) {
      case TAG.OBJECT: {
        const shape = graph.shape(graph.low(cell));
        graph.check(cell, 1 + shape.keys.length);
        const copy = shape.make();
        todo.push(() => {
          for (const [i, key] of shape.keys.entries()) {
            setKey(copy, key, value(cell + 1 + i));
          }
        });
        return copy;
      }
      case TAG.ARRAY:
        return beginArray(cell);
      case TAG.MAP: {
        const copy = new Map<unknown, unknown>();
        const size = graph.low(cell);
        graph.check(cell, 2 + 2 * size);
        todo.push(() => {
          for (let i = 0; i < size; i++) copy.set(value(cell + 2 + 2 * i), value(cell + 3 + 2 * i));
        });
        return copy;
      }
      case TAG.SET: {
        const copy = new Set<unknown>();
        const size = graph.low(cell);
        graph.check(cell, 2 + size);
        todo.push(() => {
          for (let i = 0; i < size; i++) copy.add(value(cell + 2 + i));
        });
        return copy;
      }
      default:
        return graph.copy(tag, cell);
    }
  }

  function beginArray(cell: number): unknown[] {
    const copy: unknown[] = [];
    const length = graph.low(cell);
    if ((graph.high(cell) & SPARSE) === 0) {
      graph.check(cell, 1 + length);
      copy.length = length;
      todo.push(() => {
        for (let i = 0; i < length; i++) {
          if (graph.tagAt(cell + 1 + i) !== TAG.HOLE) copy[i] = value(cell + 1 + i);
        }
      });
      return copy;
    }
    graph.check(cell, 2);
    const count = graph.low(cell + 1);
    const first = cell + 2 + Math.ceil(count / 2);
    graph.check(first, count);
    copy.length = length;
    todo.push(() => {
      for (let i = 0; i < count; i++) {
        const index = graph.halves[2 * (cell + 2) + i]!;
        if (index >= length) throw damaged();
        copy[index] = value(first + i);
      }
    });
    return copy;
  }

  return value(HEADER.ROOT);
}
