#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "config_check.h"
#include "config_link.h"
#include "config_outbox.h"
#include "config_schema.h"
#include "config_setup.h"
#include "config_wifi.h"
#include <mote/topic.h>

enum { TOPIC_MAX = (MOTE_SEND_SIZE < MOTE_RECEIVE_SIZE ? MOTE_SEND_SIZE : MOTE_RECEIVE_SIZE) - 32 };

static bool is_name(const char *text)
{
    const struct mote_text name = mote_text(text);

    return name.length >= 1 && name.length <= 32 && mote_topic_is_name(name) && strchr(text, '/') == NULL;
}

static const char *name_of(struct config_check *check, struct config_value value)
{
    if (!is_name(value.text)) {
        config_check_refuse(check, value, "a name of 1 to 32 bytes without / + #");
    }
    return value.text;
}

/* A number is the board's own; anything else is a line by name, such as gpiochip1/3 or led:user. */
static void pin_of(struct config_check *check, struct config_value value, struct mote_pin *pin)
{
    uint32_t number = 0;
    const bool is_number = value.text[0] >= '0' && value.text[0] <= '9';

    if (is_number && mote_text_to_number(mote_text(value.text), UINT16_MAX, &number)) {
        pin->number = (uint16_t)number;
    } else if (!is_number && value.text[0] != '\0' && value.text[0] != '-') {
        pin->line = value.text;
    } else {
        config_check_refuse(check, value, "a pin number of 0 to 65535, gpiochipN/LINE, a line's name or led:NAME");
    }
}

static enum mote_level active_of(struct config_check *check, struct config_value value)
{
    static const char *const names[] = {"high", "low", NULL};

    return config_check_choice(check, value, names, "high or low") == 1 ? MOTE_LOW : MOTE_HIGH;
}

/* --- Parts of the file --- */

/* In seconds, as MQTT has it. */
static uint32_t seconds_of(struct config_check *check, struct config_value value, uint64_t max_ms, const char *expected)
{
    return (uint32_t)(config_check_duration(check, value, 1000, max_ms, expected) / 1000);
}

static void check_retry(struct config_check *check, const struct config_raw_mqtt *raw, struct mote_node_config *node)
{
    const struct config_value min = {raw->retry_min, NULL, 0, "mqtt.retry_min"};
    const struct config_value max = {raw->retry_max, NULL, 0, "mqtt.retry_max"};

    node->retry_delay_ms_min =
        (uint32_t)config_check_duration(check, min, 1, 3600000, "a duration of 1ms to 1h, such as 1s");
    node->retry_delay_ms_max =
        (uint32_t)config_check_duration(check, max, 1, 86400000, "a duration of 1ms to 1d, such as 1m");
    node->retry_spread_ms =
        (uint32_t)config_check_duration(check, (struct config_value){raw->retry_spread, NULL, 0, "mqtt.retry_spread"},
                                        1, 86400000, "a duration of 1ms to 1d, such as 10s");
    node->way_back_ms =
        (uint32_t)config_check_duration(check, (struct config_value){raw->way_back, NULL, 0, "mqtt.way_back"}, 1000,
                                        86400000, "a duration of 1s to 1d, such as 5m");
    if (node->retry_delay_ms_max != 0 && node->retry_delay_ms_max < node->retry_delay_ms_min) {
        config_check_refuse(check, max, "a duration no shorter than retry_min");
    }
}

/* The first is the broker, the rest are its fallbacks. */
static void take_urls(const struct config_raw_mqtt *raw, struct mote_node_config *node)
{
    node->broker = raw->urls_count > 0 ? raw->urls[0] : raw->url;
    for (unsigned i = 1; i < raw->urls_count && i <= MOTE_FALLBACKS_MAX; i++) {
        node->fallbacks[i - 1] = raw->urls[i];
    }
}

static void check_mqtt(struct config_check *check, const struct config_raw_mqtt *raw, struct mote_node_config *node)
{
    static const char *const versions[] = {"3.1.1", "5", "5.0", "3.1", NULL};
    static const enum mote_mqtt_version meant[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5, MOTE_MQTT_5, MOTE_MQTT_3_1};

    take_urls(raw, node);
    node->version = meant[config_check_choice(check, (struct config_value){raw->version, NULL, 0, "mqtt.version"},
                                              versions, "3.1.1, 5 or 3.1")];
    node->keep_alive_s = (uint16_t)seconds_of(check, (struct config_value){raw->keep_alive, NULL, 0, "mqtt.keep_alive"},
                                              65535000, "a duration of 1s to 65535s, such as 60s or 5m");
    node->keep_session =
        config_check_flag(check, (struct config_value){raw->keep_session, NULL, 0, "mqtt.keep_session"});
    node->session_expiry_s =
        seconds_of(check, (struct config_value){raw->session_expiry, NULL, 0, "mqtt.session_expiry"}, UINT32_MAX,
                   "a duration of 1s to 49d, such as 10m or 1d");
    check_retry(check, raw, node);
}

