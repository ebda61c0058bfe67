/**
 * Main's side of the post office: hands out ways to it, starts it when somebody needs it, tells it who has ended.
 *
 * *Who waits and who wakes.* Main waits for the word OFFICE_WANTED with its event loop, and looks at it while it is blocked.
 * Until the office has started, what is posted waits in the ports.
 */
import { startThread, type Thread, whenNotified } from "../runtime/mod.ts";
import type { Wire } from "../sharing/wire.ts";
import {
  BELLS,
  OFFICE_BYTES,
  OFFICE_DOWN,
  OFFICE_WANTED,
  type OfficeLink,
  type OfficeOrder,
  TICKETS,
} from "./office_protocol.ts";

/** The office's ends, of those that it has not been told of: it is not there yet. */
const early = new Map<number, OfficeOrder & { t: "serve" }>();
let words: Int32Array<SharedArrayBuffer> | undefined;
let office: Thread | undefined;

/** A way to the office for interpreter `id`, to be used by it alone. */
export function linkToOffice(id: number, slot: number): OfficeLink {
  if (words === undefined) {
    words = new Int32Array(new SharedArrayBuffer(OFFICE_BYTES));
    whenNotified(words, OFFICE_WANTED, 0, startOffice);
  }
  const { port1, port2 } = new MessageChannel();
  const order: OfficeOrder = { t: "serve", id, slot, port: port1 };
  if (office === undefined) early.set(id, order);
  else tell(order);
  return { port: port2, words };
}

/** Starts the office if somebody needs it; called while main is blocked. */
export function startOfficeIfWanted(): void {
  if (office === undefined && words !== undefined && Atomics.load(words, OFFICE_WANTED) !== 0) startOffice();
}

/** Interpreter `id` has ended. */
export function unlinkFromOffice(id: number, cause: Wire): void {
  startOfficeIfWanted();
  if (office !== undefined) return tell({ t: "died", id, cause });
  early.get(id)?.port.close();
  early.delete(id);
}

function startOffice(): void {
  if (office !== undefined) return;
  const url = new URL(
    import.meta.url.endsWith(".js") ? "./office_worker.js" : "./office_worker.ts",
    import.meta.url,
  );
  office = { post() {}, async terminate() {} };
  try {
    office = startThread(url, "post office", { message() {}, ended: close });
  } catch {
    return close();
  }
  tell({ t: "open", words: words! });
  for (const order of early.values()) tell(order);
  early.clear();
}

function tell(order: OfficeOrder): void {
  office!.post(order, order.t === "serve" ? [order.port] : []);
}

/** There is no office any more. */
function close(): void {
  Atomics.store(words!, OFFICE_DOWN, 1);
  for (let bell = BELLS; bell < TICKETS; bell++) {
    Atomics.add(words!, bell, 1);
    Atomics.notify(words!, bell);
  }
}
