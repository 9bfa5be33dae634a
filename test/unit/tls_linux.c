/* TLS from the network's side: who is trusted and who is not, resumption, cuts, long streams. The other side is OpenSSL in
 * the same loop. */
#undef _FORTIFY_SOURCE /* it has definitions of its own for what is replaced here */

#include "tls_rig.h"

#include <sys/stat.h>
#include <sys/syscall.h>

/* In place of the C library's, so that they can be counted. */
static unsigned reads, writes;

ssize_t recv(int fd, void *into, size_t size, int flags)
{
    reads++;
    return syscall(SYS_recvfrom, fd, into, size, flags, NULL, NULL);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    writes++;
    return syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

/* And this one, so that the clock can be wrong. */
static time_t clock_s;

time_t time(time_t *into)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec = clock_s != 0 ? clock_s : now.tv_sec;
    if (into != NULL)
        *into = now.tv_sec;
    return now.tv_sec;
}

static struct identity authority, other_authority, good;
static char authority_file[256], other_file[256];

static const struct mote_link_options *trusting(void)
{
    static struct mote_link_options options;

    options = (struct mote_link_options){.tls = {.ca_file = authority_file}};
    return &options;
}

static void prepare(void)
{
    if (authority.certificate != NULL)
        return;
    authority = make_identity((struct wanted){.name = "Authority", .authority = true});
    other_authority = make_identity((struct wanted){.name = "Other", .authority = true});
    good =
        make_identity((struct wanted){.name = "good", .alternative = "DNS:localhost,IP:127.0.0.1", .by = &authority});
    write_certificate("ca.pem", &authority);
    write_certificate("other.pem", &other_authority);
    file_name(authority_file, "ca.pem");
    file_name(other_file, "other.pem");
}

/* --- Talking --- */

static void talk(struct server *server)
{
    must_be_open();
    CHECK_EQUAL(send_text("hello"), 5);
    LOOPBACK_UNTIL(server->got_size == 5);
    CHECK(strcmp(server->got, "hello") == 0);
    server_say(server, "welcome", 7);
    expect("welcome");
}

static void talks_in_both_versions(void)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    prepare();
    for (size_t i = 0; i < 2; i++) {
        unsigned descriptors = loopback_descriptors();
        static struct server server;
        server_start(&server, &good, NULL);
        server_versions(&server, versions[i]);
        connect_tls(&server, "localhost", trusting());
        talk(&server);
        CHECK_EQUAL(SSL_version(server.ssl), versions[i]);
        close_link(false);
        LOOPBACK_UNTIL(server.fd < 0);
        CHECK(server.goodbye); /* close_notify, not just the end */
        server_stop(&server);
        LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
    }
}

static void chooses_the_version(void)
{
    struct mote_link_options options = *(prepare(), trusting());
    static struct server server;

    server_start(&server, &good, NULL);
    options.tls.version = "tlsv1.2";
    connect_tls(&server, "localhost", &options);
    must_be_open();
    CHECK_EQUAL(SSL_version(server.ssl), TLS1_2_VERSION);
    close_link(false);
    options.tls.version = "tlsv1.3";
    connect_tls(&server, "localhost", &options);
    must_be_open();
    CHECK_EQUAL(SSL_version(server.ssl), TLS1_3_VERSION);
    close_link(false);
    server_versions(&server, TLS1_2_VERSION);
    connect_tls(&server, "localhost", &options);
    must_fail(MOTE_CONFIG_INVALID, "version");
    close_link(false);
    server_stop(&server);
}

/* TLS 1.1 would be spoken only by a server that is told to. */
static void refuses_old_versions(void)
{
    static struct server server;

    prepare();
    server_start(&server, &good, NULL);
    SSL_CTX_set_security_level(server.openssl, 0);
    server_versions(&server, TLS1_1_VERSION);
    connect_tls(&server, "localhost", trusting());
    must_fail(MOTE_CONFIG_INVALID, "version");
    close_link(false);
    server_stop(&server);
}

static void names_the_host_but_no_address(void)
{
    struct mote_link_options options = *(prepare(), trusting());
    static struct server server;

    options.tls.alpn = "mqtt";
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", &options);
    must_be_open();
    CHECK(strcmp(server.asked_for, "localhost") == 0);
    CHECK(strcmp(server.protocol, "mqtt") == 0);
    close_link(false);
    connect_tls(&server, "127.0.0.1", trusting());
    must_be_open();
    CHECK(server.asked_for[0] == '\0');
    CHECK(server.protocol[0] == '\0');
    close_link(false);
    server_stop(&server);
}

static void takes_the_ciphers_that_it_is_told(void)
{
    struct mote_link_options options = *(prepare(), trusting());
    static struct server server;

    options.tls.version = "tlsv1.2";
    options.tls.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384";
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", &options);
    must_be_open();
    CHECK(strcmp(SSL_get_cipher_name(server.ssl), "ECDHE-ECDSA-AES256-GCM-SHA384") == 0);
    close_link(false);
    options.tls.ciphers = "ECDHE-RSA-AES256-GCM-SHA384"; /* which this certificate cannot */
    connect_tls(&server, "localhost", &options);
    must_fail(MOTE_TLS_UNTRUSTED, "handshake failure");
    close_link(false);
    server_stop(&server);
}

