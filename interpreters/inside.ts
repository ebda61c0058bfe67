/** The inside of an interpreter: connects its thread to main and hands letters to the mailbox. */
import { Switchboard } from "../kernel/switchboard.ts";
import { refuseThreads, type Scope, setProgramBase } from "../runtime/mod.ts";
import { decode } from "../sharing/decode.ts";
import { encode } from "../sharing/encode.ts";
import { InterpreterError } from "./errors.ts";
import { endStreams } from "./incoming.ts";
import { announceDeath, deliver } from "./mailbox.ts";
import type { Letter, Order, Report } from "./protocol.ts";
import { enterRealm, realm } from "./realm.ts";
import { transfersOf } from "./transfers.ts";

/** Takes over from the boot module; `early` holds what came meanwhile. */
export function begin(scope: Scope, early: unknown[]): void {
  function hear(message: Letter | Order): void {
    switch (message.t) {
      case "boot":
        enter(scope, message);
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
  scope.onFailure(function die(error) {
    scope.post({ t: "dying", error: describe(error) } satisfies Report);
  });
  scope.onMessage(hear as (message: unknown) => void);
  for (const message of early) hear(message as Letter | Order);
}

function enter(scope: Scope, order: Order & { t: "boot" }): void {
  const board = new Switchboard(order.memory);
  const slot = board.find(order.id);
  const mode = board.mode(Math.max(slot, 0));
  setProgramBase(order.base);

  /** Main has freed our slot: we were closed by force and live on only because this runtime could not stop us. */
  function checkNotCutOff(): void {
    if (board.find(order.id, slot) < 0) {
      throw new InterpreterError(`Cannot go on: interpreter ${order.id} was closed by force`);
    }
  }
  enterRealm({
    id: order.id,
    mode,
    slot,
    board,
    post(letter) {
      checkNotCutOff();
      scope.post(letter, transfersOf(letter));
    },
    report(report) {
      checkNotCutOff();
      scope.post(report);
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
