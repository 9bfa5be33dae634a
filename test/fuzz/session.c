/* A client's session between an application and a server that are both the input's to play: every call at any time, any
 * bytes from the server (some of them right answers, so that depth is reached), taken and given in any pieces, and any time.
 *
 * Whatever happens: what the session sends is what a client may send; views lie within its buffers; it never waits for
 * something that cannot come, and never asks to be called without end. In the end comes a server that does everything
 * right: then each publication that was taken must be done, and be told of once. */
#include "fuzz.h"
#include "mqtt/codec.h"

#include <mote/session.h>
#include <mote/topic.h>

#define PIPE_SIZE 32768u
#define COMMANDS_MAX 400u
#define IDS_MAX 64u

struct pipe {
    uint8_t bytes[PIPE_SIZE];
    size_t start;
    size_t end;
};

/* Packet identifiers that the client has used, the newest last. */
struct ids {
    uint16_t ids[IDS_MAX];
    uint8_t types[IDS_MAX];
    size_t count;
};

static struct {
    struct mote_session session;
    struct mote_session_config config;
    struct fuzz_input *input;
    uint64_t now_ms;
    struct pipe to_client;
    struct pipe to_server; /* not taken apart yet */
    struct ids ids;
    bool greeted;       /* CONNECT has been seen in this connection */
    bool parted;        /* DISCONNECT, too: nothing may follow */
    bool source_fails;  /* now and then */
    uint32_t accepted;  /* publications of QoS 1 and 2 */
    uint32_t published; /* those that are done */
    uint32_t alias_max; /* of the CONNACK that has reached the client */
    uint32_t packet_max;
    uint64_t sent;      /* bytes of this connection */
    uint64_t taken;     /* of them, in whole packets */
    uint64_t unlimited; /* up to here they were put into the output before the CONNACK came */
    bool friendly;      /* the server at the end */
    size_t read_size;
} rig;

static size_t read_source(void *context, uint32_t offset, void *into, size_t size)
{
    (void)context;
    if (rig.source_fails && fuzz_u8(rig.input) % 16 == 15)
        return 0;
    if (rig.read_size != 0 && size > rig.read_size)
        size = rig.read_size;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)into)[i] = (uint8_t)(offset + i);
    return size;
}

static const struct mote_source sources[] = {
    {read_source, NULL, 1}, {read_source, NULL, 40}, {read_source, NULL, 300}, {read_source, NULL, 5000}};

static const struct mote_source empty_source = {read_source, NULL, 0};

/* --- Bytes on their way --- */

/* What does not fit is lost, and with it the connection is hostile in yet another way. */
static void pipe_put(struct pipe *pipe, const void *bytes, size_t size)
{
    if (PIPE_SIZE - pipe->end < size) {
        memmove(pipe->bytes, pipe->bytes + pipe->start, pipe->end - pipe->start);
        pipe->end -= pipe->start;
        pipe->start = 0;
    }
    if (PIPE_SIZE - pipe->end >= size && size > 0) {
        memcpy(pipe->bytes + pipe->end, bytes, size);
        pipe->end += size;
    }
}

static size_t pipe_size(const struct pipe *pipe)
{
    return pipe->end - pipe->start;
}

static uint8_t *receive_space(size_t *room)
{
    const struct mote_session_config *config = &rig.config;
    uint8_t *space = mote_session_receive_space(&rig.session, room);

    FUZZ_CHECK(space >= config->receive_buffer && space <= config->receive_buffer + config->receive_size);
    FUZZ_CHECK(*room <= (size_t)(config->receive_buffer + config->receive_size - space));
    return space;
}

/* Up to `most` bytes from the server reach the session. */
static size_t receive(size_t most)
{
    size_t room;
    uint8_t *space = receive_space(&room);
    size_t size = pipe_size(&rig.to_client);

    size = size < room ? size : room;
    size = size < most ? size : most;
    if (size > 0)
        memcpy(space, rig.to_client.bytes + rig.to_client.start, size);
    rig.to_client.start += size;
    mote_session_received(&rig.session, size, rig.now_ms);
    return size;
}

