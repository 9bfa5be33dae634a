#include "port/cortexm/pins.h"
#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/words.h"
#include <mote/sched.h>

enum { SETTLE_MS = 20 };

/* A contact bounces: what counts is the level that it has when it has been quiet for a while. */
struct input {
    struct mote_pin *pin; /* NULL: free */
    volatile bool edge;   /* since the last turn */
    int level;            /* at the last turn */
    uint64_t settled_ms;
};

static struct input inputs[MOTE_CORTEXM_INPUTS];

void mote_pins_edge(unsigned number)
{
    for (int i = 0; i < MOTE_CORTEXM_INPUTS; i++) {
        if (inputs[i].pin != NULL && inputs[i].pin->number == number)
            inputs[i].edge = true;
    }
}

static bool has_moved(struct input *input)
{
    int level = mote_board_pin_read(input->pin->number);
    bool moved = input->edge || level != input->level;

    input->edge = false;
    input->level = level;
    return moved;
}

static void settle(struct input *input, uint64_t now_ms)
{
    if (has_moved(input)) {
        input->settled_ms = now_ms + SETTLE_MS;
    } else if (now_ms >= input->settled_ms) {
        input->settled_ms = mote_board_pins_have_edges ? MOTE_NEVER : now_ms + SETTLE_MS;
        mote_pin_changed(input->pin, input->level);
    }
}

void mote_pins_turn(uint64_t now_ms)
{
    for (int i = 0; i < MOTE_CORTEXM_INPUTS; i++) {
        if (inputs[i].pin != NULL)
            settle(&inputs[i], now_ms);
    }
}

uint64_t mote_pins_deadline(void)
{
    uint64_t earliest_ms = MOTE_NEVER;

    for (int i = 0; i < MOTE_CORTEXM_INPUTS; i++) {
        if (inputs[i].pin != NULL && inputs[i].settled_ms < earliest_ms)
            earliest_ms = inputs[i].settled_ms;
    }
    return earliest_ms;
}

static struct input *find(const struct mote_pin *pin)
{
    for (int i = 0; i < MOTE_CORTEXM_INPUTS; i++) {
        if (inputs[i].pin == pin)
            return &inputs[i];
    }
    return NULL;
}

static enum mote_reason open_input(struct mote_pin *pin, struct input *input)
{
    enum mote_reason reason;

    if (input == NULL) {
        mote_words_say("pin", "too many inputs: see MOTE_CORTEXM_INPUTS");
        return MOTE_PIN_BUSY;
    }
    reason = mote_board_pin_open(pin, -1);
    if (reason != MOTE_OK)
        return reason;
    input->edge = true; /* it may move before it is read */
    input->pin = pin;
    mote_clock_wake();
    return MOTE_OK;
}

static enum mote_reason open_pin(void *context, struct mote_pin *pin, int level)
{
    (void)context;
    mote_words_say("pin", pin->name == NULL ? "" : pin->name);
    if (pin->direction == MOTE_INPUT)
        return open_input(pin, find(NULL));
    return mote_board_pin_open(pin, level);
}

static void write_pin(void *context, struct mote_pin *pin, int level)
{
    (void)context;
    mote_board_pin_write(pin->number, level);
}

static int read_pin(void *context, struct mote_pin *pin)
{
    (void)context;
    return mote_board_pin_read(pin->number);
}

static void close_pin(void *context, struct mote_pin *pin)
{
    struct input *input = pin->direction == MOTE_INPUT ? find(pin) : NULL;

    (void)context;
    if (input != NULL)
        input->pin = NULL;
    mote_board_pin_close(pin->number);
}

const struct mote_pin_port mote_cortexm_pins = {
    .open = open_pin,
    .write = write_pin,
    .read = read_pin,
    .close = close_pin,
};
