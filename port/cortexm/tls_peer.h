/* TLS peer: the other side's certificates, as BearSSL hands them over one by one. BearSSL's own engine judges them; beside that they
 * are looked at for what it does not know: addresses, and what to tell a person. */
#ifndef MOTE_CORTEXM_TLS_PEER_H
#define MOTE_CORTEXM_TLS_PEER_H

#include "port/cortexm/tls_trust.h"

/* The largest certificate that is looked at. RAM. Of a larger one the words say less, and it is for no address. */
#ifndef MOTE_CORTEXM_CERTIFICATE_SIZE
#define MOTE_CORTEXM_CERTIFICATE_SIZE 2048
#endif

struct mote_tls_peer {
    const br_x509_class *vtable; /* first: so BearSSL knows it */
    const char *host;
    bool insecure;
    bool is_address; /* the host is none that has a name */
    bool is_settled; /* the certificate below is the one that is at fault */
    uint8_t address[4];
    unsigned error; /* one of BearSSL's; 0: none */
    unsigned count; /* of certificates before this one */
    union {
        br_x509_minimal_context judge;
        br_x509_decoder_context reader; /* if nobody is to judge */
    };
    size_t size; /* over MOTE_CORTEXM_CERTIFICATE_SIZE: it is not all there */
    uint8_t certificate[MOTE_CORTEXM_CERTIFICATE_SIZE];
};

/* Expects this host, trusting these authorities; `host` and `trust` are borrowed. `now_s` is since 1970, 0: nobody knows. */
void mote_tls_peer_expect(struct mote_tls_peer *peer, const char *host, const struct mote_tls_trust *trust,
                          uint64_t now_s);

/* Takes anybody who answers for this host. */
void mote_tls_peer_take_anybody(struct mote_tls_peer *peer, const char *host);

/* The name to ask for; NULL: it is an address. */
const char *mote_tls_peer_name(const struct mote_tls_peer *peer);

#endif
