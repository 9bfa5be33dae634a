/* The broker and sessions: kept, resumed, taken over, ended; wills; retained messages; shared subscriptions. */
#include "broker_rig.h"

#include <stdio.h>

static struct mote_property expiry_of(uint32_t seconds)
{
    return (struct mote_property){.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = seconds};
}

/* Connects with MQTT 5; says whether there was a session. */
static struct rig_client *connect_5(const char *id, bool clean_start, uint32_t expiry_s, bool *present)
{
    struct mote_property item = expiry_of(expiry_s);
    struct rig_client *c = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                             .clean_start = clean_start,
                                                             .client_id = mote_text(id),
                                                             .properties = {.items = &item, .count = 1},
                                                         });

    CHECK_EQUAL(rig.packet.connack.code, 0);
    *present = rig.packet.connack.session_present;
    return c;
}

static void disconnect_with(struct rig_client *c, uint8_t code, const struct mote_property *item)
{
    uint8_t bytes[32];
    struct mote_ack ack = {.code = code, .properties = {.items = item, .count = item != NULL}};

    rig_feed(c, bytes, mote_codec_encode_ack(bytes, sizeof bytes, c->version, MOTE_DISCONNECT, &ack));
}

/* --- Sessions --- */

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
        struct rig_client *c = connect_5("me", false, rows[i].expiry_s, &present);
        CHECK(!present);
        rig_close(c);
        rig_pass(rows[i].away_ms);
        CHECK_EQUAL(rig.broker.counters.sessions, rows[i].present);
        CHECK_EQUAL(rig.events[MOTE_BROKER_SESSION_ENDED], !rows[i].present);
        connect_5("me", false, 0, &present);
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
    rig_close(connect_5("me", false, 10, &present));
    rig_pass(5000);
    struct rig_client *c = connect_5("me", false, 10, &present);
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
    connect_5("a", false, 60, &present);
    CHECK_EQUAL(mote_properties_number(&rig.packet.connack.properties, MOTE_SESSION_EXPIRY_INTERVAL, 1), 1);
    struct rig_client *c = connect_5("b", false, UINT32_MAX, &present);
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
        struct mote_property item = expiry_of(rows[i].after_s);
        bool present;
        rig_begin();
        rig_start();
        struct rig_client *c = connect_5("me", true, rows[i].before_s, &present);
        disconnect_with(c, 0, &item);
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
    const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1};

    for (size_t i = 0; i < 2; i++) {
        rig_begin();
        rig_start();
        rig_close(rig_connect(versions[i], "me"));
        CHECK_EQUAL(rig.broker.counters.sessions, 0);
        struct rig_client *c = rig_resume(versions[i], "me");
        CHECK(!rig.packet.connack.session_present);
        rig_subscribe(c, "a", MOTE_QOS_1);
        rig_close(c);
        rig_pass(UINT64_C(1) << 40);
        c = rig_resume(versions[i], "me");
        if (versions[i] == MOTE_MQTT_3_1_1)
            CHECK(rig.packet.connack.session_present);
        rig_publish(c, "a", "x", MOTE_QOS_0, false, 0);
        rig_expect_message(c, "a", "x", MOTE_QOS_0);
        rig_close(c);
        rig_connect(versions[i], "me");
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
    struct mote_property items[] = {expiry_of(UINT32_MAX), {.id = MOTE_RECEIVE_MAXIMUM, .number = 1}};
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
    struct mote_property items[] = {expiry_of(UINT32_MAX), {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 20}};

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
    const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};

    for (unsigned i = 0; i < 9; i++) {
        rig_begin();
        rig_start();
        struct rig_client *a = rig_resume(versions[i % 3], "me");
        rig_subscribe(a, "t", MOTE_QOS_1);
        struct rig_client *b = rig_resume(versions[i / 3], "me");
        if (versions[i / 3] != MOTE_MQTT_3_1)
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
    connect_5("me", false, 10, &present);
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

/* --- Wills --- */

struct will_row {
    const char *name;
    uint8_t version;
    uint32_t delay_s;
    uint32_t expiry_s;
    enum { LOST, TIMED_OUT, PROTOCOL, GOODBYE, WITH_WILL, TAKEN, TAKEN_CLEAN } end;
    int64_t after_ms; /* -1: never */
};

/* Ends the connection in the way of the row. */
static void end_connection(struct rig_client *c, const struct will_row *row)
{
    bool present;

    switch (row->end) {
    case LOST:
        rig_close(c);
        break;
    case TIMED_OUT:
        rig_pass(15000);
        break;
    case PROTOCOL:
        RIG_FEED(c, "\x00");
        break;
    case GOODBYE:
        disconnect_with(c, 0, NULL);
        break;
    case WITH_WILL:
        disconnect_with(c, MOTE_CODE_DISCONNECT_WITH_WILL, NULL);
        break;
    default:
        if (row->version == 5)
            connect_5("w", row->end == TAKEN_CLEAN, 1000, &present);
        else if (row->end == TAKEN)
            rig_resume((enum mote_mqtt_version)row->version, "w");
        else
            rig_connect((enum mote_mqtt_version)row->version, "w");
    }
}

/* [MQTT-3.1.2-8] [MQTT-3.1.2-10] [MQTT-3.1.3-9] [MQTT-3.14.4-3]
 * [MQTT3-3.1.2-8] [MQTT3-3.1.2-10] [MQTT3-3.14.4-3] [MQTT5-3.1.2-8] [MQTT5-3.1.2-10] [MQTT5-3.1.3-9]
 * [MQTT5-3.14.4-3] */
static void publishes_wills_when_due(void)
{
    static const struct will_row rows[] = {
        {"lost", 4, 0, UINT32_MAX, LOST, 0},
        {"lost 3.1", 3, 0, UINT32_MAX, LOST, 0},
        {"timed out", 4, 0, UINT32_MAX, TIMED_OUT, 0},
        {"protocol error", 4, 0, UINT32_MAX, PROTOCOL, 0},
        {"goodbye", 4, 0, UINT32_MAX, GOODBYE, -1},
        {"taken over", 4, 0, UINT32_MAX, TAKEN, 0},
        {"lost 5", 5, 0, 100, LOST, 0},
        {"lost 5 without session", 5, 0, 0, LOST, 0},
        {"goodbye 5", 5, 0, 100, GOODBYE, -1},
        {"goodbye 5 with delay", 5, 10, 100, GOODBYE, -1},
        {"with will", 5, 0, 100, WITH_WILL, 0},
        {"with will, later", 5, 10, 100, WITH_WILL, 10000},
        {"delay", 5, 10, 100, LOST, 10000},
        {"delay, session ends first", 5, 100, 10, LOST, 10000},
        {"delay, no session", 5, 100, 0, LOST, 0},
        {"delay, timed out", 5, 10, 100, TIMED_OUT, 10000},
        {"delay, protocol error", 5, 10, 100, PROTOCOL, 10000},
        {"delay for ever", 5, UINT32_MAX, UINT32_MAX, LOST, -1},
        {"taken over 5", 5, 0, 100, TAKEN, 0},
        {"taken over 5, delay", 5, 10, 100, TAKEN, -1},
        {"taken over 5, delay, clean", 5, 10, 100, TAKEN_CLEAN, 0},
        {"taken over 5, delay, no session", 5, 10, 0, TAKEN, 0},
        {"taken over 3.1.1, clean", 4, 0, UINT32_MAX, TAKEN_CLEAN, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct will_row *row = &rows[i];
        struct mote_property expiry = expiry_of(row->expiry_s);
        struct mote_property delay = {.id = MOTE_WILL_DELAY_INTERVAL, .number = row->delay_s};
        rig_begin();
        rig_start();
        struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
        rig_subscribe(s, "will", MOTE_QOS_1);
        struct rig_client *c = rig_connect_with((enum mote_mqtt_version)row->version,
                                                (struct mote_connect){
                                                    .client_id = MOTE_TEXT("w"),
                                                    .keep_alive_s = 10,
                                                    .properties = {.items = &expiry, .count = 1},
                                                    .will =
                                                        {
                                                            .topic = MOTE_TEXT("will"),
                                                            .payload = MOTE_TEXT("gone"),
                                                            .qos = MOTE_QOS_1,
                                                            .properties = {.items = &delay, .count = 1},
                                                        },
                                                });
        end_connection(c, row);
        if (row->after_ms > 0) {
            rig_pass((uint64_t)row->after_ms - 1);
            if (rig_next(s) != 0)
                check_fail(__FILE__, __LINE__, "%s: too early", row->name);
            rig_pass(1);
        }
        if (row->after_ms >= 0) {
            if (rig_next(s) != MOTE_PUBLISH)
                check_fail(__FILE__, __LINE__, "%s: not published", row->name);
            CHECK_TEXT(rig.packet.message.payload, "gone");
            CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_WILL_DELAY_INTERVAL, 9), 9);
        }
        rig_pass(row->expiry_s == UINT32_MAX ? 1000000 : 100000000);
        if (rig_next(s) != 0)
            check_fail(__FILE__, __LINE__, "%s: published when it should not", row->name);
        rig_end();
    }
}

