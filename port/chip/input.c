#include "port/chip/input.h"
#include <mote/sched.h>

enum { SETTLE_MS = 20 };

static struct mote_input inputs[MOTE_INPUTS_MAX];

struct mote_input *mote_input_find(const struct mote_pin *pin)
{
    for (int i = 0; i < MOTE_INPUTS_MAX; i++) {
        if (inputs[i].pin == pin)
            return &inputs[i];
    }
    return NULL;
}

void mote_input_edge(unsigned number)
{
    for (int i = 0; i < MOTE_INPUTS_MAX; i++) {
        if (inputs[i].pin != NULL && inputs[i].pin->number == number)
            inputs[i].edge = true;
    }
}

void mote_input_begin(struct mote_input *input, struct mote_pin *pin, bool has_edges)
{
    input->edge = true; /* it may have moved before it is read */
    input->has_edges = has_edges;
    input->settled_ms = 0;
    input->pin = pin;
}

static bool has_moved(struct mote_input *input)
{
    const struct mote_port *port = mote_port();
    bool moved = input->edge;
    int level;

    input->edge = false; /* before the level is read: what comes after that is looked at in the next turn */
    level = port->pins->read(port->context, input->pin);
    moved = moved || level != input->level;
    input->level = level;
    return moved;
}

static void settle(struct mote_input *input, uint64_t now_ms)
{
    if (has_moved(input)) {
        input->settled_ms = now_ms + SETTLE_MS;
    } else if (now_ms >= input->settled_ms) {
        input->settled_ms = input->has_edges ? MOTE_NEVER : now_ms + SETTLE_MS;
        mote_pin_changed(input->pin, input->level);
    }
}

void mote_inputs_turn(uint64_t now_ms)
{
    for (int i = 0; i < MOTE_INPUTS_MAX; i++) {
        if (inputs[i].pin != NULL)
            settle(&inputs[i], now_ms);
    }
}

uint64_t mote_inputs_deadline(void)
{
    uint64_t earliest_ms = MOTE_NEVER;

    for (int i = 0; i < MOTE_INPUTS_MAX; i++) {
        if (inputs[i].pin != NULL && inputs[i].settled_ms < earliest_ms)
            earliest_ms = inputs[i].settled_ms;
    }
    return earliest_ms;
}
