/**
 * Generators that calls have given: their values are sent as they are asked for.
 *
 * A generator takes a turn for each step, so a consumer that rests blocks nobody, and a turn for its `finally` blocks.
 * Each stream gets exactly one `last`. When the consumer is done, a step under way is aborted; then, or at a `yield`, the
 * generator returns, and what its `finally` blocks wait for is aborted only if its process is cancelled. One that is a
 * process ends when it is cancelled: where it waits at a `yield`, that throws the reason.
 */
import { flushed } from "../runtime/inner.ts";
import { result, threw, threwIn } from "./outcome.ts";
import { isEndOfIteration, noteRunning, type ProcessRecord, runAs } from "./process_context.ts";
import type { Outcome } from "./protocol.ts";
import { realm } from "./realm.ts";
import { takeTurn } from "./turns.ts";

/** A generator whose values are sent as they are asked for. */
interface Stream {
  readonly from: number;
  readonly key: number;
  readonly process: ProcessRecord;
  readonly iterator: GeneratorObject;
  /** It is a process of its own, which can be cancelled. */
  readonly cancels: boolean;
  /** Called when it has ended; with what it threw, in a box. */
  after: ((failure?: { readonly error: unknown }) => void) | undefined;
  credit: number;
  /** A step is queued or runs. */
  active: boolean;
  /** A step runs, or what it has yielded is awaited. */
  stepping: boolean;
  /** What the generator itself is at. */
  step: PromiseLike<unknown> | undefined;
  ended: boolean;
  /** What a step has thrown whose end nobody waited for any more. */
  failure: { readonly error: unknown } | undefined;
}

const streams = new Map<string, Stream>();
/** Generators whose `finally` blocks have not run yet, and when they have. */
const ending = new Map<string, { readonly process: ProcessRecord; readonly over: Promise<void> }>();

type GeneratorObject = Generator<unknown> | AsyncGenerator<unknown>;

/** Whether a call has given a generator. */
export function isGenerator(value: unknown): value is GeneratorObject {
  if (typeof value !== "object" || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Generator]" || tag === "[object AsyncGenerator]";
}

/** Keeps the generator that a call of `from` has given, under the call's key. `cancels`: the call is a process. */
export function openStream(
  from: number,
  key: number,
  process: ProcessRecord,
  iterator: GeneratorObject,
  cancels: boolean,
): void {
  streams.set(`${from}/${key}`, {
    from,
    key,
    process,
    iterator,
    cancels,
    after: undefined,
    credit: 0,
    active: false,
    stepping: false,
    step: undefined,
    ended: false,
    failure: undefined,
  });
}

/** Lets `after` be called when the generator kept under this key has ended; with what it threw, in a box. */
export function whenStreamEnds(
  from: number,
  key: number,
  after: (failure?: { readonly error: unknown }) => void,
): void {
  const stream = streams.get(`${from}/${key}`);
  if (stream === undefined) after();
  else stream.after = after;
}

/** Grants credit. Answered by `last` when there is no such generator any more: main counts on it. */
export function pull(from: number, key: number, credit: number): void {
  const stream = streams.get(`${from}/${key}`);
  if (stream === undefined) return realm.post({ from: realm.id, to: from, key, t: "last" });
  stream.credit += credit;
  if (!stream.active) goOn(stream);
}

/** Lets the generator go on with its next step. */
function goOn(stream: Stream): void {
  stream.active = true;
  takeTurn(async function turn() {
    const { process } = stream;
    noteRunning(process, true);
    await (stream.cancels && process.isAborted ? interrupt(stream) : step(stream));
    noteRunning(process, false);
  });
}

/** The caller gave up: the generator's signal is aborted, even while it cleans up, and one that is a process ends. */
export function abortStream(from: number, key: number, reason: unknown): void {
  const stream = streams.get(`${from}/${key}`);
  (stream ?? ending.get(`${from}/${key}`))?.process.abort(reason);
  if (stream?.cancels && !stream.active) goOn(stream);
}

/** The consumer is done. Answered by `last` in any case: main counts on it. One that ends already gets its own. */
export function endStream(from: number, key: number): void {
  const stream = streams.get(`${from}/${key}`);
  if (stream !== undefined) end(stream);
  else if (!ending.has(`${from}/${key}`)) realm.post({ from: realm.id, to: from, key, t: "last" });
}

