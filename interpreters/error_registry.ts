/** Lets the library's errors cross as themselves; loaded wherever values are encoded or decoded. */
import {
  ChannelClosedError,
  ChannelError,
  LockError,
  PeerLostError,
  TimeoutError,
} from "../channels/errors.ts";
import { OwnershipError } from "../sharing/errors.ts";
import { registerErrorClass } from "../sharing/kinds.ts";
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
