/* TLS trust: the authorities that a board trusts, as BearSSL wants them. */
#ifndef MOTE_CORTEXM_TLS_TRUST_H
#define MOTE_CORTEXM_TLS_TRUST_H

#include <bearssl.h>
#include <mote/reason.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many, and what their names and keys take together. RAM. Over it: config.invalid. */
#ifndef MOTE_CORTEXM_AUTHORITIES
#define MOTE_CORTEXM_AUTHORITIES 4
#endif
#ifndef MOTE_CORTEXM_AUTHORITIES_SIZE
#define MOTE_CORTEXM_AUTHORITIES_SIZE 2048
#endif

struct mote_tls_trust {
    br_x509_trust_anchor anchors[MOTE_CORTEXM_AUTHORITIES];
    size_t count;
    size_t used;
    bool is_full;
    unsigned char memory[MOTE_CORTEXM_AUTHORITIES_SIZE];
};

/* Takes all certificates of a PEM text in the place of those before. One that is no authority's is trusted for itself alone. Returns
 * MOTE_OK; MOTE_CONFIG_INVALID with the port's words if one cannot be read, there is none, or they are too many. */
enum mote_reason mote_tls_trust_read(struct mote_tls_trust *trust, const char *pem);

#endif
