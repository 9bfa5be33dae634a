/* Console: the serial line, as the program's standard output, and for whoever wants it to stop. */
#ifndef MOTE_CORTEXM_CONSOLE_H
#define MOTE_CORTEXM_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

void mote_console_start(void);

/* In the serial line's interrupt: takes what has come. */
void mote_console_interrupt(void);

/* Has a Ctrl-C come? */
bool mote_console_stop_requested(void);

/* For what must be said when nothing else works. */
void mote_console_say(const char *text);
void mote_console_say_hex(uint32_t number);

#endif
