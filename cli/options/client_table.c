#include "client_table.h"

#include "cli.h"

#include <mote/topic.h>
#include <mote/url.h>
#include <stdlib.h>
#include <string.h>

/* What the command line says is seen by everybody in `ps`: a secret is moved out of it. */
static bool take_password(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    char *value = arguments->next[0];
    const size_t size = strlen(value) + 1;
    char *password = client_options_own(options, size);

    (void)option;
    memcpy(password, value, size);
    memset(value, 0, size);
    options->password = password;
    return true;
}

static void hide_user_info(char *authority, size_t length)
{
    char *at = memrchr(authority, '@', length);

    if (at != NULL) {
        const size_t hidden = (size_t)(at + 1 - authority);
        const size_t left = strlen(at + 1);
        memmove(authority, at + 1, left);
        memset(authority + left, 0, hidden);
    }
}

static bool take_topic(struct client_options *options, const char *option, const char *topic)
{
    if (options->kind == CLIENT_PUB) {
        if (!mote_topic_is_name(mote_text(topic))) {
            return client_options_refuse(options, "%s takes a topic, in UTF-8 and without + and #: `%s` is none",
                                         option, topic);
        }
        options->topics.count = 0;
    } else if (!mote_topic_is_filter(mote_text(topic))) {
        return client_options_refuse(
            options, "%s takes a topic filter, in UTF-8 and with + and # alone between slashes: `%s` is none", option,
            topic);
    }
    client_list_add(&options->topics, topic);
    return true;
}

static bool take_topic_option(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    return take_topic(options, option, arguments->next[0]);
}

static bool use_url(struct client_options *options, const char *option, const struct mote_url *url, const char *topic)
{
    if (!mote_text_equals_nocase(url->scheme, "mqtt")) {
        return client_options_refuse(options, "%s takes mqtt://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC, not %s://", option,
                                     url->scheme.data);
    }
    options->host = url->host.data;
    options->port = url->port;
    options->username = url->has_username ? url->username.data : options->username;
    options->password = url->has_password ? url->password.data : options->password;
    return take_topic(options, option, topic);
}

/* The topic is what follows the first slash, as it stands: as with mosquitto it is not percent-decoded. */
static bool take_url(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    char *text = arguments->next[0];
    char *scheme_end = strstr(text, "://");
    char *authority = scheme_end == NULL ? text : scheme_end + 3;
    char *slash = strchr(authority, '/');
    const size_t end = slash == NULL ? strlen(text) : (size_t)(slash - text);
    const size_t topic_size = strlen(text + end) + 1;
    char *topic = memcpy(client_options_own(options, topic_size), text + end, topic_size);
    char *memory = client_options_own(options, end + 16);
    const char *words = NULL;
    struct mote_url url;

    const enum mote_reason reason = mote_url_parse(&url, (struct mote_text){text, end}, memory, end + 16, &words);
    hide_user_info(authority, end - (size_t)(authority - text));
    if (reason != MOTE_OK) {
        return client_options_refuse(options, "%s: %s", option, words);
    }
    if (slash == NULL) {
        return client_options_refuse(options, "%s has no topic: mqtt://HOST/TOPIC", option);
    }
    return use_url(options, option, &url, topic + 1);
}

static bool take_version(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    static const struct {
        const char *name;
        enum mote_mqtt_version version;
    } versions[] = {{"mqttv5", MOTE_MQTT_5},  {"5", MOTE_MQTT_5},         {"mqttv311", MOTE_MQTT_3_1_1},
                    {"311", MOTE_MQTT_3_1_1}, {"mqttv31", MOTE_MQTT_3_1}, {"31", MOTE_MQTT_3_1}};

    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (strcmp(arguments->next[0], versions[i].name) == 0) {
            options->version = versions[i].version;
            return true;
        }
    }
    return client_options_refuse(options, "%s takes mqttv5, mqttv311 or mqttv31, not `%s`", option, arguments->next[0]);
}

static bool take_session_expiry(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    const char *value = arguments->next[0];
    int64_t seconds = -1;

    if (strcmp(value, "∞") != 0 && !cli_number(value, -1, UINT32_MAX, &seconds)) {
        return client_options_refuse(options, "%s takes seconds from 0 to 4294967294, or -1 or ∞ for ever, not `%s`",
                                     option, value);
    }
    options->has_session_expiry = true;
    options->session_expiry_s = seconds == -1 ? UINT32_MAX : (uint32_t)seconds;
    return true;
}

