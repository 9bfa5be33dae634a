/* The addresses that a network's entry fixes: on the interface once the station is associated, and until another network is
 * joined, or this one left. */
#ifndef MOTE_FIXED_ADDRESS_H
#define MOTE_FIXED_ADDRESS_H

#include <mote/wifi.h>

/* For the network that is being joined; copied. NULL: none is fixed. Returns MOTE_OK, or MOTE_CONFIG_INVALID, with words, if
 * they are not addresses. */
enum mote_reason mote_fixed_address_want(const struct mote_wifi_addresses *fixed);

/* The station is associated, on this interface, which has no address: gives it, if one is fixed. */
void mote_fixed_address_give(int index);

/* Tells the name server that is fixed, if there is one. */
void mote_fixed_address_tell(struct mote_wifi_addresses *addresses);

#endif
