/* The way out: publications of every QoS, resent over connections, flow control, aliases, payloads from a source. */
#include "session_rig.h"

static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};
#define VERSIONS (sizeof versions / sizeof versions[0])

#define EXPECT_PUBLISHED(id, code)                                                                                     \
    do {                                                                                                               \
        RIG_EXPECT(MOTE_EVENT_PUBLISHED);                                                                              \
        CHECK_EQUAL(rig.event.packet_id, (id));                                                                        \
        CHECK_EQUAL(rig.event.reason_code, (code));                                                                    \
    } while (0)

static void begin(enum mote_mqtt_version version)
{
    rig_begin(version);
    rig_start();
}

static void begin_with(enum mote_property_id id, uint32_t number)
{
    const struct mote_property limit = {.id = id, .number = number};

    rig_begin(MOTE_MQTT_5);
    rig_use_aliases();
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, &limit, 1);
}

/* --- One message --- */

/* [MQTT5-2.2.1-2] [MQTT5-2.2.2-1] [MQTT5-3.3.1-2] [MQTT5-3.3.1-3] [MQTT5-4.3.1-1] */
static void publish_bytes(void)
{
    struct mote_message message = {.topic = MOTE_TEXT("a/b"), .payload = MOTE_TEXT("hi"), .qos = MOTE_QOS_1};

    begin(MOTE_MQTT_3_1_1);
    message.retain = true;
    message.duplicate = true; /* is not the caller's to say */
    message.packet_id = 99;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    struct mote_text output = mote_session_output(&rig.session);
    CHECK_BYTES(output.data, output.length, "33 09 0003 612f62 0001 6869");
    begin(MOTE_MQTT_5);
    message.qos = MOTE_QOS_0;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    output = mote_session_output(&rig.session);
    CHECK_BYTES(output.data, output.length, "31 08 0003 612f62 00 6869");
}

/* [MQTT3-4.3.2-1] [MQTT5-4.3.2-2] [MQTT5-4.3.2-3] */
static void publish_qos_1(void)
{
    uint16_t id = 0;

    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", &id), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(id, false, "one");
        CHECK_EQUAL(rig.packet.message.qos, MOTE_QOS_1);
        CHECK(!mote_session_is_idle(&rig.session));
        RIG_EXPECT_NOTHING();
        rig_serve_ack(MOTE_PUBACK, id, 0);
        EXPECT_PUBLISHED(id, 0);
        CHECK(mote_session_is_idle(&rig.session));
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
    }
}

/* [MQTT3-2.3.1-6] [MQTT3-4.3.3-1] [MQTT5-2.2.1-5] [MQTT5-4.3.3-2] [MQTT5-4.3.3-4] [MQTT5-4.3.3-5] */
static void publish_qos_2(void)
{
    uint16_t id = 0;

    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        CHECK_EQUAL(rig_publish(MOTE_QOS_2, "two", &id), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(id, false, "two");
        CHECK_EQUAL(rig.packet.message.qos, MOTE_QOS_2);
        rig_serve_ack(MOTE_PUBREC, id, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREL, id, 0);
        rig_serve_ack(MOTE_PUBREC, id, 0); /* a server may repeat it */
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREL, id, 0);
        CHECK(!mote_session_is_idle(&rig.session));
        rig_serve_ack(MOTE_PUBCOMP, id, 0);
        EXPECT_PUBLISHED(id, 0);
        CHECK(mote_session_is_idle(&rig.session));
        RIG_EXPECT_NONE_SENT();
    }
}

static void publish_is_refused(void)
{
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "two", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "three", NULL), MOTE_OK);
    while (rig_sent())
        continue;
    RIG_SERVE("\x40\x08\x00\x01\x87\x04\x1f\x00\x01n"); /* with the reason string "n" */
    rig_serve_ack(MOTE_PUBREC, 2, 0x97);
    rig_serve_ack(MOTE_PUBACK, 3, 0x10);
    EXPECT_PUBLISHED(1, 0x87);
    CHECK_BYTES(rig.event.properties.encoded.data, rig.event.properties.encoded.length, "1f 0001 6e");
    EXPECT_PUBLISHED(2, 0x97);
    EXPECT_PUBLISHED(3, 0x10);
    CHECK(mote_session_is_idle(&rig.session));
    RIG_EXPECT_NONE_SENT();
}

/* [MQTT5-3.3.2-1] [MQTT5-3.3.2-2] [MQTT5-3.3.2-19] [MQTT5-3.3.4-6] [MQTT5-4.7.0-1] [MQTT5-4.7.3-1] */
static void publish_invalid(void)
{
    const struct mote_property alias = {.id = MOTE_TOPIC_ALIAS, .number = 1};
    const struct mote_property identifier = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 1};
    const struct mote_property text = {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("\xff")};
    const struct mote_property type = {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("text/plain")};
    static const char *const topics[] = {"", "a/#", "+", "a\xff"};
    struct mote_message message = {.topic = MOTE_TEXT("t")};
    struct mote_property found;

    begin(MOTE_MQTT_5);
    for (size_t i = 0; i < 4; i++) {
        message.topic = mote_text(topics[i]);
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_CONFIG_INVALID);
    }
    message.topic = MOTE_TEXT("t");
    message.qos = (enum mote_qos)3;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_CONFIG_INVALID);
    message.qos = MOTE_QOS_0;
    message.properties = (struct mote_properties){.items = &alias, .count = 1};
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_CONFIG_INVALID);
    message.properties.items = &identifier;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_CONFIG_INVALID);
    message.properties.items = &text;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_CONFIG_INVALID);
    message.properties.items = &type;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK(mote_properties_find(&rig.packet.message.properties, MOTE_CONTENT_TYPE, &found));
    CHECK_TEXT(found.text, "text/plain");
    RIG_EXPECT_NONE_SENT();
    begin(MOTE_MQTT_3_1_1); /* has no properties */
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
}

