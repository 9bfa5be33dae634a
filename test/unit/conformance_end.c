/* What the standards ask of a client around AUTH and DISCONNECT, and what they forbid it to send. */
#include "session_rig.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const enum mote_mqtt_version both[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

/* --- DISCONNECT --- */

/* MQTT 5.0, table 3-10: those that a client sends, and 0x8C as in table 2-6. Any other becomes 0x80.
 * [MQTT5-3.14.2-1] */
static void a_disconnect_has_a_code_of_its_own(void)
{
    static const uint8_t codes[] = {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x8C, 0x90,
                                    0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99};

    for (unsigned code = 0; code < 256; code++) {
        bool legal = memchr(codes, (int)code, sizeof codes) != NULL;
        rig_begin(MOTE_MQTT_5);
        rig_start();
        mote_session_close(&rig.session, (uint8_t)code, NULL);
        RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, legal ? code : 0x80);
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
    }
}

/* A session expiry in DISCONNECT: as one likes, but not where the CONNECT had none. (MQTT 5.0, 3.14.2.2.2) */
static void a_disconnect_does_not_make_a_session_outlive_it(void)
{
    static const struct {
        bool keep_session;
        uint32_t connect_s;
        uint32_t disconnect_s;
        bool sent;
    } rows[] = {
        {false, 0, 0, true},   {false, 0, 1, false},        {false, 0, UINT32_MAX, false},
        {false, 10, 20, true}, {false, 10, 0, true},        {true, 0, 100, true},
        {true, 0, 0, true},    {true, 5, UINT32_MAX, true},
    };
    struct mote_property expiry = {.id = MOTE_SESSION_EXPIRY_INTERVAL};
    const struct mote_properties properties = {.items = &expiry, .count = 1};

    for (size_t i = 0; i < COUNT(rows); i++) {
        rig_begin(MOTE_MQTT_5);
        rig.config.keep_session = rows[i].keep_session;
        rig.config.session_expiry_s = rows[i].connect_s;
        rig_start();
        expiry.number = rows[i].disconnect_s;
        mote_session_close(&rig.session, 0, &properties);
        RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, 0);
        CHECK_EQUAL(rig.packet.ack.properties.encoded.length, rows[i].sent ? 5 : 0);
        CHECK(!rows[i].sent || mote_properties_number(&rig.packet.ack.properties, MOTE_SESSION_EXPIRY_INTERVAL, 1) ==
                                   rows[i].disconnect_s);
    }
}

/* What the server takes: 30 bytes, of which 6 are not the reason string; a user property has 4 more.
 * [MQTT5-3.14.2-3] [MQTT5-3.14.2-4] [MQTT5-3.2.2-15] */
static void a_disconnect_is_not_too_large_for_the_server(void)
{
    static char words[64];
    const struct mote_property size = {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 30};

    memset(words, 'w', sizeof words);
    for (size_t i = 0; i < 2 * 40; i++) {
        bool is_user = i % 2 != 0;
        size_t length = i / 2;
        struct mote_property item = {.id = is_user ? MOTE_USER_PROPERTY : MOTE_REASON_STRING, .text = {words, length}};
        const struct mote_properties properties = {.items = &item, .count = 1};
        rig_begin(MOTE_MQTT_5);
        CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
        rig_connect_with(false, &size, 1);
        mote_session_close(&rig.session, 0x04, &properties);
        RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, 0x04);
        size_t full = 2 + 1 + 1 + (is_user ? 5u : 3u) + length;
        CHECK_EQUAL(rig.packet.header.size + rig.packet.header.remaining, full <= 30 ? full : 3);
    }
}

