/* The broker and sessions: kept, resumed, taken over, ended. */
#include "broker_rig.h"

#include <stdio.h>

/* A session without a connection is there until its time is over, to the millisecond.
 * [MQTT5-3.1.2-5] [MQTT5-3.1.2-6] [MQTT5-3.1.2-23] [MQTT5-3.2.2-3] [MQTT5-4.1.0-2] */
static void keeps_sessions_as_long_as_asked(void)
{
    static const struct {
        uint32_t expiry_s;
        uint64_t away_ms;
        bool present;
    } rows[] = {
        {0, 0, false},
        {1, 0, true},
        {1, 999, true},
        {1, 1000, false},
        {100, 99999, true},
        {UINT32_MAX, UINT64_C(1) << 50, true},
        {4294967294u, UINT64_C(4294967293) * 1000, true},
        {4294967294u, UINT64_C(4294967294) * 1000, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool present;
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect_5("me", false, rows[i].expiry_s, &present);
        CHECK(!present);
        rig_close(c);
        rig_pass(rows[i].away_ms);
        CHECK_EQUAL(rig.broker.counters.sessions, rows[i].present);
        CHECK_EQUAL(rig.events[MOTE_BROKER_SESSION_ENDED], !rows[i].present);
        rig_connect_5("me", false, 0, &present);
        CHECK_EQUAL(present, rows[i].present);
        rig_end();
    }
}

/* The end that was set for a session while nobody was there is off when he comes back, also without a keep alive. */
static void forgets_the_end_of_those_who_return(void)
{
    bool present;

    rig_begin();
    rig_start();
    rig_close(rig_connect_5("me", false, 10, &present));
    rig_pass(5000);
    struct rig_client *c = rig_connect_5("me", false, 10, &present);
    CHECK(present);
    rig_pass(100000);
    CHECK(c->client != NULL);
    rig_end();
}

static void limits_the_session_expiry(void)
{
    bool present;

    rig_begin();
    rig.config.session_expiry_max_s = 60;
    rig_start();
    rig_connect_5("a", false, 60, &present);
    CHECK_EQUAL(mote_properties_number(&rig.packet.connack.properties, MOTE_SESSION_EXPIRY_INTERVAL, 1), 1);
    struct rig_client *c = rig_connect_5("b", false, UINT32_MAX, &present);
    CHECK_EQUAL(mote_properties_number(&rig.packet.connack.properties, MOTE_SESSION_EXPIRY_INTERVAL, 1), 60);
    rig_close(c);
    rig_close(rig_resume(MOTE_MQTT_3_1_1, "c"));
    rig_pass(59999);
    CHECK_EQUAL(rig.broker.counters.sessions, 3);
    rig_pass(1);
    CHECK_EQUAL(rig.broker.counters.sessions, 1);
    rig_end();
}

static void disconnect_changes_the_expiry(void)
{
    static const struct {
        uint32_t before_s;
        uint32_t after_s;
        bool legal;
    } rows[] = {{10, 0, true}, {10, 20, true}, {0, 0, true}, {0, 5, false}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mote_property item = rig_expiry_of(rows[i].after_s);
        bool present;
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect_5("me", true, rows[i].before_s, &present);
        rig_disconnect_with(c, 0, &item);
        rig_expect_cut(c, rows[i].legal ? 0 : MOTE_CODE_PROTOCOL_ERROR);
        CHECK_EQUAL(rig.broker.counters.sessions, rows[i].legal && rows[i].after_s > 0);
        rig_pass(19999);
        CHECK_EQUAL(rig.broker.counters.sessions, rows[i].after_s == 20);
        rig_pass(1);
        CHECK_EQUAL(rig.broker.counters.sessions, 0);
        rig_end();
    }
}

/* Before MQTT 5: clean session or not, until the next one. [MQTT-3.1.2-4] ff.
 * [MQTT3-3.1.2-4] [MQTT3-3.1.2-6] [MQTT3-3.2.2-2] [MQTT3-3.2.2-3] */
static void clean_sessions_end_with_their_connection(void)
{
    const enum mote_mqtt_version rig_versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1};

    for (size_t i = 0; i < 2; i++) {
        rig_begin();
        rig_start();
        rig_close(rig_connect(rig_versions[i], "me"));
        CHECK_EQUAL(rig.broker.counters.sessions, 0);
        struct rig_client *c = rig_resume(rig_versions[i], "me");
        CHECK(!rig.packet.connack.session_present);
        rig_subscribe(c, "a", MOTE_QOS_1);
        rig_close(c);
        rig_pass(UINT64_C(1) << 40);
        c = rig_resume(rig_versions[i], "me");
        if (rig_versions[i] == MOTE_MQTT_3_1_1)
            CHECK(rig.packet.connack.session_present);
        rig_publish(c, "a", "x", MOTE_QOS_0, false, 0);
        rig_expect_message(c, "a", "x", MOTE_QOS_0);
        rig_close(c);
        rig_connect(rig_versions[i], "me");
        CHECK_EQUAL(rig.broker.counters.subscriptions, 0);
        rig_end();
    }
}

