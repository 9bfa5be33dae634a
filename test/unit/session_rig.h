/* A session between a caller and a strict server, both played by the test. Whatever the session sends is taken
 * apart by the codec as a server has to, so that a wrong packet fails the case that sent it. There is one rig,
 * begun anew by rig_begin(). / */
#ifndef SESSION_RIG_H
#define SESSION_RIG_H

#include "check.h"
#include "mqtt/codec.h"
#include "session_memory.h"

#include <mote/session.h>

#include <string.h>

#define RIG_SIZE 1024u
#define RIG_INFLIGHT 16u
#define RIG_RECEIVED 8u
#define RIG_ALIASES 4u
#define RIG_ALIAS_SIZE 32u
#define RIG_PIPE 16384u

/* A packet that the server has received. */
struct rig_packet {
    struct mote_header header;
    struct mote_connect connect;
    struct mote_message message; /* of a PUBLISH */
    struct mote_ack ack;
    struct mote_request request;
};

/* Bytes on their way. */
struct rig_pipe {
    uint8_t bytes[RIG_PIPE];
    size_t start;
    size_t end;
    size_t step; /* passed on at once */
};

struct rig {
    struct mote_session session;
    struct mote_session_config config;
    uint64_t now_ms;
    bool output_held; /* the connection takes nothing */
    struct mote_session_event event;
    struct rig_packet packet;
    struct rig_pipe to_client;
    struct rig_pipe to_server;
    uint8_t receive_buffer[RIG_SIZE];
    uint8_t send_buffer[RIG_SIZE];
    uint8_t store[RIG_SIZE];
    struct mote_inflight inflight[RIG_INFLIGHT];
    uint16_t received_ids[RIG_RECEIVED];
    uint8_t aliases_in[RIG_ALIASES * RIG_ALIAS_SIZE];
    uint8_t aliases_out[RIG_ALIASES * RIG_ALIAS_SIZE];
};

static struct rig rig;

/* The config of most cases; they change it before rig_start(). */
static inline void rig_begin(enum mote_mqtt_version version)
{
    if (version == MOTE_MQTT_5)
        CHECK_NEEDS_MQTT5();
    memset(&rig, 0, sizeof rig);
    rig.now_ms = UINT64_C(1000000);
    rig.to_client.step = RIG_PIPE;
    rig.to_server.step = RIG_PIPE;
    rig.config = (struct mote_session_config){
        .version = version,
        .client_id = MOTE_TEXT("rig"),
        .keep_session = true,
        SESSION_MEMORY(rig),
    };
}

/* A smaller buffer ends where the larger one does, next to what must not be touched. */
static inline void rig_receive_size(size_t size)
{
    rig.config.receive_buffer = rig.receive_buffer + RIG_SIZE - size;
    rig.config.receive_size = size;
}

static inline void rig_send_size(size_t size)
{
    rig.config.send_buffer = rig.send_buffer + RIG_SIZE - size;
    rig.config.send_size = size;
}

static inline void rig_use_aliases(void)
{
    rig.config.aliases = &mote_session_aliases;
    rig.config.aliases_in = rig.aliases_in;
    rig.config.aliases_in_count = RIG_ALIASES;
    rig.config.alias_in_size = RIG_ALIAS_SIZE;
    rig.config.aliases_out = rig.aliases_out;
    rig.config.aliases_out_count = RIG_ALIASES;
    rig.config.alias_out_size = RIG_ALIAS_SIZE;
}

static inline size_t rig_pipe_size(const struct rig_pipe *pipe)
{
    return pipe->end - pipe->start;
}

static inline void rig_pipe_put(struct rig_pipe *pipe, const void *bytes, size_t size)
{
    if (RIG_PIPE - pipe->end < size) {
        memmove(pipe->bytes, pipe->bytes + pipe->start, rig_pipe_size(pipe));
        pipe->end -= pipe->start;
        pipe->start = 0;
    }
    CHECK(RIG_PIPE - pipe->end >= size);
    memcpy(pipe->bytes + pipe->end, bytes, size);
    pipe->end += size;
}

static inline size_t rig_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The connection takes what the session has to send, in steps. */
static inline void rig_send_output(void)
{
    while (!rig.output_held) {
        struct mote_text output = mote_session_output(&rig.session);
        size_t size = rig_least(output.length, rig.to_server.step);
        if (size == 0)
            return;
        rig_pipe_put(&rig.to_server, output.data, size);
        mote_session_sent(&rig.session, size, rig.now_ms);
    }
}

/* One step of what the server has sent reaches the session. Returns false if there is none, or no room. */
static inline bool rig_receive_step(void)
{
    struct rig_pipe *pipe = &rig.to_client;
    size_t room = 0;
    uint8_t *into = mote_session_receive_space(&rig.session, &room);
    size_t size = rig_least(rig_least(room, pipe->step), rig_pipe_size(pipe));

    if (size == 0)
        return false;
    memcpy(into, pipe->bytes + pipe->start, size);
    pipe->start += size;
    mote_session_received(&rig.session, size, rig.now_ms);
    return true;
}

