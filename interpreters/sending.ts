/**
 * From a function and its arguments to a request on its way.
 *
 * *Order.* Calls to one interpreter leave in the order in which they were made. Functions are read and arguments encoded
 * at once, so what cannot cross is refused before anything has happened, and a call means the values of its moment; only a
 * check of names before something is moved takes time, and later calls to that interpreter queue up behind it.
 */
import { analyzer } from "#engines";
import { check } from "../sharing/encode.ts";
import type { Outgoing } from "../sharing/wire.ts";
import { type Carried, isPlain, pack } from "./carried.ts";
import { type Limits, openRequest, type ProcessLink, type Request, request } from "./calls.ts";
import { ExecutionFailed, InterpreterNotFoundError } from "./errors.ts";
import type { FunctionRef, SourceCode, Work } from "./protocol.ts";
import { realm } from "./realm.ts";
import { LIBRARY_NAME } from "./source/names.ts";
import { capturedError } from "./source/refusal.ts";
import type { SentFunction } from "./source/analyze.ts";
import type { AnyFunction } from "./callable.ts";
import { referenceOf } from "./task.ts";

const keys = new WeakMap<SentFunction, number>();
let lastKey = 0;
/** The sources that each interpreter has got, by key. */
const sentTo = new Map<number, Set<number>>();
/** The last send to an interpreter that is still being prepared. */
const outboxes = new Map<number, Promise<unknown>>();

/** Interpreters to which requests have been made that are not posted yet. */
export function unsentRequests(): number {
  return outboxes.size;
}

/** Settles when the requests made so far to an interpreter are posted. */
export function requestsLeft(id: number): Promise<unknown> | undefined {
  return outboxes.get(id);
}

/** Forgets what an interpreter that has ended had got. */
export function forgetTarget(id: number): void {
  sentTo.delete(id);
}

/** A call that can be sent, to whatever interpreter: what can be refused here has been looked at. */
export interface PreparedCall {
  readonly name: string;
  readonly outgoing: Outgoing | undefined;
  /** Arguments as they ride on a letter. */
  readonly args: Carried;
  /** What it captures: names that must be bound over there. */
  readonly unbound: readonly string[];
  compose(to: number): Work;
}

