/* The client behind umqtt's names: subscriptions, messages, and what their callback may do. */
#include "umqtt_rig.h"

/* --- Subscribing --- */

static void a_refused_subscription_is_told_and_forgotten(void)
{
    connected();
    fake.suback = 0x80;
    CHECK_EQUAL(subscribe("secret", MOTE_QOS_0), MOTE_MQTT_NOT_AUTHORIZED);
    CHECK_EQUAL(rig.client.refusal, 0x80);
    fake.suback = 0xFF;
    fake_cut();
    fake_forget();
    pass_ms(5000);
    CHECK_EQUAL(fake_count("CONNECT"), 1);
    CHECK_EQUAL(fake_count("SUBSCRIBE"), 0);
}

static void a_refusal_after_a_reconnect_shows_and_is_asked_again(void)
{
    connected();
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_0), MOTE_OK);
    fake.suback = 0x80;
    fake_cut();
    pass_ms(5000);
    CHECK_EQUAL(rig.client.state, MOTE_UMQTT_CONNECTED);
    CHECK_EQUAL(rig.client.reason, MOTE_MQTT_NOT_AUTHORIZED);
    fake.suback = 0xFF;
    fake_cut();
    pass_ms(5000);
    CHECK_EQUAL(fake_count("SUBSCRIBE"), 3);
    CHECK_EQUAL(rig.client.reason, MOTE_OK);
}

static void what_cannot_be_subscribed_to_is_told_before_it_is_sent(void)
{
    char topic[201] = "";

    memset(topic, 't', 200);
    connected();
    CHECK_EQUAL(subscribe("a/#/b", MOTE_QOS_0), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(subscribe("", MOTE_QOS_0), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(subscribe(topic, MOTE_QOS_0), MOTE_MQTT_PACKET_TOO_LARGE);
    for (int i = 0; i < FILTERS; i++)
        CHECK_EQUAL(subscribe((const char *[]){"a", "b", "c", "d"}[i], MOTE_QOS_0), MOTE_OK);
    CHECK_EQUAL(subscribe("e", MOTE_QOS_0), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(subscribe("a", MOTE_QOS_2), MOTE_OK); /* the same again: another QoS */
    CHECK_EQUAL(mote_umqtt_unsubscribe(&rig.client, MOTE_TEXT("a"), NULL), MOTE_OK);
    CHECK_EQUAL(subscribe("e", MOTE_QOS_0), MOTE_OK);
}

static void an_unanswered_subscription_is_asked_again_in_the_next_connection(void)
{
    connected();
    fake.holds_subacks = true;
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_0), MOTE_TCP_TIMEOUT);
    CHECK_EQUAL(fake.now_ms, 21000);
    fake.holds_subacks = false;
    fake.at_wait = fake_cut;
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_0), MOTE_OK);
}

static void let_subacks_through_and_cut(void)
{
    fake.holds_subacks = false;
    fake_cut();
}

static void a_subscription_is_made_over_a_lost_connection(void)
{
    connected();
    fake.holds_subacks = true;
    fake.at_wait = let_subacks_through_and_cut;
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_0), MOTE_OK);
    CHECK_EQUAL(fake_count("SUBSCRIBE lamp:0"), 2);
}

static void unsubscribed_stays_so_over_a_reconnect(void)
{
    begin();
    fake.session_present = true;
    CHECK_EQUAL(connect(false), MOTE_OK);
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_0), MOTE_OK);
    fake.holds_subacks = true;
    CHECK_EQUAL(mote_umqtt_unsubscribe(&rig.client, MOTE_TEXT("lamp"), NULL), MOTE_TCP_TIMEOUT);
    fake.holds_subacks = false;
    fake_cut();
    fake_forget();
    pass_ms(5000);
    fake_expect("UNSUBSCRIBE lamp"); /* the broker still has it */
    fake.session_present = false;
    fake_cut();
    fake_forget();
    pass_ms(5000);
    CHECK_EQUAL(fake_count("CONNECT"), 1);
    CHECK_EQUAL(fake_count("SUBSCRIBE") + fake_count("UNSUBSCRIBE"), 0);
}

/* --- Listening --- */

static void wait_takes_one_message(void)
{
    connected();
    CHECK_EQUAL(subscribe("#", MOTE_QOS_1), MOTE_OK);
    fake_publish("a", "1", MOTE_QOS_0, false);
    fake_publish("b", "2", MOTE_QOS_1, true);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK_TEXT(mote_text(rig.got), "a=1 ");
    CHECK_EQUAL(rig.client.last_head, 0x30);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK_TEXT(mote_text(rig.got), "a=1 b=2 ");
    CHECK_EQUAL(rig.client.last_head, 0x33);
    fake_expect("PUBACK 1"); /* with that call, not with the next */
}

/* 9: check_msg() takes one packet a call. */
static void limit_9_a_turn_takes_all_that_is_there(void)
{
    connected();
    for (int i = 0; i < 20; i++)
        fake_publish("a", "1", MOTE_QOS_0, false);
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
    CHECK_EQUAL(strlen(rig.got), 20 * strlen("a=1 "));
}

/* 8: check_msg() blocks when only part of a packet has come. */
static void limit_8_a_turn_never_waits(void)
{
    static const char packet[] = "\x30\x05\x00\x01"
                                 "aok";
    unsigned waits;

    connected();
    waits = fake.waits;
    for (size_t i = 0; i < sizeof packet - 1; i++) {
        CHECK_TEXT(mote_text(rig.got), "");
        serve(packet + i, 1);
        CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
    }
    CHECK_TEXT(mote_text(rig.got), "a=ok ");
    CHECK_EQUAL(fake.waits, waits);
    fake.chunk = 1;
    fake_publish("a", "again", MOTE_QOS_0, false);
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
    CHECK_TEXT(mote_text(rig.got), "a=ok a=again ");
    CHECK_EQUAL(fake.waits, waits);
}

