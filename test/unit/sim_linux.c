#include "check.h"

#include <mote/sim.h>
#include <string.h>

static struct mote_sim sim;

static void start(const char *air)
{
    mote_sim_init(&sim, 1);
    mote_port_install(&sim.port);
    CHECK_EQUAL(mote_sim_air_set(&sim, mote_text(air)), MOTE_OK);
}

static struct mote_wifi_status now(void)
{
    struct mote_wifi_status status;

    mote_wifi_status(&status);
    return status;
}

/* Lets the virtual time pass until the station has done what it was doing. */
static uint64_t settle(void)
{
    uint64_t began_ms = sim.now_ms;

    for (int turns = 0; mote_sim_deadline(&sim) != UINT64_MAX; turns++) {
        CHECK(turns < 100);
        sim.port.wait(sim.port.context, UINT64_MAX);
    }
    return sim.now_ms - began_ms;
}

static void join(const char *ssid, const char *password)
{
    CHECK_EQUAL(mote_wifi_set_active(MOTE_STATION, true), MOTE_OK);
    CHECK_EQUAL(mote_wifi_connect(ssid, password), MOTE_OK);
    CHECK_EQUAL(now().state, MOTE_WIFI_CONNECTING);
    CHECK_EQUAL(now().reason, MOTE_OK);
    CHECK(!mote_sim_is_reachable(&sim));
    CHECK(settle() > 0);
}

static void expect_idle(enum mote_reason reason)
{
    CHECK_EQUAL(now().state, MOTE_WIFI_IDLE);
    CHECK_EQUAL(now().reason, reason);
    CHECK_EQUAL(now().ssid[0], '\0');
    CHECK(!mote_wifi_is_connected());
    CHECK(!mote_sim_is_reachable(&sim));
}

/* --- pins --- */

static void has_the_pins_of_the_chip(void)
{
    start("");
    for (uint16_t number = 0; number < 40; number++) {
        bool there = number <= 5 || (number >= 12 && number <= 16);
        struct mote_pin pin = {.number = number};
        CHECK_EQUAL(mote_pin_open(&pin), there ? MOTE_OK : MOTE_PIN_ABSENT);
        CHECK_EQUAL(mote_sim_level(&sim, number) >= 0, there);
        CHECK_EQUAL(mote_sim_pin(&sim, number) == &pin, there);
        CHECK_EQUAL(mote_sim_drive(&sim, number, 1), there);
        CHECK_EQUAL(mote_sim_press(&sim, number, true), there);
        mote_pin_close(&pin);
        CHECK(mote_sim_pin(&sim, number) == NULL);
    }
    CHECK_EQUAL(mote_pin_open(&(struct mote_pin){.number = 2, .line = "led:green"}), MOTE_PIN_ABSENT);
    CHECK(strstr(sim.port.words(&sim), "by number") != NULL);
}

/* Pull-ups at 0 to 15, a pull-down at 16. */
static void has_the_pulls_of_the_chip(void)
{
    start("");
    for (uint16_t number = 0; number <= 16; number++) {
        struct mote_pin up = {.number = number, .pull = MOTE_PULL_UP};
        struct mote_pin down = {.number = number, .pull = MOTE_PULL_DOWN};
        if (number >= 6 && number <= 11)
            continue;
        CHECK_EQUAL(mote_pin_open(&up), number == 16 ? MOTE_CONFIG_INVALID : MOTE_OK);
        CHECK_EQUAL(mote_pin_read(&up), number != 16);
        mote_pin_close(&up);
        CHECK_EQUAL(mote_pin_open(&down), number == 16 ? MOTE_OK : MOTE_CONFIG_INVALID);
        CHECK(!mote_pin_read(&down));
        mote_pin_close(&down);
    }
}

static void gives_a_pin_to_one_only(void)
{
    struct mote_pin lamp = {.number = 2, .direction = MOTE_OUTPUT};
    struct mote_pin other = {.number = 2};

    start("");
    CHECK_EQUAL(mote_pin_open(&lamp), MOTE_OK);
    CHECK_EQUAL(mote_pin_open(&other), MOTE_PIN_BUSY);
    CHECK_EQUAL(mote_pin_write(&lamp, true), MOTE_OK);
    mote_pin_close(&lamp);
    CHECK_EQUAL(mote_pin_open(&other), MOTE_OK);
}

