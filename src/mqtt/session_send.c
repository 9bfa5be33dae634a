#include "session_parts.h"

/* To the front, so that what is appended lies in one piece. */
static void compact(struct mote_session *session)
{
    uint8_t *buffer = session->config->send_buffer;

    if (session->send_start == 0)
        return;
    memmove(buffer, buffer + session->send_start, session->send_end - session->send_start);
    session->send_end -= session->send_start;
    session->send_start = 0;
}

uint8_t *mote_session_room(struct mote_session *session, size_t *room)
{
    compact(session);
    *room = session->outgoing_left > 0 ? 0 : mote_session_room_max(session) - session->send_end;
    return session->config->send_buffer + session->send_end;
}

void mote_session_put(struct mote_session *session, size_t size)
{
    session->send_end += size;
    session->counters.packets_sent++;
    MOTE_ASSERT(session->send_end <= session->config->send_size);
}

bool mote_session_may_send(const struct mote_session *session)
{
    return session->state == MOTE_SESSION_CONNECTED ||
           (session->state == MOTE_SESSION_CONNECTING && session->config->auth_method.length == 0);
}

static bool put_ack(struct mote_session *session, enum mote_packet_type type, uint16_t packet_id, uint8_t code)
{
    struct mote_ack ack = {.packet_id = packet_id, .code = code};
    size_t room;
    uint8_t *into = mote_session_room(session, &room);
    size_t size = mote_codec_encode_ack(into, room, session->version, type, &ack);

    if (size > 0)
        mote_session_put(session, size);
    return size > 0;
}

bool mote_session_put_answer(struct mote_session *session)
{
    if (!put_ack(session, (enum mote_packet_type)session->answer_type, session->answer_id, session->answer_code))
        return false;
    session->answer_type = 0;
    return true;
}

static bool put_ping(struct mote_session *session)
{
    size_t room;
    uint8_t *into = mote_session_room(session, &room);
    size_t size = mote_codec_encode_ping(into, room, MOTE_PINGREQ);

    if (size == 0)
        return false;
    mote_session_put(session, size);
    session->ping = MOTE_PING_OUT;
    session->ping_left = session->send_end;
    return true;
}

enum mote_reason mote_session_ping(struct mote_session *session)
{
    if (!mote_session_may_send(session))
        return MOTE_TCP_RESET;
    if (session->ping != MOTE_PING_NONE)
        return MOTE_OK;
    session->ping = MOTE_PING_DUE;
    if (session->state == MOTE_SESSION_CONNECTED)
        session->answer_deadline_ms = MOTE_NEVER;
    mote_session_pump(session);
    return MOTE_OK;
}

static void begin_payload(struct mote_session *session, const struct mote_source *source, uint32_t size, uint16_t slot)
{
    session->outgoing = source;
    session->outgoing_offset = 0;
    session->outgoing_left = size;
    session->outgoing_slot = slot;
}

static size_t read_payload(struct mote_session *session, uint8_t *into, size_t size)
{
    const struct mote_source *source = session->outgoing;
    uint32_t offset = session->outgoing_offset;

    if (size > session->outgoing_left)
        size = session->outgoing_left;
    size_t got = session->outgoing_slot == MOTE_NO_SLOT
                     ? source->read(source->context, offset, into, size)
                     : mote_inflight_read(session, &session->config->inflight[session->outgoing_slot], offset, into, size);
    return got <= size ? got : 0;
}

/* Fills the output from the payload that is being sent. Returns false if it has to go on later. */
static bool pump_payload(struct mote_session *session)
{
    size_t most = mote_session_room_max(session);

    if (session->send_end - session->send_start > most / 2)
        return false;
    compact(session);
    while (session->outgoing_left > 0 && session->send_end < most) {
        size_t size = read_payload(session, session->config->send_buffer + session->send_end, most - session->send_end);
        if (size == 0) {
            mote_session_fail(session, MOTE_MQTT_PROTOCOL, 0, "a payload's source has nothing more");
            return false;
        }
        session->send_end += size;
        session->outgoing_offset += (uint32_t)size;
        session->outgoing_left -= (uint32_t)size;
    }
    return session->outgoing_left == 0;
}