/* 14: an incoming message of any size is allocated whole; what is too long for the buffer ends in a mess. */
static void limit_14_what_is_large_comes_in_pieces_or_is_counted(void)
{
    char payload[501] = "", topic[301] = "";

    memset(payload, 'p', 500);
    memset(topic, 't', 300);
    connected();
    fake_publish("a", payload, MOTE_QOS_0, false);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK(strlen(rig.got) > 500);
    rig.got[0] = '\0';
    fake_publish(topic, "x", MOTE_QOS_1, false);
    fake_publish("b", "y", MOTE_QOS_0, false);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK_TEXT(mote_text(rig.got), "b=y ");
    CHECK_EQUAL(rig.client.dropped, 1);
}

/* 1: QoS 2 is an `assert 0`, in both directions. */
static void limit_1_qos_2_both_ways(void)
{
    connected();
    CHECK_EQUAL(publish("once", MOTE_QOS_2), MOTE_OK);
    fake_expect("PUBLISH out once q2");
    fake_expect("PUBREL");
    fake_publish("a", "once", MOTE_QOS_2, false);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    settle();
    fake_expect("PUBREC 1");
    fake_expect("PUBCOMP 1");
    CHECK_TEXT(mote_text(rig.got), "a=once ");
}

/* --- From within the callback --- */

static void subscribe_from_within(void)
{
    CHECK_EQUAL(subscribe("from/within", MOTE_QOS_0), MOTE_OK);
}

static void subscribing_from_within_is_done_afterwards(void)
{
    connected();
    rig.in_callback = subscribe_from_within;
    fake_publish("a", "1", MOTE_QOS_0, false);
    settle();
    CHECK_EQUAL(fake_count("SUBSCRIBE from/within"), 1);
    rig.in_callback = NULL;
    fake_cut();
    pass_ms(5000);
    CHECK_EQUAL(fake_count("SUBSCRIBE from/within"), 2);
}

static void disconnect(void)
{
    mote_umqtt_disconnect(&rig.client);
}

static void disconnecting_from_within_ends_the_waiting(void)
{
    connected();
    rig.in_callback = disconnect;
    fake_publish("a", "1", MOTE_QOS_1, false);
    fake_publish("b", "2", MOTE_QOS_1, false);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    fake_expect("PUBACK 1");
    fake_expect("DISCONNECT");
    CHECK_TEXT(mote_text(rig.got), "a=1 ");
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_TCP_RESET);
    CHECK_EQUAL(fake_count("dial"), 1);
}

static void call_all_others(void)
{
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK_EQUAL(mote_umqtt_connect(&rig.client, true, 1), MOTE_OK);
    CHECK_EQUAL(mote_umqtt_ping(&rig.client), MOTE_OK);
}

static void other_calls_from_within_do_nothing(void)
{
    connected();
    rig.in_callback = call_all_others;
    fake_publish("a", "1", MOTE_QOS_0, false);
    fake_publish("b", "2", MOTE_QOS_0, false);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK_TEXT(mote_text(rig.got), "a=1 ");
    CHECK_EQUAL(fake_count("dial"), 1);
}

/* A callback that fails ends the call; its message is acknowledged, and the next one is not lost. */
static void a_callback_that_fails_ends_the_call(void)
{
    connected();
    rig.refuses_to_go_on = true;
    fake_publish("a", "1", MOTE_QOS_1, false);
    fake_publish("b", "2", MOTE_QOS_1, false);
    CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
    CHECK(rig.client.interrupted);
    CHECK_TEXT(mote_text(rig.got), "a=1 ");
    fake_expect("PUBACK 1");
    rig.refuses_to_go_on = false;
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK(!rig.client.interrupted);
    CHECK_TEXT(mote_text(rig.got), "a=1 b=2 ");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"wait-takes-one-message", wait_takes_one_message},
        {"limit-9-a-turn-takes-all-that-is-there", limit_9_a_turn_takes_all_that_is_there},
        {"limit-8-a-turn-never-waits", limit_8_a_turn_never_waits},
        {"limit-14-what-is-large-comes-in-pieces-or-is-counted", limit_14_what_is_large_comes_in_pieces_or_is_counted},
        {"limit-1-qos-2-both-ways", limit_1_qos_2_both_ways},
        {"a-refused-subscription-is-told-and-forgotten", a_refused_subscription_is_told_and_forgotten},
        {"a-refusal-after-a-reconnect-shows-and-is-asked-again", a_refusal_after_a_reconnect_shows_and_is_asked_again},
        {"what-cannot-be-subscribed-to-is-told-before-it-is-sent",
         what_cannot_be_subscribed_to_is_told_before_it_is_sent},
        {"an-unanswered-subscription-is-asked-again-in-the-next-connection",
         an_unanswered_subscription_is_asked_again_in_the_next_connection},
        {"a-subscription-is-made-over-a-lost-connection", a_subscription_is_made_over_a_lost_connection},
        {"unsubscribed-stays-so-over-a-reconnect", unsubscribed_stays_so_over_a_reconnect},
        {"subscribing-from-within-is-done-afterwards", subscribing_from_within_is_done_afterwards},
        {"disconnecting-from-within-ends-the-waiting", disconnecting_from_within_ends_the_waiting},
        {"other-calls-from-within-do-nothing", other_calls_from_within_do_nothing},
        {"a-callback-that-fails-ends-the-call", a_callback_that_fails_ends_the_call},
    };

    return check_main("unit/umqtt_receive", cases, sizeof cases / sizeof cases[0], argc, argv);
}
