/* The embedded broker and the numbered statements that no other test shows: CONNECT and wills, subscriptions, deliveries. */
#include "broker_rig.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const enum mote_mqtt_version both[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

static void begin(void)
{
    rig_begin();
    rig_start();
}

/* Is cut off for these bytes after a CONNECT that was right, or in its place. */
static void is_cut_off(enum mote_mqtt_version version, bool connected, const char *bytes, size_t size)
{
    begin();
    struct rig_client *c = connected ? rig_connect(version, "c") : rig_open(version);
    rig_feed(c, bytes, size);
    if (version == MOTE_MQTT_5)
        RIG_EXPECT(c, connected ? MOTE_DISCONNECT : MOTE_CONNACK);
    RIG_NOTHING(c);
    CHECK(c->client == NULL);
    rig_end();
}

#define IS_CUT_OFF(version, connected, literal) is_cut_off((version), (connected), literal, sizeof(literal) - 1)

/* Strings that are none, and flags that do not fit the payload.
 * [MQTT3-1.5.3-1] [MQTT3-1.5.3-2] [MQTT3-3.1.2-18] [MQTT3-3.1.2-19] [MQTT3-3.1.2-20] [MQTT3-3.1.2-21] [MQTT3-3.1.3-4]
 * [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.1.2-9] [MQTT5-3.1.2-16] [MQTT5-3.1.2-17] [MQTT5-3.1.2-18] [MQTT5-3.1.2-19]
 * [MQTT5-3.1.3-4] [MQTT5-3.1.3-11] [MQTT5-3.1.3-12] [MQTT5-3.2.2-8] */
static void wrong_connects_are_refused(void)
{
    IS_CUT_OFF(MOTE_MQTT_3_1_1, false, "\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01\xFF");       /* client id */
    IS_CUT_OFF(MOTE_MQTT_3_1_1, false, "\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01\x00");       /* with NUL */
    IS_CUT_OFF(MOTE_MQTT_3_1_1, false, "\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x01x\x00\x01u"); /* no user flag */
    IS_CUT_OFF(MOTE_MQTT_3_1_1, false, "\x10\x0D\x00\x04MQTT\x04\x82\x00\x00\x00\x01x");          /* no user name */
    IS_CUT_OFF(MOTE_MQTT_3_1_1, false, "\x10\x13\x00\x04MQTT\x04\x82\x00\x00\x00\x01x\x00\x01u\x00\x01p");
    IS_CUT_OFF(MOTE_MQTT_3_1_1, false, "\x10\x10\x00\x04MQTT\x04\xC2\x00\x00\x00\x01x\x00\x01u");    /* no password */
    IS_CUT_OFF(MOTE_MQTT_5, false, "\x10\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01\xFF");          /* client id */
    IS_CUT_OFF(MOTE_MQTT_5, false, "\x10\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01\x00");          /* with NUL */
    IS_CUT_OFF(MOTE_MQTT_5, false, "\x10\x11\x00\x04MQTT\x05\x82\x00\x00\x00\x00\x01x\x00\x01\xFF"); /* user name */
    IS_CUT_OFF(MOTE_MQTT_5, false, "\x10\x11\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01x\x00\x01u");    /* no user flag */
    IS_CUT_OFF(MOTE_MQTT_5, false, "\x10\x0E\x00\x04MQTT\x05\x82\x00\x00\x00\x00\x01x");             /* no user name */
    IS_CUT_OFF(MOTE_MQTT_5, false, "\x10\x14\x00\x04MQTT\x05\x82\x00\x00\x00\x00\x01x\x00\x01u\x00\x01p");
    IS_CUT_OFF(MOTE_MQTT_5, false, "\x10\x0E\x00\x04MQTT\x05\x42\x00\x00\x00\x00\x01x"); /* no password */
    IS_CUT_OFF(MOTE_MQTT_5, false, "\x10\x0E\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x01x"); /* no will */
    IS_CUT_OFF(MOTE_MQTT_5, false, "\x10\x14\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x01x\x00\x00\x01\xFF\x00\x00");
}

/* [MQTT3-2.3.1-1] [MQTT3-3.8.3-1] [MQTT3-3.10.3-1] [MQTT3-4.8.0-1] [MQTT5-3.8.3-1] [MQTT5-3.10.3-1] [MQTT5-3.14.2-1]
 * [MQTT5-3.14.2-2] [MQTT5-3.14.4-1] [MQTT5-3.14.4-2] */
