/* Publications over connections: what is sent again, in which order, and how much at once. */
#include "session_rig.h"

/* --- Over connections --- */

/* Six messages in all states. */
static void leave_six(enum mote_mqtt_version version, bool keep_session)
{
    static const enum mote_qos qos[] = {MOTE_QOS_1, MOTE_QOS_2, MOTE_QOS_2, MOTE_QOS_1, MOTE_QOS_2, MOTE_QOS_1};
    static const char *const payloads[] = {"one", "two", "three", "four", "five", "six"};

    rig_begin(version);
    rig.config.keep_session = keep_session;
    rig_start();
    for (size_t i = 0; i < 6; i++) {
        CHECK_EQUAL(rig_publish(qos[i], payloads[i], NULL), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(i + 1, false, payloads[i]);
    }
    rig_serve_ack(MOTE_PUBREC, 2, 0);
    rig_serve_ack(MOTE_PUBACK, 4, 0);
    RIG_EXPECT_PUBLISHED(4, 0);
    rig_send_output();
}

/* [MQTT3-2.3.1-3] [MQTT3-3.1.2-4] [MQTT3-3.3.1-1] [MQTT3-4.1.0-1] [MQTT3-4.3.3-1] [MQTT3-4.4.0-1]
 * [MQTT3-4.6.0-1] [MQTT5-3.1.2-23] [MQTT5-3.3.1-1] [MQTT5-4.3.3-3] [MQTT5-4.3.3-5] [MQTT5-4.3.3-6]
 * [MQTT5-4.4.0-1] [MQTT5-4.6.0-1] */
static void resend_in_order(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        leave_six(rig_versions[i], true);
        for (int connections = 0; connections < 3; connections++) {
            rig_reconnect(true);
            CHECK(!rig.event.session_lost);
            RIG_EXPECT_SENT_PUBLISH(1, true, "one");
            RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, 0);
            RIG_EXPECT_SENT_PUBLISH(3, true, "three");
            RIG_EXPECT_SENT_PUBLISH(5, true, "five");
            RIG_EXPECT_SENT_PUBLISH(6, true, "six");
            RIG_EXPECT_NONE_SENT();
        }
        CHECK_EQUAL(rig.session.counters.resent, 12);
        rig_serve_ack(MOTE_PUBCOMP, 2, rig_versions[i] == MOTE_MQTT_5 ? 0x92 : 0); /* it was through with it before */
        RIG_EXPECT_PUBLISHED(2, 0);
        rig_serve_ack(MOTE_PUBACK, 6, 0);
        RIG_EXPECT_PUBLISHED(6, 0);
        rig_serve_ack(MOTE_PUBACK, 1, 0);
        RIG_EXPECT_PUBLISHED(1, 0);
        rig_serve_ack(MOTE_PUBREC, 3, 0);
        rig_serve_ack(MOTE_PUBREC, 5, 0);
        rig_serve_ack(MOTE_PUBCOMP, 3, 0);
        rig_serve_ack(MOTE_PUBCOMP, 5, 0);
        RIG_EXPECT_PUBLISHED(3, 0);
        RIG_EXPECT_PUBLISHED(5, 0);
        CHECK(mote_session_is_idle(&rig.session) || rig_sent());
    }
}

/* A new session of the server's knows nothing of them.
 * [MQTT3-3.1.2-6] [MQTT5-3.1.2-4] [MQTT5-3.2.2-5] */
static void resend_as_new(void)
{
    static const enum mote_mqtt_version with_flag[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

    for (size_t i = 0; i < 4; i++) {
        bool keeps = i < 2;
        leave_six(with_flag[i % 2], keeps);
        rig_reconnect(false);
        CHECK_EQUAL(rig.event.session_lost, keeps);
        RIG_EXPECT_SENT_PUBLISH(1, false, "one");
        RIG_EXPECT_SENT_PUBLISH(2, false, "two");
        RIG_EXPECT_SENT_PUBLISH(3, false, "three");
        RIG_EXPECT_SENT_PUBLISH(5, false, "five");
        RIG_EXPECT_SENT_PUBLISH(6, false, "six");
        RIG_EXPECT_NONE_SENT();
        rig_serve_ack(MOTE_PUBREC, 2, 0);
        rig_serve_ack(MOTE_PUBCOMP, 2, 0);
        RIG_EXPECT_PUBLISHED(2, 0);
    }
}

/* What was only handed in, or is only half out, has not been sent before; what is out as a whole has. */
static void resend_what_was_cut_short(void)
{
    for (size_t cut = 0; cut <= 24; cut++) {
        rig_up(MOTE_MQTT_3_1_1);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", NULL), MOTE_OK);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "two", NULL), MOTE_OK);
        struct mote_text output = mote_session_output(&rig.session);
        CHECK_EQUAL(output.length, 24 + 4);
        mote_session_sent(&rig.session, cut, rig.now_ms);
        rig_reconnect(true);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_TEXT(rig.packet.message.payload, "one");
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_TEXT(rig.packet.message.payload, "two");
        RIG_EXPECT_NONE_SENT();
    }
}

/* A PUBREC that has come must never lead back to a PUBLISH, even if the PUBREL did not get out. [MQTT-4.3.3-6]
 * [MQTT5-4.3.3-4] [MQTT5-4.3.3-6] */
static void resend_pubrel_that_did_not_get_out(void)
{
    rig_up(MOTE_MQTT_5);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "x");
    rig.output_held = true;
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT_NOTHING();
    rig.output_held = false;
    rig_reconnect(true);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_NONE_SENT();
}

