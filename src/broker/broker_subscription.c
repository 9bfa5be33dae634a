#include "engine.h"

#include <string.h>

struct mote_text mote_broker_unshared(struct mote_text filter, struct mote_text *group)
{
    const struct mote_text prefix = MOTE_TEXT("$share/");
    struct mote_text rest = {filter.data + prefix.length, 0};
    size_t offset = 0;

    *group = (struct mote_text){"", 0};
    if (filter.length <= prefix.length || memcmp(filter.data, prefix.data, prefix.length) != 0)
        return filter;
    rest.length = filter.length - prefix.length;
    if (!mote_broker_tree_level(rest, &offset, group) || offset > rest.length)
        return filter;
    return (struct mote_text){rest.data + offset, rest.length - offset};
}

static bool is_of_group(const struct mote_broker_group *group, struct mote_text name)
{
    if (group == NULL)
        return name.length == 0;
    return mote_text_same((struct mote_text){group->name, group->size}, name);
}

/* Where in the session's list it is: sessions have few subscriptions, topics may have many. */
static struct mote_broker_subscription **find(struct mote_broker_session *session, const struct mote_broker_node *node,
                                              struct mote_text group)
{
    struct mote_broker_subscription **place = &session->subscriptions;

    while (*place != NULL && !((*place)->node == node && is_of_group((*place)->group, group)))
        place = &(*place)->session_next;
    return place;
}

static struct mote_broker_group *find_group(const struct mote_broker_node *node, struct mote_text name)
{
    struct mote_broker_group *group = node->groups;

    while (group != NULL && !is_of_group(group, name))
        group = group->next;
    return group;
}

static struct mote_broker_group *make_group(struct mote_broker *broker, struct mote_broker_node *node,
                                            struct mote_text name)
{
    struct mote_broker_group *group = find_group(node, name);

    if (group != NULL)
        return group;
    group = mote_broker_allocate(broker, sizeof *group + name.length);
    if (group == NULL)
        return NULL;
    group->size = (uint16_t)name.length;
    memcpy(group->name, name.data, name.length);
    group->node = node;
    group->next = node->groups;
    node->groups = group;
    return group;
}

static void free_group(struct mote_broker *broker, struct mote_broker_group *group)
{
    struct mote_broker_group **place = &group->node->groups;

    while (*place != group)
        place = &(*place)->next;
    *place = group->next;
    mote_broker_release(broker, group, sizeof *group + group->size);
}

static void join(struct mote_broker_subscription *subscription, struct mote_broker_subscription **list)
{
    subscription->next = *list;
    if (subscription->next != NULL)
        subscription->next->previous = subscription;
    *list = subscription;
}

static void leave(struct mote_broker_subscription *subscription, struct mote_broker_subscription **list)
{
    if (subscription->next != NULL)
        subscription->next->previous = subscription->previous;
    if (subscription->previous != NULL)
        subscription->previous->next = subscription->next;
    else
        *list = subscription->next;
}

/* What its messages may need to be sent is there before the first one comes. */
static bool reserve_items(struct mote_broker *broker, size_t identifiers)
{
    size_t count = broker->item_count;
    struct mote_property *items;

    if (identifiers + 2 <= count)
        return true;
    count = identifiers + 2 > count << 1 ? identifiers + 2 : count << 1;
    items = mote_broker_resize(broker, broker->items, broker->item_count * sizeof *items, count * sizeof *items);
    if (items == NULL)
        return false;
    broker->items = items;
    broker->item_count = count;
    return true;
}

static struct mote_broker_subscription *make(struct mote_broker_session *session, struct mote_text filter,
                                             struct mote_text group)
{
    struct mote_broker *broker = session->broker;
    struct mote_broker_node *node = mote_broker_tree_make(broker, &broker->subscriptions, filter);
    struct mote_broker_subscription *subscription;

