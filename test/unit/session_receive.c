/* The way in: messages of every QoS, once each, whole, in pieces or read past; aliases; the limits that the server
 * must keep to. */
#include "session_rig.h"

static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};
#define VERSIONS (sizeof versions / sizeof versions[0])

#define EXPECT_MESSAGE(text)                                                                                           \
    do {                                                                                                               \
        RIG_EXPECT(MOTE_EVENT_MESSAGE);                                                                                \
        CHECK_TEXT(rig.event.message.payload, text);                                                                   \
    } while (0)

static void begin(enum mote_mqtt_version version)
{
    rig_begin(version);
    rig_start();
}

/* A PUBLISH of the given whole size, with a payload that can be told from another. */
static char byte_at(uint32_t offset)
{
    return (char)(offset * 5 + (offset >> 7));
}

static void serve_sized(size_t size, enum mote_qos qos, uint16_t packet_id, bool duplicate,
                        const struct mote_properties *properties)
{
    static char payload[8192];
    uint8_t bytes[8192];
    struct mote_message message = {.topic = MOTE_TEXT("t/in"),
                                   .payload = {payload, 0},
                                   .qos = qos,
                                   .packet_id = packet_id,
                                   .duplicate = duplicate};

    if (properties != NULL)
        message.properties = *properties;
    for (uint32_t i = 0; i < sizeof payload; i++)
        payload[i] = byte_at(i);
    size_t least = mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, &message);
    CHECK(least <= size);
    message.payload.length = size - least;
    size_t got = mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, &message);
    for (; got > size; got--) /* the length has become longer */
        mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, (message.payload.length--, &message));
    rig_serve(bytes, mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, &message));
}

/* Takes a message of any number of pieces. Returns how many. */
static unsigned take_pieces(uint32_t *size)
{
    unsigned pieces = 0;
    uint32_t offset = 0;

    do {
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        const struct mote_message *message = &rig.event.message;
        CHECK_TEXT(message->topic, "t/in");
        CHECK_EQUAL(message->payload_offset, offset);
        CHECK(message->payload.length > 0 || message->payload_size == 0);
        for (uint32_t i = 0; i < message->payload.length; i++)
            CHECK_EQUAL(message->payload.data[i], byte_at(offset + i));
        offset += (uint32_t)message->payload.length;
        CHECK_EQUAL(mote_message_is_last(message), offset == message->payload_size);
        pieces++;
    } while (offset < rig.event.message.payload_size);
    *size = offset;
    return pieces;
}

/* --- One message --- */

static void message_qos_0(void)
{
    const struct mote_message message = {
        .topic = MOTE_TEXT("ssbun_switch_1"), .payload = MOTE_TEXT("on"), .retain = true};

    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        rig_serve_message(&message);
        EXPECT_MESSAGE("on");
        CHECK_TEXT(rig.event.message.topic, "ssbun_switch_1");
        CHECK_EQUAL(rig.event.message.qos, MOTE_QOS_0);
        CHECK(rig.event.message.retain && !rig.event.message.duplicate);
        CHECK_EQUAL(rig.event.message.payload_size, 2);
        CHECK(rig.event.message.source == NULL && mote_message_is_last(&rig.event.message));
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
        CHECK_EQUAL(rig.session.counters.messages_received, 1);
        CHECK_EQUAL(rig.session.counters.packets_received, 2);
    }
}

/* Acknowledged once the caller has come back for more: by then he has seen it.
 * [MQTT3-2.3.1-6] [MQTT3-3.3.4-1] [MQTT3-4.3.2-2] [MQTT5-2.2.1-5] [MQTT5-3.3.4-1] [MQTT5-4.3.2-4]
 * [MQTT5-4.3.2-5] */
static void message_qos_1(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        rig_serve_publish(MOTE_QOS_1, 77, "on");
        EXPECT_MESSAGE("on");
        CHECK_EQUAL(rig.event.message.packet_id, 77);
        RIG_EXPECT_NONE_SENT();
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 77, 0);
        RIG_EXPECT_NONE_SENT();
        rig_serve_publish(MOTE_QOS_1, 77, "on");
        EXPECT_MESSAGE("on"); /* the identifier is free again */
    }
}

/* [MQTT3-3.3.4-1] [MQTT3-4.3.3-2] [MQTT5-2.2.1-5] [MQTT5-3.3.4-1] [MQTT5-4.3.3-8] [MQTT5-4.3.3-10]
 * [MQTT5-4.3.3-11] [MQTT5-4.3.3-12] */