/* [MQTT3-3.14.4-2] [MQTT5-3.14.4-1] */
static void nothing_goes_after_the_disconnect(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};

    for (size_t i = 0; i < 2; i++) {
        rig_begin(both[i]);
        rig.config.keep_alive_s = 10;
        rig_start();
        rig_serve_publish(MOTE_QOS_1, 1, "x");
        mote_session_close(&rig.session, 0, NULL);
        RIG_EXPECT_SENT(MOTE_DISCONNECT);
        CHECK_EQUAL(rig_publish(MOTE_QOS_0, "x", NULL), MOTE_TCP_RESET);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK); /* for the next connection */
        CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_TCP_RESET);
        CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_TCP_RESET);
        CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_TCP_RESET);
        mote_session_close(&rig.session, 0, NULL);
        CHECK(!rig_wait_until(rig.now_ms + 100000));
        RIG_EXPECT_NONE_SENT();
    }
}

/* --- AUTH --- */

static const struct mote_property method_m = {.id = MOTE_AUTHENTICATION_METHOD, .text = {"M", 1}};
static const struct mote_properties methods = {.items = &method_m, .count = 1};

static void connect_with_method(uint32_t packet_size)
{
    const struct mote_property items[] = {method_m, {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = packet_size}};

    rig_begin(MOTE_MQTT_5);
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("M");
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, items, 2);
}

/* Without a method there is no AUTH, whatever it would say. [MQTT5-4.12.0-7] */
static void no_auth_without_a_method(void)
{
    for (unsigned code = 0; code < 256; code++) {
        rig_begin(MOTE_MQTT_5);
        CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        CHECK_EQUAL(mote_session_auth(&rig.session, (uint8_t)code, &methods), MOTE_CONFIG_INVALID);
        rig_serve_connack(false, 0, NULL, 0);
        RIG_EXPECT(MOTE_EVENT_CONNECTED);
        CHECK_EQUAL(mote_session_auth(&rig.session, (uint8_t)code, &methods), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_session_auth(&rig.session, (uint8_t)code, NULL), MOTE_CONFIG_INVALID);
        RIG_EXPECT_NONE_SENT();
    }
}

/* A client's codes are 0x18, when it has been asked, and 0x19, when it has not.
 * [MQTT5-3.15.2-1] [MQTT5-4.12.0-3] [MQTT5-4.12.1-1] */
static void auth_has_a_code_of_its_own(void)
{
    for (unsigned code = 0; code < 256; code++) {
        connect_with_method(1000);
        CHECK_EQUAL(mote_session_auth(&rig.session, (uint8_t)code, &methods),
                    code == 0x19 ? MOTE_OK : MOTE_CONFIG_INVALID);
        CHECK_EQUAL(rig_sent(), code == 0x19);
        connect_with_method(1000);
        CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &methods), MOTE_OK);
        RIG_EXPECT_BYTES("f0 06 19 04 15 0001 4d");
        RIG_SERVE("\xf0\x06\x18\x04\x15\x00\x01M");
        RIG_EXPECT(MOTE_EVENT_AUTH);
        CHECK_EQUAL(mote_session_auth(&rig.session, (uint8_t)code, &methods),
                    code == 0x18 ? MOTE_OK : MOTE_CONFIG_INVALID);
        CHECK_EQUAL(rig_sent(), code == 0x18);
    }
}

/* [MQTT5-4.12.0-5] [MQTT5-4.12.1-1] */
static void auth_has_the_method_of_the_connect(void)
{
    const struct mote_property other = {.id = MOTE_AUTHENTICATION_METHOD, .text = MOTE_TEXT("N")};
    const struct mote_property two[] = {method_m, method_m};
    const struct mote_property alias[] = {method_m, {.id = MOTE_TOPIC_ALIAS, .number = 1}};
    const struct mote_properties wrong[] = {
        {.count = 0}, {.items = &other, .count = 1}, {.items = two, .count = 2}, {.items = alias, .count = 2}};

    for (size_t i = 0; i < COUNT(wrong); i++) {
        connect_with_method(1000);
        CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &wrong[i]), MOTE_CONFIG_INVALID);
        RIG_EXPECT_NONE_SENT();
    }
}

