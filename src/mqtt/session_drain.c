#include "session_parts.h"

#define QOS_FLAGS 6u
#define DUPLICATE_FLAG 8u /* in drain_flags: not DUP, but known to be one */

static bool needs_properties(const struct mote_session *session)
{
    return mote_session_is_5(session) && session->config->aliases_in_count > 0;
}

static void found_id(struct mote_session *session, uint16_t packet_id)
{
    session->drain_id = packet_id;
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
    session->drain_id = 0;
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

void mote_session_drain_rest(struct mote_session *session, uint32_t size)
{
    session->partial = MOTE_PARTIAL_REST;
    session->partial_left = size;
    session->drain_skip = size;
}

/* Only the topic alias matters: what it stood for, it stands for no longer. */
static void find_property(struct mote_session *session, struct mote_reader *reader)
{
    uint16_t alias;

    switch (mote_reader_u8(reader)) {
    case MOTE_PAYLOAD_FORMAT_INDICATOR:
        session->drain_skip = 1;
        break;
    case MOTE_MESSAGE_EXPIRY_INTERVAL:
        session->drain_skip = 4;
        break;
    case MOTE_SUBSCRIPTION_IDENTIFIER:
        mote_reader_varint(reader, true);
        break;
    case MOTE_TOPIC_ALIAS:
        alias = mote_reader_u16(reader);
        if (reader->fault.words != NULL)
            break;
        if (alias == 0 || alias > session->config->aliases_in_count)
            mote_reader_fail(reader, MOTE_CODE_TOPIC_ALIAS_INVALID, MOTE_WORDS("a topic alias that means nothing"));
        else
            mote_alias_lose(session, alias);
        break;
    case MOTE_USER_PROPERTY:
        session->drain_skip = mote_reader_u16(reader);
        session->partial = MOTE_PARTIAL_PAIR;
        break;
    case MOTE_CONTENT_TYPE:
    case MOTE_RESPONSE_TOPIC:
    case MOTE_CORRELATION_DATA:
        session->drain_skip = mote_reader_u16(reader);
        break;
    default:
        mote_reader_fail(reader, MOTE_CODE_MALFORMED_PACKET, MOTE_WORDS("a property that this packet cannot have"));
    }
}

/* What comes in the properties, whose length is the first. */
static void find_in_properties(struct mote_session *session, struct mote_reader *reader)
{
    uint8_t before = session->partial;

    session->partial = MOTE_PARTIAL_PROPERTY;
    if (before == MOTE_PARTIAL_PROPERTY) {
        find_property(session, reader);
    } else if (before == MOTE_PARTIAL_PAIR) {
        session->drain_skip = mote_reader_u16(reader);
    } else {
        session->drain_properties = mote_reader_varint(reader, true);
        if (session->drain_properties > session->partial_left - mote_varint_size(session->drain_properties))
            mote_reader_fail(reader, MOTE_CODE_MALFORMED_PACKET, MOTE_WORDS("a length points past the end"));
    }
}

/* Finds what comes next. The reader fails if it is wrong or not there as a whole. */
static void find(struct mote_session *session, struct mote_reader *reader)
{
    uint8_t before = session->partial;

    if (mote_version_is_5(MOTE_MQTT_5) && before > MOTE_PARTIAL_PACKET_ID) {
        find_in_properties(session, reader);
        return;
    }
    session->partial = needs_properties(session) ? MOTE_PARTIAL_PROPERTIES : MOTE_PARTIAL_PAYLOAD;
    if (before == MOTE_PARTIAL_PACKET_ID) {
        uint16_t packet_id = mote_reader_packet_id(reader);
        if (reader->fault.words == NULL)
            found_id(session, packet_id);
        return;
    }
    session->drain_skip = mote_reader_u16(reader);
    if ((session->drain_flags & QOS_FLAGS) != 0)
        session->partial = MOTE_PARTIAL_PACKET_ID;
}

static bool is_in_properties(uint8_t partial)
{
    return mote_version_is_5(MOTE_MQTT_5) && (partial == MOTE_PARTIAL_PROPERTY || partial == MOTE_PARTIAL_PAIR);
}

/* Takes the next step from `bytes`, which are all that is there of the packet. */
static enum mote_step find_next(struct mote_session *session, struct mote_text bytes)
{
    uint8_t before = session->partial;
    uint32_t most = is_in_properties(before) ? session->drain_properties : session->partial_left;
    struct mote_reader reader;

    if (bytes.length > most)
        bytes.length = most;
    mote_reader_init(&reader, bytes);
    find(session, &reader);
    if (reader.missing > 0 && bytes.length < most) {
        session->partial = before;
        session->drain_skip = 0;
        return MOTE_STEP_IDLE;
    }
    size_t taken = bytes.length - (size_t)(reader.end - reader.at);
    uint32_t passed = (uint32_t)taken + session->drain_skip;
    if (passed > most)
        mote_reader_fail(&reader, MOTE_CODE_MALFORMED_PACKET, MOTE_WORDS("a length points past the end"));
    if (reader.fault.words != NULL)
        return mote_session_fault(session, reader.fault.code, reader.fault.words);
    if (is_in_properties(before))
        session->drain_properties -= passed;
    mote_session_consume(session, taken);
    session->partial_left -= (uint32_t)taken;
    return MOTE_STEP_AGAIN;
}

static void answer(struct mote_session *session, uint8_t code)
{
    unsigned qos = (session->drain_flags & QOS_FLAGS) >> 1;

    if (qos != MOTE_QOS_0)
        mote_session_answer(session, qos == MOTE_QOS_1 ? MOTE_PUBACK : MOTE_PUBREC, session->drain_id, code);
}

static enum mote_step finish(struct mote_session *session, struct mote_session_event *event)
{
    bool is_message = session->partial != MOTE_PARTIAL_REST;

    session->partial = MOTE_PARTIAL_NONE;
    if (!is_message)
        return MOTE_STEP_AGAIN;
    if ((session->drain_flags & DUPLICATE_FLAG) != 0) {
        session->counters.duplicates++;
        answer(session, MOTE_CODE_SUCCESS);
        return MOTE_STEP_AGAIN;
    }
    session->counters.messages_dropped++;
    answer(session, mote_session_is_5(session) ? MOTE_CODE_QUOTA_EXCEEDED : MOTE_CODE_SUCCESS);
    mote_event_begin(event, MOTE_EVENT_DROPPED, 0, session->drain_id);
    event->reason = MOTE_MQTT_PACKET_TOO_LARGE;
    event->message = (struct mote_message){
        .payload_size = session->partial_size,
        .qos = (enum mote_qos)((session->drain_flags & QOS_FLAGS) >> 1),
        .retain = (session->drain_flags & 1) != 0,
        .packet_id = session->drain_id,
    };
    return MOTE_STEP_EVENT;
}

enum mote_step mote_session_drain(struct mote_session *session, struct mote_session_event *event)
{
    size_t size = (size_t)(session->receive_end - session->receive_at);

    if (size > session->partial_left)
        size = session->partial_left;
    if (session->drain_skip > 0) {
        if (size > session->drain_skip)
            size = session->drain_skip;
        mote_session_consume(session, size);
        session->drain_skip -= (uint32_t)size;
        session->partial_left -= (uint32_t)size;
        return session->drain_skip > 0 ? MOTE_STEP_IDLE : MOTE_STEP_AGAIN;
    }
    if (session->partial == MOTE_PARTIAL_PROPERTY && session->drain_properties == 0)
        session->partial = MOTE_PARTIAL_PAYLOAD;
    if (session->partial < MOTE_PARTIAL_PAYLOAD)
        return find_next(session, (struct mote_text){(const char *)session->receive_at, size});
    if (session->partial_left == 0)
        return finish(session, event);
    session->drain_skip = session->partial_left;
    return MOTE_STEP_AGAIN;
}
