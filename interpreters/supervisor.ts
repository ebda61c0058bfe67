/**
 * Main's side of all interpreters: starts their threads, passes letters on, ends them, and settles what they leave behind.
 *
 * *Invariants.* Every letter that is passed on is entered in the books (accounting.ts). While an interpreter boots or
 * closes, the program is kept alive. An interpreter leaves the switchboard before anybody is told that it has ended.
 *
 * *Who waits.* A graceful close waits for the thread's acknowledgement, then terminates it: {@link GRACE_MS} at most, or as
 * long as the thread says that its pools have work.
 */
import { MODE, STATE } from "../kernel/layout.ts";
import { entryUrl } from "./entry_url.ts";
import {
  endIsCertain,
  holdAlive,
  programBase,
  releaseAlive,
  startThread,
  startTimer,
} from "../runtime/mod.ts";
import { loadLater } from "../runtime/load_later.ts";
import { decode } from "../sharing/decode.ts";
import { encodeSent } from "../sharing/encode.ts";
import type { Wire } from "../sharing/wire.ts";
import { account, closeAccounts } from "./accounting.ts";
import { drop, readdress } from "./carried.ts";
import { InterpreterError, InterpreterNotFoundError } from "./errors.ts";
import { cutOffSlot, layToRest, noteAddressed, sweepSoon } from "./graves.ts";
import { announceDeath, deliver } from "./mailbox.ts";
import { linkToOffice, unlinkFromOffice } from "./office_counter.ts";
import type { Posted } from "./link.ts";
import type { Letter, Order, Outcome, Report, Work } from "./protocol.ts";
import { enterRealm, realm } from "./realm.ts";
import {
  board,
  isAnyStarting,
  noteStarting,
  replacing,
  type Resident,
  residents,
  title,
} from "./residents.ts";
import { carriedBy, moveLocally, transfersOf } from "./transfers.ts";

/** How long an interpreter may take to end by itself before it is terminated. */
const GRACE_MS = 1000;

/** How long a new interpreter may stand idle before it loads what it will need, see `entry.ts`. */
const WARM_MS = 20;

/** Letters to an interpreter before it gets rings: one that is made for a few calls needs none. */
const FEW_LETTERS = 4;

let rings: typeof import("./link.ts") | "loading" | undefined;

/** Installs main's way of posting; idempotent. */
export function supervise(): void {
  if (realm.id !== 0 || realm.post === route) return;
  enterRealm({ ...realm, post: route, report: reportOwn });
}

/** Main itself reports only `start`. */
function reportOwn(report: Report): void {
  if (report.t === "start") start(report.id);
}

/** Takes a letter to where it goes, from main itself or passing through. */
function route(letter: Letter): void {
  const target = letter.to === 0 ? undefined : residents.get(letter.to) ?? startPublished(letter.to);
  // One that is closing still hears what its open generators wait for; nothing new begins there.
  const begins = letter.t === "request" || letter.t === "pull" || letter.t === "watch";
  if (letter.to !== 0 && (target === undefined || (begins && board().state(target.slot) === STATE.CLOSING))) {
    return bounce(letter);
  }
  const carried = carriedBy(letter);
  if (carried !== undefined && readdress(carried, target?.slot ?? 0) && target !== undefined) {
    noteAddressed(target.slot);
  }
  if (target !== undefined) {
    // Posting may throw: nothing is recorded before it has succeeded.
    send(target, letter);
    account(letter);
  } else if (letter.from === 0) {
    moveLocally(letter);
    account(letter);
    // A close counts from the moment it is asked for: calls that follow come too late.
    if (letter.t === "request" && letter.work.do === "close") return arrive(letter);
    queueMicrotask(function later() {
      arrive(letter);
    });
  } else {
    account(letter);
    arrive(letter);
  }
}

/** Sends a letter to an interpreter. */
function send(target: Resident, letter: Letter): void {
  if (target.link === undefined && ++target.letters > FEW_LETTERS) giveRings(target);
  if (target.link?.send(letter) !== true) say(target, letter, transfersOf(letter));
}

