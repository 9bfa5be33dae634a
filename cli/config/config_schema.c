#include "config_schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mote/limits.h>

/* Every scalar is taken as text: what it may be, config.c says in its own words. */
#define TEXT(key, type, member)                                                                                        \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, 4096)
#define NEEDED_TEXT(key, type, member) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 0, 4096)
#define LIST(key, type, member, entries)                                                                               \
    CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, entries, 0, CYAML_UNLIMITED)
#define PART(key, type, member, fields)                                                                                \
    CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, fields)

static const cyaml_schema_field_t network_fields[] = {
    NEEDED_TEXT("ssid", struct config_raw_network, ssid),
    TEXT("password", struct config_raw_network, password),
    TEXT("priority", struct config_raw_network, priority),
    TEXT("hidden", struct config_raw_network, hidden),
    TEXT("bssid", struct config_raw_network, bssid),
    TEXT("attempts", struct config_raw_network, attempts),
    TEXT("address", struct config_raw_network, address),
    TEXT("netmask", struct config_raw_network, netmask),
    TEXT("gateway", struct config_raw_network, gateway),
    TEXT("dns", struct config_raw_network, dns),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t network = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_raw_network, network_fields)};

static const cyaml_schema_field_t wifi_fields[] = {
    LIST("networks", struct config_raw_wifi, networks, &network),
    TEXT("attempt", struct config_raw_wifi, attempt),
    TEXT("rescan", struct config_raw_wifi, rescan),
    TEXT("roam_below", struct config_raw_wifi, roam_below),
    TEXT("roam_gain", struct config_raw_wifi, roam_gain),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t tls_fields[] = {
    TEXT("ca_file", struct config_raw_tls, ca_file),
    TEXT("ca_path", struct config_raw_tls, ca_path),
    TEXT("system_authorities", struct config_raw_tls, system_authorities),
    TEXT("certificate_file", struct config_raw_tls, certificate_file),
    TEXT("key_file", struct config_raw_tls, key_file),
    TEXT("key_password", struct config_raw_tls, key_password),
    TEXT("ciphers", struct config_raw_tls, ciphers),
    TEXT("version", struct config_raw_tls, version),
    TEXT("alpn", struct config_raw_tls, alpn),
    TEXT("psk", struct config_raw_tls, psk),
    TEXT("psk_identity", struct config_raw_tls, psk_identity),
    TEXT("insecure", struct config_raw_tls, insecure),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t url = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 4096)};

/* A value of libcyaml's is a scalar or a list: for `mqtt.url`, which may be either, there are two schemas of the file. */
#define MQTT_FIELDS(url_field)                                                                                         \
    {                                                                                                                  \
        url_field, TEXT("version", struct config_raw_mqtt, version),                                                   \
            TEXT("keep_alive", struct config_raw_mqtt, keep_alive),                                                    \
            TEXT("keep_session", struct config_raw_mqtt, keep_session),                                                \
            TEXT("session_expiry", struct config_raw_mqtt, session_expiry),                                            \
            TEXT("retry_min", struct config_raw_mqtt, retry_min),                                                      \
            TEXT("retry_max", struct config_raw_mqtt, retry_max),                                                      \
            TEXT("retry_spread", struct config_raw_mqtt, retry_spread),                                                \
            TEXT("way_back", struct config_raw_mqtt, way_back), PART("tls", struct config_raw_mqtt, tls, tls_fields),  \
            TEXT("proxy", struct config_raw_mqtt, proxy), TEXT("bind_address", struct config_raw_mqtt, bind_address),  \
            CYAML_FIELD_END,                                                                                           \
    }

static const cyaml_schema_field_t mqtt_fields[] = MQTT_FIELDS(TEXT("url", struct config_raw_mqtt, url));

static const cyaml_schema_field_t mqtt_list_fields[] = MQTT_FIELDS(LIST("url", struct config_raw_mqtt, urls, &url));

static const cyaml_schema_field_t switch_fields[] = {
    NEEDED_TEXT("name", struct config_raw_switch, name),
    NEEDED_TEXT("pin", struct config_raw_switch, pin),
    TEXT("active", struct config_raw_switch, active),
    TEXT("boot", struct config_raw_switch, boot),
    TEXT("command_topic", struct config_raw_switch, command_topic),
    TEXT("obey_retained", struct config_raw_switch, obey_retained),
    TEXT("on_time_max", struct config_raw_switch, on_time_max),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t switch_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_raw_switch, switch_fields)};

static const cyaml_schema_field_t button_fields[] = {
    NEEDED_TEXT("name", struct config_raw_button, name),
    NEEDED_TEXT("pin", struct config_raw_button, pin),
    TEXT("active", struct config_raw_button, active),
    TEXT("pull", struct config_raw_button, pull),
    TEXT("toggles", struct config_raw_button, toggles),
    TEXT("event_qos", struct config_raw_button, event_qos),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t button_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_raw_button, button_fields)};

