#include "plain.h"
#include "session_parts.h"

extern inline void mote_session_consume(struct mote_session *session, size_t size);
extern inline void mote_session_answer(struct mote_session *session, enum mote_packet_type type, uint16_t packet_id,
                                       uint8_t code);
extern inline void mote_session_answer_message(struct mote_session *session, enum mote_qos qos, uint16_t packet_id,
                                               uint8_t code);

static size_t received_size(const struct mote_session *session)
{
    return (size_t)(session->receive_end - session->receive_at);
}

/* A packet that the buffer can never hold lies at its beginning once it is full. */
static bool is_stuck(const struct mote_session *session)
{
    return received_size(session) == session->config->receive_size;
}

/* With MQTT 3.1.1 a message comes a second time only to a session that outlasts its connection [MQTT-4.4.0-1]; any other
 * takes it without remembering that it did. The server cannot be told how many places there are, and some send more at once
 * than they were set to. */
static bool need_not_remember(const struct mote_session *session)
{
    return session->version == MOTE_MQTT_3_1_1 && !session->config->keep_session;
}

/* The Receive Maximum that the server was told counts what it has sent in this connection. [MQTT-3.3.4-9] */
static bool is_over_quota(const struct mote_session *session, enum mote_qos qos)
{
    uint16_t most = session->config->received_count;

    if (qos == MOTE_QOS_2)
        return session->received_used >= most && (most == 0 || !need_not_remember(session));
    return mote_session_is_5(session) && most > 0 && session->received_used - session->received_old >= most;
}

/* The message, or the last piece of it, is being given to the caller. It must not come again even if he never comes
 * back. */
static inline void accept(struct mote_session *session, const struct mote_message *message)
{
    session->counters.messages_received++;
    if (message->qos == MOTE_QOS_2 && session->received_used < session->config->received_count)
        mote_received_add(session, message->packet_id);
    mote_session_answer_message(session, message->qos, message->packet_id, MOTE_CODE_SUCCESS);
}

enum mote_reason mote_session_acknowledge(struct mote_session *session, uint8_t reason_code,
                                          const struct mote_properties *properties)
{
    struct mote_ack ack = {.packet_id = session->answer_id, .code = reason_code};
    enum mote_packet_type type = (enum mote_packet_type)session->answer_type;
    struct mote_fault fault;

    if (properties != NULL)
        ack.properties = *properties;
    if ((type != MOTE_PUBACK && type != MOTE_PUBREC) || session->answer_code != 0 || session->blocked ||
        !(mote_session_is_5(session) ? mote_code_is_allowed(session->version, type, false, reason_code)
                                     : reason_code == MOTE_CODE_SUCCESS) ||
        !mote_codec_check_properties(&ack.properties, type, &fault))
        return MOTE_CONFIG_INVALID;
    enum mote_reason reason = mote_session_put_ack(session, type, &ack);
    if (reason != MOTE_OK)
        return reason;
    session->answer_type = 0;
    if (type == MOTE_PUBREC && reason_code >= 0x80) /* [MQTT-4.3.3-9] */
        mote_received_forget(session, mote_received_find(session, ack.packet_id));
    return MOTE_OK;
}

/* Fills in the topic of an alias. Returns MOTE_STEP_EVENT if there is one now; MOTE_STEP_AGAIN if it was too long to be
 * kept. (MQTT 5.0, 3.3.2.3.4) [MQTT-3.3.2-9] */
static inline enum mote_step find_topic(struct mote_session *session, struct mote_message *message)
{
    if (!mote_version_is_5(MOTE_MQTT_5) || message->properties.encoded.length == 0)
        return MOTE_STEP_EVENT;
    uint32_t alias = mote_properties_number(&message->properties, MOTE_TOPIC_ALIAS, 0);
    if (alias == 0)
        return MOTE_STEP_EVENT;
    if (alias > session->config->aliases_in_count)
        return mote_session_fault(session, MOTE_FAULT_ALIAS);
    return session->config->aliases->receive(session, message, alias);
}

/* The topic of an alias, what is here already, what is too much. Returns MOTE_STEP_EVENT if the message is to be
 * given to the caller. */
static enum mote_step check_message(struct mote_session *session, const struct mote_header *header,
                                    struct mote_message *message)
{
    enum mote_step step = find_topic(session, message);

