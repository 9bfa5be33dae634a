/* A port for tests of the node: its time stands still unless a test moves it, its links lead to a broker that knows the
 * standard and forgives nothing, its pins and radio do what the test says. What the node does is kept as lines of text:
 *
 *   dial URL                          the link is being opened
 *   CONNECT ID ...                    and every other packet that the broker has received
 *   hang up, abort                    the link is closed
 *   look URL, look away               a second link is opened, and closed: nobody speaks over it
 *   scan, join SSID, leave            the radio
 */
#ifndef FAKE_PORT_H
#define FAKE_PORT_H

#include <mote/node.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "mqtt/codec.h"

enum fake_dial {
    FAKE_ACCEPTS,
    FAKE_REFUSES,   /* at once */
    FAKE_IS_SILENT, /* opening for ever */
};

enum { FAKE_LINES = 2000, FAKE_LINE_SIZE = 200, FAKE_PINS = 20 };

static struct fake {
    struct mote_port port;
    uint64_t now_ms;
    uint32_t random;
    bool random_is_fixed;
    unsigned waits;
    void (*at_wait)(void); /* done once */
    bool stop;

    enum fake_dial dial;
    enum mote_reason dial_reason; /* what it waits for, or why it is refused */
    const char *down;             /* hosts that refuse, each with a blank on either side; NULL: none */
    const char *silent;           /* likewise: opening for ever */
    struct mote_link *link;
    size_t room;  /* bytes that the link takes until somebody makes room */
    size_t chunk; /* and gives at once */
    unsigned segments;
    uint8_t from_node[8192];
    size_t from_node_size;
    uint8_t to_node[65536];
    size_t to_node_size;
    bool has_news; /* bytes that `wait` has not woken for */
    bool closes;   /* once all is read */

    enum mote_mqtt_version version;
    bool in_session;
    bool says_nothing;
    bool holds_acks;
    bool holds_subacks;
    bool takes_qos_2; /* and not only what is sent of it */
    bool swallows;    /* does not look at what it is sent */
    uint8_t connack;
    uint8_t suback; /* 0xFF: as asked for */
    uint8_t puback;
    const char *reference; /* another server, in the CONNACK or DISCONNECT; NULL: none */
    bool session_present;
    bool maximum_qos_0;
    bool no_wildcards;
    uint16_t next_packet_id;

    int level[FAKE_PINS]; /* -1: not taken */
    unsigned writes;
    enum mote_reason pin_reason;

    bool has_radio;
    bool scanning;
    struct mote_wifi_found found[MOTE_SCAN_MAX];
    int found_count;
    struct mote_wifi_status status;
    enum mote_reason radio_reason;
    enum mote_reason join_reason;
    struct mote_wifi_aim aim; /* of the last join; zeros: anywhere */
    bool own_active;          /* the device's own access point */

    char lines[FAKE_LINES][FAKE_LINE_SIZE];
    unsigned segment_of[FAKE_LINES];
    uint64_t time_of[FAKE_LINES];
    unsigned line_count;
    unsigned line_at; /* fake_expect() has gone past these */
} fake;

__attribute__((format(printf, 1, 2))) static inline void fake_log(const char *format, ...)
{
    va_list arguments;

    CHECK(fake.line_count < FAKE_LINES);
    va_start(arguments, format);
    vsnprintf(fake.lines[fake.line_count], FAKE_LINE_SIZE, format, arguments);
    va_end(arguments);
    fake.segment_of[fake.line_count] = fake.segments;
    fake.time_of[fake.line_count] = fake.now_ms;
    fake.line_count++;
}

/* Finds the next line that begins like this, and returns its index; the case fails if there is none. */
static inline unsigned fake_expect(const char *line)
{
    for (unsigned i = fake.line_at; i < fake.line_count; i++) {
        if (strncmp(fake.lines[i], line, strlen(line)) == 0) {
            fake.line_at = i + 1;
            return i;
        }
    }
    check_fail(__FILE__, __LINE__, "no line \"%s\" from %u of %u on; next: \"%s\"", line, fake.line_at, fake.line_count,
               fake.line_at < fake.line_count ? fake.lines[fake.line_at] : "");
}

