/* Every packet of the table, out and in; in every room, cut at every byte, in every piece. */
#include "codec_packets.h"

#define MARGIN 16
#define MARK 0xA5

static void writes(const struct golden *golden, struct bytes bytes)
{
    static uint8_t into[BYTES_MAX];
    size_t size = encode_packet(into, sizeof into, golden->version, &golden->packet);

    EXPECT_EQUAL(size, bytes.size);
    for (size_t i = 0; i < size; i++) {
        if (into[i] != (uint8_t)bytes.data[i])
            check_fail(__FILE__, __LINE__, "%s: byte %u is %02x, not %02x", golden->name, (unsigned)i, into[i],
                       (uint8_t)bytes.data[i]);
    }
}

/* [MQTT3-2.2.2-1] [MQTT3-3.1.2-9] [MQTT3-3.1.2-19] [MQTT3-3.1.2-21] [MQTT3-3.1.3-1] [MQTT3-3.1.3-3]
 * [MQTT3-3.3.2-1] [MQTT3-3.6.1-1] [MQTT3-3.8.1-1:client] [MQTT3-3.10.1-1:client] [MQTT5-1.5.5-1]
 * [MQTT5-2.1.3-1] [MQTT5-2.2.2-1] [MQTT5-3.1.2-9] [MQTT5-3.1.3-1] [MQTT5-3.1.3-3] [MQTT5-3.3.2-1]
 * [MQTT5-3.6.1-1] [MQTT5-3.8.1-1:client] [MQTT5-3.10.1-1:client] */
static void every_packet_is_written_as_the_standard_has_it(void)
{
    each_golden(writes);
}

static void reads(const struct golden *golden, struct bytes bytes)
{
    struct packet packet;
    struct mote_fault fault = {0};
    enum mote_decoded decoded = decode_packet(&packet, golden->version, golden->from_server, view(bytes), &fault);

    if (decoded == MOTE_DECODE_ERROR)
        check_fail(__FILE__, __LINE__, "%s: %02x %s", golden->name, mote_fault_code(&fault), mote_fault_words(&fault));
    EXPECT_EQUAL(decoded, MOTE_DECODED);
    check_same_packet(golden->version, &golden->packet, &packet);
    if (packet.type == MOTE_PUBLISH) {
        EXPECT_EQUAL(packet.message.payload_size, golden->packet.message.payload.length);
        EXPECT_EQUAL(packet.message.payload_offset, 0);
        EXPECT(packet.message.source == NULL);
    }
}

static void every_packet_is_read(void)
{
    each_golden(reads);
}

static void reads_and_writes(const struct golden *golden, struct bytes bytes)
{
    static uint8_t into[BYTES_MAX];
    struct packet packet;
    struct mote_fault fault;

    EXPECT_EQUAL(decode_packet(&packet, golden->version, golden->from_server, view(bytes), &fault), MOTE_DECODED);
    EXPECT_EQUAL(encode_packet(into, sizeof into, golden->version, &packet), bytes.size);
    EXPECT(memcmp(into, bytes.data, bytes.size) == 0);
}

static void what_was_read_is_written_the_same(void)
{
    each_golden(reads_and_writes);
}

static void measures(const struct golden *golden, struct bytes bytes)
{
    EXPECT_EQUAL(encode_packet(NULL, SIZE_MAX, golden->version, &golden->packet), bytes.size);
    EXPECT_EQUAL(encode_packet(NULL, bytes.size, golden->version, &golden->packet), bytes.size);
}

static void measuring_gives_the_size(void)
{
    each_golden(measures);
}

/* In memory of just that room, so that AddressSanitizer sees what the marks behind it would not. */
static void keeps_to_room(const struct golden *golden, struct bytes bytes)
{
    for (size_t room = 0; room <= bytes.size; room++) {
        uint8_t *into = malloc(room + MARGIN);
        EXPECT(into != NULL);
        memset(into, MARK, room + MARGIN);
        size_t size = encode_packet(into, room, golden->version, &golden->packet);
        EXPECT_EQUAL(size, room == bytes.size ? bytes.size : 0);
        for (size_t i = room; i < room + MARGIN; i++)
            EXPECT_EQUAL(into[i], MARK);
        free(into);
        EXPECT(room == bytes.size || encode_packet(NULL, room, golden->version, &golden->packet) == 0);
    }
}

