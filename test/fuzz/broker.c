/* A broker and up to four clients that speak in turn, as the input has it: right packets and any bytes, in any pieces, read
 * or not read, with connections that come and break, time that passes, and memory that runs out at chosen moments.
 *
 * Whatever happens: what a client gets is what a server may send it, within the limits that it has set; the others are not
 * harmed; the broker's idea of its memory is right, and nothing is left of it in the end. */
#include "fuzz.h"
#include "mqtt/codec.h"

#include <mote/broker.h>

#define CLIENTS 4u
#define COMMANDS_MAX 400u
#define ALIASES 16u
#define FIRST_SIZE 2048u
#define IDS_MAX 16u

struct client {
    struct mote_broker_client *client; /* NULL: there is no connection */
    enum mote_mqtt_version version;    /* 0: of a CONNECT that makes no sense; its answer has any form */
    uint8_t first[FIRST_SIZE];         /* the beginning of what it has sent, until its CONNECT is understood */
    size_t first_size;
    bool asked;
    bool held; /* it does not read by itself */
    bool greeted;
    bool parted;
    uint32_t packet_max;
    uint16_t alias_max;
    bool aliases[ALIASES + 1];
    uint8_t *bytes; /* from the broker, not taken apart yet */
    size_t used;
    size_t room;
    uint16_t ids[IDS_MAX]; /* of the broker's packets, the newest last */
    uint8_t types[IDS_MAX];
    size_t id_count;
};

static struct {
    struct mote_broker broker;
    struct mote_broker_config config;
    uint64_t now_ms;
    struct client clients[CLIENTS];
    size_t memory;
    size_t blocks;
    unsigned fail_after; /* requests for memory until one fails; 0: none does */
    bool fail_on;        /* and all that follow */
    unsigned forbidden;  /* actions, a bit each */
    uint32_t random;
    uint32_t connected; /* by the events */
} rig;

/* --- The host's hooks --- */

union block {
    size_t size;
    max_align_t align;
};

static bool memory_fails(void)
{
    if (rig.fail_after == 0)
        return false;
    if (rig.fail_after > 1) {
        rig.fail_after--;
        return false;
    }
    rig.fail_after = rig.fail_on ? 1 : 0;
    return true;
}

/* Each resize moves, so that a view kept too long is found. */
static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    union block *old = block == NULL ? NULL : (union block *)block - 1;
    union block *new = NULL;

    FUZZ_CHECK(context == &rig && (old == NULL ? 0 : old->size) == old_size);
    if (new_size > old_size && memory_fails())
        return NULL;
    if (new_size > 0) {
        new = malloc(sizeof *new + new_size);
        FUZZ_CHECK(new != NULL);
        new->size = new_size;
        memset(new + 1, 0xAB, new_size);
        if (old != NULL)
            memcpy(new + 1, old + 1, old_size < new_size ? old_size : new_size);
    }
    free(old);
    rig.blocks += (size_t)(new != NULL) - (size_t)(old != NULL);
    rig.memory += new_size - old_size;
    return new == NULL ? NULL : new + 1;
}

static uint32_t random_bits(void *context)
{
    (void)context;
    rig.random = rig.random * 1664525 + 1013904223;
    return rig.random;
}

static void read_all(struct mote_text text)
{
    char *copy = fuzz_copy(text);

    free(copy);
}

static enum mote_reason authorize(void *context, const struct mote_broker_access *access)
{
    FUZZ_CHECK(context == &rig && (unsigned)access->action <= MOTE_BROKER_RECEIVE);
    FUZZ_CHECK(access->action == MOTE_BROKER_CONNECT || !access->has_password);
    FUZZ_CHECK(access->action == MOTE_BROKER_CONNECT || access->topic.length > 0);
    read_all(access->client_id);
    read_all(access->username);
    read_all(access->password);
    read_all(access->topic);
    return (rig.forbidden >> access->action & 1) != 0 ? MOTE_MQTT_NOT_AUTHORIZED : MOTE_OK;
}

static void observe(void *context, const struct mote_broker_event *event)
{
    FUZZ_CHECK(context == &rig && (unsigned)event->type <= MOTE_BROKER_QUEUE_FULL);
    read_all(event->client_id);
    if (event->type == MOTE_BROKER_CLIENT_CONNECTED)
        rig.connected++;
    if (event->type == MOTE_BROKER_CLIENT_DISCONNECTED) {
        FUZZ_CHECK(rig.connected > 0);
        rig.connected--;
    }
    if (event->message != NULL) {
        read_all(event->message->topic);
        read_all(event->message->payload);
    }
    if (event->filter != NULL)
        read_all(event->filter->topic);
}

