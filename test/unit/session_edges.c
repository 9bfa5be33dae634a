/* Where a session's limits meet: outputs that are full to the last byte, acknowledgements between two turns, and what a caller
 * may get wrong. With the other tests of the session these take every branch of src/mqtt/. */
#include "session_rig.h"

static enum mote_reason init(void)
{
    return mote_session_init(&rig.session, &rig.config);
}

static void begin(enum mote_mqtt_version version)
{
    rig_begin(version);
    rig_start();
}

static void begin_with(enum mote_property_id id, uint32_t number)
{
    const struct mote_property limit = {.id = id, .number = number};

    CHECK_EQUAL(init(), MOTE_OK);
    rig_connect_with(false, &limit, 1);
}

/* Fills the output, to which the connection is closed, up to the last `left` bytes. */
static void fill_output(size_t left)
{
    static char zeros[RIG_SIZE];
    size_t room = rig.config.send_size - 4 - left; /* four are kept for a DISCONNECT */
    struct mote_message message = {.topic = MOTE_TEXT("f"), .payload = {zeros, 0}};

    rig.output_held = true;
    while (room > 0) {
        size_t size = room > 100 ? room - 50 : room;
        size = size > 120 ? 70 : size;
        message.payload.length = size - (rig.session.version == MOTE_MQTT_5 ? 6 : 5);
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        room -= size;
    }
}

/* --- Config --- */

static void config_sizes(void)
{
    static char letters[65536];

    memset(letters, 'x', sizeof letters);
    rig_begin(MOTE_MQTT_5);
    rig.config.has_password = true;
    rig.config.password = (struct mote_text){letters, 65536};
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.password.length = 65535;
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("\xc0\x80");
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("m");
    rig.config.auth_data = (struct mote_text){letters, 65536};
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.auth_data.length = 65535;
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.store_size = 268435456;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
}

static void config_aliases(void)
{
    rig_begin(MOTE_MQTT_5);
    rig_use_aliases();
    rig.config.alias_in_size = 2;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.alias_in_size = 3;
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.aliases_out = NULL;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.aliases_out_count = 0;
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.aliases_in = NULL;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.aliases_in_count = 0;
    CHECK_EQUAL(init(), MOTE_OK);
}

/* What the config does not name is not there, so nothing of it can be asked for. */
static void config_parts(void)
{
    CHECK_NEEDS_MQTT5();
    rig_begin(MOTE_MQTT_5);
    rig.config.auth_data = MOTE_TEXT("d");
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.auth_method = MOTE_TEXT("m");
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.authentication = &mote_session_authentication;
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.auth_method = MOTE_TEXT("");
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.auth_data = MOTE_TEXT("");
    CHECK_EQUAL(init(), MOTE_OK);
    rig_use_aliases();
    CHECK_EQUAL(init(), MOTE_OK);
    rig.config.aliases = NULL;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.aliases_in_count = 0;
    CHECK_EQUAL(init(), MOTE_CONFIG_INVALID);
    rig.config.aliases_out_count = 0;
    CHECK_EQUAL(init(), MOTE_OK);
}

static void connect_properties_too_large(void)
{
    char data[RIG_SIZE];

    memset(data, 'd', sizeof data);
    rig_begin(MOTE_MQTT_5);
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("m");
    rig.config.auth_data = (struct mote_text){data, sizeof data};
    CHECK_EQUAL(init(), MOTE_OK);
    CHECK_EQUAL(mote_session_open(&rig.session, rig.now_ms), MOTE_MQTT_PACKET_TOO_LARGE);
}

static void no_session_in_3_1(void)
{
    rig_begin(MOTE_MQTT_3_1);
    rig.config.keep_session = false;
    rig_start();
    CHECK(!rig.event.session_present && !rig.event.session_lost);
}

/* --- Time --- */

