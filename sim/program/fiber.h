/* Fiber: a program on a stack of its own, which goes on for a while whenever it is asked to. There is one. */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <stdbool.h>

/* Begins anew, whatever it was doing: nothing of its stack counts any more. */
void fiber_begin(void (*run)(void));

/* Goes on with it, until it pauses. Returns false if it has come to its end. */
bool fiber_go_on(void);

/* From within it: back to where it was asked to go on. */
void fiber_pause(void);

/* Is it the fiber that asks? */
bool fiber_is_running(void);

#endif
