/* Packets that the standards forbid, each with the code that it is answered with. In MQTT 3.1 and 3.1.1 there is
 * no such code on the wire; there it only says what kind of mistake it is. */
#include "codec_rig.h"

#define CLIENT false
#define SERVER true

/* Any version that is not 5: those before are alike. */
#define OLD MOTE_MQTT_3_1_1
#define NEW MOTE_MQTT_5

struct illegal {
    const char *name;
    enum mote_mqtt_version version;
    bool from_server;
    uint8_t code;
    const char *hex;
};

static const struct illegal of_connect[] = {
    {"another protocol [MQTT-3.1.2-1]", OLD, CLIENT, 0x84, "10 0D 0004 4D515455 04 02 0000 0001 61"},
    {"the protocol's name in lower case", OLD, CLIENT, 0x84, "10 0D 0004 6D717474 04 02 0000 0001 61"},
    {"no protocol's name", OLD, CLIENT, 0x84, "10 09 0000 04 02 0000 0001 61"},
    {"version 6 [MQTT-3.1.2-2]", OLD, CLIENT, 0x84, "10 0E 0004 4D515454 06 02 0000 00 0001 61"},
    {"version 3 under the name of 4", OLD, CLIENT, 0x84, "10 0D 0004 4D515454 03 02 0000 0001 61"},
    {"version 4 under the name of 3", OLD, CLIENT, 0x84, "10 0F 0006 4D5149736470 04 02 0000 0001 61"},
    {"a bridge's version", OLD, CLIENT, 0x84, "10 0D 0004 4D515454 84 02 0000 0001 61"},
    {"a name longer than the packet", OLD, CLIENT, 0x81, "10 0D 0014 4D515454 04 02 0000 0001 61"},
    {"nothing", OLD, CLIENT, 0x81, "10 00"},
    {"the name alone", OLD, CLIENT, 0x81, "10 06 0004 4D515454"},
    {"the reserved flag [MQTT-3.1.2-3]", OLD, CLIENT, 0x81, "10 0D 0004 4D515454 04 03 0000 0001 61"},
    {"the reserved flag [MQTT-3.1.2-3]", NEW, CLIENT, 0x81, "10 0E 0004 4D515454 05 03 0000 00 0001 61"},
    {"will QoS 1 without a will [MQTT-3.1.2-11]", OLD, CLIENT, 0x81, "10 0D 0004 4D515454 04 0A 0000 0001 61"},
    {"will retain without a will [MQTT-3.1.2-13]", NEW, CLIENT, 0x81, "10 0E 0004 4D515454 05 22 0000 00 0001 61"},
    {"will QoS 3 [MQTT-3.1.2-12]", OLD, CLIENT, 0x81, "10 13 0004 4D515454 04 1E 0000 0001 61 0001 77 0001 78"},
    {"will QoS 3 [MQTT-3.1.2-12]", NEW, CLIENT, 0x81, "10 15 0004 4D515454 05 1E 0000 00 0001 61 00 0001 77 0001 78"},
    {"a password without a user [MQTT-3.1.2-22]", OLD, CLIENT, 0x81, "10 10 0004 4D515454 04 42 0000 0001 61 0001 70"},
    {"a password without a user in 3.1", OLD, CLIENT, 0x81, "10 12 0006 4D5149736470 03 42 0000 0001 61 0001 70"},
    {"no client id for a kept session [MQTT-3.1.3-8]", OLD, CLIENT, 0x85, "10 0C 0004 4D515454 04 00 0000 0000"},
    {"no client id in 3.1", OLD, CLIENT, 0x85, "10 0E 0006 4D5149736470 03 02 0000 0000"},
    {"a client id that is not UTF-8 [MQTT-3.1.3-4]", OLD, CLIENT, 0x81, "10 0D 0004 4D515454 04 02 0000 0001 FF"},
    {"a client id with NUL [MQTT-1.5.3-2]", OLD, CLIENT, 0x81, "10 0D 0004 4D515454 04 02 0000 0001 00"},
    {"a client id longer than the packet", OLD, CLIENT, 0x81, "10 0D 0004 4D515454 04 02 0000 0002 61"},
    {"a will's topic with a wildcard", OLD, CLIENT, 0x90, "10 13 0004 4D515454 04 06 0000 0001 61 0001 23 0001 78"},
    {"a will's topic with a wildcard", NEW, CLIENT, 0x90,
     "10 15 0004 4D515454 05 06 0000 00 0001 61 00 0001 2B 0001 78"},
    {"a will without a topic [MQTT-4.7.3-1]", OLD, CLIENT, 0x90, "10 12 0004 4D515454 04 06 0000 0001 61 0000 0001 78"},
    {"a will's topic that is not UTF-8", OLD, CLIENT, 0x81, "10 13 0004 4D515454 04 06 0000 0001 61 0001 C3 0001 78"},
    {"a will without a payload's length", OLD, CLIENT, 0x81, "10 10 0004 4D515454 04 06 0000 0001 61 0001 77"},
    {"a user name that is not UTF-8", OLD, CLIENT, 0x81, "10 10 0004 4D515454 04 82 0000 0001 61 0001 80"},
    {"a user flag without a name", OLD, CLIENT, 0x81, "10 0D 0004 4D515454 04 82 0000 0001 61"},
    {"a password flag without a password", OLD, CLIENT, 0x81, "10 10 0004 4D515454 04 C2 0000 0001 61 0001 75"},
    {"something behind the end", OLD, CLIENT, 0x81, "10 0E 0004 4D515454 04 02 0000 0001 61 00"},
    {"properties that are cut", NEW, CLIENT, 0x81, "10 0E 0004 4D515454 05 02 0000 05 0001 61"},
    {"authentication data without a method", NEW, CLIENT, 0x82, "10 11 0004 4D515454 05 02 0000 03 16 0000 0001 61"},
    {"a will's property in the CONNECT", NEW, CLIENT, 0x81, "10 13 0004 4D515454 05 02 0000 05 18 00000001 0001 61"},
    {"a CONNECT's property in the will", NEW, CLIENT, 0x81,
     "10 18 0004 4D515454 05 06 0000 00 0001 61 03 21 0001 0001 77 0001 78"},
};

