/* One channel that a third thread closes, capacity 0 or 1: nobody goes on waiting, nothing that was sent is lost. */
#ifndef CAP
#define CAP 0
#endif
#define CHANNELS 1
#define USERS 4
#define SHORT CAP
#define CASES(i) ((i) != 3)
#define CHAN(i, k) 0
#define SENDS(i, k) ((i) < 2)
#define BLOCKS(i) ((i) == 0)
#define GIVES_UP(i) 0
#include "protocol.pml"