/* --- Whom to trust --- */

/* Connects to a server with this certificate, trusting `authority`. */
static void try_certificate(struct wanted wanted, const char *host, enum mote_reason reason, const char *part)
{
    struct identity identity = make_identity(wanted);
    struct mote_link_options insecure = {.tls = {.insecure = true}};
    struct loopback_names names;
    static struct server server;

    loopback_names_start(&names);
    server_start(&server, &identity, NULL);
    connect_tls(&server, host, trusting());
    if (reason == MOTE_OK) {
        must_be_open();
    } else {
        must_fail(reason, part);
        CHECK(strncmp(words(), host, strlen(host)) == 0);
        LOOPBACK_UNTIL(server.error != 0 || server.fd < 0); /* is told by an alert */
    }
    close_link(false);
    connect_tls(&server, host, &insecure);
    must_be_open();
    close_link(true);
    server_stop(&server);
    loopback_names_stop(&names);
    free_identity(&identity);
}

static void knows_whom_a_certificate_is_for(void)
{
    prepare();
#define BY .by = &authority
    try_certificate((struct wanted){"x", "DNS:four.test", BY}, "four.test", MOTE_OK, "");
    try_certificate((struct wanted){"x", "DNS:FOUR.test", BY}, "four.TEST", MOTE_OK, "");
    try_certificate((struct wanted){"x", "DNS:a.test,DNS:four.test", BY}, "four.test", MOTE_OK, "");
    try_certificate((struct wanted){"four.test", NULL, BY}, "four.test", MOTE_OK, "");
    try_certificate((struct wanted){"x", "DNS:*.sub.test", BY}, "four.sub.test", MOTE_OK, "");
    try_certificate((struct wanted){"x", "IP:127.0.0.1", BY}, "127.0.0.1", MOTE_OK, "");
    try_certificate((struct wanted){"x", "DNS:a.test,IP:10.0.0.1", BY}, "four.test", MOTE_TLS_NAME,
                    "for a.test, 10.0.0.1");
    try_certificate((struct wanted){"four.test", "DNS:a.test", BY}, "four.test", MOTE_TLS_NAME, "for a.test");
    try_certificate((struct wanted){"b.test", NULL, BY}, "four.test", MOTE_TLS_NAME, "for b.test");
    try_certificate((struct wanted){"x", "DNS:*.sub.test", BY}, "four.test", MOTE_TLS_NAME, "for *.sub.test");
    try_certificate((struct wanted){"x", "DNS:*.test", BY}, "four.a.test", MOTE_TLS_NAME, "for *.test");
    try_certificate((struct wanted){"x", "DNS:f*.sub.test", BY}, "four.sub.test", MOTE_TLS_NAME, "for f*");
    try_certificate((struct wanted){"x", "IP:127.0.0.2", BY}, "127.0.0.1", MOTE_TLS_NAME, "for 127.0.0.2");
    try_certificate((struct wanted){"x", "DNS:127.0.0.1", BY}, "127.0.0.1", MOTE_TLS_NAME, "for 127.0.0.1");
    try_certificate((struct wanted){"127.0.0.1", NULL, BY}, "127.0.0.1", MOTE_TLS_NAME, "for 127.0.0.1");
#undef BY
}

static void knows_who_has_made_a_certificate(void)
{
    prepare();
    try_certificate((struct wanted){"x", "DNS:localhost", .by = &other_authority}, "localhost", MOTE_TLS_UNTRUSTED,
                    "by Other, an authority that is not trusted");
    try_certificate((struct wanted){.name = "x", .alternative = "DNS:localhost"}, "localhost", MOTE_TLS_UNTRUSTED,
                    "self-signed");
    try_certificate((struct wanted){.name = "x\x1b[2J", .alternative = "DNS:localhost"}, "localhost",
                    MOTE_TLS_UNTRUSTED, "self-signed");
    CHECK(strchr(words(), '\x1b') == NULL);
    try_certificate((struct wanted){"x", "DNS:localhost", .by = &good}, "localhost", MOTE_TLS_UNTRUSTED, "by good");
}

static void knows_when_a_certificate_is_valid(void)
{
    char begin[64];
    time_t later = time(NULL) + 400 * DAY_S;
    struct tm parts;

    prepare();
    gmtime_r(&later, &parts);
    strftime(begin, sizeof begin, "localhost is not valid yet: from %Y-%m-%d", &parts);
    try_certificate((struct wanted){"x", "DNS:localhost", .by = &authority, .from_s = -3 * DAY_S, .until_s = -DAY_S},
                    "localhost", MOTE_TLS_EXPIRED, "localhost has expired on 2");
    try_certificate(
        (struct wanted){"x", "DNS:localhost", .by = &authority, .from_s = 400 * DAY_S, .until_s = 401 * DAY_S},
        "localhost", MOTE_TLS_EXPIRED, begin);
}

