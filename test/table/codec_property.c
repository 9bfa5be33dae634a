/* Every property in every packet, once and twice, with every kind of wrong value. From MQTT 5.0, table 2-4 and the
 * sections on the packets. */
#include "codec_rig.h"

/* The packets by a letter each, with what stands before and after their properties. */
static const struct place {
    char letter;
    enum mote_packet_type type;
    uint8_t first;
    const char *before;
    const char *after;
} places[] = {
    {'c', MOTE_CONNECT, 0x10, "0004 4D515454 05 02 0000", "0001 61"},
    {'w', (enum mote_packet_type)0, 0x10, "0004 4D515454 05 06 0000 00 0001 61", "0001 77 0000"},
    {'C', MOTE_CONNACK, 0x20, "00 00", ""},
    {'p', MOTE_PUBLISH, 0x30, "0001 61", "78"},
    {'A', MOTE_PUBACK, 0x40, "0001 00", ""},
    {'R', MOTE_PUBREC, 0x50, "0001 00", ""},
    {'L', MOTE_PUBREL, 0x62, "0001 00", ""},
    {'M', MOTE_PUBCOMP, 0x70, "0001 00", ""},
    {'s', MOTE_SUBSCRIBE, 0x82, "0001", "0001 61 00"},
    {'S', MOTE_SUBACK, 0x90, "0001", "00"},
    {'u', MOTE_UNSUBSCRIBE, 0xA2, "0001", "0001 61"},
    {'U', MOTE_UNSUBACK, 0xB0, "0001", "00"},
    {'d', MOTE_DISCONNECT, 0xE0, "00", ""},
    {'a', MOTE_AUTH, 0xF0, "18", ""},
};

#define ACKS "ARLM"

