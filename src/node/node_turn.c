/* A node's turn: WiFi, then the broker's name and connection, then the session, then what there is to say. Each step does
 * what can be done at this moment and leaves the rest to a later turn. */
#include "node/inside.h"

#include "mqtt/codec.h"
#include "text/assert.h"
#include "wifi/supervisor.h"

enum { SENDS_PER_TURN = 64 };

/* What one turn may still take. */
struct budget {
    unsigned events;
    unsigned sends;
};

static bool has_link(const struct mote_node *node)
{
    return node->link.state != MOTE_LINK_CLOSED;
}

static bool is_connected(const struct mote_node *node)
{
    return has_link(node) && node->link.state != MOTE_LINK_OPENING;
}

/* --- Losing the broker --- */

/* An outage is known by what began it. */
static void note_outage(struct mote_node *node, enum mote_reason reason)
{
    if (node->outage || reason == MOTE_OK)
        return;
    node->outage = true;
    node->last_reason = reason;
}

static enum mote_node_end how_it_ended(const struct mote_node *node, enum mote_reason reason)
{
    if (node->state != MOTE_NODE_ONLINE)
        return MOTE_END_ATTEMPT;
    return reason == MOTE_TCP_RESET && node->link.state == MOTE_LINK_FAILED &&
                   node->session.state == MOTE_SESSION_CONNECTED
               ? MOTE_END_CUT
               : MOTE_END_SESSION;
}

static void lose(struct mote_node *node, enum mote_reason reason)
{
    enum mote_node_end end = how_it_ended(node, reason);

    mote_node_hang_up(node, false);
    if (node->stopping) {
        mote_node_enter(node, MOTE_NODE_STOPPED, MOTE_OK);
        return;
    }
    reason = mote_node_retry(node, reason, end);
    note_outage(node, reason);
    mote_node_enter(node, MOTE_NODE_WAITING, reason);
}

/* There is something better to do than to wait. */
static void begin_anew(struct mote_node *node)
{
    mote_node_hang_up(node, false);
    node->attempt_ms = node->sched.now_ms;
    mote_node_enter(node, MOTE_NODE_WAITING, node->reason);
}

/* --- Getting to the broker --- */

static bool uses_wifi(const struct mote_node *node)
{
    return node->port->radio != NULL && (node->config.networks[0].ssid != NULL || node->guest != NULL);
}

/* WiFi has its own backoff: what it breaks off does not count against the broker. */
static bool has_network(struct mote_node *node)
{
    if (!uses_wifi(node))
        return true;
    if (mote_supervisor_turn(&node->wifi, &node->config, node->port, node->sched.now_ms))
        return true;
    mote_node_hang_up(node, true);
    note_outage(node, node->wifi.reason);
    node->attempt_ms = 0;
    mote_node_enter(node, MOTE_NODE_JOINING, node->wifi.reason);
    return false;
}

/* One that has none waits for somebody to name one. */
static bool has_broker(struct mote_node *node)
{
    if (node->config.broker != NULL)
        return true;
    node->attempt_ms = MOTE_NEVER;
    mote_node_enter(node, MOTE_NODE_WAITING, MOTE_CONFIG_INVALID);
    return false;
}

static void dial(struct mote_node *node)
{
    enum mote_reason reason = node->state == MOTE_NODE_JOINING ? MOTE_OK : node->reason;

    node->deadline_ms = node->sched.now_ms + node->config.connect_timeout_ms;
    mote_node_enter(node, MOTE_NODE_CONNECTING, reason);
    if (node->state != MOTE_NODE_CONNECTING)
        return;
    node->retry.words = NULL;
    node->link.options = &node->config.link;
    node->port->link->open(node->port->context, &node->link, &node->url); /* what comes of it shows in the link */
}

static void open_session(struct mote_node *node)
{
    enum mote_reason reason;

    node->session_config.clean_start = mote_node_brokers_are_new(node);
    reason = mote_session_open(&node->session, node->sched.now_ms);
    if (reason != MOTE_OK)
        lose(node, reason);
    else
        mote_node_subscriptions_restart(node);
}

