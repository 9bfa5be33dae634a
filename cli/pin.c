/* mote pin: the board's pins. */
#include "cli.h"
#include "pin_list.h"

#include <mote/pin.h>
#include <mote/port.h>
#include <mote/text.h>

#include <cjson/cJSON.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: mote pin [OPTION]... list\n"
    "       mote pin [OPTION]... read PIN\n"
    "       mote pin [OPTION]... write PIN {on|off|1|0}\n"
    "       mote pin [OPTION]... watch PIN\n"
    "\n"
    "Digital pins of the board. PIN is the board's number for it (2: line 2 of the first GPIO chip), a line of "
    "another\n"
    "chip (gpiochip1/3), a line's name, or led:NAME for one of the machine's LEDs. On and off are logical: with\n"
    "--active low, on is the electrical level 0.\n"
    "\n"
    "  list    what the board has\n"
    "  read    prints on or off; the pin becomes an input\n"
    "  write   switches an output; many chips let go of it when the program ends, unless with --hold\n"
    "  watch   prints on or off each time that an input has settled at another level; Ctrl-C ends it\n"
    "\n"
    "Options:\n"
    "  --active LEVEL    the level that means on: high or low (high)\n"
    "  --pull PULL       for read and watch: none, up or down (none)\n"
    "  --hold            for write: goes on until Ctrl-C\n"
    "  -C COUNT          for watch: ends after so many changes\n"
    "  --board BOARD     linux: the pins of this machine; sim: a virtual board (what MOTE_BOARD says, or else linux)\n"
    "  --json            JSON: one array for list, one object a line for the others\n"
    "  --help            prints this\n"
    "\n"
    "Examples:\n"
    "  mote pin list\n"
    "  mote pin write 2 on --active low --hold\n"
    "  mote pin watch gpiochip0/17 --pull up --active low -C 1\n"
    "\n"
    "Exit status: 0 done, 1 not: the pin is not there (pin.absent), or not to be had (pin.busy).\n";

struct pin_options {
    struct mote_pin pin;
    const char *words; /* the pin, as the command line has it */
    const char *board;
    int64_t count;
    bool json;
    bool hold;
    bool help;
};

static bool read_choice(const char *option, const char *text, const char *const names[], int *choice)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], text) == 0) {
            *choice = i;
            return true;
        }
    }
    cli_usage_error("pin", "%s does not take `%s`", option, text);
    return false;
}

static bool read_option(int letter, struct pin_options *options)
{
    static const char *const levels[] = {[MOTE_HIGH] = "high", [MOTE_LOW] = "low", NULL};
    static const char *const pulls[] = {
        [MOTE_PULL_NONE] = "none", [MOTE_PULL_UP] = "up", [MOTE_PULL_DOWN] = "down", NULL};
    static const char *const boards[] = {"linux", "sim", NULL};
    int choice = 0;

    switch (letter) {
    case 'a':
        if (!read_choice("--active", optarg, levels, &choice)) {
            return false;
        }
        options->pin.active = (enum mote_level)choice;
        return true;
    case 'p':
        if (!read_choice("--pull", optarg, pulls, &choice)) {
            return false;
        }
        options->pin.pull = (enum mote_pull)choice;
        return true;
    case 'b':
        options->board = optarg;
        return read_choice("--board", optarg, boards, &choice);
    case 'C':
        if (!cli_number(optarg, 1, INT32_MAX, &options->count)) {
            cli_usage_error("pin", "-C takes a number from 1 on, not `%s`", optarg);
            return false;
        }
        return true;
    case 'H':
        options->hold = true;
        return true;
    case 'j':
        options->json = true;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        return false;
    }
}

