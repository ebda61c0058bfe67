/*
 * The protocol of channels in shared memory: who may do what, and a thread may stop for ever between any two steps.
 *
 * A scenario (the other .pml files) says who takes part, and includes this file. It defines:
 *   CAP            capacity of every channel, 0 or 1
 *   CHANNELS       1 or 2
 *   USERS          threads, at most 4; each has one ticket: the thread's number, in the order of addresses
 *   CASES(i)       0: closes channel 0; 1: a plain operation; 2: a select; LOOKS: looks at both channels at one instant
 *   CHAN(i, k)     channel of case k
 *   SENDS(i, k)    true for a send
 *   BLOCKS(i)      sleeps on its ticket; else in an event loop, on its bell
 *   GIVES_UP(i)    may give up while it waits
 *   OPERATIONS(i)  operations one after the other, with the same ticket; OPS_MAX the largest
 *   SHORT          1: plain operations try the short way first; only with CAP 1
 *   POLLS          1: who waits in an event loop may also look at its ticket
 *   TEARS          defined: it is watched that nobody sees lists that the dead has changed by half
 *   WAKES          0: who waits notices by itself, so that waking, which touches no list and no lock, is left out
 *   VICTIM         the thread that may die, ANYBODY for any of them; left out: nobody dies
 *
 * *Steps.* An atomic block has one access that others can notice, with what before or after it nobody else can: what is
 * read and written under the locks only, or by the main interpreter after a death only. MAY_STOP stands wherever a death
 * makes a difference. Memory is sequentially consistent.
 *
 * *Left out.* How lists are linked: they are numbers of three bits to a node, and recovery never reads the list of a
 * dead holder, so that half a link looks the same to it. Blocks, lifetimes, overflow, poison.
 */

#ifndef OPS_MAX
#define OPS_MAX 1
#define OPERATIONS(i) 1
#endif
#ifndef SHORT
#define SHORT 0
#endif
#ifndef POLLS
#define POLLS 0
#endif
#ifndef WAKES
#define WAKES 1
#endif

#define ANYBODY 99
#ifdef VICTIM
#if VICTIM == ANYBODY
byte victim;
#else
#define victim VICTIM
#endif
#define MAY_STOP \
  if \
  :: me == victim && dead == 0 -> dead = victim + 1; goto stopped \
  :: true \
  fi
#else
#define MAY_STOP skip
#endif
/* The same in the midst of changing the lists of a channel: with TEARS, half done changes are watched. */
#if defined(VICTIM) && defined(TEARS)
#define MAY_TEAR(c) \
  if \
  :: me == victim && dead == 0 -> torn[c] = 1; dead = victim + 1; goto stopped \
  :: true \
  fi
#else
#define MAY_TEAR(c) skip
#endif

#define LOOKS 3

#define MAIN USERS
#define NOBODY 255
#define VALUES (USERS * OPS_MAX + 1)

/* CLAIM of a ticket; IDLE: not in use. */
#define IDLE 0
#define WAITING 1
#define GONE 2
#define DONE_SENT 3
#define DONE_RECEIVED 4
#define DONE_CLOSED 5
#define RESERVED(m) (8 + (m))
#define IS_RESERVED(x) ((x) >= 8)
#define IS_DONE(x) ((x) >= DONE_SENT && (x) <= DONE_CLOSED)
#define IS_OVER(x) ((x) >= GONE && (x) <= DONE_CLOSED)

/* DESK_ACTION, and what match does next. */
#define PAIR 1
#define FROM_RING 2
#define INTO_RING 3
#define REFUSE 4

/* Channels. TAIL and HEAD are one word each: position, QUEUE and CLOSED bits, owner + 1. */
byte tailLock[CHANNELS];
bit closed[CHANNELS];
/* ATTENTION_REBUILT: main has made the lists anew, LINKED alone tells nothing. */
bit rebuilt[CHANNELS];
/* ATTENTION_UNMATCHED: main has given its locks back and has not let go on who can; whoever takes from it or adds to it does. */
bit unmatched[CHANNELS];
short senders[CHANNELS];
short receivers[CHANNELS];
/* Nodes whose ENLISTED is 1, by arrival number. */
short enlistedSenders[CHANNELS];
short enlistedReceivers[CHANNELS];
#if CAP
byte headLock[CHANNELS];
byte slot[CHANNELS];
#if SHORT
#define NEXT(position) ((position) + 1)
byte tail[CHANNELS];
byte head[CHANNELS];
/* Bits that shut the short ways: CLOSED in TAIL, QUEUE in each. */
bit gateClosed[CHANNELS];
bit gateTail[CHANNELS];
bit gateHead[CHANNELS];
#else
/* Where positions change under both locks only, one bit tells a full ring of one slot from an empty one. */
#define NEXT(position) (1 - (position))
bit tail[CHANNELS];
bit head[CHANNELS];
#endif
#endif

#if CAP
#define HEAD_IS_NOT_TAIL(c) (head[c] != tail[c])
#else
#define HEAD_IS_NOT_TAIL(c) 0
#endif

/* Tickets. */
byte claim[USERS];
byte offered[USERS];
byte result[USERS];
bit sleeps[USERS];

