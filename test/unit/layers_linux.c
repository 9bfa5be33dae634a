/* What a link may be made through: a WebSocket, a proxy, a socket in the file system, an address of our own. The other
 * side is a plain socket that says what the test tells it to. */
#include "link_rig.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/un.h>

static struct mote_link_options options;

static enum mote_reason open_url(const char *scheme, const char *host, uint16_t port, const char *path)
{
    const struct mote_url url = {
        .scheme = mote_text(scheme), .host = mote_text(host), .port = port, .path = mote_text(path)};

    memset(&mine, 0, sizeof mine);
    mine.options = &options;
    return mote_port()->link->open(mote_port()->context, &mine, &url);
}

static void must_fail(enum mote_reason reason, const char *part_of_the_words)
{
    LOOPBACK_UNTIL(mine.state == MOTE_LINK_FAILED ||
                   (mine.state == MOTE_LINK_OPEN && receive((char[64]){0}, 64) == 0 && mine.state == MOTE_LINK_FAILED));
    if (mine.reason != reason || strstr(words(), part_of_the_words) == NULL)
        check_fail(__FILE__, __LINE__, "%s: %s (not %s)", mote_reason_code(mine.reason), words(), part_of_the_words);
    close_link(false);
}

static int accept_one(int listener)
{
    LOOPBACK_UNTIL(loopback_poll(listener, 0));
    return loopback_accept(listener);
}

/* Reads exactly so much, with the loop going on meanwhile. */
static void other_gets(int fd, void *into, size_t size)
{
    size_t count = 0;

    while (count < size) {
        ssize_t got;
        LOOPBACK_UNTIL(loopback_poll(fd, 0));
        got = read(fd, (char *)into + count, size - count);
        CHECK(got > 0);
        count += (size_t)got;
    }
}

static void other_says(int fd, const void *bytes, size_t size)
{
    CHECK_EQUAL(write(fd, bytes, size), (ssize_t)size);
}

/* --- WebSocket --- */

struct web {
    unsigned descriptors;
    int listener;
    int other;
    char request[1000];
};

static void web_connect(struct web *web, const char *path)
{
    size_t size = 0;

    web->descriptors = loopback_descriptors();
    web->listener = loopback_listen(AF_INET);
    CHECK_EQUAL(open_url("ws", "127.0.0.1", loopback_port(web->listener), path), MOTE_OK);
    web->other = accept_one(web->listener);
    do {
        CHECK(size < sizeof web->request - 1);
        other_gets(web->other, web->request + size++, 1);
        web->request[size] = '\0';
    } while (strstr(web->request, "\r\n\r\n") == NULL);
}

static void web_end(struct web *web)
{
    close(web->other);
    close(web->listener);
    LOOPBACK_UNTIL(loopback_descriptors() <= web->descriptors);
}

/* The right answer to the request, and some more bytes. Returns its length. */
static size_t web_answer(const struct web *web, char into[1000], const char *more, size_t more_size)
{
    static const char name[] = "Sec-WebSocket-Key: ";
    const char *key = strstr(web->request, name);
    char text[61], accept_key[29];
    unsigned char digest[20];
    int size;

    CHECK(key != NULL);
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + strlen(name));
    CHECK(EVP_Q_digest(NULL, "SHA1", NULL, text, 60, digest, NULL) == 1);
    EVP_EncodeBlock((unsigned char *)accept_key, digest, 20);
    size = snprintf(into, 1000,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
                    accept_key);
    memcpy(into + size, more, more_size);
    return (size_t)size + more_size;
}

static void web_open(struct web *web)
{
    char answer[1000];

    web_connect(web, "");
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    CHECK(strstr(words(), "no answer to the request for a WebSocket") != NULL);
    other_says(web->other, answer, web_answer(web, answer, "", 0));
    LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.state, MOTE_LINK_OPEN);
}

/* Reads a frame, unmasked, into memory of its size. Returns its first byte; `*size` is its payload's. */
static uint8_t other_gets_frame(int fd, uint8_t *into, size_t *size)
{
    uint8_t head[2], mask[4];

    other_gets(fd, head, 2);
    CHECK((head[1] & 0x80) != 0);
    *size = head[1] & 0x7F;
    if (*size >= 126) {
        uint8_t length[8] = {0};
        size_t count = *size == 126 ? 2 : 8;
        other_gets(fd, length + 8 - count, count);
        *size = (size_t)length[5] << 16 | (size_t)length[6] << 8 | length[7];
    }
    other_gets(fd, mask, 4);
    other_gets(fd, into, *size);
    for (size_t i = 0; i < *size; i++)
        into[i] = (uint8_t)(into[i] ^ mask[i % 4]);
    return head[0];
}

