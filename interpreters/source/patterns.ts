/** What nodes of a syntax tree name, bind and call. */
import type { AnyNode } from "acorn";

/** The method that a call is of, by its name; "" if none can be read. */
export function methodOf({ callee }: AnyNode & { type: "CallExpression" }): string {
  if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") {
    return "";
  }
  return callee.property.name;
}

/** Whether it is a function, of any kind but a method. */
export function isFunction(node: AnyNode): boolean {
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression";
}

/** Whether `node` is read or written as a variable: no key, no property's name, no label. */
export function isReference(node: AnyNode, parent: AnyNode): boolean {
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
      return parent.value === node || parent.computed;
    case "VariableDeclarator":
      return parent.init === node;
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
    case "CatchClause":
    case "RestElement":
      return false;
    default:
      return !isFunction(parent);
  }
}

/** The names that a pattern binds. */
export function namesIn(pattern: AnyNode): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((each) => namesIn(each.type === "Property" ? each.value : each));
    case "ArrayPattern":
      return pattern.elements.flatMap((each) => each === null ? [] : namesIn(each));
    case "AssignmentPattern":
      return namesIn(pattern.left);
    case "RestElement":
      return namesIn(pattern.argument);
    default:
      return [];
  }
}

/** Whether an assignment to it sets names, and nothing else. */
export function isBinding(left: AnyNode): boolean {
  switch (left.type) {
    case "Identifier":
      return true;
    case "ObjectPattern":
      return left.properties.every((each) => isBinding(each.type === "Property" ? each.value : each));
    case "ArrayPattern":
      return left.elements.every((each) => each === null || isBinding(each));
    case "AssignmentPattern":
      return isBinding(left.left);
    case "RestElement":
      return isBinding(left.argument);
    default:
      return false;
  }
}

/** "a.b" of a name or a property of one; "" of anything else. */
export function dotted(node: AnyNode): string {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || node.computed || node.object.type !== "Identifier") return "";
  return node.property.type === "Identifier" ? `${node.object.name}.${node.property.name}` : "";
}
