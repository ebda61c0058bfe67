/** A call that runs on its own, to be joined later. Source: `call_in_thread` of PEP 734, with the result kept. */
import { staysHere } from "../sharing/errors.ts";

/**
 * A call started by `Interpreter.callInThread`.
 *
 * @typeParam R What the call results in.
 */
export class Thread<R> {
  static {
    staysHere(
      this.prototype,
      "a Thread belongs to the interpreter that made the call; send its result, or a channel",
    );
  }

  /** The call's result or failure. A failure that nobody reads is reported as an unhandled rejection. */
  readonly result: Promise<R>;
  readonly #ended: Promise<void>;
  #alive = true;

  /** Not for programs: use `callInThread`. */
  constructor(call: Promise<R>) {
    const result = Promise.withResolvers<R>();
    const ended = Promise.withResolvers<void>();
    const finish = (): void => {
      this.#alive = false;
      ended.resolve();
    };
    call.then(
      function succeeded(value) {
        finish();
        result.resolve(value);
      },
      function failed(error) {
        finish();
        result.reject(error);
      },
    );
    this.result = result.promise;
    this.#ended = ended.promise;
  }

  /** Waits until the call has ended, however it ended; never rejects. */
  join(): Promise<void> {
    return this.#ended;
  }

  /** Whether the call has not ended yet. */
  isAlive(): boolean {
    return this.#alive;
  }
}
