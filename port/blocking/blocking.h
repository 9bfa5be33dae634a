/* What the waiting calls have in common. */
#ifndef MOTE_BLOCKING_H
#define MOTE_BLOCKING_H

#include <mote/mqtt.h>

/* Sleeps until something has happened, or until that time. */
void mote_blocking_wait(uint64_t deadline_ms);

/* The time so long from now; UINT32_MAX is for ever. */
uint64_t mote_blocking_deadline(uint32_t delay_ms);

#endif
