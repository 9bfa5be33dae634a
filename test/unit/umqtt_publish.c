/* The client behind umqtt's names: publications. */
#include "umqtt_rig.h"

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
    fake.at_wait = fake_cut;
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
    broker_goes();
    fake_cut();
    CHECK_EQUAL(publish("y", MOTE_QOS_0), MOTE_TCP_TIMEOUT);
    broker_returns();
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

/* Larger than all buffers. */
static const char *large(void)
{
    static char payload[1001];

    memset(payload, 'p', 1000);
    return payload;
}

/* 14: outgoing, too: any size, without a copy of it. */
static void limit_14_a_large_payload_goes_out_from_where_it_is(void)
{
    for (unsigned qos = 0; qos <= 2; qos++) {
        connected();
        CHECK_EQUAL(publish(large(), (enum mote_qos)qos), MOTE_OK);
        CHECK_EQUAL(fake_count("PUBLISH out pppp"), 1);
        CHECK(rig.client.lent_owner == NULL);
    }
}

static void a_large_payload_is_lent_until_it_is_acknowledged(void)
{
    begin();
    CHECK_EQUAL(connect(false), MOTE_OK);
    fake.holds_acks = true;
    CHECK_EQUAL(publish(large(), MOTE_QOS_1), MOTE_TCP_TIMEOUT);
    CHECK(rig.client.lent_owner == &owner);
    CHECK_EQUAL(publish(large(), MOTE_QOS_1), MOTE_TCP_TIMEOUT); /* there is only one such place */
    CHECK_EQUAL(fake_count("PUBLISH out pppp"), 1);
    fake.session_present = true;
    fake.holds_acks = false;
    fake_cut();
    CHECK_EQUAL(publish(large(), MOTE_QOS_2), MOTE_OK);
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
    connected();
    fake.room = 0;
    take_slowly();
    CHECK_EQUAL(publish(large(), MOTE_QOS_0), MOTE_OK);
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

static void publish_from_within(void)
{
    CHECK_EQUAL(publish("from-within", MOTE_QOS_1), MOTE_OK);
}

/* 17: a publication from within the callback recurses into wait_msg(). */
static void limit_17_publishing_from_within_does_not_recurse(void)
{
    connected();
    rig.in_callback = publish_from_within;
    for (int i = 0; i < 4; i++)
        fake_publish("a", "1", MOTE_QOS_0, false);
    settle();
    CHECK_EQUAL(fake_count("PUBLISH out from-within q1"), 4);
    CHECK_EQUAL(strlen(rig.got), 4 * strlen("a=1 "));
}

static void publishing_from_within_leaves_the_outer_publication_alone(void)
{
    connected();
    rig.in_callback = publish_from_within;
    fake.holds_acks = true;
    fake.at_wait = send_a_message_and_the_ack;
    CHECK_EQUAL(publish("x", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(fake_count("PUBLISH out from-within q1"), 2);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
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
    };

    return check_main("unit/umqtt_publish", cases, sizeof cases / sizeof cases[0], argc, argv);
}