static void wrong_packets_end_the_connection(void)
{
    IS_CUT_OFF(MOTE_MQTT_3_1_1, true, "\x32\x05\x00\x01t\x00\x00"); /* identifier 0 */
    IS_CUT_OFF(MOTE_MQTT_3_1_1, true, "\x82\x06\x00\x00\x00\x01t\x00");
    IS_CUT_OFF(MOTE_MQTT_3_1_1, true, "\xA2\x05\x00\x00\x00\x01t");
    IS_CUT_OFF(MOTE_MQTT_3_1_1, true, "\x82\x06\x00\x01\x00\x01\xFF\x00"); /* not UTF-8 */
    IS_CUT_OFF(MOTE_MQTT_3_1_1, true, "\xA2\x05\x00\x01\x00\x01\xFF");
    IS_CUT_OFF(MOTE_MQTT_5, true, "\x82\x07\x00\x01\x00\x00\x01\xFF\x00");
    IS_CUT_OFF(MOTE_MQTT_5, true, "\xA2\x06\x00\x01\x00\x00\x01\xFF");
    IS_CUT_OFF(MOTE_MQTT_5, true, "\x00\x00\xC0\x00\xC0\x00"); /* what follows is not answered */
}

/* Before there is a session there is no DISCONNECT. [MQTT5-3.14.0-1] */
static void no_goodbye_without_a_connack(void)
{
    begin();
    struct rig_client *c = rig_open(MOTE_MQTT_5);
    RIG_FEED(c, "\xC0\x00");
    RIG_NOTHING(c);
    CHECK(c->client == NULL);
    rig_end();
}

/* What comes behind a CONNECT that is refused might have been meant for somebody else.
 * [MQTT3-3.1.4-5] [MQTT5-3.1.4-6] */
static void nothing_is_done_after_a_refusal(void)
{
    for (size_t i = 0; i < 2; i++) {
        rig_begin();
        rig.config.authorize = rig_authorize;
        rig_start();
        struct rig_client *s = rig_connect(both[i], "s");
        rig_subscribe(s, "#", MOTE_QOS_0);
        rig.forbidden[MOTE_BROKER_CONNECT] = MOTE_MQTT_NOT_AUTHORIZED;
        struct rig_client *c = rig_open(both[i]);
        if (i == 0)
            RIG_FEED(c, "\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01x\x30\x04\x00\x01tx\xC0\x00");
        else
            RIG_FEED(c, "\x10\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01x\x30\x05\x00\x01t\x00x\xC0\x00");
        RIG_EXPECT(c, MOTE_CONNACK);
        CHECK_EQUAL(rig.packet.connack.code, i == 0 ? 5 : MOTE_CODE_NOT_AUTHORIZED);
        rig_expect_cut(c, 0);
        RIG_NOTHING(s);
        rig_end();
    }
}

/* [MQTT3-3.1.3-5] [MQTT5-3.1.3-5] */
static void plain_client_ids_are_taken(void)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char id[24];

    for (size_t i = 0; i < 2 * 23; i++) {
        size_t length = i / 2 + 1;
        for (size_t from = 0; from + length < sizeof letters; from += length) {
            memcpy(id, letters + from, length);
            id[length] = '\0';
            begin();
            rig_close(rig_connect(both[i % 2], id));
            rig_end();
        }
    }
}

/* A clean start ends the session of before, and says so once; who comes back without it finds it.
 * [MQTT3-3.1.3-2] [MQTT3-3.1.4-3] [MQTT3-3.2.2-1] [MQTT5-3.1.2-4] [MQTT5-3.1.3-2] [MQTT5-3.1.4-4] [MQTT5-3.2.0-2]
 * [MQTT5-3.2.2-1] [MQTT5-3.2.2-2] */
static void a_clean_start_is_clean(void)
{
    for (size_t i = 0; i < 2; i++) {
        begin();
        struct rig_client *c = rig_resume(both[i], "c");
        rig_subscribe(c, "t", MOTE_QOS_1);
        rig_close(c);
        rig_close(rig_resume(both[i], "other"));
        CHECK(!rig.packet.connack.session_present);
        rig_close(rig_resume(both[i], "c"));
        CHECK(rig.packet.connack.session_present);
        c = rig_connect(both[i], "c"); /* sees to it that there is no session present */
        rig_publish(c, "t", "x", MOTE_QOS_0, false, 0);
        RIG_NOTHING(c);
        rig_end();
    }
}

