/* A node without a broker, or with one that cuts, refuses, hangs: reasons, backoff, return. */
#include "fake_port.h"

static struct mote_node node;
static struct mote_node_config config;
static char states[2000];
static char last_message[100];

static void on_state(struct mote_node *self, void *context)
{
    size_t used = strlen(states);

    CHECK(self == &node && context == states);
    snprintf(states + used, sizeof states - used, "%s(%s) ", mote_node_state_name(mote_node_state(self)),
             mote_reason_code(mote_node_reason(self)));
}

static const struct mote_observer observer = {.on_state = on_state, .context = states};

static void on_message(struct mote_node *self, const struct mote_message *message, void *context)
{
    (void)context;
    CHECK(self == &node);
    snprintf(last_message, sizeof last_message, "%.*s %.*s", (int)message->topic.length, message->topic.data,
             (int)message->payload.length, message->payload.data);
}

static void begin(void)
{
    fake_begin();
    config = (struct mote_node_config){.id = "n", .broker = "mqtt://joe:secret@broker"};
    states[0] = '\0';
}

static void start(void)
{
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    mote_node_observe(&node, &observer);
    CHECK_EQUAL(mote_node_subscribe(&node, "a", MOTE_QOS_1, on_message, NULL), MOTE_OK);
}

static void go_online(void)
{
    begin();
    start();
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

/* --- Failure --- */

static void fails_as(enum mote_reason reason)
{
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
    CHECK_EQUAL(mote_node_reason(&node), reason);
    CHECK_EQUAL(fake.link->state, MOTE_LINK_CLOSED);
}

static void each_failure_has_its_reason(void)
{
    static const struct {
        uint8_t connack;
        enum mote_reason reason;
    } refusals[] = {{1, MOTE_MQTT_BAD_VERSION},
                    {2, MOTE_MQTT_CLIENT_ID},
                    {3, MOTE_MQTT_QUOTA},
                    {4, MOTE_MQTT_BAD_AUTH},
                    {5, MOTE_MQTT_NOT_AUTHORIZED}};

    for (size_t i = 0; i < 5; i++) {
        begin();
        start();
        fake.connack = refusals[i].connack;
        fake_settle(&node);
        fails_as(refusals[i].reason);
    }
    begin();
    start();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_DNS_NOT_FOUND;
    fake_settle(&node);
    fails_as(MOTE_DNS_NOT_FOUND);

    static const enum mote_reason waits_for[] = {MOTE_DNS_TIMEOUT, MOTE_TCP_TIMEOUT};
    for (size_t i = 0; i < 2; i++) {
        begin();
        start();
        fake.dial = FAKE_IS_SILENT;
        fake.dial_reason = waits_for[i];
        CHECK_EQUAL(fake_settle(&node), fake.now_ms + 20000);
        fake_pass(&node, 19999);
        CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_CONNECTING);
        fake_pass(&node, 1);
        fails_as(waits_for[i]);
    }
}

static void another_with_its_name_gets_time(void)
{
    begin();
    config.version = MOTE_MQTT_5;
    fake.random_is_fixed = true;
    fake.random = UINT32_MAX;
    start();
    fake_settle(&node);
    fake_disconnect(MOTE_CODE_SESSION_TAKEN_OVER);
    fake_settle(&node);
    fails_as(MOTE_MQTT_TAKEN_OVER);
    CHECK_EQUAL(fake_settle(&node), fake.now_ms + 30000);
}

static void a_broken_packet_ends_the_connection(void)
{
    go_online();
    fake_publish("a", "before", MOTE_QOS_0, false);
    memcpy(fake.to_node + fake.to_node_size, "\xff\xff\xff\xff", 4);
    fake.to_node_size += 4;
    fake_settle(&node);
    CHECK(strcmp(last_message, "a before") == 0);
    fails_as(MOTE_MQTT_PROTOCOL);
}

static void a_silent_broker_is_given_up(void)
{
    begin();
    start();
    fake.says_nothing = true;
    fake_pass(&node, 19999);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_CONNECTING);
    fake_pass(&node, 1);
    fails_as(MOTE_TCP_TIMEOUT);
}

