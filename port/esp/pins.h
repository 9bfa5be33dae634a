/* Pins: the chip's. */
#ifndef MOTE_ESP_PINS_H
#define MOTE_ESP_PINS_H

#include <mote/port.h>

extern const struct mote_pin_port mote_esp_pins;

#endif
