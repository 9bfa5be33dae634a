/* Defects that others have shipped in clients, or that a server could provoke, each as a case of its own; docs/HOSTILE.md has
 * the list. The receive buffer ends where a page does. */
#define _DEFAULT_SOURCE
#include "../unit/session_rig.h"
#include "page_end.h"

#define BUFFER 64u

/* A session that is connected, with a small receive buffer. */
static void begin(enum mote_mqtt_version version)
{
    rig_begin(version);
    rig.config.receive_buffer = page_end(PAGE_END_IN, BUFFER);
    rig.config.receive_size = BUFFER;
    rig_use_aliases();
    rig_start();
}

static void end_of_connection(void)
{
    CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
    while (rig_sent())
        continue;
}

/* The fixed header of a packet. Returns its size. */
static size_t write_header(uint8_t *into, unsigned type, uint32_t remaining)
{
    static const uint8_t flags[16] = {[MOTE_PUBREL] = 2, [MOTE_SUBSCRIBE] = 2, [MOTE_UNSUBSCRIBE] = 2};
    size_t size = 0;

    into[size++] = (uint8_t)(type << 4 | flags[type]);
    do {
        into[size++] = (uint8_t)((remaining & 0x7F) | (remaining > 0x7F ? 0x80 : 0));
        remaining >>= 7;
    } while (remaining > 0);
    return size;
}

/* CVE-2021-41036 (Paho embedded), CVE-2020-10062 (Zephyr): a packet's length is not compared with the buffer that it is read
 * into. Outer length against memory. Each type of packet around the buffer's size, and the largest that there is, with all its
 * bytes, or as many as the test has patience for. */
static void lengths_around_the_buffer(void)
{
    static const uint32_t sizes[] = {BUFFER - 1, BUFFER, BUFFER + 1, 2 * BUFFER, 268435455};
    uint8_t header[8];
    uint8_t piece[50];

    memset(piece, 0x01, sizeof piece);
    for (unsigned type = 0; type < 16; type++) {
        for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
            begin(i % 2 == 0 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5);
            size_t head = write_header(header, type, sizes[i / 2]);
            uint32_t left = sizes[i / 2] > BUFFER * 2 ? 3000 : (uint32_t)(sizes[i / 2] - head);
            write_header(header, type, sizes[i / 2] > BUFFER * 2 ? sizes[i / 2] : left);
            rig_serve(header, head);
            while (left > 0) {
                size_t size = left < sizeof piece ? left : sizeof piece;
                rig_serve(piece, size);
                left -= (uint32_t)size;
                while (rig_next())
                    continue;
                if (rig.session.state == MOTE_SESSION_CLOSING)
                    break;
            }
            if (type != MOTE_PUBLISH && sizes[i / 2] > BUFFER && i % 2 == 0)
                CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);
            while (rig_sent())
                continue;
        }
    }
}

/* A PUBLISH of those sizes reaches the caller whole, in pieces, whatever the buffer. */
static void messages_around_the_buffer(void)
{
    static char letters[2 * BUFFER];

    memset(letters, 'x', sizeof letters);
    for (size_t size = 0; size < sizeof letters; size++) {
        struct mote_message message = {.topic = MOTE_TEXT("t"), .payload = {letters, size}, .qos = MOTE_QOS_1};
        size_t got = 0;
        begin(MOTE_MQTT_5);
        message.packet_id = 1;
        rig_serve_message(&message);
        do {
            RIG_EXPECT(MOTE_EVENT_MESSAGE);
            CHECK_EQUAL(rig.event.message.payload_size, size);
            CHECK_EQUAL(rig.event.message.payload_offset, got);
            got += rig.event.message.payload.length;
        } while (got < size);
        CHECK_EQUAL(got, size);
        RIG_EXPECT_NOTHING();
        RIG_EXPECT_SENT_ACK(MOTE_PUBACK, 1, 0);
    }
}

/* CVE-2020-10062, CVE-2020-10070 and -10071 (Zephyr): the head of a PUBLISH fills the buffer, and what is left for the payload
 * is reckoned wrongly. The head ends before, at and behind the buffer's end. */
