/* The same bytes in other pieces: a session that is given a server's stream tells the same and sends the same, however the
 * stream is cut and however little the connection takes at a time. Likewise a broker and the stream of a client.
 *
 * The input has the pieces first, then the stream: packets that fit what the session has asked for, and any bytes. */
#include "fuzz.h"
#include "mqtt/codec.h"

#include <mote/broker.h>
#include <mote/session.h>

#define STREAM_MAX 20000u
#define TRACE_MAX 262144u
#define ROUNDS_MAX 200000u

struct bytes {
    size_t used;
    uint8_t bytes[TRACE_MAX];
};

/* What was told, and what was sent. */
struct trace {
    struct bytes told;
    struct bytes sent;
    bool dropped; /* what was not sent yet may have been thrown away, rightly */
};

static struct trace whole, pieces;
static uint8_t stream[STREAM_MAX];
static size_t stream_size;

static void note(struct bytes *bytes, const void *data, size_t size)
{
    if (size > TRACE_MAX - bytes->used)
        size = TRACE_MAX - bytes->used;
    if (size > 0)
        memcpy(bytes->bytes + bytes->used, data, size);
    bytes->used += size;
}

static void note_number(struct trace *trace, uint32_t number)
{
    note(&trace->told, &number, sizeof number);
}

static void note_text(struct trace *trace, struct mote_text text)
{
    note_number(trace, (uint32_t)text.length);
    note(&trace->told, text.data, text.length);
}

/* --- The stream --- */

static void add(const void *bytes, size_t size)
{
    if (size <= STREAM_MAX - stream_size) {
        memcpy(stream + stream_size, bytes, size);
        stream_size += size;
    }
}

static void add_publish(struct fuzz_input *input, enum mote_mqtt_version version)
{
    static char payload[4096];
    static const char *const topics[] = {"a", "a/b/c", "", "0123456789012345678901234567890123456789"};
    uint8_t bytes[6000];
    struct mote_property items[3];
    unsigned flags = fuzz_u8(input);
    struct mote_message message = {
        .topic = mote_text(topics[flags >> 6]),
        .qos = (enum mote_qos)(flags & 3),
        .retain = (flags & 4) != 0,
        .packet_id = (uint16_t)(1 + (flags >> 3 & 7)),
        .payload = {payload, fuzz_size(input, sizeof payload)},
        .properties = {.items = items, .count = fuzz_properties(input, items, 3)},
    };

    for (size_t i = 0; i < message.payload.length; i++)
        payload[i] = (char)('a' + (i & 15));
    add(bytes, mote_codec_encode_publish(bytes, sizeof bytes, version, &message));
}

static void add_ack(struct fuzz_input *input, enum mote_mqtt_version version)
{
    static const enum mote_packet_type types[] = {MOTE_PUBACK, MOTE_PUBREC, MOTE_PUBREL, MOTE_PUBCOMP};
    uint8_t bytes[600];
    struct mote_property items[2];
    unsigned flags = fuzz_u8(input);
    struct mote_ack ack = {.packet_id = (uint16_t)(1 + (flags >> 2 & 7)), .code = (flags & 128) != 0 ? 0x80 : 0};

    ack.properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 2)};
    add(bytes, mote_codec_encode_ack(bytes, sizeof bytes, version, types[flags & 3], &ack));
}

static void add_reply(struct fuzz_input *input, enum mote_mqtt_version version)
{
    uint8_t bytes[300];
    unsigned flags = fuzz_u8(input);
    struct mote_reply reply = {.packet_id = (uint16_t)(1 + (flags >> 2 & 7)), .codes = MOTE_TEXT("\0\1")};

    add(bytes,
        mote_codec_encode_reply(bytes, sizeof bytes, version, (flags & 1) != 0 ? MOTE_UNSUBACK : MOTE_SUBACK, &reply));
}

static void add_request(struct fuzz_input *input, enum mote_mqtt_version version)
{
    static const char *const topics[] = {"a", "a/#", "+/b/c", "$share/g/a"};
    uint8_t bytes[300];
    unsigned flags = fuzz_u8(input);
    struct mote_filter filter = {.topic = mote_text(topics[flags >> 6]), .qos = (enum mote_qos)(flags & 3)};
    struct mote_request request = {.packet_id = 9, .filters = &filter, .count = 1};

    add(bytes, mote_codec_encode_request(bytes, sizeof bytes, version,
                                         (flags & 4) != 0 ? MOTE_UNSUBSCRIBE : MOTE_SUBSCRIBE, &request));
}

