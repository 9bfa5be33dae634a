/* Plain packets take a way of their own where there are words: each case is at one of its edges, and holds on both ways. */
#include "session_rig.h"

#define TOPIC MOTE_TEXT("home/lamp/state")

static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

static void serve(struct mote_text topic, enum mote_qos qos, uint16_t packet_id, struct mote_text payload)
{
    rig_serve_message(
        &(struct mote_message){.topic = topic, .payload = payload, .qos = qos, .packet_id = packet_id, .retain = true});
}

static void expect_message(struct mote_text topic, enum mote_qos qos, uint16_t packet_id, size_t size)
{
    const struct mote_message *message = &rig.event.message;

    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(rig.event.packet_id, packet_id);
    CHECK(mote_text_same(message->topic, topic));
    CHECK_EQUAL(message->qos, qos);
    CHECK_EQUAL(message->packet_id, packet_id);
    CHECK_EQUAL(message->payload.length, size);
    CHECK_EQUAL(message->payload_size, size);
    CHECK_EQUAL(message->payload_offset, 0);
    CHECK(message->retain && !message->duplicate && message->source == NULL);
    CHECK_EQUAL(message->properties.encoded.length + message->properties.count, 0);
}

/* Whatever the length, also around the longest that one byte of length tells, and however it is cut. */
static void takes_every_length(void)
{
    static const char payload[200] = "payload";

    for (size_t v = 0; v < 2; v++) {
        for (size_t step = 1; step <= 256; step *= 4) {
            rig_begin(versions[v]);
            rig_start();
            rig.to_client.step = step;
            for (size_t size = 0; size < sizeof payload; size++) {
                serve(TOPIC, MOTE_QOS_0, 0, (struct mote_text){payload, size});
                expect_message(TOPIC, MOTE_QOS_0, 0, size);
                serve(TOPIC, MOTE_QOS_1, (uint16_t)(size + 1), (struct mote_text){payload, size});
                expect_message(TOPIC, MOTE_QOS_1, (uint16_t)(size + 1), size);
                RIG_EXPECT_NOTHING();
                RIG_EXPECT_SENT_ACK(MOTE_PUBACK, size + 1, 0);
            }
        }
    }
}

/* Topics that are legal, but not of the usual letters, and short ones. */
static void takes_every_topic(void)
{
    static const char *const topics[] = {
        "a", "short/7", "eight/88", "$SYS/broker/load", "with blanks in it", "strasse/\xC3\xA4mtlich"};

    for (size_t v = 0; v < 2; v++) {
        rig_begin(versions[v]);
        rig_start();
        for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
            struct mote_message message = {.topic = mote_text(topics[i]), .payload = MOTE_TEXT("x"), .qos = MOTE_QOS_1};
            serve(message.topic, MOTE_QOS_0, 0, message.payload);
            expect_message(message.topic, MOTE_QOS_0, 0, 1);
            CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
            RIG_EXPECT_SENT(MOTE_PUBLISH);
            CHECK_TEXT(rig.packet.message.payload, "x");
            CHECK(mote_text_same(rig.packet.message.topic, message.topic));
        }
    }
}

static void refuses_what_is_wrong(void)
{
    static const struct {
        const char *hex;
        size_t size;
        uint8_t code;
    } cases[] = {
        {"\x38\x0C\x00\x0Ahome/state", 14, 0x81},         /* DUP with QoS 0 */
        {"\x36\x0E\x00\x0Ahome/state\x00\x01", 16, 0x81}, /* QoS 3 */
        {"\x32\x0E\x00\x0Ahome/state\x00\x00", 16, 0x82}, /* packet identifier 0 */
        {"\x30\x0C\x00\x0Ahome/#tate", 14, 0x90},         /* wildcards */
        {"\x30\x0C\x00\x0Ahome/\x00tate", 14, 0x81},      /* U+0000 */
        {"\x30\x0C\x00\x0Bhome/state", 14, 0x81},         /* a topic that points past the end */
        {"\x32\x0D\x00\x0Ahome/state\x00", 15, 0x81},     /* half an identifier */
        {"\x40\x02\x00\x00", 4, 0x82},                    /* PUBACK of none */
        {"\x42\x02\x00\x01", 4, 0x81},                    /* flags of an acknowledgement */
        {"\x60\x02\x00\x01", 4, 0x81},                    /* and of PUBREL */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_begin(MOTE_MQTT_3_1_1);
        rig_start();
        rig_serve(cases[i].hex, cases[i].size);
        RIG_EXPECT(MOTE_EVENT_FAILED);
        CHECK_EQUAL(rig.event.reason_code, cases[i].code);
    }
    rig_begin(MOTE_MQTT_5);
    rig_start();
    RIG_SERVE("\x30\x0C\x00\x0Ahome/state"); /* no length of properties */
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x81);
}

