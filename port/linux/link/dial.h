/* Connecting to a host: its name looked up, then the first of its addresses that answers (RFC 8305, simplified): the
 * next one is tried when one has failed, or has not answered for a while, with the earlier ones still under way. */
#ifndef MOTE_DIAL_H
#define MOTE_DIAL_H

#include <mote/reason.h>
#include <stdint.h>
#include <sys/socket.h>

struct mote_dial;

/* Connected: MOTE_OK and a descriptor, not watched, that is now the caller's. Or why not, and -1. */
typedef void mote_dial_on_done(void *context, enum mote_reason reason, int fd);

/* Where to, and from where; all of it is borrowed until the dial is over. */
struct mote_dial_target {
    const char *host; /* name or address; NULL: a socket in the file system... */
    uint16_t port;
    const char *path;            /* ...of this name, which fits an address */
    const struct sockaddr *bind; /* this side's address, its port 0; NULL: as the system chooses */
    socklen_t bind_length;
};

/* Begins. `waits_for` is kept at MOTE_DNS_TIMEOUT or MOTE_TCP_TIMEOUT, whichever it waits for. `on_done` may be called
 * before this returns, which then returns NULL. */
struct mote_dial *mote_dial_start(const struct mote_dial_target *target, enum mote_reason *waits_for,
                                  mote_dial_on_done *on_done, void *context);

/* Ends it; on_done is not called. NULL is none. */
void mote_dial_cancel(struct mote_dial *dial);

/* The reason for an errno of a connection. */
enum mote_reason mote_dial_reason(int error);

#endif
