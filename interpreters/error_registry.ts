/** Lets the library's errors cross as themselves; loaded wherever values are encoded or decoded. */
import { TimeoutError } from "../channels/errors.ts";
import { registerErrorClass } from "../sharing/kinds.ts";
import { ExecutionFailed, InterpreterError, InterpreterNotFoundError } from "./errors.ts";

registerErrorClass("TimeoutError", TimeoutError);
registerErrorClass("InterpreterError", InterpreterError);
registerErrorClass("InterpreterNotFoundError", InterpreterNotFoundError);
registerErrorClass("ExecutionFailed", ExecutionFailed);
