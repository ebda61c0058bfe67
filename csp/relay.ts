/**
 * How a process between channels goes on, and how it ends: what the ready-made ones have in common, see `plug_and_play.ts`.
 *
 * It is loaded along with the library and in every interpreter that runs one of them, so it needs nothing but ports.
 */
import { ChannelClosedError } from "../channels/errors.ts";
import type { ReceivePort, SendPort } from "../channels/mod.ts";
import { OwnershipError } from "../sharing/errors.ts";
import { currentProcess } from "./api.ts";

/** Why an input was closed, in a box, if a reason was given. */
export type Reason = { readonly error: unknown } | undefined;

/** What a process gives up when it ends. */
export interface Ports {
  readonly inputs: readonly ReceivePort<unknown>[];
  readonly outputs: readonly SendPort<never>[];
}

/**
 * Hands every value of `input` to `each` until that says false or the input ends, and gives up both sides then. `first` comes
 * before the first value.
 */
export async function flow<T>(
  input: ReceivePort<T>,
  outputs: readonly SendPort<never>[],
  each: (value: T) => boolean | Promise<boolean>,
  first?: () => Promise<boolean>,
): Promise<void> {
  await between({ inputs: [input], outputs }, async function receive(): Promise<Reason> {
    if (first !== undefined && !(await first())) return undefined;
    let failed = false;
    try {
      for await (const value of input) {
        failed = true;
        if (!(await each(value))) break;
        failed = false;
      }
    } catch (error) {
      // Either `each` has failed, or waiting was given up, or the input was closed for this reason.
      if (failed || outputs.length === 0 || currentProcess().signal.aborted) throw error;
      return { error };
    }
    return undefined;
  });
}

/**
 * Runs a process until it is over, and gives up its ports then. Ends retire, channels are closed: as `body` says, or, as the ends
 * of outputs are too, with what it throws.
 */
export async function between({ inputs, outputs }: Ports, body: () => Promise<Reason>): Promise<void> {
  let reason: Reason;
  try {
    reason = await body();
  } catch (error) {
    for (const port of [...outputs, ...inputs]) giveUp(port, { error });
    throw error;
  }
  for (const output of outputs) giveUp(output, reason);
  for (const input of inputs) giveUp(input, undefined);
}

/** Sends; false when nobody receives any more. Rejects if this value cannot be sent, or waiting was given up. */
export async function pass<T>(to: SendPort<T>, value: T): Promise<boolean> {
  try {
    await to.send(value);
    return true;
  } catch (error) {
    if (error instanceof ChannelClosedError || (to.closed && !currentProcess().signal.aborted)) return false;
    throw error;
  }
}

/** As {@link pass}, to several at once. */
export async function passAll<T>(to: readonly SendPort<T>[], value: T): Promise<boolean> {
  const passed = await Promise.all(to.map((output) => pass(output, value)));
  return !passed.includes(false);
}

/** What a port may have beside the methods that all have. */
interface Yielding {
  retire?(): void;
  close?(...reason: [reason: unknown] | []): void;
}

/** Gives a port up. No effect if it is an end that was retired or passed on: the channel is then left to others. */
function giveUp(port: object, reason: Reason): void {
  const { retire, close } = port as Yielding;
  try {
    // Others may go on sending by their own ends, unless something has failed.
    if (reason !== undefined && close !== undefined) close.call(port, reason.error);
    if (retire !== undefined) retire.call(port);
    else if (reason === undefined) close?.call(port);
  } catch (error) {
    if (!(error instanceof ChannelClosedError || error instanceof OwnershipError)) throw error;
  }
}
