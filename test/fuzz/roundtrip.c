/* Packets made from whatever values an application or the broker may give to the encoder, then decoded: what comes out is
 * what went in, and nothing of it is refused. Which reason codes are legal where is written down here a second time, from
 * the tables of the standard. */
#include "fuzz.h"
#include "mqtt/codec.h"

#include <mote/topic.h>

#define PACKET_MAX 8192u
#define ITEMS_MAX 8u
#define FILTERS_MAX 6u

static uint8_t bytes[PACKET_MAX];

static bool contains(const char *codes, size_t count, uint8_t code)
{
    return memchr(codes, code, count) != NULL;
}

#define IN(codes) contains(codes, sizeof(codes) - 1, code)

/* MQTT 5.0: 3.2.2.2, 3.4.2.1, 3.6.2.1, 3.9.3, 3.11.3, 3.14.2.1, 3.15.2.1. */
static bool code_is_legal_in_5(unsigned type, bool from_server, uint8_t code)
{
    switch (type) {
    case MOTE_CONNACK:
        return IN("\x00\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8A\x8C\x90\x95\x97\x99\x9A\x9B\x9C\x9D\x9F");
    case MOTE_PUBACK:
    case MOTE_PUBREC:
        return IN("\x00\x80\x83\x87\x90\x91\x97\x99") || (from_server && code == 0x10);
    case MOTE_PUBREL:
    case MOTE_PUBCOMP:
        return IN("\x00\x92");
    case MOTE_SUBACK:
        return IN("\x00\x01\x02\x80\x83\x87\x8F\x91\x97\x9E\xA1\xA2");
    case MOTE_UNSUBACK:
        return IN("\x00\x11\x80\x83\x87\x8F\x91");
    case MOTE_DISCONNECT:
        if (from_server)
            return IN("\x00\x80\x81\x82\x83\x87\x89\x8B\x8C\x8D\x8E\x8F\x90\x93\x94\x95\x96\x97\x98\x99\x9A\x9B\x9C\x9D"
                      "\x9E\x9F\xA0\xA1\xA2");
        return IN("\x00\x04\x80\x81\x82\x83\x8C\x90\x93\x94\x95\x96\x97\x98\x99");
    default:
        return code == 0x18 || code == (from_server ? 0x00 : 0x19);
    }
}

static bool code_is_legal(enum mote_mqtt_version version, unsigned type, bool from_server, uint8_t code)
{
    if (version == MOTE_MQTT_5)
        return code_is_legal_in_5(type, from_server, code);
    return type == MOTE_CONNACK ? code <= 5 : type == MOTE_SUBACK ? code <= 2 || code == 0x80 : code == 0;
}

/* --- Values, made legal --- */

static struct mote_text choose_utf8(struct fuzz_input *input)
{
    struct mote_text text = fuzz_text(input);

    return mote_text_is_utf8(text) ? text : MOTE_TEXT("\xE2\x82\xAC");
}

static struct mote_text choose_name(struct fuzz_input *input)
{
    struct mote_text text = fuzz_text(input);

    return mote_topic_is_name(text) ? text : MOTE_TEXT("a/b");
}

static struct mote_text choose_bytes(struct fuzz_input *input)
{
    static const char large[4096];

    return fuzz_u8(input) < 0xC0 ? fuzz_text(input) : (struct mote_text){large, fuzz_size(input, sizeof large)};
}

static uint16_t choose_id(struct fuzz_input *input)
{
    uint16_t packet_id = fuzz_u16(input);

    return packet_id == 0 ? 65535 : packet_id;
}

/* Those that are legal in this packet; a property that is not is left out. */
static struct mote_properties choose_properties(struct fuzz_input *input, struct mote_property *items, unsigned type,
                                                enum mote_mqtt_version version)
{
    struct mote_property all[ITEMS_MAX];
    struct mote_properties properties = {.items = items};
    size_t count = fuzz_properties(input, all, ITEMS_MAX);
    struct mote_fault fault;

    for (size_t i = 0; i < count && version == MOTE_MQTT_5; i++) {
        items[properties.count++] = all[i];
        if (!mote_codec_check_properties(&properties, (enum mote_packet_type)type, &fault))
            properties.count--;
    }
    if (!mote_codec_check_properties(&properties, (enum mote_packet_type)type, &fault))
        properties.count = 0;
    return properties;
}

static void check_properties(const struct mote_properties *given, const struct mote_properties *got)
{
    struct mote_properties_place place = {0};
    struct mote_property property;
    size_t count = 0;

    for (; mote_properties_next(got, &place, &property); count++) {
        FUZZ_CHECK(count < given->count && property.id == given->items[count].id);
        FUZZ_CHECK(property.number == given->items[count].number);
        FUZZ_CHECK(fuzz_same(property.text, given->items[count].text));
        FUZZ_CHECK(fuzz_same(property.value, given->items[count].value));
    }
    FUZZ_CHECK(count == given->count);
}

