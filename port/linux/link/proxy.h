/* Proxy: the layer that has a SOCKS5 proxy (RFC 1928, RFC 1929) make the connection, and look the name up, too. */
#ifndef MOTE_PROXY_H
#define MOTE_PROXY_H

#include "port/linux/link/stream.h"
#include <mote/url.h>
#include <stdint.h>

/* Over a stream to the proxy. Its URL and the host, of 255 bytes at most, are borrowed. Returns NULL if memory has run out. */
struct mote_stream *mote_proxy_open(struct mote_stream *below, const struct mote_url *proxy, const char *host,
                                    uint16_t port);

#endif
