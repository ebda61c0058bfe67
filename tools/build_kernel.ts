/**
 * Compiles the kernel with AssemblyScript and embeds it in a module; so with what the benchmarks have in WebAssembly.
 *
 * Usage: `node tools/build_kernel.ts [--check]`. With `--check` it writes nothing and fails when a committed module is not
 * what the sources give.
 */
import asc from "assemblyscript/asc";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { readFlags } from "./_flags.ts";
import { ROOT } from "./_runtimes.ts";

/** Memory that is shared and comes from outside. */
const SHARED = [
  "--enable",
  "threads,bulk-memory,simd,nontrapping-f2i",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory",
  "1",
  "--maximumMemory",
  "65536",
  "--noExportMemory",
];

/** A module that holds compiled code. */
interface Build {
  readonly entry: string;
  readonly options: readonly string[];
  /** Compiled so that it can be told to stop at chosen points. */
  readonly stops: boolean;
  readonly name: string;
  readonly target: string;
  readonly what: string;
}

const KERNEL = "kernel/wasm/index.ts";

const BUILDS: readonly Build[] = [
  {
    entry: KERNEL,
    options: SHARED,
    stops: false,
    name: "KERNEL_CODE",
    target: "kernel/kernel_code.ts",
    what: "The kernel",
  },
  {
    entry: KERNEL,
    options: SHARED,
    stops: true,
    name: "STOPPING_KERNEL_CODE",
    target: "tests/kernel/_stopping_kernel_code.ts",
    what: "The kernel with its stop points",
  },
  {
    entry: "bench/party/wasm/nbody.ts",
    options: [],
    stops: false,
    name: "NBODY_CODE",
    target: "bench/party/_nbody_code.ts",
    what: "nbody in WebAssembly",
  },
];

async function compile({ entry, options, stops }: Build): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const always = ["--runtime", "stub", "-O2", "--outFile", "code.wasm"];
  const { error, stderr } = await asc.main([entry, ...options, ...always], {
    readFile(name: string, base: string) {
      const path = join(base === "" ? ROOT : join(ROOT, base), name);
      if (!existsSync(path)) return null;
      const text = readFileSync(path, "utf8");
      return stops ? text.replace("const STOPS: bool = false;", "const STOPS: bool = true;") : text;
    },
    writeFile(name: string, contents: string | Uint8Array) {
      if (name === "code.wasm") wasm = contents as Uint8Array;
    },
    listFiles() {
      return [];
    },
  });
  if (error || wasm === undefined) throw new Error(`Cannot compile ${entry}: ${error}\n${stderr}`);
  return wasm;
}

/** The module that embeds `wasm`. */
function moduleText({ entry, name, what }: Build, wasm: Uint8Array): string {
  const code = Buffer.from(wasm).toString("base64");
  const lines = code.match(/.{1,96}/g) ?? [];
  return [
    `/** ${what}, compiled from \`${
      dirname(entry)
    }/\` by \`tools/build_kernel.ts\`: ${wasm.length} bytes in base64. Do not edit. */`,
    `export const ${name}: string = [`,
    ...lines.map((line) => `  "${line}",`),
    `].join("");`,
    "",
  ].join("\n");
}

const { values: { check } } = readFlags(import.meta.url, {
  options: { check: { type: "boolean", default: false } },
});
let stale = false;
for (const build of BUILDS) {
  const text = moduleText(build, await compile(build));
  const { target } = build;
  const path = join(ROOT, target);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (check) {
    stale = true;
    console.error(`${target} is not what its sources give: run node tools/build_kernel.ts`);
  } else {
    writeFileSync(path, text);
    console.log(`wrote ${target}`);
  }
}
if (stale) process.exit(1);