static void publish_head_around_the_buffer(void)
{
    static char letters[BUFFER];

    memset(letters, 'x', sizeof letters);
    for (size_t topic = BUFFER - 12; topic < BUFFER; topic++) {
        for (size_t payload = 0; payload < 4; payload++) {
            struct mote_message message = {.topic = {letters, topic}, .payload = {letters, payload}};
            size_t head = 2 + 2 + topic;
            begin(MOTE_MQTT_3_1_1);
            rig_serve_message(&message);
            if (head < BUFFER || (head == BUFFER && payload == 0)) {
                size_t got = 0;
                do {
                    RIG_EXPECT(MOTE_EVENT_MESSAGE);
                    got += rig.event.message.payload.length;
                } while (got < payload);
            } else {
                RIG_EXPECT(MOTE_EVENT_DROPPED);
                CHECK_EQUAL(rig.event.message.payload_size, head + payload);
            }
            RIG_EXPECT_NOTHING();
            rig_serve_publish(MOTE_QOS_0, 0, "next");
            RIG_EXPECT(MOTE_EVENT_MESSAGE);
        }
    }
}

/* CVE-2019-19307 (Mongoose), libcurl's mqtt_decode_len, esp-mqtt ffd44fb: five bytes of length; an endless loop. Each turn of
 * the rig is counted, so that a loop without end is an error. Also with -m32. */
static void lengths_of_five_bytes(void)
{
    for (unsigned type = 1; type < 16; type++) {
        for (unsigned last = 0; last < 256; last += 15) {
            uint8_t bytes[] = {0, 0xFF, 0xFF, 0xFF, 0xFF, (uint8_t)last};
            write_header(bytes, type, 127);
            bytes[1] = 0xFF;
            begin(MOTE_MQTT_5);
            rig_serve(bytes, sizeof bytes);
            RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_MALFORMED_PACKET);
        }
    }
}

/* CVE-2021-28166 (Mosquitto): a packet that only the other side may send, taken for granted. The wrong role. All that only a
 * client sends, before and after the CONNACK; table/session_states has all types in all states. */
static void packets_of_the_other_side(void)
{
    static const uint8_t types[] = {MOTE_CONNECT, MOTE_SUBSCRIBE, MOTE_UNSUBSCRIBE, MOTE_PINGREQ};
    static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};
    uint8_t bytes[40] = {0};

    for (size_t i = 0; i < 4 * sizeof types; i++) {
        enum mote_mqtt_version version = versions[i & 1];
        unsigned type = types[i >> 2];
        size_t size = write_header(bytes, type, type == MOTE_PINGREQ ? 0 : 20);
        rig_begin(version);
        CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        if ((i & 2) != 0) {
            rig_serve_connack(false, 0, NULL, 0);
            RIG_EXPECT(MOTE_EVENT_CONNECTED);
        }
        rig_serve(bytes, size + (type == MOTE_PINGREQ ? 0 : 20));
        RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_PROTOCOL_ERROR);
    }
}

/* CVE-2021-34432 (Mosquitto): a PUBLISH with an empty topic. Zero length. Without an alias, with one that means nothing, with
 * one that is 0, with one that is too large. */
static void empty_topics(void)
{
    begin(MOTE_MQTT_3_1_1);
    RIG_SERVE("\x30\x03\x00\x00x");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_PROTOCOL_ERROR);
    begin(MOTE_MQTT_5);
    RIG_SERVE("\x30\x04\x00\x00\x00x");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_PROTOCOL_ERROR);
    begin(MOTE_MQTT_5);
    RIG_SERVE("\x30\x07\x00\x00\x03\x23\x00\x01x");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_PROTOCOL_ERROR);
    begin(MOTE_MQTT_5);
    RIG_SERVE("\x30\x07\x00\x00\x03\x23\x00\x00x");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_TOPIC_ALIAS_INVALID);
    begin(MOTE_MQTT_5);
    RIG_SERVE("\x30\x07\x00\x00\x03\x23\xff\xffx");
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_TOPIC_ALIAS_INVALID);
}

/* CVE-2023-28366 (Mosquitto): the same identifier of QoS 2 again and again, never released; each one is kept. A leak. A million
 * times, and the session is the same to the last byte. */
