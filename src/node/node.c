/* A node's set-up, and what its program may ask of it; what it does by itself is in node_turn.c. */
#include "node/inside.h"
#include "wifi/supervisor.h"

#include <mote/topic.h>
#include <string.h>

enum {
    ID_MAX = 64,
};

enum mote_reason mote_node_blame(struct mote_node *node, enum mote_reason reason, const char *what, const char *why)
{
    if (node->has_begun || node->fault.reason != MOTE_OK)
        return reason;
    node->fault = (struct mote_node_fault){.reason = reason, .what = what, .why = why};
    node->state = MOTE_NODE_STOPPED;
    return reason;
}

bool mote_node_is_id(const char *id)
{
    struct mote_text text = mote_text(id);

    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '/')
            return false;
    }
    return text.length <= ID_MAX && mote_topic_is_name(text);
}

static void check_broker(struct mote_node *node)
{
    const char *words;

    if (node->config.broker == NULL)
        mote_node_blame(node, MOTE_CONFIG_INVALID, "broker", "no URL is given");
    else if (mote_url_parse(&node->url, mote_text(node->config.broker), node->url_memory, sizeof node->url_memory,
                            &words) != MOTE_OK)
        mote_node_blame(node, MOTE_CONFIG_INVALID, "broker", words);
    mote_node_brokers_check(node);
}

/* The session is told by its config, which it reads at each connect. */
void mote_node_introduce(struct mote_node *node)
{
    struct mote_session_config *session = &node->session_config;

    session->client_id = mote_text(node->config.id);
    session->has_username = node->url.has_username;
    session->username = node->url.username;
    session->has_password = node->url.has_password;
    session->password = node->url.password;
    if (node->config.will != NULL)
        session->will = *node->config.will;
    else if (!node->config.no_status)
        session->will = (struct mote_will){
            .topic = mote_text(node->status_topic), .payload = MOTE_TEXT("offline"), .qos = MOTE_QOS_1, .retain = true};
}

static void set_default(uint32_t *value, uint32_t otherwise)
{
    if (*value == 0)
        *value = otherwise;
}

static void set_defaults(struct mote_node_config *config)
{
    if (config->keep_alive_s == 0)
        config->keep_alive_s = 60;
    set_default(&config->retry_delay_ms_min, 1000);
    set_default(&config->retry_delay_ms_max, config->retry_delay_ms_min > 30000 ? config->retry_delay_ms_min : 30000);
    set_default(&config->retry_reset_after_ms, 30000);
    set_default(&config->wifi_attempt_ms, 15000);
    set_default(&config->connect_timeout_ms, 20000);
}

static void set_session(struct mote_node *node)
{
    struct mote_session_config *session = &node->session_config;

    *session = (struct mote_session_config){
        .version = node->config.version,
        .keep_session = node->config.keep_session,
        .session_expiry_s = node->config.session_expiry_s,
        .keep_alive_s = node->config.keep_alive_s,
        .connect_timeout_ms = node->config.connect_timeout_ms,
        .receive_buffer = node->receive_buffer,
        .receive_size = sizeof node->receive_buffer,
        .send_buffer = node->send_buffer,
        .send_size = sizeof node->send_buffer,
        .store = node->store,
        .store_size = sizeof node->store,
        .inflight = node->inflight,
        .inflight_count = MOTE_INFLIGHT_MAX,
        .received_ids = node->received_ids,
        .received_count = MOTE_RECEIVED_MAX,
    };
    if (node->config.outbox != NULL)
        session->own_ids_from = MOTE_OUTBOX_IDS;
    else if (node->config.keep_session) /* the broker may still know identifiers that a power cut has taken from here */
        session->first_packet_id = (uint16_t)(1 + (node->port->random(node->port->context) & 0x7FFF));
    mote_node_brokers_begin(node);
}

static void begin_session(struct mote_node *node)
{
    set_session(node);
    if (node->fault.reason != MOTE_OK)
        return;
    if (mote_session_init(&node->session, &node->session_config) == MOTE_OK)
        mote_node_outbox_restore(node);
    else
        mote_node_blame(node, MOTE_CONFIG_INVALID, "broker", "MQTT does not allow such a session");
}

enum mote_reason mote_node_init(struct mote_node *node, const struct mote_node_config *config)
{
    memset(node, 0, sizeof *node);
    node->config = *config;
    node->port = mote_port();
    node->sched.clock = node->port->now_ms;
    node->sched.clock_context = node->port->context;
    node->state = MOTE_NODE_WAITING;
    if (node->port->provide != NULL)
        node->port->provide(node->port->context, &node->config);
    set_defaults(&node->config);