static inline unsigned fake_count(const char *line)
{
    unsigned count = 0;

    for (unsigned i = 0; i < fake.line_count; i++)
        count += strncmp(fake.lines[i], line, strlen(line)) == 0;
    return count;
}

static inline void fake_forget(void)
{
    fake.line_count = 0;
    fake.line_at = 0;
}

/* --- The broker --- */

static inline uint8_t *fake_reply_room(size_t *room)
{
    *room = sizeof fake.to_node - fake.to_node_size;
    return fake.to_node + fake.to_node_size;
}

static inline void fake_reply(size_t size)
{
    CHECK(size > 0);
    fake.to_node_size += size;
    fake.has_news = true;
}

static inline void fake_publish(const char *topic, const char *payload, enum mote_qos qos, bool retain)
{
    size_t room;
    uint8_t *into = fake_reply_room(&room);

    fake_reply(
        mote_codec_encode_publish(into, room, fake.version,
                                  &(struct mote_message){.topic = mote_text(topic),
                                                         .payload = mote_text(payload),
                                                         .qos = qos,
                                                         .retain = retain,
                                                         .packet_id = qos == MOTE_QOS_0 ? 0 : ++fake.next_packet_id}));
}

static inline void fake_acknowledge(enum mote_packet_type type, uint16_t packet_id, uint8_t code)
{
    size_t room;
    uint8_t *into = fake_reply_room(&room);

    fake_reply(mote_codec_encode_ack(into, room, fake.version, type,
                                     &(struct mote_ack){.packet_id = packet_id, .code = code}));
}

static inline size_t fake_reference(struct mote_property property[1])
{
    if (fake.reference == NULL)
        return 0;
    property[0] = (struct mote_property){.id = MOTE_SERVER_REFERENCE, .text = mote_text(fake.reference)};
    return 1;
}

static inline void fake_disconnect(uint8_t code)
{
    struct mote_property property;
    size_t room;
    uint8_t *into = fake_reply_room(&room);

    fake_reply(mote_codec_encode_ack(
        into, room, fake.version, MOTE_DISCONNECT,
        &(struct mote_ack){.code = code, .properties = {.items = &property, .count = fake_reference(&property)}}));
}

static inline void fake_take_connect(struct mote_text body)
{
    struct mote_property properties[2] = {
        {.id = fake.no_wildcards ? MOTE_WILDCARD_SUBSCRIPTION_AVAILABLE : MOTE_MAXIMUM_QOS}};
    size_t count = fake.maximum_qos_0 || fake.no_wildcards;
    struct mote_connect connect;
    struct mote_fault fault;
    size_t room;
    uint8_t *into = fake_reply_room(&room);

    CHECK(mote_codec_decode_connect(body, &connect, &fault));
    CHECK(!fake.in_session);
    fake.in_session = true;
    fake.version = connect.version;
    fake_log("CONNECT %.*s%s keep-alive %u user %.*s password %.*s will %.*s %.*s q%d%s", (int)connect.client_id.length,
             connect.client_id.data, connect.clean_start ? " clean" : "", connect.keep_alive_s,
             (int)connect.username.length, connect.username.data, (int)connect.password.length, connect.password.data,
             (int)connect.will.topic.length, connect.will.topic.data, (int)connect.will.payload.length,
             connect.will.payload.data, (int)connect.will.qos, connect.will.retain ? " retain" : "");
    if (fake.says_nothing)
        return;
    count += fake_reference(&properties[count]);
    fake_reply(mote_codec_encode_connack(
        into, room, fake.version,
        &(struct mote_connack){.session_present = fake.session_present && !connect.clean_start && fake.connack == 0,
                               .code = fake.connack,
                               .properties = {.items = properties, .count = count}}));
}

