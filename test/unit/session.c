/* The life of a connection: what a config may be, CONNECT and CONNACK, keep-alive, the end. */
#include "session_rig.h"

static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};
#define VERSIONS (sizeof versions / sizeof versions[0])

/* --- Config --- */

static enum mote_reason init(void)
{
    return mote_session_init(&rig.session, &rig.config);
}

static void config_memory(void)
{
    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.receive_size = 63;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.receive_size = 64;
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.send_size = 63;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.send_size = 64;
    rig.config.send_buffer = NULL;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.send_buffer = rig.send_buffer;
    rig.config.receive_buffer = NULL;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.receive_buffer = rig.receive_buffer;
    rig.config.store = NULL;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.store_size = 0;
    rig.config.inflight = NULL;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.inflight_count = 0;
    rig.config.received_ids = NULL;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.received_count = 0;
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.aliases_in_count = 1;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig_use_aliases();
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.alias_out_size = 2;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig_begin(MOTE_MQTT_5);
    rig.config.inflight_count = UINT16_MAX;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
}

/* [MQTT3-3.1.2-22] [MQTT3-3.1.3-4] [MQTT3-3.1.3-7] [MQTT3-3.1.3-11] */
static void config_identity(void)
{
    rig_begin(MOTE_MQTT_DEFAULT);
    CHECK_EQUAL(init(), MOTE_OK);
    CHECK_EQUAL(rig.session.version, MOTE_MQTT_3_1_1);
    rig.config.client_id = MOTE_TEXT("");
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID); /* [MQTT-3.1.3-7] */
    rig.config.keep_session = false;
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.version = MOTE_MQTT_3_1;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.version = (enum mote_mqtt_version)6;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.client_id = MOTE_TEXT("\xff");
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.has_password = true;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID); /* [MQTT-3.1.2-22] */
    rig.config.has_username = true;
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.username = MOTE_TEXT("a\0b");
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig_begin(MOTE_MQTT_5);
    rig.config.has_password = true;
    CHECK_EQUAL(init(), MOTE_OK);

    rig.config.auth_data = MOTE_TEXT("x");
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("SCRAM-SHA-1");
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.version = MOTE_MQTT_3_1_1;
    rig.config.has_password = false;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);

    CHECK_NEEDS_MQTT5();
    rig_begin(MOTE_MQTT_5);
    rig.config.client_id = MOTE_TEXT("");
    CHECK_EQUAL(init(), MOTE_OK);
}

static void config_will(void)
{
    const struct mote_property delay = {.id = MOTE_WILL_DELAY_INTERVAL, .number = 5};
    const struct mote_property alias = {.id = MOTE_TOPIC_ALIAS, .number = 5};

    rig_begin(MOTE_MQTT_5);
    rig.config.will.topic = MOTE_TEXT("t/+");
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.will.topic = MOTE_TEXT("t");
    rig.config.will.properties = (struct mote_properties){.items = &delay, .count = 1};
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.will.properties.items = &alias;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.will.properties.count = 0;
    rig.config.will.qos = (enum mote_qos)3;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.will.qos = MOTE_QOS_2;
    rig.config.will.payload = (struct mote_text){(const char *)rig.store, 65536};
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
}

static void config_connect_properties(void)
{
    static const uint8_t taken[] = {0x11, 0x15, 0x16, 0x21, 0x22, 0x27};
    struct mote_property property = {.id = MOTE_REQUEST_PROBLEM_INFORMATION, .number = 1};

    rig_begin(MOTE_MQTT_5);
    rig.config.connect_properties = (struct mote_properties){.items = &property, .count = 1};
    CHECK_EQUAL(init(), MOTE_OK);
    property.number = 2;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    property.number = 1;
    for (size_t i = 0; i < sizeof taken; i++) {
        property.id = (enum mote_property_id)taken[i];
        CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    }
    rig.config.connect_properties = (struct mote_properties){.encoded = MOTE_TEXT("\x17\x01")};
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
}

/* --- CONNECT --- */

/* [MQTT3-3.1.2-11] [MQTT3-3.1.2-13] [MQTT3-3.1.2-15] [MQTT3-3.1.2-18] [MQTT3-3.1.2-20] [MQTT3-3.1.3-3] */
static void connect_bytes_3_1_1(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.keep_alive_s = 60;
    CHECK_EQUAL(init(), MOTE_OK);
    CHECK_EQUAL(mote_session_open(&rig.session, 0), MOTE_OK);
    struct mote_text output = mote_session_output(&rig.session);
    CHECK_BYTES(output.data, output.length, "10 0f 0004 4d515454 04 00 003c 0003 726967");
}

/* [MQTT5-3.1.2-1] [MQTT5-3.1.2-11] [MQTT5-3.1.2-13] [MQTT5-3.1.2-16] [MQTT5-3.1.2-18] [MQTT5-3.1.3-3] */
static void connect_bytes_5(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.keep_session = false;
    rig.config.received_count = 5;
    CHECK_EQUAL(init(), MOTE_OK);
    CHECK_EQUAL(mote_session_open(&rig.session, 0), MOTE_OK);
    struct mote_text output = mote_session_output(&rig.session);
    CHECK_BYTES(output.data, output.length, "10 13 0004 4d515454 05 02 0000 03 21 0005 0003 726967");
}

