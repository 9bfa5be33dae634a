/* The node's life where nothing goes wrong: set-up, start, messages both ways, goodbye. */
#include "fake_port.h"

static struct mote_node node;
static struct mote_node_config config;
static char states[2000];
static unsigned messages;
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
    messages++;
    snprintf(last_message, sizeof last_message, "%.*s %.*s", (int)message->topic.length, message->topic.data,
             (int)message->payload.length, message->payload.data);
}

static void begin(void)
{
    fake_begin();
    config = (struct mote_node_config){.id = "n", .broker = "mqtt://joe:secret@broker"};
    states[0] = '\0';
    messages = 0;
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

/* --- Set-up --- */

static void expect_fault(const char *what)
{
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_fault(&node)->reason, MOTE_CONFIG_INVALID);
    CHECK(strcmp(mote_node_fault(&node)->what, what) == 0);
    CHECK(strlen(mote_node_fault(&node)->why) > 10);
    CHECK(strstr(mote_node_fault(&node)->why, "secret") == NULL);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_subscribe(&node, "a", 0, on_message, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_publish(&node, "a", MOTE_TEXT("x"), MOTE_QOS_1, false), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_ping(&node), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_turn(&node), MOTE_NEVER);
    mote_node_start(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    CHECK_EQUAL(fake.line_count, 0);
}

static void wrong_configs_are_refused(void)
{
    static const char *const ids[] = {
        NULL, "", "a/b", "a+", "#", "\xff", "12345678901234567890123456789012345678901234567890123456789012345",
    };

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        begin();
        config.id = ids[i];
        expect_fault("node id");
    }
    static const char *const urls[] = {NULL, "", "mqtt://", "http://h", "mqtt://joe:secret@h:99999", "mqtt://h:0x"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        begin();
        config.broker = urls[i];
        expect_fault("broker");
    }
    begin();
    config.networks[0] = (struct mote_network){.ssid = "home", .password = "short"};
    expect_fault("WiFi network");
    begin();
    config.networks[0].ssid = "";
    expect_fault("WiFi network");
    begin();
    config.retry_delay_ms_min = 10;
    config.retry_delay_ms_max = 9;
    expect_fault("retry delay");
    begin();
    config.version = (enum mote_mqtt_version)9;
    expect_fault("broker");
}

