/* Codec: MQTT packets to and from bytes, for both sides of a connection, in 3.1, 3.1.1 and 5.0; version 0 is
 * 3.1.1.
 *
 * Decoding gives views into the bytes; encoding copies views into a buffer. Every check that the standard asks of
 * a single packet is made here (lengths, reserved bits, reason codes, UTF-8, topic names and filters, properties
 * and where they are allowed); what depends on the state of a session is the session's. Nothing is kept between
 * calls.
 */
#ifndef MOTE_CODEC_H
#define MOTE_CODEC_H

#include <mote/message.h>

enum mote_packet_type {
    MOTE_CONNECT = 1,
    MOTE_CONNACK = 2,
    MOTE_PUBLISH = 3,
    MOTE_PUBACK = 4,
    MOTE_PUBREC = 5,
    MOTE_PUBREL = 6,
    MOTE_PUBCOMP = 7,
    MOTE_SUBSCRIBE = 8,
    MOTE_SUBACK = 9,
    MOTE_UNSUBSCRIBE = 10,
    MOTE_UNSUBACK = 11,
    MOTE_PINGREQ = 12,
    MOTE_PINGRESP = 13,
    MOTE_DISCONNECT = 14,
    MOTE_AUTH = 15,

    /* Lists of properties beside those of the packets. The latter two have the numbers of packets without properties. */
    MOTE_LIST_OF_WILL = 0,
    MOTE_LIST_FOR_CONNECT = MOTE_PINGREQ, /* what an application may add to a CONNECT: the rest has fields of its own */
    MOTE_LIST_FOR_PUBLISH = MOTE_PINGRESP, /* what an application may give a message: [MQTT-3.3.4-6] */
};

/* Reason codes of MQTT 5 (2.4). Where the numbers have two names, the other is a comment. */
enum mote_code {
    MOTE_CODE_SUCCESS = 0x00, /* normal disconnection, granted QoS 0 */
    MOTE_CODE_GRANTED_QOS_1 = 0x01,
    MOTE_CODE_GRANTED_QOS_2 = 0x02,
    MOTE_CODE_DISCONNECT_WITH_WILL = 0x04,
    MOTE_CODE_NO_MATCHING_SUBSCRIBERS = 0x10,
    MOTE_CODE_NO_SUBSCRIPTION_EXISTED = 0x11,
    MOTE_CODE_CONTINUE_AUTHENTICATION = 0x18,
    MOTE_CODE_RE_AUTHENTICATE = 0x19,
    MOTE_CODE_UNSPECIFIED = 0x80,
    MOTE_CODE_MALFORMED_PACKET = 0x81,
    MOTE_CODE_PROTOCOL_ERROR = 0x82,
    MOTE_CODE_IMPLEMENTATION_SPECIFIC = 0x83,
    MOTE_CODE_UNSUPPORTED_VERSION = 0x84,
    MOTE_CODE_CLIENT_ID_NOT_VALID = 0x85,
    MOTE_CODE_BAD_USER_OR_PASSWORD = 0x86,
    MOTE_CODE_NOT_AUTHORIZED = 0x87,
    MOTE_CODE_SERVER_UNAVAILABLE = 0x88,
    MOTE_CODE_SERVER_BUSY = 0x89,
    MOTE_CODE_BANNED = 0x8A,
    MOTE_CODE_SERVER_SHUTTING_DOWN = 0x8B,
    MOTE_CODE_BAD_AUTHENTICATION_METHOD = 0x8C,
    MOTE_CODE_KEEP_ALIVE_TIMEOUT = 0x8D,
    MOTE_CODE_SESSION_TAKEN_OVER = 0x8E,
    MOTE_CODE_TOPIC_FILTER_INVALID = 0x8F,
    MOTE_CODE_TOPIC_NAME_INVALID = 0x90,
    MOTE_CODE_PACKET_ID_IN_USE = 0x91,
    MOTE_CODE_PACKET_ID_NOT_FOUND = 0x92,
    MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED = 0x93,
    MOTE_CODE_TOPIC_ALIAS_INVALID = 0x94,
    MOTE_CODE_PACKET_TOO_LARGE = 0x95,
    MOTE_CODE_MESSAGE_RATE_TOO_HIGH = 0x96,
    MOTE_CODE_QUOTA_EXCEEDED = 0x97,
    MOTE_CODE_ADMINISTRATIVE_ACTION = 0x98,
    MOTE_CODE_PAYLOAD_FORMAT_INVALID = 0x99,
    MOTE_CODE_RETAIN_NOT_SUPPORTED = 0x9A,
    MOTE_CODE_QOS_NOT_SUPPORTED = 0x9B,
    MOTE_CODE_USE_ANOTHER_SERVER = 0x9C,
    MOTE_CODE_SERVER_MOVED = 0x9D,
    MOTE_CODE_SHARED_NOT_SUPPORTED = 0x9E,
    MOTE_CODE_CONNECTION_RATE_EXCEEDED = 0x9F,
    MOTE_CODE_MAXIMUM_CONNECT_TIME = 0xA0,
    MOTE_CODE_IDENTIFIERS_NOT_SUPPORTED = 0xA1,
    MOTE_CODE_WILDCARDS_NOT_SUPPORTED = 0xA2,
};

