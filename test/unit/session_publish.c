/* The way out: publications of every QoS, many at once, their identifiers; acknowledgements that do not fit. */
#include "session_rig.h"

/* --- One message --- */

/* [MQTT5-2.2.1-2] [MQTT5-2.2.2-1] [MQTT5-3.3.1-2] [MQTT5-3.3.1-3] [MQTT5-4.3.1-1] */
static void publish_bytes(void)
{
    struct mote_message message = {.topic = MOTE_TEXT("a/b"), .payload = MOTE_TEXT("hi"), .qos = MOTE_QOS_1};

    rig_up(MOTE_MQTT_3_1_1);
    message.retain = true;
    message.duplicate = true; /* is not the caller's to say */
    message.packet_id = 99;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    struct mote_text output = mote_session_output(&rig.session);
    CHECK_BYTES(output.data, output.length, "33 09 0003 612f62 0001 6869");
    rig_up(MOTE_MQTT_5);
    message.qos = MOTE_QOS_0;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    output = mote_session_output(&rig.session);
    CHECK_BYTES(output.data, output.length, "31 08 0003 612f62 00 6869");
}

/* [MQTT3-4.3.2-1] [MQTT5-4.3.2-2] [MQTT5-4.3.2-3] */
static void publish_qos_1(void)
{
    uint16_t id = 0;

    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_up(rig_versions[i]);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", &id), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(id, false, "one");
        CHECK_EQUAL(rig.packet.message.qos, MOTE_QOS_1);
        CHECK(!mote_session_is_idle(&rig.session));
        RIG_EXPECT_NOTHING();
        rig_serve_ack(MOTE_PUBACK, id, 0);
        RIG_EXPECT_PUBLISHED(id, 0);
        CHECK(mote_session_is_idle(&rig.session));
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
    }
}

/* [MQTT3-2.3.1-6] [MQTT3-4.3.3-1] [MQTT5-2.2.1-5] [MQTT5-4.3.3-2] [MQTT5-4.3.3-4] [MQTT5-4.3.3-5] */
static void publish_qos_2(void)
{
    uint16_t id = 0;

    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_up(rig_versions[i]);
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
        RIG_EXPECT_PUBLISHED(id, 0);
        CHECK(mote_session_is_idle(&rig.session));
        RIG_EXPECT_NONE_SENT();
    }
}

static void publish_is_refused(void)
{
    rig_up(MOTE_MQTT_5);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "two", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "three", NULL), MOTE_OK);
    while (rig_sent())
        continue;
    RIG_SERVE("\x40\x08\x00\x01\x87\x04\x1f\x00\x01n"); /* with the reason string "n" */
    rig_serve_ack(MOTE_PUBREC, 2, 0x97);
    rig_serve_ack(MOTE_PUBACK, 3, 0x10);
    RIG_EXPECT_PUBLISHED(1, 0x87);
    CHECK_BYTES(rig.event.properties.encoded.data, rig.event.properties.encoded.length, "1f 0001 6e");
    RIG_EXPECT_PUBLISHED(2, 0x97);
    RIG_EXPECT_PUBLISHED(3, 0x10);
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

    rig_up(MOTE_MQTT_5);
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
    rig_up(MOTE_MQTT_3_1_1); /* has no properties */
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
        RIG_EXPECT_PUBLISHED(id, 0);
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
        RIG_EXPECT_PUBLISHED(waiting[which], 0);
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
    RIG_EXPECT_PUBLISHED(2, 0);
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
    RIG_EXPECT_PUBLISHED(65534, 0);
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
        RIG_EXPECT_PUBLISHED(id, 0);
        while (rig_sent())
            continue;
    }
    CHECK_EQUAL(rig.session.counters.unexpected, 0);
    CHECK(mote_session_is_idle(&rig.session));
}

/* --- Acknowledgements that do not fit --- */

static void acks_of_the_unknown(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_up(rig_versions[i]);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(1, false, "x");
        rig_serve_ack(MOTE_PUBACK, 2, 0);
        rig_serve_ack(MOTE_PUBCOMP, 2, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
        rig_serve_ack(MOTE_PUBREC, 2, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, rig_versions[i] == MOTE_MQTT_5 ? 0x92 : 0);
        CHECK_EQUAL(rig.session.counters.unexpected, 3);
        rig_serve_ack(MOTE_PUBACK, 1, 0);
        RIG_EXPECT_PUBLISHED(1, 0);
        rig_serve_ack(MOTE_PUBACK, 1, 0);
        RIG_EXPECT_NOTHING();
        CHECK_EQUAL(rig.session.counters.unexpected, 4);
    }
}

/* Kept, but not sent, it cannot be acknowledged. */
static void acks_of_the_unsent(void)
{
    rig_up_with(MOTE_RECEIVE_MAXIMUM, 1);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "a", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "b", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "a");
    rig_serve_ack(MOTE_PUBACK, 2, 0);
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(rig.session.counters.unexpected, 1);
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT_PUBLISHED(1, 0);
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

    for (size_t v = 0; v < RIG_VERSIONS; v++) {
        for (size_t i = 0; i < 4; i++) {
            rig_up(rig_versions[v]);
            CHECK_EQUAL(rig_publish(cases[i].qos, "x", NULL), MOTE_OK);
            RIG_EXPECT_SENT_PUBLISH(1, false, "x");
            rig_serve_ack(cases[i].type, 1, 0);
            RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
            rig_reconnect(true);
            RIG_EXPECT_SENT_PUBLISH(1, true, "x"); /* nothing is lost by it */
        }
    }
}

/* --- Requests --- */

static void requests_at_once(void)
{
    const struct mote_filter filters[] = {{.topic = MOTE_TEXT("a")}, {.topic = MOTE_TEXT("b/#"), .qos = MOTE_QOS_2}};
    uint16_t ids[MOTE_REQUESTS_MAX];

    for (size_t v = 0; v < RIG_VERSIONS; v++) {
        rig_up(rig_versions[v]);
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
        CHECK_EQUAL(rig.event.codes.length, rig_versions[v] == MOTE_MQTT_5 ? 2 : 0);
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

    rig_up(MOTE_MQTT_5);
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

    for (size_t v = 0; v < RIG_VERSIONS; v++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            if (rig_versions[v] != MOTE_MQTT_5 && i >= 6)
                continue; /* has no codes */
            rig_up(rig_versions[v]);
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
        {"requests_at_once", requests_at_once},
        {"requests_invalid", requests_invalid},
        {"requests_answered_wrongly", requests_answered_wrongly},
    };

    return check_main("unit/session_publish", cases, sizeof cases / sizeof cases[0], argc, argv);
}
