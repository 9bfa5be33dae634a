/* The way in: messages of every QoS, once each, whole and in pieces; the limits that the server must keep to. */
#include "session_rig.h"

/* --- One message --- */

static void message_qos_0(void)
{
    const struct mote_message message = {
        .topic = MOTE_TEXT("ssbun_switch_1"), .payload = MOTE_TEXT("on"), .retain = true};

    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_up(rig_versions[i]);
        rig_serve_message(&message);
        RIG_EXPECT_MESSAGE("on");
        CHECK_TEXT(rig.event.message.topic, "ssbun_switch_1");
        CHECK_EQUAL(rig.event.message.qos, MOTE_QOS_0);
        CHECK(rig.event.message.retain && !rig.event.message.duplicate);
        CHECK_EQUAL(rig.event.message.payload_size, 2);
        CHECK(rig.event.message.source == NULL && mote_message_is_last(&rig.event.message));
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
        CHECK_EQUAL(rig.session.counters.messages_received, 1);
        CHECK_EQUAL(rig.session.counters.packets_received, 2);
    }
}

/* Acknowledged once the caller has come back for more: by then he has seen it.
 * [MQTT3-2.3.1-6] [MQTT3-3.3.4-1] [MQTT3-4.3.2-2] [MQTT5-2.2.1-5] [MQTT5-3.3.4-1] [MQTT5-4.3.2-4]
 * [MQTT5-4.3.2-5] */
static void message_qos_1(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_up(rig_versions[i]);
        rig_serve_publish(MOTE_QOS_1, 77, "on");
        RIG_EXPECT_MESSAGE("on");
        CHECK_EQUAL(rig.event.message.packet_id, 77);
        RIG_EXPECT_NONE_SENT();
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 77, 0);
        RIG_EXPECT_NONE_SENT();
        rig_serve_publish(MOTE_QOS_1, 77, "on");
        RIG_EXPECT_MESSAGE("on"); /* the identifier is free again */
    }
}

/* [MQTT3-3.3.4-1] [MQTT3-4.3.3-2] [MQTT5-2.2.1-5] [MQTT5-3.3.4-1] [MQTT5-4.3.3-8] [MQTT5-4.3.3-10]
 * [MQTT5-4.3.3-11] [MQTT5-4.3.3-12] */
static void message_qos_2(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_up(rig_versions[i]);
        rig_serve_publish(MOTE_QOS_2, 77, "on");
        RIG_EXPECT_MESSAGE("on");
        RIG_EXPECT_NONE_SENT();
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 77, 0);
        rig_serve_publish(MOTE_QOS_2, 77, "on");
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 77, 0);
        CHECK_EQUAL(rig.session.counters.duplicates, 1);
        CHECK_EQUAL(rig.session.counters.messages_received, 1);
        rig_serve_ack(MOTE_PUBREL, 77, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 77, 0);
        rig_serve_ack(MOTE_PUBREL, 77, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 77, rig_versions[i] == MOTE_MQTT_5 ? 0x92 : 0);
        rig_serve_publish(MOTE_QOS_2, 77, "a new one");
        RIG_EXPECT_MESSAGE("a new one");
    }
}

/* [MQTT3-3.1.2-4] [MQTT3-4.1.0-1] [MQTT3-4.3.3-2] [MQTT5-3.1.2-23] [MQTT5-4.3.3-10] */
static void message_qos_2_over_connections(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_up(rig_versions[i]);
        rig_serve_publish(MOTE_QOS_2, 5, "five");
        rig_serve_publish(MOTE_QOS_2, 6, "six");
        RIG_EXPECT_MESSAGE("five");
        RIG_EXPECT_MESSAGE("six"); /* its PUBREC is never put out */
        rig_reconnect(true);
        rig_serve_sized(20, MOTE_QOS_2, 5, true, NULL);
        rig_serve_sized(20, MOTE_QOS_2, 6, true, NULL);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 5, 0);
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 6, 0);
        rig_serve_ack(MOTE_PUBREL, 5, 0);
        rig.output_held = true; /* the PUBCOMP does not get through */
        RIG_EXPECT_NOTHING();
        rig.output_held = false;
        rig_reconnect(true);
        rig_serve_ack(MOTE_PUBREL, 5, 0);
        rig_serve_ack(MOTE_PUBREL, 6, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 5, rig_versions[i] == MOTE_MQTT_5 ? 0x92 : 0);
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 6, 0);
        CHECK_EQUAL(rig.session.received_used, 0);
    }
}

