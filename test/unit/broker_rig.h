/* A broker, its host and strict clients, all played by the test. Whatever the broker sends is taken apart by
 * the codec as a client has to, so that a wrong packet fails the case that got it. The memory is hostile: every
 * resize moves, new memory is full of rubbish, the n-th request can be made to fail, and what is not given back
 * is found at rig_end(). There is one rig, begun anew by rig_begin().
 */
#ifndef BROKER_RIG_H
#define BROKER_RIG_H

#include "check.h"
#include "mqtt/codec.h"

#include <mote/broker.h>

#include <stdlib.h>
#include <string.h>

#define RIG_CLIENTS 64

/* A client, from its connection to its end. */
struct rig_client {
    struct mote_broker_client *client; /* NULL: the connection is closed */
    enum mote_mqtt_version version;
    uint8_t *bytes; /* from the broker, not yet looked at from `start` on */
    size_t start;
    size_t end;
    size_t size;
    bool held; /* it does not read */
    char aliases[20][64];
};

/* A packet from the broker. */
struct rig_packet {
    struct mote_header header;
    struct mote_connack connack;
    struct mote_message message;
    struct mote_ack ack;
    struct mote_reply reply;
};

struct rig {
    struct mote_broker broker;
    struct mote_broker_config config;
    uint64_t now_ms;
    struct rig_client clients[RIG_CLIENTS];
    size_t client_count;
    struct rig_packet packet;
    size_t step;   /* bytes that are given to the broker at once; 0: as many as it takes */
    size_t take;   /* bytes that are taken from it at once; 0: as many as there are */
    size_t blocks; /* of the broker's */
    size_t memory;
    size_t requests; /* for memory */
    size_t failing;  /* the number of the request that fails; 0: none */
    bool failing_on; /* and all later ones */
    uint32_t events[MOTE_BROKER_QUEUE_FULL + 1];
    struct mote_broker_event last;
    enum mote_reason forbidden[4]; /* by action */
    char asked[64];                /* who was asked about last: his client id and user name */
    uint32_t random;
    bool begun;
};

static struct rig rig;

/* In front of each block: its size, so that the broker's own idea of it can be checked. */
union rig_block {
    size_t size;
    max_align_t align;
};

static inline bool rig_memory_fails(void)
{
    rig.requests++;
    return rig.failing != 0 && (rig.requests == rig.failing || (rig.failing_on && rig.requests > rig.failing));
}

static inline void *rig_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    union rig_block *old = block == NULL ? NULL : (union rig_block *)block - 1;
    union rig_block *new = NULL;

    CHECK(context == &rig);
    CHECK_EQUAL(old == NULL ? 0 : old->size, old_size);
    if (new_size > old_size && rig_memory_fails())
        return NULL;
    if (new_size > 0) {
        new = malloc(sizeof *new + new_size);
        CHECK(new != NULL);
        new->size = new_size;
        memset(new + 1, 0xAB, new_size);
        if (old != NULL)
            memcpy(new + 1, old + 1, old_size < new_size ? old_size : new_size);
    }
    if (old != NULL)
        memset(old, 0xCD, sizeof *old + old_size);
    free(old);
    rig.blocks += (size_t)(new != NULL) - (size_t)(old != NULL);
    rig.memory += new_size - old_size;
    return new == NULL ? NULL : new + 1;
}

static inline uint32_t rig_random(void *context)
{
    (void)context;
    rig.random = rig.random * 1664525 + 1013904223;
    return rig.random;
}

static inline enum mote_reason rig_authorize(void *context, const struct mote_broker_access *access)
{
    CHECK(context == &rig);
    CHECK(access->action == MOTE_BROKER_CONNECT || !access->has_password);
    CHECK_EQUAL(access->has_username, access->username.length > 0);
    memset(rig.asked, 0, sizeof rig.asked);
    CHECK(access->client_id.length + access->username.length + 1 < sizeof rig.asked);
    memcpy(rig.asked, access->client_id.data, access->client_id.length);
    rig.asked[access->client_id.length] = ' ';
    if (access->has_username)
        memcpy(rig.asked + access->client_id.length + 1, access->username.data, access->username.length);
    return rig.forbidden[access->action];
}

static inline void rig_observe(void *context, const struct mote_broker_event *event)
{
    CHECK(context == &rig);
    rig.events[event->type]++;
    rig.last = *event;
}

/* Frees what a case that failed has left behind, too. */
static inline void rig_forget(void)
{
    for (size_t i = 0; i < rig.client_count; i++)
        free(rig.clients[i].bytes);
    memset(&rig, 0, sizeof rig);
}

