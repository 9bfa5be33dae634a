#include "session_parts.h"

#define BUFFER_SIZE_MIN 64u

static bool will_is_legal(const struct mote_will *will, enum mote_mqtt_version version)
{
    struct mote_fault fault;

    if (will->topic.length == 0)
        return true;
    return mote_topic_is_name(will->topic) && will->payload.length <= UINT16_MAX && will->qos <= MOTE_QOS_2 &&
           (!mote_version_is_5(version) || mote_codec_check_properties(&will->properties, MOTE_LIST_OF_WILL, &fault));
}

static bool properties_are_legal(const struct mote_properties *properties)
{
    struct mote_fault fault;

    return properties->encoded.length == 0 && mote_codec_check_properties(properties, MOTE_LIST_FOR_CONNECT, &fault);
}

static bool identity_is_legal(const struct mote_session_config *config, enum mote_mqtt_version version)
{
    if (!mote_text_is_utf8(config->client_id) || !mote_text_is_utf8(config->username) ||
        config->password.length > UINT16_MAX)
        return false;
    if (mote_version_is_5(version))
        return (config->authentication == NULL ? config->auth_method.length == 0 && config->auth_data.length == 0
                                               : config->authentication->is_legal(config)) &&
               properties_are_legal(&config->connect_properties);
    if (config->client_id.length == 0 && (version == MOTE_MQTT_3_1 || config->keep_session)) /* [MQTT-3.1.3-7] */
        return false;
    return config->auth_method.length == 0 && (config->has_username || !config->has_password); /* [MQTT-3.1.2-22] */
}

bool mote_session_may_introduce_itself(const struct mote_session *session)
{
    return identity_is_legal(session->config, session->version) &&
           will_is_legal(&session->config->will, session->version);
}

static bool memory_is_legal(const struct mote_session_config *config)
{
    return config->receive_buffer != NULL && config->receive_size >= BUFFER_SIZE_MIN && config->send_buffer != NULL &&
           config->send_size >= BUFFER_SIZE_MIN && (config->store != NULL || config->store_size == 0) &&
           config->store_size <= MOTE_VARINT_MAX && (config->inflight != NULL || config->inflight_count == 0) &&
           config->inflight_count <= MOTE_INFLIGHT_MOST &&
           (config->received_ids != NULL || config->received_count == 0);
}

/* Enough of its own that the search for a free one ends. */
static bool ids_are_legal(const struct mote_session_config *config)
{
    return (config->first_packet_id == 0 || config->first_packet_id >= config->own_ids_from) &&
           UINT16_MAX - config->own_ids_from >= config->inflight_count + (int)MOTE_REQUESTS_MAX;
}

static bool aliases_are_legal(const struct mote_session_config *config)
{
    if (!mote_version_is_5(MOTE_MQTT_5))
        return true; /* never run: MQTT 5 is built in */
    return config->aliases == NULL ? config->aliases_in_count == 0 && config->aliases_out_count == 0
                                   : config->aliases->are_legal(config);
}

static bool version_is_legal(enum mote_mqtt_version version)
{
    return version == MOTE_MQTT_3_1 || version == MOTE_MQTT_3_1_1 || mote_version_is_5(version);
}

enum mote_reason mote_session_init(struct mote_session *session, const struct mote_session_config *config)
{
    enum mote_mqtt_version version = config->version == MOTE_MQTT_DEFAULT ? MOTE_MQTT_3_1_1 : config->version;

    memset(session, 0, sizeof *session);
    session->config = config;
    session->version = version;
    session->maximum_qos = MOTE_QOS_2;
    session->server_packet_max = UINT32_MAX;
    session->next_packet_id = config->first_packet_id == 0 ? mote_session_least_id(session) : config->first_packet_id;
    if (!version_is_legal(version) || !memory_is_legal(config) || !ids_are_legal(config) ||
        !aliases_are_legal(config) || !mote_session_may_introduce_itself(session))
        return MOTE_CONFIG_INVALID;
    mote_received_clear(session);
    mote_session_closed(session);
    return MOTE_OK;
}

void mote_session_drop_output(struct mote_session *session)
{
    session->send_at = session->send_end = session->config->send_buffer;
    session->send_limit = session->send_at + session->config->send_size - MOTE_DISCONNECT_ROOM;
    session->outgoing_left = 0;
}

void mote_session_end(struct mote_session *session)
{
    /* Has it had no answer, the server may have begun a new session, and will say that it is present. */
    session->doubted = session->doubted || (session->state == MOTE_SESSION_CONNECTING && session->received_used > 0);
    session->state = MOTE_SESSION_CLOSING;
    session->expected = 0;
    session->wake_ms = MOTE_NEVER;
    session->ping = MOTE_PING_NONE;
    session->authentication = MOTE_AUTH_NONE;
    session->close_due = false;
    session->answer_type = 0;
    session->partial = MOTE_PARTIAL_NONE;
    session->receive_at = session->receive_end = session->config->receive_buffer;
}

void mote_session_closed(struct mote_session *session)
{
    mote_session_drop_output(session);
    mote_session_end(session);
    session->state = MOTE_SESSION_IDLE;
    session->failure = MOTE_FAULT_NONE;
    session->blocked = false;
    session->early = false;
    session->ping_left = 0;
    session->received_old = session->received_used;
    session->resume_index = 0;
    session->release_index = 0;
    memset(session->request_ids, 0, sizeof session->request_ids);
}

