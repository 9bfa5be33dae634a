/* Flow: the numbered messages of one device, topic and QoS, and what has become of each. */
#ifndef SIM_FLOW_H
#define SIM_FLOW_H

#include <mote/message.h>
#include <mote/outbox.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLOW_PAYLOAD_MAX = 700 };

/* What is known of a message. */
struct flow_message {
    bool accepted;
    bool unknown; /* the power was cut while it was accepted: it may be there or not */
    bool arrived;
    bool overtaken; /* one with a higher number has arrived before it */
    bool given_up;  /* lost with the power, or by its topic's policy, or damaged in the flash */
    uint32_t epoch; /* of the broker's session that it arrived in */
};

struct flow {
    char topic[MOTE_TOPIC_SIZE];
    enum mote_qos qos;
    enum mote_outbox_policy policy;
    bool kept;                     /* in an outbox, over power cuts */
    uint32_t base;                 /* the messages below this number are settled */
    uint32_t next;                 /* the number of the next message */
    uint32_t ahead;                /* the one after the highest that has arrived */
    uint32_t last;                 /* that has arrived */
    struct flow_message *messages; /* from base on */
    size_t room;
};

struct device;

/* What a message looks like. Returns its size. */
size_t flow_payload(const struct flow *flow, uint32_t number, char into[FLOW_PAYLOAD_MAX]);

/* The device's program publishes the next message. */
void flow_publish(struct device *device, struct flow *flow);

/* The broker has taken a message. */
void flow_arrived(struct device *device, struct flow *flow, const struct mote_message *message);

/* What is in RAM alone is gone. */
void flow_power_lost(struct device *device, struct flow *flow);

/* Nothing is under way any more: what has not arrived never will. */
void flow_settle(struct device *device, struct flow *flow);

#endif
