/* TLS context: what OpenSSL makes of a link's options. Links of the same options share one. It is kept while they come and
 * go, since making it reads files, and made anew once one of these has changed. */
#ifndef MOTE_TLS_CONTEXT_H
#define MOTE_TLS_CONTEXT_H

#include "port/linux/link/tls_session.h"
#include <mote/link.h>

struct mote_tls_context;

/* Returns NULL after words on what is wrong with the options, which are copied. */
struct mote_tls_context *mote_tls_context_take(const struct mote_tls_options *options);

/* NULL is none. */
void mote_tls_context_give_back(struct mote_tls_context *context);

SSL_CTX *mote_tls_context_openssl(const struct mote_tls_context *context);
const struct mote_tls_options *mote_tls_context_options(const struct mote_tls_context *context);
struct mote_tls_sessions *mote_tls_context_sessions(struct mote_tls_context *context);

#endif
