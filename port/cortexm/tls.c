#include "port/cortexm/tls.h"
#include "port/cortexm/calendar.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/image.h"
#include "port/cortexm/link.h"
#include "port/cortexm/random.h"
#include "port/cortexm/tls_verdict.h"
#include "port/words.h"
#include "text/wipe.h"
#include <mote/text.h>
#include <string.h>

/* The largest records, and what they take beyond that: what comes is the server's to choose, what goes out is ours. RAM, both for each
 * connection. */
#ifndef MOTE_CORTEXM_TLS_IN
#define MOTE_CORTEXM_TLS_IN BR_SSL_BUFSIZE_INPUT
#endif
#ifndef MOTE_CORTEXM_TLS_OUT
#define MOTE_CORTEXM_TLS_OUT (2048 + 85)
#endif

enum { SEED_WORDS = 8, HOST_SIZE = 128, STEP_MS = 5 };

/* What the last server gave to be resumed with. */
struct session {
    char host[HOST_SIZE]; /* empty: none */
    uint16_t port;
    br_ssl_session_parameters parameters;
};

struct mote_tls {
    bool taken;
    bool is_open;
    bool owes;      /* the last byte that was taken was not told to be */
    bool has_heard; /* a first byte, */
    bool is_tls;    /* which may be TLS's */
    uint16_t port;
    struct mote_tls_below below;
    struct mote_tls_trust trust;
    struct mote_tls_peer peer;
    struct session session;
    const char *protocol;
    br_ssl_client_context client;
    unsigned char in[MOTE_CORTEXM_TLS_IN], out[MOTE_CORTEXM_TLS_OUT];
};

static struct mote_tls all[MOTE_CORTEXM_LINKS];

/* --- What is asked for --- */

static enum mote_reason refuse(enum mote_reason reason, const char *words)
{
    mote_words_say("tls: %s", words);
    return reason;
}

static enum mote_reason check_trust(void)
{
    if (mote_cortexm_authorities() == NULL)
        return refuse(MOTE_CONFIG_INVALID,
                      "there is no authority to trust: a settings image or MOTE_AUTHORITIES names one");
    mote_calendar_start();
    if (mote_calendar_now_s() == 0 && mote_calendar_waits_for() == NULL)
        return refuse(MOTE_TLS_CLOCK_NOT_SET, "nobody here knows what day it is: see MOTE_TIME_SERVER");
    return MOTE_OK;
}

enum mote_reason mote_tls_check(const struct mote_tls_options *options)
{
    if (options->ca_file != NULL || options->ca_path != NULL || options->certificate_file != NULL ||
        options->key_file != NULL)
        return refuse(MOTE_CONFIG_INVALID, "this board has no files, nor a certificate of its own");
    if (options->ciphers != NULL || options->psk != NULL)
        return refuse(MOTE_CONFIG_INVALID, "this board has neither ciphers to choose from nor pre-shared keys");
    if (options->version != NULL && !mote_text_equals(mote_text(options->version), "tlsv1.2"))
        return refuse(MOTE_CONFIG_INVALID, "this board speaks TLS 1.2 only");
    if (!mote_random_is_seeded())
        return refuse(MOTE_CONFIG_INVALID,
                      "this board has no random numbers that others cannot guess, which TLS lives on");
    return options->insecure ? MOTE_OK : check_trust();
}

/* Of a server that nobody looks at it need not be known what day it is. */
bool mote_tls_is_ready(const struct mote_tls_options *options, enum mote_reason *reason)
{
    const char *server;

    if (options->insecure)
        return true;
    mote_calendar_turn();
    server = mote_calendar_waits_for();
    if (server == NULL)
        return true;
    *reason = MOTE_TLS_CLOCK_NOT_SET;
    mote_words_say("tls: no answer from the time server %s", server);
    return false;
}

/* --- Between BearSSL and the connection below --- */

static bool push_record(struct mote_tls *tls)
{
    size_t size, moved;
    const unsigned char *bytes = br_ssl_engine_sendrec_buf(&tls->client.eng, &size);

    moved = bytes == NULL ? 0 : tls->below.write(tls->below.context, bytes, size);
    if (moved > 0)
        br_ssl_engine_sendrec_ack(&tls->client.eng, moved);
    return moved > 0;
}

/* A record begins with its kind. */
static void hear(struct mote_tls *tls, unsigned char first)
{
    enum { CHANGE_CIPHER_SPEC = 20, APPLICATION_DATA = 23 };

    if (!tls->has_heard)
        tls->is_tls = first >= CHANGE_CIPHER_SPEC && first <= APPLICATION_DATA;
    tls->has_heard = true;
}

