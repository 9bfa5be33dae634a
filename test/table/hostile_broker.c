/* Defects that others have shipped in brokers, each as a case of its own against ours; docs/HOSTILE.md has the list. The rig's
 * memory moves with every resize, and all of it has to be back in the end. */
#include "../unit/broker_rig.h"

#include <mote/reason.h>

#include <stdio.h>

#define RECEIVE 1024u

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

static void start(void)
{
    rig_begin();
    rig.config.receive_size = RECEIVE;
    rig_start();
}

/* Everybody else goes on. */
static void others_go_on(void)
{
    struct rig_client *other = rig_connect(MOTE_MQTT_5, "other");

    rig_subscribe(other, "o", MOTE_QOS_1);
    rig_publish(other, "o", "x", MOTE_QOS_1, false, 1);
    while (rig_next(other) != MOTE_PUBLISH)
        CHECK_EQUAL(rig.packet.header.type, MOTE_PUBACK);
    CHECK_TEXT(rig.packet.message.payload, "x");
}

/* CVE-2021-41036 (Paho embedded): a packet's length is not compared with the buffer that it is read into. Outer length against
 * memory. Each type of packet around the size of the receive buffer, and the largest that there is. */
static void lengths_around_the_buffer(void)
{
    static const uint32_t sizes[] = {RECEIVE - 1, RECEIVE, RECEIVE + 1, 268435455};
    static uint8_t bytes[2 * RECEIVE];

    for (unsigned type = 0; type < 16; type++) {
        for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
            start();
            struct rig_client *c = rig_connect(i % 2 == 0 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5, "c");
            memset(bytes, 1, sizeof bytes);
            write_header(bytes, type, sizes[i / 2]);
            rig_feed(c, bytes, sizeof bytes);
            if (type != MOTE_PUBLISH && type != MOTE_SUBSCRIBE && type != MOTE_UNSUBSCRIBE)
                CHECK(c->client == NULL);
            CHECK(rig.memory < 100000);
            others_go_on();
            rig_end();
        }
    }
}

/* CVE-2026-54412 (MQTT-C): a topic longer than its packet. Inner length against outer. */
static void topic_longer_than_packet(void)
{
    for (uint8_t qos = 0; qos < 3; qos++) {
        for (uint8_t inner = 0; inner < 20; inner++) {
            uint8_t bytes[] = {(uint8_t)(0x30 | qos << 1), 8, 0, inner, 'a', 'a', 'a', 'a', 'a', 'a'};
            start();
            struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
            rig_feed(c, bytes, sizeof bytes);
            CHECK_EQUAL(c->client != NULL, inner > 0 && inner <= (qos > 0 ? 4 : 6));
            others_go_on();
            rig_end();
        }
    }
}

/* CVE-2019-19307 (Mongoose): five bytes of length; an endless loop. Before and after the CONNECT. */
static void lengths_of_five_bytes(void)
{
    for (unsigned type = 1; type < 16; type++) {
        uint8_t bytes[] = {0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0};
        write_header(bytes, type, 127);
        bytes[1] = 0xFF;
        start();
        struct rig_client *stranger = rig_open(MOTE_MQTT_3_1_1);
        rig_feed(stranger, bytes, sizeof bytes);
        CHECK(stranger->client == NULL);
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
        rig_feed(c, bytes, sizeof bytes);
        rig_expect_cut(c, MOTE_CODE_MALFORMED_PACKET);
        rig_end();
    }
}

/* CVE-2017-2893, with -2892, -2894 and -2895 (Mongoose): SUBSCRIBE without a filter, with more than there is room for, cut
 * short within one. NULL, the stack, and the end of the packet. */
