#include "session_parts.h"

#define CONNECT_TIMEOUT_MS 20000u
#define PING_TIMEOUT_MS 10000u

/* Of a second of keep-alive: early enough that it is kept even if the call comes a little late. */
#define PING_AFTER_MS 875u

void mote_session_ask(struct mote_session *session)
{
    session->asked_ms = (uint32_t)session->now_ms;
    session->is_asked_when = true;
}

void mote_session_restart_ping(struct mote_session *session)
{
    if (session->state == MOTE_SESSION_CONNECTED)
        mote_session_ask(session);
}

enum mote_reason mote_session_ping(struct mote_session *session)
{
    if (!mote_session_may_send(session))
        return MOTE_TCP_RESET;
    if (session->ping != MOTE_PING_NONE)
        return MOTE_OK;
    session->ping = MOTE_PING_DUE;
    if (session->state == MOTE_SESSION_CONNECTED)
        session->is_asked_when = false;
    session->wake_ms = 0;
    mote_session_pump(session);
    return MOTE_OK;
}

/* How long ago it was. Of times there is the low half: that wraps around, but no wait that is looked at is so long. */
static uint32_t passed_ms(const struct mote_session *session, uint32_t since_ms)
{
    return (uint32_t)session->now_ms - since_ms;
}

static uint32_t or_else(uint32_t number, uint32_t otherwise)
{
    return number == 0 ? otherwise : number;
}

static uint64_t due_ms(const struct mote_session *session)
{
    const struct mote_session_config *config = session->config;
    bool connects = session->state == MOTE_SESSION_CONNECTING;
    uint32_t wait_ms = session->keep_alive_s * PING_AFTER_MS;
    uint32_t past_ms = passed_ms(session, session->sent_ms);

    if (!mote_session_is_open(session))
        return MOTE_NEVER;
    if (connects || session->ping != MOTE_PING_NONE) {
        if (!session->is_asked_when)
            return session->now_ms;
        wait_ms = connects ? or_else(config->connect_timeout_ms, CONNECT_TIMEOUT_MS)
                           : or_else(config->ping_timeout_ms, PING_TIMEOUT_MS);
        past_ms = passed_ms(session, session->asked_ms);
    } else if (past_ms < passed_ms(session, session->received_ms)) {
        past_ms = passed_ms(session, session->received_ms);
    }
    if (wait_ms == 0)
        return MOTE_NEVER;
    return session->now_ms + (past_ms < wait_ms ? wait_ms - past_ms : 0);
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
        mote_session_fault(session, MOTE_FAULT_NO_CONNACK);
    else if (session->ping != MOTE_PING_NONE && session->is_asked_when)
        mote_session_fault(session, MOTE_FAULT_NO_PINGRESP);
    else
        begin_ping(session);
}

uint64_t mote_session_rest_deadline(const struct mote_session *session)
{
    uint32_t wait_ms = session->keep_alive_s * PING_AFTER_MS;
    uint32_t past_ms = passed_ms(session, session->sent_ms);

    if (session->state != MOTE_SESSION_CONNECTED || wait_ms == 0 || session->send_at != session->send_end)
        return MOTE_NEVER;
    return session->now_ms + (past_ms < wait_ms ? wait_ms - past_ms : 0);
}

/* One that is out is as good as answered: the next goes out in its turn. */
void mote_session_rest(struct mote_session *session, uint64_t now_ms)
{
    session->now_ms = now_ms;
    if (session->ping != MOTE_PING_NONE)
        mote_session_restart_ping(session);
    session->wake_ms = 0;
    if (now_ms < mote_session_rest_deadline(session))
        return;
    session->ping = MOTE_PING_NONE;
    begin_ping(session);
}

uint64_t mote_session_deadline(const struct mote_session *session)
{
    size_t unsent = (size_t)(session->send_end - session->send_at);
    bool goes_on =
        session->blocked && session->outgoing_left == 0 && unsent + MOTE_ANSWER_ROOM <= mote_session_room_max(session);

    if (session->failure != MOTE_FAULT_NONE || goes_on || mote_session_refusal(session) != 0)
        return session->now_ms;
    return due_ms(session);
}
