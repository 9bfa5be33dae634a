#include "broker_config.h"
#include "cli.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct broker_config *config;
    const char *path;
    unsigned line;
    bool allows_anonymous;           /* said so */
    struct broker_listener standard; /* that of `port` and `bind_address`; line 0: not named */
};

/* Says what is wrong with the line. Returns false. */
__attribute__((format(printf, 2, 3))) static bool fail(const struct reader *reader, const char *format, ...)
{
    char what[512];
    char why[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    snprintf(what, sizeof what, "%s:%u", reader->path, reader->line);
    cli_error(what, why, MOTE_CONFIG_INVALID);
    return false;
}

static bool read_number(const struct reader *reader, const char *name, const char *value, int64_t min, int64_t max,
                        int64_t *number)
{
    if (value != NULL && cli_number(value, min, max, number)) {
        return true;
    }
    return fail(reader, "%s takes a whole number from %lld to %lld", name, (long long)min, (long long)max);
}

/* --- Listeners --- */

static struct broker_listener *last_listener(struct reader *reader)
{
    struct broker_config *config = reader->config;

    return config->listener_count > 0 ? &config->listeners[config->listener_count - 1] : &reader->standard;
}

static bool set_host(const struct reader *reader, struct broker_listener *listener, const char *host)
{
    if (strlen(host) >= sizeof listener->host) {
        return fail(reader, "an address of at most %zu characters was expected", sizeof listener->host - 1);
    }
    snprintf(listener->host, sizeof listener->host, "%s", host);
    return true;
}

static bool read_listener(struct reader *reader, char *value, char **rest)
{
    struct broker_config *config = reader->config;
    const char *host = strtok_r(NULL, " \t", rest);
    struct broker_listener *listener = &config->listeners[config->listener_count];
    int64_t port = 0;

    if (config->listener_count == BROKER_LISTENERS_MAX) {
        return fail(reader, "at most %d listeners were expected", BROKER_LISTENERS_MAX);
    }
    if (!read_number(reader, "listener", value, 1, UINT16_MAX, &port)) {
        return false;
    }
    config->listener_count++;
    listener->port = (uint16_t)port;
    listener->line = reader->line;
    return set_host(reader, listener, host == NULL ? "*" : host);
}

static bool read_port(struct reader *reader, char *value, char **rest)
{
    int64_t port = 0;

    (void)rest;
    if (!read_number(reader, "port", value, 1, UINT16_MAX, &port)) {
        return false;
    }
    reader->standard.port = (uint16_t)port;
    reader->standard.line = reader->line;
    return true;
}

static bool read_bind_address(struct reader *reader, char *value, char **rest)
{
    (void)rest;
    if (value == NULL) {
        return fail(reader, "bind_address takes an address");
    }
    reader->standard.line = reader->line;
    return set_host(reader, &reader->standard, value);
}

static bool read_protocol(struct reader *reader, char *value, char **rest)
{
    (void)rest;
    if (value != NULL && strcmp(value, "mqtt") == 0) {
        last_listener(reader)->line = reader->line;
        return true;
    }
    if (value != NULL && strcmp(value, "websockets") == 0) {
        return fail(reader,
                    "protocol websockets is not there yet: `mote run` has MQTT over WebSocket, on its page's port");
    }
    return fail(reader, "protocol takes mqtt");
}

/* --- Numbers --- */

enum number {
    CLIENTS,
    PACKET_SIZE,
    PAYLOAD_SIZE,
    INFLIGHT,
    QUEUED,
    QUEUED_BYTES,
    SUBSCRIPTIONS,
    KEEP_ALIVE,
    TOPIC_ALIAS,
    SYS_INTERVAL,
    MEMORY,
};

static const struct number_line {
    const char *name;
    enum number number;
    int64_t min; /* -1 and 0 mean no limit of this kind: then it is the largest there can be */
    int64_t max;
} number_lines[] = {
    {"max_connections", CLIENTS, -1, 1000000},
    {"max_packet_size", PACKET_SIZE, 20, 200 * 1024 * 1024},
    {"maximum_packet_size", PACKET_SIZE, 20, 200 * 1024 * 1024},
    {"message_size_limit", PAYLOAD_SIZE, 0, 200 * 1024 * 1024},
    {"max_inflight_messages", INFLIGHT, 0, UINT16_MAX},
    {"max_queued_messages", QUEUED, 0, 1000000},
    {"max_queued_bytes", QUEUED_BYTES, 0, 1024 * 1024 * 1024},
    {"max_subscriptions", SUBSCRIPTIONS, 0, 1000000}, /* our own: mosquitto has no such limit */
    {"max_keepalive", KEEP_ALIVE, 0, UINT16_MAX},
    {"max_topic_alias", TOPIC_ALIAS, 0, UINT16_MAX},
    {"sys_interval", SYS_INTERVAL, 0, 86400},
    {"memory_limit", MEMORY, 0, INT64_C(1) << 40},
};

static void set_number(struct mote_broker_config *broker, const struct number_line *line, int64_t number)
{
    const uint32_t limit = (uint32_t)(number <= 0 ? line->max : number);

    switch (line->number) {
    case CLIENTS:
        broker->clients_max = limit;
        broker->sessions_max = limit < 20000 ? 20000 : limit;
        break;
    case PACKET_SIZE:
        broker->packet_size_max = limit;
        break;
    case PAYLOAD_SIZE:
        broker->payload_size_max = (uint32_t)number;
        break;
    case INFLIGHT:
        broker->inflight_max = (uint16_t)limit;
        break;
    case QUEUED:
        broker->queue_max = limit;
        break;
    case QUEUED_BYTES:
        broker->queue_bytes_max = limit;
        break;
    case SUBSCRIPTIONS:
        broker->subscriptions_max = limit;
        break;
    case KEEP_ALIVE:
        broker->keep_alive_max_s = (uint16_t)number;
        break;
    case TOPIC_ALIAS:
        broker->topic_alias_max = (uint16_t)number;
        broker->without_topic_alias = number == 0;
        break;
    case SYS_INTERVAL:
        broker->sys_interval_ms = limit * 1000;
        broker->without_sys = number == 0;
        break;
    case MEMORY:
        broker->memory_max = (size_t)(number == 0 ? line->max : number);
        break;
    }
}

/* Whether the name is that of a number; then `*right` says whether the number was one. */
static bool read_number_line(struct reader *reader, const char *name, const char *value, bool *right)
{
    for (size_t i = 0; i < sizeof number_lines / sizeof number_lines[0]; i++) {
        const struct number_line *line = &number_lines[i];
        int64_t number = 0;

        if (strcmp(name, line->name) == 0) {
            *right = read_number(reader, name, value, line->min, line->max, &number);
            if (*right) {
                set_number(&reader->config->broker, line, number);
            }
            return true;
        }
    }
    return false;
}

/* --- Words --- */

static bool read_anonymous(struct reader *reader, char *value, char **rest)
{
    (void)rest;
    if (value == NULL || strcmp(value, "true") != 0) {
        return fail(reader, "allow_anonymous true was expected: there are no users yet who could log in instead");
    }
    reader->allows_anonymous = true;
    return true;
}

static bool read_expiry(struct reader *reader, char *value, char **rest)
{
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = {{'h', 3600}, {'d', 86400}, {'w', 7 * 86400}, {'m', 30 * 86400}, {'y', 365 * 86400}};
    const size_t length = value == NULL ? 0 : strlen(value);
    int64_t number = 0;

    (void)rest;
    for (size_t i = 0; length > 1 && i < sizeof units / sizeof units[0]; i++) {
        if (value[length - 1] == units[i].unit) {
            value[length - 1] = '\0';
            if (cli_number(value, 1, (UINT32_MAX - 1) / units[i].seconds, &number)) {
                reader->config->broker.session_expiry_max_s = (uint32_t)number * units[i].seconds;
                return true;
            }
        }
    }
    return fail(reader, "persistent_client_expiration takes a number with h, d, w, m or y behind it, as in 14d");
}

static bool read_log_type(struct reader *reader, char *value, char **rest)
{
    static const char *const words[] = {"debug",     "error", "warning",     "notice",     "information",
                                        "subscribe", "none",  "unsubscribe", "websockets", "all"};

    (void)rest;
    for (size_t i = 0; value != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(value, words[i]) == 0) {
            reader->config->verbose |= strcmp(value, "all") == 0 || strcmp(value, "debug") == 0;
            return true;
        }
    }
    return fail(reader,
                "log_type takes debug, error, warning, notice, information, subscribe, unsubscribe, none or all");
}

