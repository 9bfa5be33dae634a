/* The broker and messages: from a publisher to its subscribers, in every version and QoS. */
#include "broker_rig.h"

#include <mote/topic.h>
#include <stdio.h>

static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};

static void subscribe_with(struct rig_client *c, struct mote_filter filter, uint32_t identifier)
{
    struct mote_property item = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = identifier};

    rig_send_request(c, MOTE_SUBSCRIBE, &filter, 1,
                     &(struct mote_properties){.items = &item, .count = identifier != 0});
    RIG_EXPECT(c, MOTE_SUBACK);
    CHECK_EQUAL((uint8_t)rig.packet.reply.codes.data[0], filter.qos);
}

/* Answers a delivery as its QoS asks for. */
static void acknowledge(struct rig_client *c)
{
    uint16_t packet_id = rig.packet.message.packet_id;

    if (rig.packet.message.qos == MOTE_QOS_1)
        rig_send_ack(c, MOTE_PUBACK, packet_id, 0);
    if (rig.packet.message.qos == MOTE_QOS_2) {
        rig_send_ack(c, MOTE_PUBREC, packet_id, 0);
        rig_expect_ack(c, MOTE_PUBREL, packet_id, 0);
        rig_send_ack(c, MOTE_PUBCOMP, packet_id, 0);
    }
}

static void expect_published(struct rig_client *c, enum mote_qos qos, uint16_t packet_id, uint8_t code)
{
    if (c->version != MOTE_MQTT_5)
        code = 0;
    if (qos == MOTE_QOS_1)
        rig_expect_ack(c, MOTE_PUBACK, packet_id, code);
    if (qos == MOTE_QOS_2) {
        rig_expect_ack(c, MOTE_PUBREC, packet_id, code);
        rig_send_ack(c, MOTE_PUBREL, packet_id, 0);
        rig_expect_ack(c, MOTE_PUBCOMP, packet_id, 0);
    }
}

/* Every version to every version, every QoS to every QoS: it arrives once, at the lower of the two.
 * [MQTT3-2.3.1-6] [MQTT3-3.3.1-9] [MQTT3-3.3.2-3] [MQTT3-3.3.4-1] [MQTT3-3.8.4-6] [MQTT3-4.3.1-1]
 * [MQTT3-4.3.2-1] [MQTT3-4.3.2-2] [MQTT3-4.3.3-1] [MQTT3-4.3.3-2] [MQTT3-4.5.0-1] [MQTT5-2.2.1-5]
 * [MQTT5-3.3.1-12] [MQTT5-3.3.2-3] [MQTT5-3.3.4-1] [MQTT5-3.8.4-8] [MQTT5-4.3.1-1] [MQTT5-4.3.2-2]
 * [MQTT5-4.3.2-4] [MQTT5-4.3.3-2] [MQTT5-4.3.3-4] [MQTT5-4.3.3-8] [MQTT5-4.3.3-11] [MQTT5-4.5.0-1] */
static void delivers_in_every_version_and_qos(void)
{
    for (unsigned i = 0; i < 81; i++) {
        enum mote_qos out = (enum mote_qos)(i % 3), in = (enum mote_qos)(i / 3 % 3);
        rig_begin();
        rig_start();
        struct rig_client *p = rig_connect(versions[i / 9 % 3], "p");
        struct rig_client *s = rig_connect(versions[i / 27], "s");
        rig_subscribe(s, "a/b", in);
        rig_publish(p, "a/b", "x", out, false, 9);
        expect_published(p, out, 9, 0);
        rig_expect_message(s, "a/b", "x", out < in ? out : in);
        CHECK(!rig.packet.message.duplicate && !rig.packet.message.retain);
        acknowledge(s);
        RIG_NOTHING(s);
        RIG_NOTHING(p);
        CHECK_EQUAL(rig.events[MOTE_BROKER_PUBLISHED], 1);
        CHECK_EQUAL(rig.last.version, p->version);
        CHECK_TEXT(rig.last.client_id, "p");
        CHECK_EQUAL(rig.broker.counters.messages_received, 1);
        CHECK_EQUAL(rig.broker.counters.messages_sent, 1);
        rig_end();
    }
}

static void says_when_nobody_listens(void)
{
    rig_begin();
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    rig_publish(p, "a", "x", MOTE_QOS_1, false, 1);
    rig_expect_ack(p, MOTE_PUBACK, 1, MOTE_CODE_NO_MATCHING_SUBSCRIBERS);
    rig_publish(p, "a", "x", MOTE_QOS_2, false, 1);
    rig_expect_ack(p, MOTE_PUBREC, 1, MOTE_CODE_NO_MATCHING_SUBSCRIBERS);
    rig_send_ack(p, MOTE_PUBREL, 1, 0);
    rig_expect_ack(p, MOTE_PUBCOMP, 1, 0);
    rig_end();
}

/* [MQTT-4.3.3-10] [MQTT-4.3.3-12]
 * [MQTT3-4.3.3-2] */
static void takes_qos_2_once(void)
{
    rig_begin();
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_3_1_1, "p");
    struct rig_client *s = rig_connect(MOTE_MQTT_3_1_1, "s");
    rig_subscribe(s, "#", MOTE_QOS_0);
    for (int i = 0; i < 5; i++) {
        rig_send_publish(p, &(struct mote_message){
                                .topic = MOTE_TEXT("a"),
                                .payload = MOTE_TEXT("x"),
                                .qos = MOTE_QOS_2,
                                .duplicate = i > 0,
                                .packet_id = 4,
                            });
        rig_expect_ack(p, MOTE_PUBREC, 4, 0);
    }
    rig_expect_message(s, "a", "x", MOTE_QOS_0);
    RIG_NOTHING(s);
    rig_send_ack(p, MOTE_PUBREL, 4, 0);
    rig_expect_ack(p, MOTE_PUBCOMP, 4, 0);
    rig_publish(p, "a", "y", MOTE_QOS_2, false, 4);
    rig_expect_message(s, "a", "y", MOTE_QOS_0);
    rig_end();
}

