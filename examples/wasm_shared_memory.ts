/**
 * Finds primes in WebAssembly on every core: a module that is compiled once, and one memory that all of its instances share.
 *
 * Run it: `deno run --allow-read=. examples/wasm_shared_memory.ts`, `bun examples/wasm_shared_memory.ts`,
 * `node examples/wasm_shared_memory.ts`
 */
import { parallelFor } from "@pool/csp";

const LIMIT = 500_000;

/** AssemblyScript: `mark(from, to)` sets byte n of the memory, for each n from `from` on and below `to`, to 1 if n is prime. */
const CODE =
  "AGFzbQEAAAABBgFgAn9/AAIQAQNlbnYGbWVtb3J5AgMICAMCAQAHEQIEbWFyawAABm1lbW9yeQIAClUBUwECfwNAIAAgAUkEQCAAQQFLIQNBAiECA0AgAiACbCAATQRAAkAgACACcEUEQEEAIQMMAQsgAkEBaiECDAILCwsgACADOgAAIABBAWohAAwBCwsL";

const bytes = Uint8Array.from(atob(CODE), (character) => character.charCodeAt(0));
const module = await WebAssembly.compile(bytes);
const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });

// Module and memory cross as they are: each interpreter makes an instance of compiled code, over the same bytes.
await parallelFor(
  LIMIT,
  (from, to, module: WebAssembly.Module, memory: WebAssembly.Memory) => {
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    (instance.exports["mark"] as (from: number, to: number) => void)(from, to);
  },
  { args: [module, memory] },
);

const marks = new Uint8Array(memory.buffer, 0, LIMIT);
const primes = Array.from(marks.keys()).filter((n) => marks[n] === 1);
console.log(`${primes.length} primes below ${LIMIT}; the last is ${primes.at(-1)}`);
