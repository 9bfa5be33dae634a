/* The connection: made, kept, lost, made again. Nothing here waits. */
#include "umqtt_parts.h"

#include "mqtt/codec.h"
#include "sched/backoff.h"

#define OPEN_TIMEOUT_MS 20000u
#define RETRY_MIN_MS 1000u
#define RETRY_MAX_MS 30000u

/* A session that has held so long ends a row of failures. */
#define HELD_MS 30000u

/* Without keep-alive: how long the broker may be silent before it is asked. */
#define SILENCE_MS 60000u

/* Of one turn. What is left then is there at the next. */
enum { READS_MAX = 64 };

static const struct mote_link_port *link_port(const struct mote_umqtt *client)
{
    return client->port->link;
}

enum mote_reason mote_umqtt_why_stopped(const struct mote_umqtt *client)
{
    return client->reason == MOTE_OK ? MOTE_TCP_RESET : client->reason;
}

void mote_umqtt_init(struct mote_umqtt *client)
{
    client->state = MOTE_UMQTT_STOPPED;
    client->is_new = true;
}

/* --- Losing it --- */

static void hang_up(struct mote_umqtt *client, enum mote_reason reason)
{
    link_port(client)->close(client->port->context, &client->link, false);
    if (!client->is_new)
        mote_session_closed(&client->session);
    mote_umqtt_filters_lost(client);
    client->reason = reason;
    client->losses++;
}

void mote_umqtt_stop(struct mote_umqtt *client, enum mote_reason reason)
{
    hang_up(client, reason);
    client->state = MOTE_UMQTT_STOPPED;
}

void mote_umqtt_lose(struct mote_umqtt *client, enum mote_reason reason)
{
    uint64_t now_ms = mote_umqtt_now_ms(client);

    if (!client->reconnects) {
        mote_umqtt_stop(client, reason);
        return;
    }
    if (mote_umqtt_is_connected(client) && now_ms - client->connected_ms >= HELD_MS)
        client->failures = 0;
    hang_up(client, reason);
    client->state = MOTE_UMQTT_WAITING;
    client->retry_ms = now_ms + mote_backoff_ms(client->port->random(client->port->context), ++client->failures,
                                                RETRY_MIN_MS, RETRY_MAX_MS);
}

/* --- Making it --- */

void mote_umqtt_dial(struct mote_umqtt *client)
{
    enum mote_reason reason;

    client->state = MOTE_UMQTT_OPENING;
    client->open_by_ms = mote_umqtt_now_ms(client) + OPEN_TIMEOUT_MS;
    reason = link_port(client)->open(client->port->context, &client->link, &client->url);
    if (reason != MOTE_OK)
        mote_umqtt_lose(client, reason);
}

static void greet(struct mote_umqtt *client)
{
    uint64_t now_ms = mote_umqtt_now_ms(client);
    enum mote_reason reason = mote_session_open(&client->session, now_ms);

    if (reason != MOTE_OK) {
        mote_umqtt_stop(client, reason);
        return;
    }
    client->state = MOTE_UMQTT_CONNECTING;
    client->heard_ms = now_ms;
    mote_umqtt_send_output(client);
}

/* A port may notice that a link has opened only while it waits. */
static void follow_opening(struct mote_umqtt *client)
{
    if (client->link.state == MOTE_LINK_OPENING)
        client->port->wait(client->port->context, mote_umqtt_now_ms(client));
    if (client->link.state == MOTE_LINK_OPEN)
        greet(client);
    else if (client->link.state == MOTE_LINK_FAILED)
        mote_umqtt_lose(client, client->link.reason);
    else if (mote_umqtt_now_ms(client) >= client->open_by_ms)
        mote_umqtt_lose(client, client->link.reason == MOTE_OK ? MOTE_TCP_TIMEOUT : client->link.reason);
}

static void connected(struct mote_umqtt *client, const struct mote_session_event *event)
{
    client->state = MOTE_UMQTT_CONNECTED;
    client->session_present = event->session_present;
    client->reconnects = !client->strict;
    client->reason = MOTE_OK;
    client->connected_ms = mote_umqtt_now_ms(client);
    mote_umqtt_filters_connected(client, event->session_present);
}

/* --- Talking --- */

void mote_umqtt_send_output(struct mote_umqtt *client)
{
    while (client->link.state == MOTE_LINK_OPEN) {
        struct mote_text output = mote_session_output(&client->session);
        size_t taken = 0;

        if (output.length > 0)
            taken = link_port(client)->send(client->port->context, &client->link, output.data, output.length);
        client->unsent = output.length > 0;
        if (taken == 0)
            break;
        mote_session_sent(&client->session, taken, mote_umqtt_now_ms(client));
    }
}

static uint8_t publish_head(const struct mote_message *message)
{
    return (uint8_t)((unsigned)MOTE_PUBLISH << 4 | (unsigned)message->duplicate << 3 | (unsigned)message->qos << 1 |
                     message->retain);
}

