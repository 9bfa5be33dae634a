/* mote broker: the embedded broker alone. */
#include "broker_config.h"
#include "broker_log.h"
#include "cli.h"
#include "port/linux/broker_server.h"

#include <mote/linux.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

static const char help[] =
    "Usage: mote broker [-c FILE] [-p PORT] [--host ADDRESS] [-v]\n"
    "\n"
    "Runs the embedded MQTT broker: MQTT 3.1, 3.1.1 and 5.0, QoS 0 to 2, retained messages, wills, sessions kept\n"
    "in memory, shared subscriptions. Everybody who reaches it may do everything, so it listens on this machine\n"
    "alone unless told otherwise. Ctrl-C ends it.\n"
    "\n"
    "  -p, --port PORT       the port [1883]\n"
    "      --host ADDRESS    listen on this address of the machine instead of on loopback; '*' for all of them\n"
    "  -c, --config FILE     a file with lines as in mosquitto.conf, instead of -p and --host\n"
    "  -v, --verbose         tell on stderr who comes and goes, subscribes and publishes (not what)\n"
    "  -h, --help            this\n"
    "\n"
    "Lines of the file:\n"
    "  listener PORT [ADDRESS]     without an address on all of them; anything but loopback needs allow_anonymous\n"
    "  port, bind_address          one more listener\n"
    "  allow_anonymous true        there are no users yet\n"
    "  max_connections, max_packet_size, message_size_limit, max_inflight_messages, max_queued_messages,\n"
    "  max_queued_bytes, max_keepalive, max_topic_alias, memory_limit, persistent_client_expiration, sys_interval,\n"
    "  persistence false, log_type, log_dest stderr\n"
    "  max_subscriptions N         of one session, 0: any number [1000]; mosquitto has no such limit\n"
    "Any other line is an error: what cannot be followed is not passed over.\n"
    "\n"
    "When it is ready it prints `mote: broker ready:` and the URLs that it can be reached at.\n"
    "\n"
    "Examples:\n"
    "  mote broker\n"
    "  mote broker -p 1884 -v\n"
    "  mote broker --host 192.168.1.10\n"
    "\n"
    "Exit status: 0 after Ctrl-C or SIGTERM, 1 if it cannot start.\n";

struct options {
    const char *file;
    const char *host;
    int64_t port; /* 0: not given */
    bool verbose;
    bool help;
};

static bool parse(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"config", required_argument, NULL, 'c'}, {"port", required_argument, NULL, 'p'},
        {"host", required_argument, NULL, 'H'},   {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    int option = 0;

    optind = 1;
    while ((option = cli_option("broker", argc, argv, ":c:p:vh", names)) != -1) {
        if (option == 'c') {
            options->file = optarg;
        } else if (option == 'H') {
            options->host = optarg;
        } else if (option == 'v') {
            options->verbose = true;
        } else if (option == 'h') {
            options->help = true;
        } else if (option == 'p') {
            if (!cli_number(optarg, 1, UINT16_MAX, &options->port)) {
                cli_usage_error("broker", "--port takes a number from 1 to 65535, not '%s'", optarg);
                return false;
            }
        } else {
            return false;
        }
    }
    if (optind < argc) {
        cli_usage_error("broker", "nothing was expected behind the options: %s", argv[optind]);
        return false;
    }
    if (options->file != NULL && (options->port != 0 || options->host != NULL)) {
        cli_usage_error("broker", "--config says where to listen: leave out --port and --host");
        return false;
    }
    return true;
}

static bool configure(struct broker_config *config, const struct options *options)
{
    if (options->file != NULL && !broker_config_read(config, options->file)) {
        return false;
    }
    config->verbose |= options->verbose;
    if (config->listener_count > 0) {
        return true;
    }
    if (options->host != NULL && strlen(options->host) >= BROKER_HOST_SIZE) {
        cli_error("broker", "--host takes an address or a name", MOTE_CONFIG_INVALID);
        return false;
    }
    config->listener_count = 1;
    config->listeners[0].port = options->port == 0 ? 1883 : (uint16_t)options->port;
    snprintf(config->listeners[0].host, BROKER_HOST_SIZE, "%s", options->host == NULL ? "" : options->host);
    return true;
}

/* As many connections as the system lets us have without asking anybody. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool listen_on(struct mote_broker_server *server, const struct options *options,
                      const struct broker_listener *listener)
{
    const char *host = listener->host[0] == '\0' ? NULL : listener->host;
    const char *words = NULL;
    char what[32];

    if (mote_broker_server_listen(server, host, listener->port, &words) == MOTE_OK) {
        return true;
    }
    snprintf(what, sizeof what, "broker port %u", listener->port);
    if (options->file != NULL) {
        cli_errorf(what, MOTE_CONFIG_INVALID, "%s, choose another in %s, line %u", words, options->file,
                   listener->line);
    } else {
        cli_errorf(what, MOTE_CONFIG_INVALID, "%s, choose another with --port%s", words,
                   host == NULL ? "" : " or --host");
    }
    return false;
}

static bool start(struct mote_broker_server *server, const struct options *options, const struct broker_config *config)
{
    for (size_t i = 0; i < config->listener_count; i++) {
        if (!listen_on(server, options, &config->listeners[i])) {
            return false;
        }
    }
    fputs("mote: broker ready:", stdout);
    for (size_t i = 0; i < config->listener_count; i++) {
        const char *host = config->listeners[i].host;
        const char *format = strchr(host, ':') != NULL ? " mqtt://[%s]:%u" : " mqtt://%s:%u";

        host = host[0] == '\0' ? "127.0.0.1" : strcmp(host, "*") == 0 ? "0.0.0.0" : host;
        printf(format, host, config->listeners[i].port);
    }
    putchar('\n');
    fflush(stdout);
    return true;
}

static void turn(int fd, uint32_t events, void *context)
{
    (void)fd;
    (void)events;
    mote_broker_server_turn(context);
}

static bool serve(struct mote_broker_server *server)
{
    if (!mote_linux_watch(mote_broker_server_fd(server), EPOLLIN, turn, server)) {
        cli_error("broker", strerror(errno), MOTE_CONFIG_INVALID);
        return false;
    }
    while (!mote_linux_stop_requested()) {
        mote_linux_port.wait(mote_linux_port.context, MOTE_NEVER);
    }
    mote_linux_unwatch(mote_broker_server_fd(server));
    return true;
}

int cli_broker(int argc, char **argv)
{
    struct options options = {0};
    struct broker_config config = {0};
    struct mote_broker_server *server = NULL;
    bool served = false;

    if (!parse(argc, argv, &options)) {
        return 1;
    }
    if (options.help) {
        fputs(help, stdout);
        return 0;
    }
    if (!configure(&config, &options)) {
        return 1;
    }
    config.broker.observe = config.verbose ? broker_log : broker_log_troubles;
    raise_descriptor_limit();
    server = mote_broker_server_new(&config.broker);
    if (server == NULL) {
        cli_error("broker", strerror(errno), MOTE_CONFIG_INVALID);
        return 1;
    }
    served = start(server, &options, &config) && serve(server);
    mote_broker_server_stop(server);
    return served ? 0 : 1;
}