/* What a decoder says. */
enum mote_decoded {
    MOTE_DECODED,      /* it is whole and legal */
    MOTE_DECODE_MORE,  /* so far nothing is wrong; come back with more bytes */
    MOTE_DECODE_ERROR, /* see the fault; nothing of the output may be used */
};

/* What is wrong with a packet; without a meaning where nothing is. */
struct mote_fault {
    uint8_t number; /* enum mote_fault_number (fault.h); 0: nothing */
};

/* Its code: enum mote_code, as 0x81 malformed, 0x82 protocol error, 0x90 topic name. */
uint8_t mote_fault_code(const struct mote_fault *fault);

/* The same for people: a static string. Whoever does not ask does not link the words. */
const char *mote_fault_words(const struct mote_fault *fault);

/* A packet's fixed header. */
struct mote_header {
    uint8_t type;       /* enum mote_packet_type */
    uint8_t flags;      /* its low four bits */
    uint8_t size;       /* of the fixed header itself: 2 to 5 */
    uint32_t remaining; /* bytes that follow it */
};

struct mote_connect {
    enum mote_mqtt_version version;
    bool clean_start;
    uint16_t keep_alive_s;
    struct mote_text client_id;
    struct mote_will will; /* topic empty: none */
    bool has_username;
    struct mote_text username;
    bool has_password;
    struct mote_text password;
    struct mote_properties properties;
};

struct mote_connack {
    bool session_present;
    uint8_t code; /* 3.1.1: return code 0 to 5; 5.0: reason code */
    struct mote_properties properties;
};

/* PUBACK, PUBREC, PUBREL, PUBCOMP; with packet_id 0 also DISCONNECT and AUTH. */
struct mote_ack {
    uint16_t packet_id;
    uint8_t code;
    struct mote_properties properties;
};

/* SUBSCRIBE and UNSUBSCRIBE. */
struct mote_request {
    uint16_t packet_id;
    struct mote_properties properties;
    const struct mote_filter *filters; /* to encode */
    size_t count;                      /* of filters */
    struct mote_text encoded_filters;  /* decoded: read them by mote_codec_next_filter() */
};

/* SUBACK and UNSUBACK. */
struct mote_reply {
    uint16_t packet_id;
    struct mote_properties properties;
    struct mote_text codes;
};

/* --- Decoding. `body` is what follows the fixed header. Of a packet that is not legal the output is all zeros.
 * --- */

/* Reads a fixed header from the first bytes of a packet: lengths of more than four bytes, type 0, AUTH before 5.0,
 * wrong flag bits and pings with a body are refused as early as the bytes show it. [MQTT-2.1.3-1] [MQTT-1.5.5-1] */
enum mote_decoded mote_codec_header(struct mote_text bytes, enum mote_mqtt_version version, struct mote_header *header,
                                    struct mote_fault *fault);

/* Reads a PUBLISH from as much of its body as is there. MOTE_DECODED as soon as topic, packet id and properties
 * are there: message->payload is as much of the payload as `body` has, payload_size all of it. An empty topic with
 * a topic alias is legal in 5.0 and left to the session, as is whether this sender may use subscription
 * identifiers. [MQTT-3.3.4-6] */
