/* The beginning of a connection: what a config may be, CONNECT and CONNACK. */
#include "session_rig.h"

/* --- Config --- */

static void config_memory(void)
{
    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig.config.receive_size = 63;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.receive_size = 64;
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig.config.send_size = 63;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.send_size = 64;
    rig.config.send_buffer = NULL;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.send_buffer = rig.send_buffer;
    rig.config.receive_buffer = NULL;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.receive_buffer = rig.receive_buffer;
    rig.config.store = NULL;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.store_size = 0;
    rig.config.inflight = NULL;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.inflight_count = 0;
    rig.config.received_ids = NULL;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.received_count = 0;
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig.config.aliases_in_count = 1;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig_use_aliases();
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig.config.alias_out_size = 2;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig_begin(MOTE_MQTT_5);
    rig.config.inflight_count = UINT16_MAX;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
}

/* [MQTT3-3.1.2-22] [MQTT3-3.1.3-4] [MQTT3-3.1.3-7] [MQTT3-3.1.3-11] */
static void config_identity(void)
{
    rig_begin(MOTE_MQTT_DEFAULT);
    CHECK_EQUAL(rig_init(), MOTE_OK);
    CHECK_EQUAL(rig.session.version, MOTE_MQTT_3_1_1);
    rig.config.client_id = MOTE_TEXT("");
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID); /* [MQTT-3.1.3-7] */
    rig.config.keep_session = false;
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig.config.version = MOTE_MQTT_3_1;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.version = (enum mote_mqtt_version)6;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.client_id = MOTE_TEXT("\xff");
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.has_password = true;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID); /* [MQTT-3.1.2-22] */
    rig.config.has_username = true;
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig.config.username = MOTE_TEXT("a\0b");
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig_begin(MOTE_MQTT_5);
    rig.config.has_password = true;
    CHECK_EQUAL(rig_init(), MOTE_OK);

    rig.config.auth_data = MOTE_TEXT("x");
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("SCRAM-SHA-1");
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig.config.version = MOTE_MQTT_3_1_1;
    rig.config.has_password = false;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);

    CHECK_NEEDS_MQTT5();
    rig_begin(MOTE_MQTT_5);
    rig.config.client_id = MOTE_TEXT("");
    CHECK_EQUAL(rig_init(), MOTE_OK);
}

static void config_will(void)
{
    const struct mote_property delay = {.id = MOTE_WILL_DELAY_INTERVAL, .number = 5};
    const struct mote_property alias = {.id = MOTE_TOPIC_ALIAS, .number = 5};

    rig_begin(MOTE_MQTT_5);
    rig.config.will.topic = MOTE_TEXT("t/+");
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.will.topic = MOTE_TEXT("t");
    rig.config.will.properties = (struct mote_properties){.items = &delay, .count = 1};
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig.config.will.properties.items = &alias;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.will.properties.count = 0;
    rig.config.will.qos = (enum mote_qos)3;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    rig.config.will.qos = MOTE_QOS_2;
    rig.config.will.payload = (struct mote_text){(const char *)rig.store, 65536};
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
}

static void config_connect_properties(void)
{
    static const uint8_t taken[] = {0x11, 0x15, 0x16, 0x21, 0x22, 0x27};
    struct mote_property property = {.id = MOTE_REQUEST_PROBLEM_INFORMATION, .number = 1};

    rig_begin(MOTE_MQTT_5);
    rig.config.connect_properties = (struct mote_properties){.items = &property, .count = 1};
    CHECK_EQUAL(rig_init(), MOTE_OK);
    property.number = 2;
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    property.number = 1;
    for (size_t i = 0; i < sizeof taken; i++) {
        property.id = (enum mote_property_id)taken[i];
        CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
    }
    rig.config.connect_properties = (struct mote_properties){.encoded = MOTE_TEXT("\x17\x01")};
    CHECK_EQUAL(rig_init(), MOTE_CONFIG_INVALID);
}

/* --- CONNECT --- */

