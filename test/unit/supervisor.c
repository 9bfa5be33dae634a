/* The WiFi supervisor in a scripted air: which network it tries, when it gives one up, how it comes back, and that the
 * broker's troubles are not the radio's. */
#include "supervisor_rig.h"

static void joins_the_strongest(void)
{
    begin();
    fake.scanning = true;
    fake_hear("stranger", -20);
    fake_hear("one", -70);
    fake_hear("two", -50);
    CHECK(!settle());
    CHECK_EQUAL(fake.status.state, MOTE_WIFI_IDLE); /* it was off */
    fake_expect("scan");
    CHECK_EQUAL(fake.line_count, 1);
    fake.scanning = false;
    CHECK(!settle());
    fake_expect("join two key of two");
    CHECK_EQUAL(supervisor.network, 1);
    fake_radio(MOTE_WIFI_IDLE, MOTE_OK); /* a radio that takes its time to begin */
    CHECK(!settle());
    CHECK_EQUAL(fake.line_count, 2);
    CHECK_EQUAL(supervisor.reason, MOTE_OK);
    CHECK(join_now());
    CHECK_EQUAL(supervisor.deadline_ms, MOTE_NEVER);
    CHECK_EQUAL(supervisor.network, 1);
    CHECK(pass(1000000));
    CHECK_EQUAL(fake.line_count, 2);
}

static void priority_comes_before_signal(void)
{
    begin();
    config.networks[0].priority = 5;
    config.networks[2] = (struct mote_network){.ssid = "three", .priority = 5};
    fake_hear("two", -30);
    fake_hear("three", -70);
    fake_hear("one", -80);
    settle();
    fake_expect("join three");
    fail_now(MOTE_WIFI_REFUSED);
    fake_expect("join one");
    fail_now(MOTE_WIFI_REFUSED);
    fake_expect("join two");
}

static void equal_ones_are_tried_as_listed(void)
{
    begin();
    fake_hear("two", -60);
    fake_hear("one", -60);
    settle();
    fake_expect("join one");
}

static void several_access_points_of_one_name_count_as_the_strongest(void)
{
    begin();
    fake_hear("one", -90);
    fake_hear("two", -60);
    fake_hear("one", -40);
    settle();
    fake_expect("join one");
}

static void hidden_ones_are_tried_after_those_that_are_heard(void)
{
    begin();
    config.networks[0].hidden = true;
    fake_hear("two", -95);
    settle();
    fake_expect("join two");
    fail_now(MOTE_WIFI_LOST);
    fake_expect("join one");
    CHECK(join_now());
}

static void an_attempt_has_its_time(void)
{
    begin();
    fake_hear("one", -50);
    fake_hear("two", -60);
    settle();
    fake_expect("join one");
    pass(14999);
    CHECK_EQUAL(fake.line_count, 2);
    pass(1);
    fake_expect("leave");
    fake_expect("join two");
    CHECK(join_now());
}

static void a_wrong_key_is_told_from_no_network(void)
{
    begin();
    settle();
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_NO_NETWORK);

    begin();
    fake_hear("one", -50);
    fake_hear("two", -60);
    settle();
    fail_now(MOTE_WIFI_WRONG_KEY);
    fake_expect("join two");
    CHECK_EQUAL(supervisor.reason, MOTE_OK); /* not before all have been tried */
    fail_now(MOTE_DHCP_NO_LEASE);
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_WRONG_KEY);

    static const enum mote_reason reasons[] = {MOTE_WIFI_WEAK, MOTE_WIFI_REFUSED, MOTE_DHCP_NO_LEASE};
    for (size_t i = 0; i < 3; i++) {
        begin();
        fake_hear("one", -50);
        settle();
        fail_now(reasons[i]);
        CHECK_EQUAL(supervisor.reason, reasons[i]);
    }
}

