/* The broker and retained messages. */
#include "broker_rig.h"

#include <stdio.h>

/* [MQTT-3.3.1-5] to [MQTT-3.3.1-8]: the last one of each topic, an empty one ends it, who is there gets it as new.
 * [MQTT3-3.3.1-9] */
static void keeps_the_last_one(void)
{
    rig_begin();
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_3_1_1, "p");
    struct rig_client *s = rig_connect(MOTE_MQTT_3_1_1, "s");
    rig_subscribe(s, "a", MOTE_QOS_2);
    rig_publish(p, "a", "1", MOTE_QOS_0, true, 0);
    rig_publish(p, "a", "22", MOTE_QOS_1, true, 1);
    rig_publish(p, "a", "no", MOTE_QOS_0, false, 0);
    rig_expect_message(s, "a", "1", MOTE_QOS_0);
    CHECK(!rig.packet.message.retain);
    rig_expect_message(s, "a", "22", MOTE_QOS_1);
    CHECK(!rig.packet.message.retain);
    rig_expect_message(s, "a", "no", MOTE_QOS_0);
    rig_end();
}

/* [MQTT3-3.3.1-5] [MQTT3-3.3.1-6] [MQTT3-3.3.1-7] [MQTT3-3.3.1-8] [MQTT3-3.3.1-10] [MQTT3-3.3.1-11]
 * [MQTT3-3.3.1-12] */
static void replays_the_last_one(void)
{
    rig_begin();
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_3_1_1, "p");
    rig_publish(p, "a", "1", MOTE_QOS_0, true, 0);
    rig_publish(p, "a", "22", MOTE_QOS_0, true, 0);
    rig_publish(p, "b", "3", MOTE_QOS_0, true, 0);
    rig_publish(p, "a", "no", MOTE_QOS_0, false, 0);
    CHECK_EQUAL(rig.broker.counters.retained, 2);
    CHECK_EQUAL(rig.broker.counters.retained_bytes, 5);
    struct rig_client *s = rig_connect(MOTE_MQTT_3_1_1, "s");
    rig_subscribe(s, "a", MOTE_QOS_2);
    rig_expect_message(s, "a", "22", MOTE_QOS_0);
    CHECK(rig.packet.message.retain);
    rig_publish(p, "a", "", MOTE_QOS_0, true, 0);
    rig_expect_message(s, "a", "", MOTE_QOS_0);
    CHECK(!rig.packet.message.retain);
    rig_publish(p, "b", "", MOTE_QOS_0, true, 0);
    rig_publish(p, "never", "", MOTE_QOS_0, true, 0);
    CHECK_EQUAL(rig.broker.counters.retained, 0);
    CHECK_EQUAL(rig.broker.counters.retained_bytes, 0);
    CHECK_EQUAL(rig.broker.retained.count, 0);
    rig_subscribe(s, "#", MOTE_QOS_0);
    RIG_NOTHING(s);
    rig_end();
}

/* Retain handling × new or old subscription × retain as published × shared. [MQTT-3.3.1-9] to [MQTT-3.3.1-13]
 * [MQTT5-3.3.1-9] [MQTT5-3.3.1-10] [MQTT5-3.3.1-11] [MQTT5-3.3.1-12] [MQTT5-3.3.1-13] [MQTT5-3.8.4-4] */
static void follows_the_retain_options(void)
{
    for (unsigned i = 0; i < 24; i++) {
        uint8_t handling = (uint8_t)(i % 3);
        bool as_published = i / 3 % 2, shared = i / 6 % 2, again = i / 12 % 2;
        struct mote_filter filter = {
            .topic = shared ? MOTE_TEXT("$share/g/a") : MOTE_TEXT("a"),
            .retain_handling = handling,
            .retain_as_published = as_published,
        };
        rig_begin();
        rig_start();
        struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
        rig_publish(p, "a", "old", MOTE_QOS_0, true, 0);
        struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
        rig_send_request(s, MOTE_SUBSCRIBE, &filter, 1, NULL);
        RIG_EXPECT(s, MOTE_SUBACK);
        bool first = handling < 2 && !shared, second = handling == 0 && !shared;
        if (first) {
            rig_expect_message(s, "a", "old", MOTE_QOS_0);
            CHECK(rig.packet.message.retain);
        }
        RIG_NOTHING(s);
        if (again) {
            rig_send_request(s, MOTE_SUBSCRIBE, &filter, 1, NULL);
            RIG_EXPECT(s, MOTE_SUBACK);
            if (second)
                rig_expect_message(s, "a", "old", MOTE_QOS_0);
            RIG_NOTHING(s);
        }
        rig_publish(p, "a", "new", MOTE_QOS_0, true, 0);
        rig_expect_message(s, "a", "new", MOTE_QOS_0);
        CHECK_EQUAL(rig.packet.message.retain, as_published);
        rig_publish(p, "a", "plain", MOTE_QOS_0, false, 0);
        rig_expect_message(s, "a", "plain", MOTE_QOS_0);
        CHECK(!rig.packet.message.retain);
        rig_end();
    }
}

