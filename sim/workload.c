/* What the devices' programs do, and the people around them: numbered messages, commands, buttons. */
#include "sim/guest.h"

#include <stdio.h>
#include <string.h>

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)

static const struct {
    const char *name;
    enum mote_qos qos;
    enum mote_outbox_policy policy;
} flows[] = {
    {"often", MOTE_QOS_0, MOTE_OUTBOX_ALL},        {"surely", MOTE_QOS_1, MOTE_OUTBOX_ALL},
    {"also", MOTE_QOS_1, MOTE_OUTBOX_ALL},         {"once", MOTE_QOS_2, MOTE_OUTBOX_ALL},
    {"event", MOTE_QOS_2, MOTE_OUTBOX_ALL},        {"latest", MOTE_QOS_1, MOTE_OUTBOX_LATEST},
    {"some", MOTE_QOS_1, MOTE_OUTBOX_DROP_OLDEST}, {"soon", MOTE_QOS_2, MOTE_OUTBOX_EXPIRE},
};

void workload_declare(struct device *device)
{
    for (unsigned i = 0; i < sizeof flows / sizeof flows[0]; i++) {
        struct flow *flow = &device->flows[device->flow_count++];

        flow->qos = flows[i].qos;
        flow->policy = flows[i].policy;
        flow->kept = flow->qos != MOTE_QOS_0;
        snprintf(flow->topic, sizeof flow->topic, "%s/w/%s", device->id, flows[i].name);
    }
}

void workload_begin(struct device *device)
{
    uint64_t now_ms = device->party.world->now_ms;

    device->publish_ms = now_ms + dice_below(&device->dice, 60000);
    device->program_ms = device->publish_ms;
    if (device->command_ms == 0) {
        device->command_ms = now_ms + MINUTE;
        device->press_ms = now_ms + MINUTE;
    }
    inbox_begin(device);
}

/* --- The program --- */

void workload_program(struct device *device)
{
    uint64_t now_ms = device->party.world->now_ms;

    if (now_ms < device->publish_ms)
        return;
    if (!checks_is_quiet(device->party.world)) {
        for (unsigned count = device->publish_count + 1; count > 0 && device->powered; count--)
            flow_publish(device, &device->flows[dice_below(&device->dice, device->flow_count)]);
        if (device->powered && dice_one_in(&device->dice, 40))
            kept_change(device);
        device->publish_count = dice_one_in(&device->dice, 16) ? dice_below(&device->dice, 12) : 0;
    }
    device->publish_ms = now_ms + dice_magnitude(&device->dice, 10 * SECOND, 60 * MINUTE);
    device->program_ms = device->publish_ms;
}

/* --- People --- */

static void command(struct device *device)
{
    struct world *world = device->party.world;

    if (guest_is_there(world)) {
        guest_command(device);
        return;
    }
    if (dice_one_in(&device->dice, 2) || world->config->switch_count == 0) {
        inbox_send(device);
        return;
    }
    unsigned at = dice_below(&device->dice, world->config->switch_count);
    bool on = dice_one_in(&device->dice, 2);
    const struct mote_switch *thing = &device->switches[at];

    if (thing->node == NULL)
        return;
    trace(world, TRACE_COMMAND, device->party.index, at, on);
    server_publish(world, thing->command_topic != NULL ? thing->command_topic : thing->topic, on ? "on" : "off",
                   (enum mote_qos)dice_below(&device->dice, 3), dice_one_in(&device->dice, 8));
}

static void press(struct device *device)
{
    struct world *world = device->party.world;

    if (!device->running || device->asleep_ms != 0)
        return;
    if (guest_is_there(world)) {
        device->pressed = 1;
        guest_press(device, true);
        return;
    }
    if (world->config->button_count == 0)
        return;
    unsigned at = dice_below(&device->dice, world->config->button_count);
    const struct mote_button *button = &device->buttons[at];
    if (button->toggles != NULL)
        device->excused_by_hand |= UINT32_C(1) << (button->toggles - device->switches);
    device->pressed = at + 1;
    trace(world, TRACE_PRESS, device->party.index, at, 1);
    mote_sim_press(&device->sim, button->pin.number, true);
    device_wake(device);
}

static void let_go(struct device *device)
{
    if (guest_is_there(device->party.world)) {
        device->pressed = 0;
        guest_press(device, false);
        return;
    }
    trace(device->party.world, TRACE_PRESS, device->party.index, device->pressed - 1, 0);
    mote_sim_press(&device->sim, device->buttons[device->pressed - 1].pin.number, false);
    device->pressed = 0;
    device_wake(device);
}

static uint64_t next_ms(struct device *device, unsigned *count, uint64_t soon_ms, uint64_t later_ms)
{
    uint64_t now_ms = device->party.world->now_ms;

    if (*count == 0)
        return now_ms + dice_magnitude(&device->dice, soon_ms, later_ms);
    --*count;
    return now_ms + dice_below(&device->dice, 200);
}

void workload_people(struct device *device)
{
    const struct world *world = device->party.world;
    bool is_quiet = checks_is_quiet(world);

    if (world->now_ms >= device->command_ms) {
        if (!is_quiet)
            command(device);
        device->command_ms = next_ms(device, &device->command_count, MINUTE, 240 * MINUTE);
    }
    if (world->now_ms < device->press_ms)
        return;
    if (device->pressed > 0)
        let_go(device);
    else if (!is_quiet)
        press(device);
    device->press_ms = device->pressed > 0 ? world->now_ms + dice_between(&device->dice, 50, 900)
                                           : next_ms(device, &device->press_count, MINUTE, 480 * MINUTE);
}

uint64_t workload_due(const struct device *device)
{
    return device->command_ms < device->press_ms ? device->command_ms : device->press_ms;
}
