/** Tells the death of an interpreter from what others have seen of it, which may be heard first. */
import { PeerLostError } from "../channels/errors.ts";
import { InterpreterError } from "../interpreters/errors.ts";
import type { Interpreter } from "../interpreters/interpreter.ts";

/** Whether `first` is but what somebody has seen of the end of `interpreter`, which `error` tells of. */
export function isConsequence(first: unknown, error: unknown, interpreter: Interpreter): boolean {
  return first instanceof PeerLostError && error instanceof InterpreterError &&
    first.interpreterId === interpreter.id;
}