/* [MQTT3-3.1.2-9] [MQTT3-3.1.2-19] [MQTT3-3.1.2-21] [MQTT5-3.1.2-9] [MQTT5-3.1.2-17] [MQTT5-3.1.2-19] */
static void connect_all_fields(void)
{
    const struct mote_property user = {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("board"), .value = MOTE_TEXT("7")};
    struct mote_connect *connect = &rig.packet.connect;
    struct mote_property found;

    for (size_t i = 0; i < VERSIONS; i++) {
        rig_begin(versions[i]);
        rig.config.keep_alive_s = 300;
        rig.config.will = (struct mote_will){MOTE_TEXT("w/t"), MOTE_TEXT("gone"), MOTE_QOS_2, true, {{0}, 0, 0}};
        rig.config.has_username = rig.config.has_password = true;
        rig.config.username = MOTE_TEXT("user");
        rig.config.password = MOTE_TEXT("secret");
        rig.config.session_expiry_s = 7200;
        rig.config.packet_size_max = 5000;
        rig.config.connect_properties = (struct mote_properties){.items = &user, .count = 1};
        rig_use_aliases();
        CHECK_EQUAL(init(), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        CHECK_EQUAL(connect->version, versions[i]);
        CHECK(!connect->clean_start);
        CHECK_EQUAL(connect->keep_alive_s, 300);
        CHECK_TEXT(connect->client_id, "rig");
        CHECK_TEXT(connect->will.topic, "w/t");
        CHECK_TEXT(connect->will.payload, "gone");
        CHECK_EQUAL(connect->will.qos, MOTE_QOS_2);
        CHECK(connect->will.retain);
        CHECK_TEXT(connect->username, "user");
        CHECK_TEXT(connect->password, "secret");
        if (versions[i] != MOTE_MQTT_5)
            continue;
        CHECK_EQUAL(mote_properties_number(&connect->properties, MOTE_SESSION_EXPIRY_INTERVAL, 0), 7200);
        CHECK_EQUAL(mote_properties_number(&connect->properties, MOTE_RECEIVE_MAXIMUM, 0), RIG_RECEIVED);
        CHECK_EQUAL(mote_properties_number(&connect->properties, MOTE_MAXIMUM_PACKET_SIZE, 0), 5000);
        CHECK_EQUAL(mote_properties_number(&connect->properties, MOTE_TOPIC_ALIAS_MAXIMUM, 0), RIG_ALIASES);
        CHECK(mote_properties_find(&connect->properties, MOTE_USER_PROPERTY, &found));
        CHECK_TEXT(found.value, "7");
    }
}

static void connect_session_expiry(void)
{
    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    CHECK_EQUAL(mote_properties_number(&rig.packet.connect.properties, MOTE_SESSION_EXPIRY_INTERVAL, 0), UINT32_MAX);
    rig.config.keep_session = false;
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    CHECK(rig.packet.connect.clean_start);
    CHECK_EQUAL(mote_properties_number(&rig.packet.connect.properties, MOTE_SESSION_EXPIRY_INTERVAL, 9), 9);
}

/* The buffer holds it to the byte, or says so. */
static void connect_too_large(void)
{
    static char name[512];

    memset(name, 'n', sizeof name);
    for (size_t i = 0; i < VERSIONS; i++) {
        size_t fits = 0;
        for (size_t length = 1; length < sizeof name; length++) {
            rig_begin(versions[i]);
            rig_send_size(128);
            rig.config.client_id = (struct mote_text){name, length};
            CHECK_EQUAL(init(), MOTE_OK);
            enum mote_reason reason = mote_session_open(&rig.session, 0);
            if (reason == MOTE_OK) {
                CHECK_EQUAL(fits, length - 1);
                RIG_EXPECT_SENT(MOTE_CONNECT);
                CHECK_EQUAL(rig.packet.connect.client_id.length, length);
                fits = length;
            } else {
                CHECK_EQUAL(reason, MOTE_MQTT_PACKET_TOO_LARGE);
                CHECK_EQUAL(rig.session.state, MOTE_SESSION_IDLE);
                CHECK_EQUAL(mote_session_output(&rig.session).length, 0);
            }
        }
        CHECK(fits > 70 && fits < 128);
    }
}

/* CONNECT, SUBSCRIBE and the first publication leave in one piece.
 * [MQTT3-3.1.0-1] [MQTT5-3.1.0-1] */
static void connect_in_one_round_trip(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t/in"), .qos = MOTE_QOS_1};
    uint16_t subscribed, published;

    for (size_t i = 0; i < VERSIONS; i++) {
        rig_begin(versions[i]);
        CHECK_EQUAL(init(), MOTE_OK);
        rig_open();
        CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, &subscribed), MOTE_OK);
        CHECK_EQUAL(rig_publish(MOTE_QOS_0, "zero", NULL), MOTE_OK);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", &published), MOTE_OK);
        CHECK(subscribed != published);
        RIG_EXPECT_SENT(MOTE_CONNECT);
        RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
        RIG_EXPECT_SENT_PUBLISH(0, false, "zero");
        RIG_EXPECT_SENT_PUBLISH(published, false, "one");
        rig_serve_connack(false, 0, NULL, 0);
        rig_serve_reply(MOTE_SUBACK, subscribed, MOTE_TEXT("\1"));
        rig_serve_ack(MOTE_PUBACK, published, 0);
        RIG_EXPECT(MOTE_EVENT_CONNECTED);
        CHECK(!rig.event.session_lost);
        RIG_EXPECT(MOTE_EVENT_SUBSCRIBED);
        CHECK_EQUAL(rig.event.packet_id, subscribed);
        CHECK_BYTES(rig.event.codes.data, rig.event.codes.length, "01");
        RIG_EXPECT(MOTE_EVENT_PUBLISHED);
        CHECK_EQUAL(rig.event.packet_id, published);
        CHECK_EQUAL(rig.event.reason_code, 0);
        CHECK(mote_session_is_idle(&rig.session));
        RIG_EXPECT_NONE_SENT();
    }
}

