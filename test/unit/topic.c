/* Topic names, filters and which of them match: the standard's own examples (MQTT 5.0, 4.7 and 4.8) and the
 * corners. */
#include <mote/topic.h>

#include "check.h"

#include <string.h>

/* [MQTT3-3.3.2-2] [MQTT3-4.7.1-1] [MQTT3-4.7.3-1] [MQTT5-3.3.2-2] [MQTT5-4.7.0-1] [MQTT5-4.7.3-1] */
static void names(void)
{
    static const char *const good[] = {"a",
                                       "/",
                                       "//",
                                       "a/",
                                       "/finance",
                                       "sport/tennis/player1",
                                       "$",
                                       "$SYS",
                                       " ",
                                       "a b",
                                       "A/b/C",
                                       "\xE5\xAE\xB6/\xE7\x81\xAF",
                                       "*",
                                       "a*b",
                                       "1234567",
                                       "12345678",
                                       "123456789",
                                       "$share/a/b",
                                       "\x01",
                                       "\x7F",
                                       "aaaaaaaaaaaaaaaa",
                                       "aaaaaaaaaaaaaaaaa"};
    static const char *const bad[] = {"",
                                      "+",
                                      "#",
                                      "a/+",
                                      "a/#",
                                      "a+b",
                                      "a#b",
                                      "#a",
                                      "/+/",
                                      "\xFF",
                                      "a/\xC3",
                                      "\xED\xA0\x80",
                                      "1234567#",
                                      "#2345678",
                                      "1234+678",
                                      "12345678#",
                                      "+23456789",
                                      "aaaaaaaaaaaaaaa+",
                                      "aaaaaaaaaaaaaaaa#",
                                      "aaaaaaaaaaaaaaaa\xFF"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!mote_topic_is_name(mote_text(good[i])))
            check_fail(__FILE__, __LINE__, "\"%s\" is a name", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (mote_topic_is_name(mote_text(bad[i])))
            check_fail(__FILE__, __LINE__, "\"%s\" is no name", bad[i]);
    }
    CHECK(!mote_topic_is_name((struct mote_text){NULL, 0}));
}

/* Names are read in words where that is faster: each length and each place in it, for each byte that matters.
 * [MQTT3-4.7.1-1] [MQTT3-4.7.3-2] [MQTT5-4.7.0-1] [MQTT5-4.7.3-2] */
static void every_place_in_a_name(void)
{
    static const char wrong[] = {'+', '#', '\0', '\x80', '\xFF', '\xC3'};
    static const char right[] = {'\x01', '*', ',', '"', '$', '\x7F', '\x23' ^ 1, '\x2B' ^ 1, '/'};
    char name[40];

    for (size_t length = 1; length <= sizeof name; length++) {
        for (size_t at = 0; at < length; at++) {
            memset(name, 'a', sizeof name);
            for (size_t i = 0; i < sizeof wrong; i++) {
                name[at] = wrong[i];
                CHECK(!mote_topic_is_name((struct mote_text){name, length}));
            }
            for (size_t i = 0; i < sizeof right; i++) {
                name[at] = right[i];
                CHECK(mote_topic_is_name((struct mote_text){name, length}));
            }
        }
    }
}

/* The bytes around a name do not matter. */
static void only_the_name_is_looked_at(void)
{
    static const char text[] = "####name/of/a/topic####";

    for (size_t length = 1; length <= 15; length++)
        CHECK(mote_topic_is_name((struct mote_text){text + 4, length}));
    CHECK(!mote_topic_is_name((struct mote_text){text + 4, 16}));
    CHECK(!mote_topic_is_name((struct mote_text){text + 3, 15}));
}

/* [MQTT3-4.7.3-3] [MQTT5-4.7.3-3] */
static void the_longest_name(void)
{
    static char name[65536];

    memset(name, 'a', sizeof name);
    CHECK(mote_topic_is_name((struct mote_text){name, 65535}));
    CHECK(mote_topic_is_filter((struct mote_text){name, 65535}));
    CHECK(!mote_topic_is_name((struct mote_text){name, 65536}));
    CHECK(!mote_topic_is_filter((struct mote_text){name, 65536}));
}

