/**
 * Whether all that can make a process go on is in sight: its function waits for what it was given, ends of channels above
 * all, only where it stands in an `await`, and lets nothing else have them.
 *
 * Such a function is one chain of awaits. While it waits in an operation nothing it has started on the side can touch its
 * ends: those are used in no inner function, passed to no other function and stored nowhere else. The guards of locks are kept
 * as ends are. That is read from the text, and whatever is not plainly so counts as out of sight.
 *
 * For its ends that is enough, since no other code has them. Any code can make a lock, or wait for nothing: of such waits it is
 * known only that they are the function's own where it calls nothing of which that is not known.
 */
import type { AnyNode } from "acorn";
import type { AnyFunction } from "../callable.ts";
import { referenceOf } from "../task.ts";
import { type FunctionForm, readFunction } from "./forms.ts";
import { dotted, isBinding, isFunction, isReference, methodOf, namesIn } from "./patterns.ts";
import { children } from "./syntax.ts";

/**
 * Which waits of a process are known to be its function's own, so that it goes on only when they end: none, those for its
 * ends, or all.
 */
export type InSight = false | "ports" | "all";

/** Methods that wait: they must be awaited where they are called. */
const WAITING: ReadonlySet<string> = new Set(
  "send receive sendMany receiveMany lock rLock acquire wait select prioritySelect fairSelect".split(" "),
);
/** Those that give a guard, which others must not have either. */
const LOCKING: ReadonlySet<string> = new Set(["lock", "rLock", "acquire"]);
/** Methods that do not, or block the thread. */
const AT_ONCE: ReadonlySet<string> = new Set([
  ..."trySend tryReceive close poison retire clone sender receiver release done add has get".split(" "),
  ..."tryLock tryRLock tryAcquire lockSync rLockSync acquireSync toString valueOf includes at".split(" "),
  ..."sendSync receiveSync sendManySync receiveManySync".split(" "),
]);
/** Methods of built-in objects that call nothing. */
const PLAIN: ReadonlySet<string> = new Set([
  ..."push pop shift unshift splice slice concat join reverse fill set delete clear keys values entries"
    .split(" "),
  ..."indexOf startsWith endsWith padStart padEnd trim split repeat toUpperCase toLowerCase toFixed".split(
    " ",
  ),
]);
/** Built-in classes whose constructors call nothing. */
const PLAIN_CLASS = /^(?:Map|Set|Array|Date|Error|(?:Type|Range)Error|(?:Big)?(?:Int|Uint|Float)\d+Array)$/;
/** Functions that give what they are given, in another form. */
const PASSING: ReadonlySet<string> = new Set([
  ..."sending csp.sending alternation csp.alternation Object.values Object.entries Object.keys".split(" "),
  ..."Array.from".split(" "),
]);
/** Functions that keep nothing of what they are given. */
const HARMLESS =
  /^(?:(?:csp\.)?(?:sleep|yieldNow|after|at|every)|console\.\w+|Math\.\w+|String|Number|Boolean|JSON\.stringify)$/;
/** The modules that `csp` stands for. */
const LIBRARY = /^(?:jsr:)?@pool\/csp(?:\/\w+)?$/;
const SELECTS: ReadonlySet<string> = new Set(["select", "csp.select"]);
const NEVER: ReadonlySet<string> = new Set(["never", "csp.never"]);

/** Nodes that run other code, or may. */
const RUNNING: ReadonlySet<string> = new Set(
  "CallExpression NewExpression TaggedTemplateExpression ImportExpression ForOfStatement".split(" "),
);

/** What is known of `fn`, called with ports and then `args`. Of arguments that are no objects nothing can come. */
export function waitsInSight(fn: AnyFunction, args: readonly unknown[]): InSight {
  if (referenceOf(fn)?.by === "export") return false;
  let form: FunctionForm | "class";
  try {
    form = readFunction(Function.prototype.toString.call(fn));
  } catch {
    return false;
  }
  if (form === "class" || form.node.generator) return false;
  const reading = new Reading(form.node, args);
  if (!reading.isInSight()) return false;
  return reading.isAll() ? "all" : "ports";
}

/** One function that is read. */
class Reading {
  readonly #main: FunctionForm["node"];
  /** Names of what may be, or hold, an end. */
  readonly #given = new Set<string>();
  /** Names that the function declares. */
  readonly #own = new Set<string>();
  /** What constants stand for that `await import("@pool/csp")` has given: "csp", or "csp.x". */
  readonly #imported = new Map<string, string>();
  readonly #parents = new Map<AnyNode, AnyNode>();
  /** References to names, outside of inner functions. */
  readonly #references: (AnyNode & { type: "Identifier" })[] = [];
  readonly #inner: AnyNode[] = [];
  /** Whatever runs other code, or may: outside of inner functions. */
  readonly #runs: AnyNode[] = [];

