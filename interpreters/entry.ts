/**
 * The entry of every interpreter's thread, and its first stage. Loaded in a main thread it does nothing.
 *
 * It takes the thread's port before anything else, since Deno and Bun lose messages that come before there is a listener,
 * and says that it is ready. Then it runs simple calls by itself and loads the rest (`inside.ts`) when something else
 * arrives, or when main says that there is time: an interpreter that is made for one short call, as `parallel` makes them,
 * is spared two thirds of its start-up.
 *
 * A call is simple if its arguments are primitives, its function only computes (see `source/simple.ts`) and it has no
 * limits. If its result is no primitive, or it throws, `inside.ts` is loaded and finishes it. *Invariant*: letters are
 * answered in the order of their arrival until then.
 *
 * One file without imports, and so one that names runtimes outside of `runtime/`: every further module costs Bun a fifth of
 * what a bare Worker takes to start. It sets no timer: the first look at one costs Deno 3 ms.
 */
import type { EarlyPort } from "../runtime/inner.ts";
import type { Letter, Order, Report, SourceCode } from "./protocol.ts";

/** A call that has run; `inside.ts` finishes it. */
export interface Begun {
  readonly letter: Letter & { t: "request" };
  readonly outcome: { value: unknown } | { error: unknown };
}

/** A sent function, compiled. */
type SentFunction = (...args: unknown[]) => unknown;

/** What `inside.ts` takes over. */
export interface Handover {
  readonly boot: Order & { t: "boot" };
  /** Sources that have arrived, by sender and key, and the functions of those that have run. */
  readonly sources: ReadonlyMap<number, ReadonlyMap<number, SourceCode>>;
  readonly compiled: ReadonlyMap<SourceCode, SentFunction>;
  readonly begun: Begun | undefined;
  /** What has arrived since, in order. */
  readonly messages: readonly (Letter | Order)[];
}

interface Globals {
  readonly Bun?: { readonly isMainThread: boolean };
  readonly Deno?: unknown;
  readonly WorkerGlobalScope?: unknown;
  readonly process?: { getBuiltinModule(name: string): { parentPort: EventPort | null } };
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
}

interface EventPort {
  on(event: "message", listener: (data: unknown) => void): void;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
}

/** Takes the port of this thread and says that it is ready; undefined in the program's main thread. */
function openEarly(): EarlyPort | undefined {
  const self = globalThis as unknown as Globals;
  let handler: ((data: unknown) => void) | undefined;
  const early: unknown[] = [];
  function take(data: unknown): void {
    if (handler === undefined) early.push(data);
    else handler(data);
  }
  const web = self.Bun === undefined ? self.WorkerGlobalScope !== undefined : !self.Bun.isMainThread;
  const port = web || self.Bun || self.Deno
    ? undefined
    : self.process?.getBuiltinModule("node:worker_threads").parentPort;
  if (web) {
    self.addEventListener("message", function received(event) {
      take(event.data);
    });
  } else if (port) port.on("message", take);
  else return undefined;

  const post: EarlyPort["postMessage"] = web ? self.postMessage.bind(self) : port!.postMessage.bind(port);
  post({ t: "ready" } satisfies Report);
  return {
    postMessage: post,
    listen(next) {
      handler = next;
      for (const data of early.splice(0)) next(data);
    },
  };
}

/** Hears what comes until `inside.ts` takes over; `load` brings that. */
function begin(port: EarlyPort, load: () => Promise<typeof import("./inside.ts")>): void {
  const sources = new Map<number, Map<number, SourceCode>>();
  const compiled = new Map<SourceCode, SentFunction>();
  const waiting: (Letter | Order)[] = [];
  let boot: (Order & { t: "boot" }) | undefined;
  let loading = false;

  function hear(message: Letter | Order): void {
    if (loading) waiting.push(message);
    else if (message.t === "boot") boot = message;
    else if (message.t === "stop") port.postMessage({ t: "stopped" } satisfies Report);
    else if (message.t === "died") sources.delete(message.id);
    else if (message.t === "warm") loadRest(undefined);
    else if (message.t !== "request" || !runSimply(message)) {
      waiting.push(message);
      loadRest(undefined);
    }
  }

  function loadRest(begun: Begun | undefined): void {
    if (loading || boot === undefined) return;
    loading = true;
    void load().then(function takeOver(inside) {
      inside.begin(port, { boot: boot!, sources, compiled, begun, messages: waiting });
    });
  }

  /** Runs the request if it is simple; false if it must wait for the rest. */
  function runSimply(letter: Letter & { t: "request" }): boolean {
    const { work } = letter;
    if (work.do !== "call" || work.fn.by !== "source" || !("plain" in work.args)) return false;
    if (letter.stop !== undefined) return false;
    const known = sources.get(letter.from) ?? new Map<number, SourceCode>();
    if (work.fn.code !== undefined) sources.set(letter.from, known.set(work.fn.key, work.fn.code));
    const code = known.get(work.fn.key);
    if (code === undefined || !code.simple) return false;
    let value: unknown;
    // What follows is `evaluate` of runtime/load.ts and `isPlain` of carried.ts, which this file cannot import.
    try {
      value = compile(code, work.fn.name)(...work.args.plain as unknown[]);
    } catch (error) {
      loadRest({ letter, outcome: { error } });
      return true;
    }
    if (
      value === null ||
      (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
    ) {
      port.postMessage(
        {
          from: letter.to,
          to: letter.from,
          key: letter.key,
          t: "reply",
          outcome: { is: "value", value: { plain: value } },
        } satisfies Letter,
      );
    } else loadRest({ letter, outcome: { value } });
    return true;
  }

  function compile(code: SourceCode, name: string): SentFunction {
    let fn = compiled.get(code);
    if (fn === undefined) {
      const text = `(function () {"use strict";return (${code.text}\n);})()`;
      fn = (0, eval)(
        `${text}\n//# sourceURL=csp:${encodeURI((name || "anonymous").toWellFormed())}`,
      ) as SentFunction;
      compiled.set(code, fn);
    }
    return fn;
  }

  port.listen(hear as (data: unknown) => void);
}

const port = openEarly();
if (port !== undefined) {
  begin(port, function load() {
    // Not a literal, for the reason given in `runtime/load_later.ts`.
    return import(import.meta.url.replace(/entry(\.[jt]s)/, "inside$1")) as Promise<
      typeof import("./inside.ts")
    >;
  });
}