/* [MQTT5-3.6.2-1] [MQTT5-3.7.2-1] */
static void answers_acks_of_nothing(void)
{
    for (unsigned i = 0; i < 2; i++) {
        enum mote_mqtt_version version = i == 0 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5;
        uint8_t not_found = i == 0 ? 0 : MOTE_CODE_PACKET_ID_NOT_FOUND;
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(version, "c");
        rig_send_ack(c, MOTE_PUBACK, 1, 0);
        rig_send_ack(c, MOTE_PUBCOMP, 1, 0);
        RIG_NOTHING(c);
        rig_send_ack(c, MOTE_PUBREC, 1, 0);
        rig_expect_ack(c, MOTE_PUBREL, 1, not_found);
        rig_send_ack(c, MOTE_PUBREL, 1, 0);
        rig_expect_ack(c, MOTE_PUBCOMP, 1, not_found);
        rig_end();
    }
}

/* An answer of the wrong kind: to a QoS 1 and to both stages of a QoS 2 delivery.
 * [MQTT5-4.13.1-1] */
static void cuts_off_wrong_acks(void)
{
    static const struct {
        enum mote_qos qos;
        bool received;
        enum mote_packet_type type;
        bool cut;
    } rows[] = {
        {MOTE_QOS_1, false, MOTE_PUBREC, true}, {MOTE_QOS_1, false, MOTE_PUBCOMP, true},
        {MOTE_QOS_2, false, MOTE_PUBACK, true}, {MOTE_QOS_2, false, MOTE_PUBCOMP, true},
        {MOTE_QOS_2, true, MOTE_PUBACK, true},  {MOTE_QOS_2, true, MOTE_PUBREC, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
        rig_subscribe(c, "a", rows[i].qos);
        rig_publish(c, "a", "x", rows[i].qos, false, 30);
        rig_expect_message(c, "a", "x", rows[i].qos);
        uint16_t packet_id = rig.packet.message.packet_id;
        rig_next(c);
        if (rows[i].received) {
            rig_send_ack(c, MOTE_PUBREC, packet_id, 0);
            rig_expect_ack(c, MOTE_PUBREL, packet_id, 0);
        }
        rig_send_ack(c, rows[i].type, packet_id, 0);
        if (rows[i].cut)
            rig_expect_cut(c, MOTE_CODE_PROTOCOL_ERROR);
        else
            rig_expect_ack(c, MOTE_PUBREL, packet_id, 0);
        rig_end();
    }
}

/* What answers something else than what is under way changes nothing. */
static void passes_over_strange_acks(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_resume(MOTE_MQTT_3_1_1, "c");
    rig_subscribe(c, "a", MOTE_QOS_1);
    rig_publish(c, "a", "x", MOTE_QOS_1, false, 30);
    rig_expect_message(c, "a", "x", MOTE_QOS_1);
    CHECK_EQUAL(rig.packet.message.packet_id, 1);
    RIG_EXPECT(c, MOTE_PUBACK);
    for (uint16_t id = 2; id < 70; id++)
        rig_send_ack(c, MOTE_PUBACK, id, 0);
    rig_send_ack(c, MOTE_PUBACK, UINT16_MAX, 0);
    rig_close(c);
    c = rig_resume(MOTE_MQTT_3_1_1, "c");
    rig_expect_message(c, "a", "x", MOTE_QOS_1);
    CHECK(rig.packet.message.duplicate);
    rig_end();
}

/* A receiver that refuses a message has done with it. */
static void takes_refusals(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
    rig_subscribe(c, "a", MOTE_QOS_2);
    for (int i = 0; i < 3; i++) {
        rig_publish(c, "a", "x", MOTE_QOS_2, false, (uint16_t)(10 + i));
        rig_expect_message(c, "a", "x", MOTE_QOS_2);
        uint16_t packet_id = rig.packet.message.packet_id;
        rig_expect_ack(c, MOTE_PUBREC, (uint16_t)(10 + i), 0);
        rig_send_ack(c, MOTE_PUBREC, packet_id, MOTE_CODE_QUOTA_EXCEEDED);
        RIG_NOTHING(c);
    }
    rig_end();
}

/* [MQTT-3.3.4-9]: no more than it takes at once, and all of them in the end, in order.
 * [MQTT5-3.3.4-9] [MQTT5-4.6.0-5] [MQTT5-4.9.0-1] [MQTT5-4.9.0-2] */
static void respects_the_receive_maximum(void)
{
    for (uint16_t window = 1; window < 6; window++) {
        struct mote_property item = {.id = MOTE_RECEIVE_MAXIMUM, .number = window};
        char name[8];
        rig_begin();
        rig_start();
        struct rig_client *p = rig_connect(MOTE_MQTT_3_1_1, "p");
        struct rig_client *s = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                                 .clean_start = true,
                                                                 .client_id = MOTE_TEXT("s"),
                                                                 .properties = {.items = &item, .count = 1},
                                                             });
        rig_subscribe(s, "#", MOTE_QOS_2);
        for (int i = 0; i < 20; i++) {
            name[0] = (char)('a' + i);
            name[1] = '\0';
            rig_publish(p, "t", name, i % 2 == 0 ? MOTE_QOS_1 : MOTE_QOS_2, false, (uint16_t)(i + 1));
        }
        int got = 0, under_way = 0;
        struct rig_packet packets[8];
        while (got < 20) {
            while (rig_next(s) == MOTE_PUBLISH) {
                CHECK_EQUAL(rig.packet.message.payload.data[0], 'a' + got);
                packets[under_way++] = rig.packet;
                CHECK(under_way <= window);
                got++;
            }
            CHECK(under_way > 0);
            rig.packet = packets[--under_way];
            acknowledge(s);
        }
        rig_end();
    }
}

