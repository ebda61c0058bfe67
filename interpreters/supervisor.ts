/**
 * Main's side of all interpreters: starts their threads, passes letters on, ends them, and settles what they leave behind.
 *
 * *Invariants.* Every request that passes here is in `#open` until its reply has passed or one of its sides has died;
 * so a slot's RUNNING is exact. While something is open, or an interpreter boots, the program is kept alive.
 * An interpreter leaves the switchboard before anybody is told that it has ended.
 *
 * *Who waits.* A graceful close waits for the thread's acknowledgement, {@link GRACE_MS} at most, then terminates it.
 */
import { createMemory, Switchboard } from "../kernel/switchboard.ts";
import { STATE } from "../kernel/layout.ts";
import { entryUrl } from "./entry_url.ts";
import {
  holdAlive,
  programBase,
  releaseAlive,
  startThread,
  startTimer,
  type Thread,
} from "../runtime/mod.ts";
import { decode } from "../sharing/decode.ts";
import { encode } from "../sharing/encode.ts";
import type { Wire } from "../sharing/wire.ts";
import { InterpreterError, InterpreterNotFoundError } from "./errors.ts";
import { announceDeath, deliver } from "./mailbox.ts";
import type { Letter, Order, Outcome, Report, Work } from "./protocol.ts";
import { enterRealm, realm } from "./realm.ts";
import { moveLocally, transfersOf } from "./transfers.ts";

/** How long an interpreter may take to end by itself before it is terminated. */
const GRACE_MS = 1000;

/** How long a new interpreter may stand idle before it loads what it will need, see `entry.ts`. */
const WARM_MS = 20;

/** What main knows of a living interpreter. */
interface Resident {
  readonly id: number;
  readonly slot: number;
  readonly name: string;
  readonly thread: Thread;
  readonly ready: PromiseWithResolvers<void>;
  booted: boolean;
  /** Why it ends, once that is known. */
  cause: unknown;
  /** Settles when the thread has ended. */
  readonly gone: PromiseWithResolvers<void>;
  /** Generators of this interpreter that are running a step or their end. */
  readonly stepping: Set<string>;
  /** Calls off the order to load what it will need. */
  cancelWarm: (() => void) | undefined;
}

const residents = new Map<number, Resident>();
/** Requests under way: `from/key` → who runs it. `held`: it keeps the program alive on behalf of an interpreter. */
const open = new Map<string, { to: number; from: number; held: boolean }>();

/** Makes this thread the main interpreter of a program; called at the first use of the shared memory. */
export function board(): Switchboard {
  if (realm.board !== undefined) return realm.board;
  realm.board = new Switchboard(createMemory());
  return realm.board;
}

/** Installs main's way of posting; idempotent. */
export function supervise(): void {
  if (realm.id !== 0 || realm.post === route) return;
  enterRealm({ ...realm, post: route, report: reportOwn });
}

/** Main itself reports only `start`. */
function reportOwn(report: Report): void {
  if (report.t === "start") start(report.id);
}

function requestKey(letter: Letter): string {
  return `${letter.from}/${letter.key}`;
}

/** Takes a letter to where it goes, from main itself or passing through. */
function route(letter: Letter): void {
  const target = letter.to === 0 ? undefined : residents.get(letter.to);
  // One that is closing still hears what its open generators wait for; nothing new begins there.
  const begins = letter.t === "request" || letter.t === "pull" || letter.t === "watch";
  if (letter.to !== 0 && (target === undefined || (begins && board().state(target.slot) === STATE.CLOSING))) {
    return bounce(letter);
  }
  if (target !== undefined) {
    // Posting may throw: nothing is recorded before it has succeeded.
    target.thread.post(letter, transfersOf(letter));
    account(letter);
  } else if (letter.from === 0) {
    moveLocally(letter);
    account(letter);
    queueMicrotask(function later() {
      arrive(letter);
    });
  } else {
    account(letter);
    arrive(letter);
  }
}

/** A letter for main: work that only main can do, or for the mailbox. */
function arrive(letter: Letter): void {
  if (letter.t !== "request") return deliver(letter);
  const { work } = letter;
  if (work.do === "close") answer(letter, close(work, letter.from));
  else if (work.do === "ready") answer(letter, whenReady(work.id));
  else deliver(letter);
}

