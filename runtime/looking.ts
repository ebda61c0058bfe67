/**
 * How long an event loop looks at shared memory, by hops through itself, before it sleeps.
 *
 * Looking is for when another core is running the other side: then a hand-over takes a few microseconds, while waking a
 * sleeper takes 20 to 100, and the other side may be asleep itself by the time it is answered. So a look is longer than it
 * takes to wake two; a shorter one is always in vain. It is a waste where nothing comes for long, and worse where the other
 * side needs this core: then looking keeps it from answering. Nobody can tell but by trying: who has looked in vain some
 * times does not look any more, but now and then; one success and it looks again. But nobody looks while every core has a
 * thread that is known to compute (`computing.ts`): whoever is woken is put on the core of one of those.
 */
import { spinOnce } from "./blocking.ts";
import { areCoresTaken } from "./computing.ts";
import { availableCores } from "./cores.ts";
import { hop } from "./macrotask.ts";

/** How long to look, in milliseconds. */
const LOOK_MS = 0.2;
/** Looks in vain, one after another, after which it is left. */
const MOST_VAIN = 8;
/** How many times as long as a look lasts who does not look any more waits with the next one: tries cost a ninth. */
const TRY_AFTER = 8;
/** How often to see whether the cores are taken meanwhile, in milliseconds. */
const CHECK_MS = 0.02;
/** Glances between two hops, 30 to 60 ns each. */
const GLANCES = 50;

const hasPeers = availableCores() > 1;

/** The looks of one loop. */
export class Looking {
  /** How long each is, in milliseconds. */
  readonly #length: number;
  /** Looks in vain since the last success. */
  #vain = 0;
  /** On the clock of `performance.now()`. */
  #until = 0;
  /** When to see again whether there is a core for it. */
  #checks = 0;
  /** A look is under way. */
  #hoping = false;
  #wanted = false;

  constructor(length: number = LOOK_MS) {
    this.#length = length;
  }

  /** Whether to look at the next occasion, which is now: true now and then if that was in vain. */
  isWanted(): boolean {
    return this.#wanted ||= hasPeers &&
      (this.#vain < MOST_VAIN || performance.now() - this.#until > TRY_AFTER * this.#length);
  }

  /** Something was there, or will be. */
  found(): void {
    if (this.#hoping) this.#vain = 0;
    this.#hoping = false;
  }

  /** Something was there so soon that it did not have to look: the other side is running, as at first. */
  foundAtOnce(): void {
    this.#vain = 0;
  }

  /** Begins a look, if it is wanted. */
  begin(): void {
    if (!this.isWanted() || areCoresTaken()) return;
    const now = performance.now();
    this.#until = now + this.#length;
    this.#checks = now + CHECK_MS;
    this.#wanted = false;
    this.#hoping = true;
  }

  /** Nothing is there: whether to look once more. */
  goesOn(): boolean {
    if (!this.#hoping) return false;
    const now = performance.now();
    if (now > this.#until) this.#vain++;
    else if (now < this.#checks || !areCoresTaken()) {
      if (now >= this.#checks) this.#checks = now + CHECK_MS;
      return true;
    }
    return this.#hoping = false;
  }
}

/** What a {@link Watch} watches. */
export interface Watched {
  /** Nobody waits for anything any more: the loop ends, until something calls `begin`. */
  isOver(): boolean;
  /** Takes what is there; whether there was anything. */
  take(): boolean;
  /** A word of shared memory that is not 0 when there may be something. */
  word(): { readonly words: Int32Array; readonly index: number };
  /** Nothing came: falls asleep, from where something calls `begin` or `look`; false if something has come meanwhile. */
  sleep(): boolean;
}

/** A loop that takes what comes: it looks for a while, then it sleeps, again and again. */
export class Watch {
  readonly #watched: Watched;
  readonly #looking = new Looking();
  readonly #look = (): void => this.look();

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** The other side runs: it is worth looking for more. */
  foundAtOnce(): void {
    this.#looking.foundAtOnce();
  }

  /** Whether it is worth waking it, so that it looks. */
  isWanted(): boolean {
    return this.#looking.isWanted();
  }

  /** Looks from now on, for a while. */
  begin(): void {
    this.#looking.begin();
    this.look();
  }

  /** Looks once; then again in a hop, or asleep. */
  look(): void {
    const watched = this.#watched;
    if (watched.isOver()) return;
    let there = watched.take();
    if (!there && this.#looking.goesOn()) {
      const { words, index } = watched.word();
      there = turnsUp(words, index) && watched.take();
      if (!there) return hop(this.#look);
    }
    if (there) this.#looking.found();
    else if (watched.sleep()) return;
    this.#looking.begin();
    hop(this.#look);
  }
}

/** Looks at a word for about as long as a hop takes, so that there are fewer hops, which leave garbage; whether it is not 0. */
function turnsUp(words: Int32Array, index: number): boolean {
  for (let glances = 0; glances < GLANCES; glances++) {
    if (words[index] !== 0) return true;
    spinOnce();
  }
  return false;
}
