/** Where the threads of a benchmark meet to start at one moment: two shared words, who has come and whether it is open. */

/** What a party tells when it is done. */
export interface Outcome {
  /** Milliseconds since it passed the gate. */
  readonly ms: number;
  /** Of what it received, to check that nothing was lost or came twice. */
  readonly sum: number;
}

const ARRIVED = 0;
const OPEN = 1;

/** A new gate. */
export function gateOf(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Blocks until all parties have come; gives the time. */
export function passGate(gate: Int32Array, parties: number): number {
  if (Atomics.add(gate, ARRIVED, 1) + 1 === parties) {
    Atomics.store(gate, OPEN, 1);
    Atomics.notify(gate, OPEN);
  } else {
    while (Atomics.load(gate, OPEN) === 0) Atomics.wait(gate, OPEN, 0);
  }
  return performance.now();
}

/** Settles once all parties but this one have come: then {@link passGate} does not block. */
export async function othersAtGate(gate: Int32Array, parties: number): Promise<void> {
  while (Atomics.load(gate, ARRIVED) < parties - 1) await new Promise((resolve) => setTimeout(resolve, 1));
}