  constructor(main: FunctionForm["node"], args: readonly unknown[]) {
    this.#main = main;
    for (const [i, param] of main.params.entries()) {
      const isRest = param.type === "RestElement";
      const values = isRest ? args.slice(Math.max(0, i - 1)) : [args[i - 1]];
      const isPorts = i === 0 || (isRest && i === 0);
      for (const name of namesIn(param)) {
        this.#own.add(name);
        if (isPorts || values.some(canHold)) this.#given.add(name);
      }
    }
    for (const param of main.params) this.#walk(param, main);
    this.#walk(main.body, main);
  }

  isInSight(): boolean {
    this.#spread();
    return this.#inner.every((node) => !this.#mentions(node)) &&
      this.#references.every((node) => this.#isHarmless(node));
  }

  /** After {@link isInSight}: whether it runs no code that could wait, or have others wait, unseen. */
  isAll(): boolean {
    return this.#inner.length === 0 && this.#runs.every((node) => this.#isKnown(node));
  }

  #walk(node: AnyNode, parent: AnyNode): void {
    this.#parents.set(node, parent);
    if (RUNNING.has(node.type)) this.#runs.push(node);
    if (isFunction(node) || node.type === "ClassDeclaration" || node.type === "ClassExpression") {
      if (node.type === "FunctionDeclaration" && node.id !== null) this.#own.add(node.id.name);
      this.#inner.push(node);
      return;
    }
    if (node.type === "VariableDeclarator") {
      const names = namesIn(node.id);
      const again = names.filter((name) => this.#own.has(name));
      for (const name of names) this.#own.add(name);
      if (parent.type === "VariableDeclaration" && parent.kind === "const") this.#import(node);
      for (const name of again) this.#imported.delete(name);
    }
    if (node.type === "CatchClause" && node.param) {
      for (const name of namesIn(node.param)) this.#own.add(name);
    }
    if (node.type === "Identifier" && isReference(node, parent)) this.#references.push(node);
    for (const child of children(node)) this.#walk(child, node);
  }