/* Each property with the packets that it may be in, a value as bytes, and how these read. */
static const struct row {
    uint8_t id;
    const char *in;
    const char *hex;
    uint32_t number;
    const char *text;
    const char *value;
} rows[] = {
    {0x01, "pw", "01 01", 1, "", ""},
    {0x02, "pw", "02 80000001", 0x80000001, "", ""},
    {0x03, "pw", "03 0003 612F62", 0, "a/b", ""},
    {0x08, "pw", "08 0003 612F62", 0, "a/b", ""},
    {0x09, "pw", "09 0002 FFFE", 0, "\xFF\xFE", ""},
    {0x0B, "ps", "0B FF FF FF 7F", 268435455, "", ""},
    {0x11, "cCd", "11 FFFFFFFF", 0xFFFFFFFF, "", ""},
    {0x12, "C", "12 0002 6162", 0, "ab", ""},
    {0x13, "C", "13 0000", 0, "", ""},
    {0x15, "cCa", "15 0001 6D", 0, "m", ""},
    {0x16, "cCa", "16 0001 80", 0, "\x80", ""},
    {0x17, "c", "17 00", 0, "", ""},
    {0x18, "w", "18 00000000", 0, "", ""},
    {0x19, "c", "19 01", 1, "", ""},
    {0x1A, "C", "1A 0000", 0, "", ""},
    {0x1C, "Cd", "1C 0001 61", 0, "a", ""},
    {0x1F, "C" ACKS "SUda", "1F 0002 C3A9", 0, "\xC3\xA9", ""},
    {0x21, "cC", "21 FFFF", 65535, "", ""},
    {0x22, "cC", "22 0000", 0, "", ""},
    {0x23, "p", "23 0001", 1, "", ""},
    {0x24, "C", "24 01", 1, "", ""},
    {0x25, "C", "25 01", 1, "", ""},
    {0x26, "cCpw" ACKS "sSuUda", "26 0001 61 0002 6263", 0, "a", "bc"},
    {0x27, "cC", "27 00000001", 1, "", ""},
    {0x28, "C", "28 00", 0, "", ""},
    {0x29, "C", "29 01", 1, "", ""},
    {0x2A, "C", "2A 01", 1, "", ""},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A packet with these properties; all are short enough for lengths of one byte. */
static struct bytes packet_with(const struct place *place, struct bytes properties)
{
    uint8_t packet[BYTES_MAX];
    struct bytes before = bytes_from(place->before), after = bytes_from(place->after);
    size_t size = 2;

    CHECK(properties.size < 0x80 && before.size + properties.size + after.size < 0x7F);
    packet[0] = place->first;
    packet[1] = (uint8_t)(before.size + 1 + properties.size + after.size);
    memcpy(packet + size, before.data, before.size);
    size += before.size;
    packet[size++] = (uint8_t)properties.size;
    memcpy(packet + size, properties.data, properties.size);
    size += properties.size;
    memcpy(packet + size, after.data, after.size);
    free(before.data);
    free(after.data);
    return bytes_of(packet, size + after.size);
}

static const struct mote_properties *properties_in(const struct packet *packet, char letter)
{
    switch (letter) {
    case 'c':
        return &packet->connect.properties;
    case 'w':
        return &packet->connect.will.properties;
    case 'C':
        return &packet->connack.properties;
    case 'p':
        return &packet->message.properties;
    case 's':
    case 'u':
        return &packet->request.properties;
    case 'S':
    case 'U':
        return &packet->reply.properties;
    default:
        return &packet->ack.properties;
    }
}

/* The properties in this place of a packet: 0 if legal, else the code; also by the call that is made for
 * applications. */
static uint8_t try_properties(const struct place *place, struct bytes properties, struct packet *packet,
                              struct bytes *bytes)
{
    struct mote_fault fault = {0}, other = {0};
    struct mote_properties encoded = {.encoded = view(properties)};
    bool legal = mote_codec_check_properties(&encoded, place->type, &other);

    *bytes = packet_with(place, properties);
    EXPECT_EQUAL(decode_packet(packet, MOTE_MQTT_5, false, view(*bytes), &fault),
                 legal ? MOTE_DECODED : MOTE_DECODE_ERROR);
    EXPECT_EQUAL(mote_fault_code(&fault), mote_fault_code(&other));
    EXPECT((fault.number == 0) == legal);
    return mote_fault_code(&fault);
}

static uint8_t try_hex(const struct place *place, const char *hex)
{
    struct bytes properties = bytes_from(hex);
    struct packet packet;
    struct bytes bytes;
    uint8_t code = try_properties(place, properties, &packet, &bytes);

    free(bytes.data);
    free(properties.data);
    return code;
}

/* What has to be beside the property: an authentication method. */
static const char *beside(const struct place *place, uint8_t id)
{
    return (place->letter == 'a' && id != 0x15) || (place->letter == 'c' && id == 0x16) ? "15 0001 6D " : "";
}

static bool may_be_in(const struct row *row, const struct place *place)
{
    return strchr(row->in, place->letter) != NULL;
}

static void check_value(const struct row *row, const struct mote_properties *properties)
{
    struct mote_property property;

    EXPECT(mote_properties_find(properties, (enum mote_property_id)row->id, &property));
    EXPECT_EQUAL(property.id, row->id);
    EXPECT(property.number == row->number);
    EXPECT(mote_text_equals(property.text, row->text));
    EXPECT(mote_text_equals(property.value, row->value));
    EXPECT(mote_properties_number(properties, (enum mote_property_id)row->id, 7) == row->number);
}

static void every_property_in_every_packet(void)
{
    struct packet packet;
    struct bytes bytes;
    char hex[200];

    CHECK_EQUAL(COUNT(rows), 27);
    for (size_t i = 0; i < COUNT(rows) * COUNT(places); i++) {
        const struct row *row = &rows[i % COUNT(rows)];
        const struct place *place = &places[i / COUNT(rows)];
        ABOUT("property %02x in packet %c", row->id, place->letter);
        snprintf(hex, sizeof hex, "%s%s", beside(place, row->id), row->hex);
        struct bytes properties = bytes_from(hex);
        EXPECT_EQUAL(try_properties(place, properties, &packet, &bytes), may_be_in(row, place) ? 0 : 0x81);
        if (may_be_in(row, place))
            check_value(row, properties_in(&packet, place->letter));
        free(bytes.data);
        free(properties.data);
    }
}

/* Is it legal in this list? If not, because it is not in there. */
static bool is_listed(const struct mote_properties *properties, enum mote_packet_type list)
{
    struct mote_fault fault = {0};
    bool is_legal = mote_codec_check_properties(properties, list, &fault);

    EXPECT_EQUAL(mote_fault_code(&fault), is_legal ? 0 : 0x81);
    return is_legal;
}

/* To a CONNECT may be added what has no field of its own, to a message what does not belong to one connection or to the
 * server. */
static void what_an_application_may_give(void)
{
    static const uint8_t for_connect[] = {0x17, 0x19, 0x26};
    static const uint8_t for_publish[] = {0x01, 0x02, 0x03, 0x08, 0x09, 0x26};

    for (size_t i = 0; i < COUNT(rows); i++) {
        ABOUT("property %02x", rows[i].id);
        struct bytes bytes = bytes_from(rows[i].hex);
        struct mote_properties properties = {.encoded = view(bytes)};
        EXPECT_EQUAL(is_listed(&properties, MOTE_LIST_FOR_CONNECT),
                     memchr(for_connect, rows[i].id, sizeof for_connect) != NULL);
        EXPECT_EQUAL(is_listed(&properties, MOTE_LIST_FOR_PUBLISH),
                     memchr(for_publish, rows[i].id, sizeof for_publish) != NULL);
        free(bytes.data);
    }
}

static bool is_property(unsigned id)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].id == id)
            return true;
    }
    return false;
}

