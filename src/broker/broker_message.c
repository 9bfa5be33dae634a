#include "engine.h"

#include <string.h>

uint64_t mote_broker_after_s(uint64_t now_ms, uint32_t seconds)
{
    uint32_t low_ms = (seconds & 0xFFFF) * 1000; /* in halves, for chips without a long multiply */
    uint32_t high_ms = (seconds >> 16) * 1000;

    return now_ms + low_ms + ((uint64_t)high_ms << 16);
}

uint32_t mote_broker_seconds_until(uint64_t now_ms, uint64_t when_ms)
{
    uint64_t left_ms = when_ms > now_ms ? when_ms - now_ms + 999 : 0;
    uint64_t step_ms = 1000;
    uint32_t step = 1;
    uint32_t seconds = 0;

    while (step_ms <= left_ms >> 1 && step < UINT32_C(1) << 31) {
        step_ms <<= 1;
        step <<= 1;
    }
    for (; step > 0; step >>= 1, step_ms >>= 1) {
        if (left_ms >= step_ms) {
            left_ms -= step_ms;
            seconds += step;
        }
    }
    return seconds;
}

static bool is_forwarded(enum mote_property_id id)
{
    return id != MOTE_MESSAGE_EXPIRY_INTERVAL && id != MOTE_TOPIC_ALIAS && id != MOTE_WILL_DELAY_INTERVAL &&
           id != MOTE_SUBSCRIPTION_IDENTIFIER;
}

size_t mote_broker_forwarded(const struct mote_properties *properties, uint8_t *into)
{
    struct mote_properties_place place = {0, 0};
    struct mote_property property;
    size_t begin = 0;
    size_t size = 0;

    while (begin < properties->encoded.length && mote_properties_next(properties, &place, &property)) {
        size_t length = place.offset - begin;
        if (is_forwarded(property.id)) {
            if (into != NULL)
                memcpy(into + size, properties->encoded.data + begin, length);
            size += length;
        }
        begin = place.offset;
    }
    return size;
}

static size_t head_size(const struct mote_broker_message *message)
{
    return offsetof(struct mote_broker_message, bytes) + message->topic_size + message->properties_size;
}

static void fill_head(struct mote_broker_message *message, const struct mote_message *view)
{
    memcpy(message->bytes, view->topic.data, view->topic.length);
    mote_broker_forwarded(&view->properties, message->bytes + view->topic.length);
}

struct mote_broker_message *mote_broker_message_new(struct mote_broker *broker, const struct mote_message *view,
                                                    uint32_t payload_size, uint32_t payload_room)
{
    size_t properties_size = mote_broker_forwarded(&view->properties, NULL);
    size_t size = offsetof(struct mote_broker_message, bytes) + view->topic.length + properties_size + payload_room;
    struct mote_broker_message *message = mote_broker_allocate_to_keep(broker, size);
    struct mote_property expiry;

    if (message == NULL)
        return NULL;
    *message = (struct mote_broker_message){
        .references = 1,
        .payload_size = payload_size,
        .payload_room = payload_room,
        .properties_size = (uint32_t)properties_size,
        .topic_size = (uint16_t)view->topic.length,
        .expires_ms = MOTE_NEVER,
        .qos = (uint8_t)view->qos,
        .retain = view->retain,
    };
    if (mote_properties_find(&view->properties, MOTE_MESSAGE_EXPIRY_INTERVAL, &expiry))
        message->expires_ms = mote_broker_after_s(broker->now_ms, expiry.number);
    fill_head(message, view);
    return message;
}

bool mote_broker_message_grow(struct mote_broker *broker, struct mote_broker_message **message, uint32_t payload_room)
{
    size_t head = head_size(*message);
    uint32_t old_room = (*message)->payload_room;
    struct mote_broker_message *grown;

    MOTE_ASSERT((*message)->references == 1 && payload_room >= old_room);
    grown = mote_broker_resize(broker, *message, head + old_room, head + payload_room);
    if (grown == NULL)
        return false;
    grown->payload_room = payload_room;
    *message = grown;
    return true;
}

void mote_broker_message_drop(struct mote_broker *broker, struct mote_broker_message *message)
{
    if (message == NULL)
        return;
    MOTE_ASSERT(message->references > 0);
    message->references--;
    if (message->references == 0)
        mote_broker_release(broker, message, head_size(message) + message->payload_room);
}

uint8_t *mote_broker_message_payload(struct mote_broker_message *message)
{
    return message->bytes + message->topic_size + message->properties_size;
}

void mote_broker_publication_of(struct mote_broker_message *message, struct mote_broker_publication *publication)
{
    MOTE_ASSERT(message->payload_room == message->payload_size);
    *publication = (struct mote_broker_publication){
        .message =
            {
                .topic = mote_broker_text(message->bytes, message->topic_size),
                .payload = mote_broker_text(mote_broker_message_payload(message), message->payload_size),
                .payload_size = message->payload_size,
                .qos = (enum mote_qos)message->qos,
                .retain = message->retain,
            },
        .expires_ms = message->expires_ms,
        .origin = message->origin,
        .stored = message,
    };
    publication->message.properties.encoded =
        mote_broker_text(message->bytes + message->topic_size, message->properties_size);
}

bool mote_broker_publication_store(struct mote_broker *broker, struct mote_broker_publication *publication)
{
    const struct mote_text *payload = &publication->message.payload;
    struct mote_broker_message *message;

    if (publication->stored != NULL)
        return true;
    message =
        mote_broker_message_new(broker, &publication->message, (uint32_t)payload->length, (uint32_t)payload->length);
    if (message == NULL)
        return false;
    message->origin = publication->origin;
    if (payload->length > 0)
        memcpy(mote_broker_message_payload(message), payload->data, payload->length);
    mote_broker_publication_of(message, publication);
    return true;
}
