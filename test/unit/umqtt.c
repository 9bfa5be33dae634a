/* The client behind umqtt's names (python/micropython/): its connection. Where a case of a program umqtt* is named "limit-N", it is one
 * of the things that umqtt.simple is known to get wrong: docs/MICROPYTHON.md has the list. */
#include "umqtt_rig.h"

static void connected_strictly(void)
{
    begin();
    rig.client.strict = true;
    CHECK_EQUAL(connect(true), MOTE_OK);
}

/* --- Coming and going --- */

static void says_what_the_broker_has_kept(void)
{
    begin();
    fake.session_present = true;
    CHECK_EQUAL(connect(false), MOTE_OK);
    fake_expect("CONNECT me keep-alive 0 ");
    CHECK(rig.client.session_present);
    CHECK_EQUAL(connect(true), MOTE_OK);
    fake_expect("DISCONNECT");
    fake_expect("CONNECT me clean");
    CHECK(!rig.client.session_present);
}

static void a_refusal_is_told_by_its_code_and_is_final(void)
{
    for (uint8_t code = 1; code <= 5; code++) {
        begin();
        fake.connack = code;
        CHECK(connect(true) != MOTE_OK);
        CHECK_EQUAL(rig.client.refusal, code);
        CHECK_EQUAL(rig.client.state, MOTE_UMQTT_STOPPED);
        pass_ms(100000);
        CHECK_EQUAL(fake_count("dial"), 1);
        CHECK(mote_umqtt_turn(&rig.client) != MOTE_OK);
    }
}

static void a_broker_that_is_not_there_is_told_at_once(void)
{
    begin();
    broker_goes();
    CHECK_EQUAL(connect(true), MOTE_TCP_REFUSED);
    CHECK_EQUAL(rig.client.refusal, 0);
    fake.dial = FAKE_IS_SILENT;
    fake.dial_reason = MOTE_DNS_TIMEOUT;
    CHECK_EQUAL(mote_umqtt_connect(&rig.client, true, 5000), MOTE_DNS_TIMEOUT);
    CHECK_EQUAL(fake.now_ms, 6000);
    broker_returns();
    fake.says_nothing = true;
    CHECK_EQUAL(mote_umqtt_connect(&rig.client, true, 5000), MOTE_TCP_TIMEOUT);
    CHECK_EQUAL(fake.now_ms, 11000);
    CHECK_EQUAL(fake.link->state, MOTE_LINK_CLOSED);
}

/* 5: password alone is dropped, a user alone is an exception. Before MQTT 5 a password alone is not legal. */
static void limit_5_a_user_needs_no_password(void)
{
    begin();
    rig.client.config.has_username = true;
    rig.client.config.username = MOTE_TEXT("joe");
    CHECK_EQUAL(connect(true), MOTE_OK);
    fake_expect("CONNECT me clean keep-alive 0 user joe password  will");
    begin();
    rig.client.config.has_password = true;
    CHECK_EQUAL(connect(true), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_umqtt_deadline(&rig.client), MOTE_NEVER);
}

/* 19: calls after disconnect() fail on a closed socket. */
static void limit_19_after_disconnect_it_can_connect_again(void)
{
    connected();
    mote_umqtt_disconnect(&rig.client);
    fake_expect("DISCONNECT");
    fake_expect("hang up");
    mote_umqtt_disconnect(&rig.client);
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_umqtt_ping(&rig.client), MOTE_TCP_RESET);
    CHECK_EQUAL(publish("x", MOTE_QOS_0), MOTE_TCP_RESET);
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_TCP_RESET);
    CHECK_EQUAL(subscribe("t", MOTE_QOS_0), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_umqtt_unsubscribe(&rig.client, MOTE_TEXT("t"), NULL), MOTE_TCP_RESET);
    CHECK_EQUAL(connect(true), MOTE_OK);
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_OK);
}

