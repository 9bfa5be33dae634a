/* Lengths in their one to four bytes, in every place that has one, and a PUBLISH that comes in pieces. */
#include "codec_rig.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* MQTT 5.0, table 1-1: the borders, in their shortest form. */
static const struct {
    uint32_t number;
    const char *hex;
} shortest[] = {
    {0, "00"},
    {1, "01"},
    {127, "7F"},
    {128, "80 01"},
    {16383, "FF 7F"},
    {16384, "80 80 01"},
    {2097151, "FF FF 7F"},
    {2097152, "80 80 80 01"},
    {268435455, "FF FF FF 7F"},
};

static const struct {
    uint32_t number;
    const char *hex;
} longer[] = {
    {0, "80 00"},        {1, "81 00"},       {127, "FF 00"},     {0, "80 80 00"},          {128, "80 81 00"},
    {16383, "FF FF 00"}, {0, "80 80 80 00"}, {1, "81 80 80 00"}, {2097151, "FF FF FF 00"},
};

static const char *const too_long[] = {"80 80 80 80",    "FF FF FF FF 00", "80 80 80 80 01",
                                       "FF FF FF FF 7F", "FF FF FF 80",    "80 80 80 80 00"};

static enum mote_decoded header_of(const char *length, enum mote_mqtt_version version, struct mote_header *header,
                                   struct mote_fault *fault)
{
    char hex[40];

    snprintf(hex, sizeof hex, "30 %s", length);
    struct bytes bytes = bytes_from(hex);
    enum mote_decoded decoded = mote_codec_header(view(bytes), version, header, fault);
    ABOUT("length %s in version %d", length, (int)version);
    free(bytes.data);
    return decoded;
}

static void lengths_of_packets(void)
{
    static const enum mote_mqtt_version versions[] = {MOTE_MQTT_DEFAULT, MOTE_MQTT_3_1_1, MOTE_MQTT_5};
    struct mote_header header;
    struct mote_fault fault;

    for (size_t v = 0; v < COUNT(versions); v++) {
        for (size_t i = 0; i < COUNT(shortest); i++) {
            EXPECT_EQUAL(header_of(shortest[i].hex, versions[v], &header, &fault), MOTE_DECODED);
            EXPECT_EQUAL(header.remaining, shortest[i].number);
            EXPECT_EQUAL(header.size, 1 + (strlen(shortest[i].hex) + 1) / 3);
        }
        for (size_t i = 0; i < COUNT(longer); i++) {
            EXPECT_EQUAL(header_of(longer[i].hex, versions[v], &header, &fault),
                         versions[v] == MOTE_MQTT_5 ? MOTE_DECODE_ERROR : MOTE_DECODED);
            EXPECT_EQUAL(header.remaining, versions[v] == MOTE_MQTT_5 ? 0 : longer[i].number);
        }
        for (size_t i = 0; i < COUNT(too_long); i++) {
            EXPECT_EQUAL(header_of(too_long[i], versions[v], &header, &fault), MOTE_DECODE_ERROR);
            EXPECT_EQUAL(mote_fault_code(&fault), 0x81);
            EXPECT_EQUAL(header.remaining, 0);
        }
    }
}

static void lengths_of_packets_cut(void)
{
    static const char *const cut[] = {"", "80", "FF", "80 80", "FF FF", "80 80 80", "FF FF FF"};
    struct mote_header header;
    struct mote_fault fault;

    for (size_t i = 0; i < COUNT(cut); i++) {
        EXPECT_EQUAL(header_of(cut[i], MOTE_MQTT_5, &header, &fault), MOTE_DECODE_MORE);
        EXPECT_EQUAL(header_of(cut[i], MOTE_MQTT_3_1_1, &header, &fault), MOTE_DECODE_MORE);
    }
}

/* A packet with the number as the length of its properties, of which there are none, or as a subscription identifier.
 * Returns 0 if it is legal, else the code. */
static uint8_t try_in_properties(const char *form, bool as_length, uint32_t *identifier)
{
    char whole[129] = {0};
    char hex[80];
    struct packet packet;
    struct mote_fault fault = {0};

    snprintf(hex, sizeof hex, as_length ? "30 7F 0001 61 %s" : "30 7F 0001 61 00 0B %s 09 001C", form);
    struct bytes start = bytes_from(hex);
    memcpy(whole, start.data, start.size);
    if (!as_length)
        whole[5] = (char)(start.size - 6 + 0x1C); /* the properties end with the 28 bytes of the last */
    struct bytes bytes = bytes_of(whole, sizeof whole);
    ABOUT("%s", hex);
    if (decode_packet(&packet, MOTE_MQTT_5, true, view(bytes), &fault) == MOTE_DECODED)
        *identifier = mote_properties_number(&packet.message.properties, MOTE_SUBSCRIPTION_IDENTIFIER, 0);
    free(bytes.data);
    free(start.data);
    return mote_fault_code(&fault);
}