/* What an MQTT 5 client must not exceed, whoever is older may. */
static void limits_incoming_qos_2(void)
{
    for (unsigned i = 0; i < 2; i++) {
        rig_begin();
        rig.config.receive_max = 3;
        rig_start();
        struct rig_client *p = rig_connect(i == 0 ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1, "p");
        for (uint16_t id = 1; id <= 3; id++) {
            rig_publish(p, "t", "x", MOTE_QOS_2, false, id);
            RIG_EXPECT(p, MOTE_PUBREC);
        }
        rig_publish(p, "t", "x", MOTE_QOS_1, false, 9);
        RIG_EXPECT(p, MOTE_PUBACK);
        rig_publish(p, "t", "x", MOTE_QOS_2, false, 4);
        if (i == 0)
            rig_expect_cut(p, MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED);
        else
            RIG_EXPECT(p, MOTE_PUBREC);
        rig_end();
    }
}

/* [MQTT3-3.3.1-6] [MQTT3-3.3.2-3] [MQTT3-4.7.2-1] [MQTT3-4.7.3-4] */
static void matches_wildcards(void)
{
    static const struct {
        const char *filter;
        const char *topic;
        bool matches;
    } rows[] = {
        {"a/b", "a/b", true},
        {"a/b", "a", false},
        {"a/b", "a/b/c", false},
        {"a/+", "a/b", true},
        {"a/+", "a", false},
        {"a/+", "a/", true},
        {"a/+", "a/b/c", false},
        {"a/#", "a", true},
        {"a/#", "a/b/c", true},
        {"a/#", "b", false},
        {"a/#", "ab", false},
        {"#", "a/b", true},
        {"#", "/", true},
        {"#", "$x/a", false},
        {"+", "$x", false},
        {"+/a", "$x/a", false},
        {"$x/#", "$x/a", true},
        {"$x/+", "$x/a", true},
        {"+/+", "/", true},
        {"+/+", "a", false},
        {"/+", "/a", true},
        {"+", "/a", false},
        {"+/b/#", "a/b", true},
        {"+/b/#", "a/b/c/d", true},
        {"+/+/#", "a", false},
        {"a/+/c", "a/b/c", true},
        {"a/+/c", "a/b/d", false},
        {"a/+/+/d", "a/b/c/d", true},
        {"+/b/+/d", "a/b/c/d", true},
        {"a//b", "a//b", true},
        {"a//b", "a/b", false},
        {"a/+/b", "a//b", true},
        {"A", "a", false},
        {"a/$x", "a/$x", true},
        {"a/+", "a/$x", true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
        rig_subscribe(c, rows[i].filter, MOTE_QOS_0);
        rig_publish(c, rows[i].topic, "x", MOTE_QOS_0, true, 0);
        if (rows[i].matches)
            rig_expect_message(c, rows[i].topic, "x", MOTE_QOS_0);
        RIG_NOTHING(c);
        /* The same the other way round: a subscription that finds it retained. */
        struct rig_client *d = rig_connect(MOTE_MQTT_3_1_1, "d");
        rig_subscribe(d, rows[i].filter, MOTE_QOS_0);
        if (rows[i].matches)
            rig_expect_message(d, rows[i].topic, "x", MOTE_QOS_0);
        RIG_NOTHING(d);
        rig_end();
    }
}

/* Many filters and topics at once, against the plain comparison of each with each.
 * [MQTT5-3.3.2-3] [MQTT5-3.3.4-4] */
static void matches_as_the_plain_way_does(void)
{
    static const char *const levels[] = {"a", "b", "", "+"};
    struct rig_client *c;
    char filter[16], topic[16];
    struct mote_property item = {.id = MOTE_SUBSCRIPTION_IDENTIFIER};

    rig_begin();
    rig_start();
    c = rig_connect(MOTE_MQTT_5, "c");
    for (unsigned i = 0; i < 128; i++) {
        snprintf(filter, sizeof filter, "%s/%s/%s%s", levels[i & 3], levels[i >> 2 & 3], levels[i >> 4 & 3],
                 i >= 64 ? "/#" : "");
        item.number = i + 1;
        rig_send_request(c, MOTE_SUBSCRIBE, &(struct mote_filter){.topic = mote_text(filter)}, 1,
                         &(struct mote_properties){.items = &item, .count = 1});
        RIG_EXPECT(c, MOTE_SUBACK);
    }
    for (unsigned i = 0; i < 54; i++) {
        struct mote_properties_place place = {0, 0};
        struct mote_property property;
        bool told[129] = {false};
        bool any = false;
        snprintf(topic, sizeof topic, "%s/%s/%s%s", levels[i % 3], levels[i / 3 % 3], levels[i / 9 % 3],
                 i >= 27 ? "/a" : "");
        rig_publish(c, topic, "x", MOTE_QOS_0, false, 0);
        if (rig_next(c) == MOTE_PUBLISH) {
            while (mote_properties_next(&rig.packet.message.properties, &place, &property)) {
                if (property.id == MOTE_SUBSCRIPTION_IDENTIFIER)
                    told[property.number] = true;
            }
        }
        for (unsigned k = 0; k < 128; k++) {
            snprintf(filter, sizeof filter, "%s/%s/%s%s", levels[k & 3], levels[k >> 2 & 3], levels[k >> 4 & 3],
                     k >= 64 ? "/#" : "");
            any = mote_topic_matches(mote_text(filter), mote_text(topic));
            if (any != told[k + 1])
                check_fail(__FILE__, __LINE__, "filter %s, topic %s: %d", filter, topic, told[k + 1]);
        }
        RIG_NOTHING(c);
    }
    rig_end();
}

/* One message at the highest QoS, with all identifiers. [MQTT-3.3.4-2] [MQTT-3.3.4-3]
 * [MQTT5-3.3.4-2] [MQTT5-3.3.4-3] [MQTT5-3.3.4-4] */
static void merges_overlapping_subscriptions(void)
{
    struct mote_properties_place place = {0, 0};
    struct mote_property property;
    uint32_t sum = 0;

    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
    subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a/#"), .qos = MOTE_QOS_0}, 1);
    subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a/+"), .qos = MOTE_QOS_2}, 20);
    subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a/b"), .qos = MOTE_QOS_1}, 268435455);
    subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("+/b"), .qos = MOTE_QOS_0}, 0);
    rig_publish(c, "a/b", "x", MOTE_QOS_2, false, 1);
    rig_expect_message(c, "a/b", "x", MOTE_QOS_2);
    while (mote_properties_next(&rig.packet.message.properties, &place, &property)) {
        CHECK_EQUAL(property.id, MOTE_SUBSCRIPTION_IDENTIFIER);
        sum += property.number;
    }
    CHECK_EQUAL(sum, 268435455 + 21);
    RIG_EXPECT(c, MOTE_PUBREC);
    RIG_NOTHING(c);
    rig_end();
}

