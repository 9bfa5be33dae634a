/* mote wifi ap: this device's access point, and the code to join it with. */
#include "cli.h"
#include "config/config.h"
#include "control/control_client.h"
#include "wifi.h"
#include "wifi_node.h"
#include "wifi_print.h"
#include "wifi_qr.h"

#include <mote/port.h>
#include <mote/sched.h>
#include <mote/settings.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COME_UP_MS = 15000 };

struct access_point {
    char id[65];
    char ssid[33];
    char key[65]; /* empty: open, or not looked for yet */
    bool open;
    const char *picture;
};

/* --- Whose it is --- */

static bool is_file(const char *word)
{
    return strchr(word, '/') != NULL || strstr(word, ".y") != NULL;
}

static bool take_id(struct access_point *point, const char *id)
{
    const size_t length = strlen(id);

    if (length < 1 || length >= sizeof point->id || strpbrk(id, "/+#") != NULL) {
        cli_errorf("ap", MOTE_CONFIG_INVALID, "%s: a node's id has 1 to 64 bytes, without / + #", id);
        return false;
    }
    memcpy(point->id, id, length + 1);
    return true;
}

/* What the file says of its setup portal; what it does not is made up as for a node without one. */
static void take_setup(struct access_point *point, const struct mote_setup *setup)
{
    if (setup != NULL) {
        mote_text_copy(mote_text(setup->ssid), point->ssid, sizeof point->ssid);
        mote_text_copy(mote_text(setup->key), point->key, sizeof point->key);
        point->open = setup->open;
    }
}

static bool take_file(struct access_point *point, const char *path)
{
    struct config config;

    if (!config_load(&config, path)) {
        return false;
    }
    const bool taken = take_id(point, config.node.id);
    take_setup(point, config.setup);
    config_free(&config);
    return taken;
}

static bool take_host_name(struct access_point *point)
{
    char name[65] = "mote";

    gethostname(name, sizeof name - 1);
    return take_id(point, name);
}

/* A node's file or id, and a picture's name, in any order. */
static bool take_words(struct access_point *point, const struct wifi_options *options, int count, char **words)
{
    const char *whose = options->node;

    for (int i = 0; i < count; i++) {
        if (options->qr && point->picture == NULL && wifi_qr_is_picture(words[i])) {
            point->picture = words[i];
        } else if (whose == NULL) {
            whose = words[i];
        } else {
            cli_usage_error("wifi", "ap: one node, and with --qr one picture, not `%s`", words[i]);
            return false;
        }
    }
    if (whose == NULL) {
        return true;
    }
    return is_file(whose) ? take_file(point, whose) : take_id(point, whose);
}

/* --- Its name and key --- */

static bool name_it(struct access_point *point, const struct wifi_options *options)
{
    if (options->ssid == NULL && point->ssid[0] != '\0') {
        return true;
    }
    if (options->ssid == NULL) {
        snprintf(point->ssid, sizeof point->ssid, "%.*s-setup", (int)(sizeof point->ssid - sizeof "-setup"), point->id);
        return true;
    }
    if (options->ssid[0] != '\0' && mote_text_copy(mote_text(options->ssid), point->ssid, sizeof point->ssid)) {
        return true;
    }
    cli_error("--ssid", "a network's name has 1 to 32 bytes", MOTE_CONFIG_INVALID);
    return false;
}

/* Made the first time, and kept: a label with the code on it stays right. */
static bool find_key(struct access_point *point)
{
    struct mote_settings settings;
    enum mote_reason reason;

    mote_settings_open(point->id);
    reason = mote_settings_load(&settings);
    if (reason == MOTE_OK && settings.setup_key[0] == '\0') {
        mote_settings_make_key(&settings);
        reason = mote_settings_save(&settings);
    }
    memcpy(point->key, settings.setup_key, sizeof settings.setup_key);
    mote_settings_wipe(&settings);
    if (reason != MOTE_OK) {
        const struct mote_port *port = mote_port();
        wifi_refuse("settings", reason, port->words == NULL ? NULL : port->words(port->context));
    }
    return reason == MOTE_OK;
}

/* --- Showing it --- */

static void print_json(const struct access_point *point, const char *code)
{
    char name[WIFI_NAME_SIZE];
    cJSON *object = cJSON_CreateObject();

    wifi_print_name(point->ssid, name);
    cJSON_AddStringToObject(object, "node", point->id);
    cJSON_AddStringToObject(object, "ssid", name);
    if (code == NULL) {
        cJSON_AddStringToObject(object, "address", "192.168.4.1");
    } else {
        cJSON_AddStringToObject(object, "key", point->key);
        cJSON_AddStringToObject(object, "qr", code);
    }
    cli_print_json(object);
}

