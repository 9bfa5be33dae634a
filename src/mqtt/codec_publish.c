#include "plain.h"

/* Reading and writing a PUBLISH comes in two forms. The general ones are read() and mote_writer_publish(). In front of them,
 * what is exchanged most (short, whole, without properties) goes in one straight run without calls, where the
 * processor has the registers for it; elsewhere the compiler leaves that out. */

/* A topic may be empty where an alias stands for it. */
static void check_topic(struct mote_reader *reader, const struct mote_message *message)
{
    struct mote_text topic = message->topic;
    unsigned fault = MOTE_FAULT_NO_TOPIC;

    if (mote_topic_is_name(topic))
        return;
    if (topic.length > 0)
        fault = mote_text_is_utf8(topic) ? MOTE_FAULT_TOPIC : MOTE_FAULT_UTF8;
    else if (mote_properties_number(&message->properties, MOTE_TOPIC_ALIAS, 0) != 0)
        return;
    mote_reader_fail(reader, fault);
}

__attribute__((noinline)) static enum mote_decoded read(struct mote_reader *reader, const struct mote_header *header,
                                                        struct mote_message *message)
{
    const uint8_t *body = reader->at;
    uint32_t missing = header->remaining - (uint32_t)mote_reader_left(reader);

    memset(message, 0, sizeof *message);
    message->qos = (enum mote_qos)(header->flags >> 1 & 3);
    message->retain = (header->flags & 1) != 0;
    message->duplicate = (header->flags & 8) != 0;
    message->topic = mote_reader_data(reader);
    if (message->qos != MOTE_QOS_0)
        message->packet_id = mote_reader_packet_id(reader);
    mote_reader_properties(reader, MOTE_PUBLISH, &message->properties);
    check_topic(reader, message);
    message->payload_size = header->remaining - (uint32_t)(reader->at - body);
    message->payload = mote_reader_bytes(reader, mote_reader_left(reader));
    if (reader->fault == MOTE_FAULT_NONE)
        return MOTE_DECODED;
    return reader->missing > 0 && reader->missing <= missing ? MOTE_DECODE_MORE : MOTE_DECODE_ERROR;
}

enum mote_decoded mote_reader_publish(struct mote_reader *reader, const struct mote_header *header,
                                      struct mote_message *message)
{
    struct mote_reader plain = *reader;
    unsigned flags = header->flags;
    uint16_t packet_id = 0;

    struct mote_text topic = mote_reader_data(&plain);
    if (!mote_words_are_plain(topic) || ((flags & 6) != 0 && (packet_id = mote_reader_u16(&plain)) == 0) ||
        (mote_reader_is_5(reader) && (mote_reader_left(&plain) == 0 || mote_reader_u8(&plain) != 0)))
        return read(reader, header, message);
    message->topic = topic;
    message->payload.data = (const char *)plain.at;
    message->payload.length = mote_reader_left(&plain);
    message->source = NULL;
    message->payload_offset = 0;
    message->payload_size = header->remaining - (uint32_t)(plain.at - reader->at);
    message->qos = (enum mote_qos)(flags >> 1 & 3);
    message->retain = (flags & 1) != 0;
    message->duplicate = (flags & 8) != 0;
    message->packet_id = packet_id;
    message->properties = (struct mote_properties){0};
    return MOTE_DECODED;
}

void mote_writer_publish(struct mote_writer *writer, const struct mote_message *message, bool duplicate,
                         uint16_t packet_id)
{
    const struct mote_source *source = message->source;
    size_t payload = source == NULL ? message->payload.length : source->size;

    mote_writer_begin(writer, (unsigned)MOTE_PUBLISH << 4 | (unsigned)duplicate << 3 | (unsigned)message->qos << 1 |
                                  message->retain);
    mote_writer_data(writer, message->topic);
    if (message->qos != MOTE_QOS_0)
        mote_writer_u16(writer, packet_id);
    mote_writer_properties(writer, &message->properties);
    mote_writer_finish(writer, payload);
    if (source == NULL)
        mote_writer_bytes(writer, message->payload);
}
