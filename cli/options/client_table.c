#include "client_table.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>

static bool take_topic(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    return client_topic_take(options, option, arguments->next[0]);
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
        .kinds = CLIENT_ALL, .help = words                                                                             \
    }
#define FIELD(name) .offset = offsetof(struct client_options, name)
#define FLAG(name) .type = CLIENT_FLAG, FIELD(name)
#define TEXT(name) .type = CLIENT_TEXT, FIELD(name)
#define SECRET(name) .type = CLIENT_SECRET, FIELD(name)
#define NAME(name) .type = CLIENT_NAME, FIELD(name)
#define FILTER(name) .type = CLIENT_FILTER, FIELD(name)
#define NUMBER(name, low, high) .type = CLIENT_NUMBER, FIELD(name), .min = low, .max = high
#define MODE(mode, name) .type = CLIENT_MODE, FIELD(name), .min = mode
#define OTHER(function) .type = CLIENT_OTHER, .take = function

const struct client_option client_table[] = {
    HEADING("Broker"),
    {"-h", "--host", "HOST", CLIENT_ALL, TEXT(host), .help = "its name or address (localhost)"},
    {"-p", "--port", "PORT", CLIENT_ALL, NUMBER(port, 1, 65535), .help = "its port (1883, with TLS 8883)"},
    {"-L", "--url", "URL", CLIENT_ALL, OTHER(client_broker_take_url),
     .help = "all in one: mqtt://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC; with TLS mqtts://,\n"
             "over WebSocket ws://, over both wss://"},
    {"-u", "--username", "NAME", CLIENT_ALL, TEXT(username), .help = "user name"},
    {"-P", "--pw", "PASSWORD", CLIENT_ALL, SECRET(password), .help = "password; not to be seen in ps"},
    {NULL, "--unix", "PATH", CLIENT_ALL, TEXT(unix_path), .help = "a socket on this machine, instead of host and port"},
    {"-A", NULL, "ADDRESS", CLIENT_ALL, TEXT(link.bind_address), .help = "this side's address (as the system chooses)"},
    {NULL, "--proxy", "URL", CLIENT_ALL, OTHER(client_broker_take_proxy),
     .help = "through socks5h://[USER[:PASSWORD]@]HOST[:PORT] (port 1080)"},
    {NULL, "--nodelay", NULL, CLIENT_ALL, FLAG(no_delay), .help = "send small packets at once; it is always so"},
    HEADING("TLS; each of these options asks for it"),
    {NULL, "--cafile", "FILE", CLIENT_ALL, TEXT(link.tls.ca_file),
     .help = "certificates of the authorities to trust, PEM (those of the system)"},
    {NULL, "--capath", "FOLDER", CLIENT_ALL, TEXT(link.tls.ca_path),
     .help = "the same as a folder that `openssl rehash` has made"},
    {NULL, "--tls-use-os-certs", NULL, CLIENT_ALL, FLAG(link.tls.system_authorities),
     .help = "trust those of the system, too; with -L mqtts:// it is so"},
    {NULL, "--cert", "FILE", CLIENT_ALL, TEXT(link.tls.certificate_file),
     .help = "this side's certificate, PEM; needs --key"},
    {NULL, "--key", "FILE", CLIENT_ALL, TEXT(link.tls.key_file), .help = "and its private key"},
    {NULL, "--keyform", "FORM", CLIENT_ALL, OTHER(client_broker_take_key_form), .help = "pem, and nothing else"},
    {NULL, "--key-password", "PASSWORD", CLIENT_ALL, SECRET(link.tls.key_password),
     .help = "that the key is encrypted with; not to be seen in ps"},
    {NULL, "--psk", "KEY", CLIENT_ALL, OTHER(client_broker_take_psk),
     .help = "a key that both sides know, in hexadecimal, instead of certificates;\nnot to be seen in ps"},
    {NULL, "--psk-identity", "NAME", CLIENT_ALL, TEXT(link.tls.psk_identity), .help = "its name; needs --psk"},
    {NULL, "--tls-version", "VERSION", CLIENT_ALL, OTHER(client_broker_take_version),
     .help = "tlsv1.2 or tlsv1.3 (both)"},
    {NULL, "--ciphers", "LIST", CLIENT_ALL, TEXT(link.tls.ciphers), .help = "of TLS 1.2, as OpenSSL names them"},
    {NULL, "--tls-alpn", "PROTOCOL", CLIENT_ALL, TEXT(link.tls.alpn), .help = "the protocol to ask for, such as mqtt"},
    {NULL, "--insecure", NULL, CLIENT_ALL, FLAG(link.tls.insecure),
     .help = "do not look at the broker's certificate at all: for tests only"},
    HEADING("Session"),
    {"-V", "--protocol-version", "VERSION", CLIENT_ALL, OTHER(take_version),
     .help = "mqttv5, mqttv311 or mqttv31; also 5, 311, 31 (mqttv311; for rr mqttv5)"},
    {"-i", "--id", "ID", CLIENT_ALL, TEXT(id), .help = "client id (the broker chooses one)"},
    {"-I", "--id-prefix", "PREFIX", CLIENT_ALL, TEXT(id_prefix), .help = "client id: this and the process id"},
    {"-k", "--keepalive", "SECONDS", CLIENT_ALL, NUMBER(keep_alive_s, 5, 65535),
     .help = "keep alive, 5 to 65535 s (60)"},
    {"-c", "--disable-clean-session", NULL, CLIENT_ALL, FLAG(keep_session),
     .help = "go on with the session of this client id; needs -i"},
    {"-x", "--session-expiry-interval", "SECONDS", CLIENT_ALL, OTHER(take_session_expiry),
     .help = "MQTT 5: how long the broker keeps the session, -1 for ever\n(with -c for ever, else 0)"},
    {"-M", NULL, "COUNT", CLIENT_ALL, NUMBER(window, 1, 65535),
     .help = "messages of QoS 1 and 2 under way at once, 1 to 65535 (20)"},
    {"-D", "--property", "PACKET PROPERTY VALUE", CLIENT_ALL, OTHER(client_properties_take),
     .help = "MQTT 5: a property for connect, publish, subscribe, unsubscribe,\n"
             "disconnect or will; user-property takes a name and a value"},
    HEADING("Publishing"),
    {"-t", "--topic", "TOPIC", CLIENT_PUB, OTHER(take_topic), .help = "where to"},
    {"-q", "--qos", "QOS", CLIENT_PUB, NUMBER(qos, 0, 2),
     .help = "0 at most once, 1 at least once, 2 exactly once (0)"},
    {"-r", "--retain", NULL, CLIENT_PUB, FLAG(retain), .help = "the broker keeps it as the topic's last value"},
    HEADING("Asking"),
    {"-t", "--topic", "TOPIC", CLIENT_RR, OTHER(take_topic), .help = "where the request goes to"},
    {"-e", NULL, "TOPIC", CLIENT_RR, NAME(response_topic), .help = "where the response is to come to"},
    {"-q", "--qos", "QOS", CLIENT_RR, NUMBER(qos, 0, 2), .help = "of both, 0 to 2 (0)"},
    HEADING("Message"),
    {"-m", "--message", "MESSAGE", CLIENT_PUB_RR, MODE(CLIENT_PAYLOAD_MESSAGE, message), .help = "this one"},
    {"-f", "--file", "FILE", CLIENT_PUB_RR, MODE(CLIENT_PAYLOAD_FILE, file), .help = "this file as one message"},
    {"-l", "--stdin-line", NULL, CLIENT_PUB, MODE(CLIENT_PAYLOAD_LINES, message),
     .help = "each line of standard input as a message"},
    {"-s", "--stdin-file", NULL, CLIENT_PUB_RR, MODE(CLIENT_PAYLOAD_STDIN, message),
     .help = "all of standard input as one message"},
    {"-n", "--null-message", NULL, CLIENT_PUB, MODE(CLIENT_PAYLOAD_NULL, message),
     .help = "an empty one; with -r it takes a retained one away"},
    {"-n", "--null-message", NULL, CLIENT_RR, MODE(CLIENT_PAYLOAD_NULL, message), .help = "an empty one"},
    {NULL, "--repeat", "COUNT", CLIENT_PUB, NUMBER(repeat_count, 1, INT32_MAX), .help = "so many times (1)"},
    {NULL, "--repeat-delay", "SECONDS", CLIENT_PUB, OTHER(take_repeat_delay),
     .help = "and so long between them, such as 0.5 (0)"},
    HEADING("Subscribing"),
    {"-t", "--topic", "FILTER", CLIENT_SUB, OTHER(take_topic), .help = "what; may be repeated"},
    {"-q", "--qos", "QOS", CLIENT_SUB, NUMBER(qos, 0, 2), .help = "highest quality of service wanted, 0 to 2 (0)"},
    {"-T", "--filter-out", "FILTER", CLIENT_SUB, FILTER(filters_out), .help = "print none of these; may be repeated"},
    {"-U", "--unsubscribe", "FILTER", CLIENT_SUB, FILTER(unsubscribe), .help = "unsubscribe from it; may be repeated"},
    {"-R", NULL, NULL, CLIENT_SUB, FLAG(no_retained), .help = "no retained messages"},
    {"-R", NULL, NULL, CLIENT_RR, FLAG(no_retained), .help = "a retained message is no response"},
    {NULL, "--retained-only", NULL, CLIENT_SUB, FLAG(retained_only),
     .help = "retained messages only; ends with the first other one"},
    {NULL, "--remove-retained", NULL, CLIENT_SUB, FLAG(remove_retained),
     .help = "take the retained messages away from the broker"},
    {NULL, "--retain-as-published", NULL, CLIENT_SUB_RR, FLAG(retain_as_published),
     .help = "MQTT 5: the retain flag as the publisher has set it"},
    {NULL, "--random-filter", "PERCENT", CLIENT_SUB, OTHER(take_random_filter),
     .help = "print only so many, picked by chance (100)"},
    HEADING("Ending"),
    {"-C", NULL, "COUNT", CLIENT_SUB, NUMBER(count, 1, INT32_MAX), .help = "after so many messages"},
    {"-W", NULL, "SECONDS", CLIENT_SUB_RR, NUMBER(timeout_s, 1, INT32_MAX),
     .help = "after so long, with exit status 27"},
    {"-E", NULL, NULL, CLIENT_SUB, FLAG(exit_after_suback), .help = "once the broker has answered the subscription"},
    HEADING("Output"),
    {"-v", "--verbose", NULL, CLIENT_SUB_RR, FLAG(verbose), .help = "the topic in front of each message"},
    {"-F", NULL, "FORMAT", CLIENT_SUB_RR, TEXT(format), .help = "see Format"},
    {NULL, "--json", NULL, CLIENT_SUB_RR, FLAG(json), .help = "one JSON object per message; the same as -F %j"},
    {NULL, "--json", NULL, CLIENT_PUB, FLAG(json),
     .help = "one JSON object per message: when it was sent, or with QoS 1\n"
             "and 2 acknowledged, and with what reason code"},
    {NULL, "--pretty", NULL, CLIENT_SUB_RR, FLAG(pretty), .help = "JSON over several lines"},
    {"-N", NULL, NULL, CLIENT_SUB_RR, FLAG(no_newline), .help = "no newline after each message"},
    HEADING("Last will"),
    {NULL, "--will-topic", "TOPIC", CLIENT_ALL, NAME(will_topic),
     .help = "where the broker publishes it if the connection is lost"},
    {NULL, "--will-payload", "MESSAGE", CLIENT_ALL, TEXT(will_payload), .help = "the message (empty)"},
    {NULL, "--will-qos", "QOS", CLIENT_ALL, NUMBER(will_qos, 0, 2), .help = "0, 1 or 2 (0)"},
    {NULL, "--will-retain", NULL, CLIENT_ALL, FLAG(will_retain), .help = "retained"},
    HEADING("Other"),
    {"-d", "--debug", NULL, CLIENT_ALL, FLAG(debug), .help = "print each MQTT packet"},
    {NULL, "--quiet", NULL, CLIENT_ALL, FLAG(quiet), .help = "print no errors"},
    {NULL, "--help", NULL, CLIENT_ALL, FLAG(help), .help = "print this"},
    {0},
};
