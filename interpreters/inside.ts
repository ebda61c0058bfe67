/** The inside of an interpreter: connects its thread to main and hands letters to the mailbox. */
import { Switchboard } from "../kernel/switchboard.ts";
import {
  type EarlyPort,
  flushed,
  loadLater,
  openScope,
  refuseThreads,
  type Scope,
  setProgramBase,
} from "../runtime/inner.ts";
import { decode } from "../sharing/decode.ts";
import { encodeSent } from "../sharing/encode.ts";
import "./error_registry.ts";
import { InterpreterError } from "./errors.ts";
import { keepSource } from "./compile.ts";
import { endStreams } from "./generators.ts";
import { resume } from "./incoming.ts";
import type { Link, Posted } from "./link.ts";
import { announceDeath, deliver } from "./mailbox.ts";
import { checkNotCutOff, cutOff, lastDuties, lastWords } from "./process_context.ts";
import type { Letter, Order, Report } from "./protocol.ts";
import type { Handover } from "./entry.ts";
import { enterRealm, realm } from "./realm.ts";
import { transfersOf } from "./transfers.ts";

/** How letters go to main, once it has asked for it. */
let link: Link | undefined;

/** Takes over from the first stage. */
export function begin(port: EarlyPort, handover: Handover): void {
  /** What comes while the link is being loaded. */
  let held: Posted[] | undefined;
  function arrived(message: Posted): void {
    if (held !== undefined) held.push(message);
    else if (link !== undefined) link.arrived(message);
    else if (message.t === "rings" && "inbox" in message) join(message);
    else hear(message as Letter | Order);
  }
  function join(order: Order & { t: "rings" }): void {
    const waiting: Posted[] = held = [];
    void loadLater<typeof import("./link.ts")>("./link", import.meta.url).then(function joined(rings) {
      link = rings.joinLink({
        post(message, transfer) {
          port.postMessage(message, transfer);
        },
        hear(message) {
          // What is left in the ring of one that was closed by force begins nothing any more.
          if (cutOff() !== undefined) link!.close();
          else hear(message as Letter | Order);
        },
      }, order);
      held = undefined;
      for (const message of waiting) link.arrived(message);
    });
  }
  function hear(message: Letter | Order): void {
    switch (message.t) {
      case "boot":
      case "warm":
      case "rings":
        break;
      case "stop":
        void stop(port, scope);
        break;
      case "died":
        announceDeath(message.id, decode(message.cause));
        break;
      default:
        deliver(message);
    }
  }
  enter(port, handover.boot);
  for (const [sender, sources] of handover.sources) {
    for (const [key, code] of sources) keepSource(sender, key, handover.compiled.get(code) ?? code);
  }
  if (handover.begun !== undefined) resume(handover.begun);
  const scope = openScope(port, {
    message: arrived as (message: unknown) => void,
    ending(error, code) {
      const exited = `It exited${code === undefined ? "" : ` with code ${code}`}`;
      for (const say of lastWords) say(error ?? new Error(exited));
    },
    failure(error) {
      tell(port, { t: "dying", error: describe(error) });
    },
  });
  for (const message of handover.messages) arrived(message);
}

function enter(port: EarlyPort, order: Order & { t: "boot" }): void {
  const board = new Switchboard(order.memory);
  const slot = board.find(order.id);
  const mode = board.mode(Math.max(slot, 0));
  setProgramBase(order.base);
  enterRealm({
    id: order.id,
    mode,
    slot,
    board,
    office: order.office,
    post(letter) {
      checkNotCutOff();
      if (link?.send(letter) !== true) tell(port, letter, transfersOf(letter));
    },
    report(report) {
      checkNotCutOff();
      tell(port, report);
    },
  });
  if (mode === "serial") {
    refuseThreads(function refused(what) {
      return new InterpreterError(
        `Cannot use ${what}: interpreter ${realm.id} is serial; use create() or go(), or make it with mode "concurrent"`,
      );
    });
  }
}

/** Posts by the port, in order with what goes by the ring. */
function tell(port: EarlyPort, message: Letter | Report, transfer: readonly Transferable[] = []): void {
  if (link === undefined) port.postMessage(message, transfer);
  else link.post(message, transfer);
}

async function stop(port: EarlyPort, scope: Scope): Promise<void> {
  await endStreams();
  const duties = lastDuties.map((begin) => begin()).filter((duty) => duty !== undefined);
  if (duties.length > 0) {
    tell(port, { t: "lingers" });
    await Promise.all(duties);
  }
  await flushed();
  tell(port, { t: "stopped" });
  scope.exit();
}

function describe(error: unknown): ReturnType<typeof encodeSent>["wire"] | string {
  try {
    return encodeSent(error, "error").wire;
  } catch {
    return String(error);
  }
}
