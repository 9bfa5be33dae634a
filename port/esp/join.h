/* Where the station is on its way into a network: what has happened goes in, what is to be done comes out. It knows nothing of the
 * SDK, so that it runs in tests, too. */
#ifndef MOTE_ESP_JOIN_H
#define MOTE_ESP_JOIN_H

#include <mote/reason.h>
#include <mote/wifi.h>
#include <stdbool.h>
#include <stdint.h>

/* How long it waits to be told that it has left a network, before it goes on without. */
enum { MOTE_JOIN_LEAVE_MS = 1000 };

enum mote_join_step {
    MOTE_JOIN_OFF,
    MOTE_JOIN_IDLE,
    MOTE_JOIN_LEAVING,
    MOTE_JOIN_JOINING,
    MOTE_JOIN_ASSOCIATED, /* without an address */
    MOTE_JOIN_JOINED,
};

enum mote_join_event {
    MOTE_JOIN_STARTED,
    MOTE_JOIN_STOPPED,
    MOTE_JOIN_CONNECTED,
    MOTE_JOIN_DISCONNECTED,
    MOTE_JOIN_GOT_ADDRESS,
    MOTE_JOIN_LOST_ADDRESS,
};

/* What is to be done now. */
enum mote_join_action {
    MOTE_JOIN_NOTHING,
    MOTE_JOIN_LEAVE, /* ask the SDK to disconnect */
    MOTE_JOIN_GO,    /* ask it to connect to the network that was last asked for */
};

/* Zero: off. */
struct mote_join {
    enum mote_join_step step;
    bool wanted; /* a network, as soon as it can */
    enum mote_reason reason;
    unsigned number; /* of the last disconnection; 0: none */
    uint64_t leave_until_ms;
};

/* A network is asked for, or none. */
enum mote_join_action mote_join_ask(struct mote_join *station, uint64_t now_ms);
enum mote_join_action mote_join_leave(struct mote_join *station, uint64_t now_ms);

/* The SDK could not even begin. */
void mote_join_failed(struct mote_join *station, enum mote_reason reason);

/* It tells something; `number` is why it has disconnected. */
enum mote_join_action mote_join_event(struct mote_join *station, enum mote_join_event event, unsigned number);

/* Time has passed. */
enum mote_join_action mote_join_turn(struct mote_join *station, uint64_t now_ms);

/* Fills in the state and the reason. */
void mote_join_tell(const struct mote_join *station, struct mote_wifi_status *status);

#endif
