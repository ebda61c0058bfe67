/** Says on standard error what is going on: one line that changes on a terminal, plain lines elsewhere. */

import process from "node:process";

/** Milliseconds between two plain lines about the same thing. */
const QUIET_MS = 5000;

let shown = "";
let last = 0;

/**
 * Tells where the work has come to.
 *
 * @param subject What is being measured; a new one gets a plain line at once.
 * @param detail How far it is.
 */
export function showProgress(subject: string, detail: string): void {
  const now = performance.now();
  if (process.stderr.isTTY) {
    const width = Math.max((process.stderr.columns || 80) - 1, 20);
    process.stderr.write(`\r\x1b[2K${`${subject}, ${detail}`.slice(0, width)}`);
  } else if (subject !== shown || now - last >= QUIET_MS) {
    process.stderr.write(`${subject}, ${detail}\n`);
    last = now;
  }
  shown = subject;
}

/** Takes the changing line away, before anything else is printed. */
export function clearProgress(): void {
  if (process.stderr.isTTY && shown !== "") process.stderr.write("\r\x1b[2K");
  shown = "";
}
