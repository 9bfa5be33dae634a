/* The radio of a Linux machine: a station and an access point by wpa_supplicant, whose control socket is spoken to, with the addresses that the
 * system's DHCP client, or anybody else, gives to the interface. docs/WIFI.md tells what the system has to provide.
 *
 *   radio.c       the table for the core; finds wpa_supplicant, and finds it again
 *   station.c     joined, joining, or why not
 *   block.c       the way into a network, step by step
 *   scan.c        scans
 *   fixed_address.c   the address that a network's entry fixes
 *   access_point.c, dhcp_server.c, assign.c   the access point, and the addresses that it gives
 *   control.c, channel.c   the socket: requests, answers, events
 *   wpa_text.c, wpa_event.c   what is said there
 *   addresses.c, netlink.c    the kernel's view of the interface
 *   interface.c   which interface it is; switches it on
 */
#ifndef MOTE_RADIO_H
#define MOTE_RADIO_H

#include "port/linux/radio/interface.h"
#include <mote/port.h>

extern const struct mote_radio_port mote_linux_radio;

/* Is the radio Mote's business: is there a wpa_supplicant that may be spoken to and nobody else in charge, or does the
 * environment say so? Where not, the network is the system's. */
bool mote_radio_is_there(void);

/* Forgets all and begins anew, with that interface and netlink socket (-1: opens one). Without this call it begins by itself,
 * as the environment says, when the station is switched on. */
void mote_radio_begin(const struct mote_interface *interface, int netlink);
void mote_radio_end(void);

#endif
