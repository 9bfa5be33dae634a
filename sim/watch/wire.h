/* Wire: somebody who reads along, decodes every packet as strictly as the standard is written, and knows what may come next. */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include <mote/message.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_IDS = 128 };

/* What is under way from a client, whichever connection it is on. */
struct wire_session {
    struct wire_id {
        uint16_t id;
        bool released;       /* QoS 2: PUBREL was sent */
        uint32_t print;      /* of topic and payload */
        uint64_t connection; /* where it was sent last */
    } ids[WIRE_IDS];
    unsigned count;
};

/* Bytes of a packet that is not whole yet. */
struct wire_part {
    uint8_t *bytes;
    size_t room, size;
};

/* One connection. */
struct wire {
    uint64_t serial;
    enum mote_mqtt_version version;
    bool connect, connack, disconnect; /* have been sent; a broken one is over with the first mistake */
    uint16_t keep_alive_s;
    uint16_t receive_max;
    unsigned under_way; /* PUBLISH of QoS 1 and 2 in this connection that the broker has not answered */
    uint64_t sent_ms;   /* when the client has sent last */
    struct wire_part up, down;
};

struct connection;

/* The client sends this. */
void wire_up(struct connection *connection, const uint8_t *bytes, size_t size);

/* It has taken this. */
void wire_down(struct connection *connection, const uint8_t *bytes, size_t size);

/* The connection has lasted to this moment: has the broker heard of the client in time? */
void wire_watch_time(struct connection *connection);

/* The client has lost its memory of identifiers from this one on. */
void wire_forget(struct wire_session *session, uint16_t from);

void wire_free(struct wire *wire);

#endif
