/* Defects that others have shipped in taking packets apart and putting them together, each as a case of its own;
 * docs/HOSTILE.md has the list. What is read ends where a page does, with nothing behind it. */
#define _DEFAULT_SOURCE
#include "codec_packets.h"
#include "page_end.h"

static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};
#define VERSIONS (sizeof versions / sizeof versions[0])
#define GOLDENS (sizeof goldens / sizeof goldens[0])

static enum mote_decoded decode_at_end(struct packet *packet, enum mote_mqtt_version version, bool from_server,
                                       const void *bytes, size_t size, struct mote_fault *fault)
{
    return decode_packet(packet, version, from_server, page_end_copy((struct mote_text){bytes, size}), fault);
}

/* CVE-2026-54412 (MQTT-C): a topic longer than its packet makes the payload's size less than 0. Inner length against outer.
 * Every pair of lengths, with every QoS. */
static void topic_longer_than_packet(void)
{
    uint8_t bytes[64];
    struct packet packet;
    struct mote_fault fault;

    for (unsigned qos = 0; qos < 3; qos++) {
        for (size_t outer = 0; outer < 20; outer++) {
            for (size_t inner = 0; inner < 24; inner++) {
                size_t head = 2 + inner + (qos > 0 ? 2 : 0);
                memset(bytes, 'a', sizeof bytes);
                memcpy(bytes, (uint8_t[]){(uint8_t)(0x30 | qos << 1), (uint8_t)outer, 0, (uint8_t)inner}, 4);
                ABOUT("QoS %u, %u in %u", qos, (unsigned)inner, (unsigned)outer);
                enum mote_decoded decoded = decode_at_end(&packet, MOTE_MQTT_3_1_1, true, bytes, 2 + outer, &fault);
                EXPECT_EQUAL(decoded, inner > 0 && head <= outer ? MOTE_DECODED : MOTE_DECODE_ERROR);
                if (decoded == MOTE_DECODED)
                    EXPECT_EQUAL(packet.message.payload_size, outer - head);
                else
                    check_is_empty(&packet);
            }
        }
    }
}

/* CVE-2019-17210 (Mbed OS): a length check fails, a pointer stays unset, and the code goes on with it. Use after an error.
 * Nothing of a refused packet is left, in whichever field it went wrong. */
static void nothing_is_left_after_an_error(void)
{
    struct packet packet;
    struct mote_fault fault;

    for (size_t i = 0; i < GOLDENS; i++) {
        struct bytes bytes = bytes_from(goldens[i].hex);
        for (size_t at = 0; at < bytes.size; at++) {
            char kept = bytes.data[at];
            bytes.data[at] = (char)0xFF;
            fault.number = 0;
            ABOUT("%s, byte %u", goldens[i].name, (unsigned)at);
            if (decode_at_end(&packet, goldens[i].version, goldens[i].from_server, bytes.data, bytes.size, &fault) ==
                MOTE_DECODE_ERROR) {
                check_is_empty(&packet);
                EXPECT(fault.number != 0 && mote_fault_code(&fault) >= 0x80);
            }
            bytes.data[at] = kept;
        }
        free(bytes.data);
    }
}

/* CVE-2019-19307 (Mongoose): a length of five bytes overflows, and the loop over the packets does not end. Integer overflow.
 * CVE-2021-41036's kin in libcurl (mqtt_decode_len) and esp-mqtt (ffd44fb, `<< 28` on an int): the same bytes. */
static void lengths_of_five_bytes(void)
{
    struct packet packet;
    struct mote_fault fault;

    for (unsigned type = 1; type < 16; type++) {
        for (unsigned last = 0; last < 256; last++) {
            uint8_t bytes[] = {(uint8_t)(type << 4 | (type == 6 || type == 8 || type == 10 ? 2 : 0)),
                               0xFF,
                               0xFF,
                               0xFF,
                               0xFF,
                               (uint8_t)last,
                               0};
            for (size_t size = 5; size <= sizeof bytes; size++) {
                ABOUT("type %u, %02X, %u bytes", type, last, (unsigned)size);
                EXPECT_EQUAL(decode_at_end(&packet, MOTE_MQTT_5, true, bytes, size, &fault), MOTE_DECODE_ERROR);
                EXPECT_EQUAL(mote_fault_code(&fault), MOTE_CODE_MALFORMED_PACKET);
            }
        }
    }
}

