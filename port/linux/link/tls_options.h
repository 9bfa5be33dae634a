/* TLS options: a link's options told to OpenSSL, each with its own words when it cannot be used. */
#ifndef MOTE_TLS_OPTIONS_H
#define MOTE_TLS_OPTIONS_H

#include <mote/link.h>
#include <openssl/ssl.h>
#include <stdbool.h>

/* Returns false after words. The options live as long as the context. */
bool mote_tls_options_apply(const struct mote_tls_options *options, SSL_CTX *openssl);

#endif
