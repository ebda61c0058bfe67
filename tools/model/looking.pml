/* Capacity 0: one looks at both channels at one instant, with both locks, beside a select, a sender and a receiver. */
#define CAP 0
#define CHANNELS 2
#define USERS 4
#define CASES(i) ((i) == 0 -> LOOKS : ((i) == 1 -> 2 : 1))
#define CHAN(i, k) ((i) == 1 -> (k) : (i) - 2)
#define SENDS(i, k) ((i) == 1)
#define BLOCKS(i) ((i) == 3)
#define GIVES_UP(i) 0
#include "protocol.pml"
