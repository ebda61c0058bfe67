/**
 * Runs a plan: starts its processes, puts their results together, and ends all of it after the first failure.
 *
 * *Invariants.* A run settles once, when none of its processes runs any more. Parts have no say in a failure, so
 * there is one for the whole run, however deep it is: the first, or the death that it is a consequence of. From then on
 * nothing starts, everything that runs has been cancelled, and what was held for processes to come is given up.
 *
 * *Who waits and who wakes.* Nobody polls: each process's end hands its result up, which may complete the part around it, and
 * so on, and starts what comes next in a sequence. All of that is loops, so neither width nor depth is limited by the stack.
 */
import { interpreters } from "#engines";
import { hear, unlisten } from "../channels/abort_listeners.ts";
import { checkOptions } from "../runtime/mod.ts";
import { isConsequence } from "./consequence.ts";
import { checkPlan, type Held } from "./plan_check.ts";
import type { Leaf, Plan } from "./plan.ts";
import type { RunOptions } from "./proc.ts";
import { Process } from "./process.ts";

/** See `Proc.run`. */
export async function runPlan(plan: Plan, options?: RunOptions): Promise<unknown> {
  const action = "Cannot run processes";
  checkOptions(action, options, ["signal"]);
  const signal = options?.signal;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${action}: signal is not an AbortSignal; pass controller.signal`);
  }
  interpreters().checkMainGuard("Cannot start a process");
  const surrounding = interpreters().processNow();
  const signals = surrounding.id === 0 ? [] : [surrounding.signal];
  if (signal !== undefined) signals.push(signal);
  for (const one of signals) one.throwIfAborted();
  return await new PlanRun(plan, checkPlan(plan), signals).result;
}

/** A composed part that has started. */
interface Frame {
  readonly plan: Exclude<Plan, Leaf>;
  readonly results: unknown[];
  /** Parts without a result. */
  left: number;
  readonly place: Place;
}

/** Where a result goes: to a part's results at an index, or to the run. */
interface Place {
  readonly frame: Frame | undefined;
  readonly at: number;
}

/** The end of a stream that a process has resulted in. */
interface Ending {
  return?(): Promise<unknown>;
}

class PlanRun {
  readonly #settlers = Promise.withResolvers<unknown>();
  readonly #held: Held;
  readonly #signals: readonly AbortSignal[];
  readonly #running = new Set<Process<unknown>>();
  /** Streams among the results: whoever would read them does not get them after a failure. */
  readonly #streams: Ending[] = [];
  /** What can start, the next one last. */
  readonly #ready: { readonly plan: Plan; readonly place: Place }[];
  #failure: { readonly error: unknown } | undefined;
  #value: { readonly value: unknown } | undefined;

  constructor(plan: Plan, held: Held, signals: readonly AbortSignal[]) {
    this.#held = held;
    this.#signals = signals;
    this.#ready = [{ plan, place: { frame: undefined, at: 0 } }];
    for (const signal of signals) hear(signal, this);
    this.#startReady();
  }

  get result(): Promise<unknown> {
    return this.#settlers.promise;
  }

  /** One of the signals has aborted. */
  aborted(reason: unknown): void {
    this.#fail(reason);
    this.#settleIfEnded();
  }

  /** Starts what can start. */
  #startReady(): void {
    while (this.#failure === undefined) {
      const next = this.#ready.pop();
      if (next === undefined) break;
      if (next.plan.is === "process") this.#startProcess(next.plan, next.place);
      else this.#open(next.plan, next.place);
    }
    this.#settleIfEnded();
  }

  #startProcess(leaf: Leaf, place: Place): void {
    let process: Process<unknown>;
    try {
      process = leaf.start(leaf.fn, leaf.args);
    } catch (error) {
      return this.#fail(error);
    }
    this.#held.delete(leaf);
    this.#running.add(process);
    Process.outcomeOf(process).then(
      (value) => {
        this.#running.delete(process);
        if (leaf.place !== "here" && isStream(value)) this.#streams.push(value);
        if (this.#failure === undefined) this.#put(value, place);
        this.#startReady();
      },
      (error) => {
        this.#running.delete(process);
        if (isConsequence(this.#failure?.error, error, process.interpreter)) this.#failure = { error };
        else this.#fail(error);
        this.#settleIfEnded();
      },
    );
  }

  #open(plan: Exclude<Plan, Leaf>, place: Place): void {
    const count = plan.is === "replicate" ? plan.n : plan.parts.length;
    const frame: Frame = { plan, results: new Array(count).fill(undefined), left: count, place };
    if (count === 0) return this.#put(frame.results, place);
    for (let at = plan.is === "seq" ? 0 : count - 1; at >= 0; at--) this.#prepare(frame, at);
  }

  #prepare(frame: Frame, at: number): void {
    const { plan } = frame;
    this.#ready.push({ plan: plan.is === "replicate" ? plan.part : plan.parts[at]!, place: { frame, at } });
  }

  /** Hands a result up, and the results of every part that it completes. */
  #put(value: unknown, { frame, at }: Place): void {
    while (frame !== undefined) {
      frame.results[at] = value;
      if (--frame.left > 0) {
        if (frame.plan.is === "seq") this.#prepare(frame, at + 1);
        return;
      }
      value = frame.results;
      ({ frame, at } = frame.place);
    }
    this.#value = { value };
  }

  /** Ends all of it; no effect after the first failure. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined || this.#value !== undefined) return;
    this.#failure = { error };
    this.#ready.length = 0;
    for (const process of this.#running) process.cancel(error);
    for (const retire of this.#held.values()) retire(this.#failure);
  }

  #settleIfEnded(): void {
    const failure = this.#failure;
    if (this.#running.size > 0 || (failure ?? this.#value) === undefined) return;
    for (const signal of this.#signals) unlisten(signal, this);
    if (failure === undefined) return this.#settlers.resolve(this.#value!.value);
    void Promise.allSettled(this.#streams.splice(0).map((stream) => stream.return?.())).then(() => {
      this.#settlers.reject(failure.error);
    });
  }
}

/** Whether a result of a process elsewhere is a stream: nothing else that crosses has a method. */
function isStream(value: unknown): value is Ending {
  return typeof (value as AsyncIterator<unknown> | undefined)?.next === "function";
}