static void what_is_just_right_is_taken(void)
{
    begin();
    config.id = "1234567890123456789012345678901234567890123456789012345678901234";
    config.networks[0] = (struct mote_network){.ssid = "12345678901234567890123456789012", .password = "12345678"};
    config.networks[1].ssid = "1";
    config.networks[1].password = "123456789012345678901234567890123456789012345678901234567890123";
    config.networks[2] = (struct mote_network){.ssid = "open", .password = ""};
    config.retry_delay_ms_min = config.retry_delay_ms_max = 5;
    start(); /* there is no radio: the network is taken to be there */
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void a_wrong_subscription_keeps_it_from_running(void)
{
    begin();
    start();
    CHECK_EQUAL(mote_node_subscribe(&node, "a/#/b", 0, on_message, NULL), MOTE_CONFIG_INVALID);
    CHECK(strcmp(mote_node_fault(&node)->what, "a/#/b") == 0);
    fake_settle(&node);
    CHECK_EQUAL(fake.line_count, 0);

    go_online();
    CHECK_EQUAL(mote_node_subscribe(&node, "a/#/b", 0, on_message, NULL), MOTE_CONFIG_INVALID);
    fake_pass(&node, 100000); /* one that runs goes on */
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

/* --- Start --- */

/* A session that the broker has kept may have a message of QoS 2 open under an identifier that this side knows no more. */
static void a_kept_session_begins_with_any_identifier(void)
{
    uint16_t first;

    begin();
    start();
    CHECK_EQUAL(node.session.next_packet_id, 1);
    config.keep_session = true;
    start();
    first = node.session.next_packet_id;
    start();
    CHECK(first > 0 && node.session.next_packet_id > 0 && node.session.next_packet_id != first);
}

static void starts_in_one_round_trip(void)
{
    unsigned connect, subscribe;

    begin();
    start();
    mote_node_subscribe(&node, "b/+", MOTE_QOS_2 | MOTE_WITH_RETAINED, on_message, NULL);
    CHECK_EQUAL(fake.line_count, 0); /* nothing before the first turn */
    fake_settle(&node);
    fake_expect("dial");
    connect = fake_expect("CONNECT n clean keep-alive 60 user joe password secret will n/status offline q1 retain");
    subscribe = fake_expect("SUBSCRIBE a:1 b/+:2");
    CHECK_EQUAL(fake.segment_of[connect], fake.segment_of[subscribe]);
    fake_expect("PUBLISH n/status online q1 retain");
    fake_expect("PUBLISH n/reason ok q1 retain");
    CHECK_EQUAL(fake.segments, 2);
    CHECK(strcmp(states, "connecting(ok) online(ok) ") == 0);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
}

static void nothing_is_published_before_the_answer(void)
{
    begin();
    start();
    fake.says_nothing = true;
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_CONNECTING);
    CHECK_EQUAL(mote_node_publish(&node, "t", MOTE_TEXT("x"), MOTE_QOS_0, false), MOTE_TCP_RESET);
    CHECK_EQUAL(fake_count("PUBLISH"), 0);
}

static void does_without_status(void)
{
    begin();
    config.no_status = true;
    config.version = MOTE_MQTT_5;
    config.keep_session = true;
    start();
    fake_settle(&node);
    fake_expect("CONNECT n keep-alive 60 user joe password secret will   q0");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(fake_count("PUBLISH"), 0);
    mote_node_stop(&node);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("PUBLISH"), 0);
    fake_expect("DISCONNECT");
}

static void messages_in_pieces_of_any_size(void)
{
    for (size_t chunk = 1; chunk < 12; chunk++) {
        begin();
        start();
        fake.chunk = chunk;
        fake_settle(&node);
        for (int i = 0; i < 5; i++)
            fake_publish("a", "hello", MOTE_QOS_1, false);
        fake_settle(&node);
        CHECK_EQUAL(messages, 5);
        CHECK_EQUAL(fake_count("PUBACK"), 5);
        CHECK(strcmp(last_message, "a hello") == 0);
    }
}

static void a_slow_link_loses_nothing(void)
{
    begin();
    start();
    fake.room = 0;
    fake_settle(&node);
    for (int i = 0; i < 400 && mote_node_state(&node) != MOTE_NODE_ONLINE; i++) {
        fake.room = 1;
        fake_settle(&node);
    }
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    for (int i = 0; i < 400; i++) {
        fake.room = 1;
        fake_settle(&node);
    }
    fake_expect("SUBSCRIBE a:1");
    fake_expect("PUBLISH n/status online");
    fake_expect("PUBLISH n/reason ok");
}

static void a_flood_is_taken_in_bounded_turns(void)
{
    go_online();
    for (int i = 0; i < MOTE_MESSAGES_PER_TURN + 10; i++)
        fake_publish("a", "x", MOTE_QOS_0, false);
    CHECK(mote_node_turn(&node) <= fake.now_ms); /* there is more */
    CHECK_EQUAL(messages, MOTE_MESSAGES_PER_TURN);
    fake_settle(&node);
    CHECK_EQUAL(messages, MOTE_MESSAGES_PER_TURN + 10);
    for (int i = 0; i < MOTE_MESSAGES_PER_TURN + 10; i++)
        fake_publish("a", "x", MOTE_QOS_1, false);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("PUBACK"), MOTE_MESSAGES_PER_TURN + 10);
}

