/* What goes to a client: a list of chunks, each some bytes and possibly a payload that others share. */
#include "engine.h"

#include <string.h>

#define SHARED_MIN 1024 /* smaller payloads are copied: that is cheaper than a piece of their own for the connection */
#define FIRST_CHUNK 512
#define CHUNK 4096

static size_t chunk_size(size_t size)
{
    return offsetof(struct mote_broker_chunk, bytes) + size;
}

/* Room for `size` bytes in one piece. NULL: no memory. */
static uint8_t *room_for(struct mote_broker_client *client, size_t size)
{
    struct mote_broker_chunk *last = client->output_last;
    size_t least = last == NULL ? FIRST_CHUNK : CHUNK;
    struct mote_broker_chunk *chunk;

    if (last != NULL && last->message == NULL && last->size - last->end >= size)
        return last->bytes + last->end;
    size = size < least ? least : size;
    chunk = mote_broker_resize(client->broker, NULL, 0, chunk_size(size));
    if (chunk == NULL)
        return NULL;
    *chunk = (struct mote_broker_chunk){.size = (uint32_t)size};
    if (last == NULL)
        client->output_first = chunk;
    else
        last->next = chunk;
    client->output_last = chunk;
    return chunk->bytes;
}

static void free_first(struct mote_broker_client *client)
{
    struct mote_broker_chunk *chunk = client->output_first;

    client->output_first = chunk->next;
    if (chunk->next == NULL)
        client->output_last = NULL;
    mote_broker_message_drop(client->broker, chunk->message);
    mote_broker_release(client->broker, chunk, chunk_size(chunk->size));
}

/* `size` bytes have been written to the room. 0: it was not needed. */
static void commit(struct mote_broker_client *client, size_t size)
{
    struct mote_broker_chunk *last = client->output_last;

    MOTE_ASSERT(size <= last->size - last->end);
    last->end += (uint32_t)size;
    client->output_size += (uint32_t)size;
    if (client->output_size == 0)
        free_first(client);
    else if (size > 0)
        mote_broker_client_ready(client);
}

void mote_broker_output_free(struct mote_broker_client *client)
{
    while (client->output_first != NULL)
        free_first(client);
    client->output_size = 0;
}

/* The properties of one receiver: broker->items has room for two behind the identifiers. */
static void add_properties(struct mote_broker *broker, const struct mote_broker_publication *publication,
                           const struct mote_broker_sending *sending, uint16_t alias, struct mote_message *message)
{
    struct mote_property *items = broker->items;
    size_t count = sending->identifier_count;

    MOTE_ASSERT(count + 2 <= broker->item_count);
    if (publication->expires_ms != MOTE_NEVER) /* [MQTT-3.3.2-6] */
        items[count++] = (struct mote_property){
            .id = MOTE_MESSAGE_EXPIRY_INTERVAL,
            .number = mote_broker_seconds_until(broker->now_ms, publication->expires_ms),
        };
    if (alias != 0)
        items[count++] = (struct mote_property){.id = MOTE_TOPIC_ALIAS, .number = alias};
    message->properties.items = items;
    message->properties.count = count;
}

/* At most what the head of this message takes: lengths, packet identifier, topic, properties. */
static size_t head_bound(const struct mote_message *message)
{
    return 5 + 2 + message->topic.length + 2 + 4 + message->properties.encoded.length + 5 * message->properties.count;
}

static void share_payload(struct mote_broker_client *client, struct mote_broker_message *message)
{
    message->references++;
    client->output_last->message = message;
    client->output_size += message->payload_size;
}

enum mote_broker_sent mote_broker_output_publish(struct mote_broker_client *client,
                                                 struct mote_broker_publication *publication,
                                                 const struct mote_broker_sending *sending)
{
    struct mote_broker *broker = client->broker;
    bool shared = publication->message.payload.length >= SHARED_MIN;
    struct mote_source source = {.size = (uint32_t)publication->message.payload.length};
    bool alias_is_known = false;
    uint16_t alias = mote_broker_alias_out(client, publication->message.topic, &alias_is_known);

    if (shared && !mote_broker_publication_store(broker, publication))
        return BROKER_NO_MEMORY;
    struct mote_message message = publication->message;
    message.qos = sending->qos;
    message.retain = sending->retain;
    message.duplicate = sending->duplicate;
    message.packet_id = sending->packet_id;
    message.source = shared ? &source : NULL;
    if (alias_is_known)
        message.topic = (struct mote_text){"", 0};
    if (client->version == MOTE_MQTT_5)
        add_properties(broker, publication, sending, alias, &message);
    size_t bound = head_bound(&message) + (shared ? 0 : message.payload.length);
    uint8_t *into = room_for(client, bound);
    if (into == NULL)
        return BROKER_NO_MEMORY;
    size_t size = mote_codec_encode_publish(into, bound, (enum mote_mqtt_version)client->version, &message);
    MOTE_ASSERT(size > 0);
    if (size + (shared ? source.size : 0) > client->packet_size_max) { /* [MQTT-3.1.2-24] */
        commit(client, 0);
        return BROKER_TOO_LARGE;
    }
    commit(client, size);
    if (shared)
        share_payload(client, publication->stored);
    if (alias != 0 && !alias_is_known)
        mote_broker_alias_told(client, alias, message.topic);
    broker->counters.messages_sent++;
    return BROKER_SENT;
}

static void no_memory(struct mote_broker_client *client)
{
    mote_broker_doom(client, MOTE_CODE_QUOTA_EXCEEDED, MOTE_MQTT_QUOTA, "no memory for an answer");
}