/* Every length around the buffers' sizes either goes or is refused for good. */
static void publish_sizes(void)
{
    static char payload[RIG_SIZE];

    memset(payload, 'p', sizeof payload);
    for (int qos = 0; qos < 3; qos++) {
        bool ended = false;
        for (size_t length = 0; length < 300; length++) {
            struct mote_message message = {
                .topic = MOTE_TEXT("t"), .payload = {payload, length}, .qos = (enum mote_qos)qos};
            rig_begin(MOTE_MQTT_5);
            rig_send_size(100);
            rig.config.store_size = 200;
            rig_start();
            enum mote_reason reason = mote_session_publish(&rig.session, &message, NULL);
            CHECK_EQUAL(reason, ended ? MOTE_MQTT_PACKET_TOO_LARGE : reason);
            if (reason == MOTE_OK) {
                RIG_EXPECT_SENT(MOTE_PUBLISH);
                CHECK_EQUAL(rig.packet.message.payload.length, length);
                RIG_EXPECT_NONE_SENT();
                continue;
            }
            CHECK_EQUAL(reason, MOTE_MQTT_PACKET_TOO_LARGE);
            /* 2 + 2 + 1 + 1 bytes more than the payload, 3 with its length in two bytes; 2 for the identifier */
            if (!ended)
                CHECK_EQUAL(length, qos == 0 ? 100 - 4 - 6 + 1 : 200 - 9 + 1);
            ended = true;
        }
    }
}

static void publish_without_memory(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.inflight_count = 0;
    rig_start();
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "x", NULL), MOTE_OK);
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.store = NULL;
    rig.config.store_size = 0;
    rig_start();
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_MQTT_PACKET_TOO_LARGE);
}

/* --- Many messages --- */

static void output_full(void)
{
    unsigned taken = 0;

    rig_begin(MOTE_MQTT_3_1_1);
    rig_send_size(64);
    rig_start();
    rig.output_held = true;
    while (rig_publish(MOTE_QOS_0, "0123456789", NULL) == MOTE_OK)
        taken++;
    CHECK_EQUAL(taken, (64 - 4) / 19);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "0123456789", NULL), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "kept", NULL), MOTE_OK);
    rig.output_held = false;
    for (unsigned i = 0; i < taken; i++)
        RIG_EXPECT_SENT_PUBLISH(0, false, "0123456789");
    RIG_EXPECT_SENT_PUBLISH(1, false, "kept");
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "0123456789", NULL), MOTE_OK);
}

static void inflight_full(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.inflight_count = 3;
    rig_start();
    for (uint16_t id = 1; id <= 3; id++)
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_MQTT_QUOTA);
    while (rig_sent())
        continue;
    for (uint16_t id = 1; id < 200; id++) {
        uint16_t next = 0;
        rig_serve_ack(MOTE_PUBACK, id, 0);
        EXPECT_PUBLISHED(id, 0);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", &next), MOTE_OK);
        CHECK_EQUAL(next, id + 3);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_MQTT_QUOTA);
        RIG_EXPECT_SENT_PUBLISH(next, false, "x");
    }
}

/* The store turns round: messages of all sizes, acknowledged in and out of order, arrive unharmed. */
static void store_turns_round(void)
{
    static char payload[120];
    uint16_t waiting[RIG_INFLIGHT];
    size_t count = 0, full = 0;
    uint32_t random = 12345;

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.store_size = 300;
    rig_start();
    for (unsigned round = 0; round < 3000; round++) {
        random = random * 1664525u + 1013904223u;
        size_t length = random >> 16 & 63;
        uint16_t id = 0;
        memset(payload, 'a' + (int)(round % 26), length);
        struct mote_message message = {.topic = MOTE_TEXT("t"), .payload = {payload, length}, .qos = MOTE_QOS_1};
        enum mote_reason reason = mote_session_publish(&rig.session, &message, &id);
        if (reason == MOTE_OK) {
            RIG_EXPECT_SENT(MOTE_PUBLISH);
            CHECK_EQUAL(rig.packet.message.payload.length, length);
            CHECK(length == 0 || memcmp(rig.packet.message.payload.data, payload, length) == 0);
            waiting[count++] = id;
        }
        full += reason != MOTE_OK;
        if (reason == MOTE_OK && (random & 3) != 0)
            continue;
        CHECK(reason == MOTE_OK || reason == MOTE_MQTT_QUOTA);
        if (count == 0)
            continue;
        size_t which = (random >> 8 & 7) == 0 ? count - 1 : 0;
        rig_serve_ack(MOTE_PUBACK, waiting[which], 0);
        EXPECT_PUBLISHED(waiting[which], 0);
        count--;
        memmove(&waiting[which], &waiting[which + 1], (count - which) * sizeof waiting[0]);
    }
    CHECK(full > 100);
}

/* What lies in the store while others come and go is not touched by them. */
static void store_keeps_what_waits(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.store_size = 100;
    rig_start();
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "first message", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "second", NULL), MOTE_OK);
    for (int i = 0; i < 20; i++)
        (void)rig_publish(MOTE_QOS_1, i % 2 == 0 ? "xxxxxxxx" : "yyy", NULL);
    rig_serve_ack(MOTE_PUBACK, 2, 0);
    EXPECT_PUBLISHED(2, 0);
    for (int i = 0; i < 20; i++)
        (void)rig_publish(MOTE_QOS_1, "zzzzz", NULL);
    rig_reconnect(true);
    RIG_EXPECT_SENT_PUBLISH(1, true, "first message");
}

