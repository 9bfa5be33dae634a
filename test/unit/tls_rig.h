/* A TLS server on the loop, with certificates made on the spot, for tests of links that encrypt. */
#ifndef TLS_RIG_H
#define TLS_RIG_H

#include "link_rig.h"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

/* --- Certificates --- */

struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};

enum { DAY_S = 86400 };

struct wanted {
    const char *name;          /* the common name */
    const char *alternative;   /* as OpenSSL's configuration has it: "DNS:a,IP:127.0.0.1"; NULL: none */
    const struct identity *by; /* NULL: itself */
    bool authority;
    long from_s;  /* relative to now; 0: a day ago */
    long until_s; /* 0: in a day */
};

static inline void add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    CHECK(extension != NULL);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static inline struct identity make_identity(struct wanted wanted)
{
    static long serial;
    struct identity made = {X509_new(), EVP_EC_gen("P-256")};
    const struct identity *by = wanted.by == NULL ? &made : wanted.by;
    X509_NAME *name = X509_get_subject_name(made.certificate);

    CHECK(made.certificate != NULL && made.key != NULL);
    X509_set_version(made.certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.certificate), wanted.from_s == 0 ? -DAY_S : wanted.from_s);
    X509_gmtime_adj(X509_getm_notAfter(made.certificate), wanted.until_s == 0 ? DAY_S : wanted.until_s);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)wanted.name, -1, -1, 0);
    X509_set_issuer_name(made.certificate, X509_get_subject_name(by->certificate));
    X509_set_pubkey(made.certificate, made.key);
    if (wanted.authority)
        add_extension(made.certificate, NID_basic_constraints, "critical,CA:TRUE");
    if (wanted.alternative != NULL)
        add_extension(made.certificate, NID_subject_alt_name, wanted.alternative);
    CHECK(X509_sign(made.certificate, by->key, EVP_sha256()) > 0);
    return made;
}

static inline void free_identity(struct identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
}

/* A folder for the files of a test program; it goes with the program. */
static char folder[32];

static inline void remove_folder(void)
{
    char command[256];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        fprintf(stderr, "%s is left\n", folder);
}

static inline const char *file_name(char into[256], const char *name)
{
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "/tmp/mote-tls-XXXXXX");
        CHECK(mkdtemp(folder) != NULL);
        atexit(remove_folder);
    }
    snprintf(into, 256, "%s/%s", folder, name);
    return into;
}

static inline FILE *create_file(const char *name)
{
    char path[256];
    FILE *file = fopen(file_name(path, name), "w");

    CHECK(file != NULL);
    return file;
}

static inline void write_certificate(const char *name, const struct identity *identity)
{
    FILE *file = create_file(name);

    PEM_write_X509(file, identity->certificate);
    fclose(file);
}

/* Encrypted if there is a password. */
static inline void write_key(const char *name, const struct identity *identity, const char *password)
{
    FILE *file = create_file(name);

    PEM_write_PKCS8PrivateKey(file, identity->key, password == NULL ? NULL : EVP_aes_128_cbc(), NULL, 0, NULL,
                              (void *)(uintptr_t)password);
    fclose(file);
}

/* --- The server --- */

struct server {
    SSL_CTX *openssl;
    int listener;
    uint16_t port;
    int fd; /* of its one connection, -1: none */
    SSL *ssl;
    BIO *from, *to;
    bool open; /* the handshake is over */
    bool deaf; /* does not read */
    bool resumed;
    bool goodbye;        /* close_notify has come */
    unsigned long error; /* what OpenSSL says has gone wrong */
    size_t sent;         /* raw bytes of this connection */
    size_t cut_at;       /* hangs up once it has sent so many; SIZE_MAX: does not */
    bool dribbles;       /* sends only by server_dribble() */
    char asked_for[64];  /* by SNI */
    char protocol[16];   /* by ALPN */
    char got[64];        /* the first bytes of what was sent to it */
    size_t got_size;     /* all of it */
    unsigned got_wrong;  /* bytes unlike the pattern */
    bool echoes;
};