static bool pull_record(struct mote_tls *tls)
{
    size_t size, moved;
    unsigned char *room = br_ssl_engine_recvrec_buf(&tls->client.eng, &size);

    moved = room == NULL ? 0 : tls->below.read(tls->below.context, room, size);
    if (moved == 0)
        return false;
    hear(tls, room[0]);
    br_ssl_engine_recvrec_ack(&tls->client.eng, moved);
    return true;
}

/* What a record calls for is done at once, and may be long; what else there is then waits for the next turn. */
static void pump(struct mote_tls *tls)
{
    const uint64_t until_ms = mote_clock_now_ms() + STEP_MS;

    while (push_record(tls) || pull_record(tls)) {
        if (mote_clock_now_ms() <= until_ms)
            continue;
        mote_clock_wake();
        return;
    }
}

/* Returns whether all that was to be sent is the connection's. */
static bool flush(struct mote_tls *tls)
{
    while (push_record(tls))
        ;
    return (br_ssl_engine_current_state(&tls->client.eng) & BR_SSL_SENDREC) == 0;
}

static unsigned state_of(const struct mote_tls *tls)
{
    return br_ssl_engine_current_state(&tls->client.eng);
}

/* --- The handshake --- */

/* Those that keep what was said secret even if the server's key is lost later, and no older ones. */
static void choose_suites(br_ssl_engine_context *engine)
{
    static const uint16_t suites[] = {
        BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,       BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,       BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    };

    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_suites(engine, suites, sizeof suites / sizeof suites[0]);
    br_ssl_engine_set_prf_sha256(engine, &br_tls12_sha256_prf);
    br_ssl_engine_set_prf_sha384(engine, &br_tls12_sha384_prf);
    br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
    br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
    br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable);
}

/* What encrypts takes as long whatever the key is. What is done with public keys does not on a Cortex-M3, whose long multiplication has
 * several speeds; but the only secret there is a number that serves once, and it takes half as long as in shorter numbers. */
static void choose_arithmetic(br_ssl_engine_context *engine)
{
    br_ssl_engine_set_ec(engine, &br_ec_all_m31);
    br_ssl_engine_set_ecdsa(engine, br_ecdsa_i31_vrfy_asn1);
    br_ssl_engine_set_rsavrfy(engine, br_rsa_i31_pkcs1_vrfy);
    br_ssl_engine_set_chapol(engine, &br_sslrec_in_chapol_vtable, &br_sslrec_out_chapol_vtable);
    br_ssl_engine_set_chacha20(engine, br_chacha20_ct_run);
    br_ssl_engine_set_poly1305(engine, br_poly1305_ctmul32_run);
    br_ssl_engine_set_gcm(engine, &br_sslrec_in_gcm_vtable, &br_sslrec_out_gcm_vtable);
    br_ssl_engine_set_aes_ctr(engine, &br_aes_ct_ctr_vtable);
    br_ssl_engine_set_ghash(engine, br_ghash_ctmul32);
}

static void seed(br_ssl_engine_context *engine)
{
    uint32_t words[SEED_WORDS];

    for (int i = 0; i < SEED_WORDS; i++)
        words[i] = mote_random();
    br_ssl_engine_inject_entropy(engine, words, sizeof words);
    mote_wipe(words, sizeof words);
}

static void choose_protocol(struct mote_tls *tls, const char *protocol)
{
    tls->protocol = protocol;
    if (protocol == NULL)
        return;
    br_ssl_engine_set_protocol_names(&tls->client.eng, &tls->protocol, 1);
    br_ssl_engine_add_flags(&tls->client.eng, BR_OPT_FAIL_ON_ALPN_MISMATCH);
}

/* One that was made with somebody who was not looked at is none. */
static bool resume(struct mote_tls *tls)
{
    bool resumes = !tls->peer.insecure && tls->session.port == tls->port && tls->session.host[0] != '\0' &&
                   strcmp(tls->session.host, tls->peer.host) == 0;

    if (resumes)
        br_ssl_engine_set_session_parameters(&tls->client.eng, &tls->session.parameters);
    return resumes;
}

static void keep_session(struct mote_tls *tls)
{
    struct session *session = &tls->session;

    session->host[0] = '\0';
    if (tls->peer.insecure || !mote_text_copy(mote_text(tls->peer.host), session->host, sizeof session->host))
        return;
    session->port = tls->port;
    br_ssl_engine_get_session_parameters(&tls->client.eng, &session->parameters);
}

static struct mote_tls *find_free(void)
{
    for (int i = 0; i < MOTE_CORTEXM_LINKS; i++) {
        if (!all[i].taken)
            return &all[i];
    }
    return NULL;
}

