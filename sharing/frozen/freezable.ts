/** What can be frozen, and what is said of the rest. */
import { isShareable } from "../is_shareable.ts";
import { className, keySegment, Refusal, refuse } from "../refusal.ts";
import { VIEWS } from "../wire.ts";
import { TAG } from "./layout.ts";

/** Where something was found in its container, undefined for the container itself: an index, a key, or what makes the text. */
export type Segment = undefined | number | string | (() => string);

/** How `value`, which is no other frozen graph, is laid out; undefined when it cannot be. */
export function tagOf(value: object): number | undefined {
  if (ArrayBuffer.isView(value)) return VIEWS.includes(viewClass(value)) ? TAG.VIEW : undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  switch (prototype) {
    case Object.prototype:
    case null:
      return TAG.OBJECT;
    case Array.prototype:
      return Array.isArray(value) ? TAG.ARRAY : undefined;
    case Map.prototype:
      return isReal(mapSize, value) ? TAG.MAP : undefined;
    case Set.prototype:
      return isReal(setSize, value) ? TAG.SET : undefined;
    case Date.prototype:
      return isReal(Date.prototype.getTime, value) ? TAG.DATE : undefined;
    case ArrayBuffer.prototype:
      return isReal(bufferSize, value) ? TAG.BUFFER : undefined;
    default:
      return value instanceof SharedArrayBuffer ? TAG.SIDE : undefined;
  }
}

/** The class of a view. */
export function viewClass(view: ArrayBufferView): (typeof VIEWS)[number] {
  return (Object.getPrototypeOf(view) as { constructor?: unknown } | null)
    ?.constructor as (typeof VIEWS)[number];
}

/** Whether a key is an index of arrays. */
export function isIndex(key: string): boolean {
  return String(Number(key) >>> 0) === key && Number(key) < 2 ** 32 - 1;
}

const mapSize = getterOf(Map.prototype, "size");
const setSize = getterOf(Set.prototype, "size");
/** The getter of a DataView's size. */
export const viewSize: () => unknown = getterOf(DataView.prototype, "byteLength");
const bufferSize = getterOf(ArrayBuffer.prototype, "byteLength");

function getterOf(prototype: object, key: string): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, key)!.get!;
}

/** False for an object that only inherits from the class, for which `read` throws. */
export function isReal(read: (this: never) => unknown, value: object): boolean {
  try {
    read.call(value as never);
    return true;
  } catch {
    return false;
  }
}

/** Whether what stands under a symbol would cross: local symbols do not, as when a value is sent. */
export function isPart(value: object, key: symbol): boolean {
  return Symbol.keyFor(key) !== undefined && Object.prototype.propertyIsEnumerable.call(value, key);
}

/** `buffer`, which is still here. */
export function attached<B extends ArrayBufferLike>(
  buffer: B,
  container: object | undefined,
  segment: Segment,
): B {
  if (buffer instanceof ArrayBuffer && buffer.detached) {
    throw located(new Refusal("its buffer is detached, it was moved before"), container, segment);
  }
  return buffer;
}

/** A getter has changed what has its block already. */
export function changed(): TypeError {
  return new TypeError("Cannot freeze the value: a getter in it changed it meanwhile; freeze a copy");
}

/** Of something that a frozen graph cannot hold, though it may cross. */
export function refusal(value: object): Refusal {
  return isShareable(value)
    ? new Refusal(
      `an instance of ${className(value)} crosses, but not in a frozen value; freeze its fields`,
    )
    : refuse(value);
}

/** Of an array with properties that are no elements. */
export function named(array: unknown[], container: object | undefined, segment: Segment): Refusal {
  const name = Object.keys(array).find((key) => !isIndex(key));
  return located(
    new Refusal(`it is an array with the named property ${JSON.stringify(name)}; freeze an object instead`),
    container,
    segment,
  );
}

/** `refusal`, of what was found there. */
export function located(
  refusal: Refusal,
  container: object | undefined,
  segment: Segment,
): Refusal {
  if (segment !== undefined) refusal.segments.push(textOf(segment));
  if (container !== undefined) refusal.within = container;
  return refusal;
}

function textOf(segment: number | string | (() => string)): string {
  if (typeof segment === "number") return `[${segment}]`;
  return typeof segment === "string" ? keySegment(segment) : segment();
}
