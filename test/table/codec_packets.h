/* Legal packets of every type and version, as structures and as the bytes that the standards' figures give for
 * them. */
#ifndef CODEC_PACKETS_H
#define CODEC_PACKETS_H

#include "codec_rig.h"

struct golden {
    const char *name;
    enum mote_mqtt_version version;
    bool from_server;
    const char *hex;
    struct packet packet;
};

#define CLIENT false
#define SERVER true
#define LIST_OF(list) .filters = (list), .count = sizeof(list) / sizeof(list)[0]
#define PROPERTIES(list)                                                                                               \
    {                                                                                                                  \
        .items = (list), .count = sizeof(list) / sizeof(list)[0]                                                       \
    }

static const struct mote_property of_connect[] = {
    {.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = 10},
    {.id = MOTE_RECEIVE_MAXIMUM, .number = 20},
    {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 256},
    {.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = 10},
    {.id = MOTE_REQUEST_RESPONSE_INFORMATION, .number = 1},
    {.id = MOTE_REQUEST_PROBLEM_INFORMATION, .number = 0},
    {.id = MOTE_USER_PROPERTY, .text = TEXT("a"), .value = TEXT("b")},
    {.id = MOTE_AUTHENTICATION_METHOD, .text = TEXT("m")},
    {.id = MOTE_AUTHENTICATION_DATA, .text = TEXT("\0\1")},
};
static const struct mote_property of_will[] = {
    {.id = MOTE_WILL_DELAY_INTERVAL, .number = 5},     {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 1},
    {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 6}, {.id = MOTE_CONTENT_TYPE, .text = TEXT("t")},
    {.id = MOTE_RESPONSE_TOPIC, .text = TEXT("r")},    {.id = MOTE_CORRELATION_DATA, .text = TEXT("\xFF")},
    {.id = MOTE_USER_PROPERTY, .text = TEXT("k")},
};
static const struct mote_property of_connack[] = {
    {.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = 1},
    {.id = MOTE_RECEIVE_MAXIMUM, .number = 2},
    {.id = MOTE_MAXIMUM_QOS, .number = 0},
    {.id = MOTE_RETAIN_AVAILABLE, .number = 0},
    {.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 16},
    {.id = MOTE_ASSIGNED_CLIENT_IDENTIFIER, .text = TEXT("c")},
    {.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = 3},
    {.id = MOTE_REASON_STRING, .text = TEXT("r")},
    {.id = MOTE_USER_PROPERTY, .text = TEXT("a"), .value = TEXT("b")},
    {.id = MOTE_WILDCARD_SUBSCRIPTION_AVAILABLE, .number = 0},
    {.id = MOTE_SUBSCRIPTION_IDENTIFIER_AVAILABLE, .number = 0},
    {.id = MOTE_SHARED_SUBSCRIPTION_AVAILABLE, .number = 0},
    {.id = MOTE_SERVER_KEEP_ALIVE, .number = 4},
    {.id = MOTE_RESPONSE_INFORMATION, .text = TEXT("i")},
    {.id = MOTE_SERVER_REFERENCE, .text = TEXT("s")},
    {.id = MOTE_AUTHENTICATION_METHOD, .text = TEXT("m")},
    {.id = MOTE_AUTHENTICATION_DATA},
};
static const struct mote_property of_publish[] = {
    {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 1},
    {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 10},
    {.id = MOTE_TOPIC_ALIAS, .number = 5},
    {.id = MOTE_RESPONSE_TOPIC, .text = TEXT("r")},
    {.id = MOTE_CORRELATION_DATA, .text = TEXT("\0\1")},
    {.id = MOTE_USER_PROPERTY, .text = TEXT("k"), .value = TEXT("v")},
    {.id = MOTE_USER_PROPERTY, .text = TEXT("k"), .value = TEXT("v")},
    {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 1},
    {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 128},
    {.id = MOTE_CONTENT_TYPE, .text = TEXT("t")},
};
static const struct mote_property alias[] = {{.id = MOTE_TOPIC_ALIAS, .number = 0xFFFF}};
static const struct mote_property full[] = {{.id = MOTE_REASON_STRING, .text = TEXT("full")}};
static const struct mote_property user[] = {{.id = MOTE_USER_PROPERTY, .value = TEXT("x")}};
static const struct mote_property identifier[] = {{.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 5}};
static const struct mote_property largest[] = {{.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 268435455}};
static const struct mote_property no_expiry[] = {{.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = 0}};
static const struct mote_property reference[] = {{.id = MOTE_SERVER_REFERENCE, .text = TEXT("a.b")}};
static const struct mote_property method[] = {{.id = MOTE_AUTHENTICATION_METHOD, .text = TEXT("abc")}};

