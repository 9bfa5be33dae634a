/* The broker and shared subscriptions. */
#include "broker_rig.h"

static unsigned take_all(struct rig_client *c)
{
    unsigned count = 0;

    while (rig_next(c) != 0)
        count += rig.packet.header.type == MOTE_PUBLISH;
    return count;
}

/* [MQTT-4.8.2-3]: each message to one of the members, in turn. */
static void shares_in_turn(void)
{
    struct rig_client *s[3];

    rig_begin();
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    for (int i = 0; i < 3; i++) {
        char name[] = {(char)('a' + i), '\0'};
        s[i] = rig_connect(i == 0 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5, name);
        rig_subscribe(s[i], "$share/group/t/#", MOTE_QOS_0);
    }
    struct rig_client *other = rig_connect(MOTE_MQTT_5, "other");
    rig_subscribe(other, "$share/other/t/+", MOTE_QOS_0);
    rig_subscribe(other, "t/x", MOTE_QOS_0);
    for (int i = 0; i < 30; i++)
        rig_publish(p, "t/x", "x", MOTE_QOS_0, false, 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(take_all(s[i]), 10);
    CHECK_EQUAL(take_all(other), 60); /* its own copy, and the other group's */
    rig_close(s[1]);
    for (int i = 0; i < 30; i++)
        rig_publish(p, "t/x", "x", MOTE_QOS_0, false, 0);
    CHECK_EQUAL(take_all(s[0]), 15);
    CHECK_EQUAL(take_all(s[2]), 15);
    rig_end();
}

/* Those who are connected come first, then those who do read, then those whose session keeps it. */
static void shares_with_those_who_can(void)
{
    rig_begin();
    rig.config.output_max = 2000;
    rig.config.queue_max = 3;
    rig_start();
    struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
    struct rig_client *a = rig_resume(MOTE_MQTT_5, "a");
    struct rig_client *b = rig_resume(MOTE_MQTT_5, "b");
    rig_subscribe(a, "$share/g/t", MOTE_QOS_1);
    rig_subscribe(b, "$share/g/t", MOTE_QOS_1);
    rig_close(a);
    for (int i = 0; i < 4; i++)
        rig_publish(p, "t", "x", MOTE_QOS_1, false, 1);
    CHECK_EQUAL(take_all(b), 4);
    rig_close(b);
    for (int i = 0; i < 4; i++)
        rig_publish(p, "t", "y", MOTE_QOS_1, false, 1);
    rig_publish(p, "t", "z", MOTE_QOS_0, false, 0);
    a = rig_resume(MOTE_MQTT_5, "a");
    CHECK_EQUAL(take_all(a), 2);
    a->held = true;
    b = rig_resume(MOTE_MQTT_5, "b");
    CHECK_EQUAL(take_all(b), 6); /* four again */
    char large[1500];
    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = '\0';
    for (int i = 0; i < 30; i++)
        rig_publish(p, "t", large, MOTE_QOS_0, false, 0);
    unsigned to_b = take_all(b);
    CHECK_EQUAL(rig.broker.counters.dropped_output, 0);
    rig_release(a);
    CHECK_EQUAL(to_b + take_all(a), 30);
    CHECK(to_b >= 28);
    rig_end();
}

static void groups_come_and_go(void)
{
    for (uint32_t seed = 1; seed < 40; seed++) {
        struct rig_client *s[4];
        rig_begin();
        rig.random = seed;
        rig_start();
        struct rig_client *p = rig_connect(MOTE_MQTT_5, "p");
        bool member[4] = {false};
        for (int i = 0; i < 4; i++) {
            char name[] = {(char)('a' + i), '\0'};
            s[i] = rig_connect(MOTE_MQTT_5, name);
        }
        for (int i = 0; i < 100; i++) {
            uint32_t dice = rig_random(NULL) >> 16 & 3;
            const struct mote_filter filter = {.topic = MOTE_TEXT("$share/g/t")};
            rig_send_request(s[dice], member[dice] ? MOTE_UNSUBSCRIBE : MOTE_SUBSCRIBE, &filter, 1, NULL);
            RIG_EXPECT(s[dice], member[dice] ? MOTE_UNSUBACK : MOTE_SUBACK);
            member[dice] = !member[dice];
            rig_publish(p, "t", "x", MOTE_QOS_0, false, 0);
            unsigned got = 0, members = 0;
            for (int k = 0; k < 4; k++) {
                unsigned count = take_all(s[k]);
                CHECK(count == 0 || member[k]);
                got += count;
                members += member[k];
            }
            CHECK_EQUAL(got, members > 0);
        }
        rig_end();
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"shares-in-turn", shares_in_turn},
        {"shares-with-those-who-can", shares_with_those_who_can},
        {"groups-come-and-go", groups_come_and_go},
    };

    return check_main("unit/broker-shared", cases, sizeof cases / sizeof cases[0], argc, argv);
}