static bool print_code(const struct access_point *point, const char *code)
{
    char name[WIFI_NAME_SIZE];

    if (!wifi_qr_print(code)) {
        return false;
    }
    wifi_print_name(point->ssid, name);
    printf("network  %s\n", name);
    if (point->key[0] != '\0') {
        printf("key      %s\n", point->key);
    }
    return true;
}

static int show(const struct access_point *point, const struct wifi_options *options)
{
    char code[WIFI_QR_SIZE];
    bool shown = true;

    wifi_qr_text(point->ssid, point->key, code);
    if (point->picture != NULL) {
        shown = wifi_qr_draw(code, point->picture);
    }
    if (shown && options->json) {
        print_json(point, code);
    } else if (shown && point->picture == NULL) {
        shown = print_code(point, code);
    }
    explicit_bzero(code, sizeof code);
    return shown ? 0 : 1;
}

/* --- Opening it --- */

static const char *port_words(void)
{
    const struct mote_port *port = mote_port();

    return port->words == NULL ? "" : port->words(port->context);
}

static void say_open(const struct access_point *point, const struct wifi_options *options)
{
    char name[WIFI_NAME_SIZE];

    if (options->json) {
        print_json(point, NULL);
        return;
    }
    wifi_print_name(point->ssid, name);
    printf("access point %s is open, this device is 192.168.4.1; Ctrl-C closes it\n", name);
    fflush(stdout);
}

/* What happens to it meanwhile is said once. */
static void stay(void)
{
    char said[256] = "";

    snprintf(said, sizeof said, "%s", port_words());
    while (wifi_goes_on(MOTE_NEVER)) {
        if (strcmp(said, port_words()) != 0) {
            snprintf(said, sizeof said, "%s", port_words());
            if (said[0] != '\0') {
                cli_error("ap", said, MOTE_OK);
            }
        }
    }
}

static int open_here(const struct access_point *point, const struct wifi_options *options)
{
    const uint64_t end_ms = wifi_now_ms() + COME_UP_MS;
    enum mote_reason reason;

    if (!wifi_has_radio()) {
        return 1;
    }
    reason = mote_wifi_access_point(point->ssid, point->key);
    if (reason == MOTE_OK) {
        reason = mote_wifi_set_active(MOTE_ACCESS_POINT, true);
    }
    if (reason != MOTE_OK) {
        return wifi_refuse("ap", reason, NULL);
    }
    while (!mote_wifi_is_active(MOTE_ACCESS_POINT) && wifi_goes_on(end_ms)) {
    }
    if (!mote_wifi_is_active(MOTE_ACCESS_POINT)) {
        mote_wifi_set_active(MOTE_ACCESS_POINT, false);
        return wifi_refuse("ap", MOTE_WIFI_INACTIVE, wifi_is_stopped() ? "stopped" : NULL);
    }
    say_open(point, options);
    stay();
    mote_wifi_set_active(MOTE_ACCESS_POINT, false);
    return 0;
}

/* A node that runs opens its own. */
static int run_in_node(struct access_point *point, const struct wifi_options *options, int fd, const char *id)
{
    if (!options->qr) {
        return wifi_node_open(fd, options, id);
    }
    take_id(point, id);
    return wifi_node_point(fd, point->ssid, point->key) ? show(point, options) : 1;
}

static int run_here(struct access_point *point, const struct wifi_options *options)
{
    if (options->close) {
        return cli_usage_error("wifi", "--close: no node runs whose access point could be closed");
    }
    if ((point->id[0] == '\0' && !take_host_name(point)) || !name_it(point, options) ||
        (!options->open && !point->open && point->key[0] == '\0' && !find_key(point))) {
        return 1;
    }
    if (options->open) {
        explicit_bzero(point->key, sizeof point->key);
    }
    return options->qr ? show(point, options) : open_here(point, options);
}

int wifi_run_ap(const struct wifi_options *options, int count, char **words)
{
    struct access_point point = {.picture = NULL};
    enum control_found found = CONTROL_NONE;
    char id[65];
    int fd = -1, status = 1;

    if (!take_words(&point, options, count, words)) {
        return 1;
    }
    if (options->ssid == NULL && !options->open) {
        found = control_find(point.id[0] == '\0' ? NULL : point.id, &fd, id);
    }
    if (found != CONTROL_REFUSED) {
        status = found == CONTROL_NODE ? run_in_node(&point, options, fd, id) : run_here(&point, options);
    }
    explicit_bzero(point.key, sizeof point.key);
    return status;
}
