/* The WiFi supervisor among several access points of one name: which it takes, and when it moves. */
#include "supervisor_rig.h"

static void each_access_point_has_its_turn(void)
{
    begin();
    hear_point("one", -70, 7);
    hear_point("one", -50, 8);
    hear_point("one", -60, 9);
    settle();
    CHECK_EQUAL(fake.aim.bssid[0], 8);
    fail_now(MOTE_WIFI_REFUSED);
    CHECK_EQUAL(fake.aim.bssid[0], 9);
    fail_now(MOTE_WIFI_REFUSED);
    CHECK_EQUAL(fake.aim.bssid[0], 7);
    CHECK(join_there(-70));
}

static void several_attempts_at_one(void)
{
    begin();
    config.networks[0].attempts = 3;
    hear_point("one", -50, 8);
    hear_point("two", -60, 9);
    settle();
    fail_now(MOTE_WIFI_REFUSED);
    fail_now(MOTE_WIFI_REFUSED);
    CHECK_EQUAL(fake_count("join one"), 3);
    CHECK_EQUAL(fake_count("join two"), 0);
    fail_now(MOTE_WIFI_REFUSED);
    CHECK_EQUAL(fake_count("join two"), 1);
}

static void a_pinned_access_point_is_the_only_one(void)
{
    begin();
    memset(config.networks[0].bssid, 7, 6);
    hear_point("one", -40, 8);
    settle();
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_NO_NETWORK);
    hear_point("one", -80, 7);
    pass(3000);
    CHECK_EQUAL(fake.aim.bssid[0], 7);
    CHECK(join_there(-80));
}

static void a_pinned_one_may_be_hidden(void)
{
    begin();
    memset(config.networks[0].bssid, 7, 6);
    config.networks[0].hidden = true;
    settle();
    fake_expect("join one");
    CHECK_EQUAL(fake.aim.bssid[0], 7);
}

static void a_faint_one_that_lets_nobody_in_is_weak(void)
{
    begin();
    hear_point("one", -90, 8);
    settle();
    fail_now(MOTE_WIFI_REFUSED);
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_WEAK);
}

static void more_access_points_than_places(void)
{
    begin();
    config.networks[1] = (struct mote_network){.ssid = "shy", .hidden = true};
    for (int i = 0; i < MOTE_SCAN_MAX; i++)
        hear_point("one", -30 - i, (uint8_t)(i + 1));
    settle();
    for (int i = 1; i <= MOTE_SCAN_MAX; i++) {
        CHECK_EQUAL(fake.aim.bssid[0], i);
        fail_now(MOTE_WIFI_REFUSED);
    }
    CHECK_EQUAL(fake_count("join"), MOTE_SCAN_MAX);
}

/* Joined to number 7, with a signal of -80 dBm for so long that it looks around. */
static void look_around(void)
{
    begin();
    hear_point("one", -60, 7);
    settle();
    join_there(-60);
    pass(100000);
    CHECK_EQUAL(supervisor.deadline_ms, MOTE_NEVER); /* nobody wakes for a good signal */
    fake_forget();
    fake.status.signal_dbm = -80;
    fake.found_count = 0;
    CHECK(pass(14999));
    CHECK_EQUAL(fake.line_count, 0);
}

static void moves_to_a_stronger_one(void)
{
    look_around();
    hear_point("one", -60, 8);
    hear_point("one", -80, 7);
    CHECK(pass(1));
    fake_expect("scan");
    fake_expect("join one");
    CHECK_EQUAL(fake.aim.bssid[0], 8);
    CHECK(pass(1000)); /* nobody need hear of it */
    CHECK_EQUAL(fake_count("leave"), 0);
    CHECK(join_there(-60));
    CHECK(pass(100000));
    CHECK_EQUAL(fake.line_count, 2);
    CHECK_EQUAL(supervisor.memory[0].aim.bssid[0], 8);
}

static void a_radio_may_speak_of_the_old_one_for_a_while(void)
{
    struct mote_wifi_status old;

    look_around();
    old = fake.status;
    hear_point("one", -60, 8);
    pass(1);
    fake.status = old;
    CHECK(pass(4000));
    CHECK_EQUAL(fake_count("join"), 1);
    CHECK(join_there(-60));
    CHECK_EQUAL(supervisor.memory[0].aim.bssid[0], 8);

    look_around();
    hear_point("one", -60, 8);
    pass(1);
    fake.status = old; /* or for ever: then it was not moved */
    CHECK(pass(5000));
    CHECK_EQUAL(supervisor.memory[0].aim.bssid[0], 7);
}

