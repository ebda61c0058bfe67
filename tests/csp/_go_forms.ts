/** The ways of starting a process that have one meaning, for suites that run for each of them. */
import { create, getMain, go, type GoOptions, type Interpreter, type Launch } from "@pool/csp";

/** A way of starting processes. */
export interface Form {
  readonly name: string;
  /** Starts processes this way, with further options. */
  start(options?: GoOptions): Launch;
  /** Its processes run in the interpreter of the test, and get arguments by reference. */
  readonly here: boolean;
  /** They may block. */
  readonly blocks: boolean;
  /** Two of them can be under way at once. */
  readonly together: boolean;
}

let serial: Interpreter | undefined;
let concurrent: Interpreter | undefined;

/** All ways. */
export const FORMS: readonly Form[] = [
  {
    name: "go",
    start: (options) => options === undefined ? go : go.with(options),
    here: false,
    blocks: false,
    together: true,
  },
  {
    name: "go.local",
    start: (options) => options === undefined ? go.local : go.with({ ...options, local: true }),
    here: true,
    blocks: true,
    together: true,
  },
  {
    name: "go.dedicated",
    start: (options) => options === undefined ? go.dedicated : go.with({ ...options, dedicated: true }),
    here: false,
    blocks: true,
    together: true,
  },
  {
    name: "go.with({ interpreter }), concurrent",
    start: (options) =>
      go.with({ ...options, interpreter: concurrent ??= create({ mode: "concurrent", name: "concurrent" }) }),
    here: false,
    blocks: false,
    together: true,
  },
  {
    name: "go.with({ interpreter }), serial",
    start: (options) => go.with({ ...options, interpreter: serial ??= create({ name: "serial" }) }),
    here: false,
    blocks: true,
    together: false,
  },
  {
    name: "go.with({ interpreter }), main",
    start: (options) => go.with({ ...options, interpreter: getMain() }),
    here: false,
    blocks: true,
    together: true,
  },
];
