/**
 * This interpreter: who it is and how its letters leave. Main until the boot module says otherwise; one per thread.
 */
import type { Switchboard } from "../kernel/switchboard.ts";
import { enterPeers } from "../sharing/peers.ts";
import type { OfficeLink } from "./office_protocol.ts";
import type { Letter, Report } from "./protocol.ts";

/** See {@link realm}. */
export interface Realm {
  readonly id: number;
  readonly mode: "serial" | "concurrent";
  /** The slot of this interpreter in the switchboard. */
  readonly slot: number;
  /** Undefined in main until the first interpreter is made. */
  board: Switchboard | undefined;
  /** The way to the post office; undefined in main. */
  readonly office: OfficeLink | undefined;
  /** Sends a letter; letters to oneself come back in a later microtask. Throws, with nothing sent, when this interpreter was cut off. */
  post(letter: Letter): void;
  /** Tells main something; in main, tells the supervisor. */
  report(report: Report): void;
}

/** The current realm. Replaced as a whole, by `enterRealm`. */
export let realm: Realm = {
  id: 0,
  mode: "concurrent",
  slot: 0,
  board: undefined,
  office: undefined,
  post: notStarted,
  report: notStarted,
};

function notStarted(): never {
  throw new Error("Cannot send a letter: the supervisor is not loaded");
}

/** Makes `next` the realm of this thread: the supervisor does so in main, the boot module in an interpreter. */
export function enterRealm(next: Realm): void {
  realm = next;
  enterPeers(next.id, function isAlive(id) {
    return id === 0 || (realm.board?.find(id) ?? -1) >= 0;
  });
}