static void a_move_that_fails_leads_back(void)
{
    look_around();
    hear_point("one", -60, 8);
    pass(1);
    fake_forget();
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_REFUSED);
    CHECK(!settle());
    fake_expect("join one");
    CHECK_EQUAL(fake.aim.bssid[0], 7);
    CHECK(join_there(-80));

    look_around();
    hear_point("one", -60, 8);
    pass(1);
    fake_forget();
    pass(5000); /* no answer is one, too */
    CHECK(!settle());
    fake_expect("join one");
    CHECK_EQUAL(fake.aim.bssid[0], 7);
}

static void a_little_stronger_is_not_enough(void)
{
    look_around();
    hear_point("one", -73, 8);
    pass(1);
    CHECK_EQUAL(fake_count("join"), 0);
    config.roam_gain_db = 7;
    fake_forget();
    CHECK(supervisor.deadline_ms - fake.now_ms <= 120000);
    CHECK(pass(supervisor.deadline_ms - fake.now_ms));
    CHECK_EQUAL(fake_count("scan"), 1);
    fake_expect("join one");
    CHECK_EQUAL(fake.aim.bssid[0], 8);
}

static void it_looks_more_and_more_rarely(void)
{
    look_around();
    CHECK(pass(1));
    fake_forget();
    pass(3600000);
    CHECK(fake_count("scan") >= 6 && fake_count("scan") <= 30);
    fake_forget();
    pass(3600000);
    CHECK(fake_count("scan") >= 6 && fake_count("scan") <= 20);
}

static void a_short_weakness_is_nothing(void)
{
    look_around();
    fake.status.signal_dbm = -60;
    CHECK(pass(10000));
    fake.status.signal_dbm = -80;
    CHECK(pass(9999));
    fake.status.signal_dbm = -60;
    CHECK(pass(100000));
    CHECK_EQUAL(fake.line_count, 0);
}

static void another_network_of_the_same_priority_will_do(void)
{
    look_around();
    hear_point("two", -50, 9);
    pass(1);
    CHECK(!settle()); /* connections do not last in another network */
    fake_expect("join two");
    CHECK(join_there(-50));
    CHECK_EQUAL(supervisor.network, 1);

    look_around();
    config.networks[0].priority = 1;
    hear_point("two", -50, 9);
    CHECK(pass(1));
    CHECK_EQUAL(fake_count("join"), 0);
}

static void it_can_be_told_to_stay(void)
{
    begin();
    config.roam_below_dbm = -128;
    hear_point("one", -60, 7);
    settle();
    join_there(-99);
    CHECK(pass(1000000));
    CHECK_EQUAL(fake_count("scan"), 1);
}

static void it_can_be_told_when(void)
{
    begin();
    config.roam_below_dbm = -60;
    hear_point("one", -60, 7);
    settle();
    join_there(-61);
    CHECK(pass(1000000));
    CHECK(fake_count("scan") > 1);
}

static void a_look_that_cannot_be_had_or_does_not_end(void)
{
    look_around();
    fake.radio_reason = MOTE_WIFI_INACTIVE;
    CHECK(pass(1000));
    CHECK_EQUAL(fake_count("join"), 0);

    look_around();
    fake.scanning = true;
    CHECK(pass(20000));
    CHECK_EQUAL(fake_count("join"), 0);
    CHECK_EQUAL(fake_count("scan"), 1);
}

static void the_network_is_lost_during_the_look(void)
{
    look_around();
    fake.scanning = true;
    pass(1);
    fake_forget();
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    CHECK(!settle());
    fake_expect("join one");
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_LOST);
}

/* Every scan takes the radio away from its channel, and whoever fills in the setup page with it. */
static void with_an_access_point_of_its_own_it_scans_rarely(void)
{
    begin();
    pass(600000);
    CHECK(fake_count("scan") > 150);
    begin();
    fake.own_active = true;
    pass(600000);
    CHECK(fake_count("scan") < 60);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"each-in-turn", each_access_point_has_its_turn},
        {"attempts", several_attempts_at_one},
        {"pinned", a_pinned_access_point_is_the_only_one},
        {"pinned-hidden", a_pinned_one_may_be_hidden},
        {"faint", a_faint_one_that_lets_nobody_in_is_weak},
        {"many", more_access_points_than_places},
        {"moves", moves_to_a_stronger_one},
        {"speaks-of-the-old", a_radio_may_speak_of_the_old_one_for_a_while},
        {"move-fails", a_move_that_fails_leads_back},
        {"a-little", a_little_stronger_is_not_enough},
        {"rarely", it_looks_more_and_more_rarely},
        {"short-weakness", a_short_weakness_is_nothing},
        {"another-network", another_network_of_the_same_priority_will_do},
        {"stays", it_can_be_told_to_stay},
        {"threshold", it_can_be_told_when},
        {"no-look", a_look_that_cannot_be_had_or_does_not_end},
        {"lost-looking", the_network_is_lost_during_the_look},
        {"own-access-point", with_an_access_point_of_its_own_it_scans_rarely},
    };

    return check_main("unit/supervisor-roam", cases, sizeof cases / sizeof cases[0], argc, argv);
}