/* --- The server's view of what is sent --- */

static void remember(unsigned type, uint16_t packet_id)
{
    if (rig.ids.count == IDS_MAX) {
        memmove(rig.ids.ids, rig.ids.ids + 1, (IDS_MAX - 1) * sizeof rig.ids.ids[0]);
        memmove(rig.ids.types, rig.ids.types + 1, IDS_MAX - 1);
        rig.ids.count--;
    }
    rig.ids.ids[rig.ids.count] = packet_id;
    rig.ids.types[rig.ids.count++] = (uint8_t)type;
}

static void serve_ack(enum mote_packet_type type, uint16_t packet_id)
{
    uint8_t bytes[16];
    struct mote_ack ack = {.packet_id = packet_id};

    pipe_put(&rig.to_client, bytes, mote_codec_encode_ack(bytes, sizeof bytes, rig.session.version, type, &ack));
}

static void serve_reply(enum mote_packet_type type, uint16_t packet_id, size_t count)
{
    static const char codes[1000];
    uint8_t bytes[1100];
    struct mote_reply reply = {.packet_id = packet_id, .codes = {codes, count < 1000 ? count : 1000}};

    pipe_put(&rig.to_client, bytes, mote_codec_encode_reply(bytes, sizeof bytes, rig.session.version, type, &reply));
}

static void serve_connack(void)
{
    uint8_t bytes[300];
    struct mote_property method = {.id = MOTE_AUTHENTICATION_METHOD, .text = rig.config.auth_method};
    struct mote_connack connack = {.properties = {.items = &method, .count = method.text.length > 0}};
    size_t size = mote_codec_encode_connack(bytes, sizeof bytes, rig.session.version, &connack);

    FUZZ_CHECK(size > 0);
    pipe_put(&rig.to_client, bytes, size);
}

/* What a server that does everything right answers. */
static void answer(enum mote_packet_type type, const struct mote_message *message, const struct mote_request *request,
                   const struct mote_ack *ack)
{
    switch (type) {
    case MOTE_CONNECT:
        serve_connack();
        break;
    case MOTE_PUBLISH:
        if (message->qos != MOTE_QOS_0)
            serve_ack(message->qos == MOTE_QOS_1 ? MOTE_PUBACK : MOTE_PUBREC, message->packet_id);
        break;
    case MOTE_PUBREL:
        serve_ack(MOTE_PUBCOMP, ack->packet_id);
        break;
    case MOTE_SUBSCRIBE:
        serve_reply(MOTE_SUBACK, request->packet_id, request->count);
        break;
    case MOTE_UNSUBSCRIBE:
        serve_reply(MOTE_UNSUBACK, request->packet_id, request->count);
        break;
    case MOTE_PINGREQ:
        pipe_put(&rig.to_client, "\xD0", 2);
        break;
    default:
        break;
    }
}

static void check_message(const struct mote_message *message, size_t size)
{
    uint32_t alias = mote_properties_number(&message->properties, MOTE_TOPIC_ALIAS, 0);

    FUZZ_CHECK(alias <= rig.config.aliases_out_count && alias <= rig.alias_max);
    FUZZ_CHECK(message->topic.length > 0 || alias > 0);
    FUZZ_CHECK(size <= rig.packet_max || rig.taken < rig.unlimited);
    if (message->qos != MOTE_QOS_0)
        remember(MOTE_PUBLISH, message->packet_id);
}

