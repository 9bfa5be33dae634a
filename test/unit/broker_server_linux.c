/* The broker on sockets, and on streams that somebody else owns. */
#include "check.h"
#include "mqtt/codec.h"
#include "port/linux/broker_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 20000

static const char connect_bytes[] = "\x10\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01";
static const char subscribe_bytes[] = "\x82\x07\x00\x01\x00\x00\x01t\x00";
static const char publish_bytes[] = "\x30\x06\x00\x01t\x00hi";

static struct mote_broker_server *start(const struct mote_broker_config *config)
{
    struct mote_broker_server *server = mote_broker_server_new(config);
    const char *words = "";

    CHECK(server != NULL);
    if (mote_broker_server_listen(server, "127.0.0.1", 0, &words) != MOTE_OK)
        check_fail(__FILE__, __LINE__, "%s", words);
    CHECK(mote_broker_server_port(server) != 0);
    return server;
}

/* One turn, when there is something to do; false if there is nothing for too long. */
static bool turn(struct mote_broker_server *server, int timeout_ms)
{
    struct pollfd poller = {.fd = mote_broker_server_fd(server), .events = POLLIN};

    if (poll(&poller, 1, timeout_ms) != 1)
        return false;
    mote_broker_server_turn(server);
    return true;
}

static int dial(const struct mote_broker_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(mote_broker_server_port(server))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0);
    CHECK_EQUAL(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void put(int fd, const char *bytes, size_t size)
{
    CHECK_EQUAL(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

#define PUT(fd, literal) put((fd), literal, sizeof(literal) - 1)

/* Turns until so many bytes have come. Returns how many: fewer, if the connection was closed. */
static size_t take(struct mote_broker_server *server, int fd, char *bytes, size_t size)
{
    size_t got = 0;

    while (got < size) {
        ssize_t part = recv(fd, bytes + got, size - got, MSG_DONTWAIT);
        if (part > 0)
            got += (size_t)part;
        else if (part == 0 || errno != EAGAIN)
            break;
        else
            CHECK(turn(server, PATIENCE_MS));
    }
    return got;
}

/* Connects as a client with this one letter as its id. */
static int join(struct mote_broker_server *server, char id)
{
    char bytes[64];
    int fd = dial(server);

    put(fd, connect_bytes, sizeof connect_bytes - 1);
    put(fd, &id, 1);
    CHECK_EQUAL(take(server, fd, bytes, 2), 2);
    CHECK_EQUAL(bytes[0], 0x20);
    size_t size = (size_t)bytes[1];
    CHECK_EQUAL(take(server, fd, bytes, size), size);
    CHECK_EQUAL(bytes[1], 0);
    return fd;
}

static void subscribe(struct mote_broker_server *server, int fd)
{
    char bytes[6];

    PUT(fd, subscribe_bytes);
    CHECK_EQUAL(take(server, fd, bytes, sizeof bytes), sizeof bytes);
    CHECK_BYTES(bytes, sizeof bytes, "90 04 00 01 00 00");
}

/* [MQTT3-7.1.1-1] [MQTT5-4.2.0-1] */
static void passes_messages_on(void)
{
    struct mote_broker_server *server = start(NULL);
    char bytes[sizeof publish_bytes];
    int a = join(server, 'a'), b = join(server, 'b');

    subscribe(server, b);
    PUT(a, publish_bytes);
    CHECK_EQUAL(take(server, b, bytes, sizeof publish_bytes - 1), sizeof publish_bytes - 1);
    CHECK(memcmp(bytes, publish_bytes, sizeof publish_bytes - 1) == 0);
    CHECK_EQUAL(
        mote_broker_server_publish(server, &(struct mote_message){.topic = MOTE_TEXT("t"), .payload = MOTE_TEXT("ho")}),
        MOTE_OK);
    CHECK_EQUAL(recv(b, bytes, sizeof bytes, MSG_DONTWAIT), 8); /* without a turn */
    CHECK_BYTES(bytes, 8, "30 06 00 01 74 00 68 6f");
    close(a);
    close(b);
    mote_broker_server_stop(server);
}

/* An idle broker does not wake its host. */
static void sleeps_when_idle(void)
{
    struct mote_broker_server *server = start(&(struct mote_broker_config){.without_sys = true});
    int a = join(server, 'a');

    while (turn(server, 0))
        continue;
    CHECK(!turn(server, 300));
    close(a);
    mote_broker_server_stop(server);
}

/* Time alone wakes it, too. */
static void wakes_by_time(void)
{
    struct mote_broker_server *server =
        start(&(struct mote_broker_config){.without_sys = true, .connect_timeout_ms = 200});
    int fd = dial(server);
    char byte;

    CHECK_EQUAL(take(server, fd, &byte, 1), 0);
    CHECK_EQUAL(mote_broker_server_broker(server)->counters.clients, 0);
    close(fd);
    mote_broker_server_stop(server);
}

static void says_goodbye_and_starts_again(void)
{
    char bytes[8];
    const char *words;

    struct mote_broker_server *server = start(NULL);
    uint16_t port = mote_broker_server_port(server);
    for (int i = 0; i < 3; i++) {
        int fd = join(server, 'a');
        mote_broker_server_stop(server);
        CHECK(recv(fd, bytes, 3, MSG_WAITALL) == 3);
        CHECK_EQUAL(bytes[0], (char)0xE0);
        CHECK_EQUAL(bytes[2], (char)MOTE_CODE_SERVER_SHUTTING_DOWN);
        while (recv(fd, bytes, sizeof bytes, 0) > 0)
            continue;
        close(fd);
        server = mote_broker_server_new(NULL);
        CHECK(server != NULL);
        CHECK_EQUAL(mote_broker_server_listen(server, "127.0.0.1", port, &words), MOTE_OK);
    }
    mote_broker_server_stop(server);
    mote_broker_server_stop(NULL);
}

static void says_why_it_cannot_listen(void)
{
    struct mote_broker_server *first = start(NULL), *second = start(NULL);
    const char *words = "";

    CHECK_EQUAL(mote_broker_server_listen(second, "127.0.0.1", mote_broker_server_port(first), &words),
                MOTE_CONFIG_INVALID);
    CHECK_TEXT(mote_text(words), "address already in use");
    CHECK_EQUAL(mote_broker_server_listen(second, "no such host.invalid", 0, &words), MOTE_CONFIG_INVALID);
    CHECK(strlen(words) > 0);
    int fd = join(second, 'a'); /* what it had before, it still has */
    close(fd);
    mote_broker_server_stop(first);
    mote_broker_server_stop(second);
    CHECK(mote_broker_server_new(&(struct mote_broker_config){.receive_size = 1}) == NULL);
    CHECK_EQUAL(errno, EINVAL);
}

static void listens_on_both_loopbacks(void)
{
    struct mote_broker_server *server = mote_broker_server_new(NULL);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const char *words = "";

    CHECK(server != NULL);
    CHECK_EQUAL(mote_broker_server_listen(server, NULL, 0, &words), MOTE_OK);
    close(join(server, 'a'));
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    address.sin6_port = htons(mote_broker_server_port(server));
    bool connected = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    bool absent = fd < 0 || errno == EADDRNOTAVAIL || errno == ENETUNREACH;
    if (fd >= 0)
        close(fd);
    mote_broker_server_stop(server);
    if (!connected && absent)
        CHECK_SKIP("no IPv6 here");
    CHECK(connected);
}

/* A reader that stops gets what it missed of QoS 0 cut out, whole packets, and the writer never waits. */
static void nobody_waits_for_the_slow(void)
{
    static char payload[60000], bytes[65536];
    struct mote_broker_server *server = start(&(struct mote_broker_config){.output_max = 200000});
    int slow = join(server, 's'), writer = join(server, 'w');
    const struct mote_broker_counters *counters = &mote_broker_server_broker(server)->counters;
    size_t size = mote_codec_encode_publish(
        (uint8_t *)bytes, sizeof bytes, MOTE_MQTT_5,
        &(struct mote_message){.topic = MOTE_TEXT("t"), .payload = {payload, sizeof payload}});

    subscribe(server, slow);
    for (int i = 0; i < 500; i++) {
        size_t sent = 0;
        while (sent < size) {
            ssize_t part = send(writer, bytes + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
            CHECK(part > 0 || errno == EAGAIN);
            sent += part > 0 ? (size_t)part : 0;
            turn(server, part > 0 ? 0 : PATIENCE_MS);
        }
    }
    PUT(writer, "\xC0\x00");
    CHECK_EQUAL(take(server, writer, bytes, 2), 2);
    CHECK(counters->dropped_output > 0);
    CHECK(counters->memory < 1000000);
    uint32_t passed = 500 - counters->dropped_output;
    for (uint32_t i = 0; i < passed; i++) {
        CHECK_EQUAL(take(server, slow, bytes, size), size);
        CHECK_EQUAL(bytes[0], 0x30);
    }
    CHECK(recv(slow, bytes, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
    close(slow);
    close(writer);
    mote_broker_server_stop(server);
}

/* Floods without reading: the connection goes, and whoever else is there is served meanwhile. */
static void a_flood_without_reading_ends(void)
{
    struct mote_broker_server *server = start(&(struct mote_broker_config){.output_max = 10000});
    const struct mote_broker_counters *counters = &mote_broker_server_broker(server)->counters;
    int flood = join(server, 'f'), other = join(server, 'o');
    char pings[2000], answer[2];

    for (size_t i = 0; i < sizeof pings; i += 2)
        memcpy(pings + i, "\xC0\x00", 2);
    while (counters->connected == 2) {
        if (send(flood, pings, sizeof pings, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN)
            break;
        turn(server, 0);
        PUT(other, "\xC0\x00");
        CHECK_EQUAL(take(server, other, answer, 2), 2);
    }
    CHECK(counters->memory < 200000);
    close(flood);
    close(other);
    mote_broker_server_stop(server);
}

/* --- Streams --- */

struct stream {
    struct mote_broker_stream *attached;
    unsigned woken;
};

static void wake(void *context)
{
    ((struct stream *)context)->woken++;
}

static void streams_are_clients_like_others(void)
{
    struct mote_broker_server *server = start(NULL);
    struct stream stream = {0};
    char bytes[200];
    int fd = join(server, 'a');

    stream.attached = mote_broker_server_attach(server, wake, &stream);
    CHECK(stream.attached != NULL);
    mote_broker_stream_feed(stream.attached, connect_bytes, 5);
    CHECK_EQUAL(mote_broker_stream_drain(stream.attached, bytes, sizeof bytes), 0);
    mote_broker_stream_feed(stream.attached, connect_bytes + 5, sizeof connect_bytes - 6);
    mote_broker_stream_feed(stream.attached, "s\x82\x07\x00\x01\x00\x00\x01t\x00", 10);
    CHECK_EQUAL(stream.woken, 1);
    CHECK_EQUAL(mote_broker_stream_drain(stream.attached, bytes, 1), 1);
    CHECK_EQUAL(bytes[0], 0x20);
    CHECK(mote_broker_stream_drain(stream.attached, bytes, sizeof bytes) > 10);
    CHECK_EQUAL(mote_broker_stream_drain(stream.attached, bytes, sizeof bytes), 0);
    PUT(fd, publish_bytes);
    while (stream.woken == 1)
        CHECK(turn(server, PATIENCE_MS));
    CHECK_EQUAL(mote_broker_stream_drain(stream.attached, bytes, sizeof bytes), sizeof publish_bytes - 1);
    CHECK(!mote_broker_stream_should_close(stream.attached));
    mote_broker_stream_feed(stream.attached, "\xE0\x00\xC0\x00", 4);
    CHECK_EQUAL(stream.woken, 3);
    CHECK(mote_broker_stream_should_close(stream.attached));
    mote_broker_stream_detach(stream.attached);
    CHECK_EQUAL(mote_broker_server_broker(server)->counters.clients, 1);
    stream.attached = mote_broker_server_attach(server, wake, &stream); /* left open at the end */
    CHECK(stream.attached != NULL);
    close(fd);
    mote_broker_server_stop(server);
}

static void streams_have_the_same_limit(void)
{
    struct mote_broker_server *server = start(&(struct mote_broker_config){.clients_max = 1});
    struct stream stream = {0};

    stream.attached = mote_broker_server_attach(server, wake, &stream);
    CHECK(stream.attached != NULL);
    CHECK(mote_broker_server_attach(server, wake, &stream) == NULL);
    mote_broker_stream_detach(stream.attached);
    stream.attached = mote_broker_server_attach(server, wake, &stream);
    CHECK(stream.attached != NULL);
    mote_broker_stream_detach(stream.attached);
    mote_broker_server_stop(server);
}

static const struct check_case cases[] = {
    {"passes-messages-on", passes_messages_on},
    {"sleeps-when-idle", sleeps_when_idle},
    {"wakes-by-time", wakes_by_time},
    {"says-goodbye-and-starts-again", says_goodbye_and_starts_again},
    {"says-why-it-cannot-listen", says_why_it_cannot_listen},
    {"listens-on-both-loopbacks", listens_on_both_loopbacks},
    {"nobody-waits-for-the-slow", nobody_waits_for_the_slow},
    {"a-flood-without-reading-ends", a_flood_without_reading_ends},
    {"streams-are-clients-like-others", streams_are_clients_like_others},
    {"streams-have-the-same-limit", streams_have_the_same_limit},
};

int main(int argc, char **argv)
{
    return check_main("unit/broker-server", cases, sizeof cases / sizeof cases[0], argc, argv);
}
