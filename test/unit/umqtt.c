/* The client behind umqtt's names (python/micropython/), on a fake port. Where a case is named "limit-N", it is one of the things that
 * umqtt.simple is known to get wrong: docs/MICROPYTHON.md has the list. */
#include "fake_port.h"

#include "python/micropython/umqtt.h"

enum { FILTERS = 4, BUFFER = 128 };

static struct {
    struct mote_umqtt client;
    struct mote_umqtt_filter filters[FILTERS];
    uint8_t receive[BUFFER];
    uint8_t send[BUFFER];
    uint8_t store[BUFFER];
    struct mote_inflight inflight[4];
    uint16_t received_ids[8];
    char got[1000];        /* "TOPIC=PAYLOAD " of each message or piece */
    unsigned in_callback;  /* what on_message does: */
    bool refuses_to_go_on; /* it returns false */
} rig;

enum { DO_NOTHING, DO_PUBLISH, DO_SUBSCRIBE, DO_DISCONNECT, DO_EVERYTHING_ELSE };

static int owner;

static enum mote_reason publish(const char *payload, enum mote_qos qos)
{
    return mote_umqtt_publish(
        &rig.client, &(struct mote_message){.topic = MOTE_TEXT("out"), .payload = mote_text(payload), .qos = qos},
        &owner);
}

static enum mote_reason subscribe(const char *topic, enum mote_qos qos)
{
    return mote_umqtt_subscribe(&rig.client, mote_text(topic), qos, &owner);
}

static void act(void)
{
    switch (rig.in_callback) {
    case DO_PUBLISH:
        CHECK_EQUAL(publish("from-within", MOTE_QOS_1), MOTE_OK);
        break;
    case DO_SUBSCRIBE:
        CHECK_EQUAL(subscribe("from/within", MOTE_QOS_0), MOTE_OK);
        break;
    case DO_DISCONNECT:
        mote_umqtt_disconnect(&rig.client);
        break;
    case DO_EVERYTHING_ELSE:
        CHECK_EQUAL(mote_umqtt_turn(&rig.client), MOTE_OK);
        CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
        CHECK_EQUAL(mote_umqtt_connect(&rig.client, true, 1), MOTE_OK);
        CHECK_EQUAL(mote_umqtt_ping(&rig.client), MOTE_OK);
        break;
    default:
        break;
    }
}

static bool on_message(const struct mote_message *message, void *context)
{
    size_t used = strlen(rig.got);

    CHECK(context == &rig);
    snprintf(rig.got + used, sizeof rig.got - used, "%.*s=%.*s ", (int)message->topic.length, message->topic.data,
             (int)message->payload.length, message->payload.data);
    act();
    return !rig.refuses_to_go_on;
}

static void begin(void)
{
    fake_begin();
    fake.takes_qos_2 = true;
    memset(&rig, 0, sizeof rig);
    rig.client = (struct mote_umqtt){
        .port = &fake.port,
        .config = {.client_id = MOTE_TEXT("me"),
                   .receive_buffer = rig.receive,
                   .receive_size = BUFFER,
                   .send_buffer = rig.send,
                   .send_size = BUFFER,
                   .store = rig.store,
                   .store_size = BUFFER,
                   .inflight = rig.inflight,
                   .inflight_count = 4,
                   .received_ids = rig.received_ids,
                   .received_count = 8},
        .url = {.scheme = MOTE_TEXT("mqtt"), .host = MOTE_TEXT("broker"), .port = 1883},
        .filters = rig.filters,
        .filter_max = FILTERS,
        .timeout_ms = 20000,
        .on_message = on_message,
        .context = &rig,
    };
    mote_umqtt_init(&rig.client);
}

static enum mote_reason connect(bool clean)
{
    return mote_umqtt_connect(&rig.client, clean, 20000);
}

static void connected(void)
{
    begin();
    CHECK_EQUAL(connect(true), MOTE_OK);
}

static void connected_strictly(void)
{
    begin();
    rig.client.strict = true;
    CHECK_EQUAL(connect(true), MOTE_OK);
}

