/* Trace: everything that happens in a world, one mark after the other, as a hash, and on request as lines. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdint.h>

enum trace_kind {
    TRACE_BOOT, /* clock in ms */
    TRACE_POWER_OFF,
    TRACE_STATE, /* enum mote_node_state, enum mote_reason */
    TRACE_DIAL,
    TRACE_DIALLED,    /* enum mote_reason */
    TRACE_CLOSE,      /* abort? */
    TRACE_SENT,       /* packet type, identifier or 0 */
    TRACE_RECEIVED,   /* likewise */
    TRACE_PUBLISH,    /* flow, number */
    TRACE_REFUSED,    /* flow, enum mote_reason */
    TRACE_ARRIVED,    /* flow, number */
    TRACE_ERRAND,     /* number, marked as a duplicate? */
    TRACE_PIN,        /* number, level */
    TRACE_COMMAND,    /* switch, on? */
    TRACE_PRESS,      /* button, pressed? */
    TRACE_FAULT,      /* kind, value */
    TRACE_FAULT_OVER, /* kind */
    TRACE_SESSION,    /* present? */
    TRACE_CALM,       /* all is well */
    TRACE_KINDS,
};

struct world;

/* Notes it, at this moment. `device` is its index, -1 for the world. */
void trace(struct world *world, enum trace_kind kind, int device, uint64_t a, uint64_t b);

#endif
