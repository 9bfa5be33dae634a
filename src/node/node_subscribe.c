/* A node's subscriptions. Several callbacks may want the same messages, but a broker that is asked for overlapping filters
 * may send a copy for each of them, which cannot be told from a message that was published twice. So a filter that another
 * one includes is not asked for; that other one is asked for with what both of them want, and the node gives each message
 * to all callbacks whose filters it falls under. */
#include "node/inside.h"

#include <mote/topic.h>
#include <string.h>

enum {
    QOS_BITS = 3,
    RETAINED = MOTE_WITH_RETAINED,
    OF_THING = 0x40,
    LEAVING = 0x20,                  /* is to be given back */
    REFUSAL = 0x80,                  /* SUBACK codes from here on */
    PACKET_SIZE = 5 + 2 + 1 + 2 + 1, /* of a SUBSCRIBE without its filter */
};

enum {
    DUE,
    ASKED,
    GRANTED,
    REFUSED,
};

static const char share[] = "$share/";

static bool is_shared(const char *filter)
{
    return strlen(filter) >= sizeof share - 1 && memcmp(filter, share, sizeof share - 1) == 0;
}

/* Of a shared subscription, the filter that messages fall under. */
static struct mote_text plain_filter(const char *filter)
{
    if (!is_shared(filter))
        return mote_text(filter);
    for (filter += sizeof share - 1; *filter != '/';)
        filter++;
    return mote_text(filter + 1);
}

static const char *level_end(const char *level)
{
    while (*level != '\0' && *level != '/')
        level++;
    return level;
}

static bool level_includes(struct mote_text outer, struct mote_text inner)
{
    return mote_text_same(outer, inner) || (mote_text_equals(outer, "+") && !mote_text_equals(inner, "#"));
}

/* Does every topic of the inner filter fall under the outer one? */
static bool includes(const char *outer, const char *inner)
{
    if (is_shared(outer) || ((*outer == '+' || *outer == '#') && *inner == '$'))
        return false;
    for (;;) {
        const char *outer_end = level_end(outer), *inner_end = level_end(inner);
        struct mote_text outer_level = {outer, (size_t)(outer_end - outer)};
        struct mote_text inner_level = {inner, (size_t)(inner_end - inner)};

        if (mote_text_equals(outer_level, "#"))
            return true;
        if (!level_includes(outer_level, inner_level))
            return false;
        if (*inner_end == '\0')
            return *outer_end == '\0' || mote_text_equals(mote_text(outer_end), "/#");
        if (*outer_end == '\0')
            return false;
        outer = outer_end + 1;
        inner = inner_end + 1;
    }
}

/* Does the broker, asked for the one, send what the other wants? Of equal filters the first is asked for. */
static bool covers(const struct mote_node *node, unsigned outer, unsigned inner)
{
    const struct mote_subscription *subscriptions = node->subscriptions;

    if (outer == inner || subscriptions[outer].state == REFUSED || (subscriptions[outer].options & LEAVING) != 0)
        return false;
    if (mote_text_equals(mote_text(subscriptions[outer].filter), subscriptions[inner].filter))
        return outer < inner;
    return includes(subscriptions[outer].filter, subscriptions[inner].filter);
}

static bool is_covered(const struct mote_node *node, unsigned index)
{
    for (unsigned i = 0; i < node->subscription_count; i++) {
        if (covers(node, i, index))
            return true;
    }
    return false;
}

/* What this filter is to be asked for with: all that those who rely on it want. */
static uint8_t wanted_options(const struct mote_node *node, unsigned index)
{
    unsigned options = node->subscriptions[index].options & (RETAINED | QOS_BITS);

    for (unsigned i = 0; i < node->subscription_count; i++) {
        unsigned others = node->subscriptions[i].options;

        if ((others & LEAVING) != 0 || !covers(node, index, i))
            continue;
        if ((others & QOS_BITS) > (options & QOS_BITS))
            options = (options & RETAINED) | (others & QOS_BITS);
        options |= others & RETAINED;
    }
    return (uint8_t)options;
}

/* --- Adding --- */

static enum mote_reason add(struct mote_node *node, struct mote_subscription *place, const char *filter,
                            unsigned options, mote_node_on_message *on_message, void *context)
{
    struct mote_text text = mote_text(filter);

    if (node->fault.reason != MOTE_OK)
        return node->fault.reason;
    if (!mote_topic_is_filter(text) || (options & QOS_BITS) > MOTE_QOS_2 || on_message == NULL)
        return mote_node_blame(node, MOTE_CONFIG_INVALID, filter == NULL ? "subscription" : filter,
                               "this is not a topic filter that can be subscribed to");
    if (text.length + PACKET_SIZE > MOTE_SEND_SIZE)
        return mote_node_blame(node, MOTE_MQTT_PACKET_TOO_LARGE, filter, "the topic filter is too long");
    if (place == &node->subscriptions[MOTE_SUBSCRIPTIONS_MAX])
        return mote_node_blame(node, MOTE_MQTT_QUOTA, filter, "the node has too many subscriptions");
    if (place == &node->subscriptions[node->subscription_count])
        node->subscription_count++;
    place->filter = filter;
    place->on_message = on_message;
    place->context = context;
    place->options = (uint8_t)options;
    place->state = DUE;
    node->subscribe_due = true;
    return MOTE_OK;
}

