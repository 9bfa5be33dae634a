#include "session_parts.h"

#define BUFFER_SIZE_MIN 64u
#define PING_TIMEOUT_MS 10000u

static bool will_is_legal(const struct mote_session_config *config)
{
    const struct mote_will *will = &config->will;
    struct mote_fault fault;

    if (will->topic.length == 0)
        return true;
    return mote_topic_is_name(will->topic) && will->payload.length <= UINT16_MAX && will->qos <= MOTE_QOS_2 &&
           (!mote_version_is_5(config->version) ||
            mote_codec_check_properties(&will->properties, (enum mote_packet_type)0, &fault));
}

static bool properties_are_legal(const struct mote_session_config *config)
{
    static const uint8_t taken[] = {MOTE_SESSION_EXPIRY_INTERVAL,  MOTE_RECEIVE_MAXIMUM,
                                    MOTE_MAXIMUM_PACKET_SIZE,      MOTE_TOPIC_ALIAS_MAXIMUM,
                                    MOTE_AUTHENTICATION_METHOD,    MOTE_AUTHENTICATION_DATA};
    const struct mote_properties *properties = &config->connect_properties;
    struct mote_property property;
    struct mote_fault fault;

    for (size_t i = 0; i < sizeof taken; i++) {
        if (mote_properties_find(properties, (enum mote_property_id)taken[i], &property))
            return false;
    }
    return properties->encoded.length == 0 && mote_codec_check_properties(properties, MOTE_CONNECT, &fault);
}

static bool identity_is_legal(const struct mote_session_config *config, enum mote_mqtt_version version)
{
    if (!mote_text_is_utf8(config->client_id) || !mote_text_is_utf8(config->username) ||
        config->password.length > UINT16_MAX)
        return false;
    if (mote_version_is_5(version))
        return mote_text_is_utf8(config->auth_method) && config->auth_data.length <= UINT16_MAX &&
               (config->auth_method.length > 0 || config->auth_data.length == 0) && properties_are_legal(config);
    if (config->client_id.length == 0 && (version == MOTE_MQTT_3_1 || config->keep_session)) /* [MQTT-3.1.3-7] */
        return false;
    return config->auth_method.length == 0 && (config->has_username || !config->has_password); /* [MQTT-3.1.2-22] */
}

static bool memory_is_legal(const struct mote_session_config *config)
{
    if (config->receive_buffer == NULL || config->receive_size < BUFFER_SIZE_MIN || config->send_buffer == NULL ||
        config->send_size < BUFFER_SIZE_MIN)
        return false;
    if ((config->store == NULL && config->store_size > 0) || config->store_size > MOTE_VARINT_MAX ||
        (config->inflight == NULL && config->inflight_count > 0) || config->inflight_count > MOTE_INFLIGHT_MOST)
        return false;
    if (config->received_ids == NULL && config->received_count > 0)
        return false;
    return (config->aliases_in_count == 0 || (config->aliases_in != NULL && config->alias_in_size > 2)) &&
           (config->aliases_out_count == 0 || (config->aliases_out != NULL && config->alias_out_size > 2));
}

static bool version_is_legal(enum mote_mqtt_version version)
{
    return version == MOTE_MQTT_3_1 || version == MOTE_MQTT_3_1_1 || mote_version_is_5(version);
}

enum mote_reason mote_session_init(struct mote_session *session, const struct mote_session_config *config)
{
    enum mote_mqtt_version version = config->version == MOTE_MQTT_DEFAULT ? MOTE_MQTT_3_1_1 : config->version;

    *session = (struct mote_session){
        .config = config,
        .version = version,
        .maximum_qos = MOTE_QOS_2,
        .retain_available = true,
        .wildcard_available = true,
        .identifiers_available = true,
        .shared_available = true,
        /* The least that a server of MQTT 5 can have; before, there is no such limit. */
        .server_receive_max = mote_version_is_5(version) ? 1 : UINT16_MAX,
        .server_packet_max = UINT32_MAX,
        .next_packet_id = config->first_packet_id == 0 ? 1 : config->first_packet_id,
    };
    if (!version_is_legal(version) || !memory_is_legal(config) || !identity_is_legal(config, version) ||
        !will_is_legal(config))
        return MOTE_CONFIG_INVALID;
    return MOTE_OK;
}