/* One packet of the client, which must be right. */
static void take_packet(const struct mote_header *header, struct mote_text body)
{
    enum mote_packet_type type = (enum mote_packet_type)header->type;
    enum mote_mqtt_version version = rig.session.version;
    struct mote_fault fault = {0};
    struct mote_connect connect = {.version = version};
    struct mote_message message = {.packet_id = 0};
    struct mote_request request = {.packet_id = 0};
    struct mote_ack ack = {.packet_id = 0};
    bool legal = true;

    FUZZ_CHECK(rig.greeted == (type != MOTE_CONNECT) && !rig.parted);
    if (type == MOTE_CONNECT) {
        legal = mote_codec_decode_connect(body, &connect, &fault);
        rig.greeted = true;
        FUZZ_CHECK(connect.version == version);
    } else if (type == MOTE_PUBLISH) {
        legal = mote_codec_decode_publish(header, version, body, &message, &fault) == MOTE_DECODED;
        check_message(&message, header->size + body.length);
    } else if (type == MOTE_SUBSCRIBE || type == MOTE_UNSUBSCRIBE) {
        legal = mote_codec_decode_request(type, version, body, &request, &fault);
        remember(type, request.packet_id);
    } else if (type != MOTE_PINGREQ) {
        FUZZ_CHECK(type != MOTE_CONNACK && type != MOTE_SUBACK && type != MOTE_UNSUBACK && type != MOTE_PINGRESP);
        legal = mote_codec_decode_ack(type, version, false, body, &ack, &fault);
        rig.parted = type == MOTE_DISCONNECT;
        if (type == MOTE_PUBREL)
            remember(MOTE_PUBREL, ack.packet_id);
    }
    FUZZ_CHECK(legal);
    if (rig.friendly)
        answer(type, &message, &request, &ack);
}

static void take_packets(void)
{
    struct pipe *pipe = &rig.to_server;
    struct mote_header header;
    struct mote_fault fault;

    while (pipe_size(pipe) > 0) {
        struct mote_text bytes = {(const char *)pipe->bytes + pipe->start, pipe_size(pipe)};
        enum mote_decoded decoded = mote_codec_header(bytes, rig.session.version, &header, &fault);
        FUZZ_CHECK(decoded != MOTE_DECODE_ERROR);
        if (decoded == MOTE_DECODE_MORE || bytes.length < header.size + (size_t)header.remaining)
            return;
        take_packet(&header, (struct mote_text){bytes.data + header.size, header.remaining});
        pipe->start += header.size + (size_t)header.remaining;
        rig.taken += header.size + (size_t)header.remaining;
    }
}

static size_t send_output(size_t most)
{
    struct mote_text output = mote_session_output(&rig.session);
    size_t size = output.length < most ? output.length : most;

    FUZZ_CHECK(fuzz_is_within(output, rig.config.send_buffer, rig.config.send_size));
    FUZZ_CHECK(rig.session.state != MOTE_SESSION_IDLE || output.length == 0);
    pipe_put(&rig.to_server, output.data, size);
    rig.sent += size;
    mote_session_sent(&rig.session, size, rig.now_ms);
    take_packets();
    return size;
}

/* --- The application --- */

static bool is_within_memory(struct mote_text view)
{
    const struct mote_session_config *config = &rig.config;

    return fuzz_is_within(view, config->receive_buffer, config->receive_size) ||
           fuzz_is_within(view, config->aliases_in, (size_t)config->aliases_in_count * config->alias_in_size);
}

static void take_connected(const struct mote_session_event *event)
{
    const struct mote_properties *properties = &event->properties;
    const struct mote_session *session = &rig.session;

    rig.unlimited = rig.sent + (size_t)(session->send_end - session->send_at) + session->outgoing_left;
    FUZZ_CHECK(session->state == MOTE_SESSION_CONNECTED);
    rig.alias_max = mote_properties_number(properties, MOTE_TOPIC_ALIAS_MAXIMUM, 0);
    rig.packet_max = mote_properties_number(properties, MOTE_MAXIMUM_PACKET_SIZE, UINT32_MAX);
}

