/** Source text to syntax tree and back: what acorn must be told, walking a node's children, and editing by range. */
import { parse } from "acorn";
import type { AnyNode, Program } from "acorn";

/**
 * Parses a script in which `import()`, `import.meta`, `super` and outer private names may stand anywhere, so that
 * the callers can name them instead of reporting a syntax error.
 *
 * @throws {SyntaxError} When it does not parse; acorn adds `pos`, an offset into `text`.
 */
export function parseScript(text: string): Program {
  return parse(text, {
    ecmaVersion: "latest",
    sourceType: "script",
    allowAwaitOutsideFunction: true,
    allowImportExportEverywhere: true,
    allowSuperOutsideMethod: true,
    checkPrivateFields: false,
  });
}

/** The nodes directly below `node`, in the order of the text for all that matters here. */
export function children(node: AnyNode): AnyNode[] {
  const found: AnyNode[] = [];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) found.push(item);
    } else if (isNode(value)) {
      found.push(value);
    }
  }
  return found;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Replace what stands between two offsets; equal offsets insert. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** `text` from `start` to `end` with the edits made; they must not overlap, equal offsets keep their order. */
export function applyEdits(
  text: string,
  edits: readonly Edit[],
  start = 0,
  end: number = text.length,
): string {
  let out = "";
  let at = start;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    out += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + text.slice(at, end);
}

/** A name like `wanted` that is not in `taken`. */
export function unusedName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let i = 1; taken.has(name); i++) name = `${wanted}${i}`;
  return name;
}

/** The text of a specifier that is written out, or undefined when it is computed. */
export function literalText(node: AnyNode): string | undefined {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0]?.value.cooked ?? undefined;
  }
  return undefined;
}

/** Whether a specifier only means something relative to the module it stands in. */
export function isRelative(specifier: string): boolean {
  return /^\.{0,2}\//.test(specifier) || specifier === "." || specifier === "..";
}
