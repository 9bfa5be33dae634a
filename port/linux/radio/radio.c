#include "port/linux/radio/radio.h"
#include "port/linux/loop.h"
#include "port/linux/radio/access_point.h"
#include "port/linux/radio/addresses.h"
#include "port/linux/radio/block.h"
#include "port/linux/radio/control.h"
#include "port/linux/radio/fixed_address.h"
#include "port/linux/radio/request.h"
#include "port/linux/radio/scan.h"
#include "port/linux/radio/station.h"
#include "port/linux/radio/wpa_event.h"
#include "port/linux/radio/wpa_text.h"
#include "port/words.h"
#include "wifi/supervisor.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 5000,    /* how long a lost event, or the end of wpa_supplicant, may go unnoticed */
    RETRY_MS = 1000,   /* while wpa_supplicant or its interface is not there */
    ANSWER_MS = 10000, /* what wpa_supplicant's own tools wait for */
};

static struct {
    bool begun;
    bool wanted;   /* the station is switched on */
    bool silenced; /* and was off before: wpa_supplicant was told to join nothing */
    struct mote_interface interface;
    char name[IFNAMSIZ]; /* of the interface that is ours at the moment */
    struct mote_timer timer;
} radio;

static void on_look(void *context);
static int attach(void);

static bool has_interface(void)
{
    return mote_control_is_open() && !mote_station_is_disabled();
}

static void look_later(void)
{
    mote_loop_after(&radio.timer, has_interface() ? LOOK_MS : RETRY_MS, on_look, NULL);
}

/* wpa_supplicant sends no more events to somebody whose queue was full, ten datagrams, and tells nobody. To be attached twice
 * would bring each event twice. */
static void attach_again(void)
{
    if (mote_control_awaits(MOTE_REQUEST_ATTACH))
        return;
    mote_control_ask(MOTE_REQUEST_ATTACH, "DETACH");
    mote_control_ask(MOTE_REQUEST_ATTACH, "ATTACH");
}

static void on_look(void *context)
{
    (void)context;
    if (mote_control_is_open()) {
        attach_again();
        mote_station_look();
        mote_station_measure();
        if (mote_station_is_disabled())
            mote_interface_switch_on(radio.name);
        if (mote_station_is_associated() && mote_addresses_facts()->address == 0)
            mote_addresses_refresh();
    } else {
        attach();
    }
    look_later();
}

/* Whoever frees it from rfkill does not switch it on. */
static void take_status(struct mote_text reply)
{
    bool was_disabled = mote_station_is_disabled();

    mote_station_status(reply);
    if (!mote_station_is_disabled() || was_disabled || !radio.wanted)
        return;
    if (mote_interface_switch_on(radio.name) == MOTE_OK)
        mote_words_say("%s was switched off by somebody", radio.name);
    look_later();
}

static void on_replied(uint8_t request, struct mote_text reply)
{
    switch (request) {
    case MOTE_REQUEST_CAPABILITY:
        mote_block_allow_sae(memmem(reply.data, reply.length, "SAE", 3) != NULL);
        break;
    case MOTE_REQUEST_STATUS:
        take_status(reply);
        break;
    case MOTE_REQUEST_SIGNAL:
        mote_station_signal(reply);
        break;
    case MOTE_REQUEST_SCAN:
        mote_scan_replied(reply);
        break;
    case MOTE_REQUEST_PAGE:
        mote_scan_page(reply);
        break;
    case MOTE_REQUEST_BLOCK:
        mote_station_replied(reply);
        break;
    default:
        break;
    }
}

static void forget_all(void)
{
    mote_station_reset();
    mote_block_reset();
    mote_scan_reset();
}

static void on_lost(void)
{
    mote_words_say("wpa_supplicant has gone from %s/%s", radio.interface.directory, radio.name);
    forget_all();
    look_later();
}

static void on_event(struct mote_text datagram)
{
    struct mote_wpa_event event = mote_wpa_event_read(datagram);

    if (event.type == MOTE_WPA_TERMINATING) {
        mote_control_close();
        on_lost();
        return;
    }
    mote_scan_event(&event);
    mote_station_event(&event);
}

/* Returns 0 or errno. */
static int attach(void)
{
    static const struct mote_channel_listener listener = {on_replied, on_event, on_lost, ANSWER_MS};
    char path[160];
    int error = ENOENT;

    if (mote_interface_find(&radio.interface, radio.name, path))
        error = mote_control_open(path, &listener);
    if (error != 0)
        return error;
    forget_all();
    mote_addresses_choose(radio.name);
    mote_control_ask(MOTE_REQUEST_ATTACH, "ATTACH");
    mote_control_ask(MOTE_REQUEST_CAPABILITY, "GET_CAPABILITY key_mgmt");
    mote_block_find();
    mote_station_look();
    return 0;
}

static void on_addresses(void)
{
    if (mote_control_is_open())
        mote_station_look(); /* the interface may have gone or come */
}

void mote_radio_begin(const struct mote_interface *interface, int netlink)
{
    static bool registered;

    mote_radio_end();
    if (!registered)
        registered = atexit(mote_access_point_close) == 0;
    radio.begun = true;
    radio.interface = *interface;
    mote_addresses_open(netlink, on_addresses);
}

void mote_radio_end(void)
{
    mote_access_point_close();
    mote_fixed_address_want(NULL);
    mote_control_close();
    mote_addresses_close();
    mote_loop_stop(&radio.timer);
    forget_all();
    memset(&radio, 0, sizeof radio);
}

