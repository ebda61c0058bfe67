/** The harnesses: local channels, and channels that have crossed, with the other parties here or elsewhere. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type Interpreter } from "@pool/csp";
import { flags, reached } from "../../_interpreters.ts";
import type { ActionName, Arguments, Outcome } from "./actions.ts";
import { awaiting } from "./_awaiting.ts";
import { blockingActions } from "./_blocking.ts";
import { act, hold } from "./_peer.ts";
import type { Harness, Manner, Party } from "./harness.ts";
import { hops } from "./timing.ts";

/** What this thread does when it blocks: a party that does not do its part must not hold it for ever. */
const LIMITED = blockingActions({ timeout: 10_000 });

/** This thread, awaiting. */
const OWN: Party = {
  run<N extends ActionName>(action: N, ...args: Arguments<N>): Promise<Outcome<N>> {
    return awaiting[action](...args);
  },
};

/** Channels known in this interpreter alone. */
export function localHarness(): Harness {
  return {
    name: "local",
    isLocal: true,
    peer: "same",
    here: "awaiting",
    own: OWN,
    adopt: (channel) => Promise.resolve(channel),
    parties: (n) => Promise.resolve(Array.from({ length: n }, () => OWN)),
    reset: () => Promise.resolve(),
  };
}

/** Channels that another interpreter knows too; all operations are in this thread. */
export function sharedHarness(): Harness {
  const others = new Others("awaiting");
  return {
    ...localHarness(),
    name: "shared",
    isLocal: false,
    adopt: (channel) => others.adopt(channel),
    reset: () => others.reset(),
  };
}

/** Channels between this thread and interpreters. */
export function peerHarness(peer: Manner, here: Manner): Harness {
  const others = new Others(peer);
  return {
    name: `shared, peer ${peer}, here ${here}`,
    isLocal: false,
    peer,
    here,
    own: here === "awaiting" ? OWN : { run: (action, ...args) => others.runHere(action, args) },
    adopt: (channel) => others.adopt(channel),
    parties: (n) => others.parties(n),
    reset: () => others.reset(),
  };
}

/** Registers, as a harness's last case, that the interpreters it has used close. */
export function ends(h: Harness): void {
  test(`${h.name}: its interpreters close`, { timeout: 30_000 }, () => h.reset());
}

/** Interpreters for the other parties, made when they are needed. */
class Others {
  readonly #manner: Manner;
  #interpreters: Interpreter[] = [];
  #started: Int32Array<SharedArrayBuffer>[] = [];

  constructor(manner: Manner) {
    this.#manner = manner;
  }

  /** Makes `channel` known to the first interpreter, which is idle. */
  async adopt<C extends object>(channel: C): Promise<C> {
    await this.#interpreter(0).call(hold, channel);
    return channel;
  }

  async parties(n: number): Promise<Party[]> {
    const parties = Array.from({ length: n }, (_, i) => this.#party(this.#interpreter(i)));
    await Promise.all(this.#interpreters.map((interp) => interp.ready));
    return parties;
  }

  /** Runs a blocking action in this thread, once all that was asked of the others is under way. */
  async runHere<N extends ActionName>(action: N, args: Arguments<N>): Promise<Outcome<N>> {
    // Whoever is asked in the same turn as this thread is asked first.
    await hops(1);
    for (const started of this.#started.splice(0)) await reached(started, 0);
    const run = LIMITED[action] as (...args: Arguments<N>) => Outcome<N>;
    return run(...args);
  }

  async reset(): Promise<void> {
    this.#started = [];
    const ended = this.#interpreters.splice(0);
    await Promise.all(ended.map((interp) => interp.close({ force: true })));
  }

  #interpreter(i: number): Interpreter {
    assert.ok(i < 4, "no more than four other parties");
    return this.#interpreters[i] ??= create({
      name: `party ${i}`,
      mode: this.#manner === "blocking" ? "serial" : "concurrent",
    });
  }

  #party(interp: Interpreter): Party {
    const manner = this.#manner;
    const allStarted = this.#started;
    return {
      async run<N extends ActionName>(action: N, ...args: Arguments<N>): Promise<Outcome<N>> {
        const started = flags(1);
        allStarted.push(started);
        return await interp.call(act, manner, action, started, args) as Outcome<N>;
      },
    };
  }
}
