/* What the kernel says of one interface by netlink (rtnetlink(7)). Only reads bytes; addresses.c has the socket. */
#ifndef MOTE_NETLINK_H
#define MOTE_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mote_netlink_facts {
    int index; /* of the interface; 0: there is none of this name */
    bool up;
    uint32_t address; /* in network order; 0: none, or none that somebody has given it */
    uint8_t prefix;
    uint32_t gateway; /* of the default route with the lowest metric; 0: none */
    uint32_t metric;
};

enum {
    MOTE_NETLINK_CHANGED = 1, /* somebody says that the interface is not what it was */
    MOTE_NETLINK_DONE = 2,    /* the answer to `sequence` is whole */
    MOTE_NETLINK_FAILED = 4,  /* it is not to be had */
};

/* Reads one datagram: answers to our own request `sequence` add to `facts`, which begins zeroed with the first request; of
 * all others it only says whether they concern the interface, of that name and of the index `known`. What has an impossible
 * length is left out, with all behind it. Returns a set of the flags above. */
unsigned mote_netlink_read(const void *bytes, size_t size, const char *interface, uint32_t sequence, int known,
                           struct mote_netlink_facts *facts);

#endif
