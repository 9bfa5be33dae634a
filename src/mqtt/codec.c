#include "plain.h"

extern inline bool mote_version_is_5(enum mote_mqtt_version version);
extern inline bool mote_properties_are_none(const struct mote_properties *properties);
extern inline void mote_reader_init(struct mote_reader *reader, struct mote_text bytes);
extern inline size_t mote_reader_left(const struct mote_reader *reader);
extern inline void mote_reader_fail(struct mote_reader *reader, unsigned fault);
extern inline bool mote_reader_has(struct mote_reader *reader, size_t size);
extern inline void mote_reader_limit(struct mote_reader *reader, size_t size);
extern inline uint8_t mote_reader_u8(struct mote_reader *reader);
extern inline uint16_t mote_reader_u16(struct mote_reader *reader);
extern inline struct mote_text mote_reader_bytes(struct mote_reader *reader, size_t size);
extern inline struct mote_text mote_reader_data(struct mote_reader *reader);
extern inline struct mote_text mote_reader_utf8(struct mote_reader *reader);
extern inline uint16_t mote_reader_packet_id(struct mote_reader *reader);
extern inline bool mote_reader_is_5(const struct mote_reader *reader);
extern inline bool mote_reader_finish(struct mote_reader *reader);
extern inline uint8_t *mote_writer_take(struct mote_writer *writer, size_t size);
extern inline void mote_writer_u8(struct mote_writer *writer, unsigned number);
extern inline void mote_writer_u16(struct mote_writer *writer, unsigned number);
extern inline void mote_writer_bytes(struct mote_writer *writer, struct mote_text bytes);
extern inline void mote_writer_data(struct mote_writer *writer, struct mote_text bytes);
extern inline void mote_writer_varint(struct mote_writer *writer, uint32_t number);
extern inline struct mote_writer mote_writer_of(uint8_t *into, size_t room, enum mote_mqtt_version version);
extern inline size_t mote_writer_size(const struct mote_writer *writer, size_t room);
extern inline void mote_writer_fail(struct mote_writer *writer);
extern inline bool mote_writer_fits(const struct mote_writer *writer);
extern inline void mote_writer_begin(struct mote_writer *writer, unsigned first);
extern inline void mote_writer_finish(struct mote_writer *writer, size_t following);

uint32_t mote_reader_varint(struct mote_reader *reader, bool shortest)
{
    uint32_t number = 0;
    uint32_t byte;

    for (unsigned shift = 0; shift < 28; shift += 7) {
        byte = mote_reader_u8(reader);
        number |= (byte & 0x7F) << shift;
        if (shortest && byte == 0 && shift > 0)
            break;
        if (byte < 0x80)
            return number;
    }
    mote_reader_fail(reader, MOTE_FAULT_LENGTH);
    return 0;
}

void mote_writer_finish_long(struct mote_writer *writer, size_t following)
{
    size_t written = writer->size - 2;

    if (written > MOTE_VARINT_MAX || following > MOTE_VARINT_MAX - written) {
        mote_writer_fail(writer);
        return;
    }
    size_t remaining = written + following;
    size_t more = mote_varint_size((uint32_t)remaining) - 1;
    if (mote_writer_take(writer, more) == NULL)
        return;
    size_t end = writer->size;
    if (more > 0) /* never false: where there are words, a short packet does not come here */
        memmove(writer->bytes + 2 + more, writer->bytes + 2, written);
    writer->size = 1;
    mote_writer_varint(writer, (uint32_t)remaining);
    writer->size = end;
}

/* The flags that a first byte may have with this type, a bit each. PUBLISH: no QoS 3, DUP only with QoS 1 and 2.
 * In MQTT 3.1 requests could be sent again, with DUP. [MQTT-2.1.3-1] [MQTT-3.3.1-2] [MQTT-3.3.1-4] */
static unsigned legal_flags(unsigned type, enum mote_mqtt_version version)
{
    const unsigned requests = 1u << MOTE_PUBREL | 1u << MOTE_SUBSCRIBE | 1u << MOTE_UNSUBSCRIBE;

    if (type == MOTE_PUBLISH)
        return 0x3C3F;
    if ((requests >> type & 1) != 0)
        return version == MOTE_MQTT_3_1 ? 1u << 2 | 1u << 10 : 1u << 2;
    return type == 0 || (type == MOTE_AUTH && !mote_version_is_5(version)) ? 0 : 1;
}

__attribute__((noinline)) static enum mote_decoded read_header(struct mote_reader *reader, struct mote_header *header)
{
    const uint8_t *begin = reader->at;
    unsigned first = mote_reader_u8(reader);
    unsigned type = first >> 4;

    if ((legal_flags(type, (enum mote_mqtt_version)reader->version) >> (first & 15) & 1) == 0)
        mote_reader_fail(reader, MOTE_FAULT_FIRST_BYTE);
    uint32_t remaining = mote_reader_varint(reader, mote_reader_is_5(reader));
    if (remaining > 0 && (type == MOTE_PINGREQ || type == MOTE_PINGRESP))
        mote_reader_fail(reader, MOTE_FAULT_LEFT_OVER);
    header->type = (uint8_t)type;
    header->flags = first & 15;
    header->size = (uint8_t)(reader->at - begin);
    header->remaining = remaining;
    if (reader->fault == MOTE_FAULT_NONE)
        return MOTE_DECODED;
    return reader->missing > 0 ? MOTE_DECODE_MORE : MOTE_DECODE_ERROR;
}

