#include "sim/flow.h"

#include "sim/inside.h"
#include "sim/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct world_messages *counted(const struct device *device, const struct flow *flow)
{
    return &device->party.world->result->messages[flow->qos];
}

static int index_of(const struct device *device, const struct flow *flow)
{
    return (int)(flow - device->flows);
}

/* The number, and bytes that follow from it and the topic, so that any other content is known to be wrong. */
size_t flow_payload(const struct flow *flow, uint32_t number, char into[FLOW_PAYLOAD_MAX])
{
    struct dice dice = {number};
    size_t size = (size_t)snprintf(into, FLOW_PAYLOAD_MAX, "%u ", number);
    size_t whole;

    for (const char *at = flow->topic; *at != '\0'; at++)
        dice.state = dice.state * 31 + (uint8_t)*at;
    whole = size + (dice_one_in(&dice, 16) ? dice_below(&dice, 600) : dice_below(&dice, 64));
    while (size < whole) {
        uint64_t word = dice_word(&dice);

        for (int i = 0; i < 8 && size < whole; i++, word >>= 8)
            into[size++] = (char)('a' + (word & 15));
    }
    return size;
}

static struct flow_message *message_of(const struct flow *flow, uint32_t number)
{
    return &flow->messages[number - flow->base];
}

/* --- Publishing --- */

static enum mote_reason offer(struct device *device, const struct flow *flow, uint32_t number)
{
    char payload[FLOW_PAYLOAD_MAX];
    size_t size = flow_payload(flow, number, payload);

    return mote_node_publish(&device->node, flow->topic, (struct mote_text){payload, size}, flow->qos, false);
}

static void take(struct device *device, struct flow *flow)
{
    flow->messages = sim_grow(flow->messages, &flow->room, flow->next - flow->base + 1, sizeof *flow->messages);
    *message_of(flow, flow->next) = (struct flow_message){.accepted = device->powered, .unknown = !device->powered};
    trace(device->party.world, TRACE_PUBLISH, device->party.index, (uint64_t)index_of(device, flow), flow->next);
    flow->next++;
    if (!device->powered)
        return;
    counted(device, flow)->accepted++;
    timeline_accepted(device->party.world->config->timeline, device->party.world->now_ms);
}

static enum mote_reason publish(struct device *device, struct flow *flow, uint32_t number)
{
    enum mote_reason reason = offer(device, flow, number);

    if (reason == MOTE_OK || !device->powered)
        return MOTE_OK;
    counted(device, flow)->refused++;
    trace(device->party.world, TRACE_REFUSED, device->party.index, (uint64_t)index_of(device, flow), reason);
    return reason;
}

/* The sabotage of what a flow promises: the world does not do what it says that it did. */
static bool sabotage(struct device *device, struct flow *flow)
{
    struct world *world = device->party.world;
    uint32_t number = flow->next;

    if (world_sabotages(world, PROMISE_QOS1) && flow->qos == MOTE_QOS_1 && dice_one_in(&world->sabotage_dice, 10)) {
        take(device, flow);
        return true;
    }
    if (!world_sabotages(world, PROMISE_ORDER) || flow->qos == MOTE_QOS_0 || !dice_one_in(&world->sabotage_dice, 10))
        return false;
    if (publish(device, flow, number + 1) != MOTE_OK)
        return true;
    take(device, flow);
    take(device, flow);
    if (publish(device, flow, number) != MOTE_OK)
        message_of(flow, number)->accepted = false;
    return true;
}

void flow_publish(struct device *device, struct flow *flow)
{
    if (!sabotage(device, flow) && publish(device, flow, flow->next) == MOTE_OK)
        take(device, flow);
}

/* --- Arriving --- */

