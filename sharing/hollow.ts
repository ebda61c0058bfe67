/**
 * Maps and Sets that have nothing inside, and methods of their own that know their entries: views of frozen ones. Whoever
 * reads a collection past its methods asks here when it looks empty. A protocol file.
 */

const iterators = new WeakMap<object, () => Iterator<unknown>>();

/** `view` looks empty; `iterate` gives what it has. */
export function noteHollow(view: object, iterate: () => Iterator<unknown>): void {
  iterators.set(view, iterate);
}

/** What `collection`, whose own storage is empty, has all the same; undefined when it is empty indeed. */
export function hollowEntries<T>(collection: object): Iterable<T> | undefined {
  const iterate = iterators.get(collection);
  return iterate === undefined ? undefined : { [Symbol.iterator]: iterate as () => Iterator<T> };
}
