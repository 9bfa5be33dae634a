#include "port/linux/link/tls.h"
#include "port/linux/link/tls_verdict.h"
#include "port/linux/loop.h"
#include "port/words.h"
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OUT_SIZE holds the largest record and all that may come before it, so that a record is never left half encrypted. */
enum { RECORD_MAX = 16384, OUT_SIZE = 32768, HOST_MAX = 256 };

/* How often one turn reads from the layer below: a server that sends what OpenSSL keeps to itself, such as session tickets,
 * must not hold the loop. */
enum { READS_MAX = 8 };

struct tls_stream {
    struct mote_stream stream; /* first: a stream is its TLS */
    SSL *ssl;
    struct mote_tls_context *context;
    const char *host;
    uint16_t port;
    bool resumes;                    /* with a session from earlier */
    unsigned reads_left;             /* of this turn */
    enum mote_reason below;          /* why the layer below reads no more */
    struct mote_tls_verdict verdict; /* why this one does not; of a certificate already before OpenSSL gives up */
    size_t out_from;
    size_t out_to;
    uint8_t out[OUT_SIZE]; /* encrypted, and not yet taken by the layer below */
};

static struct tls_stream *of(struct mote_stream *stream)
{
    return (struct tls_stream *)stream;
}

/* --- Between OpenSSL and the layer below --- */

static int bio_read(BIO *bio, char *into, int size)
{
    struct tls_stream *tls = BIO_get_data(bio);
    size_t count;

    BIO_clear_retry_flags(bio);
    if (tls->below != MOTE_OK || size <= 0)
        return 0;
    if (tls->reads_left == 0) {
        mote_loop_wake();
        BIO_set_retry_read(bio);
        return -1;
    }
    tls->reads_left--;
    count = mote_stream_read(tls->stream.below, into, (size_t)size, &tls->below);
    if (count == 0 && tls->below == MOTE_OK) {
        BIO_set_retry_read(bio);
        return -1;
    }
    return (int)count;
}

static int bio_write(BIO *bio, const char *bytes, int size)
{
    struct tls_stream *tls = BIO_get_data(bio);
    size_t room;

    BIO_clear_retry_flags(bio);
    if (tls->out_from > 0) {
        memmove(tls->out, tls->out + tls->out_from, tls->out_to - tls->out_from);
        tls->out_to -= tls->out_from;
        tls->out_from = 0;
    }
    room = OUT_SIZE - tls->out_to;
    if (room == 0 || size <= 0) {
        BIO_set_retry_write(bio);
        return -1;
    }
    room = room < (size_t)size ? room : (size_t)size;
    memcpy(tls->out + tls->out_to, bytes, room);
    tls->out_to += room;
    return (int)room;
}

/* Of an end of the stream it does not tell: OpenSSL would send an alert then. */
static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static const BIO_METHOD *bio_method(void)
{
    static BIO_METHOD *method;

    if (method == NULL) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mote");
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_ctrl(method, bio_control);
    }
    return method;
}

static bool flush(struct mote_stream *stream)
{
    struct tls_stream *tls = of(stream);

    if (tls->out_from < tls->out_to)
        tls->out_from += mote_stream_write(stream->below, tls->out + tls->out_from, tls->out_to - tls->out_from);
    return tls->out_from == tls->out_to;
}

/* --- What goes wrong --- */

/* The layer below has said why; what is to be added is that TLS did not see it coming. */
static void judge_cut(struct tls_stream *tls)
{
    const char *words = mote_words(NULL);
    size_t name = strlen(tls->stream.name) + 2;

    tls->verdict.reason = tls->below;
    snprintf(tls->verdict.words, sizeof tls->verdict.words, "%s, %s", strlen(words) > name ? words + name : words,
             tls->stream.is_open ? "without ending TLS: the last words may be missing"
                                 : "in the middle of TLS's handshake: is this the port for TLS?");
}

static void judge(struct tls_stream *tls, int result)
{
    int error = SSL_get_error(tls->ssl, result);
    const struct mote_tls_options *options = mote_tls_context_options(tls->context);

    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE || tls->verdict.reason != MOTE_OK)
        return;
    if (error == SSL_ERROR_ZERO_RETURN)
        tls->verdict = (struct mote_tls_verdict){MOTE_TCP_RESET, "the other side has closed the connection"};
    else if (tls->below != MOTE_OK)
        judge_cut(tls);
    else
        mote_tls_judge_error(&tls->verdict, ERR_peek_error(), options);
}

static enum mote_reason fail(const struct tls_stream *tls)
{
    if (tls->verdict.reason != MOTE_OK)
        mote_words_say("%s: %s", tls->stream.name, tls->verdict.words);
    return tls->verdict.reason;
}

static int on_certificate(int fine, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_stream *tls = SSL_get_app_data(ssl);

    if (!fine)
        mote_tls_judge_certificate(&tls->verdict, store);
    return fine;
}

/* --- Opening --- */

/* A copy, since OpenSSL spoils its own when the connection breaks, which is when it is needed. */
static void keep_session(const struct tls_stream *tls, const SSL_SESSION *session)
{
    SSL_SESSION *copy = SSL_SESSION_dup(session);

    if (copy != NULL && !mote_tls_sessions_put(mote_tls_context_sessions(tls->context), tls->host, tls->port, copy))
        SSL_SESSION_free(copy);
}

static int on_session(SSL *ssl, SSL_SESSION *session)
{
    keep_session(SSL_get_app_data(ssl), session);
    return 0;
}

/* With TLS 1.2 the server need not send a new one. */
static void keep_resumed(const struct tls_stream *tls)
{
    if (SSL_session_reused(tls->ssl) && SSL_version(tls->ssl) == TLS1_2_VERSION)
        keep_session(tls, SSL_get0_session(tls->ssl));
}

