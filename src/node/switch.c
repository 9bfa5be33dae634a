#include "node/inside.h"

#include <mote/topic.h>

/* A payload in pieces cannot be `on`, and is no reason to switch off. */
static void on_command(struct mote_node *node, const struct mote_message *message, void *context)
{
    struct mote_switch *thing = context;

    (void)node;
    if (message->payload_offset == 0 && mote_message_is_last(message))
        mote_switch_set(thing, mote_text_equals_nocase(message->payload, "on"));
}

static enum mote_reason join(struct mote_node *node, struct mote_switch *thing)
{
    unsigned options = MOTE_QOS_1 | (thing->obey_retained ? MOTE_WITH_RETAINED : 0);
    enum mote_reason reason;

    if (!mote_node_may_name(node, thing->name))
        return mote_node_blame(node, MOTE_CONFIG_INVALID, thing->name == NULL ? "switch" : thing->name,
                               "a switch needs a name of its own, 1 to 32 bytes without / + #");
    if (!mote_node_topic(node, thing->name, "state", thing->topic) ||
        !mote_node_topic(node, thing->name, "set", thing->topic) ||
        (thing->command_topic != NULL && !mote_topic_is_name(mote_text(thing->command_topic))))
        return mote_node_blame(node, MOTE_CONFIG_INVALID, thing->name, "its topic cannot be used");
    thing->pin.direction = MOTE_OUTPUT;
    reason = mote_pin_open(&thing->pin);
    if (reason != MOTE_OK)
        return mote_node_blame(node, reason, thing->name, mote_reason_words(reason));
    return mote_node_subscribe_thing(node, thing->command_topic == NULL ? thing->topic : thing->command_topic, options,
                                     on_command, thing);
}

static void switch_off(void *context)
{
    mote_switch_set(context, false);
}

static void limit_on_time(struct mote_switch *thing, bool on)
{
    if (!on)
        mote_timer_stop(&thing->node->sched, &thing->off_timer);
    else if (thing->on_time_ms_max != 0)
        mote_after(&thing->node->sched, &thing->off_timer, thing->on_time_ms_max, switch_off, thing);
}

enum mote_reason mote_node_add_switch(struct mote_node *node, struct mote_switch *thing)
{
    enum mote_reason reason = node->fault.reason != MOTE_OK ? node->fault.reason : join(node, thing);

    if (reason != MOTE_OK)
        return reason;
    thing->off_timer = (struct mote_timer){0}; /* it may have been another node's before a restart */
    thing->state = (struct mote_report){0};
    thing->node = node;
    thing->next = node->switches;
    node->switches = thing;
    mote_node_report(node, &thing->state);
    limit_on_time(thing, mote_switch_is_on(thing));
    return MOTE_OK;
}

enum mote_reason mote_switch_set(struct mote_switch *thing, bool on)
{
    bool was_on = mote_switch_is_on(thing);
    enum mote_reason reason = mote_pin_write(&thing->pin, on);

    if (reason != MOTE_OK || was_on == on || thing->node == NULL)
        return reason;
    mote_node_report(thing->node, &thing->state);
    limit_on_time(thing, on);
    return MOTE_OK;
}

bool mote_switch_is_on(struct mote_switch *thing)
{
    return mote_pin_read(&thing->pin);
}
