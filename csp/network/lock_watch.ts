/**
 * What networks must know of locks that processes wait for. Locks install it; a process that waits for one reports so by
 * `WaitMonitor.begins("lock", { lock, limited }, waiter)`. Without it such waits count as progress.
 */

/** See the file's description. */
export interface LockWatch {
  /** The id of the process that holds the lock at `offset` in the shared memory, if one does. */
  holderOf(offset: number): number | undefined;
  /** What messages call it. */
  nameOf(offset: number): string;
}

/** What locks have installed. */
export const lockWatch: LockWatch = {
  holderOf() {
    return undefined;
  },
  nameOf() {
    return "";
  },
};
