/** What shares memory, is moved, or is code: sent between plain values, recognised on the other side. */
import { move } from "@pool/csp";

/** What {@link recognised} says of the things, in order. */
export const DESCRIPTIONS: readonly string[] = [
  "1",
  "shared Int32Array of 4",
  "text",
  "Uint8Array of 100000, sum 700000",
  "module of 0 exports",
  "[shared Int32Array of 4, ArrayBuffer of 64]",
  "2",
  "ArrayBuffer of 0",
  "[3]",
];

/** The things to send, and what of them is to be moved. */
export function things(probe: Int32Array<SharedArrayBuffer>): { values: unknown[]; moved: ArrayBuffer[] } {
  const bytes = new Uint8Array(100_000).fill(7);
  const [buffer, empty] = [new ArrayBuffer(64), new ArrayBuffer(0)];
  return {
    values: [
      ...[1, probe, "text", move(bytes)],
      new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
      ...[[probe, move(buffer)], 2, move(empty), [3]],
    ],
    moved: [bytes.buffer, buffer, empty],
  };
}

/** Says what a thing is; writes to it where it shares memory. */
export function recognised(thing: unknown): string {
  if (Array.isArray(thing)) return `[${thing.map(recognised).join(", ")}]`;
  if (thing instanceof Int32Array && thing.buffer instanceof SharedArrayBuffer) {
    Atomics.add(thing, 0, 1);
    return `shared Int32Array of ${thing.length}`;
  }
  if (thing instanceof Uint8Array) {
    return `Uint8Array of ${thing.length}, sum ${thing.reduce((a, b) => a + b, 0)}`;
  }
  if (thing instanceof ArrayBuffer) return `ArrayBuffer of ${thing.byteLength}`;
  if (thing instanceof WebAssembly.Module) {
    return `module of ${Object.keys(new WebAssembly.Instance(thing).exports).length} exports`;
  }
  return String(thing);
}
