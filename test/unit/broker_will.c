/* The broker and wills. */
#include "broker_rig.h"

struct will_row {
    const char *name;
    uint8_t version;
    uint32_t delay_s;
    uint32_t expiry_s;
    enum { LOST, TIMED_OUT, PROTOCOL, GOODBYE, WITH_WILL, TAKEN, TAKEN_CLEAN } end;
    int64_t after_ms; /* -1: never */
};

/* Ends the connection in the way of the row. */
static void end_connection(struct rig_client *c, const struct will_row *row)
{
    bool present;

    switch (row->end) {
    case LOST:
        rig_close(c);
        break;
    case TIMED_OUT:
        rig_pass(15000);
        break;
    case PROTOCOL:
        RIG_FEED(c, "\x00");
        break;
    case GOODBYE:
        rig_disconnect_with(c, 0, NULL);
        break;
    case WITH_WILL:
        rig_disconnect_with(c, MOTE_CODE_DISCONNECT_WITH_WILL, NULL);
        break;
    default:
        if (row->version == 5)
            rig_connect_5("w", row->end == TAKEN_CLEAN, 1000, &present);
        else if (row->end == TAKEN)
            rig_resume((enum mote_mqtt_version)row->version, "w");
        else
            rig_connect((enum mote_mqtt_version)row->version, "w");
    }
}

/* [MQTT-3.1.2-8] [MQTT-3.1.2-10] [MQTT-3.1.3-9] [MQTT-3.14.4-3]
 * [MQTT3-3.1.2-8] [MQTT3-3.1.2-10] [MQTT3-3.14.4-3] [MQTT5-3.1.2-8] [MQTT5-3.1.2-10] [MQTT5-3.1.3-9]
 * [MQTT5-3.14.4-3] */
static void publishes_wills_when_due(void)
{
    static const struct will_row rows[] = {
        {"lost", 4, 0, UINT32_MAX, LOST, 0},
        {"lost 3.1", 3, 0, UINT32_MAX, LOST, 0},
        {"timed out", 4, 0, UINT32_MAX, TIMED_OUT, 0},
        {"protocol error", 4, 0, UINT32_MAX, PROTOCOL, 0},
        {"goodbye", 4, 0, UINT32_MAX, GOODBYE, -1},
        {"taken over", 4, 0, UINT32_MAX, TAKEN, 0},
        {"lost 5", 5, 0, 100, LOST, 0},
        {"lost 5 without session", 5, 0, 0, LOST, 0},
        {"goodbye 5", 5, 0, 100, GOODBYE, -1},
        {"goodbye 5 with delay", 5, 10, 100, GOODBYE, -1},
        {"with will", 5, 0, 100, WITH_WILL, 0},
        {"with will, later", 5, 10, 100, WITH_WILL, 10000},
        {"delay", 5, 10, 100, LOST, 10000},
        {"delay, session ends first", 5, 100, 10, LOST, 10000},
        {"delay, no session", 5, 100, 0, LOST, 0},
        {"delay, timed out", 5, 10, 100, TIMED_OUT, 10000},
        {"delay, protocol error", 5, 10, 100, PROTOCOL, 10000},
        {"delay for ever", 5, UINT32_MAX, UINT32_MAX, LOST, -1},
        {"taken over 5", 5, 0, 100, TAKEN, 0},
        {"taken over 5, delay", 5, 10, 100, TAKEN, -1},
        {"taken over 5, delay, clean", 5, 10, 100, TAKEN_CLEAN, 0},
        {"taken over 5, delay, no session", 5, 10, 0, TAKEN, 0},
        {"taken over 3.1.1, clean", 4, 0, UINT32_MAX, TAKEN_CLEAN, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct will_row *row = &rows[i];
        struct mote_property expiry = rig_expiry_of(row->expiry_s);
        struct mote_property delay = {.id = MOTE_WILL_DELAY_INTERVAL, .number = row->delay_s};
        rig_begin();
        rig_start();
        struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
        rig_subscribe(s, "will", MOTE_QOS_1);
        struct rig_client *c = rig_connect_with((enum mote_mqtt_version)row->version,
                                                (struct mote_connect){
                                                    .client_id = MOTE_TEXT("w"),
                                                    .keep_alive_s = 10,
                                                    .properties = {.items = &expiry, .count = 1},
                                                    .will =
                                                        {
                                                            .topic = MOTE_TEXT("will"),
                                                            .payload = MOTE_TEXT("gone"),
                                                            .qos = MOTE_QOS_1,
                                                            .properties = {.items = &delay, .count = 1},
                                                        },
                                                });
        end_connection(c, row);
        if (row->after_ms > 0) {
            rig_pass((uint64_t)row->after_ms - 1);
            if (rig_next(s) != 0)
                check_fail(__FILE__, __LINE__, "%s: too early", row->name);
            rig_pass(1);
        }
        if (row->after_ms >= 0) {
            if (rig_next(s) != MOTE_PUBLISH)
                check_fail(__FILE__, __LINE__, "%s: not published", row->name);
            CHECK_TEXT(rig.packet.message.payload, "gone");
            CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_WILL_DELAY_INTERVAL, 9), 9);
        }
        rig_pass(row->expiry_s == UINT32_MAX ? 1000000 : 100000000);
        if (rig_next(s) != 0)
            check_fail(__FILE__, __LINE__, "%s: published when it should not", row->name);
        rig_end();
    }
}

