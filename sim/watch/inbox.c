#include "sim/watch/inbox.h"

#include "sim/inside.h"
#include "sim/memory.h"

#include <stdio.h>

static struct inbox_message *message_of(const struct inbox *inbox, uint32_t number)
{
    return &inbox->messages[number - inbox->base];
}

static bool read_number(const struct inbox *inbox, const struct mote_message *message, uint32_t *number)
{
    return mote_text_to_number(message->payload, UINT32_MAX, number) && *number < inbox->next;
}

void inbox_send(struct device *device)
{
    struct inbox *inbox = &device->inbox;
    char number[11];

    if (inbox->topic[0] == '\0' || !device->party.world->server.up)
        return;
    inbox->messages = sim_grow(inbox->messages, &inbox->room, inbox->next - inbox->base + 1, sizeof *inbox->messages);
    *message_of(inbox, inbox->next) = (struct inbox_message){.epoch = device->epoch};
    mote_text_from_number(inbox->next++, number);
    server_publish(device->party.world, inbox->topic, number, MOTE_QOS_2, false);
    if (sabotage_errand(device->party.world))
        server_publish(device->party.world, inbox->topic, number, MOTE_QOS_2, false);
}

void inbox_routed(struct device *device, const struct mote_message *message, size_t sessions)
{
    struct inbox *inbox = &device->inbox;
    uint32_t number;

    if (mote_text_equals(message->topic, inbox->topic) && read_number(inbox, message, &number) && number >= inbox->base)
        message_of(inbox, number)->routed = sessions > 0;
}

/* --- The program --- */

/* Once more it may come only where the session was lost, or the power went before the device had written down that it has it. */
static void take_again(struct device *device, uint32_t number)
{
    const struct inbox *inbox = &device->inbox;

    if (number < inbox->base)
        promise_break(device->party.world, PROMISE_QOS2, device->party.index,
                      "message %u to it comes again, and was settled long ago", number);
    else if (message_of(inbox, number)->epoch == device->epoch && !message_of(inbox, number)->unsure &&
             !device->damaged)
        promise_break(device->party.world, PROMISE_QOS2, device->party.index,
                      "message %u to it has come twice, and the broker has kept the session", number);
}

static void take_first(struct device *device, uint32_t number)
{
    struct inbox *inbox = &device->inbox;

    if (number < inbox->ahead)
        promise_break(device->party.world, PROMISE_ORDER, device->party.index,
                      "message %u to it comes after message %u", number, inbox->ahead - 1);
    message_of(inbox, number)->taken = true;
    inbox->ahead = number + 1;
}

static void on_message(struct mote_node *node, const struct mote_message *message, void *context)
{
    struct device *device = context;
    struct inbox *inbox = &device->inbox;
    uint32_t number;

    (void)node;
    if (!read_number(inbox, message, &number)) {
        promise_break(device->party.world, PROMISE_CORRUPT, device->party.index,
                      "a message to it is not one that was sent");
        return;
    }
    trace(device->party.world, TRACE_ERRAND, device->party.index, number, message->duplicate);
    if (number < inbox->turn)
        inbox->turn = number;
    if (number < inbox->base || message_of(inbox, number)->taken)
        take_again(device, number);
    else
        take_first(device, number);
}

void inbox_begin(struct device *device)
{
    struct inbox *inbox = &device->inbox;

    snprintf(inbox->topic, sizeof inbox->topic, "%s/in", device->id);
    mote_node_subscribe(&device->node, inbox->topic, MOTE_QOS_2, on_message, device);
}

void inbox_turn(struct device *device)
{
    device->inbox.turn = UINT32_MAX;
}

void inbox_cut(struct device *device)
{
    struct inbox *inbox = &device->inbox;

    for (uint32_t number = inbox->turn < inbox->base ? inbox->base : inbox->turn; number < inbox->ahead; number++)
        message_of(inbox, number)->unsure = true;
}

void inbox_settle(struct device *device)
{
    struct inbox *inbox = &device->inbox;

    for (uint32_t number = inbox->base; number < inbox->next; number++) {
        const struct inbox_message *message = message_of(inbox, number);

        if (message->routed && !message->taken && message->epoch == device->epoch && !device->damaged)
            promise_break(device->party.world, PROMISE_QOS2, device->party.index,
                          "message %u to it was in its session, and never comes", number);
    }
    inbox->base = inbox->next;
    if (inbox->ahead < inbox->base)
        inbox->ahead = inbox->base;
}