/* A board without a clock of its own begins in 1970, where no certificate is valid yet. */
static void knows_a_clock_that_is_not_set(void)
{
    static struct server server;

    prepare();
    server_start(&server, &good, NULL);
    clock_s = 12345;
    connect_tls(&server, "localhost", trusting());
    clock_s = 0;
    must_fail(MOTE_TLS_CLOCK_NOT_SET, "1970-01-01");
    close_link(false);
    server_stop(&server);
}

static void trusts_over_an_authority_in_between(void)
{
    struct identity between, leaf;
    static struct server server;

    prepare();
    between = make_identity((struct wanted){.name = "Between", .by = &authority, .authority = true});
    leaf = make_identity((struct wanted){"x", "DNS:localhost", .by = &between});
    server_start(&server, &leaf, &between);
    connect_tls(&server, "localhost", trusting());
    must_be_open();
    close_link(false);
    server_stop(&server);
    server_start(&server, &leaf, NULL);
    connect_tls(&server, "localhost", trusting());
    must_fail(MOTE_TLS_UNTRUSTED, "by Between");
    close_link(false);
    server_stop(&server);
    free_identity(&between);
    free_identity(&leaf);
}

/* The system's authorities are where OpenSSL has them, which the environment can say. */
static void trusts_the_systems_authorities(void)
{
    struct mote_link_options options = {.tls = {.ca_file = NULL}};
    static struct server server;

    prepare();
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", NULL);
    must_fail(MOTE_TLS_UNTRUSTED, "Authority");
    close_link(false);
    setenv("SSL_CERT_FILE", authority_file, 1);
    options.tls.alpn = "a"; /* for a context that is not there yet */
    connect_tls(&server, "localhost", &options);
    must_be_open();
    close_link(false);
    options.tls.ca_file = other_file;
    connect_tls(&server, "localhost", &options);
    must_fail(MOTE_TLS_UNTRUSTED, "Authority");
    close_link(false);
    options.tls.system_authorities = true;
    connect_tls(&server, "localhost", &options);
    must_be_open();
    close_link(false);
    unsetenv("SSL_CERT_FILE");
    server_stop(&server);
}

static void trusts_a_directory(void)
{
    char directory[256], name[160];
    struct mote_link_options options = {.tls = {.ca_path = file_name(directory, "authorities")}};
    static struct server server;

    prepare();
    mkdir(directory, 0700);
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", &options);
    must_fail(MOTE_TLS_UNTRUSTED, "Authority");
    close_link(false);
    snprintf(name, sizeof name, "authorities/%08lx.0", X509_subject_name_hash(authority.certificate));
    write_certificate(name, &authority);
    connect_tls(&server, "localhost", &options);
    must_be_open();
    close_link(false);
    server_stop(&server);
}

/* One that is put in the place of another is seen at the next connection. */
static void reads_a_file_again_that_has_changed(void)
{
    char path[256];
    struct mote_link_options options = {.tls = {.ca_file = file_name(path, "changing.pem")}};
    static struct server server;

    prepare();
    write_certificate("changing.pem", &other_authority);
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", &options);
    must_fail(MOTE_TLS_UNTRUSTED, "Authority");
    close_link(false);
    unlink(path);
    write_certificate("changing.pem", &authority);
    connect_tls(&server, "localhost", &options);
    must_be_open();
    close_link(false);
    server_stop(&server);
}

/* --- Who we are --- */