/* Turns, as a program's loop takes them, until nothing happens any more; no time passes. */
static void settle(void)
{
    unsigned lines, turns = 0;
    size_t bytes;

    do {
        lines = fake.line_count;
        bytes = fake.to_node_size;
        mote_umqtt_turn(&rig.client);
        CHECK(turns++ < 1000);
    } while (fake.line_count != lines || fake.to_node_size != bytes);
}

static void pass_ms(uint64_t duration_ms)
{
    uint64_t end_ms = fake.now_ms + duration_ms;

    settle();
    while (mote_umqtt_deadline(&rig.client) < end_ms) {
        uint64_t deadline_ms = mote_umqtt_deadline(&rig.client);

        fake.now_ms = deadline_ms > fake.now_ms ? deadline_ms : fake.now_ms + 1;
        settle();
    }
    fake.now_ms = end_ms;
    settle();
}

static void serve(const char *bytes, size_t size)
{
    memcpy(fake.to_node + fake.to_node_size, bytes, size);
    fake_reply(size);
}

#define SERVE(literal) serve("" literal, sizeof(literal) - 1)

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
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    CHECK_EQUAL(connect(true), MOTE_TCP_REFUSED);
    CHECK_EQUAL(rig.client.refusal, 0);
    fake.dial = FAKE_IS_SILENT;
    fake.dial_reason = MOTE_DNS_TIMEOUT;
    CHECK_EQUAL(mote_umqtt_connect(&rig.client, true, 5000), MOTE_DNS_TIMEOUT);
    CHECK_EQUAL(fake.now_ms, 6000);
    fake.dial = FAKE_ACCEPTS;
    fake.dial_reason = MOTE_OK;
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
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
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
    fake.dial = FAKE_ACCEPTS;
    fake.dial_reason = MOTE_OK;
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
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_cut();
    pass_ms(200000);
    fake.dial = FAKE_ACCEPTS;
    fake.dial_reason = MOTE_OK;
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

static void cut(void)
{
    fake_cut();
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
    fake.at_wait = cut;
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
    fake.at_wait = cut;
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_1), MOTE_TCP_RESET);
    fake.holds_subacks = false;
    CHECK_EQUAL(connect(true), MOTE_OK);
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_1), MOTE_OK);
    fake.holds_subacks = true;
    fake.at_wait = cut;
    CHECK_EQUAL(mote_umqtt_unsubscribe(&rig.client, MOTE_TEXT("lamp"), NULL), MOTE_TCP_RESET);
    CHECK_EQUAL(connect(true), MOTE_OK);
    fake.holds_acks = true;
    fake.at_wait = cut;
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
    fake.at_wait = cut;
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_0), MOTE_OK);
}

static void a_subscription_is_made_over_a_lost_connection(void)
{
    connected();
    fake.holds_subacks = true;
    fake.at_wait = cut;
    fake.dial = FAKE_ACCEPTS;
    CHECK_EQUAL(subscribe("lamp", MOTE_QOS_0), MOTE_TCP_TIMEOUT);
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

/* --- Publishing --- */

/* 2: a packet other than PUBLISH leaves its body unread; and a message in between makes publish() lose count. */
static void send_a_message_and_the_ack(void)
{
    fake_publish("lamp", "on", MOTE_QOS_1, false);
    fake_publish("lamp", "off", MOTE_QOS_2, false);
    fake_acknowledge(MOTE_PUBACK, 1, 0);
}

static void limit_2_a_message_comes_before_the_puback(void)
{
    connected();
    fake.holds_acks = true;
    fake.at_wait = send_a_message_and_the_ack;
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_OK);
    CHECK_TEXT(mote_text(rig.got), "lamp=on lamp=off ");
    fake_acknowledge(MOTE_PUBACK, 1, 0); /* once more, late */
    fake_publish("lamp", "on", MOTE_QOS_0, false);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    CHECK_EQUAL(fake_count("dial"), 1);
}

/* 3: after 65 535 the identifier is 0, and the broker drops the link. */
static void limit_3_packet_identifiers_wrap(void)
{
    connected();
    for (unsigned i = 0; i < 66000; i++) {
        CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_OK);
        fake.waits = 0;
        fake_forget();
    }
    CHECK_EQUAL(rig.client.losses, 0);
}

