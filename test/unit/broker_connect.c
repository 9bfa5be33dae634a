/* The broker and CONNECT: who is let in, what he is told, and how it ends. */
#include "broker_rig.h"

static void refuse(enum mote_mqtt_version version, struct mote_connect connect, uint8_t code)
{
    struct rig_client *c = rig_connect_with(version, connect);

    CHECK_EQUAL(rig.packet.connack.code, code);
    CHECK(!rig.packet.connack.session_present);
    rig_expect_cut(c, 0);
    CHECK_EQUAL(rig.events[MOTE_BROKER_CLIENT_REFUSED], 1);
    CHECK_EQUAL(rig.events[MOTE_BROKER_CLIENT_CONNECTED], 0);
    CHECK_EQUAL(rig.broker.counters.refused, 1);
    CHECK_EQUAL(rig.broker.counters.clients, 0);
    CHECK_EQUAL(rig.broker.counters.sessions, 0);
}

static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};

/* [MQTT3-3.1.4-4] [MQTT3-3.2.0-1] [MQTT3-3.12.4-1] [MQTT5-3.1.2-6] [MQTT5-3.1.4-5] [MQTT5-3.2.0-1]
 * [MQTT5-3.12.4-1] */
static void accepts_every_version(void)
{
    for (size_t i = 0; i < 3; i++) {
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(versions[i], "me");
        CHECK_EQUAL(rig.broker.counters.connected, 1);
        CHECK_EQUAL(rig.events[MOTE_BROKER_CLIENT_CONNECTED], 1);
        CHECK_EQUAL(rig.last.version, versions[i]);
        CHECK_TEXT(rig.last.client_id, "me");
        RIG_FEED(c, "\xC0\x00");
        RIG_EXPECT(c, MOTE_PINGRESP);
        RIG_FEED(c, "\xE0\x00");
        rig_expect_cut(c, 0);
        CHECK_EQUAL(rig.events[MOTE_BROKER_CLIENT_DISCONNECTED], 1);
        CHECK_EQUAL(rig.broker.counters.clients, 0);
        CHECK_EQUAL(rig.broker.counters.connected, 0);
        CHECK_EQUAL(rig.broker.counters.sessions, 0);
        rig_end();
    }
}

/* Only what differs from the standard's defaults is told, with our limits always. */
static void tells_its_limits(void)
{
    struct mote_property alias_maximum = {.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = 9};

    rig_begin();
    rig.config.receive_max = 7;
    rig.config.packet_size_max = 5000;
    rig.config.topic_alias_max = 3;
    rig_start();
    rig_connect(MOTE_MQTT_5, "me");
    const struct mote_properties *told = &rig.packet.connack.properties;
    CHECK_EQUAL(mote_properties_number(told, MOTE_RECEIVE_MAXIMUM, 0), 7);
    CHECK_EQUAL(mote_properties_number(told, MOTE_MAXIMUM_PACKET_SIZE, 0), 5000);
    CHECK_EQUAL(mote_properties_number(told, MOTE_TOPIC_ALIAS_MAXIMUM, 0), 3);
    CHECK_EQUAL(mote_properties_number(told, MOTE_MAXIMUM_QOS, 9), 9);
    CHECK_EQUAL(mote_properties_number(told, MOTE_RETAIN_AVAILABLE, 9), 9);
    CHECK_EQUAL(mote_properties_number(told, MOTE_SERVER_KEEP_ALIVE, 99999), 99999);
    CHECK_EQUAL(mote_properties_number(told, MOTE_SESSION_EXPIRY_INTERVAL, 9), 9);
    rig_end();
    rig_begin();
    rig.config.without_topic_alias = true;
    rig_start();
    struct rig_client *c = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                             .clean_start = true,
                                                             .client_id = MOTE_TEXT("me"),
                                                             .properties = {.items = &alias_maximum, .count = 1},
                                                         });
    CHECK_EQUAL(mote_properties_number(&rig.packet.connack.properties, MOTE_TOPIC_ALIAS_MAXIMUM, 0), 0);
    rig_subscribe(c, "topic", MOTE_QOS_0);
    rig_publish(c, "topic", "x", MOTE_QOS_0, false, 0);
    rig_expect_message(c, "topic", "x", MOTE_QOS_0);
    CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_TOPIC_ALIAS, 0), 0);
    rig_end();
}