/* --- The way through --- */

struct values {
    enum mote_mqtt_version version;
    enum mote_packet_type type;
    bool from_server;
    struct mote_connect connect;
    struct mote_connack connack;
    struct mote_message message;
    struct mote_ack ack;
    struct mote_request request;
    struct mote_reply reply;
    struct mote_filter filters[FILTERS_MAX];
    struct mote_property items[ITEMS_MAX];
    struct mote_property will_items[ITEMS_MAX];
};

static size_t encode(const struct values *values, uint8_t *into, size_t room)
{
    switch (values->type) {
    case MOTE_CONNECT:
        return mote_codec_encode_connect(into, room, &values->connect);
    case MOTE_CONNACK:
        return mote_codec_encode_connack(into, room, values->version, &values->connack);
    case MOTE_PUBLISH:
        return mote_codec_encode_publish(into, room, values->version, &values->message);
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        return mote_codec_encode_request(into, room, values->version, values->type, &values->request);
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        return mote_codec_encode_reply(into, room, values->version, values->type, &values->reply);
    case MOTE_PINGREQ:
    case MOTE_PINGRESP:
        return mote_codec_encode_ping(into, room, values->type);
    default:
        return mote_codec_encode_ack(into, room, values->version, values->type, &values->ack);
    }
}

/* Encodes into exactly as much room as is needed. Returns the body, which the caller frees with its header. */
static struct mote_text send(const struct values *values, struct mote_header *header, char **packet)
{
    struct mote_fault fault;
    size_t size = encode(values, bytes, sizeof bytes);

    FUZZ_CHECK(size > 0 && encode(values, NULL, SIZE_MAX) == size);
    *packet = malloc(size);
    FUZZ_CHECK(*packet != NULL);
    FUZZ_CHECK(encode(values, (uint8_t *)*packet, size - 1) == 0);
    FUZZ_CHECK(encode(values, (uint8_t *)*packet, size) == size);
    FUZZ_CHECK(memcmp(*packet, bytes, size) == 0);
    enum mote_decoded decoded = mote_codec_header((struct mote_text){*packet, size}, values->version, header, &fault);
    FUZZ_CHECK(decoded == MOTE_DECODED && header->type == (uint8_t)values->type);
    FUZZ_CHECK(header->size + (size_t)header->remaining == size);
    return (struct mote_text){*packet + header->size, header->remaining};
}

static void go_connect(struct fuzz_input *input, struct values *values)
{
    unsigned flags = fuzz_u8(input);
    enum mote_mqtt_version version = values->version;
    struct mote_connect *connect = &values->connect;
    struct mote_connect got;
    struct mote_header header;
    struct mote_fault fault;
    char *packet;

    *connect = (struct mote_connect){
        .version = version,
        .clean_start = (flags & 1) != 0,
        .keep_alive_s = fuzz_u16(input),
        .client_id = choose_utf8(input),
        .has_username = (flags & 2) != 0,
        .has_password = (flags & 4) != 0 && (version == MOTE_MQTT_5 || (flags & 2) != 0),
    };
    if (version != MOTE_MQTT_5 && connect->client_id.length == 0)
        connect->client_id = MOTE_TEXT("id");
    if (connect->has_username)
        connect->username = choose_utf8(input);
    if (connect->has_password)
        connect->password = fuzz_text(input);
    if ((flags & 8) != 0) {
        connect->will = (struct mote_will){.topic = choose_name(input), .payload = choose_bytes(input)};
        connect->will.qos = (enum mote_qos)(fuzz_u8(input) % 3);
        connect->will.retain = (flags & 16) != 0;
        connect->will.properties = choose_properties(input, values->will_items, 0, version);
    }
    connect->properties = choose_properties(input, values->items, MOTE_CONNECT, version);
    struct mote_text body = send(values, &header, &packet);
    FUZZ_CHECK(mote_codec_decode_connect(body, &got, &fault));
    FUZZ_CHECK(got.version == version && got.clean_start == connect->clean_start);
    FUZZ_CHECK(got.keep_alive_s == connect->keep_alive_s && fuzz_same(got.client_id, connect->client_id));
    FUZZ_CHECK(got.has_username == connect->has_username && fuzz_same(got.username, connect->username));
    FUZZ_CHECK(got.has_password == connect->has_password && fuzz_same(got.password, connect->password));
    FUZZ_CHECK(fuzz_same(got.will.topic, connect->will.topic) && fuzz_same(got.will.payload, connect->will.payload));
    FUZZ_CHECK(got.will.qos == connect->will.qos && got.will.retain == connect->will.retain);
    check_properties(&connect->properties, &got.properties);
    check_properties(&connect->will.properties, &got.will.properties);
    free(packet);
}

