/* Route: what a URL and the options ask for, checked and kept for as long as the connection lives: all that can be wrong
 * with a setting is found before anything is sent. */
#ifndef MOTE_ROUTE_H
#define MOTE_ROUTE_H

#include "port/linux/link/tls_context.h"
#include <mote/link.h>
#include <mote/url.h>
#include <sys/socket.h>

struct mote_route {
    const char *host; /* NULL: a socket in the file system... */
    uint16_t port;
    const char
        *path; /* ...whose name this is; else what a WebSocket's server is asked for, "" if the URL does not say */
    bool websocket;
    struct mote_tls_context *tls; /* NULL: without */
    bool has_proxy;
    struct mote_url proxy;
    struct sockaddr_storage bind;
    socklen_t bind_length; /* 0: to no address */
    size_t size;
    char memory[];
};

/* Returns NULL, with the reason and words for it, if it cannot be done as asked for. */
struct mote_route *mote_route_plan(const struct mote_url *url, const struct mote_link_options *options,
                                   enum mote_reason *reason);

/* What it is to be called in messages: the host or the file. */
const char *mote_route_name(const struct mote_route *route);

/* NULL is none. */
void mote_route_free(struct mote_route *route);

#endif