static void add_raw(struct fuzz_input *input, enum mote_mqtt_version version)
{
    struct mote_text bytes = fuzz_text(input);

    (void)version;
    add(bytes.data, bytes.length);
}

static void add_framed(struct fuzz_input *input, enum mote_mqtt_version version)
{
    uint8_t header[2] = {fuzz_u8(input), 0};
    struct mote_text body = fuzz_text(input);

    (void)version;
    body.length = body.length < 127 ? body.length : 127;
    header[1] = (uint8_t)body.length;
    add(header, 2);
    add(body.data, body.length);
}

static void write_stream(struct fuzz_input *input, enum mote_mqtt_version version)
{
    static void (*const adds[])(struct fuzz_input * input, enum mote_mqtt_version version) = {
        add_publish, add_publish, add_ack, add_ack, add_reply, add_request, add_raw, add_framed};

    for (unsigned i = 0; i < 100 && fuzz_left(input) > 0; i++)
        adds[fuzz_u8(input) & 7](input, version);
}

/* How the stream is cut: one of the bytes after the other, again and again. */
struct cuts {
    struct mote_text sizes;
    size_t at;
};

static size_t next_cut(struct cuts *cuts)
{
    if (cuts->sizes.length == 0)
        return 1;
    size_t size = (uint8_t)cuts->sizes.data[cuts->at++ % cuts->sizes.length];
    return size < 0xF0 ? size + 1 : 64 * (size - 0xEF);
}

/* --- A session --- */

static struct {
    struct mote_session session;
    struct mote_session_config config;
    uint8_t receive_buffer[1024];
    uint8_t send_buffer[512];
    uint8_t store[1024];
    struct mote_inflight inflight[8];
    uint16_t received_ids[4];
    uint8_t aliases_in[3 * 16];
    uint8_t aliases_out[3 * 16];
} rig;

static void note_event(struct trace *trace, const struct mote_session_event *event)
{
    const struct mote_message *message = &event->message;

    note_number(trace, event->type);
    note_number(trace, event->reason);
    note_number(trace, event->reason_code);
    note_number(trace, event->packet_id);
    switch (event->type) {
    case MOTE_EVENT_MESSAGE:
        note_text(trace, message->topic);
        note_text(trace, message->payload);
        note_text(trace, message->properties.encoded);
        note_number(trace, message->payload_offset);
        note_number(trace, message->payload_size);
        note_number(trace, message->qos << 8 | message->retain);
        break;
    case MOTE_EVENT_DROPPED:
        note_number(trace, message->payload_size);
        break;
    case MOTE_EVENT_SUBSCRIBED:
    case MOTE_EVENT_UNSUBSCRIBED:
        note_text(trace, event->codes);
        break;
    case MOTE_EVENT_FAILED:
        note_text(trace, mote_text(mote_session_words(event)));
        break;
    case MOTE_EVENT_PONG:
        break;
    default:
        note_text(trace, event->properties.encoded);
    }
    if (event->type == MOTE_EVENT_DISCONNECTED || event->type == MOTE_EVENT_REFUSED)
        trace->dropped = true;
}

static void ask(void)
{
    const struct mote_filter filters[] = {{.topic = MOTE_TEXT("a/b"), .qos = MOTE_QOS_2}, {.topic = MOTE_TEXT("c")}};
    struct mote_message message = {.topic = MOTE_TEXT("t"), .payload = MOTE_TEXT("payload")};

    mote_session_subscribe(&rig.session, filters, 2, NULL, NULL);
    mote_session_unsubscribe(&rig.session, filters, 1, NULL, NULL);
    for (unsigned i = 0; i < 4; i++) {
        message.qos = (enum mote_qos)(1 + (i & 1));
        mote_session_publish(&rig.session, &message, NULL);
    }
    mote_session_ping(&rig.session);
}

