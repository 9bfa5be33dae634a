/* What cannot be taken is read past. */
#include "session_rig.h"

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
    for (size_t v = 0; v < RIG_VERSIONS; v++) {
        bool is_5 = rig_versions[v] == MOTE_MQTT_5;
        for (int qos = 0; qos < 3; qos++) {
            uint16_t id = qos == 0 ? 0 : 1234;
            rig_begin(rig_versions[v]);
            rig_receive_size(64);
            rig_start();
            size_t size = serve_long_topic(1000, (enum mote_qos)qos, id, NULL, 0);
            rig_serve_publish(MOTE_QOS_0, 0, "next");
            EXPECT_DROPPED(size);
            CHECK_EQUAL(rig.event.packet_id, id);
            CHECK_EQUAL(rig.event.message.qos, qos);
            RIG_EXPECT_MESSAGE("next");
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

    for (size_t v = 0; v < RIG_VERSIONS; v++) {
        const struct mote_message message = {.topic = topic_of(100), .qos = MOTE_QOS_2, .packet_id = 1234};
        size_t size = mote_codec_encode_publish(bytes, sizeof bytes, rig_versions[v], &message);
        for (size_t cut = 1; cut < size; cut++) {
            rig_begin(rig_versions[v]);
            rig_receive_size(64);
            rig_start();
            rig_serve_publish(MOTE_QOS_2, 5, "taken");
            RIG_EXPECT_MESSAGE("taken");
            RIG_EXPECT_NOTHING();
            rig_serve(bytes, cut);
            RIG_EXPECT_NOTHING();
            rig_serve(bytes + cut, size - cut);
            EXPECT_DROPPED(size);
            CHECK_EQUAL(rig.event.packet_id, 1234);
            RIG_EXPECT_NOTHING();
            RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 5, 0);
            RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 1234, rig_versions[v] == MOTE_MQTT_5 ? 0x97 : 0);
        }
    }
}

/* At the border between what fits, what streams and what is dropped. */
static void drain_border(void)
{
    for (size_t v = 0; v < RIG_VERSIONS; v++) {
        for (size_t length = 40; length < 80; length++) {
            rig_begin(rig_versions[v]);
            rig_receive_size(64);
            rig_start();
            size_t size = serve_long_topic(length, MOTE_QOS_1, 1, NULL, 0);
            rig_serve_publish(MOTE_QOS_0, 0, "next");
            RIG_EXPECT(size - 7 < 64 ? MOTE_EVENT_MESSAGE : MOTE_EVENT_DROPPED);
            while (rig.event.type == MOTE_EVENT_MESSAGE && !mote_message_is_last(&rig.event.message)) {
                RIG_EXPECT(MOTE_EVENT_MESSAGE);
                CHECK_EQUAL(rig.event.message.topic.length, length);
            }
            RIG_EXPECT_MESSAGE("next");
            RIG_EXPECT_SENT(MOTE_PUBACK);
        }
    }
}

static void drain_by_packet_size(void)
{
    for (size_t v = 0; v < RIG_VERSIONS; v++) {
        for (size_t size = 20; size < 300; size++) {
            rig_begin(rig_versions[v]);
            rig.config.packet_size_max = 150;
            rig_start();
            if (size == 131 - (rig_versions[v] != MOTE_MQTT_5))
                continue; /* there is no such packet */
            rig_serve_sized(size, MOTE_QOS_0, 0, false, NULL);
            rig_serve_publish(MOTE_QOS_0, 0, "next");
            RIG_EXPECT(size <= 150 ? MOTE_EVENT_MESSAGE : MOTE_EVENT_DROPPED);
            RIG_EXPECT_MESSAGE("next");
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
            rig_serve_alias("before", 2, "x");
            RIG_EXPECT_FROM("before");
            size_t size = serve_long_topic(5, MOTE_QOS_1, 3, items, count);
            rig_serve_alias("", 2, "x");
            rig_serve_alias("after", 2, "x");
            rig_serve_alias("", 2, "x");
            EXPECT_DROPPED(size);
            if (count >= 8)
                RIG_EXPECT(MOTE_EVENT_DROPPED);
            else
                RIG_EXPECT_FROM("before");
            RIG_EXPECT_FROM("after");
            RIG_EXPECT_FROM("after");
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
            RIG_EXPECT_MESSAGE("next");
        }
    }
}

/* One that was taken already needs no room.
 * [MQTT5-4.3.3-10] */
static void drain_duplicate(void)
{
    for (size_t v = 0; v < RIG_VERSIONS; v++) {
        uint32_t size;
        rig_begin(rig_versions[v]);
        rig_receive_size(100);
        rig_start();
        rig_serve_sized(2000, MOTE_QOS_2, 7, false, NULL);
        CHECK(rig_take_pieces(&size) > 10);
        rig_reconnect(true);
        rig_serve_sized(2000, MOTE_QOS_2, 7, true, NULL);
        rig_serve_publish(MOTE_QOS_0, 0, "next");
        RIG_EXPECT_MESSAGE("next");
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
    RIG_EXPECT_MESSAGE("c");
    RIG_EXPECT_MESSAGE("d");
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

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"drain_all_qos", drain_all_qos},
        {"drain_border", drain_border},
        {"drain_by_packet_size", drain_by_packet_size},
        {"drain_properties", drain_properties},
        {"drain_malformed", drain_malformed},
        {"drain_duplicate", drain_duplicate},
        {"drain_cut_anywhere", drain_cut_anywhere},
        {"oversized_acks", oversized_acks},
        {"oversized_others", oversized_others},
    };

    return check_main("unit/session_drain", cases, sizeof cases / sizeof cases[0], argc, argv);
}
