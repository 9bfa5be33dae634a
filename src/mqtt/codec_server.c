#include "cursor.h"

enum {
    RESERVED_FLAG = 0x01,
    CLEAN_START_FLAG = 0x02,
    WILL_FLAG = 0x04,
    WILL_RETAIN_FLAG = 0x20,
    PASSWORD_FLAG = 0x40,
    USERNAME_FLAG = 0x80,
    WILL_FLAGS = 0x3C,
};

/* [MQTT-3.1.2-1] [MQTT-3.1.2-2] */
static enum mote_mqtt_version read_version(struct mote_reader *reader)
{
    struct mote_text name = mote_reader_data(reader);
    uint8_t level = mote_reader_u8(reader);

    if (mote_text_equals(name, "MQTT") &&
        (level == MOTE_MQTT_3_1_1 || mote_version_is_5((enum mote_mqtt_version)level)))
        return (enum mote_mqtt_version)level;
    if (mote_text_equals(name, "MQIsdp") && level == MOTE_MQTT_3_1)
        return MOTE_MQTT_3_1;
    mote_reader_fail(reader, MOTE_FAULT_VERSION);
    return MOTE_MQTT_DEFAULT;
}

/* [MQTT-3.1.2-3] [MQTT-3.1.2-11] [MQTT-3.1.2-12] [MQTT-3.1.2-13], before MQTT 5 [MQTT-3.1.2-22] */
static void check_flags(struct mote_reader *reader, enum mote_mqtt_version version, unsigned flags)
{
    bool reserved = (flags & RESERVED_FLAG) != 0 && version != MOTE_MQTT_3_1;
    bool no_will = (flags & WILL_FLAGS) != 0 && (flags & WILL_FLAG) == 0;
    bool no_name = (flags & (PASSWORD_FLAG | USERNAME_FLAG)) == PASSWORD_FLAG && !mote_version_is_5(version);

    if (reserved || no_will || no_name || (flags >> 3 & 3) == 3)
        mote_reader_fail(reader, MOTE_FAULT_FLAGS);
}

static void read_will(struct mote_reader *reader, unsigned flags, struct mote_will *will)
{
    mote_reader_properties(reader, MOTE_LIST_OF_WILL, &will->properties);
    will->topic = mote_reader_utf8(reader);
    will->payload = mote_reader_data(reader);
    will->qos = (enum mote_qos)(flags >> 3 & 3);
    will->retain = (flags & WILL_RETAIN_FLAG) != 0;
    if (!mote_topic_is_name(will->topic))
        mote_reader_fail(reader, MOTE_FAULT_WILL);
}

/* MQTT 3.1 has the length take precedence over the flags: what they announce may be missing. */
static bool has_field(const struct mote_reader *reader, enum mote_mqtt_version version, unsigned flag)
{
    return flag != 0 && (version != MOTE_MQTT_3_1 || mote_reader_left(reader) > 0);
}

static void read_connect(struct mote_reader *reader, struct mote_connect *connect)
{
    enum mote_mqtt_version version = connect->version;
    unsigned flags = mote_reader_u8(reader);

    check_flags(reader, version, flags);
    connect->clean_start = (flags & CLEAN_START_FLAG) != 0;
    connect->keep_alive_s = mote_reader_u16(reader);
    mote_reader_properties(reader, MOTE_CONNECT, &connect->properties);
    connect->client_id = mote_reader_utf8(reader);
    if (connect->client_id.length == 0 && !mote_version_is_5(version) &&
        (version == MOTE_MQTT_3_1 || !connect->clean_start)) /* 3.1.1: [MQTT-3.1.3-8] */
        mote_reader_fail(reader, MOTE_FAULT_CLIENT_ID);
    if ((flags & WILL_FLAG) != 0)
        read_will(reader, flags, &connect->will);
    connect->has_username = has_field(reader, version, flags & USERNAME_FLAG);
    if (connect->has_username)
        connect->username = mote_reader_utf8(reader);
    connect->has_password = has_field(reader, version, flags & PASSWORD_FLAG);
    if (connect->has_password)
        connect->password = mote_reader_data(reader);
}

bool mote_codec_decode_connect(struct mote_text body, struct mote_connect *connect, struct mote_fault *fault)
{
    struct mote_reader reader;

    mote_reader_init(&reader, body);
    *connect = (struct mote_connect){0};
    enum mote_mqtt_version version = read_version(&reader);
    reader.version = (uint8_t)version;
    connect->version = version;
    read_connect(&reader, connect);
    mote_reader_finish(&reader);
    bool is_legal = mote_reader_judge(&reader, fault, connect, sizeof *connect);
    connect->version = version;
    return is_legal;
}

static bool filter_is_shared(struct mote_text filter)
{
    return filter.length > 7 && memcmp(filter.data, "$share/", 7) == 0;
}

