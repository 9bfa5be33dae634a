/* The board as JSON. */
#include "board_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mote/mqtt.h>

static void add_reason(cJSON *object, enum mote_reason reason)
{
    cJSON_AddStringToObject(object, "reason", reason != MOTE_OK ? mote_reason_code(reason) : "");
    cJSON_AddStringToObject(object, "words", reason != MOTE_OK ? mote_reason_words(reason) : "");
    cJSON_AddStringToObject(object, "next", mote_reason_next(reason));
}

/* Which part of the way to the broker a reason speaks of. */
static bool is_of_wifi(enum mote_reason reason)
{
    return reason >= MOTE_WIFI_WRONG_KEY && reason <= MOTE_DHCP_NO_LEASE;
}

static enum mote_reason reason_of(const struct board *board)
{
    return board->power && mote_node_state(&board->node) != MOTE_NODE_ONLINE ? mote_node_reason(&board->node) : MOTE_OK;
}

static const char *wifi_state(const struct mote_wifi_status *status)
{
    switch (status->state) {
    case MOTE_WIFI_CONNECTED:
        return "connected";
    case MOTE_WIFI_CONNECTING:
        return "connecting";
    case MOTE_WIFI_IDLE:
        return status->reason == MOTE_WIFI_LOST ? "lost" : "searching";
    case MOTE_WIFI_OFF:
        break;
    }
    return "off";
}