static void nothing_received(void)
{
    begin(MOTE_MQTT_3_1_1);
    mote_session_received(&rig.session, 0, rig.now_ms + 77);
    CHECK_EQUAL(rig.session.received_ms, rig.now_ms);
    mote_session_sent(&rig.session, 1000, rig.now_ms + 77); /* more than there is */
    CHECK_EQUAL(rig.session.sent_ms, rig.now_ms);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "x", NULL), MOTE_OK);
    mote_session_sent(&rig.session, 1000, rig.now_ms + 77);
    RIG_EXPECT_NONE_SENT();
    CHECK_EQUAL(rig.session.sent_ms, rig.now_ms + 77);
}

/* The low half of the time wraps around in the middle of each wait. */
static void time_past_32_bits(void)
{
    const uint64_t wrap_ms = UINT64_C(0x500000000);

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.keep_alive_s = 60;
    rig.now_ms = wrap_ms - 10000;
    CHECK_EQUAL(init(), MOTE_OK);
    rig_open();
    CHECK_EQUAL(mote_session_deadline(&rig.session), wrap_ms + 10000);
    CHECK(!rig_wait_until(wrap_ms + 9999));
    CHECK(rig_wait_until(wrap_ms + 10000));
    CHECK_EQUAL(rig.event.reason, MOTE_TCP_TIMEOUT);
    mote_session_closed(&rig.session);

    rig.now_ms = wrap_ms - 50000;
    rig_connect(false);
    CHECK_EQUAL(mote_session_deadline(&rig.session), wrap_ms + 2500);
    CHECK(!rig_wait_until(wrap_ms + 2499));
    RIG_EXPECT_NONE_SENT();
    CHECK(!rig_wait_until(wrap_ms + 2500));
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    mote_session_closed(&rig.session);

    rig.now_ms = wrap_ms - 1;
    rig_connect(false);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    CHECK(!rig_wait_until(wrap_ms + 9998));
    CHECK(rig_wait_until(wrap_ms + 9999));
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
}

static void ping_timeout_of_the_config(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.keep_alive_s = 10;
    rig.config.ping_timeout_ms = 300;
    rig_start();
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    CHECK(!rig_wait_until(rig.now_ms + 299));
    CHECK(rig_wait_until(rig.now_ms + 1));
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
}

/* The output has no room for it: it goes out with the next turn that has. */
static void ping_waits_for_room(void)
{
    begin(MOTE_MQTT_3_1_1);
    fill_output(1);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    rig.output_held = false;
    rig_send_output();
    while (rig_pipe_size(&rig.to_server) > 2)
        RIG_EXPECT_SENT(MOTE_PUBLISH);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
}

/* Bytes that leave while an answer waits for room are signs of life, although the PINGREQ is long out. */
static void ping_while_an_answer_waits(void)
{
    begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    RIG_EXPECT_NOTHING();
    fill_output(0);
    rig_serve_publish(MOTE_QOS_1, 1, "in");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    rig_serve_publish(MOTE_QOS_1, 2, "in");
    RIG_EXPECT_NOTHING();
    CHECK(!mote_session_is_idle(&rig.session));
    uint64_t deadline_ms = mote_session_deadline(&rig.session);
    mote_session_sent(&rig.session, 1, rig.now_ms + 500);
    CHECK_EQUAL(mote_session_deadline(&rig.session), deadline_ms + 500);
}

/* --- Acknowledgements at odd moments --- */

static struct mote_message out(enum mote_qos qos, const char *payload)
{
    return (struct mote_message){.topic = MOTE_TEXT("t/out"), .payload = mote_text(payload), .qos = qos};
}

/* Its PUBLISH has no room yet: to the server such an identifier means nothing. */
static void ack_of_the_oldest_unsent(void)
{
    begin(MOTE_MQTT_3_1_1);
    fill_output(3);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "kept", NULL), MOTE_OK);
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(rig.session.counters.unexpected, 1);
    CHECK_EQUAL(rig.session.inflight_used, 1);
}

/* The PUBREC comes in the same segment as the CONNACK, before anything could be sent again. */
static void pubrec_on_the_heels_of_connack(void)
{
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "a", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "a");
    mote_session_closed(&rig.session);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig_serve_connack(true, 0, NULL, 0);
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBCOMP, 1, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(rig.session.unacked, 0);
}

