/* What the standards let a client ask for, and what they forbid. */
#include "conformance_rig.h"

/* --- Subscribing --- */

/* All options, an identifier and user properties, to the byte. [MQTT3-3.8.1-1] [MQTT3-3.10.1-1] [MQTT5-3.8.1-1]
 * [MQTT5-3.10.1-1] */
static void requests_say_all_that_they_may(void)
{
    const struct mote_property items[] = {
        {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 128},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("1")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("1")},
    };
    const struct mote_properties of_subscribe = {.items = items, .count = 3};
    const struct mote_properties of_unsubscribe = {.items = items + 1, .count = 1};
    const struct mote_filter filters[] = {
        {MOTE_TEXT("a"), MOTE_QOS_1, true, false, 0},
        {MOTE_TEXT("+"), MOTE_QOS_2, false, true, 2},
        {MOTE_TEXT("$share/g/#"), MOTE_QOS_0, false, false, 1},
    };

    begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 3, &of_subscribe, NULL), MOTE_OK);
    RIG_EXPECT_BYTES("82 29 0001 11 0b 8001 26 0001 61 0001 31 26 0001 61 0001 31"
                     "0001 61 05 0001 2b 2a 000a 2473686172652f672f23 10");
    CHECK_EQUAL(mote_session_unsubscribe(&rig.session, filters, 3, &of_unsubscribe, NULL), MOTE_OK);
    RIG_EXPECT_BYTES("a2 1c 0002 07 26 0001 61 0001 31 0001 61 0001 2b 000a 2473686172652f672f23");
    begin(MOTE_MQTT_3_1_1);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 2, &of_subscribe, NULL), MOTE_OK);
    RIG_EXPECT_BYTES("82 0a 0001 0001 61 01 0001 2b 02");
    CHECK_EQUAL(mote_session_unsubscribe(&rig.session, filters, 2, &of_unsubscribe, NULL), MOTE_OK);
    RIG_EXPECT_BYTES("a2 08 0002 0001 61 0001 2b");
}

/* [MQTT3-1.5.3-1] [MQTT3-1.5.3-2] [MQTT3-3.8.3-1] [MQTT3-3.8.3-3] [MQTT3-3.10.3-1] [MQTT3-3.10.3-2] [MQTT3-4.7.1-2]
 * [MQTT3-4.7.1-3] [MQTT3-4.7.3-1] [MQTT3-4.7.3-2] [MQTT3-4.7.3-3] [MQTT5-3.8.3-1] [MQTT5-3.8.3-2] [MQTT5-3.10.3-1]
 * [MQTT5-3.10.3-2] [MQTT5-4.7.1-1] [MQTT5-4.7.1-2] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT5-4.7.3-3] [MQTT5-4.8.2-1]
 * [MQTT5-4.8.2-2] */
static void wrong_filters_are_not_asked_for(void)
{
    static char long_filter[65536];
    const struct mote_text texts[] = {
        {"", 0},         {"a#", 2},        {"#/a", 3},          {"a/#/b", 5},        {"a+", 2},
        {"+a/b", 4},     {"a\0", 2},       {"\xFF", 1},         {"\xED\xBF\xBF", 3}, {"$share//a", 9},
        {"$share/g", 8}, {"$share/g/", 9}, {"$share/g+/a", 11}, {"$share/#/a", 10},  {long_filter, sizeof long_filter}};

    memset(long_filter, 'f', sizeof long_filter);
    for (size_t i = 0; i < 2 * COUNT(texts); i++) {
        const struct mote_filter filters[] = {{.topic = MOTE_TEXT("right")}, {.topic = texts[i / 2]}};
        begin(both[i % 2]);
        CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 2, NULL, NULL), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_session_unsubscribe(&rig.session, filters, 2, NULL, NULL), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 0, NULL, NULL), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_session_unsubscribe(&rig.session, filters, 0, NULL, NULL), MOTE_CONFIG_INVALID);
        RIG_EXPECT_NONE_SENT();
    }
}

