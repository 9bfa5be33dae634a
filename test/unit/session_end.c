/* The end of a connection, and enhanced authentication. */
#include "session_rig.h"

/* --- The end --- */

/* [MQTT3-3.14.4-2] [MQTT5-3.14.4-1] */
static void close_with_code(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        bool sends = rig_versions[i] == MOTE_MQTT_5;
        rig_begin(rig_versions[i]);
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
    CHECK_EQUAL(rig_init(), MOTE_OK);
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
        {"close_with_code", close_with_code},       {"close_with_properties", close_with_properties},
        {"close_acknowledges", close_acknowledges}, {"close_with_full_output", close_with_full_output},
        {"server_disconnects", server_disconnects}, {"failure_is_told_once", failure_is_told_once},
        {"auth_in_connect", auth_in_connect},       {"auth_again", auth_again},
        {"auth_out_of_turn", auth_out_of_turn},
    };

    return check_main("unit/session_end", cases, sizeof cases / sizeof cases[0], argc, argv);
}
