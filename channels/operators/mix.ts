/** Mix: inputs that come and go, each heard, muted, paused or solo. See `operators_api.ts` for what it does. */
import { checkOptions } from "../../runtime/mod.ts";
import type { ReceivePort, SendPort } from "../ports.ts";
import type { Mix, MixState, SoloMode } from "../hubs.ts";
import { checkBoolean, checkInput, checkOutput } from "./arguments.ts";
import { arrival } from "./arrival.ts";
import { GivenOutput } from "./output.ts";
import { staysHere } from "../../sharing/errors.ts";

/** Ends a wait for inputs that are no longer those to be read. */
const CHANGED = Symbol("changed");

/** See `mix` in operators_api.ts. */
export function mix<T>(out: SendPort<T>): Mix<T> {
  checkOutput("Cannot mix", out);
  return new Mixer(out);
}

class Mixer<T> implements Mix<T> {
  static {
    staysHere(this.prototype, "a Mix belongs to the interpreter that made it; send a channel that it hears");
  }

  readonly #output: GivenOutput<T>;
  readonly #inputs = new Map<ReceivePort<T>, MixState>();
  #soloMode: SoloMode = "mute";
  #change = new AbortController();

  constructor(out: SendPort<T>) {
    this.#output = new GivenOutput(out, true);
    void this.#run();
  }

  add(from: ReceivePort<T>): void {
    if (!this.#inputs.has(from)) this.set(from, {});
  }

  remove(from: ReceivePort<T>): void {
    this.#inputs.delete(from);
    this.#change.abort(CHANGED);
  }

  set(from: ReceivePort<T>, state: MixState): void {
    checkInput("Cannot add to mix", from);
    checkOptions("Cannot set state in mix", state, ["mute", "pause", "solo"]);
    for (const [key, value = false] of Object.entries(state)) {
      checkBoolean("Cannot set state in mix", value, key);
    }
    this.#inputs.set(from, { ...this.#inputs.get(from), ...state });
    this.#change.abort(CHANGED);
  }

  soloMode(mode: SoloMode): void {
    if (mode !== "mute" && mode !== "pause") {
      throw new TypeError(`Cannot set solo mode of mix: it is ${String(mode)}; use "mute" or "pause"`);
    }
    this.#soloMode = mode;
    this.#change.abort(CHANGED);
  }

  async #run(): Promise<void> {
    const outputs = [this.#output];
    let first = 0;
    for (;;) {
      if (this.#change.signal.aborted) this.#change = new AbortController();
      const inputs = this.#read();
      try {
        const got = await arrival(inputs, outputs, first, this.#change.signal);
        if (got.is === "unwanted") return;
        const from = inputs[got.at]!;
        if (got.is === "value") {
          if (this.#isHeard(from) && !(await this.#output.send(got.value))) return;
          first = got.at + 1;
        } else if (got.reason === undefined) this.#inputs.delete(from);
        else return this.#output.end(got.reason);
      } catch (error) {
        if (error !== CHANGED) return this.#output.fail(error);
      }
    }
  }

  /** The inputs to read from. */
  #read(): ReceivePort<T>[] {
    const onlySolo = this.#soloMode === "pause" && this.#hasSolo();
    const read: ReceivePort<T>[] = [];
    for (const [from, { pause, solo }] of this.#inputs) {
      if (solo || !onlySolo && !pause) read.push(from);
    }
    return read;
  }

  /** Whether what `from` gave is passed on; what was taken before it was removed is. */
  #isHeard(from: ReceivePort<T>): boolean {
    const state = this.#inputs.get(from);
    return state === undefined || (this.#hasSolo() ? state.solo === true : !state.mute);
  }

  #hasSolo(): boolean {
    for (const { solo } of this.#inputs.values()) if (solo) return true;
    return false;
  }
}