enum mote_reason mote_node_subscribe_thing(struct mote_node *node, const char *filter, unsigned options,
                                           mote_node_on_message *on_message, void *context)
{
    return add(node, &node->subscriptions[node->subscription_count], filter, options | OF_THING, on_message, context);
}

/* The program's own with this filter; the end of the list: there is none. */
static unsigned find(const struct mote_node *node, const char *filter)
{
    unsigned i = 0;

    while (i < node->subscription_count && ((node->subscriptions[i].options & OF_THING) != 0 ||
                                            !mote_text_equals(mote_text(filter), node->subscriptions[i].filter)))
        i++;
    return i;
}

enum mote_reason mote_node_subscribe(struct mote_node *node, const char *filter, unsigned qos,
                                     mote_node_on_message *on_message, void *context)
{
    return add(node, &node->subscriptions[find(node, filter)], filter, qos & (RETAINED | QOS_BITS), on_message,
               context);
}

/* What was covered by it is asked for at once, and it is given back afterwards: nothing is missed in between. */
enum mote_reason mote_node_unsubscribe(struct mote_node *node, const char *filter)
{
    unsigned i = find(node, filter);

    if (i == node->subscription_count || (node->subscriptions[i].options & LEAVING) != 0)
        return MOTE_CONFIG_INVALID;
    node->subscriptions[i].options |= LEAVING;
    node->subscribe_due = true;
    return MOTE_OK;
}

/* --- Asking the broker --- */

void mote_node_subscriptions_restart(struct mote_node *node)
{
    for (unsigned i = 0; i < node->subscription_count; i++) {
        node->subscriptions[i].state = DUE;
        node->subscriptions[i].packet_id = 0;
    }
    node->subscribe_due = true;
}

/* The filters of one packet, and whose they are. */
struct batch {
    size_t count;
    struct mote_filter filters[MOTE_SUBSCRIPTIONS_MAX];
    struct mote_subscription *subscriptions[MOTE_SUBSCRIPTIONS_MAX];
};

static void put(struct batch *batch, struct mote_subscription *subscription, uint8_t options)
{
    batch->filters[batch->count] = (struct mote_filter){
        .topic = mote_text(subscription->filter),
        .qos = (enum mote_qos)(options & QOS_BITS),
        .retain_handling = (options & RETAINED) != 0 ? 0 : 2,
    };
    batch->subscriptions[batch->count++] = subscription;
    subscription->asked = options;
}

/* One whose answer is still under way is not asked for again before it has come. */
static bool is_to_be_asked(const struct mote_node *node, unsigned index)
{
    const struct mote_subscription *subscription = &node->subscriptions[index];

    if (subscription->packet_id != 0 || subscription->state == REFUSED || (subscription->options & LEAVING) != 0 ||
        is_covered(node, index))
        return false;
    return subscription->state == DUE || subscription->asked != wanted_options(node, index);
}

/* Returns how many of the filters from `first` on are in the output now, 0 if there is no room for one. */
static size_t ask(struct mote_node *node, struct batch *batch, size_t first)
{
    size_t count = batch->count - first;
    uint16_t packet_id = 0;
    enum mote_reason reason;

    for (;; count >>= 1) {
        reason = mote_session_subscribe(&node->session, batch->filters + first, count, NULL, &packet_id);
        if (reason == MOTE_OK || count == 1)
            break;
    }
    if (reason == MOTE_MQTT_QUOTA || reason == MOTE_TCP_RESET)
        return 0;
    for (size_t i = first; i < first + count; i++) {
        batch->subscriptions[i]->packet_id = packet_id;
        batch->subscriptions[i]->state = reason == MOTE_OK ? ASKED : REFUSED;
    }
    if (reason != MOTE_OK)
        mote_node_complain(node, reason);
    return count;
}

static bool ask_for_all(struct mote_node *node)
{
    struct batch batch = {.count = 0};
    size_t done = 0;

    for (unsigned i = 0; i < node->subscription_count; i++) {
        if (is_to_be_asked(node, i))
            put(&batch, &node->subscriptions[i], wanted_options(node, i));
    }
    while (done < batch.count) {
        size_t count = ask(node, &batch, done);

        if (count == 0)
            break;
        done += count;
    }
    return done == batch.count;
}

