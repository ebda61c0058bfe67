/*
 * Capacity 0: two selects that each send and receive, with a plain receiver and, with USERS 4, a plain sender.
 *
 * Select 0 receives from channel 1, then sends to 0; select 1 receives from 0, then sends to 1; 2 receives from 0, 3
 * sends to 1. With CHANNELS 1 all of this is on one channel: a select never meets itself.
 */
#define CAP 0
#ifndef CHANNELS
#define CHANNELS 2
#endif
#ifndef USERS
#define USERS 4
#endif
#define CASES(i) ((i) < 2 -> 2 : 1)
#if CHANNELS == 2
#define CHAN(i, k) ((i) == 0 -> 1 - (k) : ((i) == 1 -> (k) : (i) - 2))
#else
#define CHAN(i, k) 0
#endif
#define SENDS(i, k) ((i) < 2 && (k) == 1 || (i) == 3)
#define BLOCKS(i) ((i) != 1)
#define GIVES_UP(i) 0
#include "protocol.pml"