/** Ends the generators of an interpreter that has ended. */
export function endStreamsOf(from: number): void {
  for (const stream of streams.values()) if (stream.from === from) end(stream);
}

/** Ends all generators that still stand open; settles when their `finally` blocks have run. */
export async function endStreams(): Promise<void> {
  for (const stream of streams.values()) end(stream);
  while (ending.size > 0) await Promise.all(Array.from(ending.values(), ({ over }) => over));
}

/** One value of a generator; goes to the end of the queue for the next one. */
async function step(stream: Stream): Promise<void> {
  if (stream.ended) return;
  const letter = { from: realm.id, to: stream.from, key: stream.key } as const;
  try {
    const found = await stepped(stream, () => stream.iterator.next());
    stream.step = undefined;
    if (stream.ended) return;
    stream.stepping = found.value instanceof Promise;
    await flushed();
    if (found.done) return last(stream, undefined);
    // A plain generator may yield promises, as it may in `for await`.
    const outcome = await Promise.resolve(found.value).then(result, threw);
    stream.stepping = false;
    if (outcome.is !== "value") {
      if (stream.ended) return;
      // This is what the consumer is told, whatever the `finally` blocks throw.
      await runAs(stream.process, async function run() {
        await stream.iterator.return(undefined);
      }).catch(function ignored() {});
      return last(stream, outcome);
    }
    stream.credit--;
    stream.active = stream.credit > 0 || (stream.cancels && stream.process.isAborted);
    realm.post({ ...letter, t: "item", value: outcome.value, idle: !stream.active });
    if (stream.active) goOn(stream);
  } catch (error) {
    failed(stream, error);
  }
}

/** Does a step of the generator. */
function stepped(
  stream: Stream,
  step: () => IteratorResult<unknown> | Promise<IteratorResult<unknown>>,
): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
  stream.stepping = true;
  const found = runAs(stream.process, step);
  stream.step = found instanceof Promise ? found : undefined;
  return found;
}

/** The process was cancelled while its generator stands at a `yield`, which throws; a second one ends it. */
async function interrupt(stream: Stream): Promise<void> {
  if (stream.ended) return;
  const { iterator, process } = stream;
  const { reason } = process.signal;
  process.wasTold = true;
  try {
    const found = await stepped(stream, () => iterator.throw(reason));
    if (stream.ended) return;
    if (!found.done) {
      await runAs(process, async function run() {
        await iterator.return(undefined);
      });
      throw reason;
    }
    await flushed();
    last(stream, undefined);
  } catch (error) {
    failed(stream, error);
  }
}

/** The generator threw. */
function failed(stream: Stream, error: unknown): void {
  if (stream.ended) {
    if (!stream.process.isAbortedFor(error)) stream.failure = { error };
    return;
  }
  forget(stream);
  postLast(stream, threwIn(stream.process, error), { error });
}

function last(stream: Stream, outcome: Outcome | undefined): void {
  if (stream.ended) return;
  forget(stream);
  postLast(stream, outcome);
}

function forget(stream: Stream): void {
  stream.ended = true;
  streams.delete(`${stream.from}/${stream.key}`);
}

function postLast(
  { from, key, after }: Stream,
  outcome: Outcome | undefined,
  failure?: { readonly error: unknown },
): void {
  after?.(failure);
  const letter = { from: realm.id, to: from, key, t: "last" } as const;
  realm.post(outcome === undefined ? letter : { ...letter, outcome });
}

/** Runs the `finally` blocks, which may await, in a turn of their own. A step under way finishes first; the signal tells it. */
function end(stream: Stream): void {
  if (stream.ended) return;
  forget(stream);
  const { from, key, process } = stream;
  if (stream.stepping) process.endStep();
  const { promise: over, resolve } = Promise.withResolvers<void>();
  ending.set(`${from}/${key}`, { process, over });
  takeTurn(async function turn() {
    try {
      // In concurrent mode it may go on.
      await stream.step;
    } catch {
      // Whoever did the step has seen it.
    }
    process.cleanUp();
    noteRunning(process, true);
    let { failure } = stream;
    try {
      await runAs(process, () => stream.iterator.return(undefined));
    } catch (error) {
      failure ??= { error };
    }
    if (failure !== undefined && isEndOfIteration(failure.error)) failure = undefined;
    await flushed();
    noteRunning(process, false);
    ending.delete(`${from}/${key}`);
    resolve();
    postLast(stream, failure && threwIn(process, failure.error), failure);
  });
}
