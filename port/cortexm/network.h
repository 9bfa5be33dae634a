/* Network: lwIP on the board's Ethernet, with an address by DHCP. */
#ifndef MOTE_CORTEXM_NETWORK_H
#define MOTE_CORTEXM_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/* Begins to ask for an address. */
void mote_network_start(void);

/* Takes what has come, and does what is due. All callbacks of lwIP come from within it. */
void mote_network_turn(void);

/* When that is to be done again at the latest. */
uint64_t mote_network_deadline(uint64_t now_ms);

/* Is the cable in, and is there an address? */
bool mote_network_is_up(void);

/* Is a frame being taken? Otherwise a callback is about something that has not come. */
bool mote_network_is_taking(void);

#endif