/* Who comes back before the delay is over has no will; with a clean start his old session has ended.
 * [MQTT-3.1.3-9]
 * [MQTT5-3.1.3-9] */
static void drops_delayed_wills_of_those_who_return(void)
{
    for (unsigned clean = 0; clean < 2; clean++) {
        struct mote_property expiry = rig_expiry_of(100);
        struct mote_property delay = {.id = MOTE_WILL_DELAY_INTERVAL, .number = 10};
        bool present;
        rig_begin();
        rig_start();
        struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
        rig_subscribe(s, "will", MOTE_QOS_0);
        rig_close(rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                    .client_id = MOTE_TEXT("w"),
                                                    .properties = {.items = &expiry, .count = 1},
                                                    .will =
                                                        {
                                                            .topic = MOTE_TEXT("will"),
                                                            .properties = {.items = &delay, .count = 1},
                                                        },
                                                }));
        rig_pass(9000);
        rig_connect_5("w", clean != 0, 100, &present);
        CHECK_EQUAL(present, clean == 0);
        CHECK_EQUAL(rig_next(s), clean == 0 ? 0 : MOTE_PUBLISH);
        rig_pass(100000);
        RIG_NOTHING(s);
        rig_end();
    }
}

/* A will is a message like any other: retained, with its properties, and an expiry that begins when it is
 * published.
 * [MQTT5-3.1.2-7] [MQTT5-3.1.2-15] */
static void wills_are_whole_messages(void)
{
    struct mote_property expiry = rig_expiry_of(100);
    struct mote_property items[] = {
        {.id = MOTE_WILL_DELAY_INTERVAL, .number = 5},
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 20},
        {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("text")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("b")},
    };
    struct mote_property found;

    rig_begin();
    rig_start();
    struct rig_client *s = rig_connect(MOTE_MQTT_5, "s");
    rig_close(rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                .client_id = MOTE_TEXT("w"),
                                                .properties = {.items = &expiry, .count = 1},
                                                .will =
                                                    {
                                                        .topic = MOTE_TEXT("will"),
                                                        .payload = MOTE_TEXT("gone"),
                                                        .qos = MOTE_QOS_2,
                                                        .retain = true,
                                                        .properties = {.items = items, .count = 4},
                                                    },
                                            }));
    rig_pass(15000);
    rig_subscribe(s, "will", MOTE_QOS_2);
    rig_expect_message(s, "will", "gone", MOTE_QOS_2);
    CHECK(rig.packet.message.retain);
    CHECK_EQUAL(mote_properties_number(&rig.packet.message.properties, MOTE_MESSAGE_EXPIRY_INTERVAL, 0), 10);
    CHECK(mote_properties_find(&rig.packet.message.properties, MOTE_USER_PROPERTY, &found));
    CHECK(mote_properties_find(&rig.packet.message.properties, MOTE_CONTENT_TYPE, &found));
    CHECK_TEXT(found.text, "text");
    rig_end();
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"publishes-wills-when-due", publishes_wills_when_due},
        {"drops-delayed-wills-of-those-who-return", drops_delayed_wills_of_those_who_return},
        {"wills-are-whole-messages", wills_are_whole_messages},
    };

    return check_main("unit/broker-will", cases, sizeof cases / sizeof cases[0], argc, argv);
}
