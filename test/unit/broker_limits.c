/* The broker under pressure: who does not read, what is too much, and that the others do not notice. */
#include "broker_rig.h"

#include <stdio.h>

static char large[5000];

static const char *text_of_size(size_t size)
{
    memset(large, 'x', sizeof large);
    large[size] = '\0';
    return large;
}

static unsigned take_all(struct rig_client *c)
{
    unsigned count = 0;

    while (rig_next(c) != 0)
        count += rig.packet.header.type == MOTE_PUBLISH;
    return count;
}

/* QoS 0 for one who does not read is dropped and counted; the others get all of it, and he gets what comes later. */
static void drops_qos_0_for_the_slow(void)
{
    rig_begin();
    rig.config.output_max = 10000;
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    struct rig_client *slow = rig_connect(MOTE_MQTT_5, "slow");
    struct rig_client *quick = rig_connect(MOTE_MQTT_3_1_1, "quick");
    rig_subscribe(slow, "t", MOTE_QOS_0);
    rig_subscribe(quick, "t", MOTE_QOS_0);
    slow->held = true;
    for (int i = 0; i < 100; i++)
        rig_publish(p, "t", text_of_size(1000), MOTE_QOS_0, false, 0);
    CHECK_EQUAL(take_all(quick), 100);
    CHECK_EQUAL(rig.broker.counters.dropped_output, 90);
    CHECK(rig.broker.counters.memory < 70000);
    rig_release(slow);
    CHECK_EQUAL(take_all(slow), 10);
    rig_publish(p, "t", "x", MOTE_QOS_0, false, 0);
    rig_expect_message(slow, "t", "x", MOTE_QOS_0);
    rig_end();
}

/* QoS 1 and 2 wait in the queue, up to its end: the newest are dropped, in the order in which they came the
 * others follow. */
static void queues_for_the_slow_and_absent(void)
{
    for (unsigned i = 0; i < 4; i++) {
        bool by_bytes = i % 2 == 1, absent = i / 2 == 1;
        char payload[16];
        rig_begin();
        if (by_bytes)
            rig.config.queue_bytes_max = 200; /* 40 messages of 5 bytes */
        else
            rig.config.queue_max = 40;
        rig.config.inflight_max = 10;
        rig_start();
        struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
        struct rig_client *s = rig_resume(MOTE_MQTT_5, "s");
        rig_subscribe(s, "t", MOTE_QOS_2);
        if (absent)
            rig_close(s);
        for (unsigned n = 0; n < 100; n++) {
            snprintf(payload, sizeof payload, "%04u", n);
            rig_publish(p, "t", payload, n % 2 ? MOTE_QOS_1 : MOTE_QOS_2, false, (uint16_t)(n + 1));
            CHECK(rig_next(p) != 0);
            CHECK_EQUAL(rig.packet.ack.code, n < (absent ? 40 : 50) ? 0 : MOTE_CODE_QUOTA_EXCEEDED);
        }
        CHECK_EQUAL(rig.broker.counters.dropped_queue, absent ? 60 : 50);
        CHECK_EQUAL(rig.events[MOTE_BROKER_QUEUE_FULL], 1);
        if (absent)
            s = rig_resume(MOTE_MQTT_5, "s");
        for (unsigned n = 0; n < (absent ? 40 : 50); n++) {
            snprintf(payload, sizeof payload, "%04u", n);
            rig_expect_message(s, "t", payload, n % 2 ? MOTE_QOS_1 : MOTE_QOS_2);
            rig_send_ack(s, n % 2 ? MOTE_PUBACK : MOTE_PUBREC, rig.packet.message.packet_id,
                         n % 2 ? 0 : MOTE_CODE_UNSPECIFIED);
        }
        RIG_NOTHING(s);
        for (unsigned n = 0; n < 100; n++) {
            rig_publish(p, "t", "more", MOTE_QOS_1, false, (uint16_t)(n + 1));
            CHECK(rig_next(p) != 0);
        }
        CHECK_EQUAL(rig.events[MOTE_BROKER_QUEUE_FULL], 2); /* it had been empty in between */
        rig_end();
    }
}

