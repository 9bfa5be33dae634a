#include "plain.h"
#include "session_parts.h"

extern inline size_t mote_session_room(struct mote_session *session);
extern inline void mote_session_put(struct mote_session *session, size_t size);

void mote_session_compact(struct mote_session *session)
{
    size_t unsent = (size_t)(session->send_end - session->send_at);

    session->send_end = session->config->send_buffer;
    if (unsent > 0)
        memmove(session->send_end, session->send_at, unsent);
    session->send_at = session->send_end;
    session->send_end += unsent;
}

struct mote_writer mote_session_begin(struct mote_session *session)
{
    size_t room = mote_session_room(session);

    return (struct mote_writer){session->send_end, room, 0, (uint8_t)session->version};
}

enum mote_reason mote_session_put_written(struct mote_session *session, const struct mote_writer *writer,
                                          size_t following)
{
    uint32_t most = session->server_packet_max;

    if (writer->size > mote_session_room_max(session) || writer->size > most || following > most - writer->size)
        return MOTE_MQTT_PACKET_TOO_LARGE;
    if (!mote_writer_fits(writer))
        return MOTE_MQTT_QUOTA;
    mote_session_put(session, writer->size);
    return MOTE_OK;
}

enum mote_reason mote_session_put_ack(struct mote_session *session, enum mote_packet_type type,
                                      const struct mote_ack *ack)
{
    struct mote_writer writer = mote_session_begin(session);

    mote_writer_ack(&writer, type, ack);
    return mote_session_put_written(session, &writer, 0);
}

bool mote_session_put_code(struct mote_session *session, enum mote_packet_type type, uint16_t packet_id, uint8_t code)
{
    struct mote_ack ack = {.packet_id = packet_id, .code = code};

    return mote_session_put_ack(session, type, &ack) == MOTE_OK;
}

static bool put_ack(struct mote_session *session, unsigned type, uint16_t packet_id, uint8_t code)
{
    bool is_plain = MOTE_HAS_WORDS && code == MOTE_CODE_SUCCESS && type <= MOTE_PUBCOMP && session->outgoing_left == 0;

    if (!is_plain || session->send_limit - session->send_end < MOTE_PLAIN_ACK)
        return mote_session_put_code(session, (enum mote_packet_type)type, packet_id, code);
    mote_plain_write_ack(session->send_end, type, packet_id);
    mote_session_put(session, MOTE_PLAIN_ACK);
    return true;
}

bool mote_session_put_answer(struct mote_session *session)
{
    if (!put_ack(session, session->answer_type, session->answer_id, session->answer_code))
        return false;
    session->answer_type = 0;
    return true;
}

static bool put_ping(struct mote_session *session)
{
    if (!put_ack(session, MOTE_PINGREQ, 0, 0))
        return false;
    session->ping = MOTE_PING_OUT;
    session->ping_left = (size_t)(session->send_end - session->send_at);
    return true;
}

void mote_session_begin_payload(struct mote_session *session, const struct mote_source *source, uint32_t size,
                                uint16_t slot)
{
    session->outgoing = source;
    session->outgoing_offset = 0;
    session->outgoing_left = size;
    session->outgoing_slot = slot;
}

/* Fills the output as far as one piece goes. Returns false if there is none. */
static bool read_payload(struct mote_session *session)
{
    const struct mote_source *source = session->outgoing;
    uint32_t offset = session->outgoing_offset;
    size_t size = (size_t)(session->send_limit - session->send_end);

    if (size > session->outgoing_left)
        size = session->outgoing_left;
    size_t got = source != NULL ? source->read(source->context, offset, session->send_end, size)
                                : mote_inflight_read(session, &session->config->inflight[session->outgoing_slot],
                                                     offset, session->send_end, size);
    if (got == 0 || got > size)
        return false;
    session->outgoing_offset += (uint32_t)got;
    session->outgoing_left -= (uint32_t)got;
    session->send_end += got;
    return true;
}

/* Fills the output from the payload that is being sent. Returns false if it has to go on later. */
static bool pump_payload(struct mote_session *session)
{
    if ((size_t)(session->send_end - session->send_at) > mote_session_room_max(session) / 2)
        return false;
    mote_session_compact(session);
    while (session->outgoing_left > 0 && session->send_end < session->send_limit) {
        if (!read_payload(session)) {
            mote_session_fault(session, MOTE_FAULT_SOURCE);
            return false;
        }
    }
    return session->outgoing_left == 0;
}

