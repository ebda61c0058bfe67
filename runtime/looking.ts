/**
 * How long an event loop looks at shared memory, by hops through itself, before it sleeps.
 *
 * Looking is for when another core is running the other side: then a hand-over takes a few microseconds, while waking a
 * sleeper takes 20 to 50, and the other side may be asleep itself by the time it is answered. So a look is longer than it
 * takes to wake two. But it is a waste where nothing comes for long, and worse where the other side needs this core: then
 * looking keeps it from answering. Nobody can tell but by trying: who looks in vain looks half as long the next time, in the
 * end not at all, but now and then; one success and it looks for as long as at first.
 */
import { availableCores } from "./cores.ts";

/** How long to look, in milliseconds. */
const LOOK_MS = 0.2;
/** Shorter is not worth a look. */
const LEAST_LOOK_MS = 0.02;
/** How often who does not look any more tries again. */
const TRY_EVERY = 8;

const hasPeers = availableCores() > 1;

/** The looks of one loop. */
export class Looking {
  #patience = hasPeers ? LOOK_MS : 0;
  /** On the clock of `performance.now()`. */
  #until = 0;
  /** It has looked since something was there. */
  #hoping = false;
  /** Occasions to look that it let pass. */
  #passed = 0;
  #wanted = false;

  /** Whether to look at the next occasion, which is now: true now and then if that was in vain. */
  isWanted(): boolean {
    return this.#wanted ||= this.#patience > 0 || (hasPeers && ++this.#passed % TRY_EVERY === 0);
  }

  /** Something was there, or will be. */
  found(): void {
    if (this.#hoping) this.#patience = LOOK_MS;
    this.#hoping = false;
  }

  /** Begins a look, if it is wanted. */
  begin(): void {
    this.#until = this.isWanted() ? performance.now() + (this.#patience || LOOK_MS) : 0;
    this.#wanted = false;
  }

  /** Nothing is there: whether to look once more. */
  goesOn(): boolean {
    if (performance.now() <= this.#until) return this.#hoping = true;
    if (this.#hoping) this.#patience = this.#patience < 2 * LEAST_LOOK_MS ? 0 : this.#patience / 2;
    return this.#hoping = false;
  }
}