static const struct illegal of_connack[] = {
    {"nothing", OLD, SERVER, 0x81, "20 00"},
    {"half of it", OLD, SERVER, 0x81, "20 01 00"},
    {"three bytes", OLD, SERVER, 0x81, "20 03 00 00 00"},
    {"a reserved bit [MQTT-3.2.2-1]", OLD, SERVER, 0x81, "20 02 02 00"},
    {"reserved bits [MQTT-3.2.2-1]", NEW, SERVER, 0x81, "20 03 81 00 00"},
    {"session present and refused [MQTT-3.2.2-4]", OLD, SERVER, 0x82, "20 02 01 05"},
    {"session present and refused [MQTT-3.2.2-6]", NEW, SERVER, 0x82, "20 03 01 87 00"},
    {"return code 6", OLD, SERVER, 0x82, "20 02 00 06"},
    {"a reason code of MQTT 5", OLD, SERVER, 0x82, "20 02 00 87"},
    {"a return code of 3.1.1", NEW, SERVER, 0x82, "20 03 00 05 00"},
    {"a reason code that only DISCONNECT has", NEW, SERVER, 0x82, "20 03 00 8E 00"},
    {"no properties", NEW, SERVER, 0x81, "20 02 00 00"},
    {"something behind the end", NEW, SERVER, 0x81, "20 04 00 00 00 00"},
    {"a property twice", NEW, SERVER, 0x82, "20 07 00 00 04 24 00 24 00"},
};

