#include "port/linux/radio/station.h"
#include "port/linux/radio/addresses.h"
#include "port/linux/radio/block.h"
#include "port/linux/radio/control.h"
#include "port/linux/radio/request.h"
#include "port/linux/radio/scan.h"
#include "port/linux/radio/wpa_text.h"
#include "port/words.h"
#include <string.h>

enum { KEY_REJECTIONS = 3 };

static struct {
    bool associated;
    bool disabled;
    bool joining;
    bool roaming;    /* to another access point of the same network, */
    uint8_t to[6];   /* this one */
    bool look_again; /* something has happened since STATUS was asked for */
    enum mote_reason reason;
    unsigned key_rejections;
    bool refused;
    unsigned searches_left; /* that may find nothing, until it is told */
    char ssid[33];
    struct mote_wifi_aim aim;
    int8_t signal_dbm;
} station;

void mote_station_reset(void)
{
    memset(&station, 0, sizeof station);
}

void mote_station_look(void)
{
    station.look_again = mote_control_awaits(MOTE_REQUEST_STATUS);
    if (!station.look_again)
        mote_control_ask(MOTE_REQUEST_STATUS, "STATUS");
}

/* --- Joining --- */

static bool is_set(const uint8_t bssid[6])
{
    static const uint8_t anybody[6];

    return memcmp(bssid, anybody, sizeof anybody) != 0;
}

static int frequency_of(const struct mote_wifi_aim *aim)
{
    int heard_mhz = mote_scan_frequency(aim->bssid);

    return heard_mhz != 0 ? heard_mhz : mote_wpa_frequency(aim->channel);
}

static void begin_to_join(unsigned searches)
{
    station.associated = false;
    station.joining = true;
    station.roaming = false;
    station.reason = MOTE_OK;
    station.key_rejections = 0;
    station.refused = false;
    station.searches_left = searches;
}

void mote_station_join(const struct mote_network *network, const struct mote_wifi_aim *aim)
{
    struct mote_wifi_aim where = {.channel = 0};

    memcpy(where.bssid, network->bssid, sizeof where.bssid);
    if (aim != NULL)
        where = *aim;
    if (station.associated && !station.joining && is_set(where.bssid) && mote_block_is_selected() &&
        mote_block_is_for(network)) {
        station.roaming = true;
        memcpy(station.to, where.bssid, sizeof station.to);
        mote_block_roam(where.bssid, frequency_of(&where));
        return;
    }
    begin_to_join(network->hidden ? 2 : 1); /* the first search may have begun without its name */
    mote_block_join(network, where.bssid, frequency_of(&where));
}

void mote_station_leave(bool silent)
{
    station.associated = false;
    station.joining = false;
    station.roaming = false;
    station.reason = MOTE_OK;
    mote_block_leave(silent);
}

static void fail(enum mote_reason reason)
{
    station.joining = false;
    station.reason = reason;
    mote_block_stop();
}

/* --- What has happened --- */

/* What came before tells why it has given up. */
static enum mote_reason why_given_up(void)
{
    return station.key_rejections > 0 && !station.refused ? MOTE_WIFI_WRONG_KEY : MOTE_WIFI_REFUSED;
}

static void take_setback(const struct mote_wpa_event *event)
{
    switch (event->type) {
    case MOTE_WPA_WRONG_KEY:
        fail(MOTE_WIFI_WRONG_KEY);
        break;
    case MOTE_WPA_KEY_REJECTED:
        station.key_rejections++;
        if (station.key_rejections == KEY_REJECTIONS)
            fail(MOTE_WIFI_WRONG_KEY);
        break;
    case MOTE_WPA_GIVEN_UP:
        fail(why_given_up());
        break;
    case MOTE_WPA_REFUSED:
        station.refused = true;
        fail(MOTE_WIFI_REFUSED);
        break;
    case MOTE_WPA_NOT_FOUND:
        station.searches_left--;
        if (station.searches_left == 0)
            fail(MOTE_WIFI_NO_NETWORK);
        break;
    default:
        break;
    }
}

static bool is_about_us(const struct mote_wpa_event *event)
{
    return station.joining && mote_block_is_selected() && (event->block < 0 || event->block == mote_block_number());
}

