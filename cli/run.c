/* mote run: a node from its file, on this machine's own pins or on a virtual board with a page. */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "board/board.h"
#include "cli.h"
#include "config/config.h"
#include "control/control.h"
#include "board/embedded.h"
#include "board/state_log.h"
#include <mote/mqtt.h>

static const char help[] =
    "Usage: mote run [OPTION]... NODE.yaml\n"
    "\n"
    "Runs a node: joins its network, connects to its broker, obeys and reports. Without `mqtt.url` in the file it "
    "starts the\n"
    "embedded broker. Serves until Ctrl-C, then says goodbye.\n"
    "\n"
    "Options:\n"
    "  --board linux       the pins of this machine (the default)\n"
    "  --board sim         a virtual board with a page: press its button, take its access point away, stop the "
    "broker,\n"
    "                      cut the power; with `setup` in the file, its setup page at /setup\n"
    "  --port N            the page's port, 1 to 65535 (default 8080)\n"
    "  --broker-port N     the embedded broker's port, 1 to 65535 (default 1883)\n"
    "  --address ADDRESS   where page and embedded broker listen (default 127.0.0.1: this machine only)\n"
    "  --help              this text\n"
    "\n"
    "When all is set up, one line on stdout says where to look:\n"
    "  mote: ssbun_home_switch_1 ready: board http://127.0.0.1:8080/ broker mqtt://127.0.0.1:1883\n"
    "\n"
    "Examples:\n"
    "  mote run --board sim examples/home-switch.yaml\n"
    "  mote run --board sim --port 9080 --broker-port 2883 examples/home-switch.yaml\n"
    "\n"
    "Exit status: 0 after Ctrl-C or SIGTERM, 1 if it cannot run.\n";

enum {
    GOODBYE_MS_MAX = 2000,
    PATIENCE_MS = 5000, /* how long the line on stdout waits for a broker that is not ours */
};

struct run_options {
    const char *file;
    bool sim;
    uint16_t port;
    uint16_t broker_port;
    const char *address;
    bool help;
};

/* --- Options --- */