static inline void fake_take_request(enum mote_packet_type type, struct mote_text body)
{
    struct mote_request request;
    struct mote_filter filter;
    struct mote_fault fault;
    char codes[MOTE_SUBSCRIPTIONS_MAX], line[FAKE_LINE_SIZE] = "";
    size_t count = 0, room;
    uint8_t *into = fake_reply_room(&room);

    CHECK(mote_codec_decode_request(type, fake.version, body, &request, &fault));
    while (mote_codec_next_filter(type, fake.version, &request.encoded_filters, &filter)) {
        size_t used = strlen(line);

        CHECK(count < sizeof codes);
        codes[count++] = (char)(fake.suback == 0xFF ? (uint8_t)filter.qos : fake.suback);
        snprintf(line + used, sizeof line - used, " %.*s:%d%s", (int)filter.topic.length, filter.topic.data,
                 (int)filter.qos, filter.retain_handling == 2 ? "-" : "");
    }
    fake_log("%s%s", type == MOTE_SUBSCRIBE ? "SUBSCRIBE" : "UNSUBSCRIBE", line);
    if (fake.says_nothing || fake.holds_subacks)
        return;
    if (type == MOTE_UNSUBSCRIBE)
        memset(codes, 0, sizeof codes);
    fake_reply(mote_codec_encode_reply(
        into, room, fake.version, type == MOTE_SUBSCRIBE ? MOTE_SUBACK : MOTE_UNSUBACK,
        &(struct mote_reply){.packet_id = request.packet_id,
                             .codes = {codes, type == MOTE_UNSUBSCRIBE && fake.version != MOTE_MQTT_5 ? 0 : count}}));
}

static inline void fake_take_publish(const struct mote_header *header, struct mote_text body)
{
    struct mote_message message;
    struct mote_fault fault;

    CHECK_EQUAL(mote_codec_decode_publish(header, fake.version, body, &message, &fault), MOTE_DECODED);
    CHECK_EQUAL(message.payload.length, message.payload_size);
    fake_log("PUBLISH %.*s %.*s q%d%s%s id %u", (int)message.topic.length, message.topic.data,
             (int)message.payload.length, message.payload.data, (int)message.qos, message.retain ? " retain" : "",
             message.duplicate ? " again" : "", message.packet_id);
    if (message.qos == MOTE_QOS_0 || fake.holds_acks || fake.says_nothing)
        return;
    if (message.qos == MOTE_QOS_1)
        fake_acknowledge(MOTE_PUBACK, message.packet_id, fake.puback);
    else if (fake.takes_qos_2)
        fake_acknowledge(MOTE_PUBREC, message.packet_id, fake.puback);
}

static inline void fake_take_packet(const struct mote_header *header, struct mote_text body)
{
    struct mote_ack ack;
    struct mote_fault fault;
    enum mote_packet_type type = (enum mote_packet_type)header->type;
    size_t room;
    uint8_t *into = fake_reply_room(&room);

    CHECK(type == MOTE_CONNECT || fake.in_session);
    switch (type) {
    case MOTE_CONNECT:
        fake_take_connect(body);
        break;
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        fake_take_request(type, body);
        break;
    case MOTE_PUBLISH:
        fake_take_publish(header, body);
        break;
    case MOTE_PUBACK:
        CHECK(mote_codec_decode_ack(type, fake.version, false, body, &ack, &fault));
        fake_log("PUBACK %u", ack.packet_id);
        break;
    case MOTE_PUBREC:
        CHECK(mote_codec_decode_ack(type, fake.version, false, body, &ack, &fault));
        fake_log("PUBREC %u", ack.packet_id);
        fake_acknowledge(MOTE_PUBREL, ack.packet_id, 0);
        break;
    case MOTE_PUBCOMP:
        CHECK(mote_codec_decode_ack(type, fake.version, false, body, &ack, &fault));
        fake_log("PUBCOMP %u", ack.packet_id);
        break;
    case MOTE_PUBREL:
        CHECK(mote_codec_decode_ack(type, fake.version, false, body, &ack, &fault));
        fake_log("PUBREL %u", ack.packet_id);
        if (!fake.holds_acks)
            fake_acknowledge(MOTE_PUBCOMP, ack.packet_id, 0);
        break;
    case MOTE_PINGREQ:
        fake_log("PINGREQ");
        if (!fake.says_nothing)
            fake_reply(mote_codec_encode_ping(into, room, MOTE_PINGRESP));
        break;
    case MOTE_DISCONNECT:
        CHECK(mote_codec_decode_ack(type, fake.version, false, body, &ack, &fault));
        fake_log("DISCONNECT");
        fake.in_session = false;
        break;
    default:
        check_fail(__FILE__, __LINE__, "a packet of type %d", (int)type);
    }
}

