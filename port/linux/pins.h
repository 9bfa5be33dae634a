/* Pins: GPIO lines and LEDs. */
#ifndef MOTE_PINS_H
#define MOTE_PINS_H

#include <mote/port.h>

extern const struct mote_pin_port mote_linux_pins;

/* The reason for an errno of a pin, with words on it. */
enum mote_reason mote_pins_reason(const char *what, int error);

#endif
