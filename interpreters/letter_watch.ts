/**
 * Notices that letters have come by rings: one watch for all rings that this thread reads.
 *
 * *Memory.* A bell is one word of two bits: ASLEEP while its thread does not look by itself, which that thread alone sets and
 * takes away, and NEWS once something was written for it. Main has one bell for all its rings; an interpreter's is in its ring.
 *
 * *Who waits and who wakes.* A thread that has read something, or has written something that will be answered, looks for a
 * while by hops through its event loop (`runtime/looking.ts`), then it sleeps, by one untimed `waitAsync`. Whoever writes for it
 * sets NEWS after that, and notifies if it is asleep; a thread falls asleep only without news, by compare-and-swap, so nothing
 * is missed. Whoever is terminated between the two has woken nobody: so all who ring notify until the sleeper is up. Neither
 * looking nor sleeping keeps the program alive.
 *
 * *Patience.* Letters that are there are read in one go, for {@link SLICE_MS} at most; then timers and messages have their turn.
 */
import { hop, Watch, whenNotified } from "../runtime/service.ts";

const NEWS = 1;
const ASLEEP = 2;

/** How long to read at a stretch, in milliseconds. */
const SLICE_MS = 2;

/** Where letters come from. */
export interface Source {
  /** Reads until nothing is there, or until `deadline` on the clock of `performance.now()`; whether there is more. */
  readUntil(deadline: number): boolean;
}

/** A word of shared memory that tells a thread that there are letters for it. */
export interface Bell {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly index: number;
}

/** Tells the thread that listens to `bell` that something was written for it. */
export function ring({ words, index }: Bell): void {
  if (Atomics.load(words, index) === NEWS) return;
  if ((Atomics.or(words, index, NEWS) & ASLEEP) !== 0) Atomics.notify(words, index);
}

const sources = new Set<Source>();
let bell: Bell | undefined;
let asleep = false;
/** It has woken itself, and is not up yet. */
let rising = false;
/** Somebody ran out of time. */
let unfinished = false;

const watch = new Watch({
  isOver() {
    return false;
  },
  take() {
    const { words, index } = bell!;
    if (!unfinished && Atomics.load(words, index) !== NEWS) return false;
    Atomics.store(words, index, 0);
    readAll();
    return true;
  },
  /** Awake it is not 0 but for news. */
  word() {
    return bell!;
  },
  sleep,
});

function look(): void {
  watch.look();
}

/** Reads `source` from now on, whenever `own` rings; the same bell for all sources of a thread. */
export function watchLetters(source: Source, own: Bell): void {
  sources.add(source);
  if (bell !== undefined) return expectLetters();
  bell = own;
  hop(look);
}

/** Reads it no more. */
export function unwatchLetters(source: Source): void {
  sources.delete(source);
}

/** An answer will come soon: look for it. */
export function expectLetters(): void {
  if (asleep && !rising && watch.isWanted()) readAgain();
}

/** Reads again soon: there may be something that nobody rings for. */
export function readAgain(): void {
  rising = asleep;
  ring(bell!);
}

/** So many messages of ports are always read, with a stretch of what was written before them, in one turn of the event loop. */
const FEW = 64;
/** How many the ports have brought in this turn, and until when they are read, on the clock of `performance.now()`. */
let brought = 0;
let turnEnds = 0;

/**
 * A port has brought something: until when to read it; undefined when its turn of the event loop is over. Some runtimes
 * bring all that is there in one turn, without a look at timers.
 */
export function turnDeadline(): number | undefined {
  const now = performance.now();
  if (brought++ === 0) {
    turnEnds = now + SLICE_MS;
    hop(function turned() {
      brought = 0;
    });
  }
  if (now <= turnEnds) return turnEnds;
  return brought <= FEW ? now : undefined;
}

function readAll(): void {
  const deadline = performance.now() + SLICE_MS;
  unfinished = false;
  for (const source of sources) {
    if (!source.readUntil(deadline)) continue;
    // It has had its time: next time the others are first.
    sources.delete(source);
    sources.add(source);
    unfinished = true;
    break;
  }
}

/** False if something has come meanwhile. */
function sleep(): boolean {
  const { words, index } = bell!;
  if (Atomics.compareExchange(words, index, 0, ASLEEP) !== 0) return false;
  asleep = true;
  whenNotified(words, index, ASLEEP, function rung() {
    asleep = rising = false;
    Atomics.and(words, index, ~ASLEEP);
    look();
  });
  return true;
}
