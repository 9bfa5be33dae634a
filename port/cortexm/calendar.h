/* Calendar: what time it is in the world, which the clock (clock.h) does not know. Whom to ask: the time server that is named, and
 * then nobody else; else the board, else the host. */
#ifndef MOTE_CORTEXM_CALENDAR_H
#define MOTE_CORTEXM_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* Takes what the board or the host says; MOTE_TIME_SERVER in the environment names a time server to be asked instead. Each call but
 * the first does nothing. */
void mote_calendar_start(void);

/* Asks the time server, once there is a network. */
void mote_calendar_turn(void);

/* Seconds since 1970; 0: nobody knows. */
uint64_t mote_calendar_now_s(void);

/* The time server that has not answered yet; NULL: there is none, or it has. */
const char *mote_calendar_waits_for(void);

/* What a time server says, as lwIP hands it over. */
void mote_calendar_set(uint64_t seconds);

#endif
