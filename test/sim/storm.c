/* A broker goes away for a random time, and a thousand nodes want it back: how many attempts does it see in a second? In virtual time,
 * with whole nodes and the embedded broker.
 *
 *   storm [FIRST-SEED [COUNT]]
 *
 * The rates are those of docs/RECONNECT.md:
 *
 *   with retry_spread_ms  N / spread. Attempts lie in windows, one a node in each, evenly drawn: in a second there are as many as a
 *                         Poisson process of that rate has at most. The margin is 6 standard deviations, sqrt(N / spread) each: for
 *                         100 a second that is passed once in 4e7 seconds.
 *   with the defaults     N a second at most, since a node leaves a second in between; and once the delays have reached their bounds,
 *                         2 N / (minimum + maximum), with the same margin. They have after two minutes.
 *
 * All are online again within the longest delay, 30 s; and no two nodes that have met go on together: three attempts in a row at the
 * same milliseconds are chance in one of 500 storms at most.
 */
#include "fleet.h"

enum {
    SEEDS = 12,
    NODES = 1000,
    SPREAD_MS = 10000,
    DELAY_MS_MIN = 1000,
    DELAY_MS_MAX = 30000,
    OUTAGE_MS_MAX = 600000,
    SETTLED_MS = 120000,
};

static unsigned root(unsigned square)
{
    unsigned number = 0;

    while (number * number < square)
        number++;
    return number;
}

/* With its margin. */
static unsigned bound_of(unsigned rate)
{
    return rate + 6 * root(rate);
}

/* When each node has tried, the first three times of an outage from the `skip`-th on. */
static void take_times(uint64_t times[NODES][3], unsigned skip)
{
    static unsigned counts[NODES];

    memset(counts, 0, sizeof counts);
    memset(times, 0, sizeof times[0] * NODES);
    for (unsigned i = 0; i < fleet.dial_count; i++) {
        unsigned node = fleet.dials[i].node;
        if (counts[node] >= skip && counts[node] < skip + 3)
            times[node][counts[node] - skip] = fleet.dials[i].at_ms;
        counts[node]++;
    }
}

static void require_no_pairs(void)
{
    static uint64_t times[NODES][3];

    for (unsigned skip = 0; skip < 12; skip += 3) {
        take_times(times, skip);
        for (unsigned i = 0; i < NODES; i++) {
            for (unsigned k = 0; k < i; k++)
                fleet_require(times[i][2] == 0 || memcmp(times[i], times[k], sizeof times[i]) != 0,
                              "two nodes stay together");
        }
    }
}

static void go_through_outage(uint64_t outage_ms)
{
    fleet.dial_count = 0;
    fleet_take_down(0);
    fleet_pass(outage_ms);
    fleet_bring_up(0);
    fleet_pass(DELAY_MS_MAX + 1);
    fleet_require(fleet_online() == NODES, "not all are online again");
    fleet_require(fleet.dial_count < FLEET_DIALS_MAX, "there are more attempts than are kept");
}

static bool run(uint32_t seed, uint32_t spread_ms, bool tells)
{
    unsigned rate = spread_ms > 0 ? NODES * 1000u / spread_ms : NODES;
    unsigned settled = 2000u * NODES / (DELAY_MS_MIN + DELAY_MS_MAX);
    unsigned most = 0, most_settled = 0;

    fleet_begin(seed, NODES, (struct mote_node_config){.broker = "mqtt://b0", .retry_spread_ms = spread_ms});
    fleet_bring_up(0);
    fleet_pass(60000);
    for (int outages = 0; outages < 2 && fleet.wrong == NULL; outages++) {
        uint64_t from_ms = fleet.now_ms;
        unsigned peak;

        go_through_outage(1000 + fleet_draw(OUTAGE_MS_MAX));
        require_no_pairs();
        peak = fleet_rate_max(from_ms);
        most = peak > most ? peak : most;
        fleet_require(peak <= (spread_ms > 0 ? bound_of(rate) : NODES), "more attempts a second than are stated");
        peak = fleet_rate_max(from_ms + SETTLED_MS);
        most_settled = peak > most_settled ? peak : most_settled;
        fleet_require(peak <= bound_of(settled), "more attempts a second than are stated for a long outage");
        fleet_pass(60000);
    }
    fleet_end();
    printf("%s sim/storm/%s-%u%s%s", fleet.wrong == NULL ? "ok" : "not ok", spread_ms > 0 ? "spread" : "defaults", seed,
           fleet.wrong == NULL ? "" : " - ", fleet.wrong == NULL ? "" : fleet.wrong);
    if (fleet.wrong != NULL)
        printf(" (run alone: build/asan/test/sim/storm %u 1)", seed);
    printf("\n");
    if (tells)
        printf("seed %u, spread %u ms: %u attempts in the worst second, %u after %d s\n", seed, spread_ms, most,
               most_settled, SETTLED_MS / 1000);
    return fleet.wrong == NULL;
}

int main(int argc, char **argv)
{
    uint32_t first = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : SEEDS;
    bool fine = true;

    for (uint32_t seed = first; seed < first + count; seed++) {
        fine = run(seed, SPREAD_MS, argc > 1) && fine;
        fine = run(seed, 0, argc > 1) && fine;
    }
    return fine ? 0 : 1;
}
