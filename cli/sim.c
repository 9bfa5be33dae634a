/* mote sim: a node in years of simulated bad weather. */
#include "cli.h"
#include "config/config.h"
#include "config/config_outbox.h"
#include "sim/sim_json.h"
#include "sim/sim_report.h"
#include "sim/sim_scenario.h"
#include "sim/sim_smallest.h"
#include "sim/watch/summary.h"
#include "sim/watch/time.h"

#include <mote/sim.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    "  --scenario FILE     a weather of your own, instead of the seed's: see docs/SIMULATOR.md\n"
    "  --faults            lists the kinds of faults, and what each does\n"
    "  --report FILE       writes a page that shows the run\n"
    "  --break PROMISE     breaks it on purpose, to see that it is noticed\n"
    "  --trace             prints everything that happens, a line each\n"
    "  --json              prints the summary as JSON\n"
    "  --help              this text\n"
    "\n"
    "Examples:\n"
    "  mote sim examples/home-switch.yaml\n"
    "  mote sim --years 10 --seed 7 --nodes 20 examples/home-switch.yaml\n"
    "  mote sim --scenario examples/weather.yaml --report weather.html examples/home-switch.yaml\n"
    "\n"
    "Exit status: 0 if all promises were kept, 1 if one was broken: then the last lines say which, when, and how to "
    "see it\n"
    "again; and the fewest faults that it takes are in mote-sim-SEED.yaml.\n";

enum { MS_PER_YEAR_PERCENT = 315360000 };

