/* Capacity 1, one channel: a sender and a receiver that take the short ways where they can; with USERS 3, one receiver more. */
#define CAP 1
#define SHORT 1
#define CHANNELS 1
#ifndef USERS
#define USERS 2
#endif
#ifndef OPS_MAX
#define OPS_MAX 3
#endif
#define OPERATIONS(i) ((i) < 2 -> OPS_MAX : 1)
#define CASES(i) 1
#define CHAN(i, k) 0
#define SENDS(i, k) ((i) == 0)
#define BLOCKS(i) ((i) == 0)
#define GIVES_UP(i) 0
#include "protocol.pml"