/** Posts a message by the port of an interpreter's thread, in order with what goes by its ring. */
function say(target: Resident, message: Letter | Order, transfer: readonly Transferable[] = []): void {
  if (target.link === undefined) target.thread.post(message, transfer);
  else target.link.post(message, transfer);
}

/** Lets letters to an interpreter, and from it, go by rings; later if what they need must be loaded first. */
function giveRings(resident: Resident): void {
  if (rings === "loading") return;
  if (rings === undefined) {
    rings = "loading";
    void loadLater<typeof import("./link.ts")>("./link", import.meta.url).then(function loaded(module) {
      rings = module;
    });
    return;
  }
  try {
    resident.link = rings.openLink({
      post(message, transfer) {
        resident.thread.post(message, transfer);
      },
      hear(message) {
        hear(resident, message as Letter | Report);
      },
    });
  } catch {
    // There is no memory for rings: the port carries everything.
    resident.letters = -Infinity;
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
      reply(refusal(error));
    },
  );
}

/** Answers a letter whose addressee has ended; what it still stands for is settled. A request of main's own throws. */
function bounce(letter: Letter): void {
  const carried = carriedBy(letter);
  if (carried !== undefined) drop(carried);
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
  if (letter.to !== 0) {
    const target = residents.get(letter.to);
    return target && send(target, letter);
  }
  queueMicrotask(function later() {
    deliver(letter);
  });
}

function refusal(error: unknown): Outcome {
  return { is: "refused", error: encodeSent(error, "result").wire };
}