static void take_event(const struct mote_session_event *event)
{
    const struct mote_message *message = &event->message;
    bool is_last = false;

    FUZZ_CHECK(event->type > MOTE_EVENT_NONE && event->type <= MOTE_EVENT_FAILED);
    FUZZ_CHECK((unsigned)event->reason < MOTE_REASON_COUNT);
    switch (event->type) {
    case MOTE_EVENT_MESSAGE:
        is_last = mote_message_is_last(message);
        FUZZ_CHECK(is_within_memory(message->topic) && is_within_memory(message->payload));
        FUZZ_CHECK(is_within_memory(message->properties.encoded));
        FUZZ_CHECK(mote_topic_is_name(message->topic));
        FUZZ_CHECK(message->payload_offset <= message->payload_size);
        FUZZ_CHECK(message->payload.length <= message->payload_size - message->payload_offset);
        FUZZ_CHECK(is_last || message->payload.length > 0);
        break;
    case MOTE_EVENT_CONNECTED:
        take_connected(event);
        FUZZ_CHECK(is_within_memory(event->properties.encoded));
        break;
    case MOTE_EVENT_PUBLISHED:
        rig.published++;
        FUZZ_CHECK(event->packet_id != 0 && is_within_memory(event->properties.encoded));
        break;
    case MOTE_EVENT_SUBSCRIBED:
    case MOTE_EVENT_UNSUBSCRIBED:
        FUZZ_CHECK(event->packet_id != 0 && is_within_memory(event->codes));
        break;
    case MOTE_EVENT_FAILED:
        FUZZ_CHECK(mote_session_words(event)[0] != '\0' && event->reason != MOTE_OK);
        FUZZ_CHECK(rig.session.state == MOTE_SESSION_CLOSING);
        break;
    case MOTE_EVENT_REFUSED:
    case MOTE_EVENT_DISCONNECTED:
        FUZZ_CHECK(rig.session.state == MOTE_SESSION_CLOSING && is_within_memory(event->properties.encoded));
        break;
    default:
        break;
    }
}

static bool next(void)
{
    struct mote_session_event event;

    memset(&event, 0xA5, sizeof event);
    if (!mote_session_next(&rig.session, rig.now_ms, &event))
        return false;
    take_event(&event);
    return true;
}

/* The turns of a loop, until there is nothing more to do now. `answered`: what arrives is not the input's choice. */
static void turn(void)
{
    unsigned rounds = 0;
    bool moved = true;

    while (moved) {
        moved = false;
        while (next()) {
            moved = true;
            FUZZ_CHECK(++rounds < 40000);
        }
        moved = send_output(SIZE_MAX) > 0 || moved;
        moved = receive(SIZE_MAX) > 0 || moved;
        FUZZ_CHECK(++rounds < 40000);
    }
    /* It may ask for one more call, but not go on asking. */
    for (rounds = 0; mote_session_deadline(&rig.session) <= rig.now_ms; rounds++) {
        next();
        send_output(SIZE_MAX);
        FUZZ_CHECK(rounds < 200);
    }
    size_t room;
    receive_space(&room);
    FUZZ_CHECK(room > 0);
    FUZZ_CHECK(pipe_size(&rig.to_client) == 0);
}

/* --- Commands: the application --- */

static struct mote_text choose_topic(struct fuzz_input *input)
{
    static const char *const topics[] = {"a", "a/b", "$share/g/t", "a/+", "#", "home/kitchen/light/set", "$SYS/x"};
    unsigned choice = fuzz_below(input, 9);

    return choice < 7 ? mote_text(topics[choice]) : fuzz_text(input);
}

static struct mote_text choose_payload(struct fuzz_input *input)
{
    static const char payload[4096];

    return (struct mote_text){payload, fuzz_size(input, sizeof payload)};
}

/* Under an identifier that the input gives, with any past. */
static enum mote_reason publish_as(struct fuzz_input *input, const struct mote_message *message, uint16_t *packet_id)
{
    unsigned choice = fuzz_u8(input);

