#include "node/inside.h"

/* Each one counts, unlike its state: what does not go into the outbox, or without one into the session, is told as what is wrong. */
static void publish_event(struct mote_button *button)
{
    char topic[MOTE_TOPIC_SIZE];
    enum mote_reason reason;

    if (!mote_node_topic(button->node, button->name, "event", topic))
        return;
    reason = mote_node_publish(button->node, topic, mote_text(button->pressed ? "press" : "release"),
                               (enum mote_qos)button->event_qos, false);
    if (reason != MOTE_OK)
        mote_node_complain(button->node, reason);
}

/* Comes from within the port's wait(): what is local is done here, what goes out waits for the turn that follows. */
static void on_change(struct mote_pin *pin, bool pressed, void *context)
{
    struct mote_button *button = context;

    (void)pin;
    button->pressed = pressed;
    if (pressed && button->toggles != NULL)
        mote_switch_set(button->toggles, !mote_switch_is_on(button->toggles));
    mote_node_report(button->node, &button->state);
    if (button->event_qos != 0)
        publish_event(button);
    if (button->on_change != NULL)
        button->on_change(button, pressed, button->context);
}

static enum mote_reason join(struct mote_node *node, struct mote_button *button)
{
    char topic[MOTE_TOPIC_SIZE];
    enum mote_reason reason;

    if (!mote_node_may_name(node, button->name) || !mote_node_topic(node, button->name, "state", topic))
        return mote_node_blame(node, MOTE_CONFIG_INVALID, button->name == NULL ? "button" : button->name,
                               "a button needs a name of its own, 1 to 32 bytes without / + #");
    if (button->event_qos > MOTE_QOS_2)
        return mote_node_blame(node, MOTE_CONFIG_INVALID, button->name, "its events have QoS 1 or 2, or 0: none");
    button->pin.direction = MOTE_INPUT;
    button->pin.on_change = on_change;
    button->pin.context = button;
    reason = mote_pin_open(&button->pin);
    if (reason != MOTE_OK)
        return mote_node_blame(node, reason, button->name, mote_reason_words(reason));
    return MOTE_OK;
}

enum mote_reason mote_node_add_button(struct mote_node *node, struct mote_button *button)
{
    enum mote_reason reason = node->fault.reason != MOTE_OK ? node->fault.reason : join(node, button);

    if (reason != MOTE_OK)
        return reason;
    button->state = (struct mote_report){0};
    button->pressed = mote_pin_read(&button->pin);
    button->node = node;
    button->next = node->buttons;
    node->buttons = button;
    mote_node_report(node, &button->state);
    return MOTE_OK;
}
