/* Faults: all that can be wrong with what comes in, or does not come. Code knows them by number; their codes and words lie
 * in tables, which say everything once.
 */
#ifndef MOTE_FAULT_H
#define MOTE_FAULT_H

#include "codec.h"

#include <mote/reason.h>

/* FAULT(number, code, words). A code below 0x80 is an enum mote_reason instead: nothing is told to the server. */
#define MOTE_FAULTS(FAULT)                                                                                             \
    FAULT(MOTE_FAULT_ENDS_TOO_SOON, MOTE_CODE_MALFORMED_PACKET, "ends too soon")                                       \
    FAULT(MOTE_FAULT_LEFT_OVER, MOTE_CODE_MALFORMED_PACKET, "bytes left over")                                         \
    FAULT(MOTE_FAULT_LENGTH, MOTE_CODE_MALFORMED_PACKET, "ill-formed length")                                          \
    FAULT(MOTE_FAULT_UTF8, MOTE_CODE_MALFORMED_PACKET, "not UTF-8 or too long")                                        \
    FAULT(MOTE_FAULT_FIRST_BYTE, MOTE_CODE_MALFORMED_PACKET, "wrong type or flags")                                    \
    FAULT(MOTE_FAULT_RESERVED, MOTE_CODE_MALFORMED_PACKET, "reserved bits set")                                        \
    FAULT(MOTE_FAULT_PACKET_ID, MOTE_CODE_PROTOCOL_ERROR, "packet identifier 0")                                       \
    FAULT(MOTE_FAULT_NO_TOPIC, MOTE_CODE_PROTOCOL_ERROR, "no topic")                                                   \
    FAULT(MOTE_FAULT_TOPIC, MOTE_CODE_TOPIC_NAME_INVALID, "topic with wildcards")                                      \
    FAULT(MOTE_FAULT_CODE, MOTE_CODE_PROTOCOL_ERROR, "code not allowed here")                                          \
    FAULT(MOTE_FAULT_UNEXPECTED, MOTE_CODE_PROTOCOL_ERROR, "packet out of turn")                                       \
    FAULT(MOTE_FAULT_PRESENT, MOTE_CODE_PROTOCOL_ERROR, "session present, but refused or new")                         \
    FAULT(MOTE_FAULT_NOT_ASKED, MOTE_CODE_PROTOCOL_ERROR, "answer to no request")                                      \
    FAULT(MOTE_FAULT_CODES, MOTE_CODE_PROTOCOL_ERROR, "not one code a filter")                                         \
    FAULT(MOTE_FAULT_ACK, MOTE_CODE_PROTOCOL_ERROR, "acknowledgement of the wrong kind")                               \
    FAULT(MOTE_FAULT_QUOTA, MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED, "too many messages at once")                           \
    FAULT(MOTE_FAULT_TOO_LARGE, MOTE_CODE_PACKET_TOO_LARGE, "packet over the receive buffer")                          \
    FAULT(MOTE_FAULT_NO_CONNACK, MOTE_TCP_TIMEOUT, "no CONNACK")                                                       \
    FAULT(MOTE_FAULT_NO_PINGRESP, MOTE_MQTT_NO_PINGRESP, "no PINGRESP")                                                \
    FAULT(MOTE_FAULT_SOURCE, MOTE_MQTT_PROTOCOL, "payload's source has no more")                                       \
    MOTE_FAULTS_OF_SERVERS(FAULT)                                                                                      \
    MOTE_FAULTS_OF_5(FAULT)

/* What a server alone finds. */
#define MOTE_FAULTS_OF_SERVERS(FAULT)                                                                                  \
    FAULT(MOTE_FAULT_VERSION, MOTE_CODE_UNSUPPORTED_VERSION, "another protocol or version of it")                      \
    FAULT(MOTE_FAULT_FLAGS, MOTE_CODE_MALFORMED_PACKET, "flags of a CONNECT that contradict each other")               \
    FAULT(MOTE_FAULT_WILL, MOTE_CODE_TOPIC_NAME_INVALID, "a will with an empty topic or with wildcards")               \
    FAULT(MOTE_FAULT_CLIENT_ID, MOTE_CODE_CLIENT_ID_NOT_VALID, "an empty client identifier")                           \
    FAULT(MOTE_FAULT_OPTIONS, MOTE_CODE_MALFORMED_PACKET, "reserved bits in subscription options")                     \
    FAULT(MOTE_FAULT_OPTIONS_RANGE, MOTE_CODE_PROTOCOL_ERROR, "subscription options out of their range")               \
    FAULT(MOTE_FAULT_NO_LOCAL, MOTE_CODE_PROTOCOL_ERROR, "a shared subscription with no-local")                        \
    FAULT(MOTE_FAULT_FILTER, MOTE_CODE_TOPIC_FILTER_INVALID,                                                           \
          "a topic filter that is empty or has misplaced wildcards")                                                   \
    FAULT(MOTE_FAULT_NO_FILTER, MOTE_CODE_PROTOCOL_ERROR, "no topic filter")

#ifdef MOTE_WITHOUT_MQTT5
#define MOTE_FAULTS_OF_5(FAULT)
#else
#define MOTE_FAULTS_OF_5(FAULT) MOTE_FAULTS_OF_MQTT_5(FAULT)
#endif
#define MOTE_FAULTS_OF_MQTT_5(FAULT)                                                                                   \
    FAULT(MOTE_FAULT_PROPERTY, MOTE_CODE_MALFORMED_PACKET, "property not allowed here")                                \
    FAULT(MOTE_FAULT_RANGE, MOTE_CODE_PROTOCOL_ERROR, "property out of range")                                         \
    FAULT(MOTE_FAULT_REPEATED, MOTE_CODE_PROTOCOL_ERROR, "property repeated")                                          \
    FAULT(MOTE_FAULT_ALIAS, MOTE_CODE_TOPIC_ALIAS_INVALID, "topic alias out of range")                                 \
    FAULT(MOTE_FAULT_EXPIRY, MOTE_CODE_PROTOCOL_ERROR, "session expiry from server")                                   \
    FAULT(MOTE_FAULT_METHOD, MOTE_CODE_PROTOCOL_ERROR, "wrong authentication method")                                  \
    FAULT(MOTE_FAULT_TALKATIVE, MOTE_CODE_PROTOCOL_ERROR, "unasked reason or user property")                           \
    FAULT(MOTE_FAULT_NO_ACKS, MOTE_MQTT_PACKET_TOO_LARGE, "server takes no acknowledgement")

enum mote_fault_number {
    MOTE_FAULT_NONE,
#define MOTE_FAULT_NUMBER(number, code, words) number,
    MOTE_FAULTS(MOTE_FAULT_NUMBER)
#ifdef MOTE_WITHOUT_MQTT5
        MOTE_FAULTS_OF_MQTT_5(MOTE_FAULT_NUMBER)
#endif
#undef MOTE_FAULT_NUMBER
};

#endif
