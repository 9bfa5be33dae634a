#include "port/esp/access_point.h"
#include "port/esp/sdk.h"
#include "port/words.h"
#include <string.h>

enum { STATIONS_MAX = 4, CHANNEL = 1, KEY_MAX = 63 };

static struct {
    bool configured;
    wifi_config_t config;
} point;

/* The channel is the station's while that is joined: the radio has only one. */
enum mote_reason mote_access_point_configure(const char *ssid, const char *password)
{
    wifi_ap_config_t *config = &point.config.ap;
    struct mote_text name = mote_text(ssid), key = mote_text(password);

    if (key.length > KEY_MAX) {
        mote_words_say("wifi: this board's access point takes no key in hexadecimal");
        return MOTE_CONFIG_INVALID;
    }
    memset(&point.config, 0, sizeof point.config);
    memcpy(config->ssid, name.data, name.length);
    config->ssid_len = (uint8_t)name.length;
    if (key.length > 0)
        memcpy(config->password, key.data, key.length);
    config->authmode = key.length > 0 ? WIFI_AUTH_WPA2_PSK : WIFI_AUTH_OPEN;
    config->max_connection = STATIONS_MAX;
    config->channel = CHANNEL;
    point.configured = true;
    mote_access_point_apply();
    return MOTE_OK;
}

void mote_access_point_apply(void)
{
    wifi_mode_t mode;

    if (point.configured && esp_wifi_get_mode(&mode) == ESP_OK && (mode == WIFI_MODE_AP || mode == WIFI_MODE_APSTA))
        esp_wifi_set_config(WIFI_IF_AP, &point.config);
}
