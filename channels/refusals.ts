/** The errors of operations on channels, in one wording. */
import { Moved } from "../sharing/move_here.ts";
import { ChannelClosedError, ChannelError, TimeoutError } from "./errors.ts";
import type { Side } from "./form.ts";

/** Errors that were made for one operation, and are nobody else's. */
const own = new WeakSet<object>();

/** Notes that `error` was made for one operation. */
export function ownError<E>(error: E): E {
  if (typeof error === "object" && error !== null) own.add(error);
  return error;
}

/** Whether `error` was made for one operation. */
export function isOwnError(error: object): boolean {
  return own.has(error);
}

/** How messages name a channel. */
export function nameOf(name: string): string {
  return name === "" ? "the channel" : `channel "${name}"`;
}

/** The failed action, as messages begin. */
export function actionOf(side: Side, name: string): string {
  return side === "sender" ? `Cannot send to ${nameOf(name)}` : `Cannot receive from ${nameOf(name)}`;
}

/** Why `value` cannot be sent any more. */
export function sendOnClosed(name: string, value: unknown): ChannelClosedError {
  return ownError(new ChannelClosedError(`${actionOf("sender", name)}: it is closed`, unmarked(value)));
}

/** What was to be moved, if `value` marks that; else `value`. */
export function unmarked(value: unknown): unknown {
  return value instanceof Moved ? value.target : value;
}

/** Why nothing can be received any more. */
export function receiveOnClosed(name: string): ChannelClosedError {
  return new ChannelClosedError(`${actionOf("receiver", name)}: it is closed and drained`);
}

/** A wait that was too long. */
export function tooLate(side: Side, name: string, timeout: number): TimeoutError {
  const what = side === "sender" ? "nobody took the value" : "no value came";
  return ownError(new TimeoutError(`${actionOf(side, name)}: ${what} within ${timeout} ms`));
}

/** Why a thread must not block for what it would have to do itself. */
export function nobodyElse(side: Side, name: string): ChannelError {
  const state = side === "sender" ? "it has no room" : "it is empty";
  return ownError(
    new ChannelError(
      `${
        actionOf(side, name)
      }: ${state} and known in this interpreter alone, a blocked thread would wait for ever; ` +
        `await ${
          side === "sender" ? "send()" : "receive()"
        }, or pass the channel to another interpreter first`,
    ),
  );
}
