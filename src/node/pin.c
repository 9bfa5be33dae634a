#include <mote/pin.h>
#include <mote/port.h>
#include <stddef.h>

enum { KEEP_LEVEL = -1 };

/* A pin's level is "on" unless it is active low; the same flip leads back. */
static bool flip(const struct mote_pin *pin, bool state)
{
    return pin->active == MOTE_LOW ? !state : state;
}

static const struct mote_pin_port *pins(void)
{
    return mote_port()->pins;
}

static bool is_on_outside(struct mote_pin *pin)
{
    return flip(pin, pins()->read(mote_port()->context, pin) != 0);
}

static enum mote_reason take(struct mote_pin *pin, int level)
{
    enum mote_reason reason;

    if (pins() == NULL)
        return MOTE_PIN_ABSENT;
    reason = pins()->open(mote_port()->context, pin, level);
    if (reason != MOTE_OK)
        return reason;
    pin->open = true;
    pin->on = level == KEEP_LEVEL ? is_on_outside(pin) : flip(pin, level != 0);
    return MOTE_OK;
}

static int boot_level(const struct mote_pin *pin)
{
    if (pin->direction == MOTE_INPUT || pin->boot == MOTE_BOOT_KEEP)
        return KEEP_LEVEL;
    return flip(pin, pin->boot == MOTE_BOOT_ON);
}

enum mote_reason mote_pin_open(struct mote_pin *pin)
{
    return pin->open ? MOTE_OK : take(pin, boot_level(pin));
}

enum mote_reason mote_pin_write(struct mote_pin *pin, bool on)
{
    if (pin->direction != MOTE_OUTPUT)
        return MOTE_CONFIG_INVALID;
    if (!pin->open)
        return take(pin, flip(pin, on));
    pins()->write(mote_port()->context, pin, flip(pin, on));
    pin->on = on;
    return MOTE_OK;
}

enum mote_reason mote_pin_toggle(struct mote_pin *pin)
{
    enum mote_reason reason = mote_pin_open(pin);

    return reason == MOTE_OK ? mote_pin_write(pin, !pin->on) : reason;
}

bool mote_pin_read(struct mote_pin *pin)
{
    if (mote_pin_open(pin) != MOTE_OK)
        return false;
    return pin->direction == MOTE_OUTPUT ? pin->on : is_on_outside(pin);
}

void mote_pin_close(struct mote_pin *pin)
{
    if (!pin->open)
        return;
    pins()->close(mote_port()->context, pin);
    pin->open = false;
}

void mote_pin_changed(struct mote_pin *pin, int level)
{
    bool on = flip(pin, level != 0);

    if (!pin->open || pin->on == on)
        return;
    pin->on = on;
    if (pin->on_change != NULL)
        pin->on_change(pin, on, pin->context);
}