/* Acknowledged at once, for the program may not call again for long. */
static void handle_message(struct mote_umqtt *client, const struct mote_message *message)
{
    client->handling = true;
    if (!client->on_message(message, client->context))
        client->interrupted = true;
    client->handling = false;
    if (!mote_message_is_last(message))
        return;
    client->last_head = publish_head(message);
    if (message->qos != MOTE_QOS_0)
        mote_session_acknowledge(&client->session, 0, NULL);
}

/* Returns false if there is no connection any more. */
static bool take_event(struct mote_umqtt *client, const struct mote_session_event *event)
{
    switch (event->type) {
    case MOTE_EVENT_CONNECTED:
        connected(client, event);
        break;
    case MOTE_EVENT_MESSAGE:
        handle_message(client, &event->message);
        break;
    case MOTE_EVENT_DROPPED:
        client->dropped++;
        break;
    case MOTE_EVENT_PUBLISHED:
        if (event->packet_id == client->awaited_id)
            client->answer = event->reason_code;
        break;
    case MOTE_EVENT_SUBSCRIBED:
    case MOTE_EVENT_UNSUBSCRIBED:
        mote_umqtt_filter_answered(client, event);
        break;
    case MOTE_EVENT_REFUSED:
        client->refusal = event->reason_code;
        mote_umqtt_lose(client, event->reason);
        return false;
    case MOTE_EVENT_DISCONNECTED:
    case MOTE_EVENT_FAILED:
        mote_umqtt_send_output(client);
        mote_umqtt_lose(client, event->reason);
        return false;
    default:
        break;
    }
    return true;
}

static bool wants_more(const struct mote_umqtt *client)
{
    return !client->interrupted && !client->leaving && !(client->one_message && client->last_head != 0);
}

static bool take_events(struct mote_umqtt *client)
{
    struct mote_session_event event;

    while (wants_more(client) && mote_session_next(&client->session, mote_umqtt_now_ms(client), &event)) {
        if (!take_event(client, &event))
            return false;
    }
    return true;
}

static bool take_bytes(struct mote_umqtt *client)
{
    size_t size, got = 0;
    uint8_t *into = mote_session_receive_space(&client->session, &size);

    if (size > 0 && client->link.state == MOTE_LINK_OPEN)
        got = link_port(client)->receive(client->port->context, &client->link, into, size);
    if (got == 0)
        return false;
    client->heard_ms = mote_umqtt_now_ms(client);
    mote_session_received(&client->session, got, client->heard_ms);
    return true;
}

static bool asks_by_itself(const struct mote_umqtt *client)
{
    return mote_umqtt_is_connected(client) && client->config.keep_alive_s == 0;
}

static void ask_the_silent(struct mote_umqtt *client)
{
    uint64_t now_ms = mote_umqtt_now_ms(client);

    if (!asks_by_itself(client) || now_ms - client->heard_ms < SILENCE_MS)
        return;
    client->heard_ms = now_ms;
    mote_session_ping(&client->session);
}

/* Reads before it looks at the time: an answer that lies there already has not come too late. */
static void exchange(struct mote_umqtt *client)
{
    unsigned reads = 0;
    bool got;

    do {
        got = take_bytes(client);
        if (!take_events(client))
            return;
        mote_umqtt_ask(client);
        mote_umqtt_send_output(client);
    } while (got && wants_more(client) && ++reads < READS_MAX);
    if (client->link.state == MOTE_LINK_FAILED && wants_more(client)) {
        mote_umqtt_lose(client, client->link.reason);
        return;
    }
    ask_the_silent(client);
    mote_umqtt_send_output(client);
}

enum mote_reason mote_umqtt_turn(struct mote_umqtt *client)
{
    if (client->handling)
        return MOTE_OK;
    if (client->state == MOTE_UMQTT_WAITING && mote_umqtt_now_ms(client) >= client->retry_ms)
        mote_umqtt_dial(client);
    if (client->state == MOTE_UMQTT_OPENING)
        follow_opening(client);
    if (client->state == MOTE_UMQTT_CONNECTING || client->state == MOTE_UMQTT_CONNECTED)
        exchange(client);
    if (client->leaving)
        mote_umqtt_disconnect(client);
    return client->state == MOTE_UMQTT_STOPPED ? mote_umqtt_why_stopped(client) : MOTE_OK;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t mote_umqtt_deadline(const struct mote_umqtt *client)
{
    switch (client->state) {
    case MOTE_UMQTT_WAITING:
        return client->retry_ms;
    case MOTE_UMQTT_OPENING:
        return client->open_by_ms;
    case MOTE_UMQTT_CONNECTING:
    case MOTE_UMQTT_CONNECTED:
        return earlier(mote_session_deadline(&client->session),
                       asks_by_itself(client) ? client->heard_ms + SILENCE_MS : MOTE_NEVER);
    case MOTE_UMQTT_STOPPED:
        break;
    }
    return MOTE_NEVER;
}