/* [MQTT3-3.1.3-6] [MQTT5-3.1.3-6] [MQTT5-3.1.3-7] [MQTT5-3.2.2-16] */
static void assigns_client_ids(void)
{
    struct mote_property first = {0}, second = {0};
    char text[64];

    rig_begin();
    rig_start();
    rig_connect(MOTE_MQTT_5, "");
    CHECK(mote_properties_find(&rig.packet.connack.properties, MOTE_ASSIGNED_CLIENT_IDENTIFIER, &first));
    CHECK(mote_text_copy(first.text, text, sizeof text));
    rig_connect(MOTE_MQTT_5, "");
    CHECK(mote_properties_find(&rig.packet.connack.properties, MOTE_ASSIGNED_CLIENT_IDENTIFIER, &second));
    CHECK(!mote_text_equals(second.text, text));
    rig_connect(MOTE_MQTT_3_1_1, "");
    CHECK_EQUAL(rig.broker.counters.sessions, 3);
    rig_end();
}

/* [MQTT-3.1.3-8], and in 3.1 an id is needed always.
 * [MQTT3-3.1.3-8] [MQTT3-3.1.3-9] [MQTT3-3.2.2-4] [MQTT3-3.2.2-5] */
static void refuses_empty_ids(void)
{
    rig_begin();
    rig_start();
    refuse(MOTE_MQTT_3_1_1, (struct mote_connect){.clean_start = false}, 2);
    rig_end();
    rig_begin();
    rig_start();
    refuse(MOTE_MQTT_3_1, (struct mote_connect){.clean_start = true}, 2);
    rig_end();
}

/* [MQTT5-3.2.2-6] [MQTT5-3.2.2-7] [MQTT5-4.12.0-1] */
static void refuses_authentication_methods(void)
{
    struct mote_property method = {.id = MOTE_AUTHENTICATION_METHOD, .text = MOTE_TEXT("SCRAM")};

    rig_begin();
    rig_start();
    refuse(MOTE_MQTT_5, (struct mote_connect){.clean_start = true, .properties = {.items = &method, .count = 1}},
           MOTE_CODE_BAD_AUTHENTICATION_METHOD);
    rig_end();
}

/* [MQTT3-3.2.2-4] [MQTT3-3.2.2-5] [MQTT5-3.1.4-2] [MQTT5-3.2.2-6] [MQTT5-3.2.2-7] [MQTT5-4.13.2-1] */
static void asks_who_may_connect(void)
{
    static const struct {
        enum mote_mqtt_version version;
        enum mote_reason reason;
        uint8_t code;
    } rows[] = {
        {MOTE_MQTT_3_1_1, MOTE_MQTT_BAD_AUTH, 4},
        {MOTE_MQTT_3_1_1, MOTE_MQTT_NOT_AUTHORIZED, 5},
        {MOTE_MQTT_5, MOTE_MQTT_BAD_AUTH, MOTE_CODE_BAD_USER_OR_PASSWORD},
        {MOTE_MQTT_5, MOTE_MQTT_NOT_AUTHORIZED, MOTE_CODE_NOT_AUTHORIZED},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_begin();
        rig.config.authorize = rig_authorize;
        rig.forbidden[MOTE_BROKER_CONNECT] = rows[i].reason;
        rig_start();
        refuse(rows[i].version,
               (struct mote_connect){
                   .clean_start = true,
                   .client_id = MOTE_TEXT("me"),
                   .will = {.topic = MOTE_TEXT("t")},
                   .has_username = true,
                   .username = MOTE_TEXT("u"),
                   .has_password = true,
                   .password = MOTE_TEXT("p"),
               },
               rows[i].code);
        CHECK(strcmp(rig.asked, "me u") == 0);
        rig_end();
    }
}

static void asks_who_may_have_such_a_will(void)
{
    rig_begin();
    rig.config.authorize = rig_authorize;
    rig.forbidden[MOTE_BROKER_PUBLISH] = MOTE_MQTT_NOT_AUTHORIZED;
    rig_start();
    refuse(MOTE_MQTT_5,
           (struct mote_connect){
               .clean_start = true,
               .client_id = MOTE_TEXT("me"),
               .will = {.topic = MOTE_TEXT("t")},
               .has_password = true,
               .password = MOTE_TEXT("p"),
           },
           MOTE_CODE_NOT_AUTHORIZED);
    rig_end();
}

