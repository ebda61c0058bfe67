/**
 * Processes as requests: what `go` asks of this floor. A process runs in another interpreter, or in this one.
 *
 * *Invariants.* A process ends once; its status changes before its result settles. What it was given for itself, ends of
 * channels, retires when it ends (`incoming.ts` does so over there, {@link runHere} here).
 */
import { channels } from "#engines";
import type { Given } from "../channels/given_ends.ts";
import type { AnyFunction, ProcessRun, ProcessStatus } from "./callable.ts";
import type { Request } from "./calls.ts";
import type { Interpreter } from "./interpreter.ts";
import { ProcessRecord, runAs, trackProcesses } from "./process_context.ts";
import { getCurrent } from "./registry.ts";
import { nextProcess } from "./residents.ts";
import { sendProcess } from "./sending.ts";

/** What is common to processes here and elsewhere. */
abstract class Run implements ProcessRun {
  readonly id: number = nextProcess();
  readonly name: string;
  readonly interpreter: Interpreter;
  abstract readonly result: Promise<unknown>;
  #status: ProcessStatus = "running";
  #cancelled = false;
  #whenEnded: PromiseWithResolvers<void> | undefined;
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
    if (this.#status !== "running") return;
    if (!this.#cancelled) {
      this.#cancelled = true;
      this.result.catch(function expected() {});
    }
    this.abort(reason);
  }

  protected abstract abort(reason: unknown): void;

  /** Called once, before the result settles. */
  protected end(returned: boolean): void {
    this.#status = returned ? "done" : this.#cancelled ? "cancelled" : "failed";
    this.#whenEnded?.resolve();
    this.#after?.();
  }
}

class RemoteRun extends Run {
  readonly result: Promise<unknown>;
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
    const { id } = this;
    this.#request = sendProcess(interpreter.id, fn, args, {
      id,
      name,
      get title() {
        return `process "${
          name || "anonymous"
        }" (${id}) in interpreter ${interpreter.id} ("${interpreter.name}")`;
      },
      ended: (how) => this.end(how === "returned"),
    }, bare);
    this.result = this.#request.promise;
  }

  protected override abort(reason: unknown): void {
    this.#request.abort(reason);
  }
}

class LocalRun extends Run {
  readonly result: Promise<unknown>;
  readonly #record: ProcessRecord;

  constructor(fn: AnyFunction, args: unknown[], name: string, after: (() => void) | undefined) {
    super(name, getCurrent(), after);
    this.#record = new ProcessRecord(this.id, name || "anonymous", undefined);
    this.result = this.#perform(fn, channels().give(args));
  }

  async #perform(fn: AnyFunction, given: Given<unknown[]>): Promise<unknown> {
    try {
      // Not at once: whoever starts a process goes on first, as with one elsewhere.
      await undefined;
      this.#record.throwIfAborted();
      const value = await runAs(this.#record, () => fn(...given.value));
      given.retire();
      this.end(true);
      return value;
    } catch (error) {
      given.retire({ error });
      this.end(false);
      throw error;
    }
  }

  protected override abort(reason: unknown): void {
    this.#record.abort(reason);
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
  return new RemoteRun(interpreter, fn, args, name, bare, after);
}

/** Starts a process in this interpreter: arguments by reference, but for what is moved. */
export function startProcessHere(
  fn: AnyFunction,
  args: unknown[],
  name: string,
  after?: () => void,
): ProcessRun {
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot start a process: ${fn === null ? "null" : typeof fn} is not a function; pass one first`,
    );
  }
  trackProcesses();
  return new LocalRun(fn, args, name, after);
}