/* Returns false after saying what is wrong. What is not an option stays behind in argv, from optind on. */
static bool read_options(int argc, char **argv, struct pin_options *options)
{
    static const struct option names[] = {
        {"active", required_argument, NULL, 'a'},
        {"pull", required_argument, NULL, 'p'},
        {"board", required_argument, NULL, 'b'},
        {"hold", no_argument, NULL, 'H'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter;

    optind = 1;
    while ((letter = cli_option("pin", argc, argv, ":C:", names)) != -1) {
        if (letter == '?' || !read_option(letter, options)) {
            return false;
        }
    }
    return true;
}

/* The board of a program is there before main(): another one needs another start. */
static bool change_board(const struct pin_options *options, int argc, char **argv)
{
    const char *board = getenv("MOTE_BOARD");
    char name[] = "mote";

    if (options->board == NULL || strcmp(options->board, board == NULL || board[0] == '\0' ? "linux" : board) == 0) {
        return true;
    }
    char **arguments = cli_allocate(((size_t)argc + 2) * sizeof *arguments);
    arguments[0] = name;
    memcpy(arguments + 1, argv, ((size_t)argc + 1) * sizeof *arguments);
    setenv("MOTE_BOARD", options->board, 1);
    execv("/proc/self/exe", arguments);
    cli_errorf("pin", MOTE_OK, "--board %s: %s", options->board, strerror(errno));
    free(arguments);
    return false;
}

static void print_state(const struct pin_options *options, bool on)
{
    if (options->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "pin", options->words);
        cJSON_AddNumberToObject(object, "level", on == (options->pin.active == MOTE_HIGH) ? 1 : 0);
        cJSON_AddBoolToObject(object, "on", on);
        cli_print_json(object);
    } else {
        puts(on ? "on" : "off");
        fflush(stdout);
    }
}

static int refuse(const struct pin_options *options, enum mote_reason reason)
{
    const struct mote_port *port = mote_port();
    const char *port_words = port->words != NULL ? port->words(port->context) : "";

    cli_errorf("pin", reason, "%s: %s", options->words, port_words[0] != '\0' ? port_words : mote_reason_words(reason));
    return 1;
}

static void print_entry(const struct pin_entry *entry, void *context)
{
    const char *level = entry->level < 0 ? "-" : entry->level > 0 ? "1" : "0";
    bool *has_heading = context;

    if (!*has_heading) {
        printf("%-20s %-20s %-7s LEVEL  USED BY\n", "PIN", "NAME", "IS");
        *has_heading = true;
    }
    printf("%-20s %-20s %-7s %5s  %s\n", entry->pin, entry->name, entry->is_output ? "output" : "input", level,
           entry->user);
}

static void add_entry(const struct pin_entry *entry, void *context)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "pin", entry->pin);
    cJSON_AddStringToObject(object, "name", entry->name);
    cJSON_AddStringToObject(object, "direction", entry->is_output ? "output" : "input");
    if (entry->level >= 0) {
        cJSON_AddNumberToObject(object, "level", entry->level);
    } else {
        cJSON_AddNullToObject(object, "level");
    }
    cJSON_AddStringToObject(object, "user", entry->user);
    cJSON_AddItemToArray(context, object);
}

static int run_list(struct pin_options *options)
{
    unsigned count;

    if (options->json) {
        cJSON *array = cJSON_CreateArray();
        count = pin_list(add_entry, array);
        cli_print_json(array);
    } else {
        bool has_heading = false;
        count = pin_list(print_entry, &has_heading);
    }
    if (count == 0) {
        cli_error("pin", "this machine has no GPIO chips and no LEDs that this user can see", MOTE_PIN_ABSENT);
    }
    return count > 0 ? 0 : 1;
}

static bool is_led(const struct pin_options *options)
{
    return strncmp(options->words, "led:", 4) == 0;
}

static int run_read(struct pin_options *options)
{
    if (is_led(options)) {
        options->pin.direction = MOTE_OUTPUT;
        options->pin.boot = MOTE_BOOT_KEEP;
    }
    const enum mote_reason reason = mote_pin_open(&options->pin);
    if (reason != MOTE_OK) {
        return refuse(options, reason);
    }
    print_state(options, mote_pin_read(&options->pin));
    mote_pin_close(&options->pin);
    return 0;
}

