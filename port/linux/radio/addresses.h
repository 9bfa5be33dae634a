/* The addresses of the radio's interface, whoever gives them: the kernel is watched, never asked to change anything. */
#ifndef MOTE_ADDRESSES_H
#define MOTE_ADDRESSES_H

#include "port/linux/radio/netlink.h"
#include <mote/wifi.h>

/* Begins to watch. `fd` is a netlink socket that does not block and belongs to this room from now on; -1: opens one.
 * `on_change` is called from within wait. */
bool mote_addresses_open(int fd, void (*on_change)(void));
void mote_addresses_close(void);

/* From now on it is about this interface. */
void mote_addresses_choose(const char *interface);

/* Reads all anew: needed only if something may have been missed. */
void mote_addresses_refresh(void);

/* The interface as it was last heard of; its index is 0 while it is not there, or not known yet. */
const struct mote_netlink_facts *mote_addresses_facts(void);

/* Has it an address with which something can be reached? Whoever gives one sets the routes after it. */
bool mote_addresses_are_usable(void);

/* The four addresses as text, empty ones for what there is not. */
void mote_addresses_tell(struct mote_wifi_addresses *addresses);

/* The first IPv4 name server of a resolv.conf(5) as text; empty if there is none. */
void mote_addresses_name_server(const char *path, char address[16]);

#endif