/* [MQTT5-3.8.4-3] */
static void changes_a_subscription(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
    subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a"), .qos = MOTE_QOS_0}, 7);
    subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a"), .qos = MOTE_QOS_1}, 8);
    CHECK_EQUAL(rig.broker.counters.subscriptions, 1);
    size_t memory = rig.memory;
    for (unsigned i = 0; i < 100; i++) {
        subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a"), .qos = MOTE_QOS_1}, 0);
        subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a"), .qos = MOTE_QOS_1}, 7);
        subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a"), .qos = MOTE_QOS_1}, 8);
        subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("b")}, 9);
        rig_send_request(c, MOTE_UNSUBSCRIBE, &(struct mote_filter){.topic = MOTE_TEXT("b")}, 1, NULL);
        RIG_EXPECT(c, MOTE_UNSUBACK);
    }
    CHECK_EQUAL(rig.memory, memory);
    rig_publish(c, "a", "x", MOTE_QOS_1, false, 1);
    rig_expect_message(c, "a", "x", MOTE_QOS_1);
    CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_SUBSCRIPTION_IDENTIFIER, 0), 8);
    rig_end();
}

/* [MQTT3-2.3.1-7] [MQTT3-3.10.4-1] [MQTT3-3.10.4-2] [MQTT3-3.10.4-4] [MQTT3-3.10.4-5] [MQTT3-3.10.4-6]
 * [MQTT5-2.2.1-6] [MQTT5-3.10.4-1] [MQTT5-3.10.4-2] [MQTT5-3.10.4-4] [MQTT5-3.10.4-5] [MQTT5-3.10.4-6]
 * [MQTT5-3.11.3-1] [MQTT5-3.11.3-2] */
static void unsubscribes(void)
{
    const struct mote_filter filters[] = {
        {.topic = MOTE_TEXT("a")}, {.topic = MOTE_TEXT("never")}, {.topic = MOTE_TEXT("$share/g/a")}};

    for (unsigned i = 0; i < 3; i++) {
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(versions[i], "c");
        rig_subscribe(c, "a", MOTE_QOS_1);
        rig_subscribe(c, "$share/g/a", MOTE_QOS_1);
        rig_subscribe(c, "$share/h/a", MOTE_QOS_1);
        rig_send_request(c, MOTE_UNSUBSCRIBE, filters, 3, NULL);
        RIG_EXPECT(c, MOTE_UNSUBACK);
        CHECK_EQUAL(rig.packet.reply.packet_id, 77);
        if (versions[i] == MOTE_MQTT_5)
            CHECK_BYTES(rig.packet.reply.codes.data, rig.packet.reply.codes.length, "00 11 00");
        CHECK_EQUAL(rig.broker.counters.subscriptions, 1);
        CHECK_EQUAL(rig.events[MOTE_BROKER_UNSUBSCRIBED], 3);
        rig_publish(c, "a", "x", MOTE_QOS_0, false, 0);
        rig_expect_message(c, "a", "x", MOTE_QOS_0); /* group h's */
        RIG_NOTHING(c);
        rig_end();
    }
}

/* [MQTT-3.8.3-3] also for what is retained
 * [MQTT5-3.8.3-3] */