static const struct illegal of_publish[] = {
    {"QoS 3 [MQTT-3.3.1-4]", OLD, CLIENT, 0x81, "36 07 0003 612F62 0001"},
    {"DUP with QoS 0 [MQTT-3.3.1-2]", NEW, CLIENT, 0x81, "38 06 0003 612F62 00"},
    {"nothing", OLD, CLIENT, 0x81, "30 00"},
    {"half a length", OLD, CLIENT, 0x81, "30 01 00"},
    {"a topic longer than the packet", OLD, CLIENT, 0x81, "30 05 0004 612F62"},
    {"a topic longer than the packet, seen early", OLD, CLIENT, 0x81, "30 7F 0080 61"},
    {"no topic [MQTT-4.7.3-1]", OLD, CLIENT, 0x82, "30 02 0000"},
    {"neither topic nor alias", NEW, CLIENT, 0x82, "30 03 0000 00"},
    {"no topic, another property", NEW, CLIENT, 0x82, "30 05 0000 02 01 01"},
    {"the topic # [MQTT-3.3.2-2]", OLD, CLIENT, 0x90, "30 03 0001 23"},
    {"a topic of one byte that is not UTF-8", NEW, CLIENT, 0x81, "30 04 0001 FF 00"},
    {"a topic with # [MQTT-3.3.2-2]", OLD, CLIENT, 0x90, "30 05 0003 612F23"},
    {"a topic with + [MQTT-3.3.2-2]", NEW, CLIENT, 0x90, "30 0D 000A 612F622F632F2B2F6465 00"},
    {"a longer topic with # last", OLD, CLIENT, 0x90, "30 0F 000D 612F622F632F642F6566672F23"},
    {"a topic with NUL [MQTT-4.7.3-2]", OLD, CLIENT, 0x81, "30 05 0003 610062"},
    {"a longer topic with NUL", NEW, CLIENT, 0x81, "30 0C 0009 612F622F6300642F65 00"},
    {"a topic that is not UTF-8 [MQTT-3.3.2-1]", OLD, CLIENT, 0x81, "30 05 0003 6180FF"},
    {"a surrogate [MQTT-1.5.4-1]", NEW, CLIENT, 0x81, "30 06 0003 EDA080 00"},
    {"packet identifier 0 [MQTT-2.2.1-3]", OLD, CLIENT, 0x82, "32 07 0003 612F62 0000"},
    {"packet identifier 0 [MQTT-2.2.1-3]", NEW, CLIENT, 0x82, "34 11 000C 746F7069632F6C6F6E676572 0000 00"},
    {"no packet identifier", OLD, CLIENT, 0x81, "32 05 0003 612F62"},
    {"half a packet identifier", OLD, CLIENT, 0x81, "32 06 0003 612F62 00"},
    {"no properties", NEW, CLIENT, 0x81, "30 05 0003 612F62"},
    {"no properties behind a longer topic", NEW, CLIENT, 0x81, "30 0A 0008 3132333435363738"},
    {"one byte of properties", NEW, CLIENT, 0x81, "30 0C 0008 3132333435363738 01 26"},
    {"one byte of properties, and more", NEW, CLIENT, 0x81, "30 0E 0008 3132333435363738 01 26 6869"},
    {"properties longer than the packet", NEW, CLIENT, 0x81, "30 06 0003 612F62 01"},
    {"a property longer than the properties", NEW, CLIENT, 0x81, "30 09 0003 612F62 02 02 0000"},
    {"a text longer than the properties", NEW, CLIENT, 0x81, "30 0B 0003 612F62 04 03 0002 61 62"},
    {"properties' length not in its shortest form [MQTT-1.5.5-1]", NEW, CLIENT, 0x81, "30 07 0003 612F62 80 00"},
    {"an unknown property", NEW, CLIENT, 0x81, "30 08 0003 612F62 02 04 00"},
    {"property 0", NEW, CLIENT, 0x81, "30 08 0003 612F62 02 00 00"},
    {"a property's number in two bytes", NEW, CLIENT, 0x81, "30 09 0003 612F62 03 81 00 01"},
    {"topic alias 0 [MQTT-3.3.2-8]", NEW, CLIENT, 0x94, "30 09 0003 612F62 03 23 0000"},
    {"topic alias 0 in place of a topic", NEW, CLIENT, 0x94, "30 06 0000 03 23 0000"},
    {"two topic aliases", NEW, CLIENT, 0x82, "30 0C 0003 612F62 06 23 0001 23 0001"},
    {"subscription identifier 0", NEW, SERVER, 0x82, "30 08 0003 612F62 02 0B 00"},
    {"a subscription identifier of five bytes", NEW, SERVER, 0x81, "30 0C 0003 612F62 06 0B FFFFFFFF 01"},
    {"a response topic with a wildcard [MQTT-3.3.2-14]", NEW, CLIENT, 0x82, "30 0A 0003 612F62 04 08 0001 23"},
    {"a response topic that is not UTF-8 [MQTT-3.3.2-13]", NEW, CLIENT, 0x81, "30 0A 0003 612F62 04 08 0001 FF"},
    {"payload format 2", NEW, CLIENT, 0x82, "30 08 0003 612F62 02 01 02"},
    {"a reason string", NEW, SERVER, 0x81, "30 0A 0003 612F62 04 1F 0001 61"},
};

