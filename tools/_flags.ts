/** What all tools do with their command line. */

import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs, type ParseArgsConfig } from "node:util";

/**
 * The flags and arguments that the tool in the module at `url` was given. For `--help` the comment at the head of its file
 * is shown, as it is, with a word before it, for what the tool does not know; both end the program.
 */
export function readFlags<T extends ParseArgsConfig>(
  url: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  if (process.argv.slice(2).some((arg) => arg === "--help" || arg === "-h")) {
    console.log(headOf(url));
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${headOf(url)}`);
    process.exit(2);
  }
}

/** The first comment of a module. */
function headOf(url: string): string {
  const [, comment = ""] = /\/\*\*\n([\s\S]*?)\s*\*\//.exec(readFileSync(fileURLToPath(url), "utf8")) ?? [];
  return comment.replaceAll(/^ \* ?/gm, "").replace(/\n+@module$/, "");
}