/* Desks. */
byte stage[USERS + 1];
byte action[USERS + 1];
byte journalChannel[USERS + 1];
byte journalSender[USERS + 1];
byte journalReceiver[USERS + 1];
byte journalPosition[USERS + 1];
byte announcing[USERS + 1];
/* A bit for each user that it is to wake once its locks are given back. */
byte wakes[USERS + 1];
bit bell[USERS];
bit ready[USERS];

/* The operating system: whom a notify wakes. */
bit asleep[USERS];

/* Only watched: half done changes of lists, the dead thread + 1, who has finished, how often a value was received, what its sender was told. */
bit torn[CHANNELS];
byte dead;
bit finished[USERS + 1];
byte got[VALUES];
#define SENT 1
#define KEPT 2
byte told[VALUES];

/* For the lists. */
short scratch, scratch2;
byte shift;
#define FIRST(list) (((list) & 7) - 1)
#define SECOND(list) ((((list) >> 3) & 7) - 1)
#define HAS(list, who) \
  (((list) & 7) == (who) + 1 || (((list) >> 3) & 7) == (who) + 1 || (((list) >> 6) & 7) == (who) + 1 || \
   (((list) >> 9) & 7) == (who) + 1)
/* Puts `who` into `list` where its arrival number belongs; `arrivals` is in that order. */
inline insert(list, arrivals, who) {
  d_step {
    scratch = arrivals;
    scratch2 = 0;
    shift = 0;
    do
    :: scratch != 0 ->
      if
      :: (scratch & 7) == who + 1 || HAS(list, FIRST(scratch)) ->
        scratch2 = scratch2 | ((scratch & 7) << shift);
        shift = shift + 3
      :: else
      fi;
      scratch = scratch >> 3
    :: else -> break
    od;
    list = scratch2;
    scratch2 = 0;
    shift = 0
  }
}
inline remove(list, who) {
  d_step {
    scratch = list;
    scratch2 = 0;
    shift = 0;
    do
    :: scratch != 0 ->
      if
      :: (scratch & 7) != who + 1 -> scratch2 = scratch2 | ((scratch & 7) << shift); shift = shift + 3
      :: else
      fi;
      scratch = scratch >> 3
    :: else -> break
    od;
    list = scratch2;
    scratch2 = 0;
    shift = 0
  }
}
/* Enlists: a node draws its arrival number under the locks, so it comes last. */
inline link(c, list, arrivals, who) {
  d_step {
    assert(!HAS(list, who) && !HAS(arrivals, who));
    scratch = arrivals;
    shift = 0;
    do
    :: scratch != 0 -> scratch = scratch >> 3; shift = shift + 3
    :: else -> break
    od;
    arrivals = arrivals | ((who + 1) << shift);
    shift = 0
  };
  MAY_TEAR(c);
  insert(list, arrivals, who)
}
inline unlink(c, list, who) {
  MAY_TEAR(c);
  remove(list, who)
}

/* To be called in an atomic block, which may end where a lock is not free. */
inline lock(c) {
  tailLock[c] == 0;
  tailLock[c] = me + 1;
  assert(!torn[c]);
  MAY_STOP;
#if CAP
  headLock[c] == 0;
  headLock[c] = me + 1;
  MAY_STOP
#endif
}
/* Whoever waits shuts both short ways, since who takes one looks after nobody. */
#ifdef FAULT_SHUTS_ONE
#define SHUTS_BOTH 0
#else
#define SHUTS_BOTH 1
#endif
inline unlock(c) {
#if SHORT
  atomic {
    headLock[c] = 0;
    gateHead[c] = (receivers[c] != 0 || SHUTS_BOTH && senders[c] != 0);
    MAY_STOP
  };
  atomic {
    tailLock[c] = 0;
    gateTail[c] = (senders[c] != 0 || SHUTS_BOTH && receivers[c] != 0);
    MAY_STOP
  }
#else
  atomic {
#if CAP
    headLock[c] = 0;
    MAY_STOP;
#endif
    tailLock[c] = 0;
    MAY_STOP
  }
#endif
}

/* The journal: read by recovery after its writer's death, and then only if STAGE is not 0. */
inline begin(what_, c, s, r) {
  d_step {
    action[me] = what_;
    journalChannel[me] = c;
    journalSender[me] = s;
    journalReceiver[me] = r;
#if CAP
    journalPosition[me] = (what_ == INTO_RING -> tail[c] : head[c]);
#endif
    stage[me] = 1
  }
}
inline decide() {
  stage[me] = 2
}
/* What is journaled without a STAGE means nothing; it is forgotten so that such states are one. */
inline end() {
  d_step {
    stage[me] = 0;
    action[me] = 0;
    journalChannel[me] = 0;
    journalSender[me] = 0;
    journalReceiver[me] = 0;
    journalPosition[me] = 0
  }
}

#ifdef FAULT_SKIPS_RESERVED
#define MAY_UNLINK(x) ((x) != WAITING)
#else
#define MAY_UNLINK(x) IS_OVER(x)
#endif

/* Claims a ticket, or learns that it is over; waits while another thread has reserved it. */
inline reserve(who, success) {
  assert(claim[who] != IDLE);
  if
  :: claim[who] == WAITING -> claim[who] = RESERVED(me); success = 1
  :: IS_OVER(claim[who]) -> success = 0
#ifdef FAULT_SKIPS_RESERVED
  :: IS_RESERVED(claim[who]) -> success = 0
#endif
  fi
}

