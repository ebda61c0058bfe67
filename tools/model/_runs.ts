/** What is asked of the model: scenarios that must hold, faults that must be found, and loops that must end. */

/** One run of the checker. */
export interface ModelRun {
  /** File name of the scenario, without `.pml`. */
  readonly scenario: string;
  /** Macros for the scenario; the first lines of protocol.pml say what they mean. */
  readonly macros: readonly string[];
  /**
   * `holds`: every assertion, in every order of steps. `breaks`: an assertion fails, because the macros put a fault in.
   * `ends`: it holds and no order of steps goes round in circles.
   */
  readonly expect: "holds" | "breaks" | "ends";
  /** Millions of states: worth compiling with care. */
  readonly large?: true;
  /** Only with `--all`: takes minutes. */
  readonly long?: true;
}

/** Any one thread may die, at any step, or none. */
const DEATH = "VICTIM=ANYBODY";
/** Without the words that wake: for large scenarios. */
const QUIET = "WAKES=0";

function holds(scenario: string, ...macros: string[]): ModelRun {
  return { scenario, macros, expect: "holds" };
}

function holdsLong(scenario: string, ...macros: string[]): ModelRun {
  return { scenario, macros, expect: "holds", large: true, long: true };
}

function breaks(scenario: string, ...macros: string[]): ModelRun {
  return { scenario, macros, expect: "breaks" };
}

function ends(scenario: string, ...macros: string[]): ModelRun {
  return { scenario, macros, expect: "ends" };
}

/** The long ones first, so that they do not come last alone. */
export const RUNS: readonly ModelRun[] = [
  holds("short", DEATH),
  holds("giving_up", QUIET),
  holds("rendezvous"),
  holds("rendezvous", "CROSSED", QUIET),
  holds("mixed"),
  holds("cut"),
  holds("cut", "FENCED"),
  ends("again"),
  ends("closing", "CAP=1"),
  ends("mixed", "USERS=3"),
  ends("short"),
  breaks("rendezvous", "CROSSED", QUIET, "FAULT_SKIPS_RESERVED"),
  breaks("rendezvous", "CROSSED", QUIET, "FAULT_STOPS_ON_RESERVED"),
  breaks("rendezvous", "VICTIM=2", QUIET, "FAULT_TRUSTS_LINKED"),
  breaks("rendezvous", "VICTIM=2", QUIET, "FAULT_NOT_FINISHED"),
  breaks("buffered", "VICTIM=1", QUIET, "FAULT_NOT_FINISHED"),
  breaks("closing", DEATH, QUIET, "TEARS", "FAULT_FREES_FIRST"),
  breaks("closing", "CAP=1", "VICTIM=3", QUIET, "FAULT_GATE_FORGOTTEN"),
  breaks("looking", DEATH, QUIET, "FAULT_WITHDRAWS_FIRST"),
  breaks("mixed", "USERS=3", QUIET, "FAULT_NO_ORDER"),
  breaks("short", "FAULT_SHUTS_ONE"),
  breaks("short", DEATH, "FAULT_TAIL_FIRST"),
  breaks("again", "FAULT_NO_RECHECK"),
  breaks("again", DEATH, "FAULT_NOT_ANNOUNCED"),
  breaks("again", DEATH, "FAULT_RINGS_IF_SET"),
  breaks("again", DEATH, "FAULT_NOT_WOKEN"),
  breaks("again", "FAULT_NOT_NOTED"),
  breaks("cut", "FAULT_AT_ONCE"),
  breaks("short", DEATH, "FAULT_NEVER_MATCHED"),
  holdsLong("again", DEATH),
  holdsLong("again", "CAP=1", DEATH),
  holdsLong("closing", DEATH, "TEARS"),
  holdsLong("short", "USERS=3", "OPS_MAX=2", DEATH),
  holdsLong("looking", DEATH, QUIET, "TEARS"),
  holdsLong("closing", "CAP=1", DEATH, QUIET, "TEARS"),
  holdsLong("mixed", "USERS=3", DEATH),
  holdsLong("mixed", "CHANNELS=1", "USERS=3", DEATH),
  holdsLong("rendezvous", DEATH),
  holdsLong("rendezvous", DEATH, QUIET),
  holdsLong("buffered", DEATH, QUIET),
  holdsLong("rendezvous", "CROSSED", DEATH, QUIET),
  holdsLong("buffered", "CROSSED", DEATH, QUIET),
  holdsLong("mixed", DEATH, QUIET),
  holdsLong("giving_up", DEATH, QUIET),
  holdsLong("short", "USERS=3", DEATH),
];
