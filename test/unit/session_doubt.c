/* A CONNECT that gets no answer may have begun a new session at the server, which then says at the next one that it is present.
 * Its identifiers mean other messages than those that the old session has left here. What is sent for the first time is
 * told by its DUP flag [MQTT3-3.3.1-1] [MQTT5-3.3.1-1]; but only there, since what is taken is never taken again otherwise. */
#include "session_rig.h"

static void serve(enum mote_qos qos, uint16_t packet_id, bool duplicate, const char *payload)
{
    struct mote_message message = {.topic = MOTE_TEXT("t/in"),
                                   .payload = mote_text(payload),
                                   .qos = qos,
                                   .packet_id = packet_id,
                                   .duplicate = duplicate};

    rig_serve_message(&message);
}

static void expect_taken(uint16_t packet_id, bool duplicate)
{
    serve(MOTE_QOS_2, packet_id, duplicate, "new");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_TEXT(rig.event.message.payload, "new");
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, packet_id, 0);
}

static void expect_taken_already(uint16_t packet_id, bool duplicate)
{
    serve(MOTE_QOS_2, packet_id, duplicate, "old");
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, packet_id, 0);
}

static void release(uint16_t packet_id)
{
    rig_serve_ack(MOTE_PUBREL, packet_id, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, packet_id, 0);
}

/* Messages 3 and 4 are taken and not released; then a CONNECT is out, and the connection ends. */
static void begin_in_doubt(enum mote_mqtt_version version)
{
    rig_up(version);
    expect_taken(3, false);
    expect_taken(4, false);
    mote_session_closed(&rig.session);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig_reconnect(true);
}

static void a_new_message_of_a_new_session_is_taken(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        begin_in_doubt(rig_versions[i]);
        expect_taken(3, false);
        expect_taken_already(3, true);
        release(3);
        CHECK_EQUAL(rig.session.received_used, 1);
    }
}

static void what_is_sent_again_is_not(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        begin_in_doubt(rig_versions[i]);
        expect_taken_already(3, true);
        expect_taken_already(4, true);
        release(3);
        release(4);
    }
}

/* [MQTT5-4.3.3-10] */
static void without_doubt_the_flag_does_not_count(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_up(rig_versions[i]);
        expect_taken(3, false);
        rig_reconnect(true);
        expect_taken_already(3, false);
        expect_taken_already(3, true);
    }
}

static void doubt_ends_when_all_are_released(void)
{
    begin_in_doubt(MOTE_MQTT_3_1_1);
    release(3);
    release(4);
    expect_taken(3, false);
    expect_taken_already(3, false);
    rig_reconnect(true);
    expect_taken_already(3, false);
}

/* Nobody releases what is left of an older session. */
static void doubt_stays_as_long_as_an_old_one(void)
{
    begin_in_doubt(MOTE_MQTT_3_1_1);
    for (uint16_t id = 5; id < 100; id++) {
        expect_taken(id, false);
        release(id);
    }
    expect_taken(4, false);
}

static void doubt_outlasts_a_connection_that_settles_nothing(void)
{
    begin_in_doubt(MOTE_MQTT_3_1_1);
    rig_reconnect(true);
    expect_taken(4, false);
}

static void a_session_that_is_told_to_be_lost_leaves_none(void)
{
    begin_in_doubt(MOTE_MQTT_3_1_1);
    rig_reconnect(false);
    expect_taken(3, false);
    expect_taken_already(3, false);
}

/* A server that refuses has begun none. */
static void a_refusal_raises_no_doubt(void)
{
    rig_up(MOTE_MQTT_3_1_1);
    expect_taken(3, false);
    mote_session_closed(&rig.session);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig_serve_connack(false, 3, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_REFUSED);
    rig_reconnect(true);
    expect_taken_already(3, false);
}

/* Whoever begins anew with what it had kept cannot know what was sent since. */
static void what_is_restored_is_in_doubt(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(rig_init(), MOTE_OK);
    CHECK(mote_session_restore_received(&rig.session, 3));
    CHECK(mote_session_restore_received(&rig.session, 4));
    rig_connect(true);
    expect_taken(3, false);
    expect_taken_already(4, true);
}

static void restored_ones_leave_the_receive_maximum_whole(void)
{
    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_init(), MOTE_OK);
    for (uint16_t id = 1; id <= RIG_RECEIVED; id++)
        CHECK(mote_session_restore_received(&rig.session, id));
    rig_connect(true);
    serve(MOTE_QOS_1, 100, false, "one");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
}

/* All places are taken by what nobody will release: it must not be the end of each connection. */
static void old_ones_do_not_stand_in_the_way(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_up(rig_versions[i]);
        for (uint16_t id = 1; id <= RIG_RECEIVED; id++)
            expect_taken(id, false);
        mote_session_closed(&rig.session);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        rig_reconnect(true);
        expect_taken(100, false);
        expect_taken_already(100, false);
    }
}

/* One that the caller refuses is not one of the old: they stay in doubt. */
static void a_refused_one_settles_nothing(void)
{
    begin_in_doubt(MOTE_MQTT_5);
    release(3);
    serve(MOTE_QOS_2, 9, false, "no");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(mote_session_acknowledge(&rig.session, 0x83, NULL), MOTE_OK);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 9, 0x83);
    expect_taken(4, false);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-new-message-of-a-new-session-is-taken", a_new_message_of_a_new_session_is_taken},
        {"what-is-sent-again-is-not", what_is_sent_again_is_not},
        {"without-doubt-the-flag-does-not-count", without_doubt_the_flag_does_not_count},
        {"doubt-ends-when-all-are-released", doubt_ends_when_all_are_released},
        {"doubt-stays-as-long-as-an-old-one", doubt_stays_as_long_as_an_old_one},
        {"doubt-outlasts-a-connection-that-settles-nothing", doubt_outlasts_a_connection_that_settles_nothing},
        {"a-session-that-is-told-to-be-lost-leaves-none", a_session_that_is_told_to_be_lost_leaves_none},
        {"a-refusal-raises-no-doubt", a_refusal_raises_no_doubt},
        {"what-is-restored-is-in-doubt", what_is_restored_is_in_doubt},
        {"restored-ones-leave-the-receive-maximum-whole", restored_ones_leave_the_receive_maximum_whole},
        {"old-ones-do-not-stand-in-the-way", old_ones_do_not_stand_in_the_way},
        {"a-refused-one-settles-nothing", a_refused_one_settles_nothing},
    };

    return check_main("unit/session_doubt", cases, sizeof cases / sizeof cases[0], argc, argv);
}