static void subscribe_of_none_and_of_a_thousand(void)
{
    static uint8_t bytes[8000];
    size_t size = 3;

    start();
    struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
    RIG_FEED(c, "\x82\x02\x00\x01");
    rig_expect_cut(c, 0);
    c = rig_connect(MOTE_MQTT_5, "c");
    RIG_FEED(c, "\x82\x03\x00\x01\x00");
    rig_expect_cut(c, MOTE_CODE_PROTOCOL_ERROR);

    c = rig_connect(MOTE_MQTT_3_1_1, "c");
    memcpy(bytes + size, "\x00\x01", 2);
    size += 2;
    for (unsigned i = 0; i < 1000; i++)
        size += (size_t)sprintf((char *)bytes + size, "%c%cf%03u%c", 0, 4, i, 0);
    uint32_t remaining = (uint32_t)(size - 3);
    memcpy(bytes, (uint8_t[]){0x82, (uint8_t)(0x80 | (remaining & 0x7F)), (uint8_t)(remaining >> 7)}, 3);
    rig_feed(c, bytes, size);
    RIG_EXPECT(c, MOTE_SUBACK);
    CHECK_EQUAL(rig.packet.reply.codes.length, 1000);
    CHECK_EQUAL(rig.broker.counters.subscriptions, 1000);
    RIG_NOTHING(c);

    for (uint8_t end = 3; end < 10; end++) { /* within the second filter */
        uint8_t cut[] = {0x82, end, 0, 2, 0, 1, 'a', 0, 0, 4, 'b', 'c'};
        c = rig_connect(MOTE_MQTT_3_1_1, "c");
        rig_feed(c, cut, 2 + (size_t)end);
        CHECK_EQUAL(c->client != NULL, end == 6);
    }
    rig_end();
}

static char line[4096];

static const char *text_of(struct mote_text text)
{
    return text.data == NULL ? "" : text.data;
}

/* As a broker that logs does. */
static void print_event(void *context, const struct mote_broker_event *event)
{
    static const struct mote_message no_message;
    static const struct mote_filter no_filter;
    const struct mote_message *message = event->message == NULL ? &no_message : event->message;
    const struct mote_filter *filter = event->filter == NULL ? &no_filter : event->filter;

    CHECK(context == &rig);
    rig.events[event->type]++;
    snprintf(line, sizeof line, "%d %.*s %d %s %s %.*s %.*s %u %u %.*s %d %u", (int)event->type,
             (int)event->client_id.length, text_of(event->client_id), (int)event->version,
             mote_reason_code(event->reason), event->words == NULL ? "-" : event->words, (int)message->topic.length,
             text_of(message->topic), (int)message->payload.length, text_of(message->payload), (unsigned)message->qos,
             (unsigned)message->packet_id, (int)filter->topic.length, text_of(filter->topic), (int)filter->qos,
             (unsigned)event->delivered);
}

/* CVE-2024-35492 (Mongoose): NULL where a crafted packet has a field empty, when it is printed. Logging. Each field that an
 * event has is printed, of packets in which it is empty or missing. */
static void every_field_is_printed(void)
{
    static const struct {
        const char *bytes;
        size_t size;
    } streams[] = {
#define STREAM(bytes) {bytes, sizeof(bytes) - 1}
#define HELLO "\x10\x0C\x00\x04MQTT\x04\x02\x00\x00\x00\x00"
        STREAM("\x10\x00"),
        STREAM("\x10\x0C\x00\x04MQTT\x04\x00\x00\x00\x00\x00"), /* an empty client id that is to be kept */
        STREAM("\x10\x0C\x00\x04MQTT\x07\x02\x00\x00\x00\x00"),
        STREAM("\x10\x10\x00\x04MQTT\x04\xC2\x00\x00\x00\x00\x00\x00\x00\x00"),  /* empty name and password */
        STREAM("\x10\x11\x00\x04MQTT\x04\x06\x00\x00\x00\x00\x00\x01w\x00\x00"), /* a will of nothing */
        STREAM(HELLO "\x31\x03\x00\x01t"),                                       /* an empty payload, retained */
        STREAM(HELLO "\x30\x02\x00\x00"),
        STREAM(HELLO "\x82\x05\x00\x01\x00\x00\x00"),
        STREAM(HELLO "\x82\x06\x00\x01\x00\x01#\x00\xA2\x05\x00\x02\x00\x01#"),
        STREAM(HELLO "\xE0\x00"),
        STREAM(HELLO "\xF0\x00"),
    };

    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        rig_begin();
        rig.config.observe = print_event;
        rig_start();
        struct rig_client *c = rig_open(MOTE_MQTT_3_1_1);
        rig_feed(c, streams[i].bytes, streams[i].size);
        if (c->client != NULL)
            rig_close(c);
        CHECK(rig.events[MOTE_BROKER_CLIENT_REFUSED] + rig.events[MOTE_BROKER_CLIENT_DISCONNECTED] > 0);
        rig_end();
    }
}