static void respects_no_local(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
    struct rig_client *d = rig_connect(MOTE_MQTT_5, "d");
    subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a"), .no_local = true}, 0);
    rig_publish(c, "a", "own", MOTE_QOS_0, true, 0);
    RIG_NOTHING(c);
    subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a"), .no_local = true}, 0);
    RIG_NOTHING(c);
    rig_publish(d, "a", "other's", MOTE_QOS_0, true, 0);
    rig_expect_message(c, "a", "other's", MOTE_QOS_0);
    subscribe_with(c, (struct mote_filter){.topic = MOTE_TEXT("a"), .no_local = true}, 0);
    rig_expect_message(c, "a", "other's", MOTE_QOS_0);
    rig_end();
}

/* Properties go through as they are, but for those of the hop.
 * [MQTT5-3.3.2-4] [MQTT5-3.3.2-15] [MQTT5-3.3.2-16] [MQTT5-3.3.2-17] [MQTT5-3.3.2-18] [MQTT5-3.3.2-20] */
static void forwards_properties(void)
{
    const struct mote_property items[] = {
        {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 1},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("1")},
        {.id = MOTE_TOPIC_ALIAS, .number = 2},
        {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("text/plain")},
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 100},
        {.id = MOTE_RESPONSE_TOPIC, .text = MOTE_TEXT("answer")},
        {.id = MOTE_CORRELATION_DATA, .text = MOTE_TEXT("\0\1")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("2")},
    };
    static const enum mote_property_id order[] = {
        MOTE_PAYLOAD_FORMAT_INDICATOR, MOTE_USER_PROPERTY, MOTE_CONTENT_TYPE,           MOTE_RESPONSE_TOPIC,
        MOTE_CORRELATION_DATA,         MOTE_USER_PROPERTY, MOTE_MESSAGE_EXPIRY_INTERVAL};
    static const size_t from[] = {0, 1, 3, 5, 6, 7, 4};

    rig_begin();
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
    rig_subscribe(s, "topic", MOTE_QOS_1);
    rig_send_publish(p, &(struct mote_message){
                            .topic = MOTE_TEXT("topic"),
                            .payload = MOTE_TEXT("x"),
                            .qos = MOTE_QOS_1,
                            .packet_id = 3,
                            .properties = {.items = items, .count = sizeof items / sizeof items[0]},
                        });
    rig_expect_message(s, "topic", "x", MOTE_QOS_1);
    struct mote_properties_place place = {0, 0};
    struct mote_property got;
    size_t count = 0;
    while (mote_properties_next(&rig.packet.message.properties, &place, &got)) {
        CHECK(count < 7);
        CHECK_EQUAL(got.id, order[count]);
        CHECK_EQUAL(got.number, items[from[count]].number);
        CHECK(mote_text_same(got.text, items[from[count]].text));
        CHECK(mote_text_same(got.value, items[from[count]].value));
        count++;
    }
    CHECK_EQUAL(count, 7);
    rig_end();
}

static void take_message_with_alias(struct rig_client *p, const char *topic, uint32_t alias, const char *payload)
{
    struct mote_property item = {.id = MOTE_TOPIC_ALIAS, .number = alias};

    rig_send_publish(p, &(struct mote_message){
                            .topic = mote_text(topic),
                            .payload = mote_text(payload),
                            .properties = {.items = &item, .count = 1},
                        });
}

/* [MQTT-3.3.2-7] to [MQTT-3.3.2-12]
 * [MQTT5-3.3.2-7] [MQTT5-3.3.2-12] */
static void takes_topic_aliases(void)
{
    rig_begin();
    rig.config.topic_alias_max = 2;
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    struct rig_client *q = rig_connect(MOTE_MQTT_5, "q");
    struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
    rig_subscribe(s, "#", MOTE_QOS_0);
    take_message_with_alias(p, "one", 1, "a");
    rig_expect_message(s, "one", "a", MOTE_QOS_0);
    take_message_with_alias(p, "two", 2, "b");
    rig_expect_message(s, "two", "b", MOTE_QOS_0);
    take_message_with_alias(p, "", 1, "c");
    rig_expect_message(s, "one", "c", MOTE_QOS_0);
    take_message_with_alias(p, "other", 1, "d");
    rig_expect_message(s, "other", "d", MOTE_QOS_0);
    take_message_with_alias(p, "", 1, "e");
    rig_expect_message(s, "other", "e", MOTE_QOS_0);
    take_message_with_alias(q, "", 1, "f"); /* another connection's */
    rig_expect_cut(q, MOTE_CODE_PROTOCOL_ERROR);
    take_message_with_alias(p, "x", 3, "g");
    rig_expect_cut(p, MOTE_CODE_TOPIC_ALIAS_INVALID);
    RIG_NOTHING(s);
    rig_end();
}

/* Each topic in full once, as many aliases as the client takes; never 0, never more.
 * [MQTT5-3.1.2-26] [MQTT5-3.3.2-8] [MQTT5-3.3.2-11] */
static void gives_topic_aliases(void)
{
    struct mote_property item = {.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = 2};
    static const char *const topics[] = {"first", "second", "third", "first", "second", "third", "a"};

    rig_begin();
    rig_start();
    struct rig_client *s = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                             .clean_start = true,
                                                             .client_id = MOTE_TEXT("s"),
                                                             .properties = {.items = &item, .count = 1},
                                                         });
    rig_subscribe(s, "#", MOTE_QOS_1);
    size_t sizes[7];
    for (size_t i = 0; i < 7; i++) {
        rig_publish(s, topics[i], "x", (enum mote_qos)(i & 1), false, 50);
        rig_expect_message(s, topics[i], "x", (enum mote_qos)(i & 1));
        sizes[i] = rig.packet.header.remaining - 2 * (i & 1);
        CHECK(mote_properties_number(&rig.packet.message.properties, MOTE_TOPIC_ALIAS, 0) <= 2);
        if ((i & 1) != 0)
            RIG_EXPECT(s, MOTE_PUBACK);
    }
    CHECK_EQUAL(sizes[0] - sizes[3], 5);
    CHECK_EQUAL(sizes[1] - sizes[4], 6);
    CHECK_EQUAL(sizes[2], sizes[5]);
    rig_end();
}