static void check_first(struct device *device, struct flow *flow, uint32_t number)
{
    struct world *world = device->party.world;
    struct flow_message *message = message_of(flow, number);

    if (message->overtaken)
        promise_break(world, PROMISE_ORDER, device->party.index, "message %u of %s comes after message %u", number,
                      flow->topic, flow->ahead - 1);
    for (uint32_t before = flow->ahead < flow->base ? flow->base : flow->ahead; before < number; before++)
        message_of(flow, before)->overtaken = true;
    if (number >= flow->ahead)
        flow->ahead = number + 1;
    if (!message->accepted && !message->unknown && !message->given_up)
        promise_break(world, PROMISE_OUTBOX, device->party.index, "message %u of %s was refused, and arrives", number,
                      flow->topic);
    message->arrived = true;
    message->epoch = device->epoch;
    counted(device, flow)->delivered++;
    timeline_delivered(world->config->timeline, world->now_ms);
}

static void check_again(struct device *device, struct flow *flow, uint32_t number)
{
    struct world *world = device->party.world;

    counted(device, flow)->duplicates++;
    if (flow->qos == MOTE_QOS_0)
        promise_break(world, PROMISE_QOS0, device->party.index, "message %u of %s has arrived twice", number,
                      flow->topic);
    else if (number < flow->base)
        promise_break(world, PROMISE_OUTBOX, device->party.index,
                      "message %u of %s arrives again, and was settled long ago", number, flow->topic);
    else if (flow->qos == MOTE_QOS_2 && message_of(flow, number)->epoch == device->epoch)
        promise_break(world, PROMISE_QOS2, device->party.index,
                      "message %u of %s has arrived twice, and the broker has kept the session", number, flow->topic);
}

void flow_arrived(struct device *device, struct flow *flow, const struct mote_message *message)
{
    struct world *world = device->party.world;
    char expected[FLOW_PAYLOAD_MAX], found[16];
    struct mote_text digits = {message->payload.data, 0};
    uint32_t number = 0;

    while (digits.length < message->payload.length && digits.length < 10 && digits.data[digits.length] != ' ')
        digits.length++;
    if (!mote_text_to_number(digits, UINT32_MAX, &number) || number >= flow->next ||
        !mote_text_same((struct mote_text){expected, flow_payload(flow, number, expected)}, message->payload) ||
        message->qos != flow->qos) {
        mote_text_copy(digits, found, sizeof found);
        promise_break(world, PROMISE_CORRUPT, device->party.index, "a message of %s is not one that was published (%s)",
                      flow->topic, found);
        return;
    }
    trace(world, TRACE_ARRIVED, device->party.index, (uint64_t)index_of(device, flow), number);
    if (number < flow->base || message_of(flow, number)->arrived)
        check_again(device, flow, number);
    else
        check_first(device, flow, number);
}

/* --- Being over --- */

static void give_up(struct device *device, const struct flow *flow, struct flow_message *message)
{
    if (!message->accepted || message->arrived || message->given_up)
        return;
    message->given_up = true;
    counted(device, flow)->lost++;
}

void flow_power_lost(struct device *device, struct flow *flow)
{
    if (flow->kept)
        return;
    for (uint32_t number = flow->base; number < flow->next; number++)
        give_up(device, flow, message_of(flow, number));
}

static bool may_be_missing(const struct flow *flow, const struct flow_message *message)
{
    return message->arrived || message->given_up || !message->accepted || flow->qos == MOTE_QOS_0;
}

bool flow_is_complete(const struct flow *flow)
{
    for (uint32_t number = flow->base; number < flow->next; number++) {
        if (!may_be_missing(flow, message_of(flow, number)))
            return false;
    }
    return true;
}

void flow_settle(struct device *device, struct flow *flow)
{
    for (uint32_t number = flow->base; number < flow->next; number++) {
        struct flow_message *message = message_of(flow, number);

        if (!may_be_missing(flow, message))
            promise_break(device->party.world, flow->qos == MOTE_QOS_1 ? PROMISE_QOS1 : PROMISE_QOS2,
                          device->party.index, "message %u of %s was accepted and never arrives", number, flow->topic);
        if (flow->qos == MOTE_QOS_0)
            give_up(device, flow, message);
    }
    flow->base = flow->next;
    if (flow->ahead < flow->base)
        flow->ahead = flow->base;
}
