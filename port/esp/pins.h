/* Pins: the chip's, with inputs that are told once they have settled. */
#ifndef MOTE_ESP_PINS_H
#define MOTE_ESP_PINS_H

#include <mote/port.h>

/* Inputs that are open at once. RAM: 16 bytes each. Over it: pin.busy. */
#ifndef MOTE_ESP_INPUTS
#define MOTE_ESP_INPUTS 8
#endif

extern const struct mote_pin_port mote_esp_pins;

/* Tells of the inputs that have settled. */
void mote_pins_turn(uint64_t now_ms);

/* When one may have. */
uint64_t mote_pins_deadline(void);

#endif
