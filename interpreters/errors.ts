/** The errors of interpreters. Source: the exceptions of PEP 734. */

/** An operation on an interpreter failed, or the interpreter died. `cause` says why, where there is one. */
export class InterpreterError extends Error {
  /**
   * Makes the error.
   *
   * @param message The failed action and what to do.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "InterpreterError";
  }
}

/** The interpreter was closed or has died before the operation began. */
export class InterpreterNotFoundError extends InterpreterError {
  /**
   * Makes the error.
   *
   * @param message Which interpreter, and what was tried.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "InterpreterNotFoundError";
  }
}

/** What is known of an error that code in another interpreter threw. */
export interface ExceptionInfo {
  /** The error's name, or the type of a thrown value that is no Error. */
  readonly type: string;
  /** The error's message, or the thrown value as text. */
  readonly message: string;
  /** The stack over there; "" for a thrown value that is no Error. */
  readonly stack: string;
}

/**
 * Code run by `call` or `exec` threw. `cause` is the original error, revived here; the message shows the remote stack.
 *
 * @example What was thrown
 * ```ts
 * import { create, ExecutionFailed } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const interp = create();
 * const failed = await interp.call(() => { throw new RangeError("too far"); }).catch((error) => error);
 * assert(failed instanceof ExecutionFailed);
 * assert.equal(failed.excinfo.type, "RangeError");
 * assert(failed.cause instanceof RangeError);
 * await interp.close();
 * ```
 */
export class ExecutionFailed extends InterpreterError {
  /** Type, message and stack of what was thrown. */
  readonly excinfo: ExceptionInfo;

  /**
   * Makes the error.
   *
   * @param excinfo What was thrown.
   * @param where The interpreter it was thrown in, for the message.
   */
  constructor(excinfo: ExceptionInfo, where: string, options?: ErrorOptions) {
    const head = `${excinfo.type}: ${excinfo.message}`;
    super(excinfo.stack === "" ? head : `${head}\n\nUncaught in ${where}:\n${excinfo.stack}`, options);
    this.name = "ExecutionFailed";
    this.excinfo = excinfo;
  }
}

/**
 * A task of a pool or executor was not finished, because its interpreter has ended or did not become ready. `cause` says
 * why.
 */
export class BrokenInterpreterPool extends InterpreterError {
  /**
   * Makes the error.
   *
   * @param message Which task.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BrokenInterpreterPool";
  }
}

/** The task of a future was cancelled before it began. */
export class CancelledError extends InterpreterError {
  /**
   * Makes the error.
   *
   * @param message Which task.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CancelledError";
  }
}

/** An operation on a queue failed; the base of {@link QueueEmpty} and {@link QueueFull}. */
export class QueueError extends Error {
  /**
   * Makes the error.
   *
   * @param message The failed action and what to do.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QueueError";
  }
}

/** A queue held no item, for as long as was waited. */
export class QueueEmpty extends QueueError {
  /**
   * Makes the error.
   *
   * @param message Which queue, and how long was waited.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QueueEmpty";
  }
}

/** A queue had no room, for as long as was waited. */
export class QueueFull extends QueueError {
  /**
   * Makes the error.
   *
   * @param message Which queue, and how long was waited.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QueueFull";
  }
}
