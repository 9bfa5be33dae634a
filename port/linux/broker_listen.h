/* Listening sockets for the broker server. */
#ifndef MOTE_BROKER_LISTEN_H
#define MOTE_BROKER_LISTEN_H

#include <netdb.h>
#include <stdint.h>

/* A socket that listens on this address and port (0: any), and does not block. Returns -1, with errno set, if it
 * cannot be had. */
int mote_broker_listen(const struct addrinfo *address, uint16_t port);

/* The port that it got. */
uint16_t mote_broker_listen_port(int fd);

#endif