static struct {
    unsigned calls;
    uint16_t number;
    int level;
} seen;

static void see(struct mote_sim *board, uint16_t number, void *context)
{
    CHECK(board == &sim && context == &seen);
    seen.calls++;
    seen.number = number;
    seen.level = mote_sim_level(board, number);
}

static void shows_each_change_of_an_output(void)
{
    struct mote_pin lamp = {.number = MOTE_SIM_LED_PIN, .direction = MOTE_OUTPUT, .active = MOTE_LOW};

    start("");
    memset(&seen, 0, sizeof seen);
    mote_sim_observe(&sim, see, &seen);
    CHECK_EQUAL(mote_pin_open(&lamp), MOTE_OK);
    CHECK_EQUAL(seen.calls, 0); /* pulled up before, high now */
    CHECK_EQUAL(mote_pin_write(&lamp, true), MOTE_OK);
    CHECK_EQUAL(seen.calls, 1);
    CHECK_EQUAL(seen.number, 2);
    CHECK_EQUAL(seen.level, 0);
    CHECK_EQUAL(mote_pin_write(&lamp, true), MOTE_OK);
    CHECK_EQUAL(seen.calls, 1);
    CHECK(mote_sim_drive(&sim, 2, 1)); /* nobody outside is stronger than an output */
    CHECK_EQUAL(mote_sim_level(&sim, 2), 0);
    CHECK_EQUAL(seen.calls, 1);
}

static void keeps_an_output_when_it_is_closed(void)
{
    struct mote_pin lamp = {.number = 2, .direction = MOTE_OUTPUT, .active = MOTE_LOW};
    struct mote_pin next = {.number = 2, .direction = MOTE_OUTPUT, .active = MOTE_LOW, .boot = MOTE_BOOT_KEEP};

    start("");
    CHECK_EQUAL(mote_pin_write(&lamp, true), MOTE_OK);
    mote_pin_close(&lamp);
    CHECK_EQUAL(mote_sim_level(&sim, 2), 0);
    CHECK(mote_pin_read(&next));
    CHECK_EQUAL(mote_sim_level(&sim, 2), 0);
}

static unsigned presses, releases;

static void on_change(struct mote_pin *pin, bool on, void *context)
{
    (void)context;
    CHECK_EQUAL(mote_pin_read(pin), on);
    presses += on;
    releases += !on;
}

static void turn(void)
{
    sim.port.wait(sim.port.context, sim.now_ms + 1);
}

static void press_and_release(struct mote_pin *pin)
{
    start("");
    presses = releases = 0;
    pin->on_change = on_change;
    CHECK_EQUAL(mote_pin_open(pin), MOTE_OK);
    CHECK(!mote_pin_read(pin));
    CHECK(mote_sim_press(&sim, pin->number, true));
    CHECK_EQUAL(presses, 0); /* told from within wait only */
    turn();
    CHECK_EQUAL(presses, 1);
    turn();
    CHECK_EQUAL(presses, 1);
    CHECK(mote_sim_press(&sim, pin->number, false));
    turn();
    CHECK_EQUAL(presses, 1);
    CHECK_EQUAL(releases, 1);
    mote_pin_close(pin);
    CHECK(mote_sim_press(&sim, pin->number, true));
    turn();
    CHECK_EQUAL(presses, 1);
    CHECK(mote_sim_press(&sim, pin->number, false));
}

static void tells_of_buttons(void)
{
    press_and_release(&(struct mote_pin){.number = MOTE_SIM_BUTTON_PIN, .active = MOTE_LOW, .pull = MOTE_PULL_UP});
    press_and_release(&(struct mote_pin){.number = MOTE_SIM_BUTTON_PIN, .active = MOTE_LOW});
    press_and_release(&(struct mote_pin){.number = 16, .pull = MOTE_PULL_DOWN});
    press_and_release(&(struct mote_pin){.number = 5, .active = MOTE_LOW});
    press_and_release(&(struct mote_pin){.number = 5});
}

static void wakes_at_once_for_a_button(void)
{
    struct mote_pin button = {.number = 0, .active = MOTE_LOW, .on_change = on_change};

    start("");
    presses = 0;
    CHECK_EQUAL(mote_pin_open(&button), MOTE_OK);
    mote_sim_press(&sim, 0, true);
    sim.port.wait(sim.port.context, 1000000);
    CHECK_EQUAL(presses, 1);
    CHECK_EQUAL(sim.now_ms, 0);
}

