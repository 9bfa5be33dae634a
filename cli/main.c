/* The program `mote`: finds the subcommand. */
#include "cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"run", cli_run, "run a node from its YAML file, on a virtual or a real board"},
    {"sim", cli_sim, "run a node in years of simulated bad weather"},
    {"check", cli_check, "say whether a node's YAML file is right"},
    {"pub", cli_pub, "publish MQTT messages"},
    {"sub", cli_sub, "subscribe and print the messages that come"},
    {"rr", cli_rr, "publish a request and print the response"},
    {"broker", cli_broker, "run the embedded MQTT broker"},
    {"pin", cli_pin, "list, read, write and watch the board's pins"},
    {"wifi", cli_wifi, "scan, join and leave WiFi networks, open an access point, and say how it is"},
    {"outbox", cli_outbox, "list, export or clear what a node has not delivered yet"},
    {"doctor", cli_doctor, "walk the way to the broker, and say where it ends and why"},
    {"flash-image", cli_flash_image, "make the settings image of a node, for the flash of a chip"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_help(void)
{
    puts("Usage: mote COMMAND [OPTION]...\n"
         "\n"
         "Puts a thing on the network and keeps it there.\n"
         "\n"
         "Commands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        printf("  %-11s %s\n", commands[i].name, commands[i].summary);
    }
    puts("\n"
         "`mote COMMAND --help` or `mote help COMMAND` tells more about one of them, `mote --version` the "
         "version.\n"
         "\n"
         "Examples:\n"
         "  mote run --board sim examples/home-switch.yaml   a virtual board, with a page to look at it\n"
         "  mote sub -v -t '#'                               everything that the broker on this machine "
         "passes on\n"
         "  mote pub -t ssbun_switch_1 -m on                 one message\n"
         "\n"
         "Exit status: 0 on success only. Errors are told on stderr as `mote: WHAT: WHY (reason.code)`.");
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    cli_errorf(name, MOTE_CONFIG_INVALID, "no such command");
    fputs("See `mote --help`.\n", stderr);
    return 1;
}

static int help(int argc, char **argv)
{
    const struct command *command = argc > 0 ? find_command(argv[0]) : NULL;
    char option[] = "--help";
    char *arguments[] = {argc > 0 ? argv[0] : NULL, option, NULL};

    if (argc > 0 && command == NULL) {
        return unknown_command(argv[0]);
    }
    if (command != NULL) {
        return command->run(2, arguments);
    }
    print_help();
    return 0;
}

/* A standard stream that is closed stays so, but its number is not given to a connection, into which we would print. */
static void keep_standard_streams(void)
{
    static const int wrong_ways[] = {O_WRONLY, O_RDONLY, O_RDONLY};

    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", wrong_ways[fd]) != fd) {
            _exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    const struct command *command = find_command(name);

    keep_standard_streams();
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like others */
    signal(SIGINT, SIG_DFL);  /* a shell's background jobs begin with it ignored: who sends it by hand means it */
    if (command != NULL) {
        return command->run(argc - 1, argv + 1);
    }
    if (strcmp(name, "help") == 0) {
        return help(argc - 2, argv + 2);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help();
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        puts("mote " MOTE_VERSION);
        return 0;
    }
    if (name[0] != '\0') {
        return unknown_command(name);
    }
    cli_error("command", "none given", MOTE_CONFIG_INVALID);
    fputs("See `mote --help`.\n", stderr);
    return 1;
}
