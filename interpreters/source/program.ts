/**
 * Turns module-level code into the body of an async function whose `var`s and functions are global variables.
 *
 * - `var x = 1` becomes the assignment `void ((x) = 1)`; before the first statement every such name is defined on the
 *   global object, unless it is there already.
 * - `function f() {}` is declared under a prefixed name and defined as global `f` before the first statement, so every
 *   use of `f`, its own too, is a use of the global variable.
 * - `import … from` becomes constants, filled before all else.
 * - The rest stands in a block, untouched, line for line; `let`, `const` and `class` end with it.
 */
import type { AnyNode, FunctionDeclaration, ImportDeclaration, Program, VariableDeclaration } from "acorn";
import { getLineInfo } from "acorn";
import { FUNCTION_PREFIX, IMPORT_NAME, LIBRARY_NAME } from "./names.ts";
import { isSyntaxError } from "./forms.ts";
import { surveyProgram } from "./scopes.ts";
import type { Loop } from "./survey.ts";
import { applyEdits, type Edit, isRelative, literalText, parseScript, unusedName } from "./syntax.ts";

/** A program as it is sent. */
export interface SentProgram {
  /** The body for `(async function (csp, __cspImport) { code })`, whose line numbers are the source's. */
  readonly code: string;
  /** It uses `csp` or imports something: the library must be loaded before it runs. */
  readonly library: boolean;
}

/**
 * Reads a program for `Interpreter.exec`: module-level code with `await` and `import`.
 *
 * `var`, functions and assignments to undeclared names become global variables and last; `let`, `const`, `class` and
 * imports belong to this run alone. Sloppy mode, unless it begins with "use strict". `this` is undefined.
 *
 * @param source The code.
 * @throws {TypeError} When `source` is not a string, or imports by a relative specifier.
 * @throws {SyntaxError} When it does not parse, with line and column, or uses `export` or `import.meta`.
 */
export function analyzeProgram(source: string): SentProgram {
  if (typeof source !== "string") {
    throw new TypeError(
      `Cannot exec the source: it is of type ${typeof source}; pass a string, or use call(fn)`,
    );
  }
  let program: Program;
  try {
    program = parseScript(source);
  } catch (error) {
    if (!isSyntaxError(error)) throw error;
    throw new SyntaxError(`Cannot exec the source: ${error.message}`, { cause: error });
  }
  const strict = isStrict(program);
  const survey = surveyProgram(program, strict);
  const { mentioned, free } = survey;
  for (const node of survey.misplaced) throw misplaced(source, node);
  survey.outer.delete("this");
  for (const [name, node] of survey.outer) {
    const where = place(source, node.start);
    throw new SyntaxError(
      `Cannot exec the source: ${name}${where} has no meaning at the top level; remove it`,
    );
  }
  for (const node of [...survey.dynamicImports, ...survey.imports]) refuseRelative(source, node.source);

  const library = free.has(LIBRARY_NAME) || free.has(IMPORT_NAME) ||
    survey.dynamicImports.length > 0 || survey.imports.length > 0;
  const shadowed = mentioned.has(IMPORT_NAME) && !free.has(IMPORT_NAME);
  const importName = shadowed ? unusedName(IMPORT_NAME, mentioned) : IMPORT_NAME;
  const hoistName = unusedName("__cspHoist", mentioned);
  const bindName = unusedName("__cspBind", mentioned);

  const edits: Edit[] = [];
  if (source.startsWith("#!")) edits.push({ start: 0, end: 2, text: "//" });
  for (const { start, end } of survey.outerThis) edits.push({ start, end, text: "(void 0)" });
  for (const { start } of survey.dynamicImports) {
    edits.push({ start, end: start + "import".length, text: importName });
  }
  for (const node of survey.vars) editVar(source, node, survey.heads.get(node), edits);

  let imports = "";
  for (const node of survey.imports) {
    imports += importCode(node, importName, bindName);
    edits.push({ start: node.start, end: node.end, text: ";" + lines(source.slice(node.start, node.end)) });
  }
  const functions = new Map<string, string>();
  for (const { id } of topFunctions(program)) {
    if (id.name === LIBRARY_NAME) continue;
    const hidden = unusedName(FUNCTION_PREFIX + id.name, mentioned);
    // Of two functions of one name the later counts, as in any script; each needs a name of its own here.
    mentioned.add(hidden);
    functions.set(id.name, hidden);
    edits.push({ start: id.start, end: id.end, text: hidden });
  }
  const vars = [...survey.varNames].filter((name) => name !== LIBRARY_NAME && !functions.has(name));

  let before = strict ? '"use strict";' : "";
  if (shadowed) before += `const ${importName}=${IMPORT_NAME};`;
  if (imports.includes(bindName)) before += `const ${bindName}=${BIND};`;
  let start = imports;
  if (vars.length > 0 || functions.size > 0) {
    before += `const ${hoistName}=${HOIST};`;
    const pairs = [...functions].map(([name, hidden]) => `[${JSON.stringify(name)},${hidden}]`);
    start += `${hoistName}(${JSON.stringify(vars)},[${pairs.join(",")}]);`;
  }
  return { code: `${before}{${start}${applyEdits(source, edits)}\n}`, library };
}

