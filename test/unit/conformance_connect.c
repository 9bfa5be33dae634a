/* What the standards ask of a client around CONNECT, AUTH and DISCONNECT, and what they forbid it to send. */
#include "session_rig.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const enum mote_mqtt_version both[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

static const struct mote_property user_a = {.id = MOTE_USER_PROPERTY, .text = {"a", 1}, .value = {"1", 1}};

static enum mote_reason init(void)
{
    return mote_session_init(&rig.session, &rig.config);
}

/* --- CONNECT --- */

static void use_everything(enum mote_mqtt_version version)
{
    rig_begin(version);
    rig.config.received_count = 0;
    rig.config.received_ids = NULL;
    rig.config.keep_alive_s = 10;
    rig.config.will = (struct mote_will){MOTE_TEXT("w"), MOTE_TEXT("hi"), MOTE_QOS_2, true, {{0}, 0, 0}};
    rig.config.has_username = rig.config.has_password = true;
    rig.config.username = MOTE_TEXT("u");
    rig.config.password = MOTE_TEXT("p");
}

/* [MQTT3-3.1.2-9] [MQTT3-3.1.2-19] [MQTT3-3.1.2-21] [MQTT3-3.1.3-1] [MQTT3-3.1.3-3] [MQTT5-3.1.2-1] [MQTT5-3.1.2-9]
 * [MQTT5-3.1.2-17] [MQTT5-3.1.2-19] [MQTT5-3.1.3-1] [MQTT5-3.1.3-3] [MQTT5-2.2.2-1] */