/** Throws, and nothing has happened, when the function or an argument cannot cross. `as`: the name of the process it runs as. */
export function prepareCall(fn: AnyFunction, args: unknown[], as?: string): PreparedCall {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot call ${describe(fn)}: pass a function, task or remote reference first`);
  }
  const ref = referenceOf(fn);
  const sent = ref === undefined ? analyzer().analyzeFunction(fn) : undefined;
  const unbound = sent === undefined ? [] : analyzer().captured(sent);
  const outgoing = args.every(isPlain) ? undefined : pack(args, "args");
  const carried: Carried = outgoing === undefined ? { plain: args } : outgoing.wire;
  return {
    name: fn.name,
    outgoing,
    args: carried,
    unbound,
    compose(to) {
      return {
        do: "call",
        fn: ref ?? referTo(to, sent!),
        args: carried,
        unbound,
        ...(as !== undefined && { as }),
      };
    },
  };
}

/** Throws when the function captures anything: for interpreters in which nothing is bound. */
export function refuseCaptured(fn: AnyFunction): void {
  if (typeof fn !== "function" || referenceOf(fn) !== undefined) return;
  const unbound = analyzer().captured(analyzer().analyzeFunction(fn));
  if (unbound.length > 0) throw capturedError(fn.name, unbound);
}

/** How a function is named over there, and its source for those who have not got it. */
export interface DescribedFunction {
  readonly ref: FunctionRef;
  readonly code?: SourceCode;
}

/** Describes a function; throws when it captures anything. */
export function describeFunction(fn: AnyFunction): DescribedFunction {
  refuseCaptured(fn);
  const ref = referenceOf(fn);
  if (ref !== undefined) return { ref };
  const sent = analyzer().analyzeFunction(fn);
  return { ref: { by: "source", key: keyOf(sent), name: sent.name }, code: sourceCode(sent) };
}

/** Calls `fn` with `args` in interpreter `to`. Rejects before anything is sent when one of them cannot cross. */
export async function sendCall(
  to: number,
  fn: AnyFunction,
  args: unknown[],
  limits: Limits,
): Promise<unknown> {
  limits.signal?.throwIfAborted();
  refuseNow(to, fn, false);
  const call = prepareCall(fn, args);
  return await sendPrepared(to, call, limits).promise;
}

/**
 * Starts `fn` as a process in interpreter `to`. Throws at once, with nothing sent, when the function or an argument cannot
 * cross. `bare`: nothing is bound over there, so what the function captures is refused.
 */
export function sendProcess(
  to: number,
  fn: AnyFunction,
  args: unknown[],
  process: ProcessLink,
  bare: boolean,
): Request {
  refuseNow(to, fn, bare);
  return sendPrepared(to, prepareCall(fn, args, process.name), { original: true, process });
}

/** Sends a prepared call. */
export function sendPrepared(to: number, call: PreparedCall, limits: Limits): Request {
  const { name, outgoing, unbound } = call;
  // What is moved leaves at the send and cannot come back: ask first whether the function will run.
  const asks = unbound.length > 0 && outgoing !== undefined && outgoing.transfer.length > 0;
  return send(
    to,
    limits.process?.name ?? name,
    limits,
    outgoing,
    !asks ? undefined : async function ask() {
      refuseIfFresh(to, name, unbound);
      await request(to, { do: "names", unbound }, name, {});
    },
    function compose() {
      if (unbound.length > 0) refuseIfFresh(to, name, unbound);
      return call.compose(to);
    },
  );
}

/** Throws what {@link sendProcess} would throw, and does nothing. */
export function checkProcess(fn: AnyFunction, args: unknown[], bare: boolean): void {
  if (bare) refuseCaptured(fn);
  else if (referenceOf(fn) === undefined) analyzer().analyzeFunction(fn);
  check(args, "args");
}

/** Throws when what `fn` captures cannot be bound over there. `bare`: nothing is. */
function refuseNow(to: number, fn: AnyFunction, bare: boolean): void {
  if (bare) return refuseCaptured(fn);
  if (typeof fn !== "function" || referenceOf(fn) !== undefined || outboxes.has(to)) return;
  const unbound = analyzer().captured(analyzer().analyzeFunction(fn));
  if (unbound.length > 0) refuseIfFresh(to, fn.name, unbound);
}

/** Runs `source` in interpreter `to`. */
export async function sendProgram(to: number, source: string, limits: Limits): Promise<void> {
  if (typeof source !== "string") {
    throw new TypeError(`Cannot execute ${describe(source)}: pass source text; use call for a function`);
  }
  limits.signal?.throwIfAborted();
  const program = parse(source, to);
  await send(to, "exec", limits, undefined, undefined, function compose() {
    return { do: "exec", ...program };
  }).promise;
}

/** Reads a program; what does not parse has failed, like what throws as it begins. */
function parse(source: string, to: number): ReturnType<ReturnType<typeof analyzer>["analyzeProgram"]> {
  try {
    return analyzer().analyzeProgram(source);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { name: type, message } = error;
    throw new ExecutionFailed({ type, message, stack: "" }, `interpreter ${to}`, { cause: error });
  }
}

/** Binds names in the main namespace of interpreter `to`. */
export async function sendBindings(to: number, bindings: Record<string, unknown>): Promise<void> {
  if (typeof bindings !== "object" || bindings === null || Object.keys(bindings).length === 0) {
    throw new TypeError("Cannot prepare the main namespace: no bindings; pass an object like { limit: 10 }");
  }
  if (Object.hasOwn(bindings, LIBRARY_NAME)) {
    throw new TypeError(
      `Cannot bind "${LIBRARY_NAME}": sent code has this library under that name; choose another`,
    );
  }
  if (Object.hasOwn(bindings, "globalThis")) {
    throw new TypeError(
      `Cannot bind "globalThis": code there would lose its main namespace; choose another name`,
    );
  }
  const outgoing = pack({ ...bindings }, "bindings");
  await send(to, "prepareMain", {}, outgoing, undefined, function compose() {
    return { do: "bind", bindings: outgoing.wire };
  }).promise;
}

/**
 * Opens a request, and posts it at once or when what is before it and its own preparation is done.
 * A request that is rejected before it was posted gives `outgoing` back. Throws when a process cannot be posted at once.
 */
function send(
  to: number,
  name: string,
  limits: Limits,
  outgoing: Outgoing | undefined,
  prepare: (() => Promise<void>) | undefined,
  compose: () => Work,
): Request {
  const request = openRequest(to, name, limits);
  let posted = false;
  const abandon = outgoing?.abandon;
  if (abandon !== undefined && limits.process === undefined) {
    request.promise.catch(function rejected() {
      if (!posted) abandon();
    });
  }
  /** Throws, and the request is settled, when it cannot be posted. */
  function postNow(): void {
    try {
      const work = compose();
      request.post(work);
      posted = true;
      outgoing?.left?.();
      if (work.do === "call" && work.fn.by === "source") noteArrived(to, work.fn.key);
    } catch (error) {
      refused(error);
      throw error;
    }
  }
  function refused(error: unknown): void {
    // Of a process nothing waits for its promise but the program.
    if (limits.process !== undefined) abandon?.();
    request.fail(error);
  }
  function post(): void {
    if (!request.open) return;
    try {
      postNow();
    } catch {
      // Its promise says so.
    }
  }
  const before = outboxes.get(to);
  if (before === undefined && prepare === undefined) {
    if (limits.process === undefined) post();
    else {
      try {
        postNow();
      } catch (error) {
        // Thrown here, it is not to be reported once more.
        request.promise.catch(function thrown() {});
        throw error;
      }
    }
    return request;
  }
  // Those behind wait for the posting alone; how the request ends is no concern of theirs.
  const left = Promise.all([prepare?.(), before]).then(post, refused).then(function leave() {
    if (outboxes.get(to) === left) outboxes.delete(to);
  });
  outboxes.set(to, left);
  return request;
}

/** The reference for a source; the text comes along until one such reference has been posted. */
function referTo(to: number, sent: SentFunction): FunctionRef {
  const key = keyOf(sent);
  return sentTo.get(to)?.has(key) ? { by: "source", key, name: sent.name } : wholeReference(sent);
}

/** The number under which others know a source of this interpreter. */
function keyOf(sent: SentFunction): number {
  let key = keys.get(sent);
  if (key === undefined) keys.set(sent, key = ++lastKey);
  return key;
}

/** The reference for a source with its text. */
export function wholeReference(sent: SentFunction): FunctionRef {
  return { by: "source", key: keyOf(sent), name: sent.name, code: sourceCode(sent) };
}

function sourceCode({ code, strict, helpers, library, simple }: SentFunction): SourceCode {
  return { text: code, strict, helpers, library, simple };
}

function noteArrived(to: number, key: number): void {
  const known = sentTo.get(to) ?? new Set<number>();
  sentTo.set(to, known.add(key));
}

/** In an interpreter that was never sent anything, nothing can be bound: no need to ask. */
function refuseIfFresh(to: number, name: string, unbound: readonly string[]): void {
  const { board } = realm;
  if (board === undefined || to === 0) return;
  const slot = board.find(to);
  if (slot < 0) {
    throw new InterpreterNotFoundError(`Cannot reach interpreter ${to}: it was closed or has died`);
  }
  if (!board.served(slot)) throw capturedError(name, unbound);
}

/** A value in a message. */
function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? "an object" : typeof value;
}