static void message_qos_2(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        rig_serve_publish(MOTE_QOS_2, 77, "on");
        EXPECT_MESSAGE("on");
        RIG_EXPECT_NONE_SENT();
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 77, 0);
        rig_serve_publish(MOTE_QOS_2, 77, "on");
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 77, 0);
        CHECK_EQUAL(rig.session.counters.duplicates, 1);
        CHECK_EQUAL(rig.session.counters.messages_received, 1);
        rig_serve_ack(MOTE_PUBREL, 77, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 77, 0);
        rig_serve_ack(MOTE_PUBREL, 77, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 77, versions[i] == MOTE_MQTT_5 ? 0x92 : 0);
        rig_serve_publish(MOTE_QOS_2, 77, "a new one");
        EXPECT_MESSAGE("a new one");
    }
}

/* [MQTT3-3.1.2-4] [MQTT3-4.1.0-1] [MQTT3-4.3.3-2] [MQTT5-3.1.2-23] [MQTT5-4.3.3-10] */
static void message_qos_2_over_connections(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        rig_serve_publish(MOTE_QOS_2, 5, "five");
        rig_serve_publish(MOTE_QOS_2, 6, "six");
        EXPECT_MESSAGE("five");
        EXPECT_MESSAGE("six"); /* its PUBREC is never put out */
        rig_reconnect(true);
        serve_sized(20, MOTE_QOS_2, 5, true, NULL);
        serve_sized(20, MOTE_QOS_2, 6, true, NULL);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 5, 0);
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 6, 0);
        rig_serve_ack(MOTE_PUBREL, 5, 0);
        rig.output_held = true; /* the PUBCOMP does not get through */
        RIG_EXPECT_NOTHING();
        rig.output_held = false;
        rig_reconnect(true);
        rig_serve_ack(MOTE_PUBREL, 5, 0);
        rig_serve_ack(MOTE_PUBREL, 6, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 5, versions[i] == MOTE_MQTT_5 ? 0x92 : 0);
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 6, 0);
        CHECK_EQUAL(rig.session.received_used, 0);
    }
}

/* In a new session an identifier says nothing of the old one's.
 * [MQTT5-3.2.2-5] */
static void message_qos_2_of_a_new_session(void)
{
    begin(MOTE_MQTT_5);
    rig_serve_publish(MOTE_QOS_2, 5, "old");
    EXPECT_MESSAGE("old");
    rig_reconnect(false);
    CHECK(rig.event.session_lost);
    rig_serve_publish(MOTE_QOS_2, 5, "new");
    EXPECT_MESSAGE("new");
}

/* The same one 100 000 times: one message, and nothing piles up. */
static void message_repeated_without_end(void)
{
    begin(MOTE_MQTT_3_1_1);
    rig_serve_publish(MOTE_QOS_2, 9, "once");
    EXPECT_MESSAGE("once");
    for (unsigned i = 0; i < 100000; i++) {
        rig_serve_publish(MOTE_QOS_2, 9, "once");
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT(MOTE_PUBREC);
        rig.to_server.start = rig.to_server.end = 0;
    }
    CHECK_EQUAL(rig.session.received_used, 1);
    CHECK_EQUAL(rig.session.counters.duplicates, 100000);
}

/* What was received can be published on while its views are valid. */
static void message_is_passed_on(void)
{
    begin(MOTE_MQTT_5);
    serve_sized(100, MOTE_QOS_1, 3, false, NULL);
    rig_serve_publish(MOTE_QOS_1, 4, "next");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    struct mote_message message = rig.event.message;
    message.topic = MOTE_TEXT("echo");
    for (int i = 0; i < 5; i++)
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    (void)mote_session_output(&rig.session);
    EXPECT_MESSAGE("next");
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_TEXT(rig.packet.message.topic, "echo");
    CHECK_EQUAL(rig.packet.message.packet_id, 1);
    CHECK(memcmp(rig.packet.message.payload.data, message.payload.data, 80) == 0);
}

/* --- Back-pressure --- */

/* With an output that takes nothing no packet is taken that needs an answer; nothing is lost.
 * [MQTT5-4.6.0-2] */
static void output_is_full(void)
{
    unsigned answered = 0, messages = 0;

    rig_begin(MOTE_MQTT_5);
    rig_send_size(64);
    rig_start();
    rig.output_held = true;
    for (uint16_t id = 1; id <= 200; id++)
        rig_serve_publish(id % 2 == 0 ? MOTE_QOS_1 : MOTE_QOS_0, id % 2 == 0 ? id : 0, "x");
    while (rig_next())
        messages++;
    CHECK(messages > 20 && messages < 100);
    CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
    struct mote_text output = mote_session_output(&rig.session);
    rig_pipe_put(&rig.to_server, output.data, 10);
    mote_session_sent(&rig.session, 10, rig.now_ms);
    CHECK(mote_session_deadline(&rig.session) <= rig.now_ms); /* there is something to do again */
    rig.output_held = false;
    while (rig_next())
        messages++;
    CHECK_EQUAL(messages, 200);
    while (rig_sent()) {
        CHECK_EQUAL(rig.packet.header.type, MOTE_PUBACK);
        answered++;
        CHECK_EQUAL(rig.packet.ack.packet_id, 2 * answered);
    }
    CHECK_EQUAL(answered, 100);
}

