/**
 * Queues: what the methods of `Queue` do, over a channel that is never closed. One object for each queue and interpreter.
 */
import { channels } from "#engines";
import { chan } from "../channels/api.ts";
import { Channel } from "../channels/channel.ts";
import { TimeoutError } from "../channels/errors.ts";
import type { BlockOptions, WaitOptions } from "../channels/form.ts";
import { registerKind } from "../sharing/kinds.ts";
import { QueueEmpty, QueueFull } from "./errors.ts";
import { HANDLE } from "./interpreter.ts";
import { processNow } from "./process_context.ts";
import { Queue } from "./queue.ts";
import { realm } from "./realm.ts";

/** What crosses of a queue. */
type Description = [id: number, maxsize: number, channel: Channel<unknown>];

/** Numbers of one interpreter; interpreters' ids are never reused. */
const IDS_PER_INTERPRETER = 2 ** 32;

const known = new Map<number, WeakRef<Queue<unknown>>>();
const dropped = new FinalizationRegistry<number>(function forget(id) {
  if (known.get(id)?.deref() === undefined) known.delete(id);
});
let made = 0;

/** Lets queues cross; once. */
export function installQueues(): void {
  registerKind<Queue<unknown>>(Queue.prototype, {
    name: "queue",
    encode(queue): Description {
      return [queue.id, queue.maxsize, Queue.channelOf(queue)];
    },
    decode([id, maxsize, channel]: Description) {
      return known.get(id)?.deref() ?? handle(id, maxsize, channel);
    },
  });
}

/** See `createQueue` in queue.ts. */
export function createQueue<T>(maxsize: unknown): Queue<T> {
  if (!Number.isSafeInteger(maxsize)) {
    throw new TypeError(`Cannot create queue: maxsize is ${String(maxsize)}; pass an integer`);
  }
  const size = maxsize as number;
  const id = realm.id * IDS_PER_INTERPRETER + ++made;
  const name = `queue ${id}`;
  const channel = size > 0 ? chan({ capacity: size, name }) : channels().openUnboundedChannel(name);
  // From the start: what comes out is a copy, whoever puts and gets.
  channels().share(Channel.coreOf(channel));
  return handle(id, size, channel) as Queue<T>;
}

function handle(id: number, maxsize: number, channel: Channel<unknown>): Queue<unknown> {
  const queue = new Queue(HANDLE, id, maxsize, channel);
  known.set(id, new WeakRef(queue));
  dropped.register(queue, id);
  return queue;
}

/** See `put` in queue.ts. */
export async function put<T>(queue: Queue<T>, item: T, options?: WaitOptions): Promise<void> {
  try {
    await Queue.channelOf(queue).send(item, options);
  } catch (error) {
    throw isLate(error, options?.signal) ? full(queue, options?.timeout) : error;
  }
}

/** See `putNowait` in queue.ts. */
export function putNowait<T>(queue: Queue<T>, item: T): void {
  if (!Queue.channelOf(queue).trySend(item)) throw full(queue);
}

/** See `putSync` in queue.ts. */
export function putSync<T>(queue: Queue<T>, item: T, options?: BlockOptions): void {
  try {
    Queue.channelOf(queue).sendSync(item, options);
  } catch (error) {
    throw isLate(error) ? full(queue, options?.timeout) : error;
  }
}

/** See `get` in queue.ts. */
export async function get<T>(queue: Queue<T>, options?: WaitOptions): Promise<T> {
  try {
    return await Queue.channelOf(queue).receive(options);
  } catch (error) {
    throw isLate(error, options?.signal) ? empty(queue, options?.timeout) : error;
  }
}

/** See `getNowait` in queue.ts. */
export function getNowait<T>(queue: Queue<T>): T {
  const got = Queue.channelOf(queue).tryReceive();
  if (got.state === "ok") return got.value;
  throw empty(queue);
}

/** See `getSync` in queue.ts. */
export function getSync<T>(queue: Queue<T>, options?: BlockOptions): T {
  try {
    return Queue.channelOf(queue).receiveSync(options);
  } catch (error) {
    throw isLate(error) ? empty(queue, options?.timeout) : error;
  }
}

/** Whether `error` is that of the operation's own timeout: signals may have one of that class as reason. */
function isLate(error: unknown, signal?: AbortSignal): boolean {
  return error instanceof TimeoutError && error !== signal?.reason && error !== processNow().signal.reason;
}

function full(queue: Pick<Queue<unknown>, "id" | "maxsize">, timeout?: number): QueueFull {
  return new QueueFull(
    `Cannot put into queue ${queue.id}: it holds ${queue.maxsize} items${within(timeout)}`,
  );
}

function empty(queue: Pick<Queue<unknown>, "id" | "maxsize">, timeout?: number): QueueEmpty {
  return new QueueEmpty(`Cannot get from queue ${queue.id}: it holds no item${within(timeout)}`);
}

function within(timeout: number | undefined): string {
  return timeout === undefined ? "" : `, and did so for ${timeout} ms`;
}