static void reasons_are_those_of_the_last_round(void)
{
    begin();
    fake_hear("one", -50);
    settle();
    fail_now(MOTE_WIFI_WRONG_KEY);
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_WRONG_KEY);
    fake.found_count = 0;
    pass(2000);
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_NO_NETWORK);
    fake_hear("one", -50);
    fake.join_reason = MOTE_CONFIG_INVALID; /* it cannot even begin */
    pass(4000);
    CHECK_EQUAL(supervisor.reason, MOTE_CONFIG_INVALID);
}

static void as_many_networks_as_there_may_be(void)
{
    static const char *const names[] = {"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"};

    begin();
    config.broker = "n9"; /* what lies behind the networks is none */
    for (size_t i = 0; i < MOTE_NETWORKS_MAX; i++)
        config.networks[i] = (struct mote_network){.ssid = names[i], .hidden = true};
    fake_hear("n9", -50);
    settle();
    for (size_t i = 0; i + 1 < MOTE_NETWORKS_MAX; i++)
        fail_now(MOTE_WIFI_LOST);
    CHECK_EQUAL(fake_count("join"), MOTE_NETWORKS_MAX);
    fail_now(MOTE_WIFI_LOST);
    CHECK_EQUAL(fake_count("join"), MOTE_NETWORKS_MAX);
}

static void all_having_failed_it_waits_longer_each_time(void)
{
    uint64_t bound_ms = 2000;

    begin();
    fake_hear("one", -50);
    fake.join_reason = MOTE_WIFI_REFUSED;
    for (int round = 0; round < 8; round++) {
        uint64_t delay_ms;

        settle();
        CHECK_EQUAL(fake_count("scan"), (unsigned)round + 1);
        delay_ms = supervisor.deadline_ms - fake.now_ms;
        CHECK(delay_ms >= 1000 && delay_ms <= bound_ms);
        bound_ms = bound_ms * 2 > 30000 ? 30000 : bound_ms * 2;
        fake.now_ms += delay_ms;
    }
    for (int round = 0; round < 300; round++)
        pass(30000);
    CHECK_EQUAL(supervisor.failures, UINT8_MAX);
    fake.join_reason = MOTE_OK;
    fake_forget();
    pass(30000);
    fake_expect("join one");
    CHECK(join_now());
    CHECK_EQUAL(supervisor.reason, MOTE_OK);
    pass(30000); /* having held, it begins anew */
    fake.found_count = 0;
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    settle();
    CHECK(supervisor.deadline_ms - fake.now_ms <= 2000);
}

/* The router may have been starting. */
static void a_wrong_key_is_tried_again(void)
{
    begin();
    fake_hear("one", -50);
    settle();
    fail_now(MOTE_WIFI_WRONG_KEY);
    fake_forget();
    pass(2000);
    fake_expect("scan");
    fake_expect("join one");
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_WRONG_KEY); /* as long as nothing better is known */
    CHECK(join_now());
}

static void a_lost_network_is_looked_for_at_once(void)
{
    begin();
    fake_hear("one", -50);
    settle();
    join_now();
    pass(30000);
    fake_forget();
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    CHECK(!settle());
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_LOST);
    fake_expect("scan");
    fake_expect("join one");
    CHECK(join_now());
}

static void one_that_does_not_hold_is_not_tried_at_once(void)
{
    begin();
    fake.now_ms = 1000000;
    fake_hear("one", -50);
    settle();
    for (int i = 0; i < 5; i++) {
        CHECK(join_now());
        pass(1000);
        fake_forget();
        fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
        CHECK(!settle());
        CHECK_EQUAL(fake.line_count, 0);
        pass(supervisor.deadline_ms - fake.now_ms);
        fake_expect("join one");
    }
    CHECK(supervisor.failures == 5);
}

