/* When a node tries again: spread over a fleet, and slowly where another client has its id. */
#include "fake_port.h"

static struct mote_node node;
static struct mote_node_config config;

static void begin(void)
{
    fake_begin();
    fake.random_is_fixed = true;
    config = (struct mote_node_config){.id = "n", .broker = "mqtt://broker"};
}

static void start(void)
{
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_settle(&node);
}

/* Until the next attempt, with what is drawn then. */
static uint64_t pass_delay(uint32_t random)
{
    uint64_t delay_ms = fake_settle(&node) - fake.now_ms;

    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
    fake.random = random;
    fake_pass(&node, delay_ms);
    return delay_ms;
}

static void lose(uint32_t random)
{
    fake.random = random;
    fake_cut();
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
}

/* --- A fleet --- */

static void draws_from_the_whole_spread(void)
{
    begin();
    config.retry_spread_ms = 10000;
    start();
    lose(0);
    CHECK_EQUAL(pass_delay(0), 1000);
    fake_pass(&node, 30000);
    lose(UINT32_MAX);
    CHECK_EQUAL(pass_delay(0), 11000);
}

/* One attempt in each window, wherever in it the last one was: 0 to 10 s, 11 to 21 s and so on. */
static void tries_once_in_each_window(void)
{
    begin();
    config.retry_spread_ms = 10000;
    start();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    lose(0);
    CHECK_EQUAL(pass_delay(UINT32_MAX), 1000);                /* at the beginning of the first */
    CHECK_EQUAL(pass_delay(0), 10000 + 1000 + 10000);         /* at the end of the second */
    CHECK_EQUAL(pass_delay(UINT32_MAX / 2), 1000);            /* at the beginning of the third */
    CHECK_EQUAL(pass_delay(UINT32_MAX), 10000 + 6000);        /* in the middle of the fourth */
    CHECK_EQUAL(pass_delay(UINT32_MAX), 5000 + 1000 + 14500); /* from here on they are as long as the mean asks */
    CHECK_EQUAL(pass_delay(0), 1000 + 14500);
    CHECK_EQUAL(pass_delay(0), 1000);
    CHECK_EQUAL(pass_delay(0), 14500 + 1000);
}

/* A session ends the row. */
static void begins_a_new_row(void)
{
    begin();
    config.retry_spread_ms = 10000;
    start();
    lose(0);
    CHECK_EQUAL(pass_delay(0), 1000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    fake_pass(&node, 30000);
    lose(0);
    CHECK_EQUAL(pass_delay(0), 1000); /* and not what was left of 10 s */
}

static void spreads_refusals_that_last(void)
{
    begin();
    config.retry_spread_ms = 10000;
    fake.connack = 4;
    fake.random = UINT32_MAX;
    start();
    CHECK_EQUAL(pass_delay(0), 15500);
    CHECK_EQUAL(pass_delay(UINT32_MAX), 1000);
}

static void numbers_without_end(void)
{
    begin();
    config.retry_spread_ms = UINT32_MAX;
    config.retry_delay_ms_max = UINT32_MAX;
    start();
    fake.dial = FAKE_REFUSES;
    lose(0);
    CHECK_EQUAL(pass_delay(UINT32_MAX), 1000);
    CHECK_EQUAL(fake_settle(&node) - fake.now_ms, 1000 + 2 * (uint64_t)UINT32_MAX);
}

/* --- Twins --- */

static void expect(enum mote_reason reason)
{
    CHECK_EQUAL(mote_node_reason(&node), reason);
    CHECK_EQUAL(mote_node_words(&node)[0] != '\0', reason == MOTE_MQTT_TAKEN_OVER && config.version != MOTE_MQTT_5);
}

static void suspects_a_twin(void)
{
    begin();
    start();
    lose(UINT32_MAX);
    expect(MOTE_TCP_RESET);
    pass_delay(0);
    lose(UINT32_MAX);
    expect(MOTE_TCP_RESET);
    pass_delay(0);
    fake_pass(&node, 29999);
    lose(UINT32_MAX);
    expect(MOTE_MQTT_TAKEN_OVER);
    CHECK_EQUAL(pass_delay(0), 37500);
    fake_expect("PUBLISH n/reason mqtt.taken_over");
    fake_pass(&node, 44999);
    lose(0);
    expect(MOTE_MQTT_TAKEN_OVER);
    CHECK_EQUAL(pass_delay(0), 30000);
    fake_pass(&node, 45000);
    lose(0);
    expect(MOTE_TCP_RESET);
    CHECK_EQUAL(pass_delay(0), 1000);
}

/* What breaks the row: a session that has held, and a broker that is away. */
static void suspects_nobody_without_cause(void)
{
    begin();
    start();
    for (int i = 0; i < 6; i++) {
        fake_pass(&node, 30000);
        lose(0);
        pass_delay(0);
        expect(MOTE_OK);
    }
    for (int i = 0; i < 6; i++) {
        lose(0);
        fake.dial = FAKE_REFUSES;
        pass_delay(0);
        fake.dial = FAKE_ACCEPTS;
        pass_delay(0);
        CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    }
}

/* One that says why it closes is believed. */
static void believes_what_is_said(void)
{
    begin();
    config.version = MOTE_MQTT_5;
    start();
    for (int i = 0; i < 6; i++) {
        fake_disconnect(MOTE_CODE_SERVER_SHUTTING_DOWN);
        fake_cut();
        fake_settle(&node);
        expect(MOTE_TCP_RESET);
        pass_delay(0);
    }
}

/* The first time it may have been itself, before a restart. */
static void is_told_of_a_twin(void)
{
    begin();
    config.version = MOTE_MQTT_5;
    start();
    for (int i = 0; i < 5; i++) {
        fake.random = i % 2 == 0 ? 0 : UINT32_MAX;
        fake_disconnect(MOTE_CODE_SESSION_TAKEN_OVER);
        fake_settle(&node);
        expect(MOTE_MQTT_TAKEN_OVER);
        CHECK_EQUAL(pass_delay(0), i == 0 ? 1000 : i % 2 == 0 ? 30000 : 37500);
        fake_pass(&node, 44999);
    }
    fake_pass(&node, 1);
    fake_disconnect(MOTE_CODE_SESSION_TAKEN_OVER);
    fake_settle(&node);
    CHECK_EQUAL(pass_delay(0), 1000);
}

/* Whoever starts it has seen to that. */
static void forgets_at_a_start(void)
{
    begin();
    start();
    for (int i = 0; i < 3; i++) {
        lose(0);
        if (i < 2)
            pass_delay(0);
    }
    expect(MOTE_MQTT_TAKEN_OVER);
    mote_node_start(&node);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    lose(0);
    expect(MOTE_TCP_RESET);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"draws-from-the-whole-spread", draws_from_the_whole_spread},
        {"tries-once-in-each-window", tries_once_in_each_window},
        {"begins-a-new-row", begins_a_new_row},
        {"spreads-refusals-that-last", spreads_refusals_that_last},
        {"numbers-without-end", numbers_without_end},
        {"suspects-a-twin", suspects_a_twin},
        {"suspects-nobody-without-cause", suspects_nobody_without_cause},
        {"believes-what-is-said", believes_what_is_said},
        {"is-told-of-a-twin", is_told_of_a_twin},
        {"forgets-at-a-start", forgets_at_a_start},
    };

    return check_main("unit/node-retry", cases, sizeof cases / sizeof cases[0], argc, argv);
}
