/* The address that a network's entry fixes: given when the station is associated, taken away when it leaves. */
#include "wpa_rig.h"

#include "assign_rig.h"

static const struct mote_wifi_addresses addresses = {
    .address = "192.168.7.9", .netmask = "255.255.255.0", .gateway = "192.168.7.1", .dns = "192.168.7.2"};
static const struct mote_network fixed = {.ssid = "Home", .password = "its key is long", .fixed = &addresses};
static const struct mote_network plain = {.ssid = "Cafe", .password = "its key is long"};

static bool looks(void)
{
    wpa_see();
    return true;
}

static void begin(void)
{
    wpa_begin();
    assign_begin();
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_STATION, true), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("STATUS") == 1);
}

static void join(const struct mote_network *network)
{
    unsigned before = wpa_asked("SELECT_NETWORK");

    CHECK_EQUAL(mote_linux_radio.connect(NULL, network, NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK") > before);
    wpa_associate(network->ssid, 1);
}

static void join_fixed(void)
{
    begin();
    join(&fixed);
    LOOPBACK_UNTIL(looks() && assigned.count == 2);
    CHECK_TEXT(mote_text(assigned.lines[0]), "+192.168.7.9/24 7");
    CHECK_TEXT(mote_text(assigned.lines[1]), "+default 192.168.7.1 7");
    wpa_give_address("192.168.7.9", "192.168.7.1");
    LOOPBACK_UNTIL(wpa_see().state == MOTE_WIFI_CONNECTED);
}

static void is_given_once_associated(void)
{
    begin();
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &fixed, NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK") == 1);
    CHECK(looks() && assigned.count == 0);
    wpa_associate("Home", 1);
    LOOPBACK_UNTIL(looks() && assigned.count == 2);
    join_fixed();
    CHECK_TEXT(mote_text(wpa_see().addresses.dns), "192.168.7.2");
    CHECK_EQUAL(assigned.count, 2);
}

static void goes_with_the_network(void)
{
    join_fixed();
    join(&plain);
    LOOPBACK_UNTIL(assigned.count == 4);
    CHECK_TEXT(mote_text(assigned.lines[2]), "-default 192.168.7.1 7");
    CHECK_TEXT(mote_text(assigned.lines[3]), "-192.168.7.9/24 7");
    join_fixed();
    mote_linux_radio.disconnect(NULL);
    LOOPBACK_UNTIL(assigned.count == 4);
    join_fixed();
    mote_linux_radio.set_active(NULL, MOTE_STATION, false);
    LOOPBACK_UNTIL(assigned.count == 4);
}

static void stays_while_the_same_network_is_joined_again(void)
{
    join_fixed();
    join(&fixed);
    LOOPBACK_UNTIL(wpa_see().state == MOTE_WIFI_CONNECTED);
    CHECK_EQUAL(assigned.count, 2);
}

/* An interface that was switched off has lost it. */
static void is_given_again_when_it_is_gone(void)
{
    join_fixed();
    wpa_give_address(NULL, NULL);
    LOOPBACK_UNTIL(looks() && assigned.count >= 6);
    CHECK_TEXT(mote_text(assigned.lines[4]), "+192.168.7.9/24 7");
}

static void what_is_no_address_is_refused(void)
{
    static const struct mote_wifi_addresses wrong[] = {
        {.address = "192.168.7", .netmask = "255.255.255.0"},
        {.address = "192.168.7.9", .netmask = ""},
        {.address = "192.168.7.9", .netmask = "255.0.255.0"},
        {.address = "192.168.7.9", .netmask = "0.0.0.0"},
        {.address = "192.168.7.9", .netmask = "255.255.255.0", .gateway = "x"},
        {.address = "192.168.7.9", .netmask = "255.255.255.0", .dns = "x"},
    };

    begin();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct mote_network network = {.ssid = "Home", .fixed = &wrong[i]};

        CHECK_EQUAL(mote_linux_radio.connect(NULL, &network, NULL), MOTE_CONFIG_INVALID);
    }
    CHECK_EQUAL(wpa_asked("ADD_NETWORK"), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"given", is_given_once_associated},
        {"goes", goes_with_the_network},
        {"stays", stays_while_the_same_network_is_joined_again},
        {"again", is_given_again_when_it_is_gone},
        {"refused", what_is_no_address_is_refused},
    };
    int status = check_main("unit/fixed_address", cases, sizeof cases / sizeof cases[0], argc, argv);

    wpa_end();
    return status;
}