/* One that cannot say how many it takes at once is given fewer. */
static void window_of_each_version(void)
{
    static const struct {
        enum mote_mqtt_version version;
        unsigned at_once;
    } clients[] = {{MOTE_MQTT_3_1_1, 20}, {MOTE_MQTT_5, 64}};

    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
        rig_begin();
        rig_start();
        struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
        struct rig_client *s = rig_connect(clients[i].version, "s");
        rig_subscribe(s, "t", MOTE_QOS_2);
        for (unsigned n = 0; n < 100; n++) {
            rig_publish(p, "t", "m", MOTE_QOS_1, false, (uint16_t)(n + 1));
            CHECK(rig_next(p) != 0);
        }
        for (unsigned n = 0; n < clients[i].at_once; n++)
            rig_expect_message(s, "t", "m", MOTE_QOS_1);
        uint16_t last = rig.packet.message.packet_id;
        RIG_NOTHING(s);
        rig_send_ack(s, MOTE_PUBACK, last, 0);
        rig_expect_message(s, "t", "m", MOTE_QOS_1);
        RIG_NOTHING(s);
        rig_end();
    }
}

/* Floods and does not read: its answers pile up to a limit, then it goes; nobody else waits. */
static void cuts_off_who_floods_and_does_not_read(void)
{
    rig_begin();
    rig.config.output_max = 5000;
    rig_start();
    struct rig_client *flood = rig_connect(MOTE_MQTT_5, "flood");
    struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
    rig_subscribe(s, "t", MOTE_QOS_0);
    rig_subscribe(flood, "t", MOTE_QOS_1);
    flood->held = true;
    unsigned sent = 0;
    while (flood->client != NULL && sent < 100000 && rig.broker.counters.connected == 2) {
        rig_publish(flood, "t", "x", MOTE_QOS_1, false, 1);
        sent++;
    }
    CHECK(sent > 1000 && sent < 2600);
    CHECK_EQUAL(take_all(s), sent);
    CHECK(rig.broker.counters.memory < 80000);
    CHECK_EQUAL(rig.last.type, MOTE_BROKER_SESSION_ENDED);
    rig_publish(s, "t", "y", MOTE_QOS_0, false, 0);
    rig_expect_message(s, "t", "y", MOTE_QOS_0);
    rig_end();
}

static void expect_suback(struct rig_client *c, uint8_t code)
{
    RIG_EXPECT(c, MOTE_SUBACK);
    CHECK_EQUAL(rig.packet.reply.codes.length, 1);
    CHECK_EQUAL((uint8_t)rig.packet.reply.codes.data[0], code);
}

static void limits_subscriptions(void)
{
    struct mote_filter filter = {.topic = MOTE_TEXT("c")};

    for (unsigned version = 4; version <= 5; version++) {
        rig_begin();
        rig.config.subscriptions_max = 2;
        rig_start();
        struct rig_client *c = rig_connect((enum mote_mqtt_version)version, "c");
        rig_subscribe(c, "a", MOTE_QOS_0);
        rig_subscribe(c, "$share/g/b", MOTE_QOS_0);
        rig_send_request(c, MOTE_SUBSCRIBE, &filter, 1, NULL);
        expect_suback(c, version == 5 ? MOTE_CODE_QUOTA_EXCEEDED : 0x80);
        rig_subscribe(c, "a", MOTE_QOS_2); /* one that is there already may be changed */
        rig_send_request(c, MOTE_UNSUBSCRIBE, &(struct mote_filter){.topic = MOTE_TEXT("a")}, 1, NULL);
        RIG_EXPECT(c, MOTE_UNSUBACK);
        rig_subscribe(c, "c", MOTE_QOS_0);
        rig_end();
    }
}

static void limits_filters_in_a_packet(void)
{
    struct mote_filter filters[11];

    for (size_t i = 0; i < 11; i++)
        filters[i] = (struct mote_filter){.topic = MOTE_TEXT("a")};
    for (unsigned i = 0; i < 2; i++) {
        enum mote_packet_type type = i == 0 ? MOTE_SUBSCRIBE : MOTE_UNSUBSCRIBE;
        rig_begin();
        rig.config.subscriptions_max = 10;
        rig_start();
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
        rig_send_request(c, type, filters, 10, NULL);
        RIG_EXPECT(c, i == 0 ? MOTE_SUBACK : MOTE_UNSUBACK);
        CHECK_EQUAL(rig.packet.reply.codes.length, 10);
        rig_send_request(c, type, filters, 11, NULL);
        rig_expect_cut(c, MOTE_CODE_QUOTA_EXCEEDED);
        rig_end();
    }
}

