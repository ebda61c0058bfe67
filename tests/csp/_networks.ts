/** Processes and waits that tests of networks share. The processes are self-contained. */
import type { Network, NetworkReport, Receiver, Sender } from "@pool/csp";

/** Ports of a process that takes on one side and gives on the other. */
export interface Through {
  readonly from: Receiver<number>;
  readonly to: Sender<number>;
}

/** Numbers without end. */
export async function count({ to }: { to: Sender<number> }): Promise<void> {
  for (let n = 0;; n++) await to.send(n);
}

/** The numbers below `end`. */
export async function countTo({ to }: { to: Sender<number> }, end: number): Promise<void> {
  for (let n = 0; n < end; n++) await to.send(n);
}

/** Passes on what comes. */
export async function pass({ from, to }: Through): Promise<void> {
  for await (const n of from) await to.send(n);
}

/** What a local process collects in `got`. */
export function collectIn(got: number[]): (ports: { from: Receiver<number> }) => Promise<void> {
  return async function collect({ from }) {
    for await (const n of from) got.push(n);
  };
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Takes turns until `isSo`, which must come to be. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 15_000;
  while (!await isSo()) {
    if (performance.now() > end) throw new Error(`Cannot wait any longer until ${isSo}`);
    await turn();
  }
}

/** Pings until a report is as it should be. */
export async function pingUntil(
  net: Network,
  isSo: (report: NetworkReport) => boolean,
): Promise<NetworkReport> {
  let report = await net.ping();
  await until(async () => isSo(report = await net.ping()));
  return report;
}

/** The state of each process, by name and replica. */
export function statesOf({ processes }: NetworkReport): Record<string, string> {
  return Object.fromEntries(
    processes.map(({ name, replica, state }) => [replica === undefined ? name : `${name} ${replica}`, state]),
  );
}