/* How many an MQTT 5 server takes at once it tells in its CONNACK: at least one.
 * [MQTT5-3.3.4-7] [MQTT5-4.9.0-1] */
static void connect_early_quota(void)
{
    const struct mote_property receive_max = {.id = MOTE_RECEIVE_MAXIMUM, .number = 2};

    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_CONNECT);
    RIG_EXPECT_SENT_PUBLISH(1, false, "x");
    RIG_EXPECT_NONE_SENT();
    rig_serve_connack(false, 0, &receive_max, 1);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    RIG_EXPECT_SENT_PUBLISH(2, false, "x");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    RIG_EXPECT_SENT_PUBLISH(3, false, "x");
}

static void connect_no_connection(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};

    rig_begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(init(), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "x", NULL), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x18, NULL), MOTE_CONFIG_INVALID);
    mote_session_close(&rig.session, 0, NULL);
    CHECK_EQUAL(rig.session.state, MOTE_SESSION_IDLE);
    CHECK_EQUAL(mote_session_output(&rig.session).length, 0);
    CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "kept", NULL), MOTE_OK);
    CHECK(!mote_session_is_idle(&rig.session));
}

/* --- CONNACK --- */

/* [MQTT5-4.13.2-1] */
static void connack_refusals(void)
{
    static const struct {
        enum mote_mqtt_version version;
        uint8_t code;
        enum mote_reason reason;
    } cases[] = {
        {MOTE_MQTT_3_1_1, 1, MOTE_MQTT_BAD_VERSION},    {MOTE_MQTT_3_1_1, 2, MOTE_MQTT_CLIENT_ID},
        {MOTE_MQTT_3_1_1, 3, MOTE_MQTT_QUOTA},          {MOTE_MQTT_3_1_1, 4, MOTE_MQTT_BAD_AUTH},
        {MOTE_MQTT_3_1_1, 5, MOTE_MQTT_NOT_AUTHORIZED}, {MOTE_MQTT_3_1, 5, MOTE_MQTT_NOT_AUTHORIZED},
        {MOTE_MQTT_5, 0x80, MOTE_MQTT_PROTOCOL},        {MOTE_MQTT_5, 0x84, MOTE_MQTT_BAD_VERSION},
        {MOTE_MQTT_5, 0x85, MOTE_MQTT_CLIENT_ID},       {MOTE_MQTT_5, 0x86, MOTE_MQTT_BAD_AUTH},
        {MOTE_MQTT_5, 0x87, MOTE_MQTT_NOT_AUTHORIZED},  {MOTE_MQTT_5, 0x88, MOTE_MQTT_QUOTA},
        {MOTE_MQTT_5, 0x89, MOTE_MQTT_QUOTA},           {MOTE_MQTT_5, 0x8A, MOTE_MQTT_NOT_AUTHORIZED},
        {MOTE_MQTT_5, 0x8C, MOTE_MQTT_BAD_AUTH},        {MOTE_MQTT_5, 0x95, MOTE_MQTT_PACKET_TOO_LARGE},
        {MOTE_MQTT_5, 0x97, MOTE_MQTT_QUOTA},           {MOTE_MQTT_5, 0x9C, MOTE_MQTT_PROTOCOL},
        {MOTE_MQTT_5, 0x9F, MOTE_MQTT_QUOTA},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_begin(cases[i].version);
        CHECK_EQUAL(init(), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "kept", NULL), MOTE_OK);
        rig_serve_connack(false, cases[i].code, NULL, 0);
        RIG_SERVE("\xd0\x00");
        RIG_EXPECT(MOTE_EVENT_REFUSED);
        CHECK_EQUAL(rig.event.reason_code, cases[i].code);
        CHECK_EQUAL(rig.event.reason, cases[i].reason);
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
        RIG_EXPECT_NOTHING();
        CHECK_EQUAL(mote_session_output(&rig.session).length, 0);
        CHECK_EQUAL(rig_publish(MOTE_QOS_0, "x", NULL), MOTE_TCP_RESET);
        CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
        rig_reconnect(false);
        RIG_EXPECT_SENT_PUBLISH(1, cases[i].version == MOTE_MQTT_3_1, "kept");
    }
}

