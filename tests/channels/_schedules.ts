/** Random schedules of operations on two channels: what their steps are, and how a party performs one. */
import { channels } from "#engines";
import {
  chan,
  type Channel,
  promiseChan,
  type ReceivePort,
  type Receiver,
  select,
  selectSync,
  type Sender,
  sending,
  type SendPort,
  TimeoutError,
  trySelect,
} from "@pool/csp";
import fc from "fast-check";

/** How a channel is made. */
export const KINDS = [
  "0",
  "1",
  "2",
  "16",
  "unbounded",
  "sliding 1",
  "sliding 2",
  "dropping 1",
  "dropping 2",
  "promise",
] as const;

/** One of them. */
export type Kind = typeof KINDS[number];

/** A new channel. */
export function makeChannel(kind: Kind): Channel<unknown> {
  if (kind === "promise") return promiseChan();
  if (kind === "unbounded") return channels().openUnboundedChannel("");
  const [overflow, capacity] = kind.split(" ");
  if (capacity === undefined) return chan(Number(kind));
  return chan({ capacity: Number(capacity), overflow: overflow as "sliding" });
}

/** What a step does; how often each comes up. */
const DOINGS = {
  send: 6,
  receive: 6,
  trySend: 3,
  tryReceive: 3,
  sendMany: 3,
  receiveMany: 3,
  select: 5,
  trySelect: 2,
  abort: 3,
  open: 1,
  retire: 1,
  pass: 1,
  close: 0.4,
  poison: 0.2,
};

/** What a step does. */
export type Doing = keyof typeof DOINGS;

/** One step. */
export interface Step {
  readonly does: Doing;
  /** The party: 0 this thread, 1 an interpreter that awaits, 2 one that blocks. */
  readonly by: number;
  /** Which of the two channels. */
  readonly on: number;
  /** Values of a batch, and whatever else can be counted. */
  readonly n: number;
  /** Cases of a select: a bit each for receiving and sending on the one channel and on the other. */
  readonly cases: number;
  /** The cases are tried from the last to the first. */
  readonly backwards: boolean;
  /** Milliseconds of patience; undefined: it waits. */
  readonly patience: number | undefined;
  /** Objects are sent, not numbers. */
  readonly objects: boolean;
  /** It is done with an end, if the party has one; or that end is a sender. */
  readonly ends: boolean;
  readonly sender: boolean;
}

/** A schedule. */
export interface Schedule {
  readonly kinds: readonly [Kind, Kind];
  readonly steps: readonly Step[];
  /** How many steps this thread takes before the others know the channels. */
  readonly before: number;
}

/** Steps of a schedule are below this. */
export const MOST_STEPS = 40;

function doing(): fc.Arbitrary<Doing> {
  const all = Object.entries(DOINGS) as [Doing, number][];
  return fc.oneof(...all.map(([does, often]) => ({ weight: often * 10, arbitrary: fc.constant(does) })));
}

/** Any schedule. */
export function schedule(): fc.Arbitrary<Schedule> {
  const step = fc.record({
    does: doing(),
    by: fc.nat(2),
    on: fc.nat(5).map((n) => n > 3 ? 1 : 0),
    n: fc.integer({ min: 1, max: 6 }),
    cases: fc.integer({ min: 1, max: 15 }),
    backwards: fc.boolean(),
    patience: fc.nat(23).map((n) => n === 0 ? 0.05 : n < 4 ? 0 : undefined),
    objects: fc.nat(3).map((n) => n === 0),
    ends: fc.nat(3).map((n) => n === 0),
    sender: fc.boolean(),
  });
  const kind = fc.constantFrom(...KINDS);
  return fc.record({
    kinds: fc.tuple(kind, kind),
    steps: fc.array(step, { minLength: 4, maxLength: MOST_STEPS - 1, size: "max" }),
    before: fc.nat(9).map((n) => n < 6 ? 0 : n - 5),
  });
}

/** What one party has. */
export interface Belongings {
  readonly channels: readonly Channel<unknown>[];
  /** By channel. */
  readonly senders: readonly Sender<unknown>[][];
  readonly receivers: readonly Receiver<unknown>[][];
  /** What ends travel on. */
  readonly carrier: Channel<Sender<unknown> | Receiver<unknown>>;
  /** Of its awaiting operations, by step. */
  readonly controllers: Map<number, AbortController>;
}

/** What a party has at first. */
export function belongings(
  both: readonly Channel<unknown>[],
  carrier: Channel<Sender<unknown> | Receiver<unknown>>,
): Belongings {
  return { channels: both, carrier, senders: [[], []], receivers: [[], []], controllers: new Map() };
}

/** A step that is to be taken now. */
export interface Taken {
  /** Its number. */
  readonly at: number;
  /** In place of its own: values of a batch, or the step whose operation is to be aborted. */
  readonly n: number;
  /** It takes an end that another party has passed. */
  readonly arrives: boolean;
}

/** The values that step `at` sends. */
function value(step: Step, at: number, i: number): unknown {
  const id = at * 16 + i;
  return step.objects ? { id } : id;
}

function batch(step: Step, { at, n }: Taken): unknown[] | Float64Array {
  const values = Array.from({ length: n }, (_, i) => value(step, at, i));
  return !step.objects && step.backwards ? Float64Array.from(values as number[]) : values;
}

