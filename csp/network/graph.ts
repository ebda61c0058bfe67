/**
 * A topology that can run: every port has its channel, and which processes depend on which is known.
 *
 * An in port has one channel, to which all that is connected sends. An out port with one connection sends to that channel; one
 * with several has a channel of its own, from which a process that the network adds copies every value to each.
 */
import type { AnyFunction } from "../../interpreters/callable.ts";
import type { Receiver, Sender } from "../../channels/mod.ts";
import { NetworkError } from "../network_errors.ts";
import {
  channelName,
  type ChannelPlan,
  type PortName,
  portName,
  type ProcessPlan,
  samePort,
  type Topology,
} from "./topology.ts";

/** A channel that will be made. */
export interface Link {
  readonly name: string;
  readonly capacity: number;
}

/** A process that will be started, `plan.parallel` times. */
export interface Node {
  readonly plan: ProcessPlan;
  /** The channel of each port, in the order of `plan.ins` and then `plan.outs`. */
  readonly links: readonly number[];
  /** It copies for an out port: no process of the user's. */
  readonly copies: boolean;
}

/** Which node's out port has sent what went from one port to another. */
export interface Connection {
  readonly channel: ChannelPlan;
  readonly link: number;
  readonly node: number;
  /** Number among that node's out ports. */
  readonly out: number;
}

/** See the file's description. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
  readonly connections: readonly Connection[];
  /** The channel of each connected port, by its name. */
  readonly ports: ReadonlyMap<string, number>;
}

/** Throws `NetworkError`, which names process and port, when the topology cannot run. */
export function graphOf(name: string, { processes, channels }: Topology): Graph {
  const action = `Cannot start network "${name}"`;
  if (processes.size === 0) throw new NetworkError(`${action}: it has no processes; add some first`);
  for (const channel of channels) checkConnected(action, processes, channel);
  const links: Link[] = [];
  const ports = new Map<string, number>();
  for (const { name, ins } of processes.values()) {
    for (const port of ins) {
      const to = { process: name, port };
      const into = channels.filter((channel) => samePort(channel.to, to));
      if (into.length === 0) throw unconnected(action, to, "in");
      ports.set(portName(to), links.length);
      links.push({
        name: `${into.map(({ from }) => portName(from)).join(", ")} -> ${portName(to)}`,
        capacity: capacityOf(action, into),
      });
    }
  }
  const nodes: Node[] = [];
  const copying: Node[] = [];
  const connections: Connection[] = [];
  for (const plan of processes.values()) {
    const outs = plan.outs.map(function linkOf(port, out) {
      const from = { process: plan.name, port };
      const leaving = channels.filter((channel) => samePort(channel.from, from));
      if (leaving.length === 0) throw unconnected(action, from, "out");
      const targets = leaving.map(({ to }) => ports.get(portName(to))!);
      if (leaving.length === 1) {
        connections.push({ channel: leaving[0]!, link: targets[0]!, node: nodes.length, out });
        return targets[0]!;
      }
      const link = links.length;
      links.push({
        name: `${portName(from)} -> ${leaving.map(({ to }) => portName(to)).join(", ")}`,
        capacity: 0,
      });
      const node = processes.size + copying.length;
      for (const [i, channel] of leaving.entries()) {
        connections.push({ channel, link: targets[i]!, node, out: i });
      }
      const allLocal = plan.local && leaving.every(({ to }) => processes.get(to.process)!.local);
      copying.push(copier(`copies of ${portName(from)}`, link, targets, allLocal));
      return link;
    });
    for (const [i, link] of outs.entries()) ports.set(`${plan.name}.${plan.outs[i]}`, link);
    const ins = plan.ins.map((port) => ports.get(`${plan.name}.${port}`)!);
    nodes.push({ plan, links: [...ins, ...outs], copies: false });
  }
  connections.sort((one, other) => channels.indexOf(one.channel) - channels.indexOf(other.channel));
  return { nodes: [...nodes, ...copying], links, connections, ports };
}

/** The node that copies from channel `link` to each of `targets`. */
function copier(name: string, link: number, targets: readonly number[], local: boolean): Node {
  return {
    plan: {
      name,
      fn: copyToAll as AnyFunction,
      ins: ["from"],
      outs: targets.map((_, i) => `to${i}`),
      parallel: 1,
      args: [],
      local,
      // It waits for its ports alone.
      watch: true,
    },
    links: [link, ...targets],
    copies: true,
  };
}