static void go_connack(struct fuzz_input *input, struct values *values)
{
    enum mote_mqtt_version version = values->version;
    struct mote_connack *connack = &values->connack;
    struct mote_connack got;
    struct mote_header header;
    struct mote_fault fault;
    char *packet;

    connack->code = fuzz_u8(input);
    connack->session_present = fuzz_bool(input);
    connack->properties = choose_properties(input, values->items, MOTE_CONNACK, version);
    bool present = connack->session_present && version != MOTE_MQTT_3_1;
    bool legal = code_is_legal(version, MOTE_CONNACK, true, connack->code) && (connack->code == 0 || !present);
    struct mote_text body = send(values, &header, &packet);
    FUZZ_CHECK(mote_codec_decode_connack(version, body, &got, &fault) == legal);
    if (legal) {
        FUZZ_CHECK(got.code == connack->code && got.session_present == present);
        check_properties(&connack->properties, &got.properties);
    }
    free(packet);
}

static void go_publish(struct fuzz_input *input, struct values *values)
{
    unsigned flags = fuzz_u8(input);
    struct mote_message *message = &values->message;
    struct mote_message got;
    struct mote_header header;
    struct mote_fault fault;
    char *packet;

    *message = (struct mote_message){
        .topic = choose_name(input),
        .payload = choose_bytes(input),
        .qos = (enum mote_qos)((flags & 3) % 3),
        .retain = (flags & 4) != 0,
        .properties = choose_properties(input, values->items, MOTE_PUBLISH, values->version),
    };
    if (message->qos != MOTE_QOS_0) {
        message->packet_id = choose_id(input);
        message->duplicate = (flags & 8) != 0;
    }
    if (mote_properties_number(&message->properties, MOTE_TOPIC_ALIAS, 0) != 0 && (flags & 16) != 0)
        message->topic.length = 0;
    struct mote_text body = send(values, &header, &packet);
    FUZZ_CHECK(mote_codec_decode_publish(&header, values->version, body, &got, &fault) == MOTE_DECODED);
    FUZZ_CHECK(fuzz_same(got.topic, message->topic) && fuzz_same(got.payload, message->payload));
    FUZZ_CHECK(got.qos == message->qos && got.retain == message->retain && got.duplicate == message->duplicate);
    FUZZ_CHECK(got.packet_id == message->packet_id && got.payload_size == message->payload.length);
    check_properties(&message->properties, &got.properties);
    free(packet);
}

static void go_ack(struct fuzz_input *input, struct values *values)
{
    enum mote_mqtt_version version = values->version;
    enum mote_packet_type type = values->type;
    struct mote_ack *ack = &values->ack;
    struct mote_ack got;
    struct mote_property expiry;
    struct mote_header header;
    struct mote_fault fault;
    char *packet;

    if (type < MOTE_DISCONNECT)
        ack->packet_id = choose_id(input);
    ack->code = version == MOTE_MQTT_5 ? fuzz_u8(input) : 0;
    ack->properties = choose_properties(input, values->items, type, version);
    bool legal = code_is_legal(version, type, values->from_server, ack->code);
    if (type == MOTE_DISCONNECT && values->from_server &&
        (version != MOTE_MQTT_5 || mote_properties_find(&ack->properties, MOTE_SESSION_EXPIRY_INTERVAL, &expiry)))
        legal = false;
    if (type == MOTE_AUTH && (ack->properties.count == 0 && ack->code != 0)) /* without a method */
        legal = false;
    struct mote_text body = send(values, &header, &packet);
    FUZZ_CHECK(mote_codec_decode_ack(type, version, values->from_server, body, &got, &fault) == legal);
    if (legal) {
        FUZZ_CHECK(got.packet_id == ack->packet_id && got.code == ack->code);
        check_properties(&ack->properties, &got.properties);
    }
    free(packet);
}

static void choose_filters(struct fuzz_input *input, struct values *values)
{
    struct mote_request *request = &values->request;

    request->count = 1 + fuzz_u8(input) % FILTERS_MAX;
    request->filters = values->filters;
    for (size_t i = 0; i < request->count; i++) {
        struct mote_text topic = fuzz_text(input);
        unsigned options = fuzz_u8(input);
        values->filters[i] = (struct mote_filter){.topic = mote_topic_is_filter(topic) ? topic : MOTE_TEXT("+/#")};
        if (values->type == MOTE_SUBSCRIBE)
            values->filters[i].qos = (enum mote_qos)((options & 3) % 3);
        if (values->type == MOTE_SUBSCRIBE && values->version == MOTE_MQTT_5) {
            bool is_shared =
                values->filters[i].topic.length > 7 && memcmp(values->filters[i].topic.data, "$share/", 7) == 0;
            values->filters[i].no_local = (options & 4) != 0 && !is_shared;
            values->filters[i].retain_as_published = (options & 8) != 0;
            values->filters[i].retain_handling = (options >> 4 & 3) % 3;
        }
    }
}

