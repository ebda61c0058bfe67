/** What a benchmark is: a measurement that runs once on each runtime, and a report over all of them. */

/** Name of a runtime. */
export type RuntimeName = "deno" | "bun" | "node";

/** One line of a measurement: a way of doing one case, with every sample that was taken. */
export interface Row {
  /** What was done, such as "30 ms" for the length of a call. */
  readonly case: string;
  /** How it was done, such as "parallel". */
  readonly mode: string;
  /** Figures that are no samples, such as the argument used. */
  readonly facts: Readonly<Record<string, number>>;
  /** Samples by the name of a step, in milliseconds, in the order of the rounds. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  /** What must be known to read it, such as why it could not be done on this runtime. */
  readonly note?: string;
}

/** All that one runtime gave. */
export interface Measurement {
  readonly runtime: RuntimeName;
  readonly version: string;
  readonly rows: readonly Row[];
  /** The part that was measured alone, if one was. */
  readonly part?: string;
  /** When it was measured, in ISO 8601. */
  readonly date?: string;
  /** The commit of the library that was measured, with "+" when files were changed since. */
  readonly commit?: string;
}

/** What a measurement is given. */
export interface Bench {
  readonly runtime: RuntimeName;
  /** Fewer rounds, for a first look. */
  readonly quick: boolean;
  /** One of the benchmark's parts, when the others are to be left out. */
  readonly part?: string;
  /** Tells what is being done; `round` counts from 1. */
  progress(what: string, round: number, rounds: number): void;
  /** Hands over a finished line, so that it is kept even if a later step fails. */
  row(row: Row): void;
}

/** A benchmark, as the registry lists it. */
export interface Benchmark {
  /** Its name on the command line and of its file of results. */
  readonly name: string;
  /** One sentence for `--help` and over its table. */
  readonly summary: string;
  /** Names of what `--part` can choose. */
  readonly parts?: readonly string[];
  /** Measures on the runtime it runs on. */
  measure(bench: Bench): Promise<void>;
  /** The tables of what all runtimes gave. */
  report(measurements: readonly Measurement[]): string;
  /** What is drawn of it; without, each row's first step. */
  pictures?(measurements: readonly Measurement[]): readonly Picture[];
}

/** What a drawing shows, as data: only who draws loads what it takes to draw. */
export interface Picture {
  /** Ends the name of its file; empty for the only one. */
  readonly name: string;
  readonly title: string;
  /** Dots: a line for each way, under its case. Lines: a panel for each case and runtime, a line for each way. */
  readonly kind: "dots" | "lines";
  /** What the figures are: times are in nanoseconds, and drawn with the unit that suits them. */
  readonly unit: "time" | "MiB" | "×";
  /** What stands along the bottom of panels. */
  readonly along?: string;
  readonly points: readonly Point[];
}

/** One figure of a drawing. */
export interface Point {
  readonly runtime: RuntimeName;
  readonly case: string;
  readonly mode: string;
  /** Where it stands along the bottom of a panel; may be infinite. */
  readonly at?: number;
  readonly value: number;
  /** The middle half of the samples. */
  readonly low?: number;
  readonly high?: number;
}
