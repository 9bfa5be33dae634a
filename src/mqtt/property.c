#include "cursor.h"

/* How a property's value lies on the wire and what it may be. That of FLAG, TWO and FOUR is their size in bytes. */
enum kind {
    NONE, /* no such property */
    FLAG, /* a byte of 0 or 1 */
    TWO,
    VARINT,
    FOUR,
    TEXT,
    TOPIC,
    DATA,
    PAIR,
};

#define IN(type) (1u << (type))
#define WILL IN(0)
#define MESSAGE (IN(MOTE_PUBLISH) | WILL)
#define START (IN(MOTE_CONNECT) | IN(MOTE_CONNACK))
#define ACK                                                                                                            \
    (IN(MOTE_CONNACK) | IN(MOTE_PUBACK) | IN(MOTE_PUBREC) | IN(MOTE_PUBREL) | IN(MOTE_PUBCOMP) | IN(MOTE_SUBACK) |     \
     IN(MOTE_UNSUBACK) | IN(MOTE_DISCONNECT) | IN(MOTE_AUTH))

/* Three bytes, which pack without gaps. */
struct rule {
    uint8_t kind;
    uint8_t low_packets; /* a bit each, by type: 0 (a will) to 7 */
    uint8_t high_packets;
};

#define RULE(kind, packets)                                                                                            \
    {                                                                                                                  \
        (kind), (packets)&0xFF, (packets) >> 8                                                                         \
    }

/* MQTT 5.0, table 2-4. */
static const struct rule rules[] = {
    [MOTE_PAYLOAD_FORMAT_INDICATOR] = RULE(FLAG, MESSAGE),
    [MOTE_MESSAGE_EXPIRY_INTERVAL] = RULE(FOUR, MESSAGE),
    [MOTE_CONTENT_TYPE] = RULE(TEXT, MESSAGE),
    [MOTE_RESPONSE_TOPIC] = RULE(TOPIC, MESSAGE),
    [MOTE_CORRELATION_DATA] = RULE(DATA, MESSAGE),
    [MOTE_SUBSCRIPTION_IDENTIFIER] = RULE(VARINT, IN(MOTE_PUBLISH) | IN(MOTE_SUBSCRIBE)),
    [MOTE_SESSION_EXPIRY_INTERVAL] = RULE(FOUR, START | IN(MOTE_DISCONNECT)),
    [MOTE_ASSIGNED_CLIENT_IDENTIFIER] = RULE(TEXT, IN(MOTE_CONNACK)),
    [MOTE_SERVER_KEEP_ALIVE] = RULE(TWO, IN(MOTE_CONNACK)),
    [MOTE_AUTHENTICATION_METHOD] = RULE(TEXT, START | IN(MOTE_AUTH)),
    [MOTE_AUTHENTICATION_DATA] = RULE(DATA, START | IN(MOTE_AUTH)),
    [MOTE_REQUEST_PROBLEM_INFORMATION] = RULE(FLAG, IN(MOTE_CONNECT)),
    [MOTE_WILL_DELAY_INTERVAL] = RULE(FOUR, WILL),
    [MOTE_REQUEST_RESPONSE_INFORMATION] = RULE(FLAG, IN(MOTE_CONNECT)),
    [MOTE_RESPONSE_INFORMATION] = RULE(TEXT, IN(MOTE_CONNACK)),
    [MOTE_SERVER_REFERENCE] = RULE(TEXT, IN(MOTE_CONNACK) | IN(MOTE_DISCONNECT)),
    [MOTE_REASON_STRING] = RULE(TEXT, ACK),
    [MOTE_RECEIVE_MAXIMUM] = RULE(TWO, START),
    [MOTE_TOPIC_ALIAS_MAXIMUM] = RULE(TWO, START),
    [MOTE_TOPIC_ALIAS] = RULE(TWO, IN(MOTE_PUBLISH)),
    [MOTE_MAXIMUM_QOS] = RULE(FLAG, IN(MOTE_CONNACK)),
    [MOTE_RETAIN_AVAILABLE] = RULE(FLAG, IN(MOTE_CONNACK)),
    [MOTE_USER_PROPERTY] = RULE(PAIR, MESSAGE | ACK | IN(MOTE_CONNECT) | IN(MOTE_SUBSCRIBE) | IN(MOTE_UNSUBSCRIBE)),
    [MOTE_MAXIMUM_PACKET_SIZE] = RULE(FOUR, START),
    [MOTE_WILDCARD_SUBSCRIPTION_AVAILABLE] = RULE(FLAG, IN(MOTE_CONNACK)),
    [MOTE_SUBSCRIPTION_IDENTIFIER_AVAILABLE] = RULE(FLAG, IN(MOTE_CONNACK)),
    [MOTE_SHARED_SUBSCRIPTION_AVAILABLE] = RULE(FLAG, IN(MOTE_CONNACK)),
};