/* 4: lengths count characters. */
static void limit_4_lengths_are_those_of_utf8(void)
{
    connected();
    CHECK_EQUAL(mote_umqtt_publish(&rig.client,
                                   &(struct mote_message){.topic = MOTE_TEXT("k\xC3\xBC"
                                                                             "che/caf\xC3\xA9"),
                                                          .payload = MOTE_TEXT("\xC3\xA4")},
                                   NULL),
                MOTE_OK);
    fake_expect("PUBLISH k\xC3\xBC"
                "che/caf\xC3\xA9 \xC3\xA4 q0");
}

/* 13: short writes are ignored, and a packet is three to six segments. */
static void make_room(void)
{
    fake.room = 3;
    if (fake_count("PUBLISH") == 0)
        fake.at_wait = make_room;
}

static void limit_13_one_segment_and_short_writes(void)
{
    unsigned segments;

    connected();
    segments = fake.segments;
    CHECK_EQUAL(publish("whole", MOTE_QOS_0), MOTE_OK);
    CHECK_EQUAL(fake.segments, segments + 1);
    fake_forget();
    fake.room = 0;
    make_room();
    CHECK_EQUAL(publish("a longer payload, bit by bit", MOTE_QOS_0), MOTE_OK);
    fake_expect("PUBLISH out a longer payload, bit by bit q0");
}

/* 12: a QoS 1 publication is lost with its connection, and never marked as sent again. */
static void limit_12_a_publication_survives_its_connection(void)
{
    begin();
    CHECK_EQUAL(connect(false), MOTE_OK);
    fake.session_present = true;
    fake.holds_acks = true;
    fake.at_wait = cut;
    rig.client.timeout_ms = 3000;
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_TCP_TIMEOUT);
    fake.holds_acks = false;
    fake_cut();
    pass_ms(5000);
    fake_expect("PUBLISH out x q1 id");
    fake_expect("PUBLISH out x q1 again id");
    settle();
    CHECK(mote_session_is_idle(&rig.client.session));
}

static void let_acks_through_and_cut(void)
{
    fake.holds_acks = false;
    fake_cut();
}

static void qos_1_waits_over_as_many_connections_as_it_takes(void)
{
    connected();
    fake.holds_acks = true;
    fake.at_wait = let_acks_through_and_cut;
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(fake_count("PUBLISH out x q1"), 2);
    fake.at_wait = NULL;
    fake_cut();
    CHECK_EQUAL(publish("y", MOTE_QOS_2), MOTE_OK);
}

static void qos_0_waits_for_the_connection_to_come_back(void)
{
    connected();
    fake_cut();
    CHECK_EQUAL(publish("x", MOTE_QOS_0), MOTE_OK);
    CHECK_EQUAL(fake_count("PUBLISH out x q0"), 1);
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_cut();
    CHECK_EQUAL(publish("y", MOTE_QOS_0), MOTE_TCP_TIMEOUT);
    fake.dial = FAKE_ACCEPTS;
    fake.dial_reason = MOTE_OK;
    pass_ms(60000);
    CHECK_EQUAL(fake_count("PUBLISH out y"), 0);
}

/* A packet that the link has taken half of cannot be taken back. */
static void qos_0_that_is_stuck_gives_the_connection_up(void)
{
    connected();
    fake.room = 3;
    CHECK_EQUAL(publish("x", MOTE_QOS_0), MOTE_TCP_TIMEOUT);
    CHECK_EQUAL(rig.client.state, MOTE_UMQTT_WAITING);
    fake.room = SIZE_MAX;
    CHECK_EQUAL(publish("y", MOTE_QOS_0), MOTE_OK);
    CHECK_EQUAL(fake_count("PUBLISH out x"), 0);
}

static void what_cannot_be_published_is_told(void)
{
    connected();
    CHECK_EQUAL(mote_umqtt_publish(&rig.client, &(struct mote_message){.topic = MOTE_TEXT("a/+")}, NULL),
                MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_umqtt_publish(&rig.client, &(struct mote_message){.topic = MOTE_TEXT("")}, NULL),
                MOTE_CONFIG_INVALID);
    CHECK_EQUAL(fake_count("PUBLISH"), 0);
    CHECK_EQUAL(publish("still connected", MOTE_QOS_1), MOTE_OK);
}

