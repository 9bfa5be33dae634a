/* Every packet type in every state that the broker can have a client in: what it does is in a table. */
#include "broker_rig.h"

enum state {
    FRESH,      /* no CONNECT yet */
    IDLE,       /* connected */
    RECEIVED,   /* its QoS 2 message 5 waits for PUBREL */
    PUBACK_DUE, /* it was sent message 1 with QoS 1 */
    PUBREC_DUE, /* ... with QoS 2 */
    PUBCOMP_DUE,
    STATES
};

/* The packets, by their number in the tables below. */
static const struct packet {
    const char *name;
    const char *bytes_311;
    size_t size_311;
    const char *bytes_5;
    size_t size_5;
} packets[] = {
#define ROW(name, old, new)                                                                                            \
    {                                                                                                                  \
        name, old, sizeof(old) - 1, new, sizeof(new) - 1                                                               \
    }
    ROW("type 0", "\x00\x00", "\x00\x00"),
    ROW("CONNECT", "\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01x",
        "\x10\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01x"),
    ROW("CONNACK", "\x20\x02\x00\x00", "\x20\x03\x00\x00\x00"),
    ROW("PUBLISH 0", "\x30\x04\x00\x01tx", "\x30\x05\x00\x01t\x00x"),
    ROW("PUBLISH 1", "\x32\x06\x00\x01t\x00\x09x", "\x32\x07\x00\x01t\x00\x09\x00x"),
    ROW("PUBLISH 2", "\x34\x06\x00\x01t\x00\x05x", "\x34\x07\x00\x01t\x00\x05\x00x"),
    ROW("PUBACK", "\x40\x02\x00\x01", "\x40\x02\x00\x01"),
    ROW("PUBREC", "\x50\x02\x00\x01", "\x50\x02\x00\x01"),
    ROW("PUBREL", "\x62\x02\x00\x05", "\x62\x02\x00\x05"),
    ROW("PUBCOMP", "\x70\x02\x00\x01", "\x70\x02\x00\x01"),
    ROW("SUBSCRIBE", "\x82\x06\x00\x01\x00\x01u\x00", "\x82\x07\x00\x01\x00\x00\x01u\x00"),
    ROW("SUBACK", "\x90\x03\x00\x01\x00", "\x90\x04\x00\x01\x00\x00"),
    ROW("UNSUBSCRIBE", "\xA2\x05\x00\x01\x00\x01u", "\xA2\x06\x00\x01\x00\x00\x01u"),
    ROW("UNSUBACK", "\xB0\x02\x00\x01", "\xB0\x04\x00\x01\x00\x00"),
    ROW("PINGREQ", "\xC0\x00", "\xC0\x00"),
    ROW("PINGRESP", "\xD0\x00", "\xD0\x00"),
    ROW("DISCONNECT", "\xE0\x00", "\xE0\x00"),
    ROW("AUTH", "\xF0\x00", "\xF0\x00"),
    ROW("PUBLISH 3", "\x36\x06\x00\x01t\x00\x05x", "\x36\x07\x00\x01t\x00\x05\x00x"),
    ROW("PUBREL with wrong flags", "\x60\x02\x00\x05", "\x60\x02\x00\x05"),
};

enum { PACKETS = sizeof packets / sizeof packets[0] };

/* One letter a state: . nothing, C CONNACK, A PUBACK, R PUBREC, L PUBREL, M PUBCOMP, S SUBACK, U UNSUBACK, P
 * PINGRESP; l PUBREL and c PUBCOMP with 0x92; cut off: x without a word, p as a protocol error, m as malformed. */
static const char *const expected[PACKETS] = {
    "xmmmmm", /* type 0 */
    "Cppppp", /* CONNECT */
    "xppppp", /* CONNACK */
    "x.....", /* PUBLISH 0 */
    "xAAAAA", /* PUBLISH 1 */
    "xRRRRR", /* PUBLISH 2 */
    "x...pp", /* PUBACK */
    "xllpLL", /* PUBREC */
    "xcMccc", /* PUBREL */
    "x..pp.", /* PUBCOMP */
    "xSSSSS", /* SUBSCRIBE */
    "xppppp", /* SUBACK */
    "xUUUUU", /* UNSUBSCRIBE */
    "xppppp", /* UNSUBACK */
    "xPPPPP", /* PINGREQ */
    "xppppp", /* PINGRESP */
    "xxxxxx", /* DISCONNECT */
    "xppppp", /* AUTH: in 3.1.1 malformed, which is closed just so */
    "xmmmmm", /* PUBLISH 3 */
    "xmmmmm", /* PUBREL with wrong flags */
};