/* Stores DONE and tells the owner, but for the last step, which goes into the caller's next atomic block. */
#if WAKES
inline settle(who, how) {
  atomic {
    announcing[me] = who + 1;
    MAY_STOP;
    claim[who] = how;
    MAY_STOP
  };
  announceFirst(who)
}
inline announceFirst(who) {
  if
  :: !BLOCKS(who) ->
    atomic {
      ready[who] = 1;
      MAY_STOP
    }
  :: else
  fi
}
inline announceLast(who) {
  if
  :: (BLOCKS(who) && sleeps[who]) || (!BLOCKS(who) && bell[who]) ->
#ifdef FAULT_NOT_NOTED
    skip
#else
    wakes[me] = wakes[me] | (1 << who)
#endif
  :: else
  fi;
  MAY_STOP;
  announcing[me] = 0
}
/* Locks are given back: wakes those who were noted. The bell is taken down first. */
inline wakeUp(who, by) {
  atomic {
    if
    :: BLOCKS(who) -> MAY_STOP; asleep[who] = 0
    :: !BLOCKS(who) && bell[who] -> bell[who] = 0; MAY_STOP; asleep[who] = 0
    :: else
    fi;
    MAY_STOP;
    wakes[by] = wakes[by] & (255 - (1 << who))
  }
}
inline wakeAll() {
  do
  :: wakes[me] & 1 -> wakeUp(0, me)
  :: wakes[me] & 2 -> wakeUp(1, me)
#if USERS > 2
  :: wakes[me] & 4 -> wakeUp(2, me)
#endif
#if USERS > 3
  :: wakes[me] & 8 -> wakeUp(3, me)
#endif
  :: wakes[me] == 0 -> break
  od
}
#else
inline settle(who, how) {
  atomic {
    claim[who] = how;
    MAY_STOP
  }
}
inline announceFirst(who) {
  skip
}
inline announceLast(who) {
  skip
}
inline wakeAll() {
  skip
}
#endif

/* What to do next, read from what is written under both locks only. */
inline plan(c) {
  d_step {
    s = 0;
    r = 0;
    what = 0;
    if
    :: closed[c] && senders[c] != 0 -> what = REFUSE; s = FIRST(senders[c])
#if CAP
    :: !(closed[c] && senders[c] != 0) && receivers[c] != 0 && head[c] != tail[c] ->
      what = FROM_RING;
      r = FIRST(receivers[c])
    :: !closed[c] && senders[c] != 0 && head[c] == tail[c] -> what = INTO_RING; s = FIRST(senders[c])
    :: closed[c] && senders[c] == 0 && receivers[c] != 0 && head[c] == tail[c] ->
      what = REFUSE;
      s = FIRST(receivers[c])
#else
    :: closed[c] && senders[c] == 0 && receivers[c] != 0 -> what = REFUSE; s = FIRST(receivers[c])
    :: !closed[c] && senders[c] != 0 && receivers[c] != 0 ->
      s = FIRST(senders[c]);
      r = FIRST(receivers[c]);
      what = PAIR;
      /* Not with itself. */
      if
      :: s == r && SECOND(receivers[c]) + 1 != 0 -> r = SECOND(receivers[c])
      :: s == r && SECOND(receivers[c]) + 1 == 0 && SECOND(senders[c]) + 1 != 0 -> s = SECOND(senders[c])
      :: s == r && SECOND(receivers[c]) + 1 == 0 && SECOND(senders[c]) + 1 == 0 ->
        what = 0;
        s = 0;
        r = 0
      :: else
      fi
#endif
    :: else
    fi
  }
}

/* What is left to do after a hand-over; the last one gives the locks back, if that is one step. */
inline next(c, andUnlock) {
  end();
  plan(c);
#if !SHORT
  if
  :: andUnlock && what == 0 -> unlock(c)
  :: else
  fi
#endif
}