static void must_get_frame(int fd, uint8_t kind, const char *bytes, size_t size)
{
    uint8_t payload[200];
    size_t got;

    CHECK_EQUAL(other_gets_frame(fd, payload, &got), kind);
    CHECK_EQUAL(got, size);
    CHECK(memcmp(payload, bytes, size) == 0);
}

static void talks_over_a_websocket(void)
{
    struct web web;

    web_open(&web);
    CHECK(strncmp(web.request, "GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1:", 36) == 0);
    CHECK_EQUAL(send_text("hello"), 5);
    must_get_frame(web.other, 0x82, "hello", 5);
    other_says(web.other,
               "\x02\x03wel\x89\x02hi\x80\x04"
               "come",
               15);
    expect("welcome");
    must_get_frame(web.other, 0x8a, "hi", 2);
    close_link(false);
    must_get_frame(web.other, 0x88, "\x03\xE8", 2);
    web_end(&web);
}

static void asks_for_the_path_of_the_url(void)
{
    struct web web;

    web_connect(&web, "deep/path?token=1");
    CHECK(strncmp(web.request, "GET /deep/path?token=1 HTTP/1.1\r\n", 33) == 0);
    close_link(false);
    web_end(&web);
}

/* Each request has a nonce of its own. */
static void asks_anew_each_time(void)
{
    struct web first, second;

    web_connect(&first, "");
    close_link(false);
    web_end(&first);
    web_connect(&second, "");
    close_link(false);
    web_end(&second);
    CHECK(strcmp(strstr(first.request, "Sec-WebSocket-Key"), strstr(second.request, "Sec-WebSocket-Key")) != 0);
}

static void takes_what_comes_with_the_answer(void)
{
    char answer[1000];
    struct web web;

    web_connect(&web, "");
    other_says(web.other, answer,
               web_answer(&web, answer,
                          "\x82\x05"
                          "early\x89\x00",
                          9));
    LOOPBACK_UNTIL(mine.state == MOTE_LINK_OPEN);
    expect("early");
    must_get_frame(web.other, 0x8a, "", 0);
    close_link(true);
    web_end(&web);
}

static void hears_an_answer_cut_anywhere(void)
{
    char answer[1000];
    size_t size = 1;

    for (size_t cut = 0; cut < size; cut += 3) {
        struct web web;
        web_connect(&web, "");
        size = web_answer(&web, answer, "", 0);
        other_says(web.other, answer, cut);
        loopback_wait(0);
        CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
        other_says(web.other, answer + cut, size - cut);
        LOOPBACK_UNTIL(mine.state == MOTE_LINK_OPEN);
        close_link(true);
        web_end(&web);
        web_connect(&web, "");
        web_answer(&web, answer, "", 0);
        other_says(web.other, answer, cut);
        shutdown(web.other, SHUT_WR);
        must_fail(MOTE_TCP_RESET, "instead of answering the request for a WebSocket");
        web_end(&web);
    }
}