/* Who comes back before the delay is over has no will; with a clean start his old session has ended.
 * [MQTT-3.1.3-9]
 * [MQTT5-3.1.3-9] */
static void drops_delayed_wills_of_those_who_return(void)
{
    for (unsigned clean = 0; clean < 2; clean++) {
        struct mote_property expiry = expiry_of(100);
        struct mote_property delay = {.id = MOTE_WILL_DELAY_INTERVAL, .number = 10};
        bool present;
        rig_begin();
        rig_start();
        struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
        rig_subscribe(s, "will", MOTE_QOS_0);
        rig_close(rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                    .client_id = MOTE_TEXT("w"),
                                                    .properties = {.items = &expiry, .count = 1},
                                                    .will =
                                                        {
                                                            .topic = MOTE_TEXT("will"),
                                                            .properties = {.items = &delay, .count = 1},
                                                        },
                                                }));
        rig_pass(9000);
        connect_5("w", clean != 0, 100, &present);
        CHECK_EQUAL(present, clean == 0);
        CHECK_EQUAL(rig_next(s), clean == 0 ? 0 : MOTE_PUBLISH);
        rig_pass(100000);
        RIG_NOTHING(s);
        rig_end();
    }
}

/* A will is a message like any other: retained, with its properties, and an expiry that begins when it is
 * published.
 * [MQTT5-3.1.2-7] [MQTT5-3.1.2-15] */