/* What was not acknowledged comes again in its order, with DUP and its identifier; what was, goes on where it was.
 * [MQTT-4.4.0-1] [MQTT-4.6.0-1]
 * [MQTT3-3.1.2-5] [MQTT3-3.3.1-1] [MQTT3-4.1.0-1] [MQTT3-4.4.0-1] [MQTT3-4.6.0-6] [MQTT5-3.3.1-1]
 * [MQTT5-4.3.3-3] [MQTT5-4.3.3-5] [MQTT5-4.3.3-6] [MQTT5-4.4.0-1] */
static void sends_again_what_was_not_acknowledged(void)
{
    uint16_t ids[4];

    for (unsigned version = 4; version <= 5; version++) {
        rig_begin();
        rig_start();
        struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
        struct rig_client *s = rig_resume((enum mote_mqtt_version)version, "s");
        rig_subscribe(s, "#", MOTE_QOS_2);
        for (int i = 0; i < 4; i++) {
            char payload[] = {(char)('a' + i), '\0'};
            rig_publish(p, "t", payload, i == 1 ? MOTE_QOS_1 : MOTE_QOS_2, false, (uint16_t)(i + 1));
            rig_expect_message(s, "t", payload, i == 1 ? MOTE_QOS_1 : MOTE_QOS_2);
            ids[i] = rig.packet.message.packet_id;
        }
        rig_send_ack(s, MOTE_PUBREC, ids[2], 0);
        rig_expect_ack(s, MOTE_PUBREL, ids[2], 0);
        rig_close(s);
        rig_publish(p, "t", "later", MOTE_QOS_1, false, 9);
        rig_publish(p, "t", "lost", MOTE_QOS_0, false, 0);
        s = rig_resume((enum mote_mqtt_version)version, "s");
        CHECK(rig.packet.connack.session_present);
        for (int i = 0; i < 4; i++) {
            char payload[] = {(char)('a' + i), '\0'};
            if (i == 2) {
                rig_expect_ack(s, MOTE_PUBREL, ids[2], 0);
                continue;
            }
            rig_expect_message(s, "t", payload, i == 1 ? MOTE_QOS_1 : MOTE_QOS_2);
            CHECK(rig.packet.message.duplicate);
            CHECK_EQUAL(rig.packet.message.packet_id, ids[i]);
        }
        rig_expect_message(s, "t", "later", MOTE_QOS_1);
        CHECK(!rig.packet.message.duplicate);
        RIG_NOTHING(s);
        rig_end();
    }
}

/* A new connection may take less at once than the old one had open.
 * [MQTT5-4.4.0-1] */
static void resumes_within_a_smaller_window(void)
{
    struct mote_property items[] = {rig_expiry_of(UINT32_MAX), {.id = MOTE_RECEIVE_MAXIMUM, .number = 1}};
    uint16_t ids[5];

    rig_begin();
    rig_start();
    struct rig_client *s = rig_resume(MOTE_MQTT_5, "s");
    rig_subscribe(s, "#", MOTE_QOS_1);
    for (int i = 0; i < 5; i++) {
        char payload[] = {(char)('a' + i), '\0'};
        rig_publish(s, "t", payload, MOTE_QOS_1, false, 9);
        rig_expect_message(s, "t", payload, MOTE_QOS_1);
        ids[i] = rig.packet.message.packet_id;
        RIG_EXPECT(s, MOTE_PUBACK);
    }
    rig_close(s);
    s = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                          .client_id = MOTE_TEXT("s"),
                                          .properties = {.items = items, .count = 2},
                                      });
    /* One that comes late, for what was not sent again yet, is right as well. */
    rig_send_ack(s, MOTE_PUBACK, ids[3], 0);
    rig_send_ack(s, MOTE_PUBACK, ids[1], 0);
    for (int i = 0; i < 5; i++) {
        char payload[] = {(char)('a' + i), '\0'};
        if (i == 1 || i == 3)
            continue;
        rig_expect_message(s, "t", payload, MOTE_QOS_1);
        RIG_NOTHING(s);
        rig_send_ack(s, MOTE_PUBACK, ids[i], 0);
    }
    RIG_NOTHING(s);
    rig_end();
}