static bool read_port(const char *option, const char *text, uint16_t *port)
{
    int64_t number = 0;

    if (!cli_number(text, 1, UINT16_MAX, &number)) {
        cli_usage_error("run", "%s %s: expected a port of 1 to 65535", option, text);
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

static bool read_board(const char *text, struct run_options *options)
{
    options->sim = strcmp(text, "sim") == 0;
    if (!options->sim && strcmp(text, "linux") != 0) {
        cli_usage_error("run", "--board %s: expected sim or linux", text);
        return false;
    }
    return true;
}

static bool read_option(int option, struct run_options *options)
{
    switch (option) {
    case 'b':
        return read_board(optarg, options);
    case 'p':
        return read_port("--port", optarg, &options->port);
    case 'r':
        return read_port("--broker-port", optarg, &options->broker_port);
    case 'a':
        options->address = optarg;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct run_options *options)
{
    static const struct option known[] = {
        {"board", required_argument, NULL, 'b'},
        {"port", required_argument, NULL, 'p'},
        {"broker-port", required_argument, NULL, 'r'},
        {"address", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *options = (struct run_options){.port = 8080, .broker_port = 1883, .address = "127.0.0.1"};
    optind = 1;
    while ((option = cli_option("run", argc, argv, ":", known)) != -1) {
        if (!read_option(option, options)) {
            return false;
        }
    }
    options->file = argv[optind];
    if (!options->help && argc - optind != 1) {
        cli_usage_error("run", argc - optind == 0 ? "which file?" : "expected one file, got %d", argc - optind);
        return false;
    }
    return true;
}

/* --- The loop, with a page and without --- */

static bool stop_requested(void)
{
    return mote_port()->stop_requested != NULL && mote_port()->stop_requested(mote_port()->context);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void say_ready(const char *id, const char *page, const char *broker)
{
    printf("mote: %s ready:%s%s broker %s\n", id, page != NULL ? " board " : "", page != NULL ? page : "", broker);
    fflush(stdout);
}

/* Tells once, when the node is online; or when a broker that is somebody else's has kept it waiting. */
static void tell_ready(bool *told, const struct mote_node *node, uint64_t since_ms, const char *page)
{
    char broker[160];

    if (!*told && (mote_node_state(node) == MOTE_NODE_ONLINE || mote_now_ms() - since_ms >= PATIENCE_MS)) {
        cli_print_url(mote_node_broker(node), broker, sizeof(broker));
        say_ready(node->config.id, page, broker);
        *told = true;
    }
}

static void serve_board(struct board *board, const char *page)
{
    const uint64_t since_ms = mote_now_ms();
    bool told = false;
    uint64_t goodbye_ms = MOTE_NEVER;

    while (!board_is_stopped(board) || goodbye_ms == MOTE_NEVER) {
        const uint64_t deadline_ms = sooner(board_turn(board), goodbye_ms);

        if (mote_now_ms() >= goodbye_ms) {
            return;
        }
        tell_ready(&told, &board->node, since_ms, page);
        if (goodbye_ms == MOTE_NEVER && stop_requested()) {
            board_stop(board);
            goodbye_ms = mote_now_ms() + GOODBYE_MS_MAX;
            continue;
        }
        web_server_wait(board->server, told ? deadline_ms : sooner(deadline_ms, since_ms + PATIENCE_MS));
    }
}

/* libwebsockets does not tell why it could not have the port: the system does, when it is asked once more. */
static const char *why_no_port(const struct run_options *options)
{
    char port[8];
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    const char *words = "it cannot be had";
    int descriptor;

    snprintf(port, sizeof(port), "%u", options->port);
    if (getaddrinfo(options->address, port, &hints, &address) != 0) {
        return "this is not an address of this machine";
    }
    descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0) {
        if (bind(descriptor, address->ai_addr, address->ai_addrlen) != 0) {
            words = strerror(errno);
        }
        close(descriptor);
    }
    freeaddrinfo(address);
    return words;
}

static int run_board(const struct run_options *options, struct config *config, struct embedded *broker,
                     struct mote_sim *sim)
{
    static struct board board;
    char page[128];
    const struct web_handler handler = {
        .context = &board,
        .get = board_get,
        .post = board_post,
        .event = board_event,
        .page = board_setup,
        .stream_open = board_stream_open,
        .stream_receive = embedded_stream_receive,
        .stream_drain = embedded_stream_drain,
        .stream_should_close = embedded_stream_should_close,
        .stream_closed = embedded_stream_closed,
    };
    struct web_server *const server = web_server_start(options->address, options->port, &handler);
    int status = 1;

    if (server == NULL) {
        snprintf(page, sizeof(page), "page port %u", options->port);
        cli_errorf(page, MOTE_CONFIG_INVALID, "%s: choose another with --port or --address", why_no_port(options));
        return 1;
    }
    snprintf(page, sizeof(page), strchr(options->address, ':') != NULL ? "http://[%s]:%u/" : "http://%s:%u/",
             options->address, options->port);
    control_prepare(config);
    if (board_init(&board, config, broker, sim)) {
        struct control *const control = control_start(&board.node);

        board.server = server;
        serve_board(&board, page);
        control_stop(control);
        status = 0;
    }
    web_server_stop(server);
    board.server = NULL;
    board_free(&board);
    return status;
}

static void log_setup(struct mote_setup *setup, void *context)
{
    state_log_setup(setup, context);
}

static void log_state(struct mote_node *node, void *context)
{
    state_log_write(context, node);
}

static void serve_node(struct mote_node *node)
{
    const uint64_t since_ms = mote_now_ms();
    bool told = false;
    uint64_t goodbye_ms = MOTE_NEVER;

    while (mote_node_state(node) != MOTE_NODE_STOPPED || goodbye_ms == MOTE_NEVER) {
        const uint64_t deadline_ms = sooner(mote_node_turn(node), goodbye_ms);

        if (mote_now_ms() >= goodbye_ms) {
            return;
        }
        tell_ready(&told, node, since_ms, NULL);
        if (goodbye_ms == MOTE_NEVER && stop_requested()) {
            mote_node_stop(node);
            goodbye_ms = mote_now_ms() + GOODBYE_MS_MAX;
            continue;
        }
        mote_port()->wait(mote_port()->context, told ? deadline_ms : sooner(deadline_ms, since_ms + PATIENCE_MS));
    }
}

static int run_node(struct config *config)
{
    static struct mote_node node;
    struct state_log log = {.online = false};
    const struct mote_observer observer = {.on_state = log_state, .context = &log};
    char id[65];
    bool started;

    snprintf(id, sizeof(id), "%s", config->node.id);
    if (config->setup != NULL) {
        config->setup->on_change = log_setup;
        config->setup->context = id;
    }
    control_prepare(config);
    started = config_start_node(config, &node);
    if (started) {
        struct control *const control = control_start(&node);

        mote_node_observe(&node, &observer);
        serve_node(&node);
        control_stop(control);
        mote_node_observe(&node, NULL);
        if (config->setup != NULL) {
            mote_setup_close(config->setup);
        }
        mote_node_abort(&node);
    }
    config_give_back(config);
    return started ? 0 : 1;
}

/* --- Setting up --- */

/* Networks that the node does not know, for somebody to lead it there. */
static bool add_strangers(struct mote_sim *sim)
{
    static const struct mote_sim_access_point strangers[] = {
        {.ssid = "Next door", .key = "next_door_1234", .signal_dbm = -64, .present = true},
        {.ssid = "Guests", .signal_dbm = -73, .present = true},
    };

    return mote_sim_air_add(sim, &strangers[0]) == MOTE_OK && mote_sim_air_add(sim, &strangers[1]) == MOTE_OK;
}

/* The virtual board's air has what the node knows, unless somebody wants it otherwise. */
static bool fill_air(struct mote_sim *sim, struct config *config)
{
    struct mote_network *const networks = config->node.networks;

    if (networks[0].ssid == NULL && config->setup == NULL) {
        networks[0].ssid = "virtual";
    }
    if (getenv("MOTE_SIM_AIR") != NULL || networks[0].ssid == NULL) {
        return true;
    }
    mote_sim_air_set(sim, mote_text(""));
    for (unsigned i = 0; i < MOTE_NETWORKS_MAX && networks[i].ssid != NULL; i++) {
        struct mote_sim_access_point point = {.present = true, .signal_dbm = (int8_t)(-48 - 11 * (int)i)};

        snprintf(point.ssid, sizeof(point.ssid), "%s", networks[i].ssid);
        snprintf(point.key, sizeof(point.key), "%s", networks[i].password != NULL ? networks[i].password : "");
        if (mote_sim_air_add(sim, &point) != MOTE_OK) {
            cli_error(point.ssid, "the virtual air has no room for it", MOTE_CONFIG_INVALID);
            return false;
        }
    }
    return config->setup == NULL || add_strangers(sim);
}

static int run_with_broker(const struct run_options *options, struct config *config, struct embedded *broker)
{
    if (options->sim) {
        struct mote_sim *const sim = mote_sim_board_install();

        sim->port.server = NULL; /* the page's own server has the setup page, too */
        return fill_air(sim, config) ? run_board(options, config, broker, sim) : 1;
    }
    return run_node(config);
}

static int run_config(const struct run_options *options, struct config *config)
{
    struct embedded *broker = NULL;
    int status;

    if (config->node.broker == NULL) {
        broker = embedded_start(options->address, options->broker_port);
        if (broker == NULL) {
            return 1;
        }
        config->node.broker = embedded_url(broker);
    }
    status = run_with_broker(options, config, broker);
    embedded_free(broker);
    return status;
}

int cli_run(int argc, char **argv)
{
    struct run_options options;
    struct config config;
    int status;

    if (!read_options(argc, argv, &options)) {
        return 1;
    }
    if (options.help) {
        fputs(help, stdout);
        return 0;
    }
    if (!config_load(&config, options.file)) {
        return 1;
    }
    status = run_config(&options, &config);
    config_free(&config);
    return status;
}