bool mote_radio_is_there(void)
{
    struct mote_interface interface;
    char name[IFNAMSIZ], path[160];

    if (mote_interface_from_environment(&interface))
        return true;
    return mote_interface_find(&interface, name, path) && mote_channel_try(path) == 0 &&
           !mote_interface_is_managed(name);
}

static void begin_by_environment(void)
{
    struct mote_interface interface;

    if (radio.begun)
        return;
    mote_interface_from_environment(&interface);
    mote_radio_begin(&interface, -1);
}

static void say_why_not(int error)
{
    mote_words_say("no wpa_supplicant at %s/%s: %s (start it with a ctrl_interface)", radio.interface.directory,
                   radio.name[0] == '\0' ? "*" : radio.name, strerror(error));
}

static enum mote_reason switch_on(void)
{
    int error = mote_control_is_open() ? 0 : attach();

    radio.wanted = true;
    look_later();
    if (error != 0) {
        say_why_not(error);
        return MOTE_WIFI_INACTIVE;
    }
    if (radio.silenced)
        mote_control_ask(MOTE_REQUEST_WAKE, "RECONNECT");
    radio.silenced = false;
    return mote_station_is_disabled() ? mote_interface_switch_on(radio.name) : MOTE_OK;
}

static enum mote_reason switch_off(void)
{
    if (radio.wanted) {
        mote_scan_reset();
        mote_station_leave(true);
        mote_fixed_address_want(NULL);
    }
    radio.silenced = radio.silenced || radio.wanted;
    radio.wanted = false;
    mote_loop_stop(&radio.timer);
    return MOTE_OK;
}

static const char *station_name(void)
{
    char path[160];

    if (radio.name[0] == '\0')
        mote_interface_find(&radio.interface, radio.name, path);
    return radio.name;
}

static enum mote_reason open_access_point(void)
{
    if (station_name()[0] == '\0') {
        say_why_not(ENOENT);
        return MOTE_WIFI_INACTIVE;
    }
    return mote_access_point_open(&radio.interface, radio.name);
}

static enum mote_reason set_active(void *context, enum mote_wifi_role role, bool active)
{
    (void)context;
    begin_by_environment();
    if (role == MOTE_STATION)
        return active ? switch_on() : switch_off();
    if (active)
        return open_access_point();
    mote_access_point_close();
    return MOTE_OK;
}

static bool is_active(void *context, enum mote_wifi_role role)
{
    (void)context;
    return role == MOTE_STATION ? radio.wanted && has_interface() : mote_access_point_is_on();
}

static enum mote_reason inactive(void)
{
    if (!radio.wanted)
        mote_words_say("switch the station on first");
    return MOTE_WIFI_INACTIVE;
}

static enum mote_reason scan(void *context)
{
    if (!is_active(context, MOTE_STATION))
        return inactive();
    if (!mote_control_awaits(MOTE_REQUEST_WIDEN))
        mote_block_widen();
    mote_scan_begin();
    return MOTE_OK;
}

static int scan_results(void *context, struct mote_wifi_found *found, int max)
{
    (void)context;
    return mote_scan_results(found, max);
}

static enum mote_reason join(void *context, const struct mote_network *network, const struct mote_wifi_aim *aim)
{
    if (!is_active(context, MOTE_STATION))
        return inactive();
    if (!mote_network_is_possible(network))
        return MOTE_CONFIG_INVALID;
    if (mote_fixed_address_want(network->fixed) != MOTE_OK)
        return MOTE_CONFIG_INVALID;
    mote_access_point_yield(true);
    mote_station_join(network, aim);
    return MOTE_OK;
}

static void leave(void *context)
{
    if (!is_active(context, MOTE_STATION))
        return;
    mote_station_leave(false);
    mote_fixed_address_want(NULL);
}

static void status(void *context, struct mote_wifi_status *into)
{
    *into = (struct mote_wifi_status){.state = MOTE_WIFI_OFF, .reason = MOTE_WIFI_INACTIVE};
    if (!is_active(context, MOTE_STATION))
        return;
    if (mote_station_is_associated() && mote_addresses_facts()->address == 0)
        mote_fixed_address_give(mote_addresses_facts()->index);
    mote_station_tell(into);
    if (into->state == MOTE_WIFI_CONNECTED)
        mote_fixed_address_tell(&into->addresses);
    mote_access_point_yield(into->state == MOTE_WIFI_CONNECTING || into->state == MOTE_WIFI_CONNECTED);
}

static enum mote_reason mac(void *context, enum mote_wifi_role role, uint8_t into[6])
{
    char name[IFNAMSIZ];

    (void)context;
    begin_by_environment();
    memcpy(name, station_name(), sizeof name);
    if (role == MOTE_ACCESS_POINT && name[0] != '\0')
        mote_access_point_interface(&radio.interface, radio.name, name);
    return mote_interface_mac(name, into);
}

static enum mote_reason access_point(void *context, const char *ssid, const char *password)
{
    (void)context;
    return mote_access_point_name(ssid, password);
}

const struct mote_radio_port mote_linux_radio = {
    .set_active = set_active,
    .is_active = is_active,
    .scan = scan,
    .scan_results = scan_results,
    .connect = join,
    .disconnect = leave,
    .status = status,
    .mac = mac,
    .access_point = access_point,
};
