/* What the WiFi supervisor learns: where a network is, and whether its key works. */
#include "supervisor_rig.h"

static void a_lost_network_is_looked_for_where_it_was(void)
{
    begin();
    hear_point("one", -50, 7);
    settle();
    join_there(-50);
    pass(60000);
    fake_forget();
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    settle();
    fake_expect("join one");
    CHECK_EQUAL(fake_count("scan"), 0);
    CHECK_EQUAL(fake.aim.bssid[5], 7);
    CHECK_EQUAL(fake.aim.channel, 7);
    CHECK(join_there(-50));
}

static void but_not_for_long(void)
{
    begin();
    hear_point("one", -50, 7);
    settle();
    join_there(-50);
    pass(60000);
    fake_forget();
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    settle();
    fake.found_count = 0;
    hear_point("one", -60, 9);
    pass(3000);
    fake_expect("join one");
    fake_expect("leave");
    fake_expect("scan");
    fake_expect("join one");
    CHECK_EQUAL(fake.aim.bssid[5], 9);
}

static void a_refusal_there_leads_to_a_scan_at_once(void)
{
    begin();
    hear_point("one", -50, 7);
    settle();
    join_there(-50);
    pass(60000);
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    settle();
    fake_forget();
    fail_now(MOTE_WIFI_NO_NETWORK);
    fake_expect("scan");
}

static void memory_lasts_over_a_restart(void)
{
    static struct mote_wifi_memory kept[MOTE_NETWORKS_MAX];

    begin();
    hear_point("two", -50, 8);
    settle();
    join_there(-50);
    memcpy(kept, supervisor.memory, sizeof kept);

    begin();
    memcpy(supervisor.memory, kept, sizeof kept);
    settle();
    fake_expect("join two key of two");
    CHECK_EQUAL(fake_count("scan"), 0);
    CHECK_EQUAL(fake.aim.channel, 8);
    CHECK(join_there(-50));

    begin(); /* with another key there is nothing to go by */
    memcpy(supervisor.memory, kept, sizeof kept);
    config.networks[1].password = "another key";
    settle();
    fake_expect("scan");

    begin(); /* in another place of the list it is the same network */
    memcpy(supervisor.memory, kept, sizeof kept);
    config.networks[2] = config.networks[1];
    config.networks[1].ssid = "newcomer";
    settle();
    fake_expect("join two key of two");
    CHECK_EQUAL(supervisor.network, 2);
}

static void of_several_the_one_of_highest_priority_is_aimed_at(void)
{
    static struct mote_wifi_memory kept[MOTE_NETWORKS_MAX];

    begin();
    config.networks[1].priority = 1;
    hear_point("one", -50, 7);
    settle();
    join_there(-50);
    fake.found_count = 0;
    hear_point("two", -50, 8);
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    pass(5000); /* aims at `one`, in vain, and scans */
    fake_forget();
    join_there(-50);
    CHECK_EQUAL(supervisor.network, 1);
    memcpy(kept, supervisor.memory, sizeof kept);

    begin();
    config.networks[1].priority = 1;
    memcpy(supervisor.memory, kept, sizeof kept);
    settle();
    fake_expect("join two");
}

/* Rounds until the next attempt, or an hour. */
static unsigned attempts_in(uint64_t duration_ms)
{
    uint64_t end_ms = fake.now_ms + duration_ms;
    unsigned attempts = 0;

    while (fake.now_ms < end_ms) {
        fake_forget();
        if (supervisor.deadline_ms > end_ms)
            break;
        pass(supervisor.deadline_ms - fake.now_ms);
        attempts += fake_count("join");
        if (fake_count("join") > 0)
            fail_now(MOTE_WIFI_WRONG_KEY);
    }
    return attempts;
}

static void a_key_that_never_worked_is_tried_twice_while_there_are_others(void)
{
    begin();
    hear_point("one", -50, 7);
    settle();
    fake_expect("join one");
    fail_now(MOTE_WIFI_WRONG_KEY);
    CHECK_EQUAL(attempts_in(300000), 1);
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_WRONG_KEY);
    CHECK_EQUAL(attempts_in(3600000), 6); /* and rarely as long as nothing else is in reach */
    fake_forget();
    hear_point("two", -80, 8);
    pass(30000);
    fake_expect("join two");
    CHECK(join_there(-80));
    CHECK_EQUAL(supervisor.reason, MOTE_OK);
}

