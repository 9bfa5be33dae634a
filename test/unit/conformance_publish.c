/* What the standards ask of a client that publishes, and what they forbid it to send; what a session keeps. */
#include "conformance_rig.h"

/* --- Publishing --- */

/* QoS 0 has neither DUP nor an identifier, whatever the caller says; the others have no DUP at first.
 * [MQTT3-2.3.1-1] [MQTT3-2.3.1-5] [MQTT3-3.3.1-2] [MQTT3-3.3.2-1] [MQTT3-4.3.1-1] [MQTT3-4.3.2-1] [MQTT3-4.3.3-1]
 * [MQTT5-2.2.1-2] [MQTT5-2.2.2-1] [MQTT5-3.3.1-2] [MQTT5-3.3.1-3] [MQTT5-3.3.2-1] [MQTT5-4.3.1-1] [MQTT5-4.3.2-2]
 * [MQTT5-4.3.3-2] */
static void each_qos_is_sent_as_it_is_to_be(void)
{
    static const char *const bytes[2][3] = {
        {"30 05 0003 612f62", "32 07 0003 612f62 0001", "34 07 0003 612f62 0002"},
        {"30 06 0003 612f62 00", "32 08 0003 612f62 0001 00", "34 08 0003 612f62 0002 00"},
    };

    for (size_t i = 0; i < 2; i++) {
        begin(both[i]);
        for (int qos = 0; qos < 3; qos++) {
            const struct mote_message message = {
                .topic = MOTE_TEXT("a/b"), .qos = (enum mote_qos)qos, .duplicate = true, .packet_id = 77};
            CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
            RIG_EXPECT_BYTES(bytes[i][qos]);
        }
    }
}

/* Request and response: what is asked arrives with where to answer, and the answer with what it belongs to. */
static void requests_and_responses_go_both_ways(void)
{
    const struct mote_property items[] = {
        {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 1},
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 60},
        {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("t")},
        {.id = MOTE_RESPONSE_TOPIC, .text = MOTE_TEXT("r")},
        {.id = MOTE_CORRELATION_DATA, .text = MOTE_TEXT("\0\xFF")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("b"), .value = MOTE_TEXT("2")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("1")},
    };
    const struct mote_message question = {
        .topic = MOTE_TEXT("q"), .payload = MOTE_TEXT("?"), .properties = {.items = items, .count = COUNT(items)}};
    struct mote_property found;

    begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_session_publish(&rig.session, &question, NULL), MOTE_OK);
    RIG_EXPECT_BYTES("30 27 0001 71 22 01 01 02 0000003c 03 0001 74 08 0001 72 09 0002 00ff"
                     "26 0001 62 0001 32 26 0001 61 0001 31 3f");
    rig_serve_message(&question);
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    const struct mote_properties *got = &rig.event.message.properties;
    CHECK(mote_properties_find(got, MOTE_RESPONSE_TOPIC, &found));
    struct mote_message answer = {.topic = found.text, .payload = MOTE_TEXT("!")};
    CHECK(mote_properties_find(got, MOTE_CORRELATION_DATA, &found));
    answer.properties = (struct mote_properties){.items = &found, .count = 1};
    CHECK_EQUAL(mote_session_publish(&rig.session, &answer, NULL), MOTE_OK);
    RIG_EXPECT_BYTES("30 0a 0001 72 05 09 0002 00ff 21");
}

/* [MQTT3-1.5.3-1] [MQTT3-1.5.3-2] [MQTT3-3.3.1-4] [MQTT3-3.3.2-2] [MQTT3-4.7.1-1] [MQTT3-4.7.3-1] [MQTT3-4.7.3-2]
 * [MQTT3-4.7.3-3] [MQTT5-3.3.1-4] [MQTT5-3.3.2-2] [MQTT5-4.7.0-1] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT5-4.7.3-3] */
static void wrong_topics_are_not_published_to(void)
{
    static char long_topic[65536];
    const struct mote_text topics[] = {{"", 0},
                                       {"#", 1},
                                       {"+", 1},
                                       {"a/#", 3},
                                       {"a+b", 3},
                                       {"a\0b", 3},
                                       {"\xFF", 1},
                                       {"\xED\xA0\x80", 3},
                                       {"\xC0\xAF", 2},
                                       {"a\xE2\x82", 3},
                                       {long_topic, sizeof long_topic}};

    memset(long_topic, 't', sizeof long_topic);
    for (size_t i = 0; i < 6 * COUNT(topics); i++) {
        const struct mote_message message = {.topic = topics[i / 6], .qos = (enum mote_qos)(i / 2 % 3)};
        begin(both[i % 2]);
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_CONFIG_INVALID);
        RIG_EXPECT_NONE_SENT();
        CHECK(mote_session_is_idle(&rig.session));
    }
    for (size_t i = 0; i < 2; i++) {
        begin(both[i]);
        CHECK_EQUAL(rig_publish((enum mote_qos)3, "x", NULL), MOTE_CONFIG_INVALID);
        RIG_EXPECT_NONE_SENT();
    }
}