static void check_topic(struct config_check *check, struct config_value value)
{
    const struct mote_text topic = mote_text(value.text);

    if (value.text == NULL) {
        return;
    }
    if (!mote_topic_is_name(topic)) {
        config_check_refuse(check, value, "a topic without + and #");
    } else if (topic.length > TOPIC_MAX) {
        config_check_refuse(check, value, "a shorter topic: it has to fit the node's buffers");
    }
}

static void check_switch(struct config_check *check, unsigned i, const struct config_raw_switch *raw,
                         struct mote_switch *thing)
{
    static const char *const boots[] = {"off", "on", "keep", "false", "true", NULL};
    static const enum mote_boot meant[] = {MOTE_BOOT_OFF, MOTE_BOOT_ON, MOTE_BOOT_KEEP, MOTE_BOOT_OFF, MOTE_BOOT_ON};
    const char *const list = "switches";

    thing->name = name_of(check, (struct config_value){raw->name, list, i, "name"});
    thing->pin.name = raw->name;
    thing->pin.direction = MOTE_OUTPUT;
    pin_of(check, (struct config_value){raw->pin, list, i, "pin"}, &thing->pin);
    thing->pin.active = active_of(check, (struct config_value){raw->active, list, i, "active"});
    thing->pin.boot =
        meant[config_check_choice(check, (struct config_value){raw->boot, list, i, "boot"}, boots, "off, on or keep")];
    check_topic(check, (struct config_value){raw->command_topic, list, i, "command_topic"});
    thing->command_topic = raw->command_topic;
    thing->obey_retained =
        config_check_flag(check, (struct config_value){raw->obey_retained, list, i, "obey_retained"});
    thing->on_time_ms_max =
        (uint32_t)config_check_duration(check, (struct config_value){raw->on_time_max, list, i, "on_time_max"}, 0,
                                        UINT32_MAX, "a duration of at most 49d, such as 30m");
}

static void check_button(struct config_check *check, unsigned i, const struct config_raw_button *raw,
                         struct config *config, struct mote_button *button)
{
    static const char *const pulls[] = {"none", "up", "down", NULL};
    static const char *const qualities[] = {"0", "1", "2", NULL};
    const char *const list = "buttons";

    button->name = name_of(check, (struct config_value){raw->name, list, i, "name"});
    button->pin.name = raw->name;
    pin_of(check, (struct config_value){raw->pin, list, i, "pin"}, &button->pin);
    button->pin.active = active_of(check, (struct config_value){raw->active, list, i, "active"});
    button->pin.pull = (enum mote_pull)config_check_choice(check, (struct config_value){raw->pull, list, i, "pull"},
                                                           pulls, "none, up or down");
    button->event_qos = (uint8_t)config_check_choice(check, (struct config_value){raw->event_qos, list, i, "event_qos"},
                                                     qualities, "0, 1 or 2");
    for (unsigned k = 0; raw->toggles != NULL && k < config->switch_count; k++) {
        if (strcmp(config->switches[k].name, raw->toggles) == 0) {
            button->toggles = &config->switches[k];
        }
    }
    if (raw->toggles != NULL && button->toggles == NULL) {
        config_check_refuse(check, (struct config_value){raw->toggles, list, i, "toggles"},
                            "the name of a switch of this file");
    }
}

/* Two things of one name would share their topics, two on one pin would fight for it. */
static void check_pair(struct config_check *check, const char *list, unsigned i, const char *name,
                       const struct mote_pin *pin, const char *other_name, const struct mote_pin *other_pin)
{
    const bool same_line = pin->line != NULL && other_pin->line != NULL ? strcmp(pin->line, other_pin->line) == 0
                                                                        : pin->line == other_pin->line;

    if (strcmp(name, other_name) == 0) {
        config_check_refuse(check, (struct config_value){name, list, i, "name"},
                            "a name that no other thing of this file has");
    }
    if (same_line && pin->number == other_pin->number) {
        config_check_refuse(check, (struct config_value){name, list, i, "pin"},
                            "a pin that no other thing of this file has");
    }
}