static void the_only_key_is_tried_on(void)
{
    begin();
    config.networks[1].ssid = NULL;
    hear_point("one", -50, 7);
    settle();
    fail_now(MOTE_WIFI_WRONG_KEY);
    CHECK(attempts_in(600000) >= 20);
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_WRONG_KEY);
}

static void a_key_that_has_worked_is_tried_on(void)
{
    begin();
    hear_point("one", -50, 7);
    settle();
    join_there(-50);
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_LOST);
    settle();
    CHECK(attempts_in(600000) >= 20);
    CHECK_EQUAL(supervisor.reason, MOTE_WIFI_WRONG_KEY);
}

/* Who is let in but gets no address has the right key. */
static void no_lease_proves_the_key(void)
{
    begin();
    hear_point("one", -50, 7);
    settle();
    fail_now(MOTE_DHCP_NO_LEASE);
    CHECK_EQUAL(supervisor.memory[0].key, MOTE_KEY_WORKED);
    CHECK(attempts_in(600000) >= 20);
}

static void a_wrong_key_is_wrong_at_every_access_point(void)
{
    begin();
    hear_point("one", -40, 7);
    hear_point("one", -50, 8);
    hear_point("two", -60, 9);
    settle();
    fake_expect("join one");
    fail_now(MOTE_WIFI_WRONG_KEY);
    fake_expect("join two");
}

static void a_corrected_key_is_taken_at_once(void)
{
    begin();
    hear_point("one", -50, 7);
    settle();
    fail_now(MOTE_WIFI_WRONG_KEY);
    attempts_in(60000);
    fake_forget();
    config.networks[0].password = "the right key";
    mote_supervisor_restart(&supervisor);
    settle();
    fake_expect("join one the right key");
    CHECK(join_there(-50));
}

static void a_restart_leaves_what_is_joined_alone(void)
{
    begin();
    hear_point("one", -50, 7);
    settle();
    join_there(-50);
    fake_forget();
    mote_supervisor_restart(&supervisor);
    CHECK(pass(100000));
    CHECK_EQUAL(fake.line_count, 0);
}

/* --- With the node --- */

static struct mote_node node;

static void the_node_takes_other_networks(void)
{
    static const struct mote_network impossible[MOTE_NETWORKS_MAX] = {{.ssid = "one", .password = "short"}};
    static const struct mote_network others[MOTE_NETWORKS_MAX] = {{.ssid = "three", .password = "key of three"}};

    begin();
    config.id = "n";
    config.broker = "mqtt://broker";
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    hear_point("three", -50, 9);
    fake_pass(&node, 100000);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_WIFI_NO_NETWORK);
    CHECK_EQUAL(mote_node_set_networks(&node, impossible), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_set_networks(&node, others), MOTE_OK);
    fake_forget();
    fake_settle(&node);
    fake_expect("join three key of three");
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(mote_node_wifi_memory(&node)[0].aim.channel, 9);
    CHECK_EQUAL(mote_node_wifi_memory(&node)[0].key, MOTE_KEY_WORKED);
}

static void the_node_hands_its_memory_on(void)
{
    static struct mote_wifi_memory kept[MOTE_NETWORKS_MAX];

    the_node_takes_other_networks();
    memcpy(kept, mote_node_wifi_memory(&node), sizeof kept);
    begin();
    config = (struct mote_node_config){.id = "n",
                                       .broker = "mqtt://broker",
                                       .networks = {{.ssid = "three", .password = "key of three"}},
                                       .wifi_memory = kept};
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_settle(&node);
    fake_expect("join three");
    CHECK_EQUAL(fake.aim.channel, 9);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"aims", a_lost_network_is_looked_for_where_it_was},
        {"aims-briefly", but_not_for_long},
        {"aim-refused", a_refusal_there_leads_to_a_scan_at_once},
        {"restart", memory_lasts_over_a_restart},
        {"aims-by-priority", of_several_the_one_of_highest_priority_is_aimed_at},
        {"key-never-worked", a_key_that_never_worked_is_tried_twice_while_there_are_others},
        {"only-key", the_only_key_is_tried_on},
        {"key-worked", a_key_that_has_worked_is_tried_on},
        {"no-lease", no_lease_proves_the_key},
        {"key-everywhere", a_wrong_key_is_wrong_at_every_access_point},
        {"key-corrected", a_corrected_key_is_taken_at_once},
        {"restart-joined", a_restart_leaves_what_is_joined_alone},
        {"node-networks", the_node_takes_other_networks},
        {"node-memory", the_node_hands_its_memory_on},
    };

    return check_main("unit/supervisor-memory", cases, sizeof cases / sizeof cases[0], argc, argv);
}
