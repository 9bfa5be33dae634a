/* Publications with an identifier and a past of the caller's, as a program has them that remembers them over a power cut. */
#include "session_rig.h"

#define OWN_IDS 0x8000u

static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};
#define VERSIONS (sizeof versions / sizeof versions[0])

static void begin(enum mote_mqtt_version version)
{
    rig_begin(version);
    rig.config.own_ids_from = OWN_IDS;
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
}

static enum mote_reason publish_as(enum mote_qos qos, uint16_t id, enum mote_session_stage stage, const char *payload)
{
    struct mote_message message = {.topic = MOTE_TEXT("t/out"), .payload = mote_text(payload), .qos = qos};

    return mote_session_publish_as(&rig.session, &message, id, stage);
}

static enum mote_session_stage stage_of(uint16_t id)
{
    return mote_session_stage(&rig.session, id);
}

#define EXPECT_PUBLISHED(id)                                                                                           \
    do {                                                                                                               \
        RIG_EXPECT(MOTE_EVENT_PUBLISHED);                                                                              \
        CHECK_EQUAL(rig.event.packet_id, (id));                                                                        \
        CHECK_EQUAL(rig.event.reason_code, 0);                                                                         \
    } while (0)

/* The server takes one of QoS 2 to its end. */
static void finish_qos_2(uint16_t id)
{
    rig_serve_ack(MOTE_PUBREC, id, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, id, 0);
    CHECK_EQUAL(stage_of(id), MOTE_STAGE_RELEASED);
    rig_serve_ack(MOTE_PUBCOMP, id, 0);
    EXPECT_PUBLISHED(id);
}

static void tells_every_stage(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        CHECK_EQUAL(stage_of(5), MOTE_STAGE_NONE);
        CHECK_EQUAL(publish_as(MOTE_QOS_1, 5, MOTE_STAGE_NEW, "one"), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 0x7FFF, MOTE_STAGE_NEW, "two"), MOTE_OK);
        CHECK_EQUAL(stage_of(5), MOTE_STAGE_NEW);
        CHECK_EQUAL(stage_of(0x7FFF), MOTE_STAGE_NEW);
        rig_connect(false);
        RIG_EXPECT_SENT_PUBLISH(5, false, "one");
        RIG_EXPECT_SENT_PUBLISH(0x7FFF, false, "two");
        CHECK_EQUAL(stage_of(5), MOTE_STAGE_SENT);
        CHECK_EQUAL(stage_of(0x7FFF), MOTE_STAGE_SENT);
        rig_serve_ack(MOTE_PUBACK, 5, 0);
        EXPECT_PUBLISHED(5);
        CHECK_EQUAL(stage_of(5), MOTE_STAGE_NONE);
        finish_qos_2(0x7FFF);
        CHECK_EQUAL(stage_of(0x7FFF), MOTE_STAGE_NONE);
        CHECK(mote_session_is_idle(&rig.session));
    }
}

/* One that is done and keeps its place in the ring has no stage, and its identifier may be given again. */
static void done_is_no_stage(void)
{
    begin(MOTE_MQTT_3_1_1);
    rig_connect(false);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, MOTE_STAGE_NEW, "stuck"), MOTE_OK);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 2, MOTE_STAGE_NEW, "a"), MOTE_OK);
    while (rig_sent())
        continue;
    rig_serve_ack(MOTE_PUBACK, 2, 0);
    EXPECT_PUBLISHED(2);
    CHECK_EQUAL(stage_of(2), MOTE_STAGE_NONE);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 2, MOTE_STAGE_NEW, "b"), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(2, false, "b");
    CHECK_EQUAL(stage_of(2), MOTE_STAGE_SENT);
    rig_serve_ack(MOTE_PUBACK, 2, 0);
    EXPECT_PUBLISHED(2);
}

