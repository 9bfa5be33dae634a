#include "control_node.h"
#include "cli.h"
#include "wifi_print.h"

#include <mote/mqtt.h>
#include <stdio.h>
#include <string.h>

enum {
    TRY_MS = 30000,
    TRY_MS_MAX = 600000,
    SETTLE_MS = 2000, /* what the station says before it may still be of the network before */
};

/* --- Answers --- */

static cJSON *success(void)
{
    cJSON *answer = cJSON_CreateObject();

    cJSON_AddTrueToObject(answer, "ok");
    return answer;
}

cJSON *control_refusal(enum mote_reason reason, const char *words)
{
    cJSON *answer = cJSON_CreateObject();

    cJSON_AddFalseToObject(answer, "ok");
    cJSON_AddStringToObject(answer, "reason", mote_reason_code(reason));
    cJSON_AddStringToObject(answer, "words", words);
    return answer;
}

static cJSON *refusal_by_port(enum mote_reason reason)
{
    const struct mote_port *port = mote_port();
    const char *words = port->words == NULL ? "" : port->words(port->context);

    return control_refusal(reason, words[0] != '\0' ? words : mote_reason_words(reason));
}

static cJSON *status_answer(struct control_node *node)
{
    struct mote_wifi_status status;
    char broker[160];
    cJSON *answer = success();

    mote_wifi_status(&status);
    cli_print_url(mote_node_broker(node->node), broker, sizeof broker);
    cJSON_AddStringToObject(answer, "broker", broker);
    cJSON_AddStringToObject(answer, "node", node->config->node.id);
    cJSON_AddStringToObject(answer, "state", mote_node_state_name(mote_node_state(node->node)));
    cJSON_AddStringToObject(answer, "reason", mote_reason_code(mote_node_reason(node->node)));
    cJSON_AddItemToObject(answer, "wifi", wifi_status_json(&status));
    return answer;
}

/* --- The list of networks --- */

void control_node_list(const struct control_node *node, struct mote_network list[MOTE_NETWORKS_MAX])
{
    mote_settings_networks(node->settings, node->program, list);
}

/* A node without a setup portal that loses its power has them from its config. */
static void give_networks(struct control_node *node)
{
    struct mote_network list[MOTE_NETWORKS_MAX];

    control_node_list(node, list);
    mote_node_set_networks(node->node, list);
    if (node->config->setup == NULL) {
        memcpy(node->config->node.networks, list, sizeof list);
    }
}

/* --- Joining a network --- */

static const char *text_of(const cJSON *request, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(request, key);

    return cJSON_IsString(value) ? value->valuestring : "";
}

static bool flag_of(const cJSON *request, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, key));
}

static uint64_t time_of(const cJSON *request)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(request, "timeout_ms");

    return cJSON_IsNumber(value) && value->valuedouble >= 1 && value->valuedouble <= TRY_MS_MAX
               ? (uint64_t)value->valuedouble
               : TRY_MS;
}

static bool is_busy(const struct control_node *node)
{
    const struct mote_setup *setup = node->config->setup;

    return node->trial.active || (setup != NULL && mote_setup_state(setup) == MOTE_SETUP_TRYING);
}

/* While it is tried it is the only one that the node knows, so that the station leaves the others for it. */
static cJSON *begin_trial(struct control_node *node, const cJSON *request)
{
    struct control_trial *trial = &node->trial;
    struct mote_network only[MOTE_NETWORKS_MAX] = {
        {.ssid = trial->network.ssid, .password = trial->network.password, .hidden = flag_of(request, "hidden")}};

    if (is_busy(node)) {
        return control_refusal(MOTE_MQTT_QUOTA, "another network is being tried at this moment");
    }
    *trial = (struct control_trial){.active = true, .begun_ms = mote_now_ms()};
    trial->until_ms = trial->begun_ms + time_of(request);
    trial->network.hidden = only[0].hidden;
    if (!mote_text_copy(mote_text(text_of(request, "ssid")), trial->network.ssid, sizeof trial->network.ssid) ||
        !mote_text_copy(mote_text(text_of(request, "key")), trial->network.password, sizeof trial->network.password) ||
        mote_node_set_networks(node->node, only) != MOTE_OK) {
        memset(trial, 0, sizeof *trial);
        return control_refusal(MOTE_CONFIG_INVALID, "a network's name has 1 to 32 bytes, its key 8 to 63 characters");
    }
    return NULL;
}

static void end_trial(struct control_node *node)
{
    give_networks(node);
    explicit_bzero(&node->trial, sizeof node->trial);
}

static cJSON *keep(struct control_node *node)
{
    const struct mote_network network = mote_known_network_view(&node->trial.network);
    char dropped[33];
    enum mote_reason reason;

    mote_settings_learn(node->settings, node->program, &network, dropped);
    reason = mote_settings_save(node->settings);
    end_trial(node);
    return reason == MOTE_OK ? status_answer(node) : refusal_by_port(reason);
}