static const struct rule *rule_of(unsigned id)
{
    return &rules[id < sizeof rules / sizeof rules[0] ? id : 0];
}

/* Takes a property apart; its values are not judged yet. An identifier is a varint, but none so far takes two
 * bytes. */
static void read_property(struct mote_reader *reader, struct mote_property *property)
{
    unsigned id = mote_reader_u8(reader);
    unsigned kind = rule_of(id)->kind;

    memset(property, 0, sizeof *property);
    property->id = (enum mote_property_id)id;
    if (kind == NONE)
        mote_reader_fail(reader, MOTE_FAULT_PROPERTY);
    else if (kind == VARINT)
        property->number = mote_reader_varint(reader, true);
    else if (kind > FOUR)
        property->text = mote_reader_data(reader);
    else
        while (kind-- > 0)
            property->number = property->number << 8 | mote_reader_u8(reader);
    if (kind == PAIR)
        property->value = mote_reader_data(reader);
}

static void write_property(struct mote_writer *writer, const struct mote_property *property)
{
    unsigned id = (unsigned)property->id;
    unsigned kind = rule_of(id)->kind;

    mote_writer_u8(writer, id);
    if (kind == VARINT)
        mote_writer_varint(writer, property->number);
    else if (kind > FOUR)
        mote_writer_data(writer, property->text);
    else
        while (kind-- > 0)
            mote_writer_u8(writer, property->number >> 8 * kind);
    if (kind == PAIR)
        mote_writer_data(writer, property->value);
}

/* A set of properties, a bit each. */
struct set {
    uint32_t bits[2];
};

static bool is_in(const struct set *set, unsigned id)
{
    return (set->bits[id >> 5] >> (id & 31) & 1) != 0;
}

static void add(struct set *set, unsigned id)
{
    set->bits[id >> 5] |= UINT32_C(1) << (id & 31);
}

/* What is read fits its bytes anyway; what an application gives may not. */
static bool number_is_legal(uint32_t number, unsigned id, unsigned kind)
{
    static const uint32_t max[] = {[FLAG] = 1, [TWO] = UINT16_MAX, [VARINT] = MOTE_VARINT_MAX, [FOUR] = UINT32_MAX};
    static const struct set not_zero = {
        {1u << MOTE_SUBSCRIPTION_IDENTIFIER,
         1u << (MOTE_RECEIVE_MAXIMUM & 31) | 1u << (MOTE_TOPIC_ALIAS & 31) | 1u << (MOTE_MAXIMUM_PACKET_SIZE & 31)}};

    return number <= max[kind] && (number > 0 || !is_in(&not_zero, id));
}

static bool text_is_legal(const struct mote_property *property, unsigned kind)
{
    if (kind == DATA)
        return property->text.length <= UINT16_MAX;
    return mote_text_is_utf8(property->text) && (kind != PAIR || mote_text_is_utf8(property->value));
}

static void check_value(struct mote_reader *reader, const struct mote_property *property, unsigned kind)
{
    unsigned fault = property->id == MOTE_TOPIC_ALIAS ? MOTE_FAULT_ALIAS : MOTE_FAULT_RANGE;

    if (kind > FOUR && !text_is_legal(property, kind))
        mote_reader_fail(reader, MOTE_FAULT_UTF8);
    else if (kind <= FOUR ? !number_is_legal(property->number, (unsigned)property->id, kind)
                          : kind == TOPIC && !mote_topic_is_name(property->text)) /* [MQTT-3.3.2-14] */
        mote_reader_fail(reader, fault);
}

static bool may_repeat(unsigned id, enum mote_packet_type type)
{
    return id == MOTE_USER_PROPERTY || (id == MOTE_SUBSCRIPTION_IDENTIFIER && type == MOTE_PUBLISH);
}

/* Fails the reader if the property must not be in this packet, not twice, or not with this value. */
static void check_property(struct mote_reader *reader, const struct mote_property *property, enum mote_packet_type type,
                           struct set *seen)
{
    unsigned id = (unsigned)property->id;
    const struct rule *rule = rule_of(id);