/* --- What the broker sends --- */

static void remember(struct client *c, unsigned type, uint16_t packet_id)
{
    if (c->id_count == IDS_MAX) {
        memmove(c->ids, c->ids + 1, (IDS_MAX - 1) * sizeof c->ids[0]);
        memmove(c->types, c->types + 1, IDS_MAX - 1);
        c->id_count--;
    }
    c->ids[c->id_count] = packet_id;
    c->types[c->id_count++] = (uint8_t)type;
}

static void check_message(struct client *c, const struct mote_message *message)
{
    uint32_t alias = mote_properties_number(&message->properties, MOTE_TOPIC_ALIAS, 0);

    FUZZ_CHECK(alias <= c->alias_max && alias <= ALIASES);
    if (alias != 0 && message->topic.length > 0)
        c->aliases[alias] = true;
    FUZZ_CHECK(message->topic.length > 0 || c->aliases[alias]);
    if (message->qos != MOTE_QOS_0)
        remember(c, MOTE_PUBLISH, message->packet_id);
}

static void take_packet(struct client *c, const struct mote_header *header, struct mote_text body)
{
    enum mote_packet_type type = (enum mote_packet_type)header->type;
    struct mote_message message;
    struct mote_connack connack;
    struct mote_reply reply;
    struct mote_ack ack;
    struct mote_fault fault = {0};
    bool legal = true;

    FUZZ_CHECK(!c->parted && c->greeted == (type != MOTE_CONNACK));
    FUZZ_CHECK(header->size + body.length <= c->packet_max);
    switch (type) {
    case MOTE_CONNACK:
        legal = c->version == 0 || mote_codec_decode_connack(c->version, body, &connack, &fault);
        c->greeted = true;
        c->parted = c->version == 0 || connack.code != 0;
        break;
    case MOTE_PUBLISH:
        legal = mote_codec_decode_publish(header, c->version, body, &message, &fault) == MOTE_DECODED;
        check_message(c, &message);
        break;
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        legal = mote_codec_decode_reply(type, c->version, body, &reply, &fault);
        break;
    case MOTE_PINGRESP:
        break;
    default:
        FUZZ_CHECK(type != MOTE_CONNECT && type != MOTE_SUBSCRIBE && type != MOTE_UNSUBSCRIBE && type != MOTE_PINGREQ);
        legal = mote_codec_decode_ack(type, c->version, true, body, &ack, &fault);
        c->parted = type == MOTE_DISCONNECT;
        if (type == MOTE_PUBREL || type == MOTE_PUBREC)
            remember(c, type, ack.packet_id);
    }
    FUZZ_CHECK(legal);
}

static void take_packets(struct client *c)
{
    struct mote_header header;
    struct mote_fault fault;
    size_t at = 0;

    while (at < c->used) {
        struct mote_text bytes = {(const char *)c->bytes + at, c->used - at};
        enum mote_decoded decoded = mote_codec_header(bytes, c->version, &header, &fault);
        FUZZ_CHECK(decoded != MOTE_DECODE_ERROR);
        if (decoded == MOTE_DECODE_MORE || bytes.length < header.size + (size_t)header.remaining)
            break;
        take_packet(c, &header, (struct mote_text){bytes.data + header.size, header.remaining});
        at += header.size + (size_t)header.remaining;
    }
    memmove(c->bytes, c->bytes + at, c->used - at);
    c->used -= at;
}

static void keep_bytes(struct client *c, struct mote_text bytes)
{
    if (c->room - c->used < bytes.length) {
        c->room = 2 * c->room + bytes.length;
        c->bytes = realloc(c->bytes, c->room);
        FUZZ_CHECK(c->bytes != NULL);
    }
    memcpy(c->bytes + c->used, bytes.data, bytes.length);
    c->used += bytes.length;
}

/* The client reads up to `most` bytes. Returns how many there were. */
static size_t read_output(struct client *c, size_t most)
{
    struct mote_text views[3];
    size_t count = mote_broker_output(c->client, views, 3);
    size_t size = 0;

    for (size_t i = 0; i < count && size < most; i++) {
        struct mote_text view = views[i];
        FUZZ_CHECK(view.length > 0);
        view.length = view.length < most - size ? view.length : most - size;
        keep_bytes(c, view);
        size += view.length;
    }
    if (size > 0) {
        mote_broker_sent(c->client, size, rig.now_ms);
        take_packets(c);
    }
    return size;
}

