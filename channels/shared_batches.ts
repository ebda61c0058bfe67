/**
 * Many values at once on a shared channel. Numbers go in bulk: through a block of the heap that this interpreter keeps for
 * it, by one call of the kernel for as many as there is room for. 32-bit integers stand there as such, and the kernel
 * converts them; other typed arrays are converted on their way into the block or out of it.
 */
import type { Heap } from "../kernel/heap.ts";
import { DATA, STATUS_OK, STATUS_WAIT } from "../kernel/heap_layout.ts";
import { spinOnce } from "../runtime/mod.ts";
import { check, checkEach } from "../sharing/encode.ts";
import { NotShareableError } from "../sharing/errors.ts";
import { lateBy, leftUntil, type Progress, Received, receiveInto, withSent } from "./batches.ts";
import type { Batch, BlockOptions, End, Fillable, WaitOptions } from "./form.ts";
import { checkNotGone } from "./gone_errors.ts";
import { peersRun } from "./heap_here.ts";
import { checkBatch, checkWait } from "./limits.ts";
import { succeeded } from "./patience.ts";
import { actionOf, ownError } from "./refusals.ts";
import { checkBlocking, receiveBlocking, sendBlocking } from "./shared_blocking.ts";
import type { Settled } from "./port.ts";
import type { SharedForm } from "./shared_form.ts";

/** Numbers that the block holds. */
const CHUNK = 8190;
/** Turns of spinning before a blocking batch waits for a single value; each is about 30 ns. */
const TURNS = 1000;
/** Turns between two looks: what gathers meanwhile comes at once. */
const PAUSE = 16;

let chunk = 0;

/** Byte offset of the block's first number. */
function chunkOf(heap: Heap): number {
  if (chunk === 0) {
    chunk = heap.kernel.allocate(CHUNK * 8 + 16, DATA) >>> 0;
    if (chunk === 0) throw new RangeError("Cannot send or receive in bulk: the shared memory is full");
  }
  return chunk + 16;
}

let view: Float64Array<SharedArrayBuffer> | undefined;
let integerView: Int32Array<SharedArrayBuffer> | undefined;

function numbersAt(heap: Heap, at: number): Float64Array<SharedArrayBuffer> {
  if (view === undefined) {
    heap.bytes(at + CHUNK * 8);
    view = new Float64Array(heap.memory.buffer as unknown as SharedArrayBuffer, at, CHUNK);
  }
  return view;
}

/** The same block as 32-bit integers, twice as many. */
function integersAt(heap: Heap, at: number): Int32Array<SharedArrayBuffer> {
  if (integerView === undefined) {
    const { buffer, byteOffset } = numbersAt(heap, at);
    integerView = new Int32Array(buffer, byteOffset, 2 * CHUNK);
  }
  return integerView;
}

/** A batch on its way. */
class Batching {
  readonly #progress: Progress;
  readonly #form: SharedForm;
  readonly #values: Batch<unknown>;
  /** All values are known to be such as can cross: from when the first is about to. */
  #isChecked = false;

  constructor(form: SharedForm, values: Batch<unknown>, progress: Progress) {
    this.#form = form;
    this.#values = values;
    this.#progress = progress;
  }

  get sent(): number {
    return this.#progress.sent;
  }

  set sent(count: number) {
    this.#progress.sent = count;
  }

  get isOver(): boolean {
    return this.sent >= this.#values.length;
  }

  /** The value that is next. */
  get next(): unknown {
    return this.#values[this.sent];
  }

