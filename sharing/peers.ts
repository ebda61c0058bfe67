/**
 * The interpreters at the other ends of what was moved: not every runtime tells a port that nobody is behind it any more. A
 * protocol file: the layer above says which interpreter this is, which are alive, and which have ended.
 *
 * @module
 */

let here = 0;
let isAlive = function isMain(id: number): boolean {
  return id === 0;
};
const watched = new Map<number, Set<() => void>>();

/** This is interpreter `id`; `alive` tells whether another one is. */
export function enterPeers(id: number, alive: (id: number) => boolean): void {
  here = id;
  isAlive = alive;
}

/** The number of this interpreter. */
export function idHere(): number {
  return here;
}

/** Calls `gone` when interpreter `id` has ended, or soon if it has; what is returned ends that. */
export function whenPeerEnds(id: number, gone: () => void): () => void {
  if (id === here) return function nothing() {};
  if (!isAlive(id)) queueMicrotask(gone);
  const all = watched.get(id) ?? new Set();
  watched.set(id, all.add(gone));
  return function stop() {
    if (all.delete(gone) && all.size === 0) watched.delete(id);
  };
}

/** Interpreter `id` has ended. */
export function peerEnded(id: number): void {
  const all = watched.get(id);
  watched.delete(id);
  for (const gone of all ?? []) gone();
}
