/* Subscriptions: what the broker is asked for, who gets which message, what retained messages do. */
#include "fake_port.h"

static struct mote_node node;
static struct mote_node_config config;
static char got[2000];

static void on_message(struct mote_node *self, const struct mote_message *message, void *context)
{
    size_t used = strlen(got);

    CHECK(self == &node);
    snprintf(got + used, sizeof got - used, "%s:%.*s=%.*s ", (const char *)context, (int)message->topic.length,
             message->topic.data, (int)message->payload.length, message->payload.data);
}

static void begin(enum mote_mqtt_version version)
{
    fake_begin();
    config = (struct mote_node_config){.id = "n", .broker = "mqtt://broker", .no_status = true, .version = version};
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    got[0] = '\0';
}

static void subscribe(const char *filter, unsigned qos)
{
    CHECK_EQUAL(mote_node_subscribe(&node, filter, qos, on_message, (void *)(uintptr_t)filter), MOTE_OK);
}

static void expect_got(const char *expected)
{
    CHECK(strcmp(got, expected) == 0);
    got[0] = '\0';
}

static void checks_what_is_subscribed(void)
{
    static const char *const wrong[] = {NULL, "", "a/#/b", "a+", "#a", "$share/g", "$share//f", "\xff"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        begin(MOTE_MQTT_5);
        CHECK_EQUAL(mote_node_subscribe(&node, wrong[i], 0, on_message, NULL), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_node_fault(&node)->reason, MOTE_CONFIG_INVALID);
        CHECK(strcmp(mote_node_fault(&node)->what, wrong[i] == NULL ? "subscription" : wrong[i]) == 0);
    }
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_node_subscribe(&node, "a", 3, on_message, NULL), MOTE_CONFIG_INVALID);
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_node_subscribe(&node, "a", 0, NULL, NULL), MOTE_CONFIG_INVALID);
}