static cJSON *give_up(struct control_node *node, enum mote_reason reason)
{
    end_trial(node);
    return control_refusal(reason, mote_reason_words(reason));
}

cJSON *control_node_turn(struct control_node *node)
{
    struct control_trial *trial = &node->trial;
    struct mote_wifi_status status;

    if (!trial->active) {
        return NULL;
    }
    mote_wifi_status(&status);
    if (status.state == MOTE_WIFI_CONNECTED && strcmp(status.ssid, trial->network.ssid) == 0) {
        return keep(node);
    }
    trial->begun = trial->begun || status.state == MOTE_WIFI_CONNECTING || mote_now_ms() > trial->begun_ms + SETTLE_MS;
    if (trial->begun && status.reason != MOTE_OK) {
        trial->reason = status.reason;
    }
    if (trial->begun && status.state == MOTE_WIFI_IDLE && status.reason == MOTE_WIFI_WRONG_KEY) {
        return give_up(node, MOTE_WIFI_WRONG_KEY);
    }
    if (mote_now_ms() < trial->until_ms) {
        return NULL;
    }
    return give_up(node, trial->reason != MOTE_OK ? trial->reason : MOTE_WIFI_NO_NETWORK);
}

void control_node_cancel(struct control_node *node)
{
    if (node->trial.active) {
        end_trial(node);
    }
}

/* --- Forgetting one --- */

static cJSON *forget(struct control_node *node, const cJSON *request)
{
    struct mote_wifi_status status;
    char ssid[33];
    enum mote_reason reason;

    mote_wifi_status(&status);
    if (!mote_text_copy(mote_text(text_of(request, "ssid")), ssid, sizeof ssid) || ssid[0] == '\0') {
        memcpy(ssid, status.ssid, sizeof ssid);
    }
    if (is_busy(node)) {
        return control_refusal(MOTE_MQTT_QUOTA, "another network is being tried at this moment");
    }
    if (mote_settings_find(node->settings, ssid) == NULL) {
        return control_refusal(MOTE_CONFIG_INVALID, ssid[0] == '\0'
                                                        ? "it is joined to none: which one?"
                                                        : "it is none of those that the node has kept; those "
                                                          "of its file are to be taken out there");
    }
    mote_settings_forget(node->settings, ssid);
    reason = mote_settings_save(node->settings);
    give_networks(node);
    return reason == MOTE_OK ? status_answer(node) : refusal_by_port(reason);
}

/* --- The access point --- */

static void write_name(const struct control_node *node, char ssid[33])
{
    snprintf(ssid, 33, "%.*s-setup", (int)(33 - sizeof "-setup"), node->config->node.id);
}

static cJSON *name_answer(const char *ssid, const char *key, bool shown)
{
    cJSON *answer = success();

    cJSON_AddStringToObject(answer, "ssid", ssid);
    if (shown) {
        cJSON_AddStringToObject(answer, "key", key);
    }
    return answer;
}

static enum mote_reason have_key(struct control_node *node)
{
    if (node->settings->setup_key[0] != '\0') {
        return MOTE_OK;
    }
    mote_settings_make_key(node->settings);
    return mote_settings_save(node->settings);
}

static cJSON *setup_point(struct mote_setup *setup, bool show, bool close)
{
    if (close) {
        mote_setup_close(setup);
    } else if (!show) {
        mote_setup_open(setup);
    }
    return name_answer(mote_setup_ssid(setup), mote_setup_key(setup), show);
}

static cJSON *own_point(struct control_node *node, bool show, bool close)
{
    char ssid[33];
    enum mote_reason reason = have_key(node);

    write_name(node, ssid);
    if (reason == MOTE_OK && !show && !close) {
        reason = mote_wifi_access_point(ssid, node->settings->setup_key);
    }
    if (reason == MOTE_OK && !show) {
        reason = mote_wifi_set_active(MOTE_ACCESS_POINT, !close);
    }
    return reason == MOTE_OK ? name_answer(ssid, node->settings->setup_key, show) : refusal_by_port(reason);
}

static cJSON *access_point(struct control_node *node, const cJSON *request)
{
    const bool show = flag_of(request, "show"), close = flag_of(request, "close");

    return node->config->setup != NULL ? setup_point(node->config->setup, show, close) : own_point(node, show, close);
}

/* --- All of it --- */

cJSON *control_node_do(struct control_node *node, const cJSON *request)
{
    const char *command = text_of(request, "command");

    if (strcmp(command, "status") == 0) {
        return status_answer(node);
    }
    if (strcmp(command, "connect") == 0) {
        return begin_trial(node, request);
    }
    if (strcmp(command, "forget") == 0) {
        return forget(node, request);
    }
    if (strcmp(command, "ap") == 0) {
        return access_point(node, request);
    }
    return control_refusal(MOTE_CONFIG_INVALID, "there is no such command");
}
