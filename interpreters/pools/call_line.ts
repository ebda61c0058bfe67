/** Tasks as calls: each is a request to the interpreter, sent when that does nothing else. */
import type { AnyFunction } from "../callable.ts";
import type { Request } from "../calls.ts";
import type { Interpreter } from "../interpreter.ts";
import { nextProcess } from "../residents.ts";
import {
  type DescribedFunction,
  prepareCall,
  type PreparedCall,
  refuseCaptured,
  sendPrepared,
} from "../sending.ts";
import { generatorError } from "./generator_error.ts";
import type { Line, LineEvents, Prepared, Trunk } from "./line.ts";
import type { Work } from "./work.ts";

/** See {@link Trunk}. */
export class CallTrunk implements Trunk {
  prepare(
    fn: AnyFunction,
    args: unknown[],
    name: string,
    _limited: boolean,
    needs: DescribedFunction | undefined,
  ): Prepared {
    refuseCaptured(fn);
    return prepareByCall(fn, args, name, needs);
  }

  open(interpreter: Interpreter, events: LineEvents): Line {
    return new CallLine(interpreter, events);
  }

  close(): void {}
}

/** A task that goes as a call. */
export class PreparedByCall implements Prepared {
  readonly light = false;
  readonly call: PreparedCall;

  constructor(call: PreparedCall) {
    this.call = call;
  }

  abandon(): void {
    this.call.outgoing?.abandon?.();
  }
}

/** Prepares a task as a call, along with the source of what it `needs`. */
export function prepareByCall(
  fn: AnyFunction,
  args: unknown[],
  name: string,
  needs: DescribedFunction | undefined,
): PreparedByCall {
  return new PreparedByCall(prepareCall(fn, needs === undefined ? args : args.with(2, needs.code), name));
}

/** See {@link Line}. */
export class CallLine implements Line {
  readonly ready: Promise<void> = Promise.resolve();
  readonly ahead = 0;
  readonly #interpreter: Interpreter;
  readonly #events: LineEvents;
  #request: Request | undefined;

  constructor(interpreter: Interpreter, events: LineEvents) {
    this.#interpreter = interpreter;
    this.#events = events;
  }

  send(work: Work): void {
    const { id, name: where } = this.#interpreter;
    const process = nextProcess();
    const request: Request = this.#request = sendPrepared(id, (work.prepared as PreparedByCall).call, {
      original: true,
      process: {
        id: process,
        name: work.name,
        get title() {
          return `task "${work.name || "anonymous"}" in interpreter ${id} ("${where}")`;
        },
        cancel(reason) {
          request.abort(reason);
        },
        async whenEnded() {
          await request.promise.catch(function ended() {});
        },
        ended() {},
      },
    });
    request.promise.then(
      (value) => void this.#returned(work, value),
      // Of its interpreter's death the pool has learnt before, and let the task go.
      (error: unknown) => this.#end(work, { error }),
    );
  }

  async #returned(work: Work, value: unknown): Promise<void> {
    if (typeof (value as AsyncIterator<unknown> | undefined)?.next !== "function") {
      return this.#end(work, { value: this.received(work, value) });
    }
    // Until it has ended over there the interpreter is not free; what its `finally` throws, or a death, is nobody's.
    await (value as AsyncIterator<unknown>).return?.().catch(function unheard() {});
    this.#end(work, { error: generatorError() });
  }

  /** What a call has given. */
  protected received(_work: Work, value: unknown): unknown {
    return value;
  }

  #end(work: Work, outcome: { value: unknown } | { error: unknown }): void {
    this.#request = undefined;
    this.#events.ended(work, outcome, undefined);
  }

  flush(): void {}

  recall(): boolean {
    return false;
  }

  hasBegun(): boolean {
    return true;
  }

  hasEnded(): boolean {
    return false;
  }

  abort(_work: Work, reason: unknown): void {
    this.#request?.abort(reason);
  }

  lost(): void {}
}