static void check_uniqueness(struct config_check *check, const struct config *config)
{
    for (unsigned i = 0; i < config->switch_count; i++) {
        for (unsigned k = 0; k < i; k++) {
            check_pair(check, "switches", i, config->switches[i].name, &config->switches[i].pin,
                       config->switches[k].name, &config->switches[k].pin);
        }
    }
    for (unsigned i = 0; i < config->button_count; i++) {
        for (unsigned k = 0; k < config->switch_count; k++) {
            check_pair(check, "buttons", i, config->buttons[i].name, &config->buttons[i].pin, config->switches[k].name,
                       &config->switches[k].pin);
        }
        for (unsigned k = 0; k < i; k++) {
            check_pair(check, "buttons", i, config->buttons[i].name, &config->buttons[i].pin, config->buttons[k].name,
                       &config->buttons[k].pin);
        }
    }
}

static void check_things(struct config_check *check, struct config *config)
{
    const struct config_raw *raw = config->raw;

    config->switches = calloc(raw->switches_count + 1u, sizeof(*config->switches));
    config->buttons = calloc(raw->buttons_count + 1u, sizeof(*config->buttons));
    if (config->switches == NULL || config->buttons == NULL) {
        abort();
    }
    config->switch_count = raw->switches_count;
    config->button_count = raw->buttons_count;
    if (config->switch_count > MOTE_SUBSCRIPTIONS_MAX) {
        config_check_complain(check, config_place_of_path(check->document, "switches"), "switches: expected at most %d",
                              MOTE_SUBSCRIPTIONS_MAX);
        return;
    }
    for (unsigned i = 0; i < config->switch_count; i++) {
        check_switch(check, i, &raw->switches[i], &config->switches[i]);
    }
    for (unsigned i = 0; i < config->button_count; i++) {
        check_button(check, i, &raw->buttons[i], config, &config->buttons[i]);
    }
    check_uniqueness(check, config);
}

static void check_file(struct config_check *check, struct config *config)
{
    const struct config_raw *raw = config->raw;
    const struct mote_text id = mote_text(raw->node);

    if (id.length < 1 || id.length > 64 || !mote_topic_is_name(id) || strchr(raw->node, '/') != NULL) {
        config_check_refuse(check, (struct config_value){raw->node, NULL, 0, "node"},
                            "a name of 1 to 64 bytes without / + #");
    }
    config->node.id = raw->node;
    config_wifi_check(check, config);
    if (raw->mqtt != NULL) {
        config_link_check(check, raw->mqtt, &config->node.link, &config->link_files);
        check_mqtt(check, raw->mqtt, &config->node);
    }
    check_things(check, config);
    config_outbox_check(check, config);
    config_setup_check(check, config);
}

/* --- The file as a whole --- */

static char *read_file(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    char *text = NULL;
    const size_t limit = 64 * 1024;

    if (stream == NULL) {
        cli_error(path, strerror(errno), MOTE_CONFIG_INVALID);
        return NULL;
    }
    text = malloc(limit);
    if (text == NULL) {
        abort();
    }
    *size = fread(text, 1, limit, stream);
    if (ferror(stream) || *size == limit || *size == 0) {
        cli_error(path,
                  ferror(stream)   ? strerror(errno)
                  : *size == limit ? "larger than a configuration file may be (64 KiB)"
                                   : "the file is empty; expected at least `node: NAME`",
                  MOTE_CONFIG_INVALID);
        free(text);
        text = NULL;
    }
    fclose(stream);
    return text;
}

/* Turns libcyaml's complaint about the shape of the file into ours. Its words may quote a value, which may be a secret, so
 * they are passed on only where they quote a key. */
