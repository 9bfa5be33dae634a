#include "port/cortexm/pins.h"
#include "port/chip/input.h"
#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/words.h"

static enum mote_reason open_on_board(struct mote_pin *pin, int level)
{
    enum mote_reason reason = mote_board_pin_open(pin, level);

    if (reason == MOTE_PIN_ABSENT)
        mote_words_say("pin %u: see the board's file for those that there are", pin->number);
    else if (reason != MOTE_OK)
        mote_words_say("pin %u: this board cannot have it in this direction, or with this pull", pin->number);
    return reason;
}

static enum mote_reason open_input(struct mote_pin *pin, struct mote_input *input)
{
    enum mote_reason reason;

    if (input == NULL) {
        mote_words_say("pin %u: too many inputs: see MOTE_INPUTS_MAX", pin->number);
        return MOTE_PIN_BUSY;
    }
    reason = open_on_board(pin, -1);
    if (reason != MOTE_OK)
        return reason;
    mote_input_begin(input, pin, mote_board_pins_have_edges);
    mote_clock_wake();
    return MOTE_OK;
}

static enum mote_reason open_pin(void *context, struct mote_pin *pin, int level)
{
    (void)context;
    if (pin->direction == MOTE_INPUT)
        return open_input(pin, mote_input_find(NULL));
    return open_on_board(pin, level);
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
    struct mote_input *input = pin->direction == MOTE_INPUT ? mote_input_find(pin) : NULL;

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