/* --- power --- */

static void is_dead_without_power(void)
{
    struct mote_pin lamp = {.number = 2, .direction = MOTE_OUTPUT};
    struct mote_pin button = {.number = 0, .active = MOTE_LOW, .on_change = on_change};

    start("SSBun=Bz123456");
    presses = 0;
    CHECK_EQUAL(mote_pin_write(&lamp, true), MOTE_OK);
    CHECK_EQUAL(mote_pin_open(&button), MOTE_OK);
    join("SSBun", "Bz123456");
    CHECK(mote_sim_is_reachable(&sim));
    mote_sim_power(&sim, false);
    CHECK_EQUAL(mote_sim_level(&sim, 2), 0);
    CHECK(!mote_sim_is_reachable(&sim));
    CHECK_EQUAL(now().state, MOTE_WIFI_OFF);
    CHECK_EQUAL(mote_wifi_set_active(MOTE_STATION, true), MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(mote_pin_open(&(struct mote_pin){.number = 4}), MOTE_PIN_ABSENT);
    mote_pin_write(&lamp, true); /* a program that has not noticed yet */
    CHECK_EQUAL(mote_sim_level(&sim, 2), 0);
    mote_sim_press(&sim, 0, true);
    turn();
    CHECK_EQUAL(presses, 0);
    CHECK_EQUAL(mote_sim_deadline(&sim), UINT64_MAX);
}

static void starts_anew_with_power(void)
{
    struct mote_pin lamp = {.number = 2, .direction = MOTE_OUTPUT, .active = MOTE_LOW};
    struct mote_pin kept = {.number = 2, .direction = MOTE_OUTPUT, .active = MOTE_LOW, .boot = MOTE_BOOT_KEEP};

    start("SSBun=Bz123456");
    CHECK_EQUAL(mote_pin_write(&lamp, true), MOTE_OK);
    mote_wifi_set_active(MOTE_ACCESS_POINT, true);
    mote_sim_power(&sim, false);
    mote_sim_power(&sim, true);
    mote_pin_close(&lamp);
    CHECK_EQUAL(mote_sim_level(&sim, 2), 1); /* its pull-up: the reset has made it an input */
    CHECK(!mote_pin_read(&kept));
    CHECK(!mote_wifi_is_active(MOTE_STATION));
    CHECK(!mote_wifi_is_active(MOTE_ACCESS_POINT));
    join("SSBun", "Bz123456");
    CHECK(mote_wifi_is_connected());
}

/* --- flash --- */

static void keeps_its_flash_without_power(void)
{
    struct mote_flash flash;
    char found[4] = "";

    start("");
    const struct mote_flash_port *port = sim.port.flash;
    CHECK_EQUAL(port->open(&sim, "any", 0, &flash), MOTE_OK);
    CHECK_EQUAL(flash.sector_size * flash.sector_count, MOTE_SIM_STORE_SIZE);
    CHECK_EQUAL(flash.calls->read(flash.context, MOTE_SIM_STORE_SIZE - 4, found, 4), MOTE_OK);
    CHECK_BYTES(found, 4, "ff ff ff ff");
    CHECK_EQUAL(flash.calls->program(flash.context, 4, "kept", 4), MOTE_OK);
    mote_sim_power(&sim, false);
    CHECK_EQUAL(flash.calls->program(flash.context, 8, "late", 4), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(flash.calls->erase(flash.context, 0), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(flash.calls->read(flash.context, 4, found, 4), MOTE_OUTBOX_CORRUPT);
    mote_sim_power(&sim, true);
    CHECK_EQUAL(flash.calls->read(flash.context, 4, found, 4), MOTE_OK);
    CHECK_BYTES(found, 4, "kept");
    CHECK_EQUAL(flash.calls->program(flash.context, 4, "\xff\0\xff\xff", 4), MOTE_OK); /* it clears bits, no more */
    CHECK_EQUAL(flash.calls->read(flash.context, 4, found, 4), MOTE_OK);
    CHECK_BYTES(found, 4, "k\0pt");
    CHECK_EQUAL(flash.calls->erase(flash.context, 0), MOTE_OK);
    CHECK_EQUAL(flash.calls->read(flash.context, 4, found, 4), MOTE_OK);
    CHECK_BYTES(found, 4, "ff ff ff ff");
    port->close(&sim, &flash);
}

/* --- air --- */

static void joins_a_network(void)
{
    struct mote_wifi_status status;
    struct mote_wifi_addresses addresses;

    start("Other=password@-30;SSBun=Bz123456@-48");
    CHECK_EQUAL(now().state, MOTE_WIFI_OFF);
    CHECK_EQUAL(now().reason, MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(mote_wifi_set_active(MOTE_STATION, true), MOTE_OK);
    expect_idle(MOTE_OK);
    join("SSBun", "Bz123456");
    status = now();
    CHECK_EQUAL(status.state, MOTE_WIFI_CONNECTED);
    CHECK_EQUAL(status.reason, MOTE_OK);
    CHECK_EQUAL(status.signal_dbm, -48);
    CHECK_TEXT(mote_text(status.ssid), "SSBun");
    CHECK(mote_sim_is_reachable(&sim));
    mote_wifi_ifconfig(&addresses);
    CHECK_TEXT(mote_text(addresses.address), "192.168.4.2");
    CHECK_TEXT(mote_text(addresses.netmask), "255.255.255.0");
    CHECK_TEXT(mote_text(addresses.gateway), "192.168.4.1");
    CHECK_TEXT(mote_text(addresses.dns), "192.168.4.1");
    mote_wifi_disconnect();
    expect_idle(MOTE_OK);
}

static void takes_as_long_as_the_air_says(void)
{
    uint64_t began_ms;

    start("SSBun=Bz123456@-48");
    mote_sim_air_at(&sim, 0)->join_ms = 1201;
    began_ms = sim.now_ms;
    join("SSBun", "Bz123456");
    CHECK(mote_wifi_is_connected());
    CHECK_EQUAL(sim.now_ms - began_ms, 1201);
}

static void says_why_it_cannot_join(void)
{
    start("SSBun=Bz123456;open;far=password@-95");
    join("SSBun", "Bz654321");
    expect_idle(MOTE_WIFI_WRONG_KEY);
    join("SSBun", NULL);
    expect_idle(MOTE_WIFI_WRONG_KEY);
    join("nowhere", "password");
    expect_idle(MOTE_WIFI_NO_NETWORK);
    join("far", "password");
    expect_idle(MOTE_WIFI_WEAK);
    join("open", NULL);
    CHECK(mote_wifi_is_connected());
    mote_sim_air_at(&sim, 1)->no_lease = true;
    join("open", "");
    expect_idle(MOTE_DHCP_NO_LEASE);
    mote_sim_air_at(&sim, 1)->refuses = true;
    join("open", NULL);
    expect_idle(MOTE_WIFI_REFUSED);
    mote_sim_air_present(&sim, "open", false);
    join("open", NULL);
    expect_idle(MOTE_WIFI_NO_NETWORK);
}

static void needs_an_active_station(void)
{
    start("SSBun=Bz123456");
    CHECK_EQUAL(mote_wifi_connect("SSBun", "Bz123456"), MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(mote_wifi_scan(), MOTE_WIFI_INACTIVE);
    mote_wifi_disconnect();
    CHECK_EQUAL(now().state, MOTE_WIFI_OFF);
    join("SSBun", "Bz123456");
    CHECK_EQUAL(mote_wifi_set_active(MOTE_STATION, true), MOTE_OK);
    CHECK(mote_wifi_is_connected()); /* it was active already */
    CHECK_EQUAL(mote_wifi_set_active(MOTE_STATION, false), MOTE_OK);
    CHECK_EQUAL(now().state, MOTE_WIFI_OFF);
    CHECK(!mote_sim_is_reachable(&sim));
    CHECK_EQUAL(mote_sim_deadline(&sim), UINT64_MAX);
}

static void loses_a_network_that_goes(void)
{
    start("SSBun=Bz123456");
    join("SSBun", "Bz123456");
    CHECK(mote_sim_air_present(&sim, "SSBun", false));
    CHECK(!mote_sim_air_present(&sim, "nobody", false));
    CHECK(!mote_sim_is_reachable(&sim)); /* packets vanish at once... */
    turn();
    CHECK(mote_wifi_is_connected()); /* ...which the radio notices by and by */
    CHECK(settle() >= 500);
    expect_idle(MOTE_WIFI_LOST);
    mote_sim_air_present(&sim, "SSBun", true);
    join("SSBun", "Bz123456");
    CHECK(mote_wifi_is_connected());
}

static void survives_a_short_absence(void)
{
    start("SSBun=Bz123456");
    join("SSBun", "Bz123456");
    mote_sim_air_present(&sim, "SSBun", false);
    turn();
    mote_sim_air_present(&sim, "SSBun", true);
    settle();
    CHECK(mote_wifi_is_connected());
    CHECK(mote_sim_is_reachable(&sim));
}

static void tells_late_news_late(void)
{
    start("SSBun=Bz123456");
    join("SSBun", "Bz123456");
    mote_sim_air_hold_news(&sim, sim.now_ms + 10000);
    mote_sim_air_present(&sim, "SSBun", false);
    mote_sim_turn(&sim, sim.now_ms);
    mote_sim_turn(&sim, sim.now_ms + 9999);
    CHECK(mote_wifi_is_connected());
    CHECK(!mote_sim_is_reachable(&sim));
    CHECK_EQUAL(mote_sim_deadline(&sim), sim.now_ms + 1);
    CHECK(mote_sim_turn(&sim, sim.now_ms + 1));
    expect_idle(MOTE_WIFI_LOST);
}

static void never_tells_lost_news(void)
{
    start("SSBun=Bz123456");
    join("SSBun", "Bz123456");
    mote_sim_air_hold_news(&sim, sim.now_ms + 10000);
    mote_wifi_disconnect();
    mote_wifi_connect("SSBun", "Bz123456");
    for (unsigned i = 0; i < 100; i++) {
        mote_sim_turn(&sim, sim.now_ms + 100);
        CHECK(mote_wifi_is_connected());
    }
    CHECK(mote_sim_is_reachable(&sim));
}

static void notices_a_network_that_goes_in_between(void)
{
    for (unsigned step_ms = 1; step_ms < 400; step_ms += 10) {
        start("SSBun=Bz123456");
        mote_wifi_set_active(MOTE_STATION, true);
        CHECK_EQUAL(mote_wifi_connect("SSBun", "Bz123456"), MOTE_OK);
        mote_sim_turn(&sim, step_ms);
        mote_sim_air_present(&sim, "SSBun", false);
        while (now().state == MOTE_WIFI_CONNECTING)
            sim.port.wait(sim.port.context, UINT64_MAX);
        CHECK(!mote_wifi_is_connected());
        settle();
        CHECK_EQUAL(now().state, MOTE_WIFI_IDLE);
        CHECK(now().reason == MOTE_WIFI_NO_NETWORK || now().reason == MOTE_WIFI_LOST);
    }
}

static void goes_on_with_the_last_order(void)
{
    start("one=password;two=password");
    mote_wifi_set_active(MOTE_STATION, true);
    CHECK_EQUAL(mote_wifi_connect("one", "password"), MOTE_OK);
    turn();
    CHECK_EQUAL(mote_wifi_connect("two", "password"), MOTE_OK);
    settle();
    CHECK_TEXT(mote_text(now().ssid), "two");
}

static void scans(void)
{
    struct mote_wifi_found found[8];

    start("weak@-80;strong=password@-40;middle@-60;gone;shy");
    mote_sim_air_present(&sim, "gone", false);
    mote_sim_air_at(&sim, 4)->hidden = true;
    mote_wifi_set_active(MOTE_STATION, true);
    CHECK_EQUAL(mote_wifi_scan_results(found, 8), 0);
    CHECK_EQUAL(mote_wifi_scan(), MOTE_OK);
    CHECK_EQUAL(mote_wifi_scan_results(found, 8), -1);
    CHECK(settle() > 0);
    CHECK_EQUAL(mote_wifi_scan_results(found, 8), 3);
    CHECK_TEXT(mote_text(found[0].ssid), "strong");
    CHECK_EQUAL(found[0].signal_dbm, -40);
    CHECK(!found[0].open);
    CHECK_TEXT(mote_text(found[1].ssid), "middle");
    CHECK(found[1].open);
    CHECK_TEXT(mote_text(found[2].ssid), "weak");
    CHECK_EQUAL(mote_wifi_scan_results(found, 2), 2);
    CHECK(memcmp(found[0].bssid, found[1].bssid, 6) != 0);
    CHECK(found[0].channel >= 1 && found[0].channel <= 13);
    join("shy", NULL); /* one that does not announce itself is there all the same */
    CHECK(mote_wifi_is_connected());
}

static void chooses_among_twins(void)
{
    struct mote_wifi_aim aim = {.channel = 0};
    struct mote_network network = {.ssid = "twin"};

    start("twin@-70;twin@-50");
    join("twin", NULL);
    CHECK_EQUAL(now().signal_dbm, -50);
    memcpy(aim.bssid, mote_sim_air_at(&sim, 0)->bssid, sizeof aim.bssid);
    CHECK_EQUAL(sim.port.radio->connect(&sim, &network, &aim), MOTE_OK);
    settle();
    CHECK_EQUAL(now().signal_dbm, -70);
    mote_sim_air_at(&sim, 0)->present = false;
    CHECK_EQUAL(sim.port.radio->connect(&sim, &network, &aim), MOTE_OK);
    settle();
    expect_idle(MOTE_WIFI_NO_NETWORK);
}

static void has_an_access_point_of_its_own(void)
{
    uint8_t station[6], own[6];

    start("");
    CHECK(mote_sim_own_ssid(&sim) == NULL && mote_sim_own_key(&sim) == NULL);
    CHECK_EQUAL(mote_wifi_set_active(MOTE_ACCESS_POINT, true), MOTE_OK);
    CHECK(mote_wifi_is_active(MOTE_ACCESS_POINT));
    CHECK(!mote_wifi_is_active(MOTE_STATION));
    CHECK(mote_sim_own_ssid(&sim)[0] != '\0'); /* a name to begin with */
    CHECK_EQUAL(mote_wifi_access_point("ESP-AP", "12345678"), MOTE_OK);
    CHECK_TEXT(mote_text(mote_sim_own_ssid(&sim)), "ESP-AP");
    CHECK_TEXT(mote_text(mote_sim_own_key(&sim)), "12345678");
    CHECK_EQUAL(mote_wifi_access_point("ESP-AP", NULL), MOTE_OK);
    CHECK_TEXT(mote_text(mote_sim_own_key(&sim)), "");
    CHECK_EQUAL(mote_wifi_mac(MOTE_STATION, station), MOTE_OK);
    CHECK_EQUAL(mote_wifi_mac(MOTE_ACCESS_POINT, own), MOTE_OK);
    CHECK_EQUAL(station[0], 2); /* locally administered */
    CHECK(memcmp(station, own, 6) != 0);
    CHECK_EQUAL(mote_wifi_set_active(MOTE_ACCESS_POINT, false), MOTE_OK);
    CHECK(mote_sim_own_ssid(&sim) == NULL);
}

static void expect_point(unsigned index, const char *ssid, const char *key, int signal_dbm)
{
    const struct mote_sim_access_point *point = mote_sim_air_at(&sim, index);

    CHECK(point != NULL && point->present);
    CHECK(strcmp(point->ssid, ssid) == 0);
    CHECK(strcmp(point->key, key) == 0);
    CHECK_EQUAL(point->signal_dbm, signal_dbm);
}

static void reads_an_air(void)
{
    start("SSBun=Bz123456;eq=key=with=@-0;No,thankyou-2=beijing_newhome_11.3@-70;me@home=pass@word@-5;;a@b;c=@-100;");
    CHECK_EQUAL(mote_sim_air_count(&sim), 6);
    expect_point(0, "SSBun", "Bz123456", -50);
    expect_point(1, "eq", "key=with=", 0);
    expect_point(2, "No,thankyou-2", "beijing_newhome_11.3", -70);
    expect_point(3, "me@home", "pass@word", -5);
    expect_point(4, "a@b", "", -50);
    expect_point(5, "c", "", -100);
    CHECK(mote_sim_air_at(&sim, 6) == NULL);
}

static void refuses_a_wrong_air(void)
{
    static const char *const wrong[] = {
        "=password",
        "SSBun=1234567",
        "@-50",
        "123456789012345678901234567890123",
        "a=1234567890123456789012345678901234567890123456789012345678901234",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        start("");
        CHECK_EQUAL(mote_sim_air_set(&sim, mote_text(wrong[i])), MOTE_CONFIG_INVALID);
    }
    CHECK_EQUAL(mote_sim_air_set(&sim, MOTE_TEXT("1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16")), MOTE_OK);
    CHECK_EQUAL(mote_sim_air_set(&sim, MOTE_TEXT("1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17")), MOTE_MQTT_QUOTA);
}

static void loses_an_air_that_is_replaced(void)
{
    start("SSBun=Bz123456");
    join("SSBun", "Bz123456");
    CHECK_EQUAL(mote_sim_air_set(&sim, MOTE_TEXT("other")), MOTE_OK);
    expect_idle(MOTE_WIFI_LOST);
    CHECK_EQUAL(mote_sim_deadline(&sim), UINT64_MAX);
}

/* --- clock --- */

static void has_a_clock_of_its_own(void)
{
    start("");
    CHECK_EQUAL(sim.port.now_ms(&sim), 0);
    sim.port.wait(&sim, 1ull << 40); /* years, in no time */
    CHECK_EQUAL(sim.port.now_ms(&sim), 1ll << 40);
    mote_sim_turn(&sim, 5);
    CHECK_EQUAL(sim.port.now_ms(&sim), 1ll << 40);
    sim.port.wait(&sim, UINT64_MAX); /* nothing will ever happen: time does not pass */
    CHECK_EQUAL(sim.port.now_ms(&sim), 1ll << 40);
}

static void is_the_same_again_from_one_seed(void)
{
    uint32_t first[8], other = 0;

    mote_sim_init(&sim, 7);
    for (size_t i = 0; i < 8; i++)
        first[i] = sim.port.random(&sim);
    mote_sim_init(&sim, 7);
    for (size_t i = 0; i < 8; i++)
        CHECK_EQUAL(sim.port.random(&sim), first[i]);
    mote_sim_init(&sim, 8);
    for (size_t i = 0; i < 8; i++)
        other += sim.port.random(&sim) != first[i];
    CHECK(other > 6);
}

static const struct check_case cases[] = {
    {"has_the_pins_of_the_chip", has_the_pins_of_the_chip},
    {"has_the_pulls_of_the_chip", has_the_pulls_of_the_chip},
    {"gives_a_pin_to_one_only", gives_a_pin_to_one_only},
    {"shows_each_change_of_an_output", shows_each_change_of_an_output},
    {"keeps_an_output_when_it_is_closed", keeps_an_output_when_it_is_closed},
    {"tells_of_buttons", tells_of_buttons},
    {"wakes_at_once_for_a_button", wakes_at_once_for_a_button},
    {"is_dead_without_power", is_dead_without_power},
    {"starts_anew_with_power", starts_anew_with_power},
    {"keeps_its_flash_without_power", keeps_its_flash_without_power},
    {"joins_a_network", joins_a_network},
    {"takes-as-long-as-the-air-says", takes_as_long_as_the_air_says},
    {"says_why_it_cannot_join", says_why_it_cannot_join},
    {"needs_an_active_station", needs_an_active_station},
    {"loses_a_network_that_goes", loses_a_network_that_goes},
    {"survives_a_short_absence", survives_a_short_absence},
    {"tells_late_news_late", tells_late_news_late},
    {"never_tells_lost_news", never_tells_lost_news},
    {"notices_a_network_that_goes_in_between", notices_a_network_that_goes_in_between},
    {"goes_on_with_the_last_order", goes_on_with_the_last_order},
    {"scans", scans},
    {"chooses_among_twins", chooses_among_twins},
    {"has_an_access_point_of_its_own", has_an_access_point_of_its_own},
    {"reads_an_air", reads_an_air},
    {"refuses_a_wrong_air", refuses_a_wrong_air},
    {"loses_an_air_that_is_replaced", loses_an_air_that_is_replaced},
    {"has_a_clock_of_its_own", has_a_clock_of_its_own},
    {"is_the_same_again_from_one_seed", is_the_same_again_from_one_seed},
};

int main(int argc, char **argv)
{
    return check_main("unit/sim", cases, sizeof cases / sizeof cases[0], argc, argv);
}