/* Under both locks and with a plan: lets everybody go on who can, and gives the locks back if `andUnlock`. */
inline match(c, andUnlock) {
  do
  :: what == 0 -> break
  :: what == REFUSE ->
    atomic {
      begin(PAIR, c, s, NOBODY);
      reserve(s, x);
      MAY_STOP;
      MAY_TEAR(c);
      remove(senders[c], s);
      remove(receivers[c], s);
      MAY_STOP
    };
    if
    :: x -> settle(s, DONE_CLOSED)
    :: else
    fi;
    atomic {
      if
      :: x -> announceLast(s); x = 0
      :: else
      fi;
      next(c, andUnlock)
    }
#if CAP
  :: what == FROM_RING ->
    atomic {
      begin(FROM_RING, c, NOBODY, r);
      reserve(r, x);
      MAY_STOP;
      unlink(c, receivers[c], r);
      if
      :: x -> result[r] = slot[c]; MAY_STOP; decide()
      :: else
      fi;
      MAY_STOP
    };
    if
    :: x ->
      settle(r, DONE_RECEIVED);
#if SHORT
      atomic {
        announceLast(r);
        x = 0
      };
      atomic {
        head[c] = NEXT(head[c]);
        MAY_STOP
      }
#endif
    :: else
    fi;
    atomic {
      if
      :: x -> announceLast(r); x = 0; head[c] = NEXT(head[c]); MAY_STOP
      :: else
      fi;
      next(c, andUnlock)
    }
  :: what == INTO_RING ->
    atomic {
      begin(INTO_RING, c, s, NOBODY);
      reserve(s, x);
      MAY_STOP;
      unlink(c, senders[c], s);
      if
      :: x -> slot[c] = offered[s]; MAY_STOP; decide(); MAY_STOP
      :: else
      fi
    };
    if
    :: x ->
      atomic {
        tail[c] = NEXT(tail[c]);
        MAY_STOP
      };
      settle(s, DONE_SENT)
    :: else
    fi;
    atomic {
      if
      :: x -> announceLast(s); x = 0
      :: else
      fi;
      next(c, andUnlock)
    }
#else
  :: what == PAIR ->
    atomic {
      begin(PAIR, c, s, r);
      /* In order of address. */
#ifdef FAULT_NO_ORDER
      first = s;
      second = r;
#else
      first = (s < r -> s : r);
      second = (s < r -> r : s);
#endif
      reserve(first, x);
      MAY_STOP
    };
    if
    :: x ->
      atomic {
        reserve(second, x);
        MAY_STOP;
        if
        :: x ->
          unlink(c, senders[c], s);
          MAY_STOP;
          unlink(c, receivers[c], r);
          result[r] = offered[s];
          MAY_STOP;
          decide();
          MAY_STOP
        :: else
        fi
      };
      if
      :: !x ->
        atomic {
          claim[first] = WAITING;
          MAY_STOP
        }
      :: else
      fi
    :: else
    fi;
    first = 0;
    second = 0;
    if
    :: x ->
      settle(r, DONE_RECEIVED);
      atomic { announceLast(r) };
      settle(s, DONE_SENT)
    :: else ->
      if
      :: MAY_UNLINK(claim[s]) -> unlink(c, senders[c], s)
      :: else
      fi;
      if
      :: MAY_UNLINK(claim[r]) -> unlink(c, receivers[c], r)
      :: else
      fi
    fi;
    atomic {
      if
      :: x -> announceLast(s); x = 0
      :: else
      fi;
      next(c, andUnlock)
    }
#endif
  od
}
inline matchThenUnlock(c) {
  match(c, 1);
#if SHORT
  unlock(c);
#endif
  wakeAll()
}
/* The end of an atomic block that began with lock: a plan, and if there is nothing to do the locks go back at once. */
inline planOrUnlock(c) {
  plan(c);
#if !SHORT
  if
  :: what == 0 -> unlock(c)
  :: else
  fi
#endif
}

/* How an operation stands: 0 under way. */
#define AT_ONCE 1
#define REFUSED 2
#define WAITS 3

inline receives(value) {
  got[value]++;
  assert(got[value] == 1)
}

#if SHORT
/* Nobody waits while the gates are open: whoever enlists has looked at the ring under both locks, and shuts them. */
inline shortSend(c) {
  atomic {
    first = tail[c];
    x = (tailLock[c] == 0 && !gateClosed[c] && !gateTail[c])
  };
  if
  :: x ->
    second = head[c];
    if
    :: first - second < CAP ->
      atomic {
        if
        :: tail[c] == first && tailLock[c] == 0 && !gateClosed[c] && !gateTail[c] ->
          assert(!closed[c]);
          tailLock[c] = me + 1;
          MAY_STOP;
          slot[c] = v;
          n = AT_ONCE;
          MAY_STOP
        :: else
        fi
      };
      if
      :: n == AT_ONCE ->
        atomic {
          tail[c] = first + 1;
          tailLock[c] = 0;
          MAY_STOP
        }
      :: else
      fi
    :: else
    fi
  :: else
  fi;
  atomic {
    x = 0;
    first = 0;
    second = 0
  }
}
inline shortReceive(c) {
  atomic {
    first = head[c];
    x = (headLock[c] == 0 && !gateHead[c])
  };
  if
  :: x ->
    second = tail[c];
    if
    :: first < second ->
      atomic {
        if
        :: head[c] == first && headLock[c] == 0 && !gateHead[c] ->
          headLock[c] = me + 1;
          MAY_STOP;
          v = slot[c];
          n = AT_ONCE;
          MAY_STOP
        :: else
        fi
      };
      if
      :: n == AT_ONCE ->
        atomic {
          head[c] = first + 1;
          headLock[c] = 0;
          receives(v);
          v = 0;
          MAY_STOP
        }
      :: else
      fi
    :: else
    fi
  :: else
  fi;
  atomic {
    x = 0;
    first = 0;
    second = 0
  }
}
#endif

