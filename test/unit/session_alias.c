/* Topic aliases, both ways. */
#include "session_rig.h"

static void expect_alias(const char *topic, uint32_t alias)
{
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK(mote_text_equals(rig.packet.message.topic, topic));
    CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_TOPIC_ALIAS, 0), alias);
}

static void publish_to(const char *topic, enum mote_qos qos)
{
    const struct mote_message message = {.topic = mote_text(topic), .payload = MOTE_TEXT("x"), .qos = qos};

    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
}

/* [MQTT5-3.2.2-17] [MQTT5-3.3.2-8] [MQTT5-3.3.2-9] */
static void alias_ring(void)
{
    rig_up_with(MOTE_TOPIC_ALIAS_MAXIMUM, 2);
    publish_to("topic/1", MOTE_QOS_0);
    expect_alias("topic/1", 1);
    publish_to("topic/1", MOTE_QOS_1);
    expect_alias("", 1);
    publish_to("topic/2", MOTE_QOS_2);
    expect_alias("topic/2", 2);
    publish_to("topic/1", MOTE_QOS_0);
    expect_alias("", 1);
    publish_to("topic/3", MOTE_QOS_0);
    expect_alias("topic/3", 1);
    publish_to("topic/1", MOTE_QOS_0);
    expect_alias("topic/1", 2);
    publish_to("topic/3", MOTE_QOS_0);
    expect_alias("", 1);
    publish_to("a/topic/longer/than/its/place/is", MOTE_QOS_0);
    expect_alias("a/topic/longer/than/its/place/is", 0);
    publish_to("topic/3", MOTE_QOS_0);
    expect_alias("", 1);
}

/* Nothing of one connection's aliases is used in the next, least of all by what is sent again.
 * [MQTT5-3.2.2-18] */
static void alias_ends_with_connection(void)
{
    rig_up_with(MOTE_TOPIC_ALIAS_MAXIMUM, 10);
    publish_to("topic/1", MOTE_QOS_0);
    expect_alias("topic/1", 1);
    publish_to("topic/1", MOTE_QOS_1);
    expect_alias("", 1);
    mote_session_closed(&rig.session);
    rig_open();
    publish_to("topic/1", MOTE_QOS_0);
    RIG_EXPECT_SENT(MOTE_CONNECT);
    expect_alias("topic/1", 0); /* the server has not said yet how many it takes */
    const struct mote_property max = {.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = 10};
    rig_serve_connack(true, 0, &max, 1);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    expect_alias("topic/1", 0);
    CHECK(rig.packet.message.duplicate);
    publish_to("topic/1", MOTE_QOS_0);
    expect_alias("topic/1", 1);
    rig_reconnect(true);
    publish_to("topic/1", MOTE_QOS_0);
    RIG_EXPECT_SENT(MOTE_PUBLISH); /* the resent one */
    expect_alias("topic/1", 0);    /* a server that takes none */
}

/* An alias counts as known only once the packet that says so is in the output.
 * [MQTT5-3.2.2-15] */
static void alias_of_a_packet_that_did_not_fit(void)
{
    static char payload[200];
    struct mote_message message = {.topic = MOTE_TEXT("topic/1"), .payload = {payload, sizeof payload}};

    memset(payload, 'p', sizeof payload);
    const struct mote_property limits[] = {{.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = 10},
                                           {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 100}};
    rig_begin(MOTE_MQTT_5);
    rig_use_aliases();
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, limits, 2);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    message.payload.length = 85; /* with the alias 100 bytes; with its identifier, too, 102 */
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    expect_alias("topic/1", 1);
    message.topic = MOTE_TEXT("topic/2");
    message.qos = MOTE_QOS_1;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK(rig.packet.header.size + rig.packet.header.remaining <= 100);
}

static void begin_with_aliases(void)
{
    rig_begin(MOTE_MQTT_5);
    rig_use_aliases();
    rig_start();
    CHECK_EQUAL(mote_properties_number(&rig.packet.connect.properties, MOTE_TOPIC_ALIAS_MAXIMUM, 0), RIG_ALIASES);
}

/* [MQTT5-3.3.2-10] */
static void alias_stands_for_topic(void)
{
    begin_with_aliases();
    rig_serve_alias("first", 1, "a");
    rig_serve_alias("second/topic", RIG_ALIASES, "b");
    rig_serve_alias("", 1, "c");
    rig_serve_alias("", RIG_ALIASES, "d");
    rig_serve_alias("third", 1, "e");
    rig_serve_alias("", 1, "f");
    RIG_EXPECT_FROM("first");
    RIG_EXPECT_FROM("second/topic");
    RIG_EXPECT_FROM("first");
    RIG_EXPECT_FROM("second/topic");
    RIG_EXPECT_FROM("third");
    RIG_EXPECT_FROM("third");
    CHECK_TEXT(rig.event.message.payload, "f");
}

/* [MQTT5-3.1.2-26] [MQTT5-3.1.2-27] [MQTT5-3.3.2-11] */
static void alias_means_nothing(void)
{
    static const uint16_t wrong[] = {1, RIG_ALIASES + 1, UINT16_MAX};

    for (int with_topic = 0; with_topic < 2; with_topic++) {
        for (size_t i = (size_t)with_topic; i < 3; i++) {
            begin_with_aliases();
            rig_serve_alias(with_topic ? "topic" : "", wrong[i], "x");
            RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, wrong[i] <= RIG_ALIASES ? 0x82 : 0x94);
        }
    }
    rig_begin(MOTE_MQTT_5); /* none were offered */
    rig_start();
    rig_serve_alias("topic", 1, "x");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x94);
}

/* [MQTT5-3.3.2-7] */
static void alias_is_forgotten(void)
{
    begin_with_aliases();
    rig_serve_alias("first", 1, "a");
    RIG_EXPECT_FROM("first");
    rig_reconnect(true);
    rig_serve_alias("", 1, "a");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
}

/* A topic that its place cannot hold arrives; what then comes by its alias is dropped, the connection stays. */
static void alias_too_long(void)
{
    begin_with_aliases();
    rig_serve_alias("123456789012345678901234567890", 1, "fits"); /* with its length 32 */
    rig_serve_alias("", 1, "fits");
    rig_serve_alias("1234567890123456789012345678901", 1, "too long");
    rig_serve_alias("", 1, "dropped");
    rig_serve_alias("short", 1, "again");
    rig_serve_alias("", 1, "again");
    RIG_EXPECT_FROM("123456789012345678901234567890");
    RIG_EXPECT_FROM("123456789012345678901234567890");
    RIG_EXPECT_FROM("1234567890123456789012345678901");
    RIG_EXPECT(MOTE_EVENT_DROPPED);
    CHECK_EQUAL(rig.event.message.payload_size, 15);
    RIG_EXPECT_FROM("short");
    RIG_EXPECT_FROM("short");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"alias_ring", alias_ring},
        {"alias_ends_with_connection", alias_ends_with_connection},
        {"alias_of_a_packet_that_did_not_fit", alias_of_a_packet_that_did_not_fit},
        {"alias_stands_for_topic", alias_stands_for_topic},
        {"alias_means_nothing", alias_means_nothing},
        {"alias_is_forgotten", alias_is_forgotten},
        {"alias_too_long", alias_too_long},
    };

    return check_main("unit/session_alias", cases, sizeof cases / sizeof cases[0], argc, argv);
}