static struct rig_client *connect_with_will(enum mote_mqtt_version version, bool retain,
                                            const struct mote_property *items, size_t count)
{
    return rig_connect_with(version, (struct mote_connect){.clean_start = true,
                                                           .client_id = MOTE_TEXT("w"),
                                                           .will = {.topic = MOTE_TEXT("will"),
                                                                    .payload = MOTE_TEXT("gone"),
                                                                    .retain = retain,
                                                                    .properties = {.items = items, .count = count}}});
}

/* As it was given: retained or not, with its user properties in their order; without one, nothing.
 * [MQTT3-3.1.2-12] [MQTT3-3.1.2-16] [MQTT3-3.1.2-17] [MQTT5-3.1.2-14] [MQTT5-3.1.2-15] [MQTT5-3.1.3-10] */
static void wills_are_published_as_given(void)
{
    const struct mote_property items[] = {
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("b"), .value = MOTE_TEXT("1")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("2")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("b"), .value = MOTE_TEXT("3")},
    };

    for (size_t i = 0; i < 4; i++) {
        bool retain = i >= 2;
        begin();
        struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
        rig_subscribe(s, "will", MOTE_QOS_0);
        rig_close(connect_with_will(both[i % 2], retain, items, 3));
        rig_expect_message(s, "will", "gone", MOTE_QOS_0);
        struct mote_properties_place place = {0, 0};
        struct mote_property found;
        for (size_t k = 0; k < 3 && i % 2 == 1; k++) {
            CHECK(mote_properties_next(&rig.packet.message.properties, &place, &found));
            CHECK(mote_text_same(found.text, items[k].text) && mote_text_same(found.value, items[k].value));
        }
        CHECK_EQUAL(rig.broker.counters.retained, retain);
        rig_close(rig_connect(both[i % 2], "without")); /* a will */
        RIG_NOTHING(s);
        rig_end();
    }
}

/* [MQTT3-3.1.2-7] [MQTT5-3.3.1-5] [MQTT5-3.3.1-6] [MQTT5-3.3.1-7] [MQTT5-3.3.1-8] */
static void the_last_message_is_retained(void)
{
    for (size_t i = 0; i < 2; i++) {
        begin();
        struct rig_client *p = rig_connect(both[i], "p");
        rig_publish(p, "t", "first", MOTE_QOS_0, true, 0);
        rig_publish(p, "t", "second", MOTE_QOS_1, true, 1);
        rig_publish(p, "t", "passing", MOTE_QOS_0, false, 0);
        rig_close(p); /* its session ends, the message stays */
        struct rig_client *s = rig_connect(both[i], "s");
        rig_subscribe(s, "t", MOTE_QOS_1);
        rig_expect_message(s, "t", "second", MOTE_QOS_1);
        rig_send_ack(s, MOTE_PUBACK, rig.packet.message.packet_id, 0);
        RIG_NOTHING(s);
        p = rig_connect(both[i], "p");
        rig_publish(p, "t", "", MOTE_QOS_0, true, 0);
        rig_expect_message(s, "t", "", MOTE_QOS_0);
        CHECK_EQUAL(rig.broker.counters.retained, 0);
        rig_subscribe(p, "#", MOTE_QOS_0);
        RIG_NOTHING(p);
        rig_end();
    }
}

/* Filters are answered one by one, in their order, under the request's identifier.
 * [MQTT3-3.8.4-1] [MQTT3-3.8.4-2] [MQTT3-3.8.4-4] [MQTT3-3.8.4-5] [MQTT3-3.9.3-1] [MQTT3-3.9.3-2] [MQTT5-3.8.4-1]
 * [MQTT5-3.8.4-2] [MQTT5-3.8.4-5] [MQTT5-3.8.4-6] [MQTT5-3.8.4-7] [MQTT5-3.9.3-1] [MQTT5-3.9.3-2] */
static void each_filter_is_answered(void)
{
    const struct mote_filter filters[] = {{.topic = MOTE_TEXT("a"), .qos = MOTE_QOS_2},
                                          {.topic = MOTE_TEXT("b/c/d/e"), .qos = MOTE_QOS_1},
                                          {.topic = MOTE_TEXT("c"), .qos = MOTE_QOS_0},
                                          {.topic = MOTE_TEXT("d"), .qos = MOTE_QOS_1}};

    for (size_t i = 0; i < 2; i++) {
        rig_begin();
        rig.config.topic_levels_max = 3; /* the second is refused */
        rig_start();
        struct rig_client *c = rig_connect(both[i], "c");
        rig_send_request(c, MOTE_SUBSCRIBE, filters, 4, NULL);
        RIG_EXPECT(c, MOTE_SUBACK);
        CHECK_EQUAL(rig.packet.reply.packet_id, 77);
        if (i == 0)
            CHECK_BYTES(rig.packet.reply.codes.data, rig.packet.reply.codes.length, "02 80 00 01");
        else
            CHECK_BYTES(rig.packet.reply.codes.data, rig.packet.reply.codes.length, "02 97 00 01");
        RIG_NOTHING(c);
        CHECK_EQUAL(rig.broker.counters.subscriptions, 3);
        rig_end();
    }
}

