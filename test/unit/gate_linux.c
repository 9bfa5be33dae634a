#include "link_rig.h"

static void opens_once_the_gate_is_open(void)
{
    unsigned descriptors = loopback_descriptors();
    int listener = loopback_listen(AF_INET);
    uint64_t until_ms;
    int other;

    mote_linux_link_gate(false);
    CHECK_EQUAL(open_link("127.0.0.1", loopback_port(listener)), MOTE_OK);
    for (until_ms = loopback_now_ms() + 20; loopback_now_ms() < until_ms;)
        loopback_wait(until_ms);
    CHECK(!loopback_poll(listener, 0));
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.reason, MOTE_TCP_TIMEOUT);
    mote_linux_link_gate(true);
    LOOPBACK_UNTIL(mine.state == MOTE_LINK_OPEN);
    other = loopback_accept(listener);
    close_link(false);
    close(other);
    close(listener);
    LOOPBACK_UNTIL(loopback_descriptors() <= descriptors);
}

static void begins_anew_when_the_gate_shuts_in_between(void)
{
    struct loopback_names names;

    loopback_names_start(&names);
    CHECK_EQUAL(open_link("silent.test", 1883), MOTE_OK);
    CHECK_EQUAL(mine.reason, MOTE_DNS_TIMEOUT);
    mote_linux_link_gate(false);
    CHECK_EQUAL(mine.state, MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.reason, MOTE_TCP_TIMEOUT);
    mote_linux_link_gate(true);
    CHECK_EQUAL(mine.reason, MOTE_DNS_TIMEOUT);
    close_link(false);
    loopback_names_stop(&names);
}

static void is_silent_while_the_gate_is_shut(void)
{
    struct pair pair;
    uint64_t until_ms;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    mote_linux_link_gate(false);
    CHECK_EQUAL(write(pair.other, "from there", 10), 10);
    CHECK_EQUAL(send_text("from here"), 9);
    for (until_ms = loopback_now_ms() + 20; loopback_now_ms() < until_ms;) {
        loopback_wait(until_ms);
        CHECK_EQUAL(receive((char[9]){0}, 9), 0);
    }
    CHECK_EQUAL(mine.state, MOTE_LINK_OPEN);
    CHECK(!loopback_poll(pair.other, 0));
    mote_linux_link_gate(true);
    other_must_read(pair.other, "from here");
    expect("from there");
    end_pair(&pair);
}

/* Sends a pattern, as much as is taken, from a place in it. Returns how much. */
static size_t send_pattern(size_t from)
{
    uint8_t chunk[10000];
    size_t sent = 0, taken;

    do {
        for (size_t i = 0; i < sizeof chunk; i++)
            chunk[i] = pattern(from + sent + i);
        taken = mote_port()->link->send(mote_port()->context, &mine, chunk, sizeof chunk);
        sent += taken;
    } while (taken == sizeof chunk);
    return sent;
}

/* What the system had taken, what was held meanwhile, and what is sent after come out in this order. */
static void holds_so_much_while_the_gate_is_shut(void)
{
    struct pair pair;
    uint8_t chunk[10000];
    size_t sent, held, more, count, read_count = 0;

    connect_pair(&pair, AF_INET, "127.0.0.1");
    sent = send_pattern(0);
    mote_linux_link_gate(false);
    held = send_pattern(sent);
    CHECK(held > 0 && held < 1000000);
    mote_linux_link_gate(true);
    CHECK_EQUAL(send_pattern(sent + held), 0);
    sent += held;
    more = sent + 100000;
    for (; read_count < sent; read_count += count) {
        loopback_wait(0); /* what did not fit goes out meanwhile */
        count = other_reads_some(pair.other, chunk, sizeof chunk);
        for (size_t i = 0; i < count; i++)
            CHECK_EQUAL(chunk[i], pattern(read_count + i));
        if (sent < more)
            sent += send_pattern(sent);
    }
    LOOPBACK_UNTIL(send_text("more") == 4);
    other_must_read(pair.other, "more");
    end_pair(&pair);
}

static void is_not_told_of_a_close_behind_the_gate(void)
{
    struct pair pair;
    char got[9];

    connect_pair(&pair, AF_INET, "127.0.0.1");
    mote_linux_link_gate(false);
    CHECK_EQUAL(send_text("lost"), 4);
    close_link(true);
    CHECK(!loopback_poll(pair.other, 20));
    mote_linux_link_gate(true);
    CHECK_EQUAL(other_reads(pair.other, got, sizeof got), -ECONNRESET);
    end_pair(&pair);
}

static const struct check_case cases[] = {
    {"opens_once_the_gate_is_open", opens_once_the_gate_is_open},
    {"begins_anew_when_the_gate_shuts_in_between", begins_anew_when_the_gate_shuts_in_between},
    {"is_silent_while_the_gate_is_shut", is_silent_while_the_gate_is_shut},
    {"holds_so_much_while_the_gate_is_shut", holds_so_much_while_the_gate_is_shut},
    {"is_not_told_of_a_close_behind_the_gate", is_not_told_of_a_close_behind_the_gate},
};

int main(int argc, char **argv)
{
    return check_main("unit/gate", cases, sizeof cases / sizeof cases[0], argc, argv);
}
