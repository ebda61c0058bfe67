/**
 * What a function or program needs besides its own text, and the text that rebuilds it in another interpreter.
 *
 * Brings the parser along: load it with `await import()` at first use. A receiver compiles what comes out of here as
 * `(function (csp, __cspImport, ...helpers) { return (code); })`, with the names of names.ts and helpers.ts.
 */
import { asExpression, type FunctionForm, isSyntaxError, readFunction } from "./forms.ts";
import { GLOBAL_NAMES } from "./globals.ts";
import { instrumentedBy } from "./instrumented.ts";
import { FUNCTION_PREFIX, HELPER_NAMES, IMPORT_NAME, LIBRARY_NAME } from "./names.ts";
import { capturedError, refusal } from "./refusal.ts";
import { surveyFunction } from "./scopes.ts";
import type { Survey } from "./survey.ts";
import { onlyComputes } from "./simple.ts";
import { applyEdits, type Edit, isRelative, literalText, unusedName } from "./syntax.ts";

export { analyzeProgram, type SentProgram } from "./program.ts";
export { type InSight, waitsInSight } from "./in_sight.ts";

/** A function as it is sent. */
export interface SentFunction {
  /** An expression that evaluates to the function, in strict mode if `strict`. */
  readonly code: string;
  /** The function's own name, or "". */
  readonly name: string;
  readonly strict: boolean;
  /**
   * Free names that are neither in the fixed list nor supplied: they must be global here or bound over there.
   * Sorted, unique.
   */
  readonly free: readonly string[];
  /** It uses the free name `csp` or contains `import()`: the library must be loaded before it runs. */
  readonly library: boolean;
  /** Names of tool helpers (`__name`, …) that must be supplied. Sorted, unique. */
  readonly helpers: readonly string[];
  /** It can do nothing but compute, return and throw: see simple.ts. */
  readonly simple: boolean;
}

/** How many sources are remembered. Functions made anew at every call share one text. */
const REMEMBERED = 1_000;

const byFunction = new WeakMap<object, SentFunction>();
const bySource = new Map<string, SentFunction>();

/**
 * Reads a function for sending. The result is cached by source, and for the first function of a source by that; refusals are not.
 *
 * @param fn Any function.
 * @throws {NotShareableError} When it can never be sent: it is native, bound, a class or unreadable, uses what only
 * exists where it stands (`this` of an arrow's surroundings, `super`, `import.meta`, an outer `#name`), imports by a
 * relative specifier, or was instrumented by a tool.
 */
export function analyzeFunction(fn: (...args: never[]) => unknown): SentFunction {
  let sent = byFunction.get(fn);
  if (sent !== undefined) return sent;
  const name = typeof fn.name === "string" ? fn.name : "";
  const source = Function.prototype.toString.call(fn);
  const key = `${name.length} ${name}${source}`;
  sent = bySource.get(key);
  // A function that is made anew for each call is found here; it need not be remembered, which costs the collector more.
  if (sent === undefined) {
    sent = read(name, source);
    if (bySource.size >= REMEMBERED) {
      for (const oldest of bySource.keys()) {
        bySource.delete(oldest);
        break;
      }
    }
    bySource.set(key, sent);
    byFunction.set(fn, sent);
  }
  return sent;
}

/** The names of `free` that are not global here. Depends on the moment: a name may become global later. */
export function captured(sent: SentFunction): string[] {
  return sent.free.filter((name) => !(name in globalThis));
}

function read(name: string, source: string): SentFunction {
  const form = parseFunction(name, source);
  const survey = surveyForm(name, form);
  const { free, mentioned } = survey;

  // A function that a program declared carries a prefixed name; here it gets its own back, for itself as well.
  const edits: Edit[] = [];
  const id = form.node.type === "FunctionExpression" ? form.node.id : null;
  if (id && name !== "" && id.name === FUNCTION_PREFIX + name) {
    edits.push({ start: id.start, end: id.end, text: name });
    free.delete(name);
  }

  const library = free.delete(LIBRARY_NAME);
  const importer = free.delete(IMPORT_NAME);
  const unknown = [...free].filter((one) => !GLOBAL_NAMES.has(one)).sort();
  const helpers = unknown.filter((one) => HELPER_NAMES.has(one));
  const names = unknown.filter((one) => !HELPER_NAMES.has(one));
  refuse(name, names, survey);

  // Under a declaration of its own of that name, `import` must go by another.
  const shadowed = mentioned.has(IMPORT_NAME) && !importer && survey.dynamicImports.length > 0;
  const importName = shadowed ? unusedName(IMPORT_NAME, mentioned) : IMPORT_NAME;
  for (const { start } of survey.dynamicImports) {
    edits.push({ start, end: start + "import".length, text: importName });
  }
  const code = asExpression(form, applyEdits(form.text, edits, form.start, form.end), name);
  const usesLibrary = library || importer || survey.dynamicImports.length > 0;
  return {
    code: shadowed ? `((${importName})=>${code})(${IMPORT_NAME})` : code,
    name,
    strict: form.strict,
    free: names,
    library: usesLibrary,
    helpers,
    simple: form.strict && !usesLibrary && onlyComputes(free, code),
  };
}

function surveyForm(name: string, { node, strict }: FunctionForm): Survey {
  try {
    return surveyFunction(node, strict);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const wayOut = "declare it with task(import.meta, function name(…) {…})";
    throw refusal(name, `its source is nested too deeply to be read; ${wayOut}`, undefined, error);
  }
}

function parseFunction(name: string, source: string): FunctionForm {
  if (/\{\s*\[native code\]\s*\}$/.test(source)) {
    throw refusal(
      name,
      "it is native, bound or a proxy, so it has no source; wrap it: (...args) => fn(...args)",
    );
  }
  let form: FunctionForm | "class";
  try {
    form = readFunction(source);
  } catch (error) {
    if (!isSyntaxError(error)) throw error;
    const near = JSON.stringify(source.slice(Math.max(0, error.pos - 20), error.pos + 20));
    const phase = /^(?:import\s*\.\s*)?(source|defer)\s*\(/.exec(source.slice(error.pos));
    const reason = phase !== null
      ? `it uses import.${phase[1]}(), which cannot be resolved over there; use import()`
      : `its source does not parse: ${error.message.replace(/ \(\d+:\d+\)$/, "")} near ${near}; ` +
        `a tool may have rewritten it: declare it with task(import.meta, function name(…) {…})`;
    throw refusal(name, reason, undefined, error);
  }
  if (form === "class") {
    throw refusal(name, `it is a class; wrap what uses it in a function that declares or imports the class`);
  }
  return form;
}

function refuse(name: string, names: readonly string[], { outer, dynamicImports }: Survey): void {
  const here = names.filter((one) => !(one in globalThis));
  for (const one of names) {
    const tool = instrumentedBy(one);
    if (tool === undefined) continue;
    throw refusal(
      name,
      `it uses ${one}, ${tool.what}, which exists only here; ${tool.wayOut}, ` +
        "or declare the function with task(import.meta, function name(…) {…})",
      [...here, ...outer.keys()].sort(),
    );
  }
  if (outer.size > 0) throw capturedError(name, [...outer.keys(), ...here]);
  for (const { source } of dynamicImports) {
    const specifier = literalText(source);
    if (specifier === undefined || !isRelative(specifier)) continue;
    throw refusal(
      name,
      `it imports ${JSON.stringify(specifier)}, which is relative to a module that it leaves; ` +
        `pass import.meta.resolve(${JSON.stringify(specifier)}) as an argument, ` +
        "or declare the function with task(import.meta, function name(…) {…})",
    );
  }
}
