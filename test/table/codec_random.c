/* Packets made up at random: what is written is read the same; and bytes made up at random, or packets with some
 * of them changed: what is accepted can be written and read again. The seed is fixed; a failure tells the round. */
#include "codec_rig.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FEWER 10

/* xorshift32: the same on every machine. */
static uint32_t state;

static uint32_t any(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static bool maybe(void)
{
    return any(2) == 1;
}

/* What strings are made of: characters of one to four bytes, at the borders of Unicode's table 3-7. */
static const char *const characters[] = {
    "a",
    "b",
    "/",
    "$",
    "\x01",
    "\x7F",
    " ",
    "\xC2\x80",
    "\xDF\xBF",
    "\xE0\xA0\x80",
    "\xED\x9F\xBF",
    "\xEE\x80\x80",
    "\xEF\xBF\xBF",
    "\xF0\x90\x80\x80",
    "\xF4\x8F\xBF\xBF",
};

/* Lives until the next round. */
static char heap[1 << 16];
static size_t heap_used;

static struct mote_text any_text(size_t at_least)
{
    struct mote_text text = {heap + heap_used, 0};
    size_t length = at_least + (any(10) == 0 ? any(300) : any(20));
    size_t kinds = maybe() ? 4 : COUNT(characters);

    while (text.length < length) {
        const char *character = characters[any((uint32_t)kinds)];
        CHECK(heap_used + 4 < sizeof heap);
        memcpy(heap + heap_used, character, strlen(character));
        heap_used += strlen(character);
        text.length += strlen(character);
    }
    return text;
}

static struct mote_text any_data(void)
{
    struct mote_text data = {heap + heap_used, any(3) == 0 ? any(400) : any(30)};

    CHECK(heap_used + data.length < sizeof heap);
    for (size_t i = 0; i < data.length; i++)
        heap[heap_used++] = (char)any(256);
    return data;
}

static struct mote_property any_property(enum mote_property_id id)
{
    struct mote_property property = {.id = id};

    switch (id) {
    case MOTE_USER_PROPERTY:
        property.value = any_text(0);
        property.text = any_text(0);
        break;
    case MOTE_CONTENT_TYPE:
    case MOTE_RESPONSE_TOPIC:
    case MOTE_ASSIGNED_CLIENT_IDENTIFIER:
    case MOTE_AUTHENTICATION_METHOD:
    case MOTE_RESPONSE_INFORMATION:
    case MOTE_SERVER_REFERENCE:
    case MOTE_REASON_STRING:
        property.text = any_text(1);
        break;
    case MOTE_CORRELATION_DATA:
    case MOTE_AUTHENTICATION_DATA:
        property.text = any_data();
        break;
    default:
        property.number = maybe() ? any(2) : any(65536); /* what is too large is not taken into the list */
    }
    return property;
}

/* Some of those that this packet may have. */
static struct mote_properties any_properties(enum mote_packet_type type)
{
    static struct mote_property lists[2][45];
    static unsigned next;
    struct mote_property *list = lists[next++ % 2];
    struct mote_properties properties = {.items = list};
    struct mote_fault fault;

    if (type == MOTE_AUTH)
        list[properties.count++] = any_property(MOTE_AUTHENTICATION_METHOD);
    for (unsigned id = any(0x40); id <= 0x2A; id += 1 + any(4)) {
        list[properties.count++] = any_property((enum mote_property_id)id);
        if (!mote_codec_check_properties(&properties, type, &fault))
            properties.count--;
    }
    return properties;
}

static struct mote_connect any_connect(enum mote_mqtt_version version)
{
    struct mote_connect connect = {
        .version = version,
        .clean_start = true,
        .keep_alive_s = (uint16_t)any(65536),
        .client_id = any_text(1),
        .has_username = maybe(),
        .properties = any_properties(MOTE_CONNECT),
    };

    if (connect.has_username)
        connect.username = any_text(0);
    connect.has_password = (connect.has_username || version == MOTE_MQTT_5) && maybe();
    if (connect.has_password)
        connect.password = any_data();
    if (maybe())
        connect.will = (struct mote_will){any_text(1), any_data(), (enum mote_qos)any(3), maybe(),
                                          any_properties((enum mote_packet_type)0)};
    return connect;
}

static struct mote_message any_message(void)
{
    struct mote_message message = {
        .topic = any_text(1),
        .payload = any_data(),
        .qos = (enum mote_qos)any(3),
        .retain = maybe(),
        .properties = any_properties(MOTE_PUBLISH),
    };

    message.duplicate = message.qos != MOTE_QOS_0 && maybe();
    message.packet_id = message.qos == MOTE_QOS_0 ? 0 : (uint16_t)(1 + any(65535));
    return message;
}

static struct mote_request any_request(enum mote_packet_type type, enum mote_mqtt_version version)
{
    static struct mote_filter filters[FILTERS_MAX];
    static const char *const wild[] = {"#", "+", "+/a/+", "a/#", "$share/g/+", "/", "$SYS/#"};
    bool options = type == MOTE_SUBSCRIBE && version == MOTE_MQTT_5;
    struct mote_request request = {
        .packet_id = (uint16_t)(1 + any(65535)),
        .properties = any_properties(type),
        .filters = filters,
        .count = 1 + any(FILTERS_MAX),
    };

    for (size_t i = 0; i < request.count; i++) {
        filters[i] = (struct mote_filter){
            .topic = maybe() ? any_text(1) : mote_text(wild[any(COUNT(wild))]),
            .qos = type == MOTE_SUBSCRIBE ? (enum mote_qos)any(3) : MOTE_QOS_0,
            .retain_as_published = options && maybe(),
            .retain_handling = options ? (uint8_t)any(3) : 0,
        };
        filters[i].no_local = options && filters[i].topic.data[0] != '$' && maybe();
    }
    return request;
}

static struct mote_reply any_reply(enum mote_packet_type type, enum mote_mqtt_version version)
{
    struct mote_reply reply = {.packet_id = (uint16_t)(1 + any(65535)), .properties = any_properties(type)};
    size_t count = 1 + any(20);

    if (type == MOTE_UNSUBACK && version != MOTE_MQTT_5)
        return reply;
    reply.codes = (struct mote_text){heap + heap_used, count};
    while (count-- > 0)
        heap[heap_used++] = (char)(maybe() ? 0 : MOTE_CODE_UNSPECIFIED);
    return reply;
}

static struct mote_ack any_ack(enum mote_packet_type type, enum mote_mqtt_version version)
{
    struct mote_ack ack = {.packet_id = type < MOTE_SUBSCRIBE ? (uint16_t)(1 + any(65535)) : 0};

    if (version != MOTE_MQTT_5)
        return ack;
    ack.properties = any_properties(type);
    if (type == MOTE_AUTH)
        ack.code = MOTE_CODE_CONTINUE_AUTHENTICATION;
    else if (type == MOTE_PUBREL || type == MOTE_PUBCOMP)
        ack.code = maybe() ? 0 : MOTE_CODE_PACKET_ID_NOT_FOUND;
    else
        ack.code = maybe() ? 0 : MOTE_CODE_UNSPECIFIED;
    return ack;
}

static struct packet any_packet(enum mote_mqtt_version version)
{
    struct packet packet = {.type = (enum mote_packet_type)(1 + any(version == MOTE_MQTT_5 ? 15 : 14))};

    heap_used = 0;
    switch (packet.type) {
    case MOTE_CONNECT:
        packet.connect = any_connect(version);
        break;
    case MOTE_CONNACK:
        packet.connack.code = maybe() ? 0 : version == MOTE_MQTT_5 ? MOTE_CODE_BANNED : 3;
        packet.connack.session_present = version != MOTE_MQTT_3_1 && packet.connack.code == 0 && maybe();
        packet.connack.properties = any_properties(MOTE_CONNACK);
        break;
    case MOTE_PUBLISH:
        packet.message = any_message();
        break;
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        packet.request = any_request(packet.type, version);
        break;
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        packet.reply = any_reply(packet.type, version);
        break;
    case MOTE_PINGREQ:
    case MOTE_PINGRESP:
        break;
    default:
        packet.ack = any_ack(packet.type, version);
    }
    return packet;
}

/* Before MQTT 5 properties are not sent, so none come back. */
static void without_properties(struct packet *packet)
{
    const struct mote_properties none = {.count = 0};

    packet->connect.properties = packet->connect.will.properties = packet->connack.properties = none;
    packet->message.properties = packet->ack.properties = packet->request.properties = packet->reply.properties = none;
}

static enum mote_mqtt_version any_version(void)
{
    static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5, MOTE_MQTT_5};

    return versions[any(COUNT(versions))];
}