/* What was sent once may be too large for the next connection: it is done with. */
static void drops_what_the_next_connection_does_not_take(void)
{
    struct mote_property items[] = {rig_expiry_of(UINT32_MAX), {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 20}};

    rig_begin();
    rig_start();
    struct rig_client *s = rig_resume(MOTE_MQTT_5, "s");
    rig_subscribe(s, "t", MOTE_QOS_2);
    rig_close(s);
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    rig_publish(p, "t", "a payload that is too long", MOTE_QOS_1, false, 1);
    s = rig_resume(MOTE_MQTT_5, "s");
    RIG_EXPECT(s, MOTE_PUBLISH);
    rig_publish(p, "t", "short", MOTE_QOS_2, false, 2);
    rig_close(s);
    s = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                          .client_id = MOTE_TEXT("s"),
                                          .properties = {.items = items, .count = 2},
                                      });
    rig_expect_message(s, "t", "short", MOTE_QOS_2);
    RIG_NOTHING(s);
    CHECK_EQUAL(rig.broker.counters.dropped_size, 1);
    rig_end();
}

static void keeps_many_sessions(void)
{
    char id[16];

    rig_begin();
    rig_start();
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 1000; i++) {
            snprintf(id, sizeof id, "%u", i * 7919 % 1000);
            struct rig_client *c = rig_resume(MOTE_MQTT_3_1_1, id);
            CHECK_EQUAL(rig.packet.connack.session_present, round);
            if (round == 1) {
                rig_publish(c, id, "x", MOTE_QOS_0, false, 0);
                rig_expect_message(c, id, "x", MOTE_QOS_0);
                RIG_NOTHING(c);
            } else {
                rig_subscribe(c, id, MOTE_QOS_0);
            }
            rig_close(c);
            free(c->bytes);
            memset(c, 0, sizeof *c);
            rig.client_count = 0;
        }
        CHECK_EQUAL(rig.broker.counters.sessions, 1000);
        CHECK_EQUAL(rig.broker.counters.subscriptions, 1000);
    }
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "%u", i);
        rig_close(rig_connect(MOTE_MQTT_3_1_1, id));
        free(rig.clients[0].bytes);
        memset(rig.clients, 0, sizeof rig.clients[0]);
        rig.client_count = 0;
    }
    CHECK_EQUAL(rig.broker.counters.sessions, 0);
    CHECK_EQUAL(rig.broker.counters.subscriptions, 0);
    rig_end();
}

/* [MQTT-4.3.3-10]: also over connections.
 * [MQTT3-3.1.2-6] [MQTT3-4.1.0-1] [MQTT3-4.3.3-2] */
static void takes_qos_2_once_over_connections(void)
{
    rig_begin();
    rig_start();
    struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
    rig_subscribe(s, "#", MOTE_QOS_0);
    for (int i = 0; i < 3; i++) {
        struct rig_client *p = rig_resume(MOTE_MQTT_3_1_1, "p");
        rig_publish(p, "t", "x", MOTE_QOS_2, false, 5);
        rig_expect_ack(p, MOTE_PUBREC, 5, 0);
        rig_close(p);
    }
    struct rig_client *p = rig_resume(MOTE_MQTT_3_1_1, "p");
    rig_send_ack(p, MOTE_PUBREL, 5, 0);
    rig_expect_ack(p, MOTE_PUBCOMP, 5, 0);
    rig_expect_message(s, "t", "x", MOTE_QOS_0);
    RIG_NOTHING(s);
    rig_close(p);
    p = rig_connect(MOTE_MQTT_3_1_1, "p"); /* a clean start forgets */
    rig_publish(p, "t", "y", MOTE_QOS_2, false, 5);
    rig_expect_message(s, "t", "y", MOTE_QOS_0);
    rig_end();
}