static void no_other_number_is_a_property(void)
{
    char hex[40];

    for (unsigned id = 0; id < 256; id++) {
        for (size_t i = 0; i < COUNT(places) && !is_property(id); i++) {
            ABOUT("property %02x in packet %c", id, places[i].letter);
            snprintf(hex, sizeof hex, "%s%02X 0001 61", beside(&places[i], 0), id);
            EXPECT_EQUAL(try_hex(&places[i], hex), 0x81);
        }
    }
}

/* Only user properties; and in a PUBLISH an identifier for each subscription that it matches. */
static void most_properties_come_once(void)
{
    char hex[200];

    for (size_t i = 0; i < COUNT(rows) * COUNT(places); i++) {
        const struct row *row = &rows[i % COUNT(rows)];
        const struct place *place = &places[i / COUNT(rows)];
        bool may_repeat = row->id == 0x26 || (row->id == 0x0B && place->letter == 'p');
        if (!may_be_in(row, place))
            continue;
        ABOUT("property %02x twice in packet %c", row->id, place->letter);
        snprintf(hex, sizeof hex, "%s%s %s", beside(place, row->id), row->hex, row->hex);
        EXPECT_EQUAL(try_hex(place, hex), may_repeat ? 0 : 0x82);
        snprintf(hex, sizeof hex, "%s%s 26 0000 0000 %s", beside(place, row->id), row->hex, row->hex);
        EXPECT_EQUAL(try_hex(place, hex), may_repeat ? 0 : 0x82);
    }
}

static void a_property_is_not_taken_in_part(void)
{
    struct packet packet;
    struct bytes bytes;

    for (size_t i = 0; i < COUNT(rows) * COUNT(places); i++) {
        const struct row *row = &rows[i % COUNT(rows)];
        const struct place *place = &places[i / COUNT(rows)];
        struct bytes whole = bytes_from(row->hex);
        for (size_t size = 1; size < whole.size && may_be_in(row, place); size++) {
            struct bytes part = bytes_of(whole.data, size);
            ABOUT("%u bytes of property %02x in packet %c", (unsigned)size, row->id, place->letter);
            EXPECT_EQUAL(try_properties(place, part, &packet, &bytes), 0x81);
            free(bytes.data);
            free(part.data);
        }
        free(whole.data);
    }
}

static const struct wrong {
    char letter;
    uint8_t code;
    const char *hex;
} wrong[] = {
    {'p', 0x82, "01 02"},
    {'w', 0x82, "01 FF"},
    {'c', 0x82, "17 02"},
    {'c', 0x82, "19 02"},
    {'C', 0x82, "24 02"},
    {'C', 0x82, "25 02"},
    {'C', 0x82, "28 02"},
    {'C', 0x82, "29 FF"},
    {'C', 0x82, "2A 02"},
    {'p', 0x82, "0B 00"},
    {'s', 0x82, "0B 00"},
    {'p', 0x81, "0B 80 00"},
    {'s', 0x81, "0B 80 80 01 00"},
    {'p', 0x81, "0B FF FF FF FF 01"},
    {'p', 0x81, "0B FF FF FF FF"},
    {'c', 0x82, "21 0000"},
    {'C', 0x82, "21 0000"},
    {'c', 0x82, "27 00000000"},
    {'C', 0x82, "27 00000000"},
    {'p', 0x94, "23 0000"},
    /* no UTF-8 */
    {'p', 0x81, "03 0001 FF"},
    {'p', 0x81, "08 0001 80"},
    {'w', 0x81, "03 0002 C080"},
    {'C', 0x81, "12 0001 00"},
    {'C', 0x81, "1A 0003 EDA080"},
    {'C', 0x81, "1C 0001 C3"},
    {'A', 0x81, "1F 0001 FF"},
    {'c', 0x81, "15 0004 F4908080"},
    {'a', 0x81, "15 0001 FF"},
    {'d', 0x81, "26 0001 FF 0001 61"},
    {'U', 0x81, "26 0001 61 0001 FF"},
    {'u', 0x81, "26 0001 00 0000"},
    /* response topics [MQTT-3.3.2-13] [MQTT-3.3.2-14] */
    {'p', 0x82, "08 0001 23"},
    {'w', 0x82, "08 0003 612F2B"},
    {'p', 0x82, "08 0000"},
    /* authentication */
    {'c', 0x82, "16 0001 61"},
    {'a', 0x82, "16 0001 61"},
    {'a', 0x82, "1F 0001 61"},
    {'a', 0x82, ""},
};