static void come_online(struct mote_node *node)
{
    node->outage = false;
    mote_node_retry_online(node);
    mote_node_brokers_online(node);
    mote_node_reports_restart(node);
    mote_node_enter(node, MOTE_NODE_ONLINE, MOTE_OK);
    mote_node_outbox_complain(node);
}

/* --- Being connected --- */

static void send_output(struct mote_node *node, struct budget *budget)
{
    while (node->link.state == MOTE_LINK_OPEN && budget->sends > 0) {
        struct mote_text output = mote_session_output(&node->session);
        size_t taken = 0;

        if (output.length > 0)
            taken = node->port->link->send(node->port->context, &node->link, output.data, output.length);
        if (taken == 0)
            break;
        mote_session_sent(&node->session, taken, node->sched.now_ms);
        budget->sends--;
        if (taken < output.length)
            break;
    }
}

/* The session ends here; what it has to say about that is sent as far as the connection takes it. */
static void end_session(struct mote_node *node, enum mote_reason reason)
{
    if (mote_node_outbox_turn(node))
        send_output(node, &(struct budget){.sends = 1});
    lose(node, reason);
}

/* What the broker had of this client is gone: the next connection is the one that counts. */
static void take_clearing(struct mote_node *node)
{
    send_output(node, &(struct budget){.sends = 1});
    mote_node_outbox_connected(node, false);
    mote_node_brokers_take_session(node);
    begin_anew(node);
}

static void tell_observer(struct mote_node *node, const struct mote_session_event *event)
{
    if (event->type != MOTE_EVENT_MESSAGE && node->observer != NULL && node->observer->on_event != NULL)
        node->observer->on_event(node, event, node->observer->context);
}

static void take_event(struct mote_node *node, const struct mote_session_event *event)
{
    switch (event->type) {
    case MOTE_EVENT_CONNECTED:
        mote_node_outbox_connected(node, event->session_present);
        come_online(node);
        break;
    case MOTE_EVENT_CLEARED:
        take_clearing(node);
        break;
    case MOTE_EVENT_REFUSED:
    case MOTE_EVENT_DISCONNECTED:
        mote_node_redirect(node, event);
        end_session(node, event->reason);
        break;
    case MOTE_EVENT_FAILED:
        end_session(node, event->reason);
        break;
    case MOTE_EVENT_MESSAGE:
        mote_node_dispatch(node, &event->message);
        break;
    case MOTE_EVENT_PUBLISHED:
        if (!mote_node_outbox_answered(node, event))
            mote_node_reports_answered(node, event->packet_id);
        if (event->reason_code == MOTE_CODE_NOT_AUTHORIZED)
            mote_node_complain(node, MOTE_MQTT_NOT_AUTHORIZED);
        break;
    case MOTE_EVENT_SUBSCRIBED:
        if (mote_node_subscriptions_answered(node, event))
            mote_node_complain(node, MOTE_MQTT_NOT_AUTHORIZED);
        break;
    case MOTE_EVENT_DROPPED:
        mote_node_complain(node, event->reason);
        break;
    default:
        break;
    }
}

static void take_events(struct mote_node *node, struct budget *budget)
{
    struct mote_session_event event;

    while (budget->events > 0 && has_link(node) && !node->held &&
           mote_session_next(&node->session, node->sched.now_ms, &event)) {
        budget->events--;
        tell_observer(node, &event);
        if (has_link(node))
            take_event(node, &event);
    }
}

/* Returns whether there may be more. Without room for it the session has to get rid of something first. */
static bool take_bytes(struct mote_node *node)
{
    size_t size, got;
    uint8_t *into;

    if (node->link.state != MOTE_LINK_OPEN || node->held)
        return false;
    into = mote_session_receive_space(&node->session, &size);
    if (size == 0)
        return false;
    got = node->port->link->receive(node->port->context, &node->link, into, size);
    if (got > 0)
        mote_session_received(&node->session, got, node->sched.now_ms);
    return got == size;
}

/* To the first broker, from a fallback. */
static void change_broker(struct mote_node *node)
{
    if (!node->unkept)
        send_output(node, &(struct budget){.sends = 1});
    mote_node_brokers_return(node);
    begin_anew(node);
}