/* A plain operation under both locks: at once, or it enlists. Each block ends with the next node to be served, in r or s. */
inline longSend(c) {
  atomic {
    lock(c);
#ifdef VICTIM
    /* What a recovery has left to do is done first. */
    if
    :: unmatched[c] -> unmatched[c] = 0; plan(c); goto catchUpAndSend
    :: else
    fi;
sendOn:
#endif
    n = (closed[c] -> REFUSED : 0);
    goto mayOffer
  };
#ifdef VICTIM
catchUpAndSend:
  match(c, 0);
  goto sendOn;
#endif
mayOffer:
  do
  :: n == 0 && receivers[c] != 0 ->
    atomic {
      r = FIRST(receivers[c]);
      begin(PAIR, c, NOBODY, r);
      reserve(r, x);
      MAY_STOP;
      unlink(c, receivers[c], r);
      if
      :: x -> result[r] = v; MAY_STOP; decide(); n = AT_ONCE
      :: else
      fi;
      MAY_STOP
    };
    if
    :: x ->
      settle(r, DONE_RECEIVED);
      atomic {
        announceLast(r);
        x = 0
      }
    :: else
    fi
  :: else -> break
  od;
#if CAP
  if
  :: n == 0 && senders[c] != 0 ->
    atomic {
      end();
      plan(c)
    };
    match(c, 0)
  :: else
  fi;
#endif
  atomic {
    end();
    r = 0;
    if
#if CAP
    :: n == 0 && senders[c] == 0 && head[c] == tail[c] ->
      slot[c] = v;
      MAY_STOP;
      tail[c] = NEXT(tail[c]);
      n = AT_ONCE
#endif
    :: n == 0 && (!CAP || senders[c] != 0 || HEAD_IS_NOT_TAIL(c)) ->
      n = WAITS;
      link(c, senders[c], enlistedSenders[c], me)
    :: else
    fi;
    MAY_STOP;
#if SHORT
  };
#endif
  unlock(c);
#if !SHORT
  };
#endif
  wakeAll()
}
inline longReceive(c) {
  atomic {
    lock(c);
#ifdef VICTIM
    /* What a recovery has left to do is done first. */
    if
    :: unmatched[c] -> unmatched[c] = 0; plan(c); goto catchUpAndReceive
    :: else
    fi;
receiveOn:
#endif
#if CAP
#if SHORT
  };
  atomic {
#endif
    if
    :: head[c] != tail[c] ->
      receives(slot[c]);
      head[c] = NEXT(head[c]);
      n = AT_ONCE;
      MAY_STOP;
      plan(c)
    :: else
    fi;
#endif
    goto mayTake
  };
#ifdef VICTIM
catchUpAndReceive:
  match(c, 0);
  goto receiveOn;
#endif
mayTake:
#if CAP
  match(c, 0);
#endif
  do
  :: n == 0 && senders[c] != 0 ->
    atomic {
      s = FIRST(senders[c]);
      begin(PAIR, c, s, NOBODY);
      reserve(s, x);
      MAY_STOP;
      unlink(c, senders[c], s);
      if
      :: x -> v = offered[s]; decide(); n = AT_ONCE
      :: else
      fi;
      MAY_STOP
    };
    if
    :: x ->
      /* From here on the value is the receiver's, who may die with it. */
      atomic {
#if WAKES
        announcing[me] = s + 1;
        MAY_STOP;
#endif
        claim[s] = DONE_SENT;
        receives(v);
        v = 0;
        MAY_STOP
      };
      announceFirst(s);
      atomic {
        announceLast(s);
        x = 0
      }
    :: else
    fi
  :: else -> break
  od;
  atomic {
    end();
    s = 0;
    if
    :: n == 0 && closed[c] -> n = REFUSED
    :: n == 0 && !closed[c] ->
      n = WAITS;
      link(c, receivers[c], enlistedReceivers[c], me)
    :: else
    fi;
    MAY_STOP;
#if SHORT
  };
#endif
  unlock(c);
#if !SHORT
  };
#endif
  wakeAll()
}

inline enlistAll() {
  do
  :: k < CASES(me) ->
    c = CHAN(me, k);
    atomic {
      lock(c);
      if
#ifdef FAULT_STOPS_ON_RESERVED
      :: claim[me] == WAITING ->
#else
      :: !IS_OVER(claim[me]) ->
#endif
        if
        :: SENDS(me, k) -> link(c, senders[c], enlistedSenders[c], me)
        :: else -> link(c, receivers[c], enlistedReceivers[c], me)
        fi;
        MAY_STOP
      :: else -> k = CASES(me) - 1
      fi;
      planOrUnlock(c)
    };
    matchThenUnlock(c);
    k++
  :: else -> break
  od;
  atomic {
    k = 0;
    c = 0;
    n = WAITS
  }
}

/* LINKED is read without the locks: who finds it 0 has nothing to take out, unless main has been at the lists. */
inline withdrawAll() {
  do
  :: k < CASES(me) ->
    c = CHAN(me, k);
    x = (SENDS(me, k) -> HAS(senders[c], me) : HAS(receivers[c], me));
    if
#ifdef VICTIM
    :: x || rebuilt[c] ->
#else
    :: x ->
#endif
      atomic {
        x = 0;
        lock(c);
        if
        :: SENDS(me, k) -> unlink(c, senders[c], me)
        :: else -> unlink(c, receivers[c], me)
        fi;
#if SHORT
      };
#endif
      unlock(c);
#if !SHORT
      }
#endif
    :: else
    fi;
    atomic {
      if
      :: SENDS(me, k) -> remove(enlistedSenders[c], me)
      :: else -> remove(enlistedReceivers[c], me)
      fi;
      k++;
      MAY_STOP
    }
  :: else -> break
  od;
  atomic {
    k = 0;
    c = 0
  }
}