uint8_t mote_session_refusal(const struct mote_session *session)
{
    if (session->state != MOTE_SESSION_CONNECTED || session->resume_index == session->inflight_used)
        return 0;
    const struct mote_inflight *entry = mote_inflight_at(session, session->resume_index);
    if (entry->state != MOTE_INFLIGHT_NEW && entry->state != MOTE_INFLIGHT_SENT)
        return 0;
    if (entry->flags >> 1 > session->maximum_qos) /* [MQTT-3.2.2-11] */
        return MOTE_CODE_QOS_NOT_SUPPORTED;
    if ((entry->flags & 1) != 0 && !session->retain_available) /* [MQTT-3.2.2-14] */
        return MOTE_CODE_RETAIN_NOT_SUPPORTED;
    return mote_inflight_size(entry) > session->server_packet_max ? MOTE_CODE_PACKET_TOO_LARGE : 0; /* [MQTT-3.2.2-15] */
}

/* Sends the PUBRELs of what waits behind a PUBLISH that the server has no room for: they make this room. */
static bool pump_release(struct mote_session *session)
{
    if (session->release_index < session->resume_index)
        session->release_index = session->resume_index;
    while (session->release_index < session->inflight_used) {
        const struct mote_inflight *entry = mote_inflight_at(session, session->release_index);
        if (entry->state == MOTE_INFLIGHT_RELEASED && !put_ack(session, MOTE_PUBREL, entry->packet_id, 0))
            return false;
        session->release_index++;
    }
    return false;
}

/* A packet that the send buffer can hold waits until it goes in as a whole; a larger one occupies the output. */
static bool begin_entry(struct mote_session *session, struct mote_inflight *entry)
{
    uint32_t size = mote_inflight_size(entry);
    size_t room;
    uint8_t *into = mote_session_room(session, &room);

    if (size > room && (size <= mote_session_room_max(session) || room == 0))
        return false;
    begin_payload(session, NULL, size, (uint16_t)(entry - session->config->inflight));
    size_t got = read_payload(session, into, room);
    MOTE_ASSERT(got > 0);
    if (entry->state == MOTE_INFLIGHT_SENT) /* [MQTT-3.3.1-1] */
        into[0] |= 8;
    session->counters.resent += entry->state == MOTE_INFLIGHT_SENT;
    mote_session_put(session, got);
    session->outgoing_offset = (uint32_t)got;
    session->outgoing_left = size - (uint32_t)got;
    entry->state = MOTE_INFLIGHT_SENT;
    session->unacked++;
    session->resume_index++;
    return true;
}

/* Sends the next publication in line. Returns false if there is none, or it has to wait. */
static bool pump_entry(struct mote_session *session)
{
    if (session->resume_index == session->inflight_used || !session->early || !mote_session_may_send(session))
        return false;
    struct mote_inflight *entry = mote_inflight_at(session, session->resume_index);
    switch (entry->state) {
    case MOTE_INFLIGHT_DONE:
        break;
    case MOTE_INFLIGHT_RELEASED:
        if (session->resume_index >= session->release_index && !put_ack(session, MOTE_PUBREL, entry->packet_id, 0))
            return false;
        break;
    default:
        if (mote_session_refusal(session) != 0)
            return false;
        return session->unacked < session->server_receive_max ? begin_entry(session, entry) : pump_release(session);
    }
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
    return (struct mote_text){(const char *)session->config->send_buffer + session->send_start,
                              session->send_end - session->send_start};
}

void mote_session_sent(struct mote_session *session, size_t size, uint64_t now_ms)
{
    if (size > session->send_end - session->send_start)
        size = session->send_end - session->send_start;
    session->now_ms = now_ms;
    if (size == 0)
        return;
    session->last_sent_ms = now_ms;
    mote_session_progress(session, session->ping == MOTE_PING_DUE || session->ping_left > 0 || session->blocked);
    session->ping_left -= size < session->ping_left ? size : session->ping_left;
    session->send_start += size;
    if (session->send_start == session->send_end)
        session->send_start = session->send_end = 0;
}

static bool properties_are_legal(const struct mote_session *session, const struct mote_properties *properties)
{
    struct mote_fault fault;

    if (mote_properties_are_none(properties) || !mote_session_is_5(session))
        return true;
    return mote_codec_check_properties(properties, MOTE_PUBLISH, &fault) &&
           mote_properties_number(properties, MOTE_TOPIC_ALIAS, 0) == 0 &&
           mote_properties_number(properties, MOTE_SUBSCRIPTION_IDENTIFIER, 0) == 0; /* [MQTT-3.3.4-6] */
}

