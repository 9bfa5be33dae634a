/* Network: connections between whoever dials and the broker of the world. */
#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

#include "sim/stream.h"
#include "sim/watch/wire.h"

#include <mote/link.h>

struct world;
struct connection;
struct mote_broker_client;

/* Somebody who dials: a device, or a client of the world's own. */
struct party {
    struct world *world;
    int index;                      /* of the device; -1: the world's own */
    uint64_t due_ms;                /* when it has to have its turn */
    struct connection *connections; /* its own */
    struct wire_session session;
};

struct connection {
    struct connection *next;
    struct connection *sibling; /* the next one of its party */
    struct party *party;
    struct mote_link *link;            /* NULL: the party has done with it */
    struct mote_broker_client *client; /* NULL: the broker has done with it, or has not begun */
    uint64_t answer_ms;                /* when the attempt is answered; UINT64_MAX: never, or it was */
    enum mote_reason answer;
    bool dead;       /* nothing passes any more, and nobody is told */
    bool captive;    /* somebody else has answered */
    bool blocked;    /* the broker has more to send than there is room for */
    uint8_t refusal; /* the code that CONNECT is answered with instead of the broker's; 0: none */
    uint32_t delay_ms;
    uint64_t room_ms; /* it takes nothing before */
    struct stream up, down;
    struct wire_part held; /* acknowledgements that are not let through yet */
    struct wire wire;
};

/* The calls of a link port, for a party. */
enum mote_reason network_open(struct party *party, struct mote_link *link);
size_t network_receive(struct party *party, struct mote_link *link, void *into, size_t size);
size_t network_send(struct party *party, struct mote_link *link, const void *bytes, size_t size);
void network_close(struct party *party, struct mote_link *link, bool abort);

/* The party's memory of its connections is gone; the other side is not told. */
void network_forget(struct party *party);

/* The broker sends to it. */
void network_answer(struct connection *connection, const void *bytes, size_t size);

/* The broker has done with it. */
void network_end(struct connection *connection, enum stream_end how);

/* Does what is due, and says when there is more. */
void network_turn(struct world *world);
uint64_t network_due(const struct world *world);

/* When this party has something to take. */
uint64_t network_party_due(const struct party *party);

void network_free(struct world *world);

#endif