static inline void fake_take_bytes(void)
{
    for (;;) {
        struct mote_text bytes = {(const char *)fake.from_node, fake.from_node_size};
        struct mote_header header;
        struct mote_fault fault;
        enum mote_decoded decoded = mote_codec_header(bytes, fake.version, &header, &fault);
        size_t size;

        CHECK(decoded != MOTE_DECODE_ERROR);
        if (decoded == MOTE_DECODE_MORE || bytes.length - header.size < header.remaining)
            return;
        size = header.size + (size_t)header.remaining;
        fake_take_packet(&header, (struct mote_text){bytes.data + header.size, header.remaining});
        memmove(fake.from_node, fake.from_node + size, fake.from_node_size - size);
        fake.from_node_size -= size;
    }
}

/* --- Links --- */

static inline bool fake_is_one_of(const char *hosts, const struct mote_url *url)
{
    char name[FAKE_LINE_SIZE];

    snprintf(name, sizeof name, " %.*s ", (int)url->host.length, url->host.data);
    return hosts != NULL && strstr(hosts, name) != NULL;
}

static inline enum mote_reason fake_open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    enum fake_dial dial = fake_is_one_of(fake.silent, url) ? FAKE_IS_SILENT
                          : fake_is_one_of(fake.down, url) ? FAKE_REFUSES
                                                           : fake.dial;
    bool is_second = fake.link != NULL && fake.link != link && fake.link->state != MOTE_LINK_CLOSED;

    CHECK(context == &fake);
    CHECK_EQUAL(link->state, MOTE_LINK_CLOSED);
    CHECK(url->host.length > 0);
    fake_log("%s %.*s://%.*s:%u", is_second ? "look" : "dial", (int)url->scheme.length, url->scheme.data,
             (int)url->host.length, url->host.data, url->port);
    if (!is_second) {
        fake.link = link;
        fake.from_node_size = 0;
        fake.to_node_size = 0;
        fake.in_session = false;
        fake.closes = false;
    }
    link->reason = dial != fake.dial && fake.dial_reason == MOTE_OK ? MOTE_TCP_REFUSED : fake.dial_reason;
    switch (dial) {
    case FAKE_ACCEPTS:
        link->state = MOTE_LINK_OPEN;
        link->reason = MOTE_OK;
        return MOTE_OK;
    case FAKE_IS_SILENT:
        link->state = MOTE_LINK_OPENING;
        return MOTE_OK;
    case FAKE_REFUSES:
        break;
    }
    link->state = MOTE_LINK_FAILED;
    return link->reason;
}

static inline size_t fake_receive(void *context, struct mote_link *link, void *into, size_t size)
{
    size_t given = fake.to_node_size < size ? fake.to_node_size : size;

    CHECK(context == &fake);
    CHECK(link == fake.link);
    given = given < fake.chunk ? given : fake.chunk;
    memcpy(into, fake.to_node, given);
    memmove(fake.to_node, fake.to_node + given, fake.to_node_size - given);
    fake.to_node_size -= given;
    if (given == 0 && fake.closes) {
        link->state = MOTE_LINK_FAILED;
        link->reason = MOTE_TCP_RESET;
    }
    return given;
}