/* --- Packet identifiers --- */

/* Once around, with four publications and a request open all the time.
 * [MQTT3-2.3.1-1] [MQTT3-2.3.1-2] [MQTT3-4.3.2-1] [MQTT3-4.3.3-1] */
static void ids_skip_those_in_use(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};
    uint16_t id = 0, open[5];

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.first_packet_id = 65533;
    rig_start();
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(rig_publish(MOTE_QOS_2, "stuck", &open[i]), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, &open[3]), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "stuck", &open[4]), MOTE_OK);
    CHECK_EQUAL(open[0], 65533);
    CHECK_EQUAL(open[2], 65535);
    CHECK_EQUAL(open[3], 1);
    CHECK_EQUAL(open[4], 2);
    while (rig_sent())
        continue;
    for (unsigned round = 0; round < 2; round++) {
        for (uint16_t expected = 3; expected < 65533; expected++) {
            CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, &id), MOTE_OK);
            CHECK_EQUAL(id, expected);
            RIG_EXPECT_SENT(MOTE_UNSUBSCRIBE);
            rig_serve_reply(MOTE_UNSUBACK, id, MOTE_TEXT("\0"));
            RIG_EXPECT(MOTE_EVENT_UNSUBSCRIBED);
        }
    }
    rig_serve_ack(MOTE_PUBREC, 65534, 0);
    rig_serve_ack(MOTE_PUBCOMP, 65534, 0);
    EXPECT_PUBLISHED(65534, 0);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", &id), MOTE_OK);
    CHECK_EQUAL(id, 65534);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", &id), MOTE_OK);
    CHECK_EQUAL(id, 3);
}

static void ids_in_a_long_ring(void)
{
    enum { COUNT = 300 };
    static struct mote_inflight inflight[COUNT];
    static uint8_t store[COUNT * 12];
    uint16_t id = 0;

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.inflight = inflight;
    rig.config.inflight_count = COUNT;
    rig.config.store = store;
    rig.config.store_size = sizeof store;
    rig.config.first_packet_id = 65400;
    rig_start();
    for (unsigned i = 0; i < COUNT; i++) {
        CHECK_EQUAL(rig_publish(i % 3 == 0 ? MOTE_QOS_2 : MOTE_QOS_1, "", &id), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(id, false, "");
        CHECK_EQUAL(id, i < 136 ? 65400 + i : i - 135);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned which = i % 2 == 0 ? i : COUNT - i; /* from both ends */
        id = (uint16_t)(which < 136 ? 65400 + which : which - 135);
        if (which % 3 == 0) {
            rig_serve_ack(MOTE_PUBREC, id, 0);
            rig_serve_ack(MOTE_PUBCOMP, id, 0);
        } else {
            rig_serve_ack(MOTE_PUBACK, id, 0);
        }
        EXPECT_PUBLISHED(id, 0);
        while (rig_sent())
            continue;
    }
    CHECK_EQUAL(rig.session.counters.unexpected, 0);
    CHECK(mote_session_is_idle(&rig.session));
}

/* --- Acknowledgements that do not fit --- */

static void acks_of_the_unknown(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(1, false, "x");
        rig_serve_ack(MOTE_PUBACK, 2, 0);
        rig_serve_ack(MOTE_PUBCOMP, 2, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
        rig_serve_ack(MOTE_PUBREC, 2, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, versions[i] == MOTE_MQTT_5 ? 0x92 : 0);
        CHECK_EQUAL(rig.session.counters.unexpected, 3);
        rig_serve_ack(MOTE_PUBACK, 1, 0);
        EXPECT_PUBLISHED(1, 0);
        rig_serve_ack(MOTE_PUBACK, 1, 0);
        RIG_EXPECT_NOTHING();
        CHECK_EQUAL(rig.session.counters.unexpected, 4);
    }
}

/* Kept, but not sent, it cannot be acknowledged. */
static void acks_of_the_unsent(void)
{
    begin_with(MOTE_RECEIVE_MAXIMUM, 1);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "a", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "b", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "a");
    rig_serve_ack(MOTE_PUBACK, 2, 0);
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(rig.session.counters.unexpected, 1);
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    EXPECT_PUBLISHED(1, 0);
    RIG_EXPECT_SENT_PUBLISH(2, false, "b");
}

/* [MQTT3-4.8.0-1] */
static void acks_of_the_wrong_kind(void)
{
    static const struct {
        enum mote_qos qos;
        enum mote_packet_type type;
    } cases[] = {
        {MOTE_QOS_1, MOTE_PUBREC}, {MOTE_QOS_1, MOTE_PUBCOMP}, {MOTE_QOS_2, MOTE_PUBACK}, {MOTE_QOS_2, MOTE_PUBCOMP}};

    for (size_t v = 0; v < VERSIONS; v++) {
        for (size_t i = 0; i < 4; i++) {
            begin(versions[v]);
            CHECK_EQUAL(rig_publish(cases[i].qos, "x", NULL), MOTE_OK);
            RIG_EXPECT_SENT_PUBLISH(1, false, "x");
            rig_serve_ack(cases[i].type, 1, 0);
            RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
            rig_reconnect(true);
            RIG_EXPECT_SENT_PUBLISH(1, true, "x"); /* nothing is lost by it */
        }
    }
}