function answer(request: Letter, result: Promise<void>): void {
  function reply(outcome: Outcome): void {
    if (request.from === 0 || residents.has(request.from)) {
      route({ from: 0, to: request.from, key: request.key, t: "reply", outcome });
    }
  }
  result.then(
    function succeeded() {
      reply({ is: "value", value: { plain: undefined } });
    },
    function failed(error: unknown) {
      reply({ is: "refused", error: encode(error, "result").wire });
    },
  );
}

/** Keeps `open`, RUNNING and the program's life in step with a letter that has just been passed on. */
function account(letter: Letter): void {
  switch (letter.t) {
    case "request": {
      const held = letter.from !== 0;
      open.set(requestKey(letter), { to: letter.to, from: letter.from, held });
      if (held) holdAlive();
      if (letter.work.do !== "close" && letter.work.do !== "ready") count(letter.to, 1);
      break;
    }
    case "reply":
      settle(`${letter.to}/${letter.key}`);
      break;
    case "abort": {
      const request = open.get(requestKey(letter));
      if (request?.held) {
        request.held = false;
        releaseAlive();
      }
      break;
    }
    case "pull":
    case "end": {
      const stepping = residents.get(letter.to)?.stepping;
      if (stepping && !stepping.has(requestKey(letter))) {
        stepping.add(requestKey(letter));
        count(letter.to, 1);
      }
      break;
    }
    case "item":
      if (letter.idle) rest(letter);
      break;
    case "last":
      rest(letter);
      break;
  }
}

function rest(letter: Letter): void {
  if (residents.get(letter.from)?.stepping.delete(`${letter.to}/${letter.key}`)) count(letter.from, -1);
}

function settle(key: string): void {
  const request = open.get(key);
  if (request === undefined) return;
  open.delete(key);
  if (request.held) releaseAlive();
  count(request.to, -1);
}

function count(id: number, change: 1 | -1): void {
  const resident = residents.get(id);
  if (resident === undefined) return;
  board().addRunning(resident.slot, change);
  resident.cancelWarm?.();
}

/** Answers a letter whose addressee has ended; what it still stands for is settled. A request of main's own throws. */
function bounce(letter: Letter): void {
  const back = { from: letter.to, to: letter.from, key: letter.key };
  if (letter.t === "watch") return answerFor({ ...back, t: "unwatch" });
  if (letter.t !== "request") return account(letter);
  const error = new InterpreterNotFoundError(
    `Cannot reach interpreter ${letter.to}: it was closed or has died; create a new one`,
  );
  if (letter.from === 0) throw error;
  answerFor({ ...back, t: "reply", outcome: refusal(error) });
}

/** Delivers an answer on behalf of an interpreter that has ended. */
function answerFor(letter: Letter): void {
  if (letter.to !== 0) return residents.get(letter.to)?.thread.post(letter, transfersOf(letter));
  queueMicrotask(function later() {
    deliver(letter);
  });
}

function refusal(error: Error): Outcome {
  return { is: "refused", error: encode(error, "result").wire };
}

/** Starts the thread of an interpreter that its creator has published in the switchboard. */
function start(id: number): void {
  const slot = board().find(id);
  if (slot < 0 || residents.has(id)) return;
  const name = board().name(slot);
  const ready = Promise.withResolvers<void>();
  // Whoever calls into an interpreter that does not start is told by the call; `ready` is for those who ask.
  ready.promise.catch(function seen() {});
  holdAlive();
  try {
    const thread = startThread(entryUrl, name, {
      message(data) {
        hear(resident, data as Letter | Report);
      },
      ended(cause, code) {
        const why = resident.cause ?? cause;
        const exit = `exited${code === undefined ? "" : ` with code ${code}`}`;
        const how = why === undefined
          ? exit
          : `died: ${why instanceof Error ? `${why.name}: ${why.message}` : String(why)}`;
        retire(
          resident,
          new InterpreterError(`${title(id, name)} ${how}`, { cause: why ?? new Error(`It ${exit}`) }),
        );
        resident.gone.resolve();
      },
    });
    const resident: Resident = {
      id,
      slot,
      name,
      thread,
      ready,
      booted: false,
      cause: undefined,
      gone: Promise.withResolvers<void>(),
      stepping: new Set(),
      cancelWarm: undefined,
    };
    residents.set(id, resident);
    const boot: Order = { t: "boot", memory: board().memory, id, base: programBase() };
    thread.post(boot);
  } catch (error) {
    releaseAlive();
    void residents.get(id)?.thread.terminate();
    residents.delete(id);
    board().setState(slot, STATE.FREE);
    throw new InterpreterError(`Cannot create interpreter: the runtime did not start a thread`, {
      cause: error,
    });
  }
}

