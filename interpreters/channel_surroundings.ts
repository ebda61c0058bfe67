/** What channels ask of the interpreters' floor: where the shared memory is, who runs, who may block, who was cut off. */
import { channels, interpreters } from "#engines";
import { peerLost } from "../channels/errors.ts";
import { surroundings } from "../channels/surroundings.ts";
import { never } from "../channels/timers_api.ts";
import { holdAlive, knowComputers, mayBlockThread, releaseAlive, startTimer } from "../runtime/mod.ts";
import "../sharing/handle_kinds.ts";
import { registerKindsLate } from "../sharing/kinds.ts";
import { busyElsewhere, watchBusy } from "./accounting.ts";
import { installParking } from "./carried.ts";
import "./error_registry.ts";
import { InterpreterError } from "./errors.ts";
import { buryOverdue, sweepSoon } from "./graves.ts";
import { linkToOffice, startOfficeIfWanted } from "./office_counter.ts";
import { OfficeClient } from "./post_office.ts";
import { checkNotCutOff, cutOff, lastWords, processNow } from "./process_context.ts";
import { realm } from "./realm.ts";
import { board, isAnyStarting } from "./residents.ts";
import { unsentRequests } from "./sending.ts";

/** How often main is told that there may be a cycle, at most. */
const REPORT_MS = 50;

let cycleReported = false;
let waiting = false;
let held = false;
let office: OfficeClient | undefined;

/** The program lives while something here waits that another interpreter, which runs something, may serve. */
function updateHold(): void {
  const hold = waiting && realm.id === 0 && busyElsewhere();
  if (hold === held) return;
  held = hold;
  if (hold) holdAlive();
  else releaseAlive();
}

/** Whether an interpreter is starting, or a call has not left yet: this thread must get back to its event loop first. */
function isStarting(): boolean {
  return unsentRequests() > 0 || isAnyStarting();
}

function whyNotBlock(action: string): Error | undefined {
  if (realm.id === 0 ? !mayBlockThread : realm.mode !== "serial") {
    const where = realm.id === 0 ? "the page's own thread" : `interpreter ${realm.id}, which is concurrent`;
    return new InterpreterError(`${action}: ${where} may not block; await the other form`);
  }
  if (unsentRequests() > 0) {
    return new InterpreterError(
      `${action}: a call of this interpreter has not left yet, and cannot while its thread is blocked; await yieldNow() first`,
    );
  }
  if (isAnyStarting()) {
    return new InterpreterError(
      `${action}: this thread may not block while an interpreter starts; await its \`ready\` first`,
    );
  }
  return cutOff();
}

/** Tells channels, and what carries references to them; called once, before either is used. */
export function install(): void {
  installParking(channels);
  registerKindsLate(interpreters, ["interpreter", "ports", "queue", "signal"], [AbortSignal.prototype]);
  registerKindsLate(channels, ["never"], [Object.getPrototypeOf(never) as object]);
  watchBusy(updateHold);
  knowComputers({
    note(computes) {
      realm.board?.noteComputing(realm.slot, computes);
    },
    areAtLeast(n) {
      return realm.board?.areComputing(n) === true;
    },
  });
  // Ends retire at once: a main that is blocked could not see to it.
  lastWords.push(function retireEnds(error) {
    const why = new InterpreterError(`Interpreter ${realm.id} has died`, { cause: error });
    const text = `Interpreter ${realm.id} has ended, and with it an end of the channel`;
    surroundings.retireOwnEnds(peerLost(text, realm.id, why));
  });
  Object.assign(
    surroundings,
    {
      place() {
        return { memory: (realm.board ?? board()).memory, slot: realm.slot };
      },
      meanwhile(inside = false) {
        office?.settleOwed();
        if (realm.id !== 0) return checkNotCutOff();
        startOfficeIfWanted();
        buryOverdue(inside);
      },
      postOffice() {
        return office ??= new OfficeClient(realm.id, realm.slot, realm.office ?? linkToOffice(0, 0));
      },
      waiting(some) {
        waiting = some;
        updateHold();
      },
      mayBeCycle() {
        if (realm.id === 0) return sweepSoon();
        if (cycleReported) return;
        cycleReported = true;
        realm.report({ t: "cycle" });
        startTimer(REPORT_MS, function again() {
          cycleReported = false;
        }, "idle");
      },
      whyCutOff() {
        return cutOff() ?? new InterpreterError(`Cannot go on: interpreter ${realm.id} was closed by force`);
      },
      mayBlock() {
        return realm.id === 0
          ? mayBlockThread && !isStarting()
          : realm.mode === "serial" && unsentRequests() === 0;
      },
      whyNotBlock,
      processSignal() {
        const process = processNow();
        return process.id === 0 ? undefined : process.signal;
      },
    } satisfies Partial<typeof surroundings>,
  );
}
