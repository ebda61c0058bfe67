/**
 * From a function and its arguments to a request on its way.
 *
 * *Order.* Calls to one interpreter leave in the order in which they were made. Arguments are encoded at once, so a
 * call means the values of its moment; only the analysis of the first function ever sent, which loads the parser, and a
 * check of names before something is moved take time, and later calls to that interpreter queue up behind them.
 */
import { loadLater } from "../runtime/load_later.ts";
import type { Outgoing } from "../sharing/wire.ts";
import { type Carried, isPlain, pack } from "./carried.ts";
import { type Limits, openRequest, request } from "./calls.ts";
import { InterpreterNotFoundError } from "./errors.ts";
import type { FunctionRef, Work } from "./protocol.ts";
import { realm } from "./realm.ts";
import { LIBRARY_NAME } from "./source/names.ts";
import { capturedError } from "./source/refusal.ts";
import type { SentFunction, SentProgram } from "./source/analyze.ts";
import type { AnyFunction } from "./callable.ts";
import { referenceOf } from "./task.ts";

type Analyzer = typeof import("./source/analyze.ts");

let analyzer: Analyzer | undefined;
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

/** The parser of sent code, loaded at first use. */
export async function loadAnalyzer(): Promise<Analyzer> {
  return analyzer ??= await loadLater<Analyzer>("./source/analyze", import.meta.url);
}

/** Calls `fn` with `args` in interpreter `to`. Rejects before anything is sent when one of them cannot cross. */
export async function sendCall(
  to: number,
  fn: AnyFunction,
  args: unknown[],
  limits: Limits,
): Promise<unknown> {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot call ${describe(fn)}: pass a function, task or remote reference first`);
  }
  limits.signal?.throwIfAborted();
  const outgoing = args.every(isPlain) ? undefined : pack(args, "args");
  const carried: Carried = outgoing === undefined ? { plain: args } : outgoing.wire;
  const moves = outgoing !== undefined && outgoing.transfer.length > 0;
  const { name } = fn;
  const ref = referenceOf(fn);
  if (ref !== undefined) {
    return await send(to, name, limits, outgoing, undefined, function compose() {
      return { do: "call", fn: ref, args: carried, unbound: [] };
    });
  }
  let sent: SentFunction | undefined = analyzer?.analyzeFunction(fn);
  let unbound = sent === undefined ? [] : analyzer!.captured(sent);
  async function prepare(): Promise<void> {
    if (sent === undefined) {
      sent = (await loadAnalyzer()).analyzeFunction(fn);
      unbound = analyzer!.captured(sent);
    }
    // What is moved leaves at the send and cannot come back: ask first whether the function will run.
    if (unbound.length > 0 && moves) {
      refuseIfFresh(to, name, unbound);
      await request(to, { do: "names", unbound }, name, {});
    }
  }
  const mustPrepare = sent === undefined || (unbound.length > 0 && moves);
  return await send(to, name, limits, outgoing, mustPrepare ? prepare : undefined, function compose() {
    if (unbound.length > 0) refuseIfFresh(to, name, unbound);
    return { do: "call", fn: referTo(to, sent!), args: carried, unbound };
  });
}

/** Runs `source` in interpreter `to`. */
export async function sendProgram(to: number, source: string, limits: Limits): Promise<void> {
  if (typeof source !== "string") {
    throw new TypeError(`Cannot execute ${describe(source)}: pass source text; use call for a function`);
  }
  limits.signal?.throwIfAborted();
  let program: SentProgram;
  async function prepare(): Promise<void> {
    program = (await loadAnalyzer()).analyzeProgram(source);
  }
  await send(to, "exec", limits, undefined, prepare, function compose() {
    return { do: "exec", ...program };
  });
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
  const outgoing = pack({ ...bindings }, "bindings");
  await send(to, "prepareMain", {}, outgoing, undefined, function compose() {
    return { do: "bind", bindings: outgoing.wire };
  });
}

/**
 * Opens a request, posts it at once or when what is before it and its own preparation is done, and gives its promise.
 * A request that is rejected before it was posted gives `outgoing` back.
 */
function send(
  to: number,
  name: string,
  limits: Limits,
  outgoing: Outgoing | undefined,
  prepare: (() => Promise<void>) | undefined,
  compose: () => Work,
): Promise<unknown> {
  const request = openRequest(to, name, limits);
  let posted = false;
  if (outgoing?.abandon !== undefined) {
    request.promise.catch(function rejected() {
      if (!posted) outgoing.abandon!();
    });
  }
  function post(): void {
    if (!request.open) return;
    try {
      const work = compose();
      request.post(work);
      posted = true;
      if (work.do === "call" && work.fn.by === "source") noteArrived(to, work.fn.key);
    } catch (error) {
      request.fail(error);
    }
  }
  const before = outboxes.get(to);
  if (before === undefined && prepare === undefined) {
    post();
    return request.promise;
  }
  // Those behind wait for the posting alone; how the request ends is no concern of theirs.
  const left = Promise.all([prepare?.(), before]).then(post, function unprepared(error: unknown) {
    request.fail(error);
  }).then(function leave() {
    if (outboxes.get(to) === left) outboxes.delete(to);
  });
  outboxes.set(to, left);
  return request.promise;
}

/** The reference for a source; the text comes along until one such reference has been posted. */
function referTo(to: number, sent: SentFunction): FunctionRef {
  let key = keys.get(sent);
  if (key === undefined) keys.set(sent, key = ++lastKey);
  const ref: FunctionRef = { by: "source", key, name: sent.name };
  if (sentTo.get(to)?.has(key)) return ref;
  return {
    ...ref,
    code: {
      text: sent.code,
      strict: sent.strict,
      helpers: sent.helpers,
      library: sent.library,
      simple: sent.simple,
    },
  };
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