/* Everything that is retained, asked for again and again by one who does not read. */
static void limits_replays(void)
{
    struct mote_filter filters[100];
    char topic[32];

    for (size_t i = 0; i < 100; i++)
        filters[i] = (struct mote_filter){.topic = i % 2 == 0 ? MOTE_TEXT("#") : MOTE_TEXT("+"), .qos = MOTE_QOS_1};
    rig_begin();
    rig.config.retained_max = 1000;
    rig.config.queue_max = 100;
    rig.config.output_max = 1000;
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(topic, sizeof topic, "%u", i);
        rig_publish(c, topic, "x", MOTE_QOS_1, true, 1);
        RIG_EXPECT(c, MOTE_PUBACK);
    }
    size_t memory = rig.memory;
    c->held = true;
    rig_send_request(c, MOTE_SUBSCRIBE, filters, 100, NULL);
    CHECK(rig.memory < memory + 1200 * 64);
    CHECK_EQUAL(rig.broker.counters.dropped_queue, 99);
    rig_release(c);
    RIG_EXPECT(c, MOTE_SUBACK);
    unsigned got = 0;
    while (rig_next(c) != 0) {
        got++;
        rig_send_ack(c, MOTE_PUBACK, rig.packet.message.packet_id, 0);
    }
    CHECK(got >= 1100 && got < 1200);
    rig_end();
}

/* As deep as it goes, by topic and filter, with wildcards on every level; one level more is refused. */
static void limits_levels(void)
{
    char topic[300], filter[300];

    for (unsigned levels = 127; levels <= 130; levels++) {
        for (unsigned i = 0; i < levels; i++) {
            memcpy(topic + 2 * i, "a/", 2);
            memcpy(filter + 2 * i, i % 2 ? "+/" : "a/", 2);
        }
        topic[2 * levels - 1] = filter[2 * levels - 1] = '\0';
        bool fits = levels <= 128;
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
        rig_send_request(c, MOTE_SUBSCRIBE, &(struct mote_filter){.topic = mote_text(filter)}, 1, NULL);
        expect_suback(c, fits ? 0 : MOTE_CODE_QUOTA_EXCEEDED);
        rig_publish(c, topic, "x", MOTE_QOS_1, true, 1);
        if (fits)
            rig_expect_message(c, topic, "x", MOTE_QOS_0);
        rig_expect_ack(c, MOTE_PUBACK, 1, fits ? 0 : MOTE_CODE_QUOTA_EXCEEDED);
        rig_send_request(c, MOTE_SUBSCRIBE, &(struct mote_filter){.topic = mote_text(filter)}, 1, NULL);
        expect_suback(c, fits ? 0 : MOTE_CODE_QUOTA_EXCEEDED);
        if (fits)
            rig_expect_message(c, topic, "x", MOTE_QOS_0);
        rig_subscribe(c, "#", MOTE_QOS_0);
        if (fits)
            rig_expect_message(c, topic, "x", MOTE_QOS_0);
        rig_publish(c, topic, "y", MOTE_QOS_0, false, 0); /* without being kept it may be deeper */
        rig_expect_message(c, topic, "y", MOTE_QOS_0);
        RIG_NOTHING(c);
        rig_end();
    }
}

/* A filter of nothing but + against topics that branch everywhere: every pair is found, and the walk ends. */
static void walks_wide_trees(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
    char topic[32];
    for (unsigned i = 0; i < 256; i++) {
        snprintf(topic, sizeof topic, "%u/%u/%u/%u", i & 3, i >> 2 & 3, i >> 4 & 3, i >> 6);
        rig_publish(c, topic, "x", MOTE_QOS_0, true, 0);
    }
    rig_subscribe(c, "+/+/+/+", MOTE_QOS_0);
    CHECK_EQUAL(take_all(c), 256);
    rig_subscribe(c, "+/1/+/2/#", MOTE_QOS_0);
    CHECK_EQUAL(take_all(c), 16);
    rig_subscribe(c, "3/+/#", MOTE_QOS_0);
    CHECK_EQUAL(take_all(c), 64);
    rig_end();
}

