/* Capacity 0, two channels: a plain sender and a select of sends, a select of receives and a plain receiver. */
#define CAP 0
#define CHANNELS 2
#define USERS 4
#define CASES(i) ((i) == 0 || (i) == 3 -> 1 : 2)
#ifdef CROSSED
#define CHAN(i, k) ((i) == 0 || (i) == 3 -> 1 : ((i) == 1 -> (k) : 1 - (k)))
#else
#define CHAN(i, k) ((i) == 0 -> 0 : ((i) == 3 -> 1 : (k)))
#endif
#define SENDS(i, k) ((i) < 2)
#define BLOCKS(i) ((i) == 3)
#ifndef GIVES_UP
#define GIVES_UP(i) 0
#endif
#include "protocol.pml"