static void connect_has_its_fields_in_order(void)
{
    use_everything(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    RIG_EXPECT_BYTES("10 1c 0004 4d515454 04 f4 000a 0003 726967 0001 77 0002 6869 0001 75 0001 70");
    use_everything(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    RIG_EXPECT_BYTES("10 23 0004 4d515454 05 f4 000a 05 11 ffffffff 0003 726967 00 0001 77 0002 6869 0001 75 0001 70");
}

/* Each field with its flag, none without. [MQTT3-3.1.2-11] [MQTT3-3.1.2-13] [MQTT3-3.1.2-15] [MQTT3-3.1.2-18]
 * [MQTT3-3.1.2-20] [MQTT5-3.1.2-11] [MQTT5-3.1.2-13] [MQTT5-3.1.2-16] [MQTT5-3.1.2-18] */
static void what_is_not_there_has_no_flag(void)
{
    use_everything(MOTE_MQTT_3_1_1);
    rig.config.will.topic.length = 0;
    rig.config.has_username = rig.config.has_password = false;
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    RIG_EXPECT_BYTES("10 0f 0004 4d515454 04 00 000a 0003 726967");
    use_everything(MOTE_MQTT_5);
    rig.config.will.topic.length = 0;
    rig.config.has_username = false;
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    RIG_EXPECT_BYTES("10 18 0004 4d515454 05 40 000a 05 11 ffffffff 0003 726967 0001 70");
}

/* Will delay, message expiry, payload format, content type, response topic, correlation data, user properties in order. */
static void a_will_has_its_properties(void)
{
    const struct mote_property items[] = {
        {.id = MOTE_WILL_DELAY_INTERVAL, .number = 5},
        {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 1},
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 60},
        {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("t")},
        {.id = MOTE_RESPONSE_TOPIC, .text = MOTE_TEXT("r")},
        {.id = MOTE_CORRELATION_DATA, .text = MOTE_TEXT("\0")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("b"), .value = MOTE_TEXT("2")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("1")},
    };

    rig_begin(MOTE_MQTT_5);
    rig.config.received_count = 0;
    rig.config.keep_session = false;
    rig.config.will =
        (struct mote_will){.topic = MOTE_TEXT("w"), .properties = {.items = items, .count = COUNT(items)}};
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    RIG_EXPECT_BYTES(
        "10 3c 0004 4d515454 05 06 0000 00 0003 726967"
        "26 18 00000005 01 01 02 0000003c 03 0001 74 08 0001 72 09 0001 00 26 0001 62 0001 32 26 0001 61 0001 31"
        "0001 77 0000");
}

/* Everything that CONNECT may ask for reaches the server. */
static void a_connect_has_its_properties(void)
{
    const struct mote_property items[] = {
        {.id = MOTE_REQUEST_RESPONSE_INFORMATION, .number = 1},
        {.id = MOTE_REQUEST_PROBLEM_INFORMATION, .number = 0},
        user_a,
        user_a,
    };

    rig_begin(MOTE_MQTT_5);
    rig.config.session_expiry_s = 7200;
    rig.config.received_count = 3;
    rig.config.packet_size_max = 4096;
    rig_use_aliases();
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("M");
    rig.config.auth_data = MOTE_TEXT("d");
    rig.config.connect_properties = (struct mote_properties){.items = items, .count = COUNT(items)};
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    RIG_EXPECT_BYTES("10 3a 0004 4d515454 05 00 0000 2a 11 00001c20 21 0003 27 00001000 22 0004 15 0001 4d 16 0001 64"
                     "19 01 17 00 26 0001 61 0001 31 26 0001 61 0001 31 0003 726967");
}

/* What a config must not say, by the version in which it must not. */
struct wrong {
    const char *name;
    bool in_3_1_1;
    bool in_5;
    void (*make)(void);
};

static const struct mote_property of_publish = {.id = MOTE_TOPIC_ALIAS, .number = 1};
static const struct mote_property format_2 = {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 2};
static const struct mote_property answer_anywhere = {.id = MOTE_RESPONSE_TOPIC, .text = {"a/#", 3}};
static const struct mote_property twice[] = {{.id = MOTE_WILL_DELAY_INTERVAL, .number = 1},
                                             {.id = MOTE_WILL_DELAY_INTERVAL, .number = 1}};

static void will_with(const struct mote_property *items, size_t count)
{
    rig.config.will.topic = MOTE_TEXT("w");
    rig.config.will.properties = (struct mote_properties){.items = items, .count = count};
}

static void client_id_not_utf8(void)
{
    rig.config.client_id = MOTE_TEXT("a\xC3");
}

static void client_id_with_nul(void)
{
    rig.config.client_id = MOTE_TEXT("a\0b");
}

static void no_client_id(void)
{
    rig.config.client_id.length = 0;
}

static void user_name_not_utf8(void)
{
    rig.config.has_username = true;
    rig.config.username = MOTE_TEXT("\xED\xA0\x80");
}

static void password_without_user_name(void)
{
    rig.config.has_password = true;
}

static void will_qos_3(void)
{
    rig.config.will = (struct mote_will){.topic = MOTE_TEXT("w"), .qos = (enum mote_qos)3};
}

static void will_topic_not_utf8(void)
{
    rig.config.will.topic = MOTE_TEXT("w\xFF");
}

static void will_topic_with_nul(void)
{
    rig.config.will.topic = MOTE_TEXT("w\0");
}

static void will_topic_with_wildcard(void)
{
    rig.config.will.topic = MOTE_TEXT("w/+");
}

static void will_with_alias(void)
{
    will_with(&of_publish, 1);
}

static void will_with_format_2(void)
{
    will_with(&format_2, 1);
}

static void will_with_answers_anywhere(void)
{
    will_with(&answer_anywhere, 1);
}

static void will_with_delay_twice(void)
{
    will_with(twice, 2);
}

static void method_not_utf8(void)
{
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("\x80");
}

static void data_without_method(void)
{
    rig.config.auth_data = MOTE_TEXT("d");
}

static void connect_with_alias(void)
{
    rig.config.connect_properties = (struct mote_properties){.items = &of_publish, .count = 1};
}

static const struct wrong wrongs[] = {
    {"client id, not UTF-8", true, true, client_id_not_utf8},
    {"client id with NUL", true, true, client_id_with_nul},
    {"no client id for a kept session", true, false, no_client_id},
    {"user name, not UTF-8", true, true, user_name_not_utf8},
    {"password without user name", true, false, password_without_user_name},
    {"will QoS 3", true, true, will_qos_3},
    {"will topic, not UTF-8", true, true, will_topic_not_utf8},
    {"will topic with NUL", true, true, will_topic_with_nul},
    {"will topic with a wildcard", true, true, will_topic_with_wildcard},
    {"will with an alias", false, true, will_with_alias},
    {"will with format 2", false, true, will_with_format_2},
    {"will with a wildcard as response topic", false, true, will_with_answers_anywhere},
    {"will with a delay twice", false, true, will_with_delay_twice},
    {"method, not UTF-8", true, true, method_not_utf8},
    {"authentication data without a method", false, true, data_without_method},
    {"CONNECT with an alias", false, true, connect_with_alias},
};

/* [MQTT3-1.5.3-1] [MQTT3-1.5.3-2] [MQTT3-3.1.2-14] [MQTT3-3.1.2-22] [MQTT3-3.1.3-4] [MQTT3-3.1.3-7] [MQTT3-3.1.3-10]
 * [MQTT3-3.1.3-11] [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.1.2-12] [MQTT5-3.1.3-4] [MQTT5-3.1.3-11] [MQTT5-3.1.3-12]
 * [MQTT5-3.3.2-14] */
static void what_a_connect_must_not_hold_is_refused(void)
{
    for (size_t i = 0; i < 2 * COUNT(wrongs); i++) {
        const struct wrong *wrong = &wrongs[i / 2];
        rig_begin(both[i % 2]);
        wrong->make();
        if (init() != (both[i % 2] == MOTE_MQTT_5 ? wrong->in_5 : wrong->in_3_1_1) * MOTE_CONFIG_INVALID)
            check_fail(__FILE__, __LINE__, "%s in version %d", wrong->name, (int)both[i % 2]);
    }
}

/* The same for what is changed between two connections: nothing of it is sent. */
static void what_has_become_wrong_is_refused(void)
{
    for (size_t i = 0; i < 2 * COUNT(wrongs); i++) {
        const struct wrong *wrong = &wrongs[i / 2];
        bool is_wrong = both[i % 2] == MOTE_MQTT_5 ? wrong->in_5 : wrong->in_3_1_1;
        rig_begin(both[i % 2]);
        rig_start();
        mote_session_closed(&rig.session);
        wrong->make();
        if (mote_session_open(&rig.session, rig.now_ms) != is_wrong * MOTE_CONFIG_INVALID)
            check_fail(__FILE__, __LINE__, "%s in version %d", wrong->name, (int)both[i % 2]);
        CHECK_EQUAL(rig_sent(), !is_wrong);
        CHECK_EQUAL(rig.session.state, is_wrong ? MOTE_SESSION_IDLE : MOTE_SESSION_CONNECTING);
    }
}

/* [MQTT3-3.1.0-1] [MQTT5-3.1.0-1] */
static void nothing_goes_before_the_connect(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};

    for (size_t i = 0; i < 2; i++) {
        rig_begin(both[i]);
        CHECK_EQUAL(init(), MOTE_OK);
        CHECK_EQUAL(rig_publish(MOTE_QOS_0, "x", NULL), MOTE_TCP_RESET);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "later", NULL), MOTE_OK);
        CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_TCP_RESET);
        CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_TCP_RESET);
        CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_TCP_RESET);
        mote_session_close(&rig.session, 0, NULL);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        RIG_EXPECT_SENT_PUBLISH(1, false, "later");
        RIG_EXPECT_NONE_SENT();
    }
}

