#include "engine.h"

#define SWEEP_PERIOD_MS 60000

static uint32_t bytes_of(const struct mote_broker_message *message)
{
    return message->topic_size + message->properties_size + message->payload_size;
}

static void clear(struct mote_broker *broker, struct mote_broker_node *node)
{
    if (node->retained != NULL) {
        broker->counters.retained--;
        broker->counters.retained_bytes -= bytes_of(node->retained);
        mote_broker_message_drop(broker, node->retained);
        node->retained = NULL;
    }
    mote_broker_tree_prune(broker, &broker->retained, node);
}

static bool is_within_limits(const struct mote_broker *broker, const struct mote_broker_node *node,
                             const struct mote_message *message)
{
    const struct mote_broker_config *config = &broker->config;
    const struct mote_broker_message *old = node == NULL ? NULL : node->retained;
    size_t size = message->topic.length + message->properties.encoded.length + message->payload.length;
    size_t before = broker->counters.retained_bytes - (old == NULL ? 0 : bytes_of(old));

    if (old == NULL && broker->counters.retained >= config->retained_max)
        return false;
    return size <= config->retained_bytes_max && before <= config->retained_bytes_max - size &&
           mote_broker_tree_levels(message->topic) <= config->topic_levels_max;
}

/* The next node in the order parent, children, siblings, without leaving `top`. */
static struct mote_broker_node *next_node(struct mote_broker_node *node, const struct mote_broker_node *top)
{
    if (node->first_child != NULL)
        return node->first_child;
    while (node != top && node->next == NULL)
        node = node->parent;
    return node == top ? NULL : node->next;
}

static bool has_expired(const struct mote_broker *broker, const struct mote_broker_message *message)
{
    return message->expires_ms <= broker->now_ms;
}

/* Removing a node may remove those above it, but the next one of the walk is never above it. */
static void sweep(void *context)
{
    struct mote_broker *broker = context;
    struct mote_broker_node *root = broker->retained.root;
    struct mote_broker_node *node = root;
    bool more = false;

    while (node != NULL) {
        struct mote_broker_node *next = next_node(node, root);
        if (node->retained != NULL && has_expired(broker, node->retained)) {
            broker->counters.expired++;
            clear(broker, node);
        } else if (node->retained != NULL) {
            more |= node->retained->expires_ms != MOTE_NEVER;
        }
        node = next;
    }
    if (more)
        mote_after(&broker->sched, &broker->sweep_timer, SWEEP_PERIOD_MS, sweep, broker);
}

static bool keep(struct mote_broker *broker, struct mote_broker_node *node, struct mote_broker_publication *publication)
{
    if (!is_within_limits(broker, node, &publication->message) || !mote_broker_publication_store(broker, publication))
        return false;
    if (node == NULL)
        node = mote_broker_tree_make(broker, &broker->retained, publication->message.topic);
    if (node == NULL)
        return false;
    if (node->retained != NULL)
        broker->counters.retained_bytes -= bytes_of(node->retained);
    else
        broker->counters.retained++;
    mote_broker_message_drop(broker, node->retained);
    publication->stored->references++;
    node->retained = publication->stored;
    broker->counters.retained_bytes += bytes_of(node->retained);
    if (publication->expires_ms != MOTE_NEVER && !mote_timer_is_running(&broker->sweep_timer))
        mote_after(&broker->sched, &broker->sweep_timer, SWEEP_PERIOD_MS, sweep, broker);
    return true;
}

enum mote_reason mote_broker_retain(struct mote_broker *broker, struct mote_broker_publication *publication)
{
    const struct mote_message *message = &publication->message;
    struct mote_broker_node *node = mote_broker_tree_find(&broker->retained, message->topic);

    if (message->payload.length > 0) {
        if (!keep(broker, node, publication))
            return MOTE_MQTT_QUOTA;
    } else if (node != NULL && node->retained != NULL) { /* [MQTT-3.3.1-6] [MQTT-3.3.1-7] */
        clear(broker, node);
    }
    mote_broker_observe(broker, &(struct mote_broker_event){.type = MOTE_BROKER_RETAINED, .message = message});
    return MOTE_OK;
}