static void begin(enum mote_mqtt_version version, unsigned sizes)
{
    static const size_t receive_sizes[] = {64, 77, 150, 1024};

    memset(&rig, 0, sizeof rig);
    rig.config = (struct mote_session_config){
        .version = version,
        .client_id = MOTE_TEXT("split"),
        .keep_session = true,
        .receive_size = receive_sizes[sizes & 3],
        .receive_buffer = rig.receive_buffer + sizeof rig.receive_buffer - receive_sizes[sizes & 3],
        .send_buffer = rig.send_buffer,
        .send_size = sizeof rig.send_buffer,
        .store = rig.store,
        .store_size = sizeof rig.store,
        .inflight = rig.inflight,
        .inflight_count = 8,
        .received_ids = rig.received_ids,
        .received_count = 4,
        .aliases_in = rig.aliases_in,
        .aliases = &mote_session_aliases,
        .aliases_in_count = (sizes & 4) != 0 ? 3 : 0,
        .alias_in_size = 16,
        .aliases_out = rig.aliases_out,
        .aliases_out_count = (sizes & 8) != 0 ? 3 : 0,
        .alias_out_size = 16,
        .packet_size_max = (sizes & 16) != 0 ? 200 : 0,
    };
    FUZZ_CHECK(mote_session_init(&rig.session, &rig.config) == MOTE_OK);
    FUZZ_CHECK(mote_session_open(&rig.session, 1000) == MOTE_OK);
}

static bool send_some(struct trace *trace, size_t most)
{
    struct mote_text output = mote_session_output(&rig.session);
    size_t size = output.length < most ? output.length : most;

    note(&trace->sent, output.data, size);
    mote_session_sent(&rig.session, size, 1000);
    return size > 0;
}

static bool tell_all(struct trace *trace)
{
    struct mote_session_event event;
    bool any = false;

    while (mote_session_next(&rig.session, 1000, &event)) {
        note_event(trace, &event);
        any = true;
    }
    return any;
}

/* Connects, and has all that is asked for sent: what waits for its turn goes out between the answers, so that its place
 * depends on when there is room. */
static void connect_and_ask(enum mote_mqtt_version version)
{
    bool is_5 = version == MOTE_MQTT_5;
    size_t room;
    uint8_t *space;

    send_some(&whole, SIZE_MAX);
    space = mote_session_receive_space(&rig.session, &room);
    memcpy(space, is_5 ? "\x20\x09\x00\x00\x06\x21\x00\x08\x22\x00\x02" : "\x20\x02\x00\x00", is_5 ? 11 : 4);
    mote_session_received(&rig.session, is_5 ? 11 : 4, 1000);
    FUZZ_CHECK(tell_all(&whole) && rig.session.state == MOTE_SESSION_CONNECTED);
    ask();
    while (send_some(&whole, SIZE_MAX))
        continue;
}

/* Plays the stream; without cuts all at once, and the connection takes everything. */
static void play_session(struct trace *trace, struct cuts *cuts)
{
    size_t at = 0;
    bool moved = true;

    trace->told.used = trace->sent.used = 0;
    trace->dropped = false;
    for (unsigned rounds = 0; moved || at < stream_size; rounds++) {
        size_t room;
        uint8_t *space = mote_session_receive_space(&rig.session, &room);
        size_t size = cuts == NULL ? stream_size - at : next_cut(cuts);
        size = size < stream_size - at ? size : stream_size - at;
        size = size < room ? size : room;
        memcpy(space, stream + at, size);
        mote_session_received(&rig.session, size, 1000);
        at += size;
        moved = tell_all(trace);
        moved = send_some(trace, cuts == NULL ? SIZE_MAX : next_cut(cuts)) || moved || size > 0;
        FUZZ_CHECK(rounds < ROUNDS_MAX);
    }
    FUZZ_CHECK(mote_session_deadline(&rig.session) > 1000);
}

static bool begins_alike(const struct bytes *a, const struct bytes *b)
{
    size_t size = a->used < b->used ? a->used : b->used;

    return memcmp(a->bytes, b->bytes, size) == 0;
}

static void compare(void)
{
    FUZZ_CHECK(begins_alike(&whole.told, &pieces.told) && begins_alike(&whole.sent, &pieces.sent));
    FUZZ_CHECK(whole.told.used == pieces.told.used && whole.dropped == pieces.dropped);
    FUZZ_CHECK(whole.sent.used == pieces.sent.used || whole.dropped);
}