uint8_t mote_session_refusal(const struct mote_session *session)
{
    if (!mote_version_is_5(MOTE_MQTT_5) || session->state != MOTE_SESSION_CONNECTED ||
        session->resume_index == session->inflight_used)
        return 0;
    const struct mote_inflight *entry = mote_inflight_at(session, session->resume_index);
    if (entry->state != MOTE_STAGE_NEW && entry->state != MOTE_STAGE_SENT)
        return 0;
    if (entry->flags >> 1 > session->maximum_qos) /* [MQTT-3.2.2-11] */
        return MOTE_CODE_QOS_NOT_SUPPORTED;
    if ((entry->flags & session->lacks & MOTE_LACKS_RETAIN) != 0) /* [MQTT-3.2.2-14] */
        return MOTE_CODE_RETAIN_NOT_SUPPORTED;
    return mote_inflight_size(entry) > session->server_packet_max ? MOTE_CODE_PACKET_TOO_LARGE
                                                                  : 0; /* [MQTT-3.2.2-15] */
}

/* Sends the PUBRELs of what waits behind a PUBLISH that the server has no room for: they make this room. */
static void pump_releases(struct mote_session *session)
{
    if (session->release_index < session->resume_index)
        session->release_index = session->resume_index;
    for (; session->release_index < session->inflight_used; session->release_index++) {
        const struct mote_inflight *entry = mote_inflight_at(session, session->release_index);
        if (entry->state == MOTE_STAGE_RELEASED && !put_ack(session, MOTE_PUBREL, entry->packet_id, 0))
            return;
    }
}

/* A packet that the send buffer can hold waits until it goes in as a whole; a larger one occupies the output. */
static bool begin_entry(struct mote_session *session, struct mote_inflight *entry)
{
    uint32_t size = mote_inflight_size(entry);
    size_t room = mote_session_room(session);
    uint8_t *first = session->send_end;

    if (size > room && (size <= mote_session_room_max(session) || room == 0))
        return false;
    mote_session_begin_payload(session, NULL, size, (uint16_t)(entry - session->config->inflight));
    bool has_begun = read_payload(session);
    MOTE_ASSERT(has_begun);
    if (entry->state == MOTE_STAGE_SENT) { /* [MQTT-3.3.1-1] */
        *first |= 8;
        session->counters.resent++;
    }
    session->counters.packets_sent++;
    mote_inflight_sent(session, entry);
    return true;
}

/* Sends the next publication in line. Returns false if there is none, or it has to wait. */
static bool pump_entry(struct mote_session *session)
{
    if (session->resume_index == session->inflight_used || !session->early || !mote_session_may_send(session))
        return false;
    struct mote_inflight *entry = mote_inflight_at(session, session->resume_index);
    if (entry->state == MOTE_STAGE_NEW || entry->state == MOTE_STAGE_SENT) {
        if (mote_session_refusal(session) != 0)
            return false;
        if (session->unacked < session->server_receive_max)
            return begin_entry(session, entry);
        pump_releases(session);
        return false;
    }
    if (entry->state == MOTE_STAGE_RELEASED && session->resume_index >= session->release_index &&
        !put_ack(session, MOTE_PUBREL, entry->packet_id, 0))
        return false;
    session->resume_index++;
    return true;
}

static bool pump_next(struct mote_session *session)
{
    if (session->close_due) {
        session->close_due = !put_ack(session, MOTE_DISCONNECT, 0, session->close_code);
        return false;
    }
    if (session->ping == MOTE_PING_DUE)
        return put_ping(session);
    return pump_entry(session);
}

void mote_session_pump(struct mote_session *session)
{
    while (session->outgoing_left > 0 ? pump_payload(session) : pump_next(session))
        continue;
}

struct mote_text mote_session_output(struct mote_session *session)
{
    if (session->outgoing_left > 0 || session->resume_index < session->inflight_used ||
        session->ping == MOTE_PING_DUE || session->close_due)
        mote_session_pump(session);
    return (struct mote_text){(const char *)session->send_at, (size_t)(session->send_end - session->send_at)};
}

void mote_session_sent(struct mote_session *session, size_t size, uint64_t now_ms)
{
    size_t unsent = (size_t)(session->send_end - session->send_at);

    session->now_ms = now_ms;
    if (size > unsent)
        size = unsent;
    if (size == 0)
        return;
    session->sent_ms = (uint32_t)now_ms;
    session->send_at += size;
    if (size == unsent)
        session->send_at = session->send_end = session->config->send_buffer;
    if (session->ping == MOTE_PING_NONE)
        return;
    if (session->ping == MOTE_PING_DUE || session->ping_left > 0 || session->blocked)
        mote_session_restart_ping(session);
    session->ping_left -= size < session->ping_left ? size : session->ping_left;
}

bool mote_session_is_idle(const struct mote_session *session)
{
    return session->send_at == session->send_end && session->outgoing_left == 0 && session->inflight_used == 0 &&
           session->answer_type == 0 && !session->close_due;
}
