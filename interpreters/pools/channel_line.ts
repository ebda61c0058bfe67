/**
 * Tasks by channels: a loop inside each interpreter (`pool_worker.ts`) receives tasks from a channel of its own and sends
 * results by one that all of them share.
 *
 * *Invariants.* A mark is used for one task at a time, and again only when the interpreter has passed it and its result is
 * in. So of a dead interpreter it is known of each task whether it had begun.
 *
 * *How far ahead.* While tasks are short, an interpreter has some before it, so that it need not wait for this one; as soon
 * as they take long, none. What it has before it can be taken back.
 *
 * What has ends, buffers to move or a limit goes as a call: those are told of what happens by other ways.
 */
import { channels } from "#engines";
import { Channel } from "../../channels/channel.ts";
import { sharedArray } from "../../sharing/api.ts";
import type { Wire } from "../../sharing/wire.ts";
import type { AnyFunction } from "../callable.ts";
import { isPlain, refers } from "../carried.ts";
import { entitle } from "../outcome_error.ts";
import type { Interpreter } from "../interpreter.ts";
import { ProcessRecord, runAs } from "../process_context.ts";
import type { FunctionRef, SourceCode } from "../protocol.ts";
import { realm } from "../realm.ts";
import { referTo } from "../remote.ts";
import { type DescribedFunction, describeFunction, prepareCall, sendCall } from "../sending.ts";
import { CallLine, prepareByCall, PreparedByCall } from "./call_line.ts";
import { type Job, MARKS, PASSED, QUEUED, RECALLED, type Report, type Shipment } from "./jobs.ts";
import type { Line, LineEvents, Prepared, Trunk } from "./line.ts";
import type { Work } from "./work.ts";
import { workerUrl } from "./worker_url.ts";

/** Most tasks before an interpreter; most that leave in one shipment. */
const MOST_AHEAD = 512;
const SHIPMENT = 64;
/** Most tasks that were taken back and that the interpreter has not passed yet, for it to get more ahead. */
const MOST_RECALLED = MARKS - MOST_AHEAD - 8;
/** Of tasks that take less, in milliseconds, many are sent ahead. */
const SHORT_MS = 0.25;
/** Of tasks that take more, none. */
const SEND_AHEAD_MS = 30;

/** A task that can be sent ahead. */
class Light implements Prepared, DescribedFunction {
  readonly light = true;
  readonly ref: FunctionRef;
  readonly code?: SourceCode;
  readonly job: Job;
  readonly needs: DescribedFunction | undefined;

  constructor({ ref, code }: DescribedFunction, job: Job, needs: DescribedFunction | undefined) {
    this.ref = ref;
    if (code !== undefined) this.code = code;
    this.job = job;
    this.needs = needs;
  }

  abandon(): void {}
}

/** Of functions that capture nothing, which stays so. */
const descriptions = new WeakMap<AnyFunction, DescribedFunction>();

function describe(fn: AnyFunction): DescribedFunction {
  let described = descriptions.get(fn);
  if (described === undefined) {
    described = describeFunction(fn);
    descriptions.set(fn, described);
  }
  return described;
}

/** See {@link Trunk}. */
export class ChannelTrunk implements Trunk {
  readonly outbox: Channel<Report>;
  /** By the interpreter's number in the pool; its marks are told apart by it. */
  readonly #lines: (ChannelLine | undefined)[] = [];

  constructor(name: string) {
    this.outbox = channels().openUnboundedChannel(`${name}: results`) as Channel<Report>;
    channels().share(Channel.coreOf(this.outbox as Channel<unknown>));
    // The pool is no part of the process in which it is made.
    void runAs(new ProcessRecord(0, name, undefined), () => this.#listen());
  }

  prepare(
    fn: AnyFunction,
    args: unknown[],
    name: string,
    limited: boolean,
    needs: DescribedFunction | undefined,
  ): Prepared {
    const described = describe(fn);
    if (limited) return prepareByCall(fn, args, name, needs);
    if (args.every(isPlain)) return new Light(described, args, needs);
    const call = prepareCall(fn, args, name);
    const { bytes, side } = call.args as Wire;
    if (side === undefined && !refers(call.args)) return new Light(described, bytes, needs);
    if (needs === undefined) return new PreparedByCall(call);
    call.outgoing?.abandon?.();
    return prepareByCall(fn, args, name, needs);
  }

  open(interpreter: Interpreter, events: LineEvents): Line {
    const place = this.#lines.length;
    const line = new ChannelLine(this, place, interpreter, events);
    this.#lines.push(line);
    return line;
  }

  close(): void {
    this.outbox.close();
  }

  /** The line of `place` is not used any more. */
  forget(place: number): void {
    this.#lines[place] = undefined;
  }

  /** Takes what has arrived, now. */
  take(): void {
    for (;;) {
      const got = this.outbox.tryReceive();
      if (got.state !== "ok") return;
      this.#report(got.value);
    }
  }

  async #listen(): Promise<void> {
    try {
      for (;;) {
        this.#report(await this.outbox.receive());
        this.take();
        for (let i = 0; i < this.#lines.length; i++) this.#lines[i]?.adapt();
      }
    } catch {
      // The pool has ended.
    }
  }

  #report(report: Report): void {
    const mark = report[0];
    this.#lines[Math.floor(mark / MARKS)]?.reported(mark % MARKS, report[1], report[2], report[3]);
  }
}