/* What a session holds goes with its client id: the same one in each CONNECT, and in MQTT 5 the one that the server gave.
 * [MQTT3-3.1.3-2] [MQTT5-3.1.3-2] */
static void a_session_keeps_its_client_id(void)
{
    const struct mote_property given = {.id = MOTE_ASSIGNED_CLIENT_IDENTIFIER, .text = MOTE_TEXT("given")};
    struct mote_property found;
    char id[8];

    for (size_t i = 0; i < 2; i++) {
        rig_begin(both[i]);
        rig_start();
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(1, false, "x");
        for (int connection = 0; connection < 3; connection++) {
            rig_reconnect(true);
            CHECK_TEXT(rig.packet.connect.client_id, "rig");
            RIG_EXPECT_SENT_PUBLISH(1, true, "x");
        }
    }
    rig_begin(MOTE_MQTT_5);
    rig.config.client_id.length = 0;
    CHECK_EQUAL(init(), MOTE_OK);
    rig_connect_with(false, &given, 1);
    CHECK_TEXT(rig.packet.connect.client_id, "");
    CHECK(mote_properties_find(&rig.event.properties, MOTE_ASSIGNED_CLIENT_IDENTIFIER, &found));
    CHECK(mote_text_copy(found.text, id, sizeof id));
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "x");
    rig.config.client_id = mote_text(id);
    rig_reconnect(true);
    CHECK_TEXT(rig.packet.connect.client_id, "given");
    RIG_EXPECT_SENT_PUBLISH(1, true, "x");
}