static void there_is_a_limit(void)
{
    static char filters[MOTE_SUBSCRIPTIONS_MAX + 1][4];

    begin(MOTE_MQTT_5);
    for (size_t i = 0; i <= MOTE_SUBSCRIPTIONS_MAX; i++)
        snprintf(filters[i], sizeof filters[i], "%u", (unsigned)i % 1000);
    for (size_t i = 0; i < MOTE_SUBSCRIPTIONS_MAX; i++)
        subscribe(filters[i], 1);
    subscribe(filters[3], 2); /* replaces one */
    CHECK_EQUAL(mote_node_subscribe(&node, filters[MOTE_SUBSCRIPTIONS_MAX], 0, on_message, NULL), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(mote_node_fault(&node)->reason, MOTE_MQTT_QUOTA);
}

static void count_messages(struct mote_node *self, const struct mote_message *message, void *context)
{
    (void)self;
    (void)message;
    (*(int *)context)++;
}

static void long_filters_take_several_packets(void)
{
    static char filters[8][300], too_long[MOTE_SEND_SIZE];
    int count = 0;

    begin(MOTE_MQTT_3_1_1);
    for (int i = 0; i < 8; i++) {
        memset(filters[i], 'a' + i, 299);
        CHECK_EQUAL(mote_node_subscribe(&node, filters[i], 1, count_messages, &count), MOTE_OK);
    }
    fake_settle(&node);
    CHECK(fake_count("SUBSCRIBE") >= 3); /* three fit into the buffer */
    for (int i = 0; i < 8; i++)
        fake_publish(filters[i], "x", MOTE_QOS_0, false);
    fake_settle(&node);
    CHECK_EQUAL(node.subscribe_due, false);
    CHECK_EQUAL(count, 8);

    begin(MOTE_MQTT_3_1_1);
    memset(too_long, 'a', sizeof too_long - 1);
    CHECK_EQUAL(mote_node_subscribe(&node, too_long, 0, on_message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
}

static void each_message_goes_to_whom_it_concerns(void)
{
    begin(MOTE_MQTT_3_1_1);
    subscribe("a/b", 1);
    subscribe("a/+", 0);
    subscribe("#", 0);
    subscribe("c", 0);
    fake_settle(&node);
    fake_publish("a/b", "1", MOTE_QOS_1, false);
    fake_publish("a/x", "2", MOTE_QOS_0, false);
    fake_publish("z", "3", MOTE_QOS_0, false);
    fake_publish("c", "4", MOTE_QOS_0, false);
    fake_settle(&node);
    expect_got("a/b:a/b=1 a/+:a/b=1 #:a/b=1 a/+:a/x=2 #:a/x=2 #:z=3 #:c=4 c:c=4 ");
}

/* A broker may send a copy for each filter, so that only the outermost ones are asked for, with what all need. */
static void included_filters_are_not_asked_for(void)
{
    begin(MOTE_MQTT_5);
    subscribe("a/b", 2);
    subscribe("a/+", 0);
    subscribe("a/#", 1);
    subscribe("a", 0);
    subscribe("x/y/#", MOTE_WITH_RETAINED);
    subscribe("x/+/#", 0);
    subscribe("+/z", 0);
    subscribe("a/z", 0);
    fake_settle(&node);
    fake_expect("SUBSCRIBE a/#:2- x/+/#:0 +/z:0-");
    CHECK_EQUAL(fake_count("SUBSCRIBE"), 1);
}

static void filters_that_only_look_included_are_asked_for(void)
{
    begin(MOTE_MQTT_3_1_1);
    subscribe("#", 0);
    subscribe("$SYS/x", 0);
    subscribe("$share/g/a", 0);
    fake_settle(&node);
    fake_expect("SUBSCRIBE #:0 $SYS/x:0 $share/g/a:0");

    begin(MOTE_MQTT_3_1_1);
    subscribe("a/+", 0);
    subscribe("a/#", 0);
    subscribe("+/b", 0);
    subscribe("ab/c", 0);
    subscribe("a", 0);
    subscribe("/a", 0);
    fake_settle(&node);
    fake_expect("SUBSCRIBE a/#:0 +/b:0 ab/c:0 /a:0");

    begin(MOTE_MQTT_3_1_1);
    subscribe("+", 0);
    subscribe("+/+", 0);
    subscribe("+/a", 0);
    subscribe("/", 0);
    subscribe("b", 0);
    fake_settle(&node);
    fake_expect("SUBSCRIBE +:0 +/+:0");
}

/* What is asked for of two filters: the first, the second, or both. */
static void which_filter_includes_which(void)
{
    static const struct {
        const char *a, *b, *asked;
    } pairs[] = {
        {"a/+", "a/b", "SUBSCRIBE a/+:0"},
        {"a/b", "a/+", "SUBSCRIBE a/+:0"},
        {"a/+/c", "a/b/c", "SUBSCRIBE a/+/c:0"},
        {"a/+/c", "a/b/d", "SUBSCRIBE a/+/c:0 a/b/d:0"},
        {"a/b", "a/c", "SUBSCRIBE a/b:0 a/c:0"},
        {"+/b", "a/c", "SUBSCRIBE +/b:0 a/c:0"},
        {"a/b", "a", "SUBSCRIBE a/b:0 a:0"},
        {"a/b", "a/b/c", "SUBSCRIBE a/b:0 a/b/c:0"},
        {"a/b/#", "a/b", "SUBSCRIBE a/b/#:0"},
        {"a/b/#", "a", "SUBSCRIBE a/b/#:0 a:0"},
        {"a/#", "a/+/c/#", "SUBSCRIBE a/#:0"},
        {"a/+", "a/#", "SUBSCRIBE a/#:0"},
        {"#", "+/+", "SUBSCRIBE #:0"},
        {"+", "a", "SUBSCRIBE +:0"},
        {"+", "/", "SUBSCRIBE +:0 /:0"},
        {"+/+", "/", "SUBSCRIBE +/+:0"},
        {"+/x", "$SYS/x", "SUBSCRIBE +/x:0 $SYS/x:0"},
        {"$SYS/#", "$SYS/x", "SUBSCRIBE $SYS/#:0"},
        {"$share/g/#", "$share/g/a", "SUBSCRIBE $share/g/#:0 $share/g/a:0"},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        begin(MOTE_MQTT_3_1_1);
        subscribe(pairs[i].a, 0);
        subscribe(pairs[i].b, 0);
        fake_settle(&node);
        CHECK_EQUAL(fake_count("SUBSCRIBE"), 1);
        CHECK(strcmp(fake.lines[fake_expect("SUBSCRIBE")], pairs[i].asked) == 0);
    }
}

static void a_refused_filter_leaves_the_others(void)
{
    begin(MOTE_MQTT_3_1_1);
    subscribe("#", 0);
    subscribe("mine", 1);
    fake.suback = 0x80;
    mote_node_turn(&node);
    fake_expect("SUBSCRIBE #:1");
    fake.suback = 0xFF;
    fake_settle(&node);
    fake_expect("SUBSCRIBE mine:1"); /* nobody includes it any more */
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_MQTT_NOT_AUTHORIZED);
    fake_publish("mine", "1", MOTE_QOS_0, false);
    fake_settle(&node);
    expect_got("#:mine=1 mine:mine=1 ");
    fake_cut();
    fake_pass(&node, 2100);
    fake_expect("SUBSCRIBE #:1"); /* the broker's rules may have changed */
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
}

static void a_filter_that_this_broker_does_not_know_shows(void)
{
    begin(MOTE_MQTT_5);
    fake.no_wildcards = true;
    fake_settle(&node);
    subscribe("a", 0);
    subscribe("b/#", 0);
    subscribe("c", 0);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("SUBSCRIBE b"), 0);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_CONFIG_INVALID);
    fake_publish("a", "1", MOTE_QOS_0, false);
    fake_publish("c", "2", MOTE_QOS_0, false);
    fake_settle(&node);
    expect_got("a:a=1 c:c=2 ");
    fake_expect("SUBSCRIBE a:0-");
    fake_expect("SUBSCRIBE c:0-");
}

