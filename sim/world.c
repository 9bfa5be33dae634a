#include "sim/world.h"

#include "sim/inside.h"
#include "sim/memory.h"

#include <stdio.h>
#include <stdlib.h>

#define HOUR_MS UINT64_C(3600000)

const char *world_time(uint64_t now_ms, char *into, size_t size)
{
    uint64_t s = now_ms / 1000;

    snprintf(into, size, "%4ud %02u:%02u:%02u.%03u", (unsigned)(s / 86400), (unsigned)(s / 3600 % 24),
             (unsigned)(s / 60 % 60), (unsigned)(s % 60), (unsigned)(now_ms % 1000));
    return into;
}

uint64_t world_patience_ms(const struct world_config *config)
{
    uint32_t retry_ms = config->node->retry_delay_ms_max != 0 ? config->node->retry_delay_ms_max : 30000;

    return WORLD_PATIENCE_MS + 2 * (uint64_t)retry_ms;
}

uint64_t world_calm_ms(const struct world_config *config)
{
    return world_patience_ms(config) + 5 * 60000;
}

static void begin(struct world *world)
{
    const struct world_config *config = world->config;

    world->result->broken = PROMISES;
    world->network_dice = dice_of(config->seed, 3);
    world->sabotage_dice = dice_of(config->seed, 4);
    world->weather = config->weather;
    if (world->weather == NULL) {
        weather_draw(&world->drawn, config->seed, config->duration_ms, world_calm_ms(config), config->device_count);
        world->weather = &world->drawn;
    }
    world->twin = (struct party){.world = world, .index = -1, .due_ms = UINT64_MAX};
    server_begin(world);
    world->device_count = config->device_count;
    world->devices = sim_allocate(config->device_count, sizeof *world->devices);
    for (unsigned i = 0; i < config->device_count; i++)
        device_begin(world, i);
}

static void end(struct world *world)
{
    for (unsigned i = 0; i < world->device_count; i++)
        device_end(&world->devices[i]);
    network_free(world);
    server_end(world);
    weather_free(&world->drawn);
    free(world->active);
    free(world->devices);
    mote_port_install(NULL);
}

static void sooner(uint64_t *due_ms, uint64_t other_ms)
{
    if (other_ms < *due_ms)
        *due_ms = other_ms;
}

static uint64_t next_ms(const struct world *world)
{
    uint64_t due_ms = world->config->duration_ms;

    for (unsigned i = 0; i < world->device_count; i++) {
        sooner(&due_ms, world->devices[i].party.due_ms);
        sooner(&due_ms, workload_due(&world->devices[i]));
    }
    sooner(&due_ms, network_due(world));
    sooner(&due_ms, server_due(world));
    sooner(&due_ms, world->twin.due_ms);
    sooner(&due_ms, happen_due(world));
    sooner(&due_ms, checks_calm_due(world));
    return due_ms;
}

static void tell_progress(struct world *world)
{
    if (world->config->on_progress == NULL || world->now_ms < world->progress_ms)
        return;
    world->progress_ms = world->now_ms + HOUR_MS;
    world->config->on_progress(world->config->context, world->now_ms);
}

static void turn(struct world *world)
{
    happen_turn(world);
    network_turn(world);
    server_turn(world);
    sabotage_broker(world);
    if (world->twin.due_ms <= world->now_ms)
        twin_turn(world);
    for (unsigned i = 0; i < world->device_count; i++) {
        struct device *device = &world->devices[i];

        if (workload_due(device) <= world->now_ms)
            workload_people(device);
        if (device->party.due_ms <= world->now_ms)
            device_turn(device);
    }
    if (checks_calm_due(world) <= world->now_ms)
        checks_calm(world);
    tell_progress(world);
}

void world_run(const struct world_config *config, struct world_result *result)
{
    struct world *world = sim_allocate(1, sizeof *world);

    *result = (struct world_result){.trace_hash = config->seed};
    world->config = config;
    world->result = result;
    begin(world);
    while (world->now_ms < config->duration_ms && result->broken == PROMISES) {
        uint64_t due_ms = next_ms(world);

        if (due_ms > world->now_ms)
            world->now_ms = due_ms;
        turn(world);
    }
    result->ended_ms = world->now_ms;
    end(world);
    free(world);
}
