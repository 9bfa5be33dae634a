#include "parts.h"

static bool has_properties(const struct mote_message *message)
{
    return mote_version_is_5(MOTE_MQTT_5) && !mote_properties_are_none(&message->properties);
}

static uint32_t payload_size(const struct mote_message *message)
{
    return message->source != NULL ? message->source->size : (uint32_t)message->payload.length;
}

size_t mote_outbox_message_size(const struct mote_message *message)
{
    size_t properties = has_properties(message) ? mote_properties_size(&message->properties) : 0;
    size_t payload = message->source != NULL ? message->source->size : message->payload.length;

    return payload > UINT16_MAX || properties > UINT16_MAX ? SIZE_MAX : message->topic.length + properties + payload;
}

static void write_head(struct mote_writer *writer, const struct mote_message *message, uint32_t clock_s)
{
    mote_log_write_u32(writer, clock_s);
    mote_writer_varint(writer, (uint32_t)message->topic.length);
    mote_writer_bytes(writer, message->topic);
    if (has_properties(message))
        mote_writer_properties(writer, &message->properties);
}

uint32_t mote_outbox_body_size(const struct mote_message *message)
{
    struct mote_writer writer = {NULL, 0, 0, MOTE_MQTT_5};

    write_head(&writer, message, 0);
    return (uint32_t)writer.size + payload_size(message);
}

/* From wherever it comes. Returns false if the source has not got it. */
static bool write_payload(struct mote_writer *writer, const struct mote_message *message)
{
    const struct mote_source *source = message->source;

    if (source == NULL) {
        mote_writer_bytes(writer, message->payload);
        return true;
    }
    uint8_t *into = mote_writer_take(writer, source->size);
    for (uint32_t done = 0; done < source->size && into != NULL;) {
        size_t count = source->read(source->context, done, into + done, source->size - done);
        if (count == 0 || count > source->size - done)
            return false;
        done += (uint32_t)count;
    }
    return true;
}

enum mote_reason mote_outbox_add(struct mote_outbox *outbox, const struct mote_message *message, uint32_t sequence,
                                 enum mote_outbox_policy policy)
{
    struct mote_writer writer = {outbox->config->page + MOTE_LOG_RECORD_SIZE,
                                 outbox->config->page_size - MOTE_LOG_RECORD_SIZE, 0, MOTE_MQTT_5};
    unsigned kind = (unsigned)message->qos | (unsigned)policy << MOTE_LOG_POLICY_SHIFT;

    if (message->retain)
        kind |= MOTE_LOG_RETAIN;
    if (has_properties(message))
        kind |= MOTE_LOG_PROPERTIES;
    write_head(&writer, message, outbox->clock_s);
    if (!write_payload(&writer, message))
        return MOTE_CONFIG_INVALID;
    MOTE_ASSERT(mote_writer_fits(&writer));
    return mote_log_append(outbox, kind, sequence, (uint32_t)writer.size);
}

/* A library without MQTT 5 passes over what another one has written. */
static void read_properties(struct mote_reader *reader, struct mote_properties *properties)
{
    reader->version = MOTE_MQTT_5;
    if (mote_version_is_5(MOTE_MQTT_5))
        mote_reader_properties(reader, MOTE_PUBLISH, properties);
    else
        mote_reader_bytes(reader, mote_reader_varint(reader, true));
}

bool mote_outbox_read(struct mote_outbox *outbox, const struct mote_log_record *record, struct mote_message *message,
                      uint32_t *clock_s)
{
    struct mote_reader reader;

    if (!mote_log_load(outbox, record))
        return false;
    memset(message, 0, sizeof *message);
    mote_reader_init(&reader, mote_log_body(outbox, record));
    *clock_s = mote_log_read_u32(&reader);
    message->topic = mote_reader_bytes(&reader, mote_reader_varint(&reader, true));
    if ((record->kind & MOTE_LOG_PROPERTIES) != 0)
        read_properties(&reader, &message->properties);
    message->payload = mote_reader_bytes(&reader, mote_reader_left(&reader));
    message->payload_size = (uint32_t)message->payload.length;
    message->qos = (enum mote_qos)(record->kind & MOTE_LOG_QOS);
    message->retain = (record->kind & MOTE_LOG_RETAIN) != 0;
    return reader.fault == MOTE_FAULT_NONE && mote_topic_is_name(message->topic);
}