/* esp-mqtt ffd44fb: the fourth byte of a length shifted into the sign of an int. The largest length of all is one. */
static void the_largest_length(void)
{
    struct mote_text bytes = page_end_copy(MOTE_TEXT("\x30\xFF\xFF\xFF\x7F"));
    struct mote_header header;
    struct mote_fault fault;

    CHECK_EQUAL(mote_codec_header(bytes, MOTE_MQTT_5, &header, &fault), MOTE_DECODED);
    CHECK_EQUAL(header.remaining, 268435455);
    CHECK_EQUAL(header.size, 5);
}

/* A property block with this length, in each packet that has one; `head` is what comes before. */
static const struct place {
    const char *name;
    uint8_t first;
    const char *head;
    size_t head_size;
    const char *tail; /* with an empty block before it, this makes a legal packet */
    size_t tail_size;
    bool from_server;
} places[] = {
#define PLACE(name, first, head, tail, from_server)                                                                    \
    {                                                                                                                  \
        name, first, head, sizeof(head) - 1, tail, sizeof(tail) - 1, from_server                                       \
    }
    PLACE("CONNECT", 0x10, "\x00\x04MQTT\x05\x02\x00\x00", "\x00\x01x", false),
    PLACE("a will", 0x10, "\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x01x", "\x00\x01t\x00\x00", false),
    PLACE("CONNACK", 0x20, "\x00\x00", "", true),
    PLACE("PUBLISH", 0x30, "\x00\x01t", "p", true),
    PLACE("PUBLISH with QoS 1", 0x32, "\x00\x01t\x00\x01", "", true),
    PLACE("PUBACK", 0x40, "\x00\x01\x00", "", true),
    PLACE("PUBREC", 0x50, "\x00\x01\x00", "", true),
    PLACE("PUBREL", 0x62, "\x00\x01\x00", "", true),
    PLACE("PUBCOMP", 0x70, "\x00\x01\x00", "", true),
    PLACE("SUBSCRIBE", 0x82, "\x00\x01", "\x00\x01t\x00", false),
    PLACE("SUBACK", 0x90, "\x00\x01", "\x00", true),
    PLACE("UNSUBSCRIBE", 0xA2, "\x00\x01", "\x00\x01t", false),
    PLACE("UNSUBACK", 0xB0, "\x00\x01", "\x00", true),
    PLACE("DISCONNECT", 0xE0, "\x00", "", true),
};
#define PLACES (sizeof places / sizeof places[0])

static enum mote_decoded decode_place(const struct place *place, const char *block, size_t block_size, size_t tail_size,
                                      struct mote_fault *fault)
{
    uint8_t bytes[256];
    size_t size = place->head_size + block_size + tail_size;
    struct packet packet;

    EXPECT(2 + size <= sizeof bytes && size < 128);
    bytes[0] = place->first;
    bytes[1] = (uint8_t)size;
    memcpy(bytes + 2, place->head, place->head_size);
    memcpy(bytes + 2 + place->head_size, block, block_size);
    memcpy(bytes + 2 + place->head_size + block_size, place->tail, tail_size);
    enum mote_decoded decoded = decode_at_end(&packet, MOTE_MQTT_5, place->from_server, bytes, 2 + size, fault);
    if (decoded == MOTE_DECODE_ERROR)
        check_is_empty(&packet);
    return decoded;
}

/* CVE-2026-21888 (NanoMQ): a property length of five bytes is taken, and read past. Varints, in each place where there is one:
 * too long, longer than they need be, cut short. */
static void varints_of_properties(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool legal;
    } lengths[] = {
        {"\x00", 1, true},
        {"\x80\x00", 2, false}, /* longer than it need be */
        {"\x80\x80\x00", 3, false},
        {"\x80\x80\x80\x00", 4, false},
        {"\x80\x80\x80\x80\x00", 5, false}, /* and than it may be */
        {"\x80\x80\x80\x80\x01", 5, false},
        {"\xFF\xFF\xFF\x7F", 4, false}, /* the largest */
        {"\xFF\xFF\xFF\xFF\x7F", 5, false},
        {"\xFF\xFF\xFF\xFF\xFF", 5, false},
    };
    struct mote_fault fault;

    for (size_t i = 0; i < PLACES; i++) {
        for (size_t j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
            ABOUT("%s, length %u", places[i].name, (unsigned)j);
            EXPECT_EQUAL(decode_place(&places[i], lengths[j].bytes, lengths[j].size, places[i].tail_size, &fault),
                         lengths[j].legal ? MOTE_DECODED : MOTE_DECODE_ERROR);
            if (!lengths[j].legal)
                EXPECT_EQUAL(mote_fault_code(&fault), MOTE_CODE_MALFORMED_PACKET);
            for (size_t size = 1; size < lengths[j].size; size++) /* the packet ends within it */
                EXPECT_EQUAL(decode_place(&places[i], lengths[j].bytes, size, 0, &fault), MOTE_DECODE_ERROR);
        }
    }
}

