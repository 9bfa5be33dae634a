/* TLS verdicts: what is wrong with the other side's certificate, or with TLS itself, as a reason and in words. */
#ifndef MOTE_TLS_VERDICT_H
#define MOTE_TLS_VERDICT_H

#include <mote/link.h>
#include <openssl/ssl.h>
#include <stddef.h>

struct mote_tls_verdict {
    enum mote_reason reason;
    char words[200];
};

/* Of a certificate that OpenSSL has found fault with; to be called from its verify callback. */
void mote_tls_judge_certificate(struct mote_tls_verdict *verdict, X509_STORE_CTX *store);

/* Of OpenSSL's error, as its queue has it. */
void mote_tls_judge_error(struct mote_tls_verdict *verdict, unsigned long error,
                          const struct mote_tls_options *options);

#endif
