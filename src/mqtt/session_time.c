#include "session_parts.h"

#define PING_TIMEOUT_MS 10000u

/* Of a second of keep-alive: early enough that it is kept even if the call comes a little late. */
#define PING_AFTER_MS 875u

void mote_session_restart_ping(struct mote_session *session)
{
    uint32_t timeout_ms = session->config->ping_timeout_ms;

    if (session->state == MOTE_SESSION_CONNECTED)
        session->answer_deadline_ms = session->now_ms + (timeout_ms == 0 ? PING_TIMEOUT_MS : timeout_ms);
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
    session->wake_ms = 0;
    mote_session_pump(session);
    return MOTE_OK;
}

static uint64_t due_ms(const struct mote_session *session)
{
    uint64_t last_ms = session->last_sent_ms;

    if (!mote_session_is_open(session))
        return MOTE_NEVER;
    if (session->state == MOTE_SESSION_CONNECTING || session->ping != MOTE_PING_NONE)
        return session->answer_deadline_ms == MOTE_NEVER ? session->now_ms : session->answer_deadline_ms;
    if (session->keep_alive_s == 0)
        return MOTE_NEVER;
    if (last_ms > session->last_received_ms)
        last_ms = session->last_received_ms;
    return last_ms + session->keep_alive_s * PING_AFTER_MS;
}

/* Also one that has waited for the output: its time counts from now on. */
static void begin_ping(struct mote_session *session)
{
    mote_session_ping(session);
    mote_session_restart_ping(session);
}

void mote_session_check_time(struct mote_session *session)
{
    session->wake_ms = due_ms(session);
    if (session->now_ms < session->wake_ms)
        return;
    session->wake_ms = 0;
    if (session->state == MOTE_SESSION_CONNECTING)
        mote_session_fail(session, MOTE_TCP_TIMEOUT, 0, MOTE_WORDS("no answer to the CONNECT"));
    else if (session->ping != MOTE_PING_NONE && session->answer_deadline_ms != MOTE_NEVER)
        mote_session_fail(session, MOTE_MQTT_NO_PINGRESP, 0, MOTE_WORDS("no answer to a PINGREQ"));
    else
        begin_ping(session);
}

uint64_t mote_session_deadline(const struct mote_session *session)
{
    size_t unsent = (size_t)(session->send_end - session->send_at);
    bool goes_on =
        session->blocked && session->outgoing_left == 0 && unsent + MOTE_ANSWER_ROOM <= mote_session_room_max(session);

    if (session->failure_due || goes_on || mote_session_refusal(session) != 0)
        return session->now_ms;
    return due_ms(session);
}
