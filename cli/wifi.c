/* mote wifi: the station and the access point, of this machine or of a node that runs on it. */
#include "cli.h"
#include "control/control_client.h"
#include "wifi.h"
#include "wifi_node.h"
#include "wifi_print.h"

#include <mote/port.h>
#include <mote/wifi.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char help[] =
    "Usage: mote wifi [OPTION]... scan\n"
    "       mote wifi [OPTION]... status\n"
    "       mote wifi [OPTION]... connect SSID\n"
    "       mote wifi [OPTION]... forget [SSID]\n"
    "       mote wifi [OPTION]... ap [NODE.yaml | ID]\n"
    "       mote wifi --qr [OPTION]... ap [NODE.yaml | ID] [FILE.svg | FILE.png]\n"
    "\n"
    "WiFi, by hand. While a node runs on this machine (`mote run`), it is asked to do it, and keeps what it learns; "
    "else\n"
    "it is done through wpa_supplicant.\n"
    "\n"
    "  scan     the access points in reach, the strongest first\n"
    "  status   what it is joined to, or why it is not\n"
    "  connect  joins a network and waits for an address; the key is read from standard input, without echo on a\n"
    "           terminal. A node keeps the network if that works, and else goes back to its own; without a node it "
    "stays\n"
    "           joined until wpa_supplicant ends\n"
    "  forget   leaves the network that Mote has joined; those of the system's own configuration come back. Of a "
    "node:\n"
    "           forgets the network SSID, or the one that it is joined to\n"
    "  ap       opens this device's access point, ID-setup, until Ctrl-C. Its key is made once for each ID and kept; "
    "ID is\n"
    "           that of the node, or else the machine's name. A node that runs opens its own, with the setup page\n"
    "\n"
    "Options:\n"
    "  --qr           for ap: opens nothing, but shows the code that a telephone joins it with, and the key in it: on "
    "the\n"
    "                 terminal, or in a file that only its owner can read\n"
    "  --ssid NAME    for ap: another name, of 1 to 32 bytes\n"
    "  --close        for ap: a node that runs closes it\n"
    "  --open         for connect and ap: without a key\n"
    "  --hidden       for connect: the network does not announce itself\n"
    "  --timeout T    for connect: how long it may take: 45s (30s)\n"
    "  --node ID      the node that is asked, if several run\n"
    "  --json         JSON: an array for scan, else an object\n"
    "  --help         prints this\n"
    "\n"
    "MOTE_WPA_CTRL names the folder of wpa_supplicant's control sockets (/run/wpa_supplicant), MOTE_WIFI_INTERFACE "
    "the\n"
    "interface (the first one there), MOTE_WIFI_AP_INTERFACE another one for the access point (a second one, if there "
    "is;\n"
    "else both take turns).\n"
    "\n"
    "Examples:\n"
    "  mote wifi scan\n"
    "  mote wifi connect SSBun <key-file\n"
    "  mote wifi status --json\n"
    "  mote wifi --qr ap home-switch.yaml label.svg\n"
    "\n"
    "Exit status: 0 done; for status: joined, with an address. 1 not: stderr says why, as wifi.wrong_key.\n";

enum {
    SCAN_MS = 20000,
    LOOK_MS = 2000, /* for wpa_supplicant and the kernel to say how it is */
    FORGET_MS = 2000,
    TIMEOUT_MS = 30000,
    FOUND_MAX = 64,
};

static bool read_value(int letter, struct wifi_options *options)
{
    switch (letter) {
    case 't':
        if (cli_duration(optarg, &options->timeout_ms) && options->timeout_ms > 0) {
            return true;
        }
        cli_usage_error("wifi", "--timeout takes a time like 45s, not `%s`", optarg);
        return false;
    case 's':
        options->ssid = optarg;
        return true;
    case 'n':
        options->node = optarg;
        return true;
    default:
        return true;
    }
}

static bool read_options(int argc, char **argv, struct wifi_options *options)
{
    static const struct option names[] = {
        {"open", no_argument, NULL, 'o'},          {"hidden", no_argument, NULL, 'i'},
        {"timeout", required_argument, NULL, 't'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},          {"qr", no_argument, NULL, 'q'},
        {"ssid", required_argument, NULL, 's'},    {"close", no_argument, NULL, 'c'},
        {"node", required_argument, NULL, 'n'},    {NULL, 0, NULL, 0},
    };
    int letter;

    optind = 1;
    while ((letter = cli_option("wifi", argc, argv, ":", names)) != -1) {
        if (letter == '?' || !read_value(letter, options)) {
            return false;
        }
        options->open = options->open || letter == 'o';
        options->hidden = options->hidden || letter == 'i';
        options->json = options->json || letter == 'j';
        options->help = options->help || letter == 'h';
        options->qr = options->qr || letter == 'q';
        options->close = options->close || letter == 'c';
    }
    return true;
}