/* The same again: it is counted once. */
static void pubrec_twice_before_its_turn(void)
{
    const struct mote_property one = {.id = MOTE_RECEIVE_MAXIMUM, .number = 1};

    begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "first", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "second", NULL), MOTE_OK);
    rig_send_output();
    mote_session_closed(&rig.session);
    rig_connect_with(true, &one, 1);
    RIG_EXPECT_SENT_PUBLISH(1, true, "first");
    rig_serve_ack(MOTE_PUBREC, 2, 0);
    rig_serve_ack(MOTE_PUBREC, 2, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, 0);
    CHECK_EQUAL(rig.session.unacked, 2);
    rig_serve_ack(MOTE_PUBCOMP, 2, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(rig.session.unacked, 0);
    CHECK(mote_session_is_idle(&rig.session));
}

/* Publications of QoS 2 up to their PUBREC, then another connection. */
static void release_and_reconnect(unsigned count)
{
    for (uint16_t i = 1; i <= count; i++) {
        CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        rig_serve_ack(MOTE_PUBREC, i, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREL, i, 0);
    }
    mote_session_closed(&rig.session);
}

static void many_pubrels_and_little_room(void)
{
    rig_begin(MOTE_MQTT_5);
    rig_send_size(64); /* room for 15 */
    rig_start();
    release_and_reconnect(RIG_INFLIGHT);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig.output_held = true;
    rig_serve_connack(true, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    mote_session_output(&rig.session);
    CHECK_EQUAL(rig.session.resume_index, 15);
    rig.output_held = false;
    for (uint16_t i = 1; i <= RIG_INFLIGHT; i++)
        RIG_EXPECT_SENT_ACK(MOTE_PUBREL, i, 0);
    RIG_EXPECT_NONE_SENT();
}

/* The same behind a PUBLISH that the server has no room for. */
static void many_pubrels_behind_a_publish(void)
{
    const struct mote_property one = {.id = MOTE_RECEIVE_MAXIMUM, .number = 1};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(64);
    rig_start();
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "first", NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    for (uint16_t i = 2; i <= RIG_INFLIGHT; i++) {
        CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        rig_serve_ack(MOTE_PUBREC, i, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREL, i, 0);
    }
    mote_session_closed(&rig.session);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig_serve_connack(true, 0, &one, 1);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    fill_output(10); /* of which the publications themselves take nothing: no quota */
    mote_session_output(&rig.session);
    rig.output_held = false;
    for (uint16_t i = 2; i <= RIG_INFLIGHT;) {
        CHECK(rig_sent());
        if (rig.packet.header.type == MOTE_PUBREL)
            CHECK_EQUAL(rig.packet.ack.packet_id, i++);
    }
    RIG_EXPECT_NONE_SENT();
}

/* --- The store --- */

/* There is more room at its front than this server takes in one packet. */
static void store_turns_round_for_a_small_server(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.store_size = 120;
    begin_with(MOTE_MAXIMUM_PACKET_SIZE, 45);
    for (uint16_t i = 1; i <= 2; i++) /* each is 12 bytes and the payload */
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "012345678901234567890123456789012", NULL), MOTE_OK);
    rig_send_output();
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "01234567890123456789", NULL), MOTE_OK);
    CHECK_EQUAL(rig.inflight[2].offset, 0);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "0123456789012345678901234567890123", NULL), MOTE_MQTT_PACKET_TOO_LARGE);
}

static size_t read_anything(void *context, uint32_t offset, void *into, size_t size)
{
    (void)offset;
    memset(into, 'x', size);
    return size + *(size_t *)context;
}

static void sources_and_the_servers_limit(void)
{
    size_t more = 0;
    struct mote_source source = {read_anything, &more, 5000};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    rig_begin(MOTE_MQTT_5);
    begin_with(MOTE_MAXIMUM_PACKET_SIZE, 100);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    source.size = 100;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    source.size = 100 - 6;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
}

