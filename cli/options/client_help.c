/* What `mote pub --help`, `mote sub --help` and `mote rr --help` print. */
#include "client_table.h"

#include <stdio.h>
#include <string.h>

enum { HELP_COLUMN = 36 };

static const char pub_head[] =
    "Usage: mote pub [-h HOST] [-p PORT] -t TOPIC {-m MESSAGE | -f FILE | -l | -s | -n} [OPTION]...\n"
    "       mote pub -L mqtt://HOST[:PORT]/TOPIC {-m MESSAGE | ...} [OPTION]...\n"
    "\n"
    "Publishes MQTT messages. The options are those of mosquitto_pub, with their meaning.\n"
    "In brackets: what holds without the option.\n";

static const char sub_head[] =
    "Usage: mote sub [-h HOST] [-p PORT] -t FILTER [-t FILTER]... [OPTION]...\n"
    "       mote sub -L mqtt://HOST[:PORT]/FILTER [OPTION]...\n"
    "\n"
    "Subscribes and prints the messages that come. The options are those of mosquitto_sub, with\n"
    "their meaning. In brackets: what holds without the option. A connection that is lost is made\n"
    "again, as long as it takes; Ctrl-C ends it.\n";

static const char rr_head[] =
    "Usage: mote rr [-h HOST] [-p PORT] -t TOPIC -e TOPIC {-m MESSAGE | -f FILE | -s | -n} [OPTION]...\n"
    "       mote rr -L mqtt://HOST[:PORT]/TOPIC -e TOPIC {-m MESSAGE | ...} [OPTION]...\n"
    "\n"
    "Subscribes to the response topic, publishes a request, prints the response and ends. With MQTT 5 the request\n"
    "says where the response is to come to; before it, whoever is asked has to know. The options are those of\n"
    "mosquitto_rr, with their meaning. In brackets: what holds without the option.\n";

static const char pub_foot[] =
    "\n"
    "Examples:\n"
    "  mote pub -t ssbun_switch_1 -m on\n"
    "  mote pub -h mqtt.home -t report/log -q 1 -r -f report.txt\n"
    "  mote pub -L mqtts://joe:secret@mqtt.example.org/report/log -m done\n"
    "  journalctl -f | mote pub -t log -l\n"
    "  mote pub -V 5 -t ask -m when? -D publish response-topic answer -D publish message-expiry-interval 60\n"
    "\n"
    "Exit status: 0 sent, and with QoS 1 and 2 taken by the broker; the broker's code if it refuses the "
    "connection\n"
    "(MQTT 3.1.1: 1 to 5, MQTT 5: 128 and more; 4, 5, 134, 135: user name or password); 7 if the connection "
    "is lost;\n"
    "130 after Ctrl-C; 1 for all else. A message that the broker refuses is told on stderr, the exit status "
    "stays 0.\n";

static const char format_foot[] =
    "\n"
    "Format, for -F: any text with these in it:\n"
    "  %t topic       %p payload      %x %X in hexadecimal  %l its length     %q QoS  %r retained: 1 or 0\n"
    "  %m packet id   %j JSON object  %J the same, with a payload that is JSON itself  %% a %\n"
    "  %I time, ISO 8601   %U time, seconds since 1970   @X as strftime()'s %X   @N nanoseconds   @@ an @\n"
    "  MQTT 5: %A topic alias  %C content type  %D correlation data  %E expiry, s  %F payload format  %P "
    "user properties\n"
    "          %R response topic  %S subscription identifier\n"
    "  \\n \\t \\r \\a \\v \\e \\0 \\\\\n"
    "  Between % and the letter: - to the left, 0 zeros in front, a width, and .N for N bytes at most: %-20t "
    "%06l\n";

