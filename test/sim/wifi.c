/* The WiFi supervisor in thousands of random airs: access points come, go, fade, change their keys, refuse, give no
 * addresses, and the radio tells of it late. While this goes on it must not run wild; once it is over, it has to be
 * joined before long if any known network can be joined, or to say why it is not.
 *
 *   wifi [FIRST-SEED [COUNT]]
 */
#include <mote/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/sim/sim.h"
#include "wifi/supervisor.h"

enum {
    SEEDS = 2000,
    SEEDS_PER_CASE = 100,
    FAULTS = 150,
    FAULT_MS_MAX = 60000,
    CALM_MS = 20 * 60000,       /* of which ten minutes may go by until a key that was refused is tried again */
    JOINS_PER_MINUTE_MAX = 120, /* one that takes no time at all to fail would be tried without end */
    NAMES = 4,
};

static const char *const names[NAMES] = {"one", "two", "three", "four"};
static const char *const keys[] = {"key number 1", "key number 2", ""};

static struct {
    struct mote_sim sim;
    struct mote_radio_port radio; /* the board's, with a watch on it */
    struct mote_wifi_supervisor supervisor;
    struct mote_node_config config;
    uint32_t random;
    uint64_t minute;
    unsigned joins;
    const char *wrong;
} world;

static uint32_t draw(uint32_t below)
{
    world.random = world.random * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(world.random >> 8) * below >> 24);
}

static void require(bool condition, const char *words)
{
    if (!condition && world.wrong == NULL)
        world.wrong = words;
}

/* --- The radio under watch --- */

static enum mote_reason watched_connect(void *context, const struct mote_network *network,
                                        const struct mote_wifi_aim *aim)
{
    bool known = false;

    for (int i = 0; i < MOTE_NETWORKS_MAX; i++)
        known = known || (world.config.networks[i].ssid == network->ssid && network->ssid != NULL);
    require(known, "it tries a network that is not known");
    if (world.minute != world.sim.now_ms / 60000) {
        world.minute = world.sim.now_ms / 60000;
        world.joins = 0;
    }
    world.joins++;
    require(world.joins <= JOINS_PER_MINUTE_MAX, "it runs wild");
    return mote_sim_radio_port.connect(context, network, aim);
}

/* --- The world --- */

static struct mote_sim_access_point random_point(void)
{
    struct mote_sim_access_point point = {
        .signal_dbm = (int8_t)(-30 - (int)draw(70)), .present = draw(3) > 0, .hidden = draw(8) == 0};

    snprintf(point.ssid, sizeof point.ssid, "%s", names[draw(NAMES)]);
    snprintf(point.key, sizeof point.key, "%s", keys[draw(3)]);
    return point;
}

static struct mote_network random_network(const char *name)
{
    struct mote_network network = {.ssid = name,
                                   .password = keys[draw(3)],
                                   .priority = (uint8_t)draw(3),
                                   .hidden = draw(3) == 0,
                                   .attempts = (uint8_t)draw(3)};

    if (draw(6) == 0 && mote_sim_air_count(&world.sim) > 0)
        memcpy(network.bssid, mote_sim_air_at(&world.sim, draw(mote_sim_air_count(&world.sim)))->bssid, 6);
    return network;
}

static void begin(uint32_t seed)
{
    memset(&world, 0, sizeof world);
    world.random = seed * 2654435761u + 1;
    mote_sim_init(&world.sim, seed);
    world.radio = *world.sim.port.radio;
    world.radio.connect = watched_connect;
    world.sim.port.radio = &world.radio;
    for (uint32_t i = draw(12) + 1; i > 0; i--) {
        const struct mote_sim_access_point point = random_point();
        require(mote_sim_air_add(&world.sim, &point) == MOTE_OK, "no such access point may be");
    }
    world.config = (struct mote_node_config){.retry_delay_ms_min = 1000,
                                             .retry_delay_ms_max = 30000,
                                             .retry_reset_after_ms = 30000,
                                             .wifi_attempt_ms = 15000};
    for (uint32_t i = 0, count = draw(NAMES) + 1; i < count; i++)
        world.config.networks[i] = random_network(names[i]);
}