/* [MQTT3-3.3.5-1] [MQTT3-3.8.4-3] [MQTT5-3.8.4-3] [MQTT5-3.8.4-4] */
static void subscriptions_overlap_and_are_replaced(void)
{
    for (size_t i = 0; i < 2; i++) {
        begin();
        struct rig_client *p = rig_connect(both[i], "p");
        struct rig_client *c = rig_connect(both[i], "c");
        rig_publish(p, "t", "kept", MOTE_QOS_2, true, 1);
        rig_subscribe(c, "+", MOTE_QOS_0);
        rig_expect_message(c, "t", "kept", MOTE_QOS_0);
        for (int again = 0; again < 2; again++) { /* the same filter finds what is retained again */
            rig_subscribe(c, "t", MOTE_QOS_1);
            rig_expect_message(c, "t", "kept", MOTE_QOS_1);
            CHECK_EQUAL(rig.broker.counters.subscriptions, 2);
        }
        rig_publish(p, "t", "new", MOTE_QOS_2, false, 2);
        rig_expect_message(c, "t", "new", MOTE_QOS_1);
        RIG_NOTHING(c);
        rig_end();
    }
}

/* --- Deliveries --- */

/* What was begun is brought to its end although nobody wants more of it. [MQTT3-3.10.4-3] [MQTT5-3.10.4-3] */
static void deliveries_outlive_their_subscription(void)
{
    for (size_t i = 0; i < 2; i++) {
        begin();
        struct rig_client *c = rig_resume(both[i], "c");
        struct rig_client *p = rig_connect(both[i], "p");
        rig_subscribe(c, "t", MOTE_QOS_2);
        rig_publish(p, "t", "x", MOTE_QOS_2, false, 5);
        rig_publish(p, "t", "y", MOTE_QOS_1, false, 6);
        rig_expect_message(c, "t", "x", MOTE_QOS_2);
        uint16_t x = rig.packet.message.packet_id;
        rig_expect_message(c, "t", "y", MOTE_QOS_1);
        uint16_t y = rig.packet.message.packet_id;
        rig_send_request(c, MOTE_UNSUBSCRIBE, &(struct mote_filter){.topic = MOTE_TEXT("t")}, 1, NULL);
        RIG_EXPECT(c, MOTE_UNSUBACK);
        rig_send_ack(c, MOTE_PUBREC, x, 0);
        rig_expect_ack(c, MOTE_PUBREL, x, 0);
        rig_close(c);
        c = rig_resume(both[i], "c");
        rig_expect_ack(c, MOTE_PUBREL, x, 0);
        rig_expect_message(c, "t", "y", MOTE_QOS_1);
        CHECK_EQUAL(rig.packet.message.packet_id, y);
        rig_send_ack(c, MOTE_PUBCOMP, x, 0);
        rig_send_ack(c, MOTE_PUBACK, y, 0);
        RIG_NOTHING(c);
        rig_end();
    }
}

/* Open deliveries have identifiers of their own, never 0, and QoS 0 has none; nobody else's DUP is theirs, nor an alias
 * that was not asked for. [MQTT3-2.3.1-4] [MQTT3-2.3.1-5] [MQTT3-3.3.1-2] [MQTT3-3.3.1-3] [MQTT5-2.2.1-2]
 * [MQTT5-2.2.1-4] [MQTT5-3.1.2-27] [MQTT5-3.3.1-2] [MQTT5-3.3.1-3] [MQTT5-4.3.2-1] [MQTT5-4.3.2-3] [MQTT5-4.3.3-1] */
