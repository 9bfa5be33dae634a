/* The portal: when it opens and closes, what is tried, what is kept, and what everything goes back to. */
#include "setup_rig.h"

#include "port/sim/sim.h"
#include "wifi/turn.h"

static void point(const char *ssid, bool present)
{
    CHECK(mote_sim_air_present(&rig.sim, ssid, present));
}

/* --- Opening --- */

static void stays_closed_while_all_is_well(void)
{
    rig_prepare();
    rig_go_online();
    rig_pass(24 * 3600000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    CHECK_EQUAL(rig.trace[0], '\0');
    CHECK(mote_sim_own_ssid(&rig.sim) == NULL);
}

static void opens_after_five_minutes_without_a_network(void)
{
    rig_prepare();
    point("home", false);
    rig_start();
    rig_pass(299000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    rig_pass(2000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    CHECK_TEXT(mote_text(mote_sim_own_ssid(&rig.sim)), "lamp-setup");
    CHECK(rig.serving);
}

static void opens_after_a_network_was_lost_for_so_long(void)
{
    rig_prepare();
    rig.setup.open_after_ms = 60000;
    rig_go_online();
    rig_pass(3600000);
    point("home", false);
    rig_pass(59000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    rig_pass(4000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
}

static void a_broker_that_is_away_opens_nothing(void)
{
    rig_prepare();
    rig.config.broker = "mqtt://refuses";
    rig_start();
    rig_pass(24 * 3600000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
}

static void never_is_never(void)
{
    rig_prepare();
    point("home", false);
    rig.setup.open_after_ms = MOTE_SETUP_NEVER;
    rig_start();
    rig_pass(24 * 3600000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    mote_setup_open(&rig.setup);
    rig_pass(100);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
}

static void opens_at_once_without_a_known_network(void)
{
    rig_prepare();
    rig.config.networks[0] = (struct mote_network){.ssid = NULL};
    rig_start();
    rig_pass(100);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
}

static void opens_at_once_without_a_broker(void)
{
    rig_prepare();
    rig.config.broker = NULL;
    rig.setup.button = NULL;
    rig_start();
    rig_pass(100);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    rig_pass(24 * 3600000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    CHECK_EQUAL(rig.host[0], '\0');
    rig_post("network=&ssid=home&broker=good");
    rig_pass(10000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    rig_expect_node("home", "good", "lamp");
}

static void opens_by_a_long_press(void)
{
    rig_prepare();
    rig_go_online();
    mote_sim_press(&rig.sim, MOTE_SIM_BUTTON_PIN, true);
    rig_pass(4900);
    mote_sim_press(&rig.sim, MOTE_SIM_BUTTON_PIN, false);
    rig_pass(10000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    mote_sim_press(&rig.sim, MOTE_SIM_BUTTON_PIN, true);
    rig_pass(5200);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    rig_expect_node("home", "good", "lamp");
}

static void a_held_button_opens_it_once(void)
{
    rig_prepare();
    rig_go_online();
    mote_sim_press(&rig.sim, MOTE_SIM_BUTTON_PIN, true);
    rig_pass(3600000);
    CHECK_EQUAL(strcmp(rig.trace, "open(ok) closed(ok) "), 0);
}

static void has_a_key_of_its_own(void)
{
    char key[64];

    rig_prepare();
    rig.setup.open = false;
    rig_go_online();
    rig_open_portal();
    snprintf(key, sizeof key, "%s", mote_setup_key(&rig.setup));
    CHECK(strlen(key) >= 8);
    CHECK_EQUAL(strcmp(mote_sim_own_key(&rig.sim), key), 0);
    rig_power_cut();
    CHECK_EQUAL(strcmp(mote_setup_key(&rig.setup), key), 0);
}

static void a_key_that_cannot_be_kept_is_said(void)
{
    rig_prepare();
    rig.setup.open = false;
    mote_sim_fail_save(&rig.sim, MOTE_SIM_SAVE_IS_REFUSED);
    rig_start();
    CHECK_EQUAL(mote_setup_trouble(&rig.setup), MOTE_CONFIG_INVALID);
    CHECK(strlen(mote_setup_key(&rig.setup)) >= 8);
}

static void a_radio_that_will_not_is_asked_again(void)
{
    static struct mote_radio_port broken;

    rig_prepare();
    broken = *rig.sim.port.radio;
    rig.setup.ssid = "a name of more than thirty-two bytes";
    mote_node_init(&rig.node, &rig.config);
    CHECK_EQUAL(mote_node_add_setup(&rig.node, &rig.setup), MOTE_CONFIG_INVALID);
    rig.setup.ssid = NULL;
    rig.sim.port.radio = NULL;
    rig_start();
    mote_setup_open(&rig.setup);
    rig_pass(1000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    rig.sim.port.radio = &broken;
    rig_pass(31000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
}

static void an_access_point_that_somebody_switched_off_is_on_again(void)
{
    rig_prepare();
    point("home", false);
    rig_start();
    rig_pass(400000);
    CHECK(mote_sim_own_ssid(&rig.sim) != NULL);
    mote_wifi_set_active(MOTE_ACCESS_POINT, false);
    rig_pass(60000);
    CHECK(mote_sim_own_ssid(&rig.sim) != NULL);
}

/* --- Closing --- */

static void closes_when_the_station_is_back_and_nobody_came(void)
{
    rig_prepare();
    point("home", false);
    rig_start();
    rig_pass(400000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    point("home", true);
    rig_pass(50000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    CHECK_EQUAL(mote_node_state(&rig.node), MOTE_NODE_ONLINE);
    rig_pass(60000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    CHECK(mote_sim_own_ssid(&rig.sim) == NULL && !rig.serving);
}

static void does_not_cut_off_who_fills_in_the_form(void)
{
    rig_prepare();
    point("home", false);
    rig_start();
    rig_pass(400000);
    rig_get("/setup");
    point("home", true);
    rig_pass(590000); /* without a script nothing is asked for while somebody types */
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    for (int i = 0; i < 100; i++) {
        rig_get("/setup/state");
        rig_pass(60000);
        rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    }
    rig_pass(600000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
}

static void stays_open_as_long_as_there_is_no_network(void)
{
    rig_prepare();
    point("home", false);
    rig_start();
    rig_pass(24 * 3600000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
}

static void a_stopped_node_leaves_no_access_point(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    mote_node_stop(&rig.node);
    rig_pass(5000);
    CHECK_EQUAL(mote_node_state(&rig.node), MOTE_NODE_STOPPED);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    CHECK(mote_sim_own_ssid(&rig.sim) == NULL);
}

/* --- A try that works --- */

static void keeps_what_has_worked(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    rig_post("network=6f74686572&key=key+of+other&broker=mqtt%3A%2F%2Fstrict&user=joe&password=secret&name=hall");
    rig_expect(MOTE_SETUP_TRYING, MOTE_OK);
    rig_pass(5000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    rig_expect_node("other", "strict", "hall");
    rig_pass(60000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    rig_power_cut();
    rig_pass(5000);
    rig_expect_node("other", "strict", "hall");
}

static void the_programs_own_network_stays_known(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    rig_post("network=66726565");
    rig_pass(5000);
    rig_expect_node("free", "good", "lamp");
    point("free", false);
    rig_pass(30000);
    rig_expect_node("home", "good", "lamp");
}

static void a_known_network_needs_no_key_again(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    rig_post("network=686f6d65&broker=strict&user=joe&password=secret");
    rig_pass(5000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    rig_expect_node("home", "strict", "lamp");
}

static void a_hidden_network_by_its_name(void)
{
    rig_prepare();
    CHECK_EQUAL(mote_sim_air_add(
                    &rig.sim,
                    &(struct mote_sim_access_point){
                        .ssid = "hid den", .key = "key of hidden", .signal_dbm = -50, .present = true, .hidden = true}),
                MOTE_OK);
    rig_go_online();
    rig_open_portal();
    rig_post("network=&ssid=hid+den&key=key%20of%20hidden");
    rig_pass(8000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    rig_expect_node("hid den", "good", "lamp");
    rig_power_cut();
    rig_pass(8000);
    rig_expect_node("hid den", "good", "lamp");
}

static void the_oldest_gives_way_and_that_is_said(void)
{
    char form[100];

    rig_prepare();
    mote_sim_air_set(&rig.sim, MOTE_TEXT("home=" RIG_KEY "@-50"));
    for (char c = 'a'; c < 'a' + MOTE_NETWORKS_MAX; c++)
        CHECK_EQUAL(
            mote_sim_air_add(&rig.sim,
                             &(struct mote_sim_access_point){.ssid = {'n', c}, .signal_dbm = -60, .present = true}),
            MOTE_OK);
    rig_go_online();
    for (char c = 'a'; c < 'a' + MOTE_NETWORKS_MAX; c++) {
        rig_open_portal();
        snprintf(form, sizeof form, "network=&ssid=n%c", c);
        rig_post(form);
        rig_pass(5000);
        rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
        CHECK_EQUAL(rig.setup.dropped[0] != '\0', c == 'a' + MOTE_NETWORKS_MAX - 1);
    }
    CHECK_EQUAL(strcmp(rig.setup.dropped, "na"), 0);
    rig_get("/");
    CHECK(rig_page_has("older network: <bdi>na</bdi>"));
}

static void what_cannot_be_saved_is_said(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    mote_sim_fail_save(&rig.sim, MOTE_SIM_SAVE_IS_REFUSED);
    rig_post("network=66726565");
    rig_pass(5000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    rig_get("/");
    CHECK(rig_page_has("could not be saved"));
    rig_power_cut();
    rig_pass(5000);
    rig_expect_node("home", "good", "lamp");
}

static void a_page_that_is_left_lying_does_not_keep_it_open(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    rig_post("network=66726565");
    rig_pass(5000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    for (int i = 0; i < 60 && rig.serving; i++) {
        rig_get("/setup/state");
        rig_pass(1000);
    }
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
}

static void a_network_that_goes_away_after_it_brings_the_form_back(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    rig_post("network=66726565");
    rig_pass(5000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    mote_sim_air_set(&rig.sim, MOTE_TEXT(""));
    rig_pass(40000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    rig_get("/");
    CHECK(rig_page_has("<form"));
}

/* --- A try that does not --- */

static void fails_as(const char *form, enum mote_reason reason)
{
    static struct mote_settings before;

    rig_prepare();
    rig_go_online();
    rig_open_portal();
    before = rig.setup.settings;
    rig_post(form);
    rig_expect(MOTE_SETUP_TRYING, MOTE_OK);
    CHECK(mote_sim_own_ssid(&rig.sim) != NULL);
    rig_pass(61000);
    rig_expect(MOTE_SETUP_OPEN, reason);
    CHECK_EQUAL(memcmp(&before, &rig.setup.settings, sizeof before), 0);
    rig_get("/");
    CHECK(rig_page_has(mote_reason_code(reason)));
    rig_pass(10000);
    rig_expect_node("home", "good", "lamp");
    rig_power_cut();
    rig_pass(5000);
    rig_expect_node("home", "good", "lamp");
}

static void goes_back_for_each_reason(void)
{
    fails_as("network=6f74686572&key=wrong+key", MOTE_WIFI_WRONG_KEY);
    fails_as("network=686f6d65&key=wrong+key", MOTE_WIFI_WRONG_KEY); /* the network that it is in */
    fails_as("network=&ssid=nowhere", MOTE_WIFI_NO_NETWORK);
    fails_as("network=66726565&broker=refuses", MOTE_TCP_REFUSED);
    fails_as("network=66726565&broker=silent", MOTE_TCP_TIMEOUT);
    fails_as("network=66726565&broker=mute", MOTE_TCP_TIMEOUT);
    fails_as("network=66726565&broker=strict", MOTE_MQTT_BAD_AUTH);
    fails_as("network=686f6d65&broker=strict&user=joe&password=wrong&name=hall", MOTE_MQTT_BAD_AUTH);
}

static void goes_back_without_an_address(void)
{
    rig_prepare();
    mote_sim_air_at(&rig.sim, 1)->no_lease = true;
    rig_go_online();
    rig_open_portal();
    rig_post("network=6f74686572&key=key+of+other");
    rig_pass(1000);
    rig_get("/");
    CHECK(rig_page_has("<li class=\"now\">Getting an address"));
    rig_pass(60000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_DHCP_NO_LEASE);
    rig_pass(5000);
    rig_expect_node("home", "good", "lamp");
}

static void a_power_cut_during_a_try_leaves_all_as_it_was(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    rig_post("network=66726565&broker=silent&name=hall");
    rig_pass(5000);
    rig_expect(MOTE_SETUP_TRYING, MOTE_OK);
    rig_power_cut();
    rig_pass(5000);
    rig_expect_node("home", "good", "lamp");
}

static void closing_breaks_a_try_off(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    rig_post("network=66726565&broker=silent&name=hall");
    rig_pass(5000);
    mote_setup_close(&rig.setup);
    rig_pass(10000);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
    rig_expect_node("home", "good", "lamp");
}

static void what_was_learnt_survives_a_try(void)
{
    struct mote_wifi_memory before[MOTE_NETWORKS_MAX];

    rig_prepare();
    rig_go_online();
    memcpy(before, mote_node_wifi_memory(&rig.node), sizeof before);
    CHECK_EQUAL(before[0].key, MOTE_KEY_WORKED);
    rig_open_portal();
    rig_post("network=6f74686572&key=wrong+key");
    point("home", false); /* it cannot be learnt anew */
    rig_pass(20000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_WIFI_WRONG_KEY);
    CHECK_EQUAL(memcmp(before, mote_node_wifi_memory(&rig.node), sizeof before), 0);
}

/* A radio that takes its time to leave a network, and goes on speaking of it. */
static struct {
    struct mote_radio_port radio;
    uint64_t leaves_ms; /* 0: it does not */
} slow;

static void leave_later(void *context)
{
    (void)context;
    slow.leaves_ms = rig.sim.now_ms + 700;
}

static void status_until_then(void *context, struct mote_wifi_status *status)
{
    mote_sim_radio_port.status(context, status);
    if (slow.leaves_ms == 0 || rig.sim.now_ms < slow.leaves_ms)
        return;
    slow.leaves_ms = 0;
    mote_sim_radio_port.disconnect(context);
}

static void the_last_words_of_the_old_network_are_not_the_new_ones(void)
{
    rig_prepare();
    slow.radio = *rig.sim.port.radio;
    slow.radio.disconnect = leave_later;
    slow.radio.status = status_until_then;
    rig.sim.port.radio = &slow.radio;
    rig_go_online();
    rig_open_portal();
    rig_post("network=686f6d65&key=wrong+key");
    rig_pass(30000);
    rig_expect(MOTE_SETUP_OPEN, MOTE_WIFI_WRONG_KEY);
}

/* --- Input --- */

static void refuses(const char *form, unsigned wrong)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    rig_post(form);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
    CHECK_EQUAL(rig.setup.wrong, wrong);
    rig_pass(5000);
    rig_expect_node("home", "good", "lamp");
}

static void looks_at_the_input_first(void)
{
    refuses("", MOTE_SETUP_NETWORK);
    refuses("network=&ssid=", MOTE_SETUP_NETWORK);
    refuses("network=zz", MOTE_SETUP_NETWORK);
    refuses("network=6f7468657", MOTE_SETUP_NETWORK);
    refuses("network=00", MOTE_SETUP_NETWORK);
    refuses("network=&ssid=more-than-thirty-two-bytes-in-all-x", MOTE_SETUP_NETWORK);
    refuses("network=6f74686572", MOTE_SETUP_KEY); /* it needs one */
    refuses("network=6f74686572&key=seven77", MOTE_SETUP_KEY);
    refuses("network=6f74686572&key=0123456789012345678901234567890123456789012345678901234567890123x", MOTE_SETUP_KEY);
    refuses("network=66726565&broker=http%3A%2F%2Fx", MOTE_SETUP_BROKER);
    refuses("network=66726565&broker=mqtt%3A%2F%2Fx%3A99999", MOTE_SETUP_BROKER);
    refuses("network=66726565&broker=%zz", MOTE_SETUP_BROKER);
    refuses("network=66726565&name=a%2Fb", MOTE_SETUP_NAME);
    refuses("network=66726565&name=a%23b", MOTE_SETUP_NAME);
    refuses("network=66726565&broker=x&user=%ff", MOTE_SETUP_USER);
    refuses("broker=%2F%2F&name=%2B", MOTE_SETUP_NETWORK | MOTE_SETUP_BROKER | MOTE_SETUP_NAME);
}

static void shows_again_what_was_typed_but_no_key(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
    rig_post(
        "network=&ssid=s%22id&key=short&broker=mqtt%3A%2F%2Fann%3Atopsecret%40x%3A0&user=bob&password=hush&name=a%2Fb");
    rig_get("/");
    CHECK(rig_page_has("value=\"s&quot;id\"") && rig_page_has("value=\"bob\"") && rig_page_has("value=\"a/b\""));
    CHECK(rig_page_has("8 to 63 characters") && rig_page_has("the port in the URL is not a number"));
    CHECK(!rig_page_has("short") && !rig_page_has("topsecret") && !rig_page_has("hush"));
    rig_post("network=66726565&key=&broker=mqtt%3A%2F%2Fann%3Atopsecret%40good&name=a%2Fb");
    rig_get("/");
    CHECK(rig_page_has("value=\"mqtt://good:1883\"") && rig_page_has("value=\"ann\"") && !rig_page_has("topsecret"));
}

static void never_shows_what_is_kept(void)
{
    rig_prepare();
    rig.config.broker = "mqtt://joe:secret@strict";
    rig_go_online();
    rig_open_portal();
    rig_get("/");
    CHECK(rig_page_has("placeholder=\"mqtt://strict:1883\""));
    CHECK(!rig_page_has("secret") && !rig_page_has("joe") && !rig_page_has(RIG_KEY));
}

/* The password of a broker is not for another one. */
static void a_kept_password_goes_to_its_broker_alone(void)
{
    rig_prepare();
    rig.config.broker = "mqtt://joe:secret@strict";
    rig_go_online();
    rig_open_portal();
    rig_post("network=66726565&broker=mqtt%3A%2F%2Fstrict&user=joe");
    rig_pass(5000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    rig_open_portal();
    rig_post("network=66726565&broker=mqtt%3A%2F%2Fgood&user=joe");
    rig_pass(5000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    CHECK_EQUAL(strcmp(rig.node.config.broker, "mqtt://joe@good:1883"), 0);
}

static void outputs_stay_as_they_are(void)
{
    static struct mote_switch lamp;

    rig_prepare();
    lamp = (struct mote_switch){.name = "lamp", .pin = {.number = 4}};
    CHECK_EQUAL(mote_node_init(&rig.node, &rig.config), MOTE_OK);
    CHECK_EQUAL(mote_node_add_switch(&rig.node, &lamp), MOTE_OK);
    CHECK_EQUAL(mote_node_add_setup(&rig.node, &rig.setup), MOTE_OK);
    rig_pass(5000);
    mote_switch_set(&lamp, true);
    rig_open_portal();
    rig_post("network=66726565&broker=refuses");
    rig_pass(20000);
    CHECK_EQUAL(mote_sim_level(&rig.sim, 4), 1);
    rig_post("network=66726565&name=hall");
    rig_pass(20000);
    rig_expect(MOTE_SETUP_CONFIRMED, MOTE_OK);
    CHECK_EQUAL(mote_sim_level(&rig.sim, 4), 1);
    CHECK_EQUAL(strcmp(lamp.topic, "hall/lamp/set"), 0);
}

static bool station_is_busy(void)
{
    return rig.node.wifi.state != MOTE_SUPERVISOR_WAITING;
}

static void the_station_waits_for_whoever_is_typing(void)
{
    rig_prepare();
    point("home", false);
    rig_start();
    rig_pass(400000);
    rig_get("/");
    for (unsigned i = 0; i < 100 && station_is_busy(); i++)
        rig_pass(100);
    for (unsigned i = 0; i < 200; i++) {
        rig_pass(100);
        CHECK(!station_is_busy());
        if (i % 30 == 0)
            rig_get("/setup/state");
    }
    for (unsigned i = 0; i < 600 && !station_is_busy(); i++) {
        rig_pass(100);
        if (i % 30 == 0)
            rig_get("/setup/state");
    }
    CHECK(station_is_busy()); /* a page that is left lying does not keep it waiting */
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"stays-closed-while-all-is-well", stays_closed_while_all_is_well},
        {"opens-after-five-minutes-without-a-network", opens_after_five_minutes_without_a_network},
        {"opens-after-a-network-was-lost-for-so-long", opens_after_a_network_was_lost_for_so_long},
        {"a-broker-that-is-away-opens-nothing", a_broker_that_is_away_opens_nothing},
        {"never-is-never", never_is_never},
        {"opens-at-once-without-a-known-network", opens_at_once_without_a_known_network},
        {"opens-at-once-without-a-broker", opens_at_once_without_a_broker},
        {"opens-by-a-long-press", opens_by_a_long_press},
        {"the-station-waits-for-whoever-is-typing", the_station_waits_for_whoever_is_typing},
        {"a-held-button-opens-it-once", a_held_button_opens_it_once},
        {"has-a-key-of-its-own", has_a_key_of_its_own},
        {"a-key-that-cannot-be-kept-is-said", a_key_that_cannot_be_kept_is_said},
        {"a-radio-that-will-not-is-asked-again", a_radio_that_will_not_is_asked_again},
        {"an-access-point-that-somebody-switched-off-is-on-again",
         an_access_point_that_somebody_switched_off_is_on_again},
        {"closes-when-the-station-is-back-and-nobody-came", closes_when_the_station_is_back_and_nobody_came},
        {"does-not-cut-off-who-fills-in-the-form", does_not_cut_off_who_fills_in_the_form},
        {"stays-open-as-long-as-there-is-no-network", stays_open_as_long_as_there_is_no_network},
        {"a-stopped-node-leaves-no-access-point", a_stopped_node_leaves_no_access_point},
        {"keeps-what-has-worked", keeps_what_has_worked},
        {"the-programs-own-network-stays-known", the_programs_own_network_stays_known},
        {"a-known-network-needs-no-key-again", a_known_network_needs_no_key_again},
        {"a-hidden-network-by-its-name", a_hidden_network_by_its_name},
        {"the-oldest-gives-way-and-that-is-said", the_oldest_gives_way_and_that_is_said},
        {"what-cannot-be-saved-is-said", what_cannot_be_saved_is_said},
        {"a-page-that-is-left-lying-does-not-keep-it-open", a_page_that_is_left_lying_does_not_keep_it_open},
        {"a-network-that-goes-away-after-it-brings-the-form-back",
         a_network_that_goes_away_after_it_brings_the_form_back},
        {"goes-back-for-each-reason", goes_back_for_each_reason},
        {"goes-back-without-an-address", goes_back_without_an_address},
        {"a-power-cut-during-a-try-leaves-all-as-it-was", a_power_cut_during_a_try_leaves_all_as_it_was},
        {"closing-breaks-a-try-off", closing_breaks_a_try_off},
        {"what-was-learnt-survives-a-try", what_was_learnt_survives_a_try},
        {"the-last-words-of-the-old-network-are-not-the-new-ones",
         the_last_words_of_the_old_network_are_not_the_new_ones},
        {"looks-at-the-input-first", looks_at_the_input_first},
        {"shows-again-what-was-typed-but-no-key", shows_again_what_was_typed_but_no_key},
        {"never-shows-what-is-kept", never_shows_what_is_kept},
        {"a-kept-password-goes-to-its-broker-alone", a_kept_password_goes_to_its_broker_alone},
        {"outputs-stay-as-they-are", outputs_stay_as_they_are},
    };

    return check_main("unit/setup_portal_linux", cases, sizeof cases / sizeof cases[0], argc, argv);
}
