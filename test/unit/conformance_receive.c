/* What the standards ask of a client that receives, and how it may acknowledge. */
#include "conformance_rig.h"

/* --- Receiving --- */

/* U+FEFF is a character like any other, wherever it is. [MQTT3-1.5.3-3] [MQTT5-1.5.4-3] */
static void a_byte_order_mark_is_kept(void)
{
    const struct mote_property items[] = {
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("\xEF\xBB\xBFname"), .value = MOTE_TEXT("\xEF\xBB\xBF")},
        {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("a\xEF\xBB\xBF")}};
    const struct mote_message message = {.topic = MOTE_TEXT("\xEF\xBB\xBFt/\xEF\xBB\xBF"),
                                         .payload = MOTE_TEXT("\xEF\xBB\xBF"),
                                         .properties = {.items = items, .count = 2}};
    struct mote_property found;

    for (size_t i = 0; i < 2; i++) {
        begin(both[i]);
        rig_serve_message(&message);
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        CHECK_TEXT(rig.event.message.topic, "\xEF\xBB\xBFt/\xEF\xBB\xBF");
        CHECK_TEXT(rig.event.message.payload, "\xEF\xBB\xBF");
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_TEXT(rig.packet.message.topic, "\xEF\xBB\xBFt/\xEF\xBB\xBF");
    }
    rig_serve_message(&message);
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK(mote_properties_find(&rig.event.message.properties, MOTE_USER_PROPERTY, &found));
    CHECK_TEXT(found.text, "\xEF\xBB\xBFname");
    CHECK_TEXT(found.value, "\xEF\xBB\xBF");
    CHECK(mote_properties_find(&rig.event.message.properties, MOTE_CONTENT_TYPE, &found));
    CHECK_TEXT(found.text, "a\xEF\xBB\xBF");
}

/* One or several, in the order of the packet. */
static void subscription_identifiers_are_told(void)
{
    struct mote_properties_place place = {0, 0};
    struct mote_property found;

    begin(MOTE_MQTT_5);
    RIG_SERVE("\x30\x10\x00\x01t\x0a\x0b\xff\xff\xff\x7f\x0b\x01\x0b\x80\x01xx");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    static const uint32_t numbers[] = {268435455, 1, 128};
    for (size_t i = 0; i < 3; i++) {
        CHECK(mote_properties_next(&rig.event.message.properties, &place, &found));
        CHECK_EQUAL(found.id, MOTE_SUBSCRIPTION_IDENTIFIER);
        CHECK_EQUAL(found.number, numbers[i]);
    }
    CHECK(!mote_properties_next(&rig.event.message.properties, &place, &found));
    CHECK_TEXT(rig.event.message.payload, "xx");
}

/* The reason string "r" and the user property "a" = "1" of an event. */
static void expect_reasons(void)
{
    struct mote_property found;

    CHECK(mote_properties_find(&rig.event.properties, MOTE_REASON_STRING, &found));
    CHECK_TEXT(found.text, "r");
    CHECK(mote_properties_find(&rig.event.properties, MOTE_USER_PROPERTY, &found));
    CHECK_TEXT(found.text, "a");
    CHECK_TEXT(found.value, "1");
}

static const struct mote_property reasons[] = {{.id = MOTE_REASON_STRING, .text = {"r", 1}},
                                               {.id = MOTE_USER_PROPERTY, .text = {"a", 1}, .value = {"1", 1}}};

static void serve_ack_with_reasons(enum mote_packet_type type, uint16_t packet_id, uint8_t code)
{
    uint8_t bytes[64];
    const struct mote_ack ack = {packet_id, code, {.items = reasons, .count = 2}};

    rig_serve(bytes, mote_codec_encode_ack(bytes, sizeof bytes, MOTE_MQTT_5, type, &ack));
}

static void serve_reply_with_reasons(enum mote_packet_type type, uint16_t packet_id, struct mote_text codes)
{
    uint8_t bytes[64];
    const struct mote_reply reply = {packet_id, {.items = reasons, .count = 2}, codes};

    rig_serve(bytes, mote_codec_encode_reply(bytes, sizeof bytes, MOTE_MQTT_5, type, &reply));
}

/* Reason strings and user properties of every packet that may have them are the caller's to see. */
static void reasons_are_told(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};

    begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "two", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "three", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
    while (rig_sent())
        continue;
    serve_ack_with_reasons(MOTE_PUBACK, 1, 0x97);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    expect_reasons();
    serve_ack_with_reasons(MOTE_PUBREC, 2, 0x97);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    expect_reasons();
    serve_ack_with_reasons(MOTE_PUBREC, 3, 0x00);
    serve_ack_with_reasons(MOTE_PUBCOMP, 3, 0x00);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    expect_reasons();
    serve_reply_with_reasons(MOTE_SUBACK, 4, MOTE_TEXT("\x87"));
    RIG_EXPECT(MOTE_EVENT_SUBSCRIBED);
    expect_reasons();
    serve_reply_with_reasons(MOTE_UNSUBACK, 5, MOTE_TEXT("\x11"));
    RIG_EXPECT(MOTE_EVENT_UNSUBSCRIBED);
    expect_reasons();
    rig_serve_publish(MOTE_QOS_2, 7, "x");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    serve_ack_with_reasons(MOTE_PUBREL, 7, 0x00);
    RIG_EXPECT_NOTHING();
    serve_ack_with_reasons(MOTE_DISCONNECT, 0, 0x98);
    RIG_EXPECT(MOTE_EVENT_DISCONNECTED);
    expect_reasons();
}