static const struct illegal of_acks[] = {
    {"PUBACK without anything", OLD, CLIENT, 0x81, "40 00"},
    {"PUBACK, half an identifier", OLD, CLIENT, 0x81, "40 01 01"},
    {"PUBACK, identifier 0", OLD, CLIENT, 0x82, "40 02 0000"},
    {"PUBREC, identifier 0", NEW, CLIENT, 0x82, "50 02 0000"},
    {"PUBREL, identifier 0", OLD, SERVER, 0x82, "62 02 0000"},
    {"PUBCOMP, identifier 0", NEW, SERVER, 0x82, "70 02 0000"},
    {"PUBACK with a code before MQTT 5", OLD, CLIENT, 0x81, "40 03 0001 00"},
    {"PUBREL with a code before MQTT 5", OLD, CLIENT, 0x81, "62 03 0001 00"},
    {"PUBACK, a code of a SUBACK", NEW, CLIENT, 0x82, "40 03 0001 01"},
    {"PUBREL, a code of a PUBREC", NEW, CLIENT, 0x82, "62 03 0001 10"},
    {"PUBACK, no matching subscribers at a client", NEW, CLIENT, 0x82, "40 03 0001 10"},
    {"PUBACK, properties longer than the packet", NEW, CLIENT, 0x81, "40 04 0001 00 01"},
    {"PUBACK, something behind the end", NEW, CLIENT, 0x81, "40 05 0001 00 00 00"},
    {"PUBACK, a property twice", NEW, CLIENT, 0x82, "40 0A 0001 00 06 1F 0000 1F 0000"},
    {"PUBACK, a property of PUBLISH", NEW, CLIENT, 0x81, "40 06 0001 00 02 01 01"},
    {"DISCONNECT with a body before MQTT 5", OLD, CLIENT, 0x81, "E0 01 00"},
    {"DISCONNECT of a server before MQTT 5", OLD, SERVER, 0x82, "E0 00"},
    {"DISCONNECT, with will, of a server", NEW, SERVER, 0x82, "E0 01 04"},
    {"DISCONNECT, shutting down, of a client", NEW, CLIENT, 0x82, "E0 01 8B"},
    {"DISCONNECT, session expiry of a server [MQTT-3.14.2-2]", NEW, SERVER, 0x82, "E0 07 00 05 11 00000000"},
    {"DISCONNECT, session expiry twice", NEW, CLIENT, 0x82, "E0 0C 00 0A 11 00000000 11 00000000"},
    {"DISCONNECT, something behind the end", NEW, CLIENT, 0x81, "E0 03 00 00 00"},
    {"AUTH before MQTT 5", OLD, SERVER, 0x81, "F0 00"},
    {"AUTH in 3.1", MOTE_MQTT_3_1, SERVER, 0x81, "F0 00"},
    {"AUTH without a method", NEW, SERVER, 0x82, "F0 02 18 00"},
    {"AUTH without properties", NEW, SERVER, 0x81, "F0 01 18"},
    {"AUTH, re-authenticate of a server", NEW, SERVER, 0x82, "F0 06 19 04 15 0001 6D"},
    {"AUTH, success of a client, left out", NEW, CLIENT, 0x82, "F0 00"},
    {"AUTH, success of a client", NEW, CLIENT, 0x82, "F0 06 00 04 15 0001 6D"},
    {"AUTH, a method twice", NEW, CLIENT, 0x82, "F0 0A 18 08 15 0001 6D 15 0001 6D"},
    {"AUTH, a failure's code", NEW, SERVER, 0x82, "F0 06 87 04 15 0001 6D"},
};