    *packet_id = (choice & 128) != 0 ? fuzz_u16(input) : (uint16_t)(choice >> 3);
    enum mote_session_stage before = mote_session_stage(&rig.session, *packet_id);
    enum mote_session_stage stage = (enum mote_session_stage)(choice & 7);
    enum mote_reason reason = mote_session_publish_as(&rig.session, message, *packet_id, stage);
    if (reason != MOTE_OK) {
        FUZZ_CHECK(mote_session_stage(&rig.session, *packet_id) == before);
        return reason;
    }
    FUZZ_CHECK(before == MOTE_STAGE_NONE && *packet_id < rig.config.own_ids_from && message->qos != MOTE_QOS_0);
    FUZZ_CHECK(mote_session_stage(&rig.session, *packet_id) >= stage);
    return reason;
}

static void publish(struct fuzz_input *input)
{
    struct mote_property items[3];
    unsigned flags = fuzz_u8(input);
    uint16_t packet_id = 0;
    struct mote_message message = {
        .topic = choose_topic(input),
        .qos = (enum mote_qos)(flags & 3),
        .retain = (flags & 4) != 0,
    };

    if ((flags & 8) != 0)
        message.properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 3)};
    if ((flags & 16) != 0)
        message.source = (flags & 32) != 0 ? &sources[fuzz_u8(input) & 3] : &empty_source;
    else
        message.payload = choose_payload(input);
    enum mote_reason reason = (flags & 64) != 0 ? publish_as(input, &message, &packet_id)
                                                : mote_session_publish(&rig.session, &message, &packet_id);
    FUZZ_CHECK(reason == MOTE_OK || reason == MOTE_MQTT_QUOTA || reason == MOTE_MQTT_PACKET_TOO_LARGE ||
               reason == MOTE_TCP_RESET || reason == MOTE_CONFIG_INVALID);
    if (reason == MOTE_OK && message.qos != MOTE_QOS_0) {
        FUZZ_CHECK(packet_id != 0 && (packet_id >= rig.config.own_ids_from || (flags & 64) != 0));
        rig.accepted++;
    }
}

static void request(struct fuzz_input *input)
{
    struct mote_property items[3];
    struct mote_filter filters[6];
    unsigned flags = fuzz_u8(input);
    size_t count = flags & 7;
    struct mote_properties properties = {0};
    uint16_t packet_id = 0;
    enum mote_reason reason;

    count = count > 6 ? 6 : count;
    for (size_t i = 0; i < count; i++) {
        unsigned options = fuzz_u8(input);
        filters[i] = (struct mote_filter){.topic = choose_topic(input),
                                          .qos = (enum mote_qos)(options & 3),
                                          .no_local = (options & 4) != 0,
                                          .retain_as_published = (options & 8) != 0,
                                          .retain_handling = options >> 4 & 3};
    }
    if ((flags & 8) != 0)
        properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 3)};
    if ((flags & 16) != 0)
        reason = mote_session_unsubscribe(&rig.session, filters, count, &properties, &packet_id);
    else
        reason = mote_session_subscribe(&rig.session, filters, count, &properties, &packet_id);
    FUZZ_CHECK((reason == MOTE_OK) == (packet_id != 0));
}

static void authenticate(struct fuzz_input *input)
{
    struct mote_property items[3];
    uint8_t code = fuzz_bool(input) ? 0x18 : 0x19;
    struct mote_properties properties = {.items = items, .count = fuzz_properties(input, items, 2)};

    items[properties.count++] =
        (struct mote_property){.id = MOTE_AUTHENTICATION_METHOD, .text = rig.config.auth_method};
    mote_session_auth(&rig.session, code, &properties);
}

static void leave(struct fuzz_input *input)
{
    struct mote_property items[3];
    uint8_t code = fuzz_bool(input) ? 0 : 4;
    struct mote_properties properties = {.items = items, .count = fuzz_properties(input, items, 3)};

    mote_session_close(&rig.session, code, fuzz_bool(input) ? &properties : NULL);
}

