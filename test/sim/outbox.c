/* Outboxes through thousands of random lives: flashes of all sizes that are cut, torn and fail, brokers that restart with and without
 * their sessions, connections that end in the middle of a packet. What was accepted arrives: at least once, or exactly once while the
 * broker keeps the session, in the order of its topic; and once all is calm, all of it has arrived.
 *
 *   outbox [FIRST-SEED [COUNT]]
 */
#include "outbox_life.h"

enum { SEEDS = 1000, SEEDS_PER_CASE = 100, STEPS = 260 };

static struct {
    uint64_t random;
    bool cuts, forgets, moves;
} weather;

static uint32_t draw(uint32_t below)
{
    weather.random = weather.random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((weather.random >> 33) % below);
}

static void make_flash(uint32_t seed)
{
    uint32_t sector_size = 256u << draw(3);
    uint32_t program_size = 1u << draw(5);

    rig_init(sector_size, 3 + draw(6), program_size, draw(2) == 0, seed);
    rig.config.sync_delay_ms = draw(200);
    rig.config.first = (uint16_t)(draw(2) * draw(65536));
    rig.nor.tear = (enum mote_sim_tear)draw(MOTE_SIM_TEAR_COUNT);
}

/* What may go wrong in this life at all is drawn first: so that some have much of one thing. */
static void make_weather(uint32_t seed)
{
    weather.random = seed * 0x9E3779B97F4A7C15u;
    draw(2);
    make_flash(seed);
    weather.cuts = draw(4) != 0;
    weather.forgets = draw(3) == 0;
    weather.moves = seed % 4 == 3;
}

static void change_weather(void)
{
    if (weather.cuts && rig.nor.cut_in == UINT64_MAX && draw(12) == 0)
        rig.nor.cut_in = draw(draw(2) == 0 ? 30 : 700);
    if (weather.forgets && draw(40) == 0) {
        life_disconnect();
        life_broker_forget();
    }
}

static const char *live(uint32_t seed)
{
    make_weather(seed);
    life_begin_with(seed, weather.moves);
    for (unsigned step = 0; step < STEPS && life.wrong == NULL; step++) {
        change_weather();
        life_step(step);
    }
    rig.nor.cut_in = UINT64_MAX;
    life_end();
    return life.wrong;
}

static bool run_seed(uint32_t seed, const char *program)
{
    const char *wrong = live(seed);

    if (wrong != NULL)
        printf("not ok sim/outbox/seed-%u - %s (run alone: %s %u)\n", (unsigned)seed, wrong, program, (unsigned)seed);
    return wrong == NULL;
}

/* Those that have found something once. */
static uint32_t run_saved(const char *program)
{
    static const uint32_t saved[] = {4350, 5480, 5898, 8585,  11081, 21043, 103082, 210549,
                                     4325, 4595, 9951, 24946, 46421, 47398, 70106};
    uint32_t failed = 0;

    for (size_t i = 0; i < sizeof saved / sizeof saved[0]; i++)
        failed += !run_seed(saved[i], program);
    if (failed == 0)
        printf("ok sim/outbox/saved-seeds\n");
    return failed;
}

int main(int argc, char **argv)
{
    uint32_t first = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : argc > 1 ? 1 : SEEDS;
    uint32_t failed = argc > 1 ? 0 : run_saved(argv[0]), failed_here = 0;
    unsigned long messages = 0, cuts = 0;

    for (uint32_t i = 1; i <= count; i++) {
        failed_here += !run_seed(first + i - 1, argv[0]);
        messages += life.count;
        cuts += life.cuts;
        if (i % SEEDS_PER_CASE != 0 && i != count)
            continue;
        if (failed_here == 0)
            printf("ok sim/outbox/seeds-to-%u\n", (unsigned)(first + i - 1));
        failed += failed_here;
        failed_here = 0;
        fflush(stdout);
    }
    fprintf(stderr, "%lu messages, %lu power cuts\n", messages, cuts);
    return failed > 0;
}