/* The same for the one property that is a varint. */
static void varints_of_subscription_identifiers(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool legal;
    } blocks[] = {
        {"\x02\x0B\x01", 3, true},
        {"\x05\x0B\xFF\xFF\xFF\x7F", 6, true},
        {"\x02\x0B\x00", 3, false},
        {"\x03\x0B\x80\x00", 4, false},
        {"\x03\x0B\x81\x00", 4, false},
        {"\x06\x0B\x80\x80\x80\x80\x01", 7, false},
        {"\x06\x0B\xFF\xFF\xFF\xFF\x7F", 7, false},
        {"\x02\x0B\x80", 3, false}, /* goes on outside its block */
        {"\x01\x0B", 2, false},
    };
    struct mote_fault fault;

    for (size_t i = 0; i < PLACES; i++) {
        if (places[i].first != 0x30 && places[i].first != 0x82)
            continue;
        for (size_t j = 0; j < sizeof blocks / sizeof blocks[0]; j++) {
            ABOUT("%s, block %u", places[i].name, (unsigned)j);
            EXPECT_EQUAL(decode_place(&places[i], blocks[j].bytes, blocks[j].size, places[i].tail_size, &fault),
                         blocks[j].legal ? MOTE_DECODED : MOTE_DECODE_ERROR);
        }
    }
}

/* coreMQTT 5.0.0 (86c684ea): the property length of a SUBACK points past its packet, although a proof was there. Inner length
 * against outer, for every property block and every length. */
static void properties_longer_than_packet(void)
{
    struct mote_fault fault;

    for (size_t i = 0; i < PLACES; i++) {
        for (unsigned more = 1; more < 100; more++) {
            char length = (char)(places[i].tail_size + more);
            ABOUT("%s, %u too many", places[i].name, more);
            EXPECT_EQUAL(decode_place(&places[i], &length, 1, places[i].tail_size, &fault), MOTE_DECODE_ERROR);
            EXPECT_EQUAL(mote_fault_code(&fault), MOTE_CODE_MALFORMED_PACKET);
        }
    }
}

/* wolfMQTT #545: a CONNACK that is cut short is read past its end. Truncation, of every packet at every byte, with the length
 * of the whole in its header and with that of what is there. */
static void every_packet_cut_at_every_byte(void)
{
    struct packet packet;
    struct mote_fault fault;

    for (size_t i = 0; i < GOLDENS; i++) {
        struct bytes bytes = bytes_from(goldens[i].hex);
        for (size_t size = 0; size < bytes.size; size++) {
            ABOUT("%s, cut at %u", goldens[i].name, (unsigned)size);
            decode_at_end(&packet, goldens[i].version, goldens[i].from_server, bytes.data, size, &fault);
            if (size < 2 || bytes.size > 0x7F)
                continue;
            char length = bytes.data[1];
            bytes.data[1] = (char)(size - 2);
            decode_at_end(&packet, goldens[i].version, goldens[i].from_server, bytes.data, size, &fault);
            bytes.data[1] = length;
        }
        free(bytes.data);
    }
}

static void connack_cut_short(void)
{
    struct packet packet;
    struct mote_fault fault;

    CHECK_EQUAL(decode_at_end(&packet, MOTE_MQTT_3_1_1, true, "\x20\x00", 2, &fault), MOTE_DECODE_ERROR);
    CHECK_EQUAL(decode_at_end(&packet, MOTE_MQTT_3_1_1, true, "\x20\x01\x00", 3, &fault), MOTE_DECODE_ERROR);
    CHECK_EQUAL(decode_at_end(&packet, MOTE_MQTT_5, true, "\x20\x02\x00\x00", 4, &fault), MOTE_DECODE_ERROR);
    CHECK_EQUAL(decode_at_end(&packet, MOTE_MQTT_5, true, "\x20\x03\x00\x00\x05", 5, &fault), MOTE_DECODE_ERROR);
    CHECK_EQUAL(decode_at_end(&packet, MOTE_MQTT_5, true, "\x20\x04\x00\x00\x00", 5, &fault), MOTE_DECODE_MORE);
}

