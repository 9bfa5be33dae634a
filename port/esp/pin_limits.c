#include "port/esp/pin_limits.h"
#include <stddef.h>

/* The bits from one number to another, both included. */
#define PINS(from, to) ((UINT64_MAX >> (63 - (to))) & (UINT64_MAX << (from)))

/* GPIO16 belongs to the real-time clock: it wakes the chip from deep sleep, pulls down instead of up, and has no interrupt. */
const struct mote_esp_chip mote_esp8266 = {
    .pins = PINS(0, 16),
    .flash = PINS(6, 11),
    .pull_up = PINS(0, 15),
    .pull_down = PINS(16, 16),
    .no_interrupt = PINS(16, 16),
};

const struct mote_esp_chip mote_esp32 = {
    .pins = PINS(0, 19) | PINS(21, 23) | PINS(25, 27) | PINS(32, 39),
    .flash = PINS(6, 11),
    .input_only = PINS(34, 39),
    .pull_up = PINS(0, 33),
    .pull_down = PINS(0, 33),
};

const struct mote_esp_chip mote_esp32s2 = {
    .pins = PINS(0, 21) | PINS(26, 46),
    .flash = PINS(26, 32),
    .input_only = PINS(46, 46),
    .pull_up = PINS(0, 45),
    .pull_down = PINS(0, 45),
};

const struct mote_esp_chip mote_esp32s3 = {
    .pins = PINS(0, 21) | PINS(26, 48),
    .flash = PINS(26, 32),
    .pull_up = PINS(0, 48),
    .pull_down = PINS(0, 48),
};

const struct mote_esp_chip mote_esp32c3 = {
    .pins = PINS(0, 21),
    .flash = PINS(12, 17),
    .pull_up = PINS(0, 21),
    .pull_down = PINS(0, 21),
};

static bool has(uint64_t pins, unsigned number)
{
    return number < 64 && (pins >> number & 1) != 0;
}

static const char *why_no_pull(const struct mote_esp_chip *chip, const struct mote_pin *pin)
{
    if (pin->pull == MOTE_PULL_UP && !has(chip->pull_up, pin->number))
        return has(chip->pull_down, pin->number) ? "it can pull down, but not up" : "it has no pull";
    if (pin->pull == MOTE_PULL_DOWN && !has(chip->pull_down, pin->number))
        return has(chip->pull_up, pin->number) ? "it can pull up, but not down" : "it has no pull";
    return NULL;
}

enum mote_reason mote_esp_pin_check(const struct mote_esp_chip *chip, const struct mote_pin *pin, const char **words)
{
    if (pin->line != NULL) {
        *words = "this board's pins have numbers, no lines";
        return MOTE_PIN_ABSENT;
    }
    if (!has(chip->pins, pin->number)) {
        *words = "this chip has no such pin";
        return MOTE_PIN_ABSENT;
    }
    if (has(chip->flash, pin->number)) {
        *words = "the flash is connected to it, which the program runs from";
        return MOTE_PIN_BUSY;
    }
    if (pin->direction == MOTE_OUTPUT && has(chip->input_only, pin->number)) {
        *words = "it can only be an input";
        return MOTE_CONFIG_INVALID;
    }
    *words = why_no_pull(chip, pin);
    return *words == NULL ? MOTE_OK : MOTE_CONFIG_INVALID;
}

bool mote_esp_pin_has_interrupt(const struct mote_esp_chip *chip, unsigned number)
{
    return !has(chip->no_interrupt, number);
}