static const struct mote_filter one_filter[] = {{.topic = TEXT("a"), .qos = MOTE_QOS_1}};
static const struct mote_filter filters_3[] = {
    {.topic = TEXT("a/b"), .qos = MOTE_QOS_0},
    {.topic = TEXT("+/#"), .qos = MOTE_QOS_1},
    {.topic = TEXT("\xC3\xA9"), .qos = MOTE_QOS_2},
};
static const struct mote_filter filter_with_options[] = {{
    .topic = TEXT("a/#"),
    .qos = MOTE_QOS_2,
    .no_local = true,
    .retain_as_published = true,
    .retain_handling = 2,
}};
static const struct mote_filter shared_filter[] = {
    {.topic = TEXT("$share/g/a"), .qos = MOTE_QOS_1, .retain_handling = 1}};
static const struct mote_filter plain_filters[] = {{.topic = TEXT("a")}, {.topic = TEXT("+")}};

#define X_10 "xxxxxxxxxx"
#define X_40 X_10 X_10 X_10 X_10
#define X_120 X_40 X_40 X_40
#define HEX_10 "78787878787878787878"
#define HEX_40 HEX_10 HEX_10 HEX_10 HEX_10
#define HEX_120 HEX_40 HEX_40 HEX_40

#define IS_CONNECT(...) .packet = {.type = MOTE_CONNECT, .connect = {__VA_ARGS__}}
#define IS_CONNACK(...) .packet = {.type = MOTE_CONNACK, .connack = {__VA_ARGS__}}
#define IS_PUBLISH(...) .packet = {.type = MOTE_PUBLISH, .message = {__VA_ARGS__}}
#define IS_ACK(kind, ...) .packet = {.type = kind, .ack = {__VA_ARGS__}}
#define IS_REQUEST(kind, ...) .packet = {.type = kind, .request = {__VA_ARGS__}}
#define IS_REPLY(kind, ...) .packet = {.type = kind, .reply = {__VA_ARGS__}}

