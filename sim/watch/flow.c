#include "sim/watch/flow.h"

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

/* The next number is used, for a message that is there, or may be: the power went meanwhile, or the flash has failed. */
static void take(struct device *device, struct flow *flow, bool is_sure)
{
    flow->messages = sim_grow(flow->messages, &flow->room, flow->next - flow->base + 1, sizeof *flow->messages);
    *message_of(flow, flow->next) = (struct flow_message){.accepted = is_sure, .unknown = !is_sure};
    trace(device->party.world, TRACE_PUBLISH, device->party.index, (uint64_t)index_of(device, flow), flow->next);
    flow->next++;
    if (!is_sure)
        return;
    counted(device, flow)->accepted++;
    timeline_accepted(device->party.world->config->timeline, device->party.world->now_ms);
}

static void refuse(struct device *device, const struct flow *flow, enum mote_reason reason)
{
    counted(device, flow)->refused++;
    trace(device->party.world, TRACE_REFUSED, device->party.index, (uint64_t)index_of(device, flow), reason);
}

static void publish(struct device *device, struct flow *flow)
{
    enum mote_reason reason = offer(device, flow, flow->next);

    if (device->powered && reason != MOTE_OK)
        refuse(device, flow, reason);
    if (reason == MOTE_OK || reason == MOTE_OUTBOX_CORRUPT || !device->powered)
        take(device, flow, device->powered && reason == MOTE_OK);
}

/* The sabotage of what a flow promises: the world does not do what it says that it did. */
static bool sabotage(struct device *device, struct flow *flow)
{
    struct world *world = device->party.world;
    uint32_t number = flow->next;

    if (world_sabotages(world, PROMISE_QOS1) && flow->qos == MOTE_QOS_1 && dice_one_in(&world->sabotage_dice, 10)) {
        take(device, flow, true);
        return true;
    }
    if (!world_sabotages(world, PROMISE_ORDER) || flow->qos == MOTE_QOS_0 || !dice_one_in(&world->sabotage_dice, 10))
        return false;
    take(device, flow, offer(device, flow, number + 1) == MOTE_OK);
    take(device, flow, offer(device, flow, number) == MOTE_OK);
    return true;
}

void flow_publish(struct device *device, struct flow *flow)
{
    if (!sabotage(device, flow))
        publish(device, flow);
}

/* --- Arriving --- */

/* Of what the power has cut off, this is there after all: on its way already, or accepted. */
static void count_arrival(struct world_messages *count, const struct flow_message *message)
{
    count->delivered++;
    count->lost -= message->given_up;
    count->accepted += message->unknown;
}

/* After a power cut what may have been sent is sent again, in order and to its end. Of a topic of which the latest counts, one may be
 * among it that was left out before: that is why what comes last is looked at, too. */
static void check_first(struct device *device, struct flow *flow, uint32_t number)
{
    struct world *world = device->party.world;
    struct flow_message *message = message_of(flow, number);

    if (message->overtaken && flow->policy != MOTE_OUTBOX_LATEST)
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
    count_arrival(counted(device, flow), message);
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
    else if (flow->qos == MOTE_QOS_2 && message_of(flow, number)->epoch == device->epoch && !device->damaged)
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
    flow->last = number;
    if (number < flow->base || message_of(flow, number)->arrived)
        check_again(device, flow, number);
    else
        check_first(device, flow, number);
}

/* --- Being over --- */

/* One that will not arrive any more. */
static void give_up(struct flow_message *message, uint64_t *count)
{
    if (!message->accepted || message->arrived || message->given_up)
        return;
    message->given_up = true;
    ++*count;
}

void flow_power_lost(struct device *device, struct flow *flow)
{
    if (flow->kept)
        return;
    for (uint32_t number = flow->base; number < flow->next; number++)
        give_up(message_of(flow, number), &counted(device, flow)->lost);
}

/* Of a topic of which the latest counts, is there one after it? */
static bool is_replaced(const struct flow *flow, uint32_t number)
{
    for (uint32_t later = number + 1; later < flow->next; later++) {
        if (message_of(flow, later)->accepted || message_of(flow, later)->unknown)
            return true;
    }
    return false;
}

/* By what its topic was declared to be? */
static bool may_be_given_up(const struct flow *flow, uint32_t number)
{
    switch (flow->policy) {
    case MOTE_OUTBOX_LATEST:
        return is_replaced(flow, number);
    case MOTE_OUTBOX_DROP_OLDEST:
    case MOTE_OUTBOX_EXPIRE:
        return true;
    case MOTE_OUTBOX_ALL:
        break;
    }
    return false;
}

static void miss(struct device *device, const struct flow *flow, uint32_t number)
{
    struct world *world = device->party.world;

    if (device->damaged && !device->damage_seen)
        promise_break(world, PROMISE_CORRUPT, device->party.index,
                      "message %u of %s was in a flash that has lost a bit, and is missing without a word", number,
                      flow->topic);
    if (!device->damaged)
        promise_break(world, flow->qos == MOTE_QOS_1 ? PROMISE_QOS1 : PROMISE_QOS2, device->party.index,
                      "message %u of %s was accepted and never arrives", number, flow->topic);
}

static void check_last(struct device *device, const struct flow *flow)
{
    if (flow->ahead > flow->base && flow->last != flow->ahead - 1)
        promise_break(device->party.world, PROMISE_ORDER, device->party.index,
                      "message %u of %s has arrived, and after it message %u as the last one", flow->ahead - 1,
                      flow->topic, flow->last);
}

void flow_settle(struct device *device, struct flow *flow)
{
    struct world_messages *count = counted(device, flow);

    check_last(device, flow);
    for (uint32_t number = flow->base; number < flow->next; number++) {
        struct flow_message *message = message_of(flow, number);

        if (message->arrived || message->given_up || !message->accepted)
            continue;
        if (may_be_given_up(flow, number)) {
            give_up(message, &count->given_up);
            continue;
        }
        if (flow->qos != MOTE_QOS_0)
            miss(device, flow, number);
        give_up(message, &count->lost);
    }
    flow->base = flow->next;
    if (flow->ahead < flow->base)
        flow->ahead = flow->base;
}