static void deliveries_have_identifiers_of_their_own(void)
{
    for (size_t i = 0; i < 2; i++) {
        bool open[65536] = {false};
        begin();
        struct rig_client *s = rig_connect(both[i], "s");
        struct rig_client *p = rig_connect(both[i], "p");
        rig_subscribe(s, "t", MOTE_QOS_2);
        for (uint16_t k = 0; k < 30; k++) { /* 20 of them are under way at once, at the end */
            enum mote_qos qos = (enum mote_qos)(k % 3);
            rig_send_publish(p, &(struct mote_message){.topic = MOTE_TEXT("t"),
                                                       .payload = MOTE_TEXT("x"),
                                                       .qos = qos,
                                                       .duplicate = qos != MOTE_QOS_0,
                                                       .packet_id = qos == MOTE_QOS_0 ? 0 : (uint16_t)(k + 1)});
            rig_expect_message(s, "t", "x", qos);
            uint16_t id = rig.packet.message.packet_id;
            CHECK(!rig.packet.message.duplicate && !open[id] && (id != 0) == (qos != MOTE_QOS_0));
            CHECK_EQUAL(rig.packet.header.remaining, 3 + (qos == MOTE_QOS_0 ? 0u : 2u) + i + 1);
            open[id] = id != 0;
            while (rig_next(p) != 0)
                continue;
            if (qos == MOTE_QOS_2)
                rig_send_ack(p, MOTE_PUBREL, (uint16_t)(k + 1), 0);
        }
        RIG_NOTHING(s);
        rig_end();
    }
}

/* [MQTT3-4.3.2-2] [MQTT3-4.3.3-2] [MQTT5-4.3.2-5] [MQTT5-4.3.3-10] [MQTT5-4.3.3-12] */
static void identifiers_are_used_again(void)
{
    for (size_t i = 0; i < 2; i++) {
        begin();
        struct rig_client *c = rig_connect(both[i], "c");
        rig_subscribe(c, "t", MOTE_QOS_0);
        for (int k = 0; k < 2; k++) {
            rig_publish(c, "t", "one", MOTE_QOS_1, false, 5);
            rig_expect_message(c, "t", "one", MOTE_QOS_0);
            rig_expect_ack(c, MOTE_PUBACK, 5, 0);
        }
        for (int k = 0; k < 2; k++) {
            rig_publish(c, "t", "two", MOTE_QOS_2, false, 5);
            rig_expect_message(c, "t", "two", MOTE_QOS_0);
            rig_expect_ack(c, MOTE_PUBREC, 5, 0);
            rig_publish(c, "t", "two", MOTE_QOS_2, false, 5);
            rig_expect_ack(c, MOTE_PUBREC, 5, 0);
            rig_send_ack(c, MOTE_PUBREL, 5, 0);
            rig_expect_ack(c, MOTE_PUBCOMP, 5, 0);
        }
        RIG_NOTHING(c);
        rig_end();
    }
}

/* After a refusal, of either side, it is over. [MQTT5-3.5.2-1] [MQTT5-4.3.3-9] [MQTT5-4.4.0-2] */
static void refusals_are_final(void)
{
    rig_begin();
    rig.config.payload_size_max = 3;
    rig_start();
    struct rig_client *c = rig_resume(MOTE_MQTT_5, "c");
    rig_subscribe(c, "t", MOTE_QOS_2);
    rig_publish(c, "t", "long", MOTE_QOS_2, false, 5);
    rig_expect_ack(c, MOTE_PUBREC, 5, MOTE_CODE_IMPLEMENTATION_SPECIFIC);
    rig_publish(c, "t", "new", MOTE_QOS_2, false, 5); /* the same identifier, not a repetition */
    rig_expect_message(c, "t", "new", MOTE_QOS_2);
    uint16_t id = rig.packet.message.packet_id;
    rig_expect_ack(c, MOTE_PUBREC, 5, 0);
    rig_send_ack(c, MOTE_PUBREC, id, MOTE_CODE_QUOTA_EXCEEDED);
    rig_publish(c, "t", "one", MOTE_QOS_1, false, 6);
    rig_expect_message(c, "t", "one", MOTE_QOS_1);
    id = rig.packet.message.packet_id;
    rig_expect_ack(c, MOTE_PUBACK, 6, 0);
    rig_send_ack(c, MOTE_PUBACK, id, MOTE_CODE_QUOTA_EXCEEDED);
    rig_close(c);
    c = rig_resume(MOTE_MQTT_5, "c");
    CHECK(rig.packet.connack.session_present);
    RIG_NOTHING(c);
    rig_end();
}

