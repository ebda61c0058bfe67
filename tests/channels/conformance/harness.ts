/** What the conformance suites run on: a form of channels, and where the other party of an exchange runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Channel } from "@pool/csp";
import type { ActionName, Arguments, Outcome } from "./actions.ts";
import { hops } from "./timing.ts";

/** What `chan` takes. */
export type ChanOptions = Parameters<typeof chan>[0];

/** Whether operations await or block the thread. */
export type Manner = "awaiting" | "blocking";

/** A party that runs actions, one at a time. */
export interface Party {
  /** Settles with the action's result. */
  run<N extends ActionName>(action: N, ...args: Arguments<N>): Promise<Outcome<N>>;
}

/** A form of channels, and who works on them. */
export interface Harness {
  /** In front of the names of its cases. */
  readonly name: string;
  /** Channels are known in this interpreter alone: values pass by reference, and what one operation did is seen at once. */
  readonly isLocal: boolean;
  /** Where the other parties are: in this thread, or in interpreters of their own, awaiting or blocking. */
  readonly peer: "same" | Manner;
  /** How this thread takes its part in an exchange. */
  readonly here: Manner;
  /** Brings a channel into the form under test. */
  adopt<C extends object>(channel: C): Promise<C>;
  /** Other parties, up to four, that run at the same time. */
  parties(n: number): Promise<Party[]>;
  /** This thread as a party. */
  readonly own: Party;
  /** Gives up whatever still runs in the other parties; they are made anew. */
  reset(): Promise<void>;
}

/** Registers one case of a group. */
export type AddCase = (title: string, body: () => Promise<void> | void) => void;

/** How many cases were registered, by harness. */
export const registered: Map<string, number> = new Map();

/** The function that registers the cases of `group`, each as a test of its own. */
export function cases(h: Harness, group: string): AddCase {
  return function add(title, body) {
    registered.set(h.name, (registered.get(h.name) ?? 0) + 1);
    test(`${h.name}, ${group}: ${title}`, { timeout: 30_000 }, async () => {
      let passed = false;
      try {
        await body();
        passed = true;
      } finally {
        // What a failed case left waiting must not stand in the way of the next one.
        if (!passed) await h.reset();
      }
    });
  };
}

/** A new channel in the form under test. */
export function make<T>(h: Harness, options?: ChanOptions): Promise<Channel<T>> {
  return h.adopt(chan<T>(options));
}

/**
 * The first result of `attempt` that is not undefined or false. Where another thread may have to do its part it is
 * tried again for a while; a local channel must give it at once.
 */
export async function soon<T>(h: Harness, what: string, attempt: () => T): Promise<NonNullable<T>> {
  const until = performance.now() + 10_000;
  while (true) {
    const result = attempt();
    if (result !== undefined && result !== null && result !== false) return result;
    if (h.isLocal) assert.fail(`${what} did not succeed at once`);
    if (performance.now() > until) assert.fail(`${what} did not succeed in time`);
    await hops(1);
  }
}

/** Asserts that `actual` is the value `expected` as this form hands it over: itself, or a copy. */
export function assertPassed(h: Harness, actual: unknown, expected: unknown): void {
  if (h.isLocal) return assert.ok(Object.is(actual, expected), `${String(actual)} is not what was passed`);
  if (expected instanceof Error) {
    assert.ok(actual instanceof Error, `${String(actual)} is no error`);
    assert.equal(Object.getPrototypeOf(actual), Object.getPrototypeOf(expected));
    assert.equal(actual.name, expected.name);
    assert.equal(actual.message, expected.message);
  } else assert.deepEqual(actual, expected);
}