/* --- Waiting --- */

uint64_t wifi_now_ms(void)
{
    return mote_port()->now_ms(mote_port()->context);
}

/* Ctrl-C; the first call begins to listen for it. */
bool wifi_is_stopped(void)
{
    const struct mote_port *port = mote_port();

    return port->stop_requested != NULL && port->stop_requested(port->context);
}

/* Sleeps until something has happened. Returns false once the time is over, or on Ctrl-C. */
bool wifi_goes_on(uint64_t end_ms)
{
    if (wifi_is_stopped() || wifi_now_ms() >= end_ms) {
        return false;
    }
    mote_port()->wait(mote_port()->context, end_ms);
    return true;
}

int wifi_refuse(const char *what, enum mote_reason reason, const char *words)
{
    const struct mote_port *port = mote_port();

    if (words == NULL && reason == MOTE_WIFI_INACTIVE && port->words != NULL) {
        words = port->words(port->context);
    }
    if (words != NULL && words[0] != '\0') {
        cli_errorf(what, reason, "%s", words);
    } else {
        cli_errorf(what, reason, "%s %s", mote_reason_words(reason), mote_reason_next(reason));
    }
    return 1;
}

bool wifi_has_radio(void)
{
    if (mote_port()->radio == NULL) {
        wifi_refuse(
            "wifi", MOTE_WIFI_INACTIVE,
            "there is no wpa_supplicant that mote may speak to: start one with a ctrl_interface, run mote as root or "
            "in its group, and if NetworkManager has the interface, set MOTE_WIFI_INTERFACE");
        return false;
    }
    return true;
}

static bool switch_on(void)
{
    if (!wifi_has_radio()) {
        return false;
    }
    const enum mote_reason reason = mote_wifi_set_active(MOTE_STATION, true);
    if (reason != MOTE_OK) {
        wifi_refuse("wifi", reason, NULL);
    }
    return reason == MOTE_OK;
}

/* --- What is to be done --- */

static int run_scan(const struct wifi_options *options)
{
    static struct mote_wifi_found found[FOUND_MAX];
    const uint64_t end_ms = wifi_now_ms() + SCAN_MS;
    const enum mote_reason reason = mote_wifi_scan();
    int count = -1;

    if (reason != MOTE_OK) {
        return wifi_refuse("scan", reason, NULL);
    }
    while ((count = mote_wifi_scan_results(found, FOUND_MAX)) < 0 && wifi_goes_on(end_ms)) {
    }
    if (count < 0 || !mote_wifi_is_active(MOTE_STATION)) {
        return wifi_refuse("scan", MOTE_WIFI_INACTIVE, wifi_is_stopped() ? "stopped" : NULL);
    }
    wifi_print_scan(found, count, options->json);
    return 0;
}

static bool is_known_whole(const struct mote_wifi_status *status)
{
    return status->state == MOTE_WIFI_CONNECTED && status->signal_dbm != 0;
}

static int run_status(const struct wifi_options *options)
{
    const uint64_t end_ms = wifi_now_ms() + LOOK_MS;
    struct mote_wifi_status status;

    do {
        mote_wifi_status(&status);
    } while (!is_known_whole(&status) && wifi_goes_on(end_ms));
    wifi_print_status(&status, options->json);
    return status.state == MOTE_WIFI_CONNECTED ? 0 : 1;
}

/* Without echo on a terminal. Returns false after saying what is wrong. */
bool wifi_read_key(char *key, size_t size)
{
    struct termios shown, hidden;
    const bool is_terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &shown) == 0;
    const char *line;

    if (is_terminal) {
        fputs("Key: ", stderr);
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    line = fgets(key, (int)size, stdin);
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        fputc('\n', stderr);
    }
    if (line == NULL || strlen(key) + 1 == size) {
        cli_error("connect",
                  line == NULL ? "no key on standard input (an open network: --open)" : "the key is too long",
                  MOTE_CONFIG_INVALID);
        return false;
    }
    key[strcspn(key, "\r\n")] = '\0';
    if (key[0] == '\0') {
        cli_error("connect", "the key is empty (an open network: --open)", MOTE_CONFIG_INVALID);
    }
    return key[0] != '\0';
}

static bool is_over(const struct mote_wifi_status *status, const char *ssid)
{
    if (status->state == MOTE_WIFI_CONNECTED) {
        return strcmp(status->ssid, ssid) == 0 && is_known_whole(status);
    }
    return status->state != MOTE_WIFI_CONNECTING && status->reason != MOTE_OK;
}

