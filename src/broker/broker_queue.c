/* A session's messages of QoS 1 and 2, waiting and under way, and what MQTT says about their acknowledgements. */
#include "engine.h"

#include <string.h>

#define FIRST_SLOTS 4

static struct mote_broker_delivery *delivery_of(struct mote_broker_link *link)
{
    return (struct mote_broker_delivery *)(void *)link;
}

static size_t delivery_size(size_t identifier_count)
{
    return sizeof(struct mote_broker_delivery) + identifier_count * sizeof(uint32_t);
}

static uint32_t bytes_of(const struct mote_broker_message *message)
{
    return message->topic_size + message->properties_size + message->payload_size;
}

struct mote_broker_queue *mote_broker_queue(struct mote_broker_session *session)
{
    struct mote_broker_queue *queue = session->queue;

    if (queue != NULL)
        return queue;
    queue = mote_broker_allocate(session->broker, sizeof *queue);
    if (queue == NULL)
        return NULL;
    mote_broker_list_init(&queue->inflight);
    mote_broker_list_init(&queue->waiting);
    queue->resend = &queue->inflight;
    session->queue = queue;
    return queue;
}

static void free_delivery(struct mote_broker *broker, struct mote_broker_delivery *delivery)
{
    mote_broker_list_remove(&delivery->link);
    mote_broker_message_drop(broker, delivery->message);
    mote_broker_release(broker, delivery, delivery_size(delivery->identifier_count));
}

static void free_list(struct mote_broker *broker, struct mote_broker_link *list)
{
    while (!mote_broker_list_is_empty(list))
        free_delivery(broker, delivery_of(list->next));
}

void mote_broker_queue_free(struct mote_broker_session *session)
{
    struct mote_broker *broker = session->broker;
    struct mote_broker_queue *queue = session->queue;

    if (queue == NULL)
        return;
    free_list(broker, &queue->inflight);
    free_list(broker, &queue->waiting);
    mote_broker_ids_free(broker, &queue->received);
    mote_broker_release(broker, queue->slots, queue->slot_count * sizeof queue->slots[0]);
    mote_broker_release(broker, queue, sizeof *queue);
    session->queue = NULL;
}

bool mote_broker_queue_is_full(const struct mote_broker_session *session)
{
    const struct mote_broker_config *config = &session->broker->config;
    const struct mote_broker_queue *queue = session->queue;

    return queue != NULL &&
           (queue->waiting_count >= config->queue_max || queue->waiting_bytes >= config->queue_bytes_max);
}

bool mote_broker_queue_is_full_of_replays(const struct mote_broker_session *session)
{
    const struct mote_broker_config *config = &session->broker->config;
    const struct mote_broker_queue *queue = session->queue;

    return queue != NULL && queue->waiting_count >= config->queue_max + config->retained_max;
}

static bool has_room(const struct mote_broker_session *session, bool is_replay)
{
    return is_replay ? !mote_broker_queue_is_full_of_replays(session) : !mote_broker_queue_is_full(session);
}

static struct mote_broker_delivery *new_delivery(struct mote_broker *broker,
                                                 struct mote_broker_publication *publication, size_t identifier_count)
{
    struct mote_broker_delivery *delivery;

    if (!mote_broker_publication_store(broker, publication))
        return NULL;
    delivery = mote_broker_allocate_to_keep(broker, delivery_size(identifier_count));
    if (delivery == NULL)
        return NULL;
    *delivery = (struct mote_broker_delivery){.message = publication->stored};
    delivery->message->references++;
    delivery->identifier_count = (uint16_t)identifier_count;
    for (size_t i = 0; i < identifier_count; i++)
        delivery->identifiers[i] = broker->items[i].number;
    return delivery;
}

/* Told once, not for each message: a flood of messages is not to become one of words. */
static void tell_overflow(struct mote_broker_session *session, const struct mote_broker_publication *publication)
{
    struct mote_broker_queue *queue = session->queue;

    session->broker->counters.dropped_queue++;
    if (queue == NULL || queue->overflows)
        return;
    queue->overflows = true;
    mote_broker_observe(session->broker, &(struct mote_broker_event){
                                             .type = MOTE_BROKER_QUEUE_FULL,
                                             .client_id = mote_broker_session_id(session),
                                             .reason = MOTE_MQTT_QUOTA,
                                             .words = "messages are dropped until there is room in its queue",
                                             .message = &publication->message,
                                         });
}

bool mote_broker_queue_add(struct mote_broker_session *session, struct mote_broker_publication *publication,
                           enum mote_qos qos, bool retain, size_t identifier_count, bool is_replay)
{
    struct mote_broker *broker = session->broker;
    struct mote_broker_queue *queue = mote_broker_queue(session);
    struct mote_broker_delivery *delivery = NULL;