static const char sub_foot[] =
    "\n"
    "Examples:\n"
    "  mote sub -v -t '#'\n"
    "  mote sub -h mqtt.home -t 'sensor/+/state' -F '@H:@M:@S %t %p'\n"
    "  mote sub -t ssbun_home_switch_1/status -C 1 -W 5       one message, or exit status 27 after 5 s\n"
    "  mote sub -t '#' --json | jq .payload\n"
    "\n"
    "Exit status: 0 after -C, -E, --retained-only or Ctrl-C; 27 after -W; the broker's code if it refuses "
    "the connection\n"
    "(MQTT 3.1.1: 1 to 5, MQTT 5: 128 and more; 4, 5, 134, 135: user name or password); 7 if the connection ends "
    "before\n"
    "the broker has answered; 1 for all else.\n";

static const char rr_foot[] =
    "\n"
    "What the broker has kept of the response topic is no response. With -D publish correlation-data a response that\n"
    "has other correlation data is not taken either.\n"
    "\n"
    "Examples:\n"
    "  mote rr -t lamp/get -e lamp/answer/1 -m state -W 5     the response, or exit status 27 after 5 s\n"
    "  mote rr -t lamp/get -e answers -D publish correlation-data 17 -n --json\n"
    "\n"
    "Exit status: 0 after a response; 27 after -W; the broker's code if it refuses the connection (MQTT 3.1.1: 1 to "
    "5,\n"
    "MQTT 5: 128 and more; 4, 5, 134, 135: user name or password); 7 if the connection is lost; 130 after Ctrl-C; 1 "
    "for\n"
    "all else, such as a request that the broker refuses.\n";

/* %s is the command, each time. */
static const char defaults_foot[] =
    "\n"
    "Options that are always wanted can be in a file, each on a line of its own, its values behind it; lines that\n"
    "begin with # are left out: ~/.config/mote_%s or, without that, ~/.config/mosquitto_%s, which mosquitto's own\n"
    "tools read ($XDG_CONFIG_HOME instead of ~/.config). The command line comes after it: it wins, or adds to it.\n";

/* The help's lines behind the first one begin below it. */
static void print_words(const char *words)
{
    for (; *words != '\0'; words++) {
        putchar(*words);
        if (*words == '\n') {
            printf("%*s", HELP_COLUMN, "");
        }
    }
    putchar('\n');
}

static void print_option(const struct client_option *option)
{
    const char *letter = option->letter != NULL ? option->letter : "   ";
    const char *comma = option->letter != NULL && option->name != NULL ? ", " : option->letter != NULL ? "" : " ";
    const int used = printf("  %s%s%s%s%s", letter, comma, option->name != NULL ? option->name : "",
                            option->value != NULL ? " " : "", option->value != NULL ? option->value : "");

    if (used > HELP_COLUMN - 2) {
        printf("\n%*s", HELP_COLUMN, "");
    } else {
        printf("%*s", HELP_COLUMN - used, "");
    }
    print_words(option->help);
}

static bool is_heading(const struct client_option *option)
{
    return option->letter == NULL && option->name == NULL;
}

static const char *head_of(enum client_kind kind)
{
    return kind == CLIENT_PUB ? pub_head : kind == CLIENT_SUB ? sub_head : rr_head;
}

static const char *foot_of(enum client_kind kind)
{
    return kind == CLIENT_PUB ? pub_foot : kind == CLIENT_SUB ? sub_foot : rr_foot;
}

static void print_options(enum client_kind kind)
{
    const char *heading = NULL;

    for (const struct client_option *option = client_table; option->help != NULL; option++) {
        if (is_heading(option)) {
            heading = option->help;
        } else if (((unsigned)option->kinds & (unsigned)kind) != 0) {
            if (heading != NULL) {
                printf("\n%s:\n", heading);
                heading = NULL;
            }
            print_option(option);
        }
    }
}

void client_help(enum client_kind kind)
{
    const char *command = kind == CLIENT_PUB ? "pub" : kind == CLIENT_SUB ? "sub" : "rr";

    fputs(head_of(kind), stdout);
    print_options(kind);
    if (kind != CLIENT_PUB) {
        fputs(format_foot, stdout);
    }
    printf(defaults_foot, command, command);
    fputs(foot_of(kind), stdout);
}
