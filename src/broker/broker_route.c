/* From a publication to its receivers. */
#include "engine.h"

#include <mote/topic.h>

struct routing {
    struct mote_broker *broker;
    struct mote_broker_publication *publication;
    struct mote_broker_session *receivers; /* by ordinary subscriptions, linked by matched_next */
    size_t delivered;
};

static bool may_receive(struct mote_broker_session *session, struct mote_text topic)
{
    struct mote_broker *broker = session->broker;
    struct mote_broker_access access = {
        .action = MOTE_BROKER_RECEIVE,
        .client = session->client,
        .client_id = mote_broker_session_id(session),
        .has_username = session->username != NULL,
        .username = mote_broker_text(session->username, session->username_size),
        .topic = topic,
    };

    return !broker->config.authorize_receive || mote_broker_authorize(broker, &access) == MOTE_OK;
}

static bool deliver_now(struct mote_broker_session *session, struct mote_broker_publication *publication, bool retain,
                        size_t identifier_count)
{
    struct mote_broker *broker = session->broker;
    struct mote_broker_sending sending = {.retain = retain, .identifier_count = identifier_count};
    struct mote_broker_client *client = session->client;

    if (client == NULL || client->state != BROKER_CONNECTED)
        return false;
    if (client->output_size >= broker->config.output_max) {
        broker->counters.dropped_output++;
        return false;
    }
    switch (mote_broker_output_publish(client, publication, &sending)) {
    case BROKER_TOO_LARGE:
        broker->counters.dropped_size++;
        return false;
    case BROKER_NO_MEMORY:
        broker->counters.dropped_output++;
        return false;
    default:
        return true;
    }
}

/* Retained messages of QoS 0 come in a burst that the receiver has asked for: what does not fit now, waits. */
static bool can_go_now(const struct mote_broker_session *session)
{
    bool nothing_waits = session->queue == NULL || mote_broker_list_is_empty(&session->queue->waiting);

    return nothing_waits && session->client->output_size < session->broker->config.output_max;
}

bool mote_broker_deliver(struct mote_broker_session *session, struct mote_broker_publication *publication,
                         enum mote_qos qos, bool retain, size_t identifier_count, bool is_replay)
{
    enum mote_qos lower = qos < publication->message.qos ? qos : publication->message.qos;

    if (!may_receive(session, publication->message.topic))
        return false;
    if (lower == MOTE_QOS_0 && (!is_replay || can_go_now(session)))
        return deliver_now(session, publication, retain, identifier_count);
    return mote_broker_queue_add(session, publication, lower, retain, identifier_count, is_replay);
}

/* One message for a session, at the highest QoS and with the identifiers of all its subscriptions that match.
 * [MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4] */
static bool deliver_matched(struct routing *routing, struct mote_broker_session *session)
{
    struct mote_broker *broker = routing->broker;
    struct mote_broker_publication *publication = routing->publication;
    enum mote_qos qos = MOTE_QOS_0;
    size_t identifiers = 0;
    bool retain = false;

    for (struct mote_broker_subscription *s = session->matched; s != NULL; s = s->matched_next) {
        if (s->qos > qos)
            qos = (enum mote_qos)s->qos;
        retain |= s->retain_as_published && publication->message.retain;
        if (s->identifier != 0)
            broker->items[identifiers++] = (struct mote_property){
                .id = MOTE_SUBSCRIPTION_IDENTIFIER,
                .number = s->identifier,
            };
    }
    return mote_broker_deliver(session, publication, qos, retain, identifiers, false);
}

static void collect(struct routing *routing, struct mote_broker_subscription *list)
{
    for (struct mote_broker_subscription *s = list; s != NULL; s = s->next) {
        struct mote_broker_session *session = s->session;
        if (s->no_local && session->serial == routing->publication->origin) /* [MQTT-3.8.3-3] */
            continue;
        if (session->mark != routing->broker->mark) {
            session->mark = routing->broker->mark;
            session->matched = NULL;
            session->matched_next = routing->receivers;
            routing->receivers = session;
        }
        s->matched_next = session->matched;
        session->matched = s;
    }
}