    if (queue != NULL && has_room(session, is_replay))
        delivery = new_delivery(broker, publication, identifier_count);
    if (delivery == NULL) {
        tell_overflow(session, publication);
        return false;
    }
    if (queue->waiting_count < broker->config.queue_max / 2 &&
        queue->waiting_bytes < broker->config.queue_bytes_max / 2)
        queue->overflows = false;
    delivery->qos = (uint8_t)qos;
    delivery->retain = retain;
    mote_broker_list_append(&queue->waiting, &delivery->link);
    queue->waiting_count++;
    queue->waiting_bytes += bytes_of(delivery->message);
    mote_broker_queue_pump(session);
    return true;
}

static enum mote_broker_sent send(struct mote_broker_client *client, const struct mote_broker_delivery *delivery)
{
    struct mote_broker *broker = client->broker;
    struct mote_broker_publication publication;
    struct mote_broker_sending sending = {
        .qos = (enum mote_qos)delivery->qos,
        .retain = delivery->retain,
        .duplicate = delivery->duplicate,
        .packet_id = delivery->packet_id,
        .identifier_count = delivery->identifier_count,
    };

    mote_broker_publication_of(delivery->message, &publication);
    for (size_t i = 0; i < delivery->identifier_count; i++)
        broker->items[i] = (struct mote_property){
            .id = MOTE_SUBSCRIPTION_IDENTIFIER,
            .number = delivery->identifiers[i],
        };
    return mote_broker_output_publish(client, &publication, &sending);
}

static bool grow_slots(struct mote_broker *broker, struct mote_broker_queue *queue)
{
    uint32_t count = queue->slot_count == 0 ? FIRST_SLOTS : queue->slot_count << 1;
    struct mote_broker_delivery **slots = mote_broker_allocate(broker, count * sizeof slots[0]);

    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < queue->slot_count; i++)
        slots[queue->slots[i]->packet_id & (count - 1)] = queue->slots[i];
    mote_broker_release(broker, queue->slots, queue->slot_count * sizeof slots[0]);
    queue->slots = slots;
    queue->slot_count = count;
    return true;
}

/* Takes the next packet identifier whose slot is free; two that are under way never share a slot. [MQTT-2.2.1-4] */
static bool take_packet_id(struct mote_broker *broker, struct mote_broker_queue *queue,
                           struct mote_broker_delivery *delivery)
{
    if (queue->inflight_count == queue->slot_count && !grow_slots(broker, queue))
        return false;
    do {
        queue->packet_id = (uint16_t)(queue->packet_id == UINT16_MAX ? 1 : queue->packet_id + 1);
    } while (queue->slots[queue->packet_id & (queue->slot_count - 1)] != NULL);
    delivery->packet_id = queue->packet_id;
    return true;
}

static void leave_waiting(struct mote_broker_queue *queue, struct mote_broker_delivery *delivery)
{
    mote_broker_list_remove(&delivery->link);
    queue->waiting_count--;
    queue->waiting_bytes -= bytes_of(delivery->message);
}

static void enter_inflight(struct mote_broker_queue *queue, struct mote_broker_delivery *delivery)
{
    leave_waiting(queue, delivery);
    mote_broker_list_append(&queue->inflight, &delivery->link);
    queue->slots[delivery->packet_id & (queue->slot_count - 1)] = delivery;
    queue->inflight_count++;
    queue->unacknowledged++;
    delivery->state = delivery->qos == 2 ? BROKER_WAIT_PUBREC : BROKER_WAIT_PUBACK;
    delivery->sent = true;
}

static void finish(struct mote_broker *broker, struct mote_broker_queue *queue, struct mote_broker_delivery *delivery)
{
    if (queue->resend == &delivery->link)
        queue->resend = delivery->link.next;
    queue->slots[delivery->packet_id & (queue->slot_count - 1)] = NULL;
    queue->inflight_count--;
    queue->unacknowledged -= delivery->sent;
    free_delivery(broker, delivery);
}

/* Sends the first that waits. False: not now. */
static bool send_first(struct mote_broker_client *client, struct mote_broker_queue *queue)
{
    struct mote_broker *broker = client->broker;
    struct mote_broker_delivery *delivery = delivery_of(queue->waiting.next);
    enum mote_broker_sent sent = BROKER_SENT;
    bool expired = delivery->message->expires_ms <= broker->now_ms; /* [MQTT-3.3.2-5] */

    if (!expired && delivery->qos != 0) {
        if (queue->inflight_count >= client->window)
            return false;
        if (!take_packet_id(broker, queue, delivery))
            sent = BROKER_NO_MEMORY;
    }
    if (!expired && sent == BROKER_SENT)
        sent = send(client, delivery);
    if (sent == BROKER_NO_MEMORY) {
        /* With output on its way there will be another occasion, without there may be none. */
        if (client->output_size == 0)
            mote_broker_doom(client, MOTE_CODE_QUOTA_EXCEEDED, MOTE_MQTT_QUOTA, "no memory for its messages");
        return false;
    }
    broker->counters.expired += expired;
    broker->counters.dropped_size += sent == BROKER_TOO_LARGE;
    if (!expired && sent == BROKER_SENT && delivery->qos != 0) {
        enter_inflight(queue, delivery);
    } else {
        leave_waiting(queue, delivery);
        free_delivery(broker, delivery);
    }
    return true;
}