/* --- CONNACK --- */

/* Everything that a server says with it is the caller's to see. */
static void all_that_a_connack_says_is_told(void)
{
    const struct mote_property items[] = {
        {.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = 60},
        {.id = MOTE_ASSIGNED_CLIENT_IDENTIFIER, .text = MOTE_TEXT("id")},
        {.id = MOTE_REASON_STRING, .text = MOTE_TEXT("welcome")},
        {.id = MOTE_RESPONSE_INFORMATION, .text = MOTE_TEXT("answers/rig")},
        {.id = MOTE_SERVER_KEEP_ALIVE, .number = 30},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("b"), .value = MOTE_TEXT("2")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("1")},
    };
    struct mote_properties_place place = {0, 0};
    struct mote_property found;

    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(init(), MOTE_OK);
    rig_connect_with(false, items, COUNT(items));
    for (size_t i = 0; i < COUNT(items); i++) {
        CHECK(mote_properties_next(&rig.event.properties, &place, &found));
        CHECK_EQUAL(found.id, items[i].id);
        CHECK_EQUAL(found.number, items[i].number);
        CHECK(mote_text_same(found.text, items[i].text) && mote_text_same(found.value, items[i].value));
    }
    CHECK(!mote_properties_next(&rig.event.properties, &place, &found));
}

/* Another server: in the answer to CONNECT, and in the middle of things. [MQTT5-4.13.2-1] */
static void another_server_is_told(void)
{
    static const uint8_t codes[] = {MOTE_CODE_USE_ANOTHER_SERVER, MOTE_CODE_SERVER_MOVED};
    const struct mote_property items[] = {{.id = MOTE_SERVER_REFERENCE, .text = MOTE_TEXT("b.example:1883")},
                                          {.id = MOTE_REASON_STRING, .text = MOTE_TEXT("full")}};
    uint8_t bytes[64];
    struct mote_property found;

    for (size_t i = 0; i < 4; i++) {
        const struct mote_ack goodbye = {.code = codes[i % 2], .properties = {.items = items, .count = 2}};
        rig_begin(MOTE_MQTT_5);
        CHECK_EQUAL(init(), MOTE_OK);
        if (i < 2) {
            rig_open();
            RIG_EXPECT_SENT(MOTE_CONNECT);
            rig_serve_connack(false, codes[i], items, 2);
            RIG_EXPECT(MOTE_EVENT_REFUSED);
        } else {
            rig_connect(false);
            rig_serve(bytes, mote_codec_encode_ack(bytes, sizeof bytes, MOTE_MQTT_5, MOTE_DISCONNECT, &goodbye));
            RIG_EXPECT(MOTE_EVENT_DISCONNECTED);
        }
        CHECK_EQUAL(rig.event.reason_code, codes[i % 2]);
        CHECK(mote_properties_find(&rig.event.properties, MOTE_SERVER_REFERENCE, &found));
        CHECK_TEXT(found.text, "b.example:1883");
        CHECK(mote_properties_find(&rig.event.properties, MOTE_REASON_STRING, &found));
        CHECK_TEXT(found.text, "full");
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
        RIG_EXPECT_NONE_SENT();
    }
}