/* 14: outgoing, too: any size, without a copy of it. */
static void limit_14_a_large_payload_goes_out_from_where_it_is(void)
{
    char payload[1001] = "";

    memset(payload, 'p', 1000);
    for (unsigned qos = 0; qos <= 2; qos++) {
        connected();
        CHECK_EQUAL(publish(payload, (enum mote_qos)qos), MOTE_OK);
        CHECK_EQUAL(fake_count("PUBLISH out pppp"), 1);
        CHECK(rig.client.lent_owner == NULL);
    }
}

static void a_large_payload_is_lent_until_it_is_acknowledged(void)
{
    static char payload[1001] = "";

    memset(payload, 'p', 1000);
    begin();
    CHECK_EQUAL(connect(false), MOTE_OK);
    fake.holds_acks = true;
    CHECK_EQUAL(publish(payload, MOTE_QOS_1), MOTE_TCP_TIMEOUT);
    CHECK(rig.client.lent_owner == &owner);
    CHECK_EQUAL(publish(payload, MOTE_QOS_1), MOTE_TCP_TIMEOUT); /* there is only one such place */
    CHECK_EQUAL(fake_count("PUBLISH out pppp"), 1);
    fake.session_present = true;
    fake.holds_acks = false;
    fake_cut();
    CHECK_EQUAL(publish(payload, MOTE_QOS_2), MOTE_OK);
    CHECK_EQUAL(fake_count("PUBLISH out pppp"), 3);
    CHECK(rig.client.lent_owner == NULL);
}

static void take_slowly(void)
{
    fake.room = 100;
    fake.now_ms += 15000;
    if (fake_count("PUBLISH") == 0)
        fake.at_wait = take_slowly;
}

/* However long it takes, as long as it goes on. */
static void a_large_payload_may_take_its_time(void)
{
    char payload[1001] = "";

    memset(payload, 'p', 1000);
    connected();
    fake.room = 0;
    take_slowly();
    CHECK_EQUAL(publish(payload, MOTE_QOS_0), MOTE_OK);
    CHECK(fake.now_ms > 80000);
    CHECK_EQUAL(fake_count("dial"), 1);
}

static void a_refused_publication_is_told(void)
{
    CHECK_NEEDS_MQTT5();
    begin();
    rig.client.config.version = MOTE_MQTT_5;
    CHECK_EQUAL(connect(true), MOTE_OK);
    fake.puback = 0x87;
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_MQTT_NOT_AUTHORIZED);
    CHECK_EQUAL(rig.client.refusal, 0x87);
}

/* --- From within the callback --- */

/* 17: a publication from within the callback recurses into wait_msg(). */
static void limit_17_publishing_from_within_does_not_recurse(void)
{
    connected();
    rig.in_callback = DO_PUBLISH;
    for (int i = 0; i < 4; i++)
        fake_publish("a", "1", MOTE_QOS_0, false);
    settle();
    CHECK_EQUAL(fake_count("PUBLISH out from-within q1"), 4);
    CHECK_EQUAL(strlen(rig.got), 4 * strlen("a=1 "));
}

static void publishing_from_within_leaves_the_outer_publication_alone(void)
{
    connected();
    rig.in_callback = DO_PUBLISH;
    fake.holds_acks = true;
    fake.at_wait = send_a_message_and_the_ack;
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(fake_count("PUBLISH out from-within q1"), 2);
}

static void subscribing_from_within_is_done_afterwards(void)
{
    connected();
    rig.in_callback = DO_SUBSCRIBE;
    fake_publish("a", "1", MOTE_QOS_0, false);
    settle();
    CHECK_EQUAL(fake_count("SUBSCRIBE from/within"), 1);
    rig.in_callback = DO_NOTHING;
    fake_cut();
    pass_ms(5000);
    CHECK_EQUAL(fake_count("SUBSCRIBE from/within"), 2);
}