static void reason_of_codes(void)
{
    CHECK_NEEDS_MQTT5();
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_5, 0x00), MOTE_OK);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_5, 0x7F), MOTE_OK);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_5, 0x8B), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_5, 0x8D), MOTE_MQTT_NO_PINGRESP);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_5, 0x8E), MOTE_MQTT_TAKEN_OVER);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_5, 0x93), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_5, 0x96), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_5, 0xA2), MOTE_MQTT_PROTOCOL);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_5, 0xFF), MOTE_MQTT_PROTOCOL);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_3_1_1, 0), MOTE_OK);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_DEFAULT, 5), MOTE_MQTT_NOT_AUTHORIZED);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_3_1_1, 6), MOTE_MQTT_PROTOCOL);
    CHECK_EQUAL(mote_session_reason(MOTE_MQTT_3_1_1, 0x87), MOTE_MQTT_PROTOCOL);
}

/* [MQTT3-3.2.2-1] [MQTT5-3.2.2-2] [MQTT5-3.2.2-4] */
static void connack_session_in_spite_of_clean_start(void)
{
    static const enum mote_mqtt_version with_flag[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

    for (size_t i = 0; i < 2; i++) {
        rig_begin(with_flag[i]);
        rig.config.keep_session = false;
        CHECK_EQUAL(init(), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        CHECK(rig.packet.connect.clean_start);
        rig_serve_connack(true, 0, NULL, 0);
        RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82); /* [MQTT-3.2.2-2] */
    }
}

static void connack_session_lost(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        bool tells = versions[i] != MOTE_MQTT_3_1;
        rig_begin(versions[i]);
        CHECK_EQUAL(init(), MOTE_OK);
        rig_open();
        rig_serve_connack(false, 0, NULL, 0);
        RIG_EXPECT(MOTE_EVENT_CONNECTED);
        CHECK(!rig.event.session_lost);
        mote_session_closed(&rig.session);
        rig_open();
        rig_serve_connack(true, 0, NULL, 0);
        RIG_EXPECT(MOTE_EVENT_CONNECTED);
        CHECK(!rig.event.session_lost && rig.event.session_present);
        mote_session_closed(&rig.session);
        rig_open();
        rig_serve_connack(false, 0, NULL, 0);
        RIG_EXPECT(MOTE_EVENT_CONNECTED);
        CHECK_EQUAL(rig.event.session_lost, tells);
    }
}

static void connack_assigned_client_id(void)
{
    const struct mote_property assigned = {.id = MOTE_ASSIGNED_CLIENT_IDENTIFIER, .text = MOTE_TEXT("auto-7")};
    struct mote_property found;
    static char id[16];

    rig_begin(MOTE_MQTT_5);
    rig.config.client_id = MOTE_TEXT("");
    CHECK_EQUAL(init(), MOTE_OK);
    rig_connect_with(false, &assigned, 1);
    CHECK(mote_properties_find(&rig.event.properties, MOTE_ASSIGNED_CLIENT_IDENTIFIER, &found));
    CHECK(mote_text_copy(found.text, id, sizeof id));
    rig.config.client_id = mote_text(id);
    mote_session_closed(&rig.session);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    CHECK_TEXT(rig.packet.connect.client_id, "auto-7");
}

/* [MQTT5-4.12.0-6] */
static void connack_foreign_auth_method(void)
{
    const struct mote_property method = {.id = MOTE_AUTHENTICATION_METHOD, .text = MOTE_TEXT("X")};

    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig_serve_connack(false, 0, &method, 1);
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
}

/* What the server says it does not have is refused before it is sent.
 * [MQTT5-3.2.2-11] [MQTT5-3.2.2-14] [MQTT5-3.2.2-15] */