static inline void server_hang_up(struct server *server)
{
    if (server->fd < 0)
        return;
    mote_linux_unwatch(server->fd);
    close(server->fd);
    server->fd = -1;
    SSL_free(server->ssl);
    server->ssl = NULL;
}

static inline void server_pass_on(struct server *server)
{
    char bytes[16384];

    while (!server->dribbles && server->fd >= 0 && BIO_ctrl_pending(server->to) > 0) {
        size_t left = server->cut_at - server->sent;
        int size = BIO_read(server->to, bytes, (int)(sizeof bytes < left ? sizeof bytes : left));
        if (left == 0) {
            server_hang_up(server);
            return;
        }
        if (send(server->fd, bytes, (size_t)size, MSG_NOSIGNAL) < 0)
            return;
        server->sent += (size_t)size;
    }
}

/* Sends byte by byte what it has to say, with a turn of the loop after each. */
static inline void server_dribble(struct server *server)
{
    char byte;

    while (server->fd >= 0 && BIO_ctrl_pending(server->to) > 0) {
        CHECK_EQUAL(BIO_read(server->to, &byte, 1), 1);
        CHECK_EQUAL(send(server->fd, &byte, 1, MSG_NOSIGNAL), 1);
        loopback_wait(0); /* there it is already */
    }
}

static inline void server_take(struct server *server, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        size_t at = server->got_size++;
        server->got_wrong += bytes[i] != pattern(at);
        if (at < sizeof server->got - 1)
            server->got[at] = (char)bytes[i];
    }
    if (server->echoes)
        SSL_write(server->ssl, bytes, (int)size);
}

