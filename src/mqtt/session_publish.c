#include "plain.h"
#include "session_parts.h"

bool mote_publication_is_legal(const struct mote_session *session, const struct mote_message *message)
{
    struct mote_fault fault;

    if (!mote_topic_is_name(message->topic) || message->qos > MOTE_QOS_2)
        return false;
    return !mote_session_is_5(session) ||
           mote_codec_check_properties(&message->properties, MOTE_LIST_FOR_PUBLISH, &fault);
}

bool mote_publication_is_taken(const struct mote_session *session, const struct mote_message *message)
{
    if (session->state != MOTE_SESSION_CONNECTED && message->qos != MOTE_QOS_0)
        return true;
    return message->qos <= session->maximum_qos && (!message->retain || (session->lacks & MOTE_LACKS_RETAIN) == 0);
}

static bool put_aliased(struct mote_session *session, const struct mote_message *message, uint16_t packet_id)
{
    return mote_session_may_use_aliases(session) && session->config->aliases->put(session, message, packet_id);
}

/* Puts it into the output as it is. */
static enum mote_reason put_publish(struct mote_session *session, const struct mote_message *message)
{
    struct mote_writer writer = mote_session_begin(session);

    mote_writer_publish(&writer, message, false, 0);
    return mote_session_put_written(session, &writer, mote_source_size(message->source));
}

static enum mote_reason publish_at_once(struct mote_session *session, const struct mote_message *message)
{
    if (!mote_session_may_send(session))
        return MOTE_TCP_RESET;
    enum mote_reason reason = put_aliased(session, message, 0) ? MOTE_OK : put_publish(session, message);
    if (reason == MOTE_OK)
        mote_session_begin_payload(session, message->source, mote_source_size(message->source), MOTE_NO_SLOT);
    return reason;
}

/* With an alias what goes out is not what is kept, and does not come from a source. */
static bool may_alias_kept(const struct mote_session *session, const struct mote_message *message)
{
    return session->state == MOTE_SESSION_CONNECTED && session->unacked < session->server_receive_max &&
           message->source == NULL;
}

/* Sends what has just been kept, if nothing waits before it. */
static void send_kept(struct mote_session *session, const struct mote_message *message, uint16_t packet_id)
{
    unsigned newest = session->inflight_used - 1u;

    if (session->resume_index != newest)
        return;
    if (may_alias_kept(session, message) && put_aliased(session, message, packet_id))
        mote_inflight_sent(session, mote_inflight_at(session, newest));
    else
        mote_session_pump(session);
}

enum mote_reason mote_publication_keep(struct mote_session *session, const struct mote_message *message,
                                       uint16_t packet_id)
{
    uint32_t most = session->state == MOTE_SESSION_CONNECTED ? session->server_packet_max : UINT32_MAX;
    enum mote_reason reason = mote_inflight_add(session, message, packet_id, most);

    if (reason == MOTE_OK)
        send_kept(session, message, packet_id);
    return reason;
}

static enum mote_reason keep(struct mote_session *session, const struct mote_message *message, uint16_t *packet_id)
{
    uint16_t id = mote_session_free_packet_id(session);
    enum mote_reason reason = mote_publication_keep(session, message, id);

    if (reason != MOTE_OK)
        return reason;
    mote_session_use_packet_id(session);
    if (packet_id != NULL)
        *packet_id = id;
    return MOTE_OK;
}

__attribute__((noinline)) static enum mote_reason publish(struct mote_session *session,
                                                          const struct mote_message *message, uint16_t *packet_id)
{
    if (!mote_publication_is_legal(session, message) || !mote_publication_is_taken(session, message))
        return MOTE_CONFIG_INVALID;
    return message->qos == MOTE_QOS_0 ? publish_at_once(session, message) : keep(session, message, packet_id);
}

/* The room for a packet that this server takes, without moving anything; 0 while a payload is being sent. */
static inline size_t plain_room(const struct mote_session *session)
{
    size_t room = (size_t)(session->send_limit - session->send_end);

    if (session->outgoing_left > 0)
        return 0;
    return room < session->server_packet_max ? room : session->server_packet_max;
}

/* May another publication of QoS 1 or 2 be kept and sent at once? */
static inline bool may_send_kept(const struct mote_session *session, const struct mote_message *message)
{
    return message->qos <= session->maximum_qos && session->resume_index == session->inflight_used &&
           session->inflight_used < session->config->inflight_count && session->unacked < session->server_receive_max;
}

/* What is published most, a plain message to a server that takes it, is put into the output at once, and from there into
 * the store. Returns false to leave it to the long way. */
static inline bool publish_plain(struct mote_session *session, const struct mote_message *message, uint16_t *packet_id)
{
    uint16_t id = 0;

    if (!MOTE_HAS_WORDS || message->retain || session->state != MOTE_SESSION_CONNECTED ||
        session->server_alias_max > 0 || !mote_words_are_plain(message->topic))
        return false;
    if (message->qos != MOTE_QOS_0) {
        if (!may_send_kept(session, message))
            return false;
        id = mote_session_free_packet_id(session);
    }
    struct mote_text packet = {(const char *)session->send_end, 0};
    packet.length =
        mote_plain_write_publish(session->send_end, plain_room(session), session->version, message, false, id);
    if (packet.length == 0 || (id != 0 && !mote_inflight_add_sent(session, message, packet, id)))
        return false;
    mote_session_put(session, packet.length);
    if (id == 0)
        return true;
    session->unacked++;
    session->resume_index++;
    mote_session_use_packet_id(session);
    if (packet_id != NULL)
        *packet_id = id;
    return true;
}

enum mote_reason mote_session_publish(struct mote_session *session, const struct mote_message *message,
                                      uint16_t *packet_id)
{
    return publish_plain(session, message, packet_id) ? MOTE_OK : publish(session, message, packet_id);
}