/* Ctrl-C; the first call begins to listen for it. */
static bool is_stopped(void)
{
    const struct mote_port *port = mote_port();

    return port->stop_requested != NULL && port->stop_requested(port->context);
}

static void wait_for_end(const int64_t *changes_left)
{
    const struct mote_port *port = mote_port();

    while (*changes_left != 0 && !is_stopped()) {
        port->wait(port->context, UINT64_MAX);
    }
}

static int run_write(struct pin_options *options, bool on)
{
    const int64_t for_ever = -1;

    options->pin.direction = MOTE_OUTPUT;
    if (options->hold && is_stopped()) {
        return 0;
    }
    const enum mote_reason reason = mote_pin_write(&options->pin, on);
    if (reason != MOTE_OK) {
        return refuse(options, reason);
    }
    if (options->hold) {
        wait_for_end(&for_ever);
    }
    mote_pin_close(&options->pin);
    return 0;
}

static void on_change(struct mote_pin *pin, bool on, void *context)
{
    struct pin_options *options = context;

    (void)pin;
    if (options->count != 0) {
        print_state(options, on);
        options->count -= options->count > 0 ? 1 : 0;
    }
}

static int run_watch(struct pin_options *options)
{
    options->pin.on_change = on_change;
    options->pin.context = options;
    options->count = options->count == 0 ? -1 : options->count;
    const enum mote_reason reason = mote_pin_open(&options->pin);
    if (reason != MOTE_OK) {
        return refuse(options, reason);
    }
    wait_for_end(&options->count);
    mote_pin_close(&options->pin);
    return 0;
}

/* A number is the board's own; anything else is a line by its name. */
static bool name_pin(struct pin_options *options, const char *words)
{
    uint32_t number = 0;

    options->words = words;
    if (mote_text_to_number(mote_text(words), UINT16_MAX, &number)) {
        options->pin.number = (uint16_t)number;
    } else {
        options->pin.line = words;
    }
    return words[0] != '\0';
}

/* 1 on, 0 off, -1 neither. */
static int read_state(const char *text)
{
    const bool on = strcmp(text, "on") == 0 || strcmp(text, "1") == 0;
    const bool off = strcmp(text, "off") == 0 || strcmp(text, "0") == 0;

    return on ? 1 : off ? 0 : -1;
}

static int run(struct pin_options *options, int count, char **words)
{
    const char *verb = count > 0 ? words[0] : "";
    const int state = count == 3 ? read_state(words[2]) : -1;

    if (strcmp(verb, "list") == 0 && count == 1) {
        return run_list(options);
    }
    if (count < 2 || !name_pin(options, words[1])) {
        return cli_usage_error("pin", "what is to be done? list, read PIN, write PIN on, or watch PIN");
    }
    if (strcmp(verb, "read") == 0 && count == 2) {
        return run_read(options);
    }
    if (strcmp(verb, "watch") == 0 && count == 2) {
        return run_watch(options);
    }
    if (strcmp(verb, "write") == 0 && state >= 0) {
        return run_write(options, state == 1);
    }
    return cli_usage_error("pin", "it is list, read PIN, write PIN on or off, or watch PIN");
}

int cli_pin(int argc, char **argv)
{
    struct pin_options options = {.pin = {.direction = MOTE_INPUT}};
    char **original = cli_allocate(((size_t)argc + 1) * sizeof *original);

    memcpy(original, argv, ((size_t)argc + 1) * sizeof *original);
    int status = 1;
    if (read_options(argc, argv, &options)) {
        if (options.help) {
            fputs(help, stdout);
            status = 0;
        } else if (change_board(&options, argc, original)) {
            status = run(&options, argc - optind, argv + optind);
        }
    }
    free(original);
    return status;
}
