/* What a script finds around it, without any interpreter: the texts that say what is outside of the board. */
#include "check.h"

#include "python/native/script_inside.h"

#include <stdlib.h>
#include <string.h>

static struct mote_sim sim;

static bool set_air(const char *text)
{
    mote_sim_init(&sim, 1);
    return mote_script_air_set(&sim, text);
}

static void expect_point(unsigned index, const char *ssid, const char *key, unsigned join_ms)
{
    const struct mote_sim_access_point *point = mote_sim_air_at(&sim, index);

    CHECK(point != NULL);
    CHECK(strcmp(point->ssid, ssid) == 0);
    CHECK(strcmp(point->key, key) == 0);
    CHECK_EQUAL(point->join_ms, join_ms);
    CHECK(point->present);
}

static void reads_an_air(void)
{
    CHECK(set_air(
        "essid:password:300,No,thankyou-2:with:colons,and:commas:200,open::0\nlast:password:4294967295\nplay:key:1"));
    CHECK_EQUAL(mote_sim_air_count(&sim), 5);
    expect_point(0, "essid", "password", 300);
    expect_point(1, "No,thankyou-2", "with:colons,and:commas", 200);
    expect_point(2, "open", "", 1);
    expect_point(3, "last", "password", 4294967295);
    expect_point(4, "play", "key", 1);
    CHECK(set_air(",,\n"));
    CHECK_EQUAL(mote_sim_air_count(&sim), 0);
}

static void refuses_a_wrong_air(void)
{
    static const char *const wrong[] = {"essid",
                                        "essid:password",
                                        "essid:password:",
                                        ":password:5",
                                        "essid:password:4294967296",
                                        "essid:password:5x",
                                        "a_name_of_more_than_thirty_two_bytes:password:5",
                                        "essid:pass\nword:5"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(!set_air(wrong[i]));
}

static void reads_where_connections_lead(void)
{
    CHECK(mote_script_hosts_set(""));
    CHECK(mote_script_hosts_set("a=b,a:1883=b:21890,[::1]:1883=[fe80::1]:1,::1=127.0.0.1,::x=[::1],"));
    CHECK(!mote_script_hosts_set("a"));
    CHECK(!mote_script_hosts_set("a=b,c"));
    CHECK(!mote_script_hosts_set("=b"));
    CHECK(!mote_script_hosts_set("a="));
    CHECK(!mote_script_hosts_set("a:x=b"));
    CHECK(!mote_script_hosts_set("a:=b"));
    CHECK(!mote_script_hosts_set("a:0=b"));
    CHECK(!mote_script_hosts_set("a=b:65536"));
    CHECK(!mote_script_hosts_set("a=:5"));
}

/* Whatever there is in them, nothing is read behind their end. */
static void survives_any_text(void)
{
    static const char letters[] = "::==,,[]\n\r019ab";
    uint32_t state = 1;
    char text[40];
    char *exact;

    for (int round = 0; round < 50000; round++) {
        size_t length = (size_t)round % sizeof text;

        for (size_t i = 0; i < length; i++) {
            state = state * 1664525u + 1013904223u;
            text[i] = letters[(state >> 16) % (sizeof letters - 1)];
        }
        text[length == 0 ? 0 : length - 1] = '\0';
        exact = strdup(text);
        CHECK(exact != NULL);
        set_air(exact);
        mote_script_hosts_set(exact);
        free(exact);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"reads-an-air", reads_an_air},
        {"refuses-a-wrong-air", refuses_a_wrong_air},
        {"reads-where-connections-lead", reads_where_connections_lead},
        {"survives-any-text", survives_any_text},
    };

    return check_main("unit/script_linux", cases, sizeof cases / sizeof cases[0], argc, argv);
}