class ChannelLine implements Line {
  readonly ready: Promise<void>;
  #ahead = 0;
  readonly #trunk: ChannelTrunk;
  readonly #place: number;
  readonly #interpreter: Interpreter;
  readonly #events: LineEvents;
  readonly #calls: CallLine;
  readonly #inbox: Channel<Shipment>;
  readonly #marks: Int32Array = sharedArray(Int32Array, MARKS).fill(PASSED);
  readonly #works: (Work | undefined)[] = new Array<Work | undefined>(MARKS);
  readonly #known = new Set<number>();
  /** Marks of tasks that were taken back, until the interpreter has passed them. */
  #recalled: number[] = [];
  #lost = false;
  #next = 0;
  #refs: { ref: FunctionRef; code?: SourceCode }[] = [];
  #jobs: unknown[] = [];
  /** Since the last look: how many tasks have ended, and how long they took together. */
  #ended = 0;
  #took = 0;

  constructor(trunk: ChannelTrunk, place: number, interpreter: Interpreter, events: LineEvents) {
    this.#trunk = trunk;
    this.#place = place;
    this.#interpreter = interpreter;
    this.#events = events;
    this.#calls = new CallLine(interpreter, events);
    this.#inbox = channels().openUnboundedChannel(`${interpreter.name}: tasks`) as Channel<Shipment>;
    this.ready = sendCall(
      interpreter.id,
      referTo(workerUrl(), "serve"),
      [realm.id, this.#place * MARKS, this.#inbox, trunk.outbox, this.#marks],
      { original: true },
    ) as Promise<void>;
  }

  get ahead(): number {
    if (this.#recalled.length > MOST_RECALLED) {
      this.#recalled = this.#recalled.filter((mark) => Atomics.load(this.#marks, mark) === RECALLED);
      if (this.#recalled.length > MOST_RECALLED) return 0;
    }
    return this.#ahead;
  }

  send(work: Work): void {
    const { prepared } = work;
    if (!(prepared instanceof Light)) return this.#calls.send(work);
    const mark = this.#freeMark();
    Atomics.store(this.#marks, mark, QUEUED);
    this.#works[mark] = work;
    work.mark = mark;
    const { ref, job, needs } = prepared;
    this.#bring(prepared);
    if (needs !== undefined) this.#bring(needs);
    this.#jobs.push(mark, ref.by === "source" ? ref.key : ref, job);
    if (this.#jobs.length >= 3 * SHIPMENT) this.flush();
  }

  /** Lets a source come along that the interpreter has not got. */
  #bring({ ref, code }: DescribedFunction): void {
    if (ref.by !== "source" || this.#known.has(ref.key)) return;
    this.#known.add(ref.key);
    this.#refs.push(code === undefined ? { ref } : { ref, code });
  }

  /** There is one: fewer are under way, or were taken back and not passed, than there are marks. */
  #freeMark(): number {
    for (;;) {
      const mark = this.#next = (this.#next + 1) % MARKS;
      if (this.#works[mark] === undefined && Atomics.load(this.#marks, mark) === PASSED) return mark;
    }
  }

  flush(): void {
    if (this.#jobs.length === 0) return;
    const jobs = this.#jobs;
    this.#jobs = [];
    if (this.#refs.length === 0) this.#inbox.trySend(jobs);
    else {
      const refs = this.#refs;
      this.#refs = [];
      this.#inbox.trySend({ refs, jobs });
    }
  }

  recall(work: Work): boolean {
    const mark = this.#markOf(work);
    if (mark < 0 || Atomics.compareExchange(this.#marks, mark, QUEUED, RECALLED) !== QUEUED) return false;
    this.#works[mark] = undefined;
    this.#recalled.push(mark);
    return true;
  }

  hasBegun(work: Work): boolean {
    const mark = this.#markOf(work);
    return mark < 0 || Atomics.load(this.#marks, mark) !== QUEUED;
  }

  /** A result that was handed to a receive of ours which has not returned yet is not found by another. */
  hasEnded(work: Work): boolean {
    const mark = this.#markOf(work);
    return mark >= 0 && Atomics.load(this.#marks, mark) === PASSED;
  }

  abort(work: Work, reason: unknown): void {
    this.#calls.abort(work, reason);
  }

  lost(): void {
    this.#trunk.take();
    this.#inbox.close();
    this.#lost = true;
    this.#leave();
  }

  /** It has ended; once all has come that it sent, nothing more does. */
  #leave(): void {
    for (const work of this.#works) if (work !== undefined && this.hasEnded(work)) return;
    this.#trunk.forget(this.#place);
  }

  /** The mark of a task that was sent ahead and of which no result has come; -1 if it is none. */
  #markOf(work: Work): number {
    return this.#works[work.mark] === work ? work.mark : -1;
  }

  /** A result has come. */
  reported(mark: number, value: unknown, ms: number, info: Report[3]): void {
    const work = this.#works[mark];
    if (work === undefined) return;
    this.#works[mark] = undefined;
    this.#ended++;
    this.#took += ms;
    if (this.#lost) this.#leave();
    if (info === undefined) return this.#events.ended(work, { value }, ms);
    const { id, name } = this.#interpreter;
    entitle(value, info.stack, `task "${work.name || "anonymous"}" in interpreter ${id} ("${name}")`);
    this.#events.ended(work, { error: value }, ms);
  }

  /** Decides how far ahead of it tasks are sent, by how long those took that have just ended. */
  adapt(): void {
    if (this.#ended === 0) return;
    const each = this.#took / this.#ended;
    if (each < SHORT_MS) {
      // As many as end between two looks, and once more; at least some.
      this.#ahead = Math.min(MOST_AHEAD, Math.max(4, this.#ahead, 2 * this.#ended));
    } else if (each > SEND_AHEAD_MS) this.#ahead = 0;
    else this.#ahead = 1;
    this.#ended = 0;
    this.#took = 0;
  }
}