/* --- Over connections --- */

/* Six messages in all states. */
static void leave_six(enum mote_mqtt_version version, bool keep_session)
{
    static const enum mote_qos qos[] = {MOTE_QOS_1, MOTE_QOS_2, MOTE_QOS_2, MOTE_QOS_1, MOTE_QOS_2, MOTE_QOS_1};
    static const char *const payloads[] = {"one", "two", "three", "four", "five", "six"};

    rig_begin(version);
    rig.config.keep_session = keep_session;
    rig_start();
    for (size_t i = 0; i < 6; i++) {
        CHECK_EQUAL(rig_publish(qos[i], payloads[i], NULL), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(i + 1, false, payloads[i]);
    }
    rig_serve_ack(MOTE_PUBREC, 2, 0);
    rig_serve_ack(MOTE_PUBACK, 4, 0);
    EXPECT_PUBLISHED(4, 0);
    rig_send_output();
}

/* [MQTT3-2.3.1-3] [MQTT3-3.1.2-4] [MQTT3-3.3.1-1] [MQTT3-4.1.0-1] [MQTT3-4.3.3-1] [MQTT3-4.4.0-1]
 * [MQTT3-4.6.0-1] [MQTT5-3.1.2-23] [MQTT5-3.3.1-1] [MQTT5-4.3.3-3] [MQTT5-4.3.3-5] [MQTT5-4.3.3-6]
 * [MQTT5-4.4.0-1] [MQTT5-4.6.0-1] */
static void resend_in_order(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        leave_six(versions[i], true);
        for (int connections = 0; connections < 3; connections++) {
            rig_reconnect(true);
            CHECK(!rig.event.session_lost);
            RIG_EXPECT_SENT_PUBLISH(1, true, "one");
            RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, 0);
            RIG_EXPECT_SENT_PUBLISH(3, true, "three");
            RIG_EXPECT_SENT_PUBLISH(5, true, "five");
            RIG_EXPECT_SENT_PUBLISH(6, true, "six");
            RIG_EXPECT_NONE_SENT();
        }
        CHECK_EQUAL(rig.session.counters.resent, 12);
        rig_serve_ack(MOTE_PUBCOMP, 2, versions[i] == MOTE_MQTT_5 ? 0x92 : 0); /* it was through with it before */
        EXPECT_PUBLISHED(2, 0);
        rig_serve_ack(MOTE_PUBACK, 6, 0);
        EXPECT_PUBLISHED(6, 0);
        rig_serve_ack(MOTE_PUBACK, 1, 0);
        EXPECT_PUBLISHED(1, 0);
        rig_serve_ack(MOTE_PUBREC, 3, 0);
        rig_serve_ack(MOTE_PUBREC, 5, 0);
        rig_serve_ack(MOTE_PUBCOMP, 3, 0);
        rig_serve_ack(MOTE_PUBCOMP, 5, 0);
        EXPECT_PUBLISHED(3, 0);
        EXPECT_PUBLISHED(5, 0);
        CHECK(mote_session_is_idle(&rig.session) || rig_sent());
    }
}

/* A new session of the server's knows nothing of them.
 * [MQTT3-3.1.2-6] [MQTT5-3.1.2-4] [MQTT5-3.2.2-5] */
static void resend_as_new(void)
{
    static const enum mote_mqtt_version with_flag[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

    for (size_t i = 0; i < 4; i++) {
        bool keeps = i < 2;
        leave_six(with_flag[i % 2], keeps);
        rig_reconnect(false);
        CHECK_EQUAL(rig.event.session_lost, keeps);
        RIG_EXPECT_SENT_PUBLISH(1, false, "one");
        RIG_EXPECT_SENT_PUBLISH(2, false, "two");
        RIG_EXPECT_SENT_PUBLISH(3, false, "three");
        RIG_EXPECT_SENT_PUBLISH(5, false, "five");
        RIG_EXPECT_SENT_PUBLISH(6, false, "six");
        RIG_EXPECT_NONE_SENT();
        rig_serve_ack(MOTE_PUBREC, 2, 0);
        rig_serve_ack(MOTE_PUBCOMP, 2, 0);
        EXPECT_PUBLISHED(2, 0);
    }
}

/* What was only handed in, or is only half out, has not been sent before; what is out as a whole has. */
static void resend_what_was_cut_short(void)
{
    for (size_t cut = 0; cut <= 24; cut++) {
        begin(MOTE_MQTT_3_1_1);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", NULL), MOTE_OK);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "two", NULL), MOTE_OK);
        struct mote_text output = mote_session_output(&rig.session);
        CHECK_EQUAL(output.length, 24 + 4);
        mote_session_sent(&rig.session, cut, rig.now_ms);
        rig_reconnect(true);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_TEXT(rig.packet.message.payload, "one");
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_TEXT(rig.packet.message.payload, "two");
        RIG_EXPECT_NONE_SENT();
    }
}

/* A PUBREC that has come must never lead back to a PUBLISH, even if the PUBREL did not get out. [MQTT-4.3.3-6]
 * [MQTT5-4.3.3-4] [MQTT5-4.3.3-6] */
static void resend_pubrel_that_did_not_get_out(void)
{
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "x");
    rig.output_held = true;
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT_NOTHING();
    rig.output_held = false;
    rig_reconnect(true);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_NONE_SENT();
}

