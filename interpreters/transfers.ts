/** What a letter moves: the buffers, ports and streams that leave the sender when it is posted. */
import type { Carried } from "./carried.ts";
import type { Letter, Outcome } from "./protocol.ts";

/** Shorter bytes are copied: cheaper than moving a buffer. */
const COPIED_BYTES = 4096;

/** The transfer list of a letter; the same when main passes it on. */
export function transfersOf(letter: Letter): Transferable[] {
  const list: Transferable[] = [];
  for (const carried of wiresOf(letter)) {
    if ("plain" in carried) continue;
    const { bytes, side } = carried;
    if (bytes.byteLength > COPIED_BYTES) list.push(bytes.buffer);
    for (const entry of side ?? []) if (moves(entry)) list.push(entry);
  }
  return list;
}

/** Among what stands in `side`, these are moved; the rest is shared by being cloned. */
function moves(entry: unknown): entry is Transferable {
  return entry instanceof ArrayBuffer || entry instanceof MessagePort || entry instanceof ReadableStream ||
    entry instanceof WritableStream || entry instanceof TransformStream;
}

/** Values that a letter carries. */
export function wiresOf(letter: Letter): Carried[] {
  switch (letter.t) {
    case "request":
      return letter.work.do === "call"
        ? [letter.work.args]
        : letter.work.do === "bind"
        ? [letter.work.bindings]
        : [];
    case "reply":
      return outcomeWires(letter.outcome);
    case "last":
      return letter.outcome === undefined ? [] : outcomeWires(letter.outcome);
    case "item":
      return [letter.value];
    default:
      return [];
  }
}

/** A letter to oneself is not cloned, so what it moves is moved here. */
export function moveLocally(letter: Letter): void {
  for (const carried of wiresOf(letter)) {
    if ("plain" in carried) continue;
    carried.side?.forEach(function move(entry, i, side) {
      if (entry instanceof ArrayBuffer) side[i] = entry.transfer();
    });
  }
}

function outcomeWires(outcome: Outcome): Carried[] {
  if (outcome.is === "value") return [outcome.value];
  if (outcome.is === "refused") return [outcome.error];
  return outcome.is === "threw" && outcome.error !== undefined ? [outcome.error] : [];
}