/* A source that says that it has given more than it was asked for has written over the end, or lies: it is not gone on with. */
static void source_gives_too_much(void)
{
    size_t more = 1;
    const struct mote_source source = {read_anything, &more, 200};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    mote_session_output(&rig.session);
    RIG_EXPECT(MOTE_EVENT_FAILED);
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_PROTOCOL);
    RIG_EXPECT_NONE_SENT();
}

/* --- The end --- */

static void nothing_new_behind_a_disconnect(void)
{
    rig_begin(MOTE_MQTT_5);
    begin_with(MOTE_RECEIVE_MAXIMUM, 1);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "sent", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "waits", NULL), MOTE_OK);
    mote_session_close(&rig.session, 0, NULL);
    RIG_EXPECT_SENT_PUBLISH(1, false, "sent");
    RIG_EXPECT_SENT(MOTE_DISCONNECT);
    RIG_EXPECT_NONE_SENT();
}

/* The payload's end fills the output to the last byte: the DISCONNECT is still due after it. */
static void disconnect_behind_a_full_payload(uint8_t code)
{
    size_t more = 0;
    const struct mote_source source = {read_anything, &more, 64 - 4 - 6};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(64);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    mote_session_close(&rig.session, code, NULL);
    CHECK(!mote_session_is_idle(&rig.session));
    CHECK_EQUAL(mote_session_output(&rig.session).length, 60);
    mote_session_sent(&rig.session, 60, rig.now_ms);
    CHECK(!mote_session_is_idle(&rig.session));
    RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, code);
    CHECK(mote_session_is_idle(&rig.session));
}

static void disconnects_behind_full_payloads(void)
{
    disconnect_behind_a_full_payload(0);
    disconnect_behind_a_full_payload(4);
}

static void idle_means_everything(void)
{
    size_t more = 0;
    const struct mote_source source = {read_anything, &more, 100};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    begin(MOTE_MQTT_3_1_1);
    CHECK(mote_session_is_idle(&rig.session));
    rig_serve_publish(MOTE_QOS_1, 1, "in");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK(!mote_session_is_idle(&rig.session)); /* its PUBACK is due */
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 1, 0);
    CHECK(mote_session_is_idle(&rig.session));
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    mote_session_sent(&rig.session, 5, rig.now_ms); /* the head; the payload is still to be asked for */
    CHECK(!mote_session_is_idle(&rig.session));
}

/* --- Requests and AUTH --- */

static void properties_of_requests(void)
{
    const struct mote_property user = {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("b")};
    const struct mote_property identifier = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 5};
    const struct mote_properties users = {.items = &user, .count = 1};
    const struct mote_properties identifiers = {.items = &identifier, .count = 1};
    const struct mote_filter filter = {.topic = MOTE_TEXT("a")};

    begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, &identifiers, NULL), MOTE_OK); /* has none */
    RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
    rig_begin(MOTE_MQTT_5);
    begin_with(MOTE_SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, &identifiers, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, &users, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
    CHECK_EQUAL(rig.packet.request.properties.encoded.length, 7);
}

#define MANY 4200u

static void requests_without_end(void)
{
    static char letters[65535];
    static struct mote_filter filters[MANY];

    memset(letters, 'x', sizeof letters);
    for (size_t i = 0; i < MANY; i++)
        filters[i].topic = (struct mote_text){letters, sizeof letters};
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 0x8000, NULL, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 0, NULL, NULL), MOTE_CONFIG_INVALID);
    /* Together they are larger than a packet can be. */
    CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, MANY, NULL, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    RIG_EXPECT_NONE_SENT();
}

static void begin_authenticated(void)
{
    const struct mote_property method = {.id = MOTE_AUTHENTICATION_METHOD, .text = MOTE_TEXT("m")};

    rig_begin(MOTE_MQTT_5);
    rig.config.authentication = &mote_session_authentication;
    rig.config.auth_method = MOTE_TEXT("m");
    CHECK_EQUAL(init(), MOTE_OK);
    rig_connect_with(false, &method, 1);
}