static void disconnecting_from_within_ends_the_waiting(void)
{
    connected();
    rig.in_callback = DO_DISCONNECT;
    fake_publish("a", "1", MOTE_QOS_1, false);
    fake_publish("b", "2", MOTE_QOS_1, false);
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_OK);
    fake_expect("PUBACK 1");
    fake_expect("DISCONNECT");
    CHECK_TEXT(mote_text(rig.got), "a=1 ");
    CHECK_EQUAL(mote_umqtt_wait(&rig.client), MOTE_TCP_RESET);
    CHECK_EQUAL(fake_count("dial"), 1);
}

static void other_calls_from_within_do_nothing(void)
{
    connected();
    rig.in_callback = DO_EVERYTHING_ELSE;
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
        {"wait-takes-one-message", wait_takes_one_message},
        {"limit-9-a-turn-takes-all-that-is-there", limit_9_a_turn_takes_all_that_is_there},
        {"limit-8-a-turn-never-waits", limit_8_a_turn_never_waits},
        {"limit-14-what-is-large-comes-in-pieces-or-is-counted", limit_14_what_is_large_comes_in_pieces_or_is_counted},
        {"limit-1-qos-2-both-ways", limit_1_qos_2_both_ways},
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
        {"a-refused-subscription-is-told-and-forgotten", a_refused_subscription_is_told_and_forgotten},
        {"a-refusal-after-a-reconnect-shows-and-is-asked-again", a_refusal_after_a_reconnect_shows_and_is_asked_again},
        {"what-cannot-be-subscribed-to-is-told-before-it-is-sent",
         what_cannot_be_subscribed_to_is_told_before_it_is_sent},
        {"an-unanswered-subscription-is-asked-again-in-the-next-connection",
         an_unanswered_subscription_is_asked_again_in_the_next_connection},
        {"a-subscription-is-made-over-a-lost-connection", a_subscription_is_made_over_a_lost_connection},
        {"unsubscribed-stays-so-over-a-reconnect", unsubscribed_stays_so_over_a_reconnect},
        {"limit-2-a-message-comes-before-the-puback", limit_2_a_message_comes_before_the_puback},
        {"limit-3-packet-identifiers-wrap", limit_3_packet_identifiers_wrap},
        {"limit-4-lengths-are-those-of-utf8", limit_4_lengths_are_those_of_utf8},
        {"limit-13-one-segment-and-short-writes", limit_13_one_segment_and_short_writes},
        {"limit-12-a-publication-survives-its-connection", limit_12_a_publication_survives_its_connection},
        {"qos-1-waits-over-as-many-connections-as-it-takes", qos_1_waits_over_as_many_connections_as_it_takes},
        {"qos-0-waits-for-the-connection-to-come-back", qos_0_waits_for_the_connection_to_come_back},
        {"qos-0-that-is-stuck-gives-the-connection-up", qos_0_that_is_stuck_gives_the_connection_up},
        {"what-cannot-be-published-is-told", what_cannot_be_published_is_told},
        {"limit-14-a-large-payload-goes-out-from-where-it-is", limit_14_a_large_payload_goes_out_from_where_it_is},
        {"a-large-payload-is-lent-until-it-is-acknowledged", a_large_payload_is_lent_until_it_is_acknowledged},
        {"a-large-payload-may-take-its-time", a_large_payload_may_take_its_time},
        {"a-refused-publication-is-told", a_refused_publication_is_told},
        {"limit-17-publishing-from-within-does-not-recurse", limit_17_publishing_from_within_does_not_recurse},
        {"publishing-from-within-leaves-the-outer-publication-alone",
         publishing_from_within_leaves_the_outer_publication_alone},
        {"subscribing-from-within-is-done-afterwards", subscribing_from_within_is_done_afterwards},
        {"disconnecting-from-within-ends-the-waiting", disconnecting_from_within_ends_the_waiting},
        {"other-calls-from-within-do-nothing", other_calls_from_within_do_nothing},
        {"a-callback-that-fails-ends-the-call", a_callback_that_fails_ends_the_call},
        {"the-port-can-interrupt-every-call", the_port_can_interrupt_every_call},
    };

    return check_main("unit/umqtt", cases, sizeof cases / sizeof cases[0], argc, argv);
}