/* CVE-2026-21888 (NanoMQ): a property length of five bytes. Varints, in CONNECT, its will, PUBLISH, SUBSCRIBE. */
static void property_lengths_of_five_bytes(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool first;
    } packets[] = {
        {"\x10\x12\x00\x04MQTT\x05\x02\x00\x00\x80\x80\x80\x80\x00\x00\x01x", 20, true},
        {"\x10\x18\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x01x\x80\x80\x80\x80\x00\x00\x01w\x00\x00", 26, true},
        {"\x30\x09\x00\x01t\x80\x80\x80\x80\x00x", 11, false},
        {"\x82\x0B\x00\x01\x80\x80\x80\x80\x00\x00\x01t\x00", 13, false},
        {"\xE0\x06\x00\x80\x80\x80\x80\x00", 8, false},
    };

    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        start();
        struct rig_client *c = packets[i].first ? rig_open(MOTE_MQTT_5) : rig_connect(MOTE_MQTT_5, "c");
        rig_feed(c, packets[i].bytes, packets[i].size);
        if (packets[i].first)
            CHECK(c->client == NULL);
        else
            rig_expect_cut(c, MOTE_CODE_MALFORMED_PACKET);
        others_go_on();
        rig_end();
    }
}

/* CVE-2026-25627 (NanoMQ): a WebSocket frame claims 4096 bytes and brings three. The transport's length against the packet's.
 * Ours has no WebSocket; what is left of it: whatever pieces the transport brings, the packet's own length counts, and the
 * rest of one that never comes is nobody's. */
static void claims_4096_and_sends_3(void)
{
    size_t memory;

    start();
    struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
    memory = rig.memory;
    RIG_FEED(c, "\x30\x80\x20");
    RIG_FEED(c, "\x00\x01t");
    CHECK(c->client != NULL);
    CHECK_EQUAL(rig.events[MOTE_BROKER_PUBLISHED], 0);
    CHECK(rig.memory <= memory + 4096 + 512);
    rig_close(c);
    CHECK(rig.memory < memory);
    others_go_on();
    rig_end();
}

/* --- Take-over --- */

enum { STEPS = 5 };

static void send_step(struct rig_client **place, unsigned step, enum mote_mqtt_version version, bool clean)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("a/#"), .qos = MOTE_QOS_2};

    if (step == 0) {
        *place = rig_open(version);
        CHECK((*place)->client != NULL);
        rig_send_connect(*place, (struct mote_connect){.clean_start = clean,
                                                       .client_id = MOTE_TEXT("same"),
                                                       .will = {.topic = MOTE_TEXT("a/w"), .qos = MOTE_QOS_1}});
        return;
    }
    if ((*place)->client == NULL)
        return; /* it was thrown out: whatever it still sends goes nowhere */
    if (step == 1)
        rig_send_request(*place, MOTE_SUBSCRIBE, &filter, 1, NULL);
    else if (step == 2)
        rig_publish(*place, "a/b", "x", MOTE_QOS_2, false, 7);
    else if (step == 3)
        rig_send_request(*place, MOTE_UNSUBSCRIBE, &filter, 1, NULL);
    else
        rig_close(*place);
}

/* One order of the steps of both: bit n of `order` says whose step the n-th is. */
static void interleave(unsigned order, unsigned variant)
{
    struct rig_client *clients[2] = {NULL, NULL};
    unsigned done[2] = {0, 0};

    rig_begin();
    rig.config.close_timeout_ms = 50;
    rig_start();
    for (unsigned i = 0; i < 2 * STEPS; i++) {
        unsigned who = order >> i & 1;
        send_step(&clients[who], done[who]++, (variant >> who & 1) != 0 ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1,
                  (variant >> (2 + who) & 1) != 0);
        if ((variant & 16) != 0 && clients[who]->client != NULL)
            clients[who]->held = true; /* does not read, so that its end is delayed */
        CHECK_EQUAL(rig.broker.counters.memory, rig.memory);
        CHECK(rig.broker.counters.connected <= 1);
    }
    rig_pass(100);
    CHECK_EQUAL(rig.broker.counters.clients, 0);
    rig_end();
}

static unsigned count_bits(unsigned word)
{
    unsigned count = 0;

    for (; word != 0; word >>= 1)
        count += word & 1;
    return count;
}

/* CVE-2025-59946, CVE-2026-22040 (NanoMQ): a client is thrown out by another with its name while it subscribes and unsubscribes.
 * Use after free. Two clients with one name that connect, subscribe, publish, unsubscribe and leave, in every order of their
 * steps; with old and new versions, clean and kept sessions, and with one that does not read. */