/* What comes most, a short PUBLISH, is settled here, where the processor is large enough for two ways. */
enum mote_decoded mote_reader_header(struct mote_reader *reader, struct mote_header *header)
{
    struct mote_reader plain = *reader;
    unsigned first = mote_reader_u8(&plain);
    uint8_t remaining = mote_reader_u8(&plain);
    bool is_plain = plain.fault == MOTE_FAULT_NONE && first >> 4 == MOTE_PUBLISH && remaining < 0x80;

    if (!MOTE_HAS_WORDS || !is_plain || (legal_flags(MOTE_PUBLISH, MOTE_MQTT_DEFAULT) >> (first & 15) & 1) == 0)
        return read_header(reader, header);
    *header = (struct mote_header){MOTE_PUBLISH, first & 15, 2, remaining};
    *reader = plain;
    return MOTE_DECODED;
}

bool mote_reader_judge(const struct mote_reader *reader, struct mote_fault *fault, void *output, size_t size)
{
    if (reader->fault == MOTE_FAULT_NONE)
        return true;
    fault->number = reader->fault;
    memset(output, 0, size);
    return false;
}

static struct mote_reader reader_of(struct mote_text bytes, enum mote_mqtt_version version)
{
    struct mote_reader reader;

    mote_reader_init(&reader, bytes);
    reader.version = (uint8_t)version;
    return reader;
}

enum mote_decoded mote_codec_header(struct mote_text bytes, enum mote_mqtt_version version, struct mote_header *header,
                                    struct mote_fault *fault)
{
    struct mote_reader reader = reader_of(bytes, version);
    enum mote_decoded decoded = mote_reader_header(&reader, header);

    mote_reader_judge(&reader, fault, header, sizeof *header);
    return decoded;
}

enum mote_decoded mote_codec_decode_publish(const struct mote_header *header, enum mote_mqtt_version version,
                                            struct mote_text body, struct mote_message *message,
                                            struct mote_fault *fault)
{
    if (body.length > header->remaining)
        body.length = header->remaining;
    struct mote_reader reader = reader_of(body, version);
    enum mote_decoded decoded = mote_reader_publish(&reader, header, message);

    mote_reader_judge(&reader, fault, message, sizeof *message);
    return decoded;
}

bool mote_codec_decode_connack(enum mote_mqtt_version version, struct mote_text body, struct mote_connack *connack,
                               struct mote_fault *fault)
{
    struct mote_reader reader = reader_of(body, version);

    mote_reader_connack(&reader, connack);
    return mote_reader_judge(&reader, fault, connack, sizeof *connack);
}

bool mote_codec_decode_ack(enum mote_packet_type type, enum mote_mqtt_version version, bool from_server,
                           struct mote_text body, struct mote_ack *ack, struct mote_fault *fault)
{
    struct mote_reader reader = reader_of(body, version);

    mote_reader_ack(&reader, type, from_server, ack);
    return mote_reader_judge(&reader, fault, ack, sizeof *ack);
}

bool mote_codec_decode_reply(enum mote_packet_type type, enum mote_mqtt_version version, struct mote_text body,
                             struct mote_reply *reply, struct mote_fault *fault)
{
    struct mote_reader reader = reader_of(body, version);

    mote_reader_reply(&reader, type, reply);
    return mote_reader_judge(&reader, fault, reply, sizeof *reply);
}

/* By itself, so that what is encoded most does not save the registers for it. */
__attribute__((noinline)) static size_t encode_publish(uint8_t *into, size_t room, enum mote_mqtt_version version,
                                                       const struct mote_message *message)
{
    struct mote_writer writer = mote_writer_of(into, room, version);

    mote_writer_publish(&writer, message, message->duplicate, message->packet_id);
    return mote_writer_size(&writer, room);
}

size_t mote_codec_encode_publish(uint8_t *into, size_t room, enum mote_mqtt_version version,
                                 const struct mote_message *message)
{
    size_t size = 0;

    if (MOTE_HAS_WORDS && into != NULL)
        size = mote_plain_write_publish(into, room, version, message, message->duplicate, message->packet_id);
    return size > 0 ? size : encode_publish(into, room, version, message);
}

size_t mote_codec_encode_ack(uint8_t *into, size_t room, enum mote_mqtt_version version, enum mote_packet_type type,
                             const struct mote_ack *ack)
{
    struct mote_writer writer = mote_writer_of(into, room, version);

    mote_writer_ack(&writer, type, ack);
    return mote_writer_size(&writer, room);
}

size_t mote_codec_encode_request(uint8_t *into, size_t room, enum mote_mqtt_version version, enum mote_packet_type type,
                                 const struct mote_request *request)
{
    struct mote_writer writer = mote_writer_of(into, room, version);

    mote_writer_request(&writer, type, request);
    return mote_writer_size(&writer, room);
}

size_t mote_codec_encode_ping(uint8_t *into, size_t room, enum mote_packet_type type)
{
    struct mote_ack none = {0};

    return mote_codec_encode_ack(into, room, MOTE_MQTT_DEFAULT, type, &none);
}
