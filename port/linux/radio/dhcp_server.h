/* The DHCP server of the access point: a dnsmasq of ours, which does nothing else, and ends when we do. */
#ifndef MOTE_DHCP_SERVER_H
#define MOTE_DHCP_SERVER_H

/* Starts it on this interface, whose address is 192.168.4.1/24. If it ends it is started again; what is wrong then are the
 * port's words. */
void mote_dhcp_server_start(const char *interface);
void mote_dhcp_server_stop(void);

/* Is it running? */
int mote_dhcp_server_process(void);

#endif