/* --- Receive Maximum --- */

/* [MQTT3-4.8.0-2] [MQTT5-3.3.4-9] */
static void quota_is_enforced(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        for (int qos = 1; qos <= 2; qos++) {
            rig_begin(versions[i]);
            rig.config.received_count = 3;
            rig_start();
            for (uint16_t id = 1; id <= 3; id++) {
                rig_serve_publish(MOTE_QOS_2, id, "x");
                EXPECT_MESSAGE("x");
            }
            serve_sized(20, MOTE_QOS_2, 2, true, NULL);
            RIG_EXPECT_NOTHING();
            rig_serve_publish(MOTE_QOS_0, 0, "zero");
            EXPECT_MESSAGE("zero");
            while (rig_sent())
                continue;
            rig_serve_publish((enum mote_qos)qos, 4, "one too many");
            if (qos == 1 && versions[i] != MOTE_MQTT_5) {
                EXPECT_MESSAGE("one too many"); /* nobody has told the server */
                continue;
            }
            RIG_EXPECT_FAILURE(MOTE_MQTT_QUOTA, 0x93);
        }
    }
}

/* A server that exceeds its own limit: it cannot be told ours, and will not send again. [MQTT3-4.3.3-2] */
static void quota_of_a_session_that_does_not_last(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.received_count = 3;
    rig.config.keep_session = false;
    rig_start();
    for (uint16_t id = 1; id <= 50; id++) {
        rig_serve_publish(MOTE_QOS_2, id, "x");
        EXPECT_MESSAGE("x");
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, id, 0);
    }
    for (uint16_t id = 1; id <= 50; id++) {
        rig_serve_ack(MOTE_PUBREL, id, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, id, 0);
    }
}

static void quota_is_freed(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.received_count = 1;
    rig_start();
    for (uint16_t id = 1; id <= 50; id++) {
        rig_serve_publish(MOTE_QOS_2, id, "x");
        EXPECT_MESSAGE("x");
        rig_serve_ack(MOTE_PUBREL, id, 0);
        rig_serve_publish(MOTE_QOS_1, id, "y");
        EXPECT_MESSAGE("y");
        while (rig_sent())
            continue;
    }
}

/* What is open from before is not counted in a new connection. [MQTT 5.0, 4.9] */
static void quota_begins_anew(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.received_count = 3;
    rig_start();
    for (uint16_t id = 1; id <= 3; id++) {
        rig_serve_publish(MOTE_QOS_2, id, "x");
        EXPECT_MESSAGE("x");
    }
    rig_reconnect(true);
    rig_serve_publish(MOTE_QOS_1, 9, "y");
    EXPECT_MESSAGE("y");
    rig_serve_ack(MOTE_PUBREL, 2, 0);
    rig_serve_publish(MOTE_QOS_2, 2, "z");
    EXPECT_MESSAGE("z");
    rig_serve_publish(MOTE_QOS_1, 9, "y");
    EXPECT_MESSAGE("y");
    rig_serve_ack(MOTE_PUBREL, 1, 0);
    rig_serve_ack(MOTE_PUBREL, 3, 0);
    rig_serve_publish(MOTE_QOS_2, 4, "z");
    EXPECT_MESSAGE("z");
    rig_serve_publish(MOTE_QOS_2, 5, "z");
    EXPECT_MESSAGE("z");
    rig_serve_publish(MOTE_QOS_1, 9, "y");
    while (rig_sent())
        continue;
    RIG_EXPECT(MOTE_EVENT_FAILED);
    CHECK_EQUAL(rig.event.reason_code, 0x93);
}

static void quota_of_none(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.received_count = 0;
    rig_start();
    CHECK(!mote_properties_number(&rig.packet.connect.properties, MOTE_RECEIVE_MAXIMUM, 0));
    for (uint16_t id = 1; id < 10; id++) {
        rig_serve_publish(MOTE_QOS_1, id, "x");
        EXPECT_MESSAGE("x");
    }
    RIG_EXPECT_NOTHING();
    while (rig_sent())
        continue;
    rig_serve_publish(MOTE_QOS_2, 1, "x");
    RIG_EXPECT_FAILURE(MOTE_MQTT_QUOTA, 0x93);
}