static void tells_why_there_is_no_websocket(void)
{
    static const struct {
        const char *answer;
        enum mote_reason reason;
        const char *words;
    } rows[] = {
        {"HTTP/1.1 404 Not Found\r\n\r\n", MOTE_CONFIG_INVALID, "127.0.0.1: the web server has no such path (404)"},
        {"HTTP/1.1 302 Found\r\nLocation: wss://there/mqtt\r\n\r\n", MOTE_CONFIG_INVALID, "(302): wss://there/mqtt"},
        {" \x02\x00\x00", MOTE_MQTT_PROTOCOL, "not HTTP"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct web web;
        web_connect(&web, "");
        other_says(web.other, rows[i].answer, i == 2 ? 4 : strlen(rows[i].answer));
        must_fail(rows[i].reason, rows[i].words);
        web_end(&web);
    }
}

static void hears_the_server_close(void)
{
    struct web web;

    web_open(&web);
    other_says(web.other, "\x82\x04last\x88\x06\x03\xE9soon", 14);
    expect("last");
    LOOPBACK_UNTIL(receive((char[9]){0}, 9) == 0 && mine.state == MOTE_LINK_FAILED);
    CHECK_EQUAL(mine.reason, MOTE_TCP_RESET);
    CHECK(strstr(words(), "closes the WebSocket (1001): soon") != NULL);
    must_get_frame(web.other, 0x88, "\x03\xE9", 2);
    close_link(false);
    web_end(&web);
}

static void ends_at_a_frame_that_is_wrong(void)
{
    struct web web;

    web_open(&web);
    other_says(web.other, "\x81\x01x", 3);
    must_fail(MOTE_MQTT_PROTOCOL, "text");
    must_get_frame(web.other, 0x88, "\x03\xEB", 2);
    web_end(&web);
}

enum { LARGE = 3 * 1024 * 1024 };

static void carries_much_over_a_websocket(void)
{
    static uint8_t chunk[65536], frame[65536];
    size_t sent = 0, got = 0;
    struct web web;

    web_open(&web);
    while (got < LARGE) {
        size_t size = LARGE - sent < sizeof chunk ? LARGE - sent : sizeof chunk;
        size_t taken;
        for (size_t i = 0; i < size; i++)
            chunk[i] = pattern(sent + i);
        taken = size == 0 ? 0 : mote_port()->link->send(mote_port()->context, &mine, chunk, size);
        sent += taken;
        if (taken == size && size > 0)
            continue; /* until it is full */
        CHECK_EQUAL(other_gets_frame(web.other, frame, &size), 0x82);
        for (size_t i = 0; i < size; i++)
            CHECK_EQUAL(frame[i], pattern(got + i));
        got += size;
    }
    CHECK_EQUAL(got, LARGE);
    close_link(false);
    web_end(&web);
}

/* --- Proxy --- */

static char proxy_url[200];

static int proxy_connect(int listener, const char *user, const char *host, uint16_t port)
{
    snprintf(proxy_url, sizeof proxy_url, "socks5h://%s127.0.0.1:%u", user, (unsigned)loopback_port(listener));
    options.proxy = proxy_url;
    CHECK_EQUAL(open_url("mqtt", host, port, ""), MOTE_OK);
    options.proxy = NULL; /* looked at when it is opened, and no more */
    return accept_one(listener);
}

static void must_get(int fd, const char *bytes, size_t size)
{
    char got[300];

    other_gets(fd, got, size);
    CHECK(memcmp(got, bytes, size) == 0);
    CHECK(!loopback_poll(fd, 0));
}

static void talk(int other)
{
    LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.state, MOTE_LINK_OPEN);
    CHECK_EQUAL(send_text("hello"), 5);
    must_get(other, "hello", 5);
    other_says(other, "welcome", 7);
    expect("welcome");
}

#define NAME_REQUEST                                                                                                   \
    "\x05\x01\x00\x03\x0b"                                                                                             \
    "broker.test"                                                                                                      \
    "\x07\x5b"

static void goes_through_a_proxy(void)
{
    static const struct {
        const char *host, *request;
        size_t request_size;
        const char *reply;
        size_t reply_size;
    } rows[] = {
        {"broker.test", NAME_REQUEST, 18, "\x05\x00\x00\x01\x7f\x00\x00\x01\x12\x34", 10},
        {"10.1.2.3", "\x05\x01\x00\x01\x0a\x01\x02\x03\x07\x5b", 10, "\x05\x00\x00\x03\x00\x12\x34", 7},
        {"::1", "\x05\x01\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x07\x5b", 22,
         "\x05\x00\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x12\x34", 22},
        {"broker.test", NAME_REQUEST, 18, "\x05\x00\x00\x03\x04name\x12\x34", 11},
    };
    unsigned descriptors = loopback_descriptors();
    int listener = loopback_listen(AF_INET);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int other = proxy_connect(listener, "", rows[i].host, 1883);
        must_get(other, "\x05\x01\x00", 3);
        CHECK(strstr(words(), "proxy 127.0.0.1: it does not answer") != NULL);
        other_says(other, "\x05\x00", 2);
        must_get(other, rows[i].request, rows[i].request_size);
        other_says(other, rows[i].reply, rows[i].reply_size);
        talk(other);
        close_link(false);
        close(other);
    }
    close(listener);
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