struct sim_options {
    const char *file;
    struct world_config world;
    const char *scenario;
    const char *report;
    double years;
    bool has_years;
    bool has_seed;
    bool has_nodes;
    bool faults;
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
    options->has_years = true;
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
        options->has_seed = true;
        return true;
    case 'n':
        if (!read_number("--nodes", optarg, 1, WORLD_DEVICES_MAX, &number)) {
            return false;
        }
        options->world.device_count = (unsigned)number;
        options->has_nodes = true;
        return true;
    case 'b':
        return read_promise(optarg, &options->world.sabotage);
    case 'c':
        options->scenario = optarg;
        return true;
    case 'r':
        options->report = optarg;
        return true;
    case 'f':
        options->faults = true;
        return true;
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
        {"years", required_argument, NULL, 'y'},
        {"seed", required_argument, NULL, 's'},
        {"nodes", required_argument, NULL, 'n'},
        {"scenario", required_argument, NULL, 'c'},
        {"report", required_argument, NULL, 'r'},
        {"break", required_argument, NULL, 'b'},
        {"faults", no_argument, NULL, 'f'},
        {"trace", no_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
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
    if (!options->help && !options->faults && argc - optind != 1) {
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

static size_t append(char *into, size_t size, size_t used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static size_t append(char *into, size_t size, size_t used, const char *format, ...)
{
    va_list arguments;
    int more;

    va_start(arguments, format);
    more = vsnprintf(into + used, size - used, format, arguments);
    va_end(arguments);
    return more < 0 || (size_t)more >= size - used ? size - 1 : used + (size_t)more;
}

/* The command that runs it again. */
static void write_replay(const struct sim_options *options, char *into, size_t size)
{
    size_t used = append(into, size, 0, "mote sim --seed %" PRIu64, options->world.seed);

    if (options->has_years || options->scenario == NULL) {
        used = append(into, size, used, " --years %g", options->years);
    }
    if (options->world.device_count > 1) {
        used = append(into, size, used, " --nodes %u", options->world.device_count);
    }
    if (options->scenario != NULL) {
        used = append(into, size, used, " --scenario %s", options->scenario);
    }
    if (options->world.sabotage != PROMISES) {
        used = append(into, size, used, " --break %s", promise_name(options->world.sabotage));
    }
    append(into, size, used, " %s", options->file);
}

/* What the file of the weather says counts where the command line says nothing. */
static bool take_scenario(struct sim_options *options, struct sim_scenario *scenario)
{
    struct world_config *const world = &options->world;
    const struct sim_scenario_told told = {.duration_ms = options->has_years ? world->duration_ms : 0,
                                           .nodes = options->has_nodes ? world->device_count : 0};

    if (options->scenario == NULL) {
        return true;
    }
    if (!sim_scenario_load(scenario, options->scenario, &told)) {
        return false;
    }
    if (scenario->has_seed && !options->has_seed) {
        world->seed = scenario->seed;
    }
    if (scenario->duration_ms != 0 && !options->has_years) {
        world->duration_ms = scenario->duration_ms;
    }
    if (scenario->nodes != 0 && !options->has_nodes) {
        world->device_count = scenario->nodes;
    }
    if (scenario->is_drawn) {
        weather_draw(&scenario->weather, world->seed, world->duration_ms, world_calm_ms(world), world->device_count);
        weather_sort(&scenario->weather);
    }
    world->weather = &scenario->weather;
    return true;
}

/* Of a large flash so much: each start reads all of it. */
enum { SECTOR_SIZE = 4096, SECTORS_MAX = 64 };

static void fill_in_outbox(struct world_config *world, const struct config *config)
{
    struct mote_outbox_config outbox = {.topics = NULL};
    const uint32_t sectors = config_outbox_size(config) / SECTOR_SIZE;

    config_outbox_topics(config, &outbox);
    world->topics = outbox.topics;
    world->topic_count = outbox.topic_count;
    world->flash =
        (struct world_flash){.sector_size = SECTOR_SIZE, .sector_count = sectors < SECTORS_MAX ? sectors : SECTORS_MAX};
}

static void fill_in(struct sim_options *options, struct config *config)
{
    struct world_config *const world = &options->world;

    world->node = &config->node;
    world->switches = config->switches;
    world->switch_count = config->switch_count;
    world->buttons = config->buttons;
    world->button_count = config->button_count;
    fill_in_outbox(world, config);
    world->context = options;
    world->on_trace = options->trace ? print_line : NULL;
    world->on_progress = isatty(STDERR_FILENO) && !options->trace ? show_progress : NULL;
}

static bool tell(const struct sim_options *options, FILE *report, const struct summary *summary)
{
    if (options->json) {
        sim_json_print(summary);
    } else {
        summary_print(summary);
    }
    fflush(stdout);
    return report == NULL || sim_report_write(report, options->report, summary);
}

static int simulate(struct sim_options *options, FILE *report)
{
    static struct timeline timeline;
    struct world_result result;
    char replay[512];
    const double begun_s = time_cpu_s();
    struct summary summary = {.config = &options->world, .result = &result, .replay = replay};
    bool told;

    timeline.duration_ms = options->world.duration_ms;
    options->world.timeline = report != NULL ? &timeline : NULL;
    write_replay(options, replay, sizeof(replay));
    world_run(&options->world, &result);
    end_progress(options);
    summary.cpu_s = time_cpu_s() - begun_s;
    told = tell(options, report, &summary);
    timeline_free(&timeline);
    if (result.broken != PROMISES && !options->json) {
        sim_smallest_keep(&options->world, &result, options->file);
    }
    return result.broken == PROMISES && told ? 0 : 1;
}

static int list_faults(void)
{
    for (int i = 0; i < FAULT_KINDS; i++) {
        char usual[32] = "";

        if (fault_usual_ms((enum fault_kind)i) != 0) {
            time_span(fault_usual_ms((enum fault_kind)i), usual, sizeof(usual));
        }
        printf("%-22s %s%s%s\n", fault_name((enum fault_kind)i), fault_words((enum fault_kind)i),
               usual[0] != '\0' ? "; usually for " : "", usual);
    }
    return 0;
}

static int run_file(struct sim_options *options)
{
    struct sim_scenario scenario = {.has_seed = false};
    FILE *report = NULL;
    struct config config;
    int status = 1;

    if (!config_load(&config, options->file)) {
        return 1;
    }
    fill_in(options, &config);
    if (take_scenario(options, &scenario) && fits_the_board(&config) &&
        (options->report == NULL || (report = sim_report_open(options->report)) != NULL)) {
        status = simulate(options, report);
    }
    weather_free(&scenario.weather);
    config_free(&config);
    return status;
}

int cli_sim(int argc, char **argv)
{
    struct sim_options options;

    if (!read_options(argc, argv, &options)) {
        return 1;
    }
    if (options.help) {
        fputs(help, stdout);
        return 0;
    }
    return options.faults ? list_faults() : run_file(&options);
}