static void a_goodbye_waits_for_room_but_not_for_ever(void)
{
    connected();
    fake.room = 0;
    mote_umqtt_disconnect(&rig.client);
    CHECK_EQUAL(fake.now_ms, 2000);
    CHECK_EQUAL(fake.link->state, MOTE_LINK_CLOSED);
}

/* --- Keeping the connection --- */

static void limit_6_keep_alive_is_kept_while_waiting(void)
{
    begin();
    rig.client.config.keep_alive_s = 40;
    CHECK_EQUAL(connect(true), MOTE_OK);
    pass_ms(200000);
    CHECK(fake_count("PINGREQ") >= 4);
    CHECK_EQUAL(fake_count("dial"), 1);
}

/* 6: nobody asks a dead peer for its PINGRESP, so block 8 of the seed waits for ever. */
static void limit_6_a_silent_broker_is_found_out(void)
{
    connected();
    pass_ms(59000);
    CHECK_EQUAL(fake_count("PINGREQ"), 0);
    pass_ms(2000);
    CHECK_EQUAL(fake_count("PINGREQ"), 1);
    CHECK_EQUAL(fake_count("dial"), 1);
    fake.says_nothing = true;
    pass_ms(80000);
    CHECK(fake_count("dial") > 1);
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
    CHECK_EQUAL(rig.client.reason, MOTE_MQTT_NO_PINGRESP);
}

/* An answer that lies there already has not come too late, however long the program was busy. */
static void a_program_that_sleeps_long_keeps_its_connection(void)
{
    connected();
    for (int hours = 0; hours < 5; hours++) {
        fake.now_ms += 3600000;
        CHECK_EQUAL(publish("still here", MOTE_QOS_0), MOTE_OK);
    }
    CHECK_EQUAL(fake_count("dial"), 1);
}

static void ping_sends_and_does_not_wait(void)
{
    unsigned waits;

    connected();
    waits = fake.waits;
    CHECK_EQUAL(mote_umqtt_ping(&rig.client), MOTE_OK);
    fake_expect("PINGREQ");
    CHECK_EQUAL(fake.waits, waits);
    fake_cut();
    CHECK_EQUAL(mote_umqtt_ping(&rig.client), MOTE_OK); /* while it connects again: nothing to ask */
    CHECK_EQUAL(fake_count("PINGREQ"), 1);
}

/* --- Losing it --- */

/* Also 10: an end within a packet is an IndexError. */
static void limit_12_it_connects_and_subscribes_again(void)
{
    connected();
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(subscribe("door", MOTE_QOS_0), MOTE_OK);
    SERVE("\x30\x7F\x00");
    fake_cut();
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
    CHECK_EQUAL(rig.client.state, MOTE_UMQTT_WAITING);
    CHECK_EQUAL(rig.client.reason, MOTE_TCP_RESET);
    fake_forget();
    pass_ms(5000);
    fake_expect("dial");
    fake_expect("CONNECT me clean");
    fake_expect("SUBSCRIBE lamp:1");
    fake_expect("SUBSCRIBE door:0");
    fake_publish("lamp", "on", MOTE_QOS_0, false);
    settle();
    CHECK_TEXT(mote_text(rig.got), "lamp=on ");
}

static void a_session_that_is_present_needs_no_subscribing(void)
{
    begin();
    CHECK_EQUAL(connect(false), MOTE_OK);
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_1), MOTE_OK);
    fake.session_present = true;
    fake_cut();
    fake_forget();
    pass_ms(5000);
    fake_expect("CONNECT me keep-alive");
    CHECK_EQUAL(fake_count("SUBSCRIBE"), 0);
    fake.session_present = false;
    fake_cut();
    pass_ms(5000);
    CHECK_EQUAL(fake_count("SUBSCRIBE lamp:1"), 1);
}