static const struct illegal of_requests[] = {
    {"SUBSCRIBE without filters [MQTT-3.8.3-2]", OLD, CLIENT, 0x82, "82 02 0001"},
    {"SUBSCRIBE without filters [MQTT-3.8.3-2]", NEW, CLIENT, 0x82, "82 03 0001 00"},
    {"SUBSCRIBE without anything", OLD, CLIENT, 0x81, "82 00"},
    {"SUBSCRIBE, identifier 0 [MQTT-2.2.1-3]", OLD, CLIENT, 0x82, "82 06 0000 0001 61 00"},
    {"SUBSCRIBE without options", OLD, CLIENT, 0x81, "82 05 0001 0001 61"},
    {"SUBSCRIBE, an empty filter [MQTT-4.7.3-1]", OLD, CLIENT, 0x8F, "82 05 0001 0000 00"},
    {"SUBSCRIBE, a filter longer than the packet", OLD, CLIENT, 0x81, "82 06 0001 0003 61 00"},
    {"SUBSCRIBE, a filter that is not UTF-8 [MQTT-3.8.3-1]", OLD, CLIENT, 0x81, "82 06 0001 0001 FF 00"},
    {"SUBSCRIBE to a# [MQTT-4.7.1-1]", OLD, CLIENT, 0x8F, "82 07 0001 0002 6123 00"},
    {"SUBSCRIBE to #/a [MQTT-4.7.1-1]", NEW, CLIENT, 0x8F, "82 09 0001 00 0003 232F61 00"},
    {"SUBSCRIBE to a+ [MQTT-4.7.1-2]", OLD, CLIENT, 0x8F, "82 07 0001 0002 612B 00"},
    {"SUBSCRIBE, the second filter is wrong", OLD, CLIENT, 0x8F, "82 0B 0001 0001 61 00 0002 2B61 00"},
    {"SUBSCRIBE, the second filter is cut", OLD, CLIENT, 0x81, "82 08 0001 0001 61 00 0002"},
    {"SUBSCRIBE, QoS 3 [MQTT-3-8.3-4]", OLD, CLIENT, 0x82, "82 06 0001 0001 61 03"},
    {"SUBSCRIBE, QoS 3", NEW, CLIENT, 0x82, "82 07 0001 00 0001 61 03"},
    {"SUBSCRIBE, an option of MQTT 5 [MQTT-3-8.3-4]", OLD, CLIENT, 0x81, "82 06 0001 0001 61 04"},
    {"SUBSCRIBE, a reserved option [MQTT-3.8.3-5]", NEW, CLIENT, 0x81, "82 07 0001 00 0001 61 40"},
    {"SUBSCRIBE, the other reserved option [MQTT-3.8.3-5]", NEW, CLIENT, 0x81, "82 07 0001 00 0001 61 80"},
    {"SUBSCRIBE, retain handling 3", NEW, CLIENT, 0x82, "82 07 0001 00 0001 61 30"},
    {"SUBSCRIBE, no-local and shared [MQTT-3.8.3-4]", NEW, CLIENT, 0x82, "82 10 0001 00 000A 2473686172652F672F61 04"},
    {"SUBSCRIBE, shared by nobody [MQTT-4.8.2-1]", NEW, CLIENT, 0x8F, "82 0F 0001 00 0009 2473686172652F2F61 00"},
    {"SUBSCRIBE, shared without a filter [MQTT-4.8.2-2]", NEW, CLIENT, 0x8F, "82 0E 0001 00 0008 2473686172652F67 00"},
    {"SUBSCRIBE, subscription identifier 0", NEW, CLIENT, 0x82, "82 09 0001 02 0B 00 0001 61 00"},
    {"SUBSCRIBE, two subscription identifiers", NEW, CLIENT, 0x82, "82 0B 0001 04 0B 01 0B 01 0001 61 00"},
    {"SUBSCRIBE, a topic alias", NEW, CLIENT, 0x81, "82 0A 0001 03 23 0001 0001 61 00"},
    {"UNSUBSCRIBE without filters [MQTT-3.10.3-2]", OLD, CLIENT, 0x82, "A2 02 0001"},
    {"UNSUBSCRIBE without filters [MQTT-3.10.3-2]", NEW, CLIENT, 0x82, "A2 03 0001 00"},
    {"UNSUBSCRIBE, identifier 0", NEW, CLIENT, 0x82, "A2 06 0000 00 0001 61"},
    {"UNSUBSCRIBE, a wrong filter", OLD, CLIENT, 0x8F, "A2 06 0001 0002 2361"},
    {"UNSUBSCRIBE, a filter that is cut", OLD, CLIENT, 0x81, "A2 05 0001 0002 61"},
    {"UNSUBSCRIBE with options", OLD, CLIENT, 0x81, "A2 06 0001 0001 61 00"},
    {"UNSUBSCRIBE, a subscription identifier", NEW, CLIENT, 0x81, "A2 08 0001 02 0B 01 0001 61"},
};