static bool read_log_dest(struct reader *reader, char *value, char **rest)
{
    (void)rest;
    if (value != NULL && (strcmp(value, "stderr") == 0 || strcmp(value, "none") == 0)) {
        return true;
    }
    return fail(reader, "log_dest stderr or none was expected: the log goes to stderr, and is silent without -v");
}

static const struct word_line {
    const char *name;
    bool (*read)(struct reader *reader, char *value, char **rest);
} word_lines[] = {
    {"listener", read_listener},         {"port", read_port},
    {"bind_address", read_bind_address}, {"protocol", read_protocol},
    {"allow_anonymous", read_anonymous}, {"persistent_client_expiration", read_expiry},
    {"log_type", read_log_type},         {"log_dest", read_log_dest},
};

/* Lines with the one value that says what this broker does anyway. */
static const struct {
    const char *name;
    const char *value;
    const char *why;
} fixed_lines[] = {
    {"persistence", "false", "sessions and retained messages are kept in memory alone"},
    {"per_listener_settings", "false", "all listeners are alike"},
    {"allow_zero_length_clientid", "true", "a client without an id is given one"},
    {"auto_id_prefix", "mote-", "that is how such ids begin"},
    {"retain_available", "true", "retained messages are always there"},
    {"queue_qos0_messages", "false", "messages of QoS 0 are not kept for clients that are away"},
    {"upgrade_outgoing_qos", "false", "the lower QoS of message and subscription counts"},
    {"allow_duplicate_messages", "false", "overlapping subscriptions bring a message once"},
    {"set_tcp_nodelay", "true", "that is always so"},
    {"connection_messages", "true", "-v shows them"},
    {"log_timestamp", "false", "log lines have no time"},
    {"require_certificate", "false", "there is no TLS yet"},
    {"use_identity_as_username", "false", "there is no TLS yet"},
    {"use_subject_as_username", "false", "there is no TLS yet"},
};

