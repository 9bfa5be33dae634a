/* What the tables of the codec share: packets of any type in one structure, decoded, encoded and compared alike. */
#ifndef CODEC_RIG_H
#define CODEC_RIG_H

#include "check.h"

#include "mqtt/codec.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILTERS_MAX 16
#define BYTES_MAX 2048

/* As MOTE_TEXT(), for static initialisers. */
#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1                                                                                 \
    }

/* What is being tried, for the message of a check that fails. */
static char about[200];

#define ABOUT(...) ((void)snprintf(about, sizeof about, __VA_ARGS__))
#define EXPECT(condition)                                                                                              \
    ((condition) ? (void)0 : check_fail(__FILE__, __LINE__, "%s: %s", about[0] == '\0' ? "-" : about, #condition))
#define EXPECT_EQUAL(actual, expected)                                                                                 \
    expect_equal(__LINE__, #actual " == " #expected, (long)(actual), (long)(expected))

static inline void expect_equal(int line, const char *what, long actual, long expected)
{
    if (actual != expected)
        check_fail(__FILE__, line, "%s: %s: %ld, not %ld", about, what, actual, expected);
}

struct packet {
    enum mote_packet_type type;
    struct mote_connect connect;
    struct mote_connack connack;
    struct mote_message message;
    struct mote_ack ack;
    struct mote_request request;
    struct mote_reply reply;
};

/* A packet's bytes, in memory of exactly their size: AddressSanitizer sees a read behind them. */
struct bytes {
    char *data;
    size_t size;
};

static inline struct mote_text view(struct bytes bytes)
{
    return (struct mote_text){bytes.data, bytes.size};
}

static inline struct bytes bytes_of(const void *data, size_t size)
{
    struct bytes bytes = {malloc(size + (size == 0)), size};

    EXPECT(bytes.data != NULL);
    if (size > 0)
        memcpy(bytes.data, data, size);
    return bytes;
}

static inline unsigned digit_of(char c)
{
    const char *digits = "0123456789ABCDEF";
    const char *found = strchr(digits, c);

    EXPECT(c != '\0' && found != NULL);
    return (unsigned)(found - digits);
}

/* From upper-case hexadecimal digits, blanks between them as one likes. */
static inline struct bytes bytes_from(const char *hex)
{
    static uint8_t buffer[BYTES_MAX];
    size_t size = 0;

    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        EXPECT(size < sizeof buffer);
        buffer[size++] = (uint8_t)(digit_of(hex[0]) << 4 | digit_of(hex[1]));
        hex++;
    }
    return bytes_of(buffer, size);
}

/* What an output held before must not show through. */
#define SPOILT(output) memset(&(output), 0xA5, sizeof(output))

static inline bool decode_body(struct packet *packet, enum mote_mqtt_version version, bool from_server,
                               struct mote_text body, struct mote_fault *fault)
{
    switch (packet->type) {
    case MOTE_CONNECT:
        SPOILT(packet->connect);
        return mote_codec_decode_connect(body, &packet->connect, fault);
    case MOTE_CONNACK:
        SPOILT(packet->connack);
        return mote_codec_decode_connack(version, body, &packet->connack, fault);
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        SPOILT(packet->request);
        return mote_codec_decode_request(packet->type, version, body, &packet->request, fault);
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        SPOILT(packet->reply);
        return mote_codec_decode_reply(packet->type, version, body, &packet->reply, fault);
    case MOTE_PINGREQ:
    case MOTE_PINGRESP:
        return true;
    default:
        SPOILT(packet->ack);
        return mote_codec_decode_ack(packet->type, version, from_server, body, &packet->ack, fault);
    }
}

/* Takes a packet as a session does that waits for the whole of it, except that a PUBLISH is tried with what is
 * there. */
static inline enum mote_decoded decode_packet(struct packet *packet, enum mote_mqtt_version version, bool from_server,
                                              struct mote_text bytes, struct mote_fault *fault)
{
    struct mote_header header;

    SPOILT(header);
    enum mote_decoded decoded = mote_codec_header(bytes, version, &header, fault);
    memset(packet, 0, sizeof *packet);
    if (decoded != MOTE_DECODED) {
        EXPECT(header.type == 0 && header.flags == 0 && header.size == 0 && header.remaining == 0);
        return decoded;
    }
    struct mote_text body = {bytes.data + header.size, bytes.length - header.size};
    packet->type = (enum mote_packet_type)header.type;
    if (header.type == MOTE_PUBLISH) {
        SPOILT(packet->message);
        return mote_codec_decode_publish(&header, version, body, &packet->message, fault);
    }
    if (body.length < header.remaining)
        return MOTE_DECODE_MORE;
    body.length = header.remaining;
    return decode_body(packet, version, from_server, body, fault) ? MOTE_DECODED : MOTE_DECODE_ERROR;
}

/* Encodes what was built, or what was decoded: then the filters are read out again. */
static inline size_t encode_packet(uint8_t *into, size_t room, enum mote_mqtt_version version,
                                   const struct packet *packet)
{
    struct mote_request request = packet->request;
    struct mote_text encoded = request.encoded_filters;
    struct mote_filter filters[FILTERS_MAX];

    switch (packet->type) {
    case MOTE_CONNECT:
        return mote_codec_encode_connect(into, room, &packet->connect);
    case MOTE_CONNACK:
        return mote_codec_encode_connack(into, room, version, &packet->connack);
    case MOTE_PUBLISH:
        return mote_codec_encode_publish(into, room, version, &packet->message);
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        EXPECT(request.count <= FILTERS_MAX);
        for (size_t i = 0; request.filters == NULL && i < request.count; i++)
            EXPECT(mote_codec_next_filter(packet->type, version, &encoded, &filters[i]));
        if (request.filters == NULL)
            request.filters = filters;
        return mote_codec_encode_request(into, room, version, packet->type, &request);
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        return mote_codec_encode_reply(into, room, version, packet->type, &packet->reply);
    case MOTE_PINGREQ:
    case MOTE_PINGRESP:
        return mote_codec_encode_ping(into, room, packet->type);
    default:
        return mote_codec_encode_ack(into, room, version, packet->type, &packet->ack);
    }
}

static inline void check_same_text(const char *what, struct mote_text a, struct mote_text b)
{
    if (!mote_text_same(a, b))
        check_fail(__FILE__, __LINE__, "%s: %s differs", about, what);
}

static inline void check_same_properties(const struct mote_properties *a, const struct mote_properties *b)
{
    struct mote_properties_place at_a = {0, 0}, at_b = {0, 0};
    struct mote_property one = {.id = MOTE_USER_PROPERTY}, other = {.id = MOTE_USER_PROPERTY};

    while (mote_properties_next(a, &at_a, &one)) {
        EXPECT(mote_properties_next(b, &at_b, &other));
        EXPECT_EQUAL(one.id, other.id);
        EXPECT_EQUAL(one.number, other.number);
        check_same_text("a property", one.text, other.text);
        check_same_text("a user property's value", one.value, other.value);
    }
    EXPECT(!mote_properties_next(b, &at_b, &other));
}

static inline void check_same_connect(const struct mote_connect *a, const struct mote_connect *b)
{
    EXPECT_EQUAL(a->version, b->version);
    EXPECT_EQUAL(a->clean_start, b->clean_start);
    EXPECT_EQUAL(a->keep_alive_s, b->keep_alive_s);
    EXPECT_EQUAL(a->has_username, b->has_username);
    EXPECT_EQUAL(a->has_password, b->has_password);
    EXPECT_EQUAL(a->will.qos, b->will.qos);
    EXPECT_EQUAL(a->will.retain, b->will.retain);
    check_same_text("the client id", a->client_id, b->client_id);
    check_same_text("the user name", a->username, b->username);
    check_same_text("the password", a->password, b->password);
    check_same_text("the will's topic", a->will.topic, b->will.topic);
    check_same_text("the will's payload", a->will.payload, b->will.payload);
    check_same_properties(&a->will.properties, &b->will.properties);
    check_same_properties(&a->properties, &b->properties);
}

static inline void check_same_message(const struct mote_message *a, const struct mote_message *b)
{
    EXPECT_EQUAL(a->qos, b->qos);
    EXPECT_EQUAL(a->retain, b->retain);
    EXPECT_EQUAL(a->duplicate, b->duplicate);
    EXPECT_EQUAL(a->packet_id, b->packet_id);
    check_same_text("the topic", a->topic, b->topic);
    check_same_text("the payload", a->payload, b->payload);
    check_same_properties(&a->properties, &b->properties);
}

/* `built` holds its filters in a list, `decoded` as bytes. */
static inline void check_same_request(enum mote_packet_type type, enum mote_mqtt_version version,
                                      const struct mote_request *built, const struct mote_request *decoded)
{
    struct mote_text encoded = decoded->encoded_filters;
    struct mote_filter filter;

    EXPECT_EQUAL(decoded->packet_id, built->packet_id);
    EXPECT_EQUAL(decoded->count, built->count);
    check_same_properties(&built->properties, &decoded->properties);
    for (size_t i = 0; i < built->count; i++) {
        EXPECT(mote_codec_next_filter(type, version, &encoded, &filter));
        check_same_text("a filter", built->filters[i].topic, filter.topic);
        if (type == MOTE_UNSUBSCRIBE)
            continue;
        EXPECT_EQUAL(filter.qos, built->filters[i].qos);
        EXPECT_EQUAL(filter.no_local, built->filters[i].no_local);
        EXPECT_EQUAL(filter.retain_as_published, built->filters[i].retain_as_published);
        EXPECT_EQUAL(filter.retain_handling, built->filters[i].retain_handling);
    }
    EXPECT(!mote_codec_next_filter(type, version, &encoded, &filter));
}

static inline void check_same_packet(enum mote_mqtt_version version, const struct packet *built,
                                     const struct packet *decoded)
{
    EXPECT_EQUAL(decoded->type, built->type);
    check_same_connect(&built->connect, &decoded->connect);
    check_same_message(&built->message, &decoded->message);
    EXPECT_EQUAL(decoded->connack.session_present, built->connack.session_present);
    EXPECT_EQUAL(decoded->connack.code, built->connack.code);
    check_same_properties(&built->connack.properties, &decoded->connack.properties);
    EXPECT_EQUAL(decoded->ack.packet_id, built->ack.packet_id);
    EXPECT_EQUAL(decoded->ack.code, built->ack.code);
    check_same_properties(&built->ack.properties, &decoded->ack.properties);
    check_same_request(built->type, version, &built->request, &decoded->request);
    EXPECT_EQUAL(decoded->reply.packet_id, built->reply.packet_id);
    check_same_text("the codes", built->reply.codes, decoded->reply.codes);
    check_same_properties(&built->reply.properties, &decoded->reply.properties);
}

/* Nothing of a packet that was refused may be left. */
static inline void check_is_empty(const struct packet *packet)
{
    static const struct packet empty;
    struct packet copy = *packet;

    copy.type = empty.type;
    copy.connect.version = empty.connect.version; /* for the refusal */
    check_same_packet(MOTE_MQTT_5, &empty, &copy);
    EXPECT(copy.message.payload.data == NULL && copy.message.topic.data == NULL);
    EXPECT(copy.connect.client_id.data == NULL && copy.reply.codes.data == NULL);
    EXPECT(copy.request.encoded_filters.data == NULL);
}

#endif
