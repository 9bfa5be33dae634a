/* mote outbox: what a node has not delivered yet. */
#include "cli.h"
#include "config/config.h"
#include "config/config_outbox.h"
#include "outbox_print.h"
#include "port/linux/flash_look.h"
#include "port/words.h"

#include <getopt.h>
#include <mote/outbox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: mote outbox [OPTION]... list NODE.yaml | ID\n"
    "       mote outbox [OPTION]... export NODE.yaml | ID\n"
    "       mote outbox [OPTION]... clear NODE.yaml | ID\n"
    "\n"
    "What a node with an `outbox` has accepted and the broker has not taken yet, in the order of its delivery. The "
    "file "
    "is\n"
    "ID.outbox in the folder of the node's state. A node that runs keeps it; what it has can be looked at all the "
    "same.\n"
    "\n"
    "  list    age, QoS, size and topic of each message\n"
    "  export  each message as a line of JSON, with its properties and its payload: as text, or in base64 if it is "
    "none\n"
    "  clear   forgets all of them, with the file: the node begins a new one, of the size that its YAML file says. The "
    "node\n"
    "          must not run\n"
    "\n"
    "With NODE.yaml, messages that its `topics` let expire, or a later one replaces, are left out.\n"
    "\n"
    "Options:\n"
    "  --json        for list: a line of JSON for each message, and one for clear\n"
    "  --raw FOLDER  for export: each payload as a file of its own in this folder, 1, 2, 3..., and none that is there "
    "is\n"
    "                written over; the lines on stdout name it instead of the payload\n"
    "  --yes         for clear: does not ask; needed without a terminal\n"
    "  --help        prints this\n"
    "\n"
    "MOTE_STATE_DIRECTORY names the folder (of root: /var/lib/mote; of others: ~/.local/state/mote).\n"
    "\n"
    "Examples:\n"
    "  mote outbox list home-switch.yaml\n"
    "  mote outbox export ssbun_home_switch_1 >messages.jsonl\n"
    "  mote outbox --yes clear home-switch.yaml\n"
    "\n"
    "Exit status: 0 done. 1 not: stderr says why, as outbox.corrupt; what could be read was printed.\n";

enum { PAGE_SIZE = 4096 };

struct options {
    bool json;
    bool yes;
    bool help;
    const char *raw; /* a folder */
};

/* An outbox that is looked at. */
struct look {
    struct config config; /* of the node's file, if there is one */
    char id[65];
    struct mote_flash flash;
    unsigned char *memory;
    struct mote_outbox_config outbox_config;
    struct mote_outbox outbox;
    uint8_t page[PAGE_SIZE];
};

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"json", no_argument, NULL, 'j'},
        {"raw", required_argument, NULL, 'r'},
        {"yes", no_argument, NULL, 'y'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter;

    optind = 1;
    while ((letter = cli_option("outbox", argc, argv, ":", names)) != -1) {
        if (letter == '?') {
            return false;
        }
        options->json = options->json || letter == 'j';
        options->yes = options->yes || letter == 'y';
        options->help = options->help || letter == 'h';
        options->raw = letter == 'r' ? optarg : options->raw;
    }
    return true;
}

/* --- Opening --- */

static bool is_file(const char *name)
{
    const size_t length = strlen(name);

    return strchr(name, '/') != NULL || (length > 5 && strcmp(name + length - 5, ".yaml") == 0) ||
           (length > 4 && strcmp(name + length - 4, ".yml") == 0);
}

static bool find_node(struct look *look, const char *name)
{
    if (!is_file(name)) {
        snprintf(look->id, sizeof(look->id), "%s", name);
        return true;
    }
    if (!config_load(&look->config, name)) {
        return false;
    }
    snprintf(look->id, sizeof(look->id), "%s", look->config.node.id);
    config_outbox_topics(&look->config, &look->outbox_config);
    return true;
}

