/* Linger: a connection after its last word.
 *
 * What the other side had on the way at that moment still comes. lwIP has a reset for it once the socket is closed, and a reset takes from
 * the other side what it has not read yet: the goodbye itself, so that a broker publishes the will of a client that has left in order. */
#ifndef MOTE_ESP_LINGER_H
#define MOTE_ESP_LINGER_H

#include <lwip/sockets.h>
#include <stdint.h>

/* Connections that linger at once. Over it the one that has been there for longest gives way. */
enum { MOTE_LINGER_MAX = 2, MOTE_LINGER_MS = 20000 };

/* Closes the sending side of a socket that never blocks, and takes it over. What comes is thrown away, and it is closed when the other side
 * closes, too, or after MOTE_LINGER_MS. */
void mote_linger_take(int fd);

/* What select() has to watch for them, and what has come of it. */
void mote_linger_watch(fd_set *readable, int *highest);
void mote_linger_turn(const fd_set *readable, uint64_t now_ms);

#endif
