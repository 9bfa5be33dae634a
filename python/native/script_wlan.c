/* WLAN as MicroPython's port for the ESP8266 has it, with its words. Where the board has no radio of its own, the station is what connects this
 * machine: it is there as soon as it is told to join, whatever. */
#include "python/native/script_inside.h"

#include <string.h>

#define POLL_MS 1u

enum { STATION, ACCESS_POINT, SCAN_MS_MAX = 15000 };

static struct {
    bool in_hand;
    bool active; /* without a radio */
    bool told;   /* to join something */
    int failure; /* of the last attempt; 0: none since it was told */
    bool has_fixed;
    char ssid[33];
    char key[65];
    char own_ssid[33];
    char own_key[65];
    struct mote_wifi_addresses fixed;
    struct mote_wifi_addresses own; /* of the access point */
} wlan = {.own = {"192.168.4.1", "255.255.255.0", "192.168.4.1", "0.0.0.0"}};

static bool has_radio(void)
{
    return mote_script_port.radio != NULL;
}

static void *context(void)
{
    return mote_script_port.context;
}

bool mote_script_wlan_is_in_hand(void)
{
    return wlan.in_hand;
}

/* --- Switching on and off --- */

const char *mote_script_wlan_set_active(int role, bool active)
{
    enum mote_reason reason = MOTE_OK;

    if (role == STATION) {
        wlan.in_hand = true;
        wlan.active = active;
        wlan.told = wlan.told && active;
    }
    mote_script_poll();
    if (has_radio())
        reason = mote_wifi_set_active((enum mote_wifi_role)role, active);
    else if (role == ACCESS_POINT && active)
        reason = MOTE_WIFI_INACTIVE;
    return reason == MOTE_OK ? NULL : "Cannot update i/f status";
}

bool mote_script_wlan_is_active(int role)
{
    mote_script_poll();
    return has_radio() ? mote_wifi_is_active((enum mote_wifi_role)role) : role == STATION && wlan.active;
}

/* --- Joining --- */

static bool remember(const char *ssid, const char *key)
{
    if (strlen(ssid) >= sizeof wlan.ssid || strlen(key) >= sizeof wlan.key)
        return false;
    strcpy(wlan.ssid, ssid);
    strcpy(wlan.key, key);
    return true;
}

static enum mote_reason join(const uint8_t *bssid)
{
    struct mote_network network = {.ssid = wlan.ssid, .password = wlan.key};
    struct mote_wifi_aim aim = {.channel = 0};

    if (!has_radio())
        return MOTE_OK;
    if (wlan.has_fixed)
        network.fixed = &wlan.fixed;
    if (bssid != NULL)
        memcpy(network.bssid, bssid, sizeof network.bssid);
    if (bssid != NULL)
        memcpy(aim.bssid, bssid, sizeof aim.bssid);
    return mote_script_port.radio->connect(context(), &network, bssid == NULL ? NULL : &aim);
}

const char *mote_script_wlan_connect(int role, const char *ssid, const char *key, const uint8_t *bssid)
{
    if (role != STATION)
        return "STA required";
    if (ssid != NULL && (!mote_script_wlan_is_active(STATION) || !remember(ssid, key == NULL ? "" : key)))
        return "Cannot set STA config";
    if (!mote_script_wlan_is_active(STATION) || wlan.ssid[0] == '\0' || join(bssid) != MOTE_OK)
        return "Cannot connect to AP";
    wlan.told = true;
    wlan.failure = 0;
    return NULL;
}

const char *mote_script_wlan_disconnect(int role)
{
    if (role != STATION)
        return "STA required";
    if (!mote_script_wlan_is_active(STATION))
        return "Cannot disconnect from AP";
    mote_wifi_disconnect();
    wlan.told = false;
    mote_script_poll();
    return NULL;
}

/* --- How it is --- */

static int status_of(const struct mote_wifi_status *status)
{
    if (status->state == MOTE_WIFI_CONNECTED)
        return MOTE_SCRIPT_GOT_IP;
    if (status->state == MOTE_WIFI_CONNECTING)
        return MOTE_SCRIPT_CONNECTING;
    switch (status->reason) {
    case MOTE_WIFI_WRONG_KEY:
        return MOTE_SCRIPT_WRONG_PASSWORD;
    case MOTE_WIFI_NO_NETWORK:
    case MOTE_WIFI_WEAK:
        return MOTE_SCRIPT_NO_AP_FOUND;
    case MOTE_WIFI_REFUSED:
    case MOTE_WIFI_LOST:
    case MOTE_DHCP_NO_LEASE:
        return MOTE_SCRIPT_CONNECT_FAIL;
    default:
        return MOTE_SCRIPT_IDLE;
    }
}

static int radio_status(void)
{
    struct mote_wifi_status status;

    if (!has_radio())
        return wlan.active && wlan.told ? MOTE_SCRIPT_GOT_IP : MOTE_SCRIPT_IDLE;
    mote_wifi_status(&status);
    return status_of(&status);
}

static bool is_failure(int status)
{
    return status != MOTE_SCRIPT_IDLE && status != MOTE_SCRIPT_CONNECTING && status != MOTE_SCRIPT_GOT_IP;
}