/* DISCONNECT comes from a client: only there may it have all of its properties. */
static bool comes_from_server(const struct packet *packet)
{
    return packet->type != MOTE_DISCONNECT;
}

static uint8_t into[1 << 16];

static void any_packet_is_read_as_it_was_written(void)
{
    struct packet read;
    struct mote_fault fault = {0};

    const unsigned rounds = 20000 / check_stride(FEWER);

    state = 2463534242;
    for (unsigned round = 0; round < rounds; round++) {
        enum mote_mqtt_version version = any_version();
        struct packet packet = any_packet(version);
        ABOUT("round %u: packet %d of version %d", round, (int)packet.type, (int)version);
        size_t size = encode_packet(into, sizeof into, version, &packet);
        EXPECT(size > 0);
        EXPECT_EQUAL(encode_packet(NULL, SIZE_MAX, version, &packet), size);
        size_t less = any((uint32_t)size);
        struct bytes bytes = bytes_of(into, size);
        EXPECT_EQUAL(encode_packet(into, less, version, &packet), 0);
        if (decode_packet(&read, version, comes_from_server(&packet), view(bytes), &fault) != MOTE_DECODED)
            check_fail(__FILE__, __LINE__, "%s: %02x %s", about, mote_fault_code(&fault), mote_fault_words(&fault));
        if (version != MOTE_MQTT_5)
            without_properties(&packet);
        check_same_packet(version, &packet, &read);
        free(bytes.data);
    }
}