static void takes_properties(void)
{
    struct mote_property format = {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 1};
    struct mote_message message = {
        .topic = TOPIC, .payload = MOTE_TEXT("x"), .properties = {.items = &format, .count = 1}};

    rig_begin(MOTE_MQTT_5);
    rig_start();
    rig_serve_message(&message);
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(mote_properties_number(&rig.event.message.properties, MOTE_PAYLOAD_FORMAT_INDICATOR, 0), 1);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.properties.encoded.length, 2);
}

static void keeps_to_the_limits(void)
{
    rig_begin(MOTE_MQTT_5);
    rig.config.packet_size_max = 30;
    rig.config.received_count = 1;
    rig_start();
    serve(TOPIC, MOTE_QOS_0, 0, MOTE_TEXT("x"));
    expect_message(TOPIC, MOTE_QOS_0, 0, 1);
    serve(TOPIC, MOTE_QOS_0, 0, MOTE_TEXT("more than it wants"));
    RIG_EXPECT(MOTE_EVENT_DROPPED);
    serve(TOPIC, MOTE_QOS_2, 7, MOTE_TEXT("x"));
    expect_message(TOPIC, MOTE_QOS_2, 7, 1);
    RIG_EXPECT_NOTHING();
    serve(TOPIC, MOTE_QOS_1, 8, MOTE_TEXT("x"));
    RIG_EXPECT(MOTE_EVENT_FAILED);
    CHECK_EQUAL(rig.event.reason_code, 0x93);
}

/* Those that are acknowledged in another order than they were published, and the whole ring around. */
static void takes_acknowledgements_in_any_order(void)
{
    struct mote_message message = {.topic = TOPIC, .payload = MOTE_TEXT("0123456789"), .qos = MOTE_QOS_1};
    uint16_t ids[4];

    for (size_t v = 0; v < 2; v++) {
        rig_begin(versions[v]);
        rig.config.store_size = 150;
        rig_start();
        for (unsigned round = 0; round < 40; round++) {
            for (unsigned i = 0; i < 4; i++) {
                message.qos = i == 3 ? MOTE_QOS_2 : MOTE_QOS_1;
                CHECK_EQUAL(mote_session_publish(&rig.session, &message, &ids[i]), MOTE_OK);
                RIG_EXPECT_SENT_PUBLISH(ids[i], false, "0123456789");
            }
            CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_QUOTA);
            for (unsigned i = 0; i < 3; i++) {
                unsigned which = (i + round) % 3;
                rig_serve_ack(MOTE_PUBACK, ids[which], 0);
                RIG_EXPECT(MOTE_EVENT_PUBLISHED);
                CHECK_EQUAL(rig.event.packet_id, ids[which]);
                CHECK_EQUAL(rig.event.reason_code, 0);
            }
            rig_serve_ack(MOTE_PUBREC, ids[3], 0);
            RIG_EXPECT_NOTHING();
            RIG_EXPECT_SENT_ACK(MOTE_PUBREL, ids[3], 0);
            rig_serve_ack(MOTE_PUBCOMP, ids[3], 0);
            RIG_EXPECT(MOTE_EVENT_PUBLISHED);
            CHECK(mote_session_is_idle(&rig.session));
        }
    }
}