/* New publications keep behind those that wait to be sent again. */
static void resend_before_what_is_new(void)
{
    rig_up(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "old", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "old");
    mote_session_closed(&rig.session);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "offline", NULL), MOTE_OK);
    rig_open();
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "early", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "zero", NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_CONNECT);
    RIG_EXPECT_SENT_PUBLISH(0, false, "zero");
    RIG_EXPECT_NONE_SENT();
    rig_serve_connack(true, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "new", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, true, "old");
    RIG_EXPECT_SENT_PUBLISH(2, false, "offline");
    RIG_EXPECT_SENT_PUBLISH(3, false, "early");
    RIG_EXPECT_SENT_PUBLISH(4, false, "new");
    RIG_EXPECT_NONE_SENT();
}

/* Sent along with the CONNECT they are part of the server's new session. */
static void resend_not_what_was_early(void)
{
    rig_up(MOTE_MQTT_3_1_1);
    mote_session_closed(&rig.session);
    rig_open();
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "early", NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_CONNECT);
    RIG_EXPECT_SENT_PUBLISH(1, false, "early");
    rig_serve_connack(false, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    CHECK(rig.event.session_lost);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
}

/* A server that acknowledges what has not been sent again yet is taken at its word. */
static void resend_not_what_is_acknowledged(void)
{
    const struct mote_property one = {.id = MOTE_RECEIVE_MAXIMUM, .number = 1};

    leave_six(MOTE_MQTT_5, true);
    mote_session_closed(&rig.session);
    rig_connect_with(true, &one, 1);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, 0); /* counts already, so that no PUBLISH may go */
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT_PUBLISHED(1, 0);
    rig_serve_ack(MOTE_PUBREC, 3, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 3, 0);
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBCOMP, 3, 0);
    rig_serve_ack(MOTE_PUBCOMP, 2, 0);
    RIG_EXPECT_PUBLISHED(3, 0);
    RIG_EXPECT_PUBLISHED(2, 0);
    RIG_EXPECT_SENT_PUBLISH(5, true, "five");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBREC, 5, 0);
    rig_serve_ack(MOTE_PUBCOMP, 5, 0);
    RIG_EXPECT_PUBLISHED(5, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 5, 0);
    RIG_EXPECT_SENT_PUBLISH(6, true, "six");
}

/* --- Flow control --- */

/* [MQTT5-3.3.4-7] [MQTT5-4.9.0-2] */
static void quota_of_one(void)
{
    rig_up_with(MOTE_RECEIVE_MAXIMUM, 1);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "a", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "b", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "c", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "zero", NULL), MOTE_OK); /* is not counted */
    RIG_EXPECT_SENT_PUBLISH(1, false, "a");
    RIG_EXPECT_SENT_PUBLISH(0, false, "zero");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBCOMP, 1, 0);
    RIG_EXPECT_PUBLISHED(1, 0);
    RIG_EXPECT_SENT_PUBLISH(2, false, "b");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 2, 0x97);
    RIG_EXPECT_PUBLISHED(2, 0x97);
    RIG_EXPECT_SENT_PUBLISH(3, false, "c");
    rig_serve_ack(MOTE_PUBREC, 3, 0x80); /* ends the exchange */
    RIG_EXPECT_PUBLISHED(3, 0x80);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "d", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(4, false, "d");
}

/* [MQTT5-3.3.4-7] [MQTT5-4.9.0-2] */
static void quota_is_used_up(void)
{
    rig_up_with(MOTE_RECEIVE_MAXIMUM, 5);
    for (int i = 0; i < 12; i++)
        CHECK_EQUAL(rig_publish(i % 2 == 0 ? MOTE_QOS_1 : MOTE_QOS_2, "x", NULL), MOTE_OK);
    for (uint16_t id = 1; id <= 5; id++)
        RIG_EXPECT_SENT_PUBLISH(id, false, "x");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 5, 0);
    RIG_EXPECT_PUBLISHED(5, 0);
    RIG_EXPECT_SENT_PUBLISH(6, false, "x");
    RIG_EXPECT_NONE_SENT();
    rig_reconnect(true); /* now without a limit */
    for (uint16_t id = 1; id <= 12; id++) {
        if (id == 5)
            continue;
        RIG_EXPECT_SENT_PUBLISH(id, id <= 6, "x");
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"resend_in_order", resend_in_order},
        {"resend_as_new", resend_as_new},
        {"resend_what_was_cut_short", resend_what_was_cut_short},
        {"resend_pubrel_that_did_not_get_out", resend_pubrel_that_did_not_get_out},
        {"resend_before_what_is_new", resend_before_what_is_new},
        {"resend_not_what_was_early", resend_not_what_was_early},
        {"resend_not_what_is_acknowledged", resend_not_what_is_acknowledged},
        {"quota_of_one", quota_of_one},
        {"quota_is_used_up", quota_is_used_up},
    };

    return check_main("unit/session_resume", cases, sizeof cases / sizeof cases[0], argc, argv);
}