static void end_connection(struct client *c)
{
    struct mote_broker_client *client = c->client;

    c->client = NULL;
    c->used = 0;
    mote_broker_closed(client, rig.now_ms);
}

/* The host's part, until there is nothing more for it. */
static void serve(void)
{
    struct mote_broker_client *client;

    for (unsigned rounds = 0; (client = mote_broker_next_ready(&rig.broker)) != NULL; rounds++) {
        struct client *c = mote_broker_client_link(client);
        FUZZ_CHECK(c->client == client && rounds < 5000);
        while (!c->held && read_output(c, SIZE_MAX) > 0)
            continue;
        if (mote_broker_should_close(client))
            end_connection(c);
    }
    FUZZ_CHECK(rig.broker.counters.memory == rig.memory);
}

/* --- What clients send --- */

/* What the broker has been told of the client, and so has to keep to. */
static void understand(struct client *c)
{
    struct mote_text bytes = {(const char *)c->first, c->first_size};
    struct mote_header header;
    struct mote_connect connect;
    struct mote_fault fault;
    enum mote_decoded decoded = mote_codec_header(bytes, MOTE_MQTT_DEFAULT, &header, &fault);

    c->asked = decoded == MOTE_DECODE_ERROR || c->first_size == FIRST_SIZE;
    if (decoded != MOTE_DECODED || bytes.length - header.size < header.remaining)
        return;
    c->asked = true;
    if (header.type != MOTE_CONNECT)
        return;
    bool legal =
        mote_codec_decode_connect((struct mote_text){bytes.data + header.size, header.remaining}, &connect, &fault);
    c->version = connect.version;
    if (legal) {
        uint32_t aliases = mote_properties_number(&connect.properties, MOTE_TOPIC_ALIAS_MAXIMUM, 0);
        c->alias_max = (uint16_t)(aliases < ALIASES ? aliases : ALIASES);
        c->packet_max = mote_properties_number(&connect.properties, MOTE_MAXIMUM_PACKET_SIZE, UINT32_MAX);
    }
}

static void listen(struct client *c, struct mote_text bytes)
{
    size_t size = FIRST_SIZE - c->first_size < bytes.length ? FIRST_SIZE - c->first_size : bytes.length;

    memcpy(c->first + c->first_size, bytes.data, size);
    c->first_size += size;
    if (!c->asked)
        understand(c);
}

static void feed(struct client *c, struct mote_text bytes, size_t step)
{
    while (bytes.length > 0 && c->client != NULL) {
        size_t room;
        uint8_t *space = mote_broker_receive_space(c->client, &room);
        size_t size = bytes.length < room ? bytes.length : room;
        size = size < step ? size : step;
        if (size == 0)
            break;
        memcpy(space, bytes.data, size);
        listen(c, (struct mote_text){bytes.data, size});
        mote_broker_received(c->client, size, rig.now_ms);
        bytes = (struct mote_text){bytes.data + size, bytes.length - size};
        if (bytes.length > 0 && step < 16)
            serve();
    }
}

static size_t choose_step(struct fuzz_input *input)
{
    static const size_t steps[] = {SIZE_MAX, SIZE_MAX, SIZE_MAX, 1, 7, 100, 256, 300};

    return steps[fuzz_u8(input) & 7];
}

static void feed_packet(struct fuzz_input *input, struct client *c, const uint8_t *bytes, size_t size)
{
    size_t step = choose_step(input);

    if (size > 0)
        feed(c, (struct mote_text){(const char *)bytes, size}, step);
}

static struct mote_text choose_topic(struct fuzz_input *input)
{
    static const char *const topics[] = {"a", "a/b", "$share/g/a/+", "a/+", "#", "b", "$SYS/#", "$share/g/b", "+/b/#"};
    unsigned choice = fuzz_below(input, 11);

    return choice < 9 ? mote_text(topics[choice]) : fuzz_text(input);
}

static struct mote_text choose_payload(struct fuzz_input *input)
{
    static const char payload[4096];

    return (struct mote_text){payload, fuzz_size(input, sizeof payload)};
}

