/**
 * Processes as requests: what `go` asks of this floor. A process runs in another interpreter, or in this one.
 *
 * *Invariants.* A process ends once; its status changes before its result settles, or before the last of its values is given
 * if it is a generator. What it was given for itself, ends of channels, retires when it ends (`incoming.ts` does so over
 * there, {@link LocalRun} here). The first reason to cancel it counts.
 */
import { channels } from "#engines";
import type { Given } from "../channels/given_ends.ts";
import type { AnyFunction, ProcessRun, ProcessStatus } from "./callable.ts";
import type { ProcessLink, Request } from "./calls.ts";
import { isGenerator } from "./generators.ts";
import type { Interpreter } from "./interpreter.ts";
import { LocalStream } from "./local_stream.ts";
import { ProcessRecord, runAs, trackProcesses } from "./process_context.ts";
import { find } from "./operations.ts";
import { getCurrent } from "./registry.ts";
import { nextProcess } from "./residents.ts";
import { checkProcess, sendProcess } from "./sending.ts";

function nobodyAsks(): void {}

/** What is common to processes here and elsewhere. */
abstract class Run implements ProcessRun {
  readonly id: number = nextProcess();
  readonly name: string;
  readonly interpreter: Interpreter;
  abstract readonly result: Promise<unknown>;
  #status: ProcessStatus = "running";
  #cancelled = false;
  #whenEnded: PromiseWithResolvers<void> | undefined = undefined;
  readonly #after: (() => void) | undefined;

  /** `after` is called when it has ended. */
  constructor(name: string, interpreter: Interpreter, after: (() => void) | undefined) {
    this.name = name;
    this.interpreter = interpreter;
    this.#after = after;
  }

  get status(): ProcessStatus {
    return this.#status;
  }

  whenEnded(): Promise<void> {
    if (this.#status !== "running") return Promise.resolve();
    return (this.#whenEnded ??= Promise.withResolvers<void>()).promise;
  }

  cancel(reason: unknown): void {
    if (this.#status !== "running" || this.#cancelled) return;
    this.#cancelled = true;
    this.result.catch(nobodyAsks);
    this.abort(reason);
  }

  protected abstract abort(reason: unknown): void;

  /** It has ended; called once, before anybody else learns of it. */
  ended(returned: boolean): void {
    this.#status = returned ? "done" : this.#cancelled ? "cancelled" : "failed";
    this.#whenEnded?.resolve();
    this.#after?.();
  }
}

class RemoteRun extends Run implements ProcessLink {
  readonly #request: Request;

  constructor(
    interpreter: Interpreter,
    fn: AnyFunction,
    args: unknown[],
    name: string,
    bare: boolean,
    after: (() => void) | undefined,
  ) {
    super(name, interpreter, after);
    this.#request = sendProcess(interpreter.id, fn, args, this, bare);
  }

  get result(): Promise<unknown> {
    return this.#request.promise;
  }

  get title(): string {
    const { id, name, interpreter } = this;
    return `process "${name}" (${id}) in interpreter ${interpreter.id} ("${interpreter.name}")`;
  }

  protected override abort(reason: unknown): void {
    this.#request.abort(reason);
  }
}

class LocalRun extends Run {
  readonly result: Promise<unknown>;
  readonly #record: ProcessRecord;
  #stream: LocalStream | undefined = undefined;

  constructor(fn: AnyFunction, args: unknown[], name: string) {
    super(name, getCurrent(), undefined);
    this.#record = new ProcessRecord(this.id, name, undefined);
    this.result = this.#perform(fn, channels().give(args, "args"));
  }

  async #perform(fn: AnyFunction, given: Given<unknown[]>): Promise<unknown> {
    try {
      // Not at once: whoever starts a process goes on first, as with one elsewhere.
      await undefined;
      this.#record.throwIfAborted();
      const value = runAs(this.#record, function call() {
        return fn(...given.value);
      });
      if (isGenerator(value)) return this.#open(value, given);
      const result = await value;
      // An end that it was given and returns has been passed on.
      const back = given.some ? channels().give(result, "result").value : result;
      given.retire();
      this.ended(true);
      return back;
    } catch (error) {
      given.retire({ error });
      this.ended(false);
      throw error;
    }
  }

  /** The values of a generator, which is the process until it ends. */
  #open(generator: Generator<unknown> | AsyncGenerator<unknown>, given: Given<unknown[]>): unknown {
    this.#stream = new LocalStream(this.#record, generator, (failure) => {
      given.retire(failure);
      this.ended(failure === undefined);
    });
    return this.#stream.iterator();
  }

  protected override abort(reason: unknown): void {
    this.#record.abort(reason);
    this.#stream?.cancel(reason);
  }
}

/**
 * Starts a process in `interpreter`. Throws at once, with nothing sent, when it cannot be reached, or the function or an
 * argument cannot cross. `bare`: nothing can be bound over there that the function might use.
 */
export function startProcess(
  interpreter: Interpreter,
  fn: AnyFunction,
  args: unknown[],
  name: string,
  bare: boolean,
  after?: () => void,
): ProcessRun {
  find(interpreter, "start a process");
  return new RemoteRun(interpreter, fn, args, name, bare, after);
}

/** Starts a process in this interpreter: arguments by reference, but for what is moved. */
export function startProcessHere(fn: AnyFunction, args: unknown[], name: string): ProcessRun {
  trackProcesses();
  return new LocalRun(fn, args, name);
}

/**
 * A process that is cancelled before it begins. Throws what starting it would; what it was given retires. `bare`: see
 * {@link startProcess}; undefined if it is one of this interpreter.
 */
export function startCancelled(
  fn: AnyFunction,
  args: unknown[],
  name: string,
  bare: boolean | undefined,
  reason: unknown,
): ProcessRun {
  if (bare !== undefined) checkProcess(fn, args, bare);
  const movables = channels().movablesIn(args);
  movables?.check();
  const run = startProcessHere(fn, [], name);
  run.cancel(reason);
  // Nothing was sent: what is owned or marked by move stays here.
  movables?.retire({ error: reason });
  return run;
}
