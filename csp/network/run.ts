/**
 * One run of a network: its processes and channels, from start to end.
 *
 * *Invariants.* `whenOver` settles once, when no process runs any more. The first process that fails, and a deadlock, cancel
 * all others; failures are told apart by the order in which they have happened, not in which they are heard of. A death comes
 * before what others have seen of it.
 */
import { channels, interpreters } from "#engines";
import type { Channel, Receiver, Sender } from "../../channels/mod.ts";
import { chan } from "../../channels/mod.ts";
import type { ProcessRun } from "../../interpreters/callable.ts";
import { InterpreterError } from "../../interpreters/errors.ts";
import type { Member, MemberSeat, Ports } from "../../interpreters/membership.ts";
import {
  ENDED,
  FAILED,
  GATE_CALLED_OFF,
  GATE_PAUSED,
  NetworkBlock,
} from "../../interpreters/network_block.ts";
import { processNow } from "../../interpreters/process_context.ts";
import type { InSight } from "../../interpreters/source/analyze.ts";
import { startTimer } from "../../runtime/mod.ts";
import { isConsequence } from "../consequence.ts";
import { startHere, startShared } from "../launch.ts";
import type { WaitingProcess } from "../network_errors.ts";
import { DeadlockError } from "../network_errors.ts";
import { NOTHING, Watchdog } from "./watchdog.ts";
import { locksIn } from "./lock_watch.ts";
import { Drain } from "./drain.ts";
import { flowOf, type Graph, type Node } from "./graph.ts";

/** How often it looks whether anything moves, in milliseconds. */
const TICK_MS = 50;

/** A function that runs here may share locks with others, by what it captures. */
const NO_LOCKS: ReadonlySet<number> = new Set();

/** In which waits a process counts as deadlocked: in none, as its function was read, or in any for what is no port too. */
export type Watched = InSight | "elsewhere";

/** A process of the run. */
export interface RunningMember {
  readonly node: number;
  readonly replica: number;
  readonly name: string;
  readonly run: ProcessRun;
  /** Of one that runs in this interpreter. */
  readonly here: Member | undefined;
  readonly watch: Watched;
  /** Locks for which, in this process, its function alone can wait. */
  readonly locks: ReadonlySet<number>;
  /** How it ended; undefined as long as it has not. */
  end: "done" | "failed" | "cancelled" | undefined;
}

/** A process that failed. */
interface Failure {
  /** Its place among all failures; 0 when it could not say so itself. */
  readonly order: number;
  readonly error: unknown;
}

/** See the file's description. */
export class Run {
  readonly name: string;
  readonly graph: Graph;
  readonly block: NetworkBlock;
  readonly channels: readonly Channel<unknown>[];
  readonly members: RunningMember[] = [];
  /** Channels into which values were injected: somebody outside sends to them. */
  readonly injected: Set<number> = new Set();
  paused = false;
  stopping = false;
  over = false;
  readonly whenOver: Promise<void>;
  #settle!: () => void;
  #fail!: (error: unknown) => void;
  #live = 0;
  #failures: Failure[] = [];
  #deadlock: DeadlockError | undefined;
  #drain: Drain | undefined;
  readonly #watchdog: Watchdog;
  #stopTimer: (() => void) | undefined;

  /** Starts it. `watched`: for each node, when its processes count as deadlocked. Throws with nothing left running. */
  constructor(name: string, graph: Graph, watched: readonly Watched[]) {
    this.name = name;
    this.graph = graph;
    this.channels = graph.links.map(({ name, capacity }) => chan<unknown>({ name, capacity }));
    const shape = {
      members: graph.nodes.reduce((sum, { plan }) => sum + plan.parallel, 0),
      outs: Math.max(...graph.nodes.map(({ plan }) => plan.outs.length)),
      ports: Math.max(...graph.nodes.map(({ links }) => links.length)),
      channels: graph.links.length,
    };
    this.block = new NetworkBlock(shape);
    this.whenOver = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    this.#watchdog = new Watchdog(this);
    this.#startAll(shape, watched);
    this.#tick();
  }

  /** Whether it has failed, or deadlocked. */
  get failed(): boolean {
    return this.#deadlock !== undefined || this.#failures.length > 0;
  }

