#include "port/sim/sim.h"

enum { NONE = -1, PULLS_DOWN = 16 };

static bool exists(uint16_t number)
{
    return number <= 5 || (number >= 12 && number <= 16);
}

static int rest_level(const struct mote_sim *sim, uint16_t number)
{
    const struct mote_pin *owner = sim->pins.at[number].owner;

    if (sim->pins.at[number].pull != NONE)
        return sim->pins.at[number].pull;
    if (number == MOTE_SIM_BUTTON_PIN || number == MOTE_SIM_LED_PIN)
        return 1;
    return owner != NULL && owner->active == MOTE_LOW;
}

int mote_sim_level(const struct mote_sim *sim, uint16_t number)
{
    if (!exists(number))
        return -1;
    if (!sim->power)
        return 0;
    if (sim->pins.at[number].output)
        return sim->pins.at[number].latch;
    if (sim->pins.at[number].driven != NONE)
        return sim->pins.at[number].driven;
    return rest_level(sim, number);
}

static bool must_be_told(const struct mote_sim *sim, uint16_t number)
{
    return sim->pins.at[number].owner != NULL && !sim->pins.at[number].output &&
           sim->pins.at[number].told != mote_sim_level(sim, number);
}

static void update(struct mote_sim *sim, uint16_t number)
{
    int level = mote_sim_level(sim, number);

    if (must_be_told(sim, number))
        sim->pins.changed = true;
    if (level == sim->pins.at[number].shown)
        return;
    sim->pins.at[number].shown = (uint8_t)level;
    if (sim->pins.on_pin != NULL)
        sim->pins.on_pin(sim, number, sim->pins.on_pin_context);
}

static bool is_own(const struct mote_sim *sim, const struct mote_pin *pin)
{
    return pin->number < MOTE_SIM_PINS && sim->pins.at[pin->number].owner == pin;
}

/* The chip has pull-ups, but for pin 16, which has a pull-down. */
static bool has_pull(uint16_t number, enum mote_pull pull)
{
    return pull == MOTE_PULL_NONE || (pull == MOTE_PULL_DOWN) == (number == PULLS_DOWN);
}

static enum mote_reason refuse(struct mote_sim *sim, enum mote_reason reason, const char *words)
{
    sim->words = words;
    return reason;
}

static enum mote_reason open_pin(void *context, struct mote_pin *pin, int level)
{
    struct mote_sim *sim = context;
    uint16_t number = pin->number;

    if (!sim->power)
        return refuse(sim, MOTE_PIN_ABSENT, "the virtual board has no power");
    if (pin->line != NULL)
        return refuse(sim, MOTE_PIN_ABSENT, "the virtual board has pins by number only");
    if (!exists(number))
        return refuse(sim, MOTE_PIN_ABSENT, "the virtual board has the pins 0 to 5 and 12 to 16");
    if (sim->pins.at[number].owner != NULL)
        return refuse(sim, MOTE_PIN_BUSY, "this program has taken it already");
    if (!has_pull(number, pin->pull))
        return refuse(sim, MOTE_CONFIG_INVALID,
                      number == PULLS_DOWN ? "this pin has no pull-up, but a pull-down"
                                           : "this pin has no pull-down, but a pull-up");
    if (level < 0)
        level = mote_sim_level(sim, number);
    sim->pins.at[number].owner = pin;
    sim->pins.at[number].output = pin->direction == MOTE_OUTPUT;
    sim->pins.at[number].pull = pin->pull == MOTE_PULL_NONE ? NONE : pin->pull == MOTE_PULL_UP;
    sim->pins.at[number].latch = level != 0;
    sim->pins.at[number].told = (uint8_t)mote_sim_level(sim, number);
    update(sim, number);
    return MOTE_OK;
}

static void write_pin(void *context, struct mote_pin *pin, int level)
{
    struct mote_sim *sim = context;

    if (!is_own(sim, pin))
        return;
    sim->pins.at[pin->number].latch = level != 0;
    update(sim, pin->number);
}

static int read_pin(void *context, struct mote_pin *pin)
{
    struct mote_sim *sim = context;

    return is_own(sim, pin) ? mote_sim_level(sim, pin->number) : 0;
}

static void close_pin(void *context, struct mote_pin *pin)
{
    struct mote_sim *sim = context;

    if (!is_own(sim, pin))
        return;
    sim->pins.at[pin->number].owner = NULL;
    update(sim, pin->number);
}

const struct mote_pin_port mote_sim_pin_port = {
    .open = open_pin,
    .write = write_pin,
    .read = read_pin,
    .close = close_pin,
};

bool mote_sim_drive(struct mote_sim *sim, uint16_t number, int level)
{
    if (!exists(number))
        return false;
    sim->pins.at[number].driven = level < 0 ? NONE : level != 0;
    update(sim, number);
    return true;
}

bool mote_sim_press(struct mote_sim *sim, uint16_t number, bool pressed)
{
    return exists(number) && mote_sim_drive(sim, number, pressed ? !rest_level(sim, number) : NONE);
}

const struct mote_pin *mote_sim_pin(const struct mote_sim *sim, uint16_t number)
{
    return number < MOTE_SIM_PINS ? sim->pins.at[number].owner : NULL;
}

void mote_sim_observe(struct mote_sim *sim, mote_sim_on_pin *on_pin, void *context)
{
    sim->pins.on_pin = on_pin;
    sim->pins.on_pin_context = context;
}

void mote_sim_pins_init(struct mote_sim *sim)
{
    for (uint16_t number = 0; number < MOTE_SIM_PINS; number++) {
        sim->pins.at[number].pull = NONE;
        sim->pins.at[number].driven = NONE;
        sim->pins.at[number].shown = mote_sim_level(sim, number) == 1;
    }
}

void mote_sim_pins_reset(struct mote_sim *sim)
{
    for (uint16_t number = 0; number < MOTE_SIM_PINS; number++) {
        sim->pins.at[number].owner = NULL;
        sim->pins.at[number].output = false;
        sim->pins.at[number].pull = NONE;
        if (exists(number))
            update(sim, number);
    }
}

bool mote_sim_pins_turn(struct mote_sim *sim)
{
    bool any = sim->pins.changed;

    sim->pins.changed = false;
    for (uint16_t number = 0; any && number < MOTE_SIM_PINS; number++) {
        if (!must_be_told(sim, number))
            continue;
        sim->pins.at[number].told = (uint8_t)mote_sim_level(sim, number);
        mote_pin_changed(sim->pins.at[number].owner, sim->pins.at[number].told);
    }
    return any;
}
