#include "client_options.h"

#include "cli.h"
#include "client_table.h"

#include <mote/topic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *client_options_own(struct client_options *options, size_t size)
{
    char *memory = cli_allocate(size);

    client_list_add(&options->owned, memory);
    return memory;
}

char *client_options_copy(struct client_options *options, const char *text)
{
    const size_t size = strlen(text) + 1;

    return memcpy(client_options_own(options, size), text, size);
}

const char *client_options_hide(struct client_options *options, char *text)
{
    const char *copy = client_options_copy(options, text);

    memset(text, 0, strlen(text));
    return copy;
}

void client_list_add(struct client_list *list, const char *item)
{
    list->items = cli_reallocate(list->items, (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = item;
}

bool client_options_refuse(const struct client_options *options, const char *format, ...)
{
    char why[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    if (options->place != NULL) {
        cli_error(options->place, why, MOTE_CONFIG_INVALID);
    } else {
        cli_usage_error(options->command, "%s", why);
    }
    return false;
}

static void *field(struct client_options *options, const struct client_option *option)
{
    return (char *)options + option->offset;
}

static bool take_number(struct client_options *options, const struct client_option *option, const char *name,
                        const char *value)
{
    if (!cli_number(value, option->min, option->max, field(options, option))) {
        return client_options_refuse(options, "%s takes a number from %lld to %lld, not `%s`", name,
                                     (long long)option->min, (long long)option->max, value);
    }
    return true;
}

static bool refuse_name(const struct client_options *options, const char *name, const char *value)
{
    return client_options_refuse(options, "%s takes a topic, in UTF-8 and without + and #: `%s` is none", name, value);
}

static bool take_name(struct client_options *options, const struct client_option *option, const char *name,
                      const char *value)
{
    if (!mote_topic_is_name(mote_text(value))) {
        return refuse_name(options, name, value);
    }
    *(const char **)field(options, option) = value;
    return true;
}

static bool take_filter(const struct client_options *options, struct client_list *list, const char *name,
                        const char *value)
{
    if (!mote_topic_is_filter(mote_text(value))) {
        return client_options_refuse(
            options, "%s takes a topic filter, in UTF-8 and with + and # alone between slashes: `%s` is none", name,
            value);
    }
    client_list_add(list, value);
    return true;
}

/* The options' own topic: pub and rr have one, the last one given, sub has as many as are given. */
bool client_topic_take(struct client_options *options, const char *option, const char *topic)
{
    if (options->kind == CLIENT_SUB) {
        return take_filter(options, &options->topics, option, topic);
    }
    if (!mote_topic_is_name(mote_text(topic))) {
        return refuse_name(options, option, topic);
    }
    options->topics.count = 0;
    client_list_add(&options->topics, topic);
    return true;
}

static bool take_mode(struct client_options *options, const struct client_option *option, const char *name,
                      const char *value)
{
    if (options->payload != CLIENT_PAYLOAD_NONE) {
        return client_options_refuse(options, "%s: there is a message already; only one of -m -f -l -s -n can be given",
                                     name);
    }
    options->payload = (enum client_payload)option->min;
    if (option->value != NULL) {
        *(const char **)field(options, option) = value;
    }
    return true;
}

static bool take(struct client_options *options, const struct client_option *option, const char *name,
                 struct client_arguments *arguments)
{
    char *value = arguments->next[0];

    switch (option->type) {
    case CLIENT_FLAG:
        *(bool *)field(options, option) = true;
        return true;
    case CLIENT_TEXT:
        *(const char **)field(options, option) = value;
        return true;
    case CLIENT_SECRET:
        *(const char **)field(options, option) = client_options_hide(options, value);
        return true;
    case CLIENT_NUMBER:
        return take_number(options, option, name, value);
    case CLIENT_NAME:
        return take_name(options, option, name, value);
    case CLIENT_FILTER:
        return take_filter(options, field(options, option), name, value);
    case CLIENT_MODE:
        return take_mode(options, option, name, value);
    default:
        return option->take(options, name, arguments);
    }
}

const struct client_option *client_option_find(enum client_kind kind, const char *name)
{
    for (const struct client_option *option = client_table; option->help != NULL; option++) {
        const bool is_it = (option->letter != NULL && strcmp(option->letter, name) == 0) ||
                           (option->name != NULL && strcmp(option->name, name) == 0);
        if (is_it && ((unsigned)option->kinds & (unsigned)kind) != 0) {
            return option;
        }
    }
    return NULL;
}

/* They are the words in the value's placeholder. */
int client_option_values(const struct client_option *option)
{
    int count = option->value != NULL ? 1 : 0;

    for (const char *c = option->value; c != NULL && *c != '\0'; c++) {
        count += *c == ' ' ? 1 : 0;
    }
    return count;
}

bool client_options_take(struct client_options *options, int count, char **words)
{
    struct client_arguments arguments = {words, count};

    while (arguments.left > 0 && !options->help) {
        const char *name = *arguments.next++;
        const struct client_option *option = client_option_find(options->kind, name);
        arguments.left--;
        if (option == NULL) {
            return client_options_refuse(options, name[0] == '-' ? "unknown option %s" : "what is `%s`? not an option",
                                         name);
        }
        const int values = client_option_values(option);
        if (arguments.left < values) {
            return client_options_refuse(options, "%s needs %s", name, option->value);
        }
        if (!take(options, option, name, &arguments)) {
            return false;
        }
        arguments.next += values;
        arguments.left -= values;
    }
    return true;
}

static bool check_message(const struct client_options *options)
{
    if (options->topics.count == 0) {
        return client_options_refuse(options, "no topic is given: use -t or -L");
    }
    if (options->kind != CLIENT_SUB && options->payload == CLIENT_PAYLOAD_NONE) {
        return client_options_refuse(options, "no message is given: use one of %s",
                                     options->kind == CLIENT_PUB ? "-m -f -l -s -n" : "-m -f -s -n");
    }
    if (options->kind == CLIENT_RR && options->response_topic == NULL) {
        return client_options_refuse(options, "no response topic is given: use -e");
    }
    if (options->kind == CLIENT_RR && client_properties_have(&options->publish, MOTE_RESPONSE_TOPIC)) {
        return client_options_refuse(options, "-e is the response topic: not with -D publish response-topic");
    }
    if (options->no_retained && options->retained_only) {
        return client_options_refuse(options, "-R and --retained-only together would print nothing");
    }
    return true;
}

static bool check_will(const struct client_options *options)
{
    if (options->will_topic == NULL && (options->will_payload != NULL || options->will_retain)) {
        return client_options_refuse(options, "a last will needs --will-topic");
    }
    if (options->will_payload != NULL && strlen(options->will_payload) > UINT16_MAX) {
        return client_options_refuse(options, "--will-payload takes 65535 bytes at most");
    }
    return true;
}

static bool check_session(struct client_options *options)
{
    const bool has_id = options->id != NULL && options->id_prefix == NULL;

    if (options->id != NULL && options->id_prefix != NULL) {
        return client_options_refuse(options, "-i and -I cannot be used together");
    }
    if (options->version == MOTE_MQTT_5 && options->keep_session && !options->has_session_expiry) {
        options->session_expiry_s = UINT32_MAX;
    }
    if (options->version == MOTE_MQTT_5 && options->session_expiry_s == UINT32_MAX && !has_id) {
        return client_options_refuse(options, "a session that is kept for ever needs a client id: use -i");
    }
    if (options->version != MOTE_MQTT_5 && options->keep_session && !has_id) {
        return client_options_refuse(options, "-c needs a client id: use -i");
    }
    if (options->version != MOTE_MQTT_5 && options->password != NULL && options->username == NULL) {
        return client_options_refuse(options, "a password needs a user name: use -u");
    }
    return true;
}

static const char *command_of(enum client_kind kind)
{
    return kind == CLIENT_PUB ? "pub" : kind == CLIENT_SUB ? "sub" : "rr";
}

static bool check(struct client_options *options)
{
    return check_message(options) && check_will(options) && check_session(options) && client_broker_check(options) &&
           client_properties_check(options);
}

bool client_options_parse(struct client_options *options, enum client_kind kind, int argc, char **argv)
{
    const bool only_help = argc == 2 && strcmp(argv[1], "--help") == 0; /* also with a broken defaults file */

    *options = (struct client_options){
        .kind = kind,
        .command = command_of(kind),
        .scheme = "mqtt",
        .host = "localhost",
        .keep_alive_s = 60,
        .version = kind == CLIENT_RR ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1,
        .repeat_count = 1,
        .window = 20,
        .count = kind == CLIENT_RR ? 1 : 0,
        .random_filter = 10000,
    };
    for (int i = 1; i < argc; i++) {
        options->arguments_size += strlen(argv[i]) + 8;
    }
    if (!(only_help || client_defaults_take(options)) || !client_options_take(options, argc - 1, argv + 1)) {
        return false;
    }
    if (options->json && options->format == NULL) {
        options->format = "%j";
    }
    if (!options->help && !check(options)) {
        return false;
    }
    client_properties_use_alias(options);
    return true;
}

static void list_free(struct client_list *list)
{
    free(list->items);
    *list = (struct client_list){0};
}

void client_options_free(struct client_options *options)
{
    struct client_properties *properties[] = {&options->connect,
                                              &options->publish,
                                              &options->subscribe_properties,
                                              &options->unsubscribe_properties,
                                              &options->disconnect,
                                              &options->will_properties};

    for (size_t i = 0; i < options->owned.count; i++) {
        free((void *)(uintptr_t)options->owned.items[i]);
    }
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        free(properties[i]->items);
        *properties[i] = (struct client_properties){0};
    }
    list_free(&options->owned);
    list_free(&options->topics);
    list_free(&options->filters_out);
    list_free(&options->unsubscribe);
}
