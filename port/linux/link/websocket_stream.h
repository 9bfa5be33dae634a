/* The layer that puts the stream into the frames of a WebSocket. */
#ifndef MOTE_WEBSOCKET_STREAM_H
#define MOTE_WEBSOCKET_STREAM_H

#include "link/websocket.h"
#include "port/linux/link/stream.h"

/* Asks for this target, which is used up when this returns. Returns NULL if memory has run out. */
struct mote_stream *mote_websocket_stream_open(struct mote_stream *below, const struct mote_websocket_target *target);

#endif