struct mote_tls *mote_tls_begin(const struct mote_tls_below *below, const char *host, uint16_t port,
                                const struct mote_tls_options *options)
{
    struct mote_tls *tls = find_free();

    if (tls == NULL)
        return NULL;
    tls->below = *below;
    tls->port = port;
    tls->is_open = tls->owes = tls->has_heard = tls->is_tls = false;
    br_ssl_client_zero(&tls->client);
    choose_suites(&tls->client.eng);
    choose_arithmetic(&tls->client.eng);
    choose_protocol(tls, options->alpn);
    br_ssl_engine_add_flags(&tls->client.eng, BR_OPT_NO_RENEGOTIATION);
    br_ssl_engine_set_buffers_bidi(&tls->client.eng, tls->in, sizeof tls->in, tls->out, sizeof tls->out);
    if (options->insecure)
        mote_tls_peer_take_anybody(&tls->peer, host);
    else if (mote_tls_trust_read(&tls->trust, mote_cortexm_authorities()) == MOTE_OK)
        mote_tls_peer_expect(&tls->peer, host, &tls->trust, mote_calendar_now_s());
    else
        return NULL;
    br_ssl_engine_set_x509(&tls->client.eng, &tls->peer.vtable);
    seed(&tls->client.eng);
    br_ssl_client_reset(&tls->client, mote_tls_peer_name(&tls->peer), resume(tls));
    tls->taken = true;
    return tls;
}

static enum mote_reason judge(const struct mote_tls *tls)
{
    int error = br_ssl_engine_last_error(&tls->client.eng);

    if (tls->has_heard && !tls->is_tls)
        error = BR_ERR_UNKNOWN_TYPE; /* BearSSL takes it for a version that it does not know */
    return mote_tls_judge(error, &tls->peer, mote_calendar_now_s());
}

bool mote_tls_shake(struct mote_tls *tls, enum mote_reason *reason)
{
    pump(tls);
    if ((state_of(tls) & BR_SSL_CLOSED) != 0) {
        tls->session.host[0] = '\0';
        *reason = judge(tls);
        return false;
    }
    if ((state_of(tls) & BR_SSL_SENDAPP) == 0)
        return false;
    tls->is_open = true;
    keep_session(tls);
    return true;
}

/* --- Talking --- */

static size_t take(struct mote_tls *tls, uint8_t *into, size_t size)
{
    size_t count;
    const unsigned char *bytes;

    pump(tls);
    bytes = br_ssl_engine_recvapp_buf(&tls->client.eng, &count);
    if (bytes == NULL)
        return 0;
    count = count < size ? count : size;
    memcpy(into, bytes, count);
    br_ssl_engine_recvapp_ack(&tls->client.eng, count);
    return count;
}

size_t mote_tls_receive(struct mote_tls *tls, void *into, size_t size, enum mote_reason *reason)
{
    size_t count = 0, taken;

    do {
        taken = take(tls, (uint8_t *)into + count, size - count);
        count += taken;
    } while (taken > 0 && count < size);
    if (count == 0 && (state_of(tls) & BR_SSL_CLOSED) != 0)
        *reason = judge(tls);
    return count;
}

static size_t put(struct mote_tls *tls, const uint8_t *bytes, size_t size)
{
    size_t room;
    unsigned char *into;

    if (!flush(tls))
        return 0;
    into = br_ssl_engine_sendapp_buf(&tls->client.eng, &room);
    if (into == NULL)
        return 0;
    size = size < room ? size : room;
    memcpy(into, bytes, size);
    br_ssl_engine_sendapp_ack(&tls->client.eng, size);
    br_ssl_engine_flush(&tls->client.eng, 0);
    return size;
}

/* A record that the connection does not take whole stays here. So the last byte counts as taken only once all are out, and comes a
 * second time then: whoever waits for it waits for all. */
size_t mote_tls_send(struct mote_tls *tls, const void *bytes, size_t size)
{
    size_t count, taken = 1;

    if (size == 0 || !flush(tls))
        return 0;
    count = tls->owes ? 1 : 0;
    tls->owes = false;
    while (count < size && taken > 0) {
        taken = put(tls, (const uint8_t *)bytes + count, size - count);
        count += taken;
    }
    if (count > 1 && !flush(tls)) {
        tls->owes = true;
        count--;
    }
    return count;
}

void mote_tls_say_goodbye(struct mote_tls *tls)
{
    if (!tls->is_open || (state_of(tls) & BR_SSL_CLOSED) != 0)
        return;
    br_ssl_engine_close(&tls->client.eng);
    flush(tls);
}

/* Nothing of what was said stays in memory, but for the session. */
void mote_tls_end(struct mote_tls *tls)
{
    mote_wipe(&tls->client, sizeof tls->client);
    mote_wipe(tls->in, sizeof tls->in);
    mote_wipe(tls->out, sizeof tls->out);
    tls->taken = false;
}
