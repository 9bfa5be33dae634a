/* Every type of packet in every state of a session: what a server may send is handled, anything else ends the
 * connection with the right code. No packet at all may do worse. */
#include "../unit/session_rig.h"

enum state {
    CONNECTING_3_1_1,
    CONNECTING_5,
    CONNECTING_AUTH, /* MQTT 5 with enhanced authentication */
    CONNECTED_3_1_1,
    CONNECTED_5,
    CLOSING,
    STATES
};

/* What comes of a packet: an event, an answer, a failure (0x80 and more: its code), or nothing. */
enum {
    NOTHING = 0,
    ANSWER = 0x40,
    MALFORMED = 0x81,
    WRONG = 0x82,
};

#define EVENT(name) MOTE_EVENT_##name

struct row {
    struct mote_text packet;   /* in MQTT 5 */
    struct mote_text packet_4; /* before, where it is another one */
    uint8_t outcome[STATES];
    uint8_t answer; /* its packet type */
};

/* In the connected states a publication of QoS 1 (1) and of QoS 2 (2), one that is released (3), SUBSCRIBE (4),
 * UNSUBSCRIBE (5) and PINGREQ are open, and a message of QoS 2 (7) has been taken. */
static const struct row rows[] = {
    [0] = {{"\x00\x00", 2}, {NULL, 0}, {MALFORMED, MALFORMED, MALFORMED, MALFORMED, MALFORMED, NOTHING}, 0},
    [MOTE_CONNECT] = {{"\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x03rig", 18},
                      {"\x10\x0f\x00\x04MQTT\x04\x02\x00\x00\x00\x03rig", 17},
                      {WRONG, WRONG, WRONG, WRONG, WRONG, NOTHING},
                      0},
    [MOTE_CONNACK] = {{"\x20\x03\x00\x00\x00", 5},
                      {"\x20\x02\x00\x00", 4},
                      {EVENT(CONNECTED), EVENT(CONNECTED), WRONG, WRONG, WRONG, NOTHING}, /* without the method */
                      0},
    [MOTE_PUBLISH] = {{"\x30\x05\x00\x01t\x00x", 7},
                      {"\x30\x04\x00\x01tx", 6},
                      {WRONG, WRONG, WRONG, EVENT(MESSAGE), EVENT(MESSAGE), NOTHING},
                      0},
    [MOTE_PUBACK] = {{"\x40\x02\x00\x01", 4},
                     {NULL, 0},
                     {WRONG, WRONG, WRONG, EVENT(PUBLISHED), EVENT(PUBLISHED), NOTHING},
                     0},
    [MOTE_PUBREC] = {{"\x50\x02\x00\x02", 4}, {NULL, 0}, {WRONG, WRONG, WRONG, ANSWER, ANSWER, NOTHING}, MOTE_PUBREL},
    [MOTE_PUBREL] = {{"\x62\x02\x00\x07", 4}, {NULL, 0}, {WRONG, WRONG, WRONG, ANSWER, ANSWER, NOTHING}, MOTE_PUBCOMP},
    [MOTE_PUBCOMP] = {{"\x70\x02\x00\x03", 4},
                      {NULL, 0},
                      {WRONG, WRONG, WRONG, EVENT(PUBLISHED), EVENT(PUBLISHED), NOTHING},
                      0},
    [MOTE_SUBSCRIBE] = {{"\x82\x07\x00\x01\x00\x00\x01t\x00", 9},
                        {"\x82\x06\x00\x01\x00\x01t\x00", 8},
                        {WRONG, WRONG, WRONG, WRONG, WRONG, NOTHING},
                        0},
    [MOTE_SUBACK] = {{"\x90\x04\x00\x04\x00\x00", 6},
                     {"\x90\x03\x00\x04\x00", 5},
                     {WRONG, WRONG, WRONG, EVENT(SUBSCRIBED), EVENT(SUBSCRIBED), NOTHING},
                     0},
    [MOTE_UNSUBSCRIBE] = {{"\xa2\x06\x00\x01\x00\x00\x01t", 8},
                          {"\xa2\x05\x00\x01\x00\x01t", 7},
                          {WRONG, WRONG, WRONG, WRONG, WRONG, NOTHING},
                          0},
    [MOTE_UNSUBACK] = {{"\xb0\x04\x00\x05\x00\x00", 6},
                       {"\xb0\x02\x00\x05", 4},
                       {WRONG, WRONG, WRONG, EVENT(UNSUBSCRIBED), EVENT(UNSUBSCRIBED), NOTHING},
                       0},
    [MOTE_PINGREQ] = {{"\xc0\x00", 2}, {NULL, 0}, {WRONG, WRONG, WRONG, WRONG, WRONG, NOTHING}, 0},
    [MOTE_PINGRESP] = {{"\xd0\x00", 2}, {NULL, 0}, {WRONG, WRONG, WRONG, EVENT(PONG), EVENT(PONG), NOTHING}, 0},
    [MOTE_DISCONNECT] = {{"\xe0\x00", 2},
                         {NULL, 0},
                         {WRONG, WRONG, WRONG, WRONG, EVENT(DISCONNECTED), NOTHING}, /* [MQTT-3.14.0-1] */
                         0},
    [MOTE_AUTH] = {{"\xf0\x06\x18\x04\x15\x00\x01M", 8},
                   {NULL, 0},
                   {MALFORMED, WRONG, EVENT(AUTH), MALFORMED, WRONG, NOTHING},
                   0},
};