/* SUBACK first; with the identifier; at the lower QoS.
 * [MQTT5-3.8.4-8] */
static void replays_as_the_subscription_says(void)
{
    struct mote_property item = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 300};

    for (unsigned i = 0; i < 9; i++) {
        enum mote_qos kept = (enum mote_qos)(i % 3), asked = (enum mote_qos)(i / 3);
        rig_begin();
        rig_start();
        CHECK_EQUAL(mote_broker_publish(&rig.broker,
                                        &(struct mote_message){
                                            .topic = MOTE_TEXT("a/b"),
                                            .payload = MOTE_TEXT("x"),
                                            .qos = kept,
                                            .retain = true,
                                        },
                                        rig.now_ms),
                    MOTE_OK);
        struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
        rig_send_request(s, MOTE_SUBSCRIBE, &(struct mote_filter){.topic = MOTE_TEXT("+/#"), .qos = asked}, 1,
                         &(struct mote_properties){.items = &item, .count = 1});
        RIG_EXPECT(s, MOTE_SUBACK);
        rig_expect_message(s, "a/b", "x", kept < asked ? kept : asked);
        CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_SUBSCRIPTION_IDENTIFIER, 0), 300);
        RIG_NOTHING(s);
        rig_end();
    }
}

/* More than fits the output of a client that does not read: it waits, and comes whole. */
static void replays_large_numbers(void)
{
    enum { COUNT = 3000 };
    static bool got[COUNT];
    char topic[32], payload[100];

    for (unsigned qos = 0; qos < 3; qos++) {
        memset(got, 0, sizeof got);
        memset(payload, 'x', sizeof payload);
        rig_begin();
        rig.config.output_max = 10000;
        rig.config.queue_max = 50;
        rig_start();
        for (int i = 0; i < COUNT; i++) {
            snprintf(topic, sizeof topic, "%d/%d/%d", i % 7, i % 100, i);
            CHECK_EQUAL(mote_broker_publish(&rig.broker,
                                            &(struct mote_message){
                                                .topic = mote_text(topic),
                                                .payload = {payload, sizeof payload},
                                                .qos = (enum mote_qos)qos,
                                                .retain = true,
                                            },
                                            rig.now_ms),
                        MOTE_OK);
        }
        struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
        s->held = true;
        rig_send_request(s, MOTE_SUBSCRIBE, &(struct mote_filter){.topic = MOTE_TEXT("+/#"), .qos = (enum mote_qos)qos},
                         1, NULL);
        rig_release(s);
        RIG_EXPECT(s, MOTE_SUBACK);
        for (int i = 0; i < COUNT; i++) {
            RIG_EXPECT(s, MOTE_PUBLISH);
            struct mote_text name = rig.packet.message.topic;
            while (memchr(name.data, '/', name.length) != NULL) {
                name.data++;
                name.length--;
            }
            uint32_t number = COUNT;
            CHECK(mote_text_to_number(name, COUNT - 1, &number));
            CHECK(!got[number]);
            got[number] = true;
            if (qos == 1)
                rig_send_ack(s, MOTE_PUBACK, rig.packet.message.packet_id, 0);
            if (qos == 2)
                rig_send_ack(s, MOTE_PUBREC, rig.packet.message.packet_id, MOTE_CODE_UNSPECIFIED);
        }
        RIG_NOTHING(s);
        CHECK_EQUAL(rig.broker.counters.dropped_queue, 0);
        rig_end();
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"keeps-the-last-one", keeps_the_last_one},
        {"replays-the-last-one", replays_the_last_one},
        {"follows-the-retain-options", follows_the_retain_options},
        {"replays-as-the-subscription-says", replays_as_the_subscription_says},
        {"replays-large-numbers", replays_large_numbers},
    };

    return check_main("unit/broker-retained", cases, sizeof cases / sizeof cases[0], argc, argv);
}
