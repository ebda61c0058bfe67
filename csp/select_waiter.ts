/**
 * One select that waits for several guards at once, of which one settles it.
 *
 * *States.* WAITING ⇄ RESERVED → OVER, by `reserve`, `release`, `settle`; WAITING → OVER by `giveUp`, or by `finish` after
 * another thread has settled it. While it has an arbiter, the arbiter decides first.
 * *Invariant.* Once over it is enlisted nowhere: that is seen to before anybody learns of its outcome.
 */
import type { Arbiter, Guard, Settled, SharableWaiter } from "../channels/port.ts";

const WAITING = 0;
const RESERVED = 1;
const OVER = 2;

/** Which case took effect, by its place among the enabled ones, and how it ended. */
export interface Outcome {
  readonly index: number;
  readonly settled: Settled;
}

/** See the file's description. */
export class SelectWaiter implements SharableWaiter {
  ticket = 0;
  arbiter: Arbiter | undefined = undefined;
  /** Set as soon as a case has taken effect. */
  outcome: Outcome | undefined = undefined;
  readonly #guards: readonly Guard[];
  readonly #order: readonly number[];
  /** How many guards, in `#order`, it has been enlisted with. */
  #enlisted = 0;
  #state = WAITING;

  /** It will wait for the guards whose indices `order` lists, in that order. */
  constructor(guards: readonly Guard[], order: readonly number[]) {
    this.#guards = guards;
    this.#order = order;
  }

  /** Starts to wait. A guard may settle it meanwhile; the rest of them then hears nothing of it. */
  enlist(): void {
    try {
      while (this.#state !== OVER && this.#enlisted < this.#order.length) {
        const index = this.#order[this.#enlisted++]!;
        this.#guards[index]!.enlist(this, index);
      }
    } catch (error) {
      this.giveUp();
      throw error;
    }
  }

  reserve(): boolean {
    if (this.#state !== WAITING) return false;
    if (this.arbiter !== undefined && !this.arbiter.reserve()) return false;
    this.#state = RESERVED;
    return true;
  }

  release(): void {
    this.#state = WAITING;
    this.arbiter?.release();
  }

  settle(index: number, settled: Settled): void {
    this.arbiter?.settle(index);
    this.finish(index, settled);
  }

  finish(index: number, settled: Settled): void {
    if (this.#state === OVER) return;
    this.outcome = { index, settled };
    this.#guards[index]!.served?.(settled);
    this.#end();
  }

  /** Stops waiting; false if a case has taken effect, or does before `finish` is called. */
  giveUp(): boolean {
    if (this.#state !== WAITING) return false;
    if (this.arbiter !== undefined && !this.arbiter.giveUp()) return false;
    this.#end();
    return true;
  }

  /** Called when it is over, however, and enlisted nowhere any more. */
  protected ended(): void {}

  #end(): void {
    this.#state = OVER;
    for (let i = 0; i < this.#enlisted; i++) {
      const index = this.#order[i]!;
      this.#guards[index]!.withdraw(this, index);
    }
    this.arbiter?.close();
    this.ended();
  }
}
