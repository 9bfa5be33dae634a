/* Walking and searching a list of properties that lie partly encoded, partly in a list. */
#include <mote/property.h>

#include "check.h"

/* Format 1, user property k = v, user property k = w, subscription identifier 200. */
#define ENCODED "\x01\x01\x26\x00\x01k\x00\x01v\x26\x00\x01k\x00\x01w\x0B\xC8\x01"

static const struct mote_property items[] = {
    {.id = MOTE_CONTENT_TYPE, .text = {"text", 4}},
    {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 7},
};

static void none_are_found_in_none(void)
{
    const struct mote_properties none = {.count = 0};
    struct mote_properties_place place = {0, 0};
    struct mote_property property = {.id = MOTE_CONTENT_TYPE, .number = 42};

    CHECK(!mote_properties_next(&none, &place, &property));
    CHECK(!mote_properties_next(&none, &place, &property));
    CHECK(!mote_properties_find(&none, MOTE_TOPIC_ALIAS, &property));
    CHECK_EQUAL(property.number, 42);
    CHECK_EQUAL(mote_properties_number(&none, MOTE_TOPIC_ALIAS, 99), 99);
}

static void they_come_in_the_order_of_the_packet(void)
{
    static const enum mote_property_id order[] = {
        MOTE_PAYLOAD_FORMAT_INDICATOR, MOTE_USER_PROPERTY, MOTE_USER_PROPERTY,
        MOTE_SUBSCRIPTION_IDENTIFIER,  MOTE_CONTENT_TYPE,  MOTE_SUBSCRIPTION_IDENTIFIER,
    };
    const struct mote_properties properties = {MOTE_TEXT(ENCODED), items, 2};
    struct mote_properties_place place = {0, 0};
    struct mote_property property;

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        CHECK(mote_properties_next(&properties, &place, &property));
        CHECK_EQUAL(property.id, order[i]);
    }
    CHECK(!mote_properties_next(&properties, &place, &property));
    CHECK(!mote_properties_next(&properties, &place, &property));
}

static void values_are_those_of_the_bytes(void)
{
    const struct mote_properties properties = {.encoded = MOTE_TEXT(ENCODED)};
    struct mote_properties_place place = {0, 0};
    struct mote_property property;

    CHECK(mote_properties_next(&properties, &place, &property));
    CHECK_EQUAL(property.number, 1);
    CHECK_EQUAL(property.text.length, 0);
    CHECK(mote_properties_next(&properties, &place, &property));
    CHECK_TEXT(property.text, "k");
    CHECK_TEXT(property.value, "v");
    CHECK_EQUAL(property.number, 0);
    CHECK(mote_properties_next(&properties, &place, &property));
    CHECK_TEXT(property.value, "w");
    CHECK(mote_properties_next(&properties, &place, &property));
    CHECK_EQUAL(property.number, 200);
    CHECK_EQUAL(property.value.length, 0);
}

static void the_first_is_found(void)
{
    const struct mote_properties properties = {MOTE_TEXT(ENCODED), items, 2};
    struct mote_property property = {.id = MOTE_CONTENT_TYPE};

    CHECK(mote_properties_find(&properties, MOTE_USER_PROPERTY, &property));
    CHECK_TEXT(property.value, "v");
    CHECK(mote_properties_find(&properties, MOTE_CONTENT_TYPE, &property));
    CHECK_TEXT(property.text, "text");
    CHECK_EQUAL(mote_properties_number(&properties, MOTE_SUBSCRIPTION_IDENTIFIER, 0), 200);
    CHECK_EQUAL(mote_properties_number(&properties, MOTE_PAYLOAD_FORMAT_INDICATOR, 0), 1);
    CHECK_EQUAL(mote_properties_number(&properties, MOTE_TOPIC_ALIAS, 5), 5);
}

/* Such bytes should have been checked before; walking them must end all the same. */
static void wrong_bytes_end_the_walk(void)
{
    static const struct mote_text wrong[] = {
        {"\x00", 1},
        {"\x02\x00\x00\x00", 4},
        {"\x26\x00\x01k\x00\x09v", 7},
        {"\x04\x01", 2},
        {"\x0B\xFF\xFF\xFF\xFF\x01", 6},
        {"\x0B\x80\x00", 3},
        {"\x01", 1},
        {"\xFF\xFF", 2},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct mote_properties properties = {.encoded = wrong[i]};
        struct mote_properties_place place = {0, 0};
        struct mote_property property;
        unsigned count = 0;
        while (mote_properties_next(&properties, &place, &property) && count < 10)
            count++;
        CHECK_EQUAL(count, 0);
        CHECK(!mote_properties_find(&properties, MOTE_TOPIC_ALIAS, &property));
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"none are found in none", none_are_found_in_none},
        {"they come in the order of the packet", they_come_in_the_order_of_the_packet},
        {"values are those of the bytes", values_are_those_of_the_bytes},
        {"the first is found", the_first_is_found},
        {"wrong bytes end the walk", wrong_bytes_end_the_walk},
    };

    return check_main("unit/property", cases, sizeof cases / sizeof cases[0], argc, argv);
}