/* --- Topic aliases --- */

static void begin_with_aliases(void)
{
    rig_begin(MOTE_MQTT_5);
    rig_use_aliases();
    rig_start();
    CHECK_EQUAL(mote_properties_number(&rig.packet.connect.properties, MOTE_TOPIC_ALIAS_MAXIMUM, 0), RIG_ALIASES);
}

static void serve_alias(const char *topic, uint16_t alias, const char *payload)
{
    const struct mote_property item = {.id = MOTE_TOPIC_ALIAS, .number = alias};
    const struct mote_message message = {
        .topic = mote_text(topic), .payload = mote_text(payload), .properties = {.items = &item, .count = 1}};

    rig_serve_message(&message);
}

#define EXPECT_FROM(name)                                                                                              \
    do {                                                                                                               \
        RIG_EXPECT(MOTE_EVENT_MESSAGE);                                                                                \
        CHECK_TEXT(rig.event.message.topic, name);                                                                     \
    } while (0)

/* [MQTT5-3.3.2-10] */
static void alias_stands_for_topic(void)
{
    begin_with_aliases();
    serve_alias("first", 1, "a");
    serve_alias("second/topic", RIG_ALIASES, "b");
    serve_alias("", 1, "c");
    serve_alias("", RIG_ALIASES, "d");
    serve_alias("third", 1, "e");
    serve_alias("", 1, "f");
    EXPECT_FROM("first");
    EXPECT_FROM("second/topic");
    EXPECT_FROM("first");
    EXPECT_FROM("second/topic");
    EXPECT_FROM("third");
    EXPECT_FROM("third");
    CHECK_TEXT(rig.event.message.payload, "f");
}

/* [MQTT5-3.1.2-26] [MQTT5-3.1.2-27] [MQTT5-3.3.2-11] */
static void alias_means_nothing(void)
{
    static const uint16_t wrong[] = {1, RIG_ALIASES + 1, UINT16_MAX};

    for (int with_topic = 0; with_topic < 2; with_topic++) {
        for (size_t i = (size_t)with_topic; i < 3; i++) {
            begin_with_aliases();
            serve_alias(with_topic ? "topic" : "", wrong[i], "x");
            RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, wrong[i] <= RIG_ALIASES ? 0x82 : 0x94);
        }
    }
    rig_begin(MOTE_MQTT_5); /* none were offered */
    rig_start();
    serve_alias("topic", 1, "x");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x94);
}

/* [MQTT5-3.3.2-7] */
static void alias_is_forgotten(void)
{
    begin_with_aliases();
    serve_alias("first", 1, "a");
    EXPECT_FROM("first");
    rig_reconnect(true);
    serve_alias("", 1, "a");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
}

/* A topic that its place cannot hold arrives; what then comes by its alias is dropped, the connection stays. */
static void alias_too_long(void)
{
    begin_with_aliases();
    serve_alias("123456789012345678901234567890", 1, "fits"); /* with its length 32 */
    serve_alias("", 1, "fits");
    serve_alias("1234567890123456789012345678901", 1, "too long");
    serve_alias("", 1, "dropped");
    serve_alias("short", 1, "again");
    serve_alias("", 1, "again");
    EXPECT_FROM("123456789012345678901234567890");
    EXPECT_FROM("123456789012345678901234567890");
    EXPECT_FROM("1234567890123456789012345678901");
    RIG_EXPECT(MOTE_EVENT_DROPPED);
    CHECK_EQUAL(rig.event.message.payload_size, 15);
    EXPECT_FROM("short");
    EXPECT_FROM("short");
}

/* --- Read past --- */

#define EXPECT_DROPPED(size)                                                                                           \
    do {                                                                                                               \
        RIG_EXPECT(MOTE_EVENT_DROPPED);                                                                                \
        CHECK_EQUAL(rig.event.reason, MOTE_MQTT_PACKET_TOO_LARGE);                                                     \
        CHECK_EQUAL(rig.event.message.payload_size, (size));                                                           \
    } while (0)

static char long_topic[2000];

static struct mote_text topic_of(size_t length)
{
    memset(long_topic, 'l', sizeof long_topic);
    return (struct mote_text){long_topic, length};
}

static size_t serve_long_topic(size_t length, enum mote_qos qos, uint16_t packet_id, const struct mote_property *items,
                               size_t count)
{
    const struct mote_message message = {.topic = topic_of(length),
                                         .payload = MOTE_TEXT("payload"),
                                         .qos = qos,
                                         .packet_id = packet_id,
                                         .properties = {.items = items, .count = count}};

    rig_serve_message(&message);
    return mote_codec_encode_publish(NULL, SIZE_MAX, rig.session.version, &message);
}

