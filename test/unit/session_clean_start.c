/* A session that goes to another server than before: nothing of what the old one has, and of what this one may still have from an
 * earlier time, is gone on with, and everything that is under way is published anew. */
#include "session_rig.h"

static const enum mote_mqtt_version before_5[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1};

/* One of QoS 1 that is sent, one of QoS 2 that is released, and one of the server's own that is taken. */
static void leave_three(enum mote_mqtt_version version)
{
    rig_begin(version);
    rig.config.keep_session = true;
    rig_start();
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "two", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "one");
    RIG_EXPECT_SENT_PUBLISH(2, false, "two");
    rig_serve_ack(MOTE_PUBREC, 2, 0);
    rig_serve_publish(MOTE_QOS_2, 7, "theirs");
    RIG_EXPECT_MESSAGE("theirs");
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 7, 0);
    mote_session_closed(&rig.session);
}

static void expect_all_as_new(void)
{
    CHECK(!rig.event.session_lost); /* nobody has lost it: it was left */
    RIG_EXPECT_SENT_PUBLISH(1, false, "one");
    RIG_EXPECT_SENT_PUBLISH(2, false, "two");
    RIG_EXPECT_NONE_SENT();
    rig_serve_publish(MOTE_QOS_2, 7, "others");
    RIG_EXPECT_MESSAGE("others");
}

/* Back at the old server, nothing has happened. */
static void expect_all_as_before(void)
{
    rig.config.clean_start = false;
    rig_reconnect(true);
    RIG_EXPECT_SENT_PUBLISH(1, true, "one");
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 2, 0);
    RIG_EXPECT_NONE_SENT();
    rig_serve_again(7, "theirs");
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(rig.session.counters.duplicates, 1);
}

/* [MQTT5-3.1.2-4] */
static void takes_one_connection_in_5(void)
{
    leave_three(MOTE_MQTT_5);
    rig.config.clean_start = true;
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    CHECK(rig.packet.connect.clean_start);
    CHECK_EQUAL(mote_properties_number(&rig.packet.connect.properties, MOTE_SESSION_EXPIRY_INTERVAL, 0), UINT32_MAX);
    RIG_EXPECT_NONE_SENT();
    rig_serve_connack(false, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    expect_all_as_new();

    rig.config.clean_start = false;
    rig_reconnect(true); /* and it is kept there */
    RIG_EXPECT_SENT_PUBLISH(1, true, "one");
}

/* [MQTT5-3.2.2-2] */
static void refuses_a_session_that_was_to_be_new(void)
{
    leave_three(MOTE_MQTT_5);
    rig.config.clean_start = true;
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig_serve_connack(true, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_FAILED);
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_PROTOCOL);
}

static void open_to_clear(enum mote_mqtt_version version)
{
    leave_three(version);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "three", NULL), MOTE_OK);
    rig.config.clean_start = true;
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    CHECK(rig.packet.connect.clean_start);
}

/* What was published into a session that ends with its connection would be forgotten with it. */
static void says_nothing_else_while_it_clears(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("a")};

    for (size_t i = 0; i < 2; i++) {
        open_to_clear(before_5[i]);
        CHECK_EQUAL(rig_publish(MOTE_QOS_0, "now", NULL), MOTE_TCP_RESET);
        CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_TCP_RESET);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "four", NULL), MOTE_OK);
        RIG_EXPECT_NONE_SENT();
        rig_serve_connack(false, 0, NULL, 0);
        RIG_EXPECT(MOTE_EVENT_CLEARED);
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
        RIG_EXPECT_SENT(MOTE_DISCONNECT);
        RIG_EXPECT_NONE_SENT();
        RIG_EXPECT_NOTHING();
    }
}

/* [MQTT3-3.1.2-6] */
static void takes_two_connections_before_5(void)
{
    for (size_t i = 0; i < 2; i++) {
        leave_three(before_5[i]);
        rig.config.clean_start = true;
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        rig_serve_connack(false, 0, NULL, 0);
        RIG_EXPECT(MOTE_EVENT_CLEARED);
        mote_session_closed(&rig.session);
        rig.config.clean_start = false;
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        CHECK(!rig.packet.connect.clean_start);
        rig_serve_connack(false, 0, NULL, 0);
        RIG_EXPECT(MOTE_EVENT_CONNECTED);
        expect_all_as_new();
    }
}

/* A server that does not let it in, or does not answer, has changed nothing. */
static void in_vain_changes_nothing(void)
{
    for (size_t i = 0; i < 2; i++) {
        enum mote_mqtt_version version = i == 0 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5;
        leave_three(version);
        rig.config.clean_start = true;
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        expect_all_as_before();

        leave_three(version);
        rig.config.clean_start = true;
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        rig_serve_connack(false, i == 0 ? 3 : 0x88, NULL, 0);
        RIG_EXPECT(MOTE_EVENT_REFUSED);
        expect_all_as_before();
    }
}

/* Without a session that is kept every start is a clean one. */
static void is_nothing_without_a_kept_session(void)
{
    for (size_t i = 0; i < RIG_VERSIONS; i++) {
        rig_begin(rig_versions[i]);
        rig.config.keep_session = false;
        rig.config.clean_start = true;
        rig_start();
        CHECK(rig.packet.connect.clean_start);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", NULL), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(1, false, "one");
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"takes-one-connection-in-5", takes_one_connection_in_5},
        {"refuses-a-session-that-was-to-be-new", refuses_a_session_that_was_to_be_new},
        {"says-nothing-else-while-it-clears", says_nothing_else_while_it_clears},
        {"takes-two-connections-before-5", takes_two_connections_before_5},
        {"in-vain-changes-nothing", in_vain_changes_nothing},
        {"is-nothing-without-a-kept-session", is_nothing_without_a_kept_session},
    };

    return check_main("unit/session-clean-start", cases, sizeof cases / sizeof cases[0], argc, argv);
}