/* A DISCONNECT without properties always finds room, which is kept for it. [MQTT-3.14.2-3] [MQTT-3.14.2-4] */
static void open_last_room(struct mote_session *session)
{
    session->send_limit = session->config->send_buffer + session->config->send_size;
}

/* Behind half a packet a DISCONNECT would only be more of this packet. */
enum mote_step mote_session_fault(struct mote_session *session, unsigned number)
{
    struct mote_fault fault = {(uint8_t)number};
    uint8_t code = mote_fault_code(&fault);
    bool is_told = code >= 0x80; /* else it is a reason */

    MOTE_ASSERT(session->state != MOTE_SESSION_IDLE);
    if (!is_told || session->outgoing_left > 0)
        mote_session_drop_output(session);
    else if (mote_session_is_5(session)) {
        open_last_room(session);
        mote_session_put_code(session, MOTE_DISCONNECT, 0, code);
    }
    mote_session_end(session);
    session->failure = fault.number;
    return MOTE_STEP_IDLE;
}

/* A session that was to end with its connection cannot be made to outlive it. Returns false if the properties must not go with
 * a DISCONNECT, or there is no room for them. */
static bool put_disconnect_with(struct mote_session *session, uint8_t code, const struct mote_properties *properties)
{
    const struct mote_session_config *config = session->config;
    struct mote_ack ack = {.code = code, .properties = *properties};
    struct mote_fault fault;

    return mote_codec_check_properties(properties, MOTE_DISCONNECT, &fault) &&
           (config->keep_session || config->session_expiry_s > 0 ||
            mote_properties_number(properties, MOTE_SESSION_EXPIRY_INTERVAL, 0) == 0) &&
           mote_session_put_ack(session, MOTE_DISCONNECT, &ack) == MOTE_OK;
}

/* Before MQTT 5 a DISCONNECT always forgoes the will. */
void mote_session_close(struct mote_session *session, uint8_t reason_code, const struct mote_properties *properties)
{
    if (!mote_session_is_open(session))
        return;
    if (!mote_code_is_allowed(MOTE_MQTT_5, MOTE_DISCONNECT, false, reason_code)) /* [MQTT-3.14.2-1] */
        reason_code = MOTE_CODE_UNSPECIFIED;
    if (session->answer_type != 0)
        mote_session_put_answer(session);
    mote_session_end(session);
    if (!mote_session_is_5(session) && reason_code != MOTE_CODE_SUCCESS)
        return;
    session->close_due = session->outgoing_left > 0;
    session->close_code = reason_code;
    if (session->close_due)
        return;
    open_last_room(session);
    if (properties == NULL || !put_disconnect_with(session, reason_code, properties))
        mote_session_put_code(session, MOTE_DISCONNECT, 0, reason_code);
}

uint8_t *mote_session_receive_space(struct mote_session *session, size_t *size)
{
    uint8_t *buffer = session->config->receive_buffer;
    size_t used = (size_t)(session->receive_end - session->receive_at);

    if (used > 0 && session->receive_at != buffer)
        memmove(buffer, session->receive_at, used);
    session->receive_at = buffer;
    session->receive_end = buffer + used;
    *size = session->config->receive_size - used;
    return buffer + used;
}

void mote_session_received(struct mote_session *session, size_t size, uint64_t now_ms)
{
    const struct mote_session_config *config = session->config;
    size_t room = (size_t)(config->receive_buffer + config->receive_size - session->receive_end);

    session->now_ms = now_ms;
    if (size == 0 || session->expected == 0)
        return;
    session->receive_end += size < room ? size : room;
    session->received_ms = (uint32_t)now_ms;
    if (session->ping != MOTE_PING_NONE)
        mote_session_restart_ping(session);
}

static bool tell_failure(struct mote_session *session, struct mote_session_event *event)
{
    struct mote_fault fault = {session->failure};
    uint8_t code = mote_fault_code(&fault);
    bool is_reason = code < 0x80;

    session->failure = MOTE_FAULT_NONE;
    mote_event_begin(event, MOTE_EVENT_FAILED, is_reason ? 0 : code, 0);
    event->reason = is_reason ? (enum mote_reason)code : mote_code_reason(code);
    event->fault = fault.number;
    return true;
}

const char *mote_session_words(const struct mote_session_event *event)
{
    struct mote_fault fault = {event->fault};

    return mote_fault_words(&fault);
}

/* What was published before it was known that this server does not take it. */
static bool tell_refusal(struct mote_session *session, struct mote_session_event *event)
{
    uint8_t code = mote_session_refusal(session);

    if (code == 0)
        return false;
    struct mote_inflight *entry = mote_inflight_at(session, session->resume_index);
    mote_event_begin(event, MOTE_EVENT_PUBLISHED, code, entry->packet_id);
    memset(&event->properties, 0, sizeof event->properties);
    mote_inflight_finish(session, entry);
    return true;
}

bool mote_session_next_without_bytes(struct mote_session *session, struct mote_session_event *event)
{
    if (session->now_ms >= session->wake_ms)
        mote_session_check_time(session);
    if (session->failure != MOTE_FAULT_NONE)
        return tell_failure(session, event);
    return session->resume_index != session->inflight_used && tell_refusal(session, event);
}
