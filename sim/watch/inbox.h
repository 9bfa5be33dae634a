/* Inbox: numbered messages of QoS 2 that somebody sends to a device, and how often its program has got each. */
#ifndef SIM_INBOX_H
#define SIM_INBOX_H

#include <mote/broker.h>
#include <mote/limits.h>

/* What is known of a message. */
struct inbox_message {
    uint32_t epoch; /* of the session that it was sent to */
    bool routed;    /* the broker had a session for it */
    bool taken;     /* by the program */
    bool unsure;    /* and the power went in the same turn: its own memory of it may be gone */
};

struct inbox {
    char topic[MOTE_TOPIC_SIZE];
    uint32_t base; /* the messages below this number are settled */
    uint32_t next;
    uint32_t ahead; /* the one after the highest that was taken */
    uint32_t turn;  /* the first of those that were taken in this turn */
    struct inbox_message *messages;
    size_t room;
};

struct device;

/* Its program has started, and listens. */
void inbox_begin(struct device *device);

/* Somebody sends the next one. */
void inbox_send(struct device *device);

/* The broker has passed one on, to so many sessions. */
void inbox_routed(struct device *device, const struct mote_message *message, size_t sessions);

/* A turn begins. The power has gone in the middle of it. */
void inbox_turn(struct device *device);
void inbox_cut(struct device *device);

/* All is calm: what was sent has come. */
void inbox_settle(struct device *device);

#endif