/* New publications keep behind those that wait to be sent again. */
static void resend_before_what_is_new(void)
{
    begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "old", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "old");
    mote_session_closed(&rig.session);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "offline", NULL), MOTE_OK);
    rig_open();
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "early", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "zero", NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_CONNECT);
    RIG_EXPECT_SENT_PUBLISH(0, false, "zero");
    RIG_EXPECT_NONE_SENT();
    rig_serve_connack(true, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "new", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, true, "old");
    RIG_EXPECT_SENT_PUBLISH(2, false, "offline");
    RIG_EXPECT_SENT_PUBLISH(3, false, "early");
    RIG_EXPECT_SENT_PUBLISH(4, false, "new");
    RIG_EXPECT_NONE_SENT();
}

/* Sent along with the CONNECT they are part of the server's new session. */
static void resend_not_what_was_early(void)
{
    begin(MOTE_MQTT_3_1_1);
    mote_session_closed(&rig.session);
    rig_open();
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "early", NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_CONNECT);
    RIG_EXPECT_SENT_PUBLISH(1, false, "early");
    rig_serve_connack(false, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    CHECK(rig.event.session_lost);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
}

/* A server that acknowledges what has not been sent again yet is taken at its word. */
static void resend_not_what_is_acknowledged(void)
{
    const struct mote_property one = {.id = MOTE_RECEIVE_MAXIMUM, .number = 1};

    leave_six(MOTE_MQTT_5, true);
    mote_session_closed(&rig.session);
    rig_connect_with(true, &one, 1);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, 0); /* counts already, so that no PUBLISH may go */
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    EXPECT_PUBLISHED(1, 0);
    rig_serve_ack(MOTE_PUBREC, 3, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 3, 0);
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBCOMP, 3, 0);
    rig_serve_ack(MOTE_PUBCOMP, 2, 0);
    EXPECT_PUBLISHED(3, 0);
    EXPECT_PUBLISHED(2, 0);
    RIG_EXPECT_SENT_PUBLISH(5, true, "five");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBREC, 5, 0);
    rig_serve_ack(MOTE_PUBCOMP, 5, 0);
    EXPECT_PUBLISHED(5, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 5, 0);
    RIG_EXPECT_SENT_PUBLISH(6, true, "six");
}

/* --- Flow control --- */

/* [MQTT5-3.3.4-7] [MQTT5-4.9.0-2] */
static void quota_of_one(void)
{
    begin_with(MOTE_RECEIVE_MAXIMUM, 1);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "a", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "b", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "c", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "zero", NULL), MOTE_OK); /* is not counted */
    RIG_EXPECT_SENT_PUBLISH(1, false, "a");
    RIG_EXPECT_SENT_PUBLISH(0, false, "zero");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBCOMP, 1, 0);
    EXPECT_PUBLISHED(1, 0);
    RIG_EXPECT_SENT_PUBLISH(2, false, "b");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 2, 0x97);
    EXPECT_PUBLISHED(2, 0x97);
    RIG_EXPECT_SENT_PUBLISH(3, false, "c");
    rig_serve_ack(MOTE_PUBREC, 3, 0x80); /* ends the exchange */
    EXPECT_PUBLISHED(3, 0x80);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "d", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(4, false, "d");
}

/* [MQTT5-3.3.4-7] [MQTT5-4.9.0-2] */
static void quota_is_used_up(void)
{
    begin_with(MOTE_RECEIVE_MAXIMUM, 5);
    for (int i = 0; i < 12; i++)
        CHECK_EQUAL(rig_publish(i % 2 == 0 ? MOTE_QOS_1 : MOTE_QOS_2, "x", NULL), MOTE_OK);
    for (uint16_t id = 1; id <= 5; id++)
        RIG_EXPECT_SENT_PUBLISH(id, false, "x");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 5, 0);
    EXPECT_PUBLISHED(5, 0);
    RIG_EXPECT_SENT_PUBLISH(6, false, "x");
    RIG_EXPECT_NONE_SENT();
    rig_reconnect(true); /* now without a limit */
    for (uint16_t id = 1; id <= 12; id++) {
        if (id == 5)
            continue;
        RIG_EXPECT_SENT_PUBLISH(id, id <= 6, "x");
    }
}

/* --- Topic aliases --- */

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
    begin_with(MOTE_TOPIC_ALIAS_MAXIMUM, 2);
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
    begin_with(MOTE_TOPIC_ALIAS_MAXIMUM, 10);
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

/* --- Payloads from a source --- */

struct counter {
    uint32_t pieces;
    size_t most;      /* given at once */
    uint32_t ends_at; /* has nothing from here on */
};

static char byte_at(uint32_t offset)
{
    return (char)(offset * 7 + (offset >> 8));
}

static size_t read_counter(void *context, uint32_t offset, void *into, size_t size)
{
    struct counter *counter = context;
    char *bytes = into;

    CHECK(size > 0);
    counter->pieces++;
    size = rig_least(size, counter->most);
    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_at(offset + (uint32_t)i);
    return offset >= counter->ends_at ? 0 : size;
}

static void stream_all_qos(void)
{
    struct counter counter = {.most = 50, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 5000};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    for (int qos = 0; qos < 3; qos++) {
        for (size_t step = 1; step < 200; step += 33) {
            rig_begin(MOTE_MQTT_3_1_1);
            rig_send_size(64);
            rig_start();
            rig.to_server.step = step;
            message.qos = (enum mote_qos)qos;
            CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
            RIG_EXPECT_SENT(MOTE_PUBLISH);
            CHECK_EQUAL(rig.packet.message.payload.length, 5000);
            for (uint32_t i = 0; i < 5000; i++)
                CHECK_EQUAL(rig.packet.message.payload.data[i], byte_at(i));
            RIG_EXPECT_NONE_SENT();
            CHECK_EQUAL(mote_session_is_idle(&rig.session), qos == 0);
        }
    }
}