static void say_goodbye(struct mote_node *node)
{
    bool said = !node->reports_due && !node->unkept && mote_session_is_idle(&node->session);

    if (!said && node->sched.now_ms < node->deadline_ms)
        return;
    mote_session_close(&node->session, 0, NULL);
    if (node->stopping)
        end_session(node, MOTE_OK);
    else
        change_broker(node);
}

/* Reads before it looks at the time: an answer that lies there already has not come too late. What is published and
 * acknowledged on the way is sent together in the end. */
static void serve(struct mote_node *node)
{
    struct budget budget = {.events = MOTE_MESSAGES_PER_TURN, .sends = SENDS_PER_TURN};
    bool more;

    do {
        more = take_bytes(node);
        take_events(node, &budget);
    } while (more && budget.events > 0);
    if (node->held)
        mote_session_rest(&node->session, node->sched.now_ms);
    mote_node_subscriptions_send(node);
    mote_node_reports_send(node);
    if (mote_node_outbox_turn(node))
        send_output(node, &budget);
    node->work_left = has_link(node) && (budget.events == 0 || budget.sends == 0);
}

/* Looked at once all is read that came before, which a node that is held has not. */
static void watch_link(struct mote_node *node)
{
    enum mote_reason waits_for = node->link.reason;

    if (node->link.state == MOTE_LINK_FAILED && !node->work_left && !node->held)
        lose(node, node->link.reason);
    else if (node->state == MOTE_NODE_CONNECTING && node->sched.now_ms >= node->deadline_ms)
        lose(node, waits_for == MOTE_OK ? MOTE_TCP_TIMEOUT : waits_for);
    else if ((node->stopping || node->brokers.leaving) && node->state == MOTE_NODE_ONLINE)
        say_goodbye(node);
}

static void step(struct mote_node *node)
{
    bool on_network = has_network(node);

    if (node->stopping && node->state != MOTE_NODE_ONLINE) {
        mote_node_hang_up(node, false);
        mote_node_enter(node, MOTE_NODE_STOPPED, MOTE_OK);
    }
    if (!on_network || node->state == MOTE_NODE_STOPPED)
        return;
    if (!has_link(node) && node->sched.now_ms >= node->attempt_ms && has_broker(node))
        dial(node);
    if (node->link.state == MOTE_LINK_OPEN && node->session.state == MOTE_SESSION_IDLE)
        open_session(node);
    if (is_connected(node))
        serve(node);
    mote_node_brokers_turn(node);
    if (has_link(node))
        watch_link(node);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_turn(const struct mote_node *node)
{
    uint64_t next = earlier(mote_sched_deadline(&node->sched), mote_node_outbox_deadline(node));

    if (node->state == MOTE_NODE_STOPPED)
        return next;
    if (node->work_left)
        return node->sched.now_ms;
    if (uses_wifi(node))
        next = earlier(next, node->wifi.deadline_ms);
    if (node->state == MOTE_NODE_WAITING)
        next = earlier(next, node->attempt_ms);
    if (node->state == MOTE_NODE_CONNECTING || node->stopping || node->brokers.leaving)
        next = earlier(next, node->deadline_ms);
    next = earlier(next, mote_node_brokers_deadline(node));
    if (has_link(node) && node->held)
        next = earlier(next, mote_session_rest_deadline(&node->session));
    else if (has_link(node))
        next = earlier(next, mote_session_deadline(&node->session));
    return next;
}

static uint64_t turn_guest(struct mote_node *node)
{
    return node->guest == NULL ? MOTE_NEVER : node->guest->turn(node->guest, node);
}

uint64_t mote_node_turn(struct mote_node *node)
{
    uint64_t guest_ms;

    MOTE_ASSERT(!node->turning);
    node->has_begun = true;
    if (node->fault.reason != MOTE_OK)
        return MOTE_NEVER;
    node->turning = true;
    node->work_left = false;
    mote_sched_turn(&node->sched, node->port->now_ms(node->port->context));
    if (node->state != MOTE_NODE_STOPPED)
        step(node);
    if (!is_connected(node))
        mote_node_outbox_turn(node);
    guest_ms = turn_guest(node);
    node->turning = false;
    return earlier(guest_ms, next_turn(node));
}
