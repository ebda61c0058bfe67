/**
 * From a function and its arguments to a request on its way.
 *
 * *Order.* Calls to one interpreter leave in the order in which they were made. Arguments are encoded at once, so a
 * call means the values of its moment; only the analysis of the first function ever sent, which loads the parser, and a
 * check of names before something is moved take time, and later calls to that interpreter queue up behind them.
 */
import { loadLater } from "../runtime/load_later.ts";
import { encode } from "../sharing/encode.ts";
import type { Outgoing } from "../sharing/wire.ts";
import { type Limits, request } from "./calls.ts";
import { InterpreterNotFoundError } from "./errors.ts";
import type { FunctionRef, Work } from "./protocol.ts";
import { realm } from "./realm.ts";
import { capturedError } from "./source/refusal.ts";
import type { SentFunction } from "./source/analyze.ts";
import { type AnyFunction, referenceOf } from "./task.ts";

type Analyzer = typeof import("./source/analyze.ts");

let analyzer: Analyzer | undefined;
const keys = new WeakMap<SentFunction, number>();
let lastKey = 0;
/** The sources that each interpreter has got, by key. */
const sentTo = new Map<number, Set<number>>();
/** The last send to an interpreter that is still being prepared. */
const outboxes = new Map<number, Promise<unknown>>();

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
  checkLimits(limits);
  const outgoing = encode(args, "args");
  const name = fn.name || "anonymous";
  const ref = referenceOf(fn);
  if (ref !== undefined) {
    return await inOrder(to, undefined, function send() {
      return post(to, { do: "call", fn: ref, args: outgoing.wire, unbound: [] }, name, limits, outgoing);
    });
  }
  let sent: SentFunction | undefined = analyzer?.analyzeFunction(fn);
  let unbound = sent === undefined ? [] : analyzer!.captured(sent);
  const mustPrepare = sent === undefined || (unbound.length > 0 && outgoing.transfer.length > 0);
  async function prepare(): Promise<void> {
    if (sent === undefined) {
      sent = (await loadAnalyzer()).analyzeFunction(fn);
      unbound = analyzer!.captured(sent);
    }
    // What is moved leaves at the send and cannot come back: ask first whether the function will run.
    if (unbound.length > 0 && outgoing.transfer.length > 0) {
      refuseIfFresh(to, name, unbound);
      await request(to, { do: "names", unbound }, name, limits);
    }
  }
  function send(): Promise<unknown> {
    if (unbound.length > 0) refuseIfFresh(to, name, unbound);
    const [ref, arrived] = referTo(to, sent!);
    const work: Work = { do: "call", fn: ref, args: outgoing.wire, unbound };
    const promise = post(to, work, name, limits, outgoing);
    arrived();
    return promise;
  }
  try {
    return await inOrder(to, mustPrepare ? prepare : undefined, send);
  } catch (error) {
    outgoing.abandon?.();
    throw error;
  }
}

/** Runs `source` in interpreter `to`. */
export async function sendProgram(to: number, source: string, limits: Limits): Promise<void> {
  checkLimits(limits);
  if (typeof source !== "string") {
    throw new TypeError(`Cannot execute ${describe(source)}: pass source text; use call for a function`);
  }
  let work: Work;
  await inOrder(
    to,
    async function prepare() {
      work = { do: "exec", ...(await loadAnalyzer()).analyzeProgram(source) };
    },
    function send() {
      return request(to, work, "exec", limits);
    },
  );
}

/** Binds names in the main namespace of interpreter `to`. */
export async function sendBindings(to: number, bindings: Record<string, unknown>): Promise<void> {
  if (typeof bindings !== "object" || bindings === null || Object.keys(bindings).length === 0) {
    throw new TypeError("Cannot prepare the main namespace: no bindings; pass an object like { limit: 10 }");
  }
  const outgoing = encode({ ...bindings }, "bindings");
  await inOrder(to, undefined, function send() {
    return post(to, { do: "bind", bindings: outgoing.wire }, "prepareMain", {}, outgoing);
  });
}

/** Sends at once if nothing is being prepared for `to`, otherwise when its turn comes. */
function inOrder(
  to: number,
  prepare: (() => Promise<void>) | undefined,
  send: () => Promise<unknown>,
): Promise<unknown> {
  const before = outboxes.get(to);
  if (before === undefined && prepare === undefined) return send();
  const prepared = Promise.all([before, prepare?.()]);
  const turn = prepared.then(send);
  // The outbox is about the sending; how the request ends is no concern of those behind it.
  const sent = prepared.then(noop, noop);
  outboxes.set(to, sent);
  void sent.then(function last() {
    if (outboxes.get(to) === sent) outboxes.delete(to);
  });
  return turn;
}

function noop(): void {}

function post(to: number, work: Work, name: string, limits: Limits, outgoing: Outgoing): Promise<unknown> {
  try {
    return request(to, work, name, limits);
  } catch (error) {
    outgoing.abandon?.();
    throw error;
  }
}

/** The reference for a source; the text comes along until `arrived` was called. */
function referTo(to: number, sent: SentFunction): [FunctionRef, arrived: () => void] {
  let key = keys.get(sent);
  if (key === undefined) keys.set(sent, key = ++lastKey);
  const known = sentTo.get(to) ?? new Set<number>();
  const ref: FunctionRef = { by: "source", key, name: sent.name };
  if (!known.has(key)) {
    ref.code = { text: sent.code, strict: sent.strict, helpers: sent.helpers, library: sent.library };
  }
  return [ref, function arrived() {
    sentTo.set(to, known.add(key));
  }];
}

/** In an interpreter that was never sent anything, nothing can be bound: no need to ask. */
function refuseIfFresh(to: number, name: string, unbound: readonly string[]): void {
  const { board } = realm;
  if (board === undefined || to === 0) return;
  const slot = board.find(to);
  if (slot < 0) {
    throw new InterpreterNotFoundError(`Cannot reach interpreter ${to}: it was closed or has died`);
  }
  if (!board.served(slot)) throw capturedError(name === "anonymous" ? "" : name, unbound);
}

function checkLimits(limits: Limits): void {
  limits.signal?.throwIfAborted();
}

/** A value in a message. */
function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? "an object" : typeof value;
}