/* In a new session an identifier says nothing of the old one's.
 * [MQTT5-3.2.2-5] */
static void message_qos_2_of_a_new_session(void)
{
    rig_up(MOTE_MQTT_5);
    rig_serve_publish(MOTE_QOS_2, 5, "old");
    RIG_EXPECT_MESSAGE("old");
    rig_reconnect(false);
    CHECK(rig.event.session_lost);
    rig_serve_publish(MOTE_QOS_2, 5, "new");
    RIG_EXPECT_MESSAGE("new");
}

/* The same one 100 000 times: one message, and nothing piles up. */
static void message_repeated_without_end(void)
{
    rig_up(MOTE_MQTT_3_1_1);
    rig_serve_publish(MOTE_QOS_2, 9, "once");
    RIG_EXPECT_MESSAGE("once");
    for (unsigned i = 0; i < 100000; i++) {
        rig_serve_publish(MOTE_QOS_2, 9, "once");
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT(MOTE_PUBREC);
        rig.to_server.start = rig.to_server.end = 0;
    }
    CHECK_EQUAL(rig.session.received_used, 1);
    CHECK_EQUAL(rig.session.counters.duplicates, 100000);
}

/* What was received can be published on while its views are valid. */
static void message_is_passed_on(void)
{
    rig_up(MOTE_MQTT_5);
    rig_serve_sized(100, MOTE_QOS_1, 3, false, NULL);
    rig_serve_publish(MOTE_QOS_1, 4, "next");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    struct mote_message message = rig.event.message;
    message.topic = MOTE_TEXT("echo");
    for (int i = 0; i < 5; i++)
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    (void)mote_session_output(&rig.session);
    RIG_EXPECT_MESSAGE("next");
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_TEXT(rig.packet.message.topic, "echo");
    CHECK_EQUAL(rig.packet.message.packet_id, 1);
    CHECK(memcmp(rig.packet.message.payload.data, message.payload.data, 80) == 0);
}

/* --- Back-pressure --- */

/* With an output that takes nothing no packet is taken that needs an answer; nothing is lost.
 * [MQTT5-4.6.0-2] */
static void output_is_full(void)
{
    unsigned answered = 0, messages = 0;

    rig_begin(MOTE_MQTT_5);
    rig_send_size(64);
    rig_start();
    rig.output_held = true;
    for (uint16_t id = 1; id <= 200; id++)
        rig_serve_publish(id % 2 == 0 ? MOTE_QOS_1 : MOTE_QOS_0, id % 2 == 0 ? id : 0, "x");
    while (rig_next())
        messages++;
    CHECK(messages > 20 && messages < 100);
    CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
    struct mote_text output = mote_session_output(&rig.session);
    rig_pipe_put(&rig.to_server, output.data, 10);
    mote_session_sent(&rig.session, 10, rig.now_ms);
    CHECK(mote_session_deadline(&rig.session) <= rig.now_ms); /* there is something to do again */
    rig.output_held = false;
    while (rig_next())
        messages++;
    CHECK_EQUAL(messages, 200);
    while (rig_sent()) {
        CHECK_EQUAL(rig.packet.header.type, MOTE_PUBACK);
        answered++;
        CHECK_EQUAL(rig.packet.ack.packet_id, 2 * answered);
    }
    CHECK_EQUAL(answered, 100);
}

/* --- Receive Maximum --- */

/* [MQTT3-4.8.0-2] [MQTT5-3.3.4-9] */
static void quota_is_enforced(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        for (int qos = 1; qos <= 2; qos++) {
            rig_begin(rig_versions[i]);
            rig.config.received_count = 3;
            rig_start();
            for (uint16_t id = 1; id <= 3; id++) {
                rig_serve_publish(MOTE_QOS_2, id, "x");
                RIG_EXPECT_MESSAGE("x");
            }
            rig_serve_sized(20, MOTE_QOS_2, 2, true, NULL);
            RIG_EXPECT_NOTHING();
            rig_serve_publish(MOTE_QOS_0, 0, "zero");
            RIG_EXPECT_MESSAGE("zero");
            while (rig_sent())
                continue;
            rig_serve_publish((enum mote_qos)qos, 4, "one too many");
            if (qos == 1 && rig_versions[i] != MOTE_MQTT_5) {
                RIG_EXPECT_MESSAGE("one too many"); /* nobody has told the server */
                continue;
            }
            RIG_EXPECT_FAILURE(MOTE_MQTT_QUOTA, 0x93);
        }
    }
}

