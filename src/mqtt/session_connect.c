#include "session_parts.h"

/* What a server may send, a bit for each type of packet. Before its CONNACK it may only send that. */
#define BIT(type) (1u << (type))
#define CONNECTED_TYPES                                                                                                \
    (BIT(MOTE_PUBLISH) | BIT(MOTE_PUBACK) | BIT(MOTE_PUBREC) | BIT(MOTE_PUBREL) | BIT(MOTE_PUBCOMP) |                  \
     BIT(MOTE_SUBACK) | BIT(MOTE_UNSUBACK) | BIT(MOTE_PINGRESP) | BIT(MOTE_DISCONNECT))

/* From 0x80 on. What is not in here is mqtt.protocol. */
static const uint8_t reasons[] = {
    [MOTE_CODE_UNSUPPORTED_VERSION - 0x80] = MOTE_MQTT_BAD_VERSION,
    [MOTE_CODE_CLIENT_ID_NOT_VALID - 0x80] = MOTE_MQTT_CLIENT_ID,
    [MOTE_CODE_BAD_USER_OR_PASSWORD - 0x80] = MOTE_MQTT_BAD_AUTH,
    [MOTE_CODE_NOT_AUTHORIZED - 0x80] = MOTE_MQTT_NOT_AUTHORIZED,
    [MOTE_CODE_SERVER_UNAVAILABLE - 0x80] = MOTE_MQTT_QUOTA,
    [MOTE_CODE_SERVER_BUSY - 0x80] = MOTE_MQTT_QUOTA,
    [MOTE_CODE_BANNED - 0x80] = MOTE_MQTT_NOT_AUTHORIZED,
    [MOTE_CODE_SERVER_SHUTTING_DOWN - 0x80] = MOTE_TCP_RESET,
    [MOTE_CODE_BAD_AUTHENTICATION_METHOD - 0x80] = MOTE_MQTT_BAD_AUTH,
    [MOTE_CODE_KEEP_ALIVE_TIMEOUT - 0x80] = MOTE_MQTT_NO_PINGRESP,
    [MOTE_CODE_SESSION_TAKEN_OVER - 0x80] = MOTE_MQTT_TAKEN_OVER,
    [MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED - 0x80] = MOTE_MQTT_QUOTA,
    [MOTE_CODE_PACKET_TOO_LARGE - 0x80] = MOTE_MQTT_PACKET_TOO_LARGE,
    [MOTE_CODE_MESSAGE_RATE_TOO_HIGH - 0x80] = MOTE_MQTT_QUOTA,
    [MOTE_CODE_QUOTA_EXCEEDED - 0x80] = MOTE_MQTT_QUOTA,
    [MOTE_CODE_CONNECTION_RATE_EXCEEDED - 0x80] = MOTE_MQTT_QUOTA,
    /* Nothing is wrong with the client or its rights: only this server has no room for it, now or ever. That is what a client
     * is left with if there is no other server to go to. */
    [MOTE_CODE_USE_ANOTHER_SERVER - 0x80] = MOTE_MQTT_QUOTA,
    [MOTE_CODE_SERVER_MOVED - 0x80] = MOTE_MQTT_QUOTA,
};

/* CONNACK's return codes before MQTT 5, as reason codes. */
static const uint8_t return_codes[] = {
    MOTE_CODE_SUCCESS,
    MOTE_CODE_UNSUPPORTED_VERSION,
    MOTE_CODE_CLIENT_ID_NOT_VALID,
    MOTE_CODE_SERVER_UNAVAILABLE,
    MOTE_CODE_BAD_USER_OR_PASSWORD,
    MOTE_CODE_NOT_AUTHORIZED,
};

enum mote_reason mote_session_reason(enum mote_mqtt_version version, uint8_t code)
{
    if (!mote_version_is_5(version))
        code = code < sizeof return_codes ? return_codes[code] : MOTE_CODE_UNSPECIFIED;
    return mote_code_reason(code);
}

enum mote_reason mote_code_reason(uint8_t code)
{
    if (code < 0x80)
        return MOTE_OK;
    unsigned reason = (unsigned)code - 0x80 < sizeof reasons ? reasons[code - 0x80] : 0;
    return reason == 0 ? MOTE_MQTT_PROTOCOL : (enum mote_reason)reason;
}

static void write_number(struct mote_writer *writer, enum mote_property_id id, uint32_t number, bool wide)
{
    if (number == 0)
        return;
    mote_writer_u8(writer, id);
    if (wide)
        mote_writer_u16(writer, number >> 16);
    mote_writer_u16(writer, number & UINT16_MAX);
}

/* The properties of CONNECT that have a field in the config. */
static void write_properties(struct mote_writer *writer, const struct mote_session_config *config)
{
    uint32_t expiry_s = config->session_expiry_s;

    if (config->keep_session && expiry_s == 0)
        expiry_s = UINT32_MAX;
    write_number(writer, MOTE_SESSION_EXPIRY_INTERVAL, expiry_s, true);
    write_number(writer, MOTE_RECEIVE_MAXIMUM, config->received_count, false);
    write_number(writer, MOTE_MAXIMUM_PACKET_SIZE, config->packet_size_max, true);
    write_number(writer, MOTE_TOPIC_ALIAS_MAXIMUM, config->aliases_in_count, false);
    if (config->authentication != NULL)
        config->authentication->write(config, writer);
}