static void send_connect(struct fuzz_input *input, struct client *c)
{
    static const char *const client_ids[] = {"x", "y", "z", ""};
    uint8_t bytes[2048];
    struct mote_property items[6], will_items[3];
    unsigned flags = fuzz_u8(input);
    struct mote_connect connect = {
        .version = c->version,
        .clean_start = (flags & 1) != 0,
        .client_id = mote_text(client_ids[flags >> 1 & 3]),
        .keep_alive_s = (flags & 8) != 0 ? 5 : 0,
        .has_username = (flags & 16) != 0,
        .username = MOTE_TEXT("user"),
    };

    if (c->client == NULL || c->greeted)
        flags |= 128; /* so that little is spent on what is refused anyway */
    if ((flags & 32) != 0) {
        connect.will = (struct mote_will){.topic = choose_topic(input), .payload = choose_payload(input)};
        connect.will.qos = (enum mote_qos)(fuzz_u8(input) % 3);
        connect.will.retain = fuzz_bool(input);
        connect.will.payload.length &= 1023;
        connect.will.properties =
            (struct mote_properties){.items = will_items, .count = fuzz_properties(input, will_items, 3)};
    }
    if ((flags & 64) != 0)
        connect.properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 5)};
    if ((flags & 192) == 0) {
        items[0] = (struct mote_property){.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = 1000};
        items[1] = (struct mote_property){.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = 3};
        items[2] = (struct mote_property){.id = MOTE_MAXIMUM_PACKET_SIZE, .number = 700};
        connect.properties = (struct mote_properties){.items = items, .count = (flags & 8) != 0 ? 3 : 2};
    }
    size_t size = mote_codec_encode_connect(bytes, sizeof bytes, &connect);
    feed_packet(input, c, bytes, size);
}

static void send_publish(struct fuzz_input *input, struct client *c)
{
    uint8_t bytes[6000];
    struct mote_property items[4];
    unsigned flags = fuzz_u8(input);
    struct mote_message message = {
        .topic = choose_topic(input),
        .qos = (enum mote_qos)(flags & 3),
        .retain = (flags & 4) != 0,
        .duplicate = (flags & 8) != 0,
        .packet_id = (uint16_t)(1 + (flags >> 4 & 7)),
        .payload = choose_payload(input),
    };

    if ((flags & 128) != 0)
        message.properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 4)};
    feed_packet(input, c, bytes, mote_codec_encode_publish(bytes, sizeof bytes, c->version, &message));
}

static void send_request(struct fuzz_input *input, struct client *c)
{
    uint8_t bytes[4096];
    struct mote_property item;
    struct mote_filter filters[6];
    unsigned flags = fuzz_u8(input);
    struct mote_request request = {.packet_id = 77, .filters = filters, .count = flags & 7};

    request.count = request.count > 6 ? 6 : request.count;
    for (size_t i = 0; i < request.count; i++) {
        unsigned options = fuzz_u8(input);
        filters[i] = (struct mote_filter){.topic = choose_topic(input),
                                          .qos = (enum mote_qos)(options & 3),
                                          .no_local = (options & 4) != 0,
                                          .retain_as_published = (options & 8) != 0,
                                          .retain_handling = options >> 4 & 3};
    }
    request.properties = (struct mote_properties){.items = &item, .count = fuzz_properties(input, &item, 1)};
    feed_packet(input, c, bytes,
                mote_codec_encode_request(bytes, sizeof bytes, c->version,
                                          (flags & 8) != 0 ? MOTE_UNSUBSCRIBE : MOTE_SUBSCRIBE, &request));
}

/* The answer that a packet of the broker waits for, or another one. */
static void send_ack(struct fuzz_input *input, struct client *c)
{
    static const enum mote_packet_type types[] = {MOTE_PUBACK, MOTE_PUBREC, MOTE_PUBREL, MOTE_PUBCOMP};
    uint8_t bytes[1024];
    struct mote_property items[2];
    unsigned choice = fuzz_u8(input);
    enum mote_packet_type type = types[choice & 3];
    struct mote_ack ack = {.packet_id = (uint16_t)(1 + (choice >> 2 & 7))};

    if (choice >= 0x40 && c->id_count > 0) {
        size_t index = c->id_count - 1 - (choice >> 2 & 15) % c->id_count;
        ack.packet_id = c->ids[index];
        if (c->types[index] == MOTE_PUBREL)
            type = MOTE_PUBCOMP;
        else if (c->types[index] == MOTE_PUBREC)
            type = MOTE_PUBREL;
        else
            type = types[choice & 1];
    }
    unsigned code = fuzz_u8(input);
    ack.code = code < 0xE0 ? 0 : fuzz_u8(input);
    if (code & 1)
        ack.properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 2)};
    feed_packet(input, c, bytes, mote_codec_encode_ack(bytes, sizeof bytes, c->version, type, &ack));
}

