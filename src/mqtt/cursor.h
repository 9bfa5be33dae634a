/* Cursor: the one way to touch the bytes of a packet. A reader and a writer, neither of which can leave its bytes.
 *
 * Errors are sticky: the first fault stays, and whatever is read after it is zero or empty, so that a packet is
 * read straight through and judged once. An inner length is read by a reader of its own, over just these bytes.
 *
 * The functions are plain C99 `inline` with their one external copy in codec.c: a compiler that optimises for
 * speed builds them in and keeps the cursor in registers, one that optimises for size calls them.
 */
#ifndef MOTE_CURSOR_H
#define MOTE_CURSOR_H

#include "fault.h"
#include "../text/assert.h"
#include "../text/word.h"

#include <mote/topic.h>

#include <string.h>

#define MOTE_VARINT_MAX 268435455u
#define MOTE_PACKET_MAX (5 + MOTE_VARINT_MAX)

/* The library can be built without MQTT 5; the compiler then drops what is reached through here only. */
inline bool mote_version_is_5(enum mote_mqtt_version version)
{
#ifdef MOTE_WITHOUT_MQTT5
    (void)version;
    return false;
#else
    return version == MOTE_MQTT_5;
#endif
}

inline bool mote_properties_are_none(const struct mote_properties *properties)
{
    return properties->encoded.length == 0 && properties->count == 0;
}

/* May this packet carry this code, coming from a server or a client? */
bool mote_code_is_allowed(enum mote_mqtt_version version, enum mote_packet_type type, bool from_server, uint8_t code);

/* --- Reader --- */

struct mote_reader {
    const uint8_t *at;
    const uint8_t *end;
    size_t missing;  /* bytes that the first read past the end would have needed; 0 if another fault was first */
    uint8_t fault;   /* enum mote_fault_number */
    uint8_t version; /* enum mote_mqtt_version: whose packets are read; set after mote_reader_init() */
};

/* Reads a number of one to four bytes; `shortest`: it must be in its shortest form, as MQTT 5 asks. [MQTT-1.5.5-1] */
uint32_t mote_reader_varint(struct mote_reader *reader, bool shortest);

/* Reads the property block that MQTT 5 has here, checked for this packet type or list. `properties` must be
 * zero. */
void mote_reader_properties(struct mote_reader *reader, enum mote_packet_type type, struct mote_properties *properties);

/* Begins to read these bytes. */
inline void mote_reader_init(struct mote_reader *reader, struct mote_text bytes)
{
    /* An empty view may be of NULL, from which one must not even count 0. */
    reader->at = (const uint8_t *)(bytes.length == 0 ? "" : bytes.data);
    reader->end = reader->at + bytes.length;
    reader->missing = 0;
    reader->fault = MOTE_FAULT_NONE;
    reader->version = MOTE_MQTT_DEFAULT;
}

/* Is it MQTT 5 that is read? */
inline bool mote_reader_is_5(const struct mote_reader *reader)
{
    return mote_version_is_5((enum mote_mqtt_version)reader->version);
}