/* Is the session that the server may have the one to go on with? */
static bool goes_on(const struct mote_session_config *config)
{
    return config->keep_session && !config->clean_start;
}

/* Puts CONNECT into the output, which is empty. Returns false if it does not fit. */
static bool put_connect(struct mote_session *session)
{
    const struct mote_session_config *config = session->config;
    struct mote_writer writer = mote_session_begin(session);
    struct mote_connect connect = {
        .clean_start = !goes_on(config),
        .keep_alive_s = config->keep_alive_s,
        .client_id = config->client_id,
        .will = config->will,
        .has_username = config->has_username,
        .username = config->username,
        .has_password = config->has_password,
        .password = config->password,
    };

    if (mote_session_is_5(session)) {
        /* Nothing is received yet: there they lie until they are copied into the packet. */
        struct mote_writer properties = {config->receive_buffer, config->receive_size, 0, writer.version};
        write_properties(&properties, config);
        if (!mote_writer_fits(&properties))
            return false;
        connect.properties = config->connect_properties;
        connect.properties.encoded = (struct mote_text){(const char *)properties.bytes, properties.size};
    }
    mote_writer_connect(&writer, &connect);
    if (!mote_writer_fits(&writer))
        return false;
    mote_session_put(session, writer.size);
    return true;
}

/* Those that are past PUBREC count against the server's Receive Maximum from the beginning. What has been sent
 * before has to wait for the CONNACK, which tells how it is to be sent again. */
static void review_inflight(struct mote_session *session)
{
    session->unacked = 0;
    session->early = session->authentication == MOTE_AUTH_NONE;
    for (uint16_t i = 0; i < session->inflight_used; i++) {
        uint8_t state = mote_inflight_at(session, i)->state;
        session->unacked = (uint16_t)(session->unacked + (state == MOTE_STAGE_RELEASED));
        session->early = session->early && state == MOTE_STAGE_NEW;
    }
}

enum mote_reason mote_session_open(struct mote_session *session, uint64_t now_ms)
{
    const struct mote_session_config *config = session->config;

    mote_session_closed(session);
    if (!mote_session_may_introduce_itself(session))
        return MOTE_CONFIG_INVALID;
    if (!put_connect(session))
        return MOTE_MQTT_PACKET_TOO_LARGE;
    session->state = MOTE_SESSION_CONNECTING;
    session->expected = (uint16_t)(BIT(MOTE_CONNACK) | (config->auth_method.length > 0 ? BIT(MOTE_AUTH) : 0));
    session->wake_ms = 0;
    session->now_ms = now_ms;
    session->sent_ms = (uint32_t)now_ms;
    session->received_ms = (uint32_t)now_ms;
    mote_session_ask(session);
    session->keep_alive_s = config->keep_alive_s;
    session->authentication = config->auth_method.length > 0 ? MOTE_AUTH_SERVERS_TURN : MOTE_AUTH_NONE;
    if (config->keep_session && config->clean_start && !mote_session_is_5(session))
        session->authentication = MOTE_AUTH_CLEARING;
    review_inflight(session);
    /* Until it is told: the least that a server of MQTT 5 can have. Before, there is no such limit. */
    session->server_receive_max = mote_session_is_5(session) ? 1 : UINT16_MAX;
    session->server_alias_max = 0;
    if (mote_version_is_5(MOTE_MQTT_5) && config->aliases != NULL)
        config->aliases->reset(session);
    return MOTE_OK;
}

/* Takes over what the server says of itself. */
static void read_properties(struct mote_session *session, const struct mote_properties *properties)
{
    static const struct {
        uint8_t id;
        uint8_t bit;
    } features[] = {
        {MOTE_RETAIN_AVAILABLE, MOTE_LACKS_RETAIN},
        {MOTE_WILDCARD_SUBSCRIPTION_AVAILABLE, MOTE_LACKS_WILDCARDS},
        {MOTE_SUBSCRIPTION_IDENTIFIER_AVAILABLE, MOTE_LACKS_IDENTIFIERS},
        {MOTE_SHARED_SUBSCRIPTION_AVAILABLE, MOTE_LACKS_SHARED},
    };

    session->lacks = 0;
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        if (mote_properties_number(properties, (enum mote_property_id)features[i].id, 1) == 0)
            session->lacks |= features[i].bit;
    }
    session->maximum_qos = (uint8_t)mote_properties_number(properties, MOTE_MAXIMUM_QOS, MOTE_QOS_2);
    session->server_packet_max = mote_properties_number(properties, MOTE_MAXIMUM_PACKET_SIZE, UINT32_MAX);
    session->server_receive_max = (uint16_t)mote_properties_number(properties, MOTE_RECEIVE_MAXIMUM, UINT16_MAX);
    session->server_alias_max = (uint16_t)mote_properties_number(properties, MOTE_TOPIC_ALIAS_MAXIMUM, 0);
    if (session->server_alias_max > session->config->aliases_out_count)
        session->server_alias_max = session->config->aliases_out_count;
    session->keep_alive_s = /* [MQTT-3.1.2-21] */
        (uint16_t)mote_properties_number(properties, MOTE_SERVER_KEEP_ALIVE, session->keep_alive_s);
}