static void connack_limits(void)
{
    const struct mote_property none[] = {
        {.id = MOTE_MAXIMUM_QOS, .number = 1},
        {.id = MOTE_RETAIN_AVAILABLE, .number = 0},
        {.id = MOTE_WILDCARD_SUBSCRIPTION_AVAILABLE, .number = 0},
        {.id = MOTE_SHARED_SUBSCRIPTION_AVAILABLE, .number = 0},
        {.id = MOTE_SUBSCRIPTION_IDENTIFIER_AVAILABLE, .number = 0},
        {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 30},
    };
    const struct mote_property identifier = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 7};
    const struct mote_properties identified = {.items = &identifier, .count = 1};
    const struct mote_message retained = {.topic = MOTE_TEXT("t"), .retain = true};
    const struct mote_filter plain = {.topic = MOTE_TEXT("a/b")};
    const struct mote_filter wildcard = {.topic = MOTE_TEXT("a/+")};
    const struct mote_filter shared = {.topic = MOTE_TEXT("$share/g/a")};
    const struct mote_filter longer = {.topic = MOTE_TEXT("123456789012345678901234567890")};
    struct mote_session *session = &rig.session;

    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    rig_connect_with(false, NULL, 0);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_publish(session, &retained, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(session, &wildcard, 1, &identified, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(session, &shared, 1, NULL, NULL), MOTE_OK);

    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    rig_connect_with(false, none, 6);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_publish(session, &retained, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "12345678901234567890", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "123456789012345678901", NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "123456789012345678", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "1234567890123456789", NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(mote_session_subscribe(session, &wildcard, 1, NULL, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_subscribe(session, &shared, 1, NULL, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_subscribe(session, &plain, 1, &identified, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_subscribe(session, &longer, 1, NULL, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(mote_session_subscribe(session, &plain, 1, NULL, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_unsubscribe(session, &wildcard, 1, NULL, NULL), MOTE_OK);
    while (rig_sent())
        CHECK(rig.packet.header.size + rig.packet.header.remaining <= 30);
}

/* Publications made before it was known are not sent, and told of.
 * [MQTT5-3.2.2-11] [MQTT5-3.2.2-14] [MQTT5-3.2.2-15] */
static void connack_limits_for_what_waits(void)
{
    const struct mote_property limits[] = {{.id = MOTE_MAXIMUM_QOS, .number = 1},
                                           {.id = MOTE_RETAIN_AVAILABLE, .number = 0},
                                           {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 20}};
    const struct mote_message retained = {.topic = MOTE_TEXT("t"), .retain = true, .qos = MOTE_QOS_1};

    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "first", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_publish(&rig.session, &retained, NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "12345678901234567890", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "last", NULL), MOTE_OK);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    RIG_EXPECT_SENT_PUBLISH(1, false, "first");
    rig_serve_connack(false, 0, limits, 3);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(rig.event.packet_id, 2);
    CHECK_EQUAL(rig.event.reason_code, 0x9B);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(rig.event.packet_id, 3);
    CHECK_EQUAL(rig.event.reason_code, 0x9A);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(rig.event.packet_id, 4);
    CHECK_EQUAL(rig.event.reason_code, 0x95);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_PUBLISH(5, false, "last");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    rig_serve_ack(MOTE_PUBACK, 5, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK(mote_session_is_idle(&rig.session));
}

/* --- Time --- */

static const uint64_t starts_ms[] = {0, UINT32_MAX - 10000u, UINT64_C(0x123456789abc)};

static void time_connack_deadline(void)
{
    for (size_t i = 0; i < 3; i++) {
        rig_begin(MOTE_MQTT_5);
        rig.now_ms = starts_ms[i];
        CHECK_EQUAL(init(), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        CHECK_EQUAL(mote_session_deadline(&rig.session), starts_ms[i] + 20000);
        CHECK(!rig_wait_until(starts_ms[i] + 19999));
        CHECK(rig_wait_until(starts_ms[i] + 20000));
        CHECK_EQUAL(rig.event.type, MOTE_EVENT_FAILED);
        CHECK_EQUAL(rig.event.reason, MOTE_TCP_TIMEOUT);
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
        CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
    }
}

static void start_with_keep_alive(uint16_t keep_alive_s, uint64_t now_ms)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.now_ms = now_ms;
    rig.config.keep_alive_s = keep_alive_s;
    rig_start();
}

/* [MQTT3-3.1.2-23] */
static void time_keep_alive(void)
{
    for (size_t i = 0; i < 3; i++) {
        uint64_t start_ms = starts_ms[i];
        start_with_keep_alive(60, start_ms);
        for (int round = 0; round < 5; round++) {
            CHECK(!rig_wait_until(start_ms + 52499));
            RIG_EXPECT_NONE_SENT();
            CHECK(!rig_wait_until(start_ms + 52500));
            RIG_EXPECT_SENT(MOTE_PINGREQ);
            RIG_EXPECT_NONE_SENT();
            RIG_SERVE("\xd0\x00");
            RIG_EXPECT(MOTE_EVENT_PONG);
            RIG_EXPECT_NOTHING();
            start_ms = rig.now_ms;
        }
    }
}

/* The time between two packets stays within the keep-alive, down to the shortest. [MQTT-3.1.2-20]
 * [MQTT3-3.1.2-23] */
static void time_keep_alive_is_kept(void)
{
    static const uint16_t keep_alives_s[] = {1, 2, 10, 65535};

    for (size_t i = 0; i < 4; i++) {
        start_with_keep_alive(keep_alives_s[i], UINT32_MAX - 10000u);
        uint64_t last_ms = rig.now_ms;
        for (int pings = 0; pings < 4; pings++) {
            rig.now_ms = mote_session_deadline(&rig.session);
            RIG_EXPECT_NOTHING();
            RIG_EXPECT_SENT(MOTE_PINGREQ);
            CHECK(rig.now_ms > last_ms && rig.now_ms - last_ms < keep_alives_s[i] * UINT64_C(1000));
            CHECK(rig.now_ms - last_ms >= keep_alives_s[i] * UINT64_C(500));
            RIG_SERVE("\xd0\x00");
            RIG_EXPECT(MOTE_EVENT_PONG);
            last_ms = rig.now_ms;
        }
    }
}

static void time_no_keep_alive(void)
{
    start_with_keep_alive(0, 5);
    CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
    CHECK(!rig_wait_until(UINT64_C(1) << 40));
    RIG_EXPECT_NONE_SENT();
}

/* [MQTT5-3.1.2-21] [MQTT5-3.2.2-21] */
static void time_server_keep_alive(void)
{
    const struct mote_property seconds = {.id = MOTE_SERVER_KEEP_ALIVE, .number = 8};

    rig_begin(MOTE_MQTT_5);
    rig.config.keep_alive_s = 60;
    CHECK_EQUAL(init(), MOTE_OK);
    rig_connect_with(false, &seconds, 1);
    CHECK_EQUAL(mote_session_deadline(&rig.session), rig.now_ms + 7000);
    rig_reconnect(true);
    CHECK_EQUAL(mote_session_deadline(&rig.session), rig.now_ms + 52500);
}

static void time_no_pingresp(void)
{
    for (size_t i = 0; i < 3; i++) {
        start_with_keep_alive(60, starts_ms[i]);
        CHECK(!rig_wait_until(starts_ms[i] + 52500));
        RIG_EXPECT_SENT(MOTE_PINGREQ);
        CHECK(!rig_wait_until(starts_ms[i] + 62499));
        CHECK(rig_wait_until(starts_ms[i] + 62500));
        CHECK_EQUAL(rig.event.type, MOTE_EVENT_FAILED);
        CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
        RIG_EXPECT_NONE_SENT();
    }
}

/* A publisher of QoS 0 hears nothing: it notices in time all the same that the other end is dead. */
static void time_half_open_publisher(void)
{
    start_with_keep_alive(60, 1000);
    uint64_t start_ms = rig.now_ms;
    bool failed = false;
    while (!failed && rig.now_ms < start_ms + 100000) {
        (void)rig_publish(MOTE_QOS_0, "still here", NULL);
        failed = rig_wait_until(rig.now_ms + 1000);
        rig.to_server.start = rig.to_server.end = 0;
    }
    CHECK(failed);
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
    CHECK(rig.now_ms - start_ms <= 63500);
}

/* The same if the connection takes nothing any more and the output is full. */
static void time_half_open_with_full_output(void)
{
    start_with_keep_alive(60, 1000);
    uint64_t start_ms = rig.now_ms;
    rig.output_held = true;
    while (rig_publish(MOTE_QOS_0, "still here", NULL) == MOTE_OK)
        continue;
    CHECK(rig_wait_until(start_ms + 100000));
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
    CHECK_EQUAL(rig.now_ms - start_ms, 62500);
}

/* The PINGRESP comes behind what is still on its way: as long as that arrives the link is not dead. */
static void time_slow_link(void)
{
    start_with_keep_alive(60, 1000);
    CHECK(!rig_wait_until(53500));
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    for (int i = 0; i < 9; i++)
        rig_serve_publish(MOTE_QOS_0, 0, "123456789");
    RIG_SERVE("\xd0\x00");
    rig.to_client.step = 1;
    int messages = 0;
    while (rig_pipe_size(&rig.to_client) > 0) {
        rig.now_ms += 9000;
        rig_receive_step();
        while (mote_session_next(&rig.session, rig.now_ms, &rig.event)) {
            CHECK(rig.event.type == MOTE_EVENT_MESSAGE || rig.event.type == MOTE_EVENT_PONG);
            messages++;
        }
    }
    CHECK_EQUAL(messages, 10);
}

static void time_ping_on_demand(void)
{
    start_with_keep_alive(0, 1000);
    rig.now_ms += 3600000; /* of which the session has not been told */
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    RIG_EXPECT_NONE_SENT();
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(mote_session_deadline(&rig.session), rig.now_ms + 10000);
    RIG_SERVE("\xd0\x00");
    RIG_EXPECT(MOTE_EVENT_PONG);
    CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
    RIG_SERVE("\xd0\x00");
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(rig.session.counters.unexpected, 1);
}

/* Sent along with the CONNECT it is answered after the CONNACK, and its time begins there. */
static void time_early_ping(void)
{
    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_CONNECT);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    rig.now_ms += 19000;
    rig_serve_connack(false, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    CHECK(!rig_wait_until(rig.now_ms + 9999));
    RIG_SERVE("\xd0\x00");
    RIG_EXPECT(MOTE_EVENT_PONG);
}

/* --- The end --- */

/* [MQTT3-3.14.4-2] [MQTT5-3.14.4-1] */
static void close_with_code(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        bool sends = versions[i] == MOTE_MQTT_5;
        rig_begin(versions[i]);
        rig_start();
        CHECK_EQUAL(rig_publish(MOTE_QOS_0, "bye", NULL), MOTE_OK);
        mote_session_close(&rig.session, 4, NULL);
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
        RIG_EXPECT_SENT_PUBLISH(0, false, "bye");
        if (sends)
            RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, 4);
        RIG_EXPECT_NONE_SENT(); /* before MQTT 5 it would take back the will */
        rig_reconnect(true);
        mote_session_close(&rig.session, 0, NULL);
        mote_session_close(&rig.session, 0, NULL);
        RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, 0);
        RIG_EXPECT_NONE_SENT();
        rig_serve_publish(MOTE_QOS_1, 1, "late");
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
    }
}

static void close_with_properties(void)
{
    static char words[RIG_SIZE];
    struct mote_property reason = {.id = MOTE_REASON_STRING, .text = MOTE_TEXT("maintenance")};
    struct mote_properties properties = {.items = &reason, .count = 1};

    memset(words, 'w', sizeof words);
    rig_begin(MOTE_MQTT_5);
    rig_start();
    mote_session_close(&rig.session, 0x98, &properties);
    RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, 0x98);
    CHECK_BYTES(rig.packet.ack.properties.encoded.data, rig.packet.ack.properties.encoded.length,
                "\x1f\x00\x0bmaintenance");
    reason.text = (struct mote_text){words, sizeof words};
    rig_reconnect(true);
    mote_session_close(&rig.session, 0x98, &properties);
    RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, 0x98);
    reason.id = MOTE_TOPIC_ALIAS;
    rig_reconnect(true);
    mote_session_close(&rig.session, 0, &properties);
    RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, 0);
    RIG_EXPECT_NONE_SENT();
}

/* A message that the caller has seen is acknowledged even if he then closes. */
static void close_acknowledges(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig_start();
    rig_serve_publish(MOTE_QOS_1, 7, "last");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    mote_session_close(&rig.session, 0, NULL);
    RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 7, 0);
    RIG_EXPECT_SENT(MOTE_DISCONNECT);
}

