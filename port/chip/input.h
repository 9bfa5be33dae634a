/* Input: a pin that is told once it has settled, for the ports of chips. A contact bounces: what counts is the level that it has when
 * it has been quiet for a while. */
#ifndef MOTE_CHIP_INPUT_H
#define MOTE_CHIP_INPUT_H

#include <mote/port.h>

/* Inputs that are open at once. RAM: 24 bytes each. Over it: pin.busy. */
#ifndef MOTE_INPUTS_MAX
#define MOTE_INPUTS_MAX 8
#endif

struct mote_input {
    struct mote_pin *pin; /* NULL: free */
    volatile bool edge;   /* since the last turn: set by the port, also from an interrupt */
    bool has_edges;       /* it tells of them; otherwise it is looked at every few milliseconds */
    int level;            /* at the last turn */
    uint64_t settled_ms;
};

/* This pin's; of NULL, a free one. NULL: there is none. */
struct mote_input *mote_input_find(const struct mote_pin *pin);

/* Inputs of this number have had an edge. Also from an interrupt. */
void mote_input_edge(unsigned number);

/* Takes it for a pin that the port has opened, until the port frees it. Whoever sleeps is to be woken. */
void mote_input_begin(struct mote_input *input, struct mote_pin *pin, bool has_edges);

/* Tells of those that have settled. */
void mote_inputs_turn(uint64_t now_ms);

/* When one may have. */
uint64_t mote_inputs_deadline(void);

#endif
