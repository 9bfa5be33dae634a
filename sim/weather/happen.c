/* Faults as they happen: each begins, lasts, and is over. */
#include "sim/inside.h"
#include "sim/memory.h"

#include <string.h>

bool happen_is_on(const struct world *world, const struct device *device, enum fault_kind kind)
{
    return device == NULL ? world->faults[kind] > 0 : device->faults[kind] > 0;
}

/* --- Air --- */

/* What is in the air follows from the faults that are on, whatever their order. */
static void settle_air(struct device *device)
{
    bool gone = device->faults[FAULT_ROUTER_REBOOT] + device->faults[FAULT_CHANNEL_CHANGE] > 0;

    for (unsigned i = 0; i < mote_sim_air_count(&device->sim); i++) {
        struct mote_sim_access_point *point = mote_sim_air_at(&device->sim, i);
        const struct mote_sim_access_point *usual = &device->usual_air[i];

        point->present = !gone;
        point->signal_dbm = device->faults[FAULT_WEAK_SIGNAL] > 0 ? -94 : usual->signal_dbm;
        point->no_lease = device->faults[FAULT_NO_LEASE] > 0;
        point->refuses = device->faults[FAULT_WIFI_REFUSES] > 0;
        memcpy(point->key, usual->key, sizeof point->key);
        if (device->faults[FAULT_WRONG_KEY] > 0)
            mote_text_copy(MOTE_TEXT("another key"), point->key, sizeof point->key);
    }
    device_wake(device);
}

static void change_channel(struct device *device)
{
    for (unsigned i = 0; i < mote_sim_air_count(&device->sim); i++) {
        struct mote_sim_access_point *point = mote_sim_air_at(&device->sim, i);
        static const uint8_t any[6];

        point->channel = (uint8_t)(1 + (point->channel + 5) % 13);
        if (memcmp(device->config.networks[i].bssid, any, sizeof any) == 0)
            point->bssid[4]++;
    }
}

static void hold_news(struct device *device, uint64_t for_ms)
{
    if (device->running)
        mote_sim_air_hold_news(&device->sim, device->sim.now_ms + for_ms);
}

static void reset_radio(struct device *device)
{
    if (device->running)
        device->sim.port.radio->set_active(&device->sim, MOTE_STATION, false);
    device_wake(device);
}

/* --- Connections --- */

static void break_connections(struct device *device, enum fault_kind kind)
{
    struct world *world = device->party.world;

    for (struct connection *c = world->connections; c != NULL; c = c->next) {
        if (c->party != &device->party || c->client == NULL)
            continue;
        if (kind == FAULT_HALF_OPEN) {
            c->dead = true;
            continue;
        }
        mote_broker_closed(c->client, world->now_ms);
        c->client = NULL;
        network_end(c, kind == FAULT_FIN ? STREAM_FIN : STREAM_RESET);
    }
    server_flush(world);
}

/* --- Power --- */

static void brown_out(struct device *device, uint64_t for_ms)
{
    device->brown_outs = (uint32_t)(for_ms / 1000);
    device_cut(device, 0);
}

static void suspend(struct device *device, uint64_t until_ms)
{
    if (!device->running)
        return;
    device->asleep_ms = until_ms;
    timeline_state(device->party.world->config->timeline, device->party.world->now_ms, device->party.index,
                   TIMELINE_ASLEEP, 0);
    device_wake(device);
}

/* --- Each kind --- */

static void publish_now(struct device *device, unsigned count)
{
    device->publish_count += count;
    device->publish_ms = device->party.world->now_ms;
    device->program_ms = device->publish_ms;
    device_wake(device);
}

static void begin_for_device(struct device *device, const struct fault *fault)
{
    switch (fault->kind) {
    case FAULT_LATE_NEWS:
        hold_news(device, fault->for_ms);
        break;
    case FAULT_RADIO_RESET:
        reset_radio(device);
        break;
    case FAULT_RESET:
    case FAULT_FIN:
    case FAULT_HALF_OPEN:
        break_connections(device, fault->kind);
        break;
    case FAULT_POWER_CUT:
        device_cut(device, fault->for_ms);
        break;
    case FAULT_FLASH_CUT: /* its program has something to write, too */
        store_cut_soon(device, fault->value);
        publish_now(device, 5);
        break;
    case FAULT_SETTINGS_CUT:
        kept_fail(device, fault->value);
        break;
    case FAULT_BIT_ROT:
        store_rot(device, fault->value);
        break;
    case FAULT_BROWN_OUT:
        brown_out(device, fault->for_ms);
        break;
    case FAULT_WATCHDOG:
        device_cut(device, 0);
        break;
    case FAULT_SUSPEND:
        suspend(device, fault->at_ms + fault->for_ms);
        break;
    case FAULT_MESSAGE_FLOOD:
        publish_now(device, 10 + fault->value % 150);
        break;
    case FAULT_COMMAND_FLOOD:
        device->command_count += 10 + fault->value % 300;
        device->command_ms = fault->at_ms;
        break;
    case FAULT_BUTTON:
        device->press_count += 2 + fault->value % 20;
        device->press_ms = fault->at_ms;
        break;
    default:
        settle_air(device);
    }
}

