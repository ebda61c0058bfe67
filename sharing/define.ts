/** Sets an own property, whatever its key means elsewhere. */
export function define(object: object, key: string | symbol, value: unknown, enumerable = true): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable, configurable: true });
}
