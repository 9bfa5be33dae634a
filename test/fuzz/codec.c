/* Decodes whatever bytes there are as packets of every type, version and direction. What is refused leaves nothing behind,
 * what is taken lies within the packet, is told the same from every beginning of it, and comes back from the encoder. */
#include "fuzz.h"
#include "mqtt/codec.h"

#define PACKET_MAX 70000u

static uint8_t encoded[PACKET_MAX];

/* One packet, in memory of exactly its size. */
struct packet {
    struct mote_header header;
    enum mote_mqtt_version version;
    bool from_server;
    struct mote_text body;
};

/* What a packet says. */
struct content {
    bool legal;
    struct mote_connect connect;
    struct mote_connack connack;
    struct mote_message message;
    struct mote_ack ack;
    struct mote_request request;
    struct mote_reply reply;
    struct mote_fault fault;
};

static bool all_zero(const void *memory, size_t size)
{
    const uint8_t *bytes = memory;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

static void check_text(const struct packet *packet, struct mote_text text)
{
    FUZZ_CHECK(fuzz_is_within(text, packet->body.data, packet->body.length));
}

static void check_properties(const struct packet *packet, const struct mote_properties *properties, unsigned type)
{
    struct mote_properties_place place = {0};
    struct mote_property property;
    struct mote_property found;
    struct mote_fault fault;

    FUZZ_CHECK(properties->count == 0);
    check_text(packet, properties->encoded);
    while (mote_properties_next(properties, &place, &property)) {
        check_text(packet, property.text);
        check_text(packet, property.value);
        FUZZ_CHECK(mote_properties_find(properties, property.id, &found));
    }
    FUZZ_CHECK(place.offset == properties->encoded.length);
    /* An AUTH that says nothing but success may leave out even its method. */
    FUZZ_CHECK((type == MOTE_AUTH && properties->encoded.length == 0) ||
               mote_codec_check_properties(properties, (enum mote_packet_type)type, &fault));
}

static void check_connect(const struct packet *packet, const struct mote_connect *connect)
{
    check_text(packet, connect->client_id);
    check_text(packet, connect->username);
    check_text(packet, connect->password);
    check_text(packet, connect->will.topic);
    check_text(packet, connect->will.payload);
    check_properties(packet, &connect->properties, MOTE_CONNECT);
    check_properties(packet, &connect->will.properties, 0);
    FUZZ_CHECK(connect->will.qos <= MOTE_QOS_2);
}

static void check_message(const struct packet *packet, const struct mote_message *message)
{
    check_text(packet, message->topic);
    check_text(packet, message->payload);
    check_properties(packet, &message->properties, MOTE_PUBLISH);
    FUZZ_CHECK(message->source == NULL && message->payload_offset == 0);
    FUZZ_CHECK(message->qos <= MOTE_QOS_2);
    FUZZ_CHECK((message->packet_id == 0) == (message->qos == MOTE_QOS_0));
    FUZZ_CHECK(message->payload.length == message->payload_size);
}

static void check_request(const struct packet *packet, const struct mote_request *request)
{
    struct mote_text rest = request->encoded_filters;
    struct mote_filter filter;
    size_t count = 0;

    FUZZ_CHECK(request->packet_id != 0 && request->filters == NULL);
    check_text(packet, rest);
    check_properties(packet, &request->properties, packet->header.type);
    for (; mote_codec_next_filter((enum mote_packet_type)packet->header.type, packet->version, &rest, &filter); count++)
        check_text(packet, filter.topic);
    FUZZ_CHECK(count == request->count && rest.length == 0);
}

/* Decodes it; `got` is how much of its body is there, all of it but for a PUBLISH. */
static enum mote_decoded decode(const struct packet *packet, size_t got, struct content *content)
{
    enum mote_packet_type type = (enum mote_packet_type)packet->header.type;
    enum mote_mqtt_version version = packet->version;
    struct mote_text body = {packet->body.data, got};
    enum mote_decoded publish;

    memset(content, 0xA5, sizeof *content);
    switch (type) {
    case MOTE_CONNECT:
        content->legal = mote_codec_decode_connect(body, &content->connect, &content->fault);
        break;
    case MOTE_CONNACK:
        content->legal = mote_codec_decode_connack(version, body, &content->connack, &content->fault);
        break;
    case MOTE_PUBLISH:
        publish = mote_codec_decode_publish(&packet->header, version, body, &content->message, &content->fault);
        content->legal = publish == MOTE_DECODED;
        return publish;
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        content->legal = mote_codec_decode_request(type, version, body, &content->request, &content->fault);
        break;
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        content->legal = mote_codec_decode_reply(type, version, body, &content->reply, &content->fault);
        break;
    case MOTE_PINGREQ:
    case MOTE_PINGRESP:
        content->legal = true;
        break;
    default:
        content->legal =
            mote_codec_decode_ack(type, version, packet->from_server, body, &content->ack, &content->fault);
    }
    return content->legal ? MOTE_DECODED : MOTE_DECODE_ERROR;
}

static void check_refused(const struct packet *packet, const struct content *content)
{
    FUZZ_CHECK(mote_fault_code(&content->fault) >= 0x80 && content->fault.number != 0 &&
               mote_fault_words(&content->fault)[0] != '\0');
    switch (packet->header.type) {
    case MOTE_CONNECT:
        FUZZ_CHECK(content->connect.client_id.length == 0 && content->connect.will.topic.length == 0 &&
                   content->connect.username.length == 0 && content->connect.password.length == 0 &&
                   content->connect.properties.encoded.length == 0);
        break;
    case MOTE_CONNACK:
        FUZZ_CHECK(all_zero(&content->connack, sizeof content->connack));
        break;
    case MOTE_PUBLISH:
        FUZZ_CHECK(all_zero(&content->message, sizeof content->message));
        break;
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        FUZZ_CHECK(all_zero(&content->request, sizeof content->request));
        break;
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        FUZZ_CHECK(all_zero(&content->reply, sizeof content->reply));
        break;
    default:
        FUZZ_CHECK(all_zero(&content->ack, sizeof content->ack));
    }
}

static void check_taken(const struct packet *packet, const struct content *content)
{
    switch (packet->header.type) {
    case MOTE_CONNECT:
        check_connect(packet, &content->connect);
        break;
    case MOTE_CONNACK:
        check_properties(packet, &content->connack.properties, MOTE_CONNACK);
        break;
    case MOTE_PUBLISH:
        check_message(packet, &content->message);
        break;
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        check_request(packet, &content->request);
        break;
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        check_text(packet, content->reply.codes);
        check_properties(packet, &content->reply.properties, packet->header.type);
        break;
    case MOTE_PINGREQ:
    case MOTE_PINGRESP:
        break;
    default:
        FUZZ_CHECK((content->ack.packet_id == 0) == (packet->header.type >= MOTE_DISCONNECT));
        check_properties(packet, &content->ack.properties, packet->header.type);
    }
}

#define FILTERS_MAX 64

static size_t encode(const struct packet *packet, const struct content *content, uint8_t *into, size_t room)
{
    enum mote_packet_type type = (enum mote_packet_type)packet->header.type;
    struct mote_filter filters[FILTERS_MAX];
    struct mote_request request = content->request;
    struct mote_text rest = request.encoded_filters;

    switch (type) {
    case MOTE_CONNECT:
        return mote_codec_encode_connect(into, room, &content->connect);
    case MOTE_CONNACK:
        return mote_codec_encode_connack(into, room, packet->version, &content->connack);
    case MOTE_PUBLISH:
        return mote_codec_encode_publish(into, room, packet->version, &content->message);
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        request.filters = filters;
        for (size_t i = 0; i < request.count; i++)
            mote_codec_next_filter(type, packet->version, &rest, &filters[i]);
        return mote_codec_encode_request(into, room, packet->version, type, &request);
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        return mote_codec_encode_reply(into, room, packet->version, type, &content->reply);
    case MOTE_PINGREQ:
    case MOTE_PINGRESP:
        return mote_codec_encode_ping(into, room, type);
    default:
        return mote_codec_encode_ack(into, room, packet->version, type, &content->ack);
    }
}

static bool has_own_form(const struct packet *packet, const struct content *content)
{
    bool is_request = packet->header.type == MOTE_SUBSCRIBE || packet->header.type == MOTE_UNSUBSCRIBE;

    /* A refusal of MQTT 5 by an older server, which encodes as one of MQTT 5. */
    if (packet->header.type == MOTE_CONNACK && packet->version == MOTE_MQTT_5 && packet->body.length == 2)
        return false;
    return !is_request || content->request.count <= FILTERS_MAX;
}

/* Encodes what was decoded, decodes and encodes that: it is legal, no larger than the packet was, and stays as it is. */
static void go_round(const struct packet *packet, const struct content *content)
{
    struct packet second = {.version = packet->version, .from_server = packet->from_server};
    struct content again;
    struct mote_fault fault;

    if (!has_own_form(packet, content))
        return;
    size_t size = encode(packet, content, encoded, sizeof encoded);
    FUZZ_CHECK(size >= 2 && size <= packet->header.size + packet->body.length);
    FUZZ_CHECK(encode(packet, content, NULL, SIZE_MAX) == size);
    FUZZ_CHECK(encode(packet, content, encoded, size) == size);
    char *copy = fuzz_copy((struct mote_text){(const char *)encoded, size});
    struct mote_text bytes = {copy, size};
    FUZZ_CHECK(encode(packet, content, encoded, size - 1) == 0);
    FUZZ_CHECK(mote_codec_header(bytes, second.version, &second.header, &fault) == MOTE_DECODED);
    FUZZ_CHECK(second.header.type == packet->header.type && second.header.size + second.header.remaining == size);
    second.body = (struct mote_text){copy + second.header.size, second.header.remaining};
    FUZZ_CHECK(decode(&second, second.body.length, &again) == MOTE_DECODED);
    check_taken(&second, &again);
    FUZZ_CHECK(encode(&second, &again, encoded, sizeof encoded) == size);
    FUZZ_CHECK(memcmp(encoded, copy, size) == 0);
    free(copy);
}

/* A PUBLISH of which only the beginning is there. */
static void decode_beginning(const struct packet *packet, size_t got, const struct content *whole)
{
    struct packet part = *packet;
    struct content content;

    part.body.data = fuzz_copy((struct mote_text){packet->body.data, got});
    enum mote_decoded decoded = decode(&part, got, &content);
    if (decoded == MOTE_DECODE_ERROR) {
        FUZZ_CHECK(!whole->legal && content.fault.number != 0);
    } else if (decoded == MOTE_DECODE_MORE) {
        FUZZ_CHECK(got < packet->body.length);
    } else {
        FUZZ_CHECK(whole->legal && fuzz_same(content.message.topic, whole->message.topic));
        FUZZ_CHECK(content.message.payload_size == whole->message.payload_size);
        FUZZ_CHECK(content.message.packet_id == whole->message.packet_id);
        FUZZ_CHECK(packet->body.length - got == whole->message.payload.length - content.message.payload.length);
    }
    free((void *)(uintptr_t)part.body.data);
}

/* What the header says of its beginnings. */
static void check_header(struct mote_text bytes, enum mote_mqtt_version version, enum mote_decoded whole)
{
    struct mote_header header;
    struct mote_fault fault;

    for (size_t size = 0; size <= bytes.length && size < 6; size++) {
        char *copy = fuzz_copy((struct mote_text){bytes.data, size});
        enum mote_decoded decoded = mote_codec_header((struct mote_text){copy, size}, version, &header, &fault);
        FUZZ_CHECK(decoded == whole || decoded == MOTE_DECODE_MORE || size < bytes.length);
        FUZZ_CHECK(decoded != MOTE_DECODE_ERROR || whole == MOTE_DECODE_ERROR);
        FUZZ_CHECK(decoded != MOTE_DECODED || (whole == MOTE_DECODED && header.size <= size));
        free(copy);
    }
}

/* Decodes one packet. Returns its size, 0 if there is none. */
static size_t take_packet(struct mote_text bytes, enum mote_mqtt_version version, bool from_server)
{
    struct packet packet = {.version = version, .from_server = from_server};
    struct content content;
    struct mote_fault fault = {0};
    enum mote_decoded decoded = mote_codec_header(bytes, version, &packet.header, &fault);

    check_header(bytes, version, decoded);
    FUZZ_CHECK(decoded != MOTE_DECODE_ERROR || fault.number != 0);
    if (decoded != MOTE_DECODED)
        return 0;
    FUZZ_CHECK(packet.header.size >= 2 && packet.header.size <= 5 && packet.header.type != 0);
    if (bytes.length - packet.header.size < packet.header.remaining)
        return 0;
    packet.body = (struct mote_text){bytes.data + packet.header.size, packet.header.remaining};
    char *body = fuzz_copy(packet.body);
    packet.body.data = body;
    decode(&packet, packet.body.length, &content);
    if (content.legal) {
        check_taken(&packet, &content);
        if (packet.header.type == MOTE_CONNECT)
            packet.version = content.connect.version;
        go_round(&packet, &content);
    } else {
        check_refused(&packet, &content);
    }
    for (size_t got = 0; packet.header.type == MOTE_PUBLISH && got <= packet.body.length; got += 1 + got / 64)
        decode_beginning(&packet, got, &content);
    free(body);
    return packet.header.size + packet.header.remaining;
}

static void take_stream(struct mote_text bytes, enum mote_mqtt_version version, bool from_server)
{
    size_t size = take_packet(bytes, version, from_server);

    for (unsigned packets = 0; size > 0 && packets < 64; packets++) {
        bytes = (struct mote_text){bytes.data + size, bytes.length - size};
        size = take_packet(bytes, version, from_server);
    }
}

/* One packet with a header that is made to fit. */
static void take_framed(struct fuzz_input *input, enum mote_mqtt_version version, bool from_server)
{
    uint8_t first = fuzz_u8(input);
    struct mote_text body = fuzz_rest(input);
    uint8_t *packet = malloc(5 + body.length);
    size_t size = 1;
    size_t left = body.length;

    FUZZ_CHECK(packet != NULL);
    packet[0] = first;
    do {
        packet[size++] = (uint8_t)((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
        left >>= 7;
    } while (left > 0);
    memcpy(packet + size, body.data, body.length);
    take_packet((struct mote_text){(const char *)packet, size + body.length}, version, from_server);
    free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};
    enum mote_mqtt_version version = fuzz_version(&input);
    unsigned how = fuzz_u8(&input);

    if (size > PACKET_MAX - 8)
        return 0;
    if ((how & 2) != 0)
        take_stream(fuzz_rest(&input), version, (how & 1) != 0);
    else
        take_framed(&input, version, (how & 1) != 0);
    return 0;
}
