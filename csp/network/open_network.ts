/** What the methods of `Network` do. */
import { analyzer, interpreters } from "#engines";
import { checkOptions, macrotask, startTimer } from "../../runtime/mod.ts";
import { HELD } from "../../interpreters/network_block.ts";
import { NetworkError } from "../network_errors.ts";
import type {
  NetworkChannelReport,
  NetworkProcessReport,
  NetworkProcessState,
  NetworkReport,
  NetworkState,
} from "../network_types.ts";
import { toDot, toMermaid } from "./draw.ts";
import { type Graph, graphOf } from "./graph.ts";
import { Run, type RunningMember, type Watched } from "./run.ts";
import { parsePort, portName, Topology } from "./topology.ts";
import { Watchdog } from "./watchdog.ts";

/** See the file's description. */
export class OpenNetwork {
  readonly name: string;
  readonly #topology = new Topology();
  #run: Run | undefined;
  /** What `done` gave before the start. */
  #done: PromiseWithResolvers<void> | undefined;

  constructor(name: unknown) {
    if (name !== undefined && typeof name !== "string") {
      throw new TypeError(`Cannot make a network: the name is of type ${typeof name}; pass a string`);
    }
    this.name = name === undefined || name === "" ? "network" : name;
  }

  process(name: unknown, fn: unknown, options: unknown): void {
    this.#checkChangeable(`Cannot add process "${String(name)}"`);
    this.#topology.addProcess(name, fn, options);
  }

  channel(from: unknown, to: unknown, options: unknown): void {
    this.#checkChangeable(`Cannot add a channel from "${String(from)}"`);
    this.#topology.addChannel(from, to, options);
  }

  start(): void {
    const action = `Cannot start network "${this.name}"`;
    if (this.#run?.over === false) throw new NetworkError(`${action}: it is running; stop it first`);
    interpreters().checkMainGuard(action);
    const graph = graphOf(this.name, this.#topology);
    for (const { plan } of graph.nodes) {
      if (!plan.local) interpreters().checkSendable(plan.fn, plan.args);
    }
    const done = this.#run === undefined ? this.#done : undefined;
    this.#run = new Run(this.name, graph, graph.nodes.map(watchedOf));
    if (done !== undefined) this.#run.whenOver.then(done.resolve, done.reject);
    this.#done = done;
  }

  get done(): Promise<void> {
    if (this.#run === undefined) return (this.#done ??= Promise.withResolvers<void>()).promise;
    return this.#done?.promise ?? this.#run.whenOver;
  }

  async stop(options: unknown): Promise<void> {
    const action = `Cannot stop network "${this.name}"`;
    checkOptions(action, options, ["timeout"]);
    const { timeout = Infinity } = (options ?? {}) as { timeout?: unknown };
    if (typeof timeout !== "number") {
      throw new TypeError(`${action}: timeout is of type ${typeof timeout}; pass milliseconds`);
    }
    if (!(timeout >= 0)) {
      throw new RangeError(`${action}: timeout is ${timeout}; pass milliseconds of at least 0`);
    }
    const run = this.#run;
    if (run === undefined) return;
    run.stop();
    const stopTimer = timeout === Infinity || run.over
      ? undefined
      : startTimer(timeout, () => run.callOffAll("was stopped, and did not drain in time"));
    // Whoever stops a network asks for its end, not for how it came about: that is what `done` tells.
    this.#done?.promise.catch(function known() {});
    await run.whenOver.catch(function known() {});
    stopTimer?.();
  }

  pause(): void {
    this.#running("pause").pause();
  }

  resume(): void {
    this.#running("resume").resume();
  }

  async inject(port: unknown, value: unknown): Promise<void> {
    const name = portName(parsePort("Cannot inject a value", port));
    const run = this.#running(`inject a value into "${name}" of`);
    const link = run.graph.ports.get(name);
    if (link === undefined) {
      throw new NetworkError(
        `Cannot inject a value: network "${this.name}" has no port "${name}"; there are ${
          [...run.graph.ports.keys()].map((port) => `"${port}"`).join(", ")
        }`,
      );
    }
    run.injected.add(link);
    const sending = run.channels[link]!.send(value);
    if (!run.paused) return await sending;
    // Nobody may be there to receive it before the network goes on: that it is in line is all that can be waited for.
    sending.catch(function ended() {});
    await Promise.race([sending, macrotask()]);
  }

  ping(): NetworkReport {
    const run = this.#run;
    const { name } = this;
    if (run === undefined) {
      const { processes, channels } = this.#topology;
      return {
        name,
        state: "idle",
        processes: [...processes.values()].flatMap(({ name, parallel }) =>
          Array.from({ length: parallel }, (_, replica) => ({
            name,
            ...(parallel > 1 && { replica }),
            state: "idle" as const,
          }))
        ),
        channels: channels.map(({ from, to, capacity = 0 }) => ({
          from: portName(from),
          to: portName(to),
          size: 0,
          capacity,
          sent: 0,
        })),
      };
    }
    return { name, state: stateOf(run), processes: processesOf(run), channels: channelsOf(run) };
  }

  toMermaid(): string {
    return toMermaid(this.#topology);
  }

  toDot(): string {
    return toDot(this.name, this.#topology);
  }

  #running(what: string): Run {
    if (this.#run?.over === false) return this.#run;
    throw new NetworkError(
      `Cannot ${what} network "${this.name}": it ${
        this.#run === undefined ? "was not started" : "has ended"
      }; start it first`,
    );
  }

  #checkChangeable(action: string): void {
    if (this.#run?.over !== false) return;
    throw new NetworkError(`${action}: network "${this.name}" is running; stop it first`);
  }
}

/** When processes of a node count as deadlocked. */
function watchedOf({ plan: { fn, args, watch } }: Graph["nodes"][number]): Watched {
  if (watch !== undefined) return watch && "elsewhere";
  return analyzer().waitsInSight(fn, args);
}

function stateOf(run: Run): NetworkState {
  if (run.over) return run.failed ? "failed" : "done";
  return run.stopping || run.failed ? "stopping" : run.paused ? "paused" : "running";
}

function processesOf(run: Run): NetworkProcessReport[] {
  const reports: NetworkProcessReport[] = [];
  for (const [n, member] of run.members.entries()) {
    const { plan, copies } = run.graph.nodes[member.node]!;
    if (copies) continue;
    reports.push({
      name: plan.name,
      ...(plan.parallel > 1 && { replica: member.replica }),
      ...standing(run, n, member),
    });
  }
  return reports;
}

function standing(run: Run, n: number, { end }: RunningMember): Omit<NetworkProcessReport, "name"> {
  if (end !== undefined) return { state: end };
  const wait = run.block.readRecord(n)?.waits.at(-1);
  const held = run.block.load(n, HELD) > 0;
  const state: NetworkProcessState = wait === undefined && !held
    ? "running"
    : run.paused
    ? "paused"
    : "waiting";
  if (wait === undefined) return { state };
  const { operation, channel } = new Watchdog(run).describe(n, wait);
  return { state, operation, ...(channel !== "" && { channel }) };
}

function channelsOf(run: Run): NetworkChannelReport[] {
  return run.graph.connections.map(({ channel: { from, to }, link, node, out }) => {
    let sent = 0;
    for (const [n, member] of run.members.entries()) {
      if (member.node === node) sent += run.block.sent(n, out);
    }
    const { size, capacity } = run.channels[link]!;
    return { from: portName(from), to: portName(to), size, capacity, sent };
  });
}