/* Room for an answer, NULL if there is none to be had or the client lets too many of them pile up. */
static uint8_t *room_for_answer(struct mote_broker_client *client, size_t size)
{
    uint32_t max = client->broker->config.output_max;
    uint8_t *into;

    if (client->output_size >= max && client->output_size - max >= max) {
        mote_broker_doom(client, MOTE_CODE_QUOTA_EXCEEDED, MOTE_MQTT_QUOTA, "it does not read what it asks for");
        return NULL;
    }
    into = room_for(client, size);
    if (into == NULL)
        no_memory(client);
    return into;
}

/* A client that does not want reasons gets them only with CONNACK and DISCONNECT. [MQTT-3.1.2-29] */
static bool wants_words(const struct mote_broker_client *client, enum mote_packet_type type)
{
    return client->version == MOTE_MQTT_5 && (client->problem_information || type == MOTE_DISCONNECT);
}

void mote_broker_output_ack(struct mote_broker_client *client, enum mote_packet_type type, uint16_t packet_id,
                            uint8_t code, const char *words)
{
    struct mote_property reason = {.id = MOTE_REASON_STRING, .text = mote_text(words)};
    struct mote_ack ack = {.packet_id = packet_id, .code = code};
    size_t bound = 16 + reason.text.length;
    uint8_t *into = room_for_answer(client, bound);
    size_t size;

    if (into == NULL)
        return;
    if (words != NULL && wants_words(client, type)) {
        ack.properties.items = &reason;
        ack.properties.count = 1;
    }
    size = mote_codec_encode_ack(into, bound, (enum mote_mqtt_version)client->version, type, &ack);
    if (size > client->packet_size_max && ack.properties.count > 0) {
        ack.properties.count = 0;
        size = mote_codec_encode_ack(into, bound, (enum mote_mqtt_version)client->version, type, &ack);
    }
    MOTE_ASSERT(size > 0);
    commit(client, size > client->packet_size_max ? 0 : size);
}

void mote_broker_output_connack(struct mote_broker_client *client, const struct mote_connack *connack)
{
    enum mote_mqtt_version version = (enum mote_mqtt_version)client->version;
    size_t size = mote_codec_encode_connack(NULL, SIZE_MAX, version, connack);
    uint8_t *into = NULL;

    if (size > client->packet_size_max) /* [MQTT-3.1.2-24] */
        mote_broker_doom(client, 0, MOTE_MQTT_PACKET_TOO_LARGE, "a CONNECT whose answer is too large for it");
    else
        into = room_for_answer(client, size);
    if (into == NULL) {
        client->code = 0; /* no DISCONNECT in place of the CONNACK: [MQTT-3.2.0-1] */
        return;
    }
    size = mote_codec_encode_connack(into, size, version, connack);
    MOTE_ASSERT(size > 0);
    commit(client, size);
}

void mote_broker_output_reply(struct mote_broker_client *client, enum mote_packet_type type,
                              const struct mote_reply *reply)
{
    enum mote_mqtt_version version = (enum mote_mqtt_version)client->version;
    size_t size = mote_codec_encode_reply(NULL, SIZE_MAX, version, type, reply);
    uint8_t *into;

    if (size > client->packet_size_max) {
        mote_broker_doom(client, MOTE_CODE_PACKET_TOO_LARGE, MOTE_MQTT_PACKET_TOO_LARGE,
                         "a request whose answer is too large for it");
        return;
    }
    into = room_for_answer(client, size);
    if (into == NULL)
        return;
    size = mote_codec_encode_reply(into, size, version, type, reply);
    MOTE_ASSERT(size > 0);
    commit(client, size);
}

void mote_broker_output_pingresp(struct mote_broker_client *client)
{
    uint8_t *into = room_for_answer(client, 2);

    if (into != NULL)
        commit(client, mote_codec_encode_ping(into, 2, MOTE_PINGRESP));
}

size_t mote_broker_output(const struct mote_broker_client *client, struct mote_text *views, size_t max)
{
    size_t count = 0;

    for (struct mote_broker_chunk *chunk = client->output_first; chunk != NULL && count < max; chunk = chunk->next) {
        if (chunk->end > chunk->start)
            views[count++] = mote_broker_text(chunk->bytes + chunk->start, chunk->end - chunk->start);
        if (chunk->message != NULL && count < max)
            views[count++] = mote_broker_text(mote_broker_message_payload(chunk->message) + chunk->payload_sent,
                                              chunk->message->payload_size - chunk->payload_sent);
    }
    return count;
}

/* Takes sent bytes off the first chunk, and returns how many were its. */
static size_t take_off(struct mote_broker_chunk *chunk, size_t size)
{
    size_t head = chunk->end - chunk->start;
    size_t payload = chunk->message == NULL ? 0 : chunk->message->payload_size - chunk->payload_sent;

    head = size < head ? size : head;
    payload = size - head < payload ? size - head : payload;
    chunk->start += (uint32_t)head;
    chunk->payload_sent += (uint32_t)payload;
    return head + payload;
}

static bool is_empty(const struct mote_broker_chunk *chunk)
{
    return chunk->start == chunk->end &&
           (chunk->message == NULL || chunk->payload_sent == chunk->message->payload_size);
}

void mote_broker_sent(struct mote_broker_client *client, size_t size, uint64_t now_ms)
{
    struct mote_broker *broker = client->broker;

    MOTE_ASSERT(size <= client->output_size);
    mote_broker_set_time(broker, now_ms);
    client->output_size -= (uint32_t)size;
    while (size > 0) {
        size -= take_off(client->output_first, size);
        if (is_empty(client->output_first))
            free_first(client);
    }
    if (client->output_size == 0)
        mote_broker_output_free(client);
    if (client->session != NULL && client->output_size <= broker->config.output_max >> 1)
        mote_broker_queue_pump(client->session);
    mote_broker_settle(broker);
}