static void shows_its_own_certificate(void)
{
    static const char *const versions[] = {"tlsv1.2", "tlsv1.3"};
    char certificate[256], key[256], encrypted[256];
    struct identity own;
    static struct server server;

    prepare();
    own = make_identity((struct wanted){.name = "own", .by = &authority});
    write_certificate("own.pem", &own);
    write_key("own.key", &own, NULL);
    write_key("encrypted.key", &own, "secret");
    file_name(certificate, "own.pem");
    file_name(key, "own.key");
    file_name(encrypted, "encrypted.key");
    server_start(&server, &good, NULL);
    SSL_CTX_load_verify_locations(server.openssl, authority_file, NULL);
    SSL_CTX_set_verify(server.openssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    for (size_t i = 0; i < 2; i++) {
        struct mote_link_options options = *trusting();
        options.tls.version = versions[i];
        CHECK_EQUAL(open_tls("localhost", server.port, &options), MOTE_OK);
        must_fail(MOTE_TLS_UNTRUSTED, "certificate of this side");
        close_link(false);
        options.tls.certificate_file = certificate;
        options.tls.key_file = key;
        connect_tls(&server, "localhost", &options);
        talk(&server);
        close_link(false);
        options.tls.key_file = encrypted;
        options.tls.key_password = "secret";
        connect_tls(&server, "localhost", &options);
        talk(&server);
        close_link(false);
    }
    server_stop(&server);
    free_identity(&own);
}

static void shows_a_certificate_that_is_not_accepted(void)
{
    static const char *const versions[] = {"tlsv1.2", "tlsv1.3"};
    char certificate[256], key[256];
    struct identity own;
    static struct server server;

    prepare();
    own = make_identity((struct wanted){.name = "own", .by = &other_authority});
    write_certificate("unknown.pem", &own);
    write_key("unknown.key", &own, NULL);
    server_start(&server, &good, NULL);
    SSL_CTX_load_verify_locations(server.openssl, authority_file, NULL);
    SSL_CTX_set_verify(server.openssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    for (size_t i = 0; i < 2; i++) {
        struct mote_link_options options = *trusting();
        options.tls.version = versions[i];
        options.tls.certificate_file = file_name(certificate, "unknown.pem");
        options.tls.key_file = file_name(key, "unknown.key");
        CHECK_EQUAL(open_tls("localhost", server.port, &options), MOTE_OK);
        must_fail(MOTE_TLS_UNTRUSTED, "'unknown CA': it does not accept this side's certificate");
        close_link(false);
    }
    server_stop(&server);
    free_identity(&own);
}

static unsigned give_key(SSL *ssl, const char *identity, unsigned char *key, unsigned size)
{
    (void)ssl;
    if (strcmp(identity, "joe") != 0 || size < 4)
        return 0;
    memcpy(key, "\x00\x0a\xBC\xd1", 4);
    return 4;
}

static void has_a_key_in_common(void)
{
    static const char *const versions[] = {"tlsv1.2", "tlsv1.3", NULL};
    static const struct {
        const char *key, *identity;
        bool fits;
    } rows[] = {{"000abcd1", "joe", true}, {"000ABCD1", "joe", true},  {"00abcd1", "joe", true},
                {"0abcd1", "joe", false},  {"000abcd2", "joe", false}, {"000abcd1", "jim", false}};
    static struct server server;

    server_start(&server, NULL, NULL);
    SSL_CTX_set_psk_server_callback(server.openssl, give_key);
    for (size_t i = 0; i < 3 * sizeof rows / sizeof rows[0]; i++) {
        size_t row = i / 3;
        const struct mote_link_options options = {
            .tls = {.psk = rows[row].key, .psk_identity = rows[row].identity, .version = versions[i % 3]}};
        CHECK_EQUAL(open_tls("localhost", server.port, &options), MOTE_OK);
        if (rows[row].fits) {
            LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING && server.open);
            talk(&server);
        } else {
            must_fail(MOTE_TLS_UNTRUSTED, "the server breaks TLS off");
        }
        close_link(false);
    }
    server_stop(&server);
}

/* A server that has a certificate instead may be anybody. */
static void trusts_no_certificate_when_it_has_a_key(void)
{
    const struct mote_link_options options = {.tls = {.psk = "00", .psk_identity = "joe"}};
    static struct server server;

    prepare();
    setenv("SSL_CERT_FILE", authority_file, 1);
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", &options);
    must_fail(MOTE_TLS_UNTRUSTED, "not trusted");
    close_link(false);
    unsetenv("SSL_CERT_FILE");
    server_stop(&server);
}

/* --- Wrong options --- */

static void write_text(const char *name, const char *text)
{
    FILE *file = create_file(name);

    fputs(text, file);
    fclose(file);
}

static void finds_wrong_options_before_it_connects(void)
{
    static char none[256], empty[256], own[256], key[256], encrypted[256];
    struct identity identity, another;
    char long_text[300];
    const struct {
        struct mote_tls_options tls;
        const char *words[2];
    } rows[] = {
        {{.ca_file = none}, {none, "No such file"}},
        {{.ca_file = empty}, {empty, ""}},
        {{.ca_file = folder}, {folder, "certificate"}},
        {{.ca_path = none}, {none, "No such file"}},
        {{.ca_path = empty}, {empty, "directory"}},
        {{.certificate_file = own}, {own, "key is not given"}},
        {{.key_file = key}, {key, "certificate is not given"}},
        {{.certificate_file = none, .key_file = key}, {none, "No such file"}},
        {{.certificate_file = empty, .key_file = key}, {empty, "none is in this file"}},
        {{.certificate_file = key, .key_file = key}, {key, "none is in this file"}},
        {{.certificate_file = own, .key_file = none}, {none, "No such file"}},
        {{.certificate_file = own, .key_file = empty}, {empty, "private key"}},
        {{.certificate_file = own, .key_file = own}, {own, "private key"}},
        {{.certificate_file = authority_file, .key_file = key}, {key, "does not belong"}},
        {{.certificate_file = own, .key_file = encrypted}, {encrypted, "no password"}},
        {{.certificate_file = own, .key_file = encrypted, .key_password = "wrong"}, {encrypted, "password"}},
        {{.ciphers = "NONE-SUCH"}, {"NONE-SUCH", "cipher"}},
        {{.version = "tlsv1.1"}, {"tlsv1.1", "tlsv1.2"}},
        {{.version = ""}, {"tlsv1.3", ""}},
        {{.alpn = ""}, {"ALPN", "255"}},
        {{.alpn = long_text}, {"ALPN", "255"}},
        {{.psk = "12"}, {"pre-shared key", "no identity"}},
        {{.psk = "12", .psk_identity = ""}, {"pre-shared key", "no identity"}},
        {{.psk = "12", .psk_identity = long_text}, {"pre-shared key", "256"}},
        {{.psk_identity = "joe"}, {"pre-shared key", "no key"}},
        {{.psk = "", .psk_identity = "joe"}, {"pre-shared key", "hexadecimal"}},
        {{.psk = "0x12", .psk_identity = "joe"}, {"pre-shared key", "hexadecimal"}},
        {{.psk = "12g4", .psk_identity = "joe"}, {"pre-shared key", "hexadecimal"}},
    };
    static struct server server;

    prepare();
    identity = make_identity((struct wanted){.name = "own", .by = &authority});
    another = make_identity((struct wanted){.name = "own", .by = &authority});
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    write_certificate("o.pem", &identity);
    write_key("o.key", &identity, NULL);
    write_key("e.key", &identity, "secret");
    write_text("empty", "");
    file_name(none, "none");
    file_name(empty, "empty");
    file_name(own, "o.pem");
    file_name(key, "o.key");
    file_name(encrypted, "e.key");
    server_start(&server, &good, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mote_link_options options = {.tls = rows[i].tls};
        CHECK_EQUAL(open_tls("localhost", server.port, &options), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mine.state, MOTE_LINK_FAILED);
        CHECK_EQUAL(mine.reason, MOTE_CONFIG_INVALID);
        if (strstr(words(), rows[i].words[0]) == NULL || strstr(words(), rows[i].words[1]) == NULL)
            check_fail(__FILE__, __LINE__, "row %u: %s", (unsigned)i, words());
        CHECK(strstr(words(), "12") == NULL &&
              strstr(words(), "wrong") == (rows[i].tls.key_password == NULL ? NULL : strstr(words(), "wrong")));
        close_link(false);
    }
    CHECK(!loopback_poll(server.listener, 0));
    server_stop(&server);
    free_identity(&identity);
    free_identity(&another);
}

/* --- Resumption --- */

static void resumes_in_both_versions(void)
{
    static const char *const versions[] = {"tlsv1.2", "tlsv1.3"};

    prepare();
    for (size_t i = 0; i < 2; i++) {
        struct mote_link_options options = *trusting();
        static struct server server;
        options.tls.version = versions[i];
        server_start(&server, &good, NULL);
        for (int attempt = 0; attempt < 4; attempt++) {
            connect_tls(&server, "localhost", &options);
            talk(&server); /* with TLS 1.3 what serves to resume comes with the first words */
            CHECK_EQUAL(server.resumed, attempt > 0);
            close_link(attempt == 1); /* also after a cut */
        }
        connect_tls(&server, "127.0.0.1", &options);
        talk(&server);
        CHECK(!server.resumed); /* to another name */
        close_link(false);
        options.tls.insecure = true;
        connect_tls(&server, "localhost", &options);
        talk(&server);
        CHECK(!server.resumed); /* with other options */
        close_link(false);
        server_stop(&server);
    }
}

/* OpenSSL's servers that ask for certificates and were not given a name for their sessions break off when one is resumed:
 * after one failure it is not tried again. */
static void gives_resuming_up_where_it_fails(void)
{
    static struct server server;
    unsigned failures = 0;

    prepare();
    server_start(&server, &good, NULL);
    SSL_CTX_set_session_id_context(server.openssl, (const unsigned char *)"", 0);
    SSL_CTX_set_verify(server.openssl, SSL_VERIFY_PEER, NULL);
    for (int attempt = 0; attempt < 6; attempt++) {
        CHECK_EQUAL(open_tls("localhost", server.port, trusting()), MOTE_OK);
        LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING && (mine.state == MOTE_LINK_FAILED || server.open));
        failures += mine.state == MOTE_LINK_FAILED;
        if (mine.state == MOTE_LINK_OPEN)
            talk(&server);
        close_link(false);
    }
    CHECK(failures <= 1);
    server_stop(&server);
}