    if (step == MOTE_STEP_IDLE)
        return MOTE_STEP_IDLE;
    if (step == MOTE_STEP_AGAIN ||
        (message->qos == MOTE_QOS_2 && mote_received_has(session, message->packet_id, message->duplicate))) {
        mote_session_drain_start(session, header, message);
        return MOTE_STEP_AGAIN;
    }
    if (message->qos != MOTE_QOS_0 && is_over_quota(session, message->qos))
        return mote_session_fault(session, MOTE_FAULT_QUOTA);
    return MOTE_STEP_EVENT;
}

/* Gives the message or its next piece, which lies at the beginning of the received bytes, as `size` of them with its head.
 * The head stays there until the last piece, the payload passes behind it. */
static inline enum mote_step give(struct mote_session *session, size_t size, struct mote_session_event *event)
{
    struct mote_message *message = &event->message;

    mote_event_begin(event, MOTE_EVENT_MESSAGE, 0, message->packet_id);
    message->payload_offset = message->payload_size - session->partial_left;
    session->partial_left -= (uint32_t)message->payload.length;
    session->partial = MOTE_PARTIAL_NONE;
    if (session->partial_left == 0) {
        mote_session_consume(session, size);
        accept(session, message);
        return MOTE_STEP_EVENT;
    }
    MOTE_ASSERT(session->receive_at == session->config->receive_buffer && message->payload.length > 0);
    session->partial = MOTE_PARTIAL_PIECES;
    session->partial_size = (uint32_t)(size - message->payload.length);
    session->receive_end = session->receive_at + session->partial_size;
    return MOTE_STEP_EVENT;
}

/* Its head is whole and right. */
static enum mote_step take_message(struct mote_session *session, const struct mote_header *header, size_t size,
                                   struct mote_session_event *event)
{
    struct mote_message *message = &event->message;
    enum mote_step step = check_message(session, header, message);

    if (step != MOTE_STEP_EVENT)
        return step;
    session->counters.packets_received++;
    session->partial_left = message->payload_size;
    return give(session, size, event);
}

/* Takes a PUBLISH, or the next piece of one, which is whole or fills the buffer. */
static enum mote_step receive_publish(struct mote_session *session, const struct mote_header *header,
                                      struct mote_reader *reader, struct mote_session_event *event)
{
    bool goes_on = session->partial == MOTE_PARTIAL_PIECES;
    size_t size =
        goes_on ? session->partial_size + (size_t)session->partial_left : header->size + (size_t)header->remaining;
    size_t got = received_size(session);
    uint32_t size_max = session->config->packet_size_max;
    struct mote_message *message = &event->message;

    if (size_max == 0 || size <= size_max) {
        if (got < size && !is_stuck(session))
            return MOTE_STEP_IDLE;
        if (got < size)
            size = got;
        reader->end = session->receive_at + size;
        enum mote_decoded decoded = mote_reader_publish(reader, header, message);
        if (decoded == MOTE_DECODE_ERROR)
            return mote_session_fault(session, reader->fault);
        if (goes_on) {
            find_topic(session, message);
            return give(session, size, event);
        }
        if (decoded == MOTE_DECODED && (message->payload.length > 0 || message->payload_size == 0))
            return take_message(session, header, size, event);
    }
    mote_session_drain_start(session, header, NULL);
    return MOTE_STEP_AGAIN;
}

/* How much of a packet larger than the buffer is to be understood: of an acknowledgement the reason string and the like are
 * left out. 0: the others cannot be understood in part. */
static uint32_t size_without_properties(const struct mote_session *session, unsigned type)
{
    if (!mote_session_is_5(session) || type < MOTE_PUBACK)
        return 0;
    return type <= MOTE_PUBCOMP ? 3 : type == MOTE_DISCONNECT;
}

/* Takes a packet other than PUBLISH. */
static enum mote_step receive_other(struct mote_session *session, const struct mote_header *header,
                                    struct mote_reader *reader, struct mote_session_event *event)
{
    uint32_t size = header->remaining;

    if (mote_reader_left(reader) < size) {
        if (!is_stuck(session))
            return MOTE_STEP_IDLE;
        size = size_without_properties(session, header->type);
        if (size == 0)
            return mote_session_fault(session, MOTE_FAULT_TOO_LARGE);
    }
    reader->end = reader->at + size;
    mote_session_consume(session, header->size + size);
    if (size < header->remaining)
        mote_session_drain_rest(session, header->remaining - size);
    return mote_session_handle(session, (enum mote_packet_type)header->type, reader, event);
}