static void a_radio_that_returns_by_itself_is_left_to_it(void)
{
    begin();
    config.networks[2] = (struct mote_network){.ssid = "three", .hidden = true};
    fake_hear("two", -60);
    fake_hear("one", -50);
    settle();
    fail_now(MOTE_WIFI_WRONG_KEY);
    fake_expect("join two");
    join_now();
    pass(1000);
    fake_forget();
    fake_radio(MOTE_WIFI_CONNECTING, MOTE_OK);
    CHECK(!settle());
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_LOST);
    CHECK_EQUAL(fake.line_count, 0);
    CHECK(join_now());
    fake_radio(MOTE_WIFI_CONNECTING, MOTE_OK);
    pass(15000); /* but not for ever */
    fake_expect("leave");
    CHECK_EQUAL(fake_count("join"), 0); /* what the last scan has seen is long ago */
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_REFUSED);
}

static void what_is_joined_already_is_not_disturbed(void)
{
    begin();
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    snprintf(fake.status.ssid, sizeof fake.status.ssid, "two");
    CHECK(pass(100000));
    CHECK_EQUAL(fake.line_count, 0);
    CHECK_EQUAL(supervisor.network, 1);

    begin();
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    snprintf(fake.status.ssid, sizeof fake.status.ssid, "a neighbour");
    fake_hear("one", -50);
    CHECK(!settle());
    fake_expect("join one");
}

/* An earlier program has joined the same network elsewhere. */
static void what_is_joined_at_the_wrong_place_is_left(void)
{
    begin();
    config.networks[0].bssid[5] = 7;
    snprintf(fake.status.ssid, sizeof fake.status.ssid, "one");
    fake.status.aim.bssid[5] = 8;
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    fake_hear("one", -50);
    memcpy(fake.found[0].bssid, config.networks[0].bssid, 6);
    CHECK(!settle());
    fake_expect("join one");
    fake.status.aim.bssid[5] = 7;
    CHECK(join_now());
}

static void a_radio_that_is_not_there(void)
{
    begin();
    fake.radio_reason = MOTE_WIFI_INACTIVE;
    CHECK(!pass(100000));
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_INACTIVE);
    fake.radio_reason = MOTE_OK;
    fake_hear("one", -50);
    pass(30000);
    fake_expect("join one");
    fake_radio(MOTE_WIFI_OFF, MOTE_WIFI_INACTIVE); /* and is taken away in the middle */
    settle();
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_INACTIVE);
}

/* Whoever has waited for it for long does not wait any longer. */
static void a_radio_that_is_back(void)
{
    begin();
    fake_radio(MOTE_WIFI_OFF, MOTE_WIFI_INACTIVE);
    fake.radio_reason = MOTE_WIFI_INACTIVE;
    pass(100000);
    fake.radio_reason = MOTE_OK;
    settle();
    CHECK_EQUAL(fake_count("scan"), 0);
    fake_radio(MOTE_WIFI_IDLE, MOTE_OK);
    settle();
    CHECK_EQUAL(fake_count("scan"), 1);
}

/* It has hardly been joined; but nothing speaks against the network. */
static void a_radio_that_was_switched_off_is_switched_on(void)
{
    begin();
    fake_hear("one", -50);
    settle();
    CHECK(join_now());
    fake_radio(MOTE_WIFI_OFF, MOTE_WIFI_INACTIVE);
    CHECK(!settle());
    CHECK_EQUAL(fake_count("join one"), 2);
}

static void a_scan_that_does_not_end(void)
{
    begin();
    config.networks[1].hidden = true;
    fake.scanning = true;
    pass(9999);
    CHECK_EQUAL(fake.line_count, 1);
    pass(1);
    fake_expect("join two");
}

/* --- With the node --- */

static struct mote_node node;

static void begin_node(void)
{
    begin();
    config.id = "n";
    config.broker = "mqtt://broker";
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
}