/* [MQTT3-3.1.2-11] [MQTT3-3.1.2-13] [MQTT3-3.1.2-15] [MQTT3-3.1.2-18] [MQTT3-3.1.2-20] [MQTT3-3.1.3-3] */
static void connect_bytes_3_1_1(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.keep_alive_s = 60;
    CHECK_EQUAL(rig_init(), MOTE_OK);
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
    CHECK_EQUAL(rig_init(), MOTE_OK);
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

    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_begin(rig_versions[i]);
        rig.config.keep_alive_s = 300;
        rig.config.will = (struct mote_will){MOTE_TEXT("w/t"), MOTE_TEXT("gone"), MOTE_QOS_2, true, {{0}, 0, 0}};
        rig.config.has_username = rig.config.has_password = true;
        rig.config.username = MOTE_TEXT("user");
        rig.config.password = MOTE_TEXT("secret");
        rig.config.session_expiry_s = 7200;
        rig.config.packet_size_max = 5000;
        rig.config.connect_properties = (struct mote_properties){.items = &user, .count = 1};
        rig_use_aliases();
        CHECK_EQUAL(rig_init(), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        CHECK_EQUAL(connect->version, rig_versions[i]);
        CHECK(!connect->clean_start);
        CHECK_EQUAL(connect->keep_alive_s, 300);
        CHECK_TEXT(connect->client_id, "rig");
        CHECK_TEXT(connect->will.topic, "w/t");
        CHECK_TEXT(connect->will.payload, "gone");
        CHECK_EQUAL(connect->will.qos, MOTE_QOS_2);
        CHECK(connect->will.retain);
        CHECK_TEXT(connect->username, "user");
        CHECK_TEXT(connect->password, "secret");
        if (rig_versions[i] != MOTE_MQTT_5)
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
    CHECK_EQUAL(rig_init(), MOTE_OK);
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
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        size_t fits = 0;
        for (size_t length = 1; length < sizeof name; length++) {
            rig_begin(rig_versions[i]);
            rig_send_size(128);
            rig.config.client_id = (struct mote_text){name, length};
            CHECK_EQUAL(rig_init(), MOTE_OK);
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

    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_begin(rig_versions[i]);
        CHECK_EQUAL(rig_init(), MOTE_OK);
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
    CHECK_EQUAL(rig_init(), MOTE_OK);
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
    CHECK_EQUAL(rig_init(), MOTE_OK);
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
        {MOTE_MQTT_5, 0x97, MOTE_MQTT_QUOTA},           {MOTE_MQTT_5, 0x99, MOTE_MQTT_PROTOCOL},
        {MOTE_MQTT_5, 0x9C, MOTE_MQTT_QUOTA},           {MOTE_MQTT_5, 0x9D, MOTE_MQTT_QUOTA},
        {MOTE_MQTT_5, 0x9F, MOTE_MQTT_QUOTA},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_begin(cases[i].version);
        CHECK_EQUAL(rig_init(), MOTE_OK);
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
        CHECK_EQUAL(rig_init(), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        CHECK(rig.packet.connect.clean_start);
        rig_serve_connack(true, 0, NULL, 0);
        RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82); /* [MQTT-3.2.2-2] */
    }
}

static void connack_session_lost(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        bool tells = rig_versions[i] != MOTE_MQTT_3_1;
        rig_begin(rig_versions[i]);
        CHECK_EQUAL(rig_init(), MOTE_OK);
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
    CHECK_EQUAL(rig_init(), MOTE_OK);
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
    CHECK_EQUAL(rig_init(), MOTE_OK);
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
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig_connect_with(false, NULL, 0);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_publish(session, &retained, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(session, &wildcard, 1, &identified, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(session, &shared, 1, NULL, NULL), MOTE_OK);

    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_init(), MOTE_OK);
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
    CHECK_EQUAL(rig_init(), MOTE_OK);
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
    };

    return check_main("unit/session", cases, sizeof cases / sizeof cases[0], argc, argv);
}