static void send_goodbye(struct fuzz_input *input, struct client *c)
{
    uint8_t bytes[1024];
    struct mote_property items[2];
    unsigned flags = fuzz_u8(input);
    struct mote_ack ack = {.code = (flags & 1) != 0 ? 4 : 0};

    ack.properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 2)};
    feed_packet(
        input, c, bytes,
        mote_codec_encode_ack(bytes, sizeof bytes, c->version, (flags & 14) == 14 ? MOTE_AUTH : MOTE_DISCONNECT, &ack));
}

static void send_raw(struct fuzz_input *input, struct client *c)
{
    struct mote_text bytes = fuzz_text(input);

    feed_packet(input, c, (const uint8_t *)bytes.data, bytes.length);
}

static void send_framed(struct fuzz_input *input, struct client *c)
{
    uint8_t packet[130];
    struct mote_text body;

    packet[0] = fuzz_u8(input);
    body = fuzz_text(input);
    body.length = body.length < 127 ? body.length : 127;
    packet[1] = (uint8_t)body.length;
    memcpy(packet + 2, body.data, body.length);
    feed_packet(input, c, packet, 2 + body.length);
}

static void send_filling(struct fuzz_input *input, struct client *c)
{
    static const uint8_t filling[4096];

    feed_packet(input, c, filling, fuzz_size(input, sizeof filling));
}

/* --- The host --- */

static void connect_client(struct fuzz_input *input, struct client *c)
{
    uint8_t *bytes = c->bytes;
    size_t room = c->room;

    if (c->client != NULL)
        end_connection(c);
    *c = (struct client){.version = fuzz_version(input), .packet_max = UINT32_MAX, .bytes = bytes, .room = room};
    c->client = mote_broker_accept(&rig.broker, c, rig.now_ms);
}

static void publish(struct fuzz_input *input)
{
    struct mote_property items[3];
    unsigned flags = fuzz_u8(input);
    struct mote_message message = {
        .topic = choose_topic(input),
        .payload = choose_payload(input),
        .qos = (enum mote_qos)(flags & 3),
        .retain = (flags & 4) != 0,
    };

    if ((flags & 8) != 0)
        message.properties = (struct mote_properties){.items = items, .count = fuzz_properties(input, items, 3)};
    enum mote_reason reason = mote_broker_publish(&rig.broker, &message, rig.now_ms);
    FUZZ_CHECK(reason == MOTE_OK || reason == MOTE_CONFIG_INVALID || reason == MOTE_MQTT_QUOTA);
}

static void pass_time(struct fuzz_input *input)
{
    unsigned how = fuzz_u8(input);
    uint64_t deadline_ms = mote_broker_deadline(&rig.broker);

    if (how < 0x80)
        rig.now_ms += how;
    else if (how < 0xC0)
        rig.now_ms += fuzz_u16(input);
    else if (how < 0xF8 && deadline_ms != MOTE_NEVER)
        rig.now_ms = deadline_ms > rig.now_ms ? deadline_ms : rig.now_ms;
    else
        rig.now_ms += fuzz_u32(input);
    mote_broker_turn(&rig.broker, rig.now_ms);
    if (how % 2 != 0)
        return;
    serve();
    for (unsigned rounds = 0; mote_broker_deadline(&rig.broker) <= rig.now_ms; rounds++) {
        mote_broker_turn(&rig.broker, rig.now_ms);
        serve();
        FUZZ_CHECK(rounds < 1000);
    }
}

static void check_counters(void)
{
    const struct mote_broker_counters *counters = &rig.broker.counters;
    uint32_t open = 0;

    for (size_t i = 0; i < CLIENTS; i++)
        open += rig.clients[i].client != NULL;
    FUZZ_CHECK(counters->clients == open && counters->connected <= open);
    FUZZ_CHECK(counters->connected <= counters->sessions && counters->sessions <= rig.broker.config.sessions_max);
    FUZZ_CHECK(counters->retained <= rig.broker.config.retained_max);
    FUZZ_CHECK(counters->retained_bytes <= rig.broker.config.retained_bytes_max);
    FUZZ_CHECK(counters->memory == rig.memory && counters->memory <= rig.broker.config.memory_max);
}

