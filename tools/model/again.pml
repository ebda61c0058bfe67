/* One channel, tickets that are used again as soon as their owner has seen that they are settled. */
#ifndef CAP
#define CAP 0
#endif
#define CHANNELS 1
#define USERS 3
#define POLLS 1
#define OPS_MAX 2
#define OPERATIONS(i) ((i) == 2 -> 1 : 2)
#define CASES(i) 1
#define CHAN(i, k) 0
#define SENDS(i, k) ((i) != 1)
#define BLOCKS(i) ((i) == 2)
#define GIVES_UP(i) ((i) == 0)
#include "protocol.pml"