/* What has waited, in seconds, comes off; nothing is sent after its time. [MQTT-3.3.2-5] [MQTT-3.3.2-6]
 * [MQTT5-3.3.2-5] [MQTT5-3.3.2-6] */
static void lets_messages_expire(void)
{
    struct mote_property expiry = {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 10};
    struct mote_message message = {
        .topic = MOTE_TEXT("t"),
        .payload = MOTE_TEXT("x"),
        .qos = MOTE_QOS_1,
        .retain = true,
        .packet_id = 1,
        .properties = {.items = &expiry, .count = 1},
    };

    for (uint32_t waited_s = 0; waited_s <= 11; waited_s++) {
        rig_begin();
        rig_start();
        struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
        struct rig_client *s = rig_resume(MOTE_MQTT_5, "s");
        rig_subscribe(s, "t", MOTE_QOS_1);
        rig_close(s);
        rig_send_publish(p, &message);
        rig_pass(waited_s * UINT64_C(1000));
        s = rig_resume(MOTE_MQTT_5, "s");
        struct rig_client *r = rig_connect(MOTE_MQTT_5, "r");
        rig_subscribe(r, "t", MOTE_QOS_0);
        if (waited_s < 10) {
            rig_expect_message(s, "t", "x", MOTE_QOS_1);
            CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_MESSAGE_EXPIRY_INTERVAL, 0),
                        10 - waited_s);
            rig_expect_message(r, "t", "x", MOTE_QOS_0);
            CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_MESSAGE_EXPIRY_INTERVAL, 0),
                        10 - waited_s);
        }
        RIG_NOTHING(s);
        RIG_NOTHING(r);
        CHECK_EQUAL(rig.broker.counters.expired, waited_s < 10 ? 0 : 1);
        rig_pass(120000); /* those that are retained go by themselves */
        CHECK_EQUAL(rig.broker.counters.retained, 0);
        CHECK_EQUAL(mote_broker_deadline(&rig.broker), MOTE_NEVER);
        rig_end();
    }
}

static void expires_after_very_long(void)
{
    struct mote_property expiry = {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = UINT32_MAX};

    rig_begin();
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    rig_send_publish(p, &(struct mote_message){
                            .topic = MOTE_TEXT("t"),
                            .payload = MOTE_TEXT("x"),
                            .retain = true,
                            .properties = {.items = &expiry, .count = 1},
                        });
    rig.now_ms += UINT64_C(4294967294) * 1000;
    rig_subscribe(p, "t", MOTE_QOS_0);
    rig_expect_message(p, "t", "x", MOTE_QOS_0);
    CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_MESSAGE_EXPIRY_INTERVAL, 0), 1);
    rig.now_ms += 1000;
    rig_subscribe(p, "t", MOTE_QOS_0);
    RIG_NOTHING(p);
    rig_end();
}

/* [MQTT-3.1.2-24] [MQTT-3.1.2-25]: what is too large for one receiver is dropped for him alone.
 * [MQTT5-3.1.2-24] [MQTT5-3.1.2-25] */
static void respects_the_packet_size(void)
{
    struct mote_property item = {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 30};
    struct rig_client *small, *large;

    rig_begin();
    rig_start();
    large = rig_connect(MOTE_MQTT_5, "large");
    small = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                              .clean_start = true,
                                              .client_id = MOTE_TEXT("small"),
                                              .properties = {.items = &item, .count = 1},
                                          });
    rig_subscribe(large, "t", MOTE_QOS_1);
    rig_subscribe(small, "t", MOTE_QOS_1);
    rig_publish(large, "t", "0123456789012345678901", MOTE_QOS_1, false, 1); /* 30 bytes */
    rig_publish(large, "t", "01234567890123456789012", MOTE_QOS_1, false, 2);
    rig_publish(large, "t", "01234567890123456789012", MOTE_QOS_0, false, 0); /* 29 */
    rig_publish(large, "t", "0123456789012345678901234", MOTE_QOS_0, false, 0);
    rig_expect_message(small, "t", "0123456789012345678901", MOTE_QOS_1);
    rig_expect_message(small, "t", "01234567890123456789012", MOTE_QOS_0);
    RIG_NOTHING(small);
    CHECK_EQUAL(rig.broker.counters.dropped_size, 2);
    int got = 0;
    while (rig_next(large) != 0)
        got += rig.packet.header.type == MOTE_PUBLISH;
    CHECK_EQUAL(got, 4);
    rig_end();
}

/* A request whose answer would be too large cannot be answered. */
static void cuts_off_for_an_answer_too_large(void)
{
    struct mote_property item = {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 20};
    struct mote_filter filters[20];

    rig_begin();
    rig_start();
    struct rig_client *c = rig_open(MOTE_MQTT_5);
    rig_send_connect(c, (struct mote_connect){
                            .clean_start = true,
                            .client_id = MOTE_TEXT("c"),
                            .properties = {.items = &item, .count = 1},
                        });
    RIG_EXPECT(c, MOTE_CONNACK);
    for (size_t i = 0; i < 20; i++)
        filters[i] = (struct mote_filter){.topic = MOTE_TEXT("t")};
    rig_send_request(c, MOTE_SUBSCRIBE, filters, 20, NULL);
    rig_expect_cut(c, MOTE_CODE_PACKET_TOO_LARGE);
    rig_end();
}