/* What cannot be kept is delivered to nobody; the publisher is told where he can be. */
static void limits_retained_messages(void)
{
    for (unsigned i = 0; i < 2; i++) {
        rig_begin();
        if (i == 0)
            rig.config.retained_max = 2;
        else
            rig.config.retained_bytes_max = 8;
        rig_start();
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
        struct rig_client *old = rig_connect(MOTE_MQTT_3_1_1, "old");
        rig_publish(c, "a", "123", MOTE_QOS_1, true, 1);
        rig_expect_ack(c, MOTE_PUBACK, 1, MOTE_CODE_NO_MATCHING_SUBSCRIBERS);
        rig_publish(c, "b", "123", MOTE_QOS_1, true, 2);
        rig_expect_ack(c, MOTE_PUBACK, 2, MOTE_CODE_NO_MATCHING_SUBSCRIBERS);
        rig_subscribe(c, "c", MOTE_QOS_0);
        rig_publish(c, "c", "123", MOTE_QOS_1, true, 3);
        rig_expect_ack(c, MOTE_PUBACK, 3, MOTE_CODE_QUOTA_EXCEEDED);
        rig_publish(c, "c", "123", MOTE_QOS_2, true, 4);
        rig_expect_ack(c, MOTE_PUBREC, 4, MOTE_CODE_QUOTA_EXCEEDED);
        rig_publish(c, "c", "123", MOTE_QOS_0, true, 0);
        RIG_NOTHING(c);
        CHECK_EQUAL(rig.broker.counters.dropped_input, 1);
        rig_publish(old, "c", "123", MOTE_QOS_1, true, 3);
        CHECK(old->client == NULL);
        rig_publish(c, "a", "321", MOTE_QOS_1, true, 5); /* in the place of another */
        rig_expect_ack(c, MOTE_PUBACK, 5, MOTE_CODE_NO_MATCHING_SUBSCRIBERS);
        rig_publish(c, "b", "", MOTE_QOS_0, true, 0);
        rig_publish(c, "c", "123", MOTE_QOS_2, true, 4);
        rig_expect_message(c, "c", "123", MOTE_QOS_0);
        rig_expect_ack(c, MOTE_PUBREC, 4, 0);
        CHECK_EQUAL(rig.broker.counters.retained, 2);
        CHECK_EQUAL(rig.broker.counters.retained_bytes, 8);
        rig_end();
    }
}

static void limits_packets(void)
{
    rig_begin();
    rig.config.packet_size_max = 100;
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
    struct rig_client *old = rig_connect(MOTE_MQTT_3_1_1, "old");
    rig_subscribe(c, "t", MOTE_QOS_0);
    rig_publish(c, "t", text_of_size(94), MOTE_QOS_0, false, 0); /* 100 bytes */
    RIG_EXPECT(c, MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.payload.length, 94);
    size_t memory = rig.memory;
    RIG_FEED(c, "\x30\x63\x00"); /* of a packet of 101, and no more of it is needed */
    rig_expect_cut(c, MOTE_CODE_PACKET_TOO_LARGE);
    RIG_FEED(old, "\x30\xFF\xFF\xFF\x7F");
    rig_expect_cut(old, 0);
    CHECK(rig.memory < memory);
    rig_end();
}

static void limits_payloads(void)
{
    for (unsigned i = 0; i < 6; i++) {
        enum mote_qos qos = (enum mote_qos)(i % 3);
        rig_begin();
        rig.config.payload_size_max = 3000;
        rig_start();
        struct rig_client *c = rig_connect(i < 3 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5, "c");
        rig_subscribe(c, "t", MOTE_QOS_0);
        for (unsigned size = 3000; size <= 3001; size++) {
            uint8_t code = size == 3000 || i < 3 ? 0 : MOTE_CODE_IMPLEMENTATION_SPECIFIC;
            rig_publish(c, "t", text_of_size(size), qos, false, (uint16_t)size);
            if (size == 3000)
                rig_expect_message(c, "t", text_of_size(size), MOTE_QOS_0);
            if (qos != MOTE_QOS_0)
                rig_expect_ack(c, qos == MOTE_QOS_1 ? MOTE_PUBACK : MOTE_PUBREC, (uint16_t)size, code);
            RIG_NOTHING(c);
        }
        CHECK_EQUAL(rig.broker.counters.dropped_input, i < 4);
        rig_end();
    }
}

