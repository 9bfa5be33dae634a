/* It has definitions of its own for what is replaced here. */
#undef _FORTIFY_SOURCE

#include "link_rig.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

/* In place of the C library's, so that reads can be counted. */
static unsigned reads;

ssize_t recv(int fd, void *into, size_t size, int flags)
{
    reads++;
    return syscall(SYS_recvfrom, fd, into, size, flags, NULL, NULL);
}

/* And this one, so that it can fail as it rarely does. */
static int send_error;

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    errno = send_error;
    return send_error != 0 ? -1 : syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

static void talk(int family, const char *host)
{
    struct pair pair;

    connect_pair(&pair, family, host);
    CHECK_EQUAL(send_text("hello"), 5);
    other_must_read(pair.other, "hello");
    CHECK_EQUAL(write(pair.other, "welcome", 7), 7);
    expect("welcome");
    end_pair(&pair);
}

/* TCP: in order and without loss. [MQTT3-7.1.2-1] [MQTT5-4.2.0-1] */
static void talks_over_ipv4(void)
{
    talk(AF_INET, "127.0.0.1");
}

static void talks_over_ipv6(void)
{
    talk(AF_INET6, "::1");
}

static void talks_by_a_name_of_the_hosts_file(void)
{
    talk(AF_INET, "localhost");
}

static void talks_by_a_name_of_the_name_server(void)
{
    struct loopback_names names;

    loopback_names_start(&names);
    talk(AF_INET, "four.test");
    CHECK(names.asked > 0);
    loopback_names_stop(&names);
}

static void expect_failure(enum mote_reason reason)
{
    LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.state, MOTE_LINK_FAILED);
    CHECK_EQUAL(mine.reason, reason);
    CHECK_EQUAL(send_text("x"), 0);
    CHECK_EQUAL(receive((char[1]){0}, 1), 0);
    close_link(false);
}

static void is_refused_where_nobody_listens(void)
{
    unsigned descriptors = loopback_descriptors();
    int bound = loopback_bind(AF_INET, 0);

    CHECK_EQUAL(open_link("127.0.0.1", loopback_port(bound)), MOTE_OK);
    expect_failure(MOTE_TCP_REFUSED);
    CHECK(strstr(words(), "127.0.0.1") != NULL);
    close(bound);
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

static void is_refused_by_all_addresses_of_a_name(void)
{
    struct loopback_names names;
    int v6, v4;

    loopback_names_start(&names);
    loopback_bind_both(&v6, &v4);
    CHECK_EQUAL(open_link("both.test", loopback_port(v6)), MOTE_OK);
    expect_failure(MOTE_TCP_REFUSED);
    close(v6);
    close(v4);
    loopback_names_stop(&names);
}

/* Only the last one listens, whichever family the system prefers. */
static void tries_the_next_address_when_one_refuses(void)
{
    for (int listening = 0; listening < 2; listening++) {
        struct loopback_names names;
        int bound[2];
        int other;

        loopback_names_start(&names);
        loopback_bind_both(&bound[0], &bound[1]);
        listen(bound[listening], 1);
        CHECK_EQUAL(open_link("both.test", loopback_port(bound[0])), MOTE_OK);
        LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING);
        CHECK_EQUAL(mine.state, MOTE_LINK_OPEN);
        other = loopback_accept(bound[listening]);
        close_link(false);
        close(other);
        close(bound[0]);
        close(bound[1]);
        loopback_names_stop(&names);
    }
}

static void tries_the_next_address_when_one_is_silent(void)
{
    for (int listening = 0; listening < 2; listening++) {
        unsigned descriptors = loopback_descriptors();
        struct loopback_names names;
        struct loopback_deaf deaf;
        int bound[2];
        int other;

        loopback_names_start(&names);
        loopback_bind_both(&bound[0], &bound[1]);
        loopback_deafen(&deaf, bound[!listening]);
        listen(bound[listening], 1);
        CHECK_EQUAL(open_link("both.test", loopback_port(bound[0])), MOTE_OK);
        LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING);
        CHECK_EQUAL(mine.state, MOTE_LINK_OPEN);
        other = loopback_accept(bound[listening]);
        close_link(false);
        close(other);
        close(bound[listening]);
        loopback_undeafen(&deaf);
        loopback_names_stop(&names);
        LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
    }
}