inline giveUp() {
  atomic {
    asleep[me] = 0;
    if
    :: claim[me] == WAITING -> claim[me] = GONE
    :: IS_DONE(claim[me])
    fi;
    MAY_STOP
  }
}
#if WAKES
inline sleepOrGiveUp() {
  if
  :: !asleep[me]
  :: impatient ->
    giveUp();
    break
  fi
}
inline await() {
  do
  :: BLOCKS(me) ->
    sleeps[me] = 1;
    /* The system call sleeps only if the word is what it was. */
    atomic {
      if
      :: IS_DONE(claim[me]) -> break
      :: else -> asleep[me] = 1
      fi
    };
    sleepOrGiveUp()
  :: !BLOCKS(me) ->
    atomic {
      x = ready[me];
      ready[me] = 0
    };
    /* A bit whose ticket is not settled is a late one. */
    if
    :: x && IS_DONE(claim[me]) -> break
    :: else
    fi;
    atomic {
      x = 0;
      bell[me] = 1
    };
#ifndef FAULT_NO_RECHECK
    if
    :: ready[me] -> bell[me] = 0
    :: else ->
#endif
      atomic {
        if
        :: bell[me] -> asleep[me] = 1
        :: else
        fi
      };
      sleepOrGiveUp()
#ifndef FAULT_NO_RECHECK
    fi
#endif
#if POLLS
  :: IS_DONE(claim[me]) -> break
#endif
  od;
  atomic {
    x = 0;
    bell[me] = 0;
    sleeps[me] = 0
  }
}
#else
inline await() {
  asleep[me] = 1;
  if
  :: IS_DONE(claim[me]) -> asleep[me] = 0
  :: impatient -> giveUp()
  fi
}
#endif

inline closeChannel(c) {
  atomic {
    lock(c);
    closed[c] = 1;
    MAY_STOP;
#if SHORT
    gateClosed[c] = 1;
    MAY_STOP;
#endif
    planOrUnlock(c)
  };
  matchThenUnlock(c)
}

/* readyTogether: both locks at once. */
inline lookTogether() {
#if CHANNELS > 1
  atomic { lock(0) };
  atomic { lock(1) };
  unlock(0);
  unlock(1)
#else
  skip
#endif
}

proctype User(byte me) {
  byte op, k, c, v, s, r, what, first, second, x, n;
  bit impatient;
  do
  :: op < OPERATIONS(me) ->
    if
    :: CASES(me) == 0 -> closeChannel(0)
    :: CASES(me) == LOOKS -> lookTogether()
    :: else ->
      atomic {
        v = me * OPS_MAX + op + 1;
        if
        :: CASES(me) == 1 -> c = CHAN(me, 0)
        :: else
        fi;
        if
        :: GIVES_UP(me) -> impatient = 1
        :: true
        fi
      };
#if SHORT
      if
      :: CASES(me) == 1 && SENDS(me, 0) -> shortSend(c)
      :: CASES(me) == 1 && !SENDS(me, 0) -> shortReceive(c)
      :: else
      fi;
#endif
      if
      :: n == 0 ->
        atomic {
          offered[me] = (SENDS(me, 0) || CASES(me) > 1 && SENDS(me, 1) -> v : 0);
          claim[me] = WAITING
        };
        if
        :: CASES(me) > 1 -> enlistAll()
        :: CASES(me) == 1 && SENDS(me, 0) -> longSend(c)
        :: CASES(me) == 1 && !SENDS(me, 0) -> longReceive(c)
        fi;
        if
        :: n == WAITS ->
          await();
          withdrawAll()
        :: else
        fi
      :: else
      fi;
      atomic {
        v = me * OPS_MAX + op + 1;
        if
        :: n == AT_ONCE && SENDS(me, 0) -> told[v] = SENT
        :: n == REFUSED && SENDS(me, 0) -> told[v] = KEPT
        :: n == WAITS && claim[me] == DONE_SENT -> told[v] = SENT
        :: n == WAITS && claim[me] != DONE_SENT && offered[me] != 0 -> told[v] = KEPT
        :: else
        fi;
        if
        :: n == WAITS && claim[me] == DONE_RECEIVED -> receives(result[me])
        :: else
        fi;
        claim[me] = IDLE;
        offered[me] = 0;
        result[me] = 0;
        v = 0;
        c = 0;
        n = 0;
        impatient = 0
      }
    fi;
    op++
  :: else -> break
  od;
  finished[me] = 1;
stopped:
  /* What a thread knew alone is gone with it. */
  atomic {
    op = 0;
    k = 0;
    c = 0;
    v = 0;
    s = 0;
    r = 0;
    what = 0;
    first = 0;
    second = 0;
    x = 0;
    n = 0;
    impatient = 0
  }
}

#ifdef VICTIM
/*
 * What the dead had decided for others is finished, what it had not is undone. Nobody else changes a reservation of the
 * dead, so that it does not matter when it is read.
 */