void mote_session_closed(struct mote_session *session)
{
    session->state = MOTE_SESSION_IDLE;
    session->ping = MOTE_PING_NONE;
    session->ping_left = 0;
    session->authentication = MOTE_AUTH_NONE;
    session->blocked = false;
    session->early = false;
    session->close_due = false;
    session->failure_due = false;
    session->receive_start = session->receive_end = 0;
    session->body_left = 0;
    session->drain = 0;
    session->answer_type = 0;
    session->received_old = session->received_used;
    session->send_start = session->send_end = 0;
    session->outgoing_left = 0;
    session->resume_index = 0;
    session->release_index = 0;
    memset(session->request_ids, 0, sizeof session->request_ids);
}

void mote_session_end(struct mote_session *session)
{
    session->state = MOTE_SESSION_CLOSING;
    session->ping = MOTE_PING_NONE;
    session->authentication = MOTE_AUTH_NONE;
    session->close_due = false;
    session->answer_type = 0;
    session->drain = 0;
    session->body_left = 0;
    session->receive_start = session->receive_end = 0;
}

void mote_session_drop_output(struct mote_session *session)
{
    session->send_start = session->send_end = 0;
    session->outgoing_left = 0;
}

/* Without properties it always finds room, which is kept for it. */
static bool put_disconnect(struct mote_session *session, const struct mote_ack *ack)
{
    size_t room;
    uint8_t *into = mote_session_room(session, &room);
    size_t size =
        mote_codec_encode_ack(into, room + MOTE_DISCONNECT_ROOM, session->version, MOTE_DISCONNECT, ack);

    if (size > 0)
        mote_session_put(session, size);
    return size > 0;
}

/* Behind half a packet a DISCONNECT would only be more of this packet. */
enum mote_step mote_session_fail(struct mote_session *session, enum mote_reason reason, uint8_t code,
                                 const char *words)
{
    struct mote_ack ack = {.code = code};

    MOTE_ASSERT(session->state != MOTE_SESSION_IDLE);
    if (code == 0 || session->outgoing_left > 0)
        mote_session_drop_output(session);
    else if (mote_session_is_5(session))
        put_disconnect(session, &ack);
    mote_session_end(session);
    session->failure_due = true;
    session->failure_reason = (uint8_t)reason;
    session->failure_code = code;
    session->failure_words = words;
    return MOTE_STEP_IDLE;
}

enum mote_step mote_session_fault(struct mote_session *session, uint8_t code, const char *words)
{
    return mote_session_fail(session, mote_session_reason(MOTE_MQTT_5, code), code, words);
}

/* Before MQTT 5 a DISCONNECT always forgoes the will. */
void mote_session_close(struct mote_session *session, uint8_t reason_code, const struct mote_properties *properties)
{
    struct mote_ack ack = {.code = reason_code};
    struct mote_fault fault;

    if (!mote_session_is_open(session))
        return;
    if (session->answer_type != 0)
        mote_session_put_answer(session);
    mote_session_end(session);
    if (!mote_session_is_5(session) && reason_code != MOTE_CODE_SUCCESS)
        return;
    session->close_due = session->outgoing_left > 0;
    session->close_code = reason_code;
    if (session->close_due)
        return;
    if (properties != NULL && mote_codec_check_properties(properties, MOTE_DISCONNECT, &fault)) {
        ack.properties = *properties;
        if (put_disconnect(session, &ack))
            return;
        ack.properties = (struct mote_properties){{NULL, 0}, NULL, 0};
    }
    put_disconnect(session, &ack);
}

uint8_t *mote_session_receive_space(struct mote_session *session, size_t *size)
{
    uint8_t *buffer = session->config->receive_buffer;

    if (session->receive_start > 0) {
        memmove(buffer, buffer + session->receive_start, session->receive_end - session->receive_start);
        session->receive_end -= session->receive_start;
        session->receive_start = 0;
    }
    *size = session->config->receive_size - session->receive_end;
    return buffer + session->receive_end;
}

static uint64_t ping_deadline(const struct mote_session *session)
{
    uint32_t timeout_ms = session->config->ping_timeout_ms;

    return session->now_ms + (timeout_ms == 0 ? PING_TIMEOUT_MS : timeout_ms);
}

void mote_session_progress(struct mote_session *session, bool concerns_ping)
{
    if (concerns_ping && session->ping != MOTE_PING_NONE && session->state == MOTE_SESSION_CONNECTED)
        session->answer_deadline_ms = ping_deadline(session);
}

