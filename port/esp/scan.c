#include "port/esp/scan.h"
#include "port/esp/sdk.h"
#include <mote/limits.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_MAX = 24 };

static struct {
    bool running;
    int count;
    struct mote_wifi_found found[MOTE_SCAN_MAX];
} scan;

/* While the station is joining, the SDK refuses: then nothing was found, and whoever asked asks again. */
void mote_scan_begin(void)
{
    if (scan.running)
        return;
    scan.count = 0;
    scan.running = esp_wifi_scan_start(&(wifi_scan_config_t){.show_hidden = true}, false) == ESP_OK;
}

/* Strongest first; the weakest falls out. */
static void add(const struct mote_wifi_found *point)
{
    int at = scan.count;

    if (at == MOTE_SCAN_MAX && scan.found[at - 1].signal_dbm >= point->signal_dbm)
        return;
    at -= at == MOTE_SCAN_MAX;
    scan.count = at + 1;
    for (; at > 0 && scan.found[at - 1].signal_dbm < point->signal_dbm; at--)
        scan.found[at] = scan.found[at - 1];
    scan.found[at] = *point;
}

static void take(const wifi_ap_record_t *record)
{
    struct mote_wifi_found point = {.channel = record->primary, .open = record->authmode == WIFI_AUTH_OPEN};

    point.signal_dbm = record->rssi < -100 ? -100 : record->rssi > 0 ? 0 : record->rssi;
    memcpy(point.bssid, record->bssid, sizeof point.bssid);
    memcpy(point.ssid, record->ssid, sizeof point.ssid - 1);
    add(&point);
}

/* Reading them also gives the SDK's own memory for them back. */
void mote_scan_done(void)
{
    uint16_t count = RECORDS_MAX;
    wifi_ap_record_t *records = malloc(RECORDS_MAX * sizeof *records);

    scan.running = false;
    if (records == NULL || esp_wifi_scan_get_ap_records(&count, records) != ESP_OK)
        count = 0;
    for (unsigned i = 0; i < count; i++)
        take(&records[i]);
    free(records);
}

void mote_scan_forget(void)
{
    scan.running = false;
    scan.count = 0;
}

int mote_scan_results(struct mote_wifi_found *found, int max)
{
    int count = scan.count < max ? scan.count : max;

    if (scan.running)
        return -1;
    memcpy(found, scan.found, (size_t)(count > 0 ? count : 0) * sizeof *found);
    return count > 0 ? count : 0;
}