static void go_request(struct fuzz_input *input, struct values *values)
{
    struct mote_request *request = &values->request;
    struct mote_request got;
    struct mote_filter filter;
    struct mote_header header;
    struct mote_fault fault;
    size_t count = 0;
    char *packet;

    choose_filters(input, values);
    request->packet_id = choose_id(input);
    request->properties = choose_properties(input, values->items, values->type, values->version);
    struct mote_text body = send(values, &header, &packet);
    FUZZ_CHECK(mote_codec_decode_request(values->type, values->version, body, &got, &fault));
    FUZZ_CHECK(got.packet_id == request->packet_id && got.count == request->count);
    check_properties(&request->properties, &got.properties);
    for (; mote_codec_next_filter(values->type, values->version, &got.encoded_filters, &filter); count++) {
        const struct mote_filter *given = &request->filters[count];
        FUZZ_CHECK(count < request->count && fuzz_same(filter.topic, given->topic) && filter.qos == given->qos);
        FUZZ_CHECK(filter.no_local == given->no_local && filter.retain_handling == given->retain_handling);
        FUZZ_CHECK(filter.retain_as_published == given->retain_as_published);
    }
    FUZZ_CHECK(count == request->count);
    free(packet);
}

static void go_reply(struct fuzz_input *input, struct values *values)
{
    enum mote_mqtt_version version = values->version;
    struct mote_reply *reply = &values->reply;
    struct mote_reply got;
    struct mote_header header;
    struct mote_fault fault;
    char *packet;

    reply->packet_id = choose_id(input);
    reply->properties = choose_properties(input, values->items, values->type, version);
    reply->codes = fuzz_text(input);
    bool has_codes = values->type == MOTE_SUBACK || version == MOTE_MQTT_5;
    bool legal = reply->codes.length > 0 || !has_codes;
    for (size_t i = 0; i < reply->codes.length && has_codes; i++) {
        uint8_t code = (uint8_t)reply->codes.data[i];
        code = code >= 0x80 && version != MOTE_MQTT_5 ? 0x80 : code;
        legal = legal && code_is_legal(version, values->type, true, code);
    }
    struct mote_text body = send(values, &header, &packet);
    FUZZ_CHECK(mote_codec_decode_reply(values->type, version, body, &got, &fault) == legal);
    if (legal) {
        FUZZ_CHECK(got.packet_id == reply->packet_id);
        FUZZ_CHECK(got.codes.length == (has_codes ? reply->codes.length : 0));
        FUZZ_CHECK(version != MOTE_MQTT_5 || fuzz_same(got.codes, reply->codes));
        check_properties(&reply->properties, &got.properties);
    }
    free(packet);
}

static void go_ping(struct fuzz_input *input, struct values *values)
{
    struct mote_header header;
    char *packet;

    (void)input;
    FUZZ_CHECK(send(values, &header, &packet).length == 0);
    free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const ways[16])(struct fuzz_input * input, struct values * values) = {
        [MOTE_CONNECT] = go_connect,     [MOTE_CONNACK] = go_connack,   [MOTE_PUBLISH] = go_publish,
        [MOTE_PUBACK] = go_ack,          [MOTE_PUBREC] = go_ack,        [MOTE_PUBREL] = go_ack,
        [MOTE_PUBCOMP] = go_ack,         [MOTE_SUBSCRIBE] = go_request, [MOTE_SUBACK] = go_reply,
        [MOTE_UNSUBSCRIBE] = go_request, [MOTE_UNSUBACK] = go_reply,    [MOTE_PINGREQ] = go_ping,
        [MOTE_PINGRESP] = go_ping,       [MOTE_DISCONNECT] = go_ack,    [MOTE_AUTH] = go_ack,
    };
    struct fuzz_input input = {data, data + size};
    static struct values values;

    memset(&values, 0, sizeof values);
    values.version = fuzz_version(&input);
    unsigned what = fuzz_u8(&input);
    values.type = (enum mote_packet_type)(what & 15);
    values.from_server = (what & 16) != 0;
    bool is_auth_of_old = values.type == MOTE_AUTH && values.version != MOTE_MQTT_5;
    if (ways[values.type] != NULL && !is_auth_of_old)
        ways[values.type](&input, &values);
    return 0;
}
