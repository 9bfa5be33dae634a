/* The table of options: what they are called, what they take, what the help says. For client_options.c and
 * client_help.c. */
#ifndef CLIENT_TABLE_H
#define CLIENT_TABLE_H

#include "client_options.h"

/* How an option's value is read, and into what kind of field. */
enum client_type {
    CLIENT_FLAG,   /* no value; bool */
    CLIENT_TEXT,   /* const char * */
    CLIENT_SECRET, /* the same, and nothing is left of it on the command line */
    CLIENT_NUMBER, /* min to max; int64_t */
    CLIENT_NAME,   /* topic name; const char * */
    CLIENT_FILTER, /* topic filter, once more each time; struct client_list */
    CLIENT_MODE,   /* one of those that say what is published; enum client_payload is `min` */
    CLIENT_OTHER,  /* take() reads it */
};

/* What is left of the command line behind an option. */
struct client_arguments {
    char **next;
    int left;
};

struct client_option {
    const char *letter; /* NULL: only the long name */
    const char *name;   /* NULL: only the letter */
    const char *value;  /* what it takes, in capitals; NULL: nothing */
    enum client_kind kinds;
    enum client_type type;
    size_t offset; /* of the field in struct client_options */
    int64_t min, max;
    bool (*take)(struct client_options *options, const char *option, struct client_arguments *arguments);
    const char *help; /* lines separated by \n */
};

/* The table, ended by an entry without letter and name. Entries with nothing but `help` are headings. */
extern const struct client_option client_table[];

/* The option of this name; NULL if this program has none. */
const struct client_option *client_option_find(enum client_kind kind, const char *name);

/* So many arguments belong to the option, at least. */
int client_option_values(const struct client_option *option);

/* Memory that lives as long as the options. */
char *client_options_own(struct client_options *options, size_t size);
char *client_options_copy(struct client_options *options, const char *text);

/* The same text in memory of our own; here it is wiped, since everybody sees the command line in `ps`. */
const char *client_options_hide(struct client_options *options, char *text);

void client_list_add(struct client_list *list, const char *item);

/* Says what is wrong with the command line, or with this line of the defaults file; returns false. */
bool client_options_refuse(const struct client_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Takes options and their values. Says what is wrong. */
bool client_options_take(struct client_options *options, int count, char **words);

/* Takes the defaults file, if there is one. Says what is wrong. */
bool client_defaults_take(struct client_options *options);

/* -t, and the topic of -L. */
bool client_topic_take(struct client_options *options, const char *option, const char *topic);

/* -L, --proxy, --tls-version, --keyform and --psk, as the table's take() functions. */
bool client_broker_take_url(struct client_options *options, const char *option, struct client_arguments *arguments);
bool client_broker_take_proxy(struct client_options *options, const char *option, struct client_arguments *arguments);
bool client_broker_take_version(struct client_options *options, const char *option, struct client_arguments *arguments);
bool client_broker_take_key_form(struct client_options *options, const char *option,
                                 struct client_arguments *arguments);
bool client_broker_take_psk(struct client_options *options, const char *option, struct client_arguments *arguments);

/* Do the options of how the broker is reached go together? Says what is wrong. Finds the scheme and the port. */
bool client_broker_check(struct client_options *options);

/* -D: takes the packet, the property and its one or two values from the arguments. */
bool client_properties_take(struct client_options *options, const char *option, struct client_arguments *arguments);

/* Are all of them allowed where they are? Says what is wrong. */
bool client_properties_check(const struct client_options *options);

bool client_properties_have(const struct client_properties *properties, enum mote_property_id id);

/* A topic alias is the session's to use: it sends the topic once in each connection. Takes the property out. */
void client_properties_use_alias(struct client_options *options);

/* Prints the help to stdout. */
void client_help(enum client_kind kind);

#endif