/* [MQTT5-4.3.3-7] [MQTT5-4.3.3-13] */
static void a_delivery_does_not_expire(void)
{
    struct mote_property second = {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 1};

    begin();
    struct rig_client *c = rig_resume(MOTE_MQTT_5, "c");
    rig_subscribe(c, "t", MOTE_QOS_2);
    rig_send_publish(c, &(struct mote_message){.topic = MOTE_TEXT("t"),
                                               .payload = MOTE_TEXT("x"),
                                               .qos = MOTE_QOS_2,
                                               .packet_id = 5,
                                               .properties = {.items = &second, .count = 1}});
    rig_expect_message(c, "t", "x", MOTE_QOS_2);
    uint16_t id = rig.packet.message.packet_id;
    rig_expect_ack(c, MOTE_PUBREC, 5, 0);
    rig_pass(3600000);
    rig_close(c);
    c = rig_resume(MOTE_MQTT_5, "c");
    rig_expect_message(c, "t", "x", MOTE_QOS_2);
    CHECK(rig.packet.message.duplicate);
    rig_pass(3600000);
    rig_send_ack(c, MOTE_PUBREC, id, 0);
    rig_expect_ack(c, MOTE_PUBREL, id, 0);
    rig_send_ack(c, MOTE_PUBCOMP, id, 0);
    rig_send_ack(c, MOTE_PUBREL, 5, 0);
    rig_expect_ack(c, MOTE_PUBCOMP, 5, 0);
    rig_end();
}

/* With the window full everything but PUBLISH is answered. [MQTT5-3.3.4-10] [MQTT5-4.9.0-3] */
static void a_full_window_holds_back_nothing_else(void)
{
    struct mote_property one = {.id = MOTE_RECEIVE_MAXIMUM, .number = 1};

    begin();
    struct rig_client *c = rig_connect_with(
        MOTE_MQTT_5, (struct mote_connect){
                         .clean_start = true, .client_id = MOTE_TEXT("c"), .properties = {.items = &one, .count = 1}});
    rig_subscribe(c, "t", MOTE_QOS_1);
    rig_publish(c, "t", "first", MOTE_QOS_1, false, 1);
    rig_expect_message(c, "t", "first", MOTE_QOS_1);
    uint16_t id = rig.packet.message.packet_id;
    rig_expect_ack(c, MOTE_PUBACK, 1, 0);
    rig_publish(c, "t", "waits", MOTE_QOS_2, false, 2);
    rig_expect_ack(c, MOTE_PUBREC, 2, 0);
    rig_send_ack(c, MOTE_PUBREL, 2, 0);
    rig_expect_ack(c, MOTE_PUBCOMP, 2, 0);
    RIG_FEED(c, "\xC0\x00");
    RIG_EXPECT(c, MOTE_PINGRESP);
    rig_subscribe(c, "u", MOTE_QOS_0);
    rig_publish(c, "u", "zero", MOTE_QOS_0, false, 0);
    rig_expect_message(c, "u", "zero", MOTE_QOS_0);
    rig_send_ack(c, MOTE_PUBACK, id, 0);
    rig_expect_message(c, "t", "waits", MOTE_QOS_1);
    rig_end();
}

/* One client's messages of a topic, to each of its subscribers, at every QoS. [MQTT3-4.6.0-5] [MQTT3-4.6.0-6]
 * [MQTT5-4.6.0-5] [MQTT5-4.6.0-6] */
static void messages_keep_their_order(void)
{
    for (size_t i = 0; i < 2 * 3; i++) {
        enum mote_qos qos = (enum mote_qos)(i / 2);
        begin();
        struct rig_client *s = rig_resume(both[i % 2], "s");
        struct rig_client *p = rig_connect(both[i % 2], "p");
        rig_subscribe(s, "t", MOTE_QOS_2);
        if (qos != MOTE_QOS_0)
            rig_close(s); /* so that they have to be kept */
        for (uint16_t k = 0; k < 20; k++) {
            char payload[] = {(char)('a' + k), '\0'};
            rig_publish(p, "t", payload, qos, false, qos == MOTE_QOS_0 ? 0 : (uint16_t)(k + 1));
        }
        if (qos != MOTE_QOS_0)
            s = rig_resume(both[i % 2], "s");
        for (uint16_t k = 0; k < 20; k++) {
            char payload[] = {(char)('a' + k), '\0'};
            rig_expect_message(s, "t", payload, qos);
        }
        rig_end();
    }
}

/* [MQTT3-1.5.3-3] [MQTT5-1.5.4-3] */
static void a_byte_order_mark_is_kept(void)
{
    for (size_t i = 0; i < 2; i++) {
        begin();
        struct rig_client *c = rig_connect(both[i], "\xEF\xBB\xBF");
        rig_subscribe(c, "\xEF\xBB\xBFt", MOTE_QOS_0);
        rig_subscribe(c, "t", MOTE_QOS_0);
        rig_publish(c, "\xEF\xBB\xBFt", "x", MOTE_QOS_0, false, 0);
        rig_expect_message(c, "\xEF\xBB\xBFt", "x", MOTE_QOS_0);
        RIG_NOTHING(c);
        rig_end();
    }
}

