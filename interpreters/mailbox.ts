/**
 * Hands each letter that arrives to the part of this interpreter that waits for it.
 *
 * Parts register when they load: an interpreter that never calls another never loads what waits for replies. Requests
 * that reach main before the code that runs them are kept, in order, until it is loaded.
 */
import { loadLater } from "../runtime/load_later.ts";
import { peerEnded } from "../sharing/peers.ts";
import type { Letter } from "./protocol.ts";

/** Who takes letters: `work` runs requests, `replies` belong to requests of ours, `signals` to AbortSignals that crossed; `handles`, `pools` and `ends` hear of deaths alone. */
export type Group = "work" | "replies" | "signals" | "handles" | "pools" | "ends";

/** A part that takes letters. */
export interface Receiver {
  letter(letter: Letter): void;
  /** Another interpreter has ended; nothing will come from it any more. */
  died(id: number, cause: unknown): void;
}

const GROUP_OF: Record<Letter["t"], Group> = {
  request: "work",
  abort: "work",
  pull: "work",
  end: "work",
  reply: "replies",
  item: "replies",
  last: "replies",
  watch: "signals",
  fired: "signals",
  unwatch: "signals",
};

const receivers: { [group in Group]?: Receiver } = {};
let waiting: Letter[] | undefined;

/** Registers the receiver of a group. */
export function receive(group: Group, receiver: Receiver): void {
  receivers[group] = receiver;
}

/** Hands a letter over. A letter for a group that is not loaded has nobody to wait for it: dropped, but for requests. */
export function deliver(letter: Letter): void {
  const group = GROUP_OF[letter.t];
  const receiver = receivers[group];
  if (receiver !== undefined && (group !== "work" || waiting === undefined)) return receiver.letter(letter);
  if (group !== "work") return;
  if (waiting !== undefined) {
    waiting.push(letter);
    return;
  }
  waiting = [letter];
  void loadLater("./incoming", import.meta.url).then(function flush() {
    const letters = waiting!;
    waiting = undefined;
    for (const letter of letters) receivers.work!.letter(letter);
  });
}

/** Tells every part that an interpreter has ended. */
export function announceDeath(id: number, cause: unknown): void {
  for (const receiver of Object.values(receivers)) receiver.died(id, cause);
  peerEnded(id);
}
