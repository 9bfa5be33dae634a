/* A node in the simulated world: hundreds of random seeds, each a few days with faults of every kind, in which every promise has to
 * hold; the same seed twice, which has to be the same run; and each promise broken on purpose, which its checker has to see.
 *
 *   world [seed FIRST [COUNT] | break PROMISE | same]
 */
#include "sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEDS = 200,
    SEEDS_PER_CASE = 50,
    DAY_MS = 86400000,
};

static struct mote_switch switches[] = {
    {.name = "lamp", .pin = {.number = 2, .active = MOTE_LOW}},
    {.name = "pump", .pin = {.number = 4, .boot = MOTE_BOOT_ON}, .obey_retained = true},
    {.name = "fan", .pin = {.number = 5}, .on_time_ms_max = 600000},
};

static const struct mote_button buttons[] = {
    {.name = "button", .pin = {.number = 0, .active = MOTE_LOW}, .toggles = &switches[0]},
    {.name = "door", .pin = {.number = 12, .pull = MOTE_PULL_UP}},
};

/* What a node may be set to depends on the seed, too. */
static struct mote_node_config node_of(uint64_t seed)
{
    return (struct mote_node_config){
        .id = "thing",
        .networks = {{.ssid = "home", .password = "home sweet home"}, {.ssid = "attic", .password = "under the roof"}},
        .broker = "mqtt://broker",
        .keep_session = seed % 4 > 1,
        .version = seed % 2 == 0 ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1,
        .keep_alive_s = (uint16_t)(seed % 5 == 0 ? 10 : 60),
    };
}

/* Small ones are full soon, and their sectors go round. */
static struct world_flash flash_of(uint64_t seed)
{
    static const struct world_flash flashes[] = {
        {4096, 16, 4}, {2048, 4, 1}, {4096, 3, 4}, {4096, 4, 32}, {2048, 8, 16}};

    return flashes[seed % 5];
}

static void run(uint64_t seed, uint64_t duration_ms, enum promise sabotage, struct world_result *result)
{
    const struct mote_node_config node = node_of(seed);
    const struct world_config config = {
        .seed = seed,
        .duration_ms = duration_ms,
        .device_count = seed % 10 == 9 ? 3 : 1,
        .node = &node,
        .switches = switches,
        .switch_count = sizeof switches / sizeof switches[0],
        .buttons = buttons,
        .button_count = sizeof buttons / sizeof buttons[0],
        .flash = flash_of(seed),
        .sabotage = sabotage,
    };

    world_run(&config, result);
}

static bool keeps_its_promises(const char *program, uint64_t seed)
{
    struct world_result result;

    run(seed, 2 * (uint64_t)DAY_MS, PROMISES, &result);
    if (result.broken == PROMISES)
        return true;
    printf("not ok sim/world/seed-%" PRIu64 " - %s, device %d, at %" PRIu64 " ms: %s (run alone: %s seed %" PRIu64
           ")\n",
           seed, promise_name(result.broken), result.broken_device + 1, result.broken_ms, result.broken_words, program,
           seed);
    return false;
}

static int run_seeds(const char *program, uint64_t first, uint64_t count)
{
    unsigned failed = 0, failed_here = 0;

    for (uint64_t i = 1; i <= count; i++) {
        failed_here += !keeps_its_promises(program, first + i - 1);
        if (i % SEEDS_PER_CASE != 0 && i != count)
            continue;
        if (failed_here == 0)
            printf("ok sim/world/seeds-to-%" PRIu64 "\n", first + i - 1);
        failed += failed_here;
        failed_here = 0;
        fflush(stdout);
    }
    return failed > 0;
}

/* A checker that does not see this is blind. */
static int run_sabotage(const char *program, enum promise promise)
{
    struct world_result result;

    run(4, 20 * (uint64_t)DAY_MS, promise, &result);
    if (result.broken == promise) {
        printf("ok sim/world/sees-%s\n", promise_name(promise));
        return 0;
    }
    printf("not ok sim/world/sees-%s - %s is broken, and what is seen is: %s %s (run alone: %s break %s)\n",
           promise_name(promise), promise_name(promise), promise_name(result.broken), result.broken_words, program,
           promise_name(promise));
    return 1;
}

static int run_all_sabotages(const char *program)
{
    int failed = 0;

    for (int promise = 0; promise < PROMISES; promise++)
        failed |= run_sabotage(program, (enum promise)promise);
    return failed;
}

static int run_twice(const char *program)
{
    int failed = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world_result one, other;

        run(seed, DAY_MS, PROMISES, &one);
        run(seed, DAY_MS, PROMISES, &other);
        if (one.trace_hash == other.trace_hash && one.turns == other.turns)
            continue;
        failed = 1;
        printf("not ok sim/world/same-seed-%" PRIu64 " - two runs differ (run alone: %s same)\n", seed, program);
    }
    if (failed == 0)
        puts("ok sim/world/the-same-seed-is-the-same-run");
    return failed;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    enum promise promise;

    if (strcmp(what, "seed") == 0)
        return run_seeds(argv[0], first, argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
    if (strcmp(what, "break") == 0)
        return argc > 2 && promise_find(argv[2], &promise) ? run_sabotage(argv[0], promise) : 1;
    if (strcmp(what, "same") == 0)
        return run_twice(argv[0]);
    return run_twice(argv[0]) | run_all_sabotages(argv[0]) | run_seeds(argv[0], 1, SEEDS);
}