/* However full the output is, the server is told why. */
static void close_with_full_output(void)
{
    for (int fails = 0; fails < 2; fails++) {
        unsigned published = 0;
        rig_begin(MOTE_MQTT_5);
        rig_send_size(64);
        rig_start();
        rig.output_held = true;
        while (rig_publish(MOTE_QOS_0, "", NULL) == MOTE_OK)
            published++;
        if (fails) {
            RIG_SERVE("\xf8");
            RIG_EXPECT(MOTE_EVENT_FAILED);
        } else {
            mote_session_close(&rig.session, 0x04, NULL);
        }
        rig.output_held = false;
        while (published-- > 0)
            RIG_EXPECT_SENT(MOTE_PUBLISH);
        RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, fails ? 0x81 : 0x04);
        RIG_EXPECT_NONE_SENT();
    }
}

/* [MQTT5-4.13.2-1] */
static void server_disconnects(void)
{
    rig_begin(MOTE_MQTT_5);
    rig_start();
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "not sent any more", NULL), MOTE_OK);
    rig.output_held = true;
    RIG_SERVE("\xe0\x02\x8e\x00");
    RIG_EXPECT(MOTE_EVENT_DISCONNECTED);
    CHECK_EQUAL(rig.event.reason_code, 0x8E);
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_TAKEN_OVER);
    rig.output_held = false;
    RIG_EXPECT_NONE_SENT();
    RIG_EXPECT_NOTHING();
    rig_reconnect(true);
    RIG_SERVE("\xe0\x00");
    RIG_EXPECT(MOTE_EVENT_DISCONNECTED);
    CHECK_EQUAL(rig.event.reason, MOTE_TCP_RESET);
}

