/* What `mote broker` is to do, from its command line and from a file with mosquitto.conf's common lines. */
#ifndef BROKER_CONFIG_H
#define BROKER_CONFIG_H

#include <mote/broker.h>

enum { BROKER_LISTENERS_MAX = 16, BROKER_HOST_SIZE = 256 };

struct broker_listener {
    char host[BROKER_HOST_SIZE]; /* empty: loopback; "*": all addresses */
    uint16_t port;
    unsigned line; /* of the file; 0: from the command line */
};

struct broker_config {
    struct broker_listener listeners[BROKER_LISTENERS_MAX];
    size_t listener_count;
    bool verbose;
    struct mote_broker_config broker;
};

/* Reads a file into a config of zeros. Each line is followed to the letter or refused: returns false after
 * saying on stderr which one is wrong and what was expected. */
bool broker_config_read(struct broker_config *config, const char *path);

#endif
