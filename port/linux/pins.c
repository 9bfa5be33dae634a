#include "port/linux/pins.h"
#include "port/linux/gpio.h"
#include "port/linux/led.h"
#include "port/words.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Either of the two. A pin's handle is its place in the table. */
struct place {
    struct mote_gpio *gpio;
    struct mote_led *led;
};

static const char LED[] = "led:";

static struct place *places;
static int32_t place_count;

enum mote_reason mote_pins_reason(const char *what, int error)
{
    mote_words_say("%s: %s", what, strerror(error));
    switch (error) {
    case EBUSY:
    case EACCES:
    case EPERM:
    case EROFS:
        return MOTE_PIN_BUSY;
    case EINVAL:
    case ENOTSUP:
        return MOTE_CONFIG_INVALID;
    default:
        return MOTE_PIN_ABSENT;
    }
}

static bool is_led(const struct mote_pin *pin)
{
    return pin->line != NULL && strncmp(pin->line, LED, strlen(LED)) == 0;
}

/* Returns -1 if memory has run out. */
static int32_t find_place(void)
{
    int32_t handle = 0;
    struct place *grown;

    while (handle < place_count && (places[handle].gpio != NULL || places[handle].led != NULL))
        handle++;
    if (handle < place_count)
        return handle;
    grown = realloc(places, ((size_t)place_count + 1) * sizeof *places);
    if (grown == NULL)
        return -1;
    places = grown;
    places[handle] = (struct place){.gpio = NULL};
    place_count++;
    return handle;
}

static enum mote_reason open_led(struct mote_pin *pin, int level, struct mote_led **led)
{
    if (pin->direction != MOTE_OUTPUT) {
        mote_words_say("%s: an LED is no input", pin->line);
        return MOTE_CONFIG_INVALID;
    }
    return mote_led_open(pin->line + strlen(LED), level, led);
}

static enum mote_reason open_pin(void *context, struct mote_pin *pin, int level)
{
    int32_t handle = find_place();

    (void)context;
    if (handle < 0)
        return mote_pins_reason(pin->name == NULL ? "pin" : pin->name, ENOMEM);
    pin->handle = handle;
    if (is_led(pin))
        return open_led(pin, level, &places[handle].led);
    return mote_gpio_open(pin, level, &places[handle].gpio);
}

static void write_pin(void *context, struct mote_pin *pin, int level)
{
    (void)context;
    if (places[pin->handle].led != NULL)
        mote_led_write(places[pin->handle].led, level);
    else
        mote_gpio_write(places[pin->handle].gpio, level);
}

static int read_pin(void *context, struct mote_pin *pin)
{
    (void)context;
    if (places[pin->handle].led != NULL)
        return mote_led_read(places[pin->handle].led);
    return mote_gpio_read(places[pin->handle].gpio);
}

static void close_pin(void *context, struct mote_pin *pin)
{
    struct place *place = &places[pin->handle];

    (void)context;
    if (place->led != NULL)
        mote_led_close(place->led);
    else
        mote_gpio_close(place->gpio);
    *place = (struct place){.gpio = NULL};
}

const struct mote_pin_port mote_linux_pins = {
    .open = open_pin,
    .write = write_pin,
    .read = read_pin,
    .close = close_pin,
};