/* The config of most cases; they change it before rig_start(). */
static inline void rig_begin(void)
{
    rig_forget();
    rig.now_ms = UINT64_C(1000000);
    rig.random = 1;
    rig.config = (struct mote_broker_config){
        .resize = rig_resize,
        .random = rig_random,
        .observe = rig_observe,
        .context = &rig,
        .receive_size = 1024,
        .without_sys = true,
    };
}

static inline void rig_start(void)
{
    CHECK_EQUAL(mote_broker_init(&rig.broker, &rig.config, rig.now_ms), MOTE_OK);
}

static inline struct rig_client *rig_of(struct mote_broker_client *client)
{
    return mote_broker_client_link(client);
}

static inline void rig_store(struct rig_client *c, struct mote_text bytes)
{
    if (c->size - c->end < bytes.length) {
        c->size = 2 * (c->size + bytes.length);
        c->bytes = realloc(c->bytes, c->size);
        CHECK(c->bytes != NULL);
    }
    memcpy(c->bytes + c->end, bytes.data, bytes.length);
    c->end += bytes.length;
}

static inline void rig_read(struct rig_client *c)
{
    struct mote_text views[3];
    size_t count;

    while (!c->held && (count = mote_broker_output(c->client, views, 3)) > 0) {
        size_t room = rig.take == 0 ? SIZE_MAX : rig.take;
        size_t size = 0;
        for (size_t i = 0; i < count; i++) {
            CHECK(views[i].length > 0);
            if (views[i].length > room - size)
                views[i].length = room - size;
            rig_store(c, views[i]);
            size += views[i].length;
        }
        mote_broker_sent(c->client, size, rig.now_ms);
    }
}

static inline void rig_end_connection(struct rig_client *c)
{
    struct mote_broker_client *client = c->client;

    c->client = NULL;
    mote_broker_closed(client, rig.now_ms);
}

/* Does the host's part: sends what there is, closes what is to be closed. */
static inline void rig_serve(void)
{
    struct mote_broker_client *client;

    while ((client = mote_broker_next_ready(&rig.broker)) != NULL) {
        struct rig_client *c = rig_of(client);
        rig_read(c);
        if (mote_broker_should_close(client))
            rig_end_connection(c);
    }
}

/* Its connection breaks. */
static inline void rig_close(struct rig_client *c)
{
    rig_end_connection(c);
    rig_serve();
}

/* A client that reads again. */
static inline void rig_release(struct rig_client *c)
{
    c->held = false;
    if (c->client != NULL) {
        rig_read(c);
        if (mote_broker_should_close(c->client))
            rig_end_connection(c);
    }
    rig_serve();
}

static inline void rig_pass(uint64_t duration_ms)
{
    uint64_t end_ms = rig.now_ms + duration_ms;

    while (mote_broker_deadline(&rig.broker) <= end_ms) {
        uint64_t deadline_ms = mote_broker_deadline(&rig.broker);
        rig.now_ms = deadline_ms > rig.now_ms ? deadline_ms : rig.now_ms;
        mote_broker_turn(&rig.broker, rig.now_ms);
        rig_serve();
    }
    rig.now_ms = end_ms;
    mote_broker_turn(&rig.broker, rig.now_ms);
    rig_serve();
}

/* A new connection; its client may be NULL, where the broker takes no more. */
static inline struct rig_client *rig_open(enum mote_mqtt_version version)
{
    struct rig_client *c = &rig.clients[rig.client_count];

    CHECK(rig.client_count < RIG_CLIENTS);
    rig.client_count++;
    c->version = version;
    c->client = mote_broker_accept(&rig.broker, c, rig.now_ms);
    return c;
}

static inline void rig_feed(struct rig_client *c, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    while (size > 0 && c->client != NULL) {
        size_t room;
        uint8_t *space = mote_broker_receive_space(c->client, &room);
        size_t part = size < room ? size : room;
        if (rig.step != 0 && part > rig.step)
            part = rig.step;
        if (part > 0) {
            memcpy(space, from, part);
            mote_broker_received(c->client, part, rig.now_ms);
            from += part;
            size -= part;
        } else {
            size = 0;
        }
        if (rig.step != 0)
            rig_serve();
    }
    rig_serve();
}

#define RIG_FEED(c, literal) rig_feed((c), literal, sizeof(literal) - 1)

/* --- What a client sends --- */