static bool reconnect(void)
{
    mote_session_closed(&rig.session);
    FUZZ_CHECK(rig.session.state == MOTE_SESSION_IDLE);
    rig.to_client.start = rig.to_client.end = 0;
    rig.to_server.start = rig.to_server.end = 0;
    rig.greeted = rig.parted = false;
    rig.alias_max = 0;
    rig.packet_max = UINT32_MAX;
    rig.sent = rig.taken = rig.unlimited = 0;
    rig.ids.count = 0;
    return mote_session_open(&rig.session, rig.now_ms) == MOTE_OK;
}

static void pass_time(struct fuzz_input *input)
{
    unsigned how = fuzz_u8(input);
    uint64_t deadline_ms = mote_session_deadline(&rig.session);

    if (how < 0x80)
        rig.now_ms += how;
    else if (how < 0xC0)
        rig.now_ms += fuzz_u16(input);
    else if (how < 0xF8 && deadline_ms != MOTE_NEVER)
        rig.now_ms = deadline_ms > rig.now_ms ? deadline_ms : rig.now_ms;
    else
        rig.now_ms += fuzz_u32(input);
}

/* --- Commands: the server --- */

static uint16_t choose_id(struct fuzz_input *input, unsigned *type)
{
    unsigned choice = fuzz_u8(input);

    *type = 0;
    if (choice >= 0xF0 || rig.ids.count == 0)
        return fuzz_u16(input);
    if (choice >= 0xE0)
        return (uint16_t)(1 + (choice & 7));
    size_t index = rig.ids.count - 1 - choice % rig.ids.count;
    *type = rig.ids.types[index];
    return rig.ids.ids[index];
}

static uint8_t choose_code(struct fuzz_input *input)
{
    uint8_t code = fuzz_u8(input);

    return code < 0xC0 ? 0 : code < 0xE0 ? (uint8_t)(0x80 + (code & 31)) : fuzz_u8(input);
}

static void serve_hello(struct fuzz_input *input)
{
    uint8_t bytes[1024];
    struct mote_property items[6];
    unsigned flags = fuzz_u8(input);
    struct mote_connack connack = {.session_present = (flags & 1) != 0, .code = choose_code(input)};

    connack.properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 5)};
    if (rig.config.auth_method.length > 0 && (flags & 2) == 0)
        items[connack.properties.count++] =
            (struct mote_property){.id = MOTE_AUTHENTICATION_METHOD, .text = rig.config.auth_method};
    pipe_put(&rig.to_client, bytes, mote_codec_encode_connack(bytes, sizeof bytes, rig.session.version, &connack));
}

static void serve_message(struct fuzz_input *input)
{
    uint8_t bytes[6000];
    struct mote_property items[4];
    unsigned flags = fuzz_u8(input);
    struct mote_message message = {
        .topic = choose_topic(input),
        .qos = (enum mote_qos)(flags & 3),
        .retain = (flags & 4) != 0,
        .duplicate = (flags & 8) != 0,
        .packet_id = (uint16_t)(1 + (flags >> 4)),
        .payload = choose_payload(input),
        .properties = {.items = items, .count = fuzz_properties(input, items, 4)},
    };

    if (fuzz_u8(input) % 4 == 0)
        message.topic.length = 0;
    pipe_put(&rig.to_client, bytes, mote_codec_encode_publish(bytes, sizeof bytes, rig.session.version, &message));
}

static void serve_any_ack(struct fuzz_input *input)
{
    static const enum mote_packet_type types[] = {MOTE_PUBACK, MOTE_PUBREC,     MOTE_PUBCOMP, MOTE_PUBREL,
                                                  MOTE_PUBREL, MOTE_DISCONNECT, MOTE_AUTH,    MOTE_PUBACK};
    uint8_t bytes[1024];
    struct mote_property items[4];
    enum mote_packet_type type = types[fuzz_u8(input) & 7];
    unsigned of;
    struct mote_ack ack = {.packet_id = choose_id(input, &of), .code = choose_code(input)};

    ack.properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 2)};
    if (type == MOTE_AUTH) {
        ack.code = fuzz_bool(input) ? 0x18 : ack.code;
        items[ack.properties.count++] =
            (struct mote_property){.id = MOTE_AUTHENTICATION_METHOD, .text = rig.config.auth_method};
    }
    pipe_put(&rig.to_client, bytes, mote_codec_encode_ack(bytes, sizeof bytes, rig.session.version, type, &ack));
}