static int wait_for_network(const char *ssid, const struct wifi_options *options)
{
    const uint64_t end_ms = wifi_now_ms() + options->timeout_ms;
    struct mote_wifi_status status;

    do {
        mote_wifi_status(&status);
    } while (!is_over(&status, ssid) && wifi_goes_on(end_ms));
    if (status.state == MOTE_WIFI_CONNECTED && strcmp(status.ssid, ssid) == 0) {
        wifi_print_status(&status, options->json);
        return 0;
    }
    char name[WIFI_NAME_SIZE];
    wifi_print_name(ssid, name);
    return wifi_refuse(name, status.reason != MOTE_OK ? status.reason : MOTE_WIFI_NO_NETWORK,
                       status.reason == MOTE_OK ? "not joined in the time that there was" : NULL);
}

static int run_connect(const struct wifi_options *options, const char *ssid)
{
    char key[72] = "";
    struct mote_network network = {.ssid = ssid, .password = key, .hidden = options->hidden};
    const struct mote_port *port = mote_port();

    if (!options->open && !wifi_read_key(key, sizeof key)) {
        return 1;
    }
    const enum mote_reason reason = port->radio->connect(port->context, &network, NULL);
    explicit_bzero(key, sizeof key);
    if (reason != MOTE_OK) {
        return wifi_refuse(
            "connect", reason,
            reason == MOTE_CONFIG_INVALID ? "a network's name has 1 to 32 bytes, its key 8 to 63 characters" : NULL);
    }
    return wait_for_network(ssid, options);
}

/* What is asked of wpa_supplicant goes out while we wait. */
static int run_forget(void)
{
    const uint64_t end_ms = wifi_now_ms() + FORGET_MS;

    mote_wifi_disconnect();
    while (wifi_goes_on(end_ms)) {
    }
    return 0;
}

enum verb { SCAN, STATUS, CONNECT, FORGET, AP, NO_VERB };

/* What is to be done, if there are as many words as it takes. */
static enum verb verb_of(int count, char **words)
{
    static const struct {
        const char *name;
        int min, max;
    } verbs[] = {[SCAN] = {"scan", 1, 1},
                 [STATUS] = {"status", 1, 1},
                 [CONNECT] = {"connect", 2, 2},
                 [FORGET] = {"forget", 1, 2},
                 [AP] = {"ap", 1, 3}};

    for (int i = 0; i < NO_VERB; i++) {
        if (count > 0 && strcmp(words[0], verbs[i].name) == 0) {
            return count >= verbs[i].min && count <= verbs[i].max ? (enum verb)i : NO_VERB;
        }
    }
    return NO_VERB;
}

static int run_here(const struct wifi_options *options, enum verb verb, const char *ssid)
{
    if (!switch_on()) {
        return 1;
    }
    switch (verb) {
    case SCAN:
        return run_scan(options);
    case STATUS:
        return run_status(options);
    case CONNECT:
        return run_connect(options, ssid);
    default:
        return run_forget();
    }
}

static int run_in_node(const struct wifi_options *options, int fd, enum verb verb, const char *ssid)
{
    switch (verb) {
    case STATUS:
        return wifi_node_status(fd, options);
    case CONNECT:
        return wifi_node_connect(fd, options, ssid);
    default:
        return wifi_node_forget(fd, ssid);
    }
}

/* A scan is nobody's: it changes nothing. */
static int run_station(const struct wifi_options *options, enum verb verb, const char *ssid)
{
    enum control_found found = CONTROL_NONE;
    char id[65];
    int fd = -1;

    if (verb != SCAN) {
        found = control_find(options->node, &fd, id);
    }
    if (found == CONTROL_NONE && options->node != NULL) {
        cli_errorf(options->node, MOTE_CONFIG_INVALID, "no such node runs on this machine");
        return 1;
    }
    if (found == CONTROL_NONE && verb == FORGET && ssid != NULL) {
        return cli_usage_error("wifi", "forget %s: no node runs that could know it", ssid);
    }
    if (found == CONTROL_REFUSED) {
        return 1;
    }
    return found == CONTROL_NODE ? run_in_node(options, fd, verb, ssid) : run_here(options, verb, ssid);
}

static int run(const struct wifi_options *options, int count, char **words)
{
    const enum verb verb = verb_of(count, words);
    const char *const ssid = count > 1 ? words[1] : NULL;

    if (verb == NO_VERB) {
        return cli_usage_error("wifi", "what is to be done? scan, status, connect SSID, forget, or ap");
    }
    if (verb == AP) {
        return wifi_run_ap(options, count - 1, words + 1);
    }
    return run_station(options, verb, ssid);
}

int cli_wifi(int argc, char **argv)
{
    struct wifi_options options = {.timeout_ms = TIMEOUT_MS};

    if (!read_options(argc, argv, &options)) {
        return 1;
    }
    if (options.help) {
        fputs(help, stdout);
        return 0;
    }
    return run(&options, argc - optind, argv + optind);
}
