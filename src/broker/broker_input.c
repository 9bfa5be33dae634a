/* From received bytes to packets.
 *
 * All clients read into one buffer of the broker's; what is left of a packet that has not come in as a whole is
 * kept by its client (struct mote_broker_input) and put in front of the next bytes. Two kinds of packets go
 * other ways: the payload of a PUBLISH that is larger than half the buffer is read straight into the message
 * that its receivers will share, and whatever else is as large comes together in a block of its own. Memory for
 * both grows with the bytes that have come, not with those that were promised. */
#include "engine.h"

#include <string.h>

static size_t input_size(uint32_t size)
{
    return sizeof(struct mote_broker_input) + size;
}

/* Its input with room for `size` bytes of a packet. NULL: no memory. */
static struct mote_broker_input *input_of(struct mote_broker_client *client, uint32_t size)
{
    struct mote_broker_input *input = client->input;
    size_t old_size = input == NULL ? 0 : input_size(input->size);

    if (input != NULL && input->size >= size)
        return input;
    input = mote_broker_resize(client->broker, client->input, old_size, input_size(size));
    if (input == NULL)
        return NULL;
    if (client->input == NULL)
        *input = (struct mote_broker_input){0};
    input->size = size;
    client->input = input;
    return input;
}

void mote_broker_input_free(struct mote_broker_client *client)
{
    struct mote_broker_input *input = client->input;

    if (input == NULL)
        return;
    mote_broker_message_drop(client->broker, input->message);
    mote_broker_release(client->broker, input, input_size(input->size));
    client->input = NULL;
}

static bool is_open(const struct mote_broker_client *client)
{
    return client->state == BROKER_CONNECTING || client->state == BROKER_CONNECTED;
}

static void no_memory(struct mote_broker_client *client)
{
    mote_broker_doom(client, MOTE_CODE_QUOTA_EXCEEDED, MOTE_MQTT_QUOTA, "no memory for its packet");
}