/* [MQTT3-4.7.1-2] [MQTT3-4.7.1-3] [MQTT3-4.7.3-1] [MQTT3-4.7.3-2] [MQTT5-4.7.1-1] [MQTT5-4.7.1-2]
 * [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT5-4.8.2-1] [MQTT5-4.8.2-2] */
static void filters(void)
{
    static const char *const good[] = {"a",
                                       "#",
                                       "+",
                                       "/",
                                       "sport/tennis/player1/#",
                                       "sport/#",
                                       "sport/tennis/#",
                                       "+/tennis/#",
                                       "sport/+/player1",
                                       "/+",
                                       "+/+",
                                       "+/",
                                       "//#",
                                       "$SYS/#",
                                       "$share/consumer1/sport/tennis/+",
                                       "$share/a/b",
                                       "$share/a//",
                                       "$share/a/#",
                                       "$share/$/+",
                                       "$share",
                                       "$shared/+",
                                       "$Share//a",
                                       "\xE5\xAE\xB6/+"};
    static const char *const bad[] = {"",
                                      "sport/tennis#",
                                      "sport/tennis/#/ranking",
                                      "sport+",
                                      "+a",
                                      "a/+b",
                                      "a/b+/c",
                                      "##",
                                      "#/",
                                      "/#/",
                                      "++",
                                      "+#",
                                      "#+",
                                      "a/#b",
                                      "\xFF/#",
                                      "$share/",
                                      "$share/a",
                                      "$share/a/",
                                      "$share//b",
                                      "$share/+/b",
                                      "$share/#/b",
                                      "$share/a+/b",
                                      "$share/a#/b",
                                      "$share/a/b#",
                                      "a\xC3"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!mote_topic_is_filter(mote_text(good[i])))
            check_fail(__FILE__, __LINE__, "\"%s\" is a filter", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (mote_topic_is_filter(mote_text(bad[i])))
            check_fail(__FILE__, __LINE__, "\"%s\" is no filter", bad[i]);
    }
    CHECK(!mote_topic_is_filter((struct mote_text){NULL, 0}));
    CHECK(!mote_topic_is_filter(MOTE_TEXT("a\0b")));
}

static const struct {
    const char *filter;
    const char *name;
    bool matches;
} pairs[] = {
    /* 4.7.1.2 */
    {"sport/tennis/player1/#", "sport/tennis/player1", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
    {"sport/tennis/player1/#", "sport/tennis/player10", false},
    {"sport/tennis/player1/#", "sport/tennis", false},
    {"sport/#", "sport", true},
    {"sport/#", "sport/", true},
    {"sport/#", "sports", false},
    {"#", "a", true},
    {"#", "/", true},
    {"#", "a/b/c", true},
    /* 4.7.1.3 */
    {"sport/tennis/+", "sport/tennis/player1", true},
    {"sport/tennis/+", "sport/tennis/player2", true},
    {"sport/tennis/+", "sport/tennis/player1/ranking", false},
    {"sport/+", "sport", false},
    {"sport/+", "sport/", true},
    {"+/+", "/finance", true},
    {"/+", "/finance", true},
    {"+", "/finance", false},
    {"+", "finance", true},
    {"+/tennis/#", "sport/tennis", true},
    {"+/tennis/#", "sport/tennis/a/b", true},
    {"+/tennis/#", "tennis", false},
    {"sport/+/player1", "sport/tennis/player1", true},
    {"sport/+/player1", "sport/tennis/player", false},
    {"sport/+/player1", "sport//player1", true},
    /* 4.7.2 */
    {"#", "$SYS/a", false},
    {"+/monitor/Clients", "$SYS/monitor/Clients", false},
    {"$SYS/#", "$SYS/a", true},
    {"$SYS/#", "$SYS", true},
    {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
    {"+", "$", false},
    {"a/+", "a/$SYS", true},
    {"a/#", "a/$SYS/b", true},
    {"$", "$", true},
    /* 4.7.3 */
    {"ACCOUNTS", "Accounts", false},
    {"ACCOUNTS", "ACCOUNTS", true},
    {"Accounts payable", "Accounts payable", true},
    {"/finance", "finance", false},
    {"finance", "/finance", false},
    {"finance", "finance/", false},
    {"finance/", "finance", false},
    /* and the corners between them */
    {"a/+/#", "a/b", true},
    {"a/+/#", "a", false},
    {"a/+/#", "a/", true},
    {"+/#", "a", true},
    {"+/#", "/", true},
    {"/#", "/", true},
    {"/#", "a", false},
    {"//#", "/", true},
    {"+/+/+", "a/b", false},
    {"+/+/+", "//", true},
    {"+/+", "//", false},
    {"a/b", "a/bc", false},
    {"a/bc", "a/b", false},
    {"a/+/c", "a/b/d", false},
    {"+/b", "ab/b", true},
    {"+/b", "a/bb", false},
};

/* [MQTT3-4.7.2-1:server] [MQTT3-4.7.3-4:server] [MQTT5-4.7.2-1:server] [MQTT5-4.7.3-4:server] */
static void matches(void)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (mote_topic_matches(mote_text(pairs[i].filter), mote_text(pairs[i].name)) != pairs[i].matches)
            check_fail(__FILE__, __LINE__, "%s %s %s", pairs[i].filter, pairs[i].matches ? "matches" : "does not match",
                       pairs[i].name);
    }
}

