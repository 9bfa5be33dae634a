/* The boards that a program on Linux can run on. */
#ifndef MOTE_BOARD_H
#define MOTE_BOARD_H

#include <mote/port.h>

/* What all of them have in common. */
uint64_t mote_board_now_ms(void *context);
uint32_t mote_board_random(void *context);
void mote_board_wait(void *context, uint64_t deadline_ms);
bool mote_board_stop_requested(void *context);

#endif
