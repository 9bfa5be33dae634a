/* What is subscribed to: a table, and what of it the broker knows. A request is made by writing it there; mote_umqtt_ask() puts it into
 * words whenever there is a connection with room for it. So a request outlives the connection that it was first made in. */
#include "umqtt_parts.h"

#include <mote/topic.h>

enum state {
    TO_SUBSCRIBE,
    SUBSCRIBING, /* SUBSCRIBE is out */
    SUBSCRIBED,
    REFUSED,
    TO_UNSUBSCRIBE,
    UNSUBSCRIBING,
};

static struct mote_umqtt_filter *find(struct mote_umqtt *client, struct mote_text topic)
{
    for (unsigned i = 0; i < client->filter_count; i++) {
        if (mote_text_same(client->filters[i].topic, topic))
            return &client->filters[i];
    }
    return NULL;
}

static void remove_filter(struct mote_umqtt *client, struct mote_umqtt_filter *filter)
{
    *filter = client->filters[--client->filter_count];
    client->filters[client->filter_count] = (struct mote_umqtt_filter){.owner = NULL};
}

static struct mote_umqtt_filter *find_or_add(struct mote_umqtt *client, struct mote_text topic, void *owner)
{
    struct mote_umqtt_filter *filter = find(client, topic);

    if (filter != NULL || client->filter_count == client->filter_max)
        return filter;
    filter = &client->filters[client->filter_count++];
    *filter = (struct mote_umqtt_filter){.topic = topic, .owner = owner};
    return filter;
}

/* --- What the broker knows --- */

static bool is_under_way(const struct mote_umqtt_filter *filter)
{
    return filter->state == SUBSCRIBING || filter->state == UNSUBSCRIBING;
}

static enum mote_reason ask(struct mote_umqtt *client, struct mote_umqtt_filter *filter)
{
    const struct mote_filter asked = {.topic = filter->topic, .qos = (enum mote_qos)filter->qos};
    bool subscribes = filter->state == TO_SUBSCRIBE;
    enum mote_reason reason = (subscribes ? mote_session_subscribe : mote_session_unsubscribe)(
        &client->session, &asked, 1, NULL, &filter->packet_id);

    if (reason == MOTE_OK)
        filter->state = subscribes ? SUBSCRIBING : UNSUBSCRIBING;
    return reason;
}

/* What can never be asked for does not stand in the way of the others: the call that wanted it has its reason. */
void mote_umqtt_ask(struct mote_umqtt *client)
{
    if (!mote_umqtt_is_connected(client))
        return;
    for (unsigned i = 0; i < client->filter_count; i++) {
        struct mote_umqtt_filter *filter = &client->filters[i];

        if ((filter->state == TO_SUBSCRIBE || filter->state == TO_UNSUBSCRIBE) &&
            ask(client, filter) == MOTE_MQTT_QUOTA)
            return;
    }
}

/* One with a session of before still has those that it has said to have. */
void mote_umqtt_filters_connected(struct mote_umqtt *client, bool session_present)
{
    unsigned i = 0;

    while (i < client->filter_count) {
        struct mote_umqtt_filter *filter = &client->filters[i];

        if (filter->state == REFUSED || (filter->state == SUBSCRIBED && !session_present))
            filter->state = TO_SUBSCRIBE;
        if (filter->state == TO_UNSUBSCRIBE && !session_present)
            remove_filter(client, filter);
        else
            i++;
    }
}

void mote_umqtt_filters_lost(struct mote_umqtt *client)
{
    for (unsigned i = 0; i < client->filter_count; i++) {
        struct mote_umqtt_filter *filter = &client->filters[i];

        if (is_under_way(filter))
            filter->state = filter->state == SUBSCRIBING ? TO_SUBSCRIBE : TO_UNSUBSCRIBE;
    }
    while (client->strict && client->filter_count > 0)
        remove_filter(client, &client->filters[0]);
}

/* A refusal that no call waits for, after a reconnect, shows in the client's reason; it is asked for again at the next one. */
static void subscribed(struct mote_umqtt *client, struct mote_umqtt_filter *filter, uint8_t code)
{
    filter->code = code;
    filter->state = code < 0x80 ? SUBSCRIBED : REFUSED;
    if (code >= 0x80)
        client->reason = MOTE_MQTT_NOT_AUTHORIZED;
}

void mote_umqtt_filter_answered(struct mote_umqtt *client, const struct mote_session_event *event)
{
    for (unsigned i = 0; i < client->filter_count; i++) {
        struct mote_umqtt_filter *filter = &client->filters[i];

        if (!is_under_way(filter) || filter->packet_id != event->packet_id)
            continue;
        if (filter->state == UNSUBSCRIBING)
            remove_filter(client, filter);
        else
            subscribed(client, filter, event->codes.length > 0 ? (uint8_t)event->codes.data[0] : 0);
        return;
    }
}

/* --- The calls --- */

static bool has_answer(struct mote_umqtt *client)
{
    const struct mote_umqtt_filter *filter = find(client, client->awaited_topic);

    return filter == NULL || filter->state == SUBSCRIBED || filter->state == REFUSED;
}

/* Puts the request into words if it can be now, to know whether it ever can be. */
static enum mote_reason request(struct mote_umqtt *client, struct mote_umqtt_filter *filter)
{
    enum mote_reason reason = MOTE_OK;

    if (mote_umqtt_is_connected(client))
        reason = ask(client, filter);
    if (reason != MOTE_OK && reason != MOTE_MQTT_QUOTA) {
        remove_filter(client, filter);
        return reason;
    }
    mote_umqtt_send_output(client);
    if (client->handling)
        return MOTE_OK;
    client->awaited_topic = filter->topic;
    reason = mote_umqtt_until(client, has_answer, client->timeout_ms);
    return client->state == MOTE_UMQTT_STOPPED ? mote_umqtt_why_stopped(client) : reason;
}

static enum mote_reason begin(struct mote_umqtt *client, struct mote_text topic)
{
    enum mote_reason reason = mote_umqtt_check(client);

    if (reason != MOTE_OK)
        return reason;
    return mote_topic_is_filter(topic) ? MOTE_OK : MOTE_CONFIG_INVALID;
}

enum mote_reason mote_umqtt_subscribe(struct mote_umqtt *client, struct mote_text topic, enum mote_qos qos, void *owner)
{
    enum mote_reason reason = begin(client, topic);
    struct mote_umqtt_filter *filter;

    if (reason != MOTE_OK || client->interrupted)
        return reason;
    filter = find_or_add(client, topic, owner);
    if (filter == NULL)
        return MOTE_MQTT_QUOTA;
    filter->qos = (uint8_t)qos;
    filter->state = TO_SUBSCRIBE;
    reason = request(client, filter);
    filter = find(client, topic);
    if (reason != MOTE_OK || client->handling || filter == NULL || filter->state != REFUSED)
        return reason;
    client->refusal = filter->code;
    remove_filter(client, filter);
    return MOTE_MQTT_NOT_AUTHORIZED;
}

enum mote_reason mote_umqtt_unsubscribe(struct mote_umqtt *client, struct mote_text topic, void *owner)
{
    enum mote_reason reason = begin(client, topic);
    struct mote_umqtt_filter *filter;

    if (reason != MOTE_OK || client->interrupted)
        return reason;
    filter = find_or_add(client, topic, owner);
    if (filter == NULL)
        return MOTE_MQTT_QUOTA;
    filter->state = TO_UNSUBSCRIBE;
    return request(client, filter);
}