static bool is_covered_by_granted(const struct mote_node *node, unsigned index)
{
    for (unsigned i = 0; i < node->subscription_count; i++) {
        if (node->subscriptions[i].state == GRANTED && covers(node, i, index))
            return true;
    }
    return false;
}

/* What was asked for before a filter came that includes it. */
static bool give_back_covered(struct mote_node *node)
{
    for (unsigned i = 0; i < node->subscription_count; i++) {
        struct mote_subscription *subscription = &node->subscriptions[i];
        const struct mote_filter filter = {.topic = mote_text(subscription->filter)};

        if (subscription->state != GRANTED || !is_covered_by_granted(node, i))
            continue;
        if (mote_session_unsubscribe(&node->session, &filter, 1, NULL, NULL) != MOTE_OK)
            return false;
        subscription->state = DUE;
    }
    return true;
}

static void forget(struct mote_node *node, unsigned index)
{
    struct mote_subscription *place = &node->subscriptions[index];

    node->subscription_count--;
    memmove(place, place + 1, (node->subscription_count - index) * sizeof *place);
    node->subscriptions[node->subscription_count] = (struct mote_subscription){.filter = NULL};
}

/* Before it is given back: does somebody else have the same filter? */
static bool has_another(const struct mote_node *node, unsigned index)
{
    struct mote_text filter = mote_text(node->subscriptions[index].filter);

    for (unsigned i = 0; i < node->subscription_count; i++) {
        if (i != index && mote_text_equals(filter, node->subscriptions[i].filter))
            return true;
    }
    return false;
}

/* Also one that this connection has not asked for: a session that was kept may have it. The place of one that is asked for is
 * needed until the answer has come. */
static bool give_back_leaving(struct mote_node *node)
{
    for (unsigned i = node->subscription_count; i-- > 0;) {
        const struct mote_subscription *subscription = &node->subscriptions[i];
        const struct mote_filter filter = {.topic = mote_text(subscription->filter)};

        if ((subscription->options & LEAVING) == 0 || subscription->packet_id != 0)
            continue;
        if (subscription->state != REFUSED && !has_another(node, i) &&
            mote_session_unsubscribe(&node->session, &filter, 1, NULL, NULL) != MOTE_OK)
            return false;
        forget(node, i);
    }
    return true;
}

enum mote_node_subscription mote_node_subscription(const struct mote_node *node, const char *filter)
{
    unsigned i = find(node, filter);

    if (i == node->subscription_count)
        return MOTE_SUBSCRIPTION_NONE;
    if ((node->subscriptions[i].options & LEAVING) != 0)
        return MOTE_SUBSCRIPTION_LEAVING;
    if (node->subscriptions[i].state == REFUSED)
        return MOTE_SUBSCRIPTION_REFUSED;
    return node->subscriptions[i].state == GRANTED || is_covered_by_granted(node, i) ? MOTE_SUBSCRIPTION_GRANTED
                                                                                     : MOTE_SUBSCRIPTION_WAITING;
}

void mote_node_subscriptions_send(struct mote_node *node)
{
    if (!node->subscribe_due || node->session.state == MOTE_SESSION_IDLE || node->session.state == MOTE_SESSION_CLOSING)
        return;
    node->subscribe_due = !ask_for_all(node) || !give_back_covered(node) || !give_back_leaving(node);
}

bool mote_node_subscriptions_answered(struct mote_node *node, const struct mote_session_event *event)
{
    size_t at = 0;
    bool refused = false;

    for (unsigned i = 0; i < node->subscription_count; i++) {
        struct mote_subscription *subscription = &node->subscriptions[i];

        if (subscription->packet_id != event->packet_id)
            continue;
        subscription->packet_id = 0;
        if (at < event->codes.length && (uint8_t)event->codes.data[at++] < REFUSAL) {
            if (subscription->state == ASKED)
                subscription->state = GRANTED;
        } else {
            subscription->state = REFUSED;
            refused = true;
        }
    }
    node->subscribe_due = true;
    return refused;
}

/* --- Messages --- */

static bool wants(const struct mote_subscription *subscription, const struct mote_message *message)
{
    if ((subscription->options & LEAVING) != 0 || (message->retain && (subscription->options & RETAINED) == 0))
        return false;
    return mote_topic_matches(plain_filter(subscription->filter), message->topic);
}

void mote_node_dispatch(struct mote_node *node, const struct mote_message *message)
{
    if (node->observer != NULL && node->observer->on_message != NULL)
        node->observer->on_message(node, message, false, node->observer->context);
    for (unsigned i = 0; i < node->subscription_count && node->state == MOTE_NODE_ONLINE; i++) {
        if (wants(&node->subscriptions[i], message))
            node->subscriptions[i].on_message(node, message, node->subscriptions[i].context);
    }
}
