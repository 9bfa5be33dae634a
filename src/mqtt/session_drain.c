#include "session_parts.h"

#define QOS_FLAGS 6u
#define DUPLICATE_FLAG 8u /* in drain_flags: not DUP, but known to be one */

static bool needs_properties(const struct mote_session *session)
{
    return mote_session_is_5(session) && session->config->aliases_in_count > 0;
}

static void found_id(struct mote_session *session, uint16_t packet_id)
{
    session->answer_id = packet_id;
    if ((session->drain_flags & QOS_FLAGS) == MOTE_QOS_2 << 1 && mote_received_find(session, packet_id) != NULL)
        session->drain_flags |= DUPLICATE_FLAG;
}

void mote_session_drain_start(struct mote_session *session, const struct mote_header *header,
                              const struct mote_message *parsed)
{
    session->counters.packets_received++;
    session->partial_size = header->size + header->remaining;
    session->drain_flags = header->flags & (uint8_t)~DUPLICATE_FLAG;
    session->drain_skip = 0;
    session->answer_id = 0;
    session->partial = MOTE_PARTIAL_TOPIC;
    session->partial_left = header->remaining;
    mote_session_consume(session, header->size);
    if (parsed == NULL)
        return;
    found_id(session, parsed->packet_id);
    session->partial = MOTE_PARTIAL_PAYLOAD;
    session->partial_left = parsed->payload_size;
    session->drain_skip = parsed->payload_size;
    mote_session_consume(session, header->remaining - parsed->payload_size);
}

void mote_session_drain_take(struct mote_session *session, size_t size)
{
    mote_session_consume(session, size);
    session->partial_left -= (uint32_t)size;
}

void mote_session_drain_rest(struct mote_session *session, uint32_t size)
{
    session->partial = MOTE_PARTIAL_REST;
    session->partial_left = size;
    session->drain_skip = size;
}

/* The topic's length, or behind the topic the packet identifier, from what is there of the packet. */
static enum mote_step find_next(struct mote_session *session, struct mote_text bytes)
{
    bool is_topic = session->partial == MOTE_PARTIAL_TOPIC;
    bool has_id = is_topic && (session->drain_flags & QOS_FLAGS) != 0;
    struct mote_reader reader;

    mote_reader_init(&reader, bytes);
    uint16_t number = mote_reader_u16(&reader);
    if (reader.missing > 0 && bytes.length < session->partial_left)
        return MOTE_STEP_IDLE;
    if (reader.missing > 0 || (is_topic && number + 2u > session->partial_left))
        return mote_session_fault(session, MOTE_FAULT_ENDS_TOO_SOON);
    if (!is_topic && number == 0)
        return mote_session_fault(session, MOTE_FAULT_PACKET_ID);
    mote_session_drain_take(session, 2);
    if (is_topic)
        session->drain_skip = number;
    else
        found_id(session, number);
    session->partial = has_id                      ? MOTE_PARTIAL_PACKET_ID
                       : needs_properties(session) ? MOTE_PARTIAL_PROPERTIES
                                                   : MOTE_PARTIAL_PAYLOAD;
    return MOTE_STEP_AGAIN;
}

static enum mote_step finish(struct mote_session *session, struct mote_session_event *event)
{
    unsigned flags = session->drain_flags;
    enum mote_qos qos = (enum mote_qos)((flags & QOS_FLAGS) >> 1);
    bool is_duplicate = (flags & DUPLICATE_FLAG) != 0;
    bool is_message = session->partial != MOTE_PARTIAL_REST;

    session->partial = MOTE_PARTIAL_NONE;
    if (!is_message)
        return MOTE_STEP_AGAIN;
    mote_session_answer_message(session, qos, session->answer_id,
                                mote_session_is_5(session) && !is_duplicate ? MOTE_CODE_QUOTA_EXCEEDED
                                                                            : MOTE_CODE_SUCCESS);
    if (is_duplicate) {
        session->counters.duplicates++;
        return MOTE_STEP_AGAIN;
    }
    session->counters.messages_dropped++;
    mote_event_begin(event, MOTE_EVENT_DROPPED, 0, session->answer_id);
    event->reason = MOTE_MQTT_PACKET_TOO_LARGE;
    event->message = (struct mote_message){
        .payload_size = session->partial_size,
        .qos = qos,
        .retain = (flags & 1) != 0,
        .packet_id = session->answer_id,
    };
    return MOTE_STEP_EVENT;
}

/* Takes what may be passed. Returns false if not all of it is there. */
static bool skip(struct mote_session *session)
{
    size_t size = (size_t)(session->receive_end - session->receive_at);

    if (size > session->drain_skip)
        size = session->drain_skip;
    session->drain_skip -= (uint32_t)size;
    mote_session_drain_take(session, size);
    return session->drain_skip == 0;
}

enum mote_step mote_session_drain(struct mote_session *session, struct mote_session_event *event)
{
    if (!skip(session))
        return MOTE_STEP_IDLE;
    struct mote_text bytes = {(const char *)session->receive_at, (size_t)(session->receive_end - session->receive_at)};
    if (bytes.length > session->partial_left)
        bytes.length = session->partial_left;
    if (session->partial < MOTE_PARTIAL_PROPERTIES)
        return find_next(session, bytes);
    if (mote_version_is_5(MOTE_MQTT_5) && session->partial < MOTE_PARTIAL_PAYLOAD)
        return session->config->aliases->pass(session, bytes);
    if (session->partial_left == 0)
        return finish(session, event);
    session->drain_skip = session->partial_left;
    return MOTE_STEP_AGAIN;
}
