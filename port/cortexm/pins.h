/* Pins: the board's. */
#ifndef MOTE_CORTEXM_PINS_H
#define MOTE_CORTEXM_PINS_H

#include <mote/port.h>

extern const struct mote_pin_port mote_cortexm_pins;

#endif