/* Byte by byte, and what the broker says at once behind the proxy's last byte. */
static void hears_a_proxy_split_anywhere(void)
{
    static const char reply[] = "\x05\x00\x00\x03\x04name\x12\x34"
                                "first";
    int listener = loopback_listen(AF_INET);
    int other = proxy_connect(listener, "", "broker.test", 1883);

    must_get(other, "\x05\x01\x00", 3);
    other_says(other, "\x05", 1);
    loopback_wake();
    CHECK(!loopback_poll(other, 0));
    other_says(other, "\x00", 1);
    must_get(other, NAME_REQUEST, 18);
    for (int i = 0; i < 10; i++) {
        other_says(other, reply + i, 1);
        loopback_wake();
        CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    }
    other_says(other, reply + 10, sizeof reply - 1 - 10);
    LOOPBACK_UNTIL(mine.state == MOTE_LINK_OPEN);
    expect("first");
    close_link(false);
    close(other);
    close(listener);
}

static void logs_in_at_a_proxy(void)
{
    int listener = loopback_listen(AF_INET);

    for (int fits = 0; fits < 2; fits++) {
        int other = proxy_connect(listener, "joe:s%3Acret@", "broker.test", 1883);
        must_get(other, "\x05\x02\x00\x02", 4);
        other_says(other, "\x05\x02", 2);
        must_get(other, "\x01\x03joe\x06s:cret", 12);
        other_says(other, fits ? "\x01\x00" : "\x01\x01", 2);
        if (fits) {
            must_get(other, NAME_REQUEST, 18);
            close_link(true);
        } else {
            must_fail(MOTE_CONFIG_INVALID, "does not accept the user name and the password");
            CHECK(strstr(words(), "cret") == NULL);
        }
        close(other);
    }
    close(listener);
}