/* A PUBACK for QoS 2 is none, whoever is the oldest. */
static void tells_acknowledgements_apart(void)
{
    struct mote_message message = {.topic = TOPIC, .payload = MOTE_TEXT("x"), .qos = MOTE_QOS_2};
    uint16_t id;

    rig_begin(MOTE_MQTT_3_1_1);
    rig_start();
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, &id), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    rig_serve_ack(MOTE_PUBACK, id, 0);
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, 0x82);
}

/* A full output refuses QoS 0 and keeps QoS 1 for later; the server's limits count. */
static void waits_for_room(void)
{
    struct mote_message message = {.topic = TOPIC, .payload = MOTE_TEXT("0123456789")};
    const struct mote_property one = {.id = MOTE_RECEIVE_MAXIMUM, .number = 1};
    unsigned fit = 0;

    rig_begin(MOTE_MQTT_5);
    rig_send_size(128);
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, &one, 1);
    rig.output_held = true;
    while (mote_session_publish(&rig.session, &message, NULL) == MOTE_OK)
        fit++;
    CHECK_EQUAL(fit, 4);
    message.qos = MOTE_QOS_1;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    rig.output_held = false;
    for (unsigned i = 0; i < fit; i++)
        RIG_EXPECT_SENT_PUBLISH(0, false, "0123456789");
    RIG_EXPECT_SENT_PUBLISH(1, false, "0123456789");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    RIG_EXPECT_SENT_PUBLISH(2, false, "0123456789");
}

static void respects_the_server(void)
{
    struct mote_message message = {.topic = TOPIC, .payload = MOTE_TEXT("0123456789"), .qos = MOTE_QOS_2};
    const struct mote_property items[] = {{.id = MOTE_MAXIMUM_QOS, .number = 1},
                                          {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 31}};

    rig_begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, items, 2);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_CONFIG_INVALID);
    message.qos = MOTE_QOS_1;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_MQTT_PACKET_TOO_LARGE);
    message.qos = MOTE_QOS_0;
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(0, false, "0123456789");
}

static size_t read_dots(void *context, uint32_t offset, void *into, size_t size)
{
    (void)context;
    (void)offset;
    memset(into, '.', size);
    return size;
}

/* What comes from a source goes out as it is kept, without an alias. */
static void gives_a_source_no_alias(void)
{
    const struct mote_source source = {read_dots, NULL, 3};
    const struct mote_message message = {.topic = TOPIC, .source = &source, .qos = MOTE_QOS_1};
    const struct mote_property aliases = {.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = 4};

    rig_begin(MOTE_MQTT_5);
    rig_use_aliases();
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, &aliases, 1);
    CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "...");
    CHECK(mote_text_same(rig.packet.message.topic, TOPIC));
    CHECK_EQUAL(rig.packet.message.properties.encoded.length, 0);
}

/* A payload that is being sent goes out to its end before the goodbye, which is not an acknowledgement. */
static void says_goodbye_behind_a_payload(void)
{
    const struct mote_source source = {read_dots, NULL, 3000};
    const struct mote_message message = {.topic = TOPIC, .source = &source};

    for (size_t v = 0; v < 2; v++) {
        rig_begin(versions[v]);
        rig_send_size(128);
        rig_start();
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), MOTE_OK);
        mote_session_close(&rig.session, 0, NULL);
        RIG_EXPECT_SENT(MOTE_PUBLISH);
        CHECK_EQUAL(rig.packet.message.payload.length, 3000);
        RIG_EXPECT_BYTES("e0 00");
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"takes-every-length", takes_every_length},
        {"takes-every-topic", takes_every_topic},
        {"refuses-what-is-wrong", refuses_what_is_wrong},
        {"takes-properties", takes_properties},
        {"keeps-to-the-limits", keeps_to_the_limits},
        {"takes-acknowledgements-in-any-order", takes_acknowledgements_in_any_order},
        {"tells-acknowledgements-apart", tells_acknowledgements_apart},
        {"waits-for-room", waits_for_room},
        {"respects-the-server", respects_the_server},
        {"gives-a-source-no-alias", gives_a_source_no_alias},
        {"says-goodbye-behind-a-payload", says_goodbye_behind_a_payload},
    };

    return check_main("unit/session-plain", cases, sizeof cases / sizeof cases[0], argc, argv);
}
