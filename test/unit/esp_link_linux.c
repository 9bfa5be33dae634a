/* The links of the port for Espressif's chips, port/esp/link.c and linger.c, over this machine's own sockets: what select() is told of them,
 * and what becomes of them. Names and TLS are this test's own. */
#include "esp_fake/esp_fake.h"

#include "check.h"

#include "port/esp/linger.h"
#include "port/esp/link.h"
#include "port/esp/lookup.h"
#include "port/esp/tls.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#undef bind
#undef recv
#undef sendto

enum { PATIENCE_S = 10 };

ssize_t fake_recv(int fd, void *into, size_t size, int flags)
{
    return recv(fd, into, size, flags);
}

/* --- Names --- */

static struct {
    mote_lookup_function *function;
    void *context;
} lookup;

bool mote_lookup_begin(const char *name, mote_lookup_function *function, void *context)
{
    (void)name;
    lookup.function = function;
    lookup.context = context;
    return true;
}

void mote_lookup_forget(const void *context)
{
    if (lookup.context == context)
        lookup.function = NULL;
}

/* --- TLS: a handshake of one step, and a record that lies there --- */

static struct {
    bool has_more, has_said_goodbye;
} tls;

enum mote_reason mote_tls_check(const struct mote_tls_options *options)
{
    (void)options;
    return MOTE_OK;
}

struct mote_tls *mote_tls_begin(int fd, const char *name, const struct mote_tls_options *options)
{
    (void)fd, (void)name, (void)options;
    return (struct mote_tls *)&tls;
}

int mote_tls_shake(struct mote_tls *handle, enum mote_reason *reason)
{
    (void)handle, (void)reason;
    return 1;
}

size_t mote_tls_receive(struct mote_tls *handle, void *into, size_t size, bool *ended)
{
    (void)handle, (void)ended;
    memset(into, 'x', size);
    tls.has_more = false;
    return 1;
}

size_t mote_tls_send(struct mote_tls *handle, const void *bytes, size_t size, bool *ended)
{
    (void)handle, (void)bytes, (void)ended;
    return size;
}

bool mote_tls_has_more(struct mote_tls *handle)
{
    (void)handle;
    return tls.has_more;
}

void mote_tls_end(struct mote_tls *handle, bool abort)
{
    (void)handle;
    tls.has_said_goodbye = !abort;
}

/* --- The other side, and the loop --- */

static struct {
    int listener, peer;
    uint16_t port;
    struct mote_link link;
    uint64_t now_ms;
} rig;