static void feed(struct rig_client *c, const struct packet *packet)
{
    if (c->version == MOTE_MQTT_5)
        rig_feed(c, packet->bytes_5, packet->size_5);
    else
        rig_feed(c, packet->bytes_311, packet->size_311);
}

static void bring_into(struct rig_client *c, enum state state)
{
    struct rig_client *p = rig_connect(MOTE_MQTT_3_1_1, "publisher");

    if (state == FRESH)
        return;
    rig_send_connect(c, (struct mote_connect){.clean_start = true, .client_id = MOTE_TEXT("me")});
    RIG_EXPECT(c, MOTE_CONNACK);
    if (state == RECEIVED) {
        rig_publish(c, "t", "x", MOTE_QOS_2, false, 5);
        RIG_EXPECT(c, MOTE_PUBREC);
    }
    if (state < PUBACK_DUE)
        return;
    rig_subscribe(c, "in", state == PUBACK_DUE ? MOTE_QOS_1 : MOTE_QOS_2);
    rig_publish(p, "in", "x", MOTE_QOS_2, false, 1);
    RIG_EXPECT(c, MOTE_PUBLISH);
    CHECK_EQUAL(rig.packet.message.packet_id, 1);
    if (state == PUBCOMP_DUE) {
        rig_send_ack(c, MOTE_PUBREC, 1, 0);
        RIG_EXPECT(c, MOTE_PUBREL);
    }
}

static void expect(struct rig_client *c, char letter)
{
    static const char answers[] = {
        [0] = '-',           [MOTE_CONNACK] = 'C',  [MOTE_PUBACK] = 'A',
        [MOTE_PUBREC] = 'R', [MOTE_PUBREL] = 'L',   [MOTE_PUBCOMP] = 'M',
        [MOTE_SUBACK] = 'S', [MOTE_UNSUBACK] = 'U', [MOTE_PINGRESP] = 'P',
        [MOTE_AUTH] = '-',
    };

    switch (letter) {
    case 'x':
        CHECK(c->client == NULL);
        break;
    case 'p':
        rig_expect_cut(c, MOTE_CODE_PROTOCOL_ERROR);
        break;
    case 'm':
        rig_expect_cut(c, MOTE_CODE_MALFORMED_PACKET);
        break;
    case 'l':
        rig_expect_ack(c, MOTE_PUBREL, 1, c->version == MOTE_MQTT_5 ? MOTE_CODE_PACKET_ID_NOT_FOUND : 0);
        break;
    case 'c':
        rig_expect_ack(c, MOTE_PUBCOMP, 5, c->version == MOTE_MQTT_5 ? MOTE_CODE_PACKET_ID_NOT_FOUND : 0);
        break;
    case '.':
        CHECK(c->client != NULL);
        break;
    default:
        CHECK_EQUAL(answers[rig_next(c)], letter);
    }
    RIG_NOTHING(c);
}

static void run(enum mote_mqtt_version version)
{
    for (unsigned i = 0; i < PACKETS; i++) {
        for (unsigned state = 0; state < STATES; state++) {
            char letter = expected[i][state];
            rig_begin();
            rig_start();
            struct rig_client *c = rig_open(version);
            bring_into(c, (enum state)state);
            feed(c, &packets[i]);
            if (version != MOTE_MQTT_5 && (letter == 'p' || letter == 'm'))
                letter = 'x';
            expect(c, letter);
            /* Whatever it was, everybody else goes on. */
            struct rig_client *d = rig_connect(MOTE_MQTT_3_1_1, "other");
            rig_subscribe(d, "d", MOTE_QOS_0);
            rig_publish(d, "d", "x", MOTE_QOS_0, false, 0);
            rig_expect_message(d, "d", "x", MOTE_QOS_0);
            rig_end();
        }
    }
}

static void in_mqtt_3_1_1(void)
{
    run(MOTE_MQTT_3_1_1);
}

static void in_mqtt_5(void)
{
    run(MOTE_MQTT_5);
}

