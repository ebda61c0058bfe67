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
}

/** What a measurement is given. */
export interface Bench {
  readonly runtime: RuntimeName;
  /** Fewer rounds, for a first look. */
  readonly quick: boolean;
  /** Measure only the cases with this in their name; "": all. Heeded by the benchmarks of channels. */
  readonly part: string;
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
  /** Measures on the runtime it runs on. */
  measure(bench: Bench): Promise<void>;
  /** The tables of what all runtimes gave. */
  report(measurements: readonly Measurement[]): string;
}