/* What is damaged is told, and the rest is looked at. */
static bool open_outbox(struct look *look)
{
    enum mote_reason reason = mote_flash_look(look->id, &look->flash, &look->memory);

    if (reason != MOTE_OK) {
        cli_error("outbox", mote_words(NULL), reason);
        return false;
    }
    if (look->memory == NULL) {
        cli_errorf("outbox", MOTE_CONFIG_INVALID, "%s has none", look->id);
        return false;
    }
    look->outbox_config.flash = &look->flash;
    look->outbox_config.page = look->page;
    look->outbox_config.page_size = sizeof(look->page);
    reason = mote_outbox_open(&look->outbox, &look->outbox_config);
    if (reason != MOTE_OK && look->outbox.counters.corrupt > 0) {
        cli_errorf("outbox", reason, "%s: %u of its records are damaged", look->id,
                   (unsigned)look->outbox.counters.corrupt);
    } else if (reason != MOTE_OK) {
        cli_errorf("outbox", reason, "%s: it is damaged, or not an outbox of this version", look->id);
    }
    return reason == MOTE_OK;
}

static void close_outbox(struct look *look)
{
    free(look->memory);
    look->memory = NULL;
    config_free(&look->config);
}

/* --- What can be done --- */

static bool list(struct look *look, const struct options *options)
{
    const bool whole = open_outbox(look);
    struct mote_outbox_place place = {0};
    struct mote_message message;
    uint32_t age_s;

    if (look->memory == NULL) {
        return false;
    }
    if (!options->json) {
        outbox_print_head();
    }
    while (mote_outbox_list(&look->outbox, &place, &message, &age_s)) {
        outbox_print_line(&message, age_s, options->json);
    }
    return whole;
}

static bool export(struct look *look, const struct options *options)
{
    bool whole = open_outbox(look);
    struct mote_outbox_place place = {0};
    struct mote_message message;
    uint32_t age_s;
    unsigned number = 0;

    if (look->memory == NULL) {
        return false;
    }
    while (mote_outbox_list(&look->outbox, &place, &message, &age_s)) {
        if (options->raw == NULL) {
            outbox_print_message(&message, age_s);
        } else if (!outbox_print_file(&message, age_s, options->raw, ++number)) {
            return false;
        }
    }
    return whole;
}

static unsigned count(struct look *look)
{
    uint32_t bytes;

    return mote_outbox_is_open(&look->outbox) ? mote_outbox_count(&look->outbox, &bytes) : 0;
}

static bool is_agreed(const struct look *look, const struct options *options, unsigned messages)
{
    char line[16] = "";

    if (options->yes) {
        return true;
    }
    if (!isatty(STDIN_FILENO)) {
        cli_error("outbox", "to forget messages without being asked, say --yes", MOTE_CONFIG_INVALID);
        return false;
    }
    fprintf(stderr, "Forget %u message%s of %s? [y/N] ", messages, messages == 1 ? "" : "s", look->id);
    return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

/* Also one that cannot be read. */
static bool clear(struct look *look, const struct options *options)
{
    enum mote_reason reason;
    unsigned messages;

    open_outbox(look);
    if (look->memory == NULL) {
        return false;
    }
    messages = count(look);
    if (!is_agreed(look, options, messages)) {
        return false;
    }
    reason = mote_flash_remove(look->id);
    if (reason != MOTE_OK) {
        cli_errorf("outbox", reason, "%s: stop the node first", mote_words(NULL));
        return false;
    }
    outbox_print_cleared(messages, options->json);
    return true;
}

static bool (*find_command(const char *name))(struct look *, const struct options *)
{
    static const struct {
        const char *name;
        bool (*run)(struct look *look, const struct options *options);
    } commands[] = {{"list", list}, {"export", export}, {"clear", clear}};

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return commands[i].run;
        }
    }
    return NULL;
}

int cli_outbox(int argc, char **argv)
{
    static struct look look;
    struct options options = {.json = false};
    bool (*run)(struct look *, const struct options *);
    bool done;

    if (!read_options(argc, argv, &options)) {
        return 1;
    }
    if (options.help) {
        fputs(help, stdout);
        return 0;
    }
    if (argc - optind != 2) {
        return cli_usage_error("outbox", "expected list, export or clear, and NODE.yaml or ID");
    }
    run = find_command(argv[optind]);
    if (run == NULL) {
        return cli_usage_error("outbox", "%s: expected list, export or clear", argv[optind]);
    }
    done = find_node(&look, argv[optind + 1]) && run(&look, &options);
    close_outbox(&look);
    return done ? 0 : 1;
}
