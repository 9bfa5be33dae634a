#include "check.h"

#include <mote/port.h>
#include <mote/wifi.h>
#include <string.h>

/* A radio that remembers the last call and answers with what it is told. */
static struct {
    enum mote_reason reason;
    struct mote_wifi_status status;
    enum mote_wifi_role role;
    bool active;
    unsigned calls;
    char ssid[80];
    char password[80];
    bool any_bssid;
} radio;

static enum mote_reason set_active(void *context, enum mote_wifi_role role, bool active)
{
    CHECK(context == &radio);
    radio.calls++;
    radio.role = role;
    radio.active = active;
    return radio.reason;
}

static bool is_active(void *context, enum mote_wifi_role role)
{
    CHECK(context == &radio);
    return radio.active && radio.role == role;
}

static enum mote_reason scan(void *context)
{
    CHECK(context == &radio);
    radio.calls++;
    return radio.reason;
}

static int scan_results(void *context, struct mote_wifi_found *found, int max)
{
    CHECK(context == &radio && max == 3);
    memcpy(found[1].ssid, "second", sizeof "second");
    return 2;
}

static enum mote_reason access_point(void *context, const char *ssid, const char *password)
{
    CHECK(context == &radio);
    radio.calls++;
    mote_text_copy(mote_text(ssid), radio.ssid, sizeof radio.ssid);
    mote_text_copy(mote_text(password), radio.password, sizeof radio.password);
    return radio.reason;
}

static enum mote_reason connect_station(void *context, const struct mote_network *network,
                                        const struct mote_wifi_aim *aim)
{
    radio.any_bssid = aim == NULL;
    return access_point(context, network->ssid, network->password);
}

static void disconnect(void *context)
{
    CHECK(context == &radio);
    radio.calls++;
}

static void status(void *context, struct mote_wifi_status *into)
{
    CHECK(context == &radio);
    *into = radio.status;
}

static enum mote_reason mac(void *context, enum mote_wifi_role role, uint8_t into[6])
{
    CHECK(context == &radio);
    memset(into, role == MOTE_STATION ? 2 : 4, 6);
    return MOTE_OK;
}

static const struct mote_radio_port radio_port = {
    .set_active = set_active,
    .is_active = is_active,
    .scan = scan,
    .scan_results = scan_results,
    .connect = connect_station,
    .disconnect = disconnect,
    .status = status,
    .mac = mac,
    .access_point = access_point,
};

static const struct mote_port port = {.context = &radio, .radio = &radio_port};

static void start(void)
{
    memset(&radio, 0, sizeof radio);
    mote_port_install(&port);
}

static void reaches_the_radio(void)
{
    struct mote_wifi_found found[3] = {{.channel = 1}};
    uint8_t address[6];

    start();
    CHECK_EQUAL(mote_wifi_set_active(MOTE_ACCESS_POINT, true), MOTE_OK);
    CHECK(mote_wifi_is_active(MOTE_ACCESS_POINT));
    CHECK(!mote_wifi_is_active(MOTE_STATION));
    CHECK_EQUAL(mote_wifi_scan(), MOTE_OK);
    CHECK_EQUAL(mote_wifi_scan_results(found, 3), 2);
    CHECK_TEXT(mote_text(found[1].ssid), "second");
    CHECK_EQUAL(mote_wifi_connect("SSBun", "Bz123456"), MOTE_OK);
    CHECK_TEXT(mote_text(radio.ssid), "SSBun");
    CHECK_TEXT(mote_text(radio.password), "Bz123456");
    CHECK(radio.any_bssid);
    CHECK_EQUAL(mote_wifi_access_point("ESP-AP", NULL), MOTE_OK);
    CHECK_TEXT(mote_text(radio.ssid), "ESP-AP");
    CHECK_EQUAL(mote_wifi_mac(MOTE_STATION, address), MOTE_OK);
    CHECK_BYTES(address, 6, "02 02 02 02 02 02");
    radio.calls = 0;
    mote_wifi_disconnect();
    CHECK_EQUAL(radio.calls, 1);
}