/* Lines that cannot be followed yet. To go on without them would leave a door open, or lose what was to be kept. */
static const struct {
    const char *name;
    const char *why;
} missing_lines[] = {
    {"password_file", "there are no users yet"},
    {"acl_file", "there are no access rights yet"},
    {"plugin", "there are no plugins"},
    {"auth_plugin", "there are no plugins"},
    {"clientid_prefixes", "there are no access rights yet"},
    {"mount_point", "there are no mount points"},
    {"cafile", "there is no TLS yet"},
    {"capath", "there is no TLS yet"},
    {"certfile", "there is no TLS yet"},
    {"keyfile", "there is no TLS yet"},
    {"crlfile", "there is no TLS yet"},
    {"psk_file", "there is no TLS yet"},
    {"psk_hint", "there is no TLS yet"},
    {"tls_version", "there is no TLS yet"},
    {"persistence_file", "there is no persistence yet"},
    {"persistence_location", "there is no persistence yet"},
    {"autosave_interval", "there is no persistence yet"},
    {"connection", "there are no bridges yet"},
    {"address", "there are no bridges yet"},
    {"topic", "there are no bridges yet"},
    {"include_dir", "write it all into one file"},
    {"pid_file", "leave that to what starts the broker"},
    {"user", "start the broker as that user"},
    {"http_dir", "the broker serves no files"},
    {"socket_domain", "give the address itself"},
    {"bind_interface", "give the address itself"},
};