static void a_flood_that_ends_the_connection(void)
{
    begin();
    config.version = MOTE_MQTT_5;
    start();
    fake_settle(&node);
    for (int i = 0; i < MOTE_MESSAGES_PER_TURN + 10; i++)
        fake_publish("a", "x", MOTE_QOS_0, false);
    fake_disconnect(MOTE_CODE_SERVER_SHUTTING_DOWN);
    CHECK(fake_settle(&node) > fake.now_ms);
    CHECK_EQUAL(messages, MOTE_MESSAGES_PER_TURN + 10);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
}

static size_t read_zeros(void *context, uint32_t offset, void *into, size_t size)
{
    CHECK(context == &node && offset < 1000000);
    memset(into, 0, size);
    return size;
}

static void a_large_payload_is_sent_in_bounded_turns(void)
{
    struct mote_source source = {.read = read_zeros, .context = &node, .size = 1000000};
    unsigned segments;

    go_online();
    fake.swallows = true;
    CHECK_EQUAL(mote_node_publish_message(
                    &node, &(struct mote_message){.topic = MOTE_TEXT("t"), .source = &source, .qos = MOTE_QOS_1}),
                MOTE_OK);
    segments = fake.segments;
    CHECK(mote_node_turn(&node) <= fake.now_ms);
    CHECK(fake.segments - segments > 1 && fake.segments - segments <= 64);
    while (mote_node_turn(&node) <= fake.now_ms)
        CHECK(fake.segments < 5000);
    CHECK(fake.segments - segments > 900);
}

/* --- Publishing --- */

static void publishes_and_keeps(void)
{
    go_online();
    CHECK_EQUAL(mote_node_publish(&node, "t", MOTE_TEXT("zero"), MOTE_QOS_0, true), MOTE_OK);
    CHECK_EQUAL(mote_node_publish(&node, "t", MOTE_TEXT("one"), MOTE_QOS_1, false), MOTE_OK);
    CHECK_EQUAL(mote_node_publish(&node, "t/#", MOTE_TEXT("x"), MOTE_QOS_1, false), MOTE_CONFIG_INVALID);
    fake_settle(&node);
    fake_expect("PUBLISH t zero q0 retain");
    fake_expect("PUBLISH t one q1");
    fake_cut();
    fake_settle(&node);
    CHECK_EQUAL(mote_node_publish(&node, "t", MOTE_TEXT("lost"), MOTE_QOS_0, false), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_node_publish(&node, "t", MOTE_TEXT("kept"), MOTE_QOS_1, false), MOTE_OK);
    CHECK_EQUAL(mote_node_ping(&node), MOTE_TCP_RESET);
    fake_pass(&node, 2100);
    fake_expect("PUBLISH t kept q1");
    CHECK_EQUAL(fake_count("PUBLISH t lost"), 0);
    CHECK_EQUAL(mote_node_ping(&node), MOTE_OK);
    fake_settle(&node);
    fake_expect("PINGREQ");
}

static struct mote_timer timer;

static void publish_three(void *context)
{
    (void)context;
    for (int i = 0; i < 3; i++)
        mote_node_publish(&node, "t", MOTE_TEXT("x"), MOTE_QOS_0, false);
}

static void one_segment_a_turn(void)
{
    unsigned segments;

    go_online();
    mote_after(&node.sched, &timer, 10, publish_three, NULL);
    segments = fake.segments;
    fake_pass(&node, 10);
    CHECK_EQUAL(fake_count("PUBLISH t x"), 3);
    CHECK_EQUAL(fake.segments, segments + 1);
}

static void publish_back(struct mote_node *self, const struct mote_message *message, void *context)
{
    char before[20];

    (void)context;
    snprintf(before, sizeof before, "%.*s", (int)message->payload.length, message->payload.data);
    for (int i = 0; i < 5; i++)
        CHECK_EQUAL(mote_node_publish(self, "echo", message->payload, MOTE_QOS_1, false), MOTE_OK);
    CHECK_TEXT(message->topic, "call");
    CHECK(mote_text_equals(message->payload, before)); /* the message is valid until the end */
}

