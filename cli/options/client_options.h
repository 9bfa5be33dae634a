/* The command line of `mote pub`, `mote sub` and `mote rr`: the options of mosquitto_pub, mosquitto_sub and mosquitto_rr
 * with their meaning. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <mote/link.h>
#include <mote/message.h>
#include <stddef.h>

/* The three programs, and those of them that an option is for. */
enum client_kind {
    CLIENT_PUB = 1,
    CLIENT_SUB = 2,
    CLIENT_RR = 4,
    CLIENT_PUB_RR = CLIENT_PUB | CLIENT_RR,
    CLIENT_SUB_RR = CLIENT_SUB | CLIENT_RR,
    CLIENT_ALL = CLIENT_PUB | CLIENT_SUB | CLIENT_RR,
};

/* What pub and rr publish. */
enum client_payload {
    CLIENT_PAYLOAD_NONE,
    CLIENT_PAYLOAD_MESSAGE, /* -m */
    CLIENT_PAYLOAD_FILE,    /* -f */
    CLIENT_PAYLOAD_LINES,   /* -l */
    CLIENT_PAYLOAD_STDIN,   /* -s */
    CLIENT_PAYLOAD_NULL,    /* -n */
};

struct client_list {
    const char **items;
    size_t count;
};

/* Properties given by -D for one kind of packet. */
struct client_properties {
    struct mote_property *items;
    size_t count;
};

/* What the command line and the defaults file ask for, with what holds without them filled in. The strings are those of
 * the command line, but for secrets: they are wiped there, where `ps` shows them, and kept in memory of our own. */
struct client_options {
    enum client_kind kind;
    const char *command; /* "pub", "sub" or "rr" */
    const char *place;   /* while the defaults file is read: its name and the line; NULL: the command line */

    const char *scheme; /* "mqtt", "mqtts", "ws" or "wss" */
    const char *host;
    int64_t port;
    const char *unix_path;         /* of a socket: instead of host and port; NULL: none */
    struct mote_link_options link; /* TLS and so on */
    const char *key_form;          /* "pem"; NULL: not given */
    bool no_delay;                 /* it is always so */
    const char *username;          /* NULL: none */
    const char *password;
    const char *id; /* NULL: the broker's choice, or id_prefix and the process id */
    const char *id_prefix;
    int64_t keep_alive_s;
    enum mote_mqtt_version version;
    bool keep_session;
    bool has_session_expiry;
    uint32_t session_expiry_s;
    bool debug;
    bool quiet;
    bool help;

    const char *will_topic;
    const char *will_payload;
    int64_t will_qos;
    bool will_retain;

    int64_t qos;
    struct client_list topics;  /* pub and rr have one */
    const char *response_topic; /* rr */

    enum client_payload payload;
    const char *message;
    const char *file;
    bool retain;
    int64_t repeat_count;
    uint64_t repeat_delay_ms;
    int64_t window;
    bool uses_alias; /* MQTT 5: the topic is sent once, then a number for it */

    struct client_list filters_out;
    struct client_list unsubscribe;
    bool verbose;
    const char *format;
    bool json;
    bool pretty;
    bool no_newline;
    int64_t count; /* 0: no end */
    int64_t timeout_s;
    bool exit_after_suback;
    bool no_retained;
    bool retained_only;
    bool remove_retained;
    bool retain_as_published;
    uint32_t random_filter; /* of 10 000 messages, so many are printed */

    struct client_properties connect;
    struct client_properties publish;
    struct client_properties subscribe_properties;
    struct client_properties unsubscribe_properties;
    struct client_properties disconnect;
    struct client_properties will_properties;

    size_t arguments_size; /* of all of the command line: no packet made from it is larger by more than some headers */
    struct client_list owned; /* memory that the strings above lie in */
};

/* Reads the defaults file, if there is one, and the command line. Returns false after saying on stderr what is wrong
 * with them. With `--help` on the command line only `help` is set. */
bool client_options_parse(struct client_options *options, enum client_kind kind, int argc, char **argv);

/* Gives back the memory. */
void client_options_free(struct client_options *options);

/* Properties for the session's calls. */
struct mote_properties client_properties_view(const struct client_properties *properties);

#endif