static void says_what_it_waits_for(void)
{
    unsigned descriptors = loopback_descriptors();
    struct loopback_names names;
    struct loopback_deaf deaf;

    loopback_names_start(&names);
    CHECK_EQUAL(open_link("silent.test", 1883), MOTE_OK);
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.reason, MOTE_DNS_TIMEOUT);
    LOOPBACK_UNTIL(names.asked > 0);
    CHECK_EQUAL(mine.reason, MOTE_DNS_TIMEOUT);
    close_link(false);
    loopback_names_stop(&names);

    loopback_deafen(&deaf, loopback_bind(AF_INET, 0));
    CHECK_EQUAL(open_link("127.0.0.1", loopback_port(deaf.listener)), MOTE_OK);
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.reason, MOTE_TCP_TIMEOUT);
    close_link(true);
    loopback_undeafen(&deaf);
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

static void knows_that_a_name_does_not_exist(void)
{
    unsigned descriptors = loopback_descriptors();
    struct loopback_names names;

    loopback_names_start(&names);
    CHECK_EQUAL(open_link("broker.invalid", 1883), MOTE_OK);
    expect_failure(MOTE_DNS_NOT_FOUND);
    CHECK(strstr(words(), "broker.invalid") != NULL);
    loopback_names_stop(&names);
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

static void knows_a_broken_name_server(void)
{
    struct loopback_names names;

    loopback_names_start(&names);
    CHECK_EQUAL(open_link("broken.test", 1883), MOTE_OK);
    expect_failure(MOTE_DNS_TIMEOUT);
    CHECK(names.asked > 1); /* once is not enough to give up */
    loopback_names_stop(&names);
}

static void asks_the_next_name_server_when_one_is_silent(void)
{
    struct loopback_names silent, names;
    char both[80];

    loopback_names_start(&silent);
    mote_linux_unwatch(silent.fd); /* nobody reads its questions */
    loopback_names_start(&names);
    snprintf(both, sizeof both, "%s,%s", silent.address, names.address);
    mote_linux_name_servers(both);
    talk(AF_INET, "four.test");
    CHECK(loopback_poll(silent.fd, 0));
    loopback_names_stop(&names);
    loopback_names_stop(&silent);
}

static void refuses_what_it_cannot_speak(void)
{
    const struct mote_url url = {.scheme = MOTE_TEXT("http"), .host = MOTE_TEXT("127.0.0.1"), .port = 1};

    memset(&mine, 0, sizeof mine);
    CHECK_EQUAL(mote_port()->link->open(mote_port()->context, &mine, &url), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mine.state, MOTE_LINK_FAILED);
    CHECK_EQUAL(mine.reason, MOTE_CONFIG_INVALID);
    CHECK(strstr(words(), "mqtts://") != NULL);
    close_link(false);
    CHECK_EQUAL(open_link("", 1), MOTE_CONFIG_INVALID);
    close_link(false);
}

static void reads_what_came_before_the_end(void)
{
    struct pair pair;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    CHECK_EQUAL(write(pair.other, "goodbye", 7), 7);
    shutdown(pair.other, SHUT_WR);
    expect("goodbye");
    LOOPBACK_UNTIL(receive((char[9]){0}, 9) == 0 && mine.state != MOTE_LINK_OPEN);
    CHECK_EQUAL(mine.state, MOTE_LINK_FAILED);
    CHECK_EQUAL(mine.reason, MOTE_TCP_RESET);
    end_pair(&pair);
}

static void reset(int fd)
{
    const struct linger reset_it = {.l_onoff = 1};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset_it, sizeof reset_it);
    close(fd);
}

static void notices_a_reset(void)
{
    struct pair pair;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    reset(pair.other);
    LOOPBACK_UNTIL(receive((char[9]){0}, 9) == 0 && mine.state != MOTE_LINK_OPEN);
    CHECK_EQUAL(mine.reason, MOTE_TCP_RESET);
    pair.other = -1;
    end_pair(&pair);
}

/* A broker that refuses says why and hangs up at once; our sending into the closed connection must not hide that. */
static void reads_the_last_words_after_a_failed_send(void)
{
    struct pair pair;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    CHECK_EQUAL(write(pair.other, "refused", 7), 7);
    close(pair.other);
    pair.other = -1;
    for (int i = 0; i < 1000 && send_text("x") == 1; i++)
        usleep(100); /* the reset comes when the system likes */
    CHECK_EQUAL(send_text("x"), 0);
    expect("refused");
    LOOPBACK_UNTIL(receive((char[9]){0}, 9) == 0 && mine.state != MOTE_LINK_OPEN);
    CHECK_EQUAL(mine.reason, MOTE_TCP_RESET);
    end_pair(&pair);
}