/* Far more servers than sessions are kept of. */
static void keeps_few_sessions(void)
{
    static struct server servers[12];

    prepare();
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 12; i++) {
            if (round == 0)
                server_start(&servers[i], &good, NULL);
            connect_tls(&servers[i], "localhost", trusting());
            talk(&servers[i]);
            CHECK(!servers[i].resumed);
            close_link(false);
        }
    }
    connect_tls(&servers[11], "localhost", trusting());
    talk(&servers[11]);
    CHECK(servers[11].resumed);
    close_link(false);
    for (size_t i = 0; i < 12; i++)
        server_stop(&servers[i]);
}

/* --- The end of it --- */

static void reads_what_came_before_the_end(void)
{
    static struct server server;

    prepare();
    for (int with_goodbye = 0; with_goodbye < 2; with_goodbye++) {
        server_start(&server, &good, NULL);
        connect_tls(&server, "localhost", trusting());
        talk(&server);
        SSL_write(server.ssl, "goodbye", 7);
        if (with_goodbye)
            SSL_shutdown(server.ssl);
        server_pass_on(&server);
        loopback_deliver(server.fd);
        server_hang_up(&server);
        expect("goodbye");
        must_fail(MOTE_TCP_RESET, with_goodbye ? "closed the connection" : "without ending TLS");
        CHECK(with_goodbye == (strstr(words(), "TLS") == NULL));
        close_link(false);
        server_stop(&server);
    }
}

