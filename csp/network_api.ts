/** Networks: a facade, so that importing the library loads no machinery. */
import { csp } from "#engines";
import type {
  NetworkChannelOptions,
  NetworkPorts,
  NetworkProcessOptions,
  NetworkReport,
  NetworkStopOptions,
} from "./network_types.ts";
import { staysHere } from "../sharing/errors.ts";

/** What a {@link Network} asks. */
type OpenNetwork = ReturnType<ReturnType<typeof csp>["openNetwork"]>;

/**
 * A network of processes, joined by channels: described first, then started, paused, looked into and stopped as a whole. It is
 * made by {@link network}.
 *
 * *Ports.* A process is a function of its ports: of each in port it gets the `Receiver`, of each out port the `Sender`. It
 * knows nothing of the other side. Every port must be connected. An in port has one channel: what is connected to it sends
 * to that, with one capacity. An out port that is connected several times gives every value to each, as core.async.flow
 * does; it takes the next when all have it, and leaves out whoever has ended.
 *
 * *Ends.* A process ends by returning, and with it its ports: those behind it receive what is still there and then see
 * closed channels, those before it can send no more. So a `ChannelClosedError` that a process does not catch, when one of its
 * ports is closed, is an ordinary end too: the end runs through the network as in PyCSP. Anything else that a process throws ends
 * the network: the others are cancelled and `done` rejects.
 *
 * *Deadlock.* When all processes that still run wait in operations for each other, `done` rejects with `DeadlockError` within a
 * second. That is never said of a network that could go on. So a process counts only if its function shows that it waits for its ports
 * alone: it awaits every `send`, `receive` and select where it makes it, does not hand its ports on, and does not use them in inner functions.
 * Locks that processes hold and wait for count as ports do if they are among the arguments of a function that is sent; other locks,
 * and a wait for what never comes (a select with no case on, `never`), count where the function calls no other code, which might do
 * such things as well.
 * Selects with other cases than ports, signals and timeouts count as progress, and so do channels that values were injected into
 * or that came by `args`. What cannot be read, `remote` functions for example, takes the option `watch`.
 *
 * @example Squares of numbers, on two interpreters
 * ```ts
 * import { network, type Receiver, type Sender } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const sums: number[] = [];
 * const squares = network("squares")
 *   .process("count", async ({ out }: { out: Sender<number> }, to: number) => {
 *     for (let n = 1; n <= to; n++) await out.send(n);
 *   }, { out: ["out"], args: [10] })
 *   .process("square", async ({ from, to }: { from: Receiver<number>; to: Sender<number> }) => {
 *     for await (const n of from) await to.send(n * n);
 *   }, { in: ["from"], out: ["to"], parallel: 2 })
 *   .process("sum", async ({ from }: { from: Receiver<number> }) => {
 *     let sum = 0;
 *     for await (const n of from) sum += n;
 *     sums.push(sum);
 *   }, { in: ["from"], local: true })
 *   .channel("count.out", "square.from", { capacity: 4 })
 *   .channel("square.to", "sum.from");
 *
 * await squares.start().done;
 * assert.deepEqual(sums, [385]);
 * ```
 */
export class Network implements AsyncDisposable {
  static {
    staysHere(
      this.prototype,
      "a Network belongs to the interpreter that made it; send a channel, or what ping() gives",
    );
  }

  readonly #open: OpenNetwork;

  /** Not for programs: use {@link network}. */
  constructor(name?: string) {
    this.#open = csp().openNetwork(name);
  }

  /** What messages and pictures call it. */
  get name(): string {
    return this.#open.name;
  }

  /**
   * Adds a process.
   *
   * @typeParam I The names of its in ports.
   * @typeParam O The names of its out ports.
   * @typeParam A The types of its further arguments.
   * @param name Unique in the network, without dots.
   * @param fn What it runs: a Callable, as for `go`, or any function if it is `local`. It gets an object with an end for each
   * port, then `args`.
   * @param options `in` and `out`: names of its ports, without dots; `parallel`: how many of it run, which share the ports;
   * `args`; `local`: in this interpreter; `watch`: see the options.
   * @returns The network.
   * @throws {TypeError} When something is of the wrong type.
   * @throws {RangeError} When `parallel` is no integer of at least 1.
   * @throws {NetworkError} When a name is taken, empty or has a dot, or the network is running.
   *
   * **Gotchas**: ends of channels among `args` are moved at the start, as by `go`: they serve one process, once. What is
   * refused about function and arguments is refused by `start`.
   */
  process<I extends string = never, O extends string = never, A extends unknown[] = []>(
    name: string,
    fn: (ports: NetworkPorts<I, O>, ...args: A) => unknown,
    options?: NetworkProcessOptions<I, O, A>,
  ): this {
    this.#open.process(name, fn, options);
    return this;
  }

  /**
   * Connects an out port to an in port. The processes may be added later.
   *
   * @param from "process.port".
   * @param to "process.port".
   * @param options `capacity`: how many values wait there before senders do; 0 by default. Channels to one in port are one and must
   * not say different things.
   * @returns The network.
   * @throws {TypeError} When something is of the wrong type.
   * @throws {RangeError} When `capacity` is no integer of at least 0.
   * @throws {NetworkError} When a name is none, the channel is there already, or the network is running.
   */
  channel(from: string, to: string, options?: NetworkChannelOptions): this {
    this.#open.channel(from, to, options);
    return this;
  }