/** Starts the thread of an interpreter that its creator has published in the switchboard. */
function start(id: number): void {
  const slot = board().find(id);
  if (slot < 0 || residents.has(id)) return;
  const name = board().name(slot);
  const ready = Promise.withResolvers<void>();
  noteStarting(1);
  // Whoever calls into an interpreter that does not start is told by the call; `ready` is for those who ask.
  ready.promise.catch(function seen() {});
  holdAlive();
  try {
    const thread = startThread(entryUrl, name, {
      message(data) {
        if (resident.link === undefined) hear(resident, data as Letter | Report);
        else resident.link.arrived(data as Posted);
      },
      ended(cause, code) {
        resident.link?.finish();
        const why = resident.cause ?? cause;
        const exit = `exited${code === undefined ? "" : ` with code ${code}`}`;
        const how = why === undefined
          ? exit
          : `died: ${why instanceof Error ? `${why.name}: ${why.message}` : String(why)}`;
        const error = new InterpreterError(`${title(id, name)} ${how}`, {
          cause: why ?? new Error(`It ${exit}`),
        });
        const untold = why !== undefined && isUnwatched(resident);
        retire(resident, error);
        // Unhandled: nobody else would hear of it.
        if (untold) void Promise.reject(error);
        resident.gone.resolve();
        layToRest(slot, endIsCertain);
        if (resident.booted && board().isOf(MODE.SHARED, slot)) replacing.replace();
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
      link: undefined,
      letters: 0,
      cancelWarm: undefined,
      cancelLate: undefined,
      owned: [],
    };
    residents.set(id, resident);
    const office = linkToOffice(id, slot);
    const boot: Order = { t: "boot", memory: board().memory, id, base: programBase(), office };
    thread.post(boot, [office.port]);
  } catch (error) {
    noteStarting(-1);
    releaseAlive();
    void residents.get(id)?.thread.terminate();
    residents.delete(id);
    board().setState(slot, STATE.FREE);
    throw new InterpreterError(`Cannot create interpreter: the runtime did not start a thread`, {
      cause: error,
    });
  }
}

/** Starts an interpreter that another one has published, if that is to be heard of later than a letter for it from a third. */
function startPublished(id: number): Resident | undefined {
  const slot = board().find(id);
  if (slot < 0 || board().state(slot) !== STATE.STARTING) return undefined;
  try {
    start(id);
  } catch {
    // Whoever wrote the letter is told that there is none.
  }
  return residents.get(id);
}

/** Starts an interpreter that another one has made; it learns of a failure as of a death. */
function startFor(creator: Resident, id: number): void {
  try {
    start(id);
  } catch (error) {
    say(creator, { t: "died", id, cause: encodeSent(error, "cause").wire });
  }
}

/** Has an interpreter that stands idle load the rest, once no other is starting: the cores are for those first. */
function warmLater(resident: Resident): void {
  resident.cancelWarm = startTimer(WARM_MS, function warm() {
    if (isAnyStarting()) warmLater(resident);
    else say(resident, { t: "warm" });
  }, "idle");
}

/** Takes a message from an interpreter's thread. What a cut-off interpreter still says is not heard. */
function hear(resident: Resident, message: Letter | Report): void {
  if (residents.get(resident.id) !== resident) return;
  switch (message.t) {
    case "ready":
      if (board().state(resident.slot) === STATE.STARTING) board().setState(resident.slot, STATE.ALIVE);
      resident.booted = true;
      noteStarting(-1);
      resident.ready.resolve();
      releaseAlive();
      if (!board().served(resident.slot)) warmLater(resident);
      break;
    case "rings":
      break;
    case "start":
      startFor(resident, message.id);
      break;
    case "cycle":
      sweepSoon();
      break;
    case "lingers":
      resident.cancelLate?.();
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
  resident.link?.close();
  resident.cancelWarm?.();
  const running = board().running(resident.slot);
  cutOffSlot(id, resident.slot, resident.name, error);
  board().sweep(id, function known(other) {
    return residents.has(other);
  });
  if (!resident.booted) {
    noteStarting(-1);
    resident.ready.reject(
      new InterpreterError(`Cannot start interpreter ${id}: ${error.message}`, { cause: error }),
    );
    releaseAlive();
  }
  closeAccounts(id, running);
  board().unlockSet(resident.slot);
  board().touchSet();
  for (const child of residents.values()) {
    if (board().belongsTo(id, child.slot)) orphan(child, resident, error);
  }
  const notice: Order = { t: "died", id, cause: encodeSent(error, "cause").wire };
  for (const other of residents.values()) say(other, notice);
  unlinkFromOffice(id, notice.cause);
  announceDeath(id, error);
}

/**
 * Whether nobody is told if it dies now: one of those that processes share, whose processes have all ended. What has failed
 * is something that they left, as a nested process that nobody awaits.
 */
function isUnwatched({ id, slot }: Resident): boolean {
  return residents.has(id) && board().isOf(MODE.SHARED, slot) && board().state(slot) === STATE.ALIVE &&
    board().running(slot) === 0;
}

/**
 * Ends an interpreter that has lost its creator; one that has a process, which is aborted, in a while: it may clean up.
 */
function orphan(resident: Resident, creator: Resident, cause: InterpreterError): void {
  function end(): void {
    retire(
      resident,
      new InterpreterError(`${title(resident.id, resident.name)} was closed with its creator`, { cause }),
    );
    void resident.thread.terminate();
  }
  if (board().isOf(MODE.DEDICATED, resident.slot)) return void startTimer(GRACE_MS, end, "idle");
  creator.owned.push(resident);
  end();
}

/** Settles when the thread of an interpreter has ended, and those that ended with it. */
async function whenGone({ gone, owned }: Resident): Promise<void> {
  await gone.promise;
  await Promise.all(owned.map(whenGone));
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
      // What it held is released by then.
      await Promise.all([resident.thread.terminate(), whenGone(resident)]);
    } else {
      board().setState(resident.slot, STATE.CLOSING);
      board().touchSet();
      say(resident, { t: "stop" });
      const late = setTimeout(function terminate() {
        retire(resident, new InterpreterError(`${title(id, resident.name)} was closed`));
        void resident.thread.terminate().then(resident.gone.resolve);
      }, GRACE_MS);
      resident.cancelLate = function cancel() {
        clearTimeout(late);
      };
      await whenGone(resident);
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