static const cyaml_schema_field_t setup_fields[] = {
    TEXT("ssid", struct config_raw_setup, ssid),
    TEXT("key", struct config_raw_setup, key),
    TEXT("open", struct config_raw_setup, open),
    TEXT("open_after", struct config_raw_setup, open_after),
    TEXT("close_after", struct config_raw_setup, close_after),
    TEXT("button", struct config_raw_setup, button),
    TEXT("hold", struct config_raw_setup, hold),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t topic_fields[] = {
    NEEDED_TEXT("topic", struct config_raw_outbox_topic, topic),
    TEXT("policy", struct config_raw_outbox_topic, policy),
    TEXT("expire", struct config_raw_outbox_topic, expire),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t topic_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_raw_outbox_topic, topic_fields)};

static const cyaml_schema_field_t outbox_fields[] = {
    TEXT("size", struct config_raw_outbox, size),
    TEXT("sync", struct config_raw_outbox, sync),
    LIST("topics", struct config_raw_outbox, topics, &topic_entry),
    CYAML_FIELD_END,
};

#define FILE_FIELDS(mqtt_part)                                                                                         \
    {                                                                                                                  \
        NEEDED_TEXT("node", struct config_raw, node), PART("wifi", struct config_raw, wifi, wifi_fields),              \
            PART("mqtt", struct config_raw, mqtt, mqtt_part), PART("setup", struct config_raw, setup, setup_fields),   \
            PART("outbox", struct config_raw, outbox, outbox_fields),                                                  \
            LIST("switches", struct config_raw, switches, &switch_entry),                                              \
            LIST("buttons", struct config_raw, buttons, &button_entry), CYAML_FIELD_END,                               \
    }

static const cyaml_schema_field_t file_fields[] = FILE_FIELDS(mqtt_fields);

static const cyaml_schema_field_t file_list_fields[] = FILE_FIELDS(mqtt_list_fields);

static const cyaml_schema_value_t file = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_raw, file_fields)};

static const cyaml_schema_value_t file_with_list = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_raw, file_list_fields)};

/* libcyaml logs its complaint first, then a backtrace whose innermost line has the best place. The same words may name
 * a secret value, so only the complaint's shape is used later, never the text of a value. */
static void take_log(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    struct config_complaint *complaint = context;
    char line[256];
    char field[64];
    size_t at_line;
    size_t at_column;

    (void)level;
    vsnprintf(line, sizeof(line), format, arguments);
    if (complaint->words[0] == '\0') {
        snprintf(complaint->words, sizeof(complaint->words), "%.*s", (int)strcspn(line, "\n"), line);
        return;
    }
    const char *place = strstr(line, "(line: ");
    if (place != NULL && sscanf(place, "(line: %zu, column: %zu", &at_line, &at_column) == 2 && complaint->line == 0) {
        complaint->line = at_line;
        complaint->column = at_column;
    }
    if (complaint->field[0] == '\0' && sscanf(line, " in mapping field '%63[^']'", field) == 1) {
        memcpy(complaint->field, field, sizeof(field));
    }
}

static cyaml_config_t reader(struct config_complaint *complaint)
{
    return (cyaml_config_t){
        .log_fn = take_log,
        .log_ctx = complaint,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
    };
}

bool config_schema_load(const char *text, size_t size, bool has_list, struct config_raw **raw,
                        struct config_complaint *complaint)
{
    const cyaml_schema_value_t *const schema = has_list ? &file_with_list : &file;
    const cyaml_config_t config = reader(complaint);
    cyaml_data_t *data = NULL;

    *complaint = (struct config_complaint){.line = 0};
    const cyaml_err_t error = cyaml_load_data((const uint8_t *)text, size, &config, schema, &data, NULL);

    *raw = data;
    if (error != CYAML_OK && complaint->words[0] == '\0') {
        snprintf(complaint->words, sizeof(complaint->words), "%s", cyaml_strerror(error));
    }
    return error == CYAML_OK;
}

void config_schema_free(struct config_raw *raw)
{
    struct config_complaint unused = {.line = 0};
    const cyaml_config_t config = reader(&unused);

    if (raw != NULL) {
        const bool has_list = raw->mqtt != NULL && raw->mqtt->urls != NULL;

        cyaml_free(&config, has_list ? &file_with_list : &file, raw, 0);
    }
}

static const cyaml_schema_field_t *fields_of(const char *mapping)
{
    static const struct {
        const char *key;
        const cyaml_schema_field_t *fields;
    } mappings[] = {
        {"networks", network_fields}, {"wifi", wifi_fields},     {"mqtt", mqtt_fields},
        {"tls", tls_fields},          {"setup", setup_fields},   {"switches", switch_fields},
        {"buttons", button_fields},   {"outbox", outbox_fields}, {"topics", topic_fields},
    };

    for (size_t i = 0; mapping != NULL && i < sizeof(mappings) / sizeof(mappings[0]); i++) {
        if (strcmp(mappings[i].key, mapping) == 0) {
            return mappings[i].fields;
        }
    }
    return file_fields;
}

void config_schema_keys(const char *mapping, char *into, size_t size)
{
    const cyaml_schema_field_t *field;
    size_t used = 0;

    into[0] = '\0';
    for (field = fields_of(mapping); field->key != NULL && used < size; field++) {
        const char *between = field == fields_of(mapping) ? "" : field[1].key == NULL ? " or " : ", ";

        used += (size_t)snprintf(into + used, size - used, "%s%s", between, field->key);
    }
}