static void take_over_in_every_order(void)
{
    unsigned orders = 0;

    for (unsigned order = 0; order < 1u << 2 * STEPS; order++) {
        if (count_bits(order) != STEPS)
            continue;
        orders++;
        for (unsigned variant = 0; variant < 32; variant++)
            interleave(order, variant);
    }
    CHECK_EQUAL(orders, 252);
}

/* CVE-2021-28166 (Mosquitto): a CONNACK from a client. The wrong role. All that only a broker sends, before and after CONNECT;
 * table/broker_states has all types in all states. */
static void packets_of_the_other_side(void)
{
    static const uint8_t types[] = {MOTE_CONNACK, MOTE_SUBACK, MOTE_UNSUBACK, MOTE_PINGRESP};
    static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};

    for (size_t i = 0; i < 4 * sizeof types; i++) {
        uint8_t bytes[8] = {0};
        uint8_t type = types[i >> 2];
        uint8_t size = type == MOTE_PINGRESP ? 0 : 4;
        write_header(bytes, type, size);
        start();
        struct rig_client *c = (i & 2) != 0 ? rig_connect(versions[i & 1], "c") : rig_open(versions[i & 1]);
        rig_feed(c, bytes, 2 + (size_t)size);
        rig_expect_cut(c, (i & 2) != 0 ? MOTE_CODE_PROTOCOL_ERROR : 0);
        others_go_on();
        rig_end();
    }
}

/* CVE-2021-34432 (Mosquitto): a PUBLISH with an empty topic. Zero length. */
static void empty_topics(void)
{
    start();
    struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
    RIG_FEED(c, "\x30\x03\x00\x00x");
    rig_expect_cut(c, 0);
    c = rig_connect(MOTE_MQTT_5, "c");
    RIG_FEED(c, "\x30\x04\x00\x00\x00x");
    rig_expect_cut(c, MOTE_CODE_PROTOCOL_ERROR);
    c = rig_connect(MOTE_MQTT_5, "c");
    RIG_FEED(c, "\x30\x07\x00\x00\x03\x23\x00\x01x");
    rig_expect_cut(c, MOTE_CODE_PROTOCOL_ERROR); /* an alias that stands for nothing */
    others_go_on();
    rig_end();
}

/* CVE-2023-28366 (Mosquitto): the same identifier of QoS 2 again and again, never released; each one is kept. A leak. A million
 * times, and the memory is what it was. */
static void one_identifier_a_million_times(void)
{
    static uint8_t packets[128 * 8];
    size_t memory = 0;

    for (size_t i = 0; i < sizeof packets; i += 8)
        memcpy(packets + i, (const uint8_t[]){0x34, 6, 0, 1, 't', 0, 7, 'x'}, 8);
    start();
    struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
    for (unsigned i = 0; i < 1000000 / 128 + 1; i++) {
        rig_feed(c, packets, sizeof packets);
        c->start = c->end = 0;
        if (i == 0)
            memory = rig.memory;
        CHECK_EQUAL(rig.memory, memory);
    }
    CHECK_EQUAL(rig.events[MOTE_BROKER_PUBLISHED], 1);
    rig_end();
}

/* CVE-2023-0809 (Mosquitto): memory is taken for a first packet that is no CONNECT. Nothing is taken for a stranger, whatever he
 * claims, but for a CONNECT, and for that only so much. */
static void nothing_for_strangers(void)
{
    uint8_t bytes[8];

    for (unsigned type = 0; type < 16; type++) {
        start();
        struct rig_client *c = rig_open(MOTE_MQTT_3_1_1);
        size_t memory = rig.memory;
        size_t size = write_header(bytes, type, type == MOTE_CONNECT ? 16000 : 268435455);
        rig_feed(c, bytes, size);
        CHECK_EQUAL(c->client != NULL, type == MOTE_CONNECT);
        CHECK(rig.memory <= memory + (type == MOTE_CONNECT ? 16384 + 256 : 0));
        if (type == MOTE_CONNECT)
            rig_close(c);
        c = rig_open(MOTE_MQTT_3_1_1);
        size = write_header(bytes, MOTE_CONNECT, 268435455);
        rig_feed(c, bytes, size);
        CHECK(c->client == NULL); /* over connect_size_max */
        rig_end();
    }
}

