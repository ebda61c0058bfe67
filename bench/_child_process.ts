/** Child processes to measure against: a program of this folder on the runtime's own binary, read line by line. */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** A running child process. */
export interface ChildProcess {
  /** The next line of its standard output; rejects when it ends without one. */
  line(): Promise<string>;
  /** Its exit code. */
  readonly exited: Promise<number>;
}

/** What this file uses of Bun, whose own call starts a process sooner than its `node:child_process`. */
interface BunSpawn {
  spawn(command: string[], options: object): { stdout: AsyncIterable<Uint8Array>; exited: Promise<number> };
}

/** Starts a program of this folder, found from `program`, with arguments. */
export function startChild(program: URL, args: readonly string[] = []): ChildProcess {
  const { Bun, Deno } = globalThis as { Bun?: BunSpawn; Deno?: unknown };
  const command = [fileURLToPath(program), ...args];
  if (Deno !== undefined) command.unshift("run", "-A", "--no-check", "--quiet");
  return Bun === undefined ? startWithNode(command) : startWithBun(Bun, command);
}

function startWithNode(command: string[]): ChildProcess {
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
  return { line: lineReader(child.stdout), exited };
}

function startWithBun(Bun: BunSpawn, command: string[]): ChildProcess {
  const child = Bun.spawn([process.execPath, ...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  return { line: lineReader(child.stdout), exited: child.exited };
}

function lineReader(output: AsyncIterable<Uint8Array>): () => Promise<string> {
  const chunks = output[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  let text = "";
  return async function line() {
    for (let end = text.indexOf("\n");; end = text.indexOf("\n")) {
      if (end >= 0) {
        const found = text.slice(0, end);
        text = text.slice(end + 1);
        return found;
      }
      const { done, value } = await chunks.next();
      if (done) throw new Error(`Cannot read a line from a child process: it ended after "${text}"`);
      text += decoder.decode(value, { stream: true });
    }
  };
}
