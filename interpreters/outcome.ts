/** How a piece of work ended, put so that it can cross: its result, what it threw, what the library refused. */
import { NotShareableError } from "../sharing/errors.ts";
import { isPlain, pack } from "./carried.ts";
import { loadHandles } from "./library.ts";
import type { ProcessRecord } from "./process_context.ts";
import type { Outcome } from "./protocol.ts";
import type { Wire } from "../sharing/wire.ts";

/** The outcome of work without a result. */
export const DONE: Outcome = { is: "value", value: { plain: undefined } };

/** The outcome of work that has `value` as its result; `refused` when that cannot cross. */
export async function result(value: unknown): Promise<Outcome> {
  try {
    return { is: "value", value: isPlain(value) ? { plain: value } : packed(value, "result") };
  } catch (error) {
    if (!(error instanceof NotShareableError)) return refusal(error);
  }
  // An AbortSignal can be encoded once its kind is known; an interpreter that got no handle may not know it yet.
  await loadHandles();
  try {
    return { is: "value", value: packed(value, "result") };
  } catch (error) {
    return refusal(error);
  }
}

/** Encodes what is replied at once: what is moved in it is gone here. */
function packed(value: unknown, root: string): Wire {
  const { wire, left } = pack(value, root);
  left?.();
  return wire;
}

/** The library refused: the caller gets this error itself. */
export function refusal(error: unknown): Outcome {
  return {
    is: "refused",
    error: packed(error instanceof Error ? error : new Error(textOf(error)), "result"),
  };
}

/** What code threw, with as much of it as can cross. Whatever it is, reading it may throw again. */
export function threw(error: unknown): Outcome {
  const isError = attempt(function check() {
    return error instanceof Error || error instanceof DOMException;
  }, false);
  function field(name: "name" | "message" | "stack", otherwise: string): string {
    return attempt(function read() {
      return String((error as Error)[name] ?? otherwise);
    }, otherwise);
  }
  const seen = isError
    ? { type: field("name", "Error"), message: field("message", ""), stack: trim(field("stack", "")) }
    : { type: error === null ? "null" : typeof error, message: textOf(error), stack: "" };
  try {
    return { is: "threw", ...seen, error: packed(error, "error") };
  } catch {
    return { is: "threw", ...seen };
  }
}

/** What the code of `process` threw; noted if it is what that was aborted for. */
export function threwIn(process: ProcessRecord, error: unknown): Outcome {
  const aborted = process.isAbortedFor(error);
  process.membership?.failed(error, aborted);
  const outcome = threw(error);
  return outcome.is === "threw" && aborted ? { ...outcome, aborted: true } : outcome;
}

/** A stack down to the sent code: what called that is ours and says nothing to anybody. */
function trim(stack: string): string {
  const lines = stack.split("\n");
  const ours = lines.findIndex(function isOurs(line) {
    return OURS.test(line);
  });
  if (ours <= 0) return stack;
  // What Bun puts between them and the code, for the context it runs in.
  const end = lines[ours - 1]!.includes("(node:async_hooks:") ? ours - 1 : ours;
  return lines.slice(0, end).join("\n");
}

/** The files of ours that call sent code. */
const OURS =
  /[/\\](?:interpreters[/\\](?:pools[/\\]pool_worker|incoming|generators|entry|compile|process_context)|runtime[/\\]context)\.[jt]s:/;

function textOf(value: unknown): string {
  return attempt(function text() {
    return String(value);
  }, `${typeof value} without text`);
}

function attempt<T>(fn: () => T, otherwise: T): T {
  try {
    return fn();
  } catch {
    return otherwise;
  }
}
