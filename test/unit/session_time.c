/* What the passing of time asks for: keep-alive, answers that do not come. */
#include "session_rig.h"

static const uint64_t starts_ms[] = {0, UINT32_MAX - 10000u, UINT64_C(0x123456789abc)};

static void time_connack_deadline(void)
{
    for (size_t i = 0; i < 3; i++) {
        rig_begin(MOTE_MQTT_5);
        rig.now_ms = starts_ms[i];
        CHECK_EQUAL(rig_init(), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        CHECK_EQUAL(mote_session_deadline(&rig.session), starts_ms[i] + 20000);
        CHECK(!rig_wait_until(starts_ms[i] + 19999));
        CHECK(rig_wait_until(starts_ms[i] + 20000));
        CHECK_EQUAL(rig.event.type, MOTE_EVENT_FAILED);
        CHECK_EQUAL(rig.event.reason, MOTE_TCP_TIMEOUT);
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
        CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
    }
}

static void start_with_keep_alive(uint16_t keep_alive_s, uint64_t now_ms)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.now_ms = now_ms;
    rig.config.keep_alive_s = keep_alive_s;
    rig_start();
}

/* [MQTT3-3.1.2-23] */
static void time_keep_alive(void)
{
    for (size_t i = 0; i < 3; i++) {
        uint64_t start_ms = starts_ms[i];
        start_with_keep_alive(60, start_ms);
        for (int round = 0; round < 5; round++) {
            CHECK(!rig_wait_until(start_ms + 52499));
            RIG_EXPECT_NONE_SENT();
            CHECK(!rig_wait_until(start_ms + 52500));
            RIG_EXPECT_SENT(MOTE_PINGREQ);
            RIG_EXPECT_NONE_SENT();
            RIG_SERVE("\xd0\x00");
            RIG_EXPECT(MOTE_EVENT_PONG);
            RIG_EXPECT_NOTHING();
            start_ms = rig.now_ms;
        }
    }
}

/* Nothing is read: pings go out all the same, one at a time, and none is missed. Reading goes on as if the last were just out. */
static void time_rests(void)
{
    for (size_t i = 0; i < 3; i++) {
        uint64_t now_ms = starts_ms[i];
        start_with_keep_alive(60, now_ms);
        for (int round = 0; round < 5; round++) {
            CHECK_EQUAL(mote_session_rest_deadline(&rig.session), now_ms + 52500);
            mote_session_rest(&rig.session, now_ms + 52499);
            RIG_EXPECT_NONE_SENT();
            rig.now_ms = now_ms += 52500;
            mote_session_rest(&rig.session, now_ms);
            mote_session_rest(&rig.session, now_ms + 600000); /* not sent yet: no second one */
            CHECK_EQUAL(mote_session_rest_deadline(&rig.session), MOTE_NEVER);
            RIG_EXPECT_SENT(MOTE_PINGREQ);
            RIG_EXPECT_NONE_SENT();
        }
        rig.now_ms = now_ms += 40000;
        mote_session_rest(&rig.session, now_ms);
        CHECK(!rig_wait_until(now_ms + 9999));
        CHECK(rig_wait_until(now_ms + 10000));
        CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
    }
    mote_session_closed(&rig.session);
    CHECK_EQUAL(mote_session_rest_deadline(&rig.session), MOTE_NEVER);
    start_with_keep_alive(0, 0);
    CHECK_EQUAL(mote_session_rest_deadline(&rig.session), MOTE_NEVER);
}

/* The time between two packets stays within the keep-alive, down to the shortest. [MQTT-3.1.2-20]
 * [MQTT3-3.1.2-23] */
static void time_keep_alive_is_kept(void)
{
    static const uint16_t keep_alives_s[] = {1, 2, 10, 65535};

    for (size_t i = 0; i < 4; i++) {
        start_with_keep_alive(keep_alives_s[i], UINT32_MAX - 10000u);
        uint64_t last_ms = rig.now_ms;
        for (int pings = 0; pings < 4; pings++) {
            rig.now_ms = mote_session_deadline(&rig.session);
            RIG_EXPECT_NOTHING();
            RIG_EXPECT_SENT(MOTE_PINGREQ);
            CHECK(rig.now_ms > last_ms && rig.now_ms - last_ms < keep_alives_s[i] * UINT64_C(1000));
            CHECK(rig.now_ms - last_ms >= keep_alives_s[i] * UINT64_C(500));
            RIG_SERVE("\xd0\x00");
            RIG_EXPECT(MOTE_EVENT_PONG);
            last_ms = rig.now_ms;
        }
    }
}

static void time_no_keep_alive(void)
{
    start_with_keep_alive(0, 5);
    CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
    CHECK(!rig_wait_until(UINT64_C(1) << 40));
    RIG_EXPECT_NONE_SENT();
}

