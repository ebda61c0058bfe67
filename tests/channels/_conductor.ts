/**
 * Lets three parties take the steps of a schedule on shared channels, one at a time, and takes the same steps on local
 * channels, which say what must come of each.
 *
 * *When a step is over.* When everything is as the local channels have it: what has ended and how, what the channels hold,
 * and who waits in which order, as the lists in shared memory say. Nothing is waited for by time; only a step of which that
 * does not come true fails after a while. What ends in shared memory but not on the local channels fails at once.
 *
 * *What is left out.* Where the outcome depends on which thread is faster: a batch is one value long while another batch
 * waits at the same channel, since whoever waits goes on with the rest of it in a thread of its own.
 */
import assert from "node:assert/strict";
import { channels } from "#engines";
import { chan, Channel, create, type Interpreter } from "@pool/csp";
import type { LocalForm } from "../../channels/local_form.ts";
import { unsent } from "../../channels/parcel.ts";
import type { SharedForm } from "../../channels/shared_form.ts";
import type { Heap } from "../../kernel/heap.ts";
import {
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CLAIM_WAITING,
  META,
  NODE_NEXT,
  NODE_TICKET,
  NODE_VALUE,
  OWNER_SHIFT,
  TICKET_CLAIM,
} from "../../kernel/heap_layout.ts";
import { macrotask } from "../../runtime/mod.ts";
import { within } from "../_within.ts";
import { codeOf, type Lines, playAwaiting, playBlocking, type Report, slotHere } from "./_schedule_party.ts";
import {
  type Belongings,
  belongings,
  makeChannel,
  type Schedule,
  type Step,
  takeAwaiting,
  takeBlocking,
  type Taken,
  told,
} from "./_schedules.ts";

/** The party that blocks. */
const BLOCKING = 2;

/** The interpreters of the other two parties, for many schedules. */
export class Parties {
  readonly #interpreters: Interpreter[];
  readonly #ends: Promise<unknown>[] = [];
  /** By party; there are none for this thread. */
  readonly lines: Lines[];
  /** By party. */
  readonly slots: number[] = [];