/* The same again, level by level and without any cleverness. */
static bool model_matches(const char *filter, const char *name, bool first)
{
    size_t filter_level = strcspn(filter, "/"), name_level = strcspn(name, "/");

    if (first && name[0] == '$' && filter[0] != '$')
        return false;
    if (strcmp(filter, "#") == 0)
        return true;
    if (!(filter_level == 1 && filter[0] == '+') &&
        (filter_level != name_level || memcmp(filter, name, filter_level) != 0))
        return false;
    if (name[name_level] == '\0')
        return filter[filter_level] == '\0' || strcmp(filter + filter_level, "/#") == 0;
    return filter[filter_level] == '/' && model_matches(filter + filter_level + 1, name + name_level + 1, false);
}

/* All strings over a few characters, up to this many of them. */
#define LENGTH_MAX 5

static bool next_string(char *string, const char *alphabet)
{
    size_t i = 0;

    for (; string[i] != '\0'; i++) {
        const char *successor = strchr(alphabet, string[i]) + 1;
        if (*successor != '\0') {
            string[i] = *successor;
            return true;
        }
        string[i] = alphabet[0];
    }
    string[i] = alphabet[0];
    string[i + 1] = '\0';
    return i < LENGTH_MAX;
}

/* [MQTT3-4.7.2-1:server] [MQTT5-4.7.2-1:server] */
static void all_short_filters_and_names(void)
{
    char filter[LENGTH_MAX + 2] = "", name[LENGTH_MAX + 2];
    unsigned long matching = 0;

    while (next_string(filter, "a/+#")) {
        if (!mote_topic_is_filter(mote_text(filter)))
            continue;
        memset(name, 0, sizeof name);
        while (next_string(name, "a/$")) {
            bool expected = model_matches(filter, name, true);
            matching += expected;
            if (mote_topic_matches(mote_text(filter), mote_text(name)) != expected)
                check_fail(__FILE__, __LINE__, "%s %s %s", filter, expected ? "matches" : "does not match", name);
        }
    }
    CHECK(matching > 1000);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"names", names},
        {"every place in a name", every_place_in_a_name},
        {"only the name is looked at", only_the_name_is_looked_at},
        {"the longest name", the_longest_name},
        {"filters", filters},
        {"matches", matches},
        {"all short filters and names", all_short_filters_and_names},
    };

    return check_main("unit/topic", cases, sizeof cases / sizeof cases[0], argc, argv);
}