static void one_identifier_a_million_times(void)
{
    static uint8_t packets[250 * 10];
    static struct mote_session before;

    for (size_t i = 0; i < sizeof packets; i += 10)
        memcpy(packets + i, (const uint8_t[]){0x3C, 8, 0, 1, 't', 0, 7, 0, 'x', 'x'}, 10);
    rig_begin(MOTE_MQTT_5);
    rig_start();
    rig_serve(packets, 10);
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    RIG_EXPECT_NOTHING();
    for (int i = 0; i < 4000; i++) {
        rig_serve(packets, sizeof packets);
        RIG_EXPECT_NOTHING();
        rig.to_server.start = rig.to_server.end = 0;
        if (i == 0)
            before = rig.session;
        before.counters = rig.session.counters;
    }
    CHECK_EQUAL(rig.session.counters.duplicates, 1000000);
    CHECK_EQUAL(rig.session.counters.messages_received, 1);
    CHECK(memcmp(&before, &rig.session, sizeof before) == 0);
}

/* CVE-2017-7651 (Mosquitto): memory is taken for the length that a header claims. Every packet of 268 435 455 bytes that is
 * not a message is refused once the buffer is full, not later; a message is read past. */
static void a_claim_of_all_there_is(void)
{
    static const uint8_t types[] = {MOTE_CONNACK, MOTE_SUBACK, MOTE_UNSUBACK, MOTE_PUBACK};
    uint8_t bytes[BUFFER] = {0};

    for (size_t i = 0; i < sizeof types; i++) {
        begin(MOTE_MQTT_3_1_1);
        write_header(bytes, types[i], 268435455);
        rig_serve(bytes, BUFFER - 1);
        if (types[i] != MOTE_CONNACK) /* which must not come now anyway */
            RIG_EXPECT_NOTHING();
        rig_serve(bytes + BUFFER - 1, 1);
        RIG_EXPECT(MOTE_EVENT_FAILED);
        end_of_connection();
    }
    begin(MOTE_MQTT_5);
    rig.config.packet_size_max = 1000;
    write_header(bytes, MOTE_PUBLISH, 268435455);
    rig_serve(bytes, BUFFER);
    RIG_EXPECT_NOTHING();
    CHECK_EQUAL(rig.session.state, MOTE_SESSION_CONNECTED);
    CHECK(rig.session.receive_at == rig.session.receive_end);
}

/* Contiki-NG #3217: what the first segment shows to be wrong is forgotten before the second comes. Errors that do not stick.
 * A wrong packet in two segments, cut anywhere, with right ones behind it: nothing is taken any more. */
static void errors_are_sticky_over_segments(void)
{
    static const uint8_t stream[] = {0x32, 9, 0, 20, 't', '/', 'i', 0, 1, 0, 'x', 0x30, 6, 0, 3, 't', '/', 'i', 'x'};

    for (size_t cut = 1; cut < sizeof stream; cut++) {
        unsigned failures = 0;
        begin(MOTE_MQTT_3_1_1);
        rig_serve(stream, cut);
        for (; rig_next(); failures++)
            CHECK_EQUAL(rig.event.type, MOTE_EVENT_FAILED);
        rig_serve(stream + cut, sizeof stream - cut);
        for (; rig_next(); failures++)
            CHECK_EQUAL(rig.event.type, MOTE_EVENT_FAILED);
        CHECK_EQUAL(failures, 1);
        rig_serve_publish(MOTE_QOS_0, 0, "right");
        RIG_EXPECT_NOTHING();
        CHECK_EQUAL(rig.session.counters.messages_received, 0);
        end_of_connection();
    }
}

/* Contiki-NG #600: and right ones, cut anywhere, are what they are in one piece. table/session_split has every packet. */
static void messages_cut_anywhere(void)
{
    static const uint8_t stream[] = {0x34, 11, 0, 3, 't', '/', 'i', 0, 9, 3, 1, 1, 'x'};
    uint8_t bytes[sizeof stream];

    memcpy(bytes, stream, sizeof stream);
    bytes[9] = 2; /* the property block: a payload format */
    for (size_t cut = 1; cut < sizeof bytes; cut++) {
        begin(MOTE_MQTT_5);
        rig_serve(bytes, cut);
        RIG_EXPECT_NOTHING();
        rig_serve(bytes + cut, sizeof bytes - cut);
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        CHECK_TEXT(rig.event.message.topic, "t/i");
        CHECK_TEXT(rig.event.message.payload, "x");
        CHECK_EQUAL(rig.event.packet_id, 9);
    }
}

