/* Timeline: what a run has to show afterwards, in bounded memory. */
#ifndef SIM_TIMELINE_H
#define SIM_TIMELINE_H

#include "sim/weather/fault.h"

enum { TIMELINE_BINS = 2000, TIMELINE_MARKS_MAX = 200000 };

/* A device's state from a time on. */
struct timeline_state {
    uint64_t at_ms;
    int device;
    uint8_t state;  /* enum mote_node_state, or one of these: */
    uint8_t reason; /* enum mote_reason */
};

enum { TIMELINE_NO_POWER = 32, TIMELINE_ASLEEP };

/* A fault from its beginning to its end. */
struct timeline_fault {
    uint64_t begin_ms;
    uint64_t end_ms;
    enum fault_kind kind;
    int device;
};

struct timeline {
    uint64_t duration_ms;
    struct timeline_state *states;
    size_t state_count, state_room;
    struct timeline_fault *faults;
    size_t fault_count, fault_room;
    uint32_t accepted[TIMELINE_BINS]; /* messages, in equal parts of the duration */
    uint32_t delivered[TIMELINE_BINS];
    bool is_full; /* some of it is missing from its end on */
};

void timeline_state(struct timeline *timeline, uint64_t at_ms, int device, uint8_t state, uint8_t reason);
void timeline_fault(struct timeline *timeline, const struct fault *fault);
void timeline_accepted(struct timeline *timeline, uint64_t at_ms);
void timeline_delivered(struct timeline *timeline, uint64_t at_ms);
void timeline_free(struct timeline *timeline);

#endif
