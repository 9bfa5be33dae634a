/* Clock: milliseconds by SysTick, without ticks: the processor sleeps until there is something to do. */
#ifndef MOTE_CORTEXM_CLOCK_H
#define MOTE_CORTEXM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

void mote_clock_start(void);

/* Since the start. */
uint64_t mote_clock_now_ms(void);

/* The processor's cycles since the start. */
uint64_t mote_clock_ticks(void);

/* Sleeps until then, or until an interrupt; not at all if mote_clock_wake() was called since it last returned. */
void mote_clock_sleep(uint64_t until_ms);

/* The next sleep ends at once. Also from an interrupt. */
void mote_clock_wake(void);

/* SysTick's interrupt. */
void mote_clock_interrupt(void);

#endif