function casesOf(step: Step, at: number, { channels: [one, other] }: Belongings): Record<string, unknown> {
  const cases: [string, unknown][] = [];
  if (step.cases & 1) cases.push(["from", one]);
  if (step.cases & 2) cases.push(["to", sending(one!, value(step, at, 0))]);
  if (step.cases & 4) cases.push(["fromOther", other]);
  if (step.cases & 8) cases.push(["toOther", sending(other!, value(step, at, 1))]);
  return Object.fromEntries(step.backwards ? cases.reverse() : cases);
}

/** What is done is the same awaiting and blocking, and gives a value, a promise, or throws. */
function act(
  step: Step,
  taken: Taken,
  own: Belongings,
  blocks: boolean,
  patience: number | undefined,
): unknown {
  const { at, n } = taken;
  const channel = own.channels[step.on]!;
  const out = (step.ends ? own.senders[step.on]!.at(-1) : undefined) ?? channel as SendPort<unknown>;
  const from = (step.ends ? own.receivers[step.on]!.at(-1) : undefined) ?? channel as ReceivePort<unknown>;
  const limit = patience === undefined ? undefined : { timeout: patience };
  switch (step.does) {
    case "send":
      return blocks
        ? out.sendSync(value(step, at, 0), limit)
        : out.send(value(step, at, 0), limits(at, own, limit));
    case "receive":
      return blocks ? from.receiveSync(limit) : from.receive(limits(at, own, limit));
    case "trySend":
      return out.trySend(value(step, at, 0));
    case "tryReceive":
      return from.tryReceive();
    case "sendMany":
      return blocks
        ? out.sendManySync(batch(step, taken), limit)
        : out.sendMany(batch(step, taken), limits(at, own, limit));
    case "receiveMany":
      return blocks ? from.receiveManySync(n, limit) : from.receiveMany(n, limits(at, own, limit));
    case "select": {
      const cases = casesOf(step, at, own) as Record<string, ReceivePort<unknown>>;
      return blocks
        ? selectSync(cases, { mode: "priority", ...limit })
        : select(cases, { mode: "priority", ...limits(at, own, limit) });
    }
    case "trySelect":
      return trySelect(casesOf(step, at, own) as Record<string, ReceivePort<unknown>>, { mode: "priority" });
    case "abort":
      return own.controllers.get(n)!.abort(new Error(`aborted by step ${at}`));
    case "open":
      if (step.sender) own.senders[step.on]!.push(channel.sender());
      else own.receivers[step.on]!.push(channel.receiver());
      return undefined;
    case "retire":
      return endsOf(step, own).at(-1)?.retire();
    case "pass":
      return pass(step, taken, own);
    case "close":
      return n % 2 === 0 ? channel.close() : channel.close(new Error(`closed by step ${at}`));
    case "poison":
      return channel.poison(new Error(`poisoned by step ${at}`));
  }
}

function endsOf(step: Step, own: Belongings): (Sender<unknown> | Receiver<unknown>)[] {
  return step.sender ? own.senders[step.on]! : own.receivers[step.on]!;
}

/** Passes an end to another party, or takes the one that another party has passed. */
function pass(step: Step, { arrives }: Taken, own: Belongings): void {
  const ends = endsOf(step, own);
  if (!arrives) {
    const end = ends.shift();
    if (end !== undefined) own.carrier.trySend(end);
    return;
  }
  const arrived = own.carrier.tryReceive();
  if (arrived.state === "ok") ends.push(arrived.value);
}

function limits(
  at: number,
  own: Belongings,
  limit: { readonly timeout: number } | undefined,
): { signal: AbortSignal; timeout?: number } | { readonly timeout: number } | undefined {
  if (limit !== undefined) return limit;
  // Every other one can be aborted; what has no limits at all takes ways of its own.
  if (at % 2 === 0) return undefined;
  const controller = new AbortController();
  own.controllers.set(at, controller);
  return { signal: controller.signal };
}

/** Takes a step, awaiting; how it ended. Everything of it that can be done at once is done before this returns. */
export async function takeAwaiting(
  step: Step,
  taken: Taken,
  own: Belongings,
  patience: number | undefined = step.patience,
): Promise<string> {
  try {
    return told(await act(step, taken, own, false, patience));
  } catch (error) {
    return toldError(error, step);
  }
}

/** Takes a step, blocking; how it ended. */
export function takeBlocking(step: Step, taken: Taken, own: Belongings): string {
  try {
    return told(act(step, taken, own, true, step.patience));
  } catch (error) {
    return toldError(error, step);
  }
}

/** A result in words, the same in every interpreter. */
export function told(value: unknown): string {
  if (ArrayBuffer.isView(value)) return told([...value as Float64Array]);
  return JSON.stringify(value, function plain(_key, part: unknown) {
    return part instanceof Error ? toldError(part) : part;
  }) ?? "nothing";
}

function toldError(error: unknown, step?: Step): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const { sent, value } = error as { sent?: number; value?: unknown };
  // Timeouts say how long, which differs.
  const message = error instanceof TimeoutError ? "" : `: ${error.message}`;
  const unsent = Object.hasOwn(error, "value") ? `, unsent ${told(value)}` : "";
  // The reason of a poison is one object for all in an interpreter: what a batch notes in it everybody sees.
  const noted = step?.does === "sendMany" && !error.message.startsWith("poisoned");
  return `${error.name}${message}${unsent}${noted ? `, ${sent} sent` : ""}`;
}