static bool read_fixed_line(struct reader *reader, const char *name, const char *value, bool *right)
{
    for (size_t i = 0; i < sizeof fixed_lines / sizeof fixed_lines[0]; i++) {
        if (strcmp(name, fixed_lines[i].name) == 0) {
            *right = value != NULL && strcmp(value, fixed_lines[i].value) == 0;
            if (!*right) {
                fail(reader, "%s %s was expected: %s", name, fixed_lines[i].value, fixed_lines[i].why);
            }
            return true;
        }
    }
    return false;
}

static bool read_missing_line(struct reader *reader, const char *name)
{
    for (size_t i = 0; i < sizeof missing_lines / sizeof missing_lines[0]; i++) {
        if (strcmp(name, missing_lines[i].name) == 0) {
            return fail(reader, "%s cannot be followed: %s", name, missing_lines[i].why);
        }
    }
    return fail(reader, "'%s' is no line of a broker's file: see `mote broker --help`", name);
}

static bool read_line(struct reader *reader, char *line)
{
    char *rest = NULL;
    const char *name = NULL;
    char *value = NULL;
    bool right = true;

    line[strcspn(line, "\r\n")] = '\0';
    name = strtok_r(line, " \t", &rest);
    if (name == NULL || name[0] == '#') {
        return true;
    }
    value = strtok_r(NULL, " \t", &rest);
    for (size_t i = 0; i < sizeof word_lines / sizeof word_lines[0]; i++) {
        if (strcmp(name, word_lines[i].name) == 0) {
            right = word_lines[i].read(reader, value, &rest);
            value = strtok_r(NULL, "", &rest);
            return right && (value == NULL || fail(reader, "%s: nothing was expected behind its value", name));
        }
    }
    if (!read_number_line(reader, name, value, &right) && !read_fixed_line(reader, name, value, &right)) {
        return read_missing_line(reader, name);
    }
    value = strtok_r(NULL, "", &rest);
    return right && (value == NULL || fail(reader, "%s: nothing was expected behind its value", name));
}

/* --- The file as a whole --- */

/* What follows a NUL would not be read, and what was read is shown on terminals. */
static bool is_plain(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)line[i];
        if ((c < ' ' && strchr("\t\r\n", line[i]) == NULL) || c == '\0' || c == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;

    if (inet_pton(AF_INET, host, &four) == 1) {
        return ntohl(four.s_addr) >> 24 == 127;
    }
    if (inet_pton(AF_INET6, host, &six) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&six);
    }
    return host[0] == '\0' || strcmp(host, "localhost") == 0;
}

/* Puts `port` and `bind_address` in as a listener, and checks that what is open to the network was meant to be. */
static bool finish(struct reader *reader)
{
    struct broker_config *config = reader->config;

    if (reader->standard.line != 0) {
        if (config->listener_count == BROKER_LISTENERS_MAX) {
            return fail(reader, "at most %d listeners were expected", BROKER_LISTENERS_MAX);
        }
        reader->standard.port = reader->standard.port == 0 ? 1883 : reader->standard.port;
        config->listeners[config->listener_count++] = reader->standard;
    }
    for (size_t i = 0; i < config->listener_count; i++) {
        if (!reader->allows_anonymous && !is_loopback(config->listeners[i].host)) {
            reader->line = config->listeners[i].line;
            return fail(
                reader,
                "this listener can be reached from the network, by everybody: say `allow_anonymous true` if that "
                "is meant, or listen on 127.0.0.1");
        }
    }
    return true;
}

bool broker_config_read(struct broker_config *config, const char *path)
{
    struct reader reader = {.config = config, .path = path};
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length = 0;
    bool right = file != NULL;

    while (right && (errno = 0, length = getline(&line, &size, file)) >= 0) {
        reader.line++;
        right = is_plain(line, (size_t)length) ? read_line(&reader, line)
                                               : fail(&reader, "a control character: plain text was expected");
    }
    if (file == NULL || (right && !feof(file))) {
        cli_error(path, strerror(errno), MOTE_CONFIG_INVALID);
        right = false;
    }
    free(line);
    if (file != NULL) {
        fclose(file);
    }
    return right && finish(&reader);
}
