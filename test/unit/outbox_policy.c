/* What becomes of messages while they wait, as their topics say. */
#include "outbox_rig.h"

static void fill(const char *topic)
{
    while (rig_put(topic, "0123456789", MOTE_QOS_1) == MOTE_OK)
        continue;
}

static void the_latest_takes_the_place_of_the_one_before(void)
{
    rig_init(512, 4, 1, false, 1);
    rig_open();
    rig_put("latest/one", "1", MOTE_QOS_1);
    rig_put("latest/two", "2", MOTE_QOS_1);
    rig_put("all", "3", MOTE_QOS_1);
    rig_put("latest/one", "4", MOTE_QOS_1);
    CHECK_LIST("2 3 4");
    CHECK_EQUAL(rig_count(), 3);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("2 3 4");
}

/* However often it comes, it takes no more room. */
static void the_latest_never_fills_it(void)
{
    rig_init(256, 4, 1, false, 1);
    rig_open();
    for (unsigned i = 0; i < 1000; i++) {
        CHECK_EQUAL(rig_put("latest/one", "1", MOTE_QOS_1), MOTE_OK);
        CHECK_EQUAL(rig_put("latest/two", "2", MOTE_QOS_2), MOTE_OK);
    }
    CHECK_EQUAL(rig_count(), 2);
    CHECK_LIST("1 2");
    CHECK(rig.outbox.counters.replaced > 1900);
    CHECK(mote_sim_nor_spread(&rig.nor) <= 1);
}

static void only_the_oldest_are_dropped(void)
{
    char payload[8];
    unsigned last = 0;

    rig_init(256, 5, 1, false, 1);
    rig_open();
    for (unsigned i = 1; i <= 100; i++) {
        snprintf(payload, sizeof payload, "%u", i);
        CHECK_EQUAL(rig_put("drop/x", payload, MOTE_QOS_1), MOTE_OK);
    }
    last = 100 - rig_count();
    CHECK_EQUAL(rig.outbox.counters.dropped, last);
    CHECK(last > 50 && last < 95);
    snprintf(payload, sizeof payload, "%u ", last + 1);
    CHECK(strncmp(rig_list(), payload, strlen(payload)) == 0);
    CHECK_EQUAL(rig.outbox.counters.refused, 0);
}

/* Messages that all count are not dropped for those that do not, but take their place. */
static void what_may_be_dropped_makes_room_for_all(void)
{
    unsigned count = 0;

    rig_init(256, 5, 1, false, 1);
    rig_open();
    rig_put("all", "first", MOTE_QOS_1);
    for (unsigned i = 0; i < 30; i++)
        rig_put("drop/x", "0123456789", MOTE_QOS_1);
    CHECK(rig.outbox.counters.dropped > 0);
    while (rig_put("all", "0123456789", MOTE_QOS_1) == MOTE_OK)
        CHECK(++count < 100);
    CHECK(count >= 8);
    CHECK(strncmp(rig_list(), "first 0123456789", 16) == 0);
    CHECK_EQUAL(rig_count() + rig.outbox.counters.dropped, rig.outbox.counters.accepted);
}

static void a_message_expires_by_the_time_with_power(void)
{
    rig_init(512, 4, 1, false, 1);
    rig_open();
    rig.now_ms = 1000000;
    rig_put("expire/e", "old", MOTE_QOS_1);
    rig.now_ms += 40000;
    rig_put("expire/e", "new", MOTE_QOS_1);
    CHECK_LIST("old new");
    rig.now_ms = 5; /* another start: another clock */
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("old new");
    rig_put("all", "x", MOTE_QOS_1);
    rig.now_ms += 21000;
    rig_put("all", "y", MOTE_QOS_1);
    CHECK_LIST("new x y");
    rig.now_ms += 40000;
    rig_put("all", "z", MOTE_QOS_1);
    CHECK_LIST("x y z");
}

static void what_has_expired_makes_room(void)
{
    rig_init(256, 4, 1, false, 1);
    rig_open();
    fill("expire/e");
    CHECK_EQUAL(rig_put("all", "0123456789", MOTE_QOS_1), MOTE_OUTBOX_FULL);
    rig.now_ms += 61000;
    CHECK_EQUAL(rig_put("all", "0123456789", MOTE_QOS_1), MOTE_OK);
    CHECK_LIST("0123456789");
    CHECK(rig.outbox.counters.expired > 0);
}

/* A topic that says another thing now than when a message was accepted: it keeps the message. */
static void a_changed_policy_gives_nothing_up(void)
{
    rig_init(512, 4, 1, false, 1);
    rig_open();
    rig_put("latest/one", "1", MOTE_QOS_1);
    rig_put("expire/e", "2", MOTE_QOS_1);
    rig_put("drop/d", "3", MOTE_QOS_1);
    rig.config.topic_count = 0;
    CHECK_EQUAL(rig_open(), MOTE_OK);
    rig_put("latest/one", "4", MOTE_QOS_1);
    rig.now_ms += 1000000;
    rig_put("all", "5", MOTE_QOS_1);
    CHECK_LIST("1 2 3 4 5");
}

static void a_config_that_cannot_work_is_told(void)
{
    static const struct mote_outbox_topic wrong[] = {{"a/#", MOTE_OUTBOX_LATEST, 0, 0},
                                                     {"a", MOTE_OUTBOX_EXPIRE, 0, 0},
                                                     {"a/#/b", MOTE_OUTBOX_ALL, 0, 0},
                                                     {"a", (enum mote_outbox_policy)4, 0, 0}};

    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rig_init(512, 4, 1, false, 1);
        rig.topics[3] = wrong[i];
        CHECK_EQUAL(rig_open(), MOTE_CONFIG_INVALID);
        CHECK(!mote_outbox_is_open(&rig.outbox));
        CHECK_EQUAL(rig_put("a", "x", MOTE_QOS_1), MOTE_CONFIG_INVALID);
    }
    rig_init(512, 4, 1, false, 1);
    rig.config.page_size = 127;
    CHECK_EQUAL(rig_open(), MOTE_CONFIG_INVALID);
    rig_init(512, 4, 1, false, 1);
    rig.nor.flash.sector_count = 2;
    CHECK_EQUAL(rig_open(), MOTE_CONFIG_INVALID);
    rig_init(512, 4, 1, false, 1);
    rig.nor.flash.program_size = 64;
    CHECK_EQUAL(rig_open(), MOTE_CONFIG_INVALID);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"the-latest-takes-the-place-of-the-one-before", the_latest_takes_the_place_of_the_one_before},
        {"the-latest-never-fills-it", the_latest_never_fills_it},
        {"only-the-oldest-are-dropped", only_the_oldest_are_dropped},
        {"what-may-be-dropped-makes-room-for-all", what_may_be_dropped_makes_room_for_all},
        {"a-message-expires-by-the-time-with-power", a_message_expires_by_the_time_with_power},
        {"what-has-expired-makes-room", what_has_expired_makes_room},
        {"a-changed-policy-gives-nothing-up", a_changed_policy_gives_nothing_up},
        {"a-config-that-cannot-work-is-told", a_config_that_cannot_work_is_told},
    };

    return check_main("unit/outbox-policy", cases, sizeof cases / sizeof cases[0], argc, argv);
}