  #import({ id, init }: AnyNode & { type: "VariableDeclarator" }): void {
    if (init?.type !== "AwaitExpression" || init.argument.type !== "ImportExpression") return;
    const { source } = init.argument;
    if (source.type !== "Literal" || !LIBRARY.test(String(source.value))) return;
    if (id.type === "Identifier") this.#imported.set(id.name, "csp");
    if (id.type !== "ObjectPattern") return;
    for (const each of id.properties) {
      if (each.type !== "Property" || each.key.type !== "Identifier" || each.computed) continue;
      if (each.value.type === "Identifier") this.#imported.set(each.value.name, `csp.${each.key.name}`);
    }
  }

  /** The name of a function that is called, as `csp` has it. */
  #nameOf(callee: AnyNode): string {
    const [root = "", ...rest] = dotted(callee).split(".");
    return [this.#imported.get(root) ?? root, ...rest].join(".");
  }

  /** Adds the names that get what others hold, until there are no more. */
  #spread(): void {
    for (let before = -1; before !== this.#given.size;) {
      before = this.#given.size;
      for (const [node] of this.#parents) {
        if (node.type === "VariableDeclarator" && node.init && this.#holds(node.init)) this.#give(node.id);
        else if (node.type === "AssignmentExpression" && this.#holds(node.right)) this.#give(node.left);
        else if (node.type === "ForOfStatement" && !node.await && this.#holds(node.right)) {
          this.#give(node.left.type === "VariableDeclaration" ? node.left.declarations[0]!.id : node.left);
        } else if (node.type === "AssignmentPattern" && this.#holds(node.right)) this.#give(node.left);
      }
    }
  }

  #give(pattern: AnyNode): void {
    for (const name of namesIn(pattern)) this.#given.add(name);
  }

  /** Whether what `node` gives may hold an end: what was awaited is no end of the network's, but may be a guard. */
  #holds(node: AnyNode): boolean {
    if (node.type === "AwaitExpression") return this.#locks(node.argument);
    if (isFunction(node)) return false;
    if (node.type === "Identifier") return this.#given.has(node.name);
    if (node.type === "MemberExpression") return this.#holds(node.object);
    return children(node).some((child) => this.#holds(child));
  }

  /** Whether it calls for a lock that was given. */
  #locks(node: AnyNode): boolean {
    if (node.type !== "CallExpression") return children(node).some((child) => this.#locks(child));
    return LOCKING.has(methodOf(node)) && this.#holds(node.callee) ||
      node.arguments.some((each) => this.#locks(each));
  }

  /** Whether a given name stands anywhere in `node`. */
  #mentions(node: AnyNode): boolean {
    if (node.type === "Identifier") return this.#given.has(node.name) || isDangerous(node.name);
    return children(node).some((child) => this.#mentions(child));
  }

  #isHarmless(node: AnyNode & { type: "Identifier" }): boolean {
    if (isDangerous(node.name)) return false;
    return !this.#given.has(node.name) || this.#isUsedInSight(node);
  }

  /** Whether what `node` gives, which may hold an end, is used where it stands. */
  #isUsedInSight(node: AnyNode): boolean {
    const parent = this.#parents.get(node)!;
    switch (parent.type) {
      case "MemberExpression":
        return parent.object === node ? this.#isUsedInSight(parent) : true;
      case "ChainExpression":
      case "ArrayExpression":
      case "ObjectExpression":
      case "SpreadElement":
      case "ConditionalExpression":
      case "LogicalExpression":
        return this.#isUsedInSight(parent);
      case "Property":
        return parent.value === node ? this.#isUsedInSight(parent) : true;
      case "CallExpression":
        return parent.callee === node ? this.#isCallInSight(parent, node) : this.#isPassedInSight(parent);
      case "VariableDeclarator":
        return parent.init === node;
      case "AssignmentExpression":
        return parent.left === node ||
          namesIn(parent.left).every((name) => this.#own.has(name)) && isBinding(parent.left);
      // Where names are bound.
      case "ObjectPattern":
      case "ArrayPattern":
      case "AssignmentPattern":
      case "ForOfStatement":
      case "ExpressionStatement":
      case "BinaryExpression":
      case "UnaryExpression":
      case "UpdateExpression":
      case "IfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "ForStatement":
      case "SwitchStatement":
      case "SwitchCase":
        return true;
      case "TemplateLiteral":
        return this.#parents.get(parent)!.type !== "TaggedTemplateExpression";
      default:
        return false;
    }
  }

  /** A method of something that may be an end is called. */
  #isCallInSight(call: AnyNode, callee: AnyNode): boolean {
    if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") {
      return false;
    }
    const { name } = callee.property;
    if (LOCKING.has(name)) return this.#isAwaited(call) && this.#isUsedInSight(this.#awaitOf(call));
    if (WAITING.has(name)) return this.#isAwaited(call);
    return AT_ONCE.has(name) && this.#isUsedInSight(call);
  }

  /** Something that may be an end is passed to a function. */
  #isPassedInSight(call: AnyNode & { type: "CallExpression" }): boolean {
    const name = this.#nameOf(call.callee);
    if (SELECTS.has(name)) return this.#isAwaited(call);
    if (PASSING.has(name)) return this.#isUsedInSight(call);
    return HARMLESS.test(name);
  }

  /** The `await` or `return` that a call stands in. */
  #awaitOf(call: AnyNode): AnyNode {
    let node = call;
    while (node.type !== "AwaitExpression" && this.#parents.get(node) !== this.#main) {
      node = this.#parents.get(node)!;
    }
    return node;
  }

  /** Whether nothing runs by it that may wait unseen. */
  #isKnown(node: AnyNode): boolean {
    switch (node.type) {
      case "CallExpression":
        return this.#isKnownCall(node);
      case "NewExpression":
        return node.callee.type === "Identifier" && PLAIN_CLASS.test(node.callee.name) &&
          !this.#own.has(node.callee.name);
      case "ImportExpression":
        return node.source.type === "Literal" && LIBRARY.test(String(node.source.value));
      case "ForOfStatement":
        return !node.await || this.#holds(node.right);
      default:
        return false;
    }
  }

  #isKnownCall(call: AnyNode & { type: "CallExpression" }): boolean {
    const { callee } = call;
    const name = this.#nameOf(callee);
    if (SELECTS.has(name)) return this.#isAwaited(call);
    // `Array.from` may call its second argument.
    if (HARMLESS.test(name) || PASSING.has(name)) return call.arguments.length < 2 || name !== "Array.from";
    if (name === "Promise.all") {
      const [all] = call.arguments;
      return all?.type === "ArrayExpression" && all.elements.every((each) => this.#isOperation(each));
    }
    const method = methodOf(call);
    if (!WAITING.has(method)) return AT_ONCE.has(method) || PLAIN.has(method);
    const { object } = callee as AnyNode & { type: "MemberExpression" };
    return this.#isAwaited(call) && (this.#holds(object) || this.#isNever(object));
  }

  #isNever(object: AnyNode): boolean {
    const [root = ""] = dotted(object).split(".");
    return NEVER.has(this.#nameOf(object)) && (this.#imported.has(root) || !this.#own.has(root));
  }

  /** Whether the function waits for what `call` gives where it stands, alone or with others of its kind. */
  #isAwaited(call: AnyNode): boolean {
    const parent = this.#parents.get(call)!;
    if (parent.type === "ChainExpression") return this.#isAwaited(parent);
    if (parent.type === "AwaitExpression" || parent.type === "ReturnStatement") return true;
    if (parent === this.#main) return true;
    if (parent.type !== "ArrayExpression") return false;
    const all = this.#parents.get(parent)!;
    return all.type === "CallExpression" && dotted(all.callee) === "Promise.all" &&
      this.#parents.get(all)!.type === "AwaitExpression" &&
      parent.elements.every((each) => this.#isOperation(each));
  }

  #isOperation(node: AnyNode | null): boolean {
    return node?.type === "CallExpression" && node.callee.type === "MemberExpression" &&
      node.callee.property.type === "Identifier" && WAITING.has(node.callee.property.name) &&
      this.#holds(node.callee.object);
  }
}

/** Names that reach what no name leads to. */
function isDangerous(name: string): boolean {
  return name === "arguments" || name === "eval";
}

function canHold(value: unknown): boolean {
  return typeof value === "object" && value !== null || typeof value === "function";
}