static void ends_when_the_system_cannot_send(void)
{
    static const struct {
        int error;
        enum mote_reason reason;
    } rows[] = {{ENOBUFS, MOTE_TCP_RESET}, {ETIMEDOUT, MOTE_TCP_TIMEOUT}, {EHOSTUNREACH, MOTE_TCP_TIMEOUT}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pair pair;
        connect_pair(&pair, AF_INET, "127.0.0.1");
        send_error = rows[i].error;
        CHECK_EQUAL(send_text("x"), 0);
        send_error = 0;
        CHECK_EQUAL(send_text("x"), 0); /* a gap in the stream would be worse than its end */
        loopback_wake();
        CHECK_EQUAL(receive((char[9]){0}, 9), 0);
        CHECK_EQUAL(mine.state, MOTE_LINK_FAILED);
        CHECK_EQUAL(mine.reason, rows[i].reason);
        CHECK(strstr(words(), strerror(rows[i].error)) != NULL);
        end_pair(&pair);
    }
}

static void reads_once_for_each_wake(void)
{
    char buffer[1024];
    struct pair pair;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    for (int i = 0; i < 16; i++)
        CHECK_EQUAL(write(pair.other, "0123456789", 10), 10);
    loopback_deliver(pair.other);
    reads = 0;
    LOOPBACK_UNTIL(receive(buffer, sizeof buffer) == 160);
    CHECK_EQUAL(receive(buffer, sizeof buffer), 0);
    CHECK_EQUAL(reads, 1);
    CHECK_EQUAL(write(pair.other, "again", 5), 5);
    LOOPBACK_UNTIL(receive(buffer, sizeof buffer) == 5);
    CHECK_EQUAL(reads, 2);
    end_pair(&pair);
}

static void comes_back_after_a_read_that_was_filled(void)
{
    char buffer[4];
    struct pair pair;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    CHECK_EQUAL(write(pair.other, "abcdefgh", 8), 8);
    LOOPBACK_UNTIL(receive(buffer, sizeof buffer) == 4);
    CHECK_EQUAL(buffer[0], 'a');
    loopback_wake();
    CHECK_EQUAL(receive(buffer, sizeof buffer), 4);
    CHECK_EQUAL(buffer[0], 'e');
    loopback_wake();
    CHECK_EQUAL(receive(buffer, sizeof buffer), 0);
    end_pair(&pair);
}

/* A program that takes no bytes for a while is not woken for them over and over. */
static void sleeps_while_bytes_wait(void)
{
    uint64_t until_ms;
    unsigned wakes = 0;
    struct pair pair;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    CHECK_EQUAL(write(pair.other, "unread", 6), 6);
    for (until_ms = loopback_now_ms() + 100; loopback_now_ms() < until_ms; wakes++)
        loopback_wait(until_ms);
    CHECK(wakes < 5);
    expect("unread");
    end_pair(&pair);
}

enum { LARGE = 8 * 1024 * 1024 };

static void sends_more_than_fits(void)
{
    static uint8_t chunk[100000], got[60000];
    size_t sent = 0, read_count = 0, short_writes = 0;
    struct pair pair;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    while (read_count < LARGE) {
        size_t size = LARGE - sent < sizeof chunk ? LARGE - sent : sizeof chunk;
        size_t taken;
        size_t count;

        for (size_t i = 0; i < size; i++)
            chunk[i] = pattern(sent + i);
        taken = mote_port()->link->send(mote_port()->context, &mine, chunk, size);
        sent += taken;
        if (size > 0 && taken == size)
            continue; /* until it is full */
        short_writes += size > 0;
        count = other_reads_some(pair.other, got, sizeof got);
        for (size_t i = 0; i < count; i++)
            CHECK_EQUAL(got[i], pattern(read_count + i));
        read_count += count;
    }
    CHECK(short_writes > 0);
    CHECK_EQUAL(sent, LARGE);
    end_pair(&pair);
}

static void wakes_when_there_is_room_again(void)
{
    static uint8_t chunk[100000];
    struct pair pair;
    size_t sent = 0, taken;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    while ((taken = mote_port()->link->send(mote_port()->context, &mine, chunk, sizeof chunk)) == sizeof chunk)
        sent += taken;
    for (sent += taken; sent > 0;)
        sent -= other_reads_some(pair.other, chunk, sizeof chunk);
    loopback_wake();
    CHECK_EQUAL(send_text("more"), 4);
    other_must_read(pair.other, "more");
    end_pair(&pair);
}