/* [MQTT3-4.5.0-2] [MQTT5-4.5.0-2] */
static void drain_all_qos(void)
{
    for (size_t v = 0; v < VERSIONS; v++) {
        bool is_5 = versions[v] == MOTE_MQTT_5;
        for (int qos = 0; qos < 3; qos++) {
            uint16_t id = qos == 0 ? 0 : 1234;
            rig_begin(versions[v]);
            rig_receive_size(64);
            rig_start();
            size_t size = serve_long_topic(1000, (enum mote_qos)qos, id, NULL, 0);
            rig_serve_publish(MOTE_QOS_0, 0, "next");
            EXPECT_DROPPED(size);
            CHECK_EQUAL(rig.event.packet_id, id);
            CHECK_EQUAL(rig.event.message.qos, qos);
            EXPECT_MESSAGE("next");
            CHECK_EQUAL(rig.session.counters.messages_dropped, 1);
            CHECK_EQUAL(rig.session.counters.messages_received, 1);
            if (qos == 1)
                RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 1234, is_5 ? 0x97 : 0);
            if (qos == 2) {
                RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 1234, is_5 ? 0x97 : 0);
                rig_serve_ack(MOTE_PUBREL, 1234, 0); /* after which a server of MQTT 5 is done */
                RIG_EXPECT_NOTHING();
                RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 1234, is_5 ? 0x92 : 0);
            }
            RIG_EXPECT_NONE_SENT();
            CHECK_EQUAL(rig.session.received_used, 0);
        }
    }
}

/* Also between the two bytes of its packet identifier, while another message is taken and not yet released. */
static void drain_cut_anywhere(void)
{
    uint8_t bytes[120];

    for (size_t v = 0; v < VERSIONS; v++) {
        const struct mote_message message = {.topic = topic_of(100), .qos = MOTE_QOS_2, .packet_id = 1234};
        size_t size = mote_codec_encode_publish(bytes, sizeof bytes, versions[v], &message);
        for (size_t cut = 1; cut < size; cut++) {
            rig_begin(versions[v]);
            rig_receive_size(64);
            rig_start();
            rig_serve_publish(MOTE_QOS_2, 5, "taken");
            EXPECT_MESSAGE("taken");
            RIG_EXPECT_NOTHING();
            rig_serve(bytes, cut);
            RIG_EXPECT_NOTHING();
            rig_serve(bytes + cut, size - cut);
            EXPECT_DROPPED(size);
            CHECK_EQUAL(rig.event.packet_id, 1234);
            RIG_EXPECT_NOTHING();
            RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 5, 0);
            RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 1234, versions[v] == MOTE_MQTT_5 ? 0x97 : 0);
        }
    }
}

/* At the border between what fits, what streams and what is dropped. */
static void drain_border(void)
{
    for (size_t v = 0; v < VERSIONS; v++) {
        for (size_t length = 40; length < 80; length++) {
            rig_begin(versions[v]);
            rig_receive_size(64);
            rig_start();
            size_t size = serve_long_topic(length, MOTE_QOS_1, 1, NULL, 0);
            rig_serve_publish(MOTE_QOS_0, 0, "next");
            RIG_EXPECT(size - 7 < 64 ? MOTE_EVENT_MESSAGE : MOTE_EVENT_DROPPED);
            while (rig.event.type == MOTE_EVENT_MESSAGE && !mote_message_is_last(&rig.event.message)) {
                RIG_EXPECT(MOTE_EVENT_MESSAGE);
                CHECK_EQUAL(rig.event.message.topic.length, length);
            }
            EXPECT_MESSAGE("next");
            RIG_EXPECT_SENT(MOTE_PUBACK);
        }
    }
}

static void drain_by_packet_size(void)
{
    for (size_t v = 0; v < VERSIONS; v++) {
        for (size_t size = 20; size < 300; size++) {
            rig_begin(versions[v]);
            rig.config.packet_size_max = 150;
            rig_start();
            if (size == 131 - (versions[v] != MOTE_MQTT_5))
                continue; /* there is no such packet */
            serve_sized(size, MOTE_QOS_0, 0, false, NULL);
            rig_serve_publish(MOTE_QOS_0, 0, "next");
            RIG_EXPECT(size <= 150 ? MOTE_EVENT_MESSAGE : MOTE_EVENT_DROPPED);
            EXPECT_MESSAGE("next");
        }
    }
}