static void read_options(struct mote_reader *reader, enum mote_mqtt_version version, struct mote_filter *filter)
{
    unsigned options = mote_reader_u8(reader);

    filter->qos = (enum mote_qos)(options & 3);
    filter->no_local = (options & 4) != 0;
    filter->retain_as_published = (options & 8) != 0;
    filter->retain_handling = options >> 4 & 3;
    if (options > (mote_version_is_5(version) ? 0x3F : 0x03)) /* [MQTT-3.8.3-5] */
        mote_reader_fail(reader, MOTE_FAULT_OPTIONS);
    if ((options & 3) == 3 || filter->retain_handling == 3)
        mote_reader_fail(reader, MOTE_FAULT_OPTIONS_RANGE);
    if (filter->no_local && filter_is_shared(filter->topic)) /* [MQTT-3.8.3-4] */
        mote_reader_fail(reader, MOTE_FAULT_NO_LOCAL);
}

static void read_filter(struct mote_reader *reader, enum mote_packet_type type, enum mote_mqtt_version version,
                        struct mote_filter *filter)
{
    *filter = (struct mote_filter){.topic = mote_reader_data(reader)};
    if (type == MOTE_SUBSCRIBE)
        read_options(reader, version, filter);
}

static void check_filter(struct mote_reader *reader, struct mote_text filter)
{
    if (mote_topic_is_filter(filter))
        return;
    if (!mote_text_is_utf8(filter))
        mote_reader_fail(reader, MOTE_FAULT_UTF8);
    else
        mote_reader_fail(reader, MOTE_FAULT_FILTER);
}

bool mote_codec_decode_request(enum mote_packet_type type, enum mote_mqtt_version version, struct mote_text body,
                               struct mote_request *request, struct mote_fault *fault)
{
    struct mote_reader reader;
    struct mote_filter filter;

    mote_reader_init(&reader, body);
    reader.version = (uint8_t)version;
    *request = (struct mote_request){0};
    request->packet_id = mote_reader_packet_id(&reader);
    mote_reader_properties(&reader, type, &request->properties);
    request->encoded_filters = (struct mote_text){(const char *)reader.at, mote_reader_left(&reader)};
    if (request->encoded_filters.length == 0) /* [MQTT-3.8.3-2] [MQTT-3.10.3-2] */
        mote_reader_fail(&reader, MOTE_FAULT_NO_FILTER);
    while (mote_reader_left(&reader) > 0) {
        read_filter(&reader, type, version, &filter);
        if (reader.fault == MOTE_FAULT_NONE)
            check_filter(&reader, filter.topic);
        request->count++;
    }
    mote_reader_finish(&reader);
    return mote_reader_judge(&reader, fault, request, sizeof *request);
}

bool mote_codec_next_filter(enum mote_packet_type type, enum mote_mqtt_version version, struct mote_text *encoded,
                            struct mote_filter *filter)
{
    struct mote_reader reader;

    if (encoded->length == 0)
        return false;
    mote_reader_init(&reader, *encoded);
    read_filter(&reader, type, version, filter);
    *encoded = mote_reader_bytes(&reader, mote_reader_left(&reader));
    return reader.fault == MOTE_FAULT_NONE;
}

size_t mote_codec_encode_connack(uint8_t *into, size_t room, enum mote_mqtt_version version,
                                 const struct mote_connack *connack)
{
    struct mote_writer writer = mote_writer_of(into, room, version);

    mote_writer_begin(&writer, (unsigned)MOTE_CONNACK << 4);
    mote_writer_u8(&writer, connack->session_present && version != MOTE_MQTT_3_1);
    mote_writer_u8(&writer, connack->code);
    mote_writer_properties(&writer, &connack->properties);
    mote_writer_finish(&writer, 0);
    return mote_writer_size(&writer, room);
}

/* Before MQTT 5 every refusal has the same code. [MQTT-3.9.3-2] */
static void write_old_codes(struct mote_writer *writer, struct mote_text codes)
{
    for (size_t i = 0; i < codes.length; i++)
        mote_writer_u8(writer, (uint8_t)codes.data[i] < 0x80 ? (uint8_t)codes.data[i] : MOTE_CODE_UNSPECIFIED);
}

size_t mote_codec_encode_reply(uint8_t *into, size_t room, enum mote_mqtt_version version, enum mote_packet_type type,
                               const struct mote_reply *reply)
{
    struct mote_writer writer = mote_writer_of(into, room, version);

    mote_writer_begin(&writer, (unsigned)type << 4);
    mote_writer_u16(&writer, reply->packet_id);
    mote_writer_properties(&writer, &reply->properties);
    if (mote_version_is_5(version))
        mote_writer_bytes(&writer, reply->codes);
    else if (type == MOTE_SUBACK)
        write_old_codes(&writer, reply->codes);
    mote_writer_finish(&writer, 0);
    return mote_writer_size(&writer, room);
}