/* With the method 8 bytes, and 3 or 5 more than the text.
 * [MQTT5-3.15.2-2] [MQTT5-3.15.2-3] [MQTT5-3.2.2-15] */
static void auth_is_not_too_large_for_the_server(void)
{
    static char words[64];

    memset(words, 'w', sizeof words);
    for (size_t i = 0; i < 2 * 40; i++) {
        bool is_user = i % 2 != 0;
        size_t length = i / 2, full = 8 + (is_user ? 5u : 3u) + length;
        const struct mote_property items[] = {
            method_m, {.id = is_user ? MOTE_USER_PROPERTY : MOTE_REASON_STRING, .text = {words, length}}};
        const struct mote_properties properties = {.items = items, .count = 2};
        connect_with_method(30);
        CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &properties),
                    full <= 30 ? MOTE_OK : MOTE_MQTT_PACKET_TOO_LARGE);
        CHECK_EQUAL(rig_sent(), full <= 30);
        CHECK(full > 30 || rig.packet.header.size + rig.packet.header.remaining == full);
    }
}

/* By the server, which says so, or by the client, which does not like the server's proof. [MQTT5-4.12.1-2] */
static void failing_to_authenticate_again_ends_the_connection(void)
{
    connect_with_method(1000);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &methods), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_AUTH);
    RIG_SERVE("\xe0\x01\x87");
    RIG_EXPECT(MOTE_EVENT_DISCONNECTED);
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NOT_AUTHORIZED);
    CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &methods), MOTE_CONFIG_INVALID);
    RIG_EXPECT_NONE_SENT();
    connect_with_method(1000);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &methods), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_AUTH);
    RIG_SERVE("\xf0\x06\x18\x04\x15\x00\x01M");
    RIG_EXPECT(MOTE_EVENT_AUTH);
    mote_session_close(&rig.session, 0x8C, NULL);
    RIG_EXPECT_BYTES("e0 01 8c");
    CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x18, &methods), MOTE_CONFIG_INVALID);
    RIG_EXPECT_NONE_SENT();
}

/* Everything else goes on under the old authentication meanwhile. (MQTT 5.0, 4.12.1) */
static void authenticating_again_holds_nothing_back(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};

    connect_with_method(1000);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &methods), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_AUTH);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "x");
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "z", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(0, false, "z");
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    rig_serve_publish(MOTE_QOS_1, 5, "y");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    RIG_SERVE("\xf0\x06\x18\x04\x15\x00\x01M");
    RIG_EXPECT(MOTE_EVENT_AUTH);
    RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 5, 0);
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x18, &methods), MOTE_OK);
    RIG_SERVE("\xf0\x06\x00\x04\x15\x00\x01M");
    RIG_EXPECT(MOTE_EVENT_AUTH);
    CHECK_EQUAL(rig.event.reason_code, 0);
    CHECK_EQUAL(rig.session.state, MOTE_SESSION_CONNECTED);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-disconnect-has-a-code-of-its-own", a_disconnect_has_a_code_of_its_own},
        {"a-disconnect-does-not-make-a-session-outlive-it", a_disconnect_does_not_make_a_session_outlive_it},
        {"a-disconnect-is-not-too-large-for-the-server", a_disconnect_is_not_too_large_for_the_server},
        {"nothing-goes-after-the-disconnect", nothing_goes_after_the_disconnect},
        {"no-auth-without-a-method", no_auth_without_a_method},
        {"auth-has-a-code-of-its-own", auth_has_a_code_of_its_own},
        {"auth-has-the-method-of-the-connect", auth_has_the_method_of_the_connect},
        {"auth-is-not-too-large-for-the-server", auth_is_not_too_large_for_the_server},
        {"failing-to-authenticate-again-ends-the-connection", failing_to_authenticate_again_ends_the_connection},
        {"authenticating-again-holds-nothing-back", authenticating_again_holds_nothing_back},
    };

    return check_main("unit/conformance_end", cases, COUNT(cases), argc, argv);
}