static inline size_t fake_send(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    size_t taken = size < fake.room ? size : fake.room;

    CHECK(context == &fake);
    CHECK(link == fake.link && link->state == MOTE_LINK_OPEN && size > 0);
    if (taken == 0)
        return 0;
    fake.segments++;
    if (fake.swallows)
        return taken;
    CHECK(taken <= sizeof fake.from_node - fake.from_node_size);
    memcpy(fake.from_node + fake.from_node_size, bytes, taken);
    fake.from_node_size += taken;
    if (fake.room != SIZE_MAX)
        fake.room -= taken;
    fake_take_bytes();
    return taken;
}

static inline void fake_close_link(void *context, struct mote_link *link, bool abort)
{
    CHECK(context == &fake);
    link->state = MOTE_LINK_CLOSED;
    if (link != fake.link) {
        fake_log("look away");
        return;
    }
    fake_log(abort ? "abort" : "hang up");
    fake.in_session = false;
}

/* The broker, or the network, ends the connection. */
static inline void fake_cut(void)
{
    fake.closes = true;
}

/* --- Pins --- */

static inline enum mote_reason fake_open_pin(void *context, struct mote_pin *pin, int level)
{
    CHECK(context == &fake);
    if (fake.pin_reason != MOTE_OK)
        return fake.pin_reason;
    CHECK(pin->number < FAKE_PINS);
    if (level >= 0)
        fake.level[pin->number] = level;
    else if (fake.level[pin->number] < 0)
        fake.level[pin->number] = 1;
    return MOTE_OK;
}

static inline void fake_write_pin(void *context, struct mote_pin *pin, int level)
{
    CHECK(context == &fake);
    fake.writes++;
    fake.level[pin->number] = level;
}

static inline int fake_read_pin(void *context, struct mote_pin *pin)
{
    CHECK(context == &fake);
    return fake.level[pin->number];
}

static inline void fake_close_pin(void *context, struct mote_pin *pin)
{
    CHECK(context == &fake);
    fake.level[pin->number] = -1;
}

/* --- Radio --- */

static inline enum mote_reason fake_set_active(void *context, enum mote_wifi_role role, bool active)
{
    CHECK(context == &fake);
    CHECK_EQUAL(role, MOTE_STATION);
    if (fake.radio_reason != MOTE_OK)
        return fake.radio_reason;
    fake.status.state = active ? MOTE_WIFI_IDLE : MOTE_WIFI_OFF;
    return MOTE_OK;
}

static inline bool fake_is_active(void *context, enum mote_wifi_role role)
{
    CHECK(context == &fake);
    return role == MOTE_STATION ? fake.status.state != MOTE_WIFI_OFF : fake.own_active;
}

static inline enum mote_reason fake_scan(void *context)
{
    CHECK(context == &fake);
    fake_log("scan");
    return fake.radio_reason;
}

static inline int fake_scan_results(void *context, struct mote_wifi_found *found, int max)
{
    CHECK(context == &fake);
    CHECK(max >= fake.found_count);
    memcpy(found, fake.found, sizeof fake.found);
    return fake.scanning ? -1 : fake.found_count;
}

static inline enum mote_reason fake_join(void *context, const struct mote_network *network,
                                         const struct mote_wifi_aim *aim)
{
    static const struct mote_wifi_aim anywhere;

    CHECK(context == &fake);
    fake_log("join %s %s", network->ssid, network->password == NULL ? "" : network->password);
    fake.aim = aim == NULL ? anywhere : *aim;
    if (fake.join_reason != MOTE_OK)
        return fake.join_reason;
    fake.status = (struct mote_wifi_status){.state = MOTE_WIFI_CONNECTING, .aim = fake.aim};
    snprintf(fake.status.ssid, sizeof fake.status.ssid, "%s", network->ssid);
    return MOTE_OK;
}

static inline void fake_leave(void *context)
{
    CHECK(context == &fake);
    fake_log("leave");
    fake.status = (struct mote_wifi_status){.state = MOTE_WIFI_IDLE};
}

static inline void fake_radio_status(void *context, struct mote_wifi_status *status)
{
    CHECK(context == &fake);
    *status = fake.status;
}

static inline void fake_radio(enum mote_wifi_state state, enum mote_reason reason)
{
    fake.status.state = state;
    fake.status.reason = reason;
}

