#include "outbox_print.h"

#include "cli.h"
#include "options/mqtt_names.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void outbox_print_head(void)
{
    printf("%10s  %3s  %8s  %s\n", "age", "QoS", "bytes", "topic");
}

/* A topic may hold any UTF-8 but the control characters that a terminal would obey are shown as \xHH. */
static void print_topic(struct mote_text topic)
{
    for (size_t i = 0; i < topic.length; i++) {
        const unsigned char byte = (unsigned char)topic.data[i];

        printf(byte < 0x20 || byte == 0x7f ? "\\x%02x" : "%c", byte);
    }
}

static cJSON *string_of(struct mote_text text)
{
    char *const copy = cli_allocate(text.length + 1);
    cJSON *item;

    memcpy(copy, text.length > 0 ? text.data : "", text.length);
    copy[text.length] = '\0';
    item = cJSON_CreateString(copy);
    explicit_bzero(copy, text.length);
    free(copy);
    return item;
}

static cJSON *base64_of(struct mote_text bytes)
{
    char *const text = cli_allocate(bytes.length * 4 / 3 + 8);
    cJSON *item;

    EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes.data, (int)bytes.length);
    item = cJSON_CreateString(text);
    explicit_bzero(text, strlen(text));
    free(text);
    return item;
}

/* What JSON has no string for goes in base64. */
static void add_bytes(cJSON *object, const char *name, struct mote_text bytes)
{
    char name_base64[64];

    if (mote_text_is_utf8(bytes)) {
        cJSON_AddItemToObject(object, name, string_of(bytes));
        return;
    }
    snprintf(name_base64, sizeof(name_base64), "%s_base64", name);
    cJSON_AddItemToObject(object, name_base64, base64_of(bytes));
}

/* A list, since their order counts and a name may come again. */
static void add_user_property(cJSON *properties, const struct mote_property *property)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(properties, "user-properties");
    cJSON *const pair = cJSON_CreateObject();

    if (list == NULL) {
        list = cJSON_AddArrayToObject(properties, "user-properties");
    }
    cJSON_AddItemToObject(pair, "name", string_of(property->text));
    cJSON_AddItemToObject(pair, "value", string_of(property->value));
    cJSON_AddItemToArray(list, pair);
}

static void add_properties(cJSON *object, const struct mote_properties *properties)
{
    struct mote_properties_place place = {0};
    struct mote_property property;
    cJSON *list = NULL;

    while (mote_properties_next(properties, &place, &property)) {
        const struct mqtt_property_name *const known = mqtt_property_by_id(property.id);

        if (list == NULL) {
            list = cJSON_AddObjectToObject(object, "properties");
        }
        if (property.id == MOTE_USER_PROPERTY) {
            add_user_property(list, &property);
        } else if (known->value == MQTT_NUMBER) {
            cJSON_AddNumberToObject(list, known->name, property.number);
        } else {
            add_bytes(list, known->name, property.text);
        }
    }
}

static cJSON *object_of(const struct mote_message *message, uint32_t age_s)
{
    cJSON *const object = cJSON_CreateObject();

    cJSON_AddItemToObject(object, "topic", string_of(message->topic));
    cJSON_AddNumberToObject(object, "qos", message->qos);
    cJSON_AddBoolToObject(object, "retain", message->retain);
    cJSON_AddNumberToObject(object, "age_s", age_s);
    add_properties(object, &message->properties);
    return object;
}

void outbox_print_line(const struct mote_message *message, uint32_t age_s, bool json)
{
    if (json) {
        cJSON *const object = object_of(message, age_s);

        cJSON_AddNumberToObject(object, "bytes", (double)message->payload.length);
        cli_print_json(object);
        return;
    }
    printf("%9us  %3d  %8zu  ", (unsigned)age_s, (int)message->qos, message->payload.length);
    print_topic(message->topic);
    puts(message->retain ? " (retained)" : "");
}

void outbox_print_message(const struct mote_message *message, uint32_t age_s)
{
    cJSON *const object = object_of(message, age_s);

    add_bytes(object, "payload", message->payload);
    cli_print_json(object);
}

static bool write_file(const char *path, struct mote_text payload)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written = fd >= 0;

    while (written && payload.length > 0) {
        const ssize_t count = write(fd, payload.data, payload.length);

        written = count > 0;
        payload.data += written ? count : 0;
        payload.length -= written ? (size_t)count : 0;
    }
    if (!written) {
        cli_error(path, strerror(errno), MOTE_CONFIG_INVALID);
    }
    if (fd >= 0) {
        close(fd);
    }
    return written;
}

bool outbox_print_file(const struct mote_message *message, uint32_t age_s, const char *folder, unsigned number)
{
    char path[PATH_MAX];
    cJSON *object;

    snprintf(path, sizeof(path), "%s/%u", folder, number);
    if (!write_file(path, message->payload)) {
        return false;
    }
    object = object_of(message, age_s);
    cJSON_AddStringToObject(object, "file", path);
    cli_print_json(object);
    return true;
}

void outbox_print_cleared(unsigned messages, bool json)
{
    if (json) {
        cJSON *const object = cJSON_CreateObject();

        cJSON_AddNumberToObject(object, "cleared", messages);
        cli_print_json(object);
    } else {
        printf("%u message%s forgotten\n", messages, messages == 1 ? "" : "s");
    }
}