    if (!mote_node_is_id(node->config.id) || !mote_node_topic(node, NULL, "status", node->status_topic))
        mote_node_blame(node, MOTE_CONFIG_INVALID, "node id", "1 to 64 bytes of UTF-8 without / + # are needed");
    mote_node_begin_wifi(node);
    check_broker(node);
    if (node->config.retry_delay_ms_min > node->config.retry_delay_ms_max)
        mote_node_blame(node, MOTE_CONFIG_INVALID, "retry delay", "the minimum is over the maximum");
    begin_session(node);
    return node->fault.reason;
}

void mote_node_do_without_broker(struct mote_node *node)
{
    if (node->fault.reason == MOTE_OK || node->config.broker != NULL ||
        !mote_text_equals(mote_text(node->fault.what), "broker"))
        return;
    node->fault = (struct mote_node_fault){.reason = MOTE_OK};
    node->state = MOTE_NODE_WAITING;
    begin_session(node);
}

enum mote_reason mote_node_set_broker(struct mote_node *node, const char *broker)
{
    char memory[MOTE_URL_SIZE];
    struct mote_url url;

    if (broker != NULL && mote_url_parse(&url, mote_text(broker), memory, sizeof memory, NULL) != MOTE_OK)
        return MOTE_CONFIG_INVALID;
    mote_node_hang_up(node, false);
    node->config.broker = broker;
    mote_node_brokers_restart(node);
    node->failures = 0;
    node->attempt_ms = 0;
    if (node->state != MOTE_NODE_STOPPED)
        mote_node_enter(node, MOTE_NODE_WAITING, MOTE_OK);
    return MOTE_OK;
}

/* The longest topics of each thing. */
bool mote_node_may_be(const struct mote_node *node, const char *id)
{
    size_t longest = sizeof "/status" - 1;

    for (const struct mote_switch *thing = node->switches; thing != NULL; thing = thing->next) {
        if (strlen(thing->name) + sizeof "//state" - 1 > longest)
            longest = strlen(thing->name) + sizeof "//state" - 1;
    }
    for (const struct mote_button *button = node->buttons; button != NULL; button = button->next) {
        if (strlen(button->name) + sizeof "//state" - 1 > longest)
            longest = strlen(button->name) + sizeof "//state" - 1;
    }
    return mote_node_is_id(id) && strlen(id) + longest < MOTE_TOPIC_SIZE;
}

bool mote_node_rename(struct mote_node *node, const char *id)
{
    if (!mote_node_may_be(node, id))
        return false;
    node->config.id = id;
    mote_node_topic(node, NULL, "status", node->status_topic);
    for (struct mote_switch *thing = node->switches; thing != NULL; thing = thing->next)
        mote_node_topic(node, thing->name, "set", thing->topic);
    mote_node_introduce(node);
    return true;
}

const struct mote_node_fault *mote_node_fault(const struct mote_node *node)
{
    return &node->fault;
}

/* --- Names and topics --- */

static bool append(char topic[MOTE_TOPIC_SIZE], size_t *length, const char *level)
{
    size_t size = strlen(level);

    if (size >= MOTE_TOPIC_SIZE - *length)
        return false;
    memcpy(topic + *length, level, size + 1);
    *length += size;
    return true;
}

bool mote_node_topic(const struct mote_node *node, const char *name, const char *last, char topic[MOTE_TOPIC_SIZE])
{
    size_t length = 0;

    if (!append(topic, &length, node->config.id) || !append(topic, &length, "/"))
        return false;
    if (name != NULL && (!append(topic, &length, name) || !append(topic, &length, "/")))
        return false;
    return append(topic, &length, last);
}

bool mote_node_may_name(const struct mote_node *node, const char *name)
{
    if (!mote_node_is_id(name) || strlen(name) > 32)
        return false;
    for (const struct mote_switch *thing = node->switches; thing != NULL; thing = thing->next) {
        if (mote_text_equals(mote_text(name), thing->name))
            return false;
    }
    for (const struct mote_button *button = node->buttons; button != NULL; button = button->next) {
        if (mote_text_equals(mote_text(name), button->name))
            return false;
    }
    return true;
}

/* --- State --- */

void mote_node_enter(struct mote_node *node, enum mote_node_state state, enum mote_reason reason)
{
    if (state == node->state && reason == node->reason)
        return;
    node->state = state;
    node->reason = reason;
    if (node->observer != NULL && node->observer->on_state != NULL)
        node->observer->on_state(node, node->observer->context);
}

