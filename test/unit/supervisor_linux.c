/* The WiFi supervisor on the virtual board: the same radio and air that the page shows, in a time without sleep. */
#include <mote/sim.h>
#include <string.h>

#include "check.h"
#include "wifi/supervisor.h"

static struct mote_sim sim;
static struct mote_wifi_supervisor supervisor;
static struct mote_node_config config;

static void begin(const char *air)
{
    mote_sim_init(&sim, 7);
    CHECK_EQUAL(mote_sim_air_set(&sim, mote_text(air)), MOTE_OK);
    memset(&supervisor, 0, sizeof supervisor);
    config = (struct mote_node_config){
        .networks = {{.ssid = "one", .password = "key of one"}, {.ssid = "two", .password = "key of two"}},
        .retry_delay_ms_min = 1000,
        .retry_delay_ms_max = 30000,
        .retry_reset_after_ms = 30000,
        .wifi_attempt_ms = 15000,
    };
}

/* As the node's loop does it: a turn, then sleep until something happens. Returns whether the station is joined then. */
static bool pass(uint64_t duration_ms)
{
    uint64_t end_ms = sim.now_ms + duration_ms;
    bool joined = mote_supervisor_turn(&supervisor, &config, &sim.port, sim.now_ms);
    unsigned turns = 0;

    while (sim.now_ms < end_ms) {
        uint64_t deadline_ms = supervisor.deadline_ms < end_ms ? supervisor.deadline_ms : end_ms;

        CHECK(turns++ < 100000);
        sim.port.wait(sim.port.context, deadline_ms);
        joined = mote_supervisor_turn(&supervisor, &config, &sim.port, sim.now_ms);
    }
    return joined;
}

static const char *joined_ssid(void)
{
    static struct mote_wifi_status status;

    sim.port.radio->status(sim.port.context, &status);
    return status.state == MOTE_WIFI_CONNECTED ? status.ssid : "";
}

static void joins_the_strongest(void)
{
    begin("one=key of one@-80;two=key of two@-40;three@-20");
    CHECK(pass(2000));
    CHECK(strcmp(joined_ssid(), "two") == 0);
    CHECK(mote_sim_is_reachable(&sim));
}

static void goes_to_another_when_one_is_gone_and_stays_there(void)
{
    begin("one=key of one@-40;two=key of two@-60");
    CHECK(pass(40000));
    CHECK(strcmp(joined_ssid(), "one") == 0);
    mote_sim_air_present(&sim, "one", false);
    CHECK(pass(5000));
    CHECK(strcmp(joined_ssid(), "two") == 0);
    mote_sim_air_present(&sim, "one", true);
    CHECK(pass(100000));
    CHECK(strcmp(joined_ssid(), "two") == 0);
}

static void a_wrong_key_is_told_and_tried_until_it_is_right(void)
{
    begin("one=another key");
    CHECK(!pass(60000));
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_WRONG_KEY);
    memcpy(mote_sim_air_at(&sim, 0)->key, "key of one", sizeof "key of one");
    CHECK(pass(602000));
    CHECK_EQUAL(supervisor.reason, MOTE_OK);
}

static void each_trouble_has_its_reason(void)
{
    begin("three");
    CHECK(!pass(60000));
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_NO_NETWORK);
    begin("one=key of one@-95");
    CHECK(!pass(60000));
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_WEAK);
    begin("one=key of one");
    mote_sim_air_at(&sim, 0)->refuses = true;
    CHECK(!pass(60000));
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_REFUSED);
    begin("one=key of one");
    mote_sim_air_at(&sim, 0)->no_lease = true;
    CHECK(!pass(60000));
    CHECK_EQUAL(supervisor.reason, MOTE_DHCP_NO_LEASE);
    begin("one=key of one");
    CHECK(pass(60000));
    mote_sim_air_present(&sim, "one", false);
    CHECK(!pass(1200)); /* it takes a second to notice */
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_LOST);
}

static void a_hidden_network_is_found(void)
{
    begin("one=key of one");
    mote_sim_air_at(&sim, 0)->hidden = true;
    CHECK(!pass(10000));
    config.networks[0].hidden = true;
    CHECK(pass(35000));
}

static void a_week_of_coming_and_going(void)
{
    begin("one=key of one@-50;two=key of two@-60");
    for (int hour = 0; hour < 7 * 24; hour++) {
        uint32_t draw = sim.port.random(sim.port.context);

        mote_sim_air_present(&sim, "one", (draw & 3) != 0);
        mote_sim_air_present(&sim, "two", (draw & 12) != 0);
        mote_sim_air_at(&sim, 0)->no_lease = (draw & 48) == 0;
        pass(draw % 3600000);
        mote_sim_air_present(&sim, "two", true);
        CHECK(pass(61000)); /* the longest delay, and an attempt on the other */
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"strongest", joins_the_strongest},
        {"another", goes_to_another_when_one_is_gone_and_stays_there},
        {"wrong-key", a_wrong_key_is_told_and_tried_until_it_is_right},
        {"reasons", each_trouble_has_its_reason},
        {"hidden", a_hidden_network_is_found},
        {"a-week", a_week_of_coming_and_going},
    };

    return check_main("unit/supervisor-sim", cases, sizeof cases / sizeof cases[0], argc, argv);
}
