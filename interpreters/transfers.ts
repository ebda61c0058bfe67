/** What a letter moves: the buffers, ports and streams that leave the sender when it is posted. */
import type { Carried } from "./carried.ts";
import type { Letter, Outcome } from "./protocol.ts";

/** Shorter bytes are copied: cheaper than moving a buffer. */
export const COPIED_BYTES = 4096;

/** The transfer list of a letter; the same when main passes it on. */
export function transfersOf(letter: Letter): Transferable[] {
  const list: Transferable[] = [];
  const carried = carriedBy(letter);
  if (carried === undefined || "plain" in carried) return list;
  const { bytes, side } = carried;
  if (bytes.byteLength > COPIED_BYTES) list.push(bytes.buffer);
  for (const entry of side ?? []) if (moves(entry)) list.push(entry);
  return list;
}

/** Among what stands in `side`, these are moved; the rest is shared by being cloned. */
function moves(entry: unknown): entry is Transferable {
  return entry instanceof ArrayBuffer || entry instanceof MessagePort || entry instanceof ReadableStream ||
    entry instanceof WritableStream || entry instanceof TransformStream;
}

/** The value that a letter carries, if there is one. */
export function carriedBy(letter: Letter): Carried | undefined {
  switch (letter.t) {
    case "request":
      return letter.work.do === "call"
        ? letter.work.args
        : letter.work.do === "bind"
        ? letter.work.bindings
        : undefined;
    case "reply":
      return carriedByOutcome(letter.outcome);
    case "last":
      return letter.outcome === undefined ? undefined : carriedByOutcome(letter.outcome);
    case "item":
      return letter.value;
    default:
      return undefined;
  }
}

/** A letter to oneself is not cloned, so what it moves is moved here. */
export function moveLocally(letter: Letter): void {
  const carried = carriedBy(letter);
  if (carried === undefined || "plain" in carried) return;
  carried.side?.forEach(function move(entry, i, side) {
    if (entry instanceof ArrayBuffer) side[i] = entry.transfer();
  });
}

/** The same of an outcome. */
export function carriedByOutcome(outcome: Outcome): Carried | undefined {
  if (outcome.is === "value") return outcome.value;
  return outcome.is === "refused" || outcome.is === "threw" ? outcome.error : undefined;
}
