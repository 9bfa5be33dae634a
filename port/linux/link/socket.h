/* Socket: the lowest layer of a connection, on the loop. */
#ifndef MOTE_SOCKET_H
#define MOTE_SOCKET_H

#include "port/linux/link/stream.h"

/* Something has happened on the socket; its state is up to date. `writable`: it had been full and is no more. */
typedef void mote_socket_on_ready(void *context, bool writable);

/* Takes over a connected descriptor. Returns NULL, with errno set and the descriptor closed, if the system refuses. */
struct mote_stream *mote_socket_open(int fd, const char *name, mote_socket_on_ready *on_ready, void *context);

/* Lets nobody hear of it any more, as long as it lives on. */
void mote_socket_mute(struct mote_stream *stream);

/* What came while nobody listened is found by the next read. */
void mote_socket_look_again(struct mote_stream *stream);

/* Its end will be a reset. */
void mote_socket_abort(struct mote_stream *stream);

#endif
