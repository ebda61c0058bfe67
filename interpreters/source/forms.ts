/** Reads the text that `Function.prototype.toString` gives, in each of its forms, and writes it as an expression. */
import type { AnyNode } from "acorn";
import type { FunctionNode } from "./survey.ts";
import { parseScript } from "./syntax.ts";

/** A function's source, parsed. */
export interface FunctionForm {
  /** What was parsed: the function's text and something around it; offsets count from here. */
  readonly text: string;
  /** The function's text without a method's key. */
  readonly start: number;
  readonly end: number;
  readonly node: FunctionNode;
  readonly strict: boolean;
  /** Written as a method, getter or setter: not an expression without a key. */
  readonly method: boolean;
}

/** What may stand around it. The outermost method is there so that `super` and `new.target` parse. */
const CONTEXTS = [
  { method: false, open: "", close: "" },
  { method: true, open: "{", close: "}" },
  // Only a class may have keys that are private names.
  { method: true, open: "class{", close: "}" },
] as const;

/**
 * @returns The form, or "class" for the source of a class.
 * @throws {SyntaxError} When it is not the source of a function; `pos` is an offset into `source`.
 */
export function readFunction(source: string): FunctionForm | "class" {
  let failure: SyntaxError & { pos: number } | undefined;
  for (const strict of [true, false]) {
    for (const { method, open, close } of CONTEXTS) {
      const before = `({m(){${strict ? '"use strict";' : ""}return(${open}`;
      let form: FunctionForm | "class" | undefined;
      try {
        form = pick(`${before}${source}\n${close})}})`, before.length, source.length, strict, method);
      } catch (error) {
        if (!isSyntaxError(error)) throw error;
        error.pos -= before.length;
        // The attempt that came furthest says best what is wrong.
        if (failure === undefined || error.pos > failure.pos) failure = error;
      }
      if (form !== undefined) return form;
    }
  }
  throw failure ?? Object.assign(new SyntaxError("Not a function expression"), { pos: 0 });
}

function pick(
  text: string,
  start: number,
  length: number,
  strict: boolean,
  method: boolean,
): FunctionForm | "class" | undefined {
  const node = onlyReturn(parseScript(text));
  const end = start + length;
  if (method) {
    const member = node.type === "ObjectExpression"
      ? node.properties.length === 1 ? node.properties[0] : undefined
      : node.type === "ClassExpression" && node.body.body.length === 1
      ? node.body.body[0]
      : undefined;
    if (member?.type !== "Property" && member?.type !== "MethodDefinition") return undefined;
    if (member.value.type !== "FunctionExpression" || member.start !== start || member.end !== end) {
      return undefined;
    }
    return { text, start: member.value.start, end, node: member.value, strict, method };
  }
  if (node.start !== start || node.end !== end) return undefined;
  if (node.type === "ClassExpression") return "class";
  if (node.type !== "FunctionExpression" && node.type !== "ArrowFunctionExpression") return undefined;
  return { text, start, end, node, strict, method };
}

/** The argument of the one `return` in the outermost method. */
function onlyReturn(program: AnyNode): AnyNode {
  let found: AnyNode | null | undefined;
  if (program.type === "Program") {
    const statement = program.body[0];
    if (program.body.length === 1 && statement?.type === "ExpressionStatement") {
      const object = statement.expression;
      const member = object.type === "ObjectExpression" ? object.properties[0] : undefined;
      if (member?.type === "Property" && member.value.type === "FunctionExpression") {
        const last = member.value.body.body.at(-1);
        if (last?.type === "ReturnStatement") found = last.argument;
      }
    }
  }
  if (!found) throw Object.assign(new SyntaxError("Not a function expression"), { pos: 0 });
  return found;
}

/** acorn's errors are SyntaxErrors with an offset. */
export function isSyntaxError(error: unknown): error is SyntaxError & { pos: number } {
  return error instanceof SyntaxError && "pos" in error && typeof error.pos === "number";
}

/**
 * The expression for a function whose text (after editing) is `text`. It keeps the function's name: what has no name
 * of its own takes it from a key.
 */
export function asExpression(form: FunctionForm, text: string, name: string): string {
  const key = JSON.stringify(name);
  if (form.method) {
    const mark = (form.node.async ? "async " : "") + (form.node.generator ? "*" : "");
    return `({${mark}[${key}]${text}})[${key}]`;
  }
  const named = form.node.type === "FunctionExpression" && form.node.id;
  return named || name === "" ? text : `({[${key}]:${text}})[${key}]`;
}
