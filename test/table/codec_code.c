/* Every code in every packet from either side; every flag with every type; every byte of options. */
#include "codec_rig.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* MQTT 5.0: the tables of 3.2.2.2, 3.4.2.1, 3.5.2.1, 3.6.2.1, 3.7.2.1, 3.9.3, 3.11.3, 3.14.2.1 and 3.15.2.1. Of
 * 0x00 and 0x8C in DISCONNECT these and table 2-6 do not say the same; then both are taken. */
static const struct row {
    enum mote_packet_type type;
    bool from_server;
    const char *codes; /* as bytes in hexadecimal */
} rows[] = {
    {MOTE_CONNACK, true, "00 80 81 82 83 84 85 86 87 88 89 8A 8C 90 95 97 99 9A 9B 9C 9D 9F"},
    {MOTE_PUBACK, true, "00 10 80 83 87 90 91 97 99"},
    {MOTE_PUBACK, false, "00 80 83 87 90 91 97 99"},
    {MOTE_PUBREC, true, "00 10 80 83 87 90 91 97 99"},
    {MOTE_PUBREC, false, "00 80 83 87 90 91 97 99"},
    {MOTE_PUBREL, true, "00 92"},
    {MOTE_PUBREL, false, "00 92"},
    {MOTE_PUBCOMP, true, "00 92"},
    {MOTE_PUBCOMP, false, "00 92"},
    {MOTE_SUBACK, true, "00 01 02 80 83 87 8F 91 97 9E A1 A2"},
    {MOTE_UNSUBACK, true, "00 11 80 83 87 8F 91"},
    {MOTE_DISCONNECT, true, "00 80 81 82 83 87 89 8B 8C 8D 8E 8F 90 93 94 95 96 97 98 99 9A 9B 9C 9D 9E 9F A0 A1 A2"},
    {MOTE_DISCONNECT, false, "00 04 80 81 82 83 8C 90 93 94 95 96 97 98 99"},
    {MOTE_AUTH, true, "00 18"},
    {MOTE_AUTH, false, "18 19"},
};

static bool is_listed(const struct row *row, unsigned code)
{
    struct bytes codes = bytes_from(row->codes);
    bool found = memchr(codes.data, (int)code, codes.size) != NULL;

    free(codes.data);
    return found;
}

static struct bytes packet_with(enum mote_packet_type type, unsigned code)
{
    char hex[60];

    switch (type) {
    case MOTE_CONNACK:
        snprintf(hex, sizeof hex, "20 03 00 %02X 00", code);
        break;
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        snprintf(hex, sizeof hex, "%X0 06 0001 00 00 %02X 00", (unsigned)type, code);
        break;
    case MOTE_DISCONNECT:
        snprintf(hex, sizeof hex, "E0 01 %02X", code);
        break;
    case MOTE_AUTH:
        snprintf(hex, sizeof hex, "F0 06 %02X 04 15 0001 6D", code);
        break;
    default:
        snprintf(hex, sizeof hex, "%X%u 03 0001 %02X", (unsigned)type, type == MOTE_PUBREL ? 2u : 0u, code);
    }
    return bytes_from(hex);
}

/* [MQTT5-3.2.2-8:client] [MQTT5-3.9.3-2:client] [MQTT5-3.11.3-2:client] */
static void every_code_in_every_packet_of_mqtt_5(void)
{
    struct packet packet;

    for (size_t i = 0; i < COUNT(rows) * 256; i++) {
        const struct row *row = &rows[i / 256];
        unsigned code = i % 256;
        struct bytes bytes = packet_with(row->type, code);
        struct mote_fault fault = {0};
        bool legal = decode_packet(&packet, MOTE_MQTT_5, row->from_server, view(bytes), &fault) == MOTE_DECODED;
        ABOUT("code %02x in packet %u from a %s", code, (unsigned)row->type, row->from_server ? "server" : "client");
        EXPECT_EQUAL(legal, is_listed(row, code));
        EXPECT_EQUAL(mote_fault_code(&fault), legal ? 0 : 0x82);
        free(bytes.data);
    }
}