static void lengths_of_properties(void)
{
    uint32_t none = 0;

    for (size_t i = 0; i < COUNT(shortest); i++) /* what follows is no property, or not there */
        EXPECT_EQUAL(try_in_properties(shortest[i].hex, true, &none), shortest[i].number == 0 ? 0 : 0x81);
    for (size_t i = 0; i < COUNT(longer); i++)
        EXPECT_EQUAL(try_in_properties(longer[i].hex, true, &none), 0x81);
    for (size_t i = 0; i < COUNT(too_long); i++)
        EXPECT_EQUAL(try_in_properties(too_long[i], true, &none), 0x81);
}

static void subscription_identifiers(void)
{
    for (size_t i = 0; i < COUNT(shortest); i++) {
        uint32_t identifier = 0;
        EXPECT_EQUAL(try_in_properties(shortest[i].hex, false, &identifier), shortest[i].number == 0 ? 0x82 : 0);
        EXPECT_EQUAL(identifier, shortest[i].number);
    }
    for (size_t i = 0; i < COUNT(longer); i++)
        EXPECT_EQUAL(try_in_properties(longer[i].hex, false, &(uint32_t){0}), 0x81);
    for (size_t i = 0; i < COUNT(too_long); i++)
        EXPECT_EQUAL(try_in_properties(too_long[i], false, &(uint32_t){0}), 0x81);
}

/* Every inner length one too large for what is around it: in turn, each pair of bytes that is one. */
static void no_inner_length_leaves_the_outer(void)
{
    static const struct {
        enum mote_mqtt_version version;
        const char *hex;
        size_t lengths[8]; /* where their lower bytes are */
    } packets[] = {
        {MOTE_MQTT_3_1_1,
         "10 19 0004 4D515454 04 C6 0000 0001 61 0001 77 0001 78 0001 75 0001 70",
         {3, 13, 16, 19, 22, 25}},
        {MOTE_MQTT_5, "10 18 0004 4D515454 05 06 0000 00 0001 61 04 03 0001 74 0001 77 0000", {3, 14, 16, 19, 22, 25}},
        {MOTE_MQTT_5, "30 0B 0001 61 07 26 0001 6B 0001 76", {3, 5, 8, 11}},
        {MOTE_MQTT_5, "40 0B 0001 00 07 26 0001 6B 0001 76", {5, 8, 11}},
        {MOTE_MQTT_5, "82 0E 0001 07 26 0001 6B 0001 76 0001 61 00", {4, 7, 10, 13}},
        {MOTE_MQTT_5, "A2 0A 0001 00 0001 61 0002 6262", {4, 6, 9}},
    };
    struct packet packet;
    struct mote_fault fault;

    for (size_t i = 0; i < COUNT(packets); i++) {
        for (size_t j = 0; j < 8 && packets[i].lengths[j] > 0; j++) {
            struct bytes bytes = bytes_from(packets[i].hex);
            size_t at = packets[i].lengths[j];
            ABOUT("%s", packets[i].hex);
            EXPECT_EQUAL(bytes.size, 2u + (uint8_t)bytes.data[1]);
            EXPECT_EQUAL(decode_packet(&packet, packets[i].version, false, view(bytes), &fault), MOTE_DECODED);
            for (unsigned length = (unsigned)bytes.size - (unsigned)at; length < 256; length++) {
                bytes.data[at] = (char)length;
                ABOUT("%s, a length of %u at %u", packets[i].hex, length, (unsigned)at);
                EXPECT_EQUAL(decode_packet(&packet, packets[i].version, false, view(bytes), &fault), MOTE_DECODE_ERROR);
                check_is_empty(&packet);
            }
            free(bytes.data);
        }
    }
}

static const struct mote_property some[] = {{.id = MOTE_CONTENT_TYPE, .text = TEXT("text/plain")},
                                            {.id = MOTE_USER_PROPERTY, .text = TEXT("key"), .value = TEXT("value")}};

/* A body that comes byte by byte: asks for more up to the end of the head, then gives what is there of the
 * payload. */