/* Reasons are left out where they would be too much: 5 bytes are an acknowledgement with its code.
 * [MQTT5-3.4.2-1] [MQTT5-3.4.2-2] [MQTT5-3.5.2-2] */
static void reasons_are_not_too_large(void)
{
    struct mote_property size = {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 20};

    for (int qos = 1; qos <= 2; qos++) {
        rig_begin();
        rig.config.payload_size_max = 1;
        rig_start();
        struct rig_client *c =
            rig_connect_with(MOTE_MQTT_5, (struct mote_connect){.clean_start = true,
                                                                .client_id = MOTE_TEXT("c"),
                                                                .properties = {.items = &size, .count = 1}});
        CHECK(rig.packet.header.size + rig.packet.header.remaining <= 20);
        rig_publish(c, "t", "too long", (enum mote_qos)qos, false, 5);
        rig_expect_ack(c, qos == 1 ? MOTE_PUBACK : MOTE_PUBREC, 5, MOTE_CODE_IMPLEMENTATION_SPECIFIC);
        CHECK_EQUAL(rig.packet.header.remaining, 3);
        rig_end();
    }
}

/* Nor in a refusal and in a goodbye. [MQTT5-3.2.2-19] [MQTT5-3.14.2-3] */
static void last_words_are_not_too_large(void)
{
    struct mote_property items[] = {{.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 10},
                                    {.id = MOTE_AUTHENTICATION_METHOD, .text = MOTE_TEXT("M")}};

    for (uint32_t size = 10; size < 100; size++) {
        items[0].number = size;
        begin();
        struct rig_client *c =
            rig_connect_with(MOTE_MQTT_5, (struct mote_connect){.clean_start = true,
                                                                .client_id = MOTE_TEXT("c"),
                                                                .properties = {.items = items, .count = 2}});
        CHECK_EQUAL(rig.packet.connack.code, MOTE_CODE_BAD_AUTHENTICATION_METHOD);
        CHECK(rig.packet.header.size + rig.packet.header.remaining <= size);
        rig_end();
        if (size < 30)
            continue; /* too small for a CONNACK that accepts */
        begin();
        c = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){.clean_start = true,
                                                                .client_id = MOTE_TEXT("c"),
                                                                .properties = {.items = items, .count = 1}});
        RIG_FEED(c, "\x00\x00");
        RIG_EXPECT(c, MOTE_DISCONNECT);
        CHECK_EQUAL(rig.packet.ack.code, MOTE_CODE_MALFORMED_PACKET);
        CHECK(rig.packet.header.size + rig.packet.header.remaining <= size);
        rig_end();
    }
}

/* A session that is to end with its connection is there as long as that is, and without a method nobody has to
 * authenticate. [MQTT3-4.1.0-2] [MQTT5-4.1.0-1] [MQTT5-4.12.0-6] */
static void a_session_lasts_as_long_as_its_connection(void)
{
    struct mote_property found;

    for (size_t i = 0; i < 2; i++) {
        begin();
        struct rig_client *c = rig_connect(both[i], "c");
        CHECK(!mote_properties_find(&rig.packet.connack.properties, MOTE_AUTHENTICATION_METHOD, &found));
        rig_subscribe(c, "t", MOTE_QOS_1);
        rig_publish(c, "t", "x", MOTE_QOS_1, false, 1);
        rig_expect_message(c, "t", "x", MOTE_QOS_1);
        uint16_t id = rig.packet.message.packet_id;
        rig_expect_ack(c, MOTE_PUBACK, 1, 0);
        rig_pass(UINT64_C(400) * 86400 * 1000);
        RIG_NOTHING(c);
        rig_send_ack(c, MOTE_PUBACK, id, 0);
        rig_publish(c, "t", "y", MOTE_QOS_0, false, 0);
        rig_expect_message(c, "t", "y", MOTE_QOS_0);
        rig_end();
    }
}

/* Without memory for a packet its connection is closed. [MQTT3-4.8.0-2] */
static void a_packet_that_cannot_be_handled_ends_the_connection(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};

    for (size_t i = 0; i < 2; i++) {
        begin();
        struct rig_client *c = rig_connect(both[i], "c");
        rig.failing = rig.requests + 1;
        rig_send_request(c, MOTE_SUBSCRIBE, &filter, 1, NULL);
        rig_expect_cut(c, MOTE_CODE_QUOTA_EXCEEDED);
        rig_end();
    }
}

