/** What a select takes and gives: types alone. */
import type { ReceivePort } from "../channels/mod.ts";

/** A send of one value as a case of a select; made by {@link sending}. */
export declare abstract class Sending {
  private readonly sends: true;
}

/**
 * One case of a select: a channel or receiver (a receive), `sending(channel, value)`, a promise, a signal;
 * null, undefined and false are cases that are off.
 */
export type SelectCase =
  | ReceivePort<unknown>
  | Sending
  | PromiseLike<unknown>
  | AbortSignal
  | null
  | undefined
  | false;

/** The cases of a select, by index or by name. */
export type SelectCases = readonly SelectCase[] | { readonly [name: string]: SelectCase };

/** Which of several cases that are ready takes effect: any of them, or the first. */
export type SelectMode = "random" | "priority";

/** Limits of a select that waits. */
export interface SelectLimits {
  /** Aborts it: rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds, at least 0, fractions count: rejects with `TimeoutError`. */
  timeout?: number | undefined;
}

/** Options of {@link select}. */
export interface SelectOptions extends SelectLimits {
  /** Default "random". */
  mode?: SelectMode | undefined;
}

/** Options of {@link trySelect}. */
export interface TrySelectOptions {
  /** Default "random". */
  mode?: SelectMode | undefined;
}

/** Options of {@link selectSync}. */
export interface SelectSyncOptions extends TrySelectOptions {
  /** Milliseconds, at least 0, fractions count: throws `TimeoutError`. */
  timeout?: number | undefined;
}

/** A case that took effect: a value came, or was sent. */
export interface Selected<K, V> {
  /** Which: its name, or its index in an array. */
  readonly case: K;
  /** What was received, `undefined` for a send, the reason for a signal. */
  readonly value: V;
  /** False. */
  readonly closed: false;
}

/** A receive from a channel that is closed and holds nothing more. */
export interface SelectedClosed<K> {
  /** Which: its name, or its index in an array. */
  readonly case: K;
  /** None. */
  readonly value: undefined;
  /** True. */
  readonly closed: true;
  /** What `close(reason)` was given; absent after a plain close. */
  readonly reason?: unknown;
}

/** The result of case `C` under the key `K`. */
export type CaseResult<K, C> = C extends null | undefined | false ? never
  : C extends Sending ? Selected<K, undefined>
  : C extends AbortSignal ? Selected<K, unknown>
  : C extends ReceivePort<infer T> ? Selected<K, T> | SelectedClosed<K>
  : C extends PromiseLike<infer T> ? Selected<K, Awaited<T>>
  : never;

/** The result of a select: of one of its cases. */
export type SelectResult<C extends SelectCases> = C extends readonly SelectCase[]
  ? { [K in keyof C]: CaseResult<K extends `${infer I extends number}` ? I : number, C[K]> }[number]
  : { [K in keyof C]-?: CaseResult<K extends number ? `${K}` : Extract<K, string>, C[K]> }[keyof C];

/** Cases to select from again and again; see {@link alternation}. */
export interface Alternation<C extends SelectCases> {
  /** As {@link select}: any case that is ready. */
  select(limits?: SelectLimits): Promise<SelectResult<C>>;
  /** The first case that is ready. */
  prioritySelect(limits?: SelectLimits): Promise<SelectResult<C>>;
  /** The ready case that follows the one which took effect last, in turns: none waits more than as many as there are cases. */
  fairSelect(limits?: SelectLimits): Promise<SelectResult<C>>;
}