static void notices_bytes_that_were_changed(void)
{
    static struct server server;
    char bytes[512];
    int size;

    prepare();
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", trusting());
    talk(&server);
    SSL_write(server.ssl, "attack", 6);
    size = BIO_read(server.to, bytes, sizeof bytes);
    bytes[size - 1] ^= 1;
    CHECK_EQUAL(write(server.fd, bytes, (size_t)size), size);
    must_fail(MOTE_MQTT_PROTOCOL, "TLS");
    close_link(false);
    server_stop(&server);
}

/* A server of another kind behind the port. */
static void knows_what_is_not_tls(void)
{
    static const struct {
        const char *says;
        enum mote_reason reason;
        const char *words;
    } rows[] = {
        {"HTTP/1.1 400 Bad Request\r\n\r\n", MOTE_MQTT_PROTOCOL, "not TLS"},
        {" \x02\x05\x01", MOTE_TCP_RESET, "handshake"},
        {"", MOTE_TCP_RESET, "handshake: is this the port for TLS?"},
        {"\x15\x03\x01\x00\x02\x02\x28", MOTE_TLS_UNTRUSTED, "handshake failure"},
        {"\x15\x03\x01\x00\x02\x02\x50", MOTE_TCP_RESET, "internal error"},
        {"\x15\x03\x01\x00\x02\x02\x70", MOTE_TLS_NAME, "unrecognized name"},
    };

    prepare();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int listener = loopback_listen(AF_INET);
        size_t size = i >= 3 ? 7 : strlen(rows[i].says);
        char hello[2000];
        int other;
        CHECK_EQUAL(open_tls("localhost", loopback_port(listener), trusting()), MOTE_OK);
        LOOPBACK_UNTIL(loopback_poll(listener, 0));
        other = loopback_accept(listener);
        LOOPBACK_UNTIL(loopback_poll(other, 0));
        other_reads_some(other, hello, sizeof hello);
        CHECK_EQUAL(write(other, rows[i].says, size), (ssize_t)size);
        close(other);
        must_fail(rows[i].reason, rows[i].words);
        close_link(false);
        close(listener);
    }
}

static void waits_for_a_server_that_is_silent(void)
{
    unsigned descriptors = loopback_descriptors();
    int listener = loopback_listen(AF_INET);
    int other;
    char hello[2000];

    prepare();
    CHECK_EQUAL(open_tls("localhost", loopback_port(listener), trusting()), MOTE_OK);
    LOOPBACK_UNTIL(loopback_poll(listener, 0));
    other = loopback_accept(listener);
    LOOPBACK_UNTIL(loopback_poll(other, 0));
    other_reads_some(other, hello, sizeof hello);
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.reason, MOTE_TCP_TIMEOUT);
    CHECK(strstr(words(), "no answer in TLS's handshake") != NULL);
    CHECK_EQUAL(send_text("x"), 0);
    CHECK_EQUAL(receive(hello, 1), 0);
    close_link(true);
    close(other);
    close(listener);
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

/* The connection breaks after each byte that the server says in the handshake, and no matter where, it is told. */
static void survives_a_cut_anywhere_in_the_handshake(void)
{
    static struct server server;
    size_t cuts = 0;

    prepare();
    for (int kind = 0; kind < 3; kind++) {
        struct mote_link_options options = *trusting();
        if (kind == 2)
            options = (struct mote_link_options){.tls = {.psk = "000abcd1", .psk_identity = "joe"}};
        else
            options.tls.version = kind == 0 ? "tlsv1.2" : "tlsv1.3";
        server_start(&server, kind == 2 ? NULL : &good, NULL);
        SSL_CTX_set_psk_server_callback(server.openssl, give_key);
        SSL_CTX_set_num_tickets(server.openssl, 0);
        for (server.cut_at = 0;; server.cut_at += kind == 2 ? 1 : 7, cuts++) {
            CHECK_EQUAL(open_tls("localhost", server.port, &options), MOTE_OK);
            LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING);
            if (mine.state == MOTE_LINK_OPEN)
                break;
            CHECK_EQUAL(mine.reason, MOTE_TCP_RESET);
            CHECK(strstr(words(), "in the middle of TLS's handshake") != NULL);
            close_link(false);
        }
        close_link(false);
        server_stop(&server);
    }
    CHECK(cuts > 200);
}

static void may_be_split_anywhere(void)
{
    static struct server server;

    prepare();
    server_start(&server, &good, NULL);
    server.dribbles = true;
    CHECK_EQUAL(open_tls("localhost", server.port, trusting()), MOTE_OK);
    LOOPBACK_UNTIL((server_dribble(&server), mine.state != MOTE_LINK_OPENING && server.open));
    must_be_open();
    SSL_write(server.ssl, "welcome", 7);
    server_dribble(&server);
    expect("welcome");
    close_link(false);
    server_stop(&server);
}