/* CVE-2023-3592 (Mosquitto): a will with properties of the wrong kind; what was taken for it is lost. A leak on the way of an
 * error. Every property in every place of a CONNECT and behind it, and all the memory comes back. */
static void every_property_in_the_wrong_place(void)
{
    static const uint8_t values[] = {0, 2, 'a', 'b', 0, 1, 'c', 0};

    for (unsigned id = 0; id < 64; id++) {
        for (unsigned size = 1; size <= 1 + sizeof values; size++) {
            uint8_t will[64] = "\x10\x00\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x02me";
            size_t at = 17;
            will[at++] = (uint8_t)size;
            will[at++] = (uint8_t)id;
            memcpy(will + at, values, size - 1);
            at += size - 1;
            memcpy(will + at, "\x00\x01w\x00\x01p", 6);
            at += 6;
            will[1] = (uint8_t)(at - 2);
            start();
            size_t before = rig.memory;
            struct rig_client *c = rig_open(MOTE_MQTT_5);
            rig_feed(c, will, at);
            if (c->client != NULL)
                rig_close(c);
            rig_pass(1000);
            if (rig.broker.counters.sessions == 0 && rig.broker.counters.retained == 0)
                CHECK(rig.memory <= before + 512); /* but for tables that have grown */
            rig_end();
        }
    }
}

/* CVE-2017-7651 (Mosquitto): memory for as much as a header claims. The limit counts at the header, before there is a body. */
static void a_claim_of_all_there_is(void)
{
    uint8_t bytes[8];

    for (int version = 4; version <= 5; version++) {
        rig_begin();
        rig.config.packet_size_max = 5000;
        rig_start();
        struct rig_client *c = rig_connect((enum mote_mqtt_version)version, "c");
        size_t memory = rig.memory;
        rig_feed(c, bytes, write_header(bytes, MOTE_PUBLISH, 5001));
        rig_expect_cut(c, MOTE_CODE_PACKET_TOO_LARGE);
        CHECK(rig.memory <= memory);
        rig_end();
    }
}

/* CVE-2018-12543 (Mosquitto): a topic of `$` alone reaches an assertion. Assertions for what comes from outside. Topics that
 * begin with what is the broker's own, published, retained, subscribed to, as a will. */
static void topics_of_the_brokers_own(void)
{
    static const char *const topics[] = {
        "$",         "$/",         "$S",       "$SYS",      "$SYS/",     "$SYS/broker/clients/total",
        "$share",    "$share/",    "$share/g", "$share/g/", "$share//t", "$share/g/t",
        "$$",        "$CONTROL/x", "/$SYS",    "$SYS/#",    "$SYS/+/x",  "$share/g/#",
        "$share/+/t"};

    for (size_t i = 0; i < 2 * sizeof topics / sizeof topics[0]; i++) {
        const struct mote_text topic = mote_text(topics[i / 2]);
        enum mote_mqtt_version version = i % 2 == 0 ? MOTE_MQTT_3_1_1 : MOTE_MQTT_5;
        rig_begin();
        rig.config.without_sys = false;
        rig_start();
        struct rig_client *c = rig_connect(version, "c");
        rig_send_publish(
            c, &(struct mote_message){
                   .topic = topic, .qos = MOTE_QOS_1, .retain = true, .packet_id = 1, .payload = MOTE_TEXT("x")});
        c = rig_connect(version, "d");
        rig_send_request(c, MOTE_SUBSCRIBE, &(struct mote_filter){.topic = topic}, 1, NULL);
        if (c->client != NULL)
            rig_send_request(c, MOTE_UNSUBSCRIBE, &(struct mote_filter){.topic = topic}, 1, NULL);
        c = rig_open(version);
        rig_send_connect(c, (struct mote_connect){.clean_start = true,
                                                  .client_id = MOTE_TEXT("e"),
                                                  .will = {.topic = topic, .payload = MOTE_TEXT("x"), .retain = true}});
        if (c->client != NULL)
            rig_close(c);
        rig_pass(20000);
        others_go_on();
        rig_end();
    }
}

/* CVE-2020-13849 (the protocol: SlowITe): connections that say nothing, or a keep-alive of 0 or 65535, hold their places. Those
 * who do not send their CONNECT in time are cut off, also if they send it byte by byte; a limit to the keep-alive holds for
 * everybody, 0 too. */
