/**
 * Finds where a module names a runtime: its globals, and the blocking calls that not every thread may make.
 *
 * Invariant: only references count. A property, a key, a label, or a variable the module declares itself is not one.
 */

import type { AnyNode, Program } from "acorn";
import { analyze, type Scope } from "periscopic";
import { walk } from "./_walk.ts";

/** A name that only `runtime/` may use. */
export interface RuntimeName {
  readonly name: string;
  readonly line: number;
}

const GLOBALS: ReadonlySet<string> = new Set(["Deno", "Bun", "process", "navigator", "Worker"]);
const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(["globalThis", "self", "window", "global"]);

/** Lists the names in the order of the source. */
export function runtimeNames(program: Program): RuntimeName[] {
  const scopes = scopesOf(program);
  const found: RuntimeName[] = [];
  walk(program, (node, path) => {
    const line = node.loc?.start.line ?? 0;
    const isGlobal = (name: string): boolean => !declared(name, path, scopes);
    if (node.type === "Identifier") {
      if (GLOBALS.has(node.name) && isReference(node, path.at(-1)) && isGlobal(node.name)) {
        found.push({ name: node.name, line });
      }
    } else if (node.type === "MemberExpression" && node.object.type === "Identifier") {
      const property = propertyName(node);
      const object = node.object.name;
      if (property === undefined || !isGlobal(object)) return;
      if (GLOBAL_OBJECTS.has(object) && GLOBALS.has(property)) {
        found.push({ name: `${object}.${property}`, line });
      }
      if (object === "Atomics" && property.startsWith("wait")) {
        found.push({ name: `Atomics.${property}`, line });
      }
    } else if (node.type === "VariableDeclarator" && node.init?.type === "Identifier") {
      const object = node.init.name;
      if (node.id.type !== "ObjectPattern" || !isGlobal(object)) return;
      for (const property of node.id.properties) {
        if (property.type !== "Property" || property.key.type !== "Identifier") continue;
        const name = property.key.name;
        const named = object === "Atomics"
          ? name.startsWith("wait")
          : GLOBAL_OBJECTS.has(object) && GLOBALS.has(name);
        if (named) found.push({ name: `${object}.${name}`, line });
      }
    }
  });
  return found;
}

/** Finds the names declared at each place; what periscopic leaves out is declared for the whole module. */
function scopesOf(program: Program): { map: WeakMap<object, Scope>; everywhere: Set<string>; root: Scope } {
  const everywhere = new Set<string>();
  walk(program, (node) => {
    if (node.type === "ImportNamespaceSpecifier") everywhere.add(node.local.name);
    if (node.type === "ClassExpression" && node.id) everywhere.add(node.id.name);
  });
  // A re-export declares nothing here, but periscopic would leave its scope open.
  const body = program.body.filter((node) => node.type !== "ExportNamedDeclaration" || !node.source);
  const { map, scope } = analyze({ ...program, body } as unknown as Parameters<typeof analyze>[0]);
  return { map, everywhere, root: scope };
}

function declared(name: string, path: readonly AnyNode[], scopes: ReturnType<typeof scopesOf>): boolean {
  if (scopes.everywhere.has(name)) return true;
  const nearest = path.findLast((node) => scopes.map.has(node));
  const scope = nearest === undefined ? scopes.root : scopes.map.get(nearest);
  return scope?.has(name) ?? false;
}

/** Whether an identifier stands for a variable rather than for a property, a key or a label. */
function isReference(node: AnyNode, parent: AnyNode | undefined): boolean {
  switch (parent?.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
      return parent.value === node || parent.computed;
    case "MethodDefinition":
    case "PropertyDefinition":
      return parent.value === node || parent.computed;
    case "ExportSpecifier":
      return parent.local === node;
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
    case "ImportAttribute":
    case "ExportAllDeclaration":
    case "MetaProperty":
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return false;
    default:
      return true;
  }
}

/** Name of the property a member expression reads, if it is written out. */
function propertyName(node: Extract<AnyNode, { type: "MemberExpression" }>): string | undefined {
  if (!node.computed && node.property.type === "Identifier") return node.property.name;
  if (node.computed && node.property.type === "Literal" && typeof node.property.value === "string") {
    return node.property.value;
  }
  return undefined;
}