static void callbacks_may_publish(void)
{
    begin();
    start();
    mote_node_subscribe(&node, "call", 1, publish_back, NULL);
    mote_node_subscribe(&node, "+", 1, on_message, NULL);
    fake_settle(&node);
    fake_publish("call", "one", MOTE_QOS_1, false);
    fake_publish("call", "two", MOTE_QOS_0, false);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("PUBLISH echo one"), 5);
    CHECK_EQUAL(fake_count("PUBLISH echo two"), 5);
    CHECK(strcmp(last_message, "call two") == 0);
}

static void a_refused_publication_shows(void)
{
    begin();
    config.version = MOTE_MQTT_5;
    start();
    fake_settle(&node);
    fake.puback = MOTE_CODE_NOT_AUTHORIZED;
    mote_node_publish(&node, "t", MOTE_TEXT("x"), MOTE_QOS_1, false);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_MQTT_NOT_AUTHORIZED);
    fake_cut();
    fake.puback = 0;
    fake_pass(&node, 2100);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK); /* a new session, a new chance */
}

static void a_message_that_is_left_out_shows(void)
{
    static char topic[2 * MOTE_RECEIVE_SIZE + 1];

    go_online();
    memset(topic, 'a', sizeof topic - 1);
    fake_publish(topic, "x", MOTE_QOS_1, false);
    fake_publish("a", "after it", MOTE_QOS_1, false);
    fake_settle(&node);
    CHECK(strcmp(last_message, "a after it") == 0);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_MQTT_PACKET_TOO_LARGE);
}

/* --- The end --- */

static void says_goodbye(void)
{
    go_online();
    fake.holds_acks = true;
    mote_node_publish(&node, "t", MOTE_TEXT("x"), MOTE_QOS_1, false);
    mote_node_stop(&node);
    fake_settle(&node);
    fake_expect("PUBLISH t x");
    fake_expect("PUBLISH n/status offline q1 retain");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE); /* it waits for the acknowledgements */
    CHECK_EQUAL(fake_count("DISCONNECT"), 0);
    fake.holds_acks = false;
    fake_pass(&node, 1999);
    CHECK_EQUAL(fake_count("DISCONNECT"), 0);
    fake_pass(&node, 1); /* no longer than two seconds */
    fake_expect("DISCONNECT");
    fake_expect("hang up");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    CHECK_EQUAL(mote_node_turn(&node), MOTE_NEVER);

    go_online();
    mote_node_stop(&node);
    fake_settle(&node);
    fake_expect("PUBLISH n/status offline q1 retain");
    fake_expect("DISCONNECT");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
}

static void stops_at_once_where_there_is_nothing_to_say(void)
{
    begin();
    start();
    mote_node_stop(&node); /* before its first turn */
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    CHECK_EQUAL(fake_count("dial"), 0);

    begin();
    start();
    fake.dial = FAKE_IS_SILENT;
    fake_settle(&node);
    mote_node_stop(&node);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    fake_expect("hang up");

    go_online();
    mote_node_stop(&node);
    fake.says_nothing = true;
    fake_settle(&node);
    fake_cut();
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    CHECK_EQUAL(fake_count("dial"), 1);
}