/* What is accepted was whole, and is the same after being written and read again. */
static void try_bytes(enum mote_mqtt_version version, bool from_server, struct bytes bytes)
{
    static uint8_t again[1 << 16];
    struct packet packet, other;
    struct mote_fault fault = {0};

    if (decode_packet(&packet, version, from_server, view(bytes), &fault) != MOTE_DECODED ||
        packet.request.count > FILTERS_MAX)
        return;
    if (packet.type == MOTE_CONNECT)
        version = packet.connect.version;
    size_t size = encode_packet(again, sizeof again, version, &packet);
    EXPECT(size > 0 && size <= bytes.size + 10);
    struct bytes copy = bytes_of(again, size);
    if (decode_packet(&other, version, from_server, view(copy), &fault) != MOTE_DECODED)
        check_fail(__FILE__, __LINE__, "%s: %02x %s", about, mote_fault_code(&fault), mote_fault_words(&fault));
    EXPECT_EQUAL(other.type, packet.type);
    check_same_connect(&packet.connect, &other.connect);
    check_same_message(&packet.message, &other.message);
    check_same_text("the filters", packet.request.encoded_filters, other.request.encoded_filters);
    check_same_text("the codes", packet.reply.codes, other.reply.codes);
    check_same_properties(&packet.ack.properties, &other.ack.properties);
    free(copy.data);
}

static void packets_with_bytes_changed(void)
{
    const unsigned rounds = 20000 / check_stride(FEWER);

    state = 88675123;
    for (unsigned round = 0; round < rounds; round++) {
        enum mote_mqtt_version version = any_version();
        struct packet packet = any_packet(version);
        struct bytes bytes = bytes_of(into, encode_packet(into, sizeof into, version, &packet));
        for (uint32_t changes = 1 + any(3); changes > 0; changes--)
            bytes.data[any((uint32_t)bytes.size)] = (char)(maybe() ? any(256) : any(4));
        ABOUT("round %u: packet %d of version %d", round, (int)packet.type, (int)version);
        try_bytes(version, maybe(), bytes);
        free(bytes.data);
    }
}

static void bytes_made_up(void)
{
    const unsigned rounds = 200000 / check_stride(FEWER);

    state = 521288629;
    for (unsigned round = 0; round < rounds; round++) {
        size_t size = any(40);
        for (size_t i = 0; i < size; i++)
            into[i] = (uint8_t)(maybe() ? any(256) : any(5));
        if (size > 2 && maybe())
            into[1] = (uint8_t)(size - 2);
        struct bytes bytes = bytes_of(into, size);
        ABOUT("round %u", round);
        try_bytes(any_version(), maybe(), bytes);
        free(bytes.data);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"any packet is read as it was written", any_packet_is_read_as_it_was_written},
        {"packets with bytes changed", packets_with_bytes_changed},
        {"bytes made up", bytes_made_up},
    };

    return check_main("table/codec_random", cases, COUNT(cases), argc, argv);
}
