/**
 * Checks that imports point down, that a folder is entered by its `mod.ts` or by a protocol file, that no static imports
 * form a cycle, and that only `runtime/` names a runtime.
 *
 * Names are found on the syntax tree: comments, strings, types and local variables of the same name do not count.
 *
 * Usage: `node tools/check_imports.ts [--root folder]`. Prints `file:line: message` for each finding and ends with exit
 * code 1 if there is one.
 */

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob, posix } from "node:path";
import process from "node:process";
import { readFlags } from "./_flags.ts";
import { readModule } from "./_read_module.ts";
import { runtimeNames } from "./_runtime_names.ts";
import { ROOT } from "./_runtimes.ts";

/** For each folder, lowest first, the other folders it may import. `mod.ts` at the root may import them all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  runtime: [],
  sharing: ["kernel", "runtime"],
  channels: ["kernel", "runtime", "sharing"],
  interpreters: ["kernel", "runtime", "sharing", "channels"],
  csp: ["kernel", "runtime", "sharing", "channels", "interpreters"],
};

/** Files that may be imported from another folder, beside each folder's `mod.ts`. Each says so in its doc block. */
const PROTOCOL_FILES: readonly string[] = [
  "kernel/*.ts",
  "sharing/wire.ts",
  "sharing/encode.ts",
  "sharing/decode.ts",
  "sharing/kinds.ts",
  "sharing/errors.ts",
  "channels/{port,form,surroundings,abort_listeners,patience,given_ends,gone_errors,fifo,gated_form,until_aborted,wait_monitor}.ts",
  "channels/errors.ts",
  "channels/lock_core.ts",
  "interpreters/protocol.ts",
  // Doors beside the mod.ts, to keep what a thread or an importing program loads small.
  "runtime/inner.ts",
  "runtime/latin1.ts",
  "runtime/weight.ts",
  "runtime/load_later.ts",
  "runtime/service.ts",
  "interpreters/{process_context,membership,network_block}.ts",
  "sharing/api.ts",
  "channels/{api,channel,ends,hubs,operators_api,ports,timers_api}.ts",
  "interpreters/{api,async_result,callable,call_thread,errors,executor,future,futures,interpreter,pool,queue,sent_function,task}.ts",
  "interpreters/pools/histogram.ts",
  "sharing/{shareable,shared_array,movable,move_here,frozen,owned,handle_kinds,peers}.ts",
  "csp/{api,cases,go_api,locks_api,meetings_api,network_api,network_errors,network_types,parallel_for_api,pipeline_api,plug_and_play,proc,proc_api,process}.ts",
  // What the facades are in front of, entered by the root's engines_*.ts alone.
  "{sharing,channels,interpreters,csp}/engine.ts",
  "channels/operators.ts",
  "interpreters/{channel_surroundings,pools/engine}.ts",
  "interpreters/source/analyze.ts",
  "csp/locks.ts",
];

/** The door through which a facade gets at the machinery behind it, in its own folder or one below. */
const ENGINES = "#engines";

/** Files that may name any entry of the library in an `import()`: what is loaded later is listed there. */
const MAY_LOAD_ALL: readonly string[] = ["interpreters/boot.ts"];

/** Folder that may name a runtime. */
const RUNTIME_FOLDER = "runtime";
/** Files outside of it that may: they import nothing, to start fast. */
const NAMES_RUNTIMES: readonly string[] = ["interpreters/entry.ts", "engines_lazy.ts"];

/** One broken rule. */
interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

const { values: flags } = readFlags(import.meta.url, {
  options: { root: { type: "string", default: ROOT } },
});

process.exitCode = main(flags.root);