static void closes_with_what_was_sent_going_out(void)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    struct pair pair;
    char got[32];

    connect_pair(&pair, AF_INET, "127.0.0.1");
    CHECK_EQUAL(write(pair.other, "never read", 10), 10);
    loopback_deliver(pair.other);
    CHECK_EQUAL(send_text("goodbye"), 7);
    close_link(false);
    CHECK_EQUAL(other_reads(pair.other, got, sizeof got), 7);
    CHECK_EQUAL(getsockopt(pair.other, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    CHECK_EQUAL(info.tcpi_state, TCP_CLOSE_WAIT); /* a reset would have closed it altogether */
    end_pair(&pair);
}

/* The other side still has much to say, and only then reads. */
static void is_not_reset_by_what_comes_after_the_goodbye(void)
{
    static const char much[65536];
    struct pair pair;
    char got[32];

    connect_pair(&pair, AF_INET, "127.0.0.1");
    CHECK_EQUAL(send_text("goodbye"), 7);
    close_link(false);
    for (int i = 0; i < 4; i++)
        CHECK(send(pair.other, much, sizeof much, MSG_NOSIGNAL | MSG_DONTWAIT) > 0 || errno == EAGAIN);
    CHECK_EQUAL(other_reads(pair.other, got, sizeof got), 7);
    CHECK(memcmp(got, "goodbye", 7) == 0);
    end_pair(&pair);
}

/* Of those who never close the one that has been there for longest gives way. */
static void does_not_linger_with_everybody(void)
{
    unsigned descriptors = loopback_descriptors();
    struct pair pairs[20];

    for (size_t i = 0; i < 20; i++) {
        connect_pair(&pairs[i], AF_INET, "127.0.0.1");
        close_link(false);
    }
    CHECK(loopback_descriptors() < descriptors + 20 * 2 + 10);
    for (size_t i = 0; i < 20; i++) {
        close(pairs[i].other);
        close(pairs[i].listener);
    }
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

static void aborts_with_a_reset(void)
{
    struct pair pair;
    char got[32];

    connect_pair(&pair, AF_INET, "127.0.0.1");
    close_link(true);
    CHECK_EQUAL(other_reads(pair.other, got, sizeof got), -ECONNRESET);
    end_pair(&pair);
}

static void closes_in_any_state(void)
{
    memset(&mine, 0, sizeof mine);
    close_link(false);
    close_link(true);
    CHECK_EQUAL(send_text("x"), 0);
    CHECK_EQUAL(receive((char[1]){0}, 1), 0);
}

static const struct check_case cases[] = {
    {"talks_over_ipv4", talks_over_ipv4},
    {"talks_over_ipv6", talks_over_ipv6},
    {"talks_by_a_name_of_the_hosts_file", talks_by_a_name_of_the_hosts_file},
    {"talks_by_a_name_of_the_name_server", talks_by_a_name_of_the_name_server},
    {"is_refused_where_nobody_listens", is_refused_where_nobody_listens},
    {"is_refused_by_all_addresses_of_a_name", is_refused_by_all_addresses_of_a_name},
    {"tries_the_next_address_when_one_refuses", tries_the_next_address_when_one_refuses},
    {"tries_the_next_address_when_one_is_silent", tries_the_next_address_when_one_is_silent},
    {"says_what_it_waits_for", says_what_it_waits_for},
    {"knows_that_a_name_does_not_exist", knows_that_a_name_does_not_exist},
    {"knows_a_broken_name_server", knows_a_broken_name_server},
    {"asks_the_next_name_server_when_one_is_silent", asks_the_next_name_server_when_one_is_silent},
    {"refuses_what_it_cannot_speak", refuses_what_it_cannot_speak},
    {"reads_what_came_before_the_end", reads_what_came_before_the_end},
    {"notices_a_reset", notices_a_reset},
    {"reads_the_last_words_after_a_failed_send", reads_the_last_words_after_a_failed_send},
    {"ends_when_the_system_cannot_send", ends_when_the_system_cannot_send},
    {"reads_once_for_each_wake", reads_once_for_each_wake},
    {"comes_back_after_a_read_that_was_filled", comes_back_after_a_read_that_was_filled},
    {"sleeps_while_bytes_wait", sleeps_while_bytes_wait},
    {"sends_more_than_fits", sends_more_than_fits},
    {"wakes_when_there_is_room_again", wakes_when_there_is_room_again},
    {"closes_with_what_was_sent_going_out", closes_with_what_was_sent_going_out},
    {"is_not_reset_by_what_comes_after_the_goodbye", is_not_reset_by_what_comes_after_the_goodbye},
    {"does_not_linger_with_everybody", does_not_linger_with_everybody},
    {"aborts_with_a_reset", aborts_with_a_reset},
    {"closes_in_any_state", closes_in_any_state},
};

int main(int argc, char **argv)
{
    return check_main("unit/link", cases, sizeof cases / sizeof cases[0], argc, argv);
}