/* The session's next event, once it has been given what there is for it. */
static inline bool rig_next(void)
{
    for (unsigned turns = 0; turns < 2 * RIG_PIPE; turns++) {
        if (mote_session_next(&rig.session, rig.now_ms, &rig.event))
            return true;
        rig_send_output();
        if (!rig_receive_step() && mote_session_deadline(&rig.session) > rig.now_ms)
            return false;
    }
    check_fail(__FILE__, __LINE__, "turns without end");
}

#define RIG_EXPECT(event_type)                                                                                         \
    do {                                                                                                               \
        CHECK(rig_next());                                                                                             \
        CHECK_EQUAL(rig.event.type, (event_type));                                                                     \
    } while (0)

#ifdef MOTE_WITHOUT_WORDS
#define RIG_HAS_WORDS false
#else
#define RIG_HAS_WORDS true
#endif

#define RIG_EXPECT_NOTHING() CHECK(!rig_next())

/* The session fails, for this reason, telling the server of it in MQTT 5. */
#define RIG_EXPECT_FAILURE(expected_reason, expected_code)                                                             \
    do {                                                                                                               \
        RIG_EXPECT(MOTE_EVENT_FAILED);                                                                                 \
        CHECK_EQUAL(rig.event.reason, (expected_reason));                                                              \
        CHECK_EQUAL(mote_session_words(&rig.event)[0] != '\0', RIG_HAS_WORDS);                                         \
        if (rig.config.version == MOTE_MQTT_5 && (expected_code) != 0) {                                               \
            RIG_EXPECT_SENT(MOTE_DISCONNECT);                                                                          \
            CHECK_EQUAL(rig.packet.ack.code, (expected_code));                                                         \
        }                                                                                                              \
        CHECK_EQUAL(rig_sent(), 0);                                                                                    \
        CHECK_EQUAL(rig.session.state, MOTE_SESSION_CLOSING);                                                          \
        RIG_EXPECT_NOTHING();                                                                                          \
    } while (0)

/* Takes apart the packet that the session has sent next. Returns false if there is none. */
static inline bool rig_sent(void)
{
    struct rig_pipe *pipe = &rig.to_server;
    struct rig_packet *packet = &rig.packet;
    enum mote_mqtt_version version = rig.session.version;
    struct mote_fault fault = {0};

    rig_send_output();
    struct mote_text bytes = {(const char *)pipe->bytes + pipe->start, rig_pipe_size(pipe)};
    if (bytes.length == 0)
        return false;
    CHECK_EQUAL(mote_codec_header(bytes, version, &packet->header, &fault), MOTE_DECODED);
    CHECK(bytes.length - packet->header.size >= packet->header.remaining);
    enum mote_packet_type type = (enum mote_packet_type)packet->header.type;
    struct mote_text body = {bytes.data + packet->header.size, packet->header.remaining};
    bool legal = true;
    switch (type) {
    case MOTE_CONNECT:
        legal = mote_codec_decode_connect(body, &packet->connect, &fault);
        break;
    case MOTE_PUBLISH:
        legal = mote_codec_decode_publish(&packet->header, version, body, &packet->message, &fault) == MOTE_DECODED;
        break;
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        legal = mote_codec_decode_request(type, version, body, &packet->request, &fault);
        break;
    case MOTE_PINGREQ:
        break;
    case MOTE_DISCONNECT:
        if (version != MOTE_MQTT_5) {
            CHECK_EQUAL(body.length, 0);
            packet->ack = (struct mote_ack){0};
            break;
        }
        /* fall through */
    default:
        CHECK(type != MOTE_CONNACK && type != MOTE_SUBACK && type != MOTE_UNSUBACK && type != MOTE_PINGRESP);
        legal = mote_codec_decode_ack(type, version, false, body, &packet->ack, &fault);
    }
    if (!legal)
        check_fail(__FILE__, __LINE__, "packet of type %d: %s", (int)type, mote_fault_words(&fault));
    pipe->start += packet->header.size + (size_t)packet->header.remaining;
    return true;
}

#define RIG_EXPECT_SENT(packet_type)                                                                                   \
    do {                                                                                                               \
        CHECK(rig_sent());                                                                                             \
        CHECK_EQUAL(rig.packet.header.type, (packet_type));                                                            \
    } while (0)

#define RIG_EXPECT_SENT_ACK(packet_type, id, reason_code)                                                              \
    do {                                                                                                               \
        RIG_EXPECT_SENT(packet_type);                                                                                  \
        CHECK_EQUAL(rig.packet.ack.packet_id, (id));                                                                   \
        CHECK_EQUAL(rig.packet.ack.code, (reason_code));                                                               \
    } while (0)

