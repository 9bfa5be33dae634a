/* Addresses that Mote itself gives to an interface: that of its access point, and those that a network's entry fixes. */
#ifndef MOTE_ASSIGN_H
#define MOTE_ASSIGN_H

#include <stdbool.h>
#include <stdint.h>

struct mote_assigned {
    int index;        /* of the interface; 0: nothing has been given */
    uint32_t address; /* in network order */
    uint32_t gateway; /* of a default route; 0: none */
    uint8_t prefix;   /* 1 to 32 */
};

/* Gives what `wanted` says and remembers it in `assigned`, after taking away what that was. Returns 0 or errno. */
int mote_assign(struct mote_assigned *assigned, const struct mote_assigned *wanted);

/* Takes it away again. */
void mote_assign_undo(struct mote_assigned *assigned);

/* The netlink socket to use, for tests; -1: opens one each time. */
void mote_assign_by(int netlink);

#endif