static void a_half_open_link_is_found(void)
{
    go_online();
    fake_pass(&node, 30000);
    CHECK_EQUAL(fake_count("PINGREQ"), 0);
    fake_pass(&node, 30000);
    CHECK_EQUAL(fake_count("PINGREQ"), 1);
    fake_pass(&node, 1000000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    fake.says_nothing = true;
    states[0] = '\0';
    fake_pass(&node, 70000); /* the keep-alive and the time for an answer */
    CHECK(strncmp(states, "waiting(mqtt.no_pingresp) ", 26) == 0);
}

/* What it does not read may be an answer; the broker, which hears nothing for one and a half keep-alives, would close. */
static void a_held_node_keeps_its_connection(void)
{
    go_online();
    fake_publish("a", "before", MOTE_QOS_0, false);
    fake_settle(&node);
    mote_node_hold(&node, true);
    fake_publish("a", "held back", MOTE_QOS_0, false);
    fake_pass(&node, 600000);
    CHECK_EQUAL(fake_count("PINGREQ"), 600000 / 52500);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK(strcmp(last_message, "a before") == 0);
    mote_node_hold(&node, false);
    fake_settle(&node);
    CHECK(strcmp(last_message, "a held back") == 0);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void a_link_that_died_while_held_is_found_afterwards(void)
{
    go_online();
    mote_node_hold(&node, true);
    fake.says_nothing = true;
    fake_pass(&node, 600000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    mote_node_hold(&node, false);
    fake_pass(&node, 9999);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    states[0] = '\0';
    fake_pass(&node, 1);
    CHECK(strncmp(states, "waiting(mqtt.no_pingresp) ", 26) == 0);
}

static void an_answer_that_lies_there_is_not_late(void)
{
    go_online();
    fake_pass(&node, 50000);
    fake.now_ms += 10000;
    mote_node_turn(&node); /* sends the PINGREQ */
    CHECK_EQUAL(fake_count("PINGREQ"), 1);
    fake.now_ms += 60000; /* something else takes its time */
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void what_was_said_before_the_end_is_heard(void)
{
    go_online();
    fake_publish("a", "last words", MOTE_QOS_0, false);
    fake_cut();
    fake_settle(&node);
    CHECK(strcmp(last_message, "a last words") == 0);
    fails_as(MOTE_TCP_RESET);
}

static void comes_back_with_everything(void)
{
    go_online();
    fake_cut();
    fake_pass(&node, 2100);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    for (int i = 0; i < 2; i++) {
        fake_expect("CONNECT n clean");
        fake_expect("SUBSCRIBE a:1");
        fake_expect("PUBLISH n/status online");
        fake_expect(i == 0 ? "PUBLISH n/reason ok" : "PUBLISH n/reason tcp.reset");
    }
    CHECK(strcmp(states, "connecting(ok) online(ok) waiting(tcp.reset) connecting(tcp.reset) online(ok) ") == 0);
}

static void an_outage_is_known_by_what_began_it(void)
{
    go_online();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_cut();
    fake_pass(&node, 20000);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_TCP_REFUSED);
    fake.dial = FAKE_ACCEPTS;
    fake_pass(&node, 31000);
    fake_expect("PUBLISH n/reason ok");
    fake_expect("PUBLISH n/reason tcp.reset");
    fake.says_nothing = true;
    fake_pass(&node, 70000);
    fake.says_nothing = false;
    fake_pass(&node, 60000);
    fake_expect("PUBLISH n/reason mqtt.no_pingresp"); /* each anew */
}

/* --- Backoff --- */

static void expect_delay(uint64_t min_ms, uint64_t max_ms)
{
    uint64_t deadline_ms = fake_settle(&node);

    CHECK(deadline_ms - fake.now_ms >= min_ms && deadline_ms - fake.now_ms <= max_ms);
    fake_pass(&node, deadline_ms - fake.now_ms);
}

static void the_bound_doubles(void)
{
    static const uint64_t bounds_ms[] = {2000, 4000, 8000, 16000, 30000, 30000, 30000};

    for (uint64_t end = 0; end < 2; end++) {
        begin();
        fake.random_is_fixed = true;
        fake.random = end == 0 ? 0 : UINT32_MAX;
        start();
        fake.dial = FAKE_REFUSES;
        fake.dial_reason = MOTE_TCP_REFUSED;
        fake_settle(&node);
        for (size_t i = 0; i < 7; i++)
            expect_delay(end == 0 ? 1000 : bounds_ms[i], end == 0 ? 1000 : bounds_ms[i]);
        CHECK_EQUAL(fake_count("dial"), 8);
    }
}

static void the_bound_stays(void)
{
    begin();
    fake.random_is_fixed = true;
    fake.random = UINT32_MAX;
    start();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_pass(&node, 30000); /* at 0, 2, 6, 14 and 30 seconds */
    CHECK_EQUAL(fake_count("dial"), 5);
    fake_pass(&node, 300 * 30000);
    CHECK_EQUAL(fake_count("dial"), 305);
}

static void refusals_that_last_are_tried_slowly(void)
{
    begin();
    fake.random_is_fixed = true;
    fake.random = UINT32_MAX;
    start();
    fake.connack = 4;
    fake_settle(&node);
    expect_delay(30000, 30000);
    fake.connack = 0; /* the password was corrected in the broker */
    expect_delay(30000, 30000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

/* A broker that accepts and then cuts: only a session that has held makes the node forget. */
static void failures_are_forgotten_once_a_session_has_held(void)
{
    begin();
    fake.random_is_fixed = true;
    fake.random = UINT32_MAX;
    start();
    fake_settle(&node);
    fake_cut();
    expect_delay(2000, 2000);
    fake_pass(&node, 29999);
    fake_cut();
    expect_delay(4000, 4000);
    fake_pass(&node, 45000); /* by when it is not taken for the third of three that a twin has ended, either */
    fake_cut();
    expect_delay(2000, 2000);
}

static void devices_do_not_come_back_together(void)
{
    uint64_t deadline_ms[20];

    for (size_t device = 0; device < 20; device++) {
        begin();
        fake.random = 1000 + (uint32_t)device * 7919;
        start();
        fake_settle(&node);
        fake_cut();
        deadline_ms[device] = fake_settle(&node);
        for (size_t other = 0; other < device; other++)
            CHECK(deadline_ms[other] != deadline_ms[device]);
    }
}

static void times_over_32_bits(void)
{
    begin();
    fake.now_ms = UINT32_MAX - 5000ull;
    start();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_pass(&node, 300000);
    CHECK(fake_count("dial") > 10 && fake_count("dial") < 40);
    fake.dial = FAKE_ACCEPTS;
    fake_pass(&node, 31000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    fake_pass(&node, 10ull * UINT32_MAX / 1000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void starts_at_once_when_asked(void)
{
    begin();
    start();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_pass(&node, 100000);
    fake.dial = FAKE_ACCEPTS;
    mote_node_start(&node);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    fake_cut();
    expect_delay(1000, 2000); /* its failures are forgotten, too */
}

static void random_faults_always_end_online(void)
{
    for (uint32_t seed = 1; seed <= 30; seed++) {
        begin();
        fake.random = seed;
        start();
        for (int i = 0; i < 200; i++) {
            uint32_t draw = fake_random(&fake) >> 24;

            fake.dial = draw < 40 ? FAKE_REFUSES : draw < 60 ? FAKE_IS_SILENT : FAKE_ACCEPTS;
            fake.dial_reason = MOTE_TCP_TIMEOUT;
            fake.says_nothing = draw % 7 == 0;
            fake.connack = draw % 11 == 0 ? 3 : 0;
            fake.chunk = draw % 3 == 0 ? 1 : SIZE_MAX;
            fake.room = draw % 13 == 0 ? draw % 50 : SIZE_MAX;
            if (draw % 5 == 0)
                fake_cut();
            fake_pass(&node, draw * 16);
            fake_forget();
        }
        fake.dial = FAKE_ACCEPTS;
        fake.says_nothing = false;
        fake.connack = 0;
        fake.chunk = fake.room = SIZE_MAX;
        fake_pass(&node, 200000);
        CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
        fake_publish("a", "after all", MOTE_QOS_0, false);
        fake_settle(&node);
        CHECK(strcmp(last_message, "a after all") == 0);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"reasons", each_failure_has_its_reason},
        {"taken-over", another_with_its_name_gets_time},
        {"broken-packet", a_broken_packet_ends_the_connection},
        {"silent-broker", a_silent_broker_is_given_up},
        {"held", a_held_node_keeps_its_connection},
        {"died-while-held", a_link_that_died_while_held_is_found_afterwards},
        {"half-open", a_half_open_link_is_found},
        {"late-turn", an_answer_that_lies_there_is_not_late},
        {"last-words", what_was_said_before_the_end_is_heard},
        {"comes-back", comes_back_with_everything},
        {"outage-reason", an_outage_is_known_by_what_began_it},
        {"backoff", the_bound_doubles},
        {"backoff-stays", the_bound_stays},
        {"backoff-slow", refusals_that_last_are_tried_slowly},
        {"backoff-reset", failures_are_forgotten_once_a_session_has_held},
        {"jitter", devices_do_not_come_back_together},
        {"64-bit-time", times_over_32_bits},
        {"start-at-once", starts_at_once_when_asked},
        {"random-faults", random_faults_always_end_online},
    };

    return check_main("unit/node-outage", cases, sizeof cases / sizeof cases[0], argc, argv);
}