static void passes_the_reason_on(void)
{
    start();
    radio.reason = MOTE_WIFI_INACTIVE;
    CHECK_EQUAL(mote_wifi_scan(), MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(mote_wifi_connect("SSBun", "Bz123456"), MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(mote_wifi_access_point("ESP-AP", ""), MOTE_WIFI_INACTIVE);
}

/* IEEE 802.11: a name is 0 to 32 bytes, of which 0 means any; a passphrase 8 to 63 characters, or the key itself as 64
 * hexadecimal digits. */
static void knows_impossible_names_and_keys(void)
{
    static const char letters[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
    char text[80];

    for (size_t length = 0; length < 70; length++) {
        bool name_is_right = length >= 1 && length <= 32;
        bool key_is_right = length == 0 || (length >= 8 && length <= 64);
        start();
        memcpy(text, letters, length);
        text[length] = '\0';
        CHECK_EQUAL(mote_wifi_connect(text, NULL), name_is_right ? MOTE_OK : MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_wifi_access_point(text, NULL), name_is_right ? MOTE_OK : MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_wifi_connect("name", text), key_is_right ? MOTE_OK : MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_wifi_access_point("name", text), key_is_right ? MOTE_OK : MOTE_CONFIG_INVALID);
        CHECK_EQUAL(radio.calls, 2u * name_is_right + 2u * key_is_right);
    }
    memset(text, 'f', 64);
    text[64] = '\0';
    CHECK_EQUAL(mote_wifi_connect("name", text), MOTE_OK);
    memcpy(text, "aAF", 3);
    CHECK_EQUAL(mote_wifi_connect("name", text), MOTE_OK);
    for (const char *wrong = "gG@`/: "; *wrong != '\0'; wrong++) {
        text[63] = *wrong;
        CHECK_EQUAL(mote_wifi_connect("name", text), MOTE_CONFIG_INVALID);
    }
    CHECK_EQUAL(mote_wifi_connect(NULL, NULL), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_wifi_access_point(NULL, NULL), MOTE_CONFIG_INVALID);
}

static void is_connected_only_with_an_address(void)
{
    struct mote_wifi_addresses addresses;

    for (enum mote_wifi_state state = MOTE_WIFI_OFF; state <= MOTE_WIFI_CONNECTED; state++) {
        start();
        radio.status = (struct mote_wifi_status){.state = state, .addresses = {.address = "192.168.4.2"}};
        CHECK_EQUAL(mote_wifi_is_connected(), state == MOTE_WIFI_CONNECTED);
        memset(&addresses, 'x', sizeof addresses);
        mote_wifi_ifconfig(&addresses);
        CHECK_EQUAL(strcmp(addresses.address, "192.168.4.2") == 0, state == MOTE_WIFI_CONNECTED);
        CHECK_EQUAL(addresses.gateway[0], '\0');
    }
}

static void is_inactive_without_a_radio(void)
{
    static const struct mote_port bare;
    struct mote_wifi_addresses addresses;
    struct mote_wifi_status now;
    struct mote_wifi_found found[1];
    uint8_t address[6];

    mote_port_install(&bare);
    CHECK_EQUAL(mote_wifi_set_active(MOTE_STATION, true), MOTE_WIFI_INACTIVE);
    CHECK(!mote_wifi_is_active(MOTE_STATION));
    CHECK_EQUAL(mote_wifi_scan(), MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(mote_wifi_scan_results(found, 1), 0);
    CHECK_EQUAL(mote_wifi_connect("SSBun", "Bz123456"), MOTE_WIFI_INACTIVE);
    mote_wifi_disconnect();
    CHECK(!mote_wifi_is_connected());
    memset(&now, 'x', sizeof now);
    mote_wifi_status(&now);
    CHECK_EQUAL(now.state, MOTE_WIFI_OFF);
    CHECK_EQUAL(now.reason, MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(now.ssid[0], '\0');
    mote_wifi_ifconfig(&addresses);
    CHECK_EQUAL(addresses.address[0], '\0');
    CHECK_EQUAL(mote_wifi_mac(MOTE_STATION, address), MOTE_WIFI_INACTIVE);
    CHECK_BYTES(address, 6, "00 00 00 00 00 00");
    CHECK_EQUAL(mote_wifi_access_point("ESP-AP", NULL), MOTE_WIFI_INACTIVE);
}

static const struct check_case cases[] = {
    {"reaches_the_radio", reaches_the_radio},
    {"passes_the_reason_on", passes_the_reason_on},
    {"knows_impossible_names_and_keys", knows_impossible_names_and_keys},
    {"is_connected_only_with_an_address", is_connected_only_with_an_address},
    {"is_inactive_without_a_radio", is_inactive_without_a_radio},
};

int main(int argc, char **argv)
{
    return check_main("unit/wifi", cases, sizeof cases / sizeof cases[0], argc, argv);
}