#define RIG_EXPECT_SENT_PUBLISH(id, duplicate_flag, text)                                                              \
    do {                                                                                                               \
        RIG_EXPECT_SENT(MOTE_PUBLISH);                                                                                 \
        CHECK_EQUAL(rig.packet.message.packet_id, (id));                                                               \
        CHECK_EQUAL(rig.packet.message.duplicate, (duplicate_flag));                                                   \
        check_text(__FILE__, __LINE__, "payload", rig.packet.message.payload, mote_text(text));                        \
    } while (0)

#define RIG_EXPECT_NONE_SENT() CHECK(!rig_sent())

/* All that the session has sent is these bytes, in hexadecimal. */
static inline void rig_expect_bytes(int line, const char *hex)
{
    struct rig_pipe *pipe = &rig.to_server;

    rig_send_output();
    check_bytes(__FILE__, line, "sent", pipe->bytes + pipe->start, rig_pipe_size(pipe), mote_text(hex));
    pipe->start = pipe->end = 0;
}

#define RIG_EXPECT_BYTES(hex) rig_expect_bytes(__LINE__, (hex))

/* --- The server sends. --- */

static inline void rig_serve(const void *bytes, size_t size)
{
    rig_pipe_put(&rig.to_client, bytes, size);
}

/* The bytes of a string literal. */
#define RIG_SERVE(literal) rig_serve("" literal, sizeof(literal) - 1)

static inline void rig_serve_connack(bool session_present, uint8_t code, const struct mote_property *items,
                                     size_t count)
{
    uint8_t bytes[256];
    struct mote_connack connack = {session_present, code, {{NULL, 0}, items, count}};

    rig_serve(bytes, mote_codec_encode_connack(bytes, sizeof bytes, rig.session.version, &connack));
}

static inline void rig_serve_ack(enum mote_packet_type type, uint16_t packet_id, uint8_t code)
{
    uint8_t bytes[16];
    struct mote_ack ack = {.packet_id = packet_id, .code = code};

    rig_serve(bytes, mote_codec_encode_ack(bytes, sizeof bytes, rig.session.version, type, &ack));
}

static inline void rig_serve_reply(enum mote_packet_type type, uint16_t packet_id, struct mote_text codes)
{
    uint8_t bytes[64];
    struct mote_reply reply = {.packet_id = packet_id, .codes = codes};

    rig_serve(bytes, mote_codec_encode_reply(bytes, sizeof bytes, rig.session.version, type, &reply));
}

static inline void rig_serve_message(const struct mote_message *message)
{
    uint8_t bytes[4096];
    size_t size = mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, message);

    CHECK(size > 0);
    rig_serve(bytes, size);
}

static inline void rig_serve_publish(enum mote_qos qos, uint16_t packet_id, const char *payload)
{
    struct mote_message message = {
        .topic = MOTE_TEXT("t/in"), .payload = mote_text(payload), .qos = qos, .packet_id = packet_id};

    rig_serve_message(&message);
}

/* Of QoS 2, and marked as a duplicate. */
static inline void rig_serve_again(uint16_t packet_id, const char *payload)
{
    struct mote_message message = {.topic = MOTE_TEXT("t/in"),
                                   .payload = mote_text(payload),
                                   .qos = MOTE_QOS_2,
                                   .packet_id = packet_id,
                                   .duplicate = true};

    rig_serve_message(&message);
}

/* --- The usual ways. --- */

static inline void rig_open(void)
{
    rig.to_client.start = rig.to_client.end = 0;
    rig.to_server.start = rig.to_server.end = 0;
    CHECK_EQUAL(mote_session_open(&rig.session, rig.now_ms), MOTE_OK);
}

/* Opens a connection that the server accepts. MQTT 3.1 does not tell of a session. */
static inline void rig_connect(bool session_present)
{
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig_serve_connack(session_present, 0, NULL, 0);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
    if (rig.config.version != MOTE_MQTT_3_1)
        CHECK_EQUAL(rig.event.session_present, session_present);
    CHECK_EQUAL(rig.session.state, MOTE_SESSION_CONNECTED);
}

static inline void rig_start(void)
{
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect(false);
}

/* The same with these properties in the CONNACK. */
static inline void rig_connect_with(bool session_present, const struct mote_property *items, size_t count)
{
    rig_open();
    RIG_EXPECT_SENT(MOTE_CONNECT);
    rig_serve_connack(session_present, 0, items, count);
    RIG_EXPECT(MOTE_EVENT_CONNECTED);
}

/* The connection is cut and made anew. */
static inline void rig_reconnect(bool session_present)
{
    mote_session_closed(&rig.session);
    rig_connect(session_present);
}