/** Starts an interpreter that another one has made; it learns of a failure as of a death. */
function startFor(creator: Resident, id: number): void {
  try {
    start(id);
  } catch (error) {
    creator.thread.post({ t: "died", id, cause: encode(error, "cause").wire } satisfies Order);
  }
}

function title(id: number, name: string): string {
  return `Interpreter ${id} ("${name}")`;
}

/** Takes a message from an interpreter's thread. What a cut-off interpreter still says is not heard. */
function hear(resident: Resident, message: Letter | Report): void {
  if (residents.get(resident.id) !== resident) return;
  switch (message.t) {
    case "ready":
      if (board().state(resident.slot) === STATE.STARTING) board().setState(resident.slot, STATE.ALIVE);
      resident.booted = true;
      resident.ready.resolve();
      releaseAlive();
      if (board().served(resident.slot)) break;
      resident.cancelWarm = startTimer(WARM_MS, function warm() {
        resident.thread.post({ t: "warm" } satisfies Order);
      }, "idle");
      break;
    case "start":
      startFor(resident, message.id);
      break;
    case "stopped":
      retire(resident, new InterpreterError(`${title(resident.id, resident.name)} was closed`));
      void resident.thread.terminate().then(resident.gone.resolve);
      break;
    case "dying":
      resident.cause = typeof message.error === "string" ? new Error(message.error) : revive(message.error);
      break;
    default:
      route(message);
  }
}

/** Why an interpreter dies; it may have sent what nobody can revive here. */
function revive(wire: Wire): unknown {
  try {
    return decode(wire);
  } catch (error) {
    return error;
  }
}

/** Takes an interpreter out of the world: switchboard first, then everybody is told. Idempotent. */
function retire(resident: Resident, error: InterpreterError): void {
  const { id } = resident;
  if (residents.get(id) !== resident) return;
  residents.delete(id);
  resident.cancelWarm?.();
  board().setState(resident.slot, STATE.FREE);
  board().sweep(id, function known(other) {
    return residents.has(other);
  });
  if (!resident.booted) {
    resident.ready.reject(
      new InterpreterError(`Cannot start interpreter ${id}: ${error.message}`, { cause: error }),
    );
    releaseAlive();
  }
  for (const [key, request] of open) {
    if (request.to !== id && request.from !== id) continue;
    if (request.held) releaseAlive();
    request.held = false;
    if (request.to === id) open.delete(key);
  }
  for (const other of residents.values()) {
    const notice: Order = { t: "died", id, cause: encode(error, "cause").wire };
    other.thread.post(notice);
  }
  announceDeath(id, error);
}

/** See `Interpreter.close`. */
async function close({ id, force, wait }: Work & { do: "close" }, asker: number): Promise<void> {
  if (id === 0) {
    throw new InterpreterError("Cannot close interpreter 0: it is the main interpreter; let the program end");
  }
  if (id === asker) {
    throw new InterpreterError(
      `Cannot close interpreter ${id} from inside: close it from another interpreter`,
    );
  }
  const resident = residents.get(id);
  const closing = resident !== undefined && board().state(resident.slot) === STATE.CLOSING;
  if (resident === undefined || (closing && !force)) {
    throw new InterpreterNotFoundError(`Cannot close interpreter ${id}: it was closed or has died`);
  }
  if (!force && board().running(resident.slot) > 0) {
    throw new InterpreterError(
      `Cannot close interpreter ${id}: it is running; await its calls first, or pass { force: true }`,
    );
  }
  holdAlive();
  try {
    if (force) {
      retire(resident, new InterpreterError(`${title(id, resident.name)} was closed by force`));
      if (!wait) return void resident.thread.terminate();
      await Promise.all([resident.thread.terminate(), closing ? resident.gone.promise : undefined]);
    } else {
      board().setState(resident.slot, STATE.CLOSING);
      resident.thread.post({ t: "stop" } satisfies Order);
      const late = setTimeout(function terminate() {
        retire(resident, new InterpreterError(`${title(id, resident.name)} was closed`));
        void resident.thread.terminate().then(resident.gone.resolve);
      }, GRACE_MS);
      await resident.gone.promise;
      clearTimeout(late);
    }
  } finally {
    releaseAlive();
  }
}

/** See `Interpreter.ready`. */
async function whenReady(id: number): Promise<void> {
  const resident = residents.get(id);
  if (resident === undefined) {
    throw new InterpreterNotFoundError(`Cannot wait for interpreter ${id}: it was closed or has died`);
  }
  await resident.ready.promise;
}
