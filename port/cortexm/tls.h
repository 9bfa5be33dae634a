/* TLS: what encrypts over a connection, and sees to it that the other side is who it should be; by BearSSL, which does no input and
 * output of its own. tls_none.c takes its place on boards without.
 *
 * No call here waits, but for arithmetic: the handshake's with public keys (docs/CORTEX-M.md says how long). */
#ifndef MOTE_CORTEXM_TLS_H
#define MOTE_CORTEXM_TLS_H

#include <mote/link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mote_tls;

/* The connection below. Each returns how many bytes it has moved; 0: none now. */
struct mote_tls_below {
    size_t (*read)(void *context, void *into, size_t size);
    size_t (*write)(void *context, const void *bytes, size_t size);
    void *context;
};

/* Can it be as it is asked for? Returns MOTE_OK, or a reason with the port's words. */
enum mote_reason mote_tls_check(const struct mote_tls_options *options);

/* Is there all that it needs, now that there is a network? If not, it is to be asked again at each turn; `*reason` is what it waits
 * for, with the port's words. */
bool mote_tls_is_ready(const struct mote_tls_options *options, enum mote_reason *reason);

/* Begins over a connection that is open. `below` is copied; host, of 255 bytes at most, and options are borrowed. Returns NULL if
 * there are as many as there is memory for. */
struct mote_tls *mote_tls_begin(const struct mote_tls_below *below, const char *host, uint16_t port,
                                const struct mote_tls_options *options);

/* Goes on with the handshake as far as it gets. Returns true once it is done; if not, it is to be called again when something has
 * come, unless `*reason` says why it has failed. */
bool mote_tls_shake(struct mote_tls *tls, enum mote_reason *reason);

/* As a link receives. When nothing will come any more it returns 0 and gives the reason. */
size_t mote_tls_receive(struct mote_tls *tls, void *into, size_t size, enum mote_reason *reason);

/* As a link sends. An error shows in the next receive. */
size_t mote_tls_send(struct mote_tls *tls, const void *bytes, size_t size);

/* Says goodbye, as far as it gets at once. */
void mote_tls_say_goodbye(struct mote_tls *tls);

/* Frees it. */
void mote_tls_end(struct mote_tls *tls);

#endif