static void tells_what_a_proxy_has_against_it(void)
{
    static const struct {
        const char *says; /* the first two bytes before, the rest after the request */
        size_t size;
        enum mote_reason reason;
        const char *words;
    } rows[] = {
        {"\x05\xFF", 2, MOTE_CONFIG_INVALID, "wants a user name"},
        {"\x05\x02", 2, MOTE_CONFIG_INVALID, "wants a user name"},
        {"HT", 2, MOTE_CONFIG_INVALID, "not speak SOCKS5"},
        {"\x04\x00", 2, MOTE_CONFIG_INVALID, "not speak SOCKS5"},
        {"\x05\x00\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_TCP_TIMEOUT, "failed"},
        {"\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_TCP_REFUSED, "rules"},
        {"\x05\x00\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_TCP_TIMEOUT, "network"},
        {"\x05\x00\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_TCP_TIMEOUT, "broker.test port 1883"},
        {"\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_TCP_REFUSED, "refused"},
        {"\x05\x00\x05\x06\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_TCP_TIMEOUT, "timed out"},
        {"\x05\x00\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_CONFIG_INVALID, "for others"},
        {"\x05\x00\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_CONFIG_INVALID, "address"},
        {"\x05\x00\x05\x99\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_TCP_TIMEOUT, "of its own"},
        {"\x05\x00\x04\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12, MOTE_CONFIG_INVALID, "not speak SOCKS5"},
        {"\x05\x00\x05\x00\x00\x02\x00\x00\x00\x00\x00\x00", 12, MOTE_CONFIG_INVALID, "not speak SOCKS5"},
        {"", 0, MOTE_TCP_RESET, "proxy 127.0.0.1: the other side has closed"},
        {"\x05", 1, MOTE_TCP_RESET, "proxy 127.0.0.1: the other side has closed"},
        {"\x05\x00\x05\x00\x00\x01", 6, MOTE_TCP_RESET, "proxy 127.0.0.1: the other side has closed"},
    };
    unsigned descriptors = loopback_descriptors();
    int listener = loopback_listen(AF_INET);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int other = proxy_connect(listener, "", "broker.test", 1883);
        must_get(other, "\x05\x01\x00", 3);
        other_says(other, rows[i].says, rows[i].size < 2 ? rows[i].size : 2);
        if (rows[i].size > 2) {
            must_get(other, NAME_REQUEST, 18);
            other_says(other, rows[i].says + 2, rows[i].size - 2);
        }
        shutdown(other, SHUT_WR);
        must_fail(rows[i].reason, rows[i].words);
        close(other);
    }
    close(listener);
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

static void knows_a_proxy_that_is_not_there(void)
{
    int bound = loopback_bind(AF_INET, 0);

    snprintf(proxy_url, sizeof proxy_url, "socks5h://127.0.0.1:%u", (unsigned)loopback_port(bound));
    options.proxy = proxy_url;
    CHECK_EQUAL(open_url("mqtt", "broker.test", 1883, ""), MOTE_OK);
    must_fail(MOTE_TCP_REFUSED, "127.0.0.1");
    options.proxy = "socks4://127.0.0.1:1";
    CHECK_EQUAL(open_url("mqtt", "broker.test", 1883, ""), MOTE_CONFIG_INVALID);
    CHECK(strstr(words(), "socks5h://") != NULL);
    close_link(false);
    options.proxy = proxy_url;
    CHECK_EQUAL(open_url("unix", "", 0, "/tmp/x"), MOTE_CONFIG_INVALID);
    close_link(false);
    options.proxy = NULL;
    close(bound);
}

/* --- Sockets in the file system --- */

static char folder[64];
static struct sockaddr_un file = {.sun_family = AF_UNIX};

static int listen_on_file(int backlog)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(folder, sizeof folder, "/tmp/mote-unix-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(file.sun_path, sizeof file.sun_path, "%s/socket", folder);
    CHECK_EQUAL(bind(fd, (struct sockaddr *)&file, sizeof file), 0);
    CHECK_EQUAL(listen(fd, backlog), 0);
    return fd;
}

static void remove_file(void)
{
    unlink(file.sun_path);
    rmdir(folder);
}

static void talks_over_a_socket_in_the_file_system(void)
{
    unsigned descriptors = loopback_descriptors();
    int listener = listen_on_file(1);
    int other;

    options.bind_address = "127.0.0.1"; /* means nothing here */
    CHECK_EQUAL(open_url("unix", "", 0, file.sun_path), MOTE_OK);
    options.bind_address = NULL;
    other = accept_one(listener);
    talk(other);
    close(other);
    must_fail(MOTE_TCP_RESET, file.sun_path);
    close(listener);
    CHECK_EQUAL(open_url("unix", "", 0, file.sun_path), MOTE_OK);
    must_fail(MOTE_TCP_REFUSED, "refused");
    remove_file();
    CHECK_EQUAL(open_url("unix", "", 0, file.sun_path), MOTE_OK);
    must_fail(MOTE_TCP_REFUSED, "No such file");
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

static void waits_while_a_sockets_queue_is_full(void)
{
    int listener = listen_on_file(0);
    int first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int second = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int other;

    CHECK_EQUAL(connect(first, (struct sockaddr *)&file, sizeof file), 0);
    CHECK(connect(second, (struct sockaddr *)&file, sizeof file) != 0);
    CHECK_EQUAL(open_url("unix", "", 0, file.sun_path), MOTE_OK);
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.reason, MOTE_TCP_TIMEOUT);
    loopback_wake();
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    close(loopback_accept(listener));
    other = accept_one(listener);
    talk(other);
    close_link(false);
    close(other);
    close(first);
    close(second);
    close(listener);
    remove_file();
}

static void refuses_names_that_are_no_sockets(void)
{
    char path[200];

    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[108] = '\0';
    CHECK_EQUAL(open_url("unix", "", 0, path), MOTE_CONFIG_INVALID);
    CHECK(strstr(words(), "107") != NULL);
    close_link(false);
    path[107] = '\0';
    CHECK_EQUAL(open_url("unix", "", 0, path), MOTE_OK);
    must_fail(MOTE_TCP_REFUSED, "No such file");
    CHECK_EQUAL(open_url("unix", "", 0, ""), MOTE_CONFIG_INVALID);
    close_link(false);
}

/* --- Addresses of our own --- */

static void comes_from_the_address_that_it_is_told(void)
{
    struct loopback_names names;
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    int v6, v4, other;

    loopback_names_start(&names);
    loopback_bind_both(&v6, &v4);
    listen(v6, 4);
    listen(v4, 4);
    options.bind_address = "127.0.0.2";
    CHECK_EQUAL(open_url("mqtt", "both.test", loopback_port(v4), ""), MOTE_OK);
    other = accept_one(v4);
    CHECK_EQUAL(getpeername(other, (struct sockaddr *)&from, &size), 0);
    CHECK_EQUAL(ntohl(from.sin_addr.s_addr), 0x7F000002);
    talk(other);
    close_link(false);
    close(other);
    options.bind_address = "::1";
    CHECK_EQUAL(open_url("mqtt", "both.test", loopback_port(v6), ""), MOTE_OK);
    other = accept_one(v6);
    talk(other);
    close_link(false);
    close(other);
    CHECK(!loopback_poll(v4, 0));
    CHECK_EQUAL(open_url("mqtt", "four.test", loopback_port(v6), ""), MOTE_OK);
    must_fail(MOTE_DNS_NOT_FOUND, "no IPv6 address");
    options.bind_address = NULL;
    close(v6);
    close(v4);
    loopback_names_stop(&names);
}

static void knows_an_address_that_is_not_its_own(void)
{
    options.bind_address = "192.0.2.1";
    CHECK_EQUAL(open_url("mqtt", "127.0.0.1", 1, ""), MOTE_OK);
    must_fail(MOTE_TCP_TIMEOUT, "192.0.2.1: this machine has no such address");
    options.bind_address = "localhost";
    CHECK_EQUAL(open_url("mqtt", "127.0.0.1", 1, ""), MOTE_CONFIG_INVALID);
    CHECK(strstr(words(), "localhost") != NULL);
    close_link(false);
    options.bind_address = NULL;
}

/* --- Wrong ports --- */

static void knows_what_is_not_mqtt(void)
{
    static const struct {
        const char *says;
        size_t size;
        enum mote_reason reason;
        const char *words;
    } rows[] = {
        {"\x15\x03\x03\x00\x02\x02\x46", 7, MOTE_MQTT_PROTOCOL, "mqtts://"},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", 28, MOTE_MQTT_PROTOCOL, "ws://"},
        {"", 0, MOTE_TCP_RESET, "does this port want TLS?"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pair pair;
        connect_pair(&pair, AF_INET, "127.0.0.1");
        other_says(pair.other, rows[i].says, rows[i].size);
        shutdown(pair.other, SHUT_WR);
        must_fail(rows[i].reason, rows[i].words);
        end_pair(&pair);
    }
}

static const struct check_case cases[] = {
    {"talks_over_a_websocket", talks_over_a_websocket},
    {"asks_for_the_path_of_the_url", asks_for_the_path_of_the_url},
    {"asks_anew_each_time", asks_anew_each_time},
    {"takes_what_comes_with_the_answer", takes_what_comes_with_the_answer},
    {"hears_an_answer_cut_anywhere", hears_an_answer_cut_anywhere},
    {"tells_why_there_is_no_websocket", tells_why_there_is_no_websocket},
    {"hears_the_server_close", hears_the_server_close},
    {"ends_at_a_frame_that_is_wrong", ends_at_a_frame_that_is_wrong},
    {"carries_much_over_a_websocket", carries_much_over_a_websocket},
    {"goes_through_a_proxy", goes_through_a_proxy},
    {"hears_a_proxy_split_anywhere", hears_a_proxy_split_anywhere},
    {"logs_in_at_a_proxy", logs_in_at_a_proxy},
    {"tells_what_a_proxy_has_against_it", tells_what_a_proxy_has_against_it},
    {"knows_a_proxy_that_is_not_there", knows_a_proxy_that_is_not_there},
    {"talks_over_a_socket_in_the_file_system", talks_over_a_socket_in_the_file_system},
    {"waits_while_a_sockets_queue_is_full", waits_while_a_sockets_queue_is_full},
    {"refuses_names_that_are_no_sockets", refuses_names_that_are_no_sockets},
    {"comes_from_the_address_that_it_is_told", comes_from_the_address_that_it_is_told},
    {"knows_an_address_that_is_not_its_own", knows_an_address_that_is_not_its_own},
    {"knows_what_is_not_mqtt", knows_what_is_not_mqtt},
};

int main(int argc, char **argv)
{
    return check_main("unit/layers", cases, sizeof cases / sizeof cases[0], argc, argv);
}