/* [MQTT5-1.5.7-1] [MQTT5-3.3.2-8] [MQTT5-3.3.2-13] [MQTT5-3.3.2-14] [MQTT5-3.3.2-19] [MQTT5-3.3.4-6] */
static void wrong_properties_are_not_published(void)
{
    static const struct mote_property wrong[] = {
        {.id = MOTE_TOPIC_ALIAS, .number = 0},
        {.id = MOTE_TOPIC_ALIAS, .number = 1},
        {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 0},
        {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 1},
        {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 2},
        {.id = MOTE_RESPONSE_TOPIC, .text = {"a/+", 3}},
        {.id = MOTE_RESPONSE_TOPIC, .text = {"#", 1}},
        {.id = MOTE_RESPONSE_TOPIC, .text = {"", 0}},
        {.id = MOTE_RESPONSE_TOPIC, .text = {"\xFF", 1}},
        {.id = MOTE_CONTENT_TYPE, .text = {"\xC0\x80", 2}},
        {.id = MOTE_USER_PROPERTY, .text = {"\xFF", 1}, .value = {"v", 1}},
        {.id = MOTE_USER_PROPERTY, .text = {"n", 1}, .value = {"\0", 1}},
        {.id = MOTE_REASON_STRING, .text = {"r", 1}},
        {.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = 1},
        {.id = MOTE_WILL_DELAY_INTERVAL, .number = 1},
        {.id = (enum mote_property_id)0x7F, .number = 1},
    };
    const struct mote_property twice[] = {{.id = MOTE_CONTENT_TYPE}, {.id = MOTE_CONTENT_TYPE}};
    struct mote_message message = {.topic = MOTE_TEXT("t")};

    for (size_t i = 0; i < 3 * COUNT(wrong); i++) {
        begin_with(MOTE_TOPIC_ALIAS_MAXIMUM, 10);
        message.qos = (enum mote_qos)(i % 3);
        message.properties = (struct mote_properties){.items = &wrong[i / 3], .count = 1};
        if (mote_session_publish(&rig.session, &message, NULL) != MOTE_CONFIG_INVALID)
            check_fail(__FILE__, __LINE__, "property %u is published", (unsigned)(i / 3));
        RIG_EXPECT_NONE_SENT();
    }
    begin(MOTE_MQTT_5);
    message.properties = (struct mote_properties){.items = twice, .count = 2};
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_CONFIG_INVALID);
}

/* Once around all identifiers, with three publications and a request open: 0 and theirs are not given to others.
 * [MQTT5-2.2.1-3] [MQTT5-4.3.2-1] [MQTT5-4.3.3-1] */
static void identifiers_in_use_are_not_given_again(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};
    uint16_t open[4], id = 0;
    unsigned given = 0;

    begin(MOTE_MQTT_5);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", &open[0]), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", &open[1]), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, &open[2]), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", &open[3]), MOTE_OK);
    while (rig_sent())
        continue;
    rig_serve_ack(MOTE_PUBREC, open[3], 0); /* in its second half it is in use, too */
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT(MOTE_PUBREL);
    for (; given < 2 * 65531; given++) {
        CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, &id), MOTE_OK);
        CHECK(id != 0);
        for (size_t i = 0; i < 4; i++)
            CHECK(id != open[i]);
        RIG_EXPECT_SENT(MOTE_UNSUBSCRIBE);
        CHECK_EQUAL(rig.packet.request.packet_id, id);
        if (given > 65525 && given < 65535) { /* around the turn publications, too */
            CHECK_EQUAL(rig_publish(MOTE_QOS_2, "y", &id), MOTE_OK);
            for (size_t i = 0; i < 4; i++)
                CHECK(id != open[i]);
            RIG_EXPECT_SENT_PUBLISH(id, false, "y");
        }
        rig_serve_reply(MOTE_UNSUBACK, rig.packet.request.packet_id, MOTE_TEXT("\0"));
        RIG_EXPECT(MOTE_EVENT_UNSUBSCRIBED);
    }
}

/* What the server has refused is over: neither the next connection nor the next session gets it.
 * [MQTT5-4.4.0-2] */