/* coreMQTT 5.0.0 (86c684ea): a SUBACK of which the properties end behind it. Inner length against outer. */
static void suback_properties_behind_its_end(void)
{
    for (unsigned length = 2; length < 256; length++) {
        const struct mote_filter filter = {.topic = MOTE_TEXT("t")};
        const uint8_t bytes[] = {0x90, 4, 0, 1, (uint8_t)(length & 0x7F), 0};
        begin(MOTE_MQTT_5);
        CHECK_EQUAL(mote_session_subscribe(&rig.session, &filter, 1, NULL, NULL), MOTE_OK);
        RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
        rig_serve(bytes, sizeof bytes);
        if ((length & 0x7F) == 0)
            RIG_EXPECT(MOTE_EVENT_SUBSCRIBED);
        else
            RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_MALFORMED_PACKET);
    }
}

/* wolfMQTT #545 and its kin: a CONNACK that is cut short, and then the connection. */
static void connack_that_never_ends(void)
{
    for (size_t size = 1; size < 5; size++) {
        rig_begin(MOTE_MQTT_5);
        CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
        rig_open();
        RIG_EXPECT_SENT(MOTE_CONNECT);
        rig_serve("\x20\x03\x00\x00\x00", size);
        RIG_EXPECT_NOTHING();
        mote_session_closed(&rig.session);
        RIG_EXPECT_NOTHING();
        rig_connect(false);
    }
}

/* NanoMQ #2270: a PUBLISH of QoS 1 and 2 that ends behind its topic, as a server's. Truncation after a field. */
static void publish_ends_behind_its_topic(void)
{
    for (uint8_t first = 0x32; first <= 0x34; first = (uint8_t)(first + 2)) {
        for (uint8_t size = 3; size < 6; size++) {
            const uint8_t bytes[] = {first, size, 0, 1, 't', 0, 1};
            begin(MOTE_MQTT_5);
            rig_serve(bytes, 2 + (size_t)size);
            RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_MALFORMED_PACKET);
        }
    }
}

static void subscribe_to(size_t count)
{
    static const struct mote_filter filters[] = {{.topic = {"a", 1}}, {.topic = {"b", 1}}, {.topic = {"c", 1}}};

    CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, count, NULL, NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_SUBSCRIBE);
}

/* CVE-2024-10525 (libmosquitto): a SUBACK without codes. As many as were asked for, one less, one more, none; and the same of
 * an UNSUBACK. */
static void not_one_code_for_each_filter(void)
{
    for (int version = 4; version <= 5; version++) {
        for (size_t asked = 1; asked <= 3; asked++) {
            for (size_t told = 0; told <= 4; told++) {
                begin((enum mote_mqtt_version)version);
                subscribe_to(asked);
                rig_serve_reply(MOTE_SUBACK, 1, (struct mote_text){"\0\0\0\0", told});
                if (told == asked)
                    RIG_EXPECT(MOTE_EVENT_SUBSCRIBED);
                else
                    RIG_EXPECT(MOTE_EVENT_FAILED);
            }
        }
    }
    begin(MOTE_MQTT_5);
    CHECK_EQUAL(mote_session_unsubscribe(&rig.session, &(struct mote_filter){.topic = MOTE_TEXT("a")}, 1, NULL, NULL),
                MOTE_OK);
    rig_serve_reply(MOTE_UNSUBACK, 1, MOTE_TEXT(""));
    RIG_EXPECT(MOTE_EVENT_FAILED);
}

/* CVE-2024-3935, CVE-2024-8376 (Mosquitto): aliases given anew, and acknowledgements in an order that nobody expects. */
static void aliases_given_anew_and_odd_orders(void)
{
    begin(MOTE_MQTT_5);
    for (int i = 0; i < 3; i++) {
        RIG_SERVE("\x30\x07\x00\x01"
                  "a\x03\x23\x00\x01"); /* 1 is a */
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        RIG_SERVE("\x30\x07\x00\x01"
                  "b\x03\x23\x00\x01"); /* 1 is b */
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        RIG_SERVE("\x30\x06\x00\x00\x03\x23\x00\x01");
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        CHECK_TEXT(rig.event.message.topic, "b");
    }
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "x", NULL), MOTE_OK);
    RIG_EXPECT_SENT(MOTE_PUBLISH);
    rig_serve_ack(MOTE_PUBCOMP, 1, 0); /* without a PUBREC */
    RIG_EXPECT_FAILURE(MOTE_MQTT_PROTOCOL, MOTE_CODE_PROTOCOL_ERROR);
}