  pause(): void {
    this.paused = true;
    for (const member of this.members.keys()) this.block.setGate(member, GATE_PAUSED, true);
  }

  resume(): void {
    this.paused = false;
    for (const member of this.members.keys()) this.block.setGate(member, GATE_PAUSED, false);
  }

  /** Begins to drain; see drain.ts. */
  stop(): void {
    if (this.stopping || this.over) return;
    this.stopping = true;
    this.resume();
    this.#drain = new Drain(this, flowOf(this.graph), this.#watchdog);
    this.#drain.step();
  }

  /** Tells member `n` to end, which then counts as an ordinary end. */
  callOff(n: number, why: string): void {
    const member = this.members[n]!;
    if (member.end !== undefined) return;
    this.block.setGate(n, GATE_CALLED_OFF, true);
    member.run.cancel(new DOMException(`Network "${this.name}" ${why}`, "AbortError"));
  }

  /** Calls off all that run. */
  callOffAll(why: string): void {
    for (const n of this.members.keys()) this.callOff(n, why);
  }

  #startAll(shape: MemberSeat["shape"], watched: readonly Watched[]): void {
    const { Ports: PortsClass, getCurrent } = interpreters();
    const starter = getCurrent().id;
    const planned = this.graph.nodes.flatMap((node, n) =>
      Array.from({ length: node.plan.parallel }, (_, replica) => ({ node, n, replica }))
    );
    const given: Ports[] = planned.map(({ node }, member) => {
      const { plan, links } = node;
      return new PortsClass(this.#endsOf(node), {
        process: plan.name,
        member,
        shape,
        buffer: this.block.buffer,
        starter,
        ports: [...plan.ins, ...plan.outs].map((name, i) => ({
          name,
          channel: links[i]!,
          out: i - plan.ins.length,
        })),
      });
    });
    try {
      // Those elsewhere first: by then their channels have crossed.
      for (const here of [false, true]) {
        for (const [member, { node, n, replica }] of planned.entries()) {
          if (node.plan.local !== here) continue;
          const { run, inside } = here
            ? this.#startHere(node, given[member]!)
            : this.#startElsewhere(node, given[member]!);
          this.members[member] = {
            node: n,
            replica,
            name: node.plan.name,
            run,
            here: inside,
            watch: watched[n]!,
            locks: here ? NO_LOCKS : locksIn(node.plan.args),
            end: undefined,
          };
        }
      }
    } catch (error) {
      for (const member of this.members) {
        member?.run.cancel(new DOMException(`Network "${this.name}" could not be started`, "AbortError"));
      }
      for (const { ends } of given) for (const end of ends) end.retire();
      throw error;
    }
    this.#live = this.members.length;
    for (const [n, { run }] of this.members.entries()) {
      run.result.then(() => this.#ended(n, undefined), (error: unknown) => this.#ended(n, { error }));
    }
  }

  #endsOf({ plan, links }: Node): (Sender<unknown> | Receiver<unknown>)[] {
    return links.map((link, i) => {
      const channel = this.channels[link]!;
      return i < plan.ins.length ? channel.receiver() : channel.sender();
    });
  }

  #startElsewhere({ plan }: Node, ports: Ports): { run: ProcessRun; inside: undefined } {
    return { run: startShared(plan.fn, [ports, ...plan.args], plan.name), inside: undefined };
  }

  /** The ends are the process's own here too, and retire with it. */
  #startHere({ plan }: Node, given: Ports): { run: ProcessRun; inside: Member } {
    const { openPorts } = interpreters();
    const { retireWith } = channels();
    let opened: ReturnType<typeof openPorts> | undefined;
    function open(): ReturnType<typeof openPorts> {
      return opened ??= openPorts(given);
    }
    const { member } = open();
    const run = startHere(
      async function inNetwork(...args: unknown[]): Promise<unknown> {
        const { ports } = open();
        const process = processNow();
        process.membership = member;
        let failure: { error: unknown } | undefined;
        try {
          return await plan.fn(ports, ...args);
        } catch (error) {
          member.failed(error, process.isAbortedFor(error));
          if (!member.endedPlainly) failure = { error };
          throw error;
        } finally {
          for (const end of given.ends) retireWith(end, failure);
        }
      },
      [...plan.args],
      plan.name,
    );
    return { run, inside: member };
  }

  #ended(n: number, failure: { readonly error: unknown } | undefined): void {
    const member = this.members[n]!;
    // A process that was called off before it began has never had its ends.
    if (member.here !== undefined) { for (const end of member.here.ends) end.retire(); }
    const plain = failure === undefined || this.block.load(n, ENDED) !== 0;
    const order = this.block.load(n, FAILED);
    if (plain) member.end = member.run.status === "cancelled" ? "cancelled" : "done";
    else if (order === 0 && member.run.status === "cancelled" && !this.#isCause(member, failure.error)) {
      member.end = "cancelled";
    } else if (this.#isOfAnother(member, failure.error)) {
      member.end = "cancelled";
      this.callOffAll("was ended: a process has failed");
    } else {
      member.end = "failed";
      this.#failures.push({ order, error: this.#named(member, order, failure.error) });
      this.callOffAll(`was ended: process "${member.name}" has failed`);
    }
    if (--this.#live === 0) this.#finish();
    else this.#drain?.step();
  }

  /** Whether the error tells of a death of which another process has seen something, and failed: that was heard first. */
  #isCause({ run: { interpreter } }: RunningMember, error: unknown): boolean {
    return this.#failures.some((heard) => isConsequence(heard.error, error, interpreter));
  }

  /** Whether the error is that of another process, which has failed, and has come along a channel. */
  #isOfAnother({ name }: RunningMember, error: unknown): boolean {
    if (!(error instanceof Error)) return false;
    const { process } = error as { process?: unknown };
    return process !== name &&
      this.members.some((other, n) => other.name === process && this.block.load(n, FAILED) !== 0);
  }

  /** The error of a process that failed, with its name. */
  #named({ name, run }: RunningMember, order: number, error: unknown): unknown {
    if (order === 0 && error instanceof InterpreterError) {
      const lost = new InterpreterError(
        `Process "${name}" of network "${this.name}" was lost: ${error.message}`,
        { cause: error },
      );
      interpreters().nameProcess(lost, name);
      return lost;
    }
    interpreters().nameProcess(error, name);
    const line = `    at process "${name}" (${run.id}) of network "${this.name}"`;
    if (error instanceof Error && !/ {4}at process "/.test(error.stack ?? "")) {
      try {
        Object.defineProperty(error, "stack", {
          value: `${error.stack}\n${line}`,
          configurable: true,
          writable: true,
          enumerable: false,
        });
      } catch { /* frozen: it stays as it is */ }
    }
    return error;
  }

  #finish(): void {
    this.over = true;
    this.#stopTimer?.();
    for (const channel of this.channels) channel.close();
    if (this.#failures.length > 0 && this.#deadlock === undefined) {
      const [first] = this.#failures.sort((one, other) => one.order - other.order);
      this.#fail(first!.error);
    } else if (this.#deadlock !== undefined) this.#fail(this.#deadlock);
    else this.#settle();
  }

  /** Looks at it now and then, as long as it runs: that keeps the program alive, as processes elsewhere do. */
  #tick(): void {
    this.#stopTimer = startTimer(TICK_MS, () => {
      if (this.over) return;
      this.#tick();
      if (this.failed) return;
      if (this.#drain !== undefined) this.#drain.step();
      else if (!this.paused) this.#lookForDeadlock();
      else this.#watchdog.forget();
    });
  }

  #lookForDeadlock(): void {
    const waiting = this.#watchdog.look();
    if (waiting === undefined) return;
    this.#deadlock = deadlock(this.name, waiting);
    this.callOffAll("was ended: it is deadlocked");
  }
}

function deadlock(name: string, waiting: readonly WaitingProcess[]): DeadlockError {
  const texts = waiting.map(({ process, operation, channel }) => {
    if (operation === "lock") return `process "${process}" waits for the lock ${channel}`;
    if (channel === NOTHING) {
      return `process "${process}" waits ${
        operation === "select" ? "in a select for" : "to receive"
      } what never comes`;
    }
    if (operation === "select") return `process "${process}" waits in a select for "${channel}"`;
    return `process "${process}" waits to ${operation} on channel "${channel}"`;
  });
  return new DeadlockError(
    `Network "${name}" is deadlocked, each process waits for another: ${texts.join("; ")}`,
    waiting,
  );
}