static inline void fake_hear(const char *ssid, int signal_dbm)
{
    struct mote_wifi_found *found = &fake.found[fake.found_count++];

    snprintf(found->ssid, sizeof found->ssid, "%s", ssid);
    found->signal_dbm = (int8_t)signal_dbm;
}

/* --- The port --- */

static inline uint64_t fake_now_ms(void *context)
{
    CHECK(context == &fake);
    return fake.now_ms;
}

static inline uint32_t fake_random(void *context)
{
    CHECK(context == &fake);
    if (!fake.random_is_fixed)
        fake.random = fake.random * 1664525u + 1013904223u;
    return fake.random;
}

/* Nobody sleeps here: what the test has planned happens, or else the time is over. Wakes once for new bytes, as the contract
 * has it, also if nobody reads them. */
static inline void fake_wait(void *context, uint64_t deadline_ms)
{
    CHECK(context == &fake);
    CHECK(fake.waits++ < 10000);
    if (fake.has_news || (fake.closes && fake.link->state == MOTE_LINK_OPEN)) {
        fake.has_news = false;
        return;
    }
    if (fake.at_wait != NULL) {
        void (*at_wait)(void) = fake.at_wait;

        fake.at_wait = NULL;
        at_wait();
        return;
    }
    CHECK(deadline_ms != MOTE_NEVER); /* it would wait for ever */
    fake.now_ms = deadline_ms > fake.now_ms ? deadline_ms : fake.now_ms;
}

static inline bool fake_stop_requested(void *context)
{
    CHECK(context == &fake);
    return fake.stop;
}

static inline void fake_begin(void)
{
    static const struct mote_link_port links = {fake_open_link, fake_receive, fake_send, fake_close_link};
    static const struct mote_pin_port pins = {fake_open_pin, fake_write_pin, fake_read_pin, fake_close_pin};
    static const struct mote_radio_port radio = {.set_active = fake_set_active,
                                                 .is_active = fake_is_active,
                                                 .scan = fake_scan,
                                                 .scan_results = fake_scan_results,
                                                 .connect = fake_join,
                                                 .disconnect = fake_leave,
                                                 .status = fake_radio_status};
    bool has_radio = fake.has_radio;

    memset(&fake, 0, sizeof fake);
    fake.now_ms = 1000;
    fake.room = SIZE_MAX;
    fake.chunk = SIZE_MAX;
    fake.suback = 0xFF;
    fake.version = MOTE_MQTT_3_1_1;
    for (int i = 0; i < FAKE_PINS; i++)
        fake.level[i] = -1;
    fake.port = (struct mote_port){.context = &fake,
                                   .now_ms = fake_now_ms,
                                   .random = fake_random,
                                   .wait = fake_wait,
                                   .stop_requested = fake_stop_requested,
                                   .link = &links,
                                   .pins = &pins,
                                   .radio = has_radio ? &radio : NULL};
    mote_port_install(&fake.port);
}

/* Lets the node do what it can without any time passing. Returns when it wants to be called again. */
static inline uint64_t fake_settle(struct mote_node *node)
{
    uint64_t deadline_ms = 0;
    unsigned lines, turns = 0;
    size_t bytes;

    do {
        lines = fake.line_count;
        bytes = fake.to_node_size;
        deadline_ms = mote_node_turn(node);
        CHECK(turns++ < 1000);
    } while (fake.line_count != lines || fake.to_node_size != bytes || deadline_ms <= fake.now_ms);
    return deadline_ms;
}

/* Lets time pass, from one thing that the node has to do to the next. */
static inline void fake_pass(struct mote_node *node, uint64_t duration_ms)
{
    uint64_t end_ms = fake.now_ms + duration_ms;
    uint64_t deadline_ms = fake_settle(node);

    while (deadline_ms < end_ms) {
        fake.now_ms = deadline_ms;
        deadline_ms = fake_settle(node);
    }
    fake.now_ms = end_ms;
    fake_settle(node);
}

#endif
