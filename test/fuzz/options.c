/* The command lines of `mote pub`, `mote sub` and `mote rr`, an argument a line: refused with words, or taken, then the session takes
 * what comes of it; the format of `sub` prints any message. */
#include "quiet.h"

#include "client/client.h"
#include "options/client_options.h"
#include "format/format.h"

#include <mote/topic.h>

#define INPUT_MAX 4096u
#define ARGUMENTS_MAX 64

static uint32_t random_bits(void *context)
{
    (void)context;
    return 0x12345678;
}

/* Splits the text at its newlines; each argument has memory of its own. */
static int split(struct mote_text text, char **arguments)
{
    int count = 0;

    arguments[count++] = strdup("mote");
    while (text.length > 0 && count < ARGUMENTS_MAX) {
        const char *end = memchr(text.data, '\n', text.length);
        size_t length = end == NULL ? text.length : (size_t)(end - text.data);
        arguments[count] = malloc(length + 1);
        FUZZ_CHECK(arguments[count] != NULL);
        memcpy(arguments[count], text.data, length);
        arguments[count++][length] = '\0';
        length += end != NULL;
        text = (struct mote_text){text.data + length, text.length - length};
    }
    arguments[count] = NULL;
    return count;
}

static void check_list(const struct client_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        FUZZ_CHECK(mote_topic_is_filter(mote_text(list->items[i])));
}

static void check_options(const struct client_options *options)
{
    FUZZ_CHECK(options->port >= 0 && options->port <= 65535 && options->host != NULL);
    FUZZ_CHECK(options->qos >= 0 && options->qos <= 2 && options->will_qos >= 0 && options->will_qos <= 2);
    FUZZ_CHECK(options->keep_alive_s >= 0 && options->keep_alive_s <= 65535);
    FUZZ_CHECK(options->topics.count > 0 && options->random_filter <= 10000);
    FUZZ_CHECK(options->will_topic == NULL || mote_topic_is_name(mote_text(options->will_topic)));
    FUZZ_CHECK(options->will_topic != NULL || options->will_payload == NULL);
    FUZZ_CHECK(options->kind != CLIENT_RR || mote_topic_is_name(mote_text(options->response_topic)));
    if (options->kind != CLIENT_SUB) {
        FUZZ_CHECK(options->topics.count == 1 && options->payload != CLIENT_PAYLOAD_NONE);
        FUZZ_CHECK(mote_topic_is_name(mote_text(options->topics.items[0])));
        FUZZ_CHECK(options->payload != CLIENT_PAYLOAD_MESSAGE || options->message != NULL);
        FUZZ_CHECK(options->payload != CLIENT_PAYLOAD_FILE || options->file != NULL);
    } else {
        check_list(&options->topics);
    }
    check_list(&options->filters_out);
    check_list(&options->unsubscribe);
}

/* A session that comes of it either is made, or says why not with the words that client_init() has for it: names that are
 * not UTF-8 or too long. */
static void make_session(const struct client_options *options)
{
    static const struct mote_port port = {.random = random_bits};
    struct client client = {.options = options, .port = &port};

    client_config_make(&client);
    enum mote_reason reason = mote_session_init(&client.session, &client.config);
    if (reason != MOTE_OK) {
        const struct mote_session_config *config = &client.config;
        FUZZ_CHECK(!mote_text_is_utf8(config->client_id) || !mote_text_is_utf8(config->username) ||
                   config->password.length > UINT16_MAX || config->auth_method.length == 0);
    } else {
        FUZZ_CHECK(mote_session_open(&client.session, 0) == MOTE_OK);
    }
    client_config_free(&client);
}

static void print(const char *text)
{
    static const struct mote_property items[] = {
        {.id = MOTE_USER_PROPERTY, .text = {"a\xE2\x82\xAC", 4}, .value = {"\"\\\n", 3}},
        {.id = MOTE_CONTENT_TYPE, .text = {"text", 4}},
        {.id = MOTE_CORRELATION_DATA, .text = {"\0\xFF", 2}},
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 4294967295},
    };
    static const struct mote_message message = {
        .topic = {"a/b", 3},
        .payload = {"{\"x\": [1, true, \"\\u20AC\"]}\n", 27},
        .payload_size = 27,
        .qos = MOTE_QOS_1,
        .packet_id = 65535,
        .properties = {.items = items, .count = 4},
    };
    const struct timespec time = {1700000000, 123456789};
    struct format format;
    struct output output = {.bytes = NULL};

    if (format_parse(&format, text) != NULL)
        return;
    FUZZ_CHECK(format.split <= format.count);
    format_print(&format, &message, &time, &output);
    if (format.split < format.count) {
        size_t used = output.used;
        output.used = 0;
        format_before(&format, &message, &time, &output);
        format_payload(&format, message.payload, &output);
        format_after(&format, &message, &time, &output);
        FUZZ_CHECK(output.used == used);
    }
    output_free(&output);
    format_free(&format);
}

/* JSON goes in as it is, or not at all. */
static void print_json(struct mote_text payload)
{
    char *copy = fuzz_copy(payload);
    struct mote_message message = {.topic = MOTE_TEXT("a"), .payload = {copy, payload.length}};
    const struct timespec time = {0, 0};
    struct output output = {.bytes = NULL};

    bool is_json = format_json(&message, &time, true, false, &output);
    FUZZ_CHECK(is_json || output.used == 0);
    format_json(&message, &time, true, true, &output);
    format_json(&message, &time, false, true, &output);
    output_free(&output);
    free(copy);
}

static void run(enum client_kind kind, struct mote_text text)
{
    char *arguments[ARGUMENTS_MAX + 1];
    int count = split(text, arguments);
    struct client_options options;

    quiet_begin();
    bool taken = client_options_parse(&options, kind, count, arguments);
    const char *said = quiet_end();
    FUZZ_CHECK(taken == (said[0] == '\0'));
    if (!taken)
        FUZZ_CHECK(strncmp(said, "mote: ", 6) == 0 && strstr(said, "(config.invalid)") != NULL);
    if (taken && !options.help) {
        check_options(&options);
        make_session(&options);
        if (options.format != NULL)
            print(options.format);
    }
    client_options_free(&options);
    for (int i = 0; i < count; i++)
        free(arguments[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > INPUT_MAX)
        return 0;
    struct mote_text text = {(const char *)data + 1, size - 1};
    if (data[0] % 8 == 7)
        print_json(text);
    else
        run(data[0] % 8 == 6 ? CLIENT_RR : data[0] % 2 == 0 ? CLIENT_PUB : CLIENT_SUB, text);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Without the defaults files of whoever runs this. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}