static void failure_is_told_once(void)
{
    rig_begin(MOTE_MQTT_5);
    rig_start();
    RIG_SERVE("\xc0\x00\xc0\x00\xd0\x00");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
    RIG_SERVE("\xc0\x00");
    RIG_EXPECT_NOTHING();
    mote_session_close(&rig.session, 0, NULL);
    RIG_EXPECT_NONE_SENT();
    rig_reconnect(true);
    RIG_EXPECT_NOTHING();
}

/* --- Enhanced authentication --- */

static const struct mote_property auth_items[] = {
    {.id = MOTE_AUTHENTICATION_METHOD, .text = {"SCRAM", 5}},
    {.id = MOTE_AUTHENTICATION_DATA, .text = {"answer", 6}},
};
static const struct mote_properties auth_answer = {.items = auth_items, .count = 2};

static void serve_auth(uint8_t code, const struct mote_property *items)
{
    uint8_t bytes[64];
    struct mote_ack ack = {.code = code, .properties = {.items = items, .count = 2}};

    rig_serve(bytes, mote_codec_encode_ack(bytes, sizeof bytes, MOTE_MQTT_5, MOTE_AUTH, &ack));
}

static void begin_auth(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("SCRAM");
    rig.config.auth_data = MOTE_TEXT("hello");
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
}

static void connect_with_auth(void)
{
    begin_auth();
    rig_serve_connack(false, 0, auth_items, 2);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
}