function main(root: string): number {
  const files = libraryFiles(root);
  const packages = dependencies(root);
  const graph = new Map<string, string[]>();
  const findings = files.flatMap((file) => checkFile(root, file, packages, graph));
  findings.push(...cycles(graph));
  for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`);
  console.log(`${files.length} files, ${findings.length} findings`);
  return findings.length > 0 ? 1 : 0;
}

/** The library's own files: `mod.ts` and all of its folders, but for what AssemblyScript compiles. */
function libraryFiles(root: string): string[] {
  return globSync(["*.ts", ...Object.keys(MAY_IMPORT).map((folder) => `${folder}/**/*.ts`)], { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !file.startsWith("kernel/wasm/"))
    .sort();
}

/** Names of the packages the library depends on. */
function dependencies(root: string): Set<string> {
  const path = join(root, "package.json");
  if (!existsSync(path)) return new Set();
  const { dependencies = {} } = JSON.parse(readFileSync(path, "utf8")) as {
    dependencies?: Record<string, string>;
  };
  return new Set(Object.keys(dependencies));
}

/** Checks one file and adds what it imports when it loads to `graph`. */
function checkFile(
  root: string,
  file: string,
  packages: ReadonlySet<string>,
  graph: Map<string, string[]>,
): Finding[] {
  const findings: Finding[] = [];
  const report = (line: number, message: string): number => findings.push({ file, line, message });
  let read: ReturnType<typeof readModule>;
  try {
    read = readModule(readFileSync(join(root, file), "utf8"));
  } catch (error) {
    report(1, `Cannot parse: ${(error as Error).message}`);
    return findings;
  }
  const static_: string[] = [];
  for (const { specifier, line, kind } of read.imports) {
    if (specifier.startsWith(".")) {
      const target = posix.join(dirname(file), specifier);
      if (kind === "static") static_.push(target);
      if (!existsSync(join(root, target))) {
        report(line, `Imports ${target}: no such file, write the path with its .ts`);
      } else if (kind !== "dynamic" || !MAY_LOAD_ALL.includes(file)) {
        for (const message of crossings(file, target)) report(line, message);
      }
    } else {
      const message = outside(file, specifier, packages);
      if (message !== undefined) report(line, message);
    }
  }
  graph.set(file, static_);
  if (folderOf(file) !== RUNTIME_FOLDER && !NAMES_RUNTIMES.includes(file)) {
    for (const { name, line } of runtimeNames(read.program)) {
      report(
        line,
        `Names ${name}: only ${RUNTIME_FOLDER}/ names a runtime, go through ${RUNTIME_FOLDER}/mod.ts`,
      );
    }
  }
  return findings;
}

/** What is wrong with an import of `target`, a file of this project, by `file`. */
function crossings(file: string, target: string): string[] {
  const from = folderOf(file);
  const to = folderOf(target);
  const found: string[] = [];
  if (posix.basename(target).startsWith("_") && dirname(file) !== dirname(target)) {
    found.push(`Imports ${target}: a file whose name begins with _ is only for its own folder`);
  }
  if (from === to) return found;
  if (!(to in MAY_IMPORT)) {
    found.push(`Imports ${target}: it is not in a folder of the library`);
    return found;
  }
  const allowed = from === "" ? Object.keys(MAY_IMPORT) : MAY_IMPORT[from] ?? [];
  if (!allowed.includes(to)) {
    found.push(`Imports ${target}: imports point down, ${from}/ may import ${list(allowed)}`);
  }
  if (target !== `${to}/mod.ts` && !PROTOCOL_FILES.some((pattern) => matchesGlob(target, pattern))) {
    found.push(`Imports ${target}: another folder is entered by ${to}/mod.ts or a protocol file`);
  }
  return found;
}

/** What is wrong with an import of something that is not a file of this project. */
function outside(file: string, specifier: string, packages: ReadonlySet<string>): string | undefined {
  if (/^(node|bun|deno|cloudflare):|^bun$/.test(specifier)) {
    if (folderOf(file) === RUNTIME_FOLDER || NAMES_RUNTIMES.includes(file)) return undefined;
    return `Imports ${specifier}: only ${RUNTIME_FOLDER}/ names a runtime, go through ${RUNTIME_FOLDER}/mod.ts`;
  }
  if (specifier === ENGINES) return undefined;
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  if (packages.has(name)) return undefined;
  return `Imports ${specifier}: not a dependency in package.json; a module of this project is imported by its path`;
}

/** Cycles among static imports, each reported once, at its first file in order of name. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): void {
    const start = path.indexOf(file);
    if (start >= 0) {
      const ring = path.slice(start);
      const first = ring.indexOf([...ring].sort()[0] as string);
      const turned = [...ring.slice(first), ...ring.slice(0, first)];
      const message = `Import cycle: ${[...turned, turned[0]].join(" → ")}`;
      if (!seen.has(message)) findings.push({ file: turned[0] as string, line: 1, message });
      seen.add(message);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  }
  for (const file of [...graph.keys()].sort()) visit(file);
  return findings;
}

/** Top folder of a file of the project; empty for a file at the root. */
function folderOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "no other folder" : names.join(", ");
}
