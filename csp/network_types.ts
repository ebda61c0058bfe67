/** What networks take and give: types, which no runtime loads. */
import type { Receiver, Sender } from "../channels/mod.ts";

/** What a network's process gets first: an end for each of its ports. */
export type NetworkPorts<I extends string, O extends string> =
  // Nothing says which values a port carries: the function's own parameter does.
  // deno-lint-ignore no-explicit-any
  & { readonly [K in I]: Receiver<any> }
  // deno-lint-ignore no-explicit-any
  & { readonly [K in O]: Sender<any> };

/** Options of {@link Network.process}. */
export interface NetworkProcessOptions<I extends string, O extends string, A extends unknown[]> {
  /** Names of the ports it receives from; none by default. */
  readonly in?: readonly I[] | undefined;
  /** Names of the ports it sends to; none by default. */
  readonly out?: readonly O[] | undefined;
  /** How many such processes run, at least 1, the default. They share the ports: each value goes to one of them. */
  readonly parallel?: number | undefined;
  /** What the function gets after its ports: shareable values, unless it is local. */
  readonly args?: readonly [...A] | undefined;
  /** In this interpreter: closures are welcome, values go by reference. */
  readonly local?: boolean | undefined;
  /**
   * Whether the process may count as deadlocked: `true` promises that what it waits for in operations of this library, channels and
   * locks among its `args` included, comes from processes of this network alone, and that it waits for all of it; `false` says that
   * something else may make it go on. Without it, that is read from the function; see the network's documentation.
   */
  readonly watch?: boolean | undefined;
}

/** Options of {@link Network.channel}. */
export interface NetworkChannelOptions {
  /** How many values it holds before senders wait: an integer of at least 0, the default. */
  readonly capacity?: number | undefined;
}

/** Options of {@link Network.stop}. */
export interface NetworkStopOptions {
  /** Milliseconds, fractions count, at least 0: what has not drained by then is cancelled. Default: no limit. */
  readonly timeout?: number | undefined;
}

/** How a network stands. */
export type NetworkState = "idle" | "running" | "paused" | "stopping" | "done" | "failed";

/** How a process of a network stands: "waiting" in an operation, "paused" in one or before its next. */
export type NetworkProcessState =
  | "idle"
  | "running"
  | "waiting"
  | "paused"
  | "done"
  | "failed"
  | "cancelled";

/** One process in a {@link NetworkReport}. */
export interface NetworkProcessReport {
  /** Its name; several replicas share it. */
  readonly name: string;
  /** Which of several, from 0; only where `parallel` is above 1. */
  readonly replica?: number;
  /** How it stands. */
  readonly state: NetworkProcessState;
  /** What it waits in. */
  readonly operation?: "send" | "receive" | "select" | "lock";
  /** The channel it waits for, as "a.out -> b.in"; of a select, all of them, separated by commas. */
  readonly channel?: string;
}

/** One channel in a {@link NetworkReport}. */
export interface NetworkChannelReport {
  /** The process and out port it leads from, as "process.port". */
  readonly from: string;
  /** The process and in port it leads to, as "process.port". */
  readonly to: string;
  /** Values that are buffered now. Channels to one in port are the same and have one buffer. */
  readonly size: number;
  /** Most values that it buffers; 0: none. */
  readonly capacity: number;
  /** Values sent so far by `from` to `to`. */
  readonly sent: number;
}

/** What {@link Network.ping} gives. */
export interface NetworkReport {
  /** The network's name. */
  readonly name: string;
  /** How the whole stands. */
  readonly state: NetworkState;
  /** Its processes, in the order in which they were added. */
  readonly processes: readonly NetworkProcessReport[];
  /** Its channels, in the order in which they were added. */
  readonly channels: readonly NetworkChannelReport[];
}