/* [MQTT5-3.1.2-21] [MQTT5-3.2.2-21] */
static void time_server_keep_alive(void)
{
    const struct mote_property seconds = {.id = MOTE_SERVER_KEEP_ALIVE, .number = 8};

    rig_begin(MOTE_MQTT_5);
    rig.config.keep_alive_s = 60;
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig_connect_with(false, &seconds, 1);
    CHECK_EQUAL(mote_session_deadline(&rig.session), rig.now_ms + 7000);
    rig_reconnect(true);
    CHECK_EQUAL(mote_session_deadline(&rig.session), rig.now_ms + 52500);
}

static void time_no_pingresp(void)
{
    for (size_t i = 0; i < 3; i++) {
        start_with_keep_alive(60, starts_ms[i]);
        CHECK(!rig_wait_until(starts_ms[i] + 52500));
        RIG_EXPECT_SENT(MOTE_PINGREQ);
        CHECK(!rig_wait_until(starts_ms[i] + 62499));
        CHECK(rig_wait_until(starts_ms[i] + 62500));
        CHECK_EQUAL(rig.event.type, MOTE_EVENT_FAILED);
        CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
        RIG_EXPECT_NONE_SENT();
    }
}

/* A publisher of QoS 0 hears nothing: it notices in time all the same that the other end is dead. */
static void time_half_open_publisher(void)
{
    start_with_keep_alive(60, 1000);
    uint64_t start_ms = rig.now_ms;
    bool failed = false;
    while (!failed && rig.now_ms < start_ms + 100000) {
        (void)rig_publish(MOTE_QOS_0, "still here", NULL);
        failed = rig_wait_until(rig.now_ms + 1000);
        rig.to_server.start = rig.to_server.end = 0;
    }
    CHECK(failed);
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
    CHECK(rig.now_ms - start_ms <= 63500);
}

/* The same if the connection takes nothing any more and the output is full. */
static void time_half_open_with_full_output(void)
{
    start_with_keep_alive(60, 1000);
    uint64_t start_ms = rig.now_ms;
    rig.output_held = true;
    while (rig_publish(MOTE_QOS_0, "still here", NULL) == MOTE_OK)
        continue;
    CHECK(rig_wait_until(start_ms + 100000));
    CHECK_EQUAL(rig.event.reason, MOTE_MQTT_NO_PINGRESP);
    CHECK_EQUAL(rig.now_ms - start_ms, 62500);
}

/* The PINGRESP comes behind what is still on its way: as long as that arrives the link is not dead. */
static void time_slow_link(void)
{
    start_with_keep_alive(60, 1000);
    CHECK(!rig_wait_until(53500));
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    for (int i = 0; i < 9; i++)
        rig_serve_publish(MOTE_QOS_0, 0, "123456789");
    RIG_SERVE("\xd0\x00");
    rig.to_client.step = 1;
    int messages = 0;
    while (rig_pipe_size(&rig.to_client) > 0) {
        rig.now_ms += 9000;
        rig_receive_step();
        while (mote_session_next(&rig.session, rig.now_ms, &rig.event)) {
            CHECK(rig.event.type == MOTE_EVENT_MESSAGE || rig.event.type == MOTE_EVENT_PONG);
            messages++;
        }
    }
    CHECK_EQUAL(messages, 10);
}

static void time_ping_on_demand(void)
{
    start_with_keep_alive(0, 1000);
    rig.now_ms += 3600000; /* of which the session has not been told */
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    RIG_EXPECT_NONE_SENT();
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(mote_session_deadline(&rig.session), rig.now_ms + 10000);
    RIG_SERVE("\xd0\x00");
    RIG_EXPECT(MOTE_EVENT_PONG);
    CHECK_EQUAL(mote_session_deadline(&rig.session), MOTE_NEVER);
    RIG_SERVE("\xd0\x00");
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(rig.session.counters.unexpected, 1);
}

/* Sent along with the CONNECT it is answered after the CONNACK, and its time begins there. */
static void time_early_ping(void)
{
    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_init(), MOTE_OK);
    rig_open();
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_CONNECT);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    rig.now_ms += 19000;
    rig_serve_connack(false, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    CHECK(!rig_wait_until(rig.now_ms + 9999));
    RIG_SERVE("\xd0\x00");
    RIG_EXPECT(MOTE_EVENT_PONG);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"time_connack_deadline", time_connack_deadline},
        {"time_keep_alive", time_keep_alive},
        {"time_keep_alive_is_kept", time_keep_alive_is_kept},
        {"time_no_keep_alive", time_no_keep_alive},
        {"time_server_keep_alive", time_server_keep_alive},
        {"time_no_pingresp", time_no_pingresp},
        {"time_half_open_publisher", time_half_open_publisher},
        {"time_half_open_with_full_output", time_half_open_with_full_output},
        {"time_slow_link", time_slow_link},
        {"time_rests", time_rests},
        {"time_ping_on_demand", time_ping_on_demand},
        {"time_early_ping", time_early_ping},
    };

    return check_main("unit/session_time", cases, sizeof cases / sizeof cases[0], argc, argv);
}