static bool take_repeat_delay(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    if (!cli_duration(arguments->next[0], &options->repeat_delay_ms)) {
        return client_options_refuse(options, "%s takes seconds, such as 0.5, not `%s`", option, arguments->next[0]);
    }
    return true;
}

static bool take_random_filter(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    char *end = NULL;
    const double percent = strtod(arguments->next[0], &end);

    if (end == arguments->next[0] || *end != '\0' || !(percent >= 0.1 && percent <= 100)) {
        return client_options_refuse(options, "%s takes a percentage from 0.1 to 100, not `%s`", option,
                                     arguments->next[0]);
    }
    options->random_filter = (uint32_t)(percent * 100);
    return true;
}

#define HEADING(words)                                                                                                 \
    {                                                                                                                  \
        .kinds = CLIENT_BOTH, .help = words                                                                            \
    }
#define FIELD(name) .offset = offsetof(struct client_options, name)
#define FLAG(name) .type = CLIENT_FLAG, FIELD(name)
#define TEXT(name) .type = CLIENT_TEXT, FIELD(name)
#define NAME(name) .type = CLIENT_NAME, FIELD(name)
#define FILTER(name) .type = CLIENT_FILTER, FIELD(name)
#define NUMBER(name, low, high) .type = CLIENT_NUMBER, FIELD(name), .min = low, .max = high
#define MODE(mode, name) .type = CLIENT_MODE, FIELD(name), .min = mode
#define OTHER(function) .type = CLIENT_OTHER, .take = function

