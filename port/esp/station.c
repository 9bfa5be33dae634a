#include "port/esp/station.h"
#include "port/esp/sdk.h"
#include "port/esp/wifi_reason.h"
#include "port/words.h"
#include <esp_timer.h>
#include <string.h>

enum { MEASURE_MS = 2000 };

static struct {
    struct mote_join state;
    wifi_config_t config; /* of the network that was last asked for */
    bool fixed;
    struct mote_wifi_addresses fixed_addresses;
    struct mote_wifi_addresses addresses;
    wifi_ap_record_t point; /* that it is joined to */
    uint64_t measure_ms;    /* when its signal is measured next */
} station;

static uint64_t now_ms(void)
{
    return (uint64_t)esp_timer_get_time() / 1000;
}

/* --- Doing what is to be done --- */

static void begin_to_join(void)
{
    if (!mote_sdk_fix_addresses(station.fixed ? &station.fixed_addresses : NULL)) {
        mote_words_say("wifi: a fixed address is none");
        mote_join_failed(&station.state, MOTE_CONFIG_INVALID);
    } else if (esp_wifi_set_config(WIFI_IF_STA, &station.config) != ESP_OK) {
        mote_words_say("wifi: the SDK does not take this name or key");
        mote_join_failed(&station.state, MOTE_CONFIG_INVALID);
    } else if (esp_wifi_connect() != ESP_OK) {
        mote_words_say("wifi: the SDK does not begin to connect");
        mote_join_failed(&station.state, MOTE_WIFI_REFUSED);
    }
}

static void act(enum mote_join_action action)
{
    if (action == MOTE_JOIN_GO)
        begin_to_join();
    else if (action == MOTE_JOIN_LEAVE)
        esp_wifi_disconnect();
}

/* --- Being asked --- */

static bool is_set(const uint8_t bssid[6])
{
    static const uint8_t anybody[6];

    return memcmp(bssid, anybody, sizeof anybody) != 0;
}

/* Names of 32 and keys of 64 bytes have no NUL there. */
static void take_name_and_key(const struct mote_network *network)
{
    wifi_sta_config_t *config = &station.config.sta;
    struct mote_text name = mote_text(network->ssid), key = mote_text(network->password);

    memcpy(config->ssid, name.data, name.length);
    if (key.length > 0)
        memcpy(config->password, key.data, key.length);
    config->threshold.authmode = key.length > 0 ? WIFI_AUTH_WPA_PSK : WIFI_AUTH_OPEN;
    mote_sdk_allow_wpa3(config);
}

static void take_aim(const struct mote_network *network, const struct mote_wifi_aim *aim)
{
    wifi_sta_config_t *config = &station.config.sta;
    const uint8_t *bssid = aim != NULL && is_set(aim->bssid) ? aim->bssid : network->bssid;

    config->bssid_set = is_set(bssid);
    memcpy(config->bssid, bssid, sizeof config->bssid);
    config->channel = aim == NULL ? 0 : aim->channel;
    config->scan_method = config->channel == 0 ? WIFI_ALL_CHANNEL_SCAN : WIFI_FAST_SCAN;
    config->sort_method = WIFI_CONNECT_AP_BY_SIGNAL;
}

enum mote_reason mote_esp_station_connect(const struct mote_network *network, const struct mote_wifi_aim *aim)
{
    memset(&station.config, 0, sizeof station.config);
    take_name_and_key(network);
    take_aim(network, aim);
    station.fixed = network->fixed != NULL;
    if (station.fixed)
        station.fixed_addresses = *network->fixed;
    act(mote_join_ask(&station.state, now_ms()));
    return MOTE_OK;
}

void mote_esp_station_disconnect(void)
{
    act(mote_join_leave(&station.state, now_ms()));
}

/* --- Being told --- */

static void say_why(unsigned number)
{
    mote_words_say("wifi: %s (the SDK's reason %u)", mote_esp_wifi_words(number), number);
}

void mote_esp_station_event(enum mote_join_event event, unsigned number)
{
    enum mote_join_action action = mote_join_event(&station.state, event, number);

    if (event == MOTE_JOIN_DISCONNECTED && station.state.number == number)
        say_why(number);
    if (event == MOTE_JOIN_CONNECTED)
        station.measure_ms = 0;
    if (event == MOTE_JOIN_GOT_ADDRESS)
        mote_sdk_read_addresses(&station.addresses);
    act(action);
}

static void measure(uint64_t time_ms)
{
    if (time_ms < station.measure_ms)
        return;
    station.measure_ms = time_ms + MEASURE_MS;
    if (esp_wifi_sta_get_ap_info(&station.point) != ESP_OK)
        memset(&station.point, 0, sizeof station.point);
}

void mote_esp_station_turn(uint64_t time_ms)
{
    act(mote_join_turn(&station.state, time_ms));
    if (station.state.step >= MOTE_JOIN_ASSOCIATED)
        measure(time_ms);
}

void mote_esp_station_status(struct mote_wifi_status *status)
{
    mote_join_tell(&station.state, status);
    if (station.state.step < MOTE_JOIN_ASSOCIATED)
        return;
    memcpy(status->ssid, station.config.sta.ssid, sizeof station.config.sta.ssid);
    memcpy(status->aim.bssid, station.point.bssid, sizeof status->aim.bssid);
    status->aim.channel = station.point.primary;
    status->signal_dbm = station.point.rssi;
    if (station.state.step == MOTE_JOIN_JOINED)
        status->addresses = station.addresses;
}