/** Sends every value to each of its out ports that is open, and takes the next when all have it. Self-contained. */
async function copyToAll(
  ports: { from: Receiver<unknown> } & Record<string, Sender<unknown>>,
): Promise<void> {
  const { from, ...others } = ports;
  const open = new Set(Object.values(others) as Sender<unknown>[]);
  for await (const value of from as Receiver<unknown>) {
    await Promise.all([...open].map((to) =>
      to.send(value).catch((error: unknown) => {
        if (!to.closed) throw error;
        open.delete(to);
      })
    ));
    if (open.size === 0) return;
  }
}

function checkConnected(
  action: string,
  processes: ReadonlyMap<string, ProcessPlan>,
  channel: ChannelPlan,
): void {
  const about = `${action}: the channel ${channelName(channel.from, channel.to)}`;
  for (const [side, { process, port }] of [["outs", channel.from], ["ins", channel.to]] as const) {
    const plan = processes.get(process);
    if (plan === undefined) {
      throw new NetworkError(
        `${about} names process "${process}", which there is not; there are ${listOf([...processes.keys()])}`,
      );
    }
    if (plan[side].includes(port)) continue;
    const [kind, where] = side === "ins" ? ["in", "ends"] : ["out", "begins"];
    const other = side === "ins" ? plan.outs : plan.ins;
    throw new NetworkError(
      other.includes(port)
        ? `${about} ${where} at "${process}.${port}", which is an ${
          side === "ins" ? "out" : "in"
        } port; connect an out port to an in port`
        : `${about} names port "${port}", which process "${process}" does not have among its ${kind} ports; there are ${
          listOf(plan[side])
        }`,
    );
  }
}

function unconnected(action: string, { process, port }: PortName, side: string): NetworkError {
  return new NetworkError(
    `${action}: ${side} port "${port}" of process "${process}" is not connected; add a channel ${
      side === "in" ? "to" : "from"
    } "${process}.${port}"`,
  );
}

/** The capacity of an in port: what its channels say, who must not say different things. */
function capacityOf(action: string, into: readonly ChannelPlan[]): number {
  const given = into.filter(({ capacity }) => capacity !== undefined);
  const capacity = given[0]?.capacity ?? 0;
  const other = given.find((channel) => channel.capacity !== capacity);
  if (other === undefined) return capacity;
  throw new NetworkError(
    `${action}: "${portName(other.to)}" has one channel, with capacity ${capacity} by ${
      channelName(given[0]!.from, given[0]!.to)
    } and ${other.capacity} by ${channelName(other.from, other.to)}; give it one capacity`,
  );
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ");
}

/** Groups of nodes that reach each other, by node: the same number for those of a cycle; and which nodes feed which. */
export interface Flow {
  readonly group: readonly number[];
  /** For each group whether values can go round in it. */
  readonly cyclic: readonly boolean[];
  /** For each node, who sends to it. */
  readonly sources: readonly ReadonlySet<number>[];
}

/** Tarjan's algorithm. */
export function flowOf({ nodes, links }: Graph): Flow {
  const senders: Set<number>[] = links.map(() => new Set());
  for (const [n, { plan, links: own }] of nodes.entries()) {
    for (const link of own.slice(plan.ins.length)) senders[link]!.add(n);
  }
  const sources = nodes.map(({ plan, links: own }) => {
    return new Set(own.slice(0, plan.ins.length).flatMap((link) => [...senders[link]!]));
  });
  const group: number[] = nodes.map(() => -1);
  const cyclic: boolean[] = [];
  const order: number[] = [];
  const low: number[] = [];
  const stack: number[] = [];
  let next = 0;
  function visit(n: number): void {
    order[n] = low[n] = next++;
    stack.push(n);
    for (const m of sources[n]!) {
      if (order[m] === undefined) {
        visit(m);
        low[n] = Math.min(low[n]!, low[m]!);
      } else if (group[m] === -1) low[n] = Math.min(low[n]!, order[m]!);
    }
    if (low[n] !== order[n]) return;
    const members = stack.splice(stack.indexOf(n));
    for (const m of members) group[m] = cyclic.length;
    cyclic.push(members.length > 1 || sources[n]!.has(n));
  }
  for (const n of nodes.keys()) if (order[n] === undefined) visit(n);
  return { group, cyclic, sources };
}
