/** Parses a TypeScript module and lists what it imports. */

import { stripTypeScriptTypes } from "node:module";
import process from "node:process";
import { type AnyNode, parse, type Program } from "acorn";
import { walk } from "./_walk.ts";

/** One import of a module. */
export interface ModuleImport {
  readonly specifier: string;
  readonly line: number;
  /** `static` runs the module first, `dynamic` is an `import()`, `type` is gone at run time. */
  readonly kind: "static" | "dynamic" | "type";
}

/** A module that has been read. */
export interface ReadModule {
  /** Syntax tree without the types; its positions are those of the source. */
  readonly program: Program;
  readonly imports: readonly ModuleImport[];
}

/** `import type … from "x"`, `export type … from "x"`, and `import("x")` in a type. */
const TYPE_IMPORT =
  /\b(?:import|export)\s+type\b[^"';]*?\bfrom\s*(["'])(.+?)\1|\bimport\s*\(\s*(["'])(.+?)\3\s*\)/g;

/** Reads a module's source; throws `SyntaxError` when it is not erasable TypeScript. */
export function readModule(source: string): ReadModule {
  const stripped = strip(source);
  const program = parse(stripped, { ecmaVersion: "latest", sourceType: "module", locations: true });
  const imports: ModuleImport[] = [];
  walk(program, (node) => {
    const source = specifierOf(node);
    if (source === undefined) return;
    const kind = node.type === "ImportExpression" ? "dynamic" : "static";
    imports.push({ specifier: source, line: node.loc?.start.line ?? 0, kind });
  });
  for (const match of source.matchAll(TYPE_IMPORT)) {
    // Stripping leaves blanks where types stood and keeps comments and strings: what is blank now was a type.
    if (stripped.slice(match.index, match.index + match[0].length).trim() !== "") continue;
    const line = source.slice(0, match.index).split("\n").length;
    imports.push({ specifier: match[2] ?? match[4] ?? "", line, kind: "type" });
  }
  return { program, imports: imports.sort((a, b) => a.line - b.line) };
}

/** What an import or re-export names; undefined for any other node and for an `import()` of what is not a constant. */
function specifierOf(node: AnyNode): string | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
    case "ImportExpression":
      break;
    default:
      return undefined;
  }
  const source = node.source;
  if (source?.type === "Literal" && typeof source.value === "string") return source.value;
  if (source?.type === "TemplateLiteral" && source.expressions.length === 0) {
    return source.quasis[0]?.value.cooked ?? undefined;
  }
  return undefined;
}

/** Blanks the types out, without the warning that Node's function for it is experimental. */
function strip(source: string): string {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
