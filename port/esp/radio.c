#include "port/esp/radio.h"
#include "port/esp/access_point.h"
#include "port/esp/post.h"
#include "port/esp/scan.h"
#include "port/esp/sdk.h"
#include "port/esp/station.h"
#include <esp_log.h>

static struct {
    bool station;
    bool access_point;
    bool started;
} active;

/* --- Events --- */

struct event {
    bool is_scan;
    enum mote_join_event event;
    unsigned number;
};

static void on_event(void *context)
{
    const struct event *event = context;

    if (event->is_scan)
        mote_scan_done();
    else
        mote_esp_station_event(event->event, event->number);
}

static void tell(const struct event *event)
{
    mote_post_inside(on_event, event, sizeof *event);
}

/* In the SDK's task. */
static void on_wifi(void *context, esp_event_base_t base, int32_t id, void *data)
{
    (void)context, (void)base;
    switch (id) {
    case WIFI_EVENT_SCAN_DONE:
        tell(&(struct event){.is_scan = true});
        break;
    case WIFI_EVENT_STA_START:
        tell(&(struct event){.event = MOTE_JOIN_STARTED});
        break;
    case WIFI_EVENT_STA_STOP:
        tell(&(struct event){.event = MOTE_JOIN_STOPPED});
        break;
    case WIFI_EVENT_STA_CONNECTED:
        tell(&(struct event){.event = MOTE_JOIN_CONNECTED});
        break;
    case WIFI_EVENT_STA_DISCONNECTED:
        tell(&(struct event){.event = MOTE_JOIN_DISCONNECTED,
                             .number = ((const wifi_event_sta_disconnected_t *)data)->reason});
        break;
    default:
        break;
    }
}

static void on_ip(void *context, esp_event_base_t base, int32_t id, void *data)
{
    (void)context, (void)base, (void)data;
    if (id == IP_EVENT_STA_GOT_IP)
        tell(&(struct event){.event = MOTE_JOIN_GOT_ADDRESS});
    else if (id == IP_EVENT_STA_LOST_IP)
        tell(&(struct event){.event = MOTE_JOIN_LOST_ADDRESS});
}

/* --- Starting --- */

static bool has_worked(esp_err_t error, const char *what)
{
    if (error != ESP_OK)
        ESP_LOGE("mote", "wifi: %s: error 0x%x", what, (unsigned)error);
    return error == ESP_OK;
}

/* Networks are Mote's to keep: the SDK's own memory of them is left alone. */
bool mote_radio_start(void)
{
    wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();

    return has_worked(esp_wifi_init(&config), "esp_wifi_init") &&
           has_worked(esp_wifi_set_storage(WIFI_STORAGE_RAM), "esp_wifi_set_storage") &&
           has_worked(esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi, NULL), "WIFI_EVENT") &&
           has_worked(esp_event_handler_register(IP_EVENT, ESP_EVENT_ANY_ID, on_ip, NULL), "IP_EVENT") &&
           has_worked(esp_wifi_set_mode(WIFI_MODE_NULL), "esp_wifi_set_mode");
}

void mote_radio_turn(uint64_t now_ms)
{
    mote_esp_station_turn(now_ms);
}

/* --- The table --- */

static wifi_mode_t mode_wanted(void)
{
    if (active.station)
        return active.access_point ? WIFI_MODE_APSTA : WIFI_MODE_STA;
    return active.access_point ? WIFI_MODE_AP : WIFI_MODE_NULL;
}

static bool apply_mode(void)
{
    wifi_mode_t mode = mode_wanted();
    bool worked = esp_wifi_set_mode(mode) == ESP_OK;

    if (mode == WIFI_MODE_NULL) {
        active.started = false;
        return esp_wifi_stop() == ESP_OK;
    }
    mote_access_point_apply();
    if (worked && !active.started)
        worked = active.started = esp_wifi_start() == ESP_OK;
    return worked;
}

static enum mote_reason set_active(void *context, enum mote_wifi_role role, bool on)
{
    bool *which = role == MOTE_STATION ? &active.station : &active.access_point;

    (void)context;
    if (*which == on)
        return MOTE_OK;
    if (role == MOTE_STATION && !on) {
        mote_esp_station_disconnect();
        mote_scan_forget();
    }
    *which = on;
    if (apply_mode())
        return MOTE_OK;
    *which = false; /* so that it is tried again when it is asked for again */
    return MOTE_WIFI_INACTIVE;
}

static bool is_active(void *context, enum mote_wifi_role role)
{
    (void)context;
    return role == MOTE_STATION ? active.station : active.access_point;
}

static enum mote_reason begin_scan(void *context)
{
    (void)context;
    if (!active.station)
        return MOTE_WIFI_INACTIVE;
    mote_scan_begin();
    return MOTE_OK;
}

static int scan_results(void *context, struct mote_wifi_found *found, int max)
{
    (void)context;
    return mote_scan_results(found, max);
}

static enum mote_reason begin_connect(void *context, const struct mote_network *network,
                                      const struct mote_wifi_aim *aim)
{
    (void)context;
    return active.station ? mote_esp_station_connect(network, aim) : MOTE_WIFI_INACTIVE;
}

static void leave(void *context)
{
    (void)context;
    mote_esp_station_disconnect();
}

static void status(void *context, struct mote_wifi_status *into)
{
    (void)context;
    mote_esp_station_status(into);
}

static enum mote_reason mac(void *context, enum mote_wifi_role role, uint8_t into[6])
{
    (void)context;
    return esp_read_mac(into, role == MOTE_STATION ? ESP_MAC_WIFI_STA : ESP_MAC_WIFI_SOFTAP) == ESP_OK
               ? MOTE_OK
               : MOTE_WIFI_INACTIVE;
}

static enum mote_reason access_point(void *context, const char *ssid, const char *password)
{
    (void)context;
    return mote_access_point_configure(ssid, password);
}

const struct mote_radio_port mote_esp_radio = {
    .set_active = set_active,
    .is_active = is_active,
    .scan = begin_scan,
    .scan_results = scan_results,
    .connect = begin_connect,
    .disconnect = leave,
    .status = status,
    .mac = mac,
    .access_point = access_point,
};
