/* Capacity 0, two channels: a sender and a select of sends, a select of receives and a receiver; 0 and 2 may give up. */
#define CAP 0
#define CHANNELS 2
#define USERS 4
#define CASES(i) ((i) == 0 || (i) == 3 -> 1 : 2)
#define CHAN(i, k) ((i) == 0 -> 0 : ((i) == 3 -> 1 : (k)))
#define SENDS(i, k) ((i) < 2)
#define BLOCKS(i) ((i) > 1)
#define GIVES_UP(i) ((i) == 0 || (i) == 2)
#include "protocol.pml"