static void start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    if (rig.link.state != MOTE_LINK_CLOSED)
        mote_esp_links.close(NULL, &rig.link, true);
    memset(&rig.link, 0, sizeof rig.link);
    memset(&tls, 0, sizeof tls);
    rig.peer = -1;
    rig.listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQUAL(bind(rig.listener, (const struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQUAL(getsockname(rig.listener, (struct sockaddr *)&address, &size), 0);
    rig.port = ntohs(address.sin_port);
    CHECK_EQUAL(listen(rig.listener, 1), 0);
}

static void end(void)
{
    mote_esp_links.close(NULL, &rig.link, true);
    close(rig.listener);
    if (rig.peer >= 0)
        close(rig.peer);
}

static enum mote_reason open_link(struct mote_link *link, const char *scheme)
{
    const struct mote_url url = {.scheme = mote_text(scheme), .host = mote_text("broker"), .port = rig.port};

    return mote_esp_links.open(NULL, link, &url);
}

/* A turn of the loop that waits for at most so long. Returns whether it was to wait at all. */
static bool turn(int wait_s, fd_set *readable)
{
    struct timeval time = {.tv_sec = wait_s};
    fd_set writable;
    int highest = 0;
    bool at_once;

    FD_ZERO(readable);
    FD_ZERO(&writable);
    at_once = mote_links_watch(readable, &writable, &highest);
    if (at_once)
        time.tv_sec = 0;
    mote_linger_watch(readable, &highest);
    CHECK(select(highest + 1, readable, &writable, NULL, &time) >= 0);
    mote_links_turn(readable, &writable);
    mote_linger_turn(readable, rig.now_ms);
    return !at_once;
}

static bool is_watched(void)
{
    fd_set readable, writable;
    int highest = 0;

    FD_ZERO(&readable);
    FD_ZERO(&writable);
    mote_links_watch(&readable, &writable, &highest);
    for (int fd = 0; fd <= highest; fd++) {
        if (FD_ISSET(fd, &readable))
            return true;
    }
    return false;
}

static int count_lingering(void)
{
    fd_set readable;
    int highest = -1, count = 0;

    FD_ZERO(&readable);
    mote_linger_watch(&readable, &highest);
    for (int fd = 0; fd <= highest; fd++)
        count += FD_ISSET(fd, &readable) ? 1 : 0;
    return count;
}

static void find(bool found)
{
    const ip_addr_t address = {INADDR_LOOPBACK};

    CHECK(lookup.function != NULL);
    lookup.function(found ? &address : NULL, lookup.context);
}

static void be_connected(const char *scheme)
{
    fd_set readable;

    CHECK_EQUAL(open_link(&rig.link, scheme), MOTE_OK);
    find(true);
    for (int i = 0; i < 10 && rig.link.state == MOTE_LINK_OPENING; i++)
        turn(PATIENCE_S, &readable);
    CHECK_EQUAL(rig.link.state, MOTE_LINK_OPEN);
    rig.peer = accept(rig.listener, NULL, NULL);
    CHECK(rig.peer >= 0);
}

static void peer_says(const char *text)
{
    CHECK_EQUAL(write(rig.peer, text, strlen(text)), (ssize_t)strlen(text));
}

/* --- The cases --- */

static void bytes_go_both_ways(void)
{
    fd_set readable;
    char bytes[8];

    start();
    be_connected("mqtt");
    CHECK_EQUAL(mote_esp_links.send(NULL, &rig.link, "ping", 4), 4);
    CHECK_EQUAL(read(rig.peer, bytes, sizeof bytes), 4);
    peer_says("pong");
    turn(PATIENCE_S, &readable);
    CHECK_EQUAL(mote_esp_links.receive(NULL, &rig.link, bytes, sizeof bytes), 4);
    CHECK_BYTES(bytes, 4, "pong");
    CHECK_EQUAL(mote_esp_links.receive(NULL, &rig.link, bytes, sizeof bytes), 0);
    CHECK_EQUAL(rig.link.state, MOTE_LINK_OPEN);
    end();
}

/* While a node is held, a loop that is told of it again and again starves the rest of the chip, until its watchdog resets it. */
static void what_nobody_reads_is_told_once(void)
{
    fd_set readable;
    char bytes[3];

    start();
    be_connected("mqtt");
    peer_says("12345");
    CHECK(is_watched());
    turn(PATIENCE_S, &readable);
    CHECK(!is_watched());
    CHECK_EQUAL(mote_esp_links.receive(NULL, &rig.link, bytes, sizeof bytes), 3);
    CHECK(is_watched());
    CHECK(!turn(PATIENCE_S, &readable)); /* the rest is there, so it does not wait, */
    CHECK(turn(0, &readable));           /* but once */
    CHECK_EQUAL(mote_esp_links.receive(NULL, &rig.link, bytes, sizeof bytes), 2);
    CHECK(is_watched());
    end();
}

static void a_record_that_nobody_reads_is_told_once(void)
{
    fd_set readable;
    char bytes[3];

    start();
    be_connected("mqtts");
    tls.has_more = true;
    CHECK(!turn(PATIENCE_S, &readable));
    CHECK(turn(0, &readable));
    tls.has_more = true;
    CHECK_EQUAL(mote_esp_links.receive(NULL, &rig.link, bytes, sizeof bytes), 1);
    tls.has_more = true;
    CHECK(!turn(PATIENCE_S, &readable));
    end();
}

static void the_other_sides_end_comes_after_its_bytes(void)
{
    fd_set readable;
    char bytes[8];

    start();
    be_connected("mqtt");
    peer_says("bye");
    close(rig.peer);
    rig.peer = -1;
    turn(PATIENCE_S, &readable);
    CHECK_EQUAL(mote_esp_links.receive(NULL, &rig.link, bytes, sizeof bytes), 3);
    CHECK_EQUAL(rig.link.state, MOTE_LINK_OPEN);
    turn(PATIENCE_S, &readable);
    CHECK_EQUAL(mote_esp_links.receive(NULL, &rig.link, bytes, sizeof bytes), 0);
    CHECK_EQUAL(rig.link.state, MOTE_LINK_FAILED);
    CHECK_EQUAL(rig.link.reason, MOTE_TCP_RESET);
    CHECK(!is_watched());
    end();
}

/* The other side still has much to say, and only then reads. */
static void talk_after_the_goodbye(const char *scheme)
{
    static const char much[65536];
    fd_set readable;
    char bytes[8];

    start();
    be_connected(scheme);
    CHECK_EQUAL(mote_esp_links.send(NULL, &rig.link, "goodbye", 7), 7);
    peer_says("what nobody has read");
    mote_esp_links.close(NULL, &rig.link, false);
    for (int i = 0; i < 16; i++) {
        CHECK(send(rig.peer, much, sizeof much, MSG_NOSIGNAL | MSG_DONTWAIT) > 0 || errno == EAGAIN);
        turn(PATIENCE_S, &readable);
    }
    CHECK_EQUAL(count_lingering(), 1);
    if (strcmp(scheme, "mqtt") == 0)
        CHECK_EQUAL(read(rig.peer, bytes, sizeof bytes), 7);
    CHECK_EQUAL(read(rig.peer, bytes, sizeof bytes), 0);
    close(rig.peer);
    rig.peer = -1;
    for (int i = 0; i < 10000 && count_lingering() > 0; i++)
        turn(PATIENCE_S, &readable);
    CHECK_EQUAL(count_lingering(), 0);
    close(rig.listener);
}

static void what_comes_after_the_goodbye_resets_nothing(void)
{
    talk_after_the_goodbye("mqtt");
    talk_after_the_goodbye("mqtts");
    CHECK(tls.has_said_goodbye);
}

static void leave(int *peer)
{
    be_connected("mqtt");
    mote_esp_links.close(NULL, &rig.link, false);
    *peer = rig.peer;
    rig.peer = -1;
}

/* Of those who never close the one that has been there for longest gives way. */
static void it_does_not_linger_with_everybody(void)
{
    int peers[MOTE_LINGER_MAX + 1];
    fd_set readable;

    start();
    for (int i = 0; i <= MOTE_LINGER_MAX; i++)
        leave(&peers[i]);
    CHECK_EQUAL(count_lingering(), MOTE_LINGER_MAX);
    close(peers[0]); /* whom nobody listens to any more */
    for (int i = MOTE_LINGER_MAX; i > 0; i--) {
        CHECK_EQUAL(count_lingering(), i);
        close(peers[i]);
        turn(PATIENCE_S, &readable);
    }
    CHECK_EQUAL(count_lingering(), 0);
    close(rig.listener);
}

static void it_does_not_linger_for_ever(void)
{
    fd_set readable;
    int peer;

    start();
    turn(0, &readable);
    leave(&peer);
    rig.now_ms += MOTE_LINGER_MS - 1;
    turn(0, &readable);
    CHECK_EQUAL(count_lingering(), 1);
    rig.now_ms++;
    turn(0, &readable);
    CHECK_EQUAL(count_lingering(), 0);
    close(peer);
    close(rig.listener);
}

static void who_is_cut_off_is_reset(void)
{
    char bytes[8];

    start();
    be_connected("mqtt");
    mote_esp_links.close(NULL, &rig.link, true);
    CHECK_EQUAL(count_lingering(), 0);
    CHECK_EQUAL(read(rig.peer, bytes, sizeof bytes), -1);
    CHECK_EQUAL(errno, ECONNRESET);
    end();
}

static void where_nobody_listens_it_is_refused(void)
{
    fd_set readable;

    start();
    close(rig.listener);
    CHECK_EQUAL(open_link(&rig.link, "mqtt"), MOTE_OK);
    find(true);
    for (int i = 0; i < 10 && rig.link.state == MOTE_LINK_OPENING; i++)
        turn(PATIENCE_S, &readable);
    CHECK_EQUAL(rig.link.state, MOTE_LINK_FAILED);
    CHECK_EQUAL(rig.link.reason, MOTE_TCP_REFUSED);
    mote_esp_links.close(NULL, &rig.link, true);
}

static void a_name_that_is_none_is_told(void)
{
    start();
    CHECK_EQUAL(open_link(&rig.link, "mqtt"), MOTE_OK);
    CHECK_EQUAL(rig.link.reason, MOTE_DNS_TIMEOUT); /* what it is, should it last */
    find(false);
    CHECK_EQUAL(rig.link.state, MOTE_LINK_FAILED);
    CHECK_EQUAL(rig.link.reason, MOTE_DNS_NOT_FOUND);
    end();
}

static void a_closed_link_hears_no_answer(void)
{
    start();
    CHECK_EQUAL(open_link(&rig.link, "mqtt"), MOTE_OK);
    mote_esp_links.close(NULL, &rig.link, false);
    CHECK(lookup.function == NULL);
    CHECK(!is_watched());
    end();
}

static void what_it_cannot_do_is_refused(void)
{
    struct mote_link links[MOTE_ESP_LINKS] = {0};

    start();
    CHECK_EQUAL(open_link(&rig.link, "ws"), MOTE_CONFIG_INVALID);
    mote_esp_links.close(NULL, &rig.link, false);
    for (int i = 0; i < MOTE_ESP_LINKS; i++)
        CHECK_EQUAL(open_link(&links[i], "mqtt"), MOTE_OK);
    CHECK_EQUAL(open_link(&rig.link, "mqtt"), MOTE_TCP_REFUSED);
    for (int i = 0; i < MOTE_ESP_LINKS; i++)
        mote_esp_links.close(NULL, &links[i], false);
    end();
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"bytes-go-both-ways", bytes_go_both_ways},
        {"what-nobody-reads-is-told-once", what_nobody_reads_is_told_once},
        {"a-record-that-nobody-reads-is-told-once", a_record_that_nobody_reads_is_told_once},
        {"the-other-sides-end-comes-after-its-bytes", the_other_sides_end_comes_after_its_bytes},
        {"what-comes-after-the-goodbye-resets-nothing", what_comes_after_the_goodbye_resets_nothing},
        {"it-does-not-linger-with-everybody", it_does_not_linger_with_everybody},
        {"it-does-not-linger-for-ever", it_does_not_linger_for_ever},
        {"who-is-cut-off-is-reset", who_is_cut_off_is_reset},
        {"where-nobody-listens-it-is-refused", where_nobody_listens_it_is_refused},
        {"a-name-that-is-none-is-told", a_name_that_is_none_is_told},
        {"a-closed-link-hears-no-answer", a_closed_link_hears_no_answer},
        {"what-it-cannot-do-is-refused", what_it_cannot_do_is_refused},
    };

    return check_main("unit/esp_link", cases, sizeof cases / sizeof cases[0], argc, argv);
}