/* It is the one of the CONNECT, or there is none. [MQTT-4.12.0-6] [MQTT-4.12.0-7] */
static bool has_right_method(const struct mote_session *session, const struct mote_properties *properties)
{
    const struct mote_session_authentication *authentication = session->config->authentication;
    struct mote_property method;

    if (authentication != NULL)
        return authentication->has_method(session, properties);
    return !mote_properties_find(properties, MOTE_AUTHENTICATION_METHOD, &method);
}

bool mote_session_is_too_talkative(struct mote_session *session, const struct mote_properties *properties)
{
    const struct mote_properties *asked = &session->config->connect_properties;
    struct mote_property found;

    if (properties->encoded.length == 0 || mote_properties_number(asked, MOTE_REQUEST_PROBLEM_INFORMATION, 1) != 0 ||
        !(mote_properties_find(properties, MOTE_REASON_STRING, &found) ||
          mote_properties_find(properties, MOTE_USER_PROPERTY, &found)))
        return false;
    mote_session_fault(session, MOTE_FAULT_TALKATIVE);
    return true;
}

/* The server begins a new session: what it has not acknowledged in an older one is published anew, and what it had taken
 * there no longer counts against its Receive Maximum. */
static void restart(struct mote_session *session)
{
    for (uint16_t i = session->resume_index; i < session->inflight_used; i++) {
        struct mote_inflight *entry = mote_inflight_at(session, i);
        session->unacked = (uint16_t)(session->unacked - (entry->state == MOTE_STAGE_RELEASED));
        if (entry->state != MOTE_STAGE_NONE)
            entry->state = MOTE_STAGE_NEW;
    }
    mote_received_clear(session);
}

/* A clean session of before MQTT 5 ends with its connection: there is no use in this one. */
static enum mote_step cleared(struct mote_session *session, struct mote_session_event *event)
{
    mote_event_begin(event, MOTE_EVENT_CLEARED, 0, 0);
    session->early = false;
    restart(session);
    session->ever_connected = false;
    mote_session_close(session, MOTE_CODE_SUCCESS, NULL);
    return MOTE_STEP_EVENT;
}

static enum mote_step refused(struct mote_session *session, const struct mote_connack *connack,
                              struct mote_session_event *event)
{
    mote_event_begin(event, MOTE_EVENT_REFUSED, connack->code, 0);
    event->reason = mote_session_reason(session->version, connack->code);
    event->properties = connack->properties;
    mote_session_drop_output(session);
    session->state = MOTE_SESSION_CLOSING; /* it is an answer: no session has begun */
    mote_session_end(session);
    return MOTE_STEP_EVENT;
}

enum mote_step mote_session_take_connack(struct mote_session *session, struct mote_reader *reader,
                                         struct mote_session_event *event)
{
    struct mote_connack connack;
    bool kept = goes_on(session->config);

    if (!mote_reader_connack(reader, &connack))
        return mote_session_fault(session, reader->fault);
    if (connack.code != 0)
        return refused(session, &connack, event);
    if (connack.session_present && !kept) /* [MQTT-3.2.2-2] */
        return mote_session_fault(session, MOTE_FAULT_PRESENT);
    if (mote_version_is_5(MOTE_MQTT_5) && !has_right_method(session, &connack.properties))
        return mote_session_fault(session, MOTE_FAULT_METHOD);
    if (mote_version_is_5(MOTE_MQTT_5))
        read_properties(session, &connack.properties);
    if (session->server_packet_max < MOTE_SMALL_ACK_SIZE)
        return mote_session_fault(session, MOTE_FAULT_NO_ACKS);

    if (session->authentication == MOTE_AUTH_CLEARING)
        return cleared(session, event);
    /* MQTT 3.1 does not tell; it is there if anything is. */
    bool present = connack.session_present || (session->version == MOTE_MQTT_3_1 && kept);
    mote_event_begin(event, MOTE_EVENT_CONNECTED, 0, 0);
    event->session_present = present;
    event->session_lost = kept && session->ever_connected && !present;
    event->properties = connack.properties;
    if (!present)
        restart(session);
    session->ever_connected = true;
    session->early = true;
    session->authentication = MOTE_AUTH_NONE;
    session->is_asked_when = false;
    session->wake_ms = 0;
    session->expected = (uint16_t)(CONNECTED_TYPES | (session->expected & BIT(MOTE_AUTH)));
    session->state = MOTE_SESSION_CONNECTED;
    return MOTE_STEP_EVENT;
}