static void fault(void)
{
    struct mote_sim_access_point *point = mote_sim_air_at(&world.sim, draw(mote_sim_air_count(&world.sim)));

    switch (draw(8)) {
    case 0:
    case 1:
        point->present = !point->present;
        break;
    case 2:
        point->signal_dbm = (int8_t)(-30 - (int)draw(70));
        break;
    case 3:
        snprintf(point->key, sizeof point->key, "%s", keys[draw(3)]);
        break;
    case 4:
        point->refuses = !point->refuses;
        break;
    case 5:
        point->no_lease = !point->no_lease;
        break;
    case 6: /* the driver's news come late, or what happened in between never does */
        mote_sim_air_hold_news(&world.sim, world.sim.now_ms + draw(20000));
        break;
    default: /* somebody switches the radio off */
        world.sim.port.radio->set_active(world.sim.port.context, MOTE_STATION, false);
    }
}

static bool turn(void)
{
    return mote_supervisor_turn(&world.supervisor, &world.config, &world.sim.port, world.sim.now_ms);
}

static bool pass(uint64_t duration_ms)
{
    uint64_t end_ms = world.sim.now_ms + duration_ms;
    unsigned turns = 0;
    bool joined = turn();

    while (world.sim.now_ms < end_ms && world.wrong == NULL) {
        uint64_t until_ms = world.supervisor.deadline_ms < end_ms ? world.supervisor.deadline_ms : end_ms;

        world.sim.port.wait(world.sim.port.context, until_ms);
        joined = turn();
        require(turns++ < 100000, "it turns without end");
        require(joined || world.supervisor.deadline_ms != MOTE_NEVER, "it is apart, and waits for nothing");
    }
    return joined;
}

/* --- What has to be so when all is calm --- */

static bool can_be_joined(const struct mote_sim_access_point *point, const struct mote_network *network)
{
    static const uint8_t any[6];
    bool is_meant = memcmp(network->bssid, any, 6) == 0 || memcmp(network->bssid, point->bssid, 6) == 0;

    return point->present && !point->refuses && !point->no_lease && point->signal_dbm >= -90 && is_meant &&
           strcmp(point->ssid, network->ssid) == 0 && strcmp(point->key, network->password) == 0 &&
           (!point->hidden || network->hidden);
}

/* Among hidden access points of one name, and behind the radio's own choice, the right one may not be found: only what an
 * announced one has is asked for. */
static bool somewhere_can_be_joined(void)
{
    for (unsigned at = 0; at < mote_sim_air_count(&world.sim); at++) {
        const struct mote_sim_access_point *point = mote_sim_air_at(&world.sim, at);
        for (int i = 0; i < MOTE_NETWORKS_MAX && world.config.networks[i].ssid != NULL; i++) {
            if (!point->hidden && can_be_joined(point, &world.config.networks[i]))
                return true;
        }
    }
    return false;
}

static void calm_down(void)
{
    static const enum mote_reason reasons[] = {MOTE_WIFI_NO_NETWORK, MOTE_WIFI_WRONG_KEY, MOTE_WIFI_REFUSED,
                                               MOTE_WIFI_WEAK,       MOTE_DHCP_NO_LEASE,  MOTE_WIFI_LOST};
    bool is_said = false;
    bool joined;

    mote_sim_air_hold_news(&world.sim, 0);
    joined = pass(CALM_MS);
    for (int i = 0; i < 10 && !(joined && mote_sim_is_reachable(&world.sim)); i++) /* it may be on the move */
        joined = pass(7000);
    require(joined || !somewhere_can_be_joined(), "there is a network, and it does not get in");
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        is_said = is_said || world.supervisor.reason == reasons[i];
    require(joined || is_said, "it does not say why it is not joined");
    require(joined == mote_sim_is_reachable(&world.sim),
            "it takes itself for joined, and is not, or the other way round");
}

static const char *run(uint32_t seed)
{
    begin(seed);
    for (int i = 0; i < FAULTS && world.wrong == NULL; i++) {
        pass(draw(FAULT_MS_MAX));
        fault();
    }
    calm_down();
    return world.wrong;
}

int main(int argc, char **argv)
{
    uint32_t first = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : argc > 1 ? 1 : SEEDS;
    uint32_t failed = 0, failed_here = 0;

    for (uint32_t i = 1; i <= count; i++) {
        uint32_t seed = first + i - 1;
        const char *wrong = run(seed);

        if (wrong != NULL)
            printf("not ok sim/wifi/seed-%u - %s (run alone: %s %u)\n", (unsigned)seed, wrong, argv[0], (unsigned)seed);
        failed_here += wrong != NULL;
        if (i % SEEDS_PER_CASE != 0 && i != count)
            continue;
        if (failed_here == 0)
            printf("ok sim/wifi/seeds-to-%u\n", (unsigned)seed);
        failed += failed_here;
        failed_here = 0;
        fflush(stdout);
    }
    return failed > 0;
}