/* What may have been sent waits for the CONNACK, and what is published behind it, too. */
static void sent_again_it_is_a_duplicate(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        for (int qos = 1; qos <= 2; qos++) {
            begin(versions[i]);
            CHECK_EQUAL(publish_as((enum mote_qos)qos, 7, MOTE_STAGE_SENT, "old"), MOTE_OK);
            CHECK_EQUAL(publish_as((enum mote_qos)qos, 8, MOTE_STAGE_NEW, "new"), MOTE_OK);
            CHECK_EQUAL(stage_of(7), MOTE_STAGE_SENT);
            rig_open();
            RIG_EXPECT_SENT(MOTE_CONNECT);
            RIG_EXPECT_NONE_SENT();
            rig_serve_connack(true, 0, NULL, 0);
            RIG_EXPECT(MOTE_EVENT_CONNECTED);
            RIG_EXPECT_SENT_PUBLISH(7, true, "old");
            RIG_EXPECT_SENT_PUBLISH(8, false, "new");
            rig_reconnect(true);
            RIG_EXPECT_SENT_PUBLISH(7, true, "old");
            RIG_EXPECT_SENT_PUBLISH(8, true, "new");
            CHECK_EQUAL(rig.session.counters.resent, 3);
        }
    }
}

static void a_lost_session_makes_all_new(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, MOTE_STAGE_RELEASED, "one"), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 2, MOTE_STAGE_SENT, "two"), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_1, 3, MOTE_STAGE_SENT, "three"), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 4, MOTE_STAGE_NEW, "four"), MOTE_OK);
        rig_connect(false);
        RIG_EXPECT_SENT_PUBLISH(1, false, "one");
        RIG_EXPECT_SENT_PUBLISH(2, false, "two");
        RIG_EXPECT_SENT_PUBLISH(3, false, "three");
        RIG_EXPECT_SENT_PUBLISH(4, false, "four");
        CHECK_EQUAL(stage_of(1), MOTE_STAGE_SENT);
        finish_qos_2(1);
    }
}

/* Nothing but PUBREL, at each connect, until PUBCOMP has come; and its content again once the server has lost it. */
static void released_is_released_again(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        begin(versions[i]);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 9, MOTE_STAGE_RELEASED, "nine"), MOTE_OK);
        CHECK_EQUAL(stage_of(9), MOTE_STAGE_RELEASED);
        for (int connects = 0; connects < 3; connects++) {
            rig_reconnect(true);
            RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 9, 0);
            RIG_EXPECT_NONE_SENT();
        }
        rig_reconnect(false);
        RIG_EXPECT_SENT_PUBLISH(9, false, "nine");
        rig_reconnect(true);
        RIG_EXPECT_SENT_PUBLISH(9, true, "nine");
        finish_qos_2(9);
        CHECK(mote_session_is_idle(&rig.session));
    }
}

static void released_is_done_by_pubcomp(void)
{
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 9, MOTE_STAGE_RELEASED, "nine"), MOTE_OK);
    rig_connect(true);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 9, 0);
    rig_serve_ack(MOTE_PUBCOMP, 9, 0x92); /* it knows no more of it: it has it */
    EXPECT_PUBLISHED(9);
    CHECK(mote_session_is_idle(&rig.session));
}

/* [MQTT3-4.6.0-1] [MQTT5-4.6.0-1] */
static void keeps_the_order_of_the_calls(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        uint16_t own = 0;
        begin(versions[i]);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 0x7FFE, MOTE_STAGE_SENT, "a"), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 0x7FFF, MOTE_STAGE_RELEASED, "b"), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_1, 1, MOTE_STAGE_SENT, "c"), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_1, 2, MOTE_STAGE_NEW, "d"), MOTE_OK);
        CHECK_EQUAL(rig_publish(MOTE_QOS_1, "own", &own), MOTE_OK);
        CHECK_EQUAL(own, OWN_IDS);
        rig_connect(true);
        RIG_EXPECT_SENT_PUBLISH(0x7FFE, true, "a");
        RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 0x7FFF, 0);
        RIG_EXPECT_SENT_PUBLISH(1, true, "c");
        RIG_EXPECT_SENT_PUBLISH(2, false, "d");
        RIG_EXPECT_SENT_PUBLISH(OWN_IDS, false, "own");
        RIG_EXPECT_NONE_SENT();
    }
}

