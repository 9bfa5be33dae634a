/* A session says that its connection is over; here a whole node closes it, in every way that the standards know. */
#include "fake_port.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const enum mote_mqtt_version both[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

static struct mote_node node;
static struct mote_node_config config;

static void start(enum mote_mqtt_version version)
{
    fake_begin();
    config = (struct mote_node_config){.id = "n", .broker = "mqtt://broker", .version = version};
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
}

static void go_online(enum mote_mqtt_version version)
{
    start(version);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(fake.version, version);
    CHECK_EQUAL(fake_count("hang up"), 0);
}

/* How many times the link has been closed, in whatever way. */
static unsigned closings(void)
{
    return fake_count("hang up") + fake_count("abort");
}

/* [MQTT3-3.14.4-1] [MQTT5-3.14.4-2] */
static void after_its_disconnect(void)
{
    for (size_t i = 0; i < 2; i++) {
        go_online(both[i]);
        mote_node_stop(&node);
        fake_settle(&node);
        fake_expect("DISCONNECT");
        fake_expect("hang up");
        CHECK_EQUAL(closings(), 1);
        CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    }
}

/* A packet that no server may send. [MQTT3-4.8.0-1] [MQTT3-2.2.2-2] [MQTT5-3.14.4-2] */
static void after_a_violation(void)
{
    for (size_t i = 0; i < 2; i++) {
        size_t room;
        go_online(both[i]);
        fake_reply_room(&room)[0] = 0xF1;
        fake_reply(2);
        fake_settle(&node);
        if (both[i] == MOTE_MQTT_5)
            fake_expect("DISCONNECT");
        else
            CHECK_EQUAL(fake_count("DISCONNECT"), 0);
        CHECK_EQUAL(closings(), 1);
        CHECK_EQUAL(mote_node_reason(&node), MOTE_MQTT_PROTOCOL);
    }
}

/* [MQTT5-4.13.2-1] */
static void after_a_refusal(void)
{
    static const uint8_t codes[] = {5, 0x87};

    for (size_t i = 0; i < 2; i++) {
        start(both[i]);
        fake.connack = codes[i];
        fake_settle(&node);
        CHECK_EQUAL(closings(), 1);
        CHECK_EQUAL(fake_count("DISCONNECT"), 0);
        CHECK_EQUAL(mote_node_reason(&node), MOTE_MQTT_NOT_AUTHORIZED);
    }
}

/* [MQTT5-4.13.2-1] */
static void after_the_servers_disconnect(void)
{
    static const uint8_t codes[] = {0x00, 0x87, 0x8B, 0x8E, 0x9C};

    for (size_t i = 0; i < COUNT(codes); i++) {
        go_online(MOTE_MQTT_5);
        fake_disconnect(codes[i]);
        fake_settle(&node);
        CHECK_EQUAL(closings(), 1);
        CHECK_EQUAL(fake_count("DISCONNECT"), 0);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"after-its-disconnect", after_its_disconnect},
        {"after-a-violation", after_a_violation},
        {"after-a-refusal", after_a_refusal},
        {"after-the-servers-disconnect", after_the_servers_disconnect},
    };

    return check_main("unit/conformance_close", cases, COUNT(cases), argc, argv);
}