/* [MQTT3-3.1.2-1] [MQTT3-3.1.2-2] [MQTT5-3.1.2-1] [MQTT5-3.1.2-2] */
static void refuses_unknown_versions(void)
{
    struct rig_client *c;

    rig_begin();
    rig_start();
    c = rig_open(MOTE_MQTT_3_1_1); /* level 2 */
    RIG_FEED(c, "\x10\x0D\x00\x04MQTT\x02\x02\x00\x00\x00\x01x");
    RIG_EXPECT(c, MOTE_CONNACK);
    CHECK_EQUAL(rig.packet.connack.code, 1);
    rig_expect_cut(c, 0);
    c = rig_open(MOTE_MQTT_5); /* level 6 */
    RIG_FEED(c, "\x10\x0D\x00\x04MQTT\x06\x02\x00\x00\x00\x01x");
    RIG_EXPECT(c, MOTE_CONNACK);
    CHECK_EQUAL(rig.packet.connack.code, MOTE_CODE_UNSUPPORTED_VERSION);
    rig_expect_cut(c, 0);
    c = rig_open(MOTE_MQTT_3_1_1); /* another name */
    RIG_FEED(c, "\x10\x0D\x00\x04HTTP\x04\x02\x00\x00\x00\x01x");
    RIG_EXPECT(c, MOTE_CONNACK);
    CHECK_EQUAL(rig.packet.connack.code, 1);
    rig_expect_cut(c, 0);
    c = rig_open(MOTE_MQTT_5); /* the old name with the newest level */
    RIG_FEED(c, "\x10\x0F\x00\x06MQIsdp\x05\x02\x00\x00\x00\x01x");
    RIG_EXPECT(c, MOTE_CONNACK);
    CHECK_EQUAL(rig.packet.connack.code, MOTE_CODE_UNSUPPORTED_VERSION);
    rig_expect_cut(c, 0);
    CHECK_EQUAL(rig.broker.counters.refused, 4);
    rig_end();
}

/* In MQTT 5 by a CONNACK, before it without one.
 * [MQTT3-3.1.2-3] [MQTT3-3.1.4-1] [MQTT5-3.1.2-3] [MQTT5-3.1.4-1] */
static void refuses_malformed_connects(void)
{
    struct rig_client *c;

    rig_begin();
    rig_start();
    c = rig_open(MOTE_MQTT_3_1_1); /* [MQTT-3.1.2-3] */
    RIG_FEED(c, "\x10\x0D\x00\x04MQTT\x04\x03\x00\x00\x00\x01x");
    rig_expect_cut(c, 0);
    c = rig_open(MOTE_MQTT_5);
    RIG_FEED(c, "\x10\x0E\x00\x04MQTT\x05\x03\x00\x00\x00\x00\x01x");
    RIG_EXPECT(c, MOTE_CONNACK);
    CHECK_EQUAL(rig.packet.connack.code, MOTE_CODE_MALFORMED_PACKET);
    rig_expect_cut(c, 0);
    CHECK_EQUAL(rig.broker.counters.refused, 2);
    CHECK_EQUAL(rig.events[MOTE_BROKER_CLIENT_REFUSED], 2);
    rig_end();
}

/* Whoever begins with anything else is cut off without an answer and without memory. [MQTT-3.1.0-1]
 * [MQTT3-3.1.0-1] [MQTT5-3.1.0-1] */
static void wants_connect_first(void)
{
    for (unsigned first = 0; first < 256; first++) {
        uint8_t packet[] = {(uint8_t)first, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0};
        size_t memory;

        if (first == 0x10)
            continue;
        rig_begin();
        rig_start();
        struct rig_client *c = rig_open(MOTE_MQTT_3_1_1);
        memory = rig.memory;
        for (size_t i = 0; i < sizeof packet && c->client != NULL; i++) {
            rig_feed(c, &packet[i], 1);
            CHECK(rig.memory <= memory + 128);
        }
        rig_expect_cut(c, 0);
        CHECK_EQUAL(rig.events[MOTE_BROKER_CLIENT_REFUSED], 1);
        rig_end();
    }
}

