/* -d: a line for each MQTT packet, as mosquitto's clients print them. */
#ifndef CLIENT_TRACE_H
#define CLIENT_TRACE_H

#include "format/output.h"

#include <mote/message.h>

/* The bytes of one direction that do not make a whole packet yet. */
struct client_trace_stream {
    uint8_t *bytes;
    size_t used;
    size_t size;
    size_t skip; /* of a packet that has its line already */
};

/* Zero, with the first three set, is one that has seen nothing. */
struct client_trace {
    struct output *output;
    enum mote_mqtt_version version;
    const char *id; /* NULL: none yet */
    char *assigned_id;
    struct client_trace_stream sent;
    struct client_trace_stream received;
};

/* Bytes have been sent or received. */
void client_trace_sent(struct client_trace *trace, const void *bytes, size_t size);
void client_trace_received(struct client_trace *trace, const void *bytes, size_t size);

/* A connection has ended: what is left of a packet is forgotten. */
void client_trace_reset(struct client_trace *trace);

void client_trace_free(struct client_trace *trace);

#endif
