/* What a server must not send, byte by byte, and what a client answers: in MQTT 5 a DISCONNECT with the reason code that the
 * standard names, before it nothing; then the connection is over. The codes are those of MQTT 5.0, 4.13: 0x81 for what
 * cannot be read as a packet, 0x82 for what must not come, and a better one where a section names it. */
#include "../unit/session_rig.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Under way in the connected states: publications of QoS 1 (1), QoS 2 (2) and QoS 2 that is released (3), SUBSCRIBE (4)
 * and UNSUBSCRIBE (5) with a filter each, and a message of QoS 2 that was taken (7). */
enum state {
    CONNECTING,
    CONNECTING_CLEAN, /* with a clean start */
    CONNECTING_AUTH,  /* with the authentication method "M" */
    CONNECTED,        /* 4 topic aliases and one message at a time are taken */
    CONNECTED_AUTH,
    AUTH_AGAIN, /* AUTH with 0x19 is out */
    QUIET,      /* the server was asked not to tell reasons */
    QUIET_AUTH, /* as AUTH_AGAIN */
};

struct row {
    const char *name;
    enum state state;
    uint8_t code;
    const char *hex;
};

static uint8_t digit_of(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'A' + 10);
}

static void serve_hex(const char *hex)
{
    for (; *hex != '\0'; hex += *hex == ' ' ? 1 : 2) {
        if (*hex != ' ') {
            uint8_t byte = (uint8_t)(digit_of(hex[0]) << 4 | digit_of(hex[1]));
            rig_serve(&byte, 1);
        }
    }
}

