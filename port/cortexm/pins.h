/* Pins: the board's, with inputs that are told once they have settled. */
#ifndef MOTE_CORTEXM_PINS_H
#define MOTE_CORTEXM_PINS_H

#include <mote/port.h>

/* Inputs that are open at once. RAM: 16 bytes each. Over it: pin.busy. */
#ifndef MOTE_CORTEXM_INPUTS
#define MOTE_CORTEXM_INPUTS 8
#endif

extern const struct mote_pin_port mote_cortexm_pins;

/* An input has had an edge: for boards, also from an interrupt. */
void mote_pins_edge(unsigned number);

/* Tells of the inputs that have settled. */
void mote_pins_turn(uint64_t now_ms);

/* When one may have. */
uint64_t mote_pins_deadline(void);

#endif
