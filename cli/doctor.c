/* mote doctor: where the way to the broker ends, and why. */
#include "cli.h"
#include "config/config.h"
#include "doctor/doctor_print.h"

#include <getopt.h>
#include <mote/port.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: mote doctor [OPTION]... [NODE.yaml | URL]\n"
    "\n"
    "Walks the way from this machine to the broker, of a node or of a URL, and says how long each step takes, where "
    "the "
    "way\n"
    "ends, and what to do about it. Without either it is the broker on this machine, mqtt://localhost.\n"
    "\n"
    "  wifi     is the station joined? What is wired, or the system's business, is skipped\n"
    "  lease    has this machine an address?\n"
    "  dns      is the broker's name found?\n"
    "  tcp      does something listen on its port? (A connection of its own)\n"
    "  tls      is its certificate right? Also the WebSocket and the proxy, if there are any\n"
    "  connack  does it let us in? With a client id of its own, so that no node is thrown out\n"
    "  suback   does it grant a subscription? Of a node: to its first command topic\n"
    "\n"
    "Options:\n"
    "  --timeout T   how long each step may take: 5s (10s)\n"
    "  --json        an object; of a node with several brokers one for each, in lines\n"
    "  --help        this text\n"
    "\n"
    "Of a node with several brokers each one is looked at: all is well if all are.\n"
    "A URL is like mqtts://USER:PASSWORD@HOST:PORT; how a certificate is to be judged, a node's file says.\n"
    "\n"
    "Examples:\n"
    "  mote doctor home-switch.yaml\n"
    "  mote doctor --json mqtts://test.mosquitto.org\n"
    "\n"
    "Exit status: 0 if all is well, 1 if not.\n";

struct doctor_options {
    uint64_t timeout_ms;
    bool json;
    bool help;
};

static bool read_options(int argc, char **argv, struct doctor_options *options)
{
    static const struct option names[] = {
        {"timeout", required_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter;

    optind = 1;
    while ((letter = cli_option("doctor", argc, argv, ":", names)) != -1) {
        if (letter == '?') {
            return false;
        }
        if (letter == 't' &&
            (!cli_duration(optarg, &options->timeout_ms) || options->timeout_ms < 1 || options->timeout_ms > 3600000)) {
            cli_usage_error("doctor", "--timeout takes a time like 5s, not `%s`", optarg);
            return false;
        }
        options->json = options->json || letter == 'j';
        options->help = options->help || letter == 'h';
    }
    if (argc - optind > 1) {
        cli_usage_error("doctor", "one file or URL, not %d", argc - optind);
        return false;
    }
    return true;
}

/* --- Who is looked at --- */

/* In memory of our own: everybody sees the command line in `ps`. */
static char *take_word(char *word)
{
    char *copy = cli_copy(word);

    explicit_bzero(word, strlen(word));
    return copy;
}

static bool take_broker(struct doctor_case *patient, const char *broker)
{
    const char *words = "";

    patient->broker = broker;
    if (mote_url_parse(&patient->url, mote_text(broker), patient->memory, sizeof patient->memory, &words) != MOTE_OK) {
        cli_errorf("doctor", MOTE_CONFIG_INVALID, "expected mqtt://[user[:password]@]host[:port], but %s", words);
        return false;
    }
    cli_print_url(&patient->url, patient->target, sizeof patient->target);
    return true;
}

static const char *filter_of(const struct config *config, char *memory, size_t size)
{
    if (config->switch_count > 0 && config->switches[0].command_topic != NULL) {
        return config->switches[0].command_topic;
    }
    snprintf(memory, size, "%s/+/set", config->node.id);
    return memory;
}

static bool is_file(const char *word)
{
    return strstr(word, "://") == NULL && (strchr(word, '/') != NULL || strstr(word, ".y") != NULL);
}

/* --- Looking --- */

static int examine(struct doctor_case *patient, const struct doctor_options *options)
{
    patient->timeout_ms = (uint32_t)options->timeout_ms;
    patient->on_step = options->json ? NULL : doctor_print_step;
    if (!options->json) {
        printf("%s\n", patient->target);
    }
    const bool well = doctor_network(patient) && doctor_broker(patient);
    if (options->json) {
        doctor_print_json(patient);
    } else {
        doctor_print_verdict(patient);
    }
    return well ? 0 : 1;
}

/* One after the other, as they are in the list. */
static int examine_brokers(struct doctor_case *patient, const struct doctor_options *options,
                           const struct mote_node_config *node)
{
    const struct doctor_case before = *patient;
    int status = 1;

    if (take_broker(patient, node->broker != NULL ? node->broker : "mqtt://127.0.0.1")) {
        status = examine(patient, options);
    }
    for (unsigned i = 0; i < MOTE_FALLBACKS_MAX && node->fallbacks[i] != NULL; i++) {
        *patient = before;
        if (!take_broker(patient, node->fallbacks[i]) || examine(patient, options) != 0) {
            status = 1;
        }
    }
    return status;
}

static int examine_node(struct doctor_case *patient, const struct doctor_options *options, const char *path)
{
    struct config config;
    char filter[MOTE_TOPIC_SIZE];
    int status;

    if (!config_load(&config, path)) {
        return 1;
    }
    patient->link = config.node.link;
    patient->version = config.node.version;
    patient->filter = filter_of(&config, filter, sizeof filter);
    status = examine_brokers(patient, options, &config.node);
    config_free(&config);
    return status;
}

static int examine_url(struct doctor_case *patient, const struct doctor_options *options, char *word)
{
    char *url = word == NULL ? cli_copy("mqtt://localhost") : take_word(word);
    int status = 1;

    patient->filter = "mote/doctor";
    if (take_broker(patient, url)) {
        status = examine(patient, options);
    }
    explicit_bzero(url, strlen(url));
    free(url);
    return status;
}

int cli_doctor(int argc, char **argv)
{
    static struct doctor_case patient;
    struct doctor_options options = {.timeout_ms = 10000};
    int status;

    if (!read_options(argc, argv, &options)) {
        return 1;
    }
    if (options.help) {
        fputs(help, stdout);
        return 0;
    }
    char *word = optind < argc ? argv[optind] : NULL;
    status =
        word != NULL && is_file(word) ? examine_node(&patient, &options, word) : examine_url(&patient, &options, word);
    explicit_bzero(&patient, sizeof patient);
    return status;
}