/* [MQTT3-3.1.4-2] [MQTT5-3.1.4-3] */
static void takes_over(void)
{
    const enum mote_mqtt_version rig_versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};

    for (unsigned i = 0; i < 9; i++) {
        rig_begin();
        rig_start();
        struct rig_client *a = rig_resume(rig_versions[i % 3], "me");
        rig_subscribe(a, "t", MOTE_QOS_1);
        struct rig_client *b = rig_resume(rig_versions[i / 3], "me");
        if (rig_versions[i / 3] != MOTE_MQTT_3_1)
            CHECK(rig.packet.connack.session_present);
        rig_expect_cut(a, MOTE_CODE_SESSION_TAKEN_OVER);
        CHECK_EQUAL(rig.broker.counters.connected, 1);
        CHECK_EQUAL(rig.broker.counters.clients, 1);
        rig_publish(b, "t", "x", MOTE_QOS_0, false, 0);
        rig_expect_message(b, "t", "x", MOTE_QOS_0);
        rig_end();
    }
}

/* The session of a connection that does not outlive it cannot be taken over, only the name. */
static void takes_over_a_name_alone(void)
{
    bool present;

    rig_begin();
    rig_start();
    struct rig_client *a = rig_connect(MOTE_MQTT_3_1_1, "me");
    rig_subscribe(a, "t", MOTE_QOS_1);
    rig_connect_5("me", false, 10, &present);
    CHECK(!present);
    rig_expect_cut(a, 0);
    CHECK_EQUAL(rig.broker.counters.subscriptions, 0);
    rig_end();
}

/* Connections that take each other's place while they subscribe, unsubscribe, publish and are slow to close, in every
 * order that the random numbers give. */
static void survives_take_over_storms(void)
{
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct rig_client *live[3] = {NULL};
        rig_begin();
        rig.random = seed;
        rig.config.close_timeout_ms = 50;
        rig_start();
        for (int step = 0; step < 300; step++) {
            uint32_t dice = rig_random(NULL) >> 16;
            struct rig_client **place = &live[dice % 3];
            const struct mote_filter filter = {.topic = dice & 8 ? MOTE_TEXT("$share/g/a") : MOTE_TEXT("a/#")};
            if (rig.client_count == RIG_CLIENTS)
                break;
            if (*place == NULL || (*place)->client == NULL || dice % 7 == 0) {
                *place = rig_open(dice & 16 ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1);
                if ((*place)->client != NULL)
                    rig_send_connect(*place, (struct mote_connect){
                                                 .clean_start = (dice & 32) != 0,
                                                 .client_id = dice & 64 ? MOTE_TEXT("x") : MOTE_TEXT("y"),
                                                 .will = {.topic = MOTE_TEXT("a/will"), .qos = MOTE_QOS_1},
                                             });
                (*place)->held = dice % 5 == 0;
            } else if (dice % 4 == 0) {
                rig_send_request(*place, MOTE_SUBSCRIBE, &filter, 1, NULL);
            } else if (dice % 4 == 1) {
                rig_send_request(*place, MOTE_UNSUBSCRIBE, &filter, 1, NULL);
            } else if (dice % 4 == 2) {
                rig_publish(*place, "a", "x", (enum mote_qos)(dice % 3), dice & 128, (uint16_t)(dice % 9 + 1));
            } else {
                rig_pass(dice % 20);
            }
            CHECK_EQUAL(rig.broker.counters.memory, rig.memory);
        }
        rig_end();
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"keeps-sessions-as-long-as-asked", keeps_sessions_as_long_as_asked},
        {"forgets-the-end-of-those-who-return", forgets_the_end_of_those_who_return},
        {"limits-the-session-expiry", limits_the_session_expiry},
        {"disconnect-changes-the-expiry", disconnect_changes_the_expiry},
        {"clean-sessions-end-with-their-connection", clean_sessions_end_with_their_connection},
        {"sends-again-what-was-not-acknowledged", sends_again_what_was_not_acknowledged},
        {"resumes-within-a-smaller-window", resumes_within_a_smaller_window},
        {"drops-what-the-next-connection-does-not-take", drops_what_the_next_connection_does_not_take},
        {"keeps-many-sessions", keeps_many_sessions},
        {"takes-qos-2-once-over-connections", takes_qos_2_once_over_connections},
        {"takes-over", takes_over},
        {"takes-over-a-name-alone", takes_over_a_name_alone},
        {"survives-take-over-storms", survives_take_over_storms},
    };

    return check_main("unit/broker-session", cases, sizeof cases / sizeof cases[0], argc, argv);
}