/* How many bytes are left. */
inline size_t mote_reader_left(const struct mote_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* Remembers a fault if it is the first one, and ends the reading. */
inline void mote_reader_fail(struct mote_reader *reader, unsigned fault)
{
    if (reader->fault == MOTE_FAULT_NONE)
        reader->fault = (uint8_t)fault;
    reader->at = reader->end;
}

/* Are there as many bytes? Fails if not. */
inline bool mote_reader_has(struct mote_reader *reader, size_t size)
{
    size_t left = mote_reader_left(reader);

    if (size <= left)
        return true;
    if (reader->fault == MOTE_FAULT_NONE)
        reader->missing = size - left;
    mote_reader_fail(reader, MOTE_FAULT_ENDS_TOO_SOON);
    return false;
}

/* Ends the reading after `size` more bytes, which have to be there. */
inline void mote_reader_limit(struct mote_reader *reader, size_t size)
{
    if (mote_reader_has(reader, size))
        reader->end = reader->at + size;
}

inline uint8_t mote_reader_u8(struct mote_reader *reader)
{
    return mote_reader_has(reader, 1) ? *reader->at++ : 0;
}

inline uint16_t mote_reader_u16(struct mote_reader *reader)
{
    if (!mote_reader_has(reader, 2))
        return 0;
    reader->at += 2;
    return (uint16_t)((unsigned)reader->at[-2] << 8 | reader->at[-1]);
}

/* Takes `size` bytes as a view. */
inline struct mote_text mote_reader_bytes(struct mote_reader *reader, size_t size)
{
    if (!mote_reader_has(reader, size))
        return (struct mote_text){NULL, 0};
    reader->at += size;
    return (struct mote_text){(const char *)reader->at - size, size};
}

/* Takes two bytes of length and as many bytes. */
inline struct mote_text mote_reader_data(struct mote_reader *reader)
{
    return mote_reader_bytes(reader, mote_reader_u16(reader));
}

/* Takes two bytes of length and text, which must be UTF-8. */
inline struct mote_text mote_reader_utf8(struct mote_reader *reader)
{
    struct mote_text text = mote_reader_data(reader);

    if (!mote_text_is_utf8(text))
        mote_reader_fail(reader, MOTE_FAULT_UTF8);
    return text;
}

/* Reads a packet identifier. [MQTT-2.2.1-3] */
inline uint16_t mote_reader_packet_id(struct mote_reader *reader)
{
    uint16_t packet_id = mote_reader_u16(reader);

    if (packet_id == 0)
        mote_reader_fail(reader, MOTE_FAULT_PACKET_ID);
    return packet_id;
}

/* Was everything right, down to the last byte? */
inline bool mote_reader_finish(struct mote_reader *reader)
{
    if (reader->at != reader->end)
        mote_reader_fail(reader, MOTE_FAULT_LEFT_OVER);
    return reader->fault == MOTE_FAULT_NONE;
}

/* --- What codec.h has for single packets, from a reader that stands at their first byte or, but for the header, at their
 * body. The fault stays in the reader. Of a packet that is not legal the output means nothing. --- */

/* From as much as there is of the packet, and of a PUBLISH nothing behind it. */
enum mote_decoded mote_reader_header(struct mote_reader *reader, struct mote_header *header);
enum mote_decoded mote_reader_publish(struct mote_reader *reader, const struct mote_header *header,
                                      struct mote_message *message);

/* The reader ends with the packet. */
bool mote_reader_connack(struct mote_reader *reader, struct mote_connack *connack);
bool mote_reader_ack(struct mote_reader *reader, enum mote_packet_type type, bool from_server, struct mote_ack *ack);
bool mote_reader_reply(struct mote_reader *reader, enum mote_packet_type type, struct mote_reply *reply);

/* What is said of a packet at last: is it legal? If not, gives the fault and fills the output with zeros. */
bool mote_reader_judge(const struct mote_reader *reader, struct mote_fault *fault, void *output, size_t size);

/* --- Writer --- */

/* What does not fit is not written, but counted: at the end it is known how much room it takes. */
struct mote_writer {
    uint8_t *bytes;
    size_t room;
    size_t size;     /* of what is written, or would be: if it is above the room, the bytes mean nothing */
    uint8_t version; /* enum mote_mqtt_version: whose packets are written */
};

/* The bytes of a property block without its length. */
size_t mote_properties_size(const struct mote_properties *properties);

/* Writes the property block that MQTT 5 has here. */
void mote_writer_properties(struct mote_writer *writer, const struct mote_properties *properties);

/* Puts in the length of a packet of 128 bytes and more. */
void mote_writer_finish_long(struct mote_writer *writer, size_t following);

/* --- What codec.h has for single packets, behind what is written already. --- */

/* A CONNECT of the writer's version, which is none by default. */
void mote_writer_connect(struct mote_writer *writer, const struct mote_connect *connect);

/* Of a message with a source all but the payload, which has to follow. `duplicate` and the identifier are what counts, not those
 * of the message. */
void mote_writer_publish(struct mote_writer *writer, const struct mote_message *message, bool duplicate,
                         uint16_t packet_id);
void mote_writer_ack(struct mote_writer *writer, enum mote_packet_type type, const struct mote_ack *ack);
void mote_writer_request(struct mote_writer *writer, enum mote_packet_type type, const struct mote_request *request);

/* A writer as codec.h has it: `into` NULL measures. */
inline struct mote_writer mote_writer_of(uint8_t *into, size_t room, enum mote_mqtt_version version)
{
    return (struct mote_writer){into, into == NULL ? 0 : room, 0, (uint8_t)version};
}

/* The size of what is written; 0 if it is larger than the room that codec.h was given, or than a packet can be. */
inline size_t mote_writer_size(const struct mote_writer *writer, size_t room)
{
    return writer->size <= room && writer->size <= MOTE_PACKET_MAX ? writer->size : 0;
}

/* How many bytes the number takes. */
static inline size_t mote_varint_size(uint32_t number)
{
    size_t size = 1;

    for (; number >= 0x80; number >>= 7)
        size++;
    return size;
}

/* There is something that cannot be written. */
inline void mote_writer_fail(struct mote_writer *writer)
{
    writer->size = SIZE_MAX;
}

/* Does all of it fit? */
inline bool mote_writer_fits(const struct mote_writer *writer)
{
    return writer->size <= writer->room;
}

/* Takes room for `size` bytes. NULL if there is too little. */
inline uint8_t *mote_writer_take(struct mote_writer *writer, size_t size)
{
    size_t before = writer->size;

    writer->size = size > SIZE_MAX - before ? SIZE_MAX : before + size;
    return writer->size > writer->room ? NULL : writer->bytes + before;
}

inline void mote_writer_u8(struct mote_writer *writer, unsigned number)
{
    uint8_t *bytes = mote_writer_take(writer, 1);

    if (bytes != NULL)
        bytes[0] = (uint8_t)number;
}

inline void mote_writer_u16(struct mote_writer *writer, unsigned number)
{
    uint8_t *bytes = mote_writer_take(writer, 2);

    if (bytes != NULL) {
        bytes[0] = (uint8_t)(number >> 8);
        bytes[1] = (uint8_t)number;
    }
}

/* Writes bytes as they are. */
inline void mote_writer_bytes(struct mote_writer *writer, struct mote_text bytes)
{
    uint8_t *into = bytes.length == 0 ? NULL : mote_writer_take(writer, bytes.length);

    if (into != NULL)
        memcpy(into, bytes.data, bytes.length);
}

/* Writes two bytes of length and the bytes. */
inline void mote_writer_data(struct mote_writer *writer, struct mote_text bytes)
{
    uint8_t *into = mote_writer_take(writer, bytes.length > UINT16_MAX ? SIZE_MAX : 2 + bytes.length);

    if (into != NULL) {
        into[0] = (uint8_t)(bytes.length >> 8);
        into[1] = (uint8_t)bytes.length;
        mote_word_copy(into + 2, bytes.data, bytes.length);
    }
}

/* Writes a number of up to MOTE_VARINT_MAX. */
inline void mote_writer_varint(struct mote_writer *writer, uint32_t number)
{
    if (number > MOTE_VARINT_MAX)
        mote_writer_fail(writer);
    for (; number >= 0x80; number >>= 7)
        mote_writer_u8(writer, number | 0x80);
    mote_writer_u8(writer, number);
}

/* Begins a packet, the first that is written, with its first byte; its length is put in by mote_writer_finish(). */
inline void mote_writer_begin(struct mote_writer *writer, unsigned first)
{
    mote_writer_u16(writer, first << 8);
}

/* Ends a packet, or what comes before its last `following` bytes. Where there are no words the long way does for all. */
inline void mote_writer_finish(struct mote_writer *writer, size_t following)
{
    if (!MOTE_HAS_WORDS || following > 0x7F || writer->size > 2 + 0x7F - following)
        mote_writer_finish_long(writer, following);
    else if (mote_writer_fits(writer))
        writer->bytes[1] = (uint8_t)(writer->size - 2 + following);
}

#endif