static const struct place *place_of(char letter)
{
    size_t i = 0;

    while (places[i].letter != letter)
        i++;
    return &places[i];
}

/* [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-1.5.7-1] [MQTT5-3.3.2-8] [MQTT5-3.3.2-13]
 * [MQTT5-3.3.2-14] [MQTT5-3.3.2-19] */
static void wrong_values_are_refused(void)
{
    for (size_t i = 0; i < COUNT(wrong); i++) {
        ABOUT("%s in packet %c", wrong[i].hex, wrong[i].letter);
        EXPECT_EQUAL(try_hex(place_of(wrong[i].letter), wrong[i].hex), wrong[i].code);
    }
}

static void extreme_values_are_taken(void)
{
    CHECK_EQUAL(try_hex(place_of('c'), "21 0001 22 FFFF 27 FFFFFFFF 11 00000000 17 01 19 00"), 0);
    CHECK_EQUAL(try_hex(place_of('p'), "0B 01 0B 7F 0B 80 01 0B FF 7F 0B 80 80 01 0B FF FF 7F 0B 80 80 80 01"), 0);
    CHECK_EQUAL(try_hex(place_of('p'), "09 0000 03 0000 23 FFFF 02 FFFFFFFF 01 00"), 0);
    CHECK_EQUAL(try_hex(place_of('C'), "13 FFFF 24 00 16 0000"), 0);
    CHECK_EQUAL(try_hex(place_of('S'), "26 0000 0000 26 0000 0000"), 0);
}

/* An application's list: its numbers may be too large for their bytes, and its ids anything. */
static uint8_t try_item(enum mote_packet_type type, struct mote_property item)
{
    struct mote_properties properties = {.items = &item, .count = 1};
    struct mote_fault fault = {0};

    CHECK(mote_codec_check_properties(&properties, type, &fault) == (fault.number == 0));
    return mote_fault_code(&fault);
}

static void items_are_checked_like_bytes(void)
{
    static char long_text[65536];
    struct mote_text text = {memset(long_text, 'x', sizeof long_text), sizeof long_text};

    CHECK_EQUAL(try_item(MOTE_CONNECT, (struct mote_property){.id = MOTE_RECEIVE_MAXIMUM, .number = 65535}), 0);
    CHECK_EQUAL(try_item(MOTE_CONNECT, (struct mote_property){.id = MOTE_RECEIVE_MAXIMUM, .number = 65536}), 0x82);
    CHECK_EQUAL(try_item(MOTE_CONNECT, (struct mote_property){.id = MOTE_RECEIVE_MAXIMUM}), 0x82);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = MOTE_TOPIC_ALIAS, .number = 65536}), 0x94);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 256}),
                0x82);
    CHECK_EQUAL(
        try_item(MOTE_SUBSCRIBE, (struct mote_property){.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 268435455}), 0);
    CHECK_EQUAL(
        try_item(MOTE_SUBSCRIBE, (struct mote_property){.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 268435456}),
        0x82);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = MOTE_CORRELATION_DATA, .text = text}), 0x81);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = MOTE_CONTENT_TYPE, .text = text}), 0x81);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = MOTE_USER_PROPERTY, .value = text}), 0x81);
    text.length--;
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = MOTE_CORRELATION_DATA, .text = text}), 0);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = MOTE_USER_PROPERTY, .value = text}), 0);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = (enum mote_property_id)0}), 0x81);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = (enum mote_property_id)0x2B}), 0x81);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = (enum mote_property_id)1000}), 0x81);
    CHECK_EQUAL(try_item(MOTE_PUBLISH, (struct mote_property){.id = MOTE_REASON_STRING}), 0x81);
}

