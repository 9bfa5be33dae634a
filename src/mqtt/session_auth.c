#include "session_parts.h"

static bool is_legal(const struct mote_session_config *config)
{
    return mote_text_is_utf8(config->auth_method) && config->auth_data.length <= UINT16_MAX &&
           (config->auth_method.length > 0 || config->auth_data.length == 0);
}

static bool has_method(const struct mote_session *session, const struct mote_properties *properties)
{
    struct mote_property method = {.text = {NULL, 0}};

    mote_properties_find(properties, MOTE_AUTHENTICATION_METHOD, &method);
    return mote_text_same(method.text, session->config->auth_method);
}

static void write_data(struct mote_writer *writer, enum mote_property_id id, struct mote_text data)
{
    if (data.length == 0)
        return;
    mote_writer_u8(writer, id);
    mote_writer_data(writer, data);
}

static void write_properties(const struct mote_session_config *config, struct mote_writer *writer)
{
    write_data(writer, MOTE_AUTHENTICATION_METHOD, config->auth_method);
    write_data(writer, MOTE_AUTHENTICATION_DATA, config->auth_data);
}

static enum mote_step take(struct mote_session *session, struct mote_reader *reader, struct mote_session_event *event)
{
    struct mote_ack ack;
    bool connected = session->state == MOTE_SESSION_CONNECTED;

    if (!mote_reader_ack(reader, MOTE_AUTH, true, &ack))
        return mote_session_fault(session, reader->fault);
    if (session->authentication != MOTE_AUTH_SERVERS_TURN || (ack.code == MOTE_CODE_SUCCESS && !connected))
        return mote_session_fault(session, MOTE_FAULT_UNEXPECTED);
    if (!has_method(session, &ack.properties))
        return mote_session_fault(session, MOTE_FAULT_METHOD);
    if (mote_session_is_too_talkative(session, &ack.properties))
        return MOTE_STEP_IDLE;
    session->authentication = ack.code == MOTE_CODE_SUCCESS ? MOTE_AUTH_NONE : MOTE_AUTH_CLIENTS_TURN;
    if (!connected)
        mote_session_ask(session);
    mote_event_begin(event, MOTE_EVENT_AUTH, ack.code, 0);
    event->properties = ack.properties;
    return MOTE_STEP_EVENT;
}

enum mote_reason mote_session_auth(struct mote_session *session, uint8_t reason_code,
                                   const struct mote_properties *properties)
{
    static const struct mote_properties none = {0};
    bool begins = reason_code == MOTE_CODE_RE_AUTHENTICATE && session->authentication == MOTE_AUTH_NONE &&
                  session->state == MOTE_SESSION_CONNECTED;
    bool continues =
        reason_code == MOTE_CODE_CONTINUE_AUTHENTICATION && session->authentication == MOTE_AUTH_CLIENTS_TURN;
    struct mote_ack ack = {.code = reason_code, .properties = properties == NULL ? none : *properties};
    struct mote_fault fault;

    if (session->config->auth_method.length == 0 || (!begins && !continues) ||
        !mote_codec_check_properties(&ack.properties, MOTE_AUTH, &fault) || !has_method(session, &ack.properties))
        return MOTE_CONFIG_INVALID;
    enum mote_reason reason = mote_session_put_ack(session, MOTE_AUTH, &ack);
    if (reason == MOTE_OK)
        session->authentication = MOTE_AUTH_SERVERS_TURN;
    return reason;
}

const struct mote_session_authentication mote_session_authentication = {
    .is_legal = is_legal,
    .take = take,
    .has_method = has_method,
    .write = write_properties,
};
