/** Operators with one input and as many outputs as there are takers: mult, pub. See `operators_api.ts` for what each does. */
import { chan } from "../api.ts";
import type { Channel } from "../channel.ts";
import type { ReceivePort, SendPort } from "../ports.ts";
import type { Mult, PipeOptions, Pub } from "../hubs.ts";
import { checkFunction, checkInput, checkOutput, readCloses } from "./arguments.ts";
import { arrival } from "./arrival.ts";
import { closeAs, type Reason } from "./output.ts";
import { Taps } from "./taps.ts";
import { staysHere } from "../../sharing/errors.ts";

/** How the input ended. */
interface End {
  readonly reason: Reason;
}

/** See `mult` in operators_api.ts. */
export function mult<T>(from: ReceivePort<T>): Mult<T> {
  checkInput("Cannot mult", from);
  return new Multiplier(from);
}

class Multiplier<T> implements Mult<T> {
  static {
    staysHere(this.prototype, "a Mult belongs to the interpreter that made it; send a channel that it taps");
  }

  readonly #taps = new Taps<T>();
  #ended: End | undefined;

  constructor(from: ReceivePort<T>) {
    void this.#run(from);
  }

  tap(): Channel<T>;
  tap<P extends SendPort<T>>(to: P, options?: PipeOptions): P;
  tap(to: SendPort<T> = chan<T>(), options?: PipeOptions): SendPort<T> {
    checkOutput("Cannot tap", to);
    const closes = readCloses("Cannot tap", options);
    if (this.#ended === undefined) this.#taps.add(to, closes);
    else if (closes) closeAs(to, this.#ended.reason);
    return to;
  }

  untap(to: SendPort<T>): void {
    this.#taps.remove(to);
  }

  async #run(from: ReceivePort<T>): Promise<void> {
    this.#ended = await eachValue(from, (value) => this.#taps.give(value));
    this.#taps.end(this.#ended.reason);
  }
}

/** See `pub` in operators_api.ts. */
export function pub<T, K>(from: ReceivePort<T>, topicOf: (value: T) => K | PromiseLike<K>): Pub<T, K> {
  checkInput("Cannot pub", from);
  checkFunction("Cannot pub", topicOf, "topicOf");
  return new Publisher(from, topicOf);
}

class Publisher<T, K> implements Pub<T, K> {
  static {
    staysHere(
      this.prototype,
      "a Pub belongs to the interpreter that made it; send a channel that subscribes",
    );
  }

  /** None of them empty. */
  readonly #topics = new Map<K, Taps<T>>();
  #ended: End | undefined;

  constructor(from: ReceivePort<T>, topicOf: (value: T) => K | PromiseLike<K>) {
    void this.#run(from, topicOf);
  }

  sub(topic: K): Channel<T>;
  sub<P extends SendPort<T>>(topic: K, to: P, options?: PipeOptions): P;
  sub(topic: K, to: SendPort<T> = chan<T>(), options?: PipeOptions): SendPort<T> {
    checkOutput("Cannot subscribe", to);
    const closes = readCloses("Cannot subscribe", options);
    if (this.#ended !== undefined) {
      if (closes) closeAs(to, this.#ended.reason);
      return to;
    }
    const taps = this.#topics.get(topic) ?? new Taps<T>();
    taps.add(to, closes);
    this.#topics.set(topic, taps);
    return to;
  }

  unsub(topic: K, to: SendPort<T>): void {
    this.#topics.get(topic)?.remove(to);
    this.#tidy(topic);
  }

  async #run(from: ReceivePort<T>, topicOf: (value: T) => K | PromiseLike<K>): Promise<void> {
    this.#ended = await eachValue(from, async (value) => {
      const topic = await topicOf(value);
      await this.#topics.get(topic)?.give(value);
      this.#tidy(topic);
    });
    for (const taps of this.#topics.values()) taps.end(this.#ended.reason);
    this.#topics.clear();
  }

  /** Forgets a topic that nobody wants. */
  #tidy(topic: K): void {
    if (this.#topics.get(topic)?.size === 0) this.#topics.delete(topic);
  }
}

/** Hands every value of `from` to `each`, from the next microtask on; tells how it ended, or with which error `each` did. */
async function eachValue<T>(from: ReceivePort<T>, each: (value: T) => Promise<void>): Promise<End> {
  await undefined;
  const inputs = [from];
  try {
    for (;;) {
      const got = await arrival(inputs, []);
      if (got.is === "value") await each(got.value);
      else if (got.is === "ended") return got;
    }
  } catch (error) {
    return { reason: { error } };
  }
}