static void complain_of_shape(struct config_check *check, const struct config_complaint *complaint)
{
    const char *const words = complaint->words;
    struct config_place place = {complaint->line != 0 ? complaint->line : 1,
                                 complaint->line != 0 ? complaint->column : 1};
    const char *const field = complaint->field[0] != '\0' ? complaint->field : NULL;
    char keys[256];
    char key[64];
    char kind[32];
    char found[32];

    config_schema_keys(field, keys, sizeof(keys));
    if (sscanf(words, "Load: Unexpected key: %63[^\n]", key) == 1) {
        place = config_place_of_key(check->document, key, place);
        config_check_complain(check, place, "unknown key '%s': expected %s", key, keys);
    } else if (sscanf(words, "Load: Missing required mapping field: %63[^\n]", key) == 1) {
        config_check_complain(check, place, "the key '%s' is missing: expected it %s", key,
                              strcmp(key, "node") == 0 ? "at the beginning of the file" : "in this entry");
    } else if (sscanf(words, "Load: Mapping field already seen: %63[^\n]", key) == 1) {
        config_check_complain(check, place, "the key '%s' is here a second time: expected it once", key);
    } else if (sscanf(words, "Load: Expecting %31[A-Z_], got event: %31[A-Z_]", kind, found) == 2) {
        const bool text = strcmp(kind, "STRING") == 0;
        const bool list = strcmp(kind, "SEQUENCE") == 0;

        config_check_complain(check, place, "%s: expected %s", field != NULL ? field : "file",
                              text   ? "a single value"
                              : list ? "a list, each entry beginning with `- `"
                                     : "keys and values, `key: value`");
    } else if (strncmp(words, "Load: STRING length >", strlen("Load: STRING length >")) == 0) {
        config_check_complain(check, place, "%s: expected a shorter value", field != NULL ? field : "file");
    } else {
        config_check_complain(check, place, "%s: expected another value", field != NULL ? field : "file");
    }
}

static bool load_text(struct config *config, const char *path, const char *text, size_t size)
{
    yaml_document_t document;
    struct config_complaint complaint;
    struct config_check check = {.path = path, .document = &document};
    struct config_fault fault;

    if (!config_document_load(&document, text, size, &fault)) {
        config_check_complain(&check, fault.place, "%s: expected %s", fault.words, fault.expected);
        return false;
    }
    if (config_schema_load(text, size, config_place_is_list(&document, "mqtt.url"), &config->raw, &complaint) &&
        config->raw != NULL) {
        check_file(&check, config);
    } else if (config->raw == NULL && complaint.words[0] == '\0') {
        config_check_complain(&check, (struct config_place){1, 1},
                              "the file says nothing: expected at least `node: NAME`");
    } else {
        complain_of_shape(&check, &complaint);
    }
    yaml_document_delete(&document);
    return check.errors == 0;
}

bool config_load(struct config *config, const char *path)
{
    size_t size = 0;
    char *text = read_file(path, &size);
    bool loaded;

    *config = (struct config){.raw = NULL};
    if (text == NULL) {
        return false;
    }
    loaded = load_text(config, path, text, size);
    free(text);
    if (!loaded) {
        config_free(config);
    }
    return loaded;
}

void config_free(struct config *config)
{
    config_schema_free(config->raw);
    config_link_free(&config->link_files);
    config_outbox_free(config);
    free(config->switches);
    free(config->buttons);
    if (config->setup != NULL) {
        mote_settings_wipe(&config->setup->settings);
    }
    free(config->setup);
    *config = (struct config){.raw = NULL};
}

/* --- The node --- */

static bool succeed(const struct mote_node *node, const char *name, enum mote_reason reason)
{
    const struct mote_node_fault *const fault = mote_node_fault(node);

    if (reason != MOTE_OK && fault->reason != MOTE_OK) {
        cli_error(fault->what, fault->why, fault->reason);
    } else if (reason != MOTE_OK) {
        cli_error(name, mote_reason_words(reason), reason);
    }
    return reason == MOTE_OK;
}

bool config_start_node(struct config *config, struct mote_node *node)
{
    bool started;

    config_outbox_open(config);
    started = succeed(node, config->node.id, mote_node_init(node, &config->node));

    for (unsigned i = 0; started && i < config->switch_count; i++) {
        started = succeed(node, config->switches[i].name, mote_node_add_switch(node, &config->switches[i]));
    }
    for (unsigned i = 0; started && i < config->button_count; i++) {
        started = succeed(node, config->buttons[i].name, mote_node_add_button(node, &config->buttons[i]));
    }
    if (started && config->setup != NULL) {
        started = succeed(node, "setup", mote_node_add_setup(node, config->setup));
        if (started && mote_setup_trouble(config->setup) != MOTE_OK) {
            cli_error(config->node.id, mote_port()->words(mote_port()->context), mote_setup_trouble(config->setup));
        }
    }
    return started;
}

void config_give_back(struct config *config)
{
    config_outbox_close(config);
    for (unsigned i = 0; i < config->switch_count; i++) {
        mote_pin_close(&config->switches[i].pin);
    }
    for (unsigned i = 0; i < config->button_count; i++) {
        mote_pin_close(&config->buttons[i].pin);
    }
}