inline settleJournal() {
  atomic {
    if
    :: stage[lost] != 0 ->
      s = journalSender[lost];
      r = journalReceiver[lost];
      c = journalChannel[lost];
      if
#if CAP
      :: stage[lost] == 2 && action[lost] == FROM_RING && claim[r] != RESERVED(lost) ->
        head[c] = NEXT(journalPosition[lost])
      :: stage[lost] == 2 && action[lost] == INTO_RING && claim[s] == RESERVED(lost) ->
        x = (tail[c] != journalPosition[lost])
#endif
      :: stage[lost] == 2 && action[lost] == PAIR && s != NOBODY && r != NOBODY && claim[s] == RESERVED(lost) ->
        x = (claim[r] != RESERVED(lost))
      :: else
      fi;
      c = 0
    :: else -> s = NOBODY; r = NOBODY
    fi
  };
  if
  :: x ->
    settle(s, DONE_SENT);
    atomic {
      announceLast(s);
      x = 0
    };
    wakeAll()
  :: else
  fi;
  if
  :: s != NOBODY && s != lost ->
    atomic {
      if
      :: claim[s] == RESERVED(lost) -> claim[s] = WAITING
      :: else
      fi
    }
  :: else
  fi;
  if
  :: r != NOBODY && r != lost ->
    atomic {
      if
      :: claim[r] == RESERVED(lost) -> claim[r] = WAITING
      :: else
      fi
    }
  :: else
  fi;
  s = 0;
  r = 0
}

/* In the caller's atomic block: the next channel, from c on, that the dead has locked; nobody else changes that. */
inline nextHeld() {
  do
  :: c < CHANNELS && tailLock[c] != lost + 1 -> c++
  :: else -> break
  od
}
/* The same: the next node that is enlisted; without the locks nobody enlists. */
inline nextEnlisted(c) {
  do
  :: i < USERS && (i == lost || !HAS(enlistedSenders[c], i) && !HAS(enlistedReceivers[c], i)) -> i++
  :: else -> break
  od
}
/* The same: the next channel in which the dead still has a node; nobody adds it to a list any more. */
inline nextLinked() {
  do
  :: c < CHANNELS && !HAS(senders[c], lost) && !HAS(receivers[c], lost) -> c++
  :: else -> break
  od
}

/* The lists, anew: who is enlisted and not over. The read of CLAIM and that of ENLISTED are two steps. */
inline rebuild(c) {
  atomic {
    senders[c] = 0;
    receivers[c] = 0;
    torn[c] = 0;
    i = 0;
    nextEnlisted(c)
  };
  do
  :: i < USERS ->
    x = IS_OVER(claim[i]);
    atomic {
      if
      :: !x && HAS(enlistedSenders[c], i) -> insert(senders[c], enlistedSenders[c], i)
      :: else
      fi;
      if
      :: !x && HAS(enlistedReceivers[c], i) -> insert(receivers[c], enlistedReceivers[c], i)
      :: else
      fi;
      x = 0;
      i++;
      nextEnlisted(c)
    }
  :: else -> break
  od;
  i = 0
}

/* Its nodes in channels whose locks it did not hold. */
inline withdrawLost() {
  do
  :: c < CHANNELS ->
    if
    :: tailLock[c] != lost + 1 ->
      atomic {
        lock(c);
        remove(senders[c], lost);
        remove(receivers[c], lost);
#if SHORT
      };
#endif
      unlock(c);
#if !SHORT
      }
#endif
    :: else
    fi;
    atomic {
      c++;
      nextLinked()
    }
  :: else -> break
  od;
  c = 0
}

