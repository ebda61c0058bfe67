/*
 * Cutting off an interpreter whose thread goes on (one that a runtime cannot stop): DESK_CUT and DESK_INSIDE.
 *
 * The thread stores INSIDE, loads CUT, and works in the heap if that was 0. Main stores CUT and puts the heap in order once
 * INSIDE is 0. A processor may keep a store back while later loads are done, so the thread's stores go through a buffer;
 * the first compare-and-swap in the kernel empties it. Main lets some time pass before it believes INSIDE: what had been
 * stored before CUT was seen as 0 has arrived by then. FENCED instead: the thread waits for its own store.
 */
bit cut;
bit inside;
bit working;
bit burying;

/* The store buffer of the thread: stores to INSIDE, in order. */
chan buffer = [4] of { bit };

active proctype Memory() {
end:
  do
  :: atomic { buffer ? inside }
  od
}

active proctype Thread() {
  byte calls;
  do
  :: calls < 3 ->
    buffer ! 1;
#ifdef FENCED
    empty(buffer);
#endif
    if
    :: cut -> buffer ! 0; break
    :: else ->
      working = 1;
      assert(!burying);
      /* A lock is taken. */
      empty(buffer);
      assert(!burying);
      working = 0;
      buffer ! 0
    fi;
    calls++
  :: else -> break
  od
}

active proctype Main() {
  cut = 1;
#if !defined(FENCED) && !defined(FAULT_AT_ONCE)
  /* Some milliseconds. */
  empty(buffer);
#endif
  !inside;
  burying = 1;
  assert(!working)
}
