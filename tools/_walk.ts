/** Visits a syntax tree, parents before children, in the order of the source. */

import type { AnyNode } from "acorn";

/**
 * Calls `visit` for `node` and everything in it.
 *
 * @param node Where to start
 * @param visit Receives a node and the nodes above it, the nearest last
 * @param path Nodes above `node`
 */
export function walk(
  node: AnyNode,
  visit: (node: AnyNode, path: readonly AnyNode[]) => void,
  path: AnyNode[] = [],
): void {
  visit(node, path);
  path.push(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, path);
    }
  }
  path.pop();
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null &&
    typeof (value as { type?: unknown }).type === "string";
}