/* A CONNECT may be large, but it takes only the memory of what has come of it. */
static void limits_connects(void)
{
    uint8_t bytes[600] = {0x10, 0xFF, 0xFF, 0xFF, 0x7F};
    size_t memory;

    rig_begin();
    rig.config.connect_size_max = 2000;
    rig_start();
    struct rig_client *c = rig_open(MOTE_MQTT_5);
    rig_feed(c, bytes, 5);
    rig_expect_cut(c, 0);
    CHECK_EQUAL(rig.last.reason, MOTE_MQTT_PACKET_TOO_LARGE);
    c = rig_open(MOTE_MQTT_5);
    memory = rig.memory;
    bytes[1] = 0x80 | (1900 & 0x7F);
    bytes[2] = 1900 >> 7;
    memset(bytes + 3, 0, sizeof bytes - 3);
    memcpy(bytes + 3, "\x00\x04MQTT\x05\x02\x00\x00\x00\x07", 12);
    rig_feed(c, bytes, sizeof bytes);
    CHECK(c->client != NULL);
    CHECK(rig.memory > memory && rig.memory < memory + 1400);
    rig_close(c);
    CHECK(rig.memory < memory);
    rig_end();
}

static void wants_connect_in_time(void)
{
    rig_begin();
    rig.config.connect_timeout_ms = 3000;
    rig_start();
    struct rig_client *c = rig_open(MOTE_MQTT_5);
    rig_pass(1000);
    struct rig_client *d = rig_open(MOTE_MQTT_5);
    RIG_FEED(c, "\x10");
    rig_pass(1999);
    CHECK(c->client != NULL);
    rig_pass(1);
    rig_expect_cut(c, 0);
    CHECK(d->client != NULL);
    rig_pass(1000);
    rig_expect_cut(d, 0);
    CHECK_EQUAL(mote_broker_deadline(&rig.broker), MOTE_NEVER);
    CHECK_EQUAL(rig.broker.counters.refused, 2);
    rig_end();
}

/* [MQTT3-3.1.0-2] [MQTT5-3.1.0-2] */
static void refuses_a_second_connect(void)
{
    for (size_t i = 0; i < 3; i++) {
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(versions[i], "me");
        rig_send_connect(c, (struct mote_connect){.clean_start = true, .client_id = MOTE_TEXT("me")});
        rig_expect_cut(c, MOTE_CODE_PROTOCOL_ERROR);
        rig_end();
    }
}

/* One and a half times as long as told, counted from the last bytes. [MQTT-3.1.2-22]
 * [MQTT3-3.1.2-24] [MQTT5-3.1.2-22] [MQTT5-3.2.2-22] */
static void watches_the_keep_alive(void)
{
    for (size_t i = 0; i < 3; i++) {
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect_with(
            versions[i], (struct mote_connect){.clean_start = true, .client_id = MOTE_TEXT("me"), .keep_alive_s = 10});
        rig_pass(14000);
        RIG_FEED(c, "\xC0\x00");
        RIG_EXPECT(c, MOTE_PINGRESP);
        rig_pass(14999);
        CHECK(c->client != NULL);
        rig_pass(1);
        rig_expect_cut(c, MOTE_CODE_KEEP_ALIVE_TIMEOUT);
        CHECK_EQUAL(rig.broker.counters.sessions, 0);
        rig_end();
    }
}

static void keep_alive_zero_waits_for_ever(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "me");
    CHECK_EQUAL(mote_broker_deadline(&rig.broker), MOTE_NEVER);
    rig_pass(UINT64_C(1) << 40);
    CHECK(c->client != NULL);
    rig_end();
}

/* The longest one there is, for a client that falls silent in the middle of a packet. */
static void watches_the_longest_keep_alive(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect_with(MOTE_MQTT_3_1_1, (struct mote_connect){
                                                                 .clean_start = true,
                                                                 .client_id = MOTE_TEXT("me"),
                                                                 .keep_alive_s = UINT16_MAX,
                                                             });
    RIG_FEED(c, "\x30\x7F\x00");
    rig_pass(UINT64_C(65535) * 1500 - 1);
    CHECK(c->client != NULL);
    rig_pass(1);
    CHECK(c->client == NULL);
    rig_end();
}

static void limits_the_keep_alive(void)
{
    static const struct {
        uint16_t asked_s;
        uint32_t told_s; /* 0: nothing */
    } rows[] = {{0, 30}, {31, 30}, {30, 0}, {29, 0}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_begin();
        rig.config.keep_alive_max_s = 30;
        rig_start();
        struct mote_connect connect = {
            .clean_start = true,
            .client_id = MOTE_TEXT("me"),
            .keep_alive_s = rows[i].asked_s,
        };
        rig_connect_with(MOTE_MQTT_5, connect);
        CHECK_EQUAL(mote_properties_number(&rig.packet.connack.properties, MOTE_SERVER_KEEP_ALIVE, 0), rows[i].told_s);
        struct rig_client *old = rig_connect_with(MOTE_MQTT_3_1_1, connect);
        CHECK_EQUAL(rig.packet.connack.code, rows[i].told_s == 0 ? 0 : 3);
        CHECK_EQUAL(old->client != NULL, rows[i].told_s == 0);
        rig_end();
    }
}