/* --- Much of it --- */

static void reads_and_writes_once_a_turn(void)
{
    char buffer[1024];
    static struct server server;

    prepare();
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", trusting());
    talk(&server);
    for (int i = 0; i < 16; i++)
        SSL_write(server.ssl, "0123456789", 10);
    server_pass_on(&server);
    loopback_deliver(server.fd);
    LOOPBACK_UNTIL((reads = 0, receive(buffer, sizeof buffer)) == 160);
    CHECK_EQUAL(reads, 1); /* sixteen records */
    CHECK_EQUAL(receive(buffer, sizeof buffer), 0);
    CHECK_EQUAL(reads, 1);
    writes = 0;
    CHECK_EQUAL(mote_port()->link->send(mote_port()->context, &mine, buffer, 1000), 1000);
    CHECK_EQUAL(writes, 1);
    close_link(false);
    server_stop(&server);
}

/* What carries no payload, and much of it: other parts of the program have their turns meanwhile. */
static void is_not_held_by_what_carries_nothing(void)
{
    static struct server server;
    unsigned turns = 0;

    prepare();
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", trusting());
    talk(&server);
    for (int i = 0; i < 2000; i++)
        CHECK_EQUAL(SSL_new_session_ticket(server.ssl), 1);
    server_say(&server, "end", 3);
    for (size_t got = 0; got == 0; turns++) {
        loopback_wake();
        reads = 0;
        got = receive((char[9]){0}, 9);
        CHECK(reads <= 8);
    }
    CHECK(turns > 1);
    close_link(false);
    server_stop(&server);
}

static void comes_back_after_a_read_that_was_filled(void)
{
    char buffer[4];
    static struct server server;

    prepare();
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", trusting());
    talk(&server);
    server_say(&server, "abcdefgh", 8);
    LOOPBACK_UNTIL(receive(buffer, sizeof buffer) == 4);
    loopback_wake();
    CHECK_EQUAL(receive(buffer, sizeof buffer), 4);
    CHECK_EQUAL(buffer[0], 'e');
    loopback_wake();
    CHECK_EQUAL(receive(buffer, sizeof buffer), 0);
    close_link(false);
    server_stop(&server);
}

enum { LARGE = 4 * 1024 * 1024 };

/* Taken bytes are out: closing right after the last one loses none of them. */
static void sends_more_than_fits(void)
{
    static uint8_t chunk[100000];
    size_t sent = 0, short_writes = 0;
    static struct server server;

    prepare();
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", trusting());
    must_be_open();
    while (sent < LARGE) {
        size_t size = LARGE - sent < sizeof chunk ? LARGE - sent : sizeof chunk;
        size_t taken;
        server.deaf = true; /* until it is full */
        for (size_t i = 0; i < size; i++)
            chunk[i] = pattern(sent + i);
        taken = mote_port()->link->send(mote_port()->context, &mine, chunk, size);
        sent += taken;
        if (taken == size)
            continue;
        short_writes++;
        server.deaf = false;
        loopback_wait(loopback_now_ms() + LOOPBACK_PATIENCE_MS);
    }
    close_link(false);
    server.deaf = false;
    LOOPBACK_UNTIL(server.fd < 0);
    CHECK(short_writes > 0);
    CHECK_EQUAL(server.got_size, LARGE);
    CHECK_EQUAL(server.got_wrong, 0);
    server_stop(&server);
}

/* Nothing is kept back of what was taken whole, so that a program may end there. */
static void has_passed_on_what_it_took_whole(void)
{
    static uint8_t record[16384];
    static struct server server;
    size_t sent = 0, taken = sizeof record;

    prepare();
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", trusting());
    must_be_open();
    for (server.deaf = true; taken == sizeof record; sent += taken == sizeof record ? taken : 0) {
        for (size_t i = 0; i < sizeof record; i++)
            record[i] = pattern(sent + i);
        taken = mote_port()->link->send(mote_port()->context, &mine, record, sizeof record);
    }
    close_link(false);
    server.deaf = false;
    LOOPBACK_UNTIL(server.fd < 0);
    CHECK_EQUAL(server.got_size, sent);
    CHECK_EQUAL(server.got_wrong, 0);
    server_stop(&server);
}

static void receives_much(void)
{
    static uint8_t chunk[50000], buffer[3000];
    size_t said = 0, got = 0, count;
    static struct server server;

    prepare();
    server_start(&server, &good, NULL);
    connect_tls(&server, "localhost", trusting());
    talk(&server);
    while (got < LARGE) {
        if (said < LARGE && said - got < 500000) {
            for (size_t i = 0; i < sizeof chunk; i++)
                chunk[i] = pattern(said + i);
            server_say(&server, chunk, sizeof chunk);
            said += sizeof chunk;
        }
        while ((count = receive(buffer, sizeof buffer)) > 0) {
            for (size_t i = 0; i < count; i++)
                CHECK_EQUAL(buffer[i], pattern(got + i));
            got += count;
        }
        if (got < said)
            loopback_wait(loopback_now_ms() + LOOPBACK_PATIENCE_MS);
    }
    CHECK_EQUAL(got, said);
    close_link(false);
    server_stop(&server);
}

