/* Plain: the layer of MQTT without TLS. All it does is to know what else is said to it, so that whoever has the wrong port
 * is told. */
#ifndef MOTE_PLAIN_H
#define MOTE_PLAIN_H

#include "port/linux/link/stream.h"

/* Returns NULL if memory has run out. */
struct mote_stream *mote_plain_open(struct mote_stream *below);

#endif