void mote_station_event(const struct mote_wpa_event *event)
{
    if (event->type == MOTE_WPA_CHANGED)
        mote_station_look();
    else if (event->type == MOTE_WPA_SIGNAL)
        station.signal_dbm = (int8_t)event->signal_dbm;
    else if (is_about_us(event))
        take_setback(event);
}

void mote_station_replied(struct mote_text reply)
{
    bool was_selected = mote_block_is_selected();

    mote_block_replied(reply);
    if (station.joining && mote_block_refusal() != NULL) {
        station.joining = false;
        station.reason = MOTE_CONFIG_INVALID;
        mote_words_say("wpa_supplicant does not take %s", mote_block_refusal());
    } else if (!was_selected && mote_block_is_selected()) {
        mote_station_look();
    }
}

/* --- How it is --- */

/* While keys are renewed, an association lasts. */
static bool is_complete(struct mote_text state)
{
    return mote_text_equals(state, "COMPLETED") || (station.associated && (mote_text_equals(state, "4WAY_HANDSHAKE") ||
                                                                           mote_text_equals(state, "GROUP_HANDSHAKE")));
}

static bool read_point(struct mote_text reply)
{
    struct mote_text value;

    station.aim.channel = mote_wpa_channel(mote_wpa_number_of(reply, '\n', "freq", 0, 100000, 0));
    return mote_wpa_value(reply, '\n', "bssid", &value) && mote_wpa_mac(value, station.aim.bssid) &&
           mote_wpa_value(reply, '\n', "ssid", &value) && mote_wpa_ssid(value, station.ssid) &&
           (!mote_wpa_value(reply, '\n', "mode", &value) || mote_text_equals(value, "station"));
}

void mote_station_measure(void)
{
    if (station.associated && !mote_control_awaits(MOTE_REQUEST_SIGNAL))
        mote_control_ask(MOTE_REQUEST_SIGNAL, "SIGNAL_POLL");
}

static bool has_roamed(void)
{
    return station.roaming && memcmp(station.aim.bssid, station.to, sizeof station.to) == 0;
}

static void arrive(void)
{
    station.joining = false;
    station.roaming = false;
    station.reason = MOTE_OK;
    station.signal_dbm = 0; /* not that of the access point before */
    mote_station_measure();
    mote_addresses_refresh();
}

static void apply(struct mote_text reply, struct mote_text state)
{
    bool was_associated = station.associated;
    bool is_ours =
        mote_block_is_selected() && mote_wpa_number_of(reply, '\n', "id", 0, INT16_MAX, -1) == mote_block_number();

    station.disabled = mote_text_equals(state, "INTERFACE_DISABLED");
    if (station.joining && !is_ours)
        return;
    station.associated = is_complete(state) && read_point(reply);
    if (station.associated && has_roamed())
        station.roaming = false;
    if (station.associated && !was_associated)
        arrive();
    else if (was_associated && !station.associated && station.roaming)
        begin_to_join(1); /* it is between the two */
    else if (was_associated && !station.associated)
        station.reason = MOTE_WIFI_LOST;
}

void mote_station_status(struct mote_text reply)
{
    struct mote_text state;

    if (mote_wpa_value(reply, '\n', "wpa_state", &state))
        apply(reply, state);
    if (station.look_again)
        mote_station_look();
}

void mote_station_signal(struct mote_text reply)
{
    int signal_dbm = mote_wpa_number_of(reply, '\n', "RSSI", -128, 0, 1);

    if (signal_dbm <= 0)
        station.signal_dbm = (int8_t)(signal_dbm < -100 ? -100 : signal_dbm);
}

bool mote_station_is_associated(void)
{
    return station.associated;
}

bool mote_station_is_disabled(void)
{
    return station.disabled;
}

void mote_station_tell(struct mote_wifi_status *status)
{
    bool has_address = mote_addresses_are_usable();

    status->reason = station.reason;
    if (!station.associated) {
        status->state = station.joining ? MOTE_WIFI_CONNECTING : MOTE_WIFI_IDLE;
        return;
    }
    status->state = has_address ? MOTE_WIFI_CONNECTED : MOTE_WIFI_CONNECTING;
    status->reason = has_address ? MOTE_OK : MOTE_DHCP_NO_LEASE;
    status->signal_dbm = station.signal_dbm;
    status->aim = station.aim;
    memcpy(status->ssid, station.ssid, sizeof status->ssid);
    mote_addresses_tell(&status->addresses);
}
