/* Plain packets: what is exchanged most, read and written in one straight run that is built into its caller.
 *
 * A PUBLISH is plain if it is short, whole, without properties, and its topic is a word or more of ASCII; an
 * acknowledgement, if it has nothing but its packet identifier. All others, and what is wrong, go the long way through the
 * codec, which says what it is. Where the processor has no words (word.h) there is only the long way.
 */
#ifndef MOTE_PLAIN_H
#define MOTE_PLAIN_H

#include "cursor.h"

/* The most that one byte of length tells. */
#define MOTE_PLAIN_MOST 0x7Fu

/* The bytes of a plain acknowledgement. */
#define MOTE_PLAIN_ACK 4

/* Reads the PUBLISH of QoS 0 or 1 that begins the bytes. Returns its size; 0, leaving the message alone, if it is not
 * plain. */
static inline size_t mote_plain_read_publish(struct mote_text bytes, enum mote_mqtt_version version,
                                             struct mote_message *message)
{
    struct mote_reader reader;
    uint16_t packet_id = 0;

    mote_reader_init(&reader, bytes);
    unsigned head = mote_reader_u16(&reader);
    unsigned flags = head >> 8;
    /* Type, the bit of QoS 2, a length of one byte; and DUP only with QoS 1. [MQTT-3.3.1-2] */
    if ((head & 0xF480) != (unsigned)MOTE_PUBLISH << 12 || (flags & 10) == 8)
        return 0;
    mote_reader_limit(&reader, head & MOTE_PLAIN_MOST);
    struct mote_text topic = mote_reader_data(&reader);
    if (!mote_words_are_plain(topic) || ((flags & 2) != 0 && (packet_id = mote_reader_u16(&reader)) == 0) ||
        (mote_version_is_5(version) && (mote_reader_left(&reader) == 0 || mote_reader_u8(&reader) != 0)))
        return 0;
    /* One by one: of a whole structure the compiler would first make all bytes 0. */
    message->topic = topic;
    message->payload.data = (const char *)reader.at;
    message->payload.length = mote_reader_left(&reader);
    message->source = NULL;
    message->payload_offset = 0;
    message->payload_size = (uint32_t)mote_reader_left(&reader);
    message->qos = (enum mote_qos)(flags >> 1 & 1);
    message->retain = (flags & 1) != 0;
    message->duplicate = (flags & 8) != 0;
    message->packet_id = packet_id;
    message->properties = (struct mote_properties){0};
    return 2 + (size_t)(head & MOTE_PLAIN_MOST);
}

/* Reads the acknowledgement of a publication that begins the bytes. Returns its type; 0 if it is not plain. */
static inline unsigned mote_plain_read_ack(struct mote_text bytes, uint16_t *packet_id)
{
    struct mote_reader reader;

    mote_reader_init(&reader, bytes);
    unsigned head = mote_reader_u16(&reader);
    unsigned type = head >> 12;
    if (type < MOTE_PUBACK || type > MOTE_PUBCOMP || (head & 0xFFF) != (type == MOTE_PUBREL ? 0x202 : 0x002))
        return 0;
    *packet_id = mote_reader_u16(&reader);
    return *packet_id == 0 ? 0 : type;
}

/* Writes the acknowledgement of a publication. */
static inline void mote_plain_write_ack(uint8_t *into, unsigned type, uint16_t packet_id)
{
    into[0] = (uint8_t)(type << 4 | (type == MOTE_PUBREL ? 2 : 0));
    into[1] = 2;
    into[2] = (uint8_t)(packet_id >> 8);
    into[3] = (uint8_t)packet_id;
}

/* Writes a PUBLISH with this packet identifier, of a message whose topic is legal. Returns its size; 0 if it is not plain, or
 * there is no room. */
static inline size_t mote_plain_write_publish(uint8_t *into, size_t room, enum mote_mqtt_version version,
                                              const struct mote_message *message, bool duplicate, uint16_t packet_id)
{
    struct mote_text topic = message->topic;
    struct mote_text payload = message->payload;
    unsigned qos = (unsigned)message->qos;
    size_t remaining = 2 + topic.length + (qos == MOTE_QOS_0 ? 0 : 2) + mote_version_is_5(version) + payload.length;

    /* Both lengths are looked at, as their sum may wrap around. */
    if ((remaining | topic.length | payload.length) > MOTE_PLAIN_MOST || room < 2 + remaining ||
        message->source != NULL || !mote_properties_are_none(&message->properties))
        return 0;
    into[0] = (uint8_t)((unsigned)MOTE_PUBLISH << 4 | (unsigned)duplicate << 3 | qos << 1 | message->retain);
    into[1] = (uint8_t)remaining;
    into[2] = 0;
    into[3] = (uint8_t)topic.length;
    mote_word_copy(into + 4, topic.data, topic.length);
    into += 4 + topic.length;
    if (qos != MOTE_QOS_0) {
        into[0] = (uint8_t)(packet_id >> 8);
        into[1] = (uint8_t)packet_id;
        into += 2;
    }
    if (mote_version_is_5(version))
        *into++ = 0;
    mote_word_copy(into, payload.data, payload.length);
    return 2 + remaining;
}

#endif
