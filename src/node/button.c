#include "node/inside.h"

/* Comes from within the port's wait(): what is local is done here, what goes out waits for the turn that follows. */
static void on_change(struct mote_pin *pin, bool pressed, void *context)
{
    struct mote_button *button = context;

    (void)pin;
    button->pressed = pressed;
    if (pressed && button->toggles != NULL)
        mote_switch_set(button->toggles, !mote_switch_is_on(button->toggles));
    mote_node_report(button->node, &button->state);
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