/* A property block that does not fit: nothing but the alias in it matters. */
static void drain_properties(void)
{
    static char text[300];
    const struct mote_property items[] = {
        {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 1},
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 70000},
        {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 268435455},
        {.id = MOTE_USER_PROPERTY, .text = {text, sizeof text}, .value = {text, 1}},
        {.id = MOTE_CONTENT_TYPE, .text = {text, 2}},
        {.id = MOTE_USER_PROPERTY, .text = {text, 1}, .value = {text, sizeof text}},
        {.id = MOTE_RESPONSE_TOPIC, .text = {text, 70}},
        {.id = MOTE_TOPIC_ALIAS, .number = 2},
        {.id = MOTE_CORRELATION_DATA, .text = {text, 200}},
    };

    memset(text, 'p', sizeof text);
    for (size_t step = 1; step < 64; step += 7) {
        for (size_t count = 4; count <= 9; count++) {
            rig_begin(MOTE_MQTT_5);
            rig_use_aliases();
            rig_receive_size(64);
            rig_start();
            rig.to_client.step = step;
            serve_alias("before", 2, "x");
            EXPECT_FROM("before");
            size_t size = serve_long_topic(5, MOTE_QOS_1, 3, items, count);
            serve_alias("", 2, "x");
            serve_alias("after", 2, "x");
            serve_alias("", 2, "x");
            EXPECT_DROPPED(size);
            if (count >= 8)
                RIG_EXPECT(MOTE_EVENT_DROPPED);
            else
                EXPECT_FROM("before");
            EXPECT_FROM("after");
            EXPECT_FROM("after");
        }
    }
}

static void drain_malformed(void)
{
    static const struct {
        struct mote_text bytes; /* then zeros */
        uint8_t code;
    } cases[] = {
        {{"\x30\xe8\x07\x03\xe7", 5}, 0x81}, /* topic longer than the packet */
        {{"\x30\xe8\x07\xff\xff", 5}, 0x81},
        {{"\x32\xe8\x07\x03\xe6", 5}, 0x81}, /* no identifier behind it */
        {{"\x32\xe8\x07\x03\xe5", 5}, 0x81},
        {{"\x32\xe8\x07\x00\x01t\x00\x00", 8}, 0x82},            /* identifier 0 */
        {{"\x30\xe8\x07\x00\x01t\xe5\x07", 8}, 0x81},            /* block longer than the packet */
        {{"\x30\xe8\x07\x00\x01t\x80\x80\x80\x80", 10}, 0x81},   /* its length, too */
        {{"\x30\xe8\x07\x00\x01t\x00", 7}, 0},                   /* right */
        {{"\x30\xe8\x07\x00\x01t\x04\x03\x00\x02xx", 12}, 0x81}, /* property longer than the block */
        {{"\x30\xe8\x07\x00\x01t\x05\x03\x00\x02xx", 12}, 0},
        {{"\x30\xe8\x07\x00\x01t\x06\x26\x00\x01x\x00\x01", 13}, 0x81},
        {{"\x30\xe8\x07\x00\x01t\x07\x26\x00\x01x\x00\x01", 13}, 0},
        {{"\x30\xe8\x07\x00\x01t\x02\x11\x00", 9}, 0x81}, /* of another packet */
        {{"\x30\xe8\x07\x00\x01t\x03\x23\x00\x00", 10}, 0x94},
        {{"\x30\xe8\x07\x00\x01t\x03\x23\x00\x05", 10}, 0x94},
        {{"\x30\xe8\x07\x00\x01t\x03\x23\x00\x04", 10}, 0},
        {{"\x30\xe8\x07\x00\x01t\x02\x23\x00", 9}, 0x81},
        {{"\x30\xe8\x07\x00\x01t\x01\x23\x00", 9}, 0x81},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t step = 1; step < 9; step += 7) {
            uint8_t bytes[1003] = {0};
            rig_begin(MOTE_MQTT_5);
            rig_use_aliases();
            rig.config.packet_size_max = 64; /* so that it is read past from the start */
            rig_start();
            rig.to_client.step = step;
            memcpy(bytes, cases[i].bytes.data, cases[i].bytes.length);
            rig_serve(bytes, sizeof bytes);
            if (cases[i].code != 0) {
                RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, cases[i].code);
                continue;
            }
            EXPECT_DROPPED(sizeof bytes);
            rig_serve_publish(MOTE_QOS_0, 0, "next");
            EXPECT_MESSAGE("next");
        }
    }
}

/* One that was taken already needs no room.
 * [MQTT5-4.3.3-10] */