static uint32_t less(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Gives up the payload that was coming in: what is missing is read past. */
static void skip_payload(struct mote_broker_client *client, uint8_t code)
{
    struct mote_broker_input *input = client->input;

    input->skip = input->message->payload_size - input->payload_used;
    input->code = code;
    mote_broker_message_drop(client->broker, input->message);
    input->message = NULL;
}

static uint8_t *payload_space(struct mote_broker_client *client, size_t *size)
{
    struct mote_broker_input *input = client->input;
    struct mote_broker_message *message = input->message;

    if (input->payload_used == message->payload_room) {
        uint32_t room = message->payload_room << 1;
        if (!mote_broker_message_grow(client->broker, &input->message, less(message->payload_size, room))) {
            skip_payload(client, MOTE_CODE_QUOTA_EXCEEDED);
            return NULL;
        }
        message = input->message;
    }
    *size = message->payload_room - input->payload_used;
    return mote_broker_message_payload(message) + input->payload_used;
}

static uint8_t *gather_space(struct mote_broker_client *client, size_t *size)
{
    struct mote_broker_input *input = client->input;

    if (input->used == input->size)
        input = input_of(client, less(input->gather, input->used << 1));
    if (input == NULL) {
        no_memory(client);
        return client->broker->receive_buffer;
    }
    *size = input->size - input->used;
    return input->bytes + input->used;
}

uint8_t *mote_broker_receive_space(struct mote_broker_client *client, size_t *size)
{
    struct mote_broker *broker = client->broker;
    struct mote_broker_input *input = client->input;
    uint8_t *space = NULL;

    *size = 0;
    if (!is_open(client))
        return broker->receive_buffer;
    if (input != NULL && input->message != NULL)
        space = payload_space(client, size);
    if (space != NULL)
        return space;
    if (input == NULL || input->skip > 0) {
        *size = broker->config.receive_size;
        return broker->receive_buffer;
    }
    if (input->gather > 0)
        return gather_space(client, size);
    memcpy(broker->receive_buffer, input->bytes, input->used);
    *size = broker->config.receive_size - input->used;
    return broker->receive_buffer + input->used;
}

/* The payload is there as a whole: the publication is. */
static void finish_payload(struct mote_broker_client *client)
{
    struct mote_broker_input *input = client->input;
    struct mote_broker_message *message = input->message;
    struct mote_broker_publication publication;
    uint16_t packet_id = input->packet_id;

    input->message = NULL;
    mote_broker_input_free(client);
    mote_broker_publication_of(message, &publication);
    mote_broker_packet_publish(client, &publication, packet_id);
    mote_broker_message_drop(client->broker, message);
}

static void finish_skipping(struct mote_broker_client *client)
{
    struct mote_broker_input input = *client->input;

    mote_broker_input_free(client);
    mote_broker_packet_publish_refused(client, (enum mote_qos)input.qos, input.packet_id, input.code);
}

/* The head of a PUBLISH is there, not all of its payload. */
static void begin_payload(struct mote_broker_client *client, struct mote_message *message)
{
    struct mote_broker *broker = client->broker;
    struct mote_broker_input *input = input_of(client, 0);
    uint32_t size = message->payload_size;
    uint8_t code = MOTE_CODE_SUCCESS;

    if (input == NULL) {
        no_memory(client);
        return;
    }
    input->used = 0;
    input->qos = (uint8_t)message->qos;
    input->packet_id = message->packet_id;
    if (!mote_broker_packet_publish_head(client, message, &code)) {
        input->skip = size - (uint32_t)message->payload.length;
        input->code = code;
        return;
    }
    input->message = mote_broker_message_new(broker, message, size, less(size, broker->config.receive_size));
    if (input->message == NULL) {
        input->skip = size - (uint32_t)message->payload.length;
        input->code = MOTE_CODE_QUOTA_EXCEEDED;
        return;
    }
    input->message->origin = client->session->serial;
    input->payload_used = (uint32_t)message->payload.length;
    memcpy(mote_broker_message_payload(input->message), message->payload.data, message->payload.length);
}

/* A packet that is not there as a whole. Returns how many bytes have been taken of it: all, or none if they are
 * to be kept until there are more. */
static size_t take_part(struct mote_broker_client *client, const struct mote_header *header, struct mote_text bytes)
{
    uint32_t half = client->broker->config.receive_size >> 1;
    struct mote_text body = {bytes.data + header->size, bytes.length - header->size};
    uint32_t total = header->size + header->remaining;
    struct mote_message message;
    struct mote_fault fault;

    if (total <= half || (client->input != NULL && client->input->gather > 0))
        return 0;
    if (header->type == MOTE_PUBLISH) {
        switch (mote_codec_decode_publish(header, (enum mote_mqtt_version)client->version, body, &message, &fault)) {
        case MOTE_DECODED:
            begin_payload(client, &message);
            return bytes.length;
        case MOTE_DECODE_ERROR:
            mote_broker_fault(client, &fault);
            return bytes.length;
        default:
            if (bytes.length <= half)
                return 0;
        }
    }
    if (input_of(client, (uint32_t)bytes.length) == NULL)
        no_memory(client);
    else
        client->input->gather = total;
    return 0;
}

/* May a packet with this header come now, and in this size? */
static bool check_header(struct mote_broker_client *client, const struct mote_header *header)
{
    const struct mote_broker_config *config = &client->broker->config;
    bool connecting = client->state == BROKER_CONNECTING;
    uint32_t max = connecting ? config->connect_size_max : config->packet_size_max;

    if (connecting && header->type != MOTE_CONNECT) /* [MQTT-3.1.0-1] */
        mote_broker_doom(client, MOTE_CODE_PROTOCOL_ERROR, MOTE_MQTT_PROTOCOL, "its first packet is no CONNECT");
    else if (header->size + header->remaining > max)
        mote_broker_doom(client, MOTE_CODE_PACKET_TOO_LARGE, MOTE_MQTT_PACKET_TOO_LARGE, "a packet that is too large");
    return is_open(client);
}

/* Takes one packet. Returns how many bytes it has taken, 0 if it needs more of them. */
static size_t take_packet(struct mote_broker_client *client, struct mote_text bytes)
{
    struct mote_header header;
    struct mote_fault fault;

    switch (mote_codec_header(bytes, (enum mote_mqtt_version)client->version, &header, &fault)) {
    case MOTE_DECODE_MORE:
        return 0;
    case MOTE_DECODE_ERROR:
        mote_broker_fault(client, &fault);
        return bytes.length;
    default:
        break;
    }
    if (!check_header(client, &header))
        return bytes.length;
    if (bytes.length < header.size + header.remaining)
        return take_part(client, &header, bytes);
    mote_broker_packet(client, &header, (struct mote_text){bytes.data + header.size, header.remaining});
    return header.size + header.remaining;
}

/* Keeps the beginning of a packet until there is more of it. */
static void keep(struct mote_broker_client *client, struct mote_text rest)
{
    struct mote_broker_input *input = client->input;

    if (!is_open(client) || rest.length == 0) {
        if (input != NULL && input->message == NULL && input->skip == 0)
            mote_broker_input_free(client);
        return;
    }
    input = input_of(client, (uint32_t)rest.length);
    if (input == NULL) {
        no_memory(client);
        return;
    }
    if ((const char *)input->bytes != rest.data)
        memmove(input->bytes, rest.data, rest.length);
    input->used = (uint32_t)rest.length;
}

static struct mote_text without(struct mote_text bytes, size_t size)
{
    return (struct mote_text){bytes.data + size, bytes.length - size};
}

/* Reads past what is left of a payload that could not be taken. */
static struct mote_text skip(struct mote_broker_client *client, struct mote_text bytes)
{
    struct mote_broker_input *input = client->input;
    uint32_t size = less(input->skip, (uint32_t)bytes.length);

    input->skip -= size;
    if (input->skip == 0)
        finish_skipping(client);
    return without(bytes, size);
}

static void take_bytes(struct mote_broker_client *client, struct mote_text bytes)
{
    while (is_open(client) && bytes.length > 0) {
        if (client->input != NULL && client->input->skip > 0) {
            bytes = skip(client, bytes);
            continue;
        }
        size_t taken = take_packet(client, bytes);
        if (taken == 0)
            break;
        bytes = without(bytes, taken);
    }
    keep(client, bytes);
}

static void take_payload(struct mote_broker_client *client, size_t size)
{
    struct mote_broker_input *input = client->input;

    input->payload_used += (uint32_t)size;
    MOTE_ASSERT(input->payload_used <= input->message->payload_room);
    if (input->payload_used == input->message->payload_size)
        finish_payload(client);
}

void mote_broker_received(struct mote_broker_client *client, size_t size, uint64_t now_ms)
{
    struct mote_broker *broker = client->broker;
    struct mote_broker_input *input = client->input;

    mote_broker_set_time(broker, now_ms);
    if (client->state == BROKER_CONNECTED)
        client->since_ms = broker->now_ms;
    if (!is_open(client) || size == 0)
        return;
    if (input != NULL && input->message != NULL)
        take_payload(client, size);
    else if (input == NULL || input->skip > 0)
        take_bytes(client, mote_broker_text(broker->receive_buffer, size));
    else if (input->gather > 0)
        take_bytes(client, mote_broker_text(input->bytes, input->used + size));
    else
        take_bytes(client, mote_broker_text(broker->receive_buffer, input->used + size));
    mote_broker_settle(broker);
}