/* What a server that does not know sessions makes of one: then the next attempt is without. */
static void give_up_resuming(struct tls_stream *tls)
{
    if (tls->resumes && tls->below == MOTE_OK)
        mote_tls_sessions_give_up(mote_tls_context_sessions(tls->context), tls->host, tls->port);
}

static bool open_stream(struct mote_stream *stream, enum mote_reason *reason)
{
    struct tls_stream *tls = of(stream);
    int result;

    mote_words_say("%s: no answer in TLS's handshake", stream->name);
    ERR_clear_error();
    tls->reads_left = UINT_MAX; /* a handshake has an end by itself */
    result = SSL_do_handshake(tls->ssl);
    if (result != 1) {
        judge(tls, result);
        flush(stream);
        if (tls->verdict.reason != MOTE_OK)
            give_up_resuming(tls);
        *reason = fail(tls);
        ERR_clear_error();
        return false;
    }
    keep_resumed(tls);
    flush(stream);
    mote_words_say("%s", "");
    return true;
}

/* --- Talking --- */

static size_t read_bytes(struct mote_stream *stream, void *into, size_t size, enum mote_reason *reason)
{
    struct tls_stream *tls = of(stream);
    size_t count = 0, got;

    ERR_clear_error();
    tls->reads_left = READS_MAX;
    while (count < size && tls->verdict.reason == MOTE_OK) {
        int result = SSL_read_ex(tls->ssl, (uint8_t *)into + count, size - count, &got);

        if (result != 1) {
            judge(tls, result);
            break;
        }
        count += got;
    }
    ERR_clear_error();
    flush(stream); /* reading may have called for an answer */
    if (tls->verdict.reason == MOTE_OK)
        return count;
    if (count == 0)
        *reason = fail(tls);
    else
        mote_loop_wake();
    return count;
}

static size_t write_bytes(struct mote_stream *stream, const void *bytes, size_t size)
{
    struct tls_stream *tls = of(stream);
    size_t count = 0, taken;

    while (count < size && tls->verdict.reason == MOTE_OK && flush(stream)) {
        size_t part = size - count < RECORD_MAX ? size - count : RECORD_MAX;
        int result;

        ERR_clear_error();
        result = SSL_write_ex(tls->ssl, (const uint8_t *)bytes + count, part, &taken);
        if (result != 1) {
            judge(tls, result);
            break;
        }
        count += taken;
    }
    if (tls->verdict.reason != MOTE_OK)
        mote_loop_wake(); /* the next read says so */
    ERR_clear_error();
    flush(stream);
    return count;
}

static void say_goodbye(struct mote_stream *stream)
{
    if (of(stream)->verdict.reason == MOTE_OK)
        SSL_shutdown(of(stream)->ssl);
    ERR_clear_error();
    flush(stream);
}

static void dispose(struct mote_stream *stream)
{
    SSL_free(of(stream)->ssl);
    OPENSSL_cleanse(stream, sizeof(struct tls_stream));
    free(stream);
}

static const struct mote_stream_kind kind = {
    .open = open_stream,
    .read = read_bytes,
    .write = write_bytes,
    .flush = flush,
    .say_goodbye = say_goodbye,
    .dispose = dispose,
};

/* --- Making one --- */

static bool resume(struct tls_stream *tls)
{
    SSL_SESSION *session = mote_tls_sessions_take(mote_tls_context_sessions(tls->context), tls->host, tls->port);
    bool resumes = session != NULL && SSL_set_session(tls->ssl, session) == 1;

    SSL_SESSION_free(session);
    return resumes;
}

static bool is_address(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

/* Asks for this host's certificate and has it checked (RFC 6125); an address's zone and a name's last dot are no part of
 * it. */
static bool expect_host(struct tls_stream *tls)
{
    size_t length = strcspn(tls->host, "%");
    char host[HOST_MAX];

    length = length > 1 && tls->host[length - 1] == '.' ? length - 1 : length;
    if (length >= sizeof host)
        return false;
    memcpy(host, tls->host, length);
    host[length] = '\0';
    SSL_set_hostflags(tls->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), host) == 1;
    return SSL_set_tlsext_host_name(tls->ssl, host) == 1 && SSL_set1_host(tls->ssl, host) == 1;
}

static bool set_up(struct tls_stream *tls)
{
    SSL_CTX *openssl = mote_tls_context_openssl(tls->context);
    bool insecure = mote_tls_context_options(tls->context)->insecure;
    BIO *bio = NULL;

    SSL_CTX_sess_set_new_cb(openssl, on_session);
    tls->ssl = SSL_new(openssl);
    if (tls->ssl != NULL)
        bio = BIO_new(bio_method());
    if (bio == NULL)
        return false;
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_app_data(tls->ssl, tls);
    SSL_set_connect_state(tls->ssl);
    SSL_set_verify(tls->ssl, insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, insecure ? NULL : on_certificate);
    tls->resumes = resume(tls);
    return expect_host(tls);
}

struct mote_stream *mote_tls_open(struct mote_stream *below, struct mote_tls_context *context, const char *host,
                                  uint16_t port)
{
    struct tls_stream *tls = calloc(1, sizeof *tls);

    if (tls == NULL)
        return NULL;
    tls->stream = (struct mote_stream){.kind = &kind, .below = below, .name = below->name};
    tls->context = context;
    tls->host = host;
    tls->port = port;
    if (set_up(tls))
        return &tls->stream;
    ERR_clear_error();
    dispose(&tls->stream);
    errno = ENOMEM;
    return NULL;
}
