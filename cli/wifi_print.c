#include "wifi_print.h"
#include "cli.h"

#include <stdio.h>
#include <string.h>

void wifi_print_name(const char *ssid, char name[WIFI_NAME_SIZE])
{
    const bool is_utf8 = mote_text_is_utf8(mote_text(ssid));
    size_t used = 0;

    for (; *ssid != '\0' && used + 5 <= WIFI_NAME_SIZE; ssid++) {
        const unsigned char byte = (unsigned char)*ssid;
        if (byte < 0x20 || byte == 0x7f || byte == '\\' || (byte >= 0x80 && !is_utf8)) {
            used += (size_t)snprintf(name + used, WIFI_NAME_SIZE - used, "\\x%02x", byte);
        } else {
            name[used++] = (char)byte;
        }
    }
    name[used] = '\0';
}

static void print_bssid(const uint8_t b[6], char text[18])
{
    snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text[0] != '\0') {
        cJSON_AddStringToObject(object, name, text);
    } else {
        cJSON_AddNullToObject(object, name);
    }
}

static void add_point(cJSON *object, const char *ssid, const uint8_t bssid[6], int signal_dbm, uint8_t channel)
{
    char name[WIFI_NAME_SIZE], address[18];

    wifi_print_name(ssid, name);
    print_bssid(bssid, address);
    cJSON_AddStringToObject(object, "ssid", name);
    cJSON_AddStringToObject(object, "bssid", address);
    cJSON_AddNumberToObject(object, "rssi_dbm", signal_dbm);
    cJSON_AddNumberToObject(object, "channel", channel);
}

static void print_scan_json(const struct mote_wifi_found *found, int count)
{
    cJSON *array = cJSON_CreateArray();

    for (int i = 0; i < count; i++) {
        cJSON *object = cJSON_CreateObject();
        add_point(object, found[i].ssid, found[i].bssid, found[i].signal_dbm, found[i].channel);
        cJSON_AddBoolToObject(object, "open", found[i].open);
        cJSON_AddItemToArray(array, object);
    }
    cli_print_json(array);
}

void wifi_print_scan(const struct mote_wifi_found *found, int count, bool json)
{
    if (json) {
        print_scan_json(found, count);
        return;
    }
    printf("%7s  %7s  %-17s  %-4s  %s\n", "SIGNAL", "CHANNEL", "BSSID", "KEY", "SSID");
    for (int i = 0; i < count; i++) {
        char name[WIFI_NAME_SIZE], address[18];
        wifi_print_name(found[i].ssid, name);
        print_bssid(found[i].bssid, address);
        printf("%3d dBm  %7u  %-17s  %-4s  %s\n", found[i].signal_dbm, found[i].channel, address,
               found[i].open ? "none" : "yes", name);
    }
}

static const char *name_of(enum mote_wifi_state state)
{
    static const char *const names[] = {[MOTE_WIFI_OFF] = "off",
                                        [MOTE_WIFI_IDLE] = "idle",
                                        [MOTE_WIFI_CONNECTING] = "connecting",
                                        [MOTE_WIFI_CONNECTED] = "connected"};

    return names[state];
}

cJSON *wifi_status_json(const struct mote_wifi_status *status)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "state", name_of(status->state));
    if (status->ssid[0] != '\0') {
        add_point(object, status->ssid, status->aim.bssid, status->signal_dbm, status->aim.channel);
    } else {
        add_text(object, "ssid", "");
        add_text(object, "bssid", "");
        cJSON_AddNullToObject(object, "rssi_dbm");
        cJSON_AddNullToObject(object, "channel");
    }
    add_text(object, "address", status->addresses.address);
    cJSON_AddStringToObject(object, "reason", mote_reason_code(status->reason));
    return object;
}

static const char *text_of(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsString(value) ? value->valuestring : "";
}

static int number_of(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsNumber(value) ? value->valueint : 0;
}

static enum mote_wifi_state state_of(const char *name)
{
    enum mote_wifi_state state = MOTE_WIFI_CONNECTED;

    while (state > MOTE_WIFI_OFF && strcmp(name, name_of(state)) != 0) {
        state--;
    }
    return state;
}

void wifi_status_read(const cJSON *object, struct mote_wifi_status *status)
{
    uint8_t *b = status->aim.bssid;

    *status = (struct mote_wifi_status){.state = state_of(text_of(object, "state"))};
    mote_text_copy(mote_text(text_of(object, "ssid")), status->ssid, sizeof status->ssid);
    sscanf(text_of(object, "bssid"), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]);
    status->signal_dbm = (int8_t)number_of(object, "rssi_dbm");
    status->aim.channel = (uint8_t)number_of(object, "channel");
    mote_text_copy(mote_text(text_of(object, "address")), status->addresses.address, sizeof status->addresses.address);
    status->reason = cli_reason(text_of(object, "reason"));
}

void wifi_print_status(const struct mote_wifi_status *status, bool json)
{
    char name[WIFI_NAME_SIZE], address[18];

    if (json) {
        cli_print_json(wifi_status_json(status));
        return;
    }
    wifi_print_name(status->ssid, name);
    print_bssid(status->aim.bssid, address);
    fputs(name_of(status->state), stdout);
    if (name[0] != '\0') {
        printf(": %s (%s), channel %u, %d dBm", name, address, status->aim.channel, status->signal_dbm);
    }
    if (status->addresses.address[0] != '\0') {
        printf(", %s", status->addresses.address);
    }
    if (status->reason != MOTE_OK) {
        printf(": %s %s (%s)", mote_reason_words(status->reason), mote_reason_next(status->reason),
               mote_reason_code(status->reason));
    }
    putchar('\n');
}
