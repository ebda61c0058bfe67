/** The names under which a receiver supplies what sent code needs; sender and receiver agree on them here. */

/** The library's namespace. */
export const LIBRARY_NAME = "csp";

/** What every `import(…)` becomes: `(specifier, options?) => Promise<namespace>`. */
export const IMPORT_NAME = "__cspImport";

/** A program's function `f` is declared under this and its name, so that the name itself stays a global variable. */
export const FUNCTION_PREFIX = "__cspFunction_";
