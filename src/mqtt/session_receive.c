#include "session_parts.h"

#define BIT(type) (1u << (type))

/* What a server may send; the rest is the client's. Before its CONNACK it may only send that. */
static bool is_expected(const struct mote_session *session, unsigned type)
{
    unsigned expected = BIT(MOTE_CONNACK);

    if (session->state == MOTE_SESSION_CONNECTED) {
        expected = BIT(MOTE_PUBLISH) | BIT(MOTE_PUBACK) | BIT(MOTE_PUBREC) | BIT(MOTE_PUBREL) | BIT(MOTE_PUBCOMP) |
                   BIT(MOTE_SUBACK) | BIT(MOTE_UNSUBACK) | BIT(MOTE_PINGRESP);
        if (mote_session_is_5(session))
            expected |= BIT(MOTE_DISCONNECT);
    }
    if (session->config->auth_method.length > 0)
        expected |= BIT(MOTE_AUTH);
    return (expected >> type & 1) != 0;
}

static struct mote_text received(const struct mote_session *session)
{
    return (struct mote_text){(const char *)session->config->receive_buffer + session->receive_start,
                              session->receive_end - session->receive_start};
}

void mote_session_consume(struct mote_session *session, size_t size)
{
    MOTE_ASSERT(size <= session->receive_end - session->receive_start);
    session->receive_start += size;
    if (session->receive_start == session->receive_end)
        session->receive_start = session->receive_end = 0;
}

/* A packet that the buffer can never hold lies at its beginning once it is full. */
static bool is_stuck(const struct mote_session *session)
{
    return session->receive_end - session->receive_start == session->config->receive_size;
}

uint16_t mote_session_find_received(const struct mote_session *session, uint16_t packet_id)
{
    uint16_t index = 0;

    while (index < session->received_used && session->config->received_ids[index] != packet_id)
        index++;
    return index;
}

/* The Receive Maximum that the server was told counts what it has sent in this connection. [MQTT-3.3.4-9] */
static bool is_over_quota(const struct mote_session *session, enum mote_qos qos)
{
    uint16_t most = session->config->received_count;

    if (qos == MOTE_QOS_2)
        return session->received_used >= most;
    return qos == MOTE_QOS_1 && most > 0 && mote_session_is_5(session) &&
           session->received_used - session->received_old >= most;
}

/* The message, or the last piece of it, is being given to the caller. It must not come again even if he never returns. */
static void accept(struct mote_session *session, const struct mote_message *message)
{
    session->counters.messages_received++;
    if (message->qos == MOTE_QOS_1)
        mote_session_answer(session, MOTE_PUBACK, message->packet_id, MOTE_CODE_SUCCESS);
    if (message->qos != MOTE_QOS_2)
        return;
    MOTE_ASSERT(session->received_used < session->config->received_count);
    session->config->received_ids[session->received_used++] = message->packet_id;
    mote_session_answer(session, MOTE_PUBREC, message->packet_id, MOTE_CODE_SUCCESS);
}

/* Whatever the message is, its head is whole and right. */
static enum mote_step take_message(struct mote_session *session, const struct mote_header *header,
                                   struct mote_session_event *event)
{
    struct mote_message *message = &event->message;
    bool lost = false;

    if (mote_session_is_5(session) && message->properties.encoded.length > 0 &&
        !mote_alias_receive(session, message, &lost) && !lost)
        return mote_session_fault(session, MOTE_CODE_TOPIC_ALIAS_INVALID, "a topic alias that means nothing");
    bool duplicate = message->qos == MOTE_QOS_2 &&
                     mote_session_find_received(session, message->packet_id) < session->received_used;
    if (lost || duplicate) {
        mote_session_drain_start(session, header, message);
        return MOTE_STEP_AGAIN;
    }
    session->counters.packets_received++;
    if (is_over_quota(session, message->qos))
        return mote_session_fault(session, MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED, "more messages at once than agreed");

    mote_event_begin(event, MOTE_EVENT_MESSAGE);
    size_t size = header->size + (size_t)header->remaining;
    if (message->payload.length == message->payload_size) {
        mote_session_consume(session, size);
        accept(session, message);
    } else {
        MOTE_ASSERT(session->receive_start == 0 && message->payload.length > 0);
        session->head_size = session->receive_end - message->payload.length;
        session->body_left = message->payload_size - (uint32_t)message->payload.length;
        session->receive_end = session->head_size;
    }
    return MOTE_STEP_EVENT;
}

static enum mote_step receive_publish(struct mote_session *session, const struct mote_header *header,
                                      struct mote_session_event *event)
{
    struct mote_text body = received(session);
    size_t size = header->size + (size_t)header->remaining;
    uint32_t size_max = session->config->packet_size_max;
    struct mote_fault fault;

