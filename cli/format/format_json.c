/* A message as a JSON object, with the keys and the layout of mosquitto_sub's %j and %J. */
#include "cli.h"
#include "format.h"
#include "options/mqtt_names.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cJSON's calls return NULL, or false, when there is no memory. */
static cJSON *there(cJSON *item)
{
    if (item == NULL) {
        cli_error("memory", "there is not enough", MOTE_OK);
        exit(1);
    }
    return item;
}

static char *copy_text(struct mote_text text)
{
    char *copy = cli_allocate(text.length + 1);

    if (text.length > 0) {
        memcpy(copy, text.data, text.length);
    }
    copy[text.length] = '\0';
    return copy;
}

/* A string with a NUL in it, which cJSON's strings cannot have. */
static cJSON *make_string_with_nul(struct mote_text text)
{
    struct output string = {0};

    output_string(&string, "\"");
    for (size_t i = 0; i < text.length; i++) {
        const char c = text.data[i];
        if ((unsigned char)c < ' ') {
            output_format(&string, "\\u%04x", c);
        } else {
            output_string(&string, c == '"' || c == '\\' ? "\\" : "");
            output_bytes(&string, &c, 1);
        }
    }
    output_bytes(&string, "\"", 2);
    cJSON *item = there(cJSON_CreateRaw(string.bytes));
    output_free(&string);
    return item;
}

static cJSON *make_string(struct mote_text text)
{
    if (text.length > 0 && memchr(text.data, '\0', text.length) != NULL) {
        return make_string_with_nul(text);
    }
    char *copy = copy_text(text);
    cJSON *item = there(cJSON_CreateString(copy));
    free(copy);
    return item;
}

static void add_number(cJSON *object, const char *key, uint32_t number)
{
    cJSON_AddItemToObject(object, key, there(cJSON_CreateNumber(number)));
}

static void add_user_property(cJSON *object, const struct mote_property *property)
{
    cJSON *users = cJSON_GetObjectItemCaseSensitive(object, "user-properties");
    char *key = copy_text(property->text);

    if (users == NULL) {
        users = there(cJSON_AddObjectToObject(object, "user-properties"));
    }
    cJSON_AddItemToObject(users, key, make_string(property->value));
    free(key);
}

static void add_properties(cJSON *object, const struct mote_properties *properties)
{
    struct mote_properties_place place = {0};
    struct mote_property property;
    cJSON *list = NULL;

    while (mote_properties_next(properties, &place, &property)) {
        const struct mqtt_property_name *name = mqtt_property_by_id(property.id);
        if (list == NULL) {
            list = there(cJSON_AddObjectToObject(object, "properties"));
        }
        if (property.id == MOTE_USER_PROPERTY) {
            add_user_property(list, &property);
        } else if (name->value == MQTT_NUMBER) {
            add_number(list, name->name, property.number);
        } else {
            cJSON_AddItemToObject(list, name->name, make_string(property.text));
        }
    }
}

static void add_time(cJSON *object, const struct timespec *time)
{
    char words[64], zone[16];
    struct tm local;

    localtime_r(&time->tv_sec, &local);
    const size_t length = strftime(words, sizeof words, "%FT%T", &local);
    strftime(zone, sizeof zone, "%z", &local);
    snprintf(words + length, sizeof words - length, ".%06ld%s", time->tv_nsec / 1000, zone);
    cJSON_AddItemToObject(object, "tst", there(cJSON_CreateString(words)));
}

/* NULL if it is not JSON, the whole of it and nothing else. */
static cJSON *parse_payload(struct mote_text payload)
{
    const char *end = NULL;
    char *copy = copy_text(payload);
    cJSON *item = cJSON_ParseWithOpts(copy, &end, true);

    if (item != NULL && end != copy + payload.length) {
        cJSON_Delete(item);
        item = NULL;
    }
    free(copy);
    return item;
}

static cJSON *make_payload(struct mote_text payload, bool raw)
{
    if (payload.length == 0) {
        return there(cJSON_CreateNull());
    }
    return raw ? parse_payload(payload) : make_string(payload);
}

static void print_object(cJSON *object, bool pretty, struct output *output)
{
    char *text = pretty ? cJSON_Print(object) : cJSON_PrintUnformatted(object);

    cJSON_Delete(object);
    if (text != NULL) {
        output_string(output, text);
    }
    cJSON_free(text);
}

bool format_json(const struct mote_message *message, const struct timespec *time, bool raw, bool pretty,
                 struct output *output)
{
    cJSON *payload = make_payload(message->payload, raw);

    if (payload == NULL) {
        return false;
    }
    cJSON *object = there(cJSON_CreateObject());
    add_time(object, time);
    cJSON_AddItemToObject(object, "topic", make_string(message->topic));
    add_number(object, "qos", message->qos);
    add_number(object, "retain", message->retain);
    add_number(object, "payloadlen", message->payload_size);
    if (message->qos != MOTE_QOS_0) {
        add_number(object, "mid", message->packet_id);
    }
    add_properties(object, &message->properties);
    cJSON_AddItemToObject(object, "payload", payload);
    print_object(object, pretty, output);
    return true;
}

void format_json_report(const struct format_report *report, const struct timespec *time, struct output *output)
{
    cJSON *object = there(cJSON_CreateObject());

    add_time(object, time);
    cJSON_AddItemToObject(object, "topic", make_string(report->topic));
    add_number(object, "qos", report->qos);
    add_number(object, "retain", report->retain);
    if (report->qos != MOTE_QOS_0) {
        add_number(object, "mid", report->packet_id);
        add_number(object, "reason_code", report->reason_code);
        cJSON_AddItemToObject(object, "reason", there(cJSON_CreateString(mqtt_code_words(report->reason_code))));
    }
    print_object(object, false, output);
    output_repeat(output, '\n', 1);
}