static void limits_clients(void)
{
    rig_begin();
    rig.config.clients_max = 2;
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "a");
    rig_open(MOTE_MQTT_5);
    CHECK(rig_open(MOTE_MQTT_5)->client == NULL);
    CHECK_EQUAL(rig.broker.counters.refused, 1);
    rig_close(c);
    CHECK(rig_open(MOTE_MQTT_5)->client != NULL);
    rig_end();
}

static void limits_sessions(void)
{
    rig_begin();
    rig.config.sessions_max = 2;
    rig_start();
    rig_close(rig_resume(MOTE_MQTT_5, "a"));
    rig_connect(MOTE_MQTT_5, "b");
    struct rig_client *c =
        rig_connect_with(MOTE_MQTT_5, (struct mote_connect){.clean_start = true, .client_id = MOTE_TEXT("c")});
    CHECK_EQUAL(rig.packet.connack.code, MOTE_CODE_QUOTA_EXCEEDED);
    rig_expect_cut(c, 0);
    c = rig_connect_with(MOTE_MQTT_3_1_1, (struct mote_connect){.clean_start = true, .client_id = MOTE_TEXT("c")});
    CHECK_EQUAL(rig.packet.connack.code, 3);
    rig_resume(MOTE_MQTT_5, "a"); /* one that is there already needs no room */
    CHECK(rig.packet.connack.session_present);
    rig_end();
}

/* What a server sends, and AUTH that nobody has asked for.
 * [MQTT5-4.12.0-7] [MQTT5-4.13.1-1] */
static void cuts_off_what_cannot_come(void)
{
    static const struct {
        const char *bytes;
        size_t size;
    } rows[] = {
        {"\x20\x03\x00\x00\x00", 5},
        {"\x90\x04\x00\x01\x00\x00", 6},
        {"\xB0\x04\x00\x01\x00\x00", 6},
        {"\xD0\x00", 2},
        {"\xF0\x00", 2},
        {"\xF0\x07\x18\x05\x15\x00\x02XY", 9},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "me");
        rig_feed(c, rows[i].bytes, rows[i].size);
        rig_expect_cut(c, MOTE_CODE_PROTOCOL_ERROR);
        rig_end();
    }
}

/* Reasons come with CONNACK and DISCONNECT alone if that is asked for, and never beyond the packet size.
 * [MQTT-3.1.2-29]
 * [MQTT5-3.1.2-29] */
static void respects_problem_information(void)
{
    struct mote_property quiet = {.id = MOTE_REQUEST_PROBLEM_INFORMATION, .number = 0};
    struct mote_property found;

    for (unsigned wanted = 0; wanted < 2; wanted++) {
        rig_begin();
        rig.config.payload_size_max = 1;
        rig_start();
        struct rig_client *c = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                                 .clean_start = true,
                                                                 .client_id = MOTE_TEXT("me"),
                                                                 .properties = {.items = &quiet, .count = 1 - wanted},
                                                             });
        rig_publish(c, "t", "too long", MOTE_QOS_1, false, 5);
        rig_expect_ack(c, MOTE_PUBACK, 5, MOTE_CODE_IMPLEMENTATION_SPECIFIC);
        CHECK_EQUAL(mote_properties_find(&rig.packet.ack.properties, MOTE_REASON_STRING, &found), wanted);
        RIG_FEED(c, "\xF0\x00");
        RIG_EXPECT(c, MOTE_DISCONNECT);
        CHECK(mote_properties_find(&rig.packet.ack.properties, MOTE_REASON_STRING, &found));
        rig_end();
    }
}