static void attempts_are_spread_and_never_more_than_one_a_second(void)
{
    connected();
    broker_goes();
    fake_cut();
    pass_ms(600000);
    CHECK(fake_count("dial") > 20);
    for (unsigned i = 1, last = 0; i < fake.line_count; i++) {
        if (strncmp(fake.lines[i], "dial", 4) != 0)
            continue;
        CHECK(fake.time_of[i] - fake.time_of[last] >= 1000);
        CHECK(fake.time_of[i] - fake.time_of[last] <= 30000);
        last = i;
    }
    CHECK_EQUAL(rig.client.reason, MOTE_TCP_REFUSED);
    broker_returns();
    pass_ms(31000);
    CHECK_EQUAL(rig.client.state, MOTE_UMQTT_CONNECTED);
    CHECK_EQUAL(rig.client.reason, MOTE_OK);
}

/* How long after a cut it tries again, with the longest draw that there is. */
static uint64_t retry_ms_after_cut(void)
{
    uint64_t cut_ms = fake.now_ms;

    fake_cut();
    fake_forget();
    pass_ms(40000);
    return fake.time_of[fake_expect("dial")] - cut_ms;
}

/* Two boards with one name, or a broker that throws this one out at once, are no reason to hurry. */
static void only_a_session_that_has_held_ends_a_row_of_failures(void)
{
    connected();
    fake.random_is_fixed = true;
    fake.random = UINT32_MAX;
    broker_goes();
    fake_cut();
    pass_ms(200000);
    broker_returns();
    while (rig.client.state != MOTE_UMQTT_CONNECTED)
        pass_ms(100);
    CHECK(retry_ms_after_cut() > 20000);
    pass_ms(40000);
    CHECK_EQUAL(retry_ms_after_cut(), 2000);
}

static void a_refusal_on_the_way_back_is_tried_again(void)
{
    connected();
    fake.connack = 5;
    fake_cut();
    pass_ms(10000);
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
    CHECK_EQUAL(rig.client.reason, MOTE_MQTT_NOT_AUTHORIZED);
    fake.connack = 0;
    pass_ms(30000);
    CHECK_EQUAL(rig.client.state, MOTE_UMQTT_CONNECTED);
}

static void bring_back_a_message(void)
{
    fake_publish("lamp", "on", MOTE_QOS_0, false);
}

static void wait_again_once_connected(void)
{
    fake.at_wait = fake_count("SUBSCRIBE") == 2 ? bring_back_a_message : wait_again_once_connected;
    fake.now_ms += 100;
}

static void cut_and_wait(void)
{
    fake_cut();
    fake.at_wait = wait_again_once_connected;
}

static void waiting_goes_on_over_a_lost_connection(void)
{
    connected();
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_1), MOTE_OK);
    fake.at_wait = cut_and_wait;
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK_TEXT(mote_text(rig.got), "lamp=on ");
    CHECK_EQUAL(fake_count("dial"), 2);
}

static void strict_leaves_it_lost(void)
{
    connected_strictly();
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_1), MOTE_OK);
    fake.at_wait = fake_cut;
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_TCP_RESET);
    CHECK_EQUAL(publish("x", MOTE_QOS_0), MOTE_TCP_RESET);
    pass_ms(100000);
    CHECK_EQUAL(fake_count("dial"), 1);
    CHECK_EQUAL(connect(true), MOTE_OK);
    settle();
    CHECK_EQUAL(fake_count("SUBSCRIBE"), 1);
}

static void strict_calls_do_not_take_a_loss_for_an_answer(void)
{
    connected_strictly();
    fake.holds_subacks = true;
    fake.at_wait = fake_cut;
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_1), MOTE_TCP_RESET);
    fake.holds_subacks = false;
    CHECK_EQUAL(connect(true), MOTE_OK);
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_1), MOTE_OK);
    fake.holds_subacks = true;
    fake.at_wait = fake_cut;
    CHECK_EQUAL(mote_umqtt_unsubscribe(&rig.client, MOTE_TEXT("lamp"), NULL), MOTE_TCP_RESET);
    CHECK_EQUAL(connect(true), MOTE_OK);
    fake.holds_acks = true;
    fake.at_wait = fake_cut;
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_TCP_RESET);
}