static inline enum mote_reason rig_publish(enum mote_qos qos, const char *payload, uint16_t *packet_id)
{
    struct mote_message message = {.topic = MOTE_TEXT("t/out"), .payload = mote_text(payload), .qos = qos};

    return mote_session_publish(&rig.session, &message, packet_id);
}

/* Time passes, and the session is asked only when it wants to be. */
static inline bool rig_wait_until(uint64_t now_ms)
{
    while (rig.now_ms < now_ms) {
        uint64_t deadline_ms = mote_session_deadline(&rig.session);
        rig.now_ms = deadline_ms < now_ms ? (deadline_ms > rig.now_ms ? deadline_ms : rig.now_ms) : now_ms;
        if (rig_next())
            return true;
    }
    return false;
}

/* --- What several files of cases need --- */

static const enum mote_mqtt_version rig_versions[] = {MOTE_MQTT_3_1, MOTE_MQTT_3_1_1, MOTE_MQTT_5};
#define RIG_VERSIONS (sizeof rig_versions / sizeof rig_versions[0])

#define RIG_EXPECT_PUBLISHED(id, code)                                                                                 \
    do {                                                                                                               \
        RIG_EXPECT(MOTE_EVENT_PUBLISHED);                                                                              \
        CHECK_EQUAL(rig.event.packet_id, (id));                                                                        \
        CHECK_EQUAL(rig.event.reason_code, (code));                                                                    \
    } while (0)

static inline void rig_up(enum mote_mqtt_version version)
{
    rig_begin(version);
    rig_start();
}

static inline void rig_up_with(enum mote_property_id id, uint32_t number)
{
    const struct mote_property limit = {.id = id, .number = number};

    rig_begin(MOTE_MQTT_5);
    rig_use_aliases();
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_connect_with(false, &limit, 1);
}

static inline enum mote_reason rig_init(void)
{
    return mote_session_init(&rig.session, &rig.config);
}

#define RIG_EXPECT_MESSAGE(text)                                                                                       \
    do {                                                                                                               \
        RIG_EXPECT(MOTE_EVENT_MESSAGE);                                                                                \
        CHECK_TEXT(rig.event.message.payload, text);                                                                   \
    } while (0)

/* A PUBLISH of the given whole size, with a payload that can be told from another. */
static inline char rig_byte_at(uint32_t offset)
{
    return (char)(offset * 5 + (offset >> 7));
}

static inline void rig_serve_sized(size_t size, enum mote_qos qos, uint16_t packet_id, bool duplicate,
                                   const struct mote_properties *properties)
{
    static char payload[8192];
    uint8_t bytes[8192];
    struct mote_message message = {.topic = MOTE_TEXT("t/in"),
                                   .payload = {payload, 0},
                                   .qos = qos,
                                   .packet_id = packet_id,
                                   .duplicate = duplicate};

    if (properties != NULL)
        message.properties = *properties;
    for (uint32_t i = 0; i < sizeof payload; i++)
        payload[i] = rig_byte_at(i);
    size_t least = mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, &message);
    CHECK(least <= size);
    message.payload.length = size - least;
    size_t got = mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, &message);
    for (; got > size; got--) /* the length has become longer */
        mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, (message.payload.length--, &message));
    rig_serve(bytes, mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, &message));
}

/* Takes a message of any number of pieces. Returns how many. */
static inline unsigned rig_take_pieces(uint32_t *size)
{
    unsigned pieces = 0;
    uint32_t offset = 0;

    do {
        RIG_EXPECT(MOTE_EVENT_MESSAGE);
        const struct mote_message *message = &rig.event.message;
        CHECK_TEXT(message->topic, "t/in");
        CHECK_EQUAL(message->payload_offset, offset);
        CHECK(message->payload.length > 0 || message->payload_size == 0);
        for (uint32_t i = 0; i < message->payload.length; i++)
            CHECK_EQUAL(message->payload.data[i], rig_byte_at(offset + i));
        offset += (uint32_t)message->payload.length;
        CHECK_EQUAL(mote_message_is_last(message), offset == message->payload_size);
        pieces++;
    } while (offset < rig.event.message.payload_size);
    *size = offset;
    return pieces;
}

static inline void rig_serve_alias(const char *topic, uint16_t alias, const char *payload)
{
    const struct mote_property item = {.id = MOTE_TOPIC_ALIAS, .number = alias};
    const struct mote_message message = {
        .topic = mote_text(topic), .payload = mote_text(payload), .properties = {.items = &item, .count = 1}};

    rig_serve_message(&message);
}

#define RIG_EXPECT_FROM(name)                                                                                          \
    do {                                                                                                               \
        RIG_EXPECT(MOTE_EVENT_MESSAGE);                                                                                \
        CHECK_TEXT(rig.event.message.topic, name);                                                                     \
    } while (0)

#endif