void mote_node_complain(struct mote_node *node, enum mote_reason reason)
{
    if (node->state == MOTE_NODE_ONLINE)
        mote_node_enter(node, MOTE_NODE_ONLINE, reason);
}

void mote_node_hang_up(struct mote_node *node, bool abort)
{
    mote_timer_stop(&node->sched, &node->retry_reset);
    mote_node_brokers_stop_looking(node);
    if (node->link.state == MOTE_LINK_CLOSED)
        return;
    node->port->link->close(node->port->context, &node->link, abort);
    mote_session_closed(&node->session);
}

void mote_node_observe(struct mote_node *node, const struct mote_observer *observer)
{
    node->observer = observer;
}

enum mote_node_state mote_node_state(const struct mote_node *node)
{
    return node->state;
}

enum mote_reason mote_node_reason(const struct mote_node *node)
{
    return node->fault.reason != MOTE_OK ? node->fault.reason : node->reason;
}

const char *mote_node_words(const struct mote_node *node)
{
    return node->retry.words == NULL ? "" : node->retry.words;
}

const char *mote_node_state_name(enum mote_node_state state)
{
    static const char *const names[] = {
        [MOTE_NODE_STOPPED] = "stopped", [MOTE_NODE_JOINING] = "joining", [MOTE_NODE_CONNECTING] = "connecting",
        [MOTE_NODE_ONLINE] = "online",   [MOTE_NODE_WAITING] = "waiting",
    };

    return names[state];
}

void mote_node_stop(struct mote_node *node)
{
    if (node->stopping || node->state == MOTE_NODE_STOPPED)
        return;
    node->stopping = true;
    node->deadline_ms = node->port->now_ms(node->port->context) + MOTE_GOODBYE_MS;
    if (!node->config.no_status)
        mote_node_report(node, &node->status_report);
}

void mote_node_abort(struct mote_node *node)
{
    mote_node_hang_up(node, true);
    mote_node_enter(node, MOTE_NODE_STOPPED, MOTE_OK);
}

void mote_node_start(struct mote_node *node)
{
    if (node->fault.reason != MOTE_OK)
        return;
    if (node->stopping && !node->config.no_status)
        mote_node_report(node, &node->status_report);
    node->stopping = false;
    node->retry = (struct mote_node_retry){.cuts = 0};
    node->failures = 0;
    node->attempt_ms = 0;
    mote_supervisor_restart(&node->wifi);
    if (node->state == MOTE_NODE_STOPPED)
        mote_node_enter(node, MOTE_NODE_WAITING, MOTE_OK);
}

void mote_node_hold(struct mote_node *node, bool held)
{
    if (node->held)
        mote_session_rest(&node->session, node->port->now_ms(node->port->context));
    node->held = held;
}

/* --- Messages --- */

/* While it begins there is nothing wrong yet, but no connection either. */
static enum mote_reason offline_reason(const struct mote_node *node)
{
    return mote_node_reason(node) == MOTE_OK ? MOTE_TCP_RESET : mote_node_reason(node);
}

static enum mote_reason sent(struct mote_node *node, const struct mote_message *message, enum mote_reason reason)
{
    if (reason == MOTE_OK && node->observer != NULL && node->observer->on_message != NULL)
        node->observer->on_message(node, message, true, node->observer->context);
    return reason;
}

enum mote_reason mote_node_send(struct mote_node *node, const struct mote_message *message, uint16_t *packet_id)
{
    return sent(node, message, mote_session_publish(&node->session, message, packet_id));
}

enum mote_reason mote_node_publish_named(struct mote_node *node, const struct mote_message *message,
                                         uint16_t *packet_id)
{
    if (node->fault.reason != MOTE_OK)
        return node->fault.reason;
    if (message->qos == MOTE_QOS_0 && node->state != MOTE_NODE_ONLINE)
        return offline_reason(node);
    if (node->config.outbox != NULL && message->qos != MOTE_QOS_0)
        return sent(node, message, mote_node_outbox_put(node, message, packet_id));
    return mote_node_send(node, message, packet_id);
}

enum mote_reason mote_node_publish_message(struct mote_node *node, const struct mote_message *message)
{
    return mote_node_publish_named(node, message, NULL);
}

enum mote_reason mote_node_publish(struct mote_node *node, const char *topic, struct mote_text payload,
                                   enum mote_qos qos, bool retain)
{
    return mote_node_publish_message(
        node, &(struct mote_message){.topic = mote_text(topic), .payload = payload, .qos = qos, .retain = retain});
}

enum mote_reason mote_node_ping(struct mote_node *node)
{
    return node->state == MOTE_NODE_ONLINE ? mote_session_ping(&node->session) : offline_reason(node);
}
