#include "outbox_print.h"

#include "cli.h"

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

static cJSON *object_of(const struct mote_message *message, uint32_t age_s)
{
    cJSON *const object = cJSON_CreateObject();
    char *const topic = cli_allocate(message->topic.length + 1);

    memcpy(topic, message->topic.data, message->topic.length);
    topic[message->topic.length] = '\0';
    cJSON_AddStringToObject(object, "topic", topic);
    cJSON_AddNumberToObject(object, "qos", message->qos);
    cJSON_AddBoolToObject(object, "retain", message->retain);
    cJSON_AddNumberToObject(object, "age_s", age_s);
    free(topic);
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

/* What JSON has no string for goes in base64. */
static void add_payload(cJSON *object, struct mote_text payload)
{
    const bool is_text = mote_text_is_utf8(payload);
    char *const text = cli_allocate(payload.length * 4 / 3 + 8);

    if (is_text) {
        memcpy(text, payload.length > 0 ? payload.data : "", payload.length);
        text[payload.length] = '\0';
    } else {
        EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)payload.data, (int)payload.length);
    }
    cJSON_AddStringToObject(object, is_text ? "payload" : "payload_base64", text);
    explicit_bzero(text, strlen(text));
    free(text);
}

void outbox_print_message(const struct mote_message *message, uint32_t age_s)
{
    cJSON *const object = object_of(message, age_s);

    add_payload(object, message->payload);
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