static void stream_a_megabyte(void)
{
    struct counter counter = {.most = SIZE_MAX, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 1 << 20};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source, .qos = MOTE_QOS_2};
    uint32_t got = 0;

    rig_begin(MOTE_MQTT_3_1_1);
    rig_send_size(512);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    size_t skip = 1 + 3 + 2 + 1 + 2;
    while (got < source.size) {
        struct mote_text output = mote_session_output(&rig.session);
        CHECK(output.length > skip);
        for (size_t i = skip; i < output.length; i++)
            CHECK_EQUAL(output.data[i], byte_at(got++));
        skip = 0;
        mote_session_sent(&rig.session, output.length, rig.now_ms);
    }
    RIG_EXPECT_NONE_SENT();
    CHECK(counter.pieces < (1 << 20) / 200);
}

/* While a payload goes out nothing else does, and what comes in waits; nothing of it is lost. */
static void stream_holds_back(void)
{
    struct counter counter = {.most = SIZE_MAX, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 3000};
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source, .qos = MOTE_QOS_1};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(128);
    rig_receive_size(64);
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, NULL, 0);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "before", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "before");
    rig.output_held = true;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    (void)mote_session_output(&rig.session);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "x", NULL), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "behind", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    rig_serve_publish(MOTE_QOS_0, 0, "zero");
    rig_serve_publish(MOTE_QOS_1, 10, "in 1");
    for (uint16_t id = 11; id < 16; id++)
        rig_serve_publish(MOTE_QOS_1, id, "in more");
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_TEXT(rig.event.message.payload, "zero");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_TEXT(rig.event.message.payload, "in 1");
    RIG_EXPECT_NOTHING();
    size_t room = 1;
    mote_session_receive_space(&rig.session, &room);
    CHECK_EQUAL(room, 0);
    rig.output_held = false;
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(rig.event.message.packet_id, 11);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.payload.length, 3000);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    RIG_EXPECT_SENT_PUBLISH(3, false, "behind");
    RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 10, 0);
    for (uint16_t id = 12; id < 16; id++) {
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        CHECK_EQUAL(rig.event.message.packet_id, id);
        RIG_EXPECT_SENT_ACK(MOTE_PUBACK, id - 1, 0);
    }
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 15, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_NONE_SENT();
}

/* Even a stream that takes longer than the keep-alive and the time for a PINGRESP does not end a link that moves. */
static void stream_outlasts_keep_alive(void)
{
    struct counter counter = {.most = SIZE_MAX, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 2000};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.keep_alive_s = 10;
    rig_send_size(64);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_SERVE("\x40\x02\x00\x63"); /* of no meaning */
    while (rig_pipe_size(&rig.to_server) < 2000) {
        struct mote_text output = mote_session_output(&rig.session);
        rig_pipe_put(&rig.to_server, output.data, 1);
        mote_session_sent(&rig.session, 1, rig.now_ms);
        rig.now_ms += 500;
        CHECK(!mote_session_next(&rig.session, rig.now_ms, &rig.event));
    }
    /* Once it no longer moves, it does. */
    rig.output_held = true;
    CHECK(rig_wait_until(rig.now_ms + 10000));
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
}

/* [MQTT5-4.3.3-6] */
static void stream_again_after_reconnect(void)
{
    struct counter counter = {.most = 100, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 1000};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source, .qos = MOTE_QOS_2};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(128);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    struct mote_text output = mote_session_output(&rig.session);
    mote_session_sent(&rig.session, output.length, rig.now_ms);
    output = mote_session_output(&rig.session);
    mote_session_sent(&rig.session, output.length / 2, rig.now_ms);
    rig_reconnect(true);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK(rig.packet.message.duplicate);
    CHECK_EQUAL(rig.packet.message.payload.length, 1000);
    CHECK_EQUAL(rig.packet.message.payload.data[999], byte_at(999));
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    uint32_t pieces = counter.pieces;
    rig_reconnect(true);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    CHECK_EQUAL(counter.pieces, pieces); /* no longer needed */
}

static void stream_fails(void)
{
    struct counter counter = {.most = 100, .ends_at = 400};
    const struct mote_source source = {read_counter, &counter, 1000};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    for (int closing = 0; closing < 2; closing++) {
        rig_begin(MOTE_MQTT_5);
        rig_send_size(128);
        rig_start();
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        if (closing)
            mote_session_close(&rig.session, 0, NULL);
        rig.to_server.step = 50;
        RIG_EXPECT(MOTE_EVENT_FAILED);
        CHECK_EQUAL(rig.event.reason, MOTE_MQTT_PROTOCOL);
        CHECK_EQUAL(mote_session_output(&rig.session).length, 0);
        CHECK(rig_pipe_size(&rig.to_server) < 600);
        RIG_EXPECT_NOTHING();
    }
}

/* The end of the connection waits for the end of the payload. */
static void stream_then_close(void)
{
    struct counter counter = {.most = 100, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 1000};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(128);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    mote_session_close(&rig.session, 4, NULL);
    CHECK(!mote_session_is_idle(&rig.session));
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.payload.length, 1000);
    RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, 4);
    RIG_EXPECT_NONE_SENT();
    CHECK(mote_session_is_idle(&rig.session));
}

