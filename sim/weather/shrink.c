#include "sim/weather/shrink.h"

#include <string.h>

struct search {
    struct world_config config;
    enum promise promise;
    unsigned runs;
    shrink_goes_on *goes_on;
    void *context;
    struct weather smallest;
    struct world_result result;
};

static void copy_until(struct weather *into, const struct weather *from, uint64_t until_ms)
{
    for (size_t i = 0; i < from->count && from->faults[i].at_ms <= until_ms; i++)
        weather_add(into, &from->faults[i]);
}

/* Is it still broken with this weather? Then that is the smallest so far. */
static bool takes(struct search *search, struct weather *weather)
{
    struct world_result result;

    search->runs++;
    search->config.weather = weather;
    world_run(&search->config, &result);
    if (result.broken != search->promise)
        return false;
    weather_free(&search->smallest);
    copy_until(&search->smallest, weather, result.broken_ms);
    search->result = result;
    return true;
}

/* Without `count` faults from the one at `first` on. */
static bool takes_without(struct search *search, size_t first, size_t count)
{
    struct weather weather = {.faults = NULL};
    bool still;

    for (size_t i = 0; i < search->smallest.count; i++) {
        if (i < first || i >= first + count)
            weather_add(&weather, &search->smallest.faults[i]);
    }
    still = takes(search, &weather);
    weather_free(&weather);
    return still;
}

static bool may_go_on(const struct search *search)
{
    return search->goes_on(search->context, search->runs, search->smallest.count);
}

/* Large pieces first, from the beginning on: what is long ago seldom matters, and costs most. */
static void leave_out(struct search *search)
{
    size_t piece = search->smallest.count;

    while (piece > 0 && may_go_on(search)) {
        size_t first = 0;
        bool any = false;

        while (first < search->smallest.count && may_go_on(search)) {
            if (takes_without(search, first, piece))
                any = true;
            else
                first += piece;
        }
        if (piece == 1 && !any)
            break;
        piece = piece == 1 ? 1 : (piece + 1) / 2;
    }
}

bool shrink(const struct world_config *config, const struct world_result *broken, shrink_goes_on *goes_on,
            void *context, struct weather *weather, struct world_result *result)
{
    struct search search = {.config = *config, .promise = broken->broken, .goes_on = goes_on, .context = context};
    struct weather all = {.faults = NULL};
    bool repeats;

    if (config->weather != NULL)
        copy_until(&all, config->weather, broken->broken_ms);
    else
        weather_draw(&all, config->seed, config->duration_ms, world_calm_ms(config), config->device_count);
    search.config.duration_ms = broken->broken_ms + world_calm_ms(config);
    search.config.on_trace = NULL;
    search.config.on_progress = NULL;
    search.config.timeline = NULL;
    repeats = takes(&search, &all);
    weather_free(&all);
    if (repeats)
        leave_out(&search);
    *weather = search.smallest;
    *result = search.result;
    return repeats;
}