/* [MQTT3-3.2.2-6:client] [MQTT3-3.9.3-2:client] */
static void every_code_before_mqtt_5(void)
{
    for (unsigned code = 0; code < 256; code++) {
        const char connack[] = {0, (char)code};
        const char suback[] = {0, 1, (char)code};
        struct mote_connack of_connack;
        struct mote_reply of_suback;
        struct mote_fault fault;
        ABOUT("code %02x", code);
        EXPECT_EQUAL(mote_codec_decode_connack(MOTE_MQTT_3_1_1, (struct mote_text){connack, 2}, &of_connack, &fault),
                     code <= 5);
        EXPECT_EQUAL(
            mote_codec_decode_reply(MOTE_SUBACK, MOTE_MQTT_3_1_1, (struct mote_text){suback, 3}, &of_suback, &fault),
            code <= 2 || code == 0x80);
    }
}

/* MQTT 5.0 and 3.1.1, table 2.2. */
static bool first_byte_is_legal(unsigned first, enum mote_mqtt_version version)
{
    switch (first >> 4) {
    case 0:
        return false;
    case MOTE_PUBLISH:
        return (first & 6) != 6 && ((first & 8) == 0 || (first & 6) != 0);
    case MOTE_PUBREL:
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        return (first & 15) == 2 || (version == MOTE_MQTT_3_1 && (first & 15) == 10);
    case MOTE_AUTH:
        return version == MOTE_MQTT_5 && (first & 15) == 0;
    default:
        return (first & 15) == 0;
    }
}

/* [MQTT3-2.2.2-2] [MQTT3-3.3.1-4] [MQTT3-3.6.1-1] [MQTT3-3.8.1-1:server] [MQTT3-3.10.1-1:server]
 * [MQTT3-3.14.1-1:server] [MQTT5-3.3.1-4] [MQTT5-3.6.1-1] [MQTT5-3.8.1-1:server] [MQTT5-3.10.1-1:server]
 * [MQTT5-3.14.1-1] [MQTT5-3.15.1-1] */
static void every_flag_with_every_type(void)
{
    static const enum mote_mqtt_version versions[] = {MOTE_MQTT_DEFAULT, MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};
    struct mote_header header;
    struct mote_fault fault;

    for (unsigned i = 0; i < 256 * COUNT(versions); i++) {
        enum mote_mqtt_version version = versions[i / 256];
        unsigned first = i % 256;
        char bytes[] = {(char)first, 0};
        bool legal = first_byte_is_legal(first, version);
        ABOUT("first byte %02x in version %d", first, (int)version);
        EXPECT_EQUAL(mote_codec_header((struct mote_text){bytes, 2}, version, &header, &fault),
                     legal ? MOTE_DECODED : MOTE_DECODE_ERROR);
        EXPECT(!legal || (header.type == first >> 4 && header.flags == (first & 15) && header.size == 2));
        EXPECT(legal || (header.type == 0 && mote_fault_code(&fault) == 0x81));
        EXPECT_EQUAL(mote_codec_header((struct mote_text){bytes, 1}, version, &header, &fault),
                     legal ? MOTE_DECODE_MORE : MOTE_DECODE_ERROR);
        EXPECT_EQUAL(mote_codec_header((struct mote_text){NULL, 0}, version, &header, &fault), MOTE_DECODE_MORE);
    }
}

static bool options_are_legal(unsigned options, enum mote_mqtt_version version, bool shared)
{
    if ((options & 3) == 3 || (options & 0xC0) != 0)
        return false;
    if (version != MOTE_MQTT_5)
        return options <= 2;
    return (options & 0x30) != 0x30 && !(shared && (options & 4) != 0);
}

