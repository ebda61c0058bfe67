/** A network as data: which processes and channels it has. What can be checked of one part alone is checked when it is added. */
import type { AnyFunction } from "../../interpreters/callable.ts";
import { checkOptions } from "../../runtime/mod.ts";
import { NetworkError } from "../network_errors.ts";

/** A process, as it was described. */
export interface ProcessPlan {
  readonly name: string;
  readonly fn: AnyFunction;
  readonly ins: readonly string[];
  readonly outs: readonly string[];
  readonly parallel: number;
  readonly args: readonly unknown[];
  readonly local: boolean;
  readonly watch: boolean | undefined;
}

/** A port of a process. */
export interface PortName {
  readonly process: string;
  readonly port: string;
}

/** A channel, as it was described. */
export interface ChannelPlan {
  readonly from: PortName;
  readonly to: PortName;
  readonly capacity: number | undefined;
}

/** See the file's description. */
export class Topology {
  readonly processes: Map<string, ProcessPlan> = new Map();
  readonly channels: ChannelPlan[] = [];

  addProcess(name: unknown, fn: unknown, options: unknown): void {
    const action = "Cannot add a process";
    checkName(action, "the name", name);
    const about = `${action} "${name}"`;
    if (this.processes.has(name)) {
      throw new NetworkError(`${about}: the network has one of this name; choose another`);
    }
    if (typeof fn !== "function") {
      throw new TypeError(`${about}: ${nameOf(fn)} is not a function; pass a function after the name`);
    }
    checkOptions(about, options, ["in", "out", "parallel", "args", "local", "watch"]);
    const given = (options ?? {}) as Record<string, unknown>;
    const ins = checkPorts(about, "in", given["in"]);
    const outs = checkPorts(about, "out", given["out"]);
    const both = outs.find((port) => ins.includes(port));
    if (both !== undefined) {
      throw new NetworkError(`${about}: port "${both}" is an in port and an out port; choose another name`);
    }
    const { parallel = 1, args = [], local = false, watch } = given;
    if (typeof parallel !== "number") {
      throw new TypeError(`${about}: parallel is of type ${typeof parallel}; pass an integer of at least 1`);
    }
    if (!Number.isSafeInteger(parallel) || parallel < 1) {
      throw new RangeError(`${about}: parallel is ${parallel}; pass an integer of at least 1`);
    }
    if (!Array.isArray(args)) {
      throw new TypeError(`${about}: args is ${nameOf(args)}; pass an array of arguments`);
    }
    for (const [key, value] of [["local", local], ["watch", watch ?? false]] as const) {
      if (typeof value !== "boolean") {
        throw new TypeError(`${about}: ${key} is of type ${typeof value}; pass true or false`);
      }
    }
    this.processes.set(name, {
      name,
      fn: fn as AnyFunction,
      ins,
      outs,
      parallel,
      args: [...args as unknown[]],
      local: local as boolean,
      watch: watch as boolean | undefined,
    });
  }

  addChannel(from: unknown, to: unknown, options: unknown): void {
    const source = parsePort("Cannot add a channel", from);
    const target = parsePort("Cannot add a channel", to);
    const about = `Cannot add the channel ${channelName(source, target)}`;
    checkOptions(about, options, ["capacity"]);
    const { capacity } = (options ?? {}) as { capacity?: unknown };
    if (capacity !== undefined && typeof capacity !== "number") {
      throw new TypeError(`${about}: capacity is of type ${typeof capacity}; pass an integer of at least 0`);
    }
    if (capacity !== undefined && (!Number.isSafeInteger(capacity) || capacity < 0)) {
      throw new RangeError(`${about}: capacity is ${capacity}; pass an integer of at least 0`);
    }
    if (this.channels.some((other) => samePort(other.from, source) && samePort(other.to, target))) {
      throw new NetworkError(`${about}: the network has it already; add it once`);
    }
    this.channels.push({ from: source, to: target, capacity });
  }
}

/** Whether both name one port. */
export function samePort(one: PortName, other: PortName): boolean {
  return one.process === other.process && one.port === other.port;
}

/** A port as it is written: "process.port". */
export function portName({ process, port }: PortName): string {
  return `${process}.${port}`;
}

/** A channel as messages name it. */
export function channelName(from: PortName, to: PortName): string {
  return `${portName(from)} -> ${portName(to)}`;
}

/** Reads "process.port". */
export function parsePort(action: string, text: unknown): PortName {
  if (typeof text !== "string") {
    throw new TypeError(`${action}: ${nameOf(text)} is no port; pass "process.port"`);
  }
  const parts = text.split(".");
  if (parts.length !== 2 || parts[0] === "" || parts[1] === "") {
    throw new NetworkError(`${action}: "${text}" is no port; pass "process.port", with one dot`);
  }
  return { process: parts[0]!, port: parts[1]! };
}

function checkPorts(about: string, side: string, ports: unknown): readonly string[] {
  if (ports === undefined) return [];
  if (!Array.isArray(ports)) {
    throw new TypeError(`${about}: ${side} is ${nameOf(ports)}; pass an array of port names`);
  }
  for (const [i, port] of ports.entries()) {
    checkName(about, `${side}[${i}]`, port);
    if (ports.indexOf(port) !== i) {
      throw new NetworkError(`${about}: port "${port}" is there twice; name it once`);
    }
  }
  return [...ports as string[]];
}

/** Names stand on both sides of a dot, so they have none. */
function checkName(action: string, what: string, name: unknown): asserts name is string {
  if (typeof name !== "string") {
    throw new TypeError(`${action}: ${what} is ${nameOf(name)}; pass a string`);
  }
  if (name === "" || name.includes(".")) {
    throw new NetworkError(`${action}: ${what} is "${name}"; pass a name that is not empty and has no dot`);
  }
}

function nameOf(value: unknown): string {
  return value === null
    ? "null"
    : Array.isArray(value)
    ? "an array"
    : typeof value === "object"
    ? "an object"
    : `of type ${typeof value}`;
}