/* QoS 2 whose message has expired long ago is brought to its end. [MQTT5-4.3.3-13] */
static void an_expired_message_is_acknowledged_to_the_end(void)
{
    begin(MOTE_MQTT_5);
    RIG_SERVE("\x34\x0c\x00\x01t\x00\x07\x05\x02\x00\x00\x00\x01x");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(mote_properties_number(&rig.event.message.properties, MOTE_MESSAGE_EXPIRY_INTERVAL, 0), 1);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 7, 0);
    rig.now_ms += 3600000;
    RIG_EXPECT_NOTHING();
    rig_reconnect(true);
    RIG_SERVE("\x3c\x0c\x00\x01t\x00\x07\x05\x02\x00\x00\x00\x01x");
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 7, 0);
    rig_serve_ack(MOTE_PUBREL, 7, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 7, 0);
}

/* --- Acknowledging in one's own words --- */

static void take(enum mote_qos qos, uint16_t packet_id)
{
    rig_serve_publish(qos, packet_id, "x");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
}

/* MQTT 5.0, tables 3-4 and 3-5, less what a client has no use for. [MQTT5-3.4.2-1] [MQTT5-3.5.2-1] */
static void acknowledgements_have_codes_of_their_own(void)
{
    static const uint8_t codes[] = {0x00, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};

    for (unsigned i = 0; i < 2 * 256; i++) {
        uint8_t code = (uint8_t)(i / 2);
        enum mote_qos qos = i % 2 == 0 ? MOTE_QOS_1 : MOTE_QOS_2;
        bool legal = memchr(codes, code, sizeof codes) != NULL;
        begin(MOTE_MQTT_5);
        take(qos, 7);
        CHECK_EQUAL(mote_session_acknowledge(&rig.session, code, NULL), legal ? MOTE_OK : MOTE_CONFIG_INVALID);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(qos == MOTE_QOS_1 ? MOTE_PUBACK : MOTE_PUBREC, 7, legal ? code : 0);
        RIG_EXPECT_NONE_SENT();
    }
}

/* The receiver is through with it: the same identifier is a new message, and takes no place. [MQTT5-4.3.3-9] */
static void a_refused_identifier_is_free(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.received_count = 1;
    rig_start();
    for (int i = 0; i < 3; i++) {
        take(MOTE_QOS_2, 7);
        CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x97, NULL), MOTE_OK);
        RIG_EXPECT_BYTES("50 03 0007 97");
        RIG_EXPECT_NOTHING();
        CHECK_EQUAL(rig.session.received_used, 0);
    }
    take(MOTE_QOS_2, 7);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0, NULL), MOTE_OK);
    CHECK_EQUAL(rig.session.received_used, 1);
    rig_serve_publish(MOTE_QOS_2, 7, "x");
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_BYTES("50 02 0007 50 02 0007");
    CHECK_EQUAL(rig.session.counters.duplicates, 1);
}

static void acknowledgements_have_reasons(void)
{
    const struct mote_properties said = {.items = reasons, .count = 2};

    begin(MOTE_MQTT_5);
    take(MOTE_QOS_1, 7);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x87, &said), MOTE_OK);
    RIG_EXPECT_BYTES("40 0f 0007 87 0b 1f 0001 72 26 0001 61 0001 31");
    take(MOTE_QOS_2, 8);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0, &said), MOTE_OK);
    RIG_EXPECT_BYTES("50 0f 0008 00 0b 1f 0001 72 26 0001 61 0001 31");
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_NONE_SENT();
}

/* The server takes 30 bytes; of these 6 are not properties, which have 3 or 5 bytes more than their text.
 * [MQTT5-3.4.2-2] [MQTT5-3.4.2-3] [MQTT5-3.5.2-2] [MQTT5-3.5.2-3] */
static void acknowledgements_are_not_too_large_for_the_server(void)
{
    static char words[64];

    memset(words, 'w', sizeof words);
    for (size_t i = 0; i < 4 * 40; i++) {
        enum mote_qos qos = i % 2 == 0 ? MOTE_QOS_1 : MOTE_QOS_2;
        bool is_user = i / 2 % 2 != 0;
        size_t length = i / 4, full = 6 + (is_user ? 5u : 3u) + length;
        struct mote_property item = {.id = is_user ? MOTE_USER_PROPERTY : MOTE_REASON_STRING, .text = {words, length}};
        const struct mote_properties said = {.items = &item, .count = 1};
        begin_with(MOTE_MAXIMUM_PACKET_SIZE, 30);
        take(qos, 7);
        CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x97, &said),
                    full <= 30 ? MOTE_OK : MOTE_MQTT_PACKET_TOO_LARGE);
        if (full > 30)
            CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x97, NULL), MOTE_OK);
        RIG_EXPECT_SENT_ACK(qos == MOTE_QOS_1 ? MOTE_PUBACK : MOTE_PUBREC, 7, 0x97);
        CHECK_EQUAL(rig.packet.header.size + rig.packet.header.remaining, full <= 30 ? full : 5);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
    }
}

