/** Does what a receiver does with an analysed function or program, in this same interpreter. */
import type { SentFunction, SentProgram } from "../../../interpreters/source/analyze.ts";
import { helperValues } from "../../../interpreters/source/helpers.ts";

// deno-lint-ignore no-explicit-any -- what comes out of source text has no type
export type Rebuilt = (...args: any[]) => any;

/** Stands for the library. */
export const library = { name: "csp", twice: (n: number): number => 2 * n };

/** Stands for the receiver's resolution of specifiers. */
export function importer(specifier: string, options?: ImportCallOptions): Promise<unknown> {
  if (specifier === "stand-in") return Promise.resolve({ default: "default", named: "named", options });
  return import(specifier);
}

/** An expression's value, in sloppy or strict code that sees globals only. */
export function evaluate(source: string, strict = true): Rebuilt {
  return (0, eval)(`${strict ? '"use strict";' : ""}(${source}\n)`);
}

/** The function that `sent` stands for. */
export function rebuild(sent: SentFunction): Rebuilt {
  const parameters = ["csp", "__cspImport", ...sent.helpers].join(", ");
  const body = `${sent.strict ? '"use strict";' : ""} return (${sent.code});`;
  return (0, eval)(`(function (${parameters}) { ${body} })`)(
    library,
    importer,
    ...helperValues(sent.helpers),
  );
}

/** Runs a program. */
export function run(sent: SentProgram): Promise<unknown> {
  return (0, eval)(`(async function (csp, __cspImport) { ${sent.code} })`)(library, importer);
}
