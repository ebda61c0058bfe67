/**
 * Select: of several operations exactly one takes effect, the first that can.
 *
 * In passes, as Go's: (1) each case is attempted, in random order, in the order given, or in turns; (2) if none took
 * effect the select enlists with all of them and waits; (3) whoever can serve one of them settles the select, which
 * withdraws from the others before anybody learns of it.
 */
import { type AbortListener, listen, refusedBy, unlisten } from "../channels/abort_listeners.ts";
import { TimeoutError } from "../channels/errors.ts";
import { quietIfGone, quietly } from "../channels/gone_errors.ts";
import { succeededWith } from "../channels/patience.ts";
import type { Guard } from "../channels/port.ts";
import { surroundings } from "../channels/surroundings.ts";
import type { WaitMonitor } from "../channels/wait_monitor.ts";
import { startTimer } from "../runtime/mod.ts";
import {
  type AnySelected,
  attempt,
  attemptAtOnce,
  noteTurn,
  orderOf,
  resultOf,
  type Turn,
} from "./attempt.ts";
import { begin, isResult } from "./begin.ts";
import { CaseSet } from "./case_set.ts";
import type { SelectLimits, SelectMode, SelectOptions, TrySelectOptions } from "./cases.ts";
import { checkSelectOptions, DEFAULT_MODE } from "./select_options.ts";
import { SelectWaiter } from "./select_waiter.ts";

/** See `select` in api.ts. */
export function select(cases: unknown, options?: SelectOptions): Promise<AnySelected> {
  try {
    if (options !== undefined) checkSelectOptions(options, ["mode", "signal", "timeout"]);
    const mode = options?.mode ?? DEFAULT_MODE;
    const begun = options?.signal?.aborted ? CaseSet.of(cases) : begin(cases, mode);
    return isResult(begun) ? succeededWith(begun) : perform(begun, mode, options);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** See `trySelect` in api.ts. */
export function trySelect(cases: unknown, options?: TrySelectOptions): AnySelected | undefined {
  if (options !== undefined) checkSelectOptions(options, ["mode"]);
  const mode = options?.mode ?? DEFAULT_MODE;
  const begun = begin(cases, mode);
  if (isResult(begun)) return begun;
  const outcome = attemptAtOnce(begun.guards(), orderOf(mode, begun.keys.length));
  return outcome && resultOf(begun.keys, outcome);
}

/** Selects from `set`. Never throws: it rejects. */
export function perform(
  set: CaseSet,
  mode: SelectMode | Turn,
  limits: SelectLimits | undefined,
): Promise<AnySelected> {
  try {
    limits?.signal?.throwIfAborted();
    return set.hasNewPromise ? quietly(performLater(set, mode, limits)) : proceed(set, mode, limits);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A promise that is settled already competes on equal terms, which takes a microtask to know. */
async function performLater(
  set: CaseSet,
  mode: SelectMode | Turn,
  limits: SelectLimits | undefined,
): Promise<AnySelected> {
  await undefined;
  limits?.signal?.throwIfAborted();
  return await proceed(set, mode, limits);
}

function proceed(
  set: CaseSet,
  mode: SelectMode | Turn,
  limits: SelectLimits | undefined,
): Promise<AnySelected> {
  const guards = set.guards();
  const order = orderOf(mode, guards.length);
  const once = limits?.timeout === 0;
  const outcome = once ? attemptAtOnce(guards, order) : attempt(guards, order);
  if (outcome === undefined) {
    if (once) throw timedOut(0);
    return new AwaitingSelect(guards, order, mode, limits, set.keys).wait();
  }
  noteTurn(mode, outcome);
  return succeededWith(resultOf(set.keys, outcome));
}

/** The error of a select whose time is over. */
export function timedOut(timeout: number): TimeoutError {
  return new TimeoutError(`Cannot select: no case was ready within ${timeout} ms`);
}

/** A select that waits as a promise, until a case takes effect or it is called off. */
class AwaitingSelect extends SelectWaiter implements AbortListener {
  readonly #keys: readonly (string | number)[];
  readonly #mode: SelectMode | Turn;
  readonly #limits: SelectLimits | undefined;
  readonly #promise: Promise<AnySelected>;
  #resolve!: (result: AnySelected) => void;
  #reject!: (error: unknown) => void;
  #signal: AbortSignal | undefined;
  #process: AbortSignal | undefined;
  #stopTimer: (() => void) | undefined;
  readonly #guards: readonly Guard[];
  #monitor: WaitMonitor | undefined;

  constructor(
    guards: readonly Guard[],
    order: readonly number[],
    mode: SelectMode | Turn,
    limits: SelectLimits | undefined,
    keys: readonly (string | number)[],
  ) {
    super(guards, order);
    this.#guards = guards;
    this.#keys = keys;
    this.#mode = mode;
    this.#limits = limits;
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  wait(): Promise<AnySelected> {
    const process = surroundings.processSignal();
    if (process !== undefined) {
      if (!listen(process, this, "stays")) throw refusedBy(process);
      this.#process = process;
    }
    if (this.#limits !== undefined) {
      const { signal, timeout } = this.#limits;
      if (signal !== undefined && signal !== process) {
        // Another thread may have aborted it since it was looked at.
        if (!listen(signal, this)) {
          if (process !== undefined) unlisten(process, this);
          throw refusedBy(signal);
        }
        this.#signal = signal;
      }
      if (timeout !== undefined && timeout < Infinity) {
        this.#stopTimer = startTimer(timeout, () => this.#callOff(timedOut(timeout)));
      }
    }
    this.enlist();
    if (this.outcome === undefined) this.#report();
    return this.#promise;
  }

  aborted(reason: unknown): boolean {
    return this.#callOff(reason);
  }

  /** Tells whoever watches the running process that it waits. */
  #report(): void {
    this.#monitor = surroundings.monitor?.();
    const { signal, timeout = Infinity } = this.#limits ?? {};
    this.#monitor?.begins(
      "select",
      { guards: this.#guards, limited: signal !== undefined || timeout < Infinity },
      this,
    );
  }

  protected override ended(): void {
    this.#monitor?.ended(this);
    this.#stopTimer?.();
    if (this.#process !== undefined) unlisten(this.#process, this);
    if (this.#signal !== undefined) unlisten(this.#signal, this);
    if (this.outcome === undefined) return;
    noteTurn(this.#mode, this.outcome);
    try {
      this.#resolve(resultOf(this.#keys, this.outcome));
    } catch (error) {
      this.#reject(error);
      quietIfGone(this.#promise, error, this.#process);
    }
  }

  #callOff(reason: unknown): boolean {
    if (!this.giveUp()) return false;
    this.#reject(reason);
    quietIfGone(this.#promise, reason, this.#process);
    return true;
  }
}