/** Defines globals as a script's declarations do: a `var` leaves what is there, a function replaces it. */
const HOIST = `(vars,functions)=>{` +
  `const define=(name,value)=>Object.defineProperty(globalThis,name,` +
  `{value,writable:true,enumerable:true,configurable:true});` +
  `for(const name of vars)if(!Object.hasOwn(globalThis,name))define(name,undefined);` +
  `for(const[name,value]of functions){` +
  `Object.defineProperty(value,"name",{value:name,configurable:true});` +
  `if(Object.getOwnPropertyDescriptor(globalThis,name)?.configurable===false)globalThis[name]=value;` +
  `else define(name,value)}}`;

/** Checks that a module has the names imported from it, which destructuring would not. */
const BIND = `(module,specifier,names)=>{for(const name of names)if(!(name in module))` +
  `throw new SyntaxError("Cannot import "+name+": the module "+specifier+" does not export it");return module}`;

function isStrict(program: Program): boolean {
  for (const statement of program.body) {
    if (statement.type !== "ExpressionStatement" || !("directive" in statement)) return false;
    if (statement.directive === "use strict") return true;
  }
  return false;
}

function topFunctions(program: Program): FunctionDeclaration[] {
  return program.body.filter((statement) => statement.type === "FunctionDeclaration");
}

/** Makes assignments of a `var` declaration. The name is global, so nothing needs to stay of one without a value. */
function editVar(source: string, node: VariableDeclaration, loop: Loop | undefined, edits: Edit[]): void {
  const keyword = { start: node.start, end: node.start + "var".length };
  if (loop !== undefined && loop.type !== "ForStatement") {
    const declarator = node.declarations[0];
    if (declarator?.init) {
      throw new SyntaxError(
        `Cannot exec the source: a for-in loop's var has an initial value${
          place(source, declarator.start)
        }; ` +
          "give it before the loop",
      );
    }
    edits.push({ ...keyword, text: "" });
    // In parentheses, for `async` and `let` may not stand bare in this place.
    if (declarator?.id.type === "Identifier") wrap(declarator, edits);
    return;
  }
  // `void` continues no line before it and, unlike `;`, may stand where one statement is expected.
  edits.push({ ...keyword, text: loop === undefined ? "void" : "" });
  for (const declarator of node.declarations) {
    if (declarator.init) wrap(declarator, edits);
    else edits.push({ start: declarator.start, end: declarator.end, text: "0" });
  }
  if (loop === undefined && source[node.end - 1] !== ";") {
    edits.push({ start: node.end, end: node.end, text: ";" });
  }
}

function wrap({ start, end }: AnyNode, edits: Edit[]): void {
  edits.push({ start, end: start, text: "(" }, { start: end, end, text: ")" });
}

/** An `import … from` as statements that begin the program. */
function importCode(node: ImportDeclaration, importName: string, bindName: string): string {
  const specifier = JSON.stringify(node.source.value);
  const attributes = node.attributes.map(({ key, value }) => {
    const name = key.type === "Identifier" ? key.name : String(key.value);
    return `${JSON.stringify(name)}:${JSON.stringify(value.value)}`;
  });
  const options = attributes.length > 0 ? `,{with:{${attributes.join(",")}}}` : "";
  const load = `await ${importName}(${specifier}${options})`;
  const pairs: string[] = [];
  const names: string[] = [];
  let namespace: string | undefined;
  for (const one of node.specifiers) {
    if (one.type === "ImportNamespaceSpecifier") {
      namespace = one.local.name;
      continue;
    }
    const name = one.type === "ImportDefaultSpecifier"
      ? "default"
      : one.imported.type === "Identifier"
      ? one.imported.name
      : String(one.imported.value);
    names.push(JSON.stringify(name));
    pairs.push(`${JSON.stringify(name)}:${one.local.name}`);
  }
  const from = namespace ?? load;
  const checked = `const{${pairs.join(",")}}=${bindName}(${from},${JSON.stringify(specifier)},[${
    names.join(",")
  }]);`;
  return (namespace === undefined ? "" : `const ${namespace}=${load};`) +
    (pairs.length > 0 ? checked : namespace === undefined ? `${load};` : "");
}

function refuseRelative(source: string, node: AnyNode): void {
  const specifier = literalText(node);
  if (specifier === undefined || !isRelative(specifier)) return;
  throw new TypeError(
    `Cannot exec the source: it imports ${JSON.stringify(specifier)}${
      place(source, node.start)
    }, which is relative ` +
      "to no module here; use an absolute URL, such as import.meta.resolve gives where you are",
  );
}

function misplaced(source: string, node: AnyNode): SyntaxError {
  const where = place(source, node.start);
  const reason = node.type === "MetaProperty"
    ? `import.meta${where} belongs to a module, and a program is none; pass its values with prepareMain`
    : node.type === "ImportDeclaration"
    ? `an import declaration${where} may only stand at the top level; use await import(…)`
    : `export${where} has no one to export to; assign to a var or to globalThis, or return it from call(fn)`;
  return new SyntaxError(`Cannot exec the source: ${reason}`);
}

/** As acorn writes a position. */
function place(source: string, offset: number): string {
  const { line, column } = getLineInfo(source, offset);
  return ` (${line}:${column})`;
}

/** As many line ends as `text` has. */
function lines(text: string): string {
  return "\n".repeat(text.split(/\r\n|[\n\r\u2028\u2029]/).length - 1);
}