/* The answer that a packet of the client waits for, or nearly so. */
static void serve_answer(struct fuzz_input *input)
{
    static const enum mote_packet_type answers[] = {
        [MOTE_PUBLISH] = MOTE_PUBACK, [MOTE_PUBREL] = MOTE_PUBCOMP, [MOTE_UNSUBSCRIBE] = MOTE_UNSUBACK};
    unsigned type;
    uint16_t packet_id = choose_id(input, &type);

    if (type == MOTE_SUBSCRIBE || type == MOTE_UNSUBSCRIBE)
        serve_reply(type == MOTE_SUBSCRIBE ? MOTE_SUBACK : MOTE_UNSUBACK, packet_id, fuzz_u8(input) & 7);
    else if (type != 0)
        serve_ack(type == MOTE_PUBLISH && fuzz_bool(input) ? MOTE_PUBREC : answers[type], packet_id);
    else
        pipe_put(&rig.to_client, "\xD0", 2);
}

static void serve_raw(struct fuzz_input *input)
{
    struct mote_text bytes = fuzz_text(input);

    pipe_put(&rig.to_client, bytes.data, bytes.length);
}

/* A packet whose length fits what is in it, or does not. */
static void serve_framed(struct fuzz_input *input)
{
    uint8_t header[2] = {fuzz_u8(input), 0};
    struct mote_text body = fuzz_text(input);

    if (body.length > 127)
        body.length = 127;
    header[1] = (uint8_t)body.length;
    pipe_put(&rig.to_client, header, 2);
    pipe_put(&rig.to_client, body.data, body.length);
}

/* Something endless: a payload larger than what is said about it. */
static void serve_filling(struct fuzz_input *input)
{
    static const uint8_t filling[4096];

    pipe_put(&rig.to_client, filling, fuzz_size(input, sizeof filling));
}

/* --- Everything together --- */

static void command(struct fuzz_input *input)
{
    switch (fuzz_below(input, 24)) {
    case 0:
        next();
        break;
    case 1:
        send_output(fuzz_size(input, SIZE_MAX));
        break;
    case 2:
        receive(fuzz_size(input, SIZE_MAX));
        break;
    case 3:
        pass_time(input);
        break;
    case 4:
    case 5:
        publish(input);
        break;
    case 6:
    case 7:
        request(input);
        break;
    case 8:
        mote_session_ping(&rig.session);
        break;
    case 9:
        authenticate(input);
        break;
    case 10:
        leave(input);
        break;
    case 11:
        reconnect();
        break;
    case 12:
        mote_session_closed(&rig.session);
        break;
    case 13:
        serve_hello(input);
        break;
    case 14:
        serve_raw(input);
        break;
    case 15:
        serve_framed(input);
        break;
    case 16:
        serve_filling(input);
        break;
    case 17:
        serve_message(input);
        break;
    case 18:
        serve_any_ack(input);
        break;
    case 19:
        serve_connack();
        break;
    case 20:
    case 21:
        serve_answer(input);
        break;
    default:
        turn();
    }
}

static void *allocate(size_t size)
{
    void *memory = malloc(size);

    FUZZ_CHECK(memory != NULL);
    memset(memory, 0xA5, size);
    return memory;
}

