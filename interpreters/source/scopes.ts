/**
 * Which names a piece of code uses but does not declare, and what else in it only has a meaning where it stands.
 *
 * One walk collects declarations and uses; uses are resolved afterwards, so hoisting needs no pass of its own.
 * Parameters and body of a function are two scopes: a default value does not see the body's `var`.
 * Source: ECMAScript's static semantics (BoundNames, VarDeclaredNames, LexicallyDeclaredNames) and Annex B.3.2.
 */
import type {
  AnonymousFunctionDeclaration,
  AnyNode,
  Class,
  FunctionExpression,
  Identifier,
  Pattern,
  PrivateIdentifier,
  Program,
} from "acorn";
import { boundNames, type FunctionNode, type Survey } from "./survey.ts";
import { children } from "./syntax.ts";

interface Scope {
  readonly names: Set<string>;
  readonly parent: Scope | undefined;
}

/** Where the walk is. */
interface Place {
  readonly scope: Scope;
  /** The scope that `var` declares in. */
  readonly hoist: Scope;
  /** Inside a function or class that has its own `this`, `arguments` and `new.target`. */
  readonly own: boolean;
  /** Inside a method, where `super.x` has a meaning. */
  readonly home: boolean;
  readonly privates: PrivateNames | undefined;
}

interface PrivateNames {
  readonly names: Set<string>;
  readonly parent: PrivateNames | undefined;
}

/** Surveys one function. `strict` decides whether a function in a block is visible outside of the block. */
export function surveyFunction(node: FunctionNode, strict: boolean): Survey {
  const walk = new Walk(strict);
  const root: Scope = { names: new Set(), parent: undefined };
  walk.functionLike(node, { scope: root, hoist: root, own: false, home: false, privates: undefined }, false);
  return walk.finish();
}

/** Surveys a program. */
export function surveyProgram(program: Program, strict: boolean): Survey {
  const walk = new Walk(strict);
  const root: Scope = { names: new Set(), parent: undefined };
  walk.root = root;
  const place: Place = { scope: root, hoist: root, own: false, home: false, privates: undefined };
  for (const statement of program.body) walk.visit(statement, place);
  return walk.finish();
}