static void what_was_refused_is_not_sent_again(void)
{
    for (unsigned i = 0; i < 4; i++) {
        begin(MOTE_MQTT_5);
        CHECK_EQUAL(rig_publish(i < 2 ? MOTE_QOS_1 : MOTE_QOS_2, "x", NULL), MOTE_OK);
        RIG_EXPECT_SENT_PUBLISH(1, false, "x");
        rig_serve_ack(i < 2 ? MOTE_PUBACK : MOTE_PUBREC, 1, 0x87);
        RIG_EXPECT(MOTE_EVENT_PUBLISHED);
        CHECK_EQUAL(rig.event.reason_code, 0x87);
        RIG_EXPECT_NONE_SENT();
        rig_reconnect(i % 2 == 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_NONE_SENT();
    }
}

/* Once sent it goes on to its end, however long that takes. [MQTT5-4.3.3-7] */
static void what_was_sent_does_not_expire(void)
{
    const struct mote_property second = {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 1};
    const struct mote_message message = {.topic = MOTE_TEXT("t"),
                                         .payload = MOTE_TEXT("x"),
                                         .qos = MOTE_QOS_2,
                                         .properties = {.items = &second, .count = 1}};

    begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "x");
    rig.now_ms += 3600000;
    RIG_EXPECT_NOTHING();
    rig_reconnect(true);
    RIG_EXPECT_SENT_PUBLISH(1, true, "x");
    CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_MESSAGE_EXPIRY_INTERVAL, 0), 1);
    rig.now_ms += 3600000;
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    rig_serve_ack(MOTE_PUBCOMP, 1, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
}

/* With the window full only PUBLISH waits. [MQTT5-3.3.4-8] [MQTT5-4.9.0-3] */
static void a_full_window_holds_back_nothing_else(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};

    begin_with(MOTE_RECEIVE_MAXIMUM, 1);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "first", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "waits", NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "first");
    CHECK_EQUAL(rig_publish(MOTE_QOS_0, "zero", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    rig_serve_publish(MOTE_QOS_1, 10, "in");
    rig_serve_publish(MOTE_QOS_2, 11, "in");
    rig_serve_ack(MOTE_PUBREL, 11, 0);
    rig_serve_ack(MOTE_PUBREC, 1, 0);
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_PUBLISH(0, false, "zero");
    RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
    RIG_EXPECT_SENT(MOTE_UNSUBSCRIBE);
    RIG_EXPECT_SENT(MOTE_PINGREQ);
    RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 10, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 11, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 11, 0);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_NONE_SENT();
    mote_session_close(&rig.session, 0, NULL);
    RIG_EXPECT_SENT(MOTE_DISCONNECT);
}

/* PUBREL and PUBCOMP say what they have to, in as few bytes, so that no server finds them too large.
 * [MQTT3-3.6.1-1] [MQTT5-2.1.3-1] [MQTT5-3.6.1-1] [MQTT5-3.6.2-1] [MQTT5-3.6.2-2] [MQTT5-3.6.2-3] [MQTT5-3.7.2-1]
 * [MQTT5-3.7.2-2] [MQTT5-3.7.2-3] */
static void releases_and_their_answers_are_bare(void)
{
    for (size_t i = 0; i < 2; i++) {
        begin(both[i]);
        CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        rig_serve_ack(MOTE_PUBREC, 1, 0);
        rig_serve_ack(MOTE_PUBREC, 9, 0); /* of nothing */
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_BYTES(i == 0 ? "62 02 0001 62 02 0009" : "62 02 0001 62 03 0009 92");
        rig_serve_publish(MOTE_QOS_2, 7, "y");
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        rig_serve_ack(MOTE_PUBREL, 7, 0);
        rig_serve_ack(MOTE_PUBREL, 8, 0); /* of nothing */
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_BYTES(i == 0 ? "50 02 0007 70 02 0007 70 02 0008" : "50 02 0007 70 02 0007 70 03 0008 92");
    }
}

/* --- Order --- */

/* [MQTT3-4.6.0-2] [MQTT3-4.6.0-3] [MQTT5-4.6.0-2] [MQTT5-4.6.0-3] */
static void messages_are_acknowledged_in_their_order(void)
{
    static const uint16_t ids[] = {500, 3, 65535, 4, 2, 1, 77, 76};

    for (size_t i = 0; i < 2 * 2; i++) {
        enum mote_qos qos = i < 2 ? MOTE_QOS_1 : MOTE_QOS_2;
        begin(both[i % 2]);
        for (size_t k = 0; k < COUNT(ids); k++) {
            rig_serve_publish(MOTE_QOS_0, 0, "between");
            rig_serve_publish(qos, ids[k], "x");
        }
        while (rig_next())
            CHECK_EQUAL(rig.event.type, MOTE_EVENT_MESSAGE);
        for (size_t k = 0; k < COUNT(ids); k++)
            RIG_EXPECT_SENT_ACK(qos == MOTE_QOS_1 ? MOTE_PUBACK : MOTE_PUBREC, ids[k], 0);
        RIG_EXPECT_NONE_SENT();
    }
}