static void a_room_too_small_is_refused_and_not_left(void)
{
    each_golden(keeps_to_room);
}

/* How many bytes of a PUBLISH come before its payload. */
static size_t head_size(const struct golden *golden, struct bytes bytes)
{
    return bytes.size - golden->packet.message.payload.length;
}

static void is_not_taken_in_part(const struct golden *golden, struct bytes bytes)
{
    bool publish = golden->packet.type == MOTE_PUBLISH;
    struct packet packet;
    struct mote_fault fault;

    for (size_t size = 0; size < bytes.size; size++) {
        struct bytes part = bytes_of(bytes.data, size);
        enum mote_decoded decoded = decode_packet(&packet, golden->version, golden->from_server, view(part), &fault);
        ABOUT("%s, %u bytes of it", golden->name, (unsigned)size);
        if (publish && size >= head_size(golden, bytes)) {
            EXPECT_EQUAL(decoded, MOTE_DECODED);
            EXPECT_EQUAL(packet.message.payload.length, size - head_size(golden, bytes));
            EXPECT_EQUAL(packet.message.payload_size, golden->packet.message.payload.length);
        } else {
            EXPECT_EQUAL(decoded, MOTE_DECODE_MORE);
            check_is_empty(&packet);
        }
        free(part.data);
    }
}

static void a_part_of_a_packet_asks_for_more(void)
{
    each_golden(is_not_taken_in_part);
}

/* The fixed header is made to say what is there: now nothing more can come. */
static void is_not_taken_short(const struct golden *golden, struct bytes bytes)
{
    struct packet packet;
    struct mote_fault fault;
    size_t head = golden->packet.type == MOTE_PUBLISH ? head_size(golden, bytes) : bytes.size;

    if (bytes.size > 2 + 0x7F)
        return;
    for (size_t size = 2; size < head; size++) {
        struct bytes part = bytes_of(bytes.data, size);
        part.data[1] = (char)(size - 2);
        fault = (struct mote_fault){0};
        ABOUT("%s, ending after %u bytes", golden->name, (unsigned)size);
        if (decode_packet(&packet, golden->version, golden->from_server, view(part), &fault) == MOTE_DECODED) {
            /* Legal as another packet: MQTT 5 lets the end be left out of some, 3.1 that of CONNECT, and some hold a
             * list. */
            EXPECT(golden->version != MOTE_MQTT_3_1_1 || golden->packet.type >= MOTE_SUBSCRIBE);
            EXPECT(encode_packet(NULL, SIZE_MAX, golden->version, &packet) <= size);
        } else {
            EXPECT(mote_fault_code(&fault) >= 0x80 && fault.number != 0);
            check_is_empty(&packet);
        }
        free(part.data);
    }
}

static void a_packet_that_ends_too_soon_is_refused(void)
{
    each_golden(is_not_taken_short);
}

/* The bytes with two more behind them. */
static struct bytes bytes_and(struct bytes bytes, const char *two)
{
    struct bytes longer = {malloc(bytes.size + 2), bytes.size + 2};

    EXPECT(longer.data != NULL);
    memcpy(longer.data, bytes.data, bytes.size);
    memcpy(longer.data + bytes.size, two, 2);
    return longer;
}

static void is_not_taken_long(const struct golden *golden, struct bytes bytes)
{
    struct packet packet;
    struct mote_fault fault = {0};
    enum mote_packet_type type = golden->packet.type;

    if (bytes.size + 2 > 2 + 0x7F || type == MOTE_PUBLISH)
        return; /* what is behind belongs to the payload */
    struct bytes longer = bytes_and(bytes, "\x7E\x7E");
    longer.data[1] = (char)(longer.data[1] + 2);
    EXPECT_EQUAL(decode_packet(&packet, golden->version, golden->from_server, view(longer), &fault), MOTE_DECODE_ERROR);
    EXPECT(fault.number != 0);
    check_is_empty(&packet);
    free(longer.data);
}

static void a_packet_that_goes_on_is_refused(void)
{
    each_golden(is_not_taken_long);
}

/* What follows in the buffer is another packet. */
static void is_taken_alone(const struct golden *golden, struct bytes bytes)
{
    struct bytes both = bytes_and(bytes, "\xC0\0");
    struct packet packet;
    struct mote_fault fault;

    if (golden->packet.type != MOTE_PUBLISH) {
        EXPECT_EQUAL(decode_packet(&packet, golden->version, golden->from_server, view(both), &fault), MOTE_DECODED);
        check_same_packet(golden->version, &golden->packet, &packet);
    }
    free(both.data);
}