/* One identifier after the other, and the same ones again and again, never released: the memory stays as it is. */
static void memory_stays_flat_with_resent_ids(void)
{
    size_t memory = 0;

    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
    for (uint32_t i = 0; i < 100000; i++) {
        const uint8_t packet[] = {0x34, 6, 0, 1, 't', (uint8_t)((i & 0xFF) >> 7), (uint8_t)((i & 0x7F) + 1), 'x'};
        rig_feed(c, packet, sizeof packet);
        c->start = c->end = 0;
        if (i == 1000)
            memory = rig.memory;
    }
    CHECK_EQUAL(rig.memory, memory);
    CHECK_EQUAL(rig.events[MOTE_BROKER_PUBLISHED], 256);
    rig_end();
}

/* Each of them taken, in any order, and all released. */
static void takes_all_ids(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
    for (unsigned pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < 65535; i++) {
            uint16_t id = (uint16_t)(i * 32767 % 65535 + 1);
            const uint8_t packet[] = {0x34, 6, 0, 1, 't', (uint8_t)(id >> 8), (uint8_t)id, 'x'};
            rig_feed(c, packet, sizeof packet);
        }
        CHECK_EQUAL(rig.events[MOTE_BROKER_PUBLISHED], 65535 * (pass + 1));
        for (uint32_t i = 0; i < 65535; i++)
            rig_send_ack(c, MOTE_PUBREL, (uint16_t)(65535 - i), 0);
        c->start = c->end = 0;
    }
    rig_end();
}

/* What comes and goes leaves nothing behind. */
static void memory_stays_flat_with_coming_and_going(void)
{
    size_t memory = 0;
    char topic[32];

    rig_begin();
    rig_start();
    for (unsigned i = 0; i < 3000; i++) {
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
        snprintf(topic, sizeof topic, "a/%u/+/#", i);
        rig_subscribe(c, topic, MOTE_QOS_2);
        snprintf(topic, sizeof topic, "$share/%u/b", i);
        rig_subscribe(c, topic, MOTE_QOS_2);
        snprintf(topic, sizeof topic, "a/%u/b/c", i);
        rig_publish(c, topic, "x", MOTE_QOS_2, true, 1);
        rig_publish(c, topic, "", MOTE_QOS_1, true, 2);
        rig_close(c);
        free(c->bytes);
        rig.client_count = 0;
        memset(c, 0, sizeof *c);
        if (i == 300)
            memory = rig.memory;
    }
    CHECK_EQUAL(rig.memory, memory);
    rig_end();
}

static void stays_within_its_memory(void)
{
    rig_begin();
    rig.config.memory_max = 60000;
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    struct rig_client *s = rig_resume(MOTE_MQTT_5, "s");
    rig_subscribe(s, "#", MOTE_QOS_1);
    rig_close(s);
    for (unsigned i = 0; i < 200; i++) {
        rig_publish(p, "t", text_of_size(i % 2 ? 2000 : 300), MOTE_QOS_1, false, 1);
        CHECK(rig.memory <= 60000);
        RIG_EXPECT(p, MOTE_PUBACK);
        CHECK(i < 100 || rig.packet.ack.code == MOTE_CODE_QUOTA_EXCEEDED);
    }
    CHECK(p->client != NULL);
    CHECK(rig.broker.counters.memory_peak <= 60000);
    s = rig_resume(MOTE_MQTT_5, "s");
    CHECK(take_all(s) > 10);
    rig_end();
}

static const struct check_case cases[] = {
    {"drops-qos-0-for-the-slow", drops_qos_0_for_the_slow},
    {"queues-for-the-slow-and-absent", queues_for_the_slow_and_absent},
    {"window-of-each-version", window_of_each_version},
    {"cuts-off-who-floods-and-does-not-read", cuts_off_who_floods_and_does_not_read},
    {"limits-subscriptions", limits_subscriptions},
    {"limits-filters-in-a-packet", limits_filters_in_a_packet},
    {"limits-replays", limits_replays},
    {"limits-levels", limits_levels},
    {"walks-wide-trees", walks_wide_trees},
    {"limits-retained-messages", limits_retained_messages},
    {"limits-packets", limits_packets},
    {"limits-payloads", limits_payloads},
    {"memory-stays-flat-with-resent-ids", memory_stays_flat_with_resent_ids},
    {"takes-all-ids", takes_all_ids},
    {"memory-stays-flat-with-coming-and-going", memory_stays_flat_with_coming_and_going},
    {"stays-within-its-memory", stays_within_its_memory},
};

int main(int argc, char **argv)
{
    return check_main("unit/broker-limits", cases, sizeof cases / sizeof cases[0], argc, argv);
}