/* Takes the next packet, or a part of a large one, from the received bytes. */
__attribute__((noinline)) static enum mote_step receive(struct mote_session *session, struct mote_session_event *event)
{
    struct mote_text bytes = {(const char *)session->receive_at, received_size(session)};
    struct mote_reader reader;
    struct mote_header header;

    if (session->partial > MOTE_PARTIAL_PIECES)
        return mote_session_drain(session, event);
    mote_reader_init(&reader, bytes);
    reader.version = (uint8_t)session->version;
    enum mote_decoded decoded = mote_reader_header(&reader, &header);
    if (decoded == MOTE_DECODE_MORE)
        return MOTE_STEP_IDLE;
    if (decoded == MOTE_DECODED && (session->expected >> header.type & 1) == 0)
        mote_reader_fail(&reader, MOTE_FAULT_UNEXPECTED);
    if (reader.fault != MOTE_FAULT_NONE)
        return mote_session_fault(session, reader.fault);
    return header.type == MOTE_PUBLISH ? receive_publish(session, &header, &reader, event)
                                       : receive_other(session, &header, &reader, event);
}

/* Takes a plain message. Returns false if it needs a closer look. */
static inline bool receive_plain(struct mote_session *session, struct mote_session_event *event)
{
    struct mote_text bytes = {(const char *)session->receive_at, received_size(session)};
    uint32_t size_max = session->config->packet_size_max;
    struct mote_message *message = &event->message;

    if (session->partial != MOTE_PARTIAL_NONE || (session->expected >> MOTE_PUBLISH & 1) == 0)
        return false;
    size_t size = mote_plain_read_publish(bytes, session->version, message);
    if (size == 0 || (size_max > 0 && size > size_max) ||
        (message->qos != MOTE_QOS_0 && is_over_quota(session, MOTE_QOS_1)))
        return false;
    session->receive_at += size;
    session->counters.packets_received++;
    mote_event_begin(event, MOTE_EVENT_MESSAGE, 0, message->packet_id);
    accept(session, message);
    return true;
}

/* Takes a plain acknowledgement. Returns MOTE_STEP_IDLE if it is none, or needs a closer look. */
static inline enum mote_step receive_plain_ack(struct mote_session *session, struct mote_session_event *event)
{
    struct mote_text bytes = {(const char *)session->receive_at, received_size(session)};
    uint16_t packet_id;

    if (!MOTE_HAS_WORDS || session->partial != MOTE_PARTIAL_NONE || (session->expected >> MOTE_PUBACK & 1) == 0)
        return MOTE_STEP_IDLE;
    unsigned type = mote_plain_read_ack(bytes, &packet_id);
    if (type == 0)
        return MOTE_STEP_IDLE;
    session->receive_at += MOTE_PLAIN_ACK;
    return mote_session_take_ack(session, (enum mote_packet_type)type, packet_id, event);
}

/* Puts the acknowledgement that is due into the output. Returns false if there is no room: then nothing more is taken. */
static bool put_answer(struct mote_session *session)
{
    session->blocked = session->answer_type != 0 && !mote_session_put_answer(session);
    return !session->blocked;
}

static bool has_received(const struct mote_session *session)
{
    return session->receive_at != session->receive_end || session->partial != MOTE_PARTIAL_NONE;
}

__attribute__((noinline)) static bool next(struct mote_session *session, struct mote_session_event *event)
{
    enum mote_step step = MOTE_STEP_AGAIN;

    while (step == MOTE_STEP_AGAIN && put_answer(session) && has_received(session)) {
        step = receive_plain_ack(session, event);
        if (step == MOTE_STEP_IDLE)
            step = receive(session, event);
    }
    return step == MOTE_STEP_EVENT || mote_session_next_without_bytes(session, event);
}

/* What comes most is given out here, before the long way begins. */
bool mote_session_next(struct mote_session *session, uint64_t now_ms, struct mote_session_event *event)
{
    session->now_ms = now_ms;
    session->blocked = false;
    if (MOTE_HAS_WORDS && session->answer_type == 0) {
        if (!has_received(session))
            return mote_session_next_without_bytes(session, event);
        if (receive_plain(session, event))
            return true;
    }
    return next(session, event);
}