static void what_follows_a_packet_is_left_alone(void)
{
    each_golden(is_taken_alone);
}

/* Whatever one bit is turned: no read outside (AddressSanitizer), and what is accepted can be written again. */
static void survives_turned_bits(const struct golden *golden, struct bytes bytes)
{
    static uint8_t into[BYTES_MAX];
    struct packet packet;
    struct mote_fault fault = {0};

    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        struct bytes turned = bytes_of(bytes.data, bytes.size);
        turned.data[bit / 8] = (char)(turned.data[bit / 8] ^ 1 << bit % 8);
        ABOUT("%s, bit %u turned", golden->name, (unsigned)bit);
        switch (decode_packet(&packet, golden->version, golden->from_server, view(turned), &fault)) {
        case MOTE_DECODED:
            EXPECT(encode_packet(into, sizeof into, golden->version, &packet) > 0);
            break;
        case MOTE_DECODE_ERROR:
            EXPECT(mote_fault_code(&fault) >= 0x80 && fault.number != 0);
            check_is_empty(&packet);
            break;
        case MOTE_DECODE_MORE:
            check_is_empty(&packet);
        }
        free(turned.data);
    }
}

static void any_bit_may_be_turned(void)
{
    each_golden(survives_turned_bits);
}

static size_t read_nothing(void *context, uint32_t offset, void *into, size_t size)
{
    (void)context, (void)offset, (void)into, (void)size;
    return 0;
}

static void a_payload_from_a_source_is_counted_not_written(void)
{
    const struct mote_source source = {.read = read_nothing, .size = 0x0FFFFFFF - 5};
    struct mote_message message = {.topic = MOTE_TEXT("a/b"), .source = &source, .payload = MOTE_TEXT("not this")};
    struct mote_source larger = source;
    uint8_t into[16];

    CHECK_BYTES(into, mote_codec_encode_publish(into, sizeof into, MOTE_MQTT_3_1_1, &message),
                "30 FF FF FF 7F 0003 61 2F 62");
    CHECK_EQUAL(mote_codec_encode_publish(into, 9, MOTE_MQTT_3_1_1, &message), 0);
    CHECK_EQUAL(mote_codec_encode_publish(NULL, SIZE_MAX, MOTE_MQTT_3_1_1, &message), 10);
    larger.size++;
    message.source = &larger;
    CHECK_EQUAL(mote_codec_encode_publish(into, sizeof into, MOTE_MQTT_3_1_1, &message), 0);
    CHECK_EQUAL(mote_codec_encode_publish(NULL, SIZE_MAX, MOTE_MQTT_3_1_1, &message), 0);
    larger.size = UINT32_MAX;
    CHECK_EQUAL(mote_codec_encode_publish(NULL, SIZE_MAX, MOTE_MQTT_5, &message), 0);
}

/* What a field of two bytes cannot say must not be cut to what it can.
 * [MQTT3-4.7.3-3] [MQTT5-4.7.3-3] */
static void texts_of_more_than_65535_bytes_are_not_written(void)
{
    static char long_text[65536];
    static uint8_t into[70000];
    struct mote_text text = {memset(long_text, 'x', sizeof long_text), sizeof long_text};
    struct mote_property property = {.id = MOTE_USER_PROPERTY, .text = text};
    struct mote_message message = {.topic = text};
    struct mote_connect connect = {.client_id = text};
    struct mote_ack ack = {.packet_id = 1, .properties = {.items = &property, .count = 1}};

    for (int i = 0; i < 2; i++) {
        size_t expected = i == 0 ? 0 : 1 + 3 + 2 + 65535;
        CHECK_EQUAL(mote_codec_encode_publish(into, sizeof into, MOTE_MQTT_3_1_1, &message), expected);
        CHECK_EQUAL(mote_codec_encode_publish(NULL, SIZE_MAX, MOTE_MQTT_3_1_1, &message), expected);
        CHECK_EQUAL(mote_codec_encode_connect(into, sizeof into, &connect), i == 0 ? 0 : expected + 10);
        CHECK_EQUAL(mote_codec_encode_ack(into, sizeof into, MOTE_MQTT_5, MOTE_PUBACK, &ack),
                    i == 0 ? 0 : 1 + 3 + 3 + 3 + 5 + 65535);
        message.topic.length = connect.client_id.length = property.text.length = 65535;
    }
}