static inline void rig_send_connect(struct rig_client *c, struct mote_connect connect)
{
    uint8_t bytes[4096];

    connect.version = c->version;
    size_t size = mote_codec_encode_connect(bytes, sizeof bytes, &connect);
    CHECK(size > 0);
    rig_feed(c, bytes, size);
}

static inline void rig_send_publish(struct rig_client *c, const struct mote_message *message)
{
    size_t room = 256 + message->topic.length + message->payload.length + message->properties.encoded.length;
    uint8_t *bytes = malloc(room);

    CHECK(bytes != NULL);
    size_t size = mote_codec_encode_publish(bytes, room, c->version, message);
    if (size > 0)
        rig_feed(c, bytes, size);
    free(bytes);
    CHECK(size > 0);
}

static inline void rig_send_ack(struct rig_client *c, enum mote_packet_type type, uint16_t packet_id, uint8_t code)
{
    uint8_t bytes[16];
    struct mote_ack ack = {.packet_id = packet_id, .code = code};

    rig_feed(c, bytes, mote_codec_encode_ack(bytes, sizeof bytes, c->version, type, &ack));
}

static inline void rig_send_request(struct rig_client *c, enum mote_packet_type type, const struct mote_filter *filters,
                                    size_t count, const struct mote_properties *properties)
{
    uint8_t bytes[4096];
    struct mote_request request = {.packet_id = 77, .filters = filters, .count = count};

    if (properties != NULL)
        request.properties = *properties;
    size_t size = mote_codec_encode_request(bytes, sizeof bytes, c->version, type, &request);
    CHECK(size > 0);
    rig_feed(c, bytes, size);
}

/* --- What the broker sends --- */

static inline void rig_decode(struct rig_client *c, struct mote_text body)
{
    enum mote_packet_type type = (enum mote_packet_type)rig.packet.header.type;
    struct mote_fault fault = {0};
    bool right = true;

    if (type == MOTE_CONNACK)
        right = mote_codec_decode_connack(c->version, body, &rig.packet.connack, &fault);
    else if (type == MOTE_PUBLISH)
        right = mote_codec_decode_publish(&rig.packet.header, c->version, body, &rig.packet.message, &fault) ==
                MOTE_DECODED;
    else if (type == MOTE_SUBACK || type == MOTE_UNSUBACK)
        right = mote_codec_decode_reply(type, c->version, body, &rig.packet.reply, &fault);
    else if (type != MOTE_PINGRESP)
        right = mote_codec_decode_ack(type, c->version, true, body, &rig.packet.ack, &fault);
    if (!right)
        check_fail(__FILE__, __LINE__, "the broker sent a wrong packet %d: %s", (int)type, mote_fault_words(&fault));
}

/* What an alias stands for. [MQTT-3.3.2-8] */
static inline void rig_resolve_alias(struct rig_client *c)
{
    struct mote_message *message = &rig.packet.message;
    uint32_t alias = mote_properties_number(&message->properties, MOTE_TOPIC_ALIAS, 0);

    if (alias == 0)
        return;
    CHECK(alias < 20);
    if (message->topic.length > 0)
        CHECK(mote_text_copy(message->topic, c->aliases[alias], sizeof c->aliases[alias]));
    message->topic = mote_text(c->aliases[alias]);
    CHECK(message->topic.length > 0);
}

/* Takes the next packet into rig.packet and returns its type, 0 if there is none. */
static inline int rig_next(struct rig_client *c)
{
    struct mote_text bytes;
    struct mote_fault fault;

    memset(&rig.packet, 0, sizeof rig.packet);
    if (c->start == c->end)
        return 0;
    bytes = (struct mote_text){(const char *)c->bytes + c->start, c->end - c->start};
    CHECK_EQUAL(mote_codec_header(bytes, c->version, &rig.packet.header, &fault), MOTE_DECODED);
    CHECK(bytes.length >= rig.packet.header.size + rig.packet.header.remaining);
    c->start += rig.packet.header.size + rig.packet.header.remaining;
    rig_decode(c, (struct mote_text){bytes.data + rig.packet.header.size, rig.packet.header.remaining});
    if (rig.packet.header.type == MOTE_PUBLISH)
        rig_resolve_alias(c);
    return rig.packet.header.type;
}

#define RIG_EXPECT(c, type) CHECK_EQUAL(rig_next(c), type)
#define RIG_NOTHING(c) CHECK_EQUAL(rig_next(c), 0)

/* --- Both together --- */