/* [MQTT5-3.1.2-30] [MQTT5-4.12.0-3] [MQTT5-4.12.0-5] */
static void auth_in_connect(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};
    struct mote_property found;

    begin_auth();
    CHECK(mote_properties_find(&rig.packet.connect.properties, MOTE_AUTHENTICATION_DATA, &found));
    CHECK_TEXT(found.text, "hello");
    /* [MQTT-3.1.2-30]: nothing but AUTH and DISCONNECT before the CONNACK */
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_TCP_RESET);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "x", NULL), MOTE_TCP_RESET);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "waits", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x18, &auth_answer), MOTE_CONFIG_INVALID);
    RIG_EXPECT_NONE_SENT();
    rig.now_ms += 15000;
    serve_auth(0x18, auth_items);
    RIG_EXPECT(MOTE_EVENT_AUTH);
    CHECK_EQUAL(rig.event.reason_code, 0x18);
    CHECK(mote_properties_find(&rig.event.properties, MOTE_AUTHENTICATION_DATA, &found));
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &auth_answer), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x18, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x18, &auth_answer), MOTE_OK);
    RIG_EXPECT_SENT_ACK(MOTE_AUTH, 0, 0x18);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x18, &auth_answer), MOTE_CONFIG_INVALID);
    CHECK(!rig_wait_until(rig.now_ms + 15000)); /* a step of the exchange gives it time */
    rig_serve_connack(false, 0, auth_items, 2);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    RIG_EXPECT_SENT_PUBLISH(1, false, "waits");
}

/* [MQTT5-4.12.1-1] */
static void auth_again(void)
{
    connect_with_auth();
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x18, &auth_answer), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &auth_answer), MOTE_OK);
    RIG_EXPECT_SENT_ACK(MOTE_AUTH, 0, 0x19);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &auth_answer), MOTE_CONFIG_INVALID);
    serve_auth(0x18, auth_items);
    RIG_EXPECT(MOTE_EVENT_AUTH);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x18, &auth_answer), MOTE_OK);
    RIG_EXPECT_SENT_ACK(MOTE_AUTH, 0, 0x18);
    serve_auth(0, auth_items);
    RIG_EXPECT(MOTE_EVENT_AUTH);
    CHECK_EQUAL(rig.event.reason_code, 0);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "goes on", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &auth_answer), MOTE_OK);
}

/* [MQTT5-4.12.0-2] [MQTT5-4.12.0-5] */
static void auth_out_of_turn(void)
{
    const struct mote_property other[] = {{.id = MOTE_AUTHENTICATION_METHOD, .text = MOTE_TEXT("X")},
                                          {.id = MOTE_AUTHENTICATION_DATA, .text = MOTE_TEXT("y")}};

    connect_with_auth();
    serve_auth(0x18, auth_items);
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
    begin_auth();
    serve_auth(0x18, auth_items);
    RIG_EXPECT(MOTE_EVENT_AUTH);
    serve_auth(0x18, auth_items);
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
    begin_auth();
    serve_auth(0, auth_items);
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
    begin_auth();
    serve_auth(0x18, other);
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
    begin_auth();
    rig_serve_connack(false, 0, NULL, 0); /* [MQTT-4.12.0-6] */
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"config_memory", config_memory},
        {"config_identity", config_identity},
        {"config_will", config_will},
        {"config_connect_properties", config_connect_properties},
        {"connect_bytes_3_1_1", connect_bytes_3_1_1},
        {"connect_bytes_5", connect_bytes_5},
        {"connect_all_fields", connect_all_fields},
        {"connect_session_expiry", connect_session_expiry},
        {"connect_too_large", connect_too_large},
        {"connect_in_one_round_trip", connect_in_one_round_trip},
        {"connect_early_quota", connect_early_quota},
        {"connect_no_connection", connect_no_connection},
        {"connack_refusals", connack_refusals},
        {"reason_of_codes", reason_of_codes},
        {"connack_session_in_spite_of_clean_start", connack_session_in_spite_of_clean_start},
        {"connack_session_lost", connack_session_lost},
        {"connack_assigned_client_id", connack_assigned_client_id},
        {"connack_foreign_auth_method", connack_foreign_auth_method},
        {"connack_limits", connack_limits},
        {"connack_limits_for_what_waits", connack_limits_for_what_waits},
        {"time_connack_deadline", time_connack_deadline},
        {"time_keep_alive", time_keep_alive},
        {"time_keep_alive_is_kept", time_keep_alive_is_kept},
        {"time_no_keep_alive", time_no_keep_alive},
        {"time_server_keep_alive", time_server_keep_alive},
        {"time_no_pingresp", time_no_pingresp},
        {"time_half_open_publisher", time_half_open_publisher},
        {"time_half_open_with_full_output", time_half_open_with_full_output},
        {"time_slow_link", time_slow_link},
        {"time_ping_on_demand", time_ping_on_demand},
        {"time_early_ping", time_early_ping},
        {"close_with_code", close_with_code},
        {"close_with_properties", close_with_properties},
        {"close_acknowledges", close_acknowledges},
        {"close_with_full_output", close_with_full_output},
        {"server_disconnects", server_disconnects},
        {"failure_is_told_once", failure_is_told_once},
        {"auth_in_connect", auth_in_connect},
        {"auth_again", auth_again},
        {"auth_out_of_turn", auth_out_of_turn},
    };

    return check_main("unit/session", cases, sizeof cases / sizeof cases[0], argc, argv);
}
