/* Messages: what is published and what arrives. */
#ifndef MOTE_MESSAGE_H
#define MOTE_MESSAGE_H

#include <mote/property.h>
#include <mote/text.h>

enum mote_mqtt_version {
    MOTE_MQTT_DEFAULT = 0, /* 3.1.1 */
    MOTE_MQTT_3_1 = 3,
    MOTE_MQTT_3_1_1 = 4,
    MOTE_MQTT_5 = 5,
};

/* Quality of service: delivered at most once, at least once, exactly once. */
enum mote_qos {
    MOTE_QOS_0,
    MOTE_QOS_1,
    MOTE_QOS_2,
};

/* Where a payload comes from that is not in memory as a whole: it is read piece by piece as the link takes it, and
 * read again from its beginning when it has to be sent again. */
struct mote_source {
    /* Fills `into` with up to `size` bytes of the payload from `offset` on. Must not block. Returns how many (1 to
     * size), or 0 if they cannot be had: then the connection is closed with mqtt.protocol, since a packet that has
     * begun cannot be taken back. */
    size_t (*read)(void *context, uint32_t offset, void *into, size_t size);
    void *context;
    uint32_t size; /* of the payload, in bytes */
};

/* One message. Received: the views last until the callback returns, or until the session is called again; a
 * payload larger than the receive buffer comes as several pieces, each a message with the same topic. To be
 * published: the views and the source's answers are copied during the call, except that a source is read until the
 * message is acknowledged. */
struct mote_message {
    struct mote_text topic;
    struct mote_text payload;         /* the whole payload, or this piece of it */
    const struct mote_source *source; /* to publish: read the payload from here instead; received: NULL */
    uint32_t payload_offset;          /* received: where the piece begins */
    uint32_t payload_size;            /* received: of the whole payload, in bytes */
    enum mote_qos qos;
    bool retain;        /* to publish: keep it as the topic's last value; received: it is such a kept value */
    bool duplicate;     /* received: the sender sends it again */
    uint16_t packet_id; /* received with QoS 1 and 2 */
    struct mote_properties properties;
};

/* Is this the last piece of its payload? True for every message that came whole. */
static inline bool mote_message_is_last(const struct mote_message *message)
{
    return message->payload_offset + message->payload.length >= message->payload_size;
}

/* What the broker publishes for a client whose connection ends without a DISCONNECT. */
struct mote_will {
    struct mote_text topic; /* empty: no will */
    struct mote_text payload;
    enum mote_qos qos;
    bool retain;
    struct mote_properties properties;
};

/* One topic filter of a SUBSCRIBE. */
struct mote_filter {
    struct mote_text topic;
    enum mote_qos qos;        /* the highest to be used on the way here */
    bool no_local;            /* MQTT 5: not what this client published itself */
    bool retain_as_published; /* MQTT 5: leave the retain flag as the publisher set it */
    uint8_t retain_handling;  /* MQTT 5: retained messages are sent 0 always, 1 only to a new subscription, 2 never */
};

#endif
