#include "session_parts.h"

enum mote_session_stage mote_session_stage(const struct mote_session *session, uint16_t packet_id)
{
    for (unsigned i = 0; i < session->inflight_used; i++) {
        const struct mote_inflight *entry = mote_inflight_at(session, i);
        if (entry->packet_id == packet_id && entry->state != MOTE_STAGE_NONE)
            return (enum mote_session_stage)entry->state;
    }
    return MOTE_STAGE_NONE;
}

/* Goes on with one that a server has, or may have. In the output it is not before its turn, and not before the CONNACK tells
 * whether this server still knows of it. */
static enum mote_reason resume(struct mote_session *session, const struct mote_message *message, uint16_t packet_id,
                               enum mote_session_stage stage)
{
    enum mote_reason reason = mote_inflight_add(session, message, packet_id, UINT32_MAX);

    if (reason != MOTE_OK)
        return reason;
    mote_inflight_at(session, session->inflight_used - 1u)->state = (uint8_t)stage;
    if (session->state != MOTE_SESSION_CONNECTED)
        session->early = false;
    session->unacked = (uint16_t)(session->unacked + (stage == MOTE_STAGE_RELEASED));
    return MOTE_OK;
}

enum mote_reason mote_session_publish_as(struct mote_session *session, const struct mote_message *message,
                                         uint16_t packet_id, enum mote_session_stage stage)
{
    bool has_past = stage == MOTE_STAGE_SENT || (stage == MOTE_STAGE_RELEASED && message->qos == MOTE_QOS_2);

    if (!mote_publication_is_legal(session, message) || message->qos == MOTE_QOS_0 || message->source != NULL ||
        packet_id == 0 || packet_id >= session->config->own_ids_from ||
        mote_session_stage(session, packet_id) != MOTE_STAGE_NONE)
        return MOTE_CONFIG_INVALID;
    if (has_past)
        return resume(session, message, packet_id, stage);
    if (stage != MOTE_STAGE_NEW || !mote_publication_is_taken(session, message))
        return MOTE_CONFIG_INVALID;
    return mote_publication_keep(session, message, packet_id);
}

void mote_session_expect_present(struct mote_session *session)
{
    session->ever_connected = true;
}