/* Packets of the right type with something wrong in them, and what is said about it. */
static void wrong_inside(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        uint8_t code;
    } rows[] = {
#define WRONG(bytes, code) {bytes, sizeof(bytes) - 1, code}
        WRONG("\x30\x05\x00\x01#\x00x", MOTE_CODE_TOPIC_NAME_INVALID),
        WRONG("\x30\x03\x00\x00\x00", MOTE_CODE_PROTOCOL_ERROR), /* no topic, no alias */
        WRONG("\x30\x05\x00\x01\xFF\x00x", MOTE_CODE_MALFORMED_PACKET),
        WRONG("\x32\x06\x00\x01t\x00\x00\x00", MOTE_CODE_PROTOCOL_ERROR), /* packet identifier 0 */
        WRONG("\x30\x07\x00\x01t\x03\x23\x00\x00", MOTE_CODE_TOPIC_ALIAS_INVALID),
        WRONG("\x30\x06\x00\x01t\x02\x01\x02", MOTE_CODE_PROTOCOL_ERROR), /* payload format 2 */
        WRONG("\x30\x01\x00", MOTE_CODE_MALFORMED_PACKET),
        WRONG("\x40\x02\x00\x00", MOTE_CODE_PROTOCOL_ERROR),
        WRONG("\x40\x01\x00", MOTE_CODE_MALFORMED_PACKET),
        WRONG("\x40\x03\x00\x01\x10", MOTE_CODE_PROTOCOL_ERROR), /* a code that only servers have there */
        WRONG("\x62\x02\x00\x00", MOTE_CODE_PROTOCOL_ERROR),
        WRONG("\x82\x03\x00\x01\x00", MOTE_CODE_PROTOCOL_ERROR), /* no filter */
        WRONG("\x82\x09\x00\x01\x00\x00\x03#/a\x00", MOTE_CODE_TOPIC_FILTER_INVALID),
        WRONG("\x82\x07\x00\x01\x00\x00\x01u\x03", MOTE_CODE_PROTOCOL_ERROR), /* QoS 3 */
        WRONG("\x82\x0F\x00\x01\x00\x00\x09$share//u\x00", MOTE_CODE_TOPIC_FILTER_INVALID),
        WRONG("\x82\x10\x00\x01\x00\x00\x0A$share/g/u\x04", MOTE_CODE_PROTOCOL_ERROR), /* no local */
        WRONG("\x82\x09\x00\x01\x02\x0B\x00\x00\x01u\x00", MOTE_CODE_PROTOCOL_ERROR),  /* identifier 0 */
        WRONG("\xA2\x03\x00\x01\x00", MOTE_CODE_PROTOCOL_ERROR),
        WRONG("\xC0\x01\x00", MOTE_CODE_MALFORMED_PACKET),
        WRONG("\xE0\x01\x8B", MOTE_CODE_PROTOCOL_ERROR), /* only servers shut down */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "me");
        rig_feed(c, rows[i].bytes, rows[i].size);
        if (rig_next(c) != MOTE_DISCONNECT || rig.packet.ack.code != rows[i].code)
            check_fail(__FILE__, __LINE__, "row %u: packet %u, code %u", (unsigned)i, rig.packet.header.type,
                       rig.packet.ack.code);
        rig_expect_cut(c, 0);
        CHECK_EQUAL(rig.events[MOTE_BROKER_PUBLISHED], 0);
        CHECK_EQUAL(rig.broker.counters.subscriptions, 0);
        rig_end();
    }
}

/* What is already on its way when it was cut off is not looked at any more. */
static void nothing_after_the_end(void)
{
    for (unsigned i = 0; i < PACKETS; i++) {
        rig_begin();
        rig_start();
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "me");
        uint8_t bytes[64] = {0xE0, 0};
        memcpy(bytes + 2, packets[i].bytes_5, packets[i].size_5);
        rig_feed(c, bytes, 2 + packets[i].size_5);
        rig_expect_cut(c, 0);
        CHECK_EQUAL(rig.events[MOTE_BROKER_PUBLISHED], 0);
        CHECK_EQUAL(rig.broker.counters.subscriptions, 0);
        rig_end();
    }
}

static const struct check_case cases[] = {
    {"in-mqtt-3.1.1", in_mqtt_3_1_1},
    {"in-mqtt-5", in_mqtt_5},
    {"wrong-inside", wrong_inside},
    {"nothing-after-the-end", nothing_after_the_end},
};

int main(int argc, char **argv)
{
    return check_main("table/broker-states", cases, sizeof cases / sizeof cases[0], argc, argv);
}