/* 11: protocol errors are assertions, which nobody catches. */
static void limit_11_what_is_not_mqtt_loses_the_connection(void)
{
    connected();
    SERVE("\xFF\xFF");
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
    CHECK_EQUAL(rig.client.reason, MOTE_MQTT_PROTOCOL);
    pass_ms(3000);
    CHECK_EQUAL(fake_count("dial"), 2);
    connected_strictly();
    SERVE("HTTP/1.1 400 Bad Request\r\n\r\n");
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_MQTT_PROTOCOL);
}

/* --- Interrupted --- */

static void stop(void)
{
    fake.stop = true;
}

static void the_port_can_interrupt_every_call(void)
{
    connected();
    fake.at_wait = stop;
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK(rig.client.interrupted);
    fake.stop = false;
    fake.holds_acks = true;
    fake.at_wait = stop;
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_OK);
    CHECK(rig.client.interrupted);
    fake.stop = false;
    fake_publish("a", "1", MOTE_QOS_0, false);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK(!rig.client.interrupted);
    mote_umqtt_disconnect(&rig.client);
    fake.says_nothing = true;
    fake.at_wait = stop;
    CHECK_EQUAL(connect(true), MOTE_OK);
    CHECK(rig.client.interrupted);
    CHECK_EQUAL(rig.client.state, MOTE_UMQTT_STOPPED);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"says-what-the-broker-has-kept", says_what_the_broker_has_kept},
        {"a-refusal-is-told-by-its-code-and-is-final", a_refusal_is_told_by_its_code_and_is_final},
        {"a-broker-that-is-not-there-is-told-at-once", a_broker_that_is_not_there_is_told_at_once},
        {"limit-5-a-user-needs-no-password", limit_5_a_user_needs_no_password},
        {"limit-19-after-disconnect-it-can-connect-again", limit_19_after_disconnect_it_can_connect_again},
        {"a-goodbye-waits-for-room-but-not-for-ever", a_goodbye_waits_for_room_but_not_for_ever},
        {"limit-6-keep-alive-is-kept-while-waiting", limit_6_keep_alive_is_kept_while_waiting},
        {"limit-6-a-silent-broker-is-found-out", limit_6_a_silent_broker_is_found_out},
        {"a-program-that-sleeps-long-keeps-its-connection", a_program_that_sleeps_long_keeps_its_connection},
        {"ping-sends-and-does-not-wait", ping_sends_and_does_not_wait},
        {"limit-12-it-connects-and-subscribes-again", limit_12_it_connects_and_subscribes_again},
        {"a-session-that-is-present-needs-no-subscribing", a_session_that_is_present_needs_no_subscribing},
        {"attempts-are-spread-and-never-more-than-one-a-second", attempts_are_spread_and_never_more_than_one_a_second},
        {"only-a-session-that-has-held-ends-a-row-of-failures", only_a_session_that_has_held_ends_a_row_of_failures},
        {"a-refusal-on-the-way-back-is-tried-again", a_refusal_on_the_way_back_is_tried_again},
        {"waiting-goes-on-over-a-lost-connection", waiting_goes_on_over_a_lost_connection},
        {"strict-leaves-it-lost", strict_leaves_it_lost},
        {"strict-calls-do-not-take-a-loss-for-an-answer", strict_calls_do_not_take_a_loss_for_an_answer},
        {"limit-11-what-is-not-mqtt-loses-the-connection", limit_11_what_is_not_mqtt_loses_the_connection},
        {"the-port-can-interrupt-every-call", the_port_can_interrupt_every_call},
    };

    return check_main("unit/umqtt", cases, sizeof cases / sizeof cases[0], argc, argv);
}
