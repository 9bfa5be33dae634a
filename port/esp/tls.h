/* TLS by esp-tls, over a connection that is there already. Nothing here waits. */
#ifndef MOTE_ESP_TLS_H
#define MOTE_ESP_TLS_H

#include <mote/link.h>
#include <stddef.h>

struct mote_tls;

/* Can it be as it is asked for? Returns MOTE_OK, or MOTE_CONFIG_INVALID with the port's words. */
enum mote_reason mote_tls_check(const struct mote_tls_options *options);

/* Begins on this connection, which stays the caller's. `name` is the server's; both it and the options live as long as this.
 * NULL: there is no memory. */
struct mote_tls *mote_tls_begin(int fd, const char *name, const struct mote_tls_options *options);

/* Goes on with the handshake. Returns 1 when it is done, 0 while it is not, and -1, with a reason, when it has failed. */
int mote_tls_shake(struct mote_tls *tls, enum mote_reason *reason);

/* As a link receives and sends. `*ended` is set when nothing comes any more, with the port's words. */
size_t mote_tls_receive(struct mote_tls *tls, void *into, size_t size, bool *ended);
size_t mote_tls_send(struct mote_tls *tls, const void *bytes, size_t size, bool *ended);

/* Has it something that select() does not know of? */
bool mote_tls_has_more(struct mote_tls *tls);

/* Tells the other side, if there is to be a goodbye. */
void mote_tls_end(struct mote_tls *tls, bool abort);

#endif