static void drain_duplicate(void)
{
    for (size_t v = 0; v < VERSIONS; v++) {
        uint32_t size;
        rig_begin(versions[v]);
        rig_receive_size(100);
        rig_start();
        serve_sized(2000, MOTE_QOS_2, 7, false, NULL);
        CHECK(take_pieces(&size) > 10);
        rig_reconnect(true);
        serve_sized(2000, MOTE_QOS_2, 7, true, NULL);
        rig_serve_publish(MOTE_QOS_0, 0, "next");
        EXPECT_MESSAGE("next");
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 7, 0);
        CHECK_EQUAL(rig.session.counters.duplicates, 1);
        CHECK_EQUAL(rig.session.counters.messages_dropped, 0);
    }
}

/* --- Other packets than PUBLISH that are larger than the buffer --- */

static void serve_large(enum mote_packet_type type, uint16_t packet_id, uint8_t code)
{
    static char words[500];
    uint8_t bytes[600];
    const struct mote_property reason = {.id = MOTE_REASON_STRING, .text = {words, sizeof words}};
    const struct mote_ack ack = {packet_id, code, {.items = &reason, .count = 1}};

    memset(words, 'w', sizeof words);
    rig_serve(bytes, mote_codec_encode_ack(bytes, sizeof bytes, MOTE_MQTT_5, type, &ack));
}

static void oversized_acks(void)
{
    rig_begin(MOTE_MQTT_5);
    rig_receive_size(64);
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, NULL, 0);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "a", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "b", NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    serve_large(MOTE_PUBREC, 2, 0);
    serve_large(MOTE_PUBACK, 1, 0x87);
    serve_large(MOTE_PUBCOMP, 2, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(rig.event.packet_id, 1);
    CHECK_EQUAL(rig.event.reason_code, 0x87);
    CHECK_EQUAL(rig.event.properties.encoded.length, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(rig.event.packet_id, 2);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, 0);
    rig_serve_publish(MOTE_QOS_2, 5, "c");
    serve_large(MOTE_PUBREL, 5, 0);
    rig_serve_publish(MOTE_QOS_2, 5, "d");
    EXPECT_MESSAGE("c");
    EXPECT_MESSAGE("d");
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 5, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 5, 0);
    serve_large(MOTE_DISCONNECT, 0, 0x8B);
    RIG_EXPECT(MOTE_EVENT_DISCONNECTED);
    CHECK_EQUAL(rig.event.reason_code, 0x8B);
    RIG_EXPECT_NOTHING();
}

static void oversized_others(void)
{
    static char words[100];
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};
    const struct mote_property reason = {.id = MOTE_REASON_STRING, .text = {words, sizeof words}};
    uint8_t bytes[200];

    memset(words, 'w', sizeof words);
    rig_begin(MOTE_MQTT_5);
    rig_receive_size(64);
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig_serve_connack(false, 0, &reason, 1);
    RIG_EXPECT_FAILURE(MOTE_MQTT_PACKET_TOO_LARGE, 0x95);
    rig_reconnect(false);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
    const struct mote_reply reply = {1, {.items = &reason, .count = 1}, MOTE_TEXT("\0")};
    rig_serve(bytes, mote_codec_encode_reply(bytes, sizeof bytes, MOTE_MQTT_5, MOTE_SUBACK, &reply));
    RIG_EXPECT_FAILURE(MOTE_MQTT_PACKET_TOO_LARGE, 0x95);

    rig_begin(MOTE_MQTT_3_1_1);
    rig_receive_size(64);
    rig_start();
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "\x40\xc5\x01", 3);
    rig_serve(bytes, sizeof bytes);
    RIG_EXPECT_FAILURE(MOTE_MQTT_PACKET_TOO_LARGE, 0x95);
}

/* --- In pieces --- */

static void pieces_of_all_sizes(void)
{
    static const size_t buffers[] = {64, 65, 100, 512};

    for (size_t v = 0; v < VERSIONS; v++) {
        for (size_t b = 0; b < 4; b++) {
            for (size_t size = 60; size < 1500; size += size < 700 ? 1 : 97) {
                uint32_t payload = 0;
                size_t buffer = buffers[b];
                rig_begin(versions[v]);
                rig_receive_size(buffer);
                rig_start();
                rig.to_client.step = size % 50 + 1;
                if (size == 131 - (versions[v] != MOTE_MQTT_5))
                    continue; /* there is no such packet */
                serve_sized(size, MOTE_QOS_1, 3, false, NULL);
                rig_serve_publish(MOTE_QOS_0, 0, "next");
                unsigned pieces = take_pieces(&payload);
                size_t head = size - payload;
                CHECK_EQUAL(pieces, size <= buffer ? 1 : (payload + buffer - head - 1) / (buffer - head));
                EXPECT_MESSAGE("next");
                RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 3, 0);
                CHECK_EQUAL(rig.session.counters.messages_received, 2);
            }
        }
    }
}

