#include "port/cortexm/pins.h"
#include "port/chip/input.h"
#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/words.h"

static enum mote_reason open_input(struct mote_pin *pin, struct mote_input *input)
{
    enum mote_reason reason;

    if (input == NULL) {
        mote_words_say("pin: too many inputs: see MOTE_INPUTS_MAX");
        return MOTE_PIN_BUSY;
    }
    reason = mote_board_pin_open(pin, -1);
    if (reason != MOTE_OK)
        return reason;
    mote_input_begin(input, pin, mote_board_pins_have_edges);
    mote_clock_wake();
    return MOTE_OK;
}

static enum mote_reason open_pin(void *context, struct mote_pin *pin, int level)
{
    (void)context;
    mote_words_say("pin: %s", pin->name == NULL ? "" : pin->name);
    if (pin->direction == MOTE_INPUT)
        return open_input(pin, mote_input_find(NULL));
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