static const struct illegal of_replies[] = {
    {"SUBACK without codes", OLD, SERVER, 0x81, "90 02 0001"},
    {"SUBACK without codes", NEW, SERVER, 0x81, "90 03 0001 00"},
    {"SUBACK, identifier 0", OLD, SERVER, 0x82, "90 03 0000 00"},
    {"SUBACK, code 3 [MQTT-3.9.3-2]", OLD, SERVER, 0x82, "90 03 0001 03"},
    {"SUBACK, code 0x81 [MQTT-3.9.3-2]", OLD, SERVER, 0x82, "90 03 0001 81"},
    {"SUBACK, the second code is wrong", OLD, SERVER, 0x82, "90 05 0001 00 7F 00"},
    {"SUBACK, code 3", NEW, SERVER, 0x82, "90 04 0001 00 03"},
    {"SUBACK, a subscription identifier", NEW, SERVER, 0x81, "90 06 0001 02 0B 01 00"},
    {"UNSUBACK with codes before MQTT 5", OLD, SERVER, 0x81, "B0 03 0001 00"},
    {"UNSUBACK, identifier 0", OLD, SERVER, 0x82, "B0 02 0000"},
    {"UNSUBACK without codes", NEW, SERVER, 0x81, "B0 03 0001 00"},
    {"UNSUBACK without properties", NEW, SERVER, 0x81, "B0 02 0001"},
    {"UNSUBACK, code 1", NEW, SERVER, 0x82, "B0 04 0001 00 01"},
};

static const struct illegal of_headers[] = {
    {"type 0", OLD, CLIENT, 0x81, "00 00"},
    {"type 0 of MQTT 5", NEW, SERVER, 0x81, "02 00"},
    {"PINGREQ with a body", OLD, CLIENT, 0x81, "C0 01 00"},
    {"PINGRESP with a body", NEW, SERVER, 0x81, "D0 01 00"},
    {"a length of five bytes", OLD, CLIENT, 0x81, "30 80 80 80 80 01"},
    {"a length of five bytes, the fourth is enough", NEW, CLIENT, 0x81, "30 FF FF FF FF"},
    {"a length not in its shortest form", NEW, CLIENT, 0x81, "C0 80 00"},
    {"the longest form of 1", NEW, CLIENT, 0x81, "30 81 80 80 00"},
    {"AUTH in 3.1.1, at the first byte", OLD, SERVER, 0x81, "F0"},
    {"QoS 3, at the first byte", NEW, SERVER, 0x81, "36"},
};

static void refuses(const struct illegal *illegal)
{
    struct bytes bytes = bytes_from(illegal->hex);
    struct packet packet;
    struct mote_fault fault = {0};
    enum mote_decoded decoded = decode_packet(&packet, illegal->version, illegal->from_server, view(bytes), &fault);

    ABOUT("%s", illegal->name);
    EXPECT_EQUAL(decoded, MOTE_DECODE_ERROR);
    if (mote_fault_code(&fault) != illegal->code)
        check_fail(__FILE__, __LINE__, "%s: %02x (%s), not %02x", about, mote_fault_code(&fault),
                   mote_fault_words(&fault), illegal->code);
    EXPECT(fault.number != 0 && mote_fault_words(&fault)[0] != '\0');
    check_is_empty(&packet);
    free(bytes.data);
}

#define EACH_REFUSED(list)                                                                                             \
    for (size_t i = 0; i < sizeof(list) / sizeof(list)[0]; i++)                                                        \
    refuses(&(list)[i])

/* [MQTT3-1.5.3-1:server] [MQTT3-1.5.3-2:server] [MQTT3-3.1.2-9:server] [MQTT3-3.1.2-11:server]
 * [MQTT3-3.1.2-19:server] [MQTT3-3.1.2-21:server] [MQTT3-3.1.2-22:server] [MQTT3-3.1.3-4:server]
 * [MQTT3-3.1.3-10:server] [MQTT3-3.1.3-11:server] */
static void connects(void)
{
    EACH_REFUSED(of_connect);
}

/* [MQTT3-3.2.2-4:client] [MQTT3-3.2.2-6:client] [MQTT5-3.2.2-1:client] [MQTT5-3.2.2-6:client]
 * [MQTT5-3.2.2-8:client] */
static void connacks(void)
{
    EACH_REFUSED(of_connack);
}

