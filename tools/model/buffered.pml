/* Capacity 1, two channels, the long way: a plain sender and a select of sends, a select of receives and a plain receiver. */
#define CAP 1
#define CHANNELS 2
#define USERS 4
#define CASES(i) ((i) == 0 || (i) == 3 -> 1 : 2)
#ifdef CROSSED
#define CHAN(i, k) ((i) == 0 || (i) == 3 -> 1 : ((i) == 1 -> (k) : 1 - (k)))
#else
#define CHAN(i, k) ((i) == 0 -> 0 : ((i) == 3 -> 1 : (k)))
#endif
#define SENDS(i, k) ((i) < 2)
#define BLOCKS(i) ((i) != 2)
#define GIVES_UP(i) 0
#include "protocol.pml"
