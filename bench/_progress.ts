/** Says on standard error what is going on: a bar that grows on a terminal, plain lines elsewhere. */

import process from "node:process";

/** Milliseconds between two plain lines about the same thing. */
const QUIET_MS = 5000;

/** Letters of the bar. */
const BAR = 24;

/** Milliseconds after which a bar moves that has heard nothing. */
const MOVE_MS = 500;

/** The work as a whole: its parts, each with the time it is expected to take. */
export class Progress {
  readonly #began = performance.now();
  readonly #expected: number;
  #doneBefore = 0;
  #part = { name: "", began: 0, ms: 0 };
  #detail = "";
  #shown = "";
  #last = 0;
  #moving: ReturnType<typeof setInterval> | undefined;

  /** @param ms What all parts are expected to take, in milliseconds. */
  constructor(ms: number) {
    this.#expected = ms;
    if (!process.stderr.isTTY) return;
    this.#moving = setInterval(() => this.#draw(), MOVE_MS);
    this.#moving.unref();
  }

  /** Begins a part that is expected to take `ms`. */
  begin(name: string, ms: number): void {
    this.#doneBefore += this.#part.ms;
    this.#part = { name, began: performance.now(), ms };
    this.tell("");
  }

  /** Tells how far the part is. */
  tell(detail: string): void {
    this.#detail = detail;
    if (process.stderr.isTTY) {
      this.#draw();
      return;
    }
    const now = performance.now();
    if (this.#part.name === this.#shown && now - this.#last < QUIET_MS) return;
    process.stderr.write(`${this.#text()}\n`);
    this.#shown = this.#part.name;
    this.#last = now;
  }

  /** Takes the bar away, before anything else is printed; gives the milliseconds since the start. */
  end(): number {
    clearInterval(this.#moving);
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
    return performance.now() - this.#began;
  }

  /** How much is done, from 0 to 1; a part that takes longer than expected stays short of its end. */
  #fraction(): number {
    const spent = performance.now() - this.#part.began;
    return Math.min((this.#doneBefore + Math.min(spent, this.#part.ms * 0.97)) / this.#expected, 1);
  }

  #draw(): void {
    const width = Math.max((process.stderr.columns || 80) - 1, 20);
    process.stderr.write(`\r\x1b[2K${drawBar(this.#fraction())} ${this.#text()}`.slice(0, width + 5));
  }

  #text(): string {
    const percent = `${Math.floor(this.#fraction() * 100)}`.padStart(3);
    const spent = minutes(performance.now() - this.#began);
    const detail = this.#detail === "" ? "" : `: ${this.#detail}`;
    return `${percent} % ${spent}  ${this.#part.name}${detail}`;
  }
}

/** A bar that is full at 1. */
export function drawBar(fraction: number): string {
  const full = Math.round(fraction * BAR);
  return "█".repeat(full) + "░".repeat(BAR - full);
}

/** Minutes and seconds, such as 1:07. */
export function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