enum mote_decoded mote_codec_decode_publish(const struct mote_header *header, enum mote_mqtt_version version,
                                            struct mote_text body, struct mote_message *message,
                                            struct mote_fault *fault);

/* The rest take the whole body and return true if it is legal. */

/* Of a CONNECT that is not legal connect->version alone may be set: for the form of the refusal. */
bool mote_codec_decode_connect(struct mote_text body, struct mote_connect *connect, struct mote_fault *fault);
/* A server from before 5.0 that is asked for 5.0 answers in its own form: that is given as code 0x84. */
bool mote_codec_decode_connack(enum mote_mqtt_version version, struct mote_text body, struct mote_connack *connack,
                               struct mote_fault *fault);
/* PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT, AUTH: the code must be one that this packet type may have, from a
 * server or a client. */
bool mote_codec_decode_ack(enum mote_packet_type type, enum mote_mqtt_version version, bool from_server,
                           struct mote_text body, struct mote_ack *ack, struct mote_fault *fault);
/* SUBSCRIBE and UNSUBSCRIBE; request->count says how many filters there are. */
bool mote_codec_decode_request(enum mote_packet_type type, enum mote_mqtt_version version, struct mote_text body,
                               struct mote_request *request, struct mote_fault *fault);
/* SUBACK and UNSUBACK. */
bool mote_codec_decode_reply(enum mote_packet_type type, enum mote_mqtt_version version, struct mote_text body,
                             struct mote_reply *reply, struct mote_fault *fault);

/* Takes the next filter of a decoded request, false at the end. `encoded` is consumed; begin with encoded_filters. */
bool mote_codec_next_filter(enum mote_packet_type type, enum mote_mqtt_version version, struct mote_text *encoded,
                            struct mote_filter *filter);

/* --- Encoding. Returns the packet's size, or 0 if it is larger than `room` or than a packet can be (then `into`
 * may have been written to). The values must be legal: what comes from users is checked before by
 * mote_codec_check_properties(), mote_topic_...() and mote_text_is_utf8(). `into` NULL with room SIZE_MAX measures
 * without writing. --- */

/* The fixed and variable header of a PUBLISH and, if message->source is NULL, its payload. message->payload_size is
 * ignored; packet_id as given. With a source, the header counts source->size, and the payload has to follow. */
size_t mote_codec_encode_publish(uint8_t *into, size_t room, enum mote_mqtt_version version,
                                 const struct mote_message *message);
size_t mote_codec_encode_connect(uint8_t *into, size_t room, const struct mote_connect *connect);
/* The code has to be one of this version. */
size_t mote_codec_encode_connack(uint8_t *into, size_t room, enum mote_mqtt_version version,
                                 const struct mote_connack *connack);
/* PUBACK to PUBCOMP, DISCONNECT, AUTH. In 5.0 the code and properties are left out where the standard allows it. */
size_t mote_codec_encode_ack(uint8_t *into, size_t room, enum mote_mqtt_version version, enum mote_packet_type type,
                             const struct mote_ack *ack);
/* SUBSCRIBE and UNSUBSCRIBE; before 5.0 without the options that came with it. */
size_t mote_codec_encode_request(uint8_t *into, size_t room, enum mote_mqtt_version version, enum mote_packet_type type,
                                 const struct mote_request *request);
/* Before 5.0 all codes from 0x80 on are sent as 0x80, those of an UNSUBACK not at all. */
size_t mote_codec_encode_reply(uint8_t *into, size_t room, enum mote_mqtt_version version, enum mote_packet_type type,
                               const struct mote_reply *reply);
/* PINGREQ and PINGRESP: two bytes. */
size_t mote_codec_encode_ping(uint8_t *into, size_t room, enum mote_packet_type type);

/* Are these properties legal in this packet, or of this list? Checks ids, ranges, repetitions and UTF-8, of both the encoded
 * ones and the items. */
bool mote_codec_check_properties(const struct mote_properties *properties, enum mote_packet_type type,
                                 struct mote_fault *fault);

#endif
