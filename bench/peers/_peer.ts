/** A channel of another library in one thread: one sender and one receiver that take turns at `await`. */
export interface Peer {
  readonly mode: string;
  /** Sends the integers below `n` through a new channel; gives the sum of what was received. */
  run(capacity: number, n: number): Promise<number>;
}