void mote_session_received(struct mote_session *session, size_t size, uint64_t now_ms)
{
    if (size > session->config->receive_size - session->receive_end)
        size = session->config->receive_size - session->receive_end;
    session->now_ms = now_ms;
    if (size == 0 || session->state == MOTE_SESSION_CLOSING || session->state == MOTE_SESSION_IDLE)
        return;
    session->receive_end += size;
    session->last_received_ms = now_ms;
    mote_session_progress(session, true);
}

/* Early enough that the keep-alive is still kept when it comes a little late. */
static uint64_t ping_due_ms(const struct mote_session *session)
{
    uint64_t last_ms = session->last_sent_ms < session->last_received_ms ? session->last_sent_ms
                                                                         : session->last_received_ms;

    return session->keep_alive_s == 0 ? MOTE_NEVER : last_ms + (uint32_t)session->keep_alive_s * 875u;
}

static void check_time(struct mote_session *session)
{
    bool connected = session->state == MOTE_SESSION_CONNECTED;

    if (connected && session->ping == MOTE_PING_NONE) {
        if (session->now_ms >= ping_due_ms(session))
            mote_session_ping(session);
        if (session->ping == MOTE_PING_NONE)
            return;
    }
    if (session->answer_deadline_ms == MOTE_NEVER)
        session->answer_deadline_ms = ping_deadline(session);
    if (session->now_ms < session->answer_deadline_ms)
        return;
    if (connected)
        mote_session_fail(session, MOTE_MQTT_NO_PINGRESP, 0, "no answer to a PINGREQ");
    else
        mote_session_fail(session, MOTE_TCP_TIMEOUT, 0, "no answer to the CONNECT");
}

static bool tell_failure(struct mote_session *session, struct mote_session_event *event)
{
    session->failure_due = false;
    mote_event_begin(event, MOTE_EVENT_FAILED);
    event->reason = (enum mote_reason)session->failure_reason;
    event->reason_code = session->failure_code;
    event->words = session->failure_words;
    return true;
}

/* What was published before it was known that this server does not take it. */
static bool tell_refusal(struct mote_session *session, struct mote_session_event *event)
{
    uint8_t code = mote_session_refusal(session);

    if (code == 0)
        return false;
    struct mote_inflight *entry = mote_inflight_at(session, session->resume_index);
    mote_event_begin(event, MOTE_EVENT_PUBLISHED);
    event->packet_id = entry->packet_id;
    event->reason_code = code;
    event->properties = (struct mote_properties){{NULL, 0}, NULL, 0};
    mote_inflight_finish(session, entry);
    return true;
}

bool mote_session_next(struct mote_session *session, uint64_t now_ms, struct mote_session_event *event)
{
    enum mote_step step = MOTE_STEP_AGAIN;

    session->now_ms = now_ms;
    session->blocked = false;
    while (step == MOTE_STEP_AGAIN && mote_session_is_open(session)) {
        if (session->answer_type != 0 && !mote_session_put_answer(session)) {
            session->blocked = true;
            break;
        }
        step = mote_session_receive(session, event);
    }
    if (step == MOTE_STEP_EVENT)
        return true;
    if (mote_session_is_open(session))
        check_time(session);
    if (session->failure_due)
        return tell_failure(session, event);
    return tell_refusal(session, event);
}

uint64_t mote_session_deadline(const struct mote_session *session)
{
    size_t unsent = session->send_end - session->send_start;
    bool goes_on = session->blocked && session->outgoing_left == 0 &&
                   unsent + MOTE_ANSWER_ROOM <= mote_session_room_max(session);

    if (session->failure_due || goes_on || mote_session_refusal(session) != 0)
        return session->now_ms;
    if (!mote_session_is_open(session))
        return MOTE_NEVER;
    if (session->state == MOTE_SESSION_CONNECTED && session->ping == MOTE_PING_NONE)
        return ping_due_ms(session);
    return session->answer_deadline_ms == MOTE_NEVER ? session->now_ms : session->answer_deadline_ms;
}

bool mote_session_is_idle(const struct mote_session *session)
{
    return session->send_start == session->send_end && session->outgoing_left == 0 && session->inflight_used == 0 &&
           session->answer_type == 0 && !session->close_due;
}