/* A megabyte through a small buffer, properties and alias at each piece. */
static void pieces_of_a_megabyte(void)
{
    static const size_t buffers[] = {64, 512};
    const uint32_t size = 1 << 20;

    for (size_t b = 0; b < 2; b++) {
        uint32_t sent = 0, got = 0;
        rig_begin(MOTE_MQTT_5);
        rig_use_aliases();
        rig_receive_size(buffers[b]);
        rig_start();
        serve_alias("big/topic", 3, "");
        EXPECT_FROM("big/topic");
        /* topic empty, identifier 9, content type "x", alias 3, then the payload: 14 bytes of head */
        RIG_SERVE("\x34\x8c\x80\x40\x00\x00\x00\x09\x07\x03\x00\x01x\x23\x00\x03");
        while (got < size) {
            while (sent < size && rig_pipe_size(&rig.to_client) < 4096) {
                char byte = byte_at(sent++);
                rig_serve(&byte, 1);
            }
            RIG_EXPECT(MOTE_EVENT_MESSAGE);
            const struct mote_message *message = &rig.event.message;
            CHECK_TEXT(message->topic, "big/topic");
            CHECK_EQUAL(message->payload_size, size);
            CHECK_EQUAL(message->payload_offset, got);
            CHECK_EQUAL(message->packet_id, 9);
            struct mote_property type;
            CHECK(mote_properties_find(&message->properties, MOTE_CONTENT_TYPE, &type));
            CHECK_TEXT(type.text, "x");
            for (size_t i = 0; i < message->payload.length; i++)
                CHECK_EQUAL(message->payload.data[i], byte_at(got++));
        }
        RIG_EXPECT_NONE_SENT();
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 9, 0);
    }
}

/* A message that was cut short does not count as taken: it comes again, from the beginning. */
static void pieces_cut_short(void)
{
    for (int qos = 1; qos <= 2; qos++) {
        uint32_t size = 0;
        rig_begin(MOTE_MQTT_3_1_1);
        rig_receive_size(100);
        rig_start();
        serve_sized(1000, (enum mote_qos)qos, 7, false, NULL);
        for (int i = 0; i < 5; i++)
            RIG_EXPECT(MOTE_EVENT_MESSAGE);
        CHECK(!mote_message_is_last(&rig.event.message));
        CHECK_EQUAL(rig.session.received_used, 0);
        rig_reconnect(true);
        serve_sized(1000, (enum mote_qos)qos, 7, true, NULL);
        take_pieces(&size);
        CHECK(size > 900);
        CHECK(rig.event.message.duplicate);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(qos == 1 ? MOTE_PUBACK : MOTE_PUBREC, 7, 0);
        CHECK_EQUAL(rig.session.counters.messages_received, 1);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"message_qos_0", message_qos_0},
        {"message_qos_1", message_qos_1},
        {"message_qos_2", message_qos_2},
        {"message_qos_2_over_connections", message_qos_2_over_connections},
        {"message_qos_2_of_a_new_session", message_qos_2_of_a_new_session},
        {"message_repeated_without_end", message_repeated_without_end},
        {"message_is_passed_on", message_is_passed_on},
        {"output_is_full", output_is_full},
        {"quota_is_enforced", quota_is_enforced},
        {"quota_of_a_session_that_does_not_last", quota_of_a_session_that_does_not_last},
        {"quota_is_freed", quota_is_freed},
        {"quota_begins_anew", quota_begins_anew},
        {"quota_of_none", quota_of_none},
        {"alias_stands_for_topic", alias_stands_for_topic},
        {"alias_means_nothing", alias_means_nothing},
        {"alias_is_forgotten", alias_is_forgotten},
        {"alias_too_long", alias_too_long},
        {"drain_all_qos", drain_all_qos},
        {"drain_border", drain_border},
        {"drain_by_packet_size", drain_by_packet_size},
        {"drain_properties", drain_properties},
        {"drain_malformed", drain_malformed},
        {"drain_duplicate", drain_duplicate},
        {"drain_cut_anywhere", drain_cut_anywhere},
        {"oversized_acks", oversized_acks},
        {"oversized_others", oversized_others},
        {"pieces_of_all_sizes", pieces_of_all_sizes},
        {"pieces_of_a_megabyte", pieces_of_a_megabyte},
        {"pieces_cut_short", pieces_cut_short},
    };

    return check_main("unit/session_receive", cases, sizeof cases / sizeof cases[0], argc, argv);
}
