#include "config_wifi.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "config_schema.h"

enum { HOUR_MS = 3600000 };

static struct config_value in(unsigned i, const char *text, const char *key)
{
    return (struct config_value){text, "wifi.networks", i, key};
}

static struct config_value at(const char *text, const char *key)
{
    return (struct config_value){text, NULL, 0, key};
}

/* --- A network --- */

static void check_name_and_key(struct config_check *check, unsigned i, const struct config_raw_network *raw,
                               struct mote_network *network)
{
    const size_t length = strlen(raw->ssid);
    const size_t key_length = raw->password != NULL ? strlen(raw->password) : 0;

    if (length < 1 || length > 32) {
        config_check_refuse(check, in(i, raw->ssid, "ssid"), "a network's name of 1 to 32 bytes");
    }
    if (key_length != 0 && (key_length < 8 || key_length > 63)) {
        config_check_refuse(check, in(i, raw->password, "password"),
                            "8 to 63 characters, or no password for an open network");
    }
    network->ssid = raw->ssid;
    network->password = raw->password;
}

static void check_bssid(struct config_check *check, struct config_value value, uint8_t b[6])
{
    int used = 0;

    if (value.text != NULL && (strspn(value.text, "0123456789abcdefABCDEF:") != 17 || value.text[17] != '\0' ||
                               sscanf(value.text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &b[0], &b[1], &b[2], &b[3],
                                      &b[4], &b[5], &used) != 6 ||
                               used != 17)) {
        config_check_refuse(check, value, "the address of an access point, such as 02:00:00:00:01:00");
    }
}

/* --- A fixed address --- */

static bool is_address(const char *text)
{
    struct in_addr parsed;

    return inet_pton(AF_INET, text, &parsed) == 1 && parsed.s_addr != 0;
}

static void write_netmask(unsigned prefix, char into[16])
{
    const struct in_addr mask = {.s_addr = htonl(UINT32_MAX << (32 - prefix))};

    inet_ntop(AF_INET, &mask, into, 16);
}

static bool is_netmask(const char *text)
{
    struct in_addr parsed;
    const bool is_one = inet_pton(AF_INET, text, &parsed) == 1;
    const uint32_t zeros = is_one ? ~ntohl(parsed.s_addr) : 0;

    return is_one && parsed.s_addr != 0 && (zeros & (zeros + 1)) == 0; /* ones, and then zeros */
}

/* 192.168.1.7/24, or without the prefix beside a netmask. */
static bool read_address(const char *text, const char *netmask, struct mote_wifi_addresses *into)
{
    const char *slash = strchr(text, '/');
    const struct mote_text address = {text, slash != NULL ? (size_t)(slash - text) : strlen(text)};
    int64_t prefix = 0;

    if (!mote_text_copy(address, into->address, sizeof(into->address)) || !is_address(into->address)) {
        return false;
    }
    if (slash == NULL) {
        return netmask != NULL;
    }
    if (!cli_number(slash + 1, 1, 32, &prefix) || netmask != NULL) {
        return false;
    }
    write_netmask((unsigned)prefix, into->netmask);
    return true;
}

static void take(struct config_check *check, struct config_value value, bool (*is_right)(const char *text),
                 const char *expected, char into[16])
{
    if (value.text != NULL &&
        (!is_right(value.text) || !mote_text_copy(mote_text(value.text), into, sizeof("255.255.255.255")))) {
        config_check_refuse(check, value, expected);
    }
}

static void refuse_alone(struct config_check *check, struct config_value value)
{
    if (value.text != NULL) {
        config_check_refuse(check, value, "also the station's own, as address");
    }
}

