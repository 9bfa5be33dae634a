#include "port/sim/sim.h"
#include <string.h>

static uint64_t now_ms(void *context)
{
    return ((struct mote_sim *)context)->now_ms;
}

/* SplitMix64. */
static uint32_t next_random(void *context)
{
    struct mote_sim *sim = context;
    uint64_t word = sim->random += 0x9e3779b97f4a7c15u;

    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)(word >> 32);
}

static void wait_virtually(void *context, uint64_t deadline_ms)
{
    struct mote_sim *sim = context;
    uint64_t due_ms = mote_sim_deadline(sim);

    if (due_ms < deadline_ms)
        deadline_ms = due_ms;
    mote_sim_turn(sim, deadline_ms == UINT64_MAX ? sim->now_ms : deadline_ms);
}

static bool stop_requested(void *context)
{
    return ((struct mote_sim *)context)->stop;
}

static const char *words(void *context)
{
    return ((struct mote_sim *)context)->words;
}

void mote_sim_init(struct mote_sim *sim, uint32_t seed)
{
    memset(sim, 0, sizeof *sim);
    sim->random = seed;
    sim->power = true;
    sim->words = "";
    sim->port = (struct mote_port){
        .context = sim,
        .now_ms = now_ms,
        .random = next_random,
        .wait = wait_virtually,
        .stop_requested = stop_requested,
        .words = words,
        .pins = &mote_sim_pin_port,
        .radio = &mote_sim_radio_port,
        .settings = &mote_sim_settings_port,
        .flash = &mote_sim_store_port,
    };
    mote_sim_store_reset(sim);
    mote_sim_pins_init(sim);
    mote_sim_air_reset(sim);
}

bool mote_sim_turn(struct mote_sim *sim, uint64_t time_ms)
{
    bool air_moved, pins_moved;

    if (time_ms > sim->now_ms)
        sim->now_ms = time_ms;
    air_moved = mote_sim_air_turn(sim);
    pins_moved = mote_sim_pins_turn(sim);
    return air_moved || pins_moved;
}

uint64_t mote_sim_deadline(const struct mote_sim *sim)
{
    return sim->pins.changed ? sim->now_ms : mote_sim_air_deadline(sim);
}

void mote_sim_power(struct mote_sim *sim, bool on)
{
    if (sim->power == on)
        return;
    sim->power = on;
    mote_sim_pins_reset(sim);
    mote_sim_air_reset(sim);
}