static void auth_of_another_kind(void)
{
    struct mote_property items[] = {{.id = MOTE_AUTHENTICATION_METHOD, .text = MOTE_TEXT("n")},
                                    {.id = MOTE_AUTHENTICATION_DATA}};
    struct mote_properties properties = {.items = items, .count = 1};
    static char data[RIG_SIZE];

    begin_authenticated();
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &properties), MOTE_CONFIG_INVALID);
    items[0].text = MOTE_TEXT("m");
    items[1].text = (struct mote_text){data, sizeof data};
    properties.count = 2;
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &properties), MOTE_MQTT_PACKET_TOO_LARGE);
    items[1].text.length = 100;
    fill_output(100);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &properties), MOTE_MQTT_QUOTA);
    rig.output_held = false;
    rig_send_output();
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &properties), MOTE_OK);
    mote_session_closed(&rig.session);
    CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &properties), MOTE_CONFIG_INVALID);
}

/* --- Aliases --- */

static void aliases_without_a_place(void)
{
    const struct mote_message message = out(MOTE_QOS_0, "x");

    rig_begin(MOTE_MQTT_5);
    begin_with(MOTE_TOPIC_ALIAS_MAXIMUM, 10); /* but none is configured */
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_TEXT(rig.packet.message.topic, "t/out");
        CHECK_EQUAL(rig.packet.message.properties.encoded.length, 0);
    }
}

/* Properties that are bytes already are passed on as they are, without an alias among them. */
static void aliases_and_encoded_properties(void)
{
    struct mote_message message = out(MOTE_QOS_0, "x");

    message.properties.encoded = MOTE_TEXT("\x01\x01");
    rig_begin(MOTE_MQTT_5);
    rig_use_aliases();
    begin_with(MOTE_TOPIC_ALIAS_MAXIMUM, 10);
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_TEXT(rig.packet.message.topic, "t/out");
        CHECK_BYTES(rig.packet.message.properties.encoded.data, rig.packet.message.properties.encoded.length, "01 01");
    }
}

/* --- Plain messages, of which the topic is a word or more --- */

static struct mote_message plain(enum mote_qos qos, const char *payload)
{
    return (struct mote_message){.topic = MOTE_TEXT("topic/long"), .payload = mote_text(payload), .qos = qos};
}

static void plain_with_something_wrong(void)
{
    begin(MOTE_MQTT_3_1_1);
    RIG_SERVE("\x32\x0f\x00\x0atopic/long\x00\x00x");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_PROTOCOL_ERROR);
    begin(MOTE_MQTT_3_1_1);
    RIG_SERVE("\x38\x0d\x00\x0atopic/longx"); /* DUP with QoS 0 */
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_MALFORMED_PACKET);
    begin(MOTE_MQTT_3_1_1);
    RIG_SERVE("\x20\x02\x00\x01"); /* a CONNACK with the looks of an acknowledgement */
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_PROTOCOL_ERROR);
    begin(MOTE_MQTT_3_1_1);
    RIG_SERVE("\x30\x0e\x00\x0atopic/long\x00x"); /* no properties before MQTT 5 */
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(rig.event.message.payload.length, 2);
    begin(MOTE_MQTT_5);
    RIG_SERVE("\x30\x0c\x00\x0atopic/long"); /* without a length of its properties */
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_MALFORMED_PACKET);
}

static void plain_to_a_small_server(void)
{
    struct mote_message message = plain(MOTE_QOS_0, "x");

    rig_begin(MOTE_MQTT_5);
    begin_with(MOTE_MAXIMUM_PACKET_SIZE, 16);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    message.payload = MOTE_TEXT("xy");
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    message = plain(MOTE_QOS_1, "");
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    RIG_EXPECT_SENT_PUBLISH(0, false, "x");
    RIG_EXPECT_NONE_SENT();
    rig_begin(MOTE_MQTT_5);
    begin_with(MOTE_MAXIMUM_QOS, 1);
    message = plain(MOTE_QOS_2, "x");
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_CONFIG_INVALID);
    message = plain(MOTE_QOS_1, "x");
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "x");
}

