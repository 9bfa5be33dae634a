/* Schema: the shape of a node's YAML file, and its values as they stand there, as text. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <cyaml/cyaml.h>
#include <stdbool.h>

struct config_raw_network {
    char *ssid;
    char *password;
    char *priority;
    char *hidden;
    char *bssid;
    char *attempts;
    char *address;
    char *netmask;
    char *gateway;
    char *dns;
};

struct config_raw_wifi {
    struct config_raw_network *networks;
    unsigned networks_count;
    char *attempt;
    char *rescan;
    char *roam_below;
    char *roam_gain;
};

struct config_raw_tls {
    char *ca_file;
    char *ca_path;
    char *system_authorities;
    char *certificate_file;
    char *key_file;
    char *key_password;
    char *ciphers;
    char *version;
    char *alpn;
    char *psk;
    char *psk_identity;
    char *insecure;
};

struct config_raw_mqtt {
    char *url;   /* either a single one... */
    char **urls; /* ...or a list */
    unsigned urls_count;
    char *version;
    char *keep_alive;
    char *keep_session;
    char *session_expiry;
    char *retry_min;
    char *retry_max;
    char *retry_spread;
    char *way_back;
    struct config_raw_tls *tls;
    char *proxy;
    char *bind_address;
};

struct config_raw_switch {
    char *name;
    char *pin;
    char *active;
    char *boot;
    char *command_topic;
    char *obey_retained;
    char *on_time_max;
};

struct config_raw_button {
    char *name;
    char *pin;
    char *active;
    char *pull;
    char *toggles;
    char *event_qos;
};

struct config_raw_outbox_topic {
    char *topic;
    char *policy;
    char *expire;
};

struct config_raw_outbox {
    char *size;
    char *sync;
    struct config_raw_outbox_topic *topics;
    unsigned topics_count;
};

struct config_raw_setup {
    char *ssid;
    char *key;
    char *open;
    char *open_after;
    char *close_after;
    char *button;
    char *hold;
};

struct config_raw {
    char *node;
    struct config_raw_wifi *wifi;
    struct config_raw_mqtt *mqtt;
    struct config_raw_setup *setup;
    struct config_raw_outbox *outbox;
    struct config_raw_switch *switches;
    unsigned switches_count;
    struct config_raw_button *buttons;
    unsigned buttons_count;
};

/* The first thing that libcyaml has to say against a file, in its own words and places (from 1; line 0: nowhere). */
struct config_complaint {
    char words[256];
    char field[64];
    size_t line;
    size_t column;
};

/* Loads text into `*raw`; `has_list`: its mqtt.url is one. Returns false with the complaint. */
bool config_schema_load(const char *text, size_t size, bool has_list, struct config_raw **raw,
                        struct config_complaint *complaint);

void config_schema_free(struct config_raw *raw);

/* The keys of the mapping that has this key (NULL: of the file itself), as `a, b or c`. */
void config_schema_keys(const char *mapping, char *into, size_t size);

#endif