static void open_requests(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};
    uint16_t id = 0;

    rig_serve_publish(MOTE_QOS_2, 7, "taken");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, &id), MOTE_OK);
    CHECK_EQUAL(id, 5);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
    rig_serve_ack(MOTE_PUBREC, 3, 0);
    RIG_EXPECT_NOTHING();
    while (rig_sent())
        continue;
}

static void enter(enum state state)
{
    rig_begin(state == CONNECTING_3_1_1 || state == CONNECTED_3_1_1 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5);
    rig.config.authentication = &mote_session_authentication;
    if (state == CONNECTING_AUTH)
        rig.config.auth_method = MOTE_TEXT("M");
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    if (state < CONNECTED_3_1_1) {
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        return;
    }
    rig_connect(false);
    open_requests();
    if (state == CLOSING) {
        mote_session_close(&rig.session, 0, NULL);
        RIG_EXPECT_SENT(MOTE_DISCONNECT);
    }
}

static void every_packet_in(enum state state)
{
    for (unsigned type = 0; type < 16; type++) {
        const struct row *row = &rows[type];
        unsigned outcome = row->outcome[state];
        enter(state);
        struct mote_text packet =
            rig.session.version == MOTE_MQTT_5 || row->packet_4.data == NULL ? row->packet : row->packet_4;
        rig_serve(packet.data, packet.length);
        if (outcome >= 0x80) {
            RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, outcome);
        } else if (outcome == ANSWER) {
            RIG_EXPECT_NOTHING();
            RIG_EXPECT_SENT(row->answer);
        } else if (outcome == NOTHING) {
            RIG_EXPECT_NOTHING();
        } else {
            RIG_EXPECT(outcome);
        }
        RIG_EXPECT_NONE_SENT();
        RIG_EXPECT_NOTHING();
    }
}

/* [MQTT3-3.2.0-1] [MQTT3-4.8.0-1] */
static void connecting_3_1_1(void)
{
    every_packet_in(CONNECTING_3_1_1);
}

/* [MQTT5-3.2.0-1] [MQTT5-3.14.0-1] [MQTT5-4.12.0-6] */
static void connecting_5(void)
{
    every_packet_in(CONNECTING_5);
}

static void connecting_5_with_authentication(void)
{
    every_packet_in(CONNECTING_AUTH);
}

/* [MQTT3-4.8.0-1] */
static void connected_3_1_1(void)
{
    every_packet_in(CONNECTED_3_1_1);
}

/* [MQTT5-3.2.0-2] [MQTT5-4.12.0-6] */
static void connected_5(void)
{
    every_packet_in(CONNECTED_5);
}

/* [MQTT5-3.14.4-1] */
static void closing(void)
{
    every_packet_in(CLOSING);
}

/* Without a connection there is nothing to receive from; a caller that mixes this up does no harm. */
static void idle(void)
{
    for (unsigned type = 0; type < 16; type++) {
        enter(CONNECTED_5);
        mote_session_closed(&rig.session);
        rig_serve(rows[type].packet.data, rows[type].packet.length);
        RIG_EXPECT_NOTHING();
        CHECK_EQUAL(mote_session_output(&rig.session).length, 0);
        rig_connect(true);
    }
}

/* All first bytes, with all lengths that they could have, and random bytes behind them: an event or a failure,
 * sooner or later, and never more answers than packets. */
static void all_first_bytes(void)
{
    uint32_t random = 1;

    for (enum state state = CONNECTING_3_1_1; state < STATES; state++) {
        for (unsigned first = 0; first < 256; first++) {
            for (unsigned length = 0; length < 24; length++) {
                uint8_t packet[2 + 24] = {(uint8_t)first, (uint8_t)length};
                enter(state);
                for (unsigned i = 0; i < length; i++) {
                    random = random * 1664525u + 1013904223u;
                    packet[2 + i] = (uint8_t)(random >> 24) & (i < 4 ? 7 : 0xFF);
                }
                rig_serve(packet, 2 + length);
                RIG_SERVE("\xc0\x00"); /* which no server may send */
                unsigned events = 0;
                while (rig_next())
                    events++;
                CHECK(events <= 2);
                CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
                unsigned sent = 0;
                while (rig_sent())
                    sent++;
                CHECK(sent <= 2);
            }
        }
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"connecting_3_1_1", connecting_3_1_1},
        {"connecting_5", connecting_5},
        {"connecting_5_with_authentication", connecting_5_with_authentication},
        {"connected_3_1_1", connected_3_1_1},
        {"connected_5", connected_5},
        {"closing", closing},
        {"idle", idle},
        {"all_first_bytes", all_first_bytes},
    };

    return check_main("table/session_states", cases, sizeof cases / sizeof cases[0], argc, argv);
}
