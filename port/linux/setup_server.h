/* The servers behind the setup portal: HTTP on TCP port 80 and DNS on UDP port 53 of one address, on the port's loop.
 *
 * The environment variables MOTE_SETUP_HTTP_PORT and MOTE_SETUP_DNS_PORT set other ports: for tests, which need not be
 * root. */
#ifndef MOTE_SETUP_SERVER_H
#define MOTE_SETUP_SERVER_H

#include <mote/port.h>

/* At the address of the access point that port/linux/radio opens; */
extern const struct mote_server_port mote_linux_server;

/* at 127.0.0.1, for a virtual board. */
extern const struct mote_server_port mote_loopback_server;

#endif
