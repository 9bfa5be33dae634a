/* The calls that wait. */
#include "umqtt_parts.h"

#define GOODBYE_MS 1000u

static bool is_interrupted(struct mote_umqtt *client)
{
    const struct mote_port *port = client->port;

    if (port->stop_requested != NULL && port->stop_requested(port->context))
        client->interrupted = true;
    return client->interrupted;
}

static void forget_last_call(struct mote_umqtt *client)
{
    client->interrupted = false;
    client->refusal = 0;
    client->last_head = 0;
}

enum mote_reason mote_umqtt_check(struct mote_umqtt *client)
{
    if (client->handling)
        return MOTE_OK;
    forget_last_call(client);
    return mote_umqtt_turn(client);
}

enum mote_reason mote_umqtt_until(struct mote_umqtt *client, bool (*is_done)(struct mote_umqtt *client),
                                  uint32_t timeout_ms)
{
    client->progress_ms = mote_umqtt_now_ms(client);
    for (;;) {
        enum mote_reason reason = mote_umqtt_turn(client);
        uint64_t deadline_ms = timeout_ms == UINT32_MAX ? MOTE_NEVER : client->progress_ms + timeout_ms;
        uint64_t turn_ms = mote_umqtt_deadline(client);

        if (is_done(client) || is_interrupted(client))
            return MOTE_OK;
        if (reason != MOTE_OK)
            return reason;
        if (mote_umqtt_now_ms(client) >= deadline_ms)
            return MOTE_TCP_TIMEOUT;
        client->port->wait(client->port->context, turn_ms < deadline_ms ? turn_ms : deadline_ms);
        if (is_interrupted(client))
            return MOTE_OK;
    }
}

/* --- Coming and going --- */

static bool is_connected(struct mote_umqtt *client)
{
    return mote_umqtt_is_connected(client);
}

/* One that goes on with a session which the broker has kept, but has no memory of its own of it, begins anywhere: else its messages of
 * QoS 2 could be taken for those of before. */
static enum mote_reason set_up(struct mote_umqtt *client, bool clean)
{
    bool goes_on = !client->is_new && !clean && client->config.keep_session;

    if (goes_on)
        return MOTE_OK;
    client->config.keep_session = !clean;
    client->config.first_packet_id = (uint16_t)(clean ? 0 : client->port->random(client->port->context) | 1);
    client->is_new = false;
    client->lent_id = 0;
    client->lent_owner = NULL;
    return mote_session_init(&client->session, &client->config);
}

enum mote_reason mote_umqtt_connect(struct mote_umqtt *client, bool clean, uint32_t timeout_ms)
{
    enum mote_reason reason;

    if (client->handling)
        return MOTE_OK;
    mote_umqtt_disconnect(client);
    forget_last_call(client);
    client->session_present = false;
    client->failures = 0;
    reason = set_up(client, clean);
    if (reason != MOTE_OK) {
        client->is_new = true;
        client->reason = reason;
        return reason;
    }
    mote_umqtt_dial(client);
    reason = mote_umqtt_until(client, is_connected, timeout_ms);
    if (!mote_umqtt_is_connected(client) && client->state != MOTE_UMQTT_STOPPED)
        mote_umqtt_stop(client, client->link.reason == MOTE_OK ? MOTE_TCP_TIMEOUT : client->link.reason);
    return mote_umqtt_is_connected(client) || client->interrupted ? MOTE_OK : client->reason;
}

/* What comes in meanwhile is not looked at any more. */
static void say_goodbye(struct mote_umqtt *client)
{
    uint64_t end_ms = mote_umqtt_now_ms(client) + GOODBYE_MS;

    mote_session_close(&client->session, 0, NULL);
    client->unsent = true;
    mote_umqtt_send_output(client);
    while (client->link.state == MOTE_LINK_OPEN && client->unsent && mote_umqtt_now_ms(client) < end_ms &&
           !is_interrupted(client)) {
        client->port->wait(client->port->context, end_ms);
        mote_umqtt_send_output(client);
    }
}

void mote_umqtt_disconnect(struct mote_umqtt *client)
{
    client->leaving = client->handling;
    if (client->handling)
        return;
    client->interrupted = false;
    if (mote_umqtt_is_connected(client))
        say_goodbye(client);
    client->reconnects = false;
    if (client->state != MOTE_UMQTT_STOPPED)
        mote_umqtt_stop(client, MOTE_OK);
}

/* --- Listening --- */

static bool has_message(struct mote_umqtt *client)
{
    return client->last_head != 0;
}

enum mote_reason mote_umqtt_wait(struct mote_umqtt *client)
{
    enum mote_reason reason;

    if (client->handling)
        return MOTE_OK;
    forget_last_call(client);
    client->one_message = true;
    reason = mote_umqtt_until(client, has_message, UINT32_MAX);
    client->one_message = false;
    return reason;
}

enum mote_reason mote_umqtt_ping(struct mote_umqtt *client)
{
    enum mote_reason reason = mote_umqtt_check(client);

    if (reason != MOTE_OK || !mote_umqtt_is_connected(client))
        return reason;
    mote_session_ping(&client->session);
    mote_umqtt_send_output(client);
    return MOTE_OK;
}