  /** Sends what can be sent at once; throws when a value cannot be sent at all. */
  sendSome(): void {
    while (!this.isOver) if (typeof this.next === "number" ? !this.#sendNumbers() : !this.#sendOne()) return;
  }

  /** Sends a run of numbers; false if it has to wait. */
  #sendNumbers(): boolean {
    const { heap, at, capacity } = this.#form;
    const values = this.#values;
    const from = chunkOf(heap);
    const numbers = numbersAt(heap, from);
    const most = Math.min(values.length - this.sent, CHUNK, Math.max(capacity, 1));
    let count = 0;
    const integers = values instanceof Int32Array;
    if (integers) {
      integersAt(heap, from).set(values.subarray(this.sent, this.sent + most));
      count = most;
    } else if (ArrayBuffer.isView(values)) {
      numbers.set((values as unknown as Float64Array).subarray(this.sent, this.sent + most));
      count = most;
    } else {
      for (; count < most; count++) {
        const value = values[this.sent + count];
        if (typeof value !== "number") break;
        numbers[count] = value;
      }
    }
    this.#check(this.sent + count);
    for (let done = 0; done < count;) {
      const went = integers
        ? heap.kernel.sendIntegers(at, from + 4 * done, count - done)
        : heap.kernel.sendNumbers(at, from + 8 * done, count - done);
      if (went > 0) this.sent += went;
      // A status that has its own words: one value alone finds out.
      else if (!this.#sendOne()) return false;
      done += Math.max(went, 1);
    }
    return true;
  }

  /** Checks the values from the one at `from` on, once: those before it are numbers. */
  #check(from: number): void {
    if (this.#isChecked) return;
    this.#isChecked = true;
    if (from < this.#values.length) checkEach(this.#values, from);
  }

  /** `error`, of the value that is next; what cannot cross is named by its place in the batch. */
  placed(error: unknown): unknown {
    if (!(error instanceof NotShareableError)) return error;
    try {
      check(Array.from(this.#values, (each, at) => at === this.sent ? each : undefined));
      return error;
    } catch (better) {
      return better;
    }
  }

  #sendOne(): boolean {
    let settled: Settled | undefined;
    this.#check(this.sent);
    try {
      settled = this.#form.attemptSend(this.next);
    } catch (error) {
      throw ownError(this.placed(error));
    }
    if (settled === undefined) return false;
    if (settled.is === "failed") throw settled.error;
    this.sent++;
    return true;
  }
}

/** See `sendMany` of channel.ts. */
export function sendMany(
  form: SharedForm,
  values: Batch<unknown>,
  options: WaitOptions | undefined,
  progress: Progress,
  end: End | undefined,
): Promise<void> {
  const batch = new Batching(form, values, progress);
  try {
    const action = actionOf("sender", form.name);
    checkBatch(action, values);
    if (options !== undefined) checkWait(action, options);
    batch.sendSome();
    return batch.isOver ? succeeded() : sendRest(form, batch, options, end);
  } catch (error) {
    return Promise.reject(error);
  }
}

async function sendRest(
  form: SharedForm,
  batch: Batching,
  options: WaitOptions | undefined,
  end: End | undefined,
): Promise<void> {
  const deadline = performance.now() + (options?.timeout ?? Infinity);
  try {
    while (!batch.isOver) {
      checkNotGone(end, batch.next);
      const limits = options === undefined ? undefined : { ...options, timeout: leftUntil(deadline) };
      try {
        await form.send(batch.next, limits, end);
      } catch (error) {
        throw batch.placed(error);
      }
      batch.sent++;
      if (end?.ended === undefined) batch.sendSome();
    }
  } catch (error) {
    throw lateBy(error, form, options?.timeout);
  }
}

/** See `sendManySync` of channel.ts. */
export function sendManySync(
  form: SharedForm,
  values: Batch<unknown>,
  options: BlockOptions | undefined,
): void {
  const timeout = options?.timeout;
  const batch = new Batching(form, values, { sent: 0 });
  try {
    checkBatch(actionOf("sender", form.name), values);
    checkBlocking(form, "sender", options);
    const deadline = performance.now() + (timeout ?? Infinity);
    batch.sendSome();
    for (let turns = 0; !batch.isOver;) {
      const before = batch.sent;
      if (peersRun && form.capacity > 0 && turns < TURNS) {
        for (let i = 0; i < PAUSE; i++) spinOnce();
        turns += PAUSE;
      } else {
        const limits = timeout === undefined ? undefined : { timeout: leftUntil(deadline) };
        try {
          sendBlocking(form, batch.next, limits);
        } catch (error) {
          throw batch.placed(error);
        }
        batch.sent++;
      }
      batch.sendSome();
      if (batch.sent > before) turns = 0;
    }
  } catch (error) {
    throw withSent(lateBy(error, form, timeout), batch.sent);
  }
}

/** See `receiveMany` of channel.ts. */
export function receiveMany(
  form: SharedForm,
  max: number | Fillable,
  options: WaitOptions | undefined,
  end: End | undefined,
): Promise<ArrayLike<unknown>> {
  try {
    return receiveInto(new SharedReceived(form, max), options, end);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** See `receiveManySync` of channel.ts. */
export function receiveManySync(
  form: SharedForm,
  max: number | Fillable,
  options: BlockOptions | undefined,
): ArrayLike<unknown> {
  const batch = new SharedReceived(form, max);
  checkBlocking(form, "receiver", options);
  batch.takeSome();
  for (let turns = 0; batch.length === 0 && peersRun && form.capacity > 0 && turns < TURNS; turns += PAUSE) {
    for (let i = 0; i < PAUSE; i++) spinOnce();
    batch.takeSome();
  }
  if (batch.length === 0) {
    batch.add(receiveBlocking(form, options));
    batch.takeSome();
  }
  return batch.result();
}

class SharedReceived extends Received<SharedForm> {
  override takeSome(): void {
    const { form, values, form: { heap, at } } = this;
    while (this.length < this.max) {
      const most = Math.min(this.max - this.length, CHUNK);
      const to = chunkOf(heap);
      const inBulk = most > 1 || !Array.isArray(values);
      if (values instanceof Int32Array && !form.promise) {
        const integers = heap.kernel.receiveIntegers(at, to, most);
        if (integers > 0) {
          values.set(integersAt(heap, to).subarray(0, integers), this.length);
          this.length += integers;
          continue;
        }
      }
      const got = inBulk && !form.promise ? heap.kernel.receiveNumbers(at, to, most) : 0;
      if (got > 0) {
        const numbers = numbersAt(heap, to);
        if (Array.isArray(values)) { for (let i = 0; i < got; i++) values.push(numbers[i]); }
        else values.set(numbers.subarray(0, got), this.length);
        this.length += got;
        continue;
      }
      // What is no number is left to the next receive, once there are numbers for the typed array.
      if (!Array.isArray(values)) {
        if (this.length > 0) return;
        if (got < 0) throw this.noNumber("of another type");
      }
      const number = heap.kernel.receive(at);
      if (number === number) {
        this.add(number);
        continue;
      }
      const { status } = heap;
      if (status === STATUS_OK) this.#addUnpacked();
      else if (status === STATUS_WAIT || this.length > 0) return;
      else throw form.whyNotReceive(status);
    }
  }
  #addUnpacked(): void {
    let value: unknown;
    try {
      value = this.form.unpacked();
    } catch (error) {
      throw this.failed(error);
    }
    this.add(value);
  }
}
