/** Networks that are, or must not be, found deadlocked. */
import assert from "node:assert/strict";
import { DeadlockError, type Network, network, NetworkError } from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { pass, type Through, until } from "./_networks.ts";

/** How long a network that must not be taken for deadlocked is watched: some looks. */
export const WATCHED_MS = 400;

/** The deadlock that a network, started now, is found in: within a second, as is promised, of the moment it begins. */
export async function deadlockOf(net: Network): Promise<DeadlockError> {
  let since = Infinity;
  let seen: number | undefined;
  const failure = rejection(net.start().done).then((error) => {
    seen = performance.now();
    return error;
  });
  // Since the last change that was seen from here: how long interpreters take to start is not what is measured.
  let before = "";
  await until(async () => {
    if (seen !== undefined) return true;
    const { processes, channels } = await net.ping();
    const now = JSON.stringify([processes, channels]);
    if (now !== before && processes.every(({ state }) => state !== "cancelled")) since = performance.now();
    before = now;
    return false;
  });
  const error = await failure;
  assert(error instanceof DeadlockError, String(error));
  assert(error instanceof NetworkError);
  assert(seen! - since < 1000, `reported after ${seen! - since} ms`);
  assert.equal((await net.ping()).state, "failed");
  return error;
}

/** Runs a network for some of the watchdog's looks and stops it: it must not have failed. */
export async function aliveFor(net: Network, ms: number): Promise<void> {
  const failure = net.start().done;
  await Promise.race([failure, new Promise((resolve) => setTimeout(resolve, ms))]);
  assert.equal((await net.ping()).state, "running");
  await within(net.stop({ timeout: 0 }));
  await within(failure);
}

/** Two processes, of which the second is stuck if the first one is. */
export function silent(first: (ports: Through, ...args: never[]) => unknown, options: object = {}): Network {
  return network("alive")
    .process("first", first as never, { in: ["from"], out: ["to"], ...options } as never)
    .process("second", pass, { in: ["from"], out: ["to"] })
    .channel("first.to", "second.from")
    .channel("second.to", "first.from");
}