/* --- Shared subscriptions --- */

/* [MQTT5-4.8.2-3] */
static void members_get_their_qos(void)
{
    begin();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    struct rig_client *s[3];
    for (unsigned i = 0; i < 3; i++) {
        char name[] = {(char)('a' + i), '\0'};
        s[i] = rig_connect(MOTE_MQTT_5, name);
        rig_subscribe(s[i], "$share/g/t", (enum mote_qos)i);
    }
    for (uint16_t k = 1; k <= 30; k++)
        rig_publish(p, "t", "x", MOTE_QOS_2, false, k);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 10; k++)
            rig_expect_message(s[i], "t", "x", (enum mote_qos)i);
    }
    rig_end();
}

/* What one member has begun to receive is his: he gets it when he comes back, and if he does not, or refuses it, nobody
 * does. [MQTT5-4.8.2-4] [MQTT5-4.8.2-5] [MQTT5-4.8.2-6] */
static void a_members_message_is_his(void)
{
    enum { COMES_BACK, NEVER_COMES_BACK, REFUSES };

    for (int how = COMES_BACK; how <= REFUSES; how++) {
        begin();
        struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
        struct rig_client *a = how == NEVER_COMES_BACK ? rig_connect(MOTE_MQTT_5, "a") : rig_resume(MOTE_MQTT_5, "a");
        rig_subscribe(a, "$share/g/t", MOTE_QOS_2);
        rig_publish(p, "t", "x", MOTE_QOS_2, false, 1);
        rig_expect_message(a, "t", "x", MOTE_QOS_2);
        uint16_t id = rig.packet.message.packet_id;
        struct rig_client *b = rig_connect(MOTE_MQTT_5, "b");
        rig_subscribe(b, "$share/g/t", MOTE_QOS_2);
        if (how == REFUSES)
            rig_send_ack(a, MOTE_PUBREC, id, MOTE_CODE_UNSPECIFIED);
        rig_close(a);
        rig_pass(100000);
        if (how != NEVER_COMES_BACK) {
            a = rig_resume(MOTE_MQTT_5, "a");
            if (how == COMES_BACK) {
                rig_expect_message(a, "t", "x", MOTE_QOS_2);
                CHECK_EQUAL(rig.packet.message.packet_id, id);
            }
            RIG_NOTHING(a);
        }
        RIG_NOTHING(b);
        rig_end();
    }
}

static const struct check_case cases[] = {
    {"wrong-connects-are-refused", wrong_connects_are_refused},
    {"wrong-packets-end-the-connection", wrong_packets_end_the_connection},
    {"no-goodbye-without-a-connack", no_goodbye_without_a_connack},
    {"nothing-is-done-after-a-refusal", nothing_is_done_after_a_refusal},
    {"plain-client-ids-are-taken", plain_client_ids_are_taken},
    {"a-clean-start-is-clean", a_clean_start_is_clean},
    {"wills-are-published-as-given", wills_are_published_as_given},
    {"the-last-message-is-retained", the_last_message_is_retained},
    {"each-filter-is-answered", each_filter_is_answered},
    {"subscriptions-overlap-and-are-replaced", subscriptions_overlap_and_are_replaced},
    {"deliveries-outlive-their-subscription", deliveries_outlive_their_subscription},
    {"deliveries-have-identifiers-of-their-own", deliveries_have_identifiers_of_their_own},
    {"identifiers-are-used-again", identifiers_are_used_again},
    {"refusals-are-final", refusals_are_final},
    {"a-delivery-does-not-expire", a_delivery_does_not_expire},
    {"a-full-window-holds-back-nothing-else", a_full_window_holds_back_nothing_else},
    {"messages-keep-their-order", messages_keep_their_order},
    {"a-byte-order-mark-is-kept", a_byte_order_mark_is_kept},
    {"reasons-are-not-too-large", reasons_are_not_too_large},
    {"last-words-are-not-too-large", last_words_are_not_too_large},
    {"a-session-lasts-as-long-as-its-connection", a_session_lasts_as_long_as_its_connection},
    {"a-packet-that-cannot-be-handled-ends-the-connection", a_packet_that_cannot_be_handled_ends_the_connection},
    {"members-get-their-qos", members_get_their_qos},
    {"a-members-message-is-his", a_members_message_is_his},
};

int main(int argc, char **argv)
{
    return check_main("unit/broker_conformance", cases, COUNT(cases), argc, argv);
}
