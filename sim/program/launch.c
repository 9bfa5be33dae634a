/* A program that is linked with libmote-sim runs in the simulator: before its main() would begin, a world is made around it, with
 * one device that begins with main() each time its power comes back. What the run is to be stands in the environment:
 *
 *   MOTE_SIM_SEED     1 if not set
 *   MOTE_SIM_YEARS    of simulated time; 1 if not set
 *   MOTE_SIM_TRACE    if set, everything that happens is printed on stderr
 *   MOTE_SIM_AIR      the access points, as `SSBun=Bz123456@-50;Open`; else those that the programs of the manual know
 *   MOTE_SIM_WEATHER  a file with the faults, as weather_write() writes it; else they are drawn
 *   MOTE_SIM_RESULT   a descriptor that the result goes to; else a summary is printed on stdout */
#include "sim/program/program.h"
#include "sim/watch/summary.h"
#include "sim/watch/time.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAYS_PER_YEAR = 365, DAY_MS = 86400000, HOUR_MS = 3600000 };

static uint64_t hours; /* of simulated time that have passed */
static unsigned long long seed;

static void print_line(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

static double read_years(void)
{
    const char *text = getenv("MOTE_SIM_YEARS");
    char *end = NULL;
    double years = text != NULL ? strtod(text, &end) : 1;

    if (text != NULL && (end == text || *end != '\0' || !(years > 0 && years <= 1000))) {
        fprintf(stderr, "mote: MOTE_SIM_YEARS=%s: expected a number above 0, up to 1000 (config.invalid)\n", text);
        exit(2);
    }
    return years;
}

/* A seed has more digits than a double keeps. */
static uint64_t read_seed(void)
{
    const char *text = getenv("MOTE_SIM_SEED");
    char *end = NULL;
    unsigned long long number = text != NULL ? strtoull(text, &end, 10) : 1;

    if (text != NULL && (text[0] < '0' || text[0] > '9' || *end != '\0' || number > INT64_MAX)) {
        fprintf(stderr, "mote: MOTE_SIM_SEED=%s: expected a number of 0 to %lld (config.invalid)\n", text,
                (long long)INT64_MAX);
        exit(2);
    }
    return number;
}

static bool read_weather(struct weather *weather)
{
    const char *path = getenv("MOTE_SIM_WEATHER");
    FILE *file;
    bool read;

    if (path == NULL)
        return false;
    file = fopen(path, "r");
    read = file != NULL && weather_read(weather, file);
    if (file != NULL)
        fclose(file);
    if (!read) {
        fprintf(stderr, "mote: MOTE_SIM_WEATHER=%s: %s (config.invalid)\n", path,
                file == NULL ? strerror(errno) : "this is no weather");
        exit(2);
    }
    return true;
}

/* An assertion of the program's. */
static void on_abort(int number)
{
    (void)number;
    fflush(stdout);
    fprintf(stderr, "mote: simulator: the program has given up, after %llu simulated hours with seed %llu\n",
            (unsigned long long)hours, seed);
    _exit(134);
}

static void count_hours(void *context, uint64_t now_ms)
{
    (void)context;
    hours = now_ms / HOUR_MS;
}

static bool give_result(const struct world_result *result)
{
    const char *text = getenv("MOTE_SIM_RESULT");
    const int fd = text != NULL ? atoi(text) : -1;

    return fd >= 0 && write(fd, result, sizeof *result) == (ssize_t)sizeof *result;
}

static void print_summary(const struct world_config *config, const struct world_result *result, double cpu, char **argv)
{
    char again[512];
    struct summary summary = {.config = config, .result = result, .cpu_s = cpu, .replay = again};

    snprintf(again, sizeof again, "MOTE_SIM_SEED=%llu MOTE_SIM_YEARS=%g %s", (unsigned long long)config->seed,
             (double)config->duration_ms / DAY_MS / DAYS_PER_YEAR, argv[0]);
    summary_print(&summary);
}

__attribute__((constructor)) static void launch(int argc, char **argv)
{
    struct mote_node_config node = {.id = "program"};
    struct world_program program;
    struct weather weather = {.count = 0};
    struct world_result result;
    struct world_config config = {
        .seed = read_seed(),
        .duration_ms = (uint64_t)(read_years() * DAYS_PER_YEAR * DAY_MS),
        .device_count = 1,
        .node = &node,
        .program = &program,
        .sabotage = PROMISES,
        .on_progress = count_hours,
        .on_trace = getenv("MOTE_SIM_TRACE") != NULL ? print_line : NULL,
    };
    double begun_s = time_cpu_s();

    seed = config.seed;
    signal(SIGABRT, on_abort);
    program_begin(&program, argc, argv);
    program.air = getenv("MOTE_SIM_AIR");
    if (read_weather(&weather))
        config.weather = &weather;
    world_run(&config, &result);
    fflush(stdout);
    if (!give_result(&result))
        print_summary(&config, &result, time_cpu_s() - begun_s, argv);
    weather_free(&weather);
    fflush(stdout);
    _exit(result.broken == PROMISES ? 0 : 1);
}