static void configure(struct fuzz_input *input)
{
    static const size_t sizes[] = {64, 65, 77, 128, 200, 512, 1024, 4096};
    struct mote_session_config *config = &rig.config;
    unsigned flags = fuzz_u8(input);
    unsigned counts = fuzz_u8(input);
    unsigned memory = fuzz_u8(input);

    *config = (struct mote_session_config){
        .version = fuzz_version(input),
        .client_id = MOTE_TEXT("fuzz"),
        .keep_session = (flags & 1) != 0,
        .keep_alive_s = (flags & 2) != 0 ? 10 : 0,
        .session_expiry_s = (flags & 4) != 0 ? 100 : 0,
        .packet_size_max = (flags & 8) != 0 ? 300 : 0,
        .first_packet_id = (flags & 16) != 0 ? 65534 : 0,
        .own_ids_from = (memory & 32) != 0 ? 0x8000 : 0,
        .inflight_count = counts & 7,
        .received_count = counts >> 3 & 3,
        .aliases = &mote_session_aliases,
        .aliases_in_count = counts >> 5 & 1 ? 3 : 0,
        .alias_in_size = 12,
        .aliases_out_count = counts >> 6 & 1 ? 2 : 0,
        .alias_out_size = 12,
        .receive_size = sizes[memory & 7],
        .send_size = sizes[memory >> 3 & 7],
        .store_size = sizes[memory >> 5 & 6],
    };
    if ((flags & 32) != 0)
        config->will = (struct mote_will){.topic = MOTE_TEXT("w"), .payload = MOTE_TEXT("x"), .qos = MOTE_QOS_1};
    if ((flags & 64) != 0 && config->version == MOTE_MQTT_5)
        config->authentication = &mote_session_authentication;
    config->auth_method = MOTE_TEXT("m");
    rig.source_fails = (flags & 128) != 0;
    rig.read_size = counts >> 7 ? 7 : 0;
    config->receive_buffer = allocate(config->receive_size);
    config->send_buffer = allocate(config->send_size);
    config->store = allocate(config->store_size);
    config->inflight = allocate(config->inflight_count * sizeof *config->inflight);
    config->received_ids = allocate(config->received_count * sizeof *config->received_ids);
    config->aliases_in = allocate((size_t)config->aliases_in_count * config->alias_in_size);
    config->aliases_out = allocate((size_t)config->aliases_out_count * config->alias_out_size);
}

/* As a program does that remembers what it was sent in an earlier connection. */
static void restore_received(void)
{
    uint16_t ids[4];
    size_t count = 0;

    for (uint16_t id = 1; id <= 4 && rig.config.own_ids_from != 0; id++)
        count += mote_session_restore_received(&rig.session, id);
    FUZZ_CHECK(count <= rig.config.received_count);
    FUZZ_CHECK(mote_session_received_ids(&rig.session, ids, 4) == count);
}

static void give_back(void)
{
    free(rig.config.receive_buffer);
    free(rig.config.send_buffer);
    free(rig.config.store);
    free(rig.config.inflight);
    free(rig.config.received_ids);
    free(rig.config.aliases_in);
    free(rig.config.aliases_out);
}

/* All that is still under way gets done, and only once. */
static void make_peace(void)
{
    rig.friendly = true;
    rig.source_fails = false;
    reconnect();
    FUZZ_CHECK(rig.session.state == MOTE_SESSION_CONNECTING);
    turn();
    FUZZ_CHECK(rig.session.state == MOTE_SESSION_CONNECTED);
    FUZZ_CHECK(mote_session_is_idle(&rig.session));
    FUZZ_CHECK(rig.published == rig.accepted);
    FUZZ_CHECK(rig.session.inflight_used == 0 && rig.session.unacked == 0);
    mote_session_close(&rig.session, 0, NULL);
    turn();
    mote_session_closed(&rig.session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};

    memset(&rig, 0, sizeof rig);
    rig.input = &input;
    rig.now_ms = UINT32_MAX - UINT64_C(10000);
    rig.packet_max = UINT32_MAX;
    configure(&input);
    bool is_legal = mote_session_init(&rig.session, &rig.config) == MOTE_OK;
    if (is_legal)
        restore_received();
    if (is_legal && reconnect()) {
        for (unsigned i = 0; i < COMMANDS_MAX && fuzz_left(&input) > 0; i++)
            command(&input);
        if (rig.session.state != MOTE_SESSION_IDLE)
            turn();
        make_peace();
    }
    give_back();
    return 0;
}
