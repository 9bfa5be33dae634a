/* The parts of the broker that can be looked at alone: sets of identifiers, the tree of topics, spans of time. */
#include "broker/engine.h"
#include "broker_rig.h"

/* Against a plain table, with identifiers that collide in every way. */
static void ids_are_a_set(void)
{
    static bool plain[65536];

    for (uint32_t mask = 0x1F; mask < 0x10000; mask = mask << 3 | 7) {
        struct mote_broker_ids ids = {0};
        uint32_t count = 0;
        memset(plain, 0, sizeof plain);
        rig_begin();
        rig_start();
        for (int i = 0; i < 20000; i++) {
            uint32_t dice = rig_random(NULL) >> 8;
            uint16_t id = (uint16_t)((dice & mask) << (dice >> 20 & 1 ? 4 : 0));
            if (id == 0)
                continue;
            CHECK_EQUAL(mote_broker_ids_has(&ids, id), plain[id]);
            if (dice >> 21 & 1) {
                CHECK_EQUAL(mote_broker_ids_remove(&ids, id), plain[id]);
                count -= plain[id];
                plain[id] = false;
            } else if (!plain[id]) {
                CHECK(mote_broker_ids_add(&rig.broker, &ids, id));
                plain[id] = true;
                count++;
            }
            CHECK_EQUAL(ids.count, count);
        }
        for (uint32_t id = 1; id < 65536; id++)
            CHECK_EQUAL(mote_broker_ids_has(&ids, (uint16_t)id), plain[id]);
        mote_broker_ids_free(&rig.broker, &ids);
        rig_end();
    }
}

static void topics_are_split_into_levels(void)
{
    static const struct {
        const char *topic;
        const char *levels;
    } rows[] = {{"a", "a|"}, {"a/b", "a|b|"}, {"/", "||"}, {"a//b/", "a||b||"}, {"", "|"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char joined[16] = "";
        size_t offset = 0, count = 0;
        struct mote_text level;
        while (mote_broker_tree_level(mote_text(rows[i].topic), &offset, &level)) {
            strncat(joined, level.data, level.length);
            strcat(joined, "|");
            count++;
        }
        CHECK(strcmp(joined, rows[i].levels) == 0);
        CHECK_EQUAL(mote_broker_tree_levels(mote_text(rows[i].topic)), count);
    }
}

static void shared_filters_are_taken_apart(void)
{
    struct mote_text group;

    CHECK_TEXT(mote_broker_unshared(MOTE_TEXT("a/b"), &group), "a/b");
    CHECK_EQUAL(group.length, 0);
    CHECK_TEXT(mote_broker_unshared(MOTE_TEXT("$share/g/a/b"), &group), "a/b");
    CHECK_TEXT(group, "g");
    CHECK_TEXT(mote_broker_unshared(MOTE_TEXT("$share/g//"), &group), "/");
    CHECK_TEXT(mote_broker_unshared(MOTE_TEXT("$sharex/g/a"), &group), "$sharex/g/a");
    CHECK_EQUAL(group.length, 0);
}

static void seconds_are_counted_up(void)
{
    static const uint32_t seconds[] = {0, 1, 2, 59, 1000, 65535, 4294967, 4294967295};

    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        uint64_t when_ms = mote_broker_after_s(5, seconds[i]);
        CHECK_EQUAL(when_ms, 5 + seconds[i] * UINT64_C(1000));
        CHECK_EQUAL(mote_broker_seconds_until(5, when_ms), seconds[i]);
        CHECK_EQUAL(mote_broker_seconds_until(6, when_ms), seconds[i]);
        if (seconds[i] > 0)
            CHECK_EQUAL(mote_broker_seconds_until(1005, when_ms), seconds[i] - 1);
    }
    CHECK_EQUAL(mote_broker_seconds_until(10, 5), 0);
}

/* The number that tells the subscriptions of one message from those of another comes round after four thousand
 * million. */
static void marks_come_round(void)
{
    rig_begin();
    rig_start();
    struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
    rig_subscribe(c, "a", MOTE_QOS_0);
    rig_subscribe(c, "b", MOTE_QOS_0);
    rig_publish(c, "a", "0", MOTE_QOS_0, false, 0); /* marked with 1 */
    rig_expect_message(c, "a", "0", MOTE_QOS_0);
    rig.broker.mark = UINT32_MAX;
    rig_publish(c, "b", "1", MOTE_QOS_0, false, 0); /* so is this one */
    rig_expect_message(c, "b", "1", MOTE_QOS_0);
    RIG_NOTHING(c);
    rig_end();
}

/* What a connection without traffic costs: the figure that docs and bench speak of. */
static void an_idle_connection_is_small(void)
{
    size_t memory;

    rig_begin();
    rig_start();
    rig_connect(MOTE_MQTT_3_1_1, "0123456789012345");
    memory = rig.memory;
    rig_connect(MOTE_MQTT_5, "0123456789abcdef");
    CHECK(rig.memory - memory <= 420);
    rig_end();
}

static const struct check_case cases[] = {
    {"ids-are-a-set", ids_are_a_set},
    {"topics-are-split-into-levels", topics_are_split_into_levels},
    {"shared-filters-are-taken-apart", shared_filters_are_taken_apart},
    {"seconds-are-counted-up", seconds_are_counted_up},
    {"marks-come-round", marks_come_round},
    {"an-idle-connection-is-small", an_idle_connection_is_small},
};

int main(int argc, char **argv)
{
    return check_main("unit/broker-parts", cases, sizeof cases / sizeof cases[0], argc, argv);
}