/* A server that exceeds its own limit: it cannot be told ours, and will not send again. [MQTT3-4.3.3-2] */
static void quota_of_a_session_that_does_not_last(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.received_count = 3;
    rig.config.keep_session = false;
    rig_start();
    for (uint16_t id = 1; id <= 50; id++) {
        rig_serve_publish(MOTE_QOS_2, id, "x");
        RIG_EXPECT_MESSAGE("x");
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, id, 0);
    }
    for (uint16_t id = 1; id <= 50; id++) {
        rig_serve_ack(MOTE_PUBREL, id, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, id, 0);
    }
}

static void quota_is_freed(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.received_count = 1;
    rig_start();
    for (uint16_t id = 1; id <= 50; id++) {
        rig_serve_publish(MOTE_QOS_2, id, "x");
        RIG_EXPECT_MESSAGE("x");
        rig_serve_ack(MOTE_PUBREL, id, 0);
        rig_serve_publish(MOTE_QOS_1, id, "y");
        RIG_EXPECT_MESSAGE("y");
        while (rig_sent())
            continue;
    }
}

/* What is open from before is not counted in a new connection. [MQTT 5.0, 4.9] */
static void quota_begins_anew(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.received_count = 3;
    rig_start();
    for (uint16_t id = 1; id <= 3; id++) {
        rig_serve_publish(MOTE_QOS_2, id, "x");
        RIG_EXPECT_MESSAGE("x");
    }
    rig_reconnect(true);
    rig_serve_publish(MOTE_QOS_1, 9, "y");
    RIG_EXPECT_MESSAGE("y");
    rig_serve_ack(MOTE_PUBREL, 2, 0);
    rig_serve_publish(MOTE_QOS_2, 2, "z");
    RIG_EXPECT_MESSAGE("z");
    rig_serve_publish(MOTE_QOS_1, 9, "y");
    RIG_EXPECT_MESSAGE("y");
    rig_serve_ack(MOTE_PUBREL, 1, 0);
    rig_serve_ack(MOTE_PUBREL, 3, 0);
    rig_serve_publish(MOTE_QOS_2, 4, "z");
    RIG_EXPECT_MESSAGE("z");
    rig_serve_publish(MOTE_QOS_2, 5, "z");
    RIG_EXPECT_MESSAGE("z");
    rig_serve_publish(MOTE_QOS_1, 9, "y");
    while (rig_sent())
        continue;
    RIG_EXPECT(MOTE_EVENT_FAILED);
    CHECK_EQUAL(rig.event.reason_code, 0x93);
}

static void quota_of_none(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.received_count = 0;
    rig_start();
    CHECK(!mote_properties_number(&rig.packet.connect.properties, MOTE_RECEIVE_MAXIMUM, 0));
    for (uint16_t id = 1; id < 10; id++) {
        rig_serve_publish(MOTE_QOS_1, id, "x");
        RIG_EXPECT_MESSAGE("x");
    }
    RIG_EXPECT_NOTHING();
    while (rig_sent())
        continue;
    rig_serve_publish(MOTE_QOS_2, 1, "x");
    RIG_EXPECT_FAILURE(MOTE_MQTT_QUOTA, 0x93);
}

/* --- In pieces --- */

static void pieces_of_all_sizes(void)
{
    static const size_t buffers[] = {64, 65, 100, 512};

    for (size_t v = 0; v < RIG_VERSIONS; v++) {
        for (size_t b = 0; b < 4; b++) {
            for (size_t size = 60; size < 1500; size += size < 700 ? 1 : 97) {
                uint32_t payload = 0;
                size_t buffer = buffers[b];
                rig_begin(rig_versions[v]);
                rig_receive_size(buffer);
                rig_start();
                rig.to_client.step = size % 50 + 1;
                if (size == 131 - (rig_versions[v] != MOTE_MQTT_5))
                    continue; /* there is no such packet */
                rig_serve_sized(size, MOTE_QOS_1, 3, false, NULL);
                rig_serve_publish(MOTE_QOS_0, 0, "next");
                unsigned pieces = rig_take_pieces(&payload);
                size_t head = size - payload;
                CHECK_EQUAL(pieces, size <= buffer ? 1 : (payload + buffer - head - 1) / (buffer - head));
                RIG_EXPECT_MESSAGE("next");
                RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 3, 0);
                CHECK_EQUAL(rig.session.counters.messages_received, 2);
            }
        }
    }
}

