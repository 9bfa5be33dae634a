/* The loop of port/linux from the inside. */
#ifndef MOTE_LOOP_H
#define MOTE_LOOP_H

#include <mote/linux.h>
#include <mote/sched.h>
#include <stddef.h>

uint64_t mote_loop_now_ms(void);
void mote_loop_wait(uint64_t deadline_ms);

/* The next wait returns at once. */
void mote_loop_wake(void);

/* A link has read so much: in a busy stream the loop lets messages gather (gather.h). */
void mote_loop_has_read(size_t bytes);

/* Timers of the port itself; they run from within wait. */
void mote_loop_after(struct mote_timer *timer, uint32_t delay_ms, mote_timer_run *run, void *context);
void mote_loop_stop(struct mote_timer *timer);

#endif