/* The main interpreter, once it knows that the thread has stopped. */
proctype Main() {
  byte me = MAIN;
  byte lost, c, i, s, r, what, first, second, x;
  atomic {
    dead != 0;
    lost = victim;
#if CAP
#ifndef FAULT_TAIL_FIRST
    /* HEAD without TAIL is a short way: nothing is half done. At once, for a holder of TAIL may wait for this HEAD. */
    do
    :: c < CHANNELS ->
      if
      :: headLock[c] == lost + 1 && tailLock[c] != lost + 1 -> headLock[c] = 0
      :: else
      fi;
      c++
    :: else -> break
    od;
    c = 0
#endif
#endif
  };
#ifndef FAULT_NOT_FINISHED
  settleJournal();
#endif
#if WAKES && !defined(FAULT_NOT_ANNOUNCED)
  if
  :: announcing[lost] != 0 ->
    i = announcing[lost] - 1;
    ready[i] = 1;
    atomic {
      bell[i] = 0;
      asleep[i] = 0
    };
    i = 0
  :: else
  fi;
#endif
#if WAKES && !defined(FAULT_NOT_WOKEN)
  do
  :: wakes[lost] & (1 << i) ->
#ifdef FAULT_RINGS_IF_SET
    wakeUp(i, lost);
#else
    /* The dead may have silenced the bell and not notified any more: so in any case. */
    atomic {
      bell[i] = 0;
      asleep[i] = 0;
      wakes[lost] = wakes[lost] & (255 - (1 << i))
    };
#endif
  :: i < USERS - 1 && !(wakes[lost] & (1 << i)) -> i++
  :: i == USERS - 1 && !(wakes[lost] & (1 << i)) -> break
  od;
  i = 0;
#endif
  /* Its own ticket; who has reserved it settles it or gives it back. */
  atomic {
    if
    :: claim[lost] == WAITING || claim[lost] == RESERVED(lost) -> claim[lost] = GONE
    :: IS_OVER(claim[lost]) || claim[lost] == IDLE
    fi;
#ifdef FAULT_WITHDRAWS_FIRST
    nextLinked()
  };
  withdrawLost();
  atomic {
#endif
    nextHeld()
  };
  /* Channels that it held: main takes the locks over, so that nobody sees what is half done. */
  do
  :: c < CHANNELS ->
#ifdef FAULT_FREES_FIRST
    atomic {
      tailLock[c] = 0;
#if CAP
      headLock[c] = (headLock[c] == lost + 1 -> 0 : headLock[c])
#endif
    };
    atomic { lock(c) };
#else
    atomic {
      tailLock[c] = me + 1;
#if CAP
      headLock[c] == 0 || headLock[c] == lost + 1;
      headLock[c] = me + 1;
#endif
#ifndef FAULT_TRUSTS_LINKED
      rebuilt[c] = 1
#endif
    };
#endif
    rebuild(c);
    atomic {
#if SHORT
#ifndef FAULT_GATE_FORGOTTEN
      gateClosed[c] = closed[c];
#endif
#endif
      /* What main waits for now it may hold back from others itself: who can go on is for later. */
      unmatched[c] = 1
    };
    unlock(c);
    atomic { nextHeld() }
  :: else -> break
  od;
  /* From here on main holds nothing else. */
  c = 0;
  do
  :: c < CHANNELS ->
    if
#ifndef FAULT_NEVER_MATCHED
    :: unmatched[c] ->
      atomic {
        lock(c);
        unmatched[c] = 0;
        planOrUnlock(c)
      };
      matchThenUnlock(c)
#endif
    :: else
    fi;
    c++
  :: else -> break
  od;
#ifndef FAULT_WITHDRAWS_FIRST
  atomic {
    c = 0;
    nextLinked()
  };
  withdrawLost();
#endif
  atomic {
    /* A value that was handed to the dead is gone with it. */
    if
    :: claim[lost] == DONE_RECEIVED -> receives(result[lost])
    :: else
    fi;
    claim[lost] = IDLE;
    offered[lost] = 0;
    result[lost] = 0;
    announcing[lost] = 0;
    stage[lost] = 0;
    action[lost] = 0;
    journalChannel[lost] = 0;
    journalSender[lost] = 0;
    journalReceiver[lost] = 0;
    journalPosition[lost] = 0;
    sleeps[lost] = 0;
    finished[MAIN] = 1
  };
stopped:
  skip
}
#endif

/* When nothing moves any more: is everybody done or rightly waiting, and where is each value? */
proctype Monitor() {
  byte u, v, c, copies;
  timeout;
  d_step {
#ifdef VICTIM
    assert(dead == 0 || finished[MAIN]);
#endif
    c = 0;
    do
    :: c < CHANNELS ->
      assert(tailLock[c] == 0);
      u = 0;
      do
      :: u < USERS ->
        if
        :: dead == u + 1 -> assert(!HAS(senders[c], u) && !HAS(receivers[c], u))
        :: else ->
          assert(HAS(senders[c], u) == HAS(enlistedSenders[c], u));
          assert(HAS(receivers[c], u) == HAS(enlistedReceivers[c], u));
        fi;
        u++
      :: else -> break
      od;
#if CAP
      assert(headLock[c] == 0);
      assert(head[c] == tail[c] || receivers[c] == 0);
      assert(head[c] != tail[c] || senders[c] == 0);
#else
      assert(senders[c] == 0 || receivers[c] == 0 || senders[c] == receivers[c] && senders[c] < 8);
#endif
      assert(!closed[c] || senders[c] == 0 && receivers[c] == 0);
      c++
    :: else -> break
    od;
    u = 0;
    do
    :: u < USERS ->
      assert(!IS_RESERVED(claim[u]));
      if
      :: dead == u + 1 || finished[u]
      :: else ->
        assert(asleep[u] && claim[u] == WAITING);
        c = 0;
        do
        :: c < CASES(u) ->
          if
          :: SENDS(u, c) -> assert(HAS(senders[CHAN(u, c)], u))
          :: else -> assert(HAS(receivers[CHAN(u, c)], u))
          fi;
          c++
        :: else -> break
        od
      fi;
      u++
    :: else -> break
    od;
    v = 1;
    do
    :: v < VALUES ->
      copies = got[v];
#if CAP
      c = 0;
      do
      :: c < CHANNELS -> copies = copies + (head[c] != tail[c] && slot[c] == v); c++
      :: else -> break
      od;
#endif
      u = (v - 1) / OPS_MAX;
      assert(copies <= 1);
      assert(told[v] != SENT || copies == 1);
      assert(told[v] != KEPT || copies == 0);
      assert(told[v] != 0 || dead == u + 1 || copies == 0);
      v++
    :: else -> break
    od
  }
}

init {
  byte u;
  atomic {
    do
    :: u < USERS -> run User(u); u++
    :: else -> break
    od;
#ifdef VICTIM
#if VICTIM == ANYBODY
    select(victim : 0 .. USERS - 1);
#endif
    run Main();
#endif
    run Monitor()
  }
}