  /**
   * Starts all processes. A network that has ended can be changed, and started again: with new channels.
   *
   * @returns The network.
   * @throws {NetworkError} When it is running, has no processes, a channel names what is not there, a port is not connected or
   * has two capacities.
   * @throws {NotShareableError} When a function captures variables or an argument cannot cross; nothing runs.
   * @throws {InterpreterError} When a module that is being imported to find a task calls this at its top level.
   *
   * **Gotchas**: a failure that nobody awaits is reported as an unhandled rejection: ask for `done` right away, or `stop` it.
   */
  start(): this {
    this.#open.start();
    return this;
  }

  /**
   * Stops it so that nothing that is in it is lost: processes without in ports are cancelled, the others end when they have worked off
   * what comes from those before them. Processes in a cycle are cancelled, once nothing feeds the cycle, when all of them are
   * waiting, or after a second. A paused network is resumed. Without effect on one that does not run.
   *
   * @param options `timeout`: milliseconds after which all that still run are cancelled; no limit by default.
   * @returns A promise that resolves when all have ended, also if one has failed: that is what `done` tells.
   * @throws {TypeError} When an option is unknown or of the wrong type.
   * @throws {RangeError} When `timeout` is negative or not a number.
   *
   * **Gotchas**: what a cancelled process was about to send is not sent. A process that does not end when its ports are closed, and
   * takes no notice of its signal, keeps this waiting.
   *
   * @example What was sent arrives
   * ```ts
   * import { network, type Receiver, type Sender } from "@pool/csp";
   * import assert from "node:assert/strict";
   *
   * const got: number[] = [];
   * const counting = network("counting")
   *   .process("count", async ({ out }: { out: Sender<number> }) => {
   *     for (let n = 0;; n++) await out.send(n);
   *   }, { out: ["out"] })
   *   .process("collect", async ({ from }: { from: Receiver<number> }) => {
   *     for await (const n of from) got.push(n);
   *   }, { in: ["from"], local: true })
   *   .channel("count.out", "collect.from", { capacity: 8 })
   *   .start();
   * while (got.length < 100) await new Promise((resolve) => setTimeout(resolve));
   * await counting.stop();
   * const { channels: [channel] } = await counting.ping();
   * assert.equal(got.length, channel?.sent);
   * ```
   */
  stop(options?: NetworkStopOptions): Promise<void> {
    return this.#open.stop(options);
  }

  /**
   * Holds every process back at its next operation on its ports. Operations that wait already may still take effect, `try…` forms
   * find nothing and no room. A paused network is never deadlocked.
   *
   * @returns The network.
   * @throws {NetworkError} When it does not run.
   */
  pause(): this {
    this.#open.pause();
    return this;
  }

  /**
   * Lets processes that {@link Network.pause} holds back go on.
   *
   * @returns The network.
   * @throws {NetworkError} When it does not run.
   */
  resume(): this {
    this.#open.resume();
    return this;
  }

  /**
   * Puts a value into a port from outside, behind what is there: of an in port it is received, of an out port it goes where its
   * values go. Also while the network is paused.
   *
   * @param port "process.port".
   * @param value A shareable value.
   * @returns A promise that resolves when the value is buffered or received; while the network is paused, when it is in line.
   * @throws {NetworkError} When the network does not run or has no such port.
   * @throws {ChannelClosedError} When nobody will receive from the port any more.
   *
   * **Gotchas**: from the first one on, waiting for that port does not count towards a deadlock. A network in which everything waits for
   * a first value that comes later than that is taken for deadlocked: give a process `watch: false`, or inject at once.
   */
  inject(port: string, value: unknown): Promise<void> {
    return this.#open.inject(port, value);
  }

  /**
   * What its processes and channels are doing now.
   *
   * @returns The state of the network; of each process, and what it waits in; of each channel, how full it is and how much was sent.
   * What it says of different processes is not of one instant.
   */
  ping(): Promise<NetworkReport> {
    return Promise.resolve(this.#open.ping());
  }

  /**
   * Resolves when all processes have ended. Rejects, once they have, with what the first one that failed has thrown: the original error,
   * the process named in its `stack` and as its property `process`; with an `InterpreterError` that names the process
   * if its interpreter was lost; with a `DeadlockError`. Before the start it stands for the first run, then for the last.
   */
  get done(): Promise<void> {
    return this.#open.done;
  }

  /** The network as a flowchart for Mermaid. */
  toMermaid(): string {
    return this.#open.toMermaid();
  }

  /** The network as a directed graph for Graphviz. */
  toDot(): string {
    return this.#open.toDot();
  }

  /** Stops it, as {@link Network.stop} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#open.stop(undefined);
  }
}

/**
 * Makes a network without processes: they and their channels are added, then it is started.
 *
 * @param name For messages and pictures.
 * @returns The network.
 * @throws {TypeError} When `name` is no string.
 *
 * @example As a picture
 * ```ts
 * import { network } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const picture = network("pair")
 *   .process("a", () => {}, { out: ["numbers"] })
 *   .process("b", () => {}, { in: ["numbers"] })
 *   .channel("a.numbers", "b.numbers")
 *   .toMermaid();
 * assert.match(picture, /p0\["a"\]/);
 * ```
 */
export function network(name?: string): Network {
  return new Network(name);
}