static void wills_are_whole_messages(void)
{
    struct mote_property expiry = expiry_of(100);
    struct mote_property items[] = {
        {.id = MOTE_WILL_DELAY_INTERVAL, .number = 5},
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 20},
        {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("text")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("b")},
    };
    struct mote_property found;

    rig_begin();
    rig_start();
    struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
    rig_close(rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                .client_id = MOTE_TEXT("w"),
                                                .properties = {.items = &expiry, .count = 1},
                                                .will =
                                                    {
                                                        .topic = MOTE_TEXT("will"),
                                                        .payload = MOTE_TEXT("gone"),
                                                        .qos = MOTE_QOS_2,
                                                        .retain = true,
                                                        .properties = {.items = items, .count = 4},
                                                    },
                                            }));
    rig_pass(15000);
    rig_subscribe(s, "will", MOTE_QOS_2);
    rig_expect_message(s, "will", "gone", MOTE_QOS_2);
    CHECK(rig.packet.message.retain);
    CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_MESSAGE_EXPIRY_INTERVAL, 0), 10);
    CHECK(mote_properties_find(&rig.packet.message.properties, MOTE_USER_PROPERTY, &found));
    CHECK(mote_properties_find(&rig.packet.message.properties, MOTE_CONTENT_TYPE, &found));
    CHECK_TEXT(found.text, "text");
    rig_end();
}

/* --- Retained messages --- */

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

/* --- Shared subscriptions --- */

static unsigned take_all(struct rig_client *c)
{
    unsigned count = 0;

    while (rig_next(c) != 0)
        count += rig.packet.header.type == MOTE_PUBLISH;
    return count;
}

