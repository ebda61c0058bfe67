/**
 * What esbuild, tsx and TypeScript call in the code they write, for functions that left the file it is declared in.
 *
 * Both families share some names (`__await`, `__asyncGenerator`); these here serve the callers of both. Helpers of
 * standard decorators are missing: such functions are refused with the helpers' names.
 * Source: the calls in the output of esbuild 0.28 and TypeScript 5.9.
 */
import { addResource, type Disposal, disposeResources, type Resource } from "./helpers_dispose.ts";
import {
  asyncIteratorOf,
  Awaited,
  delegate,
  runAsync,
  runAsyncGenerator,
  runGenerator,
} from "./helpers_async.ts";
import {
  checkMember,
  classPrivateGet,
  classPrivateIn,
  classPrivateSet,
  type Members,
  privateAdd,
  privateGet,
  privateIn,
  privateMethod,
  privateSet,
  privateWrapper,
} from "./helpers_private.ts";

type Key = string | symbol;
type Method = (this: unknown, ...args: unknown[]) => unknown;
type Decorator = (target: unknown, key?: Key, extra?: unknown) => unknown;

/**
 * The helpers of these names, in their order, to be passed to a function that has them as parameters.
 *
 * @param names Some of `HELPER_NAMES`.
 */
export function helperValues(names: readonly string[]): unknown[] {
  return names.map((name) => HELPERS.get(name));
}

function setName(target: object, value: string): object {
  return Object.defineProperty(target, "name", { value, configurable: true });
}

function setFunctionName(target: object, name: Key, prefix?: string): object {
  const text = typeof name === "symbol"
    ? (name.description === undefined ? "" : `[${name.description}]`)
    : name;
  return setName(target, prefix ? `${prefix} ${text}` : text);
}

function knownSymbol(name: string): symbol {
  return (Symbol as unknown as Record<string, symbol | undefined>)[name] ?? Symbol.for(`Symbol.${name}`);
}

function typeError(message: string): never {
  throw new TypeError(message);
}

function earlyAccess(name: string): never {
  throw new ReferenceError(`Cannot access '${name}' before initialization`);
}

// Objects and classes.

function defineField(object: object, key: Key, value: unknown): unknown {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  return value;
}

function spreadProps(target: object, source: object): object {
  return Object.defineProperties(target, Object.getOwnPropertyDescriptors(source));
}

function rest(source: object | null | undefined, excluded: readonly Key[]): object {
  const target = {};
  if (source == null) return target;
  for (const key of Reflect.ownKeys(source)) {
    if (excluded.includes(key) || !Object.prototype.propertyIsEnumerable.call(source, key)) continue;
    defineField(target, key, Reflect.get(source, key));
  }
  return target;
}

function toKey(key: unknown): Key {
  return typeof key === "symbol" ? key : `${key as string}`;
}

function extend(derived: Method, base: { prototype: object } | null): void {
  if (base !== null) Object.setPrototypeOf(derived, base);
  derived.prototype = Object.create(base === null ? null : base.prototype, {
    constructor: { value: derived, writable: true, enumerable: true, configurable: true },
  });
}

function superGet(home: object, receiver: unknown, key: Key): unknown {
  return Reflect.get(Object.getPrototypeOf(home), key, receiver);
}

function superSet(home: object, receiver: unknown, key: Key, value: unknown): unknown {
  Reflect.set(Object.getPrototypeOf(home), key, value, receiver);
  return value;
}

function superWrapper(home: object, receiver: unknown, key: Key): { _: unknown } {
  return {
    get _() {
      return superGet(home, receiver, key);
    },
    set _(value) {
      superSet(home, receiver, key, value);
    },
  };
}

function templateObject(cooked: (string | undefined)[], raw?: string[]): readonly (string | undefined)[] {
  return Object.freeze(Object.defineProperty(cooked, "raw", { value: Object.freeze(raw ?? cooked.slice()) }));
}

// Arrays.

function spreadArray(to: unknown[], from: ArrayLike<unknown>): unknown[] {
  return to.concat(Array.from(from));
}

function spreadArrays(...arrays: ArrayLike<unknown>[]): unknown[] {
  return arrays.flatMap((array) => Array.from(array));
}

function read(iterable: Iterable<unknown> & ArrayLike<unknown>, count: number = Infinity): unknown {
  if (typeof iterable[Symbol.iterator] !== "function") return iterable;
  const out: unknown[] = [];
  if (count <= 0) return out;
  for (const value of iterable) {
    out.push(value);
    if (out.length >= count) break;
  }
  return out;
}

function values(from: Iterable<unknown> & ArrayLike<unknown>): Iterator<unknown> {
  if (typeof from?.[Symbol.iterator] === "function") return from[Symbol.iterator]();
  if (typeof from?.length !== "number") throw new TypeError("Object is not iterable");
  return Array.from(from)[Symbol.iterator]();
}

// Legacy decorators.