static void retained_messages_are_left_out(void)
{
    begin(MOTE_MQTT_3_1_1);
    subscribe("a", 0);
    subscribe("b", MOTE_WITH_RETAINED);
    subscribe("+", 0);
    fake_settle(&node);
    fake_publish("a", "old", MOTE_QOS_0, true);
    fake_publish("b", "old", MOTE_QOS_0, true);
    fake_publish("a", "new", MOTE_QOS_0, false);
    fake_settle(&node);
    expect_got("b:b=old a:a=new +:a=new ");
}

static void version_5_does_not_even_ask_for_them(void)
{
    begin(MOTE_MQTT_5);
    subscribe("a", 1);
    subscribe("b", 1 | MOTE_WITH_RETAINED);
    fake_settle(&node);
    fake_expect("SUBSCRIBE a:1- b:1");
}

static void subscribes_while_online(void)
{
    begin(MOTE_MQTT_3_1_1);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("SUBSCRIBE"), 0);
    subscribe("a", 1);
    subscribe("b", 1);
    fake_settle(&node);
    fake_expect("SUBSCRIBE a:1 b:1");
    subscribe("b", 0); /* asked for anew, since it wants less */
    fake_settle(&node);
    fake_expect("SUBSCRIBE b:0");
    subscribe("a", 1); /* the same again: whoever asks wants what a subscription brings */
    fake_settle(&node);
    fake_expect("SUBSCRIBE a:1");
    fake_cut();
    fake_pass(&node, 2100);
    fake_expect("SUBSCRIBE a:1 b:0");
}

static void a_filter_that_includes_others_takes_their_place(void)
{
    begin(MOTE_MQTT_3_1_1);
    subscribe("a/b", 1);
    subscribe("c", 0);
    fake_settle(&node);
    subscribe("a/#", 0);
    fake_settle(&node);
    fake_expect("SUBSCRIBE a/#:1");
    fake_expect("UNSUBSCRIBE a/b");
    CHECK_EQUAL(fake_count("SUBSCRIBE"), 2);
    subscribe("d", 0);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("UNSUBSCRIBE"), 1);
    fake_publish("a/b", "1", MOTE_QOS_0, false);
    fake_settle(&node);
    expect_got("a/b:a/b=1 a/#:a/b=1 ");
}

static void until_it_is_granted_the_others_stay(void)
{
    begin(MOTE_MQTT_3_1_1);
    subscribe("a/b", 1);
    fake_settle(&node);
    fake.holds_subacks = true;
    subscribe("a/#", 0);
    fake_settle(&node);
    fake_expect("SUBSCRIBE a/#:1");
    CHECK_EQUAL(fake_count("UNSUBSCRIBE"), 0);
}

static void an_answer_that_was_lost_is_asked_for_again(void)
{
    begin(MOTE_MQTT_3_1_1);
    subscribe("a", 1);
    fake.holds_subacks = true;
    fake_settle(&node);
    fake_expect("SUBSCRIBE a:1");
    fake_cut();
    fake_pass(&node, 2100);
    fake_expect("SUBSCRIBE a:1");
}