/* A window that is smaller than what was under way: the rest follows while the connection is up. */
static void a_past_may_come_while_connected(void)
{
    begin(MOTE_MQTT_3_1_1);
    mote_session_expect_present(&rig.session);
    rig_connect(true);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, MOTE_STAGE_RELEASED, "one"), MOTE_OK);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 2, MOTE_STAGE_SENT, "two"), MOTE_OK);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 3, MOTE_STAGE_NEW, "three"), MOTE_OK);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_SENT_PUBLISH(2, true, "two");
    RIG_EXPECT_SENT_PUBLISH(3, false, "three");
    rig_serve_ack(MOTE_PUBCOMP, 1, 0);
    EXPECT_PUBLISHED(1);
    finish_qos_2(2);
}

static void connect_with_room_for(uint32_t receive_max, bool present)
{
    const struct mote_property limit = {.id = MOTE_RECEIVE_MAXIMUM, .number = receive_max};

    rig_connect_with(present, &limit, 1);
}

/* The server counts it against its Receive Maximum. [MQTT5-4.9.0-2] */
static void released_takes_room_at_the_server(void)
{
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, MOTE_STAGE_RELEASED, "one"), MOTE_OK);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 2, MOTE_STAGE_NEW, "two"), MOTE_OK);
    connect_with_room_for(2, true);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 3, MOTE_STAGE_RELEASED, "three"), MOTE_OK);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 4, MOTE_STAGE_NEW, "four"), MOTE_OK);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    /* The two that are released fill it: their PUBRELs make room. */
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 3, 0);
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBCOMP, 3, 0);
    EXPECT_PUBLISHED(3);
    RIG_EXPECT_SENT_PUBLISH(2, false, "two");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBCOMP, 1, 0);
    EXPECT_PUBLISHED(1);
    RIG_EXPECT_SENT_PUBLISH(4, false, "four");
}

/* ...but not once it has lost it; what was sent before the CONNACK it counts all the same. */
static void a_lost_session_gives_the_room_back(void)
{
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 1, MOTE_STAGE_NEW, "early"), MOTE_OK);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    RIG_EXPECT_SENT_PUBLISH(1, false, "early");
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 2, MOTE_STAGE_RELEASED, "two"), MOTE_OK);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 3, MOTE_STAGE_SENT, "three"), MOTE_OK);
    RIG_EXPECT_NONE_SENT();
    const struct mote_property limit = {.id = MOTE_RECEIVE_MAXIMUM, .number = 2};
    rig_serve_connack(false, 0, &limit, 1);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    RIG_EXPECT_SENT_PUBLISH(2, false, "two");
    RIG_EXPECT_NONE_SENT();
    rig_serve_ack(MOTE_PUBACK, 1, 0);
    EXPECT_PUBLISHED(1);
    RIG_EXPECT_SENT_PUBLISH(3, false, "three");
}

/* Which is not known before the CONNACK: whatever comes then waits, also a new one behind it. */
static void a_past_waits_for_the_connack(void)
{
    begin(MOTE_MQTT_3_1_1);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, MOTE_STAGE_RELEASED, "one"), MOTE_OK);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 2, MOTE_STAGE_NEW, "two"), MOTE_OK);
    RIG_EXPECT_NONE_SENT();
    rig_serve_connack(true, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT_SENT_PUBLISH(2, false, "two");
}

static void refuses_what_cannot_be(void)
{
    static const struct mote_source source = {.size = 1};
    struct mote_message message = {.topic = MOTE_TEXT("t"), .qos = MOTE_QOS_1};

    begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 0, MOTE_STAGE_NEW, ""), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, OWN_IDS, MOTE_STAGE_NEW, ""), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, UINT16_MAX, MOTE_STAGE_NEW, ""), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(publish_as(MOTE_QOS_0, 1, MOTE_STAGE_NEW, ""), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 1, MOTE_STAGE_NONE, ""), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 1, MOTE_STAGE_RELEASED, ""), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, (enum mote_session_stage)4, ""), MOTE_CONFIG_INVALID);
    message.source = &source;
    CHECK_EQUAL(mote_session_publish_as(&rig.session, &message, 1, MOTE_STAGE_NEW), MOTE_CONFIG_INVALID);
    message.source = NULL;
    message.topic = MOTE_TEXT("a/#");
    CHECK_EQUAL(mote_session_publish_as(&rig.session, &message, 1, MOTE_STAGE_SENT), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(rig.session.inflight_used, 0);
    rig_begin(MOTE_MQTT_3_1_1); /* all identifiers are its own */
    rig_start();
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 1, MOTE_STAGE_NEW, ""), MOTE_CONFIG_INVALID);
}