/* [MQTT3-3.8.3-4:server] [MQTT5-3.8.3-4:server] [MQTT5-3.8.3-5:server] */
static void every_byte_of_subscription_options(void)
{
    static const struct {
        enum mote_mqtt_version version;
        bool shared;
        const char *hex;
    } ways[] = {
        {MOTE_MQTT_3_1_1, false, "82 06 0001 0001 61 %02X"},
        {MOTE_MQTT_5, false, "82 07 0001 00 0001 61 %02X"},
        {MOTE_MQTT_5, true, "82 10 0001 00 000A 2473686172652F672F61 %02X"},
    };
    struct packet packet;
    struct mote_filter filter;
    struct mote_fault fault;
    char hex[60];

    for (unsigned i = 0; i < 256 * COUNT(ways); i++) {
        unsigned options = i % 256;
        snprintf(hex, sizeof hex, i < 256 ? ways[0].hex : i < 512 ? ways[1].hex : ways[2].hex, options);
        struct bytes bytes = bytes_from(hex);
        bool legal = options_are_legal(options, ways[i / 256].version, ways[i / 256].shared);
        ABOUT("%s in version %d", hex, (int)ways[i / 256].version);
        EXPECT_EQUAL(decode_packet(&packet, ways[i / 256].version, false, view(bytes), &fault),
                     legal ? MOTE_DECODED : MOTE_DECODE_ERROR);
        if (legal) {
            struct mote_text encoded = packet.request.encoded_filters;
            EXPECT(mote_codec_next_filter(MOTE_SUBSCRIBE, ways[i / 256].version, &encoded, &filter));
            EXPECT_EQUAL(filter.qos, options & 3);
            EXPECT_EQUAL(filter.no_local, options >> 2 & 1);
            EXPECT_EQUAL(filter.retain_as_published, options >> 3 & 1);
            EXPECT_EQUAL(filter.retain_handling, options >> 4 & 3);
        }
        free(bytes.data);
    }
}

static bool connect_flags_are_legal(unsigned flags, enum mote_mqtt_version version)
{
    if ((flags & 1) != 0 && version != MOTE_MQTT_3_1)
        return false;
    if ((flags & 0x18) == 0x18 || ((flags & 4) == 0 && (flags & 0x38) != 0))
        return false;
    return version == MOTE_MQTT_5 || (flags & 0x80) != 0 || (flags & 0x40) == 0;
}

/* With all the fields that each asks for.
 * [MQTT3-3.1.2-3:server] [MQTT3-3.1.2-13:server] [MQTT3-3.1.2-14:server] [MQTT3-3.1.2-15:server]
 * [MQTT3-3.1.2-22:server] [MQTT5-3.1.2-3:server] [MQTT5-3.1.2-11:server] [MQTT5-3.1.2-12:server]
 * [MQTT5-3.1.2-13:server] */
static void every_byte_of_connect_flags(void)
{
    static const struct {
        enum mote_mqtt_version version;
        const char *head;
        const char *no_properties;
    } ways[] = {
        {MOTE_MQTT_3_1, "0006 4D5149736470 03", ""},
        {MOTE_MQTT_3_1_1, "0004 4D515454 04", ""},
        {MOTE_MQTT_5, "0004 4D515454 05", "00"},
    };
    struct mote_connect connect;
    struct mote_fault fault;
    char hex[120];

    for (unsigned i = 0; i < 256 * COUNT(ways); i++) {
        unsigned flags = i % 256;
        bool legal = connect_flags_are_legal(flags, ways[i / 256].version);
        const char *none = ways[i / 256].no_properties;
        bool has_will = (flags & 4) != 0;
        snprintf(hex, sizeof hex, "%s %02X 0000 %s 0001 61 %s%s %s%s", ways[i / 256].head, flags, none,
                 has_will ? none : "", has_will ? " 0001 77 0000" : "", (flags & 0x80) != 0 ? "0001 75" : "",
                 (flags & 0x40) != 0 ? "0001 70" : "");
        struct bytes bytes = bytes_from(hex);
        ABOUT("flags %02x in version %d", flags, (int)ways[i / 256].version);
        EXPECT_EQUAL(mote_codec_decode_connect(view(bytes), &connect, &fault), legal);
        if (legal) {
            EXPECT_EQUAL(connect.clean_start, flags >> 1 & 1);
            EXPECT_EQUAL(connect.will.topic.length, flags >> 2 & 1);
            EXPECT_EQUAL(connect.will.qos, flags >> 3 & 3);
            EXPECT_EQUAL(connect.will.retain, flags >> 5 & 1);
            EXPECT_EQUAL(connect.has_password, flags >> 6 & 1);
            EXPECT_EQUAL(connect.has_username, flags >> 7);
        }
        free(bytes.data);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"every code in every packet of MQTT 5", every_code_in_every_packet_of_mqtt_5},
        {"every code before MQTT 5", every_code_before_mqtt_5},
        {"every flag with every type", every_flag_with_every_type},
        {"every byte of subscription options", every_byte_of_subscription_options},
        {"every byte of CONNECT flags", every_byte_of_connect_flags},
    };

    return check_main("table/codec_code", cases, COUNT(cases), argc, argv);
}