/* The chip goes on trying by itself as long as it is told to, and says all the time why it has not worked. */
void mote_script_wlan_turn(void)
{
    int status = radio_status();

    if (status == MOTE_SCRIPT_GOT_IP)
        wlan.failure = 0;
    if (!wlan.told || !is_failure(status))
        return;
    wlan.failure = status;
    join(NULL);
}

static int station_status(void)
{
    int status = radio_status();

    return status == MOTE_SCRIPT_CONNECTING && wlan.failure != 0 ? wlan.failure : status;
}

bool mote_script_wlan_is_connected(int role)
{
    if (role != STATION)
        return false;
    mote_script_poll();
    if (station_status() == MOTE_SCRIPT_GOT_IP)
        return true;
    mote_script_wait(mote_script_now_ms() + POLL_MS);
    return station_status() == MOTE_SCRIPT_GOT_IP;
}

int mote_script_wlan_status(int role)
{
    mote_script_poll();
    return role == STATION ? station_status() : -1;
}

int mote_script_wlan_signal_dbm(void)
{
    struct mote_wifi_status status;

    mote_script_poll();
    mote_wifi_status(&status);
    return status.signal_dbm;
}

int mote_script_wlan_channel(int role)
{
    struct mote_wifi_status status;

    mote_wifi_status(&status);
    return role == STATION && status.aim.channel != 0 ? status.aim.channel : 1;
}

/* --- Scanning --- */

const char *mote_script_wlan_scan(int role, struct mote_wifi_found *found, int max, int *count)
{
    uint64_t end_ms = mote_script_now_ms() + SCAN_MS_MAX;

    *count = 0;
    if (role != STATION)
        return "STA required";
    if (!mote_script_wlan_is_active(STATION))
        return "STA must be active";
    if (!has_radio())
        return NULL;
    if (mote_wifi_scan() != MOTE_OK)
        return "scan failed";
    do {
        mote_script_wait(end_ms);
        *count = mote_wifi_scan_results(found, max);
    } while (*count < 0 && mote_script_now_ms() < end_ms && !mote_script_is_interrupted());
    if (*count >= 0)
        return NULL;
    *count = 0;
    return "scan failed";
}

/* --- Addresses and names --- */

static void set_zeros(struct mote_wifi_addresses *addresses)
{
    static const struct mote_wifi_addresses none = {"0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0"};

    *addresses = none;
}

void mote_script_wlan_addresses(int role, struct mote_wifi_addresses *addresses)
{
    set_zeros(addresses);
    mote_script_poll();
    if (role == ACCESS_POINT && mote_script_wlan_is_active(role))
        *addresses = wlan.own;
    if (role != STATION || station_status() != MOTE_SCRIPT_GOT_IP)
        return;
    if (!has_radio())
        mote_script_system_addresses(addresses);
    else
        mote_wifi_ifconfig(addresses);
    if (wlan.has_fixed && mote_script_is_virtual())
        *addresses = wlan.fixed;
}

static const char *set_own_addresses(const struct mote_wifi_addresses *addresses)
{
    if (addresses == NULL)
        return "STA required";
    if (!mote_script_is_virtual())
        return "wifi_set_ip_info() failed";
    wlan.own = *addresses;
    return NULL;
}

const char *mote_script_wlan_set_addresses(int role, const struct mote_wifi_addresses *addresses)
{
    if (role == ACCESS_POINT)
        return set_own_addresses(addresses);
    if (addresses != NULL && !has_radio())
        return "wifi_set_ip_info() failed";
    wlan.has_fixed = addresses != NULL;
    if (addresses != NULL)
        wlan.fixed = *addresses;
    return NULL;
}

void mote_script_wlan_mac(int role, uint8_t mac[6])
{
    if (mote_wifi_mac((enum mote_wifi_role)role, mac) == MOTE_OK)
        return;
    mote_script_system_mac(mac);
    if (role == ACCESS_POINT)
        mac[0] ^= 2;
}

static void name_access_point(void)
{
    static const char digits[] = "0123456789abcdef";
    char *at = wlan.own_ssid + sizeof "MicroPython-" - 1;
    uint8_t mac[6];

    mote_script_wlan_mac(ACCESS_POINT, mac);
    memcpy(wlan.own_ssid, "MicroPython-", sizeof "MicroPython-");
    for (int i = 3; i < 6; i++) {
        *at++ = digits[mac[i] >> 4];
        *at++ = digits[mac[i] & 15];
    }
    *at = '\0';
}

const char *mote_script_wlan_ssid(int role)
{
    if (role == STATION)
        return wlan.ssid;
    if (wlan.own_ssid[0] == '\0')
        name_access_point();
    return wlan.own_ssid;
}

const char *mote_script_wlan_set_access_point(const char *ssid, const char *key)
{
    const char *old = mote_script_wlan_ssid(ACCESS_POINT);

    if (!mote_script_wlan_is_active(ACCESS_POINT) ||
        mote_wifi_access_point(ssid == NULL ? old : ssid, key == NULL ? wlan.own_key : key) != MOTE_OK)
        return "can't set AP config";
    if (ssid != NULL)
        strcpy(wlan.own_ssid, ssid); /* neither is longer than a network may have them */
    if (key != NULL)
        strcpy(wlan.own_key, key);
    return NULL;
}