  constructor() {
    this.#interpreters = [
      create({ name: "awaits", mode: "concurrent" }),
      create({ name: "blocks", mode: "serial" }),
    ];
    const reports: Channel<Report> = chan(256);
    const [one, other] = [0, 1].map(() =>
      ({ schedules: chan(2), steps: chan(8), reports }) as unknown as Lines
    );
    this.lines = [one!, one!, other!];
  }

  /** Starts them. */
  async start(): Promise<void> {
    const [awaits, blocks] = this.#interpreters as [Interpreter, Interpreter];
    this.slots.push(channels().heapHere().slot, await awaits.call(slotHere), await blocks.call(slotHere));
    this.#ends.push(
      awaits.call(playAwaiting, this.lines[1]!),
      blocks.call(playBlocking, this.lines[BLOCKING]!),
    );
    for (const end of this.#ends) end.catch(() => {});
  }

  /** Lets them end by themselves. */
  async finish(): Promise<void> {
    for (const { schedules } of this.lines) schedules.close();
    await within(Promise.all(this.#ends), "the parties' ends");
    await Promise.all(this.#interpreters.map((interp) => interp.close()));
  }

  /** Ends them wherever they are. */
  async drop(): Promise<void> {
    await Promise.all(this.#interpreters.map((interp) => interp.close({ force: true })));
  }
}

/** One schedule under way. */
export class Performance {
  readonly #parties: Parties;
  readonly #heap: Heap = channels().heapHere();
  readonly #schedule: Schedule;
  /** The channels under test, and the local ones. */
  readonly #shared: readonly Channel<unknown>[];
  readonly #local: readonly Channel<unknown>[];
  /** What this thread has of the first; what each party has of the others. */
  readonly #own: Belongings;
  readonly #models: readonly Belongings[];
  /** How steps ended, by step. */
  readonly #outcomes = new Map<number, string>();
  readonly #expected = new Map<number, string>();
  /** Steps that the local channels let wait, with the party of each. */
  readonly #waiting = new Map<number, number>();
  /** Of waiters of the local channels, their party. */
  readonly #waiters = new WeakMap<object, number>();
  readonly #by: number[] = [];
  readonly #trace: string[] = [];
  readonly #limit: number;
  #crossed = false;

  /** `limit`: milliseconds after which a step that is not over is held to have failed. */
  constructor(parties: Parties, schedule: Schedule, limit: number) {
    this.#parties = parties;
    this.#limit = limit;
    this.#schedule = schedule;
    this.#shared = schedule.kinds.map(makeChannel);
    this.#local = schedule.kinds.map(makeChannel);
    this.#own = belongings(this.#shared, chan(8));
    const carrier: Belongings["carrier"] = chan(8);
    this.#models = [0, 1, 2].map(() => belongings(this.#local, carrier));
  }

  /** Performs all of it; how many steps it had. */
  async run(): Promise<number> {
    const { steps, before } = this.#schedule;
    for (const [at, step] of steps.entries()) {
      if (at === before) await this.#cross();
      await this.#take(at, step);
    }
    if (!this.#crossed) await this.#cross();
    for (const ch of [...this.#shared, ...this.#local]) ch.close();
    await this.#settle("both were closed");
    this.#compareRest();
    for (const by of [1, BLOCKING]) await this.#parties.lines[by]!.steps.send(-1);
    assert.equal(this.#waiting.size, 0, "something waits on closed channels");
    return steps.length;
  }

  async #cross(): Promise<void> {
    this.#crossed = true;
    const brief = { schedule: this.#schedule, channels: this.#shared, carrier: this.#own.carrier };
    for (const by of [1, BLOCKING]) await this.#parties.lines[by]!.schedules.send(brief);
    await this.#settle("they crossed");
  }

  async #take(at: number, step: Step): Promise<void> {
    let by = this.#crossed ? step.by : 0;
    let { n } = step;
    if (step.does === "abort") {
      const able = [...this.#waiting].filter(([target, party]) =>
        party !== BLOCKING && this.#models[party]!.controllers.has(target)
      );
      const chosen = able[n % Math.max(able.length, 1)];
      if (chosen === undefined) return;
      [n, by] = chosen;
    } else if (this.#isBlocked(by)) by = n % 2;
    if ((step.does === "sendMany" || step.does === "receiveMany") && this.#hasBatch(step.on)) n = 1;
    if (step.does !== "pass") return await this.#perform(by, { at, n, arrives: false });
    if (!this.#crossed) return;
    await this.#perform(by, { at, n, arrives: false });
    this.#outcomes.delete(at);
    this.#expected.delete(at);
    const to = (by + 1 + n % 2) % 3;
    await this.#perform(this.#isBlocked(to) ? 0 : to, { at, n, arrives: true });
  }

  #isBlocked(by: number): boolean {
    return by === BLOCKING && [...this.#waiting.values()].includes(BLOCKING);
  }

  #hasBatch(on: number): boolean {
    return [...this.#waiting.keys()].some((at) => {
      const { does, on: where } = this.#schedule.steps[at]!;
      return where === on && (does === "sendMany" || does === "receiveMany");
    });
  }

  async #perform(by: number, taken: Taken): Promise<void> {
    const { at } = taken;
    const step = this.#schedule.steps[at]!;
    this.#trace.push(describe(step, taken, by));
    this.#by[at] = by;
    this.#waiting.set(at, by);
    const patience = step.patience === undefined ? undefined : 0;
    void takeAwaiting(step, taken, this.#models[by]!, patience).then((outcome) => {
      this.#expected.set(at, outcome);
      this.#waiting.delete(at);
    });
    this.#note(by);
    if (by > 0) await this.#parties.lines[by]!.steps.send(codeOf(taken));
    else if (step.patience !== undefined && at % 2 === 0) {
      this.#outcomes.set(at, takeBlocking(step, taken, this.#own));
    } else {
      void takeAwaiting(step, taken, this.#own).then((outcome) => {
        this.#outcomes.set(at, outcome);
      });
    }
    await this.#settle(`step ${at}`);
  }

  /** Notes whose the receivers are that have come to wait on the local channels. */
  #note(by: number): void {
    for (const ch of this.#local) {
      for (const { waiter } of localForm(ch).state().receivers) {
        if (!this.#waiters.has(waiter)) this.#waiters.set(waiter, by);
      }
    }
  }

  /** Waits until everything is as the local channels have it. */
  async #settle(what: string): Promise<void> {
    // What a step brings about on local channels is over after the microtasks, or after the hop that `patience.ts` makes.
    await macrotask();
    await macrotask();
    const until = performance.now() + this.#limit;
    for (let looks = 1;; looks++) {
      this.#collect();
      for (const [at, outcome] of this.#outcomes) {
        const expected = this.#expected.get(at);
        if (expected !== outcome) {
          this.#fail(what, `step ${at} ended: ${outcome}; expected: ${expected ?? "to wait"}`);
        }
      }
      if (this.#outcomes.size === this.#expected.size && this.#difference() === undefined) return;
      if (looks % 64 === 0 && performance.now() > until) {
        const late = [...this.#expected].find(([at]) => !this.#outcomes.has(at));
        this.#fail(what, late ? `step ${late[0]} waits; expected: ${late[1]}` : this.#difference()!);
      }
      await macrotask();
    }
  }

  #collect(): void {
    const { reports } = this.#parties.lines[1]!;
    for (let got = reports.tryReceive(); got.state === "ok"; got = reports.tryReceive()) {
      this.#outcomes.set(got.value[0], got.value[1]);
    }
  }

  /** How the channels are not as the local ones are; undefined if they are. */
  #difference(): string | undefined {
    for (const [i, ch] of this.#shared.entries()) {
      const model = this.#local[i]!;
      // A promise channel's value stays in shared memory when it is poisoned: somebody may be reading it.
      const keeps = this.#schedule.kinds[i] === "promise" && model.closed;
      if (ch.size !== model.size && !keeps) return `channel ${i} holds ${ch.size}; expected: ${model.size}`;
      if (ch.closed !== model.closed) return `channel ${i} is ${ch.closed ? "" : "not "}closed`;
      if (!this.#crossed) continue;
      const [has, is] = [this.#modelQueues(model), this.#queues(ch)];
      if (is !== has) return `at channel ${i} wait ${is}; expected: ${has}`;
    }
    return undefined;
  }

  /** Who waits at a local channel, and with what number. */
  #modelQueues(ch: Channel<unknown>): string {
    const { senders, receivers } = localForm(ch).state();
    const sends = senders.map(({ value }) => {
      const what = unsent(value);
      const id = typeof what === "number" ? what : (what as { id: number }).id;
      return `${this.#by[id >>> 4]!}:${typeof what === "number" ? what : "object"}`;
    });
    return queues(sends, receivers.map(({ waiter }) => `${this.#waiters.get(waiter)}`));
  }

  /** The same for a shared one. */
  #queues(ch: Channel<unknown>): string {
    const { at } = Channel.coreOf(ch).form as SharedForm;
    const sends = this.#listed(at + CHANNEL_FIRST_SENDER).map((node) => {
      const number = new Float64Array(this.#heap.memory.buffer, node + NODE_VALUE, 1)[0]!;
      return `${this.#ownerOf(node)}:${Number.isNaN(number) ? "object" : number}`;
    });
    return queues(sends, this.#listed(at + CHANNEL_FIRST_RECEIVER).map((node) => this.#ownerOf(node)));
  }

  /** Nodes of a list that wait. While others change it, it may be read wrong: then it is read again. */
  #listed(first: number): number[] {
    const nodes: number[] = [];
    const heap = this.#heap;
    let steps = 0;
    for (let node = heap.load(first) >>> 0; node !== 0 && steps < 1000; steps++) {
      const ticket = heap.load(node + NODE_TICKET) >>> 0;
      if ((heap.load(ticket + TICKET_CLAIM) & 0xff) === CLAIM_WAITING) nodes.push(node);
      node = heap.load(node + NODE_NEXT) >>> 0;
    }
    return nodes;
  }

  #ownerOf(node: number): string {
    const ticket = this.#heap.load(node + NODE_TICKET) >>> 0;
    const slot = (this.#heap.load(ticket + META) >>> OWNER_SHIFT) - 1;
    return `${this.#parties.slots.indexOf(slot)}`;
  }

  /** Compares what the closed channels still hold. */
  #compareRest(): void {
    for (const [i, ch] of this.#shared.entries()) {
      const [rest, expected] = [restOf(ch), restOf(this.#local[i]!)];
      if (rest !== expected) {
        this.#fail("both were closed", `channel ${i} held ${rest}; expected: ${expected}`);
      }
    }
  }

  #fail(what: string, how: string): never {
    const steps = this.#trace.join("\n  ");
    const { kinds, before } = this.#schedule;
    assert.fail(
      `After ${what} ${how}\n  Channels: ${kinds.join(", ")}, crossing before step ${before}\n  ${steps}`,
    );
  }
}

/** A step in words. */
function describe(step: Step, { at, n, arrives }: Taken, by: number): string {
  const { does, on, cases, backwards, patience, objects, ends, sender } = step;
  const notes = [
    does.endsWith("elect")
      ? `cases ${cases.toString(2)}${backwards ? " backwards" : ""}`
      : `on ${on}, n ${n}`,
    patience !== undefined && `patience ${patience}`,
    objects && "objects",
    ends && "with an end",
    (does === "open" || does === "retire" || does === "pass") && (sender ? "a sender" : "a receiver"),
    arrives && "arrives",
  ];
  return `${at}: party ${by}: ${does} ${notes.filter(Boolean).join(", ")}`;
}

function queues(sends: readonly string[], receives: readonly string[]): string {
  return `to send [${sends.join(" ")}], to receive [${receives.join(" ")}]`;
}

function localForm(ch: Channel<unknown>): LocalForm {
  return Channel.coreOf(ch).form as LocalForm;
}

function restOf(ch: Channel<unknown>): string {
  const rest: string[] = [];
  try {
    // A promise channel gives its value again and again.
    while (rest.length < 100) {
      const got = ch.tryReceive();
      rest.push(told(got));
      if (got.state !== "ok" || rest.length > ch.capacity + 1) break;
    }
  } catch (error) {
    rest.push(String(error));
  }
  return rest.join(" ");
}