class Walk {
  /** The program's own scope; undefined when a function is surveyed. */
  root: Scope | undefined;
  readonly #strict: boolean;
  readonly #uses: { node: Identifier; scope: Scope }[] = [];
  readonly #survey: Survey = {
    free: new Set(),
    mentioned: new Set(),
    outer: new Map(),
    dynamicImports: [],
    outerThis: [],
    misplaced: [],
    vars: [],
    varNames: new Set(),
    heads: new Map(),
    imports: [],
  };

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  finish(): Survey {
    const { free, outer } = this.#survey;
    for (const { node, scope } of this.#uses) {
      let at: Scope | undefined = scope;
      while (at !== undefined && !at.names.has(node.name)) at = at.parent;
      if (at !== undefined) continue;
      if (node.name === "arguments") outer.set("arguments", node);
      else free.add(node.name);
    }
    return this.#survey;
  }

  visit(node: AnyNode, at: Place): void {
    const survey = this.#survey;
    switch (node.type) {
      case "Identifier":
        survey.mentioned.add(node.name);
        this.#uses.push({ node, scope: at.scope });
        return;
      case "ThisExpression":
        if (!at.own) {
          survey.outer.set("this", node);
          survey.outerThis.push(node);
        }
        return;
      case "Super":
        if (!at.home) survey.outer.set("super", node);
        return;
      case "MetaProperty":
        if (node.meta.name === "import") {
          survey.outer.set("import.meta", node);
          survey.misplaced.push(node);
        } else if (!at.own) {
          survey.outer.set("new.target", node);
        }
        return;
      case "PrivateIdentifier":
        this.#privateName(node, at.privates);
        return;
      case "ImportExpression":
        survey.dynamicImports.push(node);
        return this.#each(node, at);

      case "FunctionDeclaration":
        if (node.id !== null) {
          this.#declare(node.id, at.scope);
          const plain = !node.async && !node.generator;
          if (!this.#strict && plain) at.hoist.names.add(node.id.name);
        }
        return this.functionLike(node, at, false);
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.functionLike(node, at, false);
      case "ClassDeclaration":
        if (node.id !== null) this.#declare(node.id, at.scope);
        return this.#classLike(node, at);
      case "ClassExpression":
        return this.#classLike(node, at);
      case "VariableDeclaration": {
        const target = node.kind === "var" ? at.hoist : at.scope;
        for (const { id } of node.declarations) this.#declare(id, target);
        if (node.kind === "var" && target === this.root) {
          survey.vars.push(node);
          for (const { id } of node.declarations) {
            for (const name of boundNames(id)) survey.varNames.add(name);
          }
        }
        return this.#each(node, at);
      }
      case "ImportDeclaration":
        if (at.scope === this.root) survey.imports.push(node);
        else survey.misplaced.push(node);
        for (const { local } of node.specifiers) this.#declare(local, at.scope);
        return;
      case "ExportAllDeclaration":
      case "ExportDefaultDeclaration":
      case "ExportNamedDeclaration":
        survey.misplaced.push(node);
        return;

      case "BlockStatement":
        return this.#each(node, { ...at, scope: inner(at.scope) });
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement": {
        const head = node.type === "ForStatement" ? node.init : node.left;
        if (head) survey.heads.set(head, node);
        return this.#each(node, { ...at, scope: inner(at.scope) });
      }
      case "SwitchStatement": {
        this.visit(node.discriminant, at);
        const cases: Place = { ...at, scope: inner(at.scope) };
        for (const one of node.cases) this.#each(one, cases);
        return;
      }
      case "CatchClause": {
        const clause: Place = { ...at, scope: inner(at.scope) };
        if (node.param) this.#declare(node.param, clause.scope);
        return this.#each(node, clause);
      }
      case "StaticBlock": {
        const scope = inner(at.scope);
        return this.#each(node, { ...at, scope, hoist: scope, own: true, home: true });
      }

      // Identifiers that are no uses: labels, keys and property names that are written out.
      case "LabeledStatement":
        return this.visit(node.body, at);
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "MemberExpression":
        this.visit(node.object, at);
        if (node.computed || node.property.type === "PrivateIdentifier") this.visit(node.property, at);
        return;
      case "Property":
        if (node.computed) this.visit(node.key, at);
        if (node.method || node.kind !== "init") {
          this.functionLike(node.value as FunctionExpression, at, true);
        } else this.visit(node.value, at);
        return;
      default:
        return this.#each(node, at);
    }
  }

  /** A function in its surroundings. `method`: it has a home object, so that `super.x` is its own. */
  functionLike(node: FunctionNode | AnonymousFunctionDeclaration, at: Place, method: boolean): void {
    const arrow = node.type === "ArrowFunctionExpression";
    let outside = at.scope;
    if (node.type === "FunctionExpression" && node.id) {
      outside = inner(outside);
      this.#declare(node.id, outside);
    }
    const parameters = inner(outside);
    if (!arrow) parameters.names.add("arguments");
    for (const parameter of node.params) this.#declare(parameter, parameters);
    const place: Place = {
      scope: parameters,
      hoist: parameters,
      own: arrow ? at.own : true,
      home: arrow ? at.home : method,
      privates: at.privates,
    };
    for (const parameter of node.params) this.visit(parameter, place);
    if (node.body.type === "BlockStatement") {
      const body = inner(parameters);
      this.#each(node.body, { ...place, scope: body, hoist: body });
    } else {
      this.visit(node.body, place);
    }
  }

  #classLike(node: Class, at: Place): void {
    const scope = inner(at.scope);
    if (node.id) this.#declare(node.id, scope);
    const privates: PrivateNames = { names: new Set(), parent: at.privates };
    const heritage: Place = { ...at, scope };
    if (node.superClass) this.visit(node.superClass, heritage);
    for (const element of node.body.body) {
      if (element.type !== "StaticBlock" && element.key.type === "PrivateIdentifier") {
        privates.names.add(element.key.name);
      }
    }
    const outside: Place = { ...heritage, privates };
    const inside: Place = { ...outside, own: true, home: true };
    for (const element of node.body.body) {
      if (element.type === "StaticBlock") {
        this.visit(element, inside);
        continue;
      }
      if (element.computed) this.visit(element.key, outside);
      if (element.type === "MethodDefinition") this.functionLike(element.value, outside, true);
      else if (element.value) this.visit(element.value, inside);
    }
  }

  #each(node: AnyNode, at: Place): void {
    for (const child of children(node)) this.visit(child, at);
  }

  #declare(pattern: Pattern, scope: Scope): void {
    for (const name of boundNames(pattern)) {
      scope.names.add(name);
      this.#survey.mentioned.add(name);
    }
  }

  #privateName(node: PrivateIdentifier, privates: PrivateNames | undefined): void {
    let at = privates;
    while (at !== undefined && !at.names.has(node.name)) at = at.parent;
    if (at === undefined) this.#survey.outer.set(`#${node.name}`, node);
  }
}

function inner(parent: Scope): Scope {
  return { names: new Set(), parent };
}