/* [MQTT3-3.3.5-2] */
static void asks_who_may_publish(void)
{
    for (unsigned i = 0; i < 6; i++) {
        enum mote_qos qos = (enum mote_qos)(i % 3);
        rig_begin();
        rig.config.authorize = rig_authorize;
        rig_start();
        struct rig_client *c = rig_connect(i < 3 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5, "c");
        rig_subscribe(c, "#", MOTE_QOS_0);
        rig.forbidden[MOTE_BROKER_PUBLISH] = MOTE_MQTT_NOT_AUTHORIZED;
        rig_publish(c, "t", "x", qos, true, 6);
        if (i < 3)
            expect_published(c, qos, 6, 0);
        else if (qos != MOTE_QOS_0)
            rig_expect_ack(c, qos == MOTE_QOS_1 ? MOTE_PUBACK : MOTE_PUBREC, 6, MOTE_CODE_NOT_AUTHORIZED);
        RIG_NOTHING(c);
        CHECK(c->client != NULL);
        CHECK_EQUAL(rig.broker.counters.retained, 0);
        CHECK_EQUAL(rig.broker.counters.dropped_input, i < 4 ? 1 : 0);
        rig_end();
    }
}

/* The name that he has connected with goes with everything that he does, also after another connection. */
static void knows_who_asks(void)
{
    struct mote_property expiry = {.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = 100};
    static const char *const names[] = {"first", NULL, "second"};
    static const char *const expected[] = {"me first", "me ", "me second"};

    rig_begin();
    rig.config.authorize = rig_authorize;
    rig_start();
    for (int i = 0; i < 3; i++) {
        struct rig_client *c = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                                 .client_id = MOTE_TEXT("me"),
                                                                 .has_username = names[i] != NULL,
                                                                 .username = mote_text(names[i]),
                                                                 .properties = {.items = &expiry, .count = 1},
                                                             });
        CHECK_EQUAL(rig.packet.connack.session_present, i > 0);
        rig_publish(c, "other", "x", MOTE_QOS_0, false, 0);
        CHECK(strcmp(rig.asked, expected[i]) == 0);
        strcpy(rig.asked, "-");
        rig_send_request(c, MOTE_UNSUBSCRIBE, &(struct mote_filter){.topic = MOTE_TEXT("t")}, 1, NULL);
        CHECK(strcmp(rig.asked, "-") == 0); /* that needs no leave */
        RIG_EXPECT(c, MOTE_UNSUBACK);
        rig_subscribe(c, "t", MOTE_QOS_0);
        CHECK(strcmp(rig.asked, expected[i]) == 0);
        rig_close(c);
    }
    rig_end();
}

/* [MQTT3-3.8.4-5] [MQTT5-3.8.4-7] */
static void asks_who_may_subscribe_and_receive(void)
{
    rig_begin();
    rig.config.authorize = rig_authorize;
    rig.config.authorize_receive = true;
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
    struct rig_client *d = rig_connect(MOTE_MQTT_3_1_1, "d");
    rig_subscribe(c, "t", MOTE_QOS_0);
    rig.forbidden[MOTE_BROKER_RECEIVE] = MOTE_MQTT_NOT_AUTHORIZED;
    rig_publish(d, "t", "x", MOTE_QOS_0, false, 0);
    RIG_NOTHING(c);
    rig.forbidden[MOTE_BROKER_SUBSCRIBE] = MOTE_MQTT_NOT_AUTHORIZED;
    rig_send_request(c, MOTE_SUBSCRIBE, &(struct mote_filter){.topic = MOTE_TEXT("u")}, 1, NULL);
    RIG_EXPECT(c, MOTE_SUBACK);
    CHECK_BYTES(rig.packet.reply.codes.data, rig.packet.reply.codes.length, "87");
    rig_send_request(d, MOTE_SUBSCRIBE, &(struct mote_filter){.topic = MOTE_TEXT("u")}, 1, NULL);
    RIG_EXPECT(d, MOTE_SUBACK);
    CHECK_BYTES(rig.packet.reply.codes.data, rig.packet.reply.codes.length, "80");
    CHECK_EQUAL(rig.broker.counters.subscriptions, 1);
    rig_end();
}

static void keeps_sys_to_itself(void)
{
    rig_begin();
    rig.config.without_sys = false;
    rig.config.sys_interval_ms = 5000;
    rig_start();
    rig_pass(0);
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
    rig_subscribe(c, "$SYS/broker/clients/connected", MOTE_QOS_0);
    rig_expect_message(c, "$SYS/broker/clients/connected", "0", MOTE_QOS_0);
    CHECK(rig.packet.message.retain);
    rig_pass(5000);
    rig_expect_message(c, "$SYS/broker/clients/connected", "1", MOTE_QOS_0);
    CHECK(!rig.packet.message.retain);
    rig_publish(c, "$SYS/broker/clients/connected", "9", MOTE_QOS_1, true, 2);
    rig_expect_ack(c, MOTE_PUBACK, 2, MOTE_CODE_NOT_AUTHORIZED);
    rig_pass(60000);
    RIG_NOTHING(c);
    CHECK_EQUAL(mote_broker_deadline(&rig.broker), MOTE_NEVER);
    rig_end();
}

/* [MQTT-3.3.4-6]
 * [MQTT5-3.3.4-6] */