/* What was not checked before is not written as something else either. */
static void a_number_too_large_is_not_written(void)
{
    struct mote_property item = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 268435456};
    struct mote_message message = {.topic = MOTE_TEXT("a"), .properties = {.items = &item, .count = 1}};
    uint8_t into[32];

    CHECK_EQUAL(mote_codec_encode_publish(into, sizeof into, MOTE_MQTT_5, &message), 0);
    item.number--;
    CHECK_BYTES(into, mote_codec_encode_publish(into, sizeof into, MOTE_MQTT_5, &message),
                "30 09 0001 61 05 0B FFFFFF7F");
}

/* Once among the bytes and once among the items is twice. */
static void bytes_and_items_count_together(void)
{
    const struct mote_property items[] = {{.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("t")},
                                          {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 5}};
    struct mote_properties properties = {MOTE_TEXT("\x01\x01\x26\x00\x01k\x00\x01v"), items, 2};
    struct mote_message message = {.topic = MOTE_TEXT("a"), .properties = properties};
    struct mote_fault fault = {0};
    uint8_t into[64];

    CHECK(mote_codec_check_properties(&properties, MOTE_PUBLISH, &fault));
    CHECK_BYTES(into, mote_codec_encode_publish(into, sizeof into, MOTE_MQTT_5, &message),
                "30 16 0001 61 12 01 01 26 0001 6B 0001 76 03 0001 74 02 00000005");
    CHECK_EQUAL(mote_codec_encode_publish(NULL, SIZE_MAX, MOTE_MQTT_5, &message), 24);
    CHECK_BYTES(into, mote_codec_encode_publish(into, sizeof into, MOTE_MQTT_3_1_1, &message), "30 03 0001 61");
    properties.encoded = MOTE_TEXT("\x02\x00\x00\x00\x01");
    CHECK(!mote_codec_check_properties(&properties, MOTE_PUBLISH, &fault));
    CHECK_EQUAL(mote_fault_code(&fault), 0x82);
    properties.encoded = MOTE_TEXT("\x02\x00\x00\x00");
    CHECK(!mote_codec_check_properties(&properties, MOTE_PUBLISH, &fault));
    CHECK_EQUAL(mote_fault_code(&fault), 0x81);
}

/* Properties of 128 bytes and more: their own length takes two bytes, and that of the packet with it. */
static void long_properties_have_long_lengths(void)
{
    static char value[300];
    struct mote_property item = {.id = MOTE_CORRELATION_DATA};
    struct mote_message message = {.topic = MOTE_TEXT("a"), .properties = {.items = &item, .count = 1}};
    struct packet packet;
    struct mote_fault fault;
    uint8_t into[400];

    for (size_t length = 100; length < sizeof value; length++) {
        ABOUT("%u bytes", (unsigned)length);
        item.text = (struct mote_text){value, length};
        size_t properties = 3 + length + (3 + length < 128 ? 1u : 2u);
        size_t expected = 1u + (3 + properties < 128 ? 1u : 2u) + 3 + properties;
        size_t size = mote_codec_encode_publish(into, sizeof into, MOTE_MQTT_5, &message);
        EXPECT_EQUAL(size, expected);
        struct bytes bytes = bytes_of(into, size);
        EXPECT_EQUAL(decode_packet(&packet, MOTE_MQTT_5, false, view(bytes), &fault), MOTE_DECODED);
        check_same_message(&message, &packet.message);
        free(bytes.data);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"every property in every packet", every_property_in_every_packet},
        {"what an application may give", what_an_application_may_give},
        {"no other number is a property", no_other_number_is_a_property},
        {"most properties come once", most_properties_come_once},
        {"a property is not taken in part", a_property_is_not_taken_in_part},
        {"wrong values are refused", wrong_values_are_refused},
        {"extreme values are taken", extreme_values_are_taken},
        {"items are checked like bytes", items_are_checked_like_bytes},
        {"a number too large is not written", a_number_too_large_is_not_written},
        {"bytes and items count together", bytes_and_items_count_together},
        {"long properties have long lengths", long_properties_have_long_lengths},
    };

    return check_main("table/codec_property", cases, COUNT(cases), argc, argv);
}