/* [MQTT3-3.3.1-4] [MQTT3-3.3.2-1] [MQTT3-3.3.2-2] [MQTT3-4.7.1-1] [MQTT3-4.7.3-1] [MQTT3-4.7.3-2]
 * [MQTT5-1.5.5-1] [MQTT5-3.3.1-2] [MQTT5-3.3.2-1] [MQTT5-3.3.2-2] [MQTT5-3.3.2-8] [MQTT5-3.3.2-13]
 * [MQTT5-3.3.2-14] [MQTT5-4.7.0-1] */
static void publishes(void)
{
    EACH_REFUSED(of_publish);
}

/* [MQTT5-3.14.2-2:client] */
static void acks(void)
{
    EACH_REFUSED(of_acks);
}

/* [MQTT3-3.8.3-1:server] [MQTT3-3.8.3-3:server] [MQTT3-3.8.3-4:server] [MQTT3-3.10.3-2:server]
 * [MQTT3-4.7.1-2:server] [MQTT3-4.7.1-3:server] [MQTT3-4.7.3-1:server] [MQTT5-3.8.3-2:server]
 * [MQTT5-3.8.3-4:server] [MQTT5-3.8.3-5:server] [MQTT5-3.10.3-2:server] [MQTT5-4.8.2-1:server]
 * [MQTT5-4.8.2-2:server] */
static void requests(void)
{
    EACH_REFUSED(of_requests);
}

/* [MQTT3-3.9.3-2:client] [MQTT5-3.9.3-2:client] [MQTT5-3.11.3-2:client] */
static void replies(void)
{
    EACH_REFUSED(of_replies);
}

/* [MQTT3-2.2.2-2] [MQTT5-1.5.5-1] */
static void headers(void)
{
    EACH_REFUSED(of_headers);
}

static enum mote_decoded try_hex(struct packet *packet, enum mote_mqtt_version version, bool from_server,
                                 const char *hex)
{
    struct bytes bytes = bytes_from(hex);
    struct mote_fault fault;
    enum mote_decoded decoded = decode_packet(packet, version, from_server, view(bytes), &fault);

    ABOUT("%s", hex);
    free(bytes.data);
    return decoded;
}

/* What looks wrong and is not: the standards allow it, or older ones did. */
static void what_is_unusual_is_accepted(void)
{
    static const struct {
        enum mote_mqtt_version version;
        bool from_server;
        const char *hex;
    } unusual[] = {
        {OLD, CLIENT, "C0 80 80 00"},                     /* any form of a length before 5 */
        {MOTE_MQTT_3_1, SERVER, "20 02 FF 00"},           /* a reserved byte then */
        {MOTE_MQTT_3_1, CLIENT, "8A 06 0001 0001 61 01"}, /* a request again, with DUP */
        {MOTE_MQTT_3_1, CLIENT, "AA 05 0001 0001 61"},
        {MOTE_MQTT_3_1, CLIENT, "6A 02 0001"},
        {OLD, CLIENT, "10 0F 0006 4D5149736470 03 03 0000 0001 61"}, /* 3.1 did not reserve that flag */
        {OLD, CLIENT, "10 0F 0006 4D5149736470 03 C2 0000 0001 61"}, /* the names may be missing in 3.1 */
        {NEW, CLIENT, "40 03 0001 00"},                              /* a success in so many words */
        {NEW, CLIENT, "40 04 0001 00 00"},
        {NEW, CLIENT, "E0 02 00 00"},
        {NEW, SERVER, "E0 01 00"},
        {NEW, CLIENT, "10 0D 0004 4D515454 05 00 0000 00 0000"}, /* the server gives a client id */
        {NEW, SERVER, "F0 00"},
        {NEW, CLIENT, "30 08 0003 EFBFBE 02 01 00"},                 /* U+FFFE, a non-character */
        {OLD, CLIENT, "30 05 0003 01097F"},                          /* control characters */
        {NEW, CLIENT, "82 10 0001 00 000A 2473686172652F672F61 2A"}, /* shared, all but no-local */
        {NEW, SERVER, "30 0A 0003 612F62 04 0B 01 0B 01"},           /* two subscriptions matched */
    };
    struct packet packet;

    for (size_t i = 0; i < sizeof unusual / sizeof unusual[0]; i++)
        EXPECT_EQUAL(try_hex(&packet, unusual[i].version, unusual[i].from_server, unusual[i].hex), MOTE_DECODED);
}

