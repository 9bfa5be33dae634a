#include "session_parts.h"

/* The server has done all that it will do for a publication. */
static enum mote_step published(struct mote_session *session, struct mote_inflight *entry, bool is_counted,
                                const struct mote_ack *ack, struct mote_session_event *event)
{
    mote_event_begin(event, MOTE_EVENT_PUBLISHED, ack->code, ack->packet_id);
    event->properties = ack->properties;
    if (is_counted) {
        MOTE_ASSERT(session->unacked > 0);
        session->unacked--;
    }
    mote_inflight_finish(session, entry);
    return MOTE_STEP_EVENT;
}

/* An acknowledgement of what was never sent, or is done. Only a PUBREC waits for an answer. */
static enum mote_step take_unknown(struct mote_session *session, enum mote_packet_type type, uint16_t packet_id)
{
    session->counters.unexpected++;
    if (type == MOTE_PUBREC)
        mote_session_answer(session, MOTE_PUBREL, packet_id,
                            mote_session_is_5(session) ? MOTE_CODE_PACKET_ID_NOT_FOUND : MOTE_CODE_SUCCESS);
    return MOTE_STEP_AGAIN;
}

/* PUBACK, PUBREC, PUBCOMP. */
static enum mote_step take_ack(struct mote_session *session, enum mote_packet_type type, struct mote_ack *ack,
                               struct mote_session_event *event)
{
    uint16_t index = mote_inflight_find(session, ack->packet_id);

    if (index == session->inflight_used)
        return take_unknown(session, type, ack->packet_id);
    struct mote_inflight *entry = mote_inflight_at(session, index);
    bool is_sending = session->outgoing_left > 0 && session->outgoing_slot == entry - session->config->inflight;
    bool is_qos_2 = entry->flags >> 1 == MOTE_QOS_2;
    if (is_sending || is_qos_2 != (type != MOTE_PUBACK) ||
        (type == MOTE_PUBCOMP && entry->state != MOTE_STAGE_RELEASED))
        return mote_session_fault(session, MOTE_FAULT_ACK);
    /* Does the server count it against its Receive Maximum? Of those that wait to be sent again, only if it has them. */
    bool is_counted = index < session->resume_index || entry->state == MOTE_STAGE_RELEASED;
    if (type == MOTE_PUBCOMP) /* an identifier that the server no longer knows is one that it is through with */
        ack->code = MOTE_CODE_SUCCESS;
    if (type != MOTE_PUBREC || ack->code >= 0x80)
        return published(session, entry, is_counted, ack, event);
    session->unacked = (uint16_t)(session->unacked + !is_counted);
    entry->state = MOTE_STAGE_RELEASED;
    /* Before its PUBLISH has been sent again in this connection, PUBREL waits for its turn. */
    if (index < session->resume_index || index < session->release_index)
        mote_session_answer(session, MOTE_PUBREL, ack->packet_id, MOTE_CODE_SUCCESS);
    return MOTE_STEP_AGAIN;
}

static enum mote_step take_pubrel(struct mote_session *session, const struct mote_ack *ack)
{
    uint16_t *found = mote_received_find(session, ack->packet_id);
    uint8_t code = MOTE_CODE_SUCCESS;

    if (found != NULL)
        mote_received_release(session, found);
    else if (mote_session_is_5(session))
        code = MOTE_CODE_PACKET_ID_NOT_FOUND;
    mote_session_answer(session, MOTE_PUBCOMP, ack->packet_id, code);
    return MOTE_STEP_AGAIN;
}

static enum mote_step take_disconnect(struct mote_session *session, const struct mote_ack *ack,
                                      struct mote_session_event *event)
{
    enum mote_reason reason = mote_session_reason(session->version, ack->code);

    mote_event_begin(event, MOTE_EVENT_DISCONNECTED, ack->code, 0);
    event->reason = reason == MOTE_OK ? MOTE_TCP_RESET : reason;
    event->properties = ack->properties;
    mote_session_drop_output(session);
    mote_session_end(session);
    return MOTE_STEP_EVENT;
}

static enum mote_step take_pingresp(struct mote_session *session, struct mote_session_event *event)
{
    if (session->ping != MOTE_PING_OUT) {
        session->counters.unexpected++;
        return MOTE_STEP_AGAIN;
    }
    session->ping = MOTE_PING_NONE;
    session->wake_ms = 0;
    mote_event_begin(event, MOTE_EVENT_PONG, 0, 0);
    return MOTE_STEP_EVENT;
}

/* A PUBACK for the oldest publication, which has been sent and is the only one that this ends. */
static inline bool is_next_puback(const struct mote_session *session, enum mote_packet_type type, uint16_t packet_id)
{
    if (type != MOTE_PUBACK || session->resume_index == 0 || session->outgoing_left > 0)
        return false;
    const struct mote_inflight *oldest = &session->config->inflight[session->inflight_head];
    return oldest->packet_id == packet_id && oldest->flags >> 1 == MOTE_QOS_1;
}

enum mote_step mote_session_take_ack(struct mote_session *session, enum mote_packet_type type, uint16_t packet_id,
                                     struct mote_session_event *event)
{
    session->counters.packets_received++;
    if (is_next_puback(session, type, packet_id)) {
        MOTE_ASSERT(session->unacked > 0);
        session->unacked--;
        mote_event_begin(event, MOTE_EVENT_PUBLISHED, MOTE_CODE_SUCCESS, packet_id);
        event->properties = (struct mote_properties){0};
        mote_inflight_finish(session, mote_inflight_at(session, 0));
        return MOTE_STEP_EVENT;
    }
    struct mote_ack ack = {.packet_id = packet_id};
    return type == MOTE_PUBREL ? take_pubrel(session, &ack) : take_ack(session, type, &ack, event);
}

enum mote_step mote_session_handle(struct mote_session *session, enum mote_packet_type type, struct mote_reader *reader,
                                   struct mote_session_event *event)
{
    struct mote_ack ack;

    session->counters.packets_received++;
    switch (type) {
    case MOTE_CONNACK:
        return mote_session_take_connack(session, reader, event);
    case MOTE_SUBACK:
    case MOTE_UNSUBACK:
        return mote_session_take_reply(session, type, reader, event);
    case MOTE_PINGRESP:
        return take_pingresp(session, event);
    default:
        break;
    }
    if (mote_version_is_5(MOTE_MQTT_5) && type == MOTE_AUTH)
        return session->config->authentication->take(session, reader, event);
    if (!mote_reader_ack(reader, type, true, &ack))
        return mote_session_fault(session, reader->fault);
    if (mote_version_is_5(MOTE_MQTT_5) && type == MOTE_DISCONNECT)
        return take_disconnect(session, &ack, event);
    if (mote_session_is_too_talkative(session, &ack.properties))
        return MOTE_STEP_IDLE;
    return type == MOTE_PUBREL ? take_pubrel(session, &ack) : take_ack(session, type, &ack, event);
}