/** By esbuild. `kind`: 0 a class, 1 a method or accessor, 2 a field. */
function decorateClass(
  decorators: (Decorator | undefined)[],
  target: object,
  key: Key,
  kind?: number,
): unknown {
  let result: unknown = kind === undefined || kind === 0
    ? target
    : kind > 1
    ? undefined
    : Object.getOwnPropertyDescriptor(target, key);
  for (const decorator of decorators.toReversed()) {
    if (decorator === undefined) continue;
    result = (kind ? decorator(target, key, result) : decorator(result)) || result;
  }
  if (kind && result) Object.defineProperty(target, key, result as PropertyDescriptor);
  return result;
}

/** By TypeScript. The number of arguments tells: 2 a class, 4 a member; `null` asks for the descriptor. */
function decorate(
  ...args: [decorators: (Decorator | undefined)[], target: object, key?: Key, descriptor?: object | null]
): unknown {
  const [decorators, target, key] = args;
  if (args.length < 3) return decorateClass(decorators, target, "");
  return decorateClass(decorators, target, key as Key, args[3] === null ? 1 : 2);
}

function decorateParameter(index: number, decorator: Decorator): (target: unknown, key?: Key) => unknown {
  return (target, key) => decorator(target, key, index);
}

function metadata(key: unknown, value: unknown): unknown {
  const define = (Reflect as { metadata?: Method }).metadata;
  return define?.call(Reflect, key, value);
}

// `using`, by esbuild on a bare stack, by TypeScript on a record.

function using(stack: Resource[], value: unknown, async = false): unknown {
  return addResource(stack, value, async);
}

function addDisposable(disposal: Disposal, value: unknown, async: boolean): unknown {
  return addResource(disposal.stack, value, async);
}

function disposeAll(disposal: Disposal): unknown {
  return disposeResources(disposal.stack, disposal.error, disposal.hasError);
}

const HELPERS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  // Shorthands of esbuild's helpers; some stand in the code it writes.
  ["__create", Object.create],
  ["__defProp", Object.defineProperty],
  ["__defProps", Object.defineProperties],
  ["__getOwnPropDesc", Object.getOwnPropertyDescriptor],
  ["__getOwnPropDescs", Object.getOwnPropertyDescriptors],
  ["__getOwnPropNames", Object.getOwnPropertyNames],
  ["__getOwnPropSymbols", Object.getOwnPropertySymbols],
  ["__getProtoOf", Object.getPrototypeOf],
  ["__hasOwnProp", Object.prototype.hasOwnProperty],
  ["__propIsEnum", Object.prototype.propertyIsEnumerable],
  ["__reflectGet", Reflect.get],
  ["__reflectSet", Reflect.set],
  ["__pow", Math.pow],
  ["__knownSymbol", knownSymbol],
  ["__typeError", typeError],
  ["__earlyAccess", earlyAccess],
  ["__name", setName],
  // esbuild.
  ["__defNormalProp", defineField],
  ["__publicField", (object: object, key: unknown, value: unknown) => defineField(object, toKey(key), value)],
  ["__spreadValues", (target: object, source: unknown) => spreadProps(target, { ...(source as object) })],
  ["__spreadProps", spreadProps],
  ["__objRest", rest],
  ["__restKey", toKey],
  ["__superGet", superGet],
  ["__superSet", superSet],
  ["__superWrapper", superWrapper],
  ["__template", templateObject],
  [
    "__accessCheck",
    (object: object, members: Members, action: string) => checkMember(object, members, action),
  ],
  ["__privateIn", privateIn],
  ["__privateGet", privateGet],
  ["__privateSet", privateSet],
  ["__privateAdd", privateAdd],
  ["__privateMethod", privateMethod],
  ["__privateWrapper", privateWrapper],
  ["__decorateClass", decorateClass],
  ["__decorateParam", decorateParameter],
  ["__async", runAsync],
  ["__forAwait", asyncIteratorOf],
  ["__yieldStar", delegate],
  ["__using", using],
  ["__callDispose", disposeResources],
  // esbuild and TypeScript.
  ["__await", Awaited],
  ["__asyncGenerator", runAsyncGenerator],
  // TypeScript.
  ["__assign", Object.assign],
  ["__rest", rest],
  ["__extends", extend],
  ["__propKey", toKey],
  ["__setFunctionName", setFunctionName],
  ["__makeTemplateObject", templateObject],
  ["__spreadArray", spreadArray],
  ["__spreadArrays", spreadArrays],
  ["__spread", spreadArrays],
  ["__read", read],
  ["__values", values],
  ["__classPrivateFieldGet", classPrivateGet],
  ["__classPrivateFieldSet", classPrivateSet],
  ["__classPrivateFieldIn", classPrivateIn],
  ["__decorate", decorate],
  ["__param", decorateParameter],
  ["__metadata", metadata],
  [
    "__awaiter",
    (self: unknown, args: ArrayLike<unknown> | undefined, _promise: unknown, body: Method) =>
      runAsync(self, args, body),
  ],
  ["__generator", runGenerator],
  ["__asyncValues", asyncIteratorOf],
  ["__asyncDelegator", delegate],
  ["__addDisposableResource", addDisposable],
  ["__disposeResources", disposeAll],
]);