/* A server that does not know MQTT 5 refuses in the form of its own time. [MQTT-3.1.2-2] of 3.1.1 */
static void a_server_before_mqtt_5_is_understood(void)
{
    struct packet packet;

    CHECK_EQUAL(try_hex(&packet, NEW, SERVER, "20 02 00 01"), MOTE_DECODED);
    CHECK_EQUAL(packet.connack.code, MOTE_CODE_UNSUPPORTED_VERSION);
    CHECK(!packet.connack.session_present);
    CHECK_EQUAL(try_hex(&packet, NEW, SERVER, "20 02 00 02"), MOTE_DECODE_ERROR);
    CHECK_EQUAL(try_hex(&packet, NEW, SERVER, "20 02 01 01"), MOTE_DECODE_ERROR);
    CHECK_EQUAL(try_hex(&packet, NEW, SERVER, "20 03 00 01 00"), MOTE_DECODE_ERROR);
}

/* So that the broker can refuse it in a form that its client knows. */
static void the_version_of_a_wrong_connect_is_told(void)
{
    struct packet packet;

    CHECK_EQUAL(try_hex(&packet, OLD, CLIENT, "10 0E 0004 4D515454 05 03 0000 00 0001 61"), MOTE_DECODE_ERROR);
    CHECK_EQUAL(packet.connect.version, MOTE_MQTT_5);
    CHECK_EQUAL(try_hex(&packet, OLD, CLIENT, "10 0C 0004 4D515454 04 00 0000 0000"), MOTE_DECODE_ERROR);
    CHECK_EQUAL(packet.connect.version, MOTE_MQTT_3_1_1);
    CHECK_EQUAL(try_hex(&packet, OLD, CLIENT, "10 0E 0004 4D515454 06 02 0000 00 0001 61"), MOTE_DECODE_ERROR);
    CHECK_EQUAL(packet.connect.version, MOTE_MQTT_DEFAULT);
}

/* Before MQTT 5 there are fewer codes and options; what has none in that version is not sent. */
static void what_came_with_mqtt_5_is_left_out_before(void)
{
    static const struct mote_property property = {.id = MOTE_REASON_STRING, .text = TEXT("x")};
    const struct mote_properties properties = {.items = &property, .count = 1};
    const struct mote_ack ack = {1, MOTE_CODE_QUOTA_EXCEEDED, properties};
    const struct mote_reply reply = {1, properties, MOTE_TEXT("\1\x87\xA2")};
    const struct mote_filter filter = {MOTE_TEXT("a"), MOTE_QOS_1, true, true, 2};
    const struct mote_request request = {.packet_id = 1, .filters = &filter, .count = 1};
    uint8_t into[32];

    CHECK_BYTES(into, mote_codec_encode_ack(into, sizeof into, OLD, MOTE_PUBACK, &ack), "40 02 00 01");
    CHECK_BYTES(into, mote_codec_encode_ack(into, sizeof into, OLD, MOTE_DISCONNECT, &ack), "E0 00");
    CHECK_BYTES(into, mote_codec_encode_reply(into, sizeof into, OLD, MOTE_SUBACK, &reply), "90 05 00 01 01 80 80");
    CHECK_BYTES(into, mote_codec_encode_reply(into, sizeof into, OLD, MOTE_UNSUBACK, &reply), "B0 02 00 01");
    CHECK_BYTES(into, mote_codec_encode_request(into, sizeof into, OLD, MOTE_SUBSCRIBE, &request),
                "82 06 00 01 00 01 61 01");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"CONNECT", connects},
        {"CONNACK", connacks},
        {"PUBLISH", publishes},
        {"PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT and AUTH", acks},
        {"SUBSCRIBE and UNSUBSCRIBE", requests},
        {"SUBACK and UNSUBACK", replies},
        {"fixed headers", headers},
        {"what is unusual is accepted", what_is_unusual_is_accepted},
        {"a server before MQTT 5 is understood", a_server_before_mqtt_5_is_understood},
        {"the version of a wrong CONNECT is told", the_version_of_a_wrong_connect_is_told},
        {"what came with MQTT 5 is left out before", what_came_with_mqtt_5_is_left_out_before},
    };

    return check_main("table/codec_refuse", cases, sizeof cases / sizeof cases[0], argc, argv);
}
