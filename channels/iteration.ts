/** Receiving in a loop, as an async iterator or a stream. The form is asked for each time: it may change meanwhile. */
import { ChannelClosedError } from "./errors.ts";
import type { End, Form } from "./form.ts";
import { isGoneError } from "./gone_errors.ts";
import { LocalForm } from "./local_form.ts";
import { succeededWith } from "./patience.ts";
import { PlainWaiter } from "./plain_waiter.ts";
import { type Guard, SEE_GUARD, type Settled, UNREADY } from "./port.ts";
import { SharedForm } from "./shared_form.ts";
import { staysHere } from "../sharing/errors.ts";

/** What is received from: a channel's core, or an end's seat. */
export interface Source {
  readonly form: Form;
  /** The end that it is, if it is one. */
  readonly end?: End;
}

type Result = IteratorResult<unknown, undefined>;

const OVER: Result = Object.freeze({ value: undefined, done: true });

/** The values of a channel; ends when it is closed without a reason, throws when there is one. */
export class ChannelIterator implements AsyncIterableIterator<unknown, undefined> {
  static {
    staysHere(this.prototype, "the iterator of a channel belongs to one interpreter; send the channel");
  }

  readonly #source: Source;
  #begun = false;
  #returned = false;
  /** The last one that waits, and by its `earlier` the others. */
  #last: NextWaiter | undefined = undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#returned) return Promise.resolve(OVER);
    try {
      const { form } = this.#source;
      if (!this.#begun) this.#begun = this.#source.end?.ended === undefined;
      if (form instanceof LocalForm) {
        const value = form.takeNow();
        if (value === UNREADY) return this.#waitAt(form);
        if (value !== SEE_GUARD) return succeededWith<Result>({ value, done: false });
      } else {
        let got = form.tryReceive();
        if (got.state === "empty" && form instanceof SharedForm && form.isThereSoon()) {
          got = form.tryReceive();
        }
        if (got.state === "ok") return succeededWith<Result>({ value: got.value, done: false });
      }
      const guard = form.receiving(this.#source.end);
      const settled = guard.attempt();
      return settled === undefined ? this.#wait(form, guard) : ended(settled);
    } catch (error) {
      // The receiver was retired between two steps: as when one of them waits.
      const isOver = this.#begun && this.#source.end?.ended !== undefined &&
        error instanceof ChannelClosedError;
      return isOver ? Promise.resolve(OVER) : Promise.reject(error);
    }
  }

  /** Ends it; who waits takes nothing any more. The channel is left as it is. */
  return(): Promise<Result> {
    this.#returned = true;
    for (let each = this.#last; each !== undefined; each = each.earlier) each.stop({ is: "closed" });
    this.#last = undefined;
    return Promise.resolve(OVER);
  }

  #waitAt(form: LocalForm): Promise<Result> {
    return form.receiveBy(this.#waiter(form)) as Promise<Result>;
  }

  #waiter(form: Form): NextWaiter {
    const earlier = this.#last?.isWaiting ? this.#last : undefined;
    return this.#last = new NextWaiter(form.name, this.#source.end, earlier);
  }

  #wait(form: Form, guard: Guard): Promise<Result> {
    const waiter = this.#waiter(form);
    guard.enlist(waiter, 0);
    waiter.begin(guard);
    if (guard.isIdle === undefined) waiter.report(form);
    else waiter.reportGuard(guard);
    return waiter.promise as Promise<Result>;
  }
}

/** How `next` ends on a channel from which nothing comes any more, or, between two threads, just now did. */
function ended(settled: Settled): Promise<Result> {
  const result = resultOf(settled);
  return result.is === "done" ? Promise.resolve(result.value as Result) : Promise.reject(result.error);
}

/** The same outcome, as one of `next`. */
function resultOf(settled: Settled): Exclude<Settled, { is: "closed" }> {
  if (settled.is === "failed") {
    // The receiver that it waited by was retired.
    const isOver = isGoneError(settled.error) && settled.error instanceof ChannelClosedError;
    return isOver ? { is: "done", value: OVER } : settled;
  }
  if (settled.is === "done") return { is: "done", value: { value: settled.value, done: false } };
  if (settled.reason === undefined) return { is: "done", value: OVER };
  return { is: "failed", error: settled.reason.error };
}

/** A `next` that waits. */
class NextWaiter extends PlainWaiter {
  readonly earlier: NextWaiter | undefined;

  constructor(name: string, end: End | undefined, earlier: NextWaiter | undefined) {
    super("receiver", name, undefined, end);
    this.earlier = earlier;
  }

  protected override resultOf(value: unknown): Result {
    return { value, done: false };
  }

  override finish(index: number, settled: Settled): void {
    super.finish(index, resultOf(settled));
  }
}

/**
 * The values of a channel as a stream, which takes none before it is asked for; `cancelled` gets what `cancel` was given,
 * if anything.
 */
export function streamOf(
  source: Source,
  cancelled: (reason?: { readonly error: unknown }) => void,
): ReadableStream<unknown> {
  const iterator = new ChannelIterator(source);
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel(reason: unknown) {
      void iterator.return();
      cancelled(reason === undefined ? undefined : { error: reason });
    },
  }, { highWaterMark: 0 });
}
