/** The interpreters of the program as objects: making them, listing them, one object for each. */
import { MODE, NAME_UNITS, SLOTS } from "../kernel/layout.ts";
import { checkOptions } from "../runtime/mod.ts";
import { registerKind } from "../sharing/kinds.ts";
import type { CreateOptions } from "./callable.ts";
import { InterpreterError } from "./errors.ts";
import { HANDLE, Interpreter } from "./interpreter.ts";
import { receive } from "./mailbox.ts";
import { checkMainGuard } from "./main_guard.ts";
import { checkNotCutOff } from "./process_context.ts";
import { realm } from "./realm.ts";
import { forgetTarget } from "./sending.ts";
import { board } from "./residents.ts";
import { supervise } from "./supervisor.ts";

/** Handles of the living, and of the ended while somebody still holds them. */
const living = new Map<number, Interpreter>();
const ended = new Map<number, WeakRef<Interpreter>>();
const dropped = new FinalizationRegistry<number>(function forget(id) {
  ended.delete(id);
});

/** Connects handles with the rest; once. */
export function installRegistry(): void {
  supervise();
  receive("handles", {
    letter() {},
    died(id) {
      forgetTarget(id);
      const handle = living.get(id);
      if (handle === undefined) return;
      living.delete(id);
      keepEnded(id, handle);
    },
  });
  registerKind<Interpreter>(Interpreter.prototype, {
    name: "interpreter",
    encode(interp) {
      return [interp.id, interp.name];
    },
    decode([id, name]: [number, string]) {
      return handleOf(id, name);
    },
  });
}

/** Remembers the handle of an interpreter that has ended for as long as somebody holds it. */
function keepEnded(id: number, handle: Interpreter): void {
  ended.set(id, new WeakRef(handle));
  dropped.register(handle, id);
}

/** The one object for interpreter `id`. `name`: for one that has ended before this interpreter heard of it. */
export function handleOf(id: number, name?: string): Interpreter {
  const known = living.get(id) ?? ended.get(id)?.deref();
  if (known !== undefined) return known;
  const slot = realm.board?.find(id) ?? (id === 0 ? 0 : -1);
  const own = slot < 0 ? name ?? `interpreter-${id}` : realm.board?.name(slot) ?? "main";
  const handle = new Interpreter(HANDLE, id, own, slot);
  if (slot >= 0) living.set(id, handle);
  else keepEnded(id, handle);
  return handle;
}

/** See `create` in api.ts. */
export function create(options?: CreateOptions): Interpreter {
  checkOptions("Cannot create interpreter", options, ["name", "mode"]);
  const { name, mode = "serial" } = options ?? {};
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`Cannot create interpreter: name is of type ${typeof name}; pass a string`);
  }
  if (name !== undefined && name.length > NAME_UNITS) {
    throw new RangeError(
      `Cannot create interpreter: its name has ${name.length} code units; use at most ${NAME_UNITS}`,
    );
  }
  if (mode !== "serial" && mode !== "concurrent") {
    throw new TypeError(`Cannot create interpreter: mode is ${String(mode)}; use "serial" or "concurrent"`);
  }
  return openGuarded(name, mode === "serial" ? MODE.SERIAL : MODE.CONCURRENT);
}

/** Makes one that ends with this interpreter: nobody else is to know it. */
export function createOwned(name?: string): Interpreter {
  return openGuarded(name, MODE.OWNED);
}

/** Makes one of the interpreters that all share. */
export function createShared(): Interpreter {
  checkNotCutOff();
  return open(undefined, MODE.SHARED);
}

/** Makes an interpreter for one process. */
export function createDedicated(name: string): Interpreter {
  checkNotCutOff();
  return open(`dedicated ${name}`.trimEnd().slice(0, NAME_UNITS), MODE.DEDICATED);
}

function openGuarded(name: string | undefined, mode: number): Interpreter {
  checkMainGuard("Cannot create interpreter");
  checkNotCutOff();
  return open(name, mode);
}

function open(name: string | undefined, mode: number): Interpreter {
  const place = board().claim(name, mode, realm.id);
  if (place === undefined) {
    throw new InterpreterError(`Cannot create interpreter: ${SLOTS - 1} are alive; close some first`);
  }
  realm.report({ t: "start", id: place.id });
  return handleOf(place.id);
}

/** See `listAll` in api.ts. */
export function listAll(): Interpreter[] {
  if (realm.board === undefined) return [getMain()];
  return realm.board.living().map(function handle(id) {
    return handleOf(id);
  });
}

/** See `getCurrent` in api.ts. */
export function getCurrent(): Interpreter {
  return handleOf(realm.id);
}

/** See `getMain` in api.ts. */
export function getMain(): Interpreter {
  return handleOf(0);
}
