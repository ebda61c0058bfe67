/**
 * Compiles the kernel with AssemblyScript and embeds it in a module.
 *
 * Usage: `node tools/build_kernel.ts [--check]`. With `--check` it writes nothing and fails when a committed module is not
 * what the sources give.
 */
import asc from "assemblyscript/asc";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "./_runtimes.ts";

const OPTIONS = [
  "--runtime",
  "stub",
  "--enable",
  "threads,bulk-memory",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory",
  "1",
  "--maximumMemory",
  "65536",
  "--noExportMemory",
  "-O2",
];

/** The two builds: the library's, and one that can be told to stop at chosen points. */
const BUILDS = [
  { stops: false, name: "KERNEL_CODE", target: "kernel/kernel_code.ts", what: "The kernel" },
  {
    stops: true,
    name: "STOPPING_KERNEL_CODE",
    target: "tests/kernel/_stopping_kernel_code.ts",
    what: "The kernel with its stop points",
  },
];

async function compile(stops: boolean): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(["kernel/wasm/index.ts", ...OPTIONS, "--outFile", "kernel.wasm"], {
    readFile(name: string, base: string) {
      const path = join(base === "" ? ROOT : join(ROOT, base), name);
      if (!existsSync(path)) return null;
      const text = readFileSync(path, "utf8");
      return stops ? text.replace("const STOPS: bool = false;", "const STOPS: bool = true;") : text;
    },
    writeFile(name: string, contents: string | Uint8Array) {
      if (name === "kernel.wasm") wasm = contents as Uint8Array;
    },
    listFiles() {
      return [];
    },
  });
  if (error || wasm === undefined) throw new Error(`Cannot compile the kernel: ${error}\n${stderr}`);
  return wasm;
}

/** The module that embeds `wasm`. */
function moduleText(name: string, what: string, wasm: Uint8Array): string {
  const code = Buffer.from(wasm).toString("base64");
  const lines = code.match(/.{1,96}/g) ?? [];
  return [
    `/** ${what}, compiled from \`kernel/wasm/\` by \`tools/build_kernel.ts\`: ${wasm.length} bytes in base64. Do not edit. */`,
    `export const ${name}: string = [`,
    ...lines.map((line) => `  "${line}",`),
    `].join("");`,
    "",
  ].join("\n");
}

const check = process.argv.includes("--check");
let stale = false;
for (const { stops, name, target, what } of BUILDS) {
  const text = moduleText(name, what, await compile(stops));
  const path = join(ROOT, target);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (check) {
    stale = true;
    console.error(`${target} is not what kernel/wasm gives: run node tools/build_kernel.ts`);
  } else {
    writeFileSync(path, text);
    console.log(`wrote ${target}`);
  }
}
if (stale) process.exit(1);
