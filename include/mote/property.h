/* Properties: the named values that MQTT 5 packets carry (MQTT 5.0, 2.2.2). In MQTT 3.1.1 they are left out in
 * silence on the way out and absent on the way in. */
#ifndef MOTE_PROPERTY_H
#define MOTE_PROPERTY_H

#include <mote/text.h>

enum mote_property_id {
    MOTE_PAYLOAD_FORMAT_INDICATOR = 0x01,          /* number, 0 or 1 */
    MOTE_MESSAGE_EXPIRY_INTERVAL = 0x02,           /* number, seconds */
    MOTE_CONTENT_TYPE = 0x03,                      /* text */
    MOTE_RESPONSE_TOPIC = 0x08,                    /* text, a topic name */
    MOTE_CORRELATION_DATA = 0x09,                  /* bytes */
    MOTE_SUBSCRIPTION_IDENTIFIER = 0x0B,           /* number, 1 to 268 435 455 */
    MOTE_SESSION_EXPIRY_INTERVAL = 0x11,           /* number, seconds; 0xFFFFFFFF never */
    MOTE_ASSIGNED_CLIENT_IDENTIFIER = 0x12,        /* text */
    MOTE_SERVER_KEEP_ALIVE = 0x13,                 /* number, seconds */
    MOTE_AUTHENTICATION_METHOD = 0x15,             /* text */
    MOTE_AUTHENTICATION_DATA = 0x16,               /* bytes */
    MOTE_REQUEST_PROBLEM_INFORMATION = 0x17,       /* number, 0 or 1 */
    MOTE_WILL_DELAY_INTERVAL = 0x18,               /* number, seconds */
    MOTE_REQUEST_RESPONSE_INFORMATION = 0x19,      /* number, 0 or 1 */
    MOTE_RESPONSE_INFORMATION = 0x1A,              /* text */
    MOTE_SERVER_REFERENCE = 0x1C,                  /* text */
    MOTE_REASON_STRING = 0x1F,                     /* text */
    MOTE_RECEIVE_MAXIMUM = 0x21,                   /* number, 1 to 65535 */
    MOTE_TOPIC_ALIAS_MAXIMUM = 0x22,               /* number, 0 to 65535 */
    MOTE_TOPIC_ALIAS = 0x23,                       /* number, 1 to 65535 */
    MOTE_MAXIMUM_QOS = 0x24,                       /* number, 0 or 1 */
    MOTE_RETAIN_AVAILABLE = 0x25,                  /* number, 0 or 1 */
    MOTE_USER_PROPERTY = 0x26,                     /* pair: text is the name, value its value */
    MOTE_MAXIMUM_PACKET_SIZE = 0x27,               /* number, 1 and more */
    MOTE_WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28,   /* number, 0 or 1 */
    MOTE_SUBSCRIPTION_IDENTIFIER_AVAILABLE = 0x29, /* number, 0 or 1 */
    MOTE_SHARED_SUBSCRIPTION_AVAILABLE = 0x2A,     /* number, 0 or 1 */
};

struct mote_property {
    enum mote_property_id id;
    uint32_t number;        /* for the ids that hold a number */
    struct mote_text text;  /* for the ids that hold text or bytes; a user property's name */
    struct mote_text value; /* a user property's value */
};

/* The properties of one packet: first those that lie encoded somewhere (as a received packet has them, checked), then
 * the items. Both are borrowed, for as long as the packet or call that they are part of. Zero is no properties. */
struct mote_properties {
    struct mote_text encoded; /* the block without its length; of a received message it may have a topic alias */
    const struct mote_property *items;
    size_t count;
};

/* A place in a list of properties; begin with zero. */
struct mote_properties_place {
    size_t offset;
    size_t index;
};

/* Takes the next property, in the order of the packet. Returns false at the end. */
bool mote_properties_next(const struct mote_properties *properties, struct mote_properties_place *place,
                          struct mote_property *property);

/* Finds the first property with this id. Returns false, leaving `property` alone, if there is none. */
bool mote_properties_find(const struct mote_properties *properties, enum mote_property_id id,
                          struct mote_property *property);

/* The number of the first property with this id, or `otherwise`. */
uint32_t mote_properties_number(const struct mote_properties *properties, enum mote_property_id id, uint32_t otherwise);

#endif