static void run_host(struct fuzz_input *input, struct client *c, unsigned how)
{
    switch (how) {
    case 0:
        connect_client(input, c);
        break;
    case 1:
        if (c->client != NULL)
            end_connection(c);
        break;
    case 2:
        pass_time(input);
        break;
    case 3:
        c->held = !c->held;
        break;
    case 4:
        if (c->client != NULL)
            read_output(c, fuzz_size(input, SIZE_MAX));
        break;
    case 5:
        rig.fail_on = fuzz_bool(input);
        rig.fail_after = fuzz_u8(input);
        break;
    case 6:
        publish(input);
        break;
    default:
        rig.forbidden = fuzz_u8(input);
        if (rig.forbidden == 0xFF)
            mote_broker_stop(&rig.broker, rig.now_ms);
    }
}

static void command(struct fuzz_input *input)
{
    static void (*const sends[])(struct fuzz_input * input, struct client * c) = {
        send_connect, send_publish, send_publish, send_publish, send_request, send_request, send_ack,
        send_ack,     send_ack,     send_ack,     send_goodbye, send_raw,     send_framed,  send_filling};
    unsigned what = fuzz_u8(input);
    struct client *c = &rig.clients[what & 3];
    unsigned how = (what >> 2) % 23;

    if (how < 14 && c->client == NULL)
        connect_client(input, c);
    if (how < 14)
        sends[how](input, c);
    else if (how < 22)
        run_host(input, c, how - 14);
    else if (c->client != NULL)
        feed(c, MOTE_TEXT("\xC0\x00"), SIZE_MAX);
    if (fuzz_u8(input) < 0xC0)
        serve();
    check_counters();
}

static void configure(struct fuzz_input *input)
{
    struct mote_broker_config *config = &rig.config;
    unsigned flags = fuzz_u8(input);
    unsigned more = fuzz_u8(input);

    *config = (struct mote_broker_config){
        .resize = resize,
        .random = random_bits,
        .authorize = (flags & 1) != 0 ? authorize : NULL,
        .authorize_receive = (flags & 2) != 0,
        .observe = observe,
        .context = &rig,
        .memory_max = (flags & 4) != 0 ? 20000 : 0,
        .clients_max = (flags & 8) != 0 ? 3 : 0,
        .sessions_max = (flags & 8) != 0 ? 3 : 0,
        .subscriptions_max = (flags & 16) != 0 ? 3 : 0,
        .topic_levels_max = (flags & 16) != 0 ? 2 : 0,
        .queue_max = (flags & 32) != 0 ? 2 : 0,
        .queue_bytes_max = (flags & 64) != 0 ? 500 : 0,
        .output_max = (flags & 128) != 0 ? 600 : 0,
        .retained_max = (more & 1) != 0 ? 2 : 0,
        .retained_bytes_max = (more & 1) != 0 ? 600 : 0,
        .packet_size_max = (more & 2) != 0 ? 1000 : 0,
        .payload_size_max = (more & 4) != 0 ? 700 : 0,
        .connect_size_max = (more & 4) != 0 ? 300 : 0,
        .receive_size = (more & 8) != 0 ? 256 : 1024,
        .inflight_max = (more & 16) != 0 ? 2 : 0,
        .receive_max = (more & 16) != 0 ? 2 : 0,
        .topic_alias_out_max = (more & 32) != 0 ? 1 : 0,
        .keep_alive_max_s = (more & 64) != 0 ? 4 : 0,
        .session_expiry_max_s = (more & 64) != 0 ? 10 : 0,
        .without_sys = (more & 128) != 0,
        .without_topic_alias = (more & 160) == 160,
    };
    rig.fail_after = fuzz_u8(input);
    if (rig.fail_after >= 32)
        rig.fail_after = 0;
}

static void give_back(void)
{
    mote_broker_free(&rig.broker);
    FUZZ_CHECK(rig.memory == 0 && rig.blocks == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};

    memset(&rig, 0, sizeof rig);
    rig.now_ms = UINT32_MAX - UINT64_C(10000);
    configure(&input);
    if (mote_broker_init(&rig.broker, &rig.config, rig.now_ms) == MOTE_OK) {
        for (unsigned i = 0; i < COMMANDS_MAX && fuzz_left(&input) > 0; i++)
            command(&input);
        serve();
        check_counters();
        give_back();
    }
    FUZZ_CHECK(rig.memory == 0 && rig.blocks == 0);
    for (size_t i = 0; i < CLIENTS; i++)
        free(rig.clients[i].bytes);
    return 0;
}