    if (node == NULL)
        return NULL;
    subscription = mote_broker_allocate(broker, sizeof *subscription);
    if (subscription != NULL && group.length > 0) {
        subscription->group = make_group(broker, node, group);
        if (subscription->group == NULL) {
            mote_broker_release(broker, subscription, sizeof *subscription);
            subscription = NULL;
        }
    }
    if (subscription == NULL) {
        mote_broker_tree_prune(broker, &broker->subscriptions, node);
        return NULL;
    }
    subscription->node = node;
    subscription->session = session;
    if (subscription->group == NULL) {
        join(subscription, &node->subscriptions);
    } else {
        join(subscription, &subscription->group->members);
        if (subscription->group->turn == NULL)
            subscription->group->turn = subscription;
    }
    subscription->session_next = session->subscriptions;
    session->subscriptions = subscription;
    session->subscription_count++;
    broker->counters.subscriptions++;
    return subscription;
}

/* Where in the session's list it is, NULL if there is none. */
static struct mote_broker_subscription **find_filter(struct mote_broker_session *session, struct mote_text filter)
{
    struct mote_text group;
    struct mote_text topic = mote_broker_unshared(filter, &group);
    struct mote_broker_node *node = mote_broker_tree_find(&session->broker->subscriptions, topic);
    struct mote_broker_subscription **place = node == NULL ? NULL : find(session, node, group);

    return place == NULL || *place == NULL ? NULL : place;
}

struct mote_broker_subscription *mote_broker_subscription_find(struct mote_broker_session *session,
                                                               struct mote_text filter)
{
    struct mote_broker_subscription **place = find_filter(session, filter);

    return place == NULL ? NULL : *place;
}

uint8_t mote_broker_subscribe(struct mote_broker_session *session, const struct mote_filter *filter,
                              uint32_t identifier, bool *is_new)
{
    const struct mote_broker_config *config = &session->broker->config;
    struct mote_broker_subscription *subscription = mote_broker_subscription_find(session, filter->topic);
    struct mote_text group;
    struct mote_text topic = mote_broker_unshared(filter->topic, &group);

    *is_new = subscription == NULL;
    if (!reserve_items(session->broker, session->identifier_count + 1))
        return MOTE_CODE_QUOTA_EXCEEDED;
    if (subscription == NULL && session->subscription_count < config->subscriptions_max &&
        mote_broker_tree_levels(topic) <= config->topic_levels_max)
        subscription = make(session, topic, group);
    if (subscription == NULL)
        return MOTE_CODE_QUOTA_EXCEEDED;
    session->identifier_count += identifier != 0;
    session->identifier_count -= subscription->identifier != 0;
    subscription->identifier = identifier;
    subscription->qos = (uint8_t)filter->qos;
    subscription->no_local = filter->no_local;
    subscription->retain_as_published = filter->retain_as_published;
    return (uint8_t)filter->qos;
}

static void leave_group(struct mote_broker *broker, struct mote_broker_subscription *subscription)
{
    struct mote_broker_group *group = subscription->group;

    if (group->turn == subscription)
        group->turn = subscription->next != NULL ? subscription->next : group->members;
    leave(subscription, &group->members);
    if (group->turn == subscription)
        group->turn = group->members;
    if (group->members == NULL)
        free_group(broker, group);
}

/* Frees the subscription that `*place` in its session's list points to. */
static void remove_at(struct mote_broker *broker, struct mote_broker_subscription **place)
{
    struct mote_broker_subscription *subscription = *place;
    struct mote_broker_session *session = subscription->session;
    struct mote_broker_node *node = subscription->node;

    *place = subscription->session_next;
    if (subscription->group != NULL)
        leave_group(broker, subscription);
    else
        leave(subscription, &node->subscriptions);
    session->subscription_count--;
    session->identifier_count -= subscription->identifier != 0;
    broker->counters.subscriptions--;
    mote_broker_release(broker, subscription, sizeof *subscription);
    mote_broker_tree_prune(broker, &broker->subscriptions, node);
}

bool mote_broker_unsubscribe(struct mote_broker_session *session, struct mote_text filter)
{
    struct mote_broker_subscription **place = find_filter(session, filter);

    if (place == NULL)
        return false;
    remove_at(session->broker, place);
    return true;
}

void mote_broker_unsubscribe_all(struct mote_broker_session *session)
{
    while (session->subscriptions != NULL)
        remove_at(session->broker, &session->subscriptions);
}