static void refuses_identifiers_from_clients(void)
{
    struct mote_property item = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 1};

    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
    rig_send_publish(c, &(struct mote_message){.topic = MOTE_TEXT("t"), .properties = {.items = &item, .count = 1}});
    rig_expect_cut(c, MOTE_CODE_PROTOCOL_ERROR);
    rig_end();
}

static void publishes_for_the_host(void)
{
    struct mote_property items[] = {{.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("text")},
                                    {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 9}};
    struct mote_message message = {
        .topic = MOTE_TEXT("t"),
        .payload = MOTE_TEXT("x"),
        .qos = MOTE_QOS_1,
        .retain = true,
        .properties = {.items = items, .count = 2},
    };
    struct mote_property found;

    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
    rig_subscribe(c, "#", MOTE_QOS_2);
    CHECK_EQUAL(mote_broker_publish(&rig.broker, &message, rig.now_ms), MOTE_OK);
    rig_serve();
    rig_expect_message(c, "t", "x", MOTE_QOS_1);
    CHECK(mote_properties_find(&rig.packet.message.properties, MOTE_CONTENT_TYPE, &found));
    CHECK_TEXT(found.text, "text");
    CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_MESSAGE_EXPIRY_INTERVAL, 0), 9);
    CHECK_EQUAL(rig.broker.counters.retained, 1);
    CHECK_EQUAL(rig.last.type, MOTE_BROKER_PUBLISHED);
    CHECK_EQUAL(rig.last.client_id.length, 0);
    CHECK_EQUAL(rig.last.delivered, 1);
    message.topic = MOTE_TEXT("a/+");
    CHECK_EQUAL(mote_broker_publish(&rig.broker, &message, rig.now_ms), MOTE_CONFIG_INVALID);
    message.topic = MOTE_TEXT("t");
    items[0].id = MOTE_REASON_STRING;
    CHECK_EQUAL(mote_broker_publish(&rig.broker, &message, rig.now_ms), MOTE_CONFIG_INVALID);
    rig_end();
}

/* A megabyte of payload, in small pieces, through a small buffer, to several receivers: stored once. */
static void shares_large_payloads(void)
{
    enum { SIZE = 1000000 };
    char *payload = malloc(SIZE);
    struct rig_client *s[4];

    rig_begin();
    rig_start();
    CHECK(payload != NULL);
    for (size_t i = 0; i < SIZE; i++)
        payload[i] = (char)(i * 7 + i / 251);
    for (unsigned i = 0; i < 4; i++) {
        char name[2] = {(char)('a' + i), '\0'};
        s[i] = rig_connect(i % 2 == 0 ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1, name);
        rig_subscribe(s[i], "large", (enum mote_qos)(i % 3));
        s[i]->held = true;
    }
    struct rig_client *p = rig_connect(MOTE_MQTT_3_1_1, "p");
    rig_send_publish(p, &(struct mote_message){
                            .topic = MOTE_TEXT("large"),
                            .payload = {payload, SIZE},
                            .qos = MOTE_QOS_2,
                            .packet_id = 1,
                        });
    rig_expect_ack(p, MOTE_PUBREC, 1, 0);
    CHECK(rig.broker.counters.memory < SIZE + 40000);
    for (unsigned i = 0; i < 4; i++) {
        rig_release(s[i]);
        RIG_EXPECT(s[i], MOTE_PUBLISH);
        CHECK_EQUAL(rig.packet.message.payload.length, SIZE);
        CHECK(memcmp(rig.packet.message.payload.data, payload, SIZE) == 0);
        acknowledge(s[i]);
    }
    CHECK(rig.broker.counters.memory < 40000);
    free(payload);
    rig_end();
}

static const struct check_case cases[] = {
    {"delivers-in-every-version-and-qos", delivers_in_every_version_and_qos},
    {"says-when-nobody-listens", says_when_nobody_listens},
    {"takes-qos-2-once", takes_qos_2_once},
    {"answers-acks-of-nothing", answers_acks_of_nothing},
    {"cuts-off-wrong-acks", cuts_off_wrong_acks},
    {"passes-over-strange-acks", passes_over_strange_acks},
    {"takes-refusals", takes_refusals},
    {"respects-the-receive-maximum", respects_the_receive_maximum},
    {"limits-incoming-qos-2", limits_incoming_qos_2},
    {"matches-wildcards", matches_wildcards},
    {"matches-as-the-plain-way-does", matches_as_the_plain_way_does},
    {"merges-overlapping-subscriptions", merges_overlapping_subscriptions},
    {"changes-a-subscription", changes_a_subscription},
    {"unsubscribes", unsubscribes},
    {"respects-no-local", respects_no_local},
    {"forwards-properties", forwards_properties},
    {"takes-topic-aliases", takes_topic_aliases},
    {"gives-topic-aliases", gives_topic_aliases},
    {"lets-messages-expire", lets_messages_expire},
    {"expires-after-very-long", expires_after_very_long},
    {"respects-the-packet-size", respects_the_packet_size},
    {"cuts-off-for-an-answer-too-large", cuts_off_for_an_answer_too_large},
    {"asks-who-may-publish", asks_who_may_publish},
    {"knows-who-asks", knows_who_asks},
    {"asks-who-may-subscribe-and-receive", asks_who_may_subscribe_and_receive},
    {"keeps-sys-to-itself", keeps_sys_to_itself},
    {"refuses-identifiers-from-clients", refuses_identifiers_from_clients},
    {"publishes-for-the-host", publishes_for_the_host},
    {"shares-large-payloads", shares_large_payloads},
};

int main(int argc, char **argv)
{
    return check_main("unit/broker-publish", cases, sizeof cases / sizeof cases[0], argc, argv);
}
