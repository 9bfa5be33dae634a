#include "port/cortexm/tls_peer.h"
#include "port/chip/certificate.h"
#include <lwip/ip4_addr.h>
#include <string.h>

enum { DAYS_TO_1970 = 719528, DAY_S = 86400 };

static struct mote_tls_peer *of(const br_x509_class **context)
{
    return (struct mote_tls_peer *)(void *)context;
}

static const struct mote_tls_peer *of_const(const br_x509_class *const *context)
{
    return (const struct mote_tls_peer *)(const void *)context;
}

static void start_chain(const br_x509_class **context, const char *name)
{
    struct mote_tls_peer *peer = of(context);

    (void)name;
    peer->count = peer->error = 0;
    peer->size = 0;
    peer->is_settled = false;
    if (peer->insecure)
        br_x509_decoder_init(&peer->reader, NULL, NULL);
    else
        peer->judge.vtable->start_chain(&peer->judge.vtable, mote_tls_peer_name(peer));
}

static void start_certificate(const br_x509_class **context, uint32_t size)
{
    struct mote_tls_peer *peer = of(context);

    if (!peer->is_settled)
        peer->size = 0;
    if (!peer->insecure)
        peer->judge.vtable->start_cert(&peer->judge.vtable, size);
}

static void keep(struct mote_tls_peer *peer, const void *bytes, size_t size)
{
    if (peer->size <= sizeof peer->certificate && size <= sizeof peer->certificate - peer->size)
        memcpy(peer->certificate + peer->size, bytes, size);
    peer->size += size;
}

static void append(const br_x509_class **context, const unsigned char *bytes, size_t size)
{
    struct mote_tls_peer *peer = of(context);

    if (!peer->is_settled)
        keep(peer, bytes, size);
    if (!peer->insecure)
        peer->judge.vtable->append(&peer->judge.vtable, bytes, size);
    else if (peer->count == 0)
        br_x509_decoder_push(&peer->reader, bytes, size);
}

static bool is_for_address(const struct mote_tls_peer *peer)
{
    struct mote_certificate certificate;

    return peer->size <= sizeof peer->certificate &&
           mote_certificate_read(&certificate, peer->certificate, peer->size) &&
           mote_certificate_is_for(&certificate, peer->address, sizeof peer->address);
}

/* BearSSL's engine goes no further than to the first certificate that is at fault, or trusted. */
static void end_certificate(const br_x509_class **context)
{
    struct mote_tls_peer *peer = of(context);

    if (!peer->insecure) {
        peer->judge.vtable->end_cert(&peer->judge.vtable);
        if (peer->count == 0 && peer->is_address && !is_for_address(peer)) {
            peer->error = BR_ERR_X509_BAD_SERVER_NAME;
            peer->is_settled = true;
        }
        if (peer->judge.err != 0)
            peer->is_settled = true;
    }
    peer->count++;
}

static unsigned end_chain(const br_x509_class **context)
{
    struct mote_tls_peer *peer = of(context);
    unsigned error = peer->insecure ? 0 : peer->judge.vtable->end_chain(&peer->judge.vtable);

    if (error != 0)
        peer->error = error;
    return peer->error;
}

static const br_x509_pkey *get_key(const br_x509_class *const *context, unsigned *usages)
{
    const struct mote_tls_peer *peer = of_const(context);

    if (!peer->insecure)
        return peer->judge.vtable->get_pkey(&peer->judge.vtable, usages);
    if (usages != NULL)
        *usages = BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN;
    return peer->reader.decoded && peer->reader.err == 0 ? &peer->reader.pkey : NULL;
}

static const br_x509_class class = {
    .context_size = sizeof(struct mote_tls_peer),
    .start_chain = start_chain,
    .start_cert = start_certificate,
    .append = append,
    .end_cert = end_certificate,
    .end_chain = end_chain,
    .get_pkey = get_key,
};

static void see_whether_address(struct mote_tls_peer *peer)
{
    ip4_addr_t address;

    peer->is_address = ip4addr_aton(peer->host, &address) != 0;
    if (peer->is_address)
        memcpy(peer->address, &address.addr, sizeof peer->address);
}

void mote_tls_peer_expect(struct mote_tls_peer *peer, const char *host, const struct mote_tls_trust *trust,
                          uint64_t now_s)
{
    br_x509_minimal_context *judge = &peer->judge;

    peer->vtable = &class;
    peer->host = host;
    peer->insecure = false;
    see_whether_address(peer);
    br_x509_minimal_init(judge, &br_sha256_vtable, trust->anchors, trust->count);
    br_x509_minimal_set_rsa(judge, br_rsa_i31_pkcs1_vrfy);
    br_x509_minimal_set_ecdsa(judge, &br_ec_all_m31, br_ecdsa_i31_vrfy_asn1);
    br_x509_minimal_set_hash(judge, br_sha256_ID, &br_sha256_vtable);
    br_x509_minimal_set_hash(judge, br_sha384_ID, &br_sha384_vtable);
    br_x509_minimal_set_hash(judge, br_sha512_ID, &br_sha512_vtable);
    br_x509_minimal_set_minrsa(judge, 2048 / 8);
    if (now_s > 0)
        br_x509_minimal_set_time(judge, (uint32_t)(now_s / DAY_S) + DAYS_TO_1970, (uint32_t)(now_s % DAY_S));
}

void mote_tls_peer_take_anybody(struct mote_tls_peer *peer, const char *host)
{
    peer->vtable = &class;
    peer->host = host;
    peer->insecure = true;
    see_whether_address(peer);
}

const char *mote_tls_peer_name(const struct mote_tls_peer *peer)
{
    return peer->is_address ? NULL : peer->host;
}