static void try_pieces(const struct mote_message *message, enum mote_mqtt_version version)
{
    uint8_t into[256];
    size_t size = mote_codec_encode_publish(into, sizeof into, version, message);
    struct mote_header header;
    struct mote_message read;
    struct mote_fault fault = {0};

    EXPECT(size > 0);
    EXPECT_EQUAL(mote_codec_header((struct mote_text){(char *)into, size}, version, &header, &fault), MOTE_DECODED);
    size_t head = header.remaining - message->payload.length;
    for (size_t length = 0; length <= header.remaining; length++) {
        struct bytes body = bytes_of(into + header.size, length);
        enum mote_decoded decoded = mote_codec_decode_publish(&header, version, view(body), &read, &fault);
        EXPECT_EQUAL(decoded, length < head ? MOTE_DECODE_MORE : MOTE_DECODED);
        if (decoded == MOTE_DECODED) {
            struct mote_message expected = *message;
            expected.payload.length = length - head;
            check_same_message(&expected, &read);
            EXPECT_EQUAL(read.payload_size, message->payload.length);
            EXPECT_EQUAL(mote_message_is_last(&read), length == header.remaining);
        }
        free(body.data);
    }
}

static void a_publish_in_pieces(void)
{
    static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};
    static const char topic[] = "a/topic/of/some/length/so/that/it/is/read/in/words";

    for (size_t length = 1; length < sizeof topic; length++) {
        for (size_t way = 0; way < COUNT(versions) * 3 * 2; way++) {
            struct mote_message message = {
                .topic = {topic, length},
                .payload = MOTE_TEXT("payload"),
                .qos = (enum mote_qos)(way % 3),
                .packet_id = way % 3 == 0 ? 0 : 0x0100,
                .properties = {.items = some, .count = way / 9 * 2},
            };
            enum mote_mqtt_version version = versions[way / 3 % 3];
            if (version != MOTE_MQTT_5)
                message.properties.count = 0;
            ABOUT("a topic of %u bytes, QoS %u, version %d, %u properties", (unsigned)length, (unsigned)message.qos,
                  (int)version, (unsigned)message.properties.count);
            try_pieces(&message, version);
        }
    }
}

/* A head that is wrong is refused as soon as that can be seen, without waiting for the rest of a large packet. */
static void a_wrong_head_is_refused_before_the_rest_is_there(void)
{
    static const struct {
        enum mote_mqtt_version version;
        const char *hex;
        enum mote_decoded decoded;
    } heads[] = {
        {MOTE_MQTT_3_1_1, "30 FF 7F 0001 23", MOTE_DECODE_ERROR},
        {MOTE_MQTT_3_1_1, "30 FF 7F 0001", MOTE_DECODE_MORE},
        {MOTE_MQTT_3_1_1, "30 FF 7F 3FFD", MOTE_DECODE_MORE},  /* all but two bytes are topic */
        {MOTE_MQTT_3_1_1, "30 FF 7F 3FFE", MOTE_DECODE_ERROR}, /* one of them is not */
        {MOTE_MQTT_3_1_1, "32 FF 7F 0001 61 0000", MOTE_DECODE_ERROR},
        {MOTE_MQTT_5, "30 FF 7F 0001 61 FA 7F", MOTE_DECODE_MORE},
        {MOTE_MQTT_5, "30 FF 7F 0001 61 FB 7F", MOTE_DECODE_ERROR},
        {MOTE_MQTT_5, "30 FF 7F 0001 61 FF FF FF 7F", MOTE_DECODE_ERROR},
        {MOTE_MQTT_5, "30 FF 7F 0001 61 80 80 80 80", MOTE_DECODE_ERROR},
        {MOTE_MQTT_5, "30 FF 7F 0001 61 02 01 02", MOTE_DECODE_ERROR},
        {MOTE_MQTT_5, "30 FF 7F 0000 00", MOTE_DECODE_ERROR},
    };
    struct packet packet;
    struct mote_fault fault;

    for (size_t i = 0; i < COUNT(heads); i++) {
        struct bytes bytes = bytes_from(heads[i].hex);
        ABOUT("%s", heads[i].hex);
        EXPECT_EQUAL(decode_packet(&packet, heads[i].version, false, view(bytes), &fault), heads[i].decoded);
        check_is_empty(&packet);
        free(bytes.data);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"lengths of packets", lengths_of_packets},
        {"lengths of packets, cut", lengths_of_packets_cut},
        {"lengths of properties", lengths_of_properties},
        {"subscription identifiers", subscription_identifiers},
        {"no inner length leaves the outer", no_inner_length_leaves_the_outer},
        {"a PUBLISH in pieces", a_publish_in_pieces},
        {"a wrong head is refused before the rest is there", a_wrong_head_is_refused_before_the_rest_is_there},
    };

    return check_main("table/codec_length", cases, COUNT(cases), argc, argv);
}