/* A megabyte through a small buffer, properties and alias at each piece. */
static void pieces_of_a_megabyte(void)
{
    static const size_t buffers[] = {64, 512};
    const uint32_t size = 1 << 20;

    for (size_t b = 0; b < 2; b++) {
        uint32_t sent = 0, got = 0;
        rig_begin(MOTE_MQTT_5);
        rig_use_aliases();
        rig_receive_size(buffers[b]);
        rig_start();
        rig_serve_alias("big/topic", 3, "");
        RIG_EXPECT_FROM("big/topic");
        /* topic empty, identifier 9, content type "x", alias 3, then the payload: 14 bytes of head */
        RIG_SERVE("\x34\x8c\x80\x40\x00\x00\x00\x09\x07\x03\x00\x01x\x23\x00\x03");
        while (got < size) {
            while (sent < size && rig_pipe_size(&rig.to_client) < 4096) {
                char byte = rig_byte_at(sent++);
                rig_serve(&byte, 1);
            }
            RIG_EXPECT(MOTE_EVENT_MESSAGE);
            const struct mote_message *message = &rig.event.message;
            CHECK_TEXT(message->topic, "big/topic");
            CHECK_EQUAL(message->payload_size, size);
            CHECK_EQUAL(message->payload_offset, got);
            CHECK_EQUAL(message->packet_id, 9);
            struct mote_property type;
            CHECK(mote_properties_find(&message->properties, MOTE_CONTENT_TYPE, &type));
            CHECK_TEXT(type.text, "x");
            for (size_t i = 0; i < message->payload.length; i++)
                CHECK_EQUAL(message->payload.data[i], rig_byte_at(got++));
        }
        RIG_EXPECT_NONE_SENT();
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 9, 0);
    }
}

/* A message that was cut short does not count as taken: it comes again, from the beginning. */
static void pieces_cut_short(void)
{
    for (int qos = 1; qos <= 2; qos++) {
        uint32_t size = 0;
        rig_begin(MOTE_MQTT_3_1_1);
        rig_receive_size(100);
        rig_start();
        rig_serve_sized(1000, (enum mote_qos)qos, 7, false, NULL);
        for (int i = 0; i < 5; i++)
            RIG_EXPECT(MOTE_EVENT_MESSAGE);
        CHECK(!mote_message_is_last(&rig.event.message));
        CHECK_EQUAL(rig.session.received_used, 0);
        rig_reconnect(true);
        rig_serve_sized(1000, (enum mote_qos)qos, 7, true, NULL);
        rig_take_pieces(&size);
        CHECK(size > 900);
        CHECK(rig.event.message.duplicate);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(qos == 1 ? MOTE_PUBACK : MOTE_PUBREC, 7, 0);
        CHECK_EQUAL(rig.session.counters.messages_received, 1);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"message_qos_0", message_qos_0},
        {"message_qos_1", message_qos_1},
        {"message_qos_2", message_qos_2},
        {"message_qos_2_over_connections", message_qos_2_over_connections},
        {"message_qos_2_of_a_new_session", message_qos_2_of_a_new_session},
        {"message_repeated_without_end", message_repeated_without_end},
        {"message_is_passed_on", message_is_passed_on},
        {"output_is_full", output_is_full},
        {"quota_is_enforced", quota_is_enforced},
        {"quota_of_a_session_that_does_not_last", quota_of_a_session_that_does_not_last},
        {"quota_is_freed", quota_is_freed},
        {"quota_begins_anew", quota_begins_anew},
        {"quota_of_none", quota_of_none},
        {"pieces_of_all_sizes", pieces_of_all_sizes},
        {"pieces_of_a_megabyte", pieces_of_a_megabyte},
        {"pieces_cut_short", pieces_cut_short},
    };

    return check_main("unit/session_receive", cases, sizeof cases / sizeof cases[0], argc, argv);
}