/* How much is to be said for this member: connected and reading, connected, at least kept. */
static int fitness(const struct mote_broker_subscription *member, enum mote_qos qos)
{
    const struct mote_broker_session *session = member->session;
    bool queues = qos != MOTE_QOS_0 && member->qos != 0;

    if (session->client == NULL || session->client->state != BROKER_CONNECTED)
        return queues ? 1 : 0;
    if (queues ? mote_broker_queue_is_full(session)
               : session->client->output_size >= session->broker->config.output_max)
        return 2;
    return 3;
}

/* Gives it to the next member in turn that can take it. */
static void deliver_to_group(struct routing *routing, struct mote_broker_group *group)
{
    struct mote_broker_subscription *member = group->turn;
    struct mote_broker_subscription *best = member;
    int best_fitness = -1;
    size_t identifiers = 0;

    do {
        int fit = fitness(member, routing->publication->message.qos);
        if (fit > best_fitness) {
            best = member;
            best_fitness = fit;
        }
        member = member->next != NULL ? member->next : group->members;
    } while (member != group->turn && best_fitness < 3);
    group->turn = best->next != NULL ? best->next : group->members;
    if (best->identifier != 0)
        routing->broker->items[identifiers++] = (struct mote_property){
            .id = MOTE_SUBSCRIPTION_IDENTIFIER,
            .number = best->identifier,
        };
    routing->delivered +=
        mote_broker_deliver(best->session, routing->publication, (enum mote_qos)best->qos,
                            best->retain_as_published && routing->publication->message.retain, identifiers, false);
}

static void take_node(struct routing *routing, const struct mote_broker_node *node)
{
    if (node == NULL)
        return;
    collect(routing, node->subscriptions);
    for (struct mote_broker_group *group = node->groups; group != NULL; group = group->next)
        deliver_to_group(routing, group);
}

struct step {
    const struct mote_broker_node *node;
    size_t offset;
};

/* Walks down the tree along the topic. At each level the `+` beside the level itself is put aside, so what is
 * put aside is never more than one step for each level. */
static void match(struct routing *routing)
{
    const struct mote_broker_tree *tree = &routing->broker->subscriptions;
    struct mote_text topic = routing->publication->message.topic;
    struct step aside[MOTE_BROKER_LEVELS_MAX + 1];
    size_t count = 1;
    bool is_special = topic.data[0] == '$'; /* [MQTT-4.7.2-1] */

    aside[0] = (struct step){tree->root, 0};
    while (count > 0) {
        struct step at = aside[--count];
        while (at.node != NULL) {
            bool wild = !(is_special && at.node == tree->root);
            struct mote_text level;
            if (wild)
                take_node(routing, mote_broker_tree_child(tree, at.node, MOTE_TEXT("#")));
            if (!mote_broker_tree_level(topic, &at.offset, &level)) {
                take_node(routing, at.node);
                break;
            }
            const struct mote_broker_node *plus = wild ? mote_broker_tree_child(tree, at.node, MOTE_TEXT("+")) : NULL;
            if (plus != NULL) {
                MOTE_ASSERT(count < sizeof aside / sizeof aside[0]);
                aside[count++] = (struct step){plus, at.offset};
            }
            at.node = mote_broker_tree_child(tree, at.node, level);
        }
    }
}

/* A mark of long ago must not be taken for a new one. */
static void next_mark(struct mote_broker *broker)
{
    broker->mark++;
    if (broker->mark != 0)
        return;
    for (uint32_t i = 0; i < broker->session_buckets; i++) {
        for (struct mote_broker_session *s = broker->sessions[i]; s != NULL; s = s->bucket_next)
            s->mark = 0;
    }
    broker->mark = 1;
}

size_t mote_broker_route(struct mote_broker *broker, struct mote_broker_publication *publication)
{
    struct routing routing = {.broker = broker, .publication = publication};

    if (broker->subscriptions.count == 0)
        return 0;
    next_mark(broker);
    match(&routing);
    for (struct mote_broker_session *session = routing.receivers; session != NULL; session = session->matched_next)
        routing.delivered += deliver_matched(&routing, session);
    return routing.delivered;
}