static void add_wifi(cJSON *json, const struct board *board)
{
    cJSON *const wifi = cJSON_AddObjectToObject(json, "wifi");
    struct mote_wifi_status status = {.state = MOTE_WIFI_OFF};
    uint8_t mac[6] = {0};
    char mac_text[18] = "";
    const enum mote_reason reason = reason_of(board);

    if (board->power) {
        mote_wifi_status(&status);
        mote_wifi_mac(MOTE_STATION, mac);
        snprintf(mac_text, sizeof(mac_text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                 mac[5]);
    }
    cJSON_AddStringToObject(wifi, "state", wifi_state(&status));
    cJSON_AddStringToObject(wifi, "ssid", status.ssid);
    cJSON_AddNumberToObject(wifi, "signal_dbm", status.signal_dbm);
    cJSON_AddStringToObject(wifi, "address", status.addresses.address);
    cJSON_AddStringToObject(wifi, "mac", mac_text);
    add_reason(wifi, status.state == MOTE_WIFI_CONNECTED ? MOTE_OK : is_of_wifi(reason) ? reason : status.reason);
}

static void add_air(cJSON *json, const struct board *board)
{
    cJSON *const air = cJSON_AddArrayToObject(json, "air");

    for (unsigned i = 0; i < mote_sim_air_count(board->sim); i++) {
        const struct mote_sim_access_point *point = mote_sim_air_at(board->sim, i);
        cJSON *const entry = cJSON_CreateObject();

        cJSON_AddStringToObject(entry, "ssid", point->ssid);
        cJSON_AddNumberToObject(entry, "signal_dbm", point->signal_dbm);
        cJSON_AddBoolToObject(entry, "present", point->present);
        cJSON_AddItemToArray(air, entry);
    }
}

static const char *broker_state(const struct board *board, enum mote_reason reason)
{
    switch (board->power ? mote_node_state(&board->node) : MOTE_NODE_STOPPED) {
    case MOTE_NODE_ONLINE:
        return "connected";
    case MOTE_NODE_CONNECTING:
        return "connecting";
    case MOTE_NODE_WAITING:
        return reason >= MOTE_MQTT_BAD_AUTH && reason <= MOTE_MQTT_CLIENT_ID ? "refused" : "waiting";
    case MOTE_NODE_JOINING:
    case MOTE_NODE_STOPPED:
        break;
    }
    return "off";
}

static void add_broker(cJSON *json, const struct board *board)
{
    cJSON *const broker = cJSON_AddObjectToObject(json, "broker");
    const enum mote_reason reason = is_of_wifi(reason_of(board)) ? MOTE_OK : reason_of(board);

    cJSON_AddStringToObject(broker, "url", board->broker_url);
    cJSON_AddBoolToObject(broker, "embedded", board->broker != NULL);
    cJSON_AddBoolToObject(broker, "running", board->broker == NULL || embedded_is_running(board->broker));
    cJSON_AddStringToObject(broker, "state", broker_state(board, reason));
    add_reason(broker, reason);
}

static void add_pin(cJSON *pins, const struct board *board, const struct mote_pin *pin)
{
    cJSON *const entry = cJSON_CreateObject();
    const int level = board->power ? mote_sim_level(board->sim, pin->number) : 0;
    const int on_level = pin->active == MOTE_LOW ? 0 : 1;

    cJSON_AddNumberToObject(entry, "number", pin->number);
    cJSON_AddStringToObject(entry, "name", pin->name);
    cJSON_AddStringToObject(entry, "direction", pin->direction == MOTE_OUTPUT ? "output" : "input");
    cJSON_AddStringToObject(entry, "active", pin->active == MOTE_LOW ? "low" : "high");
    cJSON_AddNumberToObject(entry, "level", level);
    cJSON_AddBoolToObject(entry, "on", board->power && level == on_level);
    cJSON_AddItemToArray(pins, entry);
}

static void add_topic(cJSON *entry, const char *key, const struct board *board, const char *thing, const char *last)
{
    char topic[MOTE_TOPIC_SIZE + 64];

    snprintf(topic, sizeof(topic), "%s/%s/%s", board->node.config.id, thing, last);
    cJSON_AddStringToObject(entry, key, topic);
}

static void add_switch(cJSON *switches, struct board *board, struct mote_switch *thing)
{
    cJSON *const entry = cJSON_CreateObject();

    cJSON_AddStringToObject(entry, "name", thing->name);
    cJSON_AddNumberToObject(entry, "pin", thing->pin.number);
    cJSON_AddBoolToObject(entry, "on", board->power && mote_switch_is_on(thing));
    if (thing->command_topic != NULL) {
        cJSON_AddStringToObject(entry, "command_topic", thing->command_topic);
    } else {
        add_topic(entry, "command_topic", board, thing->name, "set");
    }
    add_topic(entry, "state_topic", board, thing->name, "state");
    cJSON_AddItemToArray(switches, entry);
}

static void add_things(cJSON *json, struct board *board)
{
    struct config *const config = board->config;
    cJSON *const pins = cJSON_AddArrayToObject(json, "pins");
    cJSON *const switches = cJSON_AddArrayToObject(json, "switches");
    cJSON *const buttons = cJSON_AddArrayToObject(json, "buttons");

    for (unsigned i = 0; i < config->switch_count; i++) {
        add_pin(pins, board, &config->switches[i].pin);
        add_switch(switches, board, &config->switches[i]);
    }
    for (unsigned i = 0; i < config->button_count; i++) {
        cJSON *const entry = cJSON_CreateObject();

        add_pin(pins, board, &config->buttons[i].pin);
        cJSON_AddStringToObject(entry, "name", config->buttons[i].name);
        cJSON_AddNumberToObject(entry, "pin", config->buttons[i].pin.number);
        cJSON_AddItemToArray(buttons, entry);
    }
}

static void add_setup(cJSON *json, const struct board *board)
{
    static const char *const states[] = {
        [MOTE_SETUP_CLOSED] = "closed",
        [MOTE_SETUP_OPEN] = "open",
        [MOTE_SETUP_TRYING] = "trying",
        [MOTE_SETUP_CONFIRMED] = "confirmed",
    };
    const struct mote_setup *const setup = board->config->setup;
    cJSON *entry;

    if (setup == NULL) {
        cJSON_AddNullToObject(json, "setup");
        return;
    }
    entry = cJSON_AddObjectToObject(json, "setup");
    cJSON_AddStringToObject(entry, "state", states[board->power ? mote_setup_state(setup) : MOTE_SETUP_CLOSED]);
    cJSON_AddStringToObject(entry, "ssid", mote_setup_ssid(setup));
}

cJSON *board_json(struct board *board)
{
    cJSON *const json = cJSON_CreateObject();
    const enum mote_node_state state = board->power ? mote_node_state(&board->node) : MOTE_NODE_STOPPED;

    cJSON_AddStringToObject(json, "node", board->node.config.id);
    cJSON_AddStringToObject(json, "state", mote_node_state_name(state));
    add_reason(json, reason_of(board));
    cJSON_AddBoolToObject(json, "power", board->power);
    cJSON_AddNumberToObject(json, "uptime_s",
                            board->power ? (double)((mote_now_ms() - board->power_since_ms) / 1000) : 0);
    add_wifi(json, board);
    add_air(json, board);
    add_broker(json, board);
    add_setup(json, board);
    add_things(json, board);
    return json;
}

cJSON *board_json_message(const struct board_message *message)
{
    cJSON *const json = cJSON_CreateObject();

    cJSON_AddNumberToObject(json, "id", message->id);
    cJSON_AddNumberToObject(json, "at_ms", (double)message->at_ms);
    cJSON_AddStringToObject(json, "time", message->time);
    cJSON_AddStringToObject(json, "direction", message->sent ? "out" : "in");
    cJSON_AddStringToObject(json, "topic", message->topic);
    cJSON_AddStringToObject(json, "payload", message->payload);
    cJSON_AddNumberToObject(json, "size", (double)message->size);
    cJSON_AddBoolToObject(json, "cut", message->cut);
    cJSON_AddNumberToObject(json, "qos", message->qos);
    cJSON_AddBoolToObject(json, "retain", message->retain);
    return json;
}

/* A payload that is no text is shown by its bytes. */
char *board_json_text(struct mote_text text)
{
    static const char digits[] = "0123456789abcdef";
    const bool is_text = mote_text_is_utf8(text);
    char *copy = malloc(text.length * 2 + 3);
    size_t used = 0;

    if (copy == NULL) {
        abort();
    }
    if (is_text) {
        mote_text_copy(text, copy, text.length + 1);
        return copy;
    }
    copy[used++] = '0';
    copy[used++] = 'x';
    for (size_t i = 0; i < text.length; i++) {
        copy[used++] = digits[(unsigned char)text.data[i] >> 4];
        copy[used++] = digits[(unsigned char)text.data[i] & 15];
    }
    copy[used] = '\0';
    return copy;
}