static void begins_again_after_a_stop(void)
{
    go_online();
    mote_node_stop(&node);
    fake_settle(&node);
    fake_forget();
    mote_node_start(&node);
    fake_settle(&node);
    fake_expect("CONNECT n clean");
    fake_expect("SUBSCRIBE a:1");
    fake_expect("PUBLISH n/status online q1 retain");
    CHECK_EQUAL(fake_count("PUBLISH n/status offline"), 0);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void a_start_takes_a_stop_back(void)
{
    go_online();
    fake.holds_acks = true;
    mote_node_stop(&node);
    fake_settle(&node);
    fake_expect("PUBLISH n/status offline");
    mote_node_start(&node);
    fake.holds_acks = false;
    fake_acknowledge(MOTE_PUBACK, node.status_report.packet_id, 0);
    fake_pass(&node, 5000);
    fake_expect("PUBLISH n/status online");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void aborts_without_a_word(void)
{
    go_online();
    fake_forget();
    mote_node_abort(&node);
    fake_settle(&node);
    fake_expect("abort");
    CHECK_EQUAL(fake.line_count, 1);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    CHECK_EQUAL(mote_node_turn(&node), MOTE_NEVER);
    mote_node_abort(&node); /* once more is no harm */
    CHECK_EQUAL(fake.line_count, 1);
}

static void abort_at_message(struct mote_node *self, const struct mote_message *message, void *context)
{
    on_message(self, message, context);
    mote_node_abort(self);
}

static void stop_at_message(struct mote_node *self, const struct mote_message *message, void *context)
{
    on_message(self, message, context);
    mote_node_stop(self);
}

static void callbacks_may_end_it(void)
{
    begin();
    start();
    mote_node_subscribe(&node, "end", 1, abort_at_message, NULL);
    mote_node_subscribe(&node, "+", 1, on_message, NULL);
    fake_settle(&node);
    fake_publish("end", "1", MOTE_QOS_1, false);
    fake_publish("end", "2", MOTE_QOS_1, false);
    fake_settle(&node);
    CHECK_EQUAL(messages, 1);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);

    begin();
    start();
    mote_node_subscribe(&node, "end", 1, stop_at_message, NULL);
    fake_settle(&node);
    fake_publish("end", "1", MOTE_QOS_1, false);
    fake_settle(&node);
    fake_expect("PUBACK 1");
    fake_expect("DISCONNECT");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
}

static enum mote_node_state abort_in;

static void abort_on_state(struct mote_node *self, void *context)
{
    (void)context;
    if (mote_node_state(self) == abort_in)
        mote_node_abort(self);
}

static void observers_may_end_it(void)
{
    static const struct mote_observer aborter = {.on_state = abort_on_state};

    for (abort_in = MOTE_NODE_CONNECTING; abort_in <= MOTE_NODE_WAITING; abort_in++) {
        begin();
        start();
        mote_node_observe(&node, &aborter);
        fake_settle(&node);
        fake_cut();
        fake_settle(&node);
        CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
        CHECK(!fake.in_session);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"config", wrong_configs_are_refused},
        {"wrong-subscription", a_wrong_subscription_keeps_it_from_running},
        {"one-round-trip", starts_in_one_round_trip},
        {"any-identifier", a_kept_session_begins_with_any_identifier},
        {"no-early-publish", nothing_is_published_before_the_answer},
        {"no-status", does_without_status},
        {"split", messages_in_pieces_of_any_size},
        {"slow-link", a_slow_link_loses_nothing},
        {"just-right", what_is_just_right_is_taken},
        {"flood-ends", a_flood_that_ends_the_connection},
        {"large-source", a_large_payload_is_sent_in_bounded_turns},
        {"flood", a_flood_is_taken_in_bounded_turns},
        {"publish", publishes_and_keeps},
        {"one-segment", one_segment_a_turn},
        {"publish-in-callback", callbacks_may_publish},
        {"refused-publication", a_refused_publication_shows},
        {"left-out", a_message_that_is_left_out_shows},
        {"goodbye", says_goodbye},
        {"stop-at-once", stops_at_once_where_there_is_nothing_to_say},
        {"start-again", begins_again_after_a_stop},
        {"stop-taken-back", a_start_takes_a_stop_back},
        {"abort", aborts_without_a_word},
        {"end-in-callback", callbacks_may_end_it},
        {"end-in-observer", observers_may_end_it},
    };

    return check_main("unit/node", cases, sizeof cases / sizeof cases[0], argc, argv);
}