/* NanoMQ #2270: a PUBLISH of QoS 1 that ends behind its topic. Truncation after each field. */
static void publish_ends_after_each_field(void)
{
    static const char body[] = "\x00\x01t\x00\x07\x02\x01\x01p";
    static const struct {
        size_t size;
        enum mote_decoded decoded;
    } ends[] = {
        {0, MOTE_DECODE_ERROR}, {2, MOTE_DECODE_ERROR}, {3, MOTE_DECODE_ERROR}, /* behind the topic */
        {5, MOTE_DECODE_ERROR}, {6, MOTE_DECODE_ERROR}, {7, MOTE_DECODE_ERROR}, {8, MOTE_DECODED}, {9, MOTE_DECODED},
    };
    uint8_t bytes[16];
    struct packet packet;
    struct mote_fault fault;

    for (uint8_t first = 0x32; first <= 0x34; first = (uint8_t)(first + 2)) {
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
            bytes[0] = first;
            bytes[1] = (uint8_t)ends[i].size;
            memcpy(bytes + 2, body, ends[i].size);
            ABOUT("%02X with %u bytes", first, (unsigned)ends[i].size);
            EXPECT_EQUAL(decode_at_end(&packet, MOTE_MQTT_5, false, bytes, 2 + ends[i].size, &fault), ends[i].decoded);
        }
    }
}

/* RIOT emcute, asymcute: a payload and its header larger than the buffer that they are written to. Outgoing lengths. Every
 * packet into every room up to its own size, which ends where a page does. */
static void no_encoder_leaves_its_room(void)
{
    struct packet packet;
    struct mote_fault fault;

    for (size_t i = 0; i < GOLDENS; i++) {
        struct bytes bytes = bytes_from(goldens[i].hex);
        if (decode_packet(&packet, goldens[i].version, goldens[i].from_server, view(bytes), &fault) == MOTE_DECODED) {
            for (size_t room = 0; room <= bytes.size; room++) {
                ABOUT("%s into %u of %u", goldens[i].name, (unsigned)room, (unsigned)bytes.size);
                size_t size = encode_packet(page_end(PAGE_END_OUT, room), room, goldens[i].version, &packet);
                EXPECT(size <= room);
            }
        }
        free(bytes.data);
    }
}

/* wolfMQTT #519, #521: reserved bits of headers are taken. Every first byte that no packet may begin with. */
static void reserved_bits_of_headers(void)
{
    struct mote_header header;
    struct mote_fault fault;

    for (size_t v = 0; v < VERSIONS; v++) {
        for (unsigned first = 0; first < 256; first++) {
            unsigned type = first >> 4, flags = first & 15;
            bool old_request = versions[v] == MOTE_MQTT_3_1 && flags == 10;
            bool legal = type == MOTE_PUBLISH ? (flags & 6) != 6 && ((flags & 8) == 0 || (flags & 6) != 0)
                         : type == MOTE_PUBREL || type == MOTE_SUBSCRIBE || type == MOTE_UNSUBSCRIBE
                             ? flags == 2 || old_request
                             : type != 0 && flags == 0 && (type != MOTE_AUTH || versions[v] == MOTE_MQTT_5);
            char bytes[] = {(char)first, 0};
            ABOUT("%02X in version %d", first, (int)versions[v]);
            EXPECT_EQUAL(mote_codec_header(page_end_copy((struct mote_text){bytes, 2}), versions[v], &header, &fault),
                         legal ? MOTE_DECODED : MOTE_DECODE_ERROR);
        }
    }
}

/* wolfMQTT F-7661: reserved codes in a SUBACK are taken for grants. Every code that no SUBACK may have, before MQTT 5. */
static void reserved_codes_of_suback(void)
{
    for (unsigned code = 0; code < 256; code++) {
        char bytes[] = {(char)0x90, 3, 0, 1, (char)code};
        struct packet packet;
        struct mote_fault fault;
        ABOUT("code %02X", code);
        EXPECT_EQUAL(decode_at_end(&packet, MOTE_MQTT_3_1_1, true, bytes, sizeof bytes, &fault),
                     code <= 2 || code == 0x80 ? MOTE_DECODED : MOTE_DECODE_ERROR);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"02 topic longer than packet", topic_longer_than_packet},
        {"03 nothing is left after an error", nothing_is_left_after_an_error},
        {"04 lengths of five bytes", lengths_of_five_bytes},
        {"07 varints of properties", varints_of_properties},
        {"07 varints of subscription identifiers", varints_of_subscription_identifiers},
        {"22 properties longer than packet", properties_longer_than_packet},
        {"23 every packet cut at every byte", every_packet_cut_at_every_byte},
        {"23 CONNACK cut short", connack_cut_short},
        {"24 the largest length", the_largest_length},
        {"26 PUBLISH ends after each field", publish_ends_after_each_field},
        {"29 no encoder leaves its room", no_encoder_leaves_its_room},
        {"30 reserved bits of headers", reserved_bits_of_headers},
        {"30 reserved codes of SUBACK", reserved_codes_of_suback},
    };

    return check_main("table/hostile_codec", cases, sizeof cases / sizeof cases[0], argc, argv);
}
