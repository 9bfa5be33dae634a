/* Payloads that a source gives piece by piece. */
#include "session_rig.h"

struct counter {
    uint32_t pieces;
    size_t most;      /* given at once */
    uint32_t ends_at; /* has nothing from here on */
};

static char byte_at(uint32_t offset)
{
    return (char)(offset * 7 + (offset >> 8));
}

static size_t read_counter(void *context, uint32_t offset, void *into, size_t size)
{
    struct counter *counter = context;
    char *bytes = into;

    CHECK(size > 0);
    counter->pieces++;
    size = rig_least(size, counter->most);
    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_at(offset + (uint32_t)i);
    return offset >= counter->ends_at ? 0 : size;
}

static void stream_all_qos(void)
{
    struct counter counter = {.most = 50, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 5000};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    for (int qos = 0; qos < 3; qos++) {
        for (size_t step = 1; step < 200; step += 33) {
            rig_begin(MOTE_MQTT_3_1_1);
            rig_send_size(64);
            rig_start();
            rig.to_server.step = step;
            message.qos = (enum mote_qos)qos;
            CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
            RIG_EXPECT_SENT(MOTE_PUBLISH);
            CHECK_EQUAL(rig.packet.message.payload.length, 5000);
            for (uint32_t i = 0; i < 5000; i++)
                CHECK_EQUAL(rig.packet.message.payload.data[i], byte_at(i));
            RIG_EXPECT_NONE_SENT();
            CHECK_EQUAL(mote_session_is_idle(&rig.session), qos == 0);
        }
    }
}

static void stream_a_megabyte(void)
{
    struct counter counter = {.most = SIZE_MAX, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 1 << 20};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source, .qos = MOTE_QOS_2};
    uint32_t got = 0;

    rig_begin(MOTE_MQTT_3_1_1);
    rig_send_size(512);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    size_t skip = 1 + 3 + 2 + 1 + 2;
    while (got < source.size) {
        struct mote_text output = mote_session_output(&rig.session);
        CHECK(output.length > skip);
        for (size_t i = skip; i < output.length; i++)
            CHECK_EQUAL(output.data[i], byte_at(got++));
        skip = 0;
        mote_session_sent(&rig.session, output.length, rig.now_ms);
    }
    RIG_EXPECT_NONE_SENT();
    CHECK(counter.pieces < (1 << 20) / 200);
}

/* While a payload goes out nothing else does, and what comes in waits; nothing of it is lost. */
static void stream_holds_back(void)
{
    struct counter counter = {.most = SIZE_MAX, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 3000};
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source, .qos = MOTE_QOS_1};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(128);
    rig_receive_size(64);
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, NULL, 0);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "before", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "before");
    rig.output_held = true;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    (void)mote_session_output(&rig.session);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "x", NULL), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "behind", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    rig_serve_publish(MOTE_QOS_0, 0, "zero");
    rig_serve_publish(MOTE_QOS_1, 10, "in 1");
    for (uint16_t id = 11; id < 16; id++)
        rig_serve_publish(MOTE_QOS_1, id, "in more");
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_TEXT(rig.event.message.payload, "zero");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_TEXT(rig.event.message.payload, "in 1");
    RIG_EXPECT_NOTHING();
    size_t room = 1;
    mote_session_receive_space(&rig.session, &room);
    CHECK_EQUAL(room, 0);
    rig.output_held = false;
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(rig.event.message.packet_id, 11);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.payload.length, 3000);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    RIG_EXPECT_SENT_PUBLISH(3, false, "behind");
    RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 10, 0);
    for (uint16_t id = 12; id < 16; id++) {
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        CHECK_EQUAL(rig.event.message.packet_id, id);
        RIG_EXPECT_SENT_ACK(MOTE_PUBACK, id - 1, 0);
    }
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 15, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_NONE_SENT();
}

/* Even a stream that takes longer than the keep-alive and the time for a PINGRESP does not end a link that moves. */
static void stream_outlasts_keep_alive(void)
{
    struct counter counter = {.most = SIZE_MAX, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 2000};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.keep_alive_s = 10;
    rig_send_size(64);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_SERVE("\x40\x02\x00\x63"); /* of no meaning */
    while (rig_pipe_size(&rig.to_server) < 2000) {
        struct mote_text output = mote_session_output(&rig.session);
        rig_pipe_put(&rig.to_server, output.data, 1);
        mote_session_sent(&rig.session, 1, rig.now_ms);
        rig.now_ms += 500;
        CHECK(!mote_session_next(&rig.session, rig.now_ms, &rig.event));
    }
    /* Once it no longer moves, it does. */
    rig.output_held = true;
    CHECK(rig_wait_until(rig.now_ms + 10000));
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
}

