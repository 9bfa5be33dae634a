#include "sim/guest.h"

#include <mote/topic.h>

static enum mote_reason open_flash(void *context, const char *id, uint32_t size, struct mote_flash *flash)
{
    struct device *device = context;

    (void)id;
    (void)size;
    *flash = device->nor.flash;
    return MOTE_OK;
}

static void close_flash(void *context, struct mote_flash *flash)
{
    (void)context;
    (void)flash;
}

static const struct mote_flash_port flash_port = {.open = open_flash, .close = close_flash};

void guest_begin(struct device *device)
{
    const char *air = device->party.world->config->program->air;

    device->port.flash = &flash_port;
    if (mote_sim_air_set(&device->sim, mote_text(air == NULL ? MOTE_SIM_HOME_AIR : air)) != MOTE_OK)
        promise_break(device->party.world, PROMISE_LIVENESS, device->party.index,
                      "there is no such air: \"%s\" is not like NAME=KEY@-50;OPEN", air);
}

void guest_boot(struct device *device)
{
    const struct world_program *program = device->party.world->config->program;

    program->boot(program->context, &device->port);
    if (device->command_ms == 0) {
        device->command_ms = device->party.world->now_ms + 60000;
        device->press_ms = device->command_ms;
    }
}

uint64_t guest_turn(struct device *device)
{
    struct world *world = device->party.world;
    const struct world_program *program = world->config->program;
    uint64_t deadline_ms = UINT64_MAX;

    switch (program->go_on(program->context, &deadline_ms)) {
    case WORLD_PROGRAM_WAITS:
        break;
    case WORLD_PROGRAM_RUNS_WILD:
        promise_break(world, PROMISE_TIME, device->party.index,
                      "the program asks for the time without end, and never waits");
        break;
    case WORLD_PROGRAM_ENDED:
        promise_break(world, PROMISE_LIVENESS, device->party.index, "the program's main() has come to its end");
        break;
    }
    return deadline_ms;
}

/* --- What the broker sees of it --- */

static void tell_online(struct device *device, bool online)
{
    struct world *world = device->party.world;

    device_set_online(device, online);
    timeline_state(world->config->timeline, world->now_ms, device->party.index,
                   (uint8_t)(online ? MOTE_NODE_ONLINE : MOTE_NODE_WAITING), 0);
}

static void note_topic(struct device *device, struct mote_text filter)
{
    struct guest *guest = &device->guest;

    if (!mote_topic_is_name(filter) || filter.length >= GUEST_TOPIC_SIZE)
        return;
    for (unsigned i = 0; i < guest->topic_count; i++) {
        if (mote_text_equals(filter, guest->topics[i]))
            return;
    }
    if (guest->topic_count < GUEST_TOPICS_MAX)
        mote_text_copy(filter, guest->topics[guest->topic_count++], GUEST_TOPIC_SIZE);
}

void guest_observe(struct device *device, const struct mote_broker_event *event)
{
    switch (event->type) {
    case MOTE_BROKER_CLIENT_CONNECTED:
        mote_text_copy(event->client_id, device->id, sizeof device->id);
        tell_online(device, true);
        break;
    case MOTE_BROKER_CLIENT_DISCONNECTED:
        tell_online(device, false);
        break;
    case MOTE_BROKER_SUBSCRIBED:
        note_topic(device, event->filter->topic);
        break;
    case MOTE_BROKER_PUBLISHED:
        device->party.world->result->messages[event->message->qos].delivered++;
        break;
    default:
        break;
    }
}

/* --- People --- */

void guest_command(struct device *device)
{
    struct guest *guest = &device->guest;
    unsigned at = dice_below(&device->dice, guest->topic_count);
    bool on = dice_one_in(&device->dice, 2);

    if (guest->topic_count == 0)
        return;
    trace(device->party.world, TRACE_COMMAND, device->party.index, at, on);
    server_publish(device->party.world, guest->topics[at], on ? "on" : "off",
                   (enum mote_qos)dice_below(&device->dice, 3), false);
    device->party.world->result->commands++;
}

void guest_press(struct device *device, bool pressed)
{
    trace(device->party.world, TRACE_PRESS, device->party.index, 0, pressed);
    mote_sim_press(&device->sim, MOTE_SIM_BUTTON_PIN, pressed);
    device_wake(device);
}