static void slow_clients_hold_nothing(void)
{
    rig_begin();
    rig.config.connect_timeout_ms = 1000;
    rig.config.keep_alive_max_s = 60;
    rig_start();
    struct rig_client *silent = rig_open(MOTE_MQTT_3_1_1);
    struct rig_client *slow = rig_open(MOTE_MQTT_3_1_1);
    for (int i = 0; i < 11; i++) {
        rig_feed(slow, &"\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01x"[i], 1);
        rig_pass(100);
    }
    CHECK(silent->client == NULL && slow->client == NULL);
    for (int i = 0; i < 2; i++) {
        struct rig_client *c = rig_connect_with(
            MOTE_MQTT_5, (struct mote_connect){.clean_start = true, .keep_alive_s = i == 0 ? 0 : 65535});
        CHECK_EQUAL(mote_properties_number(&rig.packet.connack.properties, MOTE_SERVER_KEEP_ALIVE, 0), 60);
        rig_pass(91000);
        CHECK(c->client == NULL);
        c = rig_connect_with(MOTE_MQTT_3_1_1, (struct mote_connect){.clean_start = true,
                                                                    .client_id = MOTE_TEXT("old"),
                                                                    .keep_alive_s = i == 0 ? 0 : 65535});
        CHECK(rig.packet.connack.code != 0);
        CHECK(c->client == NULL);
    }
    CHECK_EQUAL(rig.broker.counters.clients, 0);
    rig_end();
}

/* Contiki-NG #3217: errors that do not stick over segments. Nothing that follows a wrong packet is taken. */
static void errors_are_sticky_over_segments(void)
{
    static const uint8_t stream[] = {0x30, 5, 0, 20, 't', 0, 0, 0x30, 4, 0, 1, 't', 'x'};

    for (size_t cut = 1; cut < sizeof stream; cut++) {
        start();
        struct rig_client *c = rig_connect(MOTE_MQTT_3_1_1, "c");
        rig_feed(c, stream, cut);
        rig_feed(c, stream + cut, sizeof stream - cut);
        CHECK(c->client == NULL);
        CHECK_EQUAL(rig.events[MOTE_BROKER_PUBLISHED], 0);
        rig_end();
    }
}

/* NanoMQ #2270: a PUBLISH of QoS 1 that ends behind its topic. Truncation. */
static void publish_ends_behind_its_topic(void)
{
    for (uint8_t first = 0x32; first <= 0x34; first = (uint8_t)(first + 2)) {
        for (uint8_t size = 0; size < 6; size++) {
            const uint8_t bytes[] = {first, size, 0, 1, 't', 0, 1};
            start();
            struct rig_client *c = rig_connect(MOTE_MQTT_5, "c");
            rig_feed(c, bytes, 2 + (size_t)size);
            rig_expect_cut(c, MOTE_CODE_MALFORMED_PACKET);
            rig_end();
        }
    }
}

/* sol #15: an acknowledgement before the CONNECT. NULL. */
static void acknowledgements_before_connect(void)
{
    for (unsigned type = MOTE_PUBACK; type <= MOTE_PUBCOMP; type++) {
        uint8_t bytes[4] = {0};
        start();
        struct rig_client *c = rig_open(MOTE_MQTT_3_1_1);
        write_header(bytes, type, 2);
        bytes[3] = 1;
        rig_feed(c, bytes, sizeof bytes);
        rig_expect_cut(c, 0);
        others_go_on();
        rig_end();
    }
}

/* sol #17: a second client with the same name, and the first one stays. */
static void one_name_one_client(void)
{
    start();
    struct rig_client *first = rig_connect(MOTE_MQTT_5, "same");
    struct rig_client *second = rig_connect(MOTE_MQTT_3_1_1, "same");
    rig_expect_cut(first, MOTE_CODE_SESSION_TAKEN_OVER);
    CHECK(second->client != NULL);
    CHECK_EQUAL(rig.broker.counters.connected, 1);
    rig_end();
}

/* CVE-2024-8376, CVE-2024-3935, CVE-2024-10525 (Mosquitto): packets in an order that nobody expects, and aliases given anew.
 * Every three packets out of these, one after the other. */
