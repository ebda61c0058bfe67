/** Why a task of a pool may not be a generator. */
import { InterpreterError } from "../errors.ts";

/** The error of a task whose result is a generator: its interpreter goes on to others. */
export function generatorError(): InterpreterError {
  return new InterpreterError(
    "Cannot give a generator as a task's result: its interpreter goes on to other tasks; return an array",
  );
}