static void refuses_an_identifier_in_use(void)
{
    for (int stage = MOTE_STAGE_NEW; stage <= MOTE_STAGE_RELEASED; stage++) {
        begin(MOTE_MQTT_3_1_1);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, (enum mote_session_stage)stage, "a"), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, MOTE_STAGE_NEW, "b"), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(publish_as(MOTE_QOS_1, 1, MOTE_STAGE_SENT, "b"), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 2, MOTE_STAGE_NEW, "b"), MOTE_OK);
    }
}

/* What this server does not take is refused when it is new; the rest, as ever, when it is its turn. */
static void refuses_what_the_server_does_not_take(void)
{
    const struct mote_property limits[] = {{.id = MOTE_MAXIMUM_QOS, .number = 1},
                                           {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 20}};

    begin(MOTE_MQTT_5);
    rig_connect_with(true, limits, 2);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, MOTE_STAGE_NEW, ""), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(publish_as(MOTE_QOS_1, 1, MOTE_STAGE_NEW, "more than twenty bytes"), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, MOTE_STAGE_RELEASED, "more than twenty bytes"), MOTE_OK);
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 2, MOTE_STAGE_SENT, ""), MOTE_OK);
    RIG_EXPECT_SENT_ACK(MOTE_PUBREL, 1, 0);
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_EQUAL(rig.event.packet_id, 2);
    CHECK_EQUAL(rig.event.reason_code, 0x9B);
}

static void says_when_there_is_no_room(void)
{
    static const enum mote_session_stage stages[] = {MOTE_STAGE_NEW, MOTE_STAGE_SENT, MOTE_STAGE_RELEASED};
    static char large[RIG_SIZE + 1];

    memset(large, 'x', RIG_SIZE);
    for (size_t i = 0; i < 3; i++) {
        begin(MOTE_MQTT_3_1_1);
        for (uint16_t id = 1; id <= RIG_INFLIGHT; id++)
            CHECK_EQUAL(publish_as(MOTE_QOS_2, id, stages[i], ""), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, RIG_INFLIGHT + 1, stages[i], ""), MOTE_MQTT_QUOTA);
        CHECK_EQUAL(stage_of(RIG_INFLIGHT + 1), MOTE_STAGE_NONE);
        begin(MOTE_MQTT_3_1_1);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, stages[i], large), MOTE_MQTT_PACKET_TOO_LARGE);
        large[RIG_SIZE / 2] = 0;
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, stages[i], large), MOTE_OK);
        CHECK_EQUAL(publish_as(MOTE_QOS_2, 2, stages[i], large), MOTE_MQTT_QUOTA);
        large[RIG_SIZE / 2] = 'x';
        CHECK_EQUAL(rig.session.inflight_used, 1);
    }
}

/* --- The session's own identifiers --- */

static void take_puback(uint16_t id)
{
    RIG_EXPECT_SENT_PUBLISH(id, false, "own");
    rig_serve_ack(MOTE_PUBACK, id, 0);
    EXPECT_PUBLISHED(id);
}

