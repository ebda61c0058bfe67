/** A process as a task: it uses a helper of its module. */
import { type Receiver, type Sender, task } from "@pool/csp";

function twice(n: number): number {
  return 2 * n;
}

/** Passes on twice what comes. */
export const double: (ports: { from: Receiver<number>; to: Sender<number> }) => Promise<void> = task(
  import.meta,
  async function double({ from, to }: { from: Receiver<number>; to: Sender<number> }): Promise<void> {
    for await (const n of from) await to.send(twice(n));
  },
);