    if ((((unsigned)rule->high_packets << 8 | rule->low_packets) >> type & 1) == 0) {
        mote_reader_fail(reader, MOTE_FAULT_PROPERTY);
        return;
    }
    if (is_in(seen, id) && !may_repeat(id, type))
        mote_reader_fail(reader, MOTE_FAULT_REPEATED);
    add(seen, id);
    check_value(reader, property, rule->kind);
}

/* Checks all of them; `reader` is at the encoded ones. */
static void check_properties(struct mote_reader *reader, const struct mote_properties *properties,
                             enum mote_packet_type type)
{
    struct set seen = {{0, 0}};
    struct mote_property property;

    while (reader->at != reader->end) {
        read_property(reader, &property);
        if (reader->fault == MOTE_FAULT_NONE)
            check_property(reader, &property, type, &seen);
    }
    for (size_t i = 0; i < properties->count; i++)
        check_property(reader, &properties->items[i], type, &seen);
    if (!is_in(&seen, MOTE_AUTHENTICATION_METHOD) &&
        (type == MOTE_AUTH || (type == MOTE_CONNECT && is_in(&seen, MOTE_AUTHENTICATION_DATA))))
        mote_reader_fail(reader, MOTE_FAULT_METHOD);
}

void mote_reader_properties(struct mote_reader *reader, enum mote_packet_type type, struct mote_properties *properties)
{
    struct mote_reader block;

    if (!mote_reader_is_5(reader))
        return;
    properties->encoded = mote_reader_bytes(reader, mote_reader_varint(reader, true));
    mote_reader_init(&block, properties->encoded);
    check_properties(&block, properties, type);
    if (block.fault != MOTE_FAULT_NONE)
        mote_reader_fail(reader, block.fault);
}

bool mote_codec_check_properties(const struct mote_properties *properties, enum mote_packet_type type,
                                 struct mote_fault *fault)
{
    struct mote_reader reader;

    if (!mote_version_is_5(MOTE_MQTT_5))
        return true; /* never run: MQTT 5 is built in */
    mote_reader_init(&reader, properties->encoded);
    check_properties(&reader, properties, type);
    fault->number = reader.fault;
    return reader.fault == MOTE_FAULT_NONE;
}

bool mote_properties_next(const struct mote_properties *properties, struct mote_properties_place *place,
                          struct mote_property *property)
{
    struct mote_reader reader;

    if (!mote_version_is_5(MOTE_MQTT_5))
        return false; /* never run: MQTT 5 is built in */
    if (place->offset < properties->encoded.length) {
        mote_reader_init(&reader, properties->encoded);
        mote_reader_bytes(&reader, place->offset);
        read_property(&reader, property);
        place->offset = properties->encoded.length - mote_reader_left(&reader);
        return reader.fault == MOTE_FAULT_NONE;
    }
    if (place->index >= properties->count)
        return false;
    *property = properties->items[place->index++];
    return true;
}

bool mote_properties_find(const struct mote_properties *properties, enum mote_property_id id,
                          struct mote_property *property)
{
    struct mote_properties_place place = {0, 0};
    struct mote_property candidate;

    while (mote_properties_next(properties, &place, &candidate)) {
        if (candidate.id == id) {
            *property = candidate;
            return true;
        }
    }
    return false;
}

uint32_t mote_properties_number(const struct mote_properties *properties, enum mote_property_id id, uint32_t otherwise)
{
    struct mote_property property;

    return mote_properties_find(properties, id, &property) ? property.number : otherwise;
}

static void write_block(struct mote_writer *writer, const struct mote_properties *properties)
{
    mote_writer_bytes(writer, properties->encoded);
    for (size_t i = 0; i < properties->count; i++)
        write_property(writer, &properties->items[i]);
}

size_t mote_properties_size(const struct mote_properties *properties)
{
    struct mote_writer writer = {NULL, 0, 0, 0};

    write_block(&writer, properties);
    return writer.size;
}

void mote_writer_properties(struct mote_writer *writer, const struct mote_properties *properties)
{
    if (!mote_version_is_5((enum mote_mqtt_version)writer->version))
        return;
    if (mote_properties_are_none(properties)) {
        mote_writer_u8(writer, 0);
        return;
    }
    mote_writer_varint(writer, (uint32_t)mote_properties_size(properties));
    write_block(writer, properties);
}