/* Requests and publications on both ways, around; those of the caller's are not touched, nor those in use. */
static void own_ids_come_around_to_the_first(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};
    uint16_t id = 0, stuck = 0;

    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.own_ids_from = 65500;
    rig_start();
    CHECK_EQUAL(publish_as(MOTE_QOS_2, 1, MOTE_STAGE_NEW, "theirs"), MOTE_OK);
    RIG_EXPECT_SENT_PUBLISH(1, false, "theirs");
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "own", &stuck), MOTE_OK);
    CHECK_EQUAL(stuck, 65500);
    RIG_EXPECT_SENT_PUBLISH(65500, false, "own");
    for (unsigned i = 0; i < 100; i++) {
        uint16_t expected = (uint16_t)(65501 + i % 35);
        struct mote_message message = {
            .topic = MOTE_TEXT("t/out"), .payload = MOTE_TEXT("own"), .qos = MOTE_QOS_1, .retain = i % 2 == 0};
        if (i % 10 != 0) {
            CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, &id), MOTE_OK);
            RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
            rig_serve_reply(MOTE_SUBACK, id, MOTE_TEXT("\0"));
            RIG_EXPECT(MOTE_EVENT_SUBSCRIBED);
        } else {
            CHECK_EQUAL(mote_session_publish(&rig.session, &message, &id), MOTE_OK);
            take_puback(id);
        }
        CHECK_EQUAL(id, expected);
    }
}

static void own_ids_begin_where_they_are_told(void)
{
    uint16_t id = 0;

    begin(MOTE_MQTT_3_1_1);
    rig.config.first_packet_id = 65535;
    rig_start();
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "own", &id), MOTE_OK);
    CHECK_EQUAL(id, 65535);
    take_puback(id);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "own", &id), MOTE_OK);
    CHECK_EQUAL(id, OWN_IDS);
}

/* Enough of them, and the first is one of them. */
static void own_ids_have_a_range(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig.config.own_ids_from = UINT16_MAX - RIG_INFLIGHT - MOTE_REQUESTS_MAX;
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig.config.own_ids_from++;
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_CONFIG_INVALID);
    rig.config.own_ids_from = UINT16_MAX;
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_CONFIG_INVALID);
    rig.config.own_ids_from = OWN_IDS;
    rig.config.first_packet_id = OWN_IDS - 1;
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_CONFIG_INVALID);
    rig.config.first_packet_id = OWN_IDS;
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig.config.own_ids_from = 1;
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
}

/* --- What was received --- */

static void expect_taken_already(uint16_t id)
{
    rig_serve_again(id, "again");
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, id, 0);
}

/* [MQTT3-4.3.3-2] [MQTT5-4.3.3-10] */
static void knows_what_it_has_received_before(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        uint16_t ids[RIG_RECEIVED];
        begin(versions[i]);
        CHECK(mote_session_restore_received(&rig.session, 3));
        CHECK(mote_session_restore_received(&rig.session, 65535));
        CHECK_EQUAL(mote_session_received_ids(&rig.session, ids, RIG_RECEIVED), 2);
        CHECK_EQUAL(ids[0] + ids[1], 3 + 65535);
        rig_connect(true);
        expect_taken_already(3);
        CHECK_EQUAL(rig.session.counters.duplicates, 1);
        rig_serve_ack(MOTE_PUBREL, 65535, 0);
        rig_serve_ack(MOTE_PUBREL, 3, 0);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 65535, 0);
        RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 3, 0);
        CHECK_EQUAL(mote_session_received_ids(&rig.session, ids, RIG_RECEIVED), 0);
        rig_serve_publish(MOTE_QOS_2, 3, "new");
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        CHECK_EQUAL(mote_session_received_ids(&rig.session, ids, RIG_RECEIVED), 1);
        CHECK_EQUAL(ids[0], 3);
    }
}

static void a_lost_session_forgets_what_was_received(void)
{
    uint16_t ids[1];

    begin(MOTE_MQTT_3_1_1);
    CHECK(mote_session_restore_received(&rig.session, 3));
    rig_connect(false);
    CHECK_EQUAL(mote_session_received_ids(&rig.session, ids, 1), 0);
    rig_serve_publish(MOTE_QOS_2, 3, "new");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
}

