/** Lets the errors of interpreters, and of the floors below, cross as themselves; loaded wherever values are encoded or decoded. */
import {
  ChannelClosedError,
  ChannelError,
  LockError,
  PeerLostError,
  TimeoutError,
} from "../channels/errors.ts";
import { OwnershipError, registerErrorClass } from "../sharing/errors.ts";
import {
  BrokenInterpreterPool,
  CancelledError,
  ExecutionFailed,
  InterpreterError,
  InterpreterNotFoundError,
  QueueEmpty,
  QueueError,
  QueueFull,
} from "./errors.ts";

registerErrorClass("OwnershipError", OwnershipError);
registerErrorClass("ChannelError", ChannelError);
registerErrorClass("ChannelClosedError", ChannelClosedError);
registerErrorClass("PeerLostError", PeerLostError);
registerErrorClass("LockError", LockError);
registerErrorClass("TimeoutError", TimeoutError);
registerErrorClass("InterpreterError", InterpreterError);
registerErrorClass("InterpreterNotFoundError", InterpreterNotFoundError);
registerErrorClass("ExecutionFailed", ExecutionFailed);
registerErrorClass("BrokenInterpreterPool", BrokenInterpreterPool);
registerErrorClass("CancelledError", CancelledError);
registerErrorClass("QueueError", QueueError);
registerErrorClass("QueueEmpty", QueueEmpty);
registerErrorClass("QueueFull", QueueFull);