/* The head of a PUBLISH is moved if its length takes more than a byte; the lengths where it begins to.
 * [MQTT5-1.5.5-1] */
static void lengths_around_each_byte_more(void)
{
    static const struct {
        uint32_t remaining;
        size_t size;
    } borders[] = {{127, 1}, {128, 2}, {16383, 2}, {16384, 3}, {2097151, 3}, {2097152, 4}};
    static const uint8_t codes[1 << 21];
    static uint8_t into[(1 << 21) + 8];
    struct mote_header header;
    struct mote_fault fault;
    struct mote_reply reply = {.packet_id = 0x1234};

    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++) {
        ABOUT("%lu bytes", (unsigned long)borders[i].remaining);
        reply.codes = (struct mote_text){(const char *)codes, borders[i].remaining - 2};
        size_t size = mote_codec_encode_reply(into, sizeof into, MOTE_MQTT_3_1_1, MOTE_SUBACK, &reply);
        EXPECT_EQUAL(size, 1 + borders[i].size + borders[i].remaining);
        EXPECT_EQUAL(mote_codec_encode_reply(into, size - 1, MOTE_MQTT_3_1_1, MOTE_SUBACK, &reply), 0);
        EXPECT_EQUAL(mote_codec_encode_reply(NULL, SIZE_MAX, MOTE_MQTT_3_1_1, MOTE_SUBACK, &reply), size);
        mote_codec_encode_reply(into, size, MOTE_MQTT_3_1_1, MOTE_SUBACK, &reply);
        EXPECT_EQUAL(mote_codec_header((struct mote_text){(char *)into, 8}, MOTE_MQTT_5, &header, &fault),
                     MOTE_DECODED);
        EXPECT_EQUAL(header.size, 1 + borders[i].size);
        EXPECT_EQUAL(header.remaining, borders[i].remaining);
        EXPECT_EQUAL(into[header.size], 0x12);
        EXPECT_EQUAL(into[header.size + 1], 0x34);
    }
}

/* Of that many bytes there is only the view: measuring must not look at them. */
static void no_packet_is_larger_than_lengths_go(void)
{
    struct mote_reply reply = {.packet_id = 1, .codes = {"", 268435455 - 3}};
    struct mote_message message = {.topic = MOTE_TEXT("a/b"), .payload = {"", 268435455 - 5}};

    CHECK_EQUAL(mote_codec_encode_reply(NULL, SIZE_MAX, MOTE_MQTT_5, MOTE_SUBACK, &reply), 268435455 + 5);
    CHECK_EQUAL(mote_codec_encode_publish(NULL, SIZE_MAX, MOTE_MQTT_3_1_1, &message), 268435455 + 5);
    reply.codes.length++;
    message.payload.length++;
    CHECK_EQUAL(mote_codec_encode_reply(NULL, SIZE_MAX, MOTE_MQTT_5, MOTE_SUBACK, &reply), 0);
    CHECK_EQUAL(mote_codec_encode_publish(NULL, SIZE_MAX, MOTE_MQTT_3_1_1, &message), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"every packet is written as the standard has it", every_packet_is_written_as_the_standard_has_it},
        {"every packet is read", every_packet_is_read},
        {"what was read is written the same", what_was_read_is_written_the_same},
        {"measuring gives the size", measuring_gives_the_size},
        {"a room too small is refused and not left", a_room_too_small_is_refused_and_not_left},
        {"a part of a packet asks for more", a_part_of_a_packet_asks_for_more},
        {"a packet that ends too soon is refused", a_packet_that_ends_too_soon_is_refused},
        {"a packet that goes on is refused", a_packet_that_goes_on_is_refused},
        {"what follows a packet is left alone", what_follows_a_packet_is_left_alone},
        {"any bit may be turned", any_bit_may_be_turned},
        {"a payload from a source is counted, not written", a_payload_from_a_source_is_counted_not_written},
        {"texts of more than 65535 bytes are not written", texts_of_more_than_65535_bytes_are_not_written},
        {"lengths around each byte more", lengths_around_each_byte_more},
        {"no packet is larger than lengths go", no_packet_is_larger_than_lengths_go},
    };

    return check_main("table/codec", cases, sizeof cases / sizeof cases[0], argc, argv);
}
