/** Recognises the counters and wrappers that coverage, mutation and test tools write into functions. */

interface Tool {
  readonly pattern: RegExp;
  readonly what: string;
  readonly wayOut: string;
}

const TOOLS: readonly Tool[] = [
  {
    pattern: /^(cov_|__cov_|__coverage__$)/,
    what: "a coverage counter of Istanbul (nyc, Jest, Vitest's istanbul provider)",
    wayOut: "put /* istanbul ignore next */ in front of the function, exclude its file from coverage, " +
      "or use a provider that does not rewrite code (v8, c8)",
  },
  {
    pattern: /^__(vite|vi_import|vitest)/,
    what: "a name that Vite's or Vitest's module transform put in place of an import or added for coverage",
    wayOut: "pass the imported value as an argument, keep the file out of the transform and of coverage " +
      "(server.deps.external, coverage.exclude), or put /* istanbul ignore next */ in front of the function " +
      "if the istanbul provider added it",
  },
  {
    pattern: /^(stryMutAct|stryCov|stryNS|__stryker)/,
    what: "a mutation switch of Stryker",
    wayOut: "put // Stryker disable all in front of the function or exclude its file from mutation",
  },
  {
    pattern: /^(_\$cov|__cov|_\$jscoverage|_\$blanket|\$_\$w|__\$cover)/,
    what: "a counter of a coverage tool",
    wayOut: "exclude the function or its file from coverage",
  },
];

/** Why a function with the free name `name` was rewritten by a tool, or undefined when none is known by it. */
export function instrumentedBy(name: string): { what: string; wayOut: string } | undefined {
  return TOOLS.find(({ pattern }) => pattern.test(name));
}
