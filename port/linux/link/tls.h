/* TLS: the layer that encrypts, and sees to it that the other side is who it should be; by OpenSSL. */
#ifndef MOTE_TLS_H
#define MOTE_TLS_H

#include "port/linux/link/stream.h"
#include "port/linux/link/tls_context.h"
#include <stdint.h>

/* Over a stream that has been opened, to this server. The context and the host, of 255 bytes at most, are borrowed. Returns NULL if memory has
 * run out; `below` is the caller's then. */
struct mote_stream *mote_tls_open(struct mote_stream *below, struct mote_tls_context *context, const char *host,
                                  uint16_t port);

#endif