static void plain_and_too_large(void)
{
    struct mote_message message = plain(MOTE_QOS_0, "0123");

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.packet_size_max = 18;
    rig_start();
    rig_serve_message(&message);
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    message.payload = MOTE_TEXT("01234");
    rig_serve_message(&message);
    RIG_EXPECT(MOTE_EVENT_DROPPED);
}

static void plain_and_too_many(void)
{
    struct mote_message message = plain(MOTE_QOS_1, "x");

    rig_begin(MOTE_MQTT_5);
    rig.config.received_count = 1;
    rig_start();
    rig_serve_publish(MOTE_QOS_2, 1, "x");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT(MOTE_PUBREC);
    message.packet_id = 2;
    rig_serve_message(&message);
    RIG_EXPECT_FAILURE(MOTE_MQTT_QUOTA, MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED);
}

/* --- The codec --- */

static void auth_in_short(void)
{
    const struct mote_ack go_on = {.code = 0x18};
    struct mote_ack ack;
    struct mote_fault fault;
    uint8_t bytes[8];

    CHECK(!mote_codec_decode_ack(MOTE_AUTH, MOTE_MQTT_3_1_1, false, MOTE_TEXT(""), &ack, &fault));
    CHECK_EQUAL(mote_fault_code(&fault), 0x82);
    CHECK_NEEDS_MQTT5();
    CHECK_BYTES(bytes, mote_codec_encode_ack(bytes, sizeof bytes, MOTE_MQTT_5, MOTE_AUTH, &go_on), "f0 02 18 00");
}

/* A length that no memory has: the sum of both wraps around to a few bytes. */
static void publish_of_more_than_memory(void)
{
    static char letters[200];
    uint8_t bytes[64];
    struct mote_message message = {.topic = {letters, 130}, .payload = {letters, SIZE_MAX - 131}};

    memset(letters, 'x', sizeof letters);
    CHECK_EQUAL(mote_codec_encode_publish(bytes, sizeof bytes, MOTE_MQTT_3_1_1, &message), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"config_sizes", config_sizes},
        {"config_aliases", config_aliases},
        {"config_parts", config_parts},
        {"connect_properties_too_large", connect_properties_too_large},
        {"no_session_in_3_1", no_session_in_3_1},
        {"nothing_received", nothing_received},
        {"time_past_32_bits", time_past_32_bits},
        {"ping_timeout_of_the_config", ping_timeout_of_the_config},
        {"ping_waits_for_room", ping_waits_for_room},
        {"ping_while_an_answer_waits", ping_while_an_answer_waits},
        {"ack_of_the_oldest_unsent", ack_of_the_oldest_unsent},
        {"pubrec_on_the_heels_of_connack", pubrec_on_the_heels_of_connack},
        {"pubrec_twice_before_its_turn", pubrec_twice_before_its_turn},
        {"many_pubrels_and_little_room", many_pubrels_and_little_room},
        {"many_pubrels_behind_a_publish", many_pubrels_behind_a_publish},
        {"store_turns_round_for_a_small_server", store_turns_round_for_a_small_server},
        {"sources_and_the_servers_limit", sources_and_the_servers_limit},
        {"source_gives_too_much", source_gives_too_much},
        {"nothing_new_behind_a_disconnect", nothing_new_behind_a_disconnect},
        {"disconnects_behind_full_payloads", disconnects_behind_full_payloads},
        {"idle_means_everything", idle_means_everything},
        {"properties_of_requests", properties_of_requests},
        {"requests_without_end", requests_without_end},
        {"auth_of_another_kind", auth_of_another_kind},
        {"aliases_without_a_place", aliases_without_a_place},
        {"aliases_and_encoded_properties", aliases_and_encoded_properties},
        {"plain_with_something_wrong", plain_with_something_wrong},
        {"plain_to_a_small_server", plain_to_a_small_server},
        {"plain_and_too_large", plain_and_too_large},
        {"plain_and_too_many", plain_and_too_many},
        {"auth_in_short", auth_in_short},
        {"publish_of_more_than_memory", publish_of_more_than_memory},
    };

    return check_main("unit/session_edges", cases, sizeof cases / sizeof cases[0], argc, argv);
}