/* The least that leaves room for an acknowledgement with its code is 5 bytes. [MQTT5-3.2.2-15] */
static void a_server_that_takes_nothing_is_left(void)
{
    struct mote_property size = {.id = MOTE_MAXIMUM_PACKET_SIZE};

    for (size.number = 1; size.number < 7; size.number++) {
        rig_begin(MOTE_MQTT_5);
        CHECK_EQUAL(init(), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        rig_serve_connack(false, 0, &size, 1);
        if (size.number < 5) {
            RIG_EXPECT_FAILURE(MOTE_MQTT_PACKET_TOO_LARGE, 0);
            continue;
        }
        RIG_EXPECT(MOTE_EVENT_CONNECTED);
        rig_serve_publish(MOTE_QOS_2, 7, "x");
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        rig_serve_ack(MOTE_PUBREL, 8, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_BYTES("50 02 0007 70 03 0008 92");
    }
}

/* --- Keep alive --- */

/* [MQTT5-3.1.2-20] */
static void a_ping_keeps_the_connection_alive(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.keep_alive_s = 20;
    rig_start();
    for (int i = 0; i < 3; i++) {
        uint64_t start_ms = rig.now_ms;
        CHECK(!rig_wait_until(start_ms + 17499));
        RIG_EXPECT_NONE_SENT();
        CHECK(!rig_wait_until(start_ms + 20000));
        RIG_EXPECT_SENT(MOTE_PINGREQ);
        rig.now_ms = start_ms + 17500;
        RIG_SERVE("\xd0\x00");
        RIG_EXPECT(MOTE_EVENT_PONG);
    }
}

/* Shorter, longer, none. [MQTT5-3.1.2-21] [MQTT5-3.2.2-21] */
static void the_servers_keep_alive_counts(void)
{
    static const uint16_t servers_s[] = {5, 600};
    struct mote_property seconds = {.id = MOTE_SERVER_KEEP_ALIVE};

    for (size_t i = 0; i < 2; i++) {
        rig_begin(MOTE_MQTT_5);
        rig.config.keep_alive_s = 60;
        CHECK_EQUAL(init(), MOTE_OK);
        seconds.number = servers_s[i];
        rig_connect_with(false, &seconds, 1);
        uint64_t start_ms = rig.now_ms;
        CHECK(!rig_wait_until(start_ms + servers_s[i] * UINT64_C(500)));
        RIG_EXPECT_NONE_SENT();
        CHECK(!rig_wait_until(start_ms + servers_s[i] * UINT64_C(880)));
        RIG_EXPECT_SENT(MOTE_PINGREQ);
    }
    rig_begin(MOTE_MQTT_5);
    rig.config.keep_alive_s = 60;
    CHECK_EQUAL(init(), MOTE_OK);
    seconds.number = 0;
    rig_connect_with(false, &seconds, 1);
    CHECK(!rig_wait_until(rig.now_ms + 100000000));
    RIG_EXPECT_NONE_SENT();
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"connect-has-its-fields-in-order", connect_has_its_fields_in_order},
        {"what-is-not-there-has-no-flag", what_is_not_there_has_no_flag},
        {"a-will-has-its-properties", a_will_has_its_properties},
        {"a-connect-has-its-properties", a_connect_has_its_properties},
        {"what-a-connect-must-not-hold-is-refused", what_a_connect_must_not_hold_is_refused},
        {"what-has-become-wrong-is-refused", what_has_become_wrong_is_refused},
        {"nothing-goes-before-the-connect", nothing_goes_before_the_connect},
        {"a-session-keeps-its-client-id", a_session_keeps_its_client_id},
        {"all-that-a-connack-says-is-told", all_that_a_connack_says_is_told},
        {"another-server-is-told", another_server_is_told},
        {"a-server-that-takes-nothing-is-left", a_server_that_takes_nothing_is_left},
        {"a-ping-keeps-the-connection-alive", a_ping_keeps_the_connection_alive},
        {"the-servers-keep-alive-counts", the_servers_keep_alive_counts},
    };

    return check_main("unit/conformance_connect", cases, COUNT(cases), argc, argv);
}
