/* mote sim: a node in years of simulated bad weather. */
#include "cli.h"
#include "config/config.h"
#include "sim/sim_json.h"
#include "sim/summary.h"

#include <mote/sim.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "Usage: mote sim [OPTION]... NODE.yaml\n"
    "\n"
    "Runs the node in a simulated world: a virtual board, access points, a network and the embedded broker. "
    "Routers\n"
    "reboot, signals fade, connections die in silence, brokers restart and forget, the power goes at the worst "
    "moment;\n"
    "and all the while it is watched whether Mote keeps its promises. The same seed gives the same run.\n"
    "\n"
    "Options:\n"
    "  --years Y           how long, in simulated time (default 1); 0.01 are three and a half days\n"
    "  --seed N            what chance draws from (default 1)\n"
    "  --nodes N           so many devices of this kind, 1 to 1000 (default 1)\n"
    "  --break PROMISE     breaks it on purpose, to see that it is noticed\n"
    "  --trace             prints everything that happens, a line each\n"
    "  --json              prints the summary as JSON\n"
    "  --help              this text\n"
    "\n"
    "Examples:\n"
    "  mote sim examples/home-switch.yaml\n"
    "  mote sim --years 10 --seed 7 --nodes 20 examples/home-switch.yaml\n"
    "\n"
    "Exit status: 0 if all promises were kept, 1 if one was broken: then the last lines say which, when, and how to "
    "see it\n"
    "again.\n";

enum { MS_PER_YEAR_PERCENT = 315360000 };

struct sim_options {
    const char *file;
    const char *program; /* as it was called */
    struct world_config world;
    double years;
    bool trace;
    bool json;
    bool help;
};

/* --- Options --- */

static bool read_years(const char *text, struct sim_options *options)
{
    char *end = NULL;
    const double years = strtod(text, &end);

    if (end == text || *end != '\0' || !(years > 0 && years <= 1000)) {
        cli_usage_error("sim", "--years %s: expected a number above 0, up to 1000", text);
        return false;
    }
    options->years = years;
    options->world.duration_ms = (uint64_t)(years * 100 * MS_PER_YEAR_PERCENT);
    return true;
}

static bool read_number(const char *option, const char *text, int64_t min, int64_t max, int64_t *number)
{
    if (cli_number(text, min, max, number)) {
        return true;
    }
    cli_usage_error("sim", "%s %s: expected a number of %" PRId64 " to %" PRId64, option, text, min, max);
    return false;
}

static bool read_promise(const char *text, enum promise *promise)
{
    if (promise_find(text, promise)) {
        return true;
    }
    cli_usage_error("sim", "--break %s: there is no such promise; see docs/SIMULATOR.md", text);
    return false;
}

static bool read_option(int option, struct sim_options *options)
{
    int64_t number = 0;

    switch (option) {
    case 'y':
        return read_years(optarg, options);
    case 's':
        if (!read_number("--seed", optarg, 0, INT64_MAX, &number)) {
            return false;
        }
        options->world.seed = (uint64_t)number;
        return true;
    case 'n':
        if (!read_number("--nodes", optarg, 1, WORLD_DEVICES_MAX, &number)) {
            return false;
        }
        options->world.device_count = (unsigned)number;
        return true;
    case 'b':
        return read_promise(optarg, &options->world.sabotage);
    case 't':
        options->trace = true;
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

static bool read_options(int argc, char **argv, struct sim_options *options)
{
    static const struct option known[] = {
        {"years", required_argument, NULL, 'y'}, {"seed", required_argument, NULL, 's'},
        {"nodes", required_argument, NULL, 'n'}, {"break", required_argument, NULL, 'b'},
        {"trace", no_argument, NULL, 't'},       {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
    };
    int option;

    *options = (struct sim_options){
        .years = 1,
        .world = {
            .seed = 1, .device_count = 1, .sabotage = PROMISES, .duration_ms = 100 * (uint64_t)MS_PER_YEAR_PERCENT}};
    optind = 1;
    while ((option = cli_option("sim", argc, argv, ":", known)) != -1) {
        if (!read_option(option, options)) {
            return false;
        }
    }
    options->file = argv[optind];
    if (!options->help && argc - optind != 1) {
        cli_usage_error("sim", argc - optind == 0 ? "which file?" : "expected one file, got %d", argc - optind);
        return false;
    }
    return true;
}

/* --- The run --- */

static void print_line(void *context, const char *line)
{
    (void)context;
    puts(line);
}

static void show_progress(void *context, uint64_t now_ms)
{
    const struct sim_options *const options = context;
    static uint64_t shown;
    const uint64_t percent = now_ms * 100 / options->world.duration_ms;

    if (percent == shown) {
        return;
    }
    shown = percent;
    fprintf(stderr, "\r%3u %% of %g year%s ", (unsigned)percent, options->years, options->years == 1 ? "" : "s");
}

static void end_progress(const struct sim_options *options)
{
    if (options->world.on_progress != NULL) {
        fputs("\r\033[K", stderr);
    }
}

/* Does the board have what the file asks for? It is set up once to see. */
static bool fits_the_board(struct config *config)
{
    static struct mote_sim sim;
    static struct mote_node node;
    const struct mote_port *const port = mote_port();
    const char *const broker = config->node.broker;
    bool fits;

    mote_sim_init(&sim, 1);
    mote_port_install(&sim.port);
    config->node.broker = broker != NULL ? broker : "mqtt://broker";
    fits = config_start_node(config, &node);
    config_give_back(config);
    config->node.broker = broker;
    mote_port_install(port);
    return fits;
}

static double cpu_s(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_replay(const struct sim_options *options, char *into, size_t size)
{
    size_t used =
        (size_t)snprintf(into, size, "mote sim --seed %" PRIu64 " --years %g", options->world.seed, options->years);

    if (options->world.device_count > 1) {
        used += (size_t)snprintf(into + used, size - used, " --nodes %u", options->world.device_count);
    }
    if (options->world.sabotage != PROMISES) {
        used += (size_t)snprintf(into + used, size - used, " --break %s", promise_name(options->world.sabotage));
    }
    snprintf(into + used, size - used, " %s", options->file);
}

static int simulate(struct sim_options *options, struct config *config)
{
    struct world_result result;
    char replay[512];
    const double begun_s = cpu_s();
    struct summary summary = {.config = &options->world, .result = &result, .replay = replay};

    options->world.node = &config->node;
    options->world.switches = config->switches;
    options->world.switch_count = config->switch_count;
    options->world.buttons = config->buttons;
    options->world.button_count = config->button_count;
    options->world.context = options;
    options->world.on_trace = options->trace ? print_line : NULL;
    options->world.on_progress = isatty(STDERR_FILENO) && !options->trace ? show_progress : NULL;
    write_replay(options, replay, sizeof(replay));
    world_run(&options->world, &result);
    end_progress(options);
    summary.cpu_s = cpu_s() - begun_s;
    if (options->json) {
        sim_json_print(&summary);
    } else {
        summary_print(&summary);
    }
    return result.broken == PROMISES ? 0 : 1;
}

int cli_sim(int argc, char **argv)
{
    struct sim_options options;
    struct config config;
    int status = 1;

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
    if (fits_the_board(&config)) {
        status = simulate(&options, &config);
    }
    config_free(&config);
    return status;
}