static void open_requests(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("t")};

    rig_serve_publish(MOTE_QOS_2, 7, "taken");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(rig_publish(MOTE_QOS_1, "x", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
    rig_serve_ack(MOTE_PUBREC, 3, 0);
    RIG_EXPECT_NOTHING();
    while (rig_sent())
        continue;
}

static void enter(enum mote_mqtt_version version, enum state state)
{
    static const struct mote_property no_reasons = {.id = MOTE_REQUEST_PROBLEM_INFORMATION, .number = 0};
    static const struct mote_property method = {.id = MOTE_AUTHENTICATION_METHOD, .text = {"M", 1}};
    const struct mote_properties methods = {.items = &method, .count = 1};
    bool is_quiet = state == QUIET || state == QUIET_AUTH;
    bool has_method = state == CONNECTING_AUTH || state == CONNECTED_AUTH || state == AUTH_AGAIN || state == QUIET_AUTH;

    rig_begin(version);
    rig_use_aliases();
    rig.config.received_count = 1;
    rig.config.keep_session = state != CONNECTING_CLEAN;
    if (is_quiet)
        rig.config.connect_properties = (struct mote_properties){.items = &no_reasons, .count = 1};
    rig.config.authentication = &mote_session_authentication;
    if (has_method)
        rig.config.auth_method = MOTE_TEXT("M");
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    if (state <= CONNECTING_AUTH)
        return;
    rig_serve_connack(false, 0, &method, has_method);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    open_requests();
    if (state == AUTH_AGAIN || state == QUIET_AUTH) {
        CHECK_EQUAL(mote_session_auth(&rig.session, 0x19, &methods), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_AUTH);
    }
}

#define EXPECT(condition, what) ((condition) ? (void)0 : check_fail(__FILE__, __LINE__, "%s: %s", row->name, what))

/* To the byte: what goes out, and that nothing else does, nor is taken any more. */
static void is_answered(enum mote_mqtt_version version, const struct row *row)
{
    const char expected[] = {(char)0xE0, 1, (char)row->code};
    struct rig_pipe *out = &rig.to_server;

    enter(version, row->state);
    serve_hex(row->hex);
    EXPECT(rig_next() && rig.event.type == MOTE_EVENT_FAILED, "is not refused");
    if (rig.event.reason_code != row->code)
        check_fail(__FILE__, __LINE__, "%s: %02x (%s), not %02x", row->name, rig.event.reason_code,
                   mote_session_words(&rig.event), row->code);
    EXPECT(rig.event.reason == mote_session_reason(MOTE_MQTT_5, row->code), "another reason");
    EXPECT(mote_session_words(&rig.event)[0] != '\0', "no words");
    EXPECT(rig.session.state == MOTE_SESSION_CLOSING, "the connection is not over");
    rig_send_output();
    if (version == MOTE_MQTT_5)
        EXPECT(rig_pipe_size(out) == 3 && memcmp(out->bytes + out->start, expected, 3) == 0, "another DISCONNECT");
    else
        EXPECT(rig_pipe_size(out) == 0, "something is sent");
    serve_hex("D0 00");
    EXPECT(!rig_next() && mote_session_output(&rig.session).length == 0, "goes on");
}

#define EACH_IS_ANSWERED(version, rows)                                                                                \
    for (size_t i = 0; i < COUNT(rows); i++)                                                                           \
    is_answered((version), &(rows)[i])

/* --- MQTT 5 --- */

/* [MQTT5-3.2.0-1] [MQTT5-3.14.0-1] [MQTT5-4.12.0-6] */
static void before_the_connack(void)
{
    static const struct row rows[] = {
        {"PUBLISH", CONNECTING, 0x82, "30 05 0001 74 00 78"},
        {"PUBLISH of QoS 1", CONNECTING, 0x82, "32 07 0001 74 0001 00 78"},
        {"PUBACK", CONNECTING, 0x82, "40 02 0001"},
        {"PUBREC", CONNECTING, 0x82, "50 02 0001"},
        {"PUBREL", CONNECTING, 0x82, "62 02 0001"},
        {"PUBCOMP", CONNECTING, 0x82, "70 02 0001"},
        {"SUBACK", CONNECTING, 0x82, "90 04 0001 00 00"},
        {"UNSUBACK", CONNECTING, 0x82, "B0 04 0001 00 00"},
        {"PINGRESP", CONNECTING, 0x82, "D0 00"},
        {"DISCONNECT", CONNECTING, 0x82, "E0 00"},
        {"DISCONNECT with a code", CONNECTING, 0x82, "E0 01 8B"},
        {"AUTH without a method in the CONNECT", CONNECTING, 0x82, "F0 06 18 04 15 0001 4D"},
        {"what only clients send", CONNECTING, 0x82, "C0 00"},
        {"PUBLISH while authenticating", CONNECTING_AUTH, 0x82, "30 05 0001 74 00 78"},
        {"DISCONNECT while authenticating", CONNECTING_AUTH, 0x82, "E0 00"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* [MQTT5-3.2.2-1] [MQTT5-3.2.2-2] [MQTT5-3.2.2-4] [MQTT5-3.2.2-6] [MQTT5-3.2.2-8] */
static void connack(void)
{
    static const struct row rows[] = {
        {"flags in the first byte", CONNECTING, 0x81, "21 03 00 00 00"},
        {"the lowest reserved flag", CONNECTING, 0x81, "20 03 02 00 00"},
        {"the highest reserved flag", CONNECTING, 0x81, "20 03 80 00 00"},
        {"all reserved flags, and session present", CONNECTING, 0x81, "20 03 FF 00 00"},
        {"session present in a refusal", CONNECTING, 0x82, "20 03 01 87 00"},
        {"session present after a clean start", CONNECTING_CLEAN, 0x82, "20 03 01 00 00"},
        {"a return code of 3.1.1", CONNECTING, 0x82, "20 03 00 05 00"},
        {"a code of DISCONNECT alone", CONNECTING, 0x82, "20 03 00 8B 00"},
        {"a code that there is not", CONNECTING, 0x82, "20 03 00 FF 00"},
        {"no properties", CONNECTING, 0x81, "20 02 00 00"},
        {"nothing", CONNECTING, 0x81, "20 00"},
        {"something behind the end", CONNECTING, 0x81, "20 04 00 00 00 00"},
        {"properties longer than the packet", CONNECTING, 0x81, "20 03 00 00 01"},
        {"a length that is not the shortest", CONNECTING, 0x81, "20 83 00 00 00 00"},
        {"a property length that is not the shortest", CONNECTING, 0x81, "20 04 00 00 80 00"},
        {"a length of five bytes", CONNECTING, 0x81, "20 80 80 80 80 01"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.7-1] [MQTT5-4.12.0-5] [MQTT5-4.12.0-6] */
static void connack_properties(void)
{
    static const struct row rows[] = {
        {"session expiry twice", CONNECTING, 0x82, "20 0D 00 00 0A 11 00000001 11 00000001"},
        {"receive maximum twice", CONNECTING, 0x82, "20 09 00 00 06 21 0001 21 0001"},
        {"receive maximum 0", CONNECTING, 0x82, "20 06 00 00 03 21 0000"},
        {"maximum QoS twice", CONNECTING, 0x82, "20 07 00 00 04 24 00 24 00"},
        {"maximum QoS 2", CONNECTING, 0x82, "20 05 00 00 02 24 02"},
        {"retain available twice", CONNECTING, 0x82, "20 07 00 00 04 25 01 25 01"},
        {"retain available 2", CONNECTING, 0x82, "20 05 00 00 02 25 02"},
        {"maximum packet size twice", CONNECTING, 0x82, "20 0D 00 00 0A 27 00000100 27 00000100"},
        {"maximum packet size 0", CONNECTING, 0x82, "20 08 00 00 05 27 00000000"},
        {"assigned client id twice", CONNECTING, 0x82, "20 0B 00 00 08 12 0001 61 12 0001 61"},
        {"assigned client id, a surrogate", CONNECTING, 0x81, "20 09 00 00 06 12 0003 EDA080"},
        {"topic alias maximum twice", CONNECTING, 0x82, "20 09 00 00 06 22 0001 22 0001"},
        {"reason string twice", CONNECTING, 0x82, "20 09 00 00 06 1F 0000 1F 0000"},
        {"reason string, not UTF-8", CONNECTING, 0x81, "20 07 00 00 04 1F 0001 FF"},
        {"reason string with NUL", CONNECTING, 0x81, "20 07 00 00 04 1F 0001 00"},
        {"user property, its name not UTF-8", CONNECTING, 0x81, "20 0A 00 00 07 26 0001 80 0001 61"},
        {"user property, its value not UTF-8", CONNECTING, 0x81, "20 0A 00 00 07 26 0001 61 0001 80"},
        {"user property without a value", CONNECTING, 0x81, "20 07 00 00 04 26 0001 61"},
        {"wildcards available twice", CONNECTING, 0x82, "20 07 00 00 04 28 01 28 01"},
        {"wildcards available 2", CONNECTING, 0x82, "20 05 00 00 02 28 02"},
        {"subscription identifiers available twice", CONNECTING, 0x82, "20 07 00 00 04 29 01 29 01"},
        {"subscription identifiers available 2", CONNECTING, 0x82, "20 05 00 00 02 29 02"},
        {"shared subscriptions available twice", CONNECTING, 0x82, "20 07 00 00 04 2A 01 2A 01"},
        {"shared subscriptions available 2", CONNECTING, 0x82, "20 05 00 00 02 2A 02"},
        {"server keep alive twice", CONNECTING, 0x82, "20 09 00 00 06 13 0001 13 0001"},
        {"response information twice", CONNECTING, 0x82, "20 0B 00 00 08 1A 0001 61 1A 0001 61"},
        {"response information, not UTF-8", CONNECTING, 0x81, "20 07 00 00 04 1A 0001 FF"},
        {"server reference twice", CONNECTING, 0x82, "20 0B 00 9D 08 1C 0001 61 1C 0001 61"},
        {"authentication method twice", CONNECTING_AUTH, 0x82, "20 0B 00 00 08 15 0001 4D 15 0001 4D"},
        {"authentication data twice", CONNECTING_AUTH, 0x82, "20 0D 00 00 0A 15 0001 4D 16 0000 16 0000"},
        {"an authentication method that nobody asked for", CONNECTING, 0x82, "20 07 00 00 04 15 0001 4D"},
        {"no authentication method in the answer to one", CONNECTING_AUTH, 0x82, "20 03 00 00 00"},
        {"another authentication method", CONNECTING_AUTH, 0x82, "20 07 00 00 04 15 0001 4E"},
        {"a topic alias", CONNECTING, 0x81, "20 06 00 00 03 23 0001"},
        {"a subscription identifier", CONNECTING, 0x81, "20 05 00 00 02 0B 01"},
        {"a will delay", CONNECTING, 0x81, "20 08 00 00 05 18 00000001"},
        {"a request for problem information", CONNECTING, 0x81, "20 05 00 00 02 17 01"},
        {"a property that there is not", CONNECTING, 0x81, "20 05 00 00 02 7F 00"},
        {"half a property", CONNECTING, 0x81, "20 05 00 00 02 21 00"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* [MQTT5-2.2.1-4] [MQTT5-3.3.1-2] [MQTT5-3.3.1-4] [MQTT5-3.3.2-1] [MQTT5-3.3.2-2] [MQTT5-3.3.4-9] [MQTT5-4.7.0-1]
 * [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] */
static void publish(void)
{
    static const struct row rows[] = {
        {"QoS 3", CONNECTED, 0x81, "36 07 0001 74 0001 00 78"},
        {"DUP with QoS 0", CONNECTED, 0x81, "38 05 0001 74 00 78"},
        {"identifier 0, QoS 1", CONNECTED, 0x82, "32 07 0001 74 0000 00 78"},
        {"identifier 0, QoS 2", CONNECTED, 0x82, "34 07 0001 74 0000 00 78"},
        {"no identifier", CONNECTED, 0x81, "32 03 0001 74"},
        {"nothing", CONNECTED, 0x81, "30 00"},
        {"no properties", CONNECTED, 0x81, "30 03 0001 74"},
        {"a topic longer than the packet", CONNECTED, 0x81, "30 04 0009 74 00"},
        {"no topic and no alias", CONNECTED, 0x82, "30 03 0000 00"},
        {"the topic #", CONNECTED, 0x90, "30 04 0001 23 00"},
        {"a topic with +", CONNECTED, 0x90, "30 06 0003 612F2B 00"},
        {"a topic with NUL", CONNECTED, 0x81, "30 06 0003 610062 00"},
        {"a topic that is not UTF-8", CONNECTED, 0x81, "30 04 0001 FF 00"},
        {"a topic with a surrogate", CONNECTED, 0x81, "30 06 0003 EDBFBF 00"},
        {"a topic in more bytes than needed", CONNECTED, 0x81, "30 05 0002 C0AF 00"},
        {"more at once than agreed, QoS 1", CONNECTED, 0x93, "32 07 0001 74 0008 00 78"},
        {"more at once than agreed, QoS 2", CONNECTED, 0x93, "34 07 0001 74 0008 00 78"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* [MQTT5-1.5.4-1] [MQTT5-1.5.5-1] [MQTT5-1.5.7-1] [MQTT5-3.1.2-26] [MQTT5-3.3.2-8] [MQTT5-3.3.2-11] [MQTT5-3.3.2-13]
 * [MQTT5-3.3.2-14] [MQTT5-3.3.2-19] */
static void publish_properties(void)
{
    static const struct row rows[] = {
        {"alias 0", CONNECTED, 0x94, "30 07 0001 74 03 23 0000"},
        {"an alias above the maximum", CONNECTED, 0x94, "30 07 0001 74 03 23 0005"},
        {"the highest alias, above the maximum", CONNECTED, 0x94, "30 07 0001 74 03 23 FFFF"},
        {"an alias above the maximum, no topic", CONNECTED, 0x94, "30 06 0000 03 23 0005"},
        {"an alias that stands for nothing", CONNECTED, 0x82, "30 06 0000 03 23 0004"},
        {"alias twice", CONNECTED, 0x82, "30 0A 0001 74 06 23 0001 23 0001"},
        {"payload format 2", CONNECTED, 0x82, "30 06 0001 74 02 01 02"},
        {"payload format twice", CONNECTED, 0x82, "30 08 0001 74 04 01 01 01 01"},
        {"expiry twice", CONNECTED, 0x82, "30 0E 0001 74 0A 02 00000001 02 00000001"},
        {"content type twice", CONNECTED, 0x82, "30 0A 0001 74 06 03 0000 03 0000"},
        {"content type, not UTF-8", CONNECTED, 0x81, "30 08 0001 74 04 03 0001 FF"},
        {"response topic twice", CONNECTED, 0x82, "30 0C 0001 74 08 08 0001 61 08 0001 61"},
        {"response topic with #", CONNECTED, 0x82, "30 08 0001 74 04 08 0001 23"},
        {"response topic with +", CONNECTED, 0x82, "30 0A 0001 74 06 08 0003 2B2F61"},
        {"response topic, not UTF-8", CONNECTED, 0x81, "30 08 0001 74 04 08 0001 FF"},
        {"correlation data twice", CONNECTED, 0x82, "30 0A 0001 74 06 09 0000 09 0000"},
        {"subscription identifier 0", CONNECTED, 0x82, "30 06 0001 74 02 0B 00"},
        {"subscription identifier of five bytes", CONNECTED, 0x81, "30 0A 0001 74 06 0B FFFFFFFF01"},
        {"subscription identifier, not its shortest form", CONNECTED, 0x81, "30 07 0001 74 03 0B 8100"},
        {"user property, not UTF-8", CONNECTED, 0x81, "30 0B 0001 74 07 26 0001 FF 0001 61"},
        {"reason string", CONNECTED, 0x81, "30 08 0001 74 04 1F 0001 61"},
        {"session expiry", CONNECTED, 0x81, "30 09 0001 74 05 11 00000001"},
        {"will delay", CONNECTED, 0x81, "30 09 0001 74 05 18 00000001"},
        {"a property that there is not", CONNECTED, 0x81, "30 06 0001 74 02 0A 00"},
        {"properties longer than the packet", CONNECTED, 0x81, "30 05 0001 74 02 01"},
        {"half a property", CONNECTED, 0x81, "30 06 0001 74 02 23 00"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* [MQTT5-3.6.1-1]
 * [MQTT5-2.1.3-1] */
static void acknowledgements(void)
{
    static const struct row rows[] = {
        {"PUBACK, flags", CONNECTED, 0x81, "42 02 0001"},
        {"PUBREC, flags", CONNECTED, 0x81, "51 02 0002"},
        {"PUBREL, flags 0000", CONNECTED, 0x81, "60 02 0007"},
        {"PUBREL, flags 0011", CONNECTED, 0x81, "63 02 0007"},
        {"PUBCOMP, flags", CONNECTED, 0x81, "78 02 0003"},
        {"PUBACK, identifier 0", CONNECTED, 0x82, "40 02 0000"},
        {"PUBREC, identifier 0", CONNECTED, 0x82, "50 02 0000"},
        {"PUBREL, identifier 0", CONNECTED, 0x82, "62 02 0000"},
        {"PUBCOMP, identifier 0", CONNECTED, 0x82, "70 02 0000"},
        {"PUBACK, half an identifier", CONNECTED, 0x81, "40 01 00"},
        {"PUBREC, nothing", CONNECTED, 0x81, "50 00"},
        {"PUBACK of QoS 2", CONNECTED, 0x82, "40 02 0002"},
        {"PUBREC of QoS 1", CONNECTED, 0x82, "50 02 0001"},
        {"PUBCOMP of QoS 1", CONNECTED, 0x82, "70 02 0001"},
        {"PUBCOMP before PUBREC", CONNECTED, 0x82, "70 02 0002"},
        {"PUBACK, a code of SUBACK", CONNECTED, 0x82, "40 03 0001 01"},
        {"PUBACK, a code of PUBREL", CONNECTED, 0x82, "40 03 0001 92"},
        {"PUBREC, a code of DISCONNECT", CONNECTED, 0x82, "50 03 0002 8E"},
        {"PUBREL, a code of PUBREC", CONNECTED, 0x82, "62 03 0007 97"},
        {"PUBCOMP, a code of PUBACK", CONNECTED, 0x82, "70 03 0003 10"},
        {"PUBACK, reason string twice", CONNECTED, 0x82, "40 0A 0001 00 06 1F 0000 1F 0000"},
        {"PUBREC, reason string not UTF-8", CONNECTED, 0x81, "50 08 0002 00 04 1F 0001 FF"},
        {"PUBREL, a property of PUBLISH", CONNECTED, 0x81, "62 06 0007 00 02 01 01"},
        {"PUBCOMP, user property cut", CONNECTED, 0x81, "70 07 0003 00 03 26 0000"},
        {"PUBACK, something behind the end", CONNECTED, 0x81, "40 05 0001 00 00 00"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* [MQTT5-2.2.1-6] [MQTT5-3.8.4-2] [MQTT5-3.8.4-6] [MQTT5-3.9.3-2] [MQTT5-3.10.4-5] [MQTT5-3.11.3-2] */
static void replies(void)
{
    static const struct row rows[] = {
        {"SUBACK, flags", CONNECTED, 0x81, "92 04 0004 00 00"},
        {"UNSUBACK, flags", CONNECTED, 0x81, "B2 04 0005 00 00"},
        {"SUBACK, identifier 0", CONNECTED, 0x82, "90 04 0000 00 00"},
        {"SUBACK of nothing", CONNECTED, 0x82, "90 04 0009 00 00"},
        {"SUBACK of a publication", CONNECTED, 0x82, "90 04 0001 00 00"},
        {"SUBACK of UNSUBSCRIBE", CONNECTED, 0x82, "90 04 0005 00 00"},
        {"UNSUBACK of SUBSCRIBE", CONNECTED, 0x82, "B0 04 0004 00 00"},
        {"SUBACK without codes", CONNECTED, 0x81, "90 03 0004 00"},
        {"SUBACK with a code too many", CONNECTED, 0x82, "90 05 0004 00 00 00"},
        {"UNSUBACK without codes", CONNECTED, 0x81, "B0 03 0005 00"},
        {"UNSUBACK with a code too many", CONNECTED, 0x82, "B0 05 0005 00 00 11"},
        {"SUBACK, code 3", CONNECTED, 0x82, "90 04 0004 00 03"},
        {"SUBACK, a code of UNSUBACK", CONNECTED, 0x82, "90 04 0004 00 11"},
        {"UNSUBACK, a code of SUBACK", CONNECTED, 0x82, "B0 04 0005 00 01"},
        {"UNSUBACK, a code of CONNACK", CONNECTED, 0x82, "B0 04 0005 00 97"},
        {"SUBACK, a subscription identifier", CONNECTED, 0x81, "90 06 0004 02 0B 01 00"},
        {"SUBACK, reason string twice", CONNECTED, 0x82, "90 0A 0004 06 1F 0000 1F 0000 00"},
        {"UNSUBACK, a topic alias", CONNECTED, 0x81, "B0 07 0005 03 23 0001 00"},
        {"UNSUBACK, user property not UTF-8", CONNECTED, 0x81, "B0 0B 0005 07 26 0001 FF 0001 61 00"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* [MQTT5-2.1.3-1] [MQTT5-3.2.0-2] [MQTT5-3.14.1-1] [MQTT5-3.14.2-2] */
static void what_else_must_not_come(void)
{
    static const struct row rows[] = {
        {"type 0", CONNECTED, 0x81, "00 00"},
        {"CONNECT", CONNECTED, 0x82, "10 0D 0004 4D515454 05 02 0000 00 0000"},
        {"a second CONNACK", CONNECTED, 0x82, "20 03 00 00 00"},
        {"SUBSCRIBE", CONNECTED, 0x82, "82 07 0001 00 0001 61 00"},
        {"UNSUBSCRIBE", CONNECTED, 0x82, "A2 06 0001 00 0001 61"},
        {"PINGREQ", CONNECTED, 0x82, "C0 00"},
        {"PINGRESP, flags", CONNECTED, 0x81, "D1 00"},
        {"PINGRESP with a body", CONNECTED, 0x81, "D0 01 00"},
        {"DISCONNECT, flags", CONNECTED, 0x81, "E1 00"},
        {"DISCONNECT, the highest flag", CONNECTED, 0x81, "E8 00"},
        {"DISCONNECT with will", CONNECTED, 0x82, "E0 01 04"},
        {"DISCONNECT, a code of AUTH", CONNECTED, 0x82, "E0 01 18"},
        {"DISCONNECT, a code of CONNACK", CONNECTED, 0x82, "E0 01 85"},
        {"DISCONNECT, session expiry", CONNECTED, 0x82, "E0 07 00 05 11 00000001"},
        {"DISCONNECT, server reference twice", CONNECTED, 0x82, "E0 0A 9D 08 1C 0001 61 1C 0001 61"},
        {"DISCONNECT, a receive maximum", CONNECTED, 0x81, "E0 05 00 03 21 0001"},
        {"DISCONNECT, something behind the end", CONNECTED, 0x81, "E0 03 00 00 00"},
        {"DISCONNECT, properties cut", CONNECTED, 0x81, "E0 02 00 05"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* [MQTT5-3.15.1-1] [MQTT5-4.12.0-2] [MQTT5-4.12.0-5] [MQTT5-4.12.0-6] */
static void authentication(void)
{
    static const struct row rows[] = {
        {"flags", CONNECTING_AUTH, 0x81, "F1 06 18 04 15 0001 4D"},
        {"not asked for", CONNECTED, 0x82, "F0 06 18 04 15 0001 4D"},
        {"success before the CONNACK", CONNECTING_AUTH, 0x82, "F0 06 00 04 15 0001 4D"},
        {"success in no words", CONNECTING_AUTH, 0x82, "F0 00"},
        {"re-authenticate, which is the client's", CONNECTING_AUTH, 0x82, "F0 06 19 04 15 0001 4D"},
        {"a failure's code", CONNECTING_AUTH, 0x82, "F0 06 87 04 15 0001 4D"},
        {"another method", CONNECTING_AUTH, 0x82, "F0 06 18 04 15 0001 6D"},
        {"no method", CONNECTING_AUTH, 0x82, "F0 05 18 03 16 0000"},
        {"no properties", CONNECTING_AUTH, 0x81, "F0 01 18"},
        {"method twice", CONNECTING_AUTH, 0x82, "F0 0A 18 08 15 0001 4D 15 0001 4D"},
        {"data twice", CONNECTING_AUTH, 0x82, "F0 0C 18 0A 15 0001 4D 16 0000 16 0000"},
        {"reason string twice", CONNECTING_AUTH, 0x82, "F0 0C 18 0A 15 0001 4D 1F 0000 1F 0000"},
        {"session expiry", CONNECTING_AUTH, 0x81, "F0 0B 18 09 15 0001 4D 11 00000001"},
        {"a method that is not UTF-8", CONNECTING_AUTH, 0x81, "F0 06 18 04 15 0001 FF"},
        {"the server begins again", CONNECTED_AUTH, 0x82, "F0 06 18 04 15 0001 4D"},
        {"success of nothing", CONNECTED_AUTH, 0x82, "F0 06 00 04 15 0001 4D"},
        {"again, another method", AUTH_AGAIN, 0x82, "F0 06 18 04 15 0001 4E"},
        {"again, success without a method", AUTH_AGAIN, 0x82, "F0 00"},
        {"again, success with another method", AUTH_AGAIN, 0x82, "F0 06 00 04 15 0001 4E"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* MQTT 5.0, 3.1.2.11.7: reasons and user properties although the client has asked for none.
 * [MQTT5-3.1.2-29] */
static void reasons_that_were_not_asked_for(void)
{
    static const struct row rows[] = {
        {"PUBACK, reason string", QUIET, 0x82, "40 08 0001 00 04 1F 0001 61"},
        {"PUBREC, user property", QUIET, 0x82, "50 09 0002 00 05 26 0000 0000"},
        {"PUBREL, reason string", QUIET, 0x82, "62 08 0007 00 04 1F 0001 61"},
        {"PUBCOMP, user property", QUIET, 0x82, "70 09 0003 00 05 26 0000 0000"},
        {"SUBACK, reason string", QUIET, 0x82, "90 08 0004 04 1F 0001 61 00"},
        {"SUBACK, user property", QUIET, 0x82, "90 09 0004 05 26 0000 0000 00"},
        {"UNSUBACK, reason string", QUIET, 0x82, "B0 08 0005 04 1F 0001 61 00"},
        {"AUTH, reason string", QUIET_AUTH, 0x82, "F0 0A 18 08 15 0001 4D 1F 0001 61"},
        {"AUTH, user property", QUIET_AUTH, 0x82, "F0 0B 00 09 15 0001 4D 26 0000 0000"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_5, rows);
}

/* In PUBLISH and DISCONNECT they may be, and everywhere for who asks for them or says nothing; other properties, too. */
static void reasons_that_may_come(void)
{
    enter(MOTE_MQTT_5, QUIET);
    serve_hex("30 0B 0001 74 07 26 0001 61 0001 62");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    serve_hex("40 03 0001 87");
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    serve_hex("E0 06 8B 04 1F 0001 61");
    RIG_EXPECT(MOTE_EVENT_DISCONNECTED);
    enter(MOTE_MQTT_5, CONNECTED);
    serve_hex("40 08 0001 87 04 1F 0001 61");
    RIG_EXPECT(MOTE_EVENT_PUBLISHED);
    CHECK_BYTES(rig.event.properties.encoded.data, rig.event.properties.encoded.length, "1F 00 01 61");
    enter(MOTE_MQTT_5, QUIET_AUTH);
    serve_hex("F0 0A 00 08 15 0001 4D 16 0001 64");
    RIG_EXPECT(MOTE_EVENT_AUTH);
}

/* --- MQTT 3.1.1 --- */

/* [MQTT3-1.5.3-1] [MQTT3-1.5.3-2] [MQTT3-2.2.2-2] [MQTT3-3.2.0-1] [MQTT3-3.2.2-1] [MQTT3-3.2.2-4] [MQTT3-3.2.2-6]
 * [MQTT3-3.3.1-4] [MQTT3-3.6.1-1] [MQTT3-3.8.4-5] [MQTT3-3.9.3-2] [MQTT3-4.8.0-1] */
static void before_mqtt_5_the_connection_is_closed(void)
{
    static const struct row rows[] = {
        {"PUBLISH before the CONNACK", CONNECTING, 0x82, "30 04 0001 74 78"},
        {"PINGRESP before the CONNACK", CONNECTING, 0x82, "D0 00"},
        {"CONNACK, flags", CONNECTING, 0x81, "22 02 00 00"},
        {"CONNACK, a reserved bit", CONNECTING, 0x81, "20 02 02 00"},
        {"CONNACK, session present in a refusal", CONNECTING, 0x82, "20 02 01 05"},
        {"CONNACK, session present with a clean session", CONNECTING_CLEAN, 0x82, "20 02 01 00"},
        {"CONNACK, return code 6", CONNECTING, 0x82, "20 02 00 06"},
        {"CONNACK, something behind the end", CONNECTING, 0x81, "20 03 00 00 00"},
        {"CONNACK, cut", CONNECTING, 0x81, "20 01 00"},
        {"a second CONNACK", CONNECTED, 0x82, "20 02 00 00"},
        {"type 0", CONNECTED, 0x81, "00 00"},
        {"type 15", CONNECTED, 0x81, "F0 00"},
        {"DISCONNECT", CONNECTED, 0x82, "E0 00"},
        {"PINGREQ", CONNECTED, 0x82, "C0 00"},
        {"SUBSCRIBE", CONNECTED, 0x82, "82 06 0001 0001 61 00"},
        {"a length of five bytes", CONNECTED, 0x81, "30 FF FF FF FF 01"},
        {"QoS 3", CONNECTED, 0x81, "36 06 0001 74 0001 78"},
        {"DUP with QoS 0", CONNECTED, 0x81, "38 04 0001 74 78"},
        {"PUBLISH, identifier 0", CONNECTED, 0x82, "32 06 0001 74 0000 78"},
        {"PUBLISH without a topic", CONNECTED, 0x82, "30 02 0000"},
        {"PUBLISH, the topic +", CONNECTED, 0x90, "30 03 0001 2B"},
        {"PUBLISH, a topic that is not UTF-8", CONNECTED, 0x81, "30 04 0002 C328"},
        {"PUBLISH, a topic with NUL", CONNECTED, 0x81, "30 05 0003 610061"},
        {"PUBLISH, a topic with a surrogate", CONNECTED, 0x81, "30 05 0003 EDA080"},
        {"PUBACK, flags", CONNECTED, 0x81, "41 02 0001"},
        {"PUBACK with a code", CONNECTED, 0x81, "40 03 0001 00"},
        {"PUBACK of QoS 2", CONNECTED, 0x82, "40 02 0002"},
        {"PUBREL, flags 0000", CONNECTED, 0x81, "60 02 0007"},
        {"PUBCOMP before PUBREC", CONNECTED, 0x82, "70 02 0002"},
        {"SUBACK, code 3", CONNECTED, 0x82, "90 03 0004 03"},
        {"SUBACK, a code of MQTT 5", CONNECTED, 0x82, "90 03 0004 87"},
        {"SUBACK with a code too many", CONNECTED, 0x82, "90 04 0004 00 00"},
        {"SUBACK of nothing", CONNECTED, 0x82, "90 03 0009 00"},
        {"UNSUBACK with codes", CONNECTED, 0x81, "B0 03 0005 00"},
        {"UNSUBACK of SUBSCRIBE", CONNECTED, 0x82, "B0 02 0004"},
        {"PINGRESP with a body", CONNECTED, 0x81, "D0 01 00"},
        {"QoS 2 for which there is no room", CONNECTED, 0x93, "34 06 0001 74 0008 78"},
    };

    EACH_IS_ANSWERED(MOTE_MQTT_3_1_1, rows);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"before the CONNACK", before_the_connack},
        {"CONNACK", connack},
        {"properties of CONNACK", connack_properties},
        {"PUBLISH", publish},
        {"properties of PUBLISH", publish_properties},
        {"PUBACK, PUBREC, PUBREL, PUBCOMP", acknowledgements},
        {"SUBACK, UNSUBACK", replies},
        {"what else must not come", what_else_must_not_come},
        {"AUTH", authentication},
        {"reasons that were not asked for", reasons_that_were_not_asked_for},
        {"reasons that may come", reasons_that_may_come},
        {"before MQTT 5 the connection is closed", before_mqtt_5_the_connection_is_closed},
    };

    return check_main("table/conformance_violations", cases, COUNT(cases), argc, argv);
}
