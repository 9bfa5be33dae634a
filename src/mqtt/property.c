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
#define WILL IN(MOTE_LIST_OF_WILL)
#define MESSAGE (WILL | IN(MOTE_PUBLISH) | IN(MOTE_LIST_FOR_PUBLISH))
#define OWN_CONNECT (IN(MOTE_CONNECT) | IN(MOTE_LIST_FOR_CONNECT))
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
    [MOTE_REQUEST_PROBLEM_INFORMATION] = RULE(FLAG, OWN_CONNECT),
    [MOTE_WILL_DELAY_INTERVAL] = RULE(FOUR, WILL),
    [MOTE_REQUEST_RESPONSE_INFORMATION] = RULE(FLAG, OWN_CONNECT),
    [MOTE_RESPONSE_INFORMATION] = RULE(TEXT, IN(MOTE_CONNACK)),
    [MOTE_SERVER_REFERENCE] = RULE(TEXT, IN(MOTE_CONNACK) | IN(MOTE_DISCONNECT)),
    [MOTE_REASON_STRING] = RULE(TEXT, ACK),
    [MOTE_RECEIVE_MAXIMUM] = RULE(TWO, START),
    [MOTE_TOPIC_ALIAS_MAXIMUM] = RULE(TWO, START),
    [MOTE_TOPIC_ALIAS] = RULE(TWO, IN(MOTE_PUBLISH)),
    [MOTE_MAXIMUM_QOS] = RULE(FLAG, IN(MOTE_CONNACK)),
    [MOTE_RETAIN_AVAILABLE] = RULE(FLAG, IN(MOTE_CONNACK)),
    [MOTE_USER_PROPERTY] = RULE(PAIR, MESSAGE | ACK | OWN_CONNECT | IN(MOTE_SUBSCRIBE) | IN(MOTE_UNSUBSCRIBE)),
    [MOTE_MAXIMUM_PACKET_SIZE] = RULE(FOUR, START),
    [MOTE_WILDCARD_SUBSCRIPTION_AVAILABLE] = RULE(FLAG, IN(MOTE_CONNACK)),
    [MOTE_SUBSCRIPTION_IDENTIFIER_AVAILABLE] = RULE(FLAG, IN(MOTE_CONNACK)),
    [MOTE_SHARED_SUBSCRIPTION_AVAILABLE] = RULE(FLAG, IN(MOTE_CONNACK)),
};

#define RULES (sizeof rules / sizeof rules[0])

static const struct rule *rule_of(unsigned id)
{
    return &rules[id < RULES ? id : 0];
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

static bool may_be_zero(unsigned id)
{
    return id != MOTE_SUBSCRIPTION_IDENTIFIER && id != MOTE_RECEIVE_MAXIMUM && id != MOTE_TOPIC_ALIAS &&
           id != MOTE_MAXIMUM_PACKET_SIZE;
}

/* What is read fits its bytes anyway; what an application gives may not. */
static bool number_is_legal(uint32_t number, unsigned id, unsigned kind)
{
    static const uint32_t max[] = {[FLAG] = 1, [TWO] = UINT16_MAX, [VARINT] = MOTE_VARINT_MAX, [FOUR] = UINT32_MAX};

    return number <= max[kind] && (number > 0 || may_be_zero(id));
}

static bool text_is_legal(const struct mote_property *property, unsigned kind)
{
    if (kind == DATA)
        return property->text.length <= UINT16_MAX;
    return mote_text_is_utf8(property->text) && (kind != PAIR || mote_text_is_utf8(property->value));
}

/* What is wrong with its value? */
static unsigned fault_of_value(const struct mote_property *property, unsigned kind)
{
    if (kind > FOUR && !text_is_legal(property, kind))
        return MOTE_FAULT_UTF8;
    if (kind <= FOUR ? number_is_legal(property->number, (unsigned)property->id, kind)
                     : kind != TOPIC || mote_topic_is_name(property->text)) /* [MQTT-3.3.2-14] */
        return MOTE_FAULT_NONE;
    return property->id == MOTE_TOPIC_ALIAS ? MOTE_FAULT_ALIAS : MOTE_FAULT_RANGE;
}

static bool may_repeat(unsigned id, enum mote_packet_type type)
{
    return id == MOTE_USER_PROPERTY || (id == MOTE_SUBSCRIPTION_IDENTIFIER && type == MOTE_PUBLISH);
}

/* Must it not be in this packet, not twice, or not with this value? */
static unsigned fault_of_property(const struct mote_property *property, enum mote_packet_type type, bool seen[])
{
    unsigned id = (unsigned)property->id;
    const struct rule *rule = rule_of(id);

    if ((((unsigned)rule->high_packets << 8 | rule->low_packets) >> type & 1) == 0)
        return MOTE_FAULT_PROPERTY;
    if (seen[id] && !may_repeat(id, type))
        return MOTE_FAULT_REPEATED;
    seen[id] = true;
    return fault_of_value(property, rule->kind);
}

/* The first fault of all of them. */
static unsigned fault_of_properties(const struct mote_properties *properties, enum mote_packet_type type)
{
    bool seen[RULES] = {false};
    struct mote_property property;
    struct mote_reader reader;
    unsigned fault = MOTE_FAULT_NONE;

    if (mote_properties_are_none(properties)) /* as nearly always */
        return type == MOTE_AUTH ? MOTE_FAULT_METHOD : MOTE_FAULT_NONE;
    mote_reader_init(&reader, properties->encoded);
    while (fault == MOTE_FAULT_NONE && reader.at != reader.end) {
        read_property(&reader, &property);
        fault = reader.fault != MOTE_FAULT_NONE ? reader.fault : fault_of_property(&property, type, seen);
    }
    for (size_t i = 0; fault == MOTE_FAULT_NONE && i < properties->count; i++)
        fault = fault_of_property(&properties->items[i], type, seen);
    if (fault == MOTE_FAULT_NONE && !seen[MOTE_AUTHENTICATION_METHOD] &&
        (type == MOTE_AUTH || (type == MOTE_CONNECT && seen[MOTE_AUTHENTICATION_DATA])))
        return MOTE_FAULT_METHOD;
    return fault;
}

void mote_reader_properties(struct mote_reader *reader, enum mote_packet_type type, struct mote_properties *properties)
{
    if (!mote_reader_is_5(reader))
        return;
    properties->encoded = mote_reader_bytes(reader, mote_reader_varint(reader, true));
    unsigned fault = fault_of_properties(properties, type);
    if (fault != MOTE_FAULT_NONE)
        mote_reader_fail(reader, fault);
}

bool mote_codec_check_properties(const struct mote_properties *properties, enum mote_packet_type type,
                                 struct mote_fault *fault)
{
    if (!mote_version_is_5(MOTE_MQTT_5))
        return true; /* never run: MQTT 5 is built in */
    fault->number = (uint8_t)fault_of_properties(properties, type);
    return fault->number == MOTE_FAULT_NONE;
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