static void begin_for_broker(struct world *world, const struct fault *fault)
{
    switch (fault->kind) {
    case FAULT_BROKER_RESTART:
    case FAULT_BROKER_LOSES_SESSIONS:
        server_down(world, fault->kind == FAULT_BROKER_RESTART);
        break;
    case FAULT_BROKER_UPGRADE:
        server_say_goodbye(world);
        break;
    case FAULT_TWIN:
        twin_come(world, &world->devices[fault->device < 0 ? 0 : fault->device]);
        break;
    default:
        break;
    }
}

static bool concerns(const struct fault *fault, const struct device *device)
{
    return fault->device < 0 || fault->device == device->party.index;
}

static void begin(struct world *world, const struct fault *fault)
{
    trace(world, TRACE_FAULT, fault->device, fault->kind, fault->value);
    timeline_fault(world->config->timeline, fault);
    world->result->faults[fault->kind]++;
    world->over_ms = fault->at_ms + fault->for_ms;
    world->looked = false;
    world->faults[fault->kind] = (uint16_t)(world->faults[fault->kind] + (fault->for_ms > 0));
    for (unsigned i = 0; i < world->device_count; i++) {
        struct device *device = &world->devices[i];

        if (!concerns(fault, device))
            continue;
        device->faults[fault->kind] = (uint16_t)(device->faults[fault->kind] + (fault->for_ms > 0));
        begin_for_device(device, fault);
    }
    begin_for_broker(world, fault);
    if (fault->for_ms == 0)
        return;
    world->active = sim_grow(world->active, &world->active_room, world->active_count + 1, sizeof *world->active);
    world->active[world->active_count++] = *fault;
}

static void end_for_device(struct device *device, const struct fault *fault)
{
    device->faults[fault->kind]--;
    if (fault->kind == FAULT_CHANNEL_CHANGE)
        change_channel(device);
    if (fault->kind == FAULT_BROWN_OUT) {
        device->brown_outs = 0;
        device->brown_out_ms = UINT64_MAX;
    }
    if (fault->kind == FAULT_BROWN_OUT || fault->kind == FAULT_FLASH_CUT)
        store_cut_no_more(device);
    settle_air(device);
}

static void end_for_broker(struct world *world, enum fault_kind kind)
{
    if (world->faults[FAULT_BROKER_RESTART] + world->faults[FAULT_BROKER_LOSES_SESSIONS] +
            world->faults[FAULT_BROKER_UPGRADE] ==
        0)
        server_up(world);
    if (kind == FAULT_HELD_ACKS && world->faults[kind] == 0)
        server_release(world);
    if (kind == FAULT_TWIN)
        twin_go(world);
}

static void end(struct world *world, const struct fault *fault)
{
    trace(world, TRACE_FAULT_OVER, fault->device, fault->kind, 0);
    world->faults[fault->kind]--;
    for (unsigned i = 0; i < world->device_count; i++) {
        if (concerns(fault, &world->devices[i]))
            end_for_device(&world->devices[i], fault);
    }
    end_for_broker(world, fault->kind);
    world->over_ms = world->now_ms;
}

/* The sabotage of liveness: one fault is never over, and nobody knows. */
static bool is_left_on(struct world *world, const struct fault *fault)
{
    bool cuts_off = fault->kind == FAULT_ROUTER_REBOOT || fault->kind == FAULT_NO_ANSWER ||
                    fault->kind == FAULT_CONNECTION_REFUSED || fault->kind == FAULT_NO_LEASE;

    return world_sabotages(world, PROMISE_LIVENESS) && cuts_off;
}

void happen_turn(struct world *world)
{
    for (size_t i = world->active_count; i-- > 0;) {
        struct fault fault = world->active[i];

        if (fault.at_ms + fault.for_ms > world->now_ms)
            continue;
        memmove(&world->active[i], &world->active[i + 1], (--world->active_count - i) * sizeof fault);
        if (!is_left_on(world, &fault))
            end(world, &fault);
    }
    while (world->weather_at < world->weather->count &&
           world->weather->faults[world->weather_at].at_ms <= world->now_ms)
        begin(world, &world->weather->faults[world->weather_at++]);
}

uint64_t happen_due(const struct world *world)
{
    uint64_t due_ms = UINT64_MAX;

    if (world->weather_at < world->weather->count)
        due_ms = world->weather->faults[world->weather_at].at_ms;
    for (size_t i = 0; i < world->active_count; i++) {
        uint64_t end_ms = world->active[i].at_ms + world->active[i].for_ms;

        due_ms = end_ms < due_ms ? end_ms : due_ms;
    }
    return due_ms;
}
