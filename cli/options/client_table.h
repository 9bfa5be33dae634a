/* The table of options: what they are called, what they take, what the help says. For client_options.c and
 * client_help.c. */
#ifndef CLIENT_TABLE_H
#define CLIENT_TABLE_H

#include "client_options.h"

/* How an option's value is read, and into what kind of field. */
enum client_type {
    CLIENT_FLAG,   /* no value; bool */
    CLIENT_TEXT,   /* const char * */
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

/* Memory that lives as long as the options. */
char *client_options_own(struct client_options *options, size_t size);

void client_list_add(struct client_list *list, const char *item);

/* Says what is wrong with the command line; returns false. */
bool client_options_refuse(const struct client_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* -D: takes the packet, the property and its one or two values from the arguments. */
bool client_properties_take(struct client_options *options, const char *option, struct client_arguments *arguments);

/* Are all of them allowed where they are? Says what is wrong. */
bool client_properties_check(const struct client_options *options);

/* Prints the help of pub or sub to stdout. */
void client_help(enum client_kind kind);

#endif