/* AddressSanitizer counts the memory at the end. */
static void connects_a_thousand_times(void)
{
    const struct mote_link_options options = {.tls = {.psk = "000abcd1", .psk_identity = "joe"}};
    unsigned descriptors = loopback_descriptors();
    static struct server server;

    server_start(&server, NULL, NULL);
    SSL_CTX_set_psk_server_callback(server.openssl, give_key);
    for (int i = 0; i < 1000; i++) {
        connect_tls(&server, "localhost", &options);
        talk(&server);
        close_link(i % 2);
    }
    server_stop(&server);
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

/* --- The gate --- */

static void stands_still_while_the_gate_is_shut(void)
{
    static struct server server;
    uint64_t until_ms;

    prepare();
    server_start(&server, &good, NULL);
    CHECK_EQUAL(open_tls("localhost", server.port, trusting()), MOTE_OK);
    LOOPBACK_UNTIL(server.fd >= 0); /* in the middle of the handshake */
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    mote_linux_link_gate(false);
    for (until_ms = loopback_now_ms() + 50; loopback_now_ms() < until_ms;)
        loopback_wait(until_ms);
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    CHECK(!server.open);
    mote_linux_link_gate(true);
    LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING && server.open);
    talk(&server);
    mote_linux_link_gate(false);
    server_say(&server, "from there", 10);
    CHECK_EQUAL(send_text(", you"), 5);
    CHECK_EQUAL(receive((char[9]){0}, 9), 0);
    CHECK_EQUAL(server.got_size, 5);
    mote_linux_link_gate(true);
    expect("from there");
    LOOPBACK_UNTIL(server.got_size == 10);
    CHECK(strcmp(server.got, "hello, you") == 0);
    mote_linux_link_gate(false);
    close_link(true);
    CHECK(server.fd >= 0);
    mote_linux_link_gate(true);
    LOOPBACK_UNTIL(server.fd < 0);
    server_stop(&server);
}

static const struct check_case cases[] = {
    {"talks_in_both_versions", talks_in_both_versions},
    {"chooses_the_version", chooses_the_version},
    {"refuses_old_versions", refuses_old_versions},
    {"names_the_host_but_no_address", names_the_host_but_no_address},
    {"takes_the_ciphers_that_it_is_told", takes_the_ciphers_that_it_is_told},
    {"knows_whom_a_certificate_is_for", knows_whom_a_certificate_is_for},
    {"knows_who_has_made_a_certificate", knows_who_has_made_a_certificate},
    {"knows_when_a_certificate_is_valid", knows_when_a_certificate_is_valid},
    {"knows_a_clock_that_is_not_set", knows_a_clock_that_is_not_set},
    {"trusts_over_an_authority_in_between", trusts_over_an_authority_in_between},
    {"trusts_the_systems_authorities", trusts_the_systems_authorities},
    {"trusts_a_directory", trusts_a_directory},
    {"reads_a_file_again_that_has_changed", reads_a_file_again_that_has_changed},
    {"shows_its_own_certificate", shows_its_own_certificate},
    {"shows_a_certificate_that_is_not_accepted", shows_a_certificate_that_is_not_accepted},
    {"has_a_key_in_common", has_a_key_in_common},
    {"trusts_no_certificate_when_it_has_a_key", trusts_no_certificate_when_it_has_a_key},
    {"finds_wrong_options_before_it_connects", finds_wrong_options_before_it_connects},
    {"resumes_in_both_versions", resumes_in_both_versions},
    {"gives_resuming_up_where_it_fails", gives_resuming_up_where_it_fails},
    {"keeps_few_sessions", keeps_few_sessions},
    {"reads_what_came_before_the_end", reads_what_came_before_the_end},
    {"notices_bytes_that_were_changed", notices_bytes_that_were_changed},
    {"knows_what_is_not_tls", knows_what_is_not_tls},
    {"waits_for_a_server_that_is_silent", waits_for_a_server_that_is_silent},
    {"survives_a_cut_anywhere_in_the_handshake", survives_a_cut_anywhere_in_the_handshake},
    {"may_be_split_anywhere", may_be_split_anywhere},
    {"reads_and_writes_once_a_turn", reads_and_writes_once_a_turn},
    {"is_not_held_by_what_carries_nothing", is_not_held_by_what_carries_nothing},
    {"comes_back_after_a_read_that_was_filled", comes_back_after_a_read_that_was_filled},
    {"sends_more_than_fits", sends_more_than_fits},
    {"has_passed_on_what_it_took_whole", has_passed_on_what_it_took_whole},
    {"receives_much", receives_much},
    {"connects_a_thousand_times", connects_a_thousand_times},
    {"stands_still_while_the_gate_is_shut", stands_still_while_the_gate_is_shut},
};

int main(int argc, char **argv)
{
    int status = check_main("unit/tls", cases, sizeof cases / sizeof cases[0], argc, argv);

    free_identity(&authority);
    free_identity(&other_authority);
    free_identity(&good);
    return status;
}