static const struct golden goldens[] = {
    {"CONNECT 3.1", MOTE_MQTT_3_1, CLIENT, "10 0F 0006 4D5149736470 03 02 003C 0001 61",
     IS_CONNECT(.version = MOTE_MQTT_3_1, .clean_start = true, .keep_alive_s = 60, .client_id = TEXT("a"))},
    {"CONNECT 3.1 with everything", MOTE_MQTT_3_1, CLIENT,
     "10 1B 0006 4D5149736470 03 EE 000A 000161 000177 000178 000175 000170",
     IS_CONNECT(.version = MOTE_MQTT_3_1, .clean_start = true, .keep_alive_s = 10, .client_id = TEXT("a"),
                .will = {.topic = TEXT("w"), .payload = TEXT("x"), .qos = MOTE_QOS_1, .retain = true},
                .has_username = true, .username = TEXT("u"), .has_password = true, .password = TEXT("p"))},
    {"CONNECT 3.1.1, no client id", MOTE_MQTT_3_1_1, CLIENT, "10 0C 0004 4D515454 04 02 0000 0000",
     IS_CONNECT(.version = MOTE_MQTT_3_1_1, .clean_start = true)},
    {"CONNECT 3.1.1 with everything", MOTE_MQTT_3_1_1, CLIENT,
     "10 1D 0004 4D515454 04 D4 FFFF 0003 616263 0003 772F74 0002 00FF 0001 75 0000",
     IS_CONNECT(.version = MOTE_MQTT_3_1_1, .keep_alive_s = 65535, .client_id = TEXT("abc"),
                .will = {.topic = TEXT("w/t"), .payload = TEXT("\0\xFF"), .qos = MOTE_QOS_2}, .has_username = true,
                .username = TEXT("u"), .has_password = true)},
    {"CONNECT 5, no client id", MOTE_MQTT_5, CLIENT, "10 0D 0004 4D515454 05 00 0000 00 0000",
     IS_CONNECT(.version = MOTE_MQTT_5)},
    {"CONNECT 5, all properties, a password alone", MOTE_MQTT_5, CLIENT,
     "10 35 0004 4D515454 05 42 001E"
     " 24 11 0000000A 21 0014 27 00000100 22 000A 19 01 17 00 26 0001 61 0001 62 15 0001 6D 16 0002 0001"
     " 0001 69 0001 70",
     IS_CONNECT(.version = MOTE_MQTT_5, .clean_start = true, .keep_alive_s = 30, .client_id = TEXT("i"),
                .has_password = true, .password = TEXT("p"), .properties = PROPERTIES(of_connect))},
    {"CONNECT 5, all properties of a will", MOTE_MQTT_5, CLIENT,
     "10 33 0004 4D515454 05 2E 0000 00 0001 69"
     " 1E 18 00000005 01 01 02 00000006 03 0001 74 08 0001 72 09 0001 FF 26 0001 6B 0000"
     " 0001 77 0001 78",
     IS_CONNECT(.version = MOTE_MQTT_5, .clean_start = true, .client_id = TEXT("i"),
                .will = {.topic = TEXT("w"),
                         .payload = TEXT("x"),
                         .qos = MOTE_QOS_1,
                         .retain = true,
                         .properties = PROPERTIES(of_will)})},

    {"CONNACK 3.1, refused", MOTE_MQTT_3_1, SERVER, "20 02 00 04", IS_CONNACK(.code = 4)},
    {"CONNACK 3.1.1", MOTE_MQTT_3_1_1, SERVER, "20 02 00 00", IS_CONNACK(.code = 0)},
    {"CONNACK 3.1.1, session present", MOTE_MQTT_3_1_1, SERVER, "20 02 01 00", IS_CONNACK(.session_present = true)},
    {"CONNACK 3.1.1, refused", MOTE_MQTT_3_1_1, SERVER, "20 02 00 05", IS_CONNACK(.code = 5)},
    {"CONNACK 5", MOTE_MQTT_5, SERVER, "20 03 01 00 00", IS_CONNACK(.session_present = true)},
    {"CONNACK 5, refused", MOTE_MQTT_5, SERVER, "20 03 00 87 00", IS_CONNACK(.code = MOTE_CODE_NOT_AUTHORIZED)},
    {"CONNACK 5, all properties", MOTE_MQTT_5, SERVER,
     "20 3E 00 00 3B 11 00000001 21 0002 24 00 25 00 27 00000010 12 0001 63 22 0003 1F 0001 72 26 0001 61 0001 62"
     " 28 00 29 00 2A 00 13 0004 1A 0001 69 1C 0001 73 15 0001 6D 16 0000",
     IS_CONNACK(.properties = PROPERTIES(of_connack))},

    {"PUBLISH 3.1, QoS 0", MOTE_MQTT_3_1, CLIENT, "30 07 0003 612F62 6869",
     IS_PUBLISH(.topic = TEXT("a/b"), .payload = TEXT("hi"))},
    {"PUBLISH 3.1.1, QoS 0", MOTE_MQTT_3_1_1, SERVER, "30 10 000C 746F7069632F6C6F6E676572 6869",
     IS_PUBLISH(.topic = TEXT("topic/longer"), .payload = TEXT("hi"))},
    {"PUBLISH 3.1.1, QoS 1, again, retained", MOTE_MQTT_3_1_1, CLIENT, "3B 09 0003 612F62 1234 6869",
     IS_PUBLISH(.topic = TEXT("a/b"), .payload = TEXT("hi"), .qos = MOTE_QOS_1, .retain = true, .duplicate = true,
                .packet_id = 0x1234)},
    {"PUBLISH 3.1.1, QoS 2", MOTE_MQTT_3_1_1, SERVER, "34 0D 0009 612F622F632F642F65 FFFF",
     IS_PUBLISH(.topic = TEXT("a/b/c/d/e"), .qos = MOTE_QOS_2, .packet_id = 0xFFFF)},
    {"PUBLISH 3.1.1, no payload", MOTE_MQTT_3_1_1, CLIENT, "31 05 0003 612F62",
     IS_PUBLISH(.topic = TEXT("a/b"), .retain = true)},
    {"PUBLISH 3.1.1, not ASCII", MOTE_MQTT_3_1_1, CLIENT, "30 0E 000B C3A92FE282AC2FF09F92A1 FF",
     IS_PUBLISH(.topic = TEXT("\xC3\xA9/\xE2\x82\xAC/\xF0\x9F\x92\xA1"), .payload = TEXT("\xFF"))},
    {"PUBLISH 3.1.1, 127 bytes", MOTE_MQTT_3_1_1, CLIENT, "30 7F 0005 612F622F63" HEX_120,
     IS_PUBLISH(.topic = TEXT("a/b/c"), .payload = TEXT(X_120))},
    {"PUBLISH 3.1.1, 128 bytes", MOTE_MQTT_3_1_1, CLIENT, "30 80 01 0006 612F622F632F" HEX_120,
     IS_PUBLISH(.topic = TEXT("a/b/c/"), .payload = TEXT(X_120))},
    {"PUBLISH 3.1.1, a topic of 120 bytes", MOTE_MQTT_3_1_1, CLIENT, "32 7C 0078" HEX_120 "0102",
     IS_PUBLISH(.topic = TEXT(X_120), .qos = MOTE_QOS_1, .packet_id = 0x0102)},
    {"PUBLISH 5", MOTE_MQTT_5, CLIENT, "30 06 0001 61 00 6869", IS_PUBLISH(.topic = TEXT("a"), .payload = TEXT("hi"))},
    {"PUBLISH 5, QoS 2", MOTE_MQTT_5, CLIENT, "34 11 000C 746F7069632F6C6F6E676572 0007 00",
     IS_PUBLISH(.topic = TEXT("topic/longer"), .qos = MOTE_QOS_2, .packet_id = 7)},
    {"PUBLISH 5, an alias instead of a topic", MOTE_MQTT_5, SERVER, "32 0A 0000 0007 03 23 FFFF 6869",
     IS_PUBLISH(.payload = TEXT("hi"), .qos = MOTE_QOS_1, .packet_id = 7, .properties = PROPERTIES(alias))},
    {"PUBLISH 5, all properties", MOTE_MQTT_5, SERVER,
     "30 2F 0001 61 2A 01 01 02 0000000A 23 0005 08 0001 72 09 0002 0001 26 0001 6B 0001 76 26 0001 6B 0001 76"
     " 0B 01 0B 80 01 03 0001 74 78",
     IS_PUBLISH(.topic = TEXT("a"), .payload = TEXT("x"), .properties = PROPERTIES(of_publish))},

    {"PUBACK 3.1", MOTE_MQTT_3_1, SERVER, "40 02 0001", IS_ACK(MOTE_PUBACK, .packet_id = 1)},
    {"PUBACK 3.1.1", MOTE_MQTT_3_1_1, CLIENT, "40 02 FFFF", IS_ACK(MOTE_PUBACK, .packet_id = 0xFFFF)},
    {"PUBREC 3.1.1", MOTE_MQTT_3_1_1, CLIENT, "50 02 0100", IS_ACK(MOTE_PUBREC, .packet_id = 0x100)},
    {"PUBREL 3.1.1", MOTE_MQTT_3_1_1, SERVER, "62 02 0001", IS_ACK(MOTE_PUBREL, .packet_id = 1)},
    {"PUBCOMP 3.1.1", MOTE_MQTT_3_1_1, SERVER, "70 02 0001", IS_ACK(MOTE_PUBCOMP, .packet_id = 1)},
    {"PUBACK 5", MOTE_MQTT_5, CLIENT, "40 02 0001", IS_ACK(MOTE_PUBACK, .packet_id = 1)},
    {"PUBACK 5, a code", MOTE_MQTT_5, SERVER, "40 03 0001 10",
     IS_ACK(MOTE_PUBACK, .packet_id = 1, .code = MOTE_CODE_NO_MATCHING_SUBSCRIBERS)},
    {"PUBACK 5, refused with a reason", MOTE_MQTT_5, CLIENT, "40 0B 0001 97 07 1F 0004 66756C6C",
     IS_ACK(MOTE_PUBACK, .packet_id = 1, .code = MOTE_CODE_QUOTA_EXCEEDED, .properties = PROPERTIES(full))},
    {"PUBREC 5, a property", MOTE_MQTT_5, CLIENT, "50 0A 0001 00 06 26 0000 0001 78",
     IS_ACK(MOTE_PUBREC, .packet_id = 1, .properties = PROPERTIES(user))},
    {"PUBREL 5, not found", MOTE_MQTT_5, SERVER, "62 03 0001 92",
     IS_ACK(MOTE_PUBREL, .packet_id = 1, .code = MOTE_CODE_PACKET_ID_NOT_FOUND)},
    {"PUBCOMP 5, a property", MOTE_MQTT_5, CLIENT, "70 0A 0001 92 06 26 0000 0001 78",
     IS_ACK(MOTE_PUBCOMP, .packet_id = 1, .code = MOTE_CODE_PACKET_ID_NOT_FOUND, .properties = PROPERTIES(user))},

    {"SUBSCRIBE 3.1", MOTE_MQTT_3_1, CLIENT, "82 06 0001 0001 61 01",
     IS_REQUEST(MOTE_SUBSCRIBE, .packet_id = 1, LIST_OF(one_filter))},
    {"SUBSCRIBE 3.1.1, three filters", MOTE_MQTT_3_1_1, CLIENT, "82 13 000A 0003 612F62 00 0003 2B2F23 01 0002 C3A9 02",
     IS_REQUEST(MOTE_SUBSCRIBE, .packet_id = 10, LIST_OF(filters_3))},
    {"SUBSCRIBE 5", MOTE_MQTT_5, CLIENT, "82 07 0001 00 0001 61 01",
     IS_REQUEST(MOTE_SUBSCRIBE, .packet_id = 1, LIST_OF(one_filter))},
    {"SUBSCRIBE 5, all options and an identifier", MOTE_MQTT_5, CLIENT, "82 0B 000A 02 0B 05 0003 612F23 2E",
     IS_REQUEST(MOTE_SUBSCRIBE, .packet_id = 10, LIST_OF(filter_with_options), .properties = PROPERTIES(identifier))},
    {"SUBSCRIBE 5, shared, the largest identifier", MOTE_MQTT_5, CLIENT,
     "82 15 000A 05 0B FF FF FF 7F 000A 2473686172652F672F61 11",
     IS_REQUEST(MOTE_SUBSCRIBE, .packet_id = 10, LIST_OF(shared_filter), .properties = PROPERTIES(largest))},

    {"SUBACK 3.1.1", MOTE_MQTT_3_1_1, SERVER, "90 06 0001 00 01 02 80",
     IS_REPLY(MOTE_SUBACK, .packet_id = 1, .codes = TEXT("\0\1\2\x80"))},
    {"SUBACK 5", MOTE_MQTT_5, SERVER, "90 06 0001 00 00 02 87",
     IS_REPLY(MOTE_SUBACK, .packet_id = 1, .codes = TEXT("\0\2\x87"))},
    {"SUBACK 5, a property", MOTE_MQTT_5, SERVER, "90 0B 0001 07 1F 0004 66756C6C A2",
     IS_REPLY(MOTE_SUBACK, .packet_id = 1, .codes = TEXT("\xA2"), .properties = PROPERTIES(full))},

    {"UNSUBSCRIBE 3.1.1", MOTE_MQTT_3_1_1, CLIENT, "A2 08 0001 0001 61 0001 2B",
     IS_REQUEST(MOTE_UNSUBSCRIBE, .packet_id = 1, LIST_OF(plain_filters))},
    {"UNSUBSCRIBE 5", MOTE_MQTT_5, CLIENT, "A2 0F 0001 06 26 0000 0001 78 0001 61 0001 2B",
     IS_REQUEST(MOTE_UNSUBSCRIBE, .packet_id = 1, LIST_OF(plain_filters), .properties = PROPERTIES(user))},

    {"UNSUBACK 3.1.1", MOTE_MQTT_3_1_1, SERVER, "B0 02 0001", IS_REPLY(MOTE_UNSUBACK, .packet_id = 1)},
    {"UNSUBACK 5", MOTE_MQTT_5, SERVER, "B0 05 0001 00 00 11",
     IS_REPLY(MOTE_UNSUBACK, .packet_id = 1, .codes = TEXT("\x00\x11"))},

    {"PINGREQ 3.1.1", MOTE_MQTT_3_1_1, CLIENT, "C0 00", .packet = {.type = MOTE_PINGREQ}},
    {"PINGREQ 5", MOTE_MQTT_5, CLIENT, "C0 00", .packet = {.type = MOTE_PINGREQ}},
    {"PINGRESP 3.1", MOTE_MQTT_3_1, SERVER, "D0 00", .packet = {.type = MOTE_PINGRESP}},
    {"PINGRESP 5", MOTE_MQTT_5, SERVER, "D0 00", .packet = {.type = MOTE_PINGRESP}},

    {"DISCONNECT 3.1.1", MOTE_MQTT_3_1_1, CLIENT, "E0 00", .packet = {.type = MOTE_DISCONNECT}},
    {"DISCONNECT 5", MOTE_MQTT_5, CLIENT, "E0 00", .packet = {.type = MOTE_DISCONNECT}},
    {"DISCONNECT 5, a code", MOTE_MQTT_5, CLIENT, "E0 01 04",
     IS_ACK(MOTE_DISCONNECT, .code = MOTE_CODE_DISCONNECT_WITH_WILL)},
    {"DISCONNECT 5, a property", MOTE_MQTT_5, CLIENT, "E0 07 00 05 11 00000000",
     IS_ACK(MOTE_DISCONNECT, .properties = PROPERTIES(no_expiry))},
    {"DISCONNECT 5, go elsewhere", MOTE_MQTT_5, SERVER, "E0 08 9D 06 1C 0003 612E62",
     IS_ACK(MOTE_DISCONNECT, .code = MOTE_CODE_SERVER_MOVED, .properties = PROPERTIES(reference))},

    {"AUTH 5, success", MOTE_MQTT_5, SERVER, "F0 00", .packet = {.type = MOTE_AUTH}},
    {"AUTH 5, continue", MOTE_MQTT_5, SERVER, "F0 08 18 06 15 0003 616263",
     IS_ACK(MOTE_AUTH, .code = MOTE_CODE_CONTINUE_AUTHENTICATION, .properties = PROPERTIES(method))},
    {"AUTH 5, again", MOTE_MQTT_5, CLIENT, "F0 08 19 06 15 0003 616263",
     IS_ACK(MOTE_AUTH, .code = MOTE_CODE_RE_AUTHENTICATE, .properties = PROPERTIES(method))},
};

/* Calls with every one of them. */
static inline void each_golden(void (*visit)(const struct golden *golden, struct bytes bytes))
{
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
        struct bytes bytes = bytes_from(goldens[i].hex);
        ABOUT("%s", goldens[i].name);
        visit(&goldens[i], bytes);
        free(bytes.data);
    }
}

#endif
