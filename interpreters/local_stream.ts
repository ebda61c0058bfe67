/**
 * The values of a generator that is a process of this interpreter, one at a time as they are asked for.
 *
 * *Who waits.* Each step waits for the one before it. The consumer's `return()` aborts a step under way, so that it ends,
 * then runs the `finally` blocks, whose waits are aborted only if the process is cancelled. Cancelling aborts the process;
 * where the generator waits at a `yield`, that throws the reason.
 *
 * *Lifetime.* As in `remote_stream.ts`: when the iterator that the program holds was collected, the generator is ended.
 */
import { isEndOfIteration, type ProcessRecord, runAs } from "./process_context.ts";
import { type StreamIterator, streamIterator } from "./remote_stream.ts";

type Result = IteratorResult<unknown>;

const DONE: Result = { done: true, value: undefined };

/** See the file's description. */
export class LocalStream {
  readonly #process: ProcessRecord;
  readonly #generator: Generator<unknown> | AsyncGenerator<unknown>;
  readonly #ended: (failure?: { readonly error: unknown }) => void;
  /** Settles when the steps asked for so far are done; does not reject. */
  #steps: Promise<unknown> = Promise.resolve();
  #state: "open" | "ending" | "over" = "open";
  /** A step runs, or what it has yielded is awaited. */
  #stepping = false;
  /** What it threw while nobody waited for a value. */
  #failure: { readonly error: unknown } | undefined = undefined;

  /** `ended` is called once, with what the generator threw, in a box. */
  constructor(
    process: ProcessRecord,
    generator: Generator<unknown> | AsyncGenerator<unknown>,
    ended: (failure?: { readonly error: unknown }) => void,
  ) {
    this.#process = process;
    this.#generator = generator;
    this.#ended = ended;
  }

  /** The iterator for the program, the only one. */
  iterator(): StreamIterator {
    return streamIterator(this);
  }

  next(): Promise<Result> {
    return this.#then(async () => {
      if (this.#failure !== undefined) {
        const { error } = this.#failure;
        this.#failure = undefined;
        throw error;
      }
      if (this.#state !== "open") return DONE;
      try {
        return await this.#step("next", undefined);
      } catch (error) {
        // The consumer has ended the iteration meanwhile: it is told so by `return`.
        if (this.#state !== "open") {
          if (!this.#process.isAbortedFor(error)) this.#failure = { error };
          return DONE;
        }
        this.#end({ error });
        throw error;
      }
    });
  }

  /** Ends the generator; settles when its `finally` blocks have run. */
  async return(value?: unknown): Promise<Result> {
    if (this.#state === "open") {
      this.#state = "ending";
      this.#failure = undefined;
      if (this.#stepping) this.#process.endStep();
      await this.#then(async () => {
        this.#process.cleanUp();
        // Of a step that was under way.
        let failure = this.#failure;
        this.#failure = undefined;
        try {
          await runAs(this.#process, () => this.#generator.return(undefined));
        } catch (error) {
          failure ??= { error };
        }
        if (failure !== undefined && isEndOfIteration(failure.error)) failure = undefined;
        this.#end(failure);
        if (failure !== undefined) throw failure.error;
        return DONE;
      });
    } else await this.#steps;
    return { done: true, value };
  }

  /** The process, whose signal has been aborted, is to end for `reason`. */
  cancel(reason: unknown): void {
    void this.#then(async () => {
      if (this.#state !== "open") return DONE;
      this.#process.wasTold = true;
      try {
        const found = await this.#step("throw", reason);
        if (found.done) return DONE;
        await runAs(this.#process, () => this.#generator.return(undefined));
        throw reason;
      } catch (error) {
        if (this.#state === "open" || !this.#process.isAbortedFor(error)) this.#failure = { error };
        this.#end({ error });
      }
      return DONE;
    });
  }

  /** Does `step` when those before it are done. */
  #then(step: () => Promise<Result>): Promise<Result> {
    const done = this.#steps.then(step);
    this.#steps = done.catch(function seen() {});
    return done;
  }

  async #step(how: "next" | "throw", reason: unknown): Promise<Result> {
    this.#stepping = true;
    let found: Result;
    try {
      found = await runAs(
        this.#process,
        () => how === "next" ? this.#generator.next() : this.#generator.throw(reason),
      );
    } finally {
      this.#stepping = false;
    }
    if (found.done) {
      this.#end();
      return DONE;
    }
    // A plain generator may yield promises, as it may in `for await`.
    try {
      this.#stepping = found.value instanceof Promise;
      return { done: false, value: await found.value };
    } catch (error) {
      this.#stepping = false;
      // The consumer has ended the iteration meanwhile, and ends the generator.
      if (this.#state !== "open") return DONE;
      await runAs(this.#process, async () => await this.#generator.return(undefined)).catch(
        function ignored() {},
      );
      throw error;
    } finally {
      this.#stepping = false;
    }
  }

  #end(failure?: { readonly error: unknown }): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#ended(failure);
  }
}