static void go_online(void)
{
    begin_node();
    fake_hear("one", -50);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_JOINING);
    CHECK_EQUAL(fake_count("dial"), 0);
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void the_node_says_why_it_is_not_joined(void)
{
    uint64_t deadline_ms;

    begin_node();
    deadline_ms = fake_settle(&node);
    CHECK_EQUAL(deadline_ms, node.wifi.deadline_ms);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_JOINING);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_WIFI_NO_NETWORK);
    fake_hear("one", -50);
    fake_pass(&node, 2000);
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    fake_expect("PUBLISH n/reason wifi.no_network");
}

static void the_brokers_troubles_are_not_the_radios(void)
{
    go_online();
    fake_forget();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_cut();
    fake_pass(&node, 1000000);
    CHECK(fake_count("dial") > 20);
    CHECK_EQUAL(fake_count("scan") + fake_count("join") + fake_count("leave"), 0);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_TCP_REFUSED);
    mote_node_stop(&node);
    fake_settle(&node);
    CHECK_EQUAL(fake.status.state, MOTE_WIFI_CONNECTED);
}

static void a_lost_network_ends_the_connection(void)
{
    go_online();
    fake_pass(&node, 31000);
    fake_forget();
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    fake_settle(&node);
    fake_expect("scan");
    fake_expect("abort");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_JOINING);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_WIFI_LOST);
    fake_expect("join one");
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    fake_settle(&node);
    fake_expect("dial"); /* at once: the broker has not failed */
    fake_expect("PUBLISH n/reason wifi.lost");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void back_in_the_network_it_does_not_wait(void)
{
    go_online();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_cut();
    fake_pass(&node, 100000);
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    fake_settle(&node);
    fake.dial = FAKE_ACCEPTS;
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void an_attempt_takes_15_seconds_by_default(void)
{
    begin();
    config = (struct mote_node_config){.id = "n", .broker = "mqtt://broker", .networks = {{.ssid = "one"}}};
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_hear("one", -50);
    fake_pass(&node, 14999);
    CHECK_EQUAL(fake_count("leave"), 0);
    fake_pass(&node, 1);
    CHECK_EQUAL(fake_count("leave"), 1);
}

static void stops_while_joining(void)
{
    begin_node();
    fake_settle(&node);
    mote_node_stop(&node);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"strongest", joins_the_strongest},
        {"priority", priority_comes_before_signal},
        {"order", equal_ones_are_tried_as_listed},
        {"several-access-points", several_access_points_of_one_name_count_as_the_strongest},
        {"hidden", hidden_ones_are_tried_after_those_that_are_heard},
        {"attempt-time", an_attempt_has_its_time},
        {"reasons", a_wrong_key_is_told_from_no_network},
        {"last-round", reasons_are_those_of_the_last_round},
        {"many", as_many_networks_as_there_may_be},
        {"backoff", all_having_failed_it_waits_longer_each_time},
        {"wrong-key-again", a_wrong_key_is_tried_again},
        {"lost", a_lost_network_is_looked_for_at_once},
        {"does-not-hold", one_that_does_not_hold_is_not_tried_at_once},
        {"returns-by-itself", a_radio_that_returns_by_itself_is_left_to_it},
        {"joined-already", what_is_joined_already_is_not_disturbed},
        {"no-radio", a_radio_that_is_not_there},
        {"joined-elsewhere", what_is_joined_at_the_wrong_place_is_left},
        {"radio-is-back", a_radio_that_is_back},
        {"switched-off", a_radio_that_was_switched_off_is_switched_on},
        {"endless-scan", a_scan_that_does_not_end},
        {"node-reason", the_node_says_why_it_is_not_joined},
        {"node-broker", the_brokers_troubles_are_not_the_radios},
        {"node-lost", a_lost_network_ends_the_connection},
        {"node-back", back_in_the_network_it_does_not_wait},
        {"node-attempt", an_attempt_takes_15_seconds_by_default},
        {"node-stop", stops_while_joining},
    };

    return check_main("unit/supervisor", cases, sizeof cases / sizeof cases[0], argc, argv);
}
