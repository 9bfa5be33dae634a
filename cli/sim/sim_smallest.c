#include "sim_smallest.h"

#include "sim/watch/time.h"
#include "sim/weather/shrink.h"
#include "sim_scenario.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHRINK_RUNS = 300, SHRINK_S = 60 };

/* How long the fewest faults are looked for: runs of many years take their time. */
struct patience {
    double until_s;
    bool is_shown;
    bool is_over; /* before the end of the search */
};

static bool has_patience(void *context, unsigned runs, size_t faults)
{
    struct patience *const patience = context;

    if (patience->is_shown) {
        fprintf(stderr, "\r\033[Krun %u of at most %d: %zu fault%s", runs + 1, SHRINK_RUNS, faults,
                faults == 1 ? "" : "s");
    }
    patience->is_over = runs >= SHRINK_RUNS || time_cpu_s() >= patience->until_s;
    return !patience->is_over;
}

/* The command that runs it again. */
static void write_replay(const struct world_config *world, const char *path, const char *file, char *into, size_t size)
{
    const bool is_broken = world->sabotage != PROMISES;

    snprintf(into, size, "mote sim --scenario %s%s%s %s", path, is_broken ? " --break " : "",
             is_broken ? promise_name(world->sabotage) : "", file);
}

static void keep(const struct world_config *world, const struct world_result *smallest, const struct weather *weather,
                 const char *file)
{
    struct world_config config = *world;
    char path[64];
    char replay[512];
    char words[800];

    snprintf(path, sizeof(path), "mote-sim-%" PRIu64 ".yaml", world->seed);
    write_replay(world, path, file, replay, sizeof(replay));
    snprintf(words, sizeof(words), "%s is broken: %s. Again: %s", promise_name(smallest->broken),
             smallest->broken_words, replay);
    config.duration_ms = smallest->broken_ms + 1;
    if (sim_scenario_save(path, words, &config, weather)) {
        printf("smallest     %zu fault%s: %s\n             %s\n", weather->count, weather->count == 1 ? "" : "s",
               smallest->broken_words, replay);
    }
}

void sim_smallest_keep(const struct world_config *world, const struct world_result *result, const char *file)
{
    struct weather weather = {.faults = NULL};
    struct world_result smallest;
    struct patience patience = {.until_s = time_cpu_s() + SHRINK_S, .is_shown = world->on_progress != NULL};
    bool is_broken;

    fputs("mote: looking for the fewest faults that break it\n", stderr);
    is_broken = shrink(world, result, has_patience, &patience, &weather, &smallest);
    if (patience.is_shown) {
        fputs("\r\033[K", stderr);
    }
    if (patience.is_over) {
        fprintf(stderr, "mote: not looked any further: there may be fewer\n");
    }
    if (is_broken) {
        keep(world, &smallest, &weather, file);
    }
    weather_free(&weather);
}
