/** Everything that would change a frozen value, and that it does not. */
import assert from "node:assert/strict";

type Fields = Record<PropertyKey, unknown>;

/** Throws unless every part of `view` refuses every change with a TypeError, and is then as it was. */
export function assertReadOnly(view: unknown): void {
  const seen = new Set<unknown>();
  const queue = [view];
  for (const part of queue) {
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    seen.add(part);
    if (ArrayBuffer.isView(part) || part instanceof ArrayBuffer) continue;
    if (part instanceof SharedArrayBuffer) continue;
    const before = Reflect.ownKeys(part);
    for (const [name, change] of changesOf(part as Fields)) {
      assert.throws(() => change(), TypeError, name);
    }
    assert.deepEqual(Reflect.ownKeys(part), before);
    if (part instanceof Map) { for (const pair of part) queue.push(...pair); }
    else if (part instanceof Set) queue.push(...part);
    else queue.push(...Object.values(part));
  }
}

function changesOf(part: Fields): [string, () => void][] {
  const changes: [string, () => void][] = [
    ["set", () => part["a new key"] = 1],
    ["set a symbol", () => part[Symbol.for("a new key")] = 1],
    ["defineProperty", () => Object.defineProperty(part, "a new key", { value: 1 })],
    ["setPrototypeOf", () => Object.setPrototypeOf(part, { other: 1 })],
    ["assign", () => Object.assign(part, { "a new key": 1 })],
  ];
  for (const key of Object.keys(part).slice(0, 3)) {
    changes.push(
      [`set ${key}`, () => part[key] = 1],
      [`delete ${key}`, () => delete part[key]],
      [`define ${key}`, () => Object.defineProperty(part, key, { value: {} })],
      [`get ${key}`, () => Object.defineProperty(part, key, { get: () => 1 })],
    );
  }
  if (part instanceof Date) {
    changes.push(["setFullYear", () => part.setFullYear(1999)], ["setTime", () => part.setTime(0)]);
  }
  if (Array.isArray(part)) {
    const list = part as unknown[];
    changes.push(
      ["push", () => list.push(1)],
      ["unshift", () => list.unshift(1)],
      ["splice", () => list.splice(0, 0, 1)],
      ["length", () => list.length++],
      ["index", () => list[list.length] = 1],
      ["Array.prototype.push", () => Array.prototype.push.call(list, 1)],
    );
    if (list.length > 0) {
      changes.push(
        ["pop", () => list.pop()],
        ["shift", () => list.shift()],
        ["length 0", () => list.length = 0],
        ["fill", () => list.fill(0)],
        ["Array.prototype.pop", () => Array.prototype.pop.call(list)],
        ["Array.prototype.fill", () => Array.prototype.fill.call(list, 0)],
      );
    }
    if (list.length > 1 && 0 in list && 1 in list) {
      changes.push(
        ["sort", () => list.sort(() => -1)],
        ["reverse", () => list.reverse()],
        ["copyWithin", () => list.copyWithin(0, 1)],
        ["Array.prototype.sort", () => Array.prototype.sort.call(list, () => -1)],
        ["Array.prototype.reverse", () => Array.prototype.reverse.call(list)],
      );
    }
  } else if (part instanceof Map) {
    changes.push(
      ["Map.set", () => part.set(1, 1)],
      ["Map.delete", () => part.delete(1)],
      ["Map.clear", () => part.clear()],
    );
  } else if (part instanceof Set) {
    changes.push(
      ["Set.add", () => part.add(1)],
      ["Set.delete", () => part.delete(1)],
      ["Set.clear", () => part.clear()],
    );
  }
  return changes;
}