static void split_session(struct fuzz_input *input, enum mote_mqtt_version version)
{
    unsigned sizes = fuzz_u8(input);
    struct cuts cuts = {fuzz_text(input), 0};

    stream_size = 0;
    write_stream(input, version);
    for (unsigned i = 0; i < 2; i++) {
        begin(version, sizes);
        if ((sizes & 32) == 0)
            connect_and_ask(version);
        play_session(i == 0 ? &pieces : &whole, i == 0 ? &cuts : NULL);
    }
    compare();
}

/* --- A broker --- */

static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size > 0)
        return realloc(block, new_size);
    free(block);
    return NULL;
}

static void take_output(struct mote_broker *broker, struct mote_broker_client **client, struct trace *trace)
{
    struct mote_broker_client *ready;
    struct mote_text views[2];
    size_t count;

    while ((ready = mote_broker_next_ready(broker)) != NULL) {
        while ((count = mote_broker_output(ready, views, 2)) > 0) {
            size_t size = 0;
            for (size_t i = 0; i < count; i++) {
                note(&trace->sent, views[i].data, views[i].length);
                size += views[i].length;
            }
            mote_broker_sent(ready, size, 1000);
        }
        if (mote_broker_should_close(ready)) {
            mote_broker_closed(ready, 1000);
            *client = NULL;
        }
    }
}

static void play_broker(struct trace *trace, struct cuts *cuts, unsigned flags)
{
    const struct mote_broker_config config = {
        .resize = resize,
        .receive_size = (flags & 1) != 0 ? 256 : 1024,
        .packet_size_max = (flags & 2) != 0 ? 1500 : 0,
        .payload_size_max = (flags & 4) != 0 ? 900 : 0,
        .retained_max = 2,
        .inflight_max = 3,
        .receive_max = 3,
        .without_sys = true,
    };
    struct mote_broker broker;
    size_t at = 0;

    trace->told.used = trace->sent.used = 0;
    trace->dropped = false;
    FUZZ_CHECK(mote_broker_init(&broker, &config, 1000) == MOTE_OK);
    struct mote_broker_client *client = mote_broker_accept(&broker, NULL, 1000);
    FUZZ_CHECK(client != NULL);
    while (client != NULL && at < stream_size) {
        size_t room;
        uint8_t *space = mote_broker_receive_space(client, &room);
        size_t size = cuts == NULL ? stream_size - at : next_cut(cuts);
        FUZZ_CHECK(room > 0);
        size = size < stream_size - at ? size : stream_size - at;
        size = size < room ? size : room;
        memcpy(space, stream + at, size);
        mote_broker_received(client, size, 1000);
        at += size;
        take_output(&broker, &client, trace);
    }
    note_number(trace, client == NULL);
    note_number(trace, broker.counters.messages_received);
    note_number(trace, broker.counters.retained_bytes);
    note_number(trace, broker.counters.dropped_input);
    note_number(trace, broker.counters.subscriptions);
    mote_broker_free(&broker);
}

/* Cuts off a packet that is not there as a whole: when the broker finds out what is wrong in it depends on how much of it
 * has come at once. */
static void end_with_a_packet(enum mote_mqtt_version version)
{
    struct mote_header header;
    struct mote_fault fault;
    size_t at = 0;

    while (at < stream_size && mote_codec_header((struct mote_text){(const char *)stream + at, stream_size - at},
                                                 version, &header, &fault) == MOTE_DECODED) {
        size_t size = header.size + (size_t)header.remaining;
        if (size > stream_size - at) {
            stream_size = at;
            break;
        }
        at += size;
    }
}

static void split_broker(struct fuzz_input *input, enum mote_mqtt_version version)
{
    unsigned flags = fuzz_u8(input);
    struct cuts cuts = {fuzz_text(input), 0};
    uint8_t bytes[200];
    struct mote_connect connect = {.version = version, .clean_start = true, .client_id = MOTE_TEXT("x")};

    stream_size = 0;
    if ((flags & 32) == 0)
        add(bytes, mote_codec_encode_connect(bytes, sizeof bytes, &connect));
    write_stream(input, version);
    end_with_a_packet(version);
    play_broker(&whole, NULL, flags);
    play_broker(&pieces, &cuts, flags);
    compare();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};
    enum mote_mqtt_version version = fuzz_version(&input);

    if (fuzz_bool(&input))
        split_broker(&input, version);
    else
        split_session(&input, version);
    return 0;
}
