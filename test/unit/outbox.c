/* The calls of an outbox, without a session: what is accepted is there, and what is not is told. */
#include "outbox_rig.h"

static void begins_empty(void)
{
    rig_init(512, 4, 1, false, 1);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK(mote_outbox_is_open(&rig.outbox));
    CHECK_EQUAL(rig_count(), 0);
    CHECK_LIST("");
    CHECK_EQUAL(rig.nor.programs, 0);
}

static void keeps_what_it_accepts(void)
{
    rig_init(512, 4, 1, false, 1);
    rig_open();
    CHECK_EQUAL(rig_put("a/b", "one", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(rig_put("a/b", "two", MOTE_QOS_2), MOTE_OK);
    CHECK_LIST("one two");
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("one two");
    CHECK_EQUAL(rig_put("a/b", "three", MOTE_QOS_2), MOTE_OK);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("one two three");
    CHECK_EQUAL(rig_count(), 3);
}

static void keeps_all_of_a_message(void)
{
    static const struct mote_property items[] = {{.id = MOTE_CONTENT_TYPE, .text = {"text/plain", 10}},
                                                 {.id = MOTE_USER_PROPERTY, .text = {"a", 1}, .value = {"b", 1}}};
    struct mote_message message = {.topic = mote_text("x/y"), .payload = mote_text("z"), .qos = 2, .retain = true};
    struct mote_outbox_place place = {0};
    uint32_t age_s;

    message.properties.items = items;
    message.properties.count = 2;
    rig_init(512, 4, 1, false, 1);
    rig_open();
    rig.now_ms = 1000;
    CHECK_EQUAL(mote_outbox_put(&rig.outbox, &message, 1000), MOTE_OK);
    CHECK_EQUAL(mote_outbox_put(&rig.outbox, &message, 8000), MOTE_OK);
    CHECK(mote_outbox_list(&rig.outbox, &place, &message, &age_s));
    CHECK_EQUAL(age_s, 7);
    CHECK_TEXT(message.topic, "x/y");
    CHECK_TEXT(message.payload, "z");
    CHECK_EQUAL(message.qos, MOTE_QOS_2);
    CHECK(message.retain);
    CHECK_NEEDS_MQTT5();
    struct mote_property property;
    CHECK(mote_properties_find(&message.properties, MOTE_CONTENT_TYPE, &property));
    CHECK_TEXT(property.text, "text/plain");
    CHECK(mote_properties_find(&message.properties, MOTE_USER_PROPERTY, &property));
    CHECK_TEXT(property.value, "b");
}

static void is_full_and_says_so(void)
{
    unsigned accepted = 0;
    uint64_t programs, reads;

    rig_init(256, 4, 1, false, 1);
    rig_open();
    while (rig_put("all", "0123456789", MOTE_QOS_1) == MOTE_OK)
        CHECK(++accepted < 100);
    CHECK(accepted >= 9);
    CHECK_EQUAL(rig_count(), accepted);
    CHECK_EQUAL(rig.outbox.counters.refused, 1);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(rig_count(), accepted);
    CHECK_EQUAL(rig_put("all", "0123456789", MOTE_QOS_1), MOTE_OUTBOX_FULL);
    programs = rig.nor.programs;
    reads = rig.nor.reads;
    for (unsigned i = 0; i < 10; i++)
        CHECK_EQUAL(rig_put("all", "0123456789", MOTE_QOS_1), MOTE_OUTBOX_FULL);
    CHECK_EQUAL(rig.nor.programs, programs);
    CHECK_EQUAL(rig.nor.reads, reads);
    CHECK_EQUAL(mote_outbox_clear(&rig.outbox), MOTE_OK);
    CHECK_EQUAL(rig_count(), 0);
    CHECK_EQUAL(rig_put("all", "new", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("new");
}

static void refuses_what_cannot_be(void)
{
    char long_payload[200];

    memset(long_payload, 'x', sizeof long_payload - 1);
    long_payload[sizeof long_payload - 1] = '\0';
    rig_init(512, 4, 1, false, 1);
    rig_open();
    CHECK_EQUAL(rig_put("a/#", "x", MOTE_QOS_1), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(rig_put("", "x", MOTE_QOS_1), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(rig_put("a", "x", MOTE_QOS_0), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(rig_put("a", long_payload, MOTE_QOS_1), MOTE_MQTT_PACKET_TOO_LARGE);
    long_payload[63] = '\0';
    CHECK_EQUAL(rig_put("a", long_payload, MOTE_QOS_1), MOTE_OK);
    long_payload[63] = 'x';
    long_payload[64] = '\0';
    CHECK_EQUAL(rig_put("a", long_payload, MOTE_QOS_1), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(rig_count(), 1);
}

static void needs_no_more_memory(void)
{
    if (sizeof(void *) == 4)
        CHECK(sizeof(struct mote_outbox) <= 256);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"begins-empty", begins_empty},
        {"keeps-what-it-accepts", keeps_what_it_accepts},
        {"keeps-all-of-a-message", keeps_all_of_a_message},
        {"is-full-and-says-so", is_full_and_says_so},
        {"refuses-what-cannot-be", refuses_what_cannot_be},
        {"needs-no-more-memory", needs_no_more_memory},
    };

    return check_main("unit/outbox", cases, sizeof cases / sizeof cases[0], argc, argv);
}