/* [MQTT5-4.3.3-6] */
static void stream_again_after_reconnect(void)
{
    struct counter counter = {.most = 100, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 1000};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source, .qos = MOTE_QOS_2};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(128);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    struct mote_text output = mote_session_output(&rig.session);
    mote_session_sent(&rig.session, output.length, rig.now_ms);
    output = mote_session_output(&rig.session);
    mote_session_sent(&rig.session, output.length / 2, rig.now_ms);
    rig_reconnect(true);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK(rig.packet.message.duplicate);
    CHECK_EQUAL(rig.packet.message.payload.length, 1000);
    CHECK_EQUAL(rig.packet.message.payload.data[999], byte_at(999));
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    uint32_t pieces = counter.pieces;
    rig_reconnect(true);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    CHECK_EQUAL(counter.pieces, pieces); /* no longer needed */
}

static void stream_fails(void)
{
    struct counter counter = {.most = 100, .ends_at = 400};
    const struct mote_source source = {read_counter, &counter, 1000};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    for (int closing = 0; closing < 2; closing++) {
        rig_begin(MOTE_MQTT_5);
        rig_send_size(128);
        rig_start();
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        if (closing)
            mote_session_close(&rig.session, 0, NULL);
        rig.to_server.step = 50;
        RIG_EXPECT(MOTE_EVENT_FAILED);
        CHECK_EQUAL(rig.event.reason, MOTE_MQTT_PROTOCOL);
        CHECK_EQUAL(mote_session_output(&rig.session).length, 0);
        CHECK(rig_pipe_size(&rig.to_server) < 600);
        RIG_EXPECT_NOTHING();
    }
}

/* The end of the connection waits for the end of the payload. */
static void stream_then_close(void)
{
    struct counter counter = {.most = 100, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 1000};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(128);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    mote_session_close(&rig.session, 4, NULL);
    CHECK(!mote_session_is_idle(&rig.session));
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.payload.length, 1000);
    RIG_EXPECT_SENT_ACK(MOTE_DISCONNECT, 0, 4);
    RIG_EXPECT_NONE_SENT();
    CHECK(mote_session_is_idle(&rig.session));
}

/* An acknowledgement of what is not out yet is a lie. */
static void stream_acknowledged_too_soon(void)
{
    struct counter counter = {.most = 100, .ends_at = UINT32_MAX};
    const struct mote_source source = {read_counter, &counter, 1000};
    const struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source, .qos = MOTE_QOS_1};

    rig_begin(MOTE_MQTT_5);
    rig_send_size(128);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    (void)mote_session_output(&rig.session);
    rig.output_held = true;
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT(MOTE_EVENT_FAILED);
    CHECK_EQUAL(rig.event.reason_code, 0x82);
    CHECK_EQUAL(mote_session_output(&rig.session).length, 0); /* a DISCONNECT would be taken for payload */
    rig.output_held = false;
    rig_reconnect(true);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.payload.length, 1000);
}

/* [MQTT5-3.2.2-15] */
static void stream_limits(void)
{
    struct counter counter = {.most = 100, .ends_at = UINT32_MAX};
    struct mote_source source = {read_counter, &counter, 1000};
    struct mote_message message = {.topic = MOTE_TEXT("s"), .source = &source};

    rig_up_with(MOTE_MAXIMUM_PACKET_SIZE, 1000);
    for (int qos = 0; qos < 3; qos++) {
        message.qos = (enum mote_qos)qos;
        source.size = 1000 - (qos == 0 ? 7 : 9) + 1;
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
        source.size--;
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_EQUAL(rig.packet.header.size + rig.packet.header.remaining, 1000);
    }
    source.size = 0;
    message.qos = MOTE_QOS_0;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.payload.length, 0);
    source.size = 268435456;
    rig_up(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    message.qos = MOTE_QOS_1;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
}

/* From memory, too, what is kept may be larger than the send buffer. */
static void stream_from_the_store(void)
{
    static char payload[700];

    memset(payload, 'm', sizeof payload);
    for (size_t step = 1; step < 130; step += 16) {
        const struct mote_message message = {
            .topic = MOTE_TEXT("s"), .payload = {payload, sizeof payload}, .qos = MOTE_QOS_1};
        rig_begin(MOTE_MQTT_3_1_1);
        rig_send_size(64);
        rig_start();
        rig.to_server.step = step;
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "next", NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_EQUAL(rig.packet.message.payload.length, 700);
        CHECK(memcmp(rig.packet.message.payload.data, payload, 700) == 0);
        RIG_EXPECT_SENT_PUBLISH(2, false, "next");
        rig_reconnect(true);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK(rig.packet.message.duplicate);
        CHECK_EQUAL(rig.packet.message.payload.length, 700);
        RIG_EXPECT_SENT_PUBLISH(2, true, "next");
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"stream_all_qos", stream_all_qos},
        {"stream_a_megabyte", stream_a_megabyte},
        {"stream_holds_back", stream_holds_back},
        {"stream_outlasts_keep_alive", stream_outlasts_keep_alive},
        {"stream_again_after_reconnect", stream_again_after_reconnect},
        {"stream_fails", stream_fails},
        {"stream_then_close", stream_then_close},
        {"stream_acknowledged_too_soon", stream_acknowledged_too_soon},
        {"stream_limits", stream_limits},
        {"stream_from_the_store", stream_from_the_store},
    };

    return check_main("unit/session_source", cases, sizeof cases / sizeof cases[0], argc, argv);
}