/* In that of the PUBRECs, which need not be that of the publications. [MQTT3-4.6.0-4] [MQTT5-4.6.0-4] */
static void releases_are_in_the_order_of_the_pubrecs(void)
{
    static const uint16_t order[] = {3, 1, 5, 4, 2};

    for (size_t i = 0; i < 2; i++) {
        begin(both[i]);
        for (size_t k = 0; k < COUNT(order); k++)
            CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
        while (rig_sent())
            continue;
        for (size_t k = 0; k < COUNT(order); k++)
            rig_serve_ack(MOTE_PUBREC, order[k], 0);
        RIG_EXPECT_NOTHING();
        for (size_t k = 0; k < COUNT(order); k++)
            RIG_EXPECT_SENT_ACK(MOTE_PUBREL, order[k], 0);
    }
}

/* --- Sessions --- */

/* Days of pings and of messages the other way take nothing from what is open. [MQTT3-4.1.0-1] [MQTT3-4.1.0-2]
 * [MQTT5-4.1.0-1] */
static void a_session_lasts_as_long_as_its_connection(void)
{
    for (size_t i = 0; i < 2; i++) {
        rig_begin(both[i]);
        rig.config.keep_session = false;
        rig.config.keep_alive_s = 60;
        rig_start();
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "one", NULL), MOTE_OK);
        CHECK_EQUAL(rig_publish(MOTE_QOS_2, "two", NULL), MOTE_OK);
        while (rig_sent())
            continue;
        rig_serve_publish(MOTE_QOS_2, 7, "seven");
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 7, 0);
        for (int pings = 0; pings < 5000; pings++) {
            rig.now_ms = mote_session_deadline(&rig.session);
            RIG_EXPECT_NOTHING();
            RIG_EXPECT_SENT(MOTE_PINGREQ);
            RIG_EXPECT_NONE_SENT();
            RIG_SERVE("\xd0\x00");
            RIG_EXPECT(MOTE_EVENT_PONG);
        }
        rig_serve_publish(MOTE_QOS_2, 7, "seven"); /* is known still */
        rig_serve_ack(MOTE_PUBACK, 1, 0);
        RIG_EXPECT(MOTE_EVENT_PUBLISHED);
        rig_serve_ack(MOTE_PUBREC, 2, 0);
        rig_serve_ack(MOTE_PUBCOMP, 2, 0);
        RIG_EXPECT(MOTE_EVENT_PUBLISHED);
        CHECK_EQUAL(rig.event.packet_id, 2);
        CHECK_EQUAL(rig.session.counters.duplicates, 1);
    }
}

/* A clean start forgets what had been received, so that the same identifier is a new message.
 * [MQTT3-3.1.2-6] [MQTT5-3.1.2-4] [MQTT5-3.2.2-5] */
static void a_clean_start_forgets(void)
{
    for (size_t i = 0; i < 2 * 2; i++) {
        rig_begin(both[i % 2]);
        rig.config.keep_session = i < 2; /* or the server has lost it */
        rig_start();
        rig_serve_publish(MOTE_QOS_2, 7, "old");
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        RIG_EXPECT_NOTHING();
        rig_reconnect(false);
        rig_serve_publish(MOTE_QOS_2, 7, "new");
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        CHECK_TEXT(rig.event.message.payload, "new");
        CHECK_EQUAL(rig.session.received_used, 1);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"each-qos-is-sent-as-it-is-to-be", each_qos_is_sent_as_it_is_to_be},
        {"requests-and-responses-go-both-ways", requests_and_responses_go_both_ways},
        {"wrong-topics-are-not-published-to", wrong_topics_are_not_published_to},
        {"wrong-properties-are-not-published", wrong_properties_are_not_published},
        {"identifiers-in-use-are-not-given-again", identifiers_in_use_are_not_given_again},
        {"what-was-refused-is-not-sent-again", what_was_refused_is_not_sent_again},
        {"what-was-sent-does-not-expire", what_was_sent_does_not_expire},
        {"a-full-window-holds-back-nothing-else", a_full_window_holds_back_nothing_else},
        {"releases-and-their-answers-are-bare", releases_and_their_answers_are_bare},
        {"messages-are-acknowledged-in-their-order", messages_are_acknowledged_in_their_order},
        {"releases-are-in-the-order-of-the-pubrecs", releases_are_in_the_order_of_the_pubrecs},
        {"a-session-lasts-as-long-as-its-connection", a_session_lasts_as_long_as_its_connection},
        {"a-clean-start-forgets", a_clean_start_forgets},
    };

    return check_main("unit/conformance_publish", cases, COUNT(cases), argc, argv);
}