const struct client_option client_table[] = {
    HEADING("Broker"),
    {"-h", "--host", "HOST", CLIENT_BOTH, TEXT(host), .help = "its name or address (localhost)"},
    {"-p", "--port", "PORT", CLIENT_BOTH, NUMBER(port, 1, 65535), .help = "its port (1883)"},
    {"-L", "--url", "URL", CLIENT_BOTH, OTHER(take_url),
     .help = "all in one: mqtt://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC"},
    {"-u", "--username", "NAME", CLIENT_BOTH, TEXT(username), .help = "user name"},
    {"-P", "--pw", "PASSWORD", CLIENT_BOTH, OTHER(take_password), .help = "password; not to be seen in ps"},
    HEADING("Session"),
    {"-V", "--protocol-version", "VERSION", CLIENT_BOTH, OTHER(take_version),
     .help = "mqttv5, mqttv311 or mqttv31; also 5, 311, 31 (mqttv311)"},
    {"-i", "--id", "ID", CLIENT_BOTH, TEXT(id), .help = "client id (the broker chooses one)"},
    {"-I", "--id-prefix", "PREFIX", CLIENT_BOTH, TEXT(id_prefix), .help = "client id: this and the process id"},
    {"-k", "--keepalive", "SECONDS", CLIENT_BOTH, NUMBER(keep_alive_s, 5, 65535),
     .help = "keep alive, 5 to 65535 s (60)"},
    {"-c", "--disable-clean-session", NULL, CLIENT_BOTH, FLAG(keep_session),
     .help = "go on with the session of this client id; needs -i"},
    {"-x", "--session-expiry-interval", "SECONDS", CLIENT_BOTH, OTHER(take_session_expiry),
     .help = "MQTT 5: how long the broker keeps the session, -1 for ever\n(with -c for ever, else 0)"},
    {"-M", NULL, "COUNT", CLIENT_BOTH, NUMBER(window, 1, 65535),
     .help = "messages of QoS 1 and 2 under way at once, 1 to 65535 (20)"},
    {"-D", "--property", "PACKET PROPERTY VALUE", CLIENT_BOTH, OTHER(client_properties_take),
     .help = "MQTT 5: a property for connect, publish, subscribe, unsubscribe,\n"
             "disconnect or will; user-property takes a name and a value"},
    HEADING("Publishing"),
    {"-t", "--topic", "TOPIC", CLIENT_PUB, OTHER(take_topic_option), .help = "where to"},
    {"-q", "--qos", "QOS", CLIENT_PUB, NUMBER(qos, 0, 2),
     .help = "0 at most once, 1 at least once, 2 exactly once (0)"},
    {"-r", "--retain", NULL, CLIENT_PUB, FLAG(retain), .help = "the broker keeps it as the topic's last value"},
    {"-m", "--message", "MESSAGE", CLIENT_PUB, MODE(CLIENT_PAYLOAD_MESSAGE, message), .help = "this message"},
    {"-f", "--file", "FILE", CLIENT_PUB, MODE(CLIENT_PAYLOAD_FILE, file), .help = "this file as one message"},
    {"-l", "--stdin-line", NULL, CLIENT_PUB, MODE(CLIENT_PAYLOAD_LINES, message),
     .help = "each line of standard input as a message"},
    {"-s", "--stdin-file", NULL, CLIENT_PUB, MODE(CLIENT_PAYLOAD_STDIN, message),
     .help = "all of standard input as one message"},
    {"-n", "--null-message", NULL, CLIENT_PUB, MODE(CLIENT_PAYLOAD_NULL, message),
     .help = "an empty message; with -r it takes a retained one away"},
    {NULL, "--repeat", "COUNT", CLIENT_PUB, NUMBER(repeat_count, 1, INT32_MAX), .help = "so many times (1)"},
    {NULL, "--repeat-delay", "SECONDS", CLIENT_PUB, OTHER(take_repeat_delay),
     .help = "and so long between them, such as 0.5 (0)"},
    HEADING("Subscribing"),
    {"-t", "--topic", "FILTER", CLIENT_SUB, OTHER(take_topic_option), .help = "what; may be repeated"},
    {"-q", "--qos", "QOS", CLIENT_SUB, NUMBER(qos, 0, 2), .help = "highest quality of service wanted, 0 to 2 (0)"},
    {"-T", "--filter-out", "FILTER", CLIENT_SUB, FILTER(filters_out), .help = "print none of these; may be repeated"},
    {"-U", "--unsubscribe", "FILTER", CLIENT_SUB, FILTER(unsubscribe), .help = "unsubscribe from it; may be repeated"},
    {"-R", NULL, NULL, CLIENT_SUB, FLAG(no_retained), .help = "no retained messages"},
    {NULL, "--retained-only", NULL, CLIENT_SUB, FLAG(retained_only),
     .help = "retained messages only; ends with the first other one"},
    {NULL, "--remove-retained", NULL, CLIENT_SUB, FLAG(remove_retained),
     .help = "take the retained messages away from the broker"},
    {NULL, "--retain-as-published", NULL, CLIENT_SUB, FLAG(retain_as_published),
     .help = "MQTT 5: the retain flag as the publisher has set it"},
    {NULL, "--random-filter", "PERCENT", CLIENT_SUB, OTHER(take_random_filter),
     .help = "print only so many, picked by chance (100)"},
    HEADING("Ending"),
    {"-C", NULL, "COUNT", CLIENT_SUB, NUMBER(count, 1, INT32_MAX), .help = "after so many messages"},
    {"-W", NULL, "SECONDS", CLIENT_SUB, NUMBER(timeout_s, 1, INT32_MAX), .help = "after so long, with exit status 27"},
    {"-E", NULL, NULL, CLIENT_SUB, FLAG(exit_after_suback), .help = "once the broker has answered the subscription"},
    HEADING("Output"),
    {"-v", "--verbose", NULL, CLIENT_SUB, FLAG(verbose), .help = "the topic in front of each message"},
    {"-F", NULL, "FORMAT", CLIENT_SUB, TEXT(format), .help = "see Format"},
    {NULL, "--json", NULL, CLIENT_SUB, FLAG(json), .help = "one JSON object per message; the same as -F %j"},
    {NULL, "--pretty", NULL, CLIENT_SUB, FLAG(pretty), .help = "JSON over several lines"},
    {"-N", NULL, NULL, CLIENT_SUB, FLAG(no_newline), .help = "no newline after each message"},
    HEADING("Last will"),
    {NULL, "--will-topic", "TOPIC", CLIENT_BOTH, NAME(will_topic),
     .help = "where the broker publishes it if the connection is lost"},
    {NULL, "--will-payload", "MESSAGE", CLIENT_BOTH, TEXT(will_payload), .help = "the message (empty)"},
    {NULL, "--will-qos", "QOS", CLIENT_BOTH, NUMBER(will_qos, 0, 2), .help = "0, 1 or 2 (0)"},
    {NULL, "--will-retain", NULL, CLIENT_BOTH, FLAG(will_retain), .help = "retained"},
    HEADING("Other"),
    {"-d", "--debug", NULL, CLIENT_BOTH, FLAG(debug), .help = "print each MQTT packet"},
    {NULL, "--quiet", NULL, CLIENT_BOTH, FLAG(quiet), .help = "print no errors"},
    {NULL, "--help", NULL, CLIENT_BOTH, FLAG(help), .help = "print this"},
    {0},
};
