#include "wifi_node.h"
#include "cli.h"
#include "control/control_client.h"
#include "wifi_print.h"

#include <mote/text.h>
#include <stdio.h>
#include <string.h>

static cJSON *command(const char *name)
{
    cJSON *request = cJSON_CreateObject();

    cJSON_AddStringToObject(request, "command", name);
    return request;
}

/* Prints the station, if it is done. Returns whether it is joined. */
static int finish(const char *what, cJSON *answer, bool shown, bool json)
{
    struct mote_wifi_status status = {.state = MOTE_WIFI_OFF};
    const bool done = answer != NULL && control_is_done(what, answer);

    if (done) {
        wifi_status_read(cJSON_GetObjectItemCaseSensitive(answer, "wifi"), &status);
    }
    if (done && shown) {
        wifi_print_status(&status, json);
    }
    cJSON_Delete(answer);
    return done && (!shown || status.state == MOTE_WIFI_CONNECTED) ? 0 : 1;
}

int wifi_node_status(int fd, const struct wifi_options *options)
{
    return finish("status", control_ask(fd, command("status")), true, options->json);
}

int wifi_node_connect(int fd, const struct wifi_options *options, const char *ssid)
{
    cJSON *request = command("connect");
    char key[72] = "", name[WIFI_NAME_SIZE];

    if (!options->open && !wifi_read_key(key, sizeof key)) {
        cJSON_Delete(request);
        return 1;
    }
    cJSON_AddStringToObject(request, "ssid", ssid);
    cJSON_AddStringToObject(request, "key", key);
    cJSON_AddBoolToObject(request, "hidden", options->hidden);
    cJSON_AddNumberToObject(request, "timeout_ms", (double)options->timeout_ms);
    explicit_bzero(key, sizeof key);
    wifi_print_name(ssid, name);
    return finish(name, control_ask(fd, request), true, options->json);
}

int wifi_node_forget(int fd, const char *ssid)
{
    cJSON *request = command("forget");
    char name[WIFI_NAME_SIZE] = "forget";

    if (ssid != NULL) {
        cJSON_AddStringToObject(request, "ssid", ssid);
        wifi_print_name(ssid, name);
    }
    return finish(name, control_ask(fd, request), false, false);
}

static const char *text_of(const cJSON *answer, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(answer, key);

    return cJSON_IsString(value) ? value->valuestring : "";
}

static void print_open(const cJSON *answer, const struct wifi_options *options, const char *id)
{
    char name[WIFI_NAME_SIZE];

    wifi_print_name(text_of(answer, "ssid"), name);
    if (options->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "node", id);
        cJSON_AddStringToObject(object, "ssid", name);
        cJSON_AddBoolToObject(object, "open", !options->close);
        cli_print_json(object);
    } else if (options->close) {
        printf("access point %s is closed, by the node %s\n", name, id);
    } else {
        printf("access point %s is opened by the node %s; `mote wifi --close ap` closes it\n", name, id);
    }
}

int wifi_node_open(int fd, const struct wifi_options *options, const char *id)
{
    cJSON *request = command("ap");

    cJSON_AddBoolToObject(request, "close", options->close);
    cJSON *answer = control_ask(fd, request);
    const bool done = answer != NULL && control_is_done("ap", answer);
    if (done) {
        print_open(answer, options, id);
    }
    cJSON_Delete(answer);
    return done ? 0 : 1;
}

bool wifi_node_point(int fd, char ssid[33], char key[65])
{
    cJSON *request = command("ap");

    cJSON_AddTrueToObject(request, "show");
    cJSON *answer = control_ask(fd, request);
    const bool done = answer != NULL && control_is_done("ap", answer) &&
                      mote_text_copy(mote_text(text_of(answer, "ssid")), ssid, 33) &&
                      mote_text_copy(mote_text(text_of(answer, "key")), key, 65);
    cJSON *shown = cJSON_GetObjectItemCaseSensitive(answer, "key");
    if (cJSON_IsString(shown)) {
        explicit_bzero(shown->valuestring, strlen(shown->valuestring));
    }
    cJSON_Delete(answer);
    return done;
}