static void check_fixed(struct config_check *check, unsigned i, const struct config_raw_network *raw,
                        struct mote_network *network, struct mote_wifi_addresses *fixed)
{
    if (raw->address == NULL) {
        refuse_alone(check, in(i, raw->netmask, "netmask"));
        refuse_alone(check, in(i, raw->gateway, "gateway"));
        refuse_alone(check, in(i, raw->dns, "dns"));
        return;
    }
    if (!read_address(raw->address, raw->netmask, fixed)) {
        config_check_refuse(check, in(i, raw->address, "address"),
                            "an address with its prefix, such as 192.168.1.7/24, or without it beside a netmask");
    }
    take(check, in(i, raw->netmask, "netmask"), is_netmask, "a netmask, such as 255.255.255.0", fixed->netmask);
    take(check, in(i, raw->gateway, "gateway"), is_address, "an address, such as 192.168.1.1", fixed->gateway);
    take(check, in(i, raw->dns, "dns"), is_address, "an address, such as 192.168.1.1", fixed->dns);
    network->fixed = fixed;
}

/* Of 1 to `max`: 0 would be the default. */
static uint8_t count_of(struct config_check *check, struct config_value value, uint32_t max, const char *expected)
{
    const uint32_t number = config_check_number(check, value, max, expected);

    if (value.text != NULL && strcmp(value.text, "0") == 0) {
        config_check_refuse(check, value, expected);
    }
    return (uint8_t)number;
}

static void check_network(struct config_check *check, unsigned i, const struct config_raw_network *raw,
                          struct config *config)
{
    struct mote_network *const network = &config->node.networks[i];

    check_name_and_key(check, i, raw, network);
    network->priority = (uint8_t)config_check_number(check, in(i, raw->priority, "priority"), 255,
                                                     "a number of 0 to 255, higher is tried first");
    network->hidden = config_check_flag(check, in(i, raw->hidden, "hidden"));
    network->attempts =
        count_of(check, in(i, raw->attempts, "attempts"), 255, "a number of 1 to 255, at one access point in a row");
    check_bssid(check, in(i, raw->bssid, "bssid"), network->bssid);
    check_fixed(check, i, raw, network, &config->fixed[i]);
}

/* --- How they are joined --- */

static void check_roam_below(struct config_check *check, struct config_value value, int8_t *below_dbm)
{
    int64_t number = 0;

    if (value.text != NULL && strcmp(value.text, "never") == 0) {
        *below_dbm = -128;
    } else if (value.text != NULL && !cli_number(value.text, -100, -1, &number)) {
        config_check_refuse(check, value, "a signal of -100 to -1 (dBm), such as -75, or never");
    } else {
        *below_dbm = (int8_t)number;
    }
}

static void check_times(struct config_check *check, const struct config_raw_wifi *raw, struct mote_node_config *node)
{
    node->wifi_attempt_ms = (uint32_t)config_check_duration(check, at(raw->attempt, "wifi.attempt"), 1000, HOUR_MS,
                                                            "a duration of 1s to 1h, such as 15s");
    node->wifi_rescan_ms = (uint32_t)config_check_duration(check, at(raw->rescan, "wifi.rescan"), 1000, HOUR_MS,
                                                           "a duration of 1s to 1h, such as 3s");
    check_roam_below(check, at(raw->roam_below, "wifi.roam_below"), &node->roam_below_dbm);
    node->roam_gain_db =
        count_of(check, at(raw->roam_gain, "wifi.roam_gain"), 50, "a number of 1 to 50 (dB), such as 8");
}

void config_wifi_check(struct config_check *check, struct config *config)
{
    const struct config_raw_wifi *raw = config->raw->wifi;

    if (raw == NULL) {
        return;
    }
    if (raw->networks_count > MOTE_NETWORKS_MAX) {
        config_check_complain(check, config_place_of_path(check->document, "wifi.networks"),
                              "networks: expected at most %d", MOTE_NETWORKS_MAX);
        return;
    }
    for (unsigned i = 0; i < raw->networks_count; i++) {
        check_network(check, i, &raw->networks[i], config);
    }
    check_times(check, raw, &config->node);
}