static void a_change_while_the_answer_is_under_way(void)
{
    begin(MOTE_MQTT_3_1_1);
    subscribe("a", 0);
    subscribe("b", 0);
    subscribe("c", 0);
    mote_node_turn(&node);
    fake_expect("SUBSCRIBE a:0 b:0 c:0");
    subscribe("b", 2);
    fake_settle(&node);
    fake_expect("SUBSCRIBE b:2");
    CHECK_EQUAL(fake_count("SUBSCRIBE"), 2);
    CHECK_EQUAL(node.subscribe_due, false);
}

static void subscribe_more(struct mote_node *self, const struct mote_message *message, void *context)
{
    on_message(self, message, context);
    subscribe("late", 1);
}

static void callbacks_may_subscribe(void)
{
    begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(mote_node_subscribe(&node, "a", 1, subscribe_more, (void *)(uintptr_t) "a"), MOTE_OK);
    fake_settle(&node);
    fake_publish("a", "1", MOTE_QOS_1, false);
    fake_publish("a", "2", MOTE_QOS_1, false);
    fake_settle(&node);
    fake_expect("SUBSCRIBE late:1");
    expect_got("a:a=1 a:a=2 ");
}

static void shared_subscriptions_get_theirs(void)
{
    begin(MOTE_MQTT_5);
    subscribe("$share/workers/job/+", 1);
    fake_settle(&node);
    fake_publish("job/7", "do", MOTE_QOS_1, false);
    fake_settle(&node);
    expect_got("$share/workers/job/+:job/7=do ");
}

static unsigned seen;

static void see(struct mote_node *self, const struct mote_message *message, bool sent, void *context)
{
    (void)self;
    (void)context;
    seen += sent ? 100 : 1;
    CHECK(message->topic.length > 0);
}

static void the_observer_sees_all(void)
{
    static const struct mote_observer observer = {.on_message = see};

    begin(MOTE_MQTT_3_1_1);
    mote_node_observe(&node, &observer);
    subscribe("a", 0);
    fake_settle(&node);
    seen = 0;
    fake_publish("a", "old", MOTE_QOS_0, true);
    fake_publish("a", "1", MOTE_QOS_0, false);
    fake_settle(&node);
    CHECK_EQUAL(seen, 2);
    mote_node_publish(&node, "t", MOTE_TEXT("x"), MOTE_QOS_0, false);
    CHECK_EQUAL(seen, 102);
}

static uint32_t pieces, bytes;

static void count_pieces(struct mote_node *self, const struct mote_message *message, void *context)
{
    (void)self;
    (void)context;
    CHECK_EQUAL(message->payload_offset, bytes);
    CHECK_EQUAL(message->payload_size, 5000);
    pieces++;
    bytes += (uint32_t)message->payload.length;
    CHECK_EQUAL(mote_message_is_last(message), bytes == 5000);
}

static void large_payloads_come_in_pieces(void)
{
    static char payload[5001];

    begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(mote_node_subscribe(&node, "big", 1, count_pieces, NULL), MOTE_OK);
    fake_settle(&node);
    memset(payload, 'x', 5000);
    pieces = bytes = 0;
    fake_publish("big", payload, MOTE_QOS_1, false);
    fake_settle(&node);
    CHECK_EQUAL(bytes, 5000);
    CHECK(pieces > 1);
    fake_expect("PUBACK");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"checks", checks_what_is_subscribed},
        {"limit", there_is_a_limit},
        {"several-packets", long_filters_take_several_packets},
        {"dispatch", each_message_goes_to_whom_it_concerns},
        {"included", included_filters_are_not_asked_for},
        {"not-included", filters_that_only_look_included_are_asked_for},
        {"pairs", which_filter_includes_which},
        {"refused", a_refused_filter_leaves_the_others},
        {"unknown-kind", a_filter_that_this_broker_does_not_know_shows},
        {"retained", retained_messages_are_left_out},
        {"retained-5", version_5_does_not_even_ask_for_them},
        {"online", subscribes_while_online},
        {"takes-over", a_filter_that_includes_others_takes_their_place},
        {"not-granted-yet", until_it_is_granted_the_others_stay},
        {"answer-lost", an_answer_that_was_lost_is_asked_for_again},
        {"change-under-way", a_change_while_the_answer_is_under_way},
        {"in-callback", callbacks_may_subscribe},
        {"shared", shared_subscriptions_get_theirs},
        {"observer", the_observer_sees_all},
        {"pieces", large_payloads_come_in_pieces},
    };

    return check_main("unit/node-subscribe", cases, sizeof cases / sizeof cases[0], argc, argv);
}
