/** What operators take and give, as types: above all the hubs {@link Mult}, {@link Pub} and {@link Mix}. */
import type { Channel } from "./channel.ts";
import type { ReceivePort, SendPort } from "./ports.ts";

/** What can be received from a port. */
export type ReceivedFrom<P> = P extends ReceivePort<infer T> ? T : never;

/** A value, or a promise of it, which is awaited. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Options of `pipe`, {@link Mult.tap} and {@link Pub.sub}. */
export interface PipeOptions {
  /** Whether the end of the input closes the output. Default true. */
  close?: boolean | undefined;
}

/** Gives every value to several channels; see `mult`. */
export interface Mult<T> {
  /** Lets a new channel get every value from now on. */
  tap(): Channel<T>;
  /** Lets `to` get every value from now on; once, however often it is asked for. */
  tap<P extends SendPort<T>>(to: P, options?: PipeOptions): P;
  /** `to` gets nothing more, not even what is being sent to it now. It stays open. */
  untap(to: SendPort<T>): void;
}

/** Gives every value to those who subscribed to its topic; see `pub`. */
export interface Pub<T, K> {
  /** Lets a new channel get the values of a topic from now on. */
  sub(topic: K): Channel<T>;
  /** Lets `to` get the values of a topic from now on. */
  sub<P extends SendPort<T>>(topic: K, to: P, options?: PipeOptions): P;
  /** `to` gets nothing more of this topic, not even what is being sent to it now. It stays open. */
  unsub(topic: K, to: SendPort<T>): void;
}

/** How an input takes part in a mix; what is left out stays as it is, at first false. */
export interface MixState {
  /** It is read, but what it gives is dropped. */
  mute?: boolean | undefined;
  /** It is not read. */
  pause?: boolean | undefined;
  /** Only inputs that are solo are heard, as long as there are any; their `mute` and `pause` do not count. */
  solo?: boolean | undefined;
}

/** What becomes of inputs that are not solo while others are: they are muted, or paused. */
export type SoloMode = "mute" | "pause";

/** Inputs that come and go; see `mix`. */
export interface Mix<T> {
  /** Adds an input; no effect if it is one. One that ends is removed, one that is closed with a reason ends the mix. */
  add(from: ReceivePort<T>): void;
  /** Removes an input; nothing more is taken from it. */
  remove(from: ReceivePort<T>): void;
  /** Sets how an input takes part, and adds it if it is none. */
  set(from: ReceivePort<T>, state: MixState): void;
  /** Default "mute". */
  soloMode(mode: SoloMode): void;
}