/* What the server of this connection takes is known once it has said so, before it is taken to be like the last one. */
static bool is_legal(const struct mote_session *session, const struct mote_message *message)
{
    if (!mote_topic_is_name(message->topic) || message->qos > MOTE_QOS_2 ||
        !properties_are_legal(session, &message->properties))
        return false;
    if (session->state != MOTE_SESSION_CONNECTED && message->qos != MOTE_QOS_0)
        return true;
    return message->qos <= session->maximum_qos && (session->retain_available || !message->retain);
}

/* How much of the room this server's Maximum Packet Size leaves to what comes before the source's payload. */
static size_t room_for_server(const struct mote_session *session, const struct mote_message *message, size_t room)
{
    uint32_t most = session->server_packet_max;
    uint32_t rest = message->source == NULL ? 0 : message->source->size;

    if (rest >= most)
        return 0;
    return room < most - rest ? room : most - rest;
}

/* Why a PUBLISH of QoS 0 could not be encoded. */
static enum mote_reason why_no_room(const struct mote_session *session, const struct mote_message *message)
{
    size_t needed = mote_codec_encode_publish(NULL, SIZE_MAX, session->version, message);
    size_t most = room_for_server(session, message, mote_session_room_max(session));

    return needed == 0 || needed > most ? MOTE_MQTT_PACKET_TOO_LARGE : MOTE_MQTT_QUOTA;
}

static enum mote_reason publish_at_once(struct mote_session *session, const struct mote_message *message)
{
    size_t room;

    if (!mote_session_may_send(session))
        return MOTE_TCP_RESET;
    uint8_t *into = mote_session_room(session, &room);
    size_t size = mote_alias_encode(session, into, room_for_server(session, message, room), message);
    if (size == 0)
        return why_no_room(session, message);
    mote_session_put(session, size);
    if (message->source != NULL && message->source->size > 0)
        begin_payload(session, message->source, message->source->size, MOTE_NO_SLOT);
    return MOTE_OK;
}

/* With an alias the packet that goes out is not the one that is kept. Otherwise it takes its turn. */
static void publish_kept(struct mote_session *session, const struct mote_message *message)
{
    bool is_next = session->resume_index + 1 == session->inflight_used;
    size_t room;

    if (is_next && session->state == MOTE_SESSION_CONNECTED && session->server_alias_max > 0 &&
        message->source == NULL && session->unacked < session->server_receive_max) {
        uint8_t *into = mote_session_room(session, &room);
        size_t size = mote_alias_encode(session, into, room_for_server(session, message, room), message);
        if (size > 0) {
            mote_session_put(session, size);
            mote_inflight_at(session, session->resume_index)->state = MOTE_INFLIGHT_SENT;
            session->resume_index++;
            session->unacked++;
        }
    } else if (is_next) {
        mote_session_pump(session);
    }
}

static enum mote_reason keep(struct mote_session *session, const struct mote_message *message)
{
    enum mote_reason reason = mote_inflight_add(session, message);

    if (reason != MOTE_OK)
        return reason;
    const struct mote_inflight *entry = mote_inflight_at(session, (uint16_t)(session->inflight_used - 1));
    if (session->state == MOTE_SESSION_CONNECTED && mote_inflight_size(entry) > session->server_packet_max) {
        mote_inflight_take_back(session);
        return MOTE_MQTT_PACKET_TOO_LARGE;
    }
    mote_session_use_packet_id(session);
    publish_kept(session, message);
    return MOTE_OK;
}

enum mote_reason mote_session_publish(struct mote_session *session, const struct mote_message *message,
                                      uint16_t *packet_id)
{
    struct mote_message copy = *message;

    if (!is_legal(session, message))
        return MOTE_CONFIG_INVALID;
    copy.duplicate = false;
    if (message->qos == MOTE_QOS_0)
        return publish_at_once(session, &copy);
    copy.packet_id = mote_session_free_packet_id(session);
    enum mote_reason reason = keep(session, &copy);
    if (reason == MOTE_OK && packet_id != NULL)
        *packet_id = copy.packet_id;
    return reason;
}