/* More than the length of any packet can say: it is no use to come back later. */
static void an_acknowledgement_larger_than_any_packet(void)
{
    enum { MOST = 268435455, ITEMS = MOST / (2 * 65535) + 1 };
    static char words[65535];
    static struct mote_property items[ITEMS];

    memset(words, 'w', sizeof words);
    for (size_t i = 0; i < ITEMS; i++)
        items[i] = (struct mote_property){
            .id = MOTE_USER_PROPERTY, .text = {words, sizeof words}, .value = {words, sizeof words}};
    begin(MOTE_MQTT_5);
    take(MOTE_QOS_1, 7);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0, &(struct mote_properties){.items = items, .count = ITEMS}),
                MOTE_MQTT_PACKET_TOO_LARGE);
}

/* Only the message that was given last can be, once, and with what belongs there. */
static void acknowledging_what_is_not_there(void)
{
    static char long_topic[2 * RIG_SIZE];
    const struct mote_property alias = {.id = MOTE_TOPIC_ALIAS, .number = 1};
    const struct mote_properties wrong = {.items = &alias, .count = 1};

    memset(long_topic, 't', sizeof long_topic);
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0, NULL), MOTE_CONFIG_INVALID);
    rig_serve_publish(MOTE_QOS_0, 0, "x");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0, NULL), MOTE_CONFIG_INVALID);
    rig_serve_message(&(struct mote_message){
        .topic = {long_topic, sizeof long_topic}, .qos = MOTE_QOS_1, .packet_id = 6}); /* has its answer already */
    RIG_EXPECT(MOTE_EVENT_DROPPED);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0, NULL), MOTE_CONFIG_INVALID);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_BYTES("40 03 0006 97");
    take(MOTE_QOS_1, 7);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0, &wrong), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x80, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x80, NULL), MOTE_CONFIG_INVALID);
    RIG_EXPECT_BYTES("40 03 0007 80");
    rig.output_held = true; /* now the answer to a repetition waits, which is not for the caller */
    take(MOTE_QOS_2, 8);
    RIG_EXPECT_NOTHING();
    while (rig_publish(MOTE_QOS_0, "fills the output", NULL) == MOTE_OK)
        continue;
    while (rig_publish(MOTE_QOS_0, "", NULL) == MOTE_OK)
        continue;
    rig_serve_publish(MOTE_QOS_2, 8, "x");
    RIG_EXPECT_NOTHING();
    CHECK(rig.session.blocked);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x80, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(rig.session.received_used, 1);
}

/* Without room in the output it can be asked for again, and before MQTT 5 there is only yes. */
static void acknowledging_later_and_before_mqtt_5(void)
{
    begin(MOTE_MQTT_5);
    rig.output_held = true;
    take(MOTE_QOS_2, 8);
    while (rig_publish(MOTE_QOS_0, "fills the output", NULL) == MOTE_OK)
        continue;
    while (rig_publish(MOTE_QOS_0, "", NULL) == MOTE_OK)
        continue;
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x83, &(struct mote_properties){.items = reasons, .count = 2}),
                MOTE_MQTT_QUOTA);
    CHECK_EQUAL(rig.session.received_used, 1);
    rig.output_held = false;
    rig_send_output();
    rig.to_server.start = rig.to_server.end = 0;
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x83, NULL), MOTE_OK);
    RIG_EXPECT_BYTES("50 03 0008 83");

    begin(MOTE_MQTT_3_1_1);
    take(MOTE_QOS_1, 7);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x80, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0, NULL), MOTE_OK);
    RIG_EXPECT_BYTES("40 02 0007");
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_NONE_SENT();
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-byte-order-mark-is-kept", a_byte_order_mark_is_kept},
        {"subscription-identifiers-are-told", subscription_identifiers_are_told},
        {"reasons-are-told", reasons_are_told},
        {"an-expired-message-is-acknowledged-to-the-end", an_expired_message_is_acknowledged_to_the_end},
        {"acknowledgements-have-codes-of-their-own", acknowledgements_have_codes_of_their_own},
        {"a-refused-identifier-is-free", a_refused_identifier_is_free},
        {"acknowledgements-have-reasons", acknowledgements_have_reasons},
        {"acknowledgements-are-not-too-large-for-the-server", acknowledgements_are_not_too_large_for_the_server},
        {"an-acknowledgement-larger-than-any-packet", an_acknowledgement_larger_than_any_packet},
        {"acknowledging-what-is-not-there", acknowledging_what_is_not_there},
        {"acknowledging-later-and-before-mqtt-5", acknowledging_later_and_before_mqtt_5},
    };

    return check_main("unit/conformance_receive", cases, COUNT(cases), argc, argv);
}
