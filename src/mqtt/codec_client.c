#include "cursor.h"

static unsigned connect_flags(const struct mote_connect *connect)
{
    unsigned flags = (unsigned)connect->clean_start << 1 | (unsigned)connect->has_password << 6 |
                     (unsigned)connect->has_username << 7;

    if (connect->will.topic.length > 0)
        flags |= 1u << 2 | (unsigned)connect->will.qos << 3 | (unsigned)connect->will.retain << 5;
    return flags;
}

/* Built into both of its callers: so the writer can stay in registers. */
__attribute__((always_inline)) static inline void write_connect(struct mote_writer *writer,
                                                                const struct mote_connect *connect)
{
    mote_writer_begin(writer, (unsigned)MOTE_CONNECT << 4);
    if (writer->version == MOTE_MQTT_3_1)
        mote_writer_data(writer, MOTE_TEXT("MQIsdp"));
    else
        mote_writer_data(writer, MOTE_TEXT("MQTT"));
    mote_writer_u16(writer, (unsigned)writer->version << 8 | connect_flags(connect));
    mote_writer_u16(writer, connect->keep_alive_s);
    mote_writer_properties(writer, &connect->properties);
    mote_writer_data(writer, connect->client_id);
    if (connect->will.topic.length > 0) {
        mote_writer_properties(writer, &connect->will.properties);
        mote_writer_data(writer, connect->will.topic);
        mote_writer_data(writer, connect->will.payload);
    }
    if (connect->has_username)
        mote_writer_data(writer, connect->username);
    if (connect->has_password)
        mote_writer_data(writer, connect->password);
    mote_writer_finish(writer, 0);
}

void mote_writer_connect(struct mote_writer *writer, const struct mote_connect *connect)
{
    write_connect(writer, connect);
}

size_t mote_codec_encode_connect(uint8_t *into, size_t room, const struct mote_connect *connect)
{
    enum mote_mqtt_version version = connect->version == MOTE_MQTT_DEFAULT ? MOTE_MQTT_3_1_1 : connect->version;
    struct mote_writer writer = mote_writer_of(into, room, version);

    write_connect(&writer, connect);
    return mote_writer_size(&writer, room);
}

static unsigned filter_options(const struct mote_filter *filter, enum mote_mqtt_version version)
{
    unsigned options = (unsigned)filter->qos;

    if (mote_version_is_5(version))
        options |= (unsigned)filter->no_local << 2 | (unsigned)filter->retain_as_published << 3 |
                   (unsigned)filter->retain_handling << 4;
    return options;
}

void mote_writer_request(struct mote_writer *writer, enum mote_packet_type type, const struct mote_request *request)
{
    mote_writer_begin(writer, (unsigned)type << 4 | 2);
    mote_writer_u16(writer, request->packet_id);
    mote_writer_properties(writer, &request->properties);
    for (size_t i = 0; i < request->count; i++) {
        mote_writer_data(writer, request->filters[i].topic);
        if (type == MOTE_SUBSCRIBE)
            mote_writer_u8(writer, filter_options(&request->filters[i], (enum mote_mqtt_version)writer->version));
    }
    mote_writer_finish(writer, 0);
}

bool mote_reader_connack(struct mote_reader *reader, struct mote_connack *connack)
{
    enum mote_mqtt_version version = (enum mote_mqtt_version)reader->version;
    size_t length = mote_reader_left(reader);

    *connack = (struct mote_connack){0};
    unsigned flags = mote_reader_u8(reader);
    uint8_t code = mote_reader_u8(reader);
    if (version == MOTE_MQTT_3_1)
        flags = 0; /* a reserved byte then */
    if (flags > 1) /* [MQTT-3.2.2-1] */
        mote_reader_fail(reader, MOTE_FAULT_RESERVED);
    if (flags != 0 && code != 0) /* [MQTT-3.2.2-6] */
        mote_reader_fail(reader, MOTE_FAULT_PRESENT);
    if (mote_version_is_5(version) && length == 2 && code == 1)
        code = MOTE_CODE_UNSUPPORTED_VERSION; /* so says a server from before MQTT 5, in its own way */
    else
        mote_reader_properties(reader, MOTE_CONNACK, &connack->properties);
    if (!mote_code_is_allowed(version, MOTE_CONNACK, true, code))
        mote_reader_fail(reader, MOTE_FAULT_CODE);
    connack->session_present = flags != 0;
    connack->code = code;
    return mote_reader_finish(reader);
}

bool mote_reader_reply(struct mote_reader *reader, enum mote_packet_type type, struct mote_reply *reply)
{
    *reply = (struct mote_reply){0};
    reply->packet_id = mote_reader_packet_id(reader);
    mote_reader_properties(reader, type, &reply->properties);
    if (mote_reader_is_5(reader) || type == MOTE_SUBACK) {
        reply->codes.length = mote_reader_left(reader);
        reply->codes.data = (const char *)reader->at;
        do { /* at least one */
            if (!mote_code_is_allowed((enum mote_mqtt_version)reader->version, type, true, mote_reader_u8(reader)))
                mote_reader_fail(reader, MOTE_FAULT_CODE);
        } while (mote_reader_left(reader) > 0);
    }
    return mote_reader_finish(reader);
}