/* RIOT asymcute: a payload and its header are larger than the buffer that they go into. Outgoing lengths. */
static void publications_around_the_output(void)
{
    static char letters[2 * BUFFER];

    for (size_t size = 0; size < sizeof letters; size++) {
        struct mote_message message = {.topic = MOTE_TEXT("t"), .payload = {letters, size}};
        rig_begin(MOTE_MQTT_3_1_1);
        rig.config.send_buffer = page_end(PAGE_END_OUT, BUFFER);
        rig.config.send_size = BUFFER;
        rig_start();
        bool fits = 2 + 3 + size <= BUFFER - 4;
        CHECK_EQUAL(mote_session_publish(&rig.session, &message, NULL), fits ? MOTE_OK : MOTE_MQTT_PACKET_TOO_LARGE);
        CHECK_EQUAL(rig_sent(), fits);
    }
}

/* wolfMQTT #519: what is reserved in a CONNACK's flags is taken; F-7661: so are codes of a SUBACK. */
static void reserved_bits_and_codes(void)
{
    for (unsigned flags = 2; flags < 256; flags++) {
        const uint8_t bytes[] = {0x20, 2, (uint8_t)flags, 0};
        rig_begin(MOTE_MQTT_3_1_1);
        CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
        rig_open();
        rig_serve(bytes, sizeof bytes);
        RIG_EXPECT(MOTE_EVENT_FAILED);
    }
    for (unsigned code = 3; code < 128; code++) {
        const char codes[] = {(char)code};
        begin(MOTE_MQTT_3_1_1);
        subscribe_to(1);
        rig_serve_reply(MOTE_SUBACK, 1, (struct mote_text){codes, 1});
        RIG_EXPECT(MOTE_EVENT_FAILED);
    }
}

/* lwmqtt: no memory of identifiers of QoS 2 at all. A message that is sent again with DUP before its PUBREL is delivered once,
 * also over a new connection; after the PUBREL the identifier is a new message's. */
static void sent_again_before_pubrel(void)
{
    rig_begin(MOTE_MQTT_3_1_1);
    rig_start();
    rig_serve_publish(MOTE_QOS_2, 5, "once");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    for (int i = 0; i < 3; i++) {
        RIG_SERVE("\x3c\x0c\x00\x04t/in\x00\x05once");
        RIG_EXPECT_NOTHING();
    }
    rig_reconnect(true);
    RIG_SERVE("\x3c\x0c\x00\x04t/in\x00\x05once");
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBREC, 5, 0);
    rig_serve_ack(MOTE_PUBREL, 5, 0);
    RIG_EXPECT_NOTHING();
    RIG_EXPECT_SENT_ACK(MOTE_PUBCOMP, 5, 0);
    rig_serve_publish(MOTE_QOS_2, 5, "another");
    RIG_EXPECT(MOTE_EVENT_MESSAGE);
    CHECK_EQUAL(rig.session.counters.duplicates, 4);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"01 lengths around the buffer", lengths_around_the_buffer},
        {"01 messages around the buffer", messages_around_the_buffer},
        {"04 lengths of five bytes", lengths_of_five_bytes},
        {"10 packets of the other side", packets_of_the_other_side},
        {"11 empty topics", empty_topics},
        {"12 one identifier a million times", one_identifier_a_million_times},
        {"15 a claim of all there is", a_claim_of_all_there_is},
        {"20 PUBLISH head around the buffer", publish_head_around_the_buffer},
        {"21 errors are sticky over segments", errors_are_sticky_over_segments},
        {"21 messages cut anywhere", messages_cut_anywhere},
        {"22 SUBACK properties behind its end", suback_properties_behind_its_end},
        {"23 CONNACK that never ends", connack_that_never_ends},
        {"26 PUBLISH ends behind its topic", publish_ends_behind_its_topic},
        {"28 not one code for each filter", not_one_code_for_each_filter},
        {"28 aliases given anew and odd orders", aliases_given_anew_and_odd_orders},
        {"29 publications around the output", publications_around_the_output},
        {"30 reserved bits and codes", reserved_bits_and_codes},
        {"31 sent again before PUBREL", sent_again_before_pubrel},
    };

    return check_main("table/hostile_client", cases, sizeof cases / sizeof cases[0], argc, argv);
}