static enum mote_broker_taken take(struct mote_broker *broker, struct mote_broker_publication *publication,
                                   size_t *delivered)
{
    uint32_t dropped = broker->counters.dropped_queue;

    *delivered = 0;
    if (publication->message.retain && mote_broker_retain(broker, publication) != MOTE_OK)
        return BROKER_REFUSED;
    *delivered = mote_broker_route(broker, publication);
    if (*delivered > 0)
        return BROKER_TAKEN;
    return broker->counters.dropped_queue == dropped ? BROKER_UNHEARD : BROKER_DROPPED;
}

enum mote_broker_taken mote_broker_take(struct mote_broker *broker, struct mote_broker_publication *publication,
                                        const struct mote_broker_session *publisher)
{
    struct mote_broker_event event = {.type = MOTE_BROKER_PUBLISHED, .client_id = {"", 0}};
    enum mote_broker_taken taken;

    broker->counters.messages_received++;
    taken = take(broker, publication, &event.delivered);
    mote_broker_sys_changed(broker);
    if (taken == BROKER_REFUSED)
        return taken;
    if (publisher != NULL) {
        event.client = publisher->client;
        event.client_id = mote_broker_session_id(publisher);
        event.version = (enum mote_mqtt_version)publisher->version;
    }
    event.message = &publication->message;
    mote_broker_observe(broker, &event);
    return taken;
}

/* The host's properties may lie in a list, all others come encoded: the codec makes these out of those. */
static bool encode_properties(struct mote_broker *broker, struct mote_broker_publication *publication)
{
    struct mote_message head = publication->message;
    struct mote_text body;
    struct mote_header header;
    struct mote_fault fault;
    bool is_stored = false;

    head.payload = (struct mote_text){"", 0};
    head.qos = MOTE_QOS_0;
    head.duplicate = false;
    size_t size = mote_codec_encode_publish(NULL, SIZE_MAX, MOTE_MQTT_5, &head);
    uint8_t *bytes = mote_broker_resize(broker, NULL, 0, size);
    if (bytes == NULL)
        return false;
    mote_codec_encode_publish(bytes, size, MOTE_MQTT_5, &head);
    if (mote_codec_header(mote_broker_text(bytes, size), MOTE_MQTT_5, &header, &fault) == MOTE_DECODED) {
        body = mote_broker_text(bytes + header.size, header.remaining);
        if (mote_codec_decode_publish(&header, MOTE_MQTT_5, body, &head, &fault) == MOTE_DECODED) {
            publication->message.properties = head.properties;
            is_stored = mote_broker_publication_store(broker, publication);
        }
    }
    mote_broker_release(broker, bytes, size);
    return is_stored;
}

enum mote_reason mote_broker_publish(struct mote_broker *broker, const struct mote_message *message, uint64_t now_ms)
{
    struct mote_broker_publication publication = {.message = *message, .expires_ms = MOTE_NEVER};
    struct mote_property expiry;
    struct mote_fault fault;
    enum mote_broker_taken taken = BROKER_REFUSED;

    mote_broker_set_time(broker, now_ms);
    if (!mote_topic_is_name(message->topic) || message->source != NULL ||
        message->payload.length > broker->config.packet_size_max ||
        !mote_codec_check_properties(&message->properties, MOTE_PUBLISH, &fault))
        return MOTE_CONFIG_INVALID;
    if (mote_properties_find(&message->properties, MOTE_MESSAGE_EXPIRY_INTERVAL, &expiry))
        publication.expires_ms = mote_broker_after_s(broker->now_ms, expiry.number);
    if ((message->properties.encoded.length == 0 && message->properties.count == 0) ||
        encode_properties(broker, &publication))
        taken = mote_broker_take(broker, &publication, NULL);
    mote_broker_message_drop(broker, publication.stored);
    mote_broker_settle(broker);
    return taken == BROKER_REFUSED ? MOTE_MQTT_QUOTA : MOTE_OK;
}