/* An acknowledgement of what is not out yet is a lie. */
static void stream_acknowledged_too_soon(void)
{
    struct counter counter = {.most = 100, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 1000};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source, .qos = MOTE_QOS_1};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(128);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    (void)mote_session_output(&rig.session);
    rig.output_held = true;
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT(MOTE_EVENT_FAILED);
    CHECK_EQUAL(rig.event.reason_code, 0x82);
    CHECK_EQUAL(mote_session_output(&rig.session).length, 0); /* a DISCONNECT would be taken for payload */
    rig.output_held = false;
    rig_reconnect(true);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.payload.length, 1000);
}

/* [MQTT5-3.2.2-15] */
static void stream_limits(void)
{
    struct counter counter = {.most = 100, .ends_at = UINT32_MAX};
    struct mote_source source = {read_counter, &counter, 1000};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    begin_with(MOTE_MAXIMUM_PACKET_SIZE, 1000);
    for (int qos = 0; qos < 3; qos++) {
        message.qos = (enum mote_qos)qos;
        source.size = 1000 - (qos == 0 ? 7 : 9) + 1;
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
        source.size--;
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_EQUAL(rig.packet.header.size + rig.packet.header.remaining, 1000);
    }
    source.size = 0;
    message.qos = MOTE_QOS_0;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.payload.length, 0);
    source.size = 268435456;
    begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    message.qos = MOTE_QOS_1;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
}

/* From memory, too, what is kept may be larger than the send buffer. */
static void stream_from_the_store(void)
{
    static char payload[700];

    memset(payload, 'm', sizeof payload);
    for (size_t step = 1; step < 130; step += 16) {
        const struct mote_message message = {
            .topic = MOTE_TEXT("s"), .payload = {payload, sizeof payload}, .qos = MOTE_QOS_1};
        rig_begin(MOTE_MQTT_3_1_1);
        rig_send_size(64);
        rig_start();
        rig.to_server.step = step;
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "next", NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_EQUAL(rig.packet.message.payload.length, 700);
        CHECK(memcmp(rig.packet.message.payload.data, payload, 700) == 0);
        RIG_EXPECT_SENT_PUBLISH(2, false, "next");
        rig_reconnect(true);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK(rig.packet.message.duplicate);
        CHECK_EQUAL(rig.packet.message.payload.length, 700);
        RIG_EXPECT_SENT_PUBLISH(2, true, "next");
    }
}

/* --- Requests --- */

static void requests_at_once(void)
{
    const struct mote_filter filters[] = {{.topic = MOTE_TEXT("a")}, {.topic = MOTE_TEXT("b/#"), .qos = MOTE_QOS_2}};
    uint16_t ids[MOTE_REQUESTS_MAX];

    for (size_t v = 0; v < VERSIONS; v++) {
        begin(versions[v]);
        for (size_t i = 0; i < MOTE_REQUESTS_MAX; i++) {
            enum mote_packet_type type = i % 2 == 0 ? MOTE_SUBSCRIBE : MOTE_UNSUBSCRIBE;
            CHECK_EQUAL(i % 2 == 0 ? mote_session_subscribe(&rig.session, filters, 2, NULL, &ids[i])
                                   : mote_session_unsubscribe(&rig.session, filters, 2, NULL, &ids[i]),
                        MOTE_OK);
            RIG_EXPECT_SENT(type);
            CHECK_EQUAL(rig.packet.request.packet_id, ids[i]);
            CHECK_EQUAL(rig.packet.request.count, 2);
        }
        CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 1, NULL, NULL), MOTE_MQTT_QUOTA);
        rig_serve_reply(MOTE_UNSUBACK, ids[1], MOTE_TEXT("\x00\x11"));
        RIG_EXPECT(MOTE_EVENT_UNSUBSCRIBED);
        CHECK_EQUAL(rig.event.packet_id, ids[1]);
        CHECK_EQUAL(rig.event.codes.length, versions[v] == MOTE_MQTT_5 ? 2 : 0);
        rig_serve_reply(MOTE_SUBACK, ids[2], MOTE_TEXT("\x80\x02"));
        RIG_EXPECT(MOTE_EVENT_SUBSCRIBED);
        CHECK_EQUAL(rig.event.packet_id, ids[2]);
        CHECK_BYTES(rig.event.codes.data, rig.event.codes.length, "80 02");
        CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 1, NULL, NULL), MOTE_OK);
        rig_reconnect(true);
        for (size_t i = 0; i < MOTE_REQUESTS_MAX; i++)
            CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 1, NULL, NULL), MOTE_OK);
    }
}

/* [MQTT5-3.8.3-1] [MQTT5-3.8.3-2] [MQTT5-3.8.3-4] [MQTT5-3.10.3-1] [MQTT5-4.7.1-1] [MQTT5-4.7.1-2]
 * [MQTT5-4.7.3-1] [MQTT5-4.8.2-1] [MQTT5-4.8.2-2] */
