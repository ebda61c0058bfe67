/** What a walk over code reports. scopes.ts makes it; analyze.ts and program.ts act on it. */
import type {
  AnyNode,
  ArrowFunctionExpression,
  ForInStatement,
  ForOfStatement,
  ForStatement,
  FunctionDeclaration,
  FunctionExpression,
  ImportDeclaration,
  ImportExpression,
  Pattern,
  ThisExpression,
  VariableDeclaration,
} from "acorn";

/** Any function, arrows included. */
export type FunctionNode = ArrowFunctionExpression | FunctionDeclaration | FunctionExpression;

/** What was found. */
export interface Survey {
  /** Names used that nothing inside declares. */
  readonly free: Set<string>;
  /** Every name that occurs as an identifier, declared or used. */
  readonly mentioned: Set<string>;
  /** What belongs to the surroundings, with a place: `this`, `super`, `arguments`, `new.target`, `import.meta`, `#name`. */
  readonly outer: Map<string, AnyNode>;
  /** Every `import(…)`. */
  readonly dynamicImports: ImportExpression[];
  /** `this` outside of all functions and classes. */
  readonly outerThis: ThisExpression[];
  /** `import.meta` and `export …`, for which a program has no place, and `import … from` that is not at its top level. */
  readonly misplaced: AnyNode[];
  /** The `var` declarations of a program that are in no function. */
  readonly vars: VariableDeclaration[];
  /** Names these declare. */
  readonly varNames: Set<string>;
  /** Declarations in the head of a loop, by loop. */
  readonly heads: Map<AnyNode, Loop>;
  /** A program's `import … from` declarations. */
  readonly imports: ImportDeclaration[];
}

/** A loop that may declare in its head. */
export type Loop = ForInStatement | ForOfStatement | ForStatement;

/** The names that a pattern binds. */
export function boundNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        boundNames(property.type === "RestElement" ? property.argument : property.value)
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => element === null ? [] : boundNames(element));
    case "RestElement":
      return boundNames(pattern.argument);
    case "AssignmentPattern":
      return boundNames(pattern.left);
    default:
      return [];
  }
}