static void odd_orders(void)
{
    static const struct {
        const char *bytes;
        size_t size;
    } packets[] = {
        STREAM("\x10\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01x"),
        STREAM("\x30\x08\x00\x01"
               "a\x03\x23\x00\x01x"),
        STREAM("\x30\x08\x00\x01"
               "b\x03\x23\x00\x01x"),
        STREAM("\x30\x07\x00\x00\x03\x23\x00\x01x"),
        STREAM("\x34\x07\x00\x01t\x00\x05\x00x"),
        STREAM("\x82\x07\x00\x01\x00\x00\x01#\x02"),
        STREAM("\xA2\x06\x00\x01\x00\x00\x01#"),
        STREAM("\x50\x02\x00\x01"),
        STREAM("\x62\x02\x00\x05"),
        STREAM("\x70\x02\x00\x01"),
        STREAM("\x40\x02\x00\x01"),
        STREAM("\xE0\x00"),
        STREAM("\xF0\x02\x19\x00"),
    };
    enum { COUNT = sizeof packets / sizeof packets[0] };

    for (unsigned order = 0; order < COUNT * COUNT * COUNT; order++) {
        unsigned rest = order;
        start();
        struct rig_client *c = rig_connect(MOTE_MQTT_5, "x");
        for (int i = 0; i < 3; i++, rest /= COUNT)
            rig_feed(c, packets[rest % COUNT].bytes, packets[rest % COUNT].size);
        CHECK_EQUAL(rig.broker.counters.memory, rig.memory);
        rig_end();
    }
}

/* wolfMQTT's broker: which identifiers of QoS 2 have been taken is forgotten with the connection. A message is taken once over
 * connections. lwmqtt: not even within one. */
static void taken_once_over_connections(void)
{
    start();
    struct rig_client *reader = rig_connect(MOTE_MQTT_3_1_1, "reader");
    rig_subscribe(reader, "t", MOTE_QOS_0);
    struct rig_client *c = rig_resume(MOTE_MQTT_5, "c");
    for (int i = 0; i < 3; i++) {
        rig_publish(c, "t", "once", MOTE_QOS_2, false, 5);
        rig_expect_ack(c, MOTE_PUBREC, 5, i == 0 ? 0 : rig.packet.ack.code);
        rig_close(c);
        c = rig_resume(MOTE_MQTT_5, "c");
        CHECK(rig.packet.connack.session_present);
    }
    rig_publish(c, "t", "once", MOTE_QOS_2, false, 5);
    RIG_EXPECT(c, MOTE_PUBREC);
    rig_expect_message(reader, "t", "once", MOTE_QOS_0);
    RIG_NOTHING(reader);
    rig_send_ack(c, MOTE_PUBREL, 5, 0);
    rig_expect_ack(c, MOTE_PUBCOMP, 5, 0);
    rig_publish(c, "t", "another", MOTE_QOS_2, false, 5);
    rig_expect_message(reader, "t", "another", MOTE_QOS_0);
    rig_end();
}

static const struct check_case cases[] = {
    {"01 lengths around the buffer", lengths_around_the_buffer},
    {"02 topic longer than packet", topic_longer_than_packet},
    {"04 lengths of five bytes", lengths_of_five_bytes},
    {"05 SUBSCRIBE of none and of a thousand", subscribe_of_none_and_of_a_thousand},
    {"06 every field is printed", every_field_is_printed},
    {"07 property lengths of five bytes", property_lengths_of_five_bytes},
    {"08 claims 4096 and sends 3", claims_4096_and_sends_3},
    {"09 take-over in every order", take_over_in_every_order},
    {"10 packets of the other side", packets_of_the_other_side},
    {"11 empty topics", empty_topics},
    {"12 one identifier a million times", one_identifier_a_million_times},
    {"13 nothing for strangers", nothing_for_strangers},
    {"14 every property in the wrong place", every_property_in_the_wrong_place},
    {"15 a claim of all there is", a_claim_of_all_there_is},
    {"16 topics of the broker's own", topics_of_the_brokers_own},
    {"19 slow clients hold nothing", slow_clients_hold_nothing},
    {"21 errors are sticky over segments", errors_are_sticky_over_segments},
    {"26 PUBLISH ends behind its topic", publish_ends_behind_its_topic},
    {"27 acknowledgements before CONNECT", acknowledgements_before_connect},
    {"27 one name, one client", one_name_one_client},
    {"28 odd orders", odd_orders},
    {"31 taken once over connections", taken_once_over_connections},
};

int main(int argc, char **argv)
{
    return check_main("table/hostile_broker", cases, sizeof cases / sizeof cases[0], argc, argv);
}