static void requests_invalid(void)
{
    struct mote_filter filter = {.topic = MOTE_TEXT("a")};
    const struct mote_property expiry = {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 1};
    const struct mote_properties wrong = {.items = &expiry, .count = 1};
    static const char *const filters[] = {"", "a#", "a/#/b", "+a", "\xff", "$share//a", "$share/g"};
    static struct mote_filter many[100];

    begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 0, NULL, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, &wrong, NULL), MOTE_CONFIG_INVALID);
    for (size_t i = 0; i < 7; i++) {
        filter.topic = mote_text(filters[i]);
        CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_CONFIG_INVALID);
    }
    filter = (struct mote_filter){.topic = MOTE_TEXT("a"), .qos = (enum mote_qos)3};
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_CONFIG_INVALID);
    filter = (struct mote_filter){.topic = MOTE_TEXT("a"), .retain_handling = 3};
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_CONFIG_INVALID);
    filter = (struct mote_filter){.topic = MOTE_TEXT("$share/g/a"), .no_local = true};
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_CONFIG_INVALID);
    for (size_t i = 0; i < 100; i++)
        many[i].topic = MOTE_TEXT("a/filter/of/some/length");
    CHECK_EQUAL(mote_session_subscribe(&rig.session, many, 100, NULL, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, many, 38, NULL, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, many, 38, NULL, NULL), MOTE_MQTT_QUOTA);
    RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, many, 38, NULL, NULL), MOTE_OK);
    rig.config.received_count = 0;
    filter = (struct mote_filter){.topic = MOTE_TEXT("a"), .qos = MOTE_QOS_2};
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_CONFIG_INVALID);
}

/* [MQTT3-2.3.1-7] [MQTT3-3.8.4-2] [MQTT3-3.8.4-5] [MQTT3-3.10.4-4] [MQTT5-2.2.1-6] [MQTT5-3.8.4-2]
 * [MQTT5-3.8.4-6] [MQTT5-3.10.4-5] */
static void requests_answered_wrongly(void)
{
    const struct mote_filter filters[] = {{.topic = MOTE_TEXT("a")}, {.topic = MOTE_TEXT("b")}};
    static const struct {
        enum mote_packet_type asked;
        enum mote_packet_type answered;
        uint16_t id;
        struct mote_text codes;
    } cases[] = {
        {MOTE_SUBSCRIBE, MOTE_SUBACK, 1, {"\0", 1}},     {MOTE_SUBSCRIBE, MOTE_SUBACK, 1, {"\0\0\0", 3}},
        {MOTE_SUBSCRIBE, MOTE_SUBACK, 2, {"\0\0", 2}},   {MOTE_SUBSCRIBE, MOTE_UNSUBACK, 1, {"\0\0", 2}},
        {MOTE_UNSUBSCRIBE, MOTE_SUBACK, 1, {"\0\0", 2}}, {MOTE_UNSUBSCRIBE, MOTE_UNSUBACK, 2, {"\0\0", 2}},
        {MOTE_UNSUBSCRIBE, MOTE_UNSUBACK, 1, {"\0", 1}}, {MOTE_UNSUBSCRIBE, MOTE_UNSUBACK, 1, {"\0\0\0", 3}},
    };

    for (size_t v = 0; v < VERSIONS; v++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            if (versions[v] != MOTE_MQTT_5 && i >= 6)
                continue; /* has no codes */
            begin(versions[v]);
            CHECK_EQUAL(cases[i].asked == MOTE_SUBSCRIBE
                            ? mote_session_subscribe(&rig.session, filters, 2, NULL, NULL)
                            : mote_session_unsubscribe(&rig.session, filters, 2, NULL, NULL),
                        MOTE_OK);
            RIG_EXPECT_SENT(cases[i].asked);
            rig_serve_reply(cases[i].answered, cases[i].id, cases[i].codes);
            RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"publish_bytes", publish_bytes},
        {"publish_qos_1", publish_qos_1},
        {"publish_qos_2", publish_qos_2},
        {"publish_is_refused", publish_is_refused},
        {"publish_invalid", publish_invalid},
        {"publish_sizes", publish_sizes},
        {"publish_without_memory", publish_without_memory},
        {"output_full", output_full},
        {"inflight_full", inflight_full},
        {"store_turns_round", store_turns_round},
        {"store_keeps_what_waits", store_keeps_what_waits},
        {"ids_skip_those_in_use", ids_skip_those_in_use},
        {"ids_in_a_long_ring", ids_in_a_long_ring},
        {"acks_of_the_unknown", acks_of_the_unknown},
        {"acks_of_the_unsent", acks_of_the_unsent},
        {"acks_of_the_wrong_kind", acks_of_the_wrong_kind},
        {"resend_in_order", resend_in_order},
        {"resend_as_new", resend_as_new},
        {"resend_what_was_cut_short", resend_what_was_cut_short},
        {"resend_pubrel_that_did_not_get_out", resend_pubrel_that_did_not_get_out},
        {"resend_before_what_is_new", resend_before_what_is_new},
        {"resend_not_what_was_early", resend_not_what_was_early},
        {"resend_not_what_is_acknowledged", resend_not_what_is_acknowledged},
        {"quota_of_one", quota_of_one},
        {"quota_is_used_up", quota_is_used_up},
        {"alias_ring", alias_ring},
        {"alias_ends_with_connection", alias_ends_with_connection},
        {"alias_of_a_packet_that_did_not_fit", alias_of_a_packet_that_did_not_fit},
        {"stream_all_qos", stream_all_qos},
        {"stream_a_megabyte", stream_a_megabyte},
        {"stream_holds_back", stream_holds_back},
        {"stream_outlasts_keep_alive", stream_outlasts_keep_alive},
        {"stream_again_after_reconnect", stream_again_after_reconnect},
        {"stream_fails", stream_fails},
        {"stream_then_close", stream_then_close},
        {"stream_acknowledged_too_soon", stream_acknowledged_too_soon},
        {"stream_limits", stream_limits},
        {"stream_from_the_store", stream_from_the_store},
        {"requests_at_once", requests_at_once},
        {"requests_invalid", requests_invalid},
        {"requests_answered_wrongly", requests_answered_wrongly},
    };

    return check_main("unit/session_publish", cases, sizeof cases / sizeof cases[0], argc, argv);
}
