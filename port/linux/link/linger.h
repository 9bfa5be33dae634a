/* Linger: a connection after its last word.
 *
 * What the other side had on the way at that moment still comes. A closed socket answers it with a reset, and a reset takes from the
 * other side what it has not read yet: the goodbye itself, so that a broker publishes the will of a client that has left in order. */
#ifndef MOTE_LINGER_H
#define MOTE_LINGER_H

/* Takes over a socket whose sending side is shut. What comes is thrown away, and it is closed when the other side closes, too; it is not
 * waited for, but that the end of the program gives it a moment. */
void mote_linger(int fd);

#endif