static void replay_one(const struct mote_broker_subscription *subscription, const struct mote_broker_node *node)
{
    struct mote_broker *broker = subscription->session->broker;
    struct mote_broker_message *message = node->retained;
    struct mote_broker_publication publication;
    size_t identifiers = 0;

    if (message == NULL || has_expired(broker, message) ||
        (subscription->no_local && message->origin == subscription->session->serial))
        return;
    mote_broker_publication_of(message, &publication);
    if (subscription->identifier != 0)
        broker->items[identifiers++] = (struct mote_property){
            .id = MOTE_SUBSCRIPTION_IDENTIFIER,
            .number = subscription->identifier,
        };
    mote_broker_deliver(subscription->session, &publication, (enum mote_qos)subscription->qos, true, identifiers, true);
}

static bool is_special(const struct mote_broker_node *node)
{
    return node->size > 0 && node->level[0] == '$';
}

/* The first from here on that a wildcard takes: none at the root that begins with `$`. [MQTT-4.7.2-1] */
static struct mote_broker_node *skip_special(struct mote_broker_node *node, const struct mote_broker_node *root)
{
    while (node != NULL && node->parent == root && is_special(node))
        node = node->next;
    return node;
}

/* `#`: the node itself and all below it. */
static void replay_below(const struct mote_broker_subscription *subscription, struct mote_broker_node *top)
{
    const struct mote_broker_node *root = subscription->session->broker->retained.root;
    struct mote_broker_node *node = top;

    while (node != NULL && !mote_broker_queue_is_full_of_replays(subscription->session)) {
        replay_one(subscription, node);
        node = skip_special(next_node(node, top), root);
    }
}

struct step {
    struct mote_broker_node *node; /* it matches the filter's levels before `offset`, and so do those next to it */
    size_t offset;
};

/* Follows the filter down from one node to its end, or to a `+`, which it returns as the next step. */
static struct step follow(const struct mote_broker_subscription *subscription, struct mote_text filter, struct step at)
{
    const struct mote_broker_tree *tree = &subscription->session->broker->retained;
    struct mote_text level;

    while (at.node != NULL && mote_broker_tree_level(filter, &at.offset, &level)) {
        if (mote_text_equals(level, "+"))
            return (struct step){skip_special(at.node->first_child, tree->root), at.offset};
        if (mote_text_equals(level, "#")) {
            replay_below(subscription, at.node);
            return (struct step){NULL, 0};
        }
        at.node = mote_broker_tree_child(tree, at.node, level);
    }
    if (at.node != NULL)
        replay_one(subscription, at.node);
    return (struct step){NULL, 0};
}

/* A step that is put aside stands for a node and its later brothers, so there is one for each level at most. Where
 * there is no room for more, the walk ends: a client may ask for everything as often as it likes. */
void mote_broker_replay(struct mote_broker_session *session, struct mote_text filter)
{
    const struct mote_broker_subscription *subscription = mote_broker_subscription_find(session, filter);
    struct mote_broker_node *root = session->broker->retained.root;
    struct step aside[MOTE_BROKER_LEVELS_MAX + 1];
    size_t count = subscription == NULL || subscription->group != NULL ? 0 : 1;

    aside[0] = (struct step){root, 0};
    while (count > 0 && !mote_broker_queue_is_full_of_replays(session)) {
        struct step at = aside[--count];
        struct step brother = {skip_special(at.node->next, root), at.offset};
        if (brother.node != NULL)
            aside[count++] = brother;
        struct step below = follow(subscription, filter, at);
        if (below.node != NULL) {
            MOTE_ASSERT(count < sizeof aside / sizeof aside[0]);
            aside[count++] = below;
        }
    }
    session->broker->counters.dropped_queue += count > 0;
}

void mote_broker_retained_free(struct mote_broker *broker)
{
    for (struct mote_broker_node *node = broker->retained.root, *next; node != NULL; node = next) {
        next = next_node(node, broker->retained.root);
        if (node->retained != NULL)
            clear(broker, node);
    }
}