/* What is released first makes room: of the server's Receive Maximum it takes nothing. [MQTT5-3.3.4-8] */
static void received_before_is_over_the_receive_maximum(void)
{
    begin(MOTE_MQTT_5);
    for (uint16_t id = 1; id <= RIG_RECEIVED; id++)
        CHECK(mote_session_restore_received(&rig.session, id));
    rig_connect(true);
    for (uint16_t id = 1; id <= RIG_RECEIVED; id++)
        rig_serve_ack(MOTE_PUBREL, id, 0);
    for (uint16_t id = 1; id <= RIG_RECEIVED; id++)
        rig_serve_publish(MOTE_QOS_2, id, "new");
    for (uint16_t id = 1; id <= RIG_RECEIVED; id++)
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
}

static void restores_no_more_than_there_is_room_for(void)
{
    uint16_t ids[RIG_RECEIVED] = {0};

    begin(MOTE_MQTT_3_1_1);
    CHECK(!mote_session_restore_received(&rig.session, 0));
    CHECK(mote_session_restore_received(&rig.session, 1));
    CHECK(!mote_session_restore_received(&rig.session, 1));
    for (uint16_t id = 2; id <= RIG_RECEIVED; id++)
        CHECK(mote_session_restore_received(&rig.session, id));
    CHECK(!mote_session_restore_received(&rig.session, 100));
    CHECK_EQUAL(mote_session_received_ids(&rig.session, ids, 2), RIG_RECEIVED); /* as many as there are... */
    CHECK(ids[1] != 0 && ids[2] == 0);                                          /* ...and as many as fit */
    rig.config.received_count = 0;
    rig.config.received_ids = NULL;
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    CHECK(!mote_session_restore_received(&rig.session, 1));
    CHECK_EQUAL(mote_session_received_ids(&rig.session, ids, 2), 0);
}

static void tells_of_a_session_that_was_there(void)
{
    begin(MOTE_MQTT_3_1_1);
    rig_connect(false);
    CHECK(!rig.event.session_lost);
    begin(MOTE_MQTT_3_1_1);
    mote_session_expect_present(&rig.session);
    rig_connect(true);
    CHECK(!rig.event.session_lost);
    begin(MOTE_MQTT_3_1_1);
    mote_session_expect_present(&rig.session);
    rig_connect(false);
    CHECK(rig.event.session_lost);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"tells-every-stage", tells_every_stage},
        {"done-is-no-stage", done_is_no_stage},
        {"sent-again-it-is-a-duplicate", sent_again_it_is_a_duplicate},
        {"a-lost-session-makes-all-new", a_lost_session_makes_all_new},
        {"released-is-released-again", released_is_released_again},
        {"released-is-done-by-pubcomp", released_is_done_by_pubcomp},
        {"keeps-the-order-of-the-calls", keeps_the_order_of_the_calls},
        {"a-past-may-come-while-connected", a_past_may_come_while_connected},
        {"released-takes-room-at-the-server", released_takes_room_at_the_server},
        {"a-lost-session-gives-the-room-back", a_lost_session_gives_the_room_back},
        {"a-past-waits-for-the-connack", a_past_waits_for_the_connack},
        {"refuses-what-cannot-be", refuses_what_cannot_be},
        {"refuses-an-identifier-in-use", refuses_an_identifier_in_use},
        {"refuses-what-the-server-does-not-take", refuses_what_the_server_does_not_take},
        {"says-when-there-is-no-room", says_when_there_is_no_room},
        {"own-ids-come-around-to-the-first", own_ids_come_around_to_the_first},
        {"own-ids-begin-where-they-are-told", own_ids_begin_where_they_are_told},
        {"own-ids-have-a-range", own_ids_have_a_range},
        {"knows-what-it-has-received-before", knows_what_it_has_received_before},
        {"a-lost-session-forgets-what-was-received", a_lost_session_forgets_what_was_received},
        {"received-before-is-over-the-receive-maximum", received_before_is_over_the_receive_maximum},
        {"restores-no-more-than-there-is-room-for", restores_no_more_than_there_is_room_for},
        {"tells-of-a-session-that-was-there", tells_of_a_session_that_was_there},
    };

    return check_main("unit/session_stage", cases, sizeof cases / sizeof cases[0], argc, argv);
}