    if (size_max == 0 || size <= size_max) {
        if (body.length < size && !is_stuck(session))
            return MOTE_STEP_IDLE;
        body.data += header->size;
        body.length -= header->size;
        if (body.length > header->remaining)
            body.length = header->remaining;
        switch (mote_codec_decode_publish(header, session->version, body, &event->message, &fault)) {
        case MOTE_DECODED:
            if (event->message.payload.length > 0 || event->message.payload_size == 0)
                return take_message(session, header, event);
            break;
        case MOTE_DECODE_MORE:
            break;
        case MOTE_DECODE_ERROR:
            return mote_session_fault(session, fault.code, fault.words);
        }
    }
    mote_session_drain_start(session, header, NULL);
    return MOTE_STEP_AGAIN;
}

/* The head stays at the beginning of the buffer, the payload passes behind it. */
static enum mote_step receive_piece(struct mote_session *session, struct mote_session_event *event)
{
    const struct mote_session_config *config = session->config;
    size_t piece = session->receive_end - session->head_size;
    struct mote_text bytes = {(const char *)config->receive_buffer, session->receive_end};
    struct mote_header header;
    struct mote_fault fault;
    bool lost;

    if (piece > session->body_left)
        piece = session->body_left;
    if (piece < session->body_left && session->receive_end < config->receive_size)
        return MOTE_STEP_IDLE;
    enum mote_decoded decoded = mote_codec_header(bytes, session->version, &header, &fault);
    MOTE_ASSERT(decoded == MOTE_DECODED);
    struct mote_text body = {bytes.data + header.size, session->head_size + piece - header.size};
    decoded = mote_codec_decode_publish(&header, session->version, body, &event->message, &fault);
    MOTE_ASSERT(decoded == MOTE_DECODED && event->message.payload.length == piece);
    if (mote_session_is_5(session))
        mote_alias_receive(session, &event->message, &lost);

    mote_event_begin(event, MOTE_EVENT_MESSAGE);
    event->message.payload_offset = event->message.payload_size - session->body_left;
    session->body_left -= (uint32_t)piece;
    if (session->body_left > 0) {
        session->receive_end = session->head_size;
    } else {
        mote_session_consume(session, session->head_size + piece);
        accept(session, &event->message);
    }
    return MOTE_STEP_EVENT;
}

/* Of an acknowledgement that is larger than the buffer the reason string and the like are left out. The others cannot be
 * understood in part. */
static enum mote_step take_oversized(struct mote_session *session, const struct mote_header *header,
                                     struct mote_session_event *event)
{
    bool has_id = header->type <= MOTE_PUBCOMP && header->type != MOTE_CONNACK;
    size_t kept = has_id ? 3 : 1;
    struct mote_text body = received(session);

    if (!mote_session_is_5(session) || (!has_id && header->type != MOTE_DISCONNECT))
        return mote_session_fault(session, MOTE_CODE_PACKET_TOO_LARGE, "a packet larger than the receive buffer");
    body.data += header->size;
    body.length = kept;
    session->counters.packets_received++;
    mote_session_consume(session, header->size + kept);
    mote_session_drain_rest(session, header->remaining - (uint32_t)kept);
    return mote_session_handle(session, header, body, event);
}

enum mote_step mote_session_receive(struct mote_session *session, struct mote_session_event *event)
{
    struct mote_text bytes = received(session);
    struct mote_header header;
    struct mote_fault fault;

    if (session->drain != 0)
        return mote_session_drain(session, event);
    if (session->body_left > 0)
        return receive_piece(session, event);
    if (bytes.length == 0)
        return MOTE_STEP_IDLE;
    switch (mote_codec_header(bytes, session->version, &header, &fault)) {
    case MOTE_DECODED:
        break;
    case MOTE_DECODE_MORE:
        return MOTE_STEP_IDLE;
    case MOTE_DECODE_ERROR:
        return mote_session_fault(session, fault.code, fault.words);
    }
    if (!is_expected(session, header.type))
        return mote_session_fault(session, MOTE_CODE_PROTOCOL_ERROR, "a packet that must not come now");
    if (header.type == MOTE_PUBLISH)
        return receive_publish(session, &header, event);
    if (bytes.length - header.size < header.remaining)
        return is_stuck(session) ? take_oversized(session, &header, event) : MOTE_STEP_IDLE;
    struct mote_text body = {bytes.data + header.size, header.remaining};
    session->counters.packets_received++;
    mote_session_consume(session, header.size + (size_t)header.remaining);
    return mote_session_handle(session, &header, body, event);
}
