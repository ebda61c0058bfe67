/** The inside of an interpreter: connects its thread to main and hands letters to the mailbox. */
import { Switchboard } from "../kernel/switchboard.ts";
import {
  type EarlyPort,
  flushed,
  openScope,
  refuseThreads,
  type Scope,
  setProgramBase,
} from "../runtime/inner.ts";
import { decode } from "../sharing/decode.ts";
import { encode } from "../sharing/encode.ts";
import "./error_registry.ts";
import { InterpreterError } from "./errors.ts";
import { keepSource } from "./compile.ts";
import { endStreams } from "./generators.ts";
import { resume } from "./incoming.ts";
import { announceDeath, deliver } from "./mailbox.ts";
import { checkNotCutOff, lastWords } from "./process_context.ts";
import type { Letter, Order, Report } from "./protocol.ts";
import type { Handover } from "./entry.ts";
import { enterRealm, realm } from "./realm.ts";
import { transfersOf } from "./transfers.ts";

/** Takes over from the first stage. */
export function begin(port: EarlyPort, handover: Handover): void {
  function hear(message: Letter | Order): void {
    switch (message.t) {
      case "boot":
      case "warm":
        break;
      case "stop":
        void stop(scope);
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
    message: hear as (message: unknown) => void,
    failure(error) {
      for (const say of lastWords) say(error);
      port.postMessage({ t: "dying", error: describe(error) } satisfies Report);
    },
  });
  for (const message of handover.messages) hear(message);
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
      port.postMessage(letter, transfersOf(letter));
    },
    report(report) {
      checkNotCutOff();
      port.postMessage(report);
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

async function stop(scope: Scope): Promise<void> {
  await endStreams();
  await flushed();
  scope.post({ t: "stopped" } satisfies Report);
  scope.exit();
}

function describe(error: unknown): ReturnType<typeof encode>["wire"] | string {
  try {
    return encode(error, "error").wire;
  } catch {
    return String(error);
  }
}
