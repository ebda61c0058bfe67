/* Capacity 0: two selects that each send to one channel and receive from the other, with a plain party on each channel. */
#define CAP 0
#define CHANNELS 2
#ifndef USERS
#define USERS 3
#endif
#define CASES(i) ((i) < 2 -> 2 : 1)
/* 0 receives from channel 1, then sends to 0; 1 receives from 0, then sends to 1; 2 receives from 0, 3 sends to 1. */
#define CHAN(i, k) ((i) == 0 -> 1 - (k) : ((i) == 1 -> (k) : (i) - 2))
#define SENDS(i, k) ((i) < 2 && (k) == 1 || (i) == 3)
#define BLOCKS(i) ((i) != 1)
#define GIVES_UP(i) 0
#include "protocol.pml"