static inline void server_read(struct server *server)
{
    uint8_t bytes[16384];
    int size = 1;

    while (server->open && size > 0) {
        size = SSL_read(server->ssl, bytes, sizeof bytes);
        if (size > 0)
            server_take(server, bytes, (size_t)size);
        else if (SSL_get_error(server->ssl, size) == SSL_ERROR_SSL)
            server->error = ERR_peek_error();
    }
    server->goodbye = server->goodbye || (SSL_get_shutdown(server->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

static inline void server_turn(struct server *server)
{
    ERR_clear_error();
    if (!server->open) {
        int result = SSL_accept(server->ssl);
        server->open = result == 1;
        if (result != 1 && SSL_get_error(server->ssl, result) == SSL_ERROR_SSL)
            server->error = ERR_peek_error();
        if (server->open) {
            server->resumed = SSL_session_reused(server->ssl);
            if (SSL_get_servername(server->ssl, TLSEXT_NAMETYPE_host_name) != NULL)
                snprintf(server->asked_for, sizeof server->asked_for, "%s",
                         SSL_get_servername(server->ssl, TLSEXT_NAMETYPE_host_name));
        }
    }
    server_read(server);
    ERR_clear_error();
    server_pass_on(server);
    if (server->error != 0)
        server_hang_up(server);
}

static inline void server_on_bytes(int fd, uint32_t events, void *context)
{
    struct server *server = context;
    char bytes[16384];
    ssize_t size;

    (void)events;
    if (server->deaf)
        return;
    size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size > 0) {
        BIO_write(server->from, bytes, (int)size);
        server_turn(server);
    } else if (size == 0 || errno != EAGAIN) {
        server_hang_up(server);
    }
}

static inline void server_on_connection(int fd, uint32_t events, void *context)
{
    struct server *server = context;
    const int on = 1;

    (void)events;
    server_hang_up(server);
    server->fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    CHECK(server->fd >= 0);
    setsockopt(server->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    server->ssl = SSL_new(server->openssl);
    server->from = BIO_new(BIO_s_mem());
    server->to = BIO_new(BIO_s_mem());
    SSL_set_bio(server->ssl, server->from, server->to);
    server->open = server->resumed = server->goodbye = false;
    server->error = 0;
    server->sent = server->got_size = server->got_wrong = 0;
    memset(server->got, 0, sizeof server->got);
    server->asked_for[0] = server->protocol[0] = '\0';
    CHECK(mote_linux_watch(server->fd, EPOLLIN, server_on_bytes, server));
}

static inline int server_on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *in,
                                 unsigned in_size, void *context)
{
    struct server *server = context;

    (void)ssl;
    snprintf(server->protocol, sizeof server->protocol, "%.*s", in[0], in + 1);
    CHECK_EQUAL(in_size, in[0] + 1u);
    *out = in + 1;
    *out_size = in[0];
    return SSL_TLSEXT_ERR_OK;
}

/* A server with a certificate, NULL for none; `chain` is what it sends with it. */
static inline void server_start(struct server *server, const struct identity *identity, const struct identity *chain)
{
    memset(server, 0, sizeof *server);
    server->fd = -1;
    server->cut_at = SIZE_MAX;
    server->openssl = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_session_id_context(server->openssl, (const unsigned char *)"test", 4);
    SSL_CTX_set_alpn_select_cb(server->openssl, server_on_alpn, server);
    if (identity != NULL) {
        CHECK_EQUAL(SSL_CTX_use_certificate(server->openssl, identity->certificate), 1);
        CHECK_EQUAL(SSL_CTX_use_PrivateKey(server->openssl, identity->key), 1);
    }
    if (chain != NULL)
        CHECK_EQUAL(SSL_CTX_add1_chain_cert(server->openssl, chain->certificate), 1);
    server->listener = loopback_listen(AF_INET);
    server->port = loopback_port(server->listener);
    CHECK(mote_linux_watch(server->listener, EPOLLIN, server_on_connection, server));
}

static inline void server_versions(struct server *server, int version)
{
    SSL_CTX_set_min_proto_version(server->openssl, version);
    SSL_CTX_set_max_proto_version(server->openssl, version);
}

static inline void server_stop(struct server *server)
{
    server_hang_up(server);
    mote_linux_unwatch(server->listener);
    close(server->listener);
    SSL_CTX_free(server->openssl);
}

static inline void server_say(struct server *server, const void *bytes, size_t size)
{
    CHECK_EQUAL(SSL_write(server->ssl, bytes, (int)size), (int)size);
    server_pass_on(server);
}

/* --- Ours --- */

static inline enum mote_reason open_tls(const char *host, uint16_t port, const struct mote_link_options *options)
{
    const struct mote_url url = {.scheme = MOTE_TEXT("mqtts"), .host = mote_text(host), .port = port};

    memset(&mine, 0, sizeof mine);
    mine.options = options;
    return mote_port()->link->open(mote_port()->context, &mine, &url);
}

/* Runs the loop until the link is open and the server, too, or until it has failed. */
static inline void connect_tls(struct server *server, const char *host, const struct mote_link_options *options)
{
    server->open = false;
    CHECK_EQUAL(open_tls(host, server->port, options), MOTE_OK);
    LOOPBACK_UNTIL(mine.state == MOTE_LINK_FAILED || (mine.state == MOTE_LINK_OPEN && server->open));
}

static inline void must_be_open(void)
{
    if (mine.state != MOTE_LINK_OPEN)
        check_fail(__FILE__, __LINE__, "%s: %s", mote_reason_code(mine.reason), words());
}

/* Reads until the link fails; it has to, with this reason and these words. */
static inline void must_fail(enum mote_reason reason, const char *part_of_the_words)
{
    LOOPBACK_UNTIL((mine.state == MOTE_LINK_OPEN && receive((char[64]){0}, 64) > 0) || mine.state == MOTE_LINK_FAILED);
    if (mine.state != MOTE_LINK_FAILED || mine.reason != reason || strstr(words(), part_of_the_words) == NULL)
        check_fail(__FILE__, __LINE__, "state %d, %s: %s (not %s)", mine.state, mote_reason_code(mine.reason), words(),
                   part_of_the_words);
}

#endif