static inline void rig_expect_ack(struct rig_client *c, enum mote_packet_type type, uint16_t packet_id, uint8_t code)
{
    RIG_EXPECT(c, type);
    CHECK_EQUAL(rig.packet.ack.packet_id, packet_id);
    CHECK_EQUAL(rig.packet.ack.code, code);
}

/* The connection has been closed by the broker; before that, in MQTT 5, came a DISCONNECT with this code. */
static inline void rig_expect_cut(struct rig_client *c, uint8_t code)
{
    if (c->version == MOTE_MQTT_5 && code != 0)
        rig_expect_ack(c, MOTE_DISCONNECT, 0, code);
    RIG_NOTHING(c);
    CHECK(c->client == NULL);
}

static inline struct rig_client *rig_connect_with(enum mote_mqtt_version version, struct mote_connect connect)
{
    struct rig_client *c = rig_open(version);

    CHECK(c->client != NULL);
    rig_send_connect(c, connect);
    RIG_EXPECT(c, MOTE_CONNACK);
    return c;
}

/* Connects with a clean start, which must succeed. */
static inline struct rig_client *rig_connect(enum mote_mqtt_version version, const char *client_id)
{
    struct rig_client *c =
        rig_connect_with(version, (struct mote_connect){.clean_start = true, .client_id = mote_text(client_id)});

    CHECK_EQUAL(rig.packet.connack.code, 0);
    CHECK(!rig.packet.connack.session_present);
    return c;
}

/* Connects to a session that is to be kept for ever. */
static inline struct rig_client *rig_resume(enum mote_mqtt_version version, const char *client_id)
{
    struct mote_property expiry = {.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = UINT32_MAX};
    struct rig_client *c =
        rig_connect_with(version, (struct mote_connect){.client_id = mote_text(client_id),
                                                        .properties = {.items = &expiry, .count = 1}});

    CHECK_EQUAL(rig.packet.connack.code, 0);
    return c;
}

static inline void rig_subscribe(struct rig_client *c, const char *filter, enum mote_qos qos)
{
    rig_send_request(c, MOTE_SUBSCRIBE, &(struct mote_filter){.topic = mote_text(filter), .qos = qos}, 1, NULL);
    RIG_EXPECT(c, MOTE_SUBACK);
    CHECK_EQUAL((uint8_t)rig.packet.reply.codes.data[0], qos);
}

static inline void rig_publish(struct rig_client *c, const char *topic, const char *payload, enum mote_qos qos,
                               bool retain, uint16_t packet_id)
{
    rig_send_publish(c, &(struct mote_message){
                            .topic = mote_text(topic),
                            .payload = mote_text(payload),
                            .qos = qos,
                            .retain = retain,
                            .packet_id = packet_id,
                        });
}

/* The next packet is this message. */
static inline void rig_expect_message(struct rig_client *c, const char *topic, const char *payload, enum mote_qos qos)
{
    RIG_EXPECT(c, MOTE_PUBLISH);
    CHECK(mote_text_equals(rig.packet.message.topic, topic));
    CHECK(mote_text_equals(rig.packet.message.payload, payload));
    CHECK_EQUAL(rig.packet.message.qos, qos);
}

/* Ends the rig: everything must have been given back. */
static inline void rig_end(void)
{
    mote_broker_free(&rig.broker);
    CHECK_EQUAL(rig.blocks, 0);
    CHECK_EQUAL(rig.memory, 0);
    rig_forget();
}

/* --- What several files of cases need --- */

static inline struct mote_property rig_expiry_of(uint32_t seconds)
{
    return (struct mote_property){.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = seconds};
}

/* Connects with MQTT 5; says whether there was a session. */
static inline struct rig_client *rig_connect_5(const char *id, bool clean_start, uint32_t expiry_s, bool *present)
{
    struct mote_property item = rig_expiry_of(expiry_s);
    struct rig_client *c = rig_connect_with(MOTE_MQTT_5, (struct mote_connect){
                                                             .clean_start = clean_start,
                                                             .client_id = mote_text(id),
                                                             .properties = {.items = &item, .count = 1},
                                                         });

    CHECK_EQUAL(rig.packet.connack.code, 0);
    *present = rig.packet.connack.session_present;
    return c;
}

static inline void rig_disconnect_with(struct rig_client *c, uint8_t code, const struct mote_property *item)
{
    uint8_t bytes[32];
    struct mote_ack ack = {.code = code, .properties = {.items = item, .count = item != NULL}};

    rig_feed(c, bytes, mote_codec_encode_ack(bytes, sizeof bytes, c->version, MOTE_DISCONNECT, &ack));
}

#endif
