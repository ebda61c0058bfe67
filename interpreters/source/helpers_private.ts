/** Private class members as esbuild and TypeScript write them for older targets. */

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The objects that have a member of one name, with its value unless it is a method. */
export type Members = WeakMap<object, unknown> | WeakSet<object>;

// By esbuild.

export function checkMember(object: object, members: Members, action: string): void {
  if (!members.has(object)) throw new TypeError(`Cannot ${action}`);
}

export function privateIn(members: Members, object: unknown): boolean {
  if (!isObject(object)) throw new TypeError('Cannot use the "in" operator on this value');
  return members.has(object);
}

export function privateGet(object: object, members: Members, getter?: Method): unknown {
  checkMember(object, members, "read from private field");
  return getter ? getter.call(object) : (members as WeakMap<object, unknown>).get(object);
}

export function privateSet(object: object, members: Members, value: unknown, setter?: Method): unknown {
  checkMember(object, members, "write to private field");
  if (setter) setter.call(object, value);
  else (members as WeakMap<object, unknown>).set(object, value);
  return value;
}

export function privateAdd(object: object, members: Members, value?: unknown): void {
  if (members.has(object)) throw new TypeError("Cannot add the same private member more than once");
  if (members instanceof WeakSet) members.add(object);
  else members.set(object, value);
}

export function privateMethod(object: object, members: Members, method: unknown): unknown {
  checkMember(object, members, "access private method");
  return method;
}

export function privateWrapper(
  object: object,
  members: Members,
  setter?: Method,
  getter?: Method,
): { _: unknown } {
  return {
    get _() {
      return privateGet(object, members, getter);
    },
    set _(value) {
      privateSet(object, members, value, setter);
    },
  };
}

// By TypeScript: kind "a" accessor, "m" method, "f" field; a static one is kept in a box.

function ownerCheck(receiver: unknown, state: unknown, box: unknown, action: string): void {
  const owned = typeof state === "function"
    ? receiver === state && box !== undefined
    : isObject(receiver) && (state as Members).has(receiver);
  if (!owned) {
    throw new TypeError(`Cannot ${action} private member of an object whose class did not declare it`);
  }
}

export function classPrivateGet(receiver: object, state: unknown, kind = "f", box?: unknown): unknown {
  if (kind === "a" && !box) throw new TypeError("Private accessor was defined without a getter");
  ownerCheck(receiver, state, box, "read");
  if (kind === "m") return box;
  if (kind === "a") return (box as Method).call(receiver);
  return box ? (box as { value: unknown }).value : (state as WeakMap<object, unknown>).get(receiver);
}

export function classPrivateSet(
  receiver: object,
  state: unknown,
  value: unknown,
  kind = "f",
  box?: unknown,
): unknown {
  if (kind === "m") throw new TypeError("Private method is not writable");
  if (kind === "a" && !box) throw new TypeError("Private accessor was defined without a setter");
  ownerCheck(receiver, state, box, "write");
  if (kind === "a") (box as Method).call(receiver, value);
  else if (box) (box as { value: unknown }).value = value;
  else (state as WeakMap<object, unknown>).set(receiver, value);
  return value;
}

export function classPrivateIn(state: unknown, receiver: unknown): boolean {
  if (!isObject(receiver)) throw new TypeError("Cannot use 'in' operator on non-object");
  return typeof state === "function" ? receiver === state : (state as Members).has(receiver);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
