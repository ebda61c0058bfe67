/**
 * Tasks by calls whose results come over a port: the call's own reply is only the sign that the result is there. Beside
 * the other ways it shows what a MessagePort costs.
 */
import { receiveNow } from "../../runtime/mod.ts";
import { NotShareableError } from "../../sharing/errors.ts";
import { encode } from "../../sharing/encode.ts";
import { move } from "../../sharing/api.ts";
import type { Wire } from "../../sharing/wire.ts";
import type { AnyFunction } from "../callable.ts";
import { unpack } from "../carried.ts";
import type { Interpreter } from "../interpreter.ts";
import { realm } from "../realm.ts";
import { referTo } from "../remote.ts";
import { type DescribedFunction, describeFunction, prepareCall, sendCall } from "../sending.ts";
import { CallLine, PreparedByCall } from "./call_line.ts";
import type { Line, LineEvents, Prepared, Trunk } from "./line.ts";
import type { Work } from "./work.ts";
import { workerUrl } from "./worker_url.ts";

/** See {@link Trunk}. */
export class PortTrunk implements Trunk {
  #lastKey = 0;

  prepare(
    fn: AnyFunction,
    args: unknown[],
    name: string,
    _limited: boolean,
    needs: DescribedFunction | undefined,
  ): Prepared {
    const { ref, code } = describeFunction(fn);
    const given = needs === undefined ? args : args.with(2, needs.code);
    const key = ++this.#lastKey;
    try {
      const perform = referTo(workerUrl(), "perform");
      return new PreparedByPort(prepareCall(perform, [key, realm.id, ref, code, ...given], name), key);
    } catch (error) {
      // With the path as the caller counts his arguments.
      if (error instanceof NotShareableError) encode(args, "args").abandon?.();
      throw error;
    }
  }

  open(interpreter: Interpreter, events: LineEvents): Line {
    return new PortLine(interpreter, events);
  }

  close(): void {}
}

class PreparedByPort extends PreparedByCall {
  readonly key: number;

  constructor(call: PreparedByCall["call"], key: number) {
    super(call);
    this.key = key;
  }
}

class PortLine extends CallLine {
  override readonly ready: Promise<void>;
  readonly #port: MessagePort;

  constructor(interpreter: Interpreter, events: LineEvents) {
    super(interpreter, events);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.ready = sendCall(interpreter.id, referTo(workerUrl(), "openPort"), [move(port2)], {
      original: true,
    }) as Promise<void>;
  }

  protected override received(work: Work): unknown {
    const { key } = work.prepared as PreparedByPort;
    for (;;) {
      const message = receiveNow(this.#port) as { readonly key: number; readonly wire: Wire };
      if (message.key === key) return unpack(message.wire);
    }
  }

  override lost(): void {
    this.#port.close();
  }
}
