/** What is sent: one value of each kind, and a number that shows it has arrived whole. */

/** Names of the kinds, in the order of the tables. */
export const PAYLOADS = [
  "integer",
  "100-byte string",
  "small object",
  "1,000 objects",
  "1 MB bytes",
] as const;

/** See {@link PAYLOADS}. */
export type Payload = typeof PAYLOADS[number];

/** About how many bytes a copy takes. */
export const PAYLOAD_BYTES: Readonly<Record<Payload, number>> = {
  "integer": 8,
  "100-byte string": 100,
  "small object": 64,
  "1,000 objects": 40_000,
  "1 MB bytes": 1 << 20,
};

/** A value of a kind; integers are numbered by who sends them. */
export function payloadOf(kind: Payload): unknown {
  switch (kind) {
    case "integer":
      return 1;
    case "100-byte string":
      return "0123456789".repeat(10);
    case "small object":
      return { id: 7, name: "worker", load: 0.25, ready: true, parent: null };
    case "1,000 objects":
      return Array.from({ length: 1000 }, (_, i) => ({ id: i, name: `item ${i}`, price: i * 1.25 }));
    case "1 MB bytes":
      return new Uint8Array(1 << 20).fill(3);
  }
}

/** What one value of a kind adds to the sum of who receives it. */
export function weightOf(kind: Payload, value: unknown): number {
  switch (kind) {
    case "integer":
      return value as number;
    case "small object":
      return (value as { id: number }).id;
    case "1,000 objects":
      return (value as { id: number }[])[999]!.id;
    case "100-byte string":
      return (value as string).length;
    case "1 MB bytes":
      return (value as Uint8Array).length;
  }
}

/** The sum of `n` values of a kind, integers from 0. */
export function expectedSum(kind: Payload, n: number): number {
  return kind === "integer" ? n * (n - 1) / 2 : n * weightOf(kind, payloadOf(kind));
}