/* Sends the next one that an earlier connection has left open. False: not now. [MQTT-4.4.0-1] */
static bool send_again(struct mote_broker_client *client, struct mote_broker_queue *queue)
{
    struct mote_broker_delivery *delivery = delivery_of(queue->resend);
    enum mote_broker_sent sent = BROKER_SENT;

    if (queue->unacknowledged >= client->window)
        return false;
    delivery->duplicate = true;
    if (delivery->state == BROKER_WAIT_PUBCOMP)
        mote_broker_output_ack(client, MOTE_PUBREL, delivery->packet_id, MOTE_CODE_SUCCESS, NULL);
    else
        sent = send(client, delivery);
    if (sent == BROKER_NO_MEMORY) {
        mote_broker_doom(client, MOTE_CODE_QUOTA_EXCEEDED, MOTE_MQTT_QUOTA, "no memory for its messages");
        return false;
    }
    queue->resend = delivery->link.next;
    if (sent == BROKER_TOO_LARGE) {
        client->broker->counters.dropped_size++;
        finish(client->broker, queue, delivery);
        return true;
    }
    delivery->sent = true;
    queue->unacknowledged++;
    return true;
}

void mote_broker_queue_pump(struct mote_broker_session *session)
{
    struct mote_broker_queue *queue = session->queue;
    struct mote_broker_client *client = session->client;
    bool more = queue != NULL && client != NULL;

    while (more && client->state == BROKER_CONNECTED && client->output_size < session->broker->config.output_max) {
        if (queue->resend != &queue->inflight)
            more = send_again(client, queue);
        else
            more = !mote_broker_list_is_empty(&queue->waiting) && send_first(client, queue);
    }
}

void mote_broker_queue_resume(struct mote_broker_session *session)
{
    struct mote_broker_queue *queue = session->queue;

    if (queue == NULL)
        return;
    for (struct mote_broker_link *link = queue->inflight.next; link != &queue->inflight; link = link->next)
        delivery_of(link)->sent = false;
    queue->resend = queue->inflight.next;
    queue->unacknowledged = 0;
}

static struct mote_broker_delivery *find(const struct mote_broker_queue *queue, uint16_t packet_id)
{
    struct mote_broker_delivery *delivery;

    if (queue == NULL || queue->slot_count == 0)
        return NULL;
    delivery = queue->slots[packet_id & (queue->slot_count - 1)];
    return delivery != NULL && delivery->packet_id == packet_id ? delivery : NULL;
}

/* [MQTT-4.3.3-4] [MQTT-4.3.3-5] */
static void take_pubrec(struct mote_broker_client *client, struct mote_broker_delivery *delivery,
                        const struct mote_ack *ack)
{
    struct mote_broker *broker = client->broker;

    if (delivery != NULL && ack->code >= MOTE_CODE_UNSPECIFIED) {
        if (delivery->state == BROKER_WAIT_PUBREC)
            finish(broker, client->session->queue, delivery);
        return;
    }
    if (delivery != NULL) {
        delivery->state = BROKER_WAIT_PUBCOMP;
        mote_broker_message_drop(broker, delivery->message);
        delivery->message = NULL;
    }
    if (ack->code < MOTE_CODE_UNSPECIFIED)
        mote_broker_output_ack(client, MOTE_PUBREL, ack->packet_id,
                               delivery == NULL ? MOTE_CODE_PACKET_ID_NOT_FOUND : MOTE_CODE_SUCCESS, NULL);
}

/* An answer to something else than what was sent? One that answers nothing comes from before a lost session, and is
 * let pass. */
static bool contradicts(enum mote_packet_type type, const struct mote_broker_delivery *delivery)
{
    switch (delivery->state) {
    case BROKER_WAIT_PUBACK:
        return type != MOTE_PUBACK;
    case BROKER_WAIT_PUBREC:
        return type != MOTE_PUBREC;
    default:
        return type == MOTE_PUBACK;
    }
}

void mote_broker_queue_acknowledged(struct mote_broker_client *client, enum mote_packet_type type,
                                    const struct mote_ack *ack)
{
    struct mote_broker_session *session = client->session;
    struct mote_broker_delivery *delivery = find(session->queue, ack->packet_id);

    if (delivery != NULL && contradicts(type, delivery)) {
        mote_broker_doom(client, MOTE_CODE_PROTOCOL_ERROR, MOTE_MQTT_PROTOCOL,
                         "an acknowledgement that does not fit the message");
        return;
    }
    if (type == MOTE_PUBREC)
        take_pubrec(client, delivery, ack);
    else if (delivery != NULL)
        finish(client->broker, session->queue, delivery);
    mote_broker_queue_pump(session);
}