/* [MQTT-4.8.2-3]: each message to one of the members, in turn. */
static void shares_in_turn(void)
{
    struct rig_client *s[3];

    rig_begin();
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    for (int i = 0; i < 3; i++) {
        char name[] = {(char)('a' + i), '\0'};
        s[i] = rig_connect(i == 0 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5, name);
        rig_subscribe(s[i], "$share/group/t/#", MOTE_QOS_0);
    }
    struct rig_client *other = rig_connect(MOTE_MQTT_5, "other");
    rig_subscribe(other, "$share/other/t/+", MOTE_QOS_0);
    rig_subscribe(other, "t/x", MOTE_QOS_0);
    for (int i = 0; i < 30; i++)
        rig_publish(p, "t/x", "x", MOTE_QOS_0, false, 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(take_all(s[i]), 10);
    CHECK_EQUAL(take_all(other), 60); /* its own copy, and the other group's */
    rig_close(s[1]);
    for (int i = 0; i < 30; i++)
        rig_publish(p, "t/x", "x", MOTE_QOS_0, false, 0);
    CHECK_EQUAL(take_all(s[0]), 15);
    CHECK_EQUAL(take_all(s[2]), 15);
    rig_end();
}

/* Those who are connected come first, then those who do read, then those whose session keeps it. */
static void shares_with_those_who_can(void)
{
    rig_begin();
    rig.config.output_max = 2000;
    rig.config.queue_max = 3;
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    struct rig_client *a = rig_resume(MOTE_MQTT_5, "a");
    struct rig_client *b = rig_resume(MOTE_MQTT_5, "b");
    rig_subscribe(a, "$share/g/t", MOTE_QOS_1);
    rig_subscribe(b, "$share/g/t", MOTE_QOS_1);
    rig_close(a);
    for (int i = 0; i < 4; i++)
        rig_publish(p, "t", "x", MOTE_QOS_1, false, 1);
    CHECK_EQUAL(take_all(b), 4);
    rig_close(b);
    for (int i = 0; i < 4; i++)
        rig_publish(p, "t", "y", MOTE_QOS_1, false, 1);
    rig_publish(p, "t", "z", MOTE_QOS_0, false, 0);
    a = rig_resume(MOTE_MQTT_5, "a");
    CHECK_EQUAL(take_all(a), 2);
    a->held = true;
    b = rig_resume(MOTE_MQTT_5, "b");
    CHECK_EQUAL(take_all(b), 6); /* four again */
    char large[1500];
    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = '\0';
    for (int i = 0; i < 30; i++)
        rig_publish(p, "t", large, MOTE_QOS_0, false, 0);
    unsigned to_b = take_all(b);
    CHECK_EQUAL(rig.broker.counters.dropped_output, 0);
    rig_release(a);
    CHECK_EQUAL(to_b + take_all(a), 30);
    CHECK(to_b >= 28);
    rig_end();
}

static void groups_come_and_go(void)
{
    for (uint32_t seed = 1; seed < 40; seed++) {
        struct rig_client *s[4];
        rig_begin();
        rig.random = seed;
        rig_start();
        struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
        bool member[4] = {false};
        for (int i = 0; i < 4; i++) {
            char name[] = {(char)('a' + i), '\0'};
            s[i] = rig_connect(MOTE_MQTT_5, name);
        }
        for (int i = 0; i < 100; i++) {
            uint32_t dice = rig_random(NULL) >> 16 & 3;
            const struct mote_filter filter = {.topic = MOTE_TEXT("$share/g/t")};
            rig_send_request(s[dice], member[dice] ? MOTE_UNSUBSCRIBE : MOTE_SUBSCRIBE, &filter, 1, NULL);
            RIG_EXPECT(s[dice], member[dice] ? MOTE_UNSUBACK : MOTE_SUBACK);
            member[dice] = !member[dice];
            rig_publish(p, "t", "x", MOTE_QOS_0, false, 0);
            unsigned got = 0, members = 0;
            for (int k = 0; k < 4; k++) {
                unsigned count = take_all(s[k]);
                CHECK(count == 0 || member[k]);
                got += count;
                members += member[k];
            }
            CHECK_EQUAL(got, members > 0);
        }
        rig_end();
    }
}

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
    {"publishes-wills-when-due", publishes_wills_when_due},
    {"drops-delayed-wills-of-those-who-return", drops_delayed_wills_of_those_who_return},
    {"wills-are-whole-messages", wills_are_whole_messages},
    {"keeps-the-last-one", keeps_the_last_one},
    {"replays-the-last-one", replays_the_last_one},
    {"follows-the-retain-options", follows_the_retain_options},
    {"replays-as-the-subscription-says", replays_as_the_subscription_says},
    {"replays-large-numbers", replays_large_numbers},
    {"shares-in-turn", shares_in_turn},
    {"shares-with-those-who-can", shares_with_those_who_can},
    {"groups-come-and-go", groups_come_and_go},
};

int main(int argc, char **argv)
{
    return check_main("unit/broker-session", cases, sizeof cases / sizeof cases[0], argc, argv);
}
