/* Hint: the layer on top of a connection that speaks MQTT and nothing else. All it does is to know what else is said to
 * it, so that whoever has the wrong port is told. */
#ifndef MOTE_HINT_H
#define MOTE_HINT_H

#include "port/linux/link/stream.h"

/* `encrypted`: TLS is below. Returns NULL if memory has run out. */
struct mote_stream *mote_hint_open(struct mote_stream *below, bool encrypted);

#endif
