/**
 * The closed union of messages between two interpreters; the architecture of this folder in one page.
 *
 * Every interpreter has a link to main alone: its port, and rings in shared memory once more than a few letters went there. Main delivers what is addressed to it and passes the rest on by `to`,
 * unread; so it knows of every request under way, and can answer for an interpreter that has died.
 * Between two interpreters the order of messages is kept.
 *
 * A request has a key, unique for its sender. It gets exactly one reply, from the other side or, when that has died,
 * from the `died` notice. A reply of `stream` opens a stream under the same key: the sender of the request grants
 * credit by `pull`, the other side sends one `item` per credit and a `last`.
 */
import type { Wire } from "../sharing/wire.ts";
import type { Carried } from "./carried.ts";
import type { OfficeLink } from "./office_protocol.ts";

/** How a function is named over there. */
export type FunctionRef =
  /** By source: `code` comes along the first time; afterwards the key is enough. */
  | { by: "source"; key: number; name: string; code?: SourceCode }
  /** By `task(import.meta, …)`: the module at `url` declares it under `name`. */
  | { by: "task"; url: string; name: string }
  /** By `remote(url)` or `parallel([url, name])`: an export of the module. */
  | { by: "export"; url: string; name: string };

/** A function's source as it crosses. */
export interface SourceCode {
  text: string;
  strict: boolean;
  helpers: readonly string[];
  /** It may use the library, which must be loaded first. */
  library: boolean;
  /** It only computes: may run before anything is loaded. */
  simple: boolean;
}

/**
 * What a request asks for. `close` and `ready` are asked of main only. A call `as` a process of that name has the ends in
 * its arguments for itself: they retire when it ends.
 */
export type Work =
  | { do: "call"; fn: FunctionRef; args: Carried; unbound: readonly string[]; as?: string }
  | { do: "exec"; code: string; library: boolean }
  | { do: "bind"; bindings: Wire }
  /** Nothing but its turn: which of these names are not bound in the main namespace? */
  | { do: "names"; unbound: readonly string[] }
  | { do: "close"; id: number; force: boolean; wait: boolean }
  | { do: "ready"; id: number };

/** How a request ended. */
export type Outcome =
  | { is: "value"; value: Carried }
  | { is: "stream" }
  /** The code threw. `error` is missing when what was thrown cannot cross; `aborted`: it is the reason it was aborted for. */
  | { is: "threw"; type: string; message: string; stack: string; error?: Wire; aborted?: true }
  /** The function captures these names. */
  | { is: "captured"; names: readonly string[] }
  /** The library refused: rejects with this error itself. */
  | { is: "refused"; error: Wire };

/** A request's stop flag, see `stop_words.ts`. */
export interface Stop {
  /** Number of the table, of its caller's. */
  table: number;
  index: number;
  /** The table, the first time. */
  words?: Int32Array<SharedArrayBuffer>;
}

/** Between any two interpreters. */
export type Letter =
  & { from: number; to: number; key: number }
  & (
    | { t: "request"; work: Work; process: number; stop?: Stop }
    | { t: "reply"; outcome: Outcome }
    /** The caller no longer waits: abort the callee's signal, or forget the request if it has not begun. */
    | { t: "abort"; reason: Wire }
    | { t: "pull"; credit: number }
    /** The consumer is done: end the generator. */
    | { t: "end" }
    /** `idle`: the generator stands still until more credit comes. */
    | { t: "item"; value: Carried; idle: boolean }
    | { t: "last"; outcome?: Outcome }
    /** AbortSignals: `key` is the signal's, at its origin. */
    | { t: "watch" }
    | { t: "fired"; reason: Wire }
    | { t: "unwatch" }
  );

/** From main to an interpreter, beside letters. */
export type Order =
  | { t: "boot"; memory: WebAssembly.Memory; id: number; base: string; office: OfficeLink }
  /** Nothing was asked of you yet: load what most requests need. */
  | { t: "warm" }
  /** End by yourself; acknowledged by `stopped`. */
  | { t: "stop" }
  | { t: "died"; id: number; cause: Wire }
  /** From now on letters go by rings, see `link.ts`. `bell`: main's. */
  | {
    t: "rings";
    inbox: SharedArrayBuffer;
    outbox: SharedArrayBuffer;
    bell: Int32Array<SharedArrayBuffer>;
  };

/** From an interpreter to main, beside letters. */
export type Report =
  | { t: "ready" }
  /** From here on it uses the rings that it was given. */
  | { t: "rings" }
  /** It published an interpreter in the switchboard; start its thread. */
  | { t: "start"; id: number }
  | { t: "stopped" }
  /** It was told to stop, and its pools have work: it ends when that is done. */
  | { t: "lingers" }
  /** It may have let go of channels that hold each other. */
  | { t: "cycle" }
  /** An error nobody caught: this interpreter ends now. `error` is a text while the codec is not loaded. */
  | { t: "dying"; error: Wire | string };