static void says_goodbye(void)
{
    rig_begin();
    rig_start();
    struct rig_client *a = rig_connect(MOTE_MQTT_5, "a");
    struct rig_client *b = rig_connect(MOTE_MQTT_3_1_1, "b");
    struct rig_client *w = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                             .clean_start = true,
                                                             .client_id = MOTE_TEXT("w"),
                                                             .will = {.topic = MOTE_TEXT("will")},
                                                         });
    struct rig_client *s = rig_open(MOTE_MQTT_5);
    rig_subscribe(a, "will", MOTE_QOS_0);
    mote_broker_stop(&rig.broker, rig.now_ms);
    CHECK(rig_open(MOTE_MQTT_5)->client == NULL);
    rig_serve();
    rig_expect_cut(a, MOTE_CODE_SERVER_SHUTTING_DOWN);
    rig_expect_cut(b, 0);
    rig_expect_cut(w, MOTE_CODE_SERVER_SHUTTING_DOWN);
    rig_expect_cut(s, 0);
    rig_end();
}

/* Whoever is cut off has a while to take what is for him, and not for ever. */
static void closes_those_who_do_not_read(void)
{
    rig_begin();
    rig.config.close_timeout_ms = 1000;
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "me");
    size_t size;

    c->held = true;
    RIG_FEED(c, "\xF0\x00");
    CHECK(c->client != NULL && !mote_broker_should_close(c->client));
    mote_broker_receive_space(c->client, &size);
    CHECK_EQUAL(size, 0);
    rig_pass(999);
    CHECK(c->client != NULL);
    rig_pass(1);
    rig_expect_cut(c, 0);
    rig_end();
}

static void freed_with_everything_open(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_resume(MOTE_MQTT_5, "a");
    rig_open(MOTE_MQTT_5);
    RIG_FEED(rig_open(MOTE_MQTT_5), "\x10\x20\x00");
    rig_subscribe(c, "a/+/#", MOTE_QOS_2);
    rig_subscribe(c, "$share/g/a", MOTE_QOS_2);
    rig_publish(c, "a/b", "kept", MOTE_QOS_2, true, 3);
    c->held = true;
    RIG_FEED(c, "\xC0\x00\x30\x70\x00");
    rig_end();
}

static void rejects_wrong_configs(void)
{
    rig_begin();
    rig.config.resize = NULL;
    CHECK_EQUAL(mote_broker_init(&rig.broker, &rig.config, 0), MOTE_CONFIG_INVALID);
    rig_begin();
    rig.config.receive_size = 255;
    CHECK_EQUAL(mote_broker_init(&rig.broker, &rig.config, 0), MOTE_CONFIG_INVALID);
    rig_begin();
    rig.config.topic_levels_max = 129;
    CHECK_EQUAL(mote_broker_init(&rig.broker, &rig.config, 0), MOTE_CONFIG_INVALID);
    rig_begin();
    rig.config.packet_size_max = 1u << 28;
    CHECK_EQUAL(mote_broker_init(&rig.broker, &rig.config, 0), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(rig.blocks, 0);
}

static const struct check_case cases[] = {
    {"accepts-every-version", accepts_every_version},
    {"tells-its-limits", tells_its_limits},
    {"assigns-client-ids", assigns_client_ids},
    {"refuses-empty-ids", refuses_empty_ids},
    {"refuses-authentication-methods", refuses_authentication_methods},
    {"asks-who-may-connect", asks_who_may_connect},
    {"asks-who-may-have-such-a-will", asks_who_may_have_such_a_will},
    {"refuses-unknown-versions", refuses_unknown_versions},
    {"refuses-malformed-connects", refuses_malformed_connects},
    {"wants-connect-first", wants_connect_first},
    {"limits-connects", limits_connects},
    {"wants-connect-in-time", wants_connect_in_time},
    {"refuses-a-second-connect", refuses_a_second_connect},
    {"watches-the-keep-alive", watches_the_keep_alive},
    {"keep-alive-zero-waits-for-ever", keep_alive_zero_waits_for_ever},
    {"watches-the-longest-keep-alive", watches_the_longest_keep_alive},
    {"limits-the-keep-alive", limits_the_keep_alive},
    {"limits-clients", limits_clients},
    {"limits-sessions", limits_sessions},
    {"cuts-off-what-cannot-come", cuts_off_what_cannot_come},
    {"respects-problem-information", respects_problem_information},
    {"says-goodbye", says_goodbye},
    {"closes-those-who-do-not-read", closes_those_who_do_not_read},
    {"freed-with-everything-open", freed_with_everything_open},
    {"rejects-wrong-configs", rejects_wrong_configs},
};

int main(int argc, char **argv)
{
    return check_main("unit/broker-connect", cases, sizeof cases / sizeof cases[0], argc, argv);
}