/* [MQTT5-3.8.3-4] */
static void wrong_options_are_not_asked_for(void)
{
    static const struct mote_property wrong[] = {
        {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 0},
        {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 268435456},
        {.id = MOTE_TOPIC_ALIAS, .number = 1},
        {.id = MOTE_REASON_STRING, .text = {"r", 1}},
        {.id = MOTE_USER_PROPERTY, .text = {"\x80", 1}},
    };
    const struct mote_property twice[] = {{.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 1},
                                          {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 2}};
    const struct mote_property identifier = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 1};
    const struct mote_filter right = {.topic = MOTE_TEXT("a")};
    const struct mote_filter filters[] = {
        {.topic = MOTE_TEXT("a"), .qos = (enum mote_qos)3},
        {.topic = MOTE_TEXT("a"), .retain_handling = 3},
        {.topic = MOTE_TEXT("$share/g/a"), .no_local = true},
    };
    struct mote_properties properties = {.count = 1};

    begin(MOTE_MQTT_5);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        properties.items = &wrong[i];
        CHECK_EQUAL(mote_session_subscribe(&rig.session, &right, 1, &properties, NULL), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &right, 1, &properties, NULL), MOTE_CONFIG_INVALID);
    }
    properties = (struct mote_properties){.items = twice, .count = 2};
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &right, 1, &properties, NULL), MOTE_CONFIG_INVALID);
    properties = (struct mote_properties){.items = &identifier, .count = 1};
    CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &right, 1, &properties, NULL), MOTE_CONFIG_INVALID);
    for (size_t i = 0; i < COUNT(filters); i++)
        CHECK_EQUAL(mote_session_subscribe(&rig.session, &filters[i], 1, NULL, NULL), MOTE_CONFIG_INVALID);
    RIG_EXPECT_NONE_SENT();
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &right, 1, &properties, NULL), MOTE_OK);
}

/* What a server says it does not have, each alone. [MQTT5-3.2.2-11] [MQTT5-3.2.2-14] */
static void what_the_server_lacks_is_not_asked_of_it(void)
{
    static const enum mote_property_id lacks[] = {
        MOTE_MAXIMUM_QOS, MOTE_RETAIN_AVAILABLE, MOTE_WILDCARD_SUBSCRIPTION_AVAILABLE,
        MOTE_SUBSCRIPTION_IDENTIFIER_AVAILABLE, MOTE_SHARED_SUBSCRIPTION_AVAILABLE};
    const struct mote_property identifier = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 1};
    const struct mote_properties identified = {.items = &identifier, .count = 1};
    const struct mote_message qos_1 = {.topic = MOTE_TEXT("t"), .qos = MOTE_QOS_1};
    const struct mote_message retained = {.topic = MOTE_TEXT("t"), .retain = true};
    const struct mote_filter wildcard = {.topic = MOTE_TEXT("a/#")};
    const struct mote_filter plain = {.topic = MOTE_TEXT("a")};
    const struct mote_filter shared = {.topic = MOTE_TEXT("$share/g/a")};

    for (size_t i = 0; i < COUNT(lacks); i++) {
        begin_with(lacks[i], 0);
        enum mote_reason got[] = {
            mote_session_publish(&rig.session, &qos_1, NULL),
            mote_session_publish(&rig.session, &retained, NULL),
            mote_session_subscribe(&rig.session, &wildcard, 1, NULL, NULL),
            mote_session_subscribe(&rig.session, &plain, 1, &identified, NULL),
            mote_session_subscribe(&rig.session, &shared, 1, NULL, NULL),
        };
        for (size_t k = 0; k < COUNT(got); k++)
            CHECK_EQUAL(got[k], k == i ? MOTE_CONFIG_INVALID : MOTE_OK);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"requests-say-all-that-they-may", requests_say_all_that_they_may},
        {"wrong-filters-are-not-asked-for", wrong_filters_are_not_asked_for},
        {"wrong-options-are-not-asked-for", wrong_options_are_not_asked_for},
        {"what-the-server-lacks-is-not-asked-of-it", what_the_server_lacks_is_not_asked_of_it},
    };

    return check_main("unit/conformance_subscribe", cases, COUNT(cases), argc, argv);
}
